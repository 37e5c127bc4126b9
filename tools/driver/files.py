# SPDX-License-Identifier: MIT
"""Checks of files named on the command line, before anything boots."""
import codecs
import os
import struct

from .common import EXIT_USAGE, Failure

# a loader looks for the Multiboot header in the first bytes, so many
HEAD = 8192
MULTIBOOT = b"\x02\xb0\xad\x1b"
QCOW2 = b"QFI\xfb"
# the first bytes of files that are neither disks nor kernels
MAGIC = {b"\x7fELF": "an ELF file", b"\x1f\x8b": "a gzip file",
         b"\xfd7zXZ\0": "an xz file", b"\x28\xb5\x2f\xfd": "a zstd file",
         b"PK\x03\x04": "a zip file", b"!<arch>\n": "an archive",
         b"070701": "a cpio archive", b"%PDF-": "a PDF file",
         b"\x89PNG": "a picture"}


def head_of(option, path):
    """Return: the first bytes of an option's file; Failure if unreadable"""
    if os.path.isdir(path):
        raise Failure(f"{option} {path}: a directory, not a file", EXIT_USAGE)
    try:
        with open(path, "rb") as f:
            return f.read(HEAD)
    except OSError as why:
        raise Failure(f"{option} {path}: {why.strerror}",
                      EXIT_USAGE) from None


def plainly(head):
    """Return: a file's type by its first bytes; None if it may be a disk"""
    for magic, what in MAGIC.items():
        if head.startswith(magic):
            return what
    if not head or b"\0" in head:
        return None
    try:
        # the last letter may be cut off
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return None
    return "text"


def disk_format(path, said=None):
    """Return: QEMU's format of an image; said: the word of --disk-format"""
    head = head_of("--disk", path)
    if said:
        return said
    if head.startswith(QCOW2):
        return "qcow2"
    what = plainly(head)
    if what:
        raise Failure(f"--disk {path}: {what}, not a disk image; "
                      "--disk-format raw uses it anyway", EXIT_USAGE)
    return "raw"


def is_linux(head):
    """True for a kernel image as Linux makes them for any machine."""
    return (head[0x202:0x206] == b"HdrS"
            or head[0x38:0x3c] in (b"RSC\x05", b"ARM\x64"))


def lowest(head):
    """Return: the lowest memory address that an ELF file is loaded at, as the
    machine sees it; None if nothing is loaded"""
    wide = head[4] == 2
    at, = struct.unpack_from("<Q" if wide else "<I", head, 32 if wide else 28)
    size, number = struct.unpack_from("<HH", head, 54 if wide else 42)
    form, place = ("<Q", 24) if wide else ("<I", 12)
    found = [struct.unpack_from(form, head, start + place)[0]
             for start in range(at, at + size * number, size)
             if head[start:start + 4] == b"\1\0\0\0"]    # PT_LOAD
    return min(found, default=None)


def flat(elf):
    """Return: the bytes of an ELF file as they lie in memory from its lowest
    physical address on"""
    with open(elf, "rb") as f:
        data = f.read()
    wide = data[4] == 2
    first, = struct.unpack_from("<Q" if wide else "<I", data, 32 if wide else 28)
    size, number = struct.unpack_from("<HH", data, 54 if wide else 42)
    form, place = ("<QQQQ", 8) if wide else ("<IIII", 4)
    parts = []
    for head in range(first, first + size * number, size):
        # a part without bytes, such as .bss, needs no place in the file
        offset, _, at, length = struct.unpack_from(form, data, head + place)
        if data[head:head + 4] == b"\1\0\0\0" and length:     # PT_LOAD
            parts.append((at, data[offset:offset + length]))
    low = min(at for at, _ in parts)
    whole = bytearray(max(at + len(part) for at, part in parts) - low)
    for at, part in parts:
        whole[at - low:at - low + len(part)] = part
    return bytes(whole)


def to_boot(row, elf, folder):
    """Return: the file that QEMU boots for a kernel of this machine, which is
    made in the folder if it is not the ELF file"""
    with open(elf, "rb") as f:
        if row.image != "flat" or f.read(4) != b"\x7fELF":
            return elf
    path = os.path.join(folder, "lectern.img")
    with open(path, "wb") as f:
        f.write(flat(elf))
    return path


def kernel_head(path):
    """Return: the first bytes of a kernel, Linux's or ELF; else Failure"""
    head = head_of("--kernel", path)
    if not is_linux(head) and not head.startswith(b"\x7fELF"):
        raise Failure(f"--kernel {path}: {plainly(head) or 'a file'}, not a "
                      "kernel", EXIT_USAGE)
    return head


def check_kernel(path, ours, load=0):
    """Raise Failure unless the file is a kernel for the machine that `ours` is
    for, which loads kernels at `load` or above."""
    head = kernel_head(path)
    if is_linux(head):
        return
    own = head_of("--kernel", ours)
    # the ELF class, and the number of the machine
    if (head[4], head[18:20]) != (own[4], own[18:20]):
        raise Failure(f"--kernel {path}: an ELF file of another machine",
                      EXIT_USAGE)
    if MULTIBOOT in own and MULTIBOOT not in head:
        raise Failure(f"--kernel {path}: a program, not a kernel: it has no "
                      "Multiboot header", EXIT_USAGE)
    try:
        where = lowest(head)
    except (struct.error, ValueError):
        where = None
    if where is None or where < load:
        raise Failure(f"--kernel {path}: a program, not a kernel: nothing "
                      f"that this machine could load at {load:#x}",
                      EXIT_USAGE)

# SPDX-License-Identifier: MIT
"""What the files on the command line are: a slip is told before it boots."""
import codecs
import os
import struct

from .common import EXIT_USAGE, Failure

# a loader looks for a Multiboot header in as many bytes
HEAD = 8192
MULTIBOOT = b"\x02\xb0\xad\x1b"
QCOW2 = b"QFI\xfb"
# how files begin that are neither disks nor kernels
MAGIC = {b"\x7fELF": "an ELF file", b"\x1f\x8b": "a gzip file",
         b"\xfd7zXZ\0": "an xz file", b"\x28\xb5\x2f\xfd": "a zstd file",
         b"PK\x03\x04": "a zip file", b"!<arch>\n": "an archive",
         b"070701": "a cpio archive", b"%PDF-": "a PDF file",
         b"\x89PNG": "a picture"}


def head_of(option, path):
    """The first bytes of what an option names, or Failure."""
    if os.path.isdir(path):
        raise Failure(f"{option} {path}: a folder, not a file", EXIT_USAGE)
    try:
        with open(path, "rb") as f:
            return f.read(HEAD)
    except OSError as why:
        raise Failure(f"{option} {path}: {why.strerror}",
                      EXIT_USAGE) from None


def plainly(head):
    """What a file plainly is, by its first bytes; None: it may be a disk."""
    for magic, what in MAGIC.items():
        if head.startswith(magic):
            return what
    if not head or b"\0" in head:
        return None
    try:
        # the last letter may be cut
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return None
    return "text"


def disk_format(path, said=None):
    """How QEMU is to read an image; said: the word of --disk-format."""
    head = head_of("--disk", path)
    if said:
        return said
    if head.startswith(QCOW2):
        return "qcow2"
    what = plainly(head)
    if what:
        raise Failure(f"--disk {path}: {what}, not a disk image; "
                      "--disk-format raw takes it as one", EXIT_USAGE)
    return "raw"


def is_linux(head):
    """A kernel image as Linux makes them for either machine."""
    return head[0x202:0x206] == b"HdrS" or head[0x38:0x3c] == b"RSC\x05"


def lowest(head):
    """Where an ELF file asks for memory, its lowest address of the
    machine's; None: nowhere."""
    wide = head[4] == 2
    at, = struct.unpack_from("<Q" if wide else "<I", head, 32 if wide else 28)
    size, number = struct.unpack_from("<HH", head, 54 if wide else 42)
    form, place = ("<Q", 24) if wide else ("<I", 12)
    found = [struct.unpack_from(form, head, start + place)[0]
             for start in range(at, at + size * number, size)
             if head[start:start + 4] == b"\1\0\0\0"]    # PT_LOAD
    return min(found, default=None)


def kernel_head(path):
    """The first bytes of a kernel: Linux's or an ELF file, or Failure."""
    head = head_of("--kernel", path)
    if not is_linux(head) and not head.startswith(b"\x7fELF"):
        raise Failure(f"--kernel {path}: {plainly(head) or 'a file'}, not a "
                      "kernel", EXIT_USAGE)
    return head


def check_kernel(path, ours, load=0):
    """It is a kernel for the machine that `ours` is for, which loads one at
    `load` or above, or Failure."""
    head = kernel_head(path)
    if is_linux(head):
        return
    own = head_of("--kernel", ours)
    # the class, and the number of the machine
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

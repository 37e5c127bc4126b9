#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fatelf.py - one file with a program for each of several machines
(docs/fatelf.md).

  fatelf.py glue OUT FILE...        make OUT of ELF files, one a machine
  fatelf.py info FILE               list the programs in a file
  fatelf.py extract FILE NAME OUT   the program of one machine: riscv64, ...
  fatelf.py universal OUT BUILD...  glue the programs of user/bin in build
                                    folders, with those of user/narrow
"""
import os
import struct
import sys

from machines import MACHINES

MAGIC = 0x1F0E70FA
VERSION = 1
HEADER = struct.Struct("<IHBB")
RECORD = struct.Struct("<H6BQQ")
PAGE = 4096
MOST = 255

def _names():
    """Yield ((e_machine, class), name) of each machine, and of its programs of
    half the width."""
    for m in MACHINES.values():
        port = m.port()
        if port:
            yield (port.ELF_MACHINE, m.bits // 32), m.name
        if port and m.narrow:
            yield ((port.ELF_MACHINE, m.bits // 64),
                   m.name.replace(str(m.bits), str(m.bits // 2)))


NAMES = dict(_names())


class Bad(Exception):
    pass


def read(name):
    try:
        with open(name, "rb") as f:
            return f.read()
    except OSError as e:
        raise Bad(f"{name}: {e.strerror}") from e


def write(name, data, mode=0o755):
    try:
        with open(name, "wb") as f:
            f.write(data)
        os.chmod(name, mode)
    except OSError as e:
        raise Bad(f"{name}: {e.strerror}") from e


def name_of(machine, elf_class):
    return NAMES.get((machine, elf_class), f"machine-{machine}.{elf_class}")


def describe(name, data):
    """Return: the first fields of a record for an ELF file"""
    if len(data) < 52 or data[:4] != b"\x7fELF":
        raise Bad(f"{name}: not an ELF file")
    machine, = struct.unpack_from("<H" if data[5] == 1 else ">H", data, 18)
    return (machine, data[7], data[8], data[4], data[5], 0, 0)


def pack(files):
    """files: (name, bytes) each.  Return: the bytes of the FatELF file"""
    if not 0 < len(files) <= MOST:
        raise Bad(f"a file takes from 1 to {MOST} programs")
    whats = [describe(name, data) for name, data in files]
    seen = {}
    for (name, _), what in zip(files, whats):
        key = (what[0], what[3], what[4])
        if key in seen:
            raise Bad(f"{name} and {seen[key]} are both for "
                      f"{name_of(what[0], what[3])}")
        seen[key] = name
    head = HEADER.pack(MAGIC, VERSION, len(files), 0)
    at = -(-(len(head) + RECORD.size * len(files)) // PAGE) * PAGE
    body = b""
    for (_, data), what in zip(files, whats):
        head += RECORD.pack(*what, at + len(body), len(data))
        pad = -len(data) % PAGE
        body += data + bytes(pad)
    # no padding after the last one
    return head + bytes(at - len(head)) + body[:len(body) - pad]


def unpack(name, data):
    """Return: [(machine's name, offset, size)]"""
    if len(data) < HEADER.size:
        raise Bad(f"{name}: not a FatELF file")
    magic, version, records, _ = HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise Bad(f"{name}: not a FatELF file")
    if len(data) < HEADER.size + records * RECORD.size:
        raise Bad(f"{name}: its records are cut short")
    found = []
    for i in range(records):
        r = RECORD.unpack_from(data, HEADER.size + i * RECORD.size)
        offset, size = r[-2:]
        if offset % PAGE or not size or offset + size > len(data):
            raise Bad(f"{name}: record {i} does not lie in the file")
        found.append((name_of(r[0], r[3]), offset, size))
    return found


def glue(out, *names):
    write(out, pack([(n, read(n)) for n in names]))


def info(name):
    for machine, offset, size in unpack(name, read(name)):
        print(f"{machine:10} {size:9} bytes at {offset:#x}")


def extract(name, machine, out):
    data = read(name)
    for found, offset, size in unpack(name, data):
        if found == machine:
            write(out, data[offset:offset + size])
            return
    raise Bad(f"{name}: no program for {machine}")


def universal(out, *builds):
    """Glue the programs that every build has, with their 32-bit versions where
    there are any (`narrow` in user/narrow/meson.build)."""
    folders = [os.path.join(b, "user", "bin") for b in builds]
    for folder in folders:
        if not os.path.isdir(folder):
            raise Bad(f"{folder}: no such folder; build the machine first")
    names = set.intersection(*({
        n for n in os.listdir(folder)
        if os.path.isfile(os.path.join(folder, n))
        and read(os.path.join(folder, n))[:4] == b"\x7fELF"}
        for folder in folders))
    if not names:
        raise Bad("no program is in all of the builds")
    os.makedirs(out, exist_ok=True)
    for n in sorted(names):
        files = [os.path.join(b, "user", part, n) for b in builds
                 for part in ("bin", "narrow")]
        glue(os.path.join(out, n), *filter(os.path.isfile, files))
    print(f"{len(names)} programs in {out}")


COMMANDS = {"glue": (glue, 2, None), "info": (info, 1, 1),
            "extract": (extract, 3, 3), "universal": (universal, 2, None)}


def main():
    args = sys.argv[1:]
    if args and args[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    function, least, most = COMMANDS.get(args[0] if args else "",
                                         (None, 0, 0))
    if not function or len(args) - 1 < least or \
            most is not None and len(args) - 1 > most:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        function(*args[1:])
    except Bad as e:
        print(f"fatelf.py: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

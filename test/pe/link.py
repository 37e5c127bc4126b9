#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""link.py [--dll] [--base N] [--fixed] [--export WHAT]... OUT OBJECT - a PE
file of one ELF object, for tests of the loader (docs/pe.md).

Debian's compiler for Windows is large and not needed for them: the machine's
code is the same, and this writes the tables around it.

  imports   undefined symbols called imp.LIBRARY.FUNCTION, or with an ordinal
            in place of the name, are slots of the import address table
  exports   NAME, NAME@ORDINAL, @ORDINAL=SYMBOL, NAME=LIBRARY.FUNCTION (a
            forwarder)
  TLS       a section .tls, with symbols tls_index and, if wanted,
            tls_callbacks
  entry     the symbol `entry`
"""
import argparse
import re
import struct
import sys

PAGE, IN_FILE = 0x1000, 0x200
R_386_32, R_386_PC32, R_386_PLT32 = 1, 2, 4
SHF_WRITE, SHF_ALLOC, SHF_EXEC, SHT_NOBITS = 1, 2, 4, 8
CODE, READ, DATA = 0x60000020, 0x40000040, 0xc0000040


def up(n, to):
    return (n + to - 1) // to * to


def text(data, at):
    return data[at:data.index(b"\0", at)].decode()


class Section:
    """A section of the image: its bytes grow until it is placed."""

    def __init__(self, name, flags):
        self.name, self.flags, self.rva = name, flags, 0
        self.bytes = bytearray()

    def add(self, data, align=4):
        """=> where in the section it is now"""
        self.bytes += bytes(-len(self.bytes) % align)
        self.bytes += data
        return len(self.bytes) - len(data)


class Object:
    """What an ELF file for relocating has."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        at, = struct.unpack_from("<I", self.data, 32)
        size, count, names = struct.unpack_from("<HHH", self.data, 46)
        self.headers = [struct.unpack_from("<10I", self.data, at + i * size)
                        for i in range(count)]
        self.names = [text(self.data, self.headers[names][4] + h[0])
                      for h in self.headers]
        self.symbols = list(self._symbols())

    def _symbols(self):
        table = next(h for h in self.headers if h[1] == 2)
        strings = self.headers[table[6]][4]
        for at in range(table[4], table[4] + table[5], 16):
            name, value, _, _, _, section = struct.unpack_from(
                "<IIIBBH", self.data, at)
            yield text(self.data, strings + name), section, value

    def content(self, i):
        h = self.headers[i]
        return bytes(h[5]) if h[1] == SHT_NOBITS else \
            self.data[h[4]:h[4] + h[5]]

    def relocations(self):
        """=> (section, offset, kind, symbol)"""
        for h in self.headers:
            if h[1] != 9:
                continue
            for at in range(h[4], h[4] + h[5], 8):
                offset, info = struct.unpack_from("<II", self.data, at)
                yield h[7], offset, info & 255, info >> 8


class Image:
    def __init__(self, options):
        self.options = options
        self.object = Object(options.object)
        self.text = Section(".text", CODE)
        self.rdata = Section(".rdata", READ)
        self.data = Section(".data", DATA)
        self.idata = Section(".idata", DATA)
        self.edata = Section(".edata", READ)
        self.reloc = Section(".reloc", READ)
        self.sections = [self.text, self.rdata, self.data]
        self.directories = [(0, 0)] * 16
        self.places = {}            # of the object's sections
        self.absolute = []          # RVAs that base relocations name
        self.end = PAGE
        self.slots = {}

    def gather(self):
        for i, h in enumerate(self.object.headers):
            if not h[2] & SHF_ALLOC or self.object.names[i].startswith(
                    (".note", ".eh_frame")):
                continue
            to = self.text if h[2] & SHF_EXEC else \
                self.data if h[2] & SHF_WRITE else self.rdata
            self.places[i] = to, to.add(self.object.content(i),
                                        max(h[8], 4))
        if self.has("tls_index"):
            self.tls = self.rdata.add(bytes(24))

    def place(self, section):
        section.rva = self.end
        self.end = up(self.end + max(len(section.bytes), 1), PAGE)
        if section not in self.sections:
            self.sections.append(section)

    def has(self, name):
        return any(n == name and s for n, s, _ in self.object.symbols)

    def rva(self, index):
        """Of a symbol, by its number."""
        name, section, value = self.object.symbols[index]
        if section == 0:
            if name not in self.slots:
                sys.exit(f"link.py: {name} is not defined")
            return self.slots[name]
        to, offset = self.places[section]
        return to.rva + offset + value

    def named(self, name):
        for i, (n, section, _) in enumerate(self.object.symbols):
            if n == name and section:
                return self.rva(i)
        sys.exit(f"link.py: no symbol {name}")

    def imports(self):
        """The section .idata; where it lies is known."""
        wanted = {}
        for name, section, _ in self.object.symbols:
            m = re.fullmatch(r"imp\.(\w+)\.(\w+)", name)
            if m and not section:
                wanted.setdefault(m[1], []).append((name, m[2]))
        if not wanted:
            return
        self.place(self.idata)
        base, to = self.idata.rva, self.idata
        heads = to.add(bytes(20 * (len(wanted) + 1)))
        self.directories[1] = base + heads, len(to.bytes)
        for n, (library, functions) in enumerate(sorted(wanted.items())):
            names = to.add(bytes(4 * (len(functions) + 1)))
            slots = to.add(bytes(4 * (len(functions) + 1)))
            dll = to.add(library.encode() + b".dll\0", 2)
            struct.pack_into("<5I", to.bytes, heads + 20 * n, base + names,
                             0, 0, base + dll, base + slots)
            for i, (symbol, name) in enumerate(functions):
                value = 1 << 31 | int(name) if name.isdigit() else \
                    base + to.add(b"\0\0" + name.encode() + b"\0", 2)
                for table in (names, slots):
                    struct.pack_into("<I", to.bytes, table + 4 * i, value)
                self.slots[symbol] = base + slots + 4 * i
        self.end = up(base + len(to.bytes), PAGE)

    def exports(self):
        found = {}                  # ordinal: (name, what)
        for what in self.options.export:
            head, _, to = what.partition("=")
            name, _, ordinal = head.partition("@")
            number = int(ordinal) if ordinal else max(found, default=0) + 1
            found[number] = name, to or name
        if not found:
            return
        self.place(self.edata)
        base, e = self.edata.rva, self.edata
        e.add(bytes(40))
        table = e.add(bytes(4 * max(found)))
        for number, (_, what) in found.items():
            rva = base + e.add(what.encode() + b"\0", 1) if "." in what \
                else self.named(what)
            struct.pack_into("<I", e.bytes, table + 4 * (number - 1), rva)
        names = sorted((n.encode(), k) for k, (n, _) in found.items() if n)
        at = [base + e.add(n + b"\0", 1) for n, _ in names]
        strings = e.add(struct.pack(f"<{len(at)}I", *at))
        places = e.add(struct.pack(f"<{len(at)}H",
                                   *(k - 1 for _, k in names)))
        own = e.add(b"own.dll\0")
        struct.pack_into("<10I", e.bytes, 0, 0, 0, 0, base + own, 1,
                         max(found), len(names), base + table,
                         base + strings, base + places)
        self.directories[0] = base, len(e.bytes)
        self.end = up(base + len(e.bytes), PAGE)

    def relocate(self):
        for section, offset, kind, symbol in self.object.relocations():
            if section not in self.places:
                continue
            to, start = self.places[section]
            at = start + offset
            value, = struct.unpack_from("<I", to.bytes, at)
            if kind == R_386_32:
                value += self.rva(symbol) + self.options.base
                self.absolute.append(to.rva + at)
            elif kind in (R_386_PC32, R_386_PLT32):
                value += self.rva(symbol) - (to.rva + at)
            else:
                sys.exit(f"link.py: relocation {kind}")
            struct.pack_into("<I", to.bytes, at, value & 0xffffffff)

    def write_tls(self):
        if not self.has("tls_index"):
            return
        i = self.object.names.index(".tls")
        to, offset = self.places[i]
        start = self.options.base + to.rva + offset
        calls = self.options.base + self.named("tls_callbacks") \
            if self.has("tls_callbacks") else 0
        struct.pack_into(
            "<6I", self.rdata.bytes, self.tls, start,
            start + self.object.headers[i][5],
            self.options.base + self.named("tls_index"), calls, 16, 0)
        here = self.rdata.rva + self.tls
        self.absolute += [here, here + 4, here + 8] + [here + 12] * bool(calls)
        self.directories[9] = here, 24

    def write_relocations(self):
        if self.options.fixed:
            return
        self.place(self.reloc)
        pages = {}
        for rva in sorted(self.absolute):
            pages.setdefault(rva & ~(PAGE - 1), []).append(rva & (PAGE - 1))
        for page, offsets in pages.items():
            entries = [3 << 12 | o for o in offsets] + [0] * (len(offsets) & 1)
            self.reloc.add(struct.pack(f"<II{len(entries)}H", page,
                                       8 + 2 * len(entries), *entries))
        self.directories[5] = self.reloc.rva, len(self.reloc.bytes)
        self.end = up(self.reloc.rva + max(len(self.reloc.bytes), 1), PAGE)

    def link(self):
        self.gather()
        for section in self.sections:
            self.place(section)
        self.imports()
        self.exports()
        self.relocate()
        self.write_tls()
        self.write_relocations()

    def headers(self):
        o = self.options
        flags = 0x102 | (0x2000 if o.dll else 0) | (1 if o.fixed else 0)
        size = up(0x40 + 24 + 224 + 40 * len(self.sections), IN_FILE)
        entry = self.named("entry") if self.has("entry") else 0
        head = b"MZ" + bytes(58) + struct.pack("<I", 0x40)
        head += b"PE\0\0" + struct.pack("<HHIIIHH", 0x14c,
                                        len(self.sections), 0, 0, 0, 224,
                                        flags)
        head += struct.pack("<HBB9I6H4IHH6I", 0x10b, 2, 40, 0, 0, 0, entry,
                            PAGE, PAGE, o.base, PAGE, IN_FILE, 4, 0, 0, 0,
                            4, 0, 0, self.end, size, 0, 3, 0x100, 1 << 20,
                            PAGE, 1 << 20, PAGE, 0, 16)
        head += b"".join(struct.pack("<II", *d) for d in self.directories)
        at = size
        for s in self.sections:
            length = up(len(s.bytes), IN_FILE)
            head += struct.pack("<8s6IHHI", s.name.encode(),
                                max(len(s.bytes), 1), s.rva, length,
                                at if length else 0, 0, 0, 0, 0, s.flags)
            at += length
        return head + bytes(size - len(head))

    def write(self):
        with open(self.options.out, "wb") as f:
            f.write(self.headers())
            for s in self.sections:
                f.write(s.bytes + bytes(-len(s.bytes) % IN_FILE))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dll", action="store_true")
    parser.add_argument("--fixed", action="store_true")
    parser.add_argument("--base", type=lambda n: int(n, 0), default=0x400000)
    parser.add_argument("--export", action="append", default=[])
    parser.add_argument("out")
    parser.add_argument("object")
    image = Image(parser.parse_args())
    image.link()
    image.write()


main()

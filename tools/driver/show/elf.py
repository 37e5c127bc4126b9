# SPDX-License-Identifier: MIT
"""An ELF file's headers, sections, segments, symbols and relocations, for
./lectern show.  A file may be broken in any way: all numbers are checked before
use, and those that lead outside the file raise Failure."""
import collections
import struct

from machines import of_elf

from ..common import EXIT_USAGE, Failure

Section = collections.namedtuple(
    "Section", "index name type flags address offset size link info align "
    "entry")
Segment = collections.namedtuple(
    "Segment", "index type flags offset address size memory align")
Symbol = collections.namedtuple("Symbol", "name value size info other section")
Reloc = collections.namedtuple("Reloc", "offset type symbol addend")

FILE_TYPES = {1: "REL (relocatable file)", 2: "EXEC (executable file)",
              3: "DYN (shared object)", 4: "CORE (core file)"}
SEGMENTS = {0: "NULL", 1: "LOAD", 2: "DYNAMIC", 3: "INTERP", 4: "NOTE",
            5: "SHLIB", 6: "PHDR", 7: "TLS", 0x6474e550: "GNU_EH_FRAME",
            0x6474e551: "GNU_STACK", 0x6474e552: "GNU_RELRO",
            0x6474e553: "GNU_PROPERTY", 0x70000003: "RISCV_ATTRIBUTES"}
NOBITS, SYMTAB, RELA, REL, DYNSYM = 8, 2, 4, 9, 11
ALLOC, TLS = 2, 0x400
LOAD = 1


class Elf:
    """An ELF file in memory."""

    def __init__(self, data, name):
        self.data, self.name = data, name
        if data[:4] != b"\x7fELF":
            self.broken("not an ELF file")
        if len(data) < 52:
            self.broken("its header is cut short")
        if data[4] not in (1, 2) or data[5] != 1:
            self.broken("not a little-endian file of 32 or 64 bits")
        self.wide = data[4] == 2
        self.word = 8 if self.wide else 4
        self._header()
        self.segments = [self._segment(i) for i in range(self._phnum)]
        self.sections = self._sections()

    def broken(self, why):
        raise Failure(f"{self.name}: {why}", EXIT_USAGE)

    def take(self, form, at, what):
        """Return: numbers of the file; Failure if they lie outside"""
        try:
            return struct.unpack_from("<" + form, self.data, at)
        except struct.error:
            self.broken(f"{what} at {at:#x} lies outside the file")

    def _header(self):
        (self.type, self.machine, _, self.entry, self.phoff, self.shoff,
         self.flags, self.ehsize, self._phentsize, self._phnum,
         self._shentsize, self._shnum, self._names) = self.take(
             "HHIQQQIHHHHHH" if self.wide else "HHIIIIIHHHHHH", 16,
             "the header")
        if self._phnum and self._phentsize != (56 if self.wide else 32):
            self.broken(f"program headers of {self._phentsize} bytes")
        if self.shoff and self._shentsize != (64 if self.wide else 40):
            self.broken(f"section headers of {self._shentsize} bytes")
        self.kind = of_elf(self.machine)

    def _segment(self, i):
        at = self.phoff + i * self._phentsize
        if self.wide:
            kind, flags, off, va, _, size, memory, align = self.take(
                "IIQQQQQQ", at, f"program header {i}")
        else:
            kind, off, va, _, size, memory, flags, align = self.take(
                "IIIIIIII", at, f"program header {i}")
        return Segment(i, kind, flags, off, va, size, memory, align)

    def _sections(self):
        if not self.shoff:
            return []
        form = "IIQQQQIIQQ" if self.wide else "IIIIIIIIII"
        first = self.take(form, self.shoff, "section header 0")
        # numbers too large for the header are in section 0
        number, names = self._shnum or first[5], self._names
        names = first[6] if names == 0xffff else names
        if number * self._shentsize > len(self.data):
            self.broken(f"{number} sections do not fit into the file")
        raw = [self.take(form, self.shoff + i * self._shentsize,
                         f"section header {i}") for i in range(number)]
        if names >= number:
            table = b""
        else:
            table = self.bytes(raw[names][4], raw[names][5])
        return [Section(i, text_at(table, r[0]), *r[1:])
                for i, r in enumerate(raw)]

    def bytes(self, offset, size):
        """Return: up to size bytes, as many as the file has"""
        return self.data[offset:offset + size]

    def contents(self, section):
        return b"" if section.type == NOBITS else self.bytes(
            section.offset, section.size)

    def section(self, name):
        return next((s for s in self.sections if s.name == name), None)

    def symbols(self, kind=SYMTAB):
        """Return: the symbols of the first table of this kind, in order"""
        table = next((s for s in self.sections if s.type == kind), None)
        if not table or table.link >= len(self.sections):
            return []
        names = self.contents(self.sections[table.link])
        data, size = self.contents(table), 24 if self.wide else 16
        found = []
        for at in range(0, len(data) - size + 1, size):
            if self.wide:
                name, info, other, where, value, length = struct.unpack_from(
                    "<IBBHQQ", data, at)
            else:
                name, value, length, info, other, where = struct.unpack_from(
                    "<IIIBBH", data, at)
            found.append(Symbol(text_at(names, name), value, length, info,
                                other, where))
        return found

    def relocs(self, section):
        """Return: the relocations of a section"""
        addend = section.type == RELA
        size = (3 if addend else 2) * self.word
        form = ("<QQq" if addend else "<QQ") if self.wide else \
            "<IIi" if addend else "<II"
        data = self.contents(section)
        for at in range(0, len(data) - size + 1, size):
            offset, info, *rest = struct.unpack_from(form, data, at)
            yield Reloc(offset, info & (0xffffffff if self.wide else 0xff),
                        info >> (32 if self.wide else 8),
                        rest[0] if rest else 0)

    def reloc_name(self, number):
        known = self.kind.RELOCATIONS if self.kind else {}
        return known.get(number, f"type {number}")


def text_at(table, at):
    """Return: a name in a string table"""
    end = table.find(b"\0", at)
    return table[at:end if end >= 0 else len(table)].decode(errors="replace")


def read(path):
    """Return: the file of this name as Elf, or Failure"""
    try:
        with open(path, "rb") as f:
            return Elf(f.read(), path)
    except OSError as why:
        raise Failure(f"{path}: {why.strerror}", EXIT_USAGE) from None


def flag_letters(flags):
    """Return: R, W and X of a segment, as letters"""
    return "".join(letter if flags & bit else "-" for letter, bit in
                   (("r", 4), ("w", 2), ("x", 1)))


def segment_name(segment):
    return SEGMENTS.get(segment.type, f"{segment.type:#x}")


def is_inside(section, segment):
    """True if the segment contains the section, in the file and in memory."""
    if segment.type == 0x6474e551 or not section.type:
        return False
    if section.flags & TLS and section.type == NOBITS and segment.type != 7:
        return False                    # takes memory only in threads' blocks
    if section.flags & ALLOC:
        end = section.address + section.size
        if not (segment.address <= section.address
                and end <= segment.address + segment.memory):
            return False
        # an empty section at the end of a segment is not in it, unless the
        # segment is empty, too
        if not section.size and segment.memory and section.address == \
                segment.address + segment.memory:
            return False
    elif segment.type != 4 and segment.type != 0x70000003 \
            or segment.memory:
        return False
    return section.type == NOBITS or (
        segment.offset <= section.offset
        and section.offset + section.size <= segment.offset + segment.size)

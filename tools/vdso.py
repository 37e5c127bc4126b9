#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""vdso.py TABLE --out FILE - generate the front of the ELF shared object that
is mapped into every program, as assembler text for the port's vdso.S: header,
program headers, dynamic section, symbols with versions, hash table, strings.

TABLE has one fact a line:

  class 32|64         machine NUMBER         flags NUMBER
  soname NAME         entry LABEL            (of e_entry; none: 0)
  unwind              the port has unwind_header to unwind_end
  version NAME        the version of the symbols that follow
  symbol LABEL NAME   the symbol's code lies from LABEL to end_LABEL

All addresses are relative to the label vdso_image, where the object begins.
"""
import argparse
import sys

PAGE = 4096
LOAD, DYNAMIC, EH_FRAME = 1, 2, 0x6474e550
READ, READ_EXEC = 4, 5


class Bad(Exception):
    """The table is unreadable."""


class Table:
    def __init__(self, path):
        self.bits = self.machine = self.soname = None
        self.flags, self.entry, self.unwind = 0, None, False
        self.versions, self.symbols = [], []    # (label, name, version)
        with open(path) as f:
            for number, line in enumerate(f, 1):
                words = line.split("#")[0].split()
                try:
                    if words:
                        self._fact(*words)
                except (TypeError, ValueError):
                    raise Bad(f"{path}:{number}: {line.strip()}") from None

    def _fact(self, kind, *words):
        if kind == "symbol":
            label, name = words
            self.symbols.append((label, name, len(self.versions) + 1))
        elif kind == "version":
            self.versions.append(*words)
        elif kind == "unwind":
            self.unwind = True
        elif kind in ("class", "machine", "flags"):
            number, = words
            setattr(self, "bits" if kind == "class" else kind,
                    int(number, 0))
        elif kind in ("soname", "entry"):
            text, = words
            setattr(self, kind, text)
        else:
            raise ValueError(kind)


def elf_hash(name):
    h = 0
    for byte in name.encode():
        h = (h << 4) + byte
        high = h & 0xf0000000
        h = (h ^ high >> 24) & ~high
    return h & 0xffffffff


def buckets(names):
    """Return: a number of buckets for which no two names share a bucket"""
    count = len(names)
    while len({elf_hash(n) % count for n in names}) < len(names):
        count += 1
    return count


class Image:
    def __init__(self, table):
        self.t, self.lines = table, []
        self.wide = table.bits == 64
        self.word = ".quad" if self.wide else ".long"
        self.align = table.bits // 8

    def put(self, how, *values):
        self.lines.append(f"\t{how}\t" + ", ".join(map(str, values)))

    def label(self, name):
        self.lines.append(name + ":")

    def header(self, segments):
        t = self.t
        self.put(".byte", "0x7f", "'E'", "'L'", "'F'", t.bits // 32, 1, 1, 0)
        self.put(".zero", 8)
        self.put(".short", 3, t.machine)
        self.put(".long", 1)
        self.put(self.word, f"{t.entry} - vdso_image" if t.entry else 0,
                 "headers - vdso_image", 0)
        self.put(".long", t.flags)
        sizes = (64, 56, segments, 64) if self.wide else \
            (52, 32, segments, 40)
        self.put(".short", *sizes, 0, 0)

    def segment(self, kind, flags, at, size, align):
        if self.wide:
            self.put(".long", kind, flags)
            self.put(self.word, at, at, at, size, size, align)
        else:
            self.put(self.word, kind, at, at, at, size, size, flags, align)

    def segments(self):
        parts = [(LOAD, READ_EXEC, "0", str(PAGE), PAGE),
                 (DYNAMIC, READ, "dynamic - vdso_image",
                  "dynamic_end - dynamic", self.align)]
        if self.t.unwind:
            parts.append((EH_FRAME, READ, "unwind_header - vdso_image",
                          "unwind_end - unwind_header", self.align))
        self.header(len(parts))
        self.label("headers")
        for part in parts:
            self.segment(*part)

    def dynamic(self):
        self.label("dynamic")
        for tag, value in (
                (4, "hash - vdso_image"), (5, "strings - vdso_image"),
                (6, "symbols - vdso_image"), (10, "strings_end - strings"),
                (11, 24 if self.wide else 16), (14, "soname - strings"),
                (0x6ffffff0, "versions - vdso_image"),
                (0x6ffffffc, "defined - vdso_image"),
                (0x6ffffffd, len(self.t.versions) + 1), (0, 0)):
            self.put(self.word, tag, value)
        self.label("dynamic_end")

    def symbols(self):
        self.label("symbols")
        self.put(".zero", 24 if self.wide else 16)
        for label, _, _ in self.t.symbols:
            self.put(".long", f"name_{label} - strings")
            place = f"{label} - vdso_image", f"end_{label} - {label}"
            if not self.wide:
                self.put(self.word, *place)
            self.put(".byte", "0x12", 0)        # global function
            self.put(".short", 1)
            if self.wide:
                self.put(self.word, *place)

    def hash(self):
        names = [name for _, name, _ in self.t.symbols]
        count = buckets(names)
        first = [0] * count
        for number, name in enumerate(names, 1):
            first[elf_hash(name) % count] = number
        self.label("hash")
        self.put(".long", count, len(names) + 1)
        self.put(".long", *first)
        self.put(".long", *[0] * (len(names) + 1))      # chains of one symbol

    def versions(self):
        self.label("versions")
        self.put(".short", 0, *[v for _, _, v in self.t.symbols])
        self.put(".balign", self.align)
        self.label("defined")
        names = [("soname", self.t.soname)] + \
            [(f"version{i}", v) for i, v in enumerate(self.t.versions)]
        for index, (label, name) in enumerate(names, 1):
            last = index == len(names)
            self.put(".short", 1, int(index == 1), index, 1)
            self.put(".long", hex(elf_hash(name)), 20, 0 if last else 28)
            self.put(".long", f"{label} - strings", 0)

    def strings(self):
        self.label("strings")
        self.put(".byte", 0)
        texts = [("soname", self.t.soname)] + \
            [(f"version{i}", v) for i, v in enumerate(self.t.versions)] + \
            [(f"name_{label}", name) for label, name, _ in self.t.symbols]
        for label, text in texts:
            self.label(label)
            self.put(".asciz", f'"{text}"')
        self.label("strings_end")

    def text(self):
        self.lines.append("/* Generated by tools/vdso.py. */")
        self.segments()
        self.dynamic()
        self.symbols()
        self.hash()
        self.versions()
        self.strings()
        return "\n".join(self.lines) + "\n"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    try:
        text = Image(Table(options.table)).text()
    except Bad as e:
        sys.exit(str(e))
    with open(options.out, "w") as f:
        f.write(text)


if __name__ == "__main__":
    main()

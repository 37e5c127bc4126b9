#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ksyms.py [--nm NM] --out FILE.S [KERNEL]

Write the kernel's own symbol table, as assembler text in section .ksyms;
without KERNEL, an empty one for the first link.  Only text symbols are listed:
they lie before the table, so the second link does not move them.  lib/ksym.c
reads it:

    ksym_count   one 32-bit word
    ksym_base    one address, to which the offsets are relative
    ksym_offsets ksym_count 32-bit words, rising
    ksym_index   ksym_count 32-bit words: where each name starts in ksym_names
    ksym_names   names, each ended by a zero byte
"""
import argparse
import subprocess
import sys


def text_symbols(nm, kernel):
    out = subprocess.run([nm, "-n", kernel], stdout=subprocess.PIPE,
                         text=True, check=True).stdout
    last = None
    for line in out.splitlines():
        part = line.split()
        if len(part) != 3 or part[1] not in "tTwW":
            continue
        addr, name = int(part[0], 16), part[2]
        if name.startswith((".L", "$")):
            continue
        # One name an address, but all globals: somebody may ask for them.
        if addr == last and part[1] == "t":
            continue
        last = addr
        yield addr, name


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--nm", default="nm")
    ap.add_argument("--out", required=True)
    ap.add_argument("kernel", nargs="?")
    arg = ap.parse_args()
    syms = list(text_symbols(arg.nm, arg.kernel)) if arg.kernel else []
    base = syms[0][0] if syms else 0
    # Leave out text symbols of another section group, which may lie far away.
    syms = [s for s in syms if s[0] - base < 1 << 31]
    lines = ['\t.section .ksyms, "a"', "\t.balign 8"]

    def label(name):
        lines.append(f"\t.globl {name}\n{name}:")

    label("ksym_count")
    lines.append(f"\t.long {len(syms)}")
    lines.append("\t.balign 8")
    label("ksym_base")
    lines.append(f"\t.dc.a {base:#x}")
    label("ksym_offsets")
    lines += [f"\t.long {addr - base:#x}" for addr, _ in syms]
    label("ksym_index")
    at = 0
    for _, name in syms:
        lines.append(f"\t.long {at}")
        at += len(name) + 1
    label("ksym_names")
    lines += [f'\t.asciz "{name}"' for _, name in syms]
    lines.append("\t.byte 0")
    lines.append('\t.section .note.GNU-stack, "", %progbits')
    with open(arg.out, "w") as f:
        f.write("\n".join(lines) + "\n")


sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""asm-offsets.py --out H --depfile D SRC -- COMPILER ARG...

Compile SRC to assembler text and turn each `->NAME VALUE` line in it (written
by an asm statement with an "i" operand) into a #define of header H.
"""
import re
import subprocess
import sys


def main():
    cut = sys.argv.index("--")
    opt, compiler = sys.argv[1:cut], sys.argv[cut + 1:]
    out = opt[opt.index("--out") + 1]
    dep = opt[opt.index("--depfile") + 1]
    run = subprocess.run(
        compiler + ["-S", "-g0", "-MD", "-MF", dep, "-MT", out, "-o", "-",
                    opt[-1]], stdout=subprocess.PIPE, text=True)
    if run.returncode:
        return run.returncode
    found = re.findall(r"->(\w+)\s+[$#]?(-?\w+)", run.stdout)
    if not found:
        print(f"asm-offsets: no ->NAME VALUE line in {opt[-1]}",
              file=sys.stderr)
        return 1
    with open(out, "w") as f:
        f.write("/* Generated from %s by tools/asm-offsets.py. */\n"
                % opt[-1].split("/")[-1])
        f.writelines(f"#define {name} {value}\n" for name, value in found)
    return 0


sys.exit(main())

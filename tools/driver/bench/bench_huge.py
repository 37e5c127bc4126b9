# SPDX-License-Identifier: MIT
"""./lectern bench --superpages: touch and unmap 64 MiB in pages and in
superpages: page faults, page tables, TLB flushes, instructions."""
import os
import re
import subprocess

from ..common import TOP, Failure, build_dir

LIMIT = 600
COLUMNS = ("faults", "tables, KiB", "TLB flushes", "touch", "unmap")


def measure(arch, program):
    """Return: [(row, figures by column)]"""
    args = [os.path.join(TOP, "lectern"), "run", "--arch", arch, "--icount",
            "--mem", "1G", "--timeout", str(LIMIT), "--log",
            os.path.join(build_dir(arch), "bench-huge.log"),
            "--add", f"{program}:/hugebench", "--", "/hugebench"]
    done = subprocess.run(args, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE)
    if done.returncode:
        raise Failure(f"hugebench ended with status {done.returncode}",
                      done.returncode)
    return [(m[0], m[1].split()) for m in
            re.findall(r"^(\w+)((?:\t\d+){5})$", done.stdout, re.M)]


def bench_huge(arch, program, tsv):
    found = measure(arch, program)
    if tsv:
        for row, figures in found:
            print("\t".join([arch, row, *figures]))
        return 0
    print(f"{arch:18}" + "".join(f"{c:>13}" for c in COLUMNS))
    for row, figures in found:
        print(f"{row:18}" + "".join(f"{int(f):>13,}" for f in figures))
    return 0

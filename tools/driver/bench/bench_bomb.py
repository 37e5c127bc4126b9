# SPDX-License-Identifier: MIT
"""./lectern bench --bomb: runs of root's `ls` during a user's fork bomb under
the default limits (test/bench/bombbench.c), in milliseconds by wall clock; with
--against linux on Debian's Linux, too, where they may never end.
A report, not a test: the figures are the host's as much as the kernel's."""
import os
import subprocess
import sys

from ..common import TOP, build_dir

SHAPES = tuple((cpus, mem) for cpus in (1, 2, 4) for mem in ("128M", "256M"))
RUNS = 100
LIMIT = 300
ROWS = ("alone", "median", "p99", "most", "killed")


def measured(arch, program, cpus, mem, runs, options):
    """Return: {row: milliseconds}, without the rows that were not reached"""
    args = [os.path.join(TOP, "lectern"), "run", "--arch", arch, "--smp",
            str(cpus), "--mem", mem, "--timeout", str(LIMIT), "--log",
            os.path.join(build_dir(arch), "bench-bomb.log"), *options,
            "--add", f"{program}:/bombbench", "--", "/bombbench",
            str(runs)]
    done = subprocess.run(args, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        why = done.stderr.strip().split("\n")[0]
        print(f"{arch}, {cpus} CPUs, {mem}: {why}", file=sys.stderr)
    rows = (line.split("\t") for line in done.stdout.splitlines())
    return {row[0]: float(row[1]) for row in rows
            if len(row) == 2 and row[0] in ROWS}


def bench_bomb(arch, program, options):
    kernels = [("", [])]
    if options.against:
        kernels.append(("Linux, ", ["--kernel", "linux"]))
    whole = True
    if not options.tsv:
        print(f"{arch + ', ms':24}" + "".join(f"{row:>10}" for row in ROWS))
    for name, extra in kernels:
        for cpus, mem in SHAPES:
            shape = f"{name}{cpus} CPU{'s' * (cpus > 1)}, {mem}"
            found = measured(arch, program, cpus, mem, options.bomb, extra)
            whole &= bool(name) or len(found) == len(ROWS)
            if options.tsv:
                for row, ms in found.items():
                    print(f"{arch}\t{shape}\t{row}\t{ms}", flush=True)
                continue
            print(f"{shape:24}" + "".join(
                f"{found[row]:10.1f}" if row in found else f"{'none':>10}"
                for row in ROWS), flush=True)
    return 0 if whole else 1

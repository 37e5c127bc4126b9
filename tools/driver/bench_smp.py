# SPDX-License-Identifier: MIT
"""./lectern bench --smp: two processes on one CPU, on two, on two where one
serves all traps (`asmp`), and on two without kernel preemption, by wall clock.
A report, not a test: the figures are the host's as much as the kernel's, so
each is the best of several runs."""
import os
import re
import subprocess

from .common import TOP, Failure, build_dir

SHAPES = (("1 CPU", 1, []), ("2 CPUs", 2, []),
          ("2 CPUs, asmp", 2, ["--append", "asmp"]),
          ("2 CPUs, preempt=none", 2, ["--append", "preempt=none"]))
LIMIT = 600
RUNS = 3


def run(arch, program, cpus, options):
    """=> {row: milliseconds}"""
    args = [os.path.join(TOP, "lectern"), "run", "--arch", arch, "--smp",
            str(cpus), "--mem", "512M", "--timeout", str(LIMIT), "--log",
            os.path.join(build_dir(arch), "bench-smp.log"), *options,
            "--add", f"{program}:/smpbench", "--", "/smpbench"]
    done = subprocess.run(args, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE)
    if done.returncode:
        raise Failure(f"smpbench ended with status {done.returncode}",
                      done.returncode)
    return {name: float(ms) for name, ms in
            re.findall(r"^(\w+)\t([\d.]+)$", done.stdout, re.M)}


def table(arch, found):
    base = found[0][1]
    yield f"{arch + ', ms':22}" + "".join(f"{name:>24}" for name, _ in found)
    for row in base:
        line = f"{row:22}"
        for _, figures in found:
            ms = figures[row]
            line += f"{ms:14.1f}  x{base[row] / max(ms, 0.1):6.2f} "
        yield line


def best(arch, program):
    """The shapes take turns, so that the host's load is alike for all."""
    found = [(name, {}) for name, _, _ in SHAPES]
    for _ in range(RUNS):
        for (_, figures), (_, cpus, options) in zip(found, SHAPES):
            for row, ms in run(arch, program, cpus, options).items():
                figures[row] = min(ms, figures.get(row, ms))
    return found


def bench_smp(arch, program, tsv):
    found = best(arch, program)
    if tsv:
        for name, figures in found:
            for row, ms in figures.items():
                print(f"{arch}\t{name}\t{row}\t{ms}")
    else:
        print("\n".join(table(arch, found)))
    return 0

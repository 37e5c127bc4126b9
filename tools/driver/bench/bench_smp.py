# SPDX-License-Identifier: MIT
"""./lectern bench --smp: two processes on one CPU, on two, on two of which one
serves all traps (`asmp`), and on two without kernel preemption, by wall clock;
with --against linux on Debian's Linux, too, on one CPU and two.
A report, not a test: the figures depend on the host as much as on the kernel,
so each is the best of several runs."""
import os
import re
import subprocess

from ..common import EXIT_USAGE, TOP, Failure, build_dir

SHAPES = (("1 CPU", 1, []), ("2 CPUs", 2, []),
          ("2 CPUs, asmp", 2, ["--append", "asmp"]),
          ("2 CPUs, preempt=none", 2, ["--append", "preempt=none"]))
LINUX = (("Linux, 1 CPU", 1, ["--kernel", "linux"]),
         ("Linux, 2 CPUs", 2, ["--kernel", "linux"]))
LIMIT = 600
RUNS = 3


def run(arch, program, rows, cpus, options):
    """Return: {row: milliseconds}"""
    args = [os.path.join(TOP, "lectern"), "run", "--arch", arch, "--smp",
            str(cpus), "--mem", "512M", "--timeout", str(LIMIT), "--log",
            os.path.join(build_dir(arch), "bench-smp.log"), *options,
            "--add", f"{program}:/smpbench", "--", "/smpbench",
            *rows]
    done = subprocess.run(args, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE)
    if done.returncode:
        raise Failure(f"smpbench ended with status {done.returncode}",
                      done.returncode)
    return {name: float(ms) for name, ms in
            re.findall(r"^(\w+)\t([\d.]+)$", done.stdout, re.M)}


def table(arch, found):
    """Yield the table, each figure beside the same kernel's on one CPU."""
    base = found[0][1]
    yield f"{arch + ', ms':28}" + "".join(f"{name:>24}" for name, _ in found)
    for row in base:
        line = f"{row:28}"
        for name, figures in found:
            ms = figures[row]
            if name.endswith("1 CPU"):
                alone = ms
            line += f"{ms:14.1f}  x{alone / max(ms, 0.1):6.2f} "
        yield line


def best(arch, program, rows, shapes):
    """Measure the shapes in turns, so that the host's load is alike for all."""
    found = [(name, {}) for name, _, _ in shapes]
    for _ in range(RUNS):
        for (_, figures), (_, cpus, options) in zip(found, shapes):
            for row, ms in run(arch, program, rows, cpus,
                               options).items():
                figures[row] = min(ms, figures.get(row, ms))
    return found


def bench_smp(arch, program, options):
    shapes = SHAPES + (LINUX if options.against else ())
    found = best(arch, program, options.rows, shapes)
    if not found[0][1]:
        raise Failure(f"no row is called {' or '.join(options.rows)}",
                      EXIT_USAGE)
    if options.tsv:
        for name, figures in found:
            for row, ms in figures.items():
                print(f"{arch}\t{name}\t{row}\t{ms}")
    else:
        print("\n".join(table(arch, found)))
    return 0

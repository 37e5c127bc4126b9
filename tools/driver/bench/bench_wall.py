# SPDX-License-Identifier: MIT
"""./lectern bench --wall: the usual rows by wall clock, in ns; with --against
linux on Debian's Linux too, in turns.  A report, not a test: the figures depend
on the host as much as on the kernel, so each is the best of several runs."""
import os
import subprocess

from ..common import TOP, Failure, build_dir

LIMIT = 1800
RUNS = 3


def run(arch, program, argv, options, parse, show):
    """Return: {row: ns}"""
    args = [os.path.join(TOP, "lectern"), "run", "--arch", arch, "--mem", "1G",
            "--timeout", str(LIMIT), "--log",
            os.path.join(build_dir(arch), "bench-wall.log"), *options,
            "--add", f"{program}:/kbench", "--", *argv]
    found = {}
    with subprocess.Popen(args, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE) as child:
        for line in child.stdout:
            row = parse(line)
            if row and row[1] is not None:
                show(*row)
                found[row[0]] = row[1]
    if child.returncode:
        raise Failure(f"kbench ended with status {child.returncode}",
                      child.returncode)
    return found


def best(runs):
    """Return: the minimum of each row that every run has"""
    return {row: min(r[row] for r in runs) for row in runs[0]
            if all(row in r for r in runs)}


def bench_wall(arch, program, argv, against, parse, show):
    """against: the command line of the other kernel, or None.
    Return: our rows and those of Linux, {row: ns}"""
    ours, theirs = [], []
    for _ in range(RUNS):
        ours.append(run(arch, program, argv, [], parse, show))
        if against is not None:
            theirs.append(run(arch, program, argv,
                              ["--kernel", "linux", "--append", against],
                              parse, show))
    return best(ours), best(theirs) if theirs else {}

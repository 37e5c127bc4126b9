#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""small.py ARCH - a machine with little memory, and programs that want all of
it: each gets an error or is killed, the rest goes on and everything comes
back.  On one CPU and on several."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import PATIENCE, TOP, Tap, run  # noqa: E402

sys.path.insert(0, os.path.join(TOP, "tools"))
from driver.tap import Reader  # noqa: E402

LIMIT = 600


def exhaust(tap, arch, cpus):
    log = os.path.join(TOP, "build", arch, f"small-{cpus}.log")
    done = run("run", "--mem", "48M", "--smp", str(cpus), "--log", log,
               "--timeout", str(int(LIMIT * PATIENCE)), "--",
               "/usr/lectern/test/exhaust", arch=arch, timeout=LIMIT + 100)
    reader = Reader(lambda p: tap.point(
        p.result != "fail", f"{cpus} CPUs: exhaust: {p.name}",
        "\n".join(p.notes)))
    for line in done.stdout.decode(errors="replace").splitlines():
        reader.line(line)
    if done.returncode > 1:
        reader.bail = done.stderr.decode(errors="replace")[-3000:]
    reader.end(done.returncode)


def main():
    arch = sys.argv[1]
    tap = Tap()
    for cpus in (1, 4):
        if tap.wanted(f"{cpus} CPUs: exhaust"):
            exhaust(tap, arch, cpus)
    tap.end()


main()

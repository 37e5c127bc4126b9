#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""nightly.py ARCH - what looks for faults nobody thought of and takes longer
than a change can wait: the fuzzer as root and as a user, on one CPU and two,
with every checker; beside Linux; address spaces against their model; a sample of mutants; and
each flush of the TLB and of instruction fetch taken away.
LECTERN_NIGHTLY_MINUTES says how long each search lasts, LECTERN_NIGHTLY_SEED
with which seed."""
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import TOP, Tap, run  # noqa: E402

MINUTES = os.environ.get("LECTERN_NIGHTLY_MINUTES") or "45"
# another search each night, and it is told
SEED = os.environ.get("LECTERN_NIGHTLY_SEED") or time.strftime("%Y%m%d")
MUTANTS = "25"
OPERATIONS = "500000"
WHO = {"root, 1 CPU": ["--smp", "1"], "a user, 1 CPU": ["--user"],
       "root, 2 CPUs": ["--smp", "2"],
       "a user, 2 CPUs": ["--user", "--smp", "2"]}


def judged(tap, name, *args, arch):
    """A point: did the command end well?  What it said stands in its notes."""
    if not tap.wanted(name):
        return
    done = run(*args, arch=arch, timeout=24 * 3600)
    text = (done.stdout + done.stderr).decode(errors="replace")
    tap.point(done.returncode == 0, name, text[-20000:])


def spaces(tap, arch):
    """Points: random operations on address spaces, 1 and 2 CPUs, all checkers."""
    for cpus in ("1", "2"):
        judged(tap, f"{OPERATIONS} operations on spaces, seed {SEED}, {cpus} "
               "CPUs", "run", "--check", "all", "--smp", cpus, "--timeout",
               "36000", "--", "/usr/lectern/test/space_model", OPERATIONS,
               SEED, arch=arch)


def flushes(tap, arch):
    """A point: does a test notice each flush that is gone?"""
    if not tap.wanted("flushes"):
        return
    tool = os.path.join(TOP, "tools", "flush_mutants.py")
    done = subprocess.run([sys.executable, tool, "--arch", arch],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    tap.point(done.returncode == 0, "flushes removed one at a time",
              done.stdout[-20000:])


def main():
    arch = sys.argv[1]
    tap = Tap()
    for who, options in WHO.items():
        judged(tap, f"fuzz as {who}, seed {SEED}", "fuzz", *options,
               "--check", "all", "--minutes", MINUTES, "--seed", SEED,
               arch=arch)
    judged(tap, f"fuzz beside Linux, seed {SEED}", "fuzz", "--against",
           "linux", "--minutes", MINUTES, "--seed", SEED, arch=arch)
    spaces(tap, arch)
    judged(tap, f"{MUTANTS} mutants, seed {SEED}", "mutate", "--sample",
           MUTANTS, "--seed", SEED, arch=arch)
    flushes(tap, arch)
    tap.end()


main()

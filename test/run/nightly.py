#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""nightly.py ARCH - what looks for faults nobody thought of and takes longer
than a change can wait: the fuzzer as root and as a user, on one CPU and two,
with every checker; beside Linux; address spaces against their model; the
stress program; a sample of mutants; each check of a right that always passes;
and each flush of the TLB and of instruction fetch taken away.  LECTERN_NIGHTLY_MINUTES says how long each
search lasts, LECTERN_NIGHTLY_SEED with which seed."""
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from harness import BUILD, MACHINES, TOP, Tap, run, said_by  # noqa: E402
from driver.build import build  # noqa: E402

DEFAULT = next(iter(MACHINES))    # what is of the host is looked at once
MINUTES = os.environ.get("LECTERN_NIGHTLY_MINUTES") or "45"
# another search each night, and it is told
SEED = os.environ.get("LECTERN_NIGHTLY_SEED") or time.strftime("%Y%m%d")
STRESS_SECONDS = "120"
# suites whose cases the machines share on every change
SHARED = ("guest", "glibc", "small", "disk", "smp", "driver", "programs",
          "gdb", "tools", "bench", "diff", "loaders", "fuzz-calls", "check",
          "fresh", "core", "drill", "book")
DRILL_SEEDS = "60"              # of each topic
MUTANTS = "25"
MUTATED = ("mm", "kernel", "arch")
NOTICED = "50"                  # per cent, by what `mutate` alone runs
GUARDED = ("kernel", "fs", "topics", "compat", "mm", "dev")
RIGHT_SECONDS = "15"            # the programs that ask for it are quick
RIGHTS_NOTICED = "70"           # per cent, until all are gone through
OPERATIONS = "500000"
FEW_OPERATIONS = "100000"       # two CPUs wait for each other again and again
HOST_OPERATIONS = "1000000"     # a run has several seeds and kinds: 11 of them
HOST_PROGRAMS = ("test_vma", "test_vma2")
SWAP = 64 << 20                 # bytes to page out to
WHO = {"root, 1 CPU": ["--smp", "1"], "a user, 1 CPU": ["--user"],
       "root, 2 CPUs": ["--smp", "2"],
       "a user, 2 CPUs": ["--user", "--smp", "2"]}


def judged(tap, name, *args, arch):
    """A point: did the command end well?  What it said stands in its notes."""
    if not tap.wanted(name):
        return
    done = run(*args, arch=arch, timeout=24 * 3600)
    text = said_by(done)
    tap.point(done.returncode == 0, name, text[-20000:])


def spaces(tap, arch):
    """Points: random operations on address spaces, 1 and 2 CPUs, all checkers
    and the one for races, with room to page out to."""
    with tempfile.NamedTemporaryFile() as disk:
        disk.truncate(SWAP)
        for cpus, checkers, operations in (("1", "all", OPERATIONS),
                                           ("2", "all", FEW_OPERATIONS),
                                           ("2", "race", FEW_OPERATIONS)):
            judged(tap, f"{operations} operations on spaces, seed {SEED}, "
                   f"{cpus} CPUs, checkers: {checkers}", "run", "--check",
                   checkers, "--smp", cpus, "--timeout", "36000", "--disk",
                   disk.name, "--", "sh", "-c", "mkswap /dev/vda && "
                   "swapon /dev/vda && exec /usr/lectern/test/space_model "
                   f"{operations} {SEED}", arch=arch)


def on_host(tap):
    """Points: as many and more on the host, in either shape of page table."""
    build("host", ["test/host/" + program for program in HOST_PROGRAMS])
    for program in HOST_PROGRAMS:
        name = f"{program}: {HOST_OPERATIONS} operations a run, seed {SEED}"
        if not tap.wanted(name):
            continue
        done = subprocess.run([os.path.join(BUILD, "host", "test", "host",
                                            program)],
                              env=dict(os.environ, OPS=HOST_OPERATIONS,
                                       SEED=SEED),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        tap.point(done.returncode == 0, name, done.stdout[-20000:])


def stress(tap, arch):
    """Points: the stress program, and want of memory, longer than on every
    change."""
    os.environ["LECTERN_EVERY"] = "1"
    os.environ["LECTERN_DRILL_SEEDS"] = DRILL_SEEDS
    for suite in SHARED:
        judged(tap, f"all of {suite}", "test", "--suite", suite, arch=arch)
    os.environ["LECTERN_STRESS_SECONDS"] = STRESS_SECONDS
    judged(tap, f"stress for {STRESS_SECONDS} s in each configuration", "test",
           "--suite", "stress", arch=arch)
    judged(tap, "the labs, whole", "test", "--suite", "labs-whole", arch=arch)
    if arch == DEFAULT:
        judged(tap, "wrong ports", "test", "--suite", "porting", arch=arch)


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


def rights(tap, arch):
    """A point: does a test notice each right that everybody has?  It is no
    machine's, so one asks; what was noticed once is tried when its function
    has changed."""
    if arch == DEFAULT:
        judged(tap, "rights that everybody has", "mutate", *GUARDED,
               "--kind", "right", "--seconds", RIGHT_SECONDS, "--resume",
               "--again", "--least", RIGHTS_NOTICED, arch=arch)


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
    if arch == DEFAULT:
        on_host(tap)
    stress(tap, arch)
    judged(tap, f"{MUTANTS} mutants, seed {SEED}", "mutate", *MUTATED,
           "--sample", MUTANTS, "--least", NOTICED, "--seed", SEED, arch=arch)
    rights(tap, arch)
    flushes(tap, arch)
    tap.end()


main()

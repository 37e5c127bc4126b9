# SPDX-License-Identifier: MIT
"""./lectern bench --malloc: the blocks that 1 to 8 threads on two CPUs allocate
and free in a millisecond, with one arena of our malloc and with several,
without per-thread caches (bare) and with them, beside glibc's malloc and
Debian's jemalloc.
A report, not a test: the figures depend on the host as much as on the program,
so the shapes take turns, and each figure is the best of several runs.  As that
takes minutes, the result of each run is printed when it ends."""
import os
import re
import subprocess

from .. import packages
from ..build import build, tool_failure
from ..common import TOP, Failure, build_dir, say

SOURCE = os.path.join(TOP, "test", "bench", "mallocbench.c")
JEMALLOC = "LD_PRELOAD=libjemalloc.so.2"
# name, True if it uses our library, what comes before the command
ONE = "MALLOC_ARENA_MAX=1"
BARE = "GLIBC_TUNABLES=glibc.malloc.tcache_count=0"
SHAPES = (("bare arena", True, [ONE, BARE]),
          ("bare arenas", True, [BARE]),
          ("one arena", True, [ONE]),
          ("arenas", True, []),
          ("glibc", False, []),
          ("jemalloc", False, [JEMALLOC]))
PACKAGES = "libjemalloc2"
LIMIT = 600
RUNS = 2


def built(arch):
    """Return: the program linked with our library, and with glibc"""
    build(arch, ["test/bench/mallocbench"])
    ours = os.path.join(build_dir(arch), "test", "bench", "mallocbench")
    theirs = os.path.join(build_dir(arch), "bench", "mallocbench-glibc")
    compiler = [packages.LINUX_GCC[arch], "-O2", "-Wall", "-pthread", "-o",
                theirs, SOURCE]
    done = subprocess.run(compiler, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        raise tool_failure("compiling mallocbench", compiler, done.stdout)
    return ours, theirs


def run(arch, program, words):
    """Return: {threads: blocks a millisecond}"""
    args = [os.path.join(TOP, "lectern"), "run", "--arch", arch, "--smp", "2",
            "--mem", "512M", "--timeout", str(LIMIT), "--log",
            os.path.join(build_dir(arch), "bench-malloc.log"),
            "--packages", PACKAGES, "--add", f"{program}:/mallocbench", "--",
            "/usr/bin/env", *words, "/mallocbench"]
    done = subprocess.run(args, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE)
    if done.returncode:
        raise Failure(f"mallocbench ended with status {done.returncode}",
                      done.returncode)
    return rates_of(done.stdout)


def rates_of(text):
    """Parse the output of mallocbench; Failure if it has no row."""
    rates = {int(threads): int(rate) for threads, rate in
             re.findall(r"^(\d+)\t(\d+)$", text, re.M)}
    if not rates:
        raise Failure("mallocbench printed no row")
    return rates


def progress(name, rates):
    return f"{name}: " + ", ".join(
        f"{rate} with {threads}" for threads, rate in rates.items())


def bench_malloc(arch, tsv):
    ours, theirs = built(arch)
    found = {name: {} for name, _, _ in SHAPES}
    for _ in range(RUNS):
        for name, own, words in SHAPES:
            rates = run(arch, ours if own else theirs, words)
            say(progress(name, rates))
            for threads, rate in rates.items():
                found[name][threads] = max(rate, found[name].get(threads, 0))
    if tsv:
        for name, rates in found.items():
            for threads, rate in rates.items():
                print(f"{arch}\t{name}\t{threads}\t{rate}")
        return 0
    print(f"{arch + ', blocks/ms':20}" + "".join(
        f"{name:>12}" for name in found))
    for threads in found[SHAPES[0][0]]:
        print(f"{threads} thread{'s' if threads > 1 else ''}".ljust(20)
              + "".join(f"{rates[threads]:12}" for rates in found.values()))
    return 0

# SPDX-License-Identifier: MIT
"""Checking kernels: each set of checkers has a build folder of its own, with
nothing in it but the kernel (docs/checkers.md)."""
import os

from .build import build
from .common import EXIT_USAGE, Failure, build_dir

CHECKERS = {
    "address": "accesses to memory that is free, or nobody's",
    "leak": "what goes to programs that was never written",
    "lock": "order of locks, levels, sleeping",
    "race": "unlocked accesses of several CPUs to one place",
    "slab": "writes to freed objects, double frees",
    "state": "changes of a task's state",
    "tlb": "translations and instructions CPUs were not told of",
    "undefined": "operations without a meaning in C",
}
# What is compiled in the same way, but finds nothing by itself.
MEASURES = {
    "lines": "which lines run, for ./lectern test --coverage",
    "cover": "which code a task runs, for a fuzzer: /dev/kcov",
    "stack": "how deep stacks can become, for tools/stack.py",
}
# All that one kernel can have: race is for a kernel of its own.
ALL = tuple(sorted(set(CHECKERS) - {"race"}))
# Those that run on every change.
CI = ALL


def parse(text):
    """LIST of --check: names, `all`, `ci`. => the names, sorted"""
    names = set()
    for word in filter(None, text.split(",")):
        if word == "all":
            names |= set(ALL)
        elif word == "ci":
            names |= set(CI)
        elif word in CHECKERS or word in MEASURES:
            names.add(word)
        else:
            raise Failure(f"--check {word}: no such checker; there are "
                          + ", ".join(sorted([*CHECKERS, *MEASURES]))
                          + ", all (without race) and ci", EXIT_USAGE)
    if {"address", "race"} <= names:
        raise Failure("--check: the compiler has address or race, not both",
                      EXIT_USAGE)
    return sorted(names)


def folder(arch, names):
    return f"{arch}-" + "+".join(names)


def elf(arch, names):
    """Where the kernel with these checkers is, once it is built."""
    return os.path.join(build_dir(folder(arch, names) if names else arch),
                        "lectern.elf")


def kernel(arch, text, werror=None):
    """Build the kernel with these checkers. => its file"""
    names = parse(text)
    if "stack" in names:
        # a cache gives back the object without what the compiler wrote beside
        os.environ["CCACHE_DISABLE"] = "1"
    if names:
        build(folder(arch, names), ["lectern.elf"], werror, arch,
              ["-Dkernel_only=true", "-Dcheck=" + ",".join(names)])
    return elf(arch, names)


def add_option(parser):
    parser.add_argument("--check", metavar="LIST",
                        help="a kernel that checks itself: all, ci, or of "
                        + ", ".join(sorted(CHECKERS)))

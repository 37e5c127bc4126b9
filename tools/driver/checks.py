# SPDX-License-Identifier: MIT
"""Kernels of other kinds: each set of checkers (docs/checkers.md) and of
extensions (docs/extensions.md) has a build folder of its own, with nothing in
it but the kernel."""
import os
import sys

from .build import build
from .common import EXIT_USAGE, TOP, Failure, build_dir
from .words import meant

sys.path.insert(0, os.path.join(TOP, "tools"))
import extensions  # noqa: E402

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


def parts(text):
    """LIST of --extensions, in tests of LECTERN_EXTENSIONS. => the names"""
    if text is None:
        text = os.environ.get("LECTERN_EXTENSIONS", "all")
    try:
        return extensions.resolve(text)
    except extensions.Bad as why:
        raise Failure(f"--extensions {text}: {why}", EXIT_USAGE) from None


def agree(names, on):
    """No checkers without their extension, or Failure."""
    if names and "checkers" not in on:
        raise Failure(f"--check {','.join(names)}: extension checkers is off",
                      EXIT_USAGE)


def options_agree(words, on):
    """No word of the kernel's command line belongs to an extension that is
    off, or Failure."""
    found = extensions.option_owner(words, on)
    if found:
        raise Failure(f"{found[0]}: extension {found[1]} is off", EXIT_USAGE)


def folder(arch, names, on):
    """Of the kernel with these checkers and extensions, below build/."""
    return "-".join(filter(None, [arch, "+".join(names),
                                  extensions.tag(on)]))


def elf(arch, names, on=None):
    """Where the kernel with these checkers is, once it is built."""
    return os.path.join(build_dir(folder(arch, names, on or parts(None))),
                        "lectern.elf")


def kernel(arch, text, werror=None, wanted=None):
    """Build the kernel with these checkers and extensions. => its file"""
    names, on = parse(text), parts(wanted)
    agree(names, on)
    where = folder(arch, names, on)
    if where != arch:
        build(where, ["lectern.elf"], werror, arch,
              ["-Dkernel_only=true", "-Dcheck=" + ",".join(names),
               "-Dextensions=" + extensions.listed(on)])
    return elf(arch, names, on)


def extension_words():
    """What may stand in a list of extensions."""
    known = sorted({*extensions.load(), *extensions.wings()})
    return ["all", "none", *known, *("-" + name for name in known)]


def checker_words():
    """What may stand in a list of checkers."""
    return ["all", "ci", *sorted(CHECKERS), *sorted(MEASURES)]


def add_extensions(parser):
    meant(parser.add_argument(
        "--extensions", metavar="LIST",
        help="a kernel with these: all, none, NAME or -NAME, with commas "
             "between (lectern doctor --extensions)"), extension_words, True)


def add_option(parser):
    add_extensions(parser)
    meant(parser.add_argument(
        "--check", metavar="LIST",
        help="a kernel that checks itself: all, ci, or of "
             + ", ".join(sorted(CHECKERS))), checker_words, True)

# SPDX-License-Identifier: MIT
"""Kernels of other kinds: each set of checkers (docs/checkers.md) and of
extensions (docs/extensions.md) has a build directory of its own, which holds
only the kernel."""
import os
import sys

from .build import build
from .common import EXIT_USAGE, TOP, Failure, build_dir
from .words import meant

sys.path.insert(0, os.path.join(TOP, "tools"))
import extensions  # noqa: E402

CHECKERS = {
    "address": "accesses to memory that is free or belongs to nobody",
    "leak": "data that was never written but reaches programs",
    "lock": "lock order, lock levels, sleeping with a lock",
    "race": "unlocked accesses to one place by several CPUs",
    "slab": "writes to freed objects, double frees",
    "state": "changes of a task's state",
    "tlb": "stale translations and instructions of CPUs",
    "undefined": "undefined behavior in C",
}
# Compiled in the same way, but these find no faults.
MEASURES = {
    "lines": "which lines run, for ./lectern test --coverage",
    "cover": "which code a task runs, for a fuzzer: /dev/kcov",
}
# All that fit into one kernel: race needs a kernel of its own.
ALL = tuple(sorted(set(CHECKERS) - {"race"}))
# The checkers that run on every change.
CI = ALL


def parse(text):
    """Parse LIST of --check: names, `all`, `ci`. Return: the names, sorted"""
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
        raise Failure("--check: address and race exclude each other in the "
                      "compiler",
                      EXIT_USAGE)
    return sorted(names)


def parts(text):
    """Parse LIST of --extensions, in tests LECTERN_EXTENSIONS. Return: names"""
    if text is None:
        text = os.environ.get("LECTERN_EXTENSIONS", "all")
    try:
        return extensions.resolve(text)
    except extensions.Bad as why:
        raise Failure(f"--extensions {text}: {why}", EXIT_USAGE) from None


def agree(names, on):
    """Raise Failure if checkers are asked for, but their extension is off."""
    if names and "checkers" not in on:
        raise Failure(f"--check {','.join(names)}: extension checkers is off",
                      EXIT_USAGE)


def options_agree(words, on):
    """Raise Failure if a word of the kernel's command line belongs to an
    extension that is off."""
    found = extensions.option_owner(words, on)
    if found:
        raise Failure(f"{found[0]}: extension {found[1]} is off", EXIT_USAGE)


def folder(arch, names, on):
    """Return: the build folder for these checkers and extensions, in build/"""
    return "-".join(filter(None, [arch, "+".join(names),
                                  extensions.tag(on)]))


def elf(arch, names, on=None):
    """Return: the path of the kernel with these checkers, built or not"""
    return os.path.join(build_dir(folder(arch, names, on or parts(None))),
                        "lectern.elf")


def meson_options(names):
    """Return: the options of a build folder for a kernel with checkers"""
    return ["-Dkernel_only=true", "-Dcheck=" + ",".join(names)]


def kernel(arch, text, werror=None, wanted=None):
    """Build the kernel with these checkers and extensions. Return: its path"""
    names, on = parse(text), parts(wanted)
    agree(names, on)
    where = folder(arch, names, on)
    if where != arch:
        build(where, ["lectern.elf"], werror, arch,
              [*meson_options(names),
               "-Dextensions=" + extensions.listed(on)])
    return elf(arch, names, on)


def extension_words():
    """Return: the words that a list of extensions may contain"""
    known = sorted({*extensions.load(), *extensions.wings()})
    return ["all", "none", *known, *("-" + name for name in known)]


def checker_words():
    """Return: the words that a list of checkers may contain"""
    return ["all", "ci", *sorted(CHECKERS), *sorted(MEASURES)]


def add_extensions(parser):
    meant(parser.add_argument(
        "--extensions", metavar="LIST",
        help="run a kernel with these extensions: all, none, NAME or -NAME, "
             "separated by commas (see lectern doctor --extensions)"),
        extension_words, True)


def add_option(parser):
    add_extensions(parser)
    meant(parser.add_argument(
        "--check", metavar="LIST",
        help="run a kernel that checks itself: all, ci, or some of "
             + ", ".join(sorted(CHECKERS))), checker_words, True)

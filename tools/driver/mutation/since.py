# SPDX-License-Identifier: MIT
"""`./lectern test --since COMMIT`: the tests that reach what has changed.

The map of `./lectern mutate` (reach.py) names the self-tests, guest programs
and host tests that reach a line of the kernel.  Tests that have changed
themselves run, too, and the tree is checked.  Other tests that might notice a
change are listed as left out.
"""
import os
import re

from . import mutate, reach
from ..testing import names
from ..common import DEFAULT, EXIT_USAGE, TOP, Failure, say

SECONDS = 60            # for the guest programs that run
TREE = "host/tree"      # the test that looks at every file
SHOWN = 12              # maximum number of names in a line


def untracked():
    return mutate.git("ls-files", "-o", "--exclude-standard").splitlines()


def changed(commit):
    """Return: {file: lines, or None for all}; for deleted lines, the line
    before them"""
    found = mutate.since(commit, True)
    for name in untracked():
        found[name] = None
    return found


class Choice:
    """tests: what runs; more: tests that reach the lines as well, but take too
    long; unknown: files that no map knows."""

    def __init__(self):
        self.tests, self.more, self.unknown = set(), set(), []

    def add_kernel(self, name, rows, maps):
        """Add the tests that reach these lines of a kernel source."""
        text = mutate.read(name)
        arch = mutate.arch_of(name, DEFAULT)
        reached = False
        for known in (maps("host"), maps(arch)):
            if not known.knows(name):
                continue
            places = {place for row in rows or range(1, text.count("\n") + 2)
                      for place in known.place(name, text, row, row)}
            found = known.tests(name, places)
            near = sorted((t for t in found if not t.startswith("selftest")),
                          key=lambda t: -found[t])
            few = mutate.upto(known, near, SECONDS)
            self.tests |= set(few)
            self.more |= set(near) - set(few)
            if len(near) < len(found):
                self.tests.add("selftest")
            reached = reached or bool(found)
        if not reached:
            self.unknown.append(name)

    def add(self, name, rows, maps):
        """Add the tests that a change of a file needs."""
        stem = os.path.splitext(os.path.basename(name))[0]
        if name.startswith("topics/selftest/"):
            self.tests.add("selftest")
        elif mutate.is_mutable(name):
            self.add_kernel(name, rows, maps)
        elif re.match(r"test/(guest|glibc|host)/", name) and (
                stem in names.programs() or stem in names.host_tests()):
            self.tests.add(stem)
        elif name.startswith("tools/driver/") or name == "lectern":
            self.tests |= {f"host/{unit}" for unit in names.OF_DRIVER}
        elif stem.endswith("_units") and name.startswith("test/host/"):
            self.tests.add("host/" + stem.removesuffix("_units"))
        elif names.is_test(stem.removesuffix("_test")):
            self.tests.add(stem.removesuffix("_test"))
        elif not name.endswith((".md", ".txt", ".svg", ".1")):
            self.unknown.append(name)


def few(found):
    """Return: some of the names, and the number of the others"""
    found = sorted(found)
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more


def choose(commit):
    """Return: the names of the tests to run"""
    files = {n: rows for n, rows in changed(commit).items()
             if os.path.isfile(os.path.join(TOP, n))}
    if not files:
        raise Failure(f"nothing has changed since {commit}", EXIT_USAGE)
    made, choice = {}, Choice()

    def maps(arch):
        if arch not in made:
            made[arch] = reach.get(arch)
        return made[arch]

    for name, rows in sorted(files.items()):
        choice.add(name, rows, maps)
    tests = choice.tests | {TREE}
    say(f"{len(files)} files have changed; running {few(tests)}")
    for why, what in (
            ("no map knows what reaches", choice.unknown),
            ("they reach the lines, too, but less", choice.more - tests),
            ("no map of them", set(names.SUITES) - {
                "host", "guest", "selftest"})):
        if what:
            say(f"left out: {few(what)} ({why})")
    return sorted(tests)

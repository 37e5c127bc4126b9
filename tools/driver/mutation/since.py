# SPDX-License-Identifier: MIT
"""`./lectern test --since COMMIT`: the tests that reach what has changed.

A line of the kernel is reached by the self-tests, guest programs and host
tests that the map of `./lectern mutate` names (reach.py); a test that has
changed itself runs, too; and the tree is checked.  Whatever else might notice
a change is told, as left out.
"""
import os
import re

from . import mutate, reach
from ..testing import names
from ..common import DEFAULT, EXIT_USAGE, TOP, Failure, say

SECONDS = 60            # of the guest programs that run for what has changed
TREE = "host/tree"      # looks at every file
SHOWN = 12              # names in a line


def untracked():
    return mutate.git("ls-files", "-o", "--exclude-standard").splitlines()


def changed(commit):
    """=> {file: lines, or none for all}; lines that are gone are found by the
    one before them"""
    found = mutate.since(commit, True)
    for name in untracked():
        found[name] = None
    return found


class Choice:
    """tests: what runs; more: what reaches the lines as well, but takes too
    long; unknown: files of which no map knows anything."""

    def __init__(self):
        self.tests, self.more, self.unknown = set(), set(), []

    def add_kernel(self, name, rows, maps):
        """What reaches these lines of a source of the kernel."""
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
        """What a change of a file asks for."""
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
    """=> some of the names, and how many more"""
    found = sorted(found)
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more


def choose(commit):
    """=> the names of the tests to run"""
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

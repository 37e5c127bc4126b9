# SPDX-License-Identifier: MIT
"""Choose the guest programs of the default tier: those that reach most lines of
the kernel for their run time, by the map of `./lectern mutate`.  The others are
listed in test/guest/later.txt; a new program runs until the list is renewed."""
import os

from . import reach
from ..common import ARCHES, TOP

LATER = os.path.join(TOP, "test", "guest", "later.txt")
# the worth of reaching a line for the first time, the second, ...: a test that
# reaches a line need not judge it
WORTH = (1.0, 0.5, 0.25, 0.1)
LEAST = 0.05                    # minimum seconds to count for a program
QUICK = 0.5                     # faster programs always run

HEAD = """\
# Guest programs that run only with `./lectern test --all` or when asked for by
# name: for their run time they reach few lines that no other program reaches.
# Written by ./lectern mutate --later {seconds:g}
"""


def later():
    """Return: the programs that the default tier leaves out"""
    with open(LATER) as f:
        return {line.strip() for line in f if line[:1] not in ("#", "\n")}


class Gain:
    """Counts how often each line of one machine's kernel is reached so far."""

    def __init__(self, known):
        self.reached, self.known = {}, known
        for test in known.data["tests"]:
            if test.startswith("selftest"):
                self.take(test)

    def lines(self, test):
        for file, rows in self.known.data["tests"][test]["lines"].items():
            for row in rows:
                yield file, row

    def of(self, test):
        """Return: what the test would add"""
        return sum(WORTH[n] for n in (self.reached.get(line, 0)
                                      for line in self.lines(test))
                   if n < len(WORTH))

    def take(self, test):
        for line in self.lines(test):
            self.reached[line] = self.reached.get(line, 0) + 1


def best(known, seconds):
    """Return: the quick programs, and of the others those that reach most in
    so many seconds"""
    gain = Gain(known)
    left = {t for t in known.data["tests"] if not t.startswith("selftest")}
    taken = sorted(t for t in left if known.seconds(t) < QUICK)
    for test in taken:
        gain.take(test)
    left -= set(taken)
    while left:
        test = max(sorted(left), key=lambda t: gain.of(t)
                   / max(LEAST, known.seconds(t)))
        left.discard(test)
        if known.seconds(test) <= seconds:
            seconds -= known.seconds(test)
            taken.append(test)
            gain.take(test)
    return taken


def write(seconds):
    """Write the list for so many CPU seconds on each machine.
    Return: how many programs run, and how many there are"""
    run, every = set(), set()
    for arch in ARCHES:
        known = reach.get(arch)
        # except libraries, and files that other programs execute
        every |= {p for p in known.data["programs"] if "." not in p}
        run |= set(best(known, seconds)) | set(known.data["broken"])
    with open(LATER, "w") as f:
        f.write(HEAD.format(seconds=seconds)
                + "".join(name + "\n" for name in sorted(every - run)))
    return len(run & every), len(every)

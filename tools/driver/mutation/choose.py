# SPDX-License-Identifier: MIT
"""Which guest programs the default tier runs: those that reach most lines of
the kernel for their seconds, by the map of `./lectern mutate`.  The others
stand in test/guest/later.txt; what is new runs until it is written again."""
import os

from . import reach
from ..common import ARCHES, TOP

LATER = os.path.join(TOP, "test", "guest", "later.txt")
# what it is worth to reach a line for the first time, and again: a line that is
# reached need not be judged
WORTH = (1.0, 0.5, 0.25, 0.1)
LEAST = 0.05                    # seconds, of a program that takes none
QUICK = 0.5                     # of one that is not worth leaving out

HEAD = """\
# Guest programs that only `./lectern test --all` runs, and who asks for them:
# for their seconds they reach little that no other program reaches.  Written by
# ./lectern mutate --later {seconds:g}
"""


def later():
    """=> the programs that the default tier leaves out"""
    with open(LATER) as f:
        return {line.strip() for line in f if line[:1] not in ("#", "\n")}


class Gain:
    """How often each line of one machine's kernel is reached so far."""

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
        """=> what it would add"""
        return sum(WORTH[n] for n in (self.reached.get(line, 0)
                                      for line in self.lines(test))
                   if n < len(WORTH))

    def take(self, test):
        for line in self.lines(test):
            self.reached[line] = self.reached.get(line, 0) + 1


def best(known, seconds):
    """=> the quick programs, and those others that reach most in so many
    seconds"""
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
    """Write the list anew, for so many processor seconds on each machine.
    => how many run, and how many there are"""
    run, every = set(), set()
    for arch in ARCHES:
        known = reach.get(arch)
        # but for libraries, and what others execute
        every |= {p for p in known.data["programs"] if "." not in p}
        run |= set(best(known, seconds)) | set(known.data["broken"])
    with open(LATER, "w") as f:
        f.write(HEAD.format(seconds=seconds)
                + "".join(name + "\n" for name in sorted(every - run)))
    return len(run & every), len(every)

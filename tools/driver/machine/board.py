# SPDX-License-Identifier: MIT
"""The results of `./lectern test`: a line a test or a point as they come, and
at the end once more what a failed point had to say, and then the names alone, because
of a long log often only the head and the tail are kept.  The last line is `N passed, N failed[, N
skipped]`.
"""
import collections
import sys
import threading

from .. import progress
from ..common import coloured

COLOUR = {"ok": "green", "fail": "red", "skip": "yellow"}
NOTE_LINES = 60         # of one point
END_LINES = 400         # of all failed points, once more at the end
NAMES = 100             # of them that are named there
LAST_NAMES = 20         # and last, without notes
WIDTH = 400             # of a note: one line of a program can be a megabyte


def gist(notes, room):
    """A third of the room is for the first notes, where a cause stands, two
    for the last, where it ends.  => at most room lines"""
    if len(notes) > room:
        head = (room - 1) // 3
        tail = room - 1 - head
        left_out = len(notes) - head - tail
        notes = (notes[:head] + [f"[{left_out} lines left out]"]
                 + (notes[-tail:] if tail else []))
    return [n if len(n) <= WIDTH else n[:WIDTH] + " [...]" for n in notes]


def shares(wants, room):
    """Divide room lines: who wants less than an equal part leaves the rest
    to the others.  => what each gets, in the order of wants"""
    given = [0] * len(wants)
    left = len(wants)
    for i in sorted(range(len(wants)), key=lambda i: wants[i]):
        given[i] = min(wants[i], room // left)
        room -= given[i]
        left -= 1
    return given


def counted(count):
    """=> "N passed, N failed", and those skipped if there are any"""
    line = f"{count['ok']} passed, {count['fail']} failed"
    if count["skip"]:
        line += f", {count['skip']} skipped"
    return line


class Board:
    """Prints results as they come and counts them.  each: a line a point, else
    one a test, and one a point that failed; of those skipped their number, as
    a run of all has some that a machine has no use for."""

    def __init__(self, verbose, each=True):
        self.lock = threading.Lock()
        self.count = collections.Counter()
        self.of = collections.defaultdict(collections.Counter)  # a test's own
        self.failed = []        # (name, notes)
        self.verbose = verbose
        self.each = each or verbose

    def point(self, test, point):
        with self.lock:
            self.count[point.result] += 1
            self.of[test][point.result] += 1
            name = f"{test}: {point.name}"
            if point.result != "fail" and not self.each:
                return
            line = coloured(f"{point.result:4}", COLOUR[point.result],
                            sys.stdout) + f" {name}"
            if point.result == "skip" and point.notes:
                line += f" ({point.notes[-1]})"
            progress.room()
            print(line, flush=True)
            notes = gist(point.notes, NOTE_LINES)
            if point.result == "fail":
                notes = self._but_once(notes)
                self.failed.append((name, notes))
            if point.result == "fail" or self.verbose:
                self._notes(notes)

    def _but_once(self, notes):
        """The same mistake may break both machines; the first line names the
        machine.  => notes, what was told before in one line"""
        for name, told in self.failed:
            if len(notes) > 2 and told[1:] == notes[1:]:
                return [notes[0], f"[and then the same as {name}]"]
        return notes

    @staticmethod
    def _notes(notes):
        for note in notes:
            print(f"     | {note}", flush=True)

    def _failures(self):
        print(f"\n{len(self.failed)} failed:")
        told = self.failed[:NAMES]
        room = shares([len(notes) for _, notes in told],
                      END_LINES - len(told))
        for (name, notes), lines in zip(told, room):
            print(coloured("fail", "red", sys.stdout) + f" {name}")
            if lines:
                self._notes(gist(notes, lines))
        if len(self.failed) > len(told):
            print(f"[{len(self.failed) - len(told)} more]")
        if len(self.failed) > 1:
            print("\nfailed:")
            for name, _ in self.failed[:LAST_NAMES]:
                print(f"  {name}")
            if len(self.failed) > LAST_NAMES:
                print(f"  [{len(self.failed) - LAST_NAMES} more]")

    def summary(self):
        if self.failed:
            self._failures()
        if self.count["skip"] and not self.each:
            print("--verbose says what was skipped and why")
        print(counted(self.count), flush=True)

    def finished(self, test, seconds, used, pace):
        """A test is over.  used: seconds of a processor; pace: where the run
        is, in words."""
        with self.lock:
            of = self.of[test]
            word = "fail" if of["fail"] else "ok" if of["ok"] else "skip"
            progress.room()
            print(coloured(f"{word:4}", COLOUR[word], sys.stdout)
                  + f" {test}: {counted(of)}, {seconds:.0f} s, "
                  f"{used:.0f} s of a processor [{pace}]",
                  flush=True)

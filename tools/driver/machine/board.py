# SPDX-License-Identifier: MIT
"""The results of `./lectern test`: a line for each test or point as it comes.
The end repeats the notes of the failed points, and then their names alone,
because often only the beginning and the end of a long log are kept.  The last
line is `N passed, N failed[, N skipped]`.
"""
import collections
import sys
import threading

from .. import progress
from ..common import coloured

COLOUR = {"ok": "green", "fail": "red", "skip": "yellow"}
NOTE_LINES = 60         # lines of notes of one point
END_LINES = 400         # lines of notes of all failed points at the end
NAMES = 100             # failed points whose notes are repeated there
LAST_NAMES = 20         # names listed last, without notes
WIDTH = 400             # columns of a note: a program's line can be a megabyte


def gist(notes, room):
    """Shorten notes to room lines: a third for the first notes, which often
    show the cause, two thirds for the last, which show the end.
    Return: the remaining notes, each of at most WIDTH columns"""
    if len(notes) > room:
        head = (room - 1) // 3
        tail = room - 1 - head
        left_out = len(notes) - head - tail
        notes = (notes[:head] + [f"[{left_out} lines left out]"]
                 + (notes[-tail:] if tail else []))
    return [n if len(n) <= WIDTH else n[:WIDTH] + " [...]" for n in notes]


def shares(wants, room):
    """Divide room lines.  A part that wants less than an equal share leaves the
    rest to the others.  Return: the lines of each part, in wants' order"""
    given = [0] * len(wants)
    left = len(wants)
    for i in sorted(range(len(wants)), key=lambda i: wants[i]):
        given[i] = min(wants[i], room // left)
        room -= given[i]
        left -= 1
    return given


def counted(count):
    """Return: "N passed, N failed", and the number skipped if there are any"""
    line = f"{count['ok']} passed, {count['fail']} failed"
    if count["skip"]:
        line += f", {count['skip']} skipped"
    return line


class Board:
    """Prints results as they come and counts them.  each: print a line for each
    point; otherwise one for each test and for each failed point.  Of skipped
    points only the number is printed then, because a run of all tests always
    has some that do not apply to a machine."""

    def __init__(self, verbose, each=True):
        self.lock = threading.Lock()
        self.count = collections.Counter()
        self.of = collections.defaultdict(collections.Counter)  # by test
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
        """Shorten notes that are the same as those of an earlier point: one
        mistake may break both machines.  The first line names the machine, so
        it may differ.  Return: the notes to print"""
        for name, told in self.failed:
            if len(notes) > 2 and told[1:] == notes[1:]:
                return [notes[0], f"[then the same as {name}]"]
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
        """Print the line of a test that has ended.  used: its CPU seconds;
        pace: the progress of the run, in words."""
        with self.lock:
            of = self.of[test]
            word = "fail" if of["fail"] else "ok" if of["ok"] else "skip"
            progress.room()
            print(coloured(f"{word:4}", COLOUR[word], sys.stdout)
                  + f" {test}: {counted(of)}, {seconds:.0f} s, "
                  f"{used:.0f} s of CPU time [{pace}]",
                  flush=True)

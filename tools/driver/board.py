# SPDX-License-Identifier: MIT
"""The results of `./lectern test`: a line a point as they come, and at the
end once more what a failed point had to say, and then the names alone, because
of a long log often only the head and the tail are kept.  The last line is `N passed, N failed[, N
skipped]`.
"""
import sys
import threading

from .common import coloured
from .progress import room

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


class Board:
    """Prints results as they come and counts them."""

    def __init__(self, verbose):
        self.lock = threading.Lock()
        self.count = {"ok": 0, "fail": 0, "skip": 0}
        self.failed = []        # (name, notes)
        self.verbose = verbose

    def point(self, test, point):
        with self.lock:
            self.count[point.result] += 1
            name = f"{test}: {point.name}"
            line = coloured(f"{point.result:4}", COLOUR[point.result],
                            sys.stdout) + f" {name}"
            if point.result == "skip" and point.notes:
                line += f" ({point.notes[-1]})"
            room()
            print(line, flush=True)
            notes = gist(point.notes, NOTE_LINES)
            if point.result == "fail":
                self.failed.append((name, notes))
            if point.result == "fail" or self.verbose:
                self._notes(notes)

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
        n = self.count
        line = f"{n['ok']} passed, {n['fail']} failed"
        if n["skip"]:
            line += f", {n['skip']} skipped"
        print(line, flush=True)

# SPDX-License-Identifier: MIT
"""Reader of the Test Anything Protocol, one line at a time."""
import re

POINT = re.compile(r"(not )?ok\b\s*(\d+)?\s*(?:-\s*)?([^#]*)"
                   r"(?:#\s*(skip|todo)\S*\s*(.*))?", re.I)


class Point:
    """One result: its name, "ok", "fail" or "skip", and notes."""

    def __init__(self, name, result, notes=()):
        self.name, self.result, self.notes = name, result, list(notes)


class Reader:
    """Takes lines and calls back with each point.

    A program that plans its points first (cmocka) tells after a point what was
    wrong with it; one that plans last (all of ours) tells it before.
    """

    def __init__(self, found):
        self.found = found
        self.plan = None
        self.seen = self.failed = 0
        self.notes = []
        self.bail = None
        self.last = None        # name of the latest point
        self.held = None        # a point whose notes are still to come

    def line(self, text):
        text = text.rstrip()
        plan = re.fullmatch(r"1\.\.(\d+)(?:\s*#\s*skip\S*\s*(.*))?", text,
                            re.I)
        if plan:
            self.plan = int(plan.group(1))
            if self.plan == 0:
                self._point("all", "skip", plan.group(2) or "")
                self.seen = 0
            return
        if text.lower().startswith("bail out!"):
            self.bail = text[9:].strip()
            return
        m = POINT.fullmatch(text)
        if not m:
            if text:
                (self.held or self).notes.append(text)
            return
        failed, number, name, directive, why = m.groups()
        name = name.strip() or f"point {number or self.seen + 1}"
        if directive and directive.lower() == "skip":
            self._point(name, "skip", why)
        elif directive:
            self._point(name, "ok" if not failed else "skip", why)
        else:
            self._point(name, "fail" if failed else "ok")

    def _point(self, name, result, why=""):
        self.seen += 1
        self.last = name
        self.failed += result == "fail"
        self._release()
        notes, self.notes = self.notes, []
        if why:
            notes.append(why)
        self.held = Point(name, result, notes)
        if not self.plan:
            self._release()

    def _release(self):
        if self.held:
            self.found(self.held)
        self.held = None

    def end(self, status=0):
        """End the stream; a fault of the stream as a whole becomes a point.

        What stands behind the last point tells of that fault, such as a
        sanitizer's report, unless the last point itself has failed.
        """
        if self.held and self.held.result == "ok":
            self.notes = list(self.held.notes)
        self._release()
        self._end(status)
        self._release()

    def _end(self, status):
        if self.bail is not None:
            if self.last:
                self.notes.append(f"after the point: {self.last}")
            self._point("bailed out", "fail", self.bail)
        elif self.plan is not None and self.plan != self.seen:
            self._point("plan", "fail",
                        f"{self.plan} points planned, {self.seen} seen")
        elif self.plan is None and self.seen == 0:
            self._point("results", "fail",
                        f"no test point printed, exit status {status}")
        elif status and not self.failed:
            self._point("exit status", "fail", str(status))

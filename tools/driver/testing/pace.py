# SPDX-License-Identifier: MIT
"""The remaining time of a test run, by the times of the tests in their last run
here, or by test/times.tbl, and by how much slower this run is."""
import collections
import json
import os
import threading
import time

from ..common import BUILD, TOP

TABLE = os.path.join(TOP, "test", "times.tbl")
# A test waits for its machine's clock or a disk a third of its time.
JOBS = max(1, (os.cpu_count() or 1) * 3 // 2)
UNKNOWN = 30                # seconds of a test without a known time
# weight, in seconds of tests, of the expected pace against the measured one
PRIOR = 60


def table(text, tier):
    """Return: {test: seconds} of the table: NAME DEFAULT ALL"""
    column = 1 if tier == "default" else 2
    rows = (line.split() for line in text.splitlines()
            if line and line[0] != "#")
    return {r[0]: float(r[column]) for r in rows if r[column] != "-"}


def in_words(seconds):
    """Return: a remaining time in words"""
    if seconds < 50:
        return f"{max(10, round(seconds, -1)):.0f} s"
    return f"{max(1, round(seconds / 60)):.0f} min"


class Pace:
    """The tests that are planned, running and finished."""

    def __init__(self, tier, jobs, clock=time.monotonic):
        self.kept = os.path.join(BUILD, f"times-{tier}.json")
        self.jobs, self.clock = jobs, clock
        self.lock = threading.Lock()
        with open(TABLE) as f:
            self.expected = table(f.read(), tier)
        try:
            with open(self.kept) as f:
                self.before = json.load(f)
        except (OSError, ValueError):
            self.before = {}
        self.expected.update(self.before)
        self.waiting, self.running, self.took, self.used = [], {}, {}, {}

    def of(self, name):
        return self.expected.get(name, UNKNOWN)

    def plan(self, names):
        self.waiting = list(names)

    def begin(self, name):
        with self.lock:
            if name in self.waiting:
                self.waiting.remove(name)
            self.running[name] = self.clock()

    def end(self, name, used=0):
        """used: the CPU seconds of a test that has ended.
        Return: how many seconds it took"""
        with self.lock:
            took = self.clock() - self.running.pop(name)
            self.took[name], self.used[name] = took, used
            return took

    def by_suite(self, suites):
        """suites: the suite of each test.  Return: a line that says where the
        CPU time went; suites below a minute are put together"""
        minutes = collections.Counter()
        for name, used in self.used.items():
            minutes[suites[name]] += used / 60
        rest = sum(m for m in minutes.values() if m < 1)
        return "minutes of CPU time: " + ", ".join(
            [f"{suite} {m:.0f}" for suite, m in minutes.most_common()
             if m >= 1] + [f"others {rest:.0f}"])

    def left(self):
        """Return: the seconds until all are finished"""
        with self.lock:
            # a test that ended at once has its cases on another machine
            seen = [(self.of(n), took) for n, took in self.took.items()
                    if took * 10 > self.of(n)]
            slower = ((PRIOR + sum(took for _, took in seen))
                      / (PRIOR + sum(of for of, _ in seen)))
            now = self.clock()
            rest = [max(self.of(n) * slower - (now - since),
                        self.of(n) * slower / 10)
                    for n, since in self.running.items()]
            rest += [self.of(n) * slower for n in self.waiting]
            return max(sum(rest) / self.jobs, max(rest, default=0))

    def words(self):
        """Return: the progress of the run in words"""
        left = self.left()
        with self.lock:
            total = len(self.took) + len(self.running) + len(self.waiting)
            return (f"{len(self.took)} of {total} tests, "
                    f"some {in_words(left)} left")

    def names(self):
        """Return: the running tests"""
        with self.lock:
            return ", ".join(sorted(self.running))

    def keep(self):
        """Store the times of the tests for the next run here."""
        new = f"{self.kept}.{os.getpid()}"
        with open(new, "w") as f:
            json.dump({**self.before, **self.took}, f)
        os.replace(new, self.kept)

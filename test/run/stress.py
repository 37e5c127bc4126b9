#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""stress.py ARCH BUILD - the stress program on 1, 2, 4 and 8 CPUs, and on the
kernel that checks itself; on every change each machine takes its share of
them, the checks all on one.  LECTERN_STRESS_SECONDS says how long each
configuration runs, and that all do, LECTERN_STRESS_SEED with which seed.

The program has a watchdog of its own, which asks for progress; this one is
for a machine that says nothing any more.  It too asks: CPUs that are found in
the same places again and again do not merely lack time.
"""
import os
import re
import sys

sys.dont_write_bytecode = True
from hang import Watched  # noqa: E402
from harness import (BUILD, EVERY, PATIENCE, Tap,  # noqa: E402
                     build_everything, checked_name, kernel_file, read,
                     use_checkers)

LONGER = os.environ.get("LECTERN_STRESS_SECONDS")
SECONDS = int(LONGER or 5)
SEED = os.environ.get("LECTERN_STRESS_SEED") or "1"
SILENCE = 60 * PATIENCE         # then the CPUs are looked at
SILENCE_MAX = 600 * PATIENCE    # busy, but never again a word

# CPUs, and whether the kernel checks itself; of how many that are taken one
# waits a little (0: none)
RUNS = [(1, False, 0), (2, False, 0), (4, False, 0), (8, False, 0),
        (2, True, 50), (4, True, 50), (4, True, 0)]
# Four checked CPUs take a minute to end what they began.
BY_NIGHT = RUNS[-2:]


class Run:
    def __init__(self, arch, build, cpus, checked, jitter):
        if checked:
            use_checkers("ci")
        self.lines = []
        self.log = os.path.join(BUILD, arch,
                                checked_name(f"stress-{cpus}")
                                + f"{'-jitter' * bool(jitter)}.log")
        program = os.path.join(build, "test", "stress", "stress")
        self.run = Watched(
            arch, kernel_file(arch),
            ["--smp", str(cpus), "--mem", "1G", "--log", self.log,
             "--timeout", str(int((SECONDS * 8 + 600) * PATIENCE)),
             "--append", f"jitter={jitter}",
             "--add", program + ":/stress", "--", "/stress", "-t",
             str(SECONDS), "-s", SEED], self.heard, SILENCE, SILENCE_MAX)
        if self.run.why:
            self.lines += [self.run.why, self.run.places]

    def heard(self, run, line):
        self.lines.append(line)
        if "# HANG" in line:
            run.why = run.why or "the program's watchdog fired"

    def good(self):
        return not self.run.why and self.run.status == 0

    def notes(self):
        if self.good():
            return "\n".join(n for n in self.lines
                             if re.match(r"# (stress|[0-9]+ rounds)", n))
        log = read(self.log).partition("mm: ")[2].splitlines()[-150:]
        return "\n".join([f"exit status {self.run.status}"]
                         + self.lines[-120:] + log)


def main():
    arch, build = sys.argv[1:]
    build_everything(arch)
    tap = Tap()
    for n, (cpus, checked, jitter) in enumerate(RUNS):
        name = f"{cpus} CPU{'s' * (cpus > 1)}, {SECONDS} s" \
            + ", checked" * checked + ", and late" * bool(jitter)
        mine = tap.checks_on(arch) if checked else tap.turn(arch, n)
        if (cpus, checked, jitter) in BY_NIGHT:
            mine = EVERY or tap.only
        if tap.wanted(name) and (LONGER or mine):
            run = Run(arch, build, cpus, checked, jitter)
            tap.point(run.good(), name, run.notes())
    tap.end()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""stress.py ARCH BUILD - the stress program on 1, 2, 4 and 8 CPUs, and on the
kernel that checks its locks.  LECTERN_STRESS_SECONDS says how long each
configuration runs, LECTERN_STRESS_SEED with which seed.

The program has a watchdog of its own, which asks for progress; this one is
for a machine that says nothing any more.  It too asks: CPUs that are found in
the same places again and again do not merely lack time.
"""
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from hang import Monitor, Symbols, registers, where  # noqa: E402
from harness import LECTERN, PATIENCE, TOP, Tap  # noqa: E402

SECONDS = int(os.environ.get("LECTERN_STRESS_SECONDS") or 50)
SEED = os.environ.get("LECTERN_STRESS_SEED") or "1"
SILENCE = 60 * PATIENCE         # then the CPUs are looked at
SILENCE_MAX = 600 * PATIENCE    # busy, but never again a word
SAMPLES = 6                     # seconds apart

# CPUs, and whether the kernel checks its locks
RUNS = [(1, False), (2, False), (4, False), (8, False), (2, True), (4, True)]


class Run:
    def __init__(self, arch, build, cpus, checked):
        self.arch, self.lines, self.why = arch, [], None
        suffix = "-debug" if checked else ""
        self.kernel = os.path.join(build, f"lectern{suffix}.elf")
        self.log = os.path.join(TOP, "build", arch,
                                f"stress-{cpus}{suffix}.log")
        self.work = tempfile.TemporaryDirectory(prefix="lectern-")
        self.monitor = Monitor(os.path.join(self.work.name, "monitor"))
        program = os.path.join(build, "test", "stress", "stress")
        self.child = subprocess.Popen(
            [LECTERN, "run", "--arch", arch, "--smp", str(cpus), "--mem",
             "1G", "--kernel", self.kernel, "--log", self.log, "--timeout",
             str(int((SECONDS * 8 + 600) * PATIENCE)), "--add",
             program + ":/stress", "--qemu-args", self.monitor.args, "--",
             "/stress", "-t", str(SECONDS), "-s", SEED],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace")
        self.heard = time.monotonic()
        reader = threading.Thread(target=self.read, daemon=True)
        reader.start()
        self.watch()
        reader.join(30)
        self.child.stdout.close()
        self.work.cleanup()

    def read(self):
        for line in self.child.stdout:
            self.heard = time.monotonic()
            self.lines.append(line.rstrip())
            if "# HANG" in line and not self.why:
                self.why = "the program's watchdog fired"

    def stuck(self):
        """Are all CPUs where they were, again and again?"""
        symbols = Symbols(self.arch, self.kernel)
        seen = set()
        for _ in range(SAMPLES):
            seen.add(tuple(symbols.name(pc).partition("+")[0]
                           for pc, _ in registers(self.monitor, self.arch)))
            time.sleep(1)
        return len(seen) == 1

    def silent(self):
        """=> why a machine that says nothing is taken for dead, or None"""
        silence = time.monotonic() - self.heard
        if silence < SILENCE:
            return None
        if silence > SILENCE_MAX:
            return f"no word for {silence:.0f} s"
        try:
            return "silent, every CPU stays where it is" \
                if self.stuck() else None
        except OSError as why:
            return f"silent, and QEMU's monitor, too: {why}"

    def watch(self):
        while self.child.poll() is None:
            try:
                self.child.wait(2)
                return
            except subprocess.TimeoutExpired:
                self.why = self.why or self.silent()
            if self.why:
                self.lines += [self.why, where(self.monitor, self.arch,
                                               self.kernel)]
                time.sleep(5)           # for the kernel's own report
                self.child.terminate()
                self.child.wait()
                return

    def good(self):
        return not self.why and self.child.returncode == 0

    def notes(self):
        if self.good():
            return "\n".join(n for n in self.lines
                             if re.match(r"# (stress|[0-9]+ rounds)", n))
        with open(self.log, errors="replace") as f:
            log = f.read().partition("mm: ")[2].splitlines()[-150:]
        return "\n".join([f"exit status {self.child.returncode}"]
                         + self.lines[-120:] + log)


def main():
    arch, build = sys.argv[1:]
    tap = Tap()
    for cpus, checked in RUNS:
        name = f"{cpus} CPU{'s' * (cpus > 1)}, {SECONDS} s" \
            + ", locks checked" * checked
        if tap.wanted(name):
            run = Run(arch, build, cpus, checked)
            tap.point(run.good(), name, run.notes())
    tap.end()


main()

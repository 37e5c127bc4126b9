#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""guest.py ARCH BUILD [KERNEL] - run every guest test program, as few boots as
possible, and print one TAP stream of all their points.

A program that takes the machine down with it fails; the machine is booted
again for those that come after it.  With KERNEL `linux` they run on Debian's
Linux, the oracle: a test that fails there is wrong; with a file, on that.
"""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import LECTERN, PATIENCE, TOP, Tap  # noqa: E402

sys.path.insert(0, os.path.join(TOP, "tools"))
from driver import linux  # noqa: E402
from driver.tap import Reader  # noqa: E402

BOOT_LIMIT = 420


def programs(build):
    folder = os.path.join(build, "test", "guest")
    found = [n for n in os.listdir(folder) if "." not in n
             and os.access(os.path.join(folder, n), os.X_OK)
             and os.path.isfile(os.path.join(folder, n))]
    return sorted(found)


class Session:
    """One boot: feeds lines to the reader of the program that runs."""

    def __init__(self, tap):
        self.tap = tap
        self.name = None
        self.reader = None
        self.done = []

    def _found(self, point):
        self.tap.point(point.result != "fail", f"{self.name}: {point.name}",
                       "\n".join(point.notes),
                       (point.notes or [""])[-1]
                       if point.result == "skip" else None)

    def line(self, text):
        if text.startswith("# RUN "):
            self.name = text.split()[2]
            self.reader = Reader(self._found)
        elif text.startswith("# END ") and self.reader:
            how = text.split(None, 3)[3]
            if how.startswith("exit "):
                self.reader.end(int(how.split()[1]))
            else:
                self.reader.bail = how
                self.reader.end()
            self.done.append(self.name)
            self.name = self.reader = None
        elif self.reader:
            self.reader.line(text)

    def broken(self, why):
        """The machine ended; whoever ran is to blame."""
        if self.name:
            self.tap.point(False, f"{self.name}: machine survives",
                           "\n".join(self.reader.notes[-20:] + [why]))
            self.done.append(self.name)


def need_linux(arch):
    if not linux.known_packages(arch):
        print(f"1..0 # SKIP Debian's Linux for {arch} is not fetched; "
              "./lectern test does that")
        sys.exit(0)


def boot(arch, names, tap, kernel):
    """=> the programs that were tried"""
    kind = ("guest" if not kernel else "oracle" if kernel == ["linux"]
            else "debug")
    log = os.path.join(TOP, "build", arch, f"{kind}-test.log")
    other = ["--kernel", *kernel] if kernel else []
    child = subprocess.Popen(
        [LECTERN, "run", "--arch", arch, *other, "--mem", "1G", "--log", log,
         "--timeout", str(int(BOOT_LIMIT * PATIENCE)),
         "--", "/usr/lectern/bin/testrun", "-t", str(int(60 * PATIENCE)),
         *("/usr/lectern/test/" + n for n in names)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, errors="replace")
    session = Session(tap)
    for line in child.stdout:
        session.line(line.rstrip("\n"))
    complaint = child.stderr.read()
    status = child.wait()
    if status or session.name:
        # 1 only says that a program failed, which its points say better
        if status != 1 or session.name:
            session.broken(f"exit status {status}\n{complaint}")
        if not session.done:
            tap.point(False, "machine boots and runs a program",
                      f"exit status {status}\n{complaint}")
    return session.done


def main():
    arch, build, *kernel = sys.argv[1:]
    if kernel == ["linux"]:
        need_linux(arch)
    tap = Tap()
    left = [n for n in programs(build) if tap.wanted(n)]
    while left:
        done = boot(arch, left, tap, kernel)
        if not done:
            break
        left = [n for n in left if n not in done]
    tap.end()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""stack_test.py ARCH - no chain of calls is deeper than a kernel stack, as the
compiler reckons it (docs/checkers.md)."""
import os
import sys

sys.dont_write_bytecode = True
from harness import Tap  # noqa: E402
from driver import checks  # noqa: E402
import stack  # noqa: E402

ARCH = sys.argv[1]


def fits(tap, report, which):
    name, size, lines = report.stack(which)
    good = size <= report.limit
    tap.point(good, f"{which} stack", "\n".join([
        f"{size} of {report.limit} bytes, {name}", *lines,
        *[stack.WHY] * (not good)]))


def main():
    tap = Tap()
    kernel = checks.kernel(ARCH, "")
    try:
        report = stack.Report(os.path.dirname(kernel), ARCH)
    except stack.Wrong as why:
        tap.point(False, "the kernel's calls are known", str(why))
        return tap.end()
    for name, bad in (("every indirect call is resolved", report.unresolved),
                      ("every recursion has a bound", report.recursions)):
        tap.point(not bad, name, "\n".join([*bad, stack.WHY] if bad else []))
    fits(tap, report, "task")
    fits(tap, report, "interrupt")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""stack.py ARCH - no chain of calls is deeper than a kernel stack, as the
compiler reckons it (docs/checkers.md)."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import TOP, Tap  # noqa: E402

sys.path.insert(0, os.path.join(TOP, "tools"))
from driver import checks  # noqa: E402
import stack  # noqa: E402

ARCH = sys.argv[1]


def fits(tap, report, which):
    name, size, lines = report.stack(which)
    tap.point(size <= report.limit, f"{which} stack",
              f"{size} of {report.limit} bytes, {name}\n" + "\n".join(lines))


def main():
    tap = Tap()
    kernel = checks.kernel(ARCH, "")
    report = stack.Report(os.path.dirname(kernel), ARCH)
    tap.point(not report.unresolved, "every indirect call is resolved",
              "\n".join(report.unresolved))
    tap.point(not report.recursions, "every recursion has a bound",
              "\n".join(report.recursions))
    fits(tap, report, "task")
    fits(tap, report, "interrupt")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

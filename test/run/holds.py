#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""holds.py ARCH - how long a CPU holds spin locks or serves interrupts because
of what any user can make long, on a kernel that checks its locks, by a clock
that counts instructions."""
import sys

sys.dont_write_bytecode = True
from harness import Tap, equal, holds, limit, out_of, run  # noqa: E402


def bounded(arch):
    done = run("run", "--check", "lock", "--icount", "--mem", "1G",
               "--timeout", limit(300), "--", "/usr/lectern/test/long_holds",
               "limit", arch=arch)
    text = out_of(done)
    bad = [line for line in text.splitlines() if line.startswith("not ok")]
    equal(bad, [])
    holds(text.count("ok ") > 20, text[-800:])
    equal(done.returncode, 0, text[-800:])


def main():
    tap = Tap()
    if not tap.checks_on(sys.argv[1]):
        tap.end()
    tap.case("no long stretch in which a CPU serves nobody else", bounded, sys.argv[1])
    tap.end()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench_test.py ARCH - ./lectern bench: its rows, and that they repeat."""
import os
import re
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import TOP, Skip, Tap, equal, holds, run  # noqa: E402

sys.path.insert(0, os.path.join(TOP, "tools"))
from driver import debs  # noqa: E402
from driver.packages import LINUX_GCC  # noqa: E402

ARCH = sys.argv[1]


def rows():
    done = run("bench", "--tsv", "null", "calib", arch=ARCH)
    equal(done.returncode, 0, done.stderr.decode())
    return done.stdout.decode()


def prints_rows():
    found = {}
    for line in rows().splitlines():
        m = re.fullmatch(rf"{ARCH}\t(\w+)\t([\d.]+)\t[\d.]+\t[\d.]+", line)
        holds(m, f"arch row instructions linux ratio: {line!r}")
        found[m.group(1)] = float(m.group(2))
    equal(sorted(found), ["calib_1001_user_insns", "clock_gettime",
                          "null_getppid"])
    holds(1000 < found["calib_1001_user_insns"] < 1010,
          f"the clock counts instructions: {found}")


def repeats():
    equal(rows(), rows(), "two runs")


def profiles_a_row():
    """One of a group whose name is not in the row's."""
    done = run("bench", "--profile", "file_read_fault_stride16",
               arch=ARCH)
    equal(done.returncode, 0, done.stderr.decode())
    holds(re.search(r"^ *[\d.]+% .* vm_fault$", done.stdout.decode(),
                    re.M), "the function that maps: " + done.stdout.decode())


def starts_cost_less_than_under_others():
    """Of a program with 50 libraries; and prelinked, a third of that."""
    if not all(debs.is_unpacked(ARCH, name) for name in ("libc6", "musl")):
        raise Skip("libc6 and musl are not fetched; ./lectern test does that")
    done = run("bench", "--tsv", "--starts", arch=ARCH)
    equal(done.returncode, 0, done.stderr.decode())
    cost = {row: float(figure) for row, figure in re.findall(
        r"\tstart_(\w+)\t([\d.]+)", done.stdout.decode())}
    holds(cost["lazy"] < min(cost["lazy_glibc"], cost["musl"])
          and cost["eager"] < min(cost["eager_glibc"], cost["musl"])
          and cost["static"] < cost["prelinked"] < cost["eager"] / 3, cost)


def refuses_unknown_rows():
    equal(run("bench", "nonesuch_row", arch=ARCH).returncode, 2)


def main():
    tap = Tap()
    if not shutil.which(LINUX_GCC[ARCH]):
        print(f"1..0 # SKIP {LINUX_GCC[ARCH]} is not installed")
        return
    for case in (prints_rows, repeats, profiles_a_row,
                 starts_cost_less_than_under_others, refuses_unknown_rows):
        tap.case(case.__name__, case)
    tap.end()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""diff_test.py ARCH - ./lectern diff: says "no difference" only where Linux
and Lectern agree to the byte, and shows what differs where they do not."""
import sys

sys.dont_write_bytecode = True
from harness import Tap, equal, holds, limit, out_of, run  # noqa: E402
from driver.machine import diff, linux  # noqa: E402

ARCH = sys.argv[1]


def both(*command, options=(), **kw):
    return run("diff", "--timeout", limit(300), *options, "--", *command,
               arch=ARCH, timeout=700, **kw)


def agrees():
    done = both("sh", "-c", "wc -c; echo no >&2; exit 3", data=b"12345")
    equal(done.stdout, b"no difference: exit 3, 2 bytes of output, "
                       b"3 of errors\n")
    equal((done.returncode, done.stderr), (0, b""))


def shows_difference():
    done = both("uname", "-s", "-r")
    equal(done.returncode, 1)
    lines = out_of(done).splitlines()
    equal(lines[:2], ["--- linux: standard output",
                      "+++ lectern: standard output"])
    holds("+Linux 6.6.0-lectern" in lines, done.stdout)
    equal(len([n for n in lines if n.startswith("-Linux ")]), 1)


def masks_difference():
    done = both("uname", "-s", "-r", options=("--mask", r"[0-9]\S*"))
    holds(done.stdout.startswith(b"no difference: exit 0, "), done.stdout)
    equal(done.returncode, 0)


# a Debian program of these packages; and memory as much as is asked for
SMALL = """getent passwd root &&
awk '/^MemTotal/ { exit !(150000 < $2 && $2 < 262144) }' /proc/meminfo"""


def same_machine():
    """Of both kernels: less memory than usual, and Debian's programs."""
    done = both("sh", "-c", SMALL,
                options=("--mem", "256M", "--packages", "libc6"))
    holds(done.stdout.startswith(b"no difference: exit 0, 3"),
          done.stdout + done.stderr)


def reports_timeout():
    done = run("diff", "--timeout", "2", "--", "sleep", "600", arch=ARCH,
               status=120)
    holds(b"timeout" in done.stderr, done.stderr)


def refuses():
    for arguments in (("diff",), ("diff", "--mask", "(", "--", "true"),
                      ("diff", "--context", "-1", "--", "true"),
                      ("diff", "--smp", "0", "--", "true")):
        done = run(*arguments, arch=ARCH, status=2)
        equal(done.stdout, b"")


def side(kernel, out=b"", err=b"", words="exit 0"):
    s = diff.Side(kernel)
    s.out, s.err, s.words = out, err, words
    return s


def compares():
    """Each stream and the end count, text by lines and the rest by bytes."""
    def report(a, b, masks=()):
        return diff.compare([side("linux", *a), side("lectern", *b)],
                            [diff.pattern(m) for m in masks], 3)

    equal(report([b"a\n"], [b"a\n"]), [])
    holds("+b" in report([b"a\n"], [b"b\n"]), "output")
    holds("+b" in report([b"", b"a\n"], [b"", b"b\n"]), "errors")
    holds("+exit 1" in report([], [b"", b"", "exit 1"]), "status")
    holds("\\ no newline at the end" in report([b"a\n"], [b"a"]), "newline")
    equal(report([b"\0\1\2"], [b"\0\1\3"])[2:],
          ["differs at byte 2 of 3 and 3", "-02", "+03"])
    equal(report([b"\xff\1"], [b"\xff"])[2:],
          ["differs at byte 1 of 2 and 1", "-01", "+"])
    equal(report([b"pid 12\n"], [b"pid 7\n"], [r"pid \d+"]), [])
    holds(report([b"pid 12 a\n"], [b"pid 7 b\n"], [r"pid \d+"]), "mask")


tap = Tap(shared=ARCH)
tap.case("streams and ends are compared", compares)
tap.case("bad options are refused", refuses)
if linux.known_packages(ARCH):
    tap.case("equal runs are equal", agrees)
    tap.case("a difference is shown", shows_difference)
    tap.case("a mask hides it", masks_difference)
    tap.case("both have the memory and the packages asked for", same_machine)
    tap.case("a run that does not end is named", reports_timeout)
else:
    tap.point(True, "runs on both", skip=f"Debian's Linux for {ARCH} is not "
              "fetched; ./lectern test does that")
tap.end()

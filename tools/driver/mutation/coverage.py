# SPDX-License-Identifier: MIT
"""`./lectern test --coverage`: the lines and branches that the tests reach.

Guests run a kernel with `lines` (lines.py); host tests are built by
`gcc --coverage`.  Each suite's result is a trace file of lcov and a folder of
pages in build/coverage.  `unreached.txt` there lists what no test reached,
first what test/unreached.txt gives no reason for.
"""
import glob
import os
import re
import shutil
import subprocess

from folders import COMPILED

from . import lines
from ..build import build
from ..common import BUILD, TOP, build_dir, say

FOLDER = os.path.join(BUILD, "coverage")
REASONS = os.path.join(TOP, "test", "unreached.txt")
COUNTS = os.path.join(FOLDER, "counts")
HOST = "host-lines"
HOST_OPTIONS = ["-Db_coverage=true", "-Dfuzz=disabled"]
# the suites that run when none is named
SUITES = ("host", "selftest", "guest", "glibc", "busybox", "smp", "disk",
          "small", "programs")


def begin():
    """Delete the counts of earlier runs."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(COUNTS)
    clear_host()


def build_host():
    build(HOST, ["meson-test-prereq"], None, "host", HOST_OPTIONS)


def clear_host():
    for path in lines.data_below(build_dir(HOST)):
        os.unlink(path)


def of_host():
    """Return: Lines that the host tests reached since clear_host()"""
    return lines.gcov("host", build_dir(HOST),
                      lines.data_below(build_dir(HOST)))


def counts_folder(suite):
    return os.path.join(COUNTS, suite)


def of_suite(suite):
    found = lines.Lines()
    for path in sorted(glob.glob(os.path.join(counts_folder(suite), "*"))):
        kept = lines.stored(path)
        if kept:
            found.merge(lines.of_counters(*kept))
        else:
            say(f"{path}: not counted, because the kernel was rebuilt")
    return found


def pages(name, found):
    """Write a suite's trace file and pages."""
    trace = os.path.join(FOLDER, name + ".info")
    with open(trace, "w") as f:
        f.write(found.tracefile(name))
    done = subprocess.run(
        ["genhtml", "--quiet", "--branch-coverage", "--legend", "--prefix",
         TOP, "--title", name, "-o", os.path.join(FOLDER, name), trace],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        say(f"genhtml: {done.stderr.strip()}")


def percent(part, whole):
    return f"{100 * part / whole:6.1f} %" if whole else "     -  "


def row(word, sums):
    count, ran, ways, taken = sums
    return (f"{word:10} {percent(ran, count)} of {count:6} lines "
            f"{percent(taken, ways)} of {ways:6} branches")


def runs(numbers):
    """Format numbers as text: 3-5, 9."""
    out = []
    for n in sorted(numbers):
        if out and out[-1][1] == n - 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return ", ".join(f"{a}-{b}" if a < b else str(a) for a, b in out)


def unreached(found):
    """Return: {(file, function): its lines that no test reached}, in order"""
    missed = {}
    for name in sorted(found.files):
        functions = found.functions.get(name, {})
        for line, count in sorted(found.files[name].items()):
            if not count:
                key = name, functions.get(line) or "?"
                missed.setdefault(key, []).append(line)
    return missed


def rows(text):
    """Parse FILE: FUNCTION..., further lines indented; # begins a comment.
    Yield (line number, file, functions) of each."""
    number, parts = 1, re.split(r"\n(?![ \t])", text)
    for part in parts:
        name, _, functions = part.partition(":")
        if name and name[0] != "#":
            yield number, name, functions.split()
        number += part.count("\n") + 1


def reasons():
    """Return: {(file, function)} of test/unreached.txt"""
    with open(REASONS) as f:
        return {(name, function) for _, name, functions in rows(f.read())
                for function in functions}


def tell_unreached(found):
    """Write unreached.txt, and report what test/unreached.txt misses."""
    missed, listed = unreached(found), reasons()
    new = [key for key in missed if key not in listed]
    with open(os.path.join(FOLDER, "unreached.txt"), "w") as f:
        for title, keys in (("without a reason", new),
                            ("with one in test/unreached.txt",
                             [key for key in missed if key in listed])):
            f.write(f"# {title}\n")
            f.writelines(f"{' '.join(key)}: {runs(missed[key])}\n"
                         for key in keys)
    print(f"not reached: {sum(map(len, missed.values()))} lines, of them "
          f"{sum(len(missed[key]) for key in new)} in {len(new)} functions "
          "without a reason in test/unreached.txt")
    for name, function in sorted(listed - missed.keys()):
        if name in found.files:
            print(f"test/unreached.txt: {name} {function} is fully reached")


def report():
    """Write pages for each suite and the total, and print the totals."""
    total = lines.Lines()
    parts = {s: of_suite(s) for s in sorted(os.listdir(COUNTS))}
    parts["host"] = of_host()
    for suite, found in parts.items():
        if found.files:
            pages(suite, found)
            total.merge(found)
    pages("total", total)
    print(f"pages: {os.path.relpath(FOLDER)}/total/index.html; not reached: "
          f"{os.path.relpath(FOLDER)}/unreached.txt")
    for suite, found in sorted(parts.items()):
        if found.files:
            print(row(suite, found.totals("")))
    for folder in COMPILED:
        print(row(folder, total.totals(folder + "/")))
    print(row("total", total.totals("")))
    tell_unreached(total)

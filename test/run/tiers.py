#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tiers.py ARCH t0|...|t5 - one row a program, run on Debian's Linux and on
Lectern in the same root: what it prints and its exit status must be equal.

A row of tiers/TIER.tbl is `NAME: SCRIPT`; lines that begin with a tab go on
with it, those with `~ REGEX` say what may differ.  A program of the tier's
packages without a row must be named in tiers/TIER.out with the reason.
"""
import os
import re
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
from harness import BUILD, PATIENCE, Tap, read, run, write  # noqa: E402
from driver.disk import debian, debs, initramfs  # noqa: E402
from driver.machine import diff, linux  # noqa: E402
from tiers_rows import (BESIDE, JUDGED, OF_PACKAGES, left_out,  # noqa: E402
                        rows_of)

LIMIT = int(900 * PATIENCE)
MEMORY = {"t0": "512M", "t1": "512M", "t2": "1G", "t3": "1G", "t4": "1G",
          "t5": "1G"}
# Linux keeps the archive while it unpacks, and gives the root half of memory
MEMORY_LINUX = {"t0": "512M", "t1": "1G", "t2": "2G", "t3": "2G", "t4": "2G",
                "t5": "2G"}
RUNNER = """\
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C HOME=/root USER=root; unset OLDPWD
for t in "$@"; do
	echo "@@begin $t"
	rm -rf /tmp/w; mkdir /tmp/w; cd /tmp/w
	timeout -s KILL 400 $SHELL_UNDER_TEST /rows/$t </dev/null 2>&1
	echo "@@end $?"
done
"""


def programs_of_tier(arch, tier):
    """Every program that the judged packages bring."""
    if tier == "t0":
        folder = debs.unpacked(arch, "busybox-static")
        return set(initramfs.applets(
            os.path.join(folder, initramfs.BUSYBOX[arch])))
    root = debian.root(arch, JUDGED[tier] + BESIDE[tier])
    found = set()
    for package in JUDGED[tier]:
        path = os.path.join(root, "var/lib/dpkg/info", package + ".list")
        found |= {os.path.basename(p) for p in read(path).split("\n")
                  if re.match(r"/(usr/)?s?bin/.", p)}
    return found


def elsewhere(arch, tier):
    """Programs of the tier that only other machines' packages bring: Debian's
    versions differ."""
    return set().union(*(programs_of_tier(other, tier) for other in debs.SUITE
                         if other != arch)) - programs_of_tier(arch, tier)


class Side:
    """The rows on one kernel. => .found: name -> (output, status)"""

    def __init__(self, arch, tier, kernel, rows):
        self.kernel, self.found, self.why = kernel, {}, ""
        self.arguments = (arch, tier, rows)

    def run(self):
        arch, tier, rows = self.arguments
        mem = (MEMORY_LINUX if self.kernel == "linux" else MEMORY)[tier]
        options = ["--mem", mem]
        if self.kernel == "linux":
            options += ["--kernel", "linux"]
        if tier != "t0":
            options += ["--packages", ",".join(JUDGED[tier] + BESIDE[tier])]
        shell = "sh" if tier == "t0" else "bash"
        left = list(rows)
        while left:
            before = len(left)
            left = self.boot(arch, tier, left, options, shell)
            if len(left) == before:
                break

    def boot(self, arch, tier, rows, options, shell):
        """=> the rows that are still to be run"""
        base = os.path.join(BUILD, arch, f"tiers-{tier}-{self.kernel}")
        # to a file, so that whoever waits can see how far it is
        with tempfile.TemporaryDirectory() as work, \
                open(base + ".out", "w+b") as out:
            for r in rows:
                write(os.path.join(work, r.file), r.script + "\n")
            done = run("run", "--log", base + ".log", "--timeout", str(LIMIT),
                       "--add", f"{work}:/rows", *options, "--", shell, "-c",
                       f"SHELL_UNDER_TEST={shell}\n" + RUNNER, shell,
                       *(r.file for r in rows), arch=arch,
                       timeout=LIMIT + 200, stdout=out)
            out.seek(0)
            text = out.read()
        for r in rows:
            one = re.search(rb"^@@begin " + re.escape(r.file.encode())
                            + rb"\n(.*?)^@@end (\d+)\n", text, re.M | re.S)
            if one:
                self.found[r.name] = one.group(1), int(one.group(2))
        started = re.findall(rb"^@@begin (\S+)\n", text, re.M)
        self.why = (f"exit status {done.returncode}\n"
                    + text[-600:].decode(errors="replace")
                    + done.stderr[-2000:].decode(errors="replace"))
        last = started[-1].decode() if started else ""
        return [r for r in rows if r.name not in self.found
                and r.file != last]


def difference_of(row, theirs, ours):
    sides = []
    for kernel, (out, status) in (("linux", theirs), ("lectern", ours)):
        s = diff.Side(kernel)
        s.out, s.words = out, f"exit {status}"
        sides.append(s)
    return diff.compare(sides, row.masks, 2)


def judge_row(tap, row, tier, linux_side, lectern_side):
    missing = [s for s in (linux_side, lectern_side)
               if row.name not in s.found]
    if missing:
        tap.point(False, row.name, "".join(
            f"no end on {s.kernel}: {s.why}\n" for s in missing))
        return
    theirs, ours = linux_side.found[row.name], lectern_side.found[row.name]
    report = difference_of(row, theirs, ours)
    # equal, but only in that there is no such program
    word = rb"\S+" if tier in OF_PACKAGES else re.escape(row.name.encode())
    if re.search(rb"^/rows/.*: " + word + rb": (command )?not found",
                 theirs[0], re.M):
        report.append("the row does not run: " + repr(theirs[0][:200]))
    tap.point(not report, row.name, "\n".join(report))


def complete(arch, tier, rows):
    known = {r.name for r in rows}.union(
        *(names for names, _ in left_out(tier)))
    lack = programs_of_tier(arch, tier) - known
    assert not lack, "without a row: " + " ".join(sorted(lack))


def main():
    arch, tier = sys.argv[1:3]
    if not linux.known_packages(arch):
        print("1..0 # SKIP Debian's Linux is not fetched")
        sys.exit(0)
    tap = Tap()
    rows = rows_of(tier)
    if tier in ("t0", "t1"):
        tap.case("every program has a row", complete, arch, tier, rows)
    wanted = [r for r in rows if tap.wanted(r.name)]
    if wanted and tier in ("t0", "t1"):
        away = elsewhere(arch, tier)
        for r in wanted:
            if r.name in away:
                tap.point(True, r.name, skip="only other machines have it")
        wanted = [r for r in wanted if r.name not in away]
    sides = [Side(arch, tier, k, wanted) for k in diff.KERNELS]
    threads = [threading.Thread(target=s.run) for s in sides]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for row in wanted:
        judge_row(tap, row, tier, *sides)
    tap.end()


main()

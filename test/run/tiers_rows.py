# SPDX-License-Identifier: MIT
"""The rows of the suite `tiers`, and the packages that bring their programs."""
import os
import re

from driver.common import Failure
from driver.machine import diff

HERE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "tiers")
# the packages of a tier; every program of those in the first tuple has a row
JUDGED = {
    "t0": (),
    "t1": ("bash", "bsdutils", "coreutils", "dash", "diffutils", "findutils",
           "grep", "gzip", "hostname", "libc-bin", "mawk", "mount", "procps",
           "sed", "tar", "util-linux", "zsh"),
    "t2": ("git", "make", "python3-minimal", "sqlite3"),
}
BESIDE = {"t0": (), "t1": ("ncurses-base",),
          "t2": ("bash", "binutils", "coreutils", "gcc", "grep", "libc6-dev",
                 "mawk", "perl", "procps", "python3", "sed"),
          **dict.fromkeys(("t3", "t4", "t5"), (
              "bash", "bsdutils", "busybox", "coreutils", "diffutils",
              "findutils", "grep", "gzip", "mawk", "procps", "sed", "tar",
              "util-linux"))}


class Row:
    def __init__(self, name, script):
        self.name, self.script, self.masks = name, script, []
        self.file = re.sub(r"\W", lambda m: f"_{ord(m.group()):x}", name)


def rows_of(tier):
    rows = []
    with open(os.path.join(HERE, tier + ".tbl")) as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if line.startswith("\t~ "):
                rows[-1].masks.append(diff.pattern(line[3:]))
            elif line.startswith("\t"):
                rows[-1].script += "\n" + line[1:]
            elif line and not line.startswith("#"):
                name, colon, script = line.partition(": ")
                if not colon:
                    raise Failure(f"test/run/tiers/{tier}.tbl:{number}: no row")
                rows.append(Row(name, script))
    names = [r.name for r in rows]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise Failure(f"test/run/tiers/{tier}.tbl: twice: {', '.join(twice)}")
    return rows


def left_out(tier):
    """Return: (names, reason) of the programs without a row"""
    path = os.path.join(HERE, tier + ".out")
    found = []
    if not os.path.exists(path):
        return found
    with open(path) as f:
        for number, line in enumerate(f, 1):
            if line.strip() and not line.startswith("#"):
                names, colon, why = line.strip().partition(": ")
                if not colon:
                    raise Failure(f"test/run/tiers/{tier}.out:{number}: no "
                                  "reason")
                found.append((names.split(), why))
    return found


# tiers with a row a package
OF_PACKAGES = ("t3", "t4", "t5")
JUDGED.update((tier, tuple(r.name for r in rows_of(tier)))
              for tier in OF_PACKAGES)

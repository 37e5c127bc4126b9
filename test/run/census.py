# SPDX-License-Identifier: MIT
"""kernel/syscall/abi.tbl against what happened: the census of a boot with trace=census
(topics/inspection/census.h), as points of the suite that ran there."""
import os
import re

from harness import BUILD, TOP, write  # noqa: E402
import abi  # noqa: E402
from machines import MACHINES  # noqa: E402

OPTIONS = ["--append", "trace=census"]
FOLDER = os.path.join(TOP, "kernel", "syscall")


# for the end of a script; the cases before it print whole lines
SHOW = """\
if [ -e /proc/lectern/census ]; then
	echo @@census; cat /proc/lectern/census; echo @@census-end
fi
"""


def judge_text(tap, arch, name, text):
    """The same of what SHOW printed, if it did."""
    found = re.search(r"^@@census\n(.*)^@@census-end$", text, re.M | re.S)
    if found:
        judge_lines(tap, arch, name, found.group(1).splitlines(), False)


def judge_lines(tap, arch, name, lines, whole):
    """Points about the lines of /proc/lectern/census that a suite brought;
    whole: it was all of the tests, which have to try what is said to be."""
    tables = abi.Tables(FOLDER, arch)
    census = abi.Census(tables, MACHINES[arch])
    census.add(lines)
    write(os.path.join(BUILD, arch, name + ".census"), "\n".join(lines) + "\n")
    tap.point(len(lines) > 1, "census: the calls were counted")
    wrong = census.complaints()
    tap.point(not wrong, "census: flags end as abi.tbl says",
              "\n".join(wrong))
    if whole:
        lacking = [f"{m.name} of {s.name} is `yes` in abi.tbl, and no test "
                   f"used it with success: {census.use(s, m).how() or 'never'}"
                   for s, m in census.lacking()]
        tap.point(not lacking, "census: what is said to be tried, is",
                  "\n".join(lacking))
        silent = [f"{c}: no guest test calls it with success: add one, or put "
                  f"`untried {c}` into kernel/syscall/abi.tbl"
                  for c in census.silent()
                  if c not in tables.untried_calls]
        tap.point(not silent, "census: every call went well in some test",
                  "\n".join(silent))

# SPDX-License-Identifier: MIT
"""Shell scripts with their output and exit status, many to one boot.

A case is (script, output, status); instead of the output, a function may
judge what was printed: (tap, name, output, status, arch).  They run one
after the other in one machine; when it dies, whoever ran last is to blame and
the rest goes on in another.
"""
import os
import re
import tempfile

from harness import (BUILD, PATIENCE, errors_of, out_of, run,  # noqa: E402
                     write)

RUNNER = """\
for t in "$@"; do
	echo "@@begin $t"
	rm -rf /tmp/w; mkdir /tmp/w; cd /tmp/w
	timeout -s KILL 800 $SHELL_UNDER_TEST /cases/$t </dev/null
	echo "@@end $?"
done
"""


def judge_case(tap, arch, name, case, out, status):
    _, want, want_status = case
    if callable(want):
        want(tap, name, out, status, arch)
        return
    notes = ""
    if out != want:
        notes = f"printed {out!r}\nwanted  {want!r}\n"
    if status != want_status:
        notes += f"exit status {status}, wanted {want_status}"
    tap.point(not notes, name, notes)


def results(tap, arch, cases, left, done, after):
    """Judge what one boot printed. => whether another boot makes sense"""
    text = out_of(done)
    before = len(left)
    for file, out, status in re.findall(
            r"^@@begin (\S+)\n(.*?)^@@end (\d+)\n", text, re.M | re.S):
        name = left.pop(file)
        judge_case(tap, arch, name, cases[name], out, int(status))
    if not left:
        after(tap, text)
        return False
    # the machine did not live to the end: whoever ran last is to blame
    started = re.findall(r"^@@begin (\S+)\n", text, re.M)
    why = (f"exit status {done.returncode}\n" + text[-1000:]
           + errors_of(done)[-3000:])
    if started and started[-1] in left:
        tap.point(False, left.pop(started[-1]), why)
    elif len(left) == before:
        tap.point(False, "the cases run", why)
        return False
    return bool(left)


def run_cases(tap, arch, cases, options=(), shell="sh", runner=RUNNER,
              limit=400, log=None, after=lambda tap, text: None):
    """Run the cases that are wanted, as many boots as it takes."""
    names = [n for n in cases if tap.wanted(n)]
    left = {re.sub(r"\W+", "-", n): n for n in names}
    limit = int(limit * PATIENCE)
    log = os.path.join(BUILD, arch, (log or shell) + "-test.log")
    with tempfile.TemporaryDirectory() as work:
        for file, name in left.items():
            write(os.path.join(work, file), cases[name][0] + "\n")
        while left:
            done = run("run", "--log", log, "--timeout", str(limit),
                       "--add", f"{work}:/cases", *options, "--",
                       shell, "-c", f"SHELL_UNDER_TEST={shell}\n" + runner,
                       shell, *left, arch=arch, timeout=limit + 200)
            if not results(tap, arch, cases, left, done, after):
                break

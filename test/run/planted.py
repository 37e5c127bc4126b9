#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""planted.py ARCH - mistakes as students make them (test/planted.txt), each
built into a kernel of its own: the first run with it must name the place."""
import os
import re
import shlex
import sys

sys.dont_write_bytecode = True
from harness import TOP, Tap, errors_of, holds, limit, read, run  # noqa: E402
from driver.mutation import mutants, mutate  # noqa: E402

TABLE = os.path.join(TOP, "test", "planted.txt")
SECONDS = 20                # for a run that hangs, and else is long over


def mistakes():
    return mutants.read_planted(read(TABLE))


def copy_for(arch, checkers, copies={}):
    """The copy of the tree whose kernel has these checkers."""
    name = "-".join(["planted", arch, *checkers])
    if name not in copies:
        copies[name] = mutate.Copy(name, checkers)
        copies[name].refresh()
        copies[name].prepare(arch)
    return copies[name]


def tells(arch, mistake):
    mutant, text = mutants.called(mistake.mutant, mutate.read)
    copy = copy_for(arch, mistake.checkers)
    copy.write(mutant.file, mutants.apply(mutant, text))
    try:
        copy.ninja(arch, "lectern.elf")
        done = run("run", "--kernel", copy.elf(arch), "--log",
                   os.path.join(copy.folder, "log"), "--timeout",
                   limit(SECONDS), "--", *shlex.split(mistake.command),
                   arch=arch)
    finally:
        copy.write(mutant.file, text)
    said = errors_of(done)
    holds(done.returncode, f"it ends well:\n{said}")
    at = 0
    for words in mistake.told:
        found = re.search(words, said[at:], re.M)
        holds(found, f"{words} in its place:\n{said}")
        at += found.end()


def main():
    arch = sys.argv[1]
    tap = Tap()
    for mistake in mistakes():
        tap.case(mistake.name, lambda m=mistake: tells(arch, m))
    tap.end()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""selftest.py ARCH [CHECKERS] - the kernel's own tests at boot (contract
conformance, locks, page tables, ...), whose points stand in its log; with
CHECKERS on the machine whose turn they are."""
import os
import re
import sys

sys.dont_write_bytecode = True
from harness import (BUILD, Skip, Tap, checked_name, equal,  # noqa: E402
                     errors_of, holds, limit, out_of, read, run, use_checkers)
from driver.common import MACHINES  # noqa: E402
from driver.testing.tap import Reader  # noqa: E402


def uncached_stacks(arch):
    """A kernel that gives each stack back when its task is gone."""
    done = run("run", "--timeout", limit(100), "--append", "kstack_cache=0",
               "--", "sh", "-c",
               "for i in 1 2 3 4 5 6 7 8 9; do env true || exit 1; done",
               arch=arch, status=0)


def other_machine(arch, words):
    """The contract, memory and the CPUs on another CPU or board."""
    log = os.path.join(BUILD, arch, "selftest-other.log")
    done = run("run", "--timeout", limit(100), f"--qemu-args={words}",
               "--smp", "2", "--append", "selftest=arch,mm,smp", "--log", log,
               "--", "true", arch=arch)
    unknown = re.search(r"Property '.*' not found", errors_of(done))
    if unknown:
        raise Skip(f"this QEMU is too old: {unknown[0]}")
    equal(done.returncode, 0, errors_of(done))
    results = re.findall(r"selftest: (not ok|ok) \d+ - (.*)", read(log))
    holds(len(results) > 20, results)
    equal([name for result, name in results if result != "ok"], [])


def look_up_costs(arch):
    """What a look-up costs, by a clock that counts instructions (row D5)."""
    done = run("run", "--icount", "--timeout", limit(100), "--",
               "/usr/lectern/test/vma_lookup", "cost", arch=arch)
    text = out_of(done)
    equal(done.returncode, 0, text[-800:])
    assert re.search(r"^ok \d+ - the list costs most", text, re.M), text


def main():
    arch, *checkers = sys.argv[1:]
    tap = Tap()
    if checkers:
        use_checkers(*checkers)
        if not tap.checks_on(arch):
            tap.end()
    log = os.path.join(BUILD, arch, checked_name("selftest") + ".log")
    # deterministic time: the scheduler's shares are not those of a busy host
    done = run("run", "--icount", "--timeout", limit(100),
               "--append", "selftest=all", "--log", log, "--",
               "/usr/lectern/bin/echo", "after", arch=arch)

    def found(point):
        if tap.wanted(point.name):
            tap.point(point.result != "fail", point.name,
                      "\n".join(point.notes))

    reader = Reader(found)
    with open(log, errors="replace") as f:
        for line in f:
            m = re.search(r"\bselftest: (.*)", line)
            if m:
                reader.line(m.group(1))
    reader.end()
    if tap.wanted("programs run afterwards"):
        tap.point(done.returncode == 0 and done.stdout == b"after\n",
                  "programs run afterwards",
                  f"exit status {done.returncode}, printed "
                  f"{done.stdout!r}\n" + errors_of(done))
    if not checkers:
        tap.case("no cache of kernel stacks", lambda: uncached_stacks(arch))
        for words in filter(None, MACHINES[arch].others.split(";")):
            tap.case(f"self-tests: {words.strip()}", other_machine, arch,
                     words)
        tap.case("costs of finding a VMA", lambda: look_up_costs(arch))
    tap.end()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""core.py ARCH - the kernel without any extension: Debian's shell works,
it takes less memory than the whole kernel, and programs of the core pass."""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import TOP, Tap, equal, limit, need_package, run  # noqa: E402

sys.path.insert(0, os.path.join(TOP, "tools"))
import extensions  # noqa: E402

ARCH = sys.argv[1]
PROGRAMS = ("brk", "copy_on_write", "exec_args", "exit_races", "fork_exit_wait",
            "fresh_code", "futex_bad", "hash_bang", "many_tasks", "mmap",
            "open_files", "path_names", "pipes", "shell", "siginfo", "signals",
            "stack_growth", "user_ids", "vma_merge", "waitid")
# a pipeline, a subshell, a file and a job
SHELL = ("(echo a; echo b) | sort -r >/tmp/f; cat /tmp/f; sleep 0 & wait; "
         "mount | grep -c proc")


def lectern(words, *command):
    return run("run", "--extensions", words, "--timeout", limit(200), "--",
               *command, arch=ARCH, timeout=1500)


def succeeds(words, *command):
    done = lectern(words, *command)
    equal(done.returncode, 0,
          (done.stdout + done.stderr).decode(errors="replace")[-3000:])
    return done.stdout.decode(errors="replace")


def shell_works():
    equal(succeeds("none", "sh", "-c", SHELL), "b\na\n1\n")


def memory_used(words):
    text = succeeds(words, "cat", "/proc/meminfo")
    total, free = (int(re.search(rf"{name}: +(\d+) kB", text)[1])
                   for name in ("MemTotal", "MemFree"))
    return total - free


def less_memory():
    none, whole = memory_used("none"), memory_used("all")
    assert none < whole, f"{none} KiB, with all {whole}"


def programs_pass():
    on = set(extensions.resolve("none"))
    needs = extensions.program_needs()
    names = [p for p in PROGRAMS if needs.get(p, set()) <= on]
    assert len(names) > len(PROGRAMS) // 2, names
    succeeds("none", "/usr/lectern/bin/testrun",
             *(f"/usr/lectern/test/{n}" for n in names))


def main():
    need_package(ARCH, "busybox-static")
    tap = Tap()
    tap.case("a shell", shell_works)
    tap.case("less memory than with all", less_memory)
    tap.case("programs of the core", programs_pass)
    tap.end()


main()

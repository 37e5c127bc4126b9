#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""extensions.py ARCH - the kernel without each extension in turn, and with
none: it is built, boots and runs programs of the core."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import TOP, Tap, equal, limit, need_package, run  # noqa: E402

sys.path.insert(0, os.path.join(TOP, "tools"))
import extensions  # noqa: E402

ARCH = sys.argv[1]
PROGRAMS = ("copy_on_write", "exec_args", "fork_exit_wait", "mmap", "pipes",
            "signals")
# a pipeline, a subshell, a file and a job
SHELL = "(echo a; echo b) | sort -r >/tmp/f; cat /tmp/f; sleep 0 & wait"


def lectern(words, *command):
    return run("run", "--extensions", words, "--timeout", limit(200), "--",
               *command, arch=ARCH, timeout=3000)


def shell_works(words):
    script, said = SHELL, b"b\na\n"
    if "proc" in extensions.resolve(words):
        script, said = script + "; mount | grep -c proc", said + b"1\n"
    done = lectern(words, "sh", "-c", script)
    equal((done.stdout, done.returncode), (said, 0),
          done.stderr.decode(errors="replace")[-2000:])


def programs_pass(words):
    on = set(extensions.resolve(words))
    needs = extensions.program_needs()
    names = [p for p in extensions.guest_programs()
             if p in PROGRAMS and needs.get(p, set()) <= on]
    assert names, "no program of the core is left"
    done = lectern(words, "/usr/lectern/bin/testrun",
                   *(f"/usr/lectern/test/{n}" for n in names))
    equal(done.returncode, 0, (done.stdout + done.stderr)
          .decode(errors="replace")[-3000:])


def is_built(words):
    """What a program would be talked to over is not there."""
    done = run("build", "--extensions", words, arch=ARCH, timeout=3000)
    equal(done.returncode, 0, done.stderr.decode(errors="replace")[-3000:])


def main():
    need_package(ARCH, "busybox-static")
    tap = Tap()
    table = extensions.load()
    lists = {"none": "none"}
    lists |= {f"without {name}": extensions.without(name, table)
              for name, ext in table.items() if not ext.kept}
    for what, words in lists.items():
        tap.case(f"{what}: a shell", shell_works, words)
        tap.case(f"{what}: programs of the core", programs_pass, words)
    tap.case("without virtio: it is built", is_built,
             extensions.without("virtio", table))
    tap.case("without proc: a shell", shell_works,
             extensions.without("proc", table))
    tap.end()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""extensions_test.py ARCH - the kernel without each extension in turn, and
with none: it is built, boots and runs programs of the core.  Control groups
work without controllers."""
import sys

sys.dont_write_bytecode = True
from harness import Tap, equal, need_package, out_of, run  # noqa: E402
from harness_extensions import (programs_pass, run_with,  # noqa: E402
                                shell_works)
import extensions  # noqa: E402

ARCH = sys.argv[1]
PROGRAMS = ("copy_on_write", "exec_args", "fork_exit_wait", "mmap", "pipes",
            "signals")
# no controllers, and none of their files
GROUPS = """cd /sys/fs/cgroup && mkdir a && cat cgroup.controllers
tail -n +2 /proc/cgroups; echo +pids 2>&1 >cgroup.subtree_control; echo $?
echo $$ >a/cgroup.procs && cat /proc/self/cgroup
cd a; ls | grep -v ^cgroup; cut -d' ' -f1 cpu.stat"""


def groups_without_controllers(words):
    equal(out_of(run_with(ARCH, words, "sh", "-c", GROUPS, status=0)),
          "sh: write error: Invalid argument\n1\n0::/a\ncpu.stat\n"
          "usage_usec\nuser_usec\nsystem_usec\n")
    programs_pass(ARCH, words, ("cgroup_freeze", "cgroup_tree"))


def is_built(words):
    """What a program would be talked to over is not there."""
    run("build", "--extensions", words, arch=ARCH, timeout=3000, status=0)


def main():
    need_package(ARCH, "busybox-static")
    tap = Tap()
    table = extensions.load()
    lists = {"none": "none"}
    lists |= {f"without {name}": extensions.without(name, table)
              for name, ext in table.items() if not ext.kept}
    for what, words in lists.items():
        tap.case(f"{what}: a shell", shell_works, ARCH, words)
        tap.case(f"{what}: programs of the core", programs_pass,
                 ARCH, words, PROGRAMS)
    tap.case("without inet: sockets of AF_UNIX", programs_pass, ARCH,
             extensions.without("inet", table), ("families", "unix"))
    tap.case("without cgrouplimits: control groups",
             groups_without_controllers,
             extensions.without("cgrouplimits", table))
    tap.case("without virtio: it is built", is_built,
             extensions.without("virtio", table))
    tap.case("without proc: a shell", shell_works, ARCH,
             extensions.without("proc", table))
    tap.end()


main()

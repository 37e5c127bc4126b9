#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""extensions_test.py ARCH - the kernel without each extension in turn, and
with none: it is built, boots and runs programs of the core."""
import sys

sys.dont_write_bytecode = True
from harness import Tap, need_package, run  # noqa: E402
from harness_extensions import programs_pass, shell_works  # noqa: E402
import extensions  # noqa: E402

ARCH = sys.argv[1]
PROGRAMS = ("copy_on_write", "exec_args", "fork_exit_wait", "mmap", "pipes",
            "signals")
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
    tap.case("without virtio: it is built", is_built,
             extensions.without("virtio", table))
    tap.case("without proc: a shell", shell_works, ARCH,
             extensions.without("proc", table))
    tap.end()


main()

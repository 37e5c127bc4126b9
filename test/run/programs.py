#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""programs.py ARCH core|full|boot|libraries [linux] - Debian's dynamically linked
programs at work (rows C7, D14, E9): scripts with the output and status they
must give.  With `linux` the same cases run on Debian's own kernel: one that
fails there is wrong; else abi.tbl is held against what they call.
"""
import glob
import os
import re
import shlex
import sys
import tempfile

sys.dont_write_bytecode = True
import census  # noqa: E402
from cases import RUNNER, run_cases  # noqa: E402
from harness import BUILD, MACHINES, Tap, build_everything  # noqa: E402
from driver.disk import debian  # noqa: E402
from driver.machine import linux  # noqa: E402

# LEAVE and SAY of arch/NAME/tools.py, for what the cases assemble
CODE = "export leave={} say={}\n"
DISK_SIZE = 16 << 20
MEMORY = {"core": "512M", "full": "1G", "libraries": "512M"}
# Linux keeps the archive while it unpacks, and gives the root half of memory
MEMORY_LINUX = {"core": "1G", "full": "2G"}


def build_options(arch, files):
    """Options that bring files of the build: of a folder all without an
    ending, and libraries."""
    options = []
    if files:
        build_everything(arch)
    for file, guest in files.items():
        place = os.path.join(BUILD, arch, file)
        for path in sorted(glob.glob(place + "/*")) or [place]:
            name = os.path.basename(path)
            if os.path.isfile(path) and re.fullmatch(
                    r"[\w-]+(\.so\.\d+)?", name):
                options += ["--add", f"{path}:{guest}/{name}"]
    return options


def main():
    arch, which = sys.argv[1:3]
    oracle = "linux" in sys.argv[3:]
    table = __import__("programs_" + which)
    wanted = table.PACKAGES + \
        getattr(table, "MORE", {}).get(MACHINES[arch].debian, ())
    if which == "core" and not debian.is_fetched(arch, wanted):
        print("1..0 # SKIP Debian's packages are not fetched; "
              "./lectern test does that")
        sys.exit(0)
    if oracle and not linux.known_packages(arch):
        print("1..0 # SKIP Debian's Linux is not fetched")
        sys.exit(0)
    # on every change the machines share them
    tap = Tap(shared=arch if which == "core" and not oracle else None)
    port = MACHINES[arch].port()
    code = CODE.format(shlex.quote(port.LEAVE), shlex.quote(port.SAY))
    with tempfile.NamedTemporaryFile(prefix="lectern-disk-") as disk:
        disk.truncate(DISK_SIZE)
        run_cases(tap, arch, table.CASES, shell="bash", log="programs-" + which,
                  limit=800, runner=code + RUNNER + census.SHOW,
                  options=["--mem", (MEMORY_LINUX if oracle else MEMORY)[which],
                           "--disk", disk.name,
                           "--packages", ",".join(wanted)]
                  + build_options(arch, getattr(table, "ADDED", {}))
                  + (["--kernel", "linux"] if oracle else census.OPTIONS),
                  after=lambda tap, text: census.judge_text(
                      tap, arch, "programs-" + which, text))
    tap.end()


main()

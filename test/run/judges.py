#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""judges.py ARCH SET [linux] - other people's test suites, unmodified, as
judges of the kernel (rows C7, D14, E9).  They take long: on demand only.

A set is a module judges_SET with
  PACKAGES  Debian's packages; or {arch: packages}
  CASES     {name: (script, output, status)} as in programs_full; `output`
            may be a function (tap, name, text, status, arch) that makes the
            points itself.  Scripts run one at a time with an empty ext2 disk
            at /mnt, which is big enough for DISK (MiB, default 256).
  MEMORY    default 1G
  cases     (arch) => those of CASES that are for this machine, default all
  ABSENT    what Lectern lacks, and Linux has: a dictionary of the set's own
  folders   (arch) => [(here, in the guest)] of what else is in the guest
  OPTIONS   more words for `run`, default none
  LIMIT     seconds that a case may take on a quiet machine, default 600
With `linux` the same runs on Debian's kernel: what fails there is no fault
of ours, and stands in docs/judges.md with its reason.
"""
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from cases import run_cases  # noqa: E402
from harness import PATIENCE, Tap  # noqa: E402
from driver.machine import linux  # noqa: E402

# Linux keeps the archive while it unpacks, and gives the root half of memory
MEMORY_LINUX = "2G"

# every case gets a fresh folder on memory and one on the disk
RUNNER = """\
mount -t ext2 /dev/vda /mnt || echo "@@ no disk at /mnt"
for t in "$@"; do
	echo "@@begin $t"
	rm -rf /tmp/w /mnt/w; mkdir /tmp/w /mnt/w; cd /tmp/w
	timeout -s KILL %d $SHELL_UNDER_TEST /cases/$t </dev/null
	echo "@@end $?"
	cd /
done
umount /mnt
"""


def packages(table, arch):
    found = table.PACKAGES
    return found[arch] if isinstance(found, dict) else found


def folder_options(table, arch):
    """Words of `run` for the folders that a set brings along."""
    find = getattr(table, "folders", lambda arch: [])
    return [w for here, there in find(arch) for w in ("--add",
                                                      f"{here}:{there}")]


def main():
    arch, which = sys.argv[1:3]
    oracle = "linux" in sys.argv[3:]
    table = __import__("judges_" + which)
    if oracle and not linux.known_packages(arch):
        print("1..0 # SKIP Debian's Linux is not fetched")
        sys.exit(0)
    if oracle:
        getattr(table, "ABSENT", {}).clear()
    cases = getattr(table, "cases", lambda arch: table.CASES)(arch)
    tap = Tap()
    limit = getattr(table, "LIMIT", 600)
    wanted = sum(tap.wanted(n) for n in cases)
    memory = MEMORY_LINUX if oracle else getattr(table, "MEMORY", "1G")
    with tempfile.TemporaryDirectory() as work:
        disk = os.path.join(work, "disk.img")
        mke2fs = shutil.which("mke2fs") or "/sbin/mke2fs"
        subprocess.run([mke2fs, "-q", "-t", "ext2", "-b", "4096", disk,
                        f"{getattr(table, 'DISK', 256)}M"], check=True)
        run_cases(tap, arch, cases, shell="bash",
                  log=f"judges-{which}", runner=RUNNER % (limit * PATIENCE),
                  limit=200 + limit * wanted,
                  options=["--mem", memory, "--disk", disk, "--packages",
                           ",".join(packages(table, arch)),
                           *getattr(table, "OPTIONS", ()),
                           *folder_options(table, arch),
                           *(["--kernel", "linux"] if oracle else [])])
    tap.end()


main()

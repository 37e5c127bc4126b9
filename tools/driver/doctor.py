# SPDX-License-Identifier: MIT
"""`./lectern doctor`: tool versions, what is missing, how to get it; with
--shape, the size and form of the code beside its budgets."""
import os
import re
import shutil
import subprocess

from . import debs, initramfs, packages
from .common import ARCHES, TOP
from .shape import report

TOOLS = ("python3", "meson", "ninja", "gcc", "riscv64-unknown-elf-gcc",
         "i686-linux-gnu-gcc", "qemu-system-riscv64", "qemu-system-i386",
         "gdb-multiarch", "riscv64-linux-gnu-gcc", "clang", "sparse",
         "mke2fs")
# What the project is developed with; others may do, these are known to.
KNOWN = {"qemu-system-riscv64": "7.2", "qemu-system-i386": "7.2",
         "riscv64-unknown-elf-gcc": "12.", "i686-linux-gnu-gcc": "12.",
         "meson": "1.", "gdb-multiarch": "13."}
# Only for this; without them everything else works.
OPTIONAL = {"gdb-multiarch": "gdb and its tests",
            "riscv64-linux-gnu-gcc": "bench on riscv64",
            "clang": "fuzz targets", "sparse": "the address-space check",
            "mke2fs": "image"}


def version(tool):
    flag = "-V" if tool == "mke2fs" else "--version"
    done = subprocess.run([tool, flag], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    first = (done.stdout.splitlines() or [""])[0]
    found = re.search(r"\d+\.\d[\w.]*(?=[^()]*$)|\d+\.\d[\w.]*", first)
    return found.group() if found else first


def doctor(options):
    if options.shape:
        print(report())
        return 0
    lack, needed = [], False
    for tool in TOOLS:
        if shutil.which(tool):
            v = version(tool)
            note = ""
            if tool in KNOWN and not v.startswith(KNOWN[tool]):
                note = f"   (developed with {KNOWN[tool].rstrip('.')})"
            print(f"ok       {tool:26} {v}{note}")
        else:
            lack.append(tool)
            use = OPTIONAL.get(tool)
            needed = needed or not use
            print(f"missing  {tool:26} "
                  + (f"needed only for {use}" if use else "needed"))
    for path, pack in packages.FILES.items():
        if os.path.exists(path):
            print(f"ok       {pack[0]}")
        else:
            lack.append(path)
            print(f"missing  {pack[0]:26} needed for tests and packages")
    for arch in ARCHES:
        root = os.path.join(debs.CACHE, "unpacked", arch, "busybox-static",
                            initramfs.BUSYBOX[arch])
        state = "ok      " if os.path.exists(root) else "to fetch"
        print(f"{state} busybox for {arch}")
    print(f"folder   {TOP}")
    if lack:
        print("\nget what is missing with:\n    apt-get install "
              + " ".join(packages.packages_of(lack)))
    return 1 if needed else 0

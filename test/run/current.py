#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""current.py ARCH KERNEL - how many instructions `current` takes (row D7),
counted in the disassembly of a call that does nothing else: gettid."""
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from harness import MACHINES, Tap  # noqa: E402

LIMIT = 2


def body(tool, kernel):
    """The instructions of sys_gettid, without addresses and bytes."""
    text = subprocess.run(
        [tool, "-d", "--no-show-raw-insn", "--disassemble=sys_gettid",
         kernel], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [m.group(1).strip() for m in
            re.finditer(r"^[0-9a-f]+:\s+(.*)$", text, re.M)]


def main():
    arch, kernel = sys.argv[1:]
    tool = next((t for t in MACHINES[arch].objdumps if shutil.which(t)),
                None)
    if not tool:
        print("1..0 # SKIP no disassembler for " + arch)
        return
    frame = MACHINES[arch].port().FRAME_CODE
    tap = Tap()
    code = body(tool, kernel)
    own = [i for i in code if not re.search(frame, i)]
    # the last one of them reads the number out of the task
    tap.point(0 < len(own) <= LIMIT + 1,
              f"`current` takes at most {LIMIT} instructions",
              "\n".join(code))
    tap.end()


main()

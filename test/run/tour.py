#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tour.py ARCH - follows the chains of functions of docs/tour.md in one run:
all of them are met, and in this order."""
import json
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (BUILD, TOP, Tap, errors_of, need_tools,  # noqa: E402
                     out_of, read, run)

TOUR = os.path.join(TOP, "docs", "tour.md")
PORTS = {"riscv64": "arch/riscv/", "i386": "arch/i386/"}
PROGRAM = "/usr/lectern/test/tour_steps"


def chains_of(text, port):
    """=> [(section, [(file, function)])]; rows of the other port left out"""
    found = []
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        rows = re.findall(r"^    (\w+) +(\S+\.[chS])$", section, re.M)
        rows = [(f, g) for g, f in rows
                if not f.startswith("arch/") or f.startswith(port)]
        found.append((section.splitlines()[0], rows))
    return found


def is_there(file, function):
    return re.search(rf"^\w[^;]*\b{function}\([^;]*?\)\n{{|^{function}:$",
                     read(os.path.join(TOP, file)), re.M)


def main():
    arch = sys.argv[1]
    tap = Tap()
    need_tools("gdb-multiarch")
    told = chains_of(read(TOUR), PORTS[arch])
    for name, rows in told:
        missing = [f"{f}:{g}" for f, g in rows if not is_there(f, g)]
        tap.point(len(rows) > 1 and not missing, f"{name}: has a chain",
                  missing and f"not there: {missing}" or "")
    told = [(n, r) for n, r in told if r and tap.wanted(n)]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(told, f)
        f.flush()
        log = os.path.join(BUILD, arch, "tour-test.log")
        script = os.path.join(TOP, "test", "run", "follow_gdb.py")
        done = run("gdb", "--log", log, "--", PROGRAM, "again",
                   arch=arch, timeout=300,
                   data=f"source {script}\nfollow {f.name}\nkill\n")
    text = out_of(done)
    for name, _ in told:
        followed = re.search(rf"^(\(gdb\) )?@ok {re.escape(name)}$", text,
                               re.M)
        tap.point(bool(followed), f"{name}: its chain is followed",
                  "" if followed else text[-3000:]
                  + errors_of(done))
    tap.end()


if __name__ == "__main__":
    main()

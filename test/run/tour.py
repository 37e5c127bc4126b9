#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tour.py ARCH - follows the chains of functions of the book's chapters in one
run: all of them are met, and in this order."""
import json
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (BUILD, MACHINES, TOP, Tap, errors_of, need_tools,  # noqa: E402
                     out_of, read, run)

BOOK = os.path.join(TOP, "course", "book")
sys.path.insert(1, BOOK)
import quotes  # noqa: E402
import runs  # noqa: E402

PROGRAM = "/usr/lectern/test/tour_steps"
FEWEST = 20             # chains, so that none is lost with a chapter


def heading_above(text, line):
    """=> the heading of the section in which a line stands"""
    found = re.findall(r"^#+ (.*)$", "\n".join(text.splitlines()[:line]), re.M)
    return found[-1]


def chains_of(name, text, port):
    """=> [(chapter: section, [(file, function)])]; rows of the other port left
    out"""
    found = []
    for line, body in quotes.fences(text, "chain"):
        rows = re.findall(r"^(\w+) +(\S+\.[chS])$", body, re.M)
        rows = [(f, g) for g, f in rows
                if not f.startswith("arch/") or f.startswith(port)]
        found.append((f"{name}: {heading_above(text, line)}", rows))
    return found


def is_there(file, function):
    return re.search(rf"^\w[^;]*\b{function}\([^;]*?\)\n{{|^{function}:$",
                     read(os.path.join(TOP, file)), re.M)


def main():
    arch = sys.argv[1]
    tap = Tap()
    need_tools("gdb-multiarch")
    port = f"arch/{MACHINES[arch].folder}/"
    told = [chain for name, path in runs.chapters().items()
            for chain in chains_of(name, read(path), port)]
    tap.point(len(told) >= FEWEST and len(dict(told)) == len(told),
              f"{len(told)} chains, each in a section of its own")
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

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""orders_test.py ARCH BUILD - the compiled kernel has the fence of each
atomic_publish() and mb_after_atomic() (include/lt/atomic.h): compilers have
left it out.  Nothing runs."""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from harness import TOP, Tap, holds, read  # noqa: E402
from driver.common import MACHINES  # noqa: E402
from folders import COMPILED, is_checker  # noqa: E402

ARCH, BUILD = sys.argv[1:3]
MACHINE = MACHINES[ARCH]
PLACE = re.compile(r"^\S*?/((?:kernel|mm|fs|lib|include|topics|compat|dev|arch)"
                   r"/\S+):(\d+)(?: \(discriminator \d+\))?$")
CODE = re.compile(r"^\s*[0-9a-f]+:\s+(.*)")


def code_by_line():
    """Return: {(file, line): its instructions, in the order of addresses}"""
    text = subprocess.run(
        [MACHINE.tool("objdump"), "-dl", "--no-show-raw-insn",
         os.path.join(BUILD, "lectern.elf")], text=True, check=True,
        stdout=subprocess.PIPE).stdout
    found, place = {}, None
    for line in text.splitlines():
        where, code = PLACE.match(line), CODE.match(line)
        if where:
            place = where[1], int(where[2])
        elif code:
            found.setdefault(place, []).append(code[1].replace("\t", " "))
    return found


def uses(name):
    """Yield (file, line) of each call in the kernel's sources."""
    for folder in (*COMPILED, "include"):
        for top, _, files in os.walk(os.path.join(TOP, folder)):
            for file in files:
                path = os.path.relpath(os.path.join(top, file), TOP)
                if not file.endswith((".c", ".h")) or \
                        path == "include/lt/atomic.h" or \
                        is_checker(path) or path.startswith("arch/host"):
                    continue
                for n, line in enumerate(read(os.path.join(
                        TOP, path)).splitlines(), 1):
                    if re.search(rf"\b{name}\(", line):
                        yield path, n


def unpublished(code):
    """Return: the calls of atomic_publish() that do not release"""
    want = MACHINE.port().PUBLISH
    return [f"{path}:{n}: {had}" for path, n in uses("atomic_publish")
            for had in ["; ".join(code.get((path, n), ["no code"]))]
            if not re.search(want, had)]


def fences(code):
    """Return: (fences of mb_after_atomic() in the code, those of the source)"""
    want = MACHINE.port().FENCE
    return (sum(bool(re.match(want, instruction))
                for (path, _), had in code.items()
                if path == "include/lt/atomic.h" for instruction in had),
            len(list(uses("mb_after_atomic"))))


def published():
    bad = unpublished(code_by_line())
    holds(not bad, "without a release:\n" + "\n".join(bad))


def fenced():
    had, want = fences(code_by_line())
    holds(want > 5 and had >= want, f"{had} fences for {want} places")


def sees_what_is_left_out():
    """Without fences in the code, each place is told."""
    port = MACHINE.port()
    code = {place: [i for i in had
                    if not re.match(r"fence|dmb|stlxr|lock|\S+\.rl\b", i)]
            for place, had in code_by_line().items()}
    holds(len(unpublished(code)) == len(list(uses("atomic_publish"))),
          "a publication without a fence is not seen")
    holds(not port.FENCE or fences(code)[0] == 0, "fences are made up")


def main():
    tap = Tap()
    tap.case("what is published is released", published)
    if MACHINE.port().FENCE:
        tap.case("each fence is there", fenced)
    tap.case("what is left out is seen", sees_what_is_left_out)
    tap.end()


main()

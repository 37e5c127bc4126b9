# SPDX-License-Identifier: MIT
"""Which calls programs of 32 bits on riscv64 have (docs/rv32.md): by the white
list in topics/rv32, and why not by test/rv32/without.tbl."""
import re

import syscalls

WHITE_LIST = "topics/rv32/arch/riscv/rv32_calls.c"


def listed(source):
    """=> the numbers that the white list has"""
    there = {int(n) for n in re.findall(r"\[(\d+)\] = \w", source)}
    for first, last in re.findall(r"\bSAME\((\d+), (\d+)\)", source):
        there |= set(range(int(first), int(last) + 1))
    return there


def without(table):
    """=> the calls of rows REASON: CALL..., the next lines indented"""
    rows = re.sub(r"#.*|\n[ \t]+", " ", table)
    return set(" ".join(re.findall(r"^\w+:(.*)$", rows, re.M)).split())


def wide(calls):
    """=> {name: number} of what programs of 64 bits have, but Lectern's own"""
    return {c.name: c.nr["generic"] for c in calls
            if c.handler and c.nr["generic"] is not None
            and c.nr["generic"] < syscalls.NATIVE}


def undecided(calls, source, table):
    """=> names in neither"""
    there, gone = listed(source), without(table)
    return sorted(name for name, nr in wide(calls).items()
                  if nr not in there and name not in gone)

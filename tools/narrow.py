# SPDX-License-Identifier: MIT
"""Which calls programs of half the word size have (docs/rv32.md), by the white
list in topics/rv32; test/rv32/without.tbl says why they lack the others."""
import re

import syscalls
from machines import MACHINES

MACHINE = next(m for m in MACHINES.values() if m.narrow)
WHITE_LIST = f"topics/rv32/arch/{MACHINE.folder}/rv32_calls.c"


def listed(source):
    """Return: the numbers in the white list"""
    there = {int(n) for n in re.findall(r"\[(\d+)\] = \w", source)}
    for first, last in re.findall(r"\bSAME\((\d+), (\d+)\)", source):
        there |= set(range(int(first), int(last) + 1))
    return there


def without(table):
    """Return: the calls of rows REASON: CALL..., further lines indented"""
    rows = re.sub(r"#.*|\n[ \t]+", " ", table)
    return set(" ".join(re.findall(r"^\w+:(.*)$", rows, re.M)).split())


def wide(calls):
    """Return: {name: number} of the calls of 64-bit programs, without Lectern's
    own"""
    found = [(c.name, c.number(MACHINE)) for c in calls if c.handler]
    return {name: n for name, n in found
            if n is not None and n < syscalls.NATIVE}


def undecided(calls, source, table):
    """Return: the names that are in neither"""
    there, gone = listed(source), without(table)
    return sorted(name for name, nr in wide(calls).items()
                  if nr not in there and name not in gone)

# SPDX-License-Identifier: MIT
"""`./lectern show machines`: the ports side by side, as tables of Markdown.
Page-table entries are made by each port's own codec, which needs no machine;
the rest is what the port's functions executed in recorded traps (show_trap).
With -o the tables of a page are replaced, where it has their marks."""
import itertools
import os
import re
import subprocess
import tempfile

import entries

from . import show_trap
from ..common import EXIT_USAGE, MACHINES, TOP, Failure

# a table's name: the row of kbench whose trap it counts
TRAPS = {"call": "null_getppid",
         "fault": "anon_fault_4k_nohuge",
         "window": "read_1b_warm",
         "flush": "mprotect_split_merge_pair",
         "switch": "sched_yield_2proc_per_own_yield"}
FRAME = 0x12400                 # of every entry, a superpage's first
ENTRIES = {
    "a program's data": "pte_leaf(F, MAP_R | MAP_W | MAP_USER, 0)",
    "a program's code": "pte_leaf(F, MAP_R | MAP_X | MAP_USER, 0)",
    "copy on write": "pte_leaf(F, MAP_R | MAP_USER, PTE_COW)",
    "no access": "pte_leaf(F, MAP_USER, 0)",
    "the kernel's data": "pte_leaf(F, MAP_R | MAP_W | MAP_GLOBAL, 0)",
    "the same as a superpage":
        "pte_leaf_at(1, F, MAP_R | MAP_W | MAP_GLOBAL, 0)",
    "a table": "pte_table(F)",
}
PROGRAM = """\
#include <stdio.h>
#include <arch/pte.h>
#define F %#xul
int main(void)
{
%s}
"""
BEGIN, END = "<!-- of ./lectern show machines: {} -->\n", "<!-- its end -->\n"


def values(arch):
    """Return: the values of ENTRIES, by the port's codec"""
    lines = "".join(f'\tprintf("%lx\\n", (unsigned long){made}.v);\n'
                    for made in ENTRIES.values())
    port = os.path.join(TOP, "arch", MACHINES[arch].folder, "include")
    with tempfile.TemporaryDirectory(prefix="lectern-") as folder:
        source, program = (os.path.join(folder, name)
                           for name in ("entries.c", "entries"))
        with open(source, "w") as f:
            f.write(PROGRAM % (FRAME, lines))
        subprocess.run(["gcc", "-I", port, "-I", os.path.join(TOP, "include"),
                        "-I", TOP, "-o", program, source], check=True)
        done = subprocess.run([program], text=True, check=True,
                              stdout=subprocess.PIPE)
    return [int(line, 16) for line in done.stdout.split()]


def entry(arch, value):
    m = MACHINES[arch]
    bits = " ".join(entries.flags(m.folder, value))
    return f"`{value:0{m.bits // 4}x}` {bits}"


def rows(lines):
    """Return: lines of cells as a table, the first one as its head"""
    lines = [f"| {' | '.join(cells)} |\n" for cells in lines]
    return lines[0] + "|" + " --- |" * (lines[0].count("|") - 1) + "\n" + \
        "".join(lines[1:])


def of_entries(arches):
    columns = [[entry(arch, v) for v in values(arch)] for arch in arches]
    return rows([("entry", *arches), *zip(ENTRIES, *columns)])


def column(path):
    """Return: the cells of a recorded trap, the last one its sum"""
    port = path.port()
    cells = [f"`{name}` {n}" for (name, _), n in port.items()]
    return cells, (f"portable code {path.total - sum(port.values())}",
                   f"**all {path.total}**")


def of_trap(paths):
    columns = [column(path) for _, path in paths]
    return rows([[arch for arch, _ in paths],
                 *itertools.zip_longest(*(cells for cells, _ in columns),
                                        fillvalue=""),
                 *zip(*(last for _, last in columns))])


def tables(arches, no_install):
    """Return: {name: table}"""
    found = show_trap.record(arches, no_install, TRAPS.values())
    return {"entries": of_entries(arches),
            **{name: of_trap(found[row]) for name, row in TRAPS.items()}}


def pieces(page, output):
    """Return: {name: the text between a table's marks}"""
    found = {name: re.search(f"(?<={re.escape(BEGIN.format(name))})"
                             f".*?(?={re.escape(END)})", page, re.S)
             for name in ("entries", *TRAPS)}
    for name, there in found.items():
        if not there:
            raise Failure(f"-o {output}: no place for a table: "
                          + BEGIN.format(name).strip(), EXIT_USAGE)
    return found


def filled(page, made, output):
    """Return: the page with the tables between its marks"""
    for name, table in made.items():
        there = pieces(page, output)[name]
        page = f"{page[:there.start()]}\n{table}\n{page[there.end():]}"
    return page


def draw(arches, no_install, output):
    """output: the page to fill, or None.  Return: the text"""
    if output is None:
        return "\n".join(f"{name}\n\n{table}" for name, table in tables(
            arches, no_install).items())
    try:
        with open(output) as f:
            page = f.read()
    except OSError as why:
        raise Failure(f"-o {output}: {why.strerror}; the tables of a page are "
                      "replaced", EXIT_USAGE) from None
    pieces(page, output)            # before minutes of work
    return filled(page, tables(arches, no_install), output)

# SPDX-License-Identifier: MIT
"""`./lectern show trap`: the way from a program into the kernel and back, on
each machine, as it was executed.  A machine that counts every instruction runs
two rows of kbench and records their traps.  The most common path of each row is
shown: its instructions by function, in the order of execution."""
import bisect
import itertools
import os
import re
import subprocess
from collections import Counter

from .. import packages
from ..bench import bench
from ..common import EXIT_BROKEN, MACHINES, TOP, Failure, kernel_elf
from ..tracing.profile import record_row, symbols
from .show_svg import Canvas, document

# rows of kbench, and the traps that they make; the first are system calls
KINDS = {"null_getppid": "a system call, getppid(2)",
         "anon_fault_4k_nohuge": "a page fault, the first store to a page of "
                                 "memory"}
# of the traps of these rows, only those that reach a function with such a name
REACHES = {"read_1b_warm": "arch_copy_",
           "mprotect_split_merge_pair": "arch_tlb_",
           "sched_yield_2proc_per_own_yield": "arch_switch"}
# rows that repeat two calls: the longer one is shown
PAIRS = {"mprotect_split_merge_pair"}
NAME, FILE, COUNT = 24, 28, 6   # columns of the text
GAP = 4


def traps(arch, log):
    """Yield the addresses executed in each trap from user mode and back."""
    first, path = MACHINES[arch].kernel, None
    for m in re.finditer(rb"\[[0-9a-f]+/([0-9a-f]+)/", log):
        pc = int(m[1], 16)
        if pc >= first:
            if path is not None:        # otherwise the log begins within a trap
                path.append(pc)
            continue
        if path:
            yield tuple(path)
        path = []


def longest_of_common(found):
    """Return: the longest of the counted paths that are about as common as the
    most common: a pair of calls differs by where the record begins and ends"""
    most = max(found.values())
    return max((path for path, n in found.items() if n > 0.9 * most), key=len)


class Path:
    """The most common of a row's traps.  steps: [(function, file,
    instructions)] in the order of execution"""

    def __init__(self, arch, log, reaches="", pair=False):
        self.arch = arch
        addresses, names = symbols(kernel_elf(arch))
        starts = {at for at, name in zip(addresses, names)
                  if name.startswith(reaches)}
        found = Counter(path for path in traps(arch, log)
                        if not starts.isdisjoint(path))
        if not found:
            raise Failure(f"{arch}: no trap was recorded", EXIT_BROKEN)
        self.pcs = (longest_of_common(found) if pair
                    else found.most_common(1)[0][0])
        self.total = len(self.pcs)
        runs = [(at, len(list(pcs))) for at, pcs in itertools.groupby(
            self.pcs, lambda pc: bisect.bisect(addresses, pc) - 1)]
        places = inlined(arch, [addresses[at] for at, _ in runs])
        # the last place is the function itself
        self.steps = [(names[at], place[-1][1], n)
                      for (at, n), place in zip(runs, places)]

    def port(self):
        """Return: {(function, file): instructions} of the machine's port, in
        the order of execution.  Those of an inline function are its own."""
        found = Counter()
        folder = os.path.join("arch", MACHINES[self.arch].folder, "")
        symbol = itertools.chain.from_iterable(
            [(name, file)] * n for name, file, n in self.steps)
        for chain, own in zip(inlined(self.arch, self.pcs), symbol):
            # assembly has names by its symbols only
            mine = [(name, file) for name, file in chain[:-1] + [own]
                    if file.startswith(folder)]
            if mine:
                found[mine[-1]] += 1
        return found


def inlined(arch, addresses):
    """Return: for each address the [(function, file)] that were inlined there,
    the innermost first; files are relative to the tree's top"""
    done = subprocess.run(
        ["addr2line", "-afi", "-e", kernel_elf(arch)], text=True, check=True,
        input="".join(f"{at:#x}\n" for at in addresses),
        stdout=subprocess.PIPE)
    # an address; then two lines for each function, its name and FILE:LINE
    return [list(zip(lines[1::2], map(source, lines[2::2])))
            for lines in map(str.splitlines, re.split(
                r"^(?=0x)", done.stdout, flags=re.M)[1:])]


def source(place):
    """Return: the file of FILE:LINE, relative to the tree's top"""
    path = os.path.normpath(place.rpartition(":")[0])
    file = os.path.relpath(path, TOP)
    # generated files have no place in the tree
    return (os.path.basename(file)
            if file.startswith(("..", "build" + os.sep)) else file)


def record(arches, no_install, rows=tuple(KINDS)):
    """Return: {row: [(machine, Path)]}"""
    for arch in arches:
        packages.require(packages.for_run(arch)
                         + [packages.LINUX_GCC[arch]], not no_install)
    found = {row: [] for row in rows}
    for arch in arches:
        made = bench.programs(arch)
        for row in rows:
            log = record_row(arch, made, row, list(bench.stored()),
                             bench.group_of)
            found[row].append((arch, Path(arch, log, REACHES.get(row, ""),
                                          row in PAIRS)))
    return found


# ---- text ------------------------------------------------------------------

def cell(name, file, count):
    return f"{name:{NAME}}{file:{FILE}}{count:>{COUNT}}"


def text(found):
    gap, lines = " " * GAP, []
    for row, paths in found.items():
        lines += [KINDS[row] + ": instructions", "",
                  gap.join(cell(arch, "", path.total)
                           for arch, path in paths).rstrip()]
        for steps in itertools.zip_longest(*(p.steps for _, p in paths),
                                           fillvalue=("", "", "")):
            lines.append(gap.join(cell(*s) for s in steps).rstrip())
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


# ---- a picture -------------------------------------------------------------

HIGH, PER, FROM, WIDE = 15, 0.4, 340, 600


def svg(found):
    c = Canvas()
    c.text(8, 20, "From a program into the kernel and back", "title")
    top = 44
    for row, paths in found.items():
        c.text(8, top, KINDS[row] + ": instructions", "head")
        for i, (arch, path) in enumerate(paths):
            x, y = 8 + i * WIDE, top + 18
            c.text(x, y, f"{arch}: {path.total}", "head")
            for name, file, count in path.steps:
                y += HIGH
                c.text(x, y, name)
                c.text(x + 150, y, file, "note")
                c.box(x + FROM, y - 9, count * PER, 10,
                      "w" if file.endswith(".S") else "o")
                c.text(x + FROM + 4 + count * PER, y, str(count), "note")
        top += 18 + HIGH * (2 + max(len(p.steps) for _, p in paths))
    c.box(8, top - 9, 20, 10, "w")
    c.text(34, top, "assembly", "note")
    c.box(120, top - 9, 20, 10, "o")
    c.text(146, top, "C", "note")
    return document(c, "The ways into the kernel and back, in instructions")


def draw(arches, no_install, kind):
    return (svg if kind == "svg" else text)(record(arches, no_install))

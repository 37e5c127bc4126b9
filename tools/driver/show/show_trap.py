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


class Path:
    """The most common of a row's traps."""

    def __init__(self, arch, log):
        found = Counter(traps(arch, log))
        if not found:
            raise Failure(f"{arch}: no trap was recorded", EXIT_BROKEN)
        (path, self.times), = found.most_common(1)
        self.others = sum(found.values()) - self.times
        self.total = len(path)
        addresses, names = symbols(kernel_elf(arch))
        runs = [(at, len(list(pcs))) for at, pcs in itertools.groupby(
            path, lambda pc: bisect.bisect(addresses, pc) - 1)]
        files = files_of(arch, [addresses[at] for at, _ in runs])
        # (function, file, instructions)
        self.steps = [(names[at], file, n)
                      for (at, n), file in zip(runs, files)]


def files_of(arch, functions):
    """Return: the source file of each address, relative to the tree's top"""
    done = subprocess.run(
        ["addr2line", "-a", "-i", "-e", kernel_elf(arch),
         *map(hex, functions)], text=True, stdout=subprocess.PIPE, check=True)
    # an address, then FILE:LINE of the functions inlined there; last the
    # function itself
    places = [block.splitlines()[-1].rpartition(":")[0]
              for block in re.split(r"^0x", done.stdout, flags=re.M)[1:]]
    files = [os.path.relpath(os.path.normpath(p), TOP) for p in places]
    # generated files have no place in the tree
    return [os.path.basename(f) if f.startswith(("..", "build" + os.sep))
            else f for f in files]


def record(arches, no_install):
    """Return: {row: [(machine, Path)]}"""
    for arch in arches:
        packages.require(packages.for_run(arch)
                         + [packages.LINUX_GCC[arch]], not no_install)
    found = {row: [] for row in KINDS}
    for arch in arches:
        made = bench.programs(arch)
        for row in KINDS:
            log = record_row(arch, made, row, list(bench.baseline(arch)),
                             bench.group_of)
            found[row].append((arch, Path(arch, log)))
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

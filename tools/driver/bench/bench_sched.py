# SPDX-License-Identifier: MIT
"""./lectern bench --sched: shares and latencies of the scheduler, with kernel
preemption and without (`preempt=none`).  Under -icount a nanosecond is an
instruction, so the worst case comes from the kernel, not from the host."""
import os

from ..common import Failure

# shares do not depend on preemption, so they are measured once
SHAPES = (("preemptive", ["/schedbench"], []),
          ("preempt=none", ["/schedbench", "0"],
           ["--append", "preempt=none"]))


def text(value):
    return "" if value is None else f"{value:.{3 if value < 10 else 0}f}"


def table(arch, found):
    yield f"{arch + ' row':36}" + "".join(f"{n:>16}" for n, _ in found)
    for row in found[0][1]:
        yield f"{row:36}" + "".join(f"{text(figures.get(row)):>16}"
                                    for _, figures in found)


def bench_sched(arch, lectern, linux, tsv):
    """lectern(argv, options) and linux(argv) return {row: figure}; linux may be
    None."""
    if os.environ.get("LECTERN_APPEND"):
        raise Failure("unset LECTERN_APPEND: it would change both columns")
    found = [(name, lectern(argv, options))
             for name, argv, options in SHAPES]
    if linux:
        found.append(("linux", linux(SHAPES[0][1])))
    if tsv:
        for name, figures in found:
            for row, value in figures.items():
                print(f"{arch}\t{name}\t{row}\t{text(value)}")
    else:
        print("\n".join(table(arch, found)))
    return 0

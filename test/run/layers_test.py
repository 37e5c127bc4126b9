#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""layers_test.py BUILD - no more goes up from a layer of the kernel to a higher
one than tools/layers.tbl allows; and what does is seen."""
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import TOP, Tap, equal, holds  # noqa: E402

sys.path.insert(0, os.path.join(TOP, "tools"))
import layers  # noqa: E402
import layers_svg  # noqa: E402

BUILD = sys.argv[1]


def only_down():
    equal(layers.check(BUILD)[2], [])


def sees_a_debt():
    """With each debt of the table gone, what was owed is named."""
    table, files = layers.Table(), layers.sources()
    owed = dict(table.debts)
    table.debts = {}
    for which, arrows in enumerate((layers.symbols(table, files, BUILD),
                                    layers.includes(table, files))):
        found = layers.compare(table, arrows, which)
        holds(found, "nothing goes up any more: take this case out")
        for line in found:
            a, _, b = line.split(":")[0].split()
            holds((a, b) in owed, line)


def calls_are_the_contract():
    """A `call` of the table is declared where ports look for it."""
    text = ""
    for header in ("arch.h", "boot.h"):
        with open(os.path.join(TOP, "include", "lt", header)) as f:
            text += f.read()
    for symbol in sorted(layers.Table().calls):
        holds(re.search(rf"\b{symbol}[(;]", text), symbol)


def all_have_a_place():
    table = layers.Table()
    equal(table.of("kernel/sched/sched.c"), table.layers.index("base"))
    equal(table.of("kernel/task/fork.c"), table.layers.index("process"))
    equal(table.of("nowhere/at_all.c"), None)


def picture_is_current():
    with open(layers_svg.PICTURE) as f:
        equal(f.read() == layers_svg.draw(layers.Table()), True,
              "docs/layers.svg is not what tools/layers_svg.py draws")


def main():
    tap = Tap()
    for case in (only_down, sees_a_debt, calls_are_the_contract,
                 all_have_a_place, picture_is_current):
        tap.case(case.__name__, case)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

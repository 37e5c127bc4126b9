#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""layers_test.py ARCH BUILD - no more goes up from a layer of the kernel to a higher
one than tools/layers.tbl allows; and what does is seen."""
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import TOP, Tap, equal, holds, read, write  # noqa: E402
import layers  # noqa: E402

BUILD = sys.argv[2]


def only_down():
    bad = layers.check(BUILD)[2]
    holds(not bad, "\n".join([*bad, layers.WHY]))


def sees_what_goes_up():
    """With the layers upside down, symbols and includes are told of."""
    table, files = layers.Table(), layers.sources()
    top = len(table.layers) - 1
    table.places = {path: top - n for path, n in table.places.items()}
    for arrows in (layers.symbols(table, files, BUILD),
                   layers.includes(table, files)):
        holds(len(layers.complaints(arrows)) > 1000, "as good as nothing")


def sees_an_intrusion():
    """An internal header is told of when a file outside includes it."""
    files = layers.sources()
    inside = [p for p in files if layers.INTERNAL.search(p)]
    holds(len(inside) > 3, "no internal headers are left: drop the check")
    for header in inside:
        with tempfile.TemporaryDirectory() as top:
            for path, text in ((header, ""), (os.path.join(
                    os.path.dirname(header), "a.c"),
                    f"#include <{header}>\n"), ("topics/b/b.c",
                    f"#include <{header}>\n#include <fs/vfs.h>\n")):
                path = os.path.join(top, path)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                write(path, text)
            was, layers.TOP = layers.TOP, top
            try:
                found = layers.intrusions(
                    [header, os.path.join(os.path.dirname(header), "a.c"),
                     "topics/b/b.c"])
            finally:
                layers.TOP = was
            equal(len(found), 1, "\n".join(found))
            holds(found[0].startswith("topics/b/b.c: "), found[0])


def sees_an_exception():
    """One that the table does not list is told of, and so is one it lists in
    vain."""
    files = layers.sources()
    for user, symbol in layers.Table().exceptions:
        table = layers.Table()
        del table.exceptions[user, symbol]
        arrows = layers.symbols(table, files, BUILD)
        equal(len(layers.complaints(arrows)), 1, symbol)
    table = layers.Table()
    table.exceptions["kernel/lock/spin.c", "kernel_main"] = "none"
    found = layers.stale(table, layers.symbols(table, files, BUILD))
    equal(len(found), 1)
    holds("kernel_main" in found[0], found[0])


def refuses_a_ninth():
    """More exceptions than eight, one twice, and one without a reason."""
    text = read(layers.TABLE)
    lines = [f"exception lib/a.c symbol_{n} why" for n in range(9)]
    for more in (lines, lines[:1] * 2, ["exception lib/a.c symbol_1"]):
        with tempfile.NamedTemporaryFile("w", suffix=".tbl") as f:
            f.write(text + "\n".join(more) + "\n")
            f.flush()
            try:
                layers.Table(f.name)
            except layers.Bad:
                continue
        holds(False, f"taken: {more}")


def calls_are_the_contract():
    """A `call` of the table is declared where ports look for it."""
    text = ""
    for header in ("arch.h", "boot.h"):
        text += read(os.path.join(TOP, "include", "lt", header))
    for symbol in sorted(layers.Table().calls):
        holds(re.search(rf"\b{symbol}[(;]", text), symbol)


def all_have_a_place():
    table = layers.Table()
    equal(table.of("kernel/sched/sched.c"), table.layers.index("base"))
    equal(table.of("kernel/process/fork.c"), table.layers.index("process"))
    equal(table.of("nowhere/at_all.c"), None)


def main():
    tap = Tap()
    for case in (only_down, sees_what_goes_up, sees_an_intrusion,
                 sees_an_exception, refuses_a_ninth,
                 calls_are_the_contract, all_have_a_place):
        tap.case(case.__name__, case)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())

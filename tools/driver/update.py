# SPDX-License-Identifier: MIT
"""`./lectern update`: makes anew what is made from other files of the tree,
and adds to the tables that every system call stands in those that do not yet.
With --check it says what is stale, and changes nothing.  Pages that nobody
writes in are not part of the tree: they are made below build/docs."""
import os
import re
import subprocess
import sys
import textwrap

import abi
import layers
import layers_svg
import narrow
import syscalls

from . import words
from .common import ARCHES, BUILD, MACHINES, TOP, Failure, say

CALLS = os.path.join(TOP, "kernel", "syscall")
DOCS = os.path.join(BUILD, "docs")
SLEEPERS = "test/guest/signals/sleepers.h"
NARROW = "test/rv32/without.tbl"
SHOW = os.path.join(TOP, "test", "run", "show_test.py")
EXIT_STALE = 1
FRESH = "nothing is stale"


def add_options(parser):
    parser.add_argument("--check", action="store_true",
                        help="say what is stale, with status 1, and change "
                             "nothing")
    parser.add_argument("--pictures", action="store_true",
                        help="make those of docs/show, too: builds and boots "
                             "all machines, for minutes")


def read(name):
    """=> the text of a file of the tree, none if it is not there"""
    try:
        with open(os.path.join(TOP, name)) as f:
            return f.read()
    except FileNotFoundError:
        return ""


# ---- tables that every call stands in ----------------------------------------

def calls():
    return syscalls.load(os.path.join(CALLS, "syscalls.tbl"))


def never_sleep(table, sleepers):
    """=> the calls that no sleeper of the test covers"""
    covered = " ".join(re.findall(r'"([^"]*)"\s*},', sleepers)).split()
    return sorted({c.name for c in table if c.handler} - set(covered))


def blocking(old):
    """The list of test/guest/signals/blocking.h."""
    names = never_sleep(calls(), read(SLEEPERS))
    lines = textwrap.wrap(" ".join(names), 68, break_on_hyphens=False)
    text = " \"\n".join('\t"' + line for line in lines)
    return re.sub(r'(never_sleeps\[\] =\n)[^;]*;',
                  lambda m: f'{m[1]}{text}";', old)


def without(old):
    """Calls of which nobody has said what programs of 32 bits get."""
    lacking = narrow.undecided(calls(), read(narrow.WHITE_LIST), old)
    if not lacking:
        return old
    head = "" if re.search("^undecided:", old, re.M) else "undecided:\n"
    return old.rstrip("\n") + "\n" + head + "".join(
        f"  {name}\n" for name in lacking)


# What a default was chosen for, where one may want another.
HINTS = {
    "test/guest/signals/blocking.h": "{} taken for calls that never sleep; one "
    f"that may gets a row of the table in {SLEEPERS}",
    NARROW: "{} not there for programs of 32 bits on riscv64; if words and "
    f"structures are alike, put the number into `same` of {narrow.WHITE_LIST}",
}


def added(old, new):
    """=> the names that the new text has more of"""
    more = set(re.findall(r"\w+", new)) - set(re.findall(r"\w+", old))
    return sorted(more - {"undecided"})


# ---- all of them --------------------------------------------------------------

def manual(old):
    from . import main
    return words.manual(*main.parser()[1:])


# path: its text by what it was; tables first, as pages are made of them
MADE = {
    "test/guest/signals/blocking.h": blocking,
    NARROW: without,
    "docs/layers.svg": lambda old: layers_svg.draw(layers.Table()),
    "docs/architecture.md":
        lambda old: layers_svg.with_rows(old, layers.Table()),
    "docs/lectern.1": manual,
    # what Meson is to know of machines
    **{os.path.relpath(m.cross_path(), TOP): lambda old, m=m: m.cross_text()
       for m in MACHINES.values()},
}

# page of build/docs: its text
PAGES = {
    "syscalls.md": lambda old: syscalls.docs(calls()),
    "abi.md": lambda old: abi.docs(abi.Tables(CALLS)),
}


def stale(made):
    """=> (path, text as it is, text as it should be) of each that differs"""
    for path, make in made.items():
        old = read(path)
        try:
            new = make(old)
        except (layers.Bad, SystemExit) as why:     # a wrong line of a table
            raise Failure(str(why).replace(TOP + os.sep, ""),
                          EXIT_STALE) from None
        if new != old:
            yield path, old, new


def write(path, text):
    """In one step: whoever reads it meanwhile has one or the other."""
    whole = os.path.join(TOP, path)
    with open(f"{whole}.new", "w") as f:
        f.write(text)
    os.replace(f.name, whole)


def pictures():
    """Those of docs/show, each machine's."""
    for arch in ARCHES:
        say(f"making the pictures of {arch}; it takes some minutes")
        if subprocess.run([sys.executable, SHOW, "--make", arch]).returncode:
            raise Failure(f"the pictures of {arch} could not be made")


def check():
    found = [path for path, _, _ in stale(MADE)]
    list(stale(PAGES))          # a wrong line of their tables is told
    for path in found:
        print(f"{path} is not what its sources make of it")
    if found:
        print("Whoever reads it is told wrong; make it anew: ./lectern update")
    else:
        print(FRESH)
    return EXIT_STALE if found else 0


def update(options):
    if options.check:
        if options.pictures:
            raise Failure("--pictures are checked by: ./lectern test show", 2)
        return check()
    fresh = True
    # one at a time: what comes later may be made of this one
    for path, old, new in stale(MADE):
        fresh = False
        write(path, new)
        print(path)
        names = added(old, new)
        if names and path in HINTS:
            print("  " + HINTS[path].format(", ".join(names)))
    os.makedirs(DOCS, exist_ok=True)
    for path, _, new in stale({os.path.join(DOCS, name): make
                               for name, make in PAGES.items()}):
        fresh = False
        write(path, new)
        print(os.path.relpath(path))
    if options.pictures:
        pictures()
    elif fresh:
        print(FRESH)
    return 0

# SPDX-License-Identifier: MIT
"""`./lectern update`: generate again what depends on other files of the tree,
and add missing system calls to the tables that must list every call.  With
--check it reports what is stale, and changes nothing.  Pages that nobody edits
are not part of the tree: they are generated in build/docs."""
import os
import re
import subprocess
import sys
import textwrap

import abi
import jobs
import layers
import layers_svg
import narrow
import syscalls

from . import words
from .course import editor
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
                        help="report what is stale, with status 1, and change "
                             "nothing")
    parser.add_argument("--pictures", action="store_true",
                        help="generate the pictures of docs/show and the "
                             "tables of docs/machines.md, too: builds "
                             "and boots all machines, which takes minutes")


def read(name):
    """Return: the text of a file of the tree; "" if it does not exist"""
    try:
        with open(os.path.join(TOP, name)) as f:
            return f.read()
    except FileNotFoundError:
        return ""


# ---- tables that list every call ---------------------------------------------

def calls():
    return syscalls.load(os.path.join(CALLS, "syscalls.tbl"))


def never_sleep(table, sleepers):
    """Return: the calls that no sleeper of the test covers"""
    covered = " ".join(re.findall(r'"([^"]*)"\s*},', sleepers)).split()
    return sorted({c.name for c in table if c.handler} - set(covered))


def blocking(old):
    """Return: the text of test/guest/signals/blocking.h"""
    names = never_sleep(calls(), read(SLEEPERS))
    lines = textwrap.wrap(" ".join(names), 68, break_on_hyphens=False)
    text = " \"\n".join('\t"' + line for line in lines)
    return re.sub(r'(never_sleeps\[\] =\n)[^;]*;',
                  lambda m: f'{m[1]}{text}";', old)


def without(old):
    """Add calls without a decision for 32-bit programs."""
    lacking = narrow.undecided(calls(), read(narrow.WHITE_LIST), old)
    if not lacking:
        return old
    head = "" if re.search("^undecided:", old, re.M) else "undecided:\n"
    return old.rstrip("\n") + "\n" + head + "".join(
        f"  {name}\n" for name in lacking)


# Which default a new name got, and what to do if it is wrong.
HINTS = {
    "test/guest/signals/blocking.h": "{}: taken for calls that never sleep; if "
    f"one may sleep, give it a row in the table of {SLEEPERS}",
    NARROW: "{}: not available to 32-bit programs on "
    f"{narrow.MACHINE.name}; if words and "
    f"structures are alike, put the number into `same` of {narrow.WHITE_LIST}",
}


def added(old, new):
    """Return: the names that only the new text has"""
    more = set(re.findall(r"\w+", new)) - set(re.findall(r"\w+", old))
    return sorted(more - {"undecided"})


# ---- everything --------------------------------------------------------------

def manual(old):
    from . import main
    return words.manual(*main.parser()[1:])


# path: function that makes the new text of the old one; tables before pages,
# which use them
MADE = {
    "test/guest/signals/blocking.h": blocking,
    NARROW: without,
    "docs/layers.svg": lambda old: layers_svg.draw(layers.Table()),
    "docs/architecture.md":
        lambda old: layers_svg.with_rows(old, layers.Table()),
    "docs/lectern.1": manual,
    ".vscode/tasks.json": editor.tasks_file,
    ".vscode/launch.json": editor.launch_file,
    # the machines' cross files for Meson
    **{os.path.relpath(m.cross_path(), TOP): lambda old, m=m: m.cross_text()
       for m in MACHINES.values()},
}

# page of build/docs: function that makes its text
PAGES = {
    "syscalls.md": lambda old: syscalls.docs(calls()),
    "abi.md": lambda old: abi.docs(abi.Tables(CALLS)),
    "runs.md": lambda old: jobs.docs(),
}


def stale(made):
    """Yield (path, present text, correct text) of each that differs."""
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
    """Replace a file in one step: a reader sees the old or the new text."""
    whole = os.path.join(TOP, path)
    with open(f"{whole}.new", "w") as f:
        f.write(text)
    os.replace(f.name, whole)


def pictures():
    """Generate the pictures of docs/show for each machine."""
    for arch in ARCHES:
        say(f"making the pictures of {arch}; it takes some minutes")
        if subprocess.run([sys.executable, SHOW, "--make", arch]).returncode:
            raise Failure(f"the pictures of {arch} could not be made")


def check():
    found = [path for path, _, _ in stale(MADE)]
    list(stale(PAGES))          # reports wrong lines of their tables
    for path in found:
        print(f"{path} is not up to date with its sources")
    if found:
        print("Readers would be misled; generate it again: ./lectern update")
    else:
        print(FRESH)
    return EXIT_STALE if found else 0


def update(options):
    if options.check:
        if options.pictures:
            raise Failure("--pictures are checked by: ./lectern test show", 2)
        return check()
    fresh = True
    # one at a time: a later file may depend on this one
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

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""layers.py [BUILD] - find what one layer of the kernel uses of a higher one:
by #include, and by symbol in the objects of BUILD; and circles of extensions.

The table is tools/layers.tbl.  Prints each pair of layers with its counts;
with -v the names as well.  Fails on a use that is no `exception` of the table,
on an exception that is no longer used, on a source that is in no layer, on an
internal header that a file of another folder includes, and on folders of
extensions that use each other, directly or through others.
"""
import argparse
import collections
import functools
import os
import re
import subprocess
import sys

from folders import WINGS, is_kernel

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
TABLE = os.path.join(TOP, "tools", "layers.tbl")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
# headers that only the files of their folder may include
INTERNAL = re.compile(r"(?:^|[/_])internal\.h$")
# directories of #include besides the ports'
ROOTS = ("", "include")
# callers of the contract's functions, for which no exceptions are needed
PORTS = ("arch/", "dev/chip/", "compat/timers/arch/")
MOST_EXCEPTIONS = 8


WHY = ("A layer that uses a higher one cannot be read, tested or ported "
       "without it.\nLet the lower layer offer a hook or a field, move the "
       "function down, or write into\ntools/layers.tbl: exception FILE SYMBOL "
       "REASON.\nExtensions in a circle can only be read, built and left out "
       "together.  Let one of\nthem offer a table of operations, which the "
       "other sets.")


class Bad(Exception):
    """The table or the build is unreadable."""


class Table:
    """Layers by number, places and exceptions."""

    def __init__(self, path=TABLE):
        self.layers, self.sentences, self.places = [], [], {}
        self.held = {}          # place -> its contents, in words
        self.calls = set()
        self.exceptions = {}    # (file, symbol) -> reason
        with open(path) as f:
            for number, line in enumerate(f, 1):
                try:
                    self._line(line.split("#")[0].split())
                except (IndexError, ValueError):
                    raise Bad(f"{path}:{number}: unknown line, see the table's "
                              f"head: {line.strip()}") from None
        if len(self.exceptions) > MOST_EXCEPTIONS:
            raise Bad(f"{path}: {len(self.exceptions)} exceptions, but at most "
                      f"{MOST_EXCEPTIONS} are allowed")

    def _line(self, words):
        if not words:
            return
        if words[0] == "layer":
            self.layers.append(words[1])
            self.sentences.append(" ".join(words[2:]))
        elif words[0] == "call":
            self.calls.add(words[1])
        elif words[0] == "exception":
            self._exception(words[1], words[2], " ".join(words[3:]))
        elif words[0] in self.places:
            raise ValueError
        else:
            self.places[words[0]] = len(self.layers) - 1
            self.held[words[0]] = " ".join(words[1:])

    def _exception(self, user, symbol, reason):
        if not reason or (user, symbol) in self.exceptions:
            raise ValueError
        self.exceptions[user, symbol] = reason

    def of(self, path):
        """Return: the number of a path's layer; None if it is in no place"""
        while path:
            if path in self.places:
                return self.places[path]
            path = os.path.dirname(path)
        return None


def sources():
    try:
        return kernel_files()
    except (OSError, subprocess.CalledProcessError):
        raise Bad("git is needed to tell source files from generated "
                  "ones") from None


def kernel_files():
    out = subprocess.run(["git", "-C", TOP, "ls-files", "-co",
                          "--exclude-standard", "*.c", "*.h", "*.S"],
                         capture_output=True, text=True, check=True).stdout
    return [p for p in out.splitlines()
            if is_kernel(p) and os.path.exists(os.path.join(TOP, p))]


class Arrows:
    """Upward uses: (from, to) -> what is used -> its users."""

    def __init__(self, table):
        self.table = table
        self.excused = set()    # exceptions that are used
        self.up = collections.defaultdict(
            lambda: collections.defaultdict(set))

    def use(self, user, what, owner):
        a, b = self.table.of(user), self.table.of(owner)
        if b > a and (user, what) in self.table.exceptions:
            self.excused.add((user, what))
        elif b > a:
            names = self.table.layers
            self.up[names[a], names[b]][what].add(user)

    def count(self, pair):
        return sum(len(users) for users in self.up.get(pair, {}).values())


def included(files):
    """Yield (file, name) for each #include of each file."""
    for path in files:
        with open(os.path.join(TOP, path)) as f:
            for _, name in INCLUDE.findall(f.read()):
                yield path, name


def include_uses(files):
    """Yield (file, header as it is written, header's path)."""
    known = set(files)
    for path, name in included(files):
        for root in (*ROOTS, os.path.dirname(path)):
            if os.path.join(root, name) in known:
                yield path, name, os.path.join(root, name)
                break


def includes(table, files):
    arrows = Arrows(table)
    for use in include_uses(files):
        arrows.use(*use)
    return arrows


def intrusions(files):
    """Return: a line for each use of an internal header from outside its
    folder"""
    known, found = set(files), []
    for path, name in included(files):
        owner = os.path.dirname(name) + "/"
        if name in known and INTERNAL.search(name) \
                and not path.startswith(owner):
            found.append(f"{path}: includes {name}, which is internal to "
                         f"{owner}: move what others need to a header "
                         "with another name")
    return found


@functools.lru_cache(maxsize=None)
def nm(folder):
    """Yield (object, kind, symbol) of all objects in the folder."""
    if not os.path.isdir(folder):
        raise Bad(f"{folder}: no objects there; build them: ./lectern build")
    names = sorted(n for n in os.listdir(folder) if n.endswith(".o"))
    out = subprocess.run(["nm", "-A", *names], cwd=folder, text=True,
                         capture_output=True, check=True).stdout
    found = []
    for line in out.splitlines():
        name, _, rest = line.partition(":")
        found.append((name, *rest.split()[-2:]))
    return found


def symbol_uses(files, build):
    """Yield (file, symbol, file that defines it) of the kernel's objects;
    generated sources are no files."""
    folder = os.path.join(build, "libkernel.a.p")
    by_object = {p.replace("/", "_"): p for p in files}
    owners, uses = {}, []
    for name, kind, symbol in nm(folder):
        source = by_object.get(re.sub(r"^(\.\._)+|\.o$", "", name))
        if not source:
            continue
        if kind in "Uwv":
            uses.append((source, symbol))
        elif kind.isupper() and (kind in "WV" or symbol not in owners):
            # a weak definition is the one that others use; its replacement may
            # lie higher
            owners[symbol] = source
    for user, symbol in uses:
        if symbol in owners:
            yield user, symbol, owners[symbol]


def symbols(table, files, build):
    arrows = Arrows(table)
    for user, symbol, owner in symbol_uses(files, build):
        if not (symbol in table.calls and user.startswith(PORTS)):
            arrows.use(user, symbol, owner)
    return arrows


def extension(path):
    """Return: the folder of an extension's file; None: it is of the core"""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in WINGS else None


def between_extensions(uses):
    """Return: {extension: {another that it uses: its first use}}"""
    found = collections.defaultdict(dict)
    for user, what, owner in uses:
        a, b = extension(user), extension(owner)
        if a and b and a != b:
            found[a].setdefault(b, what)
    return found


def way_back(arrows, start):
    """Return: the extensions on a shortest way from start to itself, start at
    both ends; None: there is no way"""
    came, queue = {}, [start]
    for at in queue:
        for to in sorted(arrows.get(at, ())):
            if to not in came:
                came[to] = at
                queue.append(to)
    if start not in came:
        return None
    way = [start, came[start]]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]


def circles(arrows):
    """Return: a line for each circle; an extension in several is told of in one
    at least"""
    told, found = set(), []
    for start in sorted(arrows):
        way = None if start in told else way_back(arrows, start)
        if way:
            told.update(way)
            found.append("circle of extensions: " + ", ".join(
                f"{a} uses {arrows[a][b]} of {b}"
                for a, b in zip(way, way[1:])))
    return found


def report(arrows, kind, verbose):
    for pair in sorted(arrows.up, key=lambda p: -arrows.count(p)):
        print(f"{arrows.count(pair):4} {kind} {pair[0]} -> {pair[1]}")
        if verbose:
            for what, users in sorted(arrows.up[pair].items()):
                print(f"       {what}: {' '.join(sorted(users))}")


def complaints(arrows):
    """Return: a line for each upward use"""
    return [f"{user}: layer {a} uses {what} of the higher layer {b}"
            for (a, b), uses in sorted(arrows.up.items())
            for what, users in sorted(uses.items()) for user in sorted(users)]


def stale(table, by_symbol):
    """Return: a line for each exception that is no longer needed"""
    return [f"{user}: no longer uses {symbol}: remove the exception from "
            "tools/layers.tbl" for user, symbol in
            sorted(set(table.exceptions) - by_symbol.excused)]


def check(build=None):
    """Return: (arrows by symbol or None, arrows by #include, complaints)"""
    table, files = Table(), sources()
    lost = [p for p in files if table.of(p) is None]
    if lost:
        return None, None, [
            f"{p}: in no layer; add it or its folder to tools/layers.tbl, with "
            "its contents" for p in lost]
    by_include = includes(table, files)
    bad = [f"tools/layers.tbl: {p} does not exist; remove its line, or "
           "correct it" for p in table.places
           if not os.path.exists(os.path.join(TOP, p))]
    bad += complaints(by_include) + intrusions(files)
    by_symbol = symbols(table, files, build) if build else None
    uses = [*(symbol_uses(files, build) if build else ()),
            *include_uses(files)]       # symbols first: they say more
    bad += circles(between_extensions(uses))
    if by_symbol:
        bad += complaints(by_symbol) + stale(table, by_symbol)
    return by_symbol, by_include, bad


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("build", nargs="?", help="with libkernel.a.p")
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="print the names, too")
    options = parser.parse_args()
    try:
        by_symbol, by_include, bad = check(options.build)
    except Bad as why:
        sys.exit(f"layers.py: {why}")
    if by_symbol:
        report(by_symbol, "symbols", options.verbose)
    if by_include:
        report(by_include, "includes", options.verbose)
    if bad:
        print("\n".join([*bad, WHY]), file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The extensions of a kernel: tools/extensions.tbl, and lists of them.

  extensions.py LIST [PORT]  print the folders that are on, for a port only
                        those that it can have; status 2 if LIST is wrong

A LIST is words separated by commas: `all`, `none`, NAME, -NAME, where NAME is
an extension or a wing, which stands for all of its extensions.  The list starts
from all, or from none if its first word is a NAME.
"""
import difflib
import glob
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
TABLE = os.path.join(TOP, "tools", "extensions.tbl")
GUEST = os.path.join(TOP, "test", "guest")


class Bad(Exception):
    """A list or a table that is wrong, in one line."""


class Extension:
    def __init__(self, name, sentence, wing):
        self.name, self.sentence, self.wing = name, sentence, wing
        self.folder = f"{wing}/{name}"
        self.needs, self.options = [], []
        self.kept = self.ported = False
        self.never = {}         # port -> why it will have no part

    def learn(self, words):
        if words[0] == "needs":
            self.needs += words[1:]
        elif words[0] == "options":
            self.options += words[1:]
        elif words in (["kept"], ["ported"]):
            setattr(self, words[0], True)
        elif words[0] == "never" and len(words) > 2:
            self.never[words[1]] = " ".join(words[2:])
        else:
            raise ValueError


def load(path=TABLE):
    """Return: {name: Extension}, in the order of the table"""
    found, last, wing = {}, None, None
    with open(path) as f:
        for number, line in enumerate(f, 1):
            text = line.split("#")[0].rstrip()
            if not text:
                continue
            try:
                if text[0] == " ":
                    last.learn(text.split())
                    continue
                begins, name, sentence = re.fullmatch(
                    r"(wing )?([a-z0-9]+)  (\S.*)", text).groups()
                if begins:
                    wing, last = name, None
                    continue
                if wing is None or name in found:
                    raise ValueError
            except (AttributeError, ValueError):
                raise Bad(f"{path}:{number}: unknown line, see the table's "
                          f"head: {line.strip()}") from None
            last = found[name] = Extension(name, sentence, wing)
    return found


def _near(word, names):
    close = difflib.get_close_matches(word, sorted(names), 4, 0.6)
    return f"; similar: {', '.join(close)}" if close else ""


def wings(table=None):
    """Return: {wing: the names of its extensions}"""
    found = {}
    for ext in (table or load()).values():
        found.setdefault(ext.wing, set()).add(ext.name)
    return found


def of_path(path):
    """Return: the name of the extension that a file belongs to, or None"""
    wing, name = (*path.split("/"), "", "")[:2]
    return name if wing in wings() else None


def _said(text, table):
    """Return: the start of the list, the names turned on, those turned off"""
    words = [w for w in (w.strip() for w in text.split(",")) if w]
    base, groups = None, wings(table)
    on, off, wings_on, wings_off = set(), set(), set(), set()
    for word in words:
        if word in ("all", "none"):
            if base not in (None, word):
                raise Bad("all and none exclude each other")
            base = word
            continue
        name = word.removeprefix("-")
        if name not in table and name not in groups:
            raise Bad(f"no extension {name}{_near(name, {*table, *groups})}")
        if name in groups:
            (wings_off if word[0] == "-" else wings_on).update(
                n for n in groups[name] if not table[n].kept)
        else:
            (off if word[0] == "-" else on).add(name)
    if base is None:
        base = "none" if words and words[0][0] != "-" else "all"
    # a word about an extension overrides a word about its wing
    return base, on | wings_on - off, off | wings_off - on


def resolve(text, table=None):
    """Return: the names that a list turns on, sorted; Bad if it is wrong"""
    table = table or load()
    base, on, off = _said(text, table)
    for name in sorted(on & off):
        raise Bad(f"{name} and -{name} exclude each other")
    if base == "all":
        on = set(table) - off
    on |= {e.name for e in table.values() if e.kept} - off
    for name in sorted(on):
        for need in sorted(set(table[name].needs) - on):
            raise Bad(f"{name} needs {need}, which is off")
    return sorted(on)


def lacking(port, table=None):
    """Return: the names that a port cannot have yet: those for which it has no
    part, and those that need them"""
    table = table or load()
    off = {e.name for e in table.values() if e.ported and not os.path.isdir(
        os.path.join(TOP, e.folder, "arch", port))}
    for _ in table:
        off |= {e.name for e in table.values() if off & set(e.needs)}
    return off


def why_lacking(name, port, table=None):
    """Return: why lacking() has this name, as words"""
    table = table or load()
    return next((table[n].never[port] for n in needed(name, table).split(",")
                 if port in table[n].never), "the port has no part of it yet")


def needed(name, table=None):
    """Return: an extension and what it needs, as a list"""
    table, on = table or load(), {name}
    for _ in table:
        on |= {need for n in on for need in table[n].needs}
    return ",".join(sorted(on))


def without(name, table):
    """Return: all but an extension and those that need it, as a list"""
    off = {name}
    while True:
        more = {e.name for e in table.values() if off & set(e.needs)} - off
        if not more:
            return ",".join("-" + n for n in sorted(off))
        off |= more


def listed(names, table=None):
    """Return: a list that turns on this set of names"""
    table = table or load()
    off = set(table) - set(names)
    return ",".join(["none", *sorted(names)] + [
        "-" + n for n in sorted(off) if table[n].kept]) if off else "all"


def tag(names, table=None):
    """Return: a word for a set, as part of a folder's name; "" for all"""
    table = table or load()
    off = [n for n in table if n not in names]
    if not off:
        return ""
    if set(names) == {e.name for e in table.values() if e.kept}:
        return "none"
    word = "without-" + "+".join(sorted(off))
    if len(names) < len(off):
        word = "with-" + "+".join(sorted(names))
    return word


def option_owner(words, on, table=None):
    """Find the first word of a kernel command line that belongs to an extension
    that is off. Return: (word, extension) or None"""
    for word in words:
        for ext in (table or load()).values():
            if ext.name not in on and any(
                    word == o or word.startswith(o + "=")
                    for o in ext.options):
                return word, ext.name
    return None


def guest_programs():
    """Return: the names of all guest programs"""
    return sorted(os.path.basename(path)[:-2] for path in glob.glob(
        os.path.join(GUEST, "**", "*.c"), recursive=True))


def program_needs():
    """Return: {guest program: the extensions it needs}"""
    found = {}
    for wing in wings():
        for path in glob.glob(os.path.join(GUEST, wing, "*", "*.c")):
            folder, name = path.split(os.sep)[-2:]
            found.setdefault(name[:-2], set()).add(folder)
    with open(os.path.join(GUEST, "needs.tbl")) as f:
        rows = re.sub(r"#.*", "", f.read()).replace("\n  ", " ")
    for name, needs in re.findall(r"^ *(\w+):(.*)$", rows, re.M):
        found.setdefault(name, set()).update(needs.split())
    return found


def main():
    try:
        table = load()
        off = lacking(sys.argv[2], table) if sys.argv[2:] else ()
        print("\n".join(table[n].folder for n in resolve(sys.argv[1], table)
                        if n not in off))
    except Bad as why:
        print(f"--extensions {sys.argv[1]}: {why}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
"""The labs: course/labs/NN-name, and the table lab.tbl of each.

Line by line a key and its value; `program` and `check` come once for each:

    title     Copy-on-write fork
    chapter   5
    hours     6
    files     mm/space/cow.c mm/space/space.c
    program   cow
    check     boots  0  cow  mandatory
    check     copy  10  cow  needs=boots budget=40000

`docs/labs.md` says what the words mean.
"""
import os
import re

from .. import checks
from ..common import ARCHES, EXIT_USAGE, MACHINES, TOP, Failure, near

FOLDER = re.compile(r"(\d\d)-([a-z]+)")
NAME = re.compile(r"[a-z][a-z0-9-]*")
OF_PORT = re.compile(r"\barch/(\w+)/")
ONCE = ("title", "chapter", "hours", "files", "hidden", "trail")
NEEDED = ("title", "chapter", "hours", "files")


class BadTable(Failure):
    """A table that cannot be used: FILE:LINE and what is wrong."""


class Program:
    """A check program.  source: the file of checks/ it is made of; append:
    words for the kernel's command line; adds: pairs of a build target and its
    path in the machine; mem: the size of the machine's memory; disk: that of
    its disk in MiB, or 0; checkers: those of its kernel, sorted."""

    def __init__(self, name):
        self.name = self.source = name
        self.append, self.adds, self.mem = [], [], "128M"
        self.disk = 0
        self.checkers = ()

    def kernel(self, arch):
        """Return: the build folder of the kernel that it runs on"""
        return "-".join(filter(None, [arch, "+".join(self.checkers)]))


class Check:
    """A check: a case of a program, and what it is worth."""

    def __init__(self, name, points, program):
        self.name, self.points, self.program = name, points, program
        self.mandatory = self.hidden = False
        self.needs, self.budgets, self.machines = [], {}, ARCHES

    def case(self, arch):
        """Return: the word for the program: CASE or CASE:BUDGET"""
        budget = self.budgets.get(arch)
        return self.name if budget is None else f"{self.name}:{budget}"


class Lab:
    """A lab, with the keys of its table as members."""

    def __init__(self, folder, path):
        self.folder, self.path = folder, path
        number, self.name = FOLDER.fullmatch(folder).groups()
        self.number = int(number)
        self.machines = ARCHES
        self.hidden = (0, 0)        # checks and points that lie elsewhere
        self.trail = False
        self.programs, self.checks = {}, {}

    def public(self):
        """Return: the checks that a student may run"""
        return [c for c in self.checks.values() if not c.hidden]

    def points(self):
        return sum(c.points for c in self.checks.values())

    def kernels(self, arch):
        """Return: {build folder: checkers} of the kernels for one machine; the
        first is the usual one, whose folder has the programs, too"""
        used = [c.program for c in self.checks.values() if arch in c.machines]
        return {arch: ()} | {p.kernel(arch): p.checkers for p in used}

    def machines_for(self, arch):
        """Return: the machines to run on: this one, or, without one, all that
        the lab is for"""
        if arch and arch not in self.machines:
            raise Failure(f"lab {self.number} is for "
                          f"{' and '.join(self.machines)}, whose ports have "
                          f"its files, and not {arch}", EXIT_USAGE)
        return [arch] if arch else list(self.machines)


def _number(text, low=0, high=10**12):
    if not text.isdigit() or not low <= int(text) <= high:
        raise ValueError(f"{text} is no number from {low} to {high}")
    return int(text)


def _checkers(text):
    try:
        return tuple(checks.parse(text))
    except Failure as why:
        raise ValueError(str(why)) from None


def _machines(text):
    found = tuple(re.split(r"[ ,]+", text))
    for name in found:
        if name not in ARCHES:
            raise ValueError(f"no machine {name}{near(name, ARCHES)}")
    return found


def _set_once(lab, key, text):
    """Set what a table says once; ValueError if it cannot be."""
    words = text.split()
    if not words:
        raise ValueError(f"{key} has no value")
    if key in ("chapter", "hours"):
        setattr(lab, key, _number(text, 1, 99))
    elif key == "hidden":
        if len(words) != 2:
            raise ValueError("hidden is COUNT POINTS")
        lab.hidden = tuple(map(_number, words))
    elif key == "trail":
        lab.trail = {"yes": True, "no": False}[text]
    elif key == "files":
        lab.files = words
        # the holes in ports are in the machines of these ports only
        ports = {m[1] for m in map(OF_PORT.search, words) if m}
        if ports:
            lab.machines = tuple(a for a in ARCHES
                                 if MACHINES[a].folder in ports)
    else:
        setattr(lab, key, text)


def _add_program(lab, words):
    program = Program(words[0])
    for word in words[1:]:
        key, _, value = word.partition("=")
        if key == "append" and value:
            program.append.append(value)
        elif key == "source" and value:
            program.source = value
        elif key == "mem" and re.fullmatch(r"\d+M", value):
            program.mem = value
        elif key == "disk" and re.fullmatch(r"[1-8]M", value):
            program.disk = int(value[:-1])
        elif key == "check" and value:
            program.checkers = _checkers(value)
        elif key == "add" and ":/" in value:
            program.adds.append(tuple(value.split(":", 1)))
        else:
            raise ValueError(f"{word} is no word of a program")
    if program.name in lab.programs:
        raise ValueError(f"program {program.name} comes twice")
    lab.programs[program.name] = program


def _set_flag(lab, check, word):
    key, _, value = word.partition("=")
    if word in ("mandatory", "hidden"):
        setattr(check, word, True)
    elif key == "needs":
        check.needs += value.split(",")
    elif key == "budget":
        check.budgets.update(dict.fromkeys(ARCHES, _number(value, 1)))
    elif key.startswith("budget."):
        check.budgets[_machines(key[7:])[0]] = _number(value, 1)
    elif key == "except":
        check.machines = tuple(a for a in lab.machines
                               if a not in _machines(value))
    else:
        raise ValueError(f"{word} is no word of a check")


def _add_check(lab, words):
    if len(words) < 3:
        raise ValueError("check is ID POINTS PROGRAM [WORD...]")
    name, points, program = words[:3]
    if not NAME.fullmatch(name):
        raise ValueError(f"{name} is no name of small letters")
    if name in lab.checks:
        raise ValueError(f"check {name} comes twice")
    if program not in lab.programs:
        raise ValueError(f"no program {program}"
                         + near(program, lab.programs))
    check = Check(name, _number(points, 0, 1000), lab.programs[program])
    check.machines = lab.machines
    for word in words[3:]:
        _set_flag(lab, check, word)
    for need in check.needs:
        if need not in lab.checks:
            raise ValueError(f"{name} needs {need}, which does not come "
                             "before it")
    lab.checks[name] = check


def _take_line(lab, seen, line):
    key, _, text = line.partition("#")[0].strip().partition(" ")
    key, _, text = f"{key} {text}".replace("\t", " ").partition(" ")
    text = text.strip()
    if key == "program" and text:
        _add_program(lab, text.split())
    elif key == "check":
        _add_check(lab, text.split())
    elif key not in ONCE:
        raise ValueError(f"no key {key}{near(key, (*ONCE, 'program', 'check'))}"
                         )
    elif key in seen:
        raise ValueError(f"{key} comes twice")
    else:
        seen.add(key)
        _set_once(lab, key, text)


def read_table(lab, name, text, more=False):
    """Read a table into the lab.  more: the rest of another table, so that
    nothing is needed of it"""
    seen = set()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.partition("#")[0].strip():
            continue
        try:
            _take_line(lab, seen, line)
        except (ValueError, KeyError) as why:
            raise BadTable(f"{name}:{number}: {why}", EXIT_USAGE) from None
    lacking = [key for key in NEEDED if key not in seen]
    if lacking and not more:
        raise BadTable(f"{name}: has no {', '.join(lacking)}", EXIT_USAGE)
    return lab


def labs_folder(top=TOP):
    return os.path.join(top, "course", "labs")


def load_labs(top=TOP):
    """Return: {name: Lab} in the order of their numbers"""
    found, where = {}, labs_folder(top)
    for folder in sorted(os.listdir(where)) if os.path.isdir(where) else ():
        table = os.path.join(where, folder, "lab.tbl")
        if FOLDER.fullmatch(folder) and os.path.exists(table):
            lab = Lab(folder, os.path.join(where, folder))
            with open(table, encoding="utf-8") as f:
                read_table(lab, os.path.relpath(table, top), f.read())
            found[lab.name] = lab
    return found


def find_lab(word, labs):
    """Return: the lab with this number or name"""
    for lab in labs.values():
        if word in (lab.name, lab.folder) or (word.isdigit()
                                              and int(word) == lab.number):
            return lab
    names = [f"{lab.number} {lab.name}" for lab in labs.values()]
    raise Failure(f"no lab {word}{near(word, labs)}; there are: "
                  + ", ".join(names), EXIT_USAGE)

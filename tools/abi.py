#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The system-call ABI flag by flag: syscalls.tbl says which set of values an
argument takes, abi.tbl whether Lectern supports each value, and tiers.tbl which
values programs use.

  --folder F --machine NAME --census F...
        compare the tables with the output of /proc/lectern/census: print
        what is wrong, then what no program tried

./lectern update makes build/docs/abi.md.
"""
import argparse
import collections
import errno
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import syscalls  # noqa: E402
from machines import MACHINES  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
KINDS = ("bits", "value", "pair")
DONE = ("yes", "untried")
# The call accepted the flag although it returned no result: it waited until
# a timeout or a signal.
LATE = {errno.EINTR, errno.EAGAIN, errno.ETIMEDOUT, errno.EINPROGRESS}
RESTART = 512           # errors from this one on never reach the program
# The errors of a call that does not know a flag.
UNKNOWN = {errno.ENOSYS, errno.ENOPROTOOPT}


class Member:
    """A line of a set, with its number on one machine."""

    def __init__(self, name, text, status, note, kind, machine):
        self.name, self.status, self.note = name, status, note
        self.text = text
        number, others = on_machines(text)
        number = others.get(machine, number)
        self.mask = self.value = self.key = None
        if name == "others":
            return
        if kind == "pair":
            self.key = tuple(int(n, 0) for n in number.split(","))
            return
        mask, _, value = number.rpartition(":")
        self.value = None if value == "*" else number_of(value)
        self.mask = number_of(mask) if mask else self.value

    def elsewhere(self):
        """Return: the file whose own run tries this member, or None"""
        found = re.search(r"\btried by (\S+)$", self.note)
        return found and found.group(1)

    def is_on(self, machine):
        """Return: False if the note leaves the machine out"""
        first = re.match(rf"{'|'.join(MACHINES)}|\d+ bits", self.note)
        return not first or first[0] in (machine.name, f"{machine.bits} bits")

    def takes(self, value):
        """True if value has this member in these bits."""
        if self.value is None:
            return value & self.mask != 0
        return value & self.mask == self.value and (
            value or self.value == 0)


def on_machines(text):
    """Parse `1/2@NAME`. Return: the number `1`, and {NAME: `2`} of the machines
    that have another"""
    number, *others = text.split("/")
    return number, {m: n for n, _, m in (o.partition("@") for o in others)}


def number_of(text):
    """Parse a number in C's notation: 010 is eight."""
    if re.fullmatch("0[0-7]+", text):
        return int(text, 8)
    return int(text, 0)


class Set:
    def __init__(self, name, kind):
        self.name, self.kind = name, kind
        self.members = []
        self.others = None

    def add(self, member):
        if member.name == "others":
            self.others = member
        else:
            self.members.append(member)

    def split(self, values):
        """Return: the members that a value is made of, with `others` for a
        remainder"""
        if self.kind == "pair":
            values = tuple(signed(v) for v in values)
            return [m for m in self.members if m.key == values] \
                or [self.others]
        value = values[0]
        if self.kind == "value":
            return self._one(value)
        found = []
        for m in sorted(self.members, key=lambda m: -bin(m.mask).count("1")):
            if m.takes(value) and (m.mask != m.value or m.value):
                found.append(m)
                # a field that may hold any value leaves no remainder
                value &= ~m.mask
            elif ":" in m.text and m.value is not None and \
                    not any(n.mask == m.mask and n.takes(value)
                            for n in self.members):
                continue
        return found + ([self.others] if value else [])

    def _one(self, value):
        exact = [m for m in self.members
                 if m.mask == m.value and m.value == value]
        loose = [m for m in self.members
                 if m.mask != m.value and m.takes(value)]
        return exact or loose[:1] or [self.others]


def signed(v):
    return v - (1 << 32) if v >= 1 << 31 else v


def load(path, machine):
    """Return: the sets of abi.tbl by name, with the numbers of a machine, and
    the calls that no guest test makes with success: {"untried": those that can
    succeed, "absent": the others}"""
    sets, current = {}, None
    calls = {"untried": [], "absent": []}
    with open(path) as f:
        for i, line in enumerate(f, 1):
            where = f"{path}:{i}"
            line = line.split("#")[0].rstrip()
            words = line.split()
            if not words:
                continue
            if words[0] in calls:
                calls[words[0]] += words[1:]
                continue
            if words[0] == "set":
                if len(words) != 3 or words[2] not in KINDS \
                        or words[1] in sets:
                    sys.exit(f"{where}: expected `set NAME {'|'.join(KINDS)}` "
                             "with a new name")
                current = sets[words[1]] = Set(words[1], words[2])
                continue
            found = re.match(r"(\S.*?)\s+(-|[0-9]\S*)\s+(\S+)\s*(.*)", line)
            if not found or not current:
                sys.exit(f"{where}: expected name, number, status")
            name, number, status, note = found.groups()
            if status not in DONE + ("ignored",) and \
                    not hasattr(errno, status):
                sys.exit(f"{where}: no status {status}")
            for other in on_machines(number)[1]:
                if other not in MACHINES:
                    sys.exit(f"{where}: no machine {other}; there are "
                             f"{' '.join(MACHINES)}")
            current.add(Member(name, number, status, note, current.kind,
                               machine))
    for s in sets.values():
        if not s.others:
            sys.exit(f"{path}: set {s.name} has no line `others`")
    return sets, calls


class Tables:
    def __init__(self, folder, machine=None):
        """machine: the name of the one whose numbers count; without it, those
        of most machines"""
        calls = os.path.join(folder, "syscalls.tbl")
        sets = os.path.join(folder, "abi.tbl")
        self.calls = syscalls.load(calls)
        self.sets, without = load(sets, machine)
        self.absent_calls = set(without["absent"])
        self.untried_calls = set(without["untried"]) | self.absent_calls
        used = {s for c in self.calls for _, s, _ in c.sets}
        for m in (m for s in self.sets.values() for m in s.members):
            path = m.elsewhere()
            if path and not os.path.exists(os.path.join(TOP, path)):
                sys.exit(f"{sets}: {m.name}: there is no {path}")
        for name in sorted(used ^ set(self.sets)):
            sys.exit(f"set {name} is in only one of {calls} and {sets}")
        self.refused = load_tiers(os.path.join(folder, "tiers.tbl"), self)

    def members(self, name):
        """Return: {name: member} of all sets that calls of this name use"""
        return {m.name: m for c in self.calls if c.name == name
                for s, _ in self.uses(c) for m in s.members}

    def uses(self, call):
        """Return: [(set, slots)] of a call; two arguments with one set are one
        entry"""
        out = collections.OrderedDict()
        for slot, (_, name, _) in enumerate(call.sets):
            out.setdefault(name, []).append(slot)
        return [(self.sets[n], slots) for n, slots in out.items()]


# ---- what programs use ------------------------------------------------------

class Tier:
    """A row of tiers.tbl that Lectern refuses."""

    def __init__(self, tier, call, flag, answer):
        self.tier, self.call, self.flag, self.answer = \
            tier, call, flag, answer


def load_tiers(path, tables):
    """Return: the rows that Lectern refuses.  Exits with a message if the marks
    disagree with the tables."""
    refused = []
    with open(path) as f:
        for i, line in enumerate(f, 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            tier, name = words[0], words[1].lstrip("!")
            calls = [c for c in tables.calls if c.name == name]
            if not calls:
                sys.exit(f"{path}:{i}: no call {name}")
            members = tables.members(name)
            there = name not in tables.absent_calls and \
                any(c.handler for c in calls)
            stands = [(words[1], None if there else "ENOSYS")]
            for word in words[2:]:
                m = members.get(word.lstrip("!"))
                if not m:
                    sys.exit(f"{path}:{i}: abi.tbl has no {word} of {name}")
                stands.append((word, m.status if m.status[0] == "E"
                               else None))
            for word, answer in stands:
                if word.startswith("!") != bool(answer):
                    sys.exit(f"{path}:{i}: {word} is "
                             f"{answer or 'there'}: correct it, or the mark")
                if answer:
                    flag = word[1:] if word != words[1] else ""
                    refused.append(Tier(tier, name, flag, answer))
    return refused


# ---- the page ---------------------------------------------------------------

HEAD = """\
# The ABI, flag by flag

Generated by `./lectern update` from `kernel/syscall/syscalls.tbl` and `abi.tbl`:
do not edit. [syscalls.md](syscalls.md) has all calls with their arguments;
this page lists the values of those arguments that are flags, operations
or options. **yes**: supported, and a guest test uses it with success;
**untried**: supported, without such a test; **ignored**: accepted without
effect, as Linux does or may do; an error: refused with that error. Values of
a manual page that are not listed here fall under *others*.

The page is checked against the running kernel: the guest tests (suite `check`)
and Debian's programs (suite `programs`) run under `trace=census`, which records
every call with its flags and its result. The suite fails if a call succeeded
with a flag that is refused here or missing, and if no test used a flag marked
**yes**; a flag that ends the machine is *tried by* the file named.
"""


def summary(tables):
    count = collections.Counter()
    for s in tables.sets.values():
        for m in s.members:
            count[m.status if m.status[0] != "E" else "refused"] += 1
    return (f"{sum(count.values())} values: {count['yes']} yes, "
            f"{count['untried']} untried, {count['ignored']} ignored, "
            f"{count['refused']} refused.")


def number_text(m):
    if m.text == "-":
        return ""
    number, others = on_machines(m.text.replace(",", ", "))
    return number + "".join(f"; {n} on {machine}"
                            for machine, n in others.items())


def tier_table(refused):
    out = ["## What programs use, and Lectern refuses", "",
           "Debian's programs were seen to use these calls and flags under "
           "Linux", "(`kernel/syscall/tiers.tbl`). Lectern refuses them, and "
           "the programs do without:", "",
           "| tier | call | | answer |", "| --- | --- | --- | --- |"]
    return out + [f"| {t.tier} | `{t.call}` | {t.flag} | {t.answer} |"
                  for t in refused] + [""]


def docs(tables):
    out = [HEAD, summary(tables), ""] + tier_table(tables.refused)
    users = collections.defaultdict(list)
    for c in tables.calls:
        for s, slots in tables.uses(c):
            arg = ", ".join(c.args[c.sets[i][0]][0] for i in slots)
            text = f"`{c.name}` ({arg})"
            if text not in users[s.name]:
                users[s.name].append(text)
    for name, s in tables.sets.items():
        out += [f"## {name}", "", "Of " + ", ".join(users[name]) + ".", "",
                "| name | value | state | |", "| --- | --- | --- | --- |"]
        for m in s.members + [s.others]:
            label = "*others*" if m is s.others else m.name
            out.append(f"| {label} | {number_text(m)} | {m.status} | "
                       f"{m.note} |")
        out.append("")
    missing = collections.OrderedDict()
    for c in tables.calls:
        if not c.handler:
            missing[c.name] = None
    out += ["## Calls that do not exist", "",
            "`ENOSYS`: " + ", ".join(f"`{n}`" for n in missing) + "."]
    return "\n".join(out) + "\n"


# ---- the census -------------------------------------------------------------

class Use:
    """How the uses of one set member, or of one call, ended."""

    def __init__(self):
        self.good = 0
        self.errors = collections.Counter()
        self.calls = set()

    def note(self, call, err, count):
        self.calls.add(call)
        if err == 0 or err in LATE or err >= RESTART:
            self.good += count
        else:
            self.errors[err] += count

    def how(self):
        ends = [f"{n} x {errno.errorcode.get(e, e)}"
                for e, n in sorted(self.errors.items())]
        if self.good:
            ends.insert(0, f"{self.good} x success")
        return ", ".join(ends)


class Census:
    """What one machine's census showed, by set and member and by call."""

    def __init__(self, tables, machine):
        self.tables = tables
        self.machine = machine
        self.by_nr = {c.number(machine): c for c in tables.calls
                      if c.number(machine) is not None}
        self.members = collections.defaultdict(Use)     # (set, name)
        self.uses = collections.defaultdict(Use)        # call
        self.wrong = {}         # complaint -> an example

    def add(self, lines):
        for line in lines:
            words = line.split()
            if words and words[0].isdigit():
                self._one([int(w) for w in words[:3]]
                          + [int(w, 16) for w in words[3:]])

    def _one(self, row):
        nr, err, count, *values = row
        call = self.by_nr.get(nr)
        if not call:
            return
        good = err == 0 or err in LATE or err >= RESTART
        self.uses[call.name].note(call.name, err, count)
        if not good and not any(values):
            return                  # the error had another cause
        for s, slots in self.tables.uses(call):
            members = s.split([values[i] for i in slots])
            text = ", ".join(f"{values[i]:#x}" for i in slots)
            for m in members:
                self._judge(call, s, m, good, text)
                # a failure says nothing about the flags beside the refused
                if good or not any(n is not m and n.status[0] == "E"
                                   for n in members):
                    self.use(s, m).note(call.name, err, count)

    def _judge(self, call, s, m, good, values):
        """Compare one use with the table."""
        what = f"{call.name}: {m.name} of {s.name}"
        if good and m.status[0] == "E" and \
                not m.note.startswith("unless"):
            self.wrong.setdefault(
                f"{what} is refused with {m.status} in the table, "
                "but succeeded", values)

    def refused(self):
        """Yield a complaint for each member that the table calls supported and
        the kernel does not know."""
        for (name, member), use in sorted(self.members.items()):
            m = self._member(name, member)
            bad = set(use.errors) & UNKNOWN
            if m and m.status[0] != "E" and not use.good and bad:
                yield (f"{member} of {name} is {m.status} in the table, but "
                       f"{', '.join(sorted(use.calls))} returned {use.how()}")
        for name, use in sorted(self.uses.items()):
            calls = [c for c in self.tables.calls if c.name == name
                     and c.number(self.machine) is not None]
            if calls[0].handler and not use.good and \
                    name not in self.tables.absent_calls and \
                    set(use.errors) == {errno.ENOSYS}:
                yield f"{name} has a handler but returned {use.how()}"

    def use(self, s, m):
        return self.members[s.name, m.name]

    def _member(self, name, member):
        s = self.tables.sets[name]
        return next((m for m in s.members if m.name == member), None)

    def sets_here(self):
        """Return: the sets that this machine's calls use"""
        return [s for s in self.tables.sets.values()
                if any(u is s for c in self.by_nr.values() if c.handler
                       for u, _ in self.tables.uses(c))]

    def lacking(self):
        """Yield each (set, member) that the table calls tried, but no use
        was seen of."""
        for s in self.sets_here():
            for m in s.members:
                if m.status == "yes" and m.is_on(self.machine) and \
                        not m.elsewhere() and not self.use(s, m).good:
                    yield s, m

    def complaints(self):
        return [f"{w} ({v})" for w, v in sorted(self.wrong.items())] \
            + list(self.refused())

    def silent(self):
        """Return: the calls with a handler that never succeeded"""
        return sorted({c.name for nr, c in self.by_nr.items()
                       if c.handler and nr < syscalls.NATIVE
                       and not self.uses[c.name].good})


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--folder", required=True)
    ap.add_argument("--machine", required=True, choices=list(MACHINES))
    ap.add_argument("--census", required=True, nargs="+")
    a = ap.parse_args()
    tables = Tables(a.folder, a.machine)
    c = Census(tables, MACHINES[a.machine])
    for name in a.census:
        with open(name) as f:
            c.add(line.replace("# CENSUS ", "") for line in f)
    print("\n".join(c.complaints()))
    for s, m in c.lacking():
        print(f"not seen: {m.name} of {s.name} {c.use(s, m).how()}")
    print("calls never seen to succeed:", " ".join(c.silent()))


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
"""Makes programs of sequences.tbl: its steps with their holes filled, and other
calls between them."""
import os
import re

from driver.common import EXIT_USAGE, Failure

from .program import BadProgram, Ptr, Reader, parse_call

HOLE = object()
NAME = re.compile(r'"[^"]*"|\b[A-Z][A-Z0-9_]*(?:\+[A-Z0-9_]+)*\b|\b0[0-7]+\b')


class StepReader(Reader):
    """Reads a step like a call, but chooses the addresses of memory."""

    def __init__(self, line, place):
        super().__init__(line)
        self.place = place

    def value(self):
        kind, word = self.peek()
        if word == "*":
            self.at += 1
            return HOLE
        if kind == "string":
            what, text = self.part()
            parts = [(what, text + b"\0")]
        elif kind == "out":
            parts = [self.part()]
        elif word == "{":
            self.at += 1
            parts = self.many("}", self.part)
        else:
            return super().value()
        return Ptr(self.place(sum(map(part_size, parts)), True), parts)


def part_size(part):
    """Return: the size of a part, the larger one if machines differ"""
    if part[0] == "b":
        return len(part[1])
    return part[1] if isinstance(part[1], int) else 8


def read_table(path):
    """Return: {name: (True if only for ordinary users, steps)}"""
    found = {}
    with open(path) as f:
        for number, line in enumerate(f, 1):
            words = line.split()
            if not words or line.startswith("#"):
                continue
            if not line.startswith("\t"):
                if words[0] != "sequence" or words[2:] not in ([], ["user"]):
                    raise BadProgram(f"{path}:{number}: expected `sequence "
                                     "NAME [user]`")
                steps = []
                found[words[1]] = (len(words) > 2, steps)
            else:
                steps.append(line.strip())
    return found


class Sequences:
    def __init__(self, generator, calls, only=None, path=None):
        self.g, self.only = generator, only
        self.calls = {c.name: c for c in calls}
        self.bits = {m.name: m.value
                     for s in generator.tables.sets.values()
                     for m in s.members if m.value is not None}
        table = read_table(path or os.path.join(
            os.path.dirname(__file__), "sequences.tbl"))
        self.table = {name: steps for name, (for_users, steps) in
                      table.items() if generator.user or not for_users}
        if only and only not in self.table:
            raise Failure(f"--sequence {only}: unknown; there are "
                          + ", ".join(sorted(self.table)), EXIT_USAGE)

    def number(self, found):
        text = found.group()
        if text[0] == '"':
            return text
        if text[0] == "0":
            return str(int(text, 8))
        return str(sum(self.bits[word] for word in text.split("+")))

    def step(self, line):
        """Return: the call; None if this machine lacks it"""
        line = re.sub(r"<([^<>]*)>",
                      lambda m: self.g.pick(m.group(1).split("|")), line)
        call = parse_call(NAME.sub(self.number, line),
                          lambda text: StepReader(text, self.g.place))
        if call.name not in self.calls:
            return None
        lengths = []
        for i, v in enumerate(call.args):
            if v is HOLE:
                call.args[i] = self.g.argument(self.calls[call.name], i,
                                               lengths, {})
        return call

    def program(self):
        g = self.g
        g.begin()
        name = self.only or g.pick(sorted(self.table))
        steps = self.table[name]
        # the steps' slots come first, other slots after them
        g.slots = 1 + max((int(n) for line in steps for n in
                           re.findall(r"\br(\d+)\b", line)), default=-1)
        g.threads, mix = False, g.pick((3, 6, 1000))
        for line in steps:
            if g.one_in(16):
                continue
            call = self.step(line)
            if call:
                g.keep(call)
            while g.one_in(mix):
                g.call(g.some_call())
        if g.failing:
            for call in g.out:
                if g.one_in(6):
                    call.fail = g.pick((1, 1, 2, 3, 4, 6, 9, 15))
        return g.mutate(g.out, ()) if g.one_in(3) else g.out

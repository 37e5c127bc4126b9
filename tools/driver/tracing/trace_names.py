# SPDX-License-Identifier: MIT
"""Names for the numbers in the kernel's decoded calls: syscalls.tbl has the
arguments of each call, abi.tbl the names of their flags."""
import os
import re
import signal

import abi
import syscalls

from ..common import MACHINES, TOP

AT_FDCWD = -100
NUMBER = r"-?(?:0x[0-9a-f]+|\d+)"
STRING = r'".*"(?:\.\.\.)?|' + NUMBER


def signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def field_name(member, value):
    """Return: text for a field of a set that may have any value"""
    value &= member.mask
    if not value:
        return []
    return [signal_name(value) if member.name.endswith("signal")
            else f"{value:#o}".replace("0o", "0")]


def bit_names(members, others, value):
    """Return: the bits' names joined as in strace, unnamed bits in hex"""
    names, fields, rest = [], [], value
    for m in members:
        if m is others:
            continue
        rest &= ~m.mask
        if m.value is None:
            fields += field_name(m, value)
        else:
            names.append(m.name)
    return "|".join(names + fields + [f"{rest:#x}"] * bool(rest)) or "0"


class Words:
    """A call's arguments as register words."""

    def __init__(self, call, bits):
        self.kinds = []         # of each word; None: a further word
        self.sets = {}          # word -> [set, words]
        starts = []
        for name, kind in call.args:
            starts.append(len(self.kinds))
            more = syscalls.expression(kind, 0, bits)[1] - 1
            self.kinds += [(name, kind)] + [None] * more
        for argument, name, place in call.sets:
            if not place:       # otherwise the value is in memory
                self.sets.setdefault(name, []).append(starts[argument])
        self.line = re.compile(r"\(" + ", ".join(
            f"({STRING if k and k[1] == 'str' else NUMBER})"
            for k in self.kinds) + r"\)")


class Names:
    """The names for one machine's calls."""

    def __init__(self, arch):
        tables = abi.Tables(os.path.join(TOP, "kernel", "syscall"),
                            arch)
        machine = MACHINES[arch]
        self.sets = tables.sets
        self.mask = (1 << machine.bits) - 1
        self.calls = {c.name: Words(c, machine.bits) for c in tables.calls
                      if c.number(machine) is not None}

    def told(self, name, text):
        """text: the arguments, `(3, 0x80000)`. Return: the text with names"""
        words = self.calls.get(name)
        found = words and words.line.fullmatch(text)
        if not found:           # cut off, or a call that is not in the table
            return text
        out = list(found.groups())
        for i, kind in enumerate(words.kinds):
            out[i] = self.plain(kind, out[i])
        for set_name, places in words.sets.items():
            out[places[-1]] = self.of_set(
                self.sets[set_name], [found[i + 1] for i in places])
        return f"({', '.join(out)})"

    @staticmethod
    def plain(kind, text):
        if kind and kind[1] == "sig":
            return signal_name(int(text, 0)) if text != "0" else text
        if kind and kind[0].endswith("dirfd") and text == str(AT_FDCWD):
            return "AT_FDCWD"
        return text

    def of_set(self, one, texts):
        values = [abi.number_of(text) & self.mask for text in texts]
        if "-" in texts[-1] or one.kind == "pair":
            values = [v & 0xffffffff for v in values]
        members = one.split(values)
        if one.kind == "bits":
            order = [*one.members, one.others]
            return bit_names(sorted(members, key=order.index), one.others,
                             values[0])
        m = members[0]
        if m is one.others or one.kind == "value" and m.value is None:
            return f"{values[-1]:#x}" if values[-1] > 255 and \
                texts[-1].isdigit() else texts[-1]
        return m.name

# SPDX-License-Identifier: MIT
"""Reads shapes.tbl: what arguments point to, and which resources calls make."""
import os
import re
import shlex

FIELD = re.compile(r"(u8|u16|u32|u64|w|t)(?::(.*))?")
SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "w": "w", "t": "t"}


class Field:
    def __init__(self, text, where):
        found = FIELD.fullmatch(text)
        if not found:
            raise SystemExit(f"{where}: not a field: `{text}`")
        self.size = SIZES[found.group(1)]
        self.what = found.group(2) or ""
        self.values = None
        if re.match(r"-?\d", self.what):
            self.values = [number(v) if re.match(r"-?\d", v) else v
                           for v in self.what.split("|")]


def number(text):
    if re.fullmatch("0[0-7]+", text):
        return int(text, 8)
    return int(text, 0)


class Shapes:
    def __init__(self, path=None):
        self.kinds, self.structs, self.unions = {}, {}, {}
        self.args, self.defaults, self.rets, self.wants = {}, {}, {}, {}
        self.never, self.root_never, self.rare = {}, {}, set()
        path = path or os.path.join(os.path.dirname(__file__), "shapes.tbl")
        with open(path) as f:
            for i, line in enumerate(f, 1):
                if line.strip() and not line.startswith("#"):
                    self._line(line.rstrip("\n"), f"{path}:{i}")

    def _line(self, line, where):
        word, rest = line.split(None, 1)
        words = rest.split()
        name = words[0]
        if word == "kind":
            parts = shlex.split(rest, posix=False)[1:]
            self.kinds[name] = [p[1:-1].encode() if p[0] == '"' else number(p)
                                for p in parts]
        elif word == "struct":
            self.structs[name] = [Field(w, where) for w in words[1:]]
        elif word == "union":
            self.unions[name] = words[1:]
        elif word == "arg":
            calls, _, arg = name.partition(".")
            for call in calls.split(","):
                self.args[call, arg] = words[1:]
        elif word == "default":
            self.defaults[name] = words[1:]
        elif word == "ret":
            self.rets[name] = words[1]
        elif word == "want":
            self.wants[tuple(name.split("."))] = words[1]
        elif word == "never":
            self.never[name] = " ".join(words[1:])
        elif word == "never-root":
            self.root_never[name] = " ".join(words[1:])
        elif word == "rare":
            self.rare |= set(words)
        else:
            raise SystemExit(f"{where}: unknown word `{word}`")


def base_name(call):
    """Return: a call's name without the suffix for the width of its times"""
    name = call.name
    if name.endswith("_time64"):
        return name[:-7]
    if name in ("clock_gettime64", "clock_settime64", "clock_adjtime64",
                "timer_gettime64", "timer_settime64", "timerfd_gettime64",
                "timerfd_settime64"):
        return name[:-2]
    return name[:-2] if name.endswith("32") else name

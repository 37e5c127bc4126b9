# SPDX-License-Identifier: MIT
"""Makes programs of system calls, and changes existing ones, by syscalls.tbl,
abi.tbl and shapes.tbl."""
import random

from machines import MACHINES

from .program import Call, Ptr, Ref, copy
from .sequences import Sequences
from .shapes import base_name

DATA_AT, DATA_SIZE = 0x60000000, 0x40000
ARENA_AT, ARENA_PAGES, PAGE = 0x61000000, 64, 4096
AT_FDCWD = -100

# The limits of words, signed and unsigned, and of 32-bit page numbers: each
# with its neighbours, and the middle of the page before it, from which a length
# can cross the limit.
BORDERS = tuple(sorted({
    (v + 2 ** 63) % 2 ** 64 - 2 ** 63
    for b in (2 ** 31, 2 ** 32, 2 ** 44, 2 ** 63)
    for v in (b - PAGE, b - PAGE + 1, b - 8, b - 2, b - 1, b, b + 1,
              b + PAGE)}))
EDGES = (0, 1, 2, 7, 8, 255, 65535, -1, -8, -4096, 0xbffff000, 0xc0000000,
         1 << 38, 1 << 62) + tuple(
             n * PAGE + d for n in (1, 2) for d in (-8, -1, 0, 1)) + BORDERS
# numbers that are added to others: positions, and 64-bit lengths
SUMMED = {"off", "size"}
MAX_CALLS, MOST_ALONE, MAX_SLOTS = 32, 120, 240
DESCRIPTORS = ("file", "pipe", "sock", "event", "epoll", "timerfd", "signal",
               "inotify", "pidfd")
# Paths that the rest of the machine needs: root only reads them.
READING = {"openat", "openat2", "open", "stat", "lstat", "statx", "newfstatat",
           "fstatat64", "stat64", "lstat64", "access", "faccessat",
           "faccessat2", "readlink", "readlinkat", "statfs", "statfs64",
           "getxattr", "lgetxattr", "listxattr", "llistxattr"}
# names of arguments that choose a process
OTHERS = {"who", "pid", "id"}


class Generator:
    def __init__(self, tables, shapes, arch, user, seed, alone=False,
                 sequence=None):
        """alone: make programs that two kernels can agree on, with one thread
        and no injected failures; sequence: make programs of it only"""
        self.rng = random.Random(seed)
        self.tables, self.shapes, self.user, self.alone = (
            tables, shapes, user, alone)
        # on two kernels, a process costs more than a call
        self.most = MOST_ALONE if alone else MAX_CALLS
        self.arch = arch
        machine = MACHINES[arch]
        self.calls = {
            c.name: c for c in tables.calls
            if c.number(machine) is not None and c.handler
            and c.name not in shapes.never
            and not (alone and c.name.startswith("lt_"))
            and (user or c.name not in shapes.root_never)}
        self.names = sorted(self.calls)
        self.sequences = None if alone else Sequences(
            self, [c for c in tables.calls if c.number(machine) is not None],
            sequence)
        self.makers = {}
        for name, kind in shapes.rets.items():
            if name in self.calls:
                self.makers.setdefault(kind, []).append(name)
        self.makers.setdefault("pipe", []).extend(
            n for n in ("pipe2",) if n in self.calls)
        self.makers["sock"] += ["socketpair"] * 2
        self.makers["timer"] = ["timer_create"]

    # ---- one value ----------------------------------------------------------

    def one_in(self, n):
        return self.rng.randrange(n) == 0

    def pick(self, values):
        return values[self.rng.randrange(len(values))]

    def kind(self, name):
        v = self.pick(self.shapes.kinds[name])
        if name in SUMMED and self.one_in(12):
            return self.pick(BORDERS)
        return self.pick(EDGES) if self.one_in(40) else v

    def of_set(self, name, slot=0):
        s = self.tables.sets[name]
        members = [m for m in s.members if m.value is not None or m.key]
        if self.alone and not self.one_in(8):
            members = [m for m in members if m.status[0] != "E"] or members
        if s.kind == "pair":
            return self.pick(members).key[slot]
        if self.one_in(25) or not members:
            return self.pick(EDGES)
        if s.kind == "value":
            return self.pick(members).value
        v = 0
        for m in self.rng.sample(members, min(len(members), self.pick(
                (0, 1, 1, 2, 2, 3)))):
            v = v & ~m.mask | m.value
        return v

    def resource(self, kinds):
        have = [slot for kind, slot in self.made if kind in kinds]
        return Ref(self.pick(have[-6:])) if have else None

    def descriptor(self, call, arg):
        if "dir" in arg and not self.one_in(6):
            return AT_FDCWD
        if self.one_in(25):
            return self.pick((-1, 0, 1, 2, 3, 4, 5, 9, 99, 1000, AT_FDCWD))
        want = self.shapes.wants.get((base_name(call), arg))
        if want and not self.one_in(12):
            return self.need(want)
        return self.resource(DESCRIPTORS) or self.need(
            self.pick(("file", "file", "pipe", "sock", "event")))

    def need(self, kind):
        """Add a call that makes a resource of this kind, before this call."""
        found = self.resource((kind,))
        if found and not self.one_in(6):
            return found
        if self.depth > 3 or kind not in self.makers or \
                len(self.out) >= self.most:
            return found or -1
        self.depth += 1
        self.call(self.pick(self.makers[kind]))
        self.depth -= 1
        return self.resource((kind,)) or -1

    def process(self):
        found = self.resource(("pid",))
        if found and not self.one_in(4):
            return found
        return self.pick((0, 0, 0x7fffffff, -1 if self.user else 0))

    def place(self, n=64, whole=False):
        """Return: an address in the data area with room for n bytes"""
        # part of the area is mapped, part is not
        if n and not whole and self.one_in(40):
            there = self.rng.randrange(n + 1)
            if self.one_in(2):
                there = (there + 3) & ~3
            return DATA_AT + DATA_SIZE - min(there, n)
        n = (n + 63) & ~63
        if self.at + n > DATA_AT + DATA_SIZE - 8192:
            self.at = DATA_AT + 0x100
        at, self.at = self.at, self.at + n
        return at

    def arena(self):
        return ARENA_AT + PAGE * self.rng.randrange(ARENA_PAGES) + (
            self.pick((1, 8, 2048, PAGE - 8, PAGE - 4, PAGE - 1))
            if self.one_in(12) else 0)

    def string(self, kind, call=None):
        values = self.shapes.kinds[kind]
        if kind in ("path", "program") and not self.user and \
                base_name(call) not in READING:
            values = [v for v in values if not v.startswith(b"/")]
        if self.alone and kind == "path":
            values = [v for v in values if not v.startswith(b"/proc")]
        text = self.pick(values)
        if self.one_in(50):
            text = self.pick((b"a" * 300, b"a/" * 2100, text + b"/"))
        return Ptr(self.place(len(text) + 1), [("b", text + b"\0")])

    # ---- memory -------------------------------------------------------------

    def field(self, f, call, length):
        """Return: the part, or parts, of one field"""
        what = f.what
        if f.values is not None:
            v = self.pick(f.values)
            if isinstance(v, str):
                v = length if v == "len" else self.word(v, call)
            elif self.one_in(60):
                v = self.pick(EDGES)
        elif what.startswith("@"):
            v = self.of_set(what[1:])
        elif what.startswith(">"):
            v = self.structure(what[1:], call, self.one_in(3))
        elif what == "buf":
            n = self.pick((0, 1, 8, 16, 64, 100))
            v = Ptr(self.place(n), [("b", bytes(
                self.rng.randrange(97, 123) for _ in range(n)))])
        elif what == "len":
            v = length
        elif what == "cmsg":
            v = 20 if f.size != "w" else self.pick((20, 16, 24, 12))
        else:
            v = self.word(what, call)
        return ("p" if isinstance(v, Ptr) else "v", f.size, v)

    def word(self, what, call):
        if what == "" or what in ("int", "word"):
            return self.pick((0, 1, 2, 8, 64, 4096)) \
                if not self.one_in(10) else self.pick(EDGES)
        if what == "fd":
            return self.descriptor(call, "fd")
        if what == "pid":
            return self.process()
        if what == "addr":
            return self.arena()
        if what.startswith(">"):
            return self.structure(what[1:], call, False)
        if what in self.shapes.kinds:
            return self.one_of(what, call)
        return 0

    def one_of(self, kind, call):
        """Return: a number, or a pointer to a text, of this kind"""
        return self.kind(kind) if isinstance(self.shapes.kinds[kind][0], int) \
            else self.string(kind, call)

    def structure(self, name, call, several=False, inout=False):
        s = self.shapes
        if name in s.unions:
            name = self.pick(s.unions[name])
        parts, length, at = [], 0, 0
        for _ in range(self.pick((1, 1, 2, 3)) if several else 1):
            for f in s.structs[name]:
                if MACHINES[self.arch].bits == 64 and at % 8 == 4 and \
                        f.size in ("w", 8):
                    parts.append(("v", 4, 0))
                    at += 4
                at += f.size if isinstance(f.size, int) else 8
                part = self.field(f, call, length)
                if part[0] == "p":
                    length = sum(len(p[1]) if p[0] == "b" else
                                 p[1] if isinstance(p[1], int) else 8
                                 for p in part[2].parts)
                parts.append(part)
        return Ptr(self.place(at), parts)

    def output(self, n):
        return Ptr(self.place(n), [("o", n)])

    def slot(self, kind):
        self.slots += 1
        self.made.append((kind, self.slots - 1))
        return self.slots - 1

    def shape(self, words, call, lengths):
        """Return: a value as described by a line of shapes.tbl"""
        what = words[0]
        if what == "value":
            return self.pick([int(w, 0) for w in words[1:]])
        if what == "out":
            lengths.append(int(words[1]))
            return self.output(int(words[1]))
        if what == "arena":
            found = self.resource(("address",))
            return found if found and self.one_in(2) else self.arena()
        if what == "fdpair":
            return Ptr(self.place(), [("l", 4, self.slot(words[1])),
                                      ("l", 4, self.slot(words[1]))])
        if what == "outres":
            return Ptr(self.place(), [("l", 4, self.slot(words[1]))])
        if what == "bytes":
            n = self.pick((0, 1, 5, 16, 64, 200))
            lengths.append(n)
            return Ptr(self.place(n), [("b", bytes(
                self.rng.randrange(97, 123) for _ in range(n)))])
        if what == "ioarg":
            return self.pick((0, 1, 2)) if self.one_in(2) else \
                self.structure(self.pick(("winsize", "termios", "int32")),
                               call)
        if what == "fcarg":
            return self.pick((0, 1, 3, 10, 4096, 0x800, 0x400, 0x100000)) \
                if self.one_in(2) else self.structure(self.pick(
                    ("flock", "flock64", "flock64_32", "owner_ex")), call)
        if what == "inout":
            return self.structure(words[1].removesuffix("[]"), call,
                                  words[1].endswith("[]"))
        if what in self.shapes.structs or what in self.shapes.unions:
            return self.structure(what, call)
        if what.endswith("[]"):
            return self.structure(what[:-2], call, True)
        if what in self.shapes.kinds:
            return self.one_of(what, call)
        if what == "fd":
            return self.descriptor(call, "fd")
        raise SystemExit(f"shapes.tbl: no shape {what} ({call.name})")

    # ---- arguments ----------------------------------------------------------

    def argument(self, call, i, lengths, pair):
        name, kind = call.args[i]
        base = base_name(call)
        shapes = self.shapes
        for arg, s, place in call.sets:
            if arg == i and not place:
                if self.tables.sets[s].kind == "pair":
                    pair.setdefault("m", self.of_pair(s))
                    return pair["m"].pop(0)
                return self.of_set(s)
        if kind in ("ptr", "str") and self.one_in(40):
            return self.pick((0, 8, -1, ARENA_AT - 8,
                              0xc0000000, DATA_AT + DATA_SIZE - 1))
        words = shapes.args.get((base, name)) or (
            shapes.defaults.get(name) if kind == "ptr" else None)
        if words:
            return self.shape(words, call, lengths)
        want = shapes.wants.get((base, name))
        if want and kind != "fd":
            return self.need(want)
        return self.plain(call, name, kind, lengths)

    def of_pair(self, s):
        return list(self.pick(self.tables.sets[s].members).key)

    def plain(self, call, name, kind, lengths):
        if kind == "fd":
            return self.descriptor(call, name)
        if kind == "str":
            return self.string("path", call)
        if kind == "ptr":
            return self.pick((0, self.output(64)))
        if kind == "pid" or name in OTHERS and kind in ("int", "long"):
            return self.process()
        if kind == "sig":
            return self.kind("sig")
        if kind in ("size",) or name in ("count", "len") and lengths:
            if lengths and not self.one_in(6):
                return lengths[-1]
            return self.kind("size")
        if name in ("n", "nl", "nr"):
            return self.kind("count")
        if kind == "id":
            return self.kind("uid")
        for known in (name, kind):
            if known in self.shapes.kinds:
                return self.kind(known)
        if kind in ("off", "off64", "offhl"):
            return self.kind("off")
        if kind == "clock":
            return self.pick((0, 1, 2, 3, 4, 7, 11, 12, -2))
        if kind in ("ulong", "long"):
            return self.kind("word")
        return self.kind("int") if not self.one_in(12) else self.pick(EDGES)

    def call(self, name):
        c = self.calls[name]
        lengths, pair = [], {}
        args = [self.argument(c, i, lengths, pair)
                for i in range(len(c.args))]
        if name in ("clone", "clone3") and (self.alone or not self.one_in(9)):
            self.tame_clone(name, args)
        made = Call(name, args)
        ret = self.shapes.rets.get(name)
        if ret:
            made.ret = self.slot(ret)
        if ret == "pid":
            made.child = self.pick((0, 1, 1, 2))
        if not self.alone:
            self.dress(made)
        self.out.append(made)

    @staticmethod
    def tame_clone(name, args):
        """Give a clone a memory of its own: with shared memory but without a
        new stack both processes would only die."""
        if name == "clone":
            args[0] = args[0] & ~0x18d00 & ~0xff | 17 \
                if isinstance(args[0], int) else 17
        elif isinstance(args[0], Ptr):
            args[0].parts[0] = ("v", 8, 0)

    def dress(self, call):
        if self.threads and self.one_in(3):
            call.thread = self.rng.randrange(1, 4)
            call.asynchronous = self.one_in(2)
        if self.failing and self.one_in(3):
            call.fail = self.pick((1, 1, 2, 3, 4, 6, 9, 15))

    # ---- programs -----------------------------------------------------------

    def begin(self, calls=()):
        self.out, self.made, self.slots, self.depth = [], [], 0, 0
        self.at = DATA_AT + 0x100
        self.threads = not self.alone and self.one_in(4)
        self.failing = not self.alone and self.one_in(5)
        for c in calls:
            self.keep(c)

    def keep(self, c):
        """Register an existing call: its results can be used."""
        self.out.append(c)

        def loads(v):
            if isinstance(v, Ptr):
                for p in v.parts:
                    if p[0] == "l":
                        yield p[2]
                    elif p[0] == "p":
                        yield from loads(p[2])
        kind = {"pipe2": "pipe", "pipe": "pipe", "socketpair": "sock",
                "timer_create": "timer"}.get(c.name)
        for v in c.args:
            for slot in loads(v):
                self.made.append((kind or "file", slot))
        if c.ret is not None:
            self.made.append((self.shapes.rets.get(c.name, "file"), c.ret))
        for _, slot in self.made:
            self.slots = max(self.slots, slot + 1)
        self.at += 256

    def some_call(self):
        while True:
            name = self.pick(self.names)
            if self.made and self.one_in(3):
                name = self.related() or name
            if name not in self.shapes.rare or self.one_in(12):
                return name

    def related(self):
        """Add a call that takes one of the existing resources."""
        kind = self.pick(self.made)[0]
        fits = [n for (n, _), k in self.shapes.wants.items()
                if k == kind and n in self.calls]
        return self.pick(fits) if fits else None

    def program(self):
        if self.sequences and (self.sequences.only or self.one_in(2)):
            return self.sequences.program()
        self.begin()
        n = self.pick((2, 4, 6, 8, 12, 16)) * self.most // MAX_CALLS
        while len(self.out) < n:
            self.call(self.some_call())
        return self.out[:self.most]

    def mutate(self, calls, others):
        calls = copy(calls)
        for _ in range(self.pick((1, 1, 2, 4))):
            calls = self.pick((self.insert, self.insert, self.insert,
                               self.change, self.change, self.remove,
                               self.again, self.move, self.redress))(calls)
        if others and (self.one_in(8) or self.alone and
                       len(calls) < self.most // 2):
            calls = self.splice(calls, self.pick(others))
        return calls[:self.most] or self.program()

    def insert(self, calls):
        at = self.rng.randrange(len(calls) + 1)
        self.begin(calls[:at])
        self.slots = max([self.slots] + [s + 1 for c in calls
                                         for s in slots_of(c)])
        if self.slots >= MAX_SLOTS:
            return calls
        self.call(self.some_call())
        return self.out + calls[at:]

    def change(self, calls):
        """Choose other arguments for a call."""
        if not calls:
            return calls
        at = self.rng.randrange(len(calls))
        old = calls[at]
        if old.name not in self.calls:
            return calls
        self.begin(calls[:at])
        self.slots = max([self.slots] + [s + 1 for c in calls
                                         for s in slots_of(c)])
        c = self.calls[old.name]
        if not c.args or self.slots >= MAX_SLOTS:
            return calls
        i = self.rng.randrange(len(c.args))
        before = len(self.out)
        pair, lengths = {}, []
        v = self.argument(c, i, lengths, pair)
        new = copy([old])[0]
        if not slots_of(Call("", [old.args[i]] if i < len(old.args) else [])):
            new.args[i:i + 1] = [v]
        return calls[:at] + self.out[before:] + [new] + calls[at + 1:]

    def remove(self, calls):
        if len(calls) < 2:
            return calls
        at = self.rng.randrange(len(calls))
        return calls[:at] + calls[at + 1:]

    def again(self, calls):
        if not calls:
            return calls
        at = self.rng.randrange(len(calls))
        new = copy([calls[at]])[0]
        return calls[:at + 1] + [new] + calls[at + 1:]

    def move(self, calls):
        """Move some calls; in one of three cases, copy them instead."""
        at = self.rng.randrange(len(calls) + 1)
        end = at + self.pick((1, 1, 2, 4))
        rest = calls if self.one_in(3) else calls[:at] + calls[end:]
        to = self.rng.randrange(len(rest) + 1)
        return rest[:to] + copy(calls[at:end]) + rest[to:]

    def redress(self, calls):
        # not in programs whose child processes have calls
        if self.alone or not calls or any(c.thread > 3 for c in calls):
            return calls
        self.threads, self.failing = self.one_in(2), self.one_in(2)
        for c in calls:
            c.thread, c.asynchronous, c.fail = 0, False, 0
            self.dress(c)
        return calls

    def splice(self, calls, other):
        """Append calls of another program, with new numbers for its slots."""
        base = max([0] + [s + 1 for c in calls for s in slots_of(c)])
        moved = [renumber(c, base) for c in copy(other)]
        top = max([0] + [s + 1 for c in moved for s in slots_of(c)])
        return calls + moved if top < MAX_SLOTS else calls


def slots_of(call):
    """Return: the slots that a call fills"""
    found = [call.ret] if call.ret is not None else []

    def look(v):
        if isinstance(v, Ptr):
            for p in v.parts:
                if p[0] == "l":
                    found.append(p[2])
                elif p[0] == "p":
                    look(p[2])
    for v in call.args:
        look(v)
    return found


def renumber(call, base):
    def value(v):
        if isinstance(v, Ref):
            return Ref(v.slot + base)
        if isinstance(v, Ptr):
            return Ptr(v.at, [
                ("l", p[1], p[2] + base) if p[0] == "l" else
                (p[0], p[1], value(p[2])) if p[0] in "pv" else p
                for p in v.parts])
        return v
    call.args = [value(v) for v in call.args]
    if call.ret is not None:
        call.ret += base
    return call

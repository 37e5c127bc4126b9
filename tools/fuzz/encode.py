# SPDX-License-Identifier: MIT
"""Encodes programs as the words that test/calls/executor.c runs, and decodes
its answers."""
import struct

from machines import MACHINES

from .program import BadProgram, Ptr, Ref

OP_GROUP, OP_BYTES, OP_STORE, OP_FILL, OP_CALL, OP_OUT, OP_LOAD = range(1, 8)
NO_SLOT = 0xffff
THREADS, OUT, STATE, TIDY = 1, 2, 4, 8
BATCH_MAGIC = 0x5a46544c
MAX_CALLS = 128
MASK = (1 << 64) - 1
# state of the kernel that outlives the program that changed it
LEAVES = {"mount", "shmget", "semget", "msgget", "ipc", "fchmod",
          "fchown", "fchown32", "fchownat", "fchmodat2"}


class Encoder:
    """Encodes for one machine, with its call numbers and word size."""

    def __init__(self, tables, arch):
        self.arch = arch
        self.bits = MACHINES[arch].bits
        machine = MACHINES[arch]
        self.calls = {c.name: (c.number(machine), c) for c in tables.calls
                      if c.number(machine) is not None}

    def knows(self, name):
        return name in self.calls

    def size(self, size, call):
        if size == "w":
            return self.bits // 8
        if size == "t":
            old = self.bits == 32 and (call.handler or "").endswith("time32")
            return 4 if old else 8
        return size

    def memory(self, ptr, call, before, after):
        """Return: operations that fill ptr's memory, and that read it"""
        at, plain, start = ptr.at, b"", ptr.at

        def flush():
            if plain:
                data = plain + bytes(-len(plain) % 8)
                before.extend([OP_BYTES, start, len(plain)])
                before.extend(struct.unpack(f"<{len(data) // 8}Q", data))

        for part in ptr.parts:
            kind = part[0]
            if kind == "b" or kind == "v" and isinstance(part[2], int):
                data = part[1] if kind == "b" else (
                    part[2] & MASK).to_bytes(8, "little")[
                        :self.size(part[1], call)]
                if not plain:
                    start = at
                plain += data
                at += len(data)
                continue
            flush()
            plain = b""
            if kind == "o":
                before.extend([OP_FILL, at, part[1]])
                after.extend([OP_OUT, at, part[1]])
                at += part[1]
            elif kind == "l":
                before.extend([OP_FILL, at, part[1]])
                after.extend([OP_OUT, at, part[1],
                              OP_LOAD, at, part[1], part[2]])
                at += part[1]
            else:
                n = self.size(part[1], call)
                v = part[2]
                if isinstance(v, Ptr):
                    self.memory(v, call, before, after)
                    before.extend([OP_STORE, at, n, 0, v.at])
                else:
                    before.extend([OP_STORE, at, n, 1, v.slot])
                at += n
        flush()

    def words_of(self, kind):
        if kind == "offhl":
            return 2
        return 2 if kind == "off64" and self.bits == 32 else 1

    def group(self, c):
        if c.name not in self.calls:
            raise BadProgram(f"no call {c.name} on this machine")
        nr, call = self.calls[c.name]
        before, after, words = [], [], []
        for i, v in enumerate(c.args[:6]):
            kind = call.args[i][1] if i < len(call.args) else "ulong"
            n = self.words_of(kind)
            if isinstance(v, Ptr):
                self.memory(v, call, before, after)
                words.append((0, v.at))
            elif isinstance(v, Ref):
                words.append((1, v.slot))
            elif self.bits == 32 and n == 2:
                words += [(0, v & 0xffffffff), (0, v >> 32 & 0xffffffff)]
                continue
            else:
                words.append((0, v & MASK))
            words += [(0, 0)] * (n - 1)
        body = before + [OP_CALL, nr, NO_SLOT if c.ret is None else c.ret,
                         c.fail, c.child, len(words)]
        for kind, v in words:
            body += [kind, v & MASK]
        body += after
        return [OP_GROUP, c.thread, int(c.asynchronous), len(body)] + body

    def program(self, calls, out=False, state=False):
        words = []
        for c in calls[:MAX_CALLS]:
            words += self.group(c)
        flags = (THREADS if any(0 < c.thread < 4 for c in calls) else 0) \
            | (OUT if out else 0) | (STATE if state else 0) \
            | (TIDY if any(c.name in LEAVES for c in calls) else 0)
        return struct.pack("<II", len(words), flags) + struct.pack(
            f"<{len(words)}Q", *(w & MASK for w in words))


def batch(programs, more=False):
    """Return: the words of a batch; more: it continues the one before, so that
    the audit compares both"""
    data = b"".join(programs)
    return struct.pack("<IIII", BATCH_MAGIC, len(programs), len(data),
                       int(more)) + data


END_WHOLE, END_EARLY, END_KILLED = range(3)
NEVER, RUNS, DONE = range(3)


class Result:
    """The results of a program: (state, kicks, result) for each call."""

    def __init__(self):
        self.end = self.status = self.pid = 0
        self.calls, self.fresh, self.out, self.state = [], (), {}, ""
        self.broken = ""        # a broken invariant, found by keep.c


class Answers:
    """Reads the executor's answers; `take(n)` returns n bytes of them."""

    def __init__(self, take):
        self.take = take

    def word(self):
        return struct.unpack("<I", self.take(4))[0]

    def result(self):
        r = Result()
        r.end, r.status, r.pid, n = struct.unpack("<IIII", self.take(16))
        data = self.take(16 * n)
        r.calls = [struct.unpack_from("<IIq", data, 16 * i)
                   for i in range(n)]
        n = self.word()
        r.fresh = struct.unpack(f"<{n}I", self.take(4 * n))
        data = self.take(self.word())
        at = 0
        while at + 12 <= len(data):
            call, address, n = struct.unpack_from("<III", data, at)
            r.out.setdefault(call, []).append(
                (address, data[at + 12:at + 12 + n]))
            at += 12 + n
        r.state = self.take(self.word()).decode(errors="replace")
        r.broken = self.take(self.word()).decode(errors="replace")
        return r

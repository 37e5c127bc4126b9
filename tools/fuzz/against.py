# SPDX-License-Identifier: MIT
"""`./lectern fuzz --against linux`: run the same programs on both kernels, and
compare results, errors, bytes written and the state that is left."""
import errno
import os
import re
import threading
import time

from driver.common import MACHINES, TOP, Failure, say
from driver.machine import linux
from driver.testing.fuzz import Limit

from .program import Ptr, copy, text, value_text
from .replay import programs_of
from .vm import Died, Kernel, started

TABLE = os.path.join(os.path.dirname(__file__), "differences.tbl")
BATCH = 32
AGAIN = 2               # a difference must be seen again so many times
LIMIT_SECONDS = 60      # for making a difference small
PAGE = 4096
RSEQ_SIZE = 32
MAX_BATCH = 1 << 20     # bytes, as in the executor
NEVER, RUNS, DONE = range(3)


def tables_of(arch):
    """Return: the tables of differences: everybody's, and the machine's"""
    own = os.path.join(TOP, "arch", MACHINES[arch].folder, "differences.tbl")
    return [TABLE] + [own] * os.path.exists(own)


def holds(condition, bits, release):
    """Return: does the condition of a line hold for machines with words of so
    many bits, whose Linux is this (major, minor)?"""
    if condition in ("", "32", "64"):
        return condition in ("", str(bits))
    compare, major, minor = re.fullmatch(r"(<|>=)(\d+)\.(\d+)",
                                         condition).groups()
    return (release < (int(major), int(minor))) == (compare == "<")


class Known:
    """What may differ, and why.  A malformed line raises Failure: it would have
    no effect, and nobody would notice."""
    WORDS = {"result": 1, "bytes": 2, "differs": 3, "state": 1}
    LINE = re.compile(r"(\w+)(?::(32|64|(?:<|>=)\d+\.\d+))?")

    def __init__(self, bits, release, paths):
        self.results, self.bytes, self.pairs, self.state = {}, {}, [], []
        self.names, self.used = set(), {}
        self.bits, self.release = bits, release
        for path in paths:
            with open(path) as f:
                for i, line in enumerate(f, 1):
                    if line.strip() and not line.startswith("#"):
                        self._line(line.split(), f"{path}:{i}")

    def _line(self, words, where):
        known = self.LINE.fullmatch(words[0])
        if not known or known[1] not in self.WORDS:
            raise Failure(f"{where}: unknown word `{words[0]}`")
        kind, condition = known[1], known[2] or ""
        n = self.WORDS[kind]
        if len(words) < n + 2:
            raise Failure(f"{where}: a difference without a reason")
        try:
            entry = getattr(self, "_" + kind)(words[1:n + 1])
        except (ValueError, re.error) as why:
            raise Failure(f"{where}: {why}") from None
        if holds(condition, self.bits, self.release):
            self._enter(kind, entry, where)

    def _result(self, words):
        return words[0].split(",")

    def _bytes(self, words):
        spans = [tuple(int(n) for n in w.split("-"))
                 for w in words[1].split(",")]
        if any(len(s) != 2 or s[0] > s[1] for s in spans):
            raise ValueError(f"`{words[1]}` is no range of bytes")
        return words[0].split(","), spans

    def _differs(self, words):
        return [re.compile(w) for w in words]

    def _state(self, words):
        return re.compile(words[0])

    def _enter(self, kind, entry, where):
        if kind == "result":
            self.results.update((name, where) for name in entry)
            self.names.update(entry)
        elif kind == "bytes":
            for name in entry[0]:
                self.bytes.setdefault(name, []).extend(
                    (a, b, where) for a, b in entry[1])
            self.names.update(name.split(".")[0] for name in entry[0])
        elif kind == "differs":
            self.pairs.append((*entry, where))
        else:
            self.state.append((entry, where))

    def use(self, where):
        self.used[where] = self.used.get(where, 0) + 1

    def pair(self, calls, linux, lectern):
        """True if these two answers of a call, by one of its names, are
        known."""
        for name, a, b, where in self.pairs:
            if any(map(name.fullmatch, calls)) and a.fullmatch(linux) \
                    and b.fullmatch(lectern):
                self.use(where)
                return True
        return False

    def mask(self, name, data, at):
        """Return: output without the bytes that may differ"""
        out = bytearray(data)
        for low, high, _ in self.bytes.get(name, ()):
            low, high = max(0, low - at), min(len(out), high - at)
            if low < high:
                out[low:high] = b"\x5a" * (high - low)
        return bytes(out)

    def lines(self, state):
        found = []
        for line in state.splitlines():
            for regex, where in self.state:
                if regex.search(line):
                    line = regex.sub("<masked>", line)
                    self.use(where)
            # the number of such lines may differ, like their contents
            if line != "<masked>":
                found.append(line)
        return found


def failed(value):
    """True for an error; addresses of a 32-bit machine may be negative, too."""
    return -4096 < value < 0


def errno_of(word):
    """Return: a table's word for an error, in the form of answer()"""
    return errno.errorcode[getattr(errno, word)] if hasattr(errno, word) \
        else word


def plain_text(call):
    """Return: a call without its thread and the name of its result"""
    whole = str(call)
    return whole[whole.index(call.name + "("):]


def after(name, calls):
    return sorted({f"{name} after {c.name}" for c in calls})


def answer(call):
    state, kicks, value = call
    if state != DONE:
        return ("not made", "does not return")[state]
    if failed(value):
        name = errno.errorcode.get(-value, str(-value))
        # an error of looking for a module, not of the sleep itself
        slept = kicks and name in ("EINTR", "EAGAIN", "ETIMEDOUT")
        return ("sleeps," if slept else "") + name
    return ("sleeps," if kicks else "") + value_text(value)


class Difference:
    def __init__(self, at, name, linux, lectern, detail=(), words=()):
        self.at, self.name = at, name
        self.linux, self.lectern, self.detail = linux, lectern, detail
        self.words = words      # the words of both, where bytes differ

    def signature(self):
        if self.name == "state":
            return (self.name, *(re.sub(r"\d+: |size.*", "", w.split("; ")[0])
                                 for w in (self.linux, self.lectern)))

        def plain(word):
            return word if re.match("E[A-Z]|sleeps|bytes|not|does", word) \
                or self.name == "state" else "a result"
        return self.name, plain(self.linux), plain(self.lectern)


class Compare:
    def __init__(self, tables, shapes, encoder, known):
        self.tables, self.shapes, self.known = tables, shapes, known
        self.encoder = encoder
        self.compared = 0       # calls compared in the latest programs
        self.areas = []         # of rseq: address, size

    def statuses(self, call):
        """Return: statuses of abi.tbl by which Lectern refuses the call"""
        return {errno_of(word) for word in self.refusals(call)}

    def pointed(self, s, ptr, place, call):
        """Do the same for a word in memory that an argument points to."""
        v = self.word_at(ptr, place, call) if isinstance(ptr, Ptr) else None
        if v is None or s.kind == "pair":
            return {m.status for m in s.members
                    if m.status[0] == "E" and m.status != "EINVAL"}
        return {m.status for m in s.split([v]) if m.status[0] == "E"}

    def word_at(self, ptr, place, call):
        """place: OFFSET.SIZE, OFFSET64/OFFSET32.SIZE.  Return: the word, or
        None if it is unknown"""
        where, _, size = place.partition(".")
        offsets = where.split("/")
        at = int(offsets[-1] if self.encoder.bits == 32 else offsets[0])
        n = self.encoder.size(size if size == "w" else int(size), call)
        start = 0
        for kind, *part in ptr.parts:
            if kind != "v" or start > at:
                return None
            if start == at and isinstance(part[1], int):
                return part[1] & (1 << 8 * n) - 1
            start += self.encoder.size(part[0], call)
        return None

    def refusals(self, call):
        info = self.encoder.calls[call.name][1]
        found = set()
        for arg, name, place in info.sets:
            s = self.tables.sets[name]
            v = call.args[arg] if arg < len(call.args) else None
            if place:
                found |= self.pointed(s, v, place, call)
            elif isinstance(v, int) and s.kind != "pair":
                found |= {m.status for m in s.split([v & 0xffffffff])
                          if m.status[0] == "E"}
        for name in {n for _, n, p in info.sets if not p}:
            s = self.tables.sets[name]
            if s.kind == "pair":
                values = [call.args[a] for a, n, _ in info.sets if n == name
                          and a < len(call.args)]
                if all(isinstance(v, int) for v in values):
                    found |= {m.status for m in s.split(values)
                              if m.status[0] == "E"}
        return found

    def same_value(self, call, ours, theirs, labels):
        if ours == theirs:
            return True
        kind = self.shapes.rets.get(call.name)
        if call.name in self.known.results or kind == "pid":
            self.known.use(self.known.results.get(call.name, "pid"))
            if not failed(ours) and not failed(theirs):
                labels[theirs] = ours
                return True
        if kind == "address":
            return ours % PAGE == 0 and theirs % PAGE == 0
        return labels.get(theirs) == ours

    def outputs(self, n, call, theirs, ours, pids):
        """Return: a difference in the bytes written by call n, or None"""
        info = self.encoder.calls[call.name][1]
        places = {a.at: info.args[i][0] for i, a in enumerate(call.args)
                  if isinstance(a, Ptr) and i < len(info.args)}
        for (at, a), (_, b) in zip(theirs.out.get(n, ()),
                                   ours.out.get(n, ())):
            start = max((p for p in places if p <= at), default=at)
            arg = places.get(start, "?")
            name = f"{call.name}.{arg}"
            a, b = without_pids(a, b, pids)
            a, b = (self.known.mask(name, x, at - start) for x in (a, b))
            a, b = (hide(x, at, self.areas) for x in (a, b))
            if a != b:
                k = next(k for k in range(len(a)) if a[k] != b[k])
                # one kernel wrote these bytes, the other did not
                return Difference(n, name, f"bytes@{k + at - start}", "bytes",
                                  (f"linux:   {a[k & ~7:][:24].hex(' ')}",
                                   f"lectern: {b[k & ~7:][:24].hex(' ')}"),
                                  [x[k & ~3:][:4].hex() for x in (a, b)])
        return None

    def programs(self, calls, theirs, ours):
        """Return: the first unknown difference, or None"""
        self.compared, self.areas = 0, []
        labels = {theirs.pid: ours.pid}
        pids = [theirs.pid], [ours.pid]
        for n, call in enumerate(calls):
            if n >= len(theirs.calls) or n >= len(ours.calls):
                break
            self.compared += theirs.calls[n][0] != NEVER
            a, b = answer(theirs.calls[n]), answer(ours.calls[n])
            va, vb = theirs.calls[n][2], ours.calls[n][2]
            # slow and sleeping calls look alike: their results decide
            if va == vb and (a + b).count("sleeps,"):
                a = b = a.replace("sleeps,", "")
            good = not failed(va) and not failed(vb) and a[0] != "s" \
                and b[0] != "s"
            if a != b and not (good and self.same_value(call, vb, va,
                                                        labels)):
                names = [call.name, plain_text(call),
                         *after(call.name, calls[:n])]
                if {a, b} & {"not made", "does not return"}:
                    names += [f"end of {c.name}" for c in calls]
                if not self.known.pair(names, a, b) and \
                        b not in self.statuses(call):
                    return Difference(n, call.name, a, b)
                if failed(va) != failed(vb):
                    return None         # the rest differs for this reason
                continue
            if call.name == "rseq" and va == vb == 0 and \
                    isinstance(call.args[0], Ptr):
                self.areas.append((call.args[0].at, RSEQ_SIZE))
            if self.shapes.rets.get(call.name) == "pid" and good:
                pids[0].append(va)
                pids[1].append(vb)
            found = self.outputs(n, call, theirs, ours, pids)
            if found:
                names = [found.name, f"{found.name} {plain_text(call)}",
                         *after(found.name, calls[:n])]
                how = found.linux, found.lectern
                exact = [f"{x}={w}" for x, w in zip(how, found.words)]
                if self.known.pair(names, *how) or \
                        self.known.pair(names, *exact):
                    continue
                return found
        return self.ends(calls, theirs, ours)

    def ends(self, calls, theirs, ours):
        if theirs.end != ours.end:
            how = f"bytes {theirs.end}", f"bytes {ours.end}"
            if self.known.pair([f"end of {c.name}" for c in calls], *how):
                return None
            return Difference(len(calls), "end", *how)
        a, b = (self.known.lines(r.state) for r in (theirs, ours))
        if a == b:
            return None
        how = "; ".join(line for line in a if line not in b)[:300] or \
            "order", "; ".join(line for line in b if line not in a)[:300]
        if self.known.pair(["state", *after("state", calls)], *how):
            return None
        return Difference(len(calls), "state", *how)


def hide(data, at, areas):
    """Blank the bytes that the kernel may write at any time."""
    out = bytearray(data)
    for low, size in areas:
        low, high = max(0, low - at), min(len(out), low + size - at)
        if low < high:
            out[low:high] = b"\x5a" * (high - low)
    return bytes(out)


def without_pids(a, b, pids):
    """Make words equal in which both have the pid of one of their processes."""
    a, b = bytearray(a), bytearray(b)
    for at in range(0, min(len(a), len(b)) - 3, 4):
        if all(int.from_bytes(x[at:at + 4], "little") in of
               for x, of in zip((a, b), pids)):
            a[at:at + 4] = b[at:at + 4] = b"PID!"
    return bytes(a), bytes(b)


def parts(coded):
    """Yield programs in batches that fit into the executor."""
    part, size = [], 0
    for p in coded:
        if size + len(p) > MAX_BATCH and part:
            yield part
            part, size = [], 0
        part.append(p)
        size += len(p)
    if part:
        yield part


class Pair:
    """Both machines; if one dies, that is reported and it is started again."""

    def __init__(self, arch, user, check, mem):
        self.user, self.mem = user, mem
        self.kernels = [Kernel(arch, "", True), Kernel(arch, check)]
        self.vms = [None, None]

    def close(self):
        for k in range(2):
            self.drop(k)

    def drop(self, k):
        if self.vms[k]:
            self.vms[k].close()
            self.vms[k] = None

    def one(self, k, coded, out):
        done = []
        try:
            for part in parts(coded):
                done += self.vms[k].run(part)[0]
            out[k] = done
        except Died as why:
            why.last = len(done) + (why.last or 0)
            out[k] = why

    def run(self, coded):
        """Return: the results of Linux and of Lectern, or a Died"""
        out = [None, None]
        # started in this thread, because QEMU ends with its starting thread
        for k in range(2):
            self.vms[k] = self.vms[k] or started(
                self.kernels[k], self.user, 1, self.mem, words=["plain"])
        threads = [threading.Thread(target=self.one, args=(k, coded, out))
                   for k in range(2)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        if any(isinstance(r, Died) for r in out):
            self.close()        # reset what outlives programs, on both
        return out


class Against:
    def __init__(self, options):
        from driver import packages
        from driver.testing import fuzz
        from driver.packages import LINUX_GCC

        from .encode import Encoder
        from .generate import Generator
        from .shapes import Shapes
        packages.require([LINUX_GCC[options.arch]], not options.no_install)
        self.options = options
        tables, shapes = fuzz.tables(options.arch), Shapes()
        self.encoder = Encoder(tables, options.arch)
        self.seed = options.seed if options.seed is not None else \
            int(time.time())
        self.generator = Generator(tables, shapes, options.arch,
                                   options.user, self.seed, True)
        self.known = Known(MACHINES[options.arch].bits,
                           linux.release(options.arch), tables_of(options.arch))
        self.compare = Compare(tables, shapes, self.encoder, self.known)
        self.pair = Pair(options.arch, options.user, options.check,
                         options.mem)
        self.place = fuzz.Place(options)
        self.folder = os.path.join(self.place.top, "differences")
        os.makedirs(self.folder, exist_ok=True)
        self.progress = fuzz.Progress()
        self.corpus, self.seen, self.found = [], set(), {}
        self.unsteady = self.died = 0

    def both(self, programs):
        """Return: [(calls, Linux's result, Lectern's)]"""
        coded = [self.encoder.program(p, True, True) for p in programs]
        theirs, ours = self.pair.run(coded)
        for who, r in (("linux", theirs), ("lectern", ours)):
            if isinstance(r, Died):
                self.died += 1
                last = programs[r.last or 0]
                stem = os.path.join(self.folder, f"died-{who}-{self.died}")
                with open(stem + ".txt", "w") as f:
                    f.write(f"# {who}: {r.title}\n{text(last)}\n")
                    f.writelines(f"# {line}\n"
                                 for line in r.report.splitlines())
                say(f"{who} died: {r.title}; {stem}.txt")
                return []
        return list(zip(programs, theirs, ours))

    def differences(self, programs):
        """Run programs again. Return: the first difference of each, or None"""
        done = self.both(programs)
        return [self.compare.programs(*d) for d in done] or \
            [None] * len(programs)

    def same(self, programs, signature):
        """Return: for each program, True if it still differs in this way"""
        return [found is not None and found.signature() == signature
                for found in self.differences(programs)]

    def minimise(self, calls, first):
        """Remove calls.  One batch tries to leave out each call by itself; then
        all calls go that can be left out together, or else the last one."""
        end = time.monotonic() + LIMIT_SECONDS
        signature = first.signature()
        calls = calls[:first.at + 1]
        while len(calls) > 1 and time.monotonic() < end:
            idle = [at for at, same in enumerate(self.same(
                [calls[:at] + calls[at + 1:] for at in range(len(calls))],
                signature)) if same]
            if not idle:
                break
            less = [c for at, c in enumerate(calls) if at not in idle]
            if not less or not self.same([less], signature)[0]:
                less = calls[:idle[-1]] + calls[idle[-1] + 1:]
            calls = less
        return calls

    def tell(self, calls, found):
        signature = found.signature()
        if signature in self.found:
            self.found[signature] += 1
            return
        if not all(self.same([calls] * AGAIN, signature)):
            self.unsteady += 1
            return
        self.found[signature] = 1
        small = self.minimise(calls, found)
        again = self.differences([small])[0]
        if again:
            self.save(small, again)
        else:
            self.save(calls, found)
        self.progress.finds = len(self.found)

    def save(self, calls, found):
        name = re.sub(r"[^A-Za-z0-9]+", "-", "-".join(found.signature()))[:90]
        path = os.path.join(self.folder, name.strip("-") + ".txt")
        where = str(calls[found.at]) if found.at < len(calls) else "the end"
        head = [f"at {where}", f"{found.name}:", f"  linux:   {found.linux}",
                f"  lectern: {found.lectern}", *found.detail]
        with open(path, "w") as f:
            f.writelines(f"# {line}\n" for line in head)
            f.write(text(calls))
        say(f"{found.name}: linux {found.linux}, lectern {found.lectern}; "
            f"{os.path.relpath(path)}")

    def note(self, calls, theirs, ours):
        fresh = (set(theirs.fresh) | set(ours.fresh)) - self.seen
        self.progress.execs += 1
        if fresh:
            self.seen |= fresh
            self.corpus.append(copy(calls))
        self.progress.seen = len(self.seen)
        self.progress.corpus = len(self.corpus)

    def next_program(self):
        rng = self.generator.rng
        if not self.corpus or rng.randrange(3) == 0:
            return self.generator.program()
        return self.generator.mutate(rng.choice(self.corpus), self.corpus)

    def run(self):
        say(f"seed {self.seed}; differences go to "
            f"{os.path.relpath(self.folder)}")
        limit = Limit(self.options, self.progress)
        with self.progress:
            try:
                if self.options.replay_against:
                    return self.replay(self.options.replay_against)
                while limit.leaves_time():
                    self.batch()
            finally:
                self.pair.close()
        return self.verdict()

    def batch(self):
        for calls, theirs, ours in self.both(
                [self.next_program() for _ in range(BATCH)]):
            self.note(calls, theirs, ours)
            found = self.compare.programs(calls, theirs, ours)
            self.progress.calls += self.compare.compared
            if found:
                self.tell(calls, found)

    def replay(self, path):
        """Run the programs of a file, once. Return: 1 if some differ"""
        for calls in programs_of("--replay-against", path, self.encoder):
            self.compare.compared = 0
            found = self.differences([calls])[0]
            self.progress.execs += 1
            self.progress.calls += self.compare.compared
            if found:
                self.found[found.signature()] = 1
                self.save(calls, found)
        return self.verdict()

    def verdict(self):
        if self.unsteady:
            say(f"{self.unsteady} differences could not be reproduced")
        for where, times in sorted(self.known.used.items()):
            if where.startswith(TOP):
                where = os.path.relpath(where)
            print(f"known: {where}, {times} times")
        say(f"{self.progress.calls} calls, "
            f"{len(self.found)} kinds of differences")
        return 1 if self.found or self.died else 0

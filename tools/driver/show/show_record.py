# SPDX-License-Identifier: MIT
"""What user/bin/moments prints of a program, as objects: moments, and in each
the processes with their areas and page tables."""
import re

from ..common import MACHINES, Failure
import entries

PAGE = 4096
ROW = 64                # pages of a row of a picture
ALIKE = 3               # so many rows that are alike become a break
# what a page is: letter -> name; a capital is part of a superpage
STATES = {"o": "its own", "c": "copy on write", "s": "shared",
          "f": "a file's, mapped once", "z": "the page of zeros",
          "k": "the kernel's", "w": "swapped out", ".": "not in memory"}
# what the kernel says of an area in a word (topics/spaceviews/space.c)
FLAGS = {"shared": "stores are seen by all who have it mapped",
         "growsdown": "a stack, which grows by itself",
         "dontfork": "a child does not get it (madvise)",
         "wipeonfork": "a child gets it empty (madvise)",
         "dontdump": "left out of core files (madvise)",
         "locked": "stays in memory (mlock)",
         "special": "the kernel's own, for programs",
         "huge": "superpages are wanted (madvise)",
         "nohuge": "superpages are not wanted (madvise)",
         "random": "read in no order (madvise)",
         "noreserve": "memory for it is not promised (mmap)",
         "anon": "it has, or had, anonymous pages: those of no file, private "
                 "to it, or zeros"}
HEAD = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) (\S+) (\S+) (\d+) *(.*)")


class Area:
    """A VMA."""

    def __init__(self, match):
        self.start, self.end = (int(match[i], 16) for i in (1, 2))
        self.perms, self.name = match[3], match[7]
        self.ref = self.shadow = 0
        self.flags = []
        self.change = ""            # since the moment before
        self.leaves = []            # in order

    @property
    def pages(self):
        return (self.end - self.start) // PAGE

    @property
    def private(self):
        return self.perms[3] == "p"

    @property
    def resident(self):
        return sum(count for _, count, state in self.runs()
                   if state.lower() not in "wz")

    def runs(self):
        """(first page, how many, state) of what has an entry."""
        for leaf in self.leaves:
            first = max(leaf.va, self.start) // PAGE
            end = min(leaf.end, self.end) // PAGE
            yield first, end - first, leaf.state(self)

    def rows(self):
        """(number of rows, first page of the first, its pages as letters):
        rows that are alike are told once."""
        first, end = self.start // PAGE, self.end // PAGE
        touched = {}
        for at, count, state in self.runs():
            for row in range(at // ROW, (at + count - 1) // ROW + 1):
                cells = touched.setdefault(row, ["."] * ROW)
                low, high = max(at, row * ROW), min(at + count,
                                                    (row + 1) * ROW)
                cells[low - row * ROW:high - row * ROW] = state * (high - low)
        edge = {first // ROW, (end - 1) // ROW}
        found = []
        row = first // ROW
        for nearest in sorted(edge | set(touched)):
            if nearest > row:
                found.append((nearest - row, row * ROW, "." * ROW))
            cells = touched.get(nearest, ["."] * ROW)
            text = "".join(
                c if first <= nearest * ROW + i < end else " "
                for i, c in enumerate(cells))
            found.append((1, nearest * ROW, text))
            row = nearest + 1
        return joined(found)


def joined(rows):
    """Rows that are alike and follow each other, as one."""
    out = []
    for count, page, text in rows:
        if out and out[-1][2] == text:
            out[-1] = (out[-1][0] + count, *out[-1][1:])
        else:
            out.append((count, page, text))
    return out


class Leaf:
    """Entries in a row that differ by their frames only."""

    def __init__(self, words, table, port, span):
        self.va, self.level = int(words[1], 16), int(words[2])
        self.count, self.entry = int(words[3]), int(words[4], 16)
        self.kind, self.mappers = words[5], int(words[6])
        self.table, self.port = table, port
        self.span = span                # bytes of an entry
        self.end = self.va + self.count * span

    def state(self, area):
        cow = entries.is_cow(self.port, self.entry) or \
            self.table.trees > 1 and area.private and self.kind in "a"
        if self.kind in "zkn":
            state = {"z": "z", "k": "k", "n": "w"}[self.kind]
        elif cow:
            state = "c"
        elif self.mappers > 1:
            state = "s"
        else:
            state = "o" if self.kind == "a" else "f"
        return state.upper() if self.level else state

    def read_pte(self, va):
        return entries.moved(self.port, self.entry,
                             (va - self.va) // self.span
                             if not self.level else 0)


class Table:
    """A page table; its name is the same in all moments of a record."""

    def __init__(self, words, names):
        self.level, self.base = int(words[1]), int(words[2], 16)
        self.frame, self.entry = int(words[3], 16), int(words[4], 16)
        self.trees = int(words[5])
        self.name = names.setdefault(self.frame, f"T{len(names) + 1}")
        self.tables, self.leaves = [], []

    @property
    def used(self):
        return len(self.tables) + sum(leaf.count for leaf in self.leaves)

    def all(self):
        yield self
        for table in self.tables:
            yield from table.all()


class Process:
    def __init__(self, pid, name):
        self.pid, self.name = pid, name
        self.areas, self.root = [], None
        self.gone = 0               # areas, since the moment before

    @property
    def tables(self):
        return list(self.root.all()) if self.root else []

    def area_at(self, va):
        return next((a for a in self.areas if a.start <= va < a.end), None)

    def settle(self):
        """The leaves of each area."""
        leaves = sorted((leaf for t in self.tables for leaf in t.leaves),
                        key=lambda leaf: leaf.va)
        for area in self.areas:
            area.leaves = [leaf for leaf in leaves
                           if leaf.va < area.end and leaf.end > area.start]


class Moment:
    def __init__(self, pid, what):
        self.pid, self.what, self.processes = pid, what, []

    @property
    def title(self):
        name = next((p.name for p in self.processes if p.pid == self.pid), "?")
        return f"{self.what} in process {self.pid} ({name})"


def signal_named(what, names):
    """`signal 11` by its name."""
    word, _, number = what.partition(" ")
    if word == "signal" and number.isdigit():
        return f"signal {names.get(int(number), number)}"
    return what


class Reader:
    """Takes the lines of a record one by one."""

    def __init__(self, arch, signals):
        self.port = MACHINES[arch].folder
        self.levels, self.bits = MACHINES[arch].tables
        self.signals = signals
        self.names, self.moments = {}, []
        self.moment = self.process = None
        self.path = []

    def line(self, line):
        words = line.split()
        method = getattr(self, "on_" + words[0], None) if words else None
        match = HEAD.fullmatch(line)
        if match and self.process:
            self.process.areas.append(Area(match))
        elif method:
            method(words, line)
        else:
            raise Failure(f"the guest told something strange: {line}")

    def on_moment(self, words, line):
        self.moment = Moment(int(words[1]),
                             signal_named(" ".join(words[2:]), self.signals))

    def on_process(self, words, line):
        self.process = Process(int(words[1]), " ".join(words[2:]))
        self.moment.processes.append(self.process)

    def on_space(self, words, line):
        pass

    on_tables = on_space

    def on_ref(self, words, line):
        area = self.process.areas[-1]
        area.ref, area.shadow = int(words[1]), int(words[3])
        area.flags = words[5:]

    def on_table(self, words, line):
        table = Table(words, self.names)
        if table.level == self.levels - 1:
            self.process.root, self.path = table, [table]
            return
        while self.path[-1].level <= table.level:
            self.path.pop()
        self.path[-1].tables.append(table)
        self.path.append(table)

    def on_page(self, words, line):
        level = int(words[2])
        table = next(t for t in self.path if t.level == level)
        table.leaves.append(Leaf(words, table, self.port,
                                 PAGE << self.bits * level))

    def on_end(self, words, line):
        for process in self.moment.processes:
            process.settle()
        self.moments.append(self.moment)
        self.process = None


def read(text, arch, signals):
    """=> the moments of a record, in order"""
    reader = Reader(arch, signals)
    for line in text.splitlines():
        reader.line(line)
    return reader.moments


# ---- from one moment to the next -------------------------------------------

def pages_of(areas):
    """=> {page: its state}, of those that have an entry"""
    return {at + i: state for area in areas
            for at, count, state in area.runs() for i in range(count)}


def change_of(area, before, old):
    """before: the areas that were there; old: their pages => in words"""
    if not any(a.start < area.end and area.start < a.end for a in before):
        return "new"
    now = pages_of([area])
    count = sum(now.get(page) != old.get(page)
                for page in range(area.start // PAGE, area.end // PAGE)
                if page in now or page in old)
    same = any((a.start, a.end, a.perms, a.name) ==
               (area.start, area.end, area.perms, area.name) for a in before)
    if count:
        return f"changed, {count} page{'s' * (count > 1)}"
    return "" if same else "changed"


def compare(moments):
    """Note in each area what changed since the process was last seen; of one
    that is new nothing is noted."""
    seen = {}
    for _, moment in moments:
        for process in moment.processes:
            before = seen.get(process.pid)
            if before is not None:
                old = pages_of(before)
                for area in process.areas:
                    area.change = change_of(area, before, old)
                process.gone = sum(
                    not any(a.start < b.end and b.start < a.end
                            for b in process.areas) for a in before)
            seen[process.pid] = process.areas


class Step:
    """A level of a translation: the table, and the entry that is read."""

    def __init__(self, table, index, entry, present, leaf):
        self.table, self.index, self.entry = table, index, entry
        self.present, self.leaf = present, leaf


def steps(process, va, arch):
    """=> what the machine reads on its way, from the root on"""
    bits = MACHINES[arch].tables[1]
    table, found = process.root, []
    while table:
        index = va >> 12 + bits * table.level & (1 << bits) - 1
        below = next((t for t in table.tables
                      if t.base >> 12 + bits * table.level ==
                      va >> 12 + bits * table.level), None)
        leaf = next((x for x in table.leaves if x.va <= va < x.end), None)
        if below:
            found.append(Step(table, index, below.entry, True, None))
        elif leaf:
            found.append(Step(table, index, leaf.read_pte(va),
                              leaf.kind != "n", leaf))
        else:
            found.append(Step(table, index, 0, False, None))
        table = below
    return found


def physical(step, va, arch):
    """Where an address is, by the entry of a leaf."""
    port, bits = MACHINES[arch].folder, MACHINES[arch].tables[1]
    inside = (1 << 12 + bits * step.leaf.level) - 1
    return (entries.frame(port, step.entry) << 12) & ~inside | va & inside


def size(number):
    """Bytes as people say them."""
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if number < 1024 or unit == "TiB":
            return f"{number:.1f}".rstrip("0").rstrip(".") + " " + unit
        number /= 1024
    return ""

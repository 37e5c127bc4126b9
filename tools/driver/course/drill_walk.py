# SPDX-License-Identifier: MIT
"""Translations by the page tables of a process, as /proc/PID/tables has them.

The rule reads nothing but the printed entries.  The truth: the program then
makes each access, counts its faults, and finds its frame in its pagemap
(user/more/drilled/pages.c)."""
import entries

from ..common import MACHINES, Failure
from ..show import show_record
from .drill_marks import Question, Sheet, agree
from .drill_runs import DRILLED

MOMENTS = "/usr/lectern/bin/moments"
MOMENT = 23             # SIGURG, which the program sends to itself
PAGE = show_record.PAGE
SMALL, LARGE = 0x20000000, 0x40000000
PERMS = ("r", "rw", "rw", "none", "rx", "rw")


class Format:
    """How a machine's entries are read, by the names of their bits."""

    def __init__(self, arch):
        self.port = MACHINES[arch].folder
        self.levels, self.bits = MACHINES[arch].tables
        names, self.shift, self.mask = entries.layout(self.port)
        self.names = {n: b for n, b in names.items() if n.isupper()}
        self.valid = next(n for n in ("V", "P") if n in names)
        self.user = next(n for n in ("U", "USER") if n in names)
        self.tools = MACHINES[arch].port()
        self.digits = MACHINES[arch].bits // 4

    def flags(self, entry):
        return [n for n in entries.flags(self.port, entry) if n.isupper()]

    def span(self, level):
        """Return: bytes that an entry of this level stands for"""
        return PAGE << self.bits * level

    def indices(self, va):
        """Return: the index of each level, the root's first"""
        return [va >> 12 + self.bits * level & (1 << self.bits) - 1
                for level in reversed(range(self.levels))]

    def lacks(self, flags, access):
        """Return: what keeps user mode from the access, or None"""
        if self.user not in flags:
            return f"without {self.user}"
        if access == "w" and "RO" in self.names:
            return "with RO" if "RO" in flags else None
        need = "W" if access == "w" else "R"
        return (f"without {need}" if need in self.names and need not in flags
                else None)

    def told(self):
        """Return: lines that say how to read an entry"""
        bits = ", ".join(f"{n} {b:#x}" for n, b in sorted(
            self.names.items(), key=lambda x: x[1]))
        return [f"{self.levels} levels, {self.bits} bits of index each, pages "
                "of 4 KiB; the root has the highest level.",
                f"Bits of an entry: {bits}.",
                f"Its frame number: (entry >> {self.shift}) & "
                f"{self.mask & (1 << 44) - 1:#x}; without {self.valid} it is "
                f"absent; {self.tools.LEAF}, others",
                "name the next table.  Bits that are not listed are for the "
                "kernel alone."]


# ---- what the program does -------------------------------------------------

class Plan:
    """Areas and accesses, chosen by a seed."""

    def __init__(self, rng, form):
        self.areas, self.accesses = [], []
        for i, perms in enumerate(rng.sample(PERMS, 4)):
            self.add_small(rng, SMALL + rng.randrange(4) * 0x800000
                           + i * 0x100000, perms)
        self.add_large(rng, form)
        rng.shuffle(self.accesses)

    def add_small(self, rng, at, perms):
        """An area of a few pages: written to, read or not touched."""
        at += rng.randrange(16) * PAGE
        pages = rng.randrange(4, 8)
        order = rng.sample(range(pages), 3)
        touched = [str(order[0]), f"r{order[1]}"]
        self.areas.append(f"{at:#x}:{pages}:{perms}:{','.join(touched)}")
        for page in order:
            self.add_access(rng, at + page * PAGE, PAGE)

    def add_large(self, rng, form):
        """An area of superpages; only the second is touched."""
        span = form.span(1)
        at = LARGE + rng.randrange(1, 8) * span
        self.areas.append(f"{at:#x}:{2 * span // PAGE}:"
                          f"{rng.choice(['r', 'rw'])}:{span // PAGE}")
        for _ in range(2):
            self.add_access(rng, at + span, span)
        self.add_access(rng, at, PAGE)

    def add_access(self, rng, at, size):
        self.accesses.append((rng.choice("rrw"),
                              at + rng.randrange(size) // 4 * 4))

    def command(self):
        return [MOMENTS, "-w", str(MOMENT), "--", DRILLED, "pages",
                *self.areas, "-", *(f"{a}{va:#x}" for a, va in self.accesses)]


# ---- the tables ------------------------------------------------------------

def table_entries(table, form):
    """Return: {index: entry} of what a table holds"""
    shift, mask = 12 + form.bits * table.level, (1 << form.bits) - 1
    found = {t.base >> shift & mask: t.entry for t in table.tables}
    for leaf in table.leaves:
        for i in range(leaf.count):
            va = leaf.va + i * leaf.span
            found[va >> shift & mask] = leaf.read_pte(va)
    return found


def wanted_tables(process, accesses, form):
    """Return: {frame: (level, {index: entry})} of the tables that the accesses
    pass, the root first"""
    frames = {step.table.frame for _, va in accesses
              for step in show_record.steps(process, va, form.arch)}
    return {t.frame: (t.level, table_entries(t, form))
            for t in process.tables if t.frame in frames}


def table_lines(tables, form):
    """Return: the tables, as students see them"""
    out = []
    for frame, (level, found) in tables.items():
        out += ["", f"  table in frame {frame:#x}, level {level}:"]
        out += [f"    [{index:3}] {entry:#0{form.digits + 2}x}"
                for index, entry in sorted(found.items())]
    return out


# ---- the rule --------------------------------------------------------------

class Walk:
    """One translation by the printed tables: answer, steps, page size."""

    def __init__(self, tables, form, root, access, va):
        self.steps, self.answer, self.size = [], None, None
        self.form, self.va, self.access = form, va, access
        frame = root
        for level, index in zip(reversed(range(form.levels)),
                                form.indices(va)):
            entry = tables[frame][1].get(index, 0)
            frame = self.look(level, index, frame, entry)
            if self.answer:
                break

    def look(self, level, index, frame, entry):
        """Read an entry. Return: the frame that it names"""
        form, flags = self.form, self.form.flags(entry)
        to = entries.frame(form.port, entry)
        self.steps.append(
            f"level {level}: bits {12 + form.bits * (level + 1) - 1} to "
            f"{12 + form.bits * level} are {index}; entry {index} in frame "
            f"{frame:#x} is {entry:#x} [{' '.join(flags) or '-'}]")
        if form.valid not in flags:
            self.stop(level, "absent", f"{form.valid} is not set: absent")
        elif form.tools.is_leaf(entry, level):
            self.arrive(level, flags, to)
        else:
            self.steps.append(f"it names the table in frame {to:#x}")
        return to

    def stop(self, level, why, told):
        self.answer = f"fault {level} {why}"
        self.steps.append(told)

    def arrive(self, level, flags, frame):
        form = self.form
        self.size = form.span(level)
        lacks = form.lacks(flags, self.access)
        if lacks:
            return self.stop(level, "permission",
                             f"a page, but {lacks}: permission")
        offset = self.va & self.size - 1
        physical = (frame << 12) + offset
        self.answer = f"{physical:#x}"
        return self.steps.append(
            f"a page of {self.size:#x} bytes at {frame << 12:#x}; offset "
            f"{offset:#x}: {physical:#x}")


def compare_walks(walks, run):
    """Compare what the tables say with what the machine did."""
    rows = run.rows("access", errors=True)
    agree("number of accesses", len(walks), len(rows))
    for walk, row in zip(walks, rows):
        where = f"{row[0]} by {walk.answer}"
        faulted = row[2] != "0" or row[4] != "0"
        agree(f"{where}: a fault", walk.answer.startswith("fault"), faulted)
        if not faulted:
            agree(f"{where}: its frame", int(walk.answer, 16) >> 12,
                  int(row[6], 16))


# ---- questions -------------------------------------------------------------

def ask_walk(walk):
    verb = "writes to" if walk.access == "w" else "reads from"
    return Question(f"The program {verb} {walk.va:#x}. Which physical address "
                    "is that, or at which level does it fault?", "walk",
                    walk.answer, walk.steps)


def ask_indices(form, va):
    indices = form.indices(va)
    return Question(f"Which index does {va:#x} have at each level, the root's "
                    "first, in decimal?", "list",
                    " ".join(map(str, indices)),
                    [f"{va:#x} >> {12 + form.bits * level} & "
                     f"{(1 << form.bits) - 1:#x} = {index}" for level, index in
                     zip(reversed(range(form.levels)), indices)])


def ask_size(walk):
    return Question(f"How large is the page of {walk.va:#x}?", "size",
                    walk.size, walk.steps)


def pick_walks(walks):
    """Return: the walks, those of different ends first"""
    seen, first, later = set(), [], []
    for walk in walks:
        kind = (walk.answer.split()[-1] if "fault" in walk.answer else "page",
                walk.size)
        (later if kind in seen else first).append(walk)
        seen.add(kind)
    return first + later


def make_sheet(maker):
    """Return: the sheet of one address space"""
    form = Format(maker.arch)
    form.arch = maker.arch
    plan = Plan(maker.rng, form)
    run = maker.run(plan.command())
    moments = show_record.read(run.output, maker.arch, {})
    if not moments:
        raise Failure("the run told no page tables")
    process = next(p for p in moments[0].processes
                   if p.pid == moments[0].pid)
    tables = wanted_tables(process, plan.accesses, form)
    root = process.root.frame
    walks = [Walk(tables, form, root, a, va) for a, va in plan.accesses]
    compare_walks(walks, run)
    given = [*form.told(), "Accesses are by a program in user mode; each "
             "question is about the tables as they",
             f"are here.  The root is in frame {root:#x}.",
             *table_lines(tables, form)]
    picked = pick_walks(walks)
    paged = [w for w in picked if w.size]
    return Sheet(given, [ask_walk(picked[0]), ask_indices(form, picked[0].va),
                         *map(ask_walk, picked[1:4]),
                         ask_size(maker.rng.choice(paged)),
                         *map(ask_walk, picked[4:])])

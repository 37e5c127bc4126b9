# SPDX-License-Identifier: MIT
"""`./lectern show plt -- CMD`: the first and the second call of a function of
another object.  All data come from the process: its dynamic section, its PLT
and its GOT, before any function is bound and at each step of the calls."""
import re
import struct
import subprocess
import tempfile

from ..common import EXIT_BROKEN, EXIT_USAGE, MACHINES, Failure, near
from .show_live import AT_ENTRY, AT_PHDR, AT_PHNUM, Live, Start
from .show_svg import Canvas, document

PT_DYNAMIC, PT_PHDR = 2, 6
PLTRELSZ, PLTGOT, STRTAB, SYMTAB, PLTREL, JMPREL = 2, 3, 5, 6, 20, 23
DT_RELA = 7
AT_BASE = 7
TRAPS = 500


class Slot:
    """A function of another object: its entries in PLT and GOT."""

    def __init__(self, index, name, got):
        self.index, self.name, self.got = index, name, got
        self.plt = None


class Program:
    """The PLT of a process, by its own dynamic section."""

    def __init__(self, live):
        self.live, self.kind = live, live.kind
        start = Start(live)
        self.entry = start.values.get(AT_ENTRY, 0)
        if not start.values.get(AT_BASE):
            raise Failure(f"{live.name} has no run-time linker: it is static, "
                          "and calls no function by a PLT", EXIT_BROKEN)
        self.dynamic = self._dynamic(start)
        need = (JMPREL, PLTRELSZ, SYMTAB, STRTAB, PLTGOT)
        if not all(tag in self.dynamic for tag in need):
            raise Failure(f"{live.name} has no PLT: it calls no function of "
                          "another object, or all are bound without one",
                          EXIT_BROKEN)
        self.got = self.base + self.dynamic[PLTGOT]
        self.slots = list(self._slots())
        self._find_plt()

    def _dynamic(self, start):
        live, word = self.live, self.live.word
        size, form = (56, "<IIQQQQQQ") if word == 8 else (32, "<IIIIIIII")
        at, self.base, dynamic = start.values[AT_PHDR], 0, None
        for i in range(start.values[AT_PHNUM]):
            data = live.bytes(at + i * size, size)
            head = struct.unpack(form, data)
            va = head[3] if word == 8 else head[2]
            if head[0] == PT_PHDR:
                self.base = at - va
            elif head[0] == PT_DYNAMIC:
                dynamic = va
        found, place = {}, None if dynamic is None else self.base + dynamic
        while place is not None and len(found) < 100:
            tag, value = live.value(place), live.value(place + word)
            if not tag:
                break
            found[tag] = value
            place += 2 * word
        return found

    def _slots(self):
        live, word = self.live, self.live.word
        size = (3 if self.dynamic.get(PLTREL) == DT_RELA else 2) * word
        symtab = self.base + self.dynamic[SYMTAB]
        for i in range(min(self.dynamic[PLTRELSZ] // size, TRAPS)):
            at = self.base + self.dynamic[JMPREL] + i * size
            offset, info = live.value(at), live.value(at + word)
            symbol = info >> (32 if word == 8 else 8)
            kind = info & (0xffffffff if word == 8 else 0xff)
            if kind != self.kind.JUMP_SLOT:
                continue
            name = int.from_bytes(live.bytes(
                symtab + symbol * (24 if word == 8 else 16), 4), "little")
            yield Slot(i, live.string(
                self.base + self.dynamic[STRTAB] + name), self.base + offset)

    def _find_plt(self):
        """Find the PLT.  The words that the link editor put into the GOT lead
        to its head, or into the function's entry, after the jump."""
        kind = self.kind
        first = [self.base + self.live.value(s.got) for s in self.slots]
        into_head = len(set(first)) == 1 and len(first) > 1 or \
            kind.PLT_BEGINS_AT_HEAD
        for slot, to in zip(self.slots, first):
            slot.plt = to + kind.PLT_HEAD + slot.index * kind.PLT_ENTRY \
                if into_head else to - 6
        self.head = first[0] if into_head else \
            self.slots[0].plt - kind.PLT_HEAD - \
            self.slots[0].index * kind.PLT_ENTRY

    def is_lazy(self, slot):
        end = self.slots[-1].plt + self.kind.PLT_ENTRY
        return self.head <= self.live.value(slot.got) < end

    def own_words(self):
        """Return: addresses of the GOT's words for the object and resolver"""
        return [self.got + i * self.live.word
                for i in self.kind.GOT_OWN_WORDS]


class Step:
    """A stop: where and why, and the word in the GOT."""

    def __init__(self, number, what, pc, slot_value):
        self.number, self.what, self.pc = number, what, pc
        self.value = slot_value


class Record:
    """The recorded calls of one function."""

    def __init__(self, program, slot):
        self.program, self.slot, self.live = program, slot, program.live
        self.steps, self.back, self.function = [], None, None

    def step(self, what, pc):
        self.steps.append(Step(len(self.steps), what, pc,
                               self.live.value(self.slot.got)))

    def until(self, at):
        """Continue to this address. Return: False if the program ended first"""
        if not self.live.trap(at):
            return False
        while True:
            where = self.live.go()
            if where in (at, None):
                return where == at


def return_address(live):
    registers = live.registers()
    return registers.get("ra") or live.value(registers["sp"])


def called_first(program, slots):
    """Return: the slot whose function is called first"""
    live = program.live
    for slot in slots:
        if not live.trap(slot.plt):
            raise Failure(f"the PLT of {live.name} has an unknown form")
    where = live.go()
    slot = next((s for s in slots if s.plt == where), None)
    if not slot:
        names = ", ".join(s.name for s in slots[:6])
        raise Failure(f"{live.name} ended without calling {names}"
                      + (" ..." if len(slots) > 6 else ""), EXIT_BROKEN)
    return slot


def chosen(program, name):
    """Return: the slots to look at"""
    if not name:
        # the program's entry point is no function that returns
        return [s for s in program.slots
                if not s.name.startswith("__libc_start")]
    found = [s for s in program.slots if s.name == name]
    if not found:
        names = {s.name for s in program.slots}
        raise Failure(f"--function {name}: {program.live.name} does not call "
                      f"it by its PLT{near(name, names)}", EXIT_USAGE)
    return found


def record(live, name):
    """Run the program. Return: Record"""
    program = Program(live)
    slots = chosen(program, name)
    first = {s: live.value(s.got) for s in slots}
    start = live.registers()["pc"]
    live.trap(program.entry)
    if live.go() != program.entry:
        raise Failure(f"{live.name} ended before its first instruction")
    lazy = [s for s in slots if program.is_lazy(s)]
    if not lazy:
        raise Failure(f"{live.name} has all functions bound before it begins: "
                      "it was linked, or is run, with immediate binding",
                      EXIT_BROKEN)
    slot = called_first(program, lazy)
    r = Record(program, slot)
    r.steps.append(Step(0, "the kernel starts the linker; the GOT is as in "
                        "the file", start, first[slot]))
    r.steps.append(Step(len(r.steps), "the program begins; the linker has "
                        "added its base", program.entry, live.value(slot.got)))
    r.back = return_address(live)
    r.step(f"first call of {slot.name}: its PLT entry jumps to what GOT says",
           slot.plt)
    r.resolver = live.value(program.own_words()[1])
    if r.until(program.head):
        r.step("the head of the PLT: on to the resolver", program.head)
    if r.until(r.resolver):
        r.step("the resolver looks for the name, and stores what it finds",
               r.resolver)
    ended = not r.until(r.back)
    r.step("the program ends in it" if ended else "the function has returned",
           None if ended else r.back)
    r.function = r.steps[-1].value
    if not ended and r.until(slot.plt):
        r.back2 = return_address(live)
        r.step(f"second call of {slot.name}: the same jump", slot.plt)
        if r.until(r.function):
            r.step(f"{slot.name} itself, at once", r.function)
    return r


# ---- instructions ----------------------------------------------------------

def disassembled(live, at, size, arch):
    """Return: [(address, text)]"""
    data = live.bytes(at, size)
    if not data:
        return []
    with tempfile.NamedTemporaryFile() as f:
        f.write(data)
        f.flush()
        done = subprocess.run(
            [MACHINES[arch].tool("objdump"), "-D", "-z", "-b", "binary", "-m",
             MACHINES[arch].gdb, f"--adjust-vma={at:#x}", f.name],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    found = re.findall(r"^ *([0-9a-f]+):\t[0-9a-f ]+\t(.*)$", done.stdout,
                       re.M)
    return [(int(a, 16), re.sub(r"\s+", " ", t).strip()) for a, t in found]


class Drawn:
    """The data that the text and the picture have in common."""

    def __init__(self, r, arch):
        p, live = r.program, r.live
        self.r, self.maps = r, live.maps()
        self.place = lambda at: live.place(at, self.maps)
        self.head = disassembled(live, p.head, p.kind.PLT_HEAD, arch)
        self.entry = disassembled(live, r.slot.plt, p.kind.PLT_ENTRY, arch)
        self.own = [(at, live.value(at)) for at in sorted(p.own_words())]
        self.index = (r.slot.got - p.got) // live.word
        # before the function is bound, and afterwards
        self.before = next(s.value for s in r.steps if s.pc == r.slot.plt)
        self.after = r.steps[-1].value
        self.title = (f"{r.slot.name} of {live.name}: PLT[{r.slot.index + 1}] "
                      f"and GOT[{self.index}], before and after the first call")

    def known(self, at):
        """Return: an address by its role in the calls"""
        r = self.r
        p = r.program
        if at == p.head:
            return "PLT[0]"
        if r.slot.plt <= at < r.slot.plt + p.kind.PLT_ENTRY:
            return f"PLT[{r.slot.index + 1}]" + (
                f"+{at - r.slot.plt}" if at > r.slot.plt else "")
        if at == r.resolver:
            return f"the resolver, {self.place(at)}"
        if at == r.function:
            return f"{r.slot.name}, {self.place(at)}"
        return self.place(at)


def text(d):
    r = d.r
    p = r.program
    out = [d.title, ""]
    for step in r.steps:
        where = f"{step.pc:#x} {d.known(step.pc)}" if step.pc else "-"
        out += [f"{step.number}. {step.what}",
                f"     at {where}",
                f"     GOT[{d.index}] at {r.slot.got:#x} = {step.value:#x}"
                + (f" -> {d.known(step.value)}"
                   if step.value > r.program.base or not r.program.base
                   else ", an offset that is yet to be moved")]
    for name, lines in (("PLT[0]", d.head),
                        (f"PLT[{r.slot.index + 1}], {r.slot.name}", d.entry)):
        out += ["", name] + [f"  {at:x}  {words}" for at, words in lines]
    out += ["", f"GOT, at {p.got:#x}"]
    for at, value in d.own:
        what = "the resolver" if value == r.resolver else \
            "the linker's record of this object"
        out.append(f"  GOT[{(at - p.got) // r.live.word}] = {value:#x}  "
                   f"{what}, in {d.place(value)}")
    out.append(f"  GOT[{d.index}] = {d.before:#x}, then {d.after:#x}")
    return "\n".join(out) + "\n"


# ---- a picture -------------------------------------------------------------

WIDE, LINE = 330, 15


def block(c, x, y, head, lines, kind="table", wide=WIDE):
    """Draw a box with lines of text. Return: its lower end"""
    high = LINE * (len(lines) + 1) + 8
    c.box(x, y, wide, high, kind)
    c.text(x + 8, y + 15, head, "head")
    for i, words in enumerate(lines):
        c.text(x + 8, y + 15 + LINE * (i + 1), words[:int(wide / 6.8)])
    return y + high


def panel(c, top, d, bound):
    """Draw the four boxes and the arrows between them, once."""
    r = d.r
    value = d.after if bound else d.before
    left, right = 8, 510
    c.text(left, top + 14, "after it: bound" if bound else
           "before the first call has ended: not bound", "title")
    y = top + 26
    back = getattr(r, "back2", r.back) if bound else r.back
    end = block(c, left, y, "code", [
        f"call {r.slot.name}@plt", f"{d.place(back)}: goes on here"])
    entry_y = end + 34
    end = block(c, left, entry_y,
                f"PLT[{r.slot.index + 1}]: {r.slot.name}",
                [f"{at:x}  {words}" for at, words in d.entry])
    head_y = end + 34
    bottom = block(c, left, head_y, "PLT[0]",
                   ["not needed for it any more"] if bound else
                   [f"{at:x}  {words}" for at, words in d.head])
    got = [f"GOT[{(at - r.program.got) // r.live.word}] {v:#x} "
           + ("resolver" if v == r.resolver else "this object")
           for at, v in d.own]
    got_y = entry_y
    got_end = block(c, right, got_y, f"GOT at {r.program.got:#x}",
                    [*got, f"GOT[{d.index}] {value:#x}", f"  -> {d.known(value)}"],
                    "hit")
    end_y = max(head_y, got_end + 30)
    if bound:
        last = block(c, right, y - 4, f"{r.slot.name}",
                     [f"{r.function:#x}", d.place(r.function)])
    else:
        last = block(c, right, end_y, "the resolver", [
            f"{r.resolver:#x} in {d.place(r.resolver)}",
            f"finds {r.slot.name}, stores it in GOT[{d.index}],",
            "and jumps there"])
    mid = left + 60
    first = top + 26 + 2 * LINE
    c.path(f"M{mid} {entry_y - 34}V{entry_y}l-4 -6m4 6l4 -6", "link")
    c.text(mid + 8, entry_y - 12, "(1) the call", "note")
    c.path(f"M{left + WIDE} {entry_y + 20}H{right}l-6 -4m6 4l-6 4", "link")
    c.text(left + WIDE + 8, entry_y + 14, "(2) what is there?", "note")
    if bound:
        c.path(f"M{right + 60} {got_y}V{first + 24}l-4 6m4 -6l4 6", "link")
        c.text(right + 68, got_y - 8, f"(3) to {r.slot.name}", "note")
    else:
        c.path(f"M{right} {got_end - 12}H{right - 40}V{head_y + 12}"
               f"H{left + WIDE}l6 -4m-6 4l6 4", "link")
        c.text(left + WIDE + 8, head_y + 30, "(3) back to the PLT", "note")
        c.path(f"M{left + WIDE} {bottom - 12}H{right - 30}V{end_y + 20}"
               f"H{right}l-6 -4m6 4l-6 4", "link")
        c.text(left + WIDE + 8, bottom - 18, "(4) resolve", "note")
    return max(bottom, last)


def svg(d):
    c = Canvas()
    c.text(8, 20, d.title, "title")
    y = panel(c, 34, d, False)
    panel(c, y + 30, d, True)
    return document(c, d.title)


def draw(options, command, words, kind):
    with Live(options, command, words) as live:
        d = Drawn(record(live, options.function), options.arch)
    return (svg if kind == "svg" else text)(d)

# SPDX-License-Identifier: MIT
"""Calls through PLT and GOT.  The program has libraries that define some
functions twice; a seed chooses which are preloaded, the calls, and lazy or
immediate binding.  The truth: the program prints its own GOT before the first
call and after each, and each function says whose it is (user/more/called.c)."""
import os
import re
import subprocess

from ..common import MACHINES, Failure, build_dir
from .drill_marks import Question, Sheet, agree
from .drill_runs import CALLED

COLOURS = ("red", "green", "blue", "white", "black")
LIBRARIES = ("p", "q", "r")
FOLDER = "/usr/lectern/lib"     # where the linker looks


def library_file(arch, name):
    return os.path.join(build_dir(arch), "user", "more", f"lib{name}.so")


def read_symbols(arch, name):
    """Return: {function: its address in the file} of a library"""
    done = subprocess.run(
        [MACHINES[arch].tool("nm"), "-D", "--defined-only",
         library_file(arch, name)], stdout=subprocess.PIPE, text=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    return {r[2]: int(r[0], 16) for r in rows
            if len(r) == 3 and r[2] in COLOURS}


def needed_order(arch):
    """Return: the libraries in the order of the program's DT_NEEDED"""
    path = os.path.join(build_dir(arch), "user", "more", "called")
    if not os.path.exists(path):
        raise Failure("there is no compiler of Linux programs, so there is no "
                      "program with a PLT")
    done = subprocess.run([MACHINES[arch].tool("readelf"), "-d", path],
                          stdout=subprocess.PIPE, text=True)
    return re.findall(r"NEEDED.*\[lib([pqr])\.so\]", done.stdout)


def read_plt(arch):
    """Return: [(function, [(address in the file, instruction)])], the head
    first; who an entry is for is the disassembler's word"""
    path = os.path.join(build_dir(arch), "user", "more", "called")
    done = subprocess.run([MACHINES[arch].tool("objdump"), "-d", "-z", "-j",
                           ".plt", path], stdout=subprocess.PIPE, text=True)
    found = []
    for line in done.stdout.splitlines():
        head = re.match(r"[0-9a-f]+ <([^>@]+)(@plt)?", line)
        body = re.match(r" *([0-9a-f]+):\t[0-9a-f ]+\t(.*)", line)
        if head:
            found.append((head[1], []))
        elif body and found:
            text = re.sub(r"\s*(#|<).*", "", body[2])
            found[-1][1].append((int(body[1], 16), re.sub(r"\s+", " ", text)))
    return found


class Plan:
    """preload: libraries to be searched first; now: immediate binding."""

    def __init__(self, rng):
        self.preload = rng.sample(LIBRARIES, rng.choice([0, 1, 1, 2]))
        self.now = rng.random() < 0.2
        first = rng.sample(COLOURS, rng.randrange(2, 5))
        self.calls = first + [rng.choice(first) for _ in range(2)]
        rng.shuffle(self.calls)

    def command(self):
        env = [f"LD_LIBRARY_PATH={FOLDER}"]
        if self.preload:
            env.append("LD_PRELOAD=" + " ".join(
                f"{FOLDER}/lib{name}.so" for name in self.preload))
        if self.now:
            env.append("LD_BIND_NOW=1")
        return ["/bin/busybox", "env", *env, CALLED, *self.calls]


class Linked:
    """What the program printed of its GOT and its map."""

    def __init__(self, run):
        self.base = int(run.rows("base")[0][0], 16)
        self.slots = [(int(i), int(at, 16), name)
                      for i, at, name in run.rows("slot")]
        self.got = [[int(w, 16) for w in row] for row in run.rows("got")]
        self.found = [(row[0], row[2]) for row in run.rows("call")]
        self.bases = self.read_bases(run.output)

    def read_bases(self, text):
        """Return: {library: where it is loaded}"""
        found = {}
        for line in text.splitlines():
            match = re.match(r"([0-9a-f]+)-\S+ \S+ 0+ .*/lib([pqr])\.so$",
                             line)
            if match:
                found.setdefault(match[2], int(match[1], 16))
        return found

    def column(self, name):
        return next(i for i, s in enumerate(self.slots) if s[2] == name)

    def word(self, row, name):
        return self.got[row][self.column(name)]


class Model:
    """The rule: who is searched in which order, and who wins."""

    def __init__(self, plan, order, symbols, linked):
        self.order = plan.preload + [n for n in order
                                     if n not in plan.preload]
        self.symbols, self.linked = symbols, linked

    def winner(self, name):
        return next(lib for lib in self.order if name in self.symbols[lib])

    def address(self, name):
        lib = self.winner(name)
        return self.linked.bases[lib] + self.symbols[lib][name]


def compare_calls(plan, model, linked):
    """Compare the rule with the GOT after each call."""
    agree("who was called", [(c, model.winner(c)) for c in plan.calls],
          linked.found)
    bound = set(COLOURS) if plan.now else set()
    first = linked.got[0]
    for at, words in enumerate(linked.got):
        if at:
            bound.add(plan.calls[at - 1])
        for (_, _, name), word, old in zip(linked.slots, words, first):
            if name in COLOURS:
                agree(f"GOT word of {name} after {at} calls",
                      model.address(name) if name in bound else old, word)


def is_unbound(linked, word, size):
    """True if a GOT word still leads into the program's own PLT."""
    return linked.base <= word < linked.base + size


def compare_first(plan, linked):
    """Before its first call a lazy slot leads into the program itself."""
    for name in COLOURS:
        lazy = is_unbound(linked, linked.word(0, name), 0x10000)
        agree(f"{name} is bound before the first call", plan.now, not lazy)


# ---- questions -------------------------------------------------------------

def ask_winner(rng, plan, model):
    twice = [n for n in COLOURS if sum(n in model.symbols[lib]
                                       for lib in LIBRARIES) > 1]
    name = rng.choice(twice)
    return Question(f"Which library's {name} does the program call: p, q or "
                    "r?", "word", model.winner(name), search_steps(model,
                                                                   name))


def search_steps(model, name):
    return ["the search order: called, " + ", ".join(
        f"lib{n}" for n in model.order)
        + " (preloaded ones first, then as they are needed)",
        f"the first that defines {name} is lib{model.winner(name)}"]


def ask_word(rng, plan, model, linked):
    name = rng.choice(plan.calls)
    at = max(i for i, c in enumerate(plan.calls, 1) if c == name)
    index = linked.slots[linked.column(name)][0]
    lib = model.winner(name)
    return Question(
        f"Which address is in GOT[{index}] after the call {at} ({name})?",
        "hex", f"{model.address(name):#x}", search_steps(model, name) + [
            f"lib{lib} is loaded at {linked.bases[lib]:#x}; there {name} has "
            f"{model.symbols[lib][name]:#x}: {linked.bases[lib]:#x} + "
            f"{model.symbols[lib][name]:#x} = {model.address(name):#x}"])


def ask_changed(rng, plan, linked):
    """Which of the words change at one call."""
    at = rng.randrange(1, len(plan.calls) + 1)
    before, after = linked.got[at - 1], linked.got[at]
    changed = [str(s[0]) for s, a, b in zip(linked.slots, before, after)
               if a != b and s[2] in COLOURS]
    name = plan.calls[at - 1]
    old = plan.now or name in plan.calls[:at - 1]
    return Question(
        f"Of the GOT words of {', '.join(COLOURS)}: which indices have those "
        f"that change at call {at} ({name})?", "set", " ".join(changed) or "none",
        [f"{name} is bound already, so nothing changes" if old else
         f"the first call of {name}: the resolver stores its address"])


def ask_resolver(plan):
    count = 0 if plan.now else len(set(plan.calls))
    return Question("How often do these calls run the resolver?", "number",
                    count, ["LD_BIND_NOW: all is bound before the program "
                            "begins" if plan.now else
                            "once for each function that is called: "
                            + ", ".join(sorted(set(plan.calls)))])


def ask_slot(rng, linked):
    index, at, name = rng.choice([s for s in linked.slots
                                  if s[2] in COLOURS])
    return Question(f"At which address is the GOT word of {name}?", "hex",
                    f"{at:#x}", ["the relocation's place, added to the "
                                 f"program's base: {at - linked.base:#x} + "
                                 f"{linked.base:#x} = {at:#x}"])


def ask_entry(rng, linked, plt):
    """Entries of the PLT and relocations have the same order."""
    number = rng.choice([i for i, (name, _) in enumerate(plt)
                         if name in COLOURS])
    name, instructions = plt[number]
    at = linked.base + instructions[0][0]
    return Question(f"For which function is the PLT entry at {at:#x}?", "word",
                    name, [f"it is PLT[{number}], and so of relocation "
                           f"{number}: {name}"])


def ask_unbound(rng, plan, linked):
    name = rng.choice(COLOURS)
    bound = plan.now or name in plan.calls
    return Question(f"After all calls, does the GOT word of {name} still lead "
                    "into the program's PLT?", "yes",
                    "no" if bound else "yes",
                    ["all is bound before the program begins" if plan.now else
                     f"{name} was called, and so bound" if bound else
                     f"{name} was never called, and so never bound"])


def moved_jump(text, base):
    """Return: an instruction that jumps to where the program is loaded"""
    return re.sub(r"^(jmp) ([0-9a-f]+)$", lambda m: (
        f"{m[1]} {base + int(m[2], 16):x}"), text)


def given_lines(plan, order, symbols, linked, plt):
    lines = ["The program `called` needs " + ", ".join(
        f"lib{n}.so" for n in order) + ", in this order.",
        "LD_PRELOAD: " + (" ".join(f"lib{n}.so" for n in plan.preload)
                          or "not set")
        + ("; LD_BIND_NOW=1" if plan.now else "; binding is lazy"),
        "Its calls: " + ", ".join(f"{i} {c}" for i, c in
                                  enumerate(plan.calls, 1)),
        f"It is loaded at {linked.base:#x}.", "",
        "Relocations of its PLT (place in the file, index in the GOT, word "
        "before the first call):"]
    lines += [f"  {at - linked.base:#x}  GOT[{i}]  {name}  {word:#x}"
              for (i, at, name), word in zip(linked.slots, linked.got[0])]
    lines += ["", "Libraries: where they are loaded, and the addresses of "
              "their functions in the file:"]
    lines += [f"  lib{n}.so at {linked.bases[n]:#x}: " + ", ".join(
        f"{name} {value:#x}" for name, value in sorted(symbols[n].items()))
        for n in LIBRARIES]
    lines += ["", "The program's PLT; PLT[0] is its head:"]
    for number, (_, instructions) in enumerate(plt):
        lines += [f"  PLT[{number}]"] * (number < 2) + [
            f"    {linked.base + at:x}  {moved_jump(text, linked.base)}"
            for at, text in instructions] * (number < 2)
    if len(plt) > 2:
        lines.append(f"  PLT[2] to PLT[{len(plt) - 1}] look like PLT[1]; the "
                     "last begins at "
                     f"{linked.base + plt[-1][1][0][0]:x}")
    return lines


def make_sheet(maker):
    """Return: the sheet of one linked program"""
    rng, arch = maker.rng, maker.arch
    plan, order = Plan(rng), needed_order(arch)
    symbols = {n: read_symbols(arch, n) for n in LIBRARIES}
    added = [word for n in LIBRARIES for word in (
        "--add", f"{library_file(arch, n)}:{FOLDER}/lib{n}.so")]
    run = maker.run(plan.command(), *added)
    linked = Linked(run)
    model = Model(plan, order, symbols, linked)
    compare_calls(plan, model, linked)
    compare_first(plan, linked)
    plt = read_plt(arch)
    agree("the order of the PLT", [s[2] for s in linked.slots],
          [name for name, _ in plt[1:]])
    return Sheet(given_lines(plan, order, symbols, linked, plt), [
        ask_winner(rng, plan, model), ask_word(rng, plan, model, linked),
        ask_changed(rng, plan, linked), ask_entry(rng, linked, plt),
        ask_resolver(plan), ask_slot(rng, linked),
        ask_unbound(rng, plan, linked)])

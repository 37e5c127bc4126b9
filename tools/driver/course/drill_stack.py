# SPDX-License-Identifier: MIT
"""The stack before a program's first instruction.  The rule reads the printed
words; the truth is what the program's C library found and what
/proc/self/auxv says (user/more/drilled/start.c)."""
from ..common import MACHINES
from ..show.show_stack import AUXV
from .drill_marks import Question, Sheet, agree
from .drill_runs import DRILLED

WORDS = ("apple", "pear", "plum", "two words", "-v", "--all", "x", "12", "",
         "lemon", "quince", "a.out", "/etc/motd", "banana split")
NAMES = ("HOME", "LANG", "TERM", "COLOUR", "FRUIT", "DEPTH", "MODE", "LIMIT")
# entries of the auxiliary vector that do not depend on luck
ASKED = (3, 4, 5, 6, 9, 11, 23, 25, 31, 33)


class Dump:
    """The words from the stack pointer up, and what the rule finds in them."""

    def __init__(self, words, size):
        self.words, self.size = dict(words), size
        self.sp = words[0][0]
        self.argc = self.words[self.sp]
        self.argv_at = self.sp + size
        self.argv, at = self.pointers(self.argv_at)
        self.envp_at = at
        self.envp, self.auxv_at = self.pointers(at)
        self.auxv = self.pairs(self.auxv_at)

    def pointers(self, at):
        """Return: the words up to a null, and the address after it"""
        found = []
        while self.words[at]:
            found.append(self.words[at])
            at += self.size
        return found, at + self.size

    def pairs(self, at):
        found = []
        while True:
            found.append((self.words[at], self.words[at + self.size]))
            at += 2 * self.size
            if not found[-1][0]:
                return found

    def byte(self, at):
        word = self.words[at - at % self.size]
        return word >> 8 * (at % self.size) & 0xff

    def string(self, at):
        """Return: the bytes up to a null, as text"""
        out = bytearray()
        while self.byte(at):
            out.append(self.byte(at))
            at += 1
        return out.decode(errors="replace")

    def lines(self):
        """Return: the dump, as students see it"""
        digits = 2 * self.size
        return [f"  {at:#x}  {word:0{digits}x}  " + "".join(
            chr(b) if 32 <= b < 127 else "." for b in word.to_bytes(
                self.size, "little")) for at, word in self.words.items()]


def plan_command(rng):
    """Return: (environment, arguments)"""
    names = rng.sample(NAMES, rng.randrange(2, 5))
    env = [f"{name}={rng.choice(WORDS)}" for name in names]
    return env, [rng.choice(WORDS) for _ in range(rng.randrange(2, 6))]


def compare_start(dump, run, env, arguments):
    """Compare the rule with the program's own view and the kernel's."""
    argv, envp = ([int(w, 16) for w in run.rows(name)[0]]
                  for name in ("argv", "envp"))
    agree("argv", [dump.argv_at, *dump.argv], argv)
    agree("envp", [dump.envp_at, *dump.envp], envp)
    agree("argc", dump.argc, len(arguments) + 2)
    agree("the arguments", [dump.string(p) for p in dump.argv],
          [DRILLED, "start", *arguments])
    agree("the environment", [dump.string(p) for p in dump.envp], env)
    agree("the auxiliary vector", dump.auxv,
          [(int(k), int(v, 16)) for k, v in run.rows("auxv")])


# ---- questions -------------------------------------------------------------

def ask_argc(dump):
    return Question("What is argc?", "number", dump.argc,
                    [f"the stack pointer, {dump.sp:#x}, points to it"])


def ask_argv(rng, dump):
    i = rng.randrange(len(dump.argv))
    at = dump.argv_at + i * dump.size
    return Question(f"At which address does the word argv[{i}] lie?", "hex",
                    f"{at:#x}", [
                        f"argv[0] follows argc: {dump.argv_at:#x}; a word has "
                        f"{dump.size} bytes: {dump.argv_at:#x} + {i} * "
                        f"{dump.size} = {at:#x}"])


def ask_string(rng, dump):
    i = rng.randrange(1, len(dump.argv))
    length = len(dump.string(dump.argv[i]).encode())
    return Question(f"How many bytes does the string of argv[{i}] have, "
                    "without the null at its end?", "number", length,
                    [f"argv[{i}], at {dump.argv_at + i * dump.size:#x}, is "
                     f"{dump.argv[i]:#x}", "the string there: "
                     f"\"{dump.string(dump.argv[i])}\" (the lowest byte of a "
                     "word comes first)"])


def ask_envp(rng, dump):
    return Question("At which address does envp[0] lie?", "hex",
                    f"{dump.envp_at:#x}",
                    [f"argv has {dump.argc} words from {dump.argv_at:#x} on, "
                     "and a null", f"{dump.argv_at:#x} + ({dump.argc} + 1) * "
                     f"{dump.size} = {dump.envp_at:#x}"])


def ask_name(rng, dump):
    i = rng.randrange(len(dump.envp))
    name = dump.string(dump.envp[i]).partition("=")[0]
    return Question(f"Which variable does envp[{i}] set? (Its name.)", "word",
                    name, [f"envp[{i}] is {dump.envp[i]:#x}, where "
                           f"\"{dump.string(dump.envp[i])}\" begins"])


def ask_auxv(rng, dump):
    places = [(i, kind, value) for i, (kind, value) in enumerate(dump.auxv)
              if kind in ASKED]
    i, kind, value = rng.choice(places)
    at = dump.auxv_at + 2 * i * dump.size
    return Question(f"Which value has {AUXV[kind][0]} (type {kind}) in the "
                    "auxiliary vector?", "hex", f"{value:#x}",
                    [f"the vector begins after envp's null: {dump.auxv_at:#x}",
                     f"type {kind} stands at {at:#x}, its value behind it"])


def ask_auxv_at(rng, dump):
    return Question("At which address does the auxiliary vector begin?", "hex",
                    f"{dump.auxv_at:#x}",
                    [f"envp begins at {dump.envp_at:#x}, has {len(dump.envp)} "
                     f"words and a null: {dump.envp_at:#x} + "
                     f"{len(dump.envp) + 1} * {dump.size}"])


def ask_alignment(rng, dump):
    bound = rng.choice([8, 16, 32, 64])
    return Question(f"What is the remainder of the stack pointer by {bound}?",
                    "number", dump.sp % bound,
                    [f"{dump.sp:#x} & {bound - 1:#x} = {dump.sp % bound}; the "
                     "ABI wants a multiple of 16"])


def make_sheet(maker):
    """Return: the sheet of one start"""
    rng = maker.rng
    env, arguments = plan_command(rng)
    run = maker.run(["/bin/busybox", "env", "-i", *env, DRILLED, "start",
                     *arguments])
    words = [(int(a, 16), int(w, 16)) for a, w in run.rows("word")]
    dump = Dump(words, MACHINES[maker.arch].bits // 8)
    compare_start(dump, run, env, arguments)
    agree("the stack pointer's alignment", dump.sp % 16, 0)
    given = [f"The stack of a program before its first instruction; a word has "
             f"{dump.size} bytes, the",
             "lowest byte first.  The stack pointer is the first address.", "",
             *dump.lines()]
    asks = [ask_argv, ask_envp, ask_auxv, ask_string, ask_name, ask_auxv_at,
            ask_alignment]
    return Sheet(given, [ask_argc(dump)] + [ask(rng, dump) for ask in asks])

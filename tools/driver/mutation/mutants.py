# SPDX-License-Identifier: MIT
"""One-line mutants of C text: the changes that `./lectern mutate` tries.

A small tokenizer finds the functions of a file and their statements; it skips
comments, strings and preprocessor lines.  It relies on the house style: the
braces of a function's body stand alone in column 0.
"""
import collections
import difflib
import functools
import hashlib
import re

from . import rights

# A change of one file's text.  parts: ((start, end, new), ...); line: of the
# first part; kind: the operator's name; what: the names and signs that the
# change affects.  File, function, kind and what make up the mutant's name.
Mutant = collections.namedtuple("Mutant", "file line kind parts what")
Token = collections.namedtuple("Token", "text start end")
Statement = collections.namedtuple("Statement", "kind first last")

HIDDEN = re.compile(
    r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    r"|^[ \t]*#(?:[^\\\n]|\\.|\\\n)*", re.S | re.M)
TOKEN = re.compile(
    r"[A-Za-z_]\w*|0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*"
    r"|->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\.\.\.|\S")
CONTROL = ("if", "while", "for", "switch")
TYPES = ("int", "unsigned", "long", "short", "char", "void", "bool", "struct",
         "enum", "union", "const", "static", "volatile", "typeof",
         "__typeof__", "register", "signed", "extern")
# Calls that are not mutated: messages for people, which may change and which no
# test checks, and pure checks.
TALK = re.compile(r"log_\w+|panic\w*|ASSERT|BUG\w*|WARN\w*|unreachable"
                  r"|seq_printf|printf|_?Static_assert|static_assert"
                  r"|__builtin_unreachable|lock_debug_\w+|trace_\w+|likely_\w+"
                  r"|\w+_must_hold|tlbcheck_\w+")
COMPARE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=",
           "!=": "=="}
TURN = {"&&": "||", "||": "&&", "++": "--", "--": "++", "+=": "-=",
        "-=": "+=", "|=": "&=", "&=": "|=", "<<": ">>", ">>": "<<"}
# The kind of a removed call, by the name of the callee.
CALLS = (("barrier", r"(?:smp_|arch_)?\w*(?:barrier|fence|\bmb|_[rw]mb|_mb)"),
         ("flush", r"\w*(?:flush|shoot|icache|tlb|invalidate|forget)\w*"),
         ("reference", r"\w*(?:_get|_put|_ref|_unref|_hold|_drop|_release"
                       r"|_grab)"),
         ("accounting", r"\w*(?:charge|account|count|atomic_add|atomic_sub"
                        r"|atomic_inc|atomic_dec|_stat)\w*"))


@functools.lru_cache(maxsize=8)
def masked(text):
    """Return: the text with the skipped parts blanked, positions kept; a string
    becomes a name"""
    return HIDDEN.sub(lambda m: re.sub(
        r"[^\n]", "_" if m.group()[0] in "\"'" else " ", m.group()), text)


def bodies(mask):
    """Yield (start, end) of each function's body, braces excluded."""
    for m in re.finditer(r"^\{\n(.*?)^\}", mask, re.S | re.M):
        before = mask[:m.start()].rstrip()
        if before.endswith(")") or re.search(r"\)\s*[\w() ]+$",
                                             before[-80:]):
            yield m.start(1), m.end(1)


def tokens(mask, start, end):
    return [Token(m.group(), m.start(), m.end())
            for m in TOKEN.finditer(mask, start, end)]


def _skip(toks, i):
    """Return: the index after the bracket that closes the one at i"""
    depth = 0
    while i < len(toks):
        depth += toks[i].text in "([{"
        depth -= toks[i].text in ")]}"
        i += 1
        if not depth:
            break
    return i


def _is_name(token):
    return re.match(r"[A-Za-z_]", token.text) is not None


def _end(toks, i):
    """Return: the index of the semicolon that ends the statement at i"""
    while i < len(toks) and toks[i].text != ";":
        i = _skip(toks, i) if toks[i].text in "([{" else i + 1
    return min(i, len(toks) - 1)


def _is_declaration(toks, i, end):
    first = toks[i].text
    if first in TYPES:
        return True
    if not _is_name(toks[i]) or i + 1 >= end:
        return False
    after = toks[i + 1].text
    if after == "*":
        return i + 2 < end and (_is_name(toks[i + 2])
                                or toks[i + 2].text == "*")
    return _is_name(toks[i + 1])


def _expression(toks, i, end):
    """Return: the kind of the statement from i to its semicolon at end"""
    word = toks[i].text
    if word in ("return", "goto", "break", "continue"):
        return word
    if word in ("asm", "__asm__"):
        return "asm"
    return "declaration" if _is_declaration(toks, i, end) else "expression"


def statements(toks):
    """Yield Statements: conditions (first and last within their brackets) and
    everything that ends with a semicolon (last is the semicolon)."""
    i = 0
    while i < len(toks):
        word = toks[i].text
        after = toks[i + 1].text if i + 1 < len(toks) else ""
        if word in "{};" or word in ("else", "do", "default"):
            i += 2 if word == "default" else 1
        elif word == "case":
            while i < len(toks) and toks[i].text != ":":
                i += 1
            i += 1
        elif _is_name(toks[i]) and after == ":":
            i += 2
        elif word in CONTROL or (_is_name(toks[i]) and after == "("
                                 and _opens_loop(toks, i + 1)):
            close = _skip(toks, i + 1)
            yield Statement(word if word in CONTROL else "loop", i + 2,
                            close - 2)
            i = close
        else:
            end = _end(toks, i)
            yield Statement(_expression(toks, i, end), i, end)
            i = end + 1


def _opens_loop(toks, i):
    """True if a statement follows the bracket at i, as after a macro that is a
    loop."""
    close = _skip(toks, i)
    return close < len(toks) and (
        toks[close].text == "{" or (_is_name(toks[close])
                                    and not toks[close].text.startswith("__")
                                    and toks[i - 1].text not in ("return",)))


# --- names of statements and of their parts ----------------------------------

NO_NAME = re.compile(r"likely|unlikely|sizeof|" + "|".join(TYPES))


def _named(toks):
    return [t.text for t in toks
            if _is_name(t) and not NO_NAME.fullmatch(t.text)]


def first_name(toks):
    return (_named(toks) or [""])[0]


def last_name(toks):
    return (_named(toks) or [""])[-1]


def target(toks):
    """Return: what an assignment changes: `p->count` in `p->count[i] += 1`"""
    out, i = [], 0
    while i < len(toks) and not re.fullmatch(r"[^=!<>]?=|<<=|>>=",
                                             toks[i].text):
        if toks[i].text in "([{":
            i = _skip(toks, i)
            continue
        if toks[i].text not in ("*", "&", "++", "--"):
            out.append(toks[i].text)
        i += 1
    return "".join(out) or first_name(toks)


def around(toks, i):
    """Return: an operator with the names or the number next to it"""
    after = next((t.text for t in toks[i + 1:] if re.match(r"\w", t.text)
                  and not NO_NAME.fullmatch(t.text)), "")
    if after and not after.strip("_"):
        after = '""'            # a string, blanked by masked()
    return f"{last_name(toks[:i])} {toks[i].text} {after}".strip()


# --- mutants of a statement --------------------------------------------------


class Maker:
    """Collects the mutants of one file."""

    def __init__(self, file, text):
        self.file, self.text = file, text
        self.mask = masked(text)
        self.found = []

    def line(self, at):
        return self.text.count("\n", 0, at) + 1

    def put(self, kind, what, *parts):
        """Add a mutant.  Newlines in a part are kept, for the line numbers."""
        parts = tuple((a, b, new + "\n" * self.text.count("\n", a, b))
                      for a, b, new in sorted(parts))
        self.found.append(Mutant(self.file, self.line(parts[0][0]), kind,
                                 parts, what))

    def make(self):
        for start, end in bodies(self.mask):
            toks = tokens(self.mask, start, end)
            parts = list(statements(toks))
            for i, s in enumerate(parts):
                self.statement(toks, s, parts, i)
        return self.found

    def statement(self, toks, s, parts, i):
        inner = toks[s.first:s.last + 1]
        if not inner or TALK.fullmatch(inner[0].text):
            return
        if s.kind == "expression":
            self.remove(toks, s, parts)
        elif s.kind == "return":
            self.drop_error(inner)
        elif s.kind in ("goto", "break", "continue"):
            return
        elif s.kind in ("if", "while"):
            self.condition(toks, s, parts[i + 1:i + 2])
        if s.kind != "asm":
            self.operators(inner)
            self.rights(inner)

    # --- statements

    def remove(self, toks, s, parts):
        first, last = toks[s.first], toks[s.last]
        callee = first.text if toks[s.first + 1].text == "(" else None
        if callee and "unlock" in callee:
            return              # the unlock is removed with its lock
        if callee and "lock" in callee.split("_"):
            self.remove_pair(toks, s, parts)
            return
        self.put(self.kind_of(callee, toks[s.first:s.last]),
                 callee or target(toks[s.first:s.last]),
                 (first.start, last.end, ";"))

    @staticmethod
    def kind_of(callee, toks):
        for kind, pattern in CALLS:
            if callee and re.fullmatch(pattern, callee):
                return kind
        if not callee and toks[-1].text in ("++", "--") \
                or toks[0].text in ("++", "--"):
            return "accounting"
        return "statement"

    def remove_pair(self, toks, s, parts):
        """Remove a lock together with its unlock."""
        def words(p):
            return [t.text for t in toks[p.first:p.last]]

        taken = words(s)
        given = [taken[0].replace("lock", "unlock")] + taken[1:]
        places = [p for p in parts if p.kind == "expression"
                  and words(p) in (taken, given)]
        self.put("lock", taken[0], *((toks[p.first].start, toks[p.last].end, ";")
                           for p in places))

    def drop_error(self, inner):
        words = [t.text for t in inner]
        if len(words) > 3 and words[1] == "-" and words[2][0] == "E" \
                and words[3] == ";":
            self.put("error", words[2], (inner[1].start, inner[2].end, "0"))

    def condition(self, toks, s, following):
        start, end = toks[s.first].start, toks[s.last].end
        old = self.text[start:end]
        what = f"{s.kind} {first_name(toks[s.first:s.last + 1])}"
        if "\n" not in old:
            self.put("condition", what, (start, end, f"!({old})"))
        # a check that never fires: the error is not noticed
        if s.kind == "if" and following \
                and following[0].kind in ("return", "goto"):
            self.put("check", what, (start, start, "0 && ("), (end, end, ")"))

    # --- operators and constants

    def operators(self, toks):
        for i, t in enumerate(toks):
            if i and TALK.fullmatch(toks[i - 1].text):
                return
            before = toks[i - 1].text if i else ""
            after = toks[i + 1].text if i + 1 < len(toks) else ""
            if t.text in COMPARE:
                self.put("comparison", around(toks, i),
                         (t.start, t.end, COMPARE[t.text]))
            elif t.text in TURN and not (t.text in ("++", "--")
                                         and toks[-1].text == ";"
                                         and len(toks) < 5):
                self.put("operator", around(toks, i),
                         (t.start, t.end, TURN[t.text]))
            elif t.text in "+-" and after == "1" and re.match(
                    r"[\w)\]]", before) and before != "return":
                self.put("off by one", around(toks, i),
                         (t.start, toks[i + 1].end, ""))
            elif re.match(r"\d", t.text):
                self.number(t, before, last_name(toks[:i]))
            elif t.text == "|" and re.fullmatch(r"[A-Z][A-Z0-9_]+", after):
                self.put("flag", after, (t.start, toks[i + 1].end, ""))

    def rights(self, toks):
        for start, end, new, what in rights.find(self.file, toks):
            self.put("right", what, (start, end, new))

    def number(self, t, before, name):
        """Change numbers by one, except the size of an array."""
        if before in ("+", "-") and t.text == "1" or before == "[":
            return
        digits = re.match(r"0[xX][0-9a-fA-F]+|\d+", t.text).group()
        tail = t.text[len(digits):]
        value = int(digits, 16 if digits[:2] in ("0x", "0X") else
                    8 if digits[0] == "0" and digits != "0" else 10)
        new = 0 if value == 1 else value + 1
        self.put("constant", f"{name} {t.text}".strip(),
                 (t.start, t.end, f"{new}{tail}"))


def mutants(file, text):
    """Return: the mutants of a file, in the order of their positions"""
    found = Maker(file, text).make()
    return sorted(set(found), key=lambda m: (m.parts, m.kind))


def apply(mutant, text):
    for start, end, new in reversed(mutant.parts):
        text = text[:start] + new + text[end:]
    return text


def changed(mutant, text):
    """Yield (line number, old line, new line) of every line that differs."""
    old, new = text.split("\n"), apply(mutant, text).split("\n")
    return [(i + 1, a, b) for i, (a, b) in enumerate(zip(old, new))
            if a != b]


def as_diff(mutant, text):
    out = [name_of(mutant, text).replace(" ", f":{mutant.line} ", 1)]
    for number, old, new in changed(mutant, text):
        out += [f"-{old}", f"+{new}"]
    return "\n".join(out)


# --- names -------------------------------------------------------------------

HEAD = re.compile(r"\b(?!__attribute__)([a-z_]\w*)\s*\(", re.I)


def function_at(text, at):
    """Return: the name of the function whose body contains this position"""
    start = next((a for a, b in _bodies(text) if a <= at < b), None)
    if start is None:
        return "?"
    before = masked(text)[:start - 2]
    head = before[max(before.rfind(end) for end in (";", "}", "\n\n")) + 1:]
    found = HEAD.search(head)
    return found[1] if found else "?"


@functools.lru_cache(maxsize=32)
def names(file, text):
    """Return: {name: mutant}; a second one of a name in its function is #2

    FILE FUNCTION: KIND WHAT[#N], as in test/mutants.txt.  The name does not
    depend on line numbers, or on the rest of the line.
    """
    found, seen = {}, collections.Counter()
    for m in mutants(file, text):
        name = (f"{file} {function_at(text, m.parts[0][0])}: "
                f"{m.kind} {m.what}")
        seen[name] += 1
        found[name + (f"#{seen[name]}" if seen[name] > 1 else "")] = m
    return found


def name_of(mutant, text):
    return next(name for name, m in names(mutant.file, text).items()
                if m == mutant)


class Stale(Exception):
    """A name that no mutant has, with similar names."""


def called(name, read):
    """Return: the mutant of a name, and its file's text from read(file)"""
    file = name.partition(" ")[0]
    try:
        text = read(file)
    except OSError:
        raise Stale(f"{name}: there is no file {file}") from None
    known = names(file, text)
    if name in known:
        return known[name], text
    function = name.partition(":")[0] + ":"
    inside = [n for n in known if n.startswith(function)]
    if not inside:
        raise Stale(f"{name}: {function[:-1].replace(' ', ' has no ')}"
                    " with anything to mutate")
    close = difflib.get_close_matches(name, inside, 3, 0)
    raise Stale(f"{name}: no mutant has this name; similar: "
                + "; ".join(n[len(function) + 1:] for n in close))


@functools.lru_cache(maxsize=8)
def _bodies(text):
    return list(bodies(masked(text)))


def key(mutant, text):
    """Return: a key of a mutant that changes only with its function"""
    at = mutant.parts[0][0]
    start, end = next(((a, b) for a, b in _bodies(text) if a <= at < b),
                      (0, len(text)))
    gap = text.rfind("\n\n", 0, start)
    start = gap + 2 if gap >= 0 else 0
    told = [mutant.file, mutant.kind, text[start:end]] + [
        f"{a - start} {b - start} {new}" for a, b, new in mutant.parts]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:20]


def read_equivalents(text):
    """Parse test/mutants.txt. Return: {name: reason}

    Each paragraph has the name, and the reason after `=`, which may continue on
    lines that begin with blanks.
    """
    found = {}
    for part in re.split(r"\n\s*\n", text):
        rows = [r for r in part.splitlines() if r and not r.startswith("#")]
        if not rows:
            continue
        why = " ".join(r.lstrip("= \t") for r in rows[1:])
        if not why or any(r[0] not in "= \t" for r in rows[1:]):
            raise ValueError("not a mutant with its reason:\n" + part)
        found[rows[0].strip()] = why
    return found


Mistake = collections.namedtuple("Mistake",
                                 "name mutant command checkers told")


def read_planted(text):
    """Parse test/planted.txt. Return: [Mistake]; its mutant is a name"""
    found = []
    text = re.sub(r"^#.*\n", "", text, flags=re.M)
    for part in text.strip().split("\n\n"):
        head, mutant, *rows = part.splitlines()
        command, checkers, told = (
            [row[2:] for row in rows if row[0] == mark] for mark in "$?=")
        if len(command) != 1 or not told:
            raise ValueError("not a mistake with its command:\n" + part)
        found.append(Mistake(head.partition(":")[0], mutant, command[0],
                             checkers, told))
    return found

# SPDX-License-Identifier: MIT
"""One-line mutants of C text: what `./lectern mutate` changes.

A small tokenizer finds the functions of a file and their statements; comments,
strings and the preprocessor's lines are left alone.  It relies on the house
style: the braces of a function's body stand alone in column 0.
"""
import collections
import functools
import hashlib
import re

# A change of one file's text: parts is ((start, end, new), ...), line that of
# the first part, kind the operator's name.
Mutant = collections.namedtuple("Mutant", "file line kind parts")
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
# Words for people: nobody tests them, and they may change.
TALK = re.compile(r"log_\w+|panic\w*|ASSERT|BUG\w*|WARN\w*|unreachable"
                  r"|seq_printf|printf|_?Static_assert|static_assert"
                  r"|__builtin_unreachable|lock_debug_\w+|trace_\w+|likely_\w+")
COMPARE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=",
           "!=": "=="}
TURN = {"&&": "||", "||": "&&", "++": "--", "--": "++", "+=": "-=",
        "-=": "+=", "|=": "&=", "&=": "|=", "<<": ">>", ">>": "<<"}
# What a removed call is called by its callee's name.
CALLS = (("barrier", r"(?:smp_|arch_)?\w*(?:barrier|fence|\bmb|_[rw]mb|_mb)"),
         ("flush", r"\w*(?:flush|shoot|icache|tlb|invalidate|forget)\w*"),
         ("reference", r"\w*(?:_get|_put|_ref|_unref|_hold|_drop|_release"
                       r"|_grab)"),
         ("accounting", r"\w*(?:charge|account|count|atomic_add|atomic_sub"
                        r"|atomic_inc|atomic_dec|_stat)\w*"))


@functools.lru_cache(maxsize=8)
def masked(text):
    """The text with what is left alone blanked, every place kept; a string
    becomes a name."""
    return HIDDEN.sub(lambda m: re.sub(
        r"[^\n]", "_" if m.group()[0] in "\"'" else " ", m.group()), text)


def bodies(mask):
    """=> (start, end) of each function's body, braces excluded"""
    for m in re.finditer(r"^\{\n(.*?)^\}", mask, re.S | re.M):
        before = mask[:m.start()].rstrip()
        if before.endswith(")") or re.search(r"\)\s*[\w() ]+$",
                                             before[-80:]):
            yield m.start(1), m.end(1)


def tokens(mask, start, end):
    return [Token(m.group(), m.start(), m.end())
            for m in TOKEN.finditer(mask, start, end)]


def _skip(toks, i):
    """=> the index behind the bracket that closes the one at i"""
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
    """=> the index of the semicolon that ends the statement at i"""
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
    """What the statement from i to its semicolon at end is."""
    word = toks[i].text
    if word in ("return", "goto", "break", "continue"):
        return word
    if word in ("asm", "__asm__"):
        return "asm"
    return "declaration" if _is_declaration(toks, i, end) else "expression"


def statements(toks):
    """=> Statements: conditions (first and last within their brackets) and
    everything that ends in a semicolon (last is the semicolon)"""
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
    """Is what follows the bracket at i no end of a statement?  So it is with
    a macro that is a loop."""
    close = _skip(toks, i)
    return close < len(toks) and (
        toks[close].text == "{" or (_is_name(toks[close])
                                    and not toks[close].text.startswith("__")
                                    and toks[i - 1].text not in ("return",)))


# --- what is made of a statement ---------------------------------------------


class Maker:
    """Collects the mutants of one file."""

    def __init__(self, file, text):
        self.file, self.text = file, text
        self.mask = masked(text)
        self.found = []

    def line(self, at):
        return self.text.count("\n", 0, at) + 1

    def put(self, kind, *parts):
        """Newlines within a part stay, so that lines keep their numbers."""
        parts = tuple((a, b, new + "\n" * self.text.count("\n", a, b))
                      for a, b, new in sorted(parts))
        self.found.append(Mutant(self.file, self.line(parts[0][0]), kind,
                                 parts))

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

    # --- statements

    def remove(self, toks, s, parts):
        first, last = toks[s.first], toks[s.last]
        callee = first.text if toks[s.first + 1].text == "(" else None
        if callee and "unlock" in callee:
            return              # goes with its lock
        if callee and "lock" in callee.split("_"):
            self.remove_pair(toks, s, parts)
            return
        self.put(self.kind_of(callee, toks[s.first:s.last]),
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
        """A lock that is not taken is not given back either."""
        def words(p):
            return [t.text for t in toks[p.first:p.last]]

        taken = words(s)
        given = [taken[0].replace("lock", "unlock")] + taken[1:]
        places = [p for p in parts if p.kind == "expression"
                  and words(p) in (taken, given)]
        self.put("lock", *((toks[p.first].start, toks[p.last].end, ";")
                           for p in places))

    def drop_error(self, inner):
        words = [t.text for t in inner]
        if len(words) > 3 and words[1] == "-" and words[2][0] == "E" \
                and words[3] == ";":
            self.put("error", (inner[1].start, inner[2].end, "0"))

    def condition(self, toks, s, following):
        start, end = toks[s.first].start, toks[s.last].end
        old = self.text[start:end]
        if "\n" not in old:
            self.put("condition", (start, end, f"!({old})"))
        # a check that is never met: the error is not noticed
        if s.kind == "if" and following \
                and following[0].kind in ("return", "goto"):
            self.put("check", (start, start, "0 && ("), (end, end, ")"))

    # --- operators and constants

    def operators(self, toks):
        for i, t in enumerate(toks):
            if i and TALK.fullmatch(toks[i - 1].text):
                return
            before = toks[i - 1].text if i else ""
            after = toks[i + 1].text if i + 1 < len(toks) else ""
            if t.text in COMPARE:
                self.put("comparison", (t.start, t.end, COMPARE[t.text]))
            elif t.text in TURN and not (t.text in ("++", "--")
                                         and toks[-1].text == ";"
                                         and len(toks) < 5):
                self.put("operator", (t.start, t.end, TURN[t.text]))
            elif t.text in "+-" and after == "1" and re.match(
                    r"[\w)\]]", before) and before != "return":
                self.put("off by one", (t.start, toks[i + 1].end, ""))
            elif re.match(r"\d", t.text):
                self.number(t, before, after)
            elif t.text == "|" and re.fullmatch(r"[A-Z][A-Z0-9_]+", after):
                self.put("flag", (t.start, toks[i + 1].end, ""))

    def number(self, t, before, after):
        """Others by one; a number that is an index's size is no value."""
        if before in ("+", "-") and t.text == "1" or before == "[":
            return
        digits = re.match(r"0[xX][0-9a-fA-F]+|\d+", t.text).group()
        tail = t.text[len(digits):]
        value = int(digits, 16 if digits[:2] in ("0x", "0X") else
                    8 if digits[0] == "0" and digits != "0" else 10)
        new = 0 if value == 1 else value + 1
        self.put("constant", (t.start, t.end, f"{new}{tail}"))


def mutants(file, text):
    """=> the mutants of a file, in the order of their places"""
    found = Maker(file, text).make()
    return sorted(set(found), key=lambda m: (m.parts, m.kind))


def apply(mutant, text):
    for start, end, new in reversed(mutant.parts):
        text = text[:start] + new + text[end:]
    return text


def changed(mutant, text):
    """=> (line number, old line, new line) of every line that differs"""
    old, new = text.split("\n"), apply(mutant, text).split("\n")
    return [(i + 1, a, b) for i, (a, b) in enumerate(zip(old, new))
            if a != b]


def as_diff(mutant, text):
    out = [f"{mutant.file}:{mutant.line}: {mutant.kind}"]
    for number, old, new in changed(mutant, text):
        out += [f"-{old}", f"+{new}"]
    return "\n".join(out)


def squeezed(line):
    return " ".join(line.split())


def gist(mutant, text):
    """What a mutant is, wherever its lines stand: for test/mutants.txt."""
    rows = changed(mutant, text)
    return (mutant.file, tuple(squeezed(old) for _, old, _ in rows),
            tuple(squeezed(new) for _, _, new in rows))


@functools.lru_cache(maxsize=8)
def _bodies(text):
    return list(bodies(masked(text)))


def key(mutant, text):
    """A mutant's name for ever, until its function is changed."""
    at = mutant.parts[0][0]
    start, end = next(((a, b) for a, b in _bodies(text) if a <= at < b),
                      (0, len(text)))
    gap = text.rfind("\n\n", 0, start)
    start = gap + 2 if gap >= 0 else 0
    told = [mutant.file, mutant.kind, text[start:end]] + [
        f"{a - start} {b - start} {new}" for a, b, new in mutant.parts]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:20]


def read_equivalents(text):
    """test/mutants.txt. => {gist: reason}

    A paragraph each: the file, `-` lines, `+` lines, and the reason behind
    `=`, which may go on for lines that begin with blanks.
    """
    found = {}
    for part in re.split(r"\n\s*\n", text):
        rows = [r for r in part.splitlines() if r and not r.startswith("#")]
        if not rows:
            continue
        old = tuple(squeezed(r[1:]) for r in rows if r[0] == "-")
        new = tuple(squeezed(r[1:]) for r in rows if r[0] == "+")
        why = " ".join(r.lstrip("= \t") for r in rows[1:]
                       if r[0] in "= \t")
        if not (old and len(old) == len(new) and why):
            raise ValueError("not a mutant with its reason:\n" + part)
        found[rows[0].strip(), old, new] = why
    return found

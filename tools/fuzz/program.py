# SPDX-License-Identifier: MIT
"""A program of system calls, and its text.

    [t1 async] r2 = openat(-100, &0x60000100{"f0\\0"}, 0x42, 0x1a4)
    read(r2, &0x60000200{?64}, 0x40)
    pipe2(&0x60000300{>4:r3, >4:r4}, 0)
    writev(r4, &0x60000400{w:&0x60000500{x:4142}, w:2}, 1)

One call a line.  Arguments are numbers, results of earlier calls (r2), or
memory: &ADDRESS{PARTS}.  A part is a string, bytes (x:HEX), a number with its
size in bytes (4:1; w: a machine word, t: a word of a time), a word that points
to further memory, bytes for the call to write (?64), or a number to read from
memory after the call (>4:r3).  In front may stand: t1, made by another thread;
async, without waiting for it; fail=3, its third allocation fails; child=N, what
a child of fork does: it ends, waits (1), stops (2), makes the calls of t4 (3)
or t5 (4), in a directory that it must not leave.
Programs are separated by empty lines; # begins a comment.
"""
import re


class BadProgram(Exception):
    pass


class Ref:
    """The result of a call, by its slot number."""

    def __init__(self, slot):
        self.slot = slot

    def __str__(self):
        return f"r{self.slot}"

    def __eq__(self, other):
        return isinstance(other, Ref) and other.slot == self.slot

    def __hash__(self):
        return hash(("r", self.slot))


class Ptr:
    """Memory and its contents.  parts: ("b", bytes), ("v", size, value),
    ("p", size, Ptr), ("o", bytes to write), ("l", size, slot)"""

    def __init__(self, at, parts):
        self.at, self.parts = at, parts

    def __str__(self):
        return "&%#x{%s}" % (self.at, ", ".join(map(part_text, self.parts)))


class Call:
    def __init__(self, name, args, ret=None, thread=0, asynchronous=False,
                 fail=0, child=0):
        self.name, self.args, self.ret = name, args, ret
        self.thread, self.asynchronous = thread, asynchronous
        self.fail, self.child = fail, child

    def properties(self):
        return [w for w in (
            f"t{self.thread}" if self.thread else "",
            "async" if self.asynchronous else "",
            f"fail={self.fail}" if self.fail else "",
            f"child={self.child}" if self.child else "") if w]

    def __str__(self):
        props = self.properties()
        return "".join((
            f"[{' '.join(props)}] " if props else "",
            f"r{self.ret} = " if self.ret is not None else "",
            self.name, "(", ", ".join(map(value_text, self.args)), ")"))


def number_text(v):
    return str(v) if -1000 < v < 10 else hex(v)


def value_text(v):
    return number_text(v) if isinstance(v, int) else str(v)


def string_text(data):
    out = ""
    for byte in data:
        if byte == 0:
            out += "\\0"
        elif byte in b'"\\':
            out += "\\" + chr(byte)
        else:
            out += chr(byte)
    return f'"{out}"'


def part_text(part):
    kind = part[0]
    if kind == "b":
        if part[1] and all(32 <= b < 127 or b == 0 for b in part[1]) \
                and any(part[1]):
            return string_text(part[1])
        return "x:" + part[1].hex()
    if kind == "o":
        return f"?{part[1]}"
    if kind == "l":
        return f">{part[1]}:r{part[2]}"
    return f"{part[1]}:{value_text(part[2])}"


def text(calls):
    return "".join(f"{c}\n" for c in calls)


# ---- parsing ----------------------------------------------------------------

TOKEN = re.compile(r"""\s*(?:
    (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<bytes>x:[0-9a-f]*)
  | (?P<load>>[48]:r\d+)
  | (?P<out>\?\d+)
  | (?P<size>[1248wt]:)
  | (?P<ref>r\d+)
  | (?P<number>-?(?:0x[0-9a-f]+|\d+))
  | (?P<sign>[&{},()=*])
  | (?P<name>[a-z_][a-z0-9_]*)
)""", re.VERBOSE)
ESCAPE = {"0": 0, '"': 34, "\\": 92}
LINE = re.compile(r"(?:\[([^]]*)\]\s*)?(.*)")


class Reader:
    def __init__(self, line):
        self.tokens, at = [], 0
        line = line.rstrip()
        while at < len(line):
            found = TOKEN.match(line, at)
            if not found:
                raise BadProgram(f"cannot read `{line[at:at + 20]}`")
            kind = found.lastgroup
            self.tokens.append((kind, found.group(kind)))
            at = found.end()
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) \
            else (None, None)

    def next(self, kind=None, text=None):
        token = self.peek()
        if kind and token[0] != kind or text and token[1] != text:
            raise BadProgram(f"expected {text or kind}, not {token[1]}")
        self.at += 1
        return token[1]

    def many(self, end, one):
        """Return: what `one` reads, separated by commas, until `end`"""
        items = []
        while self.peek()[1] != end:
            items.append(one())
            if self.peek()[1] != end:
                self.next("sign", ",")
        self.next("sign", end)
        return items

    def value(self):
        kind, word = self.peek()
        if kind == "number":
            self.at += 1
            return int(word, 0)
        if kind == "ref":
            self.at += 1
            return Ref(int(word[1:]))
        self.next("sign", "&")
        at = int(self.next("number"), 0)
        self.next("sign", "{")
        return Ptr(at, self.many("}", self.part))

    def part(self):
        kind, word = self.peek()
        self.at += 1
        if kind == "string":
            body = re.sub(r"\\(.)", lambda m: chr(ESCAPE[m.group(1)])
                          if m.group(1) in ESCAPE else m.group(1), word[1:-1])
            return ("b", body.encode("latin1"))
        if kind == "bytes":
            return ("b", bytes.fromhex(word[2:]))
        if kind == "out":
            return ("o", int(word[1:]))
        if kind == "load":
            return ("l", int(word[1]), int(word[4:]))
        if kind == "size":
            size = word[:-1] if word[0] in "wt" else int(word[:-1])
            v = self.value()
            return ("p" if isinstance(v, Ptr) else "v", size, v)
        raise BadProgram(f"`{word}` is not a part of memory")


def parse_call(line, reader=Reader):
    props, rest = LINE.fullmatch(line.strip()).groups()
    r = reader(rest)
    call = Call("", [])
    for word in (props or "").split():
        if re.fullmatch("t[0-5]", word):
            call.thread = int(word[1])
        elif word == "async":
            call.asynchronous = True
        elif re.fullmatch(r"(fail|child)=\d+", word):
            setattr(call, word.split("=")[0], int(word.split("=")[1]))
        else:
            raise BadProgram(f"unknown property [{word}]")
    if r.peek()[0] == "ref":
        call.ret = int(r.next()[1:])
        r.next("sign", "=")
    call.name = r.next("name")
    r.next("sign", "(")
    call.args = r.many(")", r.value)
    if r.peek()[0]:
        raise BadProgram(f"`{r.peek()[1]}` after the call")
    return call


def parse(body):
    """Parse programs. Return: [(number of the first line, calls)]; raises
    BadProgram with the line"""
    programs, calls, start = [], [], 0
    for number, line in enumerate(body.splitlines() + [""], 1):
        if not line.strip():
            if calls:
                programs.append((start, calls))
            calls = []
        elif not line.lstrip().startswith("#"):
            try:
                call = parse_call(line)
            except (BadProgram, ValueError) as why:
                raise BadProgram(f"line {number}: {why}") from None
            start = start if calls else number
            calls.append(call)
    return programs


def copy(calls):
    return [Call(c.name, list(c.args), c.ret, c.thread, c.asynchronous,
                 c.fail, c.child) for c in calls]

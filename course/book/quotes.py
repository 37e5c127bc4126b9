# SPDX-License-Identifier: MIT
"""Find code by its name, for the chapters.

A quotation names a file and a symbol, never a line, so it is always the code
that the tree has now.  If the symbol is gone, or two definitions have its name,
the book is not built: Lost says which chapter wants what.
"""
import re
import textwrap
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
C_FILES = (".c", ".h")
# the one-line markers of a part of a file: of a lab, or of a quotation
MARKER = re.compile(r"\b(lab|book) ([\w-]+): (begin|end)\b")
LABEL = re.compile(r"^([A-Za-z_]\w*):", re.M)


class Lost(Exception):
    """What a chapter names is not there, or is there more than once."""


def read_source(path, top=TOP):
    """Return: the text of a file of the tree"""
    try:
        return (top / path).read_text()
    except (OSError, UnicodeDecodeError):
        raise Lost(f"{path}: no such file") from None


# ---- one definition ----------------------------------------------------------

def end_of_braces(text, at):
    """Return: where the line ends that closes the braces of a definition"""
    closing = re.compile(r"^}.*$", re.M).search(text, at)
    return closing.end() if closing else None


def function_spans(text, name):
    """Yield (start, end) of each definition of a C function."""
    head = re.compile(rf"^[A-Za-z_][^;{{}}=#\n]*(?:\n[^;{{}}=#\n]*)?"
                      rf"\b{name}\([^;{{}}]*\)[^;{{}}()]*\n{{", re.M)
    for found in head.finditer(text):
        end = end_of_braces(text, found.end())
        if end:
            yield found.start(), end


def type_spans(text, name):
    """Yield the spans of a struct, union or enum; name: with that word."""
    head = re.compile(rf"^(?:typedef )?{re.escape(name)}\b[^;{{}}\n]*{{", re.M)
    for found in head.finditer(text):
        line = text[found.start():].partition("\n")[0]
        end = found.start() + len(line) if "}" in line \
            else end_of_braces(text, found.end())
        if end:
            yield found.start(), end


def macro_spans(text, name):
    """Yield the spans of #define lines, each with its continued lines."""
    head = re.compile(rf"^#[ \t]*define[ \t]+{name}\b(?:.*\\\n)*.*$", re.M)
    for found in head.finditer(text):
        yield found.span()


def variable_spans(text, name):
    """Yield the spans of initialised variables and of declared ones."""
    head = re.compile(rf"^(?!return|typedef|extern)[A-Za-z_][^;{{}}()=,\n]*"
                      rf"\b{name}\b(?:\[[^\n]*?\])*[^;{{}}()=\n]*"
                      rf"(?:;|=[^;]*?;)", re.M)
    for found in head.finditer(text):
        yield found.span()


def c_spans(text, name):
    """Return: the spans of what a C name may mean, each once"""
    if re.match(r"(struct|union|enum) ", name):
        return list(type_spans(text, name))
    found = {*function_spans(text, name), *macro_spans(text, name)}
    return sorted(found or {*variable_spans(text, name)})


def end_of_label(text, start):
    """Return: the end of an assembler routine: the next label begins the next
    one, with the comments and directives above it"""
    after = LABEL.search(text, start + 1)
    end = after.start() if after else len(text)
    lines = text[start:end].rstrip().split("\n")
    outside = outside_of_comments(lines)
    while len(lines) > 1 and (not outside[len(lines) - 1]
                              or re.match(r"\s*(\.(globl|section|align|balign"
                                          r"|size|type)\b|$)", lines[-1])):
        lines.pop()
    return start + len("\n".join(lines))


def outside_of_comments(lines):
    """Return: for each line whether more than a comment stands in it"""
    found, inside = [], False
    for line in lines:
        rest = re.sub(r"/\*.*?\*/", "", line)
        if inside:
            inside = "*/" not in rest
            rest = rest.partition("*/")[2]
        elif "/*" in rest:
            inside = True
            rest = rest.partition("/*")[0]
        found.append(bool(rest.strip()))
    return found


def label_spans(text, name):
    """Return: the spans of a label; name: FIRST .. NEXT: up to the label NEXT"""
    first, _, following = (part.strip() for part in name.partition(".."))
    starts = [m.start() for m in LABEL.finditer(text) if m[1] == first]
    if not following:
        return [(s, end_of_label(text, s)) for s in starts]
    ends = [m.start() for m in LABEL.finditer(text) if m[1] == following]
    macros = [m.span() for m in macro_of(text, first)]
    return macros or [(s, s + len(text[s:e].rstrip()))
                      for s in starts for e in ends if e > s]


def macro_of(text, name):
    """Yield matches of an assembler macro."""
    return re.finditer(rf"^\s*\.macro\s+{re.escape(name)}\b[\s\S]*?^\s*\.endm$",
                       text, re.M)


def python_spans(text, name):
    """Return: the spans of a Python function or class at the outer level"""
    found = []
    for m in re.finditer(rf"^(?:def|class) {name}\b", text, re.M):
        after = re.compile(r"^\S", re.M).search(text, m.end() + 1)
        while after and text[after.start()] == ")":
            after = re.compile(r"^\S", re.M).search(text, after.end())
        end = after.start() if after else len(text)
        found.append((m.start(), m.start() + len(text[m.start():end].rstrip())))
    return found


def row_spans(text, name):
    """Return: the spans of the lines of a table that begin with a word"""
    return [m.span() for m in re.finditer(rf"^{re.escape(name)}[ \t].*$", text,
                                          re.M)]


def spans(path, text, name):
    """Return: the spans of all definitions of a name in a file"""
    ending = Path(path).suffix
    if ending in C_FILES:
        return c_spans(text, name)
    if ending == ".S":
        return label_spans(text, name) or [m.span()
                                           for m in macro_of(text, name)]
    if ending == ".py":
        return python_spans(text, name)
    return row_spans(text, name)


def find_symbol(path, name, top=TOP):
    """Return: (the file's text, start, end) of the only definition"""
    text = read_source(path, top)
    if name.startswith("region "):
        found = region_spans(text, name[7:])
    else:
        found = spans(path, text, name)
    if not found:
        raise Lost(f"{path}: nothing is called {name}")
    if len(found) > 1:
        raise Lost(f"{path}: {len(found)} definitions of {name}")
    return (text, *found[0])


def region_spans(text, name):
    """Return: the spans between the markers of a region, without these"""
    found, start = [], None
    at = 0
    for line in text.splitlines(keepends=True):
        mark = MARKER.search(line)
        if mark and mark[2] == name:
            if mark[3] == "begin":
                start = at + len(line)
            elif start is not None:
                found.append((start, at - 1))
                start = None
        at += len(line)
    return found


def comment_above(text, start):
    """Return: where the comment begins that ends just above, else start"""
    before = text[:start]
    found = re.search(r"(?:^|\n)([ \t]*/\*(?:(?!\*/)[\s\S])*\*/[ \t]*\n)$",
                      before)
    return found.start(1) if found else start


# ---- parts of it -------------------------------------------------------------

def plain_words(text):
    """Return: the text with single blanks, as a chapter can write it"""
    return " ".join(text.split())


def only_line(lines, words, what, after=0):
    """Return: the number of the only line that contains the words; A / B: the
    one with A that is followed by one with B"""
    first, _, following = map(plain_words, words.partition(" / "))
    plain = [plain_words(line) for line in lines] + [""]
    found = [n for n in range(after, len(lines)) if first in plain[n]
             and following in plain[n + 1]]
    if not found:
        raise Lost(f"{what}: no line has: {words}")
    if len(found) > 1 and after == 0:
        raise Lost(f"{what}: {len(found)} lines have: {words}")
    return found[0]


def closing_line(lines, start, what):
    """Return: the line with the brace that closes what a line opens, which may
    hold braces of its own"""
    indent = re.match(r"\s*", lines[start])[0]
    for n in range(start + 1, len(lines)):
        if lines[n].startswith(indent + "}"):
            return n
    raise Lost(f"{what}: nothing closes: {lines[start].strip()}")


def range_of(lines, words, what):
    """Return: first and last line of FIRST .. LAST; LAST is the first line
    with these words after FIRST, or }, the one that closes a brace that FIRST
    opens.  region NAME: what the markers enclose."""
    if words.startswith("region "):
        marks = [n for n, line in enumerate(lines) if MARKER.search(line)
                 and MARKER.search(line)[2] == words[7:]]
        if len(marks) != 2:
            raise Lost(f"{what}: {len(marks)} markers of {words}")
        return marks[0], marks[1]
    first, dots, last = (part.strip() for part in words.partition(" .. "))
    start = only_line(lines, first, what)
    if not dots:
        return start, start
    if last == "}" and lines[start].endswith("{"):
        return start, closing_line(lines, start, what)
    return start, only_line(lines, last, what, start + 1)


def omission(line, ending):
    """Return: a line that stands for lines left out, indented like this one"""
    indent = re.match(r"\s*", line)[0]
    return f"{indent}# …" if ending == ".py" else f"{indent}/* … */"


def narrowed(lines, show, leave_out, what, ending):
    """Return: the lines to show, with marks where some are left out"""
    kept = set(range(len(lines)))
    if show:
        kept = set()
        for words in show:
            first, last = range_of(lines, words, what)
            kept |= set(range(first, last + 1))
    for words in leave_out:
        first, last = range_of(lines, words, what)
        kept -= set(range(first, last + 1))
    return marked(lines, kept, ending)


def marked(lines, kept, ending):
    """Return: the kept lines; one mark for each gap between them"""
    found, gap = [], None
    for n, line in enumerate(lines):
        if n in kept:
            if gap is not None and found:
                found.append(omission(lines[gap], ending))
            found.append(line)
            gap = None
        elif gap is None and line.strip():
            gap = n
    if gap is not None and found:
        found.append(omission(lines[gap], ending))
    return found


def without_markers(lines, hide_labs):
    """Return: the lines without markers; hide_labs: and without what a lab
    asks its reader to write"""
    found, lab = [], None
    for line in lines:
        mark = MARKER.search(line)
        if not mark:
            if lab is None:
                found.append(line)
            continue
        if hide_labs and mark[1] == "lab":
            lab = mark[2] if mark[3] == "begin" else None
            if lab:
                indent = re.match(r"\s*", line)[0]
                found.append(f"{indent}/* … yours to write: lab {lab} */")
    return found


def quote(path, name, show=(), leave_out=(), comment=False, hide_labs=False,
          top=TOP):
    """Return: the code that a chapter shows"""
    text, start, end = find_symbol(path, name, top)
    if comment:
        start = comment_above(text, start)
    lines = text[start:end].expandtabs().split("\n")
    lines = narrowed(lines, show, leave_out, f"{path}: {name}",
                     Path(path).suffix)
    return textwrap.dedent("\n".join(without_markers(lines, hide_labs))).strip(
        "\n")


# ---- what a chapter asks for -------------------------------------------------

FENCE = re.compile(r"^(```+)\{([\w-]+)\}[ \t]*(.*)\n([\s\S]*?)^\1[ \t]*$", re.M)


def fences(text, kind):
    """Yield (line number, body) of each directive of a kind in a chapter."""
    for found in FENCE.finditer(text):
        if found[2] == kind:
            yield text.count("\n", 0, found.start()) + 1, found[4]


def settings(body, keys):
    """Split the body of a directive.

    Return: [(line, {key: [values]})]: each line that is no `key: value`, with
    the keys below it
    """
    found = []
    for line in body.replace("\\\n", " ").splitlines():
        line = line.strip()
        key, colon, value = line.partition(":")
        if colon and key in keys and found:
            found[-1][1].setdefault(key, []).append(value.strip())
        elif line:
            found.append((" ".join(line.split()), {}))
    return found

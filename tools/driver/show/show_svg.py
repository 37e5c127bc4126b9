# SPDX-License-Identifier: MIT
"""Pictures of `./lectern show` as SVG: a square for each page, high addresses
at the top, and the page tables beside them."""
import html

import entries

from ..common import MACHINES
from .show_record import ALIKE, PAGE, ROW, STATES, physical, size, steps
from .show_text import gone_text

CELL = 7                        # the side of the square for a page
GRID = ROW * CELL
LEFT = 96                       # width of the addresses
PANEL = LEFT + GRID             # width of a process
BOX, BOX_HIGH, BOX_GAP = 150, 30, 14
STUB_HIGH = 18                  # height of a table drawn with another process
STEP = 186                      # from one level of the tree to the next
PANEL_GAP = 96
COLOURS = {"o": "#0072b2", "c": "#e69f00", "s": "#009e73", "f": "#56b4e9",
           "z": "#f0e442", "k": "#999999", "w": "#cc79a7"}
# marks over the colours, so that nobody needs to tell colours apart
MARKS = {"o": "", "c": "M0 5L5 0", "s": "M2.5 2h.1v1h-.1z", "f": "M0 2.5H5",
         "z": "M0 0L5 5M0 5L5 0", "k": "M2.5 0V5", "w": "M0 2.5H5M2.5 0V5"}
STYLE = """\
.page{fill:#fff}text{font:11px monospace;fill:#111}.head{font-weight:bold}
.title{font:bold 14px sans-serif}.note{fill:#555}
.none{fill:#e4e4e4}.lines{fill:none;stroke:#fff;stroke-width:.6}
.super{fill:none;stroke:#111;stroke-width:1.6}
.table{fill:#fff;stroke:#111}.shared{stroke-width:3}
.link{fill:none;stroke:#555}.again{stroke-dasharray:4 3;stroke-width:2}
.break{fill:none;stroke:#111}.mark{fill:none;stroke:#000;stroke-opacity:.45}
.hit{fill:#fde3ae;stroke:#111}.stub{fill:#fff;stroke:#111;stroke-dasharray:4 3}
.changed{fill:none;stroke:#d55e00;stroke-width:2.5}
"""
# for a separate picture in a viewer with a dark background
DARK = """@media(prefers-color-scheme:dark){.page{fill:#1c1c1c}text{fill:#eee}
.note{fill:#bbb}.none{fill:#444}.lines{stroke:#1c1c1c}.super{stroke:#fff}
.table,.stub{fill:#2a2a2a;stroke:#ddd}.link,.break{stroke:#bbb}
.hit{fill:#5c4510;stroke:#ddd}}
"""


def style():
    return STYLE + "".join(f".{state}{{fill:{colour}}}\n"
                           for state, colour in COLOURS.items())


def definitions():
    """Return: the patterns, which all pictures of a file share"""
    marks = "".join(
        f'<pattern id="mark-{s}" width="5" height="5" '
        f'patternUnits="userSpaceOnUse"><path class="mark" d="{d}"/>'
        "</pattern>" for s, d in MARKS.items() if d)
    return (f"<defs>{marks}<pattern id=\"pages\" width=\"{CELL}\" "
            f'height="{CELL}" patternUnits="userSpaceOnUse"><path class="lines"'
            f' d="M0 0H{CELL}M0 0V{CELL}"/></pattern></defs>')


class Canvas:
    """The parts of a picture, and how far they reach."""

    def __init__(self):
        self.parts, self.wide, self.high = [], 0, 0

    def reach(self, x, y):
        self.wide, self.high = max(self.wide, x), max(self.high, y)

    def text(self, x, y, words, kind=""):
        self.reach(x + len(words) * 6.7, y + 4)
        self.parts.append(f'<text x="{x:g}" y="{y:g}"'
                          + (f' class="{kind}"' if kind else "")
                          + f">{html.escape(words, quote=False)}</text>")

    def box(self, x, y, wide, high, kind):
        self.reach(x + wide, y + high)
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" '
                          f'height="{high:g}" class="{kind}"/>')

    def pattern(self, x, y, wide, high, name):
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" '
                          f'height="{high:g}" fill="url(#{name})"/>')

    def path(self, d, kind):
        self.parts.append(f'<path d="{d}" class="{kind}"/>')

    def pages(self, x, y, wide, high, state):
        """Draw a rectangle in the state's colour, with its mark."""
        low = state.lower()
        self.box(x, y, wide, high, low)
        if MARKS[low]:
            self.pattern(x, y, wide, high, "mark-" + low)


def document(body, title):
    """Return: a file of one picture"""
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + element(
        body, title, f"<style>{style()}{DARK}</style>{definitions()}") + "\n")


def element(canvas, title, before=""):
    wide, high = int(canvas.wide + 12), int(canvas.high + 12)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" '
            f'height="{high}" viewBox="0 0 {wide} {high}" role="img" '
            f'aria-label="{html.escape(title)}">'
            f"<title>{html.escape(title, quote=False)}</title>{before}\n"
            '<rect width="100%" height="100%" class="page"/>\n'
            + "\n".join(canvas.parts) + "\n</svg>")


# ---- areas -----------------------------------------------------------------

def row_of_pages(c, x, y, text):
    """Draw the squares of a row; equal neighbours are one piece."""
    at = 0
    while at < ROW:
        end = at
        while end < ROW and text[end] == text[at]:
            end += 1
        place = x + at * CELL, y, (end - at) * CELL, CELL
        if text[at] == ".":
            c.box(*place, "none")
        elif text[at] != " ":
            c.pages(*place, text[at])
        if text[at] != " ":
            c.pattern(*place, "pages")
        if text[at].isupper():
            c.box(*place, "super")
        at = end


def zigzag(c, x, y, words):
    steps_ = "".join(f"l8 {-4 if i % 2 else 4}" for i in range(8))
    c.path(f"M{x} {y - 2}{steps_}", "break")
    c.text(x + 72, y + 2, words, "note")


def area(c, x, y, a, digits):
    """Draw an area. Return: its lower end"""
    notes = f"{a.resident} of {a.pages} pages"
    if a.ref > 1:
        notes += f", {a.ref} mappings"
    if "growsdown" in a.flags:
        notes += ", grows down"
    if a.change:
        notes += ", " + a.change
    top = y
    c.text(x, y + 10, f"{a.start:0{digits}x}-{a.end:0{digits}x} {a.perms} "
           f"{a.name or '(anonymous)'}", "head")
    c.text(x + 12, y + 22, notes, "note")
    y += 28
    for count, page, text in reversed(a.rows()):
        shown = 1 if count >= ALIKE else count
        if shown < count:
            zigzag(c, x + LEFT, y + 6, f"{count - 1} more rows like it")
            y += 14
        for i in reversed(range(shown)):
            c.text(x, y + CELL + 1, f"{(page + ROW * i) * PAGE:0{digits}x}",
                   "note")
            row_of_pages(c, x + LEFT, y, text)
            y += CELL + (6 if len(a.rows()) < 24 else 4)
    if a.change:
        c.box(x - 4, top - 1, PANEL + 8, y - top + 2, "changed")
    return y + 6


def areas(c, x, y, process, digits):
    above = None
    for a in reversed(process.areas):
        if above is not None and a.end < above:
            zigzag(c, x + LEFT, y + 8,
                   f"a hole of {size(above - a.end)}")
            y += 20
        above = a.start
        y = area(c, x, y, a, digits)
    return y


# ---- tables ----------------------------------------------------------------

class Tree:
    """Boxes of tables, with the root at one edge of the process's panel.
    `places` has the boxes drawn before, of any process.  If `mirrored`, the
    root is at the right, so that the leaves are beside those of the process
    before, and a line between equal tables crosses nothing else."""

    def __init__(self, c, arch, places, areas_, mirrored):
        self.c, self.places, self.areas = c, places, areas_
        self.levels, self.bits = MACHINES[arch].tables
        self.mirrored, self.top = mirrored, 0

    def column(self, x, level):
        """Return: where the boxes of a level are, in a panel at x"""
        if self.mirrored:
            return x + STEP * level
        return x + PANEL - BOX - STEP * level

    def index(self, table):
        """Return: the index of the entry that leads to a table"""
        return table.base >> 12 + self.bits * (table.level + 1) & \
            (1 << self.bits) - 1

    def strip(self, table, x, y):
        """Draw the contents of a table's entries, first to last."""
        wide, number = BOX - 8, 1 << self.bits
        self.c.box(x, y, wide, 6, "none")
        shift = 12 + self.bits * table.level
        for below in table.tables:
            index = below.base >> shift & number - 1
            self.c.box(x + index * wide / number, y, 1.5, 6, "k")
        for index, count, state in self.pieces(table, shift):
            self.c.box(round(x + index * wide / number, 2), y,
                       max(round(count * wide / number, 2), 1), 6,
                       state.lower())

    def pieces(self, table, shift):
        """Yield (index, how many, state) of consecutive equal entries, whatever
        their frames."""
        found = []
        for leaf in table.leaves:
            index = leaf.va >> shift & (1 << self.bits) - 1
            owner = next((a for a in self.areas
                          if a.start < leaf.end and leaf.va < a.end), None)
            state = leaf.state(owner) if owner else "k"
            if found and found[-1][2] == state and \
                    sum(found[-1][:2]) == index:
                index, count, _ = found.pop()
                found.append((index, count + leaf.count, state))
            else:
                found.append((index, leaf.count, state))
        return found

    def box(self, table, x, y):
        kind = "table shared" if table.trees > 1 else "table"
        self.c.box(x, y, BOX, BOX_HIGH, kind)
        words = f"{table.name}: {table.used} of {1 << self.bits}"
        if table.level < self.levels - 1:
            words = f"[{self.index(table)}] {words}"
        self.c.text(x + 4, y + 13, words)
        self.strip(table, x + 4, y + 19)
        self.places[table.frame] = x + BOX, y + BOX_HIGH / 2, self.top

    def stub(self, below, x, y):
        """Draw a reference to a table drawn before. Return: its middle"""
        self.c.box(x, y, BOX, STUB_HIGH, "stub")
        self.c.text(x + 4, y + 13,
                    f"[{self.index(below)}] {below.name}, the same")
        middle = y + STUB_HIGH / 2
        to_x, to_y, top = self.places[below.frame]
        if self.mirrored and top == self.top:   # in the neighbouring tree
            self.c.path(f"M{x} {middle}L{to_x} {to_y}", "link again")
        return middle

    def draw_all(self, root, x, y):
        """Draw a whole tree. Return: its lower end"""
        self.top = y
        return self.draw(root, x, y)[1]

    def draw(self, table, x, y):
        """Draw a subtree. Return: (the middle of its box, its lower end)"""
        bottom, middles = y, []
        for below in reversed(table.tables):
            if below.frame in self.places:
                middles.append(self.stub(below, self.column(x, below.level),
                                         bottom))
                bottom += STUB_HIGH + BOX_GAP
                continue
            middle, bottom = self.draw(below, x, bottom)
            middles.append(middle)
        top = (middles[0] + middles[-1]) / 2 - BOX_HIGH / 2 if middles else y
        own = self.column(x, table.level)
        self.box(table, own, top)
        for middle in middles:
            self.link(own, top + BOX_HIGH / 2,
                      self.column(x, table.level - 1), middle)
        return top + BOX_HIGH / 2, max(bottom, top + BOX_HIGH + BOX_GAP)

    def link(self, x, y, to_x, to_y):
        if self.mirrored:
            to_x += BOX
        else:
            x += BOX
        self.c.path(f"M{x} {y}L{to_x} {to_y}", "link")


# ---- space -----------------------------------------------------------------

def legend(c, y):
    x = 8
    for state, name in STATES.items():
        if state == ".":
            c.box(x, y, 10, 10, "none")
        else:
            c.pages(x, y, 10, 10, state)
        c.text(x + 14, y + 9, name)
        x += 26 + len(name) * 6.7
    c.box(x, y, 10, 10, "super")
    c.text(x + 14, y + 9, "in a superpage")
    x, y = 8, y + 20
    for kind, words in (("table shared", "a table in several trees"),
                        ("stub", "a table drawn before"),
                        ("changed", "changed since the moment before")):
        c.box(x, y, 20, 10, kind)
        c.text(x + 26, y + 9, words)
        x += 46 + len(words) * 6.7
    return y + 24


def tables(c, x, y, process, arch, places, mirrored):
    """Draw a process's tables. Return: their lower end"""
    if not process.root:
        return y
    c.text(x, y + 10, "page tables, from the root", "head")
    if process.root.frame in places:
        c.text(x, y + 34, "the same as of the process before it")
        return y + 40
    return Tree(c, arch, places, process.areas, mirrored).draw_all(
        process.root, x, y + 30)


def pair(c, y, processes, arch, places):
    """Draw two processes side by side, or the last one: areas, and the page
    tables below them. Return: the lower end"""
    digits, ends = 8 if MACHINES[arch].bits == 32 else 10, [y]
    at = [(8 + i * (PANEL + PANEL_GAP), p) for i, p in enumerate(processes)]
    for x, process in at:
        words = f"process {process.pid} ({process.name})"
        c.text(x, y + 10, words, "head")
        if process.gone:
            c.text(x + (len(words) + 2) * 6.7, y + 10, gone_text(process),
                   "note")
        ends.append(areas(c, x, y + 20, process, digits))
    y, ends = max(ends) + 10, [y]
    for x, process in at:
        ends.append(tables(c, x, y, process, arch, places, x > 8))
    return max(ends)


def space_body(moments, arch, titled=True):
    """titled: False if the page has the moment's name as a heading."""
    c = Canvas()
    y = legend(c, 8)
    for number, moment in moments:
        if titled:
            c.text(8, y + 14, f"moment {number}: {moment.title}", "title")
            y += 28
        places = {}
        for i in range(0, len(moment.processes), 2):
            y = pair(c, y, moment.processes[i:i + 2], arch, places) + 16
    return c


def space(moments, arch):
    return document(space_body(moments, arch), "Address space: " + "; ".join(
        m.title for _, m in moments))


# ---- walk ------------------------------------------------------------------

FIELD, HIGH = 96, 26


def fields(va, arch):
    """Yield (name, value) of the parts of an address, the highest first."""
    levels, bits = MACHINES[arch].tables
    for level in reversed(range(levels)):
        yield (f"index {level}",
               va >> 12 + bits * level & (1 << bits) - 1)
    yield "offset", va & PAGE - 1


def walk_step(c, x, y, step, arch):
    port, bits = MACHINES[arch].folder, MACHINES[arch].tables[1]
    width = MACHINES[arch].bits // 4
    c.text(x, y, f"level {step.table.level}: {step.table.name}, frame "
           f"{step.table.frame:#07x}", "head")
    c.box(x, y + 6, 260, 14, "table")
    c.text(x + 4, y + 17, "0", "note")
    c.box(x, y + 20, 260, HIGH, "hit")
    c.text(x + 4, y + 37, f"{step.index}")
    c.text(x + 52, y + 37, f"{step.entry:#0{width + 2}x}")
    c.box(x, y + 20 + HIGH, 260, 14, "table")
    c.text(x + 4, y + 31 + HIGH, str((1 << bits) - 1), "note")
    if not step.entry:
        words = "nothing is there"
    else:
        words = (" ".join(entries.flags(port, step.entry)) or "-") + \
            f", frame {entries.frame(port, step.entry):#07x}"
    c.text(x + 272, y + 37, words)
    return y + 50 + HIGH


def walk_end(c, x, y, path, va, arch):
    last = path[-1]
    if last.leaf and last.present:
        where = physical(last, va, arch)
        what = "superpage" if last.leaf.level else "page"
        c.box(x, y, 260, HIGH, "hit")
        c.text(x + 4, y + 17, f"physical {where:#010x}")
        c.text(x + 272, y + 17, f"a {what}: the frame, and the offset in it")
    else:
        c.box(x, y, 260, HIGH, "table")
        c.text(x + 4, y + 17, "no translation: a page fault")
    return y + HIGH


def walk_one(c, y, process, va, arch):
    a = process.area_at(va)
    c.text(8, y + 10, f"{va:#x} in " + (
        f"{a.start:#x}-{a.end:#x} {a.perms} {a.name}".rstrip() if a
        else "no area"), "head")
    y += 20
    for i, (name, value) in enumerate(fields(va, arch)):
        c.box(8 + i * FIELD, y, FIELD, HIGH, "table")
        c.text(14 + i * FIELD, y + 17,
               f"{value:#x}" if name == "offset" else str(value))
        c.text(14 + i * FIELD, y + HIGH + 12, name, "note")
    y += HIGH + 40
    path = steps(process, va, arch)
    for i, step in enumerate(path):
        x = 8 + 40 * i
        if i:
            c.path(f"M{x - 20} {y - 30}V{y + 14}H{x}l-6 -4m6 4l-6 4", "link")
        y = walk_step(c, x, y, step, arch) + 12
    x = 8 + 40 * len(path)
    c.path(f"M{x - 20} {y - 26}V{y + 14}H{x}l-6 -4m6 4l-6 4", "link")
    return walk_end(c, x, y, path, va, arch)


def walk_body(moments, va, arch, titled=True):
    c, y = Canvas(), 8
    for number, moment in moments:
        process = next((p for p in moment.processes
                        if p.pid == moment.pid), None)
        if not process or not process.root:
            continue
        if titled:
            c.text(8, y + 14, f"moment {number}: {moment.title}", "title")
            y += 26
        y = walk_one(c, y, process, va, arch) + 20
    return c


def walk(moments, va, arch):
    return document(walk_body(moments, va, arch), f"Translation of {va:#x}")

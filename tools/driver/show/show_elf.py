# SPDX-License-Identifier: MIT
"""`./lectern show elf FILE`: one file, two views.  The link editor sees a list
of sections, the loader a list of segments; both cover the same bytes."""
import collections

from . import elf
from .show_svg import Canvas, document

# a part of the file: a section, or one of the three tables of headers
Piece = collections.namedtuple("Piece", "name offset size address section")
LETTERS = (("W", 1), ("A", 2), ("X", 4), ("M", 0x10), ("S", 0x20), ("I", 0x40),
           ("L", 0x80), ("G", 0x200), ("T", 0x400), ("C", 0x800))


def section_flags(flags):
    return "".join(letter for letter, bit in LETTERS if flags & bit)


def pieces(file):
    """Return: the pieces of a file, in file order"""
    found = [Piece("ELF header", 0, 64 if file.wide else 52, None, None)]
    if file.segments:
        found.append(Piece("program headers", file.phoff,
                           len(file.segments) * (56 if file.wide else 32),
                           None, None))
    for s in file.sections:
        if s.type:
            found.append(Piece(
                s.name or "(no name)", s.offset, s.size,
                s.address if s.flags & elf.ALLOC else None, s))
    if file.sections:
        found.append(Piece("section headers", file.shoff,
                           len(file.sections) * (64 if file.wide else 40),
                           None, None))
    return sorted(found, key=lambda p: (
        p.offset, p.address is None, p.address or 0))


def is_mapped(piece, segment):
    """True if the piece is in the segment."""
    if piece.section:
        return elf.is_inside(piece.section, segment)
    return segment.type != 0x6474e551 and segment.size > 0 and \
        segment.offset <= piece.offset and \
        piece.offset + piece.size <= segment.offset + segment.size


def size_of(piece):
    """Return: the bytes that a section takes in the file"""
    return 0 if piece.section and piece.section.type == elf.NOBITS \
        else piece.size


def title(file):
    kind = file.kind.ELF_NAME if file.kind else \
        "x86-64" if file.machine == 62 else f"machine {file.machine}"
    name = file.name.rsplit("/", 1)[-1]
    return (f"{name}: ELF{64 if file.wide else 32}, {kind}, "
            f"{elf.FILE_TYPES.get(file.type, f'type {file.type:#x}')}")


def segment_notes(segment):
    """Return: what the loader does with a segment besides mapping the file"""
    notes = [f"{segment.size:#x} bytes of the file"]
    if segment.memory > segment.size:
        notes.append(f"{segment.memory - segment.size:#x} bytes of zeros "
                     "behind")
    return ", ".join(notes)


def segment_line(segment, digits):
    end = segment.address + segment.memory
    return (f"{segment.index:2} {elf.segment_name(segment):16} "
            f"{elf.flag_letters(segment.flags)} "
            f"{segment.address:0{digits}x}-{end:0{digits}x}  "
            f"{segment_notes(segment)}")


# ---- text ------------------------------------------------------------------

def text(file):
    digits = 2 * file.word if not file.wide else 10
    n = len(file.segments)
    head = "".join(f"{i:>3}" for i in range(n))
    out = [title(file), f"entry {file.entry:#x}", ""]
    out.append(("linking view: sections" + " " * 36
                + ("execution view: segments" if n else "")).rstrip())
    out.append(f"{'offset':>8} {'size':>8}  {'name':24} {'address':>{digits}}"
               f" {'flags':5}  {head}".rstrip())
    for p in pieces(file):
        address = f"{p.address:0{digits}x}" if p.address is not None else ""
        flags = section_flags(p.section.flags) if p.section else ""
        marks = "".join("  #" if is_mapped(p, s) else "  ."
                        for s in file.segments)
        out.append(f"{p.offset:8x} {p.size:8x}  {p.name:24} "
                   f"{address:>{digits}} {flags:5}  {marks}".rstrip())
    out.append("")
    out += [segment_line(s, digits) for s in file.segments]
    if not n:
        out.append("no segments: there is nothing to be executed yet, and the "
                   "link editor reads it")
    elif not file.sections:
        out.append("no sections: the loader does without them")
    return "\n".join(out) + "\n"


# ---- a picture -------------------------------------------------------------

ROW, LEFT, WIDE, LANE = 16, 74, 210, 17
LOAD_X, LOAD_WIDE = 540, 400
TINTS = {5: "f", 4: "z", 6: "c", 7: "w"}        # by R, W and X


def tint(segment):
    return TINTS.get(segment.flags & 7, "k")


def brackets(c, file, rows, top):
    """Draw a line beside its pieces for each segment that is not loaded
    itself."""
    lane = LEFT + WIDE + 14
    for s in file.segments:
        inside = [i for i, p in enumerate(rows) if is_mapped(p, s)]
        if s.type == elf.LOAD or not inside:
            continue
        y0, y1 = top + inside[0] * ROW + 2, top + (inside[-1] + 1) * ROW - 2
        c.path(f"M{lane - 4} {y0}h4V{y1}h-4", "break")
        c.text(lane + 2, (y0 + y1) / 2 + 4, str(s.index), "note")
        lane += LANE
    return lane


def loaded(c, file, rows, top, lane):
    """Draw the boxes of memory, and from which rows each is filled."""
    x = max(LOAD_X, lane + 60)
    y = top
    for s in (s for s in file.segments if s.type == elf.LOAD):
        inside = [i for i, p in enumerate(rows) if is_mapped(p, s)]
        zeros = s.memory > s.size
        high = max(46, len(inside) * ROW * 0.8)
        c.box(x, y, LOAD_WIDE, high + (18 if zeros else 0), "table")
        c.box(x, y, 8, high, tint(s))
        end = s.address + s.memory
        c.text(x + 14, y + 14, f"{s.index} LOAD {elf.flag_letters(s.flags)} "
               f"{s.address:x}-{end:x}", "head")
        c.text(x + 14, y + 28, segment_notes(s), "note")
        c.text(x + 14, y + 41, f"offset {s.offset:#x}, aligned to "
               f"{s.align:#x}", "note")
        if zeros:
            c.box(x, y + high, LOAD_WIDE, 18, "none")
            c.text(x + 14, y + high + 13, "zeros: .bss has no bytes in the "
                   "file")
        if inside:
            y0, y1 = top + inside[0] * ROW, top + (inside[-1] + 1) * ROW
            edge = LEFT + WIDE
            c.path(f"M{edge} {y0 + 1}H{lane}L{x} {y}V{y + high}L{lane} "
                   f"{y1 - 1}H{edge}", "link")
        y += high + (18 if zeros else 0) + 14
    return x, y


def others(c, file, x, y):
    """Draw what the other segments tell the loader."""
    for s in (s for s in file.segments if s.type != elf.LOAD):
        c.text(x, y + 12, f"{s.index} {elf.segment_name(s)} "
               f"{elf.flag_letters(s.flags)}"
               + (f" {s.address:x}-{s.address + s.memory:x}" if s.memory
                  else ""))
        y += 16
    return y


def draw(file, c, top):
    """Draw both views. Return: the lower end"""
    rows = pieces(file)
    c.text(8, top + 12, "linking view: sections", "head")
    c.text(8, top + 26, "offset", "note")
    top += 34
    colours = {}
    for s in file.segments:
        if s.type == elf.LOAD:
            for i, p in enumerate(rows):
                if is_mapped(p, s):
                    colours[i] = tint(s)
    for i, p in enumerate(rows):
        y = top + i * ROW
        c.text(8, y + 12, f"{p.offset:x}", "note")
        c.box(LEFT, y, WIDE, ROW, "table" if size_of(p) else "none")
        if i in colours:
            c.box(LEFT, y, 8, ROW, colours[i])
        flags = f" {section_flags(p.section.flags)}" if p.section else ""
        c.text(LEFT + 12, y + 12, f"{p.name}{flags}")
    bottom = top + len(rows) * ROW
    lane = brackets(c, file, rows, top)
    if not file.segments:
        c.text(lane + 20, top + 12, "no segments: the link editor reads it",
               "note")
        return bottom
    x, y = loaded(c, file, rows, top, lane)
    c.text(x, top - 22, "execution view: segments", "head")
    return max(bottom, others(c, file, x, y + 4))


def svg(file):
    c = Canvas()
    c.text(8, 20, title(file), "title")
    draw(file, c, 32)
    return document(c, title(file))

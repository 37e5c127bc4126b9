# SPDX-License-Identifier: MIT
"""Skeletons: the real files without the parts that the markers of a lab name.

    /* lab cow: begin */
    ...
    /* lab cow: end, else return VM_FAULT_OOM; */

A cut leaves a comment and the replacement, if there is one; in it, \\n begins a
new line.  An assembler file may use # or // instead.
"""
import re

from ..common import Failure

MARK = re.compile(r"(?P<indent>[ \t]*)(?:/\*|//|#)[ \t]*lab "
                  r"(?P<lab>[a-z]+): (?P<what>begin|end)"
                  r"(?:, else (?P<instead>.*?))?[ \t]*(?:\*/)?[ \t]*")
LIKE = re.compile(r"^[ \t]*(?:/\*|//|#)[ \t]*lab [a-z]+:")


class BadMark(Failure):
    """Markers that do not pair: FILE:LINE and what is wrong."""


class Hole:
    """A part between two markers: numbers of their lines, from 0."""

    def __init__(self, lab, begin, indent):
        self.lab, self.begin, self.indent = lab, begin, indent
        self.end = self.instead = None

    def lines(self):
        """Return: what stands there in the skeleton"""
        todo = f"{self.indent}/* TODO (lab {self.lab}): write this part. */"
        more = [self.indent + line if line else ""
                for line in (self.instead or "").split("\\n") if self.instead]
        return [todo, *more]


def find_holes(name, text):
    """Return: the holes of a file in order; BadMark if markers do not pair"""
    found, hole = [], None
    for number, line in enumerate(text.splitlines()):
        if not LIKE.match(line):
            continue
        where, mark = f"{name}:{number + 1}", MARK.fullmatch(line)
        if not mark or (mark["what"] == "begin" and mark["instead"]):
            raise BadMark(f"{where}: not a marker such as /* lab NAME: begin "
                          "*/ or /* lab NAME: end, else CODE */")
        if mark["what"] == "begin":
            if hole:
                raise BadMark(f"{where}: a hole begins in another one")
            hole = Hole(mark["lab"], number, mark["indent"])
            continue
        if not hole or hole.lab != mark["lab"]:
            raise BadMark(f"{where}: no hole of lab {mark['lab']} begins "
                          "before this")
        hole.end, hole.instead = number, mark["instead"]
        found.append(hole)
        hole = None
    if hole:
        raise BadMark(f"{name}:{hole.begin + 1}: this hole never ends")
    return found


def cut_text(name, text, lab):
    """Return: the skeleton of a file for a lab, and the number of holes"""
    lines, holes = text.splitlines(), find_holes(name, text)
    mine = [hole for hole in holes if hole.lab == lab]
    for hole in reversed(mine):
        lines[hole.begin:hole.end + 1] = hole.lines()
    return "\n".join(lines) + "\n", len(mine)


def cut_out(name, text, lab):
    """Return: the texts that the cut removes, one a hole"""
    lines = text.splitlines()
    return ["\n".join(lines[hole.begin + 1:hole.end])
            for hole in find_holes(name, text) if hole.lab == lab]

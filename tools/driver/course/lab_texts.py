# SPDX-License-Identifier: MIT
"""What the text of a lab must say: the points of its table."""
import os
import re

from . import lab_cut

ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (\d+) \|", re.M)
HIDDEN = re.compile(r"^\| hidden checks \| (\d+) \|", re.M)
PARTS = ("## Goal", "## Reading", "## Steps", "## Hints", "## What is graded")


def _points(lab, name, text):
    wanted = {c.name: c.points for c in lab.public()}
    said = {name: int(points) for name, points in ROW.findall(text)}
    for check in sorted(wanted.keys() | said.keys()):
        if check not in said:
            yield f"{name}: has no row for check {check}"
        elif check not in wanted:
            yield f"{name}: row of {check}, which is no public check"
        elif said[check] != wanted[check]:
            yield (f"{name}: {check} is worth {wanted[check]} points, not "
                   f"{said[check]}")
    hidden = lab.points() - sum(wanted.values()) + lab.hidden[1]
    found = HIDDEN.search(text)
    if hidden != (int(found[1]) if found else 0):
        yield f"{name}: needs the row | hidden checks | {hidden} |"


def text_findings(lab, top):
    """Yield what is wrong with a lab's text and files."""
    path = os.path.join(lab.path, "text.md")
    name = os.path.relpath(path, top)
    if not os.path.exists(path):
        yield f"{name}: does not exist"
        return
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for part in PARTS:
        if part not in text:
            yield f"{name}: has no part {part}"
    yield from _points(lab, name, text)
    for file in lab.files:
        place = os.path.join(top, file)
        if not os.path.exists(place):
            yield f"{lab.folder}/lab.tbl: {file} does not exist"
            continue
        with open(place, encoding="utf-8") as f:
            source = f.read()
        # in a tree for students the parts are cut out
        if f"TODO (lab {lab.name})" not in source and not lab_cut.cut_out(
                file, source, lab.name):
            yield f"{file}: has no marker of lab {lab.name}"
    for check in lab.checks.values():
        source = os.path.join(lab.path, "checks", check.program.source + ".c")
        if not os.path.exists(source):
            yield f"{lab.folder}: no checks/{check.program.source}.c"

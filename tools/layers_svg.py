# SPDX-License-Identifier: MIT
"""layers_svg.py - draw docs/layers.svg, the layers of tools/layers.tbl with
their contents, the highest on top; and write the table of
docs/architecture.md, which has a row for each folder.  ./lectern update does
both."""
import html
import os
import textwrap

BEGIN, END = "<!-- of tools/layers.tbl -->\n", "<!-- its end -->\n"
WIDTH, LEFT, GAP = 760, 20, 14
LINE, HEAD = 16, 26
COLUMNS = 98                    # small letters in a line of a box
STYLE = ("text{font-family:sans-serif;fill:#222}"
         ".name{font-size:15px;font-weight:bold}"
         ".what{font-size:13px}.in{font-size:12px;fill:#555}"
         "rect{fill:#eef3f8;stroke:#5b7c99}"
         "line{stroke:#5b7c99;stroke-width:1.5}polygon{fill:#5b7c99}")


def contents(table, number):
    """Return: folders, then source files by name; the header of a source is not
    named"""
    places = [p for p, n in table.places.items() if n == number]
    folders = [p + "/" for p in places if "." not in os.path.basename(p)]
    files = [p for p in places if "." in os.path.basename(p)]
    stems = {p[:-2] for p in files if p.endswith(".c")}
    files = [p for p in files if p.endswith(".c") or p[:-2] not in stems
             and p[:-2] + "/" not in folders]
    return textwrap.wrap(", ".join(folders + files), COLUMNS)


def box(y, name, sentence, lines):
    """Return: (the height of the box, its parts)"""
    height = HEAD + 6 + LINE * len(lines)
    parts = [f'<rect x="{LEFT}" y="{y}" width="{WIDTH - 2 * LEFT}" '
             f'height="{height}" rx="5"/>',
             f'<text class="name" x="{LEFT + 12}" y="{y + 19}">'
             f'{html.escape(name)}</text>',
             f'<text class="what" x="{LEFT + 100}" y="{y + 19}">'
             f'{html.escape(sentence)}</text>']
    parts += [f'<text class="in" x="{LEFT + 12}" y="{y + HEAD + LINE * k + 12}"'
              f'>{html.escape(line)}</text>' for k, line in enumerate(lines)]
    return height, parts


def arrow(y):
    """Return: an arrow from one box down to the next, which it may use"""
    x, tip = WIDTH // 2, y + GAP
    return [f'<line x1="{x}" y1="{y}" x2="{x}" y2="{tip - 5}"/>',
            f'<polygon points="{x - 5},{tip - 7} {x + 5},{tip - 7} '
            f'{x},{tip}"/>']


def draw(table):
    y, parts = 10, []
    for number in reversed(range(len(table.layers))):
        height, drawn = box(y, table.layers[number], table.sentences[number],
                            contents(table, number))
        parts += drawn
        y += height
        if number:
            parts += arrow(y)
            y += GAP
    y += 10
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
        f'height="{y}" viewBox="0 0 {WIDTH} {y}">',
        "<title>The layers of the kernel</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{y}" '
        'style="fill:#fff;stroke:none"/>', *parts, "</svg>", ""])


def rows(table):
    """Return: the table of folders, and of files that are in another layer than
    their folder"""
    lines = ["| layer | folder | what lives there |", "| --- | --- | --- |"]
    for number in reversed(range(len(table.layers))):
        for place, what in table.held.items():
            if table.places[place] == number and what != "likewise":
                folder = "." not in os.path.basename(place)
                lines.append(f"| {table.layers[number]} | "
                             f"`{place}{'/' * folder}` | {what} |")
    return "\n".join(lines) + "\n"


def with_rows(page, table):
    """Return: the page with the present table"""
    head, _, rest = page.partition(BEGIN)
    return head + BEGIN + "\n" + rows(table) + "\n" + END + \
        rest.partition(END)[2]

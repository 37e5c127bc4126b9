# SPDX-License-Identifier: MIT
"""The book as a PDF: the single page that Sphinx makes, with contents, printed
by a browser without a window.

A browser does not know on which page a heading will stand, so it prints twice:
the first time tells the numbers of the contents.
"""
import html
import os
import re
import subprocess
import tempfile

from ..common import EXIT_BROKEN, Failure
from ..progress import Waiting

HEADING = re.compile(r"<h([23])>(.*?)<a class=\"headerlink\"", re.S)
CHAPTERS = '<div class="toctree-wrapper compound">'
UNKNOWN = 0                     # the page of a heading, before it is printed


def with_anchors(page):
    """Give each heading of a chapter or section a name, as those of sections
    are the same in each chapter.  It stands in the heading: before it, the name
    could be on the page before.
    Return: the page, and [(level, name, heading)]"""
    found = []

    def named(match):
        level, text = match.groups()
        name = f"heading-{len(found)}"
        found.append((int(level), name, html.unescape(
            re.sub(r"<[^>]+>", "", text))))
        return (f'<h{level}><span id="{name}"></span>'
                + match[0].removeprefix(f"<h{level}>"))
    return HEADING.sub(named, page), found


def contents(headings, pages):
    """Return: the list of headings with their pages, in HTML"""
    rows = "".join(
        f'<li class="level-{level}"><a href="#{name}"><span>'
        f'{html.escape(text)}</span> <span>{pages.get(name, UNKNOWN)}</span>'
        "</a></li>\n" for level, name, text in headings)
    return (f'<nav class="book-contents"><p>Contents</p>\n<ol>\n{rows}</ol></nav>\n')


def pages_of(data):
    """Return: {name: page} of the places in a PDF that links lead to"""
    starts = {int(m[1]): m.end()
              for m in re.finditer(rb"^(\d+) 0 obj\n", data, re.M)}

    def thing(number):
        at = starts[int(number)]
        return data[at:data.index(b"endobj", at)]

    def leaves(number):
        kids = re.search(rb"/Kids \[([^]]*)\]", thing(number))
        if not kids:
            return [number]
        return [leaf for kid in re.findall(rb"(\d+) 0 R", kids[1])
                for leaf in leaves(kid)]
    top = re.search(rb"/Type /Catalog\n/Pages (\d+) 0 R\n/Dests (\d+) 0 R",
                    data)
    if not top:
        raise Failure("the PDF that chromium printed has no links", EXIT_BROKEN)
    order = {leaf: number for number, leaf in enumerate(leaves(top[1]), 1)}
    return {name.decode(): order[page] for name, page in re.findall(
        rb"/([\w-]+) \[(\d+) 0 R", thing(top[2]))}


def print_page(source, target):
    """Print a file of HTML."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
             f"--user-data-dir={home}", "--no-pdf-header-footer",
             "--generate-pdf-document-outline",
             f"--print-to-pdf={target}", "file://" + source],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    if done.returncode or not os.path.exists(target):
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise Failure(f"chromium printed no PDF: {last}")


def print_book(single, target):
    """Print a folder that Sphinx's singlehtml made."""
    source = os.path.join(single, "printed.html")
    with open(os.path.join(single, "index.html"), encoding="utf-8") as f:
        page, headings = with_anchors(f.read())
    before, mark, after = page.partition(CHAPTERS)
    if not mark:
        raise Failure("the single page has no chapters", EXIT_BROKEN)
    pages = {}
    for what in ("numbering the pages", "printing the PDF"):
        with open(source, "w", encoding="utf-8") as f:
            f.write(before + contents(headings, pages) + mark + after)
        with Waiting(what):
            print_page(source, target)
        with open(target, "rb") as f:
            pages = pages_of(f.read())

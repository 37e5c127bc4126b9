# SPDX-License-Identifier: MIT
"""Which files of the tree ./lectern site has, and where."""
import glob
import os

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
# pages in the place that they have in the tree
DOCS = ("*.md", "docs/*.md", "arch/README.md", "course/*.md",
        "course/labs/*/text.md", "course/porting/README.md",
        "course/book/CHAPTERS.md", "test/bench/README.md")
# the book, which has its own folder
CHAPTERS = ("course/book/index.md", "course/book/[0-9]*.md")
PLAIN = ("LICENSE", "LICENSE-docs")


def matching(patterns):
    """Return: the names of files of the tree, from its top"""
    return sorted(os.path.relpath(path, TOP) for pattern in patterns
                  for path in glob.glob(os.path.join(TOP, pattern)))


def place_of(path):
    """Return: where the site has a file of the tree; None if it has not"""
    name = os.path.relpath(path, TOP)
    if name in matching(CHAPTERS):
        return f"book/{os.path.basename(name)[:-3]}.html"
    if name in matching(DOCS):
        return name[:-3] + ".html"
    return name if name in PLAIN else None

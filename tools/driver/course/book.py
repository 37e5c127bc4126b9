# SPDX-License-Identifier: MIT
"""`./lectern book`: the chapters of course/book as a site and as a PDF.

Sphinx makes the pages; course/book/lectern_book.py takes code from the tree by
its name.  What commands printed is recorded in course/book/recorded; --record
runs them again and writes it.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from .. import packages
from ..common import (BUILD, EXIT_BROKEN, EXIT_USAGE, TOP, Failure, say)
from ..progress import Waiting, locked

sys.path.insert(1, os.path.join(TOP, "course", "book"))
from . import book_pdf, book_runs  # noqa: E402
from .lab_work import is_exported  # noqa: E402

SOURCE = os.path.join(TOP, "course", "book")
WORK = os.path.join(BUILD, "book")
PYTHON = "/usr/bin/python3"     # the one that Debian's modules are for
MADE_BY_US = "searchindex.js"
PDF = "lectern.pdf"


def add_options(parser):
    parser.add_argument("-o", "--output", metavar="DIR",
                        help="write the site there (default: build/book/html)")
    parser.add_argument("--pdf", action="store_true",
                        help=f"write {PDF} beside the pages, too")
    parser.add_argument("--page", metavar="DIR",
                        help="put the page of `lectern page` there into the "
                             "site; experiments link to it")
    parser.add_argument("--with-answers", action="store_true",
                        help="show in the code what labs ask for, too: for "
                             "teachers")
    parser.add_argument("--record", nargs="*", metavar="CHAPTER",
                        help="run the commands of these chapters (numbers; "
                             "default: all), and keep what they print")
    parser.add_argument("--missing", action="store_true",
                        help="with --record: only what was never recorded")


def chapter_numbers(words):
    """Return: the numbers that the user gave"""
    known = {book_runs.number_of(name) for name in book_runs.chapters()}
    for word in words:
        if not word.isdigit() or int(word) not in known:
            raise Failure(f"no chapter {word}; there are "
                          f"{min(known)} to {max(known)}", EXIT_USAGE)
    return {int(word) for word in words}


def check_target(folder):
    """Raise Failure rather than write among files that are not ours."""
    if not os.path.exists(folder):
        return
    if not os.path.isdir(folder):
        raise Failure(f"{folder} is not a folder", EXIT_USAGE)
    if os.listdir(folder) and not os.path.exists(
            os.path.join(folder, MADE_BY_US)):
        raise Failure(f"{folder} has files that are not of the book: name "
                      "another folder", EXIT_USAGE)


def check_page(folder):
    """Raise Failure unless `lectern page` has written this folder."""
    if not os.path.exists(os.path.join(folder, "index.html")):
        raise Failure(f"{folder} has no index.html: make it with lectern page "
                      f"-o {folder}", EXIT_USAGE)


def readable(line, tree=TOP):
    """Return: a warning of Sphinx, with paths from the tree's top.  tree: a
    folder that stands for it"""
    line = line.replace(tree + os.sep, "").replace(TOP + os.sep, "")
    return re.sub(r"(^|\.md(?::\d+)?: )(?:WARNING|ERROR): ", r"\1", line)


def run_sphinx(builder, out, settings, tree=None):
    """Make pages: of the book, or of a folder that stands for the tree; Failure
    that names each thing that is not there."""
    words = [f"-D{key}={value}" for key, value in settings.items()]
    # pages depend on the sources and recordings that they quote: -E reads all
    done = subprocess.run(
        [PYTHON, "-m", "sphinx", "-q", "-E", "-W", "--keep-going", "-j", "2",
         "-b", builder, "-d", os.path.join(WORK, "doctrees-" + builder),
         "-c", SOURCE, *words, tree or SOURCE, out],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    if done.returncode:
        lines = [readable(x, tree or TOP) for x in done.stdout.splitlines()
                 if x.strip()]
        for line in lines[1:]:
            say(line)
        raise Failure(lines[0] if lines else "Sphinx ended with "
                      f"{done.returncode}", EXIT_BROKEN, "build")


# Debian's theme names a style sheet by its place on a web server, and has its
# script loaded as none, although it is a module: neither works anywhere.
NORMALIZE = "/usr/share/javascript/normalize.css/normalize.css"
SHEET = re.compile(r"@import url\(/javascript/normalize\.css/[^)]*\);")
MODULE = re.compile(r'^import Gumshoe from "\./(.*)";$', re.M)


def mend_theme(out):
    """Put what the theme's files refer to into them."""
    sheet, script = (os.path.join(out, "_static", *names) for names in (
        ("styles", "furo.css"), ("scripts", "furo.js")))
    for path, wanted, source in (
            (sheet, SHEET, lambda found: NORMALIZE),
            (script, MODULE, lambda found: os.path.join(
                os.path.dirname(script), found[1]))):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        found = wanted.search(text)
        if found:
            with open(source(found), encoding="utf-8") as f:
                text = text.replace(found[0], f.read(), 1)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)


def make_pages(out, settings, tree=None):
    """Make a site of pages, as run_sphinx()."""
    run_sphinx("html", out, settings, tree)
    mend_theme(out)


def settings_of(options):
    found = {}
    if options.page:
        found["lectern_page"] = "page"
    if not options.with_answers:
        found["lectern_hide_labs"] = "1"
    return found


def make_pdf(options, out):
    """Print the book as one page, by a browser without a window."""
    single = os.path.join(WORK, "single")
    with Waiting("making the single page"):
        run_sphinx("singlehtml", single, settings_of(options))
    book_pdf.print_book(single, os.path.join(out, PDF))


def copy_page(page, out):
    """Put the terminal's page beside the chapters, in one step."""
    target = os.path.join(out, "page")
    with tempfile.TemporaryDirectory(dir=out) as work:
        copy = os.path.join(work, "page")
        shutil.copytree(page, copy)
        if os.path.exists(target):
            os.rename(target, os.path.join(work, "old"))
        os.rename(copy, target)


def make_book(options):
    """Return: where the site is"""
    out = os.path.abspath(options.output or os.path.join(WORK, "html"))
    check_target(out)
    if options.page:
        check_page(options.page)
    packages.require(packages.FOR_BOOK + ["chromium"] * options.pdf,
                     not options.no_install)
    os.makedirs(out, exist_ok=True)
    with locked("book"):
        with Waiting("making the book"):
            make_pages(out, settings_of(options))
        if options.page:
            copy_page(options.page, out)
        if options.pdf:
            make_pdf(options, out)
    return out


def refuse_exported():
    if is_exported(TOP):
        raise Failure("this tree is for students: code that the chapters quote "
                      "is not in it; whoever handed it out has the built book",
                      EXIT_USAGE)


def book(options):
    refuse_exported()
    if options.record is not None:
        numbers = chapter_numbers(options.record)
        return book_runs.record(numbers, options.missing)
    if options.missing:
        raise Failure("--missing is for --record", EXIT_USAGE)
    out = make_book(options)
    print(os.path.join(out, "index.html"))
    if options.pdf:
        print(os.path.join(out, PDF))
    return 0

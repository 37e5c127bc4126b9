# SPDX-License-Identifier: MIT
"""`./lectern site`: one folder of static files for any web server: the book,
the page that runs the kernel, the documents, a release.

Sphinx makes the documents as it makes the book.  Nothing is loaded from
elsewhere and no link within the folder is dead: site_links.py reads all files
before the folder is put in its place.
"""
import os
import re
import shutil
import sys
import tempfile

from .. import packages, update
from ..common import (BUILD, EXIT_BROKEN, EXIT_USAGE, TOP, Failure, say,
                      write)
from ..disk.image import signals_as_interrupt
from ..progress import Waiting, locked
from . import book, page, release, site_links

SOURCE = os.path.join(TOP, "course", "site")
sys.path.insert(1, SOURCE)
import site_pages  # noqa: E402

MARK = ".lectern-site"      # lists the files that are ours to replace
# above each page of the book, which has its own contents beside it
HOME = '<a href="../index.html">Lectern</a>: kernel, documents, download'


def add_options(parser):
    parser.add_argument("-o", "--output", metavar="DIR",
                        default=os.path.join(BUILD, "site"),
                        help="the folder to write (default: build/site); an "
                             "older site in it is replaced")


# ---- the folder --------------------------------------------------------------

def ours(folder):
    """Return: the files that an earlier site has written into a folder"""
    try:
        with open(os.path.join(folder, MARK)) as f:
            return {*f.read().splitlines(), MARK}
    except FileNotFoundError:
        return set()


def check_output(folder):
    """Refuse a folder with anything in it that would be lost."""
    if not os.path.lexists(folder):
        return
    if not os.path.isdir(folder):
        raise Failure(f"-o {folder}: not a folder", EXIT_USAGE)
    others = set(release.files_below(folder)) - ours(folder)
    if others:
        raise Failure(f"-o {folder}: {release.on_one_line(min(others))} is no "
                      "part of a site, and would be lost", EXIT_USAGE)


def begin(output):
    """Return: an empty folder beside the site, which is going to be the site"""
    parent = os.path.dirname(output)
    try:
        os.makedirs(parent, exist_ok=True)
        return tempfile.mkdtemp(prefix=".site-", dir=parent)
    except OSError as why:
        raise Failure(f"-o {output}: {parent}: {why.strerror}",
                      EXIT_USAGE) from None


def write_mark(folder):
    with open(os.path.join(folder, MARK), "w") as f:
        f.writelines(name + "\n" for name in release.files_below(folder)
                     if name != MARK)


# ---- what is in it -----------------------------------------------------------

def others(text, names):
    """Return: the pages that no list of contents in the text has"""
    known = set(re.findall(r"([\w/.-]+)>?$", text, re.M))
    return [name for name in sorted(names) if name not in known
            and not name.startswith("course/")]


def first_page(folder, names):
    """Return: the text of the first page, which tells what is in the folder;
    names: of all pages"""
    name = release.archive_name()
    size = os.path.getsize(os.path.join(folder, "release", name))
    with open(os.path.join(SOURCE, "index.md")) as f:
        text = f.read()
    for key, value in (("VERSION", release.project_version()),
                       ("ARCHIVE", name), ("SIZE", f"{size / 1e6:.0f} MB"),
                       ("OTHERS", "\n".join(others(text, names)))):
        text = text.replace(f"@{key}@", value)
    return text


def gather(source, folder):
    """Put what Sphinx is to read into an empty folder, as it lies in the
    tree."""
    shutil.copytree(os.path.join(TOP, "docs"), os.path.join(source, "docs"))
    pages = site_pages.matching(site_pages.DOCS)
    for name in pages:
        os.makedirs(os.path.dirname(os.path.join(source, name)), exist_ok=True)
        shutil.copyfile(os.path.join(TOP, name), os.path.join(source, name))
    for name, make in update.PAGES.items():
        pages.append("docs/" + name)
        write(os.path.join(source, "docs", name), make(""))
    write(os.path.join(source, "index.md"),
          first_page(folder, [name[:-3] for name in pages]))


def add_book(folder):
    with locked("book"), Waiting("making the book"):
        book.make_pages(folder, {
            "lectern_page": "../page", "lectern_site": "book",
            "lectern_hide_labs": "1",
            "html_theme_options.announcement": HOME})


def add_documents(folder):
    with tempfile.TemporaryDirectory(prefix=".site-", dir=BUILD) as source, \
            locked("book"), Waiting("making the documents"):
        gather(source, folder)
        book.make_pages(folder, {
            "extensions": "myst_parser,tree_links", "html_title": "Lectern",
            "lectern_site": ".", "lectern_tree": TOP}, source)


def add_page_of(folder):
    """Return: what puts the page that is made already into a release"""
    def put(to):
        shutil.copytree(os.path.join(folder, "page"), to)
        return True
    return put


def check(folder):
    """Raise Failure, and name each fault, unless all is there."""
    with Waiting("checking links"):
        found = site_links.faults(folder)
    for line in found[1:]:
        say(line)
    if found:
        raise Failure(found[0], EXIT_BROKEN, "build")


def fill(folder):
    """Write the whole site into an empty folder."""
    page.make_page(os.path.join(folder, "page"))
    release.make_release(os.path.join(folder, "release"), add_page_of(folder))
    add_book(os.path.join(folder, "book"))
    add_documents(folder)
    check(folder)
    write_mark(folder)


def make_site(output, install):
    """Make the site beside the place that it takes at the end."""
    new = begin(output)
    try:
        packages.require(page.NEEDS + release.NEEDS + packages.FOR_BOOK,
                         install)
        fill(new)
        os.chmod(new, 0o755)
        check_output(output)    # again: the build took a while
        page.put_in_place(new, output)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def site(options):
    if options.output == "":
        raise Failure("-o: no name of a folder", EXIT_USAGE)
    book.refuse_exported()
    output = os.path.realpath(options.output)
    check_output(output)
    release.epoch()
    with signals_as_interrupt():
        make_site(output, not options.no_install)
    print(os.path.join(output, "index.html"))
    print(f"try it: python3 -m http.server --bind 127.0.0.1 "
          f"--directory {output}")
    return 0

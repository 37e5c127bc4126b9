#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""site_test.py ARCH - ./lectern site: the folder has all that it should, and a
second one does not take the place of others' files.  test/host/setup_units.py
plants what its check of links and loads must refuse, and replaces a site."""
import glob
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (TOP, Tap, equal, errors_of, holds, matches,  # noqa: E402
                     read, read_bytes, run, write)
from driver import packages  # noqa: E402
from driver.course import site  # noqa: E402
from machines import FINISHED  # noqa: E402

ARCH = sys.argv[1]
FIRST = next(iter(FINISHED))    # the site is the same on all machines
WORK = tempfile.TemporaryDirectory()
SITE = os.path.join(WORK.name, "courses", "www")


def made(*names):
    return os.path.join(SITE, *names)


def is_made():
    run("site", "-o", SITE, status=0, timeout=1500)
    equal(os.listdir(os.path.dirname(SITE)), ["www"], "what is left beside it")


def has_every_document():
    pages = [*glob.glob(os.path.join(TOP, "docs", "*.md")),
             os.path.join(TOP, "docs", "syscalls.md"),
             os.path.join(TOP, "docs", "abi.md"),
             os.path.join(TOP, "docs", "runs.md"),
             *(os.path.join(TOP, name) for name in
               ("README.md", "CHANGELOG.md", "course/README.md"))]
    first = read(made("index.html"))
    for path in pages:
        name = os.path.relpath(path, TOP)[:-3] + ".html"
        holds(os.path.isfile(made(name)), name)
        holds(f'"{name}"' in first, f"{name} is in no list of contents")


def leads_to_its_parts():
    first = read(made("index.html"))
    archive, = glob.glob(made("release", "*.tar.gz"))
    for name in ("page/index.html", "book/index.html",
                 f"release/{os.path.basename(archive)}", "release/SHA256SUMS",
                 "LICENSE", "LICENSE-docs"):
        holds(f'href="{name}"' in first, name)
    for name, part in (("book/05-fork.html", "../page/#chapter=5&amp;run="),
                       ("book/index.html", "../docs/coverage.html"),
                       ("course/README.html", "../book/05-fork.html")):
        holds(f'href="{part}' in read(made(name)), f"{name}: no {part}")
    holds(os.path.isfile(made("page", "machine.json")), "no page")
    run("release", "--verify", made("release"), status=0)


def has_the_licences():
    for name, mine in (("LICENSE", "licence-lectern.txt"),
                       ("LICENSE-docs", "licence-lectern-docs.txt")):
        for copy in (made(name), made("book", name), made("page", mine)):
            equal(read(copy), read(os.path.join(TOP, name)), copy)


def names_no_place_of_this_machine():
    named = re.compile(rb"(?<![\w.-])" + re.escape(TOP).encode() + b"/")
    for here, _, names in os.walk(SITE):
        for name in names:
            holds(not named.search(read_bytes(os.path.join(here, name))),
                  f"{name} names {TOP}")


def keeps_files_of_others():
    before = os.stat(SITE).st_ino
    write(made("book", "notes"), "mine\n")
    done = run("site", "-o", SITE, status=2)
    matches(errors_of(done), r"\Alectern: -o .*: book/notes is no part of a "
            r"site, and would be lost\n\Z")
    equal((os.stat(SITE).st_ino, read(made("book", "notes"))),
          (before, "mine\n"))


def main():
    tap = Tap()
    if ARCH != FIRST and not tap.only:
        print("1..0 # SKIP another machine has its cases")
        return
    lack = packages.missing(packages.FOR_BOOK + ["npm"])
    if lack:
        print(f"1..0 # SKIP {', '.join(lack)} not found; ./lectern test site "
              "installs it")
        return
    tap.case("site: is made", is_made)
    if os.path.exists(made(site.MARK)):
        tap.case("site: every document", has_every_document)
        tap.case("site: its parts", leads_to_its_parts)
        tap.case("site: its licences", has_the_licences)
        tap.case("site: no place of this machine",
                 names_no_place_of_this_machine)
        tap.case("site: keeps files of others", keeps_files_of_others)
    tap.end()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""book_test.py ARCH - the book: it is made without a warning, needs no network,
says what is gone, and what its commands print now is what it shows."""
import html.parser
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (BUILD, EVERY, MACHINES, TOP, Tap, equal,  # noqa: E402
                     errors_of, holds, matches, out_of, read, run, write)

sys.path.insert(1, os.path.join(TOP, "course", "book"))
import runs  # noqa: E402
from driver import packages  # noqa: E402
from driver.course import book_runs  # noqa: E402

ARCH = sys.argv[-1]
FIRST = next(iter(MACHINES))    # the pages are the same for all machines
CHAPTERS = 12
# attributes that make a browser fetch something
FETCHED = {"script": "src", "img": "src", "link": "href", "iframe": "src",
           "source": "src", "audio": "src", "video": "src", "object": "data"}


class Loads(html.parser.HTMLParser):
    """What a page loads."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        name = FETCHED.get(tag)
        # these are names of the page, not loaded
        if tag == "link" and attrs.get("rel") in ("canonical", "index",
                                                  "search", "next", "prev"):
            return
        if name and attrs.get(name):
            self.found.append(attrs[name])


def pages_in(folder):
    return sorted(os.path.join(place, name)
                  for place, _, names in os.walk(folder)
                  for name in names if name.endswith(".html"))


def made_without_a_warning(folder):
    """The site: a page for each chapter, and a search that needs no server."""
    page = tempfile.mkdtemp(dir=os.path.dirname(folder))
    write(os.path.join(page, "index.html"), "<p>the terminal</p>")
    done = run("book", "--output", folder, "--page", page, timeout=600,
               status=0)
    equal(errors_of(done), "")
    matches(read(os.path.join(folder, "page", "index.html")), "the terminal")
    names = [name for name in os.listdir(folder) if re.match(r"\d\d-", name)]
    equal(len(names), CHAPTERS, "chapters")
    index = read(os.path.join(folder, "searchindex.js"))
    matches(index, r"^Search\.setIndex\(")
    holds("writ" in index and "fork" in index, "the index has no words")


def needs_no_network(folder):
    """No page or style sheet loads anything from elsewhere; what is loaded from
    the site is there."""
    for path in pages_in(folder):
        loads = Loads()
        loads.feed(read(path))
        for at in loads.found:
            holds(not re.match(r"(\w+:)?//", at), f"{path} loads {at}")
            file = os.path.join(os.path.dirname(path),
                                re.sub(r"[?#].*", "", at))
            holds(at.startswith("data:") or os.path.exists(file),
                  f"{path}: {at} is not there")
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".css"):
                found = re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//"
                                   r"[^\"')]*", read(os.path.join(place, name)))
                equal(found, [], name)
                # by its place on a server, which a file has not
                holds("url(/" not in read(os.path.join(place, name)), name)
            elif name == "furo.js":
                # it is loaded as a plain script
                holds(not re.search(r"(?m)^import ",
                                    read(os.path.join(place, name))), name)


def code_is_in_the_page(folder):
    """A quotation has the words of the source."""
    page = read(os.path.join(folder, "05-fork.html"))
    text = re.sub(r"<[^>]+>", "", page)
    holds("cow_reuse_frame" in text and "yours to write: lab cow" in text,
          "no code of cow_reuse_frame()")
    holds("sole = ref_read" not in text, "an answer")
    holds("The child is built" not in text, "another text")
    matches(page, 'class="rows"')
    # what the page is to type
    matches(page, r'href="page/#chapter=5&amp;run=grep%20cow%20/proc')


def copy_of_book(folder):
    """=> a copy of what the book is made of; its kernel is the tree's own"""
    top = os.path.join(folder, "tree")
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["git", "clone", "-q", "--shared", TOP, top], check=True)
    for name in ("course", "tools"):
        shutil.rmtree(os.path.join(top, name))
        shutil.copytree(os.path.join(TOP, name), os.path.join(top, name),
                        ignore=shutil.ignore_patterns("__pycache__"))
    return top


def breaks_when_a_name_is_gone(folder):
    """A function that is renamed, a second one of its name, a lost region, a
    wrong word in a sentence: each is told in one line."""
    top = copy_of_book(folder)
    cow = os.path.join(top, "mm", "space", "cow.c")
    text = read(cow)
    chapter = os.path.join(top, "course", "book", "10-replacement.md")
    said = read(chapter)
    env = {**os.environ, "LECTERN_BUILD": os.path.join(folder, "build")}

    def told(pattern):
        done = subprocess.run([os.path.join(top, "lectern"), "book"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, check=False, env=env)
        equal(done.returncode, 122, done.stderr)
        matches(done.stderr, "^lectern: course/book/" + pattern)

    write(cow, text.replace("copy_page(", "copy_the_page("))
    told(r"05-fork\.md:\d+: mm/space/cow\.c: nothing is called copy_page$")
    write(cow, text + "\nvoid copy_page(int a)\n{\n}\n")
    told(r"05-fork\.md:\d+: mm/space/cow\.c: 2 definitions of copy_page$")
    write(cow, text)
    # in two parts, because the whole would be a name of this file
    name = "nothing_has" + "_this_name"
    write(chapter, said + f"\nCall `{name}()`.\n")
    told(rf"10-replacement\.md:\d+: nothing is called {name}$")
    write(chapter, said + "\n```{run}\n./lectern run -- echo never recorded\n"
          "```\n")
    told(r"10-replacement\.md:\d+: recorded/\S+: not recorded")


def hides_what_labs_ask_for(folder):
    """A book does not have the answers unless it is asked for them."""
    top = copy_of_book(os.path.join(folder, "students"))
    space = os.path.join(top, "mm", "space", "space.c")
    text = read(space)
    line = "\terr = copy_vmas(dst, src);\n"
    holds(text.count(line) == 1, "no such line in space.c")
    write(space, text.replace(line, "\t/* lab cow: begin */\n" + line
                              + "\t/* lab cow: end */\n"))
    shown = []
    for words in (("--with-answers",), ()):
        site = os.path.join(folder, "labs" + "".join(words))
        subprocess.run([os.path.join(top, "lectern"), "book", "-o", site,
                        *words], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ,
                            "LECTERN_BUILD": os.path.join(folder, "build")})
        page = re.sub(r"<[^>]+>", "", read(os.path.join(site, "05-fork.html")))
        holds("lab cow: begin" not in page, "a marker is shown")
        shown.append(("copy_vmas(dst" in page, "yours to write" in page,
                      "sole = true" in page))    # a break of lab cow
    equal(shown, [(True, False, True), (False, True, False)])


def refuses(folder):
    """A folder of somebody else's, a chapter that is none."""
    write(os.path.join(folder, "mine"), "mine")
    for words, said in ((("-o", folder), "has files that are not of the book"),
                        (("-o", os.path.join(folder, "mine")), "not a folder"),
                        (("--page", folder), "has no index.html"),
                        (("--record", "13"), "no chapter 13; there are 1 to"),
                        (("--missing",), "--missing is for --record")):
        done = run("book", *words, status=2)
        matches(errors_of(done), f"^lectern: .*{said}")
    equal(read(os.path.join(folder, "mine")), "mine")


def recordings(tap):
    """What the commands print now, against what the book shows: all of them by
    night, else the first of each chapter."""
    seen = set()
    for one in runs.all_runs():
        # a command of the first machine is no test of another
        if ARCH not in one.machines:
            continue
        if EVERY or one.chapter not in seen:
            tap.case(f"{one.name} on {ARCH}", same_as_recorded, one, ARCH)
        seen.add(one.chapter)


def same_as_recorded(one, arch):
    equal(book_runs.compare(one, arch), "", one.shown(arch))


def breaks(tap, folder):
    """Each patch applies; by night, it shows what its chapter says."""
    told = [name for path in runs.chapters().values()
            for name in runs.breaks_of(path.read_text())]
    for one in runs.all_breaks():
        tap.case(f"break {one.name} applies", applies, one, told)
        if EVERY:
            tap.case(f"break {one.name} is noticed", noticed, one, folder)


def applies(one, told):
    holds(one.name in told, f"no chapter shows {one.name}")
    subprocess.run(["git", "-C", TOP, "apply", "--check", str(one.path)],
                   check=True)


def broken_tree(folder):
    """=> a clone for lines to break in, and its build folder; all breaks share
    them, since each is a change of a file or two"""
    top, build = (os.path.join(folder, name) for name in ("broken", "built"))
    if not os.path.exists(top):
        subprocess.run(["git", "clone", "-q", "--shared", TOP, top],
                       check=True)
        os.makedirs(build)
        cache = os.path.join(BUILD, "cache")
        if os.path.exists(cache):
            os.symlink(cache, os.path.join(build, "cache"))
    return top, build


def noticed(one, folder):
    """Break the line, and run what the chapter tells."""
    top, build = broken_tree(folder)
    apply = ["git", "-C", top, "apply", str(one.path)]
    subprocess.run(apply, check=True)
    done = subprocess.run(
        ["sh", "-c", one.run], cwd=top, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
        env={**os.environ, "LECTERN_BUILD": build, "LECTERN_ONLY": "",
             "LECTERN_EVERY": ""})
    subprocess.run([*apply, "-R"], check=True)
    matches(done.stdout, one.fails)


def prints_a_pdf(folder):
    """Each page has its number, the contents those of the headings, which are
    bookmarks, too; no heading is the last line of a page."""
    done = run("book", "-o", folder, "--pdf", timeout=1200, status=0)
    path = out_of(done).split()[-1]
    with open(path, "rb") as f:
        holds(b"/Outlines" in f.read(), "no bookmarks")
    text = subprocess.run(["pdftotext", "-layout", path, "-"], check=True,
                          capture_output=True, text=True).stdout
    sheets = [[" ".join(line.split()) for line in sheet.splitlines()
               if line.strip()] for sheet in text.split("\f")[:-1]]
    equal([sheet[-1] for sheet in sheets],
          [str(n) for n in range(1, len(sheets) + 1)], "numbers")
    first = int(re.fullmatch(r"1\. .* (\d+)", sheets[1][1])[1])
    told = [m.groups() for sheet in sheets[1:first - 1] for m in (
        re.fullmatch(r"(\S.*\S) (\d+)", line) for line in sheet) if m]
    equal(len([title for title, _ in told if re.match(r"\d+\. ", title)]),
          CHAPTERS, told)
    for title, number in told:
        holds(any(title.startswith(line) for line in sheets[int(number) - 1]),
              f"{title} is not on page {number}")
    titles = {title for title, _ in told}
    equal([n for n, sheet in enumerate(sheets, 1) if len(sheet) > 1
           and sheet[-2] in titles], [], "headings at a page's end")


def pages(tap, folder):
    site = os.path.join(folder, "site")
    tap.case("the book is made without a warning", made_without_a_warning,
             site)
    if os.path.exists(site):
        tap.case("needs no network", needs_no_network, site)
        tap.case("code is in the page", code_is_in_the_page, site)
    tap.case("a name that is gone", breaks_when_a_name_is_gone, folder)
    tap.case("hides what labs ask for", hides_what_labs_ask_for, folder)
    tap.case("refuses", refuses, tempfile.mkdtemp(dir=folder))
    if EVERY and not packages.missing(["chromium", "pdftotext"]):
        tap.case("a PDF", prints_a_pdf, site)


def main():
    tap = Tap()
    if packages.missing(packages.FOR_BOOK):
        print("1..0 # SKIP Sphinx is not installed; ./lectern test does that")
        return
    with tempfile.TemporaryDirectory(prefix="lectern-book-") as folder:
        if ARCH == FIRST:
            pages(tap, folder)
            breaks(tap, folder)
        recordings(tap)
    tap.end()


if __name__ == "__main__":
    main()

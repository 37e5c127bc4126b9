# SPDX-License-Identifier: MIT
"""The commands of the chapters, and where their recorded output is kept.

A chapter says `./lectern show space -- mapped` in a {run} directive.  What the
command printed is a file of course/book/recorded; the suite `book` runs the
command again and compares.  No output is typed by hand.
"""
import re
import shlex
import sys
from pathlib import Path

import quotes
from quotes import Lost

sys.path.insert(1, str(quotes.TOP / "tools"))
from machines import FINISHED  # noqa: E402

BOOK = Path(__file__).resolve().parent
RECORDED = BOOK / "recorded"
BREAKS = BOOK / "breaks"
DEFAULT = next(iter(FINISHED))
KEYS = ("machines", "picture", "lines", "arbitrary", "within", "page")
LONGEST = 48            # letters of a command in a file's name


def chapters(folder=BOOK):
    """Return: the chapters in their order, {name: path}"""
    return {path.stem: path for path in sorted(folder.glob("[0-9]*.md"))}


def number_of(name):
    """Return: the number of a chapter as a reader says it"""
    return int(name.partition("-")[0])


class Run:
    """One command of a chapter."""

    def __init__(self, chapter, line, command, keys):
        self.chapter, self.line, self.command = chapter, line, command
        self.picture = keys.get("picture", ["no"])[-1] == "yes"
        self.lines = keys.get("lines", [])
        self.arbitrary = keys.get("arbitrary", [])
        self.within = self.per_cent(keys.get("within", ["0"])[-1])
        self.page = keys.get("page", [None])[-1]
        self.machines = self.wanted_machines(keys.get("machines", ["one"])[-1])
        self.name = ""
        for words in self.lines + self.arbitrary:
            self.check_pattern(words)

    def per_cent(self, word):
        """Return: by how much a number may differ from the recorded one"""
        if not word.isdigit() or int(word) > 50:
            raise Lost(f"{self.where()}: within: {word} is not 0 to 50")
        return int(word)

    def check_pattern(self, words):
        for pattern in words.split(" .. "):
            try:
                re.compile(pattern)
            except re.error as why:
                raise Lost(f"{self.where()}: {pattern}: {why}") from None

    def wanted_machines(self, word):
        """Return: the machines to run on: one, all, or machines by name"""
        if word in ("one", "all"):
            return [DEFAULT] if word == "one" else list(FINISHED)
        names = word.replace(",", " ").split()
        for name in names:
            if name not in FINISHED:
                raise Lost(f"{self.where()}: no machine {name}")
        return names

    def where(self):
        return f"{self.chapter}.md:{self.line}"

    def words(self, arch, output=None):
        """Return: the command's words after ./lectern, for a machine"""
        words = shlex.split(self.command)
        if words[:1] != ["./lectern"]:
            raise Lost(f"{self.where()}: must begin with ./lectern: "
                       f"{self.command}")
        words = words[1:]
        more = [] if arch == DEFAULT else ["--arch", arch]
        more += ["-o", output] if output else []
        at = words.index("--") if "--" in words else len(words)
        return words[:at] + more + words[at:]

    def shown(self, arch):
        """Return: the command as a reader types it"""
        if arch == DEFAULT:
            return self.command
        head, dashes, rest = self.command.partition(" -- ")
        return f"{head} --arch {arch}{dashes}{rest}"

    def typed(self):
        """Return: what to type at the page's shell; None if nothing"""
        if self.page:
            return self.page
        words = shlex.split(self.command)
        if words[1:2] != ["run"] or "--" not in words:
            return None
        inside = words[words.index("--") + 1:]
        return inside[2] if inside[:2] == ["sh", "-c"] else shlex.join(inside)

    def file(self, arch):
        """Return: the path of the recorded output"""
        ending = "svg" if self.picture else "txt"
        return RECORDED / f"{self.name}.{arch}.{ending}"


def short_name(chapter, command):
    """Return: a file name for a command, without its ending"""
    words = re.sub(r"^\./lectern ", "", command)
    text = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    return f"{number_of(chapter):02}-{text[:LONGEST].strip('-')}"


def runs_of(chapter, text):
    """Return: the runs of a chapter, in its order"""
    found, used = [], {}
    for line, body in quotes.fences(text, "run"):
        asked = quotes.settings(body, KEYS)
        if len(asked) != 1:
            raise Lost(f"{chapter}.md:{line}: {len(asked)} commands in a run")
        one = Run(chapter, line, *asked[0])
        name = short_name(chapter, one.command)
        used[name] = used.get(name, 0) + 1
        one.name = name if used[name] == 1 else f"{name}-{used[name]}"
        found.append(one)
    return found


def all_runs(only=()):
    """Return: the runs of all chapters, or of those with these numbers"""
    return [one for name, path in chapters().items()
            if not only or number_of(name) in only
            for one in runs_of(name, path.read_text())]


# ---- breaks ------------------------------------------------------------------

class Break:
    """A patch of course/book/breaks: words above the diff say what to run, and
    what fails then."""

    def __init__(self, name):
        self.name, self.path = name, BREAKS / f"{name}.patch"
        try:
            text = self.path.read_text()
        except OSError:
            raise Lost(f"breaks/{name}.patch: no such file") from None
        head, mark, diff = text.partition("\n--- ")
        self.diff = mark.lstrip("\n") + diff
        self.run = self.word(head, "Run")
        self.fails = self.word(head, "Fails")
        self.about = head.partition("\n\n")[0].strip()

    def word(self, head, key):
        found = re.search(rf"^{key}: (.+)$", head, re.M)
        if not found:
            raise Lost(f"breaks/{self.name}.patch: no line {key}:")
        return found[1]

    def lab(self):
        """Return: the lab that asks for a part of a file which this changes;
        None if there is none"""
        for path in re.findall(r"^\+\+\+ b/(\S+)", self.diff, re.M):
            for line in (quotes.TOP / path).read_text().splitlines():
                mark = quotes.MARKER.search(line)
                if mark and mark[1] == "lab":
                    return mark[2]
        return None


def all_breaks():
    """Return: the breaks of the folder"""
    return [Break(path.stem) for path in sorted(BREAKS.glob("*.patch"))]


def breaks_of(text):
    """Return: the names of the breaks that a chapter shows"""
    return [body.split()[0] for _, body in quotes.fences(text, "break")
            if body.split()]

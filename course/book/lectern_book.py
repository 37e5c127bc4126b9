# SPDX-License-Identifier: MIT
"""Lectern's directives for Sphinx.  CHAPTERS.md explains them.

    {quote}   code, by its name              {break}  a patch to try
    {run}     a command and its output       {chain}  functions in their order
    {lab}     the lab that a chapter prepares

Whatever is not there is a warning with the chapter, the name and the file;
./lectern book makes errors of warnings.
"""
import html
import re
import sys
from pathlib import Path
from urllib.parse import quote as url_quote

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import quotes
import runs

logger = logging.getLogger(__name__)
LANGUAGES = {".c": "c", ".h": "c", ".S": "gas", ".py": "python"}
TITLED = re.compile(r"\s*\(((?:[A-E]\d+(?:, )?)+)\)$")
BESIDE = 56             # columns of code that fit into half a page
QUOTE_KEYS = ("show", "leave out", "comment")


def boxed(name, *children):
    """Return: a <div> of this class"""
    return nodes.container("", *children, classes=[name])


def raw(text):
    return nodes.raw("", text, format="html")


def code(text, language):
    """Return: a block of code, highlighted"""
    return nodes.literal_block(text, text, language=language, force=True)


class Directive(SphinxDirective):
    """A directive whose body is plain lines, readable on a forge."""
    has_content = True

    def run(self):
        try:
            return self.made("\n".join(self.content) + "\n")
        except quotes.Lost as why:
            logger.warning("%s", why, location=(self.env.docname, self.lineno))
            return []


class Quote(Directive):
    """Each line names a definition; several stand beside each other."""

    def made(self, body):
        asked = quotes.settings(body, QUOTE_KEYS)
        blocks = [self.block(*one) for one in asked]
        box = boxed("quotes", *blocks)
        longest = max((len(line) for block in blocks
                       for line in block.children[1].astext().split("\n")),
                      default=0)
        # longer lines are read better below each other
        if len(blocks) > 1 and longest <= BESIDE:
            box["classes"].append("beside")
        return [box]

    def block(self, line, keys):
        path, _, name = (part.strip() for part in line.partition(":"))
        text = quotes.quote(
            path, name, keys.get("show", ()), keys.get("leave out", ()),
            keys.get("comment", ["no"])[-1] == "yes",
            self.config.lectern_hide_labs)
        self.env.note_dependency(str(quotes.TOP / path))
        head = raw(f'<p class="source"><code>{html.escape(name)}</code> '
                   f'<span>{html.escape(path)}</span></p>')
        return boxed("quoted", head, code(text, LANGUAGES.get(
            Path(path).suffix, "none")))


class Run(Directive):
    """A command and what it printed when it was recorded."""

    def made(self, body):
        chapter = self.env.docname
        key = ("lectern_run", chapter)
        number = self.env.temp_data.get(key, 0)
        self.env.temp_data[key] = number + 1
        text = Path(self.env.doc2path(chapter)).read_text()
        one = runs.runs_of(chapter, text)[number]
        return [boxed("run", *(part for arch in one.machines
                               for part in self.parts(one, arch)))]

    def parts(self, one, arch):
        """Return: the command's line and its recorded output"""
        path = one.file(arch)
        if not path.exists():
            raise quotes.Lost(
                f"recorded/{path.name}: not recorded: ./lectern book --record "
                f"{runs.number_of(one.chapter)}")
        self.env.note_dependency(str(path))
        line = raw(f'<div class="command"><code>{html.escape(one.shown(arch))}'
                   f"</code>{self.button(one)}</div>")
        if one.picture:
            image = nodes.image(uri=f"recorded/{path.name}",
                                alt=f"The picture that {one.shown(arch)} draws")
            return [line, boxed("picture", image)]
        return [line, code(path.read_text().rstrip("\n"), "none")]

    def button(self, one):
        """Return: a link that opens the terminal with the command"""
        typed, page = one.typed(), self.config.lectern_page
        if not typed or not page:
            return ""
        number = runs.number_of(one.chapter)
        return (f'<a class="try" href="{html.escape(page)}/#chapter={number}'
                f'&amp;run={url_quote(typed)}">Run it in the page</a>')


class Break(Directive):
    """A patch: the line that changes, the command, what fails."""

    def made(self, body):
        one = runs.Break(body.split()[0])
        self.env.note_dependency(str(one.path))
        fails = (f"Run <code>{html.escape(one.run)}</code>. It fails with "
                 f"<code>{html.escape(self.plain(one.fails))}</code>.")
        lab = one.lab() if self.config.lectern_hide_labs else None
        if lab:
            return [boxed("break", raw(
                f'<p class="then">{html.escape(one.about)} {fails} The patch '
                f"shows code that is yours to write in lab {lab}, so it is not "
                "here.</p>"))]
        head = raw(
            '<div class="command"><code>git apply course/book/breaks/'
            f'{one.name}.patch</code></div>')
        tail = raw(
            f'<p class="then">{fails} Then undo it: '
            f'<code>git apply -R course/book/breaks/{one.name}.patch</code></p>')
        # lines have no numbers in the book, as they would soon be wrong
        diff = re.sub(r"^@@ .* @@", "@@", "\n".join(
            line for line in one.diff.splitlines()
            if not quotes.MARKER.search(line)), flags=re.M)
        return [boxed("break", head, code(diff, "diff"), tail)]

    def plain(self, pattern):
        """Return: a regular expression as a reader understands it"""
        return re.sub(r"\\(.)", r"\1", pattern.replace(".*", "… "))


class Chain(Directive):
    """Functions in the order in which a running kernel passes them; suite `gdb`
    follows them."""

    def made(self, body):
        items = []
        for line in body.splitlines():
            if line.strip():
                name, path = line.split()
                quotes.find_symbol(path, name)
                items.append(f"<li><code>{html.escape(name)}</code> "
                             f"<span>{html.escape(path)}</span></li>")
        return [raw(f'<ol class="chain">{"".join(items)}</ol>')]


class Lab(Directive):
    """`NUMBER NAME`, then words."""

    def made(self, body):
        first, _, rest = body.partition("\n")
        number, name = first.split()
        head = raw(f'<p class="lab-head"><strong>Lab {number}: '
                   f'{html.escape(name)}</strong> <code>./lectern lab start '
                   f'{number}</code></p>')
        words = nodes.container()
        self.state.nested_parse(type(self.content)(
            rest.splitlines(), source=self.env.docname), 0, words)
        return [boxed("lab", head, *words.children)]


class Rows(SphinxTransform):
    """The lecture rows of a heading become a line below it."""
    default_priority = 400

    def apply(self, **_):
        for title in list(self.document.findall(nodes.title)):
            text = title.children[-1] if title.children else None
            found = isinstance(text, nodes.Text) and TITLED.search(text)
            if found:
                title.replace(text, nodes.Text(text[:found.start()]))
                line = nodes.paragraph("", f"Lecture rows {found[1]}",
                                       classes=["rows"])
                title.parent.insert(title.parent.index(title) + 1, line)


def check_names(app):
    """Warn of names in the chapters' sentences that the tree does not have."""
    sys.path.insert(1, str(quotes.TOP / "tools"))
    import check_tree
    pages = [Path(app.srcdir) / f"{name}.md" for name in runs.chapters()]
    for line in check_tree.check_names(
            quotes.TOP, check_tree.tracked(quotes.TOP), pages):
        logger.warning("%s", line)


def setup(app):
    app.add_config_value("lectern_page", "", "html")
    app.add_config_value("lectern_hide_labs", False, "env")
    for name, kind in (("quote", Quote), ("run", Run), ("break", Break),
                       ("chain", Chain), ("lab", Lab)):
        app.add_directive(name, kind)
    app.add_transform(Rows)
    app.connect("builder-inited", check_names)
    return {"parallel_read_safe": True, "version": "1"}

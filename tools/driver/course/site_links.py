# SPDX-License-Identifier: MIT
"""What the files of a folder load, and where they lead: nothing is loaded from
elsewhere, and no link within the folder is dead.

Links to other places are not followed.  What a script puts together while it
runs is not seen.
"""
import html.parser
import os
import re
import urllib.parse

# attributes that name another file, of whatever element
NAMING = ("src", "href", "xlink:href", "data", "poster", "action")
# elements that a reader follows; all others load what they name
FOLLOWED = ("a", "area", "form")
# of <link>: these tell where to go, and nothing is loaded
RELATIONS = {"author", "canonical", "index", "license", "next", "prev", "search"}
COMMENT = re.compile(r"/\*.*?\*/", re.S)
IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)(?:"([^"]*)"|'([^']*)'"""
                      r"""|([^"'\s)]+))""")
# in a script, a name that is loaded as it stands there
IN_SCRIPT = re.compile(
    r"""(?:\b(?:from|import|importScripts|fetch|Worker|WebSocket|EventSource)"""
    r"""|\.open|\.(?:src|href)\s*=)\s*\(?\s*(?:["'][A-Z]+["']\s*,\s*)?"""
    r"""["'`]((?:\w+:)?//[^"'`\s$]+|\.\.?/[^"'`$]+\.m?js)["'`]""")
READ = (".html", ".svg", ".css", ".js", ".mjs")


def in_style(text):
    """Return: what a style sheet loads"""
    return ["".join(found) for found in
            IN_STYLE.findall(COMMENT.sub("", text))]


def in_script(text):
    return IN_SCRIPT.findall(text)


class Page(html.parser.HTMLParser):
    """What a page or a picture loads, where it leads, and its places."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.links, self.places = [], [], set()
        self.inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        given = {name: value or "" for name, value in attrs}
        self.places |= {given.get("id"), given.get("name")} - {None}
        self.loads += in_style(given.get("style", ""))
        self.loads += [part.split()[0] for part in
                       given.get("srcset", "").split(",") if part.split()]
        leads = tag in FOLLOWED or tag == "link" and \
            RELATIONS.issuperset(given.get("rel", "").split() or ["none"])
        (self.links if leads else self.loads).extend(
            given[name] for name in NAMING if given.get(name))

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "style":
            self.loads += in_style(data)
        elif self.inside == "script":
            self.loads += in_script(data)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


class Folder:
    """The files of a site, and what is wrong with them."""

    def __init__(self, top):
        self.top = top
        self.pages = {}

    def page(self, name):
        if name not in self.pages:
            self.pages[name] = Page(read(os.path.join(self.top, name)))
        return self.pages[name]

    def faults(self):
        """Return: a line for each load from elsewhere and each dead link"""
        names = sorted(os.path.relpath(os.path.join(here, name), self.top)
                       for here, _, found in os.walk(self.top)
                       for name in found if name.endswith(READ))
        return [line for name in names for line in self.faults_of(name)]

    def faults_of(self, name):
        loads, links = self.named_in(name)
        for kind, urls in (("load", loads), ("link", links)):
            for url in dict.fromkeys(urls):
                why = self.fault(name, url, kind)
                if why:
                    yield f"{name}: {url}: {why}"

    def named_in(self, name):
        """Return: what a file loads, and where it leads"""
        if name.endswith((".html", ".svg")):
            return self.page(name).loads, self.page(name).links
        text = read(os.path.join(self.top, name))
        return (in_style if name.endswith(".css") else in_script)(text), []

    def fault(self, name, url, kind):
        """Return: what is wrong with this name in this file; "" if nothing"""
        try:
            parts = urllib.parse.urlsplit(url)
        except ValueError:
            return "not an address"
        if parts.scheme or parts.netloc:
            return "is loaded from elsewhere" \
                if kind == "load" and parts.scheme != "data" else ""
        if parts.path.startswith("/"):
            return "begins at the root of a server"
        return self.missing(name, urllib.parse.unquote(parts.path),
                            urllib.parse.unquote(parts.fragment))

    def missing(self, name, path, place):
        """Return: what a link within the site lacks; "" if nothing"""
        target = os.path.normpath(os.path.join(os.path.dirname(name), path)) \
            if path else name
        if target.split(os.sep)[0] == os.pardir:
            return "leads out of the site"
        if os.path.isdir(os.path.join(self.top, target)):
            target = os.path.normpath(os.path.join(target, "index.html"))
        if not os.path.isfile(os.path.join(self.top, target)):
            return f"a dead link, there is no {target}"
        # with = it is words for the page's script
        if place and "=" not in place and target.endswith(".html") \
                and place not in self.page(target).places:
            return f"a dead link, {target} has no such place"
        return ""


def faults(folder):
    """Return: a line for each load from elsewhere and each dead link"""
    return Folder(folder).faults()

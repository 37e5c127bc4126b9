# SPDX-License-Identifier: MIT
"""Links of the book and of the documents to other files of the tree.

Sphinx follows links between the pages that it makes together.  Any other file
is not beside them: it becomes a link if ./lectern site has it as a page, and
else the file's name.  A link to nothing stays, and is a warning.
"""
import os
import posixpath
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

import site_pages


class TreeLinks(SphinxTransform):
    default_priority = 400

    def apply(self, **_):
        for kind in (addnodes.pending_xref, addnodes.download_reference):
            for node in list(self.document.findall(kind)):
                if node.get("reftype") == "myst":
                    self.lead(node)

    def lead(self, node):
        """Lead a link to where its file is."""
        path, anchor = self.target(node)
        if path.is_file() and not self.is_ours(path):
            place = site_pages.place_of(path)
            if place and self.config.lectern_site:
                node.replace_self(self.link(place + anchor, node))
            else:
                node.replace_self(self.name(path, node.astext()))

    def tree(self):
        """Return: the folder of the tree whose pages these are"""
        return Path(self.config.lectern_tree or self.env.srcdir)

    def target(self, node):
        """Return: the file that a link means, and the #PLACE in it if any"""
        path, mark, anchor = node["reftarget"].partition("#")
        if node.get("refdomain") == "doc":      # as newer versions have it
            file = self.tree() / (path + ".md")
        else:
            file = (self.tree() / self.env.docname).parent / path
        anchor = anchor or node.get("reftargetid") or ""
        return file.resolve(), anchor and "#" + anchor

    def is_ours(self, path):
        """True for a page that Sphinx makes with this one."""
        names = {(self.tree() / name).resolve() for name in self.env.found_docs}
        return path.suffix == ".md" and path.with_suffix("") in names

    def link(self, place, node):
        here = posixpath.dirname(posixpath.join(
            self.config.lectern_site, self.env.docname))
        return nodes.reference("", "", *node.children, internal=True,
                               refuri=posixpath.relpath(place, here))

    def name(self, path, said):
        name = os.path.relpath(path, site_pages.TOP)
        found = nodes.inline("", classes=["tree"])
        if said not in (name, path.name):
            found += [nodes.Text(f"{said} ("), nodes.literal(name, name),
                      nodes.Text(")")]
        else:
            found += nodes.literal(name, name)
        return found


def setup(app):
    # where these pages lie in the site; empty: there is none
    app.add_config_value("lectern_site", "", "env")
    # the folder of the tree whose pages these are; empty: it is Sphinx's
    app.add_config_value("lectern_tree", "", "env")
    app.add_transform(TreeLinks)
    return {"parallel_read_safe": True, "version": "1"}

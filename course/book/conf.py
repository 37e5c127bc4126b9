# SPDX-License-Identifier: MIT
"""What Sphinx is told to make of the chapters.  ./lectern book calls it."""
import os
import sys

BOOK = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [BOOK, os.path.join(os.path.dirname(BOOK), "site")]

project = "Lectern"
author = "the authors of Lectern"
copyright = author
html_title = "Lectern: the course"
extensions = ["myst_parser", "lectern_book", "tree_links"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["recorded", "breaks", "CHAPTERS.md"]
root_doc = "index"
language = "en"
smartquotes = False

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_extra_path = ["../../LICENSE", "../../LICENSE-docs"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
# a summary is fetched, which no browser does from a file
html_show_search_summary = False
html_theme_options = {
    "light_css_variables": {
        "font-stack": "Charter, 'Bitstream Charter', 'Source Serif 4', "
                      "Cambria, Georgia, 'DejaVu Serif', serif",
        "font-stack--monospace": "'JetBrains Mono', 'SF Mono', Menlo, "
                                 "Consolas, 'DejaVu Sans Mono', monospace",
        "color-brand-primary": "#1f5f8b",
        "color-brand-content": "#1f5f8b",
    },
    "dark_css_variables": {
        "color-brand-primary": "#8cc4e8",
        "color-brand-content": "#8cc4e8",
    },
}
pygments_style = "friendly"
pygments_dark_style = "native"
highlight_language = "none"

# SPDX-License-Identifier: MIT
"""Pictures of `./lectern show` as one self-contained HTML page: a slider over
the moments, the picture of the chosen one, and the same as text."""
from html import escape

from .show_svg import COLOURS, definitions, element, style

# palette -> its differences from the first; marks tell states apart in all
PALETTES = {
    "Okabe and Ito": COLOURS,
    "Greys": {"o": "#333333", "c": "#dddddd", "s": "#777777", "f": "#aaaaaa",
              "z": "#ffffff", "k": "#555555", "w": "#bbbbbb"},
    "Blue and yellow": {"o": "#00429d", "c": "#ffd23f", "s": "#4771b2",
                        "f": "#93b5e1", "z": "#fff3b0", "k": "#8a8a8a",
                        "w": "#b38600"},
}
PAGE_STYLE = """\
body{font-family:sans-serif;margin:1rem;color:#111;background:#fff}
label{margin-right:.5rem}.bar{display:flex;flex-wrap:wrap;gap:.75rem;
align-items:center;margin:.5rem 0}#moment{width:20rem}
button,select,input{font-size:1rem}:focus-visible{outline:3px solid #d55e00;
outline-offset:2px}.picture{overflow-x:auto;border:1px solid #999}
.heard{position:absolute;width:1px;height:1px;overflow:hidden;
clip-path:inset(50%)}
pre{overflow-x:auto;background:#f4f4f4;padding:.5rem}
"""
SCRIPT = """\
"use strict";
const slider = document.getElementById("moment");
const sections = [...document.querySelectorAll("section.moment")];
const told = document.getElementById("told");
function show(n) {
  n = Math.max(1, Math.min(sections.length, n));
  slider.value = n;
  sections.forEach((s, i) => { s.hidden = i !== n - 1; });
  const name = sections[n - 1].getAttribute("aria-label");
  slider.setAttribute("aria-valuetext", name);
  told.textContent = name;
  document.getElementById("before").disabled = n === 1;
  document.getElementById("after").disabled = n === sections.length;
}
slider.addEventListener("input", () => show(+slider.value));
document.getElementById("before").addEventListener("click",
  () => show(+slider.value - 1));
document.getElementById("after").addEventListener("click",
  () => show(+slider.value + 1));
document.getElementById("palette").addEventListener("change",
  e => { document.body.dataset.palette = e.target.value; });
show(1);
"""


def palette_rules():
    return "".join(
        f'body[data-palette="{i}"] .{state}{{fill:{colour}}}\n'
        for i, colours in enumerate(PALETTES.values()) if i
        for state, colour in colours.items())


def section(number, total, moment, drawn, text):
    title = f"moment {number}: {moment.title}"
    return (f'<section class="moment" aria-label="{escape(title)}"'
            + (" hidden" if total else "") + ">\n"
            f"<h2>{escape(title)}</h2>\n"
            '<div class="picture" tabindex="0" role="group" '
            f'aria-label="picture of {escape(title)}">\n'
            f"{element(drawn, title)}\n</div>\n"
            "<details><summary>The same as text</summary>\n"
            f'<pre tabindex="0">{escape(text)}</pre></details>\n</section>\n')


def page(title, moments, arch, draw, tell):
    """draw, tell: return the picture and the text of a (number, moment)."""
    sections = "".join(
        section(number, i, moment, draw((number, moment)),
                tell((number, moment)))
        for i, (number, moment) in enumerate(moments))
    choices = "".join(f'<option value="{i}">{escape(name)}</option>'
                      for i, name in enumerate(PALETTES))
    last = len(moments)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{escape(title)} ({arch})</title>
<style>
{PAGE_STYLE}{style()}{palette_rules()}</style>
</head>
<body data-palette="0">
<h1>{escape(title)} ({arch})</h1>
<div class="bar">
<label for="moment">Moment</label>
<button id="before" type="button">Earlier</button>
<input id="moment" type="range" min="1" max="{last}" step="1" value="1">
<button id="after" type="button">Later</button>
<label for="palette">Colours</label>
<select id="palette">{choices}</select>
</div>
<p id="told" class="heard" role="status" aria-live="polite"></p>
<svg width="0" height="0" aria-hidden="true" style="position:absolute">{
definitions()}</svg>
<main>
{sections}</main>
<script>
{SCRIPT}</script>
</body>
</html>
"""

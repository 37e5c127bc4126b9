# SPDX-License-Identifier: MIT
"""A flame graph: a box for each chain of calls, as wide as its share of the
instructions, on top of its caller's box.  A click widens a box to the whole
picture."""
from html import escape

WIDE, HIGH = 1200, 17
LETTER = 6.7                    # of a monospaced 11 px font
LEAST = 0.25                    # px: narrower boxes are left out
TOP = 44
COLOURS = {True: ("#9ecae1", "#6baed6"), False: ("#fdd49e", "#fdbb84")}
STYLE = """\
text{font:11px monospace;fill:#111;pointer-events:none}
.title{font:bold 14px sans-serif}.note{font:11px sans-serif;fill:#444}
rect{stroke:#fff;stroke-width:.5}g:focus rect,g:hover rect{stroke:#000}
.page{fill:#fff;stroke:none}
@media(prefers-color-scheme:dark){.page{fill:#1c1c1c}.title,.note{fill:#eee}}
"""
# data-x and data-w are a box's position and width as shares of the whole.
SCRIPT = """\
const boxes=[...document.querySelectorAll('g[data-x]')];
function zoom(of){
 const x0=+of.dataset.x,w0=+of.dataset.w,y0=+of.dataset.d;
 for(const b of boxes){
  const x=+b.dataset.x,w=+b.dataset.w,d=+b.dataset.d;
  const above=d<y0&&x<=x0+1e-9&&x+w>=x0+w0-1e-9;
  const inside=x>=x0-1e-9&&x+w<=x0+w0+1e-9&&d>=y0;
  b.style.display=above||inside?'':'none';
  const px=above?0:(x-x0)/w0*WIDE,pw=above?WIDE:w/w0*WIDE;
  const r=b.querySelector('rect'),t=b.querySelector('text');
  r.setAttribute('x',px);r.setAttribute('width',pw);
  const n=Math.floor((pw-6)/LETTER),s=b.dataset.name;
  t.setAttribute('x',px+3);
  t.textContent=n<3?'':s.length<=n?s:s.slice(0,n-2)+'..';
 }
}
for(const b of boxes){
 b.addEventListener('click',()=>zoom(b));
 b.addEventListener('keydown',e=>{if(e.key==='Enter')zoom(b);
  if(e.key==='Escape')zoom(boxes[0]);});
}
""".replace("WIDE", str(WIDE)).replace("LETTER", str(LETTER))


def fitting(name, wide):
    room = int((wide - 6) / LETTER)
    if room < 3:
        return ""
    return name if len(name) <= room else name[:room - 2] + ".."


def boxes(top, sums):
    """Yield (node, left edge in instructions, depth), callers first."""
    left = [(top, 0, 0)]
    while left:
        node, x, depth = left.pop()
        yield node, x, depth
        for below in sorted(node.below.values(), key=lambda n: n.name):
            if sums[below] * WIDE >= LEAST * sums[top]:
                left.append((below, x, depth + 1))
            x += sums[below]


def draw(top, title):
    """Return: the SVG file"""
    sums = top.totals()
    whole = max(sums[top], 1)
    found = list(boxes(top, sums))
    deep = max(depth for _, _, depth in found) + 1
    high = TOP + deep * HIGH + 12
    parts = []
    for node, x, depth in found:
        wide = sums[node] / whole * WIDE
        at = x / whole * WIDE
        y = high - 12 - (depth + 1) * HIGH
        told = (f"{node.name}{' (kernel)' * (node.kernel and depth > 1)}: "
                f"{sums[node]} instructions, {100 * sums[node] / whole:.2f} %"
                f"; {node.own} its own")
        colour = COLOURS[node.kernel and depth > 1][
            sum(map(ord, node.name)) % 2]
        parts.append(
            f'<g tabindex="0" data-x="{x / whole:.9f}" '
            f'data-w="{sums[node] / whole:.9f}" data-d="{depth}" '
            f'data-name="{escape(node.name)}"><title>{escape(told)}</title>'
            f'<rect x="{at:.2f}" y="{y}" width="{wide:.2f}" '
            f'height="{HIGH - 1}" fill="{colour}"/>'
            f'<text x="{at + 3:.2f}" y="{y + 12}">'
            f"{escape(fitting(node.name, wide))}</text></g>")
    whose = escape("Flame graph of " + title)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" '
        f'height="{high}" viewBox="0 0 {WIDE} {high}" role="img" '
        f'aria-label="{whose}"><title>{whose}</title>'
        f"<style>{STYLE}</style>\n"
        '<rect width="100%" height="100%" class="page"/>\n'
        f'<text x="8" y="20" class="title">{escape(title)}</text>\n'
        f'<text x="8" y="36" class="note">{whole} instructions; blue: the '
        "kernel's; a click or Enter widens a box, Escape shows all</text>\n"
        + "\n".join(parts)
        + f"\n<script><![CDATA[\n{SCRIPT}]]></script>\n</svg>")

// SPDX-License-Identifier: MIT
// Draws the memory of a process as `./lectern show space` does: a square for
// each page, high addresses at the top.  A mark over each colour says the same.
import { PAGE, PAGES, ROW, areaWords, changedIn, shownRows }
  from "./live_space.js";
import { bytes } from "./live_text.js";

const NS = "http://www.w3.org/2000/svg";
const CELL = 8;
const MARKS = { c: "M0 5L5 0", s: "M2.5 2h.1v1h-.1z", f: "M0 2.5H5",
  z: "M0 0L5 5M0 5L5 0", k: "M2.5 0V5", w: "M0 2.5H5M2.5 0V5" };

export function make(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function makeSvg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(NS, name), attributes, children);
}

// Children are elements or text, never markup.
function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// Patterns that the pictures share.
export function patterns() {
  const marks = Object.entries(MARKS).map(([state, d]) =>
    makeSvg("pattern", { id: `live-mark-${state}`, width: 5, height: 5,
      patternUnits: "userSpaceOnUse" },
    makeSvg("path", { class: "live-mark", d })));
  const lines = makeSvg("pattern", { id: "live-pages", width: CELL,
    height: CELL, patternUnits: "userSpaceOnUse" },
  makeSvg("path", { class: "live-lines", d: `M0 0H${CELL}M0 0V${CELL}` }));
  return makeSvg("svg", { class: "live-none", width: 0, height: 0,
    "aria-hidden": "true" }, makeSvg("defs", {}, ...marks, lines));
}

function box(x, y, wide, high, kind) {
  return makeSvg("rect", { x, y, width: wide, height: high, class: kind });
}

function drawRow(svg, y, text) {
  for (let at = 0; at < ROW;) {
    let end = at;
    while (end < ROW && text[end] === text[at]) end++;
    const state = text[at].toLowerCase();
    const place = [at * CELL, y, (end - at) * CELL, CELL];
    if (state !== " ") {
      svg.append(box(...place,
        state === "." ? "live-absent" : `live-page-${state}`));
      for (const name of [MARKS[state] && `live-mark-${state}`, "live-pages"])
        if (name)
          svg.append(fill(box(...place, ""), { fill: `url(#${name})` }, []));
      if (text[at] !== state) svg.append(box(...place, "live-super"));
    }
    at = end;
  }
}

function drawChanged(svg, y, page, changed) {
  for (let i = 0; i < ROW; i++)
    if (changed.has(page + i))
      svg.append(box(i * CELL + 1, y + 1, CELL - 2, CELL - 2, "live-changed"));
}

function areaPicture(area, changed) {
  const rows = shownRows(area).reverse();
  const svg = makeSvg("svg", { class: "live-pages", role: "img",
    "aria-label": areaWords(area, changed), preserveAspectRatio: "xMinYMin" });
  let y = 1;
  for (const [page, text] of rows) {
    if (text === undefined) {
      svg.append(makeSvg("text", { x: 4, y: y + 8, class: "live-skip" },
        `⋮ ${page} more rows like it`));
      y += 12;
      continue;
    }
    drawRow(svg, y, text);
    drawChanged(svg, y, page, changed);
    y += CELL + 2;
  }
  svg.setAttribute("viewBox", `0 0 ${ROW * CELL + 1} ${y}`);
  return svg;
}

function drawArea(area, changed, digits) {
  const hex = (n) => n.toString(16).padStart(digits, "0");
  const now = changedIn(area, changed);
  const pages = (area.end - area.start) / PAGE;
  let notes = `${pages} page${pages === 1 ? "" : "s"}`;
  if (area.ref > 1) notes += `, ${area.ref} mappings`;
  if (area.flags.includes("growsdown")) notes += ", grows down";
  if (now) notes += `, ${now} just changed`;
  return make("li", { class: now ? "live-area live-touched" : "live-area" },
    make("div", { class: "live-area-head" },
      make("code", {}, `${hex(area.start)}–${hex(area.end)} ${area.perms}`),
      " ", make("b", {}, area.name || "(anonymous)"),
      " ", make("span", { class: "live-note" }, notes)),
    areaPicture(area, changed));
}

export function drawSpace(list, space) {
  const top = space.areas.at(-1)?.end ?? 0;
  const digits = Math.max(8, top.toString(16).length);
  const items = [];
  let above = null;
  for (const area of [...space.areas].reverse()) {
    if (above !== null && area.end < above)
      items.push(make("li", { class: "live-hole" },
        `⋮ a hole of ${bytes(above - area.end)}`));
    items.push(drawArea(area, space.changed, digits));
    above = area.start;
  }
  list.replaceChildren(...items);
}

export function legend() {
  const items = Object.entries(PAGES).map(([state, words]) => {
    const svg = makeSvg("svg", { width: 12, height: 12, "aria-hidden": "true" },
      box(0, 0, 12, 12, `live-page-${state}`));
    if (MARKS[state])
      svg.append(fill(box(0, 0, 12, 12, ""),
        { fill: `url(#live-mark-${state})` }, []));
    return make("li", {}, svg, " ", words);
  });
  const changed = makeSvg("svg", { width: 12, height: 12,
    "aria-hidden": "true" }, box(0, 0, 12, 12, "live-absent"),
  box(1, 1, 10, 10, "live-changed"));
  return make("ul", { class: "live-legend" }, ...items,
    make("li", {}, changed, " just changed"));
}

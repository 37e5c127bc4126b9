// SPDX-License-Identifier: MIT
// The memory of a process, as /proc/PID/space and /proc/PID/tables tell it, in
// the form that `./lectern show space` draws (tools/driver/show/show_record.py).
import { guestText } from "./live_text.js";

export const PAGE = 4096;
export const ROW = 64;          // pages of a row of the picture
const ALIKE = 3;                // so many rows that are alike become a break
const MOST_PAGES = 1000000;     // of a process, that are looked at

export const PAGES = {
  o: "its own", c: "copy on write", s: "shared", f: "a file's, mapped once",
  z: "the page of zeros", k: "the kernel's", w: "swapped out",
};

const HEAD = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+ *(.*)$/;

function stateOf(leaf, trees, area, cow) {
  let state = { z: "z", k: "k", n: "w" }[leaf.kind];
  if (state === undefined) {
    if ((leaf.entry & cow) !== 0n ||
        (trees > 1 && area.perms[3] === "p" && leaf.kind === "a")) state = "c";
    else if (leaf.mappers > 1) state = "s";
    else state = leaf.kind === "a" ? "o" : "f";
  }
  return leaf.level ? state.toUpperCase() : state;
}

function readAreas(text) {
  const areas = [];
  for (const line of text.split("\n")) {
    const head = HEAD.exec(line);
    if (head) {
      areas.push({ start: parseInt(head[1], 16), end: parseInt(head[2], 16),
        perms: head[3], name: guestText(head[4]), ref: 1, flags: [],
        runs: [] });
    } else if (line.startsWith("ref ") && areas.length) {
      const words = line.split(" ");
      areas.at(-1).ref = +words[1];
      areas.at(-1).flags = words.slice(5);
    }
  }
  return areas.filter((a) => a.end > a.start);
}

function readLeaves(text, machine) {
  const leaves = [];
  let trees = 1;
  for (const line of text.split("\n")) {
    const w = line.split(" ");
    if (w[0] === "table") {
      trees = +w[5];
    } else if (w[0] === "page" && w.length === 7) {
      const level = +w[2], va = parseInt(w[1], 16);
      const size = PAGE * 2 ** ((machine?.bits ?? 9) * level);
      leaves.push({ va, end: va + +w[3] * size, level, trees, kind: w[5],
        entry: BigInt("0x" + w[4]), mappers: +w[6] });
    }
  }
  return leaves;
}

// Return: areas in order of address, each with runs of equal pages.
export function readSpace(areasText, tablesText, machine) {
  const areas = readAreas(areasText);
  const cow = BigInt(machine?.cow ?? 0);
  let i = 0, pages = 0;
  for (const leaf of readLeaves(tablesText, machine)) {
    while (i < areas.length && areas[i].end <= leaf.va) i++;
    for (let j = i; j < areas.length && areas[j].start < leaf.end; j++) {
      const a = areas[j];
      const first = Math.max(leaf.va, a.start) / PAGE;
      const end = Math.floor(Math.min(leaf.end, a.end) / PAGE);
      pages += Math.max(end - first, 0);
      if (end > first && pages <= MOST_PAGES)
        a.runs.push({ first, count: end - first,
          state: stateOf(leaf, leaf.trees, a, cow) });
    }
  }
  return areas;
}

function pageStates(areas) {
  const found = new Map();
  for (const a of areas)
    for (const run of a.runs)
      for (let i = 0; i < run.count; i++)
        found.set(run.first + i, run.state);
  return found;
}

// Return: the pages whose state differs, as a map to [before, now].
export function changedPages(before, now) {
  const old = pageStates(before), states = pageStates(now);
  const found = new Map();
  for (const [page, state] of states)
    if (old.get(page) !== state)
      found.set(page, [old.get(page) ?? ".", state]);
  for (const [page, state] of old)
    if (!states.has(page)) found.set(page, [state, "."]);
  return found;
}

export function resident(area) {
  return area.runs.reduce((sum, run) => sum +
    ("wz".includes(run.state.toLowerCase()) ? 0 : run.count), 0);
}

// Return: [how many rows alike, first page, its pages as letters], from low
// addresses to high ones; a dot is a page that is not in memory.
export function rowsOf(area) {
  const first = area.start / PAGE, end = area.end / PAGE;
  const touched = new Map();
  const edge = [Math.floor(first / ROW), Math.floor((end - 1) / ROW)];
  const cellsOf = (row) => {
    if (!touched.has(row)) touched.set(row, Array(ROW).fill("."));
    return touched.get(row);
  };
  edge.forEach(cellsOf);
  for (const run of area.runs)
    for (let p = run.first; p < run.first + run.count; p++)
      cellsOf(Math.floor(p / ROW))[p % ROW] = run.state;
  const rows = [];
  let next = edge[0];
  for (const row of [...touched.keys()].sort((a, b) => a - b)) {
    if (row > next)
      join(rows, [row - next, next * ROW, ".".repeat(ROW)]);
    const text = touched.get(row).map((c, i) => {
      const page = row * ROW + i;
      return first <= page && page < end ? c : " ";
    }).join("");
    join(rows, [1, row * ROW, text]);
    next = row + 1;
  }
  return rows;
}

function join(rows, row) {
  const last = rows.at(-1);
  if (last && last[2] === row[2]) last[0] += row[0];
  else rows.push(row);
}

// Return: the rows to draw, those that are alike told once: [page, text] or
// [number of rows left out].
export function shownRows(area) {
  const out = [];
  for (const [count, page, text] of rowsOf(area)) {
    const shown = count >= ALIKE ? 1 : count;
    for (let i = 0; i < shown; i++) out.push([page + ROW * i, text]);
    if (shown < count) out.push([count - 1]);
  }
  return out;
}

// The pages of an area in words.
export function areaWords(area, changed) {
  const counts = new Map();
  for (const run of area.runs) {
    const key = run.state.toLowerCase();
    counts.set(key, (counts.get(key) ?? 0) + run.count);
  }
  const parts = [...counts].map(([s, n]) => `${n} ${PAGES[s]}`);
  const total = (area.end - area.start) / PAGE;
  let words = `${resident(area)} of ${total} pages in memory`;
  if (parts.length) words += ": " + parts.join(", ");
  const count = changedIn(area, changed);
  if (count) words += `; ${count} just changed`;
  return words;
}

export function changedIn(area, changed) {
  let count = 0;
  for (const page of changed?.keys() ?? [])
    count += page * PAGE >= area.start && page * PAGE < area.end;
  return count;
}

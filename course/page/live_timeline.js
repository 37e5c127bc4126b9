// SPDX-License-Identifier: MIT
// The timeline: a row for each CPU (who runs on it) and for each task that did
// something in the time that is shown.  The table of events below it says the
// same in words.
import { make } from "./live_draw.js";
import { span } from "./live_text.js";

const ROW_HIGH = 20, LABEL = 108, MOST_ROWS = 14, AXIS = 18;
const WINDOWS = [200, 1000, 5000, 20000, 100000, 500000, 2e6, 1e7, 6e7];

export class Timeline {
  constructor(canvas) {
    this.canvas = canvas;
    this.zoom = 4;
    this.end = null;            // null: follows the newest event
    this.marked = null;         // the event that is chosen in the table
  }

  get window() {
    return WINDOWS[this.zoom];
  }

  zoomBy(step) {
    this.zoom = Math.min(WINDOWS.length - 1, Math.max(0, this.zoom + step));
  }

  scrollBy(part, now) {
    const end = (this.end ?? now) + part * this.window;
    this.end = end >= now ? null : end;
  }

  show(event, now) {
    this.marked = event;
    const end = this.end ?? now;
    if (event && (event.t > end || event.t < end - this.window))
      this.end = Math.min(now, event.t + this.window / 2);
  }

  // Return: the newest event at or before a place of the canvas.
  eventAt(x, y, events) {
    const row = this.rows?.[Math.floor(y / ROW_HIGH)];
    if (!row) return null;
    const t = this.timeAt(x), near = this.window / this.wide * 6;
    let best = null;
    for (const e of events)
      if (row.owns(e) && Math.abs(e.t - t) <= near &&
          (!best || Math.abs(e.t - t) < Math.abs(best.t - t))) best = e;
    return best;
  }

  timeAt(x) {
    return this.first + (x - LABEL) / this.wide * this.window;
  }

  draw(model, wants) {
    const { canvas } = this;
    const box = canvas.getBoundingClientRect();
    const scale = globalThis.devicePixelRatio || 1;
    const last = this.end ?? model.now;
    this.first = last - this.window;
    const events = inWindow(model.events, this.first, last);
    this.rows = rowsOf(model, events, wants);
    const high = this.rows.length * ROW_HIGH + AXIS;
    if (canvas.height !== Math.round(high * scale) ||
        canvas.width !== Math.round(box.width * scale)) {
      canvas.style.height = `${high}px`;
      canvas.width = Math.round(box.width * scale);
      canvas.height = Math.round(high * scale);
    }
    this.wide = Math.max(box.width - LABEL, 50);
    const g = canvas.getContext("2d");
    g.setTransform(scale, 0, 0, scale, 0, 0);
    g.clearRect(0, 0, box.width, high);
    this.paint(g, model, events, colours(canvas), box.width);
  }

  paint(g, model, events, colour, width) {
    const x = (t) => LABEL + (t - this.first) / this.window * this.wide;
    g.font = "12px system-ui, sans-serif";
    g.textBaseline = "middle";
    this.rows.forEach((row, i) => {
      const y = i * ROW_HIGH;
      g.fillStyle = i % 2 ? colour.page : colour.stripe;
      g.fillRect(0, y, width, ROW_HIGH);
      g.fillStyle = colour.text;
      g.fillText(clipped(g, row.label, LABEL - 8), 4, y + ROW_HIGH / 2);
    });
    g.save();
    g.beginPath();
    g.rect(LABEL, 0, width - LABEL, this.rows.length * ROW_HIGH);
    g.clip();
    this.paintRuns(g, model, events, x, colour);
    this.rows.forEach((row, i) => {
      for (const e of events)
        if (row.tid !== undefined && row.owns(e))
          paintMark(g, e, x, i * ROW_HIGH, colour);
    });
    if (this.marked) {
      g.fillStyle = colour.text;
      g.fillRect(x(this.marked.t) - 0.5, 0, 1.5, this.rows.length * ROW_HIGH);
    }
    g.restore();
    this.paintAxis(g, colour, this.rows.length * ROW_HIGH, width);
  }

  // Who runs on each CPU, from its switches.
  paintRuns(g, model, events, x, colour) {
    const place = new Map(this.rows.map((row, i) => [row.key, i]));
    const begun = new Map();
    const bar = (cpu, from, to, tid, name) => {
      if (!tid) return;
      const left = x(from), wide = Math.max(x(to) - left, 1);
      for (const key of [`c${cpu}`, `t${tid}`]) {
        if (!place.has(key)) continue;
        const y = place.get(key) * ROW_HIGH;
        g.fillStyle = tid === model.self ? colour.other :
          key[0] === "c" ? colour.run : colour.ran;
        g.fillRect(left, y + 3, wide, ROW_HIGH - 6);
        if (key[0] === "c" && wide > 30) {
          g.fillStyle = colour.onRun;
          g.fillText(clipped(g, name, wide - 6), left + 3, y + ROW_HIGH / 2);
        }
      }
    };
    for (const e of events) {
      if (e.from === undefined) continue;
      bar(e.cpu, begun.get(e.cpu)?.t ?? this.first, e.t, e.from, e.fromName);
      begun.set(e.cpu, e);
    }
    const last = Math.min(this.first + this.window, model.now);
    for (const [cpu, e] of begun) bar(cpu, e.t, last, e.to, e.toName);
  }

  paintAxis(g, colour, y, width) {
    g.fillStyle = colour.text;
    g.fillText(`${span(this.window)} shown`, 4, y + AXIS / 2);
    const step = niceStep(this.window / Math.max(this.wide / 90, 1));
    for (let t = Math.ceil(this.first / step) * step;
      t <= this.first + this.window; t += step) {
      const at = LABEL + (t - this.first) / this.window * this.wide;
      if (t < 0 || at > width - 50) continue;
      g.fillRect(at, y, 1, 4);
      g.fillText(`${+(t / 1e6).toFixed(6)} s`, at + 3, y + AXIS / 2);
    }
  }
}

function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= least);
}

function inWindow(events, first, last) {
  let low = 0, high = events.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (events[mid].t < first) low = mid + 1;
    else high = mid;
  }
  const out = [];
  for (let i = low; i < events.length && events[i].t <= last; i++)
    out.push(events[i]);
  return out;
}

function rowsOf(model, events, wants) {
  const rows = model.cpus.map((_, cpu) => ({ key: `c${cpu}`,
    label: `CPU ${cpu}`, owns: (e) => e.from !== undefined && e.cpu === cpu }));
  const active = new Map();
  for (const e of events)
    if (e.tid && e.tid !== model.self && wants(e)) active.set(e.tid, e.comm);
  const most = Math.max(4, MOST_ROWS - rows.length);
  for (const [tid, comm] of [...active].slice(-most)
    .sort((a, b) => a[0] - b[0]))
    rows.push({ key: `t${tid}`, tid, label: `${comm} ${tid}`,
      owns: (e) => e.tid === tid && e.kind !== "switch" && wants(e) });
  return rows;
}

// Each kind has its own shape.
function paintMark(g, e, x, y, colour) {
  const at = x(e.t), mid = y + ROW_HIGH / 2;
  g.fillStyle = colour[e.kind] ?? colour.text;
  if (e.kind === "call") {
    if (e.enters) g.fillRect(at, y + 12, Math.max(x(e.end ?? e.t) - at, 1), 5);
    return;
  }
  g.beginPath();
  if (e.kind === "fault") {
    g.moveTo(at - 4, y + 4);
    g.lineTo(at + 4, y + 4);
    g.lineTo(at, y + 12);
  } else if (e.kind === "signal") {
    g.moveTo(at, mid - 6);
    g.lineTo(at + 6, mid);
    g.lineTo(at, mid + 6);
    g.lineTo(at - 6, mid);
  } else {
    g.rect(at - 1.5, y + 2, 3, ROW_HIGH - 4);
  }
  g.fill();
}

function clipped(g, text, wide) {
  if (g.measureText(text).width <= wide) return text;
  let n = text.length;
  while (n > 1 && g.measureText(text.slice(0, n) + "…").width > wide) n--;
  return text.slice(0, n) + "…";
}

function colours(canvas) {
  const style = getComputedStyle(canvas);
  // only a property that is used has a colour; a variable may hold a function
  const of = (name) => {
    canvas.style.color = `var(--live-${name})`;
    return style.color;
  };
  return { page: of("page"), stripe: of("stripe"), text: of("text"),
    run: of("run"), onRun: of("on-run"), ran: of("ran"), call: of("call"),
    fault: of("fault"), signal: of("signal"), family: of("family"),
    other: of("note") };
}

export function timelineKey() {
  const one = (kind, shape, words) => make("li", {},
    make("span", { class: `live-key live-key-${kind}`, "aria-hidden": "true" },
      shape), " ", words);
  return make("ul", { class: "live-legend" }, one("run", "▬", "runs"),
    one("call", "▂", "system call"), one("fault", "▼", "page fault"),
    one("signal", "◆", "signal"), one("family", "▮", "fork, exec, exit"));
}

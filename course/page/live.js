// SPDX-License-Identifier: MIT
// The live view: processes, CPUs, the memory of a chosen process, a timeline.
//
// mountLive(element, source): source has onLine(fn), send(line), pause(),
// resume(), and optionally machine (what live_machine.json has, which is
// fetched otherwise).  Text of the guest is only ever put in as text.
import { drawSpace, legend, make, patterns } from "./live_draw.js";
import { CHOICE, KINDS } from "./live_events.js";
import { Model, Queue } from "./live_model.js";
import { STATES, clock, counted } from "./live_text.js";
import { Timeline, timelineKey } from "./live_timeline.js";

const TABLE_ROWS = 100;         // events in the table
const DRAW_MS = 100;            // between two drawings, at least

export function mountLive(element, source) {
  return new View(element, source);
}

class View {
  constructor(element, source) {
    this.source = source;
    this.paused = this.stepping = false;
    this.chosen = 0;            // process
    this.asked = false;         // the user has chosen it
    this.wanted = "";           // the search
    this.kinds = new Set(Object.keys(KINDS));
    this.queue = new Queue();
    this.drawn = {};
    this.build(element);
    this.early = [];
    source.onLine((line) => this.early ? this.early.push(line) :
      this.take(line));
    this.ready = this.begin();
  }

  async begin() {
    const machine = this.source.machine ?? await machineFacts();
    this.model = new Model(machine);
    const lines = this.early;
    this.early = null;
    lines.forEach((line) => this.take(line));
    this.draw();
  }

  // ---- lines ----

  take(line) {
    // the state of the machine is not one of its events
    if (!this.paused || line.startsWith('{"is": "machine"')) {
      this.apply(line);
      return;
    }
    this.queue.add(line);
    if (this.stepping && line.startsWith('{"is":"event"')) {
      this.stepping = false;
      this.source.pause();
      this.step();
    }
    this.drawSoon();
  }

  apply(line) {
    const is = this.model.apply(line);
    this.after(is);
    this.drawSoon();
  }

  after(is) {
    const { model } = this;
    if (is === "hello") {
      if (this.asked && this.chosen) this.source.send(`space ${this.chosen}`);
      if (CHOICE.some((kind) => !this.kinds.has(kind))) this.sendKinds();
    }
    // until the user chooses, it is a program that has begun, to its end
    const last = model.events.at(-1);
    if (is === "event" && !this.asked && last.file !== undefined &&
        !model.tasks.has(this.chosen))
      this.choose(last.who, false);
  }

  choose(pid, asked) {
    this.asked ||= asked;
    if (this.chosen === pid && !asked) return;
    this.chosen = pid;
    this.source.send(`space ${pid}`);
    this.drawSoon();
  }

  sendKinds() {
    this.source.send("kinds " +
      CHOICE.filter((kind) => this.kinds.has(kind)).join(","));
  }

  // ---- pause and step ----

  togglePause() {
    if (this.early) {
      this.ready.then(() => this.togglePause());
      return;
    }
    this.paused = !this.paused;
    this.stepping = false;
    if (this.paused) {
      this.source.pause();
    } else {
      this.flush();
      this.source.resume();
    }
    this.say(this.paused ? "The machine is stopped." : "The machine runs.");
    this.drawSoon();
  }

  flush() {
    const { lines } = this.queue;
    this.queue.lines = [];
    this.noteDropped();
    lines.forEach((line) => this.apply(line));
  }

  noteDropped() {
    this.model.lost.view += this.queue.dropped;
    this.queue.dropped = 0;
  }

  step() {
    if (this.early) {
      this.ready.then(() => this.step());
      return;
    }
    if (!this.paused) this.togglePause();
    this.noteDropped();
    if (this.queue.step(this.model)) {
      const event = this.model.events.at(-1);
      this.select(event);
      this.say(eventWords(event));
    } else if (this.model.ended) {
      this.say("The machine has ended; there is no further event.");
    } else {
      this.stepping = true;
      this.source.resume();
      this.say("The machine runs until the next event.");
    }
    this.drawSoon();
  }

  // ---- the parts ----

  build(element) {
    element.classList.add("live");
    const button = (words, act, key) => {
      const b = make("button", { type: "button", "aria-keyshortcuts": key },
        words);
      b.addEventListener("click", act);
      return b;
    };
    this.pauseButton = button("Pause", () => this.togglePause(), "P");
    this.stepButton = button("Next event", () => this.step(), "N");
    this.search = make("input", { type: "search", placeholder: "a name",
      "aria-label": "Search tasks and events by name", maxlength: 64 });
    this.search.addEventListener("input", () => {
      this.wanted = this.search.value.toLowerCase();
      this.drawSoon();
    });
    this.status = make("p", { class: "live-status" });
    this.told = make("p", { class: "live-heard", role: "status",
      "aria-live": "polite" });
    element.replaceChildren(patterns(),
      make("div", { class: "live-bar", role: "group",
        "aria-label": "The live view" }, this.pauseButton, this.stepButton,
      this.search, this.kindBoxes()), this.status, this.told,
      make("div", { class: "live-columns" },
        make("div", {}, this.cpuPart(), this.taskPart()), this.spacePart()),
      this.timelinePart(), this.eventPart());
    // also before anything of the view has the focus
    const page = element.ownerDocument;
    page.addEventListener("keydown", (e) => {
      if (e.target === page.body || element.contains(e.target)) this.onKey(e);
    });
    this.resized = new ResizeObserver(() => this.drawSoon());
    this.resized.observe(this.canvas.parentElement);
  }

  part(id, title, ...children) {
    const name = `live-${id}-title`;
    return make("section", { class: `live-part live-${id}`,
      "aria-labelledby": name }, make("h2", { id: name }, title), ...children);
  }

  kindBoxes() {
    const group = make("fieldset", { class: "live-kinds" },
      make("legend", {}, "Events"));
    for (const kind of CHOICE) {
      const box = make("input", { type: "checkbox", checked: "" });
      box.addEventListener("change", () => {
        if (box.checked) this.kinds.add(kind);
        else this.kinds.delete(kind);
        this.sendKinds();
        this.drawSoon();
      });
      group.append(make("label", {}, box, " ", KINDS[kind]));
    }
    return group;
  }

  cpuPart() {
    this.cpuList = make("ul", { class: "live-cpus" });
    return this.part("cpu", "CPUs and their queues", this.cpuList);
  }

  taskPart() {
    this.tree = make("ul", { class: "live-tree", role: "tree",
      "aria-label": "Processes" });
    this.rows = new Map();
    this.tree.addEventListener("keydown", (e) => this.onTreeKey(e));
    const box = make("input", { type: "checkbox" });
    box.addEventListener("change", () => {
      this.kernel = box.checked;
      this.drawSoon();
    });
    return this.part("tasks", "Processes", this.tree,
      make("label", { class: "live-small" }, box, " the kernel's threads too"));
  }

  spacePart() {
    this.spaceHead = make("p", { class: "live-note" });
    this.areas = make("ul", { class: "live-areas" });
    return this.part("space", "Address space", this.spaceHead,
      legend(), make("div", { class: "live-scroll", tabindex: "0",
        role: "group", "aria-label": "Areas of the address space" },
      this.areas));
  }

  timelinePart() {
    this.canvas = make("canvas", { class: "live-canvas", tabindex: "0",
      role: "img", "aria-describedby": "live-timeline-help" });
    this.timeline = new Timeline(this.canvas);
    this.canvas.addEventListener("keydown", (e) => this.onTimelineKey(e));
    this.canvas.addEventListener("click", (e) => {
      const event = this.timeline.eventAt(e.offsetX, e.offsetY,
        this.model.events);
      if (event) this.select(event);
    });
    const act = (words, name, change) => {
      const b = make("button", { type: "button", "aria-label": name }, words);
      b.addEventListener("click", () => {
        change();
        this.drawSoon();
      });
      return b;
    };
    const t = this.timeline;
    return this.part("timeline", "Timeline",
      make("div", { class: "live-bar" },
        act("−", "show more time", () => t.zoomBy(1)),
        act("+", "show less time", () => t.zoomBy(-1)),
        act("◀", "earlier", () => t.scrollBy(-0.5, this.model.now)),
        act("▶", "later", () => t.scrollBy(0.5, this.model.now)),
        act("Newest", "go to the newest event", () => { t.end = null; }),
        timelineKey()),
      this.canvas, make("p", { id: "live-timeline-help",
        class: "live-small" }, "Arrow keys move it, + and − change the time " +
        "that is shown, End goes to the newest event. The table below says " +
        "the same in words."));
  }

  eventPart() {
    this.body = make("tbody");
    const head = make("tr", {}, ...["Time (s)", "CPU", "Task", "What"]
      .map((t) => make("th", { scope: "col" }, t)));
    this.eventNote = make("p", { class: "live-small" });
    this.body.addEventListener("click", (e) => {
      const row = e.target.closest("tr");
      if (row?.event) this.select(row.event);
    });
    this.body.addEventListener("keydown", (e) => this.onTableKey(e));
    return this.part("events", "Events", make("div", { class: "live-scroll" },
      make("table", { "aria-label": "Events, the newest first" },
        make("thead", {}, head), this.body)), this.eventNote);
  }

  // ---- keys ----

  onKey(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === "Escape" && e.target === this.search) {
      this.search.value = this.wanted = "";
      this.drawSoon();
      return;
    }
    if (e.target === this.search) return;
    const act = { p: () => this.togglePause(), n: () => this.step(),
      "/": () => this.search.focus() }[e.key.toLowerCase()];
    if (!act) return;
    e.preventDefault();
    act();
  }

  onTreeKey(e) {
    const items = [...this.tree.children];
    const at = items.indexOf(e.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0,
      End: items.length - 1 }[e.key];
    if (to !== undefined && items[to]) {
      e.preventDefault();
      this.focusItem(items, items[to]);
    } else if (e.key === "Enter" || e.key === " ") {
      e.preventDefault();
      e.target.click();
    }
  }

  focusItem(items, item) {
    items.forEach((other) => { other.tabIndex = other === item ? 0 : -1; });
    item.focus();
  }

  onTableKey(e) {
    const row = e.target.closest("tr");
    const next = { ArrowDown: row.nextElementSibling,
      ArrowUp: row.previousElementSibling }[e.key];
    if (!next) return;
    e.preventDefault();
    this.select(next.event);
    this.draw();
    [...this.body.rows].find((r) => r.event === this.selected)?.focus();
  }

  onTimelineKey(e) {
    const t = this.timeline;
    const act = { ArrowLeft: () => t.scrollBy(-0.2, this.model.now),
      ArrowRight: () => t.scrollBy(0.2, this.model.now),
      "+": () => t.zoomBy(-1), "=": () => t.zoomBy(-1),
      "-": () => t.zoomBy(1), End: () => { t.end = null; } }[e.key];
    if (!act) return;
    e.preventDefault();
    act();
    this.drawSoon();
  }

  // ---- drawing ----

  say(words) {
    this.told.textContent = words;
  }

  select(event) {
    this.selected = event;
    this.timeline.show(event, this.model.now);
    this.drawSoon();
  }

  wants(event) {
    if (!this.kinds.has(event.kind)) return false;
    return !this.wanted || event.comm.toLowerCase().includes(this.wanted) ||
      event.told.toLowerCase().includes(this.wanted);
  }

  drawSoon() {
    if (this.timer !== undefined || !this.model) return;
    const wait = Math.max(0, (this.last ?? 0) + DRAW_MS - performance.now());
    this.timer = setTimeout(() => this.draw(), wait);
  }

  draw() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.last = performance.now();
    this.drawBar();
    this.drawCpus();
    this.drawTree();
    this.drawSpacePart();
    this.timeline.draw(this.model, (e) => this.wants(e));
    this.canvas.setAttribute("aria-label",
      `Timeline of ${counted(this.model.cpus.length, "CPU")} and ` +
      `${counted(this.timeline.rows.length - this.model.cpus.length, "task")}`);
    this.drawEvents();
  }

  drawBar() {
    const { model } = this;
    this.pauseButton.textContent = this.paused ? "Run" : "Pause";
    const waiting = this.queue.lines.length;
    const state = model.ended ? "The machine has ended" :
      this.paused || model.state === "paused" ? `Stopped${waiting ?
        `; ${counted(waiting, "line")} not shown yet` : ""}` :
        model.cpus.length ? "The machine runs" : "No line has come yet";
    this.status.textContent = `${state} · ${clock(model.now)} s · ` +
      `${counted(model.total, "event")}, ` +
      `${model.lostTotal.toLocaleString("en")} lost` +
      (model.lost.old ? `, ${model.lost.old.toLocaleString("en")} old ones ` +
        "dropped" : "") + (model.refused ? ` · ${model.refused}` : "");
    this.status.classList.toggle("live-warns", model.lostTotal > 0);
  }

  drawCpus() {
    const { model } = this;
    this.cpuList.replaceChildren(...model.cpus.map((tid, cpu) => {
      const queue = model.queueOf(cpu).map((t) => `${t.name} ${t.tid}`);
      const runs = tid === undefined ? "not known yet" : tid === 0 ? "idle" :
        `${model.tasks.get(tid)?.name ?? model.names[cpu]} ${tid}`;
      return make("li", {}, make("b", {}, `CPU ${cpu}`), " ",
        make("span", { class: tid ? "live-runs" : "live-note" }, runs),
        make("span", { class: "live-note" }, queue.length ?
          ` · ready: ${queue.slice(0, 12).join(", ")}` +
          (queue.length > 12 ? `, ${queue.length - 12} more` : "") : ""));
    }));
  }

  stateOf(task) {
    const cpu = this.model.runningOn(task.tid);
    return cpu >= 0 ? `runs on CPU ${cpu}` : STATES[task.state] ?? task.state;
  }

  drawTree() {
    const { model, wanted } = this;
    const shown = model.tree().filter(([t]) =>
      (this.kernel || t.ppid || t.tid === 1) && (!wanted || t.name.toLowerCase().includes(wanted)));
    const items = shown.map(([task, depth]) => this.treeItem(task, depth));
    const same = items.length === this.tree.children.length &&
      items.every((item, i) => item === this.tree.children[i]);
    if (same) return;
    const focus = document.activeElement;
    const held = this.tree.contains(focus);
    this.rows = new Map(items.map((item) => [item.tid, item]));
    this.tree.replaceChildren(...items);
    if (held && items.length)
      this.focusItem(items, items.includes(focus) ? focus : items[0]);
    else if (!items.some((item) => item.tabIndex === 0) && items.length)
      items[0].tabIndex = 0;
  }

  treeItem(task, depth) {
    let item = this.rows.get(task.tid);
    if (!item) {
      item = make("li", { role: "treeitem", tabindex: "-1" },
        make("span", { class: "live-name" }), make("span",
          { class: "live-pid" }), make("span", { class: "live-state" }));
      item.tid = task.tid;
      item.addEventListener("click", () => this.choose(item.pid, true));
    }
    const text = [task.name, ` ${task.tid}`, ` ${this.stateOf(task)}`];
    text.forEach((words, i) => {
      if (item.children[i].textContent !== words)
        item.children[i].textContent = words;
    });
    item.pid = task.pid;
    item.style.setProperty("--depth", Math.min(depth, 12));
    item.setAttribute("aria-level", depth + 1);
    item.setAttribute("aria-selected", task.pid === this.chosen);
    item.dataset.state = this.model.runningOn(task.tid) >= 0 ? "run" :
      task.state;
    return item;
  }

  drawSpacePart() {
    const { model } = this, { space } = model;
    const name = model.tasks.get(this.chosen)?.name;
    const who = this.chosen ? `${name ?? "process"} ${this.chosen}` : "";
    const there = space?.pid === this.chosen && this.chosen;
    let words = "Choose a process, and its memory is shown here.";
    if (there) {
      words = `${who}: ${counted(space.areas.length, "area")}` +
        (space.cut ? ", and more that are not shown" : "") +
        (space.gone ? "; it has ended, this was its memory" :
          space.changed.size ? `; ${counted(space.changed.size, "page")} ` +
          "just changed" : "") + faultWords(space);
    } else if (this.chosen) {
      words = `${who}: its memory is shown when the machine ` +
        (this.paused ? "goes on." : "has told it.");
    }
    if (this.spaceHead.textContent !== words)
      this.spaceHead.textContent = words;
    if (this.drawn.space === space) return;
    this.drawn.space = space;
    if (space) drawSpace(this.areas, space);
    else this.areas.replaceChildren();
  }

  drawEvents() {
    const rows = [];
    const { events } = this.model;
    let from = events.length - 1;
    // a chosen event stays in sight
    if (this.selected && this.timeline.end !== null)
      from = Math.min(from, events.indexOf(this.selected) + TABLE_ROWS / 2);
    for (let i = from; i >= 0 && rows.length < TABLE_ROWS; i--)
      if (this.wants(events[i])) rows.push(events[i]);
    const key = `${rows[0]?.id} ${rows.at(-1)?.id} ${rows.length} ` +
      `${this.selected?.id}`;
    if (key === this.drawn.events) return;
    this.drawn.events = key;
    const held = this.body.contains(document.activeElement);
    this.body.replaceChildren(...rows.map((e, i) => this.eventRow(e, i)));
    if (held) ([...this.body.rows].find((r) => r.event === this.selected) ??
      this.body.rows[0])?.focus();
    this.eventNote.textContent = rows.length ? "" :
      "No event to show; the search or the boxes above may leave them out.";
  }

  eventRow(event, i) {
    const chosen = event === this.selected;
    const row = make("tr", { tabindex: chosen || (!this.selected && i === 0) ?
      "0" : "-1", class: `live-of-${event.kind}` },
    make("td", {}, clock(event.t)), make("td", {}, event.cpu),
    make("td", {}, `${event.comm} ${event.tid || ""}`),
    make("td", {}, event.told));
    if (chosen) row.setAttribute("aria-selected", "true");
    row.event = event;
    return row;
  }
}

function eventWords(e) {
  return `${clock(e.t)} s, CPU ${e.cpu}, ${e.comm} ${e.tid || ""}: ${e.told}`;
}

function faultWords(space) {
  const places = [...new Set(space.faults.map((f) => f.address))];
  if (!places.length || space.gone) return "";
  return "; faults at " + places.slice(-3).map((a) => "0x" + a.toString(16))
    .join(", ") + (places.length > 3 ? ` and ${places.length - 3} more` : "");
}

async function machineFacts() {
  try {
    const answer = await fetch(new URL("live_machine.json", import.meta.url));
    return answer.ok ? await answer.json() : {};
  } catch {
    return {};                  // numbers do instead of names
  }
}

// SPDX-License-Identifier: MIT
// What the view knows of the machine: made of the lines, one by one.  Memory is
// bounded: old events are dropped, and counted.
import { readEvent } from "./live_events.js";
import { changedPages, readSpace } from "./live_space.js";
import { guestText } from "./live_text.js";

export const EVENTS_KEPT = 20000;
const TASKS_KEPT = 5000;

export class Model {
  constructor(machine) {
    this.machine = machine;
    this.total = 0;             // events, ever
    this.version = 0;           // changes with every line
    this.reset();
  }

  reset() {
    this.tasks = new Map();     // by thread
    this.self = 0;              // the program in the guest that reports
    this.cpus = [];             // thread that runs; 0: none; undefined: unknown
    this.names = [];            // and its name
    this.events = [];
    this.now = 0;
    this.ended = false;
    this.state = "running";
    this.space = null;
    this.faults = [];           // of the shown process, since its last picture
    this.calls = new Map();     // thread -> its call that has not returned
    this.lost = { guest: 0, unread: 0, view: 0, old: 0 };
    this.refused = "";
  }

  get lostTotal() {
    return this.lost.guest + this.lost.unread + this.lost.view;
  }

  // Return: what the line was, or "" if it could not be read.
  apply(text) {
    let line;
    try {
      line = JSON.parse(text);
    } catch {
      this.lost.unread++;
      return "";
    }
    const is = line?.is;
    this.version++;
    if (is === "event") this.onEvent(line);
    else if (is === "tasks") this.onTasks(line);
    else if (is === "space") this.onSpace(line);
    else if (is === "lost") this.onLost(line);
    else if (is === "hello") this.onHello(line);
    else if (is === "machine") this.state = guestText(line.state);
    else if (is === "refused")
      this.refused = `${guestText(line.why)}: ${guestText(line.what)}`;
    else if (is === "end") this.ended = true;
    else return "";
    return is;
  }

  onHello(line) {
    const { state } = this;
    this.reset();
    this.state = state;
    this.self = Number(line.self) || 0;
    this.cpus = Array(Math.min(+line.cpus || 1, 256)).fill(undefined);
  }

  onLost(line) {
    const count = Number(line.count) || 0;
    if (line.cpu === -2) this.lost.view += count;
    else if (line.cpu === -1) this.lost.unread += count;
    else this.lost.guest += count;
  }

  task(tid, name) {
    let task = this.tasks.get(tid);
    if (!task) {
      task = { pid: tid, tid, ppid: 0, state: "R", cpu: 0, prio: 20,
        name: name ?? "?" };
      if (tid && tid !== this.self && this.tasks.size < TASKS_KEPT) this.tasks.set(tid, task);
    }
    return task;
  }

  onTasks(line) {
    const listed = new Map();
    for (const row of line.list ?? []) {
      const [pid, tid, ppid, state, cpu, prio, name] = row;
      if (listed.size < TASKS_KEPT)
        listed.set(tid, { pid, tid, ppid, state, cpu, prio,
          name: guestText(name) });
    }
    this.tasks = listed;
  }

  onEvent(line) {
    const event = readEvent(line, this.machine);
    event.id = this.total++;
    this.now = Math.max(this.now, event.t);
    this.events.push(event);
    if (this.events.length > EVENTS_KEPT * 1.1) {
      const old = this.events.length - EVENTS_KEPT;
      this.events.splice(0, old);
      this.lost.old += old;
    }
    this.follow(event);
  }

  follow(e) {
    if (e.from !== undefined) this.onSwitch(e);
    else if (e.woken !== undefined) {
      const task = this.task(e.woken, e.wokenName);
      task.state = "R";
      task.cpu = e.target;
    } else if (e.child !== undefined) {
      const parent = this.task(e.parent, e.comm);
      this.task(e.child, e.childName).ppid = parent.pid;
    } else if (e.file !== undefined) {
      this.task(e.who).name = e.file.split("/").at(-1).slice(0, 15);
    } else if (e.ends) {
      this.task(e.tid, e.comm).state = "Z";
    } else if (e.enters) {
      this.calls.set(e.tid, e);
    } else if (e.leaves) {
      const begun = this.calls.get(e.tid);
      this.calls.delete(e.tid);
      if (begun && begun.number === e.number) begun.end = e.t;
    } else if (e.kind === "fault" && this.isShown(e.tid)) {
      this.faults.push(e);
      if (this.faults.length > 100) this.faults.shift();
    }
  }

  isShown(tid) {
    return this.space !== null && this.task(tid).pid === this.space.pid;
  }

  onSwitch(e) {
    if (e.cpu >= this.cpus.length) return;
    this.cpus[e.cpu] = e.to;
    this.names[e.cpu] = e.toName;
    if (e.from) {
      const task = this.task(e.from, e.fromName);
      task.state = e.state[0];
      task.cpu = e.cpu;
      if (task.state === "X") {
        this.tasks.delete(e.from);
        this.calls.delete(e.from);
      }
    }
    if (e.to) {
      const task = this.task(e.to, e.toName);
      task.state = "R";
      task.cpu = e.cpu;
    }
  }

  onSpace(line) {
    const pid = Number(line.pid);
    if (line.gone) {
      if (this.space?.pid === pid) this.space.gone = true;
      else this.space = { pid, areas: [], changed: new Map(), gone: true,
        faults: [] };
      return;
    }
    const areas = readSpace(String(line.areas), String(line.tables),
      this.machine);
    const before = this.space?.pid === pid ? this.space.areas : null;
    this.space = { pid, areas, cut: Boolean(line.cut), gone: false,
      changed: before ? changedPages(before, areas) : new Map(),
      faults: this.faults, first: !before };
    this.faults = [];
  }

  runningOn(tid) {
    return this.cpus.indexOf(tid);
  }

  // Tasks that wait for a CPU, those of each together.
  queueOf(cpu) {
    return [...this.tasks.values()].filter((t) => t.state === "R" &&
      t.cpu === cpu && this.runningOn(t.tid) < 0);
  }

  // [task, depth], parents before children, threads below their process.
  tree() {
    const below = new Map();
    for (const task of this.tasks.values()) {
      const up = task.tid !== task.pid ? task.pid : task.ppid;
      const key = this.tasks.has(up) && up !== task.tid ? up : 0;
      if (!below.has(key)) below.set(key, []);
      below.get(key).push(task);
    }
    const out = [], seen = new Set();
    const walk = (key, depth) => {
      for (const task of (below.get(key) ?? []).sort((a, b) => a.tid - b.tid)) {
        if (seen.has(task.tid)) continue;
        seen.add(task.tid);
        out.push([task, depth]);
        if (depth < 40) walk(task.tid, depth + 1);
      }
    };
    walk(0, 0);
    return out;
  }
}

// Lines that wait while the view is frozen.
export class Queue {
  constructor(most = 20000) {
    this.lines = [];
    this.most = most;
    this.dropped = 0;
  }

  add(text) {
    this.lines.push(text);
    if (this.lines.length > this.most) {
      this.lines.shift();
      this.dropped++;
    }
  }

  // Give the lines up to one event to the model, with what was seen after it.
  // Return: true if there was an event.
  step(model) {
    let found = false, i = 0;
    for (; i < this.lines.length; i++) {
      const event = this.lines[i].startsWith('{"is":"event"');
      if (event && found) break;
      model.apply(this.lines[i]);
      found ||= event;
    }
    this.lines.splice(0, i);
    return found;
  }
}

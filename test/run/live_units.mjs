// SPDX-License-Identifier: MIT
// Unit tests of the live view's model, for node or the browser: run() returns
// [[name, what went wrong or ""]].
import { readEvent } from "../../course/page/live_events.js";
import { EVENTS_KEPT, Model, Queue } from "../../course/page/live_model.js";
import { changedPages, readSpace, rowsOf, shownRows }
  from "../../course/page/live_space.js";
import { guestText } from "../../course/page/live_text.js";

function equal(got, want) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
  if (a !== b) throw new Error(`got ${a}, want ${b}`);
}

const event = (name, text, more = {}) => JSON.stringify({ is: "event", t: 1,
  cpu: 0, pid: 9, comm: "sh", name, text, ...more });
const switched = (from, to, state = "S") => event("sched_switch",
  `prev_comm=a prev_pid=${from} prev_prio=120 prev_state=${state} ==> ` +
  `next_comm=b next_pid=${to} next_prio=120`);
const space = (areas, tables, pid = 9) => JSON.stringify({ is: "space", pid,
  cut: false, areas, tables });
const AREA = "00010000-00014000 rw-p 00000000 00:00 0 [heap]\n" +
  "ref 1 shadow 0 flags anon\n";
const table = (...pages) => "table 2 0 9 0 1\ntable 0 0 9 1 1\n" +
  pages.map((p) => `page ${p}\n`).join("");
const MACHINE = { cow: "0x100", bits: 9, levels: 3, calls: { 64: "write" } };

function begun() {
  const m = new Model(MACHINE);
  m.apply('{"is":"hello","version":1,"cpus":2}');
  m.apply('{"is":"tasks","list":[[1,1,0,"S",0,20,"init"],' +
    '[9,9,1,"R",0,20,"sh"]]}');
  return m;
}

const tests = {
  "a name cannot imitate what follows it"() {
    const evil = "x prev_pid=7";
    const e = readEvent(JSON.parse(event("sched_switch",
      `prev_comm=${evil} prev_pid=9 prev_prio=120 prev_state=S ==> ` +
      "next_comm= ==> next_comm= next_pid=8 next_prio=120")));
    equal([e.from, e.fromName, e.to, e.toName],
      [9, evil, 8, " ==> next_comm="]);
  },
  "a name with a line end, or one of bytes, is text"() {
    equal(guestText("a\nb\u202ec"), "a\ufffdb\ufffdc");
    equal(guestText("gr\u00c3\u00bcn"), "grün");
    equal(guestText("\u00ff\u00fe"), "\u00ff\u00fe");
  },
  "an event of an odd name is shown as it is"() {
    for (const name of ["constructor", "__proto__", "my_probe"])
      equal(readEvent(JSON.parse(event(name, "a=1"))).told, `${name}: a=1`);
  },
  "fork, exec, exit change the tree"() {
    const m = begun();
    m.apply(event("sched_process_fork",
      "comm=sh pid=9 child_comm=sh child_pid=10"));
    m.apply(event("sched_process_exec", "filename=/bin/ls pid=10 old_pid=10",
      { pid: 10 }));
    equal(m.tree().map(([t, d]) => [t.tid, t.name, d]),
      [[1, "init", 0], [9, "sh", 1], [10, "ls", 2]]);
    m.apply(event("sched_process_exit", "comm=ls pid=10 prio=120",
      { pid: 10 }));
    equal(m.tasks.get(10).state, "Z");
    m.apply('{"is":"tasks","list":[[1,1,0,"S",0,20,"init"]]}');
    equal(m.tree().length, 1);
  },
  "a tree with a ring ends"() {
    const m = begun();
    m.apply('{"is":"tasks","list":[[5,5,6,"S",0,20,"a"],' +
      '[6,6,5,"S",0,20,"b"],[7,7,7,"S",0,20,"c"]]}');
    equal(m.tree().map(([t]) => t.tid), [7]);
  },
  "switches say who runs, and who waits for a CPU"() {
    const m = begun();
    equal(m.queueOf(0).map((t) => t.tid), [9]);
    m.apply(switched(0, 9));
    equal([m.cpus[0], m.queueOf(0).length, m.runningOn(9)], [9, 0, 0]);
    m.apply(switched(9, 1, "R+"));
    equal([m.cpus[0], m.queueOf(0).map((t) => t.tid)], [1, [9]]);
    m.apply(switched(1, 0, "X"));
    equal([m.cpus[0], m.tasks.has(1)], [0, false]);
  },
  "calls get their names, and their ends"() {
    const m = begun();
    m.apply(event("sys_enter", "NR 64 (1, 2, 3, 0, 0, 0)"));
    m.apply(event("sys_exit", "NR 64 = 3", { t: 5 }));
    equal(m.events.map((e) => [e.told, e.end]),
      [["write(1, 2, 3, 0, 0, 0)", 5], ["write = 3", undefined]]);
  },
  "signals and faults are told"() {
    const m = begun();
    m.apply(event("signal_generate",
      "sig=17 errno=0 code=1 comm=<b>x</b> pid=10 grp=1 res=0"));
    m.apply(event("page_fault_user",
      "address=0x3fff0 ip=0x10 error_code=0x6"));
    m.apply(event("page_fault_user", "address=0x0 ip=0x10 error_code=0x5"));
    m.apply(event("page_fault_user", "address=0x0 ip=0x0 error_code=0x14"));
    equal(m.events.map((e) => [e.kind, e.told]),
      [["signal", "sends SIGCHLD to <b>x</b> (10)"],
        ["fault", "fault at 0x3fff0 (write, no page)"],
        ["fault", "fault at 0x0 (read, not permitted)"],
        ["fault", "fault at 0x0 (fetch, no page)"]]);
  },
  "the kinds of pages are those of show space"() {
    const areas = readSpace(AREA, table("10000 0 1 1 a 1", "11000 0 1 101 a 2",
      "12000 0 1 1 f 2", "13000 0 1 0 n 0"), MACHINE);
    equal(areas.map((a) => a.runs.map((r) => [r.first, r.count, r.state])),
      [[[16, 1, "o"], [17, 1, "c"], [18, 1, "s"], [19, 1, "w"]]]);
    const stateOf = (text) => readSpace(AREA, text, MACHINE)[0].runs[0].state;
    equal(stateOf(table("10000 0 1 1 f 1")), "f");
    // in a table of two trees
    equal(stateOf("table 0 0 9 1 2\npage 10000 0 1 1 a 1\n"), "c");
  },
  "a page that a fault brought is marked"() {
    const m = begun();
    m.apply(space(AREA, table("10000 0 1 1 a 1")));
    equal(m.space.changed.size, 0);
    m.apply(event("page_fault_user", "address=0x11008 ip=0x1 error_code=0x6"));
    m.apply(space(AREA, table("10000 0 2 1 a 1")));
    equal([[...m.space.changed], m.space.faults.map((f) => f.address)],
      [[[17, [".", "o"]]], [0x11008]]);
    m.apply(space(AREA, table("11000 0 1 1 a 1")));
    equal([...m.space.changed], [[16, ["o", "."]]]);
  },
  "another process is not compared with the last"() {
    const m = begun();
    m.apply(space(AREA, table("10000 0 1 1 a 1")));
    m.apply(space(AREA, table("11000 0 1 1 a 1"), 1));
    equal(m.space.changed.size, 0);
  },
  "rows that are alike are drawn once"() {
    const areas = readSpace("00000000-00400000 r--p 0 0 0 x\n", "", MACHINE);
    equal(rowsOf(areas[0]), [[16, 0, ".".repeat(64)]]);
    equal(shownRows(areas[0]), [[0, ".".repeat(64)], [15]]);
  },
  "a run of countless pages is left out"() {
    const areas = readSpace("00000000-7ffffffff000 r--p 0 0 0 x\n",
      table("0 2 99999999 1 a 1"), MACHINE);
    equal(areas[0].runs, []);
    equal(changedPages([], areas).size, 0);
  },
  "memory is bounded, and what is dropped is counted"() {
    const m = begun();
    for (let i = 0; i < EVENTS_KEPT * 1.5; i++) m.apply(event("x", "y"));
    equal(m.events.length <= EVENTS_KEPT * 1.1, true);
    equal(m.events.length + m.lost.old, EVENTS_KEPT * 1.5);
    for (let i = 10; i < 9000; i++)
      m.apply(event("sched_wakeup", `comm=a pid=${i} prio=1 target_cpu=000`));
    equal(m.tasks.size <= 5000, true);
  },
  "loss is counted, by where it was"() {
    const m = begun();
    m.apply('{"is":"lost","cpu":0,"count":7}');
    m.apply('{"is":"lost","cpu":-1,"count":2}');
    m.apply('{"is":"lost","cpu":-2,"count":4}');
    m.apply('{"is":"eve');
    equal([m.lost.guest, m.lost.unread, m.lost.view, m.lostTotal],
      [7, 3, 4, 14]);
  },
  "lines of no sense change nothing"() {
    const m = begun();
    for (const line of ["null", "7", '"x"', "[]", '{"is":"tasks"}',
      '{"is":"event"}', '{"is":"space"}'])
      m.apply(line);
    equal(m.events.length, 1);
  },
  "a step takes one event, with what was seen after it"() {
    const m = begun(), q = new Queue();
    [event("x", "1"), space(AREA, ""), event("x", "2")].forEach((l) =>
      q.add(l));
    equal([q.step(m), m.events.length, m.space !== null, q.lines.length],
      [true, 1, true, 1]);
    equal([q.step(m), q.step(m), m.events.length], [true, false, 2]);
  },
  "a frozen view keeps so many lines"() {
    const q = new Queue(3);
    for (let i = 0; i < 5; i++) q.add(`${i}`);
    equal([q.lines, q.dropped], [["2", "3", "4"], 2]);
  },
};

export function run() {
  return Object.entries(tests).map(([name, test]) => {
    try {
      test();
      return [name, ""];
    } catch (why) {
      return [name, why.message];
    }
  });
}

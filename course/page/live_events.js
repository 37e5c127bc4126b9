// SPDX-License-Identifier: MIT
// Events, from the text of a record of /sys/kernel/tracing.  A task's name may
// contain anything, but at most 15 bytes: too few to imitate what must follow.
import { SIGNALS, guestText } from "./live_text.js";

const NAME = "([^]{0,15})";
const SWITCH = new RegExp(
  `^prev_comm=${NAME} prev_pid=(\\d+) prev_prio=-?\\d+ prev_state=(\\S+) ==> ` +
  `next_comm=${NAME} next_pid=(\\d+) next_prio=-?\\d+$`);
const WAKEUP = new RegExp(
  `^comm=${NAME} pid=(\\d+) prio=-?\\d+ target_cpu=(\\d+)$`);
const FORK = new RegExp(
  `^comm=${NAME} pid=(\\d+) child_comm=${NAME} child_pid=(\\d+)$`);
const EXEC = /^filename=([^]*) pid=(\d+) old_pid=\d+$/;
const FAULT = /^address=(0x[0-9a-f]+) ip=(0x[0-9a-f]+) error_code=(0x[0-9a-f]+)$/;
const ENTER = /^NR (-?\d+) \(([^)]*)\)$/;
const EXIT = /^NR (-?\d+) = (-?\d+)$/;
const GENERATE = new RegExp(`^sig=(\\d+) errno=-?\\d+ code=-?\\d+ ` +
  `comm=${NAME} pid=(\\d+) grp=\\d+ res=\\d+$`);
const DELIVER = /^sig=(\d+) errno=-?\d+ code=-?\d+ sa_handler=([0-9a-f]+)/;

export const KINDS = {
  switch: "switches", fault: "page faults", call: "system calls",
  signal: "signals", family: "fork, exec, exit", other: "others",
};

// What the page can turn on and off in the guest.
export const CHOICE = ["switch", "fault", "call", "signal"];

// Linux's bits of i386's error code.
function faultWords(code) {
  const what = code & 16 ? "fetch" : code & 2 ? "write" : "read";
  return `${what}, ${code & 1 ? "not permitted" : "no page"}`;
}

function callName(machine, number) {
  return machine?.calls?.[number] ?? `call ${number}`;
}

const PARSERS = {
  sched_switch: [SWITCH, (m) => ({
    kind: "switch", from: +m[2], fromName: guestText(m[1]), state: m[3],
    to: +m[5], toName: guestText(m[4]),
    told: `${+m[2] ? guestText(m[1]) : "idle"} → ` +
      `${+m[5] ? guestText(m[4]) : "idle"}`,
  })],
  sched_wakeup: [WAKEUP, (m) => ({
    kind: "switch", woken: +m[2], target: +m[3], wokenName: guestText(m[1]),
    told: `wakes ${guestText(m[1])} (${m[2]}) on CPU ${+m[3]}`,
  })],
  sched_wakeup_new: [WAKEUP, (m) => ({
    kind: "switch", woken: +m[2], target: +m[3], wokenName: guestText(m[1]),
    told: `${guestText(m[1])} (${m[2]}) may run on CPU ${+m[3]}`,
  })],
  sched_process_fork: [FORK, (m) => ({
    kind: "family", parent: +m[2], child: +m[4], childName: guestText(m[3]),
    told: `forks ${guestText(m[3])} (${m[4]})`,
  })],
  sched_process_exec: [EXEC, (m) => ({
    kind: "family", file: guestText(m[1]), who: +m[2],
    told: `becomes ${guestText(m[1])}`,
  })],
  sched_process_exit: [/^/, () => ({ kind: "family", ends: true,
    told: "ends" })],
  page_fault_user: [FAULT, (m) => ({
    kind: "fault", address: Number(m[1]), ip: Number(m[2]),
    told: `fault at ${m[1]} (${faultWords(+m[3])})`,
  })],
  page_fault_kernel: [FAULT, (m) => ({
    kind: "fault", address: Number(m[1]), ip: Number(m[2]),
    told: `fault of the kernel at ${m[1]} (${faultWords(+m[3])})`,
  })],
  sys_enter: [ENTER, (m, machine) => ({
    kind: "call", number: +m[1], enters: true,
    told: `${callName(machine, m[1])}(${m[2]})`,
  })],
  sys_exit: [EXIT, (m, machine) => ({
    kind: "call", number: +m[1], leaves: true,
    told: `${callName(machine, m[1])} = ${m[2]}`,
  })],
  signal_generate: [GENERATE, (m) => ({
    kind: "signal", signal: +m[1], target: +m[3],
    told: `sends ${SIGNALS[m[1]] ?? "signal " + m[1]} to ` +
      `${guestText(m[2])} (${m[3]})`,
  })],
  signal_deliver: [DELIVER, (m) => ({
    kind: "signal", signal: +m[1],
    told: `gets ${SIGNALS[m[1]] ?? "signal " + m[1]}` +
      (m[2] === "0" ? "" : `, handler at 0x${m[2]}`),
  })],
};

// line: an object of the stream with "is": "event".
export function readEvent(line, machine) {
  const event = {
    t: Number(line.t) || 0, cpu: Number(line.cpu) || 0,
    tid: Number(line.pid) || 0, comm: guestText(line.comm),
    name: guestText(line.name), kind: "other",
    told: `${guestText(line.name)}: ${guestText(line.text)}`,
  };
  if (!Object.hasOwn(PARSERS, line.name)) return event;
  const [pattern, make] = PARSERS[line.name];
  const match = pattern.exec(line.text);
  return match ? Object.assign(event, make(match, machine)) : event;
}

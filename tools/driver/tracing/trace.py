# SPDX-License-Identifier: MIT
"""`./lectern trace -- CMD`: show what the kernel does for a program.

Without -e: the program's system calls, one a line in strace's format.  The
kernel's own decoder (trace=syscalls) writes them to the log.  With -e: events
of /sys/kernel/tracing, which user/bin/tracer sets up around the program and
prints.  They are shown as they are, as a timeline for Perfetto and
chrome://tracing, or as counts and distributions in DTrace's way.
"""
import errno
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict

from .. import packages
from ..machine import run as run_module
from ..build import build_to_run
from ..common import BUILD, EXIT_USAGE, MACHINES, TOP, Failure, near, said_here
from ..progress import Waiting, room
from .trace_names import Names

import syscalls

TRACER = "/usr/lectern/bin/tracer"
NOT_BEGUN = 125
CALLS = ("raw_syscalls:sys_enter", "raw_syscalls:sys_exit")
TIMELINE = ("sched:sched_switch", "sched:sched_wakeup",
            "sched:sched_process_exit", *CALLS, "exceptions:",
            "signal:signal_deliver")
LINE = re.compile(r" *(.{1,16}?)-(\d+) +\[(\d+)\] (\S{5}) +(\d+)\.(\d{6}): "
                  r"(\w+): (.*)")
LOST = re.compile(r"CPU:\d+ \[LOST (\d+) EVENTS\]")
STACK = re.compile(r".{16}-\d+ +\[(\d+)\] \S{5} +\d+\.\d{6}: <stack trace>")
FRAME = re.compile(r" => (\S+)")
WIDTH = 40                      # width of a bar


def add_options(p):
    run_module.add_machine_options(p)
    p.add_argument("-e", "--event", action="append", default=[],
                   metavar="PROBES",
                   help="events, separated by commas: sched:sched_switch, "
                        "sched:*, kmem: (default: system calls); "
                        "probe:FUNCTION for its calls, and retprobe:FUNCTION "
                        "for its returns, both with the values to read there: "
                        "'probe:sys_openat name=+0($arg2):string'")
    p.add_argument("-f", "--filter", metavar="FILTER",
                   help="only events with such fields: 'prev_prio < 100 && "
                        "next_comm ~ \"py*\"'")
    p.add_argument("-o", "--output", metavar="FILE",
                   help="write the text to FILE (default: standard error)")
    what = p.add_mutually_exclusive_group()
    what.add_argument("--chrome", metavar="FILE",
                      help="write a timeline of CPUs and tasks, for "
                           "ui.perfetto.dev or chrome://tracing")
    what.add_argument("--count", action="store_true",
                      help="count the events")
    what.add_argument("--quantize", metavar="FIELD",
                      help="show the distribution of a field's values; "
                           "duration: of system calls, and of functions with "
                           "both probes, in us")
    p.add_argument("--by", metavar="FIELD,...",
                   help="count or quantize separately for each value: event, "
                        "comm, pid, cpu, name, stack, or any field")
    p.add_argument("--stack", action="store_true",
                   help="with -e: the kernel's call stack of each event")


# ---- system calls, from the log --------------------------------------------

CALL = re.compile(r"\[ *\d+\.\d+\] trace: (.*?)\[(\d+)\] (\w+|\?)(\(.*|"
                  r" = (-?\d+) \(0x[0-9a-f]+\)| = 0 \(0\))$")
BIRTHS = ("clone", "fork", "vfork", "clone3")


def calls_of(log):
    """Return: [(tid, name, text of the call or None, result or None)]"""
    found = []
    for line in log:
        m = CALL.match(line.rstrip("\n"))
        if not m:
            continue
        begins = m[4].startswith("(")
        found.append((int(m[2]), m[3], m[4] if begins else None,
                      None if begins else int(m[5] or 0)))
    return found


def family(found):
    """Return: the task that init made for the program, and its descendants"""
    tree = set()
    for tid, name, text, result in found:
        if text is None and name in BIRTHS and result > 0 and \
                (tid in tree or (tid == 1 and not tree)):
            tree.add(result)
    return tree


def result_text(value):
    if -4096 < value < 0:
        name = errno.errorcode.get(-value, f"E{-value}")
        return f"-1 {name} ({os.strerror(-value)})"
    return str(value) if abs(value) < 1 << 31 else f"{value & (1 << 64) - 1:#x}"


def strace(log, arch):
    """Yield lines in strace's format."""
    names = Names(arch)
    found = calls_of(log)
    tree, open_calls = family(found), {}
    several = len(tree) > 1
    for tid, name, text, result in found:
        if tid not in tree:
            continue
        who = f"[pid {tid:5}] " if several else ""
        if text is not None:
            open_calls[tid] = name + names.told(name, text)
            if name in ("exit", "exit_group"):
                yield f"{who}{open_calls.pop(tid)} = ?"
        elif tid in open_calls:
            yield f"{who}{open_calls.pop(tid)} = {result_text(result)}"
    for tid, text in open_calls.items():
        who = f"[pid {tid:5}] " if several else ""
        yield f"{who}{text} <unfinished ...>"


# ---- events ----------------------------------------------------------------

class Event:
    """A line of the trace."""

    def __init__(self, match):
        self.comm, self.pid, self.cpu = match[1], int(match[2]), int(match[3])
        self.us = int(match[5]) * 1000000 + int(match[6])
        self.name, self.text = match[7], match[8]
        self.fields = {key: value.strip('"') for key, value in
                       re.findall(r'(\w+)=("[^"]*"|\S*)', self.text)}
        self.fields |= {"event": self.name, "comm": self.comm,
                        "pid": str(self.pid), "cpu": str(self.cpu)} | (
            {"target": self.fields["pid"]} if "pid" in self.fields else {})

    def number(self, field):
        try:
            return int(self.fields[field], 0)
        except (KeyError, ValueError):
            return None


def call_names(arch):
    """Return: {number: name}"""
    machine = MACHINES[arch]
    return {c.number(machine): c.name
            for c in syscalls.load(os.path.join(TOP, "kernel", "syscall",
                                                "syscalls.tbl"))
            if c.number(machine) is not None}


def add_call(event, names, begun):
    """Add fields of a system call that its text lacks as KEY=VALUE."""
    m = re.match(r"NR (-?\d+)(?: \((.*)\)| = (-?\d+))", event.text)
    if not m:
        return
    event.fields |= {"id": m[1], "name": names.get(int(m[1]), m[1])}
    if m[2] is not None:
        event.fields |= {f"a{i}": "0x" + a
                         for i, a in enumerate(m[2].split(", "))}
        begun[event.pid] = event
        return
    event.fields["ret"] = m[3]
    first = begun.pop(event.pid, None)
    if first and first.fields["id"] == m[1]:
        event.fields["duration"] = str(event.us - first.us)
        event.first = first


ENTRY = re.compile(r"\(([\w.]+)\+0x0/0x[0-9a-f]+\)")
RETURN = re.compile(r"\(\S+ <- ([\w.]+)\)")


def add_probed(event, within):
    """within: {(task, function): calls that have not returned}"""
    entry, back = ENTRY.match(event.text), RETURN.match(event.text)
    if entry:
        within[event.pid, entry[1]].append(event)
    elif back and within[event.pid, back[1]]:
        event.first = within[event.pid, back[1]].pop()
        event.fields["duration"] = str(event.us - event.first.us)


def events_of(lines, arch):
    """Return: (the events, how many were lost)"""
    names, begun, found, lost = call_names(arch), {}, [], 0
    within = defaultdict(list)
    last, stack = {}, None      # each CPU's last event; the stack being read
    for line in lines:
        m = LINE.fullmatch(line)
        if m:
            found.append(Event(m))
            last[found[-1].cpu] = found[-1]
            if m[7] in ("sys_enter", "sys_exit"):
                add_call(found[-1], names, begun)
            elif m[8].startswith("("):
                add_probed(found[-1], within)
        elif STACK.fullmatch(line):
            stack = last.get(int(STACK.fullmatch(line)[1]))
            if stack:
                stack.fields["stack"] = ""
        elif FRAME.fullmatch(line):
            if stack:
                stack.fields["stack"] += "\n" + FRAME.fullmatch(line)[1]
        elif LOST.fullmatch(line):
            lost += int(LOST.fullmatch(line)[1])
    return found, lost


# ---- aggregates ------------------------------------------------------------

def keys_of(options):
    return [k for k in (options.by or "event").split(",") if k]


def grouped(events, keys):
    """Return: {values of the keys: events}, of events with all the keys"""
    found = defaultdict(list)
    for e in events:
        if all(k in e.fields for k in keys):
            found[tuple(e.fields[k] for k in keys)].append(e)
    known = sorted({k for e in events for k in e.fields})
    for k in keys:
        if events and k not in known:
            raise Failure(f"--by {k}: no event has such a field"
                          + near(k, known), EXIT_USAGE)
    return found


def key_lines(keys, key):
    """Yield the values, and a stack's frames below them."""
    yield " ".join(v for k, v in zip(keys, key) if k != "stack")
    for k, v in zip(keys, key):
        if k == "stack":
            yield from (" " * 14 + frame for frame in v.split("\n")[1:])


def count_table(events, keys):
    found = Counter({key: len(es) for key, es in
                     grouped(events, keys).items()})
    yield f"{'count':>9}  {' '.join(keys)}"
    for key, n in sorted(found.items(), key=lambda x: (-x[1], x[0])):
        first, *frames = key_lines(keys, key)
        yield f"{n:9}  {first}".rstrip()
        yield from frames


def bucket(value):
    """Return: the power of two at or below a value, with its sign"""
    if not value:
        return 0
    size = 1 << (abs(value).bit_length() - 1)
    return size if value > 0 else -size


def steps(low, high):
    """Yield every bucket from one to the other."""
    at = low
    while at <= high:
        yield at
        at = -(-at // 2) if at < -1 else at + 1 if at < 1 else at * 2


def distribution(values):
    """Draw a distribution like DTrace's quantize()."""
    found = Counter(bucket(v) for v in values)
    yield (f"{'value':>16}  ------------- Distribution ------------- count")
    for at in steps(min(found), max(found)):
        bar = "@" * round(found[at] * WIDTH / len(values))
        yield f"{at:16} |{bar:{WIDTH}} {found[at]}"


def quantized(events, field, keys):
    mine = [e for e in events if e.number(field) is not None]
    if not mine:
        known = {k for e in events for k in e.fields
                 if e.number(k) is not None}
        raise Failure(f"--quantize {field}: no event has such a numeric field"
                      + near(field, known), EXIT_USAGE)
    for key, es in sorted(grouped(mine, keys).items()):
        yield from key_lines(keys, key)
        yield from distribution([e.number(field) for e in es])
        yield ""


# ---- a timeline ------------------------------------------------------------

CPUS, TASKS = 1, 2              # the two "processes" of the timeline


def named(kind, pid, tid, name):
    return {"ph": "M", "name": kind, "pid": pid, "tid": tid,
            "args": {"name": name}}


def slice_of(name, pid, tid, begin, end, args):
    return {"ph": "X", "name": name, "pid": pid, "tid": tid, "ts": begin,
            "dur": end - begin, "args": args}


def turn_of(cpu, begin, end, state):
    """begin: the task's (when, number, name). Return: its slice on that CPU"""
    return slice_of(f"{begin[2]}-{begin[1]}", CPUS, cpu, begin[0], end,
                    {"state": state})


def timeline(events):
    """Return: Chrome's JSON: the task that runs on each CPU, and the calls of
    each task.  A task that still runs at the end runs up to the last event."""
    out = [named("process_name", CPUS, 0, "CPUs"),
           named("process_name", TASKS, 0, "tasks")]
    names, running = {}, {}
    for e in events:
        if e.name == "sched_switch":
            m = re.match(r"prev_comm=(.*) prev_pid=.* ==> next_comm=(.*) "
                         r"next_pid=(\d+) ", e.text)
            begin = running.get(e.cpu)
            if begin and begin[1] != "0":
                out.append(turn_of(e.cpu, begin, e.us,
                                   e.fields["prev_state"]))
            running[e.cpu] = (e.us, m[3], m[2])
            continue
        names[e.pid] = e.comm
        if "duration" in e.fields:
            name = e.fields["name"] if e.name == "sys_exit" else e.name
            out.append(slice_of(name, TASKS, e.pid, e.first.us, e.us,
                                {"ret": e.fields.get("ret", "")}))
        elif e.name not in ("sys_enter", "sys_exit"):
            out.append({"ph": "i", "s": "t", "name": e.name, "pid": TASKS,
                        "tid": e.pid, "ts": e.us, "args": {"text": e.text}})
    out += [turn_of(cpu, begin, max(e.us for e in events), "R")
            for cpu, begin in running.items() if begin[1] != "0"]
    out += [named("thread_name", CPUS, cpu, f"CPU {cpu}")
            for cpu in sorted({e.cpu for e in events})]
    out += [named("thread_name", TASKS, pid, f"{comm} {pid}")
            for pid, comm in sorted(names.items())]
    return json.dumps({"traceEvents": out, "displayTimeUnit": "ns"}, indent=0)


# ---- the guest -------------------------------------------------------------

def machine_words(options):
    return run_module.machine_arguments(options) + (
        ["--icount"] if options.smp is None else [])


def wanted(options):
    words = [w for text in options.event for w in text.split(",") if w]
    if options.event and not words:
        raise Failure("-e: no event is named", EXIT_USAGE)
    return words or list(TIMELINE if options.chrome else CALLS)


def is_plain(options):
    return not (options.chrome or options.count or options.quantize)


def trace_events(options, command, told):
    """told: called with each line, as it comes.
    Return: the program's exit status"""
    words = [w for event in wanted(options) for w in ("-e", event)]
    if options.filter:
        words += ["-f", options.filter]
    if options.chrome:
        words.append("-a")
    if options.stack or "stack" in keys_of(options):
        words.append("-s")
    why = None
    with Waiting(f"tracing {command[0]}", beside=True), \
            said_here() as here, subprocess.Popen(
            [os.path.join(TOP, "lectern"), "run", *machine_words(options),
             "--", TRACER, *words, "--", *command], text=True,
            errors="replace", stdout=subprocess.PIPE,
            stderr=sys.stdout.fileno(), **here) as child:
        for line in child.stdout:
            if line.startswith("! "):
                why = line[2:].rstrip("\n")
            else:
                told(line.rstrip("\n"))
    if child.returncode == NOT_BEGUN and why:
        raise Failure(why, EXIT_USAGE)
    return child.returncode


def trace_calls(options, command):
    """Return: (the program's exit status, lines in strace's format)"""
    os.makedirs(BUILD, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lectern-") as folder:
        log = os.path.join(folder, "log")
        with Waiting(f"tracing {command[0]}", beside=True):
            done = subprocess.run(
                [os.path.join(TOP, "lectern"), "run",
                 *machine_words(options), "--append", "trace=syscalls",
                 "--log", log, "--", *command])
        with open(log, errors="replace") as f:
            return done.returncode, list(strace(f, options.arch))


class Output:
    """Writes lines to a file, or to standard error."""

    def __init__(self, path):
        self.path = path
        try:
            self.file = open(path, "w") if path else sys.stderr
        except OSError as why:
            self._failed(why)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.path:
            self.file.close()

    def _failed(self, why):
        raise Failure(f"{self.path}: {why.strerror}", EXIT_USAGE) from None

    def line(self, text):
        if not self.path:
            room()
        try:
            print(text, file=self.file)
        except OSError as why:
            self._failed(why)


def write(lines, output):
    with Output(output) as out:
        for line in lines:
            out.line(line)


def report(options, lines):
    """Return: the lines of a report on the whole trace"""
    events, lost = events_of(lines, options.arch)
    if lost:
        print(f"lectern: {lost} events were lost", file=sys.stderr)
    if options.chrome:
        return [timeline([e for e in events if e.comm != "tracer"])]
    keys = keys_of(options)
    if options.count:
        return list(count_table(events, keys))
    return list(quantized(events, options.quantize, keys))


def trace(options, command):
    """Carry out the `trace` command. Return: the program's exit status"""
    if not command:
        raise Failure("trace: put the program after --", EXIT_USAGE)
    if options.by and not (options.count or options.quantize):
        raise Failure("--by goes with --count or --quantize", EXIT_USAGE)
    if options.stack and not options.event:
        raise Failure("--stack needs -e EVENT", EXIT_USAGE)
    if options.filter and not options.event:
        raise Failure("-f needs -e EVENT", EXIT_USAGE)
    packages.require(packages.for_run(options.arch), not options.no_install)
    build_to_run(options.arch, command)
    with Output(options.chrome or options.output) as out:
        if options.event and is_plain(options):
            return trace_events(options, command, out.line)
        if is_plain(options):
            status, lines = trace_calls(options, command)
        else:
            events = []
            status = trace_events(options, command, events.append)
            lines = report(options, events)
        for line in lines:
            out.line(line)
    return status

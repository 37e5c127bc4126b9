#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""trace_test.py ARCH - ./lectern trace: what it makes of a log and of events,
by examples, and whole runs of it."""
import json
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (LECTERN, Tap, equal, errors_of, holds,  # noqa: E402
                     limit, matches, out_of, run)
from driver.tracing import trace  # noqa: E402
from driver.tracing import trace_names as names  # noqa: E402

ARCH = sys.argv[-1]

LOG = """\
[    0.01] trace: init[1] clone(0x11, 0, 0, 0, 0)
[    0.01] trace: init[1] clone = 9 (0x9)
[    0.01] trace: init[9] execve("/bin/sh", 0x19c40, 0x3ff6f09000)
[    0.01] mm: another line
[    0.02] trace: sh[9] execve = 0 (0)
[    0.02] trace: sh[9] clone(0x1200011, 0, 0, 0, 0x28d0f0)
[    0.02] trace: sh[10] close(7)
[    0.02] trace: other[4] close(7)
[    0.02] trace: sh[9] clone = 10 (0xa)
[    0.03] trace: sh[10] close = -9 (0xfffffffffffffff7)
[    0.03] trace: sh[9] wait4(-1, 0x3fffc8a3dc, 0, 0)
[    0.03] trace: sh[10] exit_group(0)
"""
# (machine, as the kernel has it, as strace has it)
NAMED = (
    ("riscv64", 'openat(-100, "a, "b", 0x80000, 0", 0x8241, 0644)',
     'openat(AT_FDCWD, "a, "b", 0x80000, 0", '
     "O_WRONLY|O_CREAT|O_TRUNC|O_LARGEFILE, 0644)"),
    ("riscv64", 'openat(3, "x"..., 0, 0)', 'openat(3, "x"..., O_RDONLY, 0)'),
    ("riscv64", 'openat(3, 0x2, 0x40080001, 0)',
     "openat(3, 0x2, O_WRONLY|O_CLOEXEC|0x40000000, 0)"),
    ("arm64", 'openat(-100, "/", 0xc000, 0)',
     'openat(AT_FDCWD, "/", O_RDONLY|O_DIRECTORY|O_NOFOLLOW, 0)'),
    ("riscv64", "mmap(0, 4096, 0x3, 0x22, -1, 0)",
     "mmap(0, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)"),
    ("i386", "mmap2(0, 4096, 0, 0x80000000, -1, 0)",
     "mmap2(0, 4096, 0, 0x80000000, -1, 0)"),
    ("riscv64", "clone(0x1200011, 0, 0, 0, 0x28d0f0)",
     "clone(CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, 0, 0, 0, "
     "0x28d0f0)"),
    ("riscv64", "wait4(-1, 0, 3, 0)", "wait4(-1, 0, WNOHANG|WUNTRACED, 0)"),
    ("i386", "wait4(-1, 0, -2147483648, 0)", "wait4(-1, 0, __WCLONE, 0)"),
    ("riscv64", "kill(10, 15)", "kill(10, SIGTERM)"),
    ("i386", "kill(10, 34)", "kill(10, SIGRTMIN)"),
    ("i386", "kill(10, 0)", "kill(10, 0)"),
    ("riscv64", "futex(0x1000, 137, 1, 0, 0, 4294967295)",
     "futex(0x1000, FUTEX_WAIT_BITSET|FUTEX_PRIVATE_FLAG, 1, 0, 0, "
     "4294967295)"),
    ("riscv64", "ioctl(0, 21505, 0x3fff)", "ioctl(0, TCGETS, 0x3fff)"),
    ("riscv64", "ioctl(0, 4660, 0x3fff)", "ioctl(0, 0x1234, 0x3fff)"),
    ("riscv64", "clock_gettime(-10, 0x10)", "clock_gettime(-10, 0x10)"),
    ("riscv64", "setsockopt(3, 1, 2, 0x10, 4)",
     "setsockopt(3, 1, SO_REUSEADDR, 0x10, 4)"),
    ("riscv64", 'mknodat(-100, "p", 010644, 0)',
     'mknodat(AT_FDCWD, "p", S_IFIFO|0644, 0)'),
    # an argument of two words
    ("i386", "fallocate(3, 1, 0, 0, 5, 0)",
     "fallocate(3, FALLOC_FL_KEEP_SIZE, 0, 0, 5, 0)"),
    ("riscv64", 'openat(-100, "cut off', 'openat(-100, "cut off'),
    ("riscv64", "?(", "?("),
    ("riscv64", "mmap(0x1)", "mmap(0x1)"),
)
CALLS = """\
[pid     9] execve("/bin/sh", 0x19c40, 0x3ff6f09000) = 0
[pid     9] clone(CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, 0, 0, 0, \
0x28d0f0) = 10
[pid    10] close(7) = -1 EBADF (Bad file descriptor)
[pid    10] exit_group(0) = ?
[pid     9] wait4(-1, 0x3fffc8a3dc, 0, 0) <unfinished ...>
"""
HEAD = "              sh-10      [000] .....      "
EVENTS = f"""\
{HEAD}0.000010: sys_enter: NR 63 (1, 2a, 3, 0, 0, 0)
          <idle>-0       [001] d..1.      0.000011: sched_switch: \
prev_comm=swapper/1 prev_pid=0 prev_prio=120 prev_state=R ==> next_comm=a b \
next_pid=12 next_prio=120
CPU:0 [LOST 3 EVENTS]
             a b-12      [001] d..1.      0.000019: sched_switch: \
prev_comm=a b prev_pid=12 prev_prio=120 prev_state=S ==> next_comm=swapper/1 \
next_pid=0 next_prio=120
{HEAD}0.000025: sys_exit: NR 63 = -11
{HEAD}0.000026: mm_page_alloc: page=0x10 pfn=0x1 order=3 migratetype=1
"""
BARS = """\
           value  ------------- Distribution ------------- count
              -4 |@@@@@                                    1
              -2 |                                         0
              -1 |                                         0
               0 |@@@@@                                    1
               1 |@@@@@@@@@@                               2
               2 |@@@@@@@@@@                               2
               4 |                                         0
               8 |@@@@@@@@@@                               2
"""


def text_of(lines):
    return "".join(line + "\n" for line in lines)


def trace_of(*words, status=0):
    """Run ./lectern trace. => (standard output, standard error)"""
    done = subprocess.run(
        [LECTERN, "trace", "--arch", ARCH, *words], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, errors="replace",
        timeout=float(limit(300)))
    equal(done.returncode, status, done.stderr[-1000:])
    return done.stdout, done.stderr


def log_of_calls():
    equal(text_of(trace.strace(LOG.splitlines(), "riscv64")), CALLS)


def names_of_arguments():
    for arch, text, wanted in NAMED:
        name, rest = text.split("(", 1)
        equal(name + names.Names(arch).told(name, "(" + rest), wanted)


def parsed_events():
    events, lost = trace.events_of(EVENTS.splitlines(), "riscv64")
    equal((len(events), lost), (5, 3))
    equal(events[0].fields["name"], "read")
    equal(events[0].number("a1"), 0x2a)
    equal(events[3].number("duration"), 15)
    equal(events[3].number("ret"), -11)
    equal(events[4].number("order"), 3)
    equal((events[2].comm, events[2].cpu, events[2].us), ("a b", 1, 19))


def bars():
    equal(text_of(trace.distribution([-5, 0, 1, 1, 2, 3, 8, 15])), BARS)


def counts():
    events, _ = trace.events_of(EVENTS.splitlines(), "riscv64")
    equal(text_of(trace.count_table(events, ["event", "cpu"])), """\
    count  event cpu
        2  sched_switch 1
        1  mm_page_alloc 0
        1  sys_enter 0
        1  sys_exit 0
""")


STACKS = f"""\
{HEAD}0.000010: sys_enter: NR 63 (1, 2a, 3, 0, 0, 0)
{HEAD}0.000010: <stack trace>
 => trap_syscall
 => vector
{HEAD}0.000011: sys_enter: NR 64 (1, 2a, 3, 0, 0, 0)
{HEAD}0.000011: <stack trace>
 => trap_syscall
 => vector
"""


def stacks():
    events, _ = trace.events_of(STACKS.splitlines(), "riscv64")
    equal(text_of(trace.count_table(events, ["comm", "stack"])), """\
    count  comm stack
        2  sh
              trap_syscall
              vector
""")


PROBED = f"""\
{HEAD}0.000010: f: (f+0x0/0x12) name="a b" n=0x7
{HEAD}0.000012: f: (f+0x0/0x12) name="c" n=0x8
{HEAD}0.000015: f: (g+0x1c/0x30 <- f) ret=-2
{HEAD}0.000030: f: (f+0x1c/0x30 <- f) ret=5
"""


def probed():
    events, _ = trace.events_of(PROBED.splitlines(), "riscv64")
    equal([e.fields.get("name") for e in events], ["a b", "c", None, None])
    equal([e.number("duration") for e in events], [None, None, 3, 20])
    equal((events[0].number("n"), events[2].number("ret")), (7, -2))


def pictures():
    events, _ = trace.events_of(EVENTS.splitlines(), "riscv64")
    found = json.loads(trace.timeline(events))["traceEvents"]
    equal([(e["name"], e["pid"], e["tid"], e["ts"], e["dur"])
           for e in found if e["ph"] == "X"],
          [("a b-12", trace.CPUS, 1, 11, 8), ("read", trace.TASKS, 10, 10,
                                              15)])
    equal([(e["name"], e["args"]) for e in found if e["ph"] == "i"],
          [("mm_page_alloc", {"text": "page=0x10 pfn=0x1 order=3 "
                              "migratetype=1"})])
    # it runs as the trace ends
    found = json.loads(trace.timeline(
        [e for e in events if e.us < 19 or e.us > 20]))["traceEvents"]
    equal([(e["name"], e["ts"], e["dur"]) for e in found
           if e["ph"] == "X" and e["pid"] == trace.CPUS], [("a b-12", 11, 15)])


def run_calls():
    out, err = trace_of("--", "sh", "-c", "ls / | wc -l; exit 7", status=7)
    holds(re.fullmatch(r"\d+\n", out), f"it printed {out!r}")
    matches(err,
            r'^\[pid +\d+\] execve\("/bin/sh", .*\) = 0$',
            r'^\[pid +\d+\] openat\(AT_FDCWD, "/", O_RDONLY\|.*'
            r'O_DIRECTORY.*\) = 3$',
            r"^\[pid +\d+\] write\(1, 0x[0-9a-f]+, 3\) = 3$",
            r"^\[pid +\d+\] exit_group\(7\) = \?$")


def run_events():
    with tempfile.NamedTemporaryFile("r") as f:
        out, _ = trace_of("--event", "sched:sched_process_exec,sched:sched_"
                          "process_exit", "--filter", "pid > 1", "--output",
                          f.name, "--", "sh", "-c", "env true; echo done")
        text = f.read()
    equal(out, "done\n")
    matches(text,
            r"sched_process_exec: filename=/bin/sh pid=(\d+) old",
            r"comm=true pid=\d+ prio=120$")


def run_debian():
    """A program of Debian's packages, on a machine with less memory."""
    out, err = trace_of("--mem", "96M", "--packages", "libc6", "--", "sh",
                        "-c", "getent passwd root; grep MemTotal /proc/meminfo")
    m = re.fullmatch(r"root:.*:0:0:.*\nMemTotal: +(\d+) kB\n", out)
    if not m or not 48 << 10 < int(m[1]) < 96 << 10:
        raise AssertionError(out)
    matches(err, r'openat\(AT_FDCWD, "/etc/nsswitch.conf", .* = ')


def run_limited():
    """It is ended with its time; that is no output of the program's."""
    out, err = trace_of("--timeout", "3", "-e", "sched:sched_process_exec",
                        "--", "sh", "-c", "while :; do :; done", status=120)
    equal(out, "")
    holds("no end within 3 s" in err, err)


def run_live():
    """Told while the program still waits, for what comes only then."""
    with subprocess.Popen(
            [LECTERN, "trace", "--arch", ARCH, "-e",
             "sched:sched_process_exec", "--", "sh", "-c",
             "read x; echo got $x"], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        for line in child.stderr:
            if "filename=/bin/sh" in line:
                break
        out, _ = child.communicate("it\n", timeout=float(limit(60)))
    equal(out, "got it\n")


def run_count():
    _, err = trace_of("--count", "--by", "event,name", "--",
                      "/usr/lectern/bin/echo", "one")
    if not re.search(r"^ +2  sys_enter write$", err, re.M) or \
            not re.search(r"^ +1  sys_exit execve$", err, re.M):
        raise AssertionError(err)


def run_stacks():
    _, err = trace_of("-e", "sched:sched_switch", "--count", "--by",
                      "event,stack", "--", "sh", "-c", "sleep 0.1 | cat")
    matches(err, r"^ +\d+  sched_switch\n( {14}\w+\n)* {14}pipe_read\n")


def run_probes():
    """A function's calls and returns, by name, with what it was given."""
    probes = ("-e", "probe:sys_openat name=+0($arg2):string",
              "-e", "retprobe:sys_openat")
    _, err = trace_of(*probes, "--", "cat", "/etc/passwd", "/no/such",
                      status=1)
    matches(err,
            r" sys_openat: \(sys_openat\+0x0/0x[0-9a-f]+\) "
            r'name="/etc/passwd"$',
            r" sys_openat: \(\w+\+0x[0-9a-f]+/0x[0-9a-f]+ <- "
            r"sys_openat\) ret=3$", r" <- sys_openat\) ret=-2$")
    _, err = trace_of(*probes, "--count", "--by", "name", "--", "cat",
                      "/etc/passwd", "/etc/passwd")
    matches(err, r"^ +2  /etc/passwd$")
    _, err = trace_of(*probes, "-f", "ret == -2", "--quantize", "ret", "--",
                      "cat", "/no/such", "/no/other", status=1)
    matches(err, r"^ +-2 \|@{40} 2$")
    _, err = trace_of("-e", "probe:pipe_read", "-e", "retprobe:pipe_read",
                      "--quantize", "duration", "--", "sh", "-c",
                      "sleep 0.1 | cat")
    matches(err, r"^ +65536 \|")


def run_quantize():
    _, err = trace_of("-e", "raw_syscalls:", "--quantize", "duration", "--by",
                      "name", "--", "/usr/lectern/bin/echo", "one")
    m = re.search(r"^write\n +value  -+ Distribution -+ count\n"
                  r"((?: +\d+ \|[@ ]{40} \d+\n)+)", err, re.M)
    if not m or sum(int(line.split()[-1])
                    for line in m[1].splitlines()) != 2:
        raise AssertionError(err)


def run_chrome():
    with tempfile.TemporaryDirectory(prefix="lectern-") as folder:
        path = os.path.join(folder, "t.json")
        trace_of("--smp", "2", "--chrome", path, "--", "sh", "-c",
                 "sleep 0.1 | cat")
        with open(path) as f:
            found = json.load(f)["traceEvents"]
    cpus = [e for e in found if e["ph"] == "X" and e["pid"] == trace.CPUS]
    holds(any(e["name"].startswith("sleep-") for e in cpus),
          "sleep is on no CPU")
    for cpu in {e["tid"] for e in cpus}:
        end = 0
        for e in sorted((e for e in cpus if e["tid"] == cpu),
                        key=lambda e: e["ts"]):
            holds(e["ts"] >= end, f"two tasks at once on CPU {cpu}: {e}")
            end = e["ts"] + e["dur"]
    holds(any(e["name"] == "execve" and e["pid"] == trace.TASKS
              for e in found), "no execve is shown")


def hidden():
    """docs/tracing.md: a race that a probe takes away."""
    done = run("run", "--icount", "--", "sh", "-c",
               "d=$(heisenbug); heisenbug $d; cd /sys/kernel/tracing; "
               "echo 1 >events/raw_syscalls/enable; heisenbug $d; "
               "echo 0 >events/enable; heisenbug $d", arch=ARCH)
    equal(out_of(done), "lost\nseen\nlost\n",
          errors_of(done))


def refused():
    for words, said in (
            (["-e", "no_such", "--", "true"], "no_such: no such event"),
            (["-e", "sched:", "-f", "foo == 1", "--", "true"],
             "foo == 1: Field not found"),
            (["-e", "probe:no_such", "--", "true"],
             "probe:no_such: no such function"),
            (["-e", "probe:trap_fault", "--", "true"],
             "not what kprobe_events takes, or no place for a probe"),
            (["--by", "comm", "--", "true"], "--by goes with"),
            (["-f", "pid == 1", "--", "true"], "-f needs -e"),
            (["--stack", "--", "true"], "--stack needs -e"),
            (["-e", ",", "--", "true"], "no event is named"),
            (["--count", "--by", "nmae", "--", "true"],
             "no event has such a field; similar: name"),
            (["--quantize", "no_such", "--", "true"],
             "no event has such a numeric field"),
            ([], "put the program after --")):
        _, err = trace_of(*words, status=2)
        if said not in err or len(err.splitlines()) > 2:
            raise AssertionError(f"{words}: {err}")


def main():
    tap = Tap(shared=ARCH)
    for name, case in (
            ("calls of a log, as strace writes them", log_of_calls),
            ("their flags by name", names_of_arguments),
            ("lines of a trace are understood", parsed_events),
            ("values in powers of two", bars), ("events counted", counts),
            ("calls of a function, and their returns", probed),
            ("a timeline of CPUs and tasks", pictures),
            ("system calls of a run", run_calls),
            ("events of a run, with a filter", run_events),
            ("events of a run, while it runs", run_live),
            ("calls of a program of Debian's", run_debian),
            ("a run that does not end in time", run_limited),
            ("a run's calls counted", run_count),
            ("how long they took", run_quantize),
            ("stacks are told apart", stacks),
            ("by which calls a run's tasks came to sleep", run_stacks),
            ("a run's calls of a function of the kernel", run_probes),
            ("a run as a timeline", run_chrome),
            ("a probe hides a wake-up that is lost", hidden),
            ("what means nothing is refused", refused)):
        tap.case(name, case)
    tap.end()


main()

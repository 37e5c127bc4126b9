#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gdbstub_test.py ARCH - the kernel's own stub for GDB: sessions of
./lectern gdb --stub (before the first program, a breakpoint, steps, other CPUs
held, a panic), and a client that talks nonsense on the line."""
import os
import re
import shutil
import signal
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import BUILD, PATIENCE, Tap, equal, holds, \
    kernel_file, run  # noqa: E402
from driver import initramfs  # noqa: E402
from driver.build import build  # noqa: E402
from driver.machine import Machine, Relay, Settings, receive  # noqa: E402
from driver.run import base_image  # noqa: E402

ARCH = sys.argv[1]
WORD = 8 if ARCH == "riscv64" else 4
STX, ETX = b"\x02", b"\x03"

SESSION = f"""\
echo @start\\n
info threads
bt
echo @write\\n
break sys_write
continue
bt 2
info threads
monitor ps
echo @steps\\n
print/x $pc
stepi
print/x $pc
stepi
stepi 150
echo here I am\\n
echo @finish\\n
delete
finish
echo @memory\\n
print nr_cpus
x/1xw 0
x/1xw 0x{'f' * (2 * WORD - 1)}0
print boot_arg_missing
set var nr_cpus = 77
print nr_cpus
set var nr_cpus = 2
print/x $sp
set var $sp = $sp
echo @monitor\\n
monitor vma
monitor vma 1
monitor vma 99999
monitor locks
monitor log
monitor nonesuch
monitor help
echo @other\\n
thread 2
bt 3
set var $pc = 0
echo @again\\n
thread 1
break arch_clock
continue
break strlen
break sys_exit_group
info threads
delete 3 2
continue
bt 1
delete
continue
"""

PANIC = """\
continue
echo @panic\\n
bt
info threads
monitor log
continue
"""


def session(text, *command):
    done = run("gdb", "--stub", "--smp", "2", "--log",
               os.path.join(BUILD, ARCH, "gdbstub-test.log"), "--", *command,
               arch=ARCH, data=text, timeout=120)
    out = done.stdout.decode(errors="replace")
    parts = re.split(r"^(?:\(gdb\) )*@(\S+)$", out, flags=re.M)
    return (dict(zip(parts[1::2], parts[2::2])), out,
            done.stderr.decode(errors="replace"))


class Line:
    """A client on the serial line of a machine with `kgdb`."""

    def __init__(self, command, smp=1):
        build(ARCH)
        s = Settings(ARCH)
        s.ports, s.append, s.smp = True, ["kgdbwait"], smp
        s.initrds = [base_image(ARCH), initramfs.run_archive(
            command, [], [], [])]
        self.machine = Machine(s)
        self.out = bytearray()
        self.got, self.data = threading.Condition(), bytearray()
        for name in ("stderr", "status"):
            Relay(receive(self.machine.sockets[name]), lambda data: None)
        Relay(receive(self.machine.sockets["stdout"]), self.out.extend)
        Relay(receive(self.machine.sockets["console"]), self._take)

    def _take(self, data):
        with self.got:
            self.data += data
            self.got.notify()

    def until(self, pattern):
        """Wait for it. => the match; what came up to its end is forgotten"""
        with self.got:
            def found():
                return re.search(pattern, bytes(self.data), re.S)
            holds(self.got.wait_for(found, 20 * PATIENCE),
                  f"no {pattern!r} in {bytes(self.data)!r}")
            m = found()
            del self.data[:m.end()]
            return m

    def raw(self, data):
        self.machine.sockets["console"].sendall(data)

    def ask(self, text, ack=b"+"):
        """=> the answer to a packet"""
        self.raw(b"$%s#%02x" % (text, sum(text) & 255))
        m = self.until(rb"\+\$([^#]*)#(..)")
        equal(int(m[2], 16), sum(m[1]) & 255, "the sum of an answer")
        self.raw(ack)
        return m[1]


def symbol(name):
    names = subprocess.run(["nm", kernel_file(ARCH)], text=True,
                           check=True, stdout=subprocess.PIPE).stdout
    return int(re.search(rf"^(\w+) \w {name}$", names, re.M)[1], 16)


def hostile(tap):
    line = Line(["/usr/lectern/bin/echo", "still", "here"])
    with line.machine:
        line.until(STX)

        def says(name, text, pattern):
            def check():
                answer = line.ask(text)
                holds(re.fullmatch(pattern, answer),
                      f"{text!r}: {answer!r} is not {pattern!r}")
            tap.case(name, check)

        says("says why it stopped", b"?", rb"T05thread:1;")

        def broken():
            for data in (b"$g#68", b"$?#3g", b"$" + b"a" * 5000 + b"#00"):
                line.raw(data)
                line.until(rb"-")
            equal(line.ask(b"?"), b"T05thread:1;")
        tap.case("asks for a broken packet again", broken)

        def cut():
            line.raw(b"$m0,4$m0")
            equal(line.ask(b"?"), b"T05thread:1;")
        tap.case("passes over a packet that was cut", cut)

        def repeated():
            line.raw(b"$?#3f")
            line.until(rb"\+\$T05thread:1;#..")
            line.raw(b"-")
            line.until(rb"\$T05thread:1;#..")
            line.raw(b"--")
            line.until(rb"\$T05thread:1;#..")
            line.until(rb"\$T05thread:1;#..")
            line.raw(b"+")
            equal(line.ask(b"?"), b"T05thread:1;")
        tap.case("repeats an answer that was lost", repeated)

        ones = b"f" * (2 * WORD)
        for what in (b"m0,4", b"m%s,10" % ones, b"m%s8,8" % ones[1:]):
            says(f"no memory: {what.decode()}", what, rb"E14")
        says("no bytes of it", b"m0,0", rb"")
        for what in (b"m", b"m,", b"m1", b"mg,1", b"m1,100000", b"m1,1z",
                     b"m1%s,1" % ones, b"M1,2:00", b"M1,1:0g", b"M1,1:0000",
                     b"P", b"Pzz=1", b"P0", b"P0=", b"P0=12", b"G00", b"Gxx00",
                     b"p", b"H", b"Hz0", b"Hg99999", b"T99999", b"Z0",
                     b"Z0,0,1", b"Z0,%s,4" % ones, b"Z0,1000,9", b"z0,77,4",
                     b"Z0,1", b"qThreadExtraInfo,77777", b"qRcmd,7"):
            says(f"refuses {what.decode()}", what, rb"E01")
        says("stores to what is not there", b"M%s0,1:00" % ones[1:], rb"E14")
        says("stores to a program's", b"M1000,1:00", rb"E14")
        for what in (b"", b"!", b"vMustReplyEmpty", b"qNonesuch", b"Z1,1000,4",
                     b"Z2,1000,4", b"X0,0:", b"\xff\xfe"):
            says(f"does not know {what!r}", what, rb"")
        says("a register it has not", b"p7fffffff", rb"x+")
        says("lists threads", b"qfThreadInfo", rb"m1,2,[0-9a-f,]*")
        says("and ends the list", b"qsThreadInfo", rb"l")

        def unchanged():
            before = line.ask(b"g")
            holds(len(before) % (2 * WORD) == 0, before)
            equal(line.ask(b"G" + before), b"OK")
            equal(line.ask(b"g"), before)
            line.ask(b"Hg2")
            equal(line.ask(b"G" + before), b"E01")
            line.ask(b"Hg0")
        tap.case("registers: only of who stopped", unchanged)

        def text_is_stored():
            pc = int.from_bytes(bytes.fromhex(line.ask(
                b"p%x" % (32 if WORD == 8 else 8)).decode()), "little")
            was = line.ask(b"m%x,4" % pc)
            equal(line.ask(b"M%x,4:%s" % (pc, was)), b"OK")
            for kind in ((2, 4) if WORD == 8 else (1,)):
                equal(line.ask(b"Z0,%x,%x" % (pc, kind)), b"OK")
                equal(line.ask(b"m%x,4" % pc), was)
                equal(line.ask(b"Z0,%x,%x" % (pc, kind)), b"OK")
                equal(line.ask(b"z0,%x,%x" % (pc, kind)), b"OK")
                equal(line.ask(b"z0,%x,%x" % (pc, kind)), b"E01")
        tap.case("text is stored to, and restored", text_is_stored)

        def table_fills():
            """In what no session runs."""
            kind = 4 if WORD == 8 else 1
            first = symbol("signal_deliver")
            answers = [line.ask(b"Z0,%x,%x" % (first + 4 * i, kind))
                       for i in range(70)]
            equal(answers, [b"OK"] * 64 + [b"E01"] * 6)
            equal(line.ask(b"D"), b"OK")
        tap.case("so many breakpoints; detached, they go", table_fills)

        def goes_on():
            line.until(ETX)
            line.machine.process.wait(20 * PATIENCE)
            equal(bytes(line.out), b"still here\n")
        tap.case("the program runs as if nothing had been", goes_on)


def stops_when_asked(tap):
    """By 0x03 in the midst of a run, and by a packet of a GDB that comes."""
    line = Line(["/bin/busybox", "sh", "-c", "while :; do :; done"])
    with line.machine:
        line.until(STX)

        def interrupts():
            for _ in range(3):
                line.raw(b"$c#63")
                line.until(ETX)
                line.raw(b"\x03")
                holds(line.until(rb"\x02.*?\$T02thread:([0-9a-f]+);#..")[1],
                      "a thread")
                line.raw(b"+")
        tap.case("0x03 stops it", interrupts)

        def comes_later():
            equal(line.ask(b"D"), b"OK")
            line.until(ETX)
            holds(re.fullmatch(rb"T05thread:[0-9a-f]+;", line.ask(b"?")), "?")
            line.raw(b"$k#6b")
            line.machine.process.wait(20 * PATIENCE)
            equal(line.machine.end_status(), 0)
        tap.case("so does a packet; k ends the machine", comes_later)


class Stops:
    """A client that goes from stop to stop, as GDB does."""

    def __init__(self, line):
        self.line, self.kind = line, 2 if WORD == 8 else 1

    def go(self, how):
        """=> the thread that stopped next"""
        self.line.raw(b"$%s#%02x" % (how, sum(how) & 255))
        m = self.line.until(rb"\x02.*?\$T05thread:([0-9a-f]+);#..")
        self.line.raw(b"+")
        return m[1]

    def pc(self):
        return int.from_bytes(bytes.fromhex(self.line.ask(
            b"p%x" % (32 if WORD == 8 else 8)).decode()), "little")

    def breakpoint(self, how, at):
        equal(self.line.ask(b"%s,%x,%x" % (how, at, self.kind)), b"OK")


CALLS = "while :; do kill -0 $$; done & while :; do kill -0 $$; done"


def two_at_once(tap):
    """Both CPUs run into one breakpoint, again and again: each stop is at it,
    and a step is the step of who asked for it."""
    line = Line(["/bin/busybox", "sh", "-c", CALLS], smp=2)
    with line.machine:
        line.until(STX)
        stops, at = Stops(line), symbol("sys_kill")
        threads = set()

        def alternate():
            # a loaded host may run one CPU alone for a while
            for i in range(1000):
                if i >= 60 and len(threads) == 2:
                    break
                stops.breakpoint(b"Z0", at)
                thread = stops.go(b"c")
                threads.add(thread)
                here = stops.pc() - (0 if WORD == 8 else 1)
                equal(hex(here), hex(at), "the stop")
                stops.breakpoint(b"z0", at)
                line.ask(b"P%x=%s" % (32 if WORD == 8 else 8,
                                      at.to_bytes(WORD, "little").hex()
                                      .encode()))
                equal(stops.go(b"s"), thread, "who stepped")
                here = stops.pc()
                holds(0 < here - at <= 16, f"{here:x}, after {i} times")
        tap.case("two CPUs at one breakpoint: each stop is one", alternate)
        tap.case("of both threads", lambda: equal(len(threads), 2))

        def own_functions():
            for name in ("arch_clock", "smp_poll", "strlen"):
                stops.breakpoint(b"Z0", symbol(name))
            for _ in range(12):
                stops.go(b"c")
                equal(line.ask(b"Hg0"), b"OK")
                here = stops.pc() - (0 if WORD == 8 else 1)
                name = next((n for n in ("arch_clock", "smp_poll", "strlen")
                             if symbol(n) == here), None)
                holds(name, f"stopped at {here:x}")
                stops.breakpoint(b"z0", here)
                line.ask(b"P%x=%s" % (32 if WORD == 8 else 8,
                                      here.to_bytes(WORD, "little").hex()
                                      .encode()))
                stops.go(b"s")
                stops.breakpoint(b"Z0", here)
        tap.case("breakpoints on what the stub itself calls stay",
                 own_functions)
        line.raw(b"$k#6b")
        line.machine.process.wait(20 * PATIENCE)
        tap.case("and it ends when asked", lambda: equal(
            line.machine.end_status(), 0))


def main():
    tap = Tap()
    hostile(tap)
    stops_when_asked(tap)
    two_at_once(tap)
    if not shutil.which("gdb-multiarch"):
        tap.end()
        return
    part, text, errors = session(SESSION, "/usr/lectern/bin/echo", "hello")

    def sees(name, section, *patterns):
        def check():
            holds(section in part, f"the session reached {section}:\n{text}"
                  f"\n{errors}")
            for p in patterns:
                holds(re.search(p, part[section], re.M),
                      f"no {p!r} in:\n{part[section]}")
        tap.case(name, check)

    sees("stops before the first program", "start",
         r"^\* 1 +Thread 1 \(init, running, on it, CPU \d\)",
         r"Thread \d+ \(kthreadd, disk sleep, CPU \d\)", r"idle/1",
         r"#\d+ .* init_task")
    sees("stops at a breakpoint", "write",
         r"hit Breakpoint 1, sys_write \(fd=1",
         r"#0 +sys_write .*\n(.*\n)*#1 .*trap_syscall",
         r"^\* .*\(echo, running, on it, CPU \d\)")
    sees("steps", "steps", r"\$1 = 0x[0-9a-f]+", r"\$2 = 0x[0-9a-f]+",
         r"^(\(gdb\) )*(0x\w+\t)?\d+\t", r"here I am$")
    tap.case("by one instruction", lambda: holds(
        0 < int(re.search(r"\$2 = (0x\w+)", part["steps"])[1], 16)
        - int(re.search(r"\$1 = (0x\w+)", part["steps"])[1], 16) <= 8,
        part["steps"]))
    sees("finishes a function", "finish", r"Run till exit")
    sees("reads and stores", "memory", r"\$\d+ = 2$", r"\$\d+ = 77$")

    def tells():
        """GDB has what `monitor` says on its standard error."""
        for p in (r"^ +\d+ +\d+ +running +\* +\d  echo$",
                  r"Cannot access memory at address 0x0$",
                  r"r-x of a file\n(.*\n)*.*rw- \[stack\]", r"no such task",
                  r"\] gdbstub: waiting for GDB",
                  r"nonesuch: unknown", r"monitor ps "):
            holds(re.search(p, errors, re.M), f"no {p!r} in:\n{errors}")
    tap.case("tells of itself", tells)
    sees("shows another task", "other", r"Switching to thread 2",
         r"#0 .*\n(.*\n)*#1 ")
    tap.case("whose registers stay", lambda: holds(
        re.search('Could not write register "\\w+"', errors), errors))
    sees("goes on to the next one", "again", r"hit Breakpoint 4, .*exit_group")
    tap.case("the program ended well", lambda: holds(
        "hello" in errors and "exit 0" in errors
        and "Remote connection closed" in errors, errors))

    part, text, errors = session(PANIC, "sh", "-c",
                                 "echo c > /proc/sysrq-trigger")
    sees("a panic stays to be examined", "panic", r"store_sysrq",
         r"^\* .*\(sh, running, on it, CPU \d\)")
    tap.case("by its signal", lambda: holds("SIGABRT" in text, text))
    tap.case("its log is there, and then it is the end", lambda: holds(
        re.search(r"kernel panic: sysrq: asked to(.*\n)+.*end of kernel panic"
                  r"(.*\n)+.*Remote connection closed", errors), errors))
    tap.end()


signal.signal(signal.SIGPIPE, signal.SIG_DFL)
main()

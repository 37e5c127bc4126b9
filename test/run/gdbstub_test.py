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
import time

sys.dont_write_bytecode = True
from harness import (BUILD, MACHINES, PATIENCE, Tap, equal,  # noqa: E402
                     holds, kernel_file, matches, run)
from harness_gdb import number_of_write, typed  # noqa: E402
from driver.disk import initramfs  # noqa: E402
from driver.build import EVERYTHING, build  # noqa: E402
from driver.machine.machine import (Machine, Relay, Settings, receive)  # noqa: E402
from driver.machine.run import base_image  # noqa: E402

ARCH = sys.argv[1]
WORD = MACHINES[ARCH].bits // 8
PORT = MACHINES[ARCH].port()
PC = PORT.GDB_PC
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

# Lectern's commands: memory is the direct map's, and GDB's threads are tasks.
OURS = """\
break sys_write if $lt_on_cpu("echo")
continue
up
echo @ours\\n
lt-ps
echo @areas\\n
lt-vma
lt-vma init
echo @walk\\n
lt-walk sys_write
lt-walk 0
echo @frame\\n
lt-trapframe
echo @where\\n
lt-where
frame
echo @moment\\n
delete
lt-where 3
lt-where
echo @chosen\\n
thread 2
lt-ps
lt-vma
python [t for t in gdb.selected_inferior().threads() \
if t.ptid[1] == IDLE_ID + 1][0].switch()
lt-trapframe
python read_phys(row().direct, 1)
lt-last-ran init
lt-last-write main
kill
"""

PANIC = """\
continue
echo @panic\\n
bt
info threads
monitor log
echo @place\\n
lt-where
continue
"""


def session(text, *command):
    return typed(ARCH, text, "--stub", "--smp", "2", "--log",
                 os.path.join(BUILD, ARCH, "gdbstub-test.log"), "--",
                 *command)


class Line:
    """A client on the serial line of a machine with `kgdb`."""

    def __init__(self, command, smp=1, append=()):
        build(ARCH, EVERYTHING)
        s = Settings(ARCH)
        s.ports, s.append, s.smp = True, ["kgdbwait", *append], smp
        s.initrds = [base_image(ARCH, True), initramfs.run_archive(
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

    def printed(self, pattern):
        """=> the program's output, which comes by another way than its end"""
        for _ in range(int(50 * PATIENCE)):
            if re.search(pattern, bytes(self.out)):
                break
            time.sleep(0.1)
        return bytes(self.out)

    def raw(self, data):
        self.machine.sockets["console"].sendall(data)

    def ask(self, text, ack=b"+"):
        """=> the answer to a packet"""
        self.raw(b"$%s#%02x" % (text, sum(text) & 255))
        m = self.until(rb"\+\$([^#]*)#(..)")
        equal(int(m[2], 16), sum(m[1]) & 255, "the sum of an answer")
        self.raw(ack)
        return m[1]


def symbols(pattern):
    """=> where the symbols of the kernel are whose names match"""
    names = subprocess.run(["nm", kernel_file(ARCH)], text=True,
                           check=True, stdout=subprocess.PIPE).stdout
    return [int(at, 16) for at in re.findall(rf"^(\w+) \w {pattern}$", names,
                                             re.M)]


def symbol(name):
    return symbols(name)[0]


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
                     b"Z2,1000,4", b"Z4,1000,4", b"Z5,1000,4", b"zz", b"Z", b"X0,0:", b"\xff\xfe"):
            says(f"does not know {what!r}", what, rb"")
        text = symbol("sys_write")
        says("refuses an instruction of no such length", b"Z0,%x,3" % text,
             rb"E01")
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
                b"p%x" % PC).decode()), "little")
            was = line.ask(b"m%x,4" % pc)
            equal(line.ask(b"M%x,4:%s" % (pc, was)), b"OK")
            for kind in PORT.BREAKPOINTS:
                equal(line.ask(b"Z0,%x,%x" % (pc, kind)), b"OK")
                equal(line.ask(b"m%x,4" % pc), was)
                equal(line.ask(b"Z0,%x,%x" % (pc, kind)), b"OK")
                equal(line.ask(b"z0,%x,%x" % (pc, kind)), b"OK")
                equal(line.ask(b"z0,%x,%x" % (pc, kind)), b"E01")
        tap.case("text is stored to, and restored", text_is_stored)

        def table_fills():
            """In what no session runs."""
            kind = PORT.BREAKPOINTS[-1]
            first = symbol("signal_deliver")
            answers = [line.ask(b"Z0,%x,%x" % (first + 4 * i, kind))
                       for i in range(70)]
            equal(answers, [b"OK"] * 64 + [b"E01"] * 6)
            equal(line.ask(b"D"), b"OK")
        tap.case("so many breakpoints; detached, they go", table_fills)

        def goes_on():
            line.until(ETX)
            line.machine.process.wait(20 * PATIENCE)
            equal(line.printed(b"still here\n$"), b"still here\n")
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


def stops_by_sysrq(tap):
    line = Line(["/bin/busybox", "sh", "-c",
                 "echo g >/proc/sysrq-trigger && echo gone on"])
    with line.machine:
        line.until(STX)

        def breaks_in():
            line.raw(b"$c#63")
            line.until(ETX)
            line.until(rb"\x02.*?\$T05thread:[0-9a-f]+;#..")
            line.raw(b"+")
            line.raw(b"$c#63")
            equal(line.printed(rb"\n"), b"gone on\n")
            line.machine.process.wait(20 * PATIENCE)
        tap.case("sysrq's g stops it, and it goes on", breaks_in)

    def nobody():
        done = run("run", "--", "sh", "-c",
                   "echo g >/proc/sysrq-trigger || echo no", arch=ARCH)
        equal(done.stdout, b"no\n")
    tap.case("and is refused where no stub has the line", nobody)


class Stops:
    """A client that goes from stop to stop, as GDB does."""

    def __init__(self, line):
        self.line, self.kind = line, PORT.BREAKPOINTS[0]

    def next(self, how):
        """=> what the next stop says, but for the thread, and the thread"""
        self.line.raw(b"$%s#%02x" % (how, sum(how) & 255))
        m = self.line.until(rb"\x02.*?\$T05([a-z:0-9;]*?)"
                            rb"thread:([0-9a-f]+);#..")
        self.line.raw(b"+")
        return m[1], m[2]

    def go(self, how):
        """=> the thread that stopped next"""
        what, thread = self.next(how)
        equal(what, b"", "what it says beside the thread")
        return thread

    def register(self, nr):
        return int.from_bytes(bytes.fromhex(
            self.line.ask(b"p%x" % nr).decode()), "little")

    def pc(self):
        return self.register(PC)

    def met(self, places):
        """=> which of these breakpoints it is, to be run once it is gone"""
        at = self.pc() - PORT.BREAK_BEHIND
        if at not in places:
            return None
        self.jump(at)
        return at

    def jump(self, at):
        self.line.ask(b"P%x=%s" % (PC, at.to_bytes(WORD, "little").hex()
                                   .encode()))

    def argument(self, n):
        """Of a function of the kernel's that has just been called."""
        return self.register(PORT.GDB_ARGUMENTS[n])

    def breakpoint(self, how, at):
        equal(self.line.ask(b"%s,%x,%x" % (how, at, self.kind)), b"OK")

    def called(self, name, wanted):
        """Go on until a function is called so; its first instruction is
        done then."""
        at = symbol(name)
        for _ in range(1000):
            self.breakpoint(b"Z0", at)
            self.go(b"c")
            found = wanted()
            self.breakpoint(b"z0", at)
            self.jump(at)
            if found:
                break
            self.go(b"s")
        holds(found, f"{name} was called as wanted")
        return found


# A CPU that runs one task alone has no tick, and may come to no clock for long.
CALLS = ("while :; do kill -0 $$; done & while :; do sleep 0.02; done &"
         " while :; do kill -0 $$; done")


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
                equal(stops.met({at}), at, "the stop")
                stops.breakpoint(b"z0", at)
                equal(stops.go(b"s"), thread, "who stepped")
                here = stops.pc()
                holds(0 < here - at <= 16, f"{here:x}, after {i} times")
        tap.case("two CPUs at one breakpoint: each stop is one", alternate)
        tap.case("of both threads", lambda: equal(len(threads), 2))

        def own_functions():
            places = {symbol(n) for n in ("arch_clock", "smp_poll", "strlen")}
            for at in places:
                stops.breakpoint(b"Z0", at)
            for _ in range(12):
                stops.go(b"c")
                equal(line.ask(b"Hg0"), b"OK")
                here = stops.met(places)
                holds(here, f"stopped at {stops.pc():x}")
                stops.breakpoint(b"z0", here)
                stops.go(b"s")
                # an interrupt or the other CPU may come to one before
                stops.met(places - {here})
                stops.breakpoint(b"Z0", here)
        tap.case("breakpoints on what the stub itself calls stay",
                 own_functions)
        line.raw(b"$k#6b")
        line.machine.process.wait(20 * PATIENCE)
        tap.case("and it ends when asked", lambda: equal(
            line.machine.end_status(), 0))


def second_instruction(name):
    """=> where the one behind the first of a function is"""
    at = symbol(name)
    text = subprocess.run(
        [MACHINES[ARCH].tool("objdump"), "-d", f"--start-address={at}", f"--stop-address={at + 16}",
         kernel_file(ARCH)], text=True, check=True,
        stdout=subprocess.PIPE).stdout
    return [int(m[1], 16) for m in re.finditer(
        r"^\s*([0-9a-f]+):\t", text, re.M)][1]


def beside_probes(tap):
    """A breakpoint where a probe is stops first, and the probe is told; one
    that was there before the probe keeps it away; a step meets both."""
    at, second = symbol("sys_kill"), second_instruction("sys_kill")
    kill = "kill -0 $$; "
    script = (
        "cd /sys/kernel/tracing; exec 2>&1; "
        "echo p:here sys_kill > kprobe_events; "
        f"echo p:next sys_kill+{second - at} >> kprobe_events; "
        f"sync; {kill}echo 1 > events/kprobes/here/enable || echo first; "
        "echo p:late sys_kill >> kprobe_events || echo late; "
        f"{kill}echo 1 > events/kprobes/here/enable; "
        f"echo 1 > events/kprobes/next/enable; {kill}sync; {kill}{kill}"
        "echo 0 > events/kprobes/here/enable; "
        f"echo 0 > events/kprobes/next/enable; {kill}{kill}"
        "grep -c here: trace; grep -c next: trace")
    line = Line(["/bin/busybox", "sh", "-c", script])
    with line.machine:
        line.until(STX)
        stops = Stops(line)

        def stop_at(where, how=b"c"):
            stops.go(how)
            equal(hex(stops.pc() - PORT.BREAK_BEHIND), hex(where))

        def back(to):
            stops.breakpoint(b"z0", to)
            stops.jump(to)

        def over(to):
            """As GDB goes on from a breakpoint."""
            back(to)
            stops.go(b"s")
            equal(hex(stops.pc()), hex(second), "after a step")
            stops.breakpoint(b"Z0", to)

        def to_sync():
            """The script's mark, where a breakpoint on sys_kill is begun."""
            mark = symbol("sys_sync")
            stops.breakpoint(b"Z0", mark)
            stop_at(mark)
            back(mark)
            stops.breakpoint(b"Z0", at)

        def first():
            to_sync()
            stop_at(at)
            over(at)
            stop_at(at)
            back(at)
        tap.case("a breakpoint, and then a probe there", first)

        def shared():
            to_sync()
            for _ in range(2):
                stop_at(at)
                over(at)
                stops.go(b"s")
                holds(second < stops.pc() <= second + 8, hex(stops.pc()))
        tap.case("where a probe is: the breakpoint, then the probe", shared)

        def stays():
            for _ in range(2):
                stop_at(at)
                over(at)
        tap.case("it stays as the probe goes", stays)

        def told():
            equal(line.ask(b"D"), b"OK")
            line.machine.process.wait(20 * PATIENCE)
            out = line.printed(rb"\d\n\d\n$").split()
            equal([w for w in out if w in (b"first", b"late")],
                  [b"first", b"late"], out)
            equal(out[-2:], [b"3", b"3"], out)
        tap.case("the probes were told, and kept away before", told)


def steps(tap):
    """Steps go through copies to a program, whose page may be missing."""
    line = Line(["/bin/busybox", "dd", "bs=64k", "count=1",
                 "if=/proc/version"])
    with line.machine:
        line.until(STX)
        stops = Stops(line)

        def through_a_copy():
            buf = stops.called("sys_read", lambda: stops.argument(2) == 1 << 16
                               and stops.argument(1))
            equal(line.ask(b"m%x,1" % buf), b"E14", "a page not there yet")
            stops.called("arch_copy_out", lambda: stops.argument(0) == buf)
            seen = set()
            for _ in range(60):
                stops.go(b"s")
                seen.add(stops.pc())
            holds(not seen & set(symbols(r"copy_\w+_failed")),
                  "a step within a copy is no fault of it")
        tap.case("steps through a copy to a program", through_a_copy)

        def with_all_in_use():
            first, kind = symbol("signal_deliver"), PORT.BREAKPOINTS[-1]
            for i in range(64):
                equal(line.ask(b"Z0,%x,%x" % (first + 4 * i, kind)), b"OK")
            before = stops.pc()
            stops.go(b"s")
            holds(stops.pc() != before, "a step")
        tap.case("with as many breakpoints as there can be", with_all_in_use)

        def ends_well():
            equal(line.ask(b"D"), b"OK")
            line.machine.process.wait(20 * PATIENCE)
            out = line.printed(rb"\n$")
            holds(out.startswith(b"L") and out.endswith(b"\n"), out)
            equal(line.machine.end_status(), 0)
        tap.case("and the program does not notice", ends_well)


def in_programs(tap):
    """A breakpoint in one program of two that run the same file."""
    echo = "/usr/lectern/bin/echo"
    line = Line(["/bin/busybox", "sh", "-c",
                 f"{echo} one; {echo} two & {echo} two; wait"], smp=2)
    names = subprocess.run(
        ["nm", os.path.join(BUILD, ARCH, "user/bin/echo")], text=True,
        check=True, stdout=subprocess.PIPE).stdout
    putchar = int(re.search(r"^(\w+) T putchar$", names, re.M)[1], 16)
    kind = PORT.BREAKPOINTS[-1]
    with line.machine:
        line.until(STX)
        stops = Stops(line)

        def here():
            return stops.pc() - PORT.BREAK_BEHIND

        def stops_there():
            equal(line.ask(b"Z0,%x,%x" % (putchar, kind)), b"E01",
                  "no program runs yet")
            stops.called("sys_write", lambda: stops.argument(2) == 3)
            for what in (b"Z0,1000", b"Z0,%x" % stops.argument(1)):
                equal(line.ask(b"%s,%x" % (what, kind)), b"E01",
                      "no code is there")
            buf = stops.argument(1)
            was = line.ask(b"m%x,1" % buf)
            equal(line.ask(b"M%x,1:00" % buf), b"E14", "it is only read")
            equal(line.ask(b"m%x,1" % buf), was)
            was = line.ask(b"m%x,4" % putchar)
            equal(line.ask(b"Z0,%x,%x" % (putchar, kind)), b"OK")
            stops.go(b"c")
            equal(hex(here()), hex(putchar), "the stop")
            equal(line.ask(b"m%x,4" % putchar), was)
            equal(line.ask(b"z0,%x,%x" % (putchar, kind)), b"OK")
            equal(line.ask(b"z0,%x,%x" % (putchar, kind)), b"E01")
            stops.jump(putchar)
        tap.case("stops at a breakpoint in a program", stops_there)

        def steps_on():
            """Through the program, and over its system call."""
            call = PORT.CALL_CODE.encode()
            before, over = stops.pc(), 0
            for _ in range(400):
                at = stops.pc()
                calls = line.ask(b"m%x,%x" % (at, len(call) // 2)) == call
                stops.go(b"s")
                equal(stops.pc() >> (8 * WORD - 2) > 2, False, "in the kernel")
                if calls:
                    equal(stops.pc(), at + len(call) // 2)
                    over += 1
                    break
            holds(stops.pc() != before and over == 1, over)
        tap.case("and steps from there, over a system call", steps_on)

        def not_the_other():
            """The next two run it from the page cache: it is as it was."""
            stops.called("sys_write", lambda: stops.argument(2) == 3)
            equal(line.ask(b"Z0,%x,%x" % (putchar, kind)), b"OK")
            thread = stops.go(b"c")
            equal(hex(here()), hex(putchar), "the stop")
            holds(thread, "a thread")
            stops.jump(putchar)
            equal(line.ask(b"D"), b"OK")
            line.until(ETX)
            line.machine.process.wait(20 * PATIENCE)
            # in any order, as they run at once
            equal(sorted(line.printed(rb"(\w+\n){3}$")),
                  sorted(b"one\ntwo\ntwo\n"))
            equal(line.machine.end_status(), 0)
        tap.case("the other program does not meet it", not_the_other)


def main():
    tap = Tap()
    hostile(tap)
    stops_when_asked(tap)
    stops_by_sysrq(tap)
    two_at_once(tap)
    beside_probes(tap)
    steps(tap)
    in_programs(tap)
    if not shutil.which("gdb-multiarch"):
        tap.end()
    gdb = session(SESSION, "/usr/lectern/bin/echo", "hello")

    gdb.sees(tap, "stops before the first program", "start",
             r"^\* 1 +Thread 1 \(init, running, on it, CPU \d\)",
             r"Thread \d+ \(kthreadd, disk sleep, CPU \d\)", r"idle/1",
             r"#\d+ .* init_task")
    gdb.sees(tap, "stops at a breakpoint", "write",
             r"hit Breakpoint 1, sys_write \(fd=1",
             r"#0 +sys_write .*\n(.*\n)*#1 .*trap_syscall",
             r"^\* .*\(echo, running, on it, CPU \d\)")
    gdb.sees(tap, "steps", "steps", r"\$1 = 0x[0-9a-f]+", r"\$2 = 0x[0-9a-f]+",
             r"^(\(gdb\) )*(0x\w+\t)?\d+\t", r"here I am$")
    steps_ = gdb.part.get("steps", "")
    tap.case("by one instruction", lambda: holds(
        0 < int(re.search(r"\$2 = (0x\w+)", steps_)[1], 16)
        - int(re.search(r"\$1 = (0x\w+)", steps_)[1], 16) <= 8, steps_))
    gdb.sees(tap, "finishes a function", "finish", r"Run till exit")
    gdb.sees(tap, "reads and stores", "memory", r"\$\d+ = 2$", r"\$\d+ = 77$")

    # GDB has what `monitor` says on its standard error
    tap.case("tells of itself", matches, gdb.errors,
             r"^ +\d+ +\d+ +running +\* +\d  echo$",
             r"Cannot access memory at address 0x0$",
             r"r-x of a file\n(.*\n)*.*rw- \[stack\]", r"no such task",
             r"\] gdbstub: waiting for GDB", r"nonesuch: unknown",
             r"monitor ps ")
    gdb.sees(tap, "shows another task", "other", r"Switching to thread 2",
             r"#0 .*\n(.*\n)*#1 ")
    tap.case("whose registers stay", matches, gdb.errors,
             r'Could not write register "\w+"')
    gdb.sees(tap, "goes on to the next one", "again",
             r"hit Breakpoint 4, .*exit_group")
    tap.case("the program ended well", gdb.complains, "hello", "exit 0",
             "Remote connection closed")

    gdb = session(OURS, "sh", "-c", "/usr/lectern/bin/echo hello; sleep 600")
    gdb.sees(tap, "our commands: tasks, and the one that stopped", "ours",
             r"^\*\s+\d+\s+\d+ running\s+echo ", r"^\s+1\s+1 \S+\s+init ",
             r" kthreadd +- +\w+")
    gdb.sees(tap, "areas of this and another", "areas",
             r"task \d+ \(echo\), \d",
             r"r-x. \S+ /usr/lectern/bin/echo", r"special \[vdso\]",
             r"task 1 \(init\), \d", r"r-x. \S+ /usr/lectern/bin/init")
    gdb.sees(tap, "translations", "walk", r"level 0: entry \S+ = \S+ \[.*\]",
             r"0x[0-9a-f]+ -> 0x[0-9a-f]+", r"0x0 -> not mapped")
    gdb.sees(tap, "a trap frame", "frame", r"task \d+ \(echo\), trap",
             number_of_write(ARCH))
    gdb.sees(tap, "where all is, and it stays there", "where",
             r"^CPU \d: task \d+ \(echo\), in the kernel\n    sys_write",
             r"^CPU \d: task \d+ \((?!echo)\S+\), in ",
             r"^task 1 \(init\), interruptible:\n    wait_sleep",
             r"^== trace\n(.*\n)*.*lt-where SECONDS",
             r"^(\(gdb\) )*#1 .*trap_syscall")
    gdb.sees(tap, "and what happens for a moment", "moment",
             r"^== trace\n\d+ in the trace; .*\n +CPU \d task \d+ \w+ ",
             r"^CPU \d: .*\n(.*\n)*CPU \d: ", r"^task 1 \(init\), ")
    gdb.sees(tap, "and of a task that is chosen", "chosen",
             r"^\* +2 .* kthreadd ")

    def not_had():
        gdb.complains("task 2 is a kernel thread", "task 0 is a kernel thread",
                      "outside the kernel's direct map",
                      "lt-last-ran: only a recording",
                      "lt-last-write: only a recording")
        holds("not available" not in gdb.text
              and "lt-where:" not in gdb.errors, gdb.text + gdb.errors)
    tap.case("and say what is not available", not_had)

    gdb = session(PANIC, "sh", "-c", "echo c > /proc/sysrq-trigger")
    gdb.sees(tap, "a panic stays to be examined", "panic", r"store_sysrq",
             r"^\* .*\(sh, running, on it, CPU \d\)")
    tap.case("by its signal", matches, gdb.text, "SIGABRT")
    gdb.sees(tap, "and our commands tell of it", "place",
             r"^CPU \d: task \d+ \(sh\), in the kernel\n(    .*\n)*"
             r"    text_write", r"^\*.* running +sh ")
    tap.case("its log is there, and then it is the end", matches, gdb.errors,
             r"kernel panic: sysrq: asked to(.*\n)+.*end of kernel panic"
             r"(.*\n)+.*Remote connection closed")
    tap.end()


signal.signal(signal.SIGPIPE, signal.SIG_DFL)
main()

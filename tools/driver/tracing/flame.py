# SPDX-License-Identifier: MIT
"""`./lectern profile -- CMD`: the functions that execute a program's
instructions, its own and the kernel's, each with its chain of calls.

Every instruction is counted: QEMU runs one at a time and logs its address, from
the program's execve(2) to the end of its process.  The kernel reports the
running task and the mapped files by addresses as well (topics/events).
"""
import argparse
import array
import bisect
import contextlib
import itertools
import math
import os
import re
import socket
import tempfile
import threading
import time
from collections import Counter

from machines import of_elf

from .. import packages
from ..disk import debian, debs, initramfs
from ..machine import mishap
from . import flame_svg, trace
from ..machine import run as run_module
from ..common import (EXIT_BROKEN, EXIT_TIMEOUT, EXIT_USAGE, MACHINES,
                      Failure, build_dir, say)
from .flame_stacks import CALL, OTHER, RETURN, Place, Stacks, Task
from ..mutation.lines import Elf
from ..machine.machine import Relay, hang_up, read_fd, receive, write_fd
from .profile import Traced, symbols
from ..progress import Waiting

LIMIT = 200                     # millions of instructions
ROWS = 25                       # rows of the table
BLOCK = 1 << 22
LAST_SECONDS = 30               # to read the rest of the pipe at the end
READY = b"@@ready\n"
PROFILED = "/usr/lectern/bin/profiled"
ANSWER = 4711                   # printed by the monitor after all before it
MARKS = {"sys_execve", "beacon_steps", "beacon_steps_end"}
TOLD = "event_record"           # below it the kernel reports its own events
EXECUTED = re.compile(rb"^Trace.*?\[[0-9a-f]+/([0-9a-f]+)/.*\n"
                      rb"(Stopped.*\n)?", re.M)
FORMS = (".svg", ".folded")


def add_options(p):
    run_module.add_machine_options(p)
    p.add_argument("-o", "--output", metavar="FILE.svg|FILE.folded",
                   help="write a flame graph, or its chains of calls one a "
                        "line, as other tools read them (default: print a "
                        "table of functions on standard error)")
    p.add_argument("--limit", type=int, default=LIMIT, metavar="N",
                   help="give up after N million instructions "
                        f"(default {LIMIT}; a million takes a second or two)")


# ---- names -----------------------------------------------------------------

class Program:
    """A file whose code is executed."""

    def __init__(self, path, name):
        self.unknown = f"[{name}]"
        self.addresses, self.names, self.elf = [], [], None
        try:
            self.elf = Elf(path) if path else None
        except (OSError, ValueError, IndexError):
            return
        # a stripped program still has the symbols that it exports
        for options in ((), ("-D",)):
            if self.elf and not self.names:
                self.addresses, self.names = symbols(path, *options)

    def place(self, offset, base):
        """Return: the Place of an offset in the file; base: the load address"""
        at = self.elf.address(offset) if self.elf else None
        i = bisect.bisect(self.addresses, at) - 1 if at is not None else -1
        if i < 0:
            return Place(self.unknown, None, False)
        return Place(self.names[i],
                     base + offset + self.addresses[i] - at, False)


class Files:
    """Finds the host's files for the guest's."""

    def __init__(self, options):
        self.options, self.found = options, {}
        self.root = debian.root(options.arch, debian.names(
            options.packages)) if options.packages else None

    def host(self, path):
        name = os.path.basename(path)
        found = mishap.host_file(self.options.arch, name, self.options.add)
        if found:
            return found
        if self.root:
            inside = os.path.realpath(self.root + path)
            if os.path.isfile(inside):
                return inside
        if name == "busybox":
            return os.path.join(
                debs.unpacked(self.options.arch, "busybox-static"),
                initramfs.BUSYBOX[self.options.arch])
        return None

    def program(self, path):
        if path not in self.found:
            self.found[path] = Program(self.host(path),
                                       os.path.basename(path))
        return self.found[path]


class Names:
    """Functions by address: the kernel's, and those of a process between two
    calls of execve(2) (a generation)."""

    def __init__(self, arch, kernel, files):
        self.first = MACHINES[arch].kernel
        self.addresses, self.names = symbols(kernel)
        self.elf, self.files = Elf(kernel), files
        self.machine = int.from_bytes(self.elf.data[18:20], "little")
        # (pid, generation): [(start, end, offset, path)]
        self.areas = {}

    def add(self, pid, generation, *area):
        """Add an area in front, as it may cover parts of older ones."""
        self.areas.setdefault((pid, generation), []).insert(0, area)

    def inherit(self, pid, generation, child, its):
        self.areas[child, its] = list(self.areas.get((pid, generation), ()))

    def area(self, pid, generation, pc):
        return next((a for a in self.areas.get((pid, generation), ())
                     if a[0] <= pc < a[1]), None)

    def place(self, pid, generation, pc):
        if pc >= self.first:
            i = bisect.bisect(self.addresses, pc) - 1
            return Place(self.names[i], self.addresses[i], True)
        area = self.area(pid, generation, pc)
        if area is None:
            return Place("[unknown]", None, False)
        start, _, offset, path = area
        if path == "[vdso]":
            return Place(path, None, False)
        offset += pc - start
        return self.files.program(path).place(offset, pc - offset)

    def kind(self, pid, generation, pc):
        """Return: CALL, RETURN or OTHER for the instruction at pc"""
        if pc >= self.first:
            at, data = self.elf.place(pc), self.elf.data
        else:
            area = self.area(pid, generation, pc)
            program = area and self.files.program(area[3])
            if not program or not program.elf:
                return OTHER
            at, data = pc - area[0] + area[2], program.elf.data
        return kind_of(self.machine, data[at:at + 4])


def kind_of(machine, code):
    """Return: CALL, RETURN or OTHER, by an instruction's first four bytes.
    machine: the number in ELF files; if no port knows it, recursive calls
    count as one level"""
    port = of_elf(machine)
    return {"call": CALL, "return": RETURN, None: OTHER}[
        port and port.kind_of(code)]


# ---- the machine -----------------------------------------------------------

class Recorder(threading.Thread):
    """Reads QEMU's log from a pipe and keeps the addresses."""

    def __init__(self, folder, limit, stop):
        super().__init__(daemon=True)
        self.pipe = os.path.join(folder, "log")
        self.path = os.path.join(folder, "addresses")
        self.count, self.limit, self.stop = 0, limit, stop
        os.mkfifo(self.pipe)
        self.start()

    @property
    def too_many(self):
        return self.count > self.limit

    def run(self):
        rest = b""
        with open(self.pipe, "rb") as source, open(self.path, "wb") as to:
            while True:
                data = source.read1(BLOCK)
                text = rest + data
                # only the next line tells whether the last instruction ran
                end = max(text.rfind(b"Trace"), 0) if data else len(text)
                rest = text[end:]
                found = array.array("Q", [
                    int(m[1], 16) for m in EXECUTED.finditer(text[:end])
                    if not m[2]])
                found.tofile(to)
                self.count += len(found)
                if self.too_many:
                    self.stop()
                if self.too_many or not data:
                    return


class Begin:
    """Starts the log.  The process that will become the program
    (user/more/profiled.c) reports on standard error that it waits for a line;
    it gets the line when QEMU's monitor reports that the log is on."""

    def __init__(self, machine, pipe):
        self.machine, self.pipe = machine, pipe
        self.error, self.answer, self.ready = b"", b"", False

    def stderr(self, data):
        if self.ready:
            write_fd(2)(data)
            return
        self.error += data
        before, found, rest = self.error.partition(READY)
        if not found:
            return
        self.ready = True
        write_fd(2)(before + rest)
        self.machine.log_instructions(self.pipe)
        self.machine.tell(f"print {ANSWER - 1}+1")

    def monitor(self, data):
        self.answer += data
        if hex(ANSWER).encode() in self.answer:
            self.answer = b""
            stdin = self.machine.sockets["stdin"]
            stdin.sendall(b"\n")
            Relay(read_fd(0), stdin.sendall,
                  at_end=hang_up(stdin, socket.SHUT_WR))


def record(options, command, folder):
    """Run the program. Return: (its end in words, kernel, Recorder)"""
    settings = run_module.prepare(
        run_options(options), [PROFILED, *command], quiet=True)
    log = run_module.Log(os.path.join(build_dir(options.arch), "console.log"))
    status, ended = bytearray(), threading.Event()
    end = time.monotonic() + (options.timeout or math.inf)
    with Traced(settings) as machine:
        s = machine.sockets
        recorder = Recorder(folder, options.limit * 1000000, ended.set)
        Relay(receive(s["console"]), log.write)
        begin = Begin(machine, recorder.pipe)
        Relay(receive(s["monitor"]), begin.monitor)
        Relay(receive(s["stdout"]), write_fd(1))
        Relay(receive(s["stderr"]), begin.stderr)

        def note(data):
            status.extend(data)
            ended.set()
        Relay(receive(s["status"]), note, at_end=ended.set)
        with Waiting(f"profiling {command[0]}", beside=True) as waiting:
            while not ended.wait(0.2):
                waiting.text = f"{recorder.count / 1e6:.1f} million instructions"
                if time.monotonic() > end:
                    raise Failure(f"no end within {options.timeout:g} s",
                                  EXIT_TIMEOUT)
        # the end of the context closes the pipe
        with contextlib.suppress(ConnectionError):
            machine.tell("log none", "logfile /dev/null")
        recorder.join(LAST_SECONDS)
    if recorder.is_alive():
        with open(recorder.pipe, "wb"):
            pass                # the writer is gone already
    return status.decode(errors="replace").split(), settings.kernel, recorder


# ---- evaluation of the record ----------------------------------------------

class Replay:
    """Combines the addresses with the events that the kernel reported."""

    def __init__(self, names, command):
        self.names, self.command = names, command
        self.stacks = Stacks(self.kind)
        self.generation = Counter()     # pid: number of earlier programs
        self.tasks, self.task, self.next = {}, None, None
        self.first, self.threads, self.whole = None, 1, True
        self.caches, self.cache, self.line = {}, {}, bytearray()
        code = names.elf.symbols(MARKS)
        if set(code) != MARKS:
            raise Failure("the kernel has no "
                          + ", ".join(sorted(MARKS - set(code))), EXIT_BROKEN)
        self.begin = code["sys_execve"]
        self.steps, end = code["beacon_steps"], code["beacon_steps_end"]
        self.step_size = (end - self.steps) // 256

    def kind(self, pc, place):
        pid = self.task.pid
        return self.names.kind(pid, self.generation[pid], pc)

    def enter(self):
        """Look up the areas of the running process."""
        pid = self.task.pid
        self.cache = self.caches.setdefault((pid, self.generation[pid]), {})

    def heard(self, byte):
        if byte != 10:
            self.line.append(byte)
            return
        words = self.line.decode(errors="replace").split(" ")
        self.line.clear()
        getattr(self, "on_" + words[0])(*words[1:])

    def on_switch(self, tid, pid, *name):
        tid, pid = int(tid, 16), int(pid, 16)
        if self.first is None and name == ["profiled"]:
            self.tasks[tid] = self.begun    # our program before its execve(2)
        if tid not in self.tasks:
            relative = next((t for t in self.tasks.values()
                             if pid and t.pid == pid), None)
            self.tasks[tid] = Task(pid, relative.root if relative
                                   else self.stacks.root(" ".join(name)))
        self.next = self.tasks[tid]

    def on_fork(self, tid, pid):
        pid = int(pid, 16)
        if pid != self.task.pid:
            self.names.inherit(self.task.pid, self.generation[self.task.pid],
                               pid, self.generation[pid])
        self.threads += pid == self.first
        self.tasks[int(tid, 16)] = Task(pid, self.task.root)

    def on_map(self, pid, new, start, end, offset, *path):
        """new: 1 if the area belongs to the program that is being started"""
        pid, new = int(pid, 16), int(new)
        self.names.add(pid, self.generation[pid] + new,
                       *(int(w, 16) for w in (start, end, offset)),
                       " ".join(path))
        # earlier code may have been at these addresses
        self.caches.pop((pid, self.generation[pid]), None)
        self.enter()

    def on_exec(self, pid, *name):
        pid = int(pid, 16)
        self.generation[pid] += 1
        if self.first is None:
            self.first = self.task.pid = pid
            name = [os.path.basename(self.command[0])]
        self.task.move_to(self.stacks.root(" ".join(name)))
        self.enter()

    def on_exit(self, tid, pid):
        if int(pid, 16) == self.first:
            self.threads -= 1

    def start(self):
        """Handle an execve(2); after the first success the program runs."""
        self.stacks.forget()
        self.task = self.begun = Task(0, self.stacks.root(
            os.path.basename(self.command[0])))
        self.enter()

    def run(self, pcs):
        """Process all addresses in order, up to the first process's end."""
        for pc in pcs:
            if pc == self.begin:
                break
        else:
            return
        self.start()
        step, before, last = self.stacks.step, 0, self.task.root
        spoken = range(self.steps, self.steps + 256 * self.step_size)
        for pc in itertools.chain([self.begin], pcs):
            place = self.cache.get(pc)
            if place is None:
                pid = self.task.pid
                place = self.cache[pc] = self.names.place(
                    pid, self.generation[pid], pc)
            if self.next and last.name == "arch_switch" != place.name:
                if not self.threads:
                    break
                self.task, self.next = self.next, None
                self.enter()
            node = self.task.node
            if place.name is node.name and pc != place.first \
                    and not node.self_made and place.kernel is node.kernel \
                    and node is not self.task.root:
                node.own += 1
            else:
                step(self.task, pc, place, before)
            if pc == self.begin and self.first is None:
                self.start()
                step(self.task, pc, place, before)
            if pc in spoken:
                self.heard((pc - self.steps) // self.step_size)
            before, last = pc, place
        else:
            self.whole = False
        self.stacks.drop(TOLD)
def addresses(path):
    """Yield the recorded addresses."""
    with open(path, "rb") as f:
        while True:
            block = array.array("Q")
            block.frombytes(f.read(1 << 20))
            if not block:
                return
            yield from block


# ---- output ------------------------------------------------------------------

def table(top):
    """Yield a table of the functions with most instructions."""
    sums, own = top.totals(), Counter()
    total = sums[top]
    kernel = 0
    for names, node in top.walk():
        own[node.name, node.kernel] += node.own
        kernel += node.own * node.kernel
    yield (f"{total} instructions: {total - kernel} of programs, {kernel} of "
           "the kernel")
    for child in sorted(top.below.values(), key=lambda n: -sums[n]):
        yield f"{sums[child]:12}  {share(sums[child], total)}  in {child.name}"
    yield f"{'instructions':>12}  {'share':>6}  function"
    for (name, is_kernel), n in own.most_common(ROWS):
        yield (f"{n:12}  {share(n, total)}  {name}"
               + " (kernel)" * is_kernel)


def share(n, total):
    return f"{100 * n / max(total, 1):5.1f}%"


def folded(top):
    """Yield one chain of calls a line: all;sh;main;write 12"""
    for names, node in sorted(top.walk(), key=lambda found: found[0]):
        yield ";".join(n.replace(";", ",") for n in names[1:]) \
            + f" {node.own}"


def report(options, top, title):
    """Return: lines, in the form asked for"""
    if options.output is None:
        return table(top)
    return flame_svg.draw(top, title).splitlines() \
        if options.output.endswith(".svg") else folded(top)


def check(options, command):
    if not command:
        raise Failure("profile: put the program after --", EXIT_USAGE)
    if options.smp not in (None, 1):
        raise Failure("profile counts instructions, which needs one CPU; "
                      "leave out --smp", EXIT_USAGE)
    if options.output and not options.output.endswith(FORMS):
        raise Failure(f"-o {options.output}: the name must end with "
                      + " or ".join(FORMS), EXIT_USAGE)
    if options.limit < 1:
        raise Failure(f"--limit {options.limit}: at least 1", EXIT_USAGE)


def run_options(options):
    """Return: the options of `run` for this machine and this command"""
    p = argparse.ArgumentParser()
    run_module.add_boot_options(p)
    p.add_argument("--no-install", action="store_true")
    return p.parse_args(run_module.machine_arguments(options)
                        + ["--icount", "--append", "beacon"])


def profile(options, command):
    """Carry out the `profile` command. Return: the program's exit status"""
    check(options, command)
    packages.require(packages.for_run(options.arch) + ["nm"],
                     not options.no_install)
    with tempfile.TemporaryDirectory(prefix="lectern-") as folder:
        status, kernel, recorder = record(options, command, folder)
        with Waiting("naming the functions of "
                     f"{recorder.count / 1e6:.1f} million instructions"):
            replay = Replay(Names(options.arch, kernel, Files(options)),
                            command)
            replay.run(addresses(recorder.path))
    if replay.first is None:
        raise Failure(f"{command[0]} did not begin", status_of(status))
    if recorder.too_many:
        say(f"gave up after {options.limit} million instructions (--limit); "
            "this is what ran until then")
    elif not replay.whole:
        say("the machine ended before the program did; this is what ran until "
            "then")
    trace.write(report(options, replay.stacks.top, " ".join(command)),
                options.output)
    return status_of(status)


def status_of(words):
    """Return: an exit status for the machine's words exit N, signal N"""
    if len(words) < 2 or not words[1].isdigit():
        return EXIT_BROKEN
    return int(words[1]) + 128 * (words[0] == "signal")

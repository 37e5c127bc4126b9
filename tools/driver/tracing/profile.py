# SPDX-License-Identifier: MIT
"""`./lectern bench --profile ROW`: the functions that execute a row's
instructions.

kbench notes in its file where the time of each row begins and ends
(test/bench/kbench.h).  There QEMU's stub for debuggers stops the machine, and
its monitor is told to run one instruction at a time and to log each address, or
to stop doing so.  A few hundred thousand of them are counted by the kernel's
symbols; what a row prepares untimed is not among them.
"""
import bisect
import os
import re
import select
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter

from ..disk import initramfs
from ..build import build
from ..common import EXIT_BROKEN, MACHINES, Failure, build_dir, kernel_elf
from ..machine.machine import Machine, Relay, Settings, receive
from ..machine.run import base_image
from ..machine.timetravel import Gone, Packets
from ..show.elf import Elf

NOTES = b"kbench_rows"          # a section: addresses, and what is there
LIMIT = 600                     # seconds
WINDOW = 48 << 20               # bytes of log, about 80 an instruction


class Traced(Machine):
    """A machine whose monitor can be used."""

    def _command(self):
        return super()._command() + ["-chardev", self._pair("monitor"),
                                     "-mon", "chardev=monitor"]

    def log_instructions(self, path):
        """Log the address of each executed instruction to a file from now."""
        # the second name is the one of newer QEMUs
        self.tell(f"logfile {path}", "singlestep on", "one-insn-per-tb on",
                  "log exec,nochain")

    def tell(self, *commands):
        self.sockets["monitor"].sendall(
            "".join(c + "\n" for c in commands).encode())


def symbols(path, *options):
    """options: for nm. Return: sorted (addresses, names) of an ELF's code"""
    done = subprocess.run(["nm", *options, path], text=True, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = {}
    for line in done.stdout.splitlines():
        part = line.split()
        if len(part) == 3 and part[1] in "tTwWiu" and part[2][0] not in ".$":
            # without the version of a library's symbol
            found.setdefault(int(part[0], 16), part[2].partition("@")[0])
    return sorted(found), [found[a] for a in sorted(found)]


def notes_of(elf):
    """Return: {name: (addresses where its time begins, where it ends)}"""
    section = elf.section(NOTES.decode())
    data, found = elf.contents(section) if section else b"", {}
    while len(data) > elf.word:
        at = int.from_bytes(data[:elf.word], "little")
        text, _, data = data[elf.word:].partition(b"\0")
        kind, _, name = text.decode().partition(" ")
        found.setdefault(name, (set(), set()))[kind == "ends"].add(at)
    return found


def note_for(row, names):
    """Return: the longest name that a row's begins with; None if none does"""
    return max((n for n in names if row.startswith(n)), key=len, default=None)


class Stub:
    """QEMU's stub for debuggers.  The machine stands still until go()."""

    def __init__(self, arch, path):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(path)
        self.packets, self.come = Packets(sock), []
        self.length = MACHINES[arch].port().BREAKPOINTS[0]

    def reply(self, over=lambda: False):
        """Return: the next packet; None once it is over"""
        while not self.come:
            if select.select([self.packets], [], [], 0.05)[0]:
                self.come += self.packets.fill()
            elif over():
                return None
        return self.come.pop(0)

    def ask(self, packet):
        """Have a packet obeyed.  That the machine stands still may be told
        before, and what a command of the monitor prints."""
        self.packets.send(packet)
        while (answer := self.reply()) != b"OK":
            if not answer or answer.startswith(b"E"):
                raise Failure(f"QEMU refuses {packet.decode()}", EXIT_BROKEN)

    def monitor(self, *commands):
        for command in commands:
            self.ask(b"qRcmd," + command.encode().hex().encode())

    def go(self, places, over):
        """Run to one of these places.  Return: False if it was over before"""
        for letter in (b"Z", b"z"):
            for at in places:
                self.ask(b"%c0,%x,%x" % (letter[0], at, self.length))
            if letter == b"Z":
                self.packets.send(b"c")
                if self.reply(over) is None:
                    return False
        return True


class Console:
    """What kbench prints.  It waits for an answer after each line: that to the
    line after which recording begins is given by answer()."""

    def __init__(self, machine, begins):
        self.machine, self.begins = machine, begins
        self.seen, self.text, self.answered = threading.Condition(), b"", 0

    def take(self, data):
        with self.seen:
            self.text += data
            lines = self.text.splitlines(keepends=True)
            for line in lines[self.answered:]:
                if line.endswith(b"\n"):
                    self.answered += 1
                    if not line.startswith(self.begins):
                        self.answer()
            self.seen.notify()

    def answer(self):
        self.machine.sockets["stdin"].sendall(b"\n")

    def has(self, word):
        with self.seen:
            return re.search(rb"^" + re.escape(word), self.text, re.M)

    def wait(self):
        end = time.monotonic() + LIMIT
        while not self.has(self.begins):
            with self.seen:
                self.seen.wait(1)
            if time.monotonic() > end or self.machine.process.poll() is not None:
                said = self.text[-1000:].decode(errors="replace")
                raise Failure("kbench did not print "
                              f"{self.begins.decode().strip()} but:\n{said}",
                              EXIT_BROKEN)


def record(arch, made, command, begins, row, note):
    """Run kbench, and log the instructions of a row.  begins: a line after which
    only this row's time is between the places of its note.  Return: bytes"""
    build(arch)
    s = Settings(arch)
    s.mem, s.icount, s.ports, s.append = "1G", True, True, ["seed=1"]
    s.asked = True              # has a stub
    s.initrds = [base_image(arch, False), initramfs.run_archive(
        command, [], [(host, guest) for guest, host in made.items()])]
    with tempfile.TemporaryDirectory(prefix="lectern-") as folder:
        path = os.path.join(folder, "trace")
        with Machine(s) as machine:
            console = Console(machine, begins)
            for name in ("console", "stderr"):
                Relay(receive(machine.sockets[name]), lambda data: None)
            Relay(receive(machine.sockets["stdout"]), console.take)
            console.wait()
            stub = Stub(arch, machine.debugger())
            console.answer()
            log_row(stub, path, note, over=lambda: console.has(
                row.encode() + b"\t") or machine.process.poll() is not None)
        if not os.path.exists(path):
            raise Failure(f"{row} did not run", EXIT_BROKEN)
        with open(path, "rb") as f:
            return f.read(WINDOW)


def log_row(stub, path, note, over):
    """Log what runs from where a row's time begins to where it ends, each time,
    until it is over or enough."""
    begin, end = note
    limit = time.monotonic() + LIMIT

    def enough():
        return over() or time.monotonic() > limit or (
            os.path.exists(path) and os.path.getsize(path) > WINDOW)
    try:
        stub.monitor(f"logfile {path}")
        while not enough() and stub.go(begin, over):
            # the second name is the one of newer QEMUs
            stub.monitor("singlestep on", "one-insn-per-tb on",
                         "log exec,nochain")
            if not stub.go(end, enough):
                return
            stub.monitor("log none", "singlestep off", "one-insn-per-tb off")
    except Gone:
        return                  # the machine has ended


def count(arch, log):
    """Return: (instructions by address, traps from user mode)"""
    first, entries, user = MACHINES[arch].kernel, 0, False
    seen = Counter()
    for m in re.finditer(rb"\[[0-9a-f]+/([0-9a-f]+)/", log):
        pc = int(m.group(1), 16)
        seen[pc] += 1
        entries += user and pc >= first
        user = pc < first
    return seen, entries


def summary(arch, seen, entries):
    """Yield the lines of the table, the most expensive function first."""
    addresses, names = symbols(kernel_elf(arch))
    total, cost, calls = sum(seen.values()), Counter(), Counter()
    for pc, n in seen.items():
        if pc < MACHINES[arch].kernel:
            cost["(user mode)"] += n
            continue
        at = bisect.bisect(addresses, pc) - 1
        cost[names[at]] += n
        if addresses[at] == pc:
            calls[names[at]] += n
    per = max(entries, 1)
    yield (f"{total} instructions, {entries} traps from user mode, "
           f"{total / per:.1f} a trap")
    yield f"{'share':>6} {'a trap':>8} {'calls':>7} {'a call':>7}  function"
    for name, n in cost.most_common():
        if n * 2000 < total:
            break
        of = n / calls[name] if calls[name] else 0
        yield (f"{100 * n / total:5.1f}% {n / per:8.1f} "
               f"{calls[name] / per:7.2f} {of:7.1f}  {name}")


def record_row(arch, made, row, rows, group):
    """Record one row of kbench.  rows: all rows in order; group: returns the
    group of a row. Return: bytes"""
    if row not in rows:
        raise Failure(f"no row is called {row}", 2)
    with open(made["/kbench"], "rb") as f:
        notes = notes_of(Elf(f.read(), "kbench"))
    mine = note_for(row, notes)
    if mine is None:
        raise Failure(f"kbench does not note where {row} begins", EXIT_BROKEN)
    # rows that have its note, too, come one after the other
    before = [r for r in rows[:rows.index(row)] if group(r) == group(row)
              and note_for(r, notes) == mine]
    begins = f"{before[-1]}\t" if before else f"# {group(row)}\n"
    return record(arch, made, ["/kbench", "-m", "-f", group(row)],
                  begins.encode(), row, notes[mine])


def profile(arch, made, row, rows, group):
    """Print the table for a row. Return: the exit status"""
    log = record_row(arch, made, row, rows, group)
    keep = os.path.join(build_dir(arch), "profile.tsv")
    seen, entries = count(arch, log)
    with open(keep, "w") as f:
        f.writelines(f"{pc:x}\t{n}\n" for pc, n in sorted(seen.items()))
    print("\n".join(summary(arch, seen, entries)))
    return 0

# SPDX-License-Identifier: MIT
"""The trial of a mutant: a boot whose output is judged line by line, and which
ends at the first fault.

A machine's time limit is CPU time of its QEMU, so that a busy host makes
nothing hang.  A machine that does nothing at all for long is given up by the
clock.
"""
import os
import queue
import re
import socket
import tempfile
import time

from .. import common
from ..disk import initramfs
from ..machine.machine import Machine, Relay, Settings, hang_up, receive
from ..machine.run import base_image
from ..testing.tap import Reader

PATIENCE = float(os.environ.get("LECTERN_PATIENCE") or common.PATIENCE)
IDLE_SECONDS = 8 * PATIENCE     # without activity and without output
IDLE_SHARE = 0.02               # of one CPU; less counts as no activity
WALL_SECONDS = 300 * PATIENCE   # without output, whatever the machine does
BOOT_CPU = 30                   # CPU seconds until the first output
DISK_SIZE = 16 << 20            # room to page out a superpage
TESTS = "/usr/lectern/test"
TICKS = os.sysconf("SC_CLK_TCK")
TIME_TEXT = "%d s of processor time"


class Wrong(Exception):
    """A fault, described in words."""


def cpu_seconds(pid):
    """Return: the CPU seconds of a process with all its threads"""
    try:
        with open(f"/proc/{pid}/stat") as f:
            words = f.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / TICKS


def wanted_seconds(pid):
    """Return: the CPU seconds, and the time that threads waited for a CPU: a
    thread that waits is not idle.  Threads that ended are not counted."""
    total = 0
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat") as f:
                ran, waited, _ = f.read().split()
            total += int(ran) + int(waited)
    except (OSError, ValueError):
        pass                    # the process is ending, or nothing is counted
    return max(total / 1e9, cpu_seconds(pid))


class Patience:
    """Decides when a machine has run long enough."""

    def __init__(self, pid, limit):
        self.pid = pid
        self.allow(limit)

    def allow(self, seconds):
        """Allow so much CPU time from now on."""
        self.limit = seconds
        self.start = cpu_seconds(self.pid)
        self.heard()

    def heard(self):
        self.mark = self.last = time.monotonic()
        self.wanted = wanted_seconds(self.pid)

    def used(self):
        return cpu_seconds(self.pid) - self.start

    def check(self):
        now, cpu = time.monotonic(), cpu_seconds(self.pid)
        if cpu - self.start > self.limit:
            raise Wrong("hang: more than " + TIME_TEXT % self.limit)
        if now - self.last > WALL_SECONDS:
            raise Wrong(f"hang: no word for {WALL_SECONDS:.0f} s")
        if now - self.mark > IDLE_SECONDS:
            wanted = wanted_seconds(self.pid)
            if wanted - self.wanted < IDLE_SHARE * (now - self.mark):
                raise Wrong(f"hang: idle for {IDLE_SECONDS:.0f} s")
            self.mark, self.wanted = now, wanted


class Boot:
    """One boot.  hear(kind, line) is called with each line of the program's
    output ("out") and of the kernel's log ("log")."""

    def __init__(self, settings, hear, limit=BOOT_CPU, asks=False):
        self.hear = hear
        self.asks = asks        # the program waits for the byte of go()
        self.limit = limit      # CPU seconds until more are allowed
        self.lines = queue.Queue()
        self.tail = []
        self.report = b""
        self.settings = settings
        self.machine = None
        self.patience = None
        self.used = 0.0         # CPU seconds

    def _feed(self, kind):
        rest = b""

        def take(data):
            nonlocal rest
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                self.lines.put((kind, line.decode(errors="replace")))
        return take

    def _status(self, data):
        self.report += data

    def run(self, look=None):
        """Run to the end; then call look(self), while the memory still exists.
        Return: the reported status of the command. Raises Wrong"""
        with Machine(self.settings) as self.machine:
            s = self.machine.sockets
            relays = [Relay(receive(s["console"]), self._feed("log")),
                      Relay(receive(s["stdout"]), self._feed("out")),
                      Relay(receive(s["stderr"]), self._feed("out")),
                      Relay(receive(s["status"]), self._status)]
            self.patience = Patience(self.machine.process.pid, self.limit)
            if not self.asks:
                hang_up(s["stdin"], socket.SHUT_WR)()
            self._loop()
            for r in relays:
                r.join(10)
            self._drain()
            said = self._judge()
            if look:
                look(self)
            return said

    def _loop(self):
        checked = time.monotonic()
        while self.machine.process.poll() is None:
            try:
                self._line(*self.lines.get(timeout=0.2))
            except queue.Empty:
                pass
            if time.monotonic() - checked > 1:
                checked = time.monotonic()
                self.used = cpu_seconds(self.machine.process.pid)
                self.patience.check()

    def _drain(self):
        while not self.lines.empty():
            self._line(*self.lines.get())

    def _line(self, kind, line):
        line = line.rstrip("\r")
        if self.patience:
            self.patience.heard()
        if kind == "log":
            self.tail = self.tail[-200:] + [line]
        self.hear(kind, line)

    def _judge(self):
        if self.machine.end_status() == 121:
            said = [line for line in self.tail
                    if re.search("panic|cannot start", line)]
            raise Wrong("panic: " + (said[0] if said else "?"))
        if not self.report:
            raise Wrong("the machine ended by itself, status "
                        f"{self.machine.process.returncode}")
        return self.report.decode(errors="replace").strip()

    def go(self):
        """Send the byte that `testrun -w` waits for."""
        self.machine.sockets["stdin"].sendall(b"\n")


def settings(arch, kernel, command, smp=1, mem="1G"):
    s = Settings(arch)
    s.mem, s.smp, s.kernel, s.ports = mem, smp, kernel, True
    s.initrds = [base_image(arch, True), initramfs.run_archive(command)]
    return s


# --- self-tests --------------------------------------------------------------


def selftest(arch, kernel, smp=1, limit=BOOT_CPU, look=None):
    """Run the kernel's self-tests. Return: CPU seconds. Raises Wrong"""
    s = settings(arch, kernel, ["/usr/lectern/bin/echo", "after"], smp,
                 "512M")
    if smp == 1:
        # the scheduler's shares need a quiet host
        s.icount = True
        s.append = ["selftest=all", "seed=1"]
    else:
        s.append = ["selftest=smp,preempt"]
    after = []

    def hear(kind, line):
        found = re.search(r"\bselftest: (not ok.*)", line)
        if kind == "log" and found:
            raise Wrong("selftest: " + found.group(1))
        found = re.search(r"\bLectern \S+ on .*, (\d+) CPU", line)
        if kind == "log" and found and int(found.group(1)) != smp:
            raise Wrong(f"{found.group(1)} CPUs of {smp}")
        if kind == "out":
            after.append(line)

    boot = Boot(s, hear, limit)
    boot.run(look)
    if after != ["after"]:
        raise Wrong("selftest: no program runs afterwards")
    return boot.used


# --- programs ----------------------------------------------------------------


class Programs:
    """Guest programs in one boot.  limits: {name: CPU seconds}.  snap: called
    between programs, with the name of the one that ran and the Boot.  strict:
    the first failure ends the run."""

    def __init__(self, arch, kernel, limits, smp=1, snap=None, strict=True):
        self.limits, self.snap, self.strict = limits, snap, strict
        self.names = list(limits)
        self.failed = {}        # name -> why
        self.seconds = {}
        self.name = self.reader = None
        self.waits = 0
        self.started = 0        # number of programs started
        slowest = max(limits.values(), default=60)
        command = ["/usr/lectern/bin/testrun", "-t",
                   str(int(slowest * PATIENCE) + 60)]
        command += ["-w"] if snap else []
        command += [f"{TESTS}/{n}" for n in self.names]
        self.boot = Boot(settings(arch, kernel, command, smp), self._hear,
                         asks=snap is not None)

    def run(self):
        """Return: self.failed, empty if all passed. Raises Wrong"""
        with tempfile.NamedTemporaryFile(prefix="lectern-disk-") as disk:
            disk.truncate(DISK_SIZE)
            self.boot.settings.disks = [disk.name]
            said = self.boot.run()
        if said not in ("exit 0", "exit 1") or self.name:
            raise Wrong(f"the tests ended with {said}")
        if said == "exit 1" and self.strict:
            raise Wrong("a program failed")
        return self.failed

    def _fail(self, why):
        self.failed.setdefault(self.name, why)
        if self.strict:
            raise Wrong(f"{self.name}: {why}")

    def _point(self, point):
        if point.result == "fail":
            self._fail(f"not ok {point.name}")

    def _hear(self, kind, line):
        if kind != "out":
            return
        if line.startswith("# WAIT"):
            self._wait()
        elif line.startswith("# RUN "):
            self.name = line.split()[2]
            self.started += 1
            self.reader = Reader(self._point)
            self.boot.patience.allow(self.limits.get(self.name, 60))
        elif line.startswith("# END ") and self.name:
            self._end(line.split(None, 3)[3])
        elif self.reader:
            self.reader.line(line)

    def _wait(self):
        if self.waits:
            before = self.names[self.waits - 1]
            self.snap(before, self.boot)
        else:
            self.snap(None, self.boot)
        self.waits += 1
        self.boot.go()

    def _end(self, how):
        self.seconds[self.name] = self.boot.patience.used()
        if not how.startswith("exit "):
            self.reader.bail = how
        self.reader.end(int(how.split()[1]) if how[:5] == "exit " else 0)
        self.name = self.reader = None

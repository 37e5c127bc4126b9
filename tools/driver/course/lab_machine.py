# SPDX-License-Identifier: MIT
"""One machine for check programs: its QEMU, its limits, what it said.

The machine is always the same: one CPU, -icount, a fixed seed and clock, no
network, and no disk unless a program asks for an empty one.  So the same kernel
and program give the same output, however busy the host is.  A kernel that hangs
is stopped by a limit of QEMU's CPU time, or because QEMU sleeps (lab_watch);
both give the same result.
"""
import ctypes
import os
import re
import resource
import select
import signal
import subprocess
import tempfile
import time

from ..common import MACHINES, Failure
from ..disk import cpio
from ..files import to_boot
from ..machine.machine import (PR_SET_PDEATHSIG, Settings, _base_args,
                               _disk_args, _icount_args, sandbox_args)
from ..packages import QEMU
from . import lab_sandbox
from .lab_lines import Reader, key_of, new_secret, stamp_program
from .lab_watch import Watch
from .lab_where import Where

CPU_SECONDS = 20                # of QEMU
CPU_ALL = 30                    # of all processes that come of it
WALL_SECONDS = 1800             # by the clock, also on a busy host
OUTPUT_MAX = 4 << 20
MEMORY = 6 << 30
FILE_SIZE = 16 << 20
LINE_MAX = 4096
PANIC = re.compile(rb"kernel panic: ([ -~]{1,160})")
PROGRAM = "/lab/check"


class Ended:
    """How a machine ended: results by case, and what to say of the case that
    it did not finish."""

    def __init__(self, results, reason, finished):
        self.results, self.reason, self.finished = results, reason, finished
        self.stuck = not finished and reason.startswith((STUCK, TOO_MUCH))


def initial_archive(program, secret, adds):
    """Return: the initial file system: the program with its secret, and files.
    adds: pairs of a file of the host and its path in the machine"""
    tree = cpio.Archive()
    for folder in ("/dev", "/proc", "/tmp", "/lab"):
        tree.folder(folder)
    tree.char("/dev/console", 5, 1)
    with open(program, "rb") as f:
        tree.file(PROGRAM, stamp_program(f.read(), secret), 0o755)
    for source, path in adds:
        tree.host(source, path)
    return tree.bytes()


def empty_disk(work, size):
    """Make an image of so many MiB in the folder. Return: [its path]"""
    path = os.path.join(work, "disk")
    with open(path, "wb") as f:
        f.truncate(size << 20)
    return [path]


def qemu_command(arch, kernel, initrd, append, mem, work, disk=0):
    """Return: QEMU's command line; the console is standard output"""
    settings = Settings(arch)
    settings.icount = True
    settings.disks = empty_disk(work, disk) if disk else []
    settings.disk_format = "raw"
    base, _ = _base_args(settings, work)
    return [QEMU[arch], *sandbox_args(QEMU[arch]), *base, "-display", "none", "-monitor", "none",
            "-nodefaults", "-no-reboot", "-m", mem, "-smp", "1",
            "-global", "virtio-mmio.force-legacy=false",
            "-kernel", to_boot(MACHINES[arch], kernel, work),
            "-initrd", initrd, "-append", append,
            "-chardev", "stdio,id=console,signal=off",
            "-serial", "chardev:console", *_icount_args(settings),
            *_disk_args(settings)]


LIBC = ctypes.CDLL(None, use_errno=True)


def _limit():
    # QEMU ends with the grader, even if the grader is killed
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    for what, most in ((resource.RLIMIT_CPU, CPU_SECONDS),
                       (resource.RLIMIT_AS, MEMORY),
                       (resource.RLIMIT_FSIZE, FILE_SIZE),
                       (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))


class Console:
    """Reads QEMU's output up to a limit, and gives lines to a reader."""

    def __init__(self, reader):
        self.reader, self.rest, self.size = reader, b"", 0
        self.panic = None
        self.last = b""

    def take(self, data):
        """Return: false once there was too much output"""
        if os.environ.get("LAB_CONSOLE"):
            with open(os.environ["LAB_CONSOLE"], "ab") as f:
                f.write(data)
        self.size += len(data)
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self._line(line)
        if len(self.rest) > LINE_MAX:
            self.rest = self.rest[-LINE_MAX:]
        return self.size <= OUTPUT_MAX

    def _line(self, line):
        self.reader.feed(line)
        if self.panic is None:
            found = PANIC.search(line)
            self.panic = found and found[1].decode()

    def end(self):
        self._line(self.rest)


def _relay(child, console, where, watch):
    """Read the machine's output to its end. Return: why it was stopped"""
    while True:
        if watch.is_hopeless():
            return STUCK + (where.text() if where else "")
        if where and where.is_time(child.pid, console.reader.next):
            return STUCK + where.text()
        if select.select([child.stdout], [], [], 1)[0]:
            data = os.read(child.stdout.fileno(), 1 << 16)
            if not data:
                return None
            if not console.take(data):
                return TOO_MUCH
            if console.reader.ended:
                return None


def _wait_for_end(child, watch):
    """Wait for a machine that has closed its output. Return: why it was
    stopped"""
    while child.poll() is None:
        if watch.is_hopeless():
            return STUCK
        time.sleep(0.02)
    return None


TOO_MUCH = "the machine printed too much"
STUCK = "the machine made no progress within its limits"
QUIET = "the machine ended without a result"


def _reason(console, child, stopped):
    if stopped:
        return stopped
    if console.panic:
        return "the kernel panicked: " + console.panic
    # a signal ended it, or a sandbox around it says so
    if child.returncode < 0 or child.returncode > 128:
        return STUCK
    return QUIET


def boot(arch, kernel, program, cases, *, append=(), adds=(), mem="128M",
         disk=0, sandbox=lambda command, work: command, look=False):
    """Run cases of a check program on a kernel. Return: an Ended.
    sandbox: makes of a command and its folder the command that is started;
    look: say where a machine is that makes no progress, which is not the same
    each time"""
    secret, nonce = new_secret(), "n1"
    with tempfile.TemporaryDirectory(prefix="lectern-lab-") as work:
        initrd = os.path.join(work, "initrd")
        with open(initrd, "wb") as f:
            f.write(initial_archive(program, secret, adds))
        line = " ".join([*append, f"init={PROGRAM}", "--", nonce, *cases])
        command = sandbox(qemu_command(arch, kernel, initrd, line, mem, work,
                                       disk), work)
        where = Where(kernel, work) if look else None
        if where:
            command += where.arguments()
        console = Console(Reader(key_of(secret), nonce))
        try:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, start_new_session=True,
                preexec_fn=_limit)
        except OSError as why:
            raise Failure(f"{command[0]}: {why.strerror}") from None
        try:
            watch = Watch(child.pid, CPU_ALL, WALL_SECONDS)
            stopped = _relay(child, console, where, watch)
            console.end()
            if not stopped and not console.reader.ended:
                stopped = _wait_for_end(child, watch)
        finally:
            lab_sandbox.kill(child)
        return Ended(console.reader.results,
                     _reason(console, child, stopped), console.reader.ended)

# SPDX-License-Identifier: MIT
"""`./lectern gdb`: the machine stopped before its first instruction, under GDB
with the symbols of kernel and program, and Lectern's commands.  With --stub the
kernel itself serves GDB, on its serial line.  With --replay the run is recorded
first, so that GDB can also go back in it."""
import contextlib
import glob
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from .. import packages
from . import record, timetravel
from ..common import (EXIT_TIMEOUT, EXIT_USAGE, MACHINES, TOP, Failure,
                      added_pair, build_dir, say)
from .machine import Machine, Relay, free_port, hang_up, receive, write_fd
from .run import Log, prepare
from . import run as run_module


GDB_SECONDS = 3         # for GDB to end when it is told to
ANSWER_SECONDS = 60     # for the machine to answer a packet of GDB's


def add_options(parser):
    run_module.add_boot_options(parser)
    parser.add_argument("--stub", action="store_true",
                        help="let the kernel's own stub on the serial line "
                        "serve GDB instead of QEMU: it stops before the first "
                        "program, and in a panic")
    parser.add_argument("--replay", nargs="?", const="", metavar="FOLDER",
                        help="record the command's run first; then GDB can "
                        "also go back in it (reverse-continue, lt-last-write, "
                        "lt-last-ran); FOLDER keeps the recording, or without "
                        "a command opens it again")
    parser.add_argument("--ex", action="append", default=[],
                        metavar="COMMAND", help="run this GDB command first")


def program_file(arch, command, added):
    """Return: the host's file of the program to debug, for its symbols"""
    if not command:
        return None
    name = command[0]
    for text in added:
        host, guest = added_pair(text)
        if os.path.isfile(host) and guest == name:
            return host
    found = []
    for folder in ("user/bin", "user/pe", "test/guest", "test/guest/rtld",
                   "test/guest/pe"):
        found += glob.glob(os.path.join(build_dir(arch), folder,
                                        os.path.basename(name)))
    inside = name.startswith("/usr/lectern/") or "/" not in name
    return found[0] if found and inside else None


class SerialLine:
    """The console's line, which the kernel's stub shares with the log: bytes
    between STX and ETX belong to GDB, which is connected by TCP."""
    STX, ETX = b"\x02", b"\x03"

    def __init__(self, sock, log):
        self.sock, self.log = sock, log
        self.gdb = None
        self.inside = False
        self.stopped = threading.Event()    # the stub waits, or the line ended
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        Relay(receive(sock), self.take, at_end=self._end)

    def _end(self):
        self.stopped.set()
        if self.gdb:
            hang_up(self.gdb)()

    def _serve(self):
        gdb, _ = self.listener.accept()
        # packets come byte by byte, so TCP must not delay them
        gdb.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.gdb = gdb
        Relay(receive(self.gdb), self.sock.sendall)

    def take(self, data):
        """Take bytes from the machine."""
        while data:
            mark = self.ETX if self.inside else self.STX
            part, found, data = data.partition(mark)
            if not self.inside:
                self.log(part)
            elif self.gdb and part:
                self.gdb.sendall(part)
            if found:
                self.inside = not self.inside
                self.stopped.set()


def gdb_arguments(options, arch, kernel, port, program):
    commands = "lectern.py" if options.replay is None else "replay.py"
    args = ["gdb-multiarch", "-q", "-nx",
            "-iex", f"set architecture {MACHINES[arch].gdb}",
            # for a Linux system on RISC-V, GDB steps by breakpoints of its own,
            # which the other CPUs would hit
            "-iex", "set osabi none",
            # a busy host's machine answers late: GDB would send its packet
            # again after 2 s, and take each answer for that of the next one
            "-iex", f"set remotetimeout {ANSWER_SECONDS}",
            "-iex", "set confirm off",
            *([] if sys.stdin.isatty() else ["-iex", "set pagination off"]),
            kernel,
            "-ex", f"target remote 127.0.0.1:{port}",
            "-x", os.path.join(TOP, "tools", "gdb", commands)]
    if program:
        name = os.path.basename(program)
        args += ["-ex", f"add-symbol-file {program} -o 0",
                 "-ex", f'tbreak main if $lt_on_cpu("{name}")']
    for command in options.ex:
        args += ["-ex", command]
    return args


def run_gdb(arguments, limit=None):
    """Run GDB, at most limit seconds and never longer than the driver.
    Return: its exit status"""
    def in_child():
        # an interrupt is for GDB to handle
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    child = subprocess.Popen(arguments, preexec_fn=in_child)
    try:
        return child.wait(limit)
    except subprocess.TimeoutExpired:
        raise Failure(f"no end within {limit:g} s",
                      EXIT_TIMEOUT) from None
    finally:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(GDB_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()        # a command of GDB's `shell` keeps it alive
                child.wait()


@contextlib.contextmanager
def signals():
    """Leave an interrupt to GDB.  A signal that ends the driver unwinds its
    stack, so that no files stay in /tmp."""
    def end(number, _):
        raise SystemExit(128 + number)

    old = {signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            old[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


# ---- a recording -----------------------------------------------------------

def check_replay(options, command):
    """Raise Failure for options that cannot be combined with a recording."""
    for name, why in (("stub", "GDB talks to QEMU, which replays"),
                      ("gdb", "--replay has its own connection"),
                      ("disk", "disks are not recorded"),
                      ("kernel", "only Lectern's kernel is recorded")):
        if getattr(options, name) not in (None, False, []):
            raise Failure(f"--replay and --{name}: {why}", EXIT_USAGE)
    if options.smp not in (None, 1):
        raise Failure(f"--replay and --smp {options.smp}: QEMU records one "
                      "CPU", EXIT_USAGE)
    if any("net" in text for text in options.qemu_args):
        raise Failure("--replay and --qemu-args: the network is not recorded",
                      EXIT_USAGE)
    if not command and not options.replay:
        raise Failure("--replay needs a command after -- to record, or the "
                      "FOLDER of a recording", EXIT_USAGE)


def new_recording(options, command, folder):
    if options.replay:
        record.check_folder(folder)
    options.icount = True       # one CPU, one random seed
    settings = prepare(options, command, quiet=True,
                       more_environment=[("LECTERN_ON_CONSOLE", 1)])
    settings.icount = settings.ports = settings.asked = False
    say("recording; Ctrl-C ends it")
    words = record.record(settings, command, folder, write_fd(1),
                          options.timeout)
    size = sum(e.stat().st_size for e in os.scandir(folder)) >> 20
    say(f"recorded, {size} MiB: {words}")


def connected(machine):
    """Return: the TimeTravel that is connected to the machine"""
    while True:
        try:
            return timetravel.TimeTravel(machine.settings.arch,
                                         machine.debugger())
        except OSError:
            if machine.process.poll() is not None:
                raise Failure("QEMU cannot replay this: "
                              + machine.errors()) from None
            time.sleep(0.02)


def replay(options, command):
    check_replay(options, command)
    packages.require(["gdb-multiarch", "qemu-img"], not options.no_install)
    with signals(), \
            tempfile.TemporaryDirectory(prefix="lectern-replay-") as own:
        folder = os.path.abspath(options.replay) if options.replay else own
        if command:
            new_recording(options, command, folder)
        settings, command = record.settings_of(folder)
        packages.require([packages.QEMU[settings.arch]],
                         not options.no_install)
        program = program_file(settings.arch, command, options.add)
        say("commands to go back: reverse-continue, reverse-step, "
            "reverse-stepi, lt-last-write ADDRESS, lt-last-ran TASK")
        with Machine(settings) as machine:
            travel = connected(machine)
            return run_gdb(gdb_arguments(
                options, settings.arch, settings.kernel, travel.port,
                program))


def status_teller(path, show):
    """Return: a function to call with the program's end, which it also writes
    to the file of --status-file"""
    def tell(data):
        show(b"[the program ended: %s]\n" % data.strip())
        if path:
            with open(path, "wb") as f:
                f.write(data.strip() + b"\n")

    if path:
        try:
            with open(path, "wb"):
                pass
        except OSError as why:
            raise Failure(f"--status-file {path}: {why.strerror}",
                          EXIT_USAGE) from None
    return tell


# ---- a live machine --------------------------------------------------------

def gdb(options, command):
    if options.replay is not None:
        return replay(options, command)
    packages.require(["gdb-multiarch"], not options.no_install)
    if options.stub and options.gdb is not None:
        raise Failure("--stub and --gdb: GDB talks to the kernel or to QEMU, "
                      "not to both",
                      EXIT_USAGE)
    if options.stub:
        options.append = [*options.append, "kgdbwait"]
    elif options.gdb is None:
        options.gdb = str(free_port())
    settings = prepare(options, command, quiet=True)
    port = settings.gdb.rpartition(":")[2] if settings.gdb else None
    program = None if options.stub else program_file(options.arch, command,
                                                     options.add)
    path = options.log or os.path.join(build_dir(options.arch),
                                       "console.log")
    log = Log(path)
    first = "sys_write" if options.stub else "kernel_main"
    say("Lectern's own commands: lt-ps, lt-vma, lt-walk, lt-trapframe, "
        f"lt-where; begin with: break {first}, continue")
    if command:
        say(f"the kernel log goes to {os.path.relpath(path)}")
    show = write_fd(2)
    tell = status_teller(options.status_file, show)
    with signals(), Machine(settings) as machine:
        s = machine.sockets
        if options.stub:
            line = SerialLine(s["console"], log.write)
            port = line.port
            line.stopped.wait()
        elif command:
            Relay(receive(s["console"]), log.write)
        if command:
            Relay(receive(s["stdout"]), show)
            Relay(receive(s["stderr"]), show)
            Relay(receive(s["status"]), tell)
            s["stdin"].shutdown(1)
        elif not options.stub:
            def both(data):
                log.write(data)
                show(data)
            Relay(receive(s["console"]), both)
        return run_gdb(gdb_arguments(
            options, options.arch, settings.kernel, port, program),
            options.timeout)

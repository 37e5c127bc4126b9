# SPDX-License-Identifier: MIT
"""`./lectern gdb`: the machine stopped before its first instruction, GDB
with the symbols of kernel and program, and Lectern's commands.  With --stub the
kernel serves GDB itself, on its serial line."""
import glob
import os
import signal
import socket
import subprocess
import sys
import threading

from . import packages
from .common import EXIT_USAGE, MACHINES, TOP, Failure, added_pair, \
    build_dir, say
from .machine import Machine, Relay, free_port, hang_up, receive, write_fd
from .run import Log, prepare
from . import run as run_module


def add_options(parser):
    run_module.add_options(parser)
    parser.add_argument("--stub", action="store_true",
                        help="the kernel's own stub on the serial line serves "
                        "GDB, not QEMU: stops before the first program, and in "
                        "a panic")
    parser.add_argument("--ex", action="append", default=[],
                        metavar="COMMAND", help="a first command for GDB")


def program_file(arch, command, added):
    """The host's file of the program to debug, for its symbols."""
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
    """The console's line, which the kernel's stub shares with the log: what
    lies between STX and ETX is GDB's, who comes by TCP."""
    STX, ETX = b"\x02", b"\x03"

    def __init__(self, sock, log):
        self.sock, self.log = sock, log
        self.gdb = None
        self.inside = False
        self.stopped = threading.Event()    # the stub waits, or all is over
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
        # packets come byte by byte: TCP is not to wait for more
        gdb.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.gdb = gdb
        Relay(receive(self.gdb), self.sock.sendall)

    def take(self, data):
        """From the machine."""
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


def gdb_arguments(options, kernel, port, program):
    args = ["gdb-multiarch", "-q", "-nx",
            "-iex", f"set architecture {MACHINES[options.arch].gdb}",
            # else GDB steps a Linux of RISC-V by breakpoints of its own, which
            # the other CPUs meet
            "-iex", "set osabi none",
            "-iex", "set confirm off",
            *([] if sys.stdin.isatty() else ["-iex", "set pagination off"]),
            kernel,
            "-ex", f"target remote 127.0.0.1:{port}",
            "-x", os.path.join(TOP, "tools", "gdb", "lectern.py")]
    if program:
        name = os.path.basename(program)
        args += ["-ex", f"add-symbol-file {program} -o 0",
                 "-ex", f'tbreak main if $lt_on_cpu("{name}")']
    for command in options.ex:
        args += ["-ex", command]
    return args


def gdb(options, command):
    packages.require(["gdb-multiarch"], not options.no_install)
    if options.stub and options.gdb is not None:
        raise Failure("--stub and --gdb: GDB talks to the kernel or to QEMU",
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
    say("commands of Lectern's own: lt-ps, lt-vma, lt-walk, lt-trapframe, "
        "lt-where; to begin with: break kernel_main, continue")
    if command:
        say(f"the kernel log goes to {os.path.relpath(path)}")
    # an interrupt is GDB's to handle
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Machine(settings) as machine:
            show = write_fd(2)
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
                Relay(receive(s["status"]),
                      lambda data: show(b"[the program ended: %s]\n"
                                        % data.strip()))
                s["stdin"].shutdown(1)
            elif not options.stub:
                def both(data):
                    log.write(data)
                    show(data)
                Relay(receive(s["console"]), both)
            child = subprocess.Popen(
                gdb_arguments(options, settings.kernel, port, program),
                preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                 signal.SIG_DFL))
            return child.wait()
    finally:
        signal.signal(signal.SIGINT, old)

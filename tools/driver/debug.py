# SPDX-License-Identifier: MIT
"""`./lectern gdb`: the machine stopped before its first instruction, GDB
with the symbols of kernel and program, and Lectern's commands."""
import glob
import os
import signal
import subprocess
import sys

from . import packages
from .common import MACHINES, TOP, added_pair, build_dir, say
from .machine import Machine, Relay, free_port, receive, write_fd
from .run import Log, prepare
from . import run as run_module


def add_options(parser):
    run_module.add_options(parser)
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


def gdb_arguments(options, kernel, port, program):
    args = ["gdb-multiarch", "-q", "-nx",
            "-iex", f"set architecture {MACHINES[options.arch].gdb}",
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
    if options.gdb is None:
        options.gdb = str(free_port())
    settings = prepare(options, command, quiet=True)
    port = settings.gdb.rpartition(":")[2]
    program = program_file(options.arch, command, options.add)
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
            if command:
                Relay(receive(s["console"]), log.write)
                Relay(receive(s["stdout"]), show)
                Relay(receive(s["stderr"]), show)
                Relay(receive(s["status"]),
                      lambda data: show(b"[the program ended: %s]\n"
                                        % data.strip()))
                s["stdin"].shutdown(1)
            else:
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

# SPDX-License-Identifier: MIT
"""`./lectern run`: boot to a shell, or run one command as if it were local."""
import contextlib
import glob
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import termios
import threading
import time
import tty

from .. import checks, packages
from ..disk import cpio, debian, initramfs
from . import linux, mishap
from ..build import GUEST_TESTS, MORE, build_to_run
from ..common import (DEFAULT, EXIT_BROKEN, EXIT_PANIC, EXIT_TIMEOUT,
                      EXIT_USAGE, MACHINES, NAMED, TOP, Failure, added_pair,
                      build_dir, say)
from ..files import check_kernel, disk_format, kernel_head
from ..mutation.lines import size_in_bytes
from .machine import (Machine, Relay, Settings, free_port, hang_up,
                      is_root_image, memory_size, port_numbers, read_fd,
                      receive, split_args, write_fd)

ESCAPE = 0x01           # Ctrl-A, as in QEMU's own terminal
DRAIN_SECONDS = 5       # limit for the remaining output after a kill
PANIC_LINES = 60
BANNER = b"Lectern "    # the beginning of the kernel's first line
READY_SECONDS = 10      # how long to wait for that line
# Debian's programs come before ours of the same name
DEBIAN_PATH = ("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:"
               "/usr/lectern/bin")


def add_machine_options(parser):
    """Add the options for the machine and its files."""
    p = parser
    p.add_argument("--arch", choices=NAMED, default=DEFAULT,
                   help=f"machine (default: {DEFAULT})")
    p.add_argument("--smp", type=int, metavar="N",
                   help="number of CPUs (default: LECTERN_SMP, or 1)")
    p.add_argument("--mem", default="512M", metavar="SIZE",
                   help="memory, in MiB or with a unit (default: 512M)")
    p.add_argument("--add", action="append", default=[],
                   metavar="HOST[:GUEST]",
                   help="add a file or directory to the initial file system")
    p.add_argument("--packages", metavar="P,...",
                   help="add Debian packages and their dependencies to the "
                        "initial file system")
    p.add_argument("--timeout", type=seconds, metavar="SECONDS",
                   help="end the machine after SECONDS")


def machine_arguments(options):
    """Return: the command-line words for these machine options"""
    words = ["--arch", options.arch, "--mem", options.mem]
    if options.smp is not None:
        words += ["--smp", str(options.smp)]
    for pair in options.add:
        words += ["--add", pair]
    if options.packages:
        words += ["--packages", options.packages]
    if options.timeout is not None:
        words += ["--timeout", str(options.timeout)]
    if options.no_install:
        words.append("--no-install")
    return words


def add_boot_options(parser):
    """Add the options of all commands that boot as `run` does."""
    p = parser
    add_machine_options(p)
    p.add_argument("--disk", action="append", default=[], metavar="IMG",
                   help="a disk image: /dev/vda, vdb...; the first one is "
                        "the root if its label says so")
    p.add_argument("--disk-format", choices=("raw", "qcow2"),
                   help="use any file as an image of this format")
    p.add_argument("--append", action="append", default=[], metavar="STR",
                   help="add words to the kernel command line")
    p.add_argument("--icount", action="store_true",
                   help="deterministic time: one instruction takes 1 ns")
    p.add_argument("--gdb", nargs="?", const="", metavar="[HOST:]PORT",
                   help="wait for a debugger before the first instruction")
    p.add_argument("--log", metavar="FILE", help="write the kernel log to FILE")
    p.add_argument("--status-file", metavar="F",
                   help="write how the run ended, in words, to F")
    p.add_argument("--qemu-args", action="append", default=[], metavar="STR",
                   help="add words to QEMU's command line")
    p.add_argument("--kernel", metavar="FILE",
                   help="boot another kernel; `linux` is Debian's own")
    checks.add_option(p)


def add_options(parser):
    add_boot_options(parser)
    parser.add_argument("--verbose", "-v", action="store_true",
                        help="show the firmware's output, too")


class Outcome(Exception):
    """How a run ended: its exit status, and the text for --status-file."""

    def __init__(self, status, words, message=None):
        super().__init__(message or words)
        self.status, self.words, self.message = status, words, message


def gdb_address(text):
    if text == "":
        return f"127.0.0.1:{free_port()}"
    host, _, port = text.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise Failure(f"--gdb={text}: not [HOST:]PORT", EXIT_USAGE)
    return f"{host or '127.0.0.1'}:{port}"


def base_image(arch, tests, over=None):
    """Return: the base archive, with or without the test programs; it is
    rebuilt only if something in it has changed"""
    from ..progress import locked
    name = "-".join(filter(None, [
        "initramfs", tests and "tests", over and os.path.basename(over)]))
    path = os.path.join(build_dir(arch), name + ".cpio")
    with locked(arch + "-initramfs"):
        parts = [p for _, p in initramfs.programs(arch, tests)]
        parts += [initramfs.__file__, cpio.__file__]
        listing = "\n".join(map(stamped, parts))
        stamp = path + ".list"
        if (os.path.exists(path) and os.path.exists(stamp)
                and open(stamp).read() == listing + "\n" + stamped(path)):
            with open(path, "rb") as f:
                return f.read()
        data, whole = initramfs.base_archive(arch, tests, over)
        with open(path, "wb") as f:
            f.write(data)
        if whole:
            with open(stamp, "w") as f:
                f.write(listing + "\n" + stamped(path))
        return data


def stamped(path):
    """Return: a file's name, size and time, to be compared for equality: clocks
    cannot tell for sure which of two files is newer"""
    info = os.stat(path)
    return f"{path} {info.st_size} {info.st_mtime_ns}"


def initial_archives(options, tests):
    """Return: the root of Debian packages, if any, and the archive over it"""
    if not options.packages:
        return [base_image(options.arch, tests)]
    wanted = debian.names(options.packages)
    source = debian.root(options.arch, wanted, not options.no_install)
    return [debian.archive(options.arch, wanted),
            base_image(options.arch, tests, source)]


def chosen_kernel(options):
    """Return: the kernel to boot, built if it is ours: that of --kernel, or one
    with the checkers of --check (in tests LECTERN_CHECK), or the usual one"""
    if options.kernel:
        if options.kernel != "linux":
            check_kernel(options.kernel, checks.elf(options.arch, []),
                         MACHINES[options.arch].load)
        return options.kernel
    return checks.kernel(options.arch, chosen_checkers(options),
                         wanted=options.extensions)


def chosen_checkers(options):
    if options.check is not None:
        return options.check
    return os.environ.get("LECTERN_CHECK", "")


def check_extensions(options, settings):
    """Raise Failure if an option needs an extension that is off."""
    for name in ("check", "extensions"):
        if options.kernel and getattr(options, name) is not None:
            raise Failure(f"--{name} is for Lectern's kernel, but --kernel "
                          "names another", EXIT_USAGE)
    if options.kernel:
        return
    on = checks.parts(options.extensions)
    checks.agree(checks.parse(chosen_checkers(options)), on)
    checks.options_agree(settings.append, on)
    if settings.disks and "disk" not in on:
        raise Failure("--disk: extension disk is off", EXIT_USAGE)
    if "virtio" not in on:
        raise Failure("run: extension virtio is off, but the driver talks to "
                      "programs over it", EXIT_USAGE)


def max_cpus():
    """Return: the number of CPUs that the kernel has room for"""
    for path in glob.glob(os.path.join(TOP, "include", "**", "*.h"),
                          recursive=True):
        with open(path) as f:
            found = re.search(r"#define\s+MAX_CPUS\s+(\d+)", f.read())
        if found:
            return int(found[1])
    raise Failure("no header defines the maximum number of CPUs")


def chosen_cpus(options):
    number, word = options.smp, "--smp"
    if number is None:
        number, word = os.environ.get("LECTERN_SMP", "1"), "LECTERN_SMP"
        if options.icount:
            number = 1
    if not str(number).isdigit() or int(number) < 1:
        raise Failure(f"{word} {number}: must be at least 1", EXIT_USAGE)
    if int(number) > max_cpus() and not options.kernel:
        raise Failure(f"{word} {number}: the kernel supports {max_cpus()}",
                      EXIT_USAGE)
    options.smp = int(number)
    return options.smp


def seconds(text):
    """Parse the time of --timeout, for argparse."""
    value = float(text)
    if not 0 < value < 1e9:
        raise ValueError(text)
    return value


def settings_from(options, command):
    s = Settings(options.arch)
    s.mem = memory_size(options.mem)
    s.smp, s.icount = chosen_cpus(options), options.icount
    s.disks = options.disk
    s.disk_format = options.disk_format
    for path in s.disks:
        disk_format(path, s.disk_format)
    # of options given twice the last one counts
    s.append = ["seed=1"] if s.icount else []
    s.append += os.environ.get("LECTERN_APPEND", "").split()
    s.append += options.append
    if (s.disks and is_root_image(s.disks[0])
            and "root=" not in " ".join(s.append)):
        s.append.append("root=/dev/vda rw")
        hidden = "--add" if options.add else \
            "--packages" if options.packages else None
        if hidden:
            raise Failure(
                f"{hidden}: the root is {s.disks[0]}, which hides the initial "
                f"file system; `./lectern image debian {hidden} ...` puts it "
                "on the disk", EXIT_USAGE)
    for text in options.qemu_args:
        s.qemu_args += split_args(text)
    if options.gdb is not None:
        s.gdb = gdb_address(options.gdb)
    s.ports = bool(command)
    s.live = getattr(options, "live", None)
    s.tells_size = not command and tells_size(options)
    return s


def tells_size(options):
    """True if the guest must hear of size changes of the caller's terminal."""
    return os.isatty(0) and not options.kernel and options.gdb is None


def environment(command, debian_root, follow=False):
    """Return: the environment of the guest's programs"""
    env = [("PATH", DEBIAN_PATH)] if debian_root else []
    if os.isatty(0) and not command:
        size = shutil.get_terminal_size()
        env += [("TERM", os.environ.get("TERM", "vt100")),
                ("COLUMNS", size.columns), ("LINES", size.lines)]
        if follow:
            env.append(("LECTERN_RESIZE", 1))
    elif os.environ.get("TERM"):
        env.append(("TERM", os.environ["TERM"]))
    return env


def live_environment(settings):
    """Return: what tells init to start the program that shows the machine"""
    if not settings.live:
        return []
    return [("LECTERN_LIVE",
             f"/dev/vport0p{port_numbers(settings)['live']}")]


def prepare(options, command, quiet=False, more_environment=()):
    """Build what is needed, and return the settings of the machine."""
    settings = settings_from(options, command)
    check_extensions(options, settings)
    if options.kernel and options.kernel != "linux":
        kernel_head(options.kernel)     # before anything is built
    added = [added_pair(t) for t in options.add]
    packages.require(packages.for_run(options.arch), not options.no_install)
    # of the programs that only some images have, it needs those it names
    programs = command and [*command, *(["live"] if settings.live else ())]
    built = build_to_run(options.arch, programs, settings.append, bool(added))
    tests = GUEST_TESTS in built
    settings.kernel = chosen_kernel(options)
    settings.initrds = initial_archives(options, tests) + [
        initramfs.run_archive(command, environment(
            command, options.packages, settings.tells_size)
            + live_environment(settings) + [*more_environment], added,
            initramfs.stripped(options.arch, initramfs.more_programs(
                options.arch, programs, tests) if MORE in built else ()))]
    if options.kernel == "linux":
        packages.require([packages.LINUX_GCC[options.arch]],
                         not options.no_install)
        linux.use(settings)
    if size_in_bytes(settings.mem) < MIB + sum(map(len, settings.initrds)):
        # the firmware may hang before it can print anything
        raise Failure(too_little(settings), EXIT_USAGE)
    settings.asked = options.timeout is not None and \
        options.kernel != "linux"
    settings.added = options.add
    if settings.gdb and not quiet:
        say(f"waiting for a debugger: gdb-multiarch "
            f"{os.path.relpath(settings.kernel)} "
            f"-ex 'target remote {settings.gdb}'")
    return settings


class Log:
    """The kernel log, written to a file and kept for the report of a panic."""

    def __init__(self, path):
        self.tail = b""
        self.file = None
        if path:
            try:
                os.makedirs(os.path.dirname(os.path.abspath(path)),
                            exist_ok=True)
                self.file = open(path, "wb", buffering=0)
            except OSError as why:
                raise Failure(f"--log {path}: {why.strerror}",
                              EXIT_USAGE) from None

    def write(self, data):
        self.tail = (self.tail + data)[-65536:]
        if self.file:
            try:
                self.file.write(data)
            except OSError as why:
                say(f"the kernel log stops here: {why.strerror}")
                self.file = None

    def text(self):
        return self.tail.decode(errors="replace").replace("\r", "")


class Signals:
    """Turns the first fatal signal into a byte in a pipe."""

    CAUGHT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    # The background jobs of a script start with SIGINT ignored, but a caller
    # still ends a run with it.  SIGHUP stays ignored under nohup.

    def __init__(self):
        self.read, self.wake = os.pipe()
        os.set_blocking(self.wake, False)
        self.number = None
        self.old = {s: signal.signal(s, self._caught) for s in self.CAUGHT
                    if s != signal.SIGHUP
                    or signal.getsignal(s) != signal.SIG_IGN}

    def _caught(self, number, _):
        self.number = self.number or number
        os.write(self.wake, b"!")

    def restore(self):
        for number, handler in self.old.items():
            signal.signal(number, handler)


def wait(machine, signals, timeout):
    """Wait until QEMU ends, a signal comes or the time is up.

    Raises Outcome for the last two.
    """
    child = os.pidfd_open(machine.process.pid)
    try:
        poll = select.poll()
        poll.register(child, select.POLLIN)
        poll.register(signals.read, select.POLLIN)
        left = None if timeout is None else timeout * 1000
        ready = [fd for fd, _ in poll.poll(left)]
    finally:
        os.close(child)
    if signals.number:
        machine.kill()
        raise Outcome(128 + signals.number, f"signal {signals.number}")
    if child not in ready:
        s = machine.settings
        places = ":\n" + mishap.where(s.arch, s.kernel, machine.debugger()) \
            if s.asked else ""
        machine.kill()
        raise Outcome(EXIT_TIMEOUT, "timeout",
                      f"no end within {timeout:g} s{places}")
    machine.process.wait()


def source_name(where):
    """Return: the file name of addr2line, relative to the root of the tree.
    The compiler got names relative to build/NAME, perhaps of another clone,
    because the cache of objects compares only the contents of files."""
    where = re.sub(r"^.*/\.\./", "", where)
    return where[len(TOP) + 1:] if where.startswith(TOP + "/") else where


def look_up(tool, elf, places):
    """Return: for each address [(function, file:line)], the inlined functions
    before the function that contains them"""
    done = subprocess.run([tool, "-e", elf, "-a", "-f", "-i",
                           *(f"{p:x}" for p in places)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = []
    lines = iter(done.stdout.splitlines())
    for line in lines:
        if line.startswith("0x"):
            found.append([])
            continue
        where = next(lines, "??").split(" (")[0]
        found[-1].append((line, source_name(where)))
    return found


FRAME = re.compile(r"\b(?:0x)?([0-9a-f]{16}|[c-f][0-9a-f]{7})\b")


def line_tool(arch):
    """Return: the program that finds source lines by address, or None"""
    return (shutil.which(MACHINES[arch].tool("addr2line"))
            or shutil.which("addr2line"))


def source_lines(arch, elf, text):
    """Return: the panic text with file and line after each kernel address, and
    extra lines for the functions that a function was inlined into"""
    tool = line_tool(arch)
    if not tool or not os.path.exists(elf):
        return text
    lines = text.splitlines()
    # a return address lies after its call; (trap) marks other addresses
    found = {i: int(m.group(1), 16) - (not line.endswith("(trap)"))
             for i, line in enumerate(lines)
             for m in [FRAME.search(line)] if m and re.search(r"\+0(x| |$)", line)}
    if not found:
        return text
    for i, frames in zip(found, look_up(tool, elf, found.values())):
        if not frames or frames[0][1].startswith("??"):
            continue
        margin = " " * lines[i].index(FRAME.search(lines[i]).group(1))
        name, where = frames[0]
        lines[i] += f"  {where}"
        if len(frames) > 1:
            lines[i] += f" in {name}"
        for name, where in frames[1:]:
            lines[i] += f"\n{margin}inlined in {name}  {where}"
    return "\n".join(lines)


def last_lines(settings, log):
    """Return: the end of the log, from a panic on if there is one"""
    lines = log.text().rstrip().splitlines()
    start = next((i for i, line in enumerate(lines)
                  if re.search(r"kernel panic|cannot start", line)), len(lines))
    first = max(0, min(start - 10, len(lines) - 12))
    text = source_lines(settings.arch, settings.kernel,
                        "\n".join(lines[first:][:PANIC_LINES]))
    return with_functions(settings, text)


def with_functions(settings, text):
    """Do the same for addresses in the guest's programs."""
    return mishap.with_functions(settings.arch, text, settings.added, look_up,
                                 line_tool(settings.arch))


def death(settings, log, number):
    """Return: the kernel's report of the command's death by this signal, or the
    signal's name; None if it did not die of a signal"""
    told = mishap.reports(log.text())
    if told and number in mishap.FAULTS:
        return with_functions(settings, told[-1])
    try:
        return f"{signal.Signals(number).name} ended the command"
    except ValueError:
        return None


MIB = 1 << 20
# The memory for firmware, kernel with its tables, and the first programs,
# besides the initial file system, which takes its size twice while unpacked.
FIXED_MEMORY = 7 * MIB
CHECKED_IMAGE = 13 * MIB
# QEMU's words for too little memory: of 7.2, of 7.2 and of 10.0.
NO_ROOM = ("regions are overlapping|Not enough space for DTB|"
           "No enough memory to place DTB")


def memory_hint(settings):
    """Return: a line of advice on how much memory the machine needs"""
    initial = sum(map(len, settings.initrds))
    need = FIXED_MEMORY + 2 * initial
    if "address" in settings.kernel:
        need = (need + CHECKED_IMAGE) * 8 // 7      # with its shadow memory
    need = -(-need // MIB)
    return f"at least --mem {need}M is needed"


def too_little(settings):
    """Return: the message that --mem is too small for the initial contents"""
    return f"--mem {settings.mem} is too little: " + memory_hint(settings)


def of_another_qemu(settings):
    """Return: a hint that QEMU may be too old or new for its arguments"""
    from .. import doctor
    tool = MACHINES[settings.arch].qemu
    version = doctor.version(tool)
    tried = doctor.untried(tool, version)
    return (f"; its version is {version}, which was not tried: {tried} were"
            if tried else "")


def judge(machine, log, report, interactive):
    """Find out how a machine ended that ended by itself. Raises Outcome."""
    end = machine.end_status()
    complaint = machine.errors()
    if end == EXIT_PANIC:
        tail = last_lines(machine.settings, log)
        why = "the kernel stopped; the end of its log:\n" + tail
        refused = re.search(r"cannot start: .*memory", tail)
        small = size_in_bytes(machine.settings.mem) < FIXED_MEMORY
        if (refused and not refused.group().endswith("reports no memory")
                or small and "no RAM where the kernel lies" in tail):
            raise Outcome(EXIT_USAGE, "panic", too_little(machine.settings))
        raise Outcome(EXIT_PANIC, "panic", why)
    word, _, number = report.partition(" ")
    if word == "exit" and number.isdigit():
        # the status that a shell gives a command that died of a signal
        raise Outcome(int(number) & 255, f"exit {number}",
                      death(machine.settings, log, int(number) - 128))
    if word == "signal" and number.isdigit():
        raise Outcome(128 + int(number), f"signal {number}",
                      death(machine.settings, log, int(number)))
    if end == 0 and interactive and not complaint:
        raise Outcome(0, "exit 0")
    code = machine.process.returncode
    if re.search(NO_ROOM, complaint):
        raise Outcome(EXIT_USAGE, "panic", too_little(machine.settings))
    elif complaint:
        why = complaint.splitlines()[0] + of_another_qemu(machine.settings)
    elif end == 0:
        why = ("the machine was switched off before the command's status "
               "came")
    elif code < 0:
        why = f"QEMU died of signal {-code}"
    else:
        why = f"QEMU ended with status {code}"
    tail = last_lines(machine.settings, log)
    if tail and not interactive:
        why += "\nthe end of the kernel log:\n" + tail
    raise Outcome(EXIT_BROKEN, "qemu", why)


def run_command(settings, log, timeout, status_path=None):
    """Boot with a command, and relay its streams and status. Raises Outcome."""
    signals = Signals()
    report = bytearray()
    try:
        with Machine(settings) as machine:
            s = machine.sockets
            lines = [
                Relay(receive(s["console"]), log.write),
                Relay(receive(s["stdout"]), write_fd(1),
                      at_break=hang_up(s["stdout"])),
                Relay(receive(s["stderr"]), write_fd(2),
                      at_break=hang_up(s["stderr"])),
                Relay(receive(s["status"]), report.extend)]
            Relay(read_fd(0), s["stdin"].sendall,
                  at_end=hang_up(s["stdin"], socket.SHUT_WR))
            start = time.monotonic()
            limit = DRAIN_SECONDS
            try:
                wait(machine, signals, timeout)
                # QEMU is gone, but its output must still be relayed, as
                # slowly as the caller reads it
                limit = None
                if timeout is not None:
                    limit = max(1, timeout - (time.monotonic() - start))
            finally:
                for line in lines:
                    drain(line, limit, signals)
            judge(machine, log, report.decode(errors="replace").strip(),
                  False)
    finally:
        signals.restore()


def drain(line, limit, signals):
    end = None if limit is None else time.monotonic() + limit
    while line.is_alive() and (end is None or time.monotonic() < end):
        if signals.number and end is None:
            end = time.monotonic() + 0.5
        line.join(0.05)


class Terminal:
    """The caller's terminal in raw mode, restored whatever happens."""

    def __init__(self):
        self.saved = None
        if os.isatty(0):
            self.saved = termios.tcgetattr(0)

    def __enter__(self):
        if self.saved:
            tty.setraw(0, termios.TCSANOW)
        return self

    def __exit__(self, *_):
        if self.saved:
            termios.tcsetattr(0, termios.TCSADRAIN, self.saved)


def keyboard(ready, is_tty, quit_):
    """Return: a function that reads the caller's input for the console.

    Nothing is read before the kernel's first line: earlier input may be lost
    when the serial line is set up.  On a terminal, Ctrl-A x ends the machine
    and Ctrl-A Ctrl-A sends Ctrl-A.  The end of other input is sent as Ctrl-D,
    because a serial line has no end of file.
    """
    state = {"escape": False, "ended": False}

    def read():
        if state["ended"]:
            return b""
        if not ready.is_set():
            ready.wait(READY_SECONDS)
        data = os.read(0, 4096)
        if not is_tty:
            if not data:
                state["ended"] = True
                return b"\x04"
            return data
        if not data:
            return b""
        out = bytearray()
        for byte in data:
            if state["escape"]:
                state["escape"] = False
                if byte in b"xX":
                    quit_()
                    return b""
                out.append(byte)
            elif byte == ESCAPE:
                state["escape"] = True
            else:
                out.append(byte)
        # an empty read would mean the end, so wait for more instead
        return bytes(out) or read()
    return read


@contextlib.contextmanager
def size_told(sock):
    """Tell the guest each new size of the terminal."""
    def changed(*_):
        size = os.get_terminal_size(0)
        with contextlib.suppress(OSError):
            sock.send(b"%d %d\n" % (size.lines, size.columns),
                      socket.MSG_DONTWAIT)

    old = signal.signal(signal.SIGWINCH, changed)
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, old)


class Screen:
    """Shows the console from the kernel's first line on.  The output of the
    firmware before it is shown only if no kernel line comes."""

    def __init__(self, put, everything):
        self.put, self.open, self.held = put, everything, b""

    def write(self, data):
        if self.open:
            self.put(data)
            return
        self.held += data
        at = self.held.find(BANNER)
        if at >= 0:
            self.release(self.held.rfind(b"\n", 0, at) + 1)

    def release(self, start=0):
        held, self.held, self.open = self.held, b"", True
        if held:
            self.put(held[start:])


def is_quiet(settings):
    """True if the kernel may start without printing its first line."""
    return any(w in " ".join(settings.append) for w in ("loglevel", "quiet"))


def run_interactive(settings, log, everything, timeout):
    """Boot to a shell on the caller's terminal. Raises Outcome."""
    signals = Signals()
    is_tty = os.isatty(0)
    if is_tty:
        say("Ctrl-D or poweroff leaves; Ctrl-A x ends the machine at once")
    quit_asked = threading.Event()

    def quit_():
        quit_asked.set()
        machine.process.kill()

    screen = Screen(write_fd(1), everything or is_quiet(settings))
    ready = threading.Event()

    def console(data):
        log.write(data)
        if BANNER in log.tail:
            ready.set()
        screen.write(data)

    try:
        with Terminal(), Machine(settings) as machine:
            sock = machine.sockets["console"]
            line = Relay(receive(sock), console, at_break=quit_)
            Relay(keyboard(ready, is_tty, quit_), sock.sendall)
            sized = machine.sockets.get("size")
            try:
                with size_told(sized) if sized else contextlib.nullcontext():
                    wait(machine, signals, timeout)
            finally:
                drain(line, DRAIN_SECONDS, signals)
                screen.release()
            if quit_asked.is_set():
                raise Outcome(0, "exit 0")
            judge(machine, log, "", True)
    finally:
        signals.restore()


def finish(outcome, status_path):
    if status_path:
        try:
            with open(status_path, "w") as f:
                f.write(outcome.words + "\n")
        except OSError as why:
            say(f"--status-file {status_path}: {why.strerror}")
    if outcome.message:
        say(outcome.message)
    return outcome.status


def run(options, command):
    """Carry out the `run` command. Return: the exit status"""
    try:
        settings = prepare(options, command)
        path = options.log
        if command and not path:
            path = os.path.join(build_dir(options.arch), "console.log")
        log = Log(path)
        if command:
            run_command(settings, log, options.timeout)
        else:
            run_interactive(settings, log, options.verbose or options.kernel,
                            options.timeout)
    except Outcome as outcome:
        return finish(outcome, options.status_file)
    except Failure as why:
        if why.status == EXIT_USAGE:
            raise
        return finish(Outcome(why.status, why.kind, str(why)),
                      options.status_file)
    raise AssertionError("a run ended without an outcome")

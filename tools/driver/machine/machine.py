# SPDX-License-Identifier: MIT
"""One virtual machine: its QEMU command line, its streams and its end.

Every stream goes through a socket pair whose other end QEMU holds: the serial
line, and virtio-serial ports 1 to 4 (standard input, output, error and the
status of the command).  The driver relays them.  QEMU never gets the caller's
own file descriptors, because it would make them non-blocking, truncate files or
spin on a full device.

The machine reports its end by one byte, in the exit status of QEMU or in the
file behind a debug port, as arch/machines.tbl says.
"""
import ctypes
import functools
import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import threading
import time

from ..mutation import lines
from ..common import EXIT_USAGE, MACHINES, TOP, Failure, kernel_elf, say
from ..files import disk_format, to_boot
from ..packages import QEMU
from .guard import Guard

PORTS = {"stdin": 1, "stdout": 2, "stderr": 3, "status": 4}
# the port that tells a shell changes of the terminal's size
SIZE_PORT = {"size": 1}
ROOT_LABELS = (b"lectern-root", b"root")
PR_SET_PDEATHSIG = 1


class Settings:
    """The parts of a machine, by the options of `run`."""

    def __init__(self, arch):
        self.arch = arch
        self.mem = "512M"
        self.smp = 1
        self.disks = []
        self.disk_format = None     # the word of --disk-format
        self.append = []
        self.icount = False
        self.recording = None   # the folder that the run is recorded in
        self.replays = False    # True: replay the run of that folder
        self.gdb = None         # HOST:PORT to wait for a debugger at
        self.asked = False      # GDB is asked where it is if it runs too long
        self.added = []         # files of --add, for the names of functions
        self.qemu_args = []
        self.ports = False      # has the four virtio-serial ports
        self.tells_size = False     # has SIZE_PORT instead
        self.live = None        # who shows the machine live (course/live.py)
        self.initrds = []       # archives, as bytes
        self.kernel = None      # another kernel than ours
        self.machine = None


def is_root_image(path):
    """True for an ext2 file system labelled as a root, as `image` does."""
    with open(path, "rb") as f:
        f.seek(1024)
        block = f.read(136)
    return (block[56:58] == b"\x53\xef"
            and block[120:136].rstrip(b"\0") in ROOT_LABELS)


def _base_args(s, work):
    row = MACHINES[s.arch]
    args = ["-M", s.machine or row.board, *row.qemu_args.split()]
    if row.firmware:
        args += ["-bios", os.path.join(TOP, row.firmware)
                 if os.sep in row.firmware else row.firmware]
    if row.ends == "status":
        return args, None
    status = os.path.join(work, "status")
    return [*args, "-chardev", f"file,id=exit,path={status}",
            "-device", "isa-debugcon,iobase=0xe9,chardev=exit",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=1"], status


# QEMU needs no further program and no further right, whatever a kernel does to
# it.  docs/labs.md lists what the devices of a machine offer to its kernel.
SANDBOX = ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
           "resourcecontrol=deny"]


@functools.lru_cache(maxsize=None)
def sandbox_args(qemu):
    """Return: the arguments of QEMU's own sandbox; none, with a line that says
    so, if it was built without seccomp"""
    try:
        done = subprocess.run([qemu, *SANDBOX, "-version"],
                              capture_output=True)
    except OSError:
        return []               # whoever starts it says what is missing
    if done.returncode:
        say(f"{qemu} has no seccomp: a kernel that breaks out of it is not "
            "kept from starting programs")
        return []
    return SANDBOX


def _recording_args(s):
    """Arguments of record and replay; snapshots need a qcow2 disk."""
    mode = "replay" if s.replays else "record"
    rr, disk = (os.path.join(s.recording, name).replace(",", ",,")
                for name in ("events", "snapshots"))
    return [*MACHINES[s.arch].recorded.split(), "-net", "none",
            "-icount", f"shift=3,rr={mode},rrfile={rr},rrsnapshot=init",
            "-drive", f"if=none,id=snapshots,format=qcow2,file={disk}",
            "-seed", "1", "-rtc", "base=2020-01-01,clock=vm"]


def _icount_args(s):
    if s.recording:
        return _recording_args(s)
    if not s.icount:
        return []
    if s.smp != 1:
        raise Failure("--icount needs one CPU: CPUs that spin would starve the "
                      "CPU that counts; leave out --smp", EXIT_USAGE)
    return ["-icount", "shift=0,sleep=off", "-seed", "1",
            "-rtc", "base=2020-01-01,clock=vm"]


def _disk_args(s):
    """Arguments of disks.  LECTERN_DISK_CACHE is QEMU's word for how to cache
    an image: with "unsafe" a flush does not wait for the host's disk."""
    args = []
    cache = os.environ.get("LECTERN_DISK_CACHE", "writeback")
    bus = "pci" if s.machine == "pc" else "device"
    # the last device gets the lowest slot, so the first disk comes last
    for i, path in reversed(list(enumerate(s.disks))):
        name = path.replace(",", ",,")
        args += ["-drive", f"file={name},"
                 f"format={disk_format(path, s.disk_format)},if=none,"
                 f"cache={cache},id=disk{i}",
                 "-device", f"virtio-blk-{bus},drive=disk{i}"]
    return args


def port_numbers(s):
    """Return: {name: number} of the machine's virtio-serial ports"""
    ports = dict(PORTS if s.ports else SIZE_PORT if s.tells_size else {})
    if s.live:
        ports["live"] = len(ports) + 1
    return ports


class Machine:
    """A running QEMU, as a context manager: leaving it ends the machine."""

    def __init__(self, settings, foreground=False):
        self.settings = settings
        self.sockets = {}
        self.process = None
        self._inherit = []
        self.memory = self.guard = None
        self._dir = tempfile.TemporaryDirectory(prefix="lectern-")
        try:
            self._start(foreground)
        except BaseException:
            self._close()
            raise

    def _close(self):
        if self.guard:
            self.guard.close()
        self._dir.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        for s in self.sockets.values():
            s.close()
        self._close()
        if self.memory:
            self._keep_counters()

    def _keep_counters(self):
        where = os.environ.get("LECTERN_LINES")
        if where:
            lines.add_up(where, self.layout, self.layout.read(self.memory.map))
        self.memory.close()
        self.memory = None

    def _memory_args(self):
        """Put the memory of a kernel that counts its lines into a file."""
        s = self.settings
        name = os.path.basename(os.path.dirname(s.kernel or ""))
        if "lines" not in name.partition("-")[2].split("+"):
            return []
        self.layout = lines.Layout(s.arch, s.kernel)
        self.memory = lines.Memory(lines.size_in_bytes(s.mem))
        return ["-machine", "memory-backend=memory"] + self.memory.args

    def _pair(self, name):
        ours, theirs = socket.socketpair()
        self.sockets[name] = ours
        self._inherit.append(theirs)
        return f"socket,id={name},fd={theirs.fileno()}"

    def _console(self):
        """A recording must not depend on how fast the console is read."""
        folder = self.settings.recording
        if not folder:
            return self._pair("console")
        path = os.devnull if self.settings.replays else \
            os.path.join(folder, "console").replace(",", ",,")
        return f"file,id=console,path={path}"

    def _kernel(self):
        s = self.settings
        if s.recording:
            return os.path.basename(to_boot(MACHINES[s.arch], s.kernel,
                                            s.recording))
        return to_boot(MACHINES[s.arch], s.kernel or kernel_elf(s.arch),
                       self._dir.name)

    def _command(self):
        s, work = self.settings, self._dir.name
        args, self._status_file = _base_args(s, work)
        args = [QEMU[s.arch], *sandbox_args(QEMU[s.arch])] + args + [
            "-display", "none", "-monitor", "none", "-nodefaults",
            "-no-reboot", "-m", s.mem, "-smp", str(s.smp),
            "-global", "virtio-mmio.force-legacy=false",
            "-kernel", self._kernel(),
            "-chardev", self._console(), "-serial", "chardev:console"]
        if s.initrds:
            path = os.path.join(s.recording or work, "initrd")
            with open(path, "wb") as f:
                f.writelines(s.initrds)
            args += ["-initrd", os.path.basename(path)
                     if s.recording else path]
        if s.append:
            args += ["-append", " ".join(s.append)]
        args += _icount_args(s) + _disk_args(s) + self._memory_args()
        ports = port_numbers(s)
        if ports:
            bus = "pci" if s.machine == "pc" else "device"
            args += ["-device", f"virtio-serial-{bus},"
                     f"max_ports={len(ports) + 1}"]
            for name, number in ports.items():
                args += ["-chardev", self._pair(name), "-device",
                         f"virtserialport,nr={number},chardev={name},"
                         f"name=lectern.{name}"]
        if s.live:
            args += ["-chardev", self._pair("monitor"), "-mon",
                     "chardev=monitor,mode=control"]
            args += ["-S"] * s.live.holds
        if s.gdb or s.asked or s.replays:
            args += ["-gdb", f"unix:{self.debugger()},server=on,wait=off"]
            args += ["-S"] * bool(s.gdb or s.replays)
        return args + s.qemu_args

    def _start(self, foreground):
        command = self._command()
        if self.settings.gdb:
            self.guard = Guard(self.debugger(), self.settings.gdb)
        libc = ctypes.CDLL(None, use_errno=True)
        parent = os.getpid()

        def in_child():
            # QEMU ends with the driver, even if the driver is killed
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            if os.getppid() != parent:
                os._exit(1)

        self._errors = open(os.path.join(self._dir.name, "stderr"), "w+b")
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=self._errors,
                stderr=self._errors, start_new_session=not foreground,
                # snapshots hold file names relative to this folder
                cwd=self.settings.recording,
                preexec_fn=in_child,
                pass_fds=[s.fileno() for s in self._inherit]
                + ([self.memory.fd] if self.memory else []))
        except OSError as why:
            raise Failure(f"{command[0]}: {why.strerror}") from None
        for s in self._inherit:
            s.close()
        self._inherit = []
        if self.settings.live:
            self.settings.live.attach(self.sockets["live"],
                                      self.sockets["monitor"])

    def debugger(self):
        """Return: the GDB socket, with settings.gdb, .asked or .replays; only
        a Guard or a TimeTravel connects to it"""
        return os.path.join(self._dir.name, "debugger")

    def kill(self):
        """End QEMU, by request first so that images stay consistent."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def errors(self):
        """Return: QEMU's own error messages"""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()

    def end_status(self):
        """Return: the machine's exit byte; None if it did not end by itself"""
        code = self.process.returncode
        if code is None or code < 0:
            return None
        if self._status_file is None:
            return code
        if code != 3:
            return None
        with open(self._status_file, "rb") as f:
            byte = f.read()
        return byte[-1] if byte else None


class Relay(threading.Thread):
    """Copies one stream until its end; does not keep the driver alive."""

    def __init__(self, source, sink, at_end=None, at_break=None):
        super().__init__(daemon=True)
        self.source, self.sink = source, sink
        self.at_end, self.at_break = at_end, at_break
        self.start()

    def run(self):
        try:
            while True:
                try:
                    data = self.source()
                except (ConnectionError, OSError, ValueError):
                    data = b""
                if not data:
                    break
                try:
                    self.sink(data)
                except (ConnectionError, OSError, ValueError):
                    if self.at_break:
                        self.at_break()
                    return
        finally:
            if self.at_end:
                self.at_end()


def read_fd(fd):
    return lambda: os.read(fd, 1 << 16)


def write_fd(fd):
    def write(data):
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(fd, view):]
            except BlockingIOError:
                # the caller's pipe is non-blocking: wait as if it were blocking
                time.sleep(0.005)
    return write


def receive(sock):
    return lambda: sock.recv(1 << 16)


def hang_up(sock, how=socket.SHUT_RDWR):
    def shut():
        try:
            sock.shutdown(how)
        except OSError:
            pass
    return shut


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def memory_size(text):
    """Check a size such as 128M or 1G. Return: the size in QEMU's notation"""
    if not re.fullmatch(r"[1-9][0-9]*[KMGkmg]?", text):
        raise Failure(f"--mem {text}: not a size such as 128M or 1G",
                      EXIT_USAGE)
    return text if text[-1].isalpha() else text + "M"


def split_args(text):
    try:
        return shlex.split(text)
    except ValueError as why:
        raise Failure(f"--qemu-args: {why}", EXIT_USAGE) from None

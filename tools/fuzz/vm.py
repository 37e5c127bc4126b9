# SPDX-License-Identifier: MIT
"""The machine under test: boots with the executor as its command, takes
batches, and is ended by a find, by silence, or by its owner."""
import os
import re
import socket
import sys
import tempfile
import threading

from driver import checks
from driver.disk import initramfs
from driver.machine import linux
from driver.common import EXIT_PANIC, MACHINES, TOP, Failure, build_dir
from driver.disk.cpio import Archive
from driver.machine.machine import Machine, Relay, Settings, receive
from driver.machine.run import Log, memory_hint, source_lines

from . import encode

PROGRAMS = ("user/bin/init", "test/calls/executor", "test/calls/holder")
# the secret that test/calls/keep.c looks for, and its place in holder
SECRET = bytes((0xd7, 0x6b, 0xe3, 0x95)) * 16
PLACE = b"PLACE-OF-THE-SECRET".ljust(len(SECRET), b"\0")
GUEST = "/usr/lectern/calls/executor"
BOOT_SECONDS = 180
REPORT_LINES = 60


class Died(Exception):
    """The machine is gone, or sends nothing: title, and the whole report.
    `last`: the program of the batch that was running"""

    def __init__(self, title, report, last):
        super().__init__(title)
        self.title, self.report, self.last = title, report, last


def patience():
    return float(os.environ.get("LECTERN_PATIENCE", "1"))


def small_root(arch):
    """Return: a root with only what the executor needs: it boots often"""
    tree = Archive()
    for path, mode in (("/dev", 0o755), ("/proc", 0o555), ("/sys", 0o555),
                       ("/tmp", 0o1777), ("/root", 0o700), ("/run", 0o755),
                       ("/usr/lectern/bin", 0o755)):
        tree.folder(path, mode)
    tree.char("/dev/console", 5, 1)
    tree.char("/dev/null", 1, 3, 0o666)
    for place, guest in ((PROGRAMS[0], "/usr/lectern/bin/init"),
                         (PROGRAMS[1], GUEST)):
        tree.file(guest, built(arch, place), 0o755)
    keep(tree, built(arch, PROGRAMS[2]))
    return tree.bytes()


def built(arch, place):
    with open(os.path.join(build_dir(arch), place), "rb") as f:
        return f.read()


def keep(tree, holder):
    """Add what no program may be able to reach."""
    hiding = holder.replace(PLACE, SECRET)
    if hiding == holder:
        raise Failure("test/calls/holder has no place for the secret")
    tree.folder("/keep", 0o755)
    tree.folder("/keep/dir", 0o700)
    tree.folder("/keep/under", 0o755)
    tree.file("/keep/file", SECRET, 0o600)
    tree.file("/keep/dir/file", SECRET, 0o644)
    tree.file("/keep/under/covered", SECRET, 0o644)
    tree.file("/keep/marker", "\n", 0o644)
    tree.file("/keep/hidden", hiding, 0o711)
    tree.file("/keep/setid", hiding, 0o4711)
    tree.file("/keep/readable", holder, 0o4755)


class Kernel:
    """The kernel to boot, by --check and --against; it is built once."""

    def __init__(self, arch, check, is_linux=False):
        self.arch, self.is_linux = arch, is_linux
        self.file = None if is_linux else checks.kernel(arch, check)

    def settings(self, user, smp, mem, icount, words):
        s = Settings(self.arch)
        s.mem, s.smp, s.icount, s.ports = mem, smp, icount, True
        s.kernel = self.file
        s.append = list(words) + (["seed=1"] if icount else [])
        command = [GUEST, "user" if user else "root"]
        if self.is_linux or "plain" in words:
            command.append("plain")
        s.append = [w for w in s.append if w != "plain"]
        s.initrds = [small_root(self.arch), initramfs.run_archive(command)]
        if self.is_linux:
            s.append += MACHINES[self.arch].debian_space.split()
            linux.use(s)
        return s


class Vm:
    """A running machine."""

    def __init__(self, kernel, user, smp=1, mem="512M", icount=False,
                 words=()):
        self.kernel, self.limit = kernel, 60 * patience()
        self.log = Log(None)
        self.work = tempfile.TemporaryDirectory(prefix="lectern-")
        settings = kernel.settings(user, smp, mem, icount, words)
        sys.path.insert(0, os.path.join(TOP, "test", "run"))
        from hang import Monitor
        self.monitor = Monitor(os.path.join(self.work.name, "monitor"))
        settings.qemu_args += self.monitor.args.split()
        self.machine = Machine(settings)
        s = self.machine.sockets
        self.said = bytearray()
        self.relays = [Relay(receive(s["console"]), self.log.write),
                       Relay(receive(s["stderr"]), self.said.extend),
                       Relay(receive(s["status"]), self.said.extend)]
        self.answers = encode.Answers(self._take)
        self.last = None
        self.ready = False

    def close(self):
        if self.monitor.sock:
            self.monitor.sock.close()
        self.machine.__exit__()
        self.work.cleanup()

    def _take(self, n):
        s = self.machine.sockets["stdout"]
        limit = self.limit if self.ready else \
            BOOT_SECONDS * max(1, patience())
        s.settimeout(limit)
        data = bytearray()
        while len(data) < n:
            try:
                more = s.recv(n - len(data))
            except socket.timeout:
                self._hang(limit)
            except OSError:
                more = b""
            if not more:
                self._ended()
            data += more
        return bytes(data)

    def _hang(self, limit):
        from hang import where
        report = f"no output for {limit:.0f} s\n"
        names = []
        if self.kernel.file:
            places = where(self.monitor, self.kernel.arch, self.kernel.file)
            report += places
            names = [re.sub(r"\+.*", "", w.strip()) for w in
                     places.splitlines() if not w.startswith("CPU")][:2]
        self.machine.kill()
        raise Died("hang in " + (", ".join(names) or "the guest"),
                   report + "\n" + self.log.text()[-4000:], self.last)

    def _ended(self):
        """Find out why the stream ended, by the machine's last output."""
        try:
            self.machine.process.wait(20 * patience())
        except Exception:
            self.machine.kill()
        for relay in self.relays:
            relay.join(2)
        text = self.log.text()
        if self.kernel.file:
            text = source_lines(self.kernel.arch, self.kernel.file, text)
        lines = text.rstrip().splitlines()
        at = next((i for i, line in enumerate(lines) if re.search(
            r"kernel panic|Kernel panic|Oops|BUG:", line)), None)
        said = self.said.decode(errors="replace").strip()
        if at is None:
            title = "the executor ended" if self.machine.end_status() != \
                EXIT_PANIC else "kernel panic without a message"
            at = max(0, len(lines) - REPORT_LINES // 2)
            title += ": " + said if said else ""
        else:
            title = re.sub(r"^.*?(?=[kK]ernel panic|Oops|BUG:)", "",
                           lines[at])
        report = "\n".join(lines[max(0, at - 15):][:REPORT_LINES])
        raise Died(title, (said + "\n" + report).strip(), self.last)

    def _send(self, data):
        """Send from another thread, because both sides may send much."""
        def send():
            try:
                self.machine.sockets["stdin"].sendall(data)
            except OSError:
                pass
        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        return thread

    def start(self):
        if self._take(4) != b"LTFZ":
            raise Failure("unknown answer from the executor")
        self.ready = True

    def run(self, programs, more=False):
        """Return: the results, and how the audit differs ("" if it does not).
        Raises Died"""
        self.last = None
        sender = self._send(encode.batch(programs, more))
        results = []
        while True:
            self.last = len(results)
            if self.answers.word() == 0xffffffff:
                break
            results.append(self.answers.result())
        n = self.answers.word()
        audit = self._take(n).decode(errors="replace") if n else ""
        sender.join()
        return results, audit


def started(*args, **words):
    """Return: a Vm whose executor is ready.  A busy host may delay one start
    too long, but not three in a row, so a first failure is no find."""
    for is_last in (False, False, True):
        vm = Vm(*args, **words)
        try:
            vm.start()
            return vm
        except Died as why:
            vm.close()
            if is_last:
                raise Failure("\n".join(filter(None, (
                    f"the machine does not start: {why.title}",
                    why.report, vm.machine.errors(),
                    memory_hint(vm.machine.settings))))) from None


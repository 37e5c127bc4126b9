# SPDX-License-Identifier: MIT
"""Where the CPUs of a running QEMU are, asked of its monitor, and a run of the
driver that is ended, and tells this, when the guest says nothing any more."""
import bisect
import os
import re
import socket
import subprocess
import tempfile
import threading
import time

from harness import LECTERN, MACHINES  # noqa: E402

DEPTH = 20
SAMPLES = 6                     # seconds apart


class Symbols:
    """Names of a kernel's functions by address."""

    def __init__(self, arch, elf):
        out = subprocess.run([MACHINES[arch].tool("nm"), "-n", elf], text=True,
                             stdout=subprocess.PIPE).stdout
        self.table = [(int(a, 16), name) for a, kind, name in
                      (line.split() for line in out.splitlines()
                       if len(line.split()) == 3) if kind in "tTwW"]
        self.starts = [a for a, _ in self.table]

    def name(self, address):
        i = bisect.bisect_right(self.starts, address) - 1
        if i < 0 or address < 0x80000000:
            return f"{address:#x}"
        return f"{self.table[i][1]}+{address - self.starts[i]:#x}"


class Monitor:
    """QEMU's human monitor on a socket; `args` is what QEMU needs for it."""

    PROMPT = b"(qemu) "

    def __init__(self, path):
        self.path = path
        self.args = (f"-chardev socket,id=monitor,path={path},server=on,"
                     "wait=off -mon chardev=monitor,mode=readline")
        self.sock = None

    def ask(self, command):
        if not self.sock:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(20)
            self.sock.connect(self.path)
            self._answer()
        self.sock.sendall(command.encode() + b"\n")
        return self._answer()

    def _answer(self):
        data = b""
        while not data.endswith(self.PROMPT):
            more = self.sock.recv(65536)
            if not more:
                break
            data += more
        return data.decode(errors="replace").replace("\r", "")


def registers(monitor, arch):
    """=> (pc, frame pointer) of each CPU"""
    text = monitor.ask("info registers -a")
    words = MACHINES[arch].port().MONITOR_REGISTERS
    pcs, fps = ([int(v, 16) for v in re.findall(w, text)] for w in words)
    return list(zip(pcs, fps))


def _words(monitor, arch, address):
    """Two words of kernel memory, or None."""
    form = "gx" if MACHINES[arch].bits == 64 else "wx"
    text = monitor.ask(f"x/2{form} {address:#x}")
    found = re.findall(r": ((?:0x[0-9a-f]+ ?)+)", text)
    words = [int(w, 16) for line in found for w in line.split()]
    return words if len(words) == 2 else None


def backtrace(monitor, arch, cpu, pc, fp):
    monitor.ask(f"cpu {cpu}")
    trace = [pc]
    while len(trace) < DEPTH and fp >= 0x80000000:
        words = _words(monitor, arch,
                       fp + MACHINES[arch].port().FRAME_RECORD)
        if not words or words[0] <= fp:
            break
        fp, pc = words
        trace.append(pc)
    return trace


def where(monitor, arch, elf):
    """=> a text: every CPU's backtrace, by name"""
    symbols = Symbols(arch, elf)
    lines = []
    try:
        for cpu, (pc, fp) in enumerate(registers(monitor, arch)):
            lines.append(f"CPU {cpu}:")
            lines += ["  " + symbols.name(a) for a in
                      backtrace(monitor, arch, cpu, pc, fp)]
    except OSError as why:
        lines.append(f"QEMU's monitor does not answer: {why}")
    return "\n".join(lines)


class Watched:
    """`./lectern run ARGS` until its end; each line it prints is handed to
    heard(self, line), which may set `why`: then it is ended.  Ended, too, is a
    machine that was silent for some seconds and whose CPUs then are found in
    the same places again and again, so they do not merely lack time; and one
    that was silent for very long.  No kernel: not one whose symbols say
    anything."""

    def __init__(self, arch, kernel, args, heard, silence, longest):
        self.arch, self.kernel = arch, kernel
        self.silence, self.longest = silence, longest
        self.why = None                 # it was ended
        self.places = ""                # of its CPUs then
        self.last = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="lectern-") as work:
            self.monitor = Monitor(os.path.join(work, "monitor"))
            self.child = subprocess.Popen(
                [LECTERN, "run", "--arch", arch, "--qemu-args",
                 self.monitor.args, *args], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                errors="replace")
            reader = threading.Thread(target=self._read, args=(heard,),
                                      daemon=True)
            reader.start()
            self._watch()
            reader.join(30)
            self.child.stdout.close()
        self.status = self.child.returncode

    def _read(self, heard):
        for line in self.child.stdout:
            self.last = time.monotonic()
            heard(self, line.rstrip("\n"))

    def _stuck(self):
        """Are all CPUs where they were, again and again?"""
        symbols = Symbols(self.arch, self.kernel)
        seen = set()
        for _ in range(SAMPLES):
            seen.add(tuple(symbols.name(pc).partition("+")[0]
                           for pc, _ in registers(self.monitor, self.arch)))
            time.sleep(1)
        return len(seen) == 1

    def _silent(self):
        """=> why a machine that says nothing is taken for dead, or None"""
        silence = time.monotonic() - self.last
        if silence < self.silence:
            return None
        if silence > self.longest:
            return f"no word for {silence:.0f} s"
        try:
            return "silent, every CPU stays where it is" \
                if self._stuck() else None
        except OSError as why:
            return f"silent, and QEMU's monitor, too: {why}"

    def _watch(self):
        while self.child.poll() is None:
            try:
                self.child.wait(2)
                return
            except subprocess.TimeoutExpired:
                self.why = self.why or self._silent()
            if self.why:
                if self.kernel:
                    self.places = where(self.monitor, self.arch, self.kernel)
                time.sleep(5)           # for the kernel's own report
                self.child.terminate()
                self.child.wait()
                return

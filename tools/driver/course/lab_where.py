# SPDX-License-Identifier: MIT
"""Where the CPU of a machine is that makes no progress.

Only for a student's own run: it differs a little from one run to the next, so a
grade must not have it.
"""
import bisect
import os
import re
import socket
import time
from collections import Counter

from ..tracing.profile import symbols

CPU_SECONDS = 8                 # without a new line: ten times what a case takes
LOOKS = 30
PAUSE = 0.02                    # seconds between two looks
SHOWN = 4                       # functions
# the line of QEMU's "info registers" on each machine
COUNTER = re.compile(rb"(?:\bpc |\bEIP=|\bPC=) *([0-9a-f]+)\s")


class Where:
    """Looks at the CPU of one machine.  kernel: its ELF; work: a folder for the
    monitor's socket"""

    def __init__(self, kernel, work):
        self.kernel, self.path = kernel, os.path.join(work, "monitor")
        self.lines, self.since = 0, 0   # lines so far, and when the last came

    def arguments(self):
        """Return: more arguments for QEMU"""
        return ["-chardev", f"socket,id=where,path={self.path},server=on,"
                "wait=off", "-mon", "chardev=where"]

    def is_time(self, pid, lines):
        """True if QEMU has used much CPU time since the program's last line;
        lines: how many there are"""
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii",
                      errors="replace") as f:
                ticks = f.read().rpartition(")")[2].split()[11:13]
        except OSError:
            return False
        now = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
        if lines != self.lines:
            self.lines, self.since = lines, now
        return now - self.since >= CPU_SECONDS

    def text(self):
        """Return: in which functions the CPU was; empty if QEMU does not say"""
        try:
            found = self._counters()
        except OSError:
            return ""
        return tell(found, *symbols(self.kernel)) if found else ""

    def _counters(self):
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(5)
            monitor.connect(self.path)
            return list(filter(None, (self._look(monitor)
                                      for _ in range(LOOKS))))

    def _look(self, monitor):
        """Return: the program counter; None if there is no answer"""
        time.sleep(PAUSE)
        monitor.sendall(b"info registers\n")
        text = b""
        while not COUNTER.search(text):
            data = monitor.recv(1 << 16)
            if not data:
                return None
            text += data
        return int(COUNTER.search(text)[1], 16)


def tell(counters, addresses, names):
    """Return: a text of these program counters; addresses, names: the kernel's
    symbols, in order"""
    found = Counter()
    for at in counters:
        i = bisect.bisect_right(addresses, at) - 1
        found[names[i] if i >= 0 else "code that is not the kernel's"] += 1
    return f"; in {len(counters)} looks the CPU was in " + ", ".join(
        f"{name} ({n})" for name, n in sorted(
            found.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN])

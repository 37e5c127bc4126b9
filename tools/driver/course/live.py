# SPDX-License-Identifier: MIT
"""`./lectern live`: a machine as `run` starts it, shown in the browser while it
runs (docs/live.md).

In the guest, user/more/live.c writes lines of JSON to a virtio-serial port.
Here they go to every browser that has the page open; what the page asks for
goes back the same way.  A second socket is QEMU's monitor, which stops the
machine and lets it go on.
"""
import collections
import json
import os
import sys
import threading

import entries
import syscalls

from .. import checks
from ..common import EXIT_USAGE, MACHINES, TOP, Failure, say
from ..machine import run as run_module

KEPT = 50000            # lines for a browser that comes later
KEPT_BYTES = 32 << 20   # and for one that takes them slowly
LAST_SECONDS = 3        # for the browsers to take the last lines
# options of `run` that make no sense here, or are not asked for
REST = {"disk": [], "disk_format": None, "gdb": None, "log": None,
        "status_file": None, "qemu_args": [], "verbose": False,
        "kernel": None, "check": None}
NEEDED = ("events", "spaceviews", "tracefs")    # extensions


def add_options(parser):
    run_module.add_machine_options(parser)
    checks.add_extensions(parser)
    p = parser
    p.add_argument("--append", action="append", default=[], metavar="STR",
                   help="add words to the kernel command line")
    p.add_argument("--icount", action="store_true",
                   help="deterministic time: one instruction takes 1 ns")
    p.add_argument("--port", type=port_number, default=0, metavar="N",
                   help="of the server, on 127.0.0.1 (default: a free one)")
    p.add_argument("--wait", action="store_true",
                   help="start the machine when the page is open, so that "
                        "nothing of a short program is missed")
    p.add_argument("--record", metavar="FILE",
                   help="write the lines of the guest to FILE, too")
    p.set_defaults(**REST)


def port_number(text):
    """Parse the number of --port, for argparse."""
    if not text.isdigit() or int(text) > 65535:
        raise ValueError(text)
    return int(text)


def machine_facts(arch):
    """Return: what the page must know of a machine to name its calls and the
    kinds of its pages, as live_machine.json has it"""
    m = MACHINES[arch]
    levels, bits = m.tables
    calls = syscalls.load(os.path.join(TOP, "kernel", "syscall",
                                       "syscalls.tbl"))
    return {"name": m.name, "levels": levels, "bits": bits,
            "cow": hex(entries.layout(m.folder)[0]["cow"]),
            "calls": {str(c.number(m)): c.name for c in calls
                      if c.number(m) is not None}}


# ---- lines -----------------------------------------------------------------

class Listener:
    """The lines for one browser; old ones are dropped if it is too slow."""

    def __init__(self, lines, size):
        self.lines, self.size = collections.deque(lines), size
        self.dropped = 0

    def add(self, line):
        self.lines.append(line)
        self.size += len(line)
        while len(self.lines) > KEPT or self.size > KEPT_BYTES:
            self.size -= len(self.lines.popleft())
            self.dropped += 1

    def take(self):
        """Return: all lines that are there"""
        lines, self.lines, self.size = self.lines, collections.deque(), 0
        if self.dropped:
            lines.appendleft(json.dumps({"is": "lost", "cpu": -2,
                                         "count": self.dropped}))
            self.dropped = 0
        return lines


class Hub:
    """Passes the lines on to all browsers, and keeps some for later ones."""

    def __init__(self):
        self.changed = threading.Condition()
        self.kept = Listener((), 0)
        self.listeners = set()
        self.ended = False

    def add_line(self, line):
        with self.changed:
            for each in (self.kept, *self.listeners):
                each.add(line)
            self.changed.notify_all()

    def end(self):
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def listen(self):
        with self.changed:
            one = Listener(self.kept.lines, self.kept.size)
            one.dropped = self.kept.dropped
            self.listeners.add(one)
            self.changed.notify_all()
            return one

    def leave(self, listener):
        with self.changed:
            self.listeners.discard(listener)
            self.changed.notify_all()

    def next_lines(self, listener, seconds):
        """Return: lines, none if the time is up; None at the end"""
        with self.changed:
            self.changed.wait_for(lambda: listener.lines or self.ended,
                                  seconds)
            lines = listener.take()
            return None if self.ended and not lines else lines

    def wait_for_listener(self):
        with self.changed:
            self.changed.wait_for(lambda: self.listeners or self.ended)

    def wait_until_left(self, seconds):
        """Wait until all browsers have the last line."""
        with self.changed:
            self.changed.wait_for(lambda: not self.listeners, seconds)


# ---- the machine -----------------------------------------------------------

class Watcher:
    """The machine as the page sees it; Machine calls attach()."""

    def __init__(self, holds, record):
        self.holds = holds          # until a browser listens
        self.hub = Hub()
        self.record = record
        self.port = self.monitor = None
        self.sending = threading.Lock()

    def attach(self, port, monitor):
        """Take over the sockets of a machine that has just started."""
        self.port, self.monitor = port, monitor
        self._order({"execute": "qmp_capabilities"})
        for work in (self._read_port, self._read_monitor):
            threading.Thread(target=work, daemon=True).start()
        if self.holds:
            threading.Thread(target=self._begin, daemon=True).start()

    def _begin(self):
        self.hub.wait_for_listener()
        self.order_machine("resume")

    def _read_port(self):
        with self.port.makefile("rb") as lines:
            try:
                for line in lines:
                    if line.endswith(b"\n"):
                        self._pass_on(line[:-1].decode("ascii", "replace"))
            except (OSError, ValueError):
                pass
        self.hub.end()

    def _pass_on(self, line):
        self.hub.add_line(line)
        if self.record:
            self.record.write(line + "\n")

    def _read_monitor(self):
        told = {"STOP": "paused", "RESUME": "running"}
        with self.monitor.makefile("rb") as lines:
            try:
                for line in lines:
                    state = told.get(json.loads(line).get("event"))
                    if state:
                        self.hub.add_line(json.dumps(
                            {"is": "machine", "state": state}))
            except (OSError, ValueError):
                pass

    def _order(self, order):
        with self.sending:
            self.monitor.sendall(json.dumps(order).encode() + b"\n")

    def order_machine(self, word):
        """word: pause or resume"""
        try:
            self._order({"execute": {"pause": "stop", "resume": "cont"}[word]})
        except OSError:
            pass                # the machine has ended

    def send_line(self, line):
        """Send a command to the program in the guest."""
        try:
            with self.sending:
                self.port.sendall(line.encode() + b"\n")
        except (OSError, AttributeError):
            pass


# ---- the command -----------------------------------------------------------

def check_live(options):
    """Raise Failure if the kernel lacks an extension."""
    lack = [n for n in NEEDED if n not in checks.parts(options.extensions)]
    if lack:
        raise Failure(f"live: extension {lack[0]} is off", EXIT_USAGE)


def opened_record(path):
    try:
        return open(path, "w") if path else None
    except OSError as why:
        raise Failure(f"--record {path}: {why.strerror}",
                      EXIT_USAGE) from None


def live(options, command):
    """Carry out the `live` command. Return: the command's exit status"""
    from .live_server import LiveServer
    check_live(options)
    watcher = Watcher(options.wait, opened_record(options.record))
    server = LiveServer(options.port, watcher, machine_facts(options.arch))
    options.live = watcher
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(f"live view: {server.url}"
        + ("; the machine starts when it is open" if options.wait else ""))
    try:
        return run_module.run(options, command)
    finally:
        sys.stdout.flush()
        watcher.hub.end()
        watcher.hub.wait_until_left(LAST_SECONDS)
        server.shutdown()
        server.server_close()
        if watcher.record:
            watcher.record.close()

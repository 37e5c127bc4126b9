# SPDX-License-Identifier: MIT
"""Going back in a recording: a proxy between GDB and the QEMU that replays.

    GDB  <-- packets -->  TimeTravel  <-- packets -->  QEMU's stub

Packets that go forward are passed on.  There is one way back: load an earlier
snapshot, and replay forward to the wanted instruction.  QEMU can do that
itself, but its snapshots of some machines lack the state of their clock, so
that the replay becomes another run.  Here the clock is set right after loading.
"""
import re
import select
import socket
import threading
import time

from ..common import MACHINES, say
from .guard import HELD, REFUSED
from .machine import hang_up

INTERRUPT = 3
SHIFT = 3               # of QEMU's -icount: an instruction takes 8 ns
SECOND = 10 ** 9
SILENCE_SECONDS = 120   # QEMU hangs after this; a snapshot takes about 1 s
FIRST = "init"          # the snapshot before the first instruction
MARKS = 8               # maximum number of further snapshots
FAR, NEAR = 1000000, 200000     # instructions: see seek()


class Gone(Exception):
    """The other side has hung up."""


class Silent(Exception):
    """QEMU accepts no more packets."""


class Packets:
    """One side of GDB's remote protocol, which handles acknowledgements."""

    def __init__(self, sock):
        self.sock, self.data = sock, b""
        self.taken = 0          # packets sent and acknowledged

    def fileno(self):
        return self.sock.fileno()

    def send(self, packet):
        try:
            self.sock.sendall(b"$%s#%02x" % (packet, sum(packet) & 255))
        except OSError:
            raise Gone from None

    def fill(self):
        """Wait for more input. Return: the packets complete by now, and
        INTERRUPT for each interrupt"""
        try:
            more = self.sock.recv(1 << 16)
        except OSError:
            more = b""
        if not more:
            raise Gone
        self.data += more
        return [p for p in self._whole() if not self._refused(p)]

    def _refused(self, packet):
        """Refuse a machine's request for the host's files (guard.py)."""
        if packet == INTERRUPT or packet[:1] != b"F":
            return packet == HELD
        self.sock.sendall(REFUSED)
        return True

    def _whole(self):
        while self.data:
            if self.data[0] == INTERRUPT:
                self.data = self.data[1:]
                yield INTERRUPT
            elif self.data[0] != ord("$"):
                self.taken += self.data[:1] == b"+"
                self.data = self.data[1:]
            else:
                end = self.data.find(b"#")
                if end < 0 or len(self.data) < end + 3:
                    return
                packet, self.data = self.data[1:end], self.data[end + 3:]
                if packet != HELD:      # REFUSED has acknowledged it
                    self.sock.sendall(b"+")
                yield packet


def spelled(packet):
    """Return: a packet in readable form; monitor commands are in hexadecimal"""
    name, _, text = packet.partition(b",")
    if name == b"qRcmd":
        packet = bytes.fromhex(text.decode())
    return repr(packet.decode(errors="replace"))


class TimeTravel:
    """Serves GDB at `port` until GDB hangs up."""

    def __init__(self, arch, address):
        self.row = MACHINES[arch]
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(address)
        self.qemu = Packets(sock)
        self.gdb = None
        self.come = []          # packets from QEMU, not yet handled
        self.set = set()        # break- and watchpoints, as in Z packets
        self.before = None      # True if a watchpoint stops before the access
        self.snapshots = [(0, FIRST)]
        self.kept = 0           # snapshots made on the way
        self.stopped = False    # GDB's interrupt came during a way back
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    # ---- between GDB and QEMU ----------------------------------------------

    def _serve(self):
        sock, _ = self.listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.gdb = Packets(sock)
        try:
            while True:
                ready = select.select([self.gdb, self.qemu], [], [])[0]
                if self.qemu in ready:
                    self.come += self.qemu.fill()
                if self.gdb in ready:
                    for packet in self.gdb.fill():
                        self._take(packet)
                while self.come:
                    packet = self.come.pop(0)
                    if b"watch:" in packet[:40]:
                        self.after_watch()
                    self.gdb.send(packet)
        except (Gone, OSError):
            pass
        except Silent as why:
            say(f"QEMU hangs: it has not accepted {why} for {SILENCE_SECONDS} "
                "seconds; the recording is intact: open it again")
        except Exception as why:        # otherwise GDB would wait forever
            say(f"going back is no longer possible: {type(why).__name__}: "
                f"{why}")
        finally:
            hang_up(sock)()
            sock.close()

    def _take(self, packet):
        """Handle a packet from GDB."""
        if packet == INTERRUPT:
            self.qemu.sock.sendall(b"\x03")
        elif packet == b"bs":
            self.gdb.send(self.step_back())
        elif packet == b"bc":
            self.gdb.send(self.continue_back())
        elif packet.startswith(b"qRcmd,"):
            self._monitor(packet)
        else:
            if packet[:1] in b"Zz":
                self._note(packet[1:], packet[:1] == b"Z")
            self.deliver(packet)

    def _monitor(self, packet):
        words = bytes.fromhex(packet[6:].decode()).decode().split()
        if words[:1] != ["last-write"]:
            self.deliver(packet)
            return
        self.gdb.send(b"O" + (self.last_write(words[1:]) + "\n").encode()
                      .hex().encode())
        self.gdb.send(b"OK")

    # ---- QEMU while it is stopped ------------------------------------------

    def _next(self, stop=False):
        """Return: QEMU's next packet; a stop only if stop is true"""
        while True:
            self._wait()
            packet = self.come.pop(0)
            if stop or packet[:1] not in b"TSWX":
                return packet

    def _wait(self):
        while not self.come:
            ready = select.select([self.gdb, self.qemu], [], [])[0]
            if self.gdb in ready and INTERRUPT in self.gdb.fill():
                self.stopped = True
            if self.qemu in ready:
                self.come += self.qemu.fill()

    def deliver(self, packet):
        """Send a packet to QEMU.  A machine that still runs stops at the first
        byte, reports that and drops the rest; the packet is then sent again."""
        before, seen = self.qemu.taken, len(self.come)
        self.qemu.send(packet)
        end = time.monotonic() + SILENCE_SECONDS
        while self.qemu.taken == before:
            if time.monotonic() > end:
                raise Silent(spelled(packet))
            if not select.select([self.qemu], [], [], 0.1)[0]:
                continue
            self.come += self.qemu.fill()
            stops = any(p[:1] in b"TS" for p in self.come[seen:])
            seen = len(self.come)
            if stops and self.qemu.taken == before:
                self.qemu.send(packet)

    def ask(self, packet):
        """Send a packet to QEMU. Return: the answer"""
        self.come = []          # drop a stop that was reported late
        self.deliver(packet)
        return self._next(stop=packet in (b"c", b"s"))

    def monitor(self, command):
        """Return: the answer of QEMU's monitor"""
        text = b""
        answer = self.ask(b"qRcmd," + command.encode().hex().encode())
        while answer[:1] == b"O" and answer != b"OK":
            text += bytes.fromhex(answer[1:].decode())
            answer = self._next()
        return text.decode(errors="replace")

    def now(self):
        """Return: the number of instructions executed so far"""
        return int(re.search(r"count = (\d+)", self.monitor("info replay"))[1])

    def physical(self, packet):
        """Send a packet whose addresses are physical."""
        self.ask(b"Qqemu.PhyMemMode:1")
        answer = self.ask(packet)
        self.ask(b"Qqemu.PhyMemMode:0")
        return answer

    def word(self, address, size):
        return int.from_bytes(bytes.fromhex(self.physical(
            b"m%x,%x" % (address, size)).decode()), "little")

    # ---- back and forth ----------------------------------------------------

    def load(self, snapshot):
        at, name = snapshot
        self.monitor("loadvm " + name)
        if self.row.clock:
            address, hertz = (int(w, 0) for w in self.row.clock.split())
            ticks = (at << SHIFT) * hertz // SECOND
            self.physical(b"M%x,8:%s" % (
                address, ticks.to_bytes(8, "little").hex().encode()))

    def run_to(self, there):
        """Replay to an instruction, or stop earlier. Return: the reply"""
        self.monitor("replay_delete_break")
        self.monitor(f"replay_break {there}")
        return self.ask(b"c")

    def set_points(self, points, on):
        for point in points:
            self.ask((b"Z" if on else b"z") + point)
            self._note(point, on)

    def _note(self, point, on):
        self.set.discard(point)
        if on:
            self.set.add(point)

    def keep(self):
        """Take a snapshot here, in place of the oldest; QEMU may refuse."""
        name = f"mark{self.kept % MARKS}"
        self.snapshots = [s for s in self.snapshots if s[1] != name]
        at = self.now()
        if not self.monitor("savevm " + name):
            self.snapshots.append((at, name))
            self.kept += 1

    def seek(self, there):
        """Go to an instruction, with no points set.  On a long way, a snapshot
        is taken shortly before it, where the next way back can begin."""
        start = max(s for s in self.snapshots if s[0] <= there)
        self.load(start)
        if there - start[0] > FAR and not self.row.clock:
            while self.now() < there - NEAR:
                self.run_to(there - NEAR)
            self.keep()
        while self.now() < there:
            self.run_to(there)

    def step_over(self):
        """Execute one instruction, even if a point is set there."""
        points = list(self.set)
        self.set_points(points, False)
        self.ask(b"s")
        self.set_points(points, True)

    def stands_before(self, at):
        """True if a watchpoint stopped the machine before the access that it
        reports.  QEMU does so on some machines, and then cannot continue."""
        if self.before is None:
            self.ask(b"s")
            self.before = self.now() == at
            if not self.before:
                points = list(self.set)
                self.set_points(points, False)
                self.seek(at)
                self.set_points(points, True)
        return self.before

    def after_watch(self):
        """Go past the access that a watchpoint reported. Return: the count"""
        at = self.now()
        if not self.stands_before(at):
            return at - 1
        self.step_over()
        return at

    def hits(self, end):
        """Replay on. Yield (instruction, reply) of each point on the way."""
        while self.now() < end and not self.stopped:
            reply = self.run_to(end)
            if b"watch:" in reply:
                yield self.after_watch(), reply
                continue
            at = self.now()
            if at < end and reply.startswith(b"T05"):
                yield at, reply
                reply = self.ask(b"s")
                if b"watch:" in reply:
                    yield self.after_watch(), reply

    def last_hit(self, end, look=lambda: None, before=None):
        """Return: (instruction, reply, results of `look` before and after) of
        the last hit before an instruction, if the first result was `before`;
        or None"""
        for start in sorted(self.snapshots, reverse=True):
            if start[0] >= end:
                continue
            self.load(start)
            last, value = None, look()
            for hit in self.hits(end):
                old, value = value, look()
                if hit[0] < end and before in (None, old):
                    last = (*hit, old, value)
            if last or self.stopped:
                return None if self.stopped else last
            end = start[0]
        return None

    # ---- GDB's requests ----------------------------------------------------

    def go(self, there):
        """Go to an instruction, and keep the points set."""
        points = list(self.set)
        self.set_points(points, False)
        self.seek(there)
        self.set_points(points, True)

    def step_back(self):
        here = self.now()
        if not here:
            return b"T05replaylog:begin;thread:p01.01;"
        self.go(here - 1)
        return b"T05thread:p01.01;"

    def continue_back(self):
        here, self.stopped = self.now(), False
        hit = self.last_hit(here)
        self.go(hit[0] if hit else here if self.stopped else 0)
        if hit:
            return hit[1]
        return (b"T02thread:p01.01;" if self.stopped else
                b"T05replaylog:begin;thread:p01.01;")

    def last_write(self, words):
        """Handle SIZE PHYSICAL BEFORE ADDRESS...: go back to the last write to
        the word at a physical address through one of these virtual addresses;
        BEFORE is the word's value before that write, or -.

        Return: the word's value before and after, or nothing
        """
        size, physical = int(words[0]), int(words[1], 16)
        before = None if words[2] == "-" else int(words[2], 16)
        watched = [b"2,%x,%x" % (int(a, 16), size) for a in words[3:]]
        here, self.stopped = self.now(), False
        points = list(self.set)
        self.set_points(points, False)
        self.set_points(watched, True)
        hit = self.last_hit(here, lambda: self.word(physical, size), before)
        self.set_points(watched, False)
        self.seek(hit[0] if hit else here)
        self.set_points(points, True)
        return f"{hit[2]:#x} {hit[3]:#x}" if hit else ""

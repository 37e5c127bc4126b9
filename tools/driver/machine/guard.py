# SPDX-License-Identifier: MIT
"""What a kernel may not ask of a debugger.

A machine may ask GDB to open, write and remove files of the host ("File-I/O
Remote Protocol Extension" in GDB's manual), and GDB obeys without a question.
With some machines any kernel can have such requests sent, so every debugger of
a machine is behind a guard, which refuses them:

    GDB  <-- all but requests -->  Guard  <-->  QEMU's stub
"""
import os
import re
import select
import socket
import threading
import time

from ..common import Failure


def framed(packet):
    return b"$%s#%02x" % (packet, sum(packet) & 255)


# a packet cannot contain # but at its end
REQUEST = re.compile(rb"\$F[^#]*#..", re.S)
BEGUN = re.compile(rb"\$(F[^#]*(#.?)?|T0?|T02#?b?)?\Z", re.S)
# The call returned -1, errno is 1, EPERM; C says that the user has interrupted
# it, and keeps the machine stopped.  The guard lets it go on by an order of its
# own: QEMU 10 tells no stop that follows an answer without one, and GDB would
# wait for ever.
REFUSED = framed(b"F-1,1,C") + b"+" + framed(b"c")
HELD = b"T02"           # what C has QEMU say; a stop names a thread, too


class Filter:
    """Takes requests out of what a machine sends, and what it says when they
    are refused."""

    def __init__(self):
        self.rest = b""

    def take(self, data):
        """Return: what GDB may see of it, and the number of requests"""
        data = (self.rest + data).replace(framed(HELD), b"")
        data, number = REQUEST.subn(b"", data)
        begun = BEGUN.search(data)
        self.rest = begun[0] if begun else b""
        return data[:len(data) - len(self.rest)], number


class Guard:
    """Serves one debugger after the other.  address: HOST:PORT, or None for a
    free port of this computer; stub: the path of QEMU's socket"""

    def __init__(self, stub, address=None):
        host, _, port = (address or "127.0.0.1:0").rpartition(":")
        self.stub = stub
        try:
            self.listener = socket.create_server((host, int(port)))
        except OSError as why:
            raise Failure(f"--gdb {address}: {why.strerror}") from None
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        """Serve no further debugger."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _serve(self):
        while True:
            try:
                gdb, _ = self.listener.accept()
            except OSError:
                return
            with gdb, socket.socket(socket.AF_UNIX) as qemu:
                gdb.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    self._connect(qemu)
                    _pass(gdb, qemu)
                except OSError:
                    pass        # one of them has ended

    def _connect(self, qemu):
        """QEMU may have been started only now."""
        while not os.path.exists(self.stub):
            time.sleep(0.02)
        while True:
            try:
                qemu.connect(self.stub)
                return
            except ConnectionRefusedError:
                time.sleep(0.02)


def _pass(gdb, qemu):
    """Copy both ways until one side hangs up."""
    known = Filter()
    while True:
        for source in select.select([gdb, qemu], [], [])[0]:
            data = source.recv(1 << 16)
            if not data:
                return
            if source is gdb:
                qemu.sendall(data)
                continue
            data, number = known.take(data)
            gdb.sendall(data)
            qemu.sendall((b"+" + REFUSED) * number)

# SPDX-License-Identifier: MIT
"""Boots riscv64 with harts that start otherwise than usual, by QEMU's GDB stub,
before the first instruction.

QEMU starts the firmware with a record (OpenSBI's struct fw_dynamic_info) that
names the hart to relocate it; that one goes on to boot the kernel, unless
another wins the firmware's lottery.  choose() patches the record.

OpenSBI 1.1 marks a hart as started before it stores the hart's argument and
where it is to enter: one that sees the mark at once enters where the kernel
began, or has an old argument.  misdirect() has that happen.
"""
import socket
import struct
import subprocess
import time

from harness import LECTERN, PATIENCE

RESET = 0x1000          # where the harts start; the record is behind the code
MAGIC = b"OSBI"
BOOT_HART = 5           # which of its 64-bit words
REG_A1, REG_PC = 11, 32


class Stub:
    """As much of GDB's remote protocol as is needed."""

    def __init__(self, port):
        end = time.monotonic() + 60 * PATIENCE
        while True:
            try:
                self.sock = socket.create_connection(("127.0.0.1", port))
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
        self.sock.settimeout(60 * PATIENCE)

    def ask(self, text):
        data = text.encode()
        self.sock.sendall(b"$" + data + b"#%02x" % (sum(data) & 255))
        got = b""
        while b"$" not in got or b"#" not in got[:-2]:
            more = self.sock.recv(4096)
            if not more:
                raise OSError("QEMU's debugger stub hung up")
            got += more
        self.sock.sendall(b"+")
        return got[got.find(b"$") + 1:got.find(b"#")].decode()

    def do(self, text):
        got = self.ask(text)
        if got != "OK":
            raise OSError(f"QEMU's debugger stub answers {text} with {got!r}")


def choose(stub, hart):
    memory = bytes.fromhex(stub.ask(f"m{RESET:x},100"))
    record = memory.find(MAGIC)
    if record < 0:
        raise OSError("no record of the firmware behind the reset vector")
    stub.ask(f"M{RESET + record + 8 * BOOT_HART:x},8:{word(hart)}")
    stub.ask("D")


def word(value):
    return struct.pack("<Q", value).hex()


def misdirect(stub, entry, where):
    """The first hart that comes to WHERE goes on at ENTRY, with another
    a1."""
    # QEMU lets only those write a register who have read their description
    stub.ask("qXfer:features:read:target.xml:0,100")
    stub.do(f"Z1,{where:x},4")
    stub.ask("c")
    stub.do(f"P{REG_PC:x}={word(entry)}")
    stub.do(f"P{REG_A1:x}={word(0)}")
    stub.do(f"z1,{where:x},4")
    stub.do("D")


def boot_patched(patch, port, *args):
    """./lectern run ARGS, once patch(stub) has run.
    Return: its status and output."""
    child = subprocess.Popen(
        [LECTERN, "run", f"--gdb=127.0.0.1:{port}", *args],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    try:
        patch(Stub(port))
        out = child.communicate(timeout=300 * PATIENCE)[0]
    finally:
        child.kill()
        child.wait()
    return child.returncode, out.decode(errors="replace")

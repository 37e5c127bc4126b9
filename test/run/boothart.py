# SPDX-License-Identifier: MIT
"""Boots riscv64 on a hart of one's choice.

QEMU starts the firmware with a record (OpenSBI's struct fw_dynamic_info) that
names the hart to relocate it; that one goes on to boot the kernel, unless
another wins the firmware's lottery.  The record is patched through QEMU's GDB
stub before the first instruction.
"""
import socket
import struct
import subprocess
import time

from harness import LECTERN, PATIENCE

RESET = 0x1000          # where the harts start; the record is behind the code
MAGIC = b"OSBI"
BOOT_HART = 5           # which of its 64-bit words


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


def choose(stub, hart):
    memory = bytes.fromhex(stub.ask(f"m{RESET:x},100"))
    record = memory.find(MAGIC)
    if record < 0:
        raise OSError("no record of the firmware behind the reset vector")
    value = struct.pack("<Q", hart).hex()
    stub.ask(f"M{RESET + record + 8 * BOOT_HART:x},8:{value}")
    stub.ask("D")


def boot(hart, port, *args):
    """./lectern run ARGS on that hart. => (status, output)"""
    child = subprocess.Popen(
        [LECTERN, "run", f"--gdb=127.0.0.1:{port}", *args],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    try:
        choose(Stub(port), hart)
        out = child.communicate(timeout=300 * PATIENCE)[0]
    finally:
        child.kill()
        child.wait()
    return child.returncode, out.decode(errors="replace")

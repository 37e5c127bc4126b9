# SPDX-License-Identifier: MIT
"""A GDB that is driven as editors do it, by its machine interface."""
import json
import os
import re
import select
import subprocess
import time

from harness import PATIENCE, holds

LIMIT = 60


class Mi:
    """gdb-multiarch -i mi, as a context manager."""

    def __init__(self, program="gdb-multiarch"):
        self.process = subprocess.Popen(
            [program, "-nx", "-q", "--interpreter=mi"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        self.held = b""
        self.number = 0
        self.log = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def line(self, limit):
        """=> the next line; the test fails if none comes in time"""
        end = time.monotonic() + limit * PATIENCE
        while b"\n" not in self.held:
            left = end - time.monotonic()
            ready = left > 0 and select.select([self.process.stdout], [], [],
                                               left)[0]
            data = os.read(self.process.stdout.fileno(), 65536) if ready \
                else b""
            holds(data, "GDB says no more:\n" + "\n".join(self.log[-30:]))
            self.held += data
        line, _, self.held = self.held.partition(b"\n")
        self.log.append(line.decode(errors="replace").rstrip("\r"))
        return self.log[-1]

    def ask(self, command, limit=LIMIT):
        """=> the lines up to the answer, which must not be an error"""
        self.number += 1
        text = f"{self.number}{command}\n"
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()
        seen = []
        while True:
            seen.append(self.line(limit))
            if seen[-1].startswith(f"{self.number}^"):
                break
        holds(not seen[-1].startswith(f"{self.number}^error"),
              f"{command}: {seen[-1]}")
        return seen

    def console(self, command):
        """A command as one types it. => what it prints"""
        seen = self.ask(f"-interpreter-exec console {json.dumps(command)}")
        return "".join(json.loads(line[1:]) for line in seen
                       if re.match(r'~"', line))

    def stopped(self, limit=LIMIT):
        """Continue. => the line that says where it stops"""
        self.ask("-exec-continue")
        while True:
            line = self.line(limit)
            if line.startswith("*stopped"):
                return line

# SPDX-License-Identifier: MIT
"""`./lectern bench --profile ROW`: the functions that execute a row's
instructions.

kbench runs the row with many more repetitions than usual.  Once the row has
begun, QEMU's monitor is told to run one instruction at a time and to log each
address.  A few hundred thousand of them are counted by the kernel's symbols,
including those of the row's untimed parts.
"""
import bisect
import os
import re
import subprocess
import tempfile
import threading
import time
from collections import Counter

from ..disk import initramfs
from ..build import build
from ..common import EXIT_BROKEN, MACHINES, Failure, build_dir, kernel_elf
from ..machine.machine import Machine, Relay, Settings, receive
from ..machine.run import base_image

SCALE = "3000"                  # percent of the usual repetitions
LIMIT = 600                     # seconds
WINDOW = 48 << 20               # bytes of log, about 80 an instruction


class Traced(Machine):
    """A machine whose monitor can be used."""

    def _command(self):
        return super()._command() + ["-chardev", self._pair("monitor"),
                                     "-mon", "chardev=monitor"]

    def log_instructions(self, path):
        """Log the address of each executed instruction to a file from now."""
        # the second name is the one of newer QEMUs
        self.tell(f"logfile {path}", "singlestep on", "one-insn-per-tb on",
                  "log exec,nochain")

    def tell(self, *commands):
        self.sockets["monitor"].sendall(
            "".join(c + "\n" for c in commands).encode())


def symbols(path, *options):
    """options: for nm. Return: sorted (addresses, names) of an ELF's code"""
    done = subprocess.run(["nm", *options, path], text=True, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = {}
    for line in done.stdout.splitlines():
        part = line.split()
        if len(part) == 3 and part[1] in "tTwWiu" and part[2][0] not in ".$":
            # without the version of a library's symbol
            found.setdefault(int(part[0], 16), part[2].partition("@")[0])
    return sorted(found), [found[a] for a in sorted(found)]


def record(arch, made, command, begins, ends):
    """Run kbench; log instructions between two of its lines. Return: bytes"""
    build(arch)
    s = Settings(arch)
    s.mem, s.icount, s.ports, s.append = "1G", True, True, ["seed=1"]
    s.initrds = [base_image(arch, False), initramfs.run_archive(
        command, [], [(host, guest) for guest, host in made.items()])]
    seen, text, answered = threading.Condition(), bytearray(), [0]

    def take(data):
        """Answer each line but the first, so that kbench goes on."""
        with seen:
            text.extend(data)
            lines = bytes(text).splitlines(keepends=True)
            for line in lines[answered[0]:]:
                if line.endswith(b"\n"):
                    answered[0] += 1
                    if not line.startswith(begins):
                        machine.sockets["stdin"].sendall(b"\n")
            seen.notify()

    def wait_for(word, limit):
        with seen:
            end = time.monotonic() + limit
            while word not in text and time.monotonic() < end:
                if not seen.wait(1) and machine.process.poll() is not None:
                    break
            if word not in text:
                said = bytes(text[-1000:]).decode(errors="replace")
                raise Failure(f"kbench did not print {word.decode().strip()}"
                              f" but:\n{said}", EXIT_BROKEN)

    with tempfile.TemporaryDirectory(prefix="lectern-") as folder:
        path = os.path.join(folder, "trace")
        with Traced(s) as machine:
            for name in ("console", "monitor", "stderr"):
                Relay(receive(machine.sockets[name]), lambda data: None)
            Relay(receive(machine.sockets["stdout"]), take)
            wait_for(begins, LIMIT)
            machine.log_instructions(path)
            end = time.monotonic() + LIMIT
            while (time.monotonic() < end and machine.process.poll() is None
                   and not os.path.exists(path)):
                time.sleep(0.05)
            machine.sockets["stdin"].sendall(b"\n")
            while (time.monotonic() < end and machine.process.poll() is None
                   and ends not in text and not (os.path.exists(path)
                   and os.path.getsize(path) > WINDOW)):
                time.sleep(0.05)
        with open(path, "rb") as f:
            return f.read(WINDOW)


def count(arch, log):
    """Return: (instructions by address, traps from user mode)"""
    first, entries, user = MACHINES[arch].kernel, 0, False
    seen = Counter()
    for m in re.finditer(rb"\[[0-9a-f]+/([0-9a-f]+)/", log):
        pc = int(m.group(1), 16)
        seen[pc] += 1
        entries += user and pc >= first
        user = pc < first
    return seen, entries


def summary(arch, seen, entries):
    """Yield the lines of the table, the most expensive function first."""
    addresses, names = symbols(kernel_elf(arch))
    total, cost, calls = sum(seen.values()), Counter(), Counter()
    for pc, n in seen.items():
        if pc < MACHINES[arch].kernel:
            cost["(user mode)"] += n
            continue
        at = bisect.bisect(addresses, pc) - 1
        cost[names[at]] += n
        if addresses[at] == pc:
            calls[names[at]] += n
    per = max(entries, 1)
    yield (f"{total} instructions, {entries} traps from user mode, "
           f"{total / per:.1f} a trap")
    yield f"{'share':>6} {'a trap':>8} {'calls':>7} {'a call':>7}  function"
    for name, n in cost.most_common():
        if n * 2000 < total:
            break
        of = n / calls[name] if calls[name] else 0
        yield (f"{100 * n / total:5.1f}% {n / per:8.1f} "
               f"{calls[name] / per:7.2f} {of:7.1f}  {name}")


def record_row(arch, made, row, rows, group):
    """Record one row of kbench.  rows: all rows in order; group: returns the
    group of a row. Return: bytes"""
    if row not in rows:
        raise Failure(f"no row is called {row}", 2)
    mine = [r for r in rows if group(r) == group(row)]
    before = mine[:mine.index(row)]
    begins = f"{before[-1]}\t" if before else f"# {group(row)}\n"
    return record(arch, made,
                  ["/kbench", "-m", "-s", SCALE, "-f", group(row)],
                  begins.encode(), f"{row}\t".encode())


def profile(arch, made, row, rows, group):
    """Print the table for a row. Return: the exit status"""
    log = record_row(arch, made, row, rows, group)
    keep = os.path.join(build_dir(arch), "profile.tsv")
    seen, entries = count(arch, log)
    with open(keep, "w") as f:
        f.writelines(f"{pc:x}\t{n}\n" for pc, n in sorted(seen.items()))
    print("\n".join(summary(arch, seen, entries)))
    return 0

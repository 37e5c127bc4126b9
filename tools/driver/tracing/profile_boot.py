# SPDX-License-Identifier: MIT
"""`./lectern bench --profile boot`: count the instructions from power-on to the
first one of init, by function.

QEMU writes each block of code that it translates, and the name of each block
that it executes, into a pipe.  A block that is left early because of a device
or a fault counts as a whole, so a loop that waits for a device looks more
expensive than it is.
"""
import bisect
import os
import re
import tempfile
from collections import Counter

from .. import checks
from ..disk import initramfs
from ..build import build
from ..common import EXIT_BROKEN, Failure, build_dir
from ..machine.machine import Machine, Relay, Settings, receive
from .profile import symbols
from ..machine.run import base_image

INIT = "user/bin/init"
SHOWN = 30                      # number of functions shown


def entry_of(path):
    """Return: the first instruction of a program: e_entry of its ELF header"""
    with open(path, "rb") as f:
        head = f.read(32)
    return int.from_bytes(head[24:32 if head[4] == 2 else 28], "little")


def blocks(trace):
    """Yield (address, instructions) of each block as it is executed."""
    size, new, length = {}, None, 0
    for line in trace:
        if line.startswith(b"0x"):
            new = int(line.split(b":")[0], 16) if new is None else new
            length += 1
        elif line.startswith(b"Trace"):
            if new is not None:
                size[new], new, length = length, None, 0
            at = int(re.search(rb"\[[0-9a-f]+/([0-9a-f]+)", line)[1], 16)
            yield at, size.get(at, 1)
        elif line.startswith(b"IN:") and new is not None:
            size[new], new, length = length, None, 0


def count(trace, kernel, init):
    """Return: (instructions before the kernel maps itself, those after by
    block)"""
    before, found, mapped = 0, Counter(), False
    for at, n in blocks(trace):
        mapped = mapped or kernel[0] <= at <= kernel[1]
        if at == init:
            return before, found
        if mapped:
            found[at] += n
        else:
            before += n
    raise Failure("init was not reached", EXIT_BROKEN)


def boot_profile(arch):
    build(arch)
    s = Settings(arch)
    s.kernel = checks.kernel(arch, "")      # LECTERN_EXTENSIONS chooses it
    addresses, names = symbols(s.kernel)
    high = [a for a in addresses if a > max(addresses) // 2]
    s.icount, s.append = True, ["seed=1"]
    s.initrds = [base_image(arch, False), initramfs.run_archive(["true"])]
    with tempfile.TemporaryDirectory(prefix="lectern-") as folder:
        path = os.path.join(folder, "trace")
        os.mkfifo(path)
        s.qemu_args = ["-d", "exec,nochain,in_asm", "-D", path]
        with Machine(s) as machine:
            Relay(receive(machine.sockets["console"]), lambda data: None)
            with open(path, "rb") as trace:
                before, found = count(trace, (high[0], high[-1]), entry_of(
                    os.path.join(build_dir(arch), INIT)))
    own, cost = sum(found.values()), Counter()
    for at, n in found.items():
        cost[names[max(bisect.bisect(addresses, at) - 1, 0)]] += n
    print(f"{before + own} instructions from power-on to init, {own} of them "
          "since the kernel mapped itself")
    for name, n in cost.most_common(SHOWN):
        print(f"{100 * n / own:5.1f}% {n:9}  {name}")
    return 0

# SPDX-License-Identifier: MIT
"""What a GDB says that is typed at from a text: `echo @NAME\\n` in it begins a
part of that name, and cases look at parts."""
import os
import re

from harness import MACHINES, TOP, errors_of, holds, matches, out_of, run
import syscalls


class Session:
    def __init__(self, text, errors):
        self.text, self.errors = text, errors
        parts = re.split(r"^(?:\(gdb\) )*@(\S+)$", text, flags=re.M)
        self.part = dict(zip(parts[1::2], parts[2::2]))

    def reached(self, part):
        holds(part in self.part,
              f"the session reached {part}:\n{self.text}\n{self.errors}")

    def sees(self, tap, name, part, *patterns):
        """A case: these regular expressions are found in a part."""
        def look():
            self.reached(part)
            matches(self.part[part], *patterns)
        tap.case(name, look)

    def complains(self, *words):
        """GDB has what `monitor` says, and its own errors, on its standard
        error."""
        for word in words:
            holds(word in self.errors, f"{word} in:\n{self.errors}")


def typed(arch, commands, *words, timeout=120):
    """=> the session of ./lectern gdb with these commands"""
    done = run("gdb", *words, arch=arch, data=commands, timeout=timeout)
    return Session(out_of(done), errors_of(done))


def number_of_write(arch):
    """=> what lt-trapframe shows of a write(2): the register with its number"""
    calls = syscalls.load(os.path.join(TOP, "kernel/syscall/syscalls.tbl"))
    number = next(c for c in calls if c.name == "write").nr[
        MACHINES[arch].syscalls]
    return rf"{MACHINES[arch].port().CALL_REGISTER} 0+{number:x}\b"

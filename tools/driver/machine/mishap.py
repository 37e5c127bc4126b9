# SPDX-License-Identifier: MIT
"""What went wrong in the guest, with places in the source: the report of a
program that died of a fault, and the state of CPUs and tasks when a run reached
its time limit."""
import os
import re
import shutil
import signal
import subprocess

from ..common import MACHINES, TOP, added_pair, build_dir
from ..mutation.lines import Elf
from .guard import Guard

FAULTS = (signal.SIGILL, signal.SIGTRAP, signal.SIGBUS, signal.SIGFPE,
          signal.SIGSEGV)
STAMP = re.compile(r"^\[ *\d+\.\d+] ", re.M)
HEAD = re.compile(r"^fault: (.*\[\d+]: .* at .*,)$")
CODE = re.compile(r"\((\S+)\+(0x[0-9a-f]+)\)")
GDB_SECONDS = 60
TRACE_SECONDS = 0.3             # of the trace before the machine was stopped


def reports(text):
    """Return: the fault reports in a kernel log (topics/coredump), one line
    each"""
    found, lines = [], iter(STAMP.sub("", text).splitlines())
    for line in lines:
        head = HEAD.match(line)
        if head:
            rest = [next(lines, "") for _ in range(3)]
            found.append(" ".join([head[1], *rest]))
    return found


# ---- names of functions ----------------------------------------------------

def host_file(arch, name, added):
    """Return: the host's file of a guest program, by the last part of its name;
    None if it is not one of ours"""
    for text in added:
        host, guest = added_pair(text)
        if os.path.isfile(host) and os.path.basename(guest) == name:
            return host
        inside = os.path.join(host, name)
        if os.path.isfile(inside):
            return inside
    for folder in ("user/bin", "user/pe", "test/guest", "test/guest/rtld",
                   "test/guest/pe"):
        path = os.path.join(build_dir(arch), folder, name)
        if os.path.isfile(path):
            return path
    return None


def address_of(path, offset):
    """Return: the linked address of an offset in an ELF file, or None"""
    try:
        return Elf(path).address(offset)
    except (OSError, ValueError, IndexError):
        return None


def with_functions(arch, text, added, look_up, tool):
    """Return: the text with function and line in place of offsets, for programs
    whose files the host has"""
    def named(found):
        path = host_file(arch, found[1], added)
        at = path and address_of(path, int(found[2], 16))
        if not at:
            return found[0]
        frames = look_up(tool, path, [at])
        if not frames or not frames[0] or frames[0][0][0] == "??":
            return found[0]
        name, where = frames[0][0]
        where = "" if where.startswith("??") else " " + where
        return f"({name}{where})"
    return CODE.sub(named, text) if tool else text


# ---- where everything is ---------------------------------------------------

def where(arch, kernel, path):
    """Return: what the kernel's tasks and CPUs do, found out by GDB at that
    socket; or a line why that failed"""
    if not shutil.which("gdb-multiarch"):
        return ("with gdb-multiarch installed the driver would report where "
                "CPUs and tasks were")
    guard = Guard(path)
    command = ["gdb-multiarch", "-q", "-nx", "-batch",
               "-iex", f"set architecture {MACHINES[arch].gdb}",
               "-iex", "set confirm off", "-iex", "set pagination off",
               kernel, "-ex", "set print frame-arguments none",
               "-ex", f"target remote 127.0.0.1:{guard.port}",
               "-x", os.path.join(TOP, "tools", "gdb", "lectern.py"),
               "-ex", f"lt-where {TRACE_SECONDS}", "-ex", "detach"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                              errors="replace", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=GDB_SECONDS)
    except subprocess.TimeoutExpired:
        return f"GDB gave no answer within {GDB_SECONDS} s"
    finally:
        guard.close()
    if "== " not in done.stdout:
        return "GDB cannot inspect this kernel"
    lines = done.stdout[done.stdout.find("== "):].splitlines()
    return "\n".join(line for line in lines if line.startswith((" ", "*"))
                     or re.match(r"== |CPU |task |\d+ in the trace", line))

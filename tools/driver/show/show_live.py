# SPDX-License-Identifier: MIT
"""A stopped program in the guest that can be inspected: user/more/remote.c runs
it under ptrace(2), and takes commands line by line from the machine's standard
input."""
import os
import re
import subprocess
import tempfile

from ..common import EXIT_BROKEN, MACHINES, TOP, Failure

REMOTE = "/usr/lectern/bin/remote"
AT_PHDR, AT_PHNUM, AT_ENTRY = 3, 5, 9


class Area:
    """A line of /proc/PID/maps."""

    def __init__(self, line):
        words = line.split(None, 5)
        self.start, self.end = (int(w, 16) for w in words[0].split("-"))
        self.perms, self.offset = words[1], int(words[2], 16)
        self.name = words[5].strip() if len(words) > 5 else ""


class Live:
    """The live program, from its first instruction on."""

    def __init__(self, options, command, words):
        self.name = command[0]
        self.word = MACHINES[options.arch].bits // 8
        self.kind = MACHINES[options.arch].port()
        self._folder = tempfile.TemporaryDirectory(prefix="lectern-")
        self._status = os.path.join(self._folder.name, "status")
        self._errors = open(os.path.join(self._folder.name, "errors"), "w+b")
        self._guest = subprocess.Popen(
            [os.path.join(TOP, "lectern"), "run", *words, "--status-file",
             self._status, "--", REMOTE, "--", *command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._errors)

    def __enter__(self):
        if self._line() != "ready":
            self._lost()
        return self

    def __exit__(self, *_):
        self._guest.stdin.close()
        self._guest.stdout.read()
        self._guest.wait()
        self._errors.close()
        self._folder.cleanup()

    def _lost(self):
        """Raise Failure with the guest's reason, when no answer came."""
        status = self._guest.wait()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip()
        if status in (126, 127):
            raise Failure(f"{self.name} could not be started", status)
        raise Failure(said.splitlines()[-1].removeprefix("lectern: ") if said
                      else "the guest stopped answering", status or
                      EXIT_BROKEN)

    def _line(self):
        return self._guest.stdout.readline().decode(errors="replace").rstrip(
            "\n")

    def ask(self, line):
        """Send a command. Return: the words of the answer"""
        try:
            self._guest.stdin.write(line.encode() + b"\n")
            self._guest.stdin.flush()
        except BrokenPipeError:
            self._lost()
        words = self._line().split()
        if not words:
            self._lost()
        return words

    def registers(self):
        """Return: {name: value} of the registers that matter here"""
        words = self.ask("registers")[1:]
        return {name: int(words[i], 16)
                for name, i in self.kind.PRSTATUS_WORDS.items()}

    def bytes(self, at, size):
        """Return: the bytes at an address; None if not all are mapped"""
        text = self.ask(f"read {at:x} {size:x}")[1:]
        if not size:
            return b""
        return None if not text or "-" in text[0] else bytes.fromhex(text[0])

    def value(self, at):
        """Return: the word at an address"""
        data = self.bytes(at, self.word)
        return None if data is None else int.from_bytes(data, "little")

    def string(self, at, limit=256):
        """Return: the string at an address, up to its 0"""
        data = b""
        while b"\0" not in data and len(data) < limit:
            more = self.bytes(at + len(data), 16)
            if more is None:
                break
            data += more
        return data.partition(b"\0")[0].decode(errors="replace")

    def maps(self):
        found, line = [], self.ask("maps")
        line = " ".join(line)
        while line and line != "end":
            if re.match(r"[0-9a-f]+-", line):
                found.append(Area(line))
            line = self._line()
        return found

    def trap(self, at):
        """Set a trap. Return: True if there is an instruction to stop at"""
        return self.ask(f"trap {at:x}") == ["trap", "1"]

    def go(self):
        """Continue. Return: the address of the trap it hit; None if it ended"""
        words = self.ask("go")
        return int(words[1], 16) if words[0] == "at" else None

    def place(self, address, maps):
        """Return: an address as the file and the offset in it"""
        area = next((a for a in maps if a.start <= address < a.end), None)
        if not area:
            return "nothing"
        if not area.name:
            return "memory without a name"
        if area.name.startswith("["):
            return area.name
        return (f"{os.path.basename(area.name)}+"
                f"{address - area.start + area.offset:#x}")


def vector(live, at):
    """Return: the auxiliary vector at an address, [(place, type, value)]"""
    found = []
    while len(found) < 64:
        pair = [live.value(at + i * live.word) for i in range(2)]
        if None in pair:
            raise Failure("the auxiliary vector has no end")
        found.append((at, *pair))
        if not pair[0]:
            break
        at += 2 * live.word
    return found


class Start:
    """The stack's contents before the first instruction."""

    def __init__(self, live):
        word, self.sp = live.word, live.registers()["sp"]
        self.argc = live.value(self.sp)
        at = self.sp + word
        self.argv, at = pointers(live, at)
        self.envp, at = pointers(live, at)
        self.auxv = vector(live, at)
        self.tables_end = self.auxv[-1][0] + 2 * word
        self.values = {kind: value for _, kind, value in self.auxv}


def pointers(live, at):
    """Return: [(place, pointer)] up to a null pointer, and its place"""
    found = []
    while len(found) < 4096:
        value = live.value(at)
        at += live.word
        if not value:
            return found, at
        found.append((at - live.word, value))
    raise Failure("a list of strings has no end")

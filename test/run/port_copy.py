# SPDX-License-Identifier: MIT
"""A copy of the tree with a port of a machine in it that the project does not
have: a 32-bit RISC-V without firmware.  Its row is that of the exercise,
course/porting."""
import os
import subprocess

from harness import TOP, holds, read, write

EXERCISE = os.path.join(TOP, "course", "porting", "riscv32")
SOLUTION = os.path.join(EXERCISE, "solution")


def row():
    """Return: the changes of the row, KEY=VALUE"""
    return [line for line in read(os.path.join(EXERCISE, "row")).splitlines()
            if not line.startswith("#")]


class Copy:
    """The tree in a folder of its own, and a port of this name."""

    def __init__(self, top, name):
        self.top, self.name = top, name
        names = subprocess.run(
            ["git", "-C", TOP, "ls-files", "-co", "--exclude-standard"],
            stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n")
        there = "\n".join(n for n in names
                          if os.path.exists(os.path.join(TOP, n)) and n)
        packed = subprocess.run(["tar", "-C", TOP, "-cf", "-", "-T", "-"],
                                input=there.encode(), stdout=subprocess.PIPE,
                                check=True).stdout
        subprocess.run(["tar", "-C", top, "-xf", "-"], input=packed,
                       check=True)

    def begin(self):
        """Write what `port new` gives. Return: its status, its text"""
        return self.lectern("port", "new", self.name, "--like", "riscv",
                            *[w for c in row() for w in ("--set", c)])

    def is_told(self, status, *lines):
        """`port check` ends with this status, and has these lines."""
        got, text = self.lectern("port", "check", self.name)
        holds(got == status and all(line in text for line in lines), text)

    def lectern(self, *words):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith("LECTERN_") or k == "LECTERN_PATIENCE"}
        done = subprocess.run([os.path.join(self.top, "lectern"), *words],
                              stdin=subprocess.DEVNULL, env=env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def path(self, name):
        return os.path.join(self.top, "arch", self.name, name)

    def write(self, name, text):
        write(self.path(name), text.lstrip())

    def forget(self, *names):
        """Delete these functions from unimplemented.c."""
        parts = read(self.path("unimplemented.c")).split("\n\n")
        self.write("unimplemented.c", "\n\n".join(
            p for p in parts if not any(f"{n}(" in p for n in names)))

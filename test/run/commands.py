#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""commands.py ARCH - the commands of the documents, run as they are told:
their exit status, and a word of what they print (commands_table.py)."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (BUILD, FINISHED, PATIENCE, TOP, Console,  # noqa: E402
                     Skip, Tap, equal, holds, matches, need_package)
import commands_table as table  # noqa: E402
from driver.testing import testing  # noqa: E402
from driver.main import COMMANDS, parse  # noqa: E402

ARCH = sys.argv[1]
WORK = tempfile.TemporaryDirectory()
FIRST = next(iter(FINISHED))
NEEDS = {"man": "man", "meson": "meson", "bash": "bash",
         "gdb": "gdb-multiarch"}
LIMIT = 300 * PATIENCE


def for_arch(command):
    """The command for this machine; None: it names another."""
    if "--arch" in command:
        return command if f"--arch {ARCH}" in command else None
    return re.sub(table.WITH_ARCH, rf"\g<0> --arch {ARCH}", command)


def fill_tree():
    """A folder that looks like the tree, with a program of one's own: what
    they write stays in it."""
    for name in os.listdir(TOP):
        if name not in ("build", ".git"):
            os.symlink(os.path.join(TOP, name), os.path.join(WORK.name, name))
    shutil.copy(os.path.join(BUILD, ARCH, "user", "bin", "echo"),
                os.path.join(WORK.name, "my-program"))


def needs(command):
    """The tools that a command cannot do without are there, or Skip."""
    for word, tool in NEEDS.items():
        if re.search(rf"(^|[ (]){word}\b", command) and not shutil.which(tool):
            raise Skip(f"{tool} is not installed")


def runs_line(command, status, pattern):
    needs(command)
    environment = {k: v for k, v in os.environ.items() if k != "LECTERN_ONLY"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=WORK.name, text=True, errors="replace",
        env=dict(environment, MANPAGER="cat", LECTERN_BUILD=BUILD),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=LIMIT)
    equal(done.returncode, status(done.stdout) if callable(status) else status,
          done.stdout + done.stderr)
    # a traced program has standard output to itself
    traces = re.search(r"lectern (trace .*|profile )-- ", command)
    said = done.stderr if traces else done.stdout
    holds(re.search(pattern, said, re.M),
          f"no {pattern} in:\n{done.stdout}{done.stderr}")


def helps(command, status, pattern):
    """COMMAND stands for each."""
    for name in COMMANDS:
        runs_line(command.replace("COMMAND", name), status, pattern)


def at_the_shell():
    """The lines that are typed there, and its end by Ctrl-D."""
    with Console("--arch", ARCH, "--log", os.devnull, columns=200) as c:
        c.login()
        for line, pattern in table.AT_SHELL.items():
            if line.endswith("| less"):
                c.send(line + "\r")
                c.expect(pattern)
                c.send("q")
                c.expect(re.escape(c.PROMPT))
            else:
                out = c.command(line)
                holds(re.search(pattern, out, re.M), f"{line}:\n{out}")
        c.send("\x04")
        equal(c.leave(), 0)


def in_gdb():
    """The lines that are typed there, in the order of the page."""
    needs("gdb")
    typed = [c for c in table.commands("README.md") if c in table.AT_GDB]
    command = for_arch(table.SESSIONS[1]).split(" ", 1)[1]
    done = subprocess.run(
        [os.path.join(TOP, "lectern"), *command.split()], text=True,
        errors="replace", input="".join(f"echo @{n}\\n\n{line}\n" for n, line
                                        in enumerate(typed)) + "kill\n",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
    equal(done.returncode, 0, done.stderr)
    parts = re.split(r"^(?:\(gdb\) )*@\d+$", done.stdout, flags=re.M)[1:]
    equal(len(parts), len(typed), done.stdout)
    for line, out in zip(typed, parts):
        holds(re.search(table.AT_GDB[line], out), f"{line}:\n{out}")


def meson(*words):
    """`meson test` in this machine's build folder. => what it says"""
    environment = {k: v for k, v in os.environ.items()
                   if not k.startswith("LECTERN_")}
    done = subprocess.run(
        ["meson", "test", "-C", os.path.join(BUILD, ARCH), "--no-rebuild",
         *words], env=dict(environment, LECTERN_BUILD=BUILD), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=LIMIT)
    equal(done.returncode, 0, done.stdout + done.stderr)
    return done.stdout


def plain_meson():
    """`meson test` has the tests that the driver has, by default and whole;
    one of them is run."""
    for words, setup in (([], []), (["--all"], ["--setup", "all"])):
        options = parse(["test", "--arch", ARCH, *words])[0]
        want = {name.partition("/")[2]
                for name, _, _ in testing.collect([ARCH], options)}
        listed = re.findall(r"^\S+ / (\S+)$", meson("--list", *setup), re.M)
        equal(set(listed), want, " ".join(["meson test", *setup]))
    out = meson("current")
    matches(out, r"^Ok: +1\b")


def is_ours(tap, n, command, mine):
    """Does this machine run the n-th?  What names a machine, or runs once, is
    nobody else's."""
    if mine == command or tap.brief:
        return True
    if table.QUICK.search(command):
        n = list(FINISHED).index(table.QUICK_ON)
    return tap.turn(ARCH, n)


def main():
    need_package(ARCH, "busybox-static")
    once = table.RUN_ONCE if ARCH == FIRST else {}
    tap = Tap(brief=[b for b in table.BRIEF if once or not any(
        b in command for command in table.RUN_ONCE)])
    fill_tree()
    for n, (command, (status, pattern)) in enumerate({**table.RUN,
                                                      **once}.items()):
        mine = for_arch(command)
        if mine and is_ours(tap, n, command, mine):
            tap.case(f"runs {command}",
                     helps if "COMMAND" in mine else runs_line,
                     mine, status, pattern)
    tap.case("plain Meson has the same tests", plain_meson)
    tap.case("a session at the shell", at_the_shell)
    tap.case("a session in GDB", in_gdb)
    WORK.cleanup()
    tap.end()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""narrow_test.py ARCH - programs of user/bin and user/more with words of half
the machine's width (docs/rv32.md): each starts, and works beside those of the
machine's own."""
import os
import sys

sys.dont_write_bytecode = True
from harness import (BUILD, NARROW_ON, Tap, equal, holds, out_of,  # noqa: E402
                     run)
from driver.build import build  # noqa: E402

ARCH = sys.argv[1]
FOLDER = os.path.join(BUILD, ARCH, "user", "narrow")


def narrow_says(*words):
    """=> the exit status, and what it said, line by line"""
    add = [part for n in sorted(os.listdir(FOLDER)) if "." not in n
           for part in ("--add", f"{FOLDER}/{n}:/narrow/{n}")]
    done = run("run", *add, "--", *NARROW_ON, *words, arch=ARCH)
    return done.returncode, out_of(done).splitlines()


def narrow_shell(*lines):
    """Lines of the narrow shell. => what it said"""
    status, text = narrow_says("/narrow/lsh", "-c", "; ".join(lines))
    equal(status, 0, text)
    return text


def off_at_first():
    """Who does not switch them on has none."""
    done = run("run", "--add", f"{FOLDER}/echo:/one", "--", "/one", "x",
               arch=ARCH)
    equal((done.returncode, done.stdout), (126, b""), done.stderr)
    done = run("run", "--", "cat", "/proc/sys/abi/rv32", arch=ARCH)
    equal((done.returncode, done.stdout), (0, b"0\n"), done.stderr)


def arguments():
    equal(narrow_says("/narrow/echo", "two words", "", "x"),
          (0, ["two words  x"]))


def others():
    equal(narrow_shell("/narrow/echo narrow", "/usr/lectern/bin/echo wide",
                       "/bin/sh -c '/narrow/echo between'"),
          ["narrow", "wide", "between"])


def files():
    text = narrow_shell("/narrow/cat /etc/hostname", "/narrow/ls -l /etc")
    equal(text[0], "lectern")
    holds(any(line.split()[-1] == "passwd" and line.startswith("-rw-r--r--")
              for line in text[1:]), text)


def processes():
    text = narrow_shell("/narrow/ps")
    holds(any(line.split()[1:] == ["0", "S", "init"] for line in text), text)
    holds(any(line.split()[3] == "lsh" for line in text), text)


def elf_readers():
    text = narrow_shell("/narrow/elfdump -h /narrow/echo",
                        "/narrow/nm /narrow/echo")
    holds(any("ELF32" in line for line in text), text)
    holds(any(line.split()[1:] == ["T", "main"] for line in text), text)


def dynamic():
    """By our runtime linker and shared library, both of this width."""
    at = "/usr/lectern/lib32"
    add = [part for n in ("ld-lectern.so.1", "libc.so.6")
           for part in ("--add", f"{FOLDER}/{n}:{at}/{n}")]
    done = run("run", *add, "--add", f"{FOLDER}/twice:/twice", "--",
               *NARROW_ON, "/twice", arch=ARCH)
    equal((done.returncode, done.stdout),
          (0, b"looked for, and found\nfound at once\n"))
    done = run("run", *add, "--add", f"{FOLDER}/twice:/twice", "--",
               *NARROW_ON, f"{at}/ld-lectern.so.1", "--list", "/twice", arch=ARCH)
    holds(f"{at}/libc.so.6".encode() in done.stdout, done.stdout)


def tests():
    """Children, pipes, waiting: the runner of the guest tests."""
    status, text = narrow_says("/narrow/testrun", "/narrow/echo",
                               "/narrow/moments")
    equal(status, 1, text)
    holds("# END echo exit 0" in text, text)
    holds("# END moments exit 2" in text, text)


def main():
    tap = Tap()
    build(ARCH, ["narrow"])
    tap.case("they are off at first", off_at_first)
    tap.case("arguments", arguments)
    tap.case("the shell starts both widths", others)
    tap.case("files", files)
    tap.case("processes", processes)
    tap.case("readers of ELF files", elf_readers)
    tap.case("a dynamic program", dynamic)
    tap.case("the runner of tests", tests)
    tap.end()


main()

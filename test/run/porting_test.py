#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""porting_test.py ARCH solution|all - the exercise course/porting: the
solution, laid over what `port new` writes in a copy of the tree, passes all
steps of `port check` and the kernel's other self-tests, and runs a first
program.  all: each wrong solution is refused at the step, and for the reason,
that it names."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import PATIENCE, Tap, equal, matches, read, write  # noqa: E402
from port_copy import EXERCISE, SOLUTION, Copy  # noqa: E402
from driver.disk.cpio import Archive  # noqa: E402

NAME = "riscv32"
HEAD = re.compile(r"Refused: (\d) (.+)\nWhy: (?:.+\n)+\n--- a/arch/riscv32/")
PATCHED = re.compile(r"^\+\+\+ b/arch/riscv32/(\S+)", re.M)
CC = ("riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32", "-Os",
      "-Wall", "-Wextra", "-Werror", "-ffreestanding", "-nostdlib", "-static")
LIMIT = 120 * PATIENCE


def passes(copy):
    status, text = copy.begin()
    equal(status, 0, text)
    shutil.copytree(SOLUTION, copy.path("."), dirs_exist_ok=True)
    os.remove(copy.path("unimplemented.c"))
    copy.is_told(0, "here  9. the outside judge", "0 functions")


def boot(copy, *words):
    """Boot the kernel of `port check`. Return: its status, its console"""
    done = subprocess.run(
        ["qemu-system-riscv32", "-M", "virt", "-bios", "none", "-m", "128M",
         "-display", "none", "-serial", "stdio", "-monitor", "none", *words,
         "-kernel", os.path.join(copy.top, "build", f"{NAME}-port",
                                 "lectern.elf")],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=LIMIT)
    return done.returncode, done.stdout.decode(errors="replace")


def tests_itself(copy):
    """With instructions counted, as some cases measure time."""
    _, text = boot(copy, "-icount", "shift=0,sleep=off", "-append", "selftest")
    plan = int(re.search(r"selftest: 1\.\.(\d+)", text)[1])
    equal(len(re.findall(r"selftest: ok \d", text)), plan, text)


def runs_a_program(copy, cpus):
    program = os.path.join(copy.top, "hello")
    subprocess.run([*CC, "-o", program, os.path.join(EXERCISE, "hello.c")],
                   check=True)
    files = Archive()
    files.host(program, "init")
    files.char("dev/console", 5, 1)
    initrd = os.path.join(copy.top, "initrd")
    write(initrd, files.bytes())
    status, text = boot(copy, "-smp", str(cpus), "-initrd", initrd,
                        "-append", "init=/init")
    matches(text, rf"on riscv32, {cpus} CPU",
            r"hello\r?\na signal\r?\na child\r?\ngoodbye")
    equal(status, 0, text)


def refused(copy, patch):
    text = read(patch)
    step, reason = HEAD.match(text).groups()
    subprocess.run(["patch", "-p1", "-s", "-f", "--no-backup-if-mismatch",
                    "-d", copy.top], input=text, text=True, check=True)
    try:
        status, said = copy.lectern("port", "check", NAME)
        equal(status, 1, said)
        matches(said, rf"^here  {step}\.", "^ +(not ok|not seen)  "
                rf"{re.escape(reason)}$|^ +{reason} is defined nowhere$")
    finally:
        for file in PATCHED.findall(text):
            copy.write(file, read(os.path.join(SOLUTION, file)))


def main():
    tap = Tap()
    wrong = os.path.join(EXERCISE, "wrong")
    with tempfile.TemporaryDirectory(prefix="lectern-porting-") as top:
        copy = Copy(top, NAME)
        tap.case("the solution passes all steps", passes, copy)
        tap.case("the solution passes the kernel's self-tests", tests_itself,
                 copy)
        for cpus in (1, 4):
            tap.case(f"a program runs with {cpus} CPU", runs_a_program, copy,
                     cpus)
        for name in sorted(os.listdir(wrong) if "all" in sys.argv else []):
            tap.case(f"{name.removesuffix('.patch')} is refused", refused,
                     copy, os.path.join(wrong, name))
    tap.end()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pe.py ARCH BUILD - programs and a library that Debian's compiler for Windows
made, with its start-up code and C library, on the loader of PE programs
(docs/pe.md).  test/guest/pe needs no such compiler and has the finer tests.
On a machine of other code Debian's emulator runs the loader, if that is built:
one interpreter in another."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import foreign  # noqa: E402
from cases import RUNNER, run_cases  # noqa: E402
from driver.build import MORE, build  # noqa: E402
from harness import BUILD, MACHINES, TOP, Tap, write  # noqa: E402

GCC = "i686-w64-mingw32-gcc"
SOURCES = os.path.join(TOP, "test", "pe", "mingw")
LOADER = "/usr/lectern/bin/pe"
# the machine whose code PE programs are made of, which has the loader
CODE = next(m.name for m in MACHINES.values() if os.path.isdir(
    os.path.join(TOP, "user", "pe", "arch", m.folder)))

SETUP = rf"""
mkdir -p /misc
mount -t binfmt_misc none /misc 2>/dev/null
[ -e /misc/foreign ] || [ ! -e /register ] || cat /register >/misc/register
[ -e /misc/pe ] || echo ':pe:M::MZ::{LOADER}:' >/misc/register
cd /pe
"""

FLOATS = r""" 3.14|1.234568e+04|1e-10|1234567890123456789|0xff|ab   |
"""

# name: (script, what it prints, exit status)
CASES = {
    "a program with its C library": ("""
./hello.exe 'two  words' "" 2>&1; echo $?
""", "hello, world\n./hello.exe|two  words||\n3.500 -7\n3\n", 0),
    "a library, threads, files": ("""
./program.exe one 'a "b"' 2>&1; echo $?
""", "lib: hello\nargument 1: one\nargument 2: a \"b\"\n"
     "number 12, hidden 36, clock 1\n" + FLOATS +
     "lib: thread hello\nthread: own 8, count 1 2\n"
     "lib: thread goodbye\nstatus 17, own 5, count 1\n"
     "[a][to] 31 7.500\nread: line 1\nread: another\nno file: 1 1\n"
     "to standard error\nat the end\nlib: goodbye\n9\n", 0),
    "through pipes": ("""
./hello.exe | head -1 | tr a-z A-Z; echo "$(./hello.exe x | wc -l)"
""", "HELLO, WORLD\n3\n", 0),
    "every optimization": ("""
for o in 0 1 2 3 s; do ./hello-O$o.exe | head -1; done
""", "hello, world\n" * 5, 0),
    "stripped, at a fixed address": ("""
./fixed.exe; echo $?
""", "hello, world\n./fixed.exe|\n3.500 -7\n3\n", 0),
    "without its library": ("""
mkdir -p /tmp/alone; cp program.exe /tmp/alone; cd /tmp/alone
./program.exe; echo $?
""", "127\n", 0),
}

HELLO = r"""
#include <stdio.h>
int main(int argc, char **argv)
{
	printf("hello, world\n");
	for (int i = 0; i < argc; i++)
		printf("%s|", argv[i]);
	printf("\n%.3f %d\n", 3.5, -7);
	return 3;
}
"""


def gcc(folder, out, *words):
    subprocess.run([GCC, "-Wall", "-static-libgcc", "-o", os.path.join(folder, out), *words],
                   check=True)


def make_folder(work):
    """=> a folder for the guest"""
    folder = os.path.join(work, "pe")
    os.mkdir(folder)
    hello = os.path.join(work, "hello.c")
    write(hello, HELLO)
    gcc(folder, "hello.exe", hello)
    for level in "0123s":
        gcc(folder, f"hello-O{level}.exe", f"-O{level}", hello)
    gcc(folder, "fixed.exe", "-s", "-Wl,--disable-dynamicbase,"
        "--disable-reloc-section", hello)
    library = os.path.join(work, "liblib.a")
    gcc(folder, "lib.dll", "-shared", os.path.join(SOURCES, "lib.c"),
        os.path.join(SOURCES, "lib.def"), f"-Wl,--out-implib,{library}")
    gcc(folder, "program.exe", os.path.join(SOURCES, "program.c"), library)
    return folder


def emulated(arch, work):
    """=> options that bring the loader and who runs it"""
    if shutil.which(MACHINES[CODE].tool("gcc")):
        build(CODE, [MORE])
    loader = os.path.join(BUILD, CODE, "user", "pe", "pe")
    if not os.path.exists(loader):
        print(f"1..0 # SKIP there is no build of {CODE}, whose code they are")
        sys.exit(0)
    line = os.path.join(work, "register")
    write(line, foreign.line(loader) + b"OC")
    return ["--mem", "512M", "--add", f"{line}:/register", "--add",
            f"{foreign.emulator(arch, CODE)}:/emulator",
            "--add", f"{loader}:{LOADER}"]


def main():
    arch = sys.argv[1]
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="lectern-pe-") as work:
        more = emulated(arch, work) if arch != CODE else []
        folder = make_folder(work)
        cases = {name: (SETUP + script, out, status)
                 for name, (script, out, status) in CASES.items()}
        run_cases(tap, arch, cases, log="pe", runner=RUNNER,
                  options=["--add", f"{folder}:/pe", *more])
    tap.end()


main()

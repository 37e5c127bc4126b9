# SPDX-License-Identifier: MIT
"""`./lectern bench --starts`: the cost of starting a program with many
libraries, by our runtime linker, glibc's and musl's, bound at the first calls
or at the start, and prelinked (user/prelink); beside the same functions linked
into one static program, and Debian's `true`, which does nothing but start.

There are 50 libraries with 100 relocations each: 40 for functions that are
called, 30 for pointers to other libraries' functions, 30 for the library's own
data.  The program calls one function of each library.
"""
import glob
import os
import random
import subprocess

from .. import packages
from ..disk import debs
from ..build import tool_failure
from ..common import MACHINES, TOP, build_dir

LIBRARIES, CALLS, POINTERS, OWN = 50, 40, 30, 30
FUNCTIONS = 20          # of each library, called by others
FOLDER = "/bench/start"
OURS = "/usr/lectern/lib/ld-lectern.so.1"
TRUE = "/loaders/true"


def _name(library, function):
    return f"module{library}_function{function}"


def library_source(number):
    """Return: the source of one library, the same at every run"""
    chance = random.Random(number)
    others = [_name(l, f) for l in range(LIBRARIES) for f in range(FUNCTIONS)
              if l != number]
    called = chance.sample(others, CALLS)
    pointed = chance.sample(sorted(set(others) - set(called)), POINTERS)
    lines = [f"int {n}(int);" for n in called + pointed]
    lines.append(f"static int own[{OWN}];")
    lines.append(f"int *const own{number}[] = {{"
                 + ", ".join(f"&own[{i}]" for i in range(OWN)) + "};")
    lines.append(f"int (*const others{number}[])(int) = {{"
                 + ", ".join(pointed) + "};")
    for f in range(FUNCTIONS):
        mine = called[f::FUNCTIONS]
        lines.append(f"int {_name(number, f)}(int n) {{ return n > 0 ? "
                     + " + ".join(f"{c}(n - 1)" for c in mine) + " : n; }")
    return "\n".join(lines) + "\n"


def program_source():
    names = [_name(i, 0) for i in range(LIBRARIES)]
    return ("#include <sys/syscall.h>\n"
            "long __syscall(long, long, long, long, long, long, long);\n"
            + "".join(f"int {n}(int);\n" for n in names)
            + "void start(void);\nvoid start(void) {\n\tint n = 0;\n\n"
            + "".join(f"\tn += {n}(0);\n" for n in names)
            + "\t__syscall(SYS_exit_group, n, 0, 0, 0, 0, 0);\n"
              "\tfor (;;)\n\t\t;\n}\n")


class Maker:
    def __init__(self, arch, folder):
        self.gcc = [packages.LINUX_GCC[arch], "-O1", "-w", "-ffreestanding",
                    "-nostdlib", "-fno-stack-protector",
                    "-Wl,--allow-shlib-undefined", "-Wl,-z,noexecstack"]
        self.call = os.path.join(TOP, "user", "libc", "arch",
                                 MACHINES[arch].folder, "syscall.S")
        self.folder = folder

    def run(self, *words):
        done = subprocess.run([*self.gcc, *words], text=True, cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise tool_failure("compiling for --starts", self.gcc, done.stdout)

    def make(self, interpreters):
        objects, libraries = [], []
        for i in range(LIBRARIES):
            with open(os.path.join(self.folder, f"m{i}.c"), "w") as f:
                f.write(library_source(i))
            objects.append(f"m{i}.o")
            libraries.append(f"libm{i}.so")
        with open(os.path.join(self.folder, "p.c"), "w") as f:
            f.write(program_source())
        self.run("-fPIC", "-c", *(o[:-1] + "c" for o in objects), "p.c")
        for o, so in zip(objects, libraries):
            self.run("-shared", o, "-o", so, f"-Wl,-soname,{so}")
        for name, interpreter in interpreters.items():
            self.run("-pie", "p.o", self.call, "-Wl,--no-as-needed",
                     *libraries, "-Wl,-e,start", "-Wl,-rpath,$ORIGIN",
                     f"-Wl,--dynamic-linker={interpreter}", "-o", name)
        self.run("-static", "p.o", self.call, *objects, "-Wl,-e,start", "-o",
                 "static")
        return ["static", *interpreters, *libraries]


def _found(arch, package, pattern, links):
    """Return: a file of a package, or a link to it"""
    return next(p for p in glob.glob(os.path.join(
        debs.unpacked(arch, package), "**", pattern), recursive=True)
        if os.path.islink(p) == links)


def _of(arch, package, pattern):
    return _found(arch, package, pattern, links=False)


def _loader_name(arch):
    """Return: where Debian's programs look for glibc's loader"""
    return "/lib/" + os.path.basename(
        _found(arch, "libc6", "ld-linux*.so.?", links=True))


# row, setting, program; the programs named `lectern` need our own linker
STARTS = (("start_static", "-", "static"),
          ("start_lazy", "-", "lectern"),
          ("start_eager", "LD_BIND_NOW=1", "lectern"),
          ("start_prelinked", "-", "prelinked"),
          ("start_lazy_glibc", "-", "glibc"),
          ("start_eager_glibc", "LD_BIND_NOW=1", "glibc"),
          ("start_musl", "-", "musl"),
          ("start_debian_true", "LD_LIBRARY_PATH=/loaders", TRUE))


def arguments(ours):
    """Return: the arguments of startbench, with or without our linker's rows"""
    argv = ["/usr/lectern/bin/prelink", "!", f"{FOLDER}/prelinked"] * ours
    for row, setting, program in STARTS:
        if ours or program not in ("lectern", "prelinked"):
            argv += [row, setting, os.path.join(FOLDER, program)]
    return argv


def prepare(arch):
    """Return: {guest path: host file}"""
    folder = os.path.join(build_dir(arch), "bench", "start")
    os.makedirs(folder, exist_ok=True)
    glibc = _of(arch, "libc6", "ld-linux*.so.?")
    musl = _of(arch, "musl", "libc.so")
    files = {"/loaders/glibc": glibc, "/loaders/musl": musl,
             "/loaders/libc.so.6": _of(arch, "libc6", "libc.so.6"),
             # where the packages' own programs look for their loader
             _loader_name(arch): glibc,
             TRUE: _of(arch, "coreutils", "bin/true")}
    names = Maker(arch, folder).make({
        "lectern": OURS, "glibc": "/loaders/glibc", "musl": "/loaders/musl"})
    files.update({f"{FOLDER}/{n}": os.path.join(folder, n) for n in names})
    files[f"{FOLDER}/prelinked"] = os.path.join(folder, "lectern")
    return files

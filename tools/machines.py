#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""machines.py - the rows of arch/machines.tbl.

  --write             generate the cross files that Meson needs:
                      cross-FOLDER.txt at the top of the tree, one a machine

As a module: MACHINES, {name: Machine} in the order of the table, and FINISHED,
those whose ports are no work in progress.
"""
import argparse
import functools
import importlib.util
import os
import re
import sys

from folders import PORT

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
TABLE = os.path.join(TOP, "arch", "machines.tbl")

NEEDED = ("folder", "bits", "meson", "tools", "qemu", "board", "ends", "ram",
          "load", "kernel", "direct", "tables", "gdb", "syscalls")
OPTIONAL = ("step", "qemu_args", "image", "packages", "versions", "firmware",
            "goal", "clock", "recorded", "others", "linux", "narrow",
            "objdumps", "debian", "busybox", "python", "debian_kernel", "debian_board",
            "debian_append", "debian_space", "debian_modules")
NUMBERS = ("bits", "ram", "load", "kernel", "direct", "step", "goal")
LISTS = ("objdumps", "debian_modules", "packages", "versions")
BINUTILS = ("ar", "nm", "strip", "objcopy")


class Wrong(Exception):
    """The table cannot be used: FILE:LINE and what is wrong."""


class Machine:
    """A row, with its keys as members.  An optional key that is missing is "",
    or () if it has several words."""

    def __init__(self, name, where):
        self.name, self.where = name, where
        for key in OPTIONAL:
            setattr(self, key, () if key in LISTS else "")

    def tool(self, name):
        """Return: a command of the compiler that builds the kernel"""
        return self.tools + name

    def pairs(self, key):
        """Return: {command: word} of `packages` or `versions`"""
        return dict(word.split("=", 1) for word in getattr(self, key))

    def port(self):
        """Return: the module arch/FOLDER/tools.py, which says how code, stacks
        and files of the machine look; None: the port has none yet"""
        return _load(os.path.join(TOP, "arch", self.folder, "tools.py"))

    def page_constant(self, name):
        """Return: a plain number of the port's <arch/page.h>; of several, that
        of a kernel without checkers, the last"""
        with open(os.path.join(TOP, "arch", self.folder, "include", "arch",
                               "page.h")) as f:
            return int(re.findall(rf"#define {name}\s+(\w+)", f.read())[-1],
                       0)

    def cross_path(self):
        """Return: the path of the machine's cross file"""
        return os.path.join(TOP, f"cross-{self.folder}.txt")

    def cross_text(self):
        """Return: the text of the cross file"""
        binaries = "".join(f"{tool} = '{self.tool(tool)}'\n"
                           for tool in BINUTILS)
        return ("# Made of arch/machines.tbl by: tools/machines.py --write\n"
                f"[binaries]\nc = '{self.tool('gcc')}'\n{binaries}\n"
                "[properties]\nneeds_exe_wrapper = true\n"
                "skip_sanity_check = true\n"
                f"machine = '{self.name}'\narch = '{self.folder}'\n"
                f"qemu = '{self.qemu}'\nsyscalls = '{self.syscalls}'\n"
                f"bits = {self.bits}\nkernel = '{self.kernel:#x}'\n"
                f"load = '{self.load:#x}'\nlinux = '{self.linux}'\n"
                f"narrow = '{self.narrow}'\n\n"
                "[host_machine]\nsystem = 'none'\n"
                f"cpu_family = '{self.meson}'\ncpu = '{self.name}'\n"
                "endian = 'little'\n")

    def cross_is_stale(self):
        """True if the cross file is missing or differs from the row."""
        try:
            with open(self.cross_path()) as f:
                return f.read() != self.cross_text()
        except OSError:
            return True

    def write_cross(self):
        with open(self.cross_path(), "w") as f:
            f.write(self.cross_text())


@functools.lru_cache(None)
def _load(path):
    if not os.path.exists(path):
        return None
    spec = importlib.util.spec_from_file_location(
        "port_" + os.path.basename(os.path.dirname(path)), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _words(machine, key, text):
    """Return: the value of a key, converted for its member"""
    if key in NUMBERS:
        return int(text, 0)
    if key == "tables":
        levels, bits = text.split()
        return int(levels), int(bits)
    if key in LISTS:
        return tuple(text.split())
    return text


def _finish(machine, found):
    lacking = [key for key in NEEDED if key not in found]
    if lacking:
        raise Wrong(f"{machine.where}: machine {machine.name} has no "
                    + ", ".join(lacking))
    for key, (where, text) in found.items():
        try:
            setattr(machine, key, _words(machine, key, text))
        except ValueError:
            raise Wrong(f"{where}: {key} cannot be {text}") from None
    return machine


def parse(text, name="arch/machines.tbl"):
    """Return: {name: Machine}"""
    rows, key = [], None
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}:{number}"
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        word, _, rest = line.strip().partition("\t")
        if line.startswith("machine "):
            rows.append((Machine(line.split(None, 1)[1].strip(), where), {}))
        elif not rows or not line.startswith("\t"):
            raise Wrong(f"{where}: neither a machine nor part of one")
        elif line.startswith("\t\t\t"):
            if key is None:
                raise Wrong(f"{where}: continues no line")
            before = rows[-1][1][key]
            rows[-1][1][key] = (before[0], f"{before[1]} {line.strip()}")
            continue
        elif word not in NEEDED + OPTIONAL:
            raise Wrong(f"{where}: no key {word}")
        elif word in rows[-1][1]:
            raise Wrong(f"{where}: {word} twice")
        else:
            rows[-1][1][word] = (where, rest.strip())
        key = None if line.startswith("machine ") else word
    names = [machine.name for machine, _ in rows]
    for n in names:
        if names.count(n) > 1:
            raise Wrong(f"{name}: machine {n} twice")
    return {machine.name: _finish(machine, found) for machine, found in rows}


def finished(rows):
    """Return: the rows without a `step`.  The suites, the generated files, the
    reports and the measurements take these machines if none is named."""
    return {name: m for name, m in rows.items() if m.step == ""}


def read(path=TABLE):
    with open(path) as f:
        return parse(f.read(), os.path.relpath(path, TOP))


try:
    MACHINES = read()
except Wrong as why:
    sys.exit(f"lectern: {why}")
FINISHED = finished(MACHINES)
FOLDERS = {m.folder: m.name for m in MACHINES.values()}


def of_elf(number):
    """Return: Machine.port() of the machine whose ELF files have this number;
    None: there is none"""
    ports = filter(None, (m.port() for m in MACHINES.values()))
    return next((p for p in ports if p.ELF_MACHINE == number), None)


def of_folder(path):
    """Return: the name of the machine that a source belongs to, or None"""
    found = PORT.match(path)
    return FOLDERS.get(found and found[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", required=True, action="store_true",
                        help="generate the cross files")
    parser.parse_args()
    for machine in MACHINES.values():
        if machine.cross_is_stale():
            machine.write_cross()
            print(os.path.basename(machine.cross_path()))


if __name__ == "__main__":
    main()

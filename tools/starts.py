# SPDX-License-Identifier: MIT
"""Which programs of the host do the tools and tests start?  For the gate that
tools/driver/packages.py names the package of each, that a suite installs what
its scripts start, and a command of ./lectern what its modules start
(check_tree.py starts).

What a test starts by a module of the driver is not seen.
"""
import ast
import functools
import re

from driver import packages
from driver.common import ARCHES
from starts_python import of_python, text_of
from starts_words import of_meson, of_shell

FOLDERS = {"tools", "test", "course", "dev", ".ci"}
# Lists of these words begin with something else: commands of ./lectern and
# their subjects, programs of the guest, names of methods.
NO_PROGRAMS = set("""birth cow debian elf machines moments plt run show space
stack trap walk busybox kbench testrun v7 xv6 lectern.py gdb x test""".split())
# Made by a tool that was started before; and a port under way has the emulator
# of its own row.
MADE = re.compile("pan|qemu-system-.*")


def of_file(path, text):
    """Return: [(line, program)] of a file of the tree, and the programs that it
    asks for first"""
    if path.suffix == ".py":
        return of_python(text)
    if path.name == "meson.build":
        return list(of_meson(text)), set()
    if path.suffix == ".sh" or re.match(r"#!.*\b(ba)?sh\b", text):
        return list(of_shell(text)), set()
    return [], set()


def suites_of(root):
    """Return: {script of test/run: its suites}"""
    found = {}
    rows = re.findall(r"'[\w-]+': \['(\w+\.py)', \[[^]]*\],\s*\['([\w-]+)'",
                      (root / "test/run/meson.build").read_text()) \
        if (root / "test/run/meson.build").exists() else []
    for script, suite in rows:
        found.setdefault("test/run/" + script, set()).add(suite)
    return found


def lacking(programs, suite):
    """Return: those of these programs that the suite does not install"""
    folders = ["host"] if suite == "host" else ARCHES
    there = {*packages.packages_of(packages.for_test(folders, {suite})),
             *packages.ALWAYS.values()}
    return [p for p in sorted(programs) if p in packages.PACKAGES
            and not there & set(packages.PACKAGES[p])]


# ---- commands of ./lectern ---------------------------------------------------

# What a command's modules start, but not for it.
NOT_FOR = {("show", "mke2fs"), ("show", "qemu-img"), ("book", "bwrap"),
           ("site", "bwrap"), ("site", "chromium"), ("test", "mke2fs"),
           ("mutate", "mke2fs"), ("mutate", "genhtml")}


@functools.lru_cache(None)
def of_module(path):
    """Return: a module's [(line, program)] without those it asks for; the
    modules of the driver that it uses; what it requires, by packages.require()
    and in a variable NEEDS"""
    text = path.read_text()
    found, asked = of_python(text)
    here = path.parent
    uses, needs, needs_of = set(), [], set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level:
            place = here.parents[node.level - 2] if node.level > 1 else here
            place = place.joinpath(*(node.module or "").split("."))
            uses |= {place.with_suffix(".py"),
                     *(place / (a.name + ".py") for a in node.names)}
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name == "importlib.import_module":
                uses |= set(here.glob(path.stem + "_*.py"))
            elif name == "packages.require":
                needs += filter(None, map(text_of, ast.walk(node)))
        elif isinstance(node, ast.Assign) and "NEEDS" in [
                getattr(t, "id", "") for t in node.targets]:
            needs += filter(None, map(text_of, ast.walk(node)))
        elif isinstance(node, ast.Attribute):
            if getattr(node.value, "id", "") == "packages" \
                    and node.attr.startswith("FOR_"):
                needs += getattr(packages, node.attr)
            elif node.attr == "NEEDS":
                needs_of.add(node.value.id)
    for use in uses:
        if use.is_file() and use.stem in needs_of:
            needs += of_module(use)[2]
    return ([(line, p) for line, p in found if p not in asked],
            {use for use in uses if use.is_file()}, needs)


def modules_of(path):
    """Return: a module and all of the driver that it uses"""
    found, new = set(), {path}
    while new:
        found |= new
        new = {use for path in new for use in of_module(path)[1]} - found
    return found


def of_commands(root):
    """Yield a line for each program that a command starts by one of its modules
    and does not require.  What a build needs counts as there, and what another
    command requires does not."""
    folder = root / "tools/driver"
    if not (folder / "main.py").exists():
        return
    commands = {name: folder / (module.replace(".", "/") + ".py")
                for name, module in re.findall(
                    r'^    "([a-z]+)": *\(\s*"([\w.]+)"',
                    (folder / "main.py").read_text(), re.M)}
    there = {*packages.packages_of(packages.for_run(ARCHES[0])),
             *packages.ALWAYS.values()}
    for command, path in commands.items():
        modules = sorted(modules_of(path))
        needs = [need for m in modules
                 if m == path or m not in commands.values()
                 for need in of_module(m)[2]]
        mine = there | set(packages.packages_of(needs))
        for m in modules:
            for line, program in of_module(m)[0]:
                if program in packages.PACKAGES \
                        and not mine & set(packages.PACKAGES[program]) \
                        and (command, program) not in NOT_FOR:
                    yield (f"{m.relative_to(root)}:{line}: starts {program}, "
                           f"which command {command} does not require")


def findings(root, files):
    """Yield a line for each start of a program that nobody would install."""
    suites = suites_of(root)
    for path in sorted(files):
        name = path.relative_to(root)
        if name.parts[0] not in FOLDERS and name.name not in (
                "meson.build", "lectern"):
            continue
        try:
            found, asked = of_file(path, path.read_text())
        except (UnicodeDecodeError, SyntaxError):
            continue
        for line, program in found:
            if program not in {*packages.PACKAGES, *packages.ALWAYS} \
                    | NO_PROGRAMS and not MADE.fullmatch(program):
                yield f"{name}:{line}: starts {program}, which is on no list"
        host = {"host"} if name.parts[:2] in (("test", "host"),
                                              ("test", "model")) else set()
        for suite in sorted(suites.get(str(name), host)):
            for program in lacking({p for _, p in found} - asked, suite):
                yield (f"{name}: starts {program}, which suite {suite} does "
                       "not install")
    yield from of_commands(root)

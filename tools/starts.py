# SPDX-License-Identifier: MIT
"""Which programs of the host do the tools and tests start?  For the gate that
tools/driver/packages.py names the package of each, and that each is installed:
by the suite of a test, or by the command of ./lectern (check_tree.py starts).

A test may start a program by a function of another file, and a command mostly
does: starts_reach.py follows them.  What a test starts as a program of its own,
a command of ./lectern or a script, is not followed.
"""
import ast
import functools
import re

from driver import packages
from driver.common import ARCHES
from starts_python import of_python, text_of
from starts_reach import Tree, reached
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
    """Return: [(line, program)] of a file of the tree"""
    if path.suffix == ".py":
        return of_python(text)[0]
    if path.name == "meson.build":
        return list(of_meson(text))
    if path.suffix == ".sh" or re.match(r"#!.*\b(ba)?sh\b", text):
        return list(of_shell(text))
    return []


def unlisted(root, files):
    """Yield a line for each program that no list of packages has."""
    known = {*packages.PACKAGES, *packages.ALWAYS} | NO_PROGRAMS
    for path in sorted(files):
        name = path.relative_to(root)
        if name.parts[0] in FOLDERS or name.name in ("meson.build", "lectern"):
            try:
                found = of_file(path, path.read_text())
            except (UnicodeDecodeError, SyntaxError):
                continue
            for line, program in found:
                if program not in known and not MADE.fullmatch(program):
                    yield (f"{name}:{line}: starts {program}, which is on no "
                           "list")


def lacking(found, needs):
    """found: (module, line, program).  Return: those of programs without a
    package among the needs, one of each"""
    there = {*packages.packages_of(needs), *packages.ALWAYS.values()}
    lack = {}
    for module, line, program in sorted(
            found, key=lambda f: (f[2], str(f[0].path), f[1])):
        if program in packages.PACKAGES \
                and not there & set(packages.PACKAGES[program]):
            lack.setdefault(program, (module, line, program))
    return lack.values()


def starts_of(all_reached):
    """Return: {(module, line, program)} of pairs (module, statement)"""
    return {(module, line, program) for module, statement in all_reached
            for line, program in module.starts
            if statement.lineno <= line <= statement.end_lineno}


# ---- tests -------------------------------------------------------------------

def tests_of(root):
    """Yield (path of a script, what installs packages for it, what these are
    asked for with)"""
    table = root / "test/run/meson.build"
    rows = re.findall(r"'[\w-]+': \['(\w+\.py)', \[[^]]*\],\s*\['([\w-]+)'",
                      table.read_text()) if table.exists() else []
    for script, suite in sorted(set(rows)):
        yield root / "test/run" / script, f"suite {suite}", (ARCHES, {suite})
    for path in sorted((root / "test").glob("host/*.py")):
        test = path.stem.replace("_units", "")
        yield path, f"test {test} of suite host", (["host"], {"host"}, [test])
    for path in sorted((root / "test").glob("model/*.py")):
        yield path, "test model of suite host", (["host"], {"host"}, ["model"])


def is_require(node):
    return isinstance(node, ast.Call) \
        and ast.unparse(node.func) == "packages.require"


@functools.lru_cache(None)
def requires(module, name):
    """True if a function requires packages itself, like a command."""
    return any(is_require(node) for statement in module.names[name]
               for node in ast.walk(statement))


def of_test(module):
    """Return: {(module, line, program)} of a test's script and what it reaches,
    but not through what the same part of it replaces"""
    found, plain = set(), []
    for part in module.parts():
        replaced = module.replaced(part)
        if not replaced:
            plain.append(part)
            continue
        found |= {start for start in starts_of(
            reached(module, [part], replaced, requires))
            if (start[0], "subprocess") not in replaced}
    return found | starts_of(reached(module, plain, (), requires))


def of_tests(root, tree):
    """Yield a line for each program that a test starts and its suite does not
    install."""
    found = functools.lru_cache(None)(of_test)
    for path, who, asked in tests_of(root):
        for module, line, program in lacking(found(tree.module(path)),
                                             packages.for_test(*asked)):
            by = "" if module.path == path else \
                f" by {module.path.relative_to(root)}:{line}"
            yield (f"{path.relative_to(root)}: starts {program}{by}, which "
                   f"{who} does not install")


# ---- commands of ./lectern ---------------------------------------------------

@functools.lru_cache(None)
def needs_of(statement):
    """Return: what a statement requires, by packages.require() and in a
    variable NEEDS"""
    needs = []
    for node in ast.walk(statement):
        if is_require(node) or isinstance(node, ast.Assign) and "NEEDS" in [
                getattr(t, "id", "") for t in node.targets]:
            needs += filter(None, map(text_of, ast.walk(node)))
        elif isinstance(node, ast.Attribute) and node.attr.startswith("FOR_") \
                and getattr(node.value, "id", "") == "packages":
            needs += getattr(packages, node.attr)
    return needs


def of_commands(root, tree):
    """Yield a line for each program that a command starts and does not require.
    What a build needs counts as there."""
    folder = root / "tools/driver"
    if not (folder / "main.py").exists():
        return
    for command, name in re.findall(r'^    "([a-z]+)": *\(\s*"([\w.]+)"',
                                    (folder / "main.py").read_text(), re.M):
        module = tree.module(folder / (name.replace(".", "/") + ".py"))
        found = [*reached(module, module.names[command]
                          + module.names["add_options"])]
        needs = packages.for_run(ARCHES[0])
        for _, statement in found:
            needs += needs_of(statement)
        for by, line, program in lacking(starts_of(found), needs):
            yield (f"{by.path.relative_to(root)}:{line}: starts {program}, "
                   f"which command {command} does not require")


def findings(root, files):
    """Yield a line for each start of a program that nobody would install."""
    tree = Tree(root)
    yield from unlisted(root, files)
    yield from of_tests(root, tree)
    yield from of_commands(root, tree)

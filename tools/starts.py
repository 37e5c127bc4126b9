# SPDX-License-Identifier: MIT
"""Which programs of the host do the tools and tests start?  For the gate that
tools/driver/packages.py names the package of each, and that a suite installs
what its scripts start (check_tree.py starts).

In Python: the first word of what subprocess and os.exec start, of lists that
look like a command (a word, and later an option), and what is asked for by
name.  In shell scripts, and in scripts that Python hands to sh: the first word
of each command.  A word that is only known at run time is not seen, and neither
is what a test starts by a module of the driver.
"""
import ast
import re

from driver import packages
from driver.common import ARCHES

STARTS = re.compile(r"subprocess\.(run|Popen|call|check_call|check_output)"
                    r"|os\.(exec|spawn)\w+|(\w+\.)?_?(run|run_tool|output)")
ASKS = re.compile(r"(\w+\.)?(which|have|path_of|need_tools|missing)|tool")
FOLDERS = {"tools", "test", "course", "dev", ".ci"}
# Lists of these words begin with something else: commands of ./lectern and
# their subjects, programs of the guest, names of methods.
NO_PROGRAMS = set("""birth cow debian elf machines plt run show space stack trap
walk busybox kbench testrun v7 xv6 lectern.py gdb x test""".split())
# Made by a tool that was started before; and a port under way has the emulator
# of its own row.
MADE = re.compile("pan|qemu-system-.*")
WORD = re.compile(r"[a-z][a-z0-9_.+-]*|\[")
SHELLS = {"sh", "bash"}
# what starts the command behind it
WRAPPERS = {"setpriv", "unshare", "env"}
# of sh itself
BUILTIN = set(""". : [ break case cd command continue do done echo elif else
esac eval exec exit export fi for if in printf pwd read return set shift
test then trap type ulimit umask unset until wait while local true false kill
!""".split())
AGAIN = {"exec", "command", "if", "while", "until", "then", "else", "do",
         "elif", "!"}


def text_of(node):
    return node.value if isinstance(node, ast.Constant) \
        and isinstance(node.value, str) else None


def of_shell(text):
    """Yield (line, program) of a script."""
    text = re.sub(r"(?m)(^|\s)#.*", r"\1", text)
    text = text.replace("\\\n", "  ")
    text = re.sub(r"'[^']*'", lambda m: "'" + "\n" * m[0].count("\n") + "'",
                  text)
    own = set(re.findall(r"(?m)^\s*(\w+)\(\)", text))
    for i, line in enumerate(text.splitlines(), 1):
        line = re.sub(r'"(?:[^"\\$]|\\.|\$(?!\())*"', '"', line)
        for part in re.split(r"\|\||&&|[;|&`(){}]", line):
            words = part.split()
            while words and (words[0] in AGAIN
                             or re.match(r"\w+=|\d*[<>]", words[0])):
                words.pop(0)
            if words and WORD.fullmatch(words[0]) \
                    and words[0] not in BUILTIN | own:
                yield i, words[0]


class Calls(ast.NodeVisitor):
    """Collects (line, program) of a Python file."""

    def __init__(self, tree):
        self.found = set()
        self.asked = set()      # programs without which the file can do
        # names for commands and scripts, if they have one value
        given = [(t.id, node.value) for node in ast.walk(tree)
                 if isinstance(node, ast.Assign)
                 for t in node.targets if isinstance(t, ast.Name)]
        names = [name for name, _ in given]
        self.known = {name: value for name, value in given
                      if names.count(name) == 1}

    def meant(self, node):
        """Return: a name's value, if it is assigned in the file"""
        if isinstance(node, ast.Starred):
            return self.meant(node.value)
        if isinstance(node, ast.BinOp):
            return self.meant(node.left)
        if isinstance(node, ast.Name):
            value = self.known.get(node.id)
            return value if isinstance(value, (ast.List, ast.Tuple,
                                               ast.Constant)) else node
        return node

    def words(self, node):
        """Return: the words of a command, as far as they are known"""
        node = self.meant(node)
        if not isinstance(node, (ast.List, ast.Tuple)):
            return [text_of(node)]
        found = []
        for item in node.elts:
            value = self.meant(item)
            if isinstance(item, ast.Starred):
                found += self.words(value)
            else:
                found.append(text_of(value))
        return found

    def command(self, node, line):
        words = self.words(node)
        self.add(line, words[0] if words else None)
        mine = words[:1] and words[0] in SHELLS | WRAPPERS
        for i, word in enumerate(words[:-1] if mine else ()):
            if word in SHELLS and words[i + 1] in ("-c", "-ec"):
                script = "".join(filter(None, words[i + 2:i + 3]))
                self.found |= {(line, p) for _, p in of_shell(script)}

    def add(self, line, word):
        word = (word or "").rpartition("/")[2]
        if WORD.fullmatch(word):
            self.found.add((line, word))

    def visit_Call(self, node):
        name = ast.unparse(node.func)
        if STARTS.fullmatch(name) and node.args and isinstance(
                self.meant(node.args[0]), (ast.List, ast.Tuple)):
            self.command(node.args[0], node.lineno)
        elif name.startswith("os.exec") and node.args:
            self.add(node.lineno, text_of(self.meant(node.args[0])))
        elif ASKS.fullmatch(name):
            for arg in node.args:
                for item in getattr(arg, "elts", [arg]):
                    self.add(node.lineno, text_of(item))
                    if name != "tool":
                        self.asked.add(text_of(item))
        self.generic_visit(node)

    def visit_List(self, node):
        words = [text_of(item) for item in node.elts]
        if words and words[0] and any(w and w.startswith("-")
                                      for w in words[1:]):
            self.command(node, node.lineno)
        self.generic_visit(node)


def of_python(text):
    """Return: [(line, program)] of a Python file, in order, and the programs
    that it asks for first"""
    tree = ast.parse(text)
    calls = Calls(tree)
    calls.visit(tree)
    return sorted(calls.found), calls.asked


def of_meson(text):
    """Yield (line, program) of a meson.build."""
    for i, line in enumerate(text.splitlines(), 1):
        for word in re.findall(r"(?:find_program|run_command)\('([^']*)'",
                               line):
            if WORD.fullmatch(word) and not word.endswith(".sh"):
                yield i, word


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


def findings(root, files):
    """Yield a line for each start of a program that nobody would install."""
    suites = suites_of(root)
    for path in files:
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

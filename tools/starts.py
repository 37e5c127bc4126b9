# SPDX-License-Identifier: MIT
"""Which programs of the host do the tools and tests start?  For the gate that
tools/driver/packages.py names the package of each, that a suite installs what
its scripts start, and a command of ./lectern what its modules start
(check_tree.py starts).

In Python: the first word of what subprocess and os.exec start, of lists that
look like a command (a word, and later an option), and what is asked for by
name.  In shell scripts, and in scripts that Python hands to sh: the first word
of each command.  Behind a program that starts another one: that, too.  A word
that is only known at run time is not seen, and neither is what a test starts by
a module of the driver.
"""
import ast
import functools
import re

from driver import packages
from driver.common import ARCHES

STARTS = re.compile(r"(subprocess\.)?(Popen|check_call|check_output)"
                    r"|subprocess\.(run|call)|pty\.spawn"
                    r"|os\.(exec|spawn)\w+|(\w+\.)?_?(run|run_tool|output)")
TAKES_SCRIPT = re.compile(r"os\.(system|popen)"
                          r"|subprocess\.get(status)?output")
ASKS = re.compile(r"(\w+\.)?(which|have|path_of|need_tools|missing)|tool")
FOLDERS = {"tools", "test", "course", "dev", ".ci"}
# Lists of these words begin with something else: commands of ./lectern and
# their subjects, programs of the guest, names of methods.
NO_PROGRAMS = set("""birth cow debian elf machines moments plt run show space
stack trap walk busybox kbench testrun v7 xv6 lectern.py gdb x test""".split())
# Made by a tool that was started before; and a port under way has the emulator
# of its own row.
MADE = re.compile("pan|qemu-system-.*")
WORD = re.compile(r"[a-z][a-z0-9_.+-]*|\[")
SHELLS = {"sh", "bash"}
# what starts the command behind it, after options and settings
WRAPPERS = {"setpriv", "unshare", "env", "sudo", "nice", "timeout", "xargs",
            "chroot", "setsid", "nohup"}
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


def behind(words):
    """Return: the words of the command that a wrapper, which comes before them,
    starts"""
    for i, word in enumerate(words):
        if word and (WORD.fullmatch(word) or word.startswith("/")):
            return words[i:]
    return []


def of_words(words):
    """Yield the programs that a command starts: its own first word, and that of
    the command behind a wrapper.  A word that is not known is None."""
    while words:
        program = words[0] or ""
        if program.startswith("/"):
            program = program.rpartition("/")[2]
        if not WORD.fullmatch(program):
            return
        yield program
        words = behind(words[1:]) if program in WRAPPERS else []


def script_of(node):
    """Return: a string, with a word for each part known only at run time"""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "X" for part in node.values)
    return text_of(node)


def of_shell(text):
    """Yield (line, program) of a script."""
    # scripts in it
    for found in re.finditer(
            r"\b(?:sh -e?c|trap|eval) (?:'([^']*)'|\"([^\"]*))", text):
        before = text.count("\n", 0, found.start())
        for line, program in of_shell(found[1] or found[2] or ""):
            yield before + line, program
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
            if words and words[0] not in BUILTIN | own:
                for program in of_words(words):
                    yield i, program


class Calls(ast.NodeVisitor):
    """Collects (line, program) of a Python file."""

    def __init__(self, tree):
        self.found = set()
        self.asked = set()      # programs without which the file can do
        # names for commands and scripts
        given = [(t.id, node.value) for node in ast.walk(tree)
                 if isinstance(node, ast.Assign)
                 for t in node.targets if isinstance(t, ast.Name)]
        names = [name for name, _ in given]
        self.known = {name: value for name, value in given
                      if names.count(name) == 1}
        self.several = {name: [v for n, v in given if n == name]
                        for name in names if names.count(name) > 1}

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
        self.found |= {(line, program) for program in of_words(words)}
        mine = words[:1] and words[0] in SHELLS | WRAPPERS
        for i, word in enumerate(words[:-1] if mine else ()):
            if word in SHELLS and words[i + 1] in ("-c", "-ec"):
                self.script("".join(filter(None, words[i + 2:i + 3])), line)

    def script(self, text, line):
        self.found |= {(line, program) for _, program in of_shell(text or "")}

    def add(self, line, word):
        word = (word or "").rpartition("/")[2]
        if WORD.fullmatch(word):
            self.found.add((line, word))

    def visit_Call(self, node):
        name = ast.unparse(node.func)
        first = node.args[0] if node.args else None
        if STARTS.fullmatch(name) and isinstance(
                self.meant(first), (ast.List, ast.Tuple)):
            self.command(first, node.lineno)
        elif STARTS.fullmatch(name) and getattr(first, "id", "") \
                in self.several:
            for value in self.several[first.id]:
                if isinstance(value, (ast.List, ast.Tuple)):
                    self.command(value, node.lineno)
        elif TAKES_SCRIPT.fullmatch(name) or name.startswith("subprocess."):
            self.script(script_of(self.meant(first)), node.lineno)
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
        words = self.words(node)
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
    """Yield (line, program) of a meson.build: of find_program each name, else
    the first word."""
    for found in re.finditer(r"(find_program\(|run_command\(|command: *\[)"
                             r"\s*\[?('[^']*'(?:\s*,\s*'[^']*')*)", text):
        words = re.findall("'([^']*)'", found[2])
        for word in words if found[1] == "find_program(" else words[:1]:
            word = word.rpartition("/")[2] if word[:1] == "/" else word
            if WORD.fullmatch(word) and not word.endswith(".sh"):
                yield text.count("\n", 0, found.start()) + 1, word


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

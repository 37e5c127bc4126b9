# SPDX-License-Identifier: MIT
"""Which programs does a Python file start?  The first word of what subprocess
and os.exec start, of lists that look like a command (a word, and later an
option), and what is asked for by name; and what scripts start that it hands to
sh."""
import ast
import functools
import re

from starts_words import SHELLS, WORD, WRAPPERS, of_shell, of_words

STARTS = re.compile(r"(subprocess\.)?(Popen|check_call|check_output)"
                    r"|subprocess\.(run|call)|pty\.spawn"
                    r"|os\.(exec|spawn)\w+|(\w+\.)?_?(run|run_tool|output)")
TAKES_SCRIPT = re.compile(r"os\.(system|popen)"
                          r"|subprocess\.get(status)?output")
ASKS = re.compile(r"(\w+\.)?(which|have|path_of|need_tools|missing)|tool")


def text_of(node):
    return node.value if isinstance(node, ast.Constant) \
        and isinstance(node.value, str) else None


def script_of(node):
    """Return: a string, with a word for each part known only at run time"""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "X" for part in node.values)
    return text_of(node)


class Calls(ast.NodeVisitor):
    """Collects (line, program) of a Python file."""

    def __init__(self, tree):
        self.found = set()
        self.asked = set()      # programs without which the file can do
        self.values = {}        # names for commands and scripts
        for node in ast.walk(tree):
            for target in getattr(node, "targets", ()):
                if isinstance(node, ast.Assign) \
                        and isinstance(target, ast.Name):
                    self.values.setdefault(target.id, []).append(node.value)

    def meant(self, node):
        """Return: a name's value, if it is assigned once in the file"""
        if isinstance(node, ast.Starred):
            return self.meant(node.value)
        if isinstance(node, ast.BinOp):
            return self.meant(node.left)
        if isinstance(node, ast.Name):
            values = self.values.get(node.id, ())
            if len(values) == 1 and isinstance(values[0], (
                    ast.List, ast.Tuple, ast.Constant)):
                return values[0]
        return node

    def lists(self, node):
        """Return: each list that an argument may be"""
        found = self.values.get(getattr(node, "id", ""), ())
        return [v for v in (found if len(found) > 1 else [self.meant(node)])
                if isinstance(v, (ast.List, ast.Tuple))]

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
        if STARTS.fullmatch(name) and self.lists(first):
            for value in self.lists(first):
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


parsed = functools.lru_cache(None)(ast.parse)


@functools.lru_cache(None)
def of_python(text):
    """Return: [(line, program)] of a Python file, in order, and the programs
    that it asks for first"""
    tree = parsed(text)
    calls = Calls(tree)
    calls.visit(tree)
    return sorted(calls.found), calls.asked

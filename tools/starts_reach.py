# SPDX-License-Identifier: MIT
"""What of the tools and tests does a script reach?  A function, a class or a
variable reaches what it names, in its own file or in one that the file imports.
A class counts with all its methods, because what an object is called does not
tell its class.  A file that imports by a name known at run time reaches all of
the files beside it whose names begin with its own.
"""
import ast
import functools

from starts_python import of_python, parsed, text_of

# where imports are looked for, besides the file's own folder
FOLDERS = ("tools", "test/run", "test/host", "course/book", "course/site")


class Tree:
    """The modules of a tree."""

    def __init__(self, root):
        self.root, self.modules = root, {}

    def module(self, path):
        if path not in self.modules:
            self.modules[path] = Module(self, path)
        return self.modules[path]

    @functools.lru_cache(None)
    def find(self, folder, level, name):
        """Return: the module that an import in a folder means, or None; level:
        its leading dots"""
        places = [folder, *(self.root / f for f in FOLDERS)] if not level \
            else [[folder, *folder.parents][level - 1]]
        paths = [place.joinpath(*name.split(".")).with_suffix(".py")
                 for place in places if name]
        return next((self.module(p) for p in paths if p.is_file()), None)


class Module:
    """A file, and the statements of its outermost level."""

    def __init__(self, tree, path):
        self.tree, self.path = tree, path
        text = path.read_text()
        found, asked = of_python(text)
        self.starts = [(line, p) for line, p in found if p not in asked]
        self.body = parsed(text).body
        self.names, self.loose = {}, []     # loose: what an import carries out
        for statement in self.body:
            names = names_of(statement)
            for name in names:
                self.names.setdefault(name, []).append(statement)
            if not names and not is_main(statement):
                self.loose.append(statement)

    @functools.cached_property
    def imports(self):
        """{name: what it means: a module, or a module and a name there}"""
        found = {}
        for node in ast.walk(ast.Module(self.body, [])):
            if not isinstance(node, (ast.Import, ast.ImportFrom)):
                continue
            of = getattr(node, "module", None)
            find = functools.partial(self.tree.find, self.path.parent,
                                     getattr(node, "level", 0))
            for a in node.names:
                module = find(f"{of}.{a.name}" if of else a.name)
                if module:
                    found[a.asname or a.name] = module, None
                elif of and find(of):
                    found[a.asname or a.name] = find(of), a.name
        return found

    def meaning(self, name):
        """Return: what a name is here: (module, None), (module, name there), or
        None twice"""
        if name in self.names:
            return self, name
        module, inner = self.imports.get(name, (None, None))
        return module.meaning(inner) if inner else (module, None)

    def named(self, node):
        """Return: the first name of NAME or NAME.NAME, and the meaning of the
        whole"""
        if isinstance(node, ast.Name):
            return node.id, *self.meaning(node.id)
        if isinstance(node, ast.Attribute):
            first, module, inner = self.named(node.value)
            if module and not inner:
                return first, *module.meaning(node.attr)
        return "", None, None

    @functools.lru_cache(None)
    def uses(self, statement):
        """Return: [(name, module, name there)], what a statement names, and by
        which name of this module"""
        found = []
        for node in ast.walk(statement):
            if isinstance(node, (ast.Name, ast.Attribute)):
                found.append(self.named(node))
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
                    "importlib.import_module", "__import__"):
                found += self.namesakes()
        return [use for use in found if use[2]]

    def namesakes(self):
        for path in sorted(self.path.parent.glob(self.path.stem + "_*.py")):
            module = self.tree.module(path)
            for name in module.names:
                yield "", module, name

    def parts(self):
        """Yield the statements, and those of each class."""
        for statement in self.body:
            if isinstance(statement, ast.ClassDef):
                yield from statement.bases + statement.body
            else:
                yield statement

    def replaced(self, part):
        """Return: {(module, name)} that a part of a test puts something else in
        place of, by mock.patch.object() or patch() of test/host/units.py"""
        found = set()
        for node in ast.walk(part):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = ast.unparse(node.func)
            if called == "self.patch":
                names = [word.arg for word in node.keywords]
            elif called == "mock.patch.object":
                names = [text_of(a) for a in node.args[1:2]]
            else:
                continue
            place = node.args[0]
            _, module, inner = self.named(place)
            if not module and isinstance(place, ast.Attribute):
                # a library as a module names it: page.subprocess
                names = [place.attr]
                _, module, inner = self.named(place.value)
            if module and not inner:
                found |= {(module, name) for name in names}
        return found


def names_of(statement):
    """Return: the names that a statement of the outermost level gives"""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return [statement.name]
    if not isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        return []
    return [node.id for target in getattr(statement, "targets", None)
            or [statement.target] for node in ast.walk(target)
            if isinstance(node, ast.Name)]


def is_main(statement):
    return isinstance(statement, ast.If) \
        and "__name__" in ast.unparse(statement.test)


def reached(module, statements, replaced=(), ends=lambda module, name: False):
    """Yield (module, statement) of all that statements of a module reach.
    replaced: names of modules that mean something else; ends: what nothing is
    reached through."""
    seen, new = set(), [(module, statement) for statement in statements]
    while new:
        module, statement = new.pop()
        if statement in seen:
            continue
        seen.add(statement)
        yield module, statement
        for by, there, name in module.uses(statement):
            if (module, by) in replaced or (there, name) in replaced \
                    or ends(there, name):
                continue
            new += [(there, s) for s in there.names[name] + there.loose]

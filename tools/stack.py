#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How deep the kernel's stacks can become: docs/checkers.md, "stack".

For each object the compiler writes a graph of its functions: their stack bytes,
which functions they call, and on which lines they call through a pointer
(-fcallgraph-info=su).  A call through a pointer can reach functions that have
the pointer's type, whose address is taken, and that are not stored only in
fields of other names.  tools/stack.tbl adds what this cannot find out, and the
bound of each recursion."""
import argparse
import collections
import glob
import os
import re
import sys

from folders import KERNEL
from machines import MACHINES

INDIRECT = "__indirect_call"
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORDS_OF_DECLARATIONS = {
    "static", "inline", "extern", "noreturn", "asmlinkage", "const",
    "volatile", "struct", "enum", "union", "register"}


class Wrong(Exception):
    """A file that is not as it should be."""


WHY = ("A kernel stack that overflows ends the task, or the machine.  Keep large "
       "buffers off\nthe stack (kmalloc), give a recursion a bound, or tell "
       "tools/stack.tbl what the\ncompiler cannot know (docs/checkers.md).  "
       "Again: tools/stack.py MACHINE")


# ---- the compiler's graphs ---------------------------------------------------

TITLE = re.compile(r'graph: \{ title: "([^"]+)"')
NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"'
                  r'(?: label: "([^"]*)")?')
BYTES = re.compile(r"\\n(\d+) bytes \((\w+(?:,\w+)?)\)")


class Graph:
    """Functions of a kernel by the compiler's titles (NAME, or FILE:NAME)."""

    def __init__(self):
        self.frame = {}
        self.edges = collections.defaultdict(set)
        self.sites = collections.defaultdict(set)	# caller -> places
        self.complaints = []

    def read(self, text):
        for title, label in NODE.findall(text):
            found = BYTES.search(label)
            if not found:
                continue
            if found[2] == "dynamic":
                self.complaints.append(f"{title}: its frame has no bound")
            self.frame[title] = max(int(found[1]), self.frame.get(title, 0))
        for source, target, label in EDGE.findall(text):
            if target == INDIRECT:
                self.sites[source].add(label)
            else:
                self.edges[source].add(target)

    def by_name(self):
        names = collections.defaultdict(list)
        for title in self.frame:
            names[short(title)].append(title)
            if plain_name(title) != short(title):
                names[plain_name(title)].append(title)
        return names


def short(title):
    return title.rsplit(":", 1)[-1]


def read_graph(folder):
    graph = Graph()
    files = sorted(glob.glob(os.path.join(folder, "lib*.a.p", "*.ci")))
    if not files:
        raise Wrong(f"{folder}: no .ci files; build it with lectern build")
    for name in glob.glob(os.path.join(folder, "lib*.a.p", "*.c.o")):
        if name[:-1] + "ci" not in files:
            raise Wrong(f"{name}: no .ci file beside it; was it compiled "
                        "through a cache?")
    for name in files:
        with open(name, errors="replace") as f:
            text = f.read()
        title = TITLE.search(text)
        if not title:
            raise Wrong(f"{name}: incomplete, because a build was interrupted "
                        "or is under way; remove it and its .o: ./lectern build "
                        "makes both")
        # files of a removed source stay, because nobody removes them
        if os.path.exists(os.path.join(folder, title[1])):
            graph.read(text)
    return graph


# ---- the sources -----------------------------------------------------------

def plain(text):
    """Return: the text without comments and strings, lines kept"""
    def blank(m):
        return "\n" * m[0].count("\n") or ('""' if m[0][0] == '"' else " ")
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\])'",
                  blank, text, flags=re.S)


def split_arguments(text):
    depth, part, parts = 0, "", []
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        if c == "," and not depth:
            parts.append(part)
            part = ""
        else:
            part += c
    return parts + [part]


def type_of(text, named):
    """Return: the type in a declaration, "file*" for `const struct file *f`"""
    pointer = re.search(r"\(\*+\w*\)", text)
    if pointer:
        return "fn"
    stars = "*" * (text.count("*") + text.count("["))
    words = [w for w in re.findall(r"\w+", re.sub(r"\[.*", "", text))
             if w not in WORDS_OF_DECLARATIONS and not w.startswith("__")]
    if named and len(words) > 1 and (len(words) > 2 or
                                     words[0] != "unsigned" or
                                     words[1] not in ("int", "long")):
        words.pop()
    return "".join(words) + stars


def signature(result, arguments):
    arguments = arguments.strip()
    parts = [] if arguments == "void" else split_arguments(arguments)
    return type_of(result, False) + "(" + ",".join(
        type_of(p, True) for p in parts) + ")"


FUNCTION = re.compile(
    r"^(?:[A-Z_]+ )?((?:[a-z_]\w*[ \t\n*]+)+?\**)(\w+)"
    r"\(((?:[^(){};]|\([^(){};]*\))*"
    r"(?:\((?:[^(){};]|\([^(){};]*\))*\)[^(){};]*)*)\)\s*\n\{", re.M)
POINTER = re.compile(
    r"([a-z_][\w \t]*[ *]+)\(\*(?:const )?(\w+)(?:\[\w*\])?\)\s*"
    r"\(((?:[^()]|\([^()]*\))*)\)")


def count(kind):
    inside = kind[kind.index("(") + 1:-1]
    return inside.count(",") + 1 if inside else 0


def first_argument(kind):
    return kind[kind.index("(") + 1:-1].split(",")[0]


def call_arguments(text):
    """Return: the arguments, up to the closing parenthesis"""
    depth = 1
    for at, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if not depth:
            inside = text[:at]
            return split_arguments(inside) if inside.strip() else []
    return []


class Function:
    def __init__(self, path, name, kind, first, last, head):
        self.path, self.name, self.kind = path, name, kind
        self.first, self.last, self.head = first, last, head


class Sources:
    """Functions, types of pointers, and the uses of function names."""

    def __init__(self):
        self.text = {}
        self.functions = collections.defaultdict(list)		# by path
        self.kinds = collections.defaultdict(set)	# name -> signatures
        self.pointers = collections.defaultdict(set)	# pointer -> signatures
        self.typedefs = {}
        self.uses = collections.defaultdict(set)	# name -> fields, ""
        self.kinds_at = collections.defaultdict(set)	# with their files
        self.uses_at = collections.defaultdict(set)
        self.named = set()	# fields that are stored by name only

    def add(self, path, text):
        text = plain(text)
        self.text[path] = text.split("\n")
        for m in FUNCTION.finditer(text):
            first = text.count("\n", 0, m.start()) + 1
            end = text.find("\n}", m.end())
            last = text.count("\n", 0, end) + 2
            kind = signature(m[1], m[3])
            self.functions[path].append(
                Function(path, m[2], kind, first, last, m[3]))
            self.kinds[m[2]].add(kind)
            self.kinds_at[m[2]].add((path, kind))
        for m in POINTER.finditer(text):
            if m[1].startswith("typedef"):
                self.typedefs[m[2]] = signature(m[1][8:], m[3])
            else:
                self.pointers[m[2]].add(signature(m[1], m[3]))

    def finish(self):
        for name, kind in self.typedefs.items():
            pattern = re.compile(r"\b" + name + r"\s+(?:const\s+)?(\w+)")
            for lines in self.text.values():
                for m in pattern.finditer("\n".join(lines)):
                    self.pointers[m[1]].add(kind)
        for path, lines in self.text.items():
            self._uses(path, "\n".join(lines))

    def _uses(self, path, text):
        """Find the fields that functions are stored in without a call."""
        for m in re.finditer(r"(?:(?:\.|->)(\w+)\s*=\s*)?(?<![\w.>])&?"
                             r"([a-z_]\w*)\b(?!\s*\()", text):
            if m[2] in self.kinds:
                self.uses[m[2]].add(m[1] or "")
                self.uses_at[m[2]].add((path, m[1] or ""))

    def function_at(self, path, line):
        for f in self.functions.get(path, []):
            if f.first <= line <= f.last:
                return f
        return None

    def body(self, f):
        return f.head + "\n" + "\n".join(self.text[f.path][f.first - 1:f.last])

    def local(self, f, name):
        """Return: the types of a pointer argument or variable of f"""
        body = self.body(f)
        kinds = {signature(m[1], m[3]) for m in POINTER.finditer(body)
                 if m[2] == name}
        for typedef, kind in self.typedefs.items():
            if re.search(rf"\b{typedef}\s+(?:const\s+)?{name}\b", body):
                kinds.add(kind)
        if not kinds and name not in self.kinds:
            kinds = self.pointers.get(name, set())
        return kinds

    def variable(self, f, name):
        """Return: the type of a variable that points to a structure, or \"\""""
        m = re.search(rf"\bstruct (\w+) \*(?:const )?{name}\b", self.body(f))
        return m[1] + "*" if m else ""

    def may_stand(self, name, path, kinds, field):
        """True if a function of that name (and file, if it is static) may be
        called through a pointer of these types, stored in this field (None: in
        any)."""
        mine = self.kinds.get(name, set())
        uses = self.uses.get(name, set())
        if path:
            mine = {k for p, k in self.kinds_at[name] if p == path}
            uses = {u for p, u in self.uses_at[name] if p == path}
        if not mine & kinds or not uses and name in self.mentioned():
            return False
        return not field or field in uses or (
            field not in self.named and (not uses or "" in uses))

    def mentioned(self):
        """Return: names used besides their definition, or pasted by a macro"""
        if not hasattr(self, "_often"):
            count = collections.Counter()
            for lines in self.text.values():
                count.update(re.findall(r"\b[a-z_]\w*", "\n".join(lines)))
            self._often = {n for n, c in count.items() if c > 1}
        return self._often


def read_sources(folder):
    sources = Sources()
    names = []
    for part in KERNEL:
        for ending in ("c", "h"):
            names += glob.glob(os.path.join(TOP, part, "**", "*." + ending),
                               recursive=True)
    names += glob.glob(os.path.join(folder, "*.c"))
    for name in sorted(names):
        if "/arch/host/" in name:
            continue
        with open(name, errors="replace") as f:
            sources.add(os.path.normpath(name), f.read())
    sources.finish()
    return sources


# ---- the table -------------------------------------------------------------

def statements(text):
    """Yield line number, words, reason; a tab continues the previous line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        says, _, reason = line.partition("#")
        if line.startswith("\t") and found:
            found[-1][1].extend(says.split())
            found[-1][2] += reason
        elif says.strip():
            found.append([number, says.split(), reason])
    return found


class Table:
    """tools/stack.tbl, whose head explains the lines, and the machine's."""
    MEANS = ("apart", "named", "call", "never", "within", "recursion",
             "user", "trap", "entry")

    def __init__(self, text):
        self.call, self.never, self.recursion = {}, {}, {}
        self.user, self.entry, self.trap = {}, [], (0, [])
        self.apart, self.named, self.within = [], [], []
        for number, words, reason in statements(text):
            if words[0] not in self.MEANS or not reason.strip():
                raise Wrong(f"stack.tbl:{number}: unknown word, or no reason "
                            "is given")
            getattr(self, "add_" + words[0])(
                [w for w in words[1:] if w != "="])

    def functions(self):
        """Return: the names that must be in the sources, for some machine"""
        names = {n for pair in self.never for n in pair} - {"*"}
        names.update(self.recursion, *(
            (caller, name, *targets) for caller, name, targets in self.within))
        return names

    def add_apart(self, words):
        self.apart += words

    def add_named(self, words):
        self.named += words

    def add_call(self, words):
        self.call[words[0], words[1]] = words[2:]

    def add_never(self, words):
        for target in words[1:]:
            self.never[words[0], target] = True

    def add_within(self, words):
        self.within.append((words[0], words[1], words[2:]))

    def add_recursion(self, words):
        for name in words[1:]:
            self.recursion[name] = int(words[0])

    def add_user(self, words):
        self.user[words[0]] = int(words[1])

    def add_trap(self, words):
        self.trap = int(words[0]), words[1:]

    def add_entry(self, words):
        self.entry += [(words[0], name) for name in words[1:]]


# ---- calls through pointers ------------------------------------------------

class Resolver:
    def __init__(self, graph, sources, table, folder):
        self.graph, self.sources, self.table = graph, sources, table
        self.folder, self.names = folder, graph.by_name()
        self.unresolved, self.used = [], set()
        self.known = {}
        sources.named = set(table.named)

    def run(self):
        for caller, places in self.graph.sites.items():
            for place in places:
                if place not in self.known:
                    self.known[place] = self.targets(place)
                self.graph.edges[caller] |= self.known[place]
        self.unresolved.sort()

    def targets(self, place):
        """Return: titles of functions that the call at a place can reach"""
        path, line, column = place.rsplit(":", 2)
        path = self.path(path)
        f = self.sources.function_at(path, int(line))
        if not f:
            return self.fail(place, "no function is there")
        lines = self.sources.text[path][int(line) - 1:f.last]
        text = "\n".join(lines[:6])
        listed = [k for k in self.table.call if k[0] in (f.name, "*") and
                  re.search(r"\b" + k[1] + r"\b", text)]
        if listed:
            self.used |= set(listed)
            found = set()
            for key in listed:
                found |= self.listed(key)
            return found
        found = self.pointers(f, text)
        if not found:
            return self.fail(place, f"{f.name}(): unknown pointer of a call")
        return found

    def listed(self, key):
        """Return: the functions, or those of @TYPE, in a line of the table"""
        found = set()
        for name in self.table.call[key]:
            if name.startswith("@"):
                found |= self.candidates({name[1:]}, key[1])
            elif name in self.names:
                found.update(self.names[name])
            elif name not in self.sources.kinds and name != "nothing":
                self.fail("stack.tbl", f"{name} is no function")
        if not found and "nothing" not in self.table.call[key]:
            self.fail("stack.tbl", f"{key[0]}, {key[1]}: it names nothing")
        return found

    def candidates(self, kinds, field):
        """Return: titles of functions that fit"""
        found = set()
        for name, titles in self.names.items():
            if name not in self.sources.kinds:
                continue
            for title in titles:
                if short(title) != name:
                    continue	# the compiler's clone, which is called directly
                path = ""
                if ":" in title:
                    path = self.path(title.rsplit(":", 1)[0])
                if self.sources.may_stand(name, path, kinds, field) and \
                        not self.apart(name, path):
                    found.add(title)
        return found

    def path(self, relative):
        return os.path.normpath(os.path.join(self.folder, relative))

    def apart(self, name, path):
        paths = {path} if path else {p for p, _ in
                                     self.sources.kinds_at[name]}
        return all(os.path.relpath(p, TOP).startswith(
            tuple(self.table.apart)) for p in paths)

    def pointers(self, f, text):
        """Return: targets of the first call in the text through a pointer"""
        for m in re.finditer(r"(->|\.)?\b(\w+)\s*\(", text):
            if m[1]:
                kinds = self.sources.pointers.get(m[2])
            else:
                kinds = self.sources.local(f, m[2])
            if kinds:
                kinds = self.fitting(f, kinds, text[m.end():])
                return self.candidates(kinds, m[2] if m[1] else None)
        return set()

    def fitting(self, f, kinds, text):
        """Return: the types that fit the number of arguments and the first
        argument's type"""
        arguments = call_arguments(text)
        kinds = {k for k in kinds if count(k) == len(arguments)}
        if arguments and re.fullmatch(r"\s*\w+\s*", arguments[0]):
            kind = self.sources.variable(f, arguments[0].strip())
            better = {k for k in kinds if first_argument(k) == kind}
            return better or kinds
        return kinds

    def fail(self, place, why):
        self.unresolved.append(f"{place}: {why}")
        return set()


# ---- depth -----------------------------------------------------------------

def closure(begin, edges):
    """Return: all nodes reachable from the beginning, including it"""
    seen, todo = set(), list(begin)
    while todo:
        n = todo.pop()
        if n not in seen:
            seen.add(n)
            todo += edges.get(n, ())
    return seen


def components(nodes, edges):
    """Tarjan's algorithm without recursion.  Return: lists, callees before
    callers"""
    index, low, on, stack, out = {}, {}, set(), [], []
    for root in nodes:
        if root in index:
            continue
        work = [(root, iter(sorted(edges[root])))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on.add(root)
        while work:
            node, rest = work[-1]
            for to in rest:
                if to not in index:
                    index[to] = low[to] = len(index)
                    stack.append(to)
                    on.add(to)
                    work.append((to, iter(sorted(edges[to]))))
                    break
                if to in on:
                    low[node] = min(low[node], index[to])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    part = []
                    while not part or part[-1] != node:
                        part.append(stack.pop())
                        on.discard(part[-1])
                    out.append(part)
    return out


class Depths:
    def __init__(self, graph, table):
        self.table = table
        self.frame = dict(graph.frame)
        self.edges = {n: set(t) for n, t in graph.edges.items()}
        self.depth, self.chain, self.unbounded = {}, {}, []
        self.names = graph.by_name()
        self._never()
        for caller, function, targets in table.within:
            self._within(caller, function, targets)
        self.fault = 0
        self._measure()
        self._traps()
        self.nested = self.reached("kernel_page_fault") & set(table.user)
        self._measure()

    def _within(self, caller, function, targets):
        """Let the caller's calls of the function never reach the targets: give
        the caller copies of the functions that lead there."""
        titles = set(self.names.get(caller, ()))
        begin = set(self.names.get(function, ()))
        ends = {t for n in targets for t in self.names.get(n, ())}
        back = collections.defaultdict(set)
        for n, to in self.edges.items():
            for t in to:
                back[t].add(n)
        lead = closure(ends, back) & closure(begin, self.edges) - ends
        copies = {n: n + "@" + caller for n in lead}
        for n, copy in copies.items():
            self.frame[copy] = self.frame.get(n, 0)
            self.edges[copy] = {copies.get(t, t) for t in self.edges[n]
                                if t not in ends}
        for n in titles:
            self.edges[n] = {copies.get(t, t) if t in begin else t
                             for t in self.edges.get(n, ())
                             if t not in begin or t not in ends}

    def reached(self, name):
        return closure(self.names.get(name, ()), self.plain_edges)

    def _traps(self):
        """Add up the stack of a fault on user memory and of an interrupt."""
        frame, through = self.table.trap
        frame += sum(self.frame[self.title(n)] for n in through
                     if n in self.names)
        self.fault = frame + self.depth[self.title("trap_page_fault")]
        put_off = self.depth[self.title("ipl_serve_deferred")]
        top = self.frame[self.title("trap_interrupt")]
        asked = frame + top + self.depth[self.title("smp_poll")]
        taken = frame + self.depth[self.title("trap_interrupt")]
        self.interrupt = {"task": max(put_off, taken) + asked}
        # handlers of devices allow the clock interrupt, which allows the one
        # from another CPU
        clock = frame + top + self.frame[self.title("irq_serve")] + \
            self.depth[self.title("serve_timer")]
        self.interrupt["interrupt"] = clock + asked

    def _never(self):
        self.used = set()
        for source, targets in self.edges.items():
            for target in list(targets):
                for key in ((plain_name(source), plain_name(target)),
                            ("*", plain_name(target))):
                    if key in self.table.never:
                        self.edges[source].discard(target)
                        self.used.add(key)

    def _measure(self):
        for name, size in self.table.user.items():
            self.frame[name] = size + self.fault
        self.unbounded = []
        nodes = sorted(self.frame)
        edges = {n: {t for t in self.edges.get(n, ()) if t in self.frame}
                 for n in nodes}
        self.plain_edges = edges
        for part in components(nodes, edges):
            inside = set(part)
            times = 1
            if len(part) > 1 or part[0] in edges[part[0]]:
                times = self._times(part)
            size = times * sum(self.frame[n] for n in part)
            out = {t for n in part for t in edges[n]} - inside
            best = max(out, key=lambda t: self.depth[t], default=None)
            for n in part:
                self.depth[n] = size + (self.depth[best] if best else 0)
                self.chain[n] = (part, times, size, best)

    def _times(self, part):
        lacking = sorted(short(n) for n in part if not any(
            plain_name(n) == k for k in self.table.recursion))
        if lacking:
            self.unbounded.append((sorted(map(short, part)), lacking))
            return 1
        return max(self.table.recursion[plain_name(n)] for n in part)

    def title(self, name):
        found = self.names.get(name) or [name]
        return max(found, key=lambda t: self.depth.get(t, 0))

    def show(self, name):
        at, lines = self.title(name), []
        while at:
            part, times, size, best = self.chain[at]
            what = " ".join(sorted(map(short, part))[:8])
            if len(part) > 8:
                what += f" and {len(part) - 8} more"
            lines.append(f"  {size:6} {what}" +
                         (f", {times} times" if times > 1 else ""))
            at = best
        return lines


def plain_name(title):
    return re.split(r"[.@]", short(title))[0]


# ---- the result -----------------------------------------------------------

def limit(machine):
    """Return: bytes of a stack, without the frame of a trap from user mode"""
    m = MACHINES[machine]
    return (1 << m.page_constant("KSTACK_SHIFT")) - \
        m.page_constant("KSTACK_HOLE")


def read_table(path):
    """Return: a table's text; "" for a port that has none yet"""
    try:
        with open(os.path.join(TOP, path)) as f:
            return f.read()
    except FileNotFoundError:
        return ""


class Report:
    """The stack depths of one kernel."""

    def __init__(self, folder, machine, table=None):
        folder = os.path.abspath(folder)
        if table is None:
            table = "".join(map(read_table, (
                os.path.join("arch", MACHINES[machine].folder, "stack.tbl"),
                os.path.join("tools", "stack.tbl"))))
        table = Table(table)
        graph = read_graph(folder)
        resolver = Resolver(graph, read_sources(folder), table, folder)
        resolver.run()
        self.sites = len(resolver.known)
        self.unresolved = resolver.unresolved + graph.complaints + [
            f"stack.tbl: {n} is no function" for n in sorted(table.functions())
            if n not in resolver.sources.kinds and n not in resolver.names]
        self.depths = Depths(graph, table)
        self.functions = len(graph.frame)
        self.recursions = [
            "%s: a cycle without a bound in stack.tbl, through %s" % (
                " ".join(lacking[:8]), " ".join(part[:20]))
            for part, lacking in self.depths.unbounded]
        self.recursions += [f"{n}: a page fault may fault itself"
                            for n in sorted(self.depths.nested)]
        self.limit = limit(machine)
        self.user_frame = table.trap[0]
        self.entry = table.entry

    def stack(self, which):
        """Return: the deepest entry: its name, total bytes, lines of a chain"""
        sums = [(self.depths.depth[self.depths.title(n)], n)
                for kind, n in self.entry if kind == which]
        size, name = max(sums)
        more = self.depths.interrupt[which]
        user = self.user_frame if which == "task" else 0
        lines = self.depths.show(name)
        lines += [f"  {more:6} interrupts", f"  {user:6} the user's registers"]
        return name, size + more + user, lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("machine", choices=list(MACHINES))
    parser.add_argument("folder", nargs="?",
                        help="the build folder (default: build/MACHINE)")
    args = parser.parse_args()
    folder = args.folder or os.path.join(TOP, "build", args.machine)
    try:
        report = Report(folder, args.machine)
    except Wrong as e:
        sys.exit(f"stack.py: {e}")
    wrong = report.unresolved + report.recursions
    print(f"{report.functions} functions, {report.sites} calls through "
          "pointers")
    for which in ("task", "interrupt"):
        name, size, lines = report.stack(which)
        print(f"{which} stack: {size} of {report.limit} bytes, {name}")
        print("\n".join(lines))
        if size > report.limit:
            wrong.append(f"{which} stack: {size - report.limit} bytes too deep")
    print("\n".join(wrong + [WHY] * bool(wrong)))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
"""The shape of the code: sizes of functions, files and parts, comment share,
line width, each beside its budget.  Parts may not grow past tools/shape.tbl;
the rest informs."""
import os
import re
import statistics
import textwrap

from .common import MACHINES, TOP

FOLDERS = (*(f"arch/{m.folder}" for m in MACHINES.values()), "arch/host",
           "kernel", "mm", "fs", "dev", "lib", "ext", "include", "user", "test")
KERNEL = ("arch", "kernel", "mm", "fs", "dev", "lib", "ext", "include")
LONG_FUNCTION, LONG_FILE, WIDE = 120, 700, 80
CORE = ("kernel", "mm", "fs", "dev", "lib", "include")
LONG_IN_CORE = 500
LONG_IN_KERNEL = 45
TABLE = os.path.join(TOP, "tools", "shape.tbl")
LAYERS = os.path.join(TOP, "tools", "layers.tbl")
CONTRACT = os.path.join(TOP, "include", "lt", "arch.h")


def sources(folder):
    for where, folders, files in os.walk(os.path.join(TOP, folder)):
        folders.sort()
        for name in sorted(files):
            if name.endswith((".c", ".h", ".S")):
                yield os.path.join(where, name)


def functions(lines):
    """(name, length) of each function: from a brace in the first column to
    the one that ends it."""
    start = name = None
    for i, line in enumerate(lines):
        if line.startswith("{"):
            head = "".join(lines[max(0, i - 6):i])
            found = re.findall(r"(\w+)\s*\(", head)
            start, name = i, found[-1] if found else "?"
            for candidate in reversed(range(max(0, i - 6), i)):
                m = re.match(r"[a-zA-Z_].*?(\w+)\(", lines[candidate])
                if m:
                    name = m.group(1)
                    break
        elif line.startswith("}") and start is not None:
            yield name, i - start + 1
            start = None


def comment_lines(text):
    block = sum(m.group().count("\n") + 1 for m in
                re.finditer(r"/\*.*?\*/", text, re.S))
    return block + len(re.findall(r"^\s*//", text, re.M))


def width(line):
    return len(line.rstrip("\n").expandtabs(8))


def measure(folder):
    m = {"lines": 0, "comments": 0, "wide": 0, "functions": [], "files": [],
         "long": []}
    longest = LONG_FUNCTION if folder in ("user", "test") else LONG_IN_KERNEL
    for path in sources(folder):
        with open(path, errors="replace") as f:
            lines = f.readlines()
        rel = os.path.relpath(path, TOP)
        code = [x for x in lines if x.strip()]
        m["lines"] += len(code)
        m["comments"] += comment_lines("".join(lines))
        m["wide"] += sum(width(x) > WIDE for x in lines)
        if path.endswith(".c"):
            m["files"].append((len(lines), rel))
        if path.endswith((".c", ".h")):
            for name, size in functions(lines):
                m["functions"].append(size)
                if size > longest:
                    m["long"].append(f"{rel}: {name} has {size} lines")
    return m


def long_file(folder):
    return LONG_IN_CORE if folder in CORE else LONG_FILE


def too_long():
    """=> a line for each file and function of the core past its budget"""
    for folder in CORE:
        m = measure(folder)
        yield from m["long"]
        for n, rel in m["files"]:
            if n > LONG_IN_CORE:
                yield f"{rel} has {n} lines"


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


# ---- parts -----------------------------------------------------------------

def code_lines(text, assembler=False):
    """Lines that are neither blank nor comment alone."""
    if assembler:
        text = re.sub(r"^[ \t]*#(?!\w).*", "", text, flags=re.M)
    text = re.sub(
        r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*',
        lambda m: m[0] if m[0][0] == '"' else "\n" * m[0].count("\n"),
        text, flags=re.S)
    return sum(bool(line.strip()) for line in text.splitlines())


def weight(path):
    """Lines of code of a file, or of all in a folder."""
    whole = os.path.join(TOP, path)
    if os.path.isdir(whole):
        return sum(weight(os.path.join(where, name))
                   for where, _, names in os.walk(whole) for name in names)
    if not path.endswith((".c", ".h", ".S", ".ld")):
        return 0
    with open(whole, errors="replace") as f:
        return code_lines(f.read(), path.endswith(".S"))


def contract(text):
    """How many functions a port supplies."""
    return len(set(re.findall(r"\b(arch_\w+)\(", re.sub(
        r"/\*.*?\*/", "", text, flags=re.S))))


def parts(text):
    """=> [(name, most, goal, paths)] of shape.tbl; of the contract no paths"""
    found = []
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if line.startswith("\t"):
            found[-1][3].extend(words)
        elif words and words[0] == "part":
            found.append((words[1], int(words[2]), int(words[3]), []))
        elif words:
            found.append((words[0], int(words[1]), int(words[2]), []))
    return found


def weights():
    """=> [(part, what it weighs, most, goal)]"""
    with open(TABLE) as f:
        table = parts(f.read())
    with open(CONTRACT) as f:
        calls = contract(f.read())
    return [(name, sum(map(weight, paths)) if paths else calls, most, goal)
            for name, most, goal, paths in table]


def too_heavy():
    """=> a line for each part that weighs more than it may"""
    return [f"{name}: {n}, tools/shape.tbl allows {most}"
            for name, n, most, _ in weights() if n > most]


def extensions():
    """=> [(lines of code, name)], the largest first"""
    folder = os.path.join(TOP, "ext")
    return sorted(((weight(os.path.join("ext", name)), name)
                   for name in os.listdir(folder)
                   if os.path.isdir(os.path.join(folder, name))), reverse=True)


def upward():
    """=> what goes up between layers, as tools/layers.tbl lists it"""
    with open(LAYERS) as f:
        words = [line.split() for line in f if line.startswith("exception ")]
    return (f"upward: {len(words)}: " +
            ", ".join(f"{w[1]} -> {w[2]}" for w in words))


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.M)


def includes():
    """=> {module: modules it includes}; a module is a source and the header
    of its name"""
    files = {os.path.relpath(path, TOP) for folder in KERNEL
             for path in sources(folder)}
    found = {}
    for path in sorted(files):
        with open(os.path.join(TOP, path), errors="replace") as f:
            names = INCLUDE.findall(f.read())
        own = found.setdefault(os.path.splitext(path)[0], set())
        for name in names:
            for root in ("", "include", os.path.dirname(path)):
                if os.path.join(root, name) in files:
                    own.add(os.path.splitext(os.path.join(root, name))[0])
                    break
    return found


def reached(graph, start):
    """=> the nodes that a walk from one comes to"""
    seen, left = set(), [start]
    while left:
        for node in graph.get(left.pop(), ()):
            if node not in seen:
                seen.add(node)
                left.append(node)
    return seen


def largest_circle(graph):
    """=> the largest set of nodes each of which comes to all others, sorted"""
    back = {}
    for node, ends in graph.items():
        for end in ends:
            back.setdefault(end, set()).add(node)
    best, done = set(), set()
    for node in graph:
        if node not in done:
            circle = reached(graph, node) & reached(back, node) | {node}
            done |= circle
            best = max(best, circle, key=len)
    return sorted(best)


def circle_text():
    circle = largest_circle(includes())
    return textwrap.fill(
        f"largest circle of includes: {len(circle)} modules: "
        + ", ".join(circle), 79, subsequent_indent="  ")


def aligned(rows):
    """Columns: the first to the left, the others to the right."""
    widths = [max(len(str(r[i])) for r in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(
        str(c).ljust(w) if i == 0 else str(c).rjust(w)
        for i, (c, w) in enumerate(zip(r, widths))).rstrip() for r in rows)


def report_parts():
    rows = [("part", "code", "most", "goal"), *weights()]
    listed = ", ".join(f"{name} {n}" for n, name in extensions())
    return (aligned(rows) + "\n\n"
            + textwrap.fill(upward(), 79, subsequent_indent="  ") + "\n\n" + circle_text()
            + "\n\n" + textwrap.fill("extensions: " + listed, 79,
                                     subsequent_indent="  "))


def report():
    rows = [("folder", "lines", "comments", "functions", "median", "90 %",
             "longest", "files", "median", "longest", "wide")]
    notes = []
    for folder in FOLDERS:
        m = measure(folder)
        if not m["lines"]:
            continue
        f = m["functions"] or [0]
        sizes = [n for n, _ in m["files"]] or [0]
        rows.append((folder, m["lines"],
                     f"{100 * m['comments'] // m['lines']} %",
                     len(m["functions"]), int(statistics.median(f)),
                     percentile(f, .9), max(f), len(m["files"]),
                     int(statistics.median(sizes)), max(sizes), m["wide"]))
        notes += m["long"]
        notes += [f"{rel} has {n} lines" for n, rel in m["files"]
                  if n > long_file(folder)]
    rows.append(("budget", "", "20-30 %", "", "15", "25", "45 (120)", "",
                 "200", "500 (700)", "0"))
    text = aligned(rows)
    if notes:
        text += "\n\nover budget:\n" + "\n".join(f"  {n}" for n in notes)
    return text + "\n\n" + report_parts()

# SPDX-License-Identifier: MIT
"""The shape of the code: sizes of functions, files and parts, share of comments
and line width, each beside its goal and its value at an earlier commit.  What
exceeds the goal's tolerance gets a warning; nothing fails for its size."""
import io
import os
import re
import statistics
import subprocess
import tarfile
import tempfile
import textwrap

from folders import CORE, KERNEL, PORTABLE

from . import checks
from .common import EXIT_USAGE, FINISHED, TOP, Failure

FOLDERS = (*(f"arch/{m.folder}" for m in FINISHED.values()), "arch/host",
           *PORTABLE, "user", "test")
LONG_FUNCTION, LONG_FILE, WIDE = 120, 700, 80
LONG_IN_CORE = 500
LONG_IN_KERNEL = 45
SLACK = 10                      # per cent that a size may exceed its goal by
TABLE = os.path.join(TOP, "tools", "shape.tbl")
LAYERS = os.path.join(TOP, "tools", "layers.tbl")
CONTRACT = os.path.join("include", "lt", "arch.h")
BACK = 100                      # commits to go back if there is no tag


def sources(folder, top=TOP):
    for where, folders, files in os.walk(os.path.join(top, folder)):
        folders.sort()
        for name in sorted(files):
            if name.endswith((".c", ".h", ".S")):
                yield os.path.join(where, name)


def functions(lines):
    """Yield (name, length) of each function: from a brace in the first column
    to the brace that ends it."""
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


def beyond(size, goal):
    """True if a size deserves a warning; a few lines above the goal do not."""
    return 100 * size > (100 + SLACK) * goal


def width(line):
    return len(line.rstrip("\n").expandtabs(8))


def measure(folder, top=TOP):
    m = {"lines": 0, "comments": 0, "wide": 0, "functions": [], "files": [],
         "long": []}
    longest = LONG_FUNCTION if folder in ("user", "test") else LONG_IN_KERNEL
    for path in sources(folder, top):
        with open(path, errors="replace") as f:
            lines = f.readlines()
        rel = os.path.relpath(path, top)
        code = [x for x in lines if x.strip()]
        m["lines"] += len(code)
        m["comments"] += comment_lines("".join(lines))
        m["wide"] += sum(width(x) > WIDE for x in lines)
        if path.endswith(".c"):
            m["files"].append((len(lines), rel))
        if path.endswith((".c", ".h")):
            for name, size in functions(lines):
                m["functions"].append(size)
                if beyond(size, longest):
                    m["long"].append(f"{rel}: {name} has {size} lines")
    return m


def long_file(folder):
    return LONG_IN_CORE if folder in CORE else LONG_FILE


def over_goal(folder, m):
    """Return: a line for each file and function that deserves a warning"""
    return m["long"] + [f"{rel} has {n} lines" for n, rel in m["files"]
                        if beyond(n, long_file(folder))]


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


# ---- parts -----------------------------------------------------------------

def code_lines(text, assembler=False):
    """Return: the lines that are neither blank nor only comment"""
    if assembler:
        text = re.sub(r"^[ \t]*#(?!\w).*", "", text, flags=re.M)
    text = re.sub(
        r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*',
        lambda m: m[0] if m[0][0] == '"' else "\n" * m[0].count("\n"),
        text, flags=re.S)
    return sum(bool(line.strip()) for line in text.splitlines())


def weight(path, top=TOP):
    """Return: lines of code of a file or of a directory; 0 if it is missing"""
    whole = os.path.join(top, path)
    if os.path.isdir(whole):
        return sum(weight(os.path.join(where, name), top)
                   for where, _, names in os.walk(whole) for name in names)
    if not path.endswith((".c", ".h", ".S", ".ld")) \
            or not os.path.exists(whole):
        return 0
    with open(whole, errors="replace") as f:
        return code_lines(f.read(), path.endswith(".S"))


def contract(text):
    """Return: how many functions a port must supply"""
    return len(set(re.findall(r"\b(arch_\w+)\(", re.sub(
        r"/\*.*?\*/", "", text, flags=re.S))))


def parts(text):
    """Return: [(name, goal, paths)] of shape.tbl"""
    found = []
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if line.startswith("\t"):
            found[-1][2].extend(words)
        elif words:
            found.append((words[0], int(words[1]), []))
    return found


def weights(top=TOP):
    """Return: {part: its size}, {part: its goal}"""
    with open(TABLE) as f:
        table = parts(f.read())
    table += [(m.folder, m.goal, [os.path.join("arch", m.folder)])
              for m in FINISHED.values()]
    sizes = {name: sum(weight(path, top) for path in paths)
             for name, _, paths in table}
    goals = {name: goal for name, goal, _ in table}
    if os.path.exists(os.path.join(top, CONTRACT)):
        with open(os.path.join(top, CONTRACT)) as f:
            sizes["contract"] = contract(f.read())
    core = [(folder, measure(folder, top)) for folder in CORE]
    sizes["long functions"] = sum(len(m["long"]) for _, m in core)
    sizes["long files"] = sum(len(over_goal(*c)) for c in core) \
        - sizes["long functions"]
    return sizes, {**goals, "contract": "", "long functions": 0,
                   "long files": 0}


# ---- how it was ------------------------------------------------------------

def _git(*words):
    """Return: git's output in bytes; None if git fails or is missing"""
    try:
        done = subprocess.run(["git", "-C", TOP, *words],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    except OSError:
        return None
    return None if done.returncode else done.stdout


def earlier(since=None):
    """Choose the commit to compare with: the one asked for, else the last tag,
    else one some time ago.  Return: its short name, or None without git"""
    for name in [since] if since else [
            (_git("describe", "--tags", "--abbrev=0") or b"").decode().strip(),
            f"HEAD~{BACK}"]:
        found = name and _git("rev-parse", "--short", "--verify", "--quiet",
                              name + "^{commit}")
        if found:
            return found.decode().strip()
    if since:
        raise Failure(f"--since {since}: git knows no such commit here",
                      EXIT_USAGE)
    return None


def weights_at(commit):
    """Return: what weights() was at a commit"""
    with tempfile.TemporaryDirectory() as top:
        with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as tar:
            tar.extractall(top, members=[
                m for m in tar if m.isfile()
                and m.name.endswith((".c", ".h", ".S", ".ld"))])
        return weights(top)[0]


def extensions():
    """Return: [(lines of code, name)], the largest first"""
    return sorted(((weight(ext.folder), ext.name)
                   for ext in checks.extensions.load().values()),
                  reverse=True)


def upward():
    """Return: the upward uses between layers, listed by tools/layers.tbl"""
    with open(LAYERS) as f:
        words = [line.split() for line in f if line.startswith("exception ")]
    return (f"upward: {len(words)}: " +
            ", ".join(f"{w[1]} -> {w[2]}" for w in words))


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.M)


def includes():
    """Return: {module: modules it includes}; a module is a source file and the
    header of the same name"""
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
    """Return: the nodes that can be reached from start"""
    seen, left = set(), [start]
    while left:
        for node in graph.get(left.pop(), ()):
            if node not in seen:
                seen.add(node)
                left.append(node)
    return seen


def largest_circle(graph):
    """Return: the largest set of nodes that all reach each other, sorted"""
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
    return (f"largest circle of includes: {len(circle)} modules: "
            + ", ".join(circle))


def aligned(rows):
    """Format rows in columns: the first left-aligned, the others right."""
    widths = [max(len(str(r[i])) for r in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(
        str(c).ljust(w) if i == 0 else str(c).rjust(w)
        for i, (c, w) in enumerate(zip(r, widths))).rstrip() for r in rows)


def heavy(sizes, goals):
    """Return: a line for each part that deserves a warning"""
    return [f"{name} has {n} lines of code, the goal is {goals[name]}"
            for name, n in sizes.items()
            if goals[name] and beyond(n, goals[name])]


def warnings(lines):
    """Return: the lines as text after an empty line; "" if there are none"""
    return "".join(["\n\nlarger than the goal by more than "
                    f"{SLACK} %; nothing fails because of it:"] + [
                        f"\nwarning: {line}" for line in lines]) \
        if lines else ""


def report_parts(sizes, goals, since=None):
    commit = earlier(since)
    rows = [("part", "size", "goal")]
    rows += [(name, n, goals[name]) for name, n in sizes.items()]
    if commit:
        old = weights_at(commit)
        change = [sizes[name] - old.get(name, 0) for name in sizes]
        rows = [row + (more,) for row, more in zip(
            rows, [f"since {commit}", *(f"{n:+}" for n in change)])]
    listed = ", ".join(f"{name} {n}" for n, name in extensions())
    return "\n\n".join([aligned(rows), *(
        textwrap.fill(text, 79, subsequent_indent="  ")
        for text in (upward(), circle_text(), "extensions: " + listed))])


def report(since=None):
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
        notes += over_goal(folder, m)
    rows.append(("goal", "", "20-30 %", "", "15", "25", "45 (120)", "",
                 "200", "500 (700)", "0"))
    sizes, goals = weights()
    return (aligned(rows) + "\n\n" + report_parts(sizes, goals, since)
            + warnings(notes + heavy(sizes, goals)))

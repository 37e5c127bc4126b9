# SPDX-License-Identifier: MIT
"""The shape of the code: sizes of functions, files and ports, comment share,
line width, each beside its budget.  It informs; nothing fails by it."""
import os
import re
import statistics

from .common import TOP

FOLDERS = ("arch/riscv", "arch/i386", "arch/host", "kernel", "mm", "fs",
           "dev", "lib", "ext", "include", "user", "test")
LONG_FUNCTION, LONG_FILE, WIDE = 120, 700, 80


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
                if size > LONG_FUNCTION:
                    m["long"].append(f"{rel}: {name} has {size} lines")
    return m


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


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
                  if n > LONG_FILE]
    rows.append(("budget", "port 2500", "20-30 %", "", "15", "45", "120", "",
                 "200", "700", "0"))
    widths = [max(len(str(r[i])) for r in rows) for i in range(len(rows[0]))]
    text = "\n".join("  ".join(
        str(c).ljust(w) if i == 0 else str(c).rjust(w)
        for i, (c, w) in enumerate(zip(r, widths))) for r in rows)
    if notes:
        text += "\n\nover budget:\n" + "\n".join(f"  {n}" for n in notes)
    return text

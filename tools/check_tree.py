#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Check the tree against its own rules.  Prints one line a finding, and after
the findings of a rule why it matters and how to correct them; status 1 if there
are any.

  portable   no architecture's name in portable code
  machines   no machine's name elsewhere outside the ports, the documents and
             the tests, but for the files of tools/named.tbl
  spdx       every source file opens with its licence
  coverage   every file, symbol and test named in docs/coverage.md exists
  chapters   every row of docs/coverage.md stands in a heading of course/book
  links      every relative link in the documentation leads somewhere
  names      every file and function that a page names in backticks exists
  judges     docs/judges.md lists exactly what we leave out of others' suites
  barriers   docs/barriers.md lists exactly the barriers, and what pins each
  inherited  each field of a task and a process, and each extension's part of
             them, stands in one row of include/uapi/inherit.h
  unreached  the functions of test/unreached.txt exist
  hot        the functions of arch/hot.ld exist
  extensions  tools/extensions.tbl lists the folders of topics/ and compat/, and
             syscalls.tbl names the extension that each handler stands in
  idiom      comments of the kernel say Context: and Return:, not =>
  mistakes   the mutants of test/mutants.txt and test/planted.txt, the files that
             test/planted.txt expects to be named, the flushes of
             test/flushes.txt and the names of
             tools/driver/mutation/rights.py exist
  needs      programs and extensions of test/guest/needs.tbl exist, and each
             folder of test/guest/topics and compat belongs to an extension
  starts     each program that tools and tests start has a package in
             tools/driver/packages.py, and suites and commands install what
             they start
  labs       markers of labs pair and stand in a file of their lab, every file
             of a lab has one, and its text has the points of its table
  narrow     32-bit programs of a 64-bit machine have every call, or
             test/rv32/without.tbl says why not
"""
import argparse
import fnmatch
import os
import re
import subprocess
import sys
from pathlib import Path

import extensions
import flush_sites
import narrow
import starts
import syscalls
from driver.common import Failure
from driver.course import lab_cut, lab_texts, labs
from driver.mutation import coverage, mutants, rights
from folders import COMPILED, KERNEL, PORTABLE, WINGS, is_checker
from machines import MACHINES

ARCH_NAMES = re.compile(
    "".join(rf"\b{word}\b|__{word}|" for m in MACHINES.values()
            for word in sorted({m.name, m.folder, m.meson}))
    + r"\bsatp\b|\bsfence|\bcr3\b|\binvlpg\b"
    r"|\bstval\b|\bscause\b|\beflags\b", re.I)
# A comment may say what a machine does; code may not name a machine.
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
SOURCE = {".c", ".h", ".S", ".py", ".sh"}


def tracked(root):
    try:
        out = subprocess.run(["git", "-C", str(root), "ls-files", "-co",
                              "--exclude-standard"],
                             capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        sys.exit("git is needed to tell source files from generated ones: "
                 "install it, and work in a clone")
    return [root / name for name in out.splitlines() if (root / name).is_file()]


def strip_comments(text):
    """Blank comments out, keeping line numbers."""
    return COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def check_portable(root, files):
    for path in files:
        rel = path.relative_to(root)
        if rel.parts[0] not in PORTABLE or path.suffix not in (".c", ".h", ".S"):
            continue
        if rel.parts[0] in WINGS and rel.parts[2] == "arch":
            continue    # the part of an extension for one machine
        code = strip_comments(path.read_text())
        for number, line in enumerate(code.splitlines(), 1):
            found = ARCH_NAMES.search(line)
            if found:
                yield f"{rel}:{number}: portable code names '{found.group()}'"


# of machines, in code, tables and comments alike
MACHINE_NAMES = re.compile("|".join(sorted(
    {word for m in MACHINES.values()
     for word in (m.name, m.folder, m.gdb.partition(":")[0])}, reverse=True)))
# where names of machines are at home, or generated
OF_MACHINES = ("arch/*", "*/arch/*", "docs/*", "test/*", "course/*",
               ".vscode/*", "cross-*.txt", "*.md")


def check_machines(root, files):
    known = re.findall(r"^([^#\s]\S*)\t", (root / "tools/named.tbl")
                       .read_text(), re.M)
    needed = set()
    for path in files:
        name = path.relative_to(root).as_posix()
        if any(fnmatch.fnmatch(name, p) for p in OF_MACHINES):
            continue
        listed = [p for p in known if fnmatch.fnmatch(name, p)]
        for number, line in enumerate(
                path.read_text(errors="replace").splitlines(), 1):
            found = MACHINE_NAMES.search(line)
            if found and not listed:
                yield f"{name}:{number}: names '{found.group()}'"
            elif found:
                needed.update(listed)
    for pattern in known:
        if pattern not in needed:
            yield f"tools/named.tbl: {pattern} names no machine"


def check_spdx(root, files):
    for path in files:
        if path.suffix in SOURCE:
            head = path.read_text(errors="replace")[:300]
            if "SPDX-License-Identifier: MIT" not in head:
                yield f"{path.relative_to(root)}:1: no SPDX licence line"


def symbol_exists(path, name):
    return re.search(rf"\b{re.escape(name)}\b", path.read_text()) is not None


def check_coverage(root, files):
    """Rows: | id | what | where | proof | status |, names in backquotes.

    A name is a path, or path:symbol, relative to the root.
    """
    page = root / "docs/coverage.md"
    if not page.is_file():
        yield "docs/coverage.md: missing"
        return
    rows = 0
    for number, line in enumerate(page.read_text().splitlines(), 1):
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if not re.fullmatch(r"[A-E]\d+", cells[0]):
            continue
        rows += 1
        where = f"docs/coverage.md:{number}: {cells[0]}"
        if len(cells) != 5:
            yield f"{where}: {len(cells)} cells, not 5"
            continue
        if cells[4] not in ("done", "part", "open"):
            yield f"{where}: status '{cells[4]}' is not done, part or open"
        names = re.findall(r"`([^`]+)`", cells[2] + cells[3])
        if cells[4] != "open" and not names:
            yield f"{where}: names no file"
        for name in names:
            path, _, symbol = name.partition(":")
            target = root / path
            if not target.exists():
                yield f"{where}: {path} does not exist"
            elif symbol and not symbol_exists(target, symbol):
                yield f"{where}: {path} has no {symbol}"
    if rows < 60:
        yield f"docs/coverage.md: only {rows} rows"


def check_chapters(root, files):
    """A heading of a chapter ends with its rows: `## fork (B16, C1)`."""
    rows = re.findall(r"^\| ([A-E]\d+) \|", (root / "docs/coverage.md")
                      .read_text(), re.M)
    told = set()
    for page in sorted((root / "course/book").glob("[0-9]*.md")):
        for inside in re.findall(r"^#+ .*\(((?:[A-E]\d+(?:, )?)+)\)$",
                                 page.read_text(), re.M):
            for row in inside.split(", "):
                told.add(row)
                if row not in rows:
                    yield (f"{page.relative_to(root)}: docs/coverage.md has "
                           f"no row {row}")
    for row in rows:
        if row not in told:
            yield f"docs/coverage.md: {row}: no chapter has it in a heading"


def check_links(root, files):
    for path in files:
        if path.suffix != ".md":
            continue
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text()):
            if "://" not in target and not (path.parent / target).exists():
                yield f"{path.relative_to(root)}: dead link {target}"


# a path, with or without a symbol; a function, a member, or another C name
NAMED_FILE = re.compile(r"<?((?:[\w.-]+/)*[\w.-]+\.(?:build|c|h|S|ld|md|pml|py|sh"
                        r"|tbl|txt))>?(?::([A-Za-z_]\w*))?")
NAMED_FOLDER = re.compile(r"((?:" + "|".join((
    *KERNEL, "docs", "test", "tools", "user"))
    + r")(?:/[\w-]+)+)/?")
NAMED_SYMBOL = re.compile(r"(?:struct |\w+->)?([a-z]\w*_\w+)|(\w+)\((?!\d\)).*\)")
# a placeholder for a name in a path
STANDS_FOR = re.compile(r"(?<![A-Z])(NAME|TOPIC|OTHER)(?![A-Z])")
# files that the reader or a command creates
MADE_LATER = {"user/bin/answer.c", "test/guest/process/answers.c",
              "unimplemented.c"}
# names of Linux or of C programmers that Lectern's code does not have
OF_OTHERS = {"memparse", "shm_rmid_forced", "snake_case", "trace_pipe_raw",
             "uprobe_events", "vma_to_resize"}


def words_of_code(files):
    """Return: all words of the files, except pages and C comments"""
    found = set()
    for path in files:
        if path.suffix not in (".md", ".svg"):
            text = path.read_text(errors="replace")
            found.update(re.findall(r"\w+", strip_comments(text) if path.suffix
                                    in (".c", ".h", ".S") else text))
    return found


def ends_of_paths(root, files):
    """Return: {any part of a path, from one name to the whole path: the files
    whose path ends with it}"""
    found = {}
    for path in files:
        parts = path.relative_to(root).parts
        for end in range(1, len(parts) + 1):
            for start in range(end):
                here = found.setdefault("/".join(parts[start:end]), [])
                if end == len(parts):
                    here.append(path)
    return found


def dead_calls(root, files, words):
    """Functions that comments in C name, as in f(), and that nothing is."""
    for path in files:
        if path.suffix not in (".c", ".h", ".S"):
            continue
        text = path.read_text(errors="replace")
        for m in re.finditer(r"/\*.*?\*/", text, re.S):
            for name in re.finditer(r"\b([a-z_]\w*)\(\)", m[0]):
                if name[1] not in words and name[1] not in OF_OTHERS:
                    line = text.count("\n", 0, m.start() + name.start()) + 1
                    yield (f"{path.relative_to(root)}:{line}: "
                           f"nothing is called {name[1]}")


def check_names(root, files, pages=None):
    """pages: only these, without the comments in C"""
    words, ends = words_of_code(files), ends_of_paths(root, files)
    if pages is None:
        yield from dead_calls(root, files, words)
    for page in files if pages is None else pages:
        if page.suffix != ".md" or page.name == "CHANGELOG.md":
            continue        # the change log also names what is gone
        text = page.read_text()
        for m in re.finditer(r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)", text):
            name = re.sub(r"\s+", " ", m[1])
            where = (f"{page.relative_to(root)}:"
                     f"{text.count(chr(10), 0, m.start()) + 1}:")
            named = NAMED_FILE.fullmatch(name) or NAMED_FOLDER.fullmatch(name)
            symbol = NAMED_SYMBOL.fullmatch(name)
            if named and not STANDS_FOR.search(name) and \
                    not name.startswith("build/"):
                path, inside = (*named.groups(), None)[:2]
                if path in MADE_LATER:
                    continue
                if path not in ends:
                    yield f"{where} there is no {path}"
                elif inside and not any(symbol_exists(p, inside)
                                        for p in ends[path]):
                    yield f"{where} no {inside} in {path}"
            elif symbol and not named:
                symbol = symbol[1] or symbol[2]
                if symbol not in words and symbol not in OF_OTHERS:
                    yield f"{where} nothing is called {symbol}"


def judges_left_out(root):
    """Return: {table head: names that the suite `judges` leaves out}"""
    sys.dont_write_bytecode = True
    sys.path[:0] = [str(root / "test/run"), str(root / "tools")]
    import judges_bash
    import judges_load
    import judges_python
    python = set().union(*judges_python.ABSENT.values(),
                         *judges_python.LEFT_OUT.values())
    return {"classes": {*judges_load.ABSENT}, "tests of python": python,
            "tests of bash": {*judges_bash.KNOWN}}


def check_judges(root, files):
    """Rows: | names or patterns | ... |, below one of the table heads."""
    page = (root / "docs/judges.md").read_text()
    tables = judges_left_out(root)
    left = {}
    for number, line in enumerate(page.splitlines(), 1):
        first = line.split("|")[1].strip() if line.startswith("|") else ""
        if not first or first in tables:
            left = tables.get(first, {})
        elif left and set(first) != {"-"}:
            for pattern in first.split(", "):
                found = set(fnmatch.filter(left, pattern))
                left -= found
                if not found:
                    yield f"docs/judges.md:{number}: {pattern} is not left out"
    for head, names in tables.items():
        for name in sorted(names):
            yield (f"docs/judges.md: {head}: {name} is left out, but not "
                   "listed here")


BARRIER = re.compile(r"__atomic_thread_fence|\barch_mb\(|\bbarrier\(\)"
                     r"|\bmb_after_atomic\(|\batomic_publish\("
                     r"|__ATOMIC_(ACQUIRE|RELEASE|ACQ_REL|SEQ_CST)")
FUNCTION = re.compile(r"^[A-Za-z_][^=;]*?\b(\w+)\(", re.M)


def barriers_in_code(root, files):
    """Return: {(path, function or macro): line of its first barrier}"""
    found = {}
    for path in files:
        rel = path.relative_to(root)
        if rel.parts[0] not in KERNEL or is_checker(rel.as_posix()) \
                or rel.name == "trip.c" \
                or path.suffix not in (".c", ".h"):
            continue
        name = ""
        code = strip_comments(path.read_text())
        for number, line in enumerate(code.splitlines(), 1):
            start = re.match(r"#define (\w+)", line) or FUNCTION.match(line)
            name = start[1] if start else name
            if BARRIER.search(line):
                found.setdefault((str(rel), name), number)
    return found


def models_of(root):
    """Return: {model: its mistakes}"""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(root / "test/model"))
    import check
    return check.MODELS


def check_pin(root, models, pin):
    """A pin names models with their mistakes, or files, or gives a reason."""
    mistakes = {}
    if not pin:
        yield "nothing pins it"
    for name in re.findall(r"`([^`]+)`", pin):
        if name.endswith(".pml"):
            mistakes = models.get(name[:-4], {})
            if not mistakes:
                yield f"test/model/check.py does not run {name}"
        elif re.fullmatch(r"[A-Z][A-Z0-9_]+", name):
            if name not in mistakes:
                yield f"the model has no mistake {name}"
        elif "/" in name and not (root / name).exists():
            yield f"{name} does not exist"


EXCHANGE = re.compile(r"__atomic_compare_exchange_n\([^;{]*?"
                      r"__ATOMIC_(\w+),\s*__ATOMIC_(\w+)\)")


def check_exchanges(root, files):
    """A compare-exchange releases only if its failure is SEQ_CST, too."""
    for path in files:
        rel = path.relative_to(root)
        if rel.parts[0] not in KERNEL or path.suffix not in (".c", ".h"):
            continue
        code = strip_comments(path.read_text())
        for m in EXCHANGE.finditer(code):
            if m[1] not in ("RELAXED", "ACQUIRE") and m[2] != "SEQ_CST":
                yield (f"{rel}:{code.count(chr(10), 0, m.start()) + 1}: this "
                       f"compare-exchange is {m[1]}, or {m[2]} if it fails: "
                       "atomic_publish() publishes on every machine")


def check_barriers(root, files):
    """Rows: | `path`: `function`, ... | what it orders | what pins it |"""
    yield from check_exchanges(root, files)
    page = (root / "docs/barriers.md").read_text()
    code = barriers_in_code(root, files)
    models = models_of(root)
    listed = set()
    for number, line in enumerate(page.splitlines(), 1):
        cells = [c.strip() for c in line.strip("| ").split(" | ")]
        if not line.startswith("| `") or len(cells) < 3:
            continue
        path, *names = re.findall(r"`([^`]+)`", cells[0])
        for name in names:
            listed.add((path, name))
            if (path, name) not in code:
                yield (f"docs/barriers.md:{number}: {path}: {name} has no "
                       "barrier")
        for fault in check_pin(root, models, cells[2]):
            yield f"docs/barriers.md:{number}: {fault}"
    for path, name in sorted(code.keys() - listed):
        yield f"{path}:{code[path, name]}: {name} is not in docs/barriers.md"


FIELD = re.compile(r"(\w+)(?:\[\w*\])?(?=[,;])|\(\*(?:const )?\*?(\w+)\)")


def fields_of(text, struct):
    """Return: names of a structure's members, those of its unions included"""
    body = text.split(f"\nstruct {struct} {{", 1)[1].split("\n}", 1)[0]
    body = re.sub(r"^#.*$", "", strip_comments(body), flags=re.M)
    for line in body.split(";"):
        line = line.replace("{", " ").replace("}", " ") + ";"
        for found in FIELD.findall(line):
            yield found[0] or found[1]
            if found[1]:        # a function: the rest are its arguments
                break


def check_inherited(root, files):
    table = "include/uapi/inherit.h"
    said = re.findall(r"(?:task|process)\.\w+|\w+(?:/\w+)+\.c",
                      "".join(re.findall(r'"[^"\n]*"',
                                         (root / table).read_text())))
    there = {f"{struct}.{name}" for struct, path in (
        ("task", "kernel/current.h"), ("process", "kernel/task/task.h"))
        for name in fields_of((root / path).read_text(), struct)}
    there |= {re.sub(r"/arch/\w+/", "/", path.relative_to(root).as_posix())
              for path in files
              if path.suffix == ".c" and re.search(
                  r"__table\((task|process)_part\)", path.read_text())}
    for name in sorted(there - set(said)):
        yield f"{table}: no row has {name}"
    for name in sorted(set(said)):
        if name not in there:
            yield f"{table}: there is no {name}"
        elif said.count(name) > 1:
            yield f"{table}: {name} twice"


def check_unreached(root, files):
    """Rows: FILE: FUNCTION..."""
    table = "test/unreached.txt"
    for number, path, names in coverage.rows((root / table).read_text()):
        if root / path not in files:
            yield f"{table}:{number}: no {path}"
            continue
        text = (root / path).read_text()
        for name in names:
            if name != "?" and not re.search(rf"\b{name}\b", text):
                yield f"{table}:{number}: no {name} in {path}"


def check_hot(root, files):
    """kernel.ld silently ignores a name that does not exist."""
    text = "\n".join(p.read_text() for p in files if p.suffix in (".c", ".S")
                     and p.relative_to(root).parts[0] in KERNEL)
    for name in re.findall(r"\.text\.(\w+)", strip_comments(
            (root / "arch/hot.ld").read_text())):
        if not re.search(rf"^(?!extern)[\w *]*\b{name}(?:\(|:)", text, re.M):
            yield f"arch/hot.ld: no function {name}"


def check_mistakes(root, files):
    """The names of mutants, of flushes and of permission checks exist."""
    def read(name):
        return (root / name).read_text()

    kept = [(str(p.relative_to(root)), mutants.read_equivalents)
            for p in sorted(root.glob("course/labs/*/wrong/kept.txt"))]
    for page, load in (("test/mutants.txt", mutants.read_equivalents), *kept,
                       ("test/planted.txt", lambda text: [
                           m.mutant for m in mutants.read_planted(text)])):
        for name in load(read(page)):
            try:
                mutants.called(name, read)
            except mutants.Stale as why:
                yield (f"{page}: {why}; ./lectern mutate --list "
                       f"{name.partition(' ')[0]} prints all names")
    for mistake in mutants.read_planted(read("test/planted.txt")):
        for path in re.findall(r"([\w/]+)\\.c\b", "\n".join(mistake.told)):
            if not (root / f"{path}.c").exists():
                yield (f"test/planted.txt: {mistake.name}: there is no file "
                       f"{path}.c")
    there = {flush_sites.key_of(s) for s in flush_sites.sites(root)}
    for key in flush_sites.known(read("test/flushes.txt")):
        if flush_sites.of_machine(key)[1] not in there:
            yield (f"test/flushes.txt: no flush is called {key}; "
                   "tools/flush_sites.py prints all")
    for pattern in flush_sites.matching_nothing(root):
        yield (f"tools/flush_sites.py: nothing matches {pattern}: the flush "
               "has another form now, and is no longer tried")
    for name in rights.asked_nowhere("\n".join(
            p.read_text() for p in files if p.suffix in (".c", ".h"))):
        yield (f"tools/driver/mutation/rights.py: nothing is called {name}: the check "
               "has another name now, and is no longer tried")


def check_needs(root, files):
    """Rows: PROGRAM: EXTENSION..., further lines indented."""
    table = root / "test/guest/needs.tbl"
    guest = [p.relative_to(root / "test/guest") for p in files
             if root / "test/guest" in p.parents and p.suffix == ".c"]
    known = extensions.load(root / "tools/extensions.tbl")
    there, folders = set(known), {e.folder for e in known.values()}
    for path in guest:
        folder = "/".join(path.parts[:2])
        if path.parts[0] in extensions.wings(known) and folder not in folders:
            yield f"test/guest/{path}: no extension {folder}"
    rows = re.sub(r"#.*|\n[ \t]+", " ", table.read_text())
    for program, needs in re.findall(r"^ *(\w+):(.*)$", rows, re.M):
        if program not in {p.stem for p in guest}:
            yield f"test/guest/needs.tbl: no program {program}"
        for name in set(needs.split()) - there:
            yield f"test/guest/needs.tbl: {program}: no extension {name}"


def check_narrow(root, files):
    """Rows: REASON: CALL..., further lines indented."""
    calls = syscalls.load(root / "kernel/syscall/syscalls.tbl")
    source = (root / narrow.WHITE_LIST).read_text()
    table = (root / "test/rv32/without.tbl").read_text()
    wide, there = narrow.wide(calls), narrow.listed(source)
    for name in sorted(narrow.without(table)):
        if name not in wide:
            yield f"test/rv32/without.tbl: no call {name}: remove the line"
        elif wide[name] in there:
            yield (f"test/rv32/without.tbl: {name} ({wide[name]}) is also in "
                   f"{narrow.WHITE_LIST}: remove one of them")
    for name in narrow.undecided(calls, source, table):
        yield (f"test/rv32/without.tbl: {name} is neither here nor in "
               f"{narrow.WHITE_LIST}: ./lectern update adds it here")


def handlers(root, files):
    """Yield (handler, its extension or "") for each handler in C files."""
    for path in files:
        parts = path.relative_to(root).parts
        if path.suffix == ".c" and parts[0] in COMPILED:
            for name in re.findall(r"^long\s(?:\w+ )?(sys_\w+)\(",
                                   path.read_text(), re.M):
                yield name, parts[1] if parts[0] in WINGS else ""


def check_extensions(root, files):
    table = extensions.load(root / "tools/extensions.tbl")
    there = {f"{wing}/{p.name}" for wing in extensions.wings(table)
             for p in (root / wing).glob("*") if p.is_dir()}
    for name in there ^ {e.folder for e in table.values()}:
        yield f"tools/extensions.tbl: {name} is not both a row and a folder"
    for ext in table.values():
        for need in set(ext.needs) - set(table):
            yield f"tools/extensions.tbl: {ext.name}: no extension {need}"
        for need in set(ext.needs) & set(table):
            if (ext.wing, table[need].wing) == ("topics", "compat"):
                yield (f"tools/extensions.tbl: {ext.name}, a topic, needs "
                       f"{need} of compat/, which its readers never open")
    defined = dict(handlers(root, files))
    for call in syscalls.load(root / "kernel/syscall/syscalls.tbl"):
        place = defined.get(call.handler, call.ext)
        if call.handler and place != call.ext:
            yield (f"syscalls.tbl: {call.handler} belongs to "
                   f"{call.ext or 'the core'}, but stands in "
                   + (place or "the core"))


def check_labs(root, files):
    """Markers in the kernel and the runtime linker, tables and texts."""
    table = labs.load_labs(str(root))
    for one in table.values():
        yield from lab_texts.text_findings(one, str(root))
    for path in files:
        name = str(path.relative_to(root))
        if path.suffix not in (".c", ".h", ".S") or name.split("/")[0] \
                not in (*KERNEL, "user"):
            continue
        text = path.read_text(errors="replace")
        try:
            marked = {hole.lab for hole in lab_cut.find_holes(name, text)}
        except Failure as why:
            yield str(why)
            continue
        for lab in sorted(marked):
            if lab not in table:
                yield f"{name}: a marker of lab {lab}, which does not exist"
            elif name not in table[lab].files:
                yield f"{name}: a marker of lab {lab}, whose table does not " \
                      "list the file"


def kernel_sources(root, files):
    for path in files:
        rel = path.relative_to(root)
        if rel.parts[0] in KERNEL and path.suffix in (".c", ".h"):
            yield rel, path.read_text()


def check_idiom(root, files):
    for rel, text in kernel_sources(root, files):
        for comment in COMMENT.finditer(text):
            for m in re.finditer(r"(^|[\s(])=>(\s|$)", comment.group(), re.M):
                number = text.count("\n", 0, comment.start() + m.start(2)) + 1
                yield (f"{rel}:{number}: '=>' in a comment: write Context: or "
                       "Return:")


# name: (the check, text printed after its findings: why the rule matters and
# how to correct a finding)
CHECKS = {
    "extensions": (check_extensions, "These tables tell the build which files "
                   "an extension has: list every folder of topics/ and "
                   "compat/ in tools/extensions.tbl, and write each handler "
                   "as EXTENSION/HANDLER in syscalls.tbl."),
    "idiom": (check_idiom, "All headers are to read alike: say what the "
              "caller must hold after `Context:`, results after `Return:`."),
    "portable": (check_portable, "Portable code runs on every machine: move "
                 "what belongs to one machine to arch/NAME, behind a function "
                 "of include/lt/arch.h."),
    "machines": (check_machines, "A new port should need no change outside its "
                 "folder and its row: ask the row, arch/NAME/tools.py or a "
                 "header of the port, or give the file a reason in "
                 "tools/named.tbl."),
    "spdx": (check_spdx, "A reader must see under which terms a file may be "
             "used: begin it with SPDX-License-Identifier: MIT in a comment."),
    "coverage": (check_coverage, "docs/coverage.md leads from a lecture to the "
                 "code and its test: write the names that they have now."),
    "chapters": (check_chapters, "A student finds each system of the lectures "
                 "in the book: end the heading of its section with the row."),
    "links": (check_links, "The link leads nowhere: correct or remove it."),
    "names": (check_names, "A reader looks for this name in vain: write the "
              "present name, or remove the sentence."),
    "judges": (check_judges, "docs/judges.md lists what we leave out of "
               "others' suites: add or remove the row there, or the entry in "
               "test/run/judges_*.py."),
    "barriers": (check_barriers, "A wrong barrier is hard to notice: add or "
                 "correct its row in docs/barriers.md: what it orders, its "
                 "pair, and what pins it."),
    "inherited": (check_inherited, "What a task has is a right that a set-id "
                  "program may gain by mistake: say in the row what fork and "
                  "exec do with it, and have test/guest/process/inherited.c "
                  "probe it."),
    "unreached": (check_unreached, "test/unreached.txt lists what no test "
                  "reaches: remove what no longer exists from its row."),
    "hot": (check_hot, "The linker ignores names that it does not find: write "
            "the present name in arch/hot.ld, or remove it."),
    "mistakes": (check_mistakes, "Long suites try these and could not find "
                 "them: write the present name, or remove the entry."),
    "needs": (check_needs, "A kernel with few extensions runs the programs "
              "that need none of the others: correct test/guest/needs.tbl."),
    "starts": (starts.findings, "On a new machine it would be missing: give it "
               "a row in PACKAGES of tools/driver/packages.py, and the suite or "
               "command that needs it one in OF_SUITE, OF_HOST or its own list "
               "there (tools/starts.py has the words that are no programs)."),
    "narrow": (check_narrow, "docs/rv32.md promises every call or a reason: "
               "./lectern update adds the calls without either."),
    "labs": (check_labs, "A skeleton is cut where the markers are, and a "
             "student reads the points in the text: correct the marker, "
             "course/labs/NN-name/lab.tbl or its text.md (docs/labs.md)."),
}


def findings(name, root, files):
    """Return: lines; a check that cannot run is a finding, too"""
    try:
        return list(CHECKS[name][0](root, files))
    except FileNotFoundError as why:
        return [f"{os.path.relpath(why.filename, root)}: does not exist"]
    except (SystemExit, extensions.Bad) as why:     # a wrong line of a table
        return [str(why).replace(f"{root}{os.sep}", "")]
    except Exception as why:
        at = why.__traceback__
        while at.tb_next:
            at = at.tb_next
        return [f"the check itself failed, {type(why).__name__}: {why} at "
                f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("check", nargs="*", choices=[[], *CHECKS],
                        help="the checks to run (default: all)")
    parser.add_argument("--root", type=Path,
                        default=Path(__file__).resolve().parent.parent)
    args = parser.parse_args()
    root = args.root.resolve()
    files = tracked(root)
    bad = False
    for name in args.check or CHECKS:
        found = findings(name, root, files)
        if found:
            bad = True
            print("\n".join(found))
            print(f"  {CHECKS[name][1]}\n  (again: tools/check_tree.py {name})")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

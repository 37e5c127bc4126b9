#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flush_sites.py [--remove FILE:LINE] - list where the kernel makes CPUs forget
translations or see new instructions: calls of a flush, a shoot-down or an
instruction-cache function, marks that stand for one, and the instructions
themselves.  The lines are "file:line function call".
tools/flush_mutants.py removes them one at a time to see that a test notices.

--remove prints the file without that statement.
"""
import collections
import re
import sys
from pathlib import Path

from folders import COMPILED
from machines import FINISHED, MACHINES

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (*(f"arch/{m.folder}" for m in FINISHED.values()),
           *(f for f in COMPILED if f != "arch"))
CALLS = ("arch_tlb_page", "arch_tlb_asid", "arch_tlb_all", "arch_icache_sync",
         "vm_flush_page", "vm_flush_local", "vm_flush_range",
         "vm_flush_tables", "vm_icache_sync",
         "vm_note_fetch", "vm_fetch_pages", "code_stored",
         "vm_space_unload_all", "vm_space_unload", "tlb_flush_kernel")
# names that have this meaning only in mm
MM_CALLS = ("flush", "flush_here", "flush_others", "flush_kernel", "forget",
            "fault_refresh_tlb")
STATEMENT = re.compile(
    r"^\t+(?:\(void\))?(" + "|".join(CALLS + MM_CALLS) + r")\(")
# Requests to another CPU, marks that it finds later, and each port's own
# instructions.
OTHERS = (
    (r"\t+smp_call\(.*(flush|sync_icache|vm_space_unload)", "smp_call"),
    (r"\t+now = __atomic_fetch_or\(&s->cpus, idle << CPU_STALE", "CPU_STALE"),
    (r"\t+__atomic_fetch_or\(&s->icache_stale", "icache_stale"),
    (r"\t+dst->icache_stale =", "icache_stale"),
    (r"\t+s->asid_generation\[c->id\] = 0", "asid_generation"),
    (r"\t+m->generation\+\+", "generation"),
    (r"\t+flush = FLUSH_ALL", "FLUSH_ALL"),
    (r"\t+page_clear_flags\(p, PG_FETCHED\)", "PG_FETCHED"),
    *(flush for m in FINISHED.values()
      for flush in getattr(m.port(), "FLUSHES", ())),
)
OTHERS = [(re.compile(pattern), name) for pattern, name in OTHERS]
# The beginning of a function or, in assembler, of a part with a name.
BEGIN = re.compile(r"^(?:[a-z_].*?\b(\w+)\(|ENTRY\((\w+)\)|([a-z_]\w*):"
                   r"|\t\.macro\t(\w+))")

Site = collections.namedtuple("Site", "path line function call")


def text_of(site):
    return f"{site.path}:{site.line} {site.function} {site.call}"


def key_of(site):
    """Return: a name of the site that does not depend on its line"""
    return f"{site.path} {site.function} {site.call}"


def sources(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.[chS]")):
            if path.name != "arch.h" and "selftest" not in path.parts:
                yield path


def call_on(folder, line):
    found = STATEMENT.match(line)
    if found and (folder == "mm" or found.group(1) in CALLS):
        return found.group(1)
    return next((name for pattern, name in OTHERS if pattern.match(line)),
                None)


def sites(root=ROOT):
    """Return: each site; a second one of a kind in a function is #2"""
    for path in sources(root):
        function, seen = "", collections.Counter()
        for n, line in enumerate(path.read_text().splitlines(), 1):
            begin = BEGIN.match(line)
            if begin:
                function = next(filter(None, begin.groups()))
            call = call_on(path.relative_to(root).parts[0], line)
            if not call:
                continue
            seen[function, call] += 1
            if seen[function, call] > 1:
                call += f"#{seen[function, call]}"
            yield Site(str(path.relative_to(root)), n, function, call)


def known(text):
    """Parse test/flushes.txt. Return: {[MACHINE ]FILE FUNCTION CALL: why no
    test can see that it is missing}"""
    found, key = {}, None
    for line in text.splitlines():
        if line.startswith(" ") and key:
            found[key] += " " + line.strip()
        elif ":" in line and not line.startswith("#"):
            key, _, why = line.partition(":")
            found[key] = why.strip()
    return found


def of_machine(key):
    """Return: the machine in front of a key, or None; the rest of the key"""
    first, _, rest = key.partition(" ")
    return (first, rest) if first in MACHINES else (None, key)


def matching_nothing(root=ROOT):
    """Return: the patterns of this tool that match no source"""
    text = "\n".join(path.read_text() for path in sources(root))
    patterns = [rf"\t+(?:\(void\))?{name}\(" for name in CALLS + MM_CALLS] + [
        pattern.pattern for pattern, _ in OTHERS]
    return [p for p in patterns if not re.search("^" + p, text, re.M)]


def removed(text, path, line):
    """Return: the file's text without the statement that begins there"""
    lines = text.splitlines(keepends=True)
    at = line - 1
    if path.endswith(".S"):
        lines[at] = "\n"
        return "".join(lines)
    while not lines[at].rstrip().endswith(";"):
        lines[at] = "\n"
        at += 1
    lines[at] = "\t\t;\n"
    return "".join(lines)


def main():
    if sys.argv[1:2] == ["--remove"]:
        path, line = sys.argv[2].rsplit(":", 1)
        sys.stdout.write(removed((ROOT / path).read_text(), path, int(line)))
        return
    for site in sites():
        print(text_of(site))


if __name__ == "__main__":
    main()

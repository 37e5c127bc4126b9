#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flush_sites.py [--remove FILE:LINE] - where the kernel makes CPUs forget
translations or see instructions: each call of a flush, a shoot-down or an
instruction-cache function, and each mark that stands for one.  One a line,
file:line:function; what is listed here is removed one at a time to see that
a test notices (tools/flush_mutants.py).

--remove prints the file with that statement gone.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("mm", "kernel", "arch/riscv", "arch/i386", "fs", "dev")
CALLS = ("arch_tlb_page", "arch_tlb_asid", "arch_tlb_all", "arch_icache_sync",
         "vm_flush_page", "vm_flush_local", "vm_flush_range",
         "vm_flush_space", "vm_flush_tables", "vm_icache_sync",
         "vm_note_fetch", "vm_fetch_page", "vm_space_leave",
         "vm_space_let_go", "tlb_flush_kernel", "flush", "flush_here",
         "flush_others", "flush_kernel", "forget", "forget_older")
STATEMENT = re.compile(
    r"^\t+(?:\(void\))?(" + "|".join(CALLS) + r")\(")
# What another CPU is asked to do, and marks it finds later.
OTHERS = (
    (re.compile(r"^\t+smp_call\(.*(flush|sync_icache|vm_space_let_go)"),
     "smp_call"),
    (re.compile(r"^\t+now = __atomic_fetch_or\(&s->cpus, idle << CPU_STALE"),
     "CPU_STALE"),
    (re.compile(r"^\t+__atomic_fetch_or\(&s->icache_stale"), "icache_stale"),
    (re.compile(r"^\t+dst->icache_stale ="), "icache_stale"),
    (re.compile(r"^\t+s->asid_generation\[c->id\] = 0"), "asid_generation"),
    (re.compile(r"^\t+flush = FLUSH_ALL"), "FLUSH_ALL"),
    (re.compile(r"^\t+page_clear_flags\(p, PG_FETCHED\)"), "PG_FETCHED"),
    (re.compile(r"^\t+__atomic_thread_fence.*flush"), "fence"),
)


def sources():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            if path.name != "arch.h" and "selftest" not in path.parts[-2:] \
                    and path.name != "selftest.c":
                yield path


def sites():
    """(path from the root, line from 1, function)"""
    for path in sources():
        for n, line in enumerate(path.read_text().splitlines(), 1):
            found = STATEMENT.match(line)
            name = found.group(1) if found else next(
                (what for pattern, what in OTHERS if pattern.match(line)),
                None)
            if name:
                yield path.relative_to(ROOT), n, name


def removed(path, line):
    """The file's text with the statement that begins there an empty one."""
    lines = (ROOT / path).read_text().splitlines(keepends=True)
    at = line - 1
    while not lines[at].rstrip().endswith(";"):
        lines[at] = "\n"
        at += 1
    lines[at] = "\t\t;\n"
    return "".join(lines)


def main():
    if sys.argv[1:2] == ["--remove"]:
        path, line = sys.argv[2].rsplit(":", 1)
        sys.stdout.write(removed(path, int(line)))
        return
    for path, line, name in sites():
        print(f"{path}:{line}:{name}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flush_mutants.py [--arch A] [SITE...] - take each flush of
tools/flush_sites.py away, one at a time, and see whether a test notices:
a kernel with --check tlb that does its self-tests and runs programs on two
CPUs; then the host tests of mm; then that kernel on one CPU, and with one
address-space identifier and with none.

A SITE is a part of what flush_sites.py prints.  One line a site: caught, by
what; "same", the compiler makes no code of it there; "known", it stands in
test/flushes.txt with the reason why no test can see it; SURVIVED; "does not
compile".  The last line counts them; the status is 1 when one survived, or
when one that is known is caught.

It compiles in a copy, build/mutate-flush-A, not in the tree.
"""
import argparse
import collections
import os
import pathlib
import re
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import flush_sites  # noqa: E402
from driver import mutate, reach, trial  # noqa: E402
from driver.build import EVERYTHING, build, locked  # noqa: E402
from driver.common import ARCHES, DEFAULT, TOP, Failure  # noqa: E402
from machines import of_folder  # noqa: E402

KNOWN = os.path.join(TOP, "test", "flushes.txt")
HOST_TESTS = ("test_vma", "test_vma2", "test_mmap", "test_mmap2", "test_pt",
              "test_pt2", "test_conformance")
HOST_SECONDS = 120
EXIT_ENDED = 143
SELFTESTS = "selftest=arch,mm,smp,tlb"
PROGRAMS = ("tlb_shootdown", "fresh_code", "mmap", "copy_on_write",
            "vma_merge", "zero_page", "mremap_merge", "brk", "stack_growth",
            "fork_exit_wait", "exit_signals", "threads", "spawn", "exec_args",
            "fail_allocs_exec", "sysvshm", "open_files", "file_model",
            "fallocate", "file_advice", "disclosure", "borrowed_mm",
            "memory_flags", "memfd_seals", "ptrace", "ptrace_attach",
            "bad_registers", "riscv_abi", "i386_abi", "thread_races")
PROGRAM_SECONDS = 60            # processor time, each

# What a boot has that others have not.
Stage = collections.namedtuple("Stage", "name smp append archs")
STAGES = (
    Stage("2 CPUs", 2, "", ARCHES),
    Stage("1 CPU", 1, "", ARCHES),
    Stage("2 CPUs, one identifier", 2, "asidbits=1", ("riscv64",)),
    Stage("2 CPUs, no identifiers", 2, "asidbits=0", ("riscv64",)),
)


class Programs(trial.Programs):
    """Self-tests, then programs, in one boot."""

    def _hear(self, kind, line):
        if kind == "log" and "selftest: not ok" in line:
            raise trial.Wrong("self-test" + line.partition(" -")[2])
        super()._hear(kind, line)


def programs(arch):
    there = reach.guest_programs(arch)
    return [p for p in PROGRAMS if p in there]


def boot(arch, kernel, stage, names):
    """=> none, or the program or "" and what is wrong with it"""
    run = Programs(arch, kernel, dict.fromkeys(names, PROGRAM_SECONDS),
                   stage.smp)
    run.boot.settings.append = [SELFTESTS, "seed=1", "kstack_cache=0",
                                stage.append]
    try:
        run.run()
    except trial.Wrong as wrong:
        why = re.sub(r"panic: \[ *[\d.]+\] ", "", str(wrong))
        if run.name and not why.startswith(run.name):
            why = f"{run.name}: {why}"
        return run.name or "", why
    return None


SOUND = set()                   # stages and programs that pass unchanged


def notice(copy, arch, stage):
    """Raises trial.Wrong.  What no checker reports must happen twice; and none
    of it with every flush in its place."""
    found = boot(arch, copy.elf(arch), stage, programs(arch))
    if found and "kernel panic: tlb:" not in found[1]:
        found = boot(arch, copy.elf(arch), stage, programs(arch))
    if not found:
        return
    if (stage, found[0]) not in SOUND:
        wrong = boot(arch, copy.base(arch), stage,
                     [found[0] or PROGRAMS[0]])
        if wrong:
            raise Failure(f"{stage.name}, with every flush: {wrong[1]}")
        SOUND.add((stage, found[0]))
    raise trial.Wrong(f"{stage.name}: {found[1]}")


def host(copy):
    """Raises trial.Wrong, mutate.Broken."""
    folder = copy.build_folder("host")
    commands = reach.host_tests(folder)
    names = [n for n in HOST_TESTS if n in commands]
    copy.ninja("host", *(os.path.relpath(commands[n][0], folder)
                         for n in names))
    for name in names:
        try:
            done = subprocess.run(
                commands[name], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                timeout=HOST_SECONDS)
        except subprocess.TimeoutExpired:
            raise trial.Wrong(f"host/{name}: hang") from None
        if done.returncode:
            raise trial.Wrong(f"host/{name}: exit {done.returncode}")


def judge(copy, arch, site):
    """=> how it went, and why"""
    try:
        copy.ninja(arch, "lectern.elf")
        if mutate.code_digest(copy.elf(arch)) == copy.ready[arch]:
            return "same", ""
        notice(copy, arch, STAGES[0])
        if site.path.startswith("mm/"):
            host(copy)
        for stage in STAGES[1:]:
            if arch in stage.archs:
                notice(copy, arch, stage)
    except mutate.Broken as why:
        return "does not compile", mutate.first_error(str(why))
    except trial.Wrong as why:
        return "caught", str(why)
    return "SURVIVED", ""


def try_site(copy, arch, site):
    path = os.path.join(copy.source, site.path)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    copy.write(site.path, flush_sites.removed(text, site.path, site.line))
    try:
        return judge(copy, arch, site)
    finally:
        copy.write(site.path, text)


def known_sites(arch):
    """=> {site: why no test can see that it is gone}"""
    with open(KNOWN, encoding="utf-8") as f:
        found = flush_sites.known(f.read())
    of = {key: flush_sites.of_machine(key) for key in found}
    return {of[key][1]: why for key, why in found.items()
            if of[key][0] in (None, arch)}


def is_of(site, arch):
    return of_folder(site.path) in (None, arch)


def chosen(copy, options):
    sites = [s for s in flush_sites.sites(pathlib.Path(copy.source))
             if is_of(s, options.arch)]
    if options.sites:
        sites = [s for s in sites if any(part in flush_sites.text_of(s)
                                         for part in options.sites)]
    return sites


def prepare(arch):
    """A copy whose kernel passes what mutants are put to."""
    copy = mutate.Copy(f"flush-{arch}", ["tlb"])
    copy.refresh()
    copy.prepare(arch)
    copy.prepare("host")
    return copy


def try_all(options):
    count = collections.Counter()
    known = known_sites(options.arch)
    build(options.arch, EVERYTHING)
    with locked(f"mutate-flush-{options.arch}"):
        copy = prepare(options.arch)
        for site in chosen(copy, options):
            how, why = try_site(copy, options.arch, site)
            reason = known.get(flush_sites.key_of(site))
            if how == "SURVIVED" and reason:
                how, why = "known", reason
            elif how == "caught" and reason:
                how = "CAUGHT, though known"
            count[how] += 1
            print(f"{how}: {flush_sites.text_of(site)}: {why}", flush=True)
    print(", ".join(f"{n} {how}" for how, n in sorted(count.items())))
    return any(how.isupper() or how[:6].isupper() for how in count)


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--arch", choices=ARCHES, default=DEFAULT)
    ap.add_argument("sites", nargs="*", metavar="SITE")
    # so that an end from outside leaves no machine behind
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_ENDED))
    try:
        return int(try_all(ap.parse_args()))
    except Failure as why:
        print(f"flush_mutants: {why}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())

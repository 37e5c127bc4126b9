#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flush_mutants.py [--arch A] [SITE...] - remove each flush of
tools/flush_sites.py, one at a time, and see whether a test notices.  The tests
are: a kernel with --check tlb that runs its self-tests and programs on two
CPUs; then the host tests of mm; then that kernel on one CPU, and with one
address-space identifier and with none; for a port's own flushes, then that
kernel on the other CPUs and boards of the port's row.

A SITE is a part of a line of flush_sites.py.  One line is printed for each
site: caught, and by what; "same", if the compiler generates no code for it;
"known", if test/flushes.txt says why no test can see it; SURVIVED; "does not
compile".  The last line counts them; the status is 1 if one survived, or if a
known one was caught.

It compiles in a copy of the tree, build/mutate-flush-A.
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
import extensions  # noqa: E402
import flush_sites  # noqa: E402
from driver.mutation import mutate, reach, trial  # noqa: E402
from driver.build import EVERYTHING, build, locked  # noqa: E402
from driver.common import ARCHES, DEFAULT, MACHINES, TOP, Failure  # noqa: E402
from machines import FINISHED, of_folder  # noqa: E402

KNOWN = os.path.join(TOP, "test", "flushes.txt")
HOST_TESTS = ("test_vma", "test_vma2", "test_mmap", "test_mmap2", "test_pt",
              "test_pt2", "test_conformance")
# what these programs consist of
HOSTED = ("mm/", "topics/superpages/", "topics/mappings/mremap",
          "topics/sharedtables/")
HOST_SECONDS = 120
EXIT_ENDED = 143
SELFTESTS = "selftest=arch,mm,smp,tlb"
PROGRAMS = ("tlb_shootdown", "fresh_code", "mmap", "copy_on_write",
            "vma_merge", "zero_page", "mremap_merge", "brk", "stack_growth",
            "fork_exit_wait", "exit_signals", "threads", "spawn", "exec_args",
            "fail_allocs_exec", "sysvshm", "open_files", "file_model",
            "fallocate", "file_advice", "disclosure", "borrowed_mm",
            "memory_flags", "memfd_seals", "ptrace", "ptrace_attach",
            "bad_registers", "thread_races", "shared_tables",
            *(f"{m.folder}_abi" for m in FINISHED.values()))
# extension without programs of its own: extensions whose programs test it
TRIED_BY = {"events": ("probes",)}
# extension that no program tests: the driver test for it
TESTED_BY = {"gdbstub": "gdbstub", "personality": "xv6"}
PROGRAM_SECONDS = 60            # CPU time of each program

# The machines that have identifiers of address spaces.
WITH_ASIDS = tuple(a for a in ARCHES if not MACHINES[a].page_constant(
    "ARCH_ACTIVATE_FLUSHES"))
# The properties of one boot; qemu: arguments in addition
Stage = collections.namedtuple("Stage", "name smp append archs qemu",
                               defaults=((),))
STAGES = (
    Stage("2 CPUs", 2, "", ARCHES),
    Stage("1 CPU", 1, "", ARCHES),
    Stage("2 CPUs, one identifier", 2, "asidbits=1", WITH_ASIDS),
    Stage("2 CPUs, no identifiers", 2, "asidbits=0", WITH_ASIDS),
)


def stages(arch, path):
    """Return: the boots that may notice a fault of a file.  A port has flushes
    that only some CPUs know."""
    others = MACHINES[arch].others.split(";") if of_folder(path) else ()
    return [stage for stage in STAGES if arch in stage.archs] + [
        Stage(f"2 CPUs, {words.strip()}", 2, "", (arch,),
              tuple(words.split())) for words in others if words]


class Programs(trial.Programs):
    """Self-tests and then programs, in one boot."""

    def _hear(self, kind, line):
        if kind == "log" and "selftest: not ok" in line:
            raise trial.Wrong("self-test" + line.partition(" -")[2])
        super()._hear(kind, line)


def of_extension(path):
    """Return: the programs of the extension that a file belongs to, or none"""
    name = extensions.of_path(path)
    if name is None:
        return []
    table = extensions.load()
    folders = (pathlib.Path(TOP, "test", "guest", table[each].folder)
               for each in (name, *TRIED_BY.get(name, ())))
    return sorted(source.stem for folder in folders
                  for source in folder.glob("*.c"))


def programs(arch, path):
    """Return: programs that may notice a fault of a file, its own first"""
    there = reach.guest_programs(arch)
    names = dict.fromkeys((*of_extension(path), *PROGRAMS))
    return [name for name in names if name in there]


def boot(arch, kernel, stage, names):
    """Return: None, or (the program or "", what is wrong)"""
    run = Programs(arch, kernel, dict.fromkeys(names, PROGRAM_SECONDS),
                   stage.smp)
    run.boot.settings.qemu_args = list(stage.qemu)
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


SOUND = set()                   # tests that pass with every flush


def notice(copy, arch, stage, names):
    """Raise trial.Wrong if a test fails.  Unless a checker reports the fault,
    it must happen twice, and not with every flush in place."""
    found = boot(arch, copy.elf(arch), stage, names)
    if found and "kernel panic: tlb:" not in found[1]:
        found = boot(arch, copy.elf(arch), stage, names)
    if not found:
        return
    if (stage, found[0]) not in SOUND:
        wrong = boot(arch, copy.base(arch), stage,
                     [found[0] or names[0]])
        if wrong:
            raise Failure(f"{stage.name}, with every flush: {wrong[1]}")
        SOUND.add((stage, found[0]))
    raise trial.Wrong(f"{stage.name}: {found[1]}")


def driver_test(top, arch, name):
    """Return: the failure of a driver test in a tree, or None"""
    done = subprocess.run(
        [os.path.join(top, "lectern"), "test", "--arch", arch, name],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace")
    if not done.returncode:
        return None
    return next((line for line in done.stdout.splitlines()
                 if line.startswith("fail ")), f"exit {done.returncode}")


def notice_by_driver(copy, arch, name):
    """Raise trial.Wrong if a driver test fails.  A debugger session depends on
    the clock, so it must fail twice, and not with every flush in place."""
    failed = driver_test(copy.source, arch, name) and \
        driver_test(copy.source, arch, name)
    if not failed:
        return
    if name not in SOUND:
        wrong = driver_test(TOP, arch, name)
        if wrong:
            raise Failure(f"with every flush: {wrong}")
        SOUND.add(name)
    raise trial.Wrong(failed)


def host(copy):
    """Run the host tests. Raises trial.Wrong, mutate.Broken."""
    copy.prepare("host")
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
    """Return: the result for a site, and the reason"""
    try:
        copy.ninja(arch, "lectern.elf")
        if mutate.code_digest(copy.elf(arch)) == copy.ready[arch]:
            return "same", ""
        by_driver = TESTED_BY.get(extensions.of_path(site.path))
        if by_driver:
            notice_by_driver(copy, arch, by_driver)
            return "SURVIVED", ""
        names = programs(arch, site.path)
        first, *more = stages(arch, site.path)
        notice(copy, arch, first, names)
        if site.path.startswith(HOSTED):
            host(copy)
        for stage in more:
            notice(copy, arch, stage, names)
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
    """Return: {site: why no test can see that it is missing}"""
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
    """Make a copy whose unchanged kernel passes the tests."""
    copy = mutate.Copy(f"flush-{arch}", ["tlb"])
    copy.refresh()
    copy.prepare(arch)
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
    # a signal unwinds the stack, so that no machine keeps running
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_ENDED))
    try:
        return int(try_all(ap.parse_args()))
    except Failure as why:
        print(f"flush_mutants: {why}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())

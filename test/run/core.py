#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""core.py ARCH - the kernel without any extension: Debian's shell works, it
takes less memory and fewer instructions than the whole kernel, programs of the
core pass, who takes all memory is killed, and calls that are absent are told in
the log.  And the kernel without compat/: a shell, programs of the core and of
the topics.  They are other kernels to build, so on every change one machine has
them; both with LECTERN_EVERY, as in suite nightly."""
import re
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (Tap, equal, need_package, out_of, run,  # noqa: E402
                     said_by)
from harness_extensions import (programs_pass, run_with,  # noqa: E402
                                shell_works)
import extensions  # noqa: E402

ARCH = sys.argv[1]
PROGRAMS = ("brk", "copy_on_write", "exec_args", "exit_races", "fork_exit_wait",
            "fresh_code", "futex_bad", "hash_bang", "many_tasks", "mmap",
            "open_files", "path_names", "pipes", "shell", "siginfo", "signals",
            "stack_growth", "user_ids", "vma_merge", "waitid")
# of topics/, none of which needs anything of compat/
TOPICS = ("cgroup_tree", "corefile", "fault_report", "kernel_events",
          "mnt_ns", "page_frames", "pid_ns", "remote_vm",
          "sched_policies", "spawn", "superpages", "swap_file", "tracing",
          "vma_lookup")
# a shell that takes 64 KiB and again so much
TAKE_ALL = ("x=xxxxxxxxxxxxxxxx; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do "
            "x=$x$x; done; while i=$((i + 1)); do eval v$i=\\$x; done")


def logged(words, *command, options=()):
    """=> the kernel's log of a run, and the run"""
    with tempfile.NamedTemporaryFile(mode="r", errors="replace") as log:
        done = run_with(ARCH, words, *command,
                        options=["--log", log.name, *options])
        return log.read(), done


def memory_used(words):
    text = out_of(run_with(ARCH, words, "cat", "/proc/meminfo", status=0))
    total, free = (int(re.search(rf"{name}: +(\d+) kB", text)[1])
                   for name in ("MemTotal", "MemFree"))
    return total - free


def less_memory():
    none, whole = memory_used("none"), memory_used("all")
    assert none < whole, f"{none} KiB, with all {whole}"


def boot_figure(words):
    """Instructions from power-on to the first one of init."""
    done = run("bench", "--profile", "boot", "--extensions", words, arch=ARCH,
               timeout=1500, status=0)
    return int(done.stdout.split()[0])


def boots_quickly():
    none, whole = boot_figure("none"), boot_figure("all")
    assert none < whole, f"{none} instructions, with all {whole}"
    assert none <= 15_000_000 and whole <= 20_000_000, (none, whole)


def absent_call_is_told():
    log, done = logged("none", "dmesg")
    said = said_by(done)
    assert "Function not implemented" in said, said
    calls = re.findall(r"syscall: dmesg\[\d+\]: call \d+ \(syslog\) is not "
                       "implemented\n", log)
    equal(len(calls), 1, log[-2000:])


def absent_call_of_ours():
    """spawn(), whose number is beyond Linux's."""
    log, _ = logged("none", "timeout", "5", "/usr/lectern/test/spawn")
    told = re.findall(r"call 1280573441 \(unknown\) is not implemented", log)
    equal(len(told), 1, log[-2000:])
    assert "panic" not in log, log[-2000:]


def memory_runs_out():
    """Who asks is killed, as there is nobody to choose; the others go on."""
    log, done = logged("none", "sh", "-c",
                       f"sh -c '{TAKE_ALL}'; echo $?",
                       options=["--mem", "64M"])
    equal(done.stdout, b"137\n", log[-2000:])
    killed = re.findall(r"Out of memory: Killed process \d+ \((\w+)\)", log)
    equal(killed, ["sh"], log[-2000:])


def topics_need_no_compat():
    on, needs = set(extensions.resolve("topics")), extensions.program_needs()
    equal({p: needs[p] - on for p in TOPICS if needs[p] - on}, {})


def main():
    need_package(ARCH, "busybox-static")
    tap = Tap()
    # the other machine has the kernel with checkers
    if tap.turn(ARCH, 1):
        tap.case("a shell", shell_works, ARCH, "none")
        tap.case("less memory than with all", less_memory)
        tap.case("fewer instructions to the first program", boots_quickly)
        tap.case("an absent call is told", absent_call_is_told)
        tap.case("an absent call of ours is told", absent_call_of_ours)
        tap.case("who takes all memory is killed", memory_runs_out)
        tap.case("programs of the core", programs_pass, ARCH,
                 "none", PROGRAMS)
        tap.case("topics need no compat", topics_need_no_compat)
        tap.case("without compat: a shell", shell_works, ARCH,
                 "-compat")
        tap.case("without compat: programs of core and topics", programs_pass,
                 ARCH, "-compat", (*PROGRAMS, *TOPICS))
    tap.end()


main()

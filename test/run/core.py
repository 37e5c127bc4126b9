#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""core.py ARCH - the kernel without any extension: Debian's shell works, it
takes less memory and fewer instructions than the whole kernel, programs of the
core pass, who takes all memory is killed, and calls that are absent are told in
the log.  And the kernel without compat/: a shell, programs of the core and of
the topics.  They are other kernels to build, so on every change one machine has
them; both with LECTERN_EVERY, as in suite nightly."""
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from harness import TOP, Tap, equal, limit, need_package, run  # noqa: E402

sys.path.insert(0, os.path.join(TOP, "tools"))
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
# a pipeline, a subshell, a file and a job
SHELL = ("(echo a; echo b) | sort -r >/tmp/f; cat /tmp/f; sleep 0 & wait; "
         "mount | grep -c proc")

# a shell that takes 64 KiB and again so much
TAKE_ALL = ("x=xxxxxxxxxxxxxxxx; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do "
            "x=$x$x; done; while i=$((i + 1)); do eval v$i=\\$x; done")


def lectern(words, *command, options=()):
    return run("run", "--extensions", words, "--timeout", limit(200), *options,
               "--", *command, arch=ARCH, timeout=1500)


def logged(words, *command, options=()):
    """=> the kernel's log of a run, and the run"""
    with tempfile.NamedTemporaryFile(mode="r", errors="replace") as log:
        done = lectern(words, *command,
                       options=["--log", log.name, *options])
        return log.read(), done


def succeeds(words, *command):
    done = lectern(words, *command)
    equal(done.returncode, 0,
          (done.stdout + done.stderr).decode(errors="replace")[-3000:])
    return done.stdout.decode(errors="replace")


def shell_works(words):
    equal(succeeds(words, "sh", "-c", SHELL), "b\na\n1\n")


def memory_used(words):
    text = succeeds(words, "cat", "/proc/meminfo")
    total, free = (int(re.search(rf"{name}: +(\d+) kB", text)[1])
                   for name in ("MemTotal", "MemFree"))
    return total - free


def less_memory():
    none, whole = memory_used("none"), memory_used("all")
    assert none < whole, f"{none} KiB, with all {whole}"


def boot_figure(words):
    """Instructions from power-on to the first one of init."""
    done = run("bench", "--profile", "boot", "--extensions", words, arch=ARCH,
               timeout=1500)
    equal(done.returncode, 0, done.stderr.decode(errors="replace")[-2000:])
    return int(done.stdout.split()[0])


def boots_quickly():
    none, whole = boot_figure("none"), boot_figure("all")
    assert none < whole, f"{none} instructions, with all {whole}"
    assert none <= 15_000_000 and whole <= 20_000_000, (none, whole)


def absent_call_is_told():
    log, done = logged("none", "dmesg")
    said = (done.stdout + done.stderr).decode(errors="replace")
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


def programs_pass(words, programs):
    on = set(extensions.resolve(words))
    needs = extensions.program_needs()
    names = [p for p in programs if needs.get(p, set()) <= on]
    assert len(names) > len(programs) // 2, names
    succeeds(words, "/usr/lectern/bin/testrun",
             *(f"/usr/lectern/test/{n}" for n in names))


def topics_need_no_compat():
    on, needs = set(extensions.resolve("topics")), extensions.program_needs()
    equal({p: needs[p] - on for p in TOPICS if needs[p] - on}, {})


def main():
    need_package(ARCH, "busybox-static")
    tap = Tap()
    # the other machine has the kernel with checkers
    if tap.turn(ARCH, 1):
        tap.case("a shell", shell_works, "none")
        tap.case("less memory than with all", less_memory)
        tap.case("fewer instructions to the first program", boots_quickly)
        tap.case("an absent call is told", absent_call_is_told)
        tap.case("an absent call of ours is told", absent_call_of_ours)
        tap.case("who takes all memory is killed", memory_runs_out)
        tap.case("programs of the core", programs_pass, "none", PROGRAMS)
        tap.case("topics need no compat", topics_need_no_compat)
        tap.case("without compat: a shell", shell_works, "-compat")
        tap.case("without compat: programs of core and topics", programs_pass,
                 "-compat", (*PROGRAMS, *TOPICS))
    tap.end()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""smp.py ARCH - the kernel on several CPUs: its self-tests of them, what a
program sees of them, and the programs that use them hardest."""
import os
import re
import sys

sys.dont_write_bytecode = True
import boothart  # noqa: E402
from harness import (BUILD, EVERY, Tap, holds, limit,  # noqa: E402
                     out_of, read, read_bytes, run)
from driver.show.elf import Elf  # noqa: E402
from driver.machine.machine import free_port  # noqa: E402

LOADS = {2: ["process_stress", "pinned", "unix_sends"],
         4: ["threads", "no_leaks", "interrupts", "fifo_wakeup", "realtime"],
         8: ["threads"]}

LOOK = """
nproc
grep -c ^processor /proc/cpuinfo
grep -c '^cpu[0-9]' /proc/stat
sed -n 's/Cpus_allowed_list:.//p' /proc/self/status
taskset 2 sed -n 's/Cpus_allowed_list:.//p' /proc/self/status
"""


def boot_on(tap, arch, cpus, name, command, *options):
    log = os.path.join(BUILD, arch, f"smp-{cpus}.log")
    done = run("run", "--smp", str(cpus), "--mem", "1G", "--log", log,
               "--timeout", limit(300), *options, "--", *command, arch=arch,
               timeout=330)
    end = "\n".join(read(log).splitlines()[-15:])
    text = out_of(done)
    tap.point(done.returncode == 0, f"{cpus} CPUs: {name}",
              f"exit status {done.returncode}\n{text[-1500:]}\n{end}")
    return text


def boot_programs(tap, name, arch, cpus, programs, *options, first="",
                  last=""):
    """Programs of the tests, each of which must pass, between two commands."""
    if tap.wanted(f"{cpus} CPUs: {name}"):
        boot_on(tap, arch, cpus, name, ["/bin/busybox", "sh", "-c", first
                + "".join(f"/usr/lectern/test/{p} || exit; " for p in programs)
                + last], *options)


def look(tap, arch, cpus):
    name = "programs see them"
    if not tap.wanted(f"{cpus} CPUs: {name}"):
        return
    text = boot_on(tap, arch, cpus, "boot and run a program",
                   ["/bin/busybox", "sh", "-c", LOOK])
    want = [str(cpus)] * 3 + [f"0-{cpus - 1}", "1"]
    tap.point(text.split() == want, f"{cpus} CPUs: {name}",
              f"wanted {want}, got {text.split()}")


# The whole suite: LECTERN_SMP=2 LECTERN_APPEND=asmp ./lectern test guest
ASMP_SLICE = ["fork_exit_wait", "signals", "threads", "pipes",
              "copy_on_write", "spawn"]

TRACE = """
echo 1 >/proc/lectern/events
taskset 2 sh -c 'read a </proc/self/comm; i=0; while [ $i -lt 20 ]; do
        i=$((i + 1)); read a </proc/uptime; done'
echo 0 >/proc/lectern/events
cat /proc/lectern/trace
"""


def asmp(tap, arch):
    """Calls come from CPU 1 and end on CPU 0, where they are served."""
    boot_programs(tap, "asmp: programs", arch, 2, ASMP_SLICE, "--append",
                  "asmp")
    name = "asmp: one CPU serves all calls"
    if not tap.wanted(name):
        return
    text = boot_on(tap, arch, 2, "asmp: trace", ["/bin/busybox", "sh", "-c",
                   TRACE], "--append", "asmp")
    where = {"syscall": set(), "return": set()}
    for line in text.splitlines():
        words = line.split()
        if len(words) > 4 and words[3] in where:
            where[words[3]].add(words[1])
    # the ring holds the latest; who else called meanwhile is chance
    tap.point("1" in where["syscall"] and where["return"] == {"0"}, name,
              f"CPUs {where}")


def looks_up(tap, arch, way):
    """Programs that make and use many areas, each found by list or by tree."""
    boot_programs(
        tap, f"vma={way}: programs", arch, 2,
        ["vma_lookup", "vma_merge", "copy_on_write", "unmapped_gaps",
         "threads"], "--append", f"vma={way}",
        first=f"grep -q '^kernel {way} .* hits 0$' /proc/lectern/vma || "
        "exit; ")


def copies_tables(tap, arch):
    """fork gives each child tables of its own."""
    boot_programs(
        tap, "fork=eager: programs", arch, 2,
        ["shared_tables", "tables_counted", "shared_program", "copy_on_write",
         "fork_exit_wait"], "--append", "fork=eager",
        # what the kernel knows is no variable of init's
        first='[ -z "$fork" ] || exit 1; ',
        last="grep -q '^tables_shared 0$' /proc/lectern/vm")


POLICY_SLICE = ["sched_policies", "realtime", "fork_exit_wait", "threads",
                "pipes"]


def runs_lottery(tap, arch):
    """The policy of ordinary tasks is another one."""
    for cpus in (1, 4):
        boot_programs(
            tap, "sched=lottery: programs", arch, cpus, POLICY_SLICE,
            "--append", "sched=lottery",
            first="dmesg | grep -q 'sched: policy lottery$' || exit; ")


def shares_of_lottery(arch):
    """500 draws with chances of 1024 and 110 in 1134, five deviations of
    them, by a clock that counts instructions."""
    done = run("run", "--icount", "--timeout", limit(200), "--append",
               "sched=lottery", "--", "shares", "-s", "2", "0", "10",
               arch=arch)
    text = out_of(done)
    had = [float(line.split()[3]) for line in text.splitlines()[1:]]
    holds(len(had) == 2 and abs(had[0] - 90.3) < 6.7
          and abs(had[1] - 9.7) < 6.7, text)


def tells_no_policy(arch):
    """A name that is not there: one line, and all goes on."""
    done = run("run", "--timeout", limit(100), "--append", "sched=nonesuch",
               "--", "/bin/busybox", "dmesg", arch=arch)
    told = [line.split("] ", 1)[-1] for line in
            out_of(done).splitlines()
            if "nonesuch" in line and "command line" not in line]
    holds(len(told) == 1 and re.fullmatch(
        "sched: sched=nonesuch: no such policy, fair is used; "
        "there are:(?=.* fair)(?=.* lottery).*", told[0]), told)


def boots_on(hart):
    """The kernel's first hart is another than 0, and all is well.  The
    firmware draws lots: some tries."""
    log = os.path.join(BUILD, "riscv64", "boot-hart.log")
    for _ in range(50):
        status, out = boothart.boot_patched(
            lambda stub: boothart.choose(stub, hart), free_port(), "--smp",
            "4", "--log", log, "--", "/usr/lectern/test/interrupts")
        with open(log, errors="replace") as f:
            if f"riscv: hart {hart}," in f.read():
                break
    else:
        raise AssertionError(f"the firmware never chose hart {hart}")
    holds(status == 0, f"exit {status}\n{out[-2000:]}")
    holds("4 CPUs have a column" in out, out)


RISCV_RAM = 0x80200000      # where the firmware enters the kernel


def starts_at(entry):
    """A hart that the firmware lets in there with an old argument, when it is
    started, comes up all the same."""
    path = os.path.join(BUILD, "riscv64", "lectern.elf")
    run("build", arch="riscv64")
    at = {s.name: s.value for s in Elf(read_bytes(path), path).symbols()}
    further, there = (RISCV_RAM + at[name] - at["_start"]
                      for name in ("secondary_start", entry))
    status, out = boothart.boot_patched(
        lambda stub: boothart.misdirect(stub, there, further),
        free_port(), "--smp", "4", "--", "/bin/busybox", "nproc")
    holds(status == 0 and out.split()[-1:] == ["4"],
          f"exit {status}\n{out[-2000:]}")


def main():
    arch = sys.argv[1]
    tap = Tap(brief=("programs see them", "4 CPUs: self-tests",
                     "4 CPUs: threads", "2 CPUs: process_stress"),
              shared=arch, each=(
                  "programs see them", "self-tests", "4 CPUs: threads",
                  "interrupts", "leaves two of them off",
                  *["boots on hart"] * (arch == "riscv64")))
    asmp(tap, arch)
    looks_up(tap, arch, "list")
    looks_up(tap, arch, "tree")
    copies_tables(tap, arch)
    runs_lottery(tap, arch)
    tap.case("sched=lottery: shares are tickets", shares_of_lottery, arch)
    tap.case("sched=: a policy that is not there", tells_no_policy, arch)
    look(tap, arch, 4)
    for cpus in LOADS:
        if tap.wanted(f"{cpus} CPUs: self-tests"):
            boot_on(tap, arch, cpus, "self-tests",
                    ["/usr/lectern/bin/echo", "after"], "--append",
                    "selftest=smp,preempt")
        for name in LOADS[cpus]:
            if tap.wanted(f"{cpus} CPUs: {name}"):
                boot_on(tap, arch, cpus, name,
                        ["/usr/lectern/bin/testrun", "-t", limit(250),
                         "/usr/lectern/test/" + name])
    if arch == "riscv64":
        for hart in (1, 3) if EVERY else (3,):
            tap.case(f"4 CPUs: boots on hart {hart}", boots_on, hart)
        tap.case("4 CPUs: one starts at the kernel's entry", starts_at,
                 "_start")
        tap.case("4 CPUs: one starts with an old argument", starts_at,
                 "secondary_start")
    name = "4 CPUs: smp=2 leaves two of them off"
    if tap.wanted(name):
        done = run("run", "--smp", "4", "--append", "smp=2", "--",
                   "/bin/busybox", "nproc", arch=arch)
        tap.point(done.stdout == b"2\n", name, repr(done.stdout))
    tap.end()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""profile_test.py ARCH - ./lectern profile: chains of calls from addresses, by
examples, and whole runs of it."""
import os
import re
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
from harness import (Tap, equal, errors_of, holds, matches,  # noqa: E402
                     out_of, run)
from driver.tracing import flame, flame_svg  # noqa: E402
from driver.tracing.flame_stacks import (CALL, OTHER, RETURN, Place, Stacks,
                                         Task)  # noqa: E402

ARCH = sys.argv[-1]
USER = {"main": 0x100, "f": 0x200, "g": 0x300, "handler": 0x400}
I386, RISCV, ARM64, UNKNOWN = 3, 243, 183, 62     # of ELF
KERNEL = {"trap": 0x1000, "call": 0x1100, "leaf": 0x1200}


def place(pc):
    for table, kernel in ((USER, False), (KERNEL, True)):
        for name, first in table.items():
            if first <= pc < first + 0x100:
                return Place(name, first, kernel)
    raise KeyError(pc)


def by_chain(pcs, kinds=None):
    """=> {chain: instructions} of these addresses, as one task ran them"""
    stacks = Stacks(lambda pc, place: (kinds or {}).get(pc, OTHER))
    task, before = Task(1, stacks.root("p")), 0
    for pc in pcs:
        stacks.step(task, pc, place(pc), before)
        before = pc
    return {";".join(names[1:]): node.own
            for names, node in stacks.top.walk()}


def calls():
    equal(by_chain([0x100, 0x104, 0x200, 0x204, 0x108]),
          {"p;main": 3, "p;main;f": 2}, "a call and its return")
    equal(by_chain([0x100, 0x200, 0x204, 0x300, 0x304, 0x104]),
          {"p;main": 2, "p;main;f": 2, "p;main;f;g": 2},
          "a last call, made a jump: one return ends both")
    equal(by_chain([0x100, 0x104, 0x100, 0x104]), {"p;main": 4},
          "a loop to a function's first instruction is no call")


def recursion():
    kinds = {0x204: CALL, 0x20c: RETURN}
    # f calls itself twice; the innermost skips the call
    equal(by_chain([0x100, 0x200, 0x204, 0x200, 0x204, 0x200, 0x208, 0x20c,
                    0x208, 0x20c, 0x208, 0x20c, 0x104], kinds),
          {"p;main": 2, "p;main;f": 4, "p;main;f;f": 4, "p;main;f;f;f": 3},
          "each level for itself")


def traps():
    equal(by_chain([0x100, 0x104, 0x1000, 0x1100, 0x1104, 0x1004, 0x108]),
          {"p;main": 3, "p;main;trap": 2, "p;main;trap;call": 2},
          "a trap, and back")
    equal(by_chain([0x100, 0x200, 0x1000, 0x1004, 0x200, 0x204]),
          {"p;main": 1, "p;main;f": 3, "p;main;f;trap": 2},
          "a fault of a function's first instruction: it is no new call")
    equal(by_chain([0x100, 0x1000, 0x1004, 0x400, 0x404, 0x1000, 0x104]),
          {"p;main": 2, "p;main;trap": 2, "p;main;handler": 2,
           "p;main;handler;trap": 1}, "a signal's handler")
    equal(by_chain([0x1000, 0x1200, 0x1000, 0x1004, 0x1204, 0x1004]),
          {"p;trap": 2, "p;trap;leaf": 2, "p;trap;leaf;trap": 2},
          "an interrupt of the kernel")


def another_program():
    stacks = Stacks(lambda pc, place: OTHER)
    task = Task(1, stacks.root("old"))
    for pc in (0x100, 0x1000, 0x1100):
        stacks.step(task, pc, place(pc), 0)
    task.move_to(stacks.root("new"))
    for pc in (0x1104, 0x1004, 0x200):
        stacks.step(task, pc, place(pc), 0)
    equal({";".join(n[1:]): node.own for n, node in stacks.top.walk()},
          {"old;main": 1, "old;main;trap": 1, "old;main;trap;call": 1,
           "new;trap;call": 1, "new;trap": 1, "new;f": 1}, "execve(2)")
    stacks.drop("call")
    equal(stacks.top.totals()[stacks.top], 4, "without what was dropped")


def instructions():
    for machine, code, kind in (
            (RISCV, "ef004000", CALL), (RISCV, "e7800200", CALL),
            (RISCV, "0294", CALL), (RISCV, "6f004000", OTHER),
            (RISCV, "67800000", RETURN), (RISCV, "8280", RETURN),
            (RISCV, "0200", OTHER), (RISCV, "13000000", OTHER),
            (I386, "e800000000", CALL), (I386, "ff10", CALL),
            (I386, "ff20", OTHER), (I386, "c3", RETURN),
            (I386, "c20400", RETURN), (I386, "f3c3", RETURN),
            (I386, "f390", OTHER), (I386, "90", OTHER),
            (ARM64, "00000094", CALL), (ARM64, "20003fd6", CALL),
            (ARM64, "00000014", OTHER), (ARM64, "c0035fd6", RETURN),
            (UNKNOWN, "c3", OTHER)):
        equal(flame.kind_of(machine, bytes.fromhex(code).ljust(4, b"\0")), kind,
              f"{machine}: {code}")


def log_lines():
    """What did not run although it is in QEMU's log is left out."""
    text = (b"Trace 0: 0x7f [0/1000/1/2] a\n"
            b"Trace 0: 0x7f [0/1004/1/2] a\n"
            b"Stopped execution of TB chain before 0x7f [1004] a\n"
            b"Trace 0: 0x7f [0/1008/1/2] a\n")
    equal([m[1] for m in flame.EXECUTED.finditer(text) if not m[2]],
          [b"1000", b"1008"], "executed")


def profile(*args):
    return run("profile", *args, arch=ARCH, timeout=300)


def folded(*command, options=()):
    """=> {chain: instructions}, the run"""
    with tempfile.TemporaryDirectory(prefix="lectern-") as work:
        path = os.path.join(work, "p.folded")
        done = profile("--output", path, *options, "--", *command)
        holds(os.path.exists(path), errors_of(done))
        with open(path) as f:
            return {chain: int(n) for chain, _, n in
                    (line.rstrip("\n").rpartition(" ") for line in f)}, done


def of_programs(found):
    """What ran in user mode of them."""
    return {c: n for c, n in found.items()
            if c.startswith("cat;_start") and "trap" not in c
            and "vector" not in c}


def our_program():
    found, done = folded("/usr/lectern/bin/cat", "/etc/passwd")
    equal(done.returncode, 0, errors_of(done))
    holds(done.stdout.startswith(b"root:"), done.stdout)
    mains = [c for c in found if c.startswith("cat;_start;__libc_start;main")]
    holds(mains, "main was called: " + " ".join(sorted(found)[:20]))
    holds(any(c.startswith("cat;_start;__libc_start;main;")
              and re.search(r";sys_read\b", c) for c in found),
          "main's read reached sys_read")
    holds(not any("event_record" in c or "beacon" in c for c in found),
          "what the kernel told is not counted")
    again, _ = folded("/usr/lectern/bin/cat", "/etc/passwd")
    equal(of_programs(again), of_programs(found), "it repeats")


def processes():
    found, done = folded("sh", "-c", "/usr/lectern/bin/echo a | "
                         "/usr/lectern/bin/cat; exit 3")
    equal(done.returncode, 3, errors_of(done))
    equal(done.stdout, b"a\n", "its output")
    roots = {c.partition(";")[0] for c in found}
    holds({"sh", "echo", "cat"} <= roots, f"programs: {roots}")
    for name in ("echo", "cat"):
        holds(any(c.startswith(f"{name};_start;__libc_start;main")
                  for c in found), f"{name} has names: its own map")


def picture():
    with tempfile.TemporaryDirectory(prefix="lectern-") as work:
        path = os.path.join(work, "p.svg")
        done = profile("-o", path, "--", "/usr/lectern/bin/echo", "<&>")
        equal(done.returncode, 0, errors_of(done))
        root = ElementTree.parse(path).getroot()
    space = "{http://www.w3.org/2000/svg}"
    boxes = root.findall(f"{space}g")
    holds(len(boxes) > 20, f"{len(boxes)} boxes")
    wide = [float(b.find(f"{space}rect").get("width")) for b in boxes]
    equal(max(wide), float(flame_svg.WIDE), "the widest")
    told = {b.get("data-name"): b.find(f"{space}title").text for b in boxes}
    holds(re.match(r"main: \d+ instructions, \d+\.\d\d %; \d+ its own",
                   told.get("main", "")), told)
    for box in boxes:
        holds(float(box.get("data-x")) + float(box.get("data-w")) <= 1.000001,
              "inside the picture")


def as_a_table():
    done = profile("--", "/usr/lectern/bin/echo", "a")
    text = errors_of(done)
    head = re.search(r"^(\d+) instructions: (\d+) of programs, (\d+) of the "
                     r"kernel$", text, re.M)
    holds(head, text)
    equal(int(head[1]), int(head[2]) + int(head[3]), "the sum")
    matches(text, r"^ *\d+ +\d+\.\d%  in echo$",
            r"^ *\d+ +\d+\.\d%  \w+ \(kernel\)$")


def of_debian():
    """Functions of Debian's libraries have names; memory is as asked for."""
    found, done = folded(
        "sh", "-c", "getent passwd root; grep MemTotal /proc/meminfo",
        options=("--mem", "96M", "--packages", "libc6"))
    equal(done.returncode, 0, errors_of(done))
    m = re.fullmatch(r"root:.*:0:0:.*\nMemTotal: +(\d+) kB\n",
                     out_of(done))
    holds(m and 48 << 10 < int(m[1]) < 96 << 10, done.stdout)
    holds(any(re.match(r"getent;.*\b_IO_\w+$", c) for c in found),
          "\n".join(c for c in found if c.startswith("getent")))


def ends_in_time():
    done = profile("--timeout", "3", "--", "sh", "-c", "while :; do :; done")
    equal(done.returncode, 120, done.stderr)
    holds(b"no end within 3 s" in done.stderr, done.stderr)


def bad_input():
    for args, word in ((["--"], "after --"), (["true"], "after --"),
                       (["--smp", "2", "--", "true"], "one CPU"),
                       (["-o", "p.png", "--", "true"], ".svg"),
                       (["--limit", "0", "--", "true"], "at least 1")):
        done = profile(*args)
        equal(done.returncode, 2, str(args))
        holds(word in errors_of(done), errors_of(done))
    done = profile("--", "no-such-program")
    equal(done.returncode, 127, errors_of(done))
    holds("no-such-program: No such file" in errors_of(done),
          errors_of(done))


def given_up():
    done = profile("--limit", "1", "--", "sh", "-c", "while :; do :; done")
    text = errors_of(done)
    matches(text, "gave up after 1 million", r"^\d+ instructions: ")


def main():
    tap = Tap(shared=ARCH)
    tap.case("calls and returns", calls)
    tap.case("a function that calls itself", recursion)
    tap.case("traps, handlers and interrupts", traps)
    tap.case("another program", another_program)
    tap.case("calls and returns of all machines", instructions)
    tap.case("lines of the log that did not run", log_lines)
    tap.case("a program of ours, twice", our_program)
    tap.case("several processes", processes)
    tap.case("a flame graph", picture)
    tap.case("a table", as_a_table)
    tap.case("programs of Debian's", of_debian)
    tap.case("a limit of time", ends_in_time)
    tap.case("bad input", bad_input)
    tap.case("a program without an end", given_up)
    tap.end()


main()

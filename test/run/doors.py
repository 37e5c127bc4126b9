#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""doors.py ARCH - kernels that mean harm: what they reach of the computer that
runs them.

A kernel of some lines asks by semihosting, as debug probes and emulators offer
it, for a command of the host and for a file; then it ends the machine with a
status of its own.  docs/labs.md lists what else a machine offers."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import (LECTERN, PATIENCE, Tap, equal, errors_of,  # noqa: E402
                     holds, limit, read, run)
from driver.common import MACHINES  # noqa: E402
from driver.machine.machine import free_port  # noqa: E402

ARCH = sys.argv[1]
ENDED = 7                       # the status that the kernel ends with
# The calls of "Semihosting for AArch32 and AArch64", which RISC-V has, too:
# SYS_SYSTEM and SYS_OPEN of what `command` and `file` name.  ASK is made by the
# machine's own instructions.
COMMON = """
	.balign	8
system:	.quad	command, {command_size}
open:	.quad	file, 4, {file_size}
exit:	.quad	0x20026, {ended}
command: .asciz	"{command}"
file:	.asciz	"{file}"
"""
KERNELS = {
    "arm64": """
	.macro	ask call, words
	adr	x1, \\words
	mov	w0, #\\call
	hlt	#0xf000
	.endm
	.globl	_start
_start:	b	2f		// the head of an image: where it wants to lie
	.long	0
	.quad	0x200000, 0x10000, 0xa, 0, 0, 0
	.ascii	"ARM\x64"
	.long	0
2:	ask	0x12, system
again:	ask	1, open
	{again}
	ask	0x20, exit
1:	wfi
	b	1b
""",
    # without semihosting each ebreak is an exception; the test device of the
    # board ends the machine
    "riscv64": """
	.macro	ask call, words
	la	a1, \\words
	li	a0, \\call
	.balign	16
	slli	zero, zero, 0x1f
	ebreak
	srai	zero, zero, 7
	.endm
	.option	norvc
	.globl	_start
_start:	la	t0, 1f
	csrw	stvec, t0
	ask	0x12, system
	.balign	4
1:	la	t0, 2f
	csrw	stvec, t0
again:	ask	1, open
	.balign	4
2:	{again}
	li	t0, 0x100000
	li	t1, {ended} << 16 | 0x3333
	sw	t1, 0(t0)
1:	wfi
	j	1b
""",
}
AGAIN = {"arm64": "b again", "riscv64": "j again"}


def kernel(top, again=False):
    """=> the path of a kernel that asks for `top`/ran and `top`/opened"""
    m = MACHINES[ARCH]
    command, file = f"touch {top}/ran", f"{top}/opened"
    text = (KERNELS[ARCH] + COMMON).format(
        command=command, command_size=len(command), file=file,
        file_size=len(file), ended=ENDED, again=AGAIN[ARCH] if again else "")
    done = subprocess.run(
        [m.tool("gcc"), "-nostdlib", "-static", "-Wl,-N", "-Wl,--build-id=none",
         *["-mcmodel=medany"] * (ARCH == "riscv64"),
         f"-Wl,-Ttext={m.load:#x}", "-o", f"{top}/kernel", "-x", "assembler",
         "-"], input=text.encode(), capture_output=True)
    equal(done.returncode, 0, done.stderr.decode())
    return f"{top}/kernel"


def untouched(top):
    for name in ("ran", "opened"):
        holds(not os.path.exists(f"{top}/{name}"),
              f"a kernel made a file of the host: {name}")


def reaches_nothing():
    with tempfile.TemporaryDirectory() as top:
        done = run("run", "--kernel", kernel(top), "--timeout", limit(60),
                   arch=ARCH)
        untouched(top)
        # it was all tried, to the end
        holds(f"QEMU ended with status {ENDED}" in errors_of(done),
              errors_of(done))


def reaches_nothing_by_a_debugger():
    """GDB opens files of the host for a machine that asks it to."""
    port = free_port()
    with tempfile.TemporaryDirectory() as top:
        path = kernel(top, again=True)
        child = subprocess.Popen(
            [LECTERN, "run", "--arch", ARCH, f"--gdb={port}", "--kernel",
             path, "--timeout", limit(60)], stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        try:
            holds(b"target remote" in child.stderr.readline(), "it waits")
            done = subprocess.run(
                ["gdb-multiarch", "-q", "-nx", "-batch", path, "-ex",
                 f"target remote 127.0.0.1:{port}", "-ex", "tbreak again",
                 "-ex", "continue", "-ex", "tbreak again", "-ex", "continue",
                 "-ex", "info registers pc"],
                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=120 * PATIENCE)
            untouched(top)
            equal(done.stdout.count("again ()"), 2, done.stdout + done.stderr)
        finally:
            child.terminate()
            child.wait(30 * PATIENCE)


def starts_no_program():
    """QEMU's own sandbox, should a kernel break out."""
    child = subprocess.Popen(
        [LECTERN, "run", "--arch", ARCH, "--timeout", limit(60), "--", "cat"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        child.stdin.write(b"x")
        child.stdin.flush()
        equal(child.stdout.read(1), b"x")
        with open(f"/proc/{child.pid}/task/{child.pid}/children") as f:
            qemu = f.read().split()
        holds(qemu, "no QEMU")
        for pid in qemu:
            holds("Seccomp:\t2" in read(f"/proc/{pid}/status"),
                  "QEMU runs without its sandbox")
    finally:
        child.stdin.close()
        child.wait(60 * PATIENCE)
        child.stdout.close()


def main():
    tap = Tap(brief=None)
    if ARCH in KERNELS:
        tap.case("a kernel reaches no command and no file", reaches_nothing)
        tap.case("nor by a debugger", reaches_nothing_by_a_debugger)
    tap.case("QEMU starts no program", starts_no_program)
    tap.end()


if __name__ == "__main__":
    main()

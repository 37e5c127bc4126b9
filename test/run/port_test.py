#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""port_test.py - a port is begun in a copy of the tree, for a machine that
the project does not have, links, says something and ends; then it is thrown
away.  The machine is a 32-bit RISC-V without firmware: its first
instructions run where the emulator jumps, with translation off, so the image
is linked at its physical address."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import TOP, Tap, equal, holds, read, write  # noqa: E402

ROW = ("bits=32", "meson=riscv32", "qemu=qemu-system-riscv32", "firmware=none",
       "load=0x80000000", "kernel=0", "direct=0xb8000000", "tables=2 10",
       "gdb=riscv:rv32")
BOOT = """
	.section .text.boot, "ax"
	.globl	_start
_start:
	csrw	mie, zero
	bnez	a0, 1f			/* one hart boots */
	la	sp, stack + 8192
	li	s0, 0
	call	start
1:	wfi
	j	1b
	.bss
	.balign	16
stack:	.space	8192
"""
START = """
#include <lt/arch.h>
#include <kernel/current.h>

static struct task first;

void start(void);

void start(void)
{
	first.cpu = &cpus[0];
	arch_set_current(&first);
	boot_info.cpu_count = 1;
	boot_info.ram[0].base = KERNEL_PHYS;
	boot_info.ram[0].size = 128 << 20;
	boot_info.ram_count = 1;
	kernel_main();
}

void arch_early_putc(char c)
{
	*(volatile u8 *)0x10000000 = (u8)c;
}
"""
POWER = """
#include <lt/arch.h>

void arch_end(int status)
{
	for (;;)
		*(volatile u32 *)0x100000 = (u32)status << 16 | 0x3333;
}
"""


class Copy:
    """The tree in a folder of its own, with a port of rv32 in it."""

    def __init__(self, top):
        self.top = top
        names = subprocess.run(
            ["git", "-C", TOP, "ls-files", "-co", "--exclude-standard"],
            stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n")
        there = "\n".join(n for n in names
                          if os.path.exists(os.path.join(TOP, n)) and n)
        packed = subprocess.run(["tar", "-C", TOP, "-cf", "-", "-T", "-"],
                                input=there.encode(), stdout=subprocess.PIPE,
                                check=True).stdout
        subprocess.run(["tar", "-C", top, "-xf", "-"], input=packed,
                       check=True)

    def lectern(self, *words):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith("LECTERN_") or k == "LECTERN_PATIENCE"}
        done = subprocess.run([os.path.join(self.top, "lectern"), *words],
                              stdin=subprocess.DEVNULL, env=env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def path(self, name):
        return os.path.join(self.top, "arch", "rv32", name)

    def write(self, name, text):
        write(self.path(name), text.lstrip())

    def forget(self, *names):
        """Delete these functions from unimplemented.c."""
        parts = read(self.path("unimplemented.c")).split("\n\n")
        self.write("unimplemented.c", "\n\n".join(
            p for p in parts if not any(f"{n}(" in p for n in names)))


def begins(copy):
    status, text = copy.lectern("port", "new", "rv32", "--like", "riscv",
                                *[w for c in ROW for w in ("--set", c)])
    equal(status, 0, text)
    flags = read(copy.path("meson.build")).replace(
        "rv64", "rv32").replace("lp64", "ilp32")
    # physical addresses of 34 bits
    flags = flags.replace("kernel_arch_args = [",
                          "kernel_arch_args = ['-DARCH_WIDE_PADDR', ")
    copy.write("meson.build", flags)


def is_told(copy, *lines):
    """`port check` fails, and has these lines."""
    status, text = copy.lectern("port", "check", "rv32")
    equal(status, 1, text)
    for line in lines:
        holds(line in text, text)


def links(copy):
    is_told(copy, "done  0. make it link", "here  1. the first character",
            "arch_early_putc is still in unimplemented.c")


def reaches_its_first_character(copy):
    copy.write("boot.S", BOOT)
    copy.write("start.c", START)
    copy.forget("arch_early_putc")
    is_told(copy, "done  1. the first character", "ok  a character",
            "here  2. an honest end")


def ends(copy):
    copy.write("power.c", POWER)
    copy.forget("arch_end")
    is_told(copy, "done  2. an honest end", "here  3. traps",
            "not seen  interrupt switch nests", "is not implemented")


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="lectern-port-") as top:
        copy = Copy(top)
        for case in (begins, links, reaches_its_first_character, ends):
            tap.case(f"a new port {case.__name__.replace('_', ' ')}", case,
                     copy)
    tap.end()


main()

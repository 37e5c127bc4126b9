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
from harness import Tap, equal, matches, read, write  # noqa: E402
from port_copy import Copy  # noqa: E402

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


def begins(copy):
    status, text = copy.begin()
    equal(status, 0, text)
    flags = read(copy.path("meson.build"))
    matches(flags, "^shadow_offset = ''$")
    flags = flags.replace(
        "rv64", "rv32").replace("lp64", "ilp32")
    # physical addresses of 34 bits
    flags = flags.replace("kernel_arch_args = [",
                          "kernel_arch_args = ['-DARCH_WIDE_PADDR', ")
    copy.write("meson.build", flags)


def links(copy):
    copy.is_told(1, "done  0. make it link", "here  1. the first character",
            "arch_early_putc is still in unimplemented.c")


def reaches_its_first_character(copy):
    copy.write("boot.S", BOOT)
    copy.write("start.c", START)
    copy.forget("arch_early_putc")
    copy.is_told(1, "done  1. the first character", "ok  a character",
            "here  2. an honest end")


def ends(copy):
    copy.write("power.c", POWER)
    copy.forget("arch_end")
    copy.is_told(1, "done  2. an honest end", "here  3. traps",
            "not seen  interrupt switch nests", "is not implemented")


def is_configured_with_its_programs(copy):
    """Of all parts for a machine, only the C library's is needed (step 8)."""
    libc = os.path.join(copy.top, "user/libc/arch/rv32")
    os.mkdir(libc)
    write(os.path.join(libc, "crt0.S"), "")
    done = subprocess.run(
        ["meson", "setup", "--cross-file", "cross-rv32.txt", "build/rv32"],
        cwd=copy.top, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True)
    equal(done.returncode, 0, done.stdout)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="lectern-port-") as top:
        copy = Copy(top, "rv32")
        for case in (begins, links, reaches_its_first_character, ends,
                     is_configured_with_its_programs):
            tap.case(f"a new port {case.__name__.replace('_', ' ')}", case,
                     copy)
    tap.end()


main()

/* SPDX-License-Identifier: MIT */
/*
 * pe PROGRAM.EXE [ARGUMENT]...: run a 32-bit Windows program (row E14).  pe is
 * the interpreter that binfmt_misc names, or is called by hand.
 *
 * If the program cannot be run: a line on standard error, and status 127.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "loader.h"

const char *program_path;
char **program_argv;
int program_argc;

static int refuse(void)
{
	dprintf(2, "pe: %s\n", load_error);
	return 127;
}

int main(int argc, char **argv)
{
	uintptr_t top = ((uintptr_t)argv + PAGE_SIZE) & ~(PAGE_SIZE - 1);
	int err;

	if (argc < 2) {
		dprintf(2, "usage: pe PROGRAM.EXE [ARGUMENT]...\n");
		return 127;
	}
	program_path = argv[1];
	program_argc = argc - 1;
	program_argv = argv + 1;
	loader_lock();
	if (!module_load(program_path, 1))
		return refuse();
	handles_init();
	if (teb_create((uint32_t)top, (uint32_t)top - (8u << 20))) {
		load_fails("%s: no memory", program_path);
		return refuse();
	}
	crt_init();
	err = attach(program);
	attach_done();
	loader_unlock();
	if (err)
		return refuse();
	thread_end(machine_call(program->base + program->image.entry, 0, 0, 0));
}

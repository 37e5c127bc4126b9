/* SPDX-License-Identifier: MIT */
/*
 * Calls and operations for which a right is needed, whether or not the kernel
 * has them: who lacks it hears EPERM (row B17).
 */
#include "tap.h"

#define NONE	(-1L)

static const struct {
	const char *name;
	long nr;
	long args[5];
} calls[] = {
	{ "init_module", SYS_init_module, { 0, 0, 0 } },
	{ "finit_module", SYS_finit_module, { NONE, 0, 0 } },
	{ "delete_module", SYS_delete_module, { 0, 0 } },
	{ "kexec_load", SYS_kexec_load, { 0, NONE, 0, 0x7fff } },
	{ "acct", SYS_acct, { 0 } },
	{ "open_by_handle_at", SYS_open_by_handle_at, { AT_FDCWD, 0, 0 } },
	{ "fanotify_init", SYS_fanotify_init, { 0, 0 } },
	{ "fsopen", SYS_fsopen, { 0, NONE } },
	{ "fsmount", SYS_fsmount, { NONE, NONE, NONE } },
	{ "fspick", SYS_fspick, { NONE, 0, NONE } },
	{ "move_mount", SYS_move_mount, { NONE, 0, NONE, 0, NONE } },
	{ "PR_SET_MM", SYS_prctl, { 35, 0, 0, 0, 0 } },
	{ "PR_SET_MM_BRK", SYS_prctl, { 35, 7, 0, 0, 0 } },
	{ "PR_SET_MM_AUXV of 8 bytes", SYS_prctl, { 35, 12, 0, 8, 0 } },
	{ "PR_SET_IO_FLUSHER", SYS_prctl, { 57, 1, 0, 0, 0 } },
	{ "PR_GET_IO_FLUSHER", SYS_prctl, { 58, 0, 0, 0, 0 } },
};

int main(void)
{
	if (geteuid() == 0 && (setresgid(1000, 1000, 1000) ||
			       setresuid(1000, 1000, 1000)))
		return tap_skip_all("cannot become a user");
	for (size_t i = 0; i < COUNT(calls); i++) {
		const long *a = calls[i].args;

		check_err(EPERM, syscall(calls[i].nr, a[0], a[1], a[2], a[3],
					 a[4]), "%s", calls[i].name);
	}
	check_err(EINVAL, syscall(SYS_prctl, 35, 7, 0, 4, 0),
		  "wrong arguments come before the right");
	return tap_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * Lectern's native calls: spawn() creates a process with a new program, join()
 * waits for its end.  Linux has no such calls; see docs/processes.md.
 */
#ifndef LIBC_SPAWN_H
#define LIBC_SPAWN_H

#include <sys/types.h>

#define SYS_lt_spawn	0x4c540001L
#define SYS_lt_join	0x4c540002L

enum { SPAWN_CLOSE = 1, SPAWN_DUP2, SPAWN_OPEN };

/* Done in order on the child's descriptors, before the program is opened. */
struct spawn_action {
	uint32_t op;
	int32_t fd;		/* the descriptor that changes */
	int32_t from;		/* DUP2 */
	uint32_t flags, mode;	/* OPEN: of open(2) */
	uint32_t zero;
	uint64_t path;		/* OPEN: address of the string */
};

#define SPAWN_SETPGROUP	 1
#define SPAWN_SETSIGMASK 2
#define SPAWN_SETSIGDEF	 4

struct spawn_attr {
	uint32_t flags;
	int32_t pgid;		/* SETPGROUP; 0: a group of its own */
	uint64_t mask;		/* SETSIGMASK */
	uint64_t defaults;	/* SETSIGDEF: signals to set to default */
};

/* attr may be NULL.  Return: the id of the new process, or -1 with errno. */
pid_t spawn(const char *path, char *const argv[], char *const envp[],
	    const struct spawn_action *actions, unsigned n,
	    const struct spawn_attr *attr);
/* Wait for the child's end.  Return: its status as from wait(), or -1. */
int join(pid_t id);

#endif

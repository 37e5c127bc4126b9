/* SPDX-License-Identifier: MIT */
/*
 * Lectern's native pair: a new process in one call, and its end in another.
 * These two numbers are not Linux's; see docs/processes.md.
 */
#ifndef LIBC_SPAWN_H
#define LIBC_SPAWN_H

#include <sys/types.h>

#define SYS_lt_spawn	0x4c540001L
#define SYS_lt_join	0x4c540002L

enum { SPAWN_CLOSE = 1, SPAWN_DUP2, SPAWN_OPEN };

/* Done in order, in the child's descriptors, before the program is opened. */
struct spawn_action {
	uint32_t op;
	int32_t fd;		/* the descriptor that changes */
	int32_t from;		/* DUP2 */
	uint32_t flags, mode;	/* OPEN: of open(2) */
	uint32_t zero;
	uint64_t path;		/* OPEN: a string's address */
};

#define SPAWN_SETPGROUP	 1
#define SPAWN_SETSIGMASK 2
#define SPAWN_SETSIGDEF	 4

struct spawn_attr {
	uint32_t flags;
	int32_t pgid;		/* SETPGROUP; 0: a group of its own */
	uint64_t mask;		/* SETSIGMASK */
	uint64_t defaults;	/* SETSIGDEF: no longer ignored */
};

/* attr may be NULL.  => the id of the new space, or -1 and errno */
pid_t spawn(const char *path, char *const argv[], char *const envp[],
	    const struct spawn_action *actions, unsigned n,
	    const struct spawn_attr *attr);
/* Waits for the child's end.  => its status as wait gives it, or -1 */
int join(pid_t id);

#endif

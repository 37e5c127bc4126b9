/* SPDX-License-Identifier: MIT */
/* Lectern's own calls: spawn and join. */
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

struct spawn_args {
	uint64_t path, argv, envp, actions;
	uint32_t nr_actions, flags;
	int32_t pgid;
	uint32_t zero;
	uint64_t mask, defaults;
};

pid_t spawn(const char *path, char *const argv[], char *const envp[],
	    const struct spawn_action *actions, unsigned n,
	    const struct spawn_attr *attr)
{
	struct spawn_args a = {
		.path = (unsigned long)path, .argv = (unsigned long)argv,
		.envp = (unsigned long)envp,
		.actions = (unsigned long)actions, .nr_actions = n,
	};

	if (attr) {
		a.flags = attr->flags;
		a.pgid = attr->pgid;
		a.mask = attr->mask;
		a.defaults = attr->defaults;
	}
	return (pid_t)syscall(SYS_lt_spawn, &a, sizeof(a));
}

int join(pid_t id)
{
	return (int)syscall(SYS_lt_join, id);
}

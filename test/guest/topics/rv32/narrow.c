/* SPDX-License-Identifier: MIT */
/*
 * Calls of programs of 32 bits on RISC-V of 64, whose structures have other
 * layouts (row E15).  Their rules are tried from inside by test/rv32/calls.c;
 * here it is seen that all is given back.
 */
#include "../../audit.h"
#include "../../texts.h"

#define SWITCH	"/proc/sys/abi/rv32"

static char trial[128], out[256];

static const char *const rules[] = {
	"vectors", "others", "rights", "control", "bad_messages", "many",
	"options", "intervals", "timers", "queue", "usage", "system", "msg",
	"sem", "shm", "robust", "select", "ioctl", "offsets",
	"padding", "affinity", "execveat", "spaces",
};

static void become_narrow_trial(void *rule)
{
	char *argv[] = { trial, rule, NULL }, *envp[] = { NULL };

	execve(trial, argv, envp);
	_exit(errno);
}

static int trial_passes(const char *rule)
{
	int r = output_of(become_narrow_trial, (void *)rule, out, sizeof(out));

	if (r || strcmp(out, "passed\n"))
		printf("# status %d: %s\n", r, out);
	return !r && !strcmp(out, "passed\n");
}

int main(int argc, char **argv)
{
	char *slash, was[16];

	tap_find_self(argv[0]);
	snprintf(trial, sizeof(trial), "%s", tap_self);
	slash = strrchr(trial, '/');
	snprintf(slash, sizeof(trial) - (size_t)(slash - trial),
		 "/rv32_calls.elf");
	if (access(trial, X_OK))
		return tap_skip_all("this machine has one width");
	if (access("/proc/lectern", F_OK) &&
	    output_of(become_narrow_trial, "select", out, sizeof(out)) ==
	    ENOEXEC)
		return tap_skip_all("this kernel runs no such programs");
	text_read(SWITCH, was, sizeof(was));
	text_set(SWITCH, "1");
	for (int i = 0; i < COUNT(rules); i++)
		check(trial_passes(rules[i]), "%s", rules[i]);
	if (!audit_take()) {
		for (int i = 0; i < COUNT(rules); i++)
			trial_passes(rules[i]);
		check(audit_same(64), "all is given back");
	}
	text_set(SWITCH, was);
	return tap_done();
}

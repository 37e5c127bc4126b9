/* SPDX-License-Identifier: MIT */
/*
 * reboot(2): who may, and which words it wants (row B10).  With a command as
 * its argument it is given, which ends the machine: the driver's tests look
 * at how.
 */
#include "tap.h"

#define MAGIC1		0xfee1deadl
#define MAGIC2		672274793l
#define RESTART2	0xa1b2c3d4l

static const struct {
	const char *name;
	long command;
} commands[] = {
	{ "restart", 0x01234567 },
	{ "restart2", RESTART2 },
	{ "halt", (long)0xcdef0123 },
	{ "poweroff", 0x4321fedc },
};

static long give_command(long command, const char *text)
{
	return syscall(SYS_reboot, MAGIC1, MAGIC2, command, text);
}

static void reboot_as_stranger(void *arg)
{
	(void)arg;
	if (setuid(1000))
		_exit(2);
	_exit(give_command(0, NULL) == -1 && errno == EPERM ? 0 : 1);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		for (int i = 0; i < COUNT(commands); i++)
			if (!strcmp(argv[1], commands[i].name))
				give_command(commands[i].command, "again");
		return 1;
	}
	check_eq(in_child(reboot_as_stranger, NULL), 0, "only for root");
	check_err(EINVAL, syscall(SYS_reboot, 1L, MAGIC2, RESTART2, NULL),
		  "the first word");
	check_err(EINVAL, syscall(SYS_reboot, MAGIC1, 1L, RESTART2, NULL),
		  "the second");
	check_err(EINVAL, give_command(0x1234, NULL), "no such command");
	check_err(EFAULT, give_command(RESTART2, BAD),
		  "RESTART2 reads its text");
	return tap_done();
}

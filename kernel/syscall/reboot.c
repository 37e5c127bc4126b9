/* SPDX-License-Identifier: MIT */
/* reboot(2): restarting or powering off the machine. */
#define LOG_PREFIX "reboot"
#include <fs/vfs.h>
#include <kernel/cred/cred.h>
#include <kernel/ops/namespace_ops.h>
#include <kernel/task/pids.h>
#include <kernel/task/task.h>
#include <lt/log.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define REBOOT_RESTART	0x01234567u
#define REBOOT_HALT	0xcdef0123u
#define REBOOT_CAD_ON	0x89abcdefu
#define REBOOT_CAD_OFF	0u
#define REBOOT_POWEROFF	0x4321fedcu
#define REBOOT_RESTART2	0xa1b2c3d4u

static bool magic_ok(unsigned magic1, unsigned magic2)
{
	return magic1 == 0xfee1deadu &&
	       (magic2 == 672274793u || magic2 == 85072278u ||
		magic2 == 369367448u || magic2 == 537993216u);
}

#define REBOOT_TEXT	256	/* maximum text of RESTART2, with its NUL */

/* Restart the machine.  The text is only logged, as no firmware accepts one. */
static long restart_with(uaddr_t text)
{
	char what[REBOOT_TEXT];
	long len = string_from_user(what, text, sizeof(what));

	if (len < 0 && len != -ENAMETOOLONG)
		return len;
	vfs_shutdown();
	log_notice("restarting: %s", len < 0 ? "" : what);
	arch_end(ARCH_RESET);
}

/*
 * Serve reboot(2) in a PID namespace other than the initial one: end that
 * namespace instead of the machine.
 */
static long reboot_space(unsigned cmd)
{
	switch (cmd) {
	case REBOOT_RESTART:
	case REBOOT_RESTART2:
		namespace_ops->space_reboot(SIGHUP);
		break;
	case REBOOT_HALT:
	case REBOOT_POWEROFF:
		namespace_ops->space_reboot(SIGINT);
		break;
	default:
		return -EINVAL;
	}
	task_exit(0);
}

/*
 * Serve reboot(2).  HALT powers off, too, because nobody could switch off a
 * halted virtual machine.
 */
long sys_reboot(unsigned magic1, unsigned magic2, unsigned cmd, uaddr_t arg)
{
	if (!capable_in(pids_owner(), CAP_SYS_BOOT))
		return -EPERM;
	if (!magic_ok(magic1, magic2))
		return -EINVAL;
	if (pid_space())
		return reboot_space(cmd);
	switch (cmd) {
	case REBOOT_RESTART2:
		return restart_with(arg);
	case REBOOT_RESTART:
		vfs_shutdown();
		log_notice("restarting");
		arch_end(ARCH_RESET);
	case REBOOT_HALT:
	case REBOOT_POWEROFF:
		vfs_shutdown();
		log_notice("power off");
		arch_end(0);
	case REBOOT_CAD_ON:
	case REBOOT_CAD_OFF:
		return 0;	/* Ctrl-Alt-Del does nothing here anyway */
	}
	return -EINVAL;
}

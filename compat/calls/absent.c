/* SPDX-License-Identifier: MIT */
/*
 * Calls that Lectern does not have (docs/absent.md), and that Linux refuses who
 * lacks a right before it looks at anything else: such a caller hears EPERM, as
 * there.  So a program learns the same of its rights on both.
 */
#include <fs/mount/mount.h>
#include <kernel/cred/cred.h>
#include <syscalls.h>

static long absent_but_for(int cap)
{
	return capable(cap) ? -ENOSYS : -EPERM;
}

long sys_init_module(void)
{
	return absent_but_for(CAP_SYS_MODULE);
}

long sys_finit_module(void)
{
	return absent_but_for(CAP_SYS_MODULE);
}

long sys_delete_module(void)
{
	return absent_but_for(CAP_SYS_MODULE);
}

long sys_kexec_load(void)
{
	return absent_but_for(CAP_SYS_BOOT);
}

long sys_acct(void)
{
	return absent_but_for(CAP_SYS_PACCT);
}

long sys_open_by_handle_at(void)
{
	return absent_but_for(CAP_DAC_READ_SEARCH);
}

long sys_fanotify_init(void)
{
	return absent_but_for(CAP_SYS_ADMIN);
}

/* ---- mounts made in steps ------------------------------------------------ */

/*
 * The right is that of mount(2).  Of open_tree, fsconfig and mount_setattr
 * Linux looks at the arguments first, so they are only absent.
 */
static long absent_but_for_mounting(void)
{
	return mount_may_change() ? -ENOSYS : -EPERM;
}

long sys_fsopen(void)
{
	return absent_but_for_mounting();
}

long sys_fsmount(void)
{
	return absent_but_for_mounting();
}

long sys_fspick(void)
{
	return absent_but_for_mounting();
}

long sys_move_mount(void)
{
	return absent_but_for_mounting();
}

/* SPDX-License-Identifier: MIT */
/* The machine as programs see it: sysinfo(2), reboot(2). */
#define LOG_PREFIX "reboot"
#include <fs/vfs.h>
#include <kernel/cred.h>
#include <kernel/task.h>
#include <lib/mem.h>
#include <lt/log.h>
#include <mm/page.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/* ---- sysinfo(2) ---------------------------------------------------------- */

struct uabi_sysinfo {
	long uptime;
	unsigned long loads[3];		/* 1/65536 */
	unsigned long totalram, freeram, sharedram, bufferram;
	unsigned long totalswap, freeswap;
	u16 procs, pad;
	unsigned long totalhigh, freehigh;
	u32 mem_unit;
	char fill[20 - 2 * sizeof(long) - sizeof(u32)];
};

long sys_sysinfo(uaddr_t buf)
{
	struct uabi_sysinfo s;

	memset(&s, 0, sizeof(s));		/* its holes, too */
	s.uptime = arch_clock() / NSEC_PER_SEC;
	s.totalram = page_total() * PAGE_SIZE;
	s.freeram = page_free_count() * PAGE_SIZE;
	s.procs = nr_tasks;
	s.mem_unit = 1;
	sched_load(s.loads);
	for (int i = 0; i < 3; i++)
		s.loads[i] <<= 16 - 11;
	return copy_to_user(buf, &s, sizeof(s));
}

long sys_getcpu(uaddr_t cpu, uaddr_t node, uaddr_t unused __unused)
{
	if ((cpu && put_user(sched_user_cpu(current), cpu)) ||
	    (node && put_user(0u, node)))
		return -EFAULT;
	return 0;
}

/* ---- reboot(2) ----------------------------------------------------------- */

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

#define REBOOT_TEXT	256	/* of RESTART2, with its end */

/* Firmware that would be told the text of RESTART2, there is none. */
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

/* Halting a virtual machine leaves nobody at its switch: it powers off. */
long sys_reboot(unsigned magic1, unsigned magic2, unsigned cmd, uaddr_t arg)
{
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (!magic_ok(magic1, magic2))
		return -EINVAL;
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
		return 0;	/* there is no such key combination here */
	}
	return -EINVAL;
}

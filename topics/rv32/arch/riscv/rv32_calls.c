/* SPDX-License-Identifier: MIT */
/*
 * The system calls of Linux on riscv32 (row E15), as an allowlist.  A call
 * whose words and structures are the same with 64 bits goes to the 64-bit
 * handler directly, some under another number.  A call that differs has a shim
 * here.  Any other number is ENOSYS, and is never taken for a 64-bit call.
 */
#include "narrowinfo.h"
#include "narrowmsg.h"
#include "rv32.h"
#include <fs/fs.h>
#include <fs/vfs.h>
#include <kernel/events.h>
#include <kernel/exec/format.h>
#include <kernel/ops/sched_ops.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <syscalls.h>
#include <uapi/errno.h>

/* ---- words --------------------------------------------------------------- */

static loff_t wide(const unsigned long *word)
{
	return (loff_t)narrow_join(word);
}

static long rv32_llseek(const unsigned long *a)
{
	loff_t to = sys_lseek((int)a[0], (loff_t)((u64)a[1] << 32 | a[2]),
			      (int)a[4]);

	if (to < 0)
		return to;
	return put_user(to, a[3]) ? -EFAULT : 0;
}

static long rv32_truncate(const unsigned long *a)
{
	return sys_truncate(a[0], wide(a + 1));
}

static long rv32_ftruncate(const unsigned long *a)
{
	return sys_ftruncate((int)a[0], wide(a + 1));
}

static long rv32_pread(const unsigned long *a)
{
	return sys_pread64((int)a[0], a[1], a[2], wide(a + 3));
}

static long rv32_pwrite(const unsigned long *a)
{
	return sys_pwrite64((int)a[0], a[1], a[2], wide(a + 3));
}

static long rv32_fallocate(const unsigned long *a)
{
	unsigned long w[6] = { a[0], a[1], narrow_join(a + 2),
		narrow_join(a + 4) };

	return wide_call(47, w);
}

static long rv32_sync_file_range(const unsigned long *a)
{
	unsigned long w[6] = { a[0], narrow_join(a + 1), narrow_join(a + 3),
		a[5] };

	return wide_call(84, w);
}

static long rv32_fadvise(const unsigned long *a)
{
	unsigned long w[6] = { a[0], narrow_join(a + 1), narrow_join(a + 3),
		a[5] };

	return wide_call(223, w);
}

static long rv32_readahead(const unsigned long *a)
{
	unsigned long w[6] = { a[0], narrow_join(a + 1), a[3] };

	return wide_call(213, w);
}

/* Map a file.  a[5] is an offset in pages. */
static long rv32_mmap2(const unsigned long *a)
{
	return sys_mmap(a[0], a[1], a[2], a[3], (int)a[4],
			(loff_t)(a[5] << PAGE_SHIFT));
}

/* ---- structures ---------------------------------------------------------- */

static long rv32_execve(const unsigned long *a)
{
	struct arg_source argv = { .user = a[1], .narrow = true };
	struct arg_source envp = { .user = a[2], .narrow = true };
	struct file *file;
	int err;
	char *name = name_from_user(a[0], &err);

	if (!name)
		return err;
	err = file_open_exec(AT_FDCWD, name, LOOKUP_FOLLOW, &file);
	if (!err)
		err = exec_file(file, name, 0, &argv, &envp);
	name_put(name);
	return err;
}

/*
 * Wait for a child.  siginfo describes the child that has ended, and rusage its
 * usage, if requested.
 */
static long rv32_waitid(const unsigned long *a)
{
	unsigned long w[6] = { a[0], a[1], a[2], a[3],
		lent_or_null(a[4], LENT_AT) };
	struct lent l;
	long err = lent_begin(&l, 18 * sizeof(long));
	const s64 none = -1;		/* -1 stays if no child has ended */

	if (err)
		return err;
	memcpy(l.mem, &none, sizeof(none));
	err = wide_call(95, w);
	if (!err && a[2])
		err = narrow_info(a[2]);
	if (!err && a[4] && memcmp(l.mem, &none, sizeof(none)))
		err = form_put("18s", a[4], l.mem);
	lent_end(&l);
	return err;
}

/* Send a signal with data from the sender; its siginfo is a[arg]. */
static long queue_info(unsigned nr, const unsigned long *a, unsigned arg,
		       int signo)
{
	unsigned long w[6];
	struct lent l;
	long err = lent_begin(&l, SIGINFO_SIZE);

	if (err)
		return err;
	memcpy(w, a, sizeof(w));
	if (a[arg])
		w[arg] = widen_info(l.mem, a[arg], signo) ?
			LENT_NOWHERE : LENT_AT;
	err = wide_call(nr, w);
	lent_end(&l);
	return err;
}

static long rv32_sigqueueinfo(const unsigned long *a)
{
	return queue_info(138, a, 2, (int)a[1]);
}

static long rv32_tgsigqueueinfo(const unsigned long *a)
{
	return queue_info(240, a, 3, (int)a[2]);
}

/*
 * Send a signal to a pidfd.  Here the signal number comes from the structure.
 */
static long rv32_pidfd_send_signal(const unsigned long *a)
{
	return queue_info(424, a, 2, 0);
}

static long rv32_sigtimedwait(const unsigned long *a)
{
	long signo = sys_rt_sigtimedwait(a[0], a[1], a[2], a[3]);

	if (signo < 0 || !a[1])
		return signo;
	return narrow_info(a[1]) ? -EFAULT : signo;
}

/*
 * Serve fcntl64(2).  Only large-file locks are supported; their structure is
 * the same with 64 bits.
 */
static long rv32_fcntl64(const unsigned long *a)
{
	enum { GETLK = 5, SETLKW = 7, GETLK64 = 12, SETLKW64 = 14 };
	unsigned cmd = (unsigned)a[1];

	if (cmd >= GETLK && cmd <= SETLKW)
		return -EINVAL;
	if (cmd >= GETLK64 && cmd <= SETLKW64)
		cmd -= GETLK64 - GETLK;
	return sys_fcntl((int)a[0], cmd, a[2]);
}

/* Report the names.  The machine is the fifth of them; each has 65 bytes. */
static long rv32_uname(const unsigned long *a)
{
	static const char machine[] = "riscv32";
	long err = sys_uname(a[0]);

	return err ? err : copy_to_user(a[0] + 4 * 65, machine,
					sizeof(machine));
}

/* ---- by number ----------------------------------------------------------- */

static narrow_call_t *const shims[SYSCALL_COUNT] = {
	[25] = rv32_fcntl64, [29] = narrow_ioctl, [43] = narrow_statfs64,
	[44] = narrow_fstatfs64, [45] = rv32_truncate, [46] = rv32_ftruncate,
	[47] = rv32_fallocate, [62] = rv32_llseek, [65] = narrow_readv,
	[66] = narrow_writev, [67] = rv32_pread, [68] = rv32_pwrite,
	[69] = narrow_preadv, [70] = narrow_pwritev, [75] = narrow_vmsplice,
	[84] = rv32_sync_file_range, [95] = rv32_waitid,
	[99] = narrow_set_robust_list, [100] = narrow_get_robust_list,
	[102] = narrow_getitimer, [103] = narrow_setitimer,
	[107] = narrow_timer_create, [117] = narrow_ptrace,
	[123] = narrow_getaffinity, [132] = rv32_sigaltstack,
	[134] = rv32_sigaction, [138] = rv32_sigqueueinfo,
	[153] = narrow_times, [160] = rv32_uname, [165] = narrow_getrusage,
	[167] = narrow_prctl, [179] = narrow_sysinfo,
	[187] = narrow_msgctl, [188] = narrow_msgrcv, [189] = narrow_msgsnd,
	[191] = narrow_semctl, [195] = narrow_shmctl,
	[208] = narrow_setsockopt, [209] = narrow_getsockopt,
	[211] = narrow_sendmsg, [212] = narrow_recvmsg,
	[213] = rv32_readahead, [221] = rv32_execve, [222] = rv32_mmap2,
	[223] = rv32_fadvise, [240] = rv32_tgsigqueueinfo,
	[269] = narrow_sendmmsg, [270] = narrow_process_vm_readv,
	[271] = narrow_process_vm_writev, [286] = narrow_preadv2,
	[287] = narrow_pwritev2, [413] = narrow_pselect6,
	[417] = narrow_recvmmsg, [421] = rv32_sigtimedwait,
	[424] = rv32_pidfd_send_signal, [440] = narrow_process_madvise,
};

/* Numbers of the 64-bit calls with the same arguments; 0: none. */
#define SAME(first, last) [first ... last] = 1
static const u16 others[SYSCALL_COUNT] = {
	[403] = 113, [404] = 112, [405] = 266, [406] = 114, [407] = 115,
	[408] = 108, [409] = 110, [410] = 87, [411] = 86, [412] = 88,
	[414] = 73, [418] = 182, [419] = 183, [420] = 192, [422] = 98,
	[423] = 127,
};
static const u8 same[SYSCALL_COUNT] = {
	SAME(5, 17), SAME(19, 24), SAME(26, 28), SAME(30, 37), SAME(39, 41),
	SAME(48, 59), SAME(61, 61), SAME(63, 64), SAME(71, 71), SAME(74, 74),
	SAME(76, 78), SAME(81, 83), SAME(85, 85), SAME(90, 94), SAME(96, 97),
	SAME(109, 109), SAME(111, 111), SAME(116, 116), SAME(118, 126),
	SAME(128, 131), SAME(133, 133), SAME(135, 136), SAME(139, 152),
	SAME(154, 159), SAME(161, 162), SAME(166, 166), SAME(168, 168),
	SAME(172, 178), SAME(181, 181), SAME(186, 186), SAME(190, 190),
	SAME(193, 194), SAME(196, 207), SAME(210, 210), SAME(214, 216),
	SAME(220, 220), SAME(224, 233), SAME(235, 239), SAME(242, 242),
	SAME(258, 259), SAME(261, 261), SAME(267, 268), SAME(272, 272),
	SAME(274, 276), SAME(278, 279), SAME(281, 285), SAME(291, 291),
	SAME(293, 293), SAME(434, 439), SAME(441, 441), SAME(449, 449),
	SAME(452, 452),
};

/*
 * Zero-extend the arguments in tf, and copy them to a.  A 32-bit program does
 * not see the upper half of a register, so it cannot notice the change when the
 * call is restarted.
 */
static void take_words(struct trapframe *tf, unsigned long a[6])
{
	tf->orig_a0 = (u32)tf->orig_a0;
	for (unsigned i = 1; i < 6; i++)
		tf->regs[REG_A0 + i] = (u32)tf->regs[REG_A0 + i];
	for (unsigned i = 0; i < 6; i++)
		a[i] = tf_arg(tf, i);
}

static long rv32_call(struct trapframe *tf)
{
	unsigned long nr = tf_nr(tf), a[6];
	long result;

	take_words(tf, a);
	asmp_trap_enter();
	event_note(EVENT_SYSCALL, nr, a[0], tf);
	if (nr >= SYSCALL_COUNT)
		result = -ENOSYS;
	else if (shims[nr])
		result = shims[nr](a);
	else if (same[nr] || others[nr])
		result = syscall_table[same[nr] ? nr : others[nr]](tf);
	else
		result = -ENOSYS;
	event_note(EVENT_RETURN, nr, result, 0);
	return result;
}

const syscall_entry_t rv32_calls[SYSCALL_COUNT + 1] = {
	[0 ... SYSCALL_COUNT] = rv32_call,
};

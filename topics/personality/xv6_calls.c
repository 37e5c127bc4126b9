/* SPDX-License-Identifier: MIT */
/*
 * The shim (row E13) implements xv6's system calls, under xv6's numbers, by
 * calling the kernel's own.  Every error is -1.
 *
 *   program        number, arguments      xv6_call       sys_write(2)...
 *   -------->  the machine's trap  -->  by number  -->  as for Linux's
 *
 * The shim itself implements what Linux's calls cannot express: a kill that is
 * reported without a reason, and an exit status of more than eight bits.
 */
#include "xv6.h"
#include <kernel/events.h>
#include <kernel/ops/sched_ops.h>
#include <kernel/syscall/table.h>
#include <kernel/task/task.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/* ---- processes ----------------------------------------------------------- */

static bool is_xv6(const struct process *p)
{
	return p->leader && p->leader->calls == xv6_calls;
}

/* Return: the number of xv6 processes, including zombies. */
static unsigned processes(void)
{
	struct process *p;
	unsigned n = 0;

	spin_lock(&tree_lock);
	list_for_each(p, &all_processes, all_link)
		n += is_xv6(p);
	spin_unlock(&tree_lock);
	return n;
}

static long xv6_fork(const char *path, const unsigned long *a)
{
	static const struct clone_args plain = { .exit_signal = SIGCHLD };

	return processes() < XV6_PROCESSES ? task_clone(&plain) : -EAGAIN;
}

/*
 * Exit.  A parent that is an xv6 process gets 24 bits of status, above the
 * signal number; Linux's wait(2) knows only eight.
 */
static long xv6_exit(const char *path, const unsigned long *a)
{
	unsigned status = xv6_machine.tells_status ? (unsigned)a[0] : 0;

	spin_lock(&tree_lock);
	if (!is_xv6(current->process->parent))
		status &= 0xff;
	spin_unlock(&tree_lock);
	process_exit((int)(status << 8));
}

static long xv6_wait(const char *path, const unsigned long *a)
{
	uaddr_t at = xv6_machine.tells_status ? a[0] : 0;
	long pid = sys_wait4(-1, at, 0, 0);
	int status;

	if (pid <= 0 || !at)
		return pid;
	if (get_user(&status, at))
		return -EFAULT;
	/* killed by a signal: -1 */
	return put_user(status & 0x7f ? -1 : status >> 8, at) ? -EFAULT : pid;
}

static long xv6_kill(const char *path, const unsigned long *a)
{
	int pid = (int)a[0];

	return pid > 0 ? sys_kill(pid, SIGKILL) : -ESRCH;
}

static long xv6_getpid(const char *path, const unsigned long *a)
{
	return current->process->vpid;
}

/* ---- time ---------------------------------------------------------------- */

#define TICK	((u64)(NSEC_PER_SEC / xv6_machine.ticks))

static long xv6_sleep(const char *path, const unsigned long *a)
{
	struct wait_queue never;
	int n = (int)a[0];
	int err;

	if (n <= 0)
		return 0;
	wait_queue_init(&never);
	err = wait_event_deadline(&never, false,
				  ktime_after(arch_clock(), TICK * (u64)n));
	return err == -ETIMEDOUT ? 0 : -EINTR;
}

static long xv6_uptime(const char *path, const unsigned long *a)
{
	return (long)((u32)(arch_clock() / TICK) & 0x7fffffff);
}

/* ---- the table ----------------------------------------------------------- */

#define WORDS_MAX 3

static const struct call {
	xv6_serve_t *serve;
	u8 words;
	bool named;			/* the first argument is a path */
	bool promises;	/* one more argument if xv6_machine.lazy is set */
} call[] = {
	[1] = { xv6_fork, 0 }, { xv6_exit, 1 }, { xv6_wait, 1 },
	{ xv6_pipe, 1 }, { xv6_read, 3 }, { xv6_kill, 1 },
	{ xv6_exec, 2, true }, { xv6_fstat, 2 }, { xv6_chdir, 1, true },
	{ xv6_dup, 1 }, { xv6_getpid, 0 }, { xv6_sbrk, 2, .promises = true },
	{ xv6_sleep, 1 }, { xv6_uptime, 0 }, { xv6_open, 2, true },
	{ xv6_write, 3 }, { xv6_mknod, 3, true }, { xv6_unlink, 1, true },
	{ xv6_link, 2, true }, { xv6_mkdir, 1, true }, { xv6_close, 1 },
};

static long serve(const struct trapframe *tf, unsigned long nr)
{
	unsigned long a[WORDS_MAX] = { 0 };
	const struct call *c;
	char path[XV6_PATH];
	unsigned words;
	int err = 0;

	if (nr >= ARRAY_SIZE(call) || !call[nr].serve)
		return -ENOSYS;
	c = &call[nr];
	words = c->words - (c->promises && !xv6_machine.lazy);
	for (unsigned i = 0; i < words && !err; i++)
		err = xv6_arg(tf, i, &a[i]);
	if (!err && c->named)
		err = xv6_path(path, a[0]);
	return err ? err : c->serve(path, a);
}

/* Map errors to -1, except for restart codes, which the signal code needs. */
static long xv6_result(long result)
{
	if (result >= 0 || (result <= -ERESTARTSYS &&
			    result >= -ERESTART_BLOCK))
		return result;
	return -1;
}

static long xv6_call(struct trapframe *tf)
{
	unsigned long nr = tf_nr(tf);
	long result;

	asmp_trap_enter();
	event_note(EVENT_SYSCALL, nr, tf_arg(tf, 0), tf);
	result = xv6_result(serve(tf, nr));
	event_note(EVENT_RETURN, nr, result, 0);
	return result;
}

const syscall_entry_t xv6_calls[SYSCALL_COUNT + 1] = {
	[0 ... SYSCALL_COUNT] = xv6_call,
};

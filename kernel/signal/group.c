/* SPDX-License-Identifier: MIT */
/* Signals to process groups, and to everybody (kill(2), row D2). */
#include <kernel/process/process.h>
#include <kernel/signal/internal.h>

#define GROUP_BATCH	64		/* signals in one hold of tree_lock */

/* A signal on its way to a group, or to EVERYBODY. */
struct broadcast {
	int pgid;
	const struct siginfo *info;
	bool by_user;			/* who needs the permission of kill(2) */
	unsigned left;			/* of the batch */
	u64 next;			/* serial of the next process */
	u64 end;			/* and of the last */
	bool sent;
	int err;
};

/*
 * Signal p, unless it was its turn before.
 * Return: false: the batch is full, or p is beyond the end.
 */
static bool broadcast_to(struct broadcast *b, struct process *p)
{
	int err;

	if (p->serial < b->next)
		return true;
	b->next = p->serial;
	if (!b->left-- || p->serial > b->end)
		return false;
	err = b->by_user ? signal_user_process(p, b->info) :
	      p->zombie ? 0 : signal_send_process_locked(p, b->info);
	if (!err)
		b->sent = true;
	else if (b->err == -ESRCH || err != -EPERM)
		b->err = err;
	return true;
}

/*
 * Go on with a broadcast.
 * Context: [tree_lock].
 * Return: true if there may be more processes.
 */
static bool broadcast_some(struct broadcast *b)
{
	struct list *members;
	struct process *p;

	spin_must_hold(&tree_lock);
	b->left = GROUP_BATCH;
	if (b->pgid == EVERYBODY) {
		list_for_each(p, &all_processes, all_link)
			if (pid_shown(p->pid) > 1 && p != current->process &&
			    !broadcast_to(b, p))
				return b->next <= b->end;
		return false;
	}
	members = group_members(b->pgid);
	list_for_each(p, members, group_link)
		if (!broadcast_to(b, p))
			return b->next <= b->end;
	return false;
}

/*
 * Run a broadcast.  tree_lock is released now and then, as there may be very
 * many processes.  None escapes by a fork meanwhile: the child comes behind all
 * others, and is signalled, too, unless so many were born that the call would
 * not end.
 */
static void broadcast(struct broadcast *b)
{
	bool more;

	b->err = -ESRCH;
	spin_lock(&tree_lock);
	b->end = list_last(&all_processes, struct process, all_link)->serial +
		max_tasks;
	more = broadcast_some(b);
	spin_unlock(&tree_lock);
	while (more) {
		spin_lock(&tree_lock);
		more = broadcast_some(b);
		spin_unlock(&tree_lock);
	}
}

/*
 * As on Linux, but contrary to kill(2), EVERYBODY succeeds even if the caller
 * may signal none of the processes.
 */
int signal_user_group(int pgid, const struct siginfo *info)
{
	struct broadcast b = { .pgid = pgid, .info = info, .by_user = true };

	broadcast(&b);
	return b.sent || (pgid == EVERYBODY && b.err == -EPERM) ? 0 : b.err;
}

void signal_kernel_group(int pgid, int signo)
{
	struct siginfo info = { .signo = signo, .code = SI_KERNEL };
	struct broadcast b = { .pgid = pgid, .info = &info };

	broadcast(&b);
}

/* SPDX-License-Identifier: MIT */
/*
 * Job control (POSIX.1 11.1): the controlling terminal of a session and its
 * foreground group.
 *
 *   session 100, led by the shell             terminal
 *   +-----------------------------+           +-------------------+
 *   | group 100: the shell        |           | seen.sid   = 100  |
 *   | group 120: make, cc         |<----------| seen.pgid  = 120  |
 *   | group 130: a job behind `&` |           +-------------------+
 *   +-----------------------------+
 *     ^C, ^Z   SIGINT, SIGTSTP to all of group 120
 *     130 reads: SIGTTIN stops it, until the shell makes 130 the foreground
 *     the line hangs up, or 100 ends: SIGHUP
 *
 * t->seen and process->tty change under tree_lock.
 */
#include <dev/tty.h>
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <mm/uaccess.h>

/*
 * Return the session of the process group pgid, or of the process with that
 * number, because Linux also accepts the number of a process that leads no
 * group.
 * Context: [tree_lock].
 * Return: 0: there is neither.
 */
static int session_of_group(int pgid)
{
	struct list *members = group_members(pgid);
	struct process *p = process_at(pgid);

	if (!list_empty(members))
		return list_first(members, struct process, group_link)->sid;
	return p ? p->sid : 0;
}

/*
 * POSIX 11.1.4: a background group that reads, or changes the terminal, is
 * stopped by SIGTTIN or SIGTTOU; the call is restarted when the group is in the
 * foreground.  A process that ignores or blocks SIGTTOU may write.  Other
 * processes that the signal cannot stop get EIO: those that ignore or block
 * SIGTTIN, and those of an orphaned group, which nobody could continue.
 * Return: 0, -EIO, -ERESTARTSYS.
 */
int tty_check_background(struct tty *t, int signo)
{
	struct process *p = current->process;
	bool background, orphaned = false;

	if (!p)
		return 0;
	spin_lock(&tree_lock);
	background = p->tty == &t->seen && t->seen.pgid > 0 &&
		p->pgid != t->seen.pgid;
	if (background)
		orphaned = group_orphaned(p->pgid);
	spin_unlock(&tree_lock);
	if (!background)
		return 0;
	if (signal_ignored_or_blocked(signo))
		return signo == SIGTTIN ? -EIO : 0;
	if (orphaned)
		return -EIO;
	signal_kernel_group(p->pgid, signo);
	return -ERESTARTSYS;
}

/* Return the terminal of p, or NULL.  Context: [tree_lock]. */
static struct tty *tty_of(const struct process *p)
{
	return p->tty ? container_of(p->tty, struct tty, seen) : NULL;
}

/* Make t the controlling terminal of p.  Context: [tree_lock]. */
static void make_controlling(struct tty *t, struct process *p)
{
	t->seen.sid = p->sid;
	t->seen.pgid = p->pgid;
	p->tty = &t->seen;
	p->hung_up_pgid = 0;
}

/*
 * Take the terminal away from all processes of the session.  Context:
 * [tree_lock].
 */
static void forget_session(int sid)
{
	struct process *p;

	list_for_each(p, &all_processes, all_link)
		if (p->sid == sid)
			p->tty = NULL;
}

/*
 * A session leader without a terminal gets the first one it opens that has no
 * session (POSIX 11.1.3).
 */
void tty_open_controlling(struct tty *t)
{
	struct process *p = current->process;

	if (!p)
		return;
	spin_lock(&tree_lock);
	if (p->sid == p->pid && !p->tty && !t->seen.sid)
		make_controlling(t, p);
	spin_unlock(&tree_lock);
}

/*
 * TIOCSCTTY; with arg 1 the superuser can take the terminal from another
 * session.
 */
static long set_controlling(struct tty *t, struct file *f, unsigned long arg)
{
	struct process *p = current->process;
	long err = -EPERM;

	spin_lock(&tree_lock);
	if (p->sid == p->pid && t->seen.sid == p->sid) {
		err = 0;
	} else if (p->sid == p->pid && !p->tty) {
		if (t->seen.sid && (arg != 1 || !capable(CAP_SYS_ADMIN)))
			goto out;
		if (!(f->mode & FMODE_READ) && !capable(CAP_SYS_ADMIN))
			goto out;
		if (t->seen.sid)
			forget_session(t->seen.sid);
		make_controlling(t, p);
		err = 0;
	}
out:
	spin_unlock(&tree_lock);
	return err;
}

/* Return: the caller's terminal with a reference, or NULL. */
struct tty *tty_current(void)
{
	struct tty *t;

	spin_lock(&tree_lock);
	t = current->process ? tty_of(current->process) : NULL;
	if (t)
		tty_get(t);
	spin_unlock(&tree_lock);
	return t;
}

/*
 * Send SIGHUP, and SIGCONT as well, because a stopped process must wake up to
 * end.
 * Context: [tree_lock].
 */
static void hang_up_process(struct process *p)
{
	struct siginfo hup = { .signo = SIGHUP, .code = SI_KERNEL };
	struct siginfo cont = { .signo = SIGCONT, .code = SI_KERNEL };

	signal_send_process_locked(p, &hup);
	signal_send_process_locked(p, &cont);
}

/*
 * Signal the session leader.  The kernel signals the foreground group when the
 * leader ends because of SIGHUP; if the leader does not end, the group gets no
 * signal.
 */
void tty_session_hangup(struct tty *t)
{
	struct process *p;

	spin_lock(&tree_lock);
	list_for_each(p, &all_processes, all_link) {
		if (p->tty != &t->seen)
			continue;
		p->tty = NULL;
		if (p->sid != p->pid)
			continue;
		p->hung_up_pgid = t->seen.pgid;
		hang_up_process(p);
	}
	t->seen.sid = t->seen.pgid = 0;
	spin_unlock(&tree_lock);
}

/*
 * Return t with a reference if t is a serial line that is hung up when the
 * session ends; otherwise NULL.
 * Context: [tree_lock].
 */
static struct tty *line_to_hang_up(struct tty *t, bool ends)
{
	if (!t || !ends || !t->driver->ends_with_leader)
		return NULL;
	tty_get(t);
	return t;
}

/*
 * Take the terminal from a session leader.  When the leader ends, the line
 * becomes free for the next user: open files of the line become dead (POSIX
 * 11.1.3 leaves this to the system).  Pending output is still sent.
 */
void tty_disassociate(struct process *leader, bool ends)
{
	struct tty *t, *line = NULL;
	bool cont = true;
	int pgid;

	spin_lock(&tree_lock);
	t = tty_of(leader);
	pgid = leader->hung_up_pgid;
	leader->hung_up_pgid = 0;
	if (t && t->seen.sid == leader->pid) {
		/*
		 * if the leader ends and orphans a stopped group, the kernel
		 * continues the group anyway
		 */
		cont = !ends;
		line = line_to_hang_up(t, ends);
		pgid = t->seen.pgid;
		t->seen.sid = t->seen.pgid = 0;
		forget_session(leader->pid);
	}
	leader->tty = NULL;
	spin_unlock(&tree_lock);
	if (pgid > 0) {
		signal_kernel_group(pgid, SIGHUP);
		if (cont)
			signal_kernel_group(pgid, SIGCONT);
	}
	if (line) {
		tty_mark_files_dead(line, false);
		tty_put(line);
	}
}

static long tty_get_job_ids(struct tty *t, uaddr_t to, bool session, bool own)
{
	int id;

	spin_lock(&tree_lock);
	id = own && current->process->tty != &t->seen ? -ENOTTY :
	     session && t->seen.sid <= 0 ? -ENOTTY :
	     session ? t->seen.sid : t->seen.pgid;
	spin_unlock(&tree_lock);
	return id < 0 ? id : put_user(pid_shown(id), to);
}

/*
 * Serve tcsetpgrp(3) for a process whose controlling terminal is t.  A
 * background caller is stopped.
 */
static long set_group(struct tty *t, uaddr_t from)
{
	struct process *p = current->process;
	int pgid;
	long err;

	err = tty_check_background(t, SIGTTOU);
	if (err)
		return err == -EIO ? -ENOTTY : err;
	if (get_user(&pgid, from))
		return -EFAULT;
	if (pgid > 0 && (pgid = pid_meant(pgid)) < 0)
		pgid = INT32_MAX;
	spin_lock(&tree_lock);
	if (pgid < 0)
		err = -EINVAL;
	else if (p->tty != &t->seen || t->seen.sid != p->sid)
		err = -ENOTTY;
	else if (!session_of_group(pgid))
		err = -ESRCH;
	else if (session_of_group(pgid) != p->sid)
		err = -EPERM;
	else
		t->seen.pgid = pgid;
	spin_unlock(&tree_lock);
	return err;
}

static long give_up_terminal(struct tty *t)
{
	struct process *p = current->process;

	if (p->tty != &t->seen)
		return -ENOTTY;
	if (p->sid == p->pid) {
		tty_disassociate(p, false);
		return 0;
	}
	spin_lock(&tree_lock);
	p->tty = NULL;
	spin_unlock(&tree_lock);
	return 0;
}

long tty_job_ioctl(struct tty *t, struct file *f, unsigned cmd,
		   unsigned long arg, bool own)
{
	switch (cmd) {
	case TIOCSCTTY:
		return set_controlling(t, f, arg);
	case TIOCNOTTY:
		return own ? give_up_terminal(t) : -ENOTTY;
	case TIOCGPGRP:
		return tty_get_job_ids(t, arg, false, own);
	case TIOCGSID:
		return tty_get_job_ids(t, arg, true, own);
	case TIOCSPGRP:
		return set_group(t, arg);
	}
	return -ENOIOCTLCMD;
}

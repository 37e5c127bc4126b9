/* SPDX-License-Identifier: MIT */
/* Files and credentials in the control data of AF_UNIX (unix(7)). */
#include "unix.h"
#include <kernel/cred/ids.h>
#include <kernel/task/task.h>
#include <mm/frames/slab.h>

#define NOBODY	65534u			/* kernel.overflowuid, overflowgid */

struct ucred {
	int pid;
	unsigned uid, gid;
};

/*
 * Put references to the files of the descriptors fds into scm, so that the
 * sender may close the descriptors at once.  After a failure scm holds the
 * files taken so far, for scm_free().
 */
static int take_files(struct scm *scm, const int *fds, unsigned n)
{
	struct file **files;

	if (scm->nr_files + n > SCM_MAX_FD)
		return -EINVAL;
	files = krealloc(scm->files, (scm->nr_files + n) * sizeof(*files));
	if (!files)
		return -ENOMEM;
	scm->files = files;
	for (unsigned i = 0; i < n; i++) {
		struct file *f = fd_file_path(fds[i]);

		if (!f)
			return -EBADF;
		scm->files[scm->nr_files++] = f;
	}
	return 0;
}

static bool is_task(int pid)
{
	bool found;

	spin_lock(&tree_lock);
	found = task_at(pid) != NULL;
	spin_unlock(&tree_lock);
	return found;
}

/*
 * Take the credentials given by the sender; only the superuser of the sender's
 * namespaces may give credentials that are not its own.
 */
static int take_cred(struct scm *scm, const struct ucred *c)
{
	unsigned uid = uid_meant(c->uid), gid = gid_meant(c->gid);
	const struct cred *me = current->cred;

	if (uid == ~0u || gid == ~0u)
		return -EINVAL;
	if ((c->pid != current->process->vpid &&
	     !capable_in(pids_owner(), CAP_SYS_ADMIN)) ||
	    (uid != me->uid && uid != me->euid && uid != me->suid &&
	     !capable_here(CAP_SETUID)) ||
	    (gid != me->gid && gid != me->egid && gid != me->sgid &&
	     !capable_here(CAP_SETGID)))
		return -EPERM;
	scm->pid = pid_meant(c->pid);
	if (!is_task(scm->pid))
		return -ESRCH;
	scm->explicit_cred = true;
	scm->uid = uid;
	scm->gid = gid;
	return 0;
}

int unix_take_control(const struct sock *s, struct scm *scm, int level,
		      int type, const char *data, unsigned long n)
{
	if (level != SOL_SOCKET)
		return 0;
	switch (type) {
	case SCM_RIGHTS:
		n /= sizeof(int);
		return n ? take_files(scm, (const int *)data, (unsigned)n) : 0;
	case SCM_CREDENTIALS:
		return n == sizeof(struct ucred) ?
			take_cred(scm, (const struct ucred *)data) : -EINVAL;
	}
	return -EINVAL;
}

/*
 * Install descriptors for as many files as fit.  Each becomes open only when
 * the receiver has been told its number.
 */
static bool put_files(struct control *c, struct scm *scm, bool cloexec)
{
	unsigned room = (unsigned)min(sock_control_room(c) / sizeof(int),
				      (unsigned long)scm->nr_files);
	int fds[SCM_MAX_FD];
	unsigned n = 0;

	while (n < room) {
		int fd = fd_reserve(0, cloexec);

		if (fd < 0)
			break;
		if (put_user(fd, sock_control_data(c) + n * sizeof(int))) {
			fd_cancel(fd);
			break;
		}
		file_get(scm->files[n]);
		fd_fill(fd, scm->files[n]);
		fds[n++] = fd;
	}
	if (n)
		sock_put_control(c, SOL_SOCKET, SCM_RIGHTS, fds,
				 n * sizeof(int));
	return n == scm->nr_files;
}

/* Credentials that were not told are those of nobody. */
static struct ucred cred_shown(const struct scm *scm)
{
	if (scm->uid == ~0u)
		return (struct ucred){ 0, NOBODY, NOBODY };
	return (struct ucred){ pid_shown(scm->pid), uid_shown(scm->uid),
			       gid_shown(scm->gid) };
}

/*
 * A socket that waits to be accepted may get SO_PASSCRED from its listener, so
 * it keeps credentials.
 */
void unix_drop_cred(const struct sock *to, struct msg *m)
{
	if (m->scm.explicit_cred || m->sender->passcred || !to->file ||
	    to->passcred)
		return;
	m->scm.pid = 0;
	m->scm.uid = m->scm.gid = ~0u;
}

/* scm_free() closes the files that did not fit. */
bool unix_put_control(struct sock *s, struct transfer *t, struct control *c)
{
	struct ucred cred = cred_shown(&t->scm);
	bool whole = true;

	if (s->passcred && t->has_cred)
		whole = sock_put_control(c, SOL_SOCKET, SCM_CREDENTIALS, &cred,
					 sizeof(cred));
	if (t->scm.nr_files)
		whole &= put_files(c, &t->scm, t->flags & MSG_CMSG_CLOEXEC);
	return whole;
}

/* SPDX-License-Identifier: MIT */
/* Declarations shared by the files of AF_UNIX. */
#ifndef COMPAT_SOCKETS_UNIX_H
#define COMPAT_SOCKETS_UNIX_H

#include "family.h"

extern const struct net_file unix_files[];	/* proc.c */

/* unix_control.c: files and credentials in messages; see family.h. */
int unix_take_control(const struct sock *s, struct scm *scm, int level,
		      int type, const char *data, unsigned long n);
bool unix_put_control(struct sock *s, struct transfer *t, struct control *c);
/*
 * Forget the sender's credentials in message m, which is being queued at `to`,
 * if neither end asks for them (SO_PASSCRED).
 * Context: [sock_lock].
 */
void unix_drop_cred(const struct sock *to, struct msg *m);

/* ---- unix_gc.c: cycles of sockets that only messages hold ---------------- */

/*
 * unix_inflight: count the files of a message queued at `at` as in flight.
 * unix_landed: undo that.
 * Context: [sock_lock].
 */
void unix_inflight(struct sock *at, const struct scm *scm);
void unix_landed(struct sock *at, const struct scm *scm);
/*
 * Free sockets that nobody can reach any more.
 * Context: may sleep.  Return: true if there were any.
 */
bool unix_collect(void);

#endif

/* SPDX-License-Identifier: MIT */
/* Signals for open files that have something to tell (row B5): async.c. */
#ifndef COMPAT_FILELOCK_ASYNC_H
#define COMPAT_FILELOCK_ASYNC_H

#include <fs/vfs.h>

#define F_OWNER_TID	0
#define F_OWNER_PID	1
#define F_OWNER_PGRP	2

/* Whom to tell, as F_SETOWN_EX has it; id 0: nobody. */
struct file_owner {
	int type;			/* F_OWNER_ */
	int id;
};

/* F_SETOWN: below 0 a group.  Return: 0; -EINVAL, -ESRCH, -ENOMEM. */
int async_set_owner(struct file *f, int who);
int async_set_owner_ex(struct file *f, const struct file_owner *o);
/* Nobody's, or one who is gone: id 0. */
struct file_owner async_owner(struct file *f);
/* The same as F_GETOWN tells it. */
int async_owner_word(struct file *f);
struct async;
/*
 * Unless f has an owner, o gets it; id 0: the caller does.  Return: f's record
 * of this with a reference; NULL: no memory, or o is gone.
 */
struct async *async_own(struct file *f, const struct file_owner *o);
/* Tells its owner of a message (POLL_MSG) of descriptor fd. */
void async_message(const struct async *a, int fd);
void async_put(struct async *a);
struct async *async_get(struct async *a);	/* another reference */
/* Who named the owner: user and effective user; 0 where nobody did. */
void async_owner_uids(struct file *f, u32 ids[2]);
/* F_SETSIG; 0: a plain SIGIO.  Return: 0; -EINVAL, -ENOMEM. */
int async_set_signal(struct file *f, unsigned long signo);
int async_signal(struct file *f);
/* f could not be written: it tells when it can again. */
void async_full(struct file *f);

#endif

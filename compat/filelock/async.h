/* SPDX-License-Identifier: MIT */
/* Signals about events of open files (row B5): async.c. */
#ifndef COMPAT_FILELOCK_ASYNC_H
#define COMPAT_FILELOCK_ASYNC_H

#include <fs/vfs.h>

#define F_OWNER_TID	0
#define F_OWNER_PID	1
#define F_OWNER_PGRP	2

/* Receiver of signals, in the layout of F_SETOWN_EX; id 0: none. */
struct file_owner {
	int type;			/* F_OWNER_ */
	int id;
};

/*
 * F_SETOWN: set the owner of f; who < 0: a process group.
 * Return: 0; -EINVAL, -ESRCH, -ENOMEM.
 */
int async_set_owner(struct file *f, int who);
int async_set_owner_ex(struct file *f, const struct file_owner *o);
/* F_GETOWN_EX.  Return: the owner; id 0: f has none, or the owner has ended. */
struct file_owner async_owner(struct file *f);
/* F_GETOWN.  Return: the owner's id; below 0: a process group. */
int async_owner_word(struct file *f);
struct async;
/*
 * Set o as owner of f unless f has one; id 0 stands for the caller.
 * Return: a reference to f's struct async; NULL: no memory, or o has ended.
 */
struct async *async_own(struct file *f, const struct file_owner *o);
/* Send the owner a signal about a message (POLL_MSG) on descriptor fd. */
void async_message(const struct async *a, int fd);
void async_put(struct async *a);
struct async *async_get(struct async *a);	/* take a reference */
/*
 * F_GETOWNER_UIDS: get real and effective uid of the task that set the owner,
 * or 0.
 */
void async_owner_uids(struct file *f, u32 ids[2]);
/*
 * F_SETSIG: choose the signal; 0: a plain SIGIO.  Return: 0; -EINVAL, -ENOMEM.
 */
int async_set_signal(struct file *f, unsigned long signo);
int async_signal(struct file *f);
/* Note that f had no room for a write, so that f signals when it has room. */
void async_full(struct file *f);

#endif

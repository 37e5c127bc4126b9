/* SPDX-License-Identifier: MIT */
/*
 * The objects behind handles (row E14).  WINE keeps this table in a server for
 * all processes, because they pass handles to each other; here handles cannot
 * be passed, so each process has its own table.  A handle is four times its
 * index in the table, plus four.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "loader.h"

static struct object *table[MAX_HANDLES];
static struct mutex lock;

struct object *object_new(enum kind kind)
{
	struct object *o = calloc(1, sizeof(*o));

	if (o) {
		o->kind = kind;
		o->refs = 1;
		o->fd = -1;
	}
	return o;
}

void object_put(struct object *o)
{
	if (__atomic_sub_fetch(&o->refs, 1, __ATOMIC_ACQ_REL))
		return;
	if (o->fd > 2)
		close(o->fd);
	free(o);
}

handle_t handle_new(struct object *o)
{
	handle_t h = 0;

	mutex_lock(&lock);
	for (uint32_t i = 0; i < MAX_HANDLES && !h; i++) {
		if (!table[i]) {
			table[i] = o;
			h = 4 * (i + 1);
		}
	}
	mutex_unlock(&lock);
	if (!h)
		object_put(o);
	return h;
}

static struct object **place(handle_t h)
{
	return h & 3 || !h || h > 4 * MAX_HANDLES ? NULL : &table[h / 4 - 1];
}

struct object *handle_object(handle_t h, enum kind kind)
{
	struct object **at = place(h), *o = NULL;

	mutex_lock(&lock);
	if (at && *at && (kind == FREE || (*at)->kind == kind)) {
		o = *at;
		__atomic_add_fetch(&o->refs, 1, __ATOMIC_RELAXED);
	}
	mutex_unlock(&lock);
	return o;
}

int handle_close(handle_t h)
{
	struct object **at = place(h), *o = NULL;

	mutex_lock(&lock);
	if (at) {
		o = *at;
		*at = NULL;
	}
	mutex_unlock(&lock);
	if (!o)
		return -1;
	object_put(o);
	return 0;
}

/* Signal the object, for example at the end of a thread, and wake waiters. */
void object_signal(struct object *o)
{
	__atomic_store_n(&o->signalled, 1, __ATOMIC_RELEASE);
	futex(&o->signalled, FUTEX_WAKE, 1 << 30, NULL, NULL, 0);
}

/* Create the first three handles, for the standard descriptors. */
void handles_init(void)
{
	for (int fd = 0; fd < 3; fd++) {
		struct object *o = object_new(OPEN_FILE);

		if (!o)
			_exit(127);
		o->fd = fd;
		handle_new(o);
	}
}

/* --- errors --------------------------------------------------------------- */

uint32_t error_of(int linux_errno)
{
	static const struct {
		int linux_errno;
		uint32_t error;
	} same[] = {
		{ 0, ERROR_SUCCESS },
		{ ENOENT, ERROR_FILE_NOT_FOUND }, { ENOTDIR, 3 },
		{ EMFILE, 4 }, { ENFILE, 4 },
		{ EACCES, ERROR_ACCESS_DENIED }, { EPERM, ERROR_ACCESS_DENIED },
		{ EISDIR, ERROR_ACCESS_DENIED }, { EROFS, 19 },
		{ EBADF, ERROR_INVALID_HANDLE },
		{ ENOMEM, ERROR_NOT_ENOUGH_MEMORY },
		{ EINVAL, ERROR_INVALID_PARAMETER }, { EFAULT, 998 },
		{ EEXIST, 80 }, { ENOSPC, 112 }, { EPIPE, 109 },
		{ ESPIPE, 132 }, { ENOTEMPTY, 145 }, { ENAMETOOLONG, 206 },
		{ EFBIG, 223 },
	};

	for (size_t i = 0; i < COUNT(same); i++)
		if (same[i].linux_errno == linux_errno)
			return same[i].error;
	return ERROR_GEN_FAILURE;
}

uint32_t fails(uint32_t error)
{
	teb()->last_error = error;
	return 0;
}

uint32_t failed(void)
{
	return fails(error_of(errno));
}

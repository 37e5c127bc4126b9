/* SPDX-License-Identifier: MIT */
/*
 * Common parts of System V semaphores, messages and shared memory (row D10).
 * An id combines an index in a table and a sequence number, so that the id of a
 * removed object does not name the next object at the same index.
 *
 * Invariant: all objects of a kind change under the lock of that kind.
 */
#include "sem.h"
#include <kernel/cred/cred.h>
#include <lt/bug.h>
#include <lt/procfile.h>

/* Linux's default: more than can exist, without risk of overflow. */
#define SHM_NO_LIMIT	(~0ul - (1ul << 24))

#define LIMITS								\
	.sem = { .most = 32000, .next_id = ~0ul },			\
	.msg = { .most = 32000, .next_id = ~0ul },			\
	.shm = { .most = 4096, .next_id = ~0ul },			\
	.semmsl = 32000, .semmns = SEMMNS, .semopm = SEMOPM,		\
	.msgmax = 8192, .msgmnb = 16384,				\
	.shmmax = SHM_NO_LIMIT, .shmall = SHM_NO_LIMIT

struct ipc_space ipc_first = { LIMITS };
atomic_t ipc_others;
struct ipc_space *(*ipc_other)(void);
struct user_space *(*ipc_other_owner)(void);

bool ipc_capable(unsigned cap)
{
	return capable_in(ipc_other_owner ? ipc_other_owner() : NULL, cap);
}

void ipc_space_init(struct ipc_space *n)
{
	*n = (struct ipc_space){ LIMITS };
	idr_init(&n->sem.idr);
	idr_init(&n->msg.idr);
	idr_init(&n->shm.idr);
}

void ipc_space_clear(struct ipc_space *n)
{
	sem_space_clear(n);
	msg_space_clear(n);
	shm_space_clear(n);
}

unsigned long *ipc_word(unsigned long *first)
{
	return (unsigned long *)((char *)ipc_space() +
				 ((char *)first - (char *)&ipc_first));
}

bool ipc_restorer(void)
{
	return capable(CAP_CHECKPOINT_RESTORE) || capable(CAP_SYS_ADMIN);
}

/*
 * sysvipc(7): permissions as for files, with the creator counting as owner.  As
 * everywhere in Linux, groups are checked with the fsgid, but users with the
 * euid.
 */
bool ipc_allowed(const struct ipc_object *o, unsigned mode)
{
	const struct cred *c = current->cred;
	unsigned wanted = (mode >> 6 | mode >> 3 | mode) & 7;
	unsigned granted = o->mode;

	if (c->euid == o->cuid || c->euid == o->uid)
		granted >>= 6;
	else if (cred_has_group(c, o->cgid) || cred_has_group(c, o->gid))
		granted >>= 3;
	return !(wanted & ~granted) || ipc_capable(CAP_IPC_OWNER);
}

bool ipc_owns(const struct ipc_object *o)
{
	return current->cred->euid == o->cuid ||
		current->cred->euid == o->uid || ipc_capable(CAP_SYS_ADMIN);
}

/* Compare the whole id, as the index may have been reused. */
void *ipc_find(const struct ipc_ids *ids, int id, unsigned mode, int *err)
{
	struct ipc_object *o = id < 0 ? NULL : idr_find(&ids->idr,
							id % IPC_MAX);

	*err = -EINVAL;
	if (!o || o->id != id)
		return NULL;
	*err = -EACCES;
	if (mode && !ipc_allowed(o, mode))
		return NULL;
	*err = 0;
	return o;
}

void *ipc_at(const struct ipc_ids *ids, int index)
{
	return index < 0 ? NULL : idr_find(&ids->idr, index % IPC_MAX);
}

void *ipc_next(const struct ipc_ids *ids, int *index)
{
	return idr_next(&ids->idr, index);
}

int ipc_highest(const struct ipc_ids *ids)
{
	int last = 0;

	for (int i = 0; ipc_next(ids, &i); i++)
		last = i;
	return last;
}

/* ---- keys ---------------------------------------------------------------- */

static struct ipc_object *of_key(struct rb_node *n)
{
	return rb_entry(n, struct ipc_object, by_key);
}

/* Return: the link to the object with this key, or the place to insert it. */
static struct rb_node **find_key(struct ipc_ids *ids, int key,
				 struct rb_node **parent)
{
	struct rb_node **link = &ids->keys.root;

	*parent = NULL;
	while (*link && of_key(*link)->key != key) {
		*parent = *link;
		link = key < of_key(*link)->key ? &(*link)->left :
			&(*link)->right;
	}
	return link;
}

static void enter_key(struct ipc_ids *ids, struct ipc_object *o)
{
	struct rb_node *parent, **link;

	if (o->key == IPC_PRIVATE)
		return;
	link = find_key(ids, o->key, &parent);
	ASSERT(!*link);
	rb_link(&o->by_key, parent, link);
	rb_insert_fixup(&ids->keys, &o->by_key, NULL);
}

void ipc_forget_key(struct ipc_ids *ids, struct ipc_object *o)
{
	if (o->key != IPC_PRIVATE)
		rb_remove(&ids->keys, &o->by_key, NULL);
	o->key = IPC_PRIVATE;
}

int ipc_look_up(struct ipc_ids *ids, int key, unsigned flags, void **out)
{
	struct rb_node *parent, *found;

	*out = NULL;
	if (key == IPC_PRIVATE)
		return 0;
	found = *find_key(ids, key, &parent);
	if (!found)
		return flags & IPC_CREAT ? 0 : -ENOENT;
	if (flags & IPC_CREAT && flags & IPC_EXCL)
		return -EEXIST;
	*out = of_key(found);
	return 0;
}

/* ---- coming and going ---------------------------------------------------- */

/*
 * The sequence number increases with every object: an id repeats only after
 * many others, or on request (proc_sys_kernel(5), "msg_next_id").
 */
int ipc_add(struct ipc_ids *ids, struct ipc_object *o, int key, unsigned mode)
{
	unsigned long wanted = READ_ONCE(ids->next_id);
	bool any = wanted > INT32_MAX;
	int index = -ENOSPC;

	if (ids->used < READ_ONCE(ids->most))
		index = idr_alloc(&ids->idr, o, any ? 0 :
				  (int)(wanted % IPC_MAX), IPC_MAX - 1);
	if (index < 0)
		return index;
	WRITE_ONCE(ids->next_id, ~0ul);
	o->key = key;
	o->mode = mode & 0777;
	o->uid = o->cuid = current->cred->euid;
	o->gid = o->cgid = current->cred->egid;
	o->seq = any ? ids->next_seq++ % (INT32_MAX / IPC_MAX) :
		(unsigned)wanted / IPC_MAX;
	o->id = (int)o->seq * IPC_MAX + index;
	o->ctime = realtime_from(arch_clock());
	o->space = ipc_space();
	ids->used++;
	enter_key(ids, o);
	return o->id;
}

void ipc_remove(struct ipc_ids *ids, struct ipc_object *o)
{
	ipc_forget_key(ids, o);
	idr_remove(&ids->idr, o->id % IPC_MAX);
	ids->used--;
}

/* ---- layouts ------------------------------------------------------------- */

void ipc_fill(struct uabi_ipc_perm *p, const struct ipc_object *o)
{
	*p = (struct uabi_ipc_perm){
		.key = o->key, .uid = uid_shown(o->uid),
		.gid = gid_shown(o->gid), .cuid = uid_shown(o->cuid),
		.cgid = gid_shown(o->cgid), .mode = o->mode, .seq = (u16)o->seq,
	};
}

int ipc_set(struct ipc_object *o, const struct uabi_ipc_perm *p)
{
	unsigned uid = uid_meant(p->uid), gid = gid_meant(p->gid);

	if (uid == ~0u || gid == ~0u)
		return -EINVAL;
	o->uid = uid;
	o->gid = gid;
	o->mode = (o->mode & ~0777u) | (p->mode & 0777);
	o->ctime = realtime_from(arch_clock());
	return 0;
}

unsigned long *ipc_put_time(unsigned long *w, ktime_t t)
{
	u64 sec = t / NSEC_PER_SEC;

	*w++ = (unsigned long)sec;
	if (IPC_TIMES(1) == 2)
		*w++ = (unsigned long)(sec >> 32);
	return w;
}

PROC_FILES(files) = {
	{ "sysvipc/msg", msg_show, .plain = true },
	{ "sysvipc/sem", sem_show, .plain = true },
	{ "sysvipc/shm", shm_show, .plain = true },
};

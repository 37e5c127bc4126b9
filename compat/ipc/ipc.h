/* SPDX-License-Identifier: MIT */
/*
 * Common parts of System V IPC objects: ids, keys, owners and modes, and the
 * layouts of their status.  Each of the three kinds has its own lock, which
 * callers of these functions hold unless stated otherwise.
 */
#ifndef COMPAT_IPC_IPC_H
#define COMPAT_IPC_IPC_H

#include <fs/vfs.h>
#include <kernel/time/time.h>
#include <lib/rbtree.h>
#include <mm/cache/idr.h>
#include <lt/atomic.h>
#include <mm/frames/page.h>

#define IPC_PRIVATE	0
#define IPC_CREAT	01000u
#define IPC_EXCL	02000u
#define IPC_NOWAIT	04000

#define IPC_RMID	0
#define IPC_SET		1
#define IPC_STAT	2
#define IPC_INFO	3
#define IPC_64		0x100	/* flag: newer layouts (ipc(2)) */

#define IPC_MAX		32768	/* most objects of each kind */

/* Head of each object; all fields: [lock of its kind]. */
struct ipc_object {
	int id;				/* const: sequence * IPC_MAX + index */
	int key;			/* IPC_PRIVATE: found by id only */
	struct rb_node by_key;		/* in ipc_ids.keys, if it has a key */
	unsigned uid, gid;		/* owner */
	unsigned cuid, cgid;		/* const: creator */
	unsigned mode;			/* 0777, and bits of its kind */
	unsigned seq;			/* const */
	ktime_t ctime;			/* wall clock */
	struct ipc_space *space;	/* NULL: not set yet, or the namespace
					   is gone */
};

struct ipc_ids {
	struct idr idr;			/* by index, below IPC_MAX */
	struct rb_tree keys;		/* objects with a key, by key */
	unsigned long most;		/* read without a lock: limit, up to
					   IPC_MAX */
	unsigned used;
	unsigned next_seq;
	unsigned long next_id;		/* read without a lock: id for the next
					   object; ~0: any */
};

/* State of one IPC namespace (compat/ipc/with_namespaces.c). */
struct ipc_space {
	struct ipc_ids sem, msg, shm;	/* [lock of its kind] */
	unsigned sems;			/* [sem_lock] in all sets */
	unsigned long messages, bytes;	/* [msg_lock] in all queues */
	unsigned long pages;		/* [shm_lock] of all segments */
	/*
	 * Limits, read without a lock: semaphores of a set and of all sets,
	 * operations of a semop(2).
	 */
	unsigned long semmsl, semmns, semopm;
	/*
	 * More limits: bytes of a message, of a new queue and of a segment;
	 * pages of all segments.
	 */
	unsigned long msgmax, msgmnb, shmmax, shmall;
};

extern struct ipc_space ipc_first;
extern atomic_t ipc_others;		/* number of other namespaces */
extern struct ipc_space *(*ipc_other)(void);	/* const after init */

/* Return: current's IPC namespace, which current keeps alive. */
static inline struct ipc_space *ipc_space(void)
{
	return likely(!atomic_read(&ipc_others)) ? &ipc_first : ipc_other();
}

/*
 * ipc_space_init: initialize an empty namespace with default limits.
 * ipc_space_clear: destroy all objects of a namespace without members;
 * sem_space_clear, msg_space_clear and shm_space_clear: those of one kind.
 * Context: no lock.
 */
void ipc_space_init(struct ipc_space *n);
void ipc_space_clear(struct ipc_space *n);
void sem_space_clear(struct ipc_space *n);
void msg_space_clear(struct ipc_space *n);
void shm_space_clear(struct ipc_space *n);
/*
 * Translate a pointer to a field of ipc_first to the same field of current's
 * namespace, for SYSCTL_NUMBERS.
 */
unsigned long *ipc_word(unsigned long *first);
/* True if current may choose the next id, to restore a checkpoint. */
bool ipc_restorer(void);

/*
 * True if all messages, or all semaphore sets, may use so many bytes: at most
 * an eighth of memory.  Messages and sets outlive their creators, so killing a
 * process would not free them.
 */
static inline bool ipc_fits(u64 bytes)
{
	return bytes >> PAGE_SHIFT < page_total() / 8;
}

/*
 * True if current has the permissions in mode, which holds the three bits for
 * owner, group and others.
 */
bool ipc_allowed(const struct ipc_object *o, unsigned mode);
/* True if current may change or remove o. */
bool ipc_owns(const struct ipc_object *o);
/* True if current has a capability over objects of its IPC namespace. */
bool ipc_capable(unsigned cap);
/*
 * Function that returns the owner of current's IPC namespace; NULL: there is
 * only one.
 */
extern struct user_space *(*ipc_other_owner)(void);	/* const after init */
/*
 * Find an object by id; mode 0: without a check of permissions.
 * Return: NULL with *err: -EINVAL, -EACCES.
 */
void *ipc_find(const struct ipc_ids *ids, int id, unsigned mode, int *err);
/* Find an object by its index in the table.  Return: NULL: none. */
void *ipc_at(const struct ipc_ids *ids, int index);
/* Find the first object at or above *index; *index becomes its index. */
void *ipc_next(const struct ipc_ids *ids, int *index);
int ipc_highest(const struct ipc_ids *ids);	/* Return: 0 if there is no
						   object */

/*
 * Look up a key for the `get` calls.  The caller checks permissions, after it
 * has checked the size.
 * Return: 0 with the object in *out; 0 with NULL in *out: there is no object,
 * and the caller may create one; -ENOENT, -EEXIST.
 */
int ipc_look_up(struct ipc_ids *ids, int key, unsigned flags, void **out);
/* Add o, owned by current.  Return: its id, -ENOSPC, -ENOMEM. */
int ipc_add(struct ipc_ids *ids, struct ipc_object *o, int key, unsigned mode);
void ipc_remove(struct ipc_ids *ids, struct ipc_object *o);
/* Remove o's key, so that only its id finds it. */
void ipc_forget_key(struct ipc_ids *ids, struct ipc_object *o);

/* ---- layouts of the ABI; no lock needed ---------------------------------- */

/* Layout of struct ipc64_perm. */
struct uabi_ipc_perm {
	s32 key;
	u32 uid, gid, cuid, cgid, mode;
	u16 seq, pad;
	unsigned long unused[2];
};

void ipc_fill(struct uabi_ipc_perm *p, const struct ipc_object *o);
/* IPC_SET: set owner and mode; bits of o->mode beyond 0777 stay. */
/* Return: 0; -EINVAL: an id is not mapped. */
int ipc_set(struct ipc_object *o, const struct uabi_ipc_perm *p);
/*
 * Store seconds, followed by a high word if words have 32 bits.
 * Return: the address behind them.
 */
unsigned long *ipc_put_time(unsigned long *w, ktime_t t);
/* Number of words that hold n time stamps. */
#define IPC_TIMES(n) ((n) * (sizeof(long) == 4 ? 2 : 1))

/*
 * Attach segment id (shmat(2)); *at 0: at any address.
 * Context: no lock.  Return: 0 with *at, -errno.
 */
int shm_attach(int id, uaddr_t *at, int flags);

struct seq;
void sem_show(struct seq *s);
void shm_show(struct seq *s);
void msg_show(struct seq *s);

/* semtimedop(2) with a 32-bit timespec, called by ipc(2) only. */
long sys_semtimedop_time32(int id, uaddr_t ops, unsigned n, uaddr_t timeout);

#endif

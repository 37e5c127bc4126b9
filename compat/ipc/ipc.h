/* SPDX-License-Identifier: MIT */
/*
 * What System V's three kinds of objects have in common: ids, keys, owners and
 * modes, and the layouts of their status.  Each kind has a lock of its own,
 * which is held in all that is here unless it says otherwise.
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
#define IPC_64		0x100	/* i386's older calls: the longer layouts */

#define IPC_MAX		32768	/* of each kind at most */

/* The head of each object; [lock of its kind], as all of it. */
struct ipc_object {
	int id;				/* const: sequence * IPC_MAX + place */
	int key;			/* IPC_PRIVATE: found by its id only */
	struct rb_node by_key;		/* in keys; unused for IPC_PRIVATE */
	unsigned uid, gid;		/* owner */
	unsigned cuid, cgid;		/* const: maker */
	unsigned mode;			/* 0777, and bits of its kind */
	unsigned seq;			/* const */
	ktime_t ctime;			/* by the calendar */
	struct ipc_space *space;	/* NULL: that is gone, or to come */
};

struct ipc_ids {
	struct idr idr;			/* by place, below IPC_MAX */
	struct rb_tree keys;		/* by key: those that have one */
	unsigned long most;		/* word: of this kind, up to IPC_MAX */
	unsigned used;
	unsigned next_seq;
	unsigned long next_id;		/* word: asked for; ~0: any */
};

/* What each name space has of its own (compat/ipc/with_namespaces.c). */
struct ipc_space {
	struct ipc_ids sem, msg, shm;	/* [lock of its kind] */
	unsigned sems;			/* [sem_lock] in all sets */
	unsigned long messages, bytes;	/* [msg_lock] in all queues */
	unsigned long pages;		/* [shm_lock] of all segments */
	/* Limits, words: semaphores of a set, of all; operations of a call; */
	unsigned long semmsl, semmns, semopm;
	/* bytes of a message, of a new queue; of a segment, pages of all. */
	unsigned long msgmax, msgmnb, shmmax, shmall;
};

extern struct ipc_space ipc_first;
extern atomic_t ipc_others;		/* how many there are besides */
extern struct ipc_space *(*ipc_other)(void);	/* current's; const after init */

/* current's, which it keeps. */
static inline struct ipc_space *ipc_space(void)
{
	return likely(!atomic_read(&ipc_others)) ? &ipc_first : ipc_other();
}

/* An empty one with the first limits; one that nobody is in loses all. */
void ipc_space_init(struct ipc_space *n);
void ipc_space_clear(struct ipc_space *n);
void sem_space_clear(struct ipc_space *n);
void msg_space_clear(struct ipc_space *n);
void shm_space_clear(struct ipc_space *n);
/* Of a word of the first, current's: for SYSCTL_NUMBERS. */
unsigned long *ipc_word(unsigned long *first);
/* Who gives back what a process had may set its next number, whoever it is. */
bool ipc_restorer(void);

/*
 * May all messages together, or all sets of semaphores, take so many bytes?
 * They outlive their makers, so killing one wins nothing: an eighth of memory.
 */
static inline bool ipc_fits(u64 bytes)
{
	return bytes >> PAGE_SHIFT < page_total() / 8;
}

/* mode: three bits thrice that the caller needs. */
bool ipc_allowed(const struct ipc_object *o, unsigned mode);
/* May the caller change or remove it? */
bool ipc_owns(const struct ipc_object *o);
/* Has current a capability over the objects that it sees? */
bool ipc_capable(unsigned cap);
/* The owner of their name space; NULL: there is one only. */
extern struct user_space *(*ipc_other_owner)(void);	/* const after init */
/* mode 0: whoever.  Return: NULL with *err: -EINVAL, -EACCES. */
void *ipc_find(const struct ipc_ids *ids, int id, unsigned mode, int *err);
/* By place;.  Return: NULL: none there. */
void *ipc_at(const struct ipc_ids *ids, int index);
/* The first at or above *index, which becomes its place. */
void *ipc_next(const struct ipc_ids *ids, int *index);
int ipc_highest(const struct ipc_ids *ids);	/* 0 when there is none */

/*
 * The `get` calls.  Return: 0 with what the key stands for, or with *out NULL:
 * one is to be made; -ENOENT, -EEXIST.  Permission is checked by the caller,
 * once it knows that the size is right.
 */
int ipc_look_up(struct ipc_ids *ids, int key, unsigned flags, void **out);
/* The caller's from now on.  Return: its id, -ENOSPC, -ENOMEM. */
int ipc_add(struct ipc_ids *ids, struct ipc_object *o, int key, unsigned mode);
void ipc_remove(struct ipc_ids *ids, struct ipc_object *o);
/* Nobody finds it by its key from now on. */
void ipc_forget_key(struct ipc_ids *ids, struct ipc_object *o);

/* ---- layouts of the ABI; no lock needed ---------------------------------- */

/* struct ipc64_perm. */
struct uabi_ipc_perm {
	s32 key;
	u32 uid, gid, cuid, cgid, mode;
	u16 seq, pad;
	unsigned long unused[2];
};

void ipc_fill(struct uabi_ipc_perm *p, const struct ipc_object *o);
/* IPC_SET: a new owner and mode; bits beyond 0777 stay. */
/* Return: 0; -EINVAL: an id means nothing. */
int ipc_set(struct ipc_object *o, const struct uabi_ipc_perm *p);
/* Seconds, with a high word where words are short.  Return: behind them. */
unsigned long *ipc_put_time(unsigned long *w, ktime_t t);
/* Words that n times take. */
#define IPC_TIMES(n) ((n) * (sizeof(long) == 4 ? 2 : 1))

/* shmat: *at 0: anywhere.  Context: no lock.  Return: 0 with *at, -errno. */
int shm_attach(int id, uaddr_t *at, int flags);

struct seq;
void sem_show(struct seq *s);
void shm_show(struct seq *s);
void msg_show(struct seq *s);

/* semtimedop(2) with a 32-bit timespec; by ipc(2) alone. */
long sys_semtimedop_time32(int id, uaddr_t ops, unsigned n, uaddr_t timeout);

#endif

/* SPDX-License-Identifier: MIT */
/* userfaultfd(2): what its files share. */
#ifndef EXT_USERFAULTFD_UFFD_H
#define EXT_USERFAULTFD_UFFD_H

#include <kernel/wait.h>
#include <lt/atomic.h>
#include <mm/vm_internal.h>

/* ---- the ABI: linux/userfaultfd.h ---------------------------------------- */

#define UFFD_API		0xAAull
#define UFFD_USER_MODE_ONLY	1

#define UFFDIO_API		0xc018aa3fu
#define UFFDIO_REGISTER		0xc020aa00u
#define UFFDIO_UNREGISTER	0x8010aa01u
#define UFFDIO_WAKE		0x8010aa02u
#define UFFDIO_COPY		0xc028aa03u
#define UFFDIO_ZEROPAGE		0xc020aa04u
#define UFFDIO_WRITEPROTECT	0xc018aa06u
#define UFFDIO_CONTINUE		0xc020aa07u

#define UFFD_FEATURE_WP		0x001	/* PAGEFAULT_FLAG_WP */
#define UFFD_FEATURE_SIGBUS	0x080
#define UFFD_FEATURE_THREAD_ID	0x100
#define UFFD_FEATURE_EXACT	0x800	/* EXACT_ADDRESS */
#define UFFD_FEATURES		(UFFD_FEATURE_WP | UFFD_FEATURE_SIGBUS | \
				 UFFD_FEATURE_THREAD_ID | UFFD_FEATURE_EXACT)

struct uffdio_api {
	u64 api, features, ioctls;
};

struct uffdio_range {
	u64 start, len;
};

#define UFFD_MODE_MISSING	1
#define UFFD_MODE_WP		2

struct uffdio_register {
	struct uffdio_range range;
	u64 mode, ioctls;
};

/* Of COPY, ZEROPAGE and CONTINUE; `done` is told back. */
#define UFFD_DONTWAKE		1
#define UFFD_COPY_WP		2

struct uffdio_copy {
	u64 dst, src, len, mode;
	s64 done;
};

struct uffdio_zeropage {
	struct uffdio_range range;
	u64 mode;
	s64 done;
};

#define UFFD_WP_ON		1
#define UFFD_WP_DONTWAKE	2

struct uffdio_writeprotect {
	struct uffdio_range range;
	u64 mode;
};

#define UFFD_EVENT_PAGEFAULT	0x12
#define UFFD_FLAG_WRITE		1
#define UFFD_FLAG_WP		2

struct uffd_msg {
	u8 event, zero[7];
	u64 flags, address;
	u32 tid, zero2;
};

/* ---- one descriptor ------------------------------------------------------ */

/*
 * A VMA belongs to the descriptor whose ops it has, and then has one of
 * VM_UFFD_MISSING, VM_UFFD_WP or both.
 */
struct uffd {
	struct vma_ops ops;		/* const; first, so that it is u */
	ref_t refs;			/* the file, VMAs, who waits */
	struct vm_space *space;		/* const; held */
	bool user_only;			/* const: no faults of the kernel */
	unsigned features;		/* set once, before it is ready */
	bool ready;			/* word: UFFDIO_API was made */
	struct spinlock lock;		/* IPL_SOFT */
	struct list asked, told;	/* [lock] sleeper.link: unread; read */
	struct wait_queue readers;	/* for somebody in asked */
	struct wait_queue sleepers;	/* for the answer to their question */
};

#define VM_UFFD (VM_UFFD_MISSING | VM_UFFD_WP)

static inline struct uffd *uffd_of(const struct vma *v)
{
	return v->flags & VM_UFFD ? (struct uffd *)v->ops : NULL;
}

void uffd_put(struct uffd *u);
/*
 * The memory is used by us for the length of a call.
 * Return: NULL: its last user is gone.
 */
struct vm_space *uffd_use_space(struct uffd *u);
/*
 * A range of whole pages of user memory?
 * Return: 0 or -EINVAL.
 */
int uffd_check_range(u64 start, u64 len);

/* ---- wait.c: questions and answers --------------------------------------- */

void uffd_wait_init(void);
/* Wake whoever asked about a page of [start, start + len). */
void uffd_wake(struct uffd *u, uaddr_t start, unsigned long len);
/*
 * The oldest question that nobody has read.
 * Return: false: there is none.
 */
bool uffd_take(struct uffd *u, struct uffd_msg *out);

/* ---- register.c: which VMAs ---------------------------------------------- */

/* The operations of a VMA that is registered with u. */
void uffd_init_ops(struct uffd *u);
long uffd_register(struct uffd *u, uaddr_t arg);
long uffd_unregister(struct uffd *u, uaddr_t arg);
/* The descriptor is closed: the kernel supplies all pages again. */
void uffd_unregister_all(struct uffd *u);

/* ---- pages.c: answers ---------------------------------------------------- */

long uffd_copy(struct uffd *u, uaddr_t arg);
long uffd_zeropage(struct uffd *u, uaddr_t arg);
long uffd_continue(struct uffd *u, uaddr_t arg);
long uffd_writeprotect(struct uffd *u, uaddr_t arg);
/*
 * Protect the present pages of [at, end) in v, or give up that protection: a
 * store is then an ordinary one to a read-only entry.
 * Context: [s->lock]; on: VM_UFFD_WP, and no page is in swap.
 */
void uffd_protect(struct vma *v, uaddr_t at, uaddr_t end, bool on);

#endif

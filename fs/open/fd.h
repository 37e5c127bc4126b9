/* SPDX-License-Identifier: MIT */
/*
 * Open files and descriptors (lecture row B5 of docs/coverage.md): a task's
 * table, its root and working directory, and a file for the length of one call.
 */
#ifndef FS_OPEN_FD_H
#define FS_OPEN_FD_H

#include <fs/vfs.h>
#include <kernel/current.h>
#include <lib/mem.h>

#define FD_MAX	(1u << 20)		/* RLIMIT_NOFILE counts up to here */
#define FILES_INLINE 64
#define FILES_WORDS (FILES_INLINE / (8 * sizeof(long)))

struct files {
	ref_t refs;			/* tasks that share it */
	struct spinlock lock;		/* IPL_SOFT: changes; all when shared */
	struct file **fd;		/* [lock] */
	unsigned long *open;		/* [lock] bit: slot is taken */
	unsigned long *cloexec;		/* [lock] */
	unsigned size;			/* [lock] slots, multiple of the word */
	unsigned first_free;		/* [lock] no free slot below */
	unsigned records;		/* [file locks] it owns; a hint */
	struct file *fd_inline[FILES_INLINE];
	unsigned long open_inline[FILES_WORDS];
	unsigned long cloexec_inline[FILES_WORDS];
};

struct fs_context {
	ref_t refs;
	unsigned in_exec;		/* [process tree] nobody joins it */
	unsigned umask;			/* word */
	struct path root, cwd;		/* [dcache_lock] */
};

extern struct path boot_root;		/* const after vfs_init */

/* [dcache_lock] Kernel threads without a context use the first root. */
static inline const struct path *current_root(void)
{
	return likely(current->fs) ? &current->fs->root : &boot_root;
}
static inline const struct path *current_cwd(void)
{
	return likely(current->fs) ? &current->fs->cwd : &boot_root;
}
static inline unsigned current_umask(void)
{
	return likely(current->fs) ? current->fs->umask : 022;
}

#define IOV_STACK	8
#define IOV_MAX		1024ul

/* An iovec array in kernel memory; small ones on the stack. */
struct iov {
	struct uio_segment fast[IOV_STACK];
	struct uio_segment *seg;
	unsigned n;
};
/* From user memory, checked, and cut to what one call moves. */
int iov_load(struct iov *v, uaddr_t iov, unsigned long n);
void iov_free(struct iov *v);

/*
 * A file borrowed from the descriptor table for the length of a system call:
 * while the table is not shared nobody else can close it, so no reference is
 * needed.
 * Context: own task, which closes no descriptor between get and put; what keeps
 * the file for longer takes a reference.
 */
struct fdref {
	struct file *file;		/* NULL: EBADF */
	bool counted;
};

struct file *fd_lookup_shared(struct files *t, unsigned fd);

/* Any descriptor, O_PATH ones too. */
static inline struct fdref fdref_get_any(int fd)
{
	struct files *t = current->files;
	struct fdref r = { NULL, false };

	if (likely(ref_read(&t->refs) == 1)) {
		if (likely((unsigned)fd < t->size))
			r.file = t->fd[fd];
		return r;
	}
	r.file = fd_lookup_shared(t, fd);
	r.counted = true;
	return r;
}

static inline struct fdref fdref_get(int fd)
{
	struct fdref r = fdref_get_any(fd);

	if (r.file && unlikely(r.file->mode & FMODE_PATH)) {
		if (r.counted)
			file_put(r.file);
		r.file = NULL;
	}
	return r;
}

static inline void fdref_put(struct fdref r)
{
	if (unlikely(r.counted) && r.file)
		file_put(r.file);
}

/* Reserve the lowest free slot >= from.  Return: fd, -EMFILE, -ENOMEM. */
int fd_reserve(int from, bool cloexec);
void fd_cancel(int fd);			/* give a reserved slot back */
void fd_fill(int fd, struct file *f);	/* takes over the reference */
/* close(2).  Context: may sleep.  Return: 0; -EBADF. */
int fd_close(int fd);
/*
 * dup2: make `to`, below fd_limit(), mean f, and close what it was.  Takes over
 * the reference.
 * Return: `to` or -errno.
 */
int fd_replace(struct file *f, unsigned to, bool cloexec);
unsigned fd_limit(void);		/* RLIMIT_NOFILE */
void fd_set_cloexec(unsigned fd, bool on);
/* F_DUPFD: a new descriptor >= from.  Return: it, -EBADF, -EINVAL, -EMFILE. */
long fd_duplicate(int fd, unsigned long from, bool cloexec);
/* The file of fd in another task's table with a reference; for /proc. */
struct file *files_get_file(struct files *t, unsigned fd);
/* Next open descriptor >= from in t, or -1. */
int files_next(struct files *t, unsigned from);
bool files_cloexec(struct files *t, unsigned fd);	/* of any table */

struct file *file_alloc(void);		/* zeroed, refs 1; NULL */
void file_init(void);
extern const struct vm_object_ops file_object_ops;	/* fs/io/mmap.c */
void file_end(struct file *f);		/* its last reference is gone */
unsigned long file_count(void);		/* open files, everywhere */
void fdtable_init(void);
/* Open a file just made at p, no permission asked (p's own references). */
int file_open_new(const struct path *p, unsigned flags, struct file **out);
void fscontext_set_cwd(struct path *p);	/* takes over the references */
void fscontext_set_root(struct path *p);

#endif

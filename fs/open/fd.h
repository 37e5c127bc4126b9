/* SPDX-License-Identifier: MIT */
/*
 * Open files and descriptors (lecture row B5 of docs/coverage.md): a task's
 * table, its root and working directory, and files borrowed for one call.
 */
#ifndef FS_OPEN_FD_H
#define FS_OPEN_FD_H

#include <fs/vfs.h>
#include <kernel/current.h>
#include <lib/mem.h>

/*
 * Upper limit of RLIMIT_NOFILE, as on Linux: whole words of bits, and a table
 * of pointers that a number of bytes can describe.
 */
#define FD_MAX	((sizeof(long) == 8 ? 0x7fffffffu : 0x3fffffffu) & \
		 ~(8u * (unsigned)sizeof(long) - 1))
#define FILES_INLINE 64
#define FILES_WORDS (FILES_INLINE / (8 * sizeof(long)))

struct files {
	ref_t refs;			/* tasks that share it */
	struct spinlock lock;		/* IPL_HIGH: taken to change the
					 * table, and if it is shared also to
					 * read it */
	struct file **fd;		/* [lock] */
	unsigned long *open;		/* [lock] bit set: slot is taken */
	unsigned long *cloexec;		/* [lock] */
	unsigned size;			/* [lock] number of slots, a multiple of
					 * the bits in a word */
	unsigned first_free;		/* [lock] no slot below this is free */
	unsigned records;		/* [file locks] a hint: number of file
					 * locks that the table owns */
	struct file *fd_inline[FILES_INLINE];
	unsigned long open_inline[FILES_WORDS];
	unsigned long cloexec_inline[FILES_WORDS];
};

struct fs_context {
	ref_t refs;
	unsigned in_exec;		/* [process tree] > 0: no further task
					 * may share this context */
	unsigned umask;			/* read without a lock */
	struct path root, cwd;		/* [dcache_lock] */
};

extern struct path boot_root;		/* const after vfs_init */

/* [dcache_lock] A kernel thread without a context uses the boot root. */
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

/* An iovec array in kernel memory; a small array is inside the struct. */
struct iov {
	struct uio_segment fast[IOV_STACK];
	struct uio_segment *seg;
	unsigned n;
};
/* Copy an iovec from user memory, check it, and cut it to RW_MAX bytes. */
int iov_load(struct iov *v, uaddr_t iov, unsigned long n);
void iov_free(struct iov *v);

/*
 * A file borrowed from the descriptor table for the length of a system call.
 * While the table is not shared no other task can close the file, so no
 * reference is needed.
 * Context: own task, which closes no descriptor between get and put; to keep
 * the file for longer, take a reference.
 */
struct fdref {
	struct file *file;		/* NULL: bad descriptor (EBADF) */
	bool counted;
};

struct file *fd_lookup_shared(struct files *t, unsigned fd);

/* Get the file of any descriptor, even one with O_PATH. */
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

/* Reserve the lowest free descriptor >= from.  Return: fd, -EMFILE, -ENOMEM. */
int fd_reserve(int from, bool cloexec);
void fd_cancel(int fd);			/* free a reserved descriptor */
void fd_fill(int fd, struct file *f);	/* takes over the reference */
/* close(2).  Context: may sleep.  Return: 0; -EBADF. */
int fd_close(int fd);
/*
 * For dup2(2): make `to`, below fd_limit(), a descriptor of f, and close the
 * old file of `to`.  Takes over the reference to f.
 * Return: `to` or -errno.
 */
int fd_replace(struct file *f, unsigned to, bool cloexec);
unsigned fd_limit(void);		/* RLIMIT_NOFILE */
void fd_set_cloexec(unsigned fd, bool on);
/*
 * For F_DUPFD: duplicate fd to the lowest free descriptor >= from.
 * Return: the new descriptor, -EBADF, -EINVAL, -EMFILE.
 */
long fd_duplicate(int fd, unsigned long from, bool cloexec);
/* As fd_install() and fd_close(), in any table that the caller references. */
int files_install(struct files *t, struct file *f, int from, bool cloexec);
int files_close(struct files *t, int fd);
/* Return: the file of fd in any task's table, referenced; for /proc. */
struct file *files_get_file(struct files *t, unsigned fd);
/* Return: the next open descriptor >= from in t, or -1. */
int files_next(struct files *t, unsigned from);
bool files_cloexec(struct files *t, unsigned fd);	/* any table's */

struct file *file_alloc(void);		/* zeroed, one reference; NULL: no
					 * memory */
void file_init(void);
extern const struct vm_object_ops file_object_ops;	/* fs/io/mmap.c */
void file_end(struct file *f);		/* the last reference is gone */
/*
 * Count f no longer as a writer: its file may be executed while f is open.
 * Context: f is not shared.
 */
void file_uncount_writer(struct file *f);
unsigned long file_count(void);		/* all open files */
void fdtable_init(void);
/*
 * Open a new file at p without permission checks; takes its own references to
 * p.
 */
int file_open_new(const struct path *p, unsigned flags, struct file **out);
void fscontext_set_cwd(struct path *p);	/* takes over the references */
void fscontext_set_root(struct path *p);

#endif

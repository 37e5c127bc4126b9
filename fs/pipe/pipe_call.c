/* SPDX-License-Identifier: MIT */
/*
 * pipe(2): a pipe without a name, and its two ends as open files (lecture row
 * B5 of docs/coverage.md).
 *
 *   fd[0] --> struct file, O_RDONLY --+              +--> struct pipe:
 *                                     +--> inode ----+    the ring, counts
 *   fd[1] --> struct file, O_WRONLY --+    S_IFIFO        of open ends
 *
 * Inode and ring are as for a FIFO, but no directory has a name for them.  So
 * open("/proc/self/fd/N") works as on a FIFO.
 */
#include <fs/internal.h>
#include "pipe.h"
#include "pipe_ring.h"
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

struct super *pipe_super;

static struct inode *pipe_inode(void)
{
	struct inode *i = inode_alloc(pipe_super, S_IFIFO | 0600);

	if (!i)
		return NULL;
	inode_init_owner(i, NULL);
	i->private = pipe_create();
	if (!i->private) {
		inode_put(i);
		return NULL;
	}
	i->fops = &fifo_fops;
	return i;
}

static struct file *pipe_end(struct inode *i, unsigned flags)
{
	struct file *f = file_create(i, &fifo_fops, flags, i->private);

	if (!f)
		return NULL;
	inode_get(i);
	f->no_writer = ~0u;
	pipe_open_end(i->private, f->mode);
	return f;
}

/* Both ends refer to the inode; the last one to be closed destroys the ring. */
int pipe_create_files(struct file *end[2], unsigned flags)
{
	struct inode *i = pipe_inode();
	int err = -ENOMEM;

	if (!i)
		return -ENFILE;		/* as on Linux */
	/* only a writer makes packets */
	end[0] = pipe_end(i, O_RDONLY | (flags & ~O_DIRECT));
	if (!end[0]) {
		pipe_destroy(i->private);
		goto out;
	}
	end[1] = pipe_end(i, O_WRONLY | flags);
	if (end[1])
		err = 0;
	else
		file_put(end[0]);
out:
	inode_put(i);
	return err;
}

/*
 * Reserve two descriptors, so that nothing can fail after their numbers have
 * been stored.
 */
static int install_ends(struct file *end[2], int fd[2], bool cloexec)
{
	fd[0] = fd_reserve(0, cloexec);
	if (fd[0] < 0)
		return fd[0];
	fd[1] = fd_reserve(0, cloexec);
	if (fd[1] < 0) {
		fd_cancel(fd[0]);
		return fd[1];
	}
	return 0;
}

/*
 * Errors come in Linux's order: ENFILE (files), EMFILE (descriptors), EFAULT.
 */
long sys_pipe2(uaddr_t fds, unsigned flags)
{
	struct file *end[2];
	int fd[2], err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT) ||
	    (flags & O_DIRECT && !pipe_packets))
		return -EINVAL;
	err = pipe_create_files(end, flags & (O_NONBLOCK | O_DIRECT));
	if (err)
		return err;
	err = install_ends(end, fd, flags & O_CLOEXEC);
	if (err)
		goto fail;
	err = copy_to_user(fds, fd, sizeof(fd));
	if (err) {
		fd_cancel(fd[0]);
		fd_cancel(fd[1]);
		goto fail;
	}
	fd_fill(fd[0], end[0]);
	fd_fill(fd[1], end[1]);
	return 0;
fail:
	file_put(end[0]);
	file_put(end[1]);
	return err;
}

long sys_pipe(uaddr_t fds)
{
	return sys_pipe2(fds, 0);
}

static const struct fs_type pipe_type = {
	.name = "pipefs", .magic = 0x50495045, .nodev = true,
};

void pipe_init(void)
{
	pipe_memory_init();
	pipe_super = super_alloc(&pipe_type, 0);
	if (!pipe_super)
		panic("no memory for pipes");
}

/* SPDX-License-Identifier: MIT */
/* /dev/kmsg: read the log, one record per read(2), and write lines to it. */
#define LOG_PREFIX "user"
#include "syslog.h"
#include <fs/nodes.h>
#include <fs/path/namei.h>
#include <fs/open/poll.h>
#include <kernel/wait/wait.h>
#include <lt/init.h>
#include <lt/log.h>
#include <mm/uaccess.h>

#define KMSG_MAX 1024

static int kmsg_open(struct inode *i, struct file *f)
{
	if (f->mode & FMODE_READ && !syslog_may_read())
		return -EPERM;
	f->pos = (loff_t)log_first();	/* number of the next record */
	return 0;
}

/*
 * Read one record.  A reader that was too slow gets EPIPE once and continues
 * with the oldest record (the ABI document dev-kmsg).
 */
static long kmsg_read(struct file *f, struct uio *u, loff_t *pos)
{
	char buf[KMSG_MAX / 2];
	size_t n;
	int err;

	if ((u64)*pos >= log_next()) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(&log_wait,
					       (u64)*pos < log_next());
		if (err)
			return err;
	}
	if ((u64)*pos < log_first()) {
		*pos = (loff_t)log_first();
		return -EPIPE;		/* records were overwritten */
	}
	/* the record counts as read, even on an error */
	n = log_kmsg((u64)(*pos)++, buf, sizeof(buf));
	if (n > u->left)
		return -EINVAL;
	return uio_put(u, buf, n) < n ? -EFAULT : (long)n;
}

/* Write "<priority>text" as one line of the log. */
static long kmsg_write(struct file *f, struct uio *u, loff_t *pos)
{
	char buf[KMSG_MAX];
	unsigned long n = u->left;
	unsigned level = LOG_WARNING;
	char *text = buf;

	if (n >= sizeof(buf))
		return -EINVAL;
	if (uio_get(u, buf, n) < n)
		return -EFAULT;
	buf[n] = 0;
	if (n && buf[n - 1] == '\n')
		buf[n - 1] = 0;
	if (buf[0] == '<') {
		unsigned v = 0;

		for (text = buf + 1; *text >= '0' && *text <= '9'; text++)
			v = v * 10 + (unsigned)(*text - '0');
		level = v & 7;
		text = *text == '>' ? text + 1 : buf;
	}
	log_print((enum log_level)level, LOG_PREFIX, "%s", text);
	return (long)n;
}

static loff_t kmsg_seek(struct file *f, loff_t off, int whence)
{
	if (off)
		return -ESPIPE;
	switch (whence) {
	case SEEK_SET:
	case SEEK_DATA:	/* the last clear of the log is ignored */
		f->pos = (loff_t)log_first();
		return 0;
	case SEEK_END:
		f->pos = (loff_t)log_next();
		return 0;
	default:
		return -EINVAL;
	}
}

static unsigned kmsg_poll(struct file *f, struct poll_table *pt)
{
	poll_wait(pt, &log_wait);
	if ((u64)f->pos >= log_next())
		return 0;
	return POLLIN | POLLRDNORM |
		((u64)f->pos < log_first() ? POLLERR | POLLPRI : 0);
}

static const struct file_ops kmsg_fops = {
	.no_splice = true, .reads_pieces = true,
	.open = kmsg_open, .read = kmsg_read, .write = kmsg_write,
	.seek = kmsg_seek, .poll = kmsg_poll,
};

static void kmsg_init(void)
{
	if (devfs_add("kmsg", S_IFCHR | 0644, DEV_MAKE(1, 11), &kmsg_fops,
		      NULL))
		panic("cannot make /dev/kmsg");
}
INIT(task, kmsg_init);

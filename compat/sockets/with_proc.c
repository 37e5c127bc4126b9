/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/net, the network namespace of a task, and /proc/net, a link to the
 * reader's own.
 */
#define LOG_PREFIX "socket"
#include <fs/io/pagefile.h>
#include <topics/proc/proc.h>
#include "family.h"
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/init.h>
#include <lt/log.h>

/* Return: the namespace of t, referenced; NULL: t has ended. */
static struct net_space *sock_proc_net_of(struct task *t)
{
	return net_entry.net_of_task ? net_entry.net_of_task(t) : &net_first;
}

static int show_file(struct seq *s, struct task *t)
{
	const struct proc_inode *p = s->arg;
	struct net_space *n = sock_proc_net_of(t);

	if (!n)
		return -ESRCH;
	net_file_at((unsigned)p->fd)->show(s, n);
	net_put(n);
	return 0;
}

static const struct pid_file any_file = { .show = show_file };

/* The files belong to root, whoever owns the task. */
static const struct inode_ops file_ops = {
	.evict = proc_evict, .truncate = proc_truncate,
	.keeps = KEEPS_MODE | KEEPS_OWNER,
};

static bool has_network(const struct inode *dir)
{
	struct task *t = proc_task(dir);
	struct net_space *n = t ? sock_proc_net_of(t) : NULL;

	if (n)
		net_put(n);
	if (t)
		task_put(t);
	return n;
}

static int net_lookup(struct inode *dir, struct dentry *d)
{
	struct proc_inode new = *proc_of(dir);
	const struct net_file *f;
	int err;

	if (!has_network(dir))
		return 0;
	new.entry = &any_file;
	for (new.fd = 0; (f = net_file_at((unsigned)new.fd)); new.fd++) {
		if (strlen(f->name) != d->name_len ||
		    memcmp(f->name, d->name, d->name_len))
			continue;
		err = proc_instantiate(dir, d, &new, S_IFREG | 0444, &file_ops,
				       &proc_plain_fops);
		if (!err)
			d->inode->uid = d->inode->gid = 0;
		return err;
	}
	return 0;
}

static int net_readdir(struct file *f, struct dir_context *ctx)
{
	const struct net_file *n;

	if (!has_network(f->inode))
		return -EINVAL;		/* of a task that has ended */
	if (!proc_emit_dots(f, ctx))
		return 0;
	/* lseek(2) may have set any position */
	for (unsigned k = 0; (n = net_file_at(k)); k++) {
		if (k + 2 < ctx->pos)
			continue;
		if (!ctx->emit(ctx, n->name, (unsigned)strlen(n->name),
			       ctx->pos + 1, f->inode->ino + 2000 +
			       (u64)ctx->pos, DT_REG))
			break;
		ctx->pos++;
	}
	return 0;
}

static const struct inode_ops dir_ops = {
	.lookup = net_lookup, .refresh = proc_pid_refresh,
	.evict = proc_evict, .keeps = KEEPS_MODE,
};

static const struct file_ops dir_fops = {
	.seek = sized_dir_seek, .readdir = net_readdir,
};

PID_FILES(files) = {
	{ .name = "net", .mode = S_IFDIR | 0555, .ops = &dir_ops,
	  .fops = &dir_fops },
};

static long link_net(const struct inode *i, char *buf, size_t size)
{
	return fmt_print(buf, size, "self/net");
}

static void net_init(void)
{
	int err = proc_link("net", link_net);

	if (err)
		log_warn("no /proc/net: error %d", -err);
}
INIT(fs, net_init);

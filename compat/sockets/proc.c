/* SPDX-License-Identifier: MIT */
/*
 * The files of /proc/PID/net of AF_UNIX and of the interface, in the formats of
 * Linux.  with_proc.c creates the files of all families.
 */
#include "netif.h"
#include "unix.h"
#include <lib/mem.h>
#include <lt/procfile.h>

/* Print a path, with @ for each NUL of an abstract name. */
static void proc_put_path(struct seq *s, const struct sock_name *n)
{
	int len = n->len - (int)sizeof(n->family);

	if (n->path[0])		/* a file's path ends at its NUL */
		len = (int)strnlen(n->path, (size_t)len);
	seq_put(s, " ", 1);
	for (int i = 0; i < len; i++)
		seq_put(s, n->path[i] ? &n->path[i] : "@", 1);
}

#define PAGE_LINES 32		/* printed in one hold of sock_lock */

/* Print the lines from `from` on.  Return: true if there are more. */
static bool socks_show_page(struct seq *s, const struct sock_table *t,
			    unsigned from)
{
	unsigned n = 0;
	struct sock *k;

	spin_lock(&sock_lock);
	list_for_each(k, &all_socks, all_link) {
		if (n >= from + PAGE_LINES)
			break;
		if (k->net == t->net && t->shown(k, t) && n++ >= from)
			t->line(s, n - 1, k);
	}
	spin_unlock(&sock_lock);
	return n >= from + PAGE_LINES;
}

void socks_show(struct seq *s, const struct sock_table *t)
{
	for (unsigned from = 0; socks_show_page(s, t, from); )
		from += PAGE_LINES;
}

static bool is_unix(const struct sock *k, const struct sock_table *t __unused)
{
	return k->family == &unix_family;
}

static void unix_line(struct seq *s, unsigned n __unused, const struct sock *k)
{
	seq_print(s, "%0*x: %08X %08X %08X %04X %02X %5lu",
		  (int)(2 * sizeof(long)), 0,
		  (unsigned)ref_read(&k->refs), 0,
		  k->state == SOCK_LISTENING ? 0x10000 : 0, (unsigned)k->type,
		  k->state == SOCK_CONNECTED ? 3 : 1, sock_inode(k));
	if (k->addr && k->addr->name.len > 2)
		proc_put_path(s, &k->addr->name);
	seq_put(s, "\n", 1);
}

static void show_unix(struct seq *s, const struct net_space *net)
{
	seq_print(s, "Num       RefCount Protocol Flags    Type St Inode "
		  "Path\n");
	socks_show(s, &(struct sock_table){ .net = net, .shown = is_unix,
					    .line = unix_line });
}

const struct net_file unix_files[] = {
	{ "dev", netif_show_dev },
	{ "unix", show_unix },
	{ NULL, NULL },
};

SYSCTL_NUMBERS(numbers) = {
	{ "net/core/somaxconn", &net_first.most_waiting, 0, 0x7fffffff,
	  net_word },
};

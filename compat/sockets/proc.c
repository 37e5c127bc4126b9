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

static void show_unix(struct seq *s, const struct net_space *net)
{
	struct sock *k;

	seq_print(s, "Num       RefCount Protocol Flags    Type St Inode "
		  "Path\n");
	spin_lock(&sock_lock);
	list_for_each(k, &all_socks, all_link) {
		if (k->family != &unix_family || k->net != net)
			continue;
		seq_print(s, "%0*x: %08X %08X %08X %04X %02X %5lu",
			  (int)(2 * sizeof(long)), 0,
			  (unsigned)ref_read(&k->refs), 0,
			  k->state == SOCK_LISTENING ? 0x10000 : 0,
			  (unsigned)k->type,
			  k->state == SOCK_CONNECTED ? 3 : 1, sock_inode(k));
		if (k->addr && k->addr->name.len > 2)
			proc_put_path(s, &k->addr->name);
		seq_put(s, "\n", 1);
	}
	spin_unlock(&sock_lock);
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

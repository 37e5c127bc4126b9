/* SPDX-License-Identifier: MIT */
/*
 * The files of /proc/PID/net about IP: the sockets of a network namespace, in
 * the formats of Linux that netstat and tests read.  Tables of things that
 * cannot exist here consist of their header line.
 */
#include "inet.h"
#include <compat/sockets/netif.h>
#include <kernel/cred/ids.h>
#include <lib/mem.h>
#include <lt/procfile.h>

/* Columns of the tables of inet sockets. */
#define HEAD_REST	" st tx_queue rx_queue tr tm->when retrnsmt   uid" \
			"  timeout inode"
#define HEAD4		"local_address rem_address  " HEAD_REST
#define HEAD6		"local_address                         " \
			"remote_address                       " HEAD_REST

#define PAGES(bytes)	(((bytes) + PAGE_SIZE - 1) >> PAGE_SHIFT)

/* Linux's numbers for TCP states. */
#define TCP_ESTABLISHED	1
#define TCP_CLOSE	7

/*
 * Print an address as words in host byte order and the port in network order,
 * as Linux does.
 */
static void proc_put_name(struct seq *s, const struct sock *k,
			  const struct sock_addr *a)
{
	struct sock_name n = { .len = 0 };
	char raw[sizeof(n.path)];
	int words = inet_is_4(k) ? 1 : 4;
	u32 word;

	if (a)
		n = a->name;
	inet_name_out(k, &n, raw);
	for (int i = 0; i < words; i++) {
		memcpy(&word, raw + (words == 1 ? 4 : 8) + 4 * i, 4);
		seq_print(s, "%08X", word);
	}
	seq_print(s, ":%02X%02X ", (u8)raw[2], (u8)raw[3]);
}

static unsigned proc_owner_of(const struct sock *k)
{
	return k->file ? k->file->inode->uid : 0;
}

/* A datagram socket has the state of a stream that is connected or not. */
static unsigned state_of(const struct sock *k)
{
	if (k->type == SOCK_STREAM)
		return inet_tcp_state(k);
	return k->remote ? TCP_ESTABLISHED : TCP_CLOSE;
}

static void inet_line(struct seq *s, unsigned n, const struct sock *k)
{
	unsigned long waiting = k->state == SOCK_LISTENING ?
		k->nr_waiting : k->queued_bytes;

	seq_print(s, "%4u: ", n);
	proc_put_name(s, k, k->addr);
	proc_put_name(s, k,
		      k->state == SOCK_CONNECTED && k->peer ? k->peer->addr :
							      k->remote);
	seq_print(s,
		  "%02X %08lX:%08lX 00:00000000 00000000 %5u        0 "
		  "%lu %d %p",
		  state_of(k), k->wmem, waiting, uid_shown(proc_owner_of(k)),
		  sock_inode(k), (int)ref_read(&k->refs), NULL);
	seq_print(s, k->type == SOCK_DGRAM ? " 0\n" :
		  " 0 0 0 0 -1\n");
}

static bool is_listed(const struct sock *k, const struct sock_table *t)
{
	return k->family->number == t->family && k->type == t->type &&
		inet_has_port(k);
}

/* Print a table; it leaves out sockets without an address or port. */
static void show_inet(struct seq *s, const struct net_space *net, int family,
		      int type)
{
	socks_show(s, &(struct sock_table){ net, family, type, is_listed,
					    inet_line });
}

static void show_tcp(struct seq *s, const struct net_space *net)
{
	seq_print(s, "%-149s\n", "  sl  " HEAD4);
	show_inet(s, net, AF_INET, SOCK_STREAM);
}

static void show_tcp6(struct seq *s, const struct net_space *net)
{
	seq_print(s, "  sl  " HEAD6 "\n");
	show_inet(s, net, AF_INET6, SOCK_STREAM);
}

static void show_udp(struct seq *s, const struct net_space *net)
{
	seq_print(s, "%-127s\n", "   sl  " HEAD4 " ref pointer drops");
	show_inet(s, net, AF_INET, SOCK_DGRAM);
}

static void show_udp6(struct seq *s, const struct net_space *net)
{
	seq_print(s, "  sl  " HEAD6 " ref pointer drops\n");
	show_inet(s, net, AF_INET6, SOCK_DGRAM);
}

static void show_raw(struct seq *s, const struct net_space *net)
{
	seq_print(s, "  sl  " HEAD4 " ref pointer drops\n");
}

static void show_raw6(struct seq *s, const struct net_space *net)
{
	seq_print(s, "  sl  " HEAD6 " ref pointer drops\n");
}

/*
 * Counts of sockets, with an address and in total, and bytes in their queues.
 */
struct usage {
	unsigned named, all;
	unsigned long bytes;
};

static void count_sockets(struct usage *u, const struct net_space *net,
			  int family, int type)
{
	struct sock *k;

	*u = (struct usage){ .named = 0 };
	spin_lock(&sock_lock);
	list_for_each(k, &all_socks, all_link) {
		if (k->net != net || (family && k->family->number != family) ||
		    (type && k->type != type))
			continue;
		u->named += k->addr != NULL;
		u->all++;
		u->bytes += k->queued_bytes;
	}
	spin_unlock(&sock_lock);
}

/* As on Linux, the numbers of TCP cover both families, except for inuse. */
static void show_sockstat(struct seq *s, const struct net_space *net)
{
	struct usage any, tcp, tcp6, udp, udp6;

	count_sockets(&any, net, 0, 0);
	count_sockets(&tcp, net, AF_INET, SOCK_STREAM);
	count_sockets(&tcp6, net, AF_INET6, SOCK_STREAM);
	count_sockets(&udp, net, AF_INET, SOCK_DGRAM);
	count_sockets(&udp6, net, AF_INET6, SOCK_DGRAM);
	seq_print(s, "sockets: used %u\n"
		  "TCP: inuse %u orphan 0 tw 0 alloc %u mem %lu\n"
		  "UDP: inuse %u mem %lu\n"
		  "UDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n",
		  any.all, tcp.named, tcp.all + tcp6.all,
		  PAGES(tcp.bytes + tcp6.bytes), udp.named,
		  PAGES(udp.bytes + udp6.bytes));
}

static void show_sockstat6(struct seq *s, const struct net_space *net)
{
	struct usage tcp, udp;

	count_sockets(&tcp, net, AF_INET6, SOCK_STREAM);
	count_sockets(&udp, net, AF_INET6, SOCK_DGRAM);
	seq_print(s, "TCP6: inuse %u\nUDP6: inuse %u\nUDPLITE6: inuse 0\n"
		  "RAW6: inuse 0\nFRAG6: inuse 0 memory 0\n", tcp.named,
		  udp.named);
}

/* Fields: address, index, prefix length, scope (host), flags (permanent). */
static void show_inet6_addresses(struct seq *s,
				 const struct net_space *n)
{
	if (!net_is_up(n))
		return;
	seq_print(s, "%032x %02x %02x %02x %02x %8s\n", 1, LO_INDEX, 128, 0x10,
		  0x80, LO_NAME);
}

static void show_arp(struct seq *s, const struct net_space *net)
{
	seq_print(s, "IP address       HW type     Flags       HW address       "
		  "     Mask     Device\n");
}

static void show_route(struct seq *s, const struct net_space *net)
{
	seq_print(s, "%-127s\n", "Iface\tDestination\tGateway \tFlags\tRefCnt"
		  "\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT");
}

const struct net_file inet_files[] = {
	{ "arp", show_arp },
	{ "if_inet6", show_inet6_addresses },
	{ "netstat", inet_show_netstat },
	{ "raw", show_raw },
	{ "raw6", show_raw6 },
	{ "route", show_route },
	{ "snmp", inet_show_snmp },
	{ "sockstat", show_sockstat },
	{ "sockstat6", show_sockstat6 },
	{ "tcp", show_tcp },
	{ "tcp6", show_tcp6 },
	{ "udp", show_udp },
	{ "udp6", show_udp6 },
	{ NULL, NULL },
};

SYSCTL_NUMBERS(numbers) = {
	{ "net/ipv4/ip_local_port_range", &net_first.port_first, 1, 65535,
	  net_word },
	{ NULL, &net_first.port_last, 1, 65535, net_word },
	{ "net/ipv4/ip_unprivileged_port_start", &net_first.port_for_all, 0,
	  65535, net_word },
};

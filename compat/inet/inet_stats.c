/* SPDX-License-Identifier: MIT */
/*
 * /proc/net/snmp and /proc/net/netstat: counts of a network namespace, in the
 * format of Linux, a line of names and one of numbers for each protocol
 * (RFC 4022, 4113).  Connections and datagrams are counted.  There are no
 * packets, so what counts those is 0, and netstat has only what programs ask
 * for by name.
 */
#include "inet.h"
#include <lt/procfile.h>

#define TCP_ESTABLISHED	1
#define TCP_CLOSE_WAIT	8

static unsigned count_of(const struct net_space *net, enum net_count what)
{
	return (unsigned)atomic_read(&net->counts[what]);
}

/* Return: the number of streams that are connected (RFC 4022: CurrEstab). */
static unsigned count_established(const struct net_space *net)
{
	struct sock *k;
	unsigned n = 0, state;

	spin_lock(&sock_lock);
	list_for_each(k, &all_socks, all_link) {
		if (k->net != net || !inet_owns(k) || k->type != SOCK_STREAM ||
		    k->dead)
			continue;
		state = inet_tcp_state(k);
		n += state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT;
	}
	spin_unlock(&sock_lock);
	return n;
}

static void show_tcp_counts(struct seq *s, const struct net_space *net)
{
	unsigned failed = count_of(net, NET_TCP_FAILED);

	seq_print(s, "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens "
		  "PassiveOpens AttemptFails EstabResets CurrEstab InSegs "
		  "OutSegs RetransSegs InErrs OutRsts InCsumErrors\n"
		  "Tcp: 1 200 120000 -1 %u %u %u %u %u 0 0 0 0 %u 0\n",
		  count_of(net, NET_TCP_ACTIVE), count_of(net, NET_TCP_PASSIVE),
		  failed, count_of(net, NET_TCP_RESET), count_established(net),
		  failed + count_of(net, NET_TCP_RST_SENT));
}

static void show_udp_counts(struct seq *s, const struct net_space *net)
{
	unsigned lost = count_of(net, NET_UDP_LOST);

	seq_print(s, "Udp: InDatagrams NoPorts InErrors OutDatagrams "
		  "RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti "
		  "MemErrors\nUdp: %u %u %u %u %u 0 0 0 0\n",
		  count_of(net, NET_UDP_IN), count_of(net, NET_UDP_NO_PORT),
		  lost, count_of(net, NET_UDP_OUT), lost);
}

void inet_show_snmp(struct seq *s, const struct net_space *net)
{
	seq_print(s, "Ip: Forwarding DefaultTTL InReceives InHdrErrors "
		  "InAddrErrors ForwDatagrams InUnknownProtos InDiscards "
		  "InDelivers OutRequests OutDiscards OutNoRoutes "
		  "ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs "
		  "FragFails FragCreates\n"
		  "Ip: 2 64 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
	show_tcp_counts(s, net);
	show_udp_counts(s, net);
}

void inet_show_netstat(struct seq *s, const struct net_space *net)
{
	seq_print(s, "TcpExt: ListenOverflows ListenDrops TCPTimeouts "
		  "TCPLostRetransmit TCPDSACKRecv TCPDSACKOfoRecv "
		  "TCPSynRetrans TCPOrigDataSent\n"
		  "TcpExt: 0 0 0 0 0 0 0 0\n"
		  "IpExt: InOctets OutOctets\nIpExt: 0 0\n");
}

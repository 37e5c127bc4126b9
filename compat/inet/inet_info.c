/* SPDX-License-Identifier: MIT */
/*
 * What a stream tells of itself: its state among those of TCP (RFC 9293, 3.3.2)
 * and TCP_INFO (tcp(7)).  Everything arrives at once, so nothing is ever on its
 * way, lost or repeated, and the counts of that are zeros.
 */
#include "inet.h"

/* Linux's numbers. */
#define TCP_ESTABLISHED	1
#define TCP_FIN_WAIT2	5
#define TCP_CLOSE	7
#define TCP_CLOSE_WAIT	8
#define TCP_LISTEN	10

#define MICROSECONDS_RTO 200000u	/* Linux's shortest */
#define LOOPBACK_MTU	65535u
#define FIRST_WINDOW	10u		/* segments (RFC 6928) */
#define NO_LIMIT	0x7fffffffu

struct tcp_info {
	u8 state, ca_state, retransmits, probes, backoff, options, scales,
	   limits;
	u32 rto, ato, snd_mss, rcv_mss;		/* microseconds; bytes */
	u32 unacked, sacked, lost, retrans, fackets;
	u32 last_data_sent, last_ack_sent, last_data_recv, last_ack_recv;
	u32 pmtu, rcv_ssthresh, rtt, rttvar, snd_ssthresh, snd_cwnd, advmss,
	    reordering;
	u32 rest[39];				/* counts */
};

unsigned inet_tcp_state(const struct sock *s)
{
	spin_must_hold(&sock_lock);
	if (s->state == SOCK_LISTENING)
		return TCP_LISTEN;
	if (s->state != SOCK_CONNECTED || sock_stream_over(s))
		return TCP_CLOSE;
	if (s->shut_write)
		return TCP_FIN_WAIT2;
	return s->alone || (s->peer && s->peer->shut_write) ?
		TCP_CLOSE_WAIT : TCP_ESTABLISHED;
}

long inet_tcp_info_out(struct sock *s, int room, uaddr_t value, uaddr_t len)
{
	struct tcp_info i = {
		.rto = MICROSECONDS_RTO, .snd_mss = inet_segment(s),
		.rcv_mss = inet_segment(s), .pmtu = LOOPBACK_MTU,
		.rcv_ssthresh = s->rcvbuf / 2, .snd_ssthresh = NO_LIMIT,
		.snd_cwnd = FIRST_WINDOW, .advmss = inet_segment(s),
		.reordering = 3,
	};

	if (s->type != SOCK_STREAM)
		return -ENOPROTOOPT;
	spin_lock(&sock_lock);
	i.state = (u8)inet_tcp_state(s);
	if (i.state == TCP_LISTEN) {	/* connections waiting, and at most */
		i.unacked = s->nr_waiting;
		i.sacked = s->backlog;
	}
	spin_unlock(&sock_lock);
	return sock_option_out(&i, sizeof(i), room, value, len);
}

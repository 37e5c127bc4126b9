/* SPDX-License-Identifier: MIT */
/*
 * Control data of IP and IPv6 datagrams (row B5): hop limit and traffic class,
 * and where a datagram was sent to.  A sender may set the first two for one
 * datagram, and a receiver may ask to see them all.  Nothing is routed here, so
 * they arrive as sent.
 */
#include "inet.h"
#include <compat/sockets/netif.h>

#define IP_TOS			1
#define IP_TTL			2
#define IP_RECVTTL		12
#define IP_RECVTOS		13
#define IPV6_UNICAST_HOPS	16
#define IPV6_RECVHOPLIMIT	51
#define IPV6_PKTINFO		50
#define IPV6_HOPLIMIT		52
#define IPV6_RECVTCLASS		66
#define IPV6_TCLASS		67

/*
 * Take a number from min to 255, and store it plus one.  Return: 0 or -EINVAL.
 */
static int inet_control_take_number(s16 *to, const char *data, unsigned long n,
				    int min)
{
	int v;

	if (n != sizeof(v))
		return -EINVAL;
	memcpy(&v, data, sizeof(v));
	if (v < min || v > 255)
		return -EINVAL;
	*to = (s16)(v + 1);
	return 0;
}

int inet_take_control(const struct sock *s, struct scm *scm, int level,
		      int type, const char *data, unsigned long n)
{
	if (level == SOL_SOCKET)
		return sock_ignore_control(level, type);
	if (s->type != SOCK_DGRAM)
		return 0;
	if (level == IPPROTO_IPV6 && !inet_is_4(s)) {
		if (type == IPV6_HOPLIMIT)	/* -1: the default */
			return inet_control_take_number(&scm->hops, data, n,
							-1);
		if (type == IPV6_TCLASS)
			return inet_control_take_number(&scm->traffic, data, n,
							-1);
		return -EINVAL;
	}
	if (level != IPPROTO_IP || !inet_is_4(s))
		return 0;
	if (type == IP_TTL)
		return inet_control_take_number(&scm->hops, data, n, 1);
	if (type == IP_TOS && n == 1) {
		scm->traffic = (s16)((u8)*data + 1);
		return 0;
	}
	return type == IP_TOS ?
		       inet_control_take_number(&scm->traffic, data, n, 0) :
		       -EINVAL;
}

static int option(const struct sock *s, int level, int name)
{
	int value = 0;

	inet_option(s, level, name, &value);
	return value;
}

/* The socket's options supply what the sender has not set for this datagram. */
void inet_stamp(const struct sock *s, bool v4, struct scm *scm)
{
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;

	if (!scm->hops)
		scm->hops = (s16)(option(s, level, v4 ? IP_TTL :
					 IPV6_UNICAST_HOPS) + 1);
	if (!scm->traffic)
		scm->traffic = (s16)(option(s, level, v4 ? IP_TOS :
					    IPV6_TCLASS) + 1);
}

/*
 * TCP_INQ: tell how many bytes are left to read, 1 at the end of the stream.
 */
static bool put_inq(struct sock *s, struct control *c)
{
	int left;

	if (likely(!option(s, IPPROTO_TCP, TCP_INQ)))
		return true;
	spin_lock(&sock_lock);
	left = (int)s->queued_bytes;
	if (!left && s->shut_read)
		left = 1;
	spin_unlock(&sock_lock);
	return sock_put_control(c, IPPROTO_TCP, TCP_INQ, &left, sizeof(left));
}

/*
 * Store which address a datagram was sent to, and that it came over the only
 * device.  As a local address a broadcast has that of the device.
 */
static bool put_packet(struct sock *s, const u8 *to, bool v4, struct control *c)
{
	static const u8 device[4] = { 127, 0, 0, 1 };
	static const u8 all[4] = { 127, 255, 255, 255 };
	struct { int device; u8 local[4], to[4]; } info = { LO_INDEX };
	struct { u8 to[16]; int device; } info6 = { .device = LO_INDEX };
	bool whole = true;

	memcpy(info6.to, to, sizeof(info6.to));
	memcpy(info.to, to + 12, sizeof(info.to));
	memcpy(info.local, memcmp(to + 12, all, sizeof(all)) ? to + 12 : device,
	       sizeof(info.local));
	if (!inet_is_4(s) && option(s, IPPROTO_IPV6, IPV6_RECVPKTINFO))
		whole = sock_put_control(c, IPPROTO_IPV6, IPV6_PKTINFO, &info6,
					 sizeof(info6));
	if (v4 && option(s, IPPROTO_IP, IP_PKTINFO))
		whole &= sock_put_control(c, IPPROTO_IP, IP_PKTINFO, &info,
					  sizeof(info));
	return whole;
}

/* Store hop limit and traffic class. */
static bool put_marks(struct sock *s, const struct scm *scm, bool v4,
		      struct control *c)
{
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	int hops = scm->hops - 1, traffic = scm->traffic - 1;
	u8 tos = (u8)traffic;
	bool whole = true;

	if (option(s, level, v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT))
		whole &= sock_put_control(c, level, v4 ? IP_TTL : IPV6_HOPLIMIT,
					  &hops, sizeof(hops));
	if (!option(s, level, v4 ? IP_RECVTOS : IPV6_RECVTCLASS))
		return whole;
	if (v4)
		return sock_put_control(c, level, IP_TOS, &tos, 1) && whole;
	return sock_put_control(c, level, IPV6_TCLASS, &traffic,
				sizeof(traffic)) && whole;
}

/* Store the destination as an address of the family of the datagram. */
static bool put_destination(struct sock *s, const struct sock_name *from,
			    bool v4, struct control *c)
{
	struct { u16 family; u8 port[2], ip[4], zero[8]; } in = {
		.family = AF_INET };
	struct { u16 family; u8 port[2]; u32 flow; u8 ip[16]; u32 scope; }
		in6 = { .family = AF_INET6 };
	int name = v4 ? IP_RECVORIGDSTADDR : IPV6_RECVORIGDSTADDR;
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;

	if (!option(s, level, name))
		return true;
	memcpy(in.port, from->path + AT_TO_PORT, sizeof(in.port));
	memcpy(in6.port, in.port, sizeof(in.port));
	memcpy(in.ip, from->path + AT_TO_IP + 12, sizeof(in.ip));
	memcpy(in6.ip, from->path + AT_TO_IP, sizeof(in6.ip));
	return v4 ? sock_put_control(c, level, name, &in, sizeof(in)) :
		sock_put_control(c, level, name, &in6, sizeof(in6));
}

/*
 * Store what s has asked for about a datagram, in Linux's order, or about what
 * is left of a stream.
 */
bool inet_put_control(struct sock *s, struct transfer *t, struct control *c)
{
	bool v4 = inet_is_v4(&t->name), whole;

	if (s->type != SOCK_DGRAM)
		return put_inq(s, c);
	whole = put_packet(s, (const u8 *)t->name.path + AT_TO_IP, v4, c);
	whole &= put_marks(s, &t->scm, v4, c);
	return put_destination(s, &t->name, v4, c) && whole;
}

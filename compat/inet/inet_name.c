/* SPDX-License-Identifier: MIT */
/*
 * Addresses of IP: what programs pass, and the canonical form (see inet.h), in
 * which those of both families can be compared byte by byte.
 */
#include "inet.h"
#include <lib/mem.h>

#define NAME4_LEN	16		/* bytes of sockaddr_in */
#define NAME6_MIN	24		/* without scope id */

static const u8 any6[16];
static const u8 loop6[16] = { [15] = 1 };
static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };

/* An IPv4 address is stored as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
bool inet_is_v4(const struct sock_name *n)
{
	return !memcmp(inet_ip_of(n), mapped, sizeof(mapped));
}

bool inet_is_any(const struct sock_name *n)
{
	return inet_is_v4(n) ? !memcmp(inet_ip_of(n) + 12, any6, 4) :
		!memcmp(inet_ip_of(n), any6, sizeof(any6));
}

bool inet_is_loopback(const struct sock_name *n)
{
	return inet_is_v4(n) ? inet_ip_of(n)[12] == 127 :
		!memcmp(inet_ip_of(n), loop6, sizeof(loop6));
}

bool inet_is_broadcast(const struct sock_name *n)
{
	static const u8 all[4] = { 127, 255, 255, 255 };

	return inet_is_v4(n) && !memcmp(inet_ip_of(n) + 12, all, 4);
}

bool inet_is_group(const struct sock_name *n)
{
	static const u8 all[4] = { 255, 255, 255, 255 };
	const u8 *ip = inet_ip_of(n) + 12;

	return inet_is_v4(n) && (ip[0] >> 4 == 14 || !memcmp(ip, all, 4));
}

bool inet_same_end(const struct sock_name *a, const struct sock_name *b)
{
	return inet_port_of(a) == inet_port_of(b) &&
		!memcmp(inet_ip_of(a), inet_ip_of(b), 16);
}

void inet_name_make(struct sock_name *n, bool v4, bool loopback)
{
	memset(n, 0, sizeof(*n));
	n->family = AF_INET6;
	n->len = NAME_LEN;
	if (v4) {
		memcpy(n->path + AT_IP, mapped, sizeof(mapped));
		if (loopback) {
			n->path[AT_IP + 12] = 127;
			n->path[AT_IP + 15] = 1;
		}
	} else if (loopback) {
		n->path[AT_IP + 15] = 1;
	}
}

/* Make the canonical name for a sockaddr_in. */
static void name4_make(struct sock_name *n, const char *raw)
{
	inet_name_make(n, true, false);
	memcpy(n->path + AT_PORT, raw + 2, 2);
	memcpy(n->path + AT_IP + 12, raw + 4, 4);
}

/*
 * Parse the address of a program: make a canonical name, so that names of both
 * families can be compared byte by byte.  Leave one of AF_UNSPEC as it is.
 * Return: 0, -EINVAL, -EAFNOSUPPORT; -ENETUNREACH: IPv4 with IPV6_V6ONLY.
 */
static int name_in(const struct sock *s, struct sock_name *n, const char *raw,
		   int len)
{
	int err = sock_name_begin(n, raw, len);

	if (err || n->family == AF_UNSPEC)
		return err;
	if (len < (inet_is_4(s) ? NAME4_LEN : NAME6_MIN))
		return -EINVAL;
	if (n->family != s->family->number)
		return -EAFNOSUPPORT;
	if (inet_is_4(s)) {
		name4_make(n, raw);
		return 0;
	}
	inet_name_make(n, false, false);
	memcpy(n->path, raw + 2, (size_t)min(len, NAME_LEN) - 2);
	return inet_sock(s)->v6only && inet_is_v4(n) ? -ENETUNREACH : 0;
}

/*
 * Convert a name of family AF_UNSPEC for bind(2): IPv4 accepts the wildcard
 * address.
 */
static int name_unspec(const struct sock *s, struct sock_name *n)
{
	char raw[NAME4_LEN] = { 0 };

	if (n->len < (inet_is_4(s) ? NAME4_LEN : NAME6_MIN))
		return -EINVAL;
	if (!inet_is_4(s) || memcmp(n->path + 2, any6, 4))
		return -EAFNOSUPPORT;
	memcpy(raw + 2, n->path, 2);
	name4_make(n, raw);
	return 0;
}

int inet_name_bind(const struct sock *s, struct sock_name *n, const char *raw,
		   int len)
{
	int err = name_in(s, n, raw, len);

	if (err)
		return err == -ENETUNREACH ? -EINVAL : err;
	return n->family == AF_UNSPEC ? name_unspec(s, n) : 0;
}

/*
 * Parse the destination of an IPv6 datagram, which may be an IPv4 address, too.
 */
static int name6_to(const struct sock *s, struct sock_name *n, const char *raw,
		    int len)
{
	u16 family;
	int err;

	if (len < (int)sizeof(family))
		return -EINVAL;
	memcpy(&family, raw, sizeof(family));
	if (family == AF_UNSPEC)
		return 0;
	if (family == AF_INET) {
		if (len < NAME4_LEN)
			return -EINVAL;
		if (inet_sock(s)->v6only)
			return -ENETUNREACH;
		name4_make(n, raw);
		return 0;
	}
	err = name_in(s, n, raw, len);
	return err == -EAFNOSUPPORT ? -EINVAL : err;
}

/*
 * Parse the destination of an IPv4 datagram.  One of AF_UNSPEC counts as IPv4.
 */
static int name4_to(const struct sock *s, struct sock_name *n, const char *raw,
		    int len)
{
	int err = name_in(s, n, raw, len);

	if (err || n->family != AF_UNSPEC)
		return err;
	if (len < NAME4_LEN)
		return -EINVAL;
	name4_make(n, raw);
	return 0;
}

/*
 * A stream ignores the destination, and so does a send with MSG_OOB, which will
 * fail, except that of IPv6.
 */
int inet_name_to(const struct sock *s, struct sock_name *n,
			const char *raw, int len, unsigned flags)
{
	if (s->type != SOCK_DGRAM || (flags & MSG_OOB && inet_is_4(s)))
		return 0;
	return inet_is_4(s) ? name4_to(s, n, raw, len) :
		name6_to(s, n, raw, len);
}

int inet_name_connect(const struct sock *s, struct sock_name *n,
		      const char *raw, int len)
{
	u16 family = AF_UNSPEC;

	if (len >= (int)sizeof(family))
		memcpy(&family, raw, sizeof(family));
	if (family != AF_INET || inet_is_4(s) || s->type != SOCK_DGRAM)
		return name_in(s, n, raw, len);
	return inet_sock(s)->v6only ? -EAFNOSUPPORT : name6_to(s, n, raw, len);
}

int inet_name_out(const struct sock *s, const struct sock_name *n, char *raw)
{
	struct sock_name none;
	u16 family = s->family->number;

	if (n->len != NAME_LEN) {
		inet_name_make(&none, inet_is_4(s), false);
		n = &none;
	}
	memset(raw, 0, NAME_LEN);
	memcpy(raw, &family, sizeof(family));
	if (!inet_is_4(s)) {
		memcpy(raw + 2, n->path, NAME_LEN - 2);
		return NAME_LEN;
	}
	memcpy(raw + 2, n->path + AT_PORT, 2);
	memcpy(raw + 4, n->path + AT_IP + 12, 4);
	return NAME4_LEN;
}

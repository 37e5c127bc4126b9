/* SPDX-License-Identifier: MIT */
/*
 * Options of IP, IPv6 and TCP.  Those that tune a network (probes, marks in
 * packets) are only stored and returned: data sent here arrives immediately.
 */
#include "inet.h"
#include <mm/uaccess.h>

#define LO_PATH_MTU	65535
#define TCP_MSS_DEFAULT	536

#define TCP_MSS_MIN	88
#define TCP_WINDOW_MIN	1152		/* half of Linux's least buffer */

#define IP_TOS		1
#define TCP_NODELAY	1
#define TCP_MAXSEG	2
#define TCP_CORK	3
#define TCP_LINGER2	8
#define FIN_SECONDS	60		/* and the most that can be asked for: */
#define FIN_SECONDS_MAX	120
#define TCP_WINDOW_CLAMP 10

static const struct option {
	u8 level, name;
	int first;			/* initial value */
	int min, max;
	bool resets;			/* -1 restores the initial value */
} options[] = {
	{ IPPROTO_IP, IP_TOS, 0, 0, 255 },
	{ IPPROTO_IP, 2, 64, 1, 255, true },		/* IP_TTL */
	{ IPPROTO_IP, IP_PKTINFO, 0, 0, 1 },
	{ IPPROTO_IP, 10, 1, 0, 5 },			/* MTU_DISCOVER */
	{ IPPROTO_IP, 11, 0, 0, 1 },			/* IP_RECVERR */
	{ IPPROTO_IP, 12, 0, 0, 1 },			/* IP_RECVTTL */
	{ IPPROTO_IP, 13, 0, 0, 1 },			/* IP_RECVTOS */
	{ IPPROTO_IP, IP_RECVORIGDSTADDR, 0, 0, 1 },
	{ IPPROTO_IPV6, 16, 64, 0, 255, true },	/* UNICAST_HOPS */
	{ IPPROTO_IPV6, 23, 1, 0, 5 },			/* MTU_DISCOVER */
	{ IPPROTO_IPV6, 25, 0, 0, 1 },			/* RECVERR */
	{ IPPROTO_IPV6, IPV6_RECVPKTINFO, 0, 0, 1 },
	{ IPPROTO_IPV6, 51, 0, 0, 1 },			/* RECVHOPLIMIT */
	{ IPPROTO_IPV6, 66, 0, 0, 1 },			/* RECVTCLASS */
	{ IPPROTO_IPV6, 67, 0, 0, 255, true },	/* TCLASS */
	{ IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, 0, 0, 1 },
	{ IPPROTO_TCP, TCP_NODELAY, 0, 0, 1 },
	{ IPPROTO_TCP, TCP_CORK, 0, 0, 1 },
	{ IPPROTO_TCP, 4, 7200, 1, 32767 },		/* TCP_KEEPIDLE */
	{ IPPROTO_TCP, 5, 75, 1, 32767 },		/* TCP_KEEPINTVL */
	{ IPPROTO_TCP, 6, 9, 1, 127 },			/* TCP_KEEPCNT */
	{ IPPROTO_TCP, 7, 6, 1, 127 },			/* TCP_SYNCNT */
	{ IPPROTO_TCP, 12, 1, 0, 1 },			/* TCP_QUICKACK */
	{ IPPROTO_TCP, 18, 0, 0, 0x7fffffff },		/* USER_TIMEOUT */
	{ IPPROTO_TCP, TCP_MAXSEG, 0, 0, 32767 },
	{ IPPROTO_TCP, TCP_WINDOW_CLAMP, 0, 0, 0x7fffffff },
	{ IPPROTO_TCP, TCP_INQ, 0, 0, 1 },
	{ IPPROTO_TCP, TCP_LINGER2, FIN_SECONDS, -1, FIN_SECONDS_MAX },
};

_Static_assert(ARRAY_SIZE(options) <= INET_OPTIONS, "struct sock has room");

/* What can be read, but not set: nothing here depends on it. */
static const struct fixed {
	u8 level, name;
	int value;
} fixed[] = {
	{ IPPROTO_IP, 3, 0 },				/* IP_HDRINCL */
	{ IPPROTO_IP, 5, 0 },				/* ROUTER_ALERT */
	{ IPPROTO_IP, 6, 0 },				/* RECVOPTS */
	{ IPPROTO_IP, 7, 0 },				/* RETOPTS */
	{ IPPROTO_IP, 15, 0 },				/* FREEBIND */
	{ IPPROTO_IP, 19, 0 },				/* TRANSPARENT */
	{ IPPROTO_IP, 21, 0 },				/* MINTTL */
	{ IPPROTO_IP, 24, 0 },				/* BIND_ADDRESS_NO_PORT */
	{ IPPROTO_IP, 32, 0 },				/* MULTICAST_IF */
	{ IPPROTO_IP, 33, 1 },				/* MULTICAST_TTL */
	{ IPPROTO_IP, 34, 1 },				/* MULTICAST_LOOP */
	{ IPPROTO_IP, 49, 1 },				/* MULTICAST_ALL */
	{ IPPROTO_IPV6, 17, 0 },			/* MULTICAST_IF */
	{ IPPROTO_IPV6, 18, 1 },			/* MULTICAST_HOPS */
	{ IPPROTO_IPV6, 19, 1 },			/* MULTICAST_LOOP */
	{ IPPROTO_TCP, 9, 0 },				/* DEFER_ACCEPT */
	{ IPPROTO_TCP, 16, 0 },				/* THIN_LINEAR_TIMEOUTS */
	{ IPPROTO_TCP, 17, 0 },				/* THIN_DUPACK */
	{ IPPROTO_TCP, 19, 0 },				/* TCP_REPAIR */
	{ IPPROTO_TCP, 23, 0 },				/* FASTOPEN */
	{ IPPROTO_TCP, 25, 0 },				/* NOTSENT_LOWAT */
	{ IPPROTO_TCP, 30, 0 },				/* FASTOPEN_CONNECT */
};

#define IP_MTU		14
#define IPV6_MTU	24
#define TCP_INFO	11
#define TCP_CONGESTION	13
#define TCP_CA_NAME	16		/* bytes of a name */

#define IPV6_V6ONLY	26
#define UDP_CORK	1

/*
 * Let the new value of an option take effect: send held data if it asks for
 * immediate sending; limit the segments of the next connection.
 */
static void tcp_changed(struct sock *s, int name, int value)
{
	if (name == TCP_MAXSEG) {
		spin_lock(&sock_lock);
		if (s->state != SOCK_CONNECTED)
			inet_sock(s)->max_segment = (unsigned)value;
		spin_unlock(&sock_lock);
	}
	if (name == TCP_CORK)
		WRITE_ONCE(inet_sock(s)->tcp_cork, value != 0);
	if ((name == TCP_CORK && !value) || (name == TCP_NODELAY && value))
		inet_push(s);
}

static int option_index(const struct sock *s, int level, int name)
{
	if ((level == IPPROTO_TCP && s->type != SOCK_STREAM) ||
	    (level == IPPROTO_IPV6 && inet_is_4(s)))
		return -1;
	for (unsigned i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].level == level && options[i].name == name)
			return (int)i;
	return -1;
}

/*
 * Read an option that cannot be set.
 * Return: 0 with *value, -ENOPROTOOPT, -ENOTCONN: it is told of a connection.
 */
static long fixed_option(const struct sock *s, int level, int name, int *value)
{
	bool tcp = s->type == SOCK_STREAM;
	bool connected = s->state == SOCK_CONNECTED;

	if ((level == IPPROTO_IP && name == IP_MTU) ||
	    (level == IPPROTO_IPV6 && name == IPV6_MTU)) {
		*value = LO_PATH_MTU;
		return connected ? 0 : -ENOTCONN;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(fixed); i++)
		if (fixed[i].level == level && fixed[i].name == name &&
		    (tcp || level != IPPROTO_TCP)) {
			*value = fixed[i].value;
			return 0;
		}
	return -ENOPROTOOPT;
}

/* The maximal segment: of the connection, or for one that may come. */
static int max_segment(const struct sock *s, int asked)
{
	if (s->state == SOCK_CONNECTED)
		return (int)inet_segment(s);
	return asked ? asked : TCP_MSS_DEFAULT;
}

/* A number that a program sets for TCP is right.  Return: 0 or -EINVAL. */
static int check_tcp(struct sock *s, int name, int *value)
{
	bool closed;

	if (name == TCP_MAXSEG && *value && *value < TCP_MSS_MIN)
		return -EINVAL;
	if (name == TCP_INQ && (*value < 0 || *value > 1))
		return -EINVAL;
	if (name == TCP_LINGER2)	/* 0: as usual; -1: not at all */
		*value = !*value ? FIN_SECONDS :
			max(min(*value, FIN_SECONDS_MAX), -1);
	if (name != TCP_WINDOW_CLAMP)
		return 0;
	spin_lock(&sock_lock);
	closed = s->state == SOCK_FREE;
	spin_unlock(&sock_lock);
	if (*value)
		*value = max(*value, TCP_WINDOW_MIN);
	return *value || closed ? 0 : -EINVAL;
}

static bool is_v6only(const struct sock *s, int level, int name)
{
	return level == IPPROTO_IPV6 && name == IPV6_V6ONLY && !inet_is_4(s);
}

/*
 * Values are stored as differences to the initial values, because the memory of
 * a new socket is zeroed.
 */
static long set_number(struct sock *s, int level, int name, int value)
{
	const struct option *o;
	long err = 0;
	int i;

	if (level == IPPROTO_UDP && name == UDP_CORK)
		return inet_cork(s, value);
	if (is_v6only(s, level, name)) {
		spin_lock(&sock_lock);
		if (s->addr)
			err = -EINVAL;
		else
			inet_sock(s)->v6only = value != 0;
		spin_unlock(&sock_lock);
		return err;
	}
	i = option_index(s, level, name);
	if (i < 0)
		return -ENOPROTOOPT;
	o = &options[i];
	if (level == IPPROTO_TCP && check_tcp(s, name, &value))
		return -EINVAL;
	if (level == IPPROTO_IP && name == IP_TOS)	/* no ECN bits */
		value &= s->type == SOCK_STREAM ? 0xfc : 0xff;
	if (o->resets && value == -1)
		value = o->first;
	if (o->min == 0 && o->max == 1)
		value = value != 0;
	if (value < o->min || value > o->max)
		return -EINVAL;
	spin_lock(&sock_lock);
	inet_sock(s)->option[i] = value - o->first;
	spin_unlock(&sock_lock);
	if (level == IPPROTO_TCP)
		tcp_changed(s, name, value);
	return 0;
}

long inet_option(const struct sock *s, int level, int name, int *value)
{
	int i;

	if (level == IPPROTO_UDP && name == UDP_CORK) {
		*value = inet_sock(s)->udp_cork;
		return 0;
	}
	if (is_v6only(s, level, name)) {
		*value = inet_sock(s)->v6only;
		return 0;
	}
	i = option_index(s, level, name);
	if (i < 0)
		return fixed_option(s, level, name, value);
	*value = inet_sock(s)->option[i] + options[i].first;
	if (level == IPPROTO_TCP && name == TCP_MAXSEG)
		*value = max_segment(s, *value);
	return 0;
}

/* Return: 0 if sockets like s have options of this level, else -errno. */
static long check_level(const struct sock *s, int level, bool set)
{
	if (level == IPPROTO_IP ||
	    (level == IPPROTO_IPV6 && !inet_is_4(s)) ||
	    level == s->protocol)
		return 0;
	return set || !inet_is_4(s) ? -ENOPROTOOPT : -EOPNOTSUPP;
}

/*
 * TCP_CONGESTION: choose one of Linux's built-in algorithms.  Nothing is ever
 * congested here, so the name is only stored.
 * Return: 0, -EINVAL, -EFAULT, -ENOENT.
 */
static long set_congestion(struct sock *s, uaddr_t value, int len)
{
	char name[TCP_CA_NAME] = "";
	bool reno;
	long n;

	if (len < 1)
		return -EINVAL;
	n = string_from_user(name, value, min(len, TCP_CA_NAME - 1));
	if (n < 0 && n != -ENAMETOOLONG)	/* a NUL is not needed */
		return n;
	reno = !strcmp(name, "reno");
	if (!reno && strcmp(name, "cubic"))
		return -ENOENT;
	WRITE_ONCE(inet_sock(s)->reno, reno);
	return 0;
}

static long congestion_out(const struct sock *s, int room, uaddr_t value,
			   uaddr_t len)
{
	char name[TCP_CA_NAME] = "cubic";

	if (READ_ONCE(inet_sock(s)->reno))
		memcpy(name, "reno", sizeof("reno"));
	return sock_option_out(name, sizeof(name), room, value, len);
}

/*
 * IPPROTO_IP reads a value shorter than an int as a byte, or as zero if it is
 * empty; IPPROTO_IPV6 reads a null pointer as zero.  Only IPPROTO_IP checks
 * first that the option exists.
 */
long inet_set_option(struct sock *s, int level, int name, uaddr_t value,
		     int len)
{
	u8 byte;
	int n = 0;
	long err = check_level(s, level, true);

	if (err)
		return err;
	if (level == IPPROTO_IP && option_index(s, level, name) < 0)
		return -ENOPROTOOPT;
	if (level == IPPROTO_TCP && name == TCP_CONGESTION)
		return set_congestion(s, value, len);
	if (level != IPPROTO_IP && len < (int)sizeof(n))
		return -EINVAL;
	if (level == IPPROTO_IPV6 && !value)
		return set_number(s, level, name, 0);
	if (len >= (int)sizeof(n)) {
		if (get_user(&n, value))
			return -EFAULT;
	} else if (len) {
		if (get_user(&byte, value))
			return -EFAULT;
		n = byte;
	}
	return set_number(s, level, name, n);
}

/* IPPROTO_IPV6 treats a negative length as a large one. */
long inet_get_option(struct sock *s, int level, int name, uaddr_t value,
		     uaddr_t len)
{
	long err = check_level(s, level, false);
	int room, number;

	if (err)
		return err;
	if (get_user(&room, len))
		return -EFAULT;
	if (room < 0 && level != IPPROTO_IPV6)
		return -EINVAL;
	if (level == IPPROTO_TCP && name == TCP_INFO)
		return inet_tcp_info_out(s, room, value, len);
	if (level == IPPROTO_TCP && name == TCP_CONGESTION)
		return congestion_out(s, room, value, len);
	err = inet_option(s, level, name, &number);
	return err ? err : sock_option_out(&number, sizeof(number), room, value,
					   len);
}

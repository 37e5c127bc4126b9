/* SPDX-License-Identifier: MIT */
/* AF_INET and AF_INET6 as families of sockets (compat/sockets/family.h). */
#include "inet.h"
#include <compat/sockets/netif.h>
#include <lt/init.h>
#include <mm/uaccess.h>

#define CAP_NET_RAW	13
#define IPPROTO_MAX	263

/* SOCK_RAW is a known type, but none of its protocols is supported. */
static int inet_check(int *type, int *protocol)
{
	int own = *type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;

	if (*protocol < 0 || *protocol >= IPPROTO_MAX)
		return -EINVAL;
	if (*type == SOCK_RAW)
		return *protocol && !net_capable(net_space(), CAP_NET_RAW) ?
			-EPERM : -EPROTONOSUPPORT;
	if (*type != SOCK_STREAM && *type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (*protocol && *protocol != own)
		return -EPROTONOSUPPORT;
	*protocol = own;
	return 0;
}

static int inet4_check(int *type, int *protocol)
{
	if (*type == SOCK_PACKET)	/* historic alias of AF_PACKET */
		return -EAFNOSUPPORT;
	return inet_check(type, protocol);
}

static long inet_send(struct sock *s, struct transfer *t)
{
	if (t->flags & MSG_OOB)
		return -EOPNOTSUPP;
	return s->type == SOCK_STREAM ? inet_send_stream(s, t) :
		inet_send_datagram(s, t);
}

/* The sender of a stream is known, and so not named. */
static long receive_stream(struct sock *s, struct transfer *t)
{
	long n;

	if (t->flags & MSG_OOB)		/* there is never urgent data */
		return s->state == SOCK_LISTENING ? -ENOTCONN : -EINVAL;
	if (s->state == SOCK_FREE && s->shut_read && !s->error)
		return 0;
	if (s->state != SOCK_CONNECTED && !s->error)
		return -ENOTCONN;
	n = sock_receive(s, t);
	t->name.len = 0;
	return n;
}

static long inet_receive(struct sock *s, struct transfer *t)
{
	long n;

	if (t->flags & MSG_ERRQUEUE)
		return -EAGAIN;
	if (s->type == SOCK_STREAM)
		return receive_stream(s, t);
	n = sock_receive(s, t);
	if (n >= 0 && t->name.len && !(t->flags & MSG_PEEK) &&
	    inet_is_v4(&t->name))
		net_note(s->net, NET_UDP_IN);
	return n;
}

static void inet_release(struct sock *s)
{
	inet_hold_end(s);
	inet_cork_free(s);
}

/* Tell when the datagram that was received last came. */
static long inet_stamp_out(const struct sock *s, bool micro, uaddr_t arg)
{
	ktime_t at = HINT(s->stamp);
	long t[2] = { (long)(at / NSEC_PER_SEC),
		      (long)(at % NSEC_PER_SEC / (micro ? 1000 : 1)) };

	if (!at)
		return -ENOENT;
	return copy_to_user(arg, t, sizeof(t)) ? -EFAULT : 0;
}

static long inet_ioctl(const struct sock *s, unsigned cmd, uaddr_t arg)
{
	switch (cmd) {
	case SIOCGSTAMP:
	case SIOCGSTAMPNS:
		return inet_stamp_out(s, cmd == SIOCGSTAMP, arg);
	case SIOCOUTQNSD:	/* no byte waits for a network */
		return s->type == SOCK_STREAM ? put_user(0, arg) : -ENOTTY;
	case SIOCOUTQ:
		return s->state == SOCK_LISTENING ? -EINVAL : -ENOTTY;
	}
	return inet_is_4(s) ? netif_address_ioctl(s, cmd, arg) : -ENOTTY;
}

#define INET_OPERATIONS							\
	.size = sizeof(struct inet_sock),				\
	.distant = true,						\
	.bind = inet_bind,						\
	.listen = inet_listen,						\
	.connect = inet_connect,					\
	.shutdown = inet_shutdown,					\
	.has_peer = inet_has_peer,					\
	.key = inet_key,						\
	.name_out = inet_name_out,					\
	.name_to = inet_name_to,					\
	.send = inet_send,						\
	.receive = inet_receive,					\
	.hold = inet_hold,						\
	.push = inet_push,						\
	.release = inet_release,					\
	.take_control = inet_take_control,				\
	.put_control = inet_put_control,				\
	.set_option = inet_set_option,					\
	.get_option = inet_get_option,					\
	.ioctl = inet_ioctl

static struct socket_family inet4_family = {
	.number = AF_INET,
	.protocol = { "UDP", "TCP" },
	.files = inet_files,
	.check = inet4_check,
	INET_OPERATIONS,
};

static struct socket_family inet6_family = {
	.number = AF_INET6,
	.protocol = { "UDPv6", "TCPv6" },
	.check = inet_check,
	INET_OPERATIONS,
};

static void inet_init(void)
{
	socket_register(&inet4_family);
	socket_register(&inet6_family);
}
INIT(fs, inet_init);

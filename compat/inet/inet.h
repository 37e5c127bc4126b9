/* SPDX-License-Identifier: MIT */
/*
 * AF_INET and AF_INET6 within this machine (rows B5, D16): there is no
 * network, only the addresses 127.0.0.0/8 and ::1, so a connection is what
 * it is in AF_UNIX, two sockets that name each other.
 *
 * Every address is kept as a sockaddr_in6 in a struct unix_name, that of
 * IPv4 mapped (::ffff:a.b.c.d); it takes its family's form at the edge.
 */
#ifndef COMPAT_INET_INET_H
#define COMPAT_INET_INET_H

#include <compat/sockets/socket.h>

/*
 * Return: whether socket(2) may make it: 0, -ESOCKTNOSUPPORT,
 * -EPROTONOSUPPORT.
 */
int inet_check(int type, int protocol);
/* Return: 0; -EINVAL, -EAFNOSUPPORT: a name of no family, which names none. */
int inet_name_unspec(const struct sock *s, struct unix_name *n);
/* From a user's sockaddr of len bytes.  Return: 0, -EINVAL, -EAFNOSUPPORT. */
int inet_name_in(const struct sock *s, struct unix_name *n, const char *raw,
		 int len);
/*
 * Where a datagram of an IPv6 socket goes: IPv4's names are taken, too.
 * Return: 0, -EINVAL, -ENETUNREACH.
 */
int inet6_name_to(const struct sock *s, struct unix_name *n, const char *raw,
		  int len);
/* n (len 0: none) as the family of s has it.  Return: its length in raw[28]. */
int inet_name_out(const struct sock *s, const struct unix_name *n, char *raw);
bool inet_names_port(const struct unix_name *n);
int inet_bind(struct sock *s, const struct unix_name *n);
int inet_listen(struct sock *s, int backlog);
int inet_connect(struct sock *s, const struct unix_name *n, bool nonblock);
/*
 * A datagram.  Return: its length, -errno; nobody there is no error at first.
 */
#define DATAGRAM_MAX	65507u
long inet_send_now(struct sock *s, struct transfer *t);
int inet_may_send(struct sock *s, const struct transfer *t);

/* ---- inet_cork.c: datagrams in pieces ------------------------------------ */

long inet_send(struct sock *s, struct transfer *t);
/* UDP_CORK: the end of it sends what is held back.  Return: 0 or -errno. */
int inet_cork(struct sock *s, bool on);
void inet_cork_free(struct sock *s);	/* Return: the last of s */

/* ---- inet_hold.c: streams that hold back --------------------------------- */

/* s is to hold back from now on.  Context: may sleep.  Return: 0, -ENOMEM. */
int inet_hold_begin(struct sock *s);
/* Bytes that fill what is held up to a segment.  Return: a guess. */
unsigned inet_hold_room(const struct sock *s);
/* s, which has a peer, sends m; more: which may wait.  Context: [unix_lock]. */
void inet_hold(struct sock *s, struct msg *m, bool more);
/* Nothing is to wait any more.  Context: no lock. */
void inet_push(struct sock *s);
/* The end of s: the same, for good.  Context: may sleep, no other user. */
void inet_hold_end(struct sock *s);

/*
 * Has it a whole name?  After its partner was dissolved that may be an address
 * alone.
 * Context: [unix_lock] or [inet_lock].
 */
bool inet_has_port(const struct sock *s);
/* Is an address, as it is kept, one of IPv4? */
bool inet_is_v4(const struct unix_name *n);
/*
 * One piece of control data for a send.  Return: 0, -EINVAL: its type or size;
 * another level is none of ours.
 */
int inet_take_control(const struct sock *s, struct scm *scm, int level,
		      int type, const char *data, unsigned long n);
/* Fill what no control data said from the options of s. */
void inet_stamp(const struct sock *s, bool v4, struct scm *scm);
/* What s asked to see of a datagram.  Return: false: it was cut off. */
bool inet_put_control(const struct sock *s, bool v4, const struct scm *scm,
		      struct control *c);

/* Levels IPPROTO_IP, _IPV6, _TCP.  Return: 0 or the number; -ENOPROTOOPT. */
long inet_set(struct sock *s, int level, int name, int value);
long inet_get(const struct sock *s, int level, int name, int *value);
bool inet_has(const struct sock *s, int level, int name);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * AF_INET and AF_INET6 within this machine (rows B5, D16).  There is no
 * network, only the addresses 127.0.0.0/8 and ::1.  So, as in AF_UNIX, a
 * connection is two sockets, each the peer of the other.
 *
 * Every address is stored as a sockaddr_in6 in a struct sock_name, an IPv4 one
 * as mapped (::ffff:a.b.c.d); system calls convert it from and to its family's
 * form.
 */
#ifndef COMPAT_INET_INET_H
#define COMPAT_INET_INET_H

#include <compat/sockets/socket.h>

/*
 * Check the arguments of socket(2).
 * Return: 0, -ESOCKTNOSUPPORT, -EPROTONOSUPPORT.
 */
int inet_check(int type, int protocol);
/*
 * Convert a name of family AF_UNSPEC for bind(2).
 * Return: 0; -EINVAL, -EAFNOSUPPORT: the name stands for no address.
 */
int inet_name_unspec(const struct sock *s, struct sock_name *n);
/*
 * Convert a user's sockaddr of len bytes.  Return: 0, -EINVAL, -EAFNOSUPPORT.
 */
int inet_name_in(const struct sock *s, struct sock_name *n, const char *raw,
		 int len);
/*
 * Convert the destination of an IPv6 datagram; accepts IPv4 addresses, too.
 * Return: 0, -EINVAL, -ENETUNREACH.
 */
int inet6_name_to(const struct sock *s, struct sock_name *n, const char *raw,
		  int len);
/*
 * Convert n (len 0: none) to the form of the family of s, in raw[28].
 * Return: its length.
 */
int inet_name_out(const struct sock *s, const struct sock_name *n, char *raw);
bool inet_names_port(const struct sock_name *n);
int inet_bind(struct sock *s, const struct sock_name *n);
int inet_listen(struct sock *s, int backlog);
int inet_connect(struct sock *s, const struct sock_name *n, bool nonblock);
/*
 * Send a datagram.
 * Return: its length, or -errno; a missing receiver is no error of this send.
 */
#define DATAGRAM_MAX	65507u
long inet_send_now(struct sock *s, struct transfer *t);
int inet_may_send(struct sock *s, const struct transfer *t);

/* ---- inet_cork.c: datagrams in pieces ------------------------------------ */

long inet_send(struct sock *s, struct transfer *t);
/*
 * Set UDP_CORK, or clear it and send the held datagram.  Return: 0 or -errno.
 */
int inet_cork(struct sock *s, bool on);
void inet_cork_free(struct sock *s);	/* free the held datagram of s */

/* ---- inet_hold.c: streams that hold back --------------------------------- */

/* Prepare s for holding data back.  Context: may sleep.  Return: 0, -ENOMEM. */
int inet_hold_begin(struct sock *s);
/*
 * Return: bytes until the held data fills a segment; without the lock only a
 * hint.
 */
unsigned inet_hold_room(const struct sock *s);
/*
 * Send m on s, which has a peer; more: m may be held back.
 * Context: [sock_lock].
 */
void inet_hold(struct sock *s, struct msg *m, bool more);
/* Send everything that is held back.  Context: no lock. */
void inet_push(struct sock *s);
/*
 * Send held data and stop holding back, when s is closed.
 * Context: may sleep; nothing else uses s.
 */
void inet_hold_end(struct sock *s);

/*
 * True if s has an address with a port.  After a connection was dissolved, s
 * may have an address without a port.
 * Context: [sock_lock] or [inet_lock].
 */
bool inet_has_port(const struct sock *s);
/* True if the stored address is an IPv4 one. */
bool inet_is_v4(const struct sock_name *n);
/*
 * Take one piece of control data for a send; ignores other levels.
 * Return: 0, -EINVAL: bad type or size.
 */
int inet_take_control(const struct sock *s, struct scm *scm, int level,
		      int type, const char *data, unsigned long n);
/* Fill in values that control data did not set from the options of s. */
void inet_stamp(const struct sock *s, bool v4, struct scm *scm);
/*
 * Store the control data that s has requested about a datagram.
 * Return: false: it was cut off.
 */
bool inet_put_control(const struct sock *s, bool v4, const struct scm *scm,
		      struct control *c);

/*
 * inet_set and inet_get: set or read an option of IPPROTO_IP, _IPV6, _TCP or
 * _UDP.
 * Return: 0, with *value if read; -EINVAL, -ENOPROTOOPT.
 * inet_has: true if there is such an option.
 */
long inet_set(struct sock *s, int level, int name, int value);
long inet_get(const struct sock *s, int level, int name, int *value);
bool inet_has(const struct sock *s, int level, int name);

#endif

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

#include <compat/sockets/family.h>

#define INET_OPTIONS	32

/* Options that are types of control data as well, or nearly. */
#define IP_PKTINFO		8
#define IP_RECVORIGDSTADDR	20
#define IPV6_RECVPKTINFO	49
#define IPV6_RECVORIGDSTADDR	74
#define TCP_INQ			36

struct inet_sock {
	struct sock sock;
	bool v6only;			/* [sock_lock] */
	bool connecting;		/* [sock_lock] result of connect(2) was
					   not reported yet */
	bool ip_bound, port_bound;	/* [inet_lock] set by bind(2) */
	bool port_lost;			/* [sock_lock], written under inet_lock
					   as well: others may take the port
					   that the name still tells */
	bool udp_cork;			/* [cork_lock] UDP_CORK */
	bool tcp_cork;			/* read without a lock: TCP_CORK is
					   set */
	unsigned max_segment;		/* [sock_lock] of TCP_MAXSEG, and
					   then of the connection; 0: none */
	bool reno;			/* read without a lock: chosen by
					   TCP_CONGESTION */
	struct cork *cork;		/* [cork_lock] held datagram; NULL:
					   none */
	int option[INET_OPTIONS];	/* [sock_lock] see inet_options.c */
};

static inline struct inet_sock *inet_sock(const struct sock *s)
{
	return container_of(s, struct inet_sock, sock);
}

/* True if s is an IP socket, of either family. */
static inline bool inet_owns(const struct sock *s)
{
	return s->family->number == AF_INET || s->family->number == AF_INET6;
}

static inline bool inet_is_4(const struct sock *s)
{
	return s->family->number == AF_INET;
}

/* ---- inet_name.c: addresses ---------------------------------------------- */

#define NAME_LEN	28		/* bytes of sockaddr_in6 */

/* Offsets in struct sock_name.path: port, flow label, address, scope id. */
#define AT_PORT		0
#define AT_IP		6
/* In the name of a datagram's sender: port and address that it was sent to. */
#define AT_TO_PORT	32
#define AT_TO_IP	(AT_TO_PORT + 2)

/* Return: the port, which is stored in network order. */
static inline unsigned inet_port_of(const struct sock_name *n)
{
	return (unsigned)(u8)n->path[AT_PORT] << 8 | (u8)n->path[AT_PORT + 1];
}

static inline void inet_set_port(struct sock_name *n, unsigned port)
{
	n->path[AT_PORT] = (char)(port >> 8);
	n->path[AT_PORT + 1] = (char)port;
}

static inline const u8 *inet_ip_of(const struct sock_name *n)
{
	return (const u8 *)n->path + AT_IP;
}

/* True if the stored address is an IPv4 one. */
bool inet_is_v4(const struct sock_name *n);
bool inet_is_any(const struct sock_name *n);
bool inet_is_loopback(const struct sock_name *n);
/* True for the broadcast address of the interface. */
bool inet_is_broadcast(const struct sock_name *n);
/*
 * True for the IPv4 addresses of multicast groups and of all machines, which
 * may be bound though nothing is sent to them here.
 */
bool inet_is_group(const struct sock_name *n);
/* True if both are the same address and port. */
bool inet_same_end(const struct sock_name *a, const struct sock_name *b);
/* Make the wildcard or loopback address of a family, with port 0. */
void inet_name_make(struct sock_name *n, bool v4, bool loopback);
/*
 * Parse the address for bind(2), and that for connect(2), which may be of
 * AF_UNSPEC.
 * Return: 0, -EINVAL, -EAFNOSUPPORT, -ENETUNREACH.
 */
int inet_name_bind(const struct sock *s, struct sock_name *n, const char *raw,
		   int len);
int inet_name_connect(const struct sock *s, struct sock_name *n,
		      const char *raw, int len);
int inet_name_to(const struct sock *s, struct sock_name *n, const char *raw,
		 int len, unsigned flags);
/* Convert n to the form of the family of s, in raw[28]. */
int inet_name_out(const struct sock *s, const struct sock_name *n, char *raw);

/* ---- inet.c: ports, connections, datagrams ------------------------------- */

extern struct mutex inet_lock;		/* binding and connecting */

u32 inet_key(const struct sock *s);	/* see family.h */
int inet_bind(struct sock *s, const char *raw, int len);
int inet_listen(struct sock *s, int backlog);
int inet_connect(struct sock *s, const char *raw, int len, bool nonblock);
int inet_shutdown(struct sock *s, int how);
/*
 * Find the real destination of a packet from s to n.  While the interface is
 * down, no IPv6 source address exists.
 * Return: 0, -ENETUNREACH, -EADDRNOTAVAIL, -EACCES; -EAFNOSUPPORT: from a name
 * of IPv4 to one of IPv6.
 */
int inet_route(const struct sock *s, struct sock_name *n);
/*
 * Find the listener that s connects to, or the socket that receives a datagram
 * sent to `to` from `from`.  The most specific match wins; among equal ones,
 * the newest socket, or one chosen by the sender's port if they share the port
 * by SO_REUSEPORT.
 * Return: the socket, with a reference, or NULL.
 */
struct sock *inet_find(const struct sock *s, const struct sock_name *to,
		       const struct sock_name *from);
/*
 * Give s a port if it has none.  If its address is the wildcard, replace it by
 * the loopback address of the family of the peer `to`; NULL: keep the wildcard.
 * Context: [inet_lock].  Return: 0 or -errno.
 */
int inet_name_ensure(struct sock *s, const struct sock_name *to);
/*
 * Drop those parts of the name of s that were set by connect(2).
 * Context: [inet_lock].  Return: 0, -ENOMEM.
 */
int inet_name_drop(struct sock *s);
bool inet_has_peer(const struct sock *s);
/*
 * True if s has an address with a port.  After a connection was dissolved, s
 * may have an address without a port.
 * Context: [sock_lock] or [inet_lock].
 */
bool inet_has_port(const struct sock *s);

/* ---- inet_datagram.c ----------------------------------------------------- */

/* Set the default destination of s; NULL: none.  Return: 0 or -errno. */
int inet_connect_datagram(struct sock *s, struct sock_name *to);
/*
 * True if k accepts datagrams from `from`; a connected socket accepts only
 * those of its peer.
 * Context: [sock_lock].
 */
static inline bool inet_is_for(const struct sock *k,
			       const struct sock_name *from)
{
	return !k->remote || inet_same_end(&k->remote->name, from);
}
/*
 * Send a datagram.
 * Return: its length, or -errno; a missing receiver is no error of this send.
 */
#define DATAGRAM_MAX	65507u
long inet_send_now(struct sock *s, struct transfer *t);
int inet_may_send(struct sock *s, const struct transfer *t);

/* ---- inet_cork.c: datagrams in pieces ------------------------------------ */

long inet_send_datagram(struct sock *s, struct transfer *t);
/*
 * Set UDP_CORK, or clear it and send the held datagram.  Return: 0 or -errno.
 */
int inet_cork(struct sock *s, bool on);
void inet_cork_free(struct sock *s);	/* free the held datagram of s */

/* ---- inet_hold.c: streams that hold back --------------------------------- */

/* Send on a stream; MSG_MORE and TCP_CORK hold data back. */
long inet_send_stream(struct sock *s, struct transfer *t);
void inet_hold(struct sock *s, struct msg *m, unsigned flags);
void inet_push(struct sock *s);
unsigned inet_segment(const struct sock *s);	/* bytes of a full segment */
/*
 * Send held data and stop holding back, when s is closed.
 * Context: may sleep; nothing else uses s.
 */
void inet_hold_end(struct sock *s);

/* ---- inet_control.c, inet_options.c -------------------------------------- */

int inet_take_control(const struct sock *s, struct scm *scm, int level,
		      int type, const char *data, unsigned long n);
/* Fill in values that control data did not set from the options of s. */
void inet_stamp(const struct sock *s, bool v4, struct scm *scm);
bool inet_put_control(struct sock *s, struct transfer *t, struct control *c);

/*
 * inet_set_option and inet_get_option: setsockopt(2) and getsockopt(2) of
 * IPPROTO_IP, _IPV6, _TCP and _UDP.  inet_option: read such an option.
 */
long inet_set_option(struct sock *s, int level, int name, uaddr_t value,
		     int len);
long inet_get_option(struct sock *s, int level, int name, uaddr_t value,
		     uaddr_t len);
/* Return: 0 with *value, -ENOPROTOOPT. */
long inet_option(const struct sock *s, int level, int name, int *value);

/*
 * Return: Linux's number of the TCP state of stream s.  Context: [sock_lock].
 */
unsigned inet_tcp_state(const struct sock *s);
/* TCP_INFO, with what a connection within one machine has. */
long inet_tcp_info_out(struct sock *s, int room, uaddr_t value, uaddr_t len);

/* inet_stats.c: /proc/net/snmp and /proc/net/netstat */
void inet_show_snmp(struct seq *s, const struct net_space *net);
void inet_show_netstat(struct seq *s, const struct net_space *net);

extern const struct net_file inet_files[];	/* inet_proc.c */

#endif

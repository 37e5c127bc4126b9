/* SPDX-License-Identifier: MIT */
/*
 * Families of sockets: what AF_UNIX, AF_INET, AF_INET6 and AF_NETLINK do in
 * their own ways.  The system calls look up the file, copy the arguments, and
 * call the family; the families share the queues, connections and ends of
 * socket.h:
 *
 *	sys_bind, sys_sendto ..
 *	   | s->family->bind, ->send ..
 *	   v
 *	unix.c   compat/inet/inet.c   compat/inet/netlink.c
 *	   | sock_msg_make, sock_enqueue ..
 *	   v
 *	sock.c   data.c
 *
 * An address from a program is passed as it is: `len` bytes at `raw`.
 */
#ifndef COMPAT_SOCKETS_FAMILY_H
#define COMPAT_SOCKETS_FAMILY_H

#include "socket.h"

struct socket_family {
	u16 number;			/* AF_ */
	unsigned size;			/* bytes of a socket's record, which
					   begins with a struct sock */
	struct slab_cache *cache;	/* of records, by socket_register() */
	/*
	 * As over a network, one end of a stream learns of the other's end only
	 * from what arrives: each direction ends by itself, and a send to a
	 * closed socket succeeds once.  Otherwise both ends see each other's
	 * state.
	 */
	bool distant;
	const char *protocol[2];	/* names of the protocols of datagrams
					   and of streams */
	const struct net_file *files;	/* files of /proc/PID/net */

	/*
	 * Check the arguments of socket(2); set the type and the protocol that
	 * the socket will have.
	 * Return: 0, -ESOCKTNOSUPPORT, -EPROTONOSUPPORT, -errno.
	 */
	int (*check)(int *type, int *protocol);
	/* Connect two new sockets.  NULL: -EOPNOTSUPP. */
	void (*pair)(struct sock *a, struct sock *b);
	int (*bind)(struct sock *s, const char *raw, int len);
	int (*listen)(struct sock *s, int backlog);	/* NULL: -EOPNOTSUPP */
	int (*connect)(struct sock *s, const char *raw, int len, bool nonblock);
	int (*shutdown)(struct sock *s, int how);	/* NULL: -EOPNOTSUPP */
	/*
	 * Context: [sock_lock].
	 * Return: true if getpeername(2) has an answer.
	 */
	bool (*has_peer)(const struct sock *s);
	/* Convert n (len 0: none) to raw[RAW_NAME].  Return: its length. */
	int (*name_out)(const struct sock *s, const struct sock_name *n,
			char *raw);
	/*
	 * The number by which others find s, which has an address: equal for
	 * equal names, with SOCK_KEY set.  NULL, or 0: nobody finds s.
	 * Context: [sock_lock].
	 */
	u32 (*key)(const struct sock *s);
	/*
	 * Convert the destination of a message that is sent with MSG_ flags to
	 * n, which is zeroed.  A send that will fail or ignores the destination
	 * leaves n alone.
	 */
	int (*name_to)(const struct sock *s, struct sock_name *n,
		       const char *raw, int len, unsigned flags);
	/* Return: bytes, or -errno. */
	long (*send)(struct sock *s, struct transfer *t);
	long (*receive)(struct sock *s, struct transfer *t);

	/* The others may be NULL: there is nothing to do, or no such thing. */

	/*
	 * Send m on stream s, which holds data back, or hold m, too.
	 * Context: [sock_lock]; s->hold is set.
	 */
	void (*hold)(struct sock *s, struct msg *m, unsigned flags);
	/* Send what s->hold holds.  Context: no lock. */
	void (*push)(struct sock *s);
	/* s is closed.  Context: may sleep; nothing else uses s. */
	void (*release)(struct sock *s);
	/*
	 * Take one piece of control data for a send; ignore foreign levels.
	 * Return: 0 or -errno.
	 */
	int (*take_control)(const struct sock *s, struct scm *scm, int level,
			    int type, const char *data, unsigned long n);
	/*
	 * Store the control data of a received message.
	 * Return: false: it was cut off.
	 */
	bool (*put_control)(struct sock *s, struct transfer *t,
			    struct control *c);
	/* setsockopt(2) and getsockopt(2) of levels other than SOL_SOCKET. */
	long (*set_option)(struct sock *s, int level, int name, uaddr_t value,
			   int len);
	long (*get_option)(struct sock *s, int level, int name, uaddr_t value,
			   uaddr_t len);
	/* Return: 0; -ENOTTY: not a request of this family; -errno. */
	long (*ioctl)(const struct sock *s, unsigned cmd, uaddr_t arg);
};

extern struct socket_family unix_family;

/* Let socket(2) create sockets of f.  Context: init. */
void socket_register(struct socket_family *f);
/* Return: the k-th file of /proc/PID/net, of all families; NULL: no more. */
const struct net_file *net_file_at(unsigned k);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Sockets of this machine, AF_UNIX (rows B5, D16): streams, datagrams and
 * sequenced packets between processes, which can carry descriptors.
 *
 * sock_lock guards the state, queue and connections of every socket.  Because
 * it is a spin lock, bytes are copied before or after it is held, under the
 * socket's read_lock where their order matters.  A socket is referenced by its
 * file, by each connection to it, and by each of its messages that is still in
 * a queue.
 */
#ifndef COMPAT_SOCKETS_SOCKET_H
#define COMPAT_SOCKETS_SOCKET_H

#include "net.h"
#include "uapi.h"
#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <kernel/cred/user.h>

struct sock;
struct cork;
struct hold;

/* An address as in bind(2): the family, then the name. */
struct sock_name {
	int len;			/* bytes, with the family; 0: none */
	u16 family;
	char path[UNIX_PATH_MAX + 1];
};

struct sock_addr {			/* const, shared */
	ref_t refs;
	struct sock_name name;
};

/* Ancillary data of a message. */
struct scm {
	struct file **files;		/* owned, each referenced; or NULL */
	unsigned nr_files;
	struct user *user;		/* referenced: charged for files in
					   flight */
	bool explicit_cred;		/* SCM_CREDENTIALS was given */
	int pid;
	unsigned uid, gid;
	/* inet datagrams: value + 1; 0: use the option of the socket */
	s16 hops, traffic;
};

/* The user's buffer for control data, filled from the front. */
struct control {
	uaddr_t at;
	unsigned long left, used;
};

struct msg {
	struct list link;		/* [sock_lock] in the receiver's
					   queue */
	struct sock *sender;		/* referenced: charged for the
					   message */
	struct sock_addr *from;		/* referenced; NULL: no name */
	struct scm scm;
	unsigned len;			/* const */
	unsigned off;			/* [read_lock] stream: bytes read */
	char data[];
};

#define INET_OPTIONS	20
#define RAW_NAME	128		/* largest address of any family, in
					   bytes */

enum sock_state { SOCK_FREE, SOCK_LISTENING, SOCK_CONNECTED };

struct sock {
	ref_t refs;
	struct user *user;		/* const: user charged for messages
					   sent */
	struct net_space *net;		/* const, referenced: namespace */
	struct cred *maker;		/* const, referenced: creator of a
					   netlink socket; else NULL */
	int family;			/* const: AF_ */
	int type;			/* const: SOCK_ */
	bool raw;			/* const: created as SOCK_RAW */
	enum sock_state state;		/* [sock_lock] */
	bool dead;			/* [sock_lock] its file was closed */
	bool shut_read, shut_write;	/* [sock_lock] */
	int error;			/* [sock_lock] pending error, for
					   SO_ERROR */
	struct sock *peer;		/* [sock_lock] referenced */
	struct sock_addr *addr;		/* [sock_lock] referenced */
	bool named;			/* [sock_lock] AF_UNIX: bound to addr */
	struct inode *inode;		/* [sock_lock] referenced node of the
					   name, or NULL */
	struct sock_addr *remote;	/* [sock_lock] peer of inet datagrams */
	bool v6only, reuseport;		/* [sock_lock] inet */
	bool ip_bound, port_bound;	/* [inet_lock] set by bind(2) */
	bool udp_cork;			/* [cork_lock] UDP_CORK */
	struct cork *cork;		/* [cork_lock] held datagram; NULL:
					   none */
	bool tcp_cork;			/* read without a lock: TCP_CORK is
					   set */
	struct hold *hold;		/* [sock_lock] held stream data; or
					   NULL */
	bool connecting;		/* [sock_lock] result of connect(2) was
					   not reported yet */
	int option[INET_OPTIONS];	/* [sock_lock] see inet_options.c */
	struct list queue;		/* [sock_lock] messages to read */
	unsigned queued;		/* [sock_lock] messages in queue */
	unsigned long queued_bytes;	/* [sock_lock] in queue, unread */
	struct list waiting;		/* [sock_lock] connections that
					   accept(2) will return */
	struct list wait_link;		/* [sock_lock] in listener->waiting */
	unsigned nr_waiting, backlog;	/* [sock_lock] */
	unsigned long wmem;		/* [sock_lock] bytes of sent messages
					   not yet read to their end, with
					   headers */
	unsigned sndbuf, rcvbuf;	/* [sock_lock] bytes */
	bool passcred, reuse, broadcast, keepalive;	/* [sock_lock] */
	int priority;				/* [sock_lock] SO_PRIORITY */
	bool on_loopback;		/* [sock_lock] set by SO_BINDTODEVICE */
	int linger_on, linger_time;	/* [sock_lock] time is only returned by
					   getsockopt(2) */
	ktime_t rcvtimeo, sndtimeo;	/* [sock_lock] ns; 0: forever */
	int peer_pid;			/* [sock_lock] process of the peer at
					   its connect or listen */
	unsigned peer_uid, peer_gid;	/* [sock_lock] */
	struct mutex read_lock;		/* keeps the bytes of one read
					   together */
	struct wait_queue read_wait, write_wait;
	struct wait_queue room_wait;	/* senders wait for room in queue */
	struct list all_link;		/* [sock_lock] in all_socks */
	struct file *file;		/* [sock_lock] NULL: not accepted yet */
	struct sock *listener;		/* [sock_lock] where this socket waits
					   to be accepted; or NULL */
	unsigned inflight;		/* [sock_lock] messages that hold this
					   socket */
	unsigned holds;			/* [sock_lock] number of sockets held by
					   messages in this socket's queue, and
					   in those of connections that wait for
					   accept(2) on this socket */
	struct list flight_link;	/* [sock_lock] in in_flight */
	struct list gc_link;		/* [sock_lock] for the collector */
	int gc_refs;			/* [sock_lock] for the collector */
	bool gc_candidate;		/* [sock_lock] for the collector */
};

/* Arguments and results of a send or receive. */
struct transfer {
	struct uio *u;
	unsigned flags;			/* MSG_ */
	bool nonblock;
	struct sock_name name;		/* destination, or sender */
	struct scm scm;
	unsigned out_flags;		/* results: MSG_TRUNC, MSG_CTRUNC */
	bool has_cred;			/* receive: scm has credentials */
};

/* True if s is an IP socket, of either family. */
static inline bool sock_is_inet(const struct sock *s)
{
	return s->family == AF_INET || s->family == AF_INET6;
}

extern struct spinlock sock_lock;
extern struct list all_socks;		/* [sock_lock] */
extern const struct file_ops socket_fops;

/* ---- socket.c ------------------------------------------------------------ */

/*
 * Find the socket of a descriptor.
 * Return: the socket, with ref for the caller to put; NULL and *err: -EBADF,
 * -ENOTSOCK.
 */
struct sock *sock_get(int fd, struct fdref *ref, int *err);
/* Copy a raw address from user memory.  Return: 0, -EINVAL, -EFAULT. */
int sock_name_copy(char raw[RAW_NAME], uaddr_t at, int len);
/* Read and parse an address for s.  Return: 0, -EINVAL, -EFAULT, -errno. */
int sock_name_in(const struct sock *s, struct sock_name *n, uaddr_t at,
		 int len);
/* Parse the destination of a message; connected types ignore its content. */
int sock_name_to(const struct sock *s, struct sock_name *n, const char *raw,
		 int len, unsigned flags);
/* Store an address, cut off at *len, and its full length in *len. */
int sock_name_out(const struct sock *s, const struct sock_name *n, uaddr_t at,
		  uaddr_t len);

/* ---- unix.c: names and connections --------------------------------------- */

void unix_init(void);
/* Create an AF_UNIX socket in n.  Return: NULL: no memory. */
struct sock *sock_create(struct net_space *n, int type);
void sock_put(struct sock *s);
void sock_addr_put(struct sock_addr *a);
/*
 * Set the name of s; takes over the reference to a.
 * Context: not under sock_lock.
 */
void sock_addr_replace(struct sock *s, struct sock_addr *a);
/* Copy name a; NULL: an empty name of len 2. */
void sock_name_of(const struct sock_addr *a, struct sock_name *out);
int unix_bind(struct sock *s, const struct sock_name *n);
/* Bind to a free abstract name unless s has a name. */
int unix_autobind(struct sock *s);
int sock_listen(struct sock *s, int backlog);
int unix_connect(struct sock *s, const struct sock_name *n, bool nonblock);
void unix_pair(struct sock *a, struct sock *b);
/*
 * Connect s to other, which waits at listener l for accept(2).
 * Return: 0; -ECONNREFUSED, -EISCONN, -ERESTARTSYS, -errno.
 */
int sock_meet(struct sock *s, struct sock *l, struct sock *other,
	      bool nonblock);
/*
 * Take the next connection.
 * Return: 0 with a referenced socket in *out; -errno.
 */
int sock_accept(struct sock *s, bool nonblock, struct sock **out);
/*
 * Find the socket called n, of the same type as s; an abstract name is looked
 * up in the network namespace of s.
 * Return: the socket with a reference; NULL and *err.
 */
struct sock *unix_find(const struct sock *s, const struct sock_name *n,
		       int *err);
/* If `old` is the peer of s, disconnect s and discard its unread messages. */
void unix_disconnect(struct sock *s, struct sock *old);
/* Close a socket and everything that only it holds. */
void sock_release(struct sock *s);
int sock_shutdown(struct sock *s, int how);

/* ---- unix_data.c --------------------------------------------------------- */

long sock_send(struct sock *s, struct transfer *t);
/*
 * Like sock_send(); after a partial send f will report when there is room
 * (SIGIO).
 */
long socket_send(struct file *f, struct transfer *t);
long sock_receive(struct sock *s, struct transfer *t);
unsigned sock_poll(struct file *f, struct poll_table *pt);
/* Make a message of the next len bytes of t.  Return: NULL and *err. */
struct msg *sock_msg_make(struct sock *s, struct transfer *t, unsigned long len,
			  int *err);
/*
 * sock_charge: charge m to its sender, from sending until it is read.
 * sock_uncharge: undo that.  sock_queue: append m to the queue of `to`.
 * Context: [sock_lock].
 */
void sock_charge(struct msg *m);
void sock_uncharge(struct msg *m);
void sock_queue(struct sock *to, struct msg *m);
/*
 * True if nobody can read what s sends.  Usable without the lock as a wait
 * condition; decisions need the lock.
 * Context: any, or [sock_lock].
 */
bool sock_send_ended(const struct sock *s);
/*
 * Queue datagram m at `to`.
 * Return: false: the queue is full, and m still belongs to the caller.
 */
bool sock_enqueue_datagram(struct sock *to, struct msg *m);
void sock_msg_free(struct msg *m);
/* Wake all tasks that wait for any event of s. */
void sock_wake_all(struct sock *s);
/*
 * Move the messages of s to list, for sock_free_msgs() after unlocking.
 * Context: [sock_lock].
 */
void sock_drain(struct sock *s, struct list *list);
void sock_free_msgs(struct list *list);
/*
 * sock_deadline: convert a time-out (0: none) to a deadline.
 * sock_wait_error: convert the error of a wait to the error of the system call.
 * With a time-out the call must not be restarted after a signal.
 */
static inline ktime_t sock_deadline(ktime_t timeout)
{
	return timeout ? arch_clock() + timeout : 0;
}
int sock_wait_error(int err, ktime_t timeout);
/*
 * Take and clear the pending error (SO_ERROR).  Return: a positive errno, or 0.
 */
int sock_take_error(struct sock *s);
void sock_keep_error(int fd, long err);	/* see recvmmsg_keep */

/* ---- unix_gc.c: cycles of sockets that only messages hold ---------------- */

/*
 * unix_inflight: count the files of a message queued at `at` as in flight.
 * unix_landed: undo that.
 * Context: [sock_lock].
 */
void unix_inflight(struct sock *at, const struct scm *scm);
void unix_landed(struct sock *at, const struct scm *scm);
/*
 * Free sockets that nobody can reach any more.
 * Context: may sleep.  Return: true if there were any.
 */
bool unix_collect(void);

/* ---- message.c, options.c ------------------------------------------------ */

void scm_free(struct scm *scm);
/* Forget the files, which now belong to another struct scm. */
static inline void scm_forget(struct scm *scm)
{
	scm->files = NULL;
	scm->nr_files = 0;
	scm->user = NULL;
}
/*
 * Append n bytes of control data, cut off where the buffer ends.
 * Return: true if they fit.
 */
bool sock_put_control(struct control *c, int level, int type, const void *data,
		      unsigned long n);

#endif

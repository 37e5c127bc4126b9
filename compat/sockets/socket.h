/* SPDX-License-Identifier: MIT */
/*
 * Sockets of this machine, AF_UNIX (rows B5, D16): streams, datagrams and
 * sequenced packets between processes, with descriptors passed along.
 *
 * unix_lock guards every socket's state, queue and connections; it is a spin
 * lock, so bytes are copied before or after, under the socket's read_lock
 * where their order matters.  References: a socket's file, each connection
 * to it, and each message of its own that is still in a queue hold it.
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

/* An address as bind(2) gets it: the family, then the name. */
struct unix_name {
	int len;			/* bytes in all; 0: none */
	u16 family;
	char path[UNIX_PATH_MAX + 1];
};

struct unix_addr {			/* const, shared */
	ref_t refs;
	struct unix_name name;
};

/* What a message carries beside its bytes. */
struct scm {
	struct file **files;		/* owned, each referenced; or NULL */
	unsigned nr_files;
	struct user *user;		/* referenced: whose files fly */
	bool explicit_cred;		/* SCM_CREDENTIALS was given */
	int pid;
	unsigned uid, gid;
	/* inet datagrams: the value and one; 0: as the socket's option says */
	s16 hops, traffic;
};

/* The user's control buffer, filled from the front. */
struct control {
	uaddr_t at;
	unsigned long left, used;
};

struct msg {
	struct list link;		/* [unix_lock] the receiver's queue */
	struct sock *sender;		/* referenced: its wmem is given back */
	struct unix_addr *from;		/* referenced; NULL: it had no name */
	struct scm scm;
	unsigned len;			/* const */
	unsigned off;			/* [read_lock] stream: read so far */
	char data[];
};

#define INET_OPTIONS	20
#define RAW_NAME	128		/* bytes of any family's address */

enum sock_state { SOCK_FREE, SOCK_LISTENING, SOCK_CONNECTED };

struct sock {
	ref_t refs;
	struct user *user;		/* const: whose memory it fills */
	struct net_space *net;		/* const, held: where it was made */
	struct cred *maker;		/* const, held; NULL: not of netlink */
	int family;			/* const: AF_UNIX, _INET, _INET6, _NETLINK */
	int type;			/* const: SOCK_ */
	bool raw;			/* const: SOCK_RAW was asked for */
	enum sock_state state;		/* [unix_lock] */
	bool dead;			/* [unix_lock] its file is closed */
	bool shut_read, shut_write;	/* [unix_lock] */
	int error;			/* [unix_lock] for SO_ERROR, once */
	struct sock *peer;		/* [unix_lock] referenced */
	struct unix_addr *addr;		/* [unix_lock] referenced */
	bool named;			/* [unix_lock] bound, not accepted */
	struct inode *inode;		/* [unix_lock] bound to: referenced */
	struct unix_addr *remote;	/* [unix_lock] of inet datagrams */
	bool v6only, reuseport;		/* [unix_lock] inet */
	bool ip_bound, port_bound;	/* [inet_lock] said by bind */
	bool udp_cork;			/* [cork_lock] UDP_CORK */
	struct cork *cork;		/* [cork_lock] held back; NULL: none */
	bool tcp_cork;			/* TCP_CORK: marked, a word */
	struct hold *hold;		/* [unix_lock] of a stream; or NULL */
	bool connecting;		/* [unix_lock] its end is not told yet */
	int option[INET_OPTIONS];	/* [unix_lock] inet_options.c */
	struct list queue;		/* [unix_lock] messages to read */
	unsigned queued;		/* [unix_lock] how many */
	unsigned long queued_bytes;	/* [unix_lock] not yet read */
	struct list waiting;		/* [unix_lock] connected, to accept */
	struct list wait_link;		/* [unix_lock] in a listener's list */
	unsigned nr_waiting, backlog;	/* [unix_lock] */
	unsigned long wmem;		/* [unix_lock] sent, not yet read */
	unsigned sndbuf, rcvbuf;	/* [unix_lock] bytes */
	bool passcred, reuse, broadcast, keepalive;	/* [unix_lock] */
	int priority;				/* [unix_lock] SO_PRIORITY */
	bool on_loopback;		/* [unix_lock] SO_BINDTODEVICE: only */
	int linger_on, linger_time;	/* [unix_lock] told back only */
	ktime_t rcvtimeo, sndtimeo;	/* [unix_lock] ns; 0: for ever */
	int peer_pid;			/* [unix_lock] of connect or listen */
	unsigned peer_uid, peer_gid;	/* [unix_lock] */
	struct mutex read_lock;		/* one reader's bytes together */
	struct wait_queue read_wait, write_wait;
	struct wait_queue room_wait;	/* senders: the queue here is full */
	struct list all_link;		/* [unix_lock] of every socket */
	struct file *file;		/* [unix_lock] NULL: not accepted yet */
	struct sock *listener;		/* [unix_lock] waits there; or NULL */
	unsigned inflight;		/* [unix_lock] times in a message */
	unsigned holds;			/* [unix_lock] sockets in messages here
					   and at those that wait here */
	struct list flight_link;	/* [unix_lock] of those in flight */
	struct list gc_link;		/* [unix_lock] of the collector */
	int gc_refs;			/* [unix_lock] of the collector */
	bool gc_candidate;		/* [unix_lock] of the collector */
};

/* A send or receive under way. */
struct transfer {
	struct uio *u;
	unsigned flags;			/* MSG_ */
	bool nonblock;
	struct unix_name name;		/* where to, or from whom */
	struct scm scm;
	unsigned out_flags;		/* receive: MSG_TRUNC, MSG_CTRUNC */
	bool has_cred;			/* receive: scm has a sender's */
};

/* A socket with an address of IP, in either family? */
static inline bool sock_is_inet(const struct sock *s)
{
	return s->family == AF_INET || s->family == AF_INET6;
}

extern struct spinlock unix_lock;
extern struct list all_socks;		/* [unix_lock] */
extern const struct file_ops socket_fops;

/* ---- socket.c ------------------------------------------------------------ */

/* The socket of a descriptor.  Return: NULL and *err: -EBADF, -ENOTSOCK. */
struct sock *sock_get(int fd, struct fdref *ref, int *err);
/* An address as it is in user memory.  Return: 0, -EINVAL, -EFAULT. */
int sock_name_copy(char raw[RAW_NAME], uaddr_t at, int len);
/* An address for s from user memory.  Return: 0, -EINVAL, -EFAULT. */
int sock_name_in(const struct sock *s, struct unix_name *n, uaddr_t at,
		 int len);
/* Of whom a message is for: no socket that is connected looks at its bytes. */
int sock_name_to(const struct sock *s, struct unix_name *n, const char *raw,
		 int len, unsigned flags);
/* The same back, cut off at *len, which then holds the whole length. */
int sock_name_out(const struct sock *s, const struct unix_name *n, uaddr_t at,
		  uaddr_t len);

/* ---- unix.c: names and connections --------------------------------------- */

void unix_init(void);
/* A socket of n.  Return: NULL: no memory. */
struct sock *unix_create(struct net_space *n, int type);
void unix_put(struct sock *s);
void unix_addr_put(struct unix_addr *a);
/* s is called a, whose reference it takes.  Context: not under unix_lock. */
void unix_addr_replace(struct sock *s, struct unix_addr *a);
/* Return: the name of s, len 2 when it has none. */
void unix_name_of(const struct unix_addr *a, struct unix_name *out);
int unix_bind(struct sock *s, const struct unix_name *n);
/* Bind to a free abstract name if it has none. */
int unix_autobind(struct sock *s);
int unix_listen(struct sock *s, int backlog);
int unix_connect(struct sock *s, const struct unix_name *n, bool nonblock);
void unix_pair(struct sock *a, struct sock *b);
/*
 * Connect s with other, which waits at the listener l for accept(2).  Return:
 * 0; -ECONNREFUSED, -EISCONN, -ERESTARTSYS.
 */
int unix_meet(struct sock *s, struct sock *l, struct sock *other,
	      bool nonblock);
/* Return: the next connected socket, its reference the caller's; or -errno. */
int unix_accept(struct sock *s, bool nonblock, struct sock **out);
/*
 * The socket that s finds by a name: one of its kind, and of its network
 * unless the name is a node's.  Return: referenced; NULL and *err.
 */
struct sock *unix_find(const struct sock *s, const struct unix_name *n,
		       int *err);
/* s's destination is no longer `old`, if it was; what s has not read is lost. */
void unix_disconnect(struct sock *s, struct sock *old);
/* The end of a socket, with what hangs on it. */
void unix_release(struct sock *s);
int unix_shutdown(struct sock *s, int how);

/* ---- unix_data.c --------------------------------------------------------- */

long unix_send(struct sock *s, struct transfer *t);
/* The same through an open file, which tells later of room it misses. */
long socket_send(struct file *f, struct transfer *t);
long unix_receive(struct sock *s, struct transfer *t);
unsigned unix_poll(struct file *f, struct poll_table *pt);
/* The rest of a transfer as a message of s.  Return: NULL and *err. */
struct msg *msg_make(struct sock *s, struct transfer *t, unsigned long len,
		     int *err);
/*
 * m counts in its sender's buffer, from when it is sent until it is read; and
 * is there for `to` to read.  Context: [unix_lock].
 */
void msg_charge(struct msg *m);
void msg_uncharge(struct msg *m);
void msg_queue(struct sock *to, struct msg *m);
/*
 * Nobody will ever read what s sends.  Read without the lock as a condition to
 * wait for; decided on under it.
 */
bool sock_send_ended(const struct sock *s);
/* Return: false: the queue is full, m is still the caller's. */
bool msg_enqueue_datagram(struct sock *to, struct msg *m);
void msg_free(struct msg *m);
/* Whoever waits for anything of s looks again. */
void sock_wake_all(struct sock *s);
/*
 * Messages of s into list, for msg_free() after unlocking.  Context:
 * [unix_lock].
 */
void unix_drain(struct sock *s, struct list *list);
void unix_free_list(struct list *list);
/*
 * A deadline from a time-out (0: none) and the error when it has passed or a
 * signal came: sockets with a time-out are not restarted.
 */
static inline ktime_t sock_deadline(ktime_t timeout)
{
	return timeout ? arch_clock() + timeout : 0;
}
int sock_wait_error(int err, ktime_t timeout);
/* An error that came in between is told once (SO_ERROR).  Return: it, or 0. */
int sock_take_error(struct sock *s);

/* ---- unix_gc.c: cycles of sockets that only messages hold ---------------- */

/*
 * The files of a message that waits at a socket are in flight, or no more.
 * Context: [unix_lock].
 */
void unix_inflight(struct sock *at, const struct scm *scm);
void unix_landed(struct sock *at, const struct scm *scm);
/*
 * Free what nobody can reach any more.  Context: may sleep.  Return: was there
 * such?
 */
bool unix_collect(void);

/* ---- message.c, options.c ------------------------------------------------ */

void scm_free(struct scm *scm);
/* Its files are another's now. */
static inline void scm_forget(struct scm *scm)
{
	scm->files = NULL;
	scm->nr_files = 0;
	scm->user = NULL;
}
/*
 * n bytes of control data, cut off where there is no room.  Return: were they?
 */
bool put_control(struct control *c, int level, int type, const void *data,
		 unsigned long n);

#endif

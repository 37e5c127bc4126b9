/* SPDX-License-Identifier: MIT */
/*
 * Sockets within this machine (rows B5, D16): streams, datagrams and sequenced
 * packets between processes, which can carry descriptors.  What differs between
 * their families is in family.h.
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
struct socket_family;
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
	int pid;			/* 0, with ids of -1: not told */
	unsigned uid, gid;
	/* IP datagrams: value + 1; 0: use the option of the socket */
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
	struct sock_addr *from;		/* referenced; NULL: that of sender */
	struct scm scm;
	ktime_t stamp;			/* const in the queue: when it was
					   queued; 0: nobody asked */
	unsigned len;			/* const */
	unsigned off;			/* [read_lock] stream: bytes read */
	char data[];
};

/* Largest message of a stream: with struct msg it fills four pages. */
#define STREAM_PIECE	(16384u - (unsigned)sizeof(struct msg))
#define BUFFER_DEFAULT	212992u		/* sndbuf and rcvbuf at first */
#define SOCK_NO_WAIT	1		/* ns: a time-out that has passed, of a
					   negative number of seconds */
#define RAW_NAME	128		/* largest address of any family, in
					   bytes */

enum sock_state { SOCK_FREE, SOCK_LISTENING, SOCK_CONNECTED };

struct sock {
	ref_t refs;
	struct user *user;		/* const: user charged for messages
					   sent */
	struct net_space *net;		/* const, referenced: namespace */
	struct cred *maker;		/* const, referenced: of the creator */
	const struct socket_family *family;	/* const */
	int type;			/* const: SOCK_ */
	int protocol;			/* const: for SO_PROTOCOL */
	bool raw;			/* const: created as SOCK_RAW */
	enum sock_state state;		/* [sock_lock] */
	bool dead;			/* [sock_lock] its file was closed */
	bool shut_read, shut_write;	/* [sock_lock] */
	bool alone;			/* [sock_lock] stream: its peer ended */
	int error;			/* [sock_lock] pending error, for
					   SO_ERROR */
	struct sock *peer;		/* [sock_lock] referenced */
	struct sock_addr *addr;		/* [sock_lock] referenced */
	bool named;			/* [sock_lock] AF_UNIX: bound to addr */
	struct inode *inode;		/* [sock_lock] referenced node of the
					   name, or NULL */
	struct sock_addr *remote;	/* [sock_lock] destination of datagrams
					   that have no peer; name of a peer
					   that has reset the stream */
	struct hold *hold;		/* [sock_lock] held stream data; or
					   NULL */
	unsigned piece;			/* [sock_lock] bytes of the next
					   message of a stream, at most; read
					   as a hint */
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
	bool passcred, reuse, reuseport, broadcast, keepalive,
		no_check, oob_inline;		/* [sock_lock] */
	int priority;				/* [sock_lock] SO_PRIORITY */
	int low_water;			/* [sock_lock] SO_RCVLOWAT, from 1;
					   read as a hint */
	bool on_loopback;		/* [sock_lock] set by SO_BINDTODEVICE */
	int linger_on, linger_time;	/* [sock_lock] time is only returned by
					   getsockopt(2) */
	ktime_t rcvtimeo, sndtimeo;	/* [sock_lock] ns; 0: forever */
	int peer_pid;			/* [sock_lock] process of the peer at
					   its connect or listen; 0: none */
	struct cred *peer_cred;		/* [sock_lock] referenced: its
					   credentials then; or NULL */
	u64 cookie;			/* [sock_lock] SO_COOKIE; 0: not asked
					   for yet */
	u8 stamps;			/* read without a lock: the SO_TIMESTAMP
					   option that was set; 0: none */
	ktime_t stamp;			/* [read_lock] when the datagram that
					   was received last came, as
					   CLOCK_REALTIME; 0: none yet */
	struct mutex read_lock;		/* keeps the bytes of one read
					   together, and its messages queued */
	struct wait_queue read_wait, write_wait;
	struct wait_queue room_wait;	/* senders wait for room in queue */
	struct list all_link;		/* [sock_lock] in all_socks */
	struct list name_link;		/* [sock_lock] see names.c */
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
	ktime_t stamp;			/* receive: when it came; 0: not told */
};

extern struct spinlock sock_lock;
extern struct list all_socks;		/* [sock_lock] */
/*
 * Print a line for each socket that `shown` selects, with its number among
 * these.  sock_lock is held for a few lines at a time, because users choose the
 * number of sockets; so what changes meanwhile may be missed or seen twice.
 * Context: no lock; `shown` and `line`: [sock_lock].
 */
struct sock_table {
	const struct net_space *net;
	int family, type;
	bool (*shown)(const struct sock *k, const struct sock_table *t);
	void (*line)(struct seq *s, unsigned n, const struct sock *k);
};
void socks_show(struct seq *s, const struct sock_table *t);
extern const struct file_ops socket_fops;

/* ---- names.c: sockets by name -------------------------------------------- */

#define SOCK_KEY	(1u << 31)	/* set in every key */

void sock_names_init(void);
/* Return: a key for a name of n bytes. */
u32 sock_key_of(const void *bytes, unsigned n);
/*
 * Return: the list of the sockets with this key, among others, linked by
 * name_link; those named last come last.
 * Context: [sock_lock].
 */
struct list *sock_bucket(u32 key);
/*
 * Put s where its key says, after a change of its address, its state or its
 * end.
 * Context: [sock_lock].
 */
void sock_place(struct sock *s);

/* ---- socket.c ------------------------------------------------------------ */

/*
 * Find the socket of a descriptor.
 * Return: the socket, with ref for the caller to put; NULL and *err: -EBADF,
 * -ENOTSOCK.
 */
struct sock *sock_get(int fd, struct fdref *ref, int *err);
/* Copy a raw address from user memory.  Return: 0, -EINVAL, -EFAULT. */
int sock_name_copy(char raw[RAW_NAME], uaddr_t at, int len);
/*
 * Begin to parse a raw address: set the family, the length, and the bytes in
 * between as a path.
 * Return: 0, -EINVAL: there is no family.
 */
int sock_name_begin(struct sock_name *n, const char *raw, int len);
/* Store an address, cut off at *len, and its full length in *len. */
int sock_name_out(const struct sock *s, const struct sock_name *n, uaddr_t at,
		  uaddr_t len);

/*
 * Send t as the family of f does; after a partial send f will report when there
 * is room (SIGIO).
 */
long socket_send(struct file *f, struct transfer *t);

/* ---- sock.c: records, connections, ends ---------------------------------- */

/* Create a socket in n.  Return: NULL: no memory. */
struct sock *sock_create(const struct socket_family *f, struct net_space *n,
			 int type, int protocol);
void sock_put(struct sock *s);
void sock_addr_put(struct sock_addr *a);
/*
 * Set the name of s; takes over the reference to a.
 * Context: not under sock_lock.
 */
void sock_addr_replace(struct sock *s, struct sock_addr *a);
/* Copy name a; NULL: an empty name of len 2. */
void sock_name_of(const struct sock_addr *a, struct sock_name *out);
/*
 * SO_PEERCRED of s, or of those that will connect to it, are current's
 * credentials of now, whatever its process changes later.
 * Context: [sock_lock].
 * Return: the credentials noted before, for cred_put() after unlocking, or
 * NULL.
 */
struct cred *sock_note_cred(struct sock *s);
/* Make a and b each other's peer.  Context: [sock_lock]. */
void sock_join(struct sock *a, struct sock *b);
/*
 * True if nothing can come or go any more on a distant stream: both directions
 * have ended, or a reset ended them.
 * Context: [sock_lock].
 */
static inline bool sock_stream_over(const struct sock *s)
{
	return s->shut_write &&
		(s->alone || !s->peer || s->peer->shut_write);
}
int sock_listen(struct sock *s, int backlog);
/*
 * True if a connection can be queued at l, or never will be.  Usable without
 * the lock as a wait condition.
 */
bool sock_listener_has_room(const struct sock *l);
/*
 * Connect s to `other`, and queue `other` at listener l for accept(2).
 * beyond: how many more connections than the listener asked for may wait.
 * Context: [sock_lock].
 * Return: 0, -EAGAIN: the listener's queue is full, -ECONNREFUSED, -EISCONN,
 * -EINVAL.
 */
int sock_try_connect(struct sock *s, struct sock *l, struct sock *other,
		     unsigned beyond);
/*
 * Take the next connection.
 * Return: 0 with a referenced socket in *out; -errno.
 */
int sock_accept(struct sock *s, bool nonblock, struct sock **out);
/* Close a socket and everything that only it holds. */
void sock_release(struct sock *s);
/*
 * Make s free for another connection: reset that of a distant stream, or end
 * listening.
 * Context: may sleep; the caller has a reference to s.
 */
void sock_reset(struct sock *s);
int sock_shutdown(struct sock *s, int how);
/* Return: the number of the inode of k; 0: k has no file. */
static inline unsigned long sock_inode(const struct sock *k)
{
	return k->file ? (unsigned long)k->file->inode->ino : 0;
}

/* ---- data.c: messages ---------------------------------------------------- */

/*
 * Send on a stream.  A long write becomes several messages; messages of other
 * writers may come in between.  After a partial write the next call returns the
 * error.
 */
long sock_send_stream(struct sock *s, struct transfer *t);
/* Receive from the queue of s; t->name.len 0: nothing was received. */
long sock_receive(struct sock *s, struct transfer *t);
unsigned sock_poll(struct file *f, struct poll_table *pt);
/* Make a message of the next len bytes of t.  Return: NULL and *err. */
struct msg *sock_msg_make(struct sock *s, struct transfer *t, unsigned long len,
			  int *err);
/*
 * sock_charge: charge m to its sender, from sending until it is read.
 * sock_uncharge: undo that.  sock_queue: append m to the queue of `to`.
 * sock_enqueue: charge and append.
 * Context: [sock_lock].
 */
void sock_charge(struct msg *m);
void sock_uncharge(struct msg *m);
void sock_queue(struct sock *to, struct msg *m);
void sock_enqueue(struct sock *to, struct msg *m);
/* False: senders wait until a datagram of `to` is read. */
bool sock_queue_has_room(const struct sock *to);
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
 * Context: [sock_lock], and [read_lock] unless nothing else uses s.
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
/* Take the pending error.  Return: 0 or -errno. */
static inline int sock_error(struct sock *s)
{
	return unlikely(s->error) ? -sock_take_error(s) : 0;
}
void sock_keep_error(int fd, long err);	/* see recvmmsg_keep */

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
/* Return: bytes of data that fit into one more piece of control data. */
unsigned long sock_control_room(const struct control *c);
/* Return: the user address of these bytes. */
uaddr_t sock_control_data(const struct control *c);
/* Accept files and credentials without effect.  Return: 0, -EINVAL. */
static inline int sock_ignore_control(int level, int type)
{
	return level != SOL_SOCKET || type == SCM_RIGHTS ||
		type == SCM_CREDENTIALS ? 0 : -EINVAL;
}
/*
 * Store the n bytes of an option at value, cut off at room, and the number of
 * bytes stored in *len.
 */
long sock_option_out(const void *buf, unsigned long n, int room, uaddr_t value,
		     uaddr_t len);

#endif

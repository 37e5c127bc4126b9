/* SPDX-License-Identifier: MIT */
/*
 * AF_UNIX: names, connecting, and messages with a destination.  A name is a
 * file system node, whose inode identifies the socket, or an abstract name:
 * bytes after a NUL, which exists as long as the socket.
 */
#include "unix.h"
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <lib/printf.h>
#include <mm/frames/slab.h>

#define FAMILY_SIZE	((int)sizeof(u16))

static struct mutex bind_lock = {	/* one bind at a time */
	.wait = WAIT_QUEUE_INIT(bind_lock.wait), .name = "unix bind",
};

/* ---- names --------------------------------------------------------------- */

/*
 * Compare names; abstract ones are byte strings that may contain NULs
 * (unix(7)).
 */
static bool unix_same_name(const struct sock_name *a, const struct sock_name *b)
{
	return a->len == b->len &&
		!memcmp(a->path, b->path, (size_t)(a->len - FAMILY_SIZE));
}

static bool is_abstract(const struct sock_name *n)
{
	return n->len > FAMILY_SIZE && !n->path[0];
}

/* Context: [sock_lock].  Return: the key of a socket that has node i. */
static u32 key_of_node(const struct inode *i)
{
	return sock_key_of(&i, sizeof(i));
}

static u32 key_of_abstract(const struct sock_name *n)
{
	return sock_key_of(n->path, (unsigned)(n->len - FAMILY_SIZE));
}

static u32 unix_key(const struct sock *s)
{
	return !s->named ? 0 : s->inode ? key_of_node(s->inode) :
		key_of_abstract(&s->addr->name);
}

/*
 * Find the socket in net with an abstract name; each type of sockets has names
 * of its own.
 * Context: [sock_lock].  Return: the socket, without a reference, or NULL.
 */
static struct sock *find_abstract(const struct net_space *net, int type,
				  const struct sock_name *n)
{
	struct sock *s;

	spin_must_hold(&sock_lock);
	list_for_each(s, sock_bucket(key_of_abstract(n)), name_link)
		if (s->family == &unix_family && s->net == net &&
		    s->type == type && is_abstract(&s->addr->name) &&
		    unix_same_name(&s->addr->name, n))
			return s;
	return NULL;
}

/*
 * Find the inode of a path.  Connecting or sending to the socket there needs
 * write permission (unix(7)).
 */
static struct inode *inode_of_name(const struct sock_name *n, int *err)
{
	struct inode *i = NULL;
	struct path p;

	*err = path_lookup(AT_FDCWD, n->path, LOOKUP_FOLLOW, &p);
	if (*err)
		return NULL;
	*err = inode_permission(p.dentry->inode, W_OK);
	if (!*err && !S_ISSOCK(p.dentry->inode->mode))
		*err = -ECONNREFUSED;
	if (!*err) {
		i = p.dentry->inode;
		inode_get(i);
	}
	path_put(&p);
	return i;
}

/*
 * Find the socket called n, of the same type as `by`; an abstract name is
 * looked up in the network namespace of `by`.
 * Return: the socket with a reference; NULL and *err.
 */
static struct sock *unix_find(const struct sock *by, const struct sock_name *n,
			      int *err)
{
	struct inode *i = NULL;
	struct sock *s = NULL, *k;

	if (!is_abstract(n)) {
		i = inode_of_name(n, err);
		if (!i)
			return NULL;
	}
	spin_lock(&sock_lock);
	if (i) {
		list_for_each(k, sock_bucket(key_of_node(i)), name_link)
			if (k->inode == i)
				s = k;
	} else {
		s = find_abstract(by->net, by->type, n);
	}
	*err = !s ? -ECONNREFUSED : s->type != by->type ? -EPROTOTYPE : 0;
	if (!*err)
		ref_get(&s->refs);
	spin_unlock(&sock_lock);
	if (i)
		inode_put(i);
	return *err ? NULL : s;
}

/* Context: [bind_lock]. */
static int set_name(struct sock *s, struct sock_addr *a, struct inode *i)
{
	int err = 0;

	spin_lock(&sock_lock);
	if (is_abstract(&a->name) &&
	    find_abstract(s->net, s->type, &a->name)) {
		err = -EADDRINUSE;
	} else {
		s->addr = a;
		s->inode = i;
		s->named = true;
		sock_place(s);
	}
	spin_unlock(&sock_lock);
	return err;
}

/* Bind to a new node, with the mode that fchmod(2) has set on the socket. */
static int bind_path(struct sock *s, struct sock_addr *a)
{
	struct inode *i;
	unsigned mode = HINT(s->file->inode->mode);
	int err = kernel_mknodat(AT_FDCWD, a->name.path, mode, 0, &i);

	if (err)
		return err == -EEXIST ? -EADDRINUSE : err;
	return set_name(s, a, i);	/* cannot fail for a path */
}

/* Autobind (unix(7)): choose a free name, a NUL and five hexadecimal digits. */
static int bind_free_name(struct sock *s, struct sock_addr *a)
{
	static unsigned next;		/* [bind_lock] */
	int err = -ENOSPC;

	for (unsigned tries = 0; err && tries <= 0xfffff; tries++) {
		fmt_print(a->name.path + 1, 6, "%05x", next++ & 0xfffff);
		a->name.len = FAMILY_SIZE + 6;
		err = set_name(s, a, NULL);
	}
	return err;
}

static int bind_new(struct sock *s, const struct sock_name *n)
{
	struct sock_addr *a = kzalloc(sizeof(*a));
	int err;

	if (!a)
		return -ENOMEM;
	ref_init(&a->refs);
	a->name.family = AF_UNIX;
	if (n)
		a->name = *n;
	if (!n)
		err = bind_free_name(s, a);
	else if (is_abstract(n))
		err = set_name(s, a, NULL);
	else
		err = bind_path(s, a);
	if (err)
		sock_addr_put(a);
	return err;
}

/*
 * Return: the error of binding a socket that has a name already: -EINVAL.  For
 * a path, -EADDRINUSE if the path exists, or the error of looking it up other
 * than -ENOENT, comes first.
 */
static int bind_again(const struct sock_name *n)
{
	struct path p;
	int err = -EINVAL;

	if (n->path[0]) {
		err = path_lookup(AT_FDCWD, n->path, 0, &p);
		if (!err)
			path_put(&p);
	}
	return !err ? -EADDRINUSE : err == -ENOENT ? -EINVAL : err;
}

/* Bind to a free abstract name unless s has a name. */
static int unix_autobind(struct sock *s)
{
	int err;

	mutex_lock(&bind_lock);
	err = s->addr ? 0 : bind_new(s, NULL);
	mutex_unlock(&bind_lock);
	return err;
}

/* Parse the address of a program; leave one of AF_UNSPEC as it is. */
static int unix_name_in(struct sock_name *n, const char *raw, int len)
{
	int err = sock_name_begin(n, raw, len);

	if (err || n->family == AF_UNSPEC)
		return err;
	if (n->family != AF_UNIX || len > UNIX_PATH_MAX + FAMILY_SIZE)
		return -EINVAL;
	if (len > FAMILY_SIZE && n->path[0])	/* a path ends at its NUL */
		n->len = (int)strlen(n->path) + 1 + FAMILY_SIZE;
	return 0;
}

/*
 * Context: may sleep, as it creates a node.  bind_lock keeps two tasks from
 * naming the same socket.
 */
static int unix_bind(struct sock *s, const char *raw, int len)
{
	struct sock_name n;
	int err = unix_name_in(&n, raw, len);

	if (!err && n.family != AF_UNIX)
		err = -EINVAL;
	if (err)
		return err;
	if (n.len == FAMILY_SIZE)
		return unix_autobind(s);
	mutex_lock(&bind_lock);
	err = s->addr ? bind_again(&n) : bind_new(s, &n);
	mutex_unlock(&bind_lock);
	return err;
}

/* As for every type but datagrams an address is an error, keep its length. */
static int unix_name_to(const struct sock *s, struct sock_name *n,
			const char *raw, int len, unsigned flags)
{
	int err;

	if (!len || flags & MSG_OOB)
		return 0;
	if (s->type != SOCK_DGRAM) {
		n->len = len;
		return 0;
	}
	err = unix_name_in(n, raw, len);
	if (!err && (n->family != AF_UNIX || n->len <= FAMILY_SIZE))
		err = -EINVAL;
	return err;
}

static int unix_name_out(const struct sock *s, const struct sock_name *n,
			 char *raw)
{
	u16 family = AF_UNIX;

	memcpy(raw, &family, sizeof(family));
	memcpy(raw + sizeof(family), n->path, sizeof(n->path));
	return n->len;
}

/* ---- connections --------------------------------------------------------- */

static int unix_check(int *type, int *protocol)
{
	if (*protocol && *protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	*protocol = 0;
	if (*type == SOCK_RAW)			/* historic name of datagrams */
		*type = SOCK_DGRAM;
	return *type == SOCK_STREAM || *type == SOCK_DGRAM ||
		*type == SOCK_SEQPACKET ? 0 : -ESOCKTNOSUPPORT;
}

static bool unix_has_peer(const struct sock *s)
{
	return s->peer;
}

static void unix_pair(struct sock *a, struct sock *b)
{
	spin_lock(&sock_lock);
	sock_join(a, b);
	sock_note_cred(a);
	sock_note_cred(b);
	spin_unlock(&sock_lock);
}

/*
 * Give `other`, which s has just connected to, the name of the listener l, and
 * both ends each other's credentials, as they were at connect or listen.
 * Context: [sock_lock].
 */
static void introduce(struct sock *s, const struct sock *l, struct sock *other)
{
	spin_must_hold(&sock_lock);
	other->addr = l->addr;
	ref_get(&l->addr->refs);
	s->peer_pid = l->peer_pid;
	s->peer_cred = l->peer_cred;
	cred_get(s->peer_cred);
	sock_note_cred(other);
}

/*
 * Connect a stream.  The second socket is created before any lock is taken.
 * The name is looked up again after each wait, as it may lead to another socket
 * by then.
 */
static int unix_connect_stream(struct sock *s, const struct sock_name *n,
			       bool nonblock)
{
	struct sock *other = sock_create(s->family, s->net, s->type, 0), *l;
	ktime_t deadline = sock_deadline(s->sndtimeo);
	int err = -ENOMEM;

	if (!other)
		return err;
	for (;;) {
		l = unix_find(s, n, &err);
		if (!l)
			break;
		spin_lock(&sock_lock);
		err = sock_try_connect(s, l, other, 0);
		if (!err)
			introduce(s, l, other);
		spin_unlock(&sock_lock);
		if (err == -EAGAIN && !nonblock) {
			err = wait_event_deadline(&l->room_wait,
					sock_listener_has_room(l), deadline);
			err = err ? sock_wait_error(err, s->sndtimeo) : 1;
		}
		sock_put(l);
		if (err <= 0)
			break;
	}
	sock_put(other);
	return err;
}

/*
 * Discard the queue of s, whose peer `old` was replaced, and report ECONNRESET
 * to `old` if that was connected to s.
 * Context: [sock_lock], [read_lock].  Return: the messages in *gone, to be freed.
 */
static void discard_queue(struct sock *s, struct sock *old, struct list *gone)
{
	if (list_empty(&s->queue))
		return;
	sock_drain(s, gone);
	wake_up(&s->room_wait);
	if (old->dead || old->peer != s)
		return;
	old->error = ECONNRESET;
	sock_wake_all(old);
}

/* If `old` is the peer of s, disconnect s and discard its unread messages. */
static void unix_disconnect(struct sock *s, struct sock *old)
{
	struct list gone = LIST_INIT(gone);
	bool was;

	mutex_lock(&s->read_lock);
	spin_lock(&sock_lock);
	was = s->peer == old;
	if (was) {
		s->peer = NULL;
		s->state = SOCK_FREE;
		discard_queue(s, old, &gone);
	}
	spin_unlock(&sock_lock);
	mutex_unlock(&s->read_lock);
	sock_free_msgs(&gone);
	if (was)
		sock_put(old);
}

/* Set the default destination of a datagram socket; AF_UNSPEC removes it. */
static int unix_connect_datagram(struct sock *s, const struct sock_name *n)
{
	struct list gone = LIST_INIT(gone);
	struct sock *to = NULL, *old;
	int err = 0;

	if (n->family != AF_UNSPEC) {
		to = unix_find(s, n, &err);
		if (!to)
			return err;
	}
	mutex_lock(&s->read_lock);
	spin_lock(&sock_lock);
	if (to && to->peer && to->peer != s) {
		err = -EPERM;
		old = to;
	} else {
		old = s->peer;
		s->peer = to;
		s->state = to ? SOCK_CONNECTED : SOCK_FREE;
		if (old && old != to)
			discard_queue(s, old, &gone);
	}
	spin_unlock(&sock_lock);
	mutex_unlock(&s->read_lock);
	sock_free_msgs(&gone);
	sock_put(old);
	return err;
}

static int unix_connect(struct sock *s, const char *raw, int len, bool nonblock)
{
	struct sock_name n;
	int err = unix_name_in(&n, raw, len);

	if (err)
		return err;
	if (n.family != AF_UNSPEC && n.len <= FAMILY_SIZE)
		return -EINVAL;
	if (s->passcred && n.family != AF_UNSPEC)
		err = unix_autobind(s);
	if (err)
		return err;
	if (s->type == SOCK_DGRAM)
		return unix_connect_datagram(s, &n);
	if (n.family != AF_UNIX)
		return -EINVAL;
	return unix_connect_stream(s, &n, nonblock);
}

/* ---- sending and receiving ----------------------------------------------- */

/*
 * Find the destination of a datagram that was sent without an address.
 * Return: the peer with a reference; NULL and *err.
 */
static struct sock *peer_get(struct sock *s, int *err)
{
	struct sock *to;

	spin_lock(&sock_lock);
	to = s->peer;
	if (to)
		ref_get(&to->refs);
	spin_unlock(&sock_lock);
	*err = 0;
	if (!to)
		*err = s->type == SOCK_SEQPACKET &&
			s->state == SOCK_CONNECTED ? -EPIPE : -ENOTCONN;
	return to;
}

/*
 * Queue m at `to`.
 * Context: [sock_lock].  Return: 0, -EAGAIN: there is no room, -errno.
 */
static int try_deliver(struct sock *s, struct sock *to, struct msg *m)
{
	spin_must_hold(&sock_lock);
	if (s->shut_write)
		return -EPIPE;
	if (to->dead)
		return s->type == SOCK_DGRAM ? -ECONNREFUSED : -EPIPE;
	if (s->type == SOCK_DGRAM && to->peer && to->peer != s)
		return -EPERM;
	if (to->shut_read)
		return -EPIPE;
	if (to != s && to->peer != s && !sock_queue_has_room(to))
		return -EAGAIN;
	sock_enqueue(to, m);
	return 0;
}

static int unix_deliver(struct sock *s, struct sock *to, struct msg *m,
			const struct transfer *t)
{
	int err;

	for (;;) {
		spin_lock(&sock_lock);
		err = try_deliver(s, to, m);
		spin_unlock(&sock_lock);
		if (err == -ECONNREFUSED)
			unix_disconnect(s, to);
		if (err != -EAGAIN || t->nonblock)
			return err;
		err = wait_event_deadline(&to->room_wait,
					  sock_queue_has_room(to),
					  sock_deadline(s->sndtimeo));
		if (err)
			return sock_wait_error(err, s->sndtimeo);
	}
}

static bool room_to_send(const struct sock *s)
{
	return s->wmem < s->sndbuf || s->shut_write;
}

static int wait_for_room(struct sock *s, const struct transfer *t)
{
	int err = sock_error(s);

	if (err)
		return err;
	if (s->shut_write)
		return -EPIPE;		/* for any destination */
	if (room_to_send(s))
		return 0;
	if (t->nonblock)
		return -EAGAIN;
	return sock_wait_error(wait_event_deadline(&s->write_wait,
						   room_to_send(s),
						   sock_deadline(s->sndtimeo)),
			       s->sndtimeo);
}

/*
 * Send a datagram as a whole, or fail with EMSGSIZE.  A named destination is
 * looked up last.
 */
static long message_send(struct sock *s, struct transfer *t)
{
	bool named = t->name.len && s->type == SOCK_DGRAM;
	unsigned long len = t->u->left;
	struct sock *to = NULL;
	struct msg *m = NULL;
	int err = 0;

	if (!named)
		to = peer_get(s, &err);
	if (!err && len > s->sndbuf - 32)
		err = -EMSGSIZE;
	if (!err)
		err = wait_for_room(s, t);
	if (!err)
		m = sock_msg_make(s, t, len, &err);
	if (m && named)
		to = unix_find(s, &t->name, &err);
	if (m && to)
		err = unix_deliver(s, to, m, t);
	if (m && err)
		sock_msg_free(m);
	sock_put(to);
	return err ? err : (long)len;
}

/* SOCK_SEQPACKET checks these errors before anything else. */
static int may_send_packets(struct sock *s)
{
	int err = sock_error(s);

	if (!err && READ_ONCE(s->state) != SOCK_CONNECTED)
		err = -ENOTCONN;
	return err;
}

static long unix_send(struct sock *s, struct transfer *t)
{
	int err = 0;

	if (s->type == SOCK_SEQPACKET)
		err = may_send_packets(s);
	if (!err && t->flags & MSG_OOB)
		err = -EOPNOTSUPP;
	if (err)
		return err;
	if (s->type == SOCK_STREAM) {
		if (t->name.len)
			return s->state == SOCK_CONNECTED ? -EISCONN :
							    -EOPNOTSUPP;
		return sock_send_stream(s, t);
	}
	if (s->passcred && !s->addr)
		err = unix_autobind(s);
	return err ? err : message_send(s, t);
}

static long unix_receive(struct sock *s, struct transfer *t)
{
	if (s->type == SOCK_SEQPACKET && s->state != SOCK_CONNECTED)
		return -ENOTCONN;
	if (t->flags & MSG_OOB)		/* there is never urgent data */
		return s->type == SOCK_STREAM ? -EINVAL : -EOPNOTSUPP;
	if (s->type == SOCK_STREAM && s->state != SOCK_CONNECTED && !s->error)
		return -EINVAL;
	return sock_receive(s, t);
}

struct socket_family unix_family = {
	.number = AF_UNIX,
	.size = sizeof(struct sock),
	.protocol = { "UNIX", "UNIX-STREAM" },
	.files = unix_files,
	.check = unix_check,
	.pair = unix_pair,
	.bind = unix_bind,
	.listen = sock_listen,
	.connect = unix_connect,
	.shutdown = sock_shutdown,
	.has_peer = unix_has_peer,
	.key = unix_key,
	.name_out = unix_name_out,
	.name_to = unix_name_to,
	.send = unix_send,
	.receive = unix_receive,
	.take_control = unix_take_control,
	.put_control = unix_put_control,
};

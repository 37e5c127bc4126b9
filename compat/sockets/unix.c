/* SPDX-License-Identifier: MIT */
/*
 * AF_UNIX: names and connections.  A name is a file system node, whose inode
 * identifies the socket, or an abstract name: bytes after a NUL, which exists
 * as long as the socket.
 *
 * A connection is two sockets, each the peer of the other. connect(2) itself
 * creates the second socket and queues it at the listener; accept(2) gives it a
 * file.
 */
#include <compat/inet/inet.h>
#include "socket.h"
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <lib/printf.h>
#include <mm/frames/slab.h>

#define BUFFER_DEFAULT	212992u
#define INET_BUFFER	2626560u
#define FAMILY_SIZE	((int)sizeof(u16))

struct spinlock sock_lock = SPIN_INIT("socket", IPL_SOFT);
struct list all_socks = LIST_INIT(all_socks);
static struct slab_cache *sock_cache;
static struct mutex bind_lock;		/* one bind at a time */

void unix_init(void)
{
	mutex_init(&bind_lock, "unix bind");
	sock_cache = slab_create("socket", sizeof(struct sock));
}

/* The new socket has one reference, which becomes that of its file. */
struct sock *sock_create(struct net_space *n, int type)
{
	struct sock *s = slab_zalloc(sock_cache);

	if (!s)
		return NULL;
	s->user = user_get(current->cred->user);
	ref_init(&s->refs);
	s->net = net_get(n);
	s->family = AF_UNIX;
	s->type = type;
	s->sndbuf = s->rcvbuf = BUFFER_DEFAULT;
	list_init(&s->queue);
	list_init(&s->waiting);
	list_init(&s->wait_link);
	list_init(&s->flight_link);
	list_init(&s->gc_link);
	mutex_init(&s->read_lock, "socket read");
	wait_queue_init(&s->read_wait);
	wait_queue_init(&s->write_wait);
	wait_queue_init(&s->room_wait);
	spin_lock(&sock_lock);
	list_append(&all_socks, &s->all_link);
	spin_unlock(&sock_lock);
	return s;
}

void sock_addr_put(struct sock_addr *a)
{
	if (a && ref_put(&a->refs))
		kfree(a);
}

void sock_addr_replace(struct sock *s, struct sock_addr *a)
{
	struct sock_addr *old;

	spin_lock(&sock_lock);
	old = s->addr;
	s->addr = a;
	spin_unlock(&sock_lock);
	sock_addr_put(old);
}

/*
 * Context: not under sock_lock, unless the caller knows of another reference.
 */
void sock_put(struct sock *s)
{
	if (!s || !ref_put(&s->refs))
		return;
	spin_lock(&sock_lock);
	list_remove(&s->all_link);
	spin_unlock(&sock_lock);
	sock_addr_put(s->addr);
	sock_addr_put(s->remote);
	inet_cork_free(s);
	user_put(s->user);
	if (s->inode)
		inode_put(s->inode);
	net_put(s->net);
	if (s->maker)
		cred_put(s->maker);
	slab_free(sock_cache, s);
}

/* ---- names --------------------------------------------------------------- */

void sock_name_of(const struct sock_addr *a, struct sock_name *out)
{
	if (a) {
		*out = a->name;
	} else {
		out->len = FAMILY_SIZE;
		out->family = AF_UNIX;
	}
}

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

/* Context: [sock_lock].  Return: the socket, without a reference, or NULL. */
static struct sock *find_abstract(const struct net_space *net,
				  const struct sock_name *n)
{
	struct sock *s;

	spin_must_hold(&sock_lock);
	list_for_each(s, &all_socks, all_link)
		if (s->net == net && !s->dead && s->named &&
		    is_abstract(&s->addr->name) &&
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

struct sock *unix_find(const struct sock *by, const struct sock_name *n,
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
		list_for_each(k, &all_socks, all_link)
			if (!k->dead && k->inode == i)
				s = k;
	} else {
		s = find_abstract(by->net, n);
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
	if (is_abstract(&a->name) && find_abstract(s->net, &a->name)) {
		err = -EADDRINUSE;
	} else {
		s->addr = a;
		s->inode = i;
		s->named = s->family == AF_UNIX;
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

/*
 * Context: may sleep, as it creates a node.  bind_lock keeps two tasks from
 * naming the same socket.
 */
int unix_bind(struct sock *s, const struct sock_name *n)
{
	int err;

	if (n->len == FAMILY_SIZE)
		return unix_autobind(s);
	mutex_lock(&bind_lock);
	err = s->addr ? bind_again(n) : bind_new(s, n);
	mutex_unlock(&bind_lock);
	return err;
}

int unix_autobind(struct sock *s)
{
	int err;

	mutex_lock(&bind_lock);
	err = s->addr ? 0 : bind_new(s, NULL);
	mutex_unlock(&bind_lock);
	return err;
}

/* ---- connections --------------------------------------------------------- */

/* Context: [sock_lock]. */
static void note_peer_cred(struct sock *s, int pid, unsigned uid, unsigned gid)
{
	spin_must_hold(&sock_lock);
	s->peer_pid = pid;
	s->peer_uid = uid;
	s->peer_gid = gid;
}

/*
 * SO_PEERCRED reports credentials from the time of connect or listen, whatever
 * the peer's process changes later.
 */
static void note_my_cred(struct sock *s)
{
	note_peer_cred(s, current->process->pid, current->cred->euid,
		       current->cred->egid);
}

/* Context: [sock_lock]. */
static void sock_join(struct sock *a, struct sock *b)
{
	spin_must_hold(&sock_lock);
	ref_get(&a->refs);
	ref_get(&b->refs);
	a->peer = b;
	b->peer = a;
	a->state = b->state = SOCK_CONNECTED;
}

void unix_pair(struct sock *a, struct sock *b)
{
	spin_lock(&sock_lock);
	sock_join(a, b);
	note_my_cred(a);
	note_my_cred(b);
	spin_unlock(&sock_lock);
}

int sock_listen(struct sock *s, int backlog)
{
	int err = 0;

	if (s->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	spin_lock(&sock_lock);
	if (s->state == SOCK_CONNECTED || !s->addr) {
		err = -EINVAL;
	} else {
		s->state = SOCK_LISTENING;
		if (s->family != AF_UNIX)	/* listen undoes a shutdown */
			s->shut_read = false;
		s->backlog = (unsigned)min((unsigned long)(unsigned)backlog,
					   READ_ONCE(s->net->most_waiting));
		note_my_cred(s);	/* for peers that connect */
		wake_up(&s->room_wait);
	}
	spin_unlock(&sock_lock);
	return err;
}

static bool listener_has_room(const struct sock *l)
{
	return l->state != SOCK_LISTENING || l->dead || l->shut_read ||
		l->nr_waiting <= l->backlog;
}

/*
 * Raise the buffer size of an IP stream to what Linux allows a local connection
 * to reach, because programs write that much before they read.  A size set by
 * the program stays.
 */
static void unix_grow(struct sock *s)
{
	if (s->sndbuf == BUFFER_DEFAULT)
		s->sndbuf = INET_BUFFER;
}

/*
 * Connect s to `other`, and queue `other` at listener l.
 * Context: [sock_lock].
 * Return: 0, -EAGAIN: the listener's queue is full, -errno.
 */
static int try_connect(struct sock *s, struct sock *l, struct sock *other,
		       bool must_fit)
{
	spin_must_hold(&sock_lock);
	if (s->state != SOCK_FREE)
		return s->state == SOCK_CONNECTED ? -EISCONN : -EINVAL;
	if (l->state != SOCK_LISTENING || l->dead || l->shut_read)
		return -ECONNREFUSED;
	if (must_fit && !listener_has_room(l))
		return -EAGAIN;
	sock_join(s, other);
	if (s->family == AF_UNIX) {
		other->addr = l->addr;
		ref_get(&l->addr->refs);
		note_peer_cred(s, l->peer_pid, l->peer_uid, l->peer_gid);
		note_my_cred(other);
	} else {
		unix_grow(s);
		unix_grow(other);
	}
	ref_get(&other->refs);		/* the listener's reference */
	list_append(&l->waiting, &other->wait_link);
	other->listener = l;
	l->nr_waiting++;
	wake_up_key(&l->read_wait, POLLIN | POLLRDNORM);
	return 0;
}

/*
 * Connect a stream.  The second socket is created before any lock is taken.
 * The name is looked up again after each wait, as it may lead to another socket
 * by then.
 */
static int unix_connect_stream(struct sock *s, const struct sock_name *n,
			       bool nonblock)
{
	struct sock *other = sock_create(s->net, s->type), *l;
	ktime_t deadline = sock_deadline(s->sndtimeo);
	int err = -ENOMEM;

	if (!other)
		return err;
	for (;;) {
		l = unix_find(s, n, &err);
		if (!l)
			break;
		spin_lock(&sock_lock);
		err = try_connect(s, l, other, true);
		spin_unlock(&sock_lock);
		if (err == -EAGAIN && !nonblock)
			err = wait_event_deadline(&l->room_wait,
					listener_has_room(l), deadline) ?
				sock_wait_error(-ERESTARTSYS, s->sndtimeo) : 1;
		sock_put(l);
		if (err <= 0)
			break;
	}
	sock_put(other);
	return err;
}

/*
 * Connect for inet.  A nonblocking connect ignores the limit of the queue, as
 * its caller would only retry.
 */
int sock_meet(struct sock *s, struct sock *l, struct sock *other,
	      bool nonblock)
{
	int err;

	for (;;) {
		spin_lock(&sock_lock);
		err = try_connect(s, l, other, !nonblock);
		spin_unlock(&sock_lock);
		if (err != -EAGAIN)
			return err;
		err = wait_event_deadline(&l->room_wait, listener_has_room(l),
					  sock_deadline(s->sndtimeo));
		if (err)
			return sock_wait_error(err, s->sndtimeo);
	}
}

void sock_wake_all(struct sock *s)
{
	wake_up_key(&s->read_wait, POLLIN | POLLHUP | POLLRDHUP | POLLERR);
	wake_up_key(&s->write_wait, POLLOUT | POLLHUP | POLLERR);
	wake_up(&s->room_wait);
}

/*
 * Discard the queue of s, whose peer `old` was replaced, and report ECONNRESET
 * to `old` if that was connected to s.
 * Context: [sock_lock].  Return: the messages in *gone, to be freed.
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

void unix_disconnect(struct sock *s, struct sock *old)
{
	struct list gone = LIST_INIT(gone);
	bool was;

	spin_lock(&sock_lock);
	was = s->peer == old;
	if (was) {
		s->peer = NULL;
		s->state = SOCK_FREE;
		discard_queue(s, old, &gone);
	}
	spin_unlock(&sock_lock);
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
	sock_free_msgs(&gone);
	sock_put(old);
	return err;
}

int unix_connect(struct sock *s, const struct sock_name *n, bool nonblock)
{
	int err = 0;

	if (n->family != AF_UNSPEC && n->len <= FAMILY_SIZE)
		return -EINVAL;
	if (s->passcred && n->family != AF_UNSPEC)
		err = unix_autobind(s);
	if (err)
		return err;
	if (s->type == SOCK_DGRAM)
		return unix_connect_datagram(s, n);
	if (n->family != AF_UNIX)
		return -EINVAL;
	return unix_connect_stream(s, n, nonblock);
}

static bool can_accept(const struct sock *s)
{
	return !list_empty(&s->waiting) || s->state != SOCK_LISTENING ||
		s->shut_read;
}

/* Wakes tasks that wait in connect(2) for room in the listener's queue. */
int sock_accept(struct sock *s, bool nonblock, struct sock **out)
{
	int err;

	if (s->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	for (;;) {
		err = -EAGAIN;
		spin_lock(&sock_lock);
		if (s->state != SOCK_LISTENING || s->shut_read) {
			err = -EINVAL;
		} else if (!list_empty(&s->waiting)) {
			*out = list_first(&s->waiting, struct sock, wait_link);
			list_remove(&(*out)->wait_link);
			s->nr_waiting--;
			s->holds -= (*out)->holds;
			(*out)->listener = NULL;
			wake_up(&s->room_wait);
			err = 0;
		}
		spin_unlock(&sock_lock);
		if (err != -EAGAIN || nonblock)
			return err;
		err = wait_event_deadline(&s->read_wait, can_accept(s),
					  sock_deadline(s->rcvtimeo));
		if (err)
			return sock_wait_error(err, s->rcvtimeo);
	}
}

/* ---- ends ---------------------------------------------------------------- */

/*
 * True if both ends of an inet stream were shut for writing, so closing one
 * need not be reported to the other.
 */
static bool both_shut_write(const struct sock *s, const struct sock *p)
{
	return s->family != AF_UNIX && s->shut_write && p->shut_write;
}

/*
 * True if closing s loses data.  As on Linux an empty packet at the head of the
 * queue does not count.
 */
static bool has_unread(const struct sock *s)
{
	const struct list *first = s->queue.next;

	spin_must_hold(&sock_lock);
	if (first != &s->queue && !container_of(first, struct msg, link)->len)
		first = first->next;
	return first != &s->queue;
}

/*
 * Report the end of s to its peer; unread: s loses unread data.
 * Context: [sock_lock].
 */
static void sock_report_end(struct sock *s, bool unread)
{
	struct sock *p = s->peer;

	spin_must_hold(&sock_lock);
	if (!p || s->type == SOCK_DGRAM || both_shut_write(s, p))
		return;
	p->shut_read = true;
	/* an inet peer notices at its next write */
	if (unread || s->family == AF_UNIX)
		p->shut_write = true;
	if (unread)
		p->error = ECONNRESET;
	sock_wake_all(p);
}

/*
 * Close a socket.  Its peer keeps a reference to it, for getpeername(2).  Files
 * in queued messages are closed after the socket (struct file_endings).
 */
static void sock_release_one(struct sock *s)
{
	struct list gone = LIST_INIT(gone), orphans = LIST_INIT(orphans);
	struct sock *peer, *o;

	inet_hold_end(s);
	spin_lock(&sock_lock);
	s->dead = true;
	s->file = NULL;
	sock_report_end(s, has_unread(s) || (s->family != AF_UNIX &&
					     s->linger_on && !s->linger_time));
	peer = s->peer;
	s->peer = NULL;
	sock_drain(s, &gone);
	while (!list_empty(&s->waiting)) {
		o = list_first(&s->waiting, struct sock, wait_link);
		list_remove(&o->wait_link);
		list_append(&orphans, &o->wait_link);
		s->holds -= o->holds;
		o->listener = NULL;
		sock_report_end(o, true);
	}
	sock_wake_all(s);
	spin_unlock(&sock_lock);
	sock_free_msgs(&gone);
	while (!list_empty(&orphans)) {
		o = list_first(&orphans, struct sock, wait_link);
		list_remove(&o->wait_link);
		sock_release_one(o);
	}
	sock_put(peer);
	sock_put(s);
}

/*
 * Sockets held by messages are closed one after the other, not recursively: a
 * chain of them could overflow the stack.
 */
void sock_release(struct sock *s)
{
	struct file_endings e;
	bool outermost = file_endings_begin(&e);

	sock_release_one(s);
	if (!outermost)
		return;
	do
		file_endings_run(&e);
	while (unix_collect());
	file_endings_end(&e);
}

/* Shutting down writing on s ends reading at its peer. */
int sock_shutdown(struct sock *s, int how)
{
	bool rd = how != 1, wr = how != 0;
	struct sock *p;
	int err = 0;

	if (how < 0 || how > 2)
		return -EINVAL;
	if (wr)
		inet_push(s);
	spin_lock(&sock_lock);
	p = s->peer;
	/* the shutdown is recorded anyway: later reads return immediately */
	if (s->state == SOCK_FREE && s->family != AF_UNIX)
		err = -ENOTCONN;
	s->shut_read |= rd;
	s->shut_write |= wr;
	sock_wake_all(s);
	if (!err && p && s->type != SOCK_DGRAM) {
		p->shut_read |= wr;
		p->shut_write |= rd && s->family == AF_UNIX;
		sock_wake_all(p);
	}
	spin_unlock(&sock_lock);
	return err;
}

/* SPDX-License-Identifier: MIT */
/*
 * Sockets as descriptors, and the system calls that create, name and connect
 * them.  Families that nobody has registered fail with EAFNOSUPPORT.
 */
#include <compat/filelock/async.h>
#include "family.h"
#include "netif.h"
#include <fs/fs.h>
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <lt/init.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define SIOC_KIND	0x8900		/* first ioctl number of sockets */
#define FIOSETOWN	0x8901
#define SIOCSPGRP	0x8902
#define FIOGETOWN	0x8903
#define SIOCGPGRP	0x8904
#define SIOCATMARK	0x8905
#define SIOCGSKNS	0x894c

static const struct fs_type sock_kind = {
	.name = "sockfs", .magic = 0x534f434b,
};
static struct super *sock_super;		/* const after socket_init */
static const struct socket_family *families[AF_MAX];	/* const after init */

void socket_register(struct socket_family *f)
{
	f->cache = slab_create(f->protocol[0], f->size);
	families[f->number] = f;
}

const struct net_file *net_file_at(unsigned k)
{
	for (unsigned i = 0; i < AF_MAX; i++) {
		const struct net_file *f = families[i] ? families[i]->files :
							 NULL;

		for (; f && f->name; f++)
			if (!k--)
				return f;
	}
	return NULL;
}

static void socket_init(void)
{
	sock_super = anon_super(&sock_kind);
	sock_names_init();
	socket_register(&unix_family);
	recvmmsg_keep = sock_keep_error;
}
INIT(fs, socket_init);

/* ---- the file ------------------------------------------------------------ */

static void socket_release(struct file *f)
{
	sock_release(f->private);
}

static long socket_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct transfer t = {
		.u = u, .nonblock = (f->flags | u->flags) & O_NONBLOCK,
	};
	struct sock *s = f->private;
	long n;

	if (!u->left)
		return 0;
	n = s->family->receive(s, &t);
	scm_free(&t.scm);
	return n;
}

long socket_send(struct file *f, struct transfer *t)
{
	unsigned long want = t->u->left;
	struct sock *s = f->private;
	long n = s->family->send(s, t);

	if (n < (long)want)
		async_full(f);
	return n;
}

static long socket_write(struct file *f, struct uio *u, loff_t *pos)
{
	struct transfer t = {
		.u = u, .nonblock = (f->flags | u->flags) & O_NONBLOCK,
		.scm = { .pid = current->process->pid,
			 .uid = current->cred->uid,
			 .gid = current->cred->gid },
	};

	return socket_send(f, &t);
}

/* Set (FIOSETOWN, SIOCSPGRP) or get (FIOGETOWN, SIOCGPGRP) the owner of f. */
static long owner_ioctl(struct file *f, bool set, uaddr_t arg)
{
	int who;

	if (!set)
		return put_user(async_owner_word(f), arg);
	if (get_user(&who, arg))
		return -EFAULT;
	return async_set_owner(f, who);
}

/*
 * Run an ioctl.  For datagrams SIOCINQ returns the length of the next one
 * (unix(7), udp(7)).
 */
static long socket_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct sock *s = f->private;
	unsigned long n = 0;
	long done;

	switch (cmd) {
	case FIOSETOWN:
	case SIOCSPGRP:
	case FIOGETOWN:
	case SIOCGPGRP:
		return owner_ioctl(f, cmd == FIOSETOWN || cmd == SIOCSPGRP,
				   arg);
	}
	if (s->family->ioctl) {
		done = s->family->ioctl(s, cmd, arg);
		if (done != -ENOTTY)
			return done;
	}
	if (cmd == SIOCATMARK && s->type == SOCK_STREAM)
		return put_user(0, arg);	/* there is no urgent data */
	if (cmd == SIOCGSTAMP || cmd == SIOCGSTAMPNS)
		return -ENOTTY;
	if (cmd == SIOCGSKNS && net_entry.net_open)
		return !net_capable(s->net, CAP_NET_ADMIN) ? -EPERM :
			net_entry.net_open(s->net);
	if ((cmd & ~0xffu) == SIOC_KIND)
		return netif_ioctl(s, cmd, arg);
	if (cmd != SIOCINQ && cmd != SIOCOUTQ)
		return -ENOTTY;
	if (s->state == SOCK_LISTENING && cmd == SIOCINQ)
		return -EINVAL;
	spin_lock(&sock_lock);
	if (cmd == SIOCOUTQ)
		n = s->wmem;
	else if (s->type == SOCK_STREAM)
		n = s->queued_bytes;
	else if (!list_empty(&s->queue))
		n = list_first(&s->queue, struct msg, link)->len;
	spin_unlock(&sock_lock);
	return put_user((int)n, arg);
}

/*
 * Return: bytes queued at the socket itself.  Bytes that it has sent are
 * counted for the socket that will read them.
 */
static unsigned long socket_held(const struct file *f)
{
	const struct sock *s = f->private;

	return HINT(s->queued_bytes);
}

/*
 * Return: memory of s and of connections that wait for accept(2), which have no
 * file yet.
 */
static unsigned long socket_pins(const struct file *f)
{
	const struct sock *s = f->private;

	return (1 + HINT(s->nr_waiting)) * s->family->size;
}

static const char *socket_protocol(const struct file *f)
{
	const struct sock *s = f->private;

	return s->family->protocol[s->type == SOCK_STREAM];
}

const struct file_ops socket_fops = {
	.release = socket_release,
	.read = socket_read,
	.write = socket_write,
	.poll = sock_poll,
	.sends_sigio = true,
	.ioctl = socket_ioctl,
	.held = socket_held,
	.pins = socket_pins,
	.protocol = socket_protocol,
};

/*
 * Create an open file for s; takes over the caller's reference to s.
 * Return: NULL: no memory, and s is released.
 */
static struct file *socket_file(struct sock *s, int flags)
{
	struct file *f = anon_file(sock_super, &socket_fops,
				   O_RDWR | ((unsigned)flags & O_NONBLOCK), s);

	if (!f) {
		sock_release(s);
		return NULL;
	}
	f->inode->mode = S_IFSOCK | 0777;
	spin_lock(&sock_lock);
	s->file = f;
	spin_unlock(&sock_lock);
	return f;
}

struct sock *sock_get(int fd, struct fdref *ref, int *err)
{
	*ref = fdref_get(fd);
	*err = -EBADF;
	if (!ref->file)
		return NULL;
	if (likely(ref->file->ops == &socket_fops))
		return ref->file->private;
	fdref_put(*ref);
	*err = -ENOTSOCK;
	return NULL;
}

/* ---- names --------------------------------------------------------------- */

int sock_name_copy(char raw[RAW_NAME], uaddr_t at, int len)
{
	if (len < 0 || len > RAW_NAME)
		return -EINVAL;
	return copy_from_user(raw, at, (unsigned long)len);
}

int sock_name_begin(struct sock_name *n, const char *raw, int len)
{
	memset(n, 0, sizeof(*n));
	if (len < (int)sizeof(n->family))
		return -EINVAL;
	n->len = len;
	memcpy(&n->family, raw, sizeof(n->family));
	memcpy(n->path, raw + sizeof(n->family),
	       (size_t)min(len, UNIX_PATH_MAX + 2) - sizeof(n->family));
	return 0;
}

/* Stores the full length even if the address was cut off (accept(2)). */
int sock_name_out(const struct sock *s, const struct sock_name *n, uaddr_t at,
		  uaddr_t len)
{
	char raw[RAW_NAME];
	int room, whole;

	if (get_user(&room, len))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	whole = s->family->name_out(s, n, raw);
	if (copy_to_user(at, raw, (unsigned long)min(room, whole)))
		return -EFAULT;
	return put_user(whole, len);
}

/* ---- making them --------------------------------------------------------- */

/*
 * Find the family of a socket, and let it check the arguments and set the type
 * and protocol of its sockets.
 * Return: 0 with *f, or the errno of socket(2), tested in Linux's order.
 */
static int check_kind(int number, int *type, int *protocol,
		      const struct socket_family **f)
{
	if (*type & ~(SOCK_TYPE_MASK | (int)SOCK_FLAGS))
		return -EINVAL;
	*type &= SOCK_TYPE_MASK;
	if (number < 0 || number >= AF_MAX)
		return -EAFNOSUPPORT;
	if (*type >= SOCK_TYPES)
		return -EINVAL;
	*f = families[number];
	return *f ? (*f)->check(type, protocol) : -EAFNOSUPPORT;
}

/*
 * Create a socket and its file; flags: SOCK_FLAGS.
 * Return: NULL: no memory.
 */
static struct file *socket_new(const struct socket_family *f, int type,
			       int protocol, int flags)
{
	struct sock *s = sock_create(f, net_space(), type, protocol);

	return s ? socket_file(s, flags) : NULL;
}

long sys_socket(int family, int type, int protocol)
{
	const struct socket_family *of;
	int flags = type, err = check_kind(family, &type, &protocol, &of);
	struct file *f;

	if (err)
		return err;
	f = socket_new(of, type, protocol, flags);
	if (!f)
		return -ENOMEM;
	return fd_give(f, 0, flags & (int)O_CLOEXEC);
}

/*
 * The descriptor numbers are stored before the arguments are checked, as on
 * Linux.
 */
long sys_socketpair(int family, int type, int protocol, uaddr_t fds)
{
	int err = type & ~(SOCK_TYPE_MASK | (int)SOCK_FLAGS) ? -EINVAL : 0;
	const struct socket_family *of;
	int fd[2] = { -1, -1 }, flags = type;
	struct file *f[2] = { NULL, NULL };

	for (unsigned i = 0; !err && i < 2; i++) {
		fd[i] = fd_reserve(0, flags & (int)O_CLOEXEC);
		if (fd[i] < 0)
			err = fd[i];
	}
	if (!err)
		err = copy_to_user(fds, fd, sizeof(fd));
	if (!err)
		err = check_kind(family, &type, &protocol, &of);
	if (!err && !of->pair)
		err = -EOPNOTSUPP;
	for (unsigned i = 0; !err && i < 2; i++) {
		f[i] = socket_new(of, type, protocol, flags);
		if (!f[i])
			err = -ENOMEM;
	}
	for (unsigned i = 0; err && i < 2; i++) {
		if (fd[i] >= 0)
			fd_cancel(fd[i]);
		if (f[i])
			file_put(f[i]);
	}
	if (err)
		return err;
	of->pair(f[0]->private, f[1]->private);
	fd_fill(fd[0], f[0]);
	fd_fill(fd[1], f[1]);
	return 0;
}

/* ---- the rest ------------------------------------------------------------ */

long sys_bind(int fd, uaddr_t addr, int len)
{
	char raw[RAW_NAME];
	struct fdref ref;
	int err;
	struct sock *s = sock_get(fd, &ref, &err);

	if (!s)
		return err;
	err = sock_name_copy(raw, addr, len);
	if (!err)
		err = s->family->bind(s, raw, len);
	fdref_put(ref);
	return err;
}

long sys_listen(int fd, int backlog)
{
	struct fdref ref;
	int err;
	struct sock *s = sock_get(fd, &ref, &err);

	if (!s)
		return err;
	err = s->family->listen ? s->family->listen(s, backlog) : -EOPNOTSUPP;
	fdref_put(ref);
	return err;
}

long sys_connect(int fd, uaddr_t addr, int len)
{
	struct fdref ref = fdref_get(fd);
	char raw[RAW_NAME];
	int err = ref.file ? sock_name_copy(raw, addr, len) : -EBADF;
	struct sock *s;

	if (!err && ref.file->ops != &socket_fops)
		err = -ENOTSOCK;
	if (!err) {
		s = ref.file->private;
		err = s->family->connect(s, raw, len,
					 ref.file->flags & O_NONBLOCK);
	}
	fdref_put(ref);
	return err;
}

static long name_peer(struct sock *s, uaddr_t addr, uaddr_t len)
{
	struct sock_name n = { .len = 0 };

	spin_lock(&sock_lock);
	sock_name_of(s->remote ? s->remote : s->peer ? s->peer->addr : NULL,
		     &n);
	spin_unlock(&sock_lock);
	return sock_name_out(s, &n, addr, len);
}

/*
 * Accept a connection.  As on Linux, a connection taken from the listener is
 * lost if creating its file or storing the address fails.  O_NONBLOCK is not
 * inherited (accept(2)).
 */
static long accept_file(struct file *listener, uaddr_t addr, uaddr_t len,
			int flags)
{
	struct sock *new = NULL;
	struct file *f;
	int fd = fd_reserve(0, flags & (int)O_CLOEXEC);
	long err = -ENOTSOCK;

	if (fd < 0)
		return fd;
	if (listener->ops != &socket_fops)
		goto fail;
	err = sock_accept(listener->private, listener->flags & O_NONBLOCK,
			  &new);
	if (err)
		goto fail;
	f = socket_file(new, flags);
	err = -ENOMEM;
	if (!f)
		goto fail;
	err = addr ? name_peer(new, addr, len) : 0;
	if (err) {
		file_put(f);
		goto fail;
	}
	fd_fill(fd, f);
	return fd;
fail:
	fd_cancel(fd);
	return err;
}

long sys_accept4(int fd, uaddr_t addr, uaddr_t len, int flags)
{
	struct fdref ref = fdref_get(fd);
	long done = -EBADF;

	if (!ref.file)
		return done;
	if (flags & ~(int)SOCK_FLAGS)
		done = -EINVAL;
	else
		done = accept_file(ref.file, addr, len, flags);
	fdref_put(ref);
	return done;
}

long sys_accept(int fd, uaddr_t addr, uaddr_t len)
{
	return sys_accept4(fd, addr, len, 0);
}

long sys_getsockname(int fd, uaddr_t addr, uaddr_t len)
{
	struct sock_name n = { .len = 0 };
	struct fdref ref;
	int err;
	struct sock *s = sock_get(fd, &ref, &err);

	if (!s)
		return err;
	spin_lock(&sock_lock);
	sock_name_of(s->addr, &n);
	spin_unlock(&sock_lock);
	err = sock_name_out(s, &n, addr, len);
	fdref_put(ref);
	return err;
}

long sys_getpeername(int fd, uaddr_t addr, uaddr_t len)
{
	struct fdref ref;
	int err;
	struct sock *s = sock_get(fd, &ref, &err);
	bool known;

	if (!s)
		return err;
	spin_lock(&sock_lock);
	known = s->family->has_peer(s);
	spin_unlock(&sock_lock);
	err = known ? (int)name_peer(s, addr, len) : -ENOTCONN;
	fdref_put(ref);
	return err;
}

long sys_shutdown(int fd, int how)
{
	struct fdref ref;
	int err;
	struct sock *s = sock_get(fd, &ref, &err);

	if (!s)
		return err;
	err = s->family->shutdown ? s->family->shutdown(s, how) : -EOPNOTSUPP;
	fdref_put(ref);
	return err;
}

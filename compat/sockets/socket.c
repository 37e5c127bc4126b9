/* SPDX-License-Identifier: MIT */
/*
 * Sockets as descriptors, and the system calls that create, name and connect
 * them.  Families other than AF_UNIX, AF_INET, AF_INET6 and AF_NETLINK fail
 * with EAFNOSUPPORT.
 */
#include <compat/filelock/async.h>
#include <compat/inet/inet.h>
#include <compat/inet/netif.h>
#include <compat/inet/netlink.h>
#include "socket.h"
#include <fs/fs.h>
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <lt/init.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define SIOCINQ		0x541b
#define SIOCOUTQ	0x5411
#define SIOC_KIND	0x8900		/* first ioctl number of sockets */
#define FIOSETOWN	0x8901
#define SIOCSPGRP	0x8902
#define FIOGETOWN	0x8903
#define SIOCGPGRP	0x8904
#define SIOCATMARK	0x8905
#define SIOCGSTAMP	0x8906
#define SIOCGSTAMPNS	0x8907
#define SIOCOUTQNSD	0x894b
#define SIOCGSKNS	0x894c

static const struct fs_type sock_kind = {
	.name = "sockfs", .magic = 0x534f434b,
};
static struct super *sock_super;		/* const after socket_init */

static void socket_init(void)
{
	sock_super = anon_super(&sock_kind);
	unix_init();
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
	long n;

	if (!u->left)
		return 0;
	n = sock_receive(f->private, &t);
	scm_free(&t.scm);
	return n;
}

long socket_send(struct file *f, struct transfer *t)
{
	unsigned long want = t->u->left;
	long n = sock_send(f->private, t);

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
 * True if cmd, SIOCATMARK or SIOCOUTQNSD, exists for s.  Both always yield 0,
 * as there is no urgent data, and no byte waits for a network to accept it.
 */
static bool has_stream(const struct sock *s, unsigned cmd)
{
	return s->type == SOCK_STREAM &&
		(sock_is_inet(s) || cmd == SIOCATMARK);
}

/*
 * Run an ioctl.  For datagrams SIOCINQ returns the length of the next one
 * (unix(7), udp(7)).
 */
static long socket_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct sock *s = f->private;
	unsigned long n = 0;

	switch (cmd) {
	case FIOSETOWN:
	case SIOCSPGRP:
	case FIOGETOWN:
	case SIOCGPGRP:
		return owner_ioctl(f, cmd == FIOSETOWN || cmd == SIOCSPGRP,
				   arg);
	}
	if ((cmd == SIOCATMARK || cmd == SIOCOUTQNSD) && has_stream(s, cmd))
		return put_user(0, arg);
	if (cmd == SIOCGSTAMP || cmd == SIOCGSTAMPNS)
		return sock_is_inet(s) ? -ENOENT : -ENOTTY;
	if (cmd == SIOCGSKNS && net_entry.net_open)
		return !net_capable(s->net, CAP_NET_ADMIN) ? -EPERM :
			net_entry.net_open(s->net);
	if ((cmd & ~0xffu) == SIOC_KIND)
		return netif_ioctl(s, cmd, arg);
	if (cmd != SIOCINQ && cmd != SIOCOUTQ)
		return -ENOTTY;
	if (s->state == SOCK_LISTENING &&
	    (cmd == SIOCINQ || s->family != AF_UNIX))
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

	return (1 + HINT(s->nr_waiting)) * sizeof(*s);
}

static const char *socket_protocol(const struct file *f)
{
	const struct sock *s = f->private;
	bool stream = s->type == SOCK_STREAM;

	switch (s->family) {
	case AF_NETLINK: return "NETLINK";
	case AF_INET: return stream ? "TCP" : "UDP";
	case AF_INET6: return stream ? "TCPv6" : "UDPv6";
	}
	return stream ? "UNIX-STREAM" : "UNIX";
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

/*
 * Parse an address.  AF_UNSPEC is valid in any family: connect(2) uses it to
 * dissolve a connection.
 */
static int name_parse(const struct sock *s, struct sock_name *n,
		      const char *raw, int len)
{
	memset(n, 0, sizeof(*n));
	if (len < (int)sizeof(n->family))
		return -EINVAL;
	memcpy(&n->family, raw, sizeof(n->family));
	if (n->family == AF_UNSPEC) {
		n->len = len;
		memcpy(n->path, raw + sizeof(n->family),
		       (size_t)min(len, UNIX_PATH_MAX + 2) - 2);
		return 0;
	}
	if (s->family == AF_NETLINK)
		return netlink_name_in(n, raw, len);
	if (s->family != AF_UNIX)
		return inet_name_in(s, n, raw, len);
	len -= (int)sizeof(n->family);
	if (n->family != AF_UNIX || len > UNIX_PATH_MAX)
		return -EINVAL;
	memcpy(n->path, raw + sizeof(n->family), (size_t)len);
	if (len && n->path[0])		/* a path name ends at its NUL */
		len = (int)strlen(n->path) + 1;
	n->len = len + (int)sizeof(n->family);
	return 0;
}

int sock_name_in(const struct sock *s, struct sock_name *n, uaddr_t at,
		 int len)
{
	char raw[RAW_NAME];
	int err = sock_name_copy(raw, at, len);

	return err ? err : name_parse(s, n, raw, len);
}

/*
 * True if sending with MSG_OOB will fail.  Then the destination must not be
 * parsed, as its errors would come first.
 */
static bool is_refused_oob(const struct sock *s, unsigned flags)
{
	return flags & MSG_OOB && s->family != AF_INET6;
}

int sock_name_to(const struct sock *s, struct sock_name *n, const char *raw,
		 int len, unsigned flags)
{
	int err;

	memset(n, 0, sizeof(*n));
	if ((!len && !sock_is_inet(s)) || is_refused_oob(s, flags))
		return 0;
	if (s->type != SOCK_DGRAM && s->family != AF_NETLINK) {
		/* a stream of IP ignores the name */
		n->len = s->family == AF_UNIX ? len : 0;
		return 0;
	}
	err = s->family == AF_INET6 ? inet6_name_to(s, n, raw, len) :
		name_parse(s, n, raw, len);
	if (!err && !sock_is_inet(s) &&
	    (n->family != s->family || n->len <= 2))
		err = -EINVAL;
	return err;
}

/* Stores the full length even if the address was cut off (accept(2)). */
int sock_name_out(const struct sock *s, const struct sock_name *n, uaddr_t at,
		  uaddr_t len)
{
	char raw[sizeof(u16) + UNIX_PATH_MAX + 1];
	u16 family = AF_UNIX;
	int room, whole = n->len;

	if (get_user(&room, len))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	memcpy(raw, &family, sizeof(family));
	memcpy(raw + sizeof(family), n->path, UNIX_PATH_MAX + 1);
	if (s->family == AF_NETLINK)
		whole = netlink_name_out(n, raw);
	else if (s->family != AF_UNIX)
		whole = inet_name_out(s, n, raw);
	if (copy_to_user(at, raw, (unsigned long)min(room, whole)))
		return -EFAULT;
	return put_user(whole, len);
}

/* ---- making them --------------------------------------------------------- */

/* Return: 0, or the errno of socket(2), tested in Linux's order. */
static int check_kind(int family, int type, int protocol)
{
	int kind = type & SOCK_TYPE_MASK;

	if (type & ~(SOCK_TYPE_MASK | (int)SOCK_FLAGS))
		return -EINVAL;
	if (family < 0 || family >= AF_MAX)
		return -EAFNOSUPPORT;
	if (kind >= SOCK_TYPES)
		return -EINVAL;
	if (family == AF_INET && kind == SOCK_PACKET)
		return -EAFNOSUPPORT;	/* historic alias of AF_PACKET */
	if (family == AF_INET || family == AF_INET6)
		return inet_check(kind, protocol);
	if (family == AF_NETLINK)
		return netlink_check(kind, protocol);
	if (family != AF_UNIX)
		return -EAFNOSUPPORT;
	if (protocol && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	if (kind != SOCK_STREAM && kind != SOCK_DGRAM &&
	    kind != SOCK_SEQPACKET && kind != SOCK_RAW)
		return -ESOCKTNOSUPPORT;
	return 0;
}

/* Create a socket and its file.  Return: NULL: no memory. */
static struct file *socket_new(int family, int type)
{
	int kind = type & SOCK_TYPE_MASK;
	struct sock *s = sock_create(net_space(), kind == SOCK_RAW ?
				     SOCK_DGRAM : kind);

	if (!s)
		return NULL;
	s->family = family;
	s->raw = kind == SOCK_RAW && family != AF_UNIX;
	if (family == AF_NETLINK) {
		s->maker = current->cred;
		cred_get(s->maker);
	}
	return socket_file(s, type);
}

long sys_socket(int family, int type, int protocol)
{
	int err = check_kind(family, type, protocol);
	struct file *f;

	if (err)
		return err;
	f = socket_new(family, type);
	if (!f)
		return -ENOMEM;
	return fd_give(f, 0, type & (int)O_CLOEXEC);
}

/*
 * The descriptor numbers are stored before the arguments are checked, as on
 * Linux.
 */
long sys_socketpair(int family, int type, int protocol, uaddr_t fds)
{
	int err = type & ~(SOCK_TYPE_MASK | (int)SOCK_FLAGS) ? -EINVAL : 0;
	int fd[2] = { -1, -1 };
	struct file *f[2] = { NULL, NULL };

	for (unsigned i = 0; !err && i < 2; i++) {
		fd[i] = fd_reserve(0, type & (int)O_CLOEXEC);
		if (fd[i] < 0)
			err = fd[i];
	}
	if (!err)
		err = copy_to_user(fds, fd, sizeof(fd));
	if (!err)
		err = check_kind(family, type, protocol);
	if (!err && family != AF_UNIX)
		err = -EOPNOTSUPP;
	for (unsigned i = 0; !err && i < 2; i++) {
		f[i] = socket_new(family, type);
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
	unix_pair(f[0]->private, f[1]->private);
	fd_fill(fd[0], f[0]);
	fd_fill(fd[1], f[1]);
	return 0;
}

/* ---- the rest ------------------------------------------------------------ */

static int bind_in(struct sock *s, uaddr_t addr, int len)
{
	struct sock_name n;
	int err = sock_name_in(s, &n, addr, len);

	if (err == -ENETUNREACH)		/* IPv4 address with
						   IPV6_V6ONLY */
		err = -EINVAL;
	if (!err && s->family == AF_NETLINK)
		return n.family != AF_NETLINK ? -EINVAL : netlink_bind(s, &n);
	if (!err && s->family != AF_UNIX) {
		if (n.family == AF_UNSPEC)
			err = inet_name_unspec(s, &n);
		return err ? err : inet_bind(s, &n);
	}
	if (!err && n.family != AF_UNIX)
		err = -EINVAL;
	return err ? err : unix_bind(s, &n);
}

long sys_bind(int fd, uaddr_t addr, int len)
{
	struct fdref ref;
	int err;
	struct sock *s = sock_get(fd, &ref, &err);

	if (!s)
		return err;
	err = bind_in(s, addr, len);
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
	err = sock_is_inet(s) ? inet_listen(s, backlog) :
		sock_listen(s, backlog);
	fdref_put(ref);
	return err;
}

/*
 * Parse the address for connect(2); IPv6 datagram sockets may connect to IPv4
 * addresses, too.
 */
static int parse_peer_name(const struct sock *s, struct sock_name *n,
			   const char *raw, int len)
{
	u16 family = AF_UNSPEC;

	if (len >= (int)sizeof(family))
		memcpy(&family, raw, sizeof(family));
	if (family != AF_INET || s->family != AF_INET6 ||
	    s->type != SOCK_DGRAM)
		return name_parse(s, n, raw, len);
	if (s->v6only)
		return -EAFNOSUPPORT;
	memset(n, 0, sizeof(*n));
	return inet6_name_to(s, n, raw, len);
}

/* Connect f; on a stream of IP, EISCONN comes before errors of the address. */
static int connect_to(struct file *f, const char *raw, int len)
{
	struct sock *s = f->private;
	struct sock_name n;
	int err = parse_peer_name(s, &n, raw, len);

	if (err && len >= (int)sizeof(n.family) && sock_is_inet(s) &&
	    s->type == SOCK_STREAM && s->state != SOCK_FREE)
		return -EISCONN;
	if (err)
		return err;
	if (s->family == AF_NETLINK)
		return netlink_connect(s, &n);
	return (s->family == AF_UNIX ? unix_connect : inet_connect)
		(s, &n, f->flags & O_NONBLOCK);
}

long sys_connect(int fd, uaddr_t addr, int len)
{
	struct fdref ref = fdref_get(fd);
	char raw[RAW_NAME];
	int err = ref.file ? sock_name_copy(raw, addr, len) : -EBADF;

	if (!err && ref.file->ops != &socket_fops)
		err = -ENOTSOCK;
	if (!err)
		err = connect_to(ref.file, raw, len);
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

/* True if s has a peer; an inet peer with port 0 does not count. */
static bool has_peer(struct sock *s)
{
	bool yes;

	spin_lock(&sock_lock);
	yes = s->remote ? inet_names_port(&s->remote->name) :
		s->peer || s->family == AF_NETLINK;
	spin_unlock(&sock_lock);
	return yes;
}

long sys_getpeername(int fd, uaddr_t addr, uaddr_t len)
{
	struct fdref ref;
	int err;
	struct sock *s = sock_get(fd, &ref, &err);

	if (!s)
		return err;
	err = has_peer(s) ? (int)name_peer(s, addr, len) : -ENOTCONN;
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
	err = s->family == AF_NETLINK ? -EOPNOTSUPP : sock_shutdown(s, how);
	fdref_put(ref);
	return err;
}

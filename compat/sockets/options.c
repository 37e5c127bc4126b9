/* SPDX-License-Identifier: MIT */
/* getsockopt and setsockopt: level SOL_SOCKET; families have other levels. */
#include "family.h"
#include "netif.h"
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <lt/arch.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/*
 * Linux's SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF on 64-bit machines, and its
 * default of net.core.rmem_max and wmem_max.
 */
#define BUFFER_MIN	2304u
#define SEND_MIN	4608u
#define BUFFER_MAX	212992u

struct linger {
	int on, seconds;
};

struct peer_cred {
	int pid;
	unsigned uid, gid;
};

/*
 * Compute the size of a buffer.  The size is doubled for bookkeeping, and
 * getsockopt(2) returns the doubled value.
 */
static unsigned buffer_size(int asked, unsigned least, bool force)
{
	unsigned n = asked < 0 ? BUFFER_MAX : (unsigned)asked;

	if (!force || n > 0x3fffffff)
		n = min(n, BUFFER_MAX);
	return max(n * 2, least);
}

/*
 * Set a time-out; value: a struct timeval of longs, or (wide) of 64-bit fields.
 */
static long set_timeout(ktime_t *to, uaddr_t value, int len, bool wide)
{
	s64 sec, usec;

	if (wide || sizeof(long) == 8) {
		s64 t[2];

		if (len < (int)sizeof(t))
			return -EINVAL;
		if (copy_from_user(t, value, sizeof(t)))
			return -EFAULT;
		sec = t[0], usec = t[1];
	} else {
		s32 t[2];

		if (len < (int)sizeof(t))
			return -EINVAL;
		if (copy_from_user(t, value, sizeof(t)))
			return -EFAULT;
		sec = t[0], usec = t[1];
	}
	if (usec < 0 || usec >= 1000000)
		return -EDOM;
	if (sec < 0)
		*to = SOCK_NO_WAIT;
	else
		*to = sec > 0x7fffffff ? 0 :
			(ktime_t)sec * NSEC_PER_SEC + (ktime_t)usec * 1000;
	return 0;
}

/*
 * Set a flag or size.  Context: takes sock_lock, because senders read the
 * sizes.
 */
static long sock_set_flag(struct sock *s, int name, int on)
{
	spin_lock(&sock_lock);
	switch (name) {
	case SO_PASSCRED: s->passcred = on; break;
	case SO_REUSEADDR: s->reuse = on; break;
	case SO_REUSEPORT: s->reuseport = on; break;
	case SO_BROADCAST: s->broadcast = on; break;
	case SO_KEEPALIVE: s->keepalive = on; break;
	case SO_NO_CHECK: s->no_check = on; break;
	case SO_OOBINLINE: s->oob_inline = on; break;
	case SO_PRIORITY: s->priority = on; break;
	case SO_RCVLOWAT:
		s->low_water = on < 0 ? 0x7fffffff : max(on, 1);
		break;
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
		s->sndbuf = buffer_size(on, SEND_MIN, name == SO_SNDBUFFORCE);
		break;
	case SO_RCVBUF:
	case SO_RCVBUFFORCE:
		s->rcvbuf = buffer_size(on, BUFFER_MIN,
					name == SO_RCVBUFFORCE);
		break;
	}
	spin_unlock(&sock_lock);
	return 0;
}

static long set_linger(struct sock *s, uaddr_t value, int len)
{
	struct linger l;

	if (len < (int)sizeof(l))
		return -EINVAL;
	if (copy_from_user(&l, value, sizeof(l)))
		return -EFAULT;
	spin_lock(&sock_lock);
	s->linger_on = l.on != 0;
	if (l.on)
		s->linger_time = l.seconds;
	spin_unlock(&sock_lock);
	return 0;
}

/*
 * Bind to a device by its name, which may lack its NUL; an empty name ends the
 * binding.  Changing a binding needs a privilege.  The only device is `lo`, so
 * delivery does not change.
 */
static long set_device(struct sock *s, uaddr_t value, int len)
{
	char name[IFNAMSIZ] = "";

	if (copy_from_user(name, value, (unsigned long)min(len, IFNAMSIZ - 1)))
		return -EFAULT;
	if (name[0] && strcmp(name, LO_NAME))
		return -ENODEV;
	if (READ_ONCE(s->on_loopback) && !net_capable(s->net, CAP_NET_RAW))
		return -EPERM;
	spin_lock(&sock_lock);
	WRITE_ONCE(s->on_loopback, name[0] != '\0');
	spin_unlock(&sock_lock);
	return 0;
}

static long sock_set_option(struct sock *s, int name, uaddr_t value, int len)
{
	int n;

	if (name == SO_BINDTODEVICE)
		return set_device(s, value, len);
	/* an int is read first even if the option is a larger structure */
	if (len < (int)sizeof(n))
		return -EINVAL;
	if (get_user(&n, value))
		return -EFAULT;
	switch (name) {
	case SO_LINGER:
		return set_linger(s, value, len);
	case SO_RCVTIMEO:
	case SO_RCVTIMEO64:
		return set_timeout(&s->rcvtimeo, value, len,
				   name == SO_RCVTIMEO64);
	case SO_SNDTIMEO:
	case SO_SNDTIMEO64:
		return set_timeout(&s->sndtimeo, value, len,
				   name == SO_SNDTIMEO64);
	case SO_SNDBUFFORCE: case SO_RCVBUFFORCE:
		/* not net_capable(): memory belongs to the whole machine */
		if (!capable(CAP_NET_ADMIN))
			return -EPERM;
		/* fall through */
	case SO_SNDBUF: case SO_RCVBUF: case SO_RCVLOWAT:
		return sock_set_flag(s, name, n);
	case SO_REUSEPORT:
		if (n && !s->protocol)	/* only TCP and UDP have ports */
			return -EOPNOTSUPP;
		/* fall through */
	case SO_PASSCRED: case SO_REUSEADDR: case SO_BROADCAST:
	case SO_KEEPALIVE:
	/* only stored: nothing has a checksum, no byte is out of band */
	case SO_NO_CHECK: case SO_OOBINLINE:
		return sock_set_flag(s, name, n != 0);
	case SO_DETACH_FILTER:	/* none can be attached */
		return -ENOENT;
	case SO_TIMESTAMP: case SO_TIMESTAMPNS:
	case SO_TIMESTAMP64: case SO_TIMESTAMPNS64:
		WRITE_ONCE(s->stamps, n ? (u8)name : 0);
		return 0;
	case SO_PRIORITY:	/* only stored and returned */
		if ((n < 0 || n > 6) && !net_capable(s->net, CAP_NET_RAW) &&
		    !net_capable(s->net, CAP_NET_ADMIN))
			return -EPERM;
		return sock_set_flag(s, name, n);
	}
	return -ENOPROTOOPT;
}

long sys_setsockopt(int fd, int level, int name, uaddr_t value, int len)
{
	struct fdref ref;
	struct sock *s;
	int err;
	long done;

	if (len < 0)
		return -EINVAL;
	s = sock_get(fd, &ref, &err);
	if (!s)
		return err;
	if (level == SOL_SOCKET)
		done = sock_set_option(s, name, value, len);
	else if (s->family->set_option)
		done = s->family->set_option(s, level, name, value, len);
	else
		done = -EOPNOTSUPP;
	fdref_put(ref);
	return done;
}

/* ---- asking -------------------------------------------------------------- */

/*
 * Read an option that no socket here changes: nothing is marked, filtered,
 * counted or traced for a network.
 */
static bool sock_fixed_number(int name, int *n)
{
	switch (name) {
	case SO_DEBUG: case SO_DONTROUTE:
	case SO_BSDCOMPAT: case SO_PASSSEC: case SO_MARK:
	case SO_RXQ_OVFL: case SO_WIFI_STATUS: case SO_NOFCS:
	case SO_LOCK_FILTER: case SO_SELECT_ERR_QUEUE: case SO_BUSY_POLL:
	case SO_INCOMING_NAPI_ID: case SO_ZEROCOPY:
		*n = 0;
		return true;
	case SO_PEEK_OFF: case SO_INCOMING_CPU:
		*n = -1;
		return true;
	}
	return false;
}

/* SO_COOKIE: a number that no other socket has ever had. */
static u64 sock_cookie(struct sock *s)
{
	static u64 last;		/* [sock_lock] */
	u64 cookie;

	spin_lock(&sock_lock);
	if (!s->cookie)
		s->cookie = ++last;
	cookie = s->cookie;
	spin_unlock(&sock_lock);
	return cookie;
}

/* SO_MEMINFO, as words of Linux's SK_MEMINFO_: bytes and limits of buffers. */
static void sock_memory(struct sock *s, u32 info[9])
{
	memset(info, 0, 9 * sizeof(*info));
	spin_lock(&sock_lock);
	info[0] = (u32)s->queued_bytes;
	info[1] = s->rcvbuf;
	info[2] = (u32)s->wmem;
	info[3] = s->sndbuf;
	spin_unlock(&sock_lock);
}

/*
 * Read an option that is one number.
 * Return: true with *n; false: this option is no number.
 */
static bool sock_number_of(struct sock *s, int name, int *n)
{
	switch (name) {
	case SO_TYPE: *n = s->raw ? SOCK_RAW : s->type; return true;
	case SO_ERROR: *n = sock_take_error(s); return true;
	case SO_DOMAIN: *n = s->family->number; return true;
	case SO_PROTOCOL: *n = s->protocol; return true;
	case SO_REUSEPORT: *n = s->reuseport; return true;
	case SO_ACCEPTCONN: *n = s->state == SOCK_LISTENING; return true;
	case SO_SNDBUF: *n = (int)s->sndbuf; return true;
	case SO_RCVBUF: *n = (int)s->rcvbuf; return true;
	case SO_PASSCRED: *n = s->passcred; return true;
	case SO_REUSEADDR: *n = s->reuse; return true;
	case SO_BROADCAST: *n = s->broadcast; return true;
	case SO_KEEPALIVE: *n = s->keepalive; return true;
	case SO_NO_CHECK: *n = s->no_check; return true;
	case SO_OOBINLINE: *n = s->oob_inline; return true;
	case SO_RCVLOWAT: *n = s->low_water; return true;
	case SO_SNDLOWAT: *n = 1; return true;
	case SO_PRIORITY: *n = s->priority; return true;
	case SO_BINDTOIFINDEX: *n = READ_ONCE(s->on_loopback); return true;
	case SO_TIMESTAMP: case SO_TIMESTAMPNS: case SO_TIMESTAMPNS64:
		*n = READ_ONCE(s->stamps) == name;
		return true;
	case SO_TIMESTAMP64:		/* as on Linux: of either unit */
		*n = READ_ONCE(s->stamps) >= SO_TIMESTAMP64;
		return true;
	}
	return sock_fixed_number(name, n);
}

/*
 * Return: bytes of the device name in buf; 0: s is not bound to a device;
 * -EINVAL.
 */
static long sock_device_of(const struct sock *s, int room, void *buf)
{
	if (!READ_ONCE(s->on_loopback))
		return 0;
	if (room < IFNAMSIZ)
		return -EINVAL;
	memcpy(buf, LO_NAME, sizeof(LO_NAME));
	return sizeof(LO_NAME);
}

/* Return: the noted credentials of the peer, with a reference, or NULL. */
static struct cred *peer_cred_get(struct sock *s, int *pid)
{
	struct cred *c;

	spin_lock(&sock_lock);
	*pid = s->peer_pid;
	c = s->peer_cred;
	if (c)
		cred_get(c);
	spin_unlock(&sock_lock);
	return c;
}

/* SO_PEERCRED of a socket without a peer has ids of -1. */
static struct peer_cred peer_ids_of(struct sock *s)
{
	struct peer_cred ids = { 0, ~0u, ~0u };
	int pid;
	struct cred *c = peer_cred_get(s, &pid);

	if (!c)
		return ids;
	ids = (struct peer_cred){ pid_shown(pid), uid_shown(c->euid),
				  gid_shown(c->egid) };
	cred_put(c);
	return ids;
}

/*
 * Read an option into buf.
 * Return: bytes in buf, or -ENOPROTOOPT.
 */
static long option_of(struct sock *s, int name, void *buf)
{
	struct peer_cred c;
	struct linger l = { s->linger_on, s->linger_time };
	ktime_t t = name == SO_RCVTIMEO || name == SO_RCVTIMEO64 ?
		s->rcvtimeo : s->sndtimeo;
	s64 wide[2] = { (s64)(t / NSEC_PER_SEC),
			(s64)(t % NSEC_PER_SEC / 1000) };
	long narrow[2] = { (long)wide[0], (long)wide[1] };
	u64 cookie;
	int n;

	if (sock_number_of(s, name, &n)) {
		memcpy(buf, &n, sizeof(n));
		return sizeof(n);
	}
	switch (name) {
	case SO_PEERCRED:
		c = peer_ids_of(s);
		memcpy(buf, &c, sizeof(c));
		return sizeof(c);
	case SO_LINGER:
		memcpy(buf, &l, sizeof(l));
		return sizeof(l);
	case SO_COOKIE:
		cookie = sock_cookie(s);
		memcpy(buf, &cookie, sizeof(cookie));
		return sizeof(cookie);
	case SO_MEMINFO:
		sock_memory(s, buf);
		return 9 * sizeof(u32);
	case SO_NETNS_COOKIE:
		memcpy(buf, &s->net->cookie, sizeof(s->net->cookie));
		return sizeof(s->net->cookie);
	case SO_RCVTIMEO: case SO_SNDTIMEO:
		memcpy(buf, narrow, sizeof(narrow));
		return sizeof(narrow);
	case SO_RCVTIMEO64: case SO_SNDTIMEO64:
		memcpy(buf, wide, sizeof(wide));
		return sizeof(wide);
	}
	return -ENOPROTOOPT;
}

long sock_option_out(const void *buf, unsigned long n, int room, uaddr_t value,
		     uaddr_t len)
{
	if ((unsigned)room < n)
		n = (unsigned)room;
	if (copy_to_user(value, buf, n))
		return -EFAULT;
	return put_user((int)n, len);
}

/*
 * SO_PEERGROUPS: the supplementary groups of the peer.  If they do not fit, len
 * says how many bytes they need.
 * Return: 0, -ENODATA: there is no peer, -ERANGE, -EFAULT.
 */
static long peer_groups_out(struct sock *s, int room, uaddr_t value,
			    uaddr_t len)
{
	int pid;
	struct cred *c = peer_cred_get(s, &pid);
	unsigned n;
	long err;

	if (!c)
		return -ENODATA;
	n = c->nr_groups * (unsigned)sizeof(*c->groups);
	err = (unsigned)room < n ? -ERANGE : 0;
	for (unsigned i = 0; !err && i < c->nr_groups; i++)
		err = put_user(gid_shown(c->groups[i]),
			       value + i * sizeof(*c->groups));
	if ((!err || err == -ERANGE) && put_user((int)n, len))
		err = -EFAULT;
	cred_put(c);
	return err;
}

static long sock_get_option(struct sock *s, int name, uaddr_t value,
			    uaddr_t len)
{
	u64 buf[5];		/* SO_MEMINFO is the longest */
	int room;
	long n;

	if (get_user(&room, len))
		return -EFAULT;
	if (room < 0 ||
	    (name == SO_NETNS_COOKIE && room != sizeof(s->net->cookie)) ||
	    (name == SO_COOKIE && room < (int)sizeof(s->cookie)))
		return -EINVAL;
	if (name == SO_PEERGROUPS)
		return peer_groups_out(s, room, value, len);
	n = name == SO_BINDTODEVICE ? sock_device_of(s, room, buf) :
		option_of(s, name, buf);
	return n < 0 ? n :
		sock_option_out(buf, (unsigned long)n, room, value, len);
}

long sys_getsockopt(int fd, int level, int name, uaddr_t value, uaddr_t len)
{
	struct fdref ref;
	int err;
	struct sock *s = sock_get(fd, &ref, &err);
	long done;

	if (!s)
		return err;
	if (level == SOL_SOCKET)
		done = sock_get_option(s, name, value, len);
	else if (s->family->get_option)
		done = s->family->get_option(s, level, name, value, len);
	else
		done = -EOPNOTSUPP;
	fdref_put(ref);
	return done;
}

/* SPDX-License-Identifier: MIT */
/*
 * Calls that send and receive messages: convert a message header in user memory
 * with its buffers, address and control data to a struct transfer, and back.
 */
#include "family.h"
#include <fs/fs.h>
#include <fs/open/poll.h>
#include <kernel/cred/ids.h>
#include <kernel/task/task.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define RW_MAX		0x7ffff000ul
#define CONTROL_MAX	20480u
#define MMSG_MAX	1024u

struct user_msghdr {
	unsigned long name;
	int name_len;
	unsigned long iov, nr_iov;
	unsigned long control, control_len;
	unsigned flags;
};

struct cmsghdr {
	unsigned long len;		/* bytes, with this header */
	int level, type;
};

#define CMSG_ALIGN(n)	ALIGN_UP(n, sizeof(long))
#define CMSG_HEAD	CMSG_ALIGN(sizeof(struct cmsghdr))

/* ---- control data -------------------------------------------------------- */

void scm_free(struct scm *scm)
{
	for (unsigned i = 0; i < scm->nr_files; i++)
		file_put_held(scm->files[i]);
	kfree(scm->files);
	user_put(scm->user);
	scm_forget(scm);
}

/* Fill in the sender's credentials, for a receiver that has set SO_PASSCRED. */
static void scm_of_caller(struct scm *scm)
{
	*scm = (struct scm){ .pid = current->process->pid,
			     .uid = current->cred->uid,
			     .gid = current->cred->gid };
}

/* AF_UNIX alone takes files and credentials; the others only check the type. */
static int take_control(const struct sock *s, struct scm *scm,
			const struct cmsghdr *h, const char *data)
{
	if (s->family->take_control)
		return s->family->take_control(s, scm, h->level, h->type, data,
					       h->len - CMSG_HEAD);
	return sock_ignore_control(h->level, h->type);
}

/*
 * Parse untrusted control data (cmsg(3)): headers and data, aligned to words.
 */
static int control_in(const struct sock *s, struct scm *scm, uaddr_t at,
		      unsigned long len)
{
	char *buf;
	unsigned long off = 0;
	int err = 0;

	if (len > CONTROL_MAX)
		return -ENOBUFS;
	buf = kmalloc(len);
	if (!buf)
		return -ENOMEM;
	if (copy_from_user(buf, at, len))
		err = -EFAULT;
	while (!err && len - off >= sizeof(struct cmsghdr)) {
		struct cmsghdr h;

		memcpy(&h, buf + off, sizeof(h));
		if (h.len < CMSG_HEAD || h.len > len - off)
			err = -EINVAL;
		else
			err = take_control(s, scm, &h, buf + off + CMSG_HEAD);
		if (err || CMSG_ALIGN(h.len) >= len - off)
			break;
		off += CMSG_ALIGN(h.len);
	}
	kfree(buf);
	return err;
}

unsigned long sock_control_room(const struct control *c)
{
	return c->left < CMSG_HEAD ? 0 : c->left - CMSG_HEAD;
}

uaddr_t sock_control_data(const struct control *c)
{
	return c->at + CMSG_HEAD;
}

bool sock_put_control(struct control *c, int level, int type, const void *data,
		      unsigned long n)
{
	struct cmsghdr h = { CMSG_HEAD + n, level, type };
	unsigned long room = min(CMSG_ALIGN(h.len), c->left);

	if (c->left < CMSG_HEAD)
		return false;
	h.len = min(h.len, c->left);
	if (copy_to_user(c->at, &h, sizeof(h)) ||
	    copy_to_user(c->at + CMSG_HEAD, data, h.len - CMSG_HEAD))
		return false;
	c->at += room;
	c->left -= room;
	c->used += room;
	return h.len == CMSG_HEAD + n;
}

/*
 * Store when a message came: seconds with micro- or nanoseconds, as words or of
 * 64 bits, as the option asks.
 * Return: false: it was cut off.
 */
static bool put_stamp(const struct sock *s, ktime_t stamp, struct control *c)
{
	int name = READ_ONCE(s->stamps);
	bool micro = name == SO_TIMESTAMP || name == SO_TIMESTAMP64;
	s64 wide[2] = { (s64)(stamp / NSEC_PER_SEC),
		(s64)(stamp % NSEC_PER_SEC / (micro ? 1000 : 1)) };
	long narrow[2] = { (long)wide[0], (long)wide[1] };

	if (!name)		/* another thread has just unset it */
		return true;
	if (name == SO_TIMESTAMP64 || name == SO_TIMESTAMPNS64)
		return sock_put_control(c, SOL_SOCKET, name, wide,
					sizeof(wide));
	return sock_put_control(c, SOL_SOCKET, name, narrow, sizeof(narrow));
}

/*
 * Store control data for the receiver.  Data that does not fit is cut off and
 * reported by MSG_CTRUNC (unix(7)).
 */
static void control_out(struct sock *s, struct transfer *t, struct control *c)
{
	if (unlikely(t->stamp) && !put_stamp(s, t->stamp, c))
		t->out_flags |= MSG_CTRUNC;
	if (s->family->put_control && !s->family->put_control(s, t, c))
		t->out_flags |= MSG_CTRUNC;
}

/* ---- one buffer ---------------------------------------------------------- */

static bool wants_no_wait(const struct fdref *ref, unsigned flags)
{
	return ref->file->flags & O_NONBLOCK || flags & MSG_DONTWAIT;
}

/*
 * Begin a transfer of one buffer: prepare t over u.
 * Return: the socket; the caller must put its ref.  NULL and *err: it failed.
 */
static struct sock *buffer_begin(int fd, uaddr_t buf, unsigned long count,
				 struct transfer *t, struct uio *u,
				 struct fdref *ref, int *err)
{
	struct sock *s;

	count = min(count, RW_MAX);
	*err = -EFAULT;
	if (!user_range_ok(buf, count))
		return NULL;
	s = sock_get(fd, ref, err);
	if (!s)
		return NULL;
	uio_user(u, buf, count);
	t->u = u;
	t->nonblock = wants_no_wait(ref, t->flags);
	return s;
}

long sys_sendto(int fd, uaddr_t buf, unsigned long count, unsigned flags,
		uaddr_t addr, int len)
{
	struct transfer t = { .flags = flags };
	char name[RAW_NAME];
	struct fdref ref;
	struct uio u;
	int err;
	struct sock *s = buffer_begin(fd, buf, count, &t, &u, &ref, &err);
	long n = 0;

	if (!s)
		return err;
	scm_of_caller(&t.scm);
	if (addr)
		n = sock_name_copy(name, addr, len);
	if (addr && !n)
		n = s->family->name_to(s, &t.name, name, len, flags);
	if (!n)
		n = socket_send(ref.file, &t);
	fdref_put(ref);
	return n;
}

/* Store the sender's address; length 0 if the receive has not found one. */
static int sender_out(const struct sock *s, const struct transfer *t,
		      uaddr_t at, uaddr_t len)
{
	int room;

	if (t->name.len)
		return sock_name_out(s, &t->name, at, len);
	if (get_user(&room, len))
		return -EFAULT;
	return room < 0 ? -EINVAL : put_user(0, len);
}

long sys_recvfrom(int fd, uaddr_t buf, unsigned long count, unsigned flags,
		  uaddr_t addr, uaddr_t len)
{
	struct transfer t = { .flags = flags };
	struct fdref ref;
	struct uio u;
	int err;
	struct sock *s = buffer_begin(fd, buf, count, &t, &u, &ref, &err);
	long n;

	if (!s)
		return err;
	n = s->family->receive(s, &t);
	scm_free(&t.scm);
	if (n >= 0 && addr) {
		err = sender_out(s, &t, addr, len);
		if (err)
			n = err;
	}
	fdref_put(ref);
	return n;
}

/* ---- message headers ----------------------------------------------------- */

/*
 * Send a message.  Everything but the data is read from user memory before
 * anything is sent.  __noinline, like receive_header(), so that only one of
 * their large stack frames is in use.
 */
static __noinline long send_header(struct fdref *ref, struct sock *s,
				   const struct user_msghdr *h, unsigned flags)
{
	int name_len = h->name ? min(h->name_len, RAW_NAME) : 0;
	struct transfer t = { .flags = flags };
	char name[RAW_NAME];
	struct iov v;
	struct uio u;
	long n = name_len ? sock_name_copy(name, h->name, name_len) : 0;

	scm_of_caller(&t.scm);
	if (n)
		return n;
	if (h->nr_iov > IOV_MAX)
		return -EMSGSIZE;
	n = iov_load(&v, h->iov, h->nr_iov);
	if (n)
		return n;
	uio_vector(&u, v.seg, v.n);
	t.u = &u;
	t.nonblock = wants_no_wait(ref, flags);
	if (h->control_len)
		n = control_in(s, &t.scm, h->control, h->control_len);
	if (!n && name_len)
		n = s->family->name_to(s, &t.name, name, name_len, flags);
	if (!n)
		n = socket_send(ref->file, &t);
	scm_free(&t.scm);
	iov_free(&v);
	return n;
}

/* Update the caller's message header after a receive. */
static long put_header(struct sock *s, uaddr_t at, struct user_msghdr *h,
		       struct transfer *t)
{
	struct control c = { h->control, h->control ? h->control_len : 0, 0 };
	u32 flags;

	control_out(s, t, &c);
	flags = t->out_flags | (t->flags & MSG_CMSG_CLOEXEC);
	if (h->name && sender_out(s, t, h->name,
			at + offsetof(struct user_msghdr, name_len)))
		return -EFAULT;
	if (put_user(flags, at + offsetof(struct user_msghdr, flags)) ||
	    put_user(c.used, at + offsetof(struct user_msghdr, control_len)))
		return -EFAULT;
	return 0;
}

static __noinline long receive_header(struct fdref *ref, struct sock *s,
				      uaddr_t at, struct user_msghdr *h,
				      unsigned flags)
{
	struct transfer t = { .flags = flags };
	struct iov v;
	struct uio u;
	long n, err;

	if (h->nr_iov > IOV_MAX)
		return -EMSGSIZE;
	n = iov_load(&v, h->iov, h->nr_iov);
	if (n)
		return n;
	uio_vector(&u, v.seg, v.n);
	t.u = &u;
	t.nonblock = wants_no_wait(ref, flags);
	n = s->family->receive(s, &t);
	if (n >= 0) {
		err = put_header(s, at, h, &t);
		if (err)
			n = err;
	}
	scm_free(&t.scm);
	iov_free(&v);
	return n;
}

static long one_message(int fd, uaddr_t at, unsigned flags, bool send)
{
	struct user_msghdr h;
	struct fdref ref;
	int err;
	struct sock *s = sock_get(fd, &ref, &err);
	long n = -EFAULT;

	if (!s)
		return err;
	if (!copy_from_user(&h, at, sizeof(h)))
		n = h.name && h.name_len < 0 ? -EINVAL :
			send ? send_header(&ref, s, &h, flags) :
			receive_header(&ref, s, at, &h, flags);
	fdref_put(ref);
	return n;
}

long sys_sendmsg(int fd, uaddr_t msg, unsigned flags)
{
	return one_message(fd, msg, flags & ~MSG_CMSG_CLOEXEC, true);
}

long sys_recvmsg(int fd, uaddr_t msg, unsigned flags)
{
	return one_message(fd, msg, flags, false);
}

/* Header of sendmmsg(2) and recvmmsg(2); len: bytes transferred. */
struct user_mmsghdr {
	struct user_msghdr h;
	unsigned len;
};

/*
 * Begin a call for many messages.  A receiver gets a pending error of the
 * socket.
 * Return: 0 or -EBADF, -ENOTSOCK, or the pending error.
 */
static long begin_many(int fd, unsigned flags, bool send)
{
	struct fdref ref;
	int err;
	struct sock *s = sock_get(fd, &ref, &err);

	if (!s)
		return err;
	err = 0;
	if (!send && !(flags & MSG_ERRQUEUE) && unlikely(s->error))
		err = -sock_take_error(s);
	fdref_put(ref);
	return err;
}

/*
 * recvmmsg_keep().  A lack of further messages is no error, nor is a signal.
 */
void sock_keep_error(int fd, long err)
{
	struct fdref ref;
	int gone;
	struct sock *s;

	if (err == -EAGAIN || err == -EINTR || err == -ERESTARTSYS)
		return;
	s = sock_get(fd, &ref, &gone);
	if (!s)
		return;
	spin_lock(&sock_lock);
	s->error = (int)-err;
	spin_unlock(&sock_lock);
	fdref_put(ref);
}

/*
 * Transfer up to n messages.  The deadline (see fs/open/poll.c; 0: none) is
 * checked only between messages: waiting for the next message is unlimited, as
 * on Linux.
 * Return: the number of messages transferred, or the error of the first.
 */
static long many_messages(int fd, uaddr_t at, unsigned n, unsigned flags,
			  ktime_t deadline, bool send)
{
	unsigned done = 0;
	long got = begin_many(fd, flags, send);

	if (got)
		return got;
	if (send)
		n = min(n, MMSG_MAX);
	for (; done < n; done++) {
		got = one_message(fd, at, flags & ~MSG_WAITFORONE, send);
		if (got < 0)
			break;
		if (put_user((unsigned)got,
			     at + offsetof(struct user_mmsghdr, len)))
			return done ? (long)done : -EFAULT;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		at += sizeof(struct user_mmsghdr);
		if ((deadline && !poll_left(deadline)) ||
		    signal_pending_fatal())
			return (long)done + 1;
	}
	if (done && got < 0 && !send)
		sock_keep_error(fd, got);
	return done ? (long)done : got;
}

long sys_sendmmsg(int fd, uaddr_t msgs, unsigned n, unsigned flags)
{
	return many_messages(fd, msgs, n, flags & ~MSG_CMSG_CLOEXEC, 0, true);
}

long do_recvmmsg(int fd, uaddr_t msgs, unsigned n, unsigned flags,
		 ktime_t deadline)
{
	return many_messages(fd, msgs, n, flags, deadline, false);
}

long sys_recvmmsg(int fd, uaddr_t msgs, unsigned n, unsigned flags,
		  uaddr_t timeout)
{
	ktime_t deadline;
	long done = poll_deadline_get(timeout, &deadline);

	if (done)
		return done;
	done = do_recvmmsg(fd, msgs, n, flags, deadline);
	if (done > 0 && poll_put_left(timeout, deadline))
		return -EFAULT;
	return done;
}

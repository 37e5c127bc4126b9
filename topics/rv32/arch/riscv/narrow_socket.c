/* SPDX-License-Identifier: MIT */
/*
 * Messages of riscv32 (docs/rv32.md): struct msghdr, its buffers, and control
 * data, whose headers and alignment are those of 32-bit words.
 *
 *  32 bits  | len level type | data | len level type | ...    at multiples of 4
 *  64 bits  | len . level type | data . | len . level type | ... multiples of 8
 */
#include "narrowmsg.h"
#include <fs/open/fd.h>
#include <fs/fs.h>
#include <fs/open/poll.h>
#include <lib/mem.h>
#include <mm/frames/slab.h>

#define MSGHDR		"lwllllw"
/* maximum of control data, in bytes; more is refused unread */
#define CONTROL_MAX	20480u
/* maximum of control data that the kernel returns, in bytes */
#define ROOM_MOST	4096u

enum { SOL_SOCKET = 1, SCM_RIGHTS = 1, MSG_CTRUNC = 8, MSG_DONTWAIT = 0x40,
       MSG_WAITFORONE = 0x10000 };

/* Offsets of members in the 32-bit structures. */
enum { NAME_LEN_AT = 4, CONTROL_LEN_AT = 20, FLAGS_AT = 24, MSG_LEN_AT = 28,
       MMSGHDR = 32 };

struct msghdr {
	u64 name;
	u32 name_len;
	u64 iov, nr_iov, control, control_len;
	u32 flags;
};

struct cmsg {
	u32 len, level, type;
};
struct wide_cmsg {
	u64 len;
	u32 level, type;
};

/* ---- sending ------------------------------------------------------------- */

/*
 * Convert len bytes of 32-bit control data at `from` to the 64-bit layout, in
 * at most twice as many bytes at `to`.  A header with an invalid length gets
 * length 0, which the 64-bit handler refuses (EINVAL), and the conversion ends
 * there.
 * Return: the number of bytes at `to`.
 */
static unsigned long widen_control(u8 *to, const u8 *from, unsigned long len)
{
	unsigned long at = 0, out = 0;

	while (len - at >= sizeof(struct cmsg)) {
		struct wide_cmsg w;
		struct cmsg c;

		memcpy(&c, from + at, sizeof(c));
		w = (struct wide_cmsg){ 0, c.level, c.type };
		if (c.len >= sizeof(c) && c.len <= len - at)
			w.len = c.len - sizeof(c) + sizeof(w);
		memcpy(to + out, &w, sizeof(w));
		if (!w.len)
			return out + sizeof(w);
		memcpy(to + out + sizeof(w), from + at + sizeof(c),
		       c.len - sizeof(c));
		out += ALIGN_UP(w.len, 8);
		if (ALIGN_UP(c.len, 4u) >= len - at)
			break;
		at += ALIGN_UP(c.len, 4u);
	}
	return out;
}

/* Convert the control data of a message to send.  Return: 0 or -ENOMEM. */
static int send_control(struct lent *l, unsigned long at, struct msghdr *h)
{
	u8 *narrow = kmalloc(h->control_len);
	uaddr_t from = h->control;

	if (!narrow)
		return -ENOMEM;
	h->control = LENT_NOWHERE;
	if (!copy_from_user(narrow, from, h->control_len)) {
		h->control = LENT_AT + at;
		h->control_len = widen_control(l->mem + at, narrow,
					       h->control_len);
	}
	kfree(narrow);
	return 0;
}

/* ---- receiving ----------------------------------------------------------- */

/*
 * Control data that a receive returns: the program's buffer, and the room left.
 */
struct control {
	uaddr_t at;
	u32 left, used;
	u32 flags;
};

/* Close the received descriptors that the program will not be told of. */
static void close_rest(const u8 *data, unsigned long n)
{
	for (; n >= sizeof(s32); n -= sizeof(s32), data += sizeof(s32)) {
		s32 fd;

		memcpy(&fd, data, sizeof(fd));
		fd_close(fd);
	}
}

/*
 * Copy one item with n bytes of data to the program, or as much as there is
 * room for.
 * Return: 0 or -EFAULT.
 */
static int narrow_socket_put_one(struct control *c, const struct wide_cmsg *w,
				 const u8 *data, unsigned n)
{
	bool files = w->level == SOL_SOCKET && w->type == SCM_RIGHTS;
	struct cmsg head = { 0, w->level, w->type };
	unsigned room = c->left < sizeof(head) ? 0 :
		c->left - (unsigned)sizeof(head);
	unsigned fits = min(n, files ? ALIGN_DOWN(room, 4u) : room);
	unsigned whole = min(ALIGN_UP((u32)sizeof(head) + fits, 4u), c->left);

	if (fits < n) {
		c->flags |= MSG_CTRUNC;
		if (files)
			close_rest(data + fits, n - fits);
		if (c->left < sizeof(head) || (files && !fits))
			return 0;
	}
	head.len = (u32)sizeof(head) + fits;
	if (put_user(head, c->at) ||
	    copy_to_user(c->at + sizeof(head), data, fits))
		return -EFAULT;
	c->at += whole;
	c->left -= whole;
	c->used += whole;
	return 0;
}

/* Convert len bytes of control data that the handler has written. */
static void put_control(struct control *c, const u8 *mem, unsigned long len)
{
	unsigned long at = 0;
	struct wide_cmsg w;

	while (len - at >= sizeof(w)) {
		memcpy(&w, mem + at, sizeof(w));
		if (narrow_socket_put_one(c, &w, mem + at + sizeof(w),
					  (unsigned)(w.len - sizeof(w))))
			/* stop, as if there were no more items */
			return;
		if (ALIGN_UP(w.len, 8) >= len - at)
			return;
		at += ALIGN_UP(w.len, 8);
	}
}

/* Update the program's header after a receive. */
static __noinline long narrow_socket_tell(const struct msghdr *h,
					  const struct msghdr *asked,
					  const u8 *control, uaddr_t at)
{
	struct control c = { (uaddr_t)asked->control, asked->control ?
		(u32)asked->control_len : 0, 0, h->flags };

	put_control(&c, control, h->control ? h->control_len : 0);
	if ((h->name && put_user(h->name_len, at + NAME_LEN_AT)) ||
	    put_user(c.flags, at + FLAGS_AT) ||
	    put_user(c.used, at + CONTROL_LEN_AT))
		return -EFAULT;
	return 0;
}

/* ---- one message --------------------------------------------------------- */

/* Offsets of the parts in lent memory. */
struct parts {
	unsigned long iov, control, end;
};

static struct parts parts_of(const struct msghdr *h, bool send)
{
	struct parts p = { .iov = sizeof(*h) };
	u64 room = send ? h->control_len <= CONTROL_MAX ? h->control_len : 0 :
		min(h->control_len, (u64)ROOM_MOST);

	p.control = p.iov + (h->nr_iov <= IOV_MAX ? h->nr_iov * 16 : 0);
	p.end = p.control + 2 * room + 64;
	return p;
}

/* Convert a message into lent memory; *h is the header at its beginning. */
static __noinline int lend_message(struct lent *l, const struct parts *p,
				   struct msghdr *h, bool send)
{
	if (h->nr_iov && h->nr_iov <= IOV_MAX)
		h->iov = narrow_vector(l, p->iov, (uaddr_t)h->iov,
				       h->nr_iov);
	if (!h->control_len || (send && h->control_len > CONTROL_MAX))
		return 0;
	if (send)
		return send_control(l, p->control, h);
	/* room for the longer 64-bit headers */
	h->control_len = p->end - p->control;
	h->control = LENT_AT + p->control;
	return 0;
}

static long narrow_message(const unsigned long *a, bool send)
{
	unsigned long w[6] = { a[0], LENT_AT, a[2] };
	struct msghdr asked = { 0 }, *h;
	int bad = form_get(MSGHDR, &asked, a[1]);
	struct parts p = parts_of(&asked, send);
	struct lent l;
	long result = lent_begin(&l, p.end), err = 0;

	if (result)
		return result;
	h = (struct msghdr *)l.mem;
	*h = asked;
	if (bad)
		w[1] = LENT_NOWHERE;
	else
		result = lend_message(&l, &p, h, send);
	if (!result)
		result = wide_call(send ? 211 : 212, w);
	if (!send && result >= 0)
		err = narrow_socket_tell(h, &asked, l.mem + p.control, a[1]);
	lent_end(&l);
	return err ? err : result;
}

long narrow_sendmsg(const unsigned long *a)
{
	return narrow_message(a, true);
}

long narrow_recvmsg(const unsigned long *a)
{
	return narrow_message(a, false);
}

/* ---- many messages ------------------------------------------------------- */

/*
 * Send or receive several messages; like the 64-bit handler, check the time
 * limit only between messages, and keep the error that ends a receive.
 * Return: the number of messages, or the error of the first.
 */
static long narrow_many_messages(const unsigned long *a, ktime_t deadline,
				 bool send)
{
	unsigned long one[6] = { a[0], a[1], a[3] & ~(u32)MSG_WAITFORONE };
	unsigned n = (unsigned)a[2], done = 0;
	long got = 0;

	if (send)
		n = min(n, (unsigned)IOV_MAX);
	for (; done < n; done++, one[1] += MMSGHDR) {
		got = narrow_message(one, send);
		if (got < 0)
			break;
		if (put_user((u32)got, one[1] + MSG_LEN_AT))
			return done ? (long)done : -EFAULT;
		if (a[3] & MSG_WAITFORONE)
			one[2] |= MSG_DONTWAIT;
		if ((deadline && !poll_left(deadline)) ||
		    signal_pending_fatal())
			return (long)done + 1;
	}
	if (done && got < 0 && !send && recvmmsg_keep)
		recvmmsg_keep((int)a[0], got);
	return done ? (long)done : got;
}

/* Send messages.  For zero messages the handler checks if fd is a socket. */
long narrow_sendmmsg(const unsigned long *a)
{
	return (u32)a[2] ? narrow_many_messages(a, 0, true) : wide_call(269, a);
}

/* For zero messages the handler tells the socket's error, and no more. */
long narrow_recvmmsg(const unsigned long *a)
{
	unsigned long none[6] = { a[0], 0, 0, a[3] };
	ktime_t deadline;
	long done = poll_deadline_get(a[4], &deadline);

	if (!done)
		done = wide_call(243, none);
	if (done)
		return done;
	done = narrow_many_messages(a, deadline, false);
	return done > 0 && poll_put_left(a[4], deadline) ? -EFAULT : done;
}

/* ---- options ------------------------------------------------------------- */

/* True for the old SO_RCVTIMEO and SO_SNDTIMEO: a struct timeval of longs. */
static bool is_time(const unsigned long *a)
{
	return (u32)a[1] == SOL_SOCKET && (a[2] == 20 || a[2] == 21);
}

#define TIMEVAL "2s"

long narrow_setsockopt(const unsigned long *a)
{
	unsigned long w[6] = { a[0], a[1], a[2], LENT_AT, 16 };
	struct lent l;
	long result;

	if (!is_time(a) || (s32)a[4] < 8)
		return wide_call(208, a);
	result = lent_begin(&l, 16);
	if (result)
		return result;
	if (form_get(TIMEVAL, l.mem, a[3]))
		w[3] = LENT_NOWHERE;
	result = wide_call(208, w);
	lent_end(&l);
	return result;
}

/* Store a time in the program's buffer, which may be smaller. */
static long narrow_socket_put_time(const void *wide, s32 room, uaddr_t to,
				   uaddr_t len)
{
	u32 narrow[2];
	s32 n = min(room, (s32)sizeof(narrow));

	form_narrow(TIMEVAL, narrow, wide);
	return copy_to_user(to, narrow, (unsigned long)n) ||
		put_user(n, len) ? -EFAULT : 0;
}

long narrow_getsockopt(const unsigned long *a)
{
	unsigned long w[6] = { a[0], a[1], a[2], LENT_AT, LENT_AT + 16 };
	s32 room = 0, all = 16;
	struct lent l;
	long result;

	if (!is_time(a))
		return wide_call(209, a);
	result = lent_begin(&l, 20);
	if (result)
		return result;
	if (get_user(&room, a[4]))
		w[4] = LENT_NOWHERE;
	else if (room < 0)
		all = room;
	memcpy(l.mem + 16, &all, sizeof(all));
	result = wide_call(209, w);
	if (!result)
		result = narrow_socket_put_time(l.mem, room, a[3], a[4]);
	lent_end(&l);
	return result;
}

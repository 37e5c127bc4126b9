/* SPDX-License-Identifier: MIT */
/*
 * Terminal requests that no lecture needs: System V modes (termio), numeric
 * speeds (termios2), locked modes, exclusive use, queue lengths, tcflush(3),
 * tcdrain(3), tcflow(3), hang-ups and TIOCSTI.  Each is a row of the table
 * `requests`.
 */
#include <dev/tty.h>
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lt/init.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/* Get modes with numeric speeds. */
static long get_termios2(struct tty *t, uaddr_t to)
{
	struct ktermios2 k;

	spin_lock(&t->lock);
	k.modes = t->termios;
	k.ispeed = t->ispeed;
	k.ospeed = t->ospeed;
	spin_unlock(&t->lock);
	return copy_to_user(to, &k, sizeof(k));
}

static long set_termios2(struct tty *t, unsigned cmd, uaddr_t from)
{
	struct ktermios2 k;

	if (copy_from_user(&k, from, sizeof(k)))
		return -EFAULT;
	return tty_change_modes(t, &k.modes, (u32[]){ k.ispeed, k.ospeed },
			    cmd != TCSETS2, cmd == TCSETSF2);
}

/*
 * Get modes in System V's form; set_termio() keeps bits that do not fit into
 * it.
 */
static long get_termio(struct tty *t, uaddr_t to)
{
	struct ktermios k;
	struct ktermio o;

	memset(&o, 0, sizeof(o));
	spin_lock(&t->lock);
	k = t->termios;
	spin_unlock(&t->lock);
	o.iflag = (u16)k.iflag;
	o.oflag = (u16)k.oflag;
	o.cflag = (u16)k.cflag;
	o.lflag = (u16)k.lflag;
	o.line = k.line;
	memcpy(o.cc, k.cc, sizeof(o.cc));
	return copy_to_user(to, &o, sizeof(o));
}

static u32 low_half(u32 old, u16 new)
{
	return (old & 0xffff0000u) | new;
}

static long set_termio(struct tty *t, unsigned cmd, uaddr_t from)
{
	struct ktermios k;
	struct ktermio o;

	if (copy_from_user(&o, from, sizeof(o)))
		return -EFAULT;
	spin_lock(&t->lock);
	k = t->termios;
	spin_unlock(&t->lock);
	k.iflag = low_half(k.iflag, o.iflag);
	k.oflag = low_half(k.oflag, o.oflag);
	k.cflag = low_half(k.cflag, o.cflag);
	k.lflag = low_half(k.lflag, o.lflag);
	k.line = o.line;
	memcpy(k.cc, o.cc, sizeof(o.cc));
	return tty_change_modes(t, &k, NULL, cmd != TCSETA, cmd == TCSETAF);
}

/* TIOCSSOFTCAR: set or clear CLOCAL only. */
static long set_soft_carrier(struct tty *t, uaddr_t from)
{
	struct ktermios k;
	int on;

	if (get_user(&on, from))
		return -EFAULT;
	spin_lock(&t->lock);
	k = t->termios;
	spin_unlock(&t->lock);
	k.cflag = (k.cflag & ~CLOCAL) | (on ? CLOCAL : 0);
	return tty_change_modes(t, &k, NULL, false, false);
}

static long termios_requests_set_locked(struct tty *t, uaddr_t from)
{
	struct ktermios k;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (copy_from_user(&k, from, sizeof(k)))
		return -EFAULT;
	spin_lock(&t->lock);
	t->locked = k;
	spin_unlock(&t->lock);
	return 0;
}

/*
 * tcflow(3): TCOOFF and TCOON hold and release the output of t; TCIOFF and
 * TCION send a character that makes the other side hold or release its output.
 */
static long flow(struct tty *t, unsigned long what)
{
	u8 c;

	if (what > TCION)
		return -EINVAL;
	spin_lock(&t->lock);
	c = t->termios.cc[what == TCIOFF ? VSTOP : VSTART];
	if (what == TCOOFF || what == TCOON)
		ldisc_hold(t, what == TCOOFF);
	else if (c)
		ldisc_output(t, (char)c);
	ldisc_push(t);
	spin_unlock(&t->lock);
	return 0;
}

/* tcflush(3) */
static long flush_queues(struct tty *t, unsigned long what)
{
	if (what > TCIOFLUSH)
		return -EINVAL;
	spin_lock(&t->lock);
	if (what != TCOFLUSH)
		ldisc_flush_input(t);
	if (what != TCIFLUSH)
		ldisc_flush_output(t);
	spin_unlock(&t->lock);
	tty_take_waiting(t);
	wake_up(&t->write_wait);
	return 0;
}

static long queue_length(struct tty *t, unsigned cmd, uaddr_t to)
{
	int n;

	spin_lock(&t->lock);
	n = (int)(cmd == TIOCINQ ? ldisc_available(t) :
		  t->driver->takes_all ? 0 : t->out.head - t->out.tail);
	spin_unlock(&t->lock);
	return put_user(n, to);
}

/* TIOCSTI: simulate a typed byte. */
static long type_byte(struct tty *t, uaddr_t from)
{
	char c;
	int err = tty_may_type(current->process->tty == &t->seen, from, &c);

	if (!err)
		tty_receive(t, &c, 1);
	return err;
}

static long set_exclusive(struct tty *t, bool on)
{
	spin_lock(&t->lock);
	t->exclusive = on;
	spin_unlock(&t->lock);
	return 0;
}

static long request_hangup(struct tty *t)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	tty_hangup(t);
	return 0;
}

static long set_discipline(uaddr_t from)
{
	int n;

	if (get_user(&n, from))
		return -EFAULT;
	return n == 0 ? 0 : -EINVAL;	/* only n_tty exists */
}

/* Hang up the caller's terminal; without one this succeeds, too. */
long sys_vhangup(void)
{
	struct tty *t;

	if (!capable(CAP_SYS_TTY_CONFIG))
		return -EPERM;
	t = tty_current();
	if (t) {
		tty_hangup(t);
		tty_put(t);
	}
	return 0;
}

/* ---- by the table -------------------------------------------------------- */

static long exclusive(struct tty *t, unsigned cmd, unsigned long arg)
{
	return cmd == TIOCGEXCL ? put_user((int)t->exclusive, arg) :
		set_exclusive(t, cmd == TIOCEXCL);
}

static long discipline(struct tty *t, unsigned cmd, unsigned long arg)
{
	return cmd == TIOCGETD ? put_user((int)0, arg) : set_discipline(arg);
}

static long soft_carrier(struct tty *t, unsigned cmd, unsigned long arg)
{
	return cmd == TIOCSSOFTCAR ? set_soft_carrier(t, arg) :
		put_user(t->termios.cflag & CLOCAL ? 1 : 0, arg);
}

static long locked(struct tty *t, unsigned cmd, unsigned long arg)
{
	return cmd == TIOCSLCKTRMIOS ? termios_requests_set_locked(t, arg) :
		tty_get_modes(t, &t->locked, arg);
}

static long system_v(struct tty *t, unsigned cmd, unsigned long arg)
{
	return cmd == TCGETA ? get_termio(t, arg) : set_termio(t, cmd, arg);
}

static long with_speeds(struct tty *t, unsigned cmd, unsigned long arg)
{
	return cmd == TCGETS2 ? get_termios2(t, arg) :
		set_termios2(t, cmd, arg);
}

static long of_one_end(struct tty *t, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TCFLSH:
		return flush_queues(t, arg);
	case TCSBRK:		/* this line has no break: only drain it */
	case TCSBRKP:
	case TIOCSBRK:
		return tty_drain(t);
	case TIOCCBRK:
		return 0;
	case TIOCINQ:
	case TIOCOUTQ:
		return queue_length(t, cmd, arg);
	case TCXONC:
		return flow(t, arg);
	case TIOCSTI:
		return type_byte(t, arg);
	case TIOCVHANGUP:
		return request_hangup(t);
	case TIOCGPTPEER:
		return -EIO;		/* for masters only */
	}
	return put_user(t->seen.rdev, arg);
}

/*
 * own_end: the request concerns one end of a pty, so it is not served for the
 * master
 */
static const struct request {
	unsigned cmd;
	long (*serve)(struct tty *t, unsigned cmd, unsigned long arg);
	bool own_end;
} requests[] = {
	{ TCGETA, system_v }, { TCSETA, system_v },
	{ TCSETAW, system_v }, { TCSETAF, system_v },
	{ TCGETS2, with_speeds }, { TCSETS2, with_speeds },
	{ TCSETSW2, with_speeds }, { TCSETSF2, with_speeds },
	{ TIOCGSOFTCAR, soft_carrier }, { TIOCSSOFTCAR, soft_carrier },
	{ TIOCGLCKTRMIOS, locked }, { TIOCSLCKTRMIOS, locked },
	{ TIOCEXCL, exclusive }, { TIOCNXCL, exclusive },
	{ TIOCGEXCL, exclusive },
	{ TIOCGETD, discipline }, { TIOCSETD, discipline },
	{ TCFLSH, of_one_end, true }, { TCSBRK, of_one_end, true },
	{ TCSBRKP, of_one_end, true }, { TIOCSBRK, of_one_end, true },
	{ TIOCCBRK, of_one_end, true }, { TIOCINQ, of_one_end, true },
	{ TIOCOUTQ, of_one_end, true },
	{ TCXONC, of_one_end, true }, { TIOCSTI, of_one_end, true },
	{ TIOCVHANGUP, of_one_end, true },
	{ TIOCGPTPEER, of_one_end, true }, { TIOCGDEV, of_one_end, true },
};

static long request(struct tty *t, unsigned cmd, unsigned long arg, bool own)
{
	for (unsigned i = 0; i < ARRAY_SIZE(requests); i++)
		if (requests[i].cmd == cmd && requests[i].own_end == own)
			return requests[i].serve(t, cmd, arg);
	return -ENOTTY;
}

static void requests_init(void)
{
	tty_other_request = request;
}
INIT(fs, requests_init);

/* SPDX-License-Identifier: MIT */
/* Requests on terminals: modes, window size, flow control, queues. */
#include <dev/tty.h>
#include <kernel/cred.h>
#include <kernel/task.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/* which: t's modes, or those that are locked */
static long get_modes(struct tty *t, const struct ktermios *which, uaddr_t to)
{
	struct ktermios k;

	spin_lock(&t->lock);
	k = *which;
	spin_unlock(&t->lock);
	return copy_to_user(to, &k, sizeof(k));
}

/* Bits that are locked stay as they were. */
static u32 unlocked(u32 old, u32 new, u32 locked)
{
	return (old & locked) | (new & ~locked);
}

/* Take from *new what is locked (TIOCSLCKTRMIOS).  => [t->lock] */
static void keep_locked(const struct tty *t, struct ktermios *new)
{
	const struct ktermios *old = &t->termios, *l = &t->locked;

	new->iflag = unlocked(old->iflag, new->iflag, l->iflag);
	new->oflag = unlocked(old->oflag, new->oflag, l->oflag);
	new->cflag = unlocked(old->cflag, new->cflag, l->cflag);
	new->lflag = unlocked(old->lflag, new->lflag, l->lflag);
	if (l->line)
		new->line = old->line;
	for (unsigned i = 0; i < TTY_NCCS; i++)
		if (l->cc[i])
			new->cc[i] = old->cc[i];
}

/* ---- speeds, which nothing here has ------------------------------------- */

/* Those with a name, by the bits of cflag; from CBAUDEX on the next ones. */
static const u32 named_speeds[] = {
	0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600,
	19200, 38400, 57600, 115200, 230400, 460800, 500000, 576000, 921600,
	1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
};

static u32 named_speed(u32 bits)
{
	if (bits & CBAUDEX)
		bits = (bits & ~CBAUDEX) + 15;
	return bits < sizeof(named_speeds) / sizeof(named_speeds[0]) ?
		named_speeds[bits] : 0;
}

/* The speeds that k asks for; without a name those in *in and *out. */
static void find_speeds(const struct ktermios *k, u32 *in, u32 *out)
{
	u32 ibits = k->cflag >> IBSHIFT & CBAUD, obits = k->cflag & CBAUD;

	if (obits != BOTHER)
		*out = named_speed(obits);
	if (!ibits)
		*in = *out;
	else if (ibits != BOTHER)
		*in = named_speed(ibits);
}

/* ---- modes --------------------------------------------------------------- */

/*
 * wait: until the output is out; flush: and what was typed is dropped.
 * speeds: of input and output, or NULL: as they are
 */
static long change_modes(struct tty *t, const struct ktermios *k,
			 const u32 *speeds, bool wait, bool flush)
{
	struct ktermios old, new = *k;
	int err;

	if (wait) {
		err = tty_drain(t);
		if (err)
			return err;
	}
	spin_lock(&t->lock);
	if (flush)
		ldisc_flush_input(t);
	old = t->termios;
	keep_locked(t, &new);
	t->termios = new;
	if (speeds) {
		t->ispeed = speeds[0];
		t->ospeed = speeds[1];
	}
	find_speeds(&new, &t->ispeed, &t->ospeed);
	if (t->driver->set_modes)
		t->driver->set_modes(t);
	ldisc_mode_changed(t, old.lflag);
	ldisc_flow_changed(t, &old);
	ldisc_push(t);
	spin_unlock(&t->lock);
	return 0;
}

static long set_modes(struct tty *t, unsigned cmd, uaddr_t from)
{
	struct ktermios k;

	if (copy_from_user(&k, from, sizeof(k)))
		return -EFAULT;
	return change_modes(t, &k, NULL, cmd != TCSETS, cmd == TCSETSF);
}

/* The form with speeds in figures. */
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
	return change_modes(t, &k.modes, (u32[]){ k.ispeed, k.ospeed },
			    cmd != TCSETS2, cmd == TCSETSF2);
}

/* System V's form: what it has no room for stays as it is. */
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
	return change_modes(t, &k, NULL, cmd != TCSETA, cmd == TCSETAF);
}

/* TIOCSSOFTCAR: CLOCAL alone. */
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
	return change_modes(t, &k, NULL, false, false);
}

static long set_locked(struct tty *t, uaddr_t from)
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

static long get_size(struct tty *t, uaddr_t to)
{
	struct winsize w;

	spin_lock(&t->lock);
	w = t->winsize;
	spin_unlock(&t->lock);
	return copy_to_user(to, &w, sizeof(w));
}

/* SIGWINCH only if it is another size: editors redraw at each. */
static long set_size(struct tty *t, uaddr_t from)
{
	struct winsize w;
	bool changed;

	if (copy_from_user(&w, from, sizeof(w)))
		return -EFAULT;
	spin_lock(&t->lock);
	changed = memcmp(&w, &t->winsize, sizeof(w)) != 0;
	t->winsize = w;
	spin_unlock(&t->lock);
	if (changed && t->seen.pgid > 0)
		signal_kernel_group(t->seen.pgid, SIGWINCH);
	return 0;
}

/*
 * tcflow(3): TCOOFF and TCOON hold our own output, TCIOFF and TCION send the
 * other side a character to hold its.
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
static long flush(struct tty *t, unsigned long what)
{
	if (what > TCIOFLUSH)
		return -EINVAL;
	spin_lock(&t->lock);
	if (what != TCOFLUSH)
		ldisc_flush_input(t);
	if (what != TCIFLUSH)
		ldisc_flush_output(t);
	spin_unlock(&t->lock);
	wake_up(&t->write_wait);
	return 0;
}

unsigned long tty_anyone_types;

/*
 * What is typed for another runs with its rights when its shell reads it: so
 * only the superuser may, unless the system says otherwise.
 */
int tty_may_type(bool own, uaddr_t from, char *c)
{
	bool super = capable(CAP_SYS_ADMIN);

	if (!super && !READ_ONCE(tty_anyone_types))
		return -EIO;
	if (!super && !own)
		return -EPERM;
	return copy_from_user(c, from, 1);
}

/* TIOCSTI: as if typed. */
static long type_byte(struct tty *t, uaddr_t from)
{
	char c;
	int err = tty_may_type(current->process->tty == &t->seen, from, &c);

	if (!err)
		tty_receive(t, &c, 1);
	return err;
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

/* Requests that change the terminal stop a background process. */
static bool changes_terminal(unsigned cmd)
{
	switch (cmd) {
	case TCSETS: case TCSETSW: case TCSETSF:
	case TCSETA: case TCSETAW: case TCSETAF:
	case TCSETS2: case TCSETSW2: case TCSETSF2:
	case TCXONC: case TCFLSH: case TCSBRK: case TCSBRKP:
	case TIOCSBRK: case TIOCCBRK: case TIOCSETD:
		return true;
	}
	return false;
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
	return n == 0 ? 0 : -EINVAL;	/* there is one */
}

/*
 * Requests that both ends of a pseudo-terminal know (ioctl_tty(2)).  =>
 * -ENOTTY: no such
 */
long tty_mode_ioctl(struct tty *t, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TCGETS:
		return get_modes(t, &t->termios, arg);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_modes(t, cmd, arg);
	case TCGETA:
		return get_termio(t, arg);
	case TCSETA:
	case TCSETAW:
	case TCSETAF:
		return set_termio(t, cmd, arg);
	case TCGETS2:
		return get_termios2(t, arg);
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
		return set_termios2(t, cmd, arg);
	case TIOCGSOFTCAR:
		return put_user(t->termios.cflag & CLOCAL ? 1 : 0, arg);
	case TIOCSSOFTCAR:
		return set_soft_carrier(t, arg);
	case TIOCGLCKTRMIOS:
		return get_modes(t, &t->locked, arg);
	case TIOCSLCKTRMIOS:
		return set_locked(t, arg);
	case TIOCGWINSZ:
		return get_size(t, arg);
	case TIOCSWINSZ:
		return set_size(t, arg);
	case TIOCEXCL:
	case TIOCNXCL:
		return set_exclusive(t, cmd == TIOCEXCL);
	case TIOCGEXCL:
		return put_user((int)t->exclusive, arg);
	case TIOCGETD:
		return put_user((int)0, arg);
	case TIOCSETD:
		return set_discipline(arg);
	}
	return -ENOTTY;
}

/* After a hang-up all fails; tcsetpgrp(3) has a number of its own for it. */
long tty_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct tty *t = file_tty(f);
	long err;

	if (tty_file_dead(f))
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	if (changes_terminal(cmd)) {
		err = tty_check_background(t, SIGTTOU);
		if (err)
			return err;
	}
	switch (cmd) {
	case TCXONC:
		return flow(t, arg);
	case TCFLSH:
		return flush(t, arg);
	case TCSBRK:		/* no break on this line; drains */
	case TCSBRKP:
	case TIOCSBRK:
		return tty_drain(t);
	case TIOCCBRK:
		return 0;
	case TIOCSTI:
		return type_byte(t, arg);
	case TIOCINQ:
	case TIOCOUTQ:
		return queue_length(t, cmd, arg);
	case TIOCVHANGUP:
		return request_hangup(t);
	case TIOCGPTPEER:
		return -EIO;		/* a master's */
	case TIOCGDEV:
		return put_user(t->seen.rdev, arg);
	}
	err = tty_job_ioctl(t, f, cmd, arg, true);
	return err == -ENOIOCTLCMD ? tty_mode_ioctl(t, cmd, arg) : err;
}

/* The caller's terminal, as if its line had gone; none is fine. */
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

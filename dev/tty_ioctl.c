/* SPDX-License-Identifier: MIT */
/*
 * Requests on terminals: modes and window size.  tty_other_request() serves all
 * other requests.
 */
#include <dev/tty.h>
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <mm/uaccess.h>

long tty_get_modes(struct tty *t, const struct ktermios *which, uaddr_t to)
{
	struct ktermios k;

	spin_lock(&t->lock);
	k = *which;
	spin_unlock(&t->lock);
	return copy_to_user(to, &k, sizeof(k));
}

/* Combine old and new modes: locked bits keep their old value. */
static u32 merge_unlocked(u32 old, u32 new, u32 locked)
{
	return (old & locked) | (new & ~locked);
}

/* Restore the locked modes in *new (TIOCSLCKTRMIOS).  Context: [t->lock]. */
static void restore_locked(const struct tty *t, struct ktermios *new)
{
	const struct ktermios *old = &t->termios, *l = &t->locked;

	new->iflag = merge_unlocked(old->iflag, new->iflag, l->iflag);
	new->oflag = merge_unlocked(old->oflag, new->oflag, l->oflag);
	new->cflag = merge_unlocked(old->cflag, new->cflag, l->cflag);
	new->lflag = merge_unlocked(old->lflag, new->lflag, l->lflag);
	if (l->line)
		new->line = old->line;
	for (unsigned i = 0; i < TTY_NCCS; i++)
		if (l->cc[i])
			new->cc[i] = old->cc[i];
}

/* ---- speeds, which have no effect --------------------------------------- */

/*
 * The speeds with a name, by the bits of cflag; CBAUDEX selects the later ones.
 */
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

/*
 * Find the speeds that k requests.  *in and *out stay unchanged if k requests a
 * speed without a name.
 */
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

long tty_change_modes(struct tty *t, const struct ktermios *k,
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
	restore_locked(t, &new);
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
	tty_take_waiting(t);
	return 0;
}

static long set_modes(struct tty *t, unsigned cmd, uaddr_t from)
{
	struct ktermios k;

	if (copy_from_user(&k, from, sizeof(k)))
		return -EFAULT;
	return tty_change_modes(t, &k, NULL, cmd != TCSETS, cmd == TCSETSF);
}

static long tty_ioctl_get_size(struct tty *t, uaddr_t to)
{
	struct winsize w;

	spin_lock(&t->lock);
	w = t->winsize;
	spin_unlock(&t->lock);
	return copy_to_user(to, &w, sizeof(w));
}

/*
 * Set the window size.  Send SIGWINCH only if the size changed, since editors
 * redraw at each SIGWINCH.
 */
static long tty_ioctl_set_size(struct tty *t, uaddr_t from)
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

unsigned long tty_anyone_types;

/*
 * TIOCSTI input runs with the privileges of the process that reads the
 * terminal, so require CAP_SYS_ADMIN, unless tty_anyone_types is set.
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

/*
 * True for requests that change the terminal, which stop a background process.
 */
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

long (*tty_other_request)(struct tty *t, unsigned cmd, unsigned long arg,
			  bool own);

/*
 * Serve any other request.  own: also serve the requests that only one end of a
 * pseudo-terminal knows.
 * Return: -ENOTTY: unknown request.
 */
static long other_request(struct tty *t, unsigned cmd, unsigned long arg,
			  bool own)
{
	return tty_other_request ? tty_other_request(t, cmd, arg, own) :
		-ENOTTY;
}

/*
 * Serve requests that both ends of a pseudo-terminal know (ioctl_tty(2)).
 * Return: -ENOTTY: unknown request.
 */
long tty_mode_ioctl(struct tty *t, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TCGETS:
		return tty_get_modes(t, &t->termios, arg);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_modes(t, cmd, arg);
	case TIOCGWINSZ:
		return tty_ioctl_get_size(t, arg);
	case TIOCSWINSZ:
		return tty_ioctl_set_size(t, arg);
	}
	return other_request(t, cmd, arg, false);
}

/*
 * After a hang-up every request fails with EIO, except tcsetpgrp(3), which
 * fails with ENOTTY.
 */
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
	err = tty_job_ioctl(t, f, cmd, arg, true);
	if (err != -ENOIOCTLCMD)
		return err;
	err = other_request(t, cmd, arg, true);
	return err == -ENOTTY ? tty_mode_ioctl(t, cmd, arg) : err;
}

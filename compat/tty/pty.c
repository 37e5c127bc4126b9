/* SPDX-License-Identifier: MIT */
/*
 * Pseudo-terminals (rows B14, D16): a terminal whose other end is not a wire
 * but an open file, the master.  Output of the slave waits in the output ring
 * until the master reads it; what the master writes goes through the line
 * discipline like typed input.
 *
 * A pty is referenced by its master, open files of its slave, and opens in
 * progress.  Closing the master hangs up the slave.
 */
#include <dev/tty.h>
#include "devpts.h"
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/init.h>
#include <lt/log.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>

#define CHUNK 256		/* bytes copied at a time, on the stack */
#define TYPED_MAX 9728u		/* bytes typed ahead of a full line, as many as
				   on Linux */
#define TYPE_PIECE 64		/* of them typed in one hold of the lock */
#define CTRL_Q 17
#define CTRL_S 19

struct pty {
	struct tty tty;			/* the slave */
	char name[12];			/* const: "pts/0" */
	ref_t refs;
	struct super *fs;		/* const, referenced */
	unsigned number;		/* const: N of /dev/pts/N */
	bool locked;			/* [tty.lock] TIOCSPTLCK */
	bool slave_closed;		/* [tty.lock] the slave was open, and is
					   closed */
	bool master_held;		/* [tty.lock] TCOOFF on the master */
	bool master_exclusive;		/* TIOCEXCL on the master; read without
					   a lock */
	bool master_dead;		/* [tty.lock] hung up (TIOCVHANGUP) */
	/*
	 * [tty.lock] a ring of bytes that the line has no room for yet.  The
	 * ring itself is made when a line is half full, and stays.
	 */
	unsigned typed_at, typed_count;
	char *typed;			/* [write_lock] TYPED_MAX bytes, or
					   NULL */
	struct wait_queue master_read, master_write;
	struct mutex read_lock, write_lock;
};

static struct pty *pty_of(struct tty *t)
{
	return container_of(t, struct pty, tty);
}

static struct pty *master_of(struct file *f)
{
	return f->private;
}

static void pty_put(struct pty *p)
{
	if (ref_put(&p->refs)) {
		super_put(p->fs);
		kfree(p->typed);
		kfree(p);
	}
}

/* ---- the slave's driver -------------------------------------------------- */

/* Output stays in the ring, from which the master reads. */
static size_t slave_write(struct tty *t, const char *s __unused,
			  size_t n __unused)
{
	wake_up_key(&pty_of(t)->master_read, POLLIN | POLLRDNORM);
	return 0;
}

/*
 * Type some of the waiting bytes that the line has room for: a piece, or up to
 * a signal, which goes to a whole group.
 * Context: [tty.lock].  Return: true if there may be more.
 */
static bool type_some(struct pty *p)
{
	struct tty *t = &p->tty;

	t->signalled = false;
	for (unsigned n = 0; n < TYPE_PIECE && !t->signalled; n++) {
		u8 c;

		if (!p->typed_count || !ldisc_takes_input(t))
			return false;
		c = (u8)p->typed[p->typed_at];
		p->typed_at = (p->typed_at + 1) % TYPED_MAX;
		p->typed_count--;
		ldisc_input(t, c);
	}
	return true;
}

static void slave_take_waiting(struct tty *t)
{
	struct pty *p = pty_of(t);
	bool more;

	if (likely(!HINT(p->typed_count)))
		return;
	do {
		spin_lock(&t->lock);
		more = p->typed_count && type_some(p);
		ldisc_push(t);
		spin_unlock(&t->lock);
	} while (more);
	wake_up_key(&p->master_write, POLLOUT | POLLWRNORM);
}

/* The line has room, or a packet's status has changed.  Context: [t->lock]. */
static void slave_input_room(struct tty *t)
{
	struct pty *p = pty_of(t);

	wake_up_key(&p->master_write, POLLOUT | POLLWRNORM);
	if (t->packet_status)
		wake_up_key(&p->master_read, POLLIN | POLLRDNORM | POLLPRI);
}

static int slave_open(struct tty *t)
{
	struct pty *p = pty_of(t);

	if (p->locked || t->other_closed)
		return -EIO;
	p->slave_closed = false;
	return 0;
}

/*
 * Note that the slave is closed.  The master reads the remaining output, then
 * gets EIO until the slave is opened again.
 */
static void slave_last_closed(struct tty *t)
{
	struct pty *p = pty_of(t);

	p->slave_closed = true;
	wake_up_key(&p->master_read, POLLIN | POLLHUP);
}

/* Force 8 bits without parity, as there is no wire. */
static void slave_set_modes(struct tty *t)
{
	t->termios.cflag &= ~(u32)(CSIZE | PARENB);
	t->termios.cflag |= CS8 | CREAD;
}

/*
 * Set initial modes.  Unlike a serial line, a pty keeps no modes set by the
 * user.
 */
static void slave_first_modes(struct tty *t)
{
	tty_init_modes(t);
	pty_of(t)->typed_count = 0;
	t->termios.iflag = ICRNL | IXON;
	t->termios.cflag = B38400 | CS8 | CREAD;
}

static void slave_get(struct tty *t)
{
	ref_get(&pty_of(t)->refs);
}

static void slave_put(struct tty *t)
{
	pty_put(pty_of(t));
}

static const struct tty_driver slave_driver = {
	.write = slave_write, .input_room = slave_input_room,
	.take_waiting = slave_take_waiting,
	.open = slave_open, .closed = slave_last_closed,
	.get = slave_get, .put = slave_put, .set_modes = slave_set_modes,
	.hung_up = slave_first_modes, .takes_all = true,
};

int pty_open_slave(void *private, struct file *f)
{
	return tty_attach(&((struct pty *)private)->tty, f);
}

/* ---- making and ending one ----------------------------------------------- */

/* Allocate a pty, locked until unlockpt(3). */
static struct pty *pty_alloc(void)
{
	struct pty *p = kzalloc(sizeof(*p));

	if (!p)
		return NULL;
	tty_init(&p->tty, p->name, 0, &slave_driver, NULL);
	slave_first_modes(&p->tty);
	p->locked = true;
	ref_init(&p->refs);
	wait_queue_init(&p->master_read);
	wait_queue_init(&p->master_write);
	mutex_init(&p->read_lock, "pty read");
	mutex_init(&p->write_lock, "pty write");
	return p;
}

/*
 * Each open of /dev/ptmx creates a pair (pts(4)), in the devpts instance that
 * the opened path leads to.
 */
static int ptmx_open(struct inode *i __unused, struct file *f)
{
	int n, err = -ENODEV;
	struct super *s = devpts_of(&f->path, &err);
	struct pty *p;

	if (!s)
		return err;
	p = pty_alloc();
	if (!p) {
		super_put(s);
		return -ENOMEM;
	}
	p->fs = s;
	n = devpts_add(s, p);
	if (n < 0) {
		pty_put(p);
		return n;
	}
	p->number = (unsigned)n;
	p->tty.seen.rdev = DEV_MAKE(PTS_MAJOR, (unsigned)n);
	fmt_print(p->name, sizeof(p->name), "pts/%d", n);
	f->private = p;
	f->mode &= ~FMODE_SEEK;
	return 0;
}

/* Set other_closed before the hang-up, so that new opens of the slave fail. */
static void master_release(struct file *f)
{
	struct pty *p = master_of(f);

	devpts_remove(p->fs, p->number);
	spin_lock(&p->tty.lock);
	p->tty.other_closed = true;
	p->tty.packet = false;
	spin_unlock(&p->tty.lock);
	tty_hangup(&p->tty);
	pty_put(p);
}

/* ---- the master: reading ------------------------------------------------- */

static bool master_readable(const struct pty *p)
{
	const struct tty *t = &p->tty;

	return (t->packet && t->packet_status) ||
		(!t->stopped && t->out.head != t->out.tail);
}

/*
 * Take output bytes; in packet mode the first byte gives the packet's kind.
 * Return: bytes; 0: none now.
 */
static size_t take_output(struct pty *p, char *to, size_t n, bool first)
{
	struct tty *t = &p->tty;
	size_t got = 0;

	spin_lock(&t->lock);
	if (t->packet && first) {
		if (t->packet_status) {
			to[0] = (char)t->packet_status;
			t->packet_status = 0;
			spin_unlock(&t->lock);
			return 1;
		}
		if (master_readable(p))
			to[got++] = 0;
	}
	while (!t->stopped && got < n && t->out.tail != t->out.head)
		to[got++] = t->out.data[t->out.tail++ % TTY_RING];
	ldisc_push(t);		/* wakes tasks that wait for room */
	spin_unlock(&t->lock);
	return got;
}

/* Wait for output.  Return: 0: try again; 1: the master was hung up; -errno. */
static int wait_output(struct pty *p, struct file *f)
{
	int err;

	if (HINT(p->slave_closed) && !master_readable(p))
		return -EIO;
	if (f->flags & O_NONBLOCK)
		return -EAGAIN;
	err = wait_event_interruptible(&p->master_read,
			master_readable(p) || READ_ONCE(p->slave_closed) ||
			READ_ONCE(p->master_dead));
	return !err && HINT(p->master_dead) ? 1 : err;
}

/* Read the available bytes without waiting for more, like a pipe. */
static long master_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct pty *p = master_of(f);
	char buf[CHUNK];
	long done = 0;
	int err;

	if (HINT(p->master_dead))
		return 0;
	err = tty_take_turn(&p->read_lock, f);
	if (err)
		return err;
	while (u->left) {
		size_t n = take_output(p, buf, min(u->left, sizeof(buf) + 0ul),
				       !done);

		if (n && uio_put(u, buf, n) != n) {
			err = -EFAULT;
			break;
		}
		done += (long)n;
		/* a status packet consists of one byte */
		if (n == 1 && p->tty.packet && buf[0])
			break;
		if (n)
			continue;
		if (done)
			break;
		err = wait_output(p, f);
		if (err)
			break;
	}
	mutex_unlock(&p->read_lock);
	if (err == 1)
		err = 0;
	return done ? done : err;
}

/* ---- the master: writing ------------------------------------------------- */

/* Context: [tty.lock]. */
static bool has_room(const struct pty *p)
{
	return p->typed ? p->typed_count < TYPED_MAX :
		ldisc_takes_input(&p->tty);
}

static bool takes_typing(struct tty *t)
{
	return !pty_of(t)->master_held && has_room(pty_of(t));
}

/*
 * Make the ring before it is needed, as type_bytes() cannot wait for memory.
 * Without memory there is none, and writers wait for the line.
 * Context: [write_lock].
 */
static void prepare_ring(struct pty *p, size_t n)
{
	const struct tty_ring *in = &p->tty.in;

	if (!p->typed && HINT(in->head) - HINT(in->tail) + n > TTY_RING / 2)
		WRITE_ONCE(p->typed, kmalloc(TYPED_MAX));
}

/* Type c, behind those that wait already.  Context: [tty.lock]. */
static void type_byte(struct pty *p, char c)
{
	if (!p->typed_count && ldisc_takes_input(&p->tty)) {
		ldisc_input(&p->tty, (u8)c);
		return;
	}
	p->typed[(p->typed_at + p->typed_count++) % TYPED_MAX] = c;
}

/*
 * Type as many bytes as the line and, behind it, the ring have room for.  The
 * rest waits with the writer: input from a program must not be lost.
 */
static size_t type_bytes(struct tty *t, const char *s, size_t n)
{
	size_t done = 0;
	bool more;

	prepare_ring(pty_of(t), n);
	do {
		spin_lock(&t->lock);
		t->signalled = false;
		while ((more = done < n && takes_typing(t)) && !t->signalled)
			type_byte(pty_of(t), s[done++]);
		ldisc_push(t);
		spin_unlock(&t->lock);
	} while (more);
	slave_take_waiting(t);
	return done;
}

static bool master_is_dead(const struct file *f)
{
	return HINT(((struct pty *)f->private)->master_dead);
}

static bool input_ready(struct tty *t, const struct file *f)
{
	return takes_typing(t) || master_is_dead(f);
}

static long master_write(struct file *f, struct uio *u, loff_t *pos)
{
	struct pty *p = master_of(f);
	const struct tty_sink sink = {
		.put = type_bytes, .ready = input_ready,
		.dead = master_is_dead,
		.wait = &p->master_write, .turn = &p->write_lock,
	};

	return master_is_dead(f) ? -EIO : tty_write_all(&sink, &p->tty, f, u);
}

static unsigned master_poll(struct file *f, struct poll_table *pt)
{
	struct pty *p = master_of(f);
	unsigned events = 0;

	poll_wait(pt, &p->master_read);
	poll_wait(pt, &p->master_write);
	if (master_is_dead(f))
		return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM |
			POLLWRNORM;
	spin_lock(&p->tty.lock);
	if (master_readable(p))
		events |= POLLIN | POLLRDNORM;
	if (p->tty.packet && p->tty.packet_status)
		events |= POLLPRI;
	if (p->slave_closed)
		events |= POLLHUP;
	if (takes_typing(&p->tty))
		events |= POLLOUT | POLLWRNORM;
	spin_unlock(&p->tty.lock);
	return events;
}

/* ---- the master: requests ------------------------------------------------ */

static long pty_set_flag(struct pty *p, unsigned cmd, uaddr_t from)
{
	int on;

	if (get_user(&on, from))
		return -EFAULT;
	spin_lock(&p->tty.lock);
	if (cmd == TIOCSPTLCK) {
		p->locked = on != 0;
	} else {
		if (on && !p->tty.packet)
			p->tty.packet_status = 0;
		p->tty.packet = on != 0;
	}
	spin_unlock(&p->tty.lock);
	return 0;
}

/* Open the slave without its name, which a mount may hide. */
static long open_peer(struct pty *p, struct file *master, unsigned flags)
{
	unsigned how = flags & ~(unsigned)(O_CLOEXEC | O_DIRECTORY);
	struct file *f;
	int err = devpts_open(&master->path, p->fs, p->number, how, &f);

	return err ? err : fd_install(f, 0, flags & O_CLOEXEC);
}

static long signal_slave(struct pty *p, unsigned long signo)
{
	if (signo != SIGINT && signo != SIGQUIT && signo != SIGTSTP)
		return -EINVAL;
	if (p->tty.seen.pgid > 0)
		signal_kernel_group(p->tty.seen.pgid, (int)signo);
	return 0;
}

/*
 * TCFLSH on the master: its input is the output of the slave.  Its output is
 * what the slave's line has no room for: what has arrived there stays.
 */
static long flush_master(struct pty *p, unsigned long what)
{
	struct tty *t = &p->tty;

	if (what > TCIOFLUSH)
		return -EINVAL;
	spin_lock(&t->lock);
	if (what != TCOFLUSH)
		t->out.tail = t->out.head;
	if (what != TCIFLUSH)
		p->typed_count = 0;
	spin_unlock(&t->lock);
	wake_up(&t->write_wait);
	wake_up_key(&p->master_write, POLLOUT | POLLWRNORM);
	return 0;
}

/*
 * tcflow(3) on the master.  TCOOFF and TCOON hold and release what the master
 * writes.  TCIOFF and TCION type the characters that stop and start the slave's
 * output: always Ctrl-S and Ctrl-Q.
 */
static long master_flow(struct pty *p, unsigned long what)
{
	struct tty *t = &p->tty;

	if (what > TCION)
		return -EINVAL;
	spin_lock(&t->lock);
	if (what == TCOOFF || what == TCOON)
		p->master_held = what == TCOOFF;
	else if (has_room(p))
		type_byte(p, what == TCIOFF ? CTRL_S : CTRL_Q);
	ldisc_push(t);
	spin_unlock(&t->lock);
	slave_take_waiting(t);
	wake_up_key(&p->master_write, POLLOUT | POLLWRNORM);
	return 0;
}

/* TIOCSTI on the master: its input is the output of the slave. */
static long type_to_master(struct pty *p, uaddr_t from)
{
	struct tty *t = &p->tty;
	char c;
	int err = tty_may_type(false, from, &c);

	if (err)
		return err;
	spin_lock(&t->lock);
	if (t->out.head - t->out.tail < TTY_RING)
		t->out.data[t->out.head++ % TTY_RING] = c;
	ldisc_push(t);
	spin_unlock(&t->lock);
	return 0;
}

/* Make the master unusable; the slave works until the master is closed. */
static long hang_master_up(struct pty *p)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	spin_lock(&p->tty.lock);
	p->master_dead = true;
	spin_unlock(&p->tty.lock);
	wake_up_key(&p->master_read, POLLIN | POLLHUP);
	wake_up(&p->master_write);
	return 0;
}

/*
 * Run a request that applies to the master itself.
 * Return: -ENOIOCTLCMD: the request is another one.
 */
static long own_ioctl(struct pty *p, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TIOCEXCL:
	case TIOCNXCL:
		/* the slave has an exclusive mode of its own */
		WRITE_ONCE(p->master_exclusive, cmd == TIOCEXCL);
		return 0;
	case TIOCGEXCL:
		return put_user((int)p->master_exclusive, arg);
	case TIOCSTI:
		return type_to_master(p, arg);
	case TIOCVHANGUP:
		return hang_master_up(p);
	case TCXONC:
		return master_flow(p, arg);
	case TCFLSH:
		return flush_master(p, arg);
	case TCSBRK:
	case TCSBRKP:
	case TIOCSBRK:
	case TIOCCBRK:
		return 0;
	}
	return -ENOIOCTLCMD;
}

static long master_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct pty *p = master_of(f);
	struct tty *t = &p->tty;
	long err;

	if (master_is_dead(f))
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	switch (cmd) {
	case TIOCGPTN:
		return put_user(p->number, arg);
	case TIOCSPTLCK:
	case TIOCPKT:
		return pty_set_flag(p, cmd, arg);
	case TIOCGPTLCK:
		return put_user((int)p->locked, arg);
	case TIOCGPKT:
		return put_user((int)t->packet, arg);
	case TIOCGPTPEER:
		return open_peer(p, f, (unsigned)arg);
	case TIOCSIG:
		return signal_slave(p, arg);
	case TIOCINQ:
		return put_user((int)(t->out.head - t->out.tail), arg);
	case TIOCOUTQ:
		return put_user((int)0, arg);
	case TIOCGDEV:
		return put_user(t->seen.rdev, arg);
	}
	err = own_ioctl(p, cmd, arg);
	if (err == -ENOIOCTLCMD)
		err = tty_job_ioctl(t, f, cmd, arg, false);
	return err == -ENOIOCTLCMD ? tty_mode_ioctl(t, cmd, arg) : err;
}

static int master_async_owner(const struct file *f)
{
	return 0;
}

/* Bytes that kmalloc() uses for a struct pty: a power of two of pages. */
#define PTY_ROOM	(4 * PAGE_SIZE)

_Static_assert(sizeof(struct pty) <= PTY_ROOM &&
	       sizeof(struct pty) > PTY_ROOM / 2, "what a terminal takes");

_Static_assert(TYPED_MAX <= PTY_ROOM && TYPED_MAX > PTY_ROOM / 2,
	       "the ring takes as much");

static unsigned long master_pins(const struct file *f)
{
	const struct pty *p = f->private;

	return READ_ONCE(p->typed) ? 2 * PTY_ROOM : PTY_ROOM;
}

const struct file_ops ptmx_fops = {
	.pins = master_pins,
	.open = ptmx_open,
	.release = master_release,
	.read = master_read,
	.write = master_write,
	.poll = master_poll,
	.sends_sigio = true,
	.async_owner = master_async_owner,
	.ioctl = master_ioctl,
};

static void ptmx_init(void)
{
	if (dev_register("ptmx", S_IFCHR | 0666, DEV_MAKE(5, 2), &ptmx_fops,
			 NULL))
		log_err("no memory for /dev/ptmx");
}
INIT(ready, ptmx_init);

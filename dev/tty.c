/* SPDX-License-Identifier: MIT */
/*
 * Terminals as files: open, read, write, poll. read_lock and write_lock keep
 * the bytes of one call together; t->lock is never held during a user copy.
 */
#include <dev/tty.h>
#include <fs/hooks.h>
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <mm/frames/slab.h>

#define CHUNK 256		/* bytes copied through the kernel stack at
				   once */
#define CONSOLE_RDEV	DEV_MAKE(5, 1)

/* As on Linux: ^C ^\ DEL ^U ^D, then MIN 1, ^Q ^S ^Z ^R ^O ^W ^V (stty(1)). */
static const u8 default_cc[TTY_NCCS] = {
	[VINTR] = 3, [VQUIT] = 28, [VERASE] = 127, [VKILL] = 21, [VEOF] = 4,
	[VMIN] = 1, [VSTART] = 17, [VSTOP] = 19, [VSUSP] = 26,
	[VREPRINT] = 18, [VDISCARD] = 15, [VWERASE] = 23, [VLNEXT] = 22,
};

void tty_init_modes(struct tty *t)
{
	t->termios = (struct ktermios){
		.iflag = ICRNL | IXON | IUTF8 | IMAXBEL,
		.oflag = OPOST | ONLCR,
		.cflag = B38400 | CS8 | CREAD | HUPCL,
		.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL |
			 ECHOKE | IEXTEN,
	};
	memcpy(t->termios.cc, default_cc, sizeof(default_cc));
	t->ispeed = t->ospeed = 38400;
}

void tty_init(struct tty *t, const char *name, unsigned rdev,
	      const struct tty_driver *d, void *private)
{
	memset(t, 0, sizeof(*t));
	t->driver = d;
	t->name = name;
	t->seen.rdev = rdev;
	t->private = private;
	spin_init(&t->lock, "tty", IPL_DEVICE);
	wait_queue_init(&t->read_wait);
	wait_queue_init(&t->write_wait);
	mutex_init(&t->read_lock, "tty read");
	mutex_init(&t->write_lock, "tty write");
	tty_init_modes(t);
}

/*
 * Process bytes from the line, usually in its interrupt: everything is done
 * under the spin lock, and nothing here sleeps.
 */
void tty_receive(struct tty *t, const char *s, size_t n)
{
	spin_lock(&t->lock);
	while (n--)
		ldisc_input(t, (u8)*s++);
	ldisc_push(t);
	spin_unlock(&t->lock);
	tty_take_waiting(t);
}

void tty_write_wakeup(struct tty *t)
{
	spin_lock(&t->lock);
	ldisc_push(t);
	spin_unlock(&t->lock);
}

/* Take m.  A nonblocking call does not wait for another task's turn, either. */
int tty_take_turn(struct mutex *m, const struct file *f)
{
	if (f->flags & O_NONBLOCK)
		return mutex_trylock(m) ? 0 : -EAGAIN;
	return mutex_lock_interruptible(m);
}

/*
 * Return: true if no output waits to be sent.  A pseudo-terminal's output waits
 * for a reader that may never come, so it counts as sent.
 */
static bool tty_out_empty(struct tty *t)
{
	return t->out.head == t->out.tail || t->stopped ||
		t->driver->takes_all;
}

int tty_drain(struct tty *t)
{
	return wait_event_interruptible(&t->write_wait, tty_out_empty(t));
}

/*
 * Make all open files of t dead: each file stores the number of hang-ups at its
 * open, and is dead once t has another number.  Packet statuses are dropped, as
 * there is no pty's master any more that could read them.
 */
void tty_mark_files_dead(struct tty *t, bool drop_output)
{
	spin_lock(&t->lock);
	t->hangups++;
	t->exclusive = t->literal = t->erasing = false;
	if (t->driver->hung_up)
		t->driver->hung_up(t);
	ldisc_flush_input(t);
	if (drop_output)
		ldisc_flush_output(t);
	t->packet_status = 0;
	spin_unlock(&t->lock);
	wake_up_key(&t->read_wait, POLLIN | POLLHUP);
	wake_up(&t->write_wait);
}

/*
 * POSIX, "Modem Disconnect": open files are dead from now on, and the session's
 * leader gets SIGHUP.
 */
void tty_hangup(struct tty *t)
{
	tty_mark_files_dead(t, true);
	tty_session_hangup(t);
}

/* ---- opening ------------------------------------------------------------- */

static int count_open(struct tty *t, struct tty_file *o)
{
	int err = 0;

	spin_lock(&t->lock);
	if (t->exclusive && !capable(CAP_SYS_ADMIN))
		err = -EBUSY;
	else if (t->driver->open)
		err = t->driver->open(t);
	if (!err) {
		t->opens++;
		o->hangups = t->hangups;
	}
	spin_unlock(&t->lock);
	return err;
}

/*
 * Make f, opened by another name (/dev/tty, /dev/pts/N), an open file of t.
 * Return: 0, or -errno with f unchanged.
 */
int tty_attach(struct tty *t, struct file *f)
{
	struct tty_file *o = kmalloc(sizeof(*o));
	int err;

	if (!o)
		return -ENOMEM;
	err = count_open(t, o);
	if (err) {
		kfree(o);
		return err;
	}
	tty_get(t);
	o->tty = t;
	o->console = f->inode->rdev == CONSOLE_RDEV;
	f->private = o;
	f->ops = &tty_fops;
	f->mode &= ~FMODE_SEEK;
	/* Opening the console never makes it a controlling terminal. */
	if (!(f->flags & O_NOCTTY) && !o->console && f->mode & FMODE_READ)
		tty_open_controlling(t);
	return 0;
}

static int tty_open(struct inode *i __unused, struct file *f)
{
	return tty_attach(f->private, f);
}

static void tty_release(struct file *f)
{
	struct tty *t = file_tty(f);
	bool last;

	kfree(f->private);
	spin_lock(&t->lock);
	last = --t->opens == 0;
	/* a driver with closed() keeps the terminal and its state itself */
	if (last && t->driver->closed)
		t->driver->closed(t);
	else if (last)
		t->exclusive = false;
	spin_unlock(&t->lock);
	tty_put(t);
}

/* ---- reading ------------------------------------------------------------- */

/*
 * Take up to n readable bytes; in canonical mode at most one line. *ended: the
 * line (or an end of file) ends here.
 * Return: bytes.
 */
static size_t take_input(struct tty *t, char *to, size_t n, bool *ended)
{
	bool canonical;
	size_t got = 0;

	spin_lock(&t->lock);
	canonical = ldisc_canonical(t);
	while (got < n && !*ended && t->in.tail != t->in_ready) {
		unsigned at = t->in.tail++;

		*ended = canonical && tty_ends_line(t, at);
		if (!*ended || !tty_is_eof(t, at))
			to[got++] = t->in.data[at % TTY_RING];
	}
	/* A line that just fits also takes its end-of-file mark. */
	if (canonical && got == n && t->in.tail != t->in_ready && !*ended &&
	    tty_is_eof(t, t->in.tail)) {
		t->in.tail++;
		*ended = true;
	}
	if (t->driver->input_room)
		t->driver->input_room(t);
	spin_unlock(&t->lock);
	tty_take_waiting(t);
	return got;
}

/*
 * Wait until input can be read: a line, or the amount that VMIN and VTIME
 * require (POSIX 11.1.7). got: bytes read so far.
 * Return: 0: check again; 1: stop here; -errno.
 */
static int wait_input(struct tty *t, struct file *f, size_t got)
{
	bool canonical = ldisc_canonical(t);
	bool timed = !(t->termios.lflag & ICANON);
	unsigned vmin = timed ? t->termios.cc[VMIN] : 1;
	unsigned vtime = timed ? t->termios.cc[VTIME] : 0;
	ktime_t deadline = 0;
	int err;

	if (!canonical && got >= max(vmin, 1u))
		return 1;
	if (!canonical && vmin == 0 && vtime == 0)
		return 1;
	if (f->flags & O_NONBLOCK)
		return -EAGAIN;
	if (!canonical && vtime && (vmin == 0 || got))
		deadline = arch_clock() + vtime * (NSEC_PER_SEC / 10);
	err = wait_event_deadline(&t->read_wait, t->in.tail != t->in_ready ||
				  tty_file_dead(f), deadline);
	if (!err && tty_file_dead(f))
		return t->other_closed ? -EIO : 1;
	return err == -ETIMEDOUT ? 1 : err;
}

/*
 * Read at most one line in canonical mode, however many are available (POSIX
 * 11.1.6).  Bytes are copied through the kernel's stack, because user memory
 * must not be accessed under a spin lock.
 */
static long tty_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct tty *t = file_tty(f);
	char buf[CHUNK];
	long done = 0;
	int err;

	if (tty_file_dead(f))
		return 0;
	err = tty_check_background(t, SIGTTIN);
	if (err || !u->left)
		return err;
	err = tty_take_turn(&t->read_lock, f);
	if (err)
		return err;
	while (u->left) {
		bool ended = false;
		size_t n = take_input(t, buf, min(u->left, sizeof(buf) + 0ul),
				      &ended);

		if (n && uio_put(u, buf, n) != n) {
			err = -EFAULT;
			break;
		}
		done += (long)n;
		if (ended)
			break;
		if (n)
			continue;
		if (done && ldisc_canonical(t))
			break;
		err = wait_input(t, f, (size_t)done);
		if (err)
			break;
		/*
		 * The caller may have become a background process during the
		 * wait.
		 */
		err = tty_check_background(t, SIGTTIN);
		if (err)
			break;
	}
	mutex_unlock(&t->read_lock);
	if (err == 1)
		err = 0;
	return done ? done : err;
}

/* ---- writing ------------------------------------------------------------- */

/*
 * Return: true if t is a pseudo-terminal whose output is stopped.  It takes no
 * output then, and writers wait.  A stopped serial line still takes output
 * until the ring is full.
 */
static bool tty_output_stopped(const struct tty *t)
{
	return t->stopped && t->driver->takes_all;
}

/* Put output into the ring.  Return: the number of bytes stored. */
static size_t put_output(struct tty *t, const char *s, size_t n)
{
	size_t done = 0;

	spin_lock(&t->lock);
	while (!tty_output_stopped(t) && done < n && ldisc_output(t, s[done]))
		done++;
	ldisc_push(t);
	spin_unlock(&t->lock);
	return done;
}

static bool tty_writable(struct tty *t)
{
	return !tty_output_stopped(t) &&
	       t->out.head - t->out.tail <= TTY_RING / 2;
}

static int wait_for_sink(const struct tty_sink *k, struct tty *t,
			 struct file *f)
{
	if (f->flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(k->wait, k->ready(t, f));
}

/*
 * Write for both ends of a pseudo-terminal.  Output goes to k in pieces of
 * CHUNK bytes; k takes as many bytes as fit, and the others wait.
 */
long tty_write_all(const struct tty_sink *k, struct tty *t, struct file *f,
		   struct uio *u)
{
	char buf[CHUNK];
	long total = 0;
	int err = tty_take_turn(k->turn, f);

	if (err)
		return err;
	while (u->left && !err) {
		unsigned long want = min(u->left, (unsigned long)CHUNK);
		unsigned long n = uio_get(u, buf, want), done = 0;

		while (!err && (done += k->put(t, buf + done, n - done)) < n) {
			file_full(f);
			err = wait_for_sink(k, t, f);
			if (!err && k->dead && k->dead(f))
				err = -EIO;
		}
		total += (long)done;
		if (!err && n < want)
			err = -EFAULT;
	}
	mutex_unlock(k->turn);
	return total ? total : err;
}

static bool output_ready(struct tty *t, const struct file *f)
{
	return tty_writable(t) || tty_file_dead(f);
}

static long tty_write(struct file *f, struct uio *u, loff_t *pos)
{
	struct tty *t = file_tty(f);
	const struct tty_sink sink = {
		.put = put_output, .ready = output_ready,
		.dead = tty_file_dead, .wait = &t->write_wait,
		.turn = &t->write_lock,
	};
	int err = 0;

	if (tty_file_dead(f))
		return -EIO;
	if (t->termios.lflag & TOSTOP)
		err = tty_check_background(t, SIGTTOU);
	return err ? err : tty_write_all(&sink, t, f, u);
}

/* A dead file is always ready, because each call on it returns at once. */
static unsigned tty_poll(struct file *f, struct poll_table *pt)
{
	struct tty *t = file_tty(f);
	unsigned events = 0;

	poll_wait(pt, &t->read_wait);
	poll_wait(pt, &t->write_wait);
	if (tty_file_dead(f))
		return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM |
			POLLWRNORM;
	spin_lock(&t->lock);
	if (ldisc_readable(t))
		events |= POLLIN | POLLRDNORM;
	if (tty_writable(t))
		events |= POLLOUT | POLLWRNORM;
	spin_unlock(&t->lock);
	return events;
}

/* If a file has no owner, signals go to the foreground group. */
static int tty_async_owner(const struct file *f)
{
	return HINT(file_tty(f)->seen.pgid);
}

const struct file_ops tty_fops = {
	.open = tty_open,
	.release = tty_release,
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.sends_sigio = true,
	.async_owner = tty_async_owner,
	.ioctl = tty_ioctl,
};

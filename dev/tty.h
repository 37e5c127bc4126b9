/* SPDX-License-Identifier: MIT */
/*
 * Terminals: a line discipline between a driver and readers (canonical and
 * raw mode, echo, signals, flow control), and job control.
 *
 * Bytes typed go through ldisc_input() into the input ring, bytes written
 * through ldisc_output() into the output ring, which the driver empties.
 */
#ifndef DEV_TTY_H
#define DEV_TTY_H

#include <fs/vfs.h>
#include <kernel/lock/lock.h>
#include <kernel/task/task.h>
#include <kernel/wait/wait.h>
#include <lt/table.h>
#include <uapi/termios.h>

struct process;
struct tty;

#define TTY_RING	4096		/* bytes of each ring, a power of two */

/*
 * A driver leaves out what it does not need.
 * Context: [t->lock] unless said otherwise.
 */
struct tty_driver {
	/*
	 * Send up to n bytes.
	 * Return: how many it took; if fewer, tty_write_wakeup() follows.
	 */
	size_t (*write)(struct tty *t, const char *s, size_t n);
	/* There is room for input again, or something to tell of (packets). */
	void (*input_room)(struct tty *t);
	/* May it be opened now?  Return: 0, -errno. */
	int (*open)(struct tty *t);
	void (*closed)(struct tty *t);		/* the last open of it went */
	/*
	 * References that keep t itself, where it can go away.
	 * Context: any.
	 */
	void (*get)(struct tty *t);
	void (*put)(struct tty *t);
	/* New modes are set: take back what the device cannot do. */
	void (*set_modes)(struct tty *t);
	/* It was hung up: its modes may be another user's next. */
	void (*hung_up)(struct tty *t);
	bool takes_all;		/* const: output counts as sent when written */
	bool ends_with_leader;	/* const: a line: its session's end ends it */
};

/* head and tail run freely; the byte at n is data[n % TTY_RING]. */
struct tty_ring {
	char data[TTY_RING];
	unsigned head;			/* next to put */
	unsigned tail;			/* next to take */
};

struct tty {
	const struct tty_driver *driver;	/* const */
	const char *name;			/* const: "console" */
	struct terminal seen;			/* by its processes */
	struct spinlock lock;			/* IPL_DEVICE */
	struct ktermios termios;		/* [lock] */
	u32 ispeed, ospeed;			/* [lock] bits a second */
	struct ktermios locked;			/* [lock] not 0: stays as is */
	struct winsize winsize;			/* [lock] */
	struct tty_ring in, out;		/* [lock] */
	/* [lock] end of the last whole line: a reader sees up to here */
	unsigned in_ready;
	/* [lock] bit n: a line ends with in.data[n]; 0 there: an end of file */
	u8 line_end[TTY_RING / 8];
	unsigned column;			/* [lock] of the cursor */
	unsigned line_column;			/* [lock] where typing began */
	bool stopped;				/* [lock] by ^S or held */
	bool held;				/* [lock] by TCOOFF */
	bool erasing;				/* [lock] ECHOPRT shows it */
	bool literal;				/* [lock] ^V: take next as is */
	bool exclusive;				/* [lock] TIOCEXCL */
	bool other_closed;			/* [lock] a pty's master went */
	bool packet;				/* [lock] master has packets */
	u8 packet_status;			/* [lock] TIOCPKT_, unread */
	unsigned opens;				/* [lock] open files */
	unsigned hangups;			/* [lock] how many there were */
	struct wait_queue read_wait, write_wait;
	struct mutex read_lock, write_lock;
	void *private;				/* the driver's */
};

/*
 * What an open file of a terminal points to.  A hang-up makes every open file
 * of that time dead (tty_file_dead): it reads as ended and cannot be written.
 * But for those of /dev/console, which must be able to say what happened.
 */
struct tty_file {
	struct tty *tty;			/* const, referenced */
	unsigned hangups;			/* const: at open */
	bool console;				/* const: opened as that */
};

static inline struct tty *file_tty(const struct file *f)
{
	return ((struct tty_file *)f->private)->tty;
}

static inline bool tty_file_dead(const struct file *f)
{
	const struct tty_file *o = f->private;

	return !o->console && HINT(o->tty->hangups) != o->hangups;
}

extern struct tty *console_tty;		/* NULL before uart_start */

void tty_init(struct tty *t, const char *name, unsigned rdev,
	      const struct tty_driver *d, void *private);
/* The modes that every terminal starts with, speeds too. */
void tty_first_modes(struct tty *t);
/* The driver received bytes.  Context: an interrupt or a task. */
void tty_receive(struct tty *t, const char *s, size_t n);
/* The driver can take output again.  Context: an interrupt. */
void tty_write_wakeup(struct tty *t);
/*
 * Make f an open file of t: sets its operations, asks the driver, counts it,
 * and lets a session leader without a terminal have it.
 * Return: 0, -errno.
 */
int tty_attach(struct tty *t, struct file *f);
/* TIOCVHANGUP, vhangup(2), a pty's master closed.  Context: may sleep. */
void tty_hangup(struct tty *t);
/* The part of it that concerns open files: all die.  Context: any. */
void tty_end_files(struct tty *t, bool drop_output);
/*
 * One task at a time at this end, which may sleep long: m is its lock.
 * Return: 0; -EAGAIN: f does not block; -ERESTARTSYS.
 */
int tty_take_turn(struct mutex *m, const struct file *f);

/* One direction of a terminal, for who writes to it. */
struct tty_sink {
	/* Take what fits of n bytes now.  Return: taken. */
	size_t (*put)(struct tty *t, const char *s, size_t n);
	bool (*ready)(struct tty *t, const struct file *f);
	bool (*dead)(const struct file *f);	/* NULL: never */
	struct wait_queue *wait;		/* woken when ready */
	struct mutex *turn;			/* whole writes at a time */
};

/*
 * Write all of u, waiting for room.
 * Return: bytes; or, if there were none, -EAGAIN, -ERESTARTSYS, -EIO (it died),
 * -EFAULT.
 */
long tty_pour(const struct tty_sink *k, struct tty *t, struct file *f,
	      struct uio *u);
/* Wait until all output is with the driver.  Context: may sleep. */
int tty_drain(struct tty *t);
extern const struct file_ops tty_fops;
/* Below /proc/tty and /proc/sys/dev/tty.  Return: 0, -ENOMEM. */
void uart_start(void);			/* dev/uart.c */
/* Bytes.  Context: written under its terminal's lock, and by its interrupt. */
extern unsigned long uart_sent, uart_received;
/*
 * Whoever has the serial line for itself; NULL: it is a terminal.
 * Context: its interrupt.
 * Return: true: the n bytes are not the terminal's.
 */
extern bool (*uart_taken)(const char *s, size_t n);	/* const after init */

/* ---- the line discipline (dev/ldisc.c); Context: [t->lock] -------------- */

void ldisc_input(struct tty *t, u8 c);
/* Room for one more byte after output processing?  Puts it if so. */
bool ldisc_output(struct tty *t, char c);
/* Bytes of input that fit now: whoever sends more waits (ptys). */
bool ldisc_takes_input(const struct tty *t);
/* ^S and ^Q: output rests or goes on. */
void ldisc_set_stopped(struct tty *t, bool stopped);
/* TCOOFF and TCOON, which no key undoes and which undo no key. */
void ldisc_hold(struct tty *t, bool hold);
/* Does a reader get lines?  Else bytes (no ICANON, or EXTPROC). */
bool ldisc_canonical(const struct tty *t);
void ldisc_flush_output(struct tty *t);
/* Hand the output ring to the driver, unless stopped. */
void ldisc_push(struct tty *t);
/* Are there bytes (or an end of file) for a reader now? */
bool ldisc_readable(const struct tty *t);
unsigned ldisc_available(const struct tty *t);
/* The mode changed: what was typed becomes readable as the new mode says. */
void ldisc_mode_changed(struct tty *t, u32 old_lflag);
/* So did what stops output: a master reading packets is told. */
void ldisc_flow_changed(struct tty *t, const struct ktermios *old);
void ldisc_flush_input(struct tty *t);
static inline bool tty_ends_line(const struct tty *t, unsigned at)
{
	at %= TTY_RING;
	return t->line_end[at / 8] & 1 << at % 8;
}
static inline bool tty_is_eof(const struct tty *t, unsigned at)
{
	return tty_ends_line(t, at) && !t->in.data[at % TTY_RING];
}

/* ---- requests and job control ------------------------------------------- */

/*
 * A request that the core does not know (compat/tty); own: of those of one end
 * alone.  const after init; may be NULL.
 * Return: -ENOTTY: it is none of them.
 */
extern long (*tty_other_request)(struct tty *t, unsigned cmd,
				 unsigned long arg, bool own);

long tty_ioctl(struct file *f, unsigned cmd, unsigned long arg);
/* which: t's modes, or those that are locked */
long tty_get_modes(struct tty *t, const struct ktermios *which, uaddr_t to);
/*
 * wait: until the output is out; flush: and what was typed is dropped.
 * speeds: of input and output, or NULL: as they are
 */
long tty_change_modes(struct tty *t, const struct ktermios *k,
		      const u32 *speeds, bool wait, bool flush);
/* What a pty's master asks of its terminal as well as the slave does. */
long tty_mode_ioctl(struct tty *t, unsigned cmd, unsigned long arg);
/*
 * May the caller type for another (TIOCSTI)?  own: t is its terminal.
 * Return: 0 with *c from user memory, -EIO, -EPERM, -EFAULT.
 */
int tty_may_type(bool own, uaddr_t from, char *c);
/* dev.tty.legacy_tiocsti: who is not the superuser may type, too. */
extern unsigned long tty_anyone_types;	/* word: 0 or 1 */
/*
 * A background process touches its terminal (POSIX 11.1.4): stop its group with
 * signo.
 * Return: 0: go on; -ERESTARTSYS; -EIO: it cannot be stopped.
 */
int tty_check_background(struct tty *t, int signo);
/* own: t is the terminal the caller named itself, not its pty's slave. */
long tty_job_ioctl(struct tty *t, struct file *f, unsigned cmd,
		   unsigned long arg, bool own);
/* Its session is told, and has no terminal any more. */
void tty_session_hangup(struct tty *t);
/* The caller's own terminal with a reference, or NULL. */
struct tty *tty_current(void);
static inline void tty_get(struct tty *t)
{
	if (t->driver->get)
		t->driver->get(t);
}
static inline void tty_put(struct tty *t)
{
	if (t->driver->put)
		t->driver->put(t);
}
/* open(2) by a session leader without a terminal makes it its own. */
void tty_open_controlling(struct tty *t);
/*
 * A session leader gives its terminal up, or ends: it is nobody's.  The
 * foreground group hears of it.
 */
void tty_disassociate(struct process *leader, bool ends);

#endif

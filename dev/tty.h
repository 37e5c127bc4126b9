/* SPDX-License-Identifier: MIT */
/*
 * Terminals: a line discipline between a driver and readers (canonical and raw
 * mode, echo, signals, flow control), and job control.
 *
 * Typed bytes go through ldisc_input() into the input ring; written bytes go
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
 * Operations of a driver; all but write are optional.
 * Context: [t->lock] unless said otherwise.
 */
struct tty_driver {
	/*
	 * Send up to n bytes.
	 * Return: the number of bytes sent; if fewer than n, the driver calls
	 * tty_write_wakeup() later.
	 */
	size_t (*write)(struct tty *t, const char *s, size_t n);
	/* Input has room again, or a packet status waits to be read. */
	void (*input_room)(struct tty *t);
	/*
	 * Type what has waited for this room, in pieces.  The core calls it
	 * when it has made room and dropped the lock.
	 */
	void (*take_waiting)(struct tty *t);
	/*
	 * Check whether the terminal may be opened now.  Return: 0 or -errno.
	 */
	int (*open)(struct tty *t);
	void (*closed)(struct tty *t);		/* the last open file was
						   closed */
	/*
	 * Take and drop references to t, for terminals that can be freed.
	 * Context: any.
	 */
	void (*get)(struct tty *t);
	void (*put)(struct tty *t);
	/*
	 * New modes are set: reset the modes that the device does not support.
	 */
	void (*set_modes)(struct tty *t);
	/*
	 * The terminal was hung up, and another user may open it next: clear
	 * the modes.
	 */
	void (*hung_up)(struct tty *t);
	bool takes_all;		/* const: output counts as sent when written */
	bool ends_with_leader;	/* const: hung up when its session ends */
};

/* head and tail are never wrapped; byte n is data[n % TTY_RING]. */
struct tty_ring {
	char data[TTY_RING];
	unsigned head;			/* next position to write */
	unsigned tail;			/* next position to read */
};

struct tty {
	const struct tty_driver *driver;	/* const */
	const char *name;			/* const: "console" */
	struct terminal seen;			/* seen by its processes */
	struct spinlock lock;			/* IPL_DEVICE */
	struct ktermios termios;		/* [lock] */
	u32 ispeed, ospeed;			/* [lock] bits a second */
	struct ktermios locked;			/* [lock] bits that cannot
						   change */
	struct winsize winsize;			/* [lock] */
	struct tty_ring in, out;		/* [lock] */
	/* [lock] end of the last complete line: readers may read up to here */
	unsigned in_ready;
	/*
	 * [lock] bit n: in.data[n] ends a line; if the byte is 0, it is an end
	 * of file
	 */
	u8 line_end[TTY_RING / 8];
	unsigned column;			/* [lock] the cursor's column */
	unsigned line_column;			/* [lock] column where typing
						   began */
	bool stopped;				/* [lock] by ^S, or because of
						   `held` */
	bool held;				/* [lock] by TCOOFF */
	bool erasing;				/* [lock] ECHOPRT output is
						   open */
	bool literal;				/* [lock] ^V: next byte is
						   literal */
	bool exclusive;				/* [lock] TIOCEXCL */
	bool other_closed;			/* [lock] the pty's master is
						   closed */
	bool signalled;				/* [lock] typing has sent a
						   signal since a driver
						   cleared this */
	bool packet;				/* [lock] the master reads
						   packets */
	u8 packet_status;			/* [lock] TIOCPKT_ bits not yet
						   read */
	unsigned opens;				/* [lock] open files */
	unsigned hangups;			/* [lock] number of hang-ups */
	struct wait_queue read_wait, write_wait;
	struct mutex read_lock, write_lock;
	void *private;				/* owned by the driver */
};

/* Room for input was made.  Context: t->lock not held. */
static inline void tty_take_waiting(struct tty *t)
{
	if (t->driver->take_waiting)
		t->driver->take_waiting(t);
}

/*
 * An open file of a terminal.  A hang-up makes every file that was open at that
 * time dead (tty_file_dead): reads return end of file and writes fail.  Files
 * of /dev/console are exempt, because they must be able to report what
 * happened.
 */
struct tty_file {
	struct tty *tty;			/* const, referenced */
	unsigned hangups;			/* const: t->hangups at open */
	bool console;				/* const: opened as
						   /dev/console */
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
/* Set the initial modes and speeds of a terminal. */
void tty_init_modes(struct tty *t);
/*
 * Process n bytes that the driver received.  Context: an interrupt or a task.
 */
void tty_receive(struct tty *t, const char *s, size_t n);
/*
 * Tell the terminal that the driver can take output again.  Context: an
 * interrupt.
 */
void tty_write_wakeup(struct tty *t);
/*
 * Make f an open file of t: set the operations of f, call the driver's open(),
 * count f, and make t the controlling terminal of a session leader that has
 * none.
 * Return: 0 or -errno.
 */
int tty_attach(struct tty *t, struct file *f);
/*
 * Hang up t: TIOCVHANGUP, vhangup(2), closing a pty's master.  Context: may
 * sleep.
 */
void tty_hangup(struct tty *t);
/*
 * Make all open files of t dead, which is a part of a hang-up.  Context: any.
 */
void tty_mark_files_dead(struct tty *t, bool drop_output);
/*
 * Take m, which admits one task at a time to this end of the terminal and may
 * be held for long.
 * Return: 0; -EAGAIN: f does not block; -ERESTARTSYS.
 */
int tty_take_turn(struct mutex *m, const struct file *f);

/* How a writer puts bytes into one direction of a terminal. */
struct tty_sink {
	/* Take as many of n bytes as fit now.  Return: the number taken. */
	size_t (*put)(struct tty *t, const char *s, size_t n);
	bool (*ready)(struct tty *t, const struct file *f);
	bool (*dead)(const struct file *f);	/* NULL: never */
	struct wait_queue *wait;		/* woken when ready */
	struct mutex *turn;			/* one write at a time */
};

/*
 * Write all of u, waiting for room.
 * Return: bytes; or, if there were none, -EAGAIN, -ERESTARTSYS, -EIO (the file
 * died), -EFAULT.
 */
long tty_write_all(const struct tty_sink *k, struct tty *t, struct file *f,
		   struct uio *u);
/* Wait until the driver has taken all output.  Context: may sleep. */
int tty_drain(struct tty *t);
extern const struct file_ops tty_fops;
/* Start the console's serial port. */
void uart_start(void);			/* in dev/uart.c */
/*
 * Numbers of bytes sent and received.  Context: written under the terminal's
 * lock, and by the interrupt.
 */
extern unsigned long uart_sent, uart_received;
/*
 * Hand received bytes to the owner of the serial line; NULL: the line is a
 * terminal.
 * Context: the interrupt of the line.
 * Return: true: the owner has taken the n bytes.
 */
extern bool (*uart_taken)(const char *s, size_t n);	/* const after init */

/* ---- the line discipline (dev/ldisc.c); Context: [t->lock] -------------- */

void ldisc_input(struct tty *t, u8 c);
/*
 * Process one byte of output.
 * Return: true: the byte is in the ring; false: no room.
 */
bool ldisc_output(struct tty *t, char c);
/*
 * Return: true if t has room for input now; otherwise the sender (a pty's
 * master) waits.
 */
bool ldisc_takes_input(const struct tty *t);
/* Stop or continue output, for ^S and ^Q. */
void ldisc_set_stopped(struct tty *t, bool stopped);
/* Stop or continue output by TCOOFF and TCOON, independently of ^S and ^Q. */
void ldisc_hold(struct tty *t, bool hold);
/* Return: true if a reader gets lines; false: bytes (no ICANON, or EXTPROC). */
bool ldisc_canonical(const struct tty *t);
void ldisc_flush_output(struct tty *t);
/* Hand the output ring to the driver, unless stopped. */
void ldisc_push(struct tty *t);
/* Return: true if there are bytes (or an end of file) for a reader now. */
bool ldisc_readable(const struct tty *t);
unsigned ldisc_available(const struct tty *t);
/*
 * Make typed bytes readable as the new mode requires, after a change of modes.
 */
void ldisc_mode_changed(struct tty *t, u32 old_lflag);
/* Tell a master that reads packets about a change of flow control. */
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
 * Serve a request of ioctl(2) that the core does not know (compat/tty).  own:
 * also serve the requests that only one end of a pseudo-terminal knows.  Const
 * after init; may be NULL.
 * Return: -ENOTTY: unknown request.
 */
extern long (*tty_other_request)(struct tty *t, unsigned cmd,
				 unsigned long arg, bool own);

long tty_ioctl(struct file *f, unsigned cmd, unsigned long arg);
/* Copy modes to user memory.  which: t's modes, or its locked modes. */
long tty_get_modes(struct tty *t, const struct ktermios *which, uaddr_t to);
/*
 * Set new modes.  wait: first wait until all output is sent; flush: also drop
 * unread input.  speeds: the new speeds of input and output; NULL: unchanged.
 */
long tty_change_modes(struct tty *t, const struct ktermios *k,
		      const u32 *speeds, bool wait, bool flush);
/* Serve a request that a pty's master as well as its slave may make. */
long tty_mode_ioctl(struct tty *t, unsigned cmd, unsigned long arg);
/*
 * Check whether the caller may insert a byte into the input of a terminal
 * (TIOCSTI).  own: the terminal is the caller's own.
 * Return: 0: *c is the byte from user memory; -EIO, -EPERM, -EFAULT.
 */
int tty_may_type(bool own, uaddr_t from, char *c);
/* dev.tty.legacy_tiocsti: unprivileged processes may use TIOCSTI, too. */
extern unsigned long tty_anyone_types;	/* 0 or 1; read as one word without a
					   lock */
/*
 * Before a background process uses its terminal, stop its process group with
 * signo (POSIX 11.1.4).
 * Return: 0: continue; -ERESTARTSYS; -EIO: the process cannot be stopped.
 */
int tty_check_background(struct tty *t, int signo);
/*
 * Serve a job-control request.  own: true if f is a file of t itself; false if
 * f is a pty's master, and t is its slave.
 */
long tty_job_ioctl(struct tty *t, struct file *f, unsigned cmd,
		   unsigned long arg, bool own);
/* Signal the session of t; afterwards t belongs to no session. */
void tty_session_hangup(struct tty *t);
/* Return the caller's controlling terminal with a reference, or NULL. */
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
/*
 * Make t the controlling terminal of a session leader without one, at open(2).
 */
void tty_open_controlling(struct tty *t);
/*
 * Take the terminal from a session leader that gives it up, or ends.  The
 * foreground group is signaled.
 */
void tty_disassociate(struct process *leader, bool ends);

#endif

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
#include <kernel/lock.h>
#include <kernel/wait.h>
#include <uapi/termios.h>

struct process;
struct tty;

#define TTY_RING	4096		/* bytes of each ring, a power of two */

struct tty_driver {
	/* Send up to n bytes.  => taken; fewer: tty_write_wakeup() follows */
	size_t (*write)(struct tty *t, const char *s, size_t n);
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
	unsigned rdev;				/* const */
	struct spinlock lock;			/* IPL_DEVICE */
	struct ktermios termios;		/* [lock] */
	struct winsize winsize;			/* [lock] */
	struct tty_ring in, out;		/* [lock] */
	/* [lock] end of the last whole line: a reader sees up to here */
	unsigned in_ready;
	/* [lock] bit n: in.data[n] is no byte but an end of file */
	u8 eof_mark[TTY_RING / 8];
	unsigned column;			/* [lock] of the cursor */
	unsigned line_column;			/* [lock] where typing began */
	bool stopped;				/* [lock] by ^S */
	bool literal;				/* [lock] ^V: take next as is */
	int sid, pgid;				/* [tree_lock] 0: nobody's */
	struct wait_queue read_wait, write_wait;
	struct mutex read_lock, write_lock;
	void *private;				/* the driver's */
};

extern struct tty *console_tty;		/* NULL before uart_start */

void tty_init(struct tty *t, const char *name, unsigned rdev,
	      const struct tty_driver *d, void *private);
/* The driver received bytes.  => interrupt or task context */
void tty_receive(struct tty *t, const char *s, size_t n);
/* The driver can take output again.  => interrupt context */
void tty_write_wakeup(struct tty *t);
/* Wait until all output is with the driver.  => may sleep */
int tty_drain(struct tty *t);
extern const struct file_ops tty_fops;
void uart_start(void);			/* dev/uart.c */

/* ---- the line discipline (dev/ldisc.c).  => [t->lock] ------------------- */

void ldisc_input(struct tty *t, u8 c);
/* Room for one more byte after output processing?  Puts it if so. */
bool ldisc_output(struct tty *t, char c);
/* Hand the output ring to the driver, unless stopped. */
void ldisc_push(struct tty *t);
/* Are there bytes (or an end of file) for a reader now? */
bool ldisc_readable(const struct tty *t);
unsigned ldisc_available(const struct tty *t);
/* The mode changed: what was typed becomes readable as the new mode says. */
void ldisc_mode_changed(struct tty *t, u32 old_lflag);
void ldisc_flush_input(struct tty *t);
static inline bool tty_is_eof(const struct tty *t, unsigned at)
{
	at %= TTY_RING;
	return t->eof_mark[at / 8] & 1 << at % 8;
}

/* ---- requests and job control ------------------------------------------- */

long tty_ioctl(struct file *f, unsigned cmd, unsigned long arg);
/*
 * A background process touches its terminal (POSIX 11.1.4): stops its group
 * with signo.  => 0: go on; -ERESTARTSYS; -EIO: it cannot be stopped
 */
int tty_check_background(struct tty *t, int signo);
long tty_job_ioctl(struct tty *t, struct file *f, unsigned cmd,
		   unsigned long arg);
/* open(2) by a session leader without a terminal makes it its own. */
void tty_open_controlling(struct tty *t);
/* setsid(2), exit of a session leader: the terminal is nobody's. */
void tty_disassociate(struct process *leader);
unsigned tty_rdev(const struct tty *t);

#endif

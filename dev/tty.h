/* SPDX-License-Identifier: MIT */
/*
 * Terminals: a line discipline between a driver and readers (canonical and
 * raw mode, echo, signals, flow control), and job control.
 */
#ifndef DEV_TTY_H
#define DEV_TTY_H

#include <fs/vfs.h>
#include <kernel/lock.h>
#include <kernel/wait.h>

struct process;
struct tty;

#define TTY_NCCS	19
#define TTY_INPUT	4096		/* bytes of canonical line at most */

/* The kernel's struct termios of both ABIs (TCGETS). */
struct ktermios {
	u32 iflag, oflag, cflag, lflag;
	u8 line;
	u8 cc[TTY_NCCS];
};

struct winsize {
	u16 rows, cols, xpixel, ypixel;
};

struct tty_driver {
	/* Send up to n bytes.  => taken, 0: full (tty_write_wakeup later) */
	size_t (*write)(struct tty *t, const char *s, size_t n);
	bool (*drained)(struct tty *t);		/* all sent? NULL: always */
};

struct tty {
	const struct tty_driver *driver;	/* const */
	const char *name;			/* const: "console" */
	unsigned rdev;				/* const */
	struct spinlock lock;			/* IPL_DEVICE */
	struct ktermios termios;		/* [lock] */
	struct winsize winsize;			/* [lock] */
	char in[TTY_INPUT];			/* [lock] ring */
	unsigned in_head, in_tail;		/* [lock] free running */
	unsigned in_line;			/* [lock] end of last whole line */
	unsigned nr_lines;			/* [lock] canonical lines ready */
	u8 eof_mark[TTY_INPUT / 8];		/* [lock] bit: an EOF stands here */
	unsigned column;			/* [lock] of output */
	bool stopped;				/* [lock] by ^S */
	bool lnext;				/* [lock] ^V: next is literal */
	bool hungup;				/* [lock] */
	int sid, pgid;				/* [tree_lock] session, foreground */
	struct wait_queue read_wait, write_wait;
	struct mutex write_lock;		/* one writer at a time */
	void *private;				/* the driver's */
};

extern struct tty *console_tty;		/* NULL before tty_console_init */

void tty_init(struct tty *t, const char *name, unsigned rdev,
	      const struct tty_driver *d, void *private);
/* The driver received bytes.  => interrupt or task context */
void tty_receive(struct tty *t, const char *s, size_t n);
/* The driver can take output again. */
void tty_write_wakeup(struct tty *t);
extern const struct file_ops tty_fops;
/* setsid / exit of a session leader: the terminal is no one's. */
void tty_disassociate(struct process *leader);
unsigned tty_rdev(const struct tty *t);

/* dev/dev.c: find and start all drivers, register /dev nodes. */
void dev_init(void);

#endif

/* SPDX-License-Identifier: MIT */
/* Shared by ldisc.c and ldisc_out.c: the kinds of bytes. */
#ifndef DEV_LDISC_H
#define DEV_LDISC_H

#include <dev/tty.h>

#define CTRL_MIN 0x20
#define DEL 0x7f

static inline unsigned ring_used(const struct tty_ring *r)
{
	return r->head - r->tail;
}

static inline bool flag(const struct tty *t, u32 f)
{
	return t->termios.lflag & f;
}

static inline bool is_cc(const struct tty *t, unsigned i, u8 c)
{
	return t->termios.cc[i] && t->termios.cc[i] == c;
}

/* ---- bytes --------------------------------------------------------------- */

static inline bool is_control(u8 c)
{
	return c < CTRL_MIN || c == DEL;
}

/* True for a byte that continues a UTF-8 character. */
static inline bool is_continuation(const struct tty *t, u8 c)
{
	return t->termios.iflag & IUTF8 && (c & 0xc0) == 0x80;
}

/*
 * Upper and lower case follow Latin-1, as in Linux: the cases of letters from
 * 0xc0 on differ by 0x20, too.
 */
static inline bool is_upper(u8 c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7);
}

static inline bool is_lower(u8 c)
{
	return (c >= 'a' && c <= 'z') || (c >= 0xe0 && c != 0xf7 && c != 0xff);
}

/*
 * True for a byte that VWERASE counts as part of a word, including the first
 * bytes of UTF-8 letters.
 */
static inline bool is_word(u8 c)
{
	return is_upper(c) || is_lower(c) || (c >= '0' && c <= '9') ||
		c == '_' || c == 0xdf || c == 0xff;
}

/*
 * Set status bits for a pty's master that reads packets, and clear the bits
 * `not` (ioctl_tty(2), TIOCPKT).
 */
void ldisc_set_packet(struct tty *t, u8 what, u8 not);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * GDB's remote protocol, as bytes (the manual of GDB, "Overview"): pure code.
 *
 *	$text#hh	a packet; hh is the sum of its bytes, in hexadecimal
 *	+  -		the last packet was whole, or is to come again
 *	0x03		the user wants the machine to stop
 */
#ifndef TOPICS_GDBSTUB_PACKET_H
#define TOPICS_GDBSTUB_PACKET_H

#include <lt/types.h>

#define PACKET_MAX	2048	/* bytes of a packet's text */

enum packet_event {
	PACKET_PART,		/* more is to come */
	PACKET_WHOLE,		/* text holds one; the next byte begins another */
	PACKET_BROKEN,		/* a wrong sum, or too long a text */
	PACKET_ACK, PACKET_NAK,
	PACKET_STOP,
};

struct packet {
	char text[PACKET_MAX + 1];	/* ends with a zero byte when whole */
	unsigned len;
	u8 state, sum, said;
};

/* Take the next byte of the line.  All zeros is the state to begin with. */
enum packet_event packet_add(struct packet *p, u8 c);

/*
 * Read a number in hexadecimal, at most a word, and go on behind it.
 * Return: false: there is none, or it is too large.
 */
bool packet_number(const char **s, unsigned long *v);
/* The same of a byte in two digits. */
bool packet_byte(const char **s, u8 *v);
/* Go on behind c, if it comes next. */
bool packet_skip(const char **s, char c);

/* An answer's text in the making.  What has no room is left out. */
struct answer {
	char text[PACKET_MAX];
	unsigned len;
};

void answer_text(struct answer *a, const char *s);
void answer_bytes(struct answer *a, const void *from, size_t n);
void answer_unknown(struct answer *a, size_t n);	/* bytes without a value */
void answer_number(struct answer *a, unsigned long v);	/* no leading zeros */
u8 answer_sum(const struct answer *a);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * GDB's remote protocol, as bytes (the manual of GDB, "Overview"): pure code.
 *
 *	$text#hh	a packet; hh is the sum of its bytes, in hexadecimal
 *	+  -		the last packet was complete, or must be sent again
 *	0x03		the user wants the machine to stop
 */
#ifndef TOPICS_GDBSTUB_PACKET_H
#define TOPICS_GDBSTUB_PACKET_H

#include <lt/types.h>

#define PACKET_MAX	2048	/* bytes of a packet's text */

enum packet_event {
	PACKET_PART,		/* more bytes are needed */
	PACKET_WHOLE,			/* text is complete */
	PACKET_BROKEN,		/* wrong sum, or text too long */
	PACKET_ACK, PACKET_NAK,
	PACKET_STOP,
};

struct packet {
	char text[PACKET_MAX + 1];	/* ends with a zero byte when whole */
	unsigned len;
	u8 state, sum, said;
};

/* Add the next byte of the line.  The initial state is all zeros. */
enum packet_event packet_add(struct packet *p, u8 c);

/*
 * Parse a hexadecimal number of at most a word, and advance *s.
 * Return: false: there is none, or it is too large.
 */
bool packet_number(const char **s, unsigned long *v);
/*
 * Parse a byte of two hexadecimal digits, and advance *s.
 * Return: false: there are none.
 */
bool packet_byte(const char **s, u8 *v);
/* Skip c, if it comes next.  Return: false: it does not. */
bool packet_skip(const char **s, char c);

/* The text of an answer.  Text that does not fit is dropped. */
struct answer {
	char text[PACKET_MAX];
	unsigned len;
};

void answer_text(struct answer *a, const char *s);
void answer_bytes(struct answer *a, const void *from, size_t n);
/* Append n bytes whose values are unknown. */
void answer_unknown(struct answer *a, size_t n);
/* Append v in hexadecimal, without leading zeros. */
void answer_number(struct answer *a, unsigned long v);
u8 answer_sum(const struct answer *a);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Parsing and building packets of GDB's remote protocol: row B7 of
 * docs/coverage.md.  Pure: tests on the host feed it malformed packets.
 */
#include "packet.h"
#include <lib/mem.h>

enum { OUTSIDE, TEXT, SUM_HIGH, SUM_LOW };

/* Return the value of a hexadecimal digit; -1: c is none. */
static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static enum packet_event outside(struct packet *p, u8 c)
{
	switch (c) {
	case '$':
		p->state = TEXT;
		p->len = p->sum = 0;
		return PACKET_PART;
	case '+':
		return PACKET_ACK;
	case '-':
		return PACKET_NAK;
	case 3:
		return PACKET_STOP;
	}
	return PACKET_PART;
}

static void text(struct packet *p, u8 c)
{
	if (c == '#') {
		p->state = SUM_HIGH;
		return;
	}
	if (c == '$') {			/* a new packet; the last was cut off */
		p->len = p->sum = 0;
		return;
	}
	p->sum += c;
	if (p->len < PACKET_MAX)
		p->text[p->len] = (char)c;
	p->len++;
}

enum packet_event packet_add(struct packet *p, u8 c)
{
	int d = digit((char)c);

	switch (p->state) {
	case OUTSIDE:
		return outside(p, c);
	case TEXT:
		text(p, c);
		return PACKET_PART;
	case SUM_HIGH:
		p->said = d < 0 ? 0 : (u8)(d << 4);
		p->state = d < 0 ? OUTSIDE : SUM_LOW;
		return d < 0 ? PACKET_BROKEN : PACKET_PART;
	}
	p->state = OUTSIDE;
	if (d < 0 || (p->said | d) != p->sum || p->len > PACKET_MAX)
		return PACKET_BROKEN;
	p->text[p->len] = '\0';
	return PACKET_WHOLE;
}

bool packet_number(const char **s, unsigned long *v)
{
	const char *from = *s;

	*v = 0;
	for (int d; (d = digit(**s)) >= 0; ++*s) {
		if (*v >> (8 * sizeof(*v) - 4))
			return false;
		*v = *v << 4 | (unsigned)d;
	}
	return *s > from;
}

bool packet_byte(const char **s, u8 *v)
{
	int high = digit((*s)[0]), low = high < 0 ? -1 : digit((*s)[1]);

	if (low < 0)
		return false;
	*v = (u8)(high << 4 | low);
	*s += 2;
	return true;
}

bool packet_skip(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

static void gdbstub_add(struct answer *a, char c)
{
	if (a->len < PACKET_MAX)
		a->text[a->len++] = c;
}

void answer_text(struct answer *a, const char *s)
{
	for (; *s; s++)
		gdbstub_add(a, *s);
}

void answer_bytes(struct answer *a, const void *from, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (const u8 *p = from; n--; p++) {
		gdbstub_add(a, digits[*p >> 4]);
		gdbstub_add(a, digits[*p & 15]);
	}
}

void answer_unknown(struct answer *a, size_t n)
{
	for (n *= 2; n--; )
		gdbstub_add(a, 'x');
}

void answer_number(struct answer *a, unsigned long v)
{
	for (int shift = 8 * sizeof(v) - 4; shift >= 0; shift -= 4)
		if (v >> shift || !shift)
			gdbstub_add(a, "0123456789abcdef"[v >> shift & 15]);
}

u8 answer_sum(const struct answer *a)
{
	u8 sum = 0;

	for (unsigned i = 0; i < a->len; i++)
		sum += (u8)a->text[i];
	return sum;
}

/* SPDX-License-Identifier: MIT */
/*
 * The serial line, which is also the console's (row B7).  The stub sends its
 * output between STX and ETX, so a reader of the line can separate it from the
 * console's output.
 * All input belongs to the stub: polled during a session, otherwise by
 * interrupt.
 */
#include <dev/chip/serial.h>
#include "session.h"
#include <lib/mem.h>
#include <lib/printf.h>

#define STX		2
#define ETX		3

/*
 * Used by the owner of the session, or without a session by the line's
 * interrupt:
 */
static struct packet incoming;
static bool is_asked;			/* incoming holds an unread packet */
static bool is_wanted;			/* GDB's user wants to stop */
static unsigned interrupts;		/* [owner] those of the line before the
					   session */

static u8 gdb_get(void)
{
	while (!serial_has_input())
		arch_relax();
	return serial_receive();
}

/* Wait for an event.  After a broken packet, ask GDB to send it again. */
static enum packet_event gdb_receive(void)
{
	for (;;) {
		enum packet_event e = packet_add(&incoming, gdb_get());

		if (e == PACKET_BROKEN)
			serial_putc('-');
		else if (e != PACKET_PART)
			return e;
	}
}

static void gdb_put(const struct answer *a)
{
	struct answer sum = { .len = 0 };
	u8 byte = answer_sum(a);

	answer_bytes(&sum, &byte, 1);
	serial_putc('$');
	for (unsigned i = 0; i < a->len; i++)
		serial_putc(a->text[i]);
	serial_putc('#');
	serial_putc(sum.text[0]);
	serial_putc(sum.text[1]);
}

void stub_line_send(const struct answer *a)
{
	enum packet_event e;

	do {
		gdb_put(a);
		do
			e = gdb_receive();
		while (e == PACKET_STOP);
	} while (e == PACKET_NAK);
	is_asked = e == PACKET_WHOLE;
}

void stub_print(const char *fmt, ...)
{
	static char line[256];		/* [owner] */
	static struct answer a;		/* [owner] */
	va_list ap;

	va_start(ap, fmt);
	fmt_vprint(line, sizeof(line), fmt, ap);
	va_end(ap);
	a.len = 0;
	answer_text(&a, "O");
	answer_bytes(&a, line, strlen(line));
	stub_line_send(&a);
}

bool stub_line_asked(void)
{
	return is_asked;
}

const struct packet *stub_line_packet(void)
{
	while (!is_asked)
		is_asked = gdb_receive() == PACKET_WHOLE;
	is_asked = false;
	serial_putc('+');
	return &incoming;
}

bool stub_line_wanted(void)
{
	bool was = is_wanted;

	is_wanted = false;
	return was;
}

/*
 * Begin to use the line.  Its interrupt is disabled, because a CPU that was not
 * held in time must not read from the line.
 */
void stub_line_begin(void)
{
	interrupts = serial_interrupt_on(0);
	serial_putc(STX);
}

void stub_line_end(void)
{
	serial_putc(ETX);
	serial_interrupt_on(interrupts);
}

/*
 * Take input.  A packet from a newly attached GDB, or the byte by which GDB's
 * user stops the machine, begins a session; the session answers the packet.
 */
bool stub_line_taken(const char *s, size_t n)
{
	for (size_t i = 0; i < n && !is_asked; i++) {
		enum packet_event e = packet_add(&incoming, (u8)s[i]);

		is_asked |= e == PACKET_WHOLE;
		is_wanted |= e == PACKET_STOP;
	}
	if (is_asked || is_wanted)
		stub_trap();
	return true;
}

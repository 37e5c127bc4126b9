/* SPDX-License-Identifier: MIT */
/*
 * The serial line, which is also the console's (row B7).  The stub sends its
 * output between STX and ETX, so a reader of the line can separate it from the
 * console's output.
 * All input belongs to the stub: polled during a session, otherwise by
 * interrupt.
 */
#include <dev/chip/ns16550.h>
#include "session.h"
#include <lib/mem.h>
#include <lib/printf.h>

/* A 16550's registers, as dev/uart.c has them. */
#define RBR		0
#define IER		1
#define LSR		5
#define LSR_READY	0x01

#define STX		2
#define ETX		3

/*
 * Used by the owner of the session, or without a session by the line's
 * interrupt:
 */
static struct packet incoming;
static bool is_asked;			/* incoming holds an unread packet */
static bool is_wanted;			/* GDB's user wants to stop */
static u8 interrupts;			/* [owner] IER before the session */

static u8 gdb_get(void)
{
	while (!(ns16550_read(LSR) & LSR_READY))
		arch_relax();
	return ns16550_read(RBR);
}

/* Wait for an event.  After a broken packet, ask GDB to send it again. */
static enum packet_event gdb_receive(void)
{
	for (;;) {
		enum packet_event e = packet_add(&incoming, gdb_get());

		if (e == PACKET_BROKEN)
			ns16550_putc('-');
		else if (e != PACKET_PART)
			return e;
	}
}

static void gdb_put(const struct answer *a)
{
	struct answer sum = { .len = 0 };
	u8 byte = answer_sum(a);

	answer_bytes(&sum, &byte, 1);
	ns16550_putc('$');
	for (unsigned i = 0; i < a->len; i++)
		ns16550_putc(a->text[i]);
	ns16550_putc('#');
	ns16550_putc(sum.text[0]);
	ns16550_putc(sum.text[1]);
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
	ns16550_putc('+');
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
	interrupts = ns16550_read(IER);
	ns16550_write(IER, 0);
	ns16550_putc(STX);
}

void stub_line_end(void)
{
	ns16550_putc(ETX);
	ns16550_write(IER, interrupts);
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

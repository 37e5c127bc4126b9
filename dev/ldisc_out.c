/* SPDX-License-Identifier: MIT */
/*
 * The line discipline's output: from a writer, or the echo, to the screen
 * (POSIX.1 chapter 11, "Output Modes").  A byte may become several, or none; it
 * waits in the ring until the driver takes it.
 */
#include <dev/ldisc.h>
#include <kernel/task/task.h>

/*
 * Store all n bytes or none, because "\r\n" must not be split.
 * Context: [t->lock].
 * Return: false: no room.
 */
static bool out_put(struct tty *t, const char *s, unsigned n)
{
	struct tty_ring *r = &t->out;

	if (TTY_RING - ring_used(r) < n)
		return false;
	while (n--)
		r->data[r->head++ % TTY_RING] = *s++;
	return true;
}

/*
 * Output a newline: "\r\n" with ONLCR; with ONLRET the newline alone also
 * returns to column 0.
 */
static bool out_newline(struct tty *t)
{
	bool cr = t->termios.oflag & ONLCR;

	if (!out_put(t, cr ? "\r\n" : "\n", cr ? 2 : 1))
		return false;
	if (cr || t->termios.oflag & ONLRET)
		t->column = 0;
	return true;
}

static bool out_tab(struct tty *t)
{
	unsigned n = 8 - t->column % 8;
	bool expand = (t->termios.oflag & TABDLY) == XTABS;

	if (!out_put(t, expand ? "        " : "\t", expand ? n : 1))
		return false;
	t->column += n;
	return true;
}

/*
 * Output a carriage return: none at column 0 with ONOCR, a newline instead with
 * OCRNL.
 */
static bool out_return(struct tty *t)
{
	u32 oflag = t->termios.oflag;

	if (oflag & ONOCR && t->column == 0)
		return true;
	if (!out_put(t, oflag & OCRNL ? "\n" : "\r", 1))
		return false;
	if (!(oflag & OCRNL) || oflag & ONLRET)
		t->column = 0;
	return true;
}

/* Output a byte as it is.  Continuation bytes of UTF-8 take no column. */
static bool out_plain(struct tty *t, u8 c)
{
	char shown = (char)(t->termios.oflag & OLCUC && is_lower(c) ?
			    c - 0x20 : c);

	if (!out_put(t, &shown, 1))
		return false;
	if (c == '\b')
		t->column -= t->column > 0;
	else if (!is_control(c) && !is_continuation(t, c))
		t->column++;
	return true;
}

/*
 * Process output as OPOST requires (termios(3), "Output modes").  The column is
 * tracked for tabs and for erasing.
 * Return: false: no room; try again later.
 */
bool ldisc_output(struct tty *t, char c)
{
	if (!(t->termios.oflag & OPOST))
		return out_put(t, &c, 1);
	switch (c) {
	case '\n':
		return out_newline(t);
	case '\t':
		return out_tab(t);
	case '\r':
		return out_return(t);
	}
	return out_plain(t, (u8)c);
}

/*
 * Send as much as the device takes; its interrupt calls again for the rest.
 * Writers are woken when the ring is half empty, not at each byte.
 */
void ldisc_push(struct tty *t)
{
	struct tty_ring *r = &t->out;

	while (!t->stopped && ring_used(r)) {
		unsigned at = r->tail % TTY_RING;
		unsigned n = min(ring_used(r), TTY_RING - at);
		unsigned sent = (unsigned)t->driver->write(t, r->data + at, n);

		r->tail += sent;
		if (sent < n)
			break;
	}
	if (ring_used(r) <= TTY_RING / 2)
		wake_up(&t->write_wait);
}

void ldisc_set_packet(struct tty *t, u8 what, u8 not)
{
	if (!t->packet)
		return;
	t->packet_status = (u8)((t->packet_status & ~not) | what);
	if (t->driver->input_room)
		t->driver->input_room(t);
}

/*
 * Stop or continue output by ^S and ^Q.  Output held by TCOOFF continues only
 * with TCOON.
 */
void ldisc_set_stopped(struct tty *t, bool stopped)
{
	if (t->stopped == stopped || (!stopped && t->held))
		return;
	t->stopped = stopped;
	ldisc_set_packet(t, stopped ? TIOCPKT_STOP : TIOCPKT_START,
			 stopped ? TIOCPKT_START : TIOCPKT_STOP);
	if (!stopped)
		wake_up(&t->write_wait);
}

void ldisc_hold(struct tty *t, bool hold)
{
	bool was = t->held;

	t->held = hold;
	if (hold != was)
		ldisc_set_stopped(t, hold);
}

void ldisc_flush_output(struct tty *t)
{
	if (!t->driver->takes_all)
		t->out.tail = t->out.head;
	ldisc_set_packet(t, TIOCPKT_FLUSHWRITE, 0);
}

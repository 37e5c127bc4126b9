/* SPDX-License-Identifier: MIT */
/*
 * The line discipline (POSIX.1 chapter 11): what happens to a byte between
 * keyboard and reader, and between writer and screen.
 *
 * Invariant: in.tail <= in_ready <= in.head.  Readers take up to in_ready;
 * erasing stops at it.  In raw mode in_ready == in.head always.
 */
#include <dev/tty.h>
#include <kernel/task.h>
#include <lib/mem.h>

#define CTRL_MIN 0x20
#define DEL 0x7f

static unsigned ring_used(const struct tty_ring *r)
{
	return r->head - r->tail;
}

static bool flag(const struct tty *t, u32 f)
{
	return t->termios.lflag & f;
}

static bool is_cc(const struct tty *t, unsigned i, u8 c)
{
	return t->termios.cc[i] && t->termios.cc[i] == c;
}

/* ---- output -------------------------------------------------------------- */

static bool out_put(struct tty *t, const char *s, unsigned n)
{
	struct tty_ring *r = &t->out;

	if (TTY_RING - ring_used(r) < n)
		return false;
	while (n--)
		r->data[r->head++ % TTY_RING] = *s++;
	return true;
}

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

bool ldisc_output(struct tty *t, char c)
{
	u32 oflag = t->termios.oflag;

	if (!(oflag & OPOST))
		return out_put(t, &c, 1);
	if (c == '\r' && oflag & OCRNL)
		c = '\n';
	switch (c) {
	case '\n':
		return out_newline(t);
	case '\t':
		return out_tab(t);
	case '\r':
		if (oflag & ONOCR && t->column == 0)
			return true;
		if (!out_put(t, &c, 1))
			return false;
		t->column = 0;
		return true;
	case '\b':
		if (!out_put(t, &c, 1))
			return false;
		if (t->column)
			t->column--;
		return true;
	}
	if (!out_put(t, &c, 1))
		return false;
	/* A UTF-8 continuation byte takes no column of its own. */
	if ((u8)c >= CTRL_MIN && ((u8)c & 0xc0) != 0x80)
		t->column++;
	return true;
}

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

/* A pty's master that reads packets is told (TIOCPKT). */
static void tell_packet(struct tty *t, u8 what, u8 not)
{
	if (!t->packet)
		return;
	t->packet_status = (u8)((t->packet_status & ~not) | what);
	if (t->driver->input_room)
		t->driver->input_room(t);
}

void ldisc_set_stopped(struct tty *t, bool stopped)
{
	if (t->stopped == stopped)
		return;
	t->stopped = stopped;
	tell_packet(t, stopped ? TIOCPKT_STOP : TIOCPKT_START,
		    stopped ? TIOCPKT_START : TIOCPKT_STOP);
	if (!stopped)
		wake_up(&t->write_wait);
}

void ldisc_flush_output(struct tty *t)
{
	if (!t->driver->takes_all)
		t->out.tail = t->out.head;
	tell_packet(t, TIOCPKT_FLUSHWRITE, 0);
}

/* ---- echo ---------------------------------------------------------------- */

/* Columns that the echo of c takes when it starts at column. */
static unsigned echo_width(const struct tty *t, u8 c, unsigned column)
{
	if (c == '\t')
		return 8 - column % 8;
	if (c < CTRL_MIN || c == DEL)
		return flag(t, ECHOCTL) ? 2 : 0;
	return (c & 0xc0) == 0x80 ? 0 : 1;
}

static void echo(struct tty *t, u8 c)
{
	if ((c < CTRL_MIN || c == DEL) && c != '\t' && c != '\n' &&
	    flag(t, ECHOCTL)) {
		ldisc_output(t, '^');
		ldisc_output(t, (char)(c ^ 0x40));
		return;
	}
	ldisc_output(t, (char)c);
}

static void echo_input(struct tty *t, u8 c)
{
	if (flag(t, ECHO) || (c == '\n' && flag(t, ECHONL) && flag(t, ICANON)))
		echo(t, c);
}

/*
 * Columns that the last byte typed takes.  Only a tab's depend on what stands
 * before it, and that no farther back than to another tab: so to erase a line
 * takes no longer than to type it, all of it under the terminal's lock.
 */
static unsigned last_width(const struct tty *t)
{
	unsigned at = t->in.head - 1, column = 0;
	u8 c = (u8)t->in.data[at % TTY_RING];

	if (c != '\t')
		return echo_width(t, c, 0);
	while (at != t->in_ready) {
		c = (u8)t->in.data[--at % TTY_RING];
		if (c == '\t')
			return 8 - column % 8;
		column += echo_width(t, c, 0);
	}
	return 8 - (t->line_column + column) % 8;
}

/* Take the last byte typed back, also off the screen. */
static void erase_byte(struct tty *t)
{
	u8 c = (u8)t->in.data[(t->in.head - 1) % TTY_RING];
	unsigned n = last_width(t);

	t->in.head--;
	if (!flag(t, ECHO))
		return;
	if (!flag(t, ECHOE)) {
		echo(t, t->termios.cc[VERASE]);
		return;
	}
	while (n--) {
		ldisc_output(t, '\b');
		if (c != '\t') {
			ldisc_output(t, ' ');
			ldisc_output(t, '\b');
		}
	}
}

/* One character: with IUTF8 all bytes of it. */
static void erase_char(struct tty *t)
{
	u8 c;

	do {
		c = (u8)t->in.data[(t->in.head - 1) % TTY_RING];
		erase_byte(t);
	} while (t->termios.iflag & IUTF8 && (c & 0xc0) == 0x80 &&
		 t->in.head != t->in_ready);
}

static bool is_blank(u8 c)
{
	return c == ' ' || c == '\t';
}

static void erase_word(struct tty *t)
{
	bool in_word = false;

	while (t->in.head != t->in_ready) {
		u8 c = (u8)t->in.data[(t->in.head - 1) % TTY_RING];

		if (is_blank(c) && in_word)
			break;
		in_word |= !is_blank(c);
		erase_byte(t);
	}
}

static void kill_line(struct tty *t)
{
	if (flag(t, ECHO) && flag(t, ECHOK) && !flag(t, ECHOKE)) {
		echo(t, t->termios.cc[VKILL]);
		ldisc_output(t, '\n');
		t->in.head = t->in_ready;
		return;
	}
	while (t->in.head != t->in_ready)
		erase_byte(t);
}

static void reprint(struct tty *t)
{
	unsigned at;

	echo(t, t->termios.cc[VREPRINT]);
	ldisc_output(t, '\n');
	t->line_column = t->column;
	for (at = t->in_ready; at != t->in.head; at++)
		echo(t, (u8)t->in.data[at % TTY_RING]);
}

/* ---- input --------------------------------------------------------------- */

static void in_put(struct tty *t, u8 c, bool eof)
{
	unsigned at = t->in.head % TTY_RING;

	t->in.data[at] = (char)c;
	t->eof_mark[at / 8] &= (u8)~(1 << at % 8);
	if (eof)
		t->eof_mark[at / 8] |= (u8)(1 << at % 8);
	t->in.head++;
}

static void in_publish(struct tty *t)
{
	t->in_ready = t->in.head;
	wake_up_key(&t->read_wait, POLLIN | POLLRDNORM);
}

void ldisc_flush_input(struct tty *t)
{
	t->in.tail = t->in_ready = t->in.head;
	if (t->driver->input_room)
		t->driver->input_room(t);
	tell_packet(t, TIOCPKT_FLUSHREAD, 0);
}

bool ldisc_takes_input(const struct tty *t)
{
	/* a line too long for the ring is cut off, not waited for */
	return ring_used(&t->in) < TTY_RING - 1 ||
		(flag(t, ICANON) && t->in_ready == t->in.tail);
}

static bool signal_char(struct tty *t, u8 c)
{
	int signo = is_cc(t, VINTR, c) ? SIGINT :
		    is_cc(t, VQUIT, c) ? SIGQUIT :
		    is_cc(t, VSUSP, c) ? SIGTSTP : 0;

	if (!signo || !flag(t, ISIG))
		return false;
	if (!flag(t, NOFLSH)) {
		ldisc_flush_input(t);
		ldisc_flush_output(t);
	}
	ldisc_set_stopped(t, false);
	if (flag(t, ECHO))
		echo(t, c);
	if (t->pgid > 0)
		signal_kernel_group(t->pgid, signo);
	return true;
}

static bool flow_char(struct tty *t, u8 c)
{
	if (!(t->termios.iflag & IXON))
		return false;
	if (is_cc(t, VSTOP, c)) {
		ldisc_set_stopped(t, true);
		return true;
	}
	if (is_cc(t, VSTART, c)) {
		ldisc_set_stopped(t, false);
		return true;
	}
	if (t->termios.iflag & IXANY)
		ldisc_set_stopped(t, false);
	return false;
}

/* Editing keys of canonical mode. */
static bool edit_char(struct tty *t, u8 c)
{
	bool typed = t->in.head != t->in_ready;

	if (is_cc(t, VERASE, c) || c == '\b') {
		if (c == '\b' && !is_cc(t, VERASE, c))
			return false;
		if (typed)
			erase_char(t);
		return true;
	}
	if (is_cc(t, VKILL, c)) {
		kill_line(t);
		return true;
	}
	if (is_cc(t, VWERASE, c) && flag(t, IEXTEN)) {
		erase_word(t);
		return true;
	}
	if (is_cc(t, VREPRINT, c) && flag(t, IEXTEN) && flag(t, ECHO)) {
		reprint(t);
		return true;
	}
	return false;
}

/* One slot is kept for the end of the line, so that it can always end. */
static bool in_full(const struct tty *t)
{
	return ring_used(&t->in) >= TTY_RING - 1;
}

static void bell(struct tty *t)
{
	if (t->termios.iflag & IMAXBEL)
		ldisc_output(t, '\a');
}

static void canonical_char(struct tty *t, u8 c)
{
	bool ends = c == '\n' || is_cc(t, VEOL, c) ||
		    (is_cc(t, VEOL2, c) && flag(t, IEXTEN));

	if (is_cc(t, VEOF, c)) {
		if (ring_used(&t->in) < TTY_RING) {
			in_put(t, 0, true);
			in_publish(t);
		}
		return;
	}
	if (in_full(t) && !(ends && ring_used(&t->in) < TTY_RING)) {
		bell(t);
		return;
	}
	if (t->in.head == t->in_ready)
		t->line_column = t->column;
	in_put(t, c, false);
	echo_input(t, c);
	if (ends)
		in_publish(t);
}

static void raw_char(struct tty *t, u8 c)
{
	if (in_full(t)) {
		bell(t);
		return;
	}
	in_put(t, c, false);
	echo_input(t, c);
	in_publish(t);
}

static void literal_char(struct tty *t, u8 c)
{
	t->literal = false;
	if (in_full(t)) {
		bell(t);
		return;
	}
	if (t->in.head == t->in_ready)
		t->line_column = t->column;
	in_put(t, c, false);
	echo_input(t, c);
	if (!flag(t, ICANON))
		in_publish(t);
}

void ldisc_input(struct tty *t, u8 c)
{
	u32 iflag = t->termios.iflag;

	if (iflag & ISTRIP)
		c &= 0x7f;
	if (t->literal) {
		literal_char(t, c);
		return;
	}
	if (flow_char(t, c) || signal_char(t, c))
		return;
	if (c == '\r') {
		if (iflag & IGNCR)
			return;
		if (iflag & ICRNL)
			c = '\n';
	} else if (c == '\n' && iflag & INLCR) {
		c = '\r';
	}
	if (!flag(t, ICANON)) {
		raw_char(t, c);
		return;
	}
	if (is_cc(t, VLNEXT, c) && flag(t, IEXTEN)) {
		t->literal = true;
		if (flag(t, ECHO) && flag(t, ECHOCTL)) {
			ldisc_output(t, '^');
			ldisc_output(t, '\b');
		}
		return;
	}
	if (!edit_char(t, c))
		canonical_char(t, c);
}

bool ldisc_readable(const struct tty *t)
{
	unsigned n = t->in_ready - t->in.tail;

	if (flag(t, ICANON))
		return n > 0;
	return n >= (t->termios.cc[VTIME] ? 1u :
		     max((unsigned)t->termios.cc[VMIN], 1u));
}

unsigned ldisc_available(const struct tty *t)
{
	unsigned at, n = 0;

	for (at = t->in.tail; at != t->in_ready; at++)
		n += !tty_is_eof(t, at);
	return n;
}

void ldisc_mode_changed(struct tty *t, u32 old_lflag)
{
	if ((old_lflag ^ t->termios.lflag) & ICANON) {
		/* What is there becomes readable, as Linux does. */
		t->literal = false;
		if (t->in_ready != t->in.head || !flag(t, ICANON))
			in_publish(t);
	}
	if (!(t->termios.iflag & IXON))
		ldisc_set_stopped(t, false);
}

/* May the other side of a pty act on ^S and ^Q itself? */
static bool usual_flow(const struct ktermios *k)
{
	return k->iflag & IXON && k->cc[VSTOP] == 19 && k->cc[VSTART] == 17;
}

void ldisc_flow_changed(struct tty *t, const struct ktermios *old)
{
	bool now = usual_flow(&t->termios);

	if (now != usual_flow(old))
		tell_packet(t, now ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP,
			    TIOCPKT_DOSTOP | TIOCPKT_NOSTOP);
}

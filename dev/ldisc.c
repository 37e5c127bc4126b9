/* SPDX-License-Identifier: MIT */
/*
 * The line discipline's input (POSIX.1 chapter 11, "General Terminal
 * Interface"): what happens to a byte between keyboard and reader.
 *
 *   keyboard --> ldisc_input()
 *                  ISIG      ^C ^\ ^Z: a signal to the foreground group
 *                  IXON      ^S ^Q: output stops, continues
 *                  ICRNL...  newlines and carriage returns are converted
 *                  ICANON    DEL ^W ^U edit the line; newline, EOF end it
 *                  ECHO      bytes are shown through ldisc_output()
 *                    |
 *                    v
 *   in:  | read  | complete lines         | the line being typed |  free
 *                ^ in.tail                ^ in_ready             ^ in.head
 *
 * Invariant: in.tail <= in_ready <= in.head.  Readers take bytes up to
 * in_ready; erasing stops at in_ready.  In raw mode in_ready == in.head always.
 */
#include <dev/ldisc.h>
#include <kernel/task/task.h>
#include <lib/mem.h>

#define MARK 0xff		/* stored before a byte with an error
				   (PARMRK) */

bool ldisc_canonical(const struct tty *t)
{
	return flag(t, ICANON) && !flag(t, EXTPROC);
}

/* ---- echo ---------------------------------------------------------------- */

/* Return the columns that the echo of c takes; c is not a tab. */
static unsigned echo_width(const struct tty *t, u8 c)
{
	if (is_control(c))
		return flag(t, ECHOCTL) ? 2 : 0;
	return !is_continuation(t, c);
}

/*
 * Echo c, with ECHOCTL a control character as ^X.  If there is no room the echo
 * is lost, as on any Unix, because input must not wait for output.
 */
static void echo(struct tty *t, u8 c)
{
	if (is_control(c) && c != '\t' && flag(t, ECHOCTL)) {
		ldisc_output(t, '^');
		ldisc_output(t, (char)(c ^ 0x40));
		return;
	}
	ldisc_output(t, (char)c);
}

/* End the ECHOPRT output of erased bytes with a slash. */
static void finish_erasing(struct tty *t)
{
	if (t->erasing)
		ldisc_output(t, '/');
	t->erasing = false;
}

/*
 * Echo c.  ends: a newline ends the line, and is echoed as a newline despite
 * ECHOCTL.
 */
static void echo_input(struct tty *t, u8 c, bool ends)
{
	bool newline = ends && c == '\n';

	if (flag(t, ECHO))
		finish_erasing(t);
	else if (!newline || !flag(t, ECHONL) || !flag(t, ICANON))
		return;
	if (t->in.head == t->in_ready)
		t->line_column = t->column;
	if (newline)
		ldisc_output(t, '\n');
	else
		echo(t, c);
}

static u8 typed_byte(const struct tty *t, unsigned at)
{
	return (u8)t->in.data[at % TTY_RING];
}

/*
 * Return the columns of the character typed at "at".  Only a tab's width
 * depends on the characters before it, and only back to the previous tab.  So
 * erasing a line takes no longer than typing it, which matters because both
 * happen under the terminal's lock.
 */
static unsigned width_at(const struct tty *t, unsigned at)
{
	unsigned column = 0;
	u8 c = typed_byte(t, at);

	if (c != '\t')
		return echo_width(t, c);
	while (at != t->in_ready) {
		c = typed_byte(t, --at);
		if (c == '\t')
			return 8 - column % 8;
		column += echo_width(t, c);
	}
	return 8 - (t->line_column + column) % 8;
}

/* Printing terminals (ECHOPRT): show the erased bytes again. */
static void print_erased(struct tty *t, unsigned at, unsigned end)
{
	if (!t->erasing)
		ldisc_output(t, '\\');
	t->erasing = true;
	echo(t, typed_byte(t, at));
	while (++at != end)
		ldisc_output(t, (char)typed_byte(t, at));
}

static void erase_shown(struct tty *t, unsigned at)
{
	unsigned n = width_at(t, at);

	while (n--) {
		ldisc_output(t, '\b');
		if (typed_byte(t, at) == '\t')
			continue;
		ldisc_output(t, ' ');
		ldisc_output(t, '\b');
	}
}

/* Return where the last typed character begins; in.head: there is none. */
static unsigned last_char(const struct tty *t)
{
	unsigned at = t->in.head;

	while (at != t->in_ready)
		if (!is_continuation(t, typed_byte(t, --at)))
			return at;
	return t->in.head;
}

/*
 * Erase the character at "at" and all behind it.  key: the user typed VERASE.
 */
static void erase_from(struct tty *t, unsigned at, bool key)
{
	unsigned end = t->in.head;

	t->in.head = at;
	if (!flag(t, ECHO))
		return;
	if (flag(t, ECHOPRT))
		print_erased(t, at, end);
	else if (key && !flag(t, ECHOE))
		echo(t, t->termios.cc[VERASE]);
	else
		erase_shown(t, at);
	if (at == t->in_ready)
		finish_erasing(t);
}

static void erase_char(struct tty *t)
{
	unsigned at = last_char(t);

	if (at != t->in.head)
		erase_from(t, at, true);
}

/* Erase trailing blanks, then the word (VWERASE). */
static void erase_word(struct tty *t)
{
	bool in_word = false;
	unsigned at;

	while ((at = last_char(t)) != t->in.head) {
		bool word = is_word(typed_byte(t, at));

		if (in_word && !word)
			break;
		in_word |= word;
		erase_from(t, at, false);
	}
}

/*
 * Erase the line.  Without ECHOKE the old line stays visible, and the cursor
 * moves to a new line.
 */
static void kill_line(struct tty *t)
{
	unsigned at;

	if (t->in.head == t->in_ready)
		return;
	if (flag(t, ECHO) && flag(t, ECHOK) && flag(t, ECHOKE) &&
	    flag(t, ECHOE)) {
		while ((at = last_char(t)) != t->in.head)
			erase_from(t, at, false);
		return;
	}
	t->in.head = t->in_ready;
	if (!flag(t, ECHO))
		return;
	finish_erasing(t);
	echo(t, t->termios.cc[VKILL]);
	if (flag(t, ECHOK))
		ldisc_output(t, '\n');
}

/* VREPRINT: show the line typed so far on a new line. */
static void reprint(struct tty *t)
{
	unsigned at;

	finish_erasing(t);
	echo(t, t->termios.cc[VREPRINT]);
	ldisc_output(t, '\n');
	t->line_column = t->column;
	for (at = t->in_ready; at != t->in.head; at++)
		echo(t, typed_byte(t, at));
}

/* ---- input --------------------------------------------------------------- */

static void mark_end(struct tty *t, unsigned at, bool ends)
{
	at %= TTY_RING;
	t->line_end[at / 8] &= (u8)~(1 << at % 8);
	if (ends)
		t->line_end[at / 8] |= (u8)(1 << at % 8);
}

static void in_put(struct tty *t, u8 c, bool ends)
{
	t->in.data[t->in.head % TTY_RING] = (char)c;
	mark_end(t, t->in.head, ends);
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
	ldisc_set_packet(t, TIOCPKT_FLUSHREAD, 0);
}

static bool marks_errors(const struct tty *t)
{
	return t->termios.iflag & PARMRK;
}

bool ldisc_takes_input(const struct tty *t)
{
	/*
	 * if a line is too long for the ring, truncate it: the sender must not
	 * wait, because nobody can read the line yet
	 */
	return ring_used(&t->in) < TTY_RING - 1u - marks_errors(t) ||
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
	if (t->termios.iflag & IXON)
		ldisc_set_stopped(t, false);
	if (flag(t, ECHO))
		echo(t, c);
	t->signalled = true;
	if (t->seen.pgid > 0)
		signal_kernel_group(t->seen.pgid, signo);
	return true;
}

/* Check start before stop: if both are the same key, output continues. */
static bool flow_char(struct tty *t, u8 c)
{
	bool start = is_cc(t, VSTART, c);

	if (!(t->termios.iflag & IXON) || !(start || is_cc(t, VSTOP, c)))
		return false;
	ldisc_set_stopped(t, !start);
	return true;
}

static void expect_literal(struct tty *t)
{
	t->literal = true;
	if (!flag(t, ECHO))
		return;
	finish_erasing(t);
	if (flag(t, ECHOCTL)) {
		ldisc_output(t, '^');
		ldisc_output(t, '\b');
	}
}

/* Handle the editing keys of canonical mode. */
static bool edit_char(struct tty *t, u8 c)
{
	if (is_cc(t, VERASE, c)) {
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
	if (is_cc(t, VLNEXT, c) && flag(t, IEXTEN)) {
		expect_literal(t);
		return true;
	}
	if (is_cc(t, VREPRINT, c) && flag(t, IEXTEN) && flag(t, ECHO)) {
		reprint(t);
		return true;
	}
	return false;
}

/*
 * Return: true if the ring is full but for one slot, kept for the end of a
 * line.
 */
static bool in_full(const struct tty *t)
{
	return ring_used(&t->in) >= TTY_RING - 1;
}

static void bell(struct tty *t)
{
	if (t->termios.iflag & IMAXBEL)
		ldisc_output(t, '\a');
}

/*
 * Store a byte of the line.  newline: c ends a line, or would in canonical
 * mode.
 */
static void store_char(struct tty *t, u8 c, bool newline)
{
	if (in_full(t)) {
		bell(t);
		return;
	}
	echo_input(t, c, newline);
	if (c == MARK && marks_errors(t) && ring_used(&t->in) < TTY_RING - 2)
		in_put(t, c, false);
	in_put(t, c, false);
	if (!ldisc_canonical(t))
		in_publish(t);
}

/* Store the byte that ends a line; one slot is always kept for it. */
static void end_line(struct tty *t, u8 c)
{
	if (ring_used(&t->in) >= TTY_RING)
		return;
	if (c)
		echo_input(t, c, true);
	in_put(t, c, true);
	in_publish(t);
}

/*
 * Process a byte of a line that is not readable yet.  VEOF ends the line with a
 * mark instead of a byte: a read stops at the mark, and returns nothing if the
 * mark comes first in the line.
 */
static void canonical_char(struct tty *t, u8 c)
{
	if (is_cc(t, VEOF, c))
		end_line(t, 0);
	else if (c == '\n' || is_cc(t, VEOL, c) ||
		 (is_cc(t, VEOL2, c) && flag(t, IEXTEN)))
		end_line(t, c);
	else
		store_char(t, c, false);
}

/* Convert carriage returns and newlines.  Return: false: drop c. */
static bool map_newline(const struct tty *t, u8 *c)
{
	u32 iflag = t->termios.iflag;

	if (*c == '\r' && iflag & IGNCR)
		return false;
	if (*c == '\r' && iflag & ICRNL)
		*c = '\n';
	else if (*c == '\n' && iflag & INLCR)
		*c = '\r';
	return true;
}

/*
 * Strip to seven bits and convert to lower case, before any other check of c.
 */
static u8 strip_byte(const struct tty *t, u8 c)
{
	if (t->termios.iflag & ISTRIP)
		c &= 0x7f;
	if (t->termios.iflag & IUCLC && flag(t, IEXTEN) && is_upper(c))
		c += 0x20;
	return c;
}

/* Store a byte that the sender has already processed (EXTPROC). */
static void store_processed(struct tty *t, u8 c)
{
	if (in_full(t))
		return;
	in_put(t, c, false);
	in_publish(t);
}

/*
 * Process a byte in the order of termios(3): flow control and signals come
 * first, so a signal character is never data.
 * Context: [t->lock].
 */
void ldisc_input(struct tty *t, u8 c)
{
	u8 typed = c = strip_byte(t, c);

	if (t->literal) {
		t->literal = false;
		store_char(t, c, false);
		return;
	}
	if (flag(t, EXTPROC)) {
		store_processed(t, c);
		return;
	}
	if (flow_char(t, c) || signal_char(t, c))
		return;
	if (t->termios.iflag & IXON && t->termios.iflag & IXANY)
		ldisc_set_stopped(t, false);
	if (!map_newline(t, &c))
		return;
	if (!flag(t, ICANON))
		store_char(t, c, c != typed);
	else if (!edit_char(t, c))
		canonical_char(t, c);
}

bool ldisc_readable(const struct tty *t)
{
	unsigned n = t->in_ready - t->in.tail;

	if (ldisc_canonical(t))
		return n > 0;
	return n >= (t->termios.cc[VTIME] ? 1u :
		     max((unsigned)t->termios.cc[VMIN], 1u));
}

/* FIONREAD: end-of-file marks do not count as bytes. */
unsigned ldisc_available(const struct tty *t)
{
	unsigned at, n = 0;

	for (at = t->in.tail; at != t->in_ready; at++)
		n += !tty_is_eof(t, at);
	return n;
}

void ldisc_mode_changed(struct tty *t, u32 old_lflag)
{
	if ((old_lflag ^ t->termios.lflag) & (ICANON | EXTPROC)) {
		/* The unread bytes become readable as one line, as on Linux. */
		t->literal = t->erasing = false;
		memset(t->line_end, 0, sizeof(t->line_end));
		if (t->in.head != t->in.tail)
			mark_end(t, t->in.head - 1, flag(t, ICANON));
		if (t->in_ready != t->in.head || !flag(t, ICANON))
			in_publish(t);
	}
	if (!(t->termios.iflag & IXON))
		ldisc_set_stopped(t, false);
}

/* Return: true if the program at a pty's master may handle ^S and ^Q itself. */
static bool uses_flow_keys(const struct ktermios *k)
{
	return k->iflag & IXON && k->cc[VSTOP] == 19 && k->cc[VSTART] == 17;
}

void ldisc_flow_changed(struct tty *t, const struct ktermios *old)
{
	bool now = uses_flow_keys(&t->termios);

	if ((old->lflag | t->termios.lflag) & EXTPROC)
		ldisc_set_packet(t, TIOCPKT_IOCTL, 0);
	if (now != uses_flow_keys(old))
		ldisc_set_packet(t, now ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP,
				 TIOCPKT_DOSTOP | TIOCPKT_NOSTOP);
}

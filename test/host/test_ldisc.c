/* SPDX-License-Identifier: MIT */
/*
 * The line discipline against POSIX.1 chapter 11: editing, echo, ends of
 * line and file, signals, flow control, and a ring that is full.
 */
#include "unit.h"

#include <dev/tty.h>
#include <kernel/signal/signal.h>

/* ---- what the line discipline needs of the kernel ------------------------ */

static int signal_group, signal_number, read_wakeups;

void signal_kernel_group(int pgid, int signo)
{
	signal_group = pgid;
	signal_number = signo;
}

void wake_up(struct wait_queue *q)
{
}

void wake_up_key(struct wait_queue *q, unsigned long key)
{
	read_wakeups++;
}

/* ---- a terminal whose screen is a string --------------------------------- */

static struct tty tty;
static char screen[3 * TTY_RING];
static size_t screen_len;
static bool line_busy;

static size_t screen_write(struct tty *t, const char *s, size_t n)
{
	if (line_busy)
		return 0;
	memcpy(screen + screen_len, s, n);
	screen_len += n;
	screen[screen_len] = 0;
	return n;
}

static const struct tty_driver driver = { .write = screen_write };

static int open_terminal(void **state)
{
	memset(&tty, 0, sizeof(tty));
	memset(screen, 0, sizeof(screen));
	screen_len = 0;
	signal_group = signal_number = read_wakeups = 0;
	line_busy = false;
	tty.driver = &driver;
	tty.seen.pgid = 42;
	tty.termios = (struct ktermios){
		.iflag = ICRNL | IXON,
		.oflag = OPOST | ONLCR,
		.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL |
			 ECHOKE | IEXTEN,
		.cc = { [VINTR] = 3, [VQUIT] = 28, [VERASE] = 127,
			[VKILL] = 21, [VEOF] = 4, [VMIN] = 1, [VSTART] = 17,
			[VSTOP] = 19, [VSUSP] = 26, [VREPRINT] = 18,
			[VWERASE] = 23, [VLNEXT] = 22 },
	};
	return 0;
}

static void type(const char *s)
{
	while (*s)
		ldisc_input(&tty, (u8)*s++);
	ldisc_push(&tty);
}

/* What a reader may take, an end of file shown as '$'. */
static const char *readable(void)
{
	static char buf[TTY_RING + 1];
	unsigned at, n = 0;

	for (at = tty.in.tail; at != tty.in_ready; at++)
		buf[n++] = tty_is_eof(&tty, at) ? '$' :
			   tty.in.data[at % TTY_RING];
	buf[n] = 0;
	return buf;
}

static void test_line_needs_its_end(void **state)
{
	type("abc");
	assert_string_equal(readable(), "");
	assert_false(ldisc_readable(&tty));
	type("\r");
	assert_string_equal(readable(), "abc\n");
	assert_true(ldisc_readable(&tty));
	assert_string_equal(screen, "abc\r\n");
	assert_int_equal(read_wakeups, 1);
}

static void test_erase_stops_at_line_start(void **state)
{
	type("one\nab\177\177\177\177x\n");
	assert_string_equal(readable(), "one\nx\n");
	assert_string_equal(screen, "one\r\nab\b \b\b \bx\r\n");
}

static void test_erase_control_takes_two_columns(void **state)
{
	type("\1\177");
	assert_string_equal(screen, "^A\b \b\b \b");
}

/* The cursor goes back where it was, byte by byte, tabs and all. */
static void test_erasing_undoes_typing(void **state)
{
	static const char some[] = { 'a', 'b', ' ', '\t', '\t', '\1' };
	unsigned before[100], n;

	for (unsigned seed = 1; seed <= 300; seed++) {
		open_terminal(NULL);
		srand(seed);
		for (n = 0; n < seed % 9; n++)
			ldisc_output(&tty, '$');
		for (n = 0; n < 1 + seed % 100; n++) {
			before[n] = tty.column;
			ldisc_input(&tty, (u8)some[rand() % 6]);
		}
		while (n--) {
			ldisc_input(&tty, 127);
			assert_int_equal(tty.column, before[n]);
		}
	}
}

static void test_erase_tab_goes_back_its_width(void **state)
{
	type("ab\t\177");
	assert_string_equal(screen, "ab\t\b\b\b\b\b\b");
}

static void test_erase_utf8_takes_whole_character(void **state)
{
	tty.termios.iflag |= IUTF8;
	type("a\xc3\xa9\177b\n");
	assert_string_equal(readable(), "ab\n");
	assert_string_equal(screen, "a\xc3\xa9\b \bb\r\n");
}

static void test_word_and_line_kill(void **state)
{
	type("foo bar  \27baz\n");
	assert_string_equal(readable(), "foo baz\n");
	open_terminal(state);
	type("foo bar\25x\n");
	assert_string_equal(readable(), "x\n");
}

static void test_kill_without_echoke_starts_new_line(void **state)
{
	tty.termios.lflag &= ~(u32)ECHOKE;
	type("ab\25c");
	assert_string_equal(screen, "ab^U\r\nc");
}

static void test_end_of_file(void **state)
{
	type("\4");
	assert_string_equal(readable(), "$");
	assert_int_equal(ldisc_available(&tty), 0);
	open_terminal(state);
	type("ab\4");
	assert_string_equal(readable(), "ab$");
	assert_int_equal(ldisc_available(&tty), 2);
	assert_string_equal(screen, "ab");
}

static void test_literal_next(void **state)
{
	type("\26\3\26\4x\n");
	assert_string_equal(readable(), "\3\4x\n");
	assert_int_equal(signal_number, 0);
}

static void test_signals_flush_input(void **state)
{
	type("half\3");
	assert_int_equal(signal_number, 2);
	assert_int_equal(signal_group, 42);
	type("\n");
	assert_string_equal(readable(), "\n");
	type("\32");
	assert_int_equal(signal_number, 20);
	type("\34");
	assert_int_equal(signal_number, 3);
}

static void test_noflsh_keeps_input(void **state)
{
	tty.termios.lflag |= NOFLSH;
	type("ab\3c\n");
	assert_string_equal(readable(), "abc\n");
}

static void test_isig_off_passes_bytes(void **state)
{
	tty.termios.lflag &= ~(u32)ISIG;
	type("\3\n");
	assert_int_equal(signal_number, 0);
	assert_string_equal(readable(), "\3\n");
}

static void test_flow_control(void **state)
{
	type("\23ab");
	assert_string_equal(screen, "");
	type("\21");
	assert_string_equal(screen, "ab");
	tty.termios.iflag |= IXANY;
	type("\23c");
	assert_string_equal(screen, "abc");
}

static void test_raw_mode(void **state)
{
	tty.termios.lflag &= ~(u32)(ICANON | ECHO | ISIG);
	tty.termios.iflag = 0;
	tty.termios.cc[VMIN] = 3;
	type("\3\r");
	assert_string_equal(readable(), "\3\r");
	assert_false(ldisc_readable(&tty));
	type("\177");
	assert_true(ldisc_readable(&tty));
	assert_string_equal(screen, "");
}

static void test_leaving_canonical_mode_publishes(void **state)
{
	u32 old = tty.termios.lflag;

	type("abc");
	tty.termios.lflag &= ~(u32)ICANON;
	ldisc_mode_changed(&tty, old);
	assert_string_equal(readable(), "abc");
}

static void test_carriage_return_flags(void **state)
{
	tty.termios.iflag |= IGNCR;
	type("a\rb\n");
	assert_string_equal(readable(), "ab\n");
	open_terminal(state);
	tty.termios.iflag = INLCR;
	type("a\n");
	assert_string_equal(readable(), "");
}

static void test_full_line_can_still_end(void **state)
{
	unsigned i;

	for (i = 0; i < 2 * TTY_RING; i++)
		ldisc_input(&tty, 'x');
	assert_int_equal(tty.in.head - tty.in.tail, TTY_RING - 1);
	ldisc_input(&tty, '\n');
	assert_int_equal(tty.in_ready - tty.in.tail, TTY_RING);
	ldisc_input(&tty, 'y');
	ldisc_input(&tty, '\n');
	ldisc_input(&tty, 4);
	assert_int_equal(tty.in.head - tty.in.tail, TTY_RING);
}

static void test_output_processing(void **state)
{
	const char *s = "a\tb\r\n";

	while (*s)
		assert_true(ldisc_output(&tty, *s++));
	ldisc_push(&tty);
	assert_string_equal(screen, "a\tb\r\r\n");
	assert_int_equal(tty.column, 0);
	tty.termios.oflag |= XTABS;
	assert_true(ldisc_output(&tty, 'a'));
	assert_true(ldisc_output(&tty, '\t'));
	ldisc_push(&tty);
	assert_string_equal(screen + 6, "a       ");
}

static void test_full_output_takes_nothing_partial(void **state)
{
	unsigned i;

	line_busy = true;
	for (i = 0; i < TTY_RING - 1; i++)
		assert_true(ldisc_output(&tty, 'x'));
	assert_false(ldisc_output(&tty, '\n'));	/* needs two places */
	assert_true(ldisc_output(&tty, 'y'));
	assert_false(ldisc_output(&tty, 'z'));
	line_busy = false;
	ldisc_push(&tty);
	assert_int_equal(screen_len, TTY_RING);
}

#define TEST(f) cmocka_unit_test_setup(f, open_terminal)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_line_needs_its_end),
		TEST(test_erase_stops_at_line_start),
		TEST(test_erase_control_takes_two_columns),
		TEST(test_erase_tab_goes_back_its_width),
		TEST(test_erasing_undoes_typing),
		TEST(test_erase_utf8_takes_whole_character),
		TEST(test_word_and_line_kill),
		TEST(test_kill_without_echoke_starts_new_line),
		TEST(test_end_of_file),
		TEST(test_literal_next),
		TEST(test_signals_flush_input),
		TEST(test_noflsh_keeps_input),
		TEST(test_isig_off_passes_bytes),
		TEST(test_flow_control),
		TEST(test_raw_mode),
		TEST(test_leaving_canonical_mode_publishes),
		TEST(test_carriage_return_flags),
		TEST(test_full_line_can_still_end),
		TEST(test_output_processing),
		TEST(test_full_output_takes_nothing_partial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

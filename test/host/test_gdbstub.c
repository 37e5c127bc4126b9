/* SPDX-License-Identifier: MIT */
/*
 * topics/gdbstub/packet.c: packets that GDB sends are taken as they are; cut,
 * repeated, too long and forged ones are none, and the next one counts.
 */
#include <stdio.h>
#include "unit.h"

#include <topics/gdbstub/packet.h>

/* => the last event that was not PACKET_PART; *n: how many there were */
static enum packet_event feed(struct packet *p, const char *s, unsigned *n)
{
	enum packet_event last = PACKET_PART;

	*n = 0;
	for (; *s; s++) {
		enum packet_event e = packet_add(p, (u8)*s);

		if (e != PACKET_PART) {
			last = e;
			++*n;
		}
	}
	return last;
}

static void expect_packet(const char *line, const char *text)
{
	struct packet p = { .len = 0 };
	unsigned n;

	assert_int_equal(feed(&p, line, &n), PACKET_WHOLE);
	assert_string_equal(p.text, text);
	assert_int_equal(p.len, strlen(text));
}

static void takes_packets(void **state)
{
	struct packet p = { .len = 0 };
	unsigned n;

	expect_packet("$g#67", "g");
	expect_packet("+$m0,4#FD", "m0,4");
	expect_packet("$#00", "");
	expect_packet("log [ 0.1] text\n$g#67", "g");
	expect_packet("$cut$g#67", "g");
	assert_int_equal(feed(&p, "+", &n), PACKET_ACK);
	assert_int_equal(feed(&p, "-", &n), PACKET_NAK);
	assert_int_equal(feed(&p, "\003", &n), PACKET_STOP);
	/* within a packet they are text */
	assert_int_equal(feed(&p, "$+-\003#5b", &n), PACKET_WHOLE);
	assert_int_equal(n, 1);
	assert_string_equal(p.text, "+-\003");
	assert_int_equal(feed(&p, "$g#67$g#67$g#67", &n), PACKET_WHOLE);
	assert_int_equal(n, 3);
}

static void refuses_broken_ones(void **state)
{
	static const char *const broken[] = {
		"$g#68", "$g#77", "$g#x7", "$g#6x", "$m0,4#dg", "$g# 67",
	};
	struct packet p = { .len = 0 };
	unsigned n;

	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		assert_int_equal(feed(&p, broken[i], &n), PACKET_BROKEN);
		assert_int_equal(feed(&p, "$g#67", &n), PACKET_WHOLE);
		assert_string_equal(p.text, "g");
	}
}

/* A text of n bytes: does it fit? */
static enum packet_event of_length(struct packet *p, unsigned n)
{
	char tail[4];
	u8 sum = 0;

	packet_add(p, '$');
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(packet_add(p, 'a'), PACKET_PART);
		sum += 'a';
	}
	snprintf(tail, sizeof(tail), "#%02x", sum);
	packet_add(p, (u8)tail[0]);
	packet_add(p, (u8)tail[1]);
	return packet_add(p, (u8)tail[2]);
}

static void has_a_longest_one(void **state)
{
	struct packet *p = calloc(1, sizeof(*p));

	assert_int_equal(of_length(p, PACKET_MAX), PACKET_WHOLE);
	assert_int_equal(strlen(p->text), PACKET_MAX);
	assert_int_equal(of_length(p, PACKET_MAX + 1), PACKET_BROKEN);
	assert_int_equal(of_length(p, 10 * PACKET_MAX), PACKET_BROKEN);
	assert_int_equal(of_length(p, 1), PACKET_WHOLE);
	free(p);
}

static void reads_numbers(void **state)
{
	const char *s = "1f,", *none = ",", *large = "123456789abcdef01";
	const char *all = sizeof(long) == 8 ? "ffffffffffffffff" : "ffffffff";
	const char *half = "a";
	unsigned long v;
	u8 b;

	assert_true(packet_number(&s, &v) && v == 0x1f && *s == ',');
	assert_true(packet_skip(&s, ',') && !packet_skip(&s, ','));
	assert_false(packet_number(&none, &v));
	assert_false(packet_number(&large, &v));
	assert_true(packet_number(&all, &v) && v == ~0ul);
	assert_false(packet_byte(&half, &b));
	assert_true(*half == 'a');
	s = "aFz0";
	assert_true(packet_byte(&s, &b) && b == 0xaf);
	assert_false(packet_byte(&s, &b));
}

static void makes_answers(void **state)
{
	struct answer a = { .len = 0 };

	answer_text(&a, "T");
	answer_bytes(&a, "\x05\xf0", 2);
	answer_unknown(&a, 2);
	answer_number(&a, 0x1020);
	answer_number(&a, 0);
	assert_int_equal(a.len, 14);
	assert_memory_equal(a.text, "T05f0xxxx10200", 14);
	assert_int_equal(answer_sum(&a), 0x22);
	for (unsigned i = 0; i < PACKET_MAX; i++)
		answer_bytes(&a, "\1", 1);
	assert_int_equal(a.len, PACKET_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_packets),
		cmocka_unit_test(refuses_broken_ones),
		cmocka_unit_test(has_a_longest_one),
		cmocka_unit_test(reads_numbers),
		cmocka_unit_test(makes_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

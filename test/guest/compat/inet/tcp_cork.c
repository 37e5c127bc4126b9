/* SPDX-License-Identifier: MIT */
/*
 * Streams that hold back (B5): MSG_MORE and TCP_CORK keep less than a segment
 * from the other end, until something ends that or 200 ms have passed.
 */
#include <time.h>
#include "sockets.h"

#define IPPROTO_TCP	6
#define TCP_NODELAY	1
#define TCP_CORK	3
#define SEGMENT		32741	/* of lo, on a fresh connection */

#define PATIENCE	200000000LL
#define TRIES		50

static int from, to, listener;
static char buf[80000];
static struct addr {
	unsigned short family, port;
	unsigned char ip[4], zero[8];
} at = { AF_INET, 0, { 127, 0, 0, 1 }, { 0 } };

static int64_t monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void connect_pair(void)
{
	from = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	if (from < 0 || syscall(SYS_connect, from, &at, sizeof(at)))
		tap_bail("connect");
	to = (int)syscall(SYS_accept4, listener, 0, 0, 0);
	if (to < 0)
		tap_bail("accept");
}

static void unpair(void)
{
	close(from);
	close(to);
}

static long give_text(const char *text, unsigned flags)
{
	return syscall(SYS_sendto, from, text, strlen(text), flags, 0, 0);
}

static long receive_bytes(unsigned flags)
{
	return syscall(SYS_recvfrom, to, buf, sizeof(buf), flags, 0, 0);
}

/* Nothing has come. */
static int nothing_came(void)
{
	return receive_bytes(MSG_DONTWAIT) == -1 && errno == EAGAIN;
}

static int bytes_came(const char *want)
{
	long n = receive_bytes(MSG_DONTWAIT);

	return n == (long)strlen(want) && !memcmp(buf, want, (size_t)n);
}

static int set_tcp_option(int option, int value)
{
	return syscall(SYS_setsockopt, from, IPPROTO_TCP, option, &value,
		       sizeof(value)) == 0;
}

/*
 * Is it so on a fresh connection?  A try that the machine was too slow for says
 * nothing, as the time to hold back may have been over.
 */
static int holds_in_time(int (*fn)(void))
{
	for (int i = 0; i < TRIES; i++) {
		int64_t start = monotonic_ns();
		int ok, in_time;

		connect_pair();
		ok = fn();
		in_time = monotonic_ns() - start < PATIENCE * 3 / 4;
		unpair();
		if (ok || in_time)
			return ok;
	}
	return 0;
}

static int holds_with_more(void)
{
	return give_text("on", MSG_MORE) == 2 && nothing_came() &&
		give_text("e t", MSG_MORE) == 3 && nothing_came() &&
		give_text("wo", 0) == 2 && bytes_came("one two");
}

static int sends_at_once(void)
{
	return give_text("a", MSG_MORE) == 1 && give_text("b", 0) == 1 &&
	       bytes_came("ab") && give_text("c", 0) == 1 && bytes_came("c");
}

static int sends_when_uncorked(void)
{
	return set_tcp_option(TCP_CORK, 1) && give_text("cor", 0) == 3 &&
	       nothing_came() && give_text("ked", 0) == 3 && nothing_came() &&
	       set_tcp_option(TCP_CORK, 0) && bytes_came("corked");
}

static int hurried(void)
{
	return set_tcp_option(TCP_CORK, 1) && give_text("now", 0) == 3 &&
	       nothing_came() && set_tcp_option(TCP_NODELAY, 1) &&
	       bytes_came("now") && give_text("x", 0) == 1 && nothing_came();
}

static int hurried_before(void)
{
	return set_tcp_option(TCP_NODELAY, 1) &&
	       give_text("more", MSG_MORE) == 4 && nothing_came();
}

static int shut(void)
{
	return give_text("end", MSG_MORE) == 3 && nothing_came() &&
	       syscall(SYS_shutdown, from, SHUT_WR) == 0 && bytes_came("end") &&
	       receive_bytes(0) == 0;
}

static int sends_when_closed(void)
{
	int ok = give_text("end", MSG_MORE) == 3 && nothing_came();

	close(from);
	from = -1;
	return ok && bytes_came("end") && receive_bytes(0) == 0;
}

static int send_full_segments(void)
{
	static char text[2 * SEGMENT + 100];
	long n, got = 0;

	if (!set_tcp_option(TCP_CORK, 1) ||
	    syscall(SYS_sendto, from, text, sizeof(text), 0, 0, 0) !=
	    (long)sizeof(text))
		return 0;
	while ((n = receive_bytes(MSG_DONTWAIT)) > 0)
		got += n;
	return got == 2 * SEGMENT && set_tcp_option(TCP_CORK, 0) &&
	       receive_bytes(0) == 100;
}

static int unread(void)
{
	int ok = give_text("lost", MSG_MORE) == 4;

	close(to);
	to = -1;
	return ok;
}

static void in_the_end(void)
{
	connect_pair();
	check_eq(give_text("late", MSG_MORE), 4, "nothing follows a piece");
	check(receive_bytes(0) == 4 && !memcmp(buf, "late", 4),
	      "it comes all the same");
	check_eq(give_text("er", MSG_MORE), 2, "another");
	check(receive_bytes(0) == 2 && !memcmp(buf, "er", 2),
	      "comes later, too");
	unpair();
}

int main(void)
{
	int len = sizeof(at);

	listener = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || syscall(SYS_bind, listener, &at, sizeof(at)) ||
	    syscall(SYS_getsockname, listener, &at, &len) ||
	    syscall(SYS_listen, listener, 5))
		tap_bail("listen");
	check(holds_in_time(holds_with_more),
	      "MSG_MORE holds back until a piece without it");
	check(holds_in_time(sends_at_once),
	      "what has none goes at once, also after such");
	check(holds_in_time(sends_when_uncorked),
	      "TCP_CORK holds back until it is taken away");
	check(holds_in_time(hurried), "TCP_NODELAY sends once what is there");
	check(holds_in_time(hurried_before), "but does not end MSG_MORE");
	check(holds_in_time(shut), "a shutdown sends what is held back");
	check(holds_in_time(sends_when_closed), "so does close");
	check(holds_in_time(send_full_segments),
	      "full segments go, the rest is held back");
	check(holds_in_time(unread), "an end that nobody reads");
	in_the_end();
	return tap_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * Streams that hold back (B5): MSG_MORE and TCP_CORK keep less than a segment
 * from the other end, until something ends that or 200 ms have passed.
 */
#include <time.h>
#include "tap.h"

#define AF_INET		2
#define SOCK_STREAM	1
#define IPPROTO_TCP	6
#define TCP_NODELAY	1
#define TCP_CORK	3
#define MSG_DONTWAIT	0x40
#define MSG_MORE	0x8000
#define SHUT_WR		1
#define SEGMENT		32741	/* of lo, on a fresh connection */

#define PATIENCE	200000000LL
#define TRIES		50

static int from, to, listener;
static char buf[80000];
static struct addr {
	unsigned short family, port;
	unsigned char ip[4], zero[8];
} at = { AF_INET, 0, { 127, 0, 0, 1 }, { 0 } };

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void pair(void)
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

static long give(const char *text, unsigned flags)
{
	return syscall(SYS_sendto, from, text, strlen(text), flags, 0, 0);
}

static long take(unsigned flags)
{
	return syscall(SYS_recvfrom, to, buf, sizeof(buf), flags, 0, 0);
}

/* Nothing has come. */
static int waits(void)
{
	return take(MSG_DONTWAIT) == -1 && errno == EAGAIN;
}

static int came(const char *want)
{
	long n = take(MSG_DONTWAIT);

	return n == (long)strlen(want) && !memcmp(buf, want, (size_t)n);
}

static int set(int option, int value)
{
	return syscall(SYS_setsockopt, from, IPPROTO_TCP, option, &value,
		       sizeof(value)) == 0;
}

/*
 * Is it so on a fresh connection?  A try that the machine was too slow for says
 * nothing, as the time to hold back may have been over.
 */
static int holds(int (*fn)(void))
{
	for (int i = 0; i < TRIES; i++) {
		int64_t start = now();
		int ok, in_time;

		pair();
		ok = fn();
		in_time = now() - start < PATIENCE * 3 / 4;
		unpair();
		if (ok || in_time)
			return ok;
	}
	return 0;
}

static int more(void)
{
	return give("on", MSG_MORE) == 2 && waits() &&
		give("e t", MSG_MORE) == 3 && waits() &&
		give("wo", 0) == 2 && came("one two");
}

static int at_once(void)
{
	return give("a", MSG_MORE) == 1 && give("b", 0) == 1 && came("ab") &&
		give("c", 0) == 1 && came("c");
}

static int corked(void)
{
	return set(TCP_CORK, 1) && give("cor", 0) == 3 && waits() &&
		give("ked", 0) == 3 && waits() && set(TCP_CORK, 0) &&
		came("corked");
}

static int hurried(void)
{
	return set(TCP_CORK, 1) && give("now", 0) == 3 && waits() &&
		set(TCP_NODELAY, 1) && came("now") && give("x", 0) == 1 &&
		waits();
}

static int hurried_before(void)
{
	return set(TCP_NODELAY, 1) && give("more", MSG_MORE) == 4 && waits();
}

static int shut(void)
{
	return give("end", MSG_MORE) == 3 && waits() &&
		syscall(SYS_shutdown, from, SHUT_WR) == 0 && came("end") &&
		take(0) == 0;
}

static int closed(void)
{
	int ok = give("end", MSG_MORE) == 3 && waits();

	close(from);
	from = -1;
	return ok && came("end") && take(0) == 0;
}

static int full(void)
{
	static char text[2 * SEGMENT + 100];
	long n, got = 0;

	if (!set(TCP_CORK, 1) ||
	    syscall(SYS_sendto, from, text, sizeof(text), 0, 0, 0) !=
	    (long)sizeof(text))
		return 0;
	while ((n = take(MSG_DONTWAIT)) > 0)
		got += n;
	return got == 2 * SEGMENT && set(TCP_CORK, 0) && take(0) == 100;
}

static int unread(void)
{
	int ok = give("lost", MSG_MORE) == 4;

	close(to);
	to = -1;
	return ok;
}

static void in_the_end(void)
{
	pair();
	check_eq(give("late", MSG_MORE), 4, "nothing follows a piece");
	check(take(0) == 4 && !memcmp(buf, "late", 4), "it comes all the same");
	check_eq(give("er", MSG_MORE), 2, "another");
	check(take(0) == 2 && !memcmp(buf, "er", 2), "comes later, too");
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
	check(holds(more), "MSG_MORE holds back until a piece without it");
	check(holds(at_once), "what has none goes at once, also after such");
	check(holds(corked), "TCP_CORK holds back until it is taken away");
	check(holds(hurried), "TCP_NODELAY sends once what is there");
	check(holds(hurried_before), "but does not end MSG_MORE");
	check(holds(shut), "a shutdown sends what is held back");
	check(holds(closed), "so does close");
	check(holds(full), "full segments go, the rest is held back");
	check(holds(unread), "an end that nobody reads");
	in_the_end();
	return tap_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * Datagrams sent in pieces (B5): MSG_MORE and UDP_CORK; and words of shared
 * memory whose page is gone (C6).
 */
#include "sockets.h"

#define IPPROTO_UDP	17
#define UDP_CORK	1
#define FUTEX_WAIT	0
#define FUTEX_WAKE	1

static int from, to;
static char buf[70000];
static struct addr {
	unsigned short family, port;
	unsigned char ip[4], zero[8];
} at = { AF_INET, 0, { 127, 0, 0, 1 }, { 0 } }, nowhere;

static long give_datagram(const void *text, unsigned long n, unsigned flags)
{
	return syscall(SYS_sendto, from, text, n, flags, &at, sizeof(at));
}

static long receive_datagram(void)
{
	return syscall(SYS_recvfrom, to, buf, sizeof(buf), MSG_DONTWAIT, 0, 0);
}

static int datagram_is(const char *want)
{
	long n = receive_datagram();

	return n == (long)strlen(want) && !memcmp(buf, want, (size_t)n);
}

static void send_with_more(void)
{
	check_eq(give_datagram("on", 2, MSG_MORE), 2, "a piece");
	check_err(EAGAIN, receive_datagram(), "is held back");
	check_eq(give_datagram("e ", 2, MSG_MORE), 2, "another");
	check_err(EAGAIN, receive_datagram(), "is too");
	check_eq(syscall(SYS_sendto, from, "two", 3, 0, &nowhere, 16), 3,
		 "the last goes where the first was to go");
	check(datagram_is("one two"), "all are one datagram");
	check_eq(give_datagram("alone", 5, 0), 5, "without a piece before it");
	check(datagram_is("alone"), "it goes at once");
	check_eq(give_datagram("end", 3, MSG_MORE), 3, "a piece again");
	check_eq(give_datagram("", 0, 0), 0, "an empty last one");
	check(datagram_is("end"), "sends it");
	check_err(EFAULT, give_datagram(BAD, 3, MSG_MORE),
		  "a piece of nothing");
	check_eq(give_datagram(buf, 60000, MSG_MORE), 60000, "a large piece");
	check_err(EMSGSIZE, give_datagram(buf, 6000, MSG_MORE), "one too many");
	check_eq(give_datagram("new", 3, 0), 3, "takes those before along");
	check(datagram_is("new"), "what comes next is new");
}

static void cork_datagrams(void)
{
	int on = 1, len = sizeof(on);

	check_ok(syscall(SYS_setsockopt, from, IPPROTO_UDP, UDP_CORK, &on, 4),
		 "UDP_CORK");
	on = 0;
	syscall(SYS_getsockopt, from, IPPROTO_UDP, UDP_CORK, &on, &len);
	check_eq(on, 1, "is told");
	give_datagram("cor", 3, 0);
	give_datagram("ked", 3, 0);
	check_err(EAGAIN, receive_datagram(), "holds back");
	on = 0;
	check_ok(syscall(SYS_setsockopt, from, IPPROTO_UDP, UDP_CORK, &on, 4),
		 "taken away");
	check(datagram_is("corked"), "it lets go");
}

static void wake_gone_page(void)
{
	int fd;
	char *p;

	tap_scratch("datagram_cork");
	fd = open("file", O_RDWR | O_CREAT, 0600);
	ftruncate(fd, 2 * PG);
	p = mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check_eq(syscall(SYS_futex, p + PG, FUTEX_WAKE, 1, 0, 0, 0), 0,
		 "nobody waits in a shared page");
	check_err(EAGAIN, syscall(SYS_futex, p + PG, FUTEX_WAIT, 1, 0, 0, 0),
		  "nor for another value");
	ftruncate(fd, PG);
	check_err(EFAULT, syscall(SYS_futex, p + PG, FUTEX_WAKE, 1, 0, 0, 0),
		  "a page that was cut off");
	check_err(EFAULT, syscall(SYS_futex, p + PG, FUTEX_WAIT, 0, 0, 0, 0),
		  "has no word to wait for");
	check_eq(syscall(SYS_futex, p + PG, FUTEX_WAKE | 128, 1, 0, 0, 0), 0,
		 "but its address, privately");
	ftruncate(fd, 2 * PG);
	check_eq(syscall(SYS_futex, p + PG, FUTEX_WAKE, 1, 0, 0, 0), 0,
		 "until it is there again");
	munmap(p, 2 * PG);
	close(fd);
	unlink("file");
	tap_scratch_end();
}

int main(void)
{
	int len = sizeof(at);

	from = (int)syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0);
	to = (int)syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0);
	nowhere = at;
	nowhere.port = 0x0100;
	if (syscall(SYS_bind, to, &at, sizeof(at)) ||
	    syscall(SYS_getsockname, to, &at, &len))
		tap_bail("sockets");
	send_with_more();
	cork_datagrams();
	wake_gone_page();
	return tap_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * Datagrams of IP: what is told of a port that nobody has, who gets what is
 * sent to a shared port, and how much waits for a reader (rows B3, B5).
 */
#include "sockets.h"

#define SO_BROADCAST	6
#define SO_RCVBUF	8
#define SHARED		7		/* a flow goes to one of two */

static char buf[4096];

static struct in at(int a, int b, int c, int d, unsigned short port)
{
	return (struct in){ .family = AF_INET, .port = port, .ip = {
		(unsigned char)a, (unsigned char)b, (unsigned char)c,
		(unsigned char)d } };
}

static long bind_to(int s, struct in a)
{
	return raw_syscall(SYS_bind, s, &a, sizeof(a));
}

static struct in name_of(int s)
{
	struct in a = { 0 };
	int n = sizeof(a);

	syscall(SYS_getsockname, s, &a, &n);
	return a;
}

/* A socket at a free port, whose address *a becomes. */
static int bound(struct in *a)
{
	int s = open_socket(AF_INET, SOCK_DGRAM);

	if (bind_to(s, at(127, 0, 0, 1, 0)))
		tap_bail("bind");
	*a = name_of(s);
	return s;
}

static long send_to(int s, const void *from, unsigned long n, struct in a)
{
	return raw_syscall(SYS_sendto, s, from, n, 0, &a, sizeof(a));
}

static long receive(int s)
{
	return raw_syscall(SYS_recvfrom, s, buf, sizeof(buf), MSG_DONTWAIT,
			   NULL, NULL);
}

static void set(int s, int name, int value)
{
	if (syscall(SYS_setsockopt, s, SOL_SOCKET, name, &value,
		    sizeof(value)))
		tap_bail("setsockopt");
}

/* A port that nobody has, and another one. */
static void ports_of_nobody(void)
{
	struct in a, other, mine;
	int s = bound(&mine);

	close(bound(&a));
	close(bound(&other));
	check_eq(send_to(s, "x", 1, a), 1, "to a port of nobody");
	check_eq(send_to(s, "x", 1, a), 1, "nothing is told, not connected");
	check_eq(send_to(s, BAD, 1, a), -EFAULT, "but the data are read");
	syscall(SYS_connect, s, &a, sizeof(a));
	check_eq(send_to(s, "x", 1, other), 1, "connected, to another");
	check_eq(receive(s), -EAGAIN, "nothing is told");
	check_eq(raw_syscall(SYS_write, s, "x", 1), 1, "to the peer");
	check_eq(receive(s), -ECONNREFUSED, "is refused");
	check_eq(receive(s), -EAGAIN, "which is told once");
	close(s);
}

static void shut_for_reading(void)
{
	struct in a, b;
	int s = bound(&a), from = bound(&b);

	syscall(SYS_connect, s, &b, sizeof(b));
	check_eq(raw_syscall(SYS_shutdown, s, 0), 0, "shut for reading");
	check_eq(send_to(from, "abc", 3, a), 3, "what is sent to it");
	check_eq(receive(s), 3, "comes nevertheless");
	check_eq(raw_syscall(SYS_read, s, buf, 9), 0, "only nobody waits");
	close(s);
	close(from);
}

static void broadcast(void)
{
	struct in a, to;
	int s = bound(&a), all = open_socket(AF_INET, SOCK_DGRAM);

	check_eq(bind_to(all, at(255, 255, 255, 255, 0)), 0,
		 "bind to all machines");
	check_eq(name_of(all).ip[0], 255, "is a name");
	close(all);
	all = open_socket(AF_INET, SOCK_DGRAM);
	check_eq(bind_to(all, at(224, 0, 0, 1, 0)), 0, "to a group");
	close(all);
	all = open_socket(AF_INET, SOCK_DGRAM);
	bind_to(all, at(0, 0, 0, 0, 0));
	to = at(127, 255, 255, 255, name_of(all).port);
	check_eq(send_to(s, "x", 1, to), -EACCES, "to all of the device");
	set(s, SO_BROADCAST, 1);
	check_eq(send_to(s, "x", 1, to), 1, "needs SO_BROADCAST");
	check_eq(receive(all), 1, "and comes to any address");
	close(s);
	close(all);
}

static int count(int s)
{
	int n = 0;

	while (receive(s) >= 0)
		n++;
	return n;
}

static void binds_as_user(void *arg)
{
	int s;

	if (syscall(SYS_setresuid, 40, 40, 40))
		_exit(1);
	s = open_socket(AF_INET, SOCK_DGRAM);
	set(s, SO_REUSEPORT, 1);
	_exit(bind_to(s, *(struct in *)arg) == -EADDRINUSE ? 0 : 2);
}

/* Senders are divided among the sockets that share a port. */
static void shared_port(void)
{
	struct in a, from;
	int s[2], c, got[2], flows[2] = { 0, 0 };

	for (int i = 0; i < 2; i++) {
		s[i] = open_socket(AF_INET, SOCK_DGRAM);
		set(s[i], SO_REUSEPORT, 1);
		if (bind_to(s[i], i ? a : at(127, 0, 0, 1, 0)))
			tap_bail("bind");
		a = name_of(s[i]);
	}
	for (int i = 0; i < 64; i++) {
		c = bound(&from);
		for (int k = 0; k < SHARED; k++)
			send_to(c, "x", 1, a);
		close(c);
		got[0] = count(s[0]);
		got[1] = count(s[1]);
		if (got[0] + got[1] != SHARED || (got[0] && got[1]))
			break;
		flows[got[0] == 0]++;
	}
	check_eq(flows[0] + flows[1], 64, "each sender has one receiver");
	check(flows[0] > 5 && flows[1] > 5, "each receiver some senders");
	check_eq(in_child(binds_as_user, &a), 0, "another user shares nothing");
	close(s[0]);
	close(s[1]);
}

/* However small the buffer, one fits; and empty ones take room. */
static void small_buffer(void)
{
	struct in a, b;
	int s = bound(&a), from = bound(&b), n;

	set(s, SO_RCVBUF, 0);
	for (int i = 0; i < 50; i++)
		send_to(from, "", 0, a);
	n = count(s);
	check(n > 0 && n < 10, "few empty datagrams fit into no buffer");
	for (int i = 0; i < 50; i++)
		send_to(from, buf, sizeof(buf), a);
	check_eq(count(s), 1, "one that is too large does");
	close(s);
	close(from);
}

/* => a number of /proc/net/snmp, by its line and name; -1: there is none */
static long counted(const char *line, const char *name)
{
	static char text[8192];
	int fd = open("/proc/net/snmp", O_RDONLY), column = 0;
	long n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	char *at, *end;

	close(fd);
	if (n < 0)
		return -1;
	text[n] = 0;
	at = strstr(text, line);
	for (end = at; end && strncmp(end, name, strlen(name)); end++)
		column += *end == ' ';
	at = at ? strstr(at + 1, line) : NULL;
	while (at && column--)
		at = strchr(at, ' ') + 1;
	return at ? strtol(at, NULL, 10) : -1;
}

static void counts(void)
{
	long in = counted("Udp:", "InDatagrams"), out, none, lost;
	struct in a, b;
	int s = bound(&a), from = bound(&b);

	if (in < 0) {
		tap_skip("/proc/net/snmp", "no /proc");
		return;
	}
	out = counted("Udp:", "OutDatagrams");
	none = counted("Udp:", "NoPorts");
	send_to(from, "x", 1, a);
	receive(s);
	check_eq(counted("Udp:", "InDatagrams"), in + 1, "read: counted");
	set(s, SO_RCVBUF, 0);
	lost = counted("Udp:", "RcvbufErrors");
	for (int i = 0; i < 9; i++)
		send_to(from, buf, sizeof(buf), a);
	check_eq(counted("Udp:", "RcvbufErrors"), lost + 8, "lost: counted");
	close(s);
	send_to(from, "x", 1, a);
	check_eq(counted("Udp:", "NoPorts"), none + 1, "refused: counted");
	check_eq(counted("Udp:", "OutDatagrams"), out + 11, "sent: counted");
	close(from);
}

static void counts_of_streams(void)
{
	long active = counted("Tcp:", "ActiveOpens"), failed, now, sent;
	struct in a = at(127, 0, 0, 1, 0);
	int l = open_socket(AF_INET, SOCK_STREAM), n = sizeof(a), c, s;

	if (active < 0)
		return;
	failed = counted("Tcp:", "AttemptFails");
	now = counted("Tcp:", "CurrEstab");
	bind_to(l, a);
	a = name_of(l);
	c = open_socket(AF_INET, SOCK_STREAM);
	syscall(SYS_connect, c, &a, n);
	check_eq(counted("Tcp:", "AttemptFails"), failed + 1,
		 "a refusal: counted");
	syscall(SYS_listen, l, 1);
	syscall(SYS_connect, c, &a, n);
	check_eq(counted("Tcp:", "ActiveOpens"), active + 2,
		 "two attempts: counted");
	check_eq(counted("Tcp:", "CurrEstab"), now + 2, "two ends: counted");
	failed = counted("Tcp:", "EstabResets");
	sent = counted("Tcp:", "OutRsts");
	s = (int)syscall(SYS_accept4, l, NULL, NULL, 0);
	write(c, "x", 1);
	close(s);
	check_eq(counted("Tcp:", "EstabResets"), failed + 2,
		 "a reset connection: two ends counted");
	check_eq(counted("Tcp:", "OutRsts"), sent + 1, "of one reset");
	close(c);
	close(l);
}

int main(void)
{
	bring_loopback_up();
	ports_of_nobody();
	shut_for_reading();
	broadcast();
	shared_port();
	small_buffer();
	counts();
	counts_of_streams();
	return tap_done();
}

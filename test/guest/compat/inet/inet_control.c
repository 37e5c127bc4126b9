/* SPDX-License-Identifier: MIT */
/*
 * Control data of datagrams in both families (row B5): hops and class of
 * traffic, set for one, by the socket's options, seen, and cut off.
 */
#include "sockets.h"

#define IP		0
#define IPV6		41

struct head {				/* cmsghdr */
	size_t len;
	int level, type;
};

struct one {				/* with a number, padded */
	struct head h;
	int value;
#if __SIZEOF_POINTER__ == 8
	int pad;
#endif
};

static int to, from;

static struct one number_control(int level, int type, int value)
{
	return (struct one){
		.h = { sizeof(struct head) + sizeof(int), level, type },
		.value = value,
	};
}

static long send_with(const void *control, size_t n)
{
	struct iovec v = { "x", 1 };
	struct message m = {
		.iov = &v, .nr_iov = 1, .control = control,
		.control_len = n,
	};

	return syscall(SYS_sendmsg, from, &m, 0);
}

/* => how much control data came, -1: no message */
static long receive_control(struct one *got, size_t room, unsigned *flags)
{
	char c;
	struct iovec v = { &c, 1 };
	struct message m = {
		.iov = &v, .nr_iov = 1, .control = got,
		.control_len = room,
	};

	memset(got, 0, 2 * sizeof(*got));
	if (syscall(SYS_recvmsg, to, &m, 0) != 1)
		return -1;
	*flags = m.flags;
	return (long)m.control_len;
}

static void set_option_checked(int s, int level, int name, int value,
			       const char *what)
{
	check_ok(syscall(SYS_setsockopt, s, level, name, &value,
			 sizeof(value)), "%s", what);
}

static void bind_pair(int family)
{
	struct { unsigned short family, port; char rest[24]; } a = {
		.family = (unsigned short)family,
	};
	int len = sizeof(a);

	if (family == AF_INET)
		memcpy(a.rest, "\177\0\0\1", 4);
	else
		a.rest[4 + 15] = 1;
	to = (int)syscall(SYS_socket, family, SOCK_DGRAM, 0);
	from = (int)syscall(SYS_socket, family, SOCK_DGRAM, 0);
	syscall(SYS_bind, to, &a, sizeof(a));
	syscall(SYS_getsockname, to, &a, &len);
	check_ok(syscall(SYS_connect, from, &a, len), "family %d", family);
}

static void of_ipv6(void)
{
	struct one got[2], two[2] = {
		number_control(IPV6, 52, 9), number_control(IPV6, 67, 0x2e),
	};
	unsigned flags = 0;

	bind_pair(AF_INET6);
	check_eq(send_with(NULL, 0), 1, "nobody asked");
	check_eq(receive_control(got, sizeof(got), &flags), 0,
		 "nothing is told");
	set_option_checked(to, IPV6, 51, 1, "RECVHOPLIMIT");
	set_option_checked(to, IPV6, 66, 5, "RECVTCLASS");
	check_eq(send_with(two, sizeof(two)), 1, "both given");
	check_eq(receive_control(got, sizeof(got), &flags), sizeof(got),
		 "both seen");
	check(!memcmp(got, two, sizeof(got)) && !flags, "as they were sent");
	two[0].value = -1;
	two[1].value = 4;
	check_eq(send_with(two, sizeof(two)), 1, "-1");
	receive_control(got, sizeof(got), &flags);
	check(got[0].value == 64 && got[1].value == 4, "is the socket's own");
	set_option_checked(from, IPV6, 16, 3, "UNICAST_HOPS");
	set_option_checked(from, IPV6, 67, 8, "TCLASS");
	write(from, "x", 1);
	receive_control(got, sizeof(got), &flags);
	check(got[0].value == 3 && got[1].value == 8, "options of the sender");
	two[0].value = 256;
	check_err(EINVAL, send_with(two, sizeof(two)), "too large");
	two[0].value = 1;
	two[0].h.len--;
	check_err(EINVAL, send_with(two, sizeof(two)), "too short");
	two[0] = number_control(IPV6, 99, 1);
	check_err(EINVAL, send_with(two, sizeof(two)), "no such type");
	two[0] = number_control(77, 99, 1);
	check_eq(send_with(two, sizeof(*two)), 1, "another level is ignored");
	receive_control(got, sizeof(got), &flags);
	write(from, "x", 1);
	check_eq(receive_control(got, 0, &flags), 0, "no room");
	check_eq(flags, MSG_CTRUNC, "is told");
	write(from, "x", 1);
	check_eq(receive_control(got, sizeof(struct head) + 2, &flags),
		 sizeof(struct head) + 2, "room for a part");
	check(got[0].h.len == sizeof(struct head) + 2 && flags == MSG_CTRUNC,
	      "is filled");
	write(from, "x", 1);
	check_eq(receive_control(got, sizeof(*got), &flags), sizeof(*got),
		 "for one");
	check(got[0].value == 3 && flags == MSG_CTRUNC, "comes whole");
	close(to);
	close(from);
}

static void of_ipv4(void)
{
	struct one got[2], ttl = number_control(IP, 2, 5),
			   tos = number_control(IP, 1, 0x10);
	unsigned flags = 0;

	bind_pair(AF_INET);
	set_option_checked(to, IP, 12, 1, "RECVTTL");
	set_option_checked(to, IP, 13, 1, "RECVTOS");
	check_eq(send_with(&ttl, sizeof(ttl)), 1, "TTL given");
	check(receive_control(got, sizeof(got), &flags) > (long)sizeof(*got) &&
		      !flags,
	      "both seen");
	check(got[0].h.type == 2 && got[0].value == 5, "TTL");
	check(got[1].h.type == 1 && got[1].h.len == sizeof(struct head) + 1 &&
	      (got[1].value & 255) == 0, "TOS, one byte");
	check_eq(send_with(&tos, sizeof(tos)), 1, "TOS given");
	receive_control(got, sizeof(got), &flags);
	check(got[0].value == 64 && (got[1].value & 255) == 0x10, "arrives");
	ttl.value = 0;
	check_err(EINVAL, send_with(&ttl, sizeof(ttl)), "no TTL of 0");
	tos.h.len = sizeof(struct head) + 1;
	tos.value = 0x8;
	check_eq(send_with(&tos, sizeof(tos)), 1, "TOS as a byte");
	receive_control(got, sizeof(got), &flags);
	check_eq(got[1].value & 255, 0x8, "arrives, too");
	ttl = number_control(1, 1, from);
	check_eq(send_with(&ttl, sizeof(ttl)), 1,
		 "a descriptor is taken, and goes nowhere");
	receive_control(got, sizeof(got), &flags);
	ttl = number_control(1, 99, 1);
	check_err(EINVAL, send_with(&ttl, sizeof(ttl)), "no such socket type");
	ttl = number_control(IP, 99, 1);
	check_err(EINVAL, send_with(&ttl, sizeof(ttl)), "no such type");
	close(to);
	close(from);
}

/* ---- where it was sent to ------------------------------------------------ */

static char heard[256];
static struct message header;

/* Receive a byte at `to` with all that comes beside it. */
static void hear(void)
{
	char c;
	struct iovec v = { &c, 1 };

	header = (struct message){ .iov = &v, .nr_iov = 1, .control = heard,
				   .control_len = sizeof(heard) };
	memset(heard, 0, sizeof(heard));
	if (syscall(SYS_recvmsg, to, &header, MSG_DONTWAIT) != 1)
		header.control_len = 0;
}

/* => these n bytes were told by a level and type */
static int was_told(int level, int type, const void *data, unsigned long n)
{
	unsigned long at = 0, step = sizeof(long) - 1;

	while (at + sizeof(struct head) <= header.control_len) {
		struct head *h = (struct head *)(heard + at);

		if (h->level == level && h->type == type)
			return h->len == sizeof(*h) + n &&
				!memcmp(h + 1, data, n);
		at += (h->len + step) & ~step;
	}
	return 0;
}

/* A socket at any address, in `to`; => its port */
static unsigned short bind_any(int family)
{
	struct in6 a = { .family = (unsigned short)family };
	int len = sizeof(a);

	to = open_socket(family, SOCK_DGRAM);
	syscall(SYS_bind, to, &a, sizeof(a));
	syscall(SYS_getsockname, to, &a, &len);
	return a.port;
}

static void destination4(void)
{
	struct { int device; unsigned char local[4], to[4]; } info = {
		1, { 127, 0, 0, 5 }, { 127, 0, 0, 5 } };
	struct in a = { AF_INET, bind_any(AF_INET), { 127, 0, 0, 5 }, { 0 } };

	from = open_socket(AF_INET, SOCK_DGRAM);
	set_option_checked(to, IP, 8, 1, "IP_PKTINFO");
	set_option_checked(to, IP, 20, 1, "IP_RECVORIGDSTADDR");
	syscall(SYS_sendto, from, "x", 1, 0, &a, sizeof(a));
	hear();
	check(was_told(IP, 8, &info, sizeof(info)), "to 127.0.0.5, over lo");
	check(was_told(IP, 20, &a, sizeof(a)), "and the port");
	set_option_checked(from, SOL_SOCKET, 6, 1, "SO_BROADCAST");
	memcpy(a.ip, "\177\377\377\377", 4);
	memcpy(info.to, a.ip, 4);
	memcpy(info.local, "\177\0\0\1", 4);
	syscall(SYS_sendto, from, "x", 1, 0, &a, sizeof(a));
	hear();
	check(was_told(IP, 8, &info, sizeof(info)),
	      "a broadcast, to the device's address");
	set_option_checked(to, IP, 8, 0, "not asked for");
	set_option_checked(to, IP, 20, 0, "neither");
	syscall(SYS_sendto, from, "x", 1, 0, &a, sizeof(a));
	hear();
	check_eq(header.control_len, 0, "nothing is told");
	close(from);
	close(to);
}

static void destination6(void)
{
	struct { unsigned char to[16]; int device; } info = {
		{ [15] = 1 }, 1 };
	struct in6 a = { AF_INET6, bind_any(AF_INET6), 0, { [15] = 1 }, 0 };
	struct in a4 = { AF_INET, a.port, { 127, 0, 0, 5 }, { 0 } };

	from = open_socket(AF_INET6, SOCK_DGRAM);
	set_option_checked(to, IPV6, 49, 1, "IPV6_RECVPKTINFO");
	set_option_checked(to, IPV6, 74, 1, "IPV6_RECVORIGDSTADDR");
	syscall(SYS_sendto, from, "x", 1, 0, &a, sizeof(a));
	hear();
	check(was_told(IPV6, 50, &info, sizeof(info)), "to ::1, over lo");
	check(was_told(IPV6, 74, &a, sizeof(a)), "and the port");
	close(from);
	from = open_socket(AF_INET, SOCK_DGRAM);
	syscall(SYS_sendto, from, "x", 1, 0, &a4, sizeof(a4));
	hear();
	memcpy(info.to, "\0\0\0\0\0\0\0\0\0\0\377\377\177\0\0\5", 16);
	check(was_told(IPV6, 50, &info, sizeof(info)), "to ::ffff:127.0.0.5");
	close(from);
	close(to);
}

int main(void)
{
	bring_loopback_up();
	destination4();
	destination6();
	of_ipv6();
	of_ipv4();
	return tap_done();
}

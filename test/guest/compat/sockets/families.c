/* SPDX-License-Identifier: MIT */
/*
 * A family of sockets exists exactly if its file of /proc/net does: a kernel
 * without compat/inet has AF_UNIX alone.
 */
#include "sockets.h"

static void test_family(int family, int type, const char *file)
{
	int p[2];

	if (access(file, F_OK)) {
		check_err(EAFNOSUPPORT, open_socket(family, type),
			  "no %s, no family %d", file, family);
		check_err(EAFNOSUPPORT,
			  syscall(SYS_socketpair, family, type, 0, p),
			  "nor pairs of family %d", family);
		return;
	}
	check_ok(open_socket(family, type), "%s, and family %d", file, family);
	if (family == AF_UNIX)
		check_ok(open_pair(type, p), "a pair");
	else
		check_err(EOPNOTSUPP,
			  syscall(SYS_socketpair, family, type, 0, p),
			  "family %d has no pairs", family);
}

int main(void)
{
	check_ok(access("/proc/net/unix", F_OK), "AF_UNIX is always there");
	test_family(AF_UNIX, SOCK_STREAM, "/proc/net/unix");
	test_family(AF_INET, SOCK_STREAM, "/proc/net/tcp");
	test_family(AF_INET, SOCK_DGRAM, "/proc/net/udp");
	test_family(AF_INET6, SOCK_STREAM, "/proc/net/tcp6");
	test_family(AF_NETLINK, SOCK_RAW, "/proc/net/netlink");
	return tap_done();
}

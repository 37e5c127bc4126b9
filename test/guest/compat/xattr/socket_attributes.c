/* SPDX-License-Identifier: MIT */
/*
 * Attributes of sockets and of other files without a name (row B17): their
 * protocol is one, those that security modules would keep are none, and what
 * is wrong is told before who may.
 */
#include "nameless.h"
#include "sockets.h"

#define SOMEBODY	4711
#define PROTOCOL	"system.sockprotoname"

static char buf[256];

static void name_protocols(void)
{
	static const struct { int family, type; const char *name; } kind[] = {
		{ AF_UNIX, SOCK_STREAM, "UNIX-STREAM" },
		{ AF_UNIX, SOCK_DGRAM, "UNIX" },
		{ AF_UNIX, SOCK_SEQPACKET, "UNIX" },
		{ AF_INET, SOCK_STREAM, "TCP" },
		{ AF_INET, SOCK_DGRAM, "UDP" },
		{ AF_INET6, SOCK_DGRAM, "UDPv6" },
		{ AF_NETLINK, SOCK_RAW, "NETLINK" },
	};
	int n, fd;

	for (int i = 0; i < COUNT(kind); i++) {
		fd = open_socket(kind[i].family, kind[i].type);
		if (fd < 0 && errno == EAFNOSUPPORT) {
			tap_skip(kind[i].name, "no such family");
			continue;
		}
		n = (int)raw_syscall(SYS_fgetxattr, fd, PROTOCOL, buf, 64);
		check(n == (int)strlen(kind[i].name) + 1 &&
		      !strcmp(buf, kind[i].name), "%s", kind[i].name);
		close(fd);
	}
	fd = open_socket(AF_UNIX, SOCK_DGRAM);
	check_eq(raw_syscall(SYS_fgetxattr, fd, PROTOCOL, NULL, 0), 5,
		 "its length");
	check_eq(raw_syscall(SYS_fgetxattr, fd, PROTOCOL, buf, 4), -ERANGE,
		 "no room");
	check_eq(raw_syscall(SYS_flistxattr, fd, buf, 64), sizeof(PROTOCOL),
		 "its attributes");
	check(!memcmp(buf, PROTOCOL, sizeof(PROTOCOL)), "are this one");
	check_eq(raw_syscall(SYS_flistxattr, fd, buf, 4), -ERANGE, "no room");
	check_eq(raw_syscall(SYS_fsetxattr, fd, PROTOCOL, "x", 1, 0),
		 -EOPNOTSUPP, "nobody sets it");
	close(fd);
}

static void keep_no_attributes(void)
{
	int fd = open_socket(AF_UNIX, SOCK_STREAM);

	check_eq(raw_syscall(SYS_fremovexattr, fd, "security.x"), -EAGAIN,
		 "removing what a security module would keep of a socket");
	check_eq(raw_syscall(SYS_fsetxattr, fd, "security.x", "v", 1, 0),
		 -EOPNOTSUPP, "setting it");
	check_eq(raw_syscall(SYS_fgetxattr, fd, "security.x", buf, 9),
		 -EOPNOTSUPP, "reading it");
	check_eq(raw_syscall(SYS_fgetxattr, fd, "security.", buf, 9), -EINVAL,
		 "a class alone");
	check_eq(raw_syscall(SYS_fremovexattr, fd, "trusted.x"), -EOPNOTSUPP,
		 "no other class");
	close(fd);
}

/* Who is root but for files asks for no permission of trusted attributes. */
static void remove_as_fs_user(void *arg)
{
	int fd = (int)raw_syscall(SYS_eventfd2, 0, 0);

	(void)arg;
	raw_syscall(SYS_setfsuid, SOMEBODY);
	_exit((int)-raw_syscall(SYS_fremovexattr, fd, "trusted.x"));
}

/* Of a pipe, kind 6, Linux 6.1 says as of the others. */
static int is_no_secure(int kind, long r)
{
	if (kind == 6 && on_other_kernel() && r == -EOPNOTSUPP)
		return 1;
	return r == (kind < 5 ? -EOPNOTSUPP : -EPERM);
}

/* Whoever may not change what modules of security keep: does any look? */
static void set_secure_as_user(void *arg)
{
	int *fd = arg, bad = 0;

	become_user(SOMEBODY);
	for (int k = 0; k < KINDS; k += k == 4 ? 2 : 1) {
		bad |= !is_no_secure(k, raw_syscall(SYS_fremovexattr, fd[k],
						    "security.x")) << k;
		bad |= !is_no_secure(k, raw_syscall(SYS_fsetxattr, fd[k],
						    "security.x", "y", 1,
						    0)) << k;
	}
	_exit(bad);
}

static void keep_no_secure(void)
{
	int fd[KINDS + 1];

	open_kinds(fd);
	check_eq(in_child(set_secure_as_user, fd), 0,
		 "a user's security.x: EPERM of a pipe, else ENOTSUP");
	close_kinds(fd);
}

/* A list that has three bytes: not what an access control list has. */
static void set_short_list(void *arg)
{
	(void)arg;
	become_user(SOMEBODY);
	_exit((int)-raw_syscall(SYS_setxattr, "file",
				"system.posix_acl_access", "abc", 3, 0));
}

int main(void)
{
	tap_scratch("socket_attributes");
	name_protocols();
	keep_no_attributes();
	check_eq(in_child(remove_as_fs_user, NULL), EOPNOTSUPP << 8,
		 "trusted. of what is another's");
	keep_no_secure();
	put_file("file", "x", 1, 0644);
	check_eq(in_child(set_short_list, NULL), EINVAL << 8,
		 "setxattr: what is no list, before who owns the file");
	unlink("file");
	tap_scratch_end();
	return tap_done();
}

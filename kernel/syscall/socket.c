/* SPDX-License-Identifier: MIT */
/*
 * Sockets.  There are none: no family is supported, so socket(2) says so and
 * every other call finds no socket behind its descriptor.
 */
#include <fs/vfs.h>
#include <kernel/syscall/syscalls.h>
#include <lt/log.h>
#include <mm/uaccess.h>

#define SOCK_TYPE_MASK	0xf
#define SOCK_MAX	11
#define SOCK_FLAGS	(O_CLOEXEC | O_NONBLOCK)

static long no_family(int type)
{
	if (type & ~(SOCK_TYPE_MASK | SOCK_FLAGS) ||
	    (type & SOCK_TYPE_MASK) >= SOCK_MAX)
		return -EINVAL;
	return -EAFNOSUPPORT;
}

static long no_socket(int fd)
{
	struct file *f = fd_file(fd);

	if (!f)
		return -EBADF;
	file_put(f);
	return -ENOTSOCK;
}

long sys_socket(int family __unused, int type, int protocol __unused)
{
	return no_family(type);
}

long sys_socketpair(int family __unused, int type, int protocol __unused,
		    uaddr_t fds __unused)
{
	return no_family(type);
}

long sys_bind(int fd, uaddr_t addr __unused, int len __unused)
{
	return no_socket(fd);
}

long sys_listen(int fd, int backlog __unused)
{
	return no_socket(fd);
}

long sys_accept(int fd, uaddr_t addr __unused, uaddr_t len __unused)
{
	return no_socket(fd);
}

long sys_accept4(int fd, uaddr_t addr __unused, uaddr_t len __unused,
		 int flags)
{
	return flags & ~SOCK_FLAGS ? -EINVAL : no_socket(fd);
}

long sys_connect(int fd, uaddr_t addr __unused, int len __unused)
{
	return no_socket(fd);
}

long sys_getsockname(int fd, uaddr_t addr __unused, uaddr_t len __unused)
{
	return no_socket(fd);
}

long sys_getpeername(int fd, uaddr_t addr __unused, uaddr_t len __unused)
{
	return no_socket(fd);
}

long sys_sendto(int fd, uaddr_t buf __unused, unsigned long count __unused,
		unsigned flags __unused, uaddr_t addr __unused,
		int len __unused)
{
	return no_socket(fd);
}

long sys_recvfrom(int fd, uaddr_t buf __unused, unsigned long count __unused,
		  unsigned flags __unused, uaddr_t addr __unused,
		  uaddr_t len __unused)
{
	return no_socket(fd);
}

long sys_setsockopt(int fd, int level __unused, int name __unused,
		    uaddr_t value __unused, int len)
{
	return len < 0 ? -EINVAL : no_socket(fd);
}

long sys_getsockopt(int fd, int level __unused, int name __unused,
		    uaddr_t value __unused, uaddr_t len __unused)
{
	return no_socket(fd);
}

long sys_shutdown(int fd, int how __unused)
{
	return no_socket(fd);
}

long sys_sendmsg(int fd, uaddr_t msg __unused, unsigned flags __unused)
{
	return no_socket(fd);
}

long sys_recvmsg(int fd, uaddr_t msg __unused, unsigned flags __unused)
{
	return no_socket(fd);
}

/* All of them behind one number: call, then its arguments in memory. */
long sys_socketcall(int call, uaddr_t args)
{
	/* words that each call reads, by number; 0: no such call */
	static const u8 words[] = {
		0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4, 5, 4,
	};
	enum { CALL_SOCKET = 1, CALL_SOCKETPAIR = 8 };
	unsigned long a[6];

	if (call < 1 || call >= (int)ARRAY_SIZE(words))
		return -EINVAL;
	if (copy_from_user(a, args, words[call] * sizeof(a[0])))
		return -EFAULT;
	if (call == CALL_SOCKET || call == CALL_SOCKETPAIR)
		return no_family(a[1]);
	return no_socket(a[0]);
}

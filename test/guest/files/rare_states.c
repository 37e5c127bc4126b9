/* SPDX-License-Identifier: MIT */
/*
 * Corners of calls that programs seldom come to: states that are rare, places
 * that are gone, buffers that hold just one thing (rows A1, B5).
 */
#include <dirent.h>
#include <sys/mount.h>
#include <sys/uio.h>
#include "sockets.h"
#include "tap.h"
#include "texts.h"

#define STREAM		1
#define DGRAM		2
#define IPV6		41
#define SOL_SOCKET_	1
#define MOVE		8192
#define UNBINDABLE	(1 << 17)
#define GROWSDOWN	0x01000000
#define GROWSUP		0x02000000

#define sock(family, type) ((int)syscall(SYS_socket, family, type, 0))
#define setopt(s, level, name, at, len) \
	syscall(SYS_setsockopt, s, level, name, at, len)

/* ---- who waits to write -------------------------------------------------- */

/* => what fn says in a child, to which a signal comes while it sleeps */
static int errno_when_interrupted(long (*fn)(int), int fd)
{
	struct sigaction act = { .sa_handler = ignore_signal };
	int st = -1;
	pid_t pid = fork();

	if (pid == 0) {
		sigaction(SIGUSR1, &act, NULL);
		_exit(fn(fd) < 0 ? errno : 0);
	}
	if (!comes_to(pid, "S"))
		printf("# it does not sleep\n");
	kill(pid, SIGUSR1);
	waitpid(pid, &st, 0);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -1;
}

static long writes_count(int fd)
{
	uint64_t most = ~0ULL - 1;

	return write(fd, &most, 8);
}

static long writes_byte(int fd)
{
	return write(fd, "x", 1);
}

static void writers(void)
{
	int e = (int)syscall(SYS_eventfd2, 1, 0), p[2], st = -1;
	char c;
	pid_t pid;

	check_eq(errno_when_interrupted(writes_count, e), EINTR,
		 "a count that is full");
	close(e);
	if (pipe2(p, O_DIRECT))
		tap_bail("pipe2");
	fcntl(p[1], F_SETFL, O_NONBLOCK | O_DIRECT);
	while (write(p[1], "y", 1) == 1)
		;
	fcntl(p[1], F_SETFL, (long)O_DIRECT);
	check_eq(errno_when_interrupted(writes_byte, p[1]), EINTR,
		 "a pipe of packets");
	pid = fork();
	if (pid == 0)
		_exit(writes_byte(p[1]) != 1);
	comes_to(pid, "S");
	check_eq(read(p[0], &c, 1), 1, "room for one more");
	waitpid(pid, &st, 0);
	check_eq(st, 0, "who waited writes it");
	close(p[0]);
	close(p[1]);
}

/* ---- names --------------------------------------------------------------- */

static void refuse_slashes(void)
{
	char entry[24];
	int d;

	check_err(ENOENT, mknod("no/", S_IFREG | 0600, 0), "a file with a slash");
	check_err(ENOENT, symlink("x", "no/"), "a link with one");
	mkdir("a", 0755);
	mkdir("a/b", 0755);
	check_err(ENOTEMPTY, rename("a/b", "a"), "over what it is in");
	check_err(EINVAL, syscall(SYS_renameat2, AT_FDCWD, "a/b", AT_FDCWD,
				  "a", 2), "in exchange for that");
	d = open("a/b", O_RDONLY);
	check_eq(syscall(SYS_getdents64, d, entry, sizeof(entry)), 24,
		 "room for one name: the first");
	check(!strcmp(entry + 19, "."), "which is the directory's");
	check_eq(syscall(SYS_getdents64, d, entry, sizeof(entry)), 24,
		 "the second");
	check(!strcmp(entry + 19, ".."), "is where it is");
	check_eq(syscall(SYS_getdents64, d, entry, sizeof(entry)), 0, "the end");
	close(d);
	rmdir("a/b");
	rmdir("a");
}

/* Deeper than a path can say. */
static void far_down(void)
{
	static char name[251], where[4096];
	int n = 0;

	memset(name, 'd', 250);
	while (n < 17 && !mkdir(name, 0755) && !chdir(name))
		n++;
	check_eq(n, 17, "directories in one another");
	check_err(ENAMETOOLONG, syscall(SYS_getcwd, where, sizeof(where)),
		  "getcwd of what has no name so short");
	check_err(ENAMETOOLONG, readlink("/proc/self/cwd", where,
					 sizeof(where)), "nor has the link");
	while (n-- > 0)
		if (chdir("..") || rmdir(name))
			tap_bail(name);
}

/* ---- mounts -------------------------------------------------------------- */

static void move_mount_below(void)
{
	mkdir("m", 0755);
	if (mount("none", "m", "tmpfs", 0, NULL))
		tap_bail("mount");
	mkdir("m/x", 0755);
	check_err(ELOOP, mount("m", "m/x", NULL, MOVE, NULL), "into itself");
	check_ok(mount(NULL, "m", NULL, UNBINDABLE, NULL), "unbindable");
	check(text_behind("/proc/self/mountinfo", " unbindable") != NULL,
	      "mountinfo says so");
	if (chdir("m/x") || rmdir("../x"))
		tap_bail("m/x");
	check_err(ENOENT, mount("none", ".", "tmpfs", 0, NULL),
		  "on what is gone");
	if (chdir("../..") && chdir(tap_dir))
		tap_bail(tap_dir);
	check_ok(umount2("m", 0), "umount");
	rmdir("m");
}

/* ---- rights over files --------------------------------------------------- */

#define setfsuid(id) syscall(SYS_setfsuid, id)
#define setfsgid(id) syscall(SYS_setfsgid, id)

static void file_ids(void)
{
	int fd = open("secret", O_RDWR | O_CREAT, 0600);

	close(fd);
	chmod(".", 0711);
	check_eq(setfsuid(1000), 0, "another user over files");
	check_eq(setfsuid(-1), 1000, "is told");
	check_err(EACCES, open("secret", O_RDONLY), "and has no more rights");
	check_eq(setfsuid(0), 1000, "the superuser again");
	fd = open("secret", O_RDONLY);
	check(fd >= 0, "with his rights");
	close(fd);
	check_eq(setfsgid(5), 0, "another group");
	check_eq(setfsgid(-1), 5, "is told");
	check_eq(setfsgid(0), 5, "and back");
	unlink("secret");
}

/* ---- memory -------------------------------------------------------------- */

static void refuse_growing(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE);

	munmap(p + PG, PG);
	check_err(EINVAL, mprotect(p, PG, PROT_READ | GROWSDOWN),
		  "no stack: nothing grows down");
	check_err(EINVAL, mprotect(p, PG, PROT_READ | GROWSUP), "nor up");
	check_err(EINVAL, mprotect(p, PG, PROT_READ | GROWSUP | GROWSDOWN),
		  "both");
	check_err(ENOMEM, mprotect(p + PG, PG, PROT_READ | GROWSUP),
		  "nothing is there");
	munmap(p, PG);
}

/* ---- sockets ------------------------------------------------------------- */

static void set_short_options(void)
{
	struct { int pid; unsigned uid, gid; } c = { 1, 1, 1 };
	int u = sock(AF_UNIX, STREAM), t = sock(AF_INET, STREAM), n = 77;
	unsigned len = sizeof(c);
	char one = 1;

	check_err(EINVAL, setopt(t, 6, 1, &one, 1), "TCP_NODELAY of a byte");
	check_err(EFAULT, setopt(t, 0, 2, BAD, 1), "IP_TTL of a bad one");
	check_ok(setopt(t, 0, 2, &one, 1), "and of a byte");
	check_ok(syscall(SYS_getsockopt, u, SOL_SOCKET_, 17, &c, &len),
		 "SO_PEERCRED of nobody");
	check(c.pid == 0 && c.uid == ~0u && c.gid == ~0u, "says so");
	n = getpid();
	check_ok(syscall(SYS_ioctl, u, 0x8902, &n), "SIOCSPGRP");
	n = 0;
	check_ok(syscall(SYS_ioctl, u, 0x8903, &n), "FIOGETOWN");
	check_eq(n, getpid(), "the same");
	check_err(ENOTTY, syscall(SYS_ioctl, u, 0x8906, &n), "SIOCGSTAMP");
	check_ok(syscall(SYS_ioctl, u, 0x5411, &n), "SIOCOUTQ");
	check_eq(n, 0, "nothing is on its way");
	check_eq(syscall(SYS_sendmmsg, u, NULL, 0, 0), 0, "no messages");
	close(t);
	t = open("/dev/null", O_RDWR);
	check_err(ENOTSOCK, syscall(SYS_sendmmsg, t, NULL, 0, 0),
		  "but over a socket");
	close(t);
	close(u);
}

/* A datagram socket that is connected takes from that one alone. */
static void send_to_connected(void)
{
	struct { unsigned short family; char path[8]; } a = { AF_UNIX, "dgram" };
	int to = sock(AF_UNIX, DGRAM), from = sock(AF_UNIX, DGRAM);

	if (syscall(SYS_bind, to, &a, sizeof(a)) ||
	    syscall(SYS_connect, to, &a, sizeof(a)))
		tap_bail("bind");
	check_err(EPERM, syscall(SYS_connect, from, &a, sizeof(a)),
		  "it has another");
	close(to);
	close(from);
	unlink(a.path);
}

static void cut_credentials(void)
{
	struct iovec v;
	struct message h = { NULL, 0, &v, 1, NULL, 0, 0 };
	int p[2], one = 1;
	char c, few[4];

	if (syscall(SYS_socketpair, AF_UNIX, STREAM, 0, p))
		tap_bail("socketpair");
	setopt(p[1], SOL_SOCKET_, 16, &one, sizeof(one));	/* SO_PASSCRED */
	write(p[0], "x", 1);
	v.iov_base = &c;
	v.iov_len = 1;
	h.control = few;
	h.control_len = sizeof(few);
	check_eq(syscall(SYS_recvmsg, p[1], &h, 0), 1, "a byte");
	check_eq((int)h.flags & MSG_CTRUNC, MSG_CTRUNC,
		 "without room for whose it is");
	close(p[0]);
	close(p[1]);
}

/* One port for both families, unless the newer keeps to itself. */
static void share_port(void)
{
	struct {
		uint16_t family, port;
		uint32_t flow;
		uint8_t ip[16];
		uint32_t scope;
	} a = { .family = AF_INET6 };
	struct { uint16_t family, port; uint8_t ip[4]; char zero[8]; } b = {
		.family = AF_INET };
	int len = sizeof(a), six = sock(AF_INET6, STREAM), one = 1;
	int four = sock(AF_INET, STREAM);

	if (syscall(SYS_bind, six, &a, sizeof(a)) ||
	    syscall(SYS_getsockname, six, &a, &len))
		tap_bail("bind");
	b.port = a.port;
	check_err(EADDRINUSE, syscall(SYS_bind, four, &b, sizeof(b)),
		  "a port of both families");
	close(six);
	six = sock(AF_INET6, STREAM);
	setopt(six, IPV6, 26, &one, sizeof(one));	/* IPV6_V6ONLY */
	check_ok(syscall(SYS_bind, six, &a, sizeof(a)), "of the one");
	check_ok(syscall(SYS_bind, four, &b, sizeof(b)), "of the other");
	close(six);
	close(four);
}

int main(void)
{
	if (geteuid())
		return tap_skip_all("not the superuser");
	tap_scratch("rare_states");
	writers();
	refuse_slashes();
	far_down();
	move_mount_below();
	file_ids();
	refuse_growing();
	set_short_options();
	send_to_connected();
	cut_credentials();
	share_port();
	tap_scratch_end();
	return tap_done();
}

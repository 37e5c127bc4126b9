/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of calls that seldom meet a full memory is made to fail in
 * turn (row D11): credentials, sockets and what is sent over them, descriptors
 * of processes and events, terminals, bind mounts, lists of rights, advice.
 */
#include <sys/mount.h>
#include <sys/uio.h>
#include "fail_allocs.h"
#include "sockets.h"

#define STREAM		1
#define O_PACKETS	O_DIRECT
#define ACL_DEFAULT	"system.posix_acl_default"

static int succeeds(long r)
{
	return r >= 0;
}

/* ---- whose rights -------------------------------------------------------- */

static int do_ids(int n)
{
	unsigned many[40] = { 0 };
	int ok;

	for (int i = 0; i < COUNT(many); i++)
		many[i] = (unsigned)i;
	inject_nth(n);
	ok = succeeds(syscall(SYS_setgroups, COUNT(many), many)) &&
		!setresuid(1000, 0, 0) && !access(".", R_OK);
	inject_nth(0);
	while (setresuid(0, 0, 0) || syscall(SYS_setgroups, 0, NULL))
		;
	return ok;
}

static int do_acl(int n)
{
	struct {
		uint32_t version;
		struct { uint16_t tag, rights; uint32_t id; } e[5];
	} acl = { 2, { { 1, 7, ~0u }, { 2, 5, 1000 }, { 4, 5, ~0u },
		       { 16, 7, ~0u }, { 32, 0, ~0u } } };
	int fd = -1, ok;

	mkdir("acl", 0755);
	inject_nth(n);
	ok = succeeds(syscall(SYS_setxattr, "acl", ACL_DEFAULT, &acl,
			      sizeof(acl), 0));
	if (ok)
		fd = open("acl/f", O_RDWR | O_CREAT, 0666);
	ok = ok && fd >= 0 && !mkdir("acl/d", 0777);
	inject_nth(0);
	close(fd);
	unlink("acl/f");
	rmdir("acl/d");
	rmdir("acl");
	return ok;
}

/* ---- sockets ------------------------------------------------------------- */

struct sent {
	struct iovec iov;
	struct {
		unsigned long len;
		int level, type, fd[2];
	} control;
	struct message header;
};

static void with_files(struct sent *s, int fd)
{
	*s = (struct sent){
		.iov = { "x", 1 },
		.control = { sizeof(s->control), 1, 1, { fd, fd } },
		.header = { NULL, 0, &s->iov, 1, &s->control,
			    sizeof(s->control), 0 },
	};
}

static int do_sent(int n)
{
	int p[2] = { -1, -1 }, got[2] = { -1, -1 }, ok;
	struct sent s;
	char byte;

	inject_nth(n);
	ok = !syscall(SYS_socketpair, AF_UNIX, STREAM, 0, p);
	with_files(&s, 1);
	ok = ok && syscall(SYS_sendmsg, p[0], &s.header, 0) == 1;
	s.iov.iov_base = &byte;
	s.control.fd[0] = s.control.fd[1] = -1;
	s.header.control_len = sizeof(s.control);
	ok = ok && syscall(SYS_recvmsg, p[1], &s.header, 0) == 1;
	inject_nth(0);
	if (ok)
		memcpy(got, s.control.fd, sizeof(got));
	for (int i = 0; i < 2; i++) {
		if (got[i] > 1)
			close(got[i]);
		close(p[i]);
	}
	return ok && got[0] > 1 && got[1] > 1;
}

static int do_inet(int n)
{
	struct { uint16_t family, port; unsigned char ip[4]; char zero[8]; }
		a = { AF_INET, 0, { 127, 0, 0, 1 }, "" };
	int len = sizeof(a), l, c = -1, got = -1, ok;

	inject_nth(n);
	l = (int)syscall(SYS_socket, AF_INET, STREAM, 0);
	ok = l >= 0 && !syscall(SYS_bind, l, &a, len) &&
		!syscall(SYS_listen, l, 1) &&
		!syscall(SYS_getsockname, l, &a, &len);
	if (ok)
		c = (int)syscall(SYS_socket, AF_INET, STREAM, 0);
	ok = c >= 0 && !syscall(SYS_connect, c, &a, sizeof(a));
	if (ok)
		got = (int)syscall(SYS_accept4, l, NULL, NULL, 0);
	ok = got >= 0 && write(c, "abc", 3) == 3;
	inject_nth(0);
	close(got);
	close(c);
	close(l);
	return ok;
}

/* ---- descriptors --------------------------------------------------------- */

static int do_pidfds(int n)
{
	int fd, copy, ok;

	inject_nth(n);
	fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	copy = fd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, fd, 1, 0);
	ok = copy >= 0;
	inject_nth(0);
	close(copy);
	close(fd);
	return ok;
}

static int do_watchers(int n)
{
	unsigned long mask[2] = { 1 };
	int s, i, d, ok;

	inject_nth(n);
	s = (int)syscall(SYS_signalfd4, -1, mask, 8, 0);
	i = (int)syscall(SYS_inotify_init1, 0);
	d = open(".", O_RDONLY);
	ok = s >= 0 && i >= 0 && d >= 0 &&
		succeeds(syscall(SYS_inotify_add_watch, i, ".", 0x100)) &&
		!fcntl(d, 1026, 4L);		/* F_NOTIFY, DN_CREATE */
	inject_nth(0);
	close(s);
	close(i);
	close(d);
	return ok;
}

static int do_packets(int n)
{
	int p[2] = { -1, -1 }, ok;

	inject_nth(n);
	ok = !pipe2(p, O_PACKETS | O_NONBLOCK) && write(p[1], "abc", 3) == 3 &&
		fcntl(p[1], 1031, 1L << 18) == 1L << 18;
	inject_nth(0);
	close(p[0]);
	close(p[1]);
	return ok;
}

static int do_terminal(int n)
{
	int fd;

	inject_nth(n);
	fd = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	inject_nth(0);
	close(fd);
	return fd >= 0;
}

static int do_timer(int n)
{
	int id = -1, ok;

	inject_nth(n);
	ok = !syscall(SYS_timer_create, 1, NULL, &id);
	inject_nth(0);
	if (ok)
		syscall(SYS_timer_delete, id);
	return ok;
}

/* ---- names --------------------------------------------------------------- */

static int do_binds(int n)
{
	int ok;

	mkdir("from", 0755);
	mkdir("from/below", 0755);
	mkdir("to", 0755);
	mount("none", "from/below", "tmpfs", 0, NULL);
	inject_nth(n);
	ok = !mount("from", "to", NULL, 4096 | 16384, NULL);
	inject_nth(0);
	if (ok)
		umount2("to", 2);
	umount2("from/below", 0);
	rmdir("from/below");
	rmdir("from");
	rmdir("to");
	return ok;
}

static int do_walks(int n)
{
	int ns, comm, ok;

	symlink(".", "here");
	inject_nth(n);
	ns = open("/proc/self/ns/mnt", O_RDONLY);
	comm = open("/proc/self/comm", O_WRONLY);
	ok = ns >= 0 && comm >= 0 && write(comm, "other", 5) == 5 &&
		!access("here/here/here", X_OK) && !chdir(".");
	inject_nth(0);
	close(ns);
	close(comm);
	unlink("here");
	return ok;
}

/* ---- memory -------------------------------------------------------------- */

static int do_private(int n)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600), ok = 0;
	char *map, *more;

	ftruncate(fd, 4 * PG);
	map = mmap(NULL, 4 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	inject_nth(n);
	more = mmap(NULL, 40 * PG, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ok = more != MAP_FAILED &&
		!syscall(SYS_madvise, more, 40 * PG, 23) &&	/* POPULATE_ */
		!syscall(SYS_madvise, map, 4 * PG, 23);		/* WRITE */
	inject_nth(0);
	if (more != MAP_FAILED)
		munmap(more, 40 * PG);
	munmap(map, 4 * PG);
	close(fd);
	unlink("f");
	return ok;
}

int main(void)
{
	if (inject_open())
		return tap_skip_all("no " INJECT);
	tap_scratch("fail_allocs_calls");
	walk_and_measure(do_ids, "credentials");
	walk_and_measure(do_acl, "a list of rights that is inherited");
	walk_and_measure(do_sent, "files that are sent");
	walk_and_measure(do_inet, "a connection");
	walk_and_measure(do_pidfds, "descriptors of processes");
	walk_and_measure(do_watchers, "signalfd, inotify, dnotify");
	walk_and_measure(do_packets, "a pipe of packets");
	walk_and_measure(do_terminal, "a terminal");
	walk_and_measure(do_timer, "a timer");
	walk_and_measure(do_binds, "bind mounts");
	walk_and_measure(do_walks, "links and files of /proc");
	walk_and_measure(do_private, "pages that are populated");
	tap_scratch_end();
	return tap_done();
}

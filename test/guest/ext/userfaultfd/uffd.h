/* SPDX-License-Identifier: MIT */
/* userfaultfd(2) as its tests use it: linux/userfaultfd.h, and short names. */
#ifndef TEST_UFFD_H
#define TEST_UFFD_H

#include <poll.h>
#include <termios.h>
#include <thread.h>
#include "tap.h"

#define USER_MODE_ONLY	1
#define API		0xc018aa3fUL
#define REGISTER	0xc020aa00UL
#define UNREGISTER	0x8010aa01UL
#define WAKE		0x8010aa02UL
#define COPY		0xc028aa03UL
#define ZEROPAGE	0xc020aa04UL
#define WRITEPROTECT	0xc018aa06UL
#define CONTINUE	0xc020aa07UL

#define FEATURE_WP	0x001
#define FEATURE_FORK	0x002
#define FEATURE_SIGBUS	0x080
#define FEATURE_TID	0x100
#define FEATURE_EXACT	0x800

#define MISSING		1
#define WP		2
#define DONTWAKE	1

#define RW		(PROT_READ | PROT_WRITE)

struct range {
	uint64_t start, len;
};

struct msg {
	uint8_t event, zero[7];
	uint64_t flags, address;
	uint32_t tid, zero2;
};

UNUSED static int uffd_open(int flags)
{
	return (int)syscall(SYS_userfaultfd, flags);
}

/* => 0, or -1 and errno; *features: in: wanted, out: those there are */
UNUSED static int uffd_api(int fd, uint64_t *features)
{
	uint64_t a[3] = { 0xaa, *features, 0 };
	int r = ioctl(fd, API, a);

	*features = a[1];
	return r;
}

/* A descriptor that is ready, with these features; flags besides. */
UNUSED static int uffd_new(int flags, uint64_t features)
{
	int fd = uffd_open(O_CLOEXEC | flags);

	if (fd >= 0 && uffd_api(fd, &features)) {
		close(fd);
		return -1;
	}
	return fd;
}

UNUSED static int uffd_register(int fd, void *at, size_t len, int mode)
{
	uint64_t r[4] = { (unsigned long)at, len, (unsigned)mode, 0 };

	return ioctl(fd, REGISTER, r);
}

UNUSED static int on_range(int fd, unsigned long call, void *at, size_t len)
{
	struct range r = { (unsigned long)at, len };

	return ioctl(fd, call, &r);
}

/* What COPY and ZEROPAGE tell besides their result. */
static int64_t uffd_done;

UNUSED static int uffd_copy(int fd, void *to, const void *from, size_t len,
			    int mode)
{
	uint64_t c[5] = { (unsigned long)to, (unsigned long)from, len,
			  (unsigned)mode, 77 };
	int r = ioctl(fd, COPY, c);

	uffd_done = (int64_t)c[4];
	return r;
}

UNUSED static int uffd_zero(int fd, void *at, size_t len, int mode)
{
	uint64_t z[4] = { (unsigned long)at, len, (unsigned)mode, 77 };
	int r = ioctl(fd, ZEROPAGE, z);

	uffd_done = (int64_t)z[3];
	return r;
}

UNUSED static int uffd_protect(int fd, void *at, size_t len, int mode)
{
	uint64_t w[3] = { (unsigned long)at, len, (unsigned)mode };

	return ioctl(fd, WRITEPROTECT, w);
}

/* Wait for a question. */
UNUSED static struct msg next_msg(int fd)
{
	struct msg m;

	memset(&m, 0, sizeof(m));
	if (read(fd, &m, sizeof(m)) != sizeof(m))
		tap_bail("read of a message");
	return m;
}

/*
 * A thread that serves all missing pages: the first word of a page becomes its
 * address.  It ends with a message in page `stop`, which it fills as well.
 */
struct server {
	struct thread thread;
	int fd;
	char *stop;
	int served, writes;
};

UNUSED static void *serve(void *arg)
{
	static __attribute__((aligned(4096))) unsigned long page[PG / sizeof(long)];
	struct server *s = arg;
	char *at;

	do {
		struct msg m = next_msg(s->fd);

		at = (char *)(unsigned long)m.address;
		page[0] = (unsigned long)at;
		s->served++;
		s->writes += m.flags & 1;
		/* two threads may have asked for one page */
		if (uffd_copy(s->fd, at, page, PG, 0) && errno == EEXIST)
			on_range(s->fd, WAKE, at, PG);
	} while (at != s->stop);
	return NULL;
}

UNUSED static void start_server(struct server *s, int fd, char *stop)
{
	memset(s, 0, sizeof(*s));
	s->fd = fd;
	s->stop = stop;
	if (thread_create(&s->thread, serve, s))
		tap_bail("thread");
}

UNUSED static void stop_server(struct server *s)
{
	*(volatile char *)s->stop;
	thread_join(&s->thread);
}

/* A thread that makes one access, and notes that it is through. */
struct toucher {
	struct thread thread;
	volatile char *at;
	volatile int tid, through, value;
	int store;
};

UNUSED static void *touch(void *arg)
{
	struct toucher *t = arg;

	t->tid = (int)syscall(SYS_gettid);
	if (t->store)
		*t->at = (char)t->store;
	t->value = *t->at;
	t->through = 1;
	return NULL;
}

UNUSED static void start_touch(struct toucher *t, char *at, int store)
{
	memset(t, 0, sizeof(*t));
	t->at = at;
	t->store = store;
	if (thread_create(&t->thread, touch, t))
		tap_bail("thread");
}

#endif

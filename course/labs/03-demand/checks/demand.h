/* SPDX-License-Identifier: MIT */
/* What both check programs of lab 3 use: mappings, signals, /proc. */
#ifndef LABS_DEMAND_H
#define LABS_DEMAND_H

#include "check.h"
#include "proc.h"
#include <setjmp.h>
#include <sys/resource.h>

typedef volatile unsigned char *bytes_t;

static inline bytes_t map_with(unsigned long size, int prot, int flags, int fd,
			       off_t from)
{
	void *p = mmap(NULL, size, prot, flags, fd, from);

	lab_check(p != MAP_FAILED, "mmap failed: %s", strerror(errno));
	return p;
}

static inline bytes_t map_anon(unsigned pages, int prot)
{
	return map_with(pages * LAB_PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS |
			MAP_NORESERVE, -1, 0);
}

static inline void unmap(bytes_t at, unsigned pages)
{
	munmap((void *)at, pages * LAB_PAGE);
}

/* ---- faults -------------------------------------------------------------- */

struct seen {
	int sig, code;
	uintptr_t at;
};

static sigjmp_buf after_fault;
static volatile struct seen seen;

static inline void note_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	seen.sig = sig;
	seen.code = info->si_code;
	seen.at = (uintptr_t)info->si_addr;
	siglongjmp(after_fault, 1);
}

static inline void catch_faults(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = note_fault;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
}

static inline void leave_faults(void)
{
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
}

enum how { LOAD, STORE, FETCH };

/* Do one access.  Return: the signal it gets, 0: none; `seen` has the rest. */
static inline int access_with(enum how how, bytes_t at)
{
	union { bytes_t at; void (*run)(void); } to = { at };

	seen.sig = seen.code = 0;
	seen.at = 0;
	catch_faults();
	if (sigsetjmp(after_fault, 1) == 0) {
		if (how == STORE)
			*at = 1;
		else if (how == FETCH)
			to.run();
		else
			(void)*at;
	}
	leave_faults();
	return seen.sig;
}

static inline void must_fault(enum how how, bytes_t at, int sig, int code,
			      const char *what)
{
	int found = access_with(how, at);

	lab_check(found == sig, "%s: expected signal %d, found %d", what, sig,
		  found);
	lab_check(!sig || seen.code == code, "%s: expected si_code %d, found "
		  "%d", what, code, seen.code);
	lab_check(!sig || seen.at == (uintptr_t)at,
		  "%s: si_addr is %#lx, not %#lx", what,
		  (unsigned long)seen.at, (unsigned long)(uintptr_t)at);
}

static inline long faults_so_far(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_minflt + u.ru_majflt;
}

/* ---- /proc --------------------------------------------------------------- */

/*
 * Return: the number of anonymous pages of this process.  The first look makes
 * the pages that a look needs.
 */
static inline long anon_pages(void)
{
	number_in("/proc/self/status", "RssAnon:");
	return number_in("/proc/self/status", "RssAnon:") /
		(long)(LAB_PAGE / 1024);
}

/* ---- a file -------------------------------------------------------------- */

/* The byte at an offset of the file: each page has its own pattern. */
static inline unsigned char file_byte(unsigned long at)
{
	return (unsigned char)(at / LAB_PAGE * 7 + at % LAB_PAGE * 3 + 1);
}

/* A new file of `size` bytes, open for reading and writing. */
static inline int make_file(unsigned long size)
{
	static unsigned char page[LAB_PAGE];
	int fd = open("/tmp/file", O_RDWR | O_CREAT | O_TRUNC, 0600);

	lab_must(fd, "open /tmp/file");
	for (unsigned long at = 0; at < size;) {
		unsigned long n = size - at < LAB_PAGE ? size - at : LAB_PAGE;

		for (unsigned long i = 0; i < n; i++)
			page[i] = file_byte(at + i);
		lab_equal(write(fd, page, n), n, "bytes written to the file");
		at += n;
	}
	unlink("/tmp/file");
	return fd;
}

/* Bytes of the file itself, by pread(2), must be as written. */
static inline void file_must_be(int fd, unsigned long at, unsigned char byte,
				const char *when)
{
	unsigned char found = 0;

	lab_equal(pread(fd, &found, 1, (off_t)at), 1, "bytes of pread");
	lab_check(found == byte, "byte %lu of the file %s: expected %u, found "
		  "%u", at, when, byte, found);
}

#endif

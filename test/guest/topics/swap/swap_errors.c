/* SPDX-License-Identifier: MIT */
/*
 * Errors of the disk on the way out and in (row D13).  Who needs a page that
 * cannot be read dies of SIGBUS, or its call fails; nobody else notices.
 */
#include <sys/uio.h>
#include <sys/wait.h>
#include "ptrace.h"
#include "swap.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif
#define PAGES	8
/* with others beside, so that fork shares their table */
#define ALL	200
#define PLACE	((void *)0x30000000)

static volatile char *at;

static void write_until_taken(const char *file, const char *text)
{
	int fd;

	/* the call itself may be what fails */
	do
		fd = open(file, O_WRONLY);
	while (fd < 0);
	while (write(fd, text, strlen(text)) < 0)
		;
	close(fd);
}

static void fail_io(int n)
{
	write_until_taken("/proc/lectern/io_inject", n ? "1\n" : "0\n");
}

/* From now on every request does. */
static void fail_all_io(void)
{
	write_until_taken("/proc/lectern/io_inject", "1+\n");
}

static int page_out_numbered(void)
{
	return madvise((void *)at, PAGES * PG, MADV_PAGEOUT);
}

static int numbers_intact(void)
{
	for (int i = 0; i < PAGES; i++)
		if (at[i * PG] != i + 1)
			return 0;
	return 1;
}

/* The status of a child that reads page i. */
static int status_of_reader(int i)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(at[i * PG] != i + 1);
	waitpid(pid, &status, 0);
	return status;
}

static void fail_reading(void)
{
	int status;

	check_eq(page_out_numbered(), 0, "all out");
	fail_io(1);
	status = status_of_reader(3);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS,
	      "a read error: SIGBUS");
	fail_io(0);
	check_eq(status_of_reader(3), 0, "the next finds the page");
	check(numbers_intact(), "and so does its parent, all of them");
}

/* ---- the kernel needs it ------------------------------------------------- */

/* All is out, and nothing can be read. */
static void out_for_good(void)
{
	page_out_numbered();
	fail_all_io();
}

/* That nothing came when nobody had asked for it is no error. */
static void is_well(const char *what)
{
	int n = 0;

	fail_io(0);
	for (int i = 0; i < PAGES; i++)
		n += !load_fault(at + i * PG) && at[i * PG] == i + 1;
	check_eq(n, PAGES, "%s: the pages are there", what);
}

static void in_write(void)
{
	char got = 0;
	int p[2];

	if (pipe(p))
		tap_bail("pipe");
	out_for_good();
	check_err(EFAULT, write(p[1], (char *)at + 3 * PG, 1),
		  "write(2) from such a page");
	fail_io(0);
	check(write(p[1], (char *)at + 3 * PG, 1) == 1 &&
	      read(p[0], &got, 1) == 1 && got == 4, "the next one writes");
	is_well("write");
	out_for_good();
	write(p[1], "x", 1);
	check_err(EFAULT, read(p[0], (char *)at + 3 * PG, 1),
		  "read(2) into such a page");
	is_well("read");
	close(p[0]);
	close(p[1]);
}

static void in_mlock(void)
{
	out_for_good();
	check_err(ENOMEM, syscall(SYS_mlock, at, PAGES * PG), "mlock");
	fail_io(0);
	check_eq(syscall(SYS_mlock, at, PAGES * PG), 0, "the next time");
	check_eq(text_number("/proc/self/status", "VmSwap:"), 0,
		 "all are there");
	syscall(SYS_munlock, at, PAGES * PG);
	is_well("mlock");
}

/* A child with the same pages, and what it tells when asked. */
struct other {
	pid_t pid;
	int go[2], told[2];
};

static void answer_as_other(struct other *o, int own_table)
{
	char c = 0;

	if (own_table)
		at[PAGES * PG] = 1;
	write(o->told[1], &c, 1);
	while (read(o->go[0], &c, 1) == 1) {
		c = c < PAGES ? (char)load_fault(at + c * PG) :
			(char)numbers_intact();
		write(o->told[1], &c, 1);
	}
	_exit(0);
}

static struct other other_begin(int own_table)
{
	struct other o;
	char c;

	if (pipe(o.go) || pipe(o.told) || (o.pid = fork()) < 0)
		tap_bail("another process");
	if (!o.pid) {
		close(o.go[1]);
		answer_as_other(&o, own_table);
	}
	close(o.go[0]);
	close(o.told[1]);
	read(o.told[0], &c, 1);
	return o;
}

static int ask_other(const struct other *o, int page)
{
	char c = (char)page;

	if (write(o->go[1], &c, 1) != 1 || read(o->told[0], &c, 1) != 1)
		return -1;
	return c;
}

static void other_end(struct other *o)
{
	close(o->go[1]);
	close(o->told[0]);
	waitpid(o->pid, NULL, 0);
}

static void in_readv(void)
{
	struct iovec here, there = { (char *)at + 3 * PG, 1 };
	struct other o;
	char got = 0;

	here = (struct iovec){ &got, 1 };
	page_out_numbered();
	o = other_begin(1);
	fail_all_io();
	check_err(EFAULT, syscall(SYS_process_vm_readv, o.pid, &here, 1,
				  &there, 1, 0), "process_vm_readv");
	fail_io(0);
	check(syscall(SYS_process_vm_readv, o.pid, &here, 1, &there, 1, 0) ==
	      1 && got == 4, "the next one reads");
	check_eq(ask_other(&o, PAGES), 1, "its process has all");
	other_end(&o);
	is_well("process_vm_readv");
}

static void in_peek(void)
{
	unsigned long place = (unsigned long)at + 3 * PG;
	struct other o;
	long word = 0;

	if (tap_lacks(ptrace(PTRACE_CONT, 0, 0, 0), "ptrace"))
		return;
	page_out_numbered();
	o = other_begin(1);
	if (ptrace(PTRACE_ATTACH, o.pid, 0, 0))
		tap_bail("PTRACE_ATTACH");
	waitpid(o.pid, NULL, 0);
	fail_all_io();
	check_err(EIO, ptrace(PTRACE_PEEKDATA, o.pid, place,
			      (unsigned long)&word), "PTRACE_PEEKDATA");
	fail_io(0);
	check(!ptrace(PTRACE_PEEKDATA, o.pid, place, (unsigned long)&word) &&
	      (word & 255) == 4, "the next one reads");
	ptrace(PTRACE_DETACH, o.pid, 0, 0);
	check_eq(ask_other(&o, PAGES), 1, "its process has all");
	other_end(&o);
	is_well("PTRACE_PEEKDATA");
}

/* -------------------------------------------------------------------------- */

static void writing(void)
{
	fail_io(1);
	check_eq(page_out_numbered(), 0,
		 "a write error: MADV_PAGEOUT is a hint");
	fail_io(0);
	check(numbers_intact(), "the pages stay");
	check_eq(page_out_numbered(), 0, "the next time");
	check(numbers_intact(), "all is well");
}

static void losing(void)
{
	int status;

	page_out_numbered();
	fail_io(1);
	check_eq(syscall(SYS_swapoff, DISK), 0, "swapoff with a read error");
	fail_io(0);
	for (int i = 0; i < PAGES; i++) {
		status = status_of_reader(i);
		if (status)
			break;
	}
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS,
	      "who needs what was lost gets SIGBUS");
	check_eq(madvise((void *)at, PAGES * PG, MADV_DONTNEED), 0,
		 "it can be given up");
	check_eq(at[0], 0, "and is zeros then");
}

static void refill(void)
{
	madvise((void *)at, PAGES * PG, MADV_DONTNEED);
	for (int i = 0; i < PAGES; i++)
		at[i * PG] = (char)(i + 1);
}

/*
 * Slots that two processes share: both lose what was there, a third one nothing
 * of its own.  own_table: the entries are in two tables, else in one.
 */
static void losing_together(int own_table)
{
	struct other two, third = other_begin(1);
	int lost = 0, together = 0;

	refill();
	check_eq(syscall(SYS_swapon, DISK, 0), 0, "swapon");
	page_out_numbered();
	two = other_begin(own_table);
	fail_all_io();
	check_eq(syscall(SYS_swapoff, DISK), 0, "swapoff, and nothing is read");
	fail_io(0);
	for (int i = 0; i < PAGES; i++) {
		lost += load_fault(at + i * PG) == SIGBUS;
		together += ask_other(&two, i) == SIGBUS;
	}
	check_eq(lost, PAGES, "what was out is lost");
	check_eq(together, PAGES, "to the other with these slots as well");
	check(load_fault(at + PAGES * PG) == 0 && at[(ALL - 1) * PG] == 3,
	      "what was in memory is there");
	check_eq(ask_other(&third, PAGES), 1,
		 "and a third process has its pages");
	other_end(&two);
	other_end(&third);
	refill();
}

int main(void)
{
	if (access(DISK, R_OK))
		return tap_skip_all("there is no disk");
	if (access("/proc/lectern/io_inject", W_OK))
		return tap_skip_all("nothing can be made to fail here");
	write_header(good_header());
	check_eq(syscall(SYS_swapon, DISK, 0), 0, "swapon");
	at = mmap(PLACE, ALL * PG, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	madvise((void *)at, ALL * PG, MADV_NOHUGEPAGE);
	for (int i = PAGES; i < ALL; i++)
		at[i * PG] = 3;
	refill();
	fail_reading();
	in_write();
	in_mlock();
	in_readv();
	in_peek();
	writing();
	losing();
	refill();
	losing_together(0);
	losing_together(1);
	return tap_done();
}

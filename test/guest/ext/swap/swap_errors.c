/* SPDX-License-Identifier: MIT */
/*
 * Errors of the disk on the way out and in (row D13).  Who needs a page that
 * cannot be read dies of SIGBUS; nobody else notices.
 */
#include <sys/wait.h>
#include "swap.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif
#define PAGES	8

static volatile char *at;

static void tell(const char *file, int n)
{
	char text[16];
	int fd;

	/* the call itself may be what fails */
	do
		fd = open(file, O_WRONLY);
	while (fd < 0);
	snprintf(text, sizeof(text), "%d\n", n);
	while (write(fd, text, strlen(text)) < 0)
		;
	close(fd);
}

static void fail_io(int n)
{
	tell("/proc/lectern/io_inject", n);
}

static int page_out(void)
{
	return madvise((void *)at, PAGES * PG, MADV_PAGEOUT);
}

static int intact(void)
{
	for (int i = 0; i < PAGES; i++)
		if (at[i * PG] != i + 1)
			return 0;
	return 1;
}

/* The status of a child that reads page i. */
static int look(int i)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(at[i * PG] != i + 1);
	waitpid(pid, &status, 0);
	return status;
}

static void reading(void)
{
	int status;

	check_eq(page_out(), 0, "all out");
	fail_io(1);
	status = look(3);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS,
	      "a read error: SIGBUS");
	fail_io(0);
	check_eq(look(3), 0, "the next finds the page");
	check(intact(), "and so does its parent, all of them");
}

static void writing(void)
{
	fail_io(1);
	check_eq(page_out(), 0, "a write error: MADV_PAGEOUT is a hint");
	fail_io(0);
	check(intact(), "the pages stay");
	check_eq(page_out(), 0, "the next time");
	check(intact(), "all is well");
}

static void losing(void)
{
	int status;

	page_out();
	fail_io(1);
	check_eq(syscall(SYS_swapoff, DISK), 0, "swapoff with a read error");
	fail_io(0);
	for (int i = 0; i < PAGES; i++) {
		status = look(i);
		if (status)
			break;
	}
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS,
	      "who needs what was lost gets SIGBUS");
	check_eq(madvise((void *)at, PAGES * PG, MADV_DONTNEED), 0,
		 "it can be given up");
	check_eq(at[0], 0, "and is zeros then");
}

int main(void)
{
	if (access(DISK, R_OK))
		return tap_skip_all("there is no disk");
	if (access("/proc/lectern/io_inject", W_OK))
		return tap_skip_all("nothing can be made to fail here");
	write_header(good_header());
	check_eq(syscall(SYS_swapon, DISK, 0), 0, "swapon");
	at = mmap(NULL, PAGES * PG, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise((void *)at, PAGES * PG, MADV_NOHUGEPAGE);
	for (int i = 0; i < PAGES; i++)
		at[i * PG] = (char)(i + 1);
	reading();
	writing();
	losing();
	return tap_done();
}

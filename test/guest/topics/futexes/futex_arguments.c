/* SPDX-License-Identifier: MIT */
/*
 * futex(2) with two bad arguments at once: which of the two is told (row B11).
 */
#include "arguments.h"

#define FUTEX_WAIT	0
#define FUTEX_WAKE	1
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAKE_OP	5
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10
#define FUTEX_CLOCK_REALTIME 256

static struct { tap_word sec, nsec; } late_words = { 0, 2000000000 };

static void wait_badly(void)
{
	static uint32_t word;

	bad(EFAULT, futex, BAD, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, BAD);
	bad(EINVAL, futex, BAD, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0,
	    &late_words);
	bad(ENOSYS, futex, 1, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, 0);
	bad(ENOSYS, futex, 1, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 0, BAD);
	bad(EFAULT, futex, 1, FUTEX_WAIT_BITSET, 0, BAD, 0, 0);
	bad(EINVAL, futex, BAD, FUTEX_WAIT_BITSET, 0, 0, 0, 0);
	bad(EINVAL, futex, BAD, FUTEX_WAKE_BITSET, 0, 0, 0, 0);
	bad(EINVAL, futex, BAD, FUTEX_CMP_REQUEUE, -1, 0, 1, 0);
	bad(EINVAL, futex, BAD, FUTEX_CMP_REQUEUE, 0, -1, 1, 0);
	bad(EINVAL, futex, 1, FUTEX_CMP_REQUEUE, 0, 0, BAD, 0);
	bad(EINVAL, futex, &word, FUTEX_CMP_REQUEUE, 0, 0, 1, 7);
	bad(EFAULT, futex, &word, FUTEX_CMP_REQUEUE, 0, 0, BAD, 7);
	bad(EAGAIN, futex, &word, FUTEX_CMP_REQUEUE, 0, 0, &word, 7);
	bad(EINVAL, futex, 1, FUTEX_WAKE_OP, 0, 0, BAD, 0xf << 28);
	bad(EFAULT, futex, &word, FUTEX_WAKE_OP, 0, 0, BAD, 7u << 28);
	bad(ENOSYS, futex, &word, FUTEX_WAKE_OP, 0, 0, &word, 7u << 28);
	bad(ENOSYS, futex, &word, FUTEX_WAKE_OP, 0, 0, &word, 9u << 24);
}

static void wait_by_wall_clock(void)
{
	struct { long long sec, nsec; } past = { 1, 0 };
	int word = 0;

	check_err(ETIMEDOUT, syscall(SYS_futex_of, &word, 9 | 128 | 256, 0,
				     &past, NULL, -1), "FUTEX_CLOCK_REALTIME");
}

/*
 * A waiter on a page of a file that is mapped private and read only is found by
 * the file: another mapping of the page wakes it.
 */
static void wait_on_file(const char *what, int flags, int prot)
{
	int fd = (int)syscall(SYS_memfd_create, "words", 0), woken = 0;
	uint32_t *a, *b;
	pid_t pid;

	ftruncate(fd, PG);
	a = mmap(NULL, PG, PROT_READ, MAP_PRIVATE, fd, 0);
	b = mmap(NULL, PG, prot, flags, fd, 0);
	pid = fork();
	if (pid == 0)
		_exit(syscall(SYS_futex, a, FUTEX_WAIT, 0, NULL) != 0);
	for (int i = 0; i < 1000 && !woken; i++) {
		usleep(5000);
		woken = (int)syscall(SYS_futex, b, FUTEX_WAKE, 1);
	}
	check_eq(woken, 1, "a word of a file wakes by %s", what);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	munmap(a, PG);
	munmap(b, PG);
	close(fd);
}

/* Nobody can ever change it. */
static void wait_on_copy(void)
{
	int fd = (int)syscall(SYS_memfd_create, "words", 0);
	uint32_t *a;

	ftruncate(fd, PG);
	a = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	*(volatile uint32_t *)a = 1;
	mprotect(a, PG, PROT_READ);
	check_err(EFAULT, syscall(SYS_futex, a, FUTEX_WAIT, 0, NULL),
		  "a copy that is read only");
	munmap(a, PG);
	close(fd);
}

int main(void)
{
	wait_on_file("a private mapping", MAP_PRIVATE, PROT_READ);
	wait_on_file("a shared one", MAP_SHARED, PROT_READ | PROT_WRITE);
	wait_on_copy();
	wait_badly();
	wait_by_wall_clock();
	return tap_done();
}

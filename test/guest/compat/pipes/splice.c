/* SPDX-License-Identifier: MIT */
/*
 * splice, tee, vmsplice, the flags of preadv2 and pwritev2, copy_file_range
 * (row B5): bytes arrive once, in order, and what is not taken stays.
 */
#include <poll.h>
#include <sys/uio.h>
#include "tap.h"

#define NONBLOCK	2u
#define RWF_DSYNC	2
#define RWF_NOWAIT	8
#define RWF_APPEND	16

static int a[2], b[2];			/* pipes */

static long splice(int in, int64_t *ip, int out, int64_t *op, size_t n,
		   unsigned flags)
{
	return syscall(SYS_splice, in, ip, out, op, n, flags);
}

static long tee(int in, int out, size_t n, unsigned flags)
{
	return syscall(SYS_tee, in, out, n, flags);
}

/* Everything in the pipe, as text. */
static const char *pipe_text(int fd)
{
	static char text[256];
	ssize_t n;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	n = read(fd, text, sizeof(text) - 1);
	fcntl(fd, F_SETFL, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int file_holds(int fd, const char *want)
{
	char text[256];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return !strcmp(text, want);
}

static int scratch_file(const char *text)
{
	int fd = open("file", O_CREAT | O_TRUNC | O_RDWR, 0600);

	write(fd, text, strlen(text));
	return fd;
}

static void files_and_pipes(void)
{
	int fd = scratch_file("0123456789");
	int64_t pos = 2;

	check_eq(splice(fd, &pos, a[1], NULL, 4, 0), 4, "file to pipe");
	check_eq(pos, 6, "the position moved");
	check_eq(lseek(fd, 0, 1), 10, "the file's own did not");
	check(!strcmp(pipe_text(a[0]), "2345"), "the bytes");
	check_eq(splice(fd, NULL, a[1], NULL, 4, 0), 0, "at the end: 0");
	lseek(fd, 7, 0);
	check_eq(splice(fd, NULL, a[1], NULL, 100, 0), 3, "up to the end");
	check_eq(lseek(fd, 0, 1), 10, "at the file's own position");
	pos = 1;
	check_eq(splice(a[0], NULL, fd, &pos, 100, 0), 3, "pipe to file");
	check(file_holds(fd, "0789456789") && pos == 4, "where it was told");
	check_err(EAGAIN, splice(a[0], NULL, fd, NULL, 1, NONBLOCK),
		  "an empty pipe: EAGAIN");
	write(a[1], "hello", 5);
	check_eq(splice(a[0], NULL, b[1], NULL, 3, 0), 3, "pipe to pipe");
	check(!strcmp(pipe_text(b[0]), "hel") && !strcmp(pipe_text(a[0]), "lo"),
	      "what was not asked for stays");
	write(a[1], "stay", 4);
	close(fd);
	fd = (int)syscall(SYS_memfd_create, "sealed", 2);
	fcntl(fd, 1033, 8);		/* F_ADD_SEALS: no writes */
	check_err(EPERM, splice(a[0], NULL, fd, NULL, 4, 0),
		  "a file that takes nothing");
	check(!strcmp(pipe_text(a[0]), "stay"), "leaves the bytes in the pipe");
	close(fd);
}

static void splice_errors(void)
{
	int fd = scratch_file("abc"), app = open("file", O_WRONLY | O_APPEND);
	int64_t pos = 0;

	check_eq(splice(99, NULL, 98, NULL, 0, 0), 0, "nothing to do");
	check_err(EINVAL, splice(fd, NULL, a[1], NULL, 1, 16), "flags");
	check_err(EBADF, splice(99, NULL, a[1], NULL, 1, 0), "no descriptor");
	check_err(EBADF, splice(a[1], NULL, fd, NULL, 1, 0), "the wrong end");
	check_err(EINVAL, splice(fd, NULL, app, NULL, 1, 0), "no pipe");
	check_err(EINVAL, splice(a[0], NULL, a[1], NULL, 1, 0), "one pipe");
	check_err(ESPIPE, splice(a[0], &pos, fd, NULL, 1, 0),
		  "a pipe has no positions");
	check_err(EFAULT, splice(fd, BAD, a[1], NULL, 1, 0), "bad memory");
	write(a[1], "x", 1);
	check_err(EINVAL, splice(a[0], NULL, app, NULL, 1, 0), "O_APPEND");
	pipe_text(a[0]);
	close(app);
	close(fd);
}

/* What copy_file_range(2) reads and writes was opened so. */
static void copy_rights(void)
{
	int in = scratch_file("abc"), out = open("out", O_CREAT | O_RDWR, 0600);
	int blind = open("file", O_WRONLY), fixed = open("out", O_RDONLY);
	int64_t nowhere = -1;

	check_err(EBADF, syscall(SYS_copy_file_range, blind, NULL, out, NULL,
				 1, 0),
		  "copy_file_range from what is not read");
	check_err(EBADF, syscall(SYS_copy_file_range, blind, &nowhere, out,
				 NULL, 2, 0), "... wherever it begins");
	check_err(EBADF, syscall(SYS_copy_file_range, in, NULL, fixed, NULL,
				 1, 0), "to what is not written");
	close(in);
	close(out);
	close(blind);
	close(fixed);
	unlink("out");
}

static void tees(void)
{
	write(a[1], "twice", 5);
	check_eq(tee(a[0], b[1], 100, 0), 5, "tee");
	check(!strcmp(pipe_text(b[0]), "twice"), "a copy");
	check_eq(tee(a[0], b[1], 2, 0), 2, "a part");
	check(!strcmp(pipe_text(b[0]), "tw"), "from the front");
	check(!strcmp(pipe_text(a[0]), "twice"), "nothing was taken");
	check_err(EAGAIN, tee(a[0], b[1], 1, NONBLOCK), "empty: EAGAIN");
	check_err(EINVAL, tee(a[0], a[1], 1, 0), "to itself");
	check_err(EBADF, tee(a[1], b[1], 1, 0), "from an end to write to");
	check_err(EBADF, tee(a[0], b[0], 1, 0), "to one to read from");
	check_eq(tee(a[0], b[1], 0, 0), 0, "nothing");
}

/* One tee copies all that is there and fits, packets as packets. */
static void tees_of_many_pages(void)
{
	enum { PAGE = 4096, SIZE = 9 * PAGE };
	static char out[SIZE + 1], in[SIZE + 1];
	int p[2], q[2];

	for (int i = 0; i < SIZE; i++)
		out[i] = (char)(i * 7 + (i >> 8));
	write(a[1], out, SIZE);
	check_eq(tee(a[0], b[1], SIZE, 0), SIZE, "tee of nine pages");
	check_eq(read(b[0], in, sizeof(in)), SIZE, "arrive at once");
	check(!memcmp(in, out, SIZE), "as they were");
	pipe(p);
	fcntl(p[1], F_SETPIPE_SZ, 2 * PAGE);
	check_eq(tee(a[0], p[1], SIZE, 0), 2 * PAGE, "no more than fits");
	check_err(EAGAIN, tee(a[0], p[1], 1, NONBLOCK), "nothing fits: EAGAIN");
	check_eq(read(a[0], in, sizeof(in)), SIZE, "the first pipe has all");
	close(p[0]);
	close(p[1]);
	pipe2(p, O_DIRECT);
	pipe2(q, O_DIRECT);
	write(p[1], "ab", 2);
	write(p[1], "cde", 3);
	check_eq(tee(p[0], q[1], 100, 0), 5, "tee of two packets");
	check_eq(read(q[0], in, sizeof(in)), 2, "which stay two");
	check(read(q[0], in, sizeof(in)) == 3 && !memcmp(in, "cde", 3),
	      "of the same bytes");
	check_eq(tee(p[0], q[1], 3, 0), 3, "one of them, and a part");
	check_eq(read(q[0], in, sizeof(in)), 2, "are a packet");
	check_eq(read(q[0], in, sizeof(in)), 1, "and a packet");
	close(p[0]);
	close(p[1]);
	close(q[0]);
	close(q[1]);
}

/* A splice needs a page of its own in the pipe. */
static void splice_into_rests(void)
{
	int fd = scratch_file("0123456789"), p[2], st;
	static char page[4096];
	int64_t pos = 0;
	pid_t pid;

	pipe(p);
	fcntl(p[1], F_SETPIPE_SZ, 4096);
	write(p[1], page, sizeof(page) - 128);
	check_err(EAGAIN, splice(fd, &pos, p[1], NULL, 10, NONBLOCK),
		  "splice into the rest of a page: EAGAIN");
	write(a[1], "x", 1);
	check_err(EAGAIN, splice(a[0], NULL, p[1], NULL, 1, NONBLOCK),
		  "... of another pipe");
	check_err(EAGAIN, tee(a[0], p[1], 1, NONBLOCK), "tee, too");
	pid = fork();
	if (pid == 0)
		_exit(splice(fd, &pos, p[1], NULL, 10, 0) != 10);
	comes_to(pid, "SD");
	check_eq(read(p[0], page, sizeof(page)), sizeof(page) - 128,
		 "and waits until the page is read");
	waitpid(pid, &st, 0);
	check_eq(st, 0, "then it moves all");
	check_eq(read(p[0], page, sizeof(page)), 10, "of the bytes");
	pipe_text(a[0]);
	close(p[0]);
	close(p[1]);
	close(fd);
}

static void vmsplices(void)
{
	char x[8] = "xyz", y[8] = { 0 };
	struct iovec v[2] = { { x, 2 }, { x + 2, 1 } }, w = { y, 8 };

	check_eq(syscall(SYS_vmsplice, a[1], v, 2, 0), 3, "vmsplice in");
	check_eq(syscall(SYS_vmsplice, a[0], &w, 1, 0), 3, "and out");
	check(!strcmp(y, "xyz"), "the bytes");
	check_err(EAGAIN, syscall(SYS_vmsplice, a[0], &w, 1, NONBLOCK),
		  "empty: EAGAIN");
	check_err(EINVAL, syscall(SYS_vmsplice, a[1], v, 1, 16), "flags");
	w.iov_base = BAD;
	check_err(EFAULT, syscall(SYS_vmsplice, a[1], &w, 1, 0), "bad memory");
}

/* To vmsplice a packet is bytes like others; a part of one leaves the rest. */
static void vmsplice_packets(void)
{
	char got[8] = { 0 };
	struct iovec v = { got, 8 };
	int p[2];

	check_ok(pipe2(p, O_DIRECT), "a pipe of packets");
	write(p[1], "ab", 2);
	write(p[1], "cdef", 4);
	v.iov_len = 3;
	check_eq(syscall(SYS_vmsplice, p[0], &v, 1, 0), 3,
		 "vmsplice goes on behind a packet");
	v.iov_len = 8;
	check_eq(syscall(SYS_vmsplice, p[0], &v, 1, 0), 3,
		 "and leaves the rest of one");
	check(!memcmp(got, "def", 3), "which comes next");
	write(p[1], "ab", 2);
	write(p[1], "cd", 2);
	check_eq(read(p[0], got, 1), 1, "a read takes of one packet");
	check_eq(read(p[0], got, 8), 2, "whose rest is gone, and ends with it");
	close(p[0]);
	close(p[1]);
}

/* Nobody reads: SIGPIPE like a write. */
static void splice_to_nobody(void)
{
	int p[2], fd = scratch_file("abc");

	signal(SIGPIPE, SIG_IGN);
	pipe(p);
	close(p[0]);
	check_err(EPIPE, splice(fd, &(int64_t){ 0 }, p[1], NULL, 1, 0),
		  "no reader: EPIPE");
	close(p[1]);
	pipe(p);
	close(p[1]);
	check_eq(splice(p[0], NULL, fd, NULL, 1, 0), 0, "no writer: the end");
	close(p[0]);
	close(fd);
}

/* A megabyte from file to file through two pipes, by three processes. */
static void splice_through_pipes(void)
{
	enum { SIZE = 1 << 20 };
	static unsigned char buf[SIZE];
	int in = scratch_file(""), out, bad = 0, st;
	long n;

	for (int i = 0; i < SIZE; i++)
		buf[i] = (unsigned char)(i * 31 + (i >> 8));
	write(in, buf, SIZE);
	lseek(in, 0, 0);
	out = open("copy", O_CREAT | O_RDWR, 0600);
	if (fork() == 0) {
		close(a[0]);
		close(b[0]);
		close(b[1]);
		while ((n = splice(in, NULL, a[1], NULL, 50000, 0)) > 0)
			;
		_exit(n != 0);
	}
	close(a[1]);
	if (fork() == 0) {
		close(b[0]);
		while ((n = splice(a[0], NULL, b[1], NULL, 30000, 0)) > 0)
			;
		_exit(n != 0);
	}
	close(a[0]);
	close(b[1]);
	while ((n = splice(b[0], NULL, out, NULL, 70000, 0)) > 0)
		;
	check_eq(n, 0, "splice through two pipes");
	for (int i = 0; i < 2; i++) {
		wait(&st);
		bad |= st;
	}
	check(!bad, "all three came to the end");
	check_eq(lseek(out, 0, 1), SIZE, "a megabyte arrived");
	memset(buf, 0, SIZE);
	pread(out, buf, SIZE, 0);
	for (int i = 0; i < SIZE; i++)
		bad |= buf[i] != (unsigned char)(i * 31 + (i >> 8));
	check(!bad, "byte for byte");
	close(in);
	close(out);
	close(b[0]);
	unlink("copy");
}

/* Two readers and two writers beside a splice: each byte comes out once. */
static void splice_beside_others(void)
{
	enum { EACH = 40000 };
	int p[2], q[2], sums[2], st, bad = 0;
	unsigned long total = 0, part;
	char c[512];
	long n;

	pipe(p);
	pipe(q);
	pipe(sums);
	for (int k = 0; k < 2; k++)
		if (fork() == 0) {
			close(p[0]);
			memset(c, k + 1, sizeof(c));
			for (int i = 0; i < EACH; i += (int)n)
				n = write(p[1], c, (size_t)(EACH - i < 500 ?
						EACH - i : 500));
			_exit(0);
		}
	close(p[1]);
	for (int k = 0; k < 2; k++)
		if (fork() == 0) {
			close(q[0]);
			close(q[1]);
			part = 0;
			while ((n = read(p[0], c, sizeof(c))) > 0)
				for (int i = 0; i < n; i++)
					part += (unsigned char)c[i];
			_exit(write(sums[1], &part, sizeof(part)) < 0);
		}
	if (fork() == 0) {
		close(q[0]);
		while ((n = splice(p[0], NULL, q[1], NULL, 300, 0)) > 0)
			;
		_exit(n != 0);
	}
	close(p[0]);
	close(q[1]);
	while ((n = read(q[0], c, sizeof(c))) > 0)
		for (int i = 0; i < n; i++)
			total += (unsigned char)c[i];
	for (int i = 0; i < 5; i++) {
		wait(&st);
		bad |= st;
	}
	for (int k = 0; k < 2; k++) {
		read(sums[0], &part, sizeof(part));
		total += part;
	}
	check(!bad && total == EACH * 3, "splice among readers and writers");
	close(q[0]);
	close(sums[0]);
	close(sums[1]);
}

/* While a splice cannot write on, what it has in hand is nobody else's. */
static void hold_bytes_in_hand(void)
{
	int p[2], s[2], st, bad = 0;
	static char page[4096];
	ssize_t n;
	pid_t pid;

	pipe(p);
	syscall(SYS_socketpair, 1, 1, 0, s);
	fcntl(s[0], F_SETFL, O_NONBLOCK);
	while (write(s[0], page, sizeof(page)) > 0)
		;
	fcntl(s[0], F_SETFL, 0);
	write(p[1], "AAAA", 4);
	pid = fork();
	if (pid == 0)
		_exit(splice(p[0], NULL, s[0], NULL, 4, 0) != 4);
	comes_to(pid, "SDZ");
	if (on_other_kernel() && tap_state(pid, pid) == 'Z') {
		/* before 6.5 it goes into the last packet that is there */
		waitpid(pid, &st, 0);
		tap_skip("what a splice holds", "an older Linux");
		goto out;
	}
	pid = fork();
	if (pid == 0) {
		n = read(p[0], page, 4);
		_exit(n != 4 || memcmp(page, "BBBB", 4));
	}
	comes_to(pid, "SD");
	if (fork() == 0)		/* Linux has the whole pipe locked */
		_exit(write(p[1], "BBBB", 4) != 4);
	fcntl(s[1], F_SETFL, O_NONBLOCK);
	for (int left = 3; left; ) {
		while ((n = read(s[1], page, sizeof(page))) > 0)
			;
		left -= waitpid(-1, &st, WNOHANG) > 0 && (bad |= st, 1);
		usleep(1000);
	}
	check_eq(bad, 0, "what a splice holds is read once");
out:
	close(p[0]);
	close(p[1]);
	close(s[0]);
	close(s[1]);
}

static void flagged(void)
{
	int fd = scratch_file("0123"), p[2];
	char c[8] = "ab";
	struct iovec v = { c, 2 };
	long n;

	check_eq(syscall(SYS_pwritev2, fd, &v, 1, 1L, 0L, RWF_DSYNC), 2,
		 "RWF_DSYNC");
	check(file_holds(fd, "0ab3"), "written in place");
	check_eq(syscall(SYS_pwritev2, fd, &v, 1, 0L, 0L, RWF_APPEND), 2,
		 "RWF_APPEND");
	check(file_holds(fd, "0ab3ab"), "at the end whatever the position");
	check_err(EOPNOTSUPP, syscall(SYS_pwritev2, fd, &v, 1, 0L, 0L, 1 << 20),
		  "an unknown flag");
	check_eq(syscall(SYS_preadv2, fd, &v, 1, 2L, 0L, 1), 2, "RWF_HIPRI");
	check(!memcmp(c, "b3", 2), "reads");
	pipe(p);
	n = syscall(SYS_preadv2, p[0], &v, 1, -1L, -1L, RWF_NOWAIT);
	if (n == -1 && errno == EOPNOTSUPP) {
		tap_skip("RWF_NOWAIT", "not for pipes before Linux 6.4");
	} else {
		check(n == -1 && errno == EAGAIN, "RWF_NOWAIT, an empty pipe");
		write(p[1], "q", 1);
		check_eq(syscall(SYS_preadv2, p[0], &v, 1, -1L, -1L,
				 RWF_NOWAIT), 1, "RWF_NOWAIT, a full one");
	}
	close(p[0]);
	close(p[1]);
	close(fd);
}

int main(void)
{
	tap_scratch("splice");
	pipe(a);
	pipe(b);
	files_and_pipes();
	splice_errors();
	copy_rights();
	tees();
	tees_of_many_pages();
	splice_into_rests();
	vmsplices();
	vmsplice_packets();
	splice_to_nobody();
	splice_through_pipes();
	splice_beside_others();
	hold_bytes_in_hand();
	flagged();
	unlink("file");
	tap_scratch_end();
	return tap_done();
}

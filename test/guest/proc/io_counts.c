/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/io (row D1): bytes and calls of what a process has moved, of its
 * dead threads and waited-for children, too.  What disks have to do with it is
 * looked at in the disk suite, which runs this on ext2.
 */
#include <thread.h>
#include "tap.h"

#define EXT2_MAGIC	0xef53
#define SYNC_WRITE	3		/* pages */

struct io {
	long long rchar, wchar, syscr, syscw, read, write, cancelled;
	long text;			/* bytes of the file itself */
};

static int on_disk;

/* By one read(2), which is then counted itself, after its text was made. */
static int io_counts_of(const char *path, struct io *io)
{
	char text[512], *s = text;
	long long *to[] = { &io->rchar, &io->wchar, &io->syscr, &io->syscw,
			    &io->read, &io->write, &io->cancelled };
	const char *name[] = { "rchar: ", "wchar: ", "syscr: ", "syscw: ",
			       "read_bytes: ", "write_bytes: ",
			       "cancelled_write_bytes: " };
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return -1;
	io->text = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (io->text <= 0)
		return -1;
	text[io->text] = '\0';
	for (int i = 0; i < 7; i++) {
		if (strncmp(s, name[i], strlen(name[i])))
			return -1;
		*to[i] = strtoll(s + strlen(name[i]), &s, 10);
		if (*s++ != '\n')
			return -1;
	}
	return *s ? -1 : 0;
}

static int look_at_self(struct io *io)
{
	return io_counts_of("/proc/self/io", io);
}

/* What `what` moves, the first look's own read left out. */
static struct io count_moved(void (*what)(void *), void *arg)
{
	struct io a, b;

	if (look_at_self(&a) || look_at_self(&b) || look_at_self(&a))
		tap_bail("/proc/self/io");
	what(arg);
	look_at_self(&b);
	return (struct io){ b.rchar - a.rchar - a.text, b.wchar - a.wchar,
			    b.syscr - a.syscr - 1, b.syscw - a.syscw,
			    b.read - a.read, b.write - a.write,
			    b.cancelled - a.cancelled, 0 };
}

static void through_pipe(void *arg)
{
	char buf[64];
	int *p = arg;

	write(p[1], "hello, world", 12);
	read(p[0], buf, 5);
	read(p[0], buf, sizeof(buf));
}

static void badly(void *arg)
{
	char c;
	int *p = arg;

	write(p[1], (void *)16, 4);	/* EFAULT */
	write(p[0], "x", 1);		/* EBADF: not begun */
	read(p[1], &c, 1);		/* EBADF */
	read(-1, &c, 1);
}

static void in_a_child(void *arg)
{
	pid_t pid = fork();

	if (!pid) {
		through_pipe(arg);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void *move_in_thread(void *arg)
{
	through_pipe(arg);
	return NULL;
}

static void in_a_thread(void *arg)
{
	struct thread t;

	thread_create(&t, move_in_thread, arg);
	thread_join(&t);
}

static void with_vectors(void *arg)
{
	char a[3], b[3];
	struct { void *base; unsigned long len; } v[] = { { a, 3 }, { b, 3 } };
	int fd = *(int *)arg;

	syscall(SYS_writev, fd, v, 2);
	pwrite(fd, "abcdefgh", 8, 0);
	pread(fd, a, 3, 2);
}

static void send_copy(void *arg)
{
	int *fd = arg;
	off_t from = 0;

	syscall(SYS_sendfile, fd[1], fd[0], &from, 100000);
}

/* What a program moved before anybody looked. */
static void count_from_start(void)
{
	struct io a, b;
	int p[2];

	pipe(p);
	through_pipe(p);
	look_at_self(&a);
	check(a.wchar >= 12 && a.syscw >= 1, "written before the first look");
	check(a.rchar >= 12 && a.syscr >= 2, "read before it");
	look_at_self(&b);
	check_eq(b.syscr - a.syscr, 1, "a look is one read");
	check_eq(b.rchar - a.rchar, a.text, "of its bytes");
	close(p[0]);
	close(p[1]);
}

static void look_at_first(void *arg)
{
	struct io io;

	(void)arg;
	if (look_at_self(&io))
		_exit(1);
	_exit(io.rchar || io.wchar || io.syscr || io.syscw ? 2 : 0);
}

static void count_calls(void)
{
	int p[2], f[2];
	struct io io;

	pipe(p);
	io = count_moved(through_pipe, p);
	check(io.rchar == 12 && io.syscr == 2, "bytes and calls of read");
	check(io.wchar == 12 && io.syscw == 1, "of write");
	check(!io.read && !io.write && !io.cancelled, "nothing of a disk");
	io = count_moved(badly, p);
	check(!io.rchar && !io.wchar, "what fails moves nothing");
	check(io.syscw == 1 && io.syscr == 0, "one that began is a call: %lld",
	      io.syscw);
	io = count_moved(in_a_child, p);
	check(io.rchar >= 12 && io.syscw >= 1,
	      "of a child that was waited for");
	io = count_moved(in_a_thread, p);
	check(io.rchar >= 12 && io.wchar >= 12, "of a thread that has ended");
	close(p[0]);
	close(p[1]);
	f[0] = open("from", O_RDWR | O_CREAT | O_TRUNC, 0600);
	io = count_moved(with_vectors, f);
	check(io.wchar == 14 && io.syscw == 2, "of writev and pwrite");
	check(io.rchar == 3 && io.syscr == 1, "of pread");
	ftruncate(f[0], 100000);
	f[1] = open("to", O_RDWR | O_CREAT | O_TRUNC, 0600);
	io = count_moved(send_copy, f);
	check(io.rchar == 100000 && io.wchar == 100000, "of sendfile");
	check(io.syscr == 1 && io.syscw == 1, "one call of each kind");
	close(f[0]);
	close(f[1]);
}

static void dirty(void *arg)
{
	static char buf[SYNC_WRITE * PG];

	write(*(int *)arg, buf, sizeof(buf));
}

static void from_disk(void *arg)
{
	static char buf[PG];

	read(*(int *)arg, buf, sizeof(buf));
}

/* All of the file's clean pages go. */
static void forget_pages(int fd)
{
	enum { DONTNEED = 4 };

#ifdef SYS_fadvise64_64
	syscall(SYS_fadvise64_64, fd, 0, 0, 0, 0, DONTNEED);
#else
	syscall(SYS_fadvise64, fd, 0, 0, DONTNEED);
#endif
}

static void cut_to_nothing(void *arg)
{
	ftruncate(*(int *)arg, 0);
}

static void disk(void)
{
	int fd = open("from", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct io io = count_moved(dirty, &fd);

	check_eq(io.write, on_disk ? SYNC_WRITE * PG : 0,
		 "pages made dirty");
	io = count_moved(cut_to_nothing, &fd);
	check(io.cancelled == 0 ||
	      (on_disk && io.cancelled <= SYNC_WRITE * (long long)PG),
	      "cut off before they went");
	count_moved(dirty, &fd);
	fsync(fd);
	forget_pages(fd);
	lseek(fd, 0, SEEK_SET);
	io = count_moved(from_disk, &fd);
	check(on_disk ? io.read >= (long long)PG : io.read == 0,
	      "asked of a disk: %lld", io.read);
	close(fd);
}

static void look_as_stranger(void *arg)
{
	struct io io;

	if (setuid(1000))
		_exit(1);
	if (io_counts_of(arg, &io) == 0 || errno != EACCES)
		_exit(2);
}

static void count_of_others(void)
{
	char path[64], leader[64];
	struct io io;

	snprintf(path, sizeof(path), "/proc/%d/io", getpid());
	snprintf(leader, sizeof(leader), "/proc/%d/task/%d/io", getpid(),
		 getpid());
	check_ok(io_counts_of(leader, &io), "a thread's own");
	if (geteuid())
		return;
	check_eq(in_child(look_as_stranger, path), 0, "others may not look");
}

int main(void)
{
	long st[64] = { 0 };	/* struct statfs: its first word is the type */

	tap_scratch("io_counts");
	on_disk = syscall(SYS_statfs, ".", st) == 0 && st[0] == EXT2_MAGIC;
	count_from_start();
	check_eq(in_child(look_at_first, NULL), 0, "a child begins with none");
	count_calls();
	disk();
	count_of_others();
	unlink("from");
	unlink("to");
	tap_scratch_end();
	return tap_done();
}

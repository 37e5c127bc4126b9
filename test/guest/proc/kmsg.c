/* SPDX-License-Identifier: MIT */
/*
 * The kernel's log as a device: a record a read, each with its priority and
 * number, and lines of a program's own (row B5).
 */
#include <poll.h>
#include <string.h>
#include "tap.h"

static int fd;
static char record[1100];

/* The next record as a string.  => its length, or -1 */
static ssize_t next_kmsg_record(void)
{
	ssize_t n = read(fd, record, sizeof(record) - 1);

	record[n > 0 ? n : 0] = 0;
	return n;
}

/* Is the record this line, at this level of urgency? */
static int record_is(const char *line, int level)
{
	const char *text = strchr(record, ';');

	return text && strstr(text, line) && (atoi(record) & 7) == level;
}

static void reads_what_was_written(void)
{
	long number;

	check_eq(lseek(fd, 0, SEEK_END), 0, "to the end");
	check_err(EAGAIN, next_kmsg_record(), "nothing new");
	check_eq(write(fd, "<6>kmsg one\n", 12), 12, "a line");
	check_eq(write(fd, "<3>kmsg two\n", 12), 12, "another");
	check(next_kmsg_record() > 0 && record_is("kmsg one\n", 6),
	      "the first, and its level");
	number = atoi(strchr(record, ',') + 1);
	check(next_kmsg_record() > 0 && record_is("kmsg two\n", 3),
	      "the second");
	check_eq(atoi(strchr(record, ',') + 1), number + 1, "the next number");
	check_err(EAGAIN, next_kmsg_record(), "no more");
	check_eq(write(fd, "kmsg plain\n", 11), 11, "no level");
	check(next_kmsg_record() > 0 && strstr(record, "kmsg plain\n"),
	      "is a line, too");
	check_eq(write(fd, "<oops\n", 6), 6, "no number");
	check(next_kmsg_record() > 0 && strstr(record, "<oops\n"), "is text");
}

static void poll_kmsg(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	lseek(fd, 0, SEEK_END);
	check_eq(poll(&p, 1, 0), 0, "nothing to read");
	write(fd, "<6>kmsg polled\n", 15);
	check(poll(&p, 1, 0) == 1 && p.revents & POLLIN, "a record");
	check(next_kmsg_record() > 0 && record_is("kmsg polled\n", 6), "it");
}

static void seeks(void)
{
	check_eq(lseek(fd, 0, SEEK_SET), 0, "to the beginning");
	check(next_kmsg_record() > 0 && !strstr(record, "kmsg polled"),
	      "the oldest");
	check_err(ESPIPE, lseek(fd, 1, SEEK_SET), "to no record");
	check_err(EINVAL, lseek(fd, 0, SEEK_CUR), "from here");
}

static void refuse_lines(void)
{
	static char long_line[4000];
	char few[3];

	memset(long_line, 'x', sizeof(long_line));
	lseek(fd, 0, SEEK_END);
	check_err(EINVAL, write(fd, long_line, sizeof(long_line)), "too long");
	check_err(EFAULT, write(fd, BAD, 10), "a line from nowhere");
	write(fd, "<6>kmsg whole\n", 14);
	check_err(EINVAL, read(fd, few, sizeof(few)), "no room for a record");
	check_err(EAGAIN, next_kmsg_record(), "it is lost");
	write(fd, "<6>kmsg lost\n", 13);
	check_err(EFAULT, read(fd, BAD, sizeof(record)), "to nowhere");
	check_err(EAGAIN, next_kmsg_record(), "lost, too");
}

/* No record fits into one byte; but they were asked for, and are cleared. */
static void clears(void)
{
	static char all[1 << 17];
	long n;

	write(fd, "<6>kmsg cleared\n", 16);
	check_eq(syscall(SYS_syslog, 4, all, 1), 0, "no room, and clear");
	n = syscall(SYS_syslog, 3, all, sizeof(all) - 1);
	check(n >= 0 && !strstr(all, "kmsg cleared"), "all are gone");
}

/* /proc/sysrq-trigger: where each CPU is, this one in the call. */
static void tells_of_cpus(void)
{
	int trigger = open("/proc/sysrq-trigger", O_WRONLY), found = 0;

	if (on_other_kernel() || trigger < 0) {
		tap_skip("sysrq l", "another kernel, or not root");
		return;
	}
	lseek(fd, 0, SEEK_END);
	check_eq(write(trigger, "l", 1), 1, "sysrq l");
	while (next_kmsg_record() > 0)
		found |= strstr(record, "CPU 0: task") ? 1 :
			strstr(record, "where_cpus+") ? 2 : 0;
	check_eq(found, 3, "it tells where the CPUs are");
	close(trigger);
}

/* As a user: => what went otherwise than `restricted` says */
static void reads_as_user(void *restricted)
{
	int want = *(int *)restricted ? EPERM : 0, f, wrong = 0;

	if (setgid(1000) || setuid(1000))
		_exit(64);
	wrong |= (syscall(SYS_syslog, 10, NULL, 0) < 0 ? errno : 0) != want;
	wrong |= ((syscall(SYS_syslog, 3, record, sizeof(record)) < 0 ?
		   errno : 0) != want) << 1;
	f = open("/dev/kmsg", O_RDONLY);
	wrong |= ((f < 0 ? errno : 0) != want) << 2;
	wrong |= (syscall(SYS_syslog, 9, NULL, 0) >= 0 || errno != EPERM) << 3;
	_exit(wrong);
}

struct guarded {
	const char *name;
	unsigned right;
};

/* As root without the right, which is asked for before the text is read. */
static void sets_without_right(void *arg)
{
	const struct guarded *g = arg;
	struct { unsigned version; int pid; } h = { 0x20080522, 0 };
	unsigned c[6];
	int f = open(g->name, O_RDWR);

	if (f < 0 || syscall(SYS_capget, &h, c))
		_exit(64);
	c[0] &= ~(1u << g->right);
	if (syscall(SYS_capset, &h, c))
		_exit(65);
	if (write(f, "words", 5) >= 0 || errno != EPERM)
		_exit(66);
	_exit(write(f, "1", 1) < 0 && errno == EPERM ? 0 : 67);
}

static void guarded(void)
{
	static struct guarded files[] = {
		{ "/proc/sys/kernel/dmesg_restrict", 21 },
		{ "/proc/sys/kernel/kptr_restrict", 21 },
		{ "/proc/sys/kernel/yama/ptrace_scope", 19 },
	};

	for (int i = 0; i < COUNT(files); i++)
		if (access(files[i].name, W_OK))
			tap_skip(files[i].name, "not root, or it is not there");
		else
			check_eq(in_child(sets_without_right, &files[i]), 0,
				 "%s takes a right", files[i].name);
}

static void restricted(void)
{
	static const char name[] = "/proc/sys/kernel/dmesg_restrict";
	int f = open(name, O_RDWR), yes = 1, no = 0;
	char was[8];
	ssize_t n;

	if (f < 0) {
		tap_skip("dmesg_restrict", "not root, or nobody sets it");
		return;
	}
	n = pread(f, was, sizeof(was), 0);
	check_eq(pwrite(f, "0", 1, 0), 1, "anybody may read the log");
	check_eq(in_child(reads_as_user, &no), 0, "a user does");
	check_eq(pwrite(f, "1", 1, 0), 1, "only the privileged may");
	check_eq(in_child(reads_as_user, &yes), 0, "a user may not");
	check(syscall(SYS_syslog, 10, NULL, 0) > 0, "root may");
	check_err(EINVAL, pwrite(f, "2", 1, 0), "no such choice");
	check_eq(pwrite(f, was, n, 0), n, "as it was");
	close(f);
}

int main(void)
{
	fd = open("/dev/kmsg", O_RDWR | O_NONBLOCK);
	if (fd < 0)
		tap_bail("/dev/kmsg");
	reads_what_was_written();
	poll_kmsg();
	seeks();
	refuse_lines();
	restricted();
	guarded();
	tells_of_cpus();
	clears();
	close(fd);
	return tap_done();
}

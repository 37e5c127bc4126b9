/* SPDX-License-Identifier: MIT */
/*
 * Whose right counts where one opens a file and another uses it, as a set-id
 * program does that is handed a user's file for its output: who opened it, who
 * uses it, or both must have it (rows B17, D8).
 */
#include <sched.h>
#include "tap.h"

#define NEWTIME		0x80
#define USER		1000
#define ALL		(~0ull)
#define C(cap)		(1ull << (cap))
#define SYS_TIME	25
#define SYSLOG		34
#define ABSENT		77		/* exit status: there is no such file */
#define NR_OPEN		"/proc/sys/fs/nr_open"

/* Of what one may, only these are in force: the others can come back. */
static void in_force(unsigned long long caps)
{
	struct { unsigned version; int pid; } h = { 0x20080522, 0 };
	unsigned c[6] = { 0 };

	if (syscall(SYS_capget, &h, c))
		_exit(90);
	c[0] = (unsigned)caps & c[1];
	c[3] = (unsigned)(caps >> 32) & c[4];
	if (syscall(SYS_capset, &h, c))
		_exit(91);
}

/* ---- netlink: both, but for what is sent to an address ------------------- */

static struct {
	unsigned len;
	unsigned short type, flags;
	unsigned seq, pid;
	struct {
		unsigned short family, kind;
		int index;
		unsigned flags, change;
	} link;
} wish = { sizeof(wish), 16, 5, 1, 0, { 0, 0, 1, 0, 0 } };

/* => the errno by which the kernel acknowledges a change of nothing */
static int wished(int s, int by_address)
{
	struct { unsigned short family, pad; unsigned pid, groups; }
		kernel = { 16, 0, 0, 0 };
	char buf[512];
	int err;

	if (syscall(SYS_sendto, s, &wish, sizeof(wish), 0,
		    by_address ? &kernel : NULL,
		    by_address ? sizeof(kernel) : 0) != sizeof(wish) ||
	    syscall(SYS_recvfrom, s, buf, sizeof(buf), 0, NULL, NULL) < 20)
		return -1;
	memcpy(&err, buf + 16, sizeof(err));
	return -err;
}

static int netlink(void)
{
	int s = (int)syscall(SYS_socket, 16, 3, 0);

	if (s < 0)
		_exit(ABSENT);
	return s;
}

static void of_netlink(void *arg)
{
	int s = netlink();

	(void)arg;
	need(wished(s, 0) == 0 && wished(s, 1) == 0, 1);
	in_force(0);
	need(wished(s, 0) == EPERM && wished(s, 1) == EPERM, 2);
	s = netlink();
	in_force(ALL);
	need(wished(s, 0) == EPERM, 3);
	need(wished(s, 1) == 0, 4);
	_exit(0);
}

/* ---- offsets of clocks: the opener alone --------------------------------- */

static void of_offsets(void *arg)
{
	static const char path[] = "/proc/self/timens_offsets";
	int fd;

	(void)arg;
	if (syscall(SYS_unshare, NEWTIME))
		_exit(ABSENT);
	in_force(ALL & ~C(SYS_TIME));
	fd = open(path, O_WRONLY);
	in_force(ALL);
	need(fd >= 0, 1);
	need(write(fd, "boottime 1 0\n", 13) == -1 && errno == EPERM, 2);
	fd = open(path, O_WRONLY);
	in_force(ALL & ~C(SYS_TIME));
	need(write(fd, "boottime 1 0\n", 13) == 13, 3);
	_exit(0);
}

/* ---- where the kernel lies: likewise ------------------------------------- */

/* Is an address told in what can be read at once? */
static int tells_address(int fd)
{
	char text[4096];
	long n = read(fd, text, sizeof(text) - 1);

	need(n > 0, 1);
	text[n] = 0;
	for (char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (at[strspn(at, "0")] != ' ' && strchr(at, ' '))
			return 1;
	}
	return 0;
}

static void of_symbols(void *arg)
{
	static const char path[] = "/proc/kallsyms";
	int fd;

	(void)arg;
	in_force(ALL & ~C(SYSLOG));
	fd = open(path, O_RDONLY);
	in_force(ALL);
	if (fd < 0)
		_exit(ABSENT);
	need(!tells_address(fd), 2);
	fd = open(path, O_RDONLY);
	in_force(ALL & ~C(SYSLOG));
	need(tells_address(fd), 3);
	_exit(0);
}

/* ---- numbers of /proc/sys: both ------------------------------------------ */

static void of_numbers(void *arg)
{
	char text[32];
	int fd = open(NR_OPEN, O_RDWR);
	long n;

	(void)arg;
	if (fd < 0)
		_exit(ABSENT);
	n = read(fd, text, sizeof(text));
	need(n > 0, 1);
	need(pwrite(fd, text, (size_t)n, 0) == n, 2);
	need(!setresgid(USER, USER, USER) && !setresuid(USER, USER, USER), 3);
	need(pread(fd, text, sizeof(text), 0) == n, 4);
	need(pwrite(fd, text, (size_t)n, 0) == -1 && errno == EPERM, 5);
	_exit(0);
}

/* ---- what nobody writes -------------------------------------------------- */

static long write_opened(const char *path)
{
	int fd = open(path, O_WRONLY);

	return fd < 0 ? -1 : write(fd, "0", 1);
}

static void of_constants(void)
{
	check_err(EACCES, write_opened("/proc/sys/kernel/ostype"),
		  "a constant of /proc/sys is not opened");
	check_err(EIO, write_opened("/proc/uptime"),
		  "one of /proc not written");
	check_err(EINVAL, write_opened("/proc/self/status"),
		  "nor one of a task");
}

static void ask_opener(void (*fn)(void *), const char *what)
{
	int status = in_child(fn, NULL);

	if (status == ABSENT << 8)
		tap_skip(what, "not here");
	else
		check_eq(status, 0, "%s", what);
}

int main(void)
{
	if (geteuid())
		return tap_skip_all("not root");
	ask_opener(of_netlink, "netlink: who made the socket and who sends");
	ask_opener(of_offsets, "offsets of clocks: who opened the file");
	ask_opener(of_symbols, "addresses of the kernel: who opened the file");
	ask_opener(of_numbers,
		   "numbers of /proc/sys: who opened and who writes");
	of_constants();
	return tap_done();
}

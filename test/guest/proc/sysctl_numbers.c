/* SPDX-License-Identifier: MIT */
/*
 * Numbers of /proc/sys that root sets (rows B5, D10): each is obeyed from then
 * on, what is no number or too large changes nothing; and what /proc tells of
 * sockets and of a process's memory in sum.
 */
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include "sysv.h"
#include "numbers.h"

#define AF_UNIX		1
#define AF_INET		2
#define AF_INET6	10
#define AF_NETLINK	16
#define STREAM		1
#define DGRAM		2
#define RAW		3
#define NONBLOCK	04000

#define sock(family, type) ((int)syscall(SYS_socket, family, type, 0))
#define bind_to(s, a)	syscall(SYS_bind, s, &(a), sizeof(a))
#define connect_to(s, a) syscall(SYS_connect, s, &(a), sizeof(a))

struct in {				/* sockaddr_in */
	unsigned short family;
	unsigned char port[2], ip[4];
	char zero[8];
};

static long shm(unsigned long size)
{
	return syscall(SYS_shmget, IPC_PRIVATE, size, 0600);
}

static void remove_shm(long id)
{
	syscall(SYS_shmctl, id, IPC_RMID, NULL);
}

static void limit_segments(void)
{
	long id;

	set_and_keep("/proc/sys/kernel/shmmax", "8192");
	check_err(EINVAL, shm(8193), "a byte more than shmmax");
	check((id = shm(8192)) >= 0, "and just that");
	put_back("/proc/sys/kernel/shmmax");
	set_and_keep("/proc/sys/kernel/shmall", "3\n");
	check_err(ENOSPC, shm(2 * PG), "pages of all segments: shmall");
	remove_shm(id);
	check((id = shm(2 * PG)) >= 0, "room again");
	put_back("/proc/sys/kernel/shmall");
	set_and_keep("/proc/sys/kernel/shmmni", "1");
	check_err(ENOSPC, shm(1), "segments: shmmni");
	remove_shm(id);
	put_back("/proc/sys/kernel/shmmni");
}

static void limit_messages(void)
{
	struct {
		long type;
		char text[32];
	} m = { 1, "" };
	long id, two;

	set_and_keep("/proc/sys/kernel/msgmnb", "40");
	id = syscall(SYS_msgget, IPC_PRIVATE, 0600);
	put_back("/proc/sys/kernel/msgmnb");
	check_eq(syscall(SYS_msgsnd, id, &m, 30L, IPC_NOWAIT), 0, "30 of 40");
	check_err(EAGAIN, syscall(SYS_msgsnd, id, &m, 11L, IPC_NOWAIT),
		  "bytes of a queue: msgmnb");
	set_and_keep("/proc/sys/kernel/msgmax", "9");
	check_err(EINVAL, syscall(SYS_msgsnd, id, &m, 10L, IPC_NOWAIT),
		  "bytes of a message: msgmax");
	check_eq(syscall(SYS_msgsnd, id, &m, 9L, IPC_NOWAIT), 0, "nine");
	put_back("/proc/sys/kernel/msgmax");
	set_and_keep("/proc/sys/kernel/msgmni", "1");
	two = syscall(SYS_msgget, IPC_PRIVATE, 0600);
	check(two == -1 && errno == ENOSPC, "queues: msgmni");
	put_back("/proc/sys/kernel/msgmni");
	syscall(SYS_msgctl, id, IPC_RMID, NULL);
}

static long sems(int n)
{
	return syscall(SYS_semget, IPC_PRIVATE, n, 0600);
}

struct sembuf {
	unsigned short num;
	short op, flags;
};

static long semop(long id, struct sembuf *ops, long n)
{
#ifdef SYS_semop
	return syscall(SYS_semop, id, ops, n);
#else
	return syscall(SYS_semtimedop_time64, id, ops, n, NULL);
#endif
}

static void limit_semaphores(void)
{
	struct sembuf ops[2] = { { 0, 1, 0 }, { 1, 1, 0 } };
	long id;

	set_and_keep("/proc/sys/kernel/sem", "2 3 1 2");
	check_err(EINVAL, sems(3), "semaphores of a set: the first number");
	check((id = sems(2)) >= 0, "two");
	check_err(ENOSPC, sems(2), "of all sets: the second");
	check_err(E2BIG, semop(id, ops, 2),
		  "operations of a call: the third");
	check_eq(semop(id, ops, 1), 0, "one");
	check_eq(write_text_file("/proc/sys/kernel/sem", "2 100 100 1"), 11,
		 "more");
	check_eq(semop(id, ops, 2), 0, "both");
	check_err(ENOSPC, sems(1), "sets: the fourth");
	check_eq(write_text_file("/proc/sys/kernel/sem", " 7\t8 "), 5,
		 "only two");
	slurp("/proc/sys/kernel/sem");
	check(!strcmp(text, "7\t8\t100\t1\n"), "the others stay");
	/* bytes of which there are none, or a few, in a word of 32 bits */
	check_eq(write_text_file("/proc/sys/kernel/sem",
				 "2147483647 2147483647 "
				 "2147483647 32000"), 38,
		 "as many as there can be");
	check_err(ENOMEM, sems(0x20000000), "too many for memory");
	check_err(ENOMEM, semop(id, ops, 0x2aaaaaab), "and operations");
	put_back("/proc/sys/kernel/sem");
	syscall(SYS_semctl, id, 0, IPC_RMID, 0);
}

static void bad_numbers(void)
{
	static const char *const bad[] = {
		"x", "12x", "-1", "99999999999999999999999",
	};

	slurp("/proc/sys/kernel/msgmni");
	snprintf(before, sizeof(before), "%s", text);
	for (int k = 0; k < COUNT(bad); k++)
		check_err(EINVAL, write_text_file("/proc/sys/kernel/msgmni",
						  bad[k]),
			  "no number for it: %s", bad[k]);
	check_err(EINVAL, write_text_file("/proc/sys/kernel/msgmni", "32769"),
		  "more than there may be");
	slurp("/proc/sys/kernel/msgmni");
	check(!strcmp(text, before), "it is as before");
}

static void set_as_other(void *arg)
{
	become_other();
	refused(EACCES, 1, open("/proc/sys/kernel/sem", O_WRONLY));
	refused(EACCES, 2, open("/proc/sys/net/core/somaxconn", O_RDWR));
	if (slurp("/proc/sys/kernel/sem") <= 0)
		_exit(3);
}

/* ---- sockets ------------------------------------------------------------- */

/* Connections that wait to be accepted: one more than SOMAXCONN, as always. */
static void waiting_connections(void)
{
	struct {
		unsigned short family;
		char path[20];
	} name = { AF_UNIX, "/tmp/sysctl.sock" };
	int l = sock(AF_UNIX, STREAM), c[3];

	unlink(name.path);
	check_eq(bind_to(l, name), 0, "a listener");
	set_and_keep("/proc/sys/net/core/somaxconn", "1");
	check_eq(syscall(SYS_listen, l, 5), 0, "five are asked for");
	put_back("/proc/sys/net/core/somaxconn");
	for (int k = 0; k < 3; k++)
		c[k] = sock(AF_UNIX, STREAM | NONBLOCK);
	check_eq(connect_to(c[0], name), 0, "one");
	check_eq(connect_to(c[1], name), 0, "two");
	check_err(EAGAIN, connect_to(c[2], name), "full");
	for (int k = 0; k < 3; k++)
		close(c[k]);
	close(l);
	unlink(name.path);
}

/* A new socket at that port (0: some).  => the port, or -1 */
static int bind_port(unsigned port, int *s)
{
	struct in a = { .family = AF_INET, .ip = { 127, 0, 0, 1 } };
	int len = sizeof(a);

	a.port[0] = (unsigned char)(port >> 8);
	a.port[1] = (unsigned char)port;
	*s = sock(AF_INET, DGRAM);
	if (bind_to(*s, a) || syscall(SYS_getsockname, *s, &a, &len))
		return -1;
	return a.port[0] << 8 | a.port[1];
}

static void as_other_at_port(void *arg)
{
	int s;

	become_other();
	refused(EACCES, 1, bind_port(79, &s));
	if (bind_port(80, &s) != 80)
		_exit(2);
}

static void limit_ports(void)
{
	int a, b, c, one, two;

	set_and_keep("/proc/sys/net/ipv4/ip_local_port_range", "40000 40001");
	one = bind_port(0, &a);
	two = bind_port(0, &b);
	check(one + two == 80001 && (one == 40000 || two == 40000),
	      "ports that are given out: %d %d", one, two);
	check_err(EADDRINUSE, bind_port(0, &c), "no more of them");
	put_back("/proc/sys/net/ipv4/ip_local_port_range");
	close(a);
	close(b);
	close(c);
	set_and_keep("/proc/sys/net/ipv4/ip_unprivileged_port_start", "80");
	check_eq(in_child(as_other_at_port, NULL), 0, "from 80 on for all");
	put_back("/proc/sys/net/ipv4/ip_unprivileged_port_start");
}

/* The number behind `word` in the line that begins with head; -1: none. */
static long number_in_line(const char *path, const char *head, const char *word)
{
	char *line, *at;

	slurp(path);
	line = strstr(text, head);
	at = line ? strstr(line, word) : NULL;
	return at ? atol(at + strlen(word)) : -1;
}

static void count_sockets(void)
{
	long inuse = number_in_line("/proc/net/sockstat", "UDP:", "inuse");
	long six = number_in_line("/proc/net/sockstat6", "UDP6:", "inuse");
	long used = number_in_line("/proc/net/sockstat", "sockets:", "used");
	struct {
		unsigned short family, port;
		unsigned flow, ip[4], scope;
	} any = { .family = AF_INET6 };
	char line[64];
	struct {
		unsigned short family, pad;
		unsigned pid, groups;
	} nl = { AF_NETLINK, 0, 54321, 0 };
	int s, t, n;

	check(inuse >= 0 && six >= 0 && used >= 0, "/proc/net/sockstat, 6");
	check(bind_port(0, &s) > 0, "a socket more");
	t = sock(AF_INET6, DGRAM);
	check_eq(bind_to(t, any), 0, "one of IPv6");
	check_eq(number_in_line("/proc/net/sockstat", "UDP:", "inuse"),
		 inuse + 1,
		 "is counted");
	check_eq(number_in_line("/proc/net/sockstat6", "UDP6:", "inuse"),
		 six + 1,
		 "and so is the other");
	check_eq(number_in_line("/proc/net/sockstat", "sockets:", "used"),
		 used + 2,
		 "both are");
	close(s);
	close(t);
	check_eq(number_in_line("/proc/net/sockstat", "UDP:", "inuse"), inuse,
		 "it goes");
	n = sock(AF_NETLINK, RAW);
	check_eq(bind_to(n, nl), 0, "a netlink socket");
	snprintf(line, sizeof(line), " %-3d %-10u %08x ", 0, nl.pid, 0);
	slurp("/proc/net/netlink");
	check(strstr(text, line) != NULL, "/proc/net/netlink shows it");
	close(n);
	slurp("/proc/net/netlink");
	check(!strstr(text, line), "and no longer");
}

/* ---- memory in sum ------------------------------------------------------- */

static long sum_of(const char *path, const char *key)
{
	char *at = text;
	long sum = 0;

	slurp(path);
	while ((at = strstr(at, key))) {
		at += strlen(key);
		sum += atol(at);
	}
	return sum;
}

static void rollup(void)
{
	static const char *const keys[] = {
		"\nRss:", "\nPrivate_Dirty:", "\nAnonymous:", "\nPss_Dirty:",
	};
	long rss, all;

	memset(text, 1, sizeof(text));	/* no page of it is new from here on */
	for (int k = 0; k < COUNT(keys); k++) {
		all = sum_of("/proc/self/smaps", keys[k]);
		rss = sum_of("/proc/self/smaps_rollup", keys[k]);
		check(all > 0 && rss == all, "%s %ld, in the parts %ld",
		      keys[k] + 1, rss, all);
	}
	check(strstr(text, " [rollup]\n") != NULL, "its name");
}

static long rolled_up(const char *key)
{
	return sum_of("/proc/self/smaps_rollup", key);
}

/* A page of each kind that was stored to is in the share of its kind. */
static void show_pss(void)
{
	static const char *const kinds[] = {
		"\nPss_Anon:", "\nPss_File:", "\nPss_Shmem:",
	};
	long dirty = rolled_up("\nPss_Dirty:"), anon = rolled_up("\nPss_Anon:");
	long shmem = rolled_up("\nPss_Shmem:"), all, sum = 0;
	char *p = mmap(NULL, 16 * PG, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *q = mmap(NULL, 16 * PG, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	memset(p, 1, 16 * PG);
	check(rolled_up("\nPss_Anon:") - anon >= 60, "Pss_Anon");
	check(rolled_up("\nPss_Shmem:") == shmem, "and of no other kind");
	memset(q, 1, 16 * PG);
	check(rolled_up("\nPss_Shmem:") - shmem >= 60, "Pss_Shmem");
	check(rolled_up("\nPss_Dirty:") - dirty >= 120, "Pss_Dirty of both");
	all = rolled_up("\nPss:");
	for (int k = 0; k < COUNT(kinds); k++)
		sum += atol(strstr(text, kinds[k]) + strlen(kinds[k]));
	check(sum <= all && sum >= all - 2, "%ld kB together: %ld", all, sum);
	munmap(p, 16 * PG);
	munmap(q, 16 * PG);
}

/* ---- where programs lie -------------------------------------------------- */

#define RANDOMIZE	"/proc/sys/kernel/randomize_va_space"

struct places {
	unsigned long stack, heap;
};

/* As another run of this program: where are its stack and its heap? */
static int tell_places(void)
{
	struct places at;

	at.stack = (unsigned long)__builtin_frame_address(0);
	at.heap = (unsigned long)syscall(SYS_brk, 0);
	return write(1, &at, sizeof(at)) != sizeof(at);
}

static struct places place_of_program(void)
{
	struct places at = { 0, 0 };
	char *args[] = { "sysctl_numbers", "places", NULL }, *none[] = { NULL };
	int out[2], status;

	if (pipe(out))
		return at;
	if (fork() == 0) {
		dup2(out[1], 1);
		execve("/proc/self/exe", args, none);
		_exit(1);
	}
	close(out[1]);
	read(out[0], &at, sizeof(at));
	close(out[0]);
	wait(&status);
	return at;
}

/* Is each of them in one of several runs elsewhere than in the first? */
static void differ(const char *how, int stack, int heap)
{
	struct places first, next;
	int moved_stack = 0, moved_heap = 0;

	set_and_keep(RANDOMIZE, how);
	first = place_of_program();
	for (int i = 0; i < 10; i++) {
		next = place_of_program();
		moved_stack |= next.stack != first.stack;
		moved_heap |= next.heap != first.heap;
	}
	put_back(RANDOMIZE);
	check(first.stack && moved_stack == stack, "%s: the stack", how);
	check(first.heap && moved_heap == heap, "%s: the heap", how);
}

static void randomness(void)
{
	differ("0", 0, 0);
	differ("1", 1, 0);
	differ("2", 1, 1);
	check_err(EINVAL, write_text_file(RANDOMIZE, "x"), "no number");
}

/* ---- how much may be promised -------------------------------------------- */

/* As much memory as there is, and some. */
static int promised(void)
{
	struct {
		long up;
		unsigned long loads[3], total;
		char rest[200];
	} info;
	void *p;

	syscall(SYS_sysinfo, &info);
	info.total = info.total * 2 + (64ul << 20);
	p = mmap(NULL, info.total, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	munmap(p, info.total);
	return 0;
}

static void overcommit(void)
{
	const char *path = "/proc/sys/vm/overcommit_memory";

	check_eq(promised(), -ENOMEM, "more than can ever be had");
	set_and_keep(path, "1");
	check(slurp(path) > 0 && atol(text) == 1, "overcommit_memory is kept");
	check_eq(promised(), 0, "now everything is promised");
	check_err(EINVAL, write_text_file(path, "3"), "no such way");
	put_back(path);
	check_eq(promised(), -ENOMEM, "as before");
}

/* ---- limits of inotify and of descriptors, a name ------------------------ */

static int add_watch(int fd)
{
	return (int)syscall(SYS_inotify_add_watch, fd, "/tmp", 0x300);
}

static void touch_and_remove(const char *path)
{
	close(open(path, O_CREAT | O_WRONLY, 0600));
	unlink(path);
}

/* An instance keeps the length of its queue that it was made with. */
static void queue_of_events(void)
{
	char events[256];
	unsigned last[4] = { 0 };	/* number, mask, cookie, length */
	long n;
	int fd;

	set_and_keep("/proc/sys/fs/inotify/max_queued_events", "1");
	fd = (int)syscall(SYS_inotify_init1, NONBLOCK);
	put_back("/proc/sys/fs/inotify/max_queued_events");
	check(add_watch(fd) > 0, "a watch");
	touch_and_remove("/tmp/sysctl.event");
	n = read(fd, events, sizeof(events));
	if (n >= (long)sizeof(last))
		memcpy(last, events + n - sizeof(last), sizeof(last));
	check(last[1] == 0x4000, "a queue of one overflows: %x", last[1]);
	close(fd);
}

static void inotify(void)
{
	int fd = (int)syscall(SYS_inotify_init1, 0);

	set_and_keep("/proc/sys/fs/inotify/max_user_instances", "0");
	check_err(EMFILE, syscall(SYS_inotify_init1, 0), "instances");
	put_back("/proc/sys/fs/inotify/max_user_instances");
	set_and_keep("/proc/sys/fs/inotify/max_user_watches", "0");
	check_err(ENOSPC, add_watch(fd), "watches");
	put_back("/proc/sys/fs/inotify/max_user_watches");
	check(add_watch(fd) > 0, "room again");
	check_err(EINVAL,
		  write_text_file("/proc/sys/fs/inotify/max_user_watches",
					  "2147483648"),
						  "more than there may be");
	close(fd);
	queue_of_events();
}

static void limit_descriptors(void *arg)
{
	uint64_t r[2] = { 1024, 1025 };

	(void)arg;
	refused(EPERM, 1, syscall(SYS_prlimit64, 0, 7, r, NULL));
	r[1] = 1024;
	if (syscall(SYS_prlimit64, 0, 7, r, NULL))
		_exit(2);
}

#define NR_OPEN	"/proc/sys/fs/nr_open"

/* With descriptor 200, when tables are to end at 64. */
static void copy_descriptors(void *arg)
{
	int st = 0;
	pid_t pid;

	(void)arg;
	if (dup2(0, 200) != 200 || write_text_file(NR_OPEN, "64") != 2)
		_exit(7);
	pid = fork();
	if (!pid)
		_exit(0);
	if (pid != -1 || errno != EMFILE)
		_exit(1);
	if (syscall(SYS_unshare, CLONE_FILES))
		_exit(2);		/* nobody shares it */
	pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (!pid) {
		if (syscall(SYS_unshare, CLONE_FILES) != -1 || errno != EMFILE)
			_exit(3);
		close(200);
		_exit(syscall(SYS_unshare, CLONE_FILES) ? 4 : 0);
	}
	if (pid < 0 || waitpid(pid, &st, 0) != pid || st)
		_exit(st >> 8 ?: 5);
	/* the child closed it for both */
	pid = fork();
	if (!pid)
		_exit(0);
	if (waitpid(pid, &st, 0) != pid || st)
		_exit(6);
}

/* A limit above 2^20, and a table as long as Linux's kmalloc() allows. */
static void most_descriptors(void *arg)
{
	unsigned long long r[2] = { 1048640, 1048640 };

	(void)arg;
	if (syscall(SYS_prlimit64, 0, 7, r, NULL))
		_exit(1);
	if (dup2(0, 1048640) != -1 || errno != EBADF)
		_exit(2);
}

/* As many entries as make 4 GiB and one, of which one is there. */
static void most_polled(void *arg)
{
	unsigned long long r[2] = { 0x20000008, 0x20000008 };
	struct pollfd *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)arg;
	if (p == MAP_FAILED || syscall(SYS_prlimit64, 0, 7, r, NULL))
		_exit(1);
	if (poll(p, 0x20000001, 0) != -1 ||
	    (errno != EFAULT && errno != ENOMEM))
		_exit(2);
}

static void limit_open_files(void)
{
	set_and_keep(NR_OPEN, "1024");
	check_eq(in_child(copy_descriptors, NULL), 0,
		 "a copied table is not longer than nr_open");
	put_back(NR_OPEN);
	set_and_keep(NR_OPEN, "1024");
	check_eq(in_child(limit_descriptors, NULL), 0,
		 "RLIMIT_NOFILE is nr_open at most");
	check_err(EINVAL, write_text_file(NR_OPEN, "1"), "too few");
	put_back(NR_OPEN);
	set_and_keep(NR_OPEN, "1048640");
	check_eq(in_child(most_descriptors, NULL), 0,
		 "more than 2^20 are a number that can be set");
	check_err(EINVAL, write_text_file(NR_OPEN, "2147483648"), "too many");
	put_back(NR_OPEN);
	set_and_keep(NR_OPEN, "1073741792");
	check_eq(in_child(most_polled, NULL), 0,
		 "a poll of more than there is memory for");
	put_back(NR_OPEN);
}

/* Stored, and then read back by itself. */
static long became(const char *path, const char *what)
{
	if (write_text_file(path, what) < 0)
		return -errno;
	slurp(path);
	return atol(text);
}

static void ways_to_write_one(void)
{
	const char *path = "/proc/sys/vm/max_map_count";

	slurp(path);
	snprintf(before, sizeof(before), "%s", text);
	check_eq(became(path, "0x11171"), 70001, "a number in base 16");
	check_eq(became(path, "0X11172 "), 70002, "likewise");
	check_eq(became(path, "0211561"), 70513, "in base 8");
	check_eq(became(path, "08"), -EINVAL, "8 is no digit of it");
	check_eq(became(path, "0x"), -EINVAL, "0x is no number");
	check_eq(became(path, "70001x"), -EINVAL, "nor is this");
	check_eq(became(path, "70003 5"), 70003, "one too many is nobody's");
	check_eq(became(path, "70004\n70005"), 70004, "nor is a second line");
	check_eq(became(path, "70005 x"), 70005, "whatever it is");
	check_eq(became(path, "99999999999"), -EINVAL, "too much");
	put_back(path);
	slurp("/proc/sys/kernel/sem");
	snprintf(before, sizeof(before), "%s", text);
	check_eq(became("/proc/sys/kernel/sem", "300 31000 x"), -EINVAL,
		 "the third is none");
	slurp("/proc/sys/kernel/sem");
	check(!strncmp(text, "300\t31000\t", 10), "the two before are set");
	put_back("/proc/sys/kernel/sem");
	set_and_keep("/proc/sys/kernel/core_uses_pid", "5");
	put_back("/proc/sys/kernel/core_uses_pid");
}

/* ---- writes that do not begin at the beginning --------------------------- */

static long number_at(int fd)
{
	char buf[32] = "";

	pread(fd, buf, sizeof(buf) - 1, 0);
	return atol(buf);
}

static void number_further_back(void)
{
	const char *path = "/proc/sys/vm/max_map_count";
	int fd = open(path, O_RDWR);

	slurp(path);
	snprintf(before, sizeof(before), "%s", text);
	check_eq(write(fd, "70001", 5), 5, "a number");
	check_eq(write(fd, "70002", 5), 5, "another behind it is taken");
	check_eq(number_at(fd), 70001, "and is nobody's");
	check_eq(pwrite(fd, "x", 1, 1), 1, "whatever it is");
	check_err(EFAULT, pwrite(fd, (void *)8, 5, 1), "but it is read");
	check_eq(pwrite(fd, "70003", 5, 0), 5, "at the beginning");
	check_eq(number_at(fd), 70003, "it counts");
	close(fd);
	put_back(path);
}

static int name_is(int fd, const char *want)
{
	char buf[160] = "";

	pread(fd, buf, sizeof(buf) - 1, 0);
	return !strncmp(buf, want, strlen(want)) &&
		!strcmp(buf + strlen(want), "\n");
}

static void name_further_back(void)
{
	const char *path = "/proc/sys/kernel/core_pattern";
	char longest[128];
	int fd = open(path, O_RDWR);

	slurp(path);
	snprintf(before, sizeof(before), "%s", text);
	check_eq(write(fd, "abc", 3), 3, "a name");
	check_eq(write(fd, "de\nf", 4), 4, "more of it");
	check(name_is(fd, "abcde"), "it goes on");
	check_eq(pwrite(fd, "X", 1, 1), 1, "in the middle");
	check(name_is(fd, "aX"), "that is its end");
	check_eq(pwrite(fd, "zz", 2, 3), 2, "behind its end");
	check(name_is(fd, "aX"), "there is none of it");
	memset(longest, 'l', 127);
	longest[127] = '\0';
	check_eq(pwrite(fd, longest, 127, 0), 127, "as long as may be");
	check_eq(pwrite(fd, "m", 1, 127), 1, "and one more");
	check(name_is(fd, longest), "is too much");
	close(fd);
	put_back(path);
}

static void check_sysctl_modes(void)
{
	static const struct {
		const char *path;
		unsigned mode;
	} of[] = {
		{ "/proc/sys/kernel/sem_next_id", 0444 },
		{ "/proc/sys/kernel/msg_next_id", 0444 },
		{ "/proc/sys/kernel/shm_next_id", 0444 },
		{ "/proc/sys/kernel/msgmax", 0644 },
		{ "/proc/sys/kernel/hostname", 0644 },
		{ "/proc/sys/kernel/ostype", 0444 },
		{ "/proc/sys/fs/protected_symlinks", 0644 },
		{ "/proc/sys/fs/protected_hardlinks", 0644 },
		{ "/proc/sys/fs/protected_fifos", 0644 },
		{ "/proc/sys/fs/protected_regular", 0644 },
	};
	struct stat st;

	for (int k = 0; k < COUNT(of); k++)
		check(!stat(of[k].path, &st) &&
		      (st.st_mode & 07777) == of[k].mode,
		      "%s is of mode %o", of[k].path, of[k].mode);
}

static void domain(void)
{
	struct { char names[5][65], domain[65]; } u;

	set_and_keep("/proc/sys/kernel/domainname", "elsewhere");
	check(!syscall(SYS_uname, &u) && !strcmp(u.domain, "elsewhere"),
	      "the domain's name");
	put_back("/proc/sys/kernel/domainname");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "places"))
		return tell_places();
	if (geteuid())
		return tap_skip_all("sets the kernel's numbers");
	limit_segments();
	limit_messages();
	limit_semaphores();
	bad_numbers();
	check_eq(in_child(set_as_other, NULL), 0, "another user may only look");
	waiting_connections();
	limit_ports();
	count_sockets();
	rollup();
	show_pss();
	randomness();
	inotify();
	limit_open_files();
	overcommit();
	domain();
	ways_to_write_one();
	number_further_back();
	name_further_back();
	check_sysctl_modes();
	return tap_done();
}

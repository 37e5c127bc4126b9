/* SPDX-License-Identifier: MIT */
/*
 * What any user can make long must not keep a CPU from other tasks: for each
 * attempt, a kernel that checks its locks says for how long one served nobody
 * else (/proc/lock_holds).  With the argument `limit`, under a clock that counts
 * instructions, that is at most a million of them; without it, the attempts are
 * only made.
 */
#include <sys/mount.h>
#include "arguments.h"
#include <sched.h>
#include "epoll.h"
#include "sockets.h"
#include "terminal.h"
#include "texts.h"

#define LIMIT		1000000		/* instructions */
#define MS_BIND		4096
#define MS_REC		16384
#define MS_PRIVATE	(1 << 18)
#define MS_SHARED	(1 << 20)

static int limited;

/* The longest hold since the last call, as "NUMBER PLACE". */
static void check_holds(const char *what)
{
	static char text[4096], note[256];

	if (!limited)
		return;
	text_read("/proc/lock_holds", text, sizeof(text));
	text[strcspn(text, "\n")] = 0;
	snprintf(note, sizeof(note), "%s: %s", what, text);
	check(atol(text) < LIMIT, note);
	text_set("/proc/lock_holds", "0");
}

/* ---- mounts -------------------------------------------------------------- */

#define DOUBLINGS 12

static int count_lines(const char *path)
{
	static char buf[65536];
	int fd = open(path, O_RDONLY), lines = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t k = 0; k < n; k++)
			lines += buf[k] == '\n';
	close(fd);
	return lines;
}

static int storm_mounts(void)
{
	int n = 0;

	if (syscall(SYS_unshare, CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mkdir("d", 0755) || mount("d", "d", NULL, MS_BIND, NULL) ||
	    mount(NULL, "d", NULL, MS_SHARED, NULL))
		return 1;
	for (; n < DOUBLINGS; n++)
		if (mount("d", "d", NULL, MS_BIND, NULL))
			return 2;
	if (mkdir("d/x", 0755) || access("d/../d/../d/../d/x", F_OK))
		return 3;
	if (count_lines("/proc/self/mountinfo") < 1 << DOUBLINGS)
		return 4;
	if (syscall(SYS_unshare, CLONE_NEWNS))
		return 5;
	if (umount2("d", MNT_DETACH))
		return 6;
	return 0;
}

/* ---- processes ----------------------------------------------------------- */

#define GROUPS 600			/* limited: MANY_GROUPS, or as many as
					   the machine allows */
#define MANY_GROUPS 4000

static pid_t one_group;			/* of all children; 0: each its own;
					   -1: the first child will lead it */

/*
 * A child in a group: stopped, or waiting for the end of `in`.
 * => -1: no more, 1: an error
 */
static int start_group(int in, int stop)
{
	int status;
	char c;
	pid_t child = fork();

	if (!child)
		_exit((int)read(in, &c, 1));
	if (child < 0)
		return -1;
	if (setpgid(child, one_group > 0 ? one_group : 0))
		return 1;
	if (one_group < 0)
		one_group = child;
	/* a stop that is still to come would leave it stopped for ever */
	return stop && (kill(child, SIGSTOP) ||
			waitpid(child, &status, WUNTRACED) != child);
}

/* Start the children of leave(), and end.  => the exit status */
static int start_groups(int in)
{
	int most = limited ? MANY_GROUPS : GROUPS, bad = 0, i = 0;

	for (; i < most && !bad; i++)
		bad = start_group(in, i % 2);
	if (bad > 0 || i < GROUPS)
		return 1;
	if (limited)
		printf("# %d children\n", i);
	/* the children keep their groups, but their parent changes its own */
	return setpgid(0, 0) || setpgid(0, getppid());
}

/*
 * A parent of many children, every second one stopped, ends; the hang-up ends
 * these.
 */
static int leave(void)
{
	int go[2], alive[2], status;
	pid_t parent;
	char c;

	if (setpgid(0, 0) || pipe(go) || pipe(alive))
		return 1;
	parent = fork();
	if (!parent) {
		close(go[1]);
		close(alive[0]);
		_exit(start_groups(go[0]));
	}
	if (waitpid(parent, &status, 0) != parent)
		return 2;
	close(go[1]);
	close(alive[1]);
	if (read(alive[0], &c, 1))		/* all have ended */
		return 3;
	return status;
}

static int leave_groups(void)
{
	one_group = 0;
	return leave();
}

static int leave_group(void)
{
	one_group = -1;
	return leave();
}

/* Many processes of one user are signalled at once. */
static int signal_all(void)
{
	int n = 0;

	if (setuid(1000))
		return 1;
	signal(SIGTERM, SIG_IGN);
	for (; n < GROUPS; n++) {
		pid_t child = fork();

		if (child < 0)
			return 2;
		if (!child) {
			pause();
			_exit(0);
		}
	}
	if (kill(-1, SIGTERM) || syscall(SYS_setpriority, 2, 1000, 1))
		return 3;
	if (kill(-1, SIGKILL))
		return 4;
	for (; n; n--)
		if (wait(NULL) < 0)
			return 5;
	return 0;
}

/* ---- files --------------------------------------------------------------- */

#define DEPTH 3000

static int go_deep(void)
{
	for (int i = 0; i < DEPTH; i++)
		if (mkdir("deep", 0755) || chdir("deep"))
			return 1;
	for (int i = 0; i < DEPTH; i++)
		if (chdir("..") || rmdir("deep"))
			return 2;
	return 0;
}

/*
 * Names with one FNV-1a hash: a path of blocks that differ, but after the given
 * beginning lead to the same hash.
 */
#define BEGINNING "elappamijnpabgfcoa"
#define BLOCK 6

static int name_alike(void)
{
	static const char block[2][BLOCK + 1] = { "cjlcoa", "llkhab" };
	int bits = limited ? 15 : 8, begin = sizeof(BEGINNING) - 1;
	char name[128] = BEGINNING;

	if (mkdir("alike", 0755) || chdir("alike"))
		return 1;
	for (int n = 0; n < 2 << bits; n++) {
		for (int k = 0; k < bits; k++)
			memcpy(name + begin + k * BLOCK, block[n >> k & 1],
			       BLOCK + 1);
		if (n < 1 << bits ? mknod(name, S_IFREG | 0644, 0) :
				    unlink(name))
			return 2;
	}
	return chdir("..") || rmdir("alike");
}

#define LOCKS 2000			/* limited: until no more are allowed */
#define MANY_LOCKS 9000
#define SETLK 6				/* write lock, as struct flock has it */

struct file_lock {
	short type, whence;
	tap_word start, length;
	int pid;
};

/*
 * Many locks on one file, which end with its descriptor.  Where their number is
 * limited, one may still be released, and another taken.
 */
static int lock_much(void)
{
	int fd = open("locked", O_RDWR | O_CREAT, 0644);
	struct file_lock l = { .type = 1, .length = 1 };
	int n = 0, most = limited ? MANY_LOCKS : LOCKS;

	for (; n < most; n++) {
		l.start = 2 * n;
		if (fcntl(fd, SETLK, &l))
			break;
	}
	if (n < most) {
		if (errno != ENOLCK || n < LOCKS)
			return 1;
		l.start = 0;
		l.type = 2;
		if (fcntl(fd, SETLK, &l))
			return 2;
		l.type = 1;
		if (fcntl(fd, SETLK, &l))
			return 3;
	}
	unlink("locked");
	return close(fd);
}

#define SOCKETS 800

/* Many sockets, each of which asks for a free port. */
static int bind_many(void)
{
	struct rlimit most = { 2 * SOCKETS + 100, 2 * SOCKETS + 100 };
	struct {			/* sockaddr_nl */
		unsigned short family, pad;
		unsigned port, groups;
	} nl = { .family = AF_NETLINK };
	struct in in = { .family = AF_INET };

	setrlimit(RLIMIT_NOFILE, &most);
	for (int i = 0; i < SOCKETS; i++)
		if (syscall(SYS_bind, open_socket(AF_NETLINK, SOCK_RAW), &nl,
			    sizeof(nl)) ||
		    syscall(SYS_bind, open_socket(AF_INET, SOCK_DGRAM), &in,
			    sizeof(in)))
			return 1;
	return count_lines("/proc/net/netlink") < SOCKETS ||
		count_lines("/proc/net/sockstat") < 1;
}

/* ---- wake-ups ------------------------------------------------------------ */

#define WAITERS 600

static struct {
	int ready;			/* atomic */
	int word;
} *shared;

/* Start children that wait by `what`.  => 0, when all are about to wait */
static int start_waiters(int (*what)(void))
{
	shared = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < WAITERS; i++) {
		pid_t child = fork();

		if (child < 0)
			return 1;
		if (!child) {
			__atomic_add_fetch(&shared->ready, 1, __ATOMIC_SEQ_CST);
			_exit(what());
		}
	}
	while (__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) < WAITERS)
		sched_yield();
	sched_yield();
	return 0;
}

static int end_waiters(void)
{
	int status, bad = 0;

	for (int i = 0; i < WAITERS; i++)
		bad |= wait(&status) < 0 || status;
	return bad;
}

static int wait_for_word(void)
{
	syscall(SYS_futex_of, &shared->word, 0 /* WAIT */, 0, NULL);
	return 0;
}

/* Many that wait for one futex are woken at once. */
static int wake_many(void)
{
	if (start_waiters(wait_for_word))
		return 1;
	__atomic_store_n(&shared->word, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex_of, &shared->word, 1 /* WAKE */, 0x7fffffff);
	return end_waiters();
}

#define SETLKW 7

static int wait_for_lock(void)
{
	struct file_lock l = { .type = 0, .length = 1 };

	return fcntl(open("locked", O_RDONLY), SETLKW, &l);
}

/* Many that wait for one lock of a file get it at once. */
static int unlock_many(void)
{
	int fd = open("locked", O_RDWR | O_CREAT, 0644);
	struct file_lock l = { .type = 1, .length = 1 };

	if (fcntl(fd, SETLK, &l) || start_waiters(wait_for_lock))
		return 1;
	close(fd);
	return end_waiters() || unlink("locked");
}

#define WATCHERS 400

/* Many that wait for one descriptor are woken at once. */
static int watch_one(void)
{
	int one = (int)syscall(SYS_eventfd2, 0, 0), in = 0;
	uint64_t v = 1;
	struct rlimit most = { 4096, 4096 };
	struct epoll_event e = { .events = EPOLLIN };

	setrlimit(RLIMIT_NOFILE, &most);
	for (; in < WATCHERS; in++) {
		long ep = syscall(SYS_epoll_create1, 0);

		if (ep < 0 || syscall(SYS_epoll_ctl, ep, 1, one,
				      &e))
			return 1;
	}
	return write(one, &v, sizeof(v)) != sizeof(v);
}

/* ---- terminals ----------------------------------------------------------- */

#define TYPED_ON 300

/* Sleep, with ^C blocked, until the writing end of `go` is closed. */
static int start_typed_on(int go[2])
{
	const sigset_t intr = sigmask(SIGINT);
	char c;

	sigprocmask(SIG_BLOCK, &intr, NULL);
	for (int i = 0; i < TYPED_ON; i++) {
		pid_t child = fork();

		if (child < 0)
			return 1;
		if (!child) {
			close(go[1]);
			_exit((int)read(go[0], &c, 1));
		}
	}
	return 0;
}

/*
 * Nine thousand ^C that wait behind a full line are typed by one read; each
 * empties the line and signals a large group.
 */
static int type_signals(void)
{
	static char many[256];
	struct pair p = make_pty(0);
	struct termios t;
	int go[2], status, bad = 0;
	char c;

	setsid();
	p.s = open(p.name, O_RDWR);
	raw(p.s);
	fcntl(p.m, F_SETFL, O_RDWR | O_NONBLOCK);
	memset(many, 3, sizeof(many));
	while (write(p.m, many, sizeof(many)) > 0)
		;
	if (pipe(go) || start_typed_on(go) || tcgetattr(p.s, &t))
		return 1;
	t.c_lflag |= ISIG;
	t.c_cc[VINTR] = 3;
	tcsetattr(p.s, TCSANOW, &t);
	if (read(p.s, &c, 1) != 1 || c != 3)
		return 2;
	close(go[1]);
	for (int i = 0; i < TYPED_ON; i++)
		bad |= wait(&status) < 0 || status;
	return bad;
}

/* ---- time ---------------------------------------------------------------- */

#define SLEEPERS 400

static int sleep_together(void)
{
	struct timespec at;
	int status, bad = 0;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec++;
	for (int i = 0; i < SLEEPERS; i++) {
		pid_t child = fork();

		if (child < 0)
			return 1;
		if (!child)
			_exit(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME,
					      &at, NULL));
	}
	for (int i = 0; i < SLEEPERS; i++)
		bad |= wait(&status) < 0 || status;
	return bad;
}

static void attempt(int (*what)(void), const char *name)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(what());
	waitpid(child, &status, 0);
	check_eq(status, 0, name);
	check_holds(name);
}

int main(int argc, char **argv)
{
	limited = argc > 1 && !strcmp(argv[1], "limit");
	if (getuid())
		return tap_skip_all("not the superuser");
	tap_scratch("long_holds");
	if (limited)
		text_set("/proc/lock_holds", "0");
	attempt(storm_mounts, "mounts that double");
	attempt(leave_groups, "the parent of many groups ends");
	attempt(leave_group, "the parent of a large group ends");
	attempt(signal_all, "all of a user's processes are signalled");
	attempt(go_deep, "a deep directory");
	attempt(name_alike, "names with one hash");
	attempt(lock_much, "many locks on a file");
	attempt(bind_many, "many sockets ask for a port");
	attempt(wake_many, "many wait for one futex");
	attempt(unlock_many, "many wait for one lock of a file");
	attempt(watch_one, "many wait for one descriptor");
	attempt(type_signals, "many ^C wait to be typed");
	attempt(sleep_together, "many sleep until the same moment");
	rmdir("d/x");
	rmdir("d");
	tap_scratch_end();
	return tap_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * prctl, capability sets, kcmp, personality and the calls of the machine's
 * administrator, one operation at a time (rows B17, D7).
 */
#include <sched.h>
#include <thread.h>
#include <time.h>
#include "sched_calls.h"
#include "tap.h"
#include "texts.h"

enum { SET_PDEATHSIG = 1, GET_PDEATHSIG, GET_DUMPABLE, SET_DUMPABLE,
       GET_KEEPCAPS = 7, SET_KEEPCAPS, GET_TIMING = 13, SET_TIMING, SET_NAME,
       GET_NAME, CAPBSET_READ = 23, CAPBSET_DROP, GET_SECUREBITS = 27,
       SET_SECUREBITS, SET_TIMERSLACK, GET_TIMERSLACK,
       SET_NO_NEW_PRIVS = 38, GET_NO_NEW_PRIVS, GET_TID_ADDRESS,
       CAP_AMBIENT = 47 };
enum { IS_SET = 1, RAISE, LOWER, CLEAR_ALL };
enum { CHOWN = 0, NET_RAW = 13, SYS_TIME = 25 };

static long prctl(int op, unsigned long a, unsigned long b, unsigned long c)
{
	return syscall(SYS_prctl, op, a, b, c, 0);
}

static char *self;

static void slack_child(void *arg)
{
	(void)arg;
	if (prctl(GET_TIMERSLACK, 0, 0, 0) != 777)
		_exit(1);
	prctl(SET_TIMERSLACK, 5, 0, 0);
	prctl(SET_TIMERSLACK, 0, 0, 0);
	_exit(prctl(GET_TIMERSLACK, 0, 0, 0) == 777 ? 0 : 2);
}

static void settings(void)
{
	char name[16] = "";
	int sig = 0;

	check_ok(prctl(SET_PDEATHSIG, SIGUSR1, 0, 0), "PR_SET_PDEATHSIG");
	check_ok(prctl(GET_PDEATHSIG, (unsigned long)&sig, 0, 0), "asked");
	check_eq(sig, SIGUSR1, "told");
	check_err(EINVAL, prctl(SET_PDEATHSIG, 65, 0, 0), "no such signal");
	prctl(SET_PDEATHSIG, 0, 0, 0);
	check_eq(prctl(GET_DUMPABLE, 0, 0, 0), 1, "PR_GET_DUMPABLE");
	check_ok(prctl(SET_DUMPABLE, 0, 0, 0), "PR_SET_DUMPABLE");
	check_eq(prctl(GET_DUMPABLE, 0, 0, 0), 0, "told");
	check_err(EINVAL, prctl(SET_DUMPABLE, 2, 0, 0), "2 is the kernel's");
	prctl(SET_DUMPABLE, 1, 0, 0);
	check_eq(prctl(GET_TIMING, 0, 0, 0), 0, "PR_GET_TIMING");
	check_eq(prctl(SET_TIMING, 0, 0, 0), 0, "PR_SET_TIMING");
	check_err(EINVAL, prctl(SET_TIMING, 1, 0, 0), "there is one kind");
	check_ok(prctl(SET_NAME, (unsigned long)"a name much too long", 0, 0),
		 "PR_SET_NAME");
	check_ok(prctl(GET_NAME, (unsigned long)name, 0, 0), "PR_GET_NAME");
	check(!strcmp(name, "a name much too"), "15 letters");
	check_ok(prctl(SET_TIMERSLACK, 1234, 0, 0), "PR_SET_TIMERSLACK");
	check_eq(prctl(GET_TIMERSLACK, 0, 0, 0), 1234, "told");
	prctl(SET_TIMERSLACK, 0, 0, 0);
	check_eq(prctl(GET_TIMERSLACK, 0, 0, 0), 50000, "0: as it was");
	prctl(SET_TIMERSLACK, 777, 0, 0);
	check_eq(in_child(slack_child, NULL), 0,
		 "a child's own default is what its parent had");
	prctl(SET_TIMERSLACK, 0, 0, 0);
	check_eq(prctl(GET_TIMERSLACK, 0, 0, 0), 50000, "not the parent's");
	check_err(EINVAL, prctl(9999, 0, 0, 0), "no such operation");
}

/* ---- how much longer a sleep may take ------------------------------------ */

/* Return: ns, the least of some. */
static uint64_t least_sleep(void)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 8; i++) {
		struct timespec t = { 0, 1000000 };
		uint64_t start = now_ns();

		nanosleep(&t, NULL);
		start = now_ns() - start;
		least = start < least ? start : least;
	}
	return least;
}

static void slack_is_used(void)
{
	uint64_t took;

	prctl(SET_TIMERSLACK, 50000000, 0, 0);
	took = least_sleep();
	/* there, another timer's interrupt may end it before */
	check(took >= 51000000 || (on_other_kernel() && took >= 1000000),
	      "a sleep of 1 ms with 50 of slack");
	prctl(SET_TIMERSLACK, 1, 0, 0);
	took = least_sleep();
	check(took >= 1000000 && took < 51000000, "with none");
	/* Linux sleeps for ever then, and with 32 bits it is four seconds */
	if (!on_other_kernel() && sizeof(long) == 8) {
		prctl(SET_TIMERSLACK, ~0UL, 0, 0);
		took = least_sleep();
		check(took >= 1000000 && took < 51000000,
		      "with more than there is time");
	}
	prctl(SET_TIMERSLACK, 50000000, 0, 0);
	set_policy(0, SCHED_FIFO, 1);
	took = least_sleep();
	check(took >= 1000000 && took < 51000000, "none for a real-time task");
	set_policy(0, SCHED_OTHER, 0);
	prctl(SET_TIMERSLACK, 0, 0, 0);
}

/* ---- the signal on a parent's end ---------------------------------------- */

/* Who ends, and which thread of the child asked for a signal then. */
static struct orphan {
	int thread_ends, thread_asks;
	unsigned uid;			/* of who ends, by then */
	int ready[2], end[2], told[2];	/* pipes */
} orphan;

/* => pid of who is said to have sent it; 0: no such signal; -1: other code */
static int sender_of(int signo)
{
	struct timespec none = { 0, 0 };
	sigset_t set = sigmask(signo);
	siginfo_t i;

	if (sigtimedwait(&set, &i, &none) < 0)
		return 0;
	return i.si_code == SI_USER ? (int)i.si_pid : -1;
}

static void *ask_for_death_signal(void *tid)
{
	prctl(SET_PDEATHSIG, SIGUSR2, 0, 0);
	*(volatile int *)tid = (int)syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

/* Asks for a signal; after the end of its maker it tells who sent which. */
static void be_child(int parent)
{
	sigset_t set = sigmask(SIGUSR1) | sigmask(SIGUSR2);
	volatile int tid = 0;
	struct thread t;
	int by[2];
	char c;

	sigprocmask(SIG_BLOCK, &set, NULL);
	if (!orphan.thread_asks)
		prctl(SET_PDEATHSIG, SIGUSR1, 0, 0);
	else if (thread_create(&t, ask_for_death_signal, (void *)&tid) ||
		 !eventually(tid))
		_exit(1);
	if (write(orphan.ready[1], "", 1) != 1)
		_exit(1);
	if (orphan.thread_ends && read(orphan.end[0], &c, 1) != 1)
		_exit(1);
	if (!orphan.thread_ends && !eventually(getppid() != parent))
		_exit(1);
	/* the kernel is through with it: this needs the same lock */
	waitpid(-1, NULL, WNOHANG);
	by[0] = sender_of(SIGUSR1);
	by[1] = sender_of(SIGUSR2);
	_exit(write(orphan.told[1], by, sizeof(by)) < 0);
}

static void *make_child(void *tid)
{
	int parent = getpid();
	char c;

	if (tid)
		*(volatile int *)tid = (int)syscall(SYS_gettid);
	if (!fork())
		be_child(parent);
	return read(orphan.ready[0], &c, 1) == 1 ? NULL : "";
}

static void be_parent(void *arg)
{
	volatile int tid = 0;
	struct thread t;

	(void)arg;
	if (!orphan.thread_ends) {
		make_child(NULL);
		if (orphan.uid)
			setresuid(orphan.uid, orphan.uid, orphan.uid);
		_exit(0);
	}
	if (thread_create(&t, make_child, (void *)&tid))
		_exit(1);
	thread_join(&t);
	/* it is gone for the kernel, too */
	if (!eventually(!tap_state(getpid(), tid)) ||
	    write(orphan.end[1], "", 1) != 1)
		_exit(1);
	wait(NULL);
	_exit(0);
}

/* => 1: the parent is said to have sent it; 0: nobody; -1: who else? */
static int sender_of_death(struct orphan o, int signo)
{
	int by[2] = { -1, -1 }, sender, pid;

	orphan = o;
	if (pipe(orphan.ready) || pipe(orphan.end) || pipe(orphan.told))
		tap_bail("pipe");
	pid = start_child(be_parent, NULL);
	waitpid(pid, NULL, 0);
	close(orphan.told[1]);
	if (read(orphan.told[0], by, sizeof(by)) != sizeof(by))
		printf("# nothing was told\n");
	close(orphan.told[0]);
	for (int i = 0; i < 2; i++) {
		close(orphan.ready[i]);
		close(orphan.end[i]);
	}
	sender = by[signo == SIGUSR2];
	return sender == pid ? 1 : sender ? -1 : 0;
}

static void parents_end(void)
{
	struct orphan o = { .uid = 0 };

	check_eq(sender_of_death(o, SIGUSR1), 1,
		 "the parent's end, told by it");
	check_eq(sender_of_death(o, SIGUSR2), 0, "once");
	o.thread_asks = 1;
	check_eq(sender_of_death(o, SIGUSR2), 1, "to whom a thread asked for");
	o = (struct orphan){ .thread_ends = 1 };
	check_eq(sender_of_death(o, SIGUSR1), 1,
		 "the end of the thread that made it");
	if (geteuid())
		return tap_skip("who may not signal", "not root");
	o = (struct orphan){ .uid = 1000 };
	check_eq(sender_of_death(o, SIGUSR1), 0,
		 "not of who may not signal its child");
}

static void tid_address(void)
{
	int *old = NULL, mine;

	if (prctl(GET_TID_ADDRESS, (unsigned long)&old, 0, 0) &&
	    errno == EINVAL) {
		tap_skip("PR_GET_TID_ADDRESS", "built without");
		return;
	}
	syscall(SYS_set_tid_address, &mine);
	check_ok(prctl(GET_TID_ADDRESS, (unsigned long)&old, 0, 0),
		 "PR_GET_TID_ADDRESS");
	check(old == &mine, "told");
	syscall(SYS_set_tid_address, NULL);
}

/* ---- capabilities ---------------------------------------------------------- */

struct cap_head { unsigned version; int pid; };
struct caps { unsigned effective, permitted, inheritable; };
#define V3	0x20080522u

static int get_caps(struct caps c[2])
{
	struct cap_head h = { V3, 0 };

	return (int)syscall(SYS_capget, &h, c);
}

static int set_caps(const struct caps c[2])
{
	struct cap_head h = { V3, 0 };

	return (int)syscall(SYS_capset, &h, c);
}

static void as_child(void (*fn)(void *), const char *what)
{
	check_eq(in_child(fn, NULL) >> 8, 0, "%s", what);
}

static void drop_and_keep(void *arg)
{
	struct caps c[2];

	(void)arg;
	need(prctl(GET_KEEPCAPS, 0, 0, 0) == 0, 1);
	need(prctl(SET_KEEPCAPS, 1, 0, 0) == 0, 2);
	need(prctl(GET_KEEPCAPS, 0, 0, 0) == 1, 3);
	need(prctl(SET_KEEPCAPS, 2, 0, 0) == -1 && errno == EINVAL, 4);
	need(setuid(1000) == 0, 5);
	need(get_caps(c) == 0 && c[0].permitted & 1 << CHOWN, 6);
	need(c[0].effective == 0, 7);
	c[0].effective = c[0].permitted = 1 << CHOWN;
	c[1].permitted = 0;
	need(set_caps(c) == 0, 8);
	c[0].permitted |= 1 << SYS_TIME;
	need(set_caps(c) == -1 && errno == EPERM, 9);
}

static void bounding(void *arg)
{
	(void)arg;
	need(prctl(CAPBSET_READ, NET_RAW, 0, 0) == 1, 1);
	need(prctl(CAPBSET_DROP, NET_RAW, 0, 0) == 0, 2);
	need(prctl(CAPBSET_READ, NET_RAW, 0, 0) == 0, 3);
	need(prctl(CAPBSET_READ, 99, 0, 0) == -1 && errno == EINVAL, 4);
	need(prctl(CAPBSET_DROP, 99, 0, 0) == -1 && errno == EINVAL, 5);
}

static void secure_bits(void *arg)
{
	(void)arg;
	need(prctl(GET_SECUREBITS, 0, 0, 0) == 0, 1);
	need(prctl(SET_SECUREBITS, 5, 0, 0) == 0, 2);
	need(prctl(GET_SECUREBITS, 0, 0, 0) == 5, 3);
	need(prctl(SET_SECUREBITS, 1 << 20, 0, 0) == -1 && errno == EPERM,
	     4);
}

/* Root with bits and without the capability to change them. */
static void locked_bits(void *arg)
{
	enum { NOROOT = 1, FIXUP = 4, KEEP = 16, AMBIENT = 64 };
	struct caps c[2];

	(void)arg;
	need(prctl(SET_SECUREBITS, FIXUP | FIXUP << 1, 0, 0) == 0, 1);
	need(prctl(SET_SECUREBITS, FIXUP << 1, 0, 0) == -1 &&
	     errno == EPERM, 2);
	need(prctl(SET_SECUREBITS, FIXUP, 0, 0) == -1 && errno == EPERM, 3);
	need(prctl(SET_SECUREBITS, 0, 0, 0) == -1 && errno == EPERM, 4);
	need(prctl(GET_SECUREBITS, 0, 0, 0) == (FIXUP | FIXUP << 1), 5);
	need(prctl(SET_SECUREBITS, FIXUP | FIXUP << 1 | KEEP << 1, 0, 0) ==
	     0, 6);
	need(prctl(SET_KEEPCAPS, 1, 0, 0) == -1 && errno == EPERM, 7);
	need(prctl(SET_KEEPCAPS, 0, 0, 0) == -1 && errno == EPERM, 8);
	need(prctl(SET_KEEPCAPS, 2, 0, 0) == -1 && errno == EINVAL, 9);
	need(prctl(SET_SECUREBITS, FIXUP | FIXUP << 1 | KEEP | KEEP << 1, 0,
		   0) == -1 && errno == EPERM, 10);
	need(prctl(SET_SECUREBITS, FIXUP | FIXUP << 1 | KEEP << 1 | NOROOT |
		   AMBIENT << 1, 0, 0) == 0, 11);
	need(prctl(SET_SECUREBITS, 256 | FIXUP | FIXUP << 1 | KEEP << 1 |
		   NOROOT | AMBIENT << 1, 0, 0) == -1 && errno == EPERM, 12);
	need(get_caps(c) == 0, 13);
	c[0].inheritable |= 1 << CHOWN;
	need(set_caps(c) == 0, 14);
	need(prctl(CAP_AMBIENT, RAISE, CHOWN, 0) == 0, 15);
	c[0].effective &= ~(1u << 8);		/* CAP_SETPCAP */
	need(set_caps(c) == 0, 16);
	need(prctl(SET_SECUREBITS, FIXUP | FIXUP << 1 | KEEP << 1 | NOROOT |
		   AMBIENT << 1, 0, 0) == -1 && errno == EPERM, 17);
	need(prctl(CAPBSET_DROP, 99, 0, 0) == -1 && errno == EPERM, 18);
}

/* What is not there is not looked at; what only asks needs no process. */
static void odd_sets(void *arg)
{
	struct cap_head h = { V3, -5 };
	struct caps c[2];

	(void)arg;
	need(syscall(SYS_capget, &h, NULL) == 0, 1);
	need(syscall(SYS_capget, &h, c) == -1 && errno == EINVAL, 2);
	h.pid = 4000000;
	need(syscall(SYS_capget, &h, c) == -1 && errno == ESRCH, 3);
	need(syscall(SYS_capset, &h, c) == -1 && errno == EPERM, 4);
	h.pid = 0;
	need(syscall(SYS_capset, &h, BAD) == -1 && errno == EFAULT, 5);
	need(get_caps(c) == 0, 6);
	c[1].permitted = c[1].effective = c[1].inheritable = ~0u;
	need(set_caps(c) == 0, 7);
	need(get_caps(c) == 0 && c[1].inheritable == c[1].permitted &&
	     c[1].permitted != ~0u, 8);
}

static void set_no_new_privs(void *arg)
{
	(void)arg;
	need(prctl(GET_NO_NEW_PRIVS, 0, 0, 0) == 0, 1);
	need(prctl(SET_NO_NEW_PRIVS, 0, 0, 0) == -1 && errno == EINVAL, 2);
	need(prctl(SET_NO_NEW_PRIVS, 1, 0, 0) == 0, 3);
	need(prctl(GET_NO_NEW_PRIVS, 0, 0, 0) == 1, 4);
	need(fork() != 0 || prctl(GET_NO_NEW_PRIVS, 0, 0, 0) == 1, 5);
}

/* Ambient capabilities: kept within the other sets, handed on by exec. */
static void raise_ambient(void *arg)
{
	struct caps c[2];
	char *argv[] = { self, "caps", NULL };
	int st = 0;
	pid_t pid;

	(void)arg;
	need(prctl(CAP_AMBIENT, IS_SET, SYS_TIME, 0) == 0, 1);
	need(prctl(CAP_AMBIENT, RAISE, SYS_TIME, 0) == -1 &&
	     errno == EPERM, 2);	/* it is not inheritable */
	need(get_caps(c) == 0, 3);
	c[0].inheritable |= 1 << SYS_TIME | 1 << CHOWN;
	need(set_caps(c) == 0, 4);
	need(prctl(CAP_AMBIENT, RAISE, SYS_TIME, 0) == 0, 5);
	need(prctl(CAP_AMBIENT, RAISE, CHOWN, 0) == 0, 6);
	need(prctl(CAP_AMBIENT, IS_SET, SYS_TIME, 0) == 1, 7);
	need(prctl(CAP_AMBIENT, LOWER, CHOWN, 0) == 0, 8);
	need(prctl(CAP_AMBIENT, IS_SET, CHOWN, 0) == 0, 9);
	need(prctl(CAP_AMBIENT, RAISE, 99, 0) == -1 && errno == EINVAL, 10);
	need(prctl(CAP_AMBIENT, 9, CHOWN, 0) == -1 && errno == EINVAL, 11);
	need(prctl(CAP_AMBIENT, RAISE, CHOWN, 1) == -1 && errno == EINVAL,
	     12);
	/* taken from the inheritable ones, it leaves the ambient ones */
	need(prctl(CAP_AMBIENT, RAISE, CHOWN, 0) == 0, 13);
	c[0].inheritable &= ~(1u << CHOWN);
	need(set_caps(c) == 0, 14);
	need(prctl(CAP_AMBIENT, IS_SET, CHOWN, 0) == 0, 15);
	/* root leaves: only who raises them afterwards hands them on */
	prctl(SET_KEEPCAPS, 1, 0, 0);
	need(setresuid(1000, 1000, 1000) == 0, 16);
	need(prctl(CAP_AMBIENT, IS_SET, SYS_TIME, 0) == 0, 17);
	need(prctl(CAP_AMBIENT, RAISE, SYS_TIME, 0) == 0, 18);
	pid = fork();
	if (pid == 0) {
		execv(self, argv);
		_exit(99);
	}
	waitpid(pid, &st, 0);
	need(st == 42 << 8, 19);
	need(prctl(CAP_AMBIENT, CLEAR_ALL, 0, 0) == 0, 20);
	need(prctl(CAP_AMBIENT, IS_SET, SYS_TIME, 0) == 0, 21);
}

/* What the program has that raise_ambient() starts. */
/* ---- superpages, and who wants none -------------------------------------- */

#define SET_THP		41
#define GET_THP		42
#define BIG		(16ul << 20)

/* kB of superpages in a fresh area that is written to; -1: not told */
static long in_superpages(void)
{
	char *area = anon_pages(BIG / PG, PROT_READ | PROT_WRITE), *at;
	static char text[1 << 16];
	char start[32];
	long kb = -1;

	memset(area, 1, BIG);
	text_read("/proc/self/smaps", text, sizeof(text));
	snprintf(start, sizeof(start), "%lx-", (unsigned long)area);
	at = strstr(text, start);
	if (at && (at = strstr(at, "AnonHugePages:")))
		kb = strtol(at + 14, NULL, 10);
	munmap(area, BIG);
	return kb;
}

static void thp_child(void *arg)
{
	char *argv[] = { self, "thp", NULL };

	(void)arg;
	if (prctl(GET_THP, 0, 0, 0) != 1)
		_exit(1);
	execv(self, argv);
	_exit(2);
}

static void disable_superpages(void)
{
	check_eq(prctl(GET_THP, 0, 0, 0), 0, "PR_GET_THP_DISABLE");
	check_err(EINVAL, prctl(SET_THP, 1, 0, 1), "3 arguments");
	check_err(EINVAL, prctl(GET_THP, 1, 0, 0), "1 argument to ask");
	check_ok(prctl(SET_THP, 1, 0, 0), "PR_SET_THP_DISABLE");
	check_eq(prctl(GET_THP, 0, 0, 0), 1, "told");
	check_eq(in_superpages(), 0, "no superpages");
	check_eq(in_child(thp_child, NULL), 42 << 8,
		 "for fork and exec neither");
	check_ok(prctl(SET_THP, 0, 0, 0), "PR_SET_THP_DISABLE 0");
	check_eq(prctl(GET_THP, 0, 0, 0), 0, "told");
	check(in_superpages() >= 0, "%ld kB are then", in_superpages());
}

static int check_inherited_caps(void)
{
	struct caps c[2];

	get_caps(c);
	return c[0].effective == 1 << SYS_TIME &&
		c[0].permitted == 1 << SYS_TIME &&
		prctl(CAP_AMBIENT, IS_SET, SYS_TIME, 0) == 1 ? 42 : 1;
}

static void capabilities(void)
{
	struct cap_head h = { 1, 0 };
	struct caps c[2];

	check_err(EINVAL, syscall(SYS_capget, &h, c), "unknown version");
	check_eq(h.version, V3, "ours is told");
	check_ok(get_caps(c), "capget");
	check(c[0].effective & 1 << CHOWN, "root has them");
	as_child(drop_and_keep, "PR_SET_KEEPCAPS keeps them over setuid");
	as_child(bounding, "PR_CAPBSET_DROP, PR_CAPBSET_READ");
	as_child(secure_bits, "PR_SET_SECUREBITS");
	as_child(locked_bits, "locked ones stay as they are");
	as_child(odd_sets, "bits without a meaning, and questions");
	as_child(set_no_new_privs, "PR_SET_NO_NEW_PRIVS");
	as_child(raise_ambient, "PR_CAP_AMBIENT");
}

/* ---- kcmp ------------------------------------------------------------------ */

static long kcmp(pid_t a, pid_t b, int type, unsigned long x, unsigned long y)
{
	return syscall(SYS_kcmp, a, b, type, x, y);
}

static void compare_tasks(void)
{
	static const char *const names[] = { "KCMP_FILE", "KCMP_VM",
		"KCMP_FILES", "KCMP_FS", "KCMP_SIGHAND", "KCMP_IO",
		"KCMP_SYSVSEM" };
	int fd = open("/dev/null", O_RDONLY), copy = dup(fd), st;
	pid_t me = getpid(), pid;

	if (kcmp(me, me, 1, 0, 0) == -1 && errno == ENOSYS) {
		tap_skip("kcmp", "built without");
		return;
	}
	check_eq(kcmp(me, me, 0, fd, copy), 0, "KCMP_FILE: one open file");
	check(kcmp(me, me, 0, fd, 0) > 0, "and another");
	check_err(EBADF, kcmp(me, me, 0, fd, 999), "none");
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	for (int i = 1; i < COUNT(names); i++) {
		check_eq(kcmp(me, me, i, 0, 0), 0, "%s: the same", names[i]);
		if (i < 5)
			check(kcmp(me, pid, i, 0, 0) > 0, "a child's: %s",
			      "not the same");
	}
	check_eq(kcmp(me, pid, 0, fd, fd), 0, "an inherited file is the same");
	check_err(EINVAL, kcmp(me, me, 99, 0, 0), "no such kind");
	check_err(ESRCH, kcmp(me, 4000000, 1, 0, 0), "no such process");
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
	close(fd);
	close(copy);
}

/* ---- the administrator's --------------------------------------------------- */

static void machine(void)
{
	char was[65] = "", now[65] = "";
	int old;

	check_ok(syscall(SYS_reboot, 0xfee1dead, 672274793, 0x89abcdef, 0),
		 "LINUX_REBOOT_CMD_CAD_ON");
	check_ok(syscall(SYS_reboot, 0xfee1dead, 672274793, 0, 0),
		 "LINUX_REBOOT_CMD_CAD_OFF");
	check_ok(syscall(SYS_reboot, 0xfee1dead, 85072278, 0, 0),
		 "the second magic number");
	check_ok(syscall(SYS_reboot, 0xfee1dead, 369367448, 0, 0),
		 "the third");
	check_ok(syscall(SYS_reboot, 0xfee1dead, 537993216, 0, 0),
		 "the fourth");
	check_err(EINVAL, syscall(SYS_reboot, 0xfee1dead, 1, 0, 0),
		  "wrong magic number");
	syscall(SYS_uname, NULL);
	{
		struct { char field[6][65]; } u;

		syscall(SYS_uname, &u);
		strcpy(was, u.field[1]);
		check_ok(syscall(SYS_sethostname, "there", 5), "sethostname");
		syscall(SYS_uname, &u);
		strcpy(now, u.field[1]);
		check(!strcmp(now, "there"), "told");
		syscall(SYS_sethostname, was, strlen(was));
		strcpy(was, u.field[5]);
		check_ok(syscall(SYS_setdomainname, "here", 4),
			 "setdomainname");
		syscall(SYS_uname, &u);
		check(!strcmp(u.field[5], "here"), "told");
		syscall(SYS_setdomainname, was, strlen(was));
	}
	check_err(EINVAL, syscall(SYS_sethostname, "x", 65), "65 letters");
	old = (int)syscall(SYS_personality, 0xffffffff);
	check(old >= 0, "personality asked for");
	check_eq(syscall(SYS_personality, old | 0x40000), old,
		 "ADDR_NO_RANDOMIZE");
	check_eq(syscall(SYS_personality, old), old | 0x40000, "told");
}

static void log_calls(void)
{
	static char text[1 << 18];
	long size = syscall(SYS_syslog, 10, NULL, 0), n;

	check_eq(syscall(SYS_syslog, 0, NULL, 0), 0, "SYSLOG_ACTION_CLOSE");
	check_eq(syscall(SYS_syslog, 1, NULL, 0), 0, "SYSLOG_ACTION_OPEN");
	check(size > 0, "SYSLOG_ACTION_SIZE_BUFFER");
	n = syscall(SYS_syslog, 3, text, sizeof(text));
	check(n > 0, "SYSLOG_ACTION_READ_ALL");
	check_eq(syscall(SYS_syslog, 6, NULL, 0), 0,
		 "SYSLOG_ACTION_CONSOLE_OFF");
	check_eq(syscall(SYS_syslog, 7, NULL, 0), 0,
		 "SYSLOG_ACTION_CONSOLE_ON");
	check_eq(syscall(SYS_syslog, 8, NULL, 4), 0,
		 "SYSLOG_ACTION_CONSOLE_LEVEL");
	check_err(EINVAL, syscall(SYS_syslog, 8, NULL, 9), "no such level");
	n = syscall(SYS_syslog, 9, NULL, 0);
	check(n >= 0, "SYSLOG_ACTION_SIZE_UNREAD");
	if (n > 0)
		check(syscall(SYS_syslog, 2, text, sizeof(text)) > 0,
		      "SYSLOG_ACTION_READ");
	check(syscall(SYS_syslog, 4, text, sizeof(text)) >= 0,
	      "SYSLOG_ACTION_READ_CLEAR");
	check_eq(syscall(SYS_syslog, 5, NULL, 0), 0, "SYSLOG_ACTION_CLEAR");
	check_eq(syscall(SYS_syslog, 3, text, sizeof(text)), 0, "is empty");
	check_err(EINVAL, syscall(SYS_syslog, 99, NULL, 0), "no such action");
}

/* ---- names that change while they are read ------------------------------- */

#define SHORT	"short"
#define LONG	"a-longer-name12"

static volatile int stop_naming;

static void *rename_often(void *unused)
{
	(void)unused;
	for (int i = 0; !stop_naming; i++)
		prctl(SET_NAME, (unsigned long)(i & 1 ? SHORT : LONG), 0, 0);
	return NULL;
}

/* True if what stands behind key in the file is one of the two names. */
static int is_whole(const char *path, const char *key, const char *end)
{
	const char *at = text_behind(path, key);

	if (!at)
		return 0;
	return (!strncmp(at, SHORT, 5) && !strncmp(at + 5, end, strlen(end))) ||
	       (!strncmp(at, LONG, 15) && !strncmp(at + 15, end, strlen(end)));
}

static void read_names(void)
{
	char comm[64], status[64], stat[64];
	int bad = 0, n = tap_rounds(2000);
	struct thread t;

	prctl(SET_NAME, (unsigned long)SHORT, 0, 0);
	thread_create(&t, rename_often, NULL);
	snprintf(comm, sizeof(comm), "/proc/self/task/%d/comm", t.tid);
	snprintf(status, sizeof(status), "/proc/self/task/%d/status", t.tid);
	snprintf(stat, sizeof(stat), "/proc/self/task/%d/stat", t.tid);
	while (n--)
		bad += !is_whole(comm, "", "\n") +
			!is_whole(stat, "(", ")") +
			(n % 8 == 0 && !is_whole(status, "Name:\t", "\n"));
	stop_naming = 1;
	thread_join(&t);
	check_eq(bad, 0, "each name that was read is one that was given");
}

static volatile int named;

static void *wait_until_named(void *arg)
{
	while (!named)
		sched_yield();
	return NULL;
}

/* A daemon that gave up root still names its threads. */
static void name_without_rights(void *arg)
{
	char comm[64];
	struct thread t;
	int fd;

	thread_create(&t, wait_until_named, NULL);
	snprintf(comm, sizeof(comm), "/proc/self/task/%d/comm", t.tid);
	if (setresuid(1000, 1000, 1000))
		_exit(1);
	fd = open(comm, O_WRONLY);
	if (fd < 0 || write(fd, "worker", 6) != 6)
		_exit(2);
	if (open("/proc/self/comm", O_WRONLY) >= 0)
		_exit(3);
	named = 1;
	thread_join(&t);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "thp"))
		return prctl(GET_THP, 0, 0, 0) == 1 && !in_superpages() ?
		       42 : 3;
	if (argc > 1)
		return check_inherited_caps();
	tap_find_self(argv[0]);
	self = tap_self;
	settings();
	slack_is_used();
	parents_end();
	disable_superpages();
	tid_address();
	capabilities();
	compare_tasks();
	machine();
	log_calls();
	read_names();
	as_child(name_without_rights, "a thread names another, not dumpable");
	return tap_done();
}

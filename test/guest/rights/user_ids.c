/* SPDX-License-Identifier: MIT */
/*
 * Who a process is: real, effective and saved ids, what may change to what,
 * set-id programs, whom one may signal (row B17).
 */
#include <elf.h>
#include <sys/resource.h>
#include "tap.h"

static int ids_are(uid_t r, uid_t e, uid_t s)
{
	uid_t a, b, c;

	if (getresuid(&a, &b, &c))	/* the saved one cannot be asked for */
		return errno == ENOSYS && getuid() == r && geteuid() == e;
	return a == r && b == e && c == s;
}

static void drop_ids(void *arg)
{
	need(setresuid(1000, 1001, 1002) == 0, 1);
	need(ids_are(1000, 1001, 1002), 2);
	need(setresuid(-1u, 1002, -1u) == 0, 3);
	need(ids_are(1000, 1002, 1002), 4);
	need(setuid(1000) == 0 && ids_are(1000, 1000, 1002), 5);
	need(setuid(5) == -1 && errno == EPERM, 6);
	need(setresuid(0, 0, 0) == -1 && errno == EPERM, 7);
	need(setreuid(1000, 1002) == 0, 8);
	need(geteuid() == 1002, 9);
}

static void set_all(void *arg)
{
	need(setuid(1234) == 0 && ids_are(1234, 1234, 1234), 1);
	need(setuid(0) == -1 && errno == EPERM, 2);
	need(setgroups(0, NULL) == -1 && errno == EPERM, 3);
}

static void set_and_get_groups(void *arg)
{
	gid_t in[3] = { 10, 20, 30 }, out[3];

	need(setgroups(3, in) == 0, 1);
	need(getgroups(0, NULL) == 3, 2);
	need(getgroups(3, out) == 3 && !memcmp(in, out, sizeof(in)), 3);
	need(getgroups(2, out) == -1 && errno == EINVAL, 4);
	need(setgroups(70000, in) == -1 && errno == EINVAL, 5);
	in[1] = (gid_t)-1;		/* "leave it" elsewhere: no group */
	need(setgroups(3, in) == -1 && errno == EINVAL, 6);
	need(getgroups(3, out) == 3 && out[1] != (gid_t)-1, 7);
	put_file("g", "g", 1, 0640);
	need(chown("g", 0, 20) == 0, 6);
	put_file("other", "o", 1, 0640);
	need(chown("other", 0, 25) == 0, 10);
	need(setgid(99) == 0 && setuid(1000) == 0, 7);
	need(open("g", O_RDONLY) >= 0, 8);
	need(open("g", O_WRONLY) == -1 && errno == EACCES, 9);
	need(open("other", O_RDONLY) == -1 && errno == EACCES, 11);
}

static void signal_strangers(void *arg)
{
	pid_t root = getppid();

	need(setuid(1000) == 0, 1);
	need(kill(root, 0) == -1 && errno == EPERM, 2);
	need(kill(1, SIGTERM) == -1 && errno == EPERM, 3);
	need(kill(getpid(), 0) == 0, 4);
}

static void run_suid(void *arg)
{
	setgid(1000);
	setuid(1000);
	execv("./suid", (char *[]){ "suid", "-suid", NULL });
	_exit(99);
}

static int as_suid(void)
{
	int bad = 0;

	bad |= !ids_are(1000, 2000, 2000);
	bad |= (getauxval(AT_SECURE) != 1) << 1;
	bad |= (getauxval(AT_EUID) != 2000 || getauxval(AT_UID) != 1000) << 2;
	bad |= (setuid(1000) || (setreuid(-1u, 2000) && errno != ENOSYS)) << 3;
	return bad;
}

static void exec_set_id(void)
{
	struct stat st;

	copy_self("suid", 0755);
	check_eq(chown("suid", 2000, 2000) || chmod("suid", 04755), 0,
		 "a set-uid copy of this program");
	check_eq(in_child(run_suid, NULL), 0, "runs with its owner's id");
	chown("suid", 2001, 2001);
	stat("suid", &st);
	check_eq(st.st_mode & 07777, 0755, "chown clears the bit");
	unlink("suid");
}

/* ---- ambient capabilities ------------------------------------------------ */

#define PR_SET_SECUREBITS 28
#define PR_CAP_AMBIENT	47
#define IS_SET		1
#define RAISE		2
#define LOWER		3
#define CLEAR_ALL	4
#define NO_SETUID_FIXUP	4
#define CAP_A		6
#define CAP_B		7

struct caps { unsigned effective, permitted, inheritable; };

static long caps_of(struct caps c[2], int set)
{
	struct { unsigned version; int pid; } h = { 0x20080522, 0 };

	return syscall(set ? SYS_capset : SYS_capget, &h, c);
}

static long ambient_prctl(long op, long cap, long rest)
{
	return syscall(SYS_prctl, PR_CAP_AMBIENT, op, cap, rest, 0);
}

static void ambient_rules(void *arg)
{
	struct caps c[2];

	need(ambient_prctl(RAISE, CAP_A, 0) == -1 && errno == EPERM, 1);
	need(caps_of(c, 0) == 0, 2);
	c[0].inheritable |= 1u << CAP_A;
	need(caps_of(c, 1) == 0, 3);
	need(ambient_prctl(IS_SET, CAP_A, 0) == 0, 4);
	need(ambient_prctl(RAISE, CAP_A, 0) == 0, 5);
	need(ambient_prctl(IS_SET, CAP_A, 0) == 1, 6);
	need(ambient_prctl(RAISE, CAP_B, 0) == -1 && errno == EPERM, 7);
	need(ambient_prctl(IS_SET, 63, 0) == -1 && errno == EINVAL, 8);
	need(ambient_prctl(IS_SET, CAP_A, 1) == -1 && errno == EINVAL, 9);
	need(ambient_prctl(9, CAP_A, 0) == -1 && errno == EINVAL, 10);
	need(ambient_prctl(CLEAR_ALL, 1, 0) == -1 && errno == EINVAL, 11);
	need(ambient_prctl(LOWER, CAP_A, 0) == 0, 12);
	need(ambient_prctl(IS_SET, CAP_A, 0) == 0, 13);
	need(ambient_prctl(RAISE, CAP_A, 0) == 0, 14);
	need(ambient_prctl(CLEAR_ALL, 0, 0) == 0, 15);
	need(ambient_prctl(IS_SET, CAP_A, 0) == 0, 16);
	need(ambient_prctl(RAISE, CAP_A, 0) == 0, 17);
	c[0].inheritable = 0;
	need(caps_of(c, 1) == 0 && ambient_prctl(IS_SET, CAP_A, 0) == 0, 18);
}

/* As a user without rights: what is left of root's after exec. */
static void ambient_exec(void *arg)
{
	struct caps c[2];

	caps_of(c, 0);
	c[0].inheritable |= 1u << CAP_A | 1u << CAP_B;
	caps_of(c, 1);
	need(ambient_prctl(RAISE, CAP_A, 0) == 0, 1);
	if (arg)
		syscall(SYS_prctl, PR_SET_SECUREBITS, NO_SETUID_FIXUP, 0, 0, 0);
	need(setuid(1000) == 0, 2);
	execv(tap_self, (char *[]){ "creds", arg ? "-kept" : "-lost", NULL });
	_exit(99);
}

static int caps_after_exec(unsigned want)
{
	struct caps c[2];

	if (caps_of(c, 0) || c[1].permitted || c[1].effective)
		return 1;
	return (c[0].permitted != want) << 1 | (c[0].effective != want) << 2 |
		(ambient_prctl(IS_SET, CAP_A, 0) != !!want) << 3 |
		(ambient_prctl(IS_SET, CAP_B, 0) != 0) << 4;
}

/* ---- what a change of ids does to capabilities --------------------------- */

#define PR_SET_KEEPCAPS	8

static int caps_are(unsigned effective, unsigned permitted)
{
	struct caps c[2];

	return !caps_of(c, 0) && (c[0].effective != 0) == effective &&
		(c[0].permitted != 0) == permitted;
}

static int take_effect(void)
{
	struct caps c[2];

	if (caps_of(c, 0))
		return 0;
	for (int i = 0; i < 2; i++)
		c[i].effective = c[i].permitted;
	return caps_of(c, 1) == 0;
}

static void root_comes_and_goes(void *arg)
{
	need(setresuid(-1u, 1000, -1u) == 0 && caps_are(0, 1), 1);
	need(setresuid(-1u, 0, -1u) == 0 && caps_are(1, 1), 2);
	need(setresuid(1000, 1000, -1u) == 0 && caps_are(0, 1), 3);
	need(setresuid(-1u, -1u, 1000) == 0 && caps_are(0, 0), 4);
}

/* Who is not root any more changes nothing by the next id. */
static void users_keep_theirs(void *arg)
{
	need(syscall(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0, 1);
	need(setresuid(1000, 1001, 1002) == 0 && caps_are(0, 1), 2);
	need(syscall(SYS_prctl, PR_SET_KEEPCAPS, 0, 0, 0, 0) == 0, 3);
	need(setresuid(1002, 1000, 1001) == 0 && caps_are(0, 1), 4);
	need(take_effect(), 5);
	need(setresuid(1001, 1002, 1000) == 0 && caps_are(1, 1), 6);
}

/* What had root in one id alone loses all with it. */
static void had_root(void *arg)
{
	const uid_t *had = arg;

	need(setresuid(had[0], had[1], had[2]) == 0 && caps_are(!had[1], 1),
	     1);
	need(setresuid(1000, 1000, 1000) == 0 && caps_are(0, 0), 2);
}

static void caps_of_ids(void)
{
	static const uid_t one[3][3] = {
		{ 0, 1000, 1000 }, { 1000, 0, 1000 }, { 1000, 1000, 0 },
	};

	check_eq(in_child(root_comes_and_goes, NULL), 0,
		 "capabilities go and come with root's effective id");
	check_eq(in_child(users_keep_theirs, NULL), 0,
		 "those of a user stay with its next id");
	for (int i = 0; i < 3; i++)
		check_eq(in_child(had_root, (void *)one[i]), 0,
			 "root in one id alone: all go with it");
}

/* A group of a user is one of its three; the call changes the effective one. */
static void groups_of_a_user(void *arg)
{
	need(setresgid(1000, 1000, 1001) == 0 && setuid(1000) == 0, 1);
	need(setgid(1001) == 0, 2);
	need(getgid() == 1000 && getegid() == 1001, 3);
	need(setgid(1002) == -1 && errno == EPERM, 4);
}

/* ---- a user's three ids, and no fourth ----------------------------------- */

static void no_other_user(void *arg)
{
	need(setresuid(1000, 1001, 1002) == 0, 1);
	need(setresuid(5, -1u, -1u) == -1 && errno == EPERM, 2);
	need(setresuid(-1u, 5, -1u) == -1 && errno == EPERM, 3);
	need(setresuid(-1u, -1u, 5) == -1 && errno == EPERM, 4);
	need(setreuid(-1u, 5) == -1 && errno == EPERM, 5);
	need(setreuid(5, -1u) == -1 && errno == EPERM, 6);
	/* an effective id that is not the real one is saved */
	need(setreuid(-1u, 1001) == 0 && ids_are(1000, 1001, 1001), 7);
	/* the file-system id follows the effective one, though that stays */
	need(syscall(SYS_setfsuid, 1000) == 1001, 8);
	need(setresuid(-1u, 1001, -1u) == 0, 9);
	need(syscall(SYS_setfsuid, 5) == 1001, 10);
	need(syscall(SYS_setfsuid, -1) == 1001, 11);
}

static void no_other_group(void *arg)
{
	need(setresgid(1000, 1001, 1002) == 0 && setuid(1000) == 0, 1);
	need(setresgid(5, -1u, -1u) == -1 && errno == EPERM, 2);
	need(setresgid(-1u, 5, -1u) == -1 && errno == EPERM, 3);
	need(setresgid(-1u, -1u, 5) == -1 && errno == EPERM, 4);
	need(syscall(SYS_setregid, -1, 5) == -1 && errno == EPERM, 5);
	need(syscall(SYS_setregid, 5, -1) == -1 && errno == EPERM, 6);
	need(syscall(SYS_setregid, -1, 1001) == 0, 7);
	need(setresgid(-1u, 1002, -1u) == -1 && errno == EPERM, 8);
	need(syscall(SYS_setfsgid, 1000) == 1001, 9);
	need(setresgid(-1u, 1001, -1u) == 0, 10);
	need(syscall(SYS_setfsgid, 5) == 1001, 11);
	need(syscall(SYS_setfsgid, -1) == 1001, 12);
}

static int has_cap(unsigned cap)
{
	struct caps c[2];

	return !caps_of(c, 0) && c[0].effective >> cap & 1;
}

#define CAP_CHOWN	0
#define CAP_KILL	5

static void root_of_files(void *arg)
{
	need(has_cap(CAP_CHOWN) && syscall(SYS_setfsuid, 1000) == 0, 1);
	need(!has_cap(CAP_CHOWN) && has_cap(CAP_KILL), 2);
	need(syscall(SYS_setfsuid, 1001) == 1000 && !has_cap(CAP_CHOWN), 3);
	need(syscall(SYS_setfsuid, 0) == 1001 && has_cap(CAP_CHOWN), 4);
}

static void what_was_given_away(void *arg)
{
	struct caps c[2];

	need(caps_of(c, 0) == 0, 1);
	c[0].effective = c[0].permitted &= ~(1u << CAP_CHOWN);
	need(caps_of(c, 1) == 0 && !has_cap(CAP_CHOWN), 2);
	c[0].permitted |= 1u << CAP_CHOWN;
	need(caps_of(c, 1) == -1 && errno == EPERM, 3);
	need(caps_of(c, 0) == 0 && !(c[0].permitted & 1), 4);
	c[0].inheritable |= 1u << CAP_A | 1u << CAP_B;
	need(caps_of(c, 1) == 0 && ambient_prctl(RAISE, CAP_A, 0) == 0 &&
	     ambient_prctl(RAISE, CAP_B, 0) == 0, 5);
	need(ambient_prctl(LOWER, CAP_A, 0) == 0, 6);
	need(ambient_prctl(IS_SET, CAP_A, 0) == 0, 7);
	need(ambient_prctl(IS_SET, CAP_B, 0) == 1, 8);
}

static void single_rights(void)
{
	check_eq(in_child(no_other_user, NULL), 0, "no fourth user's id");
	check_eq(in_child(no_other_group, NULL), 0, "nor group's");
	check_eq(in_child(root_of_files, NULL), 0,
		 "file-system id 0 has what is of files");
	check_eq(in_child(what_was_given_away, NULL), 0,
		 "a capability that was given away is gone");
}

/* ---- whose tasks count --------------------------------------------------- */

static void pause_as_user(void *arg)
{
	setuid(*(uid_t *)arg);
	for (;;)
		pause();
}

static void fork_within_limit(void *arg)
{
	struct rlimit two = { 2, 2 };
	pid_t pid;

	need(setrlimit(RLIMIT_NPROC, &two) == 0, 1);
	need(setuid(*(uid_t *)arg) == 0, 2);
	pid = fork();
	if (pid == 0)
		_exit(0);
	need(pid > 0, 3);
	waitpid(pid, NULL, 0);
}

/* Each user's are counted, also of those that the kernel may keep together. */
static void others_tasks(void)
{
	uid_t one = 3000, other = 3000 + 1024;
	pid_t pid[4];

	for (int i = 0; i < COUNT(pid); i++)
		pid[i] = start_child(pause_as_user, &one);
	for (int i = 0; i < COUNT(pid); i++)
		comes_to(pid[i], "S");
	check_eq(in_child(fork_within_limit, &other), 0,
		 "a limit of tasks counts no other's");
	for (int i = 0; i < COUNT(pid); i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
}

/* ---- ids of files -------------------------------------------------------- */

#define SOMEBODY	4711

/* => the id of files after such a call; setfs*id(-1) only tells it */
static long id_after(int set, int setfs, int r, int e, int s)
{
	raw_syscall(setfs, SOMEBODY);
	raw_syscall(set, r, e, s);
	return raw_syscall(setfs, -1);
}

static void keep_ids_of_files(void *arg)
{
	static const int call[2][2] = {
		{ SYS_setresuid, SYS_setfsuid },
		{ SYS_setresgid, SYS_setfsgid },
	};

	(void)arg;
	for (int i = 0; i < 2; i++) {
		if (id_after(call[i][0], call[i][1], -1, -1, 0) != SOMEBODY)
			_exit(1 + 4 * i);
		if (id_after(call[i][0], call[i][1], 0, -1, 0) != SOMEBODY)
			_exit(2 + 4 * i);
		if (id_after(call[i][0], call[i][1], -1, 0, -1) != 0)
			_exit(3 + 4 * i);
		if (id_after(call[i][0], call[i][1], -1, -1, 7) != 0)
			_exit(4 + 4 * i);
	}
	_exit(0);
}

struct cap { unsigned effective, permitted, inheritable; };

static void lose_rights_of_files(void *arg)
{
	unsigned head[2] = { 0x20080522, 0 };
	struct cap c[2];

	(void)arg;
	raw_syscall(SYS_setfsuid, SOMEBODY);
	raw_syscall(SYS_capget, head, c);
	/* 9 and 32: CAP_LINUX_IMMUTABLE, CAP_MAC_OVERRIDE */
	_exit((c[0].effective & 0x0800021fu) || c[1].effective & 1);
}

static void ask_for_no_groups(void *arg)
{
	(void)arg;
	if (raw_syscall(SYS_setgroups, 0, NULL))
		_exit(1);
	_exit(raw_syscall(SYS_getgroups, 2, -1) != 0);
}

int main(int argc, char **argv)
{
	struct caps c[2];

	if (argc > 1)
		return !strcmp(argv[1], "-kept") ?
		       caps_after_exec(1u << CAP_A) :
			!strcmp(argv[1], "-lost") ?
				caps_after_exec(0) : as_suid();
	if (getuid() != 0)
		return tap_skip_all("needs root");
	tap_find_self(argv[0]);
	tap_scratch("user_ids");
	check(ids_are(0, 0, 0), "root has id 0 three times");
	if (!tap_lacks(setresuid(-1u, -1u, -1u), "identity"))
		check_eq(in_child(drop_ids, NULL), 0,
			 "setresuid, setuid, setreuid");
	check_eq(in_child(set_all, NULL), 0, "setuid by root changes all");
	check_eq(in_child(set_and_get_groups, NULL), 0, "supplementary groups");
	check_eq(in_child(signal_strangers, NULL), 0,
		 "signals to others: EPERM");
	exec_set_id();
	caps_of(c, 0);
	if (!tap_lacks(caps_of(c, 1), "capability")) {
		check_eq(in_child(ambient_rules, NULL), 0,
			 "ambient capabilities");
		check_eq(in_child(ambient_exec, "keep"), 0,
			 "are kept over exec");
		check_eq(in_child(ambient_exec, NULL), 0,
			 "unless root became a user");
	}
	if (!tap_lacks(getresuid(NULL, NULL, NULL), "identity")) {
		caps_of_ids();
		check_eq(in_child(groups_of_a_user, NULL), 0,
			 "setgid by a user");
		single_rights();
	}
	others_tasks();
	unlink("g");
	unlink("other");
	check_eq(in_child(keep_ids_of_files, NULL), 0,
		 "setres*id that change nothing leave the ids of files");
	check_eq(in_child(lose_rights_of_files, NULL), 0,
		 "setfsuid takes all rights of files away");
	check_eq(in_child(ask_for_no_groups, NULL), 0,
		 "getgroups: no bytes are good at any address");
	tap_scratch_end();
	return tap_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * Who a process is: real, effective and saved ids, what may change to what,
 * set-id programs, whom one may signal (row B17).
 */
#include <elf.h>
#include "tap.h"

static void expect(int ok, int code)
{
	if (!ok)
		_exit(code);
}

static int ids_are(uid_t r, uid_t e, uid_t s)
{
	uid_t a, b, c;

	return !getresuid(&a, &b, &c) && a == r && b == e && c == s;
}

static void drop(void *arg)
{
	expect(setresuid(1000, 1001, 1002) == 0, 1);
	expect(ids_are(1000, 1001, 1002), 2);
	expect(setresuid(-1u, 1002, -1u) == 0, 3);
	expect(ids_are(1000, 1002, 1002), 4);
	expect(setuid(1000) == 0 && ids_are(1000, 1000, 1002), 5);
	expect(setuid(5) == -1 && errno == EPERM, 6);
	expect(setresuid(0, 0, 0) == -1 && errno == EPERM, 7);
	expect(setreuid(1000, 1002) == 0, 8);
	expect(geteuid() == 1002, 9);
}

static void set_all(void *arg)
{
	expect(setuid(1234) == 0 && ids_are(1234, 1234, 1234), 1);
	expect(setuid(0) == -1 && errno == EPERM, 2);
	expect(setgroups(0, NULL) == -1 && errno == EPERM, 3);
}

static void groups(void *arg)
{
	gid_t in[3] = { 10, 20, 30 }, out[3];

	expect(setgroups(3, in) == 0, 1);
	expect(getgroups(0, NULL) == 3, 2);
	expect(getgroups(3, out) == 3 && !memcmp(in, out, sizeof(in)), 3);
	expect(getgroups(2, out) == -1 && errno == EINVAL, 4);
	expect(setgroups(70000, in) == -1 && errno == EINVAL, 5);
	put_file("g", "g", 1, 0640);
	expect(chown("g", 0, 20) == 0, 6);
	expect(setresgid(99, 99, 99) == 0 && setuid(1000) == 0, 7);
	expect(open("g", O_RDONLY) >= 0, 8);
	expect(open("g", O_WRONLY) == -1 && errno == EACCES, 9);
}

static void strangers(void *arg)
{
	pid_t root = getppid();

	expect(setuid(1000) == 0, 1);
	expect(kill(root, 0) == -1 && errno == EPERM, 2);
	expect(kill(1, SIGTERM) == -1 && errno == EPERM, 3);
	expect(kill(getpid(), 0) == 0, 4);
}

static void run_suid(void *arg)
{
	setresgid(1000, 1000, 1000);
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
	bad |= (setuid(1000) || setreuid(-1u, 2000)) << 3;
	return bad;
}

/* A copy of this program, owned by 2000 and set-uid. */
static int copy_self(void)
{
	static char buf[65536];
	int in = open(tap_self, O_RDONLY);
	int out = open("suid", O_WRONLY | O_CREAT, 0755);
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		write_all(out, buf, (size_t)n);
	close(in);
	return close(out) || chown("suid", 2000, 2000) || chmod("suid", 04755);
}

static void set_id(void)
{
	struct stat st;

	check_eq(copy_self(), 0, "a set-uid copy of this program");
	check_eq(in_child(run_suid, NULL), 0, "runs with its owner's id");
	chown("suid", 2001, 2001);
	stat("suid", &st);
	check_eq(st.st_mode & 07777, 0755, "chown clears the bit");
	unlink("suid");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return as_suid();
	if (getuid() != 0)
		return tap_skip_all("needs root");
	tap_find_self(argv[0]);
	tap_scratch("creds");
	check(ids_are(0, 0, 0), "root has id 0 three times");
	check_eq(in_child(drop, NULL), 0, "setresuid, setuid, setreuid");
	check_eq(in_child(set_all, NULL), 0, "setuid by root changes all");
	check_eq(in_child(groups, NULL), 0, "supplementary groups");
	check_eq(in_child(strangers, NULL), 0, "signals to others: EPERM");
	set_id();
	unlink("g");
	tap_scratch_end();
	return tap_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * What a file lets its program do, and when that ends (row B17): capabilities
 * as an attribute, who may set them, what exec makes of them; set-id bits; and
 * what each change of a file takes away.
 */
#include <elf.h>
#include <stdint.h>
#include <sys/mount.h>
#include "ptrace.h"

#define CALL(name, ...)	syscall(SYS_##name, __VA_ARGS__)
#define CAPS		"security.capability"
#define USER		1000
#define REPORT		9

enum { CHOWN = 0, FSETID = 4, SETUID = 7, NET_RAW = 13, SYS_TIME = 25,
       SETFCAP = 31 };
#define C(cap)		(1u << (cap))

struct value {
	uint32_t magic;
	struct { uint32_t permitted, inheritable; } set[2];
	uint32_t root;
};

#define V2(flag, p, i)	{ 0x02000000 | (flag), { { p, i }, { 0, 0 } }, 0 }

struct caps { unsigned effective, permitted, inheritable; };

static int caps(struct caps c[2], int set)
{
	struct { unsigned version; int pid; } h = { 0x20080522, 0 };

	return (int)syscall(set ? SYS_capset : SYS_capget, &h, c);
}

static long put_caps(const char *path, struct value v, size_t n)
{
	return CALL(setxattr, path, CAPS, &v, n, 0);
}

static int has_caps(const char *path)
{
	return CALL(getxattr, path, CAPS, NULL, 0) > 0;
}

/* fn(arg) as the user, with these capabilities of root's. */
static int call_as_user(int (*fn)(const char *), const char *arg, unsigned keep)
{
	struct caps c[2] = { { keep, keep, 0 }, { 0, 0, 0 } };
	int st = -1;
	pid_t pid = fork();

	if (pid == 0) {
		syscall(SYS_prctl, 8, 1, 0, 0, 0);	/* PR_SET_KEEPCAPS */
		if (setgroups(0, NULL) || setresgid(USER, USER, USER) ||
		    setresuid(USER, USER, USER) || caps(c, 1))
			_exit(99);
		_exit(fn(arg));
	}
	waitpid(pid, &st, 0);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -1;
}

/* ---- the attribute ------------------------------------------------------- */

static int errno_of_put_caps(const char *path)
{
	struct value v = V2(1, C(NET_RAW), 0);

	return put_caps(path, v, 20) ? errno : 0;
}

static int sets_other(const char *path)
{
	return CALL(setxattr, path, "security.test", "x", 1, 0) ? errno : 0;
}

static int errno_of_remove_caps(const char *path)
{
	return CALL(removexattr, path, CAPS) ? errno : 0;
}

static void set_caps_values(void)
{
	struct value v = V2(1, C(NET_RAW), C(CHOWN)), back;

	check_ok(put_caps("f", v, 20), "capabilities of revision 2");
	check_eq(CALL(getxattr, "f", CAPS, &back, sizeof(back)), 20, "read");
	check(!memcmp(&back, &v, 20), "as they were set");
	check_err(EINVAL, put_caps("f", v, 12), "too short");
	check_err(EINVAL, put_caps("f", v, 24), "too long");
	check_err(EINVAL, put_caps("f", v, 3), "three bytes");
	v.magic = 0x02000002;
	check_err(EINVAL, put_caps("f", v, 20), "an unknown flag");
	v.magic = 0x01000001;
	check_err(EINVAL, put_caps("f", v, 12),
		  "revision 1 is not set any more");
	v.magic = 0x04000001;
	check_err(EINVAL, put_caps("f", v, 24), "an unknown revision");
	v.magic = 0x03000001;
	check_ok(put_caps("f", v, 24), "revision 3 of the first root");
	check_eq(CALL(getxattr, "f", CAPS, &back, sizeof(back)), 20,
		 "is read as revision 2");
	check_eq(back.magic, 0x02000001, "... its magic number");
	v.root = USER;
	check_ok(put_caps("f", v, 24), "of another root");
	check_eq(CALL(getxattr, "f", CAPS, &back, sizeof(back)), 24,
		 "stays what it is");
	check_eq(back.root, USER, "... its root");
	check_ok(CALL(removexattr, "f", CAPS), "removed");
	check_err(ENODATA, CALL(getxattr, "f", CAPS, NULL, 0), "and gone");
}

static void who_removes(void)
{
	check_eq(call_as_user(errno_of_remove_caps, "f", 0), EPERM,
		 "nor remove them");
	check_eq(call_as_user(errno_of_remove_caps, "f", C(SETFCAP)), 0,
		 "CAP_SETFCAP may");
	check_eq(call_as_user(sets_other, "f", 0), EPERM,
		 "other names of security.");
	check_eq(call_as_user(sets_other, "f", C(SETFCAP)), EPERM,
		 "want CAP_SYS_ADMIN");
}

static void restrict_caps_setters(void)
{
	chown("f", USER, USER);
	check_eq(call_as_user(errno_of_put_caps, "f", 0), EPERM,
		 "the owner may not set them");
	check_eq(call_as_user(errno_of_put_caps, "f", C(SETFCAP)), 0,
		 "CAP_SETFCAP may");
	/* a Linux whose BPF module is asked forgets to ask further */
	if (on_other_kernel() && !call_as_user(sets_other, "f", 0)) {
		CALL(removexattr, "f", CAPS);
		tap_skip("who removes them", "everybody may here");
	} else {
		who_removes();
	}
	check_eq(sets_other("f"), 0, "root's");
	check_ok(CALL(removexattr, "f", "security.test"), "removed");
	check_err(EINVAL, CALL(setxattr, "f", "security.", "x", 1, 0),
		  "only a class");
	chown("f", 0, 0);
}

/* ---- exec ---------------------------------------------------------------- */

struct report {
	struct caps c[2];
	long secure, dumpable;
	uid_t euid;
	int failed;
};

static int tell_caps(void)
{
	struct report r = { .secure = (long)getauxval(AT_SECURE),
			    .euid = geteuid() };

	caps(r.c, 0);
	r.dumpable = syscall(SYS_prctl, 3, 0, 0, 0, 0);
	write_all(REPORT, &r, sizeof(r));
	return 0;
}

static unsigned inheritable, ambient, bounded;
static int no_new_privs;

static int execute_reporting(const char *path)
{
	struct report r = { .failed = 0 };
	struct caps c[2];

	if (no_new_privs)
		syscall(SYS_prctl, 38, 1, 0, 0, 0);
	caps(c, 0);
	c[0].inheritable = inheritable | ambient;
	caps(c, 1);
	if (ambient)
		syscall(SYS_prctl, 47, 2, NET_RAW, 0, 0);
	execv(path, (char *[]){ (char *)path, "-tell", NULL });
	r.failed = errno;
	write_all(REPORT, &r, sizeof(r));
	return 1;
}

/* By the user with these capabilities of root's; by root: keep -1 */
static struct report run_with_caps(const char *path, unsigned keep)
{
	struct report r = { .failed = -1 };
	int p[2], st;
	pid_t pid;

	pipe(p);
	dup2(p[1], REPORT);
	close(p[1]);
	pid = fork();
	if (pid == 0) {
		if (bounded)
			syscall(SYS_prctl, 24, NET_RAW, 0, 0, 0);
		_exit(keep == -1u ? execute_reporting(path) :
		      call_as_user(execute_reporting, path, keep));
	}
	waitpid(pid, &st, 0);
	close(REPORT);
	read_all(p[0], &r, sizeof(r));
	close(p[0]);
	return r;
}

static int report_is(const struct report *r, unsigned permitted,
		     unsigned effective)
{
	if (r->failed || r->c[0].permitted != permitted ||
	    r->c[0].effective != effective)
		printf("# failed %d permitted %x effective %x\n", r->failed,
		       r->c[0].permitted, r->c[0].effective);
	return !r->failed && r->c[0].permitted == permitted &&
		r->c[0].effective == effective;
}

static void gain_from_file(void)
{
	struct report r;

	put_caps("prog", (struct value)V2(1, C(NET_RAW), 0), 20);
	r = run_with_caps("./prog", 0);
	check(report_is(&r, C(NET_RAW), C(NET_RAW)),
	      "a program has its file's");
	check_eq(r.secure, 1, "AT_SECURE 1");
	check_eq(r.dumpable, 0, "and is not dumpable");
	put_caps("prog", (struct value)V2(0, C(NET_RAW), 0), 20);
	r = run_with_caps("./prog", 0);
	check(report_is(&r, C(NET_RAW), 0), "not in force without the flag");
	check_eq(r.secure, 1, "AT_SECURE 1");
	put_caps("prog", (struct value)V2(1, 0, C(CHOWN)), 20);
	r = run_with_caps("./prog", 0);
	check(report_is(&r, 0, 0), "inheritable ones want to be inherited");
	inheritable = C(CHOWN);
	r = run_with_caps("./prog", C(CHOWN));
	check(report_is(&r, C(CHOWN), C(CHOWN)), "which is so here");
	inheritable = 0;
	ambient = C(NET_RAW);
	r = run_with_caps("./prog", C(NET_RAW));
	check(report_is(&r, 0, 0), "such a file cancels ambient ones");
	ambient = 0;
	put_caps("prog", (struct value)V2(1, C(NET_RAW), 0), 20);
	r = run_with_caps("./prog", -1u);
	check(r.c[0].permitted == ~0u && r.c[0].effective == ~0u,
	      "root has all");
	bounded = 1;
	r = run_with_caps("./prog", 0);
	check_eq(r.failed, EPERM, "one of the bounding set is missing");
	put_caps("prog", (struct value)V2(0, C(NET_RAW) | C(CHOWN), 0), 20);
	r = run_with_caps("./prog", 0);
	check(report_is(&r, C(CHOWN), 0), "no error if it asks for itself");
	bounded = 0;
}

static void limit_gains(void)
{
	struct value v = V2(1, C(NET_RAW), 0);
	struct report r;

	put_caps("prog", v, 20);
	no_new_privs = 1;
	r = run_with_caps("./prog", 0);
	check(report_is(&r, 0, 0), "PR_SET_NO_NEW_PRIVS");
	check_eq(r.secure, 1, "AT_SECURE all the same");
	no_new_privs = 0;
	v.magic = 0x03000001;
	v.root = USER;
	put_caps("prog", v, 24);
	r = run_with_caps("./prog", 0);
	check(report_is(&r, 0, 0), "those of another root are nothing");
	put_caps("prog", (struct value)V2(1, C(NET_RAW), 0), 20);
	chmod("prog", 04755);
	r = run_with_caps("./prog", 0);
	check(r.euid == 0 && report_is(&r, C(NET_RAW), C(NET_RAW)),
	      "set-uid root with capabilities has just these");
	chmod("prog", 0755);
	mkdir("m", 0755);
	if (mount("none", "m", "tmpfs", MS_NOSUID, NULL))
		return tap_skip("a mount with nosuid", "cannot mount");
	copy_self("m/prog", 0755);
	check_ok(put_caps("m/prog", (struct value)V2(1, C(NET_RAW), 0), 20),
		 "set on a mount with nosuid");
	r = run_with_caps("m/prog", 0);
	check(report_is(&r, 0, 0), "which gives none");
	umount2("m", 0);
	rmdir("m");
}

/* ---- what a change takes away -------------------------------------------- */

static long allocate(int fd)
{
#if __SIZEOF_LONG__ == 8
	return CALL(fallocate, fd, 0, 0L, 4096L);
#else
	return CALL(fallocate, fd, 0, 0, 0, 4096, 0);
#endif
}

static int changes_by(const char *how)
{
	int fd = open("f", O_RDWR), err = 0, p[2];

	if (fd < 0)
		return errno;
	if (!strcmp(how, "write"))
		err = write(fd, "x", 1) != 1;
	else if (!strcmp(how, "pwrite"))
		err = pwrite(fd, "x", 1, 100) != 1;
	else if (!strcmp(how, "write of nothing"))
		err = write(fd, "", 0) != 0;
	else if (!strcmp(how, "truncate"))
		err = truncate("f", 10);
	else if (!strcmp(how, "ftruncate"))
		err = ftruncate(fd, 5);
	else if (!strcmp(how, "O_TRUNC"))
		err = close(open("f", O_WRONLY | O_TRUNC));
	else if (!strcmp(how, "fallocate"))
		err = allocate(fd) < 0;
	else if (!strcmp(how, "splice")) {
		err = pipe(p) || write(p[1], "x", 1) != 1;
		err |= CALL(splice, p[0], NULL, fd, NULL, 1, 0) != 1;
	} else if (!strcmp(how, "sendfile")) {
		int in = open("g", O_RDONLY);

		err = CALL(sendfile, fd, in, NULL, 1) != 1;
	} else if (!strcmp(how, "chown")) {
		err = chown("f", USER, USER);
	} else if (!strcmp(how, "chown to nobody")) {
		err = chown("f", -1u, -1u);
	} else if (!strcmp(how, "chmod")) {
		err = chmod("f", 06777);
	}
	close(fd);
	return err ? errno : 0;
}

static int gives_nobody(const char *path)
{
	return chown(path, -1u, -1u) ? errno : 0;
}

static unsigned set_id_bits(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_mode & 07000;
}

struct change {
	const char *how;
	unsigned user, root;		/* bits left of 06777 */
	int caps;			/* are they left? */
};

static void one_change(const struct change *c)
{
	struct value v = V2(1, C(NET_RAW), 0);

	chown("f", USER, USER);
	chmod("f", 06777);
	check_eq(call_as_user(changes_by, c->how, 0), 0, "%s by its owner",
		 c->how);
	check_eq(set_id_bits("f"), c->user, "... what is left of set-id bits");
	chmod("f", 06777);
	put_caps("f", v, 20);
	check_eq(changes_by(c->how), 0, "%s by root", c->how);
	check_eq(set_id_bits("f"), c->root, "... what is left");
	check_eq(has_caps("f"), c->caps, "... capabilities");
}

static void lose_by_changes(void)
{
	static const struct change all[] = {
		{ "write", 0, 06000, 0 },
		{ "pwrite", 0, 06000, 0 },
		{ "write of nothing", 06000, 06000, 1 },
		{ "truncate", 0, 06000, 0 },
		{ "ftruncate", 0, 06000, 0 },
		{ "O_TRUNC", 0, 06000, 0 },
		{ "fallocate", 0, 06000, 0 },
		{ "splice", 0, 06000, 0 },
		{ "sendfile", 0, 06000, 0 },
		{ "chown", 0, 0, 0 },
		{ "chown to nobody", 0, 0, 0 },
		{ "chmod", 06000, 06000, 1 },
	};

	struct value v = V2(1, C(NET_RAW), 0);

	put_file("g", "text", 4, 0644);
	for (int i = 0; i < COUNT(all); i++)
		one_change(&all[i]);
	unlink("g");
	chown("f", 0, 0);
	chmod("f", 0644);
	put_caps("f", v, 20);
	check_eq(call_as_user(gives_nobody, "f", 0), 0,
		 "chown to nobody by others");
	check_eq(has_caps("f"), 0, "... takes capabilities, too");
	CALL(removexattr, "f", CAPS);
}

/* Mandatory locking's bit is no set-group-id, but for a group's member only. */
static void locking_bit(void)
{
	chown("f", USER, USER);
	chmod("f", 02666);
	call_as_user(changes_by, "write", 0);
	check_eq(set_id_bits("f"), 02000, "S_ISGID without S_IXGRP stays");
	chown("f", USER, 5);
	chmod("f", 02666);
	call_as_user(changes_by, "write", 0);
	check_eq(set_id_bits("f"), 0, "not by one who is not in the group");
	chmod("f", 02666);
	call_as_user(changes_by, "write", C(FSETID));
	check_eq(set_id_bits("f"), 02000, "but for CAP_FSETID");
	chown("f", 0, 5);
	check_eq(set_id_bits("f"), 02000, "chown by root leaves it");
}

/* ---- new files ----------------------------------------------------------- */

static int make_set_id(const char *name)
{
	int fd;

	umask(0);
	fd = open(name, O_CREAT | O_EXCL | O_RDWR, 02775);
	return fd < 0 ? errno : 0;
}

static int makes_node(const char *name)
{
	umask(0);
	return CALL(mknodat, AT_FDCWD, name, S_IFREG | 02775, 0) ? errno : 0;
}

static int makes_folder(const char *name)
{
	umask(0);
	return mkdir(name, 0775) ? errno : 0;
}

static int errno_of_chmod(const char *name)
{
	return chmod(name, 02775) ? errno : 0;
}

static void new_files(void)
{
	struct stat st;

	mkdir("d", 0777);
	chown("d", 0, 5);
	chmod("d", 02777);
	check_eq(call_as_user(make_set_id, "d/f", 0), 0,
		 "a file in a set-gid directory");
	stat("d/f", &st);
	check_eq(st.st_gid, 5, "has its group");
	check_eq(set_id_bits("d/f"), 0, "and not its right");
	check_eq(call_as_user(makes_node, "d/n", 0), 0, "by mknod");
	check_eq(set_id_bits("d/n"), 0, "neither");
	check_eq(call_as_user(make_set_id, "d/g", C(FSETID)), 0,
		 "but with CAP_FSETID");
	check_eq(set_id_bits("d/g"), 02000, "it has");
	check_eq(call_as_user(makes_folder, "d/d", 0), 0, "a directory");
	check_eq(set_id_bits("d/d"), 02000, "hands the bit on");
	check_eq(call_as_user(errno_of_chmod, "d/f", 0), 0,
		 "chmod by its owner");
	check_eq(set_id_bits("d/f"), 0, "gives no group that is not his");
	chown("d", 0, USER);
	chmod("d", 02777);
	check_eq(call_as_user(make_set_id, "d/h", 0), 0,
		 "in a directory of his group");
	check_eq(set_id_bits("d/h"), 02000, "he may");
	unlink("d/f");
	unlink("d/g");
	unlink("d/h");
	unlink("d/n");
	rmdir("d/d");
	rmdir("d");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return tell_caps();
	if (getuid() != 0)
		return tap_skip_all("needs root");
	tap_find_self(argv[0]);
	tap_scratch("file_rights");
	put_file("f", "text", 4, 0644);
	copy_self("prog", 0755);
	set_caps_values();
	restrict_caps_setters();
	gain_from_file();
	limit_gains();
	lose_by_changes();
	locking_bit();
	new_files();
	unlink("f");
	unlink("prog");
	tap_scratch_end();
	return tap_done();
}

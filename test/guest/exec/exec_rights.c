/* SPDX-License-Identifier: MIT */
/*
 * What exec makes of a caller's rights (rows A9, B17, D15): set-id programs
 * and scripts, who may not gain by them, AT_SECURE, and who may look at the
 * memory that comes of it.
 */
#include <elf.h>
#include <sched.h>
#include <sys/mount.h>
#include <thread.h>
#include "ptrace.h"
#include "texts.h"

enum { SET_DUMPABLE = 4, GET_DUMPABLE = 3, SET_NO_NEW_PRIVS = 38,
       SET_PDEATHSIG = 1, GET_PDEATHSIG = 2, SET_KEEPCAPS = 8 };

#define USER	1000
#define OWNER	2000
#define REPORT	9		/* the descriptor a program tells on */

/* What a program finds itself to be. */
struct report {
	uid_t uid, euid, suid;
	gid_t gid, egid, sgid;
	uid_t fsuid;
	gid_t fsgid;
	long secure, dumpable;
	int parent_signal;
	unsigned long long permitted, effective;
};

static long prctl_2(int op, unsigned long a)
{
	return syscall(SYS_prctl, op, a, 0, 0, 0);
}

static unsigned long long status_word(const char *key)
{
	const char *at = text_behind("/proc/self/status", key);

	return at ? strtoull(at, NULL, 16) : ~0ull;
}

static int tell_ids_of_exec(void)
{
	struct report r = { .secure = (long)getauxval(AT_SECURE) };
	gid_t gid;

	getresuid(&r.uid, &r.euid, &r.suid);
	r.gid = getgid();
	r.egid = getegid();
	syscall(ABI_getresgid, &gid, &gid, &r.sgid);
	r.dumpable = prctl_2(GET_DUMPABLE, 0);
	prctl_2(GET_PDEATHSIG, (unsigned long)&r.parent_signal);
	r.fsuid = (uid_t)syscall(SYS_setfsuid, -1);
	r.fsgid = (gid_t)syscall(SYS_setfsgid, -1);
	r.permitted = status_word("CapPrm:\t");
	r.effective = status_word("CapEff:\t");
	write_all(REPORT, &r, sizeof(r));
	return 0;
}

/* ---- programs ------------------------------------------------------------ */

static void copy_program(const char *to, uid_t owner, gid_t group,
			 mode_t mode)
{
	copy_self(to, 0700);
	if (chown(to, owner, group) || chmod(to, mode))
		tap_bail(to);
}

static void make_script(const char *name, const char *interpreter, uid_t owner,
			mode_t mode)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "#!%s/%s -tell\n", tap_dir,
			 interpreter);

	put_file(name, text, (size_t)n, 0700);
	if (chown(name, owner, owner) || chmod(name, mode))
		tap_bail(name);
}

static void drop_to(uid_t id)
{
	if (setgroups(0, NULL) || setresgid(id, id, id) ||
	    setresuid(id, id, id))
		_exit(98);
}

static void execute_telling(const char *path)
{
	execv(path, (char *[]){ (char *)path, "-tell", NULL });
	_exit(97);
}

static int report_pipe[2];

static void open_report_pipe(void)
{
	if (pipe(report_pipe) || dup2(report_pipe[1], REPORT) != REPORT)
		tap_bail("pipe");
	close(report_pipe[1]);
}

/* Of the program a child has run; nothing: it told nothing. */
static struct report read_report(void)
{
	struct report r = { .uid = -1u, .euid = -1u };

	close(REPORT);
	if (read_all(report_pipe[0], &r, sizeof(r)) != sizeof(r))
		printf("# no report\n");
	close(report_pipe[0]);
	return r;
}

/* Runs fn(arg), which executes a program, in a child. */
static struct report run_reported(void (*fn)(const char *), const char *path)
{
	pid_t pid;

	open_report_pipe();
	pid = fork();
	if (pid == 0) {
		fn(path);
		_exit(99);
	}
	waitpid(pid, NULL, 0);
	return read_report();
}

static void execute_as_user(const char *path)
{
	drop_to(USER);
	execute_telling(path);
}

/* ---- scripts ------------------------------------------------------------- */

static void scripts(void)
{
	struct report r;

	make_script("script", "plain", OWNER, 04755);
	r = run_reported(execute_as_user, "./script");
	check_eq(r.euid, USER, "a set-uid script is its caller's");
	check_eq(r.suid, USER, "in its saved id, too");
	check_eq(r.secure, 0, "nothing was raised: AT_SECURE 0");
	chmod("script", 02755);
	r = run_reported(execute_as_user, "./script");
	check_eq(r.egid, USER, "so is a set-gid script");
	make_script("script", "suid", 0, 0755);
	r = run_reported(execute_as_user, "./script");
	check_eq(r.euid, OWNER, "the interpreter's own bit counts");
	check_eq(r.secure, 1, "AT_SECURE 1");
	make_script("outer", "script", 0, 06755);
	r = run_reported(execute_as_user, "./outer");
	check_eq(r.euid, OWNER, "of two interpreters the last");
	check_eq(r.egid, USER, "not the bits of the first");
	unlink("outer");
	unlink("script");
}

/* ---- saved ids ----------------------------------------------------------- */

static void with_saved_uid(const char *path)
{
	if (setresgid(USER, USER, USER) || setresuid(USER, USER, OWNER))
		_exit(9);
	execute_telling(path);
}

static void with_saved_gid(const char *path)
{
	if (setresgid(USER, USER, OWNER) || setresuid(USER, USER, USER))
		_exit(9);
	execute_telling(path);
}

/* exec gives up what was saved, of any program. */
static void saved_ids(void)
{
	check_eq(run_reported(with_saved_uid, "./plain").suid, USER,
		 "the saved user");
	check_eq(run_reported(with_saved_gid, "./plain").sgid, USER,
		 "and group go");
}

/* ---- plain set-id programs ----------------------------------------------- */

static void as_root_in_part(const char *path)
{
	if (setresuid(USER, 0, 0))
		_exit(98);
	execute_telling(path);
}

static void with_signal(const char *path)
{
	drop_to(USER);
	prctl_2(SET_PDEATHSIG, SIGUSR1);
	execute_telling(path);
}

static void with_other_group(const char *path)
{
	if (setgroups(0, NULL) || setresgid(OWNER, USER, USER) ||
	    setresuid(USER, USER, USER))
		_exit(98);
	execute_telling(path);
}

static void with_other_user(const char *path)
{
	if (setgroups(0, NULL) || setresgid(USER, USER, USER) ||
	    setresuid(USER, OWNER, OWNER))
		_exit(98);
	prctl_2(SET_PDEATHSIG, SIGUSR1);
	execute_telling(path);
}

/* A user who has all rights, and none that last. */
static void with_rights(uid_t real, uid_t effective)
{
	unsigned head[2] = { 0x20080522, 0 }, caps[6];

	prctl_2(SET_KEEPCAPS, 1);
	if (setgroups(0, NULL) || setresgid(USER, USER, USER) ||
	    setresuid(real, effective, effective) ||
	    syscall(SYS_capget, head, caps))
		_exit(98);
	caps[0] = caps[1];
	caps[3] = caps[4];
	prctl_2(SET_KEEPCAPS, 0);
	if (syscall(SYS_capset, head, caps))
		_exit(97);
}

static void with_file_system_user(const char *path)
{
	unsigned head[2] = { 0x20080522, 0 }, none[6] = { 0 };

	with_rights(USER, USER);
	syscall(SYS_setfsuid, OWNER);
	if (syscall(SYS_capset, head, none))
		_exit(96);
	execute_telling(path);
}

static void with_file_system_group(const char *path)
{
	if (setgroups(0, NULL) || setresgid(USER, USER, USER))
		_exit(98);
	syscall(SYS_setfsgid, OWNER);
	if (setresuid(USER, USER, USER))
		_exit(97);
	execute_telling(path);
}

static void execute_set_id(void)
{
	struct report r = run_reported(execute_as_user, "./suid");

	check(r.uid == USER && r.euid == OWNER && r.suid == OWNER,
	      "a set-uid program has its owner's id");
	check_eq(r.secure, 1, "AT_SECURE 1");
	check_eq(r.dumpable, 0, "it is not dumpable");
	check_eq(r.permitted, 0, "without capabilities");
	r = run_reported(execute_as_user, "./suid0");
	check(r.euid == 0 && r.effective && r.effective == r.permitted,
	      "that of root has root's");
	r = run_reported(execute_as_user, "./sgid");
	check(r.gid == USER && r.egid == OWNER && r.secure == 1 &&
	      r.dumpable == 0, "a set-gid program");
	r = run_reported(execute_as_user, "./locking");
	check(r.egid == USER && r.secure == 0,
	      "no set-gid without the group's execution");
	r = run_reported(execute_as_user, "./plain");
	check(r.secure == 0 && r.dumpable == 1, "an ordinary program");
	r = run_reported(with_signal, "./plain");
	check_eq(r.parent_signal, SIGUSR1, "keeps its parent's signal");
	r = run_reported(with_signal, "./suid");
	check_eq(r.parent_signal, 0, "a set-uid one does not");
	r = run_reported(as_root_in_part, "./plain");
	check(r.euid == 0 && r.secure == 1, "run with root's effective id");
	check_eq(r.dumpable, 0, "and so not dumpable");
	r = run_reported(with_other_group, "./plain");
	check(r.gid == OWNER && r.egid == USER && r.secure == 1,
	      "a real group unlike the effective one: AT_SECURE 1");
	check_eq(r.dumpable, 0, "nor is that");
	r = run_reported(with_other_user, "./plain");
	check(r.uid == USER && r.euid == OWNER && r.secure == 1,
	      "nor is a real user unlike the effective one");
	check_eq(r.dumpable, 0, "of whom it is not dumpable");
	check_eq(r.parent_signal, 0, "its parent's signal is gone");
	r = run_reported(with_file_system_user, "./plain");
	check_eq(r.fsuid, USER, "the file-system user follows the effective");
	r = run_reported(with_file_system_group, "./plain");
	check_eq(r.fsgid, USER, "and so does the group");
}

/* ---- those who gain nothing ---------------------------------------------- */

static int sharer(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return 0;
}

/* A child that shares as told and lives until the report was read. */
static void start_sharing(unsigned long flags)
{
	static char stack[16384] __attribute__((aligned(16)));
	pid_t pid = (pid_t)__clone(sharer, stack + sizeof(stack),
				   (long)(flags | CLONE_VM | SIGCHLD), NULL,
				   NULL, NULL, NULL);

	if (pid < 0)
		_exit(96);
	if (fork() == 0) {
		pid_t parent = getppid();

		close(REPORT);
		while (kill(parent, 0) == 0 && getppid() == parent)
			usleep(1000);
		kill(pid, SIGKILL);
		_exit(0);
	}
}

static void sharing_fs(const char *path)
{
	start_sharing(CLONE_FS);
	drop_to(USER);
	execute_telling(path);
}

static void sharing_rest(const char *path)
{
	start_sharing(CLONE_FILES | CLONE_SIGHAND);
	drop_to(USER);
	execute_telling(path);
}

static void root_sharing_fs(const char *path)
{
	start_sharing(CLONE_FS);
	execute_telling(path);
}

static void with_thread(const char *path)
{
	static struct thread t;

	drop_to(USER);
	if (thread_create(&t, pause_thread, NULL))
		_exit(96);
	execute_telling(path);
}

static void execute_without_gain(const char *path)
{
	drop_to(USER);
	prctl_2(SET_NO_NEW_PRIVS, 1);
	execute_telling(path);
}

/* The right to take an id is no way around it. */
static void no_new_privs_but_rights(const char *path)
{
	with_rights(USER, OWNER);
	prctl_2(SET_NO_NEW_PRIVS, 1);
	execute_telling(path);
}

static void execute_with_rights(const char *path)
{
	with_rights(USER, OWNER);
	execute_telling(path);
}

/* What root gave away it does not get back. */
static void less_of_root(const char *path)
{
	unsigned head[2] = { 0x20080522, 0 }, caps[6];

	if (syscall(SYS_capget, head, caps))
		_exit(98);
	caps[0] = caps[1] &= ~1u;
	if (syscall(SYS_capset, head, caps))
		_exit(97);
	root_sharing_fs(path);
}

static void execute_sharing(void)
{
	struct report r = run_reported(sharing_fs, "./suid");

	check_eq(r.euid, USER, "who shares its directory gains nothing");
	check_eq(r.suid, USER, "in no id");
	check_eq(r.secure, 1, "but AT_SECURE is 1");
	r = run_reported(sharing_fs, "./suid0");
	check(r.euid == USER && !r.permitted, "nor root's capabilities");
	r = run_reported(sharing_fs, "./sgid");
	check(r.egid == USER && r.secure == 1, "nor a group");
	r = run_reported(root_sharing_fs, "./suid");
	check_eq(r.euid, OWNER, "root may take another id");
	r = run_reported(sharing_rest, "./suid");
	check_eq(r.euid, OWNER, "descriptors and handlers may be shared");
	r = run_reported(with_thread, "./suid");
	check_eq(r.euid, OWNER, "threads of the caller share, and end");
	r = run_reported(execute_without_gain, "./suid");
	check(r.euid == USER && r.secure == 0, "PR_SET_NO_NEW_PRIVS");
	check_eq(r.dumpable, 1, "which changes nothing else");
	r = run_reported(execute_with_rights, "./plain");
	check_eq(r.euid, OWNER, "who may take ids keeps one");
	r = run_reported(no_new_privs_but_rights, "./plain");
	check_eq(r.euid, USER, "but not with PR_SET_NO_NEW_PRIVS");
	r = run_reported(less_of_root, "./plain");
	check(r.permitted && !(r.permitted & 1),
	      "root that shares gets no capability back");
}

static int elsewhere;			/* a file on a mount of another space */

/* Its name in /proc leads there. */
static void from_other_mounts(const char *path)
{
	if (syscall(SYS_unshare, CLONE_NEWNS))
		_exit(95);
	execute_as_user(path);
}

static void execute_on_mounts(void)
{
	char path[128];
	struct report r;

	elsewhere = open("suid", O_PATH);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", elsewhere);
	r = run_reported(execute_as_user, path);
	check(r.euid == OWNER && r.secure == 1, "by a descriptor's name");
	r = run_reported(from_other_mounts, path);
	check(r.euid == USER && r.egid == USER && r.secure == 0,
	      "on a mount of another name space");
	close(elsewhere);

	mkdir("m", 0755);
	if (mount("none", "m", "tmpfs", MS_NOSUID, NULL))
		return tap_skip("a mount without set-id", "cannot mount");
	copy_program("m/suid", OWNER, OWNER, 06755);
	snprintf(path, sizeof(path), "%s/m/suid", tap_dir);
	r = run_reported(execute_as_user, path);
	check(r.euid == USER && r.egid == USER && r.secure == 0,
	      "a mount with nosuid");
	umount2("m", 0);
	rmdir("m");
}

/* ---- traced -------------------------------------------------------------- */

/* Waits for a byte, so that its tracer is there first. */
static void wait_and_run(int gate, const char *path)
{
	char c;

	if (read(gate, &c, 1) != 1)
		_exit(96);
	if (getuid() != USER)
		drop_to(USER);
	execute_telling(path);
}

/* In a child: traces one of its own, and is another user from then on. */
static void trace(const char *path, uid_t tracer, uid_t later)
{
	int gate[2], stop;
	pid_t child;

	if (tracer)
		drop_to(tracer);
	prctl_2(SET_DUMPABLE, 1);
	pipe(gate);
	child = fork();
	if (child == 0)
		wait_and_run(gate[0], path);
	close(REPORT);
	if (ptrace(PTRACE_SEIZE, child, 0, 0))
		printf("# no tracer: errno %d\n", errno);
	if (later)
		drop_to(later);
	write(gate[1], "x", 1);
	while ((stop = next_stop(child)) >= 0)
		ptrace(PTRACE_CONT, child, 0, stop == SIGTRAP ? 0 :
		       (unsigned long)stop);
}

/* What such a child of user USER becomes. */
static struct report run_traced(const char *path, uid_t tracer, uid_t later)
{
	pid_t pid;

	open_report_pipe();
	pid = fork();
	if (pid == 0) {
		trace(path, tracer, later);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	return read_report();
}

static void execute_traced(void)
{
	struct report r = run_traced("./suid", USER, 0);

	check_eq(r.euid, USER, "traced by a user: gains nothing");
	check_eq(r.secure, 1, "AT_SECURE is 1 all the same");
	r = run_traced("./suid0", USER, 0);
	check(r.euid == USER && !r.permitted, "nor capabilities");
	r = run_traced("./suid", 0, 0);
	check_eq(r.euid, OWNER, "traced by root it does");
	r = run_traced("./suid", 0, USER);
	check_eq(r.euid, OWNER, "by one that was root when it attached");
}

/* ---- who may look -------------------------------------------------------- */

static int write_suid_dumpable(const char *text)
{
	return !text_set("/proc/sys/fs/suid_dumpable", text);
}

static void execute_unreadable(void)
{
	struct report r;

	copy_program("hidden", 0, 0, 0711);
	r = run_reported(execute_as_user, "./hidden");
	check_eq(r.dumpable, 0, "a program that cannot be read");
	make_script("script", "hidden", 0, 0755);
	r = run_reported(execute_as_user, "./script");
	check_eq(r.dumpable, 0, "nor can an interpreter");
	unlink("script");
	unlink("hidden");
	if (!check(write_suid_dumpable("2"), "fs.suid_dumpable"))
		return;
	r = run_reported(execute_as_user, "./suid");
	check_eq(r.dumpable, 2, "2: for root's eyes");
	check(write_suid_dumpable("1"), "for all");
	r = run_reported(execute_as_user, "./suid");
	check_eq(r.dumpable, 1, "1: as others");
	check(!write_suid_dumpable("3"), "there is no 3");
	write_suid_dumpable("0");
}

/* An id's change makes the process undumpable; fn does it. */
static long after(void (*fn)(void))
{
	int st = 0;
	pid_t pid = fork();

	if (pid == 0) {
		prctl_2(SET_DUMPABLE, 1);
		fn();
		_exit((int)prctl_2(GET_DUMPABLE, 0) + 10);
	}
	waitpid(pid, &st, 0);
	return WEXITSTATUS(st) - 10;
}

static void change_uid(void)
{
	setuid(USER);
}

static void change_gid(void)
{
	setgid(USER);
}

static void change_fsuid(void)
{
	syscall(SYS_setfsuid, USER);
}

static void change_fsgid(void)
{
	syscall(SYS_setfsgid, USER);
}

static void change_saved(void)
{
	setresuid(USER, -1u, USER);
}

static void change_groups(void)
{
	setgroups(1, (gid_t[]){ 5 });
}

static void change_nothing(void)
{
	setresuid(0, 0, 0);
	prctl_2(SET_NO_NEW_PRIVS, 1);
}

static int make_undumpable(void *arg)
{
	(void)arg;
	return (int)prctl_2(SET_DUMPABLE, 0);
}

static void child_of_vfork(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	pid_t pid = (pid_t)__clone(make_undumpable, stack + sizeof(stack),
				   CLONE_VM | CLONE_VFORK | SIGCHLD, NULL,
				   NULL, NULL, NULL);

	waitpid(pid, NULL, 0);
}

static void change_dumpable(void)
{
	check_eq(after(change_uid), 0, "setuid: not dumpable");
	check_eq(after(change_gid), 0, "nor after setgid");
	check_eq(after(change_fsuid), 0, "nor setfsuid");
	check_eq(after(change_fsgid), 0, "nor setfsgid");
	check_eq(after(change_saved), 1, "real and saved id do not count");
	check_eq(after(change_groups), 1, "nor do groups");
	check_eq(after(change_nothing), 1, "nor what stays as it is");
	check_eq(after(child_of_vfork), 0, "it is the memory that has it");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return tell_ids_of_exec();
	if (getuid() != 0)
		return tap_skip_all("needs root");
	tap_find_self(argv[0]);
	tap_scratch("exec_rights");
	copy_program("plain", 0, 0, 0755);
	copy_program("suid", OWNER, OWNER, 04755);
	copy_program("suid0", 0, 0, 04755);
	copy_program("sgid", OWNER, OWNER, 02755);
	copy_program("locking", OWNER, OWNER, 02745);
	scripts();
	saved_ids();
	execute_set_id();
	execute_sharing();
	execute_on_mounts();
	execute_traced();
	execute_unreadable();
	change_dumpable();
	unlink("plain");
	unlink("suid");
	unlink("suid0");
	unlink("sgid");
	unlink("locking");
	tap_scratch_end();
	return tap_done();
}

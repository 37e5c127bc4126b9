/* SPDX-License-Identifier: MIT */
/*
 * Binary formats that a user registers (rows D15, E12): by magic bytes with a
 * mask and an offset, by file name extension, with argv[0] kept or not, with
 * the file open for the interpreter, with the file's rights, with an
 * interpreter that is replaced later; what is refused; and how they are
 * switched off, one and all.  The file system is mounted at a place of its own.
 * The interpreter is this program, which prints its arguments when LT_SHOW is
 * set, and what the auxiliary vector says when LT_TELL is.
 */
#include <elf.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "texts.h"

#define DIR	"misc/"

#ifndef AT_EXECFD
#define AT_EXECFD	2
#endif

static char out[4096];

static int put_rule(const char *file, const char *fmt, const char *arg)
{
	char line[1024];

	snprintf(line, sizeof(line), fmt, arg);
	return text_set(file, line);
}

static void exec_file(void *file)
{
	char *argv[] = { "zero", "one", NULL };
	char *envp[] = { "LT_SHOW=1", NULL };

	execve(file, argv, envp);
	_exit(errno);
}

/* Runs file with two arguments.  => 0 with its output, or errno of exec */
static int run_by_rule(const char *file)
{
	return output_of(exec_file, (void *)file, out, sizeof(out));
}

static void show_run(const char *file, const char *fmt, const char *what)
{
	char want[1024];
	int r = run_by_rule(file);

	snprintf(want, sizeof(want), fmt, tap_self);
	if (strcmp(out, want))
		printf("# status %d, got %s\n# want %s\n", r, out, want);
	check(r == 0 && !strcmp(out, want), "%s", what);
}

static void register_and_run(void)
{
	put_file("m", "AB\1DEFGH rest", 13, 0755);
	put_file("x.lect", "anything", 8, 0755);
	check_eq(run_by_rule("./m"), ENOEXEC, "unknown bytes");
	check_eq(put_rule(DIR "register",
			  ":bymagic:M:1:B\\x00D:\\xff\\x00\\xff:%s:",
			  tap_self), 0, "by magic, mask and offset");
	check_eq(put_rule(DIR "register", ":bymagic:M::AB::%s:", tap_self),
		 EEXIST, "the name is taken");
	show_run("./m", "%s|./m|one|", "argv[0] makes room for the path");
	check_eq(put_rule(DIR "register", "?byname?E??lect??%s?P", tap_self), 0,
		 "by extension, another separator, argv[0] kept");
	show_run("./x.lect", "%s|./x.lect|zero|one|",
		 "argv[0] follows the path");
}

static void refuse(void)
{
	static const char *const lines[] = {
		"", ":", "short", ":n:M::A:", ":n:Q::A::%s:",
			":n:M:9999:A::%s:",
		":n:M::AB:\\xff:%s:", ":n:M::\\xz0::%s:", ":n:M::::%s:",
		":n:M::A:::", ":a/b:M::A::%s:", "::M::A::%s:",
		":n:M::A::%s:Z", ":.:M::A::%s:", ":..:M::A::%s:",
		":n:E::a/b::%s:", ":n:E::::%s:", ":n:M:-1:A::%s:",
		":n:M:254:ABC::%s:", ":n:MM::A::%s:",
		":n:M::\\x4::%s:", ":n:E::a::%s",
	};

	for (int i = 0; i < COUNT(lines); i++)
		check_eq(put_rule(DIR "register", lines[i], tap_self) != 0 ||
			 !*lines[i], 1, "refuses \"%s\"", lines[i]);
}

/* A line may be this long; where a name's end counts, its offset does not. */
#define LINE_MAX	1920

static ssize_t put_long(int size)
{
	static char line[LINE_MAX + 2];
	int fd = open(DIR "register", O_WRONLY), n;
	ssize_t done;

	memset(line, '0', sizeof(line));
	memcpy(line, ":long:E:", 8);
	n = snprintf(out, sizeof(out), ":lect::%s:", tap_self);
	memcpy(line + size - n, out, n);
	done = write(fd, line, size);
	close(fd);
	return done;
}

static void long_lines(void)
{
	check_err(EINVAL, put_long(LINE_MAX + 1), "a line that is too long");
	check_eq(put_long(LINE_MAX), LINE_MAX, "one as long as may be");
}

/* What the status begins with. */
static int status_begins(const char *word)
{
	text_read(DIR "status", out, sizeof(out));
	return !strncmp(out, word, strlen(word));
}

static void switch_off(void)
{
	check(status_begins("enabled\n"), "status: enabled");
	check_eq(put_rule(DIR "status", "0", ""), 0, "off");
	check(status_begins("disabled\n"), "status: disabled");
	check_eq(run_by_rule("./m"), ENOEXEC, "unknown while off");
	check_eq(put_rule(DIR "status", "1", ""), 0, "on");
	check_eq(run_by_rule("./m"), 0, "known again");
	check_eq(put_rule(DIR "status", "-1", ""), 0, "all forgotten");
	check_eq(run_by_rule("./m"), ENOEXEC, "unknown again");
	check_eq(put_rule(DIR "status", "2", ""), EINVAL, "no such state");
}


/* ---- a format's file ----------------------------------------------------- */

static const char *text_of(const char *file)
{
	text_read(file, out, sizeof(out));
	return out;
}

static void status_is(const char *file, const char *fmt, const char *what)
{
	char want[1024];

	snprintf(want, sizeof(want), fmt, tap_self);
	if (strcmp(text_of(file), want))
		printf("# got %s\n# want %s\n", out, want);
	check(!strcmp(out, want), "%s", what);
}

static void one_file_each(void)
{
	struct stat st;
	int fd;

	check_eq(put_rule(DIR "register",
			  ":one:M:1:B\\x00D:\\xff\\x00\\xff:%s:POC",
			  tap_self), 0, "a format with flags");
	status_is(DIR "one", "enabled\ninterpreter %s\nflags: POC\noffset 1\n"
		  "magic 420044\nmask ff00ff\n", "its file");
	put_rule(DIR "register", "=two=E==lect==%s=\n", tap_self);
	status_is(DIR "two", "enabled\ninterpreter %s\nflags: \n"
		  "extension .lect\n", "one of an extension");
	stat(DIR "two", &st);
	check(st.st_mode == (S_IFREG | 0644) && !st.st_size, "its mode, size");
	stat(DIR "register", &st);
	check(st.st_mode == (S_IFREG | 0200), "mode of register");
	check_err(EPERM, unlink(DIR "two"), "it is not unlinked");
	check_err(EACCES, open(DIR "new", O_CREAT | O_WRONLY, 0600),
		  "nor made by open");
	check_eq(run_by_rule("./x.lect"), 0, "it is known");
	check_eq(put_rule(DIR "two", "0", ""), 0, "it alone is switched off");
	status_is(DIR "two", "disabled\ninterpreter %s\nflags: \n"
		  "extension .lect\n", "and says so");
	check_eq(run_by_rule("./x.lect"), ENOEXEC, "unknown");
	check_eq(put_rule(DIR "two", "1\n", ""), 0, "on");
	check_eq(run_by_rule("./x.lect"), 0, "known");
	check_eq(put_rule(DIR "two", "10", ""), EINVAL, "no such command");
	check_eq(put_rule(DIR "two", "long", ""), EINVAL, "nor that");
	fd = open(DIR "two", O_RDWR);
	check_eq(write(fd, "-1", 2), 2, "it is forgotten");
	check_eq(run_by_rule("./x.lect"), ENOEXEC, "unknown");
	check_err(ENOENT, access(DIR "two", F_OK), "its file is gone");
	check(read(fd, out, 9) == 9 && !memcmp(out, "enabled\ni", 9),
	      "who has it open still reads it");
	check_eq(write(fd, "-1", 2), 2, "and may forget it again");
	close(fd);
	check_eq(put_rule(DIR "register", "=two=E==lect==%s=", tap_self), 0,
		 "its name is free");
	check_eq(put_rule(DIR "status", "-1", ""), 0, "all are forgotten");
	check(access(DIR "one", F_OK) && access(DIR "two", F_OK), "both");
}

/* ---- what the flags do --------------------------------------------------- */

/* For LT_TELL: what this program was given.  => exit status */
static int tell_arguments(int argc, char **argv)
{
	unsigned long fd = getauxval(AT_EXECFD);
	char text[16] = "";

	printf("flags %lu argc %d", getauxval(AT_FLAGS), argc);
	if (fd) {
		ssize_t n = pread((int)fd, text, 4, 0);

		printf(" fd %d cloexec %d write %d: %.*s",
		       (int)fd > 2, fcntl((int)fd, F_GETFD),
		       fcntl((int)fd, F_GETFL) & O_ACCMODE,
		       n > 0 ? (int)n : 0, text);
	}
	printf(" uid %d euid %d secure %lu %s\n", (int)getuid(),
	       (int)geteuid(), getauxval(AT_SECURE), argv[argc - 1]);
	return 0;
}

static void exec_teller(void *file)
{
	char *argv[] = { "zero", "one", NULL };
	char *envp[] = { "LT_TELL=1", NULL };

	if (setresgid(7, 7, 7) || setresuid(7, 7, 7))
		_exit(99);
	execve(file, argv, envp);
	_exit(errno);
}

static void run_registered(const char *line, const char *want, const char *what)
{
	int r;

	check_eq(put_rule(DIR "register", line, tap_self), 0, "registered");
	r = output_of(exec_teller, "./m", out, sizeof(out));
	if (strcmp(out, want))
		printf("# status %d, got %s# want %s", r, out, want);
	check(!r && !strcmp(out, want), "%s", what);
	put_rule(DIR "status", "-1", "");
}

static void heed_rule_flags(void)
{
	chmod("m", 04755);
	run_registered(":f:M::AB::%s:",
		       "flags 0 argc 3 uid 7 euid 7 secure 0 one\n",
		       "no flag: the file's rights do not count");
	run_registered(":f:M::AB::%s:P",
		       "flags 1 argc 4 uid 7 euid 7 secure 0 one\n", "P");
	run_registered(":f:M::AB::%s:O",
		       "flags 0 argc 3 fd 1 cloexec 0 write 0: "
		       "AB\1D uid 7 euid 7 secure 0 one\n", "O");
	run_registered(":f:M::AB::%s:C",
		       "flags 0 argc 3 fd 1 cloexec 0 write 0: "
		       "AB\1D uid 7 euid 0 secure 1 one\n", "C: they do");
	run_registered(":f:M::AB::%s:PCF",
		       "flags 1 argc 4 fd 1 cloexec 0 write 0: "
		       "AB\1D uid 7 euid 0 secure 1 one\n", "all of them");
	chmod("m", 04711);
	run_registered(":f:M::AB::%s:O",
		       "flags 0 argc 3 fd 1 cloexec 0 write 0: "
		       "AB\1D uid 7 euid 7 secure 0 one\n",
		       "O: whoever may run it reads it so");
	chmod("m", 0755);
}

/* Of two files that are to stay open there is no saying which. */
static void twice(void)
{
	put_file("n.lect", "CD", 2, 0755);
	put_rule(DIR "register", ":f:M::AB::%s:O", tap_self);
	put_rule(DIR "register", ":g:M::CD::./m:O", "");
	check_eq(run_by_rule("./n.lect"), ENOEXEC, "two files to be passed");
	put_rule(DIR "g", "-1", "");
	put_rule(DIR "register", ":g:M::CD::./m:", "");
	check_eq(run_by_rule("./n.lect"), 0, "one of them: the interpreter's");
	put_rule(DIR "g", "-1", "");
	put_rule(DIR "register", ":g:M::CD::./n.lect:", "");
	check_eq(run_by_rule("./n.lect"), ELOOP, "its own interpreter");
	put_rule(DIR "status", "-1", "");
	unlink("n.lect");
}

/* The interpreter of that day, whatever has its name now. */
static void fixed(void)
{
	copy_self("interp", 0755);
	check_eq(put_rule(DIR "register", ":f:M::AB::./none:F", ""), ENOENT,
		 "F: an interpreter that is not there");
	check_eq(put_rule(DIR "register", ":f:M::AB::./m:F", ""), 0,
		 "F: one that is only a file");
	put_rule(DIR "status", "-1", "");
	check_eq(put_rule(DIR "register", ":f:M::AB::./interp:F", ""), 0, "F");
	check_err(ETXTBSY, open("interp", O_WRONLY),
		  "nobody writes to it meanwhile");
	check_eq(run_by_rule("./m"), 0, "it runs");
	rename("interp", "old");
	put_file("interp", "#!/none\n", 8, 0755);
	check_eq(run_by_rule("./m"), 0, "and runs when another has its name");
	unlink("interp");
	unlink("old");
	check_eq(run_by_rule("./m"), 0, "and when none has");
	put_rule(DIR "status", "-1", "");
	check_eq(run_by_rule("./m"), ENOEXEC, "forgotten");
	copy_self("interp", 0755);
	put_rule(DIR "register", ":f:M::AB::./interp:", "");
	check_eq(run_by_rule("./m"), 0, "without F, by its name");
	unlink("interp");
	check_eq(run_by_rule("./m"), ENOENT, "which may be gone");
	put_rule(DIR "status", "-1", "");
}

static void no_descriptor_left(void)
{
	struct rlimit r = { 0, 0 };
	pid_t pid;
	int status;

	put_rule(DIR "register", ":f:M::AB::%s:O", tap_self);
	pid = fork();
	if (!pid) {
		setrlimit(RLIMIT_NOFILE, &r);
		exec_file("./m");
	}
	waitpid(pid, &status, 0);
	/* Linux finds out when the old program is gone, and kills it */
	check(WIFSIGNALED(status) || WEXITSTATUS(status) == EMFILE,
	      "no descriptor is left for the file");
	put_rule(DIR "status", "-1", "");
}

/*
 * The same in a process that shares its descriptors: if it goes on, it shares
 * them still, and closes the pipe for both.
 */
static void keep_sharing(void)
{
	struct rlimit r = { 0, 0 };
	int p[2], status;
	pid_t pid;

	put_rule(DIR "register", ":f:M::AB::%s:O", tap_self);
	pipe(p);
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (!pid) {
		setrlimit(RLIMIT_NOFILE, &r);
		execve("./m", (char *[]){ "m", NULL }, environ);
		close(p[1]);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	check(WIFSIGNALED(status) || fcntl(p[1], F_GETFD) == -1,
	      "a failed exec shares its descriptors still");
	close(p[0]);
	close(p[1]);
	put_rule(DIR "status", "-1", "");
}

/* ---- a program that two formats know -------------------------------------- */

#define RWX_AT	0x30000000UL

static const struct {
	Elf_Ehdr eh;
	Elf_Phdr ph[2];
	char name[4];			/* has no NUL */
} half_elf = {
	.eh = {
		.e_ident = { 127, 'E', 'L', 'F', ELFCLASS_NATIVE,
			     ELFDATA2LSB, 1 },
		.e_type = ET_EXEC, .e_machine = ARCH_ELF_MACHINE,
		.e_version = 1, .e_entry = RWX_AT,
		.e_phoff = sizeof(Elf_Ehdr), .e_ehsize = sizeof(Elf_Ehdr),
		.e_phentsize = sizeof(Elf_Phdr), .e_phnum = 2,
	},
	.ph = {
		{ .p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X,
		  .p_vaddr = RWX_AT, .p_paddr = RWX_AT,
		  .p_filesz = sizeof(half_elf), .p_memsz = sizeof(half_elf),
		  .p_align = PG },
		{ .p_type = PT_INTERP,
		  .p_offset = sizeof(Elf_Ehdr) + 2 * sizeof(Elf_Phdr),
		  .p_filesz = 4, .p_memsz = 4, .p_align = 1 },
	},
	.name = "abcd",
};

/* For LT_MAPS. => 0: nothing of half_elf is mapped */
static int find_half_elf(void)
{
	return msync((void *)RWX_AT, PG, MS_ASYNC) == 0;
}

static void exec_half_elf(void *file)
{
	char *argv[] = { file, NULL }, *envp[] = { "LT_MAPS=1", NULL };

	execve(file, argv, envp);
	_exit(errno);
}

/*
 * A file that looks like ELF, until its interpreter's name is read: another
 * format takes over, and runs with nothing of the file's.
 */
static void taken_over(void)
{
	put_file("half.lect", &half_elf, sizeof(half_elf), 06755);
	check_eq(run_by_rule("./half.lect"), ENOEXEC,
		 "ELF whose interpreter has no name");
	put_rule(DIR "register", ":f:E::lect::%s:", tap_self);
	check_eq(output_of(exec_half_elf, "./half.lect", out, sizeof(out)), 0,
		 "the next format runs it, without its pages");
	put_rule(DIR "status", "-1", "");
	unlink("half.lect");
}

/* The end of a short file reads as zeros. */
static void zeros_behind(void)
{
	put_file("short", "Q", 1, 0755);
	put_rule(DIR "register", ":f:M::Q\\x00\\x00::%s:", tap_self);
	check_eq(run_by_rule("./short"), 0,
		 "behind a short file there are zeros");
	put_rule(DIR "status", "-1", "");
	unlink("short");
}

int main(int argc, char **argv)
{
	if (getenv("LT_SHOW")) {
		for (int i = 0; i < argc; i++)
			printf("%s|", argv[i]);
		return 0;
	}
	if (getenv("LT_MAPS"))
		return find_half_elf();
	if (getenv("LT_TELL"))
		return tell_arguments(argc, argv);
	if (geteuid())
		return tap_skip_all("root registers");
	tap_find_self(argv[0]);
	tap_scratch("binfmt_misc");
	chmod(".", 0755);
	mkdir("misc", 0755);
	if (mount("none", "misc", "binfmt_misc", 0, NULL))
		return tap_skip_all("no file system binfmt_misc");
	register_and_run();
	refuse();
	long_lines();
	switch_off();
	one_file_each();
	heed_rule_flags();
	twice();
	fixed();
	no_descriptor_left();
	keep_sharing();
	taken_over();
	zeros_behind();
	umount2("misc", 0);
	rmdir("misc");
	unlink("m");
	unlink("x.lect");
	tap_scratch_end();
	return tap_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * Programs of xv6's under the personality (row E13): its rules, tried from
 * inside by user/more/xv6/trial.c, one after the other; its shell with its
 * tools; who may not start one, files that are none, random ones; stops,
 * a tracer, and that all of it is given back.  That the programs are here is
 * seen to by the driver, as this one's name is xv6.
 */
#include <elf.h>
#include <sys/resource.h>
#include "image.h"

#define PER_XV6		0x78
#define HOME		"/usr/lectern/xv6/"
#define WIDE		(sizeof(long) == 8)	/* exit has a status */
#define HIGH		0x20000			/* above vm.mmap_min_addr */

/* As lt-personality does.  Ends with errno if it cannot. */
static void become_xv6(char *const argv[])
{
	struct rlimit files = { 16, 16 };
	char *envp[] = { NULL };

	signal(SIGPIPE, SIG_IGN);
	for (int fd = 3; fd < 16; fd++)
		close(fd);
	setrlimit(RLIMIT_NOFILE, &files);
	syscall(SYS_personality, PER_XV6);
	execve(argv[0], argv, envp);
	_exit(errno);
}

static void become_xv6_file(void *path)
{
	char *argv[] = { path, "wait", NULL };

	become_xv6(argv);
}

/* ---- the rules ----------------------------------------------------------- */

static void become_xv6_trial(void *name)
{
	char *argv[] = { HOME "trial", name, NULL };

	become_xv6(argv);
}

static void try_xv6_rules(void)
{
	static char *const names[] = {
		"wait", "fork", "limit", "kill", "killself", "time",
		"unknown", "memory", "sbrk", "eager", "lazy", "giveup", "file",
		"whole", "empty", "link", "dir", "entries", "names", "hidden",
		"console", "pipe", "descriptors", "pointers", "exec",
	};

	put_file("a_name_longer_than_fourteen", "", 0, 0644);
	put_file("short", "", 0, 0644);
	for (int i = 0; i < COUNT(names); i++) {
		int r = output_of(become_xv6_trial, names[i], out, sizeof(out));

		if (r || strcmp(out, "passed\n"))
			printf("# status %d: %s", r, out);
		check(!r && !strcmp(out, "passed\n"), "%s", names[i]);
	}
	unlink("a_name_longer_than_fourteen");
	unlink("short");
}

/* ---- the shell ----------------------------------------------------------- */

static void become_shell(void *script)
{
	char path[128], *argv[] = { path, NULL };
	int fd = open(script, O_RDONLY);

	snprintf(path, sizeof(path), "%s/sh", tap_dir);
	dup2(fd, 0);
	dup2(open("/dev/null", O_WRONLY), 2);
	become_xv6(argv);
}

/* Its tools are one program; it finds them beside itself. */
static void try_shell(void)
{
	static const char script[] =
		"mkdir d\ncd d\necho one two > x\ncat < x | cat | wc\n"
		"ln x y\nrm x\ncat y\nls\ncd ..\nrm d/y d\nnone\n"
		"echo > /dev/null &\necho end\nexit 3";
	static const char want[] = "1 2 8\none two\n.\n..\ny\nend\n";
	static const char *const tools[] = {
		"echo", "cat", "wc", "ls", "mkdir", "rm", "ln",
	};
	int r;

	for (int i = 0; i < COUNT(tools); i++)
		symlink(HOME "box", tools[i]);
	symlink(HOME "sh", "sh");
	put_file("script", script, strlen(script), 0644);
	r = output_of(become_shell, "script", out, sizeof(out));
	check(!strcmp(out, want), "a shell's tools, pipes and files");
	if (strcmp(out, want))
		printf("# got %s", out);
	check_eq(r, WIDE ? 3 : 0, "its status");
	for (int i = 0; i < COUNT(tools); i++)
		unlink(tools[i]);
	unlink("sh");
	unlink("script");
}

/* ---- who may not, and what is none --------------------------------------- */

static void become_as_user(void *path)
{
	syscall(SYS_setresuid, 1000, 1000, 1000);
	become_xv6_file(path);
}

/* With that right alone, and only until exec is over. */
static void become_trial_as_user(void *name)
{
	struct { unsigned version; int pid; } h = { 0x20080522, 0 };
	unsigned c[6] = { 1u << 17, 1u << 17 };	/* CAP_SYS_RAWIO */

	syscall(SYS_prctl, 8, 1, 0, 0, 0);	/* PR_SET_KEEPCAPS */
	if (syscall(SYS_setresuid, 1000, 1000, 1000) ||
	    syscall(SYS_capset, &h, c))
		_exit(100);
	become_xv6_trial(name);
}


static Elf_Ehdr *image_head(void)
{
	return (void *)image;
}

static Elf_Phdr *xv6_segment(int i)
{
	return (void *)(image + sizeof(Elf_Ehdr) + (size_t)i * sizeof(Elf_Phdr));
}

/* The image with one field changed, which then is as before. */
#define CHANGED(field, value, err, what)	do {			\
	__typeof__(field) old_ = (field);				\
	(field) = (__typeof__(field))(value);				\
	check_eq(starts_image(), err, what);				\
	(field) = old_;							\
} while (0)

static void try_bad_xv6_files(void)
{
	CHANGED(image_head()->e_machine, 40, EINVAL, "another machine's");
	CHANGED(image_head()->e_ident[4], 3 - image_head()->e_ident[4], EINVAL,
		"another word's");
	CHANGED(image_head()->e_ident[0], 0, EINVAL, "no ELF");
	CHANGED(image_head()->e_type, 3, EINVAL, "not at its address");
	CHANGED(image_head()->e_phnum, 0, EINVAL, "no segments");
	CHANGED(image_head()->e_phnum, 0xffff, EINVAL, "too many");
	CHANGED(image_head()->e_phoff, image_size - 1, EINVAL,
		"their table is cut");
	CHANGED(image_head()->e_phoff, -1, EINVAL, "or lies nowhere");
	CHANGED(xv6_segment(0)->p_vaddr, 16, EINVAL, "an odd address");
	CHANGED(xv6_segment(1)->p_memsz, 0, EINVAL, "less memory than file");
	CHANGED(xv6_segment(1)->p_vaddr, -PG, EINVAL, "at the end of all");
	CHANGED(xv6_segment(1)->p_memsz, -PG, EINVAL, "larger than all");
	CHANGED(xv6_segment(1)->p_memsz, ~0ul >> 1, EINVAL, "up to exec's own");
	CHANGED(xv6_segment(1)->p_offset, image_size, EINVAL, "past the file");
	CHANGED(xv6_segment(1)->p_offset, -1, EINVAL, "nowhere in the file");
	check_eq(starts_image(), 0, "and the whole one runs");
	unlink("bad");
}

static void try_refusals(void)
{
	put_file("script", "#!/bin/sh\n", 10, 0755);
	check_eq(starts("./script"), EINVAL, "a script");
	check_eq(starts("./none"), ENOENT, "no file");
	check_eq(starts("."), EACCES, "a directory");
	unlink("script");
	put_file("own", image, (size_t)image_size, 0755);
	chown("own", 1000, 1000);
	chmod("own", 04755);
	check_eq(starts("./own"), EPERM, "a set-id program");
	chmod("own", 0755);
	check_eq(starts("./own"), 0, "the same without the bit");
	check_eq(output_of(become_as_user, "./own", out, sizeof(out)), EPERM,
		 "without CAP_SYS_RAWIO");
	unlink("own");
	for (int i = 0; i < image_head()->e_phnum; i++)
		xv6_segment(i)->p_vaddr += HIGH;
	put_file("high", image, (size_t)image_size, 0755);
	for (int i = 0; i < image_head()->e_phnum; i++)
		xv6_segment(i)->p_vaddr -= HIGH;
	check(starts("./high") != EPERM, "none of it in the lowest pages");
	check_eq(output_of(become_as_user, "./high", out, sizeof(out)), EPERM,
		 "it wants the right, too");
	unlink("high");
}

static void try_closed(void)
{
	int r;

	mkdir("closed", 0700);
	mkdir("open", 0755);
	r = output_of(become_trial_as_user, "closed", out, sizeof(out));
	check(!r && !strcmp(out, "passed\n"), "a folder one may not search");
	rmdir("closed");
	rmdir("open");
}

/* Bytes of the headers at random: whatever comes, it ends, and the next runs. */
static void try_random_xv6_files(void)
{
	static char keep[256];
	unsigned seed = 1, ran = 0;

	memcpy(keep, image, sizeof(keep));
	for (int i = 0; i < 150; i++) {
		for (int k = 0; k < 1 + i % 4; k++) {
			seed = seed * 1103515245 + 12345;
			image[4 + (seed >> 8) % (WIDE ? 172 : 112)] ^=
				(char)(1 << (seed >> 24) % 8);
		}
		/* zeros are instructions to i386: not millions of them */
		if (xv6_segment(0)->p_vaddr < 1 << 20)
			ran += starts_image() == 0;
		memcpy(image, keep, sizeof(keep));
	}
	printf("# %u of them ran\n", ran);
	check_eq(starts_image(), 0, "after random files");
	unlink("bad");
}

/* ---- from outside -------------------------------------------------------- */

static void become_cat(void *in)
{
	char *argv[] = { "./cat", NULL };

	dup2(*(int *)in, 0);
	become_xv6(argv);
}

/* A read that a stop interrupts begins anew. */
static void try_stop(void)
{
	int in[2], from[2], status;
	ssize_t n;
	pid_t pid;

	symlink(HOME "box", "cat");
	if (pipe(in) || pipe(from))
		tap_bail("pipe");
	pid = fork();
	if (!pid) {
		dup2(from[1], 1);
		become_cat(&in[0]);
	}
	close(in[0]);
	close(from[1]);
	write(in[1], "a", 1);
	n = read(from[0], out, 1);
	comes_to(pid, "S");
	kill(pid, SIGSTOP);
	check(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status),
	      "it stops");
	kill(pid, SIGCONT);
	comes_to(pid, "S");
	write(in[1], "b", 1);
	n += read(from[0], out + n, 1);
	close(in[1]);
	n += read(from[0], out + n, 1);
	check(n == 2 && out[0] == 'a' && out[1] == 'b', "and goes on");
	waitpid(pid, &status, 0);
	check_eq(status, 0, "to its end");
	close(from[0]);
	unlink("cat");
}

static void become_traced_xv6(void)
{
	int fd = open("said", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	dup2(fd, 1);
	become_xv6_trial("fork");
}

static void int_64(void *arg)
{
	(void)arg;
#if defined(__i386__)
	__asm__ volatile("int $64");
#else
	__builtin_trap();
#endif
}

/* To programs of Linux's nothing has changed. */
static void try_others(void)
{
	siginfo_t si;
	int sig = catch_fault(int_64, NULL, &si);

	check_eq(sig, WIDE ? sig : SIGSEGV, "the instruction is a fault");
	check_eq(in_child(become_xv6_trial, "wait") & 0x7f, 0,
		 "a child of ours");
	check(syscall(SYS_personality, 0xffffffff) != PER_XV6, "and we are not");
}

/* What the first of all leaves in caches is there; then all again. */
static void try_xv6_leaks(void)
{
	if (audit_take())
		return;
	for (int i = 0; i < 3; i++) {
		static char *const some[] = { "limit", "exec", "giveup",
					      "pipe", "dir" };

		for (int k = 0; k < COUNT(some); k++)
			output_of(become_xv6_trial, some[k], out, sizeof(out));
		CHANGED(xv6_segment(1)->p_offset, image_size, EINVAL,
			"a bad file");
	}
	unlink("bad");
	check(audit_same(64), "all is given back");
}

int main(int argc, char **argv)
{
	become_program_in = become_xv6_file;
	if (access("/proc/lectern", F_OK))
		return tap_skip_all("the personality is Lectern's");
	tap_scratch("xv6");
	read_image(HOME "trial");
	try_xv6_rules();
	try_shell();
	try_bad_xv6_files();
	try_refusals();
	try_closed();
	try_random_xv6_files();
	try_stop();
	try_trace(become_traced_xv6, 20);
	try_others();
	try_xv6_leaks();
	tap_scratch_end();
	return tap_done();
}

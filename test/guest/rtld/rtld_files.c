/* SPDX-License-Identifier: MIT */
/*
 * Files of libraries that are opened while programs run (row C7): of one that
 * cannot be had nothing stays behind, neither memory nor descriptors; one that
 * is cut short ends who uses it, and nobody else; one that another takes the
 * place of stays with who has it.
 */
#include <dlfcn.h>
#include "patch.h"

#define NAME	"./libfile.so"

static char maps[2][1 << 15];

static int count_open_files(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void read_maps_into(char *text, size_t size)
{
	int fd = open("/proc/self/maps", O_RDONLY);
	size_t have = 0;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, text + have, size - 1 - have)) > 0)
		have += (size_t)n;
	text[have] = '\0';
	if (!have || have == size - 1 || close(fd))
		tap_bail("/proc/self/maps");
}

/* => whether the failure leaves all memory as it was */
static int leaves_nothing(const char *name)
{
	read_maps_into(maps[0], sizeof(maps[0]));
	if (dlopen(name, RTLD_NOW))
		return 0;
	read_maps_into(maps[1], sizeof(maps[1]));
	return !strcmp(maps[0], maps[1]);
}

/* One time may take memory for strings that serves the next ones. */
static void fails(const char *name, const char *words)
{
	int fds = count_open_files(), tries = 1;
	const char *said;

	while (!leaves_nothing(name) && tries++ < 3)
		;
	if (!check(tries <= 3, "%s: no memory stays", words))
		printf("# before\n%s# after\n%s", maps[0], maps[1]);
	said = dlerror();
	if (!check(said && strstr(said, words), "%s: is said", words))
		printf("# said: %s\n", said ? said : "nothing");
	check_eq(count_open_files(), fds, "%s: no file is left open", words);
}

static void fail_to_load(void)
{
	put_file(NAME, "short", 5, 0755);
	fails(NAME, "file too short");
	read_library("librtld_dl_r.so");
	write_library(NAME);
	fails(NAME, "undefined symbol: p_only");
	read_library("librtld_chain.so");
	*(char *)in_library(*dynamic_value(DT_STRTAB) +
			    *dynamic_value(DT_NEEDED)) = 'X';
	write_library(NAME);
	fails(NAME, "Xibwhich.so: cannot open shared object file");
	read_library("librtld_undefined_data.so");
	first_relocation()->info = 0xe5;
	write_library(NAME);
	fails(NAME, "unexpected reloc type 0xe5");
	unlink(NAME);
}

/* Room for fixed offsets is scarce: whoever fails must give it back. */
static void give_tls_back(void)
{
	int opened = 0;

	read_library("librtld_tls_late.so");
	first_relocation()->info = 0xe5;
	write_library(NAME);
	for (int i = 0; i < 200; i++)
		opened += dlopen(NAME, RTLD_NOW) != NULL;
	check_eq(opened, 0, "many failures with thread-local variables");
	read_library("librtld_tls_late.so");
	write_library(NAME);
	if (!check(dlopen(NAME, RTLD_NOW) != NULL, "leave room for them"))
		printf("# %s\n", dlerror());
	unlink(NAME);
}

static int executable_stack(void)
{
	for (size_t i = 0; i < library.header.e_phnum; i++)
		if (segment(i)->p_type == PT_GNU_STACK)
			return segment(i)->p_flags |= PF_X;
	return 0;
}

/* The program header in question may stand before a segment. */
static void refused_when_mapped(void)
{
#ifndef __GLIBC__	/* whose older ones make the stack so */
	ElfW(Phdr) stack;
	size_t i = 0;

	read_library("librtld_which_1.so");
	if (!check(executable_stack(), "a library with such a header"))
		return;
	write_library(NAME);
	fails(NAME, "cannot enable executable stack");
	while (segment(i)->p_type != PT_GNU_STACK)
		i++;
	stack = *segment(i);
	for (; i; i--)
		*segment(i) = *segment(i - 1);
	*segment(0) = stack;
	write_library(NAME);
	fails(NAME, "cannot enable executable stack");
	unlink(NAME);
#endif
}

static void put_which(int n, const char *name)
{
	char from[32];

	snprintf(from, sizeof(from), "librtld_which_%d.so", n);
	read_library(from);
	write_library(name);
}

/* A child with the library: it calls once, and again when it is told to. */
struct user {
	pid_t pid;
	int go[2], ready[2];
};

static void use_library(struct user *u)
{
	void *h = dlopen(NAME, RTLD_NOW);
	int (*which)(void) = h ? (int (*)(void))dlsym(h, "which") : NULL;
	char c = which ? (char)which() : 0;

	write(u->ready[1], &c, 1);
	close(u->go[1]);
	if (read(u->go[0], &c, 1) != 1)
		_exit(98);
	_exit(which ? which() : 99);
}

/* => what the library's function has given it */
static int start_user(struct user *u)
{
	char c = 0;

	if (pipe(u->go) || pipe(u->ready) || (u->pid = fork()) < 0)
		tap_bail("start_user");
	if (u->pid == 0)
		use_library(u);
	close(u->ready[1]);
	close(u->go[0]);
	if (read(u->ready[0], &c, 1) != 1)
		c = -1;
	close(u->ready[0]);
	return c;
}

/* => how it has ended: its status, or - its signal */
static int end_user(struct user *u)
{
	int status = -1;

	write(u->go[1], "", 1);
	close(u->go[1]);
	waitpid(u->pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void cut_short(void)
{
	struct user with, other;

	put_which(2, NAME);
	check_eq(start_user(&other), 2, "a program with a library");
	put_which(1, "new");
	check_ok(rename("new", NAME), "in whose place another comes");
	check_eq(start_user(&with), 1, "a program with that");
	check_ok(truncate(NAME, 0), "which is cut to nothing");
	check_eq(end_user(&with), -SIGBUS, "ends by a signal");
	check_eq(end_user(&other), 2, "the first does not");
	put_which(1, NAME);
	check_eq(start_user(&with), 1, "it comes again");
	check_eq(end_user(&with), 1, "and serves");
	unlink(NAME);
}

static void replace_used_library(void)
{
	struct user old, new;

	put_which(1, NAME);
	check_eq(start_user(&old), 1, "a program with a library");
	put_which(3, "new");
	check_ok(rename("new", NAME), "another takes its place");
	check_eq(start_user(&new), 3, "a new program has the new one");
	check_eq(end_user(&old), 1, "the first goes on with the old one");
	check_eq(end_user(&new), 3, "the second with its own");
	unlink(NAME);
}

int main(int argc, char **argv)
{
	(void)argc;
	find_folder(argv[0]);
	tap_scratch("rtld_files");
	fail_to_load();
	refused_when_mapped();
	cut_short();
	replace_used_library();
	give_tls_back();	/* which keeps its library, and the name */
	tap_scratch_end();
	return tap_done();
}

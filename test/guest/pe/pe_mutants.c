/* SPDX-License-Identifier: MIT */
/*
 * PE files in which a few bytes are changed by chance (row E14).  Most of what
 * the loader reads are tables, so these are changed; what a program does that
 * was let run is its own affair.  Nobody else notices, and the loader itself
 * never dies of a file: it says why, with status 127.
 *
 * PE_MUTANTS is how many, PE_SEED which.
 */
#include <sys/resource.h>
#include <time.h>
#include "pe_files.h"

#define LONGEST		300000		/* microseconds */
#define MAX_SIZE	(1 << 16)

static const char *const names[] = { "pe_program.exe", "pe_lib.dll",
				     "pe_other.dll", "pe_late.dll",
				     "pe_no.dll" };
static struct {
	unsigned char *bytes;
	size_t size;
} files[COUNT(names)];

static unsigned int state;

static unsigned int mutation_chance(unsigned int below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

static unsigned int word_in_file(const unsigned char *at)
{
	unsigned int w;

	memcpy(&w, at, sizeof(w));
	return w;
}

/* A place in a table: the headers, or a section but the code. */
static size_t place(const unsigned char *b, size_t size)
{
	unsigned int pe = word_in_file(b + 0x3c), n = b[pe + 6];
	const unsigned char *s = b + pe + 24 + 224 +
		40 * (1 + mutation_chance(n - 1));

	if (!mutation_chance(3))
		return pe + mutation_chance(24 + 224 + 40 * n);
	if (!word_in_file(s + 16) || word_in_file(s + 20) +
	    word_in_file(s + 8) > size)
		return pe;
	return word_in_file(s + 20) + mutation_chance(word_in_file(s + 8));
}

static void change_bits(unsigned char *at, size_t left)
{
	static const unsigned int words[] = {
		0, 1, 0xffffffff, 0x7fffffff, 0x80000000, 0xfffff000, 0x1000,
		0xfff,
	};
	unsigned int w = words[mutation_chance(COUNT(words))];

	if (mutation_chance(2))
		*at ^= (unsigned char)(1u << mutation_chance(8));
	else
		memcpy(at, &w, left < sizeof(w) ? left : sizeof(w));
}

static void write_mutant(int which)
{
	unsigned char *copy = malloc(files[which].size);
	size_t size = files[which].size;

	memcpy(copy, files[which].bytes, size);
	for (unsigned int i = 1 + mutation_chance(3); i; i--) {
		size_t at = place(files[which].bytes, size);

		if (mutation_chance(2))
			at &= ~(size_t)3;
		change_bits(copy + at, size - at);
	}
	if (!mutation_chance(20))
		size = mutation_chance((unsigned int)size);
	put_file(names[which], (char *)copy, size, 0755);
	free(copy);
}

/* As nobody, silent, not for ever.  => its status */
static int start_mutant(int loud)
{
	struct itimerval limit = { .it_value.tv_usec = LONGEST };
	char *argv[] = { "./pe_program.exe", NULL }, *envp[] = { NULL };
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		int fd = open("/dev/null", O_RDWR);

		dup2(fd, 1);
		if (!loud)
			dup2(fd, 2);
		close(fd);
		setrlimit(RLIMIT_AS, &(struct rlimit){ 64 << 20, 64 << 20 });
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, 0 });
		if (setgid(65534) || setuid(65534))
			_exit(99);
		if (!loud)
			setitimer(ITIMER_REAL, &limit, NULL);
		execve(argv[0], argv, envp);
		_exit(126);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void read_files(void)
{
	char path[300];

	for (int i = 0; i < COUNT(names); i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/%s", pe_folder, names[i]);
		fd = open(path, O_RDONLY);
		files[i].bytes = malloc(MAX_SIZE);
		files[i].size = (size_t)read(fd, files[i].bytes, MAX_SIZE);
		close(fd);
		put_file(names[i], (char *)files[i].bytes, files[i].size, 0755);
	}
}

/* The loader reads TLS for each thread, whatever rights its section has. */
static void no_rights(void)
{
	size_t flags = 0x40 + 24 + 224 + 2 * 40 + 36;
	unsigned char *b = files[1].bytes;
	unsigned int was = word_in_file(b + flags);

	memset(b + flags, 0, 4);
	put_file(names[1], (char *)b, files[1].size, 0755);
	check_eq(start_mutant(1), 42 << 8,
		 "data that nobody may touch are read");
	memcpy(b + flags, &was, 4);
	put_file(names[1], (char *)b, files[1].size, 0755);
}

static unsigned long variable_or(const char *variable, unsigned long otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

static void all_mutants(unsigned long count)
{
	unsigned int well = 0, refused = 0, killed = 0, late = 0, other = 0;

	for (unsigned long i = 0; i < count; i++) {
		int which = (int)mutation_chance(COUNT(names)), status;

		write_mutant(which);
		status = start_mutant(0);
		put_file(names[which], (char *)files[which].bytes,
			 files[which].size, 0755);
		if (WIFSIGNALED(status))
			*(WTERMSIG(status) == SIGALRM ? &late : &killed) += 1;
		else
			*(WEXITSTATUS(status) == 42 ? &well :
			  WEXITSTATUS(status) == 127 ? &refused : &other) += 1;
	}
	printf("# %lu mutants: %u ran well, %u refused, %u ended otherwise, "
	       "%u by a signal, %u by the clock\n", count, well, refused,
	       other, killed, late);
	check(refused, "some are refused");
}

int main(int argc, char **argv)
{
	const char *why;

	(void)argc;
	if (geteuid())
		return tap_skip_all("root registers");
	tap_find_self(argv[0]);
	tap_scratch("pe_mutants");
	chmod(".", 0755);
	why = pe_register(argv[0], "pe_mutants");
	if (why)
		return tap_skip_all(why);
	read_files();
	state = (unsigned int)variable_or("PE_SEED", 1) * 2654435761u | 1;
	check_eq(start_mutant(1), 42 << 8, "what is well runs");
	no_rights();
	all_mutants(variable_or("PE_MUTANTS", 300));
	check_eq(start_mutant(1), 42 << 8, "and still does");
	check_err(ECHILD, waitpid(-1, NULL, WNOHANG), "no child is left");
	for (int i = 0; i < COUNT(names); i++)
		unlink(names[i]);
	pe_unregister("pe_mutants");
	tap_scratch_end();
	return tap_done();
}

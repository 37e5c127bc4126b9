/* SPDX-License-Identifier: MIT */
/* Lab 12: start a dynamic program, and see how it ends. */
#ifndef PLT_START_H
#define PLT_START_H

#include "check.h"
#include <elf.h>
#include <sys/stat.h>

#define TEXT	160

/* What the program printed, and its status: that of exit(), or 128 + signal. */
struct end {
	char text[TEXT];
	int status;
};

/* After 100 million instructions a program is ended. */
static void become(const char *path, char *const argv[], char *const envp[],
		   int out)
{
	struct itimerval t = { { 0, 0 }, { 0, 100000 } };

	dup2(out, 1);
	dup2(out, 2);
	signal(SIGALRM, SIG_DFL);
	setitimer(ITIMER_REAL, &t, NULL);
	execve(path, argv, envp);
	_exit(126);
}

static inline struct end run(const char *path, const char *arg,
			     const char *env)
{
	char *argv[] = { (char *)path, (char *)arg, NULL };
	char *envp[] = { (char *)env, NULL };
	struct end e = { "", 0 };
	char rest[TEXT];
	ssize_t n, got = 0;
	int ends[2], status;
	pid_t child;

	lab_must(pipe(ends), "pipe");
	child = fork();
	lab_must(child, "fork");
	if (!child)
		become(path, argv, envp, ends[1]);
	close(ends[1]);
	while ((n = read(ends[0], rest, sizeof(rest))) > 0) {
		if (n > TEXT - 1 - got)
			n = TEXT - 1 - got;
		memcpy(e.text + got, rest, (size_t)n);
		got += n;
	}
	close(ends[0]);
	for (char *c = e.text; *c; c++)
		if (*c == '\n')
			*c = c[1] ? ' ' : 0;
	lab_must(waitpid(child, &status, 0), "waitpid");
	e.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
		WEXITSTATUS(status);
	return e;
}

static inline void must_run_with(const char *path, const char *arg,
				 const char *env)
{
	struct end e = run(path, arg, env);

	lab_check(e.status != 128 + SIGALRM,
		  "%s did not end: it calls itself, or loops", path);
	lab_check(e.status < 128, "%s was ended by signal %d", path,
		  e.status - 128);
	lab_check(e.status == 0, "%s: status %d: %s", path, e.status, e.text);
	lab_check(!e.text[0], "%s printed: %s", path, e.text);
}

#define BOUND	"LD_BIND_NOW=1"		/* no lazy call */
#define LAZY	"LAZY=1"

/* ---- files that are changed ---------------------------------------------- */

static union {
	Elf_Ehdr h;
	char bytes[65536];
} image;
static size_t image_size;

static inline void image_read(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	lab_must(fd, path);
	n = read(fd, image.bytes, sizeof(image.bytes));
	lab_check(n > 0 && n < (ssize_t)sizeof(image.bytes),
		  "%s has an unusual size: %d", path, (int)n);
	image_size = (size_t)n;
	close(fd);
}

static inline void image_write(const char *path)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0755);

	lab_must(fd, path);
	lab_equal(write(fd, image.bytes, image_size), image_size, path);
	close(fd);
}

/* Return: the place in the file for an address of the program */
static inline void *image_at(unsigned long address)
{
	const Elf_Phdr *p = (const Elf_Phdr *)(image.bytes + image.h.e_phoff);

	for (int i = 0; i < image.h.e_phnum; i++, p++)
		if (p->p_type == PT_LOAD && address >= p->p_vaddr &&
		    address - p->p_vaddr < p->p_filesz)
			return image.bytes + p->p_offset +
				(address - p->p_vaddr);
	lab_fail("the file has no address %#lx", address);
}

/* Return: the value of an entry of the dynamic section */
static inline unsigned long image_dynamic(long tag)
{
	const Elf_Phdr *p = (const Elf_Phdr *)(image.bytes + image.h.e_phoff);
	const Elf_Dyn *d = NULL;

	for (int i = 0; i < image.h.e_phnum; i++, p++)
		if (p->p_type == PT_DYNAMIC)
			d = (const Elf_Dyn *)(image.bytes + p->p_offset);
	for (; d && d->d_tag; d++)
		if (d->d_tag == tag)
			return (unsigned long)d->d_val;
	lab_fail("the file has no dynamic entry %ld", tag);
}

#endif

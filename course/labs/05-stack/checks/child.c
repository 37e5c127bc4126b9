/* SPDX-License-Identifier: MIT */
/* Lab 5: the program that is started; it tells what it found on its stack. */
#include "check.h"
#include "report.h"
#include <elf.h>

extern char _start[];

static struct report r;

static void put_all(const void *from, size_t n)
{
	const char *at = from;

	while (n) {
		ssize_t done = write(REPORT_FD, at, n);

		if (done <= 0)
			_exit(95);
		at += done;
		n -= (size_t)done;
	}
}

/* Note where a string lies; *next is where it should. */
static void note_string(const char *s, unsigned long *next)
{
	unsigned long at = (unsigned long)s;

	if (!r.first)
		r.first = at;
	else if (at != *next)
		r.gaps++;
	*next = at + strlen(s) + 1;
	r.last = *next;
}

static void note_strings(char **argv, char **envp)
{
	unsigned long next = 0;

	for (char **s = argv; *s; s++, r.argc++) {
		note_string(*s, &next);
		r.size += strlen(*s) + 1;
	}
	for (char **s = envp; *s; s++, r.envc++) {
		note_string(*s, &next);
		r.size += strlen(*s) + 1;
	}
	if (r.has[AT_EXECFN])
		note_string((const char *)r.aux[AT_EXECFN], &next);
}

static void note_auxv(const unsigned long *v)
{
	for (; v[0] != AT_NULL; v += 2, r.pairs++) {
		if (v[0] >= AUX_MAX)
			continue;
		r.twice += r.has[v[0]];
		r.has[v[0]] = 1;
		r.aux[v[0]] = v[1];
	}
}

int main(int argc, char **argv, char **envp);

/* True if the program headers name a part with main in it. */
static int code_is_named(void)
{
	const Elf_Phdr *ph = (const Elf_Phdr *)r.aux[AT_PHDR];
	unsigned long code = (unsigned long)main, base = 0;

	for (unsigned long i = 0; i < r.aux[AT_PHNUM]; i++)
		if (ph[i].p_type == PT_PHDR)
			base = r.aux[AT_PHDR] - ph[i].p_vaddr;
	for (unsigned long i = 0; i < r.aux[AT_PHNUM]; i++)
		if (ph[i].p_type == PT_LOAD && code >= base + ph[i].p_vaddr &&
		    code < base + ph[i].p_vaddr + ph[i].p_memsz)
			return 1;
	return 0;
}

/* True if a file holds what lies in memory from `at` to `end`. */
static int file_agrees(const char *path, unsigned long at, unsigned long end)
{
	static char text[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0) {
		if ((unsigned long)n > end - at ||
		    memcmp(text, (const void *)at, (size_t)n))
			return 0;
		at += (unsigned long)n;
	}
	close(fd);
	return n == 0 && at == end;
}

static unsigned long bytes_of(char **strings)
{
	unsigned long n = 0;

	for (; *strings; strings++)
		n += strlen(*strings) + 1;
	return n;
}

static void compare_files(char **argv, char **envp, unsigned long *auxv)
{
	unsigned long first = (unsigned long)argv[0];
	unsigned long env = first + bytes_of(argv);

	r.cmdline = (unsigned long)file_agrees("/proc/self/cmdline", first,
					       env);
	r.environ = (unsigned long)file_agrees("/proc/self/environ", env,
					       env + bytes_of(envp));
	r.auxv = (unsigned long)file_agrees("/proc/self/auxv",
		(unsigned long)auxv,
		(unsigned long)(auxv + 2 * r.pairs + 2));
}

int main(int argc, char **argv, char **envp)
{
	char **end = envp;

	while (*end)
		end++;
	r.magic = REPORT_STARTED;
	r.sp = (unsigned long)(argv - 1);
	r.args_end = (unsigned long)argv[argc];
	r.start = (unsigned long)_start;
	note_auxv((unsigned long *)(end + 1));
	note_strings(argv, envp);
	if (r.argc != (unsigned long)argc)
		r.argc = (unsigned long)argc;
	if (r.has[AT_RANDOM] && r.aux[AT_RANDOM])
		memcpy(r.random, (const void *)r.aux[AT_RANDOM], 16);
	if (r.has[AT_EXECFN] && r.aux[AT_EXECFN])
		strncpy(r.execfn, (const char *)r.aux[AT_EXECFN],
			sizeof(r.execfn) - 1);
	if (r.has[AT_PLATFORM])
		strncpy(r.platform, (const char *)r.aux[AT_PLATFORM],
			sizeof(r.platform) - 1);
	if (r.has[AT_PHDR] && r.aux[AT_PHDR])
		r.found_code = (unsigned long)code_is_named();
	compare_files(argv, envp, (unsigned long *)(end + 1));
	put_all(&r, sizeof(r));
	for (char **s = argv; *s; s++)
		put_all(*s, strlen(*s) + 1);
	for (char **s = envp; *s; s++)
		put_all(*s, strlen(*s) + 1);
	return 0;
}

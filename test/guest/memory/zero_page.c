/* SPDX-License-Identifier: MIT */
/*
 * Memory that was never stored to is one frame of zeros for everybody (rows
 * E3, E4).  A debugger that stores there, or to a file's page that is mapped
 * to be read, gives the process a page of its own: no other process sees it,
 * nor the file.
 */
#include <sys/uio.h>
#include "tap.h"

#define TRACEME	0
#define PEEK	2
#define POKE	5
#define CONT	7
#define PAGES	8

/* What the child has, and at which page: all of it by the same addresses. */
enum { READ_FIRST, UNTOUCHED, READ_ONLY, NO_RIGHTS, FILE_READ, FILE_UNTOUCHED,
       FILE_WRITABLE, KINDS };

static char *mem[KINDS];
static const char *names[] = {
	"zeros that were read", "nothing yet", "memory to read only",
	"memory without rights", "a file's page that was read",
	"a file's page", "a private page that may be written",
};
static pid_t child;
static int mem_fd;

static void map_all(void)
{
	char text[PG];
	int fd;

	memset(text, 'f', sizeof(text));
	put_file("file", "", 0, 0600);
	fd = open("file", O_RDWR);
	for (int i = 0; i < PAGES; i++)
		write(fd, text, PG);
	mem[READ_FIRST] = anon_pages(PAGES, PROT_READ | PROT_WRITE);
	mem[UNTOUCHED] = anon_pages(PAGES, PROT_READ | PROT_WRITE);
	mem[READ_ONLY] = anon_pages(PAGES, PROT_READ);
	mem[NO_RIGHTS] = anon_pages(PAGES, PROT_NONE);
	for (int k = FILE_READ; k < KINDS; k++)
		mem[k] = mmap(NULL, PAGES * PG, PROT_READ |
			      (k == FILE_WRITABLE ? PROT_WRITE : 0),
			      MAP_PRIVATE, fd, 0);
	close(fd);
}

static void touch_all(int kind)
{
	for (int i = 0; i < PAGES; i++)
		load_byte(mem[kind] + i * PG);
}

/* Waits until it is told to look; *result: which of its pages are as wanted */
static void be_traced(unsigned *result)
{
	touch_all(READ_FIRST);
	touch_all(READ_ONLY);
	touch_all(FILE_READ);
	syscall(SYS_ptrace, TRACEME, 0, 0, 0);
	raise(SIGSTOP);
	mprotect(mem[NO_RIGHTS], PAGES * PG, PROT_READ);
	for (int k = 0; k < KINDS; k++)
		for (int way = 0; way < 3; way++)
			if (mem[k][way * 2 * PG + 64] == 'x' + way &&
			    mem[k][way * 2 * PG + 63] ==
			    mem[k][(way * 2 + 1) * PG])
				*result |= 1u << (k * 3 + way);
	_exit(0);
}

static long poke_byte(char *at, char c)
{
	long word = 0;

	/* with what is around it */
	syscall(SYS_ptrace, PEEK, child, at, &word);
	((char *)&word)[0] = c;
	return syscall(SYS_ptrace, POKE, child, at, word);
}

static long write_by_mem(char *at, char c)
{
	return pwrite(mem_fd, &c, 1, (off_t)(unsigned long)at) == 1 ? 0 : -1;
}

static long by_vm(char *at, char c)
{
	struct iovec here = { &c, 1 }, there = { at, 1 };

	return syscall(SYS_process_vm_writev, child, &here, 1, &there, 1, 0)
		== 1 ? 0 : -1;
}

/* => everything of this process's is still as it was */
static int own_memory_unharmed(void)
{
	char *fresh = anon_pages(PAGES, PROT_READ), text[PG];
	int fd = open("file", O_RDONLY), bad = 0;

	for (unsigned long i = 0; i < PAGES * PG; i++) {
		bad |= fresh[i] | mem[READ_FIRST][i] | mem[UNTOUCHED][i];
		bad |= mem[FILE_READ][i] ^ 'f';
		bad |= mem[FILE_WRITABLE][i] ^ 'f';
	}
	for (int i = 0; i < PAGES; i++) {
		read(fd, text, PG);
		for (unsigned long k = 0; k < PG; k++)
			bad |= text[k] ^ 'f';
	}
	close(fd);
	munmap(fresh, PAGES * PG);
	return !bad;
}

static int may(int kind, int way)
{
	/* process_vm_writev asks for the rights that the process has */
	return way < 2 || (kind != READ_ONLY && kind != NO_RIGHTS &&
			   kind != FILE_READ && kind != FILE_UNTOUCHED);
}

static void store_each_way(int kind)
{
	static const char *ways[] = { "POKEDATA", "/proc/PID/mem",
				      "process_vm_writev" };
	static long (*const by[])(char *, char) = { poke_byte, write_by_mem,
						   by_vm };

	for (int way = 0; way < 3; way++) {
		long r = by[way](mem[kind] + way * 2 * PG + 64, 'x' + way);

		check_eq(r, may(kind, way) ? 0 : -1, "%s: %s", ways[way],
			 names[kind]);
	}
}

int main(void)
{
	unsigned *result = mmap(NULL, PG, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char text[32];
	int st;

	tap_scratch("zero_page");
	map_all();
	child = fork();
	if (!child)
		be_traced(result);
	waitpid(child, &st, WUNTRACED);
	snprintf(text, sizeof(text), "/proc/%d/mem", child);
	mem_fd = open(text, O_RDWR);
	for (int k = 0; k < KINDS; k++)
		store_each_way(k);
	check(own_memory_unharmed(),
	      "nobody else's zeros have changed, nor the file");
	syscall(SYS_ptrace, CONT, child, 0, 0);
	waitpid(child, &st, 0);
	check_eq(st, 0, "the child went on");
	for (int k = 0; k < KINDS; k++)
		for (int way = 0; way < 3; way++)
			check_eq(*result >> (k * 3 + way) & 1, may(k, way),
				 "it sees that of %s, %d", names[k], way);
	check(own_memory_unharmed(), "and is alone with them");
	close(mem_fd);
	unlink("file");
	tap_scratch_end();
	return tap_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * What both check programs of lab 6 use: they write ELF files, byte by byte,
 * and start them.  The code in each file is the blob below.  It runs at any
 * address and obeys the commands that are its arguments:
 *
 *	s	report the stack: see struct first
 *	rAT,N	write N bytes of memory from AT, which counts from the entry
 *	wAT	store a byte at AT
 *	mPATH	write what is in this file
 *	b	write the break
 *	kN	raise the break by N bytes, use them, write the new break
 *
 * All numbers are hexadecimal.  Output goes to descriptor 9.
 */
#ifndef LABS_IMAGE_H
#define LABS_IMAGE_H

#include "check.h"
#include <elf.h>

#define OUTPUT_FD	9
#define BASE		0x400000UL	/* of programs with fixed addresses */
#define CODE_AT		0x400UL		/* the blob's offset in the file */
#define IMAGE_MAX	0x10000UL
#define NO_RANDOM	0x0040000UL	/* personality(2) */

/* What the command `s` writes, before the stack's words up to AT_NULL. */
struct first {
	unsigned long entry;		/* where the blob began to run */
	unsigned long sp;
};

/* ---- the code in the files ----------------------------------------------- */

#define IN_BLOB	__attribute__((section("blob"), used, noinline))
#define WITHIN	static inline __attribute__((always_inline))

#include "blob.h"		/* blob_entry, blob_call() of this machine */

extern char blob_entry[], __start_blob[], __stop_blob[];

WITHIN void blob_put(unsigned long at, unsigned long n)
{
	if (blob_call(SYS_write, OUTPUT_FD, (long)at, (long)n) != (long)n)
		blob_call(SYS_exit_group, 10, 0, 0);
}

WITHIN unsigned long blob_number(const char **s)
{
	unsigned long n = 0;

	for (; **s && **s != ','; (*s)++)
		n = n << 4 | (unsigned long)(**s <= '9' ? **s - '0' :
					     **s - 'a' + 10);
	if (**s)
		(*s)++;
	return n;
}

WITHIN void blob_file(const char *path)
{
	char text[1024];
	long fd = blob_call(SYS_openat, -100, (long)path, 0), n;

	while ((n = blob_call(SYS_read, fd, (long)text, sizeof(text))) > 0)
		blob_put((unsigned long)text, (unsigned long)n);
}

WITHIN void blob_stack(unsigned long *sp, unsigned long entry)
{
	struct first f = { entry, (unsigned long)sp };
	unsigned long *end = sp + 1;

	while (*end++)
		;
	while (*end++)
		;
	while (*end)
		end += 2;
	blob_put((unsigned long)&f, sizeof(f));
	blob_put((unsigned long)sp, (unsigned long)(end + 2) -
		 (unsigned long)sp);
}

/* Both functions are in this header, and the program uses the first. */
void blob_main(unsigned long *sp, unsigned long entry);

IN_BLOB void blob_main(unsigned long *sp, unsigned long entry)
{
	for (unsigned long i = 1; i < sp[0]; i++) {
		const char *s = (const char *)sp[1 + i] + 1;
		unsigned long at;

		if (s[-1] == 's')
			blob_stack(sp, entry);
		if (s[-1] == 'm')
			blob_file(s);
		if (s[-1] == 'r') {
			at = blob_number(&s) + entry;
			blob_put(at, blob_number(&s));
		}
		if (s[-1] == 'w')
			*(volatile char *)(blob_number(&s) + entry) = 1;
		if (s[-1] == 'b' || s[-1] == 'k') {
			at = (unsigned long)blob_call(SYS_brk, 0, 0, 0);
			if (s[-1] == 'k') {
				at += blob_number(&s);
				at = (unsigned long)blob_call(SYS_brk, (long)at,
							      0, 0);
				((volatile char *)at)[-1] = 1;
			}
			blob_put((unsigned long)&at, sizeof(at));
		}
	}
	blob_call(SYS_exit_group, 0, 0, 0);
}

/* ---- files --------------------------------------------------------------- */

static struct {
	union {
		unsigned char bytes[IMAGE_MAX];
		Elf_Ehdr h;
	};
	Elf_Phdr *ph;
	unsigned long size;
} image;

static inline unsigned char pattern(unsigned long i)
{
	return (unsigned char)((i * 7 + i / 256 * 13) | 1);
}

/* Begin a file whose code has its first byte at base + CODE_AT. */
static inline void image_begin(unsigned type, unsigned long base)
{
	Elf_Ehdr own;
	int fd = open("/proc/self/exe", O_RDONLY);

	lab_must(fd, "open /proc/self/exe");
	lab_equal(read(fd, &own, sizeof(own)), sizeof(own),
		  "bytes of a header");
	close(fd);
	for (unsigned long i = 0; i < IMAGE_MAX; i++)
		image.bytes[i] = pattern(i);
	own.e_type = (uint16_t)type;
	own.e_entry = base + CODE_AT + (unsigned long)(blob_entry -
						       __start_blob);
	own.e_phoff = sizeof(own);
	own.e_phnum = 0;
	own.e_shoff = 0;
	own.e_shnum = own.e_shstrndx = 0;
	image.h = own;
	image.ph = (Elf_Phdr *)(image.bytes + sizeof(own));
	image.size = IMAGE_MAX;
	lab_check(__stop_blob - __start_blob < 0xc00, "the code is too large");
	memcpy(image.bytes + CODE_AT, __start_blob,
	       (size_t)(__stop_blob - __start_blob));
}

static inline void image_add(uint32_t type, uint32_t flags,
			     unsigned long offset, unsigned long vaddr,
			     unsigned long filesz, unsigned long memsz)
{
	image.ph[image.h.e_phnum++] = (Elf_Phdr){
		.p_type = type, .p_flags = flags, .p_offset = offset,
		.p_vaddr = vaddr, .p_filesz = filesz, .p_memsz = memsz,
		.p_align = LAB_PAGE,
	};
}

/* Begin a file, with the segment of its headers and its code. */
static inline void image_with_code(unsigned type, unsigned long base)
{
	image_begin(type, base);
	image_add(PT_LOAD, PF_R | PF_X, 0, base, LAB_PAGE, LAB_PAGE);
}

static inline void image_write(const char *path)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	lab_must(fd, "open a file for a program");
	lab_equal(write(fd, image.bytes, image.size), image.size,
		  "bytes written");
	close(fd);
}

/* ---- programs ------------------------------------------------------------ */

static unsigned char output[0x20000];
static unsigned long output_size;
static int end_status;
static char words[8][80];
static char *arguments[9] = { "program" };
static unsigned n_arguments;

static inline void command(const char *format, unsigned long a, unsigned long b)
{
	snprintf(words[n_arguments], sizeof(words[0]), format, a, b);
	arguments[n_arguments + 1] = words[n_arguments];
	n_arguments++;
	arguments[n_arguments + 1] = NULL;
}

/* Have n bytes at this address of the file's reported. */
static inline void ask_bytes(unsigned long vaddr, unsigned long n)
{
	command("r%lx,%lx", vaddr - image.h.e_entry, n);
}

static inline void ask_store(unsigned long vaddr)
{
	command("w%lx", vaddr - image.h.e_entry, 0);
}

static inline void exec_child(const char *path, unsigned long personality,
			      int out, int error)
{
	static char *none[] = { NULL };

	if (personality)
		raw_syscall(SYS_personality, personality);
	dup2(out, OUTPUT_FD);
	execve(path, arguments, none);
	(void)!write(error, &errno, sizeof(errno));
	_exit(0);
}

/* Run a program with the commands so far.  Return: 0; the errno of execve. */
static inline int run_as(const char *path, unsigned long personality)
{
	int ends[2], errors[2], err = 0;
	ssize_t got;
	pid_t pid;

	lab_must(pipe(ends), "pipe");
	lab_must(pipe(errors), "pipe");
	fcntl(errors[1], F_SETFD, FD_CLOEXEC);
	pid = fork();
	lab_must(pid, "fork");
	if (pid == 0)
		exec_child(path, personality, ends[1], errors[1]);
	close(ends[1]);
	close(errors[1]);
	output_size = 0;
	memset(output, 0, sizeof(output));
	while (output_size < sizeof(output) &&
	       (got = read(ends[0], output + output_size,
			   sizeof(output) - output_size)) > 0)
		output_size += (unsigned long)got;
	(void)!read(errors[0], &err, sizeof(err));
	close(ends[0]);
	close(errors[0]);
	lab_equal(waitpid(pid, &end_status, 0), pid, "waitpid");
	n_arguments = 0;
	arguments[1] = NULL;
	return err;
}

/* The program must run and obey its commands. */
static inline void must_run_as(const char *path, unsigned long personality)
{
	int err = run_as(path, personality);

	lab_check(!err, "execve failed: %s", strerror(err));
	lab_check(!WIFSIGNALED(end_status), "the program was killed by signal "
		  "%d", WTERMSIG(end_status));
	lab_check(WEXITSTATUS(end_status) != 10, "the program could not read "
		  "memory that its file describes");
	lab_equal(WEXITSTATUS(end_status), 0, "exit status of the program");
}

static inline void must_run(const char *path)
{
	must_run_as(path, 0);
}

static inline void must_refuse(const char *path, int wanted, const char *what)
{
	int err = run_as(path, NO_RANDOM);

	lab_check(err == wanted, "%s: expected \"%s\", found \"%s\"", what,
		  strerror(wanted), err ? strerror(err) : "success");
}

/* Compare output with the file from offset on, then with zeros. */
static inline void must_have(unsigned long from, unsigned long offset,
			     unsigned long n, unsigned long zeros,
			     const char *what)
{
	lab_check(from + n + zeros <= output_size, "%s: bytes are missing",
		  what);
	for (unsigned long i = 0; i < n + zeros; i++) {
		unsigned wanted = i < n ? image.bytes[offset + i] : 0;

		lab_check(output[from + i] == wanted, "%s: byte %#lx: expected "
			  "%#x, found %#x", what, i, wanted, output[from + i]);
	}
}

static inline const struct first *report(void)
{
	lab_check(output_size > sizeof(struct first), "there is no report");
	return (const struct first *)output;
}

/* Return: a word of the auxiliary vector in the report. */
static inline unsigned long aux(unsigned long type, const char *name)
{
	const unsigned long *v = (const unsigned long *)(report() + 1);

	v += 1 + v[0] + 1;
	while (*v++)
		;
	for (; v[0] != AT_NULL; v += 2)
		if (v[0] == type)
			return v[1];
	lab_fail("there is no %s", name);
}

static inline void must_aux(unsigned long type, unsigned long wanted,
			    const char *name)
{
	unsigned long found = aux(type, name);

	lab_check(found == wanted, "%s: expected %#lx, found %#lx", name,
		  wanted, found);
}

/* Return: what the program was moved by. */
static inline unsigned long bias(void)
{
	return report()->entry - image.h.e_entry;
}

/* Return: the rights of the area at an address, as /proc/self/maps has them. */
static inline const char *rights_at(const char *maps, unsigned long at)
{
	static char rights[5];

	while (maps && *maps) {
		char *next;
		unsigned long low = strtoul(maps, &next, 16);
		unsigned long high = strtoul(next + 1, &next, 16);

		if (at >= low && at < high) {
			memcpy(rights, next + 1, 4);
			return rights;
		}
		maps = strchr(maps, '\n');
		maps = maps ? maps + 1 : NULL;
	}
	return "none";
}

#endif

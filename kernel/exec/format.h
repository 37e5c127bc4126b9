/* SPDX-License-Identifier: MIT */
/*
 * The interface between exec and the loaders of program formats.
 */
#ifndef KERNEL_EXEC_FORMAT_H
#define KERNEL_EXEC_FORMAT_H

#include <kernel/syscall/table.h>
#include <lt/types.h>
#include <mm/frames/page.h>

struct cred;
struct file;
struct sighand;
struct vm_space;
#define EXEC_HEAD	1024	/* bytes read from the file's start */
#define EXEC_TEXT	2048	/* scratch buffer for strings being copied */

/*
 * An array of strings: in kernel memory if `kernel` is set, else in user
 * memory.
 */
struct arg_source {
	uaddr_t user;			/* array of user pointers, 0: empty */
	const char *const *kernel;	/* NULL-terminated */
	bool narrow;			/* user pointers have 32 bits */
};

/* The state of one execve, in a page of its own. */
struct exec {
	struct file *file;		/* the program; writers are denied */
	u64 offset;			/* of the program in the file,
					   page-aligned */
	struct vm_space *space;		/* the new address space */
	struct sighand *sighand;	/* ready to replace a shared one */
	struct files *files;		/* the same for descriptors, or NULL */
	struct cred *cred;		/* new rights; NULL: unchanged */
	struct file *binary;		/* AT_EXECFD: the open file that the
					   interpreter is to run, or NULL */
	struct file *subject;		/* file with the set-id bits; NULL:
					   `file` */
	unsigned at_flags;		/* AT_FLAGS */
	const char *filename;		/* AT_EXECFN */
	char *interp_name;		/* owned: path of `file` if `file` is an
					   interpreter; else NULL */
	unsigned depth;			/* interpreters so far */
	u64 random;			/* unused random bits for addresses */
	bool secure;			/* AT_SECURE */
	bool gains;			/* process->exec_setid is set */
	bool unreadable;		/* the caller may not read a file of the
					   program */
	bool clears_personality;	/* drop flags that make attacks easy */
	unsigned by;			/* EXEC_BY_ bits */

	/* stack.c: strings grow down from the top of the stack. */
	uaddr_t sp;			/* lowest byte in use */
	uaddr_t sp_min;			/* lowest byte allowed; below: E2BIG */
	uaddr_t stack_top;
	struct page *window;		/* the stack page being written */
	uaddr_t window_at;		/* its address, page aligned */
	unsigned argc, envc;
	uaddr_t filename_at, env_start, env_end;	/* strings of argv lie
							   from sp to
							   env_start */

	/* Set by the format's loader. */
	const syscall_entry_t *calls;	/* system calls; NULL: Linux's */
	uaddr_t entry;			/* initial pc, perhaps the
					   interpreter's */
	uaddr_t program_entry;		/* AT_ENTRY */
	uaddr_t phdr;			/* AT_PHDR, 0: not in memory */
	unsigned phnum, phentsize;
	uaddr_t interp_base;		/* AT_BASE, 0: none */
	bool broken;			/* segments that cannot be mapped as
					   they say: the caller dies of it */

	long head_len;			/* valid bytes in head */
	char head[EXEC_HEAD];
	char text[EXEC_TEXT];
};

_Static_assert(sizeof(struct exec) <= PAGE_SIZE, "an execve fits a page");

/*
 * Make file the caller's program.  file: from file_open_exec(); exec_file()
 * takes over the reference.  by: EXEC_BY_ bits.
 * Return: 0, or -errno: nothing has changed, but a caller that has a program
 * dies by SIGSEGV if the new one is broken: Linux has given up the old program
 * by then.
 */
#define EXEC_BY_CLOEXEC	0x1	/* the name leads through a descriptor that
				   exec closes, so that no interpreter could
				   open the name */
#define EXEC_BY_FD	0x2	/* the caller gave a descriptor and no name */
int exec_file(struct file *file, const char *filename, unsigned by,
	      const struct arg_source *argv, const struct arg_source *envp);

/*
 * Load a program of one binary format.
 * Return: 0: loaded, and ready to commit; EXEC_AGAIN: e->file is now the
 * interpreter, try all formats again; -ENOEXEC: the file has another format;
 * -errno.
 */
#define EXEC_AGAIN 1
int elf_load(struct exec *e);

/* ELF programs of one word size. */
struct elf_kind {
	unsigned class;			/* ELF_CLASS32 or ELF_CLASS64 */
	uaddr_t top;			/* end of their address space */
	int (*enter)(struct exec *e);	/* make e->space such a space; returns
					   0 or -errno, but not -ENOEXEC;
					   NULL: it is one */
};
/* Do as elf_load(), for a kind of programs that is not the kernel's own. */
int elf_load_kind(struct exec *e, const struct elf_kind *k);

int script_load(struct exec *e);
/*
 * An extension's entry in the table exec_format; load: like the functions
 * above.
 */
struct exec_format {
	int (*load)(struct exec *e);
};

/*
 * Make an interpreter the program to load next.  file: the open interpreter,
 * taken over even on failure; NULL: open the file named interp.
 */
int exec_redirect(struct exec *e, const char *interp, struct file *file);

/*
 * Continue with the program that begins at offset in e->file.
 * Return: EXEC_AGAIN or -errno.
 */
int exec_seek(struct exec *e, u64 offset);

/*
 * Return: a random number of whole pages, fewer than 2^bits, in bytes; 0
 * without randomization.
 */
unsigned long exec_random(struct exec *e, unsigned bits);

/*
 * rights.c: compute the new program's credentials.
 * Context: e->file is the final interpreter or program.
 */
int exec_rights(struct exec *e);

/* Note in e whether the caller may read f, a part of the program. */
void exec_note_readable(struct exec *e, struct file *f);
/* Remove argv[0].  Return: 0, -ENOMEM. */
int stack_drop_first(struct exec *e);
int stack_prepend(struct exec *e, const char *s); /* insert a new argv[0] */

/*
 * Find the end of the string at `at` in the new stack.
 * Return: 0 with *next the address behind its NUL; -ENOMEM.
 */
int stack_next_string(struct exec *e, uaddr_t at, uaddr_t *next);

/* Write n bytes to the new space.  Return: 0, -E2BIG, -ENOMEM. */
int stack_write(struct exec *e, uaddr_t at, const void *from, unsigned long n);

#endif

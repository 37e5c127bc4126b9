/* SPDX-License-Identifier: MIT */
/*
 * What a program format needs of exec, and exec of a format.
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
#define EXEC_HEAD	1024	/* bytes of the file's start that are read */
#define EXEC_TEXT	2048	/* scratch: a string on its way */

/* Strings of the caller's: one of the two. */
struct arg_source {
	uaddr_t user;			/* array of user pointers, 0: empty */
	const char *const *kernel;	/* NULL-terminated */
	bool narrow;			/* user: pointers of 32 bits */
};

/* One page of its struct is allocated for each execve. */
struct exec {
	struct file *file;		/* the program, writers denied */
	u64 offset;			/* of the program in it, whole pages */
	struct vm_space *space;		/* the new one */
	struct sighand *sighand;	/* ready to replace a shared one */
	struct cred *cred;		/* of a set-id program, or NULL */
	struct file *binary;		/* AT_EXECFD: what the interpreter runs,
					   open for it; NULL */
	int (*pass_binary)(struct exec *e); /* set with it: 0 or -errno */
	struct file *subject;		/* whose set-id bits count; NULL: file */
	unsigned at_flags;		/* AT_FLAGS */
	const char *filename;		/* AT_EXECFN */
	char *interp_name;		/* owned: of the file, after scripts */
	unsigned depth;			/* interpreters so far */
	u64 random;			/* bits left for its places */
	bool secure;			/* AT_SECURE */
	bool gains;			/* process->exec_setid is set */
	bool unreadable;		/* by the caller: a file of it */
	bool clears_personality;	/* of what makes attacks easy */
	bool fd_closes;			/* path goes through an FD_CLOEXEC fd */

	/* stack.c: strings grow down from the top of the stack */
	uaddr_t sp;			/* lowest byte used */
	uaddr_t sp_min;			/* E2BIG below */
	uaddr_t stack_top;
	struct page *window;		/* the stack page being written */
	uaddr_t window_at;		/* its address, page aligned */
	unsigned long *vector;		/* [first]: &argv[0] ... auxv */
	unsigned first;			/* index of argv[0] */
	unsigned argc, envc;
	uaddr_t filename_at, env_start, env_end;

	/* set by the format's loader */
	const syscall_entry_t *calls;	/* of such programs; NULL: Linux's */
	uaddr_t entry;			/* first pc: the interpreter's */
	uaddr_t program_entry;		/* AT_ENTRY */
	uaddr_t phdr;			/* AT_PHDR, 0: not in memory */
	unsigned phnum, phentsize;
	uaddr_t interp_base;		/* AT_BASE, 0: none */

	long head_len;			/* valid bytes in head */
	char head[EXEC_HEAD];
	char text[EXEC_TEXT];
};

_Static_assert(sizeof(struct exec) <= PAGE_SIZE, "an execve fits a page");

/*
 * The steps of an execve, for spawn too.  exec_create takes over the file (from
 * file_open_exec), also when it fails.  exec_build makes the program in
 * e->space.
 * Return: 0: e->entry and e->sp are set; -errno: free it.
 */
struct exec *exec_create(struct file *file, const char *filename);
int exec_build(struct exec *e, const struct arg_source *argv,
	       const struct arg_source *envp);
void exec_free(struct exec *e);

/*
 * All of these for the caller, whose program it becomes.  file: from
 * file_open_exec(), taken over.  fd_closes: the name leads through a descriptor
 * that exec closes, so no interpreter could open it.
 * Return: 0, or -errno: nothing has changed.
 */
int exec_file(struct file *file, const char *filename, bool fd_closes,
	      const struct arg_source *argv, const struct arg_source *envp);
struct task;
void exec_set_comm(struct task *t, const char *path);

/* t's calls are those of the format from now on.  Context: [tree_lock]. */
void exec_set_calls(struct task *t, const struct exec *e);

/*
 * A binary format.
 * Return: 0: loaded, and ready to commit; EXEC_AGAIN: e->file is now the
 * interpreter, look again; -ENOEXEC: not its format; -errno.
 */
#define EXEC_AGAIN 1
int elf_load(struct exec *e);
int script_load(struct exec *e);
/* What an extension puts into the table of this name; load: as above. */
struct exec_format {
	int (*load)(struct exec *e);
};

/*
 * Make an interpreter the program to look at next.  file: it, open, taken over
 * also when it fails; NULL: the one of that name.
 */
int exec_redirect(struct exec *e, const char *interp, struct file *file);

/* The program begins at offset of e->file.  Return: EXEC_AGAIN; -errno. */
int exec_seek(struct exec *e, u64 offset);

/* Random pages below 2^bits, as a number of bytes; 0 with noaslr. */
unsigned long exec_random(struct exec *e, unsigned bits);

/* rights.c: what the program may do; e->file is the last of its files. */
int exec_rights(struct exec *e);

/* f is part of the program: may the caller read it? */
void exec_note_readable(struct exec *e, struct file *f);
void exec_set_dumpable(struct exec *e);
void stack_drop_first(struct exec *e);		/* argv[0] goes */
int stack_prepend(struct exec *e, const char *s); /* a new argv[0] */

/* n bytes of the new space.  Return: 0, -E2BIG, -ENOMEM. */
int stack_write(struct exec *e, uaddr_t at, const void *from, unsigned long n);

#endif

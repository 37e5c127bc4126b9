/* SPDX-License-Identifier: MIT */
/*
 * The loader of PE programs (row E14): declarations that its files share.
 *
 *	read/		reads PE files; independent of the system (host-tested)
 *	map.c		maps and unmaps an image
 *	module.c	the list of loaded libraries and their dependencies
 *	bind.c		fills the slots of imports, follows forwarders
 *	attach.c	calls entry points and TLS callbacks
 *	teb.c		the TEB that fs points to, and copies of TLS
 *	thread.c	threads
 *	object.c	the objects behind handles
 *	kernel32/, msvcrt/	our implementations of these libraries
 *
 * One lock, loader_lock(), protects the modules and the threads' TLS; its
 * holder may take it again, as entry points do.
 */
#ifndef PE_LOADER_H
#define PE_LOADER_H

#include <machine.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <thread.h>
#include "read/pe.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

typedef uint32_t handle_t;

/* The reason for a call of an entry point. */
enum { PROCESS_DETACH, PROCESS_ATTACH, THREAD_ATTACH, THREAD_DETACH };

/* Windows' numbers for the errors of the loader itself. */
enum {
	ERROR_SUCCESS = 0, ERROR_FILE_NOT_FOUND = 2, ERROR_ACCESS_DENIED = 5,
	ERROR_INVALID_HANDLE = 6, ERROR_NOT_ENOUGH_MEMORY = 8,
	ERROR_GEN_FAILURE = 31, ERROR_NOT_SUPPORTED = 50,
	ERROR_INVALID_PARAMETER = 87, ERROR_INSUFFICIENT_BUFFER = 122,
	ERROR_MOD_NOT_FOUND = 126, ERROR_PROC_NOT_FOUND = 127,
	ERROR_BAD_EXE_FORMAT = 193, ERROR_ENVVAR_NOT_FOUND = 203,
	ERROR_INVALID_ADDRESS = 487, ERROR_DLL_INIT_FAILED = 1114,
};

/* --- built-in libraries --------------------------------------------------- */

struct function {
	const char *name;
	const void *code;		/* or data, such as _iob */
};

#define FUNCTION(name)	{ #name, name }

/* A library has several lists, each in the file of its functions. */
struct functions {
	const struct function *list;
	size_t n;
};

struct builtin {
	const char *dll;
	const struct functions *part[8];	/* to the first NULL */
};

extern const struct builtin kernel32, msvcrt;

/* --- modules -------------------------------------------------------------- */

#define MAX_NAME	64
#define MAX_NEEDS	32
#define MAX_MODULES_TLS	64	/* most modules with TLS at a time */

struct module {
	struct module *next;		/* in the order of loading */
	char name[MAX_NAME];		/* lower case, with its ".dll" */
	char path[256];
	unsigned int refs;		/* from modules and LoadLibrary */
	const struct builtin *builtin;	/* or NULL: an image */
	struct pe_image image;
	uintptr_t base;
	struct module *needs[MAX_NEEDS];
	unsigned int n_needs;
	int attached;			/* position in order of attach, or 0 */
	int quiet;			/* no calls for threads */
	struct pe_tls tls;
	int tls_number;			/* index in teb->tls, or -1 */
};

extern struct module *program;		/* the first one */
extern struct module *modules;
extern char load_error[384];		/* message: why loading failed */

void loader_lock(void);
void loader_unlock(void);

/* Return: the module with one more reference; NULL with load_error set. */
struct module *module_load(const char *name, int is_program);
void module_release(struct module *m);
struct module *module_named(const char *name);
struct module *module_at(uintptr_t base);
/* Return: the module whose memory contains the address, or NULL. */
struct module *module_around(uintptr_t address);
int module_needs(struct module *m, struct module *needed);

/* map.c.  Return: 0, or -1 with load_error set. */
int map_image(struct module *m);
void map_protect(struct module *m);
void unmap_image(struct module *m);
/* Set load_error.  Return: -1. */
__attribute__((format(printf, 1, 2))) int load_fails(const char *fmt, ...);

/* bind.c */
int bind_imports(struct module *m);
/*
 * `for_whom`: the module that gets references to libraries of forwarders.
 * Return: the address, or 0 with load_error set.
 */
uintptr_t find_function(struct module *m, const char *name, uint32_t ordinal,
			struct module *for_whom, unsigned int depth);

/* attach.c */
int attach(struct module *m);		/* 0 or -1 */
void attach_done(void);
void detach(struct module *m);
void attach_thread(void);
void detach_thread(void);
__attribute__((noreturn)) void process_exit(uint32_t status);

/* --- threads -------------------------------------------------------------- */

/*
 * The thread environment block, which fs points to.  The offsets are Windows',
 * because programs were compiled with them.
 */
struct teb {
	uint32_t exceptions;		/* 0x00: end of a list, -1 */
	uint32_t stack_base, stack_limit;
	uint32_t unused1[3];
	struct teb *self;		/* 0x18 */
	uint32_t unused2;
	uint32_t process, thread;	/* 0x20 */
	uint32_t unused3;
	void **tls;			/* 0x2c: copies, by tls_number */
	void *peb;			/* 0x30 */
	uint32_t last_error;		/* 0x34 */
	uint8_t unused4[0xe10 - 0x38];
	void *slots[64];		/* 0xe10: of TlsAlloc */
	/* the loader's own fields */
	uint32_t pad[60];
	struct teb *next;		/* list of all threads [loader lock] */
	struct object *object;		/* the thread's; NULL: first thread */
	jmp_buf end;			/* thread_end(); not the first thread */
	void *copies[MAX_MODULES_TLS];
};

_Static_assert(offsetof(struct teb, tls) == 0x2c, "TEB");
_Static_assert(offsetof(struct teb, slots) == 0xe10, "TEB");
_Static_assert(offsetof(struct teb, pad) == 0xf10, "TEB");

extern struct teb *threads;		/* [loader lock] */

static inline struct teb *teb(void)
{
	return machine_teb();
}

/* Create this thread's TEB and copies of all TLS.  Return: 0; -1: no memory. */
int teb_create(uint32_t stack_base, uint32_t stack_limit);
void teb_destroy(void);
/* Give the module a tls_number and every thread a copy; remove them. */
int tls_add(struct module *m);
void tls_remove(struct module *m);
extern const char *program_path;
extern char **program_argv;
extern int program_argc;

/* Return: a handle, or 0 with the last error set. */
handle_t thread_start(uintptr_t start, uint32_t argument, uint32_t stack,
		      uint32_t *id);
__attribute__((noreturn)) void thread_end(uint32_t status);

/* --- handles -------------------------------------------------------------- */

enum kind { FREE, OPEN_FILE, THREAD, EVENT, SEMAPHORE };

struct object {
	enum kind kind;
	int refs;			/* handles, users, a thread itself */
	int fd;
	/* if it can be waited for: a futex, 0 while waiters must wait */
	volatile int signalled;
	int manual, most;
	uint32_t status, id;
	struct thread thread;
	uintptr_t start;
	uint32_t argument;
	struct object *next_ended;
};

#define INVALID_HANDLE	0xffffffffu
#define MAX_HANDLES	1024

/* Takes over the caller's reference.  Return: a handle; 0: table full. */
handle_t handle_new(struct object *o);
/* Return: the object, to be put; NULL: not of this kind (FREE: any kind). */
struct object *handle_object(handle_t h, enum kind kind);
int handle_close(handle_t h);		/* 0 or -1 */
struct object *object_new(enum kind kind);	/* or NULL */
void object_put(struct object *o);
void object_signal(struct object *o);
void handles_init(void);
void threads_reap(void);

uint32_t error_of(int linux_errno);
/* Set the last error from errno, or to `error`.  Return: 0. */
uint32_t failed(void);
uint32_t fails(uint32_t error);

/* --- msvcrt --------------------------------------------------------------- */

void crt_init(void);
char *command_line(void);

#endif

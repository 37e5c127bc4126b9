/* SPDX-License-Identifier: MIT */
/*
 * The loader of PE programs (row E14): shared by its files, of which
 *
 *	read/		reads PE files and knows no system (host-tested)
 *	map.c		brings an image into memory, and takes it out
 *	module.c	which libraries are there, who needs whom
 *	bind.c		fills the slots of imports, follows forwarders
 *	attach.c	calls entry points and TLS callbacks
 *	teb.c		what fs points to, and copies of TLS
 *	thread.c	threads
 *	object.c	what handles stand for
 *	kernel32/, msvcrt/	the libraries that are of ours
 *
 * One lock, loader_lock(), is around all that changes modules and threads'
 * TLS; the thread that has it may take it again, as entry points do.
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

/* Why an entry point is called. */
enum { PROCESS_DETACH, PROCESS_ATTACH, THREAD_ATTACH, THREAD_DETACH };

/* Windows' numbers of errors that the loader itself has. */
enum {
	ERROR_SUCCESS = 0, ERROR_FILE_NOT_FOUND = 2, ERROR_ACCESS_DENIED = 5,
	ERROR_INVALID_HANDLE = 6, ERROR_NOT_ENOUGH_MEMORY = 8,
	ERROR_GEN_FAILURE = 31, ERROR_NOT_SUPPORTED = 50,
	ERROR_INVALID_PARAMETER = 87, ERROR_INSUFFICIENT_BUFFER = 122,
	ERROR_MOD_NOT_FOUND = 126, ERROR_PROC_NOT_FOUND = 127,
	ERROR_BAD_EXE_FORMAT = 193, ERROR_ENVVAR_NOT_FOUND = 203,
	ERROR_INVALID_ADDRESS = 487, ERROR_DLL_INIT_FAILED = 1114,
};

/* --- libraries of ours ---------------------------------------------------- */

struct function {
	const char *name;
	const void *code;		/* or data, such as _iob */
};

#define FUNCTION(name)	{ #name, name }

/* Several lists make a library, so that each stands beside its functions. */
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
#define MAX_MODULES_TLS	64	/* with TLS, at the same time */

struct module {
	struct module *next;		/* in the order of loading */
	char name[MAX_NAME];		/* small letters, with its ".dll" */
	char path[256];
	unsigned int refs;		/* who needs it, and LoadLibrary */
	const struct builtin *builtin;	/* or NULL: an image */
	struct pe_image image;
	uintptr_t base;
	struct module *needs[MAX_NEEDS];
	unsigned int n_needs;
	int attached;			/* place in the order of that, or 0 */
	int quiet;			/* its entry wants to hear of no threads */
	struct pe_tls tls;
	int tls_number;			/* or -1 */
};

extern struct module *program;		/* the first one */
extern struct module *modules;
extern char load_error[384];		/* why loading failed, in words */

void loader_lock(void);
void loader_unlock(void);

/* => the module, one reference more of it; NULL and load_error */
struct module *module_load(const char *name, int is_program);
void module_release(struct module *m);
struct module *module_named(const char *name);
struct module *module_at(uintptr_t base);
/* the module in whose memory this is, or NULL */
struct module *module_around(uintptr_t address);
int module_needs(struct module *m, struct module *needed);

/* map.c.  => 0, or -1 with load_error */
int map_image(struct module *m);
void map_protect(struct module *m);
void unmap_image(struct module *m);
/* sets load_error; => -1 */
__attribute__((format(printf, 1, 2))) int load_fails(const char *fmt, ...);

/* bind.c */
int bind_imports(struct module *m);
/* => the address, or 0 and load_error.  `for_whom`: keeps what a forwarder
 * leads to */
uintptr_t find_function(struct module *m, const char *name, uint32_t ordinal,
			struct module *for_whom, unsigned int depth);

/* attach.c */
int attach(struct module *m);		/* => 0 or -1 */
void attach_done(void);
void detach(struct module *m);
void attach_thread(void);
void detach_thread(void);
__attribute__((noreturn)) void process_exit(uint32_t status);

/* --- threads -------------------------------------------------------------- */

/*
 * What fs points to.  Offsets are Windows'; its own headers, compiled into
 * programs, know them.
 */
struct teb {
	uint32_t exceptions;		/* 0x00: end of a list, -1 */
	uint32_t stack_base, stack_limit;
	uint32_t unused1[3];
	struct teb *self;		/* 0x18 */
	uint32_t unused2;
	uint32_t process, thread;	/* 0x20 */
	uint32_t unused3;
	void **tls;			/* 0x2c: copies, by modules' numbers */
	void *peb;			/* 0x30 */
	uint32_t last_error;		/* 0x34 */
	uint8_t unused4[0xe10 - 0x38];
	void *slots[64];		/* 0xe10: of TlsAlloc */
	/* from here on ours */
	uint32_t pad[60];
	struct teb *next;		/* of all threads [loader lock] */
	struct object *object;		/* what its handle stands for */
	jmp_buf end;			/* of a thread but the first */
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

/* => 0 or -1, no memory: the TEB of this thread, and copies of all TLS */
int teb_create(uint32_t stack_base, uint32_t stack_limit);
void teb_destroy(void);
/* the module's number and a copy for every thread, and the end of them */
int tls_add(struct module *m);
void tls_remove(struct module *m);
extern const char *program_path;
extern char **program_argv;
extern int program_argc;

/* => a handle, or 0 and the last error */
handle_t thread_start(uintptr_t start, uint32_t argument, uint32_t stack,
		      uint32_t *id);
__attribute__((noreturn)) void thread_end(uint32_t status);

/* --- handles -------------------------------------------------------------- */

enum kind { FREE, OPEN_FILE, THREAD, EVENT, SEMAPHORE };

struct object {
	enum kind kind;
	int refs;			/* handles, who uses it, a thread itself */
	int fd;
	/* of what can be waited for: a futex, 0 while one has to wait */
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

/* => a handle that has the caller's reference now, or 0: no room */
handle_t handle_new(struct object *o);
/* => the object, to be put; NULL if it is none of this kind (FREE: any) */
struct object *handle_object(handle_t h, enum kind kind);
int handle_close(handle_t h);		/* => 0 or -1 */
struct object *object_new(enum kind kind);	/* or NULL */
void object_put(struct object *o);
void object_signal(struct object *o);
void handles_init(void);
void threads_reap(void);

uint32_t error_of(int linux_errno);
/* => 0 with the last error set to what errno means */
uint32_t failed(void);
uint32_t fails(uint32_t error);

/* --- msvcrt --------------------------------------------------------------- */

void crt_init(void);
char *command_line(void);

#endif

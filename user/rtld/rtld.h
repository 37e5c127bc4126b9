/* SPDX-License-Identifier: MIT */
/*
 * The runtime linker (rows C7, C8, D17, D18, E10): what its files share.
 *
 *   start.S -> boot.c   relocates the linker itself, reads the auxv
 *           -> main.c   all steps in order
 *                load.c    finds a file (search.c), maps it (map.c), reads its
 *                          dynamic section (object.c); breadth first
 *                version.c which versions each asks for, and gets
 *                tls.c     a place for everyone's thread-local variables
 *                reloc.c   relocations; symbols are found by lookup.c;
 *                          functions perhaps at their first call (plt.c)
 *                init.c    constructors now, destructors at the end
 *
 * and while the program runs, dlopen.c, unload.c, dlsym.c, under lock.c.
 *
 * Nothing here may use errno or TLS, which are set up on the way, nor call
 * another object.
 */
#ifndef RTLD_H
#define RTLD_H

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include "machine.h"

#define EXPORT		__attribute__((visibility("default")))
#define RTLD_SONAME	"ld-lectern.so.1"
#define DT_GNU_PRELINKED 0x6ffffdf5
#define WORD		sizeof(uintptr_t)
#define ASTRAY		"outside of its segments: reloc type 0x"
#define OTHER_CLASS	(ELFCLASS_NATIVE == ELFCLASS32 ? \
			 "wrong ELF class: ELFCLASS64" : \
			 "wrong ELF class: ELFCLASS32")

struct tls_index {
	uintptr_t module, offset;
};

/* A version that a symbol of an object has or asks for, by its index. */
struct version {
	const char *name;		/* NULL: this index has none */
	uint32_t hash;			/* the SysV hash of the name */
	const char *file;		/* of whom it is asked, or NULL */
};

struct tls {
	const void *image;		/* initialized part */
	size_t filesz, memsz, align;	/* memsz 0: no such variables */
	uintptr_t module;		/* number from 1 */
	intptr_t offset;		/* of the block from the thread pointer */
	int late;			/* none: it came by dlopen() */
};

/*
 * A program or library in memory.  The first five members are `struct
 * link_map` of debuggers' and are where they expect them.
 */
struct object {
	uintptr_t base;			/* added to each address in the file */
	const char *name;		/* path; "" is the program */
	Elf_Dyn *dynamic;
	struct object *next, *prev;	/* in the order of loading */

	const char *soname;		/* or NULL */
	const char *origin;		/* the folder it lies in */
	uint64_t dev, ino;		/* tell one file from another */
	const Elf_Phdr *phdr;
	size_t phnum;
	uintptr_t map, map_end;		/* pages it has */
	uintptr_t relro, relro_end;	/* of which these become read-only */

	const Elf_Sym *symtab;
	const char *strtab;
	const uint32_t *hash;		/* SysV's, or NULL */
	const uint32_t *gnu_hash;	/* or NULL, and then no `bloom` */
	const uintptr_t *bloom;
	uint32_t bloom_mask, bloom_shift;
	const uint16_t *versym;		/* a version index a symbol, or NULL */
	Elf_Verdef *verdef;
	Elf_Verneed *verneed;
	struct version *versions;	/* by index */
	size_t nversions;

	const RELOC *rel, *rel_end;	/* relocations */
	const RELOC *plt, *plt_end;	/* those of functions called */
	const uintptr_t *relr, *relr_end;
	uintptr_t *got;			/* of the PLT */

	const char *runpath, *rpath;	/* or NULL */
	struct object *loader;		/* who asked for it first, or NULL */
	struct object **needs;		/* its DT_NEEDED, in their order */
	size_t nneeds;

	uintptr_t init, fini;		/* addresses, or 0 */
	uintptr_t *preinit_array, *init_array, *fini_array;
	size_t npreinit, ninit, nfini;
	struct object *initialized;	/* who was before it; list for the end */
	struct tls tls;
	unsigned symbolic:1, now:1, textrel:1, static_tls:1, relocated:1,
		visited:1, prelinked:1, deep:1, nodeflib:1,
		initfirst:1,
		chooses:1;			/* it has R_IRELATIVE */

	/* of dlopen(): [lock] */
	unsigned global:1;		/* all may use its symbols */
	unsigned permanent:1;		/* never unloaded */
	unsigned wanted:1;		/* unload.c: someone needs it */
	unsigned opened;		/* how often */
	struct object **scope;		/* what was opened: it, its needs */
	size_t nscope;
	struct object *root;		/* in whose scope it searches, too */
	struct use *uses;		/* whose symbols it got by that */
	struct descriptor *descriptors;	/* of variables that are late */
};

/* A thread-local variable's, of a module without a fixed offset. */
struct descriptor {
	struct tls_index index;		/* first: what start.S passes on */
	struct descriptor *next;
};

/* An object that another one uses without a DT_NEEDED. */
struct use {
	struct object *of;
	struct use *next;
};

/* What a reference asks for, and what it gets. */
struct wanted {
	const char *name;
	const struct version *version;	/* or NULL */
	int call;			/* only to be called: see lookup.c */
	int newest;			/* no version means the default one */
	struct object *skip;		/* whose symbols do not count */
};

struct found {
	struct object *object;
	const Elf_Sym *sym;		/* NULL: nothing */
};

/* What was asked for, by the environment of who started the program. */
struct options {
	const char *library_path, *preload;
	int bind_now;
	int secure;			/* set-id: the caller is not trusted */
	unsigned int debug;		/* kinds of what to tell: DEBUG_ */
	int list;			/* only tell what would be loaded */
};

extern struct options options;
extern struct object *objects;		/* the program, then by loading */
extern struct object program, rtld_object;
extern const char *program_name;	/* argv[0] */

/* Does the object have these bytes, which are no more than all of it? */
static inline int has(const struct object *o, const void *at, size_t size)
{
	return (uintptr_t)at - o->map <= o->map_end - o->map - size;
}

/* boot.c */
void rtld_main(unsigned long *sp, uintptr_t base, uintptr_t *entry);

/* load.c */
const char *folder_of(const char *path);
struct object *add_object(struct object *o);
struct object *last_object(void);
int is_called(const struct object *o, const char *name);
void load_all(struct object *program, const char *preload);
struct object *load(const char *name, struct object *who);
struct object *find_name(const char *name);
void load_needs(struct object *o);
const char *try(void (*what)(void *arg), void *arg);

/* command.c */
uintptr_t read_command(unsigned long *sp);
__attribute__((noreturn)) void list_objects(void);

/*
 * ../ldcache/cached.c: what the system's cache says, but for no_system_folder
 * (DF_1_NODEFLIB) nothing that lies in a folder of the system's.
 * => the path, which is there until ldcache_forget(), or NULL
 */
const char *cached_path(const char *name, int no_system_folder);
void ldcache_forget(void);

/* ../prelink/prelinked.c */
extern int prelinked;			/* the libraries are */
int load_prelinked(const char *program);
void relocate_late(void);

/* search.c: a file of this name. => descriptor, its path in `path`; or -1 */
int search_library(const char *name, struct object *who, char *path);
int open_library(const char *path);
/* Calls note(to, folder) for all where a library that `who` needs may lie. */
void each_folder(const struct object *who,
		 void (*note)(void *to, const char *folder), void *to);
/* The beginning of the file opened last: its headers, almost always. */
extern union head {
	Elf_Ehdr elf;
	char bytes[1024];
} head;
extern long head_size;			/* bytes of it, or a negative errno */

/* map.c */
uintptr_t map_object(struct object *o, int fd, const char *file, uint64_t size);
void seal(struct object *o, const Elf_Phdr *ph);
void protect_relro(const struct object *o);
void text_writable(const struct object *o, int yes);

/* object.c */
void read_dynamic(struct object *o);

/* version.c */
void read_versions(struct object *o);
void check_versions(struct object *o);
const struct version *version_of(const struct object *o, uint32_t sym);

/* lookup.c */
uint32_t sysv_hash(const char *name);
struct found lookup(const struct object *from, const struct wanted *w);
struct found lookup_scope(const struct object *o, const struct wanted *w);
struct found lookup_from(struct object *o, const struct wanted *w);

/* reloc.c */
void relocate_behind(struct object *old);
void relocate_one(struct object *o, const RELOC *r);
struct found resolve(struct object *o, uint32_t index, int call,
		     struct object *skip);
uintptr_t found_address(struct found f);
__attribute__((noreturn, cold))
void bad_relocation(const struct object *o, const char *what, uint32_t type);
void note_use(struct object *o, struct object *of);

/* plt.c */
void relocate_plt(struct object *o);
void plt_trampoline(void);

/* tls.c */
void place_tls(struct object *o);
void place_tls_late(struct object *o);
void release_tls(const struct object *o);
void start_tls(void);
void fill_tls(const struct object *o, char *thread);
void *tls_address(const struct tls_index *i);
void *tls_block(const struct tls *t);

/* init.c */
void run_constructors(struct object *program, int argc, char **argv,
		      char **envp);
void construct_backwards(void);
void run_destructors(void);
void destruct_unwanted(void);

/* debugger.c */
void tell_debugger(int state);
void start_debugger(struct object *program);

/* ../dlinfo/debug.c */
enum {
	DEBUG_FILES = 1, DEBUG_LIBS = 2, DEBUG_RELOC = 4, DEBUG_SYMBOLS = 8,
	DEBUG_BINDINGS = 16, DEBUG_VERSIONS = 32, DEBUG_PLT = 64,
	DEBUG_STATISTICS = 128, DEBUG_HELP = 256,
};
extern struct statistics {
	unsigned long symbolic, relative;
} statistics;
void debug_statistics(uint64_t begin, uint64_t loaded, uint64_t end);
unsigned int debug_kinds(const char *list);
__attribute__((sentinel)) void debug_line(const char *first, ...);
#define debug(kind, ...)	do {			\
	if (options.debug & (kind))			\
		debug_line(__VA_ARGS__, NULL);		\
} while (0)

/* lock.c */
void lock(void);
void unlock(void);

/* unload.c */
void unload_unwanted(void);
void unload_behind(struct object *last);

/* dlsym.c */
struct object *object_at(const void *address);

/* util.c */
const char *name_of(const struct object *o);	/* for people */
void *alloc(size_t size);		/* cleared */
void release(const void *p);
extern jmp_buf *attempt;		/* where a failure goes, or NULL */
extern const char *attempt_failure;	/* what it was */
extern const char *attempt_reason;	/* of that only why */
__attribute__((noreturn)) void fail(const char *occasion, const char *text);
char *join_list(const char *first, va_list ap);
char *join(const char *first, ...) __attribute__((sentinel));
void tell(int fd, const char *first, ...) __attribute__((sentinel));
char *number(unsigned long n, unsigned int base, int width);
__attribute__((noreturn, sentinel)) void die(int status, const char *text, ...);
__attribute__((noreturn))
void cannot_load(const char *file, const char *why, long error);

#endif

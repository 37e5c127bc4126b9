/* SPDX-License-Identifier: MIT */
/*
 * The runtime linker (rows C7, C8, D17, D18, E10): declarations that its files
 * share.
 *
 *   start.S -> boot.c   relocates the linker itself, reads the auxv
 *           -> main.c   all steps in order
 *                load.c    finds a file (search.c), maps it (map.c), reads its
 *                          dynamic section (object.c); breadth first
 *                version.c checks the symbol versions that each object needs
 *                tls.c     places the thread-local variables of all objects
 *                reloc.c   relocations; symbols are found by lookup.c;
 *                          functions perhaps at their first call (plt.c)
 *                init.c    constructors now, destructors at the end
 *
 * and while the program runs, dlopen.c, unload.c, dlsym.c, under lock.c.
 *
 * The linker may not use errno or TLS, which it only sets up here, and may not
 * call functions of other objects.
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

/* A version that symbols of an object have or need; found by its index. */
struct version {
	const char *name;		/* NULL: index without a version */
	uint32_t hash;			/* the SysV hash of the name */
	const char *file;		/* library it must be in, or NULL */
};

struct tls {
	const void *image;		/* initialized part */
	size_t filesz, memsz, align;	/* memsz 0: no TLS variables */
	uintptr_t module;		/* number from 1 */
	intptr_t offset;		/* of the block, from thread pointer */
	int late;			/* no offset: loaded by dlopen() */
	int fresh;			/* fixed blocks, but not yet filled */
};

/*
 * A program or library in memory.  The first five members form the `struct
 * link_map` that debuggers read.
 */
struct object {
	uintptr_t base;			/* to add to each address of the file */
	const char *name;		/* path; "" is the program */
	Elf_Dyn *dynamic;
	struct object *next, *prev;	/* in the order of loading */

	const char *soname;		/* or NULL */
	const char *origin;		/* the directory it lies in */
	uint64_t dev, ino;		/* identify the file */
	const Elf_Phdr *phdr;
	size_t phnum;
	uintptr_t map, map_end;		/* its mapped pages */
	uintptr_t relro, relro_end;	/* PT_GNU_RELRO: become read-only */

	const Elf_Sym *symtab;
	const char *strtab;
	const uint32_t *hash;		/* SysV's, or NULL */
	const uint32_t *gnu_hash;	/* or NULL: then no `bloom` either */
	const uintptr_t *bloom;
	uint32_t bloom_mask, bloom_shift;
	const uint16_t *versym;		/* version index by symbol, or NULL */
	Elf_Verdef *verdef;
	Elf_Verneed *verneed;
	struct version *versions;	/* by index */
	size_t nversions;

	const RELOC *rel, *rel_end;	/* relocations */
	const RELOC *plt, *plt_end;	/* relocations of the PLT */
	const uintptr_t *relr, *relr_end;
	uintptr_t *got;			/* the part that the PLT uses */

	const char *runpath, *rpath;	/* or NULL */
	struct object *loader;		/* first object to need it, or NULL */
	struct object **needs;		/* its DT_NEEDED, in their order */
	size_t nneeds;

	uintptr_t init, fini;		/* addresses, or 0 */
	uintptr_t *preinit_array, *init_array, *fini_array;
	size_t npreinit, ninit, nfini;
	struct object *initialized;	/* list: the one initialized before */
	struct tls tls;
	unsigned symbolic:1, now:1, textrel:1, relocated:1,
		visited:1, prelinked:1, deep:1, nodeflib:1,
		initfirst:1,
		chooses:1;			/* it has R_IRELATIVE */

	/* for dlopen(): [lock] */
	unsigned global:1;		/* visible to all objects */
	unsigned permanent:1;		/* never unloaded */
	unsigned wanted:1;		/* unload.c: still needed */
	unsigned opened;		/* count of dlopen() */
	struct object **scope;		/* if opened: itself and its needs */
	size_t nscope;
	struct object *root;		/* search this one's scope, too */
	struct use *uses;		/* objects used through that scope */
	struct descriptor *descriptors;	/* of late TLS variables */
};

/* A TLS descriptor, for a variable of a module without a fixed offset. */
struct descriptor {
	struct tls_index index;		/* first: start.S passes its address */
	struct descriptor *next;
};

/* An object that another one uses without a DT_NEEDED. */
struct use {
	struct object *of;
	struct use *next;
};

/* What a reference asks for. */
struct wanted {
	const char *name;
	const struct version *version;	/* or NULL */
	int call;			/* only a call: see lookup.c */
	int newest;			/* without version: the default one */
	struct object *skip;		/* ignore this object's symbols */
};

/* The result of a look-up. */
struct found {
	struct object *object;
	const Elf_Sym *sym;		/* NULL: not found */
};

/* Options from the environment, or from the linker's command line. */
struct options {
	const char *library_path, *preload;
	int bind_now;
	int secure;			/* set-id: do not trust the caller */
	unsigned int debug;		/* DEBUG_ kinds of messages */
	int list;			/* only list what would be loaded */
};

extern struct options options;
extern struct object *objects;		/* all, in the order of loading */
extern struct object program, rtld_object;
extern const char *program_name;	/* argv[0] */

/* True if the object contains [at, at + size); size: at most its own. */
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
 * ../ldcache/cached.c: find name in the system's cache.  no_system_folder
 * (DF_1_NODEFLIB): skip libraries in the system's directories.
 * Return: the path, valid until ldcache_forget(), or NULL.
 */
const char *cached_path(const char *name, int no_system_folder);
void ldcache_forget(void);

/* ../prelink/prelinked.c */
extern int prelinked;			/* all libraries are prelinked */
int load_prelinked(const char *program);
void relocate_late(void);

/*
 * search.c: find and open the library that `who` needs by this name.
 * Return: a descriptor, with its path in `path`; or -1.
 */
int search_library(const char *name, struct object *who, char *path);
int open_library(const char *path);
/* Call note(to, folder) for each directory that is searched for `who`. */
void each_folder(const struct object *who,
		 void (*note)(void *to, const char *folder), void *to);
/* The start of the file opened last, which usually holds all its headers. */
extern union head {
	Elf_Ehdr elf;
	char bytes[1024];
} head;
extern long head_size;			/* valid bytes in head, or -errno */

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
void number_tls(struct object *o);
void fix_tls(struct object *o);
void release_tls(const struct object *o);
void give_back_tls(void);
void start_tls(void);
void fill_tls(void);
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
const char *name_of(const struct object *o);	/* for messages */
void *alloc(size_t size);		/* cleared */
void release(const void *p);
extern jmp_buf *attempt;		/* fail() jumps here; NULL: it exits */
extern const char *attempt_failure;	/* message of the failure */
extern const char *attempt_reason;	/* the part that says why */
__attribute__((noreturn)) void fail(const char *occasion, const char *text);
char *join_list(const char *first, va_list ap);
char *join(const char *first, ...) __attribute__((sentinel));
void tell(int fd, const char *first, ...) __attribute__((sentinel));
char *number(unsigned long n, unsigned int base, int width);
__attribute__((noreturn, sentinel)) void die(int status, const char *text, ...);
__attribute__((noreturn))
void cannot_load(const char *file, const char *why, long error);

#endif

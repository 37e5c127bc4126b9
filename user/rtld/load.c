/* SPDX-License-Identifier: MIT */
/*
 * Load the libraries that a program needs, and those that these need, each once
 * (row C7).  The list of objects is also the queue of a breadth-first walk: the
 * needs of an object are appended, and the walk goes on with the next object.
 *
 *	program needs A, B; A needs C; B needs C, A
 *	  program        walk   program A B
 *	   |   |                 program A B C
 *	   A   B                            `- found again by its name, or,
 *	    \ / (A)                            under another, as the same file
 *	     C
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include "../prelink/prelink.h"

struct object *objects;
struct object rtld_object;
int prelinked;

struct object *last_object(void)
{
	struct object *o = objects;

	while (o && o->next)
		o = o->next;
	return o;
}

struct object *add_object(struct object *o)
{
	o->prev = last_object();
	*(o->prev ? &o->prev->next : &objects) = o;
	return o;
}

/* Return: the directory part of a path. */
const char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder;
	size_t n;

	if (!slash)
		return join(".", NULL);
	n = slash == path ? 1 : (size_t)(slash - path);
	folder = alloc(n + 1);
	return memcpy(folder, path, n);
}

int is_called(const struct object *o, const char *name)
{
	return !strcmp(o->name, name) ||
	       (o->soname && !strcmp(o->soname, name));
}

struct object *find_name(const char *name)
{
	for (struct object *o = objects; o; o = o->next)
		if (is_called(o, name))
			return o;
	return is_called(&rtld_object, name) ? add_object(&rtld_object) : NULL;
}

static struct object *find_file(const struct stat *st)
{
	for (struct object *o = objects; o; o = o->next)
		if (o->ino == st->st_ino && o->dev == st->st_dev && o->ino)
			return o;
	return NULL;
}

static int pending = -1;	/* descriptor of the file being loaded */

static void forget_file(void)
{
	if (pending >= 0)
		sys_close(pending);
	pending = -1;
}

/*
 * Call what(arg), and undo what it loaded if it fails.
 * Return: NULL, or the message of the failure.
 */
const char *try(void (*what)(void *arg), void *arg)
{
	struct object *old = last_object();
	jmp_buf failed;

	if (setjmp(failed)) {
		attempt = NULL;
		forget_file();
		unload_behind(old);
		return attempt_failure;
	}
	attempt = &failed;
	what(arg);
	attempt = NULL;
	return NULL;
}

static struct object *map_library(int fd, const char *name, const char *path,
				  const struct stat *st, struct object *who)
{
	struct object *o = alloc(sizeof(*o));

	o->name = join(path, NULL);
	o->origin = folder_of(o->name);
	o->dev = st->st_dev;
	o->ino = st->st_ino;
	o->loader = who;
	debug(DEBUG_FILES, "file=", name, " [0];  generating link map");
	add_object(o);
	map_object(o, fd, o->name, (uint64_t)st->st_size);
	read_dynamic(o);
	return o;
}

/* Return: the library; NULL: not found, and only reported (options.list). */
struct object *load(const char *name, struct object *who)
{
	struct object *o = find_name(name);
	char path[PATH_MAX];
	struct stat st;
	int fd;

	if (o)
		return o;
	debug(DEBUG_FILES, "file=", name, " [0];  needed by ", name_of(who),
	      " [0]");
	fd = search_library(name, who, path);
	if (fd < 0 && options.list && !attempt) {
		tell(1, "\t", name, " => not found\n", NULL);
		return NULL;
	}
	if (fd < 0)
		cannot_load(name, "cannot open shared object file", fd);
	pending = fd;
	if (sys_fstat(fd, &st))
		cannot_load(name, "cannot stat shared object", 0);
	o = find_file(&st);
	if (!o)
		o = map_library(fd, name, path, &st, who);
	forget_file();
	return o;
}

void load_needs(struct object *o)
{
	const Elf_Dyn *d;
	size_t n = 0;

	for (d = o->dynamic; d->d_tag != DT_NULL; d++)
		n += d->d_tag == DT_NEEDED;
	o->needs = alloc(n * sizeof(*o->needs));
	for (d = o->dynamic; d->d_tag != DT_NULL; d++) {
		struct object *need = d->d_tag != DT_NEEDED ? NULL :
			load(o->strtab + d->d_val, o);

		if (need)
			o->needs[o->nneeds++] = need;
	}
}

static void load_for_program(void *name)
{
	load(name, &program);
}

/* Load the libraries of LD_PRELOAD; only warn about those that fail. */
static void preload(const char *list)
{
	while (*list) {
		size_t n = strcspn(list, " :");
		char *name = memcpy(alloc(n + 1), list, n);

		if (n && try(load_for_program, name))
			tell(2, "ERROR: ld.so: object '", name,
			     "' from LD_PRELOAD cannot be preloaded (",
			     attempt_reason, "): ignored.\n", NULL);
		list += n + (list[n] != '\0');
	}
}

/*
 * Find the program's directory.  The program may have been started through a
 * link or by a relative path.
 * Return: its path, or NULL.
 */
static const char *find_path(struct object *program)
{
	char *path = alloc(PATH_MAX);

	/*
	 * If the linker was run as a command, origin is already the program's
	 * path, and /proc/self/exe is the linker.
	 */
	if (!program->ino &&
	    raw_syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path,
			PATH_MAX - 1) > 0)
		program->origin = path;
	path = (char *)program->origin;
	program->origin = path ? folder_of(path) : ".";
	return path;
}

void load_all(struct object *program, const char *list)
{
	const char *path = find_path(program);

	if (list)
		preload(list);
	else if (program->prelinked && path && !options.secure &&
		 !options.list && !options.library_path && !prelinker)
		prelinked = load_prelinked(path);
	for (struct object *o = program; o; o = o->next)
		if (o != &rtld_object)
			load_needs(o);
	find_name(RTLD_SONAME);
	for (struct object *o = program; o; o = o->next)
		o->permanent = o->global = 1;
	ldcache_forget();
}

/* SPDX-License-Identifier: MIT */
/*
 * Find the file of a library (row C7).  A name with a slash is a path.  Any
 * other name is searched for in this order:
 *
 *	DT_RPATH of the object that needs it, of the object that loaded this
 *	    one, ... of the program (none if the first has a DT_RUNPATH)
 *	LD_LIBRARY_PATH
 *	DT_RUNPATH of the object that needs it, but of no other
 *	the linker's own directory: it comes before the cache, which may list
 *	    another C library that does not fit this linker
 *	/etc/ld.so.cache (../ldcache)
 *	the system's directories
 *
 * For an object with DF_1_NODEFLIB the system's directories are not searched,
 * and libraries in them are not taken from the cache either.
 *
 * The caller of a set-id program must not choose its libraries: LD_LIBRARY_PATH
 * is ignored, and so is $ORIGIN, because a hard link may put the program into a
 * directory of the caller's choice.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include "rtld.h"
#include "sys.h"

struct search {
	const char *name;
	char *path;		/* PATH_MAX bytes: the file found */
	int fd;			/* of the file; negative: not found yet */
	int other_class;	/* found one with another word size */
	/* or NULL; if set, only call it for each directory */
	void (*note)(void *to, const char *folder);
	void *to;
};

union head head;
long head_size;

/* Return: a descriptor, with the file's start in `head`; or -errno. */
int open_library(const char *path)
{
	long fd = sys_open(path);

	if (fd >= 0)
		head_size = sys_read((int)fd, &head, sizeof(head));
	return (int)fd;
}

/* True if the file is for this machine; if not, the search goes on. */
static int fits_machine(struct search *s)
{
	const Elf_Ehdr *e = &head.elf;

	if (head_size < (long)sizeof(*e) || memcmp(e->e_ident, "\177ELF", 4))
		return 1;		/* map.c reports the error */
	if (e->e_ident[4] != ELFCLASS_NATIVE) {
		s->other_class = 1;
		return 0;
	}
	return e->e_machine == MACHINE;
}

/* Return: the length of $ORIGIN or ${ORIGIN} if s starts with it, else 0. */
static size_t origin_word(const char *s)
{
	if (!strncmp(s, "$ORIGIN", 7))
		return 7;
	return strncmp(s, "${ORIGIN}", 9) ? 0 : 9;
}

/*
 * Copy dir[0..n), replacing $ORIGIN by the directory of `who`.
 * Return: 0, or -1: too long, or $ORIGIN in a set-id program.
 */
static int expand(char *to, const char *dir, size_t n,
		  const struct object *who)
{
	char *end = to + PATH_MAX - 1;

	for (const char *p = dir; p < dir + n; ) {
		size_t word = origin_word(p);
		const char *text = word ? who->origin : p;
		size_t size = word ? strlen(text) : 1;

		if ((word && options.secure) || size >= (size_t)(end - to))
			return -1;
		memcpy(to, text, size);
		to += size;
		p += word ? word : 1;
	}
	*to = '\0';
	return 0;
}

/* Open s->path, and keep it if it is for this machine. */
static void try_file(struct search *s)
{
	debug(DEBUG_LIBS, "  trying file=", s->path);
	s->fd = open_library(s->path);
	if (s->fd < 0 || fits_machine(s))
		return;
	sys_close(s->fd);
	s->fd = -1;
}

/* Try the directory dir[0..n); the empty string is the current one. */
static void try_folder(struct search *s, const char *dir, size_t n,
		       const struct object *who)
{
	size_t len;

	if (expand(s->path, dir, n, who))
		return;
	if (s->note) {
		s->note(s->to, s->path);
		return;
	}
	len = strlen(s->path);
	if (len + strlen(s->name) + 2 > PATH_MAX)
		return;
	if (len && s->path[len - 1] != '/')
		s->path[len++] = '/';
	strcpy(s->path + len, s->name);
	try_file(s);
}

/* Try the directories of a list, until the library is found. */
static void try_list(struct search *s, const char *list,
		     const struct object *who)
{
	while (list && s->fd < 0) {
		size_t n = strcspn(list, ":;");

		try_folder(s, list, n, who);
		list = list[n] ? list + n + 1 : NULL;
	}
}

static void try_rpaths(struct search *s, const struct object *who)
{
	int program_seen = 0;

	if (who->runpath)
		return;
	for (; who; who = who->loader) {
		program_seen |= who == objects;
		try_list(s, who->rpath, who);
	}
	if (!program_seen)
		try_list(s, objects->rpath, objects);
}

static void try_cache(struct search *s, const struct object *who)
{
	const char *path;

	if (s->fd >= 0 || s->note)
		return;
	path = cached_path(s->name, who->nodeflib);
	if (!path || strlen(path) >= PATH_MAX)
		return;
	strcpy(s->path, path);
	try_file(s);
}

static void try_all(struct search *s, const struct object *who)
{
	try_rpaths(s, who);
	try_list(s, options.library_path, who);
	try_list(s, who->runpath, who);
	try_list(s, who->nodeflib ? NULL : OWN_DIR, who);
	try_cache(s, who);
	try_list(s, who->nodeflib ? NULL : LIB_DIRS, who);
}

void each_folder(const struct object *who,
		 void (*note)(void *to, const char *folder), void *to)
{
	char path[PATH_MAX];
	struct search s = { .path = path, .fd = -1, .note = note, .to = to };

	try_all(&s, who);
}

int search_library(const char *name, struct object *who, char *path)
{
	struct search s = { .name = name, .path = path, .fd = -1 };

	if (strchr(name, '/')) {
		if (expand(path, name, strlen(name), who))
			return -ENOENT;
		return open_library(path);
	}
	debug(DEBUG_LIBS, "find library=", name, " [0]; searching");
	try_all(&s, who);
	if (s.fd < 0 && s.other_class)
		cannot_load(name, OTHER_CLASS, 0);
	return s.fd < 0 ? -ENOENT : s.fd;
}

/* SPDX-License-Identifier: MIT */
/*
 * Where a library lies (row C7).  A name with a slash is a path.  Any other
 * is looked for in, one after the other,
 *
 *	DT_RPATH of who needs it, of who loaded that one, ... of the program
 *	    (none of them if who needs it has a DT_RUNPATH)
 *	LD_LIBRARY_PATH
 *	DT_RUNPATH of who needs it, and of nobody else
 *	the system's folders
 *
 * A set-id program has its caller choose nothing: no LD_LIBRARY_PATH, and no
 * $ORIGIN, because a link may put the program where the caller wants.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include "rtld.h"
#include "sys.h"

struct search {
	const char *name;
	char *path;		/* PATH_MAX bytes: the file found */
	int other_class;	/* one was there, of another word size */
};

union head head;
long head_size;

/* => descriptor, with its beginning in `head`; or a negative errno */
int open_library(const char *path)
{
	long fd = sys_open(path);

	if (fd >= 0)
		head_size = sys_read((int)fd, &head, sizeof(head));
	return (int)fd;
}

/* Is it for this machine?  One that is not may lie beside the right one. */
static int fits(struct search *s)
{
	const Elf_Ehdr *e = &head.elf;

	if (head_size < (long)sizeof(*e) || memcmp(e->e_ident, "\177ELF", 4))
		return 1;		/* map.c has the words for that */
	if (e->e_ident[4] != ELFCLASS_NATIVE) {
		s->other_class = 1;
		return 0;
	}
	return e->e_machine == MACHINE;
}

/* => bytes of the word $ORIGIN or ${ORIGIN} here, or 0 */
static size_t origin_word(const char *s)
{
	if (!strncmp(s, "$ORIGIN", 7))
		return 7;
	return strncmp(s, "${ORIGIN}", 9) ? 0 : 9;
}

/* dir[0..n) with $ORIGIN as what it means for `who`. => 0, or -1: no use */
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

/* An empty folder is the current one. => descriptor or -1 */
static int try_folder(struct search *s, const char *dir, size_t n,
		      const struct object *who)
{
	size_t len;
	int fd;

	if (expand(s->path, dir, n, who))
		return -1;
	len = strlen(s->path);
	if (len + strlen(s->name) + 2 > PATH_MAX)
		return -1;
	if (len && s->path[len - 1] != '/')
		s->path[len++] = '/';
	strcpy(s->path + len, s->name);
	debug(DEBUG_LIBS, "  trying file=", s->path);
	fd = open_library(s->path);
	if (fd < 0)
		return -1;
	if (fits(s))
		return fd;
	sys_close(fd);
	return -1;
}

static int try_list(struct search *s, const char *list,
		    const struct object *who)
{
	int fd = -1;

	while (list && fd < 0) {
		size_t n = strcspn(list, ":;");

		fd = try_folder(s, list, n, who);
		list = list[n] ? list + n + 1 : NULL;
	}
	return fd;
}

static int try_rpaths(struct search *s, const struct object *who)
{
	int program_seen = 0;
	int fd = -1;

	if (who->runpath)
		return -1;
	for (; who && fd < 0; who = who->loader) {
		program_seen |= who == objects;
		fd = try_list(s, who->rpath, who);
	}
	if (fd < 0 && !program_seen)
		fd = try_list(s, objects->rpath, objects);
	return fd;
}

int search_library(const char *name, struct object *who, char *path)
{
	struct search s = { .name = name, .path = path };
	int fd;

	if (strchr(name, '/')) {
		if (expand(path, name, strlen(name), who))
			return -ENOENT;
		return open_library(path);
	}
	debug(DEBUG_LIBS, "find library=", name, " [0]; searching");
	fd = try_rpaths(&s, who);
	if (fd < 0)
		fd = try_list(&s, options.library_path, who);
	if (fd < 0)
		fd = try_list(&s, who->runpath, who);
	if (fd < 0)
		fd = try_list(&s, LIB_DIRS, who);
	if (fd < 0 && s.other_class)
		cannot_load(name, OTHER_CLASS, 0);
	return fd < 0 ? -ENOENT : fd;
}

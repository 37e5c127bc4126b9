/* SPDX-License-Identifier: MIT */
/*
 * Expand kernel.core_pattern for one process (row B6, core(5)): to the name of
 * a file, or after a | to the words of a command.
 *
 *	|/bin/keep %p  -c%e          core.%e.%p
 *	 |         |    |            |
 *	 /bin/keep  71  -ca b        core.a b.71
 *
 * The pattern is split at its spaces before its specifiers are expanded, so an
 * expanded text never becomes several words.
 */
#include "core.h"
#include <fs/vfs.h>
#include <kernel/cred/cred.h>
#include <kernel/syscall/uname.h>
#include <lib/chars.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/arch.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>

int core_uses_pid;

/* ---- text ---------------------------------------------------------------- */

/* Append s; after the first error, do nothing. */
static void core_name_add(struct core_name *n, const char *s, size_t len)
{
	size_t room = ALIGN_UP(n->used + len + 1, (size_t)CORE_PATTERN);
	char *text = n->text;

	if (n->err)
		return;
	if (room > n->room) {
		text = krealloc(text, room);
		if (!text) {
			n->err = -ENOMEM;
			return;
		}
		n->text = text;
		n->room = room;
	}
	memcpy(text + n->used, s, len);
	n->used += len;
	text[n->used] = '\0';
}

static void add_number(struct core_name *n, s64 value)
{
	char text[24];

	core_name_add(n, text,
		      fmt_print(text, sizeof(text), "%lld", (long long)value));
}

/*
 * Append a name that a user chose: replace slashes, an empty name, and the
 * first character of "." and "..", so that the result cannot lead to another
 * directory.
 */
static void add_name(struct core_name *n, const char *s)
{
	size_t from = n->used;
	char *t;

	core_name_add(n, *s ? s : "!", *s ? strlen(s) : 1);
	if (n->err)
		return;
	t = n->text + from;
	if (!strcmp(t, ".") || !strcmp(t, ".."))
		*t = '!';
	for (; *t; t++)
		if (*t == '/')
			*t = '!';
}

/* ---- specifiers ---------------------------------------------------------- */

/*
 * Get the path of the program, with a reference; p->dentry is NULL if the space
 * has no program.
 */
static void core_name_program(struct vm_space *s, struct path *p)
{
	*p = (struct path){ 0 };
	rw_read_lock(&s->lock);
	if (s->exe) {
		*p = object_file(s->exe)->path;
		path_get(p);
	}
	rw_read_unlock(&s->lock);
}

/* Append the program's path, or its last component. */
static void add_program(struct core_name *n, bool last)
{
	char *buf = kmalloc(PATH_MAX), *name = NULL, *slash;
	struct path p;

	if (!buf) {
		n->err = -ENOMEM;
		return;
	}
	core_name_program(current->space, &p);
	if (p.dentry) {
		name = path_name(&p, buf, PATH_MAX, &n->err);
		path_put(&p);
	} else {
		fmt_print(name = buf, PATH_MAX, "%s (path unknown)",
			  current->comm);
	}
	slash = name && last ? strrchr(name, '/') : NULL;
	if (name)
		add_name(n, slash ? slash + 1 : name);
	kfree(buf);
}

/* Append the limit.  Unlike the other numbers it is unsigned. */
static void add_limit(struct core_name *n)
{
	char text[24];

	core_name_add(
		n, text,
		fmt_print(text, sizeof(text), "%lu",
			  HINT(current->process->limits[RLIMIT_CORE].cur)));
}

/* Append the expansion of one specifier; an unknown one is omitted. */
static void expand(struct core_name *n, char what, const struct core *c)
{
	const struct task *t = current;

	switch (what) {
	case '%':
		return core_name_add(n, "%", 1);
	case 'p':
		return add_number(n, t->process->vpid);
	case 'P':
		return add_number(n, t->process->pid);
	case 'i':
		return add_number(n, t->vtid);
	case 'I':
		return add_number(n, t->tid);
	case 'u':
		return add_number(n, t->cred->uid);
	case 'g':
		return add_number(n, t->cred->gid);
	case 'd':
		return add_number(n, t->space->dumpable);
	case 's':
		return add_number(n, c->info.signo);
	case 't':
		return add_number(n, (s64)(realtime_from(arch_clock()) /
					   NSEC_PER_SEC));
	case 'C':
		return add_number(n, (int)c->cpu);
	case 'c':
		return add_limit(n);
	case 'h':
		return add_name(n, uts_name()->nodename);
	case 'e':
		return add_name(n, t->comm);
	case 'E':
		return add_program(n, false);
	case 'f':
		return add_program(n, true);
	}
}

/* ---- the pattern --------------------------------------------------------- */

/* Expand the pattern.  Spaces before the first word start no new word. */
static void read_pattern(struct core_name *n, const struct core *c)
{
	const char *s = c->pattern;
	bool gap = false, pid = false;

	n->pipe = *s == '|';
	for (s += n->pipe; *s; s++) {
		if (n->pipe && char_is_space(*s)) {
			gap = n->used > 0;
			continue;
		}
		if (gap) {
			core_name_add(n, "", 1);
			n->word[n->nr_words++] = n->used;
			gap = false;
		}
		if (*s != '%') {
			core_name_add(n, s, 1);
			continue;
		}
		if (!*++s)
			break;
		pid |= *s == 'p';
		expand(n, *s, c);
	}
	if (core_uses_pid && !pid && !n->pipe) {
		core_name_add(n, ".", 1);
		add_number(n, current->process->vpid);
	}
}

struct core_name *core_name(const struct core *c)
{
	struct core_name *n = kzalloc(sizeof(*n));

	if (!n)
		return NULL;
	n->nr_words = 1;
	core_name_add(n, "", 0);
	read_pattern(n, c);
	if (!n->err)
		return n;
	core_name_free(n);
	return NULL;
}

void core_name_free(struct core_name *n)
{
	kfree(n->text);
	kfree(n);
}

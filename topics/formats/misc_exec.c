/* SPDX-License-Identifier: MIT */
/*
 * Formats registered by the user (rows D15, E12), as in Linux's binfmt_misc: a
 * file with a format's magic bytes or file name extension is run by the
 * format's interpreter, which gets the file's name as argument.
 */
#include "binfmt_misc.h"
#include <fs/vfs.h>
#include <kernel/exec/format.h>
#include <lib/mem.h>
#include <lt/table.h>
#include <mm/vm.h>
#include <uapi/errno.h>

#define AT_FLAGS_PRESERVE_ARGV0	1

struct list formats = LIST_INIT(formats);
struct spinlock misc_lock = SPIN_INIT("binfmt_misc", IPL_SOFT);
bool misc_enabled = true;

static bool has_extension(const struct format *f, const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && !strcmp(dot + 1, f->magic);
}

/* True if e begins with f's magic; a short file is padded with zeros. */
static bool has_magic(const struct format *f, const struct exec *e)
{
	for (unsigned i = 0; i < f->size; i++) {
		unsigned at = f->offset + i;
		int byte = (long)at < e->head_len ? e->head[at] : 0;

		if ((byte ^ f->magic[i]) & (f->mask ? f->mask[i] : 0xff))
			return false;
	}
	return true;
}

static const char *name_of(const struct exec *e)
{
	return e->interp_name ? e->interp_name : e->filename;
}

/*
 * Return: the first format that matches, referenced, or NULL.  *file: the open
 * interpreter of the format, referenced, or NULL.
 */
static struct format *misc_exec_find(const struct exec *e, struct file **file)
{
	struct format *f, *found = NULL;

	spin_lock(&misc_lock);
	list_for_each(f, &formats, link) {
		if (!READ_ONCE(f->enabled) ||
		    !(f->extension ? has_extension(f, name_of(e)) :
		      has_magic(f, e)))
			continue;
		found = f;
		ref_get(&f->refs);
		*file = f->file;
		if (*file)
			file_get(*file);
		break;
	}
	spin_unlock(&misc_lock);
	return found;
}

/* Set the arguments: the interpreter, the file, and the caller's. */
static int set_arguments(struct exec *e, const struct format *f)
{
	int err = 0;

	if (f->flags & KEEPS_ARGV0)
		e->at_flags |= AT_FLAGS_PRESERVE_ARGV0;
	else
		err = stack_drop_first(e);
	if (!err)
		err = stack_prepend(e, name_of(e));
	return err ? err : stack_prepend(e, f->interp);
}

/*
 * Keep the file open for the interpreter.  If the caller may not read the file,
 * the process must not dump memory or be inspected.  Only one such file can be
 * passed: -ENOEXEC for a second one.
 */
static int pass_file(struct exec *e, const struct format *f,
		     struct file *file)
{
	if (e->binary) {
		file_put(file);
		return -ENOEXEC;
	}
	e->binary = file;
	exec_note_readable(e, file);
	if (f->flags & GIVES_RIGHTS)
		e->subject = file;
	return EXEC_AGAIN;
}

/* Run the interpreter.  fixed: its file; NULL: look its name up. */
static int misc_exec_run(struct exec *e, const struct format *f,
			 const struct file *fixed)
{
	struct file *interp = NULL, *file = e->file;
	int err = set_arguments(e, f);

	if (!err && fixed)
		err = file_open_denied(&fixed->path, &interp);
	if (err)
		return err;
	file_get(file);
	err = exec_redirect(e, f->interp, interp);
	if (err == EXEC_AGAIN && f->flags & OPENS)
		return pass_file(e, f, file);
	file_put(file);
	return err;
}

/*
 * Check without the lock first if the list is empty: most systems have no
 * formats.
 */
static int misc_load(struct exec *e)
{
	struct file *fixed = NULL;
	struct format *f = NULL;
	int err = -ENOENT;

	if (!list_empty(&formats) && READ_ONCE(misc_enabled))
		f = misc_exec_find(e, &fixed);
	if (!f)
		return -ENOEXEC;
	if (!(e->by & EXEC_BY_CLOEXEC))
		err = misc_exec_run(e, f, fixed);
	if (fixed)
		file_put(fixed);
	format_put(f);
	return err;
}

static const struct exec_format format __table(exec_format) = { misc_load };

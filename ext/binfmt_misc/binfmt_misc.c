/* SPDX-License-Identifier: MIT */
/*
 * Formats registered by the user (rows D15, E12), as binfmt_misc has them:
 * a line `:name:M:offset:magic:mask:interpreter:flags` (or E for a file name
 * extension) written to /proc/sys/fs/binfmt_misc/register.  Any character
 * may be the separator; magic and mask take \xHH.  Of the flags, P (keep
 * argv[0]) is supported.
 */
#include <fs/vfs.h>
#include <kernel/cred.h>
#include <kernel/exec/exec.h>
#include <kernel/exec/internal.h>
#include <lib/mem.h>
#include <lt/procfile.h>
#include <mm/slab.h>

#define MAGIC_MAX	128
#define LINE_MAX	1920	/* as on Linux, its newline counts */
#define FORMATS_MAX	64

struct format {
	struct list link;		/* [misc_lock] */
	char name[32];			/* all const once on the list */
	bool extension;			/* magic is one, without the dot */
	bool keep_argv0;
	unsigned offset, size;		/* of magic in the file */
	u8 magic[MAGIC_MAX], mask[MAGIC_MAX];
	char interp[256];
};

static struct list formats = LIST_INIT(formats);	/* [misc_lock] */
static unsigned nr_formats;				/* [misc_lock] */
static bool enabled = true;				/* [misc_lock] */
static struct spinlock misc_lock = SPIN_INIT("binfmt_misc", IPL_SOFT);

/* ---- exec ---------------------------------------------------------------- */

/* Only of the last part of the name. */
static bool has_extension(const struct format *f, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash ? slash : path, '.');

	return dot && !strcmp(dot + 1, (const char *)f->magic);
}

static bool matches(const struct format *f, const struct exec *e)
{
	if (f->extension)
		return has_extension(f, e->interp_name ? e->interp_name :
				     e->filename);
	if ((long)(f->offset + f->size) > e->head_len)
		return false;
	for (unsigned i = 0; i < f->size; i++)
		if (((u8)e->head[f->offset + i] ^ f->magic[i]) & f->mask[i])
			return false;
	return true;
}

/* => found, with what exec needs copied out of the lock */
static bool find(const struct exec *e, char interp[256], bool *keep_argv0)
{
	struct format *f;
	bool found = false;

	spin_lock(&misc_lock);
	list_for_each(f, &formats, link) {
		if (!enabled || !matches(f, e))
			continue;
		str_copy(interp, f->interp, 256);
		*keep_argv0 = f->keep_argv0;
		found = true;
		break;
	}
	spin_unlock(&misc_lock);
	return found;
}

/*
 * The list is looked at without the lock first: most systems have no formats.
 */
static int misc_load(struct exec *e)
{
	char interp[256];
	bool keep_argv0;
	int err;

	if (list_empty(&formats) || !find(e, interp, &keep_argv0))
		return -ENOEXEC;
	if (e->fd_closes)
		return -ENOENT;
	if (!keep_argv0)
		stack_drop_first(e);
	err = stack_prepend(e, e->interp_name ? e->interp_name : e->filename);
	if (!err)
		err = stack_prepend(e, interp);
	return err ? err : exec_redirect(e, interp);
}

/* ---- registration -------------------------------------------------------- */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Resolve \xHH in place.  => length, or -1 */
static int unescape(char *s)
{
	char *to = s, *start = s;

	while (*s) {
		if (s[0] == '\\' && s[1] == 'x') {
			int high = hex(s[2]), low;

			low = high < 0 ? -1 : hex(s[3]);
			if (low < 0)
				return -1;
			*to++ = high << 4 | low;
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = 0;
	return to - start;
}

/* Cut *line at the separator.  => the field, or NULL: there was none */
static char *field(char **line, char separator)
{
	char *start = *line, *end = strchr(start, separator);

	if (!end)
		return NULL;
	*end = 0;
	*line = end + 1;
	return start;
}

static int parse_offset(const char *s, unsigned *offset)
{
	for (*offset = 0; *s; s++) {
		if (*s < '0' || *s > '9' || *offset > EXEC_HEAD)
			return -EINVAL;
		*offset = *offset * 10 + (*s - '0');
	}
	return 0;
}

/* Without a mask all bits count. */
static int parse_magic(struct format *f, char *magic, char *mask)
{
	int n = unescape(magic), m = unescape(mask);

	if (n <= 0 || n > MAGIC_MAX || (m && m != n))
		return -EINVAL;
	if (f->offset + n > EXEC_HEAD)
		return -EINVAL;
	f->size = n;
	memcpy(f->magic, magic, n);
	memset(f->mask, 0xff, sizeof(f->mask));
	if (m)
		memcpy(f->mask, mask, n);
	return 0;
}

/* line: with NUL, and cut up in place. */
static int parse(struct format *f, char *line)
{
	char separator = *line++;
	char *name = field(&line, separator), *type, *offset, *magic, *mask;
	char *interp;

	type = name ? field(&line, separator) : NULL;
	offset = type ? field(&line, separator) : NULL;
	magic = offset ? field(&line, separator) : NULL;
	mask = magic ? field(&line, separator) : NULL;
	interp = mask ? field(&line, separator) : NULL;
	if (!interp || !*name || strlen(name) >= sizeof(f->name) ||
	    strchr(name, '/') || !*interp ||
	    strlen(interp) >= sizeof(f->interp))
		return -EINVAL;
	if (*line && strcmp(line, "P"))
		return -EINVAL;
	f->keep_argv0 = *line;
	str_copy(f->name, name, sizeof(f->name));
	str_copy(f->interp, interp, sizeof(f->interp));
	if (!strcmp(type, "E")) {
		f->extension = true;
		if (!*magic || strlen(magic) >= MAGIC_MAX)
			return -EINVAL;
		str_copy((char *)f->magic, magic, MAGIC_MAX);
		return 0;
	}
	if (strcmp(type, "M") || parse_offset(offset, &f->offset))
		return -EINVAL;
	return parse_magic(f, magic, mask);
}

/* The newest is asked first, as on Linux. */
static int add(struct format *f)
{
	struct format *other;
	int err = 0;

	spin_lock(&misc_lock);
	list_for_each(other, &formats, link)
		if (!strcmp(other->name, f->name))
			err = -EEXIST;
	if (nr_formats >= FORMATS_MAX)
		err = -ENOSPC;
	if (!err) {
		list_push(&formats, &f->link);
		nr_formats++;
	}
	spin_unlock(&misc_lock);
	return err;
}

/* 11: no valid line is shorter. */
static int register_format(const char *text, size_t n)
{
	struct format *f;
	char *line;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (n < 11 || n > LINE_MAX)
		return -EINVAL;
	if (text[n - 1] == '\n')
		n--;
	f = kzalloc(sizeof(*f));
	line = kzalloc(n + 1);
	err = f && line ? 0 : -ENOMEM;
	if (!err) {
		memcpy(line, text, n);
		err = parse(f, line);
	}
	if (!err)
		err = add(f);
	kfree(line);
	if (err)
		kfree(f);
	return err;
}

/* 0: off, 1: on, -1: forget all. */
static int set_status(const char *text, size_t n)
{
	struct format *f, *next;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (n && text[n - 1] == '\n')
		n--;
	spin_lock(&misc_lock);
	if (n == 2 && !strncmp(text, "-1", 2)) {
		list_for_each_safe(f, next, &formats, link) {
			list_remove(&f->link);
			kfree(f);
		}
		nr_formats = 0;
	} else if (n == 1 && (*text == '0' || *text == '1')) {
		enabled = *text == '1';
	} else {
		n = 0;
	}
	spin_unlock(&misc_lock);
	return n ? 0 : -EINVAL;
}

static void show_nothing(struct seq *s)
{
	seq_print(s, "%s", "");
}

static void show_status(struct seq *s)
{
	struct format *f;

	seq_print(s, "%s\n", enabled ? "enabled" : "disabled");
	spin_lock(&misc_lock);
	list_for_each(f, &formats, link)
		seq_print(s, "%s interpreter %s%s\n", f->name, f->interp,
			  f->keep_argv0 ? " P" : "");
	spin_unlock(&misc_lock);
}

PROC_FILES(files) = {
	{ "sys/fs/binfmt_misc", .mode = S_IFDIR | 0755 },
	{ "sys/fs/binfmt_misc/register", show_nothing, register_format },
	{ "sys/fs/binfmt_misc/status", show_status, set_status },
};

static const struct exec_format format __table(exec_format) = { misc_load };

/* SPDX-License-Identifier: MIT */
/*
 * Parse a line into a format:
 *
 *     :name:M:offset:magic:mask:interpreter:flags
 *     :name:E::extension::interpreter:flags
 *
 * Any character may be the separator; magic and mask may contain \xHH.  The
 * line is kept and split into its fields in place.
 */
#include "binfmt_misc.h"
#include <lib/mem.h>
#include <mm/frames/slab.h>
#include <uapi/errno.h>

#define FIELDS	8	/* number of separators appended to end all fields */

void format_put(struct format *f)
{
	if (ref_put(&f->refs))
		kfree(f);
}

/* ---- pieces of a line ---------------------------------------------------- */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Split off the field at *at and advance *at.  escapes: \x must be followed by
 * two hexadecimal digits.
 * Return: the field; NULL: the field has no end.
 */
static char *misc_register_field(char **at, char separator, bool escapes)
{
	char *start = *at, *s = start;

	for (; *s && *s != separator; s++) {
		if (!escapes || s[0] != '\\' || s[1] != 'x')
			continue;
		if (hex(s[2]) < 0 || hex(s[3]) < 0)
			return NULL;
		s += 3;
	}
	if (!*s)
		return NULL;
	*s = 0;
	*at = s + 1;
	return start;
}

/* Resolve \xHH in place.  Return: the number of bytes. */
static unsigned unescape(char *s)
{
	char *to = s, *start = s;

	while (*s) {
		if (s[0] == '\\' && s[1] == 'x') {
			*to++ = (char)(hex(s[2]) << 4 | hex(s[3]));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	return (unsigned)(to - start);
}

/* Parse an offset; an empty text means 0. */
static bool parse_offset(struct format *f, const char *s)
{
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || f->offset > MISC_HEAD)
			return false;
		f->offset = f->offset * 10 + (unsigned)(*s - '0');
	}
	return true;
}

/* ---- the two types of formats -------------------------------------------- */

/* Parse the fields of type M; without a mask all bits are compared. */
static bool parse_magic(struct format *f, char **at, char separator)
{
	char *offset = misc_register_field(at, separator, false), *magic, *mask;

	magic = offset ? misc_register_field(at, separator, true) : NULL;
	mask = magic ? misc_register_field(at, separator, true) : NULL;
	if (!mask || !parse_offset(f, offset) || !*magic)
		return false;
	f->magic = magic;
	f->mask = *mask ? mask : NULL;
	f->size = unescape(magic);
	if (f->mask && unescape(mask) != f->size)
		return false;
	return f->size <= MISC_HEAD && f->offset <= MISC_HEAD - f->size;
}

/* Parse the fields of type E; offset and mask are ignored. */
static bool parse_extension(struct format *f, char **at, char separator)
{
	f->extension = true;
	if (!misc_register_field(at, separator, false))
		return false;
	f->magic = misc_register_field(at, separator, false);
	return f->magic && *f->magic && !strchr(f->magic, '/') &&
		misc_register_field(at, separator, false);
}

/* Parse flags up to the first letter that is no flag. */
static char *parse_flags(struct format *f, char *at)
{
	for (;; at++)
		switch (*at) {
		case 'P':
			f->flags |= KEEPS_ARGV0;
			break;
		case 'O':
			f->flags |= OPENS;
			break;
		case 'C':
			f->flags |= GIVES_RIGHTS | OPENS;
			break;
		case 'F':
			f->flags |= FIXED;
			break;
		default:
			return at;
		}
}

static bool misc_register_is_name(const char *s)
{
	return *s && strcmp(s, ".") && strcmp(s, "..") && !strchr(s, '/');
}

/* Parse f->line.  n: length of the line without the appended separators. */
static bool misc_register_parse(struct format *f, size_t n)
{
	char separator = f->line[0], *at = f->line + 1, *kind;

	f->name = misc_register_field(&at, separator, false);
	kind = f->name ? misc_register_field(&at, separator, false) : NULL;
	if (!kind || !misc_register_is_name(f->name))
		return false;
	if (!strcmp(kind, "E") ? !parse_extension(f, &at, separator) :
	    strcmp(kind, "M") || !parse_magic(f, &at, separator))
		return false;
	f->interp = misc_register_field(&at, separator, false);
	if (!f->interp || !*f->interp)
		return false;
	at = parse_flags(f, at);
	if (*at == '\n')
		at++;
	return at == f->line + n;
}

struct format *format_parse(const char *line, size_t n, int *err)
{
	struct format *f = kzalloc(sizeof(*f) + n + FIELDS + 1);

	*err = -ENOMEM;
	if (!f)
		return NULL;
	ref_init(&f->refs);
	f->enabled = true;
	memcpy(f->line, line, n);
	memset(f->line + n, line[0], FIELDS);
	*err = 0;
	if (misc_register_parse(f, n))
		return f;
	*err = -EINVAL;
	kfree(f);
	return NULL;
}

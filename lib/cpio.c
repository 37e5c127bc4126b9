/* SPDX-License-Identifier: MIT */
/*
 * Reading newc cpio archives; see cpio.h.  Pure, fuzzed on the host.
 *
 *   | header: "070701", 13 fields of  | name | pad | data      | pad |
 *   |   8 hexadecimal digits          | \0   | to 4| size bytes| to 4|
 *   0                                110
 *
 * The name ends at its first zero byte; more of them count as part of it, and
 * are there to move the data to where whoever made the archive wants it.
 *
 * An entry called TRAILER!!! ends an archive; another one may follow, and its
 * offsets are aligned from its own beginning.
 *
 * Invariant: nothing outside the image is read: each length is compared with
 * what is left before an offset moves by it.
 */
#include <lib/cpio.h>
#include <lib/digit.h>
#include <lib/mem.h>

#define HEADER 110		/* magic and 13 fields of 8 hex digits */

enum field {
	F_INO, F_MODE, F_UID, F_GID, F_NLINK, F_MTIME, F_SIZE, F_MAJOR,
	F_MINOR, F_RMAJOR, F_RMINOR, F_NAMESIZE, F_CHECK, FIELDS,
};

void cpio_open(struct cpio_reader *r, const void *image, size_t size)
{
	*r = (struct cpio_reader){ .image = image, .size = size };
}

static enum cpio_result bad(struct cpio_reader *r, const char *what)
{
	r->error = what;
	return CPIO_BAD;
}

static bool hex8(const char *s, u32 *out)
{
	u32 v = 0;

	for (int k = 0; k < 8; k++) {
		u32 digit = digit_value(s[k]);

		if (digit > 15)
			return false;
		v = v << 4 | digit;
	}
	*out = v;
	return true;
}

/* Round an offset up to the archive's next multiple of 4; may pass size. */
static size_t align4(const struct cpio_reader *r, size_t at)
{
	return r->start + ((at - r->start + 3) & ~(size_t)3);
}

/* Name and data of the entry at r->at.  Return: NULL, or what is wrong. */
static const char *locate(struct cpio_reader *r, struct cpio_entry *e,
			  u32 name_size, size_t *next)
{
	size_t name = r->at + HEADER, data;

	if (!name_size || name_size > CPIO_NAME_MAX)
		return "name too long or empty";
	if (name_size > r->size - name)
		return "name past the end";
	if (r->image[name + name_size - 1])
		return "name without its end";
	if (!r->image[name])
		return "name is empty";
	data = align4(r, name + name_size);
	if (e->data_size && (data > r->size || e->data_size > r->size - data))
		return "data past the end";
	e->name = r->image + name;
	e->data = r->image + (data < r->size ? data : r->size);
	*next = align4(r, data + e->data_size);
	if (*next > r->size)
		*next = r->size;
	return NULL;
}

static const char *parse_entry(struct cpio_reader *r, struct cpio_entry *e,
			 size_t *next)
{
	const char *h = r->image + r->at;
	u32 f[FIELDS];

	if (r->size - r->at < HEADER)
		return "header cut short";
	if (memcmp(h, "070701", 6) && memcmp(h, "070702", 6))
		return "no newc header here";
	for (int k = 0; k < FIELDS; k++)
		if (!hex8(h + 6 + 8 * k, &f[k]))
			return "header field is not hexadecimal";
	*e = (struct cpio_entry){
		.data_size = f[F_SIZE], .ino = f[F_INO], .mode = f[F_MODE],
		.uid = f[F_UID], .gid = f[F_GID], .nlink = f[F_NLINK],
		.mtime = f[F_MTIME], .dev_major = f[F_MAJOR],
		.dev_minor = f[F_MINOR], .rdev_major = f[F_RMAJOR],
		.rdev_minor = f[F_RMINOR],
	};
	return locate(r, e, f[F_NAMESIZE], next);
}

enum cpio_result cpio_next(struct cpio_reader *r, struct cpio_entry *e)
{
	const char *wrong;
	size_t next;

	if (r->error)
		return CPIO_BAD;
	while (r->at < r->size && !r->image[r->at]) {
		r->at++;		/* padding before a new archive */
		r->start = r->at;
	}
	if (r->at >= r->size)
		return CPIO_END;
	wrong = parse_entry(r, e, &next);
	if (wrong)
		return bad(r, wrong);
	r->at = next;
	if (strcmp(e->name, "TRAILER!!!"))
		return CPIO_ENTRY;
	r->start = next;
	return CPIO_TRAILER;
}

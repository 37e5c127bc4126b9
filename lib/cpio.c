/* SPDX-License-Identifier: MIT */
/*
 * Reader of newc cpio archives; see cpio.h.  Pure, fuzzed on the host.
 *
 *   | header: "070701", 13 fields of  | name | pad | data      | pad |
 *   |   8 hexadecimal digits          | \0   | to 4| size bytes| to 4|
 *   0                                110
 *
 * The name ends at its first zero byte.  The name's size may include further
 * zero bytes, by which the archive's creator aligns the data.
 *
 * An entry called TRAILER!!! ends an archive; another one may follow, and its
 * offsets are aligned from its own beginning.
 *
 * Invariant: nothing outside the image is read: each length is compared with
 * the remaining bytes before an offset moves by it.
 */
#include <lib/cpio.h>
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

static enum cpio_result cpio_fail(struct cpio_reader *r, const char *what)
{
	r->error = what;
	return CPIO_BAD;
}

/* A word of eight equal bytes. */
#define BYTES(b)	(0x0101010101010101ull * (b))

/*
 * Convert eight hexadecimal digits at once, the first of them in the lowest
 * byte:
 *
 *   '0' to '9'  0x30 to 0x39   bit 6 clear: value is the low four bits
 *   'A' to 'F'  0x41 to 0x46   bit 6 set: value is the low four bits + 9
 *   'a' to 'f'  0x61 to 0x66   the same with bit 5 set
 *
 * No sum overflows its byte.  A letter is right if its value + 6 has bit 4 set,
 * a digit if its value + 6 has bit 4 clear.  At last neighbors are joined:
 * digits to bytes, bytes to 16-bit halves, and the two halves.
 */
static bool parse_hex8(u64 text, u32 *out)
{
	u64 letter = text >> 6 & BYTES(1);
	u64 v = (text & BYTES(0x0f)) + 9 * letter;

	*out = 0;
	if (text == BYTES('0'))
		return true;	/* most fields are zero */
	if (((text | letter << 5) & BYTES(0xf0)) != BYTES(0x30) + 0x30 * letter)
		return false;
	if (((v + BYTES(6)) >> 4 & BYTES(1)) != letter || v & BYTES(0x10))
		return false;
	v = (v << 4 | v >> 8) & 0x00ff00ff00ff00ffull;
	v = (v << 8 | v >> 16) & 0x0000ffff0000ffffull;
	*out = (u32)(v << 16 | v >> 32);
	return true;
}

/*
 * Round an offset up to the archive's next multiple of 4; the result may exceed
 * size.
 */
static size_t align4(const struct cpio_reader *r, size_t at)
{
	return r->start + ((at - r->start + 3) & ~(size_t)3);
}

/*
 * Find name and data of the entry at r->at.  Return: NULL, or a description of
 * the error.
 */
static const char *cpio_locate(struct cpio_reader *r, struct cpio_entry *e,
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
	u64 text[FIELDS];
	u32 f[FIELDS];

	if (r->size - r->at < HEADER)
		return "header cut short";
	if (memcmp(h, "070701", 6) && memcmp(h, "070702", 6))
		return "no newc header here";
	memcpy(text, h + 6, sizeof(text));
	for (int k = 0; k < FIELDS; k++)
		if (!parse_hex8(text[k], &f[k]))
			return "header field is not hexadecimal";
	*e = (struct cpio_entry){
		.data_size = f[F_SIZE], .ino = f[F_INO], .mode = f[F_MODE],
		.uid = f[F_UID], .gid = f[F_GID], .nlink = f[F_NLINK],
		.mtime = f[F_MTIME], .dev_major = f[F_MAJOR],
		.dev_minor = f[F_MINOR], .rdev_major = f[F_RMAJOR],
		.rdev_minor = f[F_RMINOR],
	};
	return cpio_locate(r, e, f[F_NAMESIZE], next);
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
		return cpio_fail(r, wrong);
	r->at = next;
	if (strcmp(e->name, "TRAILER!!!"))
		return CPIO_ENTRY;
	r->start = next;
	return CPIO_TRAILER;
}

/* SPDX-License-Identifier: MIT */
/* Memory, strings, and failures with a message in glibc's words. */
#include <errno.h>
#include <string.h>
#include "rtld.h"
#include "sys.h"

#define CHUNK		(16UL << 10)
#define MIN_SHIFT	5		/* the least block has 32 bytes */
#define HEAD		16		/* before what is given out */

struct block {
	size_t shift;			/* of its size */
	struct block *next;		/* on a free list only */
};

static struct block *free_blocks[8 * sizeof(size_t)];

jmp_buf *attempt;
const char *attempt_failure, *attempt_reason = "cannot allocate memory";

/* The program goes by what it was called as. */
const char *name_of(const struct object *o)
{
	return *o->name ? o->name : program_name;
}

static void *more_memory(size_t size)
{
	static char *fresh, *end;
	void *p;

	if ((size_t)(end - fresh) < size) {
		size_t chunk = size > CHUNK ? (size + 4095) & ~4095UL : CHUNK;
		long at = sys_mmap(0, chunk, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (IS_ERROR(at))
			fail("error while loading shared libraries",
			     "cannot allocate memory");
		fresh = (char *)at;
		end = fresh + chunk;
	}
	p = fresh;
	fresh += size;
	return p;
}

/* Cleared memory, in blocks of a power of two of bytes. */
void *alloc(size_t size)
{
	size_t shift = MIN_SHIFT;
	struct block *b;

	while (((size_t)1 << shift) < size + HEAD)
		shift++;
	b = free_blocks[shift];
	if (b)
		free_blocks[shift] = b->next;
	else
		b = more_memory((size_t)1 << shift);
	b->shift = shift;
	return memset((char *)b + HEAD, 0, ((size_t)1 << shift) - HEAD);
}

void release(const void *p)
{
	struct block *b;

	if (!p)
		return;
	b = (struct block *)((char *)p - HEAD);
	b->next = free_blocks[b->shift];
	free_blocks[b->shift] = b;
}

char *join_list(const char *first, va_list ap)
{
	size_t size = 1;
	va_list again;
	char *text, *to;

	va_copy(again, ap);
	for (const char *s = first; s; s = va_arg(again, const char *))
		size += strlen(s);
	va_end(again);
	to = text = alloc(size);
	for (const char *s = first; s; s = va_arg(ap, const char *)) {
		strcpy(to, s);
		to += strlen(s);
	}
	return text;
}

/* => these strings as one */
char *join(const char *first, ...)
{
	va_list ap;
	char *text;

	va_start(ap, first);
	text = join_list(first, ap);
	va_end(ap);
	return text;
}

/* Writes these strings at once. */
void tell(int fd, const char *first, ...)
{
	va_list ap;
	char *text;

	va_start(ap, first);
	text = join_list(first, ap);
	va_end(ap);
	sys_write(fd, text, strlen(text));
	release(text);
}

/* => its digits, at least `width` */
char *number(unsigned long n, unsigned int base, int width)
{
	char *digits = alloc(32), *to = digits + 31;

	for (; n || width > 0; n /= base, width--)
		*--to = "0123456789abcdef"[n % base];
	strcpy(digits, to);
	return digits;
}

/* The last words, a line of these strings, on standard error. */
void die(int status, const char *first, ...)
{
	va_list ap;

	va_start(ap, first);
	tell(2, join_list(first, ap), "\n", NULL);
	va_end(ap);
	sys_exit(status);
}

/* An attempt of dlopen() has failed; or else the program ends. */
void fail(const char *occasion, const char *text)
{
	if (attempt) {
		attempt_failure = text;
		longjmp(*attempt, 1);
	}
	die(127, program_name, ": ", occasion, ": ", text, NULL);
}

/* `error`: a negative errno that says more, or 0 */
void cannot_load(const char *file, const char *why, long error)
{
	attempt_reason = why;
	fail("error while loading shared libraries",
	     join(file, *file ? ": " : "", why, error ? ": " : "",
		  error ? strerror((int)-error) : "", NULL));
}

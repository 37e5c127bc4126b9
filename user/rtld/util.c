/* SPDX-License-Identifier: MIT */
/* Memory, strings, and failures with the wording of glibc's messages. */
#include <errno.h>
#include <string.h>
#include "rtld.h"
#include "sys.h"

#define CHUNK		(16UL << 10)
#define MIN_SHIFT	5		/* the least block has 32 bytes */
#define HEAD		16		/* bytes of struct block, rounded up */

struct block {
	size_t shift;			/* log2 of its size */
	struct block *next;		/* on a free list only */
};

static struct block *free_blocks[8 * sizeof(size_t)];

jmp_buf *attempt;
const char *attempt_failure, *attempt_reason = "cannot allocate memory";

/* The program has no name of its own in the list: use its argv[0]. */
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

/* Return cleared memory; block sizes are powers of two. */
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

/* Return: a new string, the concatenation of all arguments. */
char *join(const char *first, ...)
{
	va_list ap;
	char *text;

	va_start(ap, first);
	text = join_list(first, ap);
	va_end(ap);
	return text;
}

/* Write all strings in one system call. */
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

/* Return: the digits of n, at least `width`. */
char *number(unsigned long n, unsigned int base, int width)
{
	char *digits = alloc(32), *to = digits + 31;

	for (; n || width > 0; n /= base, width--)
		*--to = "0123456789abcdef"[n % base];
	strcpy(digits, to);
	return digits;
}

/* Write the strings as a line to standard error, and exit. */
void die(int status, const char *first, ...)
{
	va_list ap;

	va_start(ap, first);
	tell(2, join_list(first, ap), "\n", NULL);
	va_end(ap);
	sys_exit(status);
}

/* Jump back to try(), if it is active; otherwise end the program. */
void fail(const char *occasion, const char *text)
{
	if (attempt) {
		attempt_failure = text;
		longjmp(*attempt, 1);
	}
	die(127, program_name, ": ", occasion, ": ", text, NULL);
}

/* `error`: a negative errno to add to the message, or 0. */
void cannot_load(const char *file, const char *why, long error)
{
	attempt_reason = why;
	fail("error while loading shared libraries",
	     join(file, *file ? ": " : "", why, error ? ": " : "",
		  error ? strerror((int)-error) : "", NULL));
}

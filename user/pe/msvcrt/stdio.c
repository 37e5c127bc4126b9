/* SPDX-License-Identifier: MIT */
/*
 * Streams and formatted output (row E14).  Programs know the size of a stream,
 * because the first three are an array, but do not look inside; its last field
 * points to our stream.  Text is not changed: lines end as on Linux.
 *
 * Formats have two additional lengths of Microsoft's, I64 and I32.  Floating
 * point is not supported (today's compilers bring their own printf for it).
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "msvcrt.h"

struct crt_file {
	char *at;
	int count;
	char *base;
	int flags, fd, character, size;
	FILE *ours;
};

_Static_assert(sizeof(struct crt_file) == 32, "FILE");

static struct crt_file iob[20];

void stdio_init(void)
{
	FILE *const ours[] = { stdin, stdout, stderr };

	for (int i = 0; i < 3; i++)
		iob[i] = (struct crt_file){ .fd = i, .ours = ours[i] };
}

static struct crt_file *__iob_func(void)
{
	return iob;
}

static struct crt_file *__acrt_iob_func(unsigned int i)
{
	return &iob[i];
}

/* --- formats -------------------------------------------------------------- */

/* Return: the format in our C library's syntax; NULL: no memory. */
static char *our_format(const char *fmt)
{
	char *new = malloc(strlen(fmt) + 1), *to = new;

	while (new && *fmt) {
		int directive = *fmt == '%';

		*to++ = *fmt++;
		while (directive && *fmt && strchr("-+ #0123456789.*", *fmt))
			*to++ = *fmt++;
		if (directive && !strncmp(fmt, "I64", 3)) {
			*to++ = 'l';
			*to++ = 'l';
			fmt += 3;
		} else if (directive && !strncmp(fmt, "I32", 3)) {
			fmt += 3;
		}
		if (directive && *fmt)
			*to++ = *fmt++;
	}
	if (new)
		*to = '\0';
	return new;
}

static int format(char *to, size_t size, const char *fmt, va_list ap)
{
	char *ours = our_format(fmt);
	int n = ours ? vsnprintf(to, size, ours, ap) : -1;

	free(ours);
	return n;
}

static int crt_vfprintf(struct crt_file *f, const char *fmt, va_list ap)
{
	char small[512], *text = small;
	va_list again;
	int n;

	va_copy(again, ap);
	n = format(small, sizeof(small), fmt, ap);
	if (n >= (int)sizeof(small)) {
		text = malloc((size_t)n + 1);
		n = text ? format(text, (size_t)n + 1, fmt, again) : -1;
	}
	va_end(again);
	if (n > 0 && fwrite(text, 1, (size_t)n, f->ours) != (size_t)n)
		n = -1;
	if (text != small)
		free(text);
	return n;
}

static int crt_fprintf(struct crt_file *f, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = crt_vfprintf(f, fmt, ap);
	va_end(ap);
	return n;
}

static int crt_vprintf(const char *fmt, va_list ap)
{
	return crt_vfprintf(&iob[1], fmt, ap);
}

static int crt_printf(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = crt_vfprintf(&iob[1], fmt, ap);
	va_end(ap);
	return n;
}

static int crt_vsprintf(char *to, const char *fmt, va_list ap)
{
	return format(to, 1u << 30, fmt, ap);
}

static int crt_sprintf(char *to, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = crt_vsprintf(to, fmt, ap);
	va_end(ap);
	return n;
}

/* Returns -1 if the text does not fit, and a full buffer gets no NUL. */
static int _vsnprintf(char *to, size_t size, const char *fmt, va_list ap)
{
	char *text;
	va_list again;
	int n;

	va_copy(again, ap);
	n = format(NULL, 0, fmt, ap);
	text = n < 0 ? NULL : malloc((size_t)n + 1);
	if (text) {
		format(text, (size_t)n + 1, fmt, again);
		memcpy(to, text, (size_t)n < size ? (size_t)n + 1 : size);
	}
	va_end(again);
	free(text);
	return !text || (size_t)n > size ? -1 : n;
}

static int _snprintf(char *to, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = _vsnprintf(to, size, fmt, ap);
	va_end(ap);
	return n;
}

/* --- streams -------------------------------------------------------------- */

static struct crt_file *crt_fopen(const char *name, const char *mode)
{
	struct crt_file *f = calloc(1, sizeof(*f));
	char plain[8], path[1024], *to = plain;

	for (; *mode && to < plain + sizeof(plain) - 1; mode++)
		if (strchr("rwa+", *mode))	/* ignore b and t */
			*to++ = *mode;
	*to = '\0';
	if (name[0] && name[1] == ':')
		name += 2;
	snprintf(path, sizeof(path), "%s", name);
	for (to = path; *to; to++)
		if (*to == '\\')
			*to = '/';
	if (f)
		f->ours = fopen(path, plain);
	if (f && f->ours) {
		f->fd = fileno(f->ours);
		return f;
	}
	free(f);
	return NULL;
}

static int crt_fclose(struct crt_file *f)
{
	int result = fclose(f->ours);

	if (f >= iob + COUNT(iob) || f < iob)
		free(f);
	return result;
}

static int crt_fflush(struct crt_file *f)
{
	return fflush(f ? f->ours : NULL);
}

static size_t crt_fwrite(const void *from, size_t size, size_t n,
			 struct crt_file *f)
{
	return fwrite(from, size, n, f->ours);
}

static size_t crt_fread(void *to, size_t size, size_t n, struct crt_file *f)
{
	return fread(to, size, n, f->ours);
}

static int crt_fputc(int c, struct crt_file *f)
{
	return fputc(c, f->ours);
}

static int crt_fputs(const char *s, struct crt_file *f)
{
	return fputs(s, f->ours);
}

static int crt_fgetc(struct crt_file *f)
{
	return fgetc(f->ours);
}

static int crt_getchar(void)
{
	return fgetc(stdin);
}

static int crt_ungetc(int c, struct crt_file *f)
{
	return ungetc(c, f->ours);
}

static char *crt_fgets(char *to, int size, struct crt_file *f)
{
	int c = 0, n = 0;

	while (n < size - 1 && c != '\n' && (c = fgetc(f->ours)) != EOF)
		to[n++] = (char)c;
	if (size > 0)
		to[n] = '\0';
	return n ? to : NULL;
}

static int crt_feof(struct crt_file *f)
{
	return feof(f->ours);
}

static int crt_ferror(struct crt_file *f)
{
	return ferror(f->ours);
}

static int _fileno(struct crt_file *f)
{
	return f->fd;
}

static int *crt_errno(void)
{
	return &errno;
}

static int _setmode(int fd, int mode)
{
	return 0x4000;			/* _O_TEXT, the old mode */
}

static int crt_setvbuf(struct crt_file *f, char *buf, int mode, size_t size)
{
	return 0;
}

static const struct function list[] = {
	FUNCTION(__acrt_iob_func), FUNCTION(__iob_func),
	{ "_errno", crt_errno }, FUNCTION(_fileno), { "_iob", iob },
	{ "_isatty", isatty }, FUNCTION(_setmode), FUNCTION(_snprintf),
	FUNCTION(_vsnprintf), { "fclose", crt_fclose }, { "feof", crt_feof },
	{ "ferror", crt_ferror }, { "fflush", crt_fflush },
	{ "fgetc", crt_fgetc }, { "fgets", crt_fgets }, { "fopen", crt_fopen },
	{ "fprintf", crt_fprintf }, { "fputc", crt_fputc },
	{ "fputs", crt_fputs }, { "fread", crt_fread },
	{ "fwrite", crt_fwrite }, { "getc", crt_fgetc },
	{ "getchar", crt_getchar }, FUNCTION(perror),
	{ "printf", crt_printf }, { "putc", crt_fputc }, FUNCTION(putchar),
	FUNCTION(puts), FUNCTION(remove), FUNCTION(rename),
	{ "setvbuf", crt_setvbuf }, { "sprintf", crt_sprintf },
	{ "ungetc", crt_ungetc }, { "vfprintf", crt_vfprintf },
	{ "vprintf", crt_vprintf }, { "vsprintf", crt_vsprintf },
};

const struct functions stdio_functions = { list, COUNT(list) };

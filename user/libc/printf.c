/* SPDX-License-Identifier: MIT */
/*
 * Formatted output.  One engine writes characters to a sink: a bounded string,
 * or a descriptor with a small buffer on the stack.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct sink {
	char *buf;
	size_t size;		/* room in buf */
	size_t used;		/* characters in buf */
	size_t total;		/* characters produced so far */
	int fd;			/* descriptor to write to, or -1 */
};

struct spec {
	int width;
	int prec;		/* -1 if none was given */
	char sign;		/* '+', ' ' or 0: before positive numbers */
	unsigned left:1, zero:1, alt:1, upper:1;
};

static void flush(struct sink *s)
{
	if (s->used)
		write_all(s->fd, s->buf, s->used);
	s->used = 0;
}

static void emit(struct sink *s, char c)
{
	if (s->fd >= 0 && s->used == s->size)
		flush(s);
	if (s->used < s->size)
		s->buf[s->used++] = c;
	s->total++;
}

static void pad(struct sink *s, char c, int n)
{
	while (n-- > 0)
		emit(s, c);
}

static void emit_field(struct sink *s, const struct spec *p,
		       const char *text, int len)
{
	if (!p->left)
		pad(s, ' ', p->width - len);
	for (int i = 0; i < len; i++)
		emit(s, text[i]);
	if (p->left)
		pad(s, ' ', p->width - len);
}

/* Write the digits of v backwards from end.  Return: the first digit. */
static char *digits(char *end, unsigned long long v, unsigned int base,
		    int upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	while (v) {
		*--end = set[v % base];
		v /= base;
	}
	return end;
}

static void emit_number(struct sink *s, const struct spec *p,
			unsigned long long v, unsigned int base, char sign)
{
	char buf[32], prefix[3];
	char *end = buf + sizeof(buf);
	char *d = digits(end, v, base, p->upper);
	int len = (int)(end - d), npre = 0, zeros, fill;

	if (sign)
		prefix[npre++] = sign;
	if (p->alt && base == 16 && v) {
		prefix[npre++] = '0';
		prefix[npre++] = p->upper ? 'X' : 'x';
	}
	zeros = (p->prec < 0 ? 1 : p->prec) - len;
	if (p->alt && base == 8 && zeros < 1)
		zeros = 1;
	if (p->zero && !p->left && p->prec < 0 && p->width > len + npre)
		zeros = p->width - len - npre;
	if (zeros < 0)
		zeros = 0;
	fill = p->width - npre - zeros - len;
	if (!p->left)
		pad(s, ' ', fill);
	for (int i = 0; i < npre; i++)
		emit(s, prefix[i]);
	pad(s, '0', zeros);
	while (d < end)
		emit(s, *d++);
	if (p->left)
		pad(s, ' ', fill);
}

static const char *parse_flags(const char *f, struct spec *p)
{
	for (;; f++) {
		switch (*f) {
		case '-': p->left = 1; break;
		case '0': p->zero = 1; break;
		case '#': p->alt = 1; break;
		case '+': p->sign = '+'; break;
		case ' ':
			if (!p->sign)
				p->sign = ' ';
			break;
		default:
			return f;
		}
	}
}

static const char *parse_int(const char *f, int *v)
{
	for (*v = 0; *f >= '0' && *f <= '9'; f++)
		*v = *v * 10 + (*f - '0');
	return f;
}

/* va_list may be an array type; in a struct it can be passed by address. */
struct args {
	va_list ap;
};

static const char *parse_spec(const char *f, struct spec *p, struct args *a)
{
	*p = (struct spec){ .prec = -1 };
	f = parse_flags(f, p);
	if (*f == '*') {
		p->width = va_arg(a->ap, int);
		if (p->width < 0) {
			p->left = 1;
			p->width = -p->width;
		}
		f++;
	} else {
		f = parse_int(f, &p->width);
	}
	if (*f != '.')
		return f;
	if (*++f == '*') {
		p->prec = va_arg(a->ap, int);
		return f + 1;
	}
	return parse_int(f, &p->prec);
}

/* Parse a length modifier.  *size: the bytes of the integer that it names. */
static const char *parse_length(const char *f, size_t *size)
{
	*size = sizeof(int);
	switch (*f) {
	case 'h':
		*size = f[1] == 'h' ? sizeof(char) : sizeof(short);
		return f + (f[1] == 'h' ? 2 : 1);
	case 'l':
		*size = f[1] == 'l' ? sizeof(long long) : sizeof(long);
		return f + (f[1] == 'l' ? 2 : 1);
	case 'z':
	case 't':
		*size = sizeof(size_t);
		return f + 1;
	case 'j':
		*size = sizeof(intmax_t);
		return f + 1;
	}
	return f;
}

static unsigned long long get_int(struct args *a, size_t size, int is_signed)
{
	unsigned long long v;
	int drop;

	if (size == sizeof(long long))
		v = va_arg(a->ap, unsigned long long);
	else if (size == sizeof(long))
		v = va_arg(a->ap, unsigned long);
	else
		v = va_arg(a->ap, unsigned int);
	drop = 64 - 8 * (int)size;
	if (is_signed)
		return (unsigned long long)((long long)(v << drop) >> drop);
	return v << drop >> drop;
}

static void emit_signed(struct sink *s, const struct spec *p,
			struct args *a, size_t size)
{
	unsigned long long v = get_int(a, size, 1);

	if ((long long)v < 0)
		emit_number(s, p, -v, 10, '-');
	else
		emit_number(s, p, v, 10, p->sign);
}

static void emit_string(struct sink *s, const struct spec *p, const char *t)
{
	size_t max = p->prec < 0 ? SIZE_MAX : (size_t)p->prec;

	if (!t)
		t = "(null)";
	emit_field(s, p, t, (int)strnlen(t, max));
}

static const char *convert(struct sink *s, const char *f, struct args *a)
{
	struct spec p;
	size_t size;
	char c;

	f = parse_length(parse_spec(f, &p, a), &size);
	switch (*f) {
	case 'd':
	case 'i':
		emit_signed(s, &p, a, size);
		break;
	case 'u':
		emit_number(s, &p, get_int(a, size, 0), 10, 0);
		break;
	case 'X':
		p.upper = 1;
		/* fall through */
	case 'x':
		emit_number(s, &p, get_int(a, size, 0), 16, 0);
		break;
	case 'o':
		emit_number(s, &p, get_int(a, size, 0), 8, 0);
		break;
	case 'p':
		p.alt = 1;
		emit_number(s, &p, (uintptr_t)va_arg(a->ap, void *), 16, 0);
		break;
	case 'c':
		c = (char)va_arg(a->ap, int);
		emit_field(s, &p, &c, 1);
		break;
	case 's':
		emit_string(s, &p, va_arg(a->ap, char *));
		break;
	case '%':
		emit(s, '%');
		break;
	default:		/* unknown: print it as it is */
		emit(s, '%');
		return f;
	}
	return f + 1;
}

static void format(struct sink *s, const char *f, va_list ap)
{
	struct args a;

	va_copy(a.ap, ap);
	while (*f) {
		if (*f == '%')
			f = convert(s, f + 1, &a);
		else
			emit(s, *f++);
	}
	va_end(a.ap);
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct sink s = { .buf = buf, .size = size ? size - 1 : 0, .fd = -1 };

	format(&s, fmt, ap);
	if (size)
		buf[s.used] = '\0';
	return (int)s.total;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

int vdprintf(int fd, const char *fmt, va_list ap)
{
	char buf[1024];
	struct sink s = { .buf = buf, .size = sizeof(buf), .fd = fd };

	format(&s, fmt, ap);
	flush(&s);
	return (int)s.total;
}

int dprintf(int fd, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vdprintf(fd, fmt, ap);
	va_end(ap);
	return n;
}

int printf(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vdprintf(STDOUT_FILENO, fmt, ap);
	va_end(ap);
	return n;
}

int puts(const char *s)
{
	return printf("%s\n", s);
}

int putchar(int c)
{
	return printf("%c", c);
}

void perror(const char *what)
{
	dprintf(STDERR_FILENO, "%s: %s\n", what, strerror(errno));
}

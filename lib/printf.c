/* SPDX-License-Identifier: MIT */
/*
 * printf into a buffer; <lib/printf.h> lists the supported conversions.  A
 * conversion is
 *
 *   %  flags  width  .precision  length  letter
 *      -0+ #  number or *        hh h l ll z
 *
 * Invariant: the result always fits and ends with a NUL.  The length is counted
 * as if there were room, so a caller can see that the result was truncated.
 */
#include <lib/mem.h>
#include <lib/printf.h>

struct out {
	char *buf;
	size_t size, len;	/* len may exceed size, as the result may */
};

struct spec {
	bool left, zero, plus, space, alt;
	int width;
	int precision;		/* -1: none */
	int length;		/* bytes of an integer argument */
};

/*
 * Append c; count it even past the end, so that the caller learns the full
 * length.
 */
static void printf_put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void pad(struct out *o, char c, int n)
{
	while (n-- > 0)
		printf_put(o, c);
}

static void put_text(struct out *o, const struct spec *s, const char *text,
		     size_t n)
{
	int fill = s->width - (int)n;

	if (!s->left)
		pad(o, ' ', fill);
	for (size_t i = 0; i < n; i++)
		printf_put(o, text[i]);
	if (s->left)
		pad(o, ' ', fill);
}

/*
 * Write the digits of v in base, backwards, to the end of buf.  Return: their
 * number.
 */
static int format_digits(char *end, u64 v, unsigned base, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int n = 0;

	/* 64-bit division is slow on 32-bit machines */
	while (v >> 32) {
		*--end = set[v % base];
		v /= base;
		n++;
	}
	for (u32 w = v; w; w /= base) {
		*--end = set[w % base];
		n++;
	}
	return n;
}

/*
 * C17 7.21.6.1: the precision is the minimum number of digits, and the flag 0
 * is ignored if there is one.  A value of 0 with precision 0 prints nothing.
 */
static void put_number(struct out *o, const struct spec *s, u64 v,
		       const char *prefix, unsigned base, bool upper)
{
	char buf[24];
	int n = format_digits(buf + sizeof(buf), v, base, upper);
	int zeros = 0, fixed = strlen(prefix), fill;

	if (s->precision >= 0)
		zeros = s->precision - n;
	else if (n == 0)
		zeros = 1;
	if (base == 8 && s->alt && zeros <= 0)
		zeros = 1;
	zeros = zeros > 0 ? zeros : 0;
	fill = s->width - n - zeros - fixed;
	if (s->zero && !s->left && s->precision < 0 && fill > 0) {
		zeros += fill;
		fill = 0;
	}
	if (!s->left)
		pad(o, ' ', fill);
	while (*prefix)
		printf_put(o, *prefix++);
	pad(o, '0', zeros);
	for (int i = 0; i < n; i++)
		printf_put(o, buf[sizeof(buf) - n + i]);
	if (s->left)
		pad(o, ' ', fill);
}

static const char *printf_parse_number(const char *f, int *n, va_list *ap)
{
	*n = 0;
	if (*f == '*') {
		*n = va_arg(*ap, int);
		return f + 1;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		*n = *n * 10 + *f - '0';
	return f;
}

/*
 * Parse a conversion.  f: behind the '%'.  Return: the position of the
 * conversion letter.
 */
static const char *parse_conversion(const char *f, struct spec *s, va_list *ap)
{
	*s = (struct spec){ .precision = -1, .length = sizeof(int) };
	for (;; f++) {
		if (*f == '-')
			s->left = true;
		else if (*f == '0')
			s->zero = true;
		else if (*f == '+')
			s->plus = true;
		else if (*f == ' ')
			s->space = true;
		else if (*f == '#')
			s->alt = true;
		else
			break;
	}
	f = printf_parse_number(f, &s->width, ap);
	if (s->width < 0) {
		s->left = true;
		s->width = -s->width;
	}
	if (*f == '.')
		f = printf_parse_number(f + 1, &s->precision, ap);
	for (;; f++) {
		if (*f == 'h')
			s->length /= 2;
		else if (*f == 'l')
			s->length = s->length == sizeof(int) ?
				    sizeof(long) : 8;
		else if (*f == 'z')
			s->length = sizeof(size_t);
		else
			return f;
		if (f[0] == 'l' && f[1] == 'l') {
			s->length = 8;
			f++;
		}
	}
}

/*
 * Return: an argument.  Arguments shorter than an int are passed as int, and
 * truncated again here.
 */
static u64 get_unsigned(const struct spec *s, va_list *ap)
{
	switch (s->length) {
	case 8:
		return va_arg(*ap, unsigned long long);
	case 2:
		return (u16)va_arg(*ap, unsigned);
	case 1:
		return (u8)va_arg(*ap, unsigned);
	default:
		return va_arg(*ap, unsigned);
	}
}

static s64 get_signed(const struct spec *s, va_list *ap)
{
	switch (s->length) {
	case 8:
		return va_arg(*ap, long long);
	case 2:
		return (short)va_arg(*ap, int);
	case 1:
		return (signed char)va_arg(*ap, int);
	default:
		return va_arg(*ap, int);
	}
}

static void convert_signed(struct out *o, const struct spec *s, va_list *ap)
{
	s64 v = get_signed(s, ap);

	put_number(o, s, v < 0 ? -(u64)v : (u64)v,
		   v < 0 ? "-" : s->plus ? "+" : s->space ? " " : "", 10,
		   false);
}

static void convert_string(struct out *o, const struct spec *s, va_list *ap)
{
	const char *text = va_arg(*ap, const char *);

	if (!text)
		text = "(null)";
	put_text(o, s, text, s->precision >= 0 ?
		 strnlen(text, s->precision) : strlen(text));
}

static void convert_hex(struct out *o, const struct spec *s, u64 v,
			bool upper)
{
	put_number(o, s, v, !s->alt || !v ? "" : upper ? "0X" : "0x", 16,
		   upper);
}

static void convert(struct out *o, char how, struct spec *s, va_list *ap)
{
	char c;

	switch (how) {
	case 'd':
	case 'i':
		convert_signed(o, s, ap);
		break;
	case 'u':
		put_number(o, s, get_unsigned(s, ap), "", 10, false);
		break;
	case 'o':
		put_number(o, s, get_unsigned(s, ap), "", 8, false);
		break;
	case 'x':
	case 'X':
		convert_hex(o, s, get_unsigned(s, ap), how == 'X');
		break;
	case 'p':
		s->alt = true;
		convert_hex(o, s, (uintptr_t)va_arg(*ap, void *), false);
		break;
	case 'c':
		c = va_arg(*ap, int);
		put_text(o, s, &c, 1);
		break;
	case 's':
		convert_string(o, s, ap);
		break;
	default:
		printf_put(o, how);
	}
}

int fmt_vprint(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { .buf = buf, .size = size };
	struct spec s;
	va_list ap;

	va_copy(ap, args);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			printf_put(&o, *fmt);
			continue;
		}
		fmt = parse_conversion(fmt + 1, &s, &ap);
		if (!*fmt)
			break;
		convert(&o, *fmt, &s, &ap);
	}
	va_end(ap);
	if (size)
		buf[o.len < size ? o.len : size - 1] = 0;
	return o.len;
}

int fmt_print(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = fmt_vprint(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

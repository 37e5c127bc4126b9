/* SPDX-License-Identifier: MIT */
/*
 * Write text of unknown length into a buffer and count the bytes that do not
 * fit.  So a /proc file is first generated into a small buffer, and then again
 * into one that is known to be large enough (topics/proc/text.c).
 */
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/seq.h>
#include <stdarg.h>

void seq_print(struct seq *s, const char *fmt, ...)
{
	size_t room = s->len < s->size ? s->size - s->len : 0;
	va_list ap;

	va_start(ap, fmt);
	s->len += (size_t)fmt_vprint(room ? s->buf + s->len : NULL, room,
				     fmt, ap);
	va_end(ap);
}

void seq_put(struct seq *s, const void *data, size_t n)
{
	if (s->len < s->size)
		memcpy(s->buf + s->len, data, min(n, s->size - s->len));
	s->len += n;
}

void seq_escape(struct seq *s, const char *text, const char *special)
{
	const char *plain = text;
	u32 set[256 / 32] = { 1 };	/* bit c: character c ends a run */

	for (; *special; special++)
		set[(u8)*special / 32] |= 1u << (u8)*special % 32;
	for (;; text++) {
		if (likely(!(set[(u8)*text / 32] >> (u8)*text % 32 & 1)))
			continue;
		seq_put(s, plain, (size_t)(text - plain));
		if (!*text)
			return;
		seq_print(s, "\\%03o", (u8)*text);
		plain = text + 1;
	}
}

/* SPDX-License-Identifier: MIT */
/* Lines of JSON for the port, collected so that a look makes few writes. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "live.h"

static char buf[32768];
static size_t used;
static int port = -1, failed;

void out_to(int fd)
{
	port = fd;
}

int out_failed(void)
{
	return failed;
}

void out_flush(void)
{
	if (used && !failed && write_all(port, buf, used))
		failed = 1;
	used = 0;
}

static void room(size_t n)
{
	if (used + n > sizeof(buf))
		out_flush();
}

void out(const char *fmt, ...)
{
	va_list ap;

	room(1024);
	va_start(ap, fmt);
	used += (size_t)vsnprintf(buf + used, 1024, fmt, ap);
	va_end(ap);
}

/* A byte that is no printable ASCII becomes \u00XX; the reader knows. */
void out_text(const char *text, size_t n)
{
	static const char hex[] = "0123456789abcdef";

	room(1);
	buf[used++] = '"';
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		room(8);
		if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
			buf[used++] = (char)c;
			continue;
		}
		buf[used++] = '\\';
		if (c == '\n' || c == '"' || c == '\\') {
			buf[used++] = c == '\n' ? 'n' : (char)c;
			continue;
		}
		memcpy(buf + used, "u00", 3);
		buf[used + 3] = hex[c >> 4];
		buf[used + 4] = hex[c & 15];
		used += 5;
	}
	room(1);
	buf[used++] = '"';
}

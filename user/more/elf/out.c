/* SPDX-License-Identifier: MIT */
/* Output through one buffer, because a line consists of many pieces. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "elf.h"

static char buffer[16384];
static size_t used;

void out_flush(void)
{
	size_t done = 0;

	while (done < used) {
		ssize_t n = write(1, buffer + done, used - done);

		if (n <= 0)
			_exit(1);	/* the reader has gone */
		done += (size_t)n;
	}
	used = 0;
}

static void put(const char *s, size_t n)
{
	while (n) {
		size_t room = sizeof(buffer) - used, part = n < room ? n : room;

		memcpy(buffer + used, s, part);
		used += part;
		s += part;
		n -= part;
		if (used == sizeof(buffer))
			out_flush();
	}
}

void out(const char *fmt, ...)
{
	char line[512], *text = line;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(line)) {
		text = malloc((size_t)n + 1);
		if (!text)
			return;
		va_start(ap, fmt);
		vsnprintf(text, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	if (n > 0)
		put(text, (size_t)n);
	if (text != line)
		free(text);
}

int out_name(const char *s)
{
	int n = 0;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		char shown[2] = { '^', (char)(c + 64) };

		if (c < 32) {
			put(shown, 2);
			n += 2;
		} else {
			put(s, 1);
			n++;
		}
	}
	return n;
}

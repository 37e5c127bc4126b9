/* SPDX-License-Identifier: MIT */
/*
 * Debian's expat on our C library: XML in, its canonical form out, which is
 * also what xmlwf writes: attributes by name, everything else spelled alike.
 */
#include "all.h"

void *XML_ParserCreate(const char *encoding);
void XML_SetElementHandler(void *p, void (*start)(void *, const char *,
						  const char **),
			   void (*end)(void *, const char *));
void XML_SetCharacterDataHandler(void *p, void (*f)(void *, const char *,
						    int));
int XML_Parse(void *p, const char *s, int n, int last);
int XML_GetErrorCode(void *p);
unsigned long XML_GetCurrentLineNumber(void *p);
const char *XML_ErrorString(int code);
void XML_ParserFree(void *p);

static void put(void *arg, const char *s, int n)
{
	(void)arg;
	for (int i = 0; i < n; i++)
		switch (s[i]) {
		case '&': fputs("&amp;", stdout); break;
		case '<': fputs("&lt;", stdout); break;
		case '>': fputs("&gt;", stdout); break;
		case '"': fputs("&quot;", stdout); break;
		case 9:
		case 10:
		case 13: fprintf(stdout, "&#%d;", s[i]); break;
		default: fputc(s[i], stdout);
		}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void start(void *arg, const char *name, const char **attr)
{
	int n = 0;

	while (attr[n])
		n += 2;
	qsort(attr, (size_t)n / 2, 2 * sizeof(*attr), by_name);
	fprintf(stdout, "<%s", name);
	for (int i = 0; i < n; i += 2) {
		fprintf(stdout, " %s=\"", attr[i]);
		put(arg, attr[i + 1], (int)strlen(attr[i + 1]));
		fputs("\"", stdout);
	}
	fputs(">", stdout);
}

static void end(void *arg, const char *name)
{
	(void)arg;
	fprintf(stdout, "</%s>", name);
}

int main(void)
{
	void *p = XML_ParserCreate(NULL);
	size_t n;
	char *all = read_input(&n);

	XML_SetElementHandler(p, start, end);
	XML_SetCharacterDataHandler(p, put);
	if (!XML_Parse(p, all, (int)n, 1)) {
		dprintf(2, "%lu: %s\n", XML_GetCurrentLineNumber(p),
			XML_ErrorString(XML_GetErrorCode(p)));
		return 1;
	}
	XML_ParserFree(p);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * An ordinary program: nothing in it knows where it runs.  Compiled by Debian's
 * compiler for Windows, with the start-up code and library of its own.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

__declspec(dllimport) extern int number;
int count(void);
int hidden(int n);
DWORD milliseconds(void);

static __thread int own = 5;

static DWORD WINAPI thread(void *arg)
{
	int first = count();

	own += (int)(size_t)arg;
	printf("thread: own %d, count %d %d\n", own, first, count());
	return 17;
}

static void try_threads(void)
{
	DWORD status;
	HANDLE h = CreateThread(NULL, 0, thread, (void *)3, 0, NULL);

	WaitForSingleObject(h, INFINITE);
	GetExitCodeThread(h, &status);
	CloseHandle(h);
	printf("status %lu, own %d, count %d\n", status, own, count());
}

static int by_length(const void *a, const void *b)
{
	return (int)strlen(*(char **)a) - (int)strlen(*(char **)b);
}

static void sorting(void)
{
	const char *words[] = { "three", "a", "four4", "to" };
	char *text = malloc(100), *part;

	qsort(words, 4, sizeof(*words), by_length);
	sprintf(text, "%s,%s", words[0], words[1]);
	for (part = strtok(text, ","); part; part = strtok(NULL, ","))
		printf("[%s]", part);
	printf(" %ld %.3f\n", strtol("0x1f", NULL, 16), atof("2.5") * 3);
	free(text);
}

static void try_files(void)
{
	FILE *f = fopen("C:\\tmp\\pe.txt", "w");
	char line[32];

	fprintf(f, "line %d\nanother\n", 1);
	fclose(f);
	f = fopen("/tmp/pe.txt", "r");
	while (fgets(line, sizeof(line), f))
		printf("read: %s", line);
	fclose(f);
	remove("/tmp/pe.txt");
	f = fopen("/nowhere/x", "r");
	printf("no file: %d %d\n", f == NULL, errno == ENOENT);
}

static void at_the_end(void)
{
	puts("at the end");
}

int main(int argc, char **argv)
{
	static jmp_buf back;

	setvbuf(stdout, NULL, _IONBF, 0);
	for (int i = 1; i < argc; i++)
		printf("argument %d: %s\n", i, argv[i]);
	printf("number %d, hidden %d, clock %d\n", number, hidden(3),
	       milliseconds() > 0);
	printf("%5.2f|%e|%g|%lld|%#x|%-5s|\n", 3.14159, 12345.678, 1e-10,
	       1234567890123456789ll, 255, "ab");
	try_threads();
	sorting();
	try_files();
	if (!setjmp(back))
		longjmp(back, 1);
	atexit(at_the_end);
	fprintf(stderr, "to standard error\n");
	return 9;
}

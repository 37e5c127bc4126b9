/* SPDX-License-Identifier: MIT */
/* The library itself: formatting, strings, numbers, memory, jumps, TLS. */
#include <limits.h>
#include <pthread.h>
#include <time.h>
#include <thread.h>
#include "tap.h"

#define fmt_is(want, ...)	do {					\
	char buf[128];							\
	int len = snprintf(buf, sizeof(buf), __VA_ARGS__);		\
	if (strcmp(buf, want))						\
		printf("# got \"%s\"\n", buf);				\
	check(!strcmp(buf, want) && len == (int)strlen(want),		\
	      "format %s", want);					\
} while (0)

static void print_formats(void)
{
	char b[4];

	fmt_is("-5 5 ffffffff", "%d %u %x", -5, 5, -1);
	fmt_is("   42|42   |00042", "%5d|%-5d|%05d", 42, 42, 42);
	fmt_is("+1  1 0x10 010 XYZ", "%+d % d %#x %#o %s", 1, 1, 16, 8, "XYZ");
	fmt_is("-9223372036854775808", "%lld", LLONG_MIN);
	fmt_is("18446744073709551615", "%llu", ULLONG_MAX);
	fmt_is("ab|  a|c|%", "%.2s|%3s|%c|%%", "abc", "a", 'c');
	fmt_is("007 [] -1 255", "%.3d [%.0d] %hhd %hhu", 7, 0, 255, 255);
	fmt_is("  x y  ", "%*s %-*s", 3, "x", 3, "y");
	check_eq(snprintf(b, sizeof(b), "%s", "abcdef"), 6, "needed length");
	check(!strcmp(b, "abc"), "truncated and terminated");
}

static int less(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void use_strings(void)
{
	char b[16] = "abcdefgh", text[] = "a,,b;c", *save, *end;
	int v[100], sorted = 1;

	memmove(b + 2, b, 6);
	check(!memcmp(b, "ababcdef", 8), "memmove up");
	memmove(b, b + 2, 6);
	check(!memcmp(b, "abcdefef", 8), "memmove down");
	check(!strcmp("ab", "ab") && strcmp("ab", "abc") < 0 &&
	      strcmp("abc", "ab") > 0 && strcmp("\x80", "a") > 0, "strcmp");
	check(!strcmp(strstr("hello", "ll"), "llo"), "strstr");
	check(!strcmp(strrchr("a/b/c", '/'), "/c"), "strrchr");
	check(!strcmp(strtok_r(text, ",;", &save), "a") &&
	      !strcmp(strtok_r(NULL, ",;", &save), "b") &&
	      !strcmp(strtok_r(NULL, ",;", &save), "c") &&
	      !strtok_r(NULL, ",;", &save), "strtok_r");
	check_eq(strtol(" -0x1fz", &end, 0), -31, "strtol");
	check_eq(*end, 'z', "strtol end");
	errno = 0;
	check_eq(strtol("99999999999999999999", NULL, 10), LONG_MAX,
		 "strtol overflow");
	check_eq(errno, ERANGE, "strtol ERANGE");
	for (int i = 0; i < 100; i++)
		v[i] = i * 37 % 100;
	qsort(v, 100, sizeof(v[0]), less);
	for (int i = 0; i < 100; i++)
		sorted &= v[i] == i;
	check(sorted, "qsort");
}

static void allocate_blocks(void)
{
	static char *p[200];
	int whole = 1;

	for (int i = 0; i < 200; i++) {
		p[i] = malloc((size_t)i * 977 + 1);
		memset(p[i], i, (size_t)i * 977 + 1);
		whole &= ((uintptr_t)p[i] & 15) == 0;
	}
	for (int i = 0; i < 200; i++)
		whole &= p[i][0] == (char)i && p[i][i * 977] == (char)i;
	for (int i = 0; i < 200; i += 2)
		free(p[i]);
	for (int i = 1; i < 200; i += 2) {
		p[i] = realloc(p[i], (size_t)i * 2000);
		whole &= p[i][i * 977] == (char)i;
		free(p[i]);
	}
	check(whole, "malloc, realloc, free keep blocks apart");
	check(!malloc(SIZE_MAX - 5) && errno == ENOMEM, "malloc too large");
	check(!calloc(SIZE_MAX / 2, 4), "calloc overflow");
}

static void jump_long(void)
{
	jmp_buf env;
	volatile int n = 0;
	int r = setjmp(env);

	n++;
	if (r < 3)
		longjmp(env, r + 1);
	check_eq(n, 4, "setjmp returned four times");
	if (setjmp(env) == 0)
		longjmp(env, 0);
	check(1, "longjmp 0 arrives as 1");
}

static __thread int counter = 7;
static struct mutex lock = MUTEX_INIT;
static int shared;

static void *count_under_lock(void *arg)
{
	for (int i = 0; i < 10000; i++) {
		mutex_lock(&lock);
		shared++;
		counter++;
		mutex_unlock(&lock);
	}
	errno = 1234;
	return (char *)arg + counter;
}

static void use_threads(void)
{
	struct thread t[4];
	int ok = 1;

	errno = 55;
	for (int i = 0; i < 4; i++)
		ok &= thread_create(&t[i], count_under_lock, (void *)(long)i) ==
			0;
	for (int i = 0; i < 4; i++)
		ok &= (long)thread_join(&t[i]) == 10007 + i;
	check(ok, "four threads ran and returned");
	check_eq(shared, 40000, "mutex excludes");
	check_eq(counter, 7, "TLS of this thread untouched");
	check_eq(errno, 55, "errno belongs to the thread");
}

static void use_environment(void)
{
	setenv("LT_A", "1", 1);
	setenv("LT_A", "2", 0);
	check(!strcmp(getenv("LT_A"), "1"), "setenv without overwrite");
	setenv("LT_A", "3", 1);
	check(!strcmp(getenv("LT_A"), "3"), "setenv with overwrite");
	unsetenv("LT_A");
	check(!getenv("LT_A"), "unsetenv");
}

/* What glibc's strtod makes of these, bit by bit. */
static void fractions(void)
{
	static const struct {
		const char *text;
		uint64_t bits;
		int used, err;
	} table[] = {
		{ "0.1", 0x3fb999999999999a, 3, 0 },
		{ "-2.5e3x", 0xc0a3880000000000, 6, 0 },
		{ "9007199254740993", 0x4340000000000000, 16, 0 },
		{ "9007199254740993.0000000000000000000000001",
			0x4340000000000001, 42, 0 },
		{ "2.2250738585072011e-308", 0x000fffffffffffff, 23, ERANGE },
		{ "4.9406564584124654e-324", 1, 23, ERANGE },
		{ "2.4703282292062327e-324", 0, 23, ERANGE },
		{ "1.7976931348623157e308", 0x7fefffffffffffff, 22, 0 },
		{ "1.7976931348623159e308", 0x7ff0000000000000, 22, ERANGE },
		{ "0x1.8p-1074", 2, 11, ERANGE },
		{ "infinite", 0x7ff0000000000000, 3, 0 },
		{ ".e5", 0, 0, 0 }, { "1e+", 0x3ff0000000000000, 1, 0 },
	};

	for (int i = 0; i < COUNT(table); i++) {
		union { double d; uint64_t u; } v;
		char *end;

		errno = 0;
		v.d = strtod(table[i].text, &end);
		check(v.u == table[i].bits &&
		      end - table[i].text == table[i].used &&
		      errno == table[i].err, "strtod %s", table[i].text);
	}
}

static void use_streams(void)
{
	FILE *f = fopen("/tmp/libc.stream", "w+");
	char buf[16];

	check(f && fprintf(f, "%d %s\n", 42, "lines") == 9 &&
	      fputs("more", f) == 0 && !fflush(f), "a stream is written");
	check_eq(fgetc(f), EOF, "and at its end");
	fclose(f);
	f = fopen("/tmp/libc.stream", "r");
	check(fgetc(f) == '4' && ungetc('x', f) == 'x' && fgetc(f) == 'x',
	      "a character goes back");
	check(fread(buf, 1, sizeof(buf), f) == 12 && !memcmp(buf, "2 lines", 7)
	      && feof(f) && !ferror(f), "the rest is read");
	check(fputc('a', f) == EOF && errno == EBADF && ferror(f),
	      "what reads does not write");
	check(!fclose(f) && !fopen("/nonesuch", "r") && errno == ENOENT,
	      "what is not there is not opened");
	unlink("/tmp/libc.stream");
}

static void dates(void)
{
	time_t when[] = { 951782400, -1, 4102444799 };
	struct tm t;

	gmtime_r(&when[0], &t);
	check(t.tm_year == 100 && t.tm_mon == 1 && t.tm_mday == 29 &&
	      t.tm_wday == 2 && t.tm_yday == 59, "February 29th of 2000");
	gmtime_r(&when[1], &t);
	check(t.tm_year == 69 && t.tm_mon == 11 && t.tm_mday == 31 &&
	      t.tm_hour == 23 && t.tm_sec == 59 && t.tm_yday == 364,
	      "the second before 1970");
	gmtime_r(&when[2], &t);
	check(t.tm_year == 199 && t.tm_yday == 364 && t.tm_wday == 4,
	      "the last of 2099");
}

static pthread_mutex_t turns = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn;

/* Two threads take turns, a thousand each. */
static void *take_turns(void *mine)
{
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&turns);
		while (turn % 2 != (int)(long)mine)
			pthread_cond_wait(&changed, &turns);
		turn++;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&turns);
	}
	return mine;
}

static void posix_threads(void)
{
	struct timespec past = { 1, 0 };
	pthread_mutexattr_t a;
	pthread_mutex_t m;
	pthread_t id;
	void *r = NULL;

	check(!pthread_create(&id, NULL, take_turns, (void *)1),
	      "a thread starts");
	take_turns(NULL);
	check(!pthread_join(id, &r) && r == (void *)1 && turn == 2000,
	      "threads take turns");
	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&m, &a);
	check(!pthread_mutex_lock(&m) && !pthread_mutex_lock(&m) &&
	      pthread_mutex_destroy(&m) == EBUSY && !pthread_mutex_unlock(&m) &&
	      !pthread_mutex_unlock(&m) && pthread_mutex_unlock(&m) == EPERM,
	      "a mutex is locked twice by one thread");
	pthread_mutex_lock(&m);
	check_eq(pthread_cond_timedwait(&changed, &m, &past), ETIMEDOUT,
		 "a wait ends in time");
	pthread_mutex_unlock(&m);
}

int main(void)
{
	print_formats();
	use_strings();
	allocate_blocks();
	jump_long();
	use_threads();
	use_environment();
	fractions();
	use_streams();
	dates();
	posix_threads();
	return tap_done();
}

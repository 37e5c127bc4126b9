/* SPDX-License-Identifier: MIT */
/*
 * The cache of libraries, /etc/ld.so.cache (row C7): when it is asked, and
 * that whatever is wrong with it, the system's folders serve as before.  The
 * libwhich.so of a folder tells its number; 2 is the one in /usr/lib.
 */
#include "../tap.h"
#include "copied.h"
#include "machine.h"
#include "../../../user/ldcache/ldcache.h"

#define DEFAULT		"/usr/lib/libwhich.so"

/* What the tests write: entries sorted as glibc's bisection wants them. */
static struct {
	struct ldcache_header head;
	struct ldcache_entry entry[2];
	char strings[256];
} cache;

static size_t cache_bytes;

static uint32_t add_string(const char *s)
{
	size_t at = cache_bytes, n = strlen(s) + 1;

	if (at + n > sizeof(cache))
		tap_bail("the cache is full");
	memcpy((char *)&cache + at, s, n);
	cache_bytes += n;
	return (uint32_t)at;
}

/* One of two libraries, of which the other comes first in the order. */
static void make_cache(const char *path)
{
	memset(&cache, 0, sizeof(cache));
	memcpy(cache.head.magic, LDCACHE_MAGIC, sizeof(cache.head.magic));
	cache.head.entries = 2;
	cache.head.order = LDCACHE_LITTLE;
	cache_bytes = offsetof(typeof(cache), strings);
	for (int i = 0; i < 2; i++)
		cache.entry[i].abi = CACHE_ABI;
	cache.entry[0].key = add_string("libzzz.so");
	cache.entry[0].value = add_string("/nowhere/libzzz.so");
	cache.entry[1].key = add_string("libwhich.so");
	cache.entry[1].value = add_string(path);
	cache.head.strings = (uint32_t)(cache_bytes - sizeof(cache.head));
}

static void write_cache(size_t bytes)
{
	put_file(LDCACHE_FILE, &cache, bytes, 0644);
}

struct start {
	const char *program, *setting;
};

static void exec_with_setting(void *arg)
{
	const struct start *s = arg;
	char *args[] = { (char *)s->program, NULL };
	char *env[] = { (char *)s->setting, NULL };

	dup2(1, 2);
	execve(s->program, args, env);
	_exit(99);
}

static char said[64 << 10];

/* => the exit status of a program with this setting */
static int run_with_setting(const char *program, const char *setting)
{
	struct start s = { program, setting };

	return output_of(exec_with_setting, &s, said, sizeof(said));
}

static void search_in_order(const char *here)
{
	char path[300], line[400];

	unlink(LDCACHE_FILE);
	check_eq(run_with_setting("./plain.exe", NULL), 2,
		 "no cache: a system's folder");
	snprintf(path, sizeof(path), "%s/cached/libwhich.so", here);
	make_cache(path);
	write_cache(cache_bytes);
	check_eq(run_with_setting("./plain.exe", NULL), 1,
		 "the cache is asked before");
	check_eq(run_with_setting("./plain.exe", "LD_LIBRARY_PATH=env"), 3,
		 "but after LD_LIBRARY_PATH");
	check_eq(run_with_setting("./nodeflib.exe", NULL), 1,
		 "DF_1_NODEFLIB: it is, too");
	run_with_setting("./plain.exe", "LD_DEBUG=libs");
	check(strstr(said, "\t search cache=" LDCACHE_FILE "\n") != NULL,
	      "LD_DEBUG=libs tells of it");
	snprintf(line, sizeof(line), "\t  trying file=%s\n", path);
	check(strstr(said, line) != NULL, "and of what it says");
	make_cache(DEFAULT);
	write_cache(cache_bytes);
	check_eq(run_with_setting("./plain.exe", NULL), 2,
		 "it may lead to such a folder");
	check_eq(run_with_setting("./nodeflib.exe", NULL), 127,
		 "where DF_1_NODEFLIB does not want to go");
}

/* The cache as it is now must not lead to ./cached. */
static void no_use(const char *what)
{
	write_cache(cache_bytes);
	check_eq(run_with_setting("./plain.exe", NULL), 2, "%s", what);
}

static void of_no_use(const char *path)
{
	make_cache("/nowhere/libwhich.so");
	no_use("a file that is gone");
	make_cache(path);
	cache.entry[1].abi = 0x10000;
	no_use("an entry for another ABI");
	make_cache(path);
	cache.entry[1].needs[1] = 1U << 30;
	no_use("one for a processor with an unknown capability");
	make_cache(path);
	cache.head.order = 3;
	no_use("a cache of the other order of bytes");
	make_cache(path);
	cache.head.magic[19] = '0';
	no_use("one of another version");
	make_cache(path);
	cache.head.entries = 0xffffffff;
	no_use("more entries than bytes");
	make_cache(path);
	cache.entry[1].value = (uint32_t)cache_bytes;
	no_use("a path behind the end");
	make_cache(path);
	cache.entry[1].key = 0xffffffff;
	no_use("a name far behind the end");
}

/* However it is damaged, a library is found. */
static void damaged(const char *path)
{
	int bad = 0, status;
	size_t end;

	make_cache(path);
#ifdef __GLIBC__			/* which reads on behind the end */
	end = cache.entry[1].value;
#else
	end = cache_bytes;
#endif
	for (size_t n = 0; n < end; n += n < 96 ? 4 : 1) {
		write_cache(n);
		bad += run_with_setting("./plain.exe", NULL) != 2;
	}
	check_eq(bad, 0, "cut at any place, it is of no use");
	bad = 0;
	for (size_t i = 0; i < cache_bytes; i++) {
		make_cache(path);
		((char *)&cache)[i] ^= 0x81;
		write_cache(cache_bytes);
		status = run_with_setting("./plain.exe", NULL);
		bad += status != 1 && status != 2;
	}
	check_eq(bad, 0, "one byte changed, a library is found");
}

static const char *const files[][2] = {
	{ "rtld_which_plain.exe", "plain.exe" },
	{ "rtld_which_nodeflib.exe", "nodeflib.exe" },
	{ "librtld_which_1.so", "cached/libwhich.so" },
	{ "librtld_which_2.so", DEFAULT },
	{ "librtld_which_3.so", "env/libwhich.so" },
};

int main(int argc, char **argv)
{
	char here[200], path[300];
	int made;

	(void)argc;
	tap_find_self(argv[0]);
	snprintf(from, sizeof(from), "%.*s",
		 (int)(strrchr(tap_self, '/') - tap_self), tap_self);
	tap_scratch("rtld_cache");
	if (geteuid() || !access(LDCACHE_FILE, F_OK)) {
		tap_skip("a cache", "only root writes one, where none is");
		tap_scratch_end();
		return tap_done();
	}
	made = !mkdir("/usr/lib", 0755);
	if (mkdir("cached", 0755) || mkdir("env", 0755) ||
	    !getcwd(here, sizeof(here)))
		tap_bail("mkdir");
	for (int i = 0; i < COUNT(files); i++)
		copy_from(files[i][0], files[i][1]);
	snprintf(path, sizeof(path), "%s/cached/libwhich.so", here);
	search_in_order(here);
	of_no_use(path);
	damaged(path);
	unlink(LDCACHE_FILE);
	for (int i = 0; i < COUNT(files); i++)
		unlink(files[i][1]);
	if (made)
		rmdir("/usr/lib");
	rmdir("cached");
	rmdir("env");
	tap_scratch_end();
	return tap_done();
}

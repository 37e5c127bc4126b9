/* SPDX-License-Identifier: MIT */
/*
 * The linker's use of the cache (row C7): the file is mapped for the first
 * library that is looked for in it, and stays mapped until all current requests
 * are loaded.  Writers replace the file by rename, so it cannot shrink
 * meanwhile.
 */
#include <string.h>
#include "../rtld/rtld.h"
#include "../rtld/sys.h"
#include "ldcache.h"

static const void *cache;
static size_t cache_size;

static void map_cache(void)
{
	long fd = sys_open(LDCACHE_FILE), at;
	struct stat st;

	if (fd < 0)
		return;
	if (!sys_fstat(fd, &st) && st.st_size > 0 &&
	    (uint64_t)st.st_size <= SIZE_MAX / 2) {
		at = sys_mmap(0, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
			      fd, 0);
		cache = IS_ERROR(at) ? NULL : (const void *)at;
		cache_size = (size_t)st.st_size;
	}
	sys_close(fd);
}

void ldcache_forget(void)
{
	if (cache)
		raw_syscall(SYS_munmap, cache, cache_size);
	cache = NULL;
}

/* True if the path is in one of the system's directories, or below it. */
static int is_systems(const char *path)
{
	for (const char *dir = OWN_DIR ":" LIB_DIRS; *dir; ) {
		size_t n = strcspn(dir, ":");

		if (!strncmp(path, dir, n) && path[n] == '/')
			return 1;
		dir += n + (dir[n] == ':');
	}
	return 0;
}

const char *cached_path(const char *name, int no_system_folder)
{
	const char *path = NULL;

	debug(DEBUG_LIBS, " search cache=" LDCACHE_FILE);
	if (!cache)
		map_cache();
	if (cache)
		path = ldcache_find(cache, cache_size, name, CACHE_ABI);
	return path && no_system_folder && is_systems(path) ? NULL : path;
}

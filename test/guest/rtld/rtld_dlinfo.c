/* SPDX-License-Identifier: MIT */
/*
 * dlinfo() (row C7): what a program may ask of one of its libraries, one that
 * it opened (librtld_dl_p.so) and one that was there (librtld_tls.so).
 */
#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include "../tap.h"
#include "threads.h"

#define LATE	"librtld_dl_p.so"
#define EARLY	"librtld_tls.so"

int *lib_value(void);

static char folder[PATH_MAX];

static void object(void *h)
{
	const ElfW(Phdr) *phdr = NULL;
	struct link_map *map = NULL;
	char origin[PATH_MAX] = "";
	Lmid_t id = 5;
	Dl_info info;
	int n;

	check_eq(dlinfo(h, RTLD_DI_LINKMAP, &map), 0, "RTLD_DI_LINKMAP");
	check(map && strstr(map->l_name, "/" LATE), "has its name");
	check(map && map->l_ld->d_tag, "and its dynamic section");
	check(dladdr(dlsym(h, "p_value"), &info) && map &&
	      (uintptr_t)info.dli_fbase == map->l_addr, "and its base");
	check_eq(dlinfo(h, RTLD_DI_ORIGIN, origin), 0, "RTLD_DI_ORIGIN");
	check(!strcmp(origin, folder), "is the folder it lies in");
	check_eq(dlinfo(h, RTLD_DI_LMID, &id), 0, "RTLD_DI_LMID");
	check_eq(id, 0, "is the one namespace");
	n = dlinfo(h, RTLD_DI_PHDR, &phdr);
	check(n > 2 && phdr, "RTLD_DI_PHDR");
	while (n > 0 && phdr[n - 1].p_type != PT_DYNAMIC)
		n--;
	check(n > 0 && map && phdr[n - 1].p_vaddr + map->l_addr ==
	      (uintptr_t)map->l_ld, "are its headers");
	check_eq(dlinfo(h, 99, origin), -1, "an unknown question");
	check(!strcmp(dlerror(), "unsupported dlinfo request"), "is told");
}

static void *data_of(void *h)
{
	void *data = h;

	return dlinfo(h, RTLD_DI_TLS_DATA, &data) ? h : data;
}

static size_t module_of(void *h)
{
	size_t module = 99;

	return dlinfo(h, RTLD_DI_TLS_MODID, &module) ? 99 : module;
}

static void *ask_in_thread(void *h)
{
	int *(*local)(void) = (int *(*)(void))dlsym(h, "p_local");
	char *at;

	check(!data_of(h), "another thread has none either");
	at = (char *)local();
	check(data_of(h) && at - (char *)data_of(h) < 256, "until it asks");
	return data_of(h);
}

static void tell_tls_modules(void *late)
{
	int *(*local)(void) = (int *(*)(void))dlsym(late, "p_local");
	void *early = dlopen(EARLY, RTLD_NOW | RTLD_NOLOAD);
	void *plain = dlopen("librtld_dl_q.so", RTLD_NOW | RTLD_NOLOAD);
	struct thread t;
	char *block;

	check(early && plain, "libraries that are there");
	check_eq(module_of(plain), 0, "one without such variables");
	check(!data_of(plain), "has no block");
	check(module_of(early) > 0 && module_of(early) < module_of(late),
	      "modules are numbered");
	block = data_of(early);
	check(block && (char *)lib_value() >= block &&
	      (char *)lib_value() < block + 64, "a block from the start");
	check(!data_of(late), "none before the first use");
	block = (char *)local();
	check(data_of(late) && block >= (char *)data_of(late) &&
	      block < (char *)data_of(late) + 256, "and then it is told");
	thread_create(&t, ask_in_thread, late);
	check(thread_join(&t) != data_of(late), "each has its own");
	dlclose(early);
	dlclose(plain);
}

/* => at which place the folder is, or -1 */
static int place_of(const Dl_serinfo *info, const char *name)
{
	for (unsigned int i = 0; i < info->dls_cnt; i++)
		if (!strcmp(info->dls_serpath[i].dls_name, name))
			return (int)i;
	return -1;
}

static void tell_search_path(void *h)
{
	union {
		Dl_serinfo info;
		char bytes[8192];
	} u;
	Dl_serinfo *i = &u.info;
	size_t end;

	memset(&u, 0x5a, sizeof(u));
	check_eq(dlinfo(h, RTLD_DI_SERINFOSIZE, i), 0, "RTLD_DI_SERINFOSIZE");
	check(i->dls_cnt >= 4 && i->dls_size > sizeof(*i) &&
	      i->dls_size < sizeof(u), "tells how many, and their bytes");
	check_eq(u.bytes[sizeof(*i)], 0x5a, "and writes no more");
	check_eq(dlinfo(h, RTLD_DI_SERINFO, i), 0, "RTLD_DI_SERINFO");
	end = i->dls_size;
	while (end < sizeof(u) && u.bytes[end] == 0x5a)
		end++;
	check_eq(end, sizeof(u), "keeps to that");
	check_eq(place_of(i, "/first"), 0, "LD_LIBRARY_PATH comes first");
	check_eq(place_of(i, "/second"), 1, "with all its folders");
	check_eq(place_of(i, folder), 2, "then DT_RUNPATH, $ORIGIN");
	check(place_of(i, "/lib") > 2 && place_of(i, "/usr/lib") > 2,
	      "then the system's");
}

int main(int argc, char **argv)
{
	static char setting[] = "LD_LIBRARY_PATH=/first:/second";
	char *env[] = { setting, NULL };
	void *h;

	(void)argc;
	tap_find_self(argv[0]);
	if (!getenv("LD_LIBRARY_PATH")) {
		execve(tap_self, argv, env);
		tap_bail("execve");
	}
	snprintf(folder, sizeof(folder), "%.*s",
		 (int)(strrchr(tap_self, '/') - tap_self), tap_self);
	h = dlopen(LATE, RTLD_NOW);
	if (!h)
		tap_bail(dlerror());
	object(h);
	tell_tls_modules(h);
	tell_search_path(h);
	dlclose(h);
	return tap_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * Libraries that a running program opens, asks and closes (row C7): p, which
 * needs q; and r, which has only a reference to something of p's.
 */
#include <dlfcn.h>
#include <link.h>
#include "../tap.h"
#include "threads.h"

#define P	"librtld_dl_p.so"
#define R	"librtld_dl_r.so"

const char *log_text(void);
int count(void);

/* librtld_copy.so has one, too. */
int count(void)
{
	int (*next)(void) = (int (*)(void))dlsym(RTLD_NEXT, "count");

	return next ? 1000 + next() : 0;
}

static int one_more(struct dl_phdr_info *info, size_t size, void *n)
{
	(void)size;
	*(int *)n += info->dlpi_phnum > 0;
	return 0;
}

static int loaded_objects(void)
{
	int n = 0;

	dl_iterate_phdr(one_more, &n);
	return n;
}

static int call_by_name(void *handle, const char *name)
{
	int (*f)(void) = (int (*)(void))dlsym(handle, name);

	return f ? f() : -1000;
}

static void said(const char *end, const char *what)
{
	const char *text = dlerror();
	size_t n = text ? strlen(text) : 0;

	if (!check(n >= strlen(end) && !strcmp(text + n - strlen(end), end),
		   "%s", what))
		printf("# said: %s\n", text ? text : "nothing");
}

static long count_mappings(void)
{
	static char text[1 << 14];
	int fd = open("/proc/self/maps", O_RDONLY);
	long lines = 0;
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0)
		while (n--)
			lines += text[n] == '\n';
	close(fd);
	return lines;
}

/* Segments lie as they ask, each time; no address is left when they go. */
static void aligned(const char *name)
{
	long at, before = 0;

	for (int i = 0; i < 3; i++) {
		void *handle = dlopen(name, RTLD_NOW);
		long (*f)(void) = handle ?
			(long (*)(void))dlsym(handle, "aligned_at") : NULL;
		Dl_info info = { 0 };

		if (!check(f != NULL, "%s is opened", name)) {
			printf("# %s\n", dlerror());
			return;
		}
		check_eq(f(), 0, "%s: its data lies as it asks", name);
		dladdr((void *)f, &info);
		at = (long)info.dli_fbase;
		check_eq(at % (strstr(name, "2m") ? 0x200000 : 0x10000), 0,
			 "%s: ... and its beginning", name);
		check_eq(dlclose(handle), 0, "%s: goes", name);
		at = count_mappings();
		check(!i || at == before, "%s: ... wholly", name);
		before = at;
	}
}

static void fail_to_open(void)
{
	int before = loaded_objects();

	check(!dlopen("libno_such.so", RTLD_NOW), "no such library");
	said("libno_such.so: cannot open shared object file: "
	     "No such file or directory", "in glibc's words");
	check(!dlerror(), "which are said once");
	check(!dlopen(R, RTLD_NOW), "a symbol that nobody has");
	said("/" R ": undefined symbol: p_only", "is named");
	check(!dlopen(P, 0), "a mode without a way of binding");
	said(P ": invalid mode for dlopen(): Invalid argument", "is told");
	check(!dlopen(P, RTLD_NOW | RTLD_NOLOAD), "not loaded on request");
	dlerror();
	check_eq(loaded_objects(), before, "nothing is left");
}

static void one_library(void)
{
	int before = loaded_objects();
	void *h = dlopen(P, RTLD_LAZY), *again;
	Dl_info info;
	void *f;

	if (!check(h != NULL, "a library and what it needs")) {
		printf("# %s\n", dlerror());
		return;
	}
	check_eq(loaded_objects(), before + 2, "are two more");
	check(!strcmp(log_text(), "qp"), "what is needed begins first");
	check_eq(call_by_name(h, "p_value"), 70, "a function");
	check_eq(call_by_name(h, "q_value"), 7, "one of what it needs");
	check(!dlsym(h, "nowhere"), "one that is not there");
	said("/" P ": undefined symbol: nowhere", "is named");
	check(!dlsym(RTLD_DEFAULT, "p_value"), "others do not see it");
	check(!dlopen(R, RTLD_NOW), "so a reference is without it");
	f = dlsym(h, "p_value");
	check(dladdr(f, &info) && !strcmp(info.dli_sname, "p_value") &&
	      info.dli_saddr == f && strstr(info.dli_fname, P),
	      "whose an address is");
	again = dlopen(P, RTLD_NOW);
	check(again == h && dlopen(P, RTLD_NOW | RTLD_NOLOAD) == h,
	      "a second time it is the same");
	check(!dlclose(h) && !dlclose(h), "closed as often, but for once");
	check_eq(call_by_name(h, "p_value"), 70, "it is there");
	check(!dlclose(h), "once more");
	check(!strcmp(log_text(), "qpPQ"), "the destructors have run");
	check_eq(loaded_objects(), before, "and it is gone");
	check(!dladdr(f, &info), "nothing is where it was");
}

static void global_library(void)
{
	int before = loaded_objects();
	void *p = dlopen(P, RTLD_NOW | RTLD_GLOBAL);
	void *r = dlopen(R, RTLD_NOW);

	if (!check(p && r, "a global one serves others"))
		return;
	check_eq(call_by_name(r, "r_value"), 'x', "which call it");
	dlclose(p);
	check_eq(call_by_name(r, "r_value"), 'x', "it stays while it is used");
	dlclose(r);
	check_eq(loaded_objects(), before, "and no longer");
}

static void *use_in_thread(void *h)
{
	int *(*local)(void) = (int *(*)(void))dlsym(h, "p_local");

	check_eq(*local(), 5, "fresh in another thread");
	*local() = 60;
	check_eq(call_by_name(h, "p_only"), 'x', "aligned in another thread");
	return local();
}

static void open_with_tls(void)
{
	void *h = dlopen(P, RTLD_NOW);
	int *(*local)(void);
	struct thread t;

	if (!check(h != NULL, "a library with thread-local variables"))
		return;
	local = (int *(*)(void))dlsym(h, "p_local");
	check_eq(*local(), 5, "a value");
	check(dlsym(h, "p_shared") == local(), "by name");
	check_eq(call_by_name(h, "p_only"), 'x', "aligned");
	*local() = 50;
	if (check(!thread_create(&t, use_in_thread, h), "a thread starts"))
		thread_join(&t);
	check_eq(*local(), 50, "each has its own");
	dlclose(h);
	h = dlopen(P, RTLD_NOW);
	local = (int *(*)(void))dlsym(h, "p_local");
	check_eq(*local(), 5, "fresh when it comes again");
	dlclose(h);
}

static void many_times(void)
{
	int before = loaded_objects(), bad = 0;

	for (int i = 0; i < 200; i++) {
		void *h = dlopen(P, RTLD_LAZY);

		bad += !h || call_by_name(h, "p_value") != 70;
		bad += h && dlclose(h);
	}
	check_eq(bad, 0, "opened and closed many times");
	check_eq(loaded_objects(), before, "all are gone");
}

static void bind_deeply(void)
{
	void *h = dlopen(P, RTLD_LAZY);

	check(call_by_name(h, "p_counts") > 1000, "the program's comes first");
	dlclose(h);
	h = dlopen(P, RTLD_LAZY | RTLD_DEEPBIND);
	check_eq(call_by_name(h, "p_counts"), -1, "RTLD_DEEPBIND: its own");
	dlclose(h);
}

static void *sum_in_thread(void *h)
{
	check_eq(call_by_name(h, "lib_sum"), 24,
		 "in a thread that begins later");
	return NULL;
}

/* Its code counts on offsets that do not change. */
static void fixed_offsets(void)
{
	void *h = dlopen("librtld_tls.so", RTLD_NOW);
	struct thread t;

	if (!check(h != NULL, "thread-local variables at fixed offsets")) {
		printf("# %s\n", dlerror());
		return;
	}
	check_eq(call_by_name(h, "lib_sum"), 24, "have their values");
	if (check(!thread_create(&t, sum_in_thread, h), "a thread begins"))
		thread_join(&t);
}

/* Return: the address that a library's function returns, or NULL. */
static int *address_from(void *h, const char *name)
{
	int *(*f)(void) = h ? (int *(*)(void))dlsym(h, name) : NULL;

	return f ? f() : NULL;
}

static void use_then_fix(void *owner)
{
	void *h;

	address_from(owner, "of_owner");
	h = dlopen("librtld_tls_user.so", RTLD_NOW);
	_exit(h ? 1 : strstr(dlerror(), "librtld_tls_owner.so: cannot allocate "
			     "memory in static TLS block") ? 33 : 2);
}

/*
 * A library's variable gets its fixed offset only when another library asks
 * for it, which is too late once a thread has used the variable.
 */
static void fixed_by_another(void)
{
	void *owner = dlopen("librtld_tls_owner.so", RTLD_NOW), *h;
	int *p;

	check_eq(in_child(use_then_fix, owner), 33 << 8,
		 "no fixed offset for what is in use");
	h = dlopen("librtld_tls_user.so", RTLD_NOW);
	p = address_from(h, "of_user");
	if (check(p != NULL, "one for what nobody has used"))
		check_eq(*p, 33, "with its value");
	check(p == address_from(owner, "of_owner"), "the same for both");
}

/* A library that comes when the other thread is there already. */
static struct {
	int go[2];
	int (*sum)(void);
	int *(*fixed)(void);
} late;

static void *wait_and_use(void *unused)
{
	char c;

	if (read(late.go[0], &c, 1) != 1)
		return unused;
	check_eq(late.sum(), 24, "a thread that was there has them");
	*late.fixed() = 90;
	return unused;
}

static void *return_unused(void *unused)
{
	return unused;
}

static void *use_later(void *unused)
{
	check_eq(late.sum(), 24, "a thread that comes later has them");
	return unused;
}

static void fixed_offsets_with_threads(void)
{
	struct thread t, after;
	void *h;

	if (pipe(late.go) || !check(!thread_create(&t, wait_and_use, NULL) &&
				    !thread_create(&after, return_unused, NULL),
				    "two threads begin"))
		return;
	thread_join(&after);
	h = dlopen("librtld_tls_late.so", RTLD_NOW);
	if (!check(h != NULL, "fixed offsets come to two threads"))
		printf("# %s\n", dlerror());
	if (h) {
		late.sum = (int (*)(void))dlsym(h, "lib_sum");
		late.fixed = (int *(*)(void))dlsym(h, "lib_fixed");
		check_eq(late.sum(), 24, "the first has its values");
		check_eq(call_by_name(h, "lib_pointer"), 1,
			 "of which one is a pointer");
		write(late.go[1], "", 1);
	}
	close(late.go[1]);
	thread_join(&t);
	close(late.go[0]);
	if (!h)
		return;
	check_eq(*late.fixed(), 9, "which the other does not change");
	if (check(!thread_create(&after, use_later, NULL),
		  "another thread begins"))
		thread_join(&after);
}

static void for_good(void)
{
	int before = loaded_objects();
	void *p = dlopen(P, RTLD_NOW | RTLD_GLOBAL);

	check(dlsym(RTLD_DEFAULT, "p_value") != NULL, "everyone sees it");
	check(p && !dlclose(p), "which is a reference of the program's");
	check_eq(loaded_objects(), before + 2, "so it stays");
}

int main(void)
{
	void *self = dlopen(NULL, RTLD_NOW);

	check(self && dlsym(self, "log_text") == (void *)log_text,
	      "the program itself");
	check_eq(count(), 1042, "RTLD_NEXT: a library's behind the program's");
	fail_to_open();
	one_library();
	global_library();
	open_with_tls();
	many_times();
	bind_deeply();
	fixed_offsets();
	fixed_by_another();
	fixed_offsets_with_threads();
	for_good();
	aligned("librtld_aligned_64k.so");
	aligned("librtld_aligned_2m.so");
	return tap_done();
}

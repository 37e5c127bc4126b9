/* SPDX-License-Identifier: MIT */
/* Programs that have much memory, for tests of the controller memory. */
#ifndef TEST_GUEST_TOPICS_CGROUPS_CGMEM_H
#define TEST_GUEST_TOPICS_CGROUPS_CGMEM_H

#include <sys/mman.h>
#include "cg.h"

#define MIB		(1l << 20)

static long page;

struct order {
	const char *group;
	long touch;			/* bytes */
	int stay;
};

static int told[2];			/* a child has touched all of it */

UNUSED static char *fresh_memory(long size)
{
	char *p = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		_exit(11);
	/* pages, one by one */
	madvise(p, (size_t)size, MADV_NOHUGEPAGE);
	return p;
}

UNUSED static void touch_pages(char *p, long size)
{
	for (long i = 0; i < size; i += page)
		p[i] = 1;
}

UNUSED static void enter_group(const char *group)
{
	char file[64];

	snprintf(file, sizeof(file), "%s/cgroup.procs", group);
	if (cg_put(file, "0"))
		_exit(12);
}

UNUSED static void tell_test(char c)
{
	if (write(told[1], &c, 1) != 1)
		_exit(13);
}

UNUSED static char heard_from_child(void)
{
	char c = 0;

	return read(told[0], &c, 1) == 1 ? c : 0;
}

UNUSED static void hog_in_group(void *arg)
{
	const struct order *o = arg;
	char *p = fresh_memory(o->touch);

	enter_group(o->group);
	touch_pages(p, o->touch);
	if (!o->stay)
		_exit(0);
	tell_test('.');
	cg_pause(NULL);
}

/* => the child's status */
UNUSED static int status_in_group(const char *group, long size)
{
	struct order o = { group, size, 0 };

	return in_child(hog_in_group, &o);
}

UNUSED static pid_t start_staying(const char *group, long size)
{
	struct order o = { group, size, 1 };
	pid_t pid = start_child(hog_in_group, &o);

	if (heard_from_child() != '.')
		tap_bail("a child");
	return pid;
}

UNUSED static void put_pid(const char *group, pid_t pid)
{
	char file[64];

	snprintf(file, sizeof(file), "%s/cgroup.procs", group);
	check_eq(cg_put_number(file, pid), 0, "moved to %s", group);
}

/*
 * Has the group never had more?  But for what Lectern's kernel took for itself,
 * which is not refused.
 */
UNUSED static int never_beyond(const char *peak, long most)
{
	long had = cg_number(peak);

	if (!on_other_kernel())
		most += 32 * page;
	if (had > most)
		printf("# %s: %ld\n", peak, had);
	return had <= most;
}

/* A folder of the test's own, with the controller.  => 0: there is none */
UNUSED static int mem_begin(const char *test)
{
	page = sysconf(_SC_PAGESIZE);
	cg_want("memory");
	if (!cg_begin(test))
		return 0;
	if (access(cg_path("memory.max"), F_OK)) {
		rmdir(cg_dir);
		return 0;
	}
	cg_put("cgroup.subtree_control", "+memory");
	if (pipe(told))
		tap_bail("pipe");
	return 1;
}

UNUSED static int mem_finish(void)
{
	cg_put("cgroup.subtree_control", "-memory");
	cg_finish();
	return tap_done();
}

#endif

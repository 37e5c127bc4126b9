/* SPDX-License-Identifier: MIT */
/*
 * /sys/kernel/mm/transparent_hugepage, except files without a meaning here:
 * use_zero_page (reads share one page of zeros anyway), max_ptes_shared and
 * max_ptes_swap (such pages are never collapsed).
 */
#include "hugepage.h"
#include <topics/system/sysfs.h>
#include <lib/mem.h>
#include <lt/init.h>
#include <lt/seq.h>

#define FOLDER	"kernel/mm/transparent_hugepage/"

/* ---- settings with a choice of words ------------------------------------- */

struct choice {
	const char *path;
	unsigned *value;		/* accessed without a lock */
	const char *words[7];
};

static struct choice choices[] = {
	{ FOLDER "enabled", &huge_switch.anon,
	  { "always", "madvise", "never" } },
	{ FOLDER "defrag", &huge_switch.defrag,
	  { "always", "defer", "defer+madvise", "madvise", "never" } },
	{ FOLDER "shmem_enabled", &huge_switch.shmem,
	  { "always", "within_size", "advise", "never", "deny", "force" } },
};

static void show_choice(struct seq *s)
{
	const struct choice *c = s->arg;
	unsigned now = READ_ONCE(*c->value);

	for (unsigned i = 0; c->words[i]; i++)
		seq_print(s, i == now ? "%s[%s]" : "%s%s", i ? " " : "",
			  c->words[i]);
	seq_print(s, "\n");
}

static int store_choice(void *arg, const char *text, size_t n)
{
	struct choice *c = arg;

	if (n && text[n - 1] == '\n')
		n--;
	for (unsigned i = 0; c->words[i]; i++)
		if (strlen(c->words[i]) == n &&
		    !strncmp(c->words[i], text, n)) {
			WRITE_ONCE(*c->value, i);
			huge_scan_now();
			return 0;
		}
	return -EINVAL;
}

/* ---- numbers ------------------------------------------------------------- */

struct number {
	const char *path;
	unsigned *value;		/* accessed without a lock */
	unsigned least, most;
};

#define SCAN	FOLDER "khugepaged/"

static struct number numbers[] = {
	{ SCAN "defrag", &huge_switch.scan_defrag, 0, 1 },
	{ SCAN "scan_sleep_millisecs", &huge_switch.scan_ms, 0, ~0u },
	{ SCAN "alloc_sleep_millisecs", &huge_switch.alloc_ms, 0, ~0u },
	{ SCAN "pages_to_scan", &huge_switch.scan_pages, 1, ~0u },
	{ SCAN "max_ptes_none", &huge_switch.most_none, 0, HUGE_PAGES - 1 },
};

static void superpage_show_number(struct seq *s)
{
	const struct number *c = s->arg;

	seq_print(s, "%u\n", READ_ONCE(*c->value));
}

static int store_number(void *arg, const char *text, size_t n)
{
	const struct number *c = arg;
	u64 value = 0;

	if (n && text[n - 1] == '\n')
		n--;
	if (!n)
		return -EINVAL;
	for (; n; n--, text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + (unsigned)(*text - '0');
		if (value > c->most)
			return -EINVAL;
	}
	if (value < c->least)
		return -EINVAL;
	WRITE_ONCE(*c->value, (unsigned)value);
	huge_scan_now();
	return 0;
}

static void superpage_system_show_count(struct seq *s)
{
	seq_print(s, "%u\n", (unsigned)atomic_read((atomic_t *)s->arg));
}

static void superpage_system_show_size(struct seq *s)
{
	seq_print(s, "%lu\n", HUGE_SIZE);
}

static void switches_init(void)
{
	int err = 0;

	if (!huge_enabled)
		return;
	for (unsigned i = 0; i < ARRAY_SIZE(choices); i++)
		err |= sysfs_setting(choices[i].path, show_choice,
				     store_choice, &choices[i]);
	for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++)
		err |= sysfs_setting(numbers[i].path, superpage_show_number,
				     store_number, &numbers[i]);
	err |= sysfs_file(SCAN "pages_collapsed", superpage_system_show_count,
			  &huge_count.collapsed);
	err |= sysfs_file(SCAN "full_scans", superpage_system_show_count,
			  &huge_count.scans);
	err |= sysfs_file(FOLDER "hpage_pmd_size", superpage_system_show_size,
			  NULL);
	if (err)
		panic("hugepage: no memory for its switches");
}
INIT(task, switches_init);

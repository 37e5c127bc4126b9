/* SPDX-License-Identifier: MIT */
/*
 * /proc/sys: settings under Linux's names.  Settings that are numbers come from
 * the table sysctl_number; each becomes a procfs node.
 */
#include "sysctl.h"
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <lib/mem.h>
#include <topics/proc/proc.h>
#include <kernel/cred/cred.h>
#include <kernel/exec/exec.h>
#include <kernel/random.h>
#include <kernel/process/process.h>
#include <kernel/syscall/uname.h>
#include <lib/chars.h>
#include <lib/printf.h>
#include <lt/init.h>
#include <lt/procfile.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>
#include <mm/cache/pagecache.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>

/*
 * Return: the base of the number; as in C, 0x means 16 and 0 means 8.  Skips
 * 0x.
 */
static unsigned sysctl_base_of(const char **text)
{
	const char *at = *text;

	if (at[0] != '0')
		return 10;
	if ((at[1] | 0x20) == 'x' && digit_value(at[2]) < 16) {
		*text += 2;
		return 16;
	}
	return 8;
}

/* Parse a number and advance *text behind it.  Return: 0 or -EINVAL. */
static int sysctl_take_number(const char **text, u64 *value)
{
	unsigned base = sysctl_base_of(text);
	u64 n = 0, most = base == 10 ? (~0ull - 9) / 10 : ~0ull >> 4;
	const char *at = *text;

	for (; digit_value(*at) < base; at++) {
		if (n > most)
			return -EINVAL;
		n = n * base + digit_value(*at);
	}
	if (at == *text || (*at && !strchr(" \t\n", *at)))
		return -EINVAL;
	*value = n;
	*text = at;
	return 0;
}

int sysctl_parse(const char *text, u64 *value)
{
	text = str_skip_spaces(text);
	return sysctl_take_number(&text, value);
}

/*
 * Drop caches.  1: drop clean pages of files, 2: drop unused names and inodes,
 * 3: both.  4 (do not log) has no effect.
 */
static int store_drop_caches(const char *text, size_t n)
{
	u64 what;

	if (sysctl_parse(text, &what) || !what || what > 4)
		return -EINVAL;
	if (what & 2)
		vfs_shrink();
	if (what & 1)
		pagecache_drop();
	return 0;
}

static void show_osrelease(struct seq *s)
{
	seq_print(s, "%s\n", uts_name()->release);
}

static void show_ostype(struct seq *s)
{
	seq_print(s, "%s\n", uts_name()->sysname);
}

static void show_osversion(struct seq *s)
{
	seq_print(s, "%s\n", uts_name()->version);
}

static void show_hostname(struct seq *s)
{
	seq_print(s, "%s\n", uts_name()->nodename);
}

void sysctl_line(char *to, size_t size, const char *text)
{
	size_t n = 0;

	memset(to, 0, size);
	for (; n < size - 1 && text[n] && text[n] != '\n'; n++)
		to[n] = text[n];
}

static int store_hostname(const char *text, size_t n)
{
	sysctl_line(uts_name()->nodename, UTS_LEN, text);
	uts_changed(&hostname_changes);
	return 0;
}

static int store_domainname(const char *text, size_t n)
{
	sysctl_line(uts_name()->domainname, UTS_LEN, text);
	uts_changed(&domainname_changes);
	return 0;
}

static void show_pid_max(struct seq *s)
{
	seq_print(s, "%d\n", pid_max);
}

static int store_pid_max(const char *text, size_t n)
{
	u64 v;

	if (sysctl_parse(text, &v) || v < PID_MAX_LEAST || v > PID_LIMIT)
		return -EINVAL;
	WRITE_ONCE(pid_max, (int)v);
	return 0;
}

static void show_ngroups_max(struct seq *s)
{
	seq_print(s, "%u\n", NGROUPS_MAX);
}

static void show_cap_last(struct seq *s)
{
	seq_print(s, "%u\n", CAP_LAST);
}

static void show_tainted(struct seq *s)
{
	seq_print(s, "0\n");
}

/* Show the number of frames: only memory limits the number of open files. */
static void show_file_max(struct seq *s)
{
	seq_print(s, "%lu\n", page_total());
}

static void show_threads_max(struct seq *s)
{
	seq_print(s, "%u\n", max_tasks);
}

static int store_threads_max(const char *text, size_t n)
{
	u64 v;

	if (sysctl_parse(text, &v) || v < TASKS_MIN || v > tasks_room)
		return -EINVAL;
	max_tasks = (unsigned)v;
	return 0;
}

static void show_rt_period(struct seq *s)
{
	seq_print(s, "%u\n", sched_rt_period);
}

static void show_rt_runtime(struct seq *s)
{
	seq_print(s, "%d\n", sched_rt_runtime);
}

/*
 * Store the period.  The runtime must not exceed the period (sched(7),
 * "Limiting the CPU usage of real-time").
 */
static int store_rt_period(const char *text, size_t n)
{
	u64 v;

	if (sysctl_parse(text, &v) || !v || v > 0x7fffffff ||
	    (s64)v < sched_rt_runtime)
		return -EINVAL;
	sched_rt_period = (unsigned)v;
	return 0;
}

/* Store the runtime; -1: no limit. */
static int store_rt_runtime(const char *text, size_t n)
{
	bool all = text[0] == '-';
	u64 v;

	if (sysctl_parse(text + all, &v) || (all && v != 1) ||
	    (!all && v > sched_rt_period))
		return -EINVAL;
	sched_rt_runtime = all ? -1 : (int)v;
	return 0;
}

static void show_domainname(struct seq *s)
{
	seq_print(s, "%s\n", uts_name()->domainname);
}

static void show_file_nr(struct seq *s)
{
	seq_print(s, "%lu\t0\t%lu\n", file_count(), page_total());
}

static void show_inode_nr(struct seq *s)
{
	seq_print(s, "%lu\t0\n", inode_count());
}

static void show_dentry_state(struct seq *s)
{
	seq_print(s, "%lu\t0\t45\t0\t0\t0\n", dentry_count());
}

static void show_mmap_min(struct seq *s)
{
	seq_print(s, "%lu\n", (unsigned long)MMAP_MIN_ADDR);
}

/* Print a random UUID (version 4) made from 16 random bytes. */
static void put_uuid(struct seq *s, u8 b[16])
{
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	for (int k = 0; k < 16; k++)
		seq_print(s, "%s%02x", k == 4 || k == 6 || k == 8 || k == 10
			  ? "-" : "", b[k]);
	seq_print(s, "\n");
}

static void show_uuid(struct seq *s)
{
	u8 b[16];

	random_bytes(b, sizeof(b));
	put_uuid(s, b);
}

/* Show the UUID of this boot (proc_sys_kernel(5), random). */
static void show_boot_id(struct seq *s)
{
	static u8 id[16];		/* const once it is made */
	static bool made;
	u8 b[16];

	if (!made)
		random_bytes(id, sizeof(id));
	made = true;
	memcpy(b, id, sizeof(b));
	put_uuid(s, b);
}

/* Show the value of a seeded generator (random(4)). */
static void show_entropy(struct seq *s)
{
	seq_print(s, "256\n");
}

PROC_FILES(files) = {
	{ "sys/fs/dentry-state", show_dentry_state, NULL },
	{ "sys/fs/file-nr", show_file_nr, NULL },
	{ "sys/fs/inode-nr", show_inode_nr, NULL },
	{ "sys/kernel/cap_last_cap", show_cap_last, NULL },
	{ "sys/kernel/hostname", show_hostname, store_hostname, true,
	  .changes = &hostname_changes },
	{ "sys/kernel/ngroups_max", show_ngroups_max, NULL },
	{ "sys/kernel/osrelease", show_osrelease, NULL },
	{ "sys/kernel/ostype", show_ostype, NULL },
	{ "sys/kernel/pid_max", show_pid_max, store_pid_max },
	{ "sys/kernel/sched_rt_period_us", show_rt_period, store_rt_period },
	{ "sys/kernel/sched_rt_runtime_us", show_rt_runtime,
	  store_rt_runtime },
	{ "sys/kernel/tainted", show_tainted, NULL },
	{ "sys/kernel/version", show_osversion, NULL },
	{ "sys/fs/file-max", show_file_max, NULL },
	{ "sys/vm/drop_caches", NULL, store_drop_caches },
	{ "sys/kernel/domainname", show_domainname, store_domainname,
	  true, .changes = &domainname_changes },
	{ "sys/kernel/random/boot_id", show_boot_id, NULL },
	{ "sys/kernel/random/entropy_avail", show_entropy, NULL },
	{ "sys/kernel/random/uuid", show_uuid, NULL },
	{ "sys/kernel/threads-max", show_threads_max,
	  store_threads_max },
	{ "sys/vm/mmap_min_addr", show_mmap_min, NULL },
};

/* ---- tables of numbers --------------------------------------------------- */

TABLE(sysctl_number);

#define NUMBERS_MAX	4u	/* numbers in one file */

struct number_file {
	const struct sysctl_number *first;
	unsigned count;
};

static unsigned long *sysctl_word_of(const struct sysctl_number *n)
{
	return n->of_space ? n->of_space(n->value) : n->value;
}

static void show_numbers(struct seq *s)
{
	const struct number_file *f = s->arg;

	for (unsigned k = 0; k < f->count; k++) {
		unsigned long v = READ_ONCE(*sysctl_word_of(&f->first[k]));
		bool none = v == ~0ul && f->first[k].most < v;

		if (none)
			seq_print(s, "-1");
		else
			seq_print(s, "%lu", v);
		seq_print(s, k + 1 < f->count ? "\t" : "\n");
	}
}

/*
 * Store the given numbers one by one.  An invalid number ends the call; the
 * earlier numbers stay stored.
 */
static int store_numbers(void *arg, const char *text, size_t n)
{
	const struct number_file *f = arg;
	unsigned given;

	if (f->first->right && !capable(f->first->right))
		return -EPERM;
	for (given = 0; given < f->count; given++) {
		const struct sysctl_number *l = &f->first[given];
		u64 v;

		text = str_skip_spaces(text);
		if (!*text)
			break;
		if (sysctl_take_number(&text, &v) || v < l->least ||
		    v > l->most)
			return -EINVAL;
		WRITE_ONCE(*sysctl_word_of(l), (unsigned long)v);
	}
	return given ? 0 : -EINVAL;
}

static void number_file(const struct sysctl_number *first, unsigned count)
{
	struct number_file *f = kmalloc(sizeof(*f));
	struct proc_node *n;
	char path[64];

	ASSERT(count <= NUMBERS_MAX);
	fmt_print(path, sizeof(path), "sys/%s", first->name);
	if (!f || proc_add(path, first->mode ?: 0644, &n))
		panic("proc: no memory for %s", path);
	*f = (struct number_file){ first, count };
	n->arg = f;
	n->show = show_numbers;
	n->store_arg = store_numbers;
	n->may_set = first->may_set;
}

SYSCTL_NUMBERS(numbers) = {
	{ "fs/nr_open", &nr_open, 8 * sizeof(long), FD_MAX },
	{ "kernel/randomize_va_space", &exec_randomness, 0, 0x7fffffff },
	{ "vm/max_map_count", &vm_max_vmas, 0, 0x7fffffff },
	/*
	 * mode 2 limits the memory that is promised; this memory is not counted
	 * here, so the mode is not supported
	 */
	{ "vm/overcommit_memory", &vm_overcommit, 0, 1 },
};

static void sysctl_init(void)
{
	const struct sysctl_number *end = __table_sysctl_number_end, *next;

	for (const struct sysctl_number *n = __table_sysctl_number; n < end;
	     n = next) {
		next = n + 1;
		while (next < end && !next->name)
			next++;
		number_file(n, (unsigned)(next - n));
	}
}
INIT(fs, sysctl_init);

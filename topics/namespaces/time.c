/* SPDX-License-Identifier: MIT */
/*
 * Name spaces of times (rows B10, D8): by how much the clocks that began with
 * the machine are ahead.  Who makes one stays outside and says so, before the
 * first child or program is in it (/proc/PID/timens_offsets).
 *
 * Whoever is in one reads all clocks by system calls: its page of the vDSO is a
 * copy in which the clock is left to the kernel, and is chosen when the page is
 * first touched.  So a memory is in one such space alone.
 */
#include "namespace.h"
#include <kernel/cred/cred.h>
#include <kernel/ops/namespace_ops.h>
#include <kernel/time/clock.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/init.h>
#include <lt/procfile.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>
#include <mm/vma.h>

#define SEC_MAX		9223372036ll	/* that fit into 63 bits of ns */

struct offset {
	s64 sec;
	u32 nsec;			/* below 10^9 */
};

enum { MONOTONIC, BOOTTIME, OFFSETS };

struct time_ns {
	struct ns ns;
	struct offset offset[OFFSETS];	/* [offset_lock], const once entered */
	bool entered;			/* [offset_lock] */
};

static struct spinlock offset_lock = SPIN_INIT("time offsets", IPL_SOFT);
/* What the vDSO is in such a space; made with the first one. */
static char copy[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static struct time_ns *time_of(const struct ns *n)
{
	return n ? container_of(n, struct time_ns, ns) : NULL;
}

/* ---- what current sees --------------------------------------------------- */

u64 time_ns_ahead(int clock)
{
	const struct time_ns *t = time_of(ns_time());
	const struct offset *o;

	if (!t)
		return 0;
	switch (clock) {
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
		o = &t->offset[MONOTONIC];
		break;
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		o = &t->offset[BOOTTIME];
		break;
	default:
		return 0;
	}
	return (u64)(o->sec * (s64)NSEC_PER_SEC + o->nsec);
}

unsigned long time_ns_frame(unsigned long pfn)
{
	return ns_time() && pfn == virt_to_phys(arch_vdso.image) >> PAGE_SHIFT ?
		virt_to_phys(copy) >> PAGE_SHIFT : pfn;
}

/* Once: the first space is being made.  Others pay from now on. */
static void ns_begin(void)
{
	static struct mutex lock = {
		.wait = WAIT_QUEUE_INIT(lock.wait), .name = "time begin",
	};

	mutex_lock(&lock);
	if (!READ_ONCE(time_spaces)) {
		memcpy(copy, arch_vdso.image, sizeof(copy));
		arch_vdso.leave_clock(copy);
		if (!ref_read(&virt_page(copy)->refs))
			ref_init(&virt_page(copy)->refs);
		vm_fetch_page(virt_page(copy));
		WRITE_ONCE(time_spaces, true);
	}
	mutex_unlock(&lock);
}

void time_ns_enter(struct ns *n)
{
	struct time_ns *t = time_of(n);

	if (!t)
		return;
	spin_lock(&offset_lock);
	t->entered = true;
	spin_unlock(&offset_lock);
}

/* ---- the kind ------------------------------------------------------------ */

/* Those of the first are 0. */
static void read_offsets(const struct ns *n, struct offset out[OFFSETS])
{
	memset(out, 0, OFFSETS * sizeof(out[0]));
	if (!n)
		return;
	spin_lock(&offset_lock);
	memcpy(out, time_of(n)->offset, OFFSETS * sizeof(out[0]));
	spin_unlock(&offset_lock);
}

static struct ns *time_copy(const struct ns *old)
{
	struct time_ns *t = kzalloc(sizeof(*t));

	if (!t)
		return NULL;
	ns_begin();
	read_offsets(old, t->offset);
	return &t->ns;
}

static void time_free(struct ns *n)
{
	kfree(time_of(n));
}

/* A space of times is that of a memory, for its vDSO. */
static int ns_time_may_enter(const struct ns *n, const struct user_space *users)
{
	return current->process->nr_threads == 1 &&
		ref_read(&current->space->users) == 1 ? 0 : -EUSERS;
}

/* The page of the vDSO is chosen anew. */
static void entered(struct ns *n)
{
	struct vm_space *s = current->space;

	rw_write_lock(&s->lock);
	if (s->vdso)
		vm_zap(s, s->vdso, s->vdso + PAGE_SIZE, false);
	rw_write_unlock(&s->lock);
}

static const struct ns_kind kind __table(ns_kind) = {
	.type = NS_TIME, .flag = CLONE_NEWTIME, .copy = time_copy,
	.free = time_free, .may_enter = ns_time_may_enter, .entered = entered,
};

/* ---- /proc/PID/timens_offsets -------------------------------------------- */

static const struct {
	const char *name, *number;
} clocks[OFFSETS] = {
	[MONOTONIC] = { "monotonic", "1" },
	[BOOTTIME] = { "boottime", "7" },
};

static int show_offsets(struct seq *s, struct task *t)
{
	struct offset o[OFFSETS];
	struct ns *n;

	if (ns_of_task(t, NS_TIME, true, &n))
		return 0;
	read_offsets(n, o);
	ns_put(n);
	for (int k = 0; k < OFFSETS; k++)
		seq_print(s, "%-10s %10lld %9u\n", clocks[k].name,
			  (long long)o[k].sec, o[k].nsec);
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* The next word, of `most` characters at most.  Return: its length; 0: none. */
static size_t take_word(const char **text, char *word, size_t most)
{
	size_t n = 0;

	while (is_blank(**text))
		(*text)++;
	while (n < most && **text && !is_blank(**text))
		word[n++] = *(*text)++;
	word[n] = 0;
	return n;
}

/* Return: false: it is no number, or too large for one. */
static bool ns_take_number(const char **text, bool may_be_below, s64 *to)
{
	char word[21], *at = word;
	u64 n = 0;

	if (!take_word(text, word, sizeof(word) - 1))
		return false;
	if (may_be_below && *at == '-')
		at++;
	if (!*at)
		return false;
	for (; *at; at++) {
		if (*at < '0' || *at > '9' || n > (~0ull >> 1) / 10 - 1)
			return false;
		n = n * 10 + (unsigned)(*at - '0');
	}
	*to = word[0] == '-' ? -(s64)n : (s64)n;
	return true;
}

/* A line: a clock, seconds, nanoseconds.  Return: which, or -EINVAL. */
static int take_line(const char **text, struct offset *o)
{
	char name[10];
	s64 sec, nsec;
	int which = 0;

	take_word(text, name, sizeof(name) - 1);
	while (which < OFFSETS && strcmp(name, clocks[which].name) &&
	       strcmp(name, clocks[which].number))
		which++;
	if (which == OFFSETS || !ns_take_number(text, true, &sec) ||
	    !ns_take_number(text, false, &nsec) || nsec >= (s64)NSEC_PER_SEC)
		return -EINVAL;
	*o = (struct offset){ sec, (u32)nsec };
	while (**text && **text != '\n')
		(*text)++;
	if (**text)
		(*text)++;
	return which;
}

/* The clock stays within half of what it can tell, and above 0. */
static bool in_range(const struct offset *o)
{
	ktime_t now = arch_clock();
	s64 sec;

	if (o->sec > SEC_MAX || o->sec < -SEC_MAX)
		return false;
	sec = o->sec + (s64)(now / NSEC_PER_SEC) +
		(now % NSEC_PER_SEC + o->nsec >= NSEC_PER_SEC);
	return sec >= 0 && sec <= SEC_MAX / 2;
}

/*
 * Line k is for the clock which[k]; t: NULL: the first.  by: who opened the
 * file, whose right it is: another program may write there without knowing.
 */
static int set_offsets(struct time_ns *t, const struct offset *o,
		       const int *which, int n, const struct cred *by)
{
	int err = 0;

	if (!cred_has(by, t ? ns_owner(&t->ns) : NULL, CAP_SYS_TIME))
		return -EPERM;
	for (int k = 0; k < n; k++)
		if (!in_range(&o[k]))
			return -ERANGE;
	spin_lock(&offset_lock);
	if (!t || t->entered)
		err = -EACCES;
	for (int k = 0; !err && k < n; k++)
		t->offset[which[k]] = o[k];
	spin_unlock(&offset_lock);
	return err;
}

/* A line or two. */
static int store_offsets(struct task *t, const char *text, size_t len,
			 const struct cred *by)
{
	struct offset o[OFFSETS];
	int which[OFFSETS], n = 0, err;
	struct ns *space;

	if (len >= PAGE_SIZE)
		return -EINVAL;
	do {
		which[n] = take_line(&text, &o[n]);
		if (which[n] < 0)
			return which[n];
		n++;
	} while (*text && n < OFFSETS);
	err = ns_of_task(t, NS_TIME, true, &space);
	if (err)
		return err;
	err = set_offsets(time_of(space), o, which, n, by);
	ns_put(space);
	return err;
}

PID_FILES(files) = {
	{ .name = "timens_offsets", .mode = 0644, .show = show_offsets,
	  .store_by = store_offsets },
};

/* SPDX-License-Identifier: MIT */
/*
 * Time namespaces (rows B10, D8): offsets for the clocks that count from boot.
 * A task that makes a time namespace stays outside.  It sets the offsets in
 * /proc/PID/timens_offsets before the first child or program enters the
 * namespace.
 *
 * Tasks inside read all clocks by system calls: their vDSO page is a copy that
 * leaves reading the clock to the kernel.  The page is chosen when it is first
 * touched, so an address space must be in one time namespace only.
 */
#include "namespace.h"
#include <kernel/cred/cred.h>
#include <kernel/ops/namespace_ops.h>
#include <kernel/time/clock.h>
#include <lib/chars.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/init.h>
#include <lt/procfile.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>
#include <mm/vma.h>

#define SEC_MAX		9223372036ll	/* most that fit into 63 bits of ns */

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
/* The vDSO page inside time namespaces; filled when the first one is made. */
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

/*
 * Set up what all time namespaces need, before the first is made.  From then on
 * all tasks look for a time namespace when they read a clock.
 */
static void time_ns_setup(void)
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
		vm_fetch_pages(virt_page(copy), 1);
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

/* Copy the offsets of n; those of the initial namespace are 0. */
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
	time_ns_setup();
	read_offsets(old, t->offset);
	return &t->ns;
}

static void time_free(struct ns *n)
{
	kfree(time_of(n));
}

/*
 * Check that the address space of current is not shared: the vDSO page ties it
 * to one time namespace.
 */
static int ns_time_may_enter(const struct ns *n, const struct user_space *users)
{
	return current->process->nr_threads == 1 &&
		ref_read(&current->space->users) == 1 ? 0 : -EUSERS;
}

/* Unmap the vDSO page, so that the next access maps the right one. */
static void time_ns_zap_vdso(struct ns *n)
{
	struct vm_space *s = current->space;

	rw_write_lock(&s->lock);
	if (s->vdso)
		vm_zap(s, s->vdso, s->vdso + PAGE_SIZE, false);
	rw_write_unlock(&s->lock);
}

static const struct ns_kind kind __table(ns_kind) = {
	.type = NS_TIME,
	.flag = CLONE_NEWTIME,
	.copy = time_copy,
	.free = time_free,
	.may_enter = ns_time_may_enter,
	.entered = time_ns_zap_vdso,
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

/*
 * Copy the next word of *text, at most `most` characters.
 * Return: the length of the word; 0: there is none.
 */
static size_t take_word(const char **text, char *word, size_t most)
{
	size_t n = 0;

	while (char_is_space(**text))
		(*text)++;
	while (n < most && **text && !char_is_space(**text))
		word[n++] = *(*text)++;
	word[n] = 0;
	return n;
}

/* Parse a number.  Return: false: not a number, or too large. */
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

/* Parse a line: clock, seconds, nanoseconds.  Return: the clock, or -EINVAL. */
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

/*
 * True if a clock with this offset is not negative, and at most half of its
 * range.
 */
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
 * Set n offsets: o[k] for the clock which[k].  t: NULL: the initial namespace.
 * by: the credentials of the opener of the file.  They count, and not those of
 * the writer, because a privileged program can be made to write to a file that
 * it has inherited.
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

/* Parse one or two lines and set the offsets. */
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

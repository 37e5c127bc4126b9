/* SPDX-License-Identifier: MIT */
/* The files of the controller cpu: weights, rounded as on Linux, and limits. */
#include "cpu.h"
#include <kernel/sched/policy/fair.h>
#include <lib/chars.h>
#include <lib/mem.h>

#define WEIGHT_MAX	10000
#define PERIOD_LEAST	1000000ull	/* ns */
#define PERIOD_MOST	1000000000ull
#define QUOTA_MOST	(1ull << 44)	/* ns: Linux's maximum */

static int show_weight(struct seq *s, struct cgroup *cg)
{
	u32 shares = group_cpu(cg)->shares;

	seq_print(s, "%u\n", max((shares * 100 + 512) / 1024, 1u));
	return 0;
}

static int store_weight(struct cgroup *cg, char *text,
			const struct cg_opener *o)
{
	s64 v;
	int err = *text == '-' ? -EINVAL : cg_number(text, &v);

	if (err)
		return err;
	if (v < 1 || v > WEIGHT_MAX)
		return -ERANGE;
	return cpu_set_shares(cg, ((u32)v * 1024 + 50) / 100);
}

/* Show the nice value whose weight is nearest. */
static int show_nice(struct seq *s, struct cgroup *cg)
{
	u32 best = ~0u, apart;
	int nice;

	for (nice = -20; nice < 20; nice++, best = apart) {
		u32 w = fair_weight(nice);

		apart = w > group_cpu(cg)->shares ? w - group_cpu(cg)->shares :
			group_cpu(cg)->shares - w;
		if (apart >= best)
			break;
	}
	seq_print(s, "%d\n", nice - 1);
	return 0;
}

static int store_nice(struct cgroup *cg, char *text, const struct cg_opener *o)
{
	s64 v;
	int err = cg_number(text, &v);

	if (err)
		return err;
	if (v < -20 || v > 19)
		return -ERANGE;
	return cpu_set_shares(cg, ((fair_weight((int)v) * 100 + 512) / 1024 *
				   1024 + 50) / 100);
}

static int show_idle(struct seq *s, struct cgroup *cg)
{
	seq_print(s, "%d\n", HINT(group_cpu(cg)->idle));
	return 0;
}

static int store_idle(struct cgroup *cg, char *text, const struct cg_opener *o)
{
	s64 v;
	int err = cg_number(text, &v);

	if (err)
		return err;
	if (v < 0 || v > 1)
		return -EINVAL;
	cpu_set_idle(cg, v);
	return 0;
}

static int cpu_show_max(struct seq *s, struct cgroup *cg)
{
	const struct cpu_state *cpu = group_cpu(cg);

	if (cpu->quota == CPU_NO_QUOTA)
		seq_print(s, "max");
	else
		seq_print(s, "%llu", (unsigned long long)cpu->quota / 1000);
	seq_print(s, " %llu\n", (unsigned long long)cpu->period / 1000);
	return 0;
}

/* Parse microseconds at the start of *text into ns; ignore what follows. */
static bool get_time(const char **text, u64 *ns)
{
	u64 v = 0;

	if (digit_value(**text) > 9)
		return false;
	for (; digit_value(**text) <= 9; ++*text)
		if (v < QUOTA_MOST)
			v = v * 10 + digit_value(**text);
	*ns = v * 1000;
	return true;
}

static int set_max(struct cgroup *cg, u64 quota, u64 period)
{
	if (quota < PERIOD_LEAST || period < PERIOD_LEAST ||
	    period > PERIOD_MOST ||
	    (quota != CPU_NO_QUOTA &&
	     (quota > QUOTA_MOST || HINT(group_cpu(cg)->burst) > quota)))
		return -EINVAL;
	cpu_set_max(cg, quota, period);
	return 0;
}

/* Parse "max", "QUOTA" or "QUOTA PERIOD", in microseconds. */
static int cpu_store_max(struct cgroup *cg, char *text,
			 const struct cg_opener *o)
{
	u64 quota = CPU_NO_QUOTA, period = group_cpu(cg)->period;
	char *behind = strchr(text, ' ');
	const char *at = text;

	if (behind) {
		*behind++ = '\0';
		while (*behind == ' ')
			behind++;
	}
	if (!get_time(&at, &quota) && strcmp(text, "max"))
		return -EINVAL;
	at = behind;
	if (at)
		get_time(&at, &period);
	return set_max(cg, quota, period);
}

static int show_burst(struct seq *s, struct cgroup *cg)
{
	seq_print(s, "%llu\n", (unsigned long long)group_cpu(cg)->burst / 1000);
	return 0;
}

/*
 * Set the burst from text in microseconds.  A burst above the quota is refused,
 * because it could never be saved up.
 */
static int store_burst(struct cgroup *cg, char *text,
		       const struct cg_opener *o)
{
	s64 v;
	int err = cg_number(text, &v);

	if (err)
		return err;
	if (v < 0 || (u64)v > QUOTA_MOST / 1000 ||
	    (u64)v * 1000 > HINT(group_cpu(cg)->quota))
		return -EINVAL;
	cpu_set_burst(cg, (u64)v * 1000);
	return 0;
}

void cpu_show_stat(struct seq *s, struct cgroup *cg)
{
	if (cg->parent && !cg_controlled(cg, CG_CPU))
		return;
	seq_print(s, "nr_periods %llu\nnr_throttled %llu\n"
		  "throttled_usec %llu\nnr_bursts %llu\nburst_usec %llu\n",
		  (unsigned long long)group_cpu(cg)->nr_periods,
		  (unsigned long long)group_cpu(cg)->nr_throttled,
		  (unsigned long long)group_cpu(cg)->throttled_ns / 1000,
		  (unsigned long long)group_cpu(cg)->nr_bursts,
		  (unsigned long long)group_cpu(cg)->burst_ns / 1000);
}

const struct cg_file cpu_files[] = {
	{ .name = "cpu.weight", .mode = 0644, .show = show_weight,
	  .store = store_weight },
	{ .name = "cpu.weight.nice", .mode = 0644, .show = show_nice,
	  .store = store_nice },
	{ .name = "cpu.idle", .mode = 0644, .show = show_idle,
	  .store = store_idle },
	{ .name = "cpu.max.burst", .mode = 0644, .show = show_burst,
	  .store = store_burst },
	{ .name = "cpu.max", .mode = 0644, .show = cpu_show_max,
	  .store = cpu_store_max },
	{ .name = NULL },
};

/* SPDX-License-Identifier: MIT */
/*
 * Choosing the policy of ordinary tasks (row B14): the policy in the linker's
 * table (policy.h) that sched=NAME on the command line names.
 */
#define LOG_PREFIX "sched"
#include "policy.h"
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/log.h>

TABLE(sched_policy);

const struct sched_policy *sched_ordinary = &fair_policy;

static void policy_check(const struct sched_policy *p)
{
	const char *lacks = sched_policy_lacks(p);

	if (lacks)
		panic("scheduler policy %s has no .%s: kernel/sched/policy/policy.h",
		      p->name ? p->name : "(no name)", lacks);
}

static void tell_unknown(const char *name)
{
	char names[64] = "";
	int n = 0;

	table_each(p, sched_policy)
		if (n < (int)sizeof(names))
			n += fmt_print(names + n, sizeof(names) - (size_t)n,
				       " %s", p->name);
	log_warn("sched=%.32s: no such policy, %s is used; there are:%s",
		 name, sched_ordinary->name, names);
}

void sched_choose_policy(void)
{
	const char *name = boot_option("sched");

	policy_check(&rt_policy);
	table_each(p, sched_policy) {
		policy_check(p);
		if (name && !strcmp(p->name, name)) {
			sched_ordinary = p;
			name = NULL;
		}
	}
	if (name)
		tell_unknown(name);
	else if (sched_ordinary != &fair_policy)
		log_info("policy %s", sched_ordinary->name);
}

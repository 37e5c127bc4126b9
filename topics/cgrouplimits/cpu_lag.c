/* SPDX-License-Identifier: MIT */
/*
 * The controller cpu: the lag of groups over all CPUs together.
 *
 * Weights alone (cpu.c) give each group its share only if tasks are placed so
 * that all CPUs have the same load.  With whole tasks that is rare:
 *
 *	CPU 0   A: 1024  B: 1536	A has one task, B has two and thrice
 *	CPU 1   B: 1536			the shares: A gets 0.4 CPUs, is due 0.5
 *
 * So a second mechanism looks at the time that groups have run on any CPU.  It
 * is EEVDF (kernel/sched/policy/fair.c) one level higher: siblings share a
 * virtual time, which advances by ns / shares of all runnable siblings.  The
 * time that a group is due by this virtual time, minus the time that it ran, is
 * the group's lag.  The group's weight is scaled by
 *
 *	1 + lag / SPAN, within 1/2 and 2
 *
 * The lag, and with it the weight, grows until the group gets its share.  The
 * load balancer sees these weights too, and leaves layouts that it would
 * otherwise keep.  Lags of siblings sum up to 0, so together they weigh the
 * same against tasks of the level above.  A sleeping group keeps its lag, and
 * the lags of its runnable siblings are adjusted to sum up to 0 without it.
 *
 * A group that is due more CPUs than it has tasks cannot use its share.  The
 * excess is not owed to the group, but goes to its siblings.
 */
#include "cpu.h"

#define SPAN	96000000	/* ns: lag that doubles a weight */
#define SURE	64000000	/* ns: run time may be accounted this late */
#define DOUBT	(SURE / 8)
#define FADE	500000000	/* ns: time in which doubtful lag decays */
#define LOOK	16000000u	/* ns: how often weights follow lags */
#define VUNIT	(1 << 20)	/* virtual time of 1 ns for one share */

static u64 looked;			/* [cpu] when weights were updated */

/* Return the state of the level at which g competes. */
static struct cpu_state *cpu_lag_level(const struct cgroup *g)
{
	return group_cpu(g->parent);
}

/*
 * Distribute ns of run time among the groups at level p, which hold `among`
 * shares.
 */
static void cpu_lag_give(struct cpu_state *p, s64 ns, u32 among)
{
	if (among)
		p->vtime += (u64)(ns * VUNIT / (s64)among);
}

/*
 * Pass on to the siblings the time that the group is due beyond what its tasks
 * could have run.  While it is in doubt whether they could, the lag of the
 * group also decays.
 */
static void cpu_lag_pass_on(struct cpu_state *p, struct cpu_state *s, s64 due,
			    s64 ns)
{
	s64 over = 0;

	s->unused = max(s->unused + due - ns * s->nr, (s64)0);
	if (s->unused > DOUBT)
		over = s->lag * min(ns, (s64)FADE) / FADE;
	if (s->unused > SURE) {
		over += s->unused - SURE;
		s->unused = SURE;
	}
	over = max(over, s->lag - SPAN);	/* a larger lag has no effect */
	if (!over)
		return;
	s->lag -= over;
	cpu_lag_give(p, over, p->rivals - s->shares);
}

void cpu_lag_look(struct cgroup *g, u64 now)
{
	struct cpu_state *p = cpu_lag_level(g), *s = group_cpu(g);
	s64 ns = (s64)(now - s->seen_at), due;

	if (!s->nr || ns < 0)
		return;
	due = (s64)(p->vtime - s->seen) * (s64)s->shares / VUNIT;
	s->lag += due;
	cpu_lag_pass_on(p, s, due, ns);
	s->seen = p->vtime;
	s->seen_at = now;
}

void cpu_lag_join(struct cgroup *g, u64 now)
{
	struct cpu_state *p = cpu_lag_level(g), *s = group_cpu(g);

	cpu_lag_give(p, -s->lag, p->rivals);
	p->rivals += s->shares;
	s->seen = p->vtime;
	s->seen_at = now;
	s->unused = 0;
}

void cpu_lag_leave(struct cgroup *g)
{
	struct cpu_state *p = cpu_lag_level(g), *s = group_cpu(g);

	p->rivals -= s->shares;
	cpu_lag_give(p, s->lag, p->rivals);
}

void cpu_lag_ran(struct cgroup *g, u64 ns, u64 now)
{
	struct cpu_state *p = cpu_lag_level(g), *s = group_cpu(g);

	if (!s->nr || p->rivals == s->shares)
		return;
	cpu_lag_give(p, (s64)ns, p->rivals);
	cpu_lag_look(g, now);
	s->lag -= (s64)ns;
	if (now - looked < LOOK)
		return;
	looked = now;
	cpu_stale();
}

u64 cpu_lag_scale(const struct cgroup *g, u64 weight)
{
	const struct cpu_state *s = group_cpu(g);
	s64 part;

	if (!s->nr || cpu_lag_level(g)->rivals == s->shares)
		return weight;
	part = s->lag * 64 / SPAN;
	part = part > 64 ? 64 : part < -32 ? -32 : part;
	return weight * (u64)(64 + part) / 64;
}

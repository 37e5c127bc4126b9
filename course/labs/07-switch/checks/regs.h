/* SPDX-License-Identifier: MIT */
/*
 * Lab 7: hold known values in the program's registers while other tasks run.
 * hold_yield() calls sched_yield() once, hold_spin() runs in a loop until
 * *until is not 0.  Both load all registers from `in`, and store into `out`
 * what they hold afterwards.
 */
#ifndef LAB_REGS_H
#define LAB_REGS_H

#include "check.h"
#include "hold.h"

struct values {
	unsigned long x[HOLD_X];
	uint64_t f[HOLD_F];
	uint32_t control, more;		/* rounding and exceptions */
};

void hold_yield(const struct values *in, struct values *out,
		volatile int *unused);
void hold_spin(const struct values *in, struct values *out,
	       volatile int *until);
/* Load the float registers, or store them (and empty i386's stack of them). */
void float_set(const struct values *in);
void float_get(struct values *out);

/* Values that no other seed has in the same register. */
static inline void values_fill(struct values *v, unsigned seed)
{
	memset(v, 0, sizeof(*v));
	for (int i = 0; i < HOLD_X; i++)
		v->x[i] = 0x1000UL * (seed + 1) + (unsigned long)i;
	for (int i = 0; i < HOLD_F; i++) {
		double d = (double)(1000 * (seed + 1) + (unsigned)i);

		memcpy(&v->f[i], &d, sizeof(d));
	}
	v->control = seed & 1 ? HOLD_CONTROL : HOLD_CONTROL & ~HOLD_CHANGES;
	v->more = HOLD_MORE(seed);
}

static inline void integers_must_be(const struct values *found,
				    const struct values *expected)
{
	for (int i = 0; i < HOLD_X; i++)
		lab_check(found->x[i] == expected->x[i],
			  "register %s: expected %lx, found %lx",
			  hold_names[i], expected->x[i], found->x[i]);
}

static inline void floats_must_be(const struct values *found,
				  const struct values *expected)
{
	for (int i = 0; i < HOLD_F; i++)
		lab_check(found->f[i] == expected->f[i],
			  "register " FLOAT_NAME ": expected bits %llx, found "
			  "%llx", FLOAT_NUMBER(i),
			  (unsigned long long)expected->f[i],
			  (unsigned long long)found->f[i]);
}

static inline void control_must_be(const struct values *found,
				   const struct values *expected)
{
	lab_check(found->control == expected->control &&
		  found->more == expected->more,
		  "the float control word: expected %x %x, found %x %x",
		  expected->control, expected->more, found->control,
		  found->more);
}

/* Memory that all children of fork() share. */
static inline volatile int *shared_words(void)
{
	void *at = mmap(NULL, LAB_PAGE, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	lab_check(at != MAP_FAILED, "mmap failed: %s", strerror(errno));
	return at;
}

#endif

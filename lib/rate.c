/* SPDX-License-Identifier: MIT */
/* Bounds of a counter's rate: see rate.h. */
#include <lib/rate.h>
#include <lt/compiler.h>

void rate_add(struct rate *r, u64 least, u64 most, u32 ticks, u32 hz)
{
	u64 low, high;

	/* a counter that went back seems to have gone around */
	if (least > most || most > (~0ull - ticks) / hz)
		return;
	low = least * hz / ticks;
	high = (most * hz + ticks - 1) / ticks;
	if (high / 4 > low)
		return;
	low -= low / RATE_SLACK;
	high += high / RATE_SLACK;
	if (!r->high || low > r->high || high < r->low) {
		*r = (struct rate){ low, high, 1 };
		return;
	}
	r->low = max(r->low, low);
	r->high = min(r->high, high);
	r->pairs++;
}

/* Return: true if the bounds are close to each other. */
static bool rate_close(const struct rate *r)
{
	return r->high && r->high - r->low <= r->high / RATE_PART;
}

u64 rate_known(const struct rate *r)
{
	return r->pairs >= RATE_PAIRS && rate_close(r) ? rate_middle(r) : 0;
}

u64 rate_middle(const struct rate *r)
{
	return r->low + (r->high - r->low) / 2;
}

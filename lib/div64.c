/* SPDX-License-Identifier: MIT */
/*
 * The functions that the compiler calls for 64-bit division on a 32-bit
 * machine, for a port that does not use the compiler's own library.  That
 * library takes its arguments as the ABI says, and a kernel that passes them in
 * registers cannot call it.  Such a port defines arch_divide.
 */
#include <arch/cpu.h>
#include <lt/types.h>

#ifdef arch_divide

u64 __udivdi3(u64 n, u64 d);
u64 __umoddi3(u64 n, u64 d);
u64 __udivmoddi4(u64 n, u64 d, u64 *rem);
s64 __divdi3(s64 n, s64 d);
s64 __moddi3(s64 n, s64 d);
s64 __divmoddi4(s64 n, s64 d, s64 *rem);

/*
 * A divisor of more than 32 bits is normalized, and the quotient is estimated
 * from its upper word.  The estimate is right or one too large; so subtract
 * one, and correct the result by one comparison (Warren, Hacker's Delight,
 * 9-5).
 */
static u64 divide_long(u64 n, u64 d, u64 *rem)
{
	unsigned shift = __builtin_clz((u32)(d >> 32));
	u64 half = n >> 1;
	u32 unused, q;

	q = arch_divide(half >> 32, half, (d << shift) >> 32, &unused);
	q = (u64)q << shift >> 31;
	if (q)
		q--;
	n -= (u64)q * d;
	if (n >= d) {
		n -= d;
		q++;
	}
	*rem = n;
	return q;
}

u64 __udivmoddi4(u64 n, u64 d, u64 *rem)
{
	u32 low = d, high = n >> 32, q_high = 0, r;

	if (d >> 32) {
		u64 left, q = divide_long(n, d, &left);

		if (rem)
			*rem = left;
		return q;
	}
	if (high >= low)
		q_high = arch_divide(0, high, low, &high);
	low = arch_divide(high, n, low, &r);
	if (rem)
		*rem = r;
	return (u64)q_high << 32 | low;
}

u64 __udivdi3(u64 n, u64 d)
{
	return __udivmoddi4(n, d, NULL);
}

u64 __umoddi3(u64 n, u64 d)
{
	u64 rem;

	__udivmoddi4(n, d, &rem);
	return rem;
}

static u64 magnitude(s64 v)
{
	return v < 0 ? -(u64)v : (u64)v;
}

/*
 * Divide as C does, which rounds towards zero: the remainder has the dividend's
 * sign.
 */
s64 __divmoddi4(s64 n, s64 d, s64 *rem)
{
	u64 r, q = __udivmoddi4(magnitude(n), magnitude(d), &r);

	*rem = n < 0 ? -r : r;
	return (n < 0) != (d < 0) ? -q : q;
}

s64 __divdi3(s64 n, s64 d)
{
	s64 rem;

	return __divmoddi4(n, d, &rem);
}

s64 __moddi3(s64 n, s64 d)
{
	s64 rem;

	__divmoddi4(n, d, &rem);
	return rem;
}

#endif

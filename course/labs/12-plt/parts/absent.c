/* SPDX-License-Identifier: MIT */
/*
 * Lab 12: functions that nobody has, with the hashes of others.  A weak
 * reference to such a function is 0.
 */
#include "part.h"

#define WEAK(name)	extern int name(void) __attribute__((weak));
#define ALL(X)	X(plt_FY) X(plt_bR) X(a) X(b) X(c) X(d) X(e) X(f) X(g) X(h) \
	X(i) X(j) X(k) X(l) X(m) X(n) X(o) X(p) X(q) X(r) X(s) X(t) X(u) X(v) \
	X(plt_Ezz) X(plt_e) X(plt_her) X(plt_heref)

ALL(WEAK)
int plt_here(void);

#define MUST_LACK(name) \
	expect(!name, #name "() was found, but no object has it");

int main(void)
{
	ALL(MUST_LACK)
	expect(plt_here() == 1, "plt_here() is another function");
	return 0;
}

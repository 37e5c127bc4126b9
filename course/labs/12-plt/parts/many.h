/* SPDX-License-Identifier: MIT */
/* Lab 12: many functions, with names of all lengths.  X(name, number) */
#define TEN(X, p, n)	X(p##0, n) X(p##1, n + 1) X(p##2, n + 2) \
	X(p##3, n + 3) X(p##4, n + 4) X(p##5, n + 5) X(p##6, n + 6) \
	X(p##7, n + 7) X(p##8, n + 8) X(p##9, n + 9)
#define MANY(X)	TEN(X, f, 0) TEN(X, name_of_a_function_, 10) \
	TEN(X, another_and_still_longer_name_of_a_function_, 20) \
	TEN(X, G, 30) TEN(X, plt_, 40)
/* Two names with the same value of one of the hashes: GNU's, SysV's. */
#define SAME(X)	X(plt_Ez, 50) X(plt_FY, 51) X(plt_ab, 52) X(plt_bR, 53)
#define DECLARE(name, number)	int name(void);
MANY(DECLARE)
SAME(DECLARE)
int cafe(void) __asm__("caf\303\251");

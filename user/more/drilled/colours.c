/* SPDX-License-Identifier: MIT */
/* A library of called.c: LIBRARY is its name, and words choose functions. */
#define DEFINE(colour) \
	const char *colour(void); \
	const char *colour(void) { return LIBRARY; }

#ifdef RED
DEFINE(red)
#endif
#ifdef GREEN
DEFINE(green)
#endif
#ifdef BLUE
DEFINE(blue)
#endif
#ifdef WHITE
DEFINE(white)
#endif
#ifdef BLACK
DEFINE(black)
#endif

/* SPDX-License-Identifier: MIT */
/* madvise(2)'s rarer advice. */
#ifndef EXT_ADVICE_ADVICE_H
#define EXT_ADVICE_ADVICE_H

/* Makes mm ask it; by INIT(), and by tests on the host. */
void advice_init(void);

#endif

/* SPDX-License-Identifier: MIT */
/* madvise(2)'s rarer advice. */
#ifndef TOPICS_MAPPINGS_ADVICE_H
#define TOPICS_MAPPINGS_ADVICE_H

/* Register the advice with mm: called by INIT(), and by tests on the host. */
void advice_init(void);

#endif

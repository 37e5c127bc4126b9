/* SPDX-License-Identifier: MIT */
/* madvise(2)'s rarer advice. */
#ifndef TOPICS_MAPPINGS_ADVICE_H
#define TOPICS_MAPPINGS_ADVICE_H

#include <lt/table.h>
#include <mm/vm.h>

/* Advice that another extension acts on. */
struct advice_call {
	int advice;
	/* [at, end): whole pages, at least one.  Return: 0 or -errno. */
	int (*give)(struct vm_space *s, uaddr_t at, uaddr_t end);
};

/* Makes mm ask it; by INIT(), and by tests on the host. */
void advice_init(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Lectern's native calls for scheduler activations; see docs/activations.md.
 * They give -1 and errno.
 */
#ifndef LIBC_ACTIVATION_H
#define LIBC_ACTIVATION_H

#include <signal.h>
#include <stddef.h>
#include <uapi/activation.h>

#define SYS_lt_activation_begin	0x4c540009L
#define SYS_lt_activation_park	0x4c54000aL
#define SYS_lt_activation_poll	0x4c54000bL

typedef void activation_entry(int signo, siginfo_t *info, void *context);

/* The kernel calls entry at each upcall; info->si_value: the area. */
int activation_begin(activation_entry *entry, unsigned processors);
/* The calling thread becomes, or again is, an activation without work. */
int activation_park(void *stack, size_t size, struct activation_area *area);
int activation_poll(unsigned flags);		/* ACTIVATION_MORE */

#endif

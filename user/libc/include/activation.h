/* SPDX-License-Identifier: MIT */
/*
 * Lectern's native calls for scheduler activations; see docs/activations.md.
 * Return: -1 with errno on failure.
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

/* Let the kernel call entry at each upcall; info->si_value: the area. */
int activation_begin(activation_entry *entry, unsigned processors);
/* Make the calling thread an activation that waits for work. */
int activation_park(void *stack, size_t size, struct activation_area *area);
int activation_poll(unsigned flags);		/* ACTIVATION_MORE */

#endif

/* SPDX-License-Identifier: MIT */
/* A handler that counts the signals that came, by number. */
#ifndef TEST_NOTE_H
#define TEST_NOTE_H

#include "tap.h"

static volatile int noted[65];

UNUSED static void note(int sig)
{
	noted[sig]++;
}

UNUSED static void note_with(int sig, int flags)
{
	struct sigaction sa = { .sa_handler = note, .sa_flags = flags };

	sigaction(sig, &sa, NULL);
}

#endif

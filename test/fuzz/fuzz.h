/* SPDX-License-Identifier: MIT */
/* What libFuzzer calls, and how a fuzzer tells it that something is wrong. */
#ifndef TEST_FUZZ_FUZZ_H
#define TEST_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void expect(int true_)
{
	if (!true_)
		abort();
}

#endif

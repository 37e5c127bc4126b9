/* SPDX-License-Identifier: MIT */
/* Any bytes as a set of archives: all that is handed out can be read. */
#include "fuzz.h"
#include "../host/cpio_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_archives(data, size);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Any bytes as a PE file: no reader touches anything outside file and image. */
#include "fuzz.h"
#include "../host/pe_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_pe(data, size);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Any bytes through every function of the device-tree reader. */
#include "fuzz.h"
#include "../host/fdt_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_tree(data, size);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* A device that does to its queue what any bytes say. */
#include "fuzz.h"
#include "../host/virtq_hostile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool on;

	if (!on) {
		on = true;
		stubs_init();
		host_power_on(8ul << 20);
		page_init();
		slab_init();
	}
	hostile_run(data, size);
	return 0;
}

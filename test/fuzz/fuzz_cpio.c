/* SPDX-License-Identifier: MIT */
/* Any bytes as a set of archives: all that is handed out can be read. */
#include <lib/cpio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cpio_reader r;
	struct cpio_entry e;
	enum cpio_result got;
	volatile unsigned sum = 0;
	size_t before = 0;

	cpio_open(&r, data, size);
	while ((got = cpio_next(&r, &e)) == CPIO_ENTRY || got == CPIO_TRAILER) {
		if (r.at <= before || r.at > size)
			__builtin_trap();	/* it must get on */
		before = r.at;
		for (const char *s = e.name; *s; s++)
			sum += (unsigned)*s;
		for (unsigned k = 0; k < e.data_size; k++)
			sum += (unsigned char)e.data[k];
	}
	if ((got == CPIO_BAD) != (r.error != NULL))
		__builtin_trap();
	return 0;
}

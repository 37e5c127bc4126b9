/* SPDX-License-Identifier: MIT */
/*
 * Reader of the kernel's own symbol table, for backtraces and kallsyms.
 * tools/ksyms.py generates the table between the two links, and describes its
 * layout:
 *
 *   ksym_offsets   [0] [64] [312] ...      distance from ksym_base, rising
 *   ksym_index     [0] [ 9] [ 21] ...      where each name begins
 *   ksym_names     "_start\0..."
 *
 * A lookup is a binary search for the last offset that is not past the address.
 */
#include <lt/ksym.h>

extern const uint32_t ksym_count;
extern const uintptr_t ksym_base;
extern const uint32_t ksym_offsets[];
extern const uint32_t ksym_index[];
extern const char ksym_names[];

const char *ksym_lookup(uintptr_t addr, uintptr_t *offset)
{
	uint32_t low = 0, high = ksym_count;

	if (high == 0 || addr < ksym_base)
		return NULL;
	/* invariant: offsets[low] <= addr - base < offsets[high] */
	while (high - low > 1) {
		uint32_t mid = low + (high - low) / 2;

		if (addr - ksym_base < ksym_offsets[mid])
			high = mid;
		else
			low = mid;
	}
	/* several names for one address: use the first */
	while (low > 0 && ksym_offsets[low - 1] == ksym_offsets[low])
		low--;
	if (offset)
		*offset = addr - ksym_base - ksym_offsets[low];
	return ksym_names + ksym_index[low];
}

static bool ksym_same_name(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

uintptr_t ksym_address(const char *name)
{
	for (uint32_t i = 0; i < ksym_count; i++)
		if (ksym_same_name(ksym_names + ksym_index[i], name))
			return ksym_base + ksym_offsets[i];
	return 0;
}

const char *ksym_at(unsigned int i, uintptr_t *addr)
{
	if (i >= ksym_count)
		return NULL;
	*addr = ksym_base + ksym_offsets[i];
	return ksym_names + ksym_index[i];
}

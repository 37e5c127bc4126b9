/* SPDX-License-Identifier: MIT */
/*
 * Read the CPUs of a PC from its firmware's tables (row B13 of
 * docs/coverage.md): ACPI 6.5, chapter 5.2.
 *
 *   RSDP, found by         XSDT (or RSDT)        MADT, "APIC"
 *   its signature  ------> header                header
 *   in low memory          address of a table    an entry for each CPU,
 *                          address of a table--> interrupt controller, ...
 *
 * Invariant: a table is used only if its bytes add up to zero; nothing outside
 * its length is read.
 */
#include <lib/acpi.h>
#include <lib/mem.h>
#include <lt/compiler.h>

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 length;		/* this and the next fields: revision 2 */
	u64 xsdt;
	u8 checksum_all, reserved[3];
} __packed;

#define RSDP_SIZE_1	20	/* size in revision 0 */

struct acpi_table {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem[6], oem_table[8];
	u32 oem_revision, creator, creator_revision;
} __packed;

#define MADT_ENTRIES	(sizeof(struct acpi_table) + 8)
#define MADT_LAPIC	0
#define LAPIC_ENABLED	0x1

struct madt_lapic {
	u8 type, length;
	u8 uid, id;
	u32 flags;
} __packed;

#define EBDA_SEGMENT	0x40e		/* BIOS data: segment of the EBDA */
#define EBDA_FIRST	0x80000
#define EBDA_LAST	0xa0000
#define BIOS_START	0xe0000
#define BIOS_END	0x100000
#define TABLE_MAX	0x100000	/* far above any real table */
#define TABLES_MAX	256		/* far above any real machine */

static bool sums_to_zero(const void *p, unsigned long size)
{
	const u8 *byte = p;
	u8 sum = 0;

	while (size--)
		sum += *byte++;
	return sum == 0;
}

static bool rsdp_scan(acpi_memory_t memory, u64 from, u64 to, struct rsdp *out)
{
	const char *at = memory(from, to - from);
	u64 left = at ? to - from : 0;

	for (; left >= sizeof(*out); left -= 16, at += 16)
		if (*at == 'R' && !memcmp(at, "RSD PTR ", 8) &&
		    sums_to_zero(at, RSDP_SIZE_1)) {
			memcpy(out, at, sizeof(*out));
			return true;
		}
	return false;
}

static bool rsdp_find(acpi_memory_t memory, struct rsdp *out)
{
	const u8 *word = memory(EBDA_SEGMENT, 2);
	u32 ebda = word ? (word[0] | (u32)word[1] << 8) << 4 : 0;

	if (ebda >= EBDA_FIRST && ebda < EBDA_LAST &&
	    rsdp_scan(memory, ebda, ebda + 1024, out))
		return true;
	return rsdp_scan(memory, BIOS_START, BIOS_END, out);
}

/*
 * Return: the valid table at this address, which stays accessible until the
 * next call; or NULL.
 */
static const struct acpi_table *acpi_table_at(acpi_memory_t memory, u64 at)
{
	const struct acpi_table *t = memory(at, sizeof(*t));
	u32 length = t ? t->length : 0;

	if (length < sizeof(*t) || length > TABLE_MAX)
		return NULL;
	t = memory(at, length);
	return t && sums_to_zero(t, length) ? t : NULL;
}

/*
 * Return the n-th address in the root table, whose entries have `width` bytes.
 * 0: none.
 */
static u64 root_table_entry(acpi_memory_t memory, u64 root, unsigned width,
			    unsigned n)
{
	const struct acpi_table *t = acpi_table_at(memory, root);
	u64 at = 0;

	/* little endian: works for both widths */
	if (t && sizeof(*t) + (n + 1) * width <= t->length)
		memcpy(&at, (const u8 *)(t + 1) + n * width, width);
	return at;
}

static const struct acpi_table *madt_find(acpi_memory_t memory,
					  const struct rsdp *r)
{
	bool wide = r->revision >= 2 && r->xsdt;
	u64 root = wide ? r->xsdt : r->rsdt, at;
	unsigned width = wide ? 8 : 4;

	for (unsigned n = 0; n < TABLES_MAX; n++) {
		const struct acpi_table *t;

		at = root_table_entry(memory, root, width, n);
		if (!at)
			break;
		t = acpi_table_at(memory, at);
		if (t && !memcmp(t->signature, "APIC", 4))
			return t;
	}
	return NULL;
}

static unsigned read_madt(const struct acpi_table *madt,
			  void (*found)(unsigned id))
{
	const u8 *start = (const u8 *)madt;
	unsigned count = 0;
	u32 at = MADT_ENTRIES;

	while (at + 2 <= madt->length) {
		const struct madt_lapic *e = (const void *)(start + at);

		if (e->length < 2 || e->length > madt->length - at)
			break;
		if (e->type == MADT_LAPIC && e->length >= sizeof(*e) &&
		    (e->flags & LAPIC_ENABLED)) {
			found(e->id);
			count++;
		}
		at += e->length;
	}
	return count;
}

unsigned acpi_cpus(acpi_memory_t memory, void (*found)(unsigned id))
{
	const struct acpi_table *madt;
	struct rsdp r;

	if (!rsdp_find(memory, &r))
		return 0;
	madt = madt_find(memory, &r);
	return madt ? read_madt(madt, found) : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * The list of CPUs in the firmware's tables (row B13): ACPI 6.5, chapter 5.2.
 * RSDP -> XSDT or RSDT -> MADT.  Runs on the boot page table, and believes a
 * table only if its bytes add up to zero.
 */
#include <arch/i386.h>
#include <lib/mem.h>
#include <lt/arch.h>

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 length;		/* from here on: revision 2 */
	u64 xsdt;
	u8 checksum_all, reserved[3];
} __packed;

#define RSDP_SIZE_1	20	/* of revision 0 */

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

#define EBDA_SEGMENT	0x40e		/* BIOS data: segment of its own */
#define BIOS_START	0xe0000
#define BIOS_END	0x100000
#define TABLE_MAX	0x100000	/* no real table comes near */

#define WINDOW		0x400000ul	/* what one boot entry maps */
#define WINDOW_SLOT	(VMAP_BASE / WINDOW)
#define PDE_RW		0x83

/*
 * Physical memory wherever it lies: beyond the direct map through two entries
 * of the boot table, until the next call.
 */
static const void *look_at(paddr_t at, unsigned long size)
{
	if (at < DIRECT_MAX && size <= DIRECT_MAX - at)
		return phys_to_virt(at);
	boot_directory[WINDOW_SLOT] = ALIGN_DOWN(at, WINDOW) | PDE_RW;
	boot_directory[WINDOW_SLOT + 1] = (ALIGN_DOWN(at, WINDOW) + WINDOW) |
		PDE_RW;
	write_cr(3, read_cr(3));
	return (const void *)(VMAP_BASE + at % WINDOW);
}

static bool sums_to_zero(const void *p, unsigned long size)
{
	const u8 *byte = p;
	u8 sum = 0;

	while (size--)
		sum += *byte++;
	return sum == 0;
}

static const struct rsdp *rsdp_in(paddr_t from, paddr_t to)
{
	for (; from < to; from += 16) {
		const struct rsdp *r = phys_to_virt(from);

		if (!memcmp(r->signature, "RSD PTR ", 8) &&
		    sums_to_zero(r, RSDP_SIZE_1))
			return r;
	}
	return NULL;
}

static const struct rsdp *rsdp_find(void)
{
	paddr_t ebda = *(const volatile u16 *)phys_to_virt(EBDA_SEGMENT) << 4;
	const struct rsdp *r = NULL;

	if (ebda >= 0x80000 && ebda < 0xa0000)
		r = rsdp_in(ebda, ebda + 1024);
	return r ? r : rsdp_in(BIOS_START, BIOS_END);
}

/* => the table at this address if it is one, until the next call */
static const struct acpi_table *table_at(u64 at)
{
	const struct acpi_table *t;
	u32 length;

	if (at == 0 || at > 0xffffffff - TABLE_MAX)
		return NULL;
	t = look_at(at, sizeof(*t));
	length = t->length;
	if (length < sizeof(*t) || length > TABLE_MAX)
		return NULL;
	t = look_at(at, length);
	return sums_to_zero(t, length) ? t : NULL;
}

/* The n-th address in the root table; entries are `width` bytes.  0: none */
static u64 root_entry(u64 root, unsigned width, unsigned n)
{
	const struct acpi_table *t = table_at(root);
	u64 at = 0;

	if (t && sizeof(*t) + (n + 1) * width <= t->length)
		memcpy(&at, (const u8 *)(t + 1) + n * width, width);
	return at;
}

static const struct acpi_table *madt_find(const struct rsdp *r)
{
	bool wide = r->revision >= 2 && r->xsdt;
	u64 root = wide ? r->xsdt : r->rsdt, at;

	for (unsigned n = 0; (at = root_entry(root, wide ? 8 : 4, n)); n++) {
		const struct acpi_table *t = table_at(at);

		if (t && !memcmp(t->signature, "APIC", 4))
			return t;
	}
	return NULL;
}

unsigned acpi_cpus(void (*found)(unsigned id))
{
	const struct rsdp *r = rsdp_find();
	const struct acpi_table *madt = r ? madt_find(r) : NULL;
	unsigned count = 0;
	u32 at = MADT_ENTRIES;

	while (madt && at + 2 <= madt->length) {
		const struct madt_lapic *e = (const void *)
			((const u8 *)madt + at);

		if (e->length < 2 || at + e->length > madt->length)
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

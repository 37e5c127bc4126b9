/* SPDX-License-Identifier: MIT */
/*
 * Partition tables: the four primary entries of an MBR, or a GPT.  What a
 * table says is only believed as far as it lies on the disk.
 */
#define LOG_PREFIX "block"
#include <ext/disk/block.h>
#include <lib/mem.h>
#include <lt/log.h>
#include <mm/slab.h>
#include <uapi/errno.h>

#define MBR_TABLE	446
#define MBR_ENTRY	16
#define MBR_PROTECTIVE	0xee		/* a GPT stands behind */
#define GPT_MAX		128

static u32 get32(const u8 *p)
{
	return (u32)p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

static u64 get64(const u8 *p)
{
	return get32(p) | (u64)get32(p + 4) << 32;
}

static unsigned scan_mbr(struct block_device *disk, const u8 *sector)
{
	unsigned found = 0;

	for (unsigned n = 0; n < 4; n++) {
		const u8 *e = sector + MBR_TABLE + n * MBR_ENTRY;

		if (e[0] & 0x7f)
			return found;	/* a boot program, no table */
		if (e[4] && !block_register_part(disk, n + 1, get32(e + 8),
						 get32(e + 12)))
			found++;
	}
	return found;
}

/* UEFI 2.10, section 5.3: the header in sector 1, entries where it says. */
static unsigned scan_gpt(struct block_device *disk, u8 *buf)
{
	u64 table;
	unsigned entries, size, found = 0, have = 0;

	if (block_transfer(disk, BIO_READ, 1, buf, SECTOR_SIZE) ||
	    memcmp(buf, "EFI PART", 8))
		return 0;
	table = get64(buf + 72);
	entries = min((unsigned)get32(buf + 80), (unsigned)GPT_MAX);
	size = get32(buf + 84);
	if (size < 128 || size > SECTOR_SIZE || size & (size - 1))
		return 0;
	for (unsigned n = 0; n < entries; n++) {
		const u8 *e = buf + (n * size) % SECTOR_SIZE;
		u64 first, last;

		if ((n * size) % SECTOR_SIZE == 0)
			have = !block_transfer(disk, BIO_READ, table +
					n * size / SECTOR_SIZE, buf,
					SECTOR_SIZE);
		first = get64(e + 32);
		last = get64(e + 40);
		if (have && get64(e) && last >= first && last + 1 > last &&
		    !block_register_part(disk, n + 1, first,
					 last - first + 1))
			found++;
	}
	return found;
}

unsigned partitions_scan(struct block_device *disk)
{
	u8 *buf = kmalloc(SECTOR_SIZE);
	unsigned found = 0;

	if (!buf)
		return 0;
	if (!block_transfer(disk, BIO_READ, 0, buf, SECTOR_SIZE) &&
	    buf[510] == 0x55 && buf[511] == 0xaa) {
		if (buf[MBR_TABLE + 4] == MBR_PROTECTIVE)
			found = scan_gpt(disk, buf);
		else
			found = scan_mbr(disk, buf);
	}
	kfree(buf);
	if (found)
		log_info("%s: %u partition%s", disk->name, found,
			 found == 1 ? "" : "s");
	return found;
}

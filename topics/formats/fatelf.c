/* SPDX-License-Identifier: MIT */
/*
 * Programs for several machines in one file (row E16, docs/fatelf.md):
 *
 *	0   magic, version, number of records
 *	8   a record for each program: machine, word size, byte order; offset
 *	    and size of the program in the file
 *	4096 n  the first program, which is an ELF file
 *	4096 m  the second program
 *
 * The exec system call loads the first record for this machine from its place
 * in the file; the pages of the other programs are never read.  A program with
 * another word size is loaded only if there is none with the kernel's own;
 * running it then needs a format for such programs (topics/rv32).
 */
#include <arch/elf.h>
#include <fs/vfs.h>
#include <kernel/exec/format.h>
#include <lib/mem.h>
#include <lt/table.h>
#include <uapi/errno.h>

#define FAT_MAGIC	0x1f0e70fau
#define FAT_VERSION	1
#define LITTLE_ENDIAN	1	/* ELFDATA2LSB */

/* All numbers are little-endian, as both machines are. */
struct fat_header {
	u32 magic;
	u16 version;
	u8 records, reserved;
};

struct fat_record {
	u16 machine;		/* e_machine */
	u8 abi, abi_version;	/* as in e_ident; ignored */
	u8 class, order;	/* as in e_ident; checked */
	u8 reserved[2];
	u64 offset, size;
};

_Static_assert(sizeof(struct fat_header) == 8, "as in the file");
_Static_assert(sizeof(struct fat_record) == 24, "as in the file");

static bool fatelf_is_ours(const struct fat_record *r)
{
	return r->machine == ARCH_ELF_MACHINE && r->order == LITTLE_ENDIAN;
}

/*
 * True if the program lies within the file, at an offset in whole pages: pages
 * are mapped as they are in the file.
 */
static bool is_sound(const struct fat_record *r, const struct file *f)
{
	u64 size = (u64)HINT(f->inode->size);

	return r->offset && !(r->offset & ~PAGE_MASK) && r->size &&
		r->offset <= size && r->size <= size - r->offset;
}

/*
 * Find the record for this machine.
 * Return: 0 with *best; -ENOEXEC: no such record, or the file is truncated;
 * -errno of reading.
 */
static int fatelf_find(const struct exec *e, unsigned records,
		       struct fat_record *best)
{
	struct fat_record r;

	*best = (struct fat_record){ .offset = 0 };	/* not sound */
	for (unsigned i = 0; i < records; i++) {
		long n = file_read_at(e->file, &r, sizeof(r),
				      (loff_t)(sizeof(struct fat_header) +
					       i * sizeof(r)));

		if (n != sizeof(r))
			return n < 0 ? (int)n : -ENOEXEC;
		if (!fatelf_is_ours(&r))
			continue;
		if (r.class == ARCH_ELF_CLASS || !best->offset)
			*best = r;
		if (r.class == ARCH_ELF_CLASS)
			break;
	}
	return is_sound(best, e->file) ? 0 : -ENOEXEC;
}

/*
 * True if the program is ELF of that word size: neither a script nor another
 * file for several machines.
 */
static bool fatelf_is_elf(const struct exec *e, const struct fat_record *r)
{
	char id[5];

	return file_read_at(e->file, id, sizeof(id), (loff_t)r->offset) ==
		sizeof(id) && !memcmp(id, "\177ELF", 4) && id[4] == r->class;
}

static int fat_load(struct exec *e)
{
	struct fat_header h;
	struct fat_record r;
	int err;

	if (e->offset || e->head_len < (long)sizeof(h))
		return -ENOEXEC;
	memcpy(&h, e->head, sizeof(h));
	if (h.magic != FAT_MAGIC || h.version != FAT_VERSION)
		return -ENOEXEC;
	err = fatelf_find(e, h.records, &r);
	if (!err && !fatelf_is_elf(e, &r))
		err = -ENOEXEC;
	return err ? err : exec_seek(e, r.offset);
}

static const struct exec_format format __table(exec_format) = { fat_load };

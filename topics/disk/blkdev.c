/* SPDX-License-Identifier: MIT */
/*
 * Block devices as files: /dev/vda reads and writes through the page cache of
 * an inode that belongs to the device, whichever node is opened.  File
 * systems read their metadata through the same pages.
 */
#define LOG_PREFIX "block"

#include <kernel/cred/capable.h>
#include <lt/log.h>
#include <uapi/errno.h>
#include <fs/io/pagefile.h>
#include <fs/nodes.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <lib/mem.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include "blkdev.h"
#include "block.h"

/* <linux/fs.h>: _IO(0x12, n) */
#define BLKROSET	0x125d
#define BLKROGET	0x125e
#define BLKRRPART	0x125f
#define BLKGETSIZE	0x1260
#define BLKFLSBUF	0x1261
#define BLKRAGET	0x1263
#define BLKSSZGET	0x1268
#define BLKIOMIN	0x1278
#define BLKIOOPT	0x1279
#define BLKPBSZGET	0x127b
/* The numbers of BLKBSZGET and BLKGETSIZE64 contain the size of a word. */
#define IOC_WORD(nr, dir) ((unsigned)(dir) << 30 | \
	(unsigned)sizeof(long) << 16 | 0x12u << 8 | (nr))
#define BLKBSZGET	IOC_WORD(112, 2)
#define BLKGETSIZE64	IOC_WORD(114, 2)

static int blkdev_map(struct mapping *m, u64 block, unsigned max, u64 *disk,
		      unsigned *n)
{
	u64 end = m->bdev->sectors;

	*disk = block < end ? block : MAP_HOLE;
	*n = block < end && end - block < max ? (unsigned)(end - block) : max;
	return 0;
}

/*
 * Prepare to write a page.  Nothing is allocated, because every sector of a
 * device has its place.
 */
static int blkdev_prepare(struct mapping *m, unsigned long index,
			  const struct page *p, unsigned from, unsigned to)
{
	return m->bdev->read_only ? -EROFS : 0;
}

static const struct mapping_ops blkdev_mapping_ops = {
	DISK_MAPPING_OPS,
	.prepare = blkdev_prepare,
	.map = blkdev_map,
};

static struct block_device *blkdev_device_of(const struct file *f)
{
	return f->private;
}

/* All nodes of a device share the pages of its one inode. */
static struct mapping *blkdev_mapping(struct file *f)
{
	if (!S_ISBLK(f->inode->mode) || !f->private)
		return &f->inode->mapping;
	return &blkdev_device_of(f)->inode->mapping;
}

static long blkdev_read(struct file *f, struct uio *u, loff_t *pos)
{
	if (unlikely(f->flags & O_DIRECT) && !u->kernel)
		return direct_read(&blkdev_device_of(f)->inode->mapping, u,
				   pos);
	return inode_read(blkdev_device_of(f)->inode, f, u, pos);
}

/*
 * Write up to the end of the device, then return ENOSPC.  A read-only device
 * can be opened for writing, because BLKROSET may change it later.
 */
static long blkdev_write(struct file *f, struct uio *u, loff_t *pos)
{
	struct inode *i = blkdev_device_of(f)->inode;
	loff_t rest = i->size - *pos;
	long n;

	if (blkdev_device_of(f)->read_only)
		return -EPERM;
	if (i->seals & SEAL_SWAPFILE)
		return -ETXTBSY;
	if (!u->left)
		return 0;
	if (rest <= 0)
		return -ENOSPC;
	if (unlikely(f->flags & O_DIRECT) && !u->kernel)
		u->flags |= O_DIRECT;
	mutex_lock(&i->lock);
	n = inode_write(i, u, pos, rest < (loff_t)u->left ?
			(unsigned long)rest : u->left);
	mutex_unlock(&i->lock);
	return n;
}

static loff_t blkdev_seek(struct file *f, loff_t off, int whence)
{
	loff_t size = blkdev_device_of(f)->inode->size;

	return whence == SEEK_END ? seek_by(f, size, off, size) :
		seek_plain(f, off, whence, size);
}

/* Write the pages, then flush the device's own cache. */
int blkdev_sync(struct block_device *d)
{
	int err = pageio_write(&d->inode->mapping, 0, ~0ul, true);
	int flushed = block_flush(d);

	return err ? err : flushed;
}

static int blkdev_fsync(struct file *f)
{
	return blkdev_sync(blkdev_device_of(f));
}

void blkdev_invalidate(struct block_device *d)
{
	mapping_truncate(&d->inode->mapping, 0);
}

/*
 * Set or clear read_only.  A device that the host has made read-only stays so.
 */
static long set_read_only(struct block_device *d, uaddr_t arg)
{
	int on;

	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (get_user(&on, arg))
		return -EFAULT;
	if (on)
		d->read_only = true;
	else if (!(d->disk ? d->disk : d)->protected)
		d->read_only = false;
	else
		return -EACCES;
	return 0;
}

static long blkdev_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct block_device *d = blkdev_device_of(f);

	switch (cmd) {
	case BLKGETSIZE64:
		return put_user(d->sectors << SECTOR_SHIFT, arg);
	case BLKGETSIZE:
		if (d->sectors > ~0ul)
			return -EFBIG;
		return put_user((unsigned long)d->sectors, arg);
	case BLKSSZGET:
	case BLKIOMIN:
		return put_user((int)SECTOR_SIZE, arg);
	case BLKPBSZGET:
		return put_user((unsigned)SECTOR_SIZE, arg);
	case BLKIOOPT:
		return put_user(0u, arg);
	case BLKBSZGET:
		return put_user((int)PAGE_SIZE, arg);
	case BLKRAGET:
		return put_user(256ul, arg);
	case BLKROGET:
		return put_user((int)d->read_only, arg);
	case BLKROSET:
		return set_read_only(d, arg);
	case BLKFLSBUF:
		if (!capable(CAP_SYS_ADMIN))
			return -EACCES;
		if (block_super(d))
			return blkdev_sync(d);
		blkdev_sync(d);
		blkdev_invalidate(d);
		return 0;
	}
	return -ENOTTY;
}

/* Stores go to the page cache and reach the device like those of write(2). */
static int blkdev_mmap(struct file *f, struct vma *v)
{
	v->mapping = blkdev_mapping(f);
	v->ops = &diskfile_area_ops;
	return 0;
}

/*
 * Open a device.  O_EXCL claims the device, so that it cannot be mounted, used
 * for swap, or opened with O_EXCL meanwhile.
 */
static int blkdev_open(struct inode *i, struct file *f)
{
	static struct super alone;
	struct block_device *d = blkdev_device_of(f);
	int err = f->flags & O_EXCL ? block_claim(d, &alone) : 0;

	if (f->flags & O_EXCL && !err)
		WRITE_ONCE(d->alone, f);
	return err;
}

static void blkdev_release(struct file *f)
{
	struct block_device *d = blkdev_device_of(f);

	if (READ_ONCE(d->alone) != f)
		return;
	WRITE_ONCE(d->alone, NULL);
	block_release(d);
}

static const struct file_ops blkdev_fops = {
	.open = blkdev_open,
	.release = blkdev_release,
	.mapping = blkdev_mapping,
	.mmap = blkdev_mmap,
	.read = blkdev_read,
	.write = blkdev_write,
	.seek = blkdev_seek,
	.sync = blkdev_fsync,
	.ioctl = blkdev_ioctl,
};

int blkdev_create(struct block_device *d)
{
	struct inode *i = inode_alloc(NULL, S_IFBLK | 0600);
	int err;

	if (!i)
		return -ENOMEM;
	i->rdev = d->rdev;
	i->size = (loff_t)(d->sectors << SECTOR_SHIFT);
	i->private = d;
	i->mapping.ops = &blkdev_mapping_ops;
	i->mapping.bdev = d;
	i->mapping.block_bits = SECTOR_SHIFT;
	d->inode = i;
	err = dev_register(d->name, S_IFBLK | 0660, d->rdev, &blkdev_fops, d);
	if (err)
		inode_put(i);
	return err;
}

struct block_device *blkdev_lookup(const char *path, int *err)
{
	struct block_device *d = NULL;
	struct path p;

	*err = path_lookup(AT_FDCWD, path, LOOKUP_FOLLOW, &p);
	if (*err)
		return NULL;
	*err = -ENOTBLK;
	if (S_ISBLK(p.dentry->inode->mode)) {
		d = block_find(p.dentry->inode->rdev);
		*err = d ? 0 : -ENXIO;
	}
	path_put(&p);
	return d;
}

/* ---- partitions ---------------------------------------------------------- */

/*
 * Partition tables: the four primary entries of an MBR, or a GPT.  Entries that
 * do not lie on the disk are ignored.
 */


#define MBR_TABLE	446
#define MBR_ENTRY	16
#define MBR_PROTECTIVE	0xee		/* a GPT follows */
#define GPT_MAX		128

static u32 blkdev_get32(const u8 *p)
{
	return (u32)p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

static u64 get64(const u8 *p)
{
	return blkdev_get32(p) | (u64)blkdev_get32(p + 4) << 32;
}

static unsigned scan_mbr(struct block_device *disk, const u8 *sector)
{
	unsigned found = 0;

	for (unsigned n = 0; n < 4; n++) {
		const u8 *e = sector + MBR_TABLE + n * MBR_ENTRY;

		if (e[0] & 0x7f)
			return found;	/* boot code, not a table */
		if (e[4] &&
		    !block_register_part(disk, n + 1, blkdev_get32(e + 8),
					 blkdev_get32(e + 12)))
			found++;
	}
	return found;
}

/*
 * Register the partitions of a GPT (UEFI 2.10, section 5.3): the header is in
 * sector 1 and says where the entries are.
 */
static unsigned scan_gpt(struct block_device *disk, u8 *buf)
{
	u64 table;
	unsigned entries, size, found = 0, have = 0;

	if (block_transfer(disk, BIO_READ, 1, buf, SECTOR_SIZE) ||
	    memcmp(buf, "EFI PART", 8))
		return 0;
	table = get64(buf + 72);
	entries = min((unsigned)blkdev_get32(buf + 80), (unsigned)GPT_MAX);
	size = blkdev_get32(buf + 84);
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

/* SPDX-License-Identifier: MIT */
/*
 * Disks and partitions in sysfs: /sys/devices/virtual/block/NAME, with links to
 * it in /sys/block (disks), /sys/class/block and /sys/dev/block.
 */
#define LOG_PREFIX "sysfs"
#include "block.h"
#include <lt/init.h>
#include <topics/system/sysfs.h>
#include <topics/proc/proc.h>
#include <lib/printf.h>
#include <lt/log.h>
#include <lt/seq.h>
#include <lt/table.h>
#include <mm/vm.h>

#define PATH	96		/* most bytes of a path made here */

static const struct block_device *disk_of_node(const struct seq *s)
{
	return s->arg;
}

static void disk_system_show_dev(struct seq *s)
{
	seq_print(s, "%u:%u\n", DEV_MAJOR(disk_of_node(s)->rdev),
		  DEV_MINOR(disk_of_node(s)->rdev));
}

/* The unit is always 512 bytes, whatever the device's sector size is. */
static void disk_system_show_size(struct seq *s)
{
	seq_print(s, "%llu\n", (unsigned long long)disk_of_node(s)->sectors);
}

static void show_start(struct seq *s)
{
	seq_print(s, "%llu\n", (unsigned long long)disk_of_node(s)->start);
}

static void show_read_only(struct seq *s)
{
	seq_print(s, "%u\n", HINT(disk_of_node(s)->read_only));
}

static void disk_system_show_number(struct seq *s)
{
	seq_print(s, "%u\n", disk_of_node(s)->rdev % BLOCK_MINORS);
}

static void disk_system_show_serial(struct seq *s)
{
	seq_print(s, "%s\n", disk_of_node(s)->serial);
}

static void disk_system_show_uevent(struct seq *s)
{
	const struct block_device *d = disk_of_node(s);

	seq_print(s, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\nDEVTYPE=%s\n",
		  DEV_MAJOR(d->rdev), DEV_MINOR(d->rdev), d->name,
		  d->disk ? "partition" : "disk");
}

static void disk_system_show_stat(struct seq *s)
{
	diskstat_show(s, s->arg);
}

static void show_sector(struct seq *s)
{
	seq_print(s, "%u\n", SECTOR_SIZE);
}

static void show_max_request(struct seq *s)
{
	seq_print(s, "%lu\n", disk_of_node(s)->max_segs * PAGE_SIZE / 1024);
}

static void show_max_segs(struct seq *s)
{
	seq_print(s, "%u\n", disk_of_node(s)->max_segs);
}

static void show_zero(struct seq *s)
{
	seq_print(s, "0\n");
}

static void disk_system_show_one(struct seq *s)
{
	seq_print(s, "1\n");
}

static void show_scheduler(struct seq *s)
{
	seq_print(s, "[none]\n");	/* requests are not reordered */
}

static void show_cache(struct seq *s)
{
	seq_print(s, "write back\n");	/* so flushes are needed */
}

static void show_zoned(struct seq *s)
{
	seq_print(s, "none\n");
}

struct disk_file {
	const char *name;
	void (*show)(struct seq *s);
};

static const struct disk_file of_both[] = {
	{ "alignment_offset", show_zero }, { "dev", disk_system_show_dev },
	{ "discard_alignment", show_zero }, { "ro", show_read_only },
	{ "size", disk_system_show_size }, { "stat", disk_system_show_stat },
	{ "uevent", disk_system_show_uevent },
};

static const struct disk_file of_disk[] = {
	{ "ext_range", disk_system_show_one }, { "hidden", show_zero },
	{ "queue/discard_granularity", show_zero },
	{ "queue/discard_max_bytes", show_zero },
	{ "queue/hw_sector_size", show_sector },
	{ "queue/logical_block_size", show_sector },
	{ "queue/max_sectors_kb", show_max_request },
	{ "queue/max_segments", show_max_segs },
	{ "queue/minimum_io_size", show_sector },
	{ "queue/optimal_io_size", show_zero },
	{ "queue/physical_block_size", show_sector },
	{ "queue/rotational", disk_system_show_one },
	{ "queue/scheduler", show_scheduler },
	{ "queue/write_cache", show_cache }, { "queue/zoned", show_zoned },
	{ "removable", show_zero }, { "serial", disk_system_show_serial },
};

static const struct disk_file of_part[] = {
	{ "partition", disk_system_show_number }, { "start", show_start },
};

static int disk_system_add_files(const char *where, const struct disk_file *f,
				 unsigned n, struct block_device *d)
{
	char path[PATH];
	int err = 0;

	for (; !err && n--; f++) {
		fmt_print(path, sizeof(path), "%s/%s", where, f->name);
		err = sysfs_file(path, f->show, d);
	}
	return err;
}

/*
 * Add the files of d, and names that programs expect: lsblk(8) expects slaves
 * and holders, udev's library expects subsystem.
 */
static int add_all(const char *where, struct block_device *d)
{
	char path[PATH];
	int err = disk_system_add_files(where, of_both, ARRAY_SIZE(of_both), d);

	if (!err)
		err = d->disk ? disk_system_add_files(where, of_part,
						      ARRAY_SIZE(of_part), d) :
				disk_system_add_files(where, of_disk,
						      ARRAY_SIZE(of_disk), d);
	fmt_print(path, sizeof(path), "%s/holders", where);
	if (!err)
		err = sysfs_folder(path);
	fmt_print(path, sizeof(path), "%s/slaves", where);
	if (!err && !d->disk)
		err = sysfs_folder(path);
	fmt_print(path, sizeof(path), "%s/subsystem", where);
	if (!err)
		err = sysfs_link(path, d->disk ?
				 "../../../../../class/block" :
				 "../../../../class/block");
	return err;
}

/* Add links by number, by class, and for whole disks by name. */
static int add_links(const char *where, struct block_device *d)
{
	char path[PATH], target[PATH];
	int err;

	fmt_print(target, sizeof(target), "../../%s", where);
	fmt_print(path, sizeof(path), "dev/block/%u:%u", DEV_MAJOR(d->rdev),
		  DEV_MINOR(d->rdev));
	err = sysfs_link(path, target);
	fmt_print(path, sizeof(path), "class/block/%s", d->name);
	if (!err)
		err = sysfs_link(path, target);
	fmt_print(path, sizeof(path), "block/%s", d->name);
	if (!err && !d->disk)	/* one directory level less */
		err = sysfs_link(path, target + strlen("../"));
	return err;
}

static void sysfs_disk(struct block_device *d)
{
	char where[PATH];
	int err;

	if (d->disk)
		fmt_print(where, sizeof(where), "devices/virtual/block/%s/%s",
			  d->disk->name, d->name);
	else
		fmt_print(where, sizeof(where), "devices/virtual/block/%s",
			  d->name);
	err = add_all(where, d);
	if (!err)
		err = add_links(where, d);
	if (err)
		log_warn("%s is not shown: error %d", d->name, -err);
}

static void sysfs_disk_init(void)
{
	disk_added = sysfs_disk;
}
INIT(fs, sysfs_disk_init);

/* SPDX-License-Identifier: MIT */
/* The events of disks: start and end of requests (row C11; see events.c). */
#include <topics/disk/block.h>
#include "tracefs.h"
#include <fs/vfs.h>
#include <kernel/current.h>
#include <lib/mem.h>
#include <lt/init.h>

struct block_rq {
	struct trace_common common;
	unsigned dev;
	u64 sector;
	unsigned nr_sector;
	union { unsigned bytes; int error; };
	char rwbs[8];
	char comm[16];
	u32 cmd;
};

#define FIELDS(last)							\
	TRACE_NUMBER(block_rq, dev_t, dev, false),			\
	TRACE_NUMBER(block_rq, sector_t, sector, false),		\
	TRACE_NUMBER(block_rq, unsigned int, nr_sector, false),		\
	last,								\
	TRACE_TEXT(block_rq, rwbs, 8),					\
	TRACE_TEXT(block_rq, comm, 16),					\
	TRACE_LOC(block_rq, cmd)

static const struct trace_field issue_fields[] = {
	FIELDS(TRACE_NUMBER(block_rq, unsigned int, bytes, false)),
};

static const struct trace_field complete_fields[] = {
	FIELDS(TRACE_NUMBER(block_rq, int, error, true)),
};

static unsigned tracefs_disk_fill(void *record, const unsigned long *a)
{
	static const char letters[] = { 'R', 'W', 'F' };
	const struct bio *b = (const struct bio *)a[0];
	struct block_rq *r = record;
	unsigned bytes = 0;

	for (unsigned i = 0; i < b->nr_segs; i++)
		bytes += b->seg[i].len;
	r->dev = DEV_MAJOR(b->dev->rdev) << 20 | DEV_MINOR(b->dev->rdev);
	r->sector = b->sector;
	r->nr_sector = bytes >> SECTOR_SHIFT;
	memset(r->rwbs, 0, sizeof(r->rwbs));
	r->rwbs[0] = letters[b->op];
	memcpy(r->comm, current->comm, sizeof(r->comm));
	r->bytes = bytes;
	return trace_text(r, sizeof(*r), "", &r->cmd);
}

static unsigned fill_end(void *record, const unsigned long *a)
{
	struct block_rq *r = record;
	unsigned n = tracefs_disk_fill(record, a);

	r->error = (int)a[1];
	return n;
}

static void tracefs_disk_show(struct seq *s, const void *record)
{
	const struct block_rq *r = record;

	seq_print(s, "%u,%u %s %u () %llu + %u [%s]", r->dev >> 20,
		  r->dev & 0xfffff, r->rwbs, r->bytes,
		  (unsigned long long)r->sector, r->nr_sector, r->comm);
}

static void show_end(struct seq *s, const void *record)
{
	const struct block_rq *r = record;

	seq_print(s, "%u,%u %s () %llu + %u [%d]", r->dev >> 20,
		  r->dev & 0xfffff, r->rwbs, (unsigned long long)r->sector,
		  r->nr_sector, r->error);
}

static struct trace_event events[] = {
	{ .system = "block", .name = "block_rq_issue",
	  .what = EVENT_BLOCK_ISSUE, .size = sizeof(struct block_rq),
	  .fields = issue_fields, .nr_fields = ARRAY_SIZE(issue_fields),
	  .format = "\"%d,%d %s %u (%s) %llu + %u [%s]\", ((unsigned int) "
		"((REC->dev) >> 20)), ((unsigned int) ((REC->dev) & ((1U << "
		"20) - 1))), REC->rwbs, REC->bytes, __get_str(cmd), (unsigned "
		"long long)REC->sector, REC->nr_sector, REC->comm",
	  .fill = tracefs_disk_fill, .show = tracefs_disk_show },
	{ .system = "block", .name = "block_rq_complete",
	  .what = EVENT_BLOCK_COMPLETE, .size = sizeof(struct block_rq),
	  .fields = complete_fields, .nr_fields = ARRAY_SIZE(complete_fields),
	  .format = "\"%d,%d %s (%s) %llu + %u [%d]\", ((unsigned int) "
		"((REC->dev) >> 20)), ((unsigned int) ((REC->dev) & ((1U << "
		"20) - 1))), REC->rwbs, __get_str(cmd), (unsigned long "
		"long)REC->sector, REC->nr_sector, REC->error",
	  .fill = fill_end, .show = show_end },
};

static void tracefs_disk_events_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(events); i++)
		trace_enter(&events[i]);
}
INIT(fs, tracefs_disk_events_init);

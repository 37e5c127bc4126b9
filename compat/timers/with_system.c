/* SPDX-License-Identifier: MIT */
/* The clock chip in /sys/class/rtc. */
#define LOG_PREFIX "rtc"
#include "rtc.h"
#include <topics/system/sysfs.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/seq.h>

#define FOLDER	"devices/virtual/rtc/rtc0/"

static void show_seconds(struct seq *s)
{
	seq_print(s, "%llu\n", (unsigned long long)rtc_seconds());
}

static void show_date(struct seq *s)
{
	struct date d = date_of(rtc_seconds());

	rtc_print_date(s, &d);
}

static void rtc_system_show_time(struct seq *s)
{
	struct date d = date_of(rtc_seconds());

	rtc_print_time(s, &d);
}

static int show_all(void)
{
	static const struct { const char *path; void (*show)(struct seq *);
	} files[] = {
		{ FOLDER "date", show_date },
		{ FOLDER "time", rtc_system_show_time },
		{ FOLDER "since_epoch", show_seconds },
	};
	int err = sysfs_text(FOLDER "name", "machine\n");

	if (!err)		/* set_clock() of kernel/boot has set the clock
				   from the chip */
		err = sysfs_text(FOLDER "hctosys", "1\n");
	for (unsigned k = 0; !err && k < ARRAY_SIZE(files); k++)
		err = sysfs_file(files[k].path, files[k].show, NULL);
	return err;
}

static void rtc_show(void)
{
	int err = rtc_seconds() ? show_all() : 0;

	if (err)
		log_warn("rtc0 is not shown: error %d", -err);
}
INIT(ready, rtc_show);

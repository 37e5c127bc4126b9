/* SPDX-License-Identifier: MIT */
/* The clock chip in /proc/driver/rtc. */
#define LOG_PREFIX "rtc"
#include <topics/proc/proc.h>
#include "rtc.h"
#include <lt/init.h>
#include <lt/log.h>
#include <lt/seq.h>

static void show_driver(struct seq *s)
{
	struct date d = date_of(rtc_seconds());

	seq_print(s, "rtc_time\t: ");
	rtc_print_time(s, &d);
	seq_print(s, "rtc_date\t: ");
	rtc_print_date(s, &d);
	seq_print(s, "24hr\t\t: yes\n");
}

static void rtc_register(void)
{
	int err = rtc_seconds() ?
		proc_register("driver/rtc", show_driver, NULL) : 0;

	if (err)
		log_warn("/proc/driver/rtc is not there: error %d", -err);
}
INIT(ready, rtc_register);

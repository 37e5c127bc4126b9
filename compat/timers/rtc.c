/* SPDX-License-Identifier: MIT */
/*
 * The machine's clock chip as /dev/rtc0, for one opener at a time, in sysfs and
 * in /proc/driver/rtc (row B10).  The time of day, in UTC, can be read and set.
 * The chip's interrupts (alarm, periodic) are not supported.
 */
#define LOG_PREFIX "rtc"
#include <dev/chip/clock.h>
#include "rtc.h"
#include <fs/vfs.h>
#include <kernel/cred/cred.h>
#include <kernel/lock/lock.h>
#include "date.h"
#include <lt/arch.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/seq.h>
#include <mm/uaccess.h>

#define RTC_RD_TIME	0x80247009
#define RTC_SET_TIME	0x4024700a
#define RTC_MAJOR	253

/* User interface: Linux's `struct rtc_time`. */
struct rtc_time {
	s32 sec, min, hour, mday;
	s32 mon, year;			/* months from 0; years since 1900 */
	s32 wday, yday, isdst;
};

static struct {
	struct mutex lock;		/* guards access to several registers */
	int open;			/* atomic: 1: open */
} rtc;

u64 rtc_seconds(void)
{
	u64 sec;

	mutex_lock(&rtc.lock);
	sec = clock_chip_seconds();
	mutex_unlock(&rtc.lock);
	return sec;
}

static int read_time(uaddr_t to)
{
	struct date d = date_of(rtc_seconds());
	struct rtc_time t = {
		.sec = (s32)d.second, .min = (s32)d.minute,
		.hour = (s32)d.hour, .mday = (s32)d.day,
		.mon = (s32)d.month - 1, .year = (s32)d.year - 1900,
		.wday = (s32)d.weekday, .yday = (s32)d.yearday,
	};

	return copy_to_user(to, &t, sizeof(t));
}

static int rtc_set_time(uaddr_t from)
{
	struct rtc_time t;
	struct date d;
	int err;

	if (!capable(CAP_SYS_TIME))
		return -EACCES;
	err = copy_from_user(&t, from, sizeof(t));
	if (err)
		return err;
	d = (struct date){ .year = (unsigned)t.year + 1900, .month = (unsigned)t.mon + 1,
			   .day = (unsigned)t.mday, .hour = (unsigned)t.hour,
			   .minute = (unsigned)t.min, .second = (unsigned)t.sec };
	if (t.year < 70 || !date_valid(&d))
		return -EINVAL;
	mutex_lock(&rtc.lock);
	err = clock_chip_set(date_seconds(&d));
	mutex_unlock(&rtc.lock);
	return err;
}

static long rtc_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case RTC_RD_TIME:
		return read_time(arg);
	case RTC_SET_TIME:
		return rtc_set_time(arg);
	}
	return -ENOTTY;
}

static int rtc_open(struct inode *i, struct file *f)
{
	return __atomic_exchange_n(&rtc.open, 1, __ATOMIC_ACQUIRE) ? -EBUSY :
		0;
}

static void rtc_release(struct file *f)
{
	__atomic_store_n(&rtc.open, 0, __ATOMIC_RELEASE);
}

static const struct file_ops rtc_fops = {
	.open = rtc_open, .release = rtc_release, .ioctl = rtc_ioctl,
};

/* ---- as text ------------------------------------------------------------- */

void rtc_print_date(struct seq *s, const struct date *d)
{
	seq_print(s, "%04u-%02u-%02u\n", d->year, d->month, d->day);
}

void rtc_print_time(struct seq *s, const struct date *d)
{
	seq_print(s, "%02u:%02u:%02u\n", d->hour, d->minute, d->second);
}

static void rtc_start(void)
{
	int err;

	mutex_init(&rtc.lock, "clock chip");
	if (!rtc_seconds())
		return;
	err = dev_register("rtc0", S_IFCHR | 0600, DEV_MAKE(RTC_MAJOR, 0),
			   &rtc_fops, &rtc);
	if (err)
		log_warn("rtc0 is not there: error %d", -err);
}
INIT(task, rtc_start);

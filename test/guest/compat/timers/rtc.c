/* SPDX-License-Identifier: MIT */
/* The clock chip (row B10): /dev/rtc0, its folder in sysfs. */
#include <termios.h>
#include <time.h>
#include "texts.h"

#define RTC_RD_TIME	0x80247009
#define RTC_SET_TIME	0x4024700a
#define NO_SUCH		0x7079
#define DAY		86400

struct rtc_time {
	int sec, min, hour, mday, mon, year, wday, yday, isdst;
};

/* The 31st of December 2031, 23:59:57. */
static const struct rtc_time late = { 57, 59, 23, 31, 11, 131, 0, 0, 0 };

static long read_rtc_number(const char *path)
{
	char buf[64];

	text_read(path, buf, sizeof(buf));
	return strtol(buf, NULL, 10);
}

/* Seconds from 1970 to @t of the years 1970 to 2099. */
static long since_1970(const struct rtc_time *t)
{
	static const short before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243,
					273, 304, 334 };
	int leap_days = (t->year - 69) / 4 + (t->year % 4 == 0 && t->mon > 1);
	long days = 365L * (t->year - 70) + leap_days + before[t->mon] +
		    t->mday - 1;

	return days * DAY + t->hour * 3600 + t->min * 60 + t->sec;
}

static void tells_the_time(int fd)
{
	struct rtc_time t;
	long shown, read;

	memset(&t, -1, sizeof(t));
	check_ok(ioctl(fd, RTC_RD_TIME, &t), "RTC_RD_TIME");
	check(t.sec >= 0 && t.sec < 60 && t.min >= 0 && t.min < 60 &&
	      t.hour >= 0 && t.hour < 24 && t.mday >= 1 && t.mday <= 31 &&
	      t.mon >= 0 && t.mon < 12 && t.year >= 100, "a date: %d-%d-%d",
	      t.year, t.mon, t.mday);
	/* Not the system's time: who ran before may have set that. */
	shown = read_rtc_number("/sys/class/rtc/rtc0/since_epoch");
	read = since_1970(&t);
	check(shown >= read && shown < read + DAY,
	      "sysfs: %ld, and the chip says %ld", shown, read);
	check(read_rtc_number("/sys/class/rtc/rtc0/date") == t.year + 1900 ||
	      read_rtc_number("/sys/class/rtc/rtc0/date") == t.year + 1901,
	      "sysfs: the year");
}

/* A new year's eve of the chip's; then the time it had. */
static void is_set(int fd)
{
	struct rtc_time before, t;
	int hours = -1;

	check_ok(ioctl(fd, RTC_RD_TIME, &before), "the time before");
	check_ok(ioctl(fd, RTC_SET_TIME, &late), "RTC_SET_TIME");
	check_ok(ioctl(fd, RTC_RD_TIME, &t), "the time after");
	if (t.year == 131 && t.mon == 11 && t.mday == 31)
		hours = t.hour - 23;
	else if (t.year == 132 && !t.mon && t.mday == 1)
		hours = t.hour + 1;
	check(hours == 0 || hours == 1, "it goes on from there: %d-%d-%d %d:%d",
	      t.year, t.mon, t.mday, t.hour, t.min);
	check_ok(ioctl(fd, RTC_SET_TIME, &before), "and it is set back");
	check_ok(ioctl(fd, RTC_RD_TIME, &t), "which");
	check(t.year == before.year || t.mon == 0, "it shows");
}

static void no_such_time(int fd)
{
	struct rtc_time t = late;

	t.mon = 12;
	check_err(EINVAL, ioctl(fd, RTC_SET_TIME, &t), "no 13th month");
	t = late;
	t.mon = 1, t.mday = 30;
	check_err(EINVAL, ioctl(fd, RTC_SET_TIME, &t),
		  "no 30th of February");
	t = late;
	t.hour = 24;
	check_err(EINVAL, ioctl(fd, RTC_SET_TIME, &t), "no 24th hour");
	t = late;
	t.sec = -1;
	check_err(EINVAL, ioctl(fd, RTC_SET_TIME, &t), "no second before 0");
	t = late;
	t.year = 60;
	check_err(EINVAL, ioctl(fd, RTC_SET_TIME, &t), "not before 1970");
	check_err(EFAULT, ioctl(fd, RTC_SET_TIME, BAD), "from nowhere");
	check_err(EFAULT, ioctl(fd, RTC_RD_TIME, BAD), "to nowhere");
	check_err(ENOTTY, ioctl(fd, NO_SUCH, &t), "no such request");
}

static void read_rtc_as_nobody(void *arg)
{
	struct rtc_time t;
	int fd = *(int *)arg;

	if (setuid(65534) || ioctl(fd, RTC_RD_TIME, &t) ||
	    ioctl(fd, RTC_SET_TIME, &late) != -1 || errno != EACCES ||
	    open("/dev/rtc0", O_RDONLY) != -1 || errno != EACCES)
		_exit(1);
}

static void whose_it_is(int fd)
{
	check_err(EBUSY, open("/dev/rtc0", O_RDONLY), "one opener at a time");
	check_eq(in_child(read_rtc_as_nobody, &fd), 0,
		 "who may read it may not set it");
	check_err(EBUSY, open("/dev/rtc0", O_RDONLY),
		  "those that were refused did not give it back");
	close(fd);
	fd = open("/dev/rtc0", O_RDWR);
	check(fd >= 0, "closed, it can be opened again");
	close(fd);
}

int main(void)
{
	int fd = open("/dev/rtc0", O_RDONLY);

	if (fd < 0)
		return tap_skip_all("no clock chip, or not the superuser");
	tells_the_time(fd);
	is_set(fd);
	no_such_time(fd);
	whose_it_is(fd);
	return tap_done();
}

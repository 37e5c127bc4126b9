/* SPDX-License-Identifier: MIT */
/* The machine's clock chip (row B10): /dev/rtc0, and its text in /proc. */
#ifndef COMPAT_TIMERS_RTC_H
#define COMPAT_TIMERS_RTC_H

#include "date.h"
#include <lt/types.h>

struct seq;

/* Return: seconds since 1970; 0: no such chip.  Context: may sleep. */
u64 rtc_seconds(void);
void rtc_print_date(struct seq *s, const struct date *d);
void rtc_print_time(struct seq *s, const struct date *d);

#endif

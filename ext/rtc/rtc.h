/* SPDX-License-Identifier: MIT */
/* The machine's clock chip (row B10): /dev/rtc0. */
#ifndef EXT_RTC_RTC_H
#define EXT_RTC_RTC_H

/* Make its node, if the machine has one.  => boot, task context */
void rtc_start(void);

#endif

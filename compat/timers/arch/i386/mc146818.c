/* SPDX-License-Identifier: MIT */
/*
 * The clock chip of a PC, Motorola's MC146818.  Six registers hold date and
 * time, in one of four formats (BCD or binary, 12 or 24 hours), which firmware
 * has chosen.
 */
#include <dev/chip/clock.h>
#include <compat/timers/date.h>
#include <lt/arch.h>
#include <lt/compiler.h>
#include <uapi/errno.h>

/* Bits of register 10, and of 11. */
#define CMOS_UPDATING	0x80
#define CMOS_24_HOURS	2
#define CMOS_BINARY	4
#define CMOS_HALT	0x80		/* stops updates */

static u8 cmos(u8 reg)
{
	out8(0x70, reg);
	return in8(0x71);
}

static void cmos_set(u8 reg, u8 v)
{
	out8(0x70, reg);
	out8(0x71, v);
}

static unsigned from_bcd(u8 v)
{
	return (v >> 4) * 10 + (v & 15);
}

static u8 to_bcd(unsigned v)
{
	return (u8)(v / 10 << 4 | v % 10);
}

/* Registers of seconds, minutes, hours, day, month, year - 2000. */
static const u8 rtc_regs[] = { 0, 2, 4, 7, 8, 9 };

static void rtc_read(u8 raw[ARRAY_SIZE(rtc_regs)])
{
	for (unsigned i = 0; i < 1000000 && (cmos(10) & CMOS_UPDATING); i++)
		;
	for (unsigned i = 0; i < ARRAY_SIZE(rtc_regs); i++)
		raw[i] = cmos(rtc_regs[i]);
}

/* Read until two readings are equal, so that no update came in between. */
static void rtc_read_twice(u8 raw[ARRAY_SIZE(rtc_regs)])
{
	u8 again[ARRAY_SIZE(rtc_regs)];

	for (unsigned tries = 0; tries < 10; tries++) {
		rtc_read(raw);
		rtc_read(again);
		if (!__builtin_memcmp(raw, again, sizeof(again)))
			return;
	}
}

u64 clock_chip_seconds(void)
{
	u8 mode = cmos(11), raw[ARRAY_SIZE(rtc_regs)];
	unsigned v[ARRAY_SIZE(rtc_regs)];
	struct date d;

	if (mode == 0xff)
		return 0;
	rtc_read_twice(raw);
	for (unsigned i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = mode & CMOS_BINARY ? raw[i] & (i == 2 ? 0x7f : 0xff) :
			from_bcd(raw[i] & 0x7f);
	if (!(mode & CMOS_24_HOURS))
		v[2] = v[2] % 12 + (raw[2] & 0x80 ? 12 : 0);
	d = (struct date){ .year = 2000 + v[5], .month = v[4], .day = v[3],
			   .hour = v[2], .minute = v[1], .second = v[0] };
	return date_valid(&d) ? date_seconds(&d) : 0;
}

int clock_chip_set(u64 seconds)
{
	struct date d = date_of(seconds);
	u8 mode = cmos(11);
	unsigned v[ARRAY_SIZE(rtc_regs)] = {
		d.second, d.minute, d.hour, d.day, d.month, d.year - 2000,
	};

	if (d.year < 2000 || d.year > 2099)
		return -EINVAL;
	if (!(mode & CMOS_24_HOURS))
		v[2] = (d.hour + 11) % 12 + 1;
	cmos_set(11, mode | CMOS_HALT);
	for (unsigned i = 0; i < ARRAY_SIZE(rtc_regs); i++) {
		u8 raw = mode & CMOS_BINARY ? (u8)v[i] : to_bcd(v[i]);

		if (i == 2 && !(mode & CMOS_24_HOURS) && d.hour >= 12)
			raw |= 0x80;
		cmos_set(rtc_regs[i], raw);
	}
	cmos_set(11, mode);
	return 0;
}

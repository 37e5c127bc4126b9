/* SPDX-License-Identifier: MIT */
/*
 * Clock and timer (row B10).  The clock is the time-stamp counter times a
 * fixed-point number, in the same way as programs read it by the vDSO; the
 * timer is the local APIC's, one-shot.  Both rates are measured at boot: QEMU's
 * APIC counts at 1 GHz of virtual time, and the counter is measured against it;
 * on another machine both are measured against the 8254.  If that fails, the
 * counter's rate is the one that the CPU names.
 */
#define LOG_PREFIX "time"
#include <arch/i386.h>
#include <lib/rate.h>
#include <lt/arch.h>
#include <lt/log.h>

#define LAPIC_LVT_TIMER	0x320
#define LAPIC_INITIAL	0x380
#define LAPIC_CURRENT	0x390
#define LAPIC_DIVIDE	0x3e0
#define LVT_MASKED	0x10000
#define DIVIDE_BY_1	0xb

#define PIT_HZ		1193182
#define PIT_TICKS	24000		/* 20 ms: between two reads, at least */
#define PIT_TRIES	10
#define PIT_POLLS	10000000	/* before it counts as dead */
#define GHZ		1000000000u
#define SAMPLE_GAP	1000		/* APIC ticks: a closer pair of reads is
					   precise enough */
#define WINDOW		1000000		/* APIC ticks, 1 ms in QEMU */

static u32 tsc_khz;
/* APIC ticks = ns * timer_mult >> 24; const after time_calibrate. */
static u32 timer_mult = 1 << 24;
static volatile u32 *lapic;		/* const after time_init */

struct sample {
	u64 tsc;
	u32 apic;
};

/*
 * Read the time-stamp counter and the APIC's counter at one moment.  Of several
 * pairs, choose the closest, in case the host delayed this CPU between the two
 * reads.
 */
static struct sample take_sample(volatile u32 *apic)
{
	struct sample best = { 0, 0 };
	u32 best_gap = ~0u;

	for (int i = 0; i < 100 && best_gap > SAMPLE_GAP; i++) {
		u32 before = apic[LAPIC_CURRENT / 4];
		u64 tsc = read_tsc();
		u32 gap = before - apic[LAPIC_CURRENT / 4];

		if (gap < best_gap) {
			best_gap = gap;
			best = (struct sample){ tsc, before };
		}
	}
	return best;
}

/*
 * Return: true on a virtual machine, which identifies itself (CPUID leaf
 * 0x40000000).  Both of QEMU's accelerators let the APIC count nanoseconds.
 */
bool time_is_virtual(void)
{
	struct cpuid id = cpuid(0x40000000);

	return cpuid(1).c & CPUID_HYPERVISOR &&
		(id.b == 0x54474354 || id.b == 0x4b4d564b); /* TCGT, KVMK */
}

/*
 * Let channel 2 of the 8254 count down from 65535, in 55 ms; then its output
 * rises.
 */
static void pit_start(void)
{
	out8(0x61, (in8(0x61) & ~2) | 1);
	out8(0x43, 0xb0);		/* channel 2, mode 0, 16 bits */
	out8(0x42, 0xff);
	out8(0x42, 0xff);
}

static u16 pit_read(void)
{
	u8 low;

	out8(0x43, 0x80);		/* latch channel 2 */
	low = in8(0x42);
	return (u16)(low | in8(0x42) << 8);
}

static bool pit_ended(void)
{
	return in8(0x61) & 0x20;
}

static struct sample read_both(volatile u32 *apic)
{
	return (struct sample){ read_tsc(), apic[LAPIC_CURRENT / 4] };
}

/*
 * Read the 8254 twice, each time between two reads of both counters, as
 * <lib/rate.h> draws it.  Until the 8254's first tick a read may say anything;
 * in v86 it says 0 until the browser's clock makes a step.
 * Return: the ticks between; 0: it ran out before the second read, or there is
 * none (a port without a device reads as all ones).
 */
static u32 pit_pair(volatile u32 *apic, struct sample at[4])
{
	u16 first = 0, now;

	apic[LAPIC_INITIAL / 4] = ~0u;
	pit_start();
	pit_read();
	for (u32 i = 0; i < PIT_POLLS; i++) {
		if (first < PIT_TICKS) {
			at[0] = read_both(apic);
			first = pit_read();
			at[1] = read_both(apic);
		}
		at[2] = read_both(apic);
		now = pit_read();
		at[3] = read_both(apic);
		if (pit_ended())
			return 0;
		if (first >= now && first - now >= PIT_TICKS)
			return first - now;
	}
	return 0;
}

/*
 * Measure both counters against the 8254.  An emulator in a browser may stop
 * this CPU between any two instructions, even for seconds: so the measurement
 * is repeated until its bounds are narrow.
 * Return: true: both rates are known.
 */
static bool measure(volatile u32 *apic, struct rate *tsc, struct rate *ticks)
{
	struct sample at[4];

	for (unsigned n = 0; n < PIT_TRIES; n++) {
		u32 wait = pit_pair(apic, at);

		/* at 0 the APIC's counter has stopped */
		if (!wait || !at[3].apic)
			continue;
		rate_add(tsc, at[2].tsc - at[1].tsc, at[3].tsc - at[0].tsc,
			 wait, PIT_HZ);
		rate_add(ticks, at[1].apic - at[2].apic,
			 at[0].apic - at[3].apic, wait, PIT_HZ);
		if (rate_known(tsc) && rate_known(ticks))
			return true;
	}
	return false;
}

/* Return: the rate that the CPU itself names, in kHz; 0: it names none. */
static u32 named_khz(void)
{
	return cpuid(0).a < 0x16 ? 0 : (cpuid(0x16).a & 0xffff) * 1000;
}

/* Set tsc_khz, and by it what the vDSO multiplies with. */
static void set_tsc_rate(u32 khz)
{
	if (khz > 999900 && khz < 1000100)
		khz = 1000000;		/* exact with -icount */
	tsc_khz = khz;
	vdso_clock.whole = 1000000 / khz;
	vdso_clock.part = ((u64)(1000000 % khz) << 32) / khz;
}

/* Measure the time-stamp counter against an APIC that counts at 1 GHz. */
static void measure_by_apic(volatile u32 *apic)
{
	struct sample from, to;
	u32 ticks, khz;

	from = take_sample(apic);
	while (from.apic - apic[LAPIC_CURRENT / 4] < WINDOW)
		;
	to = take_sample(apic);
	ticks = from.apic - to.apic;
	khz = (to.tsc - from.tsc) * (GHZ / 1000) / ticks;
	set_tsc_rate(khz);
}

void time_calibrate(volatile u32 *apic)
{
	struct rate tsc = { 0 }, ticks = { 0 };
	u32 khz = 0;

	apic[LAPIC_LVT_TIMER / 4] = LVT_MASKED | VECTOR_TIMER;
	apic[LAPIC_DIVIDE / 4] = DIVIDE_BY_1;
	apic[LAPIC_INITIAL / 4] = ~0u;
	if (!time_is_virtual()) {
		khz = measure(apic, &tsc, &ticks) ?
			(u32)(rate_middle(&tsc) / 1000) : named_khz();
		if (!khz)
			log_warn("the clock's rate is known only roughly");
		/* if too low, the timer ends early and is set again */
		if (ticks.high)
			timer_mult = (u32)(((rate_known(&ticks) ?: ticks.low)
					    << 24) / GHZ);
	}
	if (khz)
		set_tsc_rate(khz);
	else
		measure_by_apic(apic);
	apic[LAPIC_INITIAL / 4] = 0;
}

void time_init_cpu(void)
{
	lapic[LAPIC_DIVIDE / 4] = DIVIDE_BY_1;
	lapic[LAPIC_LVT_TIMER / 4] = VECTOR_TIMER;
}

void time_init(volatile u32 *apic)
{
	lapic = apic;
	time_init_cpu();
	log_info("clock: time-stamp counter at %u.%03u MHz", tsc_khz / 1000,
		 tsc_khz % 1000);
}

unsigned time_tsc_khz(void)
{
	return tsc_khz;
}

ktime_t arch_clock(void)
{
	u64 t = read_tsc();
	u32 low, high, sum;

	/*
	 * t = high * part + (low * part >> 32) + (high * whole << 32) +
	 *     low * whole
	 * In assembler because every switch reads the clock, and compiled C
	 * takes 7 instructions more.
	 */
	__asm__("mov %%eax, %1; mov %%edx, %2; mull %5; mov %%edx, %3\n\t"
		"mov %2, %%eax; mull %5; add %3, %%eax; adc $0, %%edx\n\t"
		"imul %4, %2; add %2, %%edx; mov %%eax, %3; mov %%edx, %2\n\t"
		"mov %1, %%eax; mull %4; add %3, %%eax; adc %2, %%edx"
		: "+A"(t), "=&r"(low), "=&r"(high), "=&r"(sum)
		: "m"(vdso_clock.whole), "m"(vdso_clock.part));
	return t;
}

/* Called through arch_vdso, which vdso.S defines. */
void vdso_leave_clock(const void *image);
void vdso_set_realtime(s64 offset);

/*
 * Set realtime_offset, two words.  A reader in the vDSO that meets a write
 * retries, as with a seqlock.
 */
void vdso_set_realtime(s64 offset)
{
	struct vdso_clock *c = &vdso_clock;

	WRITE_ONCE(c->changes, c->changes + 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	c->realtime_offset = offset;
	__atomic_store_n(&c->changes, c->changes + 1, __ATOMIC_RELEASE);
}

/*
 * Set both times so late that the vDSO leaves every clock read to the kernel.
 */
void vdso_leave_clock(const void *image)
{
	struct vdso_clock *c = (void *)((unsigned long)image +
		(unsigned long)&vdso_clock - (unsigned long)arch_vdso.image);

	c->realtime_offset |= (s64)(1ull << 63);
	WRITE_ONCE(c->monotonic_high, 1u << 31);
}

void arch_timer(ktime_t deadline)
{
	ktime_t now = arch_clock();
	u32 ticks = 1;

	/*
	 * the counter has 32 bits: if it ends early, the caller sets it again
	 */
	if (deadline > now) {
		u64 ns = min(deadline - now, (ktime_t)4 * GHZ);
		u64 wanted = (u32)ns * (u64)timer_mult >> 24;

		if (wanted)
			ticks = min(wanted, (u64)~0u);
	}
	lapic[LAPIC_INITIAL / 4] = ticks;
}

void lapic_rearm(void)
{
	lapic[LAPIC_INITIAL / 4] = 1;
}

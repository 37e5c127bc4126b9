/* SPDX-License-Identifier: MIT */
/*
 * Clock and timer (row B10).  The clock is the time-stamp counter times a
 * fixed-point number, in the same way as programs read it by the vDSO; the
 * timer is the local APIC's, one-shot.  Both rates are measured at boot: QEMU's
 * APIC counts at 1 GHz of virtual time, another machine's is measured against
 * the 8254.
 */
#define LOG_PREFIX "time"
#include <arch/i386.h>
#include <lt/arch.h>
#include <lt/log.h>

#define LAPIC_LVT_TIMER	0x320
#define LAPIC_INITIAL	0x380
#define LAPIC_CURRENT	0x390
#define LAPIC_DIVIDE	0x3e0
#define LVT_MASKED	0x10000
#define DIVIDE_BY_1	0xb

#define PIT_HZ		1193182
#define PIT_TICKS	11932		/* 10 ms */
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
 * Wait for 10 ms by channel 2 of the 8254, whose output falls when it is set
 * and rises when it has counted down.
 * Return: false: there is no 8254 (a port without a device reads as all ones).
 */
static bool pit_wait(void)
{
	out8(0x61, (in8(0x61) & ~2) | 1);
	out8(0x43, 0xb0);		/* channel 2, mode 0, 16 bits */
	out8(0x42, PIT_TICKS & 0xff);
	out8(0x42, PIT_TICKS >> 8);
	if (in8(0x61) & 0x20)
		return false;
	for (u32 i = 0; i < 10000000; i++)
		if (in8(0x61) & 0x20)
			return true;
	return false;
}

/* Return the ticks of the APIC per second. */
static u32 measure_apic(volatile u32 *apic)
{
	u32 start = apic[LAPIC_CURRENT / 4];

	if (time_is_virtual() || !pit_wait())
		return GHZ;
	return (u64)(start - apic[LAPIC_CURRENT / 4]) * PIT_HZ / PIT_TICKS;
}

static void set_rates(u32 apic_hz, u32 apic_ticks, u64 tsc_ticks)
{
	timer_mult = ((u64)apic_hz << 24) / GHZ;
	tsc_khz = tsc_ticks * (apic_hz / 1000) / apic_ticks;
	if (tsc_khz > 999900 && tsc_khz < 1000100)
		tsc_khz = 1000000;	/* exact with -icount */
	vdso_clock.whole = 1000000 / tsc_khz;
	vdso_clock.part = ((u64)(1000000 % tsc_khz) << 32) / tsc_khz;
}

void time_calibrate(volatile u32 *apic)
{
	struct sample from, to;
	u32 apic_hz;

	apic[LAPIC_LVT_TIMER / 4] = LVT_MASKED | VECTOR_TIMER;
	apic[LAPIC_DIVIDE / 4] = DIVIDE_BY_1;
	apic[LAPIC_INITIAL / 4] = ~0u;
	apic_hz = measure_apic(apic);
	from = take_sample(apic);
	while (from.apic - apic[LAPIC_CURRENT / 4] < WINDOW)
		;
	to = take_sample(apic);
	set_rates(apic_hz, from.apic - to.apic, to.tsc - from.tsc);
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

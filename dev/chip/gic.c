/* SPDX-License-Identifier: MIT */
/*
 * The generic interrupt controller, by Arm's architecture specifications of
 * version 2 (IHI 0048, chapter 4) and version 3 (IHI 0069, chapter 12).
 *
 *        take            drop the priority        deactivate
 *   pending -> active ------------------> active -----------> inactive
 *              arch_irq_claim()                  arch_irq_complete()
 *
 * Taking an interrupt and dropping its priority lets others come at once, while
 * the line itself stays quiet on all CPUs until it is deactivated: EOImode 1.
 * A CPU's registers are in memory in version 2, and system registers in version
 * 3, where a redistributor for each CPU has the lines of that CPU alone.
 */
#include <dev/chip/gic.h>
#include <kernel/current.h>
#include <kernel/lock/spin.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/compiler.h>
#include <uapi/errno.h>

/* The distributor; also the second frame of a redistributor, for 0 to 31. */
#define GICD_SIZE	0x10000
#define GICD_CTLR	0x000
#define GICD_TYPER	0x004		/* bits 0-4: lines / 32 - 1 */
#define GICD_IGROUPR	0x080		/* a bit a line: group 1 */
#define GICD_ISENABLER	0x100		/* a bit a line: writing 1 enables */
#define GICD_ICENABLER	0x180
#define GICD_IPRIORITYR	0x400		/* a byte a line */
#define GICD_ITARGETSR	0x800		/* a byte a line: CPUs, version 2 */
#define GICD_SGIR	0xf00		/* version 2 */
#define GICD_IROUTER	0x6000		/* 8 bytes a line, version 3 */
#define CTLR_GROUPS	0x3
#define CTLR_AFFINITY	0x10		/* version 3: routes by affinity */
#define PRIORITY	0xa0a0a0a0	/* four lines of one priority */

/* A CPU's interface of version 2. */
#define GICC_CTLR	0x0000
#define GICC_PMR	0x0004		/* lets in what is below this */
#define GICC_IAR	0x000c
#define GICC_EOIR	0x0010
#define GICC_DIR	0x1000
#define GICC_ON		0x201		/* on, and EOImode 1 */
#define ALL_PRIORITIES	0xff

/* A redistributor: two frames. */
#define GICR_STRIDE	0x20000
#define GICR_TYPER	0x08		/* 8 bytes: affinity in the upper half */
#define GICR_WAKER	0x14
#define GICR_SGI	0x10000		/* the second frame */
#define WAKER_SLEEP	0x2
#define WAKER_ASLEEP	0x4

/* A CPU's interface of version 3: system registers, by their encodings. */
#define ICC_PMR		s3_0_c4_c6_0
#define ICC_DIR		s3_0_c12_c11_1
#define ICC_SGI1R	s3_0_c12_c11_5
#define ICC_IAR1	s3_0_c12_c12_0
#define ICC_EOIR1	s3_0_c12_c12_1
#define ICC_CTLR	s3_0_c12_c12_4
#define ICC_SRE		s3_0_c12_c12_5
#define ICC_IGRPEN1	s3_0_c12_c12_7
#define ICC_EOIMODE	0x2

#define INTID_MASK	0x3ff
#define INTID_SPECIAL	1020		/* no interrupt, from here on */
#define SGI_IPI		1		/* the one that we send */
#define NO_LINE		0		/* not a device's */

struct gic gic;

static volatile u32 *dist, *interface;	/* const after gic_init() */
static unsigned lines;			/* likewise */
static u8 target[MAX_CPUS];		/* const after gic_init_cpu(): the
					   CPU's bit of ITARGETSR */
static unsigned taken[MAX_CPUS];	/* own CPU: a device's line that nobody
					   claimed yet */
static struct spinlock gic_lock = SPIN_INIT("gic", IPL_HIGH);

static volatile u32 *gic_window(paddr_t base, unsigned long size)
{
	volatile void *p = kmap_device(base, size);

	if (!p)
		panic("no room to map the interrupt controller");
	return p;
}

static u32 acknowledge(void)
{
	return gic.version == 2 ? interface[GICC_IAR / 4] :
		(u32)read_sysreg(ICC_IAR1);
}

static void drop_priority(u32 ack)
{
	if (gic.version == 2) {
		interface[GICC_EOIR / 4] = ack;
		return;
	}
	write_sysreg(ICC_EOIR1, ack);
	isb();
}

static void deactivate(u32 ack)
{
	if (gic.version == 2) {
		interface[GICC_DIR / 4] = ack;
		return;
	}
	write_sysreg(ICC_DIR, ack);
	isb();
}

enum gic_kind gic_take(void)
{
	u32 ack = acknowledge(), irq = ack & INTID_MASK;

	if (irq >= INTID_SPECIAL)
		return GIC_NOTHING;
	drop_priority(ack);
	if (irq >= GIC_SHARED) {
		taken[cpu_self()->id] = irq;
		return GIC_DEVICE;
	}
	/* the timer's line stays up until arch_timer() moves the deadline */
	deactivate(ack);
	return irq == gic.timer ? GIC_TIMER : irq == SGI_IPI ? GIC_IPI :
		GIC_NOTHING;
}

int arch_irq_claim(void)
{
	unsigned *line = &taken[cpu_self()->id];
	unsigned irq = *line;

	*line = NO_LINE;
	return irq == NO_LINE ? -1 : (int)irq;
}

void arch_irq_complete(unsigned irq)
{
	deactivate(irq);
}

/* The device still asserts the line, so it comes again. */
void arch_irq_put_off(void)
{
	int irq = arch_irq_claim();

	if (irq >= 0)
		deactivate((u32)irq);
}

int arch_irq_route(unsigned irq, unsigned cpu)
{
	if (irq < GIC_SHARED || irq >= lines || cpu >= MAX_CPUS)
		return -EINVAL;
	spin_lock(&gic_lock);
	if (gic.version == 2)
		((volatile u8 *)dist)[GICD_ITARGETSR + irq] = target[cpu];
	else
		((volatile u64 *)dist)[GICD_IROUTER / 8 + irq] =
			cpus[cpu].hw_id;
	dist[GICD_ISENABLER / 4 + irq / 32] = 1u << irq % 32;
	spin_unlock(&gic_lock);
	return 0;
}

void gic_send(unsigned long hw_id, unsigned cpu)
{
	if (gic.version == 2)
		dist[GICD_SGIR / 4] = (u32)target[cpu] << 16 | SGI_IPI;
	else	/* Aff3, Aff2, Aff1, and a bit for Aff0 */
		write_sysreg(ICC_SGI1R, (hw_id >> 32 & 0xff) << 48 |
			  (hw_id >> 16 & 0xff) << 32 | SGI_IPI << 24 |
			  (hw_id >> 8 & 0xff) << 16 | 1ul << (hw_id & 0xf));
}

/* ---- setting up ---------------------------------------------------------- */

/*
 * Find this CPU's redistributor by its affinity, and wake it.
 * Return: its frame with the lines 0 to 31
 */
static volatile u32 *wake_redistributor(struct cpu *c)
{
	u32 want = (u32)((c->hw_id >> 32 & 0xff) << 24 | (c->hw_id & 0xffffff));
	unsigned long room = gic.cpu_size / GICR_STRIDE;
	volatile u32 *r = gic_window(gic.cpu, GICR_STRIDE *
				     min(room, (unsigned long)MAX_CPUS));

	for (unsigned i = 0; r[GICR_TYPER / 4 + 1] != want; i++) {
		if (i + 1 >= room || i + 1 >= MAX_CPUS)
			panic("no redistributor for CPU %#lx", c->hw_id);
		r += GICR_STRIDE / 4;
	}
	r[GICR_WAKER / 4] &= ~WAKER_SLEEP;
	while (r[GICR_WAKER / 4] & WAKER_ASLEEP)
		arch_relax();
	return r + GICR_SGI / 4;
}

static void init_interface_2(struct cpu *c)
{
	target[c->id] = (u8)dist[GICD_ITARGETSR / 4];
	interface[GICC_PMR / 4] = ALL_PRIORITIES;
	interface[GICC_CTLR / 4] = GICC_ON;
}

static void init_interface_3(void)
{
	write_sysreg(ICC_SRE, read_sysreg(ICC_SRE) | 1);
	isb();
	write_sysreg(ICC_PMR, ALL_PRIORITIES);
	write_sysreg(ICC_CTLR, ICC_EOIMODE);
	write_sysreg(ICC_IGRPEN1, 1);
	isb();
}

void gic_init_cpu(void)
{
	struct cpu *c = cpu_self();
	volatile u32 *own = dist;	/* in version 2 each CPU sees its own */

	if (gic.version == 3) {
		own = wake_redistributor(c);
		own[GICD_IGROUPR / 4] = ~0u;
	}
	for (unsigned i = 0; i < GIC_SHARED / 4; i++)
		own[GICD_IPRIORITYR / 4 + i] = PRIORITY;
	own[GICD_ICENABLER / 4] = ~0u;
	own[GICD_ISENABLER / 4] = 1u << gic.timer | 1u << SGI_IPI;
	if (gic.version == 2)
		init_interface_2(c);
	else
		init_interface_3();
}

void gic_init(void)
{
	dist = gic_window(gic.dist, GICD_SIZE);
	if (gic.version == 2)
		interface = gic_window(gic.cpu, gic.cpu_size);
	lines = 32 * ((dist[GICD_TYPER / 4] & 0x1f) + 1);
	dist[GICD_CTLR / 4] = 0;
	for (unsigned i = GIC_SHARED; i < lines; i += 32) {
		dist[GICD_ICENABLER / 4 + i / 32] = ~0u;
		if (gic.version == 3)
			dist[GICD_IGROUPR / 4 + i / 32] = ~0u;
	}
	for (unsigned i = GIC_SHARED; i < lines; i += 4)
		dist[GICD_IPRIORITYR / 4 + i / 4] = PRIORITY;
	dist[GICD_CTLR / 4] = gic.version == 2 ? 1 :
		CTLR_GROUPS | CTLR_AFFINITY;
	gic_init_cpu();
}

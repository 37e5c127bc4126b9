/* SPDX-License-Identifier: MIT */
/*
 * Start further CPUs (row B13; Intel's manual, volume 3, 9.4 and 11.6): INIT
 * and start-up interrupts wake each CPU, which enters through the trampoline.
 * The time-stamp counters of the new and the starting CPU are compared, because
 * a clock read uses the counter of the current CPU.  CPUs start one at a time.
 */
#define LOG_PREFIX "smp"
#include <arch/fpu.h>
#include <arch/i386.h>
#include <kernel/current.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/log.h>
#include <uapi/errno.h>

#define ROUNDS		4		/* rounds of the counter comparison */

#define RESET_NS	10000000	/* wait after INIT, on real hardware */
#define FIRST_NS	200000		/* wait before the second start-up is
					   sent */
#define ARRIVE_NS	1000000000

extern char trampoline[], trampoline_end[], trampoline_ticket[];

struct i386_cpu i386_cpus[MAX_CPUS];

/*
 * Data for a CPU that is being started.  The CPU that runs arch_cpu_start()
 * writes the data; the new CPU reads them after it has taken the ticket
 * (trampoline_ticket).
 */
void *secondary_stack;
static struct cpu *secondary;
static char *secondary_emergency;	/* the new CPU's stack for double
					   faults */

/* The comparison of counters: whose turn is next, and the latest reading. */
static unsigned turn;
static u64 latest;
static unsigned backwards;		/* readings below an earlier one */

static void delay_ns(ktime_t ns)
{
	ktime_t end = arch_clock() + ns;

	while (arch_clock() < end)
		arch_relax();
}

/*
 * cpuid waits for all earlier instructions, so the counter is not read too
 * early.
 */
static u64 read_tsc_late(void)
{
	cpuid(0);
	return read_tsc();
}

/*
 * Read the counter in turns with the other CPU (odd turns: the new CPU).  Each
 * reading follows the other CPU's, so it must not be less.
 */
static void compare_counters(unsigned mine)
{
	for (; mine < 2 * ROUNDS; mine += 2) {
		u64 now;

		while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != mine)
			arch_relax();
		now = read_tsc_late();
		if (now < latest)
			backwards++;
		latest = now;
		__atomic_store_n(&turn, mine + 1, __ATOMIC_RELEASE);
	}
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) < 2 * ROUNDS)
		arch_relax();
}

/*
 * Called by trampoline.S on the new CPU, on its idle task's stack.  There is no
 * `current` yet by which the race checker could identify the CPU.
 */
__may_race void secondary_main(void)
{
	struct cpu *c = secondary;

	trap_init_cpu(c->id, secondary_emergency + KSTACK_SIZE);
	arch_set_current(c->idle);
	compare_counters(1);
	if (backwards)
		for (;;)
			__asm__ volatile("cli\n\thlt");
	cpu_main(c);
}

void arch_cpu_init(void)
{
	struct cpu *c = cpu_self();

	write_cr(4, CR4_PSE | CR4_PGE | CR4_DE | CR4_OSFXSR | CR4_OSXMMEXCPT);
	i386_cpus[c->id].root = read_cr(3);
	fpu_init_cpu();
	irq_init_cpu();
	time_init_cpu();
}

static void trampoline_place(u32 ticket)
{
	char *to = phys_to_virt(TRAMPOLINE);

	memcpy(to, trampoline, trampoline_end - trampoline);
	*(u32 *)(to + (trampoline_ticket - trampoline)) = ticket;
	boot_directory[0] = PDE_RW_4M;		/* identity map of the first
						   4 MiB */
	arch_mb();
}

/* Return: true if the CPU has taken its ticket within ns. */
static bool ticket_taken(ktime_t ns)
{
	const u32 *ticket = phys_to_virt(TRAMPOLINE +
					 (trampoline_ticket - trampoline));
	ktime_t end = arch_clock() + ns;

	while (__atomic_load_n(ticket, __ATOMIC_ACQUIRE))
		if (arch_clock() >= end)
			return false;
		else
			arch_relax();
	return true;
}

/* Take the ticket back.  Return: false: the CPU has already taken it. */
static bool ticket_recall(void)
{
	u32 *ticket = phys_to_virt(TRAMPOLINE +
				   (trampoline_ticket - trampoline));

	return __atomic_exchange_n(ticket, 0, __ATOMIC_SEQ_CST) != 0;
}

static bool start_up_cpu(unsigned id)
{
	lapic_command(id, ICR_INIT);
	if (!time_is_virtual())
		delay_ns(RESET_NS);
	for (unsigned i = 0; i < 2; i++) {
		lapic_command(id, ICR_STARTUP | TRAMPOLINE >> PAGE_SHIFT);
		if (ticket_taken(i ? ARRIVE_NS : FIRST_NS))
			return true;
	}
	return !ticket_recall();
}

int arch_cpu_start(struct cpu *c, void *emergency)
{
	secondary = c;
	secondary_stack = current_trapframe(c->idle->kstack);
	secondary_emergency = emergency;
	turn = backwards = 0;
	latest = 0;
	trampoline_place(c->hw_id + 1);
	if (!start_up_cpu(c->hw_id)) {
		boot_directory[0] = 0;
		return -EIO;
	}
	compare_counters(0);
	boot_directory[0] = 0;
	if (backwards) {
		log_warn("CPU %u: its time-stamp counter is behind: not used",
			 c->id);
		return -EIO;
	}
	return 0;
}

/*
 * Send to each CPU separately: QEMU's logical destinations end at the first id
 * without a CPU, and ids have gaps where a socket is not full.
 */
void arch_ipi_send(unsigned long mask)
{
	for (unsigned i = 0; mask; i++, mask >>= 1)
		if (mask & 1)
			lapic_command(cpus[i].hw_id, VECTOR_IPI);
}

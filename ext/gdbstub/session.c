/* SPDX-License-Identifier: MIT */
/*
 * A session of the stub: a CPU traps, holds the others, and serves GDB until it
 * lets the machine go on (row B7).
 *
 *	CPU 0	...  ebreak | hold the others | serve ... | let go |  ...
 *	CPU 1	...............| held ........................|  ...
 *	line	log log ... STX $T05...#xx  $g#67 ... $c#63 ETX  log ...
 *
 * The line is the console's too.  What lies between STX and ETX is GDB's: who
 * reads it can tell the two apart, and GDB passes over what is in no packet.
 *
 * Two CPUs may trap at once: the second one waits, held by the first; when its
 * turn comes and the breakpoint it met has gone, it goes on.  A step is a
 * session's as well: while it is under way, nobody else begins one.
 *
 * During a session no breakpoint is in the text, so whoever serves it may call
 * what it likes and memory reads as it was linked.  On the way in and out of it
 * trapped_within() takes out what it meets.
 *
 * Boot options: `kgdb` gives the line to the stub; `kgdbwait` stops there, too,
 * before the first program.
 */
#define LOG_PREFIX "gdbstub"
#include <dev/chip/ns16550.h>
#include <dev/tty.h>
#include <ext/gdbstub/gdbstub.h>
#include <kernel/hooks.h>
#include <kernel/smp.h>
#include <kernel/task.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <lt/log.h>

/* A 16550's registers, as dev/uart.c has them. */
#define RBR		0
#define IER		1
#define LSR		5
#define LSR_READY	0x01

#define STX		2
#define ETX		3
#define ANSWER_IN	(NSEC_PER_SEC / 4)	/* CPUs are waited for */
/* Rounds of waiting for a step: a clock might have a breakpoint. */
#define STEP_ROUNDS	3000000u

/* GDB's numbers, which are not the kernel's everywhere. */
#define GDB_INT		2
#define GDB_TRAP	5
#define GDB_ABRT	6

/* One in a session; the CPU that has it writes the rest. */
static unsigned owner;			/* atomic: CPU + 1 [| STEPPING] or 0 */
#define STEPPING	0x8000u		/* it runs one instruction */
static bool waiting[MAX_CPUS];		/* [that CPU] to be the owner */
static unsigned held;			/* atomic: the others are not to run */
static struct trapframe *stopped;	/* [owner] */
static bool dead;			/* [owner] after a panic */
static bool attached;			/* [owner] GDB waits for a stop */
static struct packet incoming;		/* [owner], or the line's interrupt */
static bool is_asked;			/* likewise: incoming holds a packet */
static bool is_wanted;			/* likewise: GDB's user wants to stop */

/* Where a CPU was when it was held. */
static struct parked {
	bool in;			/* atomic */
	struct trapframe *frame;	/* NULL: it waited for a lock */
	unsigned long pc, fp;
} parked[MAX_CPUS];			/* [that CPU, until it is in] */

/* ---- the line ------------------------------------------------------------ */

static u8 get(void)
{
	while (!(ns16550_read(LSR) & LSR_READY))
		arch_relax();
	return ns16550_read(RBR);
}

/* => the event that ends the wait; packets with a wrong sum are asked for */
static enum packet_event receive(void)
{
	for (;;) {
		enum packet_event e = packet_add(&incoming, get());

		if (e == PACKET_BROKEN)
			ns16550_putc('-');
		else if (e != PACKET_PART)
			return e;
	}
}

static void put(const struct answer *a)
{
	struct answer sum = { .len = 0 };
	u8 byte = answer_sum(a);

	answer_bytes(&sum, &byte, 1);
	ns16550_putc('$');
	for (unsigned i = 0; i < a->len; i++)
		ns16550_putc(a->text[i]);
	ns16550_putc('#');
	ns16550_putc(sum.text[0]);
	ns16550_putc(sum.text[1]);
}

/*
 * Until GDB has it.  A packet that comes instead says so as well.
 * => true: incoming holds one
 */
static bool send(const struct answer *a)
{
	enum packet_event e;

	do {
		put(a);
		do
			e = receive();
		while (e == PACKET_STOP);
	} while (e == PACKET_NAK);
	return e == PACKET_WHOLE;
}

void stub_print(const char *fmt, ...)
{
	static char line[256];		/* [owner] */
	static struct answer a;		/* [owner] */
	va_list ap;

	va_start(ap, fmt);
	fmt_vprint(line, sizeof(line), fmt, ap);
	va_end(ap);
	a.len = 0;
	answer_text(&a, "O");
	answer_bytes(&a, line, strlen(line));
	send(&a);
}

/* ---- faults of the stub -------------------------------------------------- */

static void *escape[5];			/* [owner] for __builtin_longjmp */
static bool may_fault;			/* [owner] */

static void leave(void)
{
	__builtin_longjmp(escape, 1);
}

bool stub_try(void (*fn)(void *arg), void *arg)
{
	bool done = false;

	if (!__builtin_setjmp(escape)) {
		may_fault = true;
		barrier();
		fn(arg);
		barrier();
		done = true;
	}
	may_fault = false;
	return *(volatile bool *)&done;
}

/* ---- the other CPUs ------------------------------------------------------ */

/* A call of the owner's; late ones find that it is over. */
static void hold(void *arg __unused)
{
	struct parked *p = &parked[cpu_self()->id];

	p->frame = cpu_self()->ipi_frame;
	p->pc = (unsigned long)__builtin_return_address(0);
	p->fp = (unsigned long)__builtin_frame_address(0);
	__atomic_store_n(&p->in, true, __ATOMIC_RELEASE);
	while (__atomic_load_n(&held, __ATOMIC_ACQUIRE))
		arch_relax();
	__atomic_store_n(&p->in, false, __ATOMIC_RELEASE);
	arch_tlb_all();
	arch_icache_sync();
}

static unsigned nr_parked(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nr_cpus; i++)
		n += __atomic_load_n(&parked[i].in, __ATOMIC_ACQUIRE);
	return n;
}

/*
 * A CPU that keeps its interrupts off for long is not waited for.  In the
 * midst of a call of our own there is no second one: then they go on.
 * => were they asked?
 */
static bool hold_others(struct cpu *me)
{
	unsigned long mask = smp_mask() & ~BIT(me->id);
	ktime_t end = arch_clock() + ANSWER_IN;

	__atomic_store_n(&held, 1, __ATOMIC_RELEASE);
	if (!mask || me->call_pending || dead)
		return false;
	smp_call_begin(mask, hold, NULL);
	while (nr_parked() < nr_cpus - 1 && arch_clock() < end)
		arch_relax();
	return true;
}

/*
 * Who has not answered need not any more: it may wait for a session of its own.
 * The others are on their way out, so nobody need be answered meanwhile.
 */
static void let_go(struct cpu *me, bool asked)
{
	__atomic_store_n(&held, 0, __ATOMIC_RELEASE);
	arch_icache_sync();
	for (unsigned i = 0; asked && i < nr_cpus; i++)
		if (__atomic_fetch_and(&cpus[i].call_from, ~BIT(me->id),
				       __ATOMIC_ACQ_REL) & BIT(me->id))
			__atomic_fetch_and(&me->call_pending, ~BIT(i),
					   __ATOMIC_RELAXED);
	while (asked && __atomic_load_n(&me->call_pending, __ATOMIC_ACQUIRE))
		arch_relax();
}

void stub_find(struct task *t, struct stub_thread *out)
{
	struct cpu *me = cpu_self();

	*out = (struct stub_thread){ .task = t };
	for (unsigned i = 0; i < nr_cpus; i++) {
		const struct parked *p = &parked[i];

		if (cpus[i].running != t)
			continue;
		out->here = i == me->id;
		out->frame = out->here ? stopped : dead ? cpus[i].ipi_frame :
			p->in ? p->frame : NULL;
		out->pc = p->in ? p->pc : 0;
		out->fp = p->in ? p->fp : 0;
		/* so that nobody takes it for one that sleeps */
		if (!out->frame && !out->pc)
			out->pc = (unsigned long)hold;
		return;
	}
}

/* ---- a session ----------------------------------------------------------- */

static struct answer reply;		/* [owner] */

static enum stub_next talk(void)
{
	enum stub_next next = STUB_STAY;
	bool more = is_asked;

	is_asked = false;
	if (attached && !more) {
		reply.len = 0;
		stub_tell_stop(&reply);
		more = send(&reply);
	}
	while (next == STUB_STAY) {
		if (!more && receive() != PACKET_WHOLE)
			continue;
		more = false;
		ns16550_putc('+');
		reply.len = 0;
		next = stub_serve(&incoming, &reply);
		if (next == STUB_STAY || reply.len)
			more = send(&reply);
	}
	attached = !reply.len;		/* `D` has an answer, `c` none */
	return next;
}

/*
 * It was a breakpoint, which has been taken away since this CPU met it: it is to
 * fetch that instruction again.  QEMU has no instruction cache to flush, but
 * translates what it runs: a store while another CPU translates the same place
 * can leave that one the old instruction, until the next store there.
 */
static bool is_stale(struct trapframe *tf)
{
	unsigned long at = text_trapped_at(tf);

	if (!at || stub_has_break(at) ||
	    !memcmp((const void *)at, text_trap, text_trap_len))
		return false;
	stub_touch(at);
	tf_set_pc(tf, at);
	return true;
}

static bool take(unsigned from, unsigned to)
{
	return __atomic_compare_exchange_n(&owner, &from, to, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/*
 * A step that led to a fault may end on another CPU, or never: then whoever
 * waits takes its place.  Who met a breakpoint while it waited answers no calls
 * any more, as that is where it was.
 * => this CPU's step has ended
 */
static bool own(struct cpu *me)
{
	unsigned mine = me->id + 1, rounds = 0, now;
	bool again = waiting[me->id];

	if (take(mine | STEPPING, mine))
		return true;
	if (take(0, mine))
		return false;
	waiting[me->id] = true;
	do {
		if (again)
			arch_relax();
		else
			smp_relax(me);
		now = __atomic_load_n(&owner, __ATOMIC_RELAXED);
		rounds = now & STEPPING ? rounds + 1 : 0;
	} while (!(now == 0 || rounds > STEP_ROUNDS) || !take(now, mine));
	waiting[me->id] = again;
	return false;
}

/*
 * A step that met an instruction of old is under way still: the frame keeps its
 * trap flag, this CPU the session.
 */
static void session(struct trapframe *tf, unsigned signo)
{
	struct cpu *me = cpu_self();
	bool stepped = own(me), asked;
	enum stub_next next = stepped ? STUB_STEP : STUB_GO;
	u8 interrupts;

	if (!is_stale(tf)) {
		stopped = tf;
		asked = hold_others(me);
		/* the text changes while nobody else runs: see is_stale() */
		stub_arrived(tf, stepped);
		stub_lift_breaks();
		/* who was not held in time is not to read from the line */
		interrupts = ns16550_read(IER);
		ns16550_write(IER, 0);
		ns16550_putc(STX);
		stub_begin(me->running, is_wanted ? GDB_INT : signo);
		is_wanted = false;
		next = talk();
		ns16550_putc(ETX);
		if (next == STUB_STEP && !stub_step(tf))
			next = STUB_GO;
		ns16550_write(IER, interrupts);
		stub_put_breaks();
		let_go(me, asked);
	}
	__atomic_store_n(&owner, next == STUB_STEP ? (me->id + 1) | STEPPING :
			 0, __ATOMIC_RELEASE);
	if (next == STUB_KILL)
		arch_end(0);
}

/*
 * The session itself faults, or comes, as it begins or ends, to a breakpoint on
 * a function that it shares with the kernel: that one is out until the next
 * session ends.
 */
static bool trapped_within(struct trapframe *tf)
{
	unsigned long at = text_trapped_at(tf);

	if (may_fault)
		tf_set_pc(tf, (unsigned long)leave);
	else if (stub_lift_break(at))
		tf_set_pc(tf, at);
	else
		return false;
	return true;
}

/* hooks.debugger */
static bool trapped(struct trapframe *tf, int signo)
{
	if (__atomic_load_n(&owner, __ATOMIC_RELAXED) == cpu_self()->id + 1)
		return trapped_within(tf);
	if (signo != SIGTRAP)
		return false;
	session(tf, dead ? GDB_ABRT : GDB_TRAP);
	return true;
}

/* A panic without a frame makes one.  Whatever GDB says, it is the end. */
static void panicked(struct trapframe *tf)
{
	dead = true;
	if (tf)
		session(tf, GDB_ABRT);
	else
		stub_trap();
}

/*
 * All of the line is the stub's.  A packet from a GDB that has just come, or
 * its wish to stop, begins a session; the packet is answered there.
 */
static bool line_taken(const char *s, size_t n)
{
	for (size_t i = 0; i < n && !is_asked; i++) {
		enum packet_event e = packet_add(&incoming, (u8)s[i]);

		is_asked |= e == PACKET_WHOLE;
		is_wanted |= e == PACKET_STOP;
	}
	if (is_asked || is_wanted)
		stub_trap();
	return true;
}

static void gdbstub_init(void)
{
	bool wait = boot_option("kgdbwait");

	if (!wait && !boot_option("kgdb"))
		return;
	hooks.debugger = trapped;
	panic_debugger = panicked;
	uart_taken = line_taken;
	if (!wait)
		return;
	log_notice("waiting for GDB on the serial line");
	stub_trap();
}
INIT(end, gdbstub_init);

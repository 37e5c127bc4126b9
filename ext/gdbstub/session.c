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
#include <kernel/task/work.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <lt/log.h>
#include <mm/page.h>
#include <mm/vm.h>

/* A 16550's registers, as dev/uart.c has them. */
#define RBR		0
#define IER		1
#define LSR		5
#define LSR_READY	0x01

#define STX		2
#define ETX		3
/* Rounds of waiting for a step: a clock might have a breakpoint. */
#define STEP_ROUNDS	3000000u

/* GDB's numbers, which are not the kernel's everywhere. */
#define GDB_INT		2
#define GDB_TRAP	5
#define GDB_ABRT	6

/* One in a session; the CPU that has it writes the rest. */
static unsigned owner;			/* atomic: 0, or CPU + 1 and a flag */
#define STEPPING	0x8000u		/* it runs one instruction */
static bool waiting[MAX_CPUS];		/* [that CPU] to be the owner */
#define WATCHING	0x4000u		/* likewise, with no page watched */
#define FLAGS		(STEPPING | WATCHING)
#define OWNING		0x10000u	/* none of them */
static bool inside[MAX_CPUS];		/* [that CPU] a fault is looked at */
struct trapframe *stub_stopped;		/* [owner] */
bool stub_dead;				/* [owner] after a panic */
static bool asked;			/* [owner] the others are held */
static bool stepping;			/* [owner] GDB's step made the access */
static bool attached;			/* [owner] GDB waits for a stop */
static struct packet incoming;		/* [owner], or the line's interrupt */
static bool is_asked;			/* likewise: incoming holds a packet */
static bool is_wanted;			/* likewise: GDB's user wants to stop */

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
	u8 code[2];

	if (!at || stub_has_break(at) ||
	    stub_read(current, at, code, text_trap_len) < text_trap_len ||
	    !memcmp(code, text_trap, text_trap_len))
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

/* how: a flag, OWNING, or 0 for nobody */
static void own_as(unsigned how)
{
	__atomic_store_n(&owner, how ? (cpu_self()->id + 1) | (how & FLAGS) : 0,
			 __ATOMIC_RELEASE);
}

/*
 * A breakpoint in a program is stored into a copy of its page, as ptrace(2)
 * does; that may sleep, so the program's task does it before it runs on.
 */
#define COPIES_MAX	8

static bool copies_asked;		/* atomic */

/* Context: may sleep. */
static void make_copies(struct task_work *w __unused)
{
	unsigned long at[COPIES_MAX], flags;
	struct vm_space *space = current->space;
	unsigned n = space ? stub_breaks_to_copy(&space, at, COPIES_MAX) : 0;
	struct page *p;
	bool stepped;

	__atomic_store_n(&copies_asked, false, __ATOMIC_RELEASE);
	while (n--)
		if (!vm_get_page(space, at[n], true, &p))
			page_put(p);
	flags = arch_irq_save();
	stepped = own(cpu_self());
	asked = stub_hold_others(cpu_self());
	stub_put_breaks();
	stub_let_go(cpu_self(), asked);
	own_as(stepped ? STEPPING : 0);
	arch_irq_restore(flags);
}

static void ask_for_copies(void)
{
	static struct task_work work = { .fn = make_copies };
	struct vm_space *space = NULL;
	struct task *t = current;
	unsigned long at;

	if (copies_asked || !stub_breaks_to_copy(&space, &at, 1))
		return;
	if (t->space != space)
		for (t = NULL; (t = stub_next_task(t)); )
			if (t->space == space)
				break;
	copies_asked = t && !task_work_add(t, &work);
}

/* With the others held and nothing of the stub's in text and tables. */
static enum stub_next converse(struct trapframe *tf, unsigned signo)
{
	enum stub_next next;
	u8 interrupts;

	stub_stopped = tf;
	/* who was not held in time is not to read from the line */
	interrupts = ns16550_read(IER);
	ns16550_write(IER, 0);
	ns16550_putc(STX);
	stub_begin(cpu_self()->running, is_wanted ? GDB_INT : signo);
	is_wanted = false;
	stub_end_call(tf);
	next = talk();
	ns16550_putc(ETX);
	if (next == STUB_STEP && stub_call_len(tf)) {
		/* other CPUs cannot be held for as long as a call may take */
		stub_break_after_call(tf_pc(tf) + stub_call_len(tf));
		next = STUB_GO;
	} else if (next == STUB_STEP && !stub_step(tf, tf_user(tf))) {
		next = STUB_GO;
	}
	ns16550_write(IER, interrupts);
	return next;
}

static void go_on(enum stub_next next)
{
	stub_put_breaks();
	ask_for_copies();
	if (next == STUB_STEP && tf_user(stub_stopped)) {
		/* a program's text may be others', too: they are held */
		stepping = true;
		own_as(WATCHING);
		return;
	}
	stub_put_watches();
	stub_let_go(cpu_self(), asked);
	own_as(next == STUB_STEP ? STEPPING : 0);
	if (next == STUB_KILL)
		arch_end(0);
}

/*
 * A step that met an instruction of old is under way still: the frame keeps its
 * trap flag, this CPU the session.
 */
static void session(struct trapframe *tf, unsigned signo)
{
	struct cpu *me = cpu_self();
	bool stepped = own(me);

	if (is_stale(tf)) {
		own_as(stepped ? STEPPING : 0);
		return;
	}
	asked = stub_hold_others(me);
	/* the text changes while nobody else runs: see is_stale() */
	stub_arrived(tf, stepped);
	stub_lift_watches();
	stub_lift_breaks();
	go_on(converse(tf, signo));
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

/* ---- what is watched ----------------------------------------------------- */

/*
 *	fault | hold the others, let the page be | one instruction | protect it
 *	again, let go; or first, if it touched what is watched, a session
 */
static void make_access(struct trapframe *tf, vaddr_t va,
			enum fault_access how)
{
	struct cpu *me = cpu_self();
	bool again = inside[me->id];

	inside[me->id] = true;
	stepping = own(me);
	if (!stub_guards(va, how)) {
		/* no more, since it faulted */
		own_as(stepping ? STEPPING : 0);
		inside[me->id] = again;
		arch_tlb_all();
		return;
	}
	asked = stub_hold_others(me);
	inside[me->id] = again;
	if (stepping)
		stub_arrived(tf, true);
	stub_note_access(tf, va, how);
	stub_lift_watches();
	stub_lift_breaks();
	if (stub_step(tf, true)) {
		stub_put_breaks();
		own_as(WATCHING);
	} else {
		stub_give_up(va);
		go_on(STUB_GO);
	}
}

/* The access has been made; or another fault is first. */
static bool access_ends(struct trapframe *tf, bool made)
{
	enum stub_next next = STUB_GO;

	own_as(OWNING);
	if (made || !stepping || tf_user(tf))
		stub_arrived(tf, true);
	else
		stub_let_in(tf);
	stub_lift_breaks();
	if (made && (stub_hit() || stepping))
		next = converse(tf, GDB_TRAP);
	else if (stepping && !tf_user(tf))
		next = STUB_STEP;
	stub_no_hit();
	go_on(next);
	return made;
}

/* As kernel/trap.c does.  Context: may sleep. */
static bool mend(struct trapframe *tf, vaddr_t va, enum fault_access how)
{
	enum vm_fault result;

	if (!current->space || (!tf_user(tf) &&
				(!exception_fixup(tf_pc(tf)) ||
				 current->no_faults || !tf_irqs_on(tf) ||
				 current->ipl != IPL_NONE)))
		return false;
	arch_irq_enable();
	current->faults_in_kernel = !tf_user(tf);
	result = vm_fault(current->space, va, how);
	current->faults_in_kernel = false;
	arch_irq_disable();
	return result == VM_FAULT_OK;
}

/*
 * A page that is watched in a program has another entry now, or its first: that
 * is to be protected before it is accessed.
 */
static bool protect_new(struct trapframe *tf, vaddr_t va,
			enum fault_access how)
{
	struct cpu *me;
	bool stepped;

	if (!mend(tf, va, how))
		return false;
	me = cpu_self();
	stepped = own(me);
	asked = stub_hold_others(me);
	stub_lift_watches();
	stub_put_watches();
	stub_let_go(me, asked);
	own_as(stepped ? STEPPING : 0);
	return true;
}

/* A program's instruction that GDB steps has a fault first. */
static bool step_again(struct trapframe *tf, vaddr_t va,
		       enum fault_access how)
{
	access_ends(tf, false);
	if (!mend(tf, va, how))
		return false;		/* a signal, and the step is over */
	own(cpu_self());
	asked = stub_hold_others(cpu_self());
	stub_lift_watches();
	stub_lift_breaks();
	stub_stopped = tf;
	go_on(stub_step(tf, true) ? STUB_STEP : STUB_GO);
	return true;
}

/* A page fault, of whomever. */
static bool faulted(struct trapframe *tf, vaddr_t va, enum fault_access how)
{
	unsigned now = __atomic_load_n(&owner, __ATOMIC_RELAXED);
	unsigned mine = cpu_self()->id + 1;

	if (now == mine || inside[cpu_self()->id])
		return stub_lift_page(va) ||
			(now == mine && !tf_user(tf) && trapped_within(tf));
	if (now == (mine | WATCHING)) {
		if (stepping && tf_user(tf))
			return step_again(tf, va, how);
		access_ends(tf, false);
	} else if (stub_guards(va, how)) {
		make_access(tf, va, how);
		return true;
	}
	if (now == (mine | STEPPING))
		stub_let_in(tf);
	if (va >= USER_TOP)
		return !tf_user(tf) && stub_is_old(va, how);
	return stub_knows(va) && protect_new(tf, va, how);
}

static bool trapped(struct trapframe *tf, int signo)
{
	unsigned now = __atomic_load_n(&owner, __ATOMIC_RELAXED);
	unsigned mine = cpu_self()->id + 1;

	if (now == mine)
		return trapped_within(tf);
	if (now == (mine | WATCHING))
		return access_ends(tf, signo == SIGTRAP);
	if (signo != SIGTRAP)
		return false;
	if (tf_user(tf) && now != (mine | STEPPING) &&
	    !stub_has_break(text_trapped_at(tf))) {
		if (!stub_had_break(text_trapped_at(tf)))
			return false;
		tf_set_pc(tf, text_trapped_at(tf));
		return true;
	}
	session(tf, stub_dead ? GDB_ABRT : GDB_TRAP);
	return true;
}

/* hooks.debugger */
static bool debugged(struct trapframe *tf, int signo, vaddr_t va, int how)
{
	return how < 0 ? trapped(tf, signo) :
		faulted(tf, va, (enum fault_access)how);
}

bool stub_keeps_session(unsigned long at, unsigned long n)
{
	return stub_overlap(at, n, &owner, sizeof(owner)) ||
		stub_overlap(at, n, waiting, sizeof(waiting)) ||
		stub_overlap(at, n, inside, sizeof(inside)) ||
		stub_overlap(at, n, escape, sizeof(escape)) ||
		stub_overlap(at, n, &may_fault, sizeof(may_fault));
}

/* A panic without a frame makes one.  Whatever GDB says, it is the end. */
static void panicked(struct trapframe *tf)
{
	stub_dead = true;
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
	if (!stub_split_map())
		log_warn("no memory to split superpages: only some can be "
			 "watched");
	hooks.debugger = debugged;
	panic_debugger = panicked;
	uart_taken = line_taken;
	if (!wait)
		return;
	log_notice("waiting for GDB on the serial line");
	stub_trap();
}
INIT(end, gdbstub_init);

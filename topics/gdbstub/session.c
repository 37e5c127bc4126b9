/* SPDX-License-Identifier: MIT */
/*
 * A session of the stub: a CPU traps, holds the others, and serves GDB until
 * GDB lets the machine go on (row B7).
 *
 *	CPU 0	...  ebreak | hold the others | serve ... | let go |  ...
 *	CPU 1	...............| held ........................|  ...
 *	line	log log ... STX $T05...#xx  $g#67 ... $c#63 ETX  log ...
 *
 * Two CPUs may trap at once: the second CPU is held by the first and waits.
 * If the breakpoint that it met is gone when its turn comes, it goes on.  A
 * step is part of a session: while it is under way, no other CPU can begin a
 * session.
 *
 * During a session no breakpoint is in the text, so the stub may call any
 * function, and GDB reads the original instructions.  On the way into and out
 * of a session, stub_trapped_within() removes breakpoints that the stub itself
 * meets.
 *
 * Boot options: `kgdb` gives the line to the stub; `kgdbwait` also starts a
 * session before the first program.
 */
#define LOG_PREFIX "gdbstub"
#include <dev/tty.h>
#include <topics/events/sites.h>
#include "session.h"
#include <kernel/ops/hooks.h>
#include <kernel/smp/smp.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <lt/log.h>

/*
 * Rounds of waiting for a step.  The wait is not limited by time, because the
 * clock's functions may have a breakpoint.
 */
#define STEP_ROUNDS	3000000u

/* Owner of the session.  Fields with [owner] are written by that CPU. */
static unsigned owner;			/* atomic: 0, or CPU + 1 and flags */
static bool waiting[MAX_CPUS];		/* [that CPU] waits to be the owner */
static bool overtaken[MAX_CPUS];	/* [owner] another CPU took its step's
					   session over */
struct trapframe *stub_stopped;		/* [owner] */
bool stub_dead;				/* [owner] after a panic */
bool stub_asked;			/* [owner] */
static bool attached;			/* [owner] GDB expects a stop reply */

/* ---- faults of the stub -------------------------------------------------- */

static void *escape[5];			/* [owner] for __builtin_longjmp */
static bool may_fault;			/* [owner] */

static void gdb_leave(void)
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

static enum stub_next gdb_serve_packets(void)
{
	enum stub_next next = STUB_STAY;

	if (attached && !stub_line_asked()) {
		reply.len = 0;
		stub_tell_stop(&reply);
		stub_line_send(&reply);
	}
	while (next == STUB_STAY) {
		reply.len = 0;
		next = stub_serve(stub_line_packet(), &reply);
		if (next == STUB_STAY || reply.len)
			stub_line_send(&reply);
	}
	/* GDB gets no reply to `c` and `s` before the next stop, but to `D` */
	attached = !reply.len;
	return next;
}

/*
 * Go back to execute the original instruction at a breakpoint that was removed
 * after this CPU met it.  QEMU has no instruction cache to flush, but it
 * translates code: a store while another CPU translates the same place can
 * leave that CPU with the old instruction, until the next store there.  Hence
 * stub_touch().
 */
static void fetch_again(struct trapframe *tf, unsigned long at)
{
	stub_touch(at);
	tf_set_pc(tf, at);
}

/*
 * True if memory no longer holds a trap at `at`.  With or_probe, the trap of a
 * probe does not count: when it is executed again, the probe handles it.
 */
static bool is_no_trap(unsigned long at, bool or_probe)
{
	u8 code[TEXT_INSN_MAX];

	if (stub_read(current, at, code, text_trap_len) < text_trap_len)
		return false;
	return memcmp(code, text_trap, text_trap_len) ||
		(or_probe && text_probe && text_probe(at, code));
}

static bool is_stale(struct trapframe *tf)
{
	unsigned long at = text_trapped_at(tf);

	if (!at || stub_has_break(at) || !is_no_trap(at, true))
		return false;
	fetch_again(tf, at);
	return true;
}

static bool gdb_take(unsigned from, unsigned to)
{
	return __atomic_compare_exchange_n(&owner, &from, to, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

bool stub_take_session(struct cpu *me)
{
	unsigned mine = me->id + 1, rounds = 0, now;
	bool again = waiting[me->id], stepped;

	if (gdb_take(mine | OWN_STEP, mine))
		return true;
	if (gdb_take(0, mine))
		goto owns;
	waiting[me->id] = true;
	do {
		if (again)
			arch_relax();
		else
			smp_relax(me);
		now = stub_owner();
		rounds = now & OWN_STEP ? rounds + 1 : 0;
	} while (!(now == 0 || rounds > STEP_ROUNDS) || !gdb_take(now, mine));
	waiting[me->id] = again;
	if (now & OWN_STEP)
		overtaken[(now & ~OWN_FLAGS) - 1] = true;
owns:
	stepped = overtaken[me->id];
	overtaken[me->id] = false;
	return stepped;
}

void stub_set_owner(unsigned how)
{
	__atomic_store_n(&owner, how ? stub_mine() | (how & OWN_FLAGS) : 0,
			 __ATOMIC_RELEASE);
}

unsigned stub_owner(void)
{
	return __atomic_load_n(&owner, __ATOMIC_RELAXED);
}

unsigned stub_mine(void)
{
	return cpu_self()->id + 1;
}

bool stub_has_ast(const struct trapframe *tf)
{
	return tf_user(tf) && READ_ONCE(current->ast);
}

enum stub_next stub_converse(struct trapframe *tf, unsigned signo)
{
	enum stub_next next;

	stub_stopped = tf;
	stub_line_begin();
	stub_begin(cpu_self()->running, stub_line_wanted() ? GDB_INT : signo);
	stub_end_call(tf);
	next = gdb_serve_packets();
	stub_line_end();
	if (next == STUB_STEP && stub_call_len(tf)) {
		/*
		 * a system call may take too long to hold the other CPUs during
		 * the step
		 */
		stub_break_after_call(tf_pc(tf) + stub_call_len(tf));
		next = STUB_GO;
	} else if (next == STUB_STEP && !stub_step(tf)) {
		next = STUB_GO;
	}
	return next;
}

void stub_go_on(enum stub_next next)
{
	stub_put_breaks();
	if (next == STUB_STEP && tf_user(stub_stopped)) {
		/* other programs may run this text: hold the CPUs */
		stub_set_owner(OWN_HELD);
		return;
	}
	stub_ask_for_copies();
	stub_let_go(cpu_self(), stub_asked);
	stub_set_owner(next == STUB_STEP ? OWN_STEP : 0);
	if (next == STUB_KILL)
		arch_end(0);
}

/*
 * Run a session.  If a step met a stale breakpoint, the step is still under
 * way: the frame keeps its trap flag, and this CPU keeps the session.
 */
static void gdb_run_session(struct trapframe *tf, unsigned signo)
{
	struct cpu *me = cpu_self();
	bool stepped = stub_take_session(me);

	if (is_stale(tf)) {
		stub_set_owner(stepped ? OWN_STEP : OWN_NONE);
		return;
	}
	stub_asked = stub_hold_others(me);
	if (!stepped && stub_has_ast(tf) &&
	    stub_has_break(text_trapped_at(tf))) {
		/* handle the work first, then trap here again */
		tf_set_pc(tf, text_trapped_at(tf));
		stub_let_go(me, stub_asked);
		stub_set_owner(OWN_NONE);
		return;
	}
	/* change text only while others are held: see is_stale() */
	stub_end_step(tf, stepped);
	stub_lift_breaks();
	stub_go_on(stub_converse(tf, signo));
}

/*
 * Handle a trap within a session.  There are two kinds: a fault of the session
 * itself, and a breakpoint on a function of the kernel that the session calls
 * while it begins or ends.  Such a breakpoint is removed until the next session
 * ends.  If it is removed already, this CPU has executed the old trap.
 */
bool stub_trapped_within(struct trapframe *tf)
{
	unsigned long at = text_trapped_at(tf);

	if (may_fault)
		tf_set_pc(tf, (unsigned long)gdb_leave);
	else if (stub_lift_break(at) || (at && is_no_trap(at, false)))
		fetch_again(tf, at);
	else
		return false;
	return true;
}

static bool trapped(struct trapframe *tf, int signo)
{
	unsigned now = stub_owner();
	unsigned mine = stub_mine();

	if (now == mine)
		return stub_trapped_within(tf);
	if (now == (mine | OWN_HELD))
		return stub_held_ends(tf, signo == SIGTRAP);
	if (signo != SIGTRAP)
		return false;
	if (tf_user(tf) && now != (mine | OWN_STEP) &&
	    !stub_has_break(text_trapped_at(tf))) {
		if (!stub_had_break(text_trapped_at(tf)))
			return false;
		tf_set_pc(tf, text_trapped_at(tf));
		return true;
	}
	gdb_run_session(tf, stub_dead ? GDB_ABRT : GDB_TRAP);
	return true;
}

/* The hook hooks.debugger.  how < 0: the trap is no page fault. */
static bool debugged(struct trapframe *tf, int signo, vaddr_t va, int how)
{
	return how < 0 ? trapped(tf, signo) :
		stub_faulted(tf, va, (enum fault_access)how);
}

/*
 * Start a last session after a panic; without a frame, trap to get one.  The
 * machine does not go on afterwards.
 */
static void panicked(struct trapframe *tf)
{
	stub_dead = true;
	if (tf)
		gdb_run_session(tf, GDB_ABRT);
	else
		stub_trap();
}

static void gdbstub_init(void)
{
	bool wait = boot_option("kgdbwait");

	if (!wait && !boot_option("kgdb"))
		return;
	hooks.debugger = debugged;
	text_debugger = stub_text_code;
	text_changed = stub_text_changed;
	events_want(EVENT_FAULT, 1);
	panic_debugger = panicked;
	uart_taken = stub_line_taken;
	if (!wait)
		return;
	log_notice("waiting for GDB on the serial line");
	stub_trap();
}
INIT(end, gdbstub_init);

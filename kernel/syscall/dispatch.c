/* SPDX-License-Identifier: MIT */
/*
 * System calls, the portable part (rows B1, B3): from a trapframe to the
 * handler of the generated table.  This path is counted in instructions, so
 * it does only what every call needs; restarts belong to the signal code,
 * tracing swaps the table.
 */
#define LOG_PREFIX "syscall"
#include <ext/asmp/asmp.h>
#include <ext/ptrace/ptrace.h>
#include <kernel/events.h>
#include <kernel/syscall/table.h>
#include <kernel/task.h>
#include <kernel/tlb_check.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/log.h>
#include <mm/slab.h>
#include <mm/uaccess.h>

/*
 * syscall_table, the one of trace=syscalls, or that of the event trace: where
 * the calls of tasks go that no tracer stops at them.
 */
static const syscall_entry_t *table = syscall_table;	/* [tree_lock] */
/* const after init */
static const syscall_entry_t *plain_table = syscall_table;

static bool is_traced(const struct task *t)
{
	return t->syscall_table == syscall_traced_table;
}

void syscall_table_of(struct task *t, bool traced)
{
	WRITE_ONCE(t->syscall_table, traced ? syscall_traced_table :
		   READ_ONCE(table));
}

/*
 * Row B3.  The table is the task's: a tracer or the event trace exchanges it,
 * and the common call asks for neither.
 */
void trap_syscall(struct trapframe *tf)
{
	unsigned long nr = tf_nr(tf);

	tlbcheck_user();
	arch_irq_enable();
	current->syscalls++;
	if (likely(nr < SYSCALL_COUNT))
		tf_set_result(tf, current->syscall_table[nr](tf));
	else
		tf_set_result(tf, syscall_missing(tf));
	arch_irq_disable();
	lock_debug_exit();
	tlbcheck_settle();
	tlbcheck_user();
}

/* ---- numbers without a handler ------------------------------------------ */

#define REPORTED_MAX 512

static u32 reported[REPORTED_MAX / 32];

/* Our own calls, at numbers Linux will not reach (spawn, join). */
static long native_call(struct trapframe *tf, unsigned long nr)
{
	long result;

	event_note(EVENT_SYSCALL, nr, tf_arg(tf, 0));
	result = native_table[nr - NATIVE_FIRST](tf);
	event_note(EVENT_RETURN, nr, (unsigned long)result);
	return result;
}

/* ENOSYS, and a line in the log for the first use of each number. */
static long missing(struct trapframe *tf)
{
	unsigned long nr = tf_nr(tf);
	const char *name = NULL;

	if (unlikely(asmp))
		asmp_enter();
	if (nr - NATIVE_FIRST < native_count)
		return native_call(tf, nr);
	if (nr >= REPORTED_MAX)
		return -ENOSYS;
	if (reported[nr / 32] & 1u << nr % 32)
		return -ENOSYS;
	reported[nr / 32] |= 1u << nr % 32;
	if (nr < SYSCALL_COUNT)
		name = syscall_info[nr].name;
	log_info("%s[%d]: call %lu (%s) is not implemented", current->comm,
		 current->tid, nr, name ? name : "unknown");
	return -ENOSYS;
}

/* Numbers past the table miss its traced form. */
long syscall_missing(struct trapframe *tf)
{
	if (tf_nr(tf) >= SYSCALL_COUNT && is_traced(current))
		return syscall_traced(tf);
	return missing(tf);
}

long syscall_unwritten(void)
{
	return missing(current_trapframe(current->kstack));
}

/* ---- a traced task's calls ----------------------------------------------- */

/*
 * Every entry of syscall_traced_table.  The tracer may have changed the
 * number, or made it -1: no call then, and the result it has set.
 */
long syscall_traced(struct trapframe *tf)
{
	unsigned long nr;
	long result;

	if (unlikely(asmp))
		asmp_enter();
	if (trace_syscall_entry(tf)) {
		nr = tf_nr(tf);
		result = nr < SYSCALL_COUNT ? READ_ONCE(table)[nr](tf) :
			missing(tf);
	} else {
		result = (long)tf_result(tf);
	}
	if (is_traced(current))
		task_set_ast(current, AST_SYSCALL_EXIT);
	return result;
}

/* ---- the event trace ----------------------------------------------------- */

/* Every entry of syscall_event_table. */
long syscall_event(struct trapframe *tf)
{
	unsigned long nr = tf_nr(tf);
	long result;

	event_note(EVENT_SYSCALL, nr, tf_arg(tf, 0));
	result = plain_table[nr](tf);
	event_note(EVENT_RETURN, nr, (unsigned long)result);
	return result;
}

/* All tasks under tree_lock: one that is just made gets its table there too. */
void syscall_trace_events(bool on)
{
	struct task *t;

	spin_lock(&tree_lock);
	WRITE_ONCE(table, on ? syscall_event_table : plain_table);
	list_for_each(t, &all_tasks, all_link)
		if (!is_traced(t))
			syscall_table_of(t, false);
	spin_unlock(&tree_lock);
}

/* ---- asmp ---------------------------------------------------------------- */

static const syscall_entry_t *master_table;

/* Every entry of the table while one CPU serves all calls. */
static long master_call(struct trapframe *tf)
{
	asmp_enter();
	return master_table[tf_nr(tf)](tf);
}

void syscall_serve_on_master(void)
{
	syscall_entry_t *moved = kmalloc(SYSCALL_COUNT * sizeof(*moved));

	if (!moved)
		boot_refuse("no memory for asmp");
	for (unsigned i = 0; i < SYSCALL_COUNT; i++)
		moved[i] = master_call;
	master_table = plain_table;
	plain_table = moved;
	syscall_trace_events(false);
}

/* ---- trace=syscalls, trace=census ---------------------------------------- */

#define TRACE_STRING 48

static int trace_string(char *to, size_t size, uaddr_t at)
{
	char text[TRACE_STRING + 1];
	long n = string_from_user(text, at, sizeof(text));

	if (n == -EFAULT)
		return fmt_print(to, size, "%#lx", at);
	text[TRACE_STRING] = 0;
	return fmt_print(to, size, "\"%s\"%s", text, n < 0 ? "..." : "");
}

static int trace_arg(char *to, size_t size, char kind, unsigned long v)
{
	switch (kind) {
	case 'd':
		return fmt_print(to, size, "%d", (int)v);
	case 'u':
		return fmt_print(to, size, "%u", (unsigned)v);
	case 'o':
		return fmt_print(to, size, "%#o", (unsigned)v);
	case 'x':
		return fmt_print(to, size, "%#x", (unsigned)v);
	case 'z':
		return fmt_print(to, size, "%lu", v);
	case 'l':
		return fmt_print(to, size, "%ld", (long)v);
	case 's':
		return trace_string(to, size, v);
	default:
		return fmt_print(to, size, "%#lx", v);
	}
}

/* "name(1, 0x2, "three")" of the call in tf. */
static void trace_format(struct trapframe *tf, char *to, size_t size)
{
	const struct syscall_info *info = &syscall_info[tf_nr(tf)];
	const char *args = info->args ? info->args : "";
	size_t n = fmt_print(to, size, "%s(", info->name ? info->name : "?");

	for (int i = 0; args[i] && n < size; i++) {
		if (i)
			n += fmt_print(to + n, size - n, ", ");
		if (n < size)
			n += trace_arg(to + n, size - n, args[i],
				       tf_arg(tf, i));
	}
	if (n < size)
		fmt_print(to + n, size - n, ")");
}

/*
 * Arguments are printed before the call, which may change what they point to
 * (or not return at all), the result after it.
 */
static long trace_call(struct trapframe *tf)
{
	unsigned long nr = tf_nr(tf);
	char text[160];
	long result;

	trace_format(tf, text, sizeof(text));
	log_print(LOG_INFO, "trace", "%s[%d] %s", current->comm, current->tid,
		  text);
	result = syscall_table[nr](tf);
	log_print(LOG_INFO, "trace", "%s[%d] %s = %ld (%#lx)", current->comm,
		  current->tid,
		  syscall_info[nr].name ? syscall_info[nr].name : "?",
		  result, (unsigned long)result);
	return result;
}

static long census_call(struct trapframe *tf)
{
	struct census_args args;
	unsigned nr = (unsigned)tf_nr(tf);
	long result;

	census_read(tf, &args);
	result = syscall_table[nr](tf);
	census_note(&args, result);
	return result;
}

void syscall_trace_init(void)
{
	const char *what = boot_option("trace");
	syscall_entry_t *traced, entry = NULL;

	if (what && !strcmp(what, "syscalls"))
		entry = trace_call;
	if (what && !strcmp(what, "census") && census_init())
		entry = census_call;
	if (!entry)
		return;
	traced = kmalloc(SYSCALL_COUNT * sizeof(*traced));
	if (!traced) {
		log_err("no memory to trace system calls");
		return;
	}
	for (unsigned i = 0; i < SYSCALL_COUNT; i++)
		traced[i] = entry;
	table = plain_table = traced;
}

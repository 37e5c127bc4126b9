/* SPDX-License-Identifier: MIT */
/*
 * GDB's requests and the answers (row B7; the manual of GDB, "Packets").  An
 * empty answer means that a request is not supported, E01 that it is malformed
 * or cannot be done, and E14 that there is no memory at the address.
 */
#include "gdbstub.h"
#include <kernel/smp/smp.h>
#include <kernel/task/state.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/compiler.h>

#define WORD	sizeof(unsigned long)

static unsigned why;			/* [owner of the session] stop signal */
static struct task *stopped;		/* [owner] */
static struct task *chosen;		/* [owner] task chosen by `Hg` */
static struct task *listed;		/* [owner] last of `qsThreadInfo` */

void stub_begin(struct task *t, unsigned signo)
{
	stopped = chosen = t;
	why = signo;
}

void stub_tell_stop(struct answer *a)
{
	u8 signo = (u8)why;

	answer_text(a, "T");
	answer_bytes(a, &signo, 1);
	answer_text(a, "thread:");
	answer_number(a, stub_id(stopped));
	answer_text(a, ";");
}

static void gdb_say(struct answer *a, bool done)
{
	answer_text(a, done ? "OK" : "E01");
}

/* ---- registers ----------------------------------------------------------- */

struct register_request {
	struct stub_thread thread;
	unsigned nr;
	unsigned long value;
	bool known;
};

static void get_register(void *arg)
{
	struct register_request *r = arg;

	r->known = stub_get(&r->thread, r->nr, &r->value);
}

/*
 * Append a register to the answer.  Reading may fault: a frame may lie on a
 * stack that has been freed.
 */
static void tell_register(struct answer *a, struct register_request *r)
{
	r->known = false;
	if (stub_try(get_register, r) && r->known)
		answer_bytes(a, &r->value, WORD);
	else
		answer_unknown(a, WORD);
}

static void tell_registers(struct answer *a)
{
	struct register_request r = { .nr = 0 };

	stub_find(chosen, &r.thread);
	for (; r.nr < stub_registers; r.nr++)
		tell_register(a, &r);
}

static void gdb_tell_one(const char *s, struct answer *a)
{
	struct register_request r = { .nr = 0 };
	unsigned long nr;

	if (!packet_number(&s, &nr)) {
		gdb_say(a, false);
		return;
	}
	if (nr >= stub_registers) {
		answer_unknown(a, WORD);
		return;
	}
	stub_find(chosen, &r.thread);
	r.nr = (unsigned)nr;
	tell_register(a, &r);
}

/*
 * Set a register.  Only registers of the stopped task can be set, because that
 * task's frame is used to go on.
 */
static bool gdb_set_one(const struct stub_thread *t, unsigned nr,
			const char **s)
{
	u8 bytes[WORD];
	unsigned long v;

	for (size_t i = 0; i < WORD; i++)
		if (!packet_byte(s, &bytes[i]))
			return false;
	memcpy(&v, bytes, WORD);
	return t->here && stub_set(t->frame, nr, v);
}

static bool set_registers(const char *s)
{
	struct stub_thread t;
	bool done = true;

	stub_find(chosen, &t);
	for (unsigned nr = 0; nr < stub_registers && done; nr++) {
		if (*s == 'x')
			s += 2 * WORD;
		else
			done = gdb_set_one(&t, nr, &s);
	}
	return done && !*s;
}

/*
 * Serve `P`.  Registers past the last one are accepted and ignored.  GDB uses
 * such numbers for values of its own, such as a mark that no system call is to
 * be restarted.
 */
static bool set_register(const char *s)
{
	struct stub_thread t;
	unsigned long nr;

	stub_find(chosen, &t);
	if (!packet_number(&s, &nr) || !packet_skip(&s, '='))
		return false;
	return nr >= stub_registers ||
		(gdb_set_one(&t, (unsigned)nr, &s) && !*s);
}

/* ---- memory and breakpoints ---------------------------------------------- */

static bool range(const char **s, unsigned long *at, unsigned long *n)
{
	return packet_number(s, at) && packet_skip(s, ',') &&
		packet_number(s, n) && *n <= PACKET_MAX / 2;
}

static void tell_memory(const char *s, struct answer *a)
{
	static u8 bytes[PACKET_MAX / 2];	/* [owner of the session] */
	unsigned long at, n;
	size_t got;

	if (!range(&s, &at, &n) || *s) {
		gdb_say(a, false);
		return;
	}
	got = stub_read(chosen, at, bytes, n);
	if (n && !got)
		answer_text(a, "E14");
	else
		answer_bytes(a, bytes, got);
}

static void set_memory(const char *s, struct answer *a)
{
	static u8 bytes[PACKET_MAX / 2];	/* [owner of the session] */
	unsigned long at, n;
	bool fits = range(&s, &at, &n) && packet_skip(&s, ':');

	for (size_t i = 0; fits && i < n; i++)
		fits = packet_byte(&s, &bytes[i]);
	if (!fits || *s)
		gdb_say(a, false);
	else
		answer_text(a, stub_write(at, bytes, n) == n ? "OK" : "E14");
}

/*
 * Serve `Z0,AT,KIND` and `z0,AT,KIND`.  KIND is the length of the instruction
 * at AT.
 */
static void breakpoint(const char *s, bool set, struct answer *a)
{
	unsigned long at, len;

	if (*s++ != '0')
		return;			/* unsupported: watchpoints, hardware
					   breakpoints */
	if (!packet_skip(&s, ',') || !packet_number(&s, &at) ||
	    !packet_skip(&s, ',') || !packet_number(&s, &len) || *s)
		gdb_say(a, false);
	else
		gdb_say(a, set ? stub_set_break(chosen, at, len) :
				 stub_clear_break(chosen, at));
}

/* ---- threads ------------------------------------------------------------- */

struct task_request {
	unsigned long id;
	struct task *task;
};

static void gdb_find_task(void *arg)
{
	struct task_request *r = arg;

	r->task = stub_task(r->id);
}

/*
 * Parse the number of a task.  Without a number, or for 0 or -1, return the
 * stopped task.
 * Return: the task, or NULL: there is none.
 */
static struct task *task_of(const char **s)
{
	struct task_request r = { .id = 0 };

	if (packet_skip(s, '-') || !packet_number(s, &r.id) || !r.id)
		return stopped;
	return stub_try(gdb_find_task, &r) ? r.task : NULL;
}

static bool gdb_choose(const char *s)
{
	bool for_registers = *s == 'g';
	struct task *t;

	if (*s != 'g' && *s != 'c')
		return false;
	s++;
	t = task_of(&s);
	if (t && for_registers)
		chosen = t;
	return t;
}

#define ID_DIGITS	(2 * WORD + 1)

static void list_tasks(void *arg)
{
	struct answer *a = arg;

	answer_text(a, "m");
	while (a->len + 2 * ID_DIGITS < PACKET_MAX) {
		struct task *t = stub_next_task(listed);

		if (!t)
			break;
		if (a->len > 1)
			answer_text(a, ",");
		answer_number(a, stub_id(t));
		listed = t;
	}
}

/*
 * Answer with the next tasks.  If the list cannot be followed further, report
 * its end.
 */
static void more_tasks(struct answer *a)
{
	bool whole = stub_try(list_tasks, a);

	if (!whole || a->len <= 1) {
		a->len = 0;
		answer_text(a, "l");
	}
}

static void gdb_describe(const char *s, struct answer *a)
{
	struct task *t = task_of(&s);
	struct stub_thread at;
	char text[80];

	if (!t) {
		gdb_say(a, false);
		return;
	}
	stub_find(t, &at);
	fmt_print(text, sizeof(text), "%s, %s%s, CPU %u", t->comm,
		  task_state_name(t->state),
		  at.frame || at.pc ? ", on it" : "", t->cpu->id);
	answer_bytes(a, text, strlen(text));
}

/* ---- questions ----------------------------------------------------------- */

static void monitor(const char *s, struct answer *a)
{
	char command[64];
	size_t n = 0;
	u8 c;

	while (n < sizeof(command) - 1 && packet_byte(&s, &c))
		command[n++] = (char)c;
	command[n] = '\0';
	if (*s) {
		gdb_say(a, false);
		return;
	}
	stub_monitor(command);
	gdb_say(a, true);
}

static bool gdb_begins(const char **s, const char *with)
{
	size_t n = strlen(with);

	if (strncmp(*s, with, n))
		return false;
	*s += n;
	return true;
}

static void question(const char *s, struct answer *a)
{
	if (gdb_begins(&s, "Supported")) {
		answer_text(a, "PacketSize=");
		answer_number(a, PACKET_MAX);
	} else if (gdb_begins(&s, "fThreadInfo")) {
		listed = NULL;
		more_tasks(a);
	} else if (gdb_begins(&s, "sThreadInfo")) {
		more_tasks(a);
	} else if (gdb_begins(&s, "ThreadExtraInfo,")) {
		gdb_describe(s, a);
	} else if (gdb_begins(&s, "Rcmd,")) {
		monitor(s, a);
	} else if (gdb_begins(&s, "Attached")) {
		answer_text(a, "1");
	} else if (gdb_begins(&s, "C")) {
		answer_text(a, "QC");
		answer_number(a, stub_id(stopped));
	}
}

enum stub_next stub_serve(const struct packet *p, struct answer *a)
{
	const char *s = p->text + 1;

	switch (p->text[0]) {
	case '?':
		stub_tell_stop(a);
		break;
	case 'g':
		tell_registers(a);
		break;
	case 'p':
		gdb_tell_one(s, a);
		break;
	case 'G':
		gdb_say(a, set_registers(s));
		break;
	case 'P':
		gdb_say(a, set_register(s));
		break;
	case 'm':
		tell_memory(s, a);
		break;
	case 'M':
		set_memory(s, a);
		break;
	case 'Z':
	case 'z':
		breakpoint(s, p->text[0] == 'Z', a);
		break;
	case 'H':
		gdb_say(a, gdb_choose(s));
		break;
	case 'T':
		gdb_say(a, task_of(&s) != NULL);
		break;
	case 'q':
		question(s, a);
		break;
	case 'c':
	case 'C':		/* a signal number is ignored */
		return STUB_GO;
	case 's':
	case 'S':
		return STUB_STEP;
	case 'D':
		stub_clear_all();
		gdb_say(a, true);
		return STUB_GO;
	case 'k':
		stub_clear_all();
		return STUB_KILL;
	}
	return STUB_STAY;
}

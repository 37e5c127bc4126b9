/* SPDX-License-Identifier: MIT */
/*
 * A probe as an event of tracefs (row C11): its fields, its line, and switching
 * it on and off.  A record contains the address, or the function and its return
 * address, then the fetched values; strings follow at the end.
 */
#include "kprobe.h"
#include <lib/mem.h>
#include <lib/printf.h>
#include <mm/frames/slab.h>
#include <uapi/errno.h>

#define FORMAT_MAX	4096
#define DYNAMIC_MAX	512		/* bytes of a record's strings */

struct record {
	struct trace_common common;
	unsigned long ip;		/* probed address or function */
	unsigned long back;		/* return address; return probes only */
};

struct kprobe *kprobes;

/* ---- a hit --------------------------------------------------------------- */

static unsigned probe_fill(void *record, const unsigned long *a)
{
	const struct kprobe *p = (const struct kprobe *)a[0];
	const struct trapframe *tf = (const struct trapframe *)a[1];
	struct record *r = record;
	unsigned size = p->event.size;

	r->ip = p->at;
	if (p->returns)
		r->back = a[2];
	for (unsigned i = 0; i < p->nr_args; i++) {
		unsigned field = p->fields[p->event.nr_fields - p->nr_args +
					   i].offset;

		size = fetch_value(&p->args[i], tf, record, field, size);
	}
	return size - p->event.size;
}

void kprobe_record(struct kprobe *p, const struct trapframe *tf,
		   unsigned long back)
{
	const unsigned long a[] = { (unsigned long)p, (unsigned long)tf, back };

	__atomic_fetch_add(&p->hits, 1, __ATOMIC_RELAXED);
	if (!trace_hit(&p->event, a, tf))
		__atomic_fetch_add(&p->missed, 1, __ATOMIC_RELAXED);
}

static void probe_show(struct seq *s, const void *record)
{
	const struct record *r = record;
	const struct kprobe *p = kprobes;
	unsigned first;

	while (p && p->event.id != r->common.type)
		p = p->next;
	if (!p)
		return;
	first = p->event.nr_fields - p->nr_args;
	seq_print(s, "(");
	if (p->returns) {
		fetch_show_place(s, r->back, true);
		seq_print(s, " <- ");
	}
	fetch_show_place(s, r->ip, !p->returns);
	seq_print(s, ")");
	for (unsigned i = 0; i < p->nr_args; i++)
		fetch_show(s, &p->args[i], record, p->fields[first + i].offset);
}

/* ---- on and off ---------------------------------------------------------- */

static int probe_turn(struct trace_event *e, bool on)
{
	struct kprobe *p = (struct kprobe *)e;
	int err = 0;

	if (on) {
		err = place_arm(p);
		if (!err && p->returns)
			calls_want(1);
		return err;
	}
	place_disarm(p);
	if (p->returns)
		calls_want(-1);
	return 0;
}

/* ---- fields -------------------------------------------------------------- */

static void add_field(struct kprobe *p, const char *type, const char *name,
		      unsigned size, bool is_signed, bool text)
{
	struct trace_event *e = &p->event;
	unsigned at = ALIGN_UP(e->size, size);

	p->fields[e->nr_fields++] = (struct trace_field){
		type, name, "", (u16)at, (u16)size, is_signed,
		text ? FIELD_LOC : FIELD_NUMBER,
	};
	e->size = at + size;
}

static void make_fields(struct kprobe *p)
{
	struct trace_event *e = &p->event;

	e->size = sizeof(struct trace_common);
	if (p->returns) {
		add_field(p, "unsigned long", "__probe_func", sizeof(long),
			  false, false);
		add_field(p, "unsigned long", "__probe_ret_ip", sizeof(long),
			  false, false);
	} else {
		add_field(p, "unsigned long", "__probe_ip", sizeof(long), false,
			  false);
	}
	for (unsigned i = 0; i < p->nr_args; i++) {
		const struct kprobe_type *t = p->args[i].type;
		bool text = t->kind == KPROBE_STRING;

		add_field(p, t->field, p->args[i].name, t->size, t->is_signed,
			  text);
		e->dynamic += text ? FETCH_STRING : 0;
	}
	e->fields = p->fields;
}

static int make_format(struct kprobe *p)
{
	struct seq s = { .size = FORMAT_MAX };

	s.buf = kmalloc(FORMAT_MAX);
	if (!s.buf)
		return -ENOMEM;
	seq_print(&s, p->returns ? "\"(%%lx <- %%lx)" : "\"(%%lx)");
	for (unsigned i = 0; i < p->nr_args; i++)
		seq_print(&s, " %s=%s", p->args[i].name,
			  p->args[i].type->print);
	seq_print(&s, p->returns ?
		  "\", REC->__probe_func, REC->__probe_ret_ip" :
		  "\", REC->__probe_ip");
	for (unsigned i = 0; i < p->nr_args; i++)
		seq_print(&s, p->args[i].type->kind == KPROBE_STRING ?
			  ", __get_str(%s)" : ", REC->%s", p->args[i].name);
	s.buf[min(s.len, (size_t)FORMAT_MAX - 1)] = 0;
	p->format = s.buf;
	return 0;
}

/* ---- made and taken away ------------------------------------------------- */

int kprobe_add(struct kprobe *p)
{
	struct kprobe **at = &kprobes;
	int err;

	make_fields(p);
	if (p->event.dynamic > DYNAMIC_MAX)
		return -E2BIG;
	err = make_format(p);
	if (err)
		return err;
	p->event.name = p->name;
	p->event.format = p->format;
	p->event.fill = probe_fill;
	p->event.show = probe_show;
	p->event.turn = probe_turn;
	p->event.what = EVENT_KINDS;
	if (p->returns) {
		p->calls = calls_make(p);
		if (!p->calls)
			return -ENOMEM;
	}
	err = trace_add(&p->event);
	if (err)
		return err;
	while (*at)
		at = &(*at)->next;
	*at = p;
	return 0;
}

void kprobe_free(struct kprobe *p)
{
	if (p->calls)
		calls_leave(p->calls);
	for (unsigned i = 0; i < p->nr_args; i++)
		fetch_free(&p->args[i]);
	kfree(p->format);
	kfree(p->symbol);
	kfree(p);
}

void kprobe_remove(struct kprobe *p)
{
	struct kprobe **at = &kprobes;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	trace_remove(&p->event);
	kprobe_free(p);
}

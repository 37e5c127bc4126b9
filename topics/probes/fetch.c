/* SPDX-License-Identifier: MIT */
/*
 * Values that a probe reads when it is hit (row C11), in Linux's syntax:
 *
 *	%REG $argN $retval $stack $stackN $comm @ADDR @SYMBOL[+|-OFFS] \VALUE
 *	+|-[u]OFFS(FETCHARG)	memory at FETCHARG plus or minus OFFS
 *	FETCHARG:TYPE	u8 .. u64, s8 .. s64, x8 .. x64, symbol, string
 *
 * Data that is not in memory now reads as 0, or as the string "(fault)".
 */
#include "kprobe.h"
#include <kernel/current.h>
#include <lib/chars.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/boot.h>
#include <lt/ksym.h>
#include <mm/frames/slab.h>
#include <uapi/errno.h>

#define NUMBERS(bits, ll)						\
	{ "u" #bits, "u" #bits, "%" ll "u", bits / 8, false, KPROBE_NUMBER }, \
	{ "s" #bits, "s" #bits, "%" ll "d", bits / 8, true, KPROBE_NUMBER }, \
	{ "x" #bits, "u" #bits, "0x%" ll "x", bits / 8, false, KPROBE_HEX }

static const struct kprobe_type types[] = {
	NUMBERS(8, ""), NUMBERS(16, ""), NUMBERS(32, ""), NUMBERS(64, "L"),
	{ "symbol", sizeof(long) == 8 ? "u64" : "u32", "%pS", sizeof(long),
	  false, KPROBE_SYMBOL },
	{ "string", "__data_loc char[]", "\\\"%s\\\"", 4, false,
	  KPROBE_STRING },
	{ "ustring", "__data_loc char[]", "\\\"%s\\\"", 4, false,
	  KPROBE_STRING },
};

static const struct kprobe_type *fetch_type_of(const char *name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i].name, name))
			return &types[i];
	return NULL;
}

/* ---- parsing ------------------------------------------------------------- */

int fetch_number(const char *text, unsigned long *out)
{
	unsigned base = 10, digit;
	unsigned long v = 0;

	if (*text == '0' && text[1])
		base = (text[1] | 0x20) == 'x' ? 16 : 8;
	text += base == 16 ? 2 : 0;
	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		digit = digit_value(*text);
		if (digit >= base || v > (~0ul - digit) / base)
			return -EINVAL;
		v = v * base + digit;
	}
	*out = v;
	return 0;
}

/* Parse a number with an optional sign. */
static int probes_number(const char *text, long *out)
{
	bool minus = *text == '-';
	unsigned long v;
	int err = fetch_number(text + (minus || *text == '+'), &v);

	if (!err)
		*out = (long)(minus ? -v : v);
	return err;
}

/* Parse +|-[u]OFFS(...), and leave the innermost FETCHARG at *text. */
static int parse_derefs(struct kprobe_arg *a, char **text)
{
	char *at = *text, *open, *end = at + strlen(at);

	for (; *at == '+' || *at == '-'; at = open + 1) {
		bool minus = *at == '-';
		int err;

		at += at[1] == 'u' ? 2 : 1;
		open = strchr(at, '(');
		if (!open || end[-1] != ')' || a->nr_derefs == KPROBE_DEREFS)
			return -EINVAL;
		*open = 0;
		*--end = 0;
		err = *at == '-' || *at == '+' ? -EINVAL :
			probes_number(at, &a->deref[a->nr_derefs]);
		if (err)
			return err;
		if (minus)
			a->deref[a->nr_derefs] = -a->deref[a->nr_derefs];
		a->nr_derefs++;
	}
	*text = at;
	return 0;
}

static int parse_variable(struct kprobe_arg *a, const char *name, bool entry,
			  bool returns)
{
	long n = 0;

	if (!strcmp(name, "retval")) {
		a->what = FETCH_RESULT;
		return returns ? 0 : -EINVAL;
	}
	if (!strcmp(name, "comm")) {
		a->what = FETCH_COMM;
		return a->nr_derefs ? -EINVAL : 0;
	}
	if (!strcmp(name, "stack")) {
		a->what = FETCH_STACK;
		return 0;
	}
	if (!strncmp(name, "stack", 5)) {
		a->what = FETCH_STACK_WORD;
		if (digit_value(name[5]) > 9 ||
		    probes_number(name + 5, &a->value))
			return -EINVAL;
		return a->value < (long)(KSTACK_SIZE / sizeof(long)) ? 0 :
			-EINVAL;
	}
	if (strncmp(name, "arg", 3) || digit_value(name[3]) > 9 ||
	    probes_number(name + 3, &n) || n < 1 || !entry || returns || n > 64)
		return -EINVAL;
	a->what = FETCH_ARG;
	a->value = n - 1;
	return 0;
}

/* Parse @ADDR or @SYMBOL+OFFS: the memory at that address. */
static int parse_address(struct kprobe_arg *a, char *text)
{
	char *sign = strchr(text, '+') ? strchr(text, '+') : strchr(text, '-');
	long offset = 0;

	a->what = FETCH_VALUE;
	if (a->nr_derefs == KPROBE_DEREFS)
		return -EINVAL;
	a->deref[a->nr_derefs++] = 0;
	if (digit_value(*text) <= 9)
		return probes_number(text, &a->value);
	if (sign && probes_number(sign, &offset))
		return -EINVAL;
	if (sign)
		*sign = 0;
	a->value = (long)ksym_address(text);
	if (!a->value)
		return -ENOENT;
	a->value += offset;
	return 0;
}

static int parse_source(struct kprobe_arg *a, char *text, bool entry,
			bool returns)
{
	switch (*text) {
	case '$':
		return parse_variable(a, text + 1, entry, returns);
	case '%':
		a->what = FETCH_REG;
		a->value = kprobe_register(text + 1);
		return a->value < 0 ? -EINVAL : 0;
	case '@':
		return parse_address(a, text + 1);
	case '\\':
		a->what = FETCH_VALUE;
		return probes_number(text + 1, &a->value);
	}
	return -EINVAL;
}

/*
 * Parse a type.  A string needs an address in memory; $comm can only be a
 * string.
 */
static int parse_type(struct kprobe_arg *a, const char *name)
{
	if (!name)
		name = a->what == FETCH_COMM ? "string" :
			sizeof(long) == 8 ? "x64" : "x32";
	a->type = fetch_type_of(name);
	if (!a->type)
		return -EINVAL;
	if (a->type->kind == KPROBE_STRING)
		return a->nr_derefs || a->what == FETCH_COMM ? 0 : -EINVAL;
	return a->what == FETCH_COMM ? -EINVAL : 0;
}

static bool is_good_name(const char *name)
{
	if (digit_value(*name) <= 9 || !*name)
		return false;
	for (; *name; name++)
		if (!((*name >= '0' && *name <= '9') || *name == '_' ||
		      ((*name | 0x20) >= 'a' && (*name | 0x20) <= 'z')))
			return false;
	return true;
}

static int parse_name(struct kprobe_arg *a, char **text, unsigned n)
{
	char *equal = strchr(*text, '=');

	fmt_print(a->name, sizeof(a->name), "arg%u", n + 1);
	if (!equal)
		return 0;
	*equal = 0;
	if (strlen(*text) >= sizeof(a->name) || !is_good_name(*text))
		return -EINVAL;
	str_copy(a->name, *text, sizeof(a->name));
	*text = equal + 1;
	return 0;
}

int fetch_parse(struct kprobe_arg *a, char *text, unsigned n, bool entry,
		bool returns)
{
	int err = parse_name(a, &text, n);
	char *type;

	if (err || !*text)
		return -EINVAL;
	a->text = kmalloc(strlen(text) + 1);
	if (!a->text)
		return -ENOMEM;
	memcpy(a->text, text, strlen(text) + 1);
	type = strchr(text, ':');
	if (type)
		*type++ = 0;
	err = parse_derefs(a, &text);
	if (!err)
		err = parse_source(a, text, entry, returns);
	if (!err)
		err = parse_type(a, type);
	if (err)
		fetch_free(a);
	return err;
}

void fetch_free(struct kprobe_arg *a)
{
	kfree(a->text);
	a->text = NULL;
}

/* ---- at a hit ------------------------------------------------------------ */

/* Read word n above the stack pointer, if it is on the same stack. */
static unsigned long fetch_stack_word(const struct trapframe *tf,
				      unsigned long n)
{
	unsigned long sp = tf_sp(tf), at = sp + n * sizeof(long), v = 0;

	if (!((at ^ sp) & -(unsigned long)KSTACK_SIZE))
		place_read(at, &v, sizeof(v), false);
	return v;
}

static unsigned long fetch_source(const struct kprobe_arg *a,
			    const struct trapframe *tf)
{
	switch (a->what) {
	case FETCH_REG:
		return kprobe_get(tf, (unsigned)a->value);
	case FETCH_STACK:
		return tf_sp(tf);
	case FETCH_STACK_WORD:
		return fetch_stack_word(tf, (unsigned long)a->value);
	case FETCH_ARG:
		return kprobe_argument(tf, (unsigned)a->value);
	case FETCH_RESULT:
		return kprobe_result(tf);
	default:
		return (unsigned long)a->value;
	}
}

static unsigned fetch_string(const struct kprobe_arg *a, unsigned long at,
			   void *record, u32 *loc, unsigned size)
{
	char *to = (char *)record + size;
	size_t n;

	if (a->what == FETCH_COMM) {
		n = TASK_COMM;
		memcpy(to, current->comm, n);
	} else {
		n = place_read(at, to, FETCH_STRING, true);
	}
	if (n)
		to[n - 1] = 0;
	*loc = (u32)n << 16 | size;
	return size + (unsigned)n;
}

unsigned fetch_value(const struct kprobe_arg *a, const struct trapframe *tf,
		     void *record, unsigned field, unsigned size)
{
	unsigned long at = fetch_source(a, tf);
	void *to = (char *)record + field;
	u64 v = at;

	for (unsigned i = a->nr_derefs; i > 1; i--) {
		unsigned long next = 0;

		place_read(at + (unsigned long)a->deref[i - 1], &next,
			   sizeof(next), false);
		at = next;
	}
	if (a->nr_derefs)
		at += (unsigned long)a->deref[0];
	if (a->type->kind == KPROBE_STRING)
		return fetch_string(a, at, record, to, size);
	if (a->nr_derefs) {
		v = 0;
		if (place_read(at, &v, a->type->size, false) < a->type->size)
			v = 0;
	} else if (a->type->is_signed) {
		v = (u64)(s64)(long)at;
	}
	memcpy(to, &v, a->type->size);
	return size;
}

/* ---- printing ------------------------------------------------------------ */

/* Return the address after the function that begins at start. */
static unsigned long fetch_end_of(unsigned long start)
{
	unsigned long low = start, step = 16, mid;
	unsigned long high = (unsigned long)__text_end;
	uintptr_t offset;

	while (low + step < high) {
		ksym_lookup(low + step, &offset);
		if (low + step - offset != start)
			high = low + step;
		else
			low += step;
		step *= 2;
	}
	while (high - low > 1) {
		mid = low + (high - low) / 2;
		ksym_lookup(mid, &offset);
		if (mid - offset == start)
			low = mid;
		else
			high = mid;
	}
	return high;
}

void fetch_show_place(struct seq *s, unsigned long pc, bool offset)
{
	uintptr_t from = 0;
	const char *name = ksym_lookup(pc, &from);

	if (!name || pc >= (unsigned long)__text_end)
		seq_print(s, "%#lx", pc);
	else if (offset)
		seq_print(s, "%s+0x%lx/0x%lx", name, (unsigned long)from,
			  fetch_end_of(pc - from) - (pc - from));
	else
		seq_print(s, "%s", name);
}

static u64 fetch_number_at(const void *at, const struct kprobe_type *type)
{
	unsigned shift = 64 - 8u * type->size;
	u64 v = 0;

	memcpy(&v, at, type->size);
	return type->is_signed ? (u64)((s64)(v << shift) >> shift) : v;
}

void fetch_show(struct seq *s, const struct kprobe_arg *a, const void *record,
		unsigned field)
{
	const char *at = (const char *)record + field;
	u64 v = fetch_number_at(at, a->type);

	seq_print(s, " %s=", a->name);
	switch (a->type->kind) {
	case KPROBE_STRING:
		if ((u32)v >> 16)
			seq_print(s, "\"%s\"", trace_text_of(record, (u32)v));
		else
			seq_print(s, "(fault)");
		break;
	case KPROBE_SYMBOL:
		fetch_show_place(s, (unsigned long)v, true);
		break;
	case KPROBE_HEX:
		seq_print(s, "0x%llx", (unsigned long long)v);
		break;
	default:
		seq_print(s, a->type->is_signed ? "%lld" : "%llu",
			  (unsigned long long)v);
	}
}

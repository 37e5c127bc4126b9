/* SPDX-License-Identifier: MIT */
/*
 * Conditions on the fields of a record (row C11), as Linux parses them:
 *
 * expression = term { "||" term }
 * term = factor { "&&" factor }
 * factor = "!" factor | "(" expression ")" | FIELD OP VALUE
 *
 * The result is a program for a machine with a stack of truth values, so that
 * neither parsing nor evaluation recurses on the kernel's stack.  For example,
 * prev_pid == 1 || !(next_pid == 2 && prev_prio < 120) becomes
 *
 * test 0, test 1, test 2, AND, NOT, OR
 */
#include "tracefs.h"
#include <lib/chars.h>
#include <lib/mem.h>
#include <mm/frames/slab.h>
#include <uapi/errno.h>

#define TESTS_MAX	16
#define OPS_MAX		64		/* most entries of ops or stack */
#define TEXT_MAX	64

enum compare { EQ, NE, LE, GE, LT, GT, AND, GLOB, COMPARES };

static const char *const compares[] = {
	[EQ] = "==", [NE] = "!=", [LE] = "<=", [GE] = ">=", [LT] = "<",
	[GT] = ">", [AND] = "&", [GLOB] = "~",
};

/* Where a field is found: in the record, or in `cpu` or `comm` of its head. */
enum { OF_RECORD, OF_CPU, OF_COMM };

struct test {
	struct trace_field field;
	u8 of;				/* OF_RECORD, OF_CPU or OF_COMM */
	u8 compare;
	u64 value;
	char text[TEXT_MAX];
};

enum { OP_AND = 0x80, OP_OR, OP_NOT, OP_OPEN };

struct trace_filter {
	const char *error;		/* NULL: the filter is valid */
	unsigned error_at;
	unsigned nr_tests, nr_ops;
	u8 ops[OPS_MAX];		/* a value below OP_AND is a test */
	struct test tests[TESTS_MAX];
	char text[];
};

/* ---- parsing ------------------------------------------------------------- */

struct parser {
	struct trace_filter *f;
	const struct trace_event *event;
	const char *at;
	u8 stack[OPS_MAX];		/* pending operators */
	unsigned depth;
};

static int tracefs_fail(struct parser *p, const char *why, const char *at)
{
	p->f->error = why;
	p->f->error_at = (unsigned)(at - p->f->text);
	return -EINVAL;
}

static void tracefs_skip_spaces(struct parser *p)
{
	p->at = str_skip_spaces(p->at);
}

static bool in_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		(c >= 'A' && c <= 'Z') || c == '_';
}

static const struct trace_field common_fields[] = {
	TRACE_NUMBER(trace_common, unsigned short, type, false),
	TRACE_NUMBER(trace_common, unsigned char, flags, false),
	TRACE_NUMBER(trace_common, unsigned char, preempt, false),
	TRACE_NUMBER(trace_common, int, pid, true),
};
static const char *const common_names[] = {
	"common_type", "common_flags", "common_preempt_count", "common_pid",
};

static bool tracefs_is_name(const char *name, const char *at, size_t n)
{
	return strlen(name) == n && !strncmp(name, at, n);
}

static bool find_field(const struct trace_event *e, const char *at, size_t n,
		       struct test *t)
{
	for (unsigned i = 0; i < e->nr_fields; i++)
		if (tracefs_is_name(e->fields[i].name, at, n)) {
			t->field = e->fields[i];
			return true;
		}
	for (unsigned i = 0; i < ARRAY_SIZE(common_names); i++)
		if (tracefs_is_name(common_names[i], at, n)) {
			t->field = common_fields[i];
			return true;
		}
	if (tracefs_is_name("cpu", at, n) || tracefs_is_name("CPU", at, n))
		t->of = OF_CPU;
	else if (tracefs_is_name("comm", at, n) ||
		 tracefs_is_name("COMM", at, n))
		t->of = OF_COMM;
	t->field.kind = t->of == OF_COMM ? FIELD_TEXT : FIELD_NUMBER;
	return t->of != OF_RECORD;
}

/*
 * Parse a number: decimal, 0x hexadecimal or 0 octal, with an optional minus.
 * Return: 0 with *value set, or -EINVAL.
 */
static int get_number(struct parser *p, u64 *value)
{
	bool minus = *p->at == '-';
	unsigned base = 10, digit;
	const char *first;
	u64 v = 0;

	p->at += minus;
	if (*p->at == '0')
		base = (p->at[1] | 0x20) == 'x' ? 16 : 8;
	p->at += base == 16 ? 2 : 0;
	for (first = p->at; (digit = digit_value(*p->at)) < base; p->at++) {
		if (v > (~0ull - digit) / base)
			return -EINVAL;
		v = v * base + digit;
	}
	if (p->at == first || in_word(*p->at))
		return -EINVAL;
	*value = minus ? -v : v;
	return 0;
}

static int get_text(struct parser *p, struct test *t)
{
	char quote = *p->at++;
	const char *end = strchr(p->at, quote);	/* see check_pairs() */

	if ((size_t)(end - p->at) >= TEXT_MAX)
		return tracefs_fail(p, "Operand too long", p->at);
	memcpy(t->text, p->at, (size_t)(end - p->at));
	t->text[end - p->at] = 0;
	p->at = end + 1;
	return 0;
}

static int get_value(struct parser *p, struct test *t)
{
	bool text = t->field.kind != FIELD_NUMBER;
	const char *at = p->at;

	if (*at == '"' || *at == '\'')
		return text ? get_text(p, t) :
			tracefs_fail(p, "Expecting numeric field", at);
	if ((*at >= '0' && *at <= '9') || *at == '-') {
		if (text)
			return tracefs_fail(p, "Expecting string field", at);
		return get_number(p, &t->value) ?
			tracefs_fail(p, "Illegal integer value", at) : 0;
	}
	return tracefs_fail(p, "Invalid value (did you forget quotes)?", at);
}

/* Parse FIELD OP VALUE. */
static int get_test(struct parser *p)
{
	struct trace_filter *f = p->f;
	struct test *t = &f->tests[f->nr_tests];
	const char *begin = p->at;
	unsigned c = 0;
	bool text;

	if (f->nr_tests == TESTS_MAX || f->nr_ops == OPS_MAX)
		return tracefs_fail(p, "Too many terms in predicate expression",
				    begin);
	while (in_word(*p->at))
		p->at++;
	if (!find_field(p->event, begin, (size_t)(p->at - begin), t))
		return tracefs_fail(p, "Field not found", begin);
	tracefs_skip_spaces(p);
	while (c < COMPARES && strncmp(p->at, compares[c], strlen(compares[c])))
		c++;
	if (c == COMPARES)
		return tracefs_fail(p, "Invalid operator", p->at);
	text = t->field.kind != FIELD_NUMBER;
	if (text ? c != EQ && c != NE && c != GLOB :
	    c == GLOB || t->field.size > sizeof(u64))
		return tracefs_fail(p, "Illegal operation for field type",
				    p->at);
	t->compare = (u8)c;
	p->at += strlen(compares[c]);
	tracefs_skip_spaces(p);
	f->ops[f->nr_ops++] = (u8)f->nr_tests++;
	return get_value(p, t);
}

static int tracefs_push(struct parser *p, u8 op)
{
	if (p->depth == OPS_MAX)
		return tracefs_fail(p, "Too many terms in predicate expression",
				    p->at);
	p->stack[p->depth++] = op;
	return 0;
}

/* Move pending operators that bind at least as tightly as op to the program. */
static int filter_pop_ops(struct parser *p, u8 op)
{
	while (p->depth && p->stack[p->depth - 1] != OP_OPEN &&
	       (p->stack[p->depth - 1] == OP_NOT ||
		p->stack[p->depth - 1] <= op)) {
		if (p->f->nr_ops == OPS_MAX)
			return tracefs_fail(
				p, "Too many terms in predicate expression",
				p->at);
		p->f->ops[p->f->nr_ops++] = p->stack[--p->depth];
	}
	return 0;
}

/*
 * Parse an operator or a closing parenthesis.  *operand: an operand must
 * follow.
 * Return: 0 or -EINVAL.
 */
static int get_operator(struct parser *p, bool *operand)
{
	int err = filter_pop_ops(p, *p->at == '&' ? OP_AND : OP_OR);

	if (err)
		return err;
	if (*p->at == ')') {
		p->depth--;		/* drops the '(' on top, which is there
					 * because of check_pairs() */
		p->at++;
		return 0;
	}
	if ((*p->at != '&' && *p->at != '|') || p->at[1] != *p->at)
		return tracefs_fail(p, "Too many terms in predicate expression",
				    p->at);
	err = tracefs_push(p, *p->at == '&' ? OP_AND : OP_OR);
	p->at += 2;
	*operand = true;
	return err;
}

/*
 * Check that quotes and parentheses are balanced.  This is the first check, so
 * the parser can rely on it.
 * Return: 0, or -EPERM, -ENOENT, -ESRCH: Linux numbers the three mistakes 1, 2
 * and 3, and returns these numbers as if they were errnos.
 */
static int check_pairs(struct parser *p)
{
	const char *at, *open = NULL;
	int depth = 0;

	for (at = p->at; *at; at++) {
		if (open) {
			open = *at == *open ? NULL : open;
		} else if (*at == '"' || *at == '\'') {
			open = at;
		} else if (*at == '(') {
			depth++;
		} else if (*at == ')' && --depth < 0) {
			tracefs_fail(p, "Too few '('", at);
			return -EPERM;
		}
	}
	if (open) {
		tracefs_fail(p, "Missing matching quote", open + 1);
		return -ESRCH;
	}
	if (depth) {
		tracefs_fail(p, "Too many '('", at);
		return -ENOENT;
	}
	return 0;
}

/* Parse operands and operators, which alternate. */
static int tracefs_parse(struct parser *p)
{
	bool operand = true;
	int err = check_pairs(p);

	for (tracefs_skip_spaces(p); !err && *p->at; tracefs_skip_spaces(p)) {
		if (!operand) {
			err = get_operator(p, &operand);
		} else if (*p->at == '(' || *p->at == '!') {
			err = tracefs_push(p, *p->at == '(' ? OP_OPEN : OP_NOT);
			p->at++;
		} else {
			err = get_test(p);
			operand = false;
		}
	}
	if (!err)
		err = filter_pop_ops(p, OP_OR);
	if (err)
		return err;
	if (operand)
		return tracefs_fail(p,
				    p->f->nr_ops ?
					    "Meaningless filter expression" :
					    "No filter found",
				    p->at);
	return 0;
}

int filter_make(const struct trace_event *e, const char *text, size_t n,
		struct trace_filter **out)
{
	struct trace_filter *f = kzalloc(sizeof(*f) + n + 1);
	struct parser *p = kzalloc(sizeof(*p));
	int err = -ENOMEM;

	if (f && p) {
		memcpy(f->text, text, n);
		*p = (struct parser){ .f = f, .event = e, .at = f->text };
		err = tracefs_parse(p);
	}
	kfree(p);
	if (err == -ENOMEM) {
		kfree(f);
		f = NULL;
	}
	*out = f;
	return err;
}

void filter_free(struct trace_filter *f)
{
	kfree(f);
}

void filter_show(struct seq *s, const struct trace_filter *f)
{
	seq_print(s, "%s\n", f ? f->text : "none");
	if (!f || !f->error)
		return;
	for (unsigned i = 0; i < f->error_at; i++)
		seq_put(s, " ", 1);
	seq_print(s, "^\nparse_error: %s\n", f->error);
}

/* ---- evaluation ---------------------------------------------------------- */

/*
 * Match c against one element of the pattern: a character, ?, or a set like
 * [a-c].  *pattern moves behind the element.
 */
static bool fits_one(const char **pattern, char c)
{
	const char *at = *pattern;
	bool not, in = false;

	*pattern = at + 1;
	if (*at == '?')
		return true;
	if (*at != '[' || !strchr(at, ']'))
		return *at == c;
	not = at[1] == '!';
	for (at += 1 + not ; *at != ']'; at++) {
		if (at[1] == '-' && at[2] != ']') {
			in |= at[0] <= c && c <= at[2];
			at += 2;
		} else {
			in |= *at == c;
		}
	}
	*pattern = at + 1;
	return in != not ;
}

/* On a mismatch, let the last star match one character more and retry. */
bool glob_fits(const char *pattern, const char *text, size_t n)
{
	const char *star = NULL, *again = NULL, *end = text + n;

	while (text < end) {
		if (*pattern == '*') {
			star = ++pattern;
			again = text;
		} else if (*pattern && fits_one(&pattern, *text)) {
			text++;
		} else if (star) {
			pattern = star;
			text = ++again;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool passes_text(const struct test *t, const char *text, size_t room)
{
	size_t n = strnlen(text, room);

	if (t->compare == GLOB)
		return glob_fits(t->text, text, n);
	return (strlen(t->text) == n && !memcmp(t->text, text, n)) ==
	       (t->compare == EQ);
}

static u64 tracefs_number_at(const struct trace_field *f, const void *at)
{
	switch (f->size) {
	case 1:
		return f->is_signed ? (u64)(s64) * (const signed char *)at :
				      *(const u8 *)at;
	case 2:
		return f->is_signed ? (u64)(s64) * (const short *)at :
				      *(const u16 *)at;
	case 4:
		return f->is_signed ? (u64)(s64) * (const int *)at :
				      *(const u32 *)at;
	default:
		return *(const u64 *)at;
	}
}

static bool passes_number(const struct test *t, u64 v)
{
	bool below = t->field.is_signed ? (s64)v < (s64)t->value : v < t->value;

	switch (t->compare) {
	case EQ:
		return v == t->value;
	case NE:
		return v != t->value;
	case AND:
		return v & t->value;
	case LT:
		return below;
	case GE:
		return !below;
	case LE:
		return below || v == t->value;
	default:
		return !below && v != t->value;
	}
}

static bool passes(const struct test *t, const void *record,
		   const struct ring_head *h)
{
	const char *at = (const char *)record + t->field.offset;
	u32 loc;

	if (t->of == OF_CPU)
		return passes_number(t, h->cpu);
	if (t->of == OF_COMM)
		return passes_text(t, h->comm, sizeof(h->comm));
	switch (t->field.kind) {
	case FIELD_TEXT:
		return passes_text(t, at, t->field.size);
	case FIELD_LOC:
		loc = *(const u32 *)at;
		return passes_text(t, trace_text_of(record, loc), loc >> 16);
	default:
		return passes_number(t, tracefs_number_at(&t->field, at));
	}
}

bool filter_passes(const struct trace_filter *f, const void *record,
		   const struct ring_head *h)
{
	u64 stack = 0; /* top of stack: bit 0 */

	if (f->error)
		return true;
	for (unsigned i = 0; i < f->nr_ops; i++) {
		switch (f->ops[i]) {
		case OP_AND:
			stack = (stack >> 1 & ~1ull) | (stack >> 1 & stack & 1);
			break;
		case OP_OR:
			stack = stack >> 1 | (stack & 1);
			break;
		case OP_NOT:
			stack ^= 1;
			break;
		default:
			stack = stack << 1 |
				passes(&f->tests[f->ops[i]], record, h);
		}
	}
	return stack & 1;
}

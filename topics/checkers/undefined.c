/* SPDX-License-Identifier: MIT */
/*
 * The checker `undefined`: functions that the compiler calls on undefined
 * behavior.  The arguments of each call describe the place and the types.  A
 * report panics unless a self-test expects it.
 */
#include <lt/bug.h>
#include <lt/check.h>
#include <lt/types.h>

/* The compiler's layout of its arguments. */
struct place {
	const char *file;
	u32 line, column;
};

struct type {
	u16 kind;		/* 0: integer */
	u16 info;		/* bit 0: signed; above: log2 of bits */
	char name[];
};

struct at_type {
	struct place at;
	const struct type *type;
};

struct at_two_types {
	struct place at;
	const struct type *left, *right;
};

struct mismatch {
	struct place at;
	const struct type *type;
	u8 log_align;
	u8 how;			/* index into how_name */
};

struct at_only {
	struct place at;
};

typedef unsigned long value_t;	/* value, or address of a large one */

static bool expected;
static unsigned reports;

unsigned undefined_expect(bool expect)
{
	unsigned n = reports;

	reports = 0;
	expected = expect;
	return n;
}

#define report(p, fmt, ...) do { \
	if (expected) \
		reports++; \
	else \
		panic("undefined: %s:%u: " fmt, (p)->at.file, \
		      (unsigned)(p)->at.line, ##__VA_ARGS__); \
} while (0)

/* Return: the value for a report; cut if it does not fit into a long. */
static long undefined_number(const struct type *t, value_t v)
{
	unsigned bits = 1u << (t->info >> 1);

	if (t->kind)
		return 0;
	if (bits > 8 * sizeof(long))
		return *(const long *)v;
	if (t->info & 1 && bits < 8 * sizeof(long))
		return (long)(v << (8 * sizeof(long) - bits)) >>
			(8 * sizeof(long) - bits);
	return (long)v;
}

#define HANDLER(what, ...) \
	void __ubsan_handle_##what(__VA_ARGS__); \
	void __ubsan_handle_##what(__VA_ARGS__)

#define OVERFLOW(op, sign) \
	HANDLER(op##_overflow, const struct at_type *p, value_t a, value_t b) \
	{ \
		report(p, "%ld " sign " %ld overflows %s", \
		       undefined_number(p->type, a), undefined_number(p->type, b), \
		       p->type->name); \
	}

OVERFLOW(add, "+")
OVERFLOW(sub, "-")
OVERFLOW(mul, "*")
OVERFLOW(divrem, "/")

HANDLER(negate_overflow, const struct at_type *p, value_t a)
{
	report(p, "-(%ld) overflows %s", undefined_number(p->type, a),
	       p->type->name);
}

HANDLER(shift_out_of_bounds, const struct at_two_types *p, value_t a, value_t b)
{
	report(p, "%ld of %s shifted by %ld", undefined_number(p->left, a),
	       p->left->name, undefined_number(p->right, b));
}

HANDLER(out_of_bounds, const struct at_two_types *p, value_t i)
{
	report(p, "element %ld of %s", undefined_number(p->right, i),
	       p->left->name);
}

static const char *const how_name[] = {
	"load of", "store to", "reference to", "member of", "call by",
	"constructor of", "cast to", "cast to", "cast to", "cast to",
};

HANDLER(type_mismatch_v1, const struct mismatch *p, value_t at)
{
	report(p, "%s misaligned %s at %#lx",
	       p->how < ARRAY_SIZE(how_name) ? how_name[p->how] : "use of",
	       p->type->name, at);
}

HANDLER(load_invalid_value, const struct at_type *p, value_t v)
{
	report(p, "%ld is no value of %s", undefined_number(p->type, v),
	       p->type->name);
}

HANDLER(vla_bound_not_positive, const struct at_type *p, value_t v)
{
	report(p, "an array of %ld elements", undefined_number(p->type, v));
}

HANDLER(builtin_unreachable, const struct at_only *p)
{
	report(p, "a place that was declared unreachable");
}

HANDLER(missing_return, const struct at_only *p)
{
	report(p, "the end of a function without a value");
}

HANDLER(nonnull_arg, const struct at_only *p)
{
	report(p, "NULL for an argument that may not be");
}

HANDLER(invalid_builtin, const struct at_only *p)
{
	report(p, "counting the zeros of 0");
}

/* SPDX-License-Identifier: MIT */
/*
 * `trace=syscalls` (row B3): log every system call, with one line before it and
 * one after it.  Without the option it costs nothing, because calls are traced
 * through a second system call table.
 */
#include <kernel/current.h>
#include <kernel/syscall/table.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/init.h>
#include <lt/log.h>
#include <mm/uaccess.h>

static const syscall_entry_t *calls;	/* const after init */

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

/* Format the call in tf as "name(1, 0x2, "three")". */
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
 * Log a call.  The arguments are printed before the call, because it may change
 * what they point to or never return; the result is printed after it.
 */
static long trace_call(struct trapframe *tf)
{
	unsigned long nr = tf_nr(tf);
	char text[160];
	long result;

	trace_format(tf, text, sizeof(text));
	log_print(LOG_INFO, "trace", "%s[%d] %s", current->comm, current->tid,
		  text);
	result = calls[nr](tf);
	log_print(LOG_INFO, "trace", "%s[%d] %s = %ld (%#lx)", current->comm,
		  current->tid,
		  syscall_info[nr].name ? syscall_info[nr].name : "?",
		  result, (unsigned long)result);
	return result;
}

static void strace_init(void)
{
	const char *what = boot_option("trace");

	if (what && !strcmp(what, "syscalls"))
		calls = syscalls_through(trace_call);
}
INIT(fs, strace_init);

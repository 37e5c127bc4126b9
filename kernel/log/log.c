/* SPDX-License-Identifier: MIT */
/*
 * The kernel log: a ring of fixed-size records.  Record n is in slot n modulo
 * the ring's length, so a reader keeps its position as a record number and can
 * tell whether that record was overwritten.  Invariant: a record is complete
 * before log_next() counts it.  The log works from the first C code on, before
 * CPUs and locks are initialized, and in a panic, which ignores the lock.
 */
#include <kernel/log/log.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/log.h>
#include <stdarg.h>

#define RECORDS		512
#define TEXT		112
#define MESSAGE		512	/* bytes of one log_print(), which may fill
				   several records */

struct record {
	ktime_t at;
	u8 level;
	bool more;		/* continues the previous record */
	u16 len;
	char text[TEXT];	/* not NUL-terminated */
};

static struct record ring[RECORDS];
static u64 next_seq;			/* [ring_busy] number of the next
					   record */
static int ring_busy;			/* a spin lock that works without a
					   current task */
static bool in_panic;
static unsigned console_level = LOG_DEBUG; /* show levels below this one */
static void (*added)(void);		/* read as one word; set by
					   log_tell() */

static unsigned long ring_lock(void)
{
	unsigned long flags = arch_irq_save();

	while (__atomic_exchange_n(&ring_busy, 1, __ATOMIC_ACQUIRE) &&
	       !in_panic)
		arch_relax();
	return flags;
}

static void ring_unlock(unsigned long flags)
{
	__atomic_store_n(&ring_busy, 0, __ATOMIC_RELEASE);
	arch_irq_restore(flags);
}

void log_init(void)
{
	if (boot_option("quiet"))
		console_level = LOG_WARNING;
	console_level = boot_option_number("loglevel", console_level);
}

unsigned log_console_level(unsigned level)
{
	unsigned old = console_level;

	console_level = level;
	return old;
}

void log_panic(void)
{
	in_panic = true;
	console_level = LOG_DEBUG + 1;
}

/* Write a line with its newline to the console. */
static void log_show(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n')
			arch_early_putc('\r');
		arch_early_putc(s[i]);
	}
}

static size_t time_stamp(char *buf, size_t size, ktime_t at)
{
	return fmt_print(buf, size, "[%5lu.%06lu] ",
			 (unsigned long)(at / NSEC_PER_SEC),
			 (unsigned long)(at % NSEC_PER_SEC / NSEC_PER_USEC));
}

static void add_record(enum log_level level, ktime_t at, bool more,
		       const char *text, size_t len)
{
	struct record *r = &ring[next_seq % RECORDS];

	r->at = at;
	r->level = level;
	r->more = more;
	r->len = len;
	memcpy(r->text, text, len);
	next_seq++;
}

/* Split a message, of one or more lines of any length, into records. */
static void add_message(enum log_level level, const char *text, size_t len)
{
	char line[TEXT + 32];
	ktime_t at = arch_clock();
	size_t done = 0, stamp;
	bool more = false;

	do {
		const char *s = text + done, *nl = memchr(s, '\n', len - done);
		size_t n = nl ? (size_t)(nl - s) : len - done;

		n = min(n, (size_t)TEXT);
		add_record(level, at, more, s, n);
		if (level < console_level) {
			stamp = time_stamp(line, sizeof(line), at);
			memcpy(line + stamp, s, n);
			line[stamp + n] = '\n';
			log_show(line, stamp + n + 1);
		}
		done += n + (nl && s + n == nl);
		more = true;
	} while (done < len);
}

void log_tell(void (*fn)(void))
{
	added = fn;
}

/*
 * Store a message.  Not inlined, so that its large stack frame is gone before
 * log_print() calls `added`.
 */
static __noinline void log_keep(enum log_level level, const char *prefix,
				const char *fmt, va_list ap)
{
	char text[MESSAGE];
	unsigned long flags;
	size_t n;

	n = fmt_print(text, sizeof(text), "%s: ", prefix);
	n += fmt_vprint(text + n, sizeof(text) - n, fmt, ap);
	n = min(n, sizeof(text) - 1);
	flags = ring_lock();
	add_message(level, text, n);
	ring_unlock(flags);
}

void log_print(enum log_level level, const char *prefix, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_keep(level, prefix, fmt, ap);
	va_end(ap);
	if (added && !in_panic)
		added();
}

/* ---- readers ------------------------------------------------------------- */

u64 log_next(void)
{
	return next_seq;
}

u64 log_first(void)
{
	return next_seq > RECORDS ? next_seq - RECORDS : 0;
}

/*
 * Copy record seq to *r.  Return: false: the record was overwritten, or is not
 * written yet.
 */
static bool get_record(u64 seq, struct record *r)
{
	unsigned long flags = ring_lock();
	bool there = seq >= log_first() && seq < next_seq;

	if (there)
		*r = ring[seq % RECORDS];
	ring_unlock(flags);
	return there;
}

static size_t append_text(char *buf, size_t size, size_t n,
			  const struct record *r)
{
	size_t len;

	if (size == 0 || n + 1 >= size)
		return 0;
	len = min((size_t)r->len, size - n - 1);
	memcpy(buf + n, r->text, len);
	buf[n + len] = '\n';
	return n + len + 1;
}

size_t log_read(u64 seq, char *buf, size_t size, bool prio)
{
	struct record r;
	size_t n = 0;

	if (!get_record(seq, &r))
		return 0;
	if (prio)
		n = fmt_print(buf, size, "<%u>", r.level);
	if (n < size)
		n += time_stamp(buf + n, size - n, r.at);
	return append_text(buf, size, n, &r);
}

size_t log_kmsg(u64 seq, char *buf, size_t size)
{
	struct record r;
	size_t n;

	if (!get_record(seq, &r))
		return 0;
	n = fmt_print(buf, size, "%u,%llu,%llu,%c;", r.level,
		      (unsigned long long)seq,
		      (unsigned long long)(r.at / NSEC_PER_USEC),
		      r.more ? 'c' : '-');
	return append_text(buf, size, n, &r);
}

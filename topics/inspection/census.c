/* SPDX-License-Identifier: MIT */
/*
 * The census of system calls, `trace=census` (row B3): which calls were made
 * with which flags, operations and options, and how each ended.  abi.tbl is
 * checked against the census; syscalls.tbl defines which arguments of a call
 * are recorded.  /proc/lectern/census has a line for each distinct call:
 * number, errno (0: success), count, and the values of the slots.  Invariant:
 * an entry is never removed, so the table only fills up.  The number of entries
 * per call is limited, so that a call with ever new garbage arguments cannot
 * fill the table alone.  The multiplexed calls (socketcall, ipc) are counted as
 * the calls they select.
 */
#include "census.h"
#include <kernel/lock/lock.h>
#include <kernel/syscall/table.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/init.h>
#include <lt/seq.h>
#include <mm/frames/page.h>
#include <mm/uaccess.h>
#include <uapi/errno.h>

#define ORDER		8		/* log2 of the table's pages */
#define ENTRIES		((PAGE_SIZE << ORDER) / sizeof(struct seen))
#define FAILED_MAX	200u	/* maximum of distinct failures of a call */
#define CALL_MAX	1000u		/* maximum of distinct uses of a call */

struct seen {
	u16 nr, err;
	u32 count;			/* 0: free */
	u64 value[CENSUS_SLOTS];
};

static struct spinlock lock = SPIN_INIT("census", IPL_SOFT);
/* [lock] a hash table with open addressing */
static struct seen *seen;
static const syscall_entry_t *calls;	/* const after init */
static unsigned used, dropped;		/* [lock] */
/* [lock] number of entries for each call */
static u16 distinct[512];

/* ---- multiplexed calls -------------------------------------------------- */

static unsigned census_number_of(const char *name)
{
	for (unsigned nr = 0; nr < SYSCALL_COUNT; nr++)
		if (syscall_info[nr].name && !strcmp(syscall_info[nr].name,
						     name))
			return nr;
	return SYSCALL_COUNT;
}

/*
 * Return: the number of the selected call, with its arguments in a;
 * SYSCALL_COUNT: no such call.
 */
static unsigned census_of_socketcall(unsigned long call, uaddr_t at,
				     unsigned long *a)
{
	static const struct {
		const char *name;
		u8 words;
	} of[] = {
		[1] = { "socket", 3 }, { "bind", 3 }, { "connect", 3 },
		{ "listen", 2 }, { "accept4", 3 }, { "getsockname", 3 },
		{ "getpeername", 3 }, { "socketpair", 4 }, { "sendto", 4 },
		{ "recvfrom", 4 }, { "sendto", 6 }, { "recvfrom", 6 },
		{ "shutdown", 2 }, { "setsockopt", 5 }, { "getsockopt", 5 },
		{ "sendmsg", 3 }, { "recvmsg", 3 }, { "accept4", 4 },
		{ "recvmmsg", 5 }, { "sendmmsg", 4 },
	};
	unsigned long words[6] = { 0 };

	if (call >= ARRAY_SIZE(of) || !of[call].name ||
	    copy_from_user(words, at, of[call].words * sizeof(words[0])))
		return SYSCALL_COUNT;
	memcpy(a, words, sizeof(words));
	return census_number_of(of[call].name);
}

/*
 * Find the call that ipc(2) selects.  a: the arguments of ipc(2), which are
 * call, first, second, third, ptr and fifth; replaced by the arguments of the
 * selected call.
 * Return: the number of the selected call; SYSCALL_COUNT: no such call.
 */
static unsigned census_of_ipc(unsigned long *a)
{
	enum { SEMCTL = 3, SHM_FIRST = 21, IPC_64 = 0x100 };
	static const struct {
		const char *name;
		u8 from[5];
	} of[] = {
		[1] = { "semop", { 1, 4, 2 } },
		[2] = { "semget", { 1, 2, 3 } },
		[3] = { "semctl", { 1, 2, 3 } },
		[4] = { "semtimedop_time64", { 1, 4, 2 } },
		[11] = { "msgsnd", { 1, 4, 2, 3 } },
		[12] = { "msgrcv", { 1, 4, 2, 5, 3 } },
		[13] = { "msgget", { 1, 2 } },
		[14] = { "msgctl", { 1, 2, 4 } },
		[21] = { "shmat", { 1, 4, 2 } },
		[22] = { "shmdt", { 4 } },
		[23] = { "shmget", { 1, 2, 3 } },
		[24] = { "shmctl", { 1, 2, 4 } },
	};
	unsigned long call = a[0] & 0xffff, old[6];

	if (call >= ARRAY_SIZE(of) || !of[call].name)
		return SYSCALL_COUNT;
	memcpy(old, a, sizeof(old));
	for (unsigned i = 0; i < ARRAY_SIZE(of[0].from); i++)
		a[i] = old[of[call].from[i]];
	if (call == SEMCTL)
		a[2] &= ~(unsigned long)IPC_64;
	else if (call == 14 || call == 24)
		a[1] &= ~(unsigned long)IPC_64;
	return census_number_of(of[call].name);
}

/* ---- reading a call ------------------------------------------------------ */

static u64 slot_value(const struct census_slot *s, unsigned long word)
{
	u64 value = 0;

	if (s->at == 0xff) {
		value = word;
		return s->size == 4 ? (u32)value : value;
	}
	if (!word || copy_from_user(&value, word + s->at, s->size))
		return 0;
	return value;
}

void census_read(struct trapframe *tf, struct census_args *c)
{
	unsigned nr = (unsigned)tf_nr(tf), real;
	const char *name = syscall_info[nr].name;
	unsigned long a[6];

	for (int i = 0; i < 6; i++)
		a[i] = tf_arg(tf, i);
	if (name && !strcmp(name, "socketcall")) {
		real = census_of_socketcall(a[0], a[1], a);
		nr = real < SYSCALL_COUNT ? real : nr;
	} else if (name && !strcmp(name, "ipc")) {
		real = census_of_ipc(a);
		nr = real < SYSCALL_COUNT ? real : nr;
	}
	c->nr = nr;
	for (int i = 0; i < CENSUS_SLOTS; i++) {
		const struct census_slot *s = &syscall_info[nr].slots[i];

		c->value[i] = s->size ? slot_value(s, a[s->word]) : 0;
	}
}

/* ---- the table ----------------------------------------------------------- */

static bool census_same(const struct seen *e, const struct census_args *a,
			u16 err)
{
	return e->nr == a->nr && e->err == err &&
		!memcmp(e->value, a->value, sizeof(e->value));
}

/* Return: the entry of this call, or the free entry for it. */
static struct seen *census_find(const struct census_args *a, u16 err)
{
	unsigned long h = a->nr * 31u + err;

	for (int i = 0; i < CENSUS_SLOTS; i++)
		h = h * 0x9e3779b1u + (unsigned)a->value[i] +
			(unsigned)(a->value[i] >> 32);
	h ^= h >> 15;
	while (seen[h % ENTRIES].count &&
	       !census_same(&seen[h % ENTRIES], a, err))
		h++;
	return &seen[h % ENTRIES];
}

/* True for errors that may be caused by a flag. */
static bool is_refusal(long err)
{
	static const short of[] = {
		EPERM, EINVAL, ENOTTY, ENOSYS, EOPNOTSUPP, ENOPROTOOPT,
		EPROTONOSUPPORT, ESOCKTNOSUPPORT, EAFNOSUPPORT,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(of); i++)
		if (err == of[i])
			return true;
	return false;
}

/*
 * True for errors of a call that was accepted, but then waited in vain or was
 * interrupted.
 */
static bool census_is_late(long err)
{
	return err >= 512 || err == EINTR || err == EAGAIN ||
		err == ETIMEDOUT || err == EINPROGRESS;
}

static void census_note(const struct census_args *call, long result)
{
	u16 err = result < 0 && result > -4096 ? (u16)-result : 0;
	struct census_args copy = *call, *a = &copy;
	struct seen *e;

	if (err && !is_refusal(err) && !census_is_late(err))
		memset(a->value, 0, sizeof(a->value));
	spin_lock(&lock);
	e = census_find(a, err);
	if (e->count) {
		e->count++;
	} else if (used >= ENTRIES / 4 * 3 ||
		   distinct[a->nr % ARRAY_SIZE(distinct)] >=
		   (err && !census_is_late(err) ? FAILED_MAX : CALL_MAX)) {
		dropped++;
	} else {
		used++;
		distinct[a->nr % ARRAY_SIZE(distinct)]++;
		*e = (struct seen){ .nr = (u16)a->nr, .err = err, .count = 1 };
		memcpy(e->value, a->value, sizeof(e->value));
	}
	spin_unlock(&lock);
}

/*
 * Print one line per entry: number errno count value value value; the values
 * are in hexadecimal.
 */
void census_show(struct seq *s)
{
	for (unsigned long i = 0; i < ENTRIES; i++) {
		const struct seen *e = &seen[i];

		if (!READ_ONCE(e->count))
			continue;
		seq_print(s, "%u %u %u", e->nr, e->err, e->count);
		for (int v = 0; v < CENSUS_SLOTS; v++)
			seq_print(s, " %llx", (unsigned long long)e->value[v]);
		seq_print(s, "\n");
	}
	seq_print(s, "dropped %u\n", dropped);
}

/* ---- the hook in every call ---------------------------------------------- */

static long census_call(struct trapframe *tf)
{
	unsigned nr = (unsigned)tf_nr(tf);
	struct census_args args;
	long result;

	census_read(tf, &args);
	result = calls[nr](tf);
	census_note(&args, result);
	return result;
}

static void census_init(void)
{
	const char *what = boot_option("trace");
	struct page *p;

	if (!what || strcmp(what, "census"))
		return;
	p = page_alloc(ORDER, PAGE_KERNEL);
	if (!p)
		boot_refuse("no memory for a census");
	seen = page_virt(p);
	memset(seen, 0, PAGE_SIZE << ORDER);
	calls = syscalls_through(census_call);
}
INIT(fs, census_init);

bool census_taken(void)
{
	return seen;
}

/* SPDX-License-Identifier: MIT */
/*
 * System calls of riscv32 with one or two structures that contain longs or
 * pointers, converted by forms.  Arrays and messages have files of their own
 * (narrow_vector.c, narrow_socket.c).
 */
#include "narrow.h"
#include <fs/open/fd.h>
#include <kernel/futex/ops.h>
#include <lib/mem.h>
#include <mm/frames/page.h>

/* ---- by forms ------------------------------------------------------------ */

/* A structure that argument `arg` points to; at: its offset in lent memory. */
struct operand {
	const char *form;
	u8 arg;
	bool out;
	u16 at;
};

#define LENT_ROOM 512			/* bytes for a call's operands */

/*
 * Make the 64-bit call nr.  If an operand cannot be read, the handler gets an
 * address without memory, and reports the bad address in its own order of
 * checks.
 */
static long with_operands(unsigned nr, const unsigned long *a,
			  const struct operand *o, unsigned n)
{
	unsigned long w[6];
	struct lent l;
	long result = lent_begin(&l, LENT_ROOM);

	if (result)
		return result;
	memcpy(w, a, sizeof(w));
	for (unsigned i = 0; i < n; i++)
		if (a[o[i].arg])
			w[o[i].arg] = !o[i].out && form_get(o[i].form,
				l.mem + o[i].at, a[o[i].arg]) ?
				LENT_NOWHERE : LENT_AT + o[i].at;
	result = wide_call(nr, w);
	for (unsigned i = 0; i < n && result >= 0; i++)
		if (o[i].out && a[o[i].arg] &&
		    form_put(o[i].form, a[o[i].arg], l.mem + o[i].at))
			result = -EFAULT;
	lent_end(&l);
	return result;
}

static long with_one(unsigned nr, const unsigned long *a, unsigned arg,
		     bool out, const char *form)
{
	const struct operand o = { form, (u8)arg, out, 0 };

	return with_operands(nr, a, &o, 1);
}

/* In these structures, struct timeval consists of longs. */
#define ITIMERVAL "4s"
#define RUSAGE	"18s"

long narrow_getitimer(const unsigned long *a)
{
	return with_one(102, a, 1, true, ITIMERVAL);
}

long narrow_setitimer(const unsigned long *a)
{
	static const struct operand o[] = {
		{ ITIMERVAL, 1, false, 0 }, { ITIMERVAL, 2, true, 32 },
	};

	return with_operands(103, a, o, 2);
}

long narrow_times(const unsigned long *a)
{
	return with_one(153, a, 0, true, "4s");
}

long narrow_getrusage(const unsigned long *a)
{
	return with_one(165, a, 1, true, RUSAGE);
}

/* The part of struct sigevent that the kernel reads; zeros follow it. */
#define SIGEVENT "l2wl"

long narrow_timer_create(const unsigned long *a)
{
	return with_one(107, a, 1, false, SIGEVENT);
}

/*
 * Set the list of robust futexes.  The list is read when the thread exits;
 * robust_len tells its width.
 */
long narrow_set_robust_list(const unsigned long *a)
{
	if (!futex_ops)
		return -ENOSYS;
	if (a[1] != 3 * sizeof(u32))
		return -EINVAL;
	futex_ops->robust_set(a[0], (unsigned)a[1]);
	return 0;
}

/* Report the size of the caller's 32-bit head. */
long narrow_get_robust_list(const unsigned long *a)
{
	static const struct operand head = { "l", 1, true, 0 };
	unsigned long w[6] = { a[0], a[1], LENT_AT + 8 };
	long err = with_operands(100, w, &head, 1);

	return err ? err : put_user(3 * (u32)sizeof(u32), a[2]);
}

/* ---- statfs, sysinfo, prctl ---------------------------------------------- */

/*
 * Make statfs64(2) or fstatfs64(2).  The size is the second argument, and is
 * checked first.
 */
static long statfs64(unsigned nr, const unsigned long *a)
{
	static const char form[] = "2l5q2w7l";
	unsigned long w[6] = { a[0], a[2] };

	if (a[1] != form_sizes(form).narrow)
		return -EINVAL;
	return with_one(nr, w, 1, true, form);
}

long narrow_statfs64(const unsigned long *a)
{
	return statfs64(43, a);
}

long narrow_fstatfs64(const unsigned long *a)
{
	return statfs64(44, a);
}

/* The 64-bit struct sysinfo. */
struct sysinfo {
	s64 uptime;
	u64 loads[3], sizes[6];
	u16 procs, pad;
	u64 high[2];
	u32 unit;
};

/*
 * Report memory sizes in pages, as Linux does, if they do not fit into a word.
 */
static void shift_sizes(struct sysinfo *s)
{
	unsigned by = PAGE_SHIFT;

	if (!((s->sizes[0] | s->sizes[4]) >> 32))
		return;
	s->unit = (u32)PAGE_SIZE;
	for (int i = 0; i < 6; i++)
		s->sizes[i] >>= by;
	s->high[0] >>= by;
	s->high[1] >>= by;
}

long narrow_sysinfo(const unsigned long *a)
{
	unsigned long w[6] = { LENT_AT };
	struct lent l;
	long err = lent_begin(&l, LENT_ROOM);

	if (err)
		return err;
	err = wide_call(179, w);
	if (!err) {
		shift_sizes((struct sysinfo *)l.mem);
		/* 8 bytes of padding at the end */
		err = form_put("s9l2h2lw2w", a[0], l.mem);
	}
	lent_end(&l);
	return err;
}

long narrow_prctl(const unsigned long *a)
{
	enum { GET_TID_ADDRESS = 40, SET_PTRACER = 0x59616d61 };
	unsigned long w[6] = { a[0], (unsigned long)(s32)a[1], a[2], a[3],
		a[4] };

	if ((u32)a[0] == GET_TID_ADDRESS)
		return with_one(167, a, 1, true, "l");
	return wide_call(167, (u32)a[0] == SET_PTRACER ? w : a);
}

/* Get the affinity.  A buffer for one 32-bit word is enough. */
long narrow_getaffinity(const unsigned long *a)
{
	unsigned long w[6] = { a[0], sizeof(long), LENT_AT };
	struct lent l;
	long n;

	if (a[1] != sizeof(u32))
		return wide_call(123, a);
	n = lent_begin(&l, sizeof(long));
	if (n)
		return n;
	n = wide_call(123, w);
	if (n >= 0)
		n = copy_to_user(a[2], l.mem, sizeof(u32)) ? -EFAULT :
			(long)sizeof(u32);
	lent_end(&l);
	return n;
}

/* ---- pselect6 ------------------------------------------------------------ */

/*
 * fd sets consist of 32-bit words, so the second half of a set's last 64-bit
 * word may not be mapped.  Numbers beyond the descriptor table are ignored in
 * any case.
 */
struct sets {
	const unsigned long *a;
	struct lent l;
	unsigned long narrow, wide;	/* bytes of a set in each width */
};

/* the sets follow the mask's address and size */
#define SETS_AT 16

static bool narrow_sets_in(struct sets *s, unsigned long w[6])
{
	for (unsigned i = 1; i <= 3; i++) {
		unsigned long at = SETS_AT + (i - 1) * s->wide;

		if (s->a[i] && copy_from_user(s->l.mem + at, s->a[i],
					      s->narrow))
			return false;
		w[i] = lent_or_null(s->a[i], LENT_AT + at);
	}
	return true;
}

static bool narrow_sets_out(const struct sets *s)
{
	for (unsigned i = 1; i <= 3; i++)
		if (s->a[i] && copy_to_user(s->a[i], s->l.mem + SETS_AT +
					    (i - 1) * s->wide, s->narrow))
			return false;
	return true;
}

static long select_lent(struct sets *s, unsigned long w[6])
{
	long result;

	if (s->a[5] && form_get("2l", s->l.mem, s->a[5]))
		return -EFAULT;
	w[5] = lent_or_null(s->a[5], LENT_AT);
	/* let the handler report bad sets, after it has checked the timeout */
	if (!narrow_sets_in(s, w))
		w[1] = LENT_NOWHERE;
	result = wide_call(72, w);
	return result >= 0 && !narrow_sets_out(s) ? -EFAULT : result;
}

long narrow_pselect6(const unsigned long *a)
{
	unsigned n = min((unsigned)a[0], current->files->size);
	struct sets s = { .a = a, .narrow = ALIGN_UP(n, 32u) / 8,
		.wide = ALIGN_UP(n, 64u) / 8 };
	unsigned long w[6];
	long result = lent_begin(&s.l, SETS_AT + 3 * s.wide);

	if (result)
		return result;
	memcpy(w, a, sizeof(w));
	if ((s32)a[0] >= 0)
		w[0] = n;
	result = select_lent(&s, w);
	lent_end(&s.l);
	return result;
}

/* ---- System V ------------------------------------------------------------ */

#define IPC_PERM "6w2h2l"

/* A command of msgctl, semctl or shmctl, and its structure. */
struct ipc_command {
	u8 cmd;
	bool out;
	const char *form;
};

static const struct ipc_command *command_of(const struct ipc_command *c,
					    unsigned long cmd)
{
	while (c->form && c->cmd != (u32)cmd)
		c++;
	return c->form ? c : NULL;
}

static long ipc_control(unsigned nr, const unsigned long *a, unsigned arg,
			const struct ipc_command *commands)
{
	const struct ipc_command *c = command_of(commands, a[arg - 1]);

	return c ? with_one(nr, a, arg, c->out, c->form) : wide_call(nr, a);
}

long narrow_msgctl(const unsigned long *a)
{
	static const char form[] = IPC_PERM "3t3l2w2l";
	static const struct ipc_command commands[] = {
		{ 1, false, form }, { 2, true, form }, { 11, true, form },
		{ 13, true, form }, { 0, false, NULL },
	};

	return ipc_control(187, a, 2, commands);
}

long narrow_semctl(const unsigned long *a)
{
	static const char form[] = IPC_PERM "2t3l";
	static const struct ipc_command commands[] = {
		{ 1, false, form }, { 2, true, form }, { 18, true, form },
		{ 20, true, form }, { 0, false, NULL },
	};

	return ipc_control(191, a, 3, commands);
}

/* Serve IPC_INFO: limit the largest segment size to INT32_MAX. */
static long shm_info(const unsigned long *a)
{
	unsigned long w[6] = { a[0], a[1], LENT_AT };
	struct lent l;
	long result = lent_begin(&l, LENT_ROOM);
	u64 most;

	if (result)
		return result;
	result = wide_call(195, w);
	memcpy(&most, l.mem, sizeof(most));
	most = min(most, (u64)INT32_MAX);
	memcpy(l.mem, &most, sizeof(most));
	if (result >= 0 && form_put("9l", a[2], l.mem))
		result = -EFAULT;
	lent_end(&l);
	return result;
}

long narrow_shmctl(const unsigned long *a)
{
	static const char form[] = IPC_PERM "l3t2w3l";
	static const struct ipc_command commands[] = {
		{ 1, false, form }, { 2, true, form }, { 13, true, form },
		{ 15, true, form }, { 14, true, "w5l" }, { 0, false, NULL },
	};

	return (u32)a[1] == 3 ? shm_info(a) :
		ipc_control(195, a, 2, commands);
}

/*
 * Send a message.  The type is a word before the text.  The text is not copied.
 */
long narrow_msgsnd(const unsigned long *a)
{
	unsigned long w[6] = { a[0], LENT_AT, (unsigned long)(s32)a[2], a[3] };
	struct lent l;
	long result = lent_begin(&l, sizeof(long));

	if (result)
		return result;
	l.rest = a[1] + sizeof(u32);
	if (form_get("s", l.mem, a[1]))
		w[1] = LENT_NOWHERE;
	result = wide_call(189, w);
	lent_end(&l);
	return result;
}

long narrow_msgrcv(const unsigned long *a)
{
	unsigned long w[6] = { a[0], LENT_AT, (unsigned long)(s32)a[2],
		(unsigned long)(s32)a[3], a[4] };
	struct lent l;
	long result = lent_begin(&l, sizeof(long));

	if (result)
		return result;
	l.rest = a[1] + sizeof(u32);
	result = wide_call(188, w);
	if (result >= 0 && form_put("s", a[1], l.mem))
		result = -EFAULT;
	lent_end(&l);
	return result;
}

/* ---- ioctl --------------------------------------------------------------- */

/*
 * Commands whose numbers or structures contain longs.  All other commands of
 * this kernel, except those for network interfaces, use ints, bytes, or 64 bits
 * in both ABIs.
 */
static const struct ioctl {
	/* wide: the 64-bit command; 0: not supported */
	u32 cmd, wide;
	const char *form;		/* form of the result; NULL: no longs */
} ioctls[] = {
	{ 0x1260, 0x1260, "l" },	/* BLKGETSIZE */
	{ 0x1263, 0x1263, "l" },	/* BLKRAGET */
	{ 0x80041270, 0x80081270, NULL }, /* BLKBSZGET */
	{ 0x80041272, 0x80081272, NULL }, /* BLKGETSIZE64 */
	{ 0x80081270, 0, NULL }, { 0x80081272, 0, NULL },
	/* kcov: three commands */
	{ 0x80086301, 0, NULL }, { 0x6364, 0, NULL },
	{ 0x6365, 0, NULL },
};

#define IFREQ_NARROW	32u		/* size with the longest member */
#define IFREQ_WIDE	40u

/*
 * Convert struct ifreq: a name and a union, in which only struct ifmap has
 * longs.
 */
static long narrow_ifreq(const unsigned long *a)
{
	unsigned long w[6] = { a[0], a[1], LENT_AT };
	struct lent l;
	long result = lent_begin(&l, IFREQ_WIDE);

	if (result)
		return result;
	if (copy_from_user(l.mem, a[2], IFREQ_NARROW))
		w[2] = LENT_NOWHERE;
	result = wide_call(29, w);
	if (!result)
		result = copy_to_user(a[2], l.mem, IFREQ_NARROW);
	lent_end(&l);
	return result;
}

/*
 * Serve SIOCGIFCONF: the program's array is counted in 32-bit structures; the
 * kernel returns at most one.
 */
static long narrow_ifconf(const unsigned long *a)
{
	unsigned long w[6] = { a[0], a[1], LENT_AT };
	struct { s32 len; u32 at; } c = { 0, 0 };
	struct { s64 len; u64 at; } *wide;
	struct lent l;
	long result = lent_begin(&l, sizeof(*wide) + IFREQ_WIDE);

	if (result)
		return result;
	if (get_user(&c, a[2]))
		w[2] = LENT_NOWHERE;
	wide = (void *)l.mem;
	wide->at = lent_or_null(c.at, LENT_AT + sizeof(*wide));
	wide->len = c.len >= (s32)IFREQ_NARROW ? IFREQ_WIDE : 0;
	result = wide_call(29, w);
	c.len = wide->len ? IFREQ_NARROW : 0;
	if (!result && c.at && copy_to_user(c.at, wide + 1, (unsigned)c.len))
		result = -EFAULT;
	if (!result)
		result = put_user(c, a[2]);
	lent_end(&l);
	return result;
}

long narrow_ioctl(const unsigned long *a)
{
	enum { IF_FIRST = 0x8910, IFCONF = 0x8912, OUTQNSD = 0x894b,
	       GSKNS = 0x894c, IF_LAST = 0x8970 };
	unsigned cmd = (unsigned)a[1];
	unsigned long w[6];

	memcpy(w, a, sizeof(w));
	for (unsigned i = 0; i < ARRAY_SIZE(ioctls); i++) {
		if (ioctls[i].cmd != cmd)
			continue;
		w[1] = ioctls[i].wide;
		return ioctls[i].form ?
			with_one(29, w, 2, true, ioctls[i].form) :
			wide_call(29, w);
	}
	if (cmd == IFCONF)
		return narrow_ifconf(a);
	if (cmd >= IF_FIRST && cmd <= IF_LAST && cmd != OUTQNSD &&
	    cmd != GSKNS)
		return narrow_ifreq(a);
	return wide_call(29, a);
}

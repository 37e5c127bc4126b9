/* SPDX-License-Identifier: MIT */
/*
 * Which of two bad arguments a call tells of: those on memory, signals and
 * waiting (rows B3, D5).  The order is Linux's, which programs that probe for
 * a kernel's abilities see.
 */
#include "tap.h"

#define ARGS	6
#define B	8L			/* bad address, of whatever is read */
#define TOP	(-(long)PG)		/* above all that is a program's */
#define NOPE	0x40000000L		/* a flag that nobody has */
#define MASK	8L			/* size of a signal set */
#define NOBODY	0x7ffffff0L		/* no process */

static long page;			/* two pages, then nothing */
static long gone;			/* unmapped */

struct row {
	const char *what;
	long nr;
	long arg[ARGS];
	int err;			/* 0: it succeeds */
};

/* Filled in when the places are known. */
#define P	0x11111000L
#define G	0x13333000L

static long place(long arg)
{
	switch (arg & -(long)PG) {
	case P: return page + (arg & (PG - 1));
	case G: return gone + (arg & (PG - 1));
	}
	return arg;
}

#ifdef SYS_mmap2
#define MMAP	SYS_mmap2
#else
#define MMAP	SYS_mmap
#endif
#define SIZE	(long)PG
#define HUGE	(-(long)PG)

static const struct row rows[] = {
	{ "mmap: length 0, bad descriptor", MMAP, { 0, 0, 1, 2, 99, 0 },
	  EBADF },
	{ "length 0, bad type", MMAP, { 0, 0, 1, 0x20, -1, 0 }, EINVAL },
	{ "length 0, fixed odd place", MMAP, { 1, 0, 1, 0x32, -1, 0 },
	  EINVAL },
	{ "past the last page, no such superpage", MMAP,
	  { 0, 1, 1, 0xfc040022, -1, -1 }, EINVAL },
	{ "too long, bad type", MMAP, { 0, HUGE, 1, 0x20, -1, 0 }, ENOMEM },
	{ "longest, bad descriptor", MMAP, { 0, -1, 1, 2, 99, 0 }, EBADF },
	{ "fixed odd place, bad type", MMAP, { 1, SIZE, 1, 0x30, -1, 0 },
	  EINVAL },
	{ "fixed above the top, odd", MMAP,
	  { TOP * 64 + 1, SIZE, 1, 0x32, -1, 0 }, ENOMEM },
	{ "taken, bad type", MMAP, { P, SIZE, 1, 0x100020, -1, 0 }, EEXIST },
	{ "munmap: odd, nothing", SYS_munmap, { P + 1, 0 }, EINVAL },
	{ "above the top, nothing", SYS_munmap, { TOP, 0 }, EINVAL },
	{ "hole", SYS_munmap, { G, SIZE }, 0 },
	{ "mprotect: odd, unknown right", SYS_mprotect, { P + 1, SIZE, NOPE },
	  EINVAL },
	{ "nothing, unknown right", SYS_mprotect, { P, 0, NOPE }, 0 },
	{ "nothing, odd", SYS_mprotect, { P + 1, 0, 1 }, EINVAL },
	{ "grows both ways, nothing", SYS_mprotect, { P, 0, 0x3000000 },
	  EINVAL },
	{ "hole, unknown right", SYS_mprotect, { G, SIZE, NOPE }, EINVAL },
	{ "round the end, unknown right", SYS_mprotect, { P, HUGE, NOPE },
	  ENOMEM },
	{ "above the top", SYS_mprotect, { TOP, SIZE, 1 }, ENOMEM },
	{ "mremap: bad flag, hole", SYS_mremap, { G, SIZE, SIZE, 64, 0 },
	  EINVAL },
	{ "hole, to nothing", SYS_mremap, { G, SIZE, 0, 1, 0 }, EINVAL },
	{ "hole, onto itself", SYS_mremap, { G, SIZE, SIZE, 3, G }, EFAULT },
	{ "hole, to an odd place", SYS_mremap, { G, SIZE, SIZE, 3, 1 },
	  EFAULT },
	{ "above the top, larger", SYS_mremap, { TOP, SIZE, 2 * SIZE, 1, 0 },
	  EFAULT },
	{ "odd above the top", SYS_mremap, { TOP + 1, SIZE, SIZE, 1, 0 },
	  EINVAL },
	{ "nothing of private memory, too long", SYS_mremap,
	  { P, 0, HUGE, 1, 0 }, EINVAL },
	{ "over its end, to an odd place", SYS_mremap,
	  { P, 8 * SIZE, 8 * SIZE, 3, 1 }, EINVAL },
	{ "over its end, above the top", SYS_mremap,
	  { P, 8 * SIZE, 8 * SIZE, 3, TOP }, EINVAL },
	{ "over its end, larger", SYS_mremap, { P, 8 * SIZE, 9 * SIZE, 1, 0 },
	  EFAULT },
	{ "shrinks over the end of all", SYS_mremap, { P, HUGE, SIZE, 0, 0 },
	  EINVAL },
	{ "madvise: unknown, odd", SYS_madvise, { P + 1, SIZE, 99 }, EINVAL },
	{ "unknown, nothing", SYS_madvise, { P, 0, 99 }, EINVAL },
	{ "odd, nothing", SYS_madvise, { P + 1, 0, 4 }, EINVAL },
	{ "hole, nothing", SYS_madvise, { G, 0, 4 }, 0 },
	{ "round the end", SYS_madvise, { P, HUGE, 4 }, EINVAL },
	{ "above the top", SYS_madvise, { TOP - SIZE, SIZE, 4 }, ENOMEM },
	{ "a hole, memory of no file", SYS_madvise, { G, SIZE, 9 }, ENOMEM },
	{ "memory of no file", SYS_madvise, { P, 4 * SIZE, 9 }, EINVAL },
	{ "msync: bad flag, odd", SYS_msync, { P + 1, SIZE, 64 }, EINVAL },
	{ "both ways, hole", SYS_msync, { G, SIZE, 5 }, EINVAL },
	{ "round the end, both ways", SYS_msync, { P, HUGE, 5 }, EINVAL },
	{ "round the end", SYS_msync, { P, HUGE, 4 }, ENOMEM },
	{ "hole, nothing", SYS_msync, { G, 0, 4 }, 0 },
	{ "hole", SYS_msync, { G, SIZE, 4 }, ENOMEM },
	{ "mlock2: bad flag, hole", SYS_mlock2, { G, SIZE, 2 }, EINVAL },
	{ "mlock: hole", SYS_mlock, { G, SIZE }, ENOMEM },
	{ "hole, nothing", SYS_mlock, { G, 0 }, 0 },
	{ "round the end", SYS_mlock, { P, HUGE }, EINVAL },
	{ "above the top", SYS_mlock, { TOP - SIZE, SIZE }, ENOMEM },
	{ "munlock: hole", SYS_munlock, { G, SIZE }, ENOMEM },
	{ "mlockall: none, bad", SYS_mlockall, { 8 }, EINVAL },
	{ "only when touched", SYS_mlockall, { 4 }, EINVAL },
	{ "mincore: odd, bad vector", SYS_mincore, { P + 1, SIZE, B }, EINVAL },
	{ "hole, bad vector", SYS_mincore, { G, SIZE, B }, ENOMEM },
	{ "hole, vector above the top", SYS_mincore, { G, SIZE, TOP }, EFAULT },
	{ "above the top, bad vector", SYS_mincore, { TOP, SIZE, TOP },
	  ENOMEM },
	{ "nothing, bad vector", SYS_mincore, { P, 0, B }, 0 },
	{ "process_vm_readv: flag, too many", SYS_process_vm_readv,
	  { 1, B, 2000, B, 1, 1 }, EINVAL },
	{ "too many, nobody", SYS_process_vm_readv,
	  { NOBODY, B, 2000, B, 1, 0 }, EINVAL },
	{ "bad vector, nobody", SYS_process_vm_readv,
	  { NOBODY, B, 1, B, 1, 0 }, EFAULT },
	{ "nothing here, too many there", SYS_process_vm_readv,
	  { NOBODY, B, 0, B, 2000, 0 }, 0 },
	{ "membarrier: flag, unknown", SYS_membarrier, { 99, 1, 0 }, EINVAL },
	{ "not registered, flag", SYS_membarrier, { 8, 2, 0 }, EINVAL },
	{ "not registered", SYS_membarrier, { 8, 0, 0 }, EPERM },

	{ "rt_sigaction: size, bad pointer", SYS_rt_sigaction,
	  { SIGUSR1, B, B, 4 }, EINVAL },
	{ "no signal, bad pointer", SYS_rt_sigaction, { 99, B, 0, MASK },
	  EFAULT },
	{ "no signal, bad old", SYS_rt_sigaction, { 99, 0, B, MASK },
	  EINVAL },
	{ "KILL, bad old", SYS_rt_sigaction, { SIGKILL, P, B, MASK },
	  EINVAL },
	{ "KILL, asked only", SYS_rt_sigaction, { SIGKILL, 0, P, MASK }, 0 },
	{ "rt_sigprocmask: size, bad pointer", SYS_rt_sigprocmask,
	  { 99, B, 0, 4 }, EINVAL },
	{ "bad way, bad pointer", SYS_rt_sigprocmask, { 99, B, 0, MASK },
	  EFAULT },
	{ "bad way, bad old", SYS_rt_sigprocmask, { 99, P, B, MASK },
	  EINVAL },
	{ "bad way, no set", SYS_rt_sigprocmask, { 99, 0, P, MASK }, 0 },
	{ "rt_sigpending: size, bad pointer", SYS_rt_sigpending, { B, 16 },
	  EINVAL },
	{ "rt_sigsuspend: size, bad pointer", SYS_rt_sigsuspend, { B, 4 },
	  EINVAL },
	{ "rt_sigtimedwait: size, bad set", SYS_rt_sigtimedwait,
	  { B, 0, 0, 4 }, EINVAL },
	{ "bad set, bad time", SYS_rt_sigtimedwait, { B, 0, B, MASK },
	  EFAULT },
	{ "kill: nobody, no signal", SYS_kill, { NOBODY, 99 }, ESRCH },
	{ "self, no signal", SYS_kill, { 0, 99 }, EINVAL },
	{ "the least number", SYS_kill, { 0x80000000L, 99 }, ESRCH },
	{ "all, no signal", SYS_kill, { -1, 99 }, EINVAL },
	{ "tkill: nobody, no signal", SYS_tkill, { NOBODY, 99 }, ESRCH },
	{ "a number below 1, no signal", SYS_tkill, { 0, 99 }, EINVAL },
	{ "tgkill: nobody, no signal", SYS_tgkill, { 1, NOBODY, 99 }, ESRCH },
	{ "a number below 1", SYS_tgkill, { 0, NOBODY, 0 }, EINVAL },
	{ "rt_sigqueueinfo: nobody, bad pointer", SYS_rt_sigqueueinfo,
	  { NOBODY, 99, B }, EFAULT },
	{ "another, as the kernel", SYS_rt_sigqueueinfo, { 1, 99, P }, EPERM },
	{ "nobody, as the kernel", SYS_rt_sigqueueinfo, { NOBODY, 0, P },
	  EPERM },
	{ "rt_tgsigqueueinfo: number, pointer", SYS_rt_tgsigqueueinfo,
	  { 0, 1, 99, B }, EFAULT },
	{ "number, as the kernel", SYS_rt_tgsigqueueinfo,
	  { 0, 1, 99, P }, EINVAL },
	{ "nobody, as the kernel", SYS_rt_tgsigqueueinfo,
	  { NOBODY, NOBODY, 0, P }, EPERM },
	{ "sigaltstack: bad new, bad old", SYS_sigaltstack, { B, B }, EFAULT },
	{ "fine, bad old", SYS_sigaltstack, { 0, B }, EFAULT },

	{ "wait4: flag, nobody", SYS_wait4, { NOBODY, B, NOPE >> 2, B },
	  EINVAL },
	{ "flag, the least number", SYS_wait4, { 0x80000000L, 0, 4, 0 },
	  EINVAL },
	{ "the least number", SYS_wait4, { 0x80000000L, B, 0, B }, ESRCH },
	{ "nobody, bad pointer", SYS_wait4, { NOBODY, B, 1, B }, ECHILD },
	{ "waitid: flag, bad kind", SYS_waitid, { 99, 0, 0, 64, 0 }, EINVAL },
	{ "asks for nothing, nobody", SYS_waitid, { 1, NOBODY, P, 0, 0 },
	  EINVAL },
	{ "asks for nothing, bad pointer", SYS_waitid, { 0, 0, B, 0, 0 },
	  EFAULT },
	{ "no number, bad pointer", SYS_waitid, { 1, 0, B, 4, 0 }, EFAULT },
	{ "no number, bad usage", SYS_waitid, { 1, 0, P, 4, B }, EINVAL },
	{ "bad descriptor, bad pointer", SYS_waitid, { 3, 99, B, 4, 0 },
	  EFAULT },
	{ "bad descriptor, bad usage", SYS_waitid, { 3, 99, P, 4, B }, EBADF },
	{ "negative descriptor", SYS_waitid, { 3, -1, P, 4, 0 }, EINVAL },
	{ "no descriptor of a process", SYS_waitid, { 3, 1, P, 4, 0 }, EBADF },
	{ "nobody, bad pointer", SYS_waitid, { 1, NOBODY, B, 4, 0 }, EFAULT },
	{ "nobody, bad usage", SYS_waitid, { 1, NOBODY, P, 4, B }, ECHILD },
	{ "any, asks for nothing", SYS_waitid, { 0, 0, 0, 1, 0 }, EINVAL },
};

static void ask(const struct row *r)
{
	long a[ARGS], got;

	for (int i = 0; i < ARGS; i++)
		a[i] = place(r->arg[i]);
	memset((void *)page, 0, 2 * PG);
	errno = 0;
	got = syscall(r->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (r->err ? got != -1 || errno != r->err : got == -1)
		printf("# %ld, %s\n", got, strerror(errno));
	check(r->err ? got == -1 && errno == r->err : got != -1, "%s",
	      r->what);
}

int main(void)
{
	page = (long)anon_pages(8, PROT_READ | PROT_WRITE);
	gone = page + 4 * SIZE;
	munmap((void *)(page + 2 * SIZE), 6 * PG);
	for (int i = 0; i < COUNT(rows); i++)
		ask(&rows[i]);
	return tap_done();
}

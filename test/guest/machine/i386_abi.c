/* SPDX-License-Identifier: MIT */
/*
 * What only i386 programs see: the signal of each exception with its code,
 * trap number and address; segment registers and flags across system calls; TLS
 * slots; virtual-8086 mode; and the calls of old (rows B2, B6, D7).
 */
#include <sched.h>
#include "tap.h"

#ifndef __i386__
int main(void)
{
	return tap_skip_all("a test of i386's own interfaces");
}
#else

#include "i386.h"

#define SYS_set_tls	243
#define SYS_get_tls	244

#define PR_SET_CHILD_SUBREAPER	36

/* ---- exceptions ---------------------------------------------------------- */

#define SNIPPET(name, ...) \
	extern char at_##name[]; \
	void do_##name(void); \
	__asm__(".text\ndo_" #name ":\n" __VA_ARGS__ "\n\tret\n")
#define AT(name) "\nat_" #name ":\t"

SNIPPET(div, "xorl %ecx,%ecx; movl $1,%eax; cltd" AT(div) "idivl %ecx");
SNIPPET(overflow, "movl $-1,%ecx; movl $0x80000000,%eax; cltd"
	AT(overflow) "idivl %ecx");
SNIPPET(int3, AT(int3) "int3");
SNIPPET(into, "movb $0x7f,%al; addb $1,%al" AT(into) "into");
SNIPPET(bound, "pushl $1; pushl $0; movl $5,%eax" AT(bound)
	"bound %eax,(%esp)");
SNIPPET(ud2, AT(ud2) "ud2");
SNIPPET(hlt, AT(hlt) "hlt");
SNIPPET(cli, AT(cli) "cli");
SNIPPET(in, AT(in) "inb $0x60,%al");
SNIPPET(int81, AT(int81) "int $0x81");
SNIPPET(selector, "movl $0x1234,%eax" AT(selector) "movl %eax,%es");
SNIPPET(read, "movl $16,%eax" AT(read) "movl (%eax),%eax");
SNIPPET(write, "movl $16,%eax" AT(write) "movl %eax,(%eax)");
SNIPPET(jump, AT(jump) "movl $16,%eax; call *%eax");
SNIPPET(kernel, "movl $0xfffff000,%eax" AT(kernel) "movl (%eax),%eax");
SNIPPET(step, "pushfl; orl $0x100,(%esp); popfl; nop" AT(step) "nop");
SNIPPET(x87, "fninit; pushl $0x37b; fldcw (%esp); popl %eax; fld1; fldz; "
	"fdivrp %st,%st(1)" AT(x87) "fwait");
SNIPPET(x87inv, "fninit; pushl $0x37e; fldcw (%esp); popl %eax; fldz; fldz; "
	"fdivrp %st,%st(1)" AT(x87inv) "fwait");
/* to store 1e300 and 1e-300 as floats, and a third of anything */
SNIPPET(x87over, "fninit; pushl $0x377; fldcw (%esp); pushl $0x7e37e43c; "
	"pushl $0; fldl (%esp); fstps (%esp); addl $12,%esp"
	AT(x87over) "fwait");
SNIPPET(x87under, "fninit; pushl $0x36f; fldcw (%esp); pushl $0x01a56e1f; "
	"pushl $0; fldl (%esp); fstps (%esp); addl $12,%esp"
	AT(x87under) "fwait");
SNIPPET(x87inexact, "fninit; pushl $0x35f; fldcw (%esp); movl $3,(%esp); "
	"fld1; fidivl (%esp); popl %eax" AT(x87inexact) "fwait");
SNIPPET(sse, "pushl $0x1d80; ldmxcsr (%esp); popl %eax; xorps %xmm0,%xmm0; "
	"movl $0x3f800000,%eax; movd %eax,%xmm1" AT(sse)
	"divss %xmm0,%xmm1");

static const struct {
	const char *name;
	void (*fn)(void);
	char *at;			/* eip in the frame; NULL: elsewhere */
	int sig, code;
	int si_at;			/* si_addr: 1 = eip, else itself */
	int trapno, err;		/* -1: not compared */
} faults[] = {
	{ "division by zero", do_div, at_div, SIGFPE, 1, 1, 0, 0 },
	{ "division overflow", do_overflow, at_overflow, SIGFPE, 1, 1, 0, 0 },
	{ "int3", do_int3, at_int3 + 1, SIGTRAP, 0x80, 0, 3, 0 },
	{ "into", do_into, at_into + 1, SIGSEGV, 0x80, 0, 4, 0 },
	{ "bound", do_bound, at_bound, SIGSEGV, 0x80, 0, 5, 0 },
	{ "ud2", do_ud2, at_ud2, SIGILL, 2, 1, 6, 0 },
	{ "hlt", do_hlt, at_hlt, SIGSEGV, 0x80, 0, 13, 0 },
	{ "cli", do_cli, at_cli, SIGSEGV, 0x80, 0, 13, 0 },
	{ "in", do_in, at_in, SIGSEGV, 0x80, 0, 13, 0 },
	{ "int 0x81", do_int81, at_int81, SIGSEGV, 0x80, 0, 13, 0x40a },
	{ "bad selector", do_selector, at_selector, SIGSEGV, 0x80, 0, 13,
	  0x1234 },
	{ "read of a hole", do_read, at_read, SIGSEGV, SEGV_MAPERR, 16, 14,
	  4 },
	{ "write of a hole", do_write, at_write, SIGSEGV, SEGV_MAPERR, 16, 14,
	  6 },
	{ "jump to a hole", do_jump, (char *)16, SIGSEGV, SEGV_MAPERR, 16, 14,
	  -1 },
	{ "single step", do_step, at_step, SIGTRAP, 2, 1, 1, 0 },
	{ "x87 division by zero", do_x87, at_x87, SIGFPE, 3, 1, 16, 0 },
	{ "x87 invalid", do_x87inv, at_x87inv, SIGFPE, 7, 1, 16, 0 },
	{ "x87 overflow", do_x87over, at_x87over, SIGFPE, 4, 1, 16, 0 },
	{ "x87 underflow", do_x87under, at_x87under, SIGFPE, 5, 1, 16, 0 },
	{ "x87 inexact", do_x87inexact, at_x87inexact, SIGFPE, 6, 1, 16, 0 },
	{ "SSE division by zero", do_sse, at_sse, SIGFPE, 3, 1, 19, 0 },
};

static siginfo_t seen;
static struct context seen_mc;
static sigjmp_buf back;

static void note_fault(int sig, siginfo_t *si, struct frame *uc)
{
	seen = *si;
	seen_mc = uc->mc;
	siglongjmp(back, sig);
}

static void test_i386_exceptions(void)
{
	static const int sigs[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };

	for (int i = 0; i < COUNT(sigs); i++)
		handle_bare(sigs[i], note_fault, SA_SIGINFO | SA_NODEFER);
	for (int i = 0; i < COUNT(faults); i++) {
		volatile int n = i;
		int sig = sigsetjmp(back, 1);
		unsigned at;

		if (!sig) {
			faults[i].fn();
			if (faults[n].trapno == 19)
				tap_skip(faults[n].name,
					 "this CPU does not raise it");
			else
				check(0, "%s did not fault", faults[n].name);
			continue;
		}
		__asm__ volatile("fninit");
		at = faults[n].si_at;
		if (at == 1)
			at = seen_mc.eip;
		check(sig == faults[n].sig, "%s: signal", faults[n].name);
		check_eq(seen.si_code, faults[n].code, "%s: code",
			 faults[n].name);
		check_eq((unsigned)seen.si_addr, at, "%s: si_addr",
			 faults[n].name);
		check_eq(seen_mc.trapno, faults[n].trapno, "%s: trapno",
			 faults[n].name);
		if (faults[n].err >= 0)
			check_eq(seen_mc.err, faults[n].err, "%s: error code",
				 faults[n].name);
		check_eq(seen_mc.eip, (unsigned)faults[n].at, "%s: eip",
			 faults[n].name);
		if (faults[n].trapno == 14)
			check_eq(seen_mc.cr2, at, "%s: cr2", faults[n].name);
	}
	seen.si_signo = 0;
	if (!sigsetjmp(back, 1))
		do_kernel();
	check(seen.si_signo == SIGSEGV, "read of kernel memory");
	__asm__ volatile("fninit; ldmxcsr %0" :: "m"((unsigned){ 0x1f80 }));
}

/* The trap flag stays until the program, or its handler, clears it. */
static int steps, kept;

static void on_step(int sig, siginfo_t *si, struct frame *uc)
{
	(void)sig;
	(void)si;
	kept += !!(uc->mc.eflags & 0x100);
	if (++steps == 3)
		uc->mc.eflags &= ~0x100u;
}

static void test_steps(void)
{
	handle_bare(SIGTRAP, on_step, SA_SIGINFO);
	__asm__ volatile("pushfl; orl $0x100,(%%esp); popfl\n"
			 "nop; nop; nop; nop; nop; nop" ::: "memory", "cc");
	check_eq(steps, 3, "a program steps itself");
	check_eq(kept, 3, "and its handler sees the flag");
}

/* ---- system calls -------------------------------------------------------- */

/* getppid with every register set; regs: ebx ecx edx esi edi ebp, flags */
void all_registers(unsigned regs[7]);
__asm__(".text\nall_registers:\n"
	"	pushal\n	movl 36(%esp), %eax\n"
	"	movl (%eax), %ebx\n	movl 4(%eax), %ecx\n"
	"	movl 8(%eax), %edx\n	movl 12(%eax), %esi\n"
	"	movl 16(%eax), %edi\n	movl 20(%eax), %ebp\n"
	"	movl $64, %eax\n	std\n	stc\n	int $0x80\n"
	"	pushfl\n	cld\n	movl 40(%esp), %eax\n"
	"	popl 24(%eax)\n"
	"	movl %ebx, (%eax)\n	movl %ecx, 4(%eax)\n"
	"	movl %edx, 8(%eax)\n	movl %esi, 12(%eax)\n"
	"	movl %edi, 16(%eax)\n	movl %ebp, 20(%eax)\n"
	"	popal\n	ret\n");

static void test_registers(void)
{
	unsigned regs[7] = { 0x11111111, 0x22222222, 0x33333333, 0x44444444,
			     0x55555555, 0x66666666, 0 };
	unsigned es, r;

	all_registers(regs);
	for (int i = 0; i < 6; i++)
		check_eq(regs[i], 0x11111111 * (i + 1),
			 "register %d survives a system call", i);
	check((regs[6] & 0x401) == 0x401, "flags survive a system call");
	__asm__ volatile(
		"pushl %%es; movl %%cs,%%eax; movl %%eax,%%es\n"
		"movl $20,%%eax; int $0x80; movl %%es,%0; popl %%es"
		: "=r"(es) :: "eax", "memory");
	__asm__ volatile("movl %%cs,%0" : "=r"(r));
	check_eq(es & 0xffff, r, "es survives a system call");
	__asm__ volatile(
		"pushl %%ds; xorl %%eax,%%eax; movl %%eax,%%ds\n"
		"movl $20,%%eax; int $0x80; movl %%ds,%0; popl %%ds"
		: "=r"(es) :: "eax", "memory");
	check_eq(es & 0xffff, 0, "a null ds survives a system call");
}

/* ---- TLS slots ----------------------------------------------------------- */

struct desc {
	unsigned entry, base, limit, flags;
};

#define FLAT	0x51			/* 32 bit, pages, useable */

static unsigned tls_word[4] = { 7, 8, 9, 10 };

static void yield(void *unused)
{
	(void)unused;
	sched_yield();
}

static void test_tls(void)
{
	struct desc d = { -1U, (unsigned)tls_word, 0xfffff, FLAT }, got;
	struct desc bad = { 5, 0, 0xfffff, FLAT };
	unsigned v, sel, fs;
	int n = 0;

	check_eq(call4(SYS_set_tls, (long)&d, 0, 0, 0), 0, "a free slot");
	sel = d.entry * 8 | 3;
	__asm__ volatile("movl %0,%%fs" :: "r"(sel));
	__asm__ volatile("movl %%fs:4,%0" : "=r"(v));
	check_eq(v, 8, "fs reaches it");
	if (in_child(yield, NULL))
		tap_bail("child");
	__asm__ volatile("movl %%fs,%0; movl %%fs:8,%1" : "=r"(fs), "=r"(v));
	check_eq(fs & 0xffff, sel, "the selector survives a switch");
	check_eq(v, 9, "and its base");
	d.base += 4;
	check_eq(call4(SYS_set_tls, (long)&d, 0, 0, 0), 0, "a new base");
	__asm__ volatile("movl %%fs:8,%0" : "=r"(v));
	check_eq(v, 10, "is used at once");
	got.entry = d.entry;
	check_eq(call4(SYS_get_tls, (long)&got, 0, 0, 0), 0, "reading back");
	check(!memcmp(&got, &d, sizeof(d)), "gives what was set");
	d = (struct desc){ d.entry, 0, 0, 0x28 };
	__asm__ volatile("movl %0,%%fs" :: "r"(0));
	check_eq(call4(SYS_set_tls, (long)&d, 0, 0, 0), 0, "clearing");
	check_eq(call4(SYS_get_tls, (long)&d, 0, 0, 0), 0, "an empty slot");
	check_eq(d.flags, 0x28, "reads as not present");
	check_eq(call4(SYS_set_tls, (long)&bad, 0, 0, 0), -EINVAL,
		 "a slot that is none");
	check_eq(call4(SYS_get_tls, (long)&bad, 0, 0, 0), -EINVAL,
		 "reading it");
	bad = (struct desc){ -1U, 0, 0xfffff, FLAT | 4 };
	check_eq(call4(SYS_set_tls, (long)&bad, 0, 0, 0), -EINVAL,
		 "a code segment");
	bad.flags = FLAT & ~1;
	check_eq(call4(SYS_set_tls, (long)&bad, 0, 0, 0), -EINVAL,
		 "a 16-bit segment");
	check_eq(call4(SYS_set_tls, (long)BAD, 0, 0, 0), -EFAULT,
		 "a bad address");
	do {
		d = (struct desc){ -1U, 0, 0xfffff, FLAT };
	} while (call4(SYS_set_tls, (long)&d, 0, 0, 0) == 0 && ++n < 8);
	check(n >= 1 && n <= 3, "there are three slots at most");
	check_eq(call4(SYS_set_tls, (long)&d, 0, 0, 0), -ESRCH,
		 "then none is free");
}

/* ---- privilege ------------------------------------------------------------- */

/*
 * Virtual-8086 mode takes privilege, but the iret of older QEMUs lets everybody
 * go there.  Each way out of it ends the program, and no more; es would be
 * taken for cs where a frame is looked for that has no segment registers above
 * it.  On a CPU, and QEMU 10, iret ignores the flag outside ring 0 and refuses
 * cs (volume 2A, IRET) while the stack is still good: a handler of an earlier
 * test would run, so the signal gets its default action.
 */
struct real_mode {
	const char *text;
	const char *code;		/* NULL: nothing is mapped there */
	long eax;
};

static void enter_real_mode(void *arg)
{
	const struct real_mode *m = arg;
	void *at = (void *)0x10000;

	signal(SIGSEGV, SIG_DFL);
	if (m->code) {
		if (mmap(at, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			 MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != at)
			return;
		memcpy(at, m->code, 4);
	}
	__asm__ volatile(
		"pushl $0x68\n pushl $0x68\n"	/* gs, fs */
		"pushl $0x68\n pushl $0x60\n"	/* ds, es */
		"pushl $0x1000\n pushl $0x800\n"	/* ss, esp */
		"pushl $0x23202\n"		/* VM, IOPL 3, IF */
		"pushl $0x1000\n pushl $0\n"	/* cs, eip */
		"iret" :: "a"(m->eax) : "memory");
}

static void test_real_mode(void)
{
	/* Linux lets it spin on, and its forks do not stand this */
	static const struct real_mode list[] = {
		{ "fetches", NULL, 0 },
		{ "divides by zero", "\xd4\x00", 0 },
		{ "spins", "\xeb\xfe", 0 },
		{ "makes a call", "\xcd\x80\x0f\x0b", 20 },
		{ "forks", "\xcd\x80\x0f\x0b", 2 },
	};

	int count = on_other_kernel() ? 2 : COUNT(list);

	syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
	for (int i = 0; i < count; i++) {
		int status = in_child(enter_real_mode, (void *)&list[i]);

		check(WIFSIGNALED(status), "who %s in real mode ends",
		      list[i].text);
		while (wait(NULL) > 0)
			;			/* and its child */
	}
}

/* An empty list once left its memory to two owners. */
static void test_no_groups(void)
{
	if (getuid()) {
		tap_skip("setgroups of none", "needs root");
		return;
	}
	check_eq(call4(81, 0, 0, 0, 0), 0, "the 16-bit setgroups of none");
	for (int i = 0; i < 200; i++) {
		call4(81, 0, 0, 0, 0);
		call4(50 - 4, 0, 0, 0, 0);	/* setgid: new credentials */
	}
	check_eq(in_child(yield, NULL), 0, "setgroups of none, and on");
}

/* Of 16 bits each: 65535 means "leave it" elsewhere, and is no group here. */
static void short_groups(void *arg)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE);
	unsigned short *in = (unsigned short *)(p + PG) - 2, out[2] = { 0 };
	unsigned wide[2] = { 0 };

	(void)arg;
	in[0] = 5;
	in[1] = 0xfffe;
	munmap(p + PG, PG);		/* they are the last there */
	if (call4(81, 2, (long)in, 0, 0))
		_exit(1);
	if (call4(80, 2, (long)out, 0, 0) != 2 || out[0] != 5 ||
	    out[1] != 0xfffe)
		_exit(2);
	in[1] = 0xffff;
	if (call4(81, 2, (long)in, 0, 0) != -EINVAL)
		_exit(3);
	if (call4(205, 2, (long)wide, 0, 0) != 2 || wide[1] != 0xfffe)
		_exit(4);
	_exit(0);
}

/* ---- one call for all of sockets ----------------------------------------- */

static long socketcall(int call, long a, long b, long c, long d, long e, long f)
{
	long args[6] = { a, b, c, d, e, f };

	return call4(102, call, (long)args, 0, 0);
}

static void test_socketcall(void)
{
	struct { void *base; unsigned len; } part = { "msg", 3 };
	struct { void *name; int len; void *parts; unsigned n; void *control;
		 unsigned room, flags; } m = { .parts = &part, .n = 1 };
	struct { typeof(m) head; unsigned len; } many = { m, 0 };
	int p[2], kind = 0, len = 4, on = 1;
	char buf[8] = "";

	check_eq(socketcall(8, 1, 2, 0, (long)p, 0, 0), 0, "socketpair");
	check_eq(socketcall(9, p[0], (long)"one", 3, 0, 0, 0), 3, "send");
	check_eq(socketcall(10, p[1], (long)buf, 8, 0, 0, 0), 3, "recv");
	check_eq(socketcall(11, p[0], (long)"four", 4, 0, 0, 0), 4, "sendto");
	check_eq(socketcall(12, p[1], (long)buf, 8, 0, 0, 0), 4, "recvfrom");
	check(!memcmp(buf, "four", 4), "as it was sent");
	check_eq(socketcall(14, p[0], 1, 16, (long)&on, 4, 0), 0, "setsockopt");
	check_eq(socketcall(15, p[0], 1, 3, (long)&kind, (long)&len, 0), 0,
		 "getsockopt");
	check_eq(kind, 2, "of datagrams");
	check_eq(socketcall(16, p[0], (long)&m, 0, 0, 0, 0), 3, "sendmsg");
	part.base = buf;
	check_eq(socketcall(17, p[1], (long)&m, 0, 0, 0, 0), 3, "recvmsg");
	check_eq(socketcall(18, p[0], 0, 0, 0, 0, 0), -EOPNOTSUPP, "accept4");
	check_eq(socketcall(20, p[0], (long)&many, 1, 0, 0, 0), 1, "sendmmsg");
	check_eq(socketcall(19, p[1], (long)&many, 1, 0, 0, 0), 1, "recvmmsg");
	check_eq(many.len, 3, "with its length");
	check_eq(socketcall(13, p[0], 1, 0, 0, 0, 0), 0, "shutdown");
	check_eq(socketcall(9, p[0], (long)"x", 1, 0x4000, 0, 0), -EPIPE,
		 "after which nothing is sent");
	check_eq(socketcall(21, 0, 0, 0, 0, 0, 0), -EINVAL, "no such call");
	check_eq(call4(102, 9, (long)BAD, 0, 0), -EFAULT, "bad arguments");
	close(p[0]);
	close(p[1]);
}

/* ---- locks with offsets of 64 bits ------------------------------------------- */

struct __attribute__((packed)) long_lock {
	short type, whence;
	long long start, len;
	int pid;
};

static void hold_a_lock(void *arg)
{
	struct long_lock l = { 1, 0, 1ll << 33, 5, 0 };

	_exit(call4(221, *(int *)arg, 13, (long)&l, 0) != -EAGAIN);
}

static void test_long_locks(void)
{
	struct long_lock l = { 1, 0, 1ll << 33, 5, 0 };
	int fd = open("/tmp/i386_abi", O_CREAT | O_RDWR, 0600);

	check_eq(call4(221, fd, 13, (long)&l, 0), 0, "F_SETLK64");
	check_eq(in_child(hold_a_lock, &fd), 0, "is in another's way");
	check_eq(call4(221, fd, 12, (long)&l, 0), 0, "F_GETLK64");
	check_eq(l.type, 2, "and not in one's own");
	check_eq(call4(221, fd, 14, (long)&l, 0), 0, "F_SETLKW64");
	check_eq(call4(221, fd, 12, (long)BAD, 0), -EFAULT, "a bad place");
	l.type = 9;
	check_eq(call4(221, fd, 13, (long)&l, 0), -EINVAL, "no such kind");
	close(fd);
	unlink("/tmp/i386_abi");
}

/* ---- System V without IPC_64 ---------------------------------------------- */

#define IPC_64		0x100
#define UNTOUCHED	0xaa

/*
 * The layouts of 1993 are shorter than those with IPC_64: a kernel that has
 * them fills the shorter one, a kernel that has not refuses.  => is that so,
 * whatever it answered?
 */
static int stays_short(long call, long id, long cmd, int at)
{
	static unsigned char buf[128];
	void *arg = buf;

	memset(buf, UNTOUCHED, sizeof(buf));
	if (call == 3)
		syscall(117, call, id, 0, cmd, &arg, 0);
	else
		syscall(117, call, id, cmd, 0, buf, 0);
	return buf[at] == UNTOUCHED;
}

/* STAT by id, then by each place of the table, one of which is its. */
static void short_layouts(long call, long id, long stat, const char *what)
{
	int ok = 1, known = 0;

	check(!stays_short(call, id, 2 | IPC_64, 60), "%s: IPC_64", what);
	check(stays_short(call, id, 2, 60), "%s: the layout before it", what);
	for (int i = 0; i < 128; i++) {
		known |= !stays_short(call, i, stat | IPC_64, 60);
		ok &= stays_short(call, i, stat, 60);
	}
	check(known && ok, "%s: ... by its place", what);
}

static void test_short_layouts(void)
{
	long sem = call4(117, 2, 0, 1, 0600), msg = call4(117, 13, 0, 0600, 0);
	long shm = call4(117, 23, 0, PG, 0600);

	short_layouts(3, sem, 18, "semctl");
	short_layouts(14, msg, 11, "msgctl");
	short_layouts(24, shm, 13, "shmctl");
	check(!stays_short(24, 0, 3 | IPC_64, 32), "shmctl: limits");
	check(stays_short(24, 0, 3, 32), "... in the layout before IPC_64");
	check_eq(syscall(117, 3, sem, 0, 0, &sem), 0, "semctl: it goes");
	check_eq(call4(117, 14, msg, 0, 0), 0, "msgctl: it goes");
	check_eq(call4(117, 24, shm, 0, 0), 0, "shmctl: it goes");
}

/* ---- stat of old --------------------------------------------------------- */

static void test_old_stat(void)
{
	static unsigned char buf[128];
	int fd = open("/tmp/i386_abi", O_RDWR | O_CREAT | O_TRUNC, 0600);

	check_eq(call4(108, fd, (long)buf, 0, 0), 0, "fstat");
	check_eq(call4(194, fd, 0x7fffffff, 0, 0), 0, "2 GB less a byte");
	check_eq(call4(108, fd, (long)buf, 0, 0), 0, "fit into its size");
	check_eq(call4(194, fd, 0x80000000l, 0, 0), 0, "a byte more");
	check_eq(call4(108, fd, (long)buf, 0, 0), -EOVERFLOW, "does not");
	check_eq(call4(106, (long)"/tmp/i386_abi", (long)buf, 0, 0),
		 -EOVERFLOW, "nor by its name");
	close(fd);
	unlink("/tmp/i386_abi");
}

/* ---- mmap2 --------------------------------------------------------------- */

static long map_pages(int flags, int fd, unsigned long first, unsigned long n)
{
	return raw_syscall(SYS_mmap2, 0, n * 4096, PROT_READ,
			   MAP_PRIVATE | flags, fd, first);
}

/* The offset is in pages, so that the sum is what may be too large. */
static void test_mmap2(void)
{
	int fd = open("/bin/sh", O_RDONLY);

	check_eq(map_pages(0, fd, -0x80ul, 0x81), -EOVERFLOW,
		 "a mapping up to behind the last page that has a number");
	check_eq(map_pages(MAP_ANONYMOUS, -1, -0x80ul, 0x100), -EOVERFLOW,
		 "of no file either");
	close(fd);
}

/* ---- the old calls of signals and semaphores ----------------------------- */

static void test_old_calls(void)
{
	struct { void *handler; unsigned mask, flags; void *restorer; }
		in = { SIG_IGN, 0, 0, NULL }, out = { 0 };
	struct { unsigned short num; short op, flags; } op = { 0, -1, 0 };
	struct { long sec, nsec; } soon = { 0, 1000 };
	unsigned set = 1u << (SIGUSR1 - 1), was = 7;
	long id = call4(117, 2, 0, 1, 0600);

	check_eq(call4(67, SIGUSR2, (long)&in, 0, 0), 0, "sigaction");
	check_eq(call4(67, SIGUSR2, 0, (long)&out, 0), 0, "is asked");
	check(out.handler == SIG_IGN, "and says it");
	check_eq(call4(67, SIGUSR2, (long)BAD, 0, 0), -EFAULT, "from nowhere");
	check_eq(call4(67, SIGUSR2, 0, (long)BAD, 0), -EFAULT, "to nowhere");
	check_eq(call4(67, SIGKILL, (long)&in, 0, 0), -EINVAL, "of SIGKILL");
	check_eq(call4(126, SIG_BLOCK, (long)&set, (long)&was, 0), 0,
		 "sigprocmask");
	check_eq(was, 0, "tells the mask there was");
	check_eq(call4(126, SIG_BLOCK, (long)BAD, 0, 0), -EFAULT, "a bad one");
	check_eq(call4(126, SIG_BLOCK, 0, (long)BAD, 0), -EFAULT,
		 "a bad place");
	check_eq(call4(126, 9, (long)&set, 0, 0), -EINVAL, "a bad way");
	check_eq(call4(126, SIG_UNBLOCK, (long)&set, 0, 0), 0, "unblocked");
	call4(27, -1, 0, 0, 0);
	check_eq(call4(27, 0, 0, 0, 0), 0x7fffffff,
		 "no seconds of alarm read as an error");
	check(id >= 0, "a semaphore through ipc");
	check_err(EAGAIN, syscall(117, 4, id, 1, 0, &op, &soon),
		  "semtimedop ends in time");
	check_eq(syscall(117, 3, id, 0, 0, &was), 0, "semctl");
}

int main(void)
{
	test_no_groups();
	if (getuid() == 0)
		check_eq(in_child(short_groups, NULL), 0,
			 "the 16-bit setgroups, and no group 65535");
	test_registers();
	test_tls();
	test_i386_exceptions();
	test_steps();
	test_socketcall();
	test_long_locks();
	test_short_layouts();
	test_old_stat();
	test_mmap2();
	test_old_calls();
	test_real_mode();
	return tap_done();
}
#endif

/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2) and programs of 32 bits on RISC-V of 64 (row E15).  As tracers they
 * try their rules from inside (test/rv32/trace.c).  Here is a tracer of 64 bits
 * over one of 32: its registers are the tracee's words, and nothing that is
 * written to them takes it out of its width or its memory.
 */
#include "../../audit.h"
#include "../../ptrace.h"
#include "../../texts.h"

#define SWITCH	"/proc/sys/abi/rv32"
#define TOP	0x7ffff000u

/* As user_regs_struct of riscv32, and where its registers stand. */
enum { WORDS = 32, W_PC = 0, W_SP = 2, W_S1 = 9, W_A0 = 10, W_A7 = 17 };
enum { NR_READ = 63, NR_FSTAT = 80, NR_KILL = 129, NR_GETPID = 172,
       NR_BRK = 214, NR_MUNMAP, NR_MREMAP, NR_MMAP2 = 222, NR_MPROTECT = 226 };

static char trial[128], out[256];
static int is_ours;

static void become_traced_trial(void *rule)
{
	char *argv[] = { trial, rule, tap_self, NULL }, *envp[] = { NULL };

	execve(trial, argv, envp);
	_exit(errno);
}

static void try_traced_rules(void)
{
	static const char *const rules[] = {
		"words", "registers", "infos", "wide", "requests", "masks",
		"areas", "pages",
	};

	for (int i = 0; i < COUNT(rules); i++) {
		int r = output_of(become_traced_trial, (void *)rules[i], out,
				  sizeof(out));

		if (r || strcmp(out, "passed\n"))
			printf("# status %d: %s\n", r, out);
		check(!r && !strcmp(out, "passed\n"), "%s", rules[i]);
	}
}

static void try_random(void)
{
	check_eq(output_of(become_traced_trial, "random", out, sizeof(out)), 0,
		 "random requests");
	check(!strcmp(out, "passed\n"), "... to their end");
}

/* ---- a tracee of 32 bits ------------------------------------------------- */

static const char *tracee_rule;

static void tracee(void)
{
	int fd = open("/dev/null", O_WRONLY);

	dup2(fd, 1);		/* it does not say that it passed */
	become_traced_trial((void *)tracee_rule);
}

/* It stands behind its exec. */
static pid_t begun(const char *rule)
{
	pid_t pid;

	tracee_rule = rule;
	pid = traced_child(tracee);
	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD |
	       PTRACE_O_EXITKILL | O(EXEC));
	ptrace(PTRACE_CONT, pid, 0, 0);
	if (next_stop(pid) != EVENT(PTRACE_EVENT_EXEC))
		tap_bail("no exec");
	return pid;
}

static int get_words(pid_t pid, uint32_t *w)
{
	struct vec v = { w, WORDS * 4 };
	int err = (int)ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS,
			      (unsigned long)&v);

	return err ? err : (int)v.len;
}

static int set_words(pid_t pid, uint32_t *w)
{
	struct vec v = { w, WORDS * 4 };

	return (int)ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS,
			   (unsigned long)&v);
}

/* To the next entry of call nr. */
static void step_to(pid_t pid, uint64_t nr)
{
	struct call_info i;

	do {
		if (step_call(pid) != SYSGOOD)
			tap_bail("it does not come to its call");
		call_info_of(pid, &i);
	} while (i.op != 1 || i.nr != nr);
}

/* ---- what is told -------------------------------------------------------- */

static void set_narrow_registers(void)
{
	pid_t pid = begun("width");
	uint32_t w[2 * WORDS + 1];
	uint64_t floats[34];
	struct vec v = { w, sizeof(w) - 4 };
	struct call_info i;

	memset(w, 0x5a, sizeof(w));
	check_eq(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, (unsigned long)&v),
		 0, "behind exec the set is the new program's");
	check_eq(v.len, WORDS * 4, "... words of 32 bits");
	check_eq(w[WORDS], 0x5a5a5a5a, "... and no more");
	check(w[W_PC] < TOP && w[W_SP] < TOP && w[W_SP] > PG, "in its memory");
	v.len = 6;
	check_err(EINVAL, ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS,
				 (unsigned long)&v), "part of a word");
	v.len = 4;
	check(!ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, (unsigned long)&v) &&
	      v.len == 4, "a word alone");
	v = (struct vec){ floats, sizeof(floats) };
	check(!ptrace(PTRACE_GETREGSET, pid, NT_PRFPREG, (unsigned long)&v) &&
	      v.len == FLOAT_SIZE, "floats are as wide as ours");
	check_eq(call_info_of(pid, &i), 24, "no call yet");
	if (is_ours)	/* Linux does not tell the widths apart */
		check_eq(i.arch, 0x400000f3u, "riscv32's number");
	check(i.pc == w[W_PC] && i.sp == w[W_SP], "where it is");
	end_tracee(pid);
}

static void trace_narrow_calls(void)
{
	pid_t pid = begun("asks");
	struct call_info i;
	uint32_t w[WORDS];

	step_to(pid, NR_GETPID);
	call_info_of(pid, &i);
	check(i.args[0] == TOP && i.args[1] == PG, "arguments of a call");
	check(!is_ours || i.args[4] == 0xffffffff, "-1 is a word, too");
	get_words(pid, w);
	w[W_A7] = NR_FSTAT;
	set_words(pid, w);
	step_call(pid);
	call_info_of(pid, &i);
	check(i.op == 2 && i.is_error && i.result == -ENOSYS,
	      "a number that only 64 bits have: no call");
	get_words(pid, w);
	w[W_A0] = (uint32_t)-EPERM;
	set_words(pid, w);
	call_info_of(pid, &i);
	check(i.is_error && i.result == -EPERM, "a result is a word");
	end_tracee(pid);
}

/* A word is the tracer's, of eight bytes. */
static void access_narrow_memory(void)
{
	pid_t pid = begun("width");
	unsigned long v = 0, was = 0;
	uint32_t w[WORDS];

	get_words(pid, w);
	check_eq(ptrace(PTRACE_PEEKDATA, pid, w[W_SP], (unsigned long)&was), 0,
		 "PEEKDATA: eight bytes");
	check_eq((uint32_t)was, 3, "its argc");
	ptrace(PTRACE_POKEDATA, pid, w[W_SP], ~was);
	ptrace(PTRACE_PEEKDATA, pid, w[W_SP], (unsigned long)&v);
	check_eq(v, ~was, "POKEDATA: eight bytes");
	check_err(EIO, ptrace(PTRACE_POKEDATA, pid, TOP, 1), "its end");
	check_err(EIO, ptrace(PTRACE_POKEDATA, pid, 0xfffffff8, 1),
		  "the end of words");
	end_tracee(pid);
}

/* ---- attempts to get out ------------------------------------------------- */

static const uint32_t hostile[] = {
	0, 1, 0x7ffffffe, TOP, 0x80000000, 0xc0000000, 0xfffffffe, 0xffffffff,
};

/* All registers say so, and the words behind them, which are not there. */
static void jump_everywhere(void)
{
	uint32_t w[4 * WORDS];
	int died = 0;

	for (int k = 0; k < COUNT(hostile); k++) {
		pid_t pid = begun("width");
		struct vec v = { w, sizeof(w) };
		siginfo_t si = { 0 };

		for (int i = 0; i < COUNT(w); i++)
			w[i] = hostile[k];
		ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, (unsigned long)&v);
		ptrace(PTRACE_CONT, pid, 0, 0);
		died += v.len == WORDS * 4 && next_stop(pid) == SIGSEGV &&
			!ptrace(PTRACE_GETSIGINFO, pid, 0,
				(unsigned long)&si) &&
			((uint32_t)(unsigned long)si.si_addr ^ hostile[k]) < 2;
		printf("# %x: signal %d at %p\n", hostile[k], si.si_signo,
		       si.si_addr);
		end_tracee(pid);
	}
	check_eq(died, COUNT(hostile), "registers to nowhere: SIGSEGV there");
}

static void width(void)
{
	pid_t pid = begun("width");
	uint32_t w[WORDS], again[WORDS];

	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), SIGSTOP, "it has stopped itself");
	get_words(pid, w);
	check_eq(w[W_S1], 0x1234, "with that in a register");
	w[W_S1] = 0xffffffff;
	check_eq(set_words(pid, w), 0, "all ones");
	get_words(pid, again);
	check(!memcmp(w, again, sizeof(w)), "are read back");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EXITED(0), "32 of them, to the program");
}

/* Is there anything at or beyond its end? */
static int beyond(pid_t pid)
{
	static char text[16384];
	unsigned long start, last;
	char path[32];
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	if (text_read(path, text, sizeof(text)) <= 0)
		return -1;
	for (char *at = text; *at; at = strchr(at, '\n') + 1) {
		start = strtoul(at, &at, 16);
		last = strtoul(at + 1, &at, 16);
		n += start >= TOP || last > TOP;
	}
	return n;
}

/* Each call with its end, or what lies beyond, where addresses are. */
static void make_each_call(void)
{
	static const uint32_t nrs[] = {
		NR_BRK, NR_MUNMAP, NR_MREMAP, NR_MMAP2, NR_MPROTECT,
	};
	pid_t pid = begun("asks");
	struct call_info i;
	uint32_t w[WORDS];
	int made = 0;

	for (int k = 0; k < COUNT(nrs) * COUNT(hostile); k++) {
		step_to(pid, NR_GETPID);
		get_words(pid, w);
		w[W_A7] = nrs[k % COUNT(nrs)];
		for (int n = 1; k % 2 && n < 6; n++)
			w[W_A0 + n] = hostile[k / COUNT(nrs)];
		set_words(pid, w);
		step_call(pid);
		made += call_info_of(pid, &i) == 33 && i.op == 2;
	}
	check_eq(made, COUNT(nrs) * COUNT(hostile), "calls for memory");
	check_eq(beyond(pid), 0, "it has none beyond its end");
	end_tracee(pid);
}

/* ---- a restart ----------------------------------------------------------- */

/*
 * Whoever reads all registers and writes them back has changed nothing: the
 * result still says to restart.
 */
static void write_back_registers(pid_t pid)
{
	uint32_t w[WORDS];

	get_words(pid, w);
	set_words(pid, w);
}

static void restarts(void)
{
	int pipes[2], kept = dup(0);
	struct call_info i;
	pid_t pid;

	if (pipe(pipes))
		tap_bail("pipe");
	dup2(pipes[0], 0);
	pid = begun("reads");
	dup2(kept, 0);
	step_to(pid, NR_READ);
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	kill(pid, SIGUSR1);
	check_eq(next_stop(pid), SYSGOOD, "the interrupted call ends");
	check(call_info_of(pid, &i) == 33 && i.is_error && i.result < -500,
	      "... with a code for a restart");
	write_back_registers(pid);
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), SIGUSR1, "the signal is told");
	write_back_registers(pid);
	ptrace(PTRACE_CONT, pid, 0, 0);
	write(pipes[1], "x", 1);
	check_eq(next_stop(pid), EXITED(0), "and the call is made again");
	close(pipes[0]);
	close(pipes[1]);
	close(kept);
}

/* ---- to the other width -------------------------------------------------- */

static void exec_back(void)
{
	pid_t pid = begun("back");
	struct regs r;

	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EVENT(PTRACE_EVENT_EXEC), "exec of 64 bits");
	check(!get_regs(pid, &r) && r.n == 256, "the set is of 64 bits again");
	check((uint64_t)r.w[W_SP] >> 32, "and beyond 4 GiB");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EXITED(9), "it ends well");
}

static void trace_everything(void)
{
	set_narrow_registers();
	trace_narrow_calls();
	access_narrow_memory();
	jump_everywhere();
	width();
	make_each_call();
	restarts();
	exec_back();
}

int main(int argc, char **argv)
{
	char *slash, was[16];

	if (argc > 1)		/* trace.c starts this */
		return argc == 3 && !strcmp(argv[1], "wide") &&
			!strcmp(argv[2], "x") ? 9 : 1;
	tap_find_self(argv[0]);
	snprintf(trial, sizeof(trial), "%s", tap_self);
	slash = strrchr(trial, '/');
	snprintf(slash, sizeof(trial) - (size_t)(slash - trial),
		 "/rv32_trace.elf");
	if (access(trial, X_OK))
		return tap_skip_all("this machine has one width");
	is_ours = !access("/proc/lectern", F_OK);
	text_read(SWITCH, was, sizeof(was));
	text_set(SWITCH, "1");
	if (!is_ours && output_of(become_traced_trial, "width", out,
				  sizeof(out)) ==
	    ENOEXEC)
		return tap_skip_all("this kernel runs no such programs");
	try_traced_rules();
	try_random();
	trace_everything();
	if (!audit_take()) {
		try_random();
		trace_everything();
		check(audit_same(64), "all is given back");
	}
	text_set(SWITCH, was);
	return tap_done();
}

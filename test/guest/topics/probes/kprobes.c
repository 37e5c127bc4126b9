/* SPDX-License-Identifier: MIT */
/*
 * Probes on functions of the kernel through kprobe_events (row C11), as scripts
 * for Linux use it: orders and what is wrong with them, arguments, results,
 * places where none may be, and CPUs that hit what comes and goes.
 *
 * With "all", every function is probed once, and not one in sixteen.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include "trace_files.h"

#ifndef EILSEQ
#define EILSEQ	84
#endif

static int ours;			/* not Linux */
static const char *opens;		/* function of (dirfd, name, ...) */
static const char *exits;		/* one that does not return */

static int put_by(const char *name, const char *what, int flags)
{
	int fd = trace_open(name, O_WRONLY | flags), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, what, strlen(what)) < 0)
		err = errno;
	close(fd);
	return err;
}

/* => 0, or the error */
static int put_setting(const char *name, const char *what)
{
	return put_by(name, what, 0);
}

/* An order more. */
static int order_probe(const char *what)
{
	return put_by("kprobe_events", what, O_APPEND);
}

static int probe_function(const char *name)
{
	char line[64];

	snprintf(line, sizeof(line), "p:x %s", name);
	return order_probe(line);
}

static int truncate_probe_file(const char *name)
{
	int fd = trace_open(name, O_WRONLY | O_TRUNC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void reset_probes(void)
{
	put_setting("events/enable", "0");
	truncate_probe_file("set_event_pid");
	put_setting("options/stacktrace", "0");
	put_setting("tracing_on", "1");
	truncate_probe_file("kprobe_events");
	truncate_probe_file("trace");
}

static void enable(const char *event, int on)
{
	char path[96];
	int err;

	snprintf(path, sizeof(path), "events/%s/enable", event);
	err = put_setting(path, on ? "1" : "0");
	if (err)
		printf("# %s: %s\n", path, strerror(err));
}

/* Columns of kprobe_profile.  => -1: no such probe */
static long profile(const char *event, int column)
{
	char *at;
	long hits;

	trace_text("kprobe_profile");
	at = strstr(text, event);
	if (!at)
		return -1;
	hits = strtol(at + strlen(event), &at, 10);
	return column ? strtol(at, NULL, 10) : hits;
}

/* ---- orders -------------------------------------------------------------- */

static void list_probes(void)
{
	check(trace_is("kprobe_events", ""), "no probe is there");
	check_eq(order_probe("p:one pipe_read\n"), 0, "one in");
	check_eq(order_probe("r:grp/two pipe_read $retval r=$retval:s32\n"
			     "# a comment\n\n"
			     "p pipe_write $stack0 # another\n"
			     "r16:three pipe_write"),
		 0, "several in one write");
	check(trace_is("kprobe_events",
		       "p:kprobes/one pipe_read\n"
		       "r10:grp/two pipe_read arg1=$retval r=$retval:s32\n"
		       "p:kprobes/p_pipe_write_0 pipe_write arg1=$stack0\n"
		       "r16:kprobes/three pipe_write\n"),
	      "as they are listed");
	check(strstr(trace_text("available_events"), "kprobes:one\n") &&
		      strstr(text, "grp:two\n"),
	      "they are events");
	check_eq(order_probe("-:kprobes/one"), 0, "one goes");
	check_eq(order_probe("-:two\n"), 0, "one by its event's name");
	check(trace_is("kprobe_events",
		       "p:kprobes/p_pipe_write_0 pipe_write arg1=$stack0\n"
		       "r16:kprobes/three pipe_write\n"),
	      "the others stay");
	check_eq(trace_open("events/grp/enable", O_RDONLY), -1,
		 "a group goes with its last event");
	check_eq(truncate_probe_file("kprobe_events"), 0, "emptied");
	check(trace_is("kprobe_events", ""), "all are gone");
	check_eq(order_probe("p:a/four pipe_read\np:bad pipe_read $nosuch\n"),
		 EINVAL, "the second of two lines is wrong");
	check(trace_is("kprobe_events", "p:a/four pipe_read\n"),
	      "the first one is obeyed");
	check_eq(order_probe("p:a/five pipe_write"), 0, "another in its group");
	check_eq(order_probe("-:a/"), 0, "a group goes as a whole");
	check(trace_is("kprobe_events", ""), "all of it");
}

/* Where its instructions begin is the compiler's choice. */
static void within_instructions(void)
{
	char line[40];
	int within = 0;

	for (int i = 1; i < 16; i++) {
		int err;

		snprintf(line, sizeof(line), "p:x pipe_read+%d", i);
		err = order_probe(line);
		if (!err)
			order_probe("-:x");
		/* EINVAL of machines whose instructions have one length */
		within += err == EILSEQ || err == EINVAL;
	}
	check(within, "not where an instruction begins");
}

static void mistakes(void)
{
	static const struct {
		const char *line;
		int err;
	} wrong[] = {
		{ "x pipe_read", EINVAL }, { "p", EINVAL },
		{ "p:1bad pipe_read", EINVAL }, { "p: pipe_read", EINVAL },
		{ "p:a/b-c pipe_read", EINVAL },
		{ "p:/x pipe_read", EINVAL },
		{ "p5:x pipe_read", EINVAL }, { "r99999:x pipe_read", EINVAL },
		{ "p:x pipe_read+x", EINVAL },
		{ "p:x pipe_read%x", EINVAL },
		{ "r:x pipe_read+4", EINVAL },
		{ "p:x pipe_read %nosuch", EINVAL },
		{ "p:x pipe_read $retval", EINVAL },
		{ "p:x pipe_read $nosuch", EINVAL },
		{ "p:x pipe_read $stackx", EINVAL },
		{ "p:x pipe_read $arg0", EINVAL },
		{ "p:x pipe_read a=", EINVAL },
		{ "p:x pipe_read 1a=$stack", EINVAL },
		{ "p:x pipe_read a=$stack a=$stack", EINVAL },
		{ "p:x pipe_read common_pid=$stack", EINVAL },
		{ "p:x pipe_read __probe_ip=$stack", EINVAL },
		{ "p:x pipe_read +8($stack", EINVAL },
		{ "p:x pipe_read +x($stack)", EINVAL },
		{ "p:x pipe_read $stack:u128", EINVAL },
		{ "p:x pipe_read $stack:string", EINVAL },
		{ "p:x pipe_read $comm:u8", EINVAL },
		{ "-:no_such", ENOENT }, { "-:kprobes/no_such", ENOENT },
		{ "-no_such", EINVAL }, { "-:", EINVAL },
	};

	int err;

	for (int i = 0; i < COUNT(wrong); i++)
		check_eq(order_probe(wrong[i].line), wrong[i].err, "%s",
			 wrong[i].line);
	within_instructions();
	err = order_probe("p:x no_such_function");
	check(err == ENOENT || (!ours && err == EINVAL), "no such function");
	err = order_probe("p:x pipe_read nothing");
	check(err == EINVAL || (!ours && err == ENOENT), "no such source");
	check(trace_is("kprobe_events", ""), "none of them has made a probe");
}

static void define_twice(void)
{
	check_eq(order_probe("p:x pipe_read"), 0, "a good one");
	check_eq(order_probe("p:x pipe_read"), EEXIST, "the same again");
	check_eq(order_probe("r:x pipe_read"), EEXIST,
		 "another kind of that name");
	enable("kprobes/x", 1);
	check_eq(order_probe("-:x"), EBUSY, "one that is on does not go");
	check_eq(truncate_probe_file("kprobe_events"), EBUSY,
		 "nor with all others");
	check(trace_is("kprobe_events", "p:kprobes/x pipe_read\n"),
	      "it is there");
	enable("kprobes/x", 0);
	check_eq(order_probe("-:x"), 0, "off, it does");
	reset_probes();
}

static void probe_places(void)
{
	static const char *const never[] = {
		ARCH_PROBE_NEVER, "trap_fault", "is_debugged", "ring_begin",
		"exception_fixup", "arch_switch",
	};
	/* a kernel without the checker has none of this name */
	static const char *const checkers[] = {
		"address_look", "checked_memcpy", "race_sample", "race_watch",
		"lock_debug_cpu",
	};
	int fd;

	check_eq(order_probe("p:x 0x1000"), 0,
		 "no place in the kernel: maybe later");
	enable("kprobes/x", 1);
	enable("kprobes/x", 0);
	check_eq(order_probe("-:x"), 0, "it goes as well");
	if (!ours) {
		check_eq(order_probe("p:x kprobe_dispatcher"), EINVAL,
			 "the way to a hit");
		return;
	}
	for (int i = 0; i < COUNT(never); i++)
		check_eq(probe_function(never[i]), EINVAL,
			 "the way to a hit: %s", never[i]);
	for (int i = 0; i < COUNT(checkers); i++) {
		int e = probe_function(checkers[i]);

		check(e == EINVAL || e == ENOENT, "a checker on the way: %s",
		      checkers[i]);
	}
	/* who has an event's file open, when it goes, keeps no part of it */
	check_eq(order_probe("p:gone pipe_read"), 0, "a probe");
	fd = trace_open("events/kprobes/gone/enable", O_RDWR);
	check_eq(order_probe("-:gone"), 0, "goes while its file is open");
	check_err(ENODEV, write(fd, "1", 1), "which it cannot be turned on by");
	close(fd);
	check_err(ENOENT, trace_open("events/kprobes/gone/enable", O_RDONLY),
		  "nor is it there");
}

/* ---- what is told -------------------------------------------------------- */

/* Bytes of a word of the kernel's, which may be twice ours (docs/rv32.md). */
static long kernel_word(void)
{
	char line[32] = "";
	int fd = open("/proc/kallsyms", O_RDONLY);

	read(fd, line, sizeof(line) - 1);
	close(fd);
	return (long)strcspn(line, " ") / 2;
}

static void show_formats(void)
{
	long size = kernel_word();
	char want[512];

	order_probe("p:f pipe_read a=$stack:u16 b=$stack0 s=$comm");
	trace_text("events/kprobes/f/format");
	snprintf(want, sizeof(want), "\tfield:unsigned long __probe_ip;\t"
		 "offset:8;\tsize:%ld;\tsigned:0;\n", size);
	check(!strncmp(text, "name: f\nID: ", 12) && strstr(text, want),
	      "the place is a field");
	check(strstr(text, "\tfield:u16 a;\t") &&
	      strstr(text, size == 8 ? "\tfield:u64 b;\t" :
		     "\tfield:u32 b;\t") &&
	      strstr(text, "\tfield:__data_loc char[] s;\t"),
	      "what is read, too");
	snprintf(want, sizeof(want), "print fmt: \"(%%lx) a=%%u b=0x%s "
		 "s=\\\"%%s\\\"\", REC->__probe_ip, REC->a, REC->b, "
		 "__get_str(s)\n",
		 size == 8 ? "%Lx" : "%x");
	check(strstr(text, want) != NULL, "and how it is printed");
	if (!strstr(text, want))
		printf("# %s# %s", want, strstr(text, "print"));
	order_probe("r:g pipe_read a=$retval:s64");
	check(strstr(trace_text("events/kprobes/g/format"),
		     "print fmt: \"(%lx <- %lx) a=%Ld\", REC->__probe_func, "
		     "REC->__probe_ret_ip, REC->a\n") != NULL,
	      "of a return");
	reset_probes();
}

/* n bytes through a pipe. */
static void send_through_pipe(int n)
{
	char buf[64] = { 0 };
	int fd[2];

	pipe(fd);
	write(fd[1], buf, (size_t)n);
	read(fd[0], buf, sizeof(buf));
	close(fd[0]);
	close(fd[1]);
}

static void hits(void)
{
	order_probe("p:in pipe_read");
	order_probe("r:out pipe_read n=$retval:s32");
	trace_only_me(put_setting);
	enable("kprobes", 1);
	check(strstr(trace_text("set_event"), "kprobes:in\n") &&
		      strstr(text, "kprobes:out\n"),
	      "they are on");
	for (int i = 1; i <= 20; i++)
		send_through_pipe(i);
	enable("kprobes", 0);
	send_through_pipe(1);
	check_eq(trace_lines(" in: (pipe_read+0x0/0x", ")"), 20,
		 "twenty calls");
	check_eq(trace_lines(" out: (", " <- pipe_read) n="), 20,
		 "twenty returns");
	check_eq(trace_lines(" out: ", " n=17"), 1, "each with its result");
	check_eq(profile(" in ", 0), 20, "they are counted");
	check_eq(profile(" out ", 1), 0, "none was missed");
	check_eq(put_setting("events/kprobes/out/filter", "n == 7 || n > 18"),
		 0, "a condition");
	truncate_probe_file("trace");
	enable("kprobes/out", 1);
	for (int i = 1; i <= 20; i++)
		send_through_pipe(i);
	enable("kprobes/out", 0);
	check_eq(trace_lines(" out: ", " n="), 3, "passes three");
	check_eq(profile(" out ", 0), 40, "all count");
	reset_probes();
}

static void fetch_arguments(void)
{
	/* a probe does not wait for a page: these are in memory */
	char line[400], null[] = "/dev/null", none[] = "/no/such";
	int fd;

	snprintf(line, sizeof(line), "p:open %s at=$arg1:s32 "
		 "n=+0($arg2):string who=$comm first=+0($arg2):x8 "
		 "third=+2($arg2):u8 code=@%s:x32 "
		 "bad=+0(\\16):string none=+0(\\16):u32 imm=\\0x123:x16",
		 opens, opens);
	check_eq(order_probe(line), 0, "arguments of a function");
	snprintf(line, sizeof(line), "r:opened %s $retval:s32", opens);
	check_eq(order_probe(line), 0, "and its result");
	trace_only_me(put_setting);
	enable("kprobes", 1);
	fd = (int)syscall(SYS_openat, -77, null, O_RDONLY);
	close((int)syscall(SYS_openat, -77, none, O_RDONLY));
	enable("kprobes", 0);
	check_eq(trace_lines(" open: (",
			     " at=-77 n=\"/dev/null\" who=\"kprobes\" "
			     "first=0x2f third=101 code=0x"),
		 1, "as they were given");
	check_eq(trace_lines(" at=-77 n=\"/no/such\" ", ""), 1, "each time");
	check_eq(trace_lines(" open: (", "code=0x0 "), 0,
		 "what stands at a symbol");
	check_eq(trace_lines(" at=-77 ", ours ? " bad=(fault) none=0 imm=0x123"
					      : " imm=0x123"),
		 2, "what is not there");
	snprintf(line, sizeof(line), " <- %s) arg1=%d", opens, fd);
	check(trace_lines(" opened: (", line) >= 1, "a descriptor");
	check_eq(trace_lines(" opened: (", " arg1=-2"), 1, "an error");
	close(fd);
	reset_probes();
}

static void probe_registers(void)
{
	const char *const line = "p:r pipe_read pc=%" ARCH_PROBE_PC
		" sp=%sp s=$stack a=%" ARCH_PROBE_ARG
		" b=$arg1 w=$stack0 v=+0(%sp)";
	unsigned long long v[7] = { 0 };
	char *at;
	int n = 0;

	check_eq(order_probe(line), 0, "registers");
	trace_only_me(put_setting);
	enable("kprobes", 1);
	send_through_pipe(1);
	enable("kprobes", 0);
	at = strstr(trace_text("trace"), " pc=0x");
	while (at && n < COUNT(v) && (at = strchr(at, '=')))
		v[n++] = strtoull(at + 1, &at, 16);
	check_eq(n, COUNT(v), "are all told");
	check(v[0] && v[1] && v[1] == v[2], "the stack pointer is one");
	check(v[3] && v[3] == v[4], "the first argument is in one");
	check(v[5] == v[6], "a word of the stack is read by either name");
	reset_probes();
}

static void probe_one_process(void)
{
	char pid[16];
	int go[2], st;
	pid_t child;

	order_probe("r:out pipe_write $retval");
	pipe(go);
	child = fork();
	if (!child) {
		read(go[0], pid, 1);
		for (int i = 0; i < 5; i++)
			send_through_pipe(1);
		_exit(0);
	}
	snprintf(pid, sizeof(pid), "%d", child);
	put_setting("set_event_pid", pid);
	enable("kprobes", 1);
	send_through_pipe(1);
	write(go[1], "x", 1);
	waitpid(child, &st, 0);
	enable("kprobes", 0);
	close(go[0]);
	close(go[1]);
	check_eq(trace_lines(" out: ", ""), 5,
		 "a child's calls, and no other's");
	reset_probes();
}

static void trace_probe_stacks(void)
{
	order_probe("p:in pipe_read");
	order_probe("r:out pipe_read");
	trace_only_me(put_setting);
	put_setting("options/stacktrace", "1");
	enable("kprobes", 1);
	send_through_pipe(1);
	enable("kprobes", 0);
	check_eq(trace_lines("<stack trace>", ""), 2, "how it was reached");
	check(strstr(trace_text("trace"), "<stack trace>\n => pipe_read") !=
		      NULL,
	      "from the function itself");
	check(trace_lines(" => ", "sys_read") >= 2, "by read(2)");
	check_eq(trace_lines(" => kprobe_", ""), 0,
		 "what was put in is not told");
	reset_probes();
}

/* ---- calls that do not return -------------------------------------------- */

static void kill_in_probed_call(void)
{
	int fd[2], st;

	order_probe("r4:sleeps pipe_read $retval:s32");
	pipe(fd);
	enable("kprobes", 1);
	for (int i = 0; i < 30; i++) {
		pid_t pid = fork();
		char c;

		if (!pid) {
			read(fd[0], &c, 1);
			_exit(0);
		}
		comes_to(pid, "S");
		kill(pid, SIGKILL);
		waitpid(pid, &st, 0);
	}
	check_eq(trace_lines(" sleeps: ", " <- pipe_read) arg1="), 30,
		 "killed in a call, it returns");
	check_eq(profile(" sleeps ", 1), 0, "none is missed");
	enable("kprobes", 0);
	close(fd[0]);
	close(fd[1]);
	reset_probes();
}

static void never_returns(void)
{
	char line[64];
	long lost;
	int st;

	snprintf(line, sizeof(line), "r4:ends %s", exits);
	check_eq(order_probe(line), 0, "a function that does not return");
	enable("kprobes", 1);
	for (int i = 0; i < 30; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		waitpid(pid, &st, 0);
	}
	lost = profile(" ends ", 1);
	check_eq(trace_lines(" ends: ", ""), 0, "does not");
	enable("kprobes", 0);
	check_eq(ours ? lost : 0, 0, "nor does it use up what is there");
	reset_probes();
}

/* The probe goes while a task sleeps in the function. */
static void removed_within(void)
{
	int fd[2], back[2], st;
	char c = 0;
	pid_t pid;

	order_probe("r:sleeps pipe_read");
	pipe(fd);
	pipe(back);
	enable("kprobes", 1);
	pid = fork();
	if (!pid) {
		read(fd[0], &c, 1);
		write(back[1], &c, 1);
		_exit(7);
	}
	comes_to(pid, "S");
	enable("kprobes", 0);
	check_eq(order_probe("-:sleeps"), 0,
		 "a probe goes, a call it saw goes on");
	write(fd[1], "z", 1);
	read(back[0], &c, 1);
	waitpid(pid, &st, 0);
	check_eq(c, 'z', "what it read");
	check(WIFEXITED(st) && WEXITSTATUS(st) == 7,
	      "it returns where it should");
	for (int i = 0; i < 2; i++) {
		close(fd[i]);
		close(back[i]);
	}
	reset_probes();
}

/* ---- many ---------------------------------------------------------------- */

static pid_t pid_of[4];

static void run_programs(void)
{
	char *argv[] = { "true", NULL };
	int st;

	for (;;) {
		pid_t pid = fork();

		if (!pid) {
			execv("/bin/true", argv);
			_exit(1);
		}
		for (int i = 0; i < 20; i++) {
			send_through_pipe(9);
			close(open("/dev/null", O_RDWR));
			sched_yield();
		}
		waitpid(pid, &st, 0);
	}
}

static void begin_work(void)
{
	for (int i = 0; i < COUNT(pid_of); i++) {
		pid_of[i] = fork();
		if (!pid_of[i])
			run_programs();
	}
}

static void end_work(const char *what)
{
	int st, died = 0;

	for (int i = 0; i < COUNT(pid_of); i++) {
		died += waitpid(pid_of[i], &st, WNOHANG) != 0;
		kill(pid_of[i], SIGKILL);
		waitpid(pid_of[i], &st, 0);
	}
	check_eq(died, 0, "%s", what);
}

/* Others hit them while they come and go. */
static void probe_in_storm(void)
{
	int bad = 0;

	begin_work();
	for (int i = 0; i < 25; i++) {
		bad += order_probe("p:s1 pipe_read $arg1") != 0;
		bad += order_probe("r:s2 pipe_read $retval:s32") != 0;
		bad += order_probe("r:s3 pipe_write") != 0;
		bad += order_probe("p:s4 pipe_write $comm") != 0;
		enable("kprobes", 1);
		enable("kprobes/s1", 0);
		sched_yield();
		enable("kprobes", 0);
		bad += order_probe("-:s1") || order_probe("-:s2") ||
		       order_probe("-:s3") || order_probe("-:s4");
	}
	check_eq(bad, 0, "they come and go while others hit them");
	end_work("and do not mind");
	reset_probes();
}

/* One function in so many, a hundred at a time. */
static void every(int step)
{
	static char symbols[1 << 19];
	int fd = open("/proc/kallsyms", O_RDONLY), made = 0, refused = 0;
	int n = 0, bad = 0, at = 0, got;
	char line[64], *save, *word;

	while ((got = (int)read(fd, symbols + at,
				sizeof(symbols) - 1 - at)) > 0)
		at += got;
	close(fd);
	begin_work();
	for (word = strtok_r(symbols, "\n", &save); word;
	     word = strtok_r(NULL, "\n", &save)) {
		if (n++ % step)
			continue;
		snprintf(line, sizeof(line), "%s:e%d 0x%llx",
			 n / step % 2 ? "r" : "p", n,
			 strtoull(word, NULL, 16));
		if (order_probe(line)) {
			refused++;
			continue;
		}
		if (++made % 100 == 0) {
			printf("# %d: %s\n", n, word);
			fflush(stdout);
			enable("kprobes", 1);
			send_through_pipe(1);
			usleep(2000);
			enable("kprobes", 0);
			bad += truncate_probe_file("kprobe_events") != 0;
		}
	}
	reset_probes();
	printf("# %d functions were probed, %d may not be\n", made, refused);
	check(made > 200 && !bad, "functions of all kinds");
	check(refused < made / 4, "few of them may not be");
	end_work("the machine goes on");
}

int main(int argc, char **argv)
{
	if (access(AT "trace", F_OK) &&
	    mount("tracefs", AT, "tracefs", 0, NULL))
		return tap_skip_all("no tracefs");
	if (access(AT "kprobe_events", F_OK))
		return tap_skip_all("no kprobe_events");
	ours = !access("/proc/lectern", F_OK);
	opens = ours ? "sys_openat" : "do_sys_openat2";
	exits = ours ? "process_exit" : "do_exit";
	if (argc > 1) {
		every(1);
		return tap_done();
	}
	reset_probes();
	mistakes();
	if (order_probe("p:x pipe_read") == EINVAL) {
		tap_skip("the rest", "no function's entry can be probed");
		return tap_done();
	}
	reset_probes();
	list_probes();
	define_twice();
	probe_places();
	show_formats();
	hits();
	fetch_arguments();
	probe_registers();
	probe_one_process();
	trace_probe_stacks();
	kill_in_probed_call();
	never_returns();
	removed_within();
	probe_in_storm();
	if (ours)
		every(16);
	return tap_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * The kernel's probes through tracefs (row C11), as scripts for Linux use it:
 * what is told, in which words, of whom and under which condition; rings that
 * overflow and say by how much; orders that mean nothing.
 */
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "trace_files.h"



/* => 0, or the error; Linux takes one word of a list at a time */
static int put_words(const char *name, const char *what)
{
	int fd = trace_open(name, O_WRONLY), err = 0;
	size_t left = strlen(what);

	if (fd < 0)
		return errno;
	while (left) {
		ssize_t n = write(fd, what, left);

		if (n <= 0) {
			err = n ? errno : EIO;
			break;
		}
		what += n;
		left -= (size_t)n;
	}
	close(fd);
	return err;
}

/* As a shell does with `>`. */
static void truncate_trace_file(const char *name)
{
	close(trace_open(name, O_WRONLY | O_TRUNC));
}

static long number_in_trace_file(const char *file, const char *key)
{
	const char *at = strstr(trace_text(file), key);

	return at ? atol(at + strlen(key)) : -1;
}

/* Nothing is traced, of nobody in particular. */
static void reset_tracing(void)
{
	put_words("events/enable", "0");
	truncate_trace_file("set_event_pid");
	put_words("tracing_on", "1");
	truncate_trace_file("trace");
}

/* ---- the files ----------------------------------------------------------- */

static void list_trace_files(void)
{
	static const char *const names[] = {
		"sched:sched_switch\n", "sched:sched_wakeup\n",
		"sched:sched_process_fork\n", "sched:sched_process_exec\n",
		"sched:sched_process_exit\n", "signal:signal_generate\n",
		"signal:signal_deliver\n", "raw_syscalls:sys_enter\n",
		"raw_syscalls:sys_exit\n", "kmem:mm_page_alloc\n",
		"kmem:mm_page_free\n", "lock:contention_begin\n",
		"lock:contention_end\n",
	};
	int missing = 0;

	trace_text("available_events");
	for (int i = 0; i < COUNT(names); i++)
		missing += !strstr(text, names[i]);
	check_eq(missing, 0, "the events that scripts know are there");
	check(trace_is("tracing_on", "1\n"), "tracing is on");
	check(trace_is("set_event", ""), "no event is set");
	check(trace_is("events/enable", "0\n"), "none is on");
	check(strstr(trace_text("trace_clock"), "[local]") != NULL,
	      "the clock");
	trace_text("events/sched/sched_switch/format");
	check(!strncmp(text, "name: sched_switch\nID: ", 23) &&
	      strstr(text, "\nformat:\n\tfield:unsigned short common_type;\t"
		     "offset:0;\tsize:2;\tsigned:0;\n") &&
	      strstr(text, "\tfield:char prev_comm[16];\toffset:8;\tsize:16;")
	      && strstr(text, "\tfield:pid_t prev_pid;\toffset:24;\tsize:4;"
			"\tsigned:1;\n") &&
	      strstr(text, "\nprint fmt: \"prev_comm=%s prev_pid=%d "),
	      "a format is Linux's");
	check_eq(number_in_trace_file("events/sched/sched_switch/format",
				      "ID: "),
		 atol(trace_text("events/sched/sched_switch/id")),
		 "with its number");
}

static void enabling(void)
{
	check_eq(put_words("events/sched/sched_switch/enable", "1\n"), 0,
		 "an event goes on");
	check(trace_is("events/sched/enable", "X\n"),
	      "some of a system's are on");
	check(trace_is("set_event", "sched:sched_switch\n"), "it is named");
	check_eq(put_words("set_event", "sched:sched_wakeup signal:*\n"), 0,
		 "others by name and by pattern");
	check(strstr(trace_text("set_event"), "sched:sched_switch\n") &&
		      strstr(text, "sched:sched_wakeup\n") &&
		      strstr(text, "signal:signal_generate\n") &&
		      strstr(text, "signal:signal_deliver\n"),
	      "the first one stays");
	check_eq(put_words("set_event", "!signal:"), 0, "a system goes off");
	check(trace_is("events/signal/enable", "0\n"), "all of it");
	truncate_trace_file("set_event");
	check(trace_is("set_event", ""), "emptied, none is on");
	check_eq(put_words("events/signal/enable", "1"), 0, "a system goes on");
	check(trace_is("events/signal/signal_deliver/enable", "1\n") &&
		      trace_is("events/signal/enable", "1\n"),
	      "all of it");
	check_eq(put_words("set_event", "no_such"), EINVAL, "no such event");
	check_eq(put_words("set_event", "sched:no_such"), EINVAL,
		 "nor in a system");
	check_eq(put_words("events/signal/enable", "2"), EINVAL,
		 "neither 0 nor 1");
	check_eq(put_words("current_tracer", "no_such"), EINVAL,
		 "no such tracer");
	check_eq(put_words("trace_clock", "no_such"), EINVAL, "no such clock");
	check_eq(put_words("buffer_size_kb", "0"), EINVAL, "no ring at all");
	reset_tracing();
}

/* ---- what is told -------------------------------------------------------- */

/* A child that makes calls all the time. */
static pid_t start_caller(void)
{
	pid_t pid = fork();

	while (!pid) {
		syscall(SYS_getppid);
		sched_yield();
	}
	return pid;
}

static void trace_system_calls(void)
{
	pid_t other = start_caller();
	char want[64];
	int st;

	trace_only_me(put_words);
	put_words("events/raw_syscalls/enable", "1");
	for (int i = 0; i < 10; i++) {
		syscall(SYS_getppid);
		sched_yield();
	}
	put_words("events/raw_syscalls/enable", "0");
	kill(other, SIGKILL);
	waitpid(other, &st, 0);
	snprintf(want, sizeof(want), "sys_enter: NR %d (", SYS_getppid);
	check_eq(trace_lines(want, ""), 10, "ten calls begin");
	snprintf(want, sizeof(want), "sys_exit: NR %d = %d", SYS_getppid,
		 getppid());
	check_eq(trace_lines(want, ""), 10, "and return the parent");
	snprintf(want, sizeof(want), "-%d ", getpid());
	check_eq(trace_lines("sys_", want), trace_lines("sys_", ""),
		 "nobody else's do");
	check(!strncmp(trace_text("trace"),
		       "# tracer: nop\n#\n"
		       "# entries-in-buffer/entries-written: ",
		       53) &&
		      strstr(text,
			     "#           TASK-PID     CPU#  |||||  TIMESTAMP  "
			     "FUNCTION\n"),
	      "under Linux's heading");
	reset_tracing();
}

/* Every mark of the pattern: d a digit or a space, . anything. */
static int looks_like(const char *line, const char *pattern)
{
	for (; *pattern; pattern++, line++)
		if (!*line || (*pattern == 'd' ? !strchr("0123456789 ", *line) :
			       *pattern != '.' && *pattern != *line))
			return 0;
	return 1;
}

/* Has every line Linux's columns, and none an earlier time than the last? */
static int well_formed(void)
{
	char *save, *line = strtok_r(text, "\n", &save);
	long long now, last = 0;
	int n = 0;

	for (; line; line = strtok_r(NULL, "\n", &save)) {
		if (*line == '#')
			continue;
		if (!looks_like(line, "................-ddddddd [ddd] ..... "
				" dddd")) {
			printf("# %s\n", line);
			return 0;
		}
		now = atol(line + 37) * 1000000ll +
			atol(strchr(line + 37, '.') + 1);
		if (now < last)
			return 0;
		last = now;
		n++;
	}
	return n;
}

static void trace_switches(void)
{
	int in[2], out[2], st;
	char want[64], c = 0;
	pid_t pid;

	pipe(in);
	pipe(out);
	pid = fork();
	if (!pid) {
		while (read(in[0], &c, 1) == 1 && c != 'x')
			write(out[1], &c, 1);
		_exit(0);
	}
	snprintf(want, sizeof(want), "%d", pid);
	put_words("set_event_pid", want);
	put_words("events/sched/enable", "1");
	for (int i = 0; i < 5; i++) {
		write(in[1], "a", 1);
		read(out[0], &c, 1);
		/* it sleeps before it is woken the next time */
		comes_to(pid, "S");
	}
	write(in[1], "x", 1);
	waitpid(pid, &st, 0);
	put_words("events/sched/enable", "0");
	snprintf(want, sizeof(want), "prev_pid=%d ", pid);
	check(trace_lines("sched_switch: prev_comm=tracing ", want) >= 5,
	      "it leaves the CPU");
	check(trace_lines(want, "prev_state=S ==> next_comm=") >= 5, "asleep");
	snprintf(want, sizeof(want), "comm=tracing pid=%d prio=120", pid);
	check(trace_lines("sched_wakeup: ", want) >= 5, "and is woken");
	check_eq(trace_lines("sched_process_exit: ", want), 1, "it ends");
	trace_text("trace");
	check(well_formed() >= 16, "every line has Linux's form, by time");
	for (int i = 0; i < 2; i++) {
		close(in[i]);
		close(out[i]);
	}
	reset_tracing();
}

/* Children of those that are traced are, too, with event-fork. */
static void trace_children(void)
{
	char *argv[] = { "true", NULL }, want[96];
	int st;
	pid_t pid;

	check_eq(put_words("options/event-fork", "1"), 0, "children as well");
	trace_only_me(put_words);
	put_words("set_event",
		  "sched:sched_process_fork sched:sched_process_exec "
		  "sched:sched_process_exit raw_syscalls:sys_enter");
	pid = fork();
	if (!pid) {
		syscall(SYS_getppid);
		execv("/bin/true", argv);
		_exit(1);
	}
	waitpid(pid, &st, 0);
	put_words("events/enable", "0");
	snprintf(want, sizeof(want), "sched_process_fork: comm=tracing pid=%d "
		 "child_comm=tracing child_pid=%d", getpid(), pid);
	check_eq(trace_lines(want, ""), 1, "the fork");
	snprintf(want, sizeof(want), "sys_enter: NR %d (", SYS_getppid);
	check_eq(trace_lines(want, ""), 1, "a call of the child's");
	snprintf(want, sizeof(want), " pid=%d old_pid=%d", pid, pid);
	check_eq(trace_lines("sched_process_exec: filename=/bin/true", want), 1,
		 "its exec");
	snprintf(want, sizeof(want), "comm=true pid=%d prio=", pid);
	check_eq(trace_lines("sched_process_exit: ", want), 1, "its exit");
	put_words("options/event-fork", "0");
	reset_tracing();
}

static void trace_signals(void)
{
	char want[96];
	struct rlimit before, none;

	getrlimit(RLIMIT_SIGPENDING, &before);
	none = before;
	none.rlim_cur = 0;
	signal(SIGUSR1, ignore_signal);
	trace_only_me(put_words);
	put_words("events/signal/enable", "1");
	kill(getpid(), SIGUSR1);
	put_words("events/signal/enable", "0");
	snprintf(want, sizeof(want), "sig=%d errno=0 code=0 comm=tracing "
		 "pid=%d grp=1 res=0", SIGUSR1, getpid());
	check_eq(trace_lines("signal_generate: ", want), 1, "a signal is sent");
	snprintf(want, sizeof(want), "sig=%d errno=0 code=0 sa_handler=%lx ",
		 SIGUSR1, (unsigned long)ignore_signal);
	check_eq(trace_lines("signal_deliver: ", want), 1, "and delivered");
	reset_tracing();
	trace_only_me(put_words);
	setrlimit(RLIMIT_SIGPENDING, &none);
	put_words("events/signal/enable", "1");
	sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 });
	put_words("events/signal/enable", "0");
	setrlimit(RLIMIT_SIGPENDING, &before);
	snprintf(want, sizeof(want), "sig=%d errno=0 code=-1 comm=tracing "
		 "pid=%d grp=1 res=3", SIGRTMIN, getpid());
	check_eq(trace_lines("signal_generate: ", want), 1, "one that is lost");
	reset_tracing();
}

static void trace_pages(void)
{
	char *p = anon_pages(8, PROT_READ | PROT_WRITE), want[64];
	int faults = strstr(trace_text("available_events"),
			    "page_fault_user\n") != NULL;

	madvise(p, 8 * PG, MADV_NOHUGEPAGE);
	trace_only_me(put_words);
	put_words("events/kmem/mm_page_alloc/enable", "1");
	put_words("events/kmem/mm_page_free/enable", "1");
	put_words("events/exceptions/page_fault_user/enable", "1");
	for (int i = 0; i < 8; i++)
		((volatile char *)p)[i * PG] = 1;
	munmap(p, 8 * PG);
	put_words("events/enable", "0");
	check(trace_lines("mm_page_alloc: page=",
			  " order=0 migratetype=1 "
			  "gfp_flags=GFP_HIGHUSER_MOVABLE") >= 8,
	      "frames are taken");
	check(trace_lines("mm_page_free: page=", " order=0") >= 8 ||
		      trace_lines("mm_page_free_batched", "") >= 8,
	      "and given back");
	for (int i = 0; faults && i < 8; i++) {
		snprintf(want, sizeof(want), "page_fault_user: address=0x%lx ",
			 (unsigned long)p + i * PG);
		faults = trace_lines(want, " ip=0x") == 1;
	}
	check(faults || !strstr(trace_text("available_events"),
				"page_fault_user\n"),
	      "each of them for a fault");
	reset_tracing();
}

/* ---- conditions ---------------------------------------------------------- */

#define FILTER	"events/raw_syscalls/sys_enter/filter"
#define SWITCH	"events/sched/sched_switch/filter"

static void parsing(void)
{
	static const struct {
		const char *text, *error;
		int err;
	} wrong[] = {
		{ "foo == 1", "Field not found", EINVAL },
		{ "prev_pid === 1", "Invalid value (did you forget quotes)?",
		  EINVAL },
		{ "prev_pid ~ 1", "Illegal operation for field type", EINVAL },
		{ "prev_comm < \"a\"", "Illegal operation for field type",
		  EINVAL },
		{ "prev_comm == 1", "Expecting string field", EINVAL },
		{ "prev_pid == \"a\"", "Expecting numeric field", EINVAL },
		{ "prev_pid == 1x", "Illegal integer value", EINVAL },
		{ "prev_comm == \"a", "Missing matching quote", ESRCH },
		{ "(prev_pid == 1", "Too many '('", ENOENT },
		{ "prev_pid == 1)", "Too few '('", EPERM },
	};
	static const char *const right[] = {
		"prev_pid == 1", "prev_pid==1&&next_pid!=0x2",
		"!(prev_pid < 3) || (next_prio >= 100 && next_prio <= 120)",
		"prev_comm ~ \"sh*\"", "prev_comm != 'init' && common_pid > 0",
		"prev_state & 3 || CPU == 0", "comm == \"x\"",
	};
	char want[256];

	check(trace_is(SWITCH, "none\n"), "no filter");
	for (int i = 0; i < COUNT(right); i++) {
		check_eq(put_words(SWITCH, right[i]), 0, "%s", right[i]);
		snprintf(want, sizeof(want), "%s\n", right[i]);
		check(trace_is(SWITCH, want), "is shown");
	}
	for (int i = 0; i < COUNT(wrong); i++) {
		check_eq(put_words(SWITCH, wrong[i].text), wrong[i].err, "%s",
			 wrong[i].text);
		snprintf(want, sizeof(want), "parse_error: %s\n",
			 wrong[i].error);
		check(strstr(trace_text(SWITCH), want) &&
			      !strncmp(text, wrong[i].text,
				       strlen(wrong[i].text)),
		      "its error: %s", wrong[i].error);
	}
	check_eq(put_words(SWITCH, "0"), 0, "taken away");
	check(trace_is(SWITCH, "none\n"), "none again");
}

/* Deep, long and many: refused, or taken; the machine stays. */
static void absurd(void)
{
	static char deep[3000];

	memset(deep, '(', sizeof(deep) - 1);
	check_eq(put_words(SWITCH, deep), ENOENT, "three thousand parentheses");
	memset(deep, '!', 2000);
	strcpy(deep + 2000, "prev_pid == 1");
	put_words(SWITCH, deep);
	deep[0] = 0;
	for (int i = 0; i < 200; i++)
		strcat(deep, i ? "||prev_pid==1" : "prev_pid==1");
	put_words(SWITCH, deep);
	check_eq(put_words(SWITCH, "0"), 0, "a filter is taken away");
	check(trace_is(SWITCH, "none\n"), "and none is left");
}

/* Ten calls each of two kinds; => lines of which the filter lets pass. */
static int lines_passing(const char *filter)
{
	int err = put_words(FILTER, filter);

	if (err) {
		printf("# %s: error %d\n", filter, err);
		return -1;
	}
	truncate_trace_file("trace");
	trace_only_me(put_words);
	put_words("events/raw_syscalls/sys_enter/enable", "1");
	for (int i = 0; i < 10; i++) {
		syscall(SYS_getppid);
		syscall(SYS_gettid);
	}
	put_words("events/raw_syscalls/sys_enter/enable", "0");
	put_words(FILTER, "0");
	return trace_lines("sys_enter: ", "");
}

static void filters(void)
{
	char f[256], who[64];
	int p = SYS_getppid, t = SYS_gettid;

	snprintf(who, sizeof(who), "common_pid == %d", getpid());
	snprintf(f, sizeof(f), "id == %d", p);
	check_eq(lines_passing(f), 10, "one kind of call");
	snprintf(f, sizeof(f), "id == %d || id == %d", p, t);
	check_eq(lines_passing(f), 20, "two");
	snprintf(f, sizeof(f), "(id == %d || id == %d) && !(id == %d)", p, t,
		 p);
	check_eq(lines_passing(f), 10, "but not one of them");
	snprintf(f, sizeof(f), "id == %d && id != %d", p, p);
	check_eq(lines_passing(f), 0, "neither");
	snprintf(f, sizeof(f), "id == %d && %s || id == -5", p, who);
	check_eq(lines_passing(f), 10, "of this task; && binds before ||");
	snprintf(f, sizeof(f), "id == -5 && id == %d || id == %d", p, t);
	check_eq(lines_passing(f), 10, "from the left as well");
	snprintf(f, sizeof(f), "id >= %d && id <= %d && comm == \"tracing\"",
		 p, p);
	check_eq(lines_passing(f), 10, "limits, and a name");
	snprintf(f, sizeof(f), "id == %d && comm ~ \"t*c[h-j]?g\"", p);
	check_eq(lines_passing(f), 10, "a pattern of the name");
	snprintf(f, sizeof(f), "id == %d && comm ~ \"t*x\"", p);
	check_eq(lines_passing(f), 0, "another pattern");
	snprintf(f, sizeof(f), "id == %d && id & 0x%x", p, p);
	check_eq(lines_passing(f), 10, "bits");
	reset_tracing();
}

/* ---- rings --------------------------------------------------------------- */

static void write_trace_marks(void)
{
	int fd;
	char c;

	check_eq(put_words("trace_marker", "hello, kernel\n"), 0, "a mark");
	check_eq(trace_lines("tracing_mark_write: hello, kernel", "tracing-"),
		 1, "is in the trace");
	put_words("tracing_on", "0");
	check_eq(put_words("trace_marker", "lost"), EBADF,
		 "not while it is off");
	put_words("tracing_on", "1");
	check_eq(trace_lines("lost", ""), 0, "then it is not");
	truncate_trace_file("trace");
	check_eq(trace_lines("hello", ""), 0, "emptied");
	fd = trace_open("trace_pipe", O_RDONLY | O_NONBLOCK);
	check_err(EAGAIN, read(fd, &c, 1), "nothing to take");
	put_words("trace_marker", "take me");
	check(read(fd, text, sizeof(text) - 1) > 0 && strstr(text, "take me"),
	      "a pipe has it");
	check_eq(trace_lines("take me", ""), 0, "and takes it away");
	check_err(EAGAIN, read(fd, &c, 1), "once");
	close(fd);
	reset_tracing();
}

/* A child writes a mark while the parent waits for it, for ever. */
static void poll_trace_pipe(void)
{
	struct pollfd p = { .events = POLLIN };
	pid_t pid;

	truncate_trace_file("trace");
	p.fd = trace_open("trace_pipe", O_RDONLY | O_NONBLOCK);
	check_eq(poll(&p, 1, 0), 0, "a pipe without records is not ready");
	check_eq(poll(&p, 1, 50), 0, "not in a while");
	pid = fork();
	if (!pid) {
		usleep(30000);
		_exit(put_words("trace_marker", "here"));
	}
	check_eq(poll(&p, 1, -1), 1, "it is when one comes");
	check_eq(p.revents, POLLIN, "to be read");
	check(read(p.fd, text, sizeof(text) - 1) > 0, "and is");
	check_eq(poll(&p, 1, 0), 0, "then no more");
	close(p.fd);
	waitpid(pid, NULL, 0);
	p.fd = trace_open("trace", O_RDONLY);
	check_eq(poll(&p, 1, 0), 1, "the trace is always ready");
	close(p.fd);
	reset_tracing();
}

/* By which calls of the kernel; Linux's have other names. */
static void trace_stacks(void)
{
	int depth = 0;
	char *at;

	check_eq(put_words("options/stacktrace", "2"), EINVAL,
		 "a truth is 0 or 1");
	check_eq(put_words("options/stacktrace", "1"), 0,
		 "stacks are asked for");
	trace_only_me(put_words);
	put_words("set_event", "raw_syscalls:sys_enter");
	syscall(SYS_getppid);
	put_words("events/enable", "0");
	put_words("options/stacktrace", "0");
	trace_text("trace");
	at = strstr(text, ": <stack trace>\n => ");
	check(at != NULL, "a record has one");
	for (at = at ? strchr(at, '\n') : NULL; at && !strncmp(at, "\n => ", 5);
	     at = strchr(at + 1, '\n'))
		depth++;
	check(depth > 0 && depth <= 24, "of some calls: %d", depth);
	if (!access("/proc/lectern", F_OK))
		check(strstr(text, "\n => trap_syscall\n") != NULL,
		      "the system call among them");
	reset_tracing();
}

static void run_on(unsigned long cpus)
{
	syscall(SYS_sched_setaffinity, 0, sizeof(cpus), &cpus);
}

static void overflow_ring(void)
{
	long entries, overrun;
	int fd;

	run_on(1);
	check_eq(put_words("per_cpu/cpu0/buffer_size_kb", "8"), 0,
		 "a small ring");
	truncate_trace_file("trace");
	trace_only_me(put_words);
	put_words(FILTER, "0");
	put_words("events/raw_syscalls/enable", "1");
	for (int i = 0; i < 2000; i++)
		syscall(SYS_getppid);
	put_words("events/raw_syscalls/enable", "0");
	entries = number_in_trace_file("per_cpu/cpu0/stats", "entries: ");
	overrun = number_in_trace_file("per_cpu/cpu0/stats", "overrun: ");
	check(entries > 10 && overrun > 3000, "the oldest go");
	check(entries + overrun >= 4000 && entries + overrun < 4020,
	      "and all are counted");
	check_eq(trace_lines("sys_", ""), entries, "the others are there");
	fd = trace_open("trace_pipe", O_RDONLY | O_NONBLOCK);
	text[read(fd, text, sizeof(text) - 1)] = 0;
	close(fd);
	check(strstr(text, "CPU:0 [LOST ") != NULL, "a pipe tells the loss");
	put_words("options/overwrite", "0");
	truncate_trace_file("trace");
	put_words("events/raw_syscalls/enable", "1");
	for (int i = 0; i < 2000; i++)
		syscall(SYS_getppid);
	put_words("events/raw_syscalls/enable", "0");
	check(number_in_trace_file("per_cpu/cpu0/stats", "dropped events: ") >
			      3000 &&
		      number_in_trace_file("per_cpu/cpu0/stats",
					   "\noverrun: ") == 0,
	      "or the newest");
	put_words("options/overwrite", "1");
	check_eq(put_words("buffer_size_kb", "1408"), 0, "large again");
	run_on(~0ul);
	reset_tracing();
}

/* Sites go on and off while all CPUs run through them. */
static void switch_in_storm(void)
{
	/* Linux stops all CPUs for each of its two thousand sites */
	const char *sites = on_other_kernel() ? "events/kmem/enable" :
						"events/enable";
	pid_t pid[4];
	int st, died = 0;

	for (int i = 0; i < COUNT(pid); i++) {
		pid[i] = fork();
		if (!pid[i])
			for (;;) {
				char *p = anon_pages(4, PROT_READ | PROT_WRITE);

				p[0] = p[PG] = 1;
				munmap(p, 4 * PG);
				sched_yield();
			}
	}
	for (int i = 0; i < 40; i++) {
		put_words(sites, "1");
		put_words(sites, "0");
	}
	put_words(sites, "1");
	check(eventually(trace_lines("mm_page_alloc: ", "") > 0),
	      "they are seen");
	put_words(sites, "0");
	for (int i = 0; i < COUNT(pid); i++) {
		died += waitpid(pid[i], &st, WNOHANG) != 0;
		kill(pid[i], SIGKILL);
		waitpid(pid[i], &st, 0);
	}
	check_eq(died, 0, "and go on");
	reset_tracing();
}

int main(void)
{
	if (access(AT "trace", F_OK) &&
	    mount("tracefs", AT, "tracefs", 0, NULL))
		return tap_skip_all("no tracefs");
	reset_tracing();
	list_trace_files();
	enabling();
	trace_system_calls();
	trace_switches();
	trace_children();
	trace_signals();
	trace_pages();
	parsing();
	absurd();
	filters();
	write_trace_marks();
	poll_trace_pipe();
	trace_stacks();
	overflow_ring();
	switch_in_storm();
	return tap_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * The executor of a fuzzer (docs/fuzzing.md): programs of system calls come in
 * batches on standard input, what they did goes back on standard output.
 *	executor user|root [plain]	whose programs; plain: neither coverage
 *					nor allocations that fail
 * Each runs in a process and a folder of its own, is kicked when it sleeps,
 * killed when that does not help, and tidied up after.  On Lectern the audit
 * must balance after each batch.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "executor.h"

#define BATCH_MAGIC	0x5a46544cu	/* LTFZ */
#define MAX_BATCH	(1u << 20)
#define LOOK_MS		5	/* how often it is looked whether it goes on */
#define LOOKS_ASLEEP	2	/* a call sleeps: it is kicked */
#define LOOKS_BUSY	20	/* it does not even sleep */
#define MAX_KICKS	6	/* then the child is killed */
#define INJECT_FD	100
#define AUDIT_TRIES	40
#define AUDIT_SIZE	600
#define PAGES_SLACK	64
#define PR_SET_CHILD_SUBREAPER 36

struct batch {
	uint32_t magic, nr, bytes, first;
};

/* How the child ended. */
enum { END_WHOLE, END_EARLY, END_KILLED };

int as_user;
int inject_fd = -1;

static char audit_before[AUDIT_SIZE], audit_after[AUDIT_SIZE];

static __attribute__((noreturn)) void die(const char *what)
{
	dprintf(2, "executor: %s: %s\n", what, strerror(errno));
	exit(1);
}

char *file_text(const char *name, char *text, size_t size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read_all(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* What does a process that does not end?  Lines for standard error. */
static void say_where(pid_t pid)
{
	static const char *const files[] = { "status", "syscall", "stack" };
	char name[32], text[2048];

	for (int i = 0; i < COUNT(files); i++) {
		snprintf(name, sizeof(name), "/proc/%d/%s", pid, files[i]);
		file_text(name, text, sizeof(text));
		write_all(2, text, strlen(text));
	}
}

static void send_bytes(const void *data, size_t n)
{
	if (write_all(1, data, n))
		die("standard output");
}

static void send_word(uint32_t v)
{
	send_bytes(&v, sizeof(v));
}

/* ---- the audit ----------------------------------------------------------- */

/* What a file says, behind what is in text already.  => its bytes */
static size_t add_file(char *text, const char *name)
{
	size_t at = strlen(text);

	return strlen(file_text(name, text + at, AUDIT_SIZE - at));
}

static int count_mounts(void)
{
	static char text[16384];
	int n = 0;

	file_text("/proc/self/mountinfo", text, sizeof(text));
	for (const char *c = text; *c; c++)
		n += *c == '\n';
	return n;
}

/*
 * The kernel's audit counts what takes memory.  What it cannot see is counted
 * beside it: numbers that are kept apart from the objects they are about.
 */
static int audit_read(char *text)
{
	unsigned long tmp[32] = { 0 }, top[32] = { 0 };	/* struct statfs */
	size_t at;

	text[0] = '\0';
	if (!add_file(text, "/proc/lectern/audit"))
		return 0;
	raw_syscall(SYS_statfs, "/tmp", tmp);
	raw_syscall(SYS_statfs, "/", top);
	at = strlen(text);
	snprintf(text + at, AUDIT_SIZE - at,
		 "mounts %d\ntmp %lu %lu\nroot %lu %lu\nfiles ",
		 count_mounts(), tmp[3], tmp[6], top[3], top[6]);
	add_file(text, "/proc/sys/fs/file-nr");
	return 1;
}

/* Pages may differ a little: tables and slabs keep some for reuse. */
static int audit_same(void)
{
	const char *a = strchr(audit_before, '\n');
	const char *b = strchr(audit_after, '\n');
	long pages = atol(audit_before + 11) - atol(audit_after + 11);

	return a && b && !strcmp(a, b) && labs(pages) <= PAGES_SLACK;
}

static void audit_take(void)
{
	if (!audit_read(audit_before))
		return;
	for (int same = 0, i = 0; same < 3 && i < AUDIT_TRIES; i++) {
		usleep(1000);
		audit_read(audit_after);
		same = strcmp(audit_before, audit_after) ? 0 : same + 1;
		strcpy(audit_before, audit_after);
	}
}

/* What of the batch is still there: both texts, or nothing. */
static void audit_answer(void)
{
	char text[2 * AUDIT_SIZE + 20] = "";

	if (audit_before[0]) {
		for (int i = 0; i < AUDIT_TRIES; i++) {
			audit_read(audit_after);
			if (audit_same())
				break;
			usleep(5000);
		}
		if (!audit_same())
			snprintf(text, sizeof(text), "before:\n%safter:\n%s",
				 audit_before, audit_after);
	}
	send_word((uint32_t)strlen(text));
	send_bytes(text, strlen(text));
}

/* ---- one program --------------------------------------------------------- */

static void clear_shared(void)
{
	memset(shared, 0, offsetof(struct shared_area, slot));
	memset((void *)shared->slot, 0xff, sizeof(shared->slot));
	shared->nr_new = shared->nr_out = shared->nr_state = 0;
}

/*
 * Every call that is under way gets a signal.  => the most that one of the
 * child's own threads had: another process, which may run another program by
 * now, is not waited for
 */
static uint32_t kick(pid_t pid)
{
	uint32_t most = 0, kicks;

	for (int t = 0; t < MAX_WORKERS; t++) {
		int call = shared->runs[t] - 1, own = shared->pid[t];

		if (call < 0 || call >= MAX_CALLS)
			continue;
		kicks = ++shared->call[call].kicks;
		if (t < MAX_THREADS && kicks > most)
			most = kicks;
		if (t >= MAX_THREADS && (own <= 0 || kicks > MAX_KICKS))
			continue;
		if (own > 0 || shared->tid[t] > 0)
			raw_syscall(SYS_tgkill, own > 0 ? own : pid,
				    own > 0 ? own : shared->tid[t],
				    KICK_SIGNAL);
	}
	return most;
}

/* Does the only thread of the child's that makes a call sleep? */
static int asleep(pid_t pid)
{
	char name[32], text[128], *end;

	for (int t = 1; t < MAX_THREADS; t++)
		if (shared->runs[t])
			return 0;
	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	end = strrchr(file_text(name, text, sizeof(text)), ')');
	return end && end[1] && strchr("SDT", end[2]);
}

/* Until the child ends, *status as of waitpid, or has to.  => END_ */
static int watch(pid_t pid, int *status)
{
	sigset_t chld = sigmask(SIGCHLD);
	uint32_t last = ~0u;
	int still = 0, looks = 0;

	for (;;) {
		struct timespec t = { 0, LOOK_MS * 1000000 };
		pid_t got = waitpid(pid, status, WNOHANG | __WALL);

		if (got == pid || (got < 0 && errno == ECHILD))
			return shared->finished ? END_WHOLE : END_EARLY;
		if (sigtimedwait(&chld, NULL, &t) == SIGCHLD)
			continue;
		if (shared->progress != last) {
			last = shared->progress;
			still = looks = 0;
			continue;
		}
		if (++looks < (asleep(pid) ? LOOKS_ASLEEP : LOOKS_BUSY))
			continue;
		looks = 0;
		if (kick(pid) > MAX_KICKS || ++still > MAX_KICKS) {
			return END_KILLED;
		}
	}
}

static void send_answer(int end, int status, pid_t pid, uint32_t n)
{
	uint32_t fresh = shared->nr_new;

	if (fresh > MAX_NEW)
		fresh = MAX_NEW;
	send_word((uint32_t)end);
	send_word((uint32_t)status);
	send_word((uint32_t)pid);
	send_word(n);
	send_bytes(shared->call, n * sizeof(shared->call[0]));
	send_word(fresh);
	send_bytes(shared->fresh, fresh * 4);
	if (shared->nr_out > MAX_OUT)
		shared->nr_out = 0;
	send_word(shared->nr_out);
	send_bytes(shared->out, shared->nr_out);
	if (shared->nr_state > sizeof(shared->state))
		shared->nr_state = 0;
	send_word(shared->nr_state);
	send_bytes(shared->state, shared->nr_state);
	shared->broken[sizeof(shared->broken) - 1] = '\0';
	send_word((uint32_t)strlen(shared->broken));
	send_bytes(shared->broken, strlen(shared->broken));
}

static uint32_t count_calls(const struct program *p)
{
	const uint64_t *w = p->words, *end = w + p->nr_words;
	uint32_t n = 0;

	for (; w + 4 <= end && w[0] == OP_GROUP; w += 4 + w[3])
		n++;
	return n < MAX_CALLS ? n : MAX_CALLS;
}

static void run_program(const struct program *p)
{
	static const char folder[] = "/tmp/calls";
	int status = 0, end;
	pid_t pid;

	clear_shared();
	tidy_folder_make(folder);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		run_child(p);
	end = watch(pid, &status);
	if (!tidy_processes(pid, &status) && end == END_KILLED) {
		say_where(pid);
		die("a program that cannot be killed");
	}
	for (int t = 0; t < MAX_THREADS; t++)
		if (shared->runs[t])
			cover_collect(t);
	if (p->flags & PROGRAM_TIDY)
		tidy_kernel(folder);
	tidy_sockets();
	tidy_folder(folder);
	tidy_outside();
	keep_unchanged();
	send_answer(end, status, pid, count_calls(p));
}

/* ---- batches ------------------------------------------------------------- */

static int get(void *to, size_t n)
{
	return read_all(0, to, n) == (ssize_t)n;
}

static void run_batch(const struct batch *b, const unsigned char *data)
{
	const unsigned char *at = data, *end = data + b->bytes;

	for (uint32_t i = 0; i < b->nr && at + 8 <= end; i++) {
		uint32_t head[2];
		struct program p;

		memcpy(head, at, sizeof(head));
		if (head[0] > (size_t)(end - at - 8) / 8)
			break;
		p = (struct program){ (const uint64_t *)(at + 8), head[0],
				      head[1] };
		send_word(i);
		run_program(&p);
		at += 8 + head[0] * 8ul;
	}
	send_word(~0u);
	audit_answer();
}

static void prepare(int plain)
{
	sigset_t chld = sigmask(SIGCHLD);
	void *at = mmap((void *)SHARED_AT, sizeof(struct shared_area),
			PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	int fd;

	if (at == MAP_FAILED)
		die("memory");
	memset(at, 0, sizeof(struct shared_area));
	sigprocmask(SIG_BLOCK, &chld, NULL);
	raw_syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	mkdir("/tmp", 01777);
	/* the same file systems on every kernel */
	chmod("/", 0755);
	raw_syscall(SYS_mount, "calls", "/tmp", "tmpfs", 0, "size=32m");
	keep_open();
	tidy_outside_note();
	if (plain)
		return;
	fd = open("/proc/lectern/fault_inject", O_RDWR);
	if (fd >= 0 && dup3(fd, INJECT_FD, O_CLOEXEC) == INJECT_FD)
		inject_fd = INJECT_FD;
	if (fd >= 0)
		close(fd);
	cover_open();
}

int main(int argc, char **argv)
{
	static uint64_t data[MAX_BATCH / 8];
	struct batch b;

	as_user = argc > 1 && !strcmp(argv[1], "user");
	prepare(argc > 2);
	send_bytes("LTFZ", 4);
	while (get(&b, sizeof(b))) {
		if (b.magic != BATCH_MAGIC || b.bytes > MAX_BATCH ||
		    !get(data, b.bytes)) {
			dprintf(2, "executor: a batch that is none\n");
			return 1;
		}
		if (!b.first)
			audit_take();
		run_batch(&b, (const unsigned char *)data);
	}
	return 0;
}

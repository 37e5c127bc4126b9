/* SPDX-License-Identifier: MIT */
/*
 * moments [-w WHAT,...] [-b OFFSET,NAME]... -- CMD ARG...: run CMD under
 * ptrace(2), and print at chosen moments what the memory of its processes looks
 * like, for ./lectern show.
 *
 * WHAT is exec, fork, exit, signal, or the number of a signal.  -b adds the
 * moment when a process first reaches a place in the program, OFFSET bytes
 * behind its entry.  CMD's standard output becomes its standard error; the
 * standard output of this program has lines of words:
 *
 *   moment PID WHAT
 *   process PID COMM
 *   space		then /proc/PID/space
 *   tables		then /proc/PID/tables
 *   end
 *
 * Exit status: CMD's own, or 128 plus the signal that killed it.
 */
#include <arch.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../topics/debugger/uapi.h"

#define MAX_PLACES	16
#define MAX_PROCESSES	32
#define E(name)		PTRACE_O_EVENT(PTRACE_EVENT_##name)

static const char *wanted = "exec,fork,exit,signal";

static struct place {
	long offset;		/* bytes behind the entry */
	const char *name;
	unsigned long at;	/* its address; 0: before the exec */
	unsigned long word;	/* original contents */
} places[MAX_PLACES];
static int nr_places;

static pid_t alive[MAX_PROCESSES];	/* traced, not ended; 0: free */
static pid_t command;
static int running;		/* CMD has been execed */

static long ptrace(long request, pid_t pid, unsigned long addr,
		   unsigned long data)
{
	return syscall(SYS_ptrace, request, (long)pid, addr, data);
}

/* ---- what is alive ------------------------------------------------------- */

static void born(pid_t pid)
{
	for (int i = 0; i < MAX_PROCESSES; i++)
		if (alive[i] == pid)
			return;
	for (int i = 0; i < MAX_PROCESSES; i++)
		if (!alive[i]) {
			alive[i] = pid;
			return;
		}
}

static void ended(pid_t pid)
{
	for (int i = 0; i < MAX_PROCESSES; i++)
		if (alive[i] == pid)
			alive[i] = 0;
}

/* ---- records ------------------------------------------------------------- */

static void print_file(pid_t pid, const char *name)
{
	static char buf[65536];
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY);
	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		write_all(1, buf, (size_t)n);
	close(fd);
}

/* False for a thread, whose process's memory is shown already. */
static int is_process(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", pid, pid);
	return access(path, F_OK) == 0;
}

static void print_process(pid_t pid)
{
	printf("process %d ", pid);
	print_file(pid, "comm");
	printf("space\n");
	print_file(pid, "space");
	printf("tables\n");
	print_file(pid, "tables");
}

/* True if the word is in the list of -w. */
static int is_wanted(const char *word)
{
	size_t n = strlen(word);

	for (const char *at = wanted; (at = strstr(at, word)); at += n)
		if ((at == wanted || at[-1] == ',') && (!at[n] || at[n] == ','))
			return 1;
	return 0;
}

static void print_moment(pid_t pid, const char *what)
{
	if (!running)
		return;
	printf("moment %d %s\n", pid, what);
	for (int i = 0; i < MAX_PROCESSES; i++)
		if (alive[i] && is_process(alive[i]))
			print_process(alive[i]);
	printf("end\n");
}

static void moment(pid_t pid, const char *word, const char *what)
{
	if (is_wanted(word))
		print_moment(pid, what);
}

/* ---- places in the program ----------------------------------------------- */

static unsigned long entry_of(pid_t pid)
{
	unsigned long v[2] = { 0 };
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/auxv", pid);
	fd = open(path, O_RDONLY);
	while (read(fd, v, sizeof(v)) == sizeof(v) && v[0] != AT_ENTRY)
		;
	close(fd);
	return v[1];
}

/* Write a trap instruction over the first bytes of a place. */
static void plant(pid_t pid, struct place *p)
{
	static const unsigned char trap[] = ARCH_TRAP;
	unsigned long word = 0;

	p->at = entry_of(pid) + (unsigned long)p->offset;
	if (ptrace(PTRACE_PEEKTEXT, pid, p->at, (unsigned long)&word)) {
		dprintf(2, "moments: %s: no such place\n", p->name);
		p->at = 0;
		return;
	}
	p->word = word;
	memcpy(&word, trap, sizeof(trap));
	ptrace(PTRACE_POKETEXT, pid, p->at, word);
}

struct registers {
	unsigned long w[64];
};

static int registers(long request, pid_t pid, struct registers *r, size_t *size)
{
	struct {
		void *base;
		unsigned long len;
	} v = { r->w, *size };
	int err = (int)ptrace(request, pid, NT_PRSTATUS, (unsigned long)&v);

	*size = v.len;
	return err;
}

/*
 * If a trap is one of a place, restore the instruction and report the moment.
 * Return: 1 if so; the program can continue.
 */
static int at_place(pid_t pid)
{
	struct registers r;
	size_t size = sizeof(r);

	if (registers(PTRACE_GETREGSET, pid, &r, &size))
		return 0;
	for (int i = 0; i < nr_places; i++) {
		struct place *p = &places[i];

		if (!p->at || r.w[ARCH_PC_WORD] != p->at + ARCH_TRAP_BEHIND)
			continue;
		ptrace(PTRACE_POKETEXT, pid, p->at, p->word);
		r.w[ARCH_PC_WORD] = p->at;
		registers(PTRACE_SETREGSET, pid, &r, &size);
		print_moment(pid, p->name);
		return 1;
	}
	return 0;
}

/* ---- stops --------------------------------------------------------------- */

static void on_exec(pid_t pid)
{
	running = 1;
	moment(pid, "exec", "exec");
	for (int i = 0; pid == command && i < nr_places; i++)
		if (!places[i].at)
			plant(pid, &places[i]);
}

/* The new task is stopped at its start, or will be before it runs. */
static void on_fork(pid_t pid, int event)
{
	unsigned long other = 0;

	ptrace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&other);
	born((pid_t)other);
	if (event != PTRACE_EVENT_CLONE || is_process((pid_t)other))
		moment(pid, "fork", event == PTRACE_EVENT_VFORK ? "vfork" :
		       "fork");
}

/* Return: the signal to continue with. */
static int on_signal(pid_t pid, int sig)
{
	static pid_t begun[MAX_PROCESSES];
	char number[8], what[48];

	/* the first stop of a new child is ptrace's, not a signal */
	for (int i = 0; sig == SIGSTOP && i < MAX_PROCESSES; i++) {
		if (begun[i] == pid)
			break;
		if (!begun[i]) {
			begun[i] = pid;
			return 0;
		}
	}
	if (sig == SIGTRAP && at_place(pid))
		return 0;
	snprintf(number, sizeof(number), "%d", sig);
	snprintf(what, sizeof(what), "signal %d", sig);
	if (is_wanted(number) || is_wanted("signal"))
		print_moment(pid, what);
	return sig;
}

static void on_stop(pid_t pid, int status)
{
	int event = status >> 16, sig = 0;

	born(pid);
	if (event == PTRACE_EVENT_EXEC)
		on_exec(pid);
	else if (event == PTRACE_EVENT_EXIT && is_process(pid))
		moment(pid, "exit", "exit");
	else if (event >= PTRACE_EVENT_FORK && event <= PTRACE_EVENT_CLONE)
		on_fork(pid, event);
	else if (!event)
		sig = on_signal(pid, WSTOPSIG(status));
	ptrace(PTRACE_CONT, pid, 0, (unsigned long)sig);
}

/* ---- the command --------------------------------------------------------- */

static void become(char **argv)
{
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	dup2(2, 1);
	raise(SIGSTOP);
	execvp(argv[0], argv);
	dprintf(2, "moments: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int follow(void)
{
	int status, result = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status)) {
			on_stop(pid, status);
			continue;
		}
		ended(pid);
		if (pid == command)
			result = WIFEXITED(status) ? WEXITSTATUS(status) :
				128 + WTERMSIG(status);
	}
	return result;
}

static int usage(void)
{
	dprintf(2, "usage: moments [-w WHAT,...] [-b OFFSET,NAME]... -- CMD "
		"ARG...\n");
	return 2;
}

int main(int argc, char **argv)
{
	int i = 1, status;

	for (; i + 1 < argc && strcmp(argv[i], "--"); i += 2) {
		char *end;

		if (!strcmp(argv[i], "-w")) {
			wanted = argv[i + 1];
		} else if (!strcmp(argv[i], "-b") && nr_places < MAX_PLACES) {
			places[nr_places].offset = strtol(argv[i + 1], &end, 0);
			places[nr_places++].name = end + (*end == ',');
		} else {
			return usage();
		}
	}
	if (i + 1 >= argc)
		return usage();
	command = fork();
	if (command < 0) {
		perror("moments: fork");
		return 1;
	}
	if (!command)
		become(argv + i + 1);
	waitpid(command, &status, 0);
	on_signal(command, SIGSTOP);
	born(command);
	if (ptrace(PTRACE_SETOPTIONS, command, 0, PTRACE_O_EXITKILL | E(FORK) |
		   E(VFORK) | E(CLONE) | E(EXEC) | E(EXIT))) {
		perror("moments: ptrace");
		kill(command, SIGKILL);
		return 1;
	}
	ptrace(PTRACE_CONT, command, 0, 0);
	return follow();
}

/* SPDX-License-Identifier: MIT */
/*
 * remote -- CMD ARG...: run CMD under ptrace(2), and carry out requests on it
 * that ./lectern show stack, plt and birth send as lines of standard input.
 * All decisions about what to draw are made on the host.
 *
 *	registers	registers WORD...	in the order of NT_PRSTATUS
 *	read ADDR SIZE	read HEX...		- for a byte that is not mapped
 *	maps		/proc/PID/maps, end
 *	trap ADDR	trap 1			or trap 0: not mapped
 *	go		at ADDR			a trap, now removed
 *			exiting			memory can still be read
 *			ended STATUS
 *
 * At the start CMD is stopped before its first instruction.  Its standard input
 * is empty, and its standard output is the standard error.
 */
#include <arch.h>
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

#define MAX_TRAPS	512
#define E(name)		PTRACE_O_EVENT(PTRACE_EVENT_##name)

static struct trap {
	unsigned long at;		/* 0: not in use */
	unsigned long word;		/* original contents */
} traps[MAX_TRAPS];

static pid_t command, current;		/* current: the thread that stopped */

static long ptrace(long request, pid_t pid, unsigned long addr,
		   unsigned long data)
{
	return syscall(SYS_ptrace, request, (long)pid, addr, data);
}

static int peek(pid_t pid, unsigned long at, unsigned long *word)
{
	return (int)ptrace(PTRACE_PEEKTEXT, pid, at, (unsigned long)word);
}

/* ---- what is asked for --------------------------------------------------- */

struct registers {
	unsigned long w[64];
	unsigned long size;
};

static int registers(long request, pid_t pid, struct registers *r)
{
	struct {
		void *base;
		unsigned long len;
	} v = { r->w, r->size };
	int err = (int)ptrace(request, pid, NT_PRSTATUS, (unsigned long)&v);

	r->size = v.len;
	return err;
}

static void print_registers(void)
{
	struct registers r = { .size = sizeof(r.w) };

	registers(PTRACE_GETREGSET, current, &r);
	printf("registers");
	for (size_t i = 0; i < r.size / sizeof(r.w[0]); i++)
		printf(" %lx", r.w[i]);
	printf("\n");
}

static void print_memory(unsigned long at, unsigned long size)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * sizeof(long) + 1];

	printf("read ");
	while (size) {
		unsigned long word = 0, skip = at % sizeof(word);
		unsigned long n = sizeof(word) - skip;
		int lost = peek(current, at - skip, &word);

		n = n < size ? n : size;
		for (unsigned long i = 0; i < n; i++) {
			unsigned char byte = ((unsigned char *)&word)[skip + i];

			text[2 * i] = lost ? '-' : digits[byte >> 4];
			text[2 * i + 1] = lost ? '-' : digits[byte & 15];
		}
		text[2 * n] = '\0';
		printf("%s", text);
		at += n;
		size -= n;
	}
	printf("\n");
}

static void print_maps(void)
{
	char path[64], buf[1024];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/maps", command);
	fd = open(path, O_RDONLY);
	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		write_all(1, buf, (size_t)n);
	close(fd);
	printf("end\n");
}

/* Write a trap instruction over the first bytes at an address. */
static int plant(unsigned long at)
{
	static const unsigned char instruction[] = ARCH_TRAP;
	unsigned long word = 0;

	for (int i = 0; i < MAX_TRAPS; i++) {
		if (traps[i].at == at)
			return 1;
		if (traps[i].at)
			continue;
		if (!at || peek(current, at, &word))
			return 0;
		traps[i] = (struct trap){ at, word };
		memcpy(&word, instruction, sizeof(instruction));
		return !ptrace(PTRACE_POKETEXT, current, at, word);
	}
	return 0;
}

/* ---- stops --------------------------------------------------------------- */

/* True for a child process, which is of no interest, unlike a thread. */
static int is_other_process(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", command, pid);
	return access(path, F_OK) != 0;
}

/*
 * If pid stopped at one of our traps, restore the instruction.
 * Return: 1: so it is, and go() ends.
 */
static int at_trap(pid_t pid)
{
	struct registers r = { .size = sizeof(r.w) };

	if (registers(PTRACE_GETREGSET, pid, &r))
		return 0;
	for (int i = 0; i < MAX_TRAPS; i++) {
		struct trap *t = &traps[i];

		if (!t->at || r.w[ARCH_PC_WORD] != t->at + ARCH_TRAP_BEHIND)
			continue;
		ptrace(PTRACE_POKETEXT, pid, t->at, t->word);
		r.w[ARCH_PC_WORD] = t->at;
		registers(PTRACE_SETREGSET, pid, &r);
		if (is_other_process(pid)) {
			ptrace(PTRACE_CONT, pid, 0, 0);
			return -1;
		}
		current = pid;
		printf("at %lx\n", t->at);
		t->at = 0;
		return 1;
	}
	return 0;
}

/* Return: 1: the answer has been printed. */
static int on_stop(pid_t pid, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status), trapped;

	if (event == PTRACE_EVENT_EXIT && pid == command) {
		current = pid;
		printf("exiting\n");
		return 1;
	}
	if (!event && sig == SIGTRAP) {
		trapped = at_trap(pid);
		if (trapped)
			return trapped > 0;
	}
	/* a new thread's or child's first stop is ptrace's, not a signal */
	if (event || (sig == SIGSTOP && pid != command))
		sig = 0;
	ptrace(PTRACE_CONT, pid, 0, (unsigned long)sig);
	return 0;
}

static void go(void)
{
	int status;
	pid_t pid;

	ptrace(PTRACE_CONT, current, 0, 0);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status)) {
			if (on_stop(pid, status))
				return;
		} else if (pid == command) {
			break;
		}
	}
	printf("ended %d\n", WIFEXITED(status) ? WEXITSTATUS(status) :
	       128 + WTERMSIG(status));
}

/* ---- the host ------------------------------------------------------------ */

/* Return: 0: there are no more lines. */
static int read_line(char *line, size_t size)
{
	size_t n = 0;

	while (n + 1 < size && read(0, line + n, 1) == 1)
		if (line[n++] == '\n') {
			line[n - 1] = '\0';
			return 1;
		}
	return 0;
}

static void obey(const char *line)
{
	const char *word = strchr(line, ' ');
	char *end = NULL;
	unsigned long at = word ? strtoul(word, &end, 16) : 0;

	if (!strcmp(line, "registers"))
		print_registers();
	else if (!strcmp(line, "maps"))
		print_maps();
	else if (!strcmp(line, "go"))
		go();
	else if (!strncmp(line, "trap ", 5))
		printf("trap %d\n", plant(at));
	else if (!strncmp(line, "read ", 5))
		print_memory(at, strtoul(end, NULL, 16));
	else
		printf("what is %s?\n", line);
}

static void become(char **argv)
{
	int nothing = open("/dev/null", O_RDONLY);

	dup2(nothing, 0);
	close(nothing);
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	dup2(2, 1);
	raise(SIGSTOP);
	execvp(argv[0], argv);
	dprintf(2, "remote: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Start CMD.  Return: 0, stopped before its first instruction; or a status. */
static int begin(char **argv)
{
	int status;

	current = command = fork();
	if (command < 0) {
		perror("remote: fork");
		return 1;
	}
	if (!command)
		become(argv);
	waitpid(command, &status, 0);
	if (ptrace(PTRACE_SETOPTIONS, command, 0, PTRACE_O_EXITKILL | E(FORK) |
		   E(VFORK) | E(CLONE) | E(EXEC) | E(EXIT))) {
		perror("remote: ptrace");
		kill(command, SIGKILL);
		return 1;
	}
	for (;;) {
		ptrace(PTRACE_CONT, command, 0, 0);
		waitpid(command, &status, __WALL);
		if (!WIFSTOPPED(status))
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
		if (status >> 16 == PTRACE_EVENT_EXEC)
			return 0;
	}
}

int main(int argc, char **argv)
{
	char line[64];
	int status;

	if (argc < 3 || strcmp(argv[1], "--")) {
		dprintf(2, "usage: remote -- CMD ARG...\n");
		return 2;
	}
	status = begin(argv + 2);
	if (status)
		return status;
	printf("ready\n");
	while (read_line(line, sizeof(line)))
		obey(line);
	kill(command, SIGKILL);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Nothing leaks: the kernel's audit counters are the same before and after
 * ten thousand fork, exec, wait (a thousand on a kernel that checks itself),
 * and after rounds of everything else that makes and drops objects (rows A9,
 * D11).  Counters are read twice, after a first round that fills caches.
 */
#include <sched.h>
#include <thread.h>
#include "audit.h"

static int bad;

static void fork_exec_wait(int n)
{
	char *argv[] = { tap_self, "-exit", NULL };
	int st;

	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			execv(tap_self, argv);
			_exit(1);
		}
		if (waitpid(pid, &st, 0) != pid || st != 7 << 8)
			bad++;
	}
}

static void use_everything(int n)
{
	for (int i = 0; i < n; i++) {
		static struct thread t;
		char *p = anon_pages(16, PROT_READ | PROT_WRITE);
		int fd = open("f", O_RDWR | O_CREAT, 0600), pp[2];

		memset(p, 1, 16 * PG);
		mprotect(p + 4 * PG, PG, PROT_READ);
		munmap(p + 8 * PG, PG);
		munmap(p, 16 * PG);
		write(fd, audit_before, 2000);
		p = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		p[0] = 1;
		munmap(p, PG);
		close(fd);
		unlink("f");
		pipe(pp);
		write(pp[1], "x", 1);
		close(pp[0]);
		close(pp[1]);
		mkdir("d", 0700);
		rmdir("d");
		thread_create(&t, return_argument, NULL);
		thread_join(&t);
		execv("/nonexistent", (char *[]){ "x", NULL });
		execv("/", (char *[]){ "x", NULL });
	}
}

static void fail_execs(int n)
{
	put_file("bad", "\177ELF\2\1\1", 8, 0755);
	put_file("script", "#!/nonexistent\n", 15, 0755);
	for (int i = 0; i < n; i++) {
		execv("bad", (char *[]){ "x", NULL });
		execv("script", (char *[]){ "x", NULL });
		execve(tap_self, (char *[]){ "x", BAD, NULL }, NULL);
	}
	unlink("bad");
	unlink("script");
}

static void repeat_and_measure(void (*fn)(int), int n, const char *what)
{
	fn(50);
	audit_take();
	fn(n);
	check(audit_same(0), "%s: the audit balances", what);
}

int main(int argc, char **argv)
{
	int rounds = tap_rounds(10000);

	if (argc > 1)
		return 7;
	if (audit_take())
		return tap_skip_all("no " AUDIT);
	tap_find_self(argv[0]);
	tap_scratch("no_leaks");
	repeat_and_measure(fork_exec_wait, rounds, "fork, exec, wait");
	check_eq(bad, 0, "%d fork+exec+wait", rounds);
	repeat_and_measure(use_everything, 1000,
			   "memory, files, pipes, threads");
	repeat_and_measure(fail_execs, 1000, "failing execs");
	tap_scratch_end();
	return tap_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * What programs of the fuzzer exec and want to look into (docs/fuzzing.md):
 * holds a secret in memory where they look for it, and sleeps.  As
 * /keep/hidden and /keep/setid the file has it in itself, which none but root
 * can read; /keep/readable, which is set-id, gets it from /keep/file, if it
 * may.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define HELD_AT		((char *)0x62000000)
#define HELD_SIZE	4096
#define KICK_SIGNAL	33		/* the executor's: ../executor.h */

/* tools/fuzz/vm.py puts the secret here. */
static volatile const char held[64] = "PLACE-OF-THE-SECRET";

int main(void)
{
	char *at = mmap(HELD_AT, HELD_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	int fd = open("/keep/file", O_RDONLY);

	if (at == MAP_FAILED)
		return 1;
	signal(KICK_SIGNAL, SIG_IGN);
	for (unsigned i = 0; i < sizeof(held); i++)
		at[i] = held[i];
	if (fd >= 0)
		read(fd, at, sizeof(held));
	for (;;)
		pause();
}

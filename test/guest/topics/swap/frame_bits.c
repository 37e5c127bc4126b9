/* SPDX-License-Identifier: MIT */
/*
 * /proc/kpageflags of pages whose state changes (rows C2, D13): each bit comes
 * with a state and goes with it.  That of the lists of programs' pages is in
 * who_goes.c, as it takes a machine that is short of memory.
 */
#include <sys/wait.h>
#include "sysv.h"
#include "kpage.h"
#include "swap.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif
#define SHM_LOCK	11
#define SHM_UNLOCK	12

/* Linux notes some of it in batches, which compaction empties first. */
static void flush_batches(void)
{
	int fd = open("/proc/sys/vm/compact_memory", O_WRONLY);

	if (fd < 0)
		return;
	write(fd, "1", 1);
	close(fd);
}

static char *anon(void)
{
	char *p = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*(volatile char *)p = 1;
	return p;
}

/* ---- a page of a disk ---------------------------------------------------- */

static void forget_use(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY);

	if (fd < 0 || write(fd, "1", 1) != 1)
		tap_bail("clear_refs");
	close(fd);
}

static void of_disk(void)
{
	int fd = open(DISK, O_RDWR);
	off_t at = 5 * (off_t)PG;
	char c = 3;
	volatile char *p;

	if (pwrite(fd, &c, 1, at) != 1 || fsync(fd))
		tap_bail(DISK);
	p = mmap(NULL, PG, PROT_READ, MAP_SHARED, fd, at);
	check_eq(*p, 3, "a page of a disk");
	flush_batches();
	check_eq(kpage(p, F_UPTODATE | F_LRU),
		 F_UPTODATE | F_LRU, "is read, and on a list");
	check_eq(kpage(p, F_ANON | F_SWAPBACKED | F_SWAPCACHE | F_UNEVICTABLE |
		       F_MLOCKED), 0, "it has nothing to do with swap");
	check_eq(kpage(p, F_DIRTY), 0, "clean");
	check(pwrite(fd, &c, 1, at) == 1 && kpage(p, F_DIRTY) == F_DIRTY,
	      "written to: dirty");
	check(!fsync(fd) && !kpage(p, F_DIRTY), "fsync: clean");
	forget_use();
	check_eq(kpage(p, F_REFERENCED), 0, "not used");
	check(pread(fd, &c, 1, at) == 1 &&
	      kpage(p, F_REFERENCED | F_ACTIVE), "read: used");
	munmap((void *)p, PG);
	close(fd);
}

/* ---- pages that stay in memory ------------------------------------------- */

#define KEPT (F_MLOCKED | F_UNEVICTABLE)

static void lock_frames(void)
{
	char *p = anon(), *q = anon();

	flush_batches();
	check_eq(kpage(p, KEPT), 0, "a page of its own is not locked");
	check_eq(syscall(SYS_mlock, p, PG), 0, "mlock");
	flush_batches();
	check_eq(kpage(p, KEPT), KEPT, "locked, and kept in memory");
	check_eq(kpage(q, KEPT), 0, "another page is not");
	check_eq(syscall(SYS_munlock, p, PG), 0, "munlock");
	flush_batches();
	check_eq(kpage(p, KEPT), 0, "as before");
	munmap(p, PG);
	munmap(q, PG);
}

static long control_segment(long id, int cmd)
{
	return syscall(SYS_shmctl, id, cmd, NULL);
}

static void lock_segment(void)
{
	long id = syscall(SYS_shmget, IPC_PRIVATE, PG, IPC_CREAT | 0600);
	volatile char *p = (void *)syscall(SYS_shmat, id, NULL, 0);

	check_eq(control_segment(id, SHM_LOCK), 0, "SHM_LOCK");
	*p = 1;
	flush_batches();
	check_eq(kpage(p, KEPT | F_SWAPBACKED), F_UNEVICTABLE | F_SWAPBACKED,
		 "a page of it is kept in memory");
	check_eq(control_segment(id, SHM_UNLOCK), 0, "SHM_UNLOCK");
	flush_batches();
	check_eq(kpage(p, KEPT | F_SWAPBACKED), F_SWAPBACKED, "it is not");
	control_segment(id, IPC_RMID);
	syscall(SYS_shmdt, p);
}

/* ---- the swap cache ------------------------------------------------------ */

/* Of two who have a page in swap one brings it back. */
static void in_swap_cache(void)
{
	volatile char *p = anon();
	int go[2], status = -1;
	pid_t pid;
	char c;

	check_eq(kpage(p, F_ANON | F_SWAPBACKED | F_SWAPCACHE),
		 F_ANON | F_SWAPBACKED, "a page without a slot");
	madvise((void *)p, PG, MADV_PAGEOUT);
	if (pipe(go) || (pid = fork()) < 0)
		tap_bail("fork");
	if (pid == 0) {
		close(go[1]);
		read(go[0], &c, 1);
		_exit(*p != 1);
	}
	close(go[0]);
	check_eq(*p, 1, "it comes back");
	check_eq(kpage(p, F_SWAPCACHE | F_UPTODATE), F_SWAPCACHE | F_UPTODATE,
		 "the slot stays its own, as a child has it");
	close(go[1]);
	waitpid(pid, &status, 0);
	check_eq(status, 0, "the child has the page, too");
	*p = 2;
	check_eq(kpage(p, F_SWAPCACHE | F_UPTODATE), F_UPTODATE,
		 "without the child, and written to, it has none");
	munmap((void *)p, PG);
}

int main(void)
{
	if (access(DISK, R_OK))
		return tap_skip_all("there is no disk");
	kpage_open();
	of_disk();
	lock_frames();
	lock_segment();
	write_header(good_header());
	check_eq(syscall(SYS_swapon, DISK, 0), 0, "swapon");
	in_swap_cache();
	check_eq(syscall(SYS_swapoff, DISK), 0, "swapoff");
	return tap_done();
}

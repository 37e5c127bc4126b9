/* SPDX-License-Identifier: MIT */
/*
 * Calls on a range of memory that is not mapped throughout: what is done up to
 * the gap, what behind it, and what the call tells (rows E2, E6).
 */
#include "texts.h"
#include "tap.h"

/* From p on, up to where no program can be. */
#define FAR(p)	(-(unsigned long)(p) - PG)

static long code_length;

/* Pages with a hole in place of number `gap`, and nothing behind the last. */
static char *gapped(int pages, int gap)
{
	char *p = anon_pages(pages + 1, PROT_READ | PROT_WRITE);

	munmap(p + gap * PG, PG);
	munmap(p + pages * PG, PG);
	return p;
}

/* ---- mlock --------------------------------------------------------------- */

static void nothing_is_not_all(void)
{
	char *p = anon_pages(1, PROT_READ | PROT_WRITE);

	check_ok(syscall(SYS_mlock, 0L, 0L), "mlock of nothing at 0");
	check_eq(text_number("/proc/self/status", "VmLck:"), 0,
		 "locks nothing");
	check_ok(syscall(SYS_mlock, p, PG), "mlock of a page");
	check_ok(syscall(SYS_munlock, 0L, 0L), "munlock of nothing at 0");
	check_eq(text_number("/proc/self/status", "VmLck:"), 4,
		 "leaves it locked");
	munmap(p, PG);
}

/* => where the kernel's own page of code is, and its length */
static char *kernels_code(void)
{
	static char text[1 << 16];
	long n;
	char *at, *end;

	text_read("/proc/self/maps", text, sizeof(text));
	at = strstr(text, "[vdso]");
	if (!at)
		return NULL;
	while (at > text && at[-1] != '\n')
		at--;
	n = strtoul(at, &end, 16);
	code_length = strtoul(end + 1, NULL, 16) - n;
	return (char *)n;
}

static void locks_no_kernel_code(void)
{
	char *code = kernels_code();

	if (!code) {
		tap_skip("the kernel's code", "no vDSO");
		return;
	}
	check_ok(syscall(SYS_mlock, code, code_length),
		 "mlock of the vDSO");
	check_eq(text_number("/proc/self/status", "VmLck:"), 0,
		 "is not counted");
}

static void locks_to_the_end(void)
{
	char *p = gapped(3, 1);

	check_err(ENOMEM, syscall(SYS_mlock, p + 2 * PG, FAR(p + 2 * PG)),
		  "mlock up to where no program can be");
	check_eq(text_number("/proc/self/status", "VmLck:"), 4,
		 "locks up to the gap");
	check_err(ENOMEM, syscall(SYS_munlock, p + 2 * PG, FAR(p + 2 * PG)),
		  "munlock");
	check_eq(text_number("/proc/self/status", "VmLck:"), 0, "likewise");
	munmap(p, 3 * PG);
}

/* ---- mprotect ------------------------------------------------------------ */

static void protects_to_the_end(void)
{
	char *p = gapped(3, 1);

	check_err(ENOMEM, syscall(SYS_mprotect, p, 3 * PG, PROT_READ),
		  "mprotect over a gap");
	check_eq(store_fault(p), SIGSEGV, "what lies before it changed");
	check_eq(store_fault(p + 2 * PG), 0, "what lies behind it not");
	check_err(ENOMEM, syscall(SYS_mprotect, p + 2 * PG,
				  FAR(p + 2 * PG), PROT_READ),
		  "up to where no program can be");
	check_eq(store_fault(p + 2 * PG), SIGSEGV, "likewise");
	check_err(ENOMEM, syscall(SYS_mprotect, p + PG, 2 * PG,
				  PROT_READ | PROT_WRITE), "from a gap on");
	check_eq(store_fault(p + 2 * PG), SIGSEGV, "nothing");
	munmap(p, 3 * PG);
}

/* ---- madvise ------------------------------------------------------------- */

#define WIPEONFORK	18
#define POPULATE_READ	22
#define POPULATE_WRITE	23

static void looks_wiped(void *arg)
{
	char *p = arg;

	_exit(p[0] == 0 ? 1 : 2);
}

/* One after another: the second refuses, and the first has it by then. */
static void advises_up_to_refusal(void)
{
	char *p = anon_pages(3, PROT_READ | PROT_WRITE);
	int fd = open("/proc/self/exe", O_RDONLY);

	if (mmap(p + PG, PG, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) !=
	    p + PG)
		tap_bail("mmap");
	p[0] = p[2 * PG] = 'x';
	check_err(EINVAL, syscall(SYS_madvise, p, 3 * PG, (long)WIPEONFORK),
		  "MADV_WIPEONFORK of a file's page in the middle");
	check_eq(WEXITSTATUS(in_child(looks_wiped, p)), 1,
		 "what lies before is wiped");
	check_eq(WEXITSTATUS(in_child(looks_wiped, p + 2 * PG)), 2,
		 "what lies behind is not");
	munmap(p, 3 * PG);
	close(fd);
}

static void advises_over_a_gap(void)
{
	char *p = gapped(3, 1);

	p[0] = p[2 * PG] = 'x';
	check_err(ENOMEM, syscall(SYS_madvise, p, 3 * PG, (long)WIPEONFORK),
		  "MADV_WIPEONFORK over a gap");
	check_eq(WEXITSTATUS(in_child(looks_wiped, p)), 1, "wipes before it");
	check_eq(WEXITSTATUS(in_child(looks_wiped, p + 2 * PG)), 1,
		 "and behind it");
	munmap(p, 3 * PG);
}

static int present(char *p)
{
	unsigned char in = 0;

	return syscall(SYS_mincore, p, PG, &in) ? -1 : in & 1;
}

/* Linux before 6.10 went on behind it. */
static void populates_up_to_a_gap(int advice, const char *name)
{
	char *p = gapped(5, 2);

	check_err(ENOMEM, syscall(SYS_madvise, p, 5 * PG, (long)advice),
		  "%s over a gap", name);
	check(present(p) == 1 && present(p + PG) == 1, "brings what is before");
	munmap(p, 5 * PG);
}

/* ---- mincore, msync, munmap, mremap -------------------------------------- */

static void looks_up_to_a_gap(void)
{
	unsigned char in[4] = { 9, 9, 9, 9 };
	char *p = gapped(4, 2);

	p[0] = 1;
	check_err(ENOMEM, syscall(SYS_mincore, p, 4 * PG, in),
		  "mincore over a gap");
	check(in[0] == 1 && in[1] == 0, "tells what is before");
	check(in[2] == 9 && in[3] == 9, "and nothing behind it");
	munmap(p, 4 * PG);
}

static void writes_over_a_gap(void)
{
	char *p = gapped(3, 1);

	check_err(ENOMEM, syscall(SYS_msync, p, 3 * PG, (long)MS_SYNC),
		  "msync over a gap");
	check_err(ENOMEM, syscall(SYS_msync, p, 3 * PG, (long)MS_ASYNC),
		  "MS_ASYNC");
	syscall(SYS_mlock, p + 2 * PG, PG);
	check_err(EBUSY, syscall(SYS_msync, p, 3 * PG, (long)MS_INVALIDATE),
		  "MS_INVALIDATE of what is locked behind it");
	munmap(p, 3 * PG);
}

static void moves_over_a_gap(void)
{
	char *p = gapped(4, 2);

	check_err(EFAULT, syscall(SYS_mremap, p, 4 * PG, 5 * PG, 1L, 0L),
		  "mremap of more than there is");
	check_err(EFAULT, syscall(SYS_mremap, p + 2 * PG, 2 * PG, PG, 1L, 0L),
		  "from a gap on");
	check_eq(syscall(SYS_mremap, p, 4 * PG, PG, 0L, 0L), (long)p,
		 "shrinking over a gap");
	check_eq(present(p + PG), -1, "takes away before it");
	check_eq(present(p + 3 * PG), -1, "and behind it");
	munmap(p, PG);
}

/* ---- no more areas ------------------------------------------------------- */

static int set_areas(int n)
{
	static const char path[] = "/proc/sys/vm/max_map_count";
	int old = (int)text_number(path, "");
	char b[16];

	snprintf(b, sizeof(b), "%d", n);
	if (old < 0 || text_set(path, b))
		tap_bail(path);
	return old;
}

/* What would cut an area when there may be no more of them. */
static void no_more_areas(void)
{
	char *p = anon_pages(3, PROT_READ | PROT_WRITE);
	int old;

	if (geteuid()) {
		tap_skip("max_map_count", "needs the superuser");
		return;
	}
	old = set_areas(1);
	check_err(EAGAIN, syscall(SYS_madvise, p + PG, PG, (long)WIPEONFORK),
		  "no more areas: madvise");
	check_err(ENOMEM, syscall(SYS_mprotect, p + PG, PG, PROT_READ),
		  "mprotect");
	check_err(ENOMEM, syscall(SYS_mlock, p + PG, PG), "mlock");
	check_err(ENOMEM, syscall(SYS_munmap, p + PG, PG), "munmap");
	check_ok(syscall(SYS_munmap, p + 2 * PG, PG), "munmap of an end");
	set_areas(old);
	munmap(p, 3 * PG);
}

int main(void)
{
	nothing_is_not_all();
	locks_no_kernel_code();
	locks_to_the_end();
	protects_to_the_end();
	advises_up_to_refusal();
	advises_over_a_gap();
	populates_up_to_a_gap(POPULATE_READ, "MADV_POPULATE_READ");
	populates_up_to_a_gap(POPULATE_WRITE, "MADV_POPULATE_WRITE");
	looks_up_to_a_gap();
	writes_over_a_gap();
	moves_over_a_gap();
	no_more_areas();
	return tap_done();
}

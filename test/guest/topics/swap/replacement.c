/* SPDX-License-Identifier: MIT */
/*
 * The laboratory of page replacement (row D5): the lecture's reference string
 * through each policy, on 3 and on 4 frames.  FIFO has 9 faults on 3 frames
 * and 10 on 4, Belady's anomaly; the others have at least as many as there are
 * pages, and at most one a reference.
 */
#include "swap.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif
#define LAB	"/proc/lectern/replacement"

static const int lecture[] = { 1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5 };
static const char *const policies[] = { "fifo", "clock", "wsclock" };
static volatile char *at;

static int order_replacement(const char *text)
{
	return text_set(LAB, text);
}

/* => faults, or -1 */
static int run_string(const char *policy, unsigned frames, const int *string,
		      unsigned n, unsigned pages)
{
	char text[80];
	int faults;

	snprintf(text, sizeof(text), "%s %u 0x%lx %u", policy, frames,
		 (unsigned long)at, pages);
	if (order_replacement(text))
		return -1;
	for (unsigned i = 0; i < n; i++)
		(void)at[(string[i] - 1) * PG];
	faults = (int)text_number(LAB, "faults ");
	order_replacement("off");
	return faults;
}

/* What FIFO makes of it, reckoned. */
static int model_fifo(unsigned frames, const int *string, unsigned n)
{
	int queue[64], faults = 0;
	unsigned head = 0, used = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned k = 0;

		while (k < used && queue[k] != string[i])
			k++;
		if (k < used)
			continue;
		faults++;
		if (used < frames)
			queue[used++] = string[i];
		else
			queue[head++ % frames] = string[i];
	}
	return faults;
}

static void belady(void)
{
	int faults[3][2];

	for (unsigned p = 0; p < 3; p++)
		for (unsigned f = 0; f < 2; f++)
			faults[p][f] = run_string(policies[p], 3 + f, lecture,
						  12, 5);
	printf("# string 1 2 3 4 1 2 5 1 2 3 4 5\n# policy   3 frames  4\n");
	for (unsigned p = 0; p < 3; p++) {
		printf("# %-8s %8d %2d\n", policies[p], faults[p][0],
		       faults[p][1]);
		check(faults[p][0] >= 7 && faults[p][0] <= 12,
		      "%s, 3 frames: no fewer than the best", policies[p]);
		check(faults[p][1] >= 6 && faults[p][1] <= 12,
		      "%s, 4 frames: likewise", policies[p]);
	}
	check_eq(faults[0][0], 9, "FIFO, 3 frames: 9 faults");
	check_eq(faults[0][1], 10, "FIFO, 4 frames: 10, Belady's anomaly");
}

/* A page that is used all the time: second chance keeps it. */
static void favourite(void)
{
	int string[64];
	int fifo, clock;

	for (unsigned i = 0; i < 64; i++)
		string[i] = i % 2 ? 1 : 2 + (int)(i / 2) % 7;
	fifo = run_string("fifo", 4, string, 64, 8);
	clock = run_string("clock", 4, string, 64, 8);
	check_eq(fifo, model_fifo(4, string, 64), "FIFO as reckoned");
	check(clock > 0 && clock < fifo, "second chance keeps what is used");
}

/* Whoever was handed the file must have the right itself. */
static void tells_without_right(void *arg)
{
	int fd = open(LAB, O_WRONLY);

	(void)arg;
	if (fd < 0 || setresuid(1000, 1000, 1000))
		_exit(1);
	_exit(write(fd, "off", 3) == -1 ? errno : 0);
}

static void bad_input(void)
{
	check_eq(order_replacement("lru 3 0x10000 5"), EINVAL,
		 "no such policy");
	check_eq(order_replacement("fifo 0 0x10000 5"), EINVAL, "no frame");
	check_eq(order_replacement("fifo 65 0x10000 5"), EINVAL, "too many");
	check_eq(order_replacement("fifo 3 0x10001 5"), EINVAL,
		 "an odd address");
	check_eq(order_replacement("fifo 3 0x10000 0"), EINVAL, "no page");
	check_eq(order_replacement("fifo 3 nowhere 5"), EINVAL, "no number");
	check_eq(order_replacement("fifo 3"), EINVAL, "words are missing");
	check_eq(order_replacement("\n"), EINVAL, "an empty line");
	check_eq(order_replacement("off"), 0, "off, and off again");
	check_eq(in_child(tells_without_right, NULL), EPERM << 8,
		 "not without CAP_SYS_ADMIN");
}

int main(void)
{
	if (access(DISK, R_OK))
		return tap_skip_all("there is no disk");
	if (access(LAB, R_OK))
		return tap_skip_all("this kernel has no laboratory");
	write_header(good_header());
	check_eq(syscall(SYS_swapon, DISK, 0), 0, "swapon");
	at = mmap(NULL, 16 * PG, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (unsigned i = 0; i < 16; i++)
		at[i * PG] = (char)i;
	belady();
	favourite();
	bad_input();
	check_eq(syscall(SYS_swapoff, DISK), 0, "swapoff");
	return tap_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * Programs for several machines in one file (row E16): the record of this
 * machine is found wherever it stands, and runs as if it were alone, with its
 * own name; what is cut, unsound or of other machines only is no program.  The
 * file is made of this program.
 */
#include <elf.h>
#include <sys/stat.h>
#include "../../texts.h"

#define NARROW	"/proc/sys/abi/rv32"
#define RECORDS	3
#define FAT	"./fat"

struct record {
	unsigned short machine;
	unsigned char abi, abi_version, class, order, reserved[2];
	unsigned long long offset, size;
};

static struct {
	unsigned magic;
	unsigned short version;
	unsigned char records, reserved;
	struct record record[RECORDS];
	char rest[PG - 8 - RECORDS * sizeof(struct record)];
} head;

static Elf_Ehdr own;
static long own_size;

static struct record of_this(unsigned long long offset)
{
	return (struct record){
		.machine = own.e_machine, .class = own.e_ident[4],
		.order = own.e_ident[5], .offset = offset,
		.size = (unsigned long long)own_size,
	};
}

static struct record of_other(unsigned long long offset)
{
	struct record r = of_this(offset);

	r.machine = 40;			/* EM_ARM */
	return r;
}

/* Two pages of another machine's, then this program. */
static void make_head(void)
{
	head.magic = 0x1f0e70fa;
	head.version = 1;
	head.records = RECORDS;
	head.record[0] = of_other(PG);
	head.record[0].size = 2 * PG;
	head.record[1] = of_this(3 * PG);
	head.record[2] = of_other(PG);
	head.record[2].size = 1;
}

/* begin: where a program is put. => its bytes */
static long put_program(const char *path, long begin)
{
	static char buf[65536];
	int in = open(path, O_RDONLY);
	int out = open(FAT, O_RDWR | O_CREAT, 0755);
	struct stat st = { .st_size = 0 };
	ssize_t n;

	fstat(in, &st);
	pwrite(out, &head, sizeof(head), 0);
	for (long at = begin; (n = read(in, buf, sizeof(buf))) > 0; at += n)
		pwrite(out, buf, (size_t)n, at);
	close(in);
	close(out);
	return (long)st.st_size;
}

static void exec_fat(void *arg)
{
	char *argv[] = { "fat", arg, NULL }, *envp[] = { NULL };

	execve(FAT, argv, envp);
	_exit(errno);
}

static int run_as(char *arg)
{
	int status = in_child(exec_fat, arg);

	return status & 0x7f ? -(status & 0x7f) : status >> 8;
}

static int run_own_child(void)
{
	return run_as("-child");
}

static int run_with_head(void)
{
	int fd = open(FAT, O_WRONLY), status;

	pwrite(fd, &head, sizeof(head), 0);
	close(fd);
	status = run_own_child();
	make_head();
	return status;
}

/* What the program sees of itself.  => exit status */
static int check_own_image(char **argv)
{
	static char zero[3 * PG];
	static char text[] = "data";
	char link[256];
	ssize_t n = readlink("/proc/self/exe", link, sizeof(link) - 1);
	const Elf_Ehdr *eh = (void *)(getauxval(AT_PHDR) & ~(PG - 1));

	link[n > 0 ? n : 0] = 0;
	for (int i = 0; i < (int)sizeof(zero); i++)
		if (zero[i])
			return 1;
	text[0] = 'D';			/* data is writable, and its own */
	if (strcmp(text, "Data") || memcmp(eh->e_ident, "\177ELF", 4))
		return 2;
	if (n > 0 && !strstr(link, "/fat"))
		return 3;
	return strcmp(argv[0], "fat") ? 4 : 42;
}

static void refuse_bad_images(void)
{
	static const struct {
		const char *name;
		unsigned long long offset, size;
	} places[] = {
		{ "at no page", 3 * PG + 8, PG }, { "nowhere", 0, PG },
		{ "of no size", 3 * PG, 0 },
		{ "past the end", 1ull << 40, PG },
		{ "longer than the file", 3 * PG, 1ull << 40 },
		{ "as far as numbers go", -(unsigned long long)PG, PG },
		{ "where none is", PG, PG },
	};

	for (int i = 0; i < COUNT(places); i++) {
		head.record[1].offset = places[i].offset;
		head.record[1].size = places[i].size;
		check_eq(run_with_head(), ENOEXEC, "a program %s",
			 places[i].name);
	}
	head.records = 1;
	check_eq(run_with_head(), ENOEXEC, "of another machine only");
	head.records = 0;
	check_eq(run_with_head(), ENOEXEC, "none");
	head.version = 2;
	check_eq(run_with_head(), ENOEXEC, "another version");
	head.record[1].class ^= 3;
	check_eq(run_with_head(), ENOEXEC, "another word size");
	head.record[1].order = 2;
	check_eq(run_with_head(), ENOEXEC, "the other byte order");
	head.records = 255;
	head.record[1] = of_other(PG);
	check_eq(run_with_head(), ENOEXEC, "many of no machine");
	check_eq(run_with_head(), 42, "the sound one still runs");
}

/* Neither several again nor a script stands in the place of a program. */
static int run_with(const void *bytes, size_t n)
{
	int fd = open(FAT, O_WRONLY);

	pwrite(fd, bytes, n, 3 * PG);
	close(fd);
	return run_own_child();
}

static int run_cut(long size)
{
	truncate(FAT, size);
	return run_own_child();
}

static void nest_images(void)
{
	check_eq(run_with(&head, sizeof(head)), ENOEXEC,
		 "several in one of several");
	check_eq(run_with("#!/bin/echo\n", 12), ENOEXEC,
		 "a script in one of several");
	check_eq(run_cut(20), ENOEXEC, "a file cut in its records");
	check_eq(run_cut(6), ENOEXEC, "and in its head");
}

/*
 * The kernel may run programs of another word size, of which it takes one only
 * where there is none of its own.  That of test/rv32 tries the rule `time`.
 */
static void other_width(long begin)
{
	static char path[256], was[16];
	struct record narrow;

	snprintf(path, sizeof(path), "%s", tap_self);
	strcpy(strrchr(path, '/'), "/rv32_trial.elf");
	if (access(path, X_OK)) {
		tap_skip("another word size", "this machine has one");
		return;
	}
	narrow = of_this(begin);
	narrow.class ^= 3;
	narrow.size = (unsigned long long)put_program(path, begin);
	head.record[0] = narrow;
	check_eq(run_with_head(), 42, "its own word size comes first");
	head.record[0] = of_other(PG);
	head.record[1] = narrow;
	put_program(path, begin);
	text_read(NARROW, was, sizeof(was));
	text_set(NARROW, "0");
	check_eq(run_as("time"), ENOEXEC, "the other one is none while off");
	text_set(NARROW, "1");
	check_eq(run_as("time"), 0, "the other one if it is alone");
	text_set(NARROW, was);
	make_head();
}

int main(int argc, char **argv)
{
	struct stat st;
	int fd;

	if (argc > 1 && !strcmp(argv[1], "-child"))
		return check_own_image(argv);
	tap_find_self(argv[0]);
	tap_scratch("fatelf");
	fd = open(tap_self, O_RDONLY);
	read(fd, &own, sizeof(own));
	fstat(fd, &st);
	own_size = (long)st.st_size;
	close(fd);
	make_head();
	put_program(tap_self, 3 * PG);
	if (access("/proc/lectern", F_OK))
		return tap_skip_all("Linux has no such format");
	check_eq(run_own_child(), 42, "the program of this machine runs");
	head.record[0] = of_this(3 * PG);
	head.record[1].offset = 1;
	check_eq(run_with_head(), 42, "the first of two counts");
	other_width((3 * PG + own_size + PG - 1) & ~(PG - 1));
	refuse_bad_images();
	nest_images();
	unlink(FAT);
	tap_scratch_end();
	return tap_done();
}

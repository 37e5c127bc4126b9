/* SPDX-License-Identifier: MIT */
/*
 * Programs of 32 bits on RISC-V of 64 (row E15).  Their rules are tried from
 * inside by test/rv32/trial.c, one after the other; here are their ends, who
 * starts them, files that are none, random ones, a tracer, and that all of it
 * is given back.
 */
#include <elf.h>
#include <spawn.h>
#include <sys/mount.h>
#include "image.h"
#include "texts.h"

/* The headers of the other width, which our own <elf.h> has not. */
typedef struct {
	unsigned char e_ident[16];
	uint16_t e_type, e_machine;
	uint32_t e_version, e_entry, e_phoff, e_shoff, e_flags;
	uint16_t e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum;
	uint16_t e_shstrndx;
} Head32;

typedef struct {
	uint32_t p_type, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz;
	uint32_t p_flags, p_align;
} Segment32;

static char trial[128];
static char was[16];			/* of SWITCH */
static int is_ours;

#define SWITCH	"/proc/sys/abi/rv32"

/* ---- starting one -------------------------------------------------------- */

static void become_rv32(const char *path, const char *rule)
{
	char *argv[] = { (char *)path, (char *)rule, tap_self, NULL };
	char *start[] = { (char *)path, "start", "two words", "", NULL };
	char *envp[] = { "A=b", "C=", NULL };

	execve(path, strcmp(rule, "start") ? argv : start, envp);
	_exit(errno);
}

static void become_rv32_trial(void *rule)
{
	become_rv32(trial, rule);
}

static void become_rv32_file(void *path)
{
	become_rv32(path, "start");
}

static void become_led(void *rule)
{
	become_rv32("./led", rule);
}

static void try_rule(const char *name)
{
	int r = output_of(become_rv32_trial, (void *)name, out, sizeof(out));

	if (r || strcmp(out, "passed\n"))
		printf("# status %d: %s", r, out);
	check(!r && !strcmp(out, "passed\n"), "%s", name);
}

static void try_rv32_rules(void)
{
	static const char *const rules[] = {
		"words", "start", "memory", "remap", "brk", "large", "fork",
		"exec", "pointers", "time", "uname",
		"signals", "fault", "altstack", "restart", "fcntl",
	};

	for (int i = 0; i < COUNT(rules); i++)
		try_rule(rules[i]);
	/* Linux's own table has more for such programs than riscv32's */
	if (is_ours)
		try_rule("unknown");
}

static void try_ends(void)
{
	static const struct { const char *rule; int sig; } ends[] = {
		{ "segv", SIGSEGV }, { "high", SIGSEGV }, { "jump", SIGSEGV },
		{ "wide", SIGILL }, { "forged", SIGSEGV },
		{ "no_room", SIGSEGV },
	};

	for (int i = 0; i < COUNT(ends); i++)
		check_eq(in_child(become_rv32_trial, (void *)ends[i].rule) &
				 0x7f,
			 ends[i].sig, "ends by a signal: %s", ends[i].rule);
}

/* ---- who starts them ----------------------------------------------------- */

static void try_spawn(void)
{
	/* whose calls have other numbers with 64 bits, or words */
	char *argv[] = { trial, "large", NULL }, *envp[] = { NULL };
	int status = -1;
	pid_t pid;

	if (!is_ours)
		return;
	check_ok(pid = spawn(trial, argv, envp, NULL, 0, NULL), "spawn");
	waitpid(pid, &status, 0);
	check_eq(status, 0, "it passes");
}

/* The interpreter of a script, and the program of one that is one. */
static void try_script(void)
{
	char text[160];

	snprintf(text, sizeof(text), "#!%s time\n", trial);
	put_file("script", text, strlen(text), 0755);
	check_eq(starts("./script"), 0, "of 32 bits for a script");
	snprintf(text, sizeof(text), "#!%s/script\n", tap_dir);
	put_file("second", text, strlen(text), 0755);
	check_eq(starts("./second"), 0, "and for a script's script");
	unlink("script");
	unlink("second");
}

static void become_opened(void *unused)
{
	become_rv32("opened", "two words");
}

/* Of a file that a registered format opens for it. */
static void try_opened(void)
{
	static const char file[] = "LTNARROW";
	char text[200];
	int r;

	if (mkdir("misc", 0755) ||
	    mount("binfmt_misc", "misc", "binfmt_misc", 0, NULL))
		return tap_skip("its file open", "binfmt_misc");
	put_file("opened", file, strlen(file), 0755);
	snprintf(text, sizeof(text), ":narrow:M::LTNARROW::%s:O", trial);
	check_eq(text_set("misc/register", text), 0, "registered");
	r = output_of(become_opened, NULL, out, sizeof(out));
	check(!r && !strcmp(out, "passed\n"), "it has the file open");
	check_eq(text_set("misc/narrow", "-1"), 0, "and gone");
	umount2("misc", 0);
	rmdir("misc");
	unlink("opened");
}

/* ---- the switch ---------------------------------------------------------- */

static void set_as_user(void *value)
{
	if (setresuid(1000, 1000, 1000))
		_exit(1);
	_exit(text_set(SWITCH, value) == EACCES ? 0 : 2);
}

/* While it is off such a file is no program, whoever leads to it. */
static void try_switch(void)
{
	char text[160];

	if (!is_ours)
		return;
	snprintf(text, sizeof(text), "#!%s time\n", trial);
	put_file("script", text, strlen(text), 0755);
	check_eq(text_set(SWITCH, "0"), 0, "switched off");
	check_eq(starts(trial), ENOEXEC, "it is no program");
	check_eq(starts("./script"), ENOEXEC, "nor a script's interpreter");
	check_eq(text_set(SWITCH, "2"), EINVAL, "off and on is all");
	check_eq(in_child(set_as_user, "1"), 0, "root says");
	check_eq(starts(trial), ENOEXEC, "still none");
	check_eq(text_set(SWITCH, "1"), 0, "switched on");
	check_eq(starts(trial), 0, "it runs");
	check_eq(starts("./script"), 0, "for a script, too");
	unlink("script");
}

/* ---- files --------------------------------------------------------------- */

static Head32 *image_head32(void)
{
	return (void *)image;
}

/* The i-th to be loaded. */
static Segment32 *loaded_segment(int i)
{
	Segment32 *p = (void *)(image + image_head32()->e_phoff);

	for (;; p++)
		if (p->p_type == PT_LOAD && i-- == 0)
			return p;
}

/* The image with one field changed, which then is as before. */
#define CHANGED(field, value, wrong, what)	do {			\
	__typeof__(field) old_ = (field);				\
	int r_;								\
	(field) = (__typeof__(field))(value);				\
	r_ = starts_image();						\
	(field) = old_;							\
	printf("# %s: %d\n", what, r_);					\
	check(wrong ? r_ == wrong : r_ && r_ != 1000, what);		\
} while (0)

static void try_bad_rv32_files(void)
{
	CHANGED(image_head32()->e_machine, 40, ENOEXEC, "another machine's");
	CHANGED(image_head32()->e_ident[4], 2, ENOEXEC, "the other width");
	CHANGED(image_head32()->e_ident[4], 3, ENOEXEC, "no width");
	CHANGED(image_head32()->e_ident[0], 0, ENOEXEC, "no ELF");
	CHANGED(image_head32()->e_type, 1, ENOEXEC, "an object");
	CHANGED(image_head32()->e_phnum, 0, ENOEXEC, "no segments");
	CHANGED(image_head32()->e_phentsize, 56, ENOEXEC,
		"headers of the other width");
	CHANGED(image_head32()->e_phoff, -1, 0, "headers nowhere");
	CHANGED(image_head32()->e_phoff, image_size - 1, 0, "headers cut");
	CHANGED(loaded_segment(0)->p_memsz, 0, 0, "less memory than file");
	CHANGED(loaded_segment(1)->p_vaddr,
		0x80000000 + loaded_segment(1)->p_vaddr, 0, "beyond the end");
	CHANGED(loaded_segment(1)->p_vaddr,
		0xfffff000 + loaded_segment(1)->p_vaddr % PG, 0,
		"at the end of 4 GiB");
	CHANGED(loaded_segment(1)->p_memsz, 0xf0000000, 0, "larger than all");
	CHANGED(loaded_segment(1)->p_memsz, 0x7fff0000, 0, "into the end");
	CHANGED(loaded_segment(1)->p_offset, loaded_segment(1)->p_offset + 1, 0,
		"out of step with its pages");
	CHANGED(image_head32()->e_entry, 0xfffffffe, -SIGSEGV,
		"an entry nowhere");
	check_eq(starts_image(), 0, "and the whole one runs");
	unlink("bad");
}

/* Bytes of the headers at random: whatever comes, it ends, and the next runs. */
static void try_random_rv32_files(void)
{
	static char keep[256];
	unsigned seed = 1, ran = 0;

	memcpy(keep, image, sizeof(keep));
	for (int i = 0; i < 150; i++) {
		for (int k = 0; k < 1 + i % 4; k++) {
			seed = seed * 1103515245 + 12345;
			image[16 + (seed >> 8) % 160] ^=
				(char)(1 << (seed >> 24) % 8);
		}
		ran += starts_image() == 0;
		memcpy(image, keep, sizeof(keep));
	}
	printf("# %u of them ran\n", ran);
	check_eq(starts_image(), 0, "after random files");
	unlink("bad");
}

/* ---- an interpreter ------------------------------------------------------ */

/* The image with a name of an interpreter, in a header that nobody needs. */
static int starts_with(const char *name, const char *rule)
{
	Segment32 *p = (void *)(image + image_head32()->e_phoff), keep;
	int r;

	while (p->p_type == PT_LOAD)
		p++;
	keep = *p;
	*p = (Segment32){ .p_type = PT_INTERP, .p_offset = image_size,
		.p_filesz = strlen(name) + 1 };
	memcpy(image + image_size, name, strlen(name) + 1);
	put_file("led", image, image_size + strlen(name) + 1, 0755);
	*p = keep;
	r = output_of(become_led, (void *)rule, out, sizeof(out));
	return r;
}

static void try_interp(void)
{
	char interp[160];

	snprintf(interp, sizeof(interp), "%s", trial);
	strcpy(strrchr(interp, '/'), "/rv32_interp.elf");
	if (access(interp, X_OK))
		return;
	check_eq(starts_with(interp, "interp"), 0, "with an interpreter");
	check(!strcmp(out, "interp\npassed\n"), "which comes first");
	check_eq(starts_with(tap_self, "interp"), ELIBBAD,
		 "an interpreter of the other width");
	check_eq(starts_with("/nowhere", "interp"), ENOENT, "none");
	/* it lies where the program did, as on Linux, and does its part */
	check_eq(starts_with("./led", "words"), 0, "itself");
	check(!strcmp(out, "passed\n"), "which runs");
	unlink("led");
}

/* ---- from outside -------------------------------------------------------- */

static void become_traced_rv32(void)
{
	int fd = open("said", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	dup2(fd, 1);
	become_rv32(trial, "fork");
}

/* What the first of all leaves in caches is there; then all again. */
static void try_rv32_leaks(void)
{
	if (audit_take())
		return;
	for (int i = 0; i < 3; i++) {
		static char *const some[] = { "memory", "large", "exec",
					      "segv", "pointers" };

		for (int k = 0; k < COUNT(some); k++)
			output_of(become_rv32_trial, some[k], out, sizeof(out));
		CHANGED(loaded_segment(1)->p_vaddr, 0xfffff000, 0,
			"a bad file");
		CHANGED(image_head32()->e_machine, 40, ENOEXEC,
			"another bad file");
	}
	unlink("bad");
	check(audit_same(64), "all is given back");
}

int main(int argc, char **argv)
{
	char *slash;

	if (argc > 1)		/* trial exec starts this */
		return argc == 3 && !strcmp(argv[1], "wide") &&
			!strcmp(argv[2], "x") ? 9 : 1;
	become_program_in = become_rv32_file;
	tap_find_self(argv[0]);
	snprintf(trial, sizeof(trial), "%s", tap_self);
	slash = strrchr(trial, '/');
	snprintf(slash, sizeof(trial) - (size_t)(slash - trial),
		 "/rv32_trial.elf");
	if (access(trial, X_OK))
		return tap_skip_all("this machine has one width");
	is_ours = !access("/proc/lectern", F_OK);
	text_read(SWITCH, was, sizeof(was));
	/* Linux may be built without them */
	if (!is_ours && starts(trial) == ENOEXEC)
		return tap_skip_all("this kernel runs no such programs");
	tap_scratch("rv32");
	read_image(trial);
	try_switch();
	try_rv32_rules();
	try_ends();
	try_spawn();
	try_script();
	try_opened();
	try_bad_rv32_files();
	try_random_rv32_files();
	try_interp();
	try_trace(become_traced_rv32, 10);
	try_rv32_leaks();
	text_set(SWITCH, was);
	tap_scratch_end();
	return tap_done();
}

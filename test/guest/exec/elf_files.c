/* SPDX-License-Identifier: MIT */
/*
 * ELF files made at run time, odd and hostile: each runs as its headers say
 * or is refused with the right errno, and the caller goes on unharmed (rows
 * A2, A6, D16, E8, E9).  Segments that cannot be mapped as they say end the
 * caller.  Linux destroys its memory before it maps any, so where memory or
 * rights are missing, too, death of the child counts as refusal.
 */
#include <elf.h>
#include "random.h"

#define BASE	0x400000UL
#define MAXPH	6

#if defined(__riscv)
/* li a0, code; li a7, 93; ecall */
static const unsigned int exit_code[] = {
	0x00000513, 0x05d00893, 0x00000073
};
#define CODE_PATCH(c, v)	((c)[0] = 0x513 | (unsigned int)(v) << 20)
/* lui a1, addr; lw a0, off(a1); li a7, 93; ecall */
static void code_load(unsigned int *c, unsigned int addr)
{
	c[0] = 0x5b7 | ((addr + 0x800) & 0xfffff000);
	c[1] = 0x0005a503 | (addr & 0xfff) << 20;
	c[2] = 0x05d00893;
	c[3] = 0x00000073;
}
/* lui a1, addr; sw a0, off(a1); then exit 0 */
static void code_store(unsigned int *c, unsigned int addr)
{
	c[0] = 0x5b7 | ((addr + 0x800) & 0xfffff000);
	c[1] = 0x00a5a023 | (addr & 0x1f) << 7 | (addr & 0xfe0) << 20;
	c[2] = 0x00000513;
	c[3] = 0x05d00893;
	c[4] = 0x00000073;
}
#elif defined(__aarch64__)
/* mov x0, code; mov x8, 93; svc 0 */
static const unsigned int exit_code[] = {
	0xd2800000, 0xd2800ba8, 0xd4000001
};
#define CODE_PATCH(c, v)	((c)[0] = 0xd2800000 | (unsigned int)(v) << 5)
/* mov x1, addr; the access at 0 from there; the rest */
static void code_access(unsigned int *c, unsigned int addr, unsigned int op)
{
	c[0] = 0xd2800001 | (addr & 0xffff) << 5;
	c[1] = 0xf2a00001 | addr >> 16 << 5;
	c[2] = op;
}
/* ldr w0, [x1]; mov x8, 93; svc 0 */
static void code_load(unsigned int *c, unsigned int addr)
{
	code_access(c, addr, 0xb9400020);
	c[3] = 0xd2800ba8;
	c[4] = 0xd4000001;
}
/* str w0, [x1]; then exit 0 */
static void code_store(unsigned int *c, unsigned int addr)
{
	code_access(c, addr, 0xb9000020);
	c[3] = 0xd2800000;
	c[4] = 0xd2800ba8;
	c[5] = 0xd4000001;
}
#else
/* mov ebx, code; mov eax, 1; int 0x80 */
static const unsigned int exit_code[] = {
	0x000000bb, 0x0001b800, 0x80cd0000
};
#define CODE_PATCH(c, v)	((c)[0] = 0xbb | (unsigned int)(v) << 8)
/* mov ebx, [addr]; mov eax, 1; int 0x80 */
static void code_load(unsigned int *c, unsigned int addr)
{
	unsigned char b[16] = { 0x8b, 0x1d, 0, 0, 0, 0, 0xb8, 1, 0, 0, 0,
				0xcd, 0x80 };

	memcpy(b + 2, &addr, 4);
	memcpy(c, b, 16);
}
/* mov [addr], eax; mov ebx, 0; mov eax, 1; int 0x80 */
static void code_store(unsigned int *c, unsigned int addr)
{
	unsigned char b[20] = { 0xa3, 0, 0, 0, 0, 0xbb, 0, 0, 0, 0,
				0xb8, 1, 0, 0, 0, 0xcd, 0x80 };

	memcpy(b + 1, &addr, 4);
	memcpy(c, b, 20);
}
#endif

/* An image in memory: headers and code in page 0, data from page 1 on. */
static struct image {
	union {
		unsigned char bytes[16384];
		struct {
			Elf_Ehdr eh;
			Elf_Phdr ph[MAXPH];
			unsigned int code[8];
		};
	};
	size_t size;
} im;

/* A program of one segment that exits with `status`. */
static void build_plain(int status)
{
	memset(&im, 0, sizeof(im));
	memcpy(im.eh.e_ident, "\177ELF", 4);
	im.eh.e_ident[4] = ELFCLASS_NATIVE;
	im.eh.e_ident[5] = ELFDATA2LSB;
	im.eh.e_ident[6] = 1;
	im.eh.e_type = ET_EXEC;
	im.eh.e_machine = ARCH_ELF_MACHINE;
	im.eh.e_version = 1;
	im.eh.e_entry = BASE + offsetof(struct image, code);
	im.eh.e_phoff = offsetof(struct image, ph);
	im.eh.e_ehsize = sizeof(Elf_Ehdr);
	im.eh.e_phentsize = sizeof(Elf_Phdr);
	im.eh.e_phnum = 1;
	im.ph[0] = (Elf_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
			       .p_vaddr = BASE, .p_filesz = PG,
			       .p_memsz = PG, .p_align = PG };
	memcpy(im.code, exit_code, sizeof(exit_code));
	CODE_PATCH(im.code, status);
	im.size = PG;
}

static Elf_Phdr *add_segment(unsigned int type, unsigned int flags, size_t off,
			     unsigned long va, size_t filesz, size_t memsz)
{
	Elf_Phdr *ph = &im.ph[im.eh.e_phnum++];

	*ph = (Elf_Phdr){ .p_type = type, .p_flags = flags, .p_offset = off,
			  .p_vaddr = va, .p_filesz = filesz,
			  .p_memsz = memsz, .p_align = PG };
	return ph;
}

/* => exit status, -signal, or 1000 + errno of exec */
static int run_file(const char *path)
{
	pid_t pid;
	int p[2], st, err = 0;

	pipe2(p, O_CLOEXEC);
	pid = fork();
	if (pid == 0) {
		alarm(100);
		execv(path, (char *[]){ (char *)path, NULL });
		err = errno;
		write(p[1], &err, sizeof(err));
		_exit(0);
	}
	close(p[1]);
	read(p[0], &err, sizeof(err));
	close(p[0]);
	waitpid(pid, &st, 0);
	if (err)
		return 1000 + err;
	return WIFSIGNALED(st) ? -WTERMSIG(st) : WEXITSTATUS(st);
}

static int run_image(void)
{
	put_file("elf", im.bytes, im.size, 0755);
	return run_file("elf");
}

/* Where the program of the last run begins: it is stopped by its exec. */
static unsigned long pie_place(void)
{
	char path[32], line[64] = "";
	int st, fd;
	pid_t pid = fork();

	if (pid == 0) {
		syscall(SYS_ptrace, 0, 0, 0, 0);	/* PTRACE_TRACEME */
		execv("elf", (char *[]){ "elf", NULL });
		_exit(99);
	}
	waitpid(pid, &st, 0);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	fd = open(path, O_RDONLY);
	read(fd, line, sizeof(line) - 1);
	close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
	return strtoul(line, NULL, 16);
}

static int is_refusal(int r)
{
	return r == 1000 + ENOEXEC || r == 1000 + EINVAL ||
	       r == 1000 + ENOMEM || r == 1000 + EIO || r == 1000 + EPERM ||
	       r == 1000 + EFAULT || r == -SIGSEGV || r == -SIGKILL;
}

static void bad_headers(void)
{
	build_plain(42);
	check_eq(run_image(), 42, "the plain image runs");
	im.eh.e_ident[0] = 'X';
	check_eq(run_image(), 1000 + ENOEXEC, "magic");
	build_plain(42);
	im.eh.e_machine = 0x1234;
	check_eq(run_image(), 1000 + ENOEXEC, "machine");
	build_plain(42);
	im.eh.e_type = 1;
	check_eq(run_image(), 1000 + ENOEXEC, "a relocatable object");
	build_plain(42);
	im.eh.e_type = 4;
	check_eq(run_image(), 1000 + ENOEXEC, "a core file");
	build_plain(42);
	im.eh.e_phentsize++;
	check_eq(run_image(), 1000 + ENOEXEC, "size of a program header");
	build_plain(42);
	im.eh.e_phnum = 0;
	check_eq(run_image(), 1000 + ENOEXEC, "no program headers");
	build_plain(42);
	im.eh.e_phnum = 65535;
	check_eq(run_image(), 1000 + ENOEXEC, "65535 program headers");
	build_plain(42);
	im.eh.e_phoff = 1 << 20;
	check_eq(run_image(), 1000 + ENOEXEC,
		 "program headers beyond the file");
	build_plain(42);
	im.eh.e_phoff = ~0UL - 8;
	check_eq(run_image(), 1000 + ENOEXEC,
		 "program headers at a wild offset");
	build_plain(42);
	im.eh.e_entry = 8;
	check_eq(run_image(), -SIGSEGV, "entry at nothing");
	im.eh.e_entry = ~0xfffUL;
	check(is_refusal(run_image()), "entry in the kernel");
}

/* The machine says how a file is to be read; Linux asks for no more. */
static void ignored_bytes(void)
{
	build_plain(24);
	im.eh.e_ident[5] = ELFDATA2LSB + 1;
	check_eq(run_image(), 24,
		 "a byte order that is not the machine's is ignored");
	build_plain(25);
	im.eh.e_ident[6] = 9;
	check_eq(run_image(), 25, "... an identification's version");
	build_plain(26);
	memset(im.eh.e_ident + 7, 0xaa, 9);
	check_eq(run_image(), 26,
		 "... a system, its version and what is behind");
	build_plain(27);
	im.eh.e_version = 7;
	im.eh.e_ehsize = 3;
	im.eh.e_flags = ~0U;
	im.eh.e_shnum = im.eh.e_shentsize = 0xffff;
	check_eq(run_image(), 27, "... a file's version, flags and sections");
	build_plain(28);
	im.eh.e_ident[4] = ELFCLASS_NATIVE == 1 ? 2 : 1;
	check_eq(run_image() == 28, ARCH_ELF_ANY_CLASS, "another width");
	im.eh.e_ident[4] = 0;
	check_eq(run_image() == 28, ARCH_ELF_ANY_CLASS, "or none");
#ifdef __i386__
	build_plain(29);
	im.eh.e_machine = 6;	/* EM_486 */
	check_eq(run_image(), 29, "a machine's other number");
#endif
}

static void short_files(void)
{
	int odd = 0;

	for (size_t n = 0; n < offsetof(struct image, code) + 12; n++) {
		int r;

		build_plain(42);
		im.size = n;
		r = run_image();
		if (n < sizeof(Elf_Ehdr) + sizeof(Elf_Phdr)
		    ? r != 1000 + ENOEXEC : r < 0 && !is_refusal(r) && r != -4)
			odd++;
		unlink("elf");
	}
	check_eq(odd, 0, "a file cut at any byte");
}

/* A program like build_plain()'s, out of that one's way. */
static void interpreter(int status)
{
	build_plain(status);
	im.eh.e_entry += 0x1000000;
	im.ph[0].p_vaddr += 0x1000000;
}

/* A program with that interpreter. */
static void names_interpreter(const char *path)
{
	size_t at = offsetof(struct image, code) + 64, n = strlen(path) + 1;

	build_plain(1);
	add_segment(PT_INTERP, PF_R, at, BASE + at, n, n);
	memcpy(im.bytes + at, path, n);
}

static void exit_by(int sig)
{
	_exit(sig);
}

/* Run an image that cannot be mapped, with a handler for what then comes. */
static void caught_segv(void *unused)
{
	build_plain(42);
	add_segment(PT_LOAD, PF_R, 1, BASE + 16 * PG, PG, PG);
	put_file("elf", im.bytes, im.size, 0755);
	signal(SIGSEGV, exit_by);
	execv("elf", (char *[]){ "elf", NULL });
	_exit(1);
}

static void bad_segments(void)
{
	build_plain(42);
	add_segment(PT_LOAD, PF_R, 0, BASE + 16 * PG, 2 * PG, PG);
	check_eq(run_image(), -SIGSEGV, "filesz above memsz");
	build_plain(42);
	add_segment(PT_LOAD, PF_R, 0, ~0UL - PG + 1, PG, PG);
	check_eq(run_image(), -SIGSEGV, "a segment in the last page");
	build_plain(42);
	add_segment(PT_LOAD, PF_R | PF_W, 0,
		    ~0UL << (sizeof(long) == 8 ? 38 : 30),
		    sizeof(long) == 8 ? PG : 0xffff0000UL - 0xc0000000UL + PG,
		    sizeof(long) == 8 ? PG : 0xffff0000UL - 0xc0000000UL + PG);
	check_eq(run_image(), -SIGSEGV, "a segment in the kernel");
	build_plain(42);
	add_segment(PT_LOAD, PF_R | PF_W, 0, BASE + 16 * PG, 0, ~0UL - PG);
	check_eq(run_image(), -SIGSEGV, "memsz that wraps");
	build_plain(42);
	add_segment(PT_LOAD, PF_R | PF_W, 0, BASE + 16 * PG, ~0UL - PG,
		    ~0UL - PG);
	check_eq(run_image(), -SIGSEGV, "filesz that wraps");
	build_plain(42);
	add_segment(PT_LOAD, PF_R, 1, BASE + 16 * PG, PG, PG);
	check_eq(run_image(), -SIGSEGV, "offset and address disagree");
	build_plain(42);
	im.eh.e_phnum = 1;
	im.ph[0].p_type = PT_NULL;
	check_eq(run_image(), -SIGSEGV, "nothing to load");
	names_interpreter("./none");
	add_segment(PT_LOAD, PF_R, 1, BASE + 16 * PG, PG, PG);
	check_eq(run_image(), 1000 + ENOENT,
		 "... is seen after a missing interpreter");
	interpreter(43);
	add_segment(PT_LOAD, PF_R, 1, BASE + 16 * PG, PG, PG);
	put_file("interp", im.bytes, im.size, 0755);
	names_interpreter("./interp");
	check_eq(run_image(), -SIGSEGV, "an interpreter's segment");
	unlink("interp");
	check_eq(in_child(caught_segv, NULL), SIGSEGV,
		 "a handler of the caller's does not help");
}

static void layouts(void)
{
	unsigned long va = BASE + 16 * PG;

	build_plain(0);
	add_segment(PT_LOAD, PF_R | PF_W, PG + 0x123, va + 0x123, 8, 3 * PG);
	im.size = 2 * PG;
	memset(im.bytes + PG, 0x55, PG);
	im.bytes[PG + 0x124] = 77;
	code_load(im.code, (unsigned int)va + 0x124);
	check_eq(run_image(), 77, "an unaligned segment: its data");
	code_load(im.code, (unsigned int)va + 0x12b);
	check_eq(run_image(), 0, "its .bss in the same page is zero");
	code_load(im.code, (unsigned int)va + PG - 4);
	check_eq(run_image(), 0, "up to the page's end");
	code_load(im.code, (unsigned int)(va + 3 * PG) + 0x100);
	check_eq(run_image(), 0, "its last page too");
	code_store(im.code, (unsigned int)va + 0x124);
	check_eq(run_image(), 0, "and it can be written");
	code_store(im.code, (unsigned int)BASE + 4);
	check_eq(run_image(), -SIGSEGV, "text cannot");
	build_plain(0);
	add_segment(PT_LOAD, PF_R | PF_W, 0, va, 0, PG);
	code_store(im.code, (unsigned int)va + 8);
	check_eq(run_image(), 0, "a segment of .bss only");
	im.ph[1].p_flags = PF_R;
	check_eq(run_image(), 0, "can be written whatever its flags say");
	build_plain(0);
	add_segment(PT_LOAD, 0, PG, va, PG, PG);
	im.size = 2 * PG;
	code_load(im.code, (unsigned int)va);
	check_eq(run_image(), -SIGSEGV, "a segment that asks for no right");
	build_plain(21);
	add_segment(PT_LOAD, PF_R | PF_W, 0, va, 0, 0);
	check_eq(run_image(), 21, "a segment of no bytes");
	build_plain(22);
	add_segment(PT_NOTE, PF_R, 0xffffff00, 0, 0xffff, 0);
	add_segment(0x12345678, 7, ~0UL, ~0UL, ~0UL, ~0UL);
	check_eq(run_image(), 22, "unknown segments are ignored");
	build_plain(23);
	im.eh.e_type = ET_DYN;
	im.eh.e_entry -= BASE;
	im.ph[0].p_vaddr = 0;
	check_eq(run_image(), 23, "a static PIE");
	check(pie_place() > (sizeof(long) == 8 ? 45UL << 32 : 10UL << 28),
	      "... is placed among mappings");
	build_plain(0);
	add_segment(PT_LOAD, PF_R | PF_W, PG, va, PG, PG);
	add_segment(PT_LOAD, PF_R | PF_W, 2 * PG, va + PG, PG, PG);
	im.size = 3 * PG;
	im.bytes[PG] = 1;
	im.bytes[2 * PG] = 2;
	code_load(im.code, (unsigned int)(va + PG));
	check_eq(run_image(), 2, "two segments side by side");
}

/* It is another kind of program than the one that names it. */
static void odd_interpreters(void)
{
	size_t at = offsetof(struct image, code) + 64;

	interpreter(44);
	im.eh.e_machine = 0x1234;
	put_file("interp", im.bytes, im.size, 0755);
	names_interpreter("./interp");
	check_eq(run_image(), 1000 + ELIBBAD,
		 "an interpreter of another machine");
	interpreter(45);
	im.eh.e_ident[4] = ELFCLASS_NATIVE == 1 ? 2 : 1;
	put_file("interp", im.bytes, im.size, 0755);
	names_interpreter("./interp");
	check_eq(run_image(), ARCH_ELF_ANY_CLASS ? 45 : 1000 + ELIBBAD,
		 "an interpreter of another width");
	interpreter(46);
	add_segment(PT_INTERP, PF_R, at, BASE + at, 8, 8);
	memcpy(im.bytes + at, "./other", 8);
	put_file("interp", im.bytes, im.size, 0755);
	names_interpreter("./interp");
	check_eq(run_image(), 46,
		 "what an interpreter names as its own is not asked");
	build_plain(
		47); /* where the program lies itself, but not all over it */
	im.ph[0].p_vaddr += PG;
	im.eh.e_entry += PG;
	put_file("interp", im.bytes, im.size, 0755);
	names_interpreter("./interp");
	im.ph[0].p_filesz = im.ph[0].p_memsz = 3 * PG;
	im.size = 3 * PG;
	check_eq(run_image(), 47,
		 "one of fixed addresses replaces the program's own");
	im.ph[0].p_vaddr = BASE + PG;
	im.ph[0].p_filesz = im.ph[0].p_memsz = PG;
	check_eq(run_image(), 47, "... or all of it");
	unlink("interp");
}

/* What a program without its interpreter is told. */
static void useless_interpreters(void)
{
	static const char text[200] = "text";
	int r;

	names_interpreter("./interp");
	put_file("interp", text, sizeof(text), 0755);
	check_eq(run_image(), 1000 + ELIBBAD, "text as interpreter");
	put_file("interp", "\177ELF", 4, 0755);
	check_eq(run_image(), 1000 + EIO, "an interpreter of half a header");
	put_file("interp", "", 0, 0755);
	check_eq(run_image(), 1000 + EIO, "... of nothing");
	interpreter(48);
	im.eh.e_phentsize++;
	put_file("interp", im.bytes, im.size, 0755);
	names_interpreter("./interp");
	check_eq(run_image(), 1000 + ELIBBAD, "one with odd program headers");
	interpreter(49);
	put_file("interp", im.bytes, sizeof(Elf_Ehdr), 0755);
	names_interpreter("./interp");
	check_eq(run_image(), 1000 + ELIBBAD, "... with none in the file");
	interpreter(50);
	im.eh.e_type = 1;
	put_file("interp", im.bytes, im.size, 0755);
	names_interpreter("./interp");
	r = run_image();	/* known before, or behind, the caller's end */
	check(r == 1000 + ELIBBAD || r == -SIGSEGV || r == -SIGKILL,
	      "a relocatable object as one");
	unlink("interp");
}

/* As long as a path may be: "./././.../interp". */
static void long_names(void)
{
	static char path[4096];
	size_t at = offsetof(struct image, code) + 64;

	for (size_t n = 4094; n < sizeof(path); n++) {
		memset(path, '/', n);
		for (size_t i = 0; i < n - 8; i += 2)
			path[i] = '.';
		memcpy(path + n - 7, "/interp", 8);
		interpreter(51);
		put_file("interp", im.bytes, im.size, 0755);
		names_interpreter(path);
		im.size = 2 * PG;
		check_eq(run_image(), 51, "an interpreter's name of %zu bytes",
			 n);
	}
	names_interpreter("");
	im.ph[1].p_filesz = 2;
	check_eq(run_image(), 1000 + EACCES,
		 "a name of none leads to a folder");
	names_interpreter("./interp");
	im.ph[1].p_offset = 1 << 20;
	check_eq(run_image(), 1000 + EIO, "a name beyond the file");
	im.ph[1].p_offset = im.size - 3;
	check_eq(run_image(), 1000 + EIO, "... half beyond it");
	if (sizeof(long) == 8) {
		im.ph[1].p_offset = ~0UL - 100;
		check_eq(run_image(), 1000 + EINVAL, "... before it");
	}
	im.ph[1].p_offset = at;
	unlink("interp");
}

static void interpreters(void)
{
	static const char path[] = "./interp";
	size_t at = offsetof(struct image, code) + 64;

	interpreter(43);
	put_file("interp", im.bytes, im.size, 0755);
	names_interpreter(path);
	check_eq(run_image(), 43, "the named interpreter runs in its place");
	im.bytes[at + 3] = 'x';
	check_eq(run_image(), 1000 + ENOENT, "a missing interpreter");
	memcpy(im.bytes + at, "./.\0xxxx", 8);
	check_eq(run_image(), 1000 + EACCES, "a folder as interpreter");
	memcpy(im.bytes + at, path, sizeof(path));
	im.bytes[at + 8] = 'x';
	check_eq(run_image(), 1000 + ENOEXEC, "a name without its NUL");
	im.ph[1].p_filesz = 1;
	check_eq(run_image(), 1000 + ENOEXEC, "a name of no length");
	im.ph[1].p_filesz = 5000;
	check_eq(run_image(), 1000 + ENOEXEC, "a name too long");
	im.ph[1].p_filesz = sizeof(path);
	memcpy(im.bytes + at, path, sizeof(path));
	put_file("interp", im.bytes, im.size, 0644);
	check_eq(run_image(), 1000 + EACCES, "an interpreter that may not run");
	unlink("interp");
}

static void run_busy_file(void)
{
	int fd;

	build_plain(5);
	put_file("elf", im.bytes, im.size, 0755);
	fd = open("elf", O_RDWR);
	check_eq(run_file("elf"), 1000 + ETXTBSY, "open for writing: ETXTBSY");
	close(fd);
	check_eq(run_file("elf"), 5, "closed: it runs");

	check(open("/proc/self/exe", O_WRONLY) < 0 && errno == ETXTBSY,
	      "what runs is not opened for writing");
	check(open("/proc/self/exe", O_RDONLY | O_TRUNC) < 0 &&
	      errno == ETXTBSY, "nor emptied by who opens it to read");
	check(truncate("/proc/self/exe", 100) < 0 && errno == ETXTBSY,
	      "nor cut");
}

/* Header bytes changed at random: any outcome but harm to others. */
static void fuzz(void)
{
	static const unsigned long wild[] = {
		0, 1, ~0UL, ~0UL >> 1, PG - 1, 1UL << 31, ~0xfffUL, BASE
	};
	volatile char *mine = anon_pages(4, PROT_READ | PROT_WRITE);
	int ran = 0;

	seed = 12345;
	mine[0] = mine[3 * PG] = 'm';
	for (int i = 0; i < 1500; i++) {
		build_plain(7);
		add_segment(PT_LOAD, PF_R | PF_W, PG, BASE + 16 * PG, PG,
			    3 * PG);
		im.size = 2 * PG;
		for (unsigned int k = 1 + random_16() % 3; k; k--) {
			size_t at = random_16() % offsetof(struct image, code);

			if (random_16() % 2)
				im.bytes[at] = (unsigned char)random_16();
			else
				memcpy(im.bytes + (at & ~(sizeof(long) - 1)),
				       &wild[random_16() % COUNT(wild)],
				       sizeof(long));
		}
		ran += run_image() == 7;
		unlink("elf");
	}
	check(ran > 0 && ran < 1500, "1500 mutants, %d still ran", ran);
	check(mine[0] == 'm' && mine[3 * PG] == 'm', "the parent is unharmed");
}

/* A refused exec leaves memory, descriptors and handlers as they were. */
static void leave_caller_unharmed(void)
{
	struct sigaction sa;
	char *p = anon_pages(1, PROT_READ | PROT_WRITE), *old = sbrk(0);
	int fd = open("/", O_RDONLY | O_CLOEXEC);

	strcpy(p, "mine");
	signal(SIGUSR1, ignore_signal);
	build_plain(1);
	im.eh.e_phoff = 1 << 20;
	put_file("elf", im.bytes, im.size, 0755);
	check_err(ENOEXEC, execv("elf", (char *[]){ "elf", NULL }), "refused");
	sigaction(SIGUSR1, NULL, &sa);
	check(!strcmp(p, "mine") && sbrk(0) == old &&
	      fcntl(fd, F_GETFD) == FD_CLOEXEC &&
	      sa.sa_handler == ignore_signal,
	      "the caller keeps everything");
	signal(SIGUSR1, SIG_DFL);
	unlink("elf");
}

static void run_as_user(void *path)
{
	if (geteuid() == 0 && setresuid(1000, 1000, 1000))
		_exit(1);
	_exit(is_refusal(run_file(path)) ? 0 : 2);
}

/* Nobody but root has memory where null pointers lead, by exec neither. */
static void low_addresses(void)
{
	build_plain(43);
	im.eh.e_phnum = 2;
	im.ph[1] = im.ph[0];
	im.ph[0] = (Elf_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R,
			       .p_filesz = PG, .p_memsz = PG, .p_align = PG };
	if (geteuid() == 0)
		check_eq(run_image(), 43, "root: a segment in page 0");
	put_file("elf", im.bytes, im.size, 0755);
	chmod(".", 0755);
	check_eq(in_child(run_as_user, "elf"), 0, "nobody else");
	im.ph[0].p_vaddr = 16 * PG;
	put_file("elf", im.bytes, im.size, 0755);
	check_eq(in_child(run_as_user, "elf"), 2 << 8,
		 "what is higher all may have");
	unlink("elf");
}

int main(void)
{
	tap_scratch("elf_files");
	bad_headers();
	ignored_bytes();
	short_files();
	bad_segments();
	layouts();
	low_addresses();
	interpreters();
	odd_interpreters();
	useless_interpreters();
	long_names();
	run_busy_file();
	fuzz();
	leave_caller_unharmed();
	tap_scratch_end();
	return tap_done();
}

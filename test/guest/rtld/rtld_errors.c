/* SPDX-License-Identifier: MIT */
/*
 * What the runtime linker says of programs that it cannot start, on standard
 * error, and how they end: as under glibc's, word for word.
 */
#include "machine.h"
#include "patch.h"

/* FOLDER/file as "prog", with one setting in its environment, or none. */
struct run {
	const char *file, *setting;
};

static void exec_faulty(void *arg)
{
	const struct run *r = arg;
	char path[300];
	char *args[] = { "prog", NULL };
	char *env[] = { (char *)r->setting, NULL };

	snprintf(path, sizeof(path), "%s/%s", folder, r->file);
	dup2(1, 2);
	execve(path, args, env);
	_exit(99);
}

/* Text with what `folder` is in place of @. */
static void put_folder(char *to, size_t size, const char *words)
{
	const char *at = strchr(words, '@');

	if (at)
		snprintf(to, size, "%.*s%s%s", (int)(at - words), words,
			 folder, at + 1);
	else
		snprintf(to, size, "%s", words);
}

static void expect_error(const char *file, const char *setting, int status,
			 const char *words)
{
	struct run r = { file, setting };
	char said[512], want[512];
	int got = output_of(exec_faulty, &r, said, sizeof(said));

	put_folder(want, sizeof(want), words);
	check_eq(got, status, "%s, %s: status", file,
		 setting ? setting : "no setting");
	if (!check(!strcmp(said, want), "%s: words", file))
		printf("# said %s# want %s", said, want);
}

/* glibc's linker has texts for few errors. */
#ifdef __GLIBC__
#define ISDIR_TEXT	"Error 21"
#else
#define ISDIR_TEXT	"Is a directory"
#endif

#if UINTPTR_MAX > 0xffffffff
#define OTHER		"ELFCLASS32"
#else
#define OTHER		"ELFCLASS64"
#endif
#define LOADING		"prog: error while loading shared libraries: "

/* In a setting or in what is said, @ is the scratch folder. */
static void expect_there(const char *file, const char *setting, int status,
			 const char *words)
{
	char was[sizeof(folder)], set[128], want[256];

	strcpy(was, folder);
	strcpy(folder, tap_dir);
	put_folder(set, sizeof(set), setting);
	put_folder(want, sizeof(want), words);
	strcpy(folder, was);
	expect_error(file, set, status, want);
}

#define NEEDED		"libno_such.so"
#define HERE		"LD_LIBRARY_PATH=@"

/*
 * The file in the scratch folder, which has something wrong, as a library of
 * the program `needs`, and as one that another can do without.
 */
static void bad_library(const char *words, const char *reason)
{
	char want[256];

	expect_there("rtld_needs.exe", HERE, 127, words);
	snprintf(want, sizeof(want), "ERROR: ld.so: object '@/" NEEDED "' from "
		 "LD_PRELOAD cannot be preloaded (%s): ignored.\n", reason);
	expect_there("rtld_undefined.exe", "LD_PRELOAD=@/" NEEDED, 0, want);
}

static void bad_libraries(void)
{
	char junk[4096];

	memset(junk, 'x', sizeof(junk));
	put_file(NEEDED, junk, sizeof(junk), 0755);
	bad_library(LOADING "@/" NEEDED ": invalid ELF header\n",
		    "invalid ELF header");
	put_file(NEEDED, junk, 10, 0755);
	bad_library(LOADING "@/" NEEDED ": file too short\n",
		    "file too short");
#ifndef __GLIBC__	/* whose linker gets a SIGBUS */
	read_library("librtld_which_1.so");
	library.size = PG / 4;
	write_library(NEEDED);
	bad_library(LOADING "@/" NEEDED ": file too short\n",
		    "file too short");
#endif
	unlink(NEEDED);
	mkdir(NEEDED, 0755);
	bad_library(LOADING "@/" NEEDED ": cannot read file data: " ISDIR_TEXT
		    "\n", "cannot read file data");
	rmdir(NEEDED);
}

/* Those for another machine are passed over where libraries are looked for. */
static void other_machines(void)
{
	read_library("librtld_which_1.so");
	library.header.e_ident[4] ^= ELFCLASS32 ^ ELFCLASS64;
	write_library(NEEDED);
	bad_library(LOADING NEEDED ": wrong ELF class: " OTHER "\n",
		    "wrong ELF class: " OTHER);
	read_library("librtld_which_1.so");
	library.header.e_machine = 40;
	write_library(NEEDED);
	bad_library(LOADING NEEDED ": cannot open shared object file: "
		    "No such file or directory\n",
		    "cannot open shared object file");
	unlink(NEEDED);
}

#define DATA		"librtld_undefined_data.so"
#define CALLS		"librtld_undefined.so"
#define PACKED		"librtld_misc.so"

/* The library with its fault. */
static void bad_relocation(const char *file, const char *changed,
			   const char *words)
{
	char want[256];

	write_library(changed);
	snprintf(want, sizeof(want), LOADING "@/%s: %s\n", changed, words);
	expect_there(file, HERE, 127, want);
	unlink(changed);
}

/* Of no symbol, as one would be looked for first. */
static void other_types(void)
{
	read_library(DATA);
	first_relocation()->info = 0xfa;
	bad_relocation("rtld_undefined_data.exe", DATA,
		       "unexpected reloc type 0xfa");
	read_library(CALLS);
	first_plt_relocation()->info = 0xfb;
	bad_relocation("rtld_undefined.exe", CALLS,
		       "unexpected PLT reloc type 0xfb");
	if (sizeof(size_t) == 4)
		return;
	read_library(DATA);
	first_relocation()->info = 0x12345;
	bad_relocation("rtld_undefined_data.exe", DATA,
		       "unexpected reloc type 0x00012345");
}

/* As glibc's linker believes that they lie within, it is not asked. */
#ifndef __GLIBC__
static void outside(const char *file, const char *changed, size_t info)
{
	unsigned int type = sizeof(info) == 8 ? (unsigned int)info :
		(unsigned char)info;
	char want[64];

	snprintf(want, sizeof(want), "outside of its segments: reloc type "
		 "0x%0*x", type > 0xff ? 8 : 2, type);
	bad_relocation(file, changed, want);
}

static void other_places(size_t offset)
{
	struct relocation *r;
	size_t *packed;

	read_library(DATA);
	r = first_relocation();
	r->offset = offset;
	outside("rtld_undefined_data.exe", DATA, r->info);
	read_library(CALLS);
	r = first_plt_relocation();
	r->offset = offset;
	outside("rtld_undefined.exe", CALLS, r->info);
	read_library(CALLS);
	*dynamic_value(DT_PLTGOT) = offset;
	bad_relocation("rtld_undefined.exe", CALLS,
		       "GOT outside of its segments");
	read_library(PACKED);
	packed = dynamic_value(DT_RELR);
	if (!packed)		/* not every link editor packs them */
		return;
	*(size_t *)in_library(*packed) = offset;
	outside("rtld_misc", PACKED, R_RELATIVE);
}

/* Functions that keep more registers than others are not bound lazily. */
static void variants(void)
{
	read_library(CALLS);
	dynamic_value(DT_PLTREL)[-1] = DT_VARIANT;
	write_library(CALLS);
	expect_there("rtld_undefined.exe", HERE, 127,
		     "prog: symbol lookup error: @/" CALLS ": undefined "
		     "symbol: function_nowhere\n");
	unlink(CALLS);
}
#endif

int main(int argc, char **argv)
{
	(void)argc;
	find_folder(argv[0]);
	expect_error("rtld_needs.exe", NULL, 127,
		     LOADING "libno_such.so: cannot open shared object file: "
		     "No such file or directory\n");
	expect_error("rtld_undefined.exe", NULL, 0, "");
	expect_error("rtld_undefined.exe", "LD_BIND_NOW=1", 127,
		     "prog: symbol lookup error: @/librtld_undefined.so: "
		     "undefined symbol: function_nowhere\n");
	expect_error("rtld_undefined_call.exe", NULL, 127,
		     "prog: symbol lookup error: @/librtld_undefined.so: "
		     "undefined symbol: function_nowhere\n");
	expect_error("rtld_undefined_data.exe", NULL, 127,
		     "prog: symbol lookup error: @/librtld_undefined_data.so: "
		     "undefined symbol: data_nowhere\n");
	expect_error("rtld_version.exe", NULL, 1,
		     "prog: @/librtld_versions.so: version `V9' not found "
		     "(required by prog)\n");
	expect_error("rtld_undefined.exe", "LD_PRELOAD=libno_such.so", 0,
		     "ERROR: ld.so: object 'libno_such.so' from LD_PRELOAD "
		     "cannot be preloaded (cannot open shared object file): "
		     "ignored.\n");
	tap_scratch("rtld_errors");
	bad_libraries();
	other_machines();
	other_types();
#ifndef __GLIBC__
	other_places(0x10000000);
	other_places(-PG);
	variants();
#endif
	tap_scratch_end();
	return tap_done();
}

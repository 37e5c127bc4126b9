/* SPDX-License-Identifier: MIT */
/*
 * What the runtime linker says of programs that it cannot start, on standard
 * error, and how they end: as under glibc's, word for word.
 */
#include "../tap.h"

static char folder[256];

/* FOLDER/file as "prog", with one setting in its environment, or none. */
struct run {
	const char *file, *setting;
};

static void become(void *arg)
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
static void with_folder(char *to, size_t size, const char *words)
{
	const char *at = strchr(words, '@');

	if (at)
		snprintf(to, size, "%.*s%s%s", (int)(at - words), words,
			 folder, at + 1);
	else
		snprintf(to, size, "%s", words);
}

static void expect(const char *file, const char *setting, int status,
		   const char *words)
{
	struct run r = { file, setting };
	char said[512], want[512];
	int got = output_of(become, &r, said, sizeof(said));

	with_folder(want, sizeof(want), words);
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

#define LOADING		"prog: error while loading shared libraries: "

/* A library of the program `needs` that is no library. */
static void bad_library(const char *text, size_t size, const char *words)
{
	char name[96], setting[128], want[256];

	tap_scratch("rtld_errors");
	snprintf(name, sizeof(name), "%s/libno_such.so", tap_dir);
	snprintf(setting, sizeof(setting), "LD_LIBRARY_PATH=%s", tap_dir);
	if (text)
		put_file(name, text, size, 0755);
	else
		mkdir(name, 0755);
	snprintf(want, sizeof(want), LOADING "%s: %s\n", name, words);
	expect("rtld_needs.exe", setting, 127, want);
	if (text)
		unlink(name);
	else
		rmdir(name);
	tap_scratch_end();
}

int main(int argc, char **argv)
{
	char junk[4096];

	(void)argc;
	tap_find_self(argv[0]);
	snprintf(folder, sizeof(folder), "%.*s",
		 (int)(strrchr(tap_self, '/') - tap_self), tap_self);
	expect("rtld_needs.exe", NULL, 127,
	       LOADING "libno_such.so: cannot open shared object file: "
	       "No such file or directory\n");
	expect("rtld_undefined.exe", NULL, 0, "");
	expect("rtld_undefined.exe", "LD_BIND_NOW=1", 127,
	       "prog: symbol lookup error: @/librtld_undefined.so: "
	       "undefined symbol: function_nowhere\n");
	expect("rtld_undefined_call.exe", NULL, 127,
	       "prog: symbol lookup error: @/librtld_undefined.so: "
	       "undefined symbol: function_nowhere\n");
	expect("rtld_undefined_data.exe", NULL, 127,
	       "prog: symbol lookup error: @/librtld_undefined_data.so: "
	       "undefined symbol: data_nowhere\n");
	expect("rtld_version.exe", NULL, 1,
	       "prog: @/librtld_versions.so: version `V9' not found "
	       "(required by prog)\n");
	expect("rtld_undefined.exe", "LD_PRELOAD=libno_such.so", 0,
	       "ERROR: ld.so: object 'libno_such.so' from LD_PRELOAD cannot "
	       "be preloaded (cannot open shared object file): ignored.\n");
	memset(junk, 'x', sizeof(junk));
	bad_library(junk, sizeof(junk), "invalid ELF header");
	bad_library(junk, 10, "file too short");
	bad_library(NULL, 0, "cannot read file data: " ISDIR_TEXT);
	return tap_done();
}

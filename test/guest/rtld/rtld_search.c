/* SPDX-License-Identifier: MIT */
/*
 * Where a library is looked for (row C7).  The programs need libwhich.so,
 * whose which() tells the folder it was in.
 *
 *	rpath.exe    DT_RPATH    $ORIGIN/run
 *	runpath.exe  DT_RUNPATH  $ORIGIN/run
 *	chain.exe    DT_RPATH    $ORIGIN/run, needs libchain.so, which needs it
 *	chain2.exe   DT_RUNPATH  likewise: of no use for what libchain.so needs
 */
#include "../tap.h"
#include "copied.h"

/* => the exit status of a program with this setting */
static int run_silent(const char *program, const char *setting)
{
	char *args[] = { (char *)program, NULL };
	char *env[] = { (char *)setting, NULL };
	int status;

	if (!fork()) {
		close(2);
		execve(program, args, env);
		_exit(99);
	}
	wait(&status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What a caller of a set-id program may not say, to those it starts neither. */
static const char *const removed[] = {
	"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "LD_DEBUG",
	"LD_DEBUG_OUTPUT", "LD_ORIGIN_PATH", "LD_PROFILE",
	"LD_DYNAMIC_WEAK", "GCONV_PATH", "GETCONF_DIR", "HOSTALIASES",
	"LOCALDOMAIN", "LOCPATH", "MALLOC_TRACE", "NIS_PATH", "NLSPATH",
	"RESOLV_HOST_CONF", "RES_OPTIONS", "TMPDIR", "TZDIR",
};

/* => which of these there are, a bit each; then, whether all else is well */
static int check_environment(void)
{
	int bits = 0;

	for (int i = 0; i < COUNT(removed); i++)
		bits |= !!getenv(removed[i]) << i;
	if (getauxval(23 /* AT_SECURE */) && getauxval(6) == PG &&
	    getenv("FIRST") && getenv("LAST") && getenv("LD_PRELOADED"))
		bits |= 1 << COUNT(removed);
	return bits;
}

static void tell_environment(void *program)
{
	static char text[COUNT(removed)][32];
	char *env[COUNT(removed) + 5], **e = env;

	*e++ = (char *)"FIRST=1";
	for (int i = 0; i < COUNT(removed); i++) {
		/* nothing that the other loader has much to say of */
		snprintf(text[i], sizeof(text[i]), "%s=", removed[i]);
		*e++ = text[i];
		if (i == 3)
			*e++ = (char *)"LD_PRELOADED=1";
	}
	*e++ = text[0];
	*e++ = (char *)"LAST=1";
	*e = NULL;
	execve(program ? program : tap_self,
	       (char *[]){ tap_self, (char *)"environment", NULL }, env);
	_exit(99);
}

/* What a program has of them; NULL: this one, started again. */
static void keep_variables(const char *program, int want, const char *what)
{
	char out[64] = "";

	output_of(tell_environment, (void *)program, out, sizeof(out));
	check_eq(strtol(out, NULL, 10), want, "%s", what);
}

static const char *const files[][2] = {
	{ "rtld_which_rpath.exe", "rpath.exe" },
	{ "rtld_which_runpath.exe", "runpath.exe" },
	{ "rtld_chain_rpath.exe", "chain.exe" },
	{ "rtld_chain_runpath.exe", "chain2.exe" },
	{ "librtld_which_1.so", "run/libwhich.so" },
	{ "librtld_which_2.so", "env/libwhich.so" },
	{ "librtld_chain.so", "run/libchain.so" },
};

static void search_directories(void)
{
	check_eq(run_silent("./runpath.exe", NULL), 1, "DT_RUNPATH, $ORIGIN");
	check_eq(run_silent("./rpath.exe", NULL), 1, "DT_RPATH, $ORIGIN");
	check_eq(run_silent("./runpath.exe", "LD_LIBRARY_PATH=env"), 2,
		 "LD_LIBRARY_PATH comes before DT_RUNPATH");
	check_eq(run_silent("./runpath.exe", "LD_LIBRARY_PATH=none:env;run"), 2,
		 "and is a list");
	check_eq(run_silent("./rpath.exe", "LD_LIBRARY_PATH=env"), 1,
		 "but after DT_RPATH");
	check_eq(run_silent("./chain.exe", NULL), 1,
		 "DT_RPATH serves libraries");
	check_eq(run_silent("./chain2.exe", NULL), 127, "DT_RUNPATH does not");
	check_eq(run_silent("./chain2.exe", "LD_LIBRARY_PATH=env"), 2,
		 "LD_LIBRARY_PATH does");
	check_eq(run_silent("./runpath.exe", "LD_PRELOAD=env/libwhich.so"), 2,
		 "LD_PRELOAD comes first");
	check_eq(run_silent("./chain2.exe", "LD_PRELOAD=env/libwhich.so"), 2,
		 "and is found again by its name");
	if (symlink("../runpath.exe", "env/link.exe"))
		tap_bail("symlink");
	check_eq(run_silent("env/link.exe", NULL), 1,
		 "$ORIGIN is where the file lies, not the link");
	unlink("env/link.exe");
}

/*
 * A program that runs as someone else than who starts it: the caller chooses
 * no library.
 */
static void ignore_as_set_id(void)
{
	keep_variables(NULL, (1 << COUNT(removed)) - 1, "all variables");
	check_eq(run_silent("./chain2.exe", "LD_LIBRARY_PATH=run:env"), 1,
		 "the caller may choose");
	if (geteuid() || chown("chain2.exe", 1, 1) ||
	    chmod("chain2.exe", 04755) || chown("runpath.exe", 1, 1) ||
	    chmod("runpath.exe", 04755)) {
		tap_skip("a set-id program", "only root makes one");
		return;
	}
	check_eq(run_silent("./chain2.exe", "LD_LIBRARY_PATH=run:env"), 127,
		 "but not for a set-id program");
	check_eq(run_silent("./chain2.exe", "LD_PRELOAD=./run/libwhich.so"),
		 127, "by LD_PRELOAD neither");
	check_eq(run_silent("./runpath.exe", NULL), 127,
		 "nor by where it lies");
	copy_from(strrchr(tap_self, '/') + 1, "self.exe");
	if (chown("self.exe", 1, 1) || chmod("self.exe", 04755))
		tap_bail("chown");
	keep_variables("./self.exe", 1 << COUNT(removed),
		       "the program itself sees none of what leads elsewhere");
	unlink("self.exe");
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		printf("%d\n", check_environment());
		return 0;
	}
	tap_find_self(argv[0]);
	snprintf(from, sizeof(from), "%.*s",
		 (int)(strrchr(tap_self, '/') - tap_self), tap_self);
	tap_scratch("rtld_search");
	if (mkdir("run", 0755) || mkdir("env", 0755))
		tap_bail("mkdir");
	for (int i = 0; i < COUNT(files); i++)
		copy_from(files[i][0], files[i][1]);
	search_directories();
	ignore_as_set_id();
	for (int i = 0; i < COUNT(files); i++)
		unlink(files[i][1]);
	rmdir("run");
	rmdir("env");
	tap_scratch_end();
	return tap_done();
}

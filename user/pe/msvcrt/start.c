/* SPDX-License-Identifier: MIT */
/*
 * Functions for the code before and after main (row E14): arguments,
 * environment, lists of functions to be called.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "msvcrt.h"

#define MAX_AT_EXIT	64

typedef void (*function_t)(void);

static char *text;			/* the command line */
static char **environment, **first_environment;
static int file_mode, commit_mode, mb_cur_max = 1, app_type;
static function_t at_exit[MAX_AT_EXIT];
static int at_exits;
static struct mutex lock;

/* Quote an argument in the way in which Windows programs parse it. */
static char *quote(char *to, const char *arg)
{
	int slashes = 0;

	*to++ = '"';
	for (; *arg; arg++) {
		if (*arg == '"')	/* double the backslashes before it */
			for (slashes++; slashes; slashes--)
				*to++ = '\\';
		slashes = *arg == '\\' ? slashes + 1 : 0;
		*to++ = *arg;
	}
	for (; slashes; slashes--)
		*to++ = '\\';
	*to++ = '"';
	return to;
}

void crt_init(void)
{
	size_t size = 1;
	char *to;

	for (int i = 0; i < program_argc; i++)
		size += 2 * strlen(program_argv[i]) + 3;
	text = to = malloc(size);
	if (!text)
		_exit(127);
	for (int i = 0; i < program_argc; i++) {
		if (i)
			*to++ = ' ';
		if (*program_argv[i] &&
		    !program_argv[i][strcspn(program_argv[i], " \t\"")])
			to = strcpy(to, program_argv[i]) +
				strlen(program_argv[i]);
		else
			to = quote(to, program_argv[i]);
	}
	*to = '\0';
	environment = first_environment = environ;
	stdio_init();
}

char *command_line(void)
{
	return text;
}

static int __getmainargs(int *argc, char ***argv, char ***env, int wildcards,
			 int *mode)
{
	*argc = program_argc;
	*argv = program_argv;
	*env = environ;
	return 0;
}

static void _initterm(function_t *from, function_t *to)
{
	for (; from < to; from++)
		if (*from)
			(*from)();
}

static function_t _onexit(function_t f)
{
	mutex_lock(&lock);
	if (at_exits == MAX_AT_EXIT)
		f = NULL;
	else
		at_exit[at_exits++] = f;
	mutex_unlock(&lock);
	return f;
}

static int crt_atexit(function_t f)
{
	return _onexit(f) ? 0 : -1;
}

static void _cexit(void)
{
	while (at_exits)
		at_exit[--at_exits]();
	fflush(NULL);
}

static void crt_exit(int status)
{
	_cexit();
	process_exit((uint32_t)status);
}

static void crt__exit(int status)
{
	fflush(NULL);
	process_exit((uint32_t)status);
}

static void crt_abort(void)
{
	dprintf(2, "abnormal program termination\n");
	_exit(3);
}

static void _amsg_exit(int why)
{
	dprintf(2, "runtime error %d\n", why);
	_exit(255);
}

static char **__p__acmdln(void)
{
	return &text;
}

static int *__p__fmode(void)
{
	return &file_mode;
}

static int *__p__commode(void)
{
	return &commit_mode;
}

static char ***__p__environ(void)
{
	return &environment;
}

static void __set_app_type(int type)
{
	app_type = type;
}

static void __setusermatherr(void *f)
{
}

/* A no-op: Windows has signals only within a program. */
static void *crt_signal(int number, void *handler)
{
	return NULL;
}

static void do_lock(int which)
{
	loader_lock();
}

static void do_unlock(int which)
{
	loader_unlock();
}

static const struct function list[] = {
	FUNCTION(__getmainargs), { "__initenv", &first_environment },
	{ "__mb_cur_max", &mb_cur_max }, FUNCTION(__p__acmdln),
	FUNCTION(__p__commode), FUNCTION(__p__environ), FUNCTION(__p__fmode),
	FUNCTION(__set_app_type), FUNCTION(__setusermatherr),
	{ "_acmdln", &text }, FUNCTION(_amsg_exit), FUNCTION(_cexit),
	{ "_commode", &commit_mode }, { "_environ", &environment },
	{ "_exit", crt__exit }, { "_fmode", &file_mode },
	FUNCTION(_initterm), { "_lock", do_lock }, FUNCTION(_onexit),
	{ "_unlock", do_unlock }, { "abort", crt_abort },
	{ "atexit", crt_atexit }, { "exit", crt_exit }, FUNCTION(getenv),
	{ "signal", crt_signal },
};

const struct functions start_functions = { list, COUNT(list) };

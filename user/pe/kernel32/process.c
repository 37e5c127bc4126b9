/* SPDX-License-Identifier: MIT */
/* The process, its libraries, its environment; clocks (row E14). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kernel32.h"

/* The time from 1601 to 1970 in units of file times, 100 ns. */
#define EPOCH	116444736000000000ull

static void WINAPI ExitProcess(dword_t status)
{
	process_exit(status);
}

/* Unlike ExitProcess, does not notify the modules. */
static bool_t WINAPI TerminateProcess(handle_t h, dword_t status)
{
	if (h == 0xffffffffu)
		_exit((int)status);
	return (bool_t)fails(ERROR_INVALID_HANDLE);
}

static char *WINAPI GetCommandLineA(void)
{
	return command_line();
}

static void WINAPI GetStartupInfoA(uint32_t *info)
{
	memset(info, 0, 68);
	info[0] = 68;
	for (uint32_t i = 0; i < 3; i++)
		info[14 + i] = 4 * (i + 1);	/* the standard handles */
}

static uint32_t WINAPI SetUnhandledExceptionFilter(uint32_t filter)
{
	return 0;		/* a fault is a signal, and ends the process */
}

static bool_t WINAPI IsDebuggerPresent(void)
{
	return 0;
}

static dword_t WINAPI GetEnvironmentVariableA(const char *name, char *to,
					      dword_t size)
{
	const char *value = getenv(name);
	dword_t n;

	if (!value)
		return fails(ERROR_ENVVAR_NOT_FOUND);
	n = (dword_t)strlen(value);
	if (n >= size)
		return n + 1;
	memcpy(to, value, n + 1);
	return n;
}

static bool_t WINAPI SetEnvironmentVariableA(const char *name,
					     const char *value)
{
	return !(value ? setenv(name, value, 1) : unsetenv(name));
}

static dword_t WINAPI GetVersion(void)
{
	return 6 | 1 << 8;
}

static void WINAPI GetSystemInfo(uint32_t *info)
{
	memset(info, 0, 36);
	info[1] = PE_PAGE;
	info[2] = 0x10000;
	info[3] = 0xbfffffff;
	info[4] = 1;
	info[5] = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	info[6] = 586;
	info[7] = 0x10000;
}

/* --- libraries ------------------------------------------------------------ */

static uint32_t WINAPI LoadLibraryA(const char *name)
{
	struct module *m;

	if (!name)
		return fails(ERROR_INVALID_PARAMETER);
	loader_lock();
	m = module_load(name, 0);
	if (!m) {
		fails(strstr(load_error, "no such library") ?
		      ERROR_MOD_NOT_FOUND : strstr(load_error, " has no ") ?
		      ERROR_PROC_NOT_FOUND : ERROR_BAD_EXE_FORMAT);
	} else if (attach(m)) {
		fails(ERROR_DLL_INIT_FAILED);
		module_release(m);
		m = NULL;
	}
	loader_unlock();
	return m ? (uint32_t)m->base : 0;
}

static uint32_t WINAPI LoadLibraryExA(const char *name, handle_t file,
				      dword_t flags)
{
	return flags & 3 ? fails(ERROR_NOT_SUPPORTED) : LoadLibraryA(name);
}

static bool_t WINAPI FreeLibrary(uint32_t base)
{
	struct module *m;

	loader_lock();
	m = module_at(base);
	if (m && m != program)
		module_release(m);
	loader_unlock();
	return m ? 1 : (bool_t)fails(ERROR_MOD_NOT_FOUND);
}

/* `name` is an ordinal if below 64 KiB, where no strings can lie. */
static uintptr_t WINAPI GetProcAddress(uint32_t base, const char *name)
{
	int ordinal = (uintptr_t)name < 0x10000;
	uintptr_t found = 0;
	struct module *m;

	loader_lock();
	m = base ? module_at(base) : program;
	if (m)
		found = find_function(m, ordinal ? NULL : name,
				      (uint32_t)(uintptr_t)name, m, 0);
	/* attach libraries that a forwarder has loaded */
	for (unsigned int i = 0; found && i < m->n_needs; i++)
		attach(m->needs[i]);
	loader_unlock();
	if (!found)
		fails(m ? ERROR_PROC_NOT_FOUND : ERROR_MOD_NOT_FOUND);
	return found;
}

static uint32_t WINAPI GetModuleHandleA(const char *name)
{
	struct module *m;

	loader_lock();
	m = name ? module_named(name) : program;
	loader_unlock();
	return m ? (uint32_t)m->base : fails(ERROR_MOD_NOT_FOUND);
}

static uint32_t WINAPI GetModuleHandleW(const uint16_t *name)
{
	char narrow[MAX_NAME];
	size_t n = 0;

	if (!name)
		return GetModuleHandleA(NULL);
	for (; name[n] && n < sizeof(narrow) - 1; n++)
		narrow[n] = (char)name[n];
	narrow[n] = '\0';
	return GetModuleHandleA(narrow);
}

static dword_t WINAPI GetModuleFileNameA(uint32_t base, char *to, dword_t size)
{
	struct module *m;
	dword_t n = 0;

	loader_lock();
	m = base ? module_at(base) : program;
	if (m && size) {
		snprintf(to, size, "%s", *m->path ? m->path : m->name);
		n = (dword_t)strlen(to);
	}
	loader_unlock();
	return m ? n : fails(ERROR_MOD_NOT_FOUND);
}

/* Stop calling the library's entry point for threads. */
static bool_t WINAPI DisableThreadLibraryCalls(uint32_t base)
{
	struct module *m;

	loader_lock();
	m = module_at(base);
	if (m)
		m->quiet = 1;
	loader_unlock();
	return m ? 1 : (bool_t)fails(ERROR_MOD_NOT_FOUND);
}

/* --- clocks --------------------------------------------------------------- */

static dword_t WINAPI GetTickCount(void)
{
	return (dword_t)(now_ns() / 1000000u);
}

static uint64_t WINAPI GetTickCount64(void)
{
	return now_ns() / 1000000u;
}

static bool_t WINAPI QueryPerformanceCounter(uint64_t *count)
{
	*count = now_ns();
	return 1;
}

static bool_t WINAPI QueryPerformanceFrequency(uint64_t *frequency)
{
	*frequency = 1000000000u;
	return 1;
}

static void WINAPI GetSystemTimeAsFileTime(uint32_t *to)
{
	struct timespec t;
	uint64_t units;

	clock_gettime(CLOCK_REALTIME, &t);
	units = EPOCH + (uint64_t)t.tv_sec * 10000000u +
		(uint64_t)t.tv_nsec / 100u;
	to[0] = (uint32_t)units;
	to[1] = (uint32_t)(units >> 32);
}

static const struct function list[] = {
	FUNCTION(DisableThreadLibraryCalls), FUNCTION(ExitProcess),
	FUNCTION(FreeLibrary), FUNCTION(GetCommandLineA),
	FUNCTION(GetEnvironmentVariableA), FUNCTION(GetModuleFileNameA),
	FUNCTION(GetModuleHandleA), FUNCTION(GetModuleHandleW),
	FUNCTION(GetProcAddress), FUNCTION(GetStartupInfoA),
	FUNCTION(GetSystemInfo), FUNCTION(GetSystemTimeAsFileTime),
	FUNCTION(GetTickCount), FUNCTION(GetTickCount64),
	FUNCTION(GetVersion), FUNCTION(IsDebuggerPresent),
	FUNCTION(LoadLibraryA), FUNCTION(LoadLibraryExA),
	FUNCTION(QueryPerformanceCounter),
	FUNCTION(QueryPerformanceFrequency),
	FUNCTION(SetEnvironmentVariableA),
	FUNCTION(SetUnhandledExceptionFilter), FUNCTION(TerminateProcess),
};

const struct functions process_functions = { list, COUNT(list) };

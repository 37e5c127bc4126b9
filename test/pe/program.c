/* SPDX-License-Identifier: MIT */
/*
 * Imports by name, by ordinal, of data, of forwarders; TLS and threads; a
 * library that comes and goes.  What it says, pe_programs.c expects.
 */
#include "pe.h"

IMPORT(pe_lib, int *, where, (void));
IMPORT(pe_lib, u32, bump, (void));
IMPORT_ORDINAL(pe_lib, 7, u32, secret, (u32 n));
IMPORT(pe_lib, int, far_add, (int a, int b));
IMPORT(pe_lib, int, far_sub, (int a, int b));
extern int *number __asm__("imp.pe_lib.shared_number");

IMPORT(kernel32, u32, CreateThread, (void *security, u32 stack,
				     u32 (WINAPI *start)(void *), void *arg,
				     u32 flags, u32 *id));
IMPORT(kernel32, u32, WaitForSingleObject, (u32 h, u32 milliseconds));
IMPORT(kernel32, int, GetExitCodeThread, (u32 h, u32 *status));
IMPORT(kernel32, void, ExitThread, (u32 status));
IMPORT(kernel32, int, CloseHandle, (u32 h));
IMPORT(kernel32, u32, LoadLibraryA, (const char *name));
IMPORT(kernel32, int, FreeLibrary, (u32 h));
IMPORT(kernel32, void *, GetProcAddress, (u32 h, const char *name));
IMPORT(kernel32, u32, GetModuleHandleA, (const char *name));
IMPORT(kernel32, u32, GetLastError, (void));
IMPORT(kernel32, u32, TlsAlloc, (void));
IMPORT(kernel32, void *, TlsGetValue, (u32 n));
IMPORT(kernel32, int, TlsSetValue, (u32 n, void *value));

int entry(void);

static u32 slot;

static u32 WINAPI thread(void *arg)
{
	tell("thread: bump", bump());
	tell("thread: bump", bump());
	tell("thread: slot", (u32)TlsGetValue(slot));
	ExitThread((u32)arg + 1);
	return 0;
}

static void threads(void)
{
	u32 status = 0, h;

	slot = TlsAlloc();
	TlsSetValue(slot, (void *)9);
	h = CreateThread(0, 0, thread, (void *)40, 0, 0);
	tell("waited", WaitForSingleObject(h, -1u));
	GetExitCodeThread(h, &status);
	tell("it ended with", status);
	CloseHandle(h);
	tell("slot", (u32)TlsGetValue(slot));
}

static void late(void)
{
	u32 h = LoadLibraryA("pe_late");
	u32 (WINAPI *own)(void);

	own = GetProcAddress(h, "bump");
	tell("late bump", own());
	tell("by ordinal too", GetProcAddress(h, (char *)2) == own);
	tell("nothing", GetProcAddress(h, "nothing") != 0);
	tell("error", GetLastError());
	tell("freed", (u32)FreeLibrary(h));
	tell("gone", GetModuleHandleA("pe_late.dll") == 0);
	tell("refused", LoadLibraryA("pe_no.dll"));
	tell("error", GetLastError());
	tell("nowhere", LoadLibraryA("pe_nowhere.dll"));
	tell("error", GetLastError());
}

int entry(void)
{
	tell("ordinal 7", secret(5));
	tell("far", (u32)far_add(40, 2));
	tell("far by ordinal", (u32)far_sub(40, 2));
	tell("data", (u32)*number);
	tell("relocated", where() == number);
	tell("bump", bump());
	tell("bump", bump());
	threads();
	late();
	return 42;		/* of the last thread: the process's */
}

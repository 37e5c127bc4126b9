/* SPDX-License-Identifier: MIT */
/*
 * Functions of kernel32 and msvcrt, each with what Windows' manual says of it.
 * A line for each that is wrong, and one at the end.
 */
#include "pe.h"

#define INVALID	(-1u)

IMPORT(kernel32, u32, CreateFileA, (const char *, u32, u32, void *, u32, u32,
				    u32));
IMPORT(kernel32, int, ReadFile, (u32, void *, u32, u32 *, void *));
IMPORT(kernel32, u32, SetFilePointer, (u32, int, int *, u32));
IMPORT(kernel32, u32, GetFileSize, (u32, u32 *));
IMPORT(kernel32, int, CloseHandle, (u32));
IMPORT(kernel32, int, DeleteFileA, (const char *));
IMPORT(kernel32, u32, GetFileAttributesA, (const char *));
IMPORT(kernel32, u32, GetLastError, (void));
IMPORT(kernel32, void, SetLastError, (u32));
IMPORT(kernel32, char *, VirtualAlloc, (void *, u32, u32, u32));
IMPORT(kernel32, int, VirtualFree, (void *, u32, u32));
IMPORT(kernel32, int, VirtualProtect, (void *, u32, u32, u32 *));
IMPORT(kernel32, u32, VirtualQuery, (const void *, u32 *, u32));
IMPORT(kernel32, u32, GetProcessHeap, (void));
IMPORT(kernel32, char *, HeapAlloc, (u32, u32, u32));
IMPORT(kernel32, char *, HeapReAlloc, (u32, u32, void *, u32));
IMPORT(kernel32, int, HeapFree, (u32, u32, void *));
IMPORT(kernel32, char *, GetCommandLineA, (void));
IMPORT(kernel32, u32, GetCurrentProcessId, (void));
IMPORT(kernel32, u32, GetCurrentThreadId, (void));
IMPORT(kernel32, u32, CreateThread, (void *, u32, u32 (WINAPI *)(void *),
				     void *, u32, u32 *));
IMPORT(kernel32, u32, WaitForSingleObject, (u32, u32));
IMPORT(kernel32, u32, CreateEventA, (void *, int, int, const char *));
IMPORT(kernel32, int, SetEvent, (u32));
IMPORT(kernel32, void, InitializeCriticalSection, (void *));
IMPORT(kernel32, void, EnterCriticalSection, (void *));
IMPORT(kernel32, void, LeaveCriticalSection, (void *));
IMPORT(kernel32, int, TryEnterCriticalSection, (void *));
IMPORT(kernel32, int, InterlockedIncrement, (int *));
IMPORT(kernel32, int, InterlockedCompareExchange, (int *, int, int));
IMPORT(kernel32, u32, TlsAlloc, (void));
IMPORT(kernel32, int, TlsFree, (u32));
IMPORT(kernel32, u32, GetTickCount, (void));
IMPORT(kernel32, void, GetSystemTimeAsFileTime, (u32 *));
IMPORT(kernel32, int, QueryPerformanceCounter, (unsigned long long *));
IMPORT(kernel32, void, Sleep, (u32));
IMPORT(kernel32, u32, GetModuleHandleA, (const char *));
IMPORT(kernel32, u32, LoadLibraryA, (const char *));
IMPORT(kernel32, int, FreeLibrary, (u32));
IMPORT(kernel32, u32, GetEnvironmentVariableA, (const char *, char *, u32));

extern int (*sprintf)(char *, const char *, ...) __asm__("imp.msvcrt.sprintf");
extern int (*strcmp)(const char *, const char *) __asm__("imp.msvcrt.strcmp");
extern int (*_stricmp)(const char *, const char *)
	__asm__("imp.msvcrt._stricmp");

int entry(void);

static u32 wrong;

static void check_call(int ok, const char *what)
{
	if (ok)
		return;
	say("wrong: ");
	say(what);
	tell(", error", GetLastError());
	wrong++;
}

#define CHECK(expression)	check_call(expression, #expression)

static const char name[] = "C:\\tmp\\pe_calls.txt";

static void read_files(void)
{
	char text[16];
	u32 h, done = 9;

	CHECK(CreateFileA(name, 0x80000000, 0, 0, 3, 0, 0) == INVALID);
	CHECK(GetLastError() == 2);
	h = CreateFileA(name, 0xc0000000, 0, 0, 1, 0, 0);
	CHECK(h != INVALID);
	CHECK(CreateFileA(name, 0xc0000000, 0, 0, 1, 0, 0) == INVALID);
	CHECK(GetLastError() == 80);
	CHECK(WriteFile(h, "hello, world", 12, &done, 0) && done == 12);
	CHECK(SetFilePointer(h, -5, 0, 1) == 7);
	CHECK(ReadFile(h, text, 16, &done, 0) && done == 5 && text[4] == 'd');
	CHECK(ReadFile(h, text, 16, &done, 0) && done == 0);
	CHECK(SetFilePointer(h, -1, 0, 0) == INVALID && GetLastError() == 131);
	CHECK(GetFileSize(h, 0) == 12);
	CHECK(CloseHandle(h));
	CHECK(!CloseHandle(h) && GetLastError() == 6);
	CHECK(!WriteFile(h, "x", 1, &done, 0) && GetLastError() == 6 && !done);
	CHECK(GetFileAttributesA(name) == 0x80);
	CHECK(DeleteFileA(name));
	CHECK(!DeleteFileA(name) && GetLastError() == 2);
	CHECK(CreateFileA("/tmp", 0xc0000000, 0, 0, 3, 0, 0) == INVALID);
	CHECK(GetLastError() == 5);
}

enum { COMMIT = 0x1000, RESERVE = 0x2000, DECOMMIT = 0x4000,
	RELEASE = 0x8000, FREE = 0x10000, PRIVATE = 0x20000,
	IMAGE = 0x1000000 };

static void memory_calls(void)
{
	char *at = VirtualAlloc(0, 0x30000, RESERVE, 4);
	u32 info[7], old;

	CHECK(at && !((u32)at & 0xffff));
	CHECK(VirtualQuery(at, info, 28) == 28 && info[4] == RESERVE);
	CHECK(info[1] == (u32)at && info[3] == 0x30000);
	CHECK(VirtualAlloc(at + 0x2345, 0x1000, COMMIT, 4) == at + 0x2000);
	at[0x2000] = at[0x3fff] = 1;
	CHECK(VirtualQuery(at + 0x2000, info, 28) && info[4] == COMMIT);
	CHECK(info[0] == (u32)at + 0x2000 && info[3] == 0x2000);
	CHECK(info[5] == 4 && info[6] == PRIVATE && info[1] == (u32)at);
	CHECK(VirtualProtect(at + 0x3000, 1, 2, &old) && old == 4);
	CHECK(VirtualQuery(at + 0x3000, info, 28) && info[5] == 2);
	CHECK(!VirtualProtect(at, 1, 2, &old) && GetLastError() == 487);
	CHECK(VirtualFree(at + 0x2000, 0x1000, DECOMMIT));
	CHECK(VirtualQuery(at + 0x2000, info, 28) && info[4] == RESERVE);
	CHECK(!VirtualFree(at + 0x10000, 0, RELEASE));
	CHECK(VirtualFree(at, 0, RELEASE));
	CHECK(VirtualQuery(at, info, 28) && info[4] == FREE);
	CHECK(!VirtualAlloc(at, 0x1000, COMMIT, 4) && GetLastError() == 487);
	CHECK(VirtualAlloc(at, 0x1000, COMMIT | RESERVE, 0x40) == at);
	CHECK(VirtualFree(at, 0, RELEASE));
	CHECK(VirtualQuery((void *)entry, info, 28) && info[6] == IMAGE);
	CHECK(info[1] == GetModuleHandleA(0) && info[5] == 0x20);
	CHECK(!VirtualAlloc((void *)entry, 1, COMMIT, 4) &&
	      GetLastError() == 487);
	CHECK(VirtualQuery(name, info, 28) && info[5] == 2);
	CHECK(!VirtualAlloc(0, 0x1000, COMMIT, 99) && GetLastError() == 87);
}

static void heap(void)
{
	u32 h = GetProcessHeap();
	char *p = HeapAlloc(h, 8, 100), *q;

	CHECK(h && p && !p[0] && !p[99]);
	p[99] = 7;
	q = HeapReAlloc(h, 8, p, 5000);
	CHECK(q && q[99] == 7 && !q[4999]);
	CHECK(HeapFree(h, 0, q));
}

static int section[6], counter, loops;
static u32 event;

static u32 WINAPI other(void *arg)
{
	for (int i = 0; i < 1000; i++) {
		EnterCriticalSection(section);
		EnterCriticalSection(section);
		counter++;
		LeaveCriticalSection(section);
		LeaveCriticalSection(section);
		InterlockedIncrement(&loops);
	}
	check_call(!TryEnterCriticalSection(arg), "another's critical section");
	CHECK(GetLastError() == 0);
	SetLastError(99);
	SetEvent(event);
	return 0;
}

static void thread_calls(void)
{
	static int held[6];
	u32 h[4], id, own = GetCurrentThreadId();

	InitializeCriticalSection(section);
	InitializeCriticalSection(held);
	EnterCriticalSection(held);
	CHECK(TryEnterCriticalSection(held));
	LeaveCriticalSection(held);	/* once of twice */
	event = CreateEventA(0, 0, 0, 0);
	CHECK(WaitForSingleObject(event, 0) == 258);
	SetLastError(55);
	for (int i = 0; i < 4; i++) {
		h[i] = CreateThread(0, 0, other, held, 0, &id);
		check_call(h[i] && id != own, "a thread's number");
	}
	for (int i = 0; i < 4; i++)
		check_call(!WaitForSingleObject(h[i], -1u) && CloseHandle(h[i]),
		      "waiting for a thread");
	CHECK(GetLastError() == 55);
	CHECK(counter == 4000 && loops == 4000);
	CHECK(!WaitForSingleObject(event, -1u));
	CHECK(WaitForSingleObject(event, 0) == 258);
	CHECK(CloseHandle(event));
	CHECK(InterlockedCompareExchange(&loops, 5, 4000) == 4000);
	CHECK(InterlockedCompareExchange(&loops, 6, 4000) == 5 && loops == 5);
}

static void slots(void)
{
	u32 n = 0, last = 0, got;

	while ((got = TlsAlloc()) != INVALID) {
		last = got;
		n++;
	}
	CHECK(n == 64 && last == 63);
	while (n--)
		CHECK(TlsFree(n));
	CHECK(!TlsFree(0) && !TlsFree(1000));
}

static void process(void)
{
	unsigned long long before, after;
	u32 *teb, *peb, time[2];
	char text[64];

	__asm__("movl %%fs:0x18, %0" : "=r"(teb));
	__asm__("movl %%fs:0x30, %0" : "=r"(peb));
	CHECK(teb[0] == INVALID && teb[6] == (u32)teb && teb[12] == (u32)peb);
	CHECK((u32)text < teb[1] && (u32)text > teb[2]);
	CHECK(teb[8] == GetCurrentProcessId());
	CHECK(teb[9] == GetCurrentThreadId());
	CHECK(peb[2] == GetModuleHandleA(0));
	SetLastError(1234);
	CHECK(teb[13] == 1234);
	CHECK(!strcmp(GetCommandLineA(),
		      "pe_calls.exe one \"two  three\" \"\" \"a\\\"b\\\\\""));
	CHECK(GetEnvironmentVariableA("PE_TEST", text, 64) == 3);
	CHECK(!strcmp(text, "yes"));
	CHECK(GetEnvironmentVariableA("PE_TEST", text, 3) == 4);
	CHECK(!GetEnvironmentVariableA("PE_NONE", text, 64));
	CHECK(GetLastError() == 203);
	QueryPerformanceCounter(&before);
	Sleep(2);
	QueryPerformanceCounter(&after);
	CHECK(after - before >= 2000000);
	GetSystemTimeAsFileTime(time);
	CHECK(time[1] > 30000000);		/* later than 2009 */
	CHECK(GetModuleHandleA("KERNEL32") == GetModuleHandleA("kernel32.dll"));
	CHECK(GetModuleHandleA("kernel32") != 0);
}

static u32 mappings(void)
{
	u32 h = CreateFileA("/proc/self/maps", 0x80000000, 0, 0, 3, 0, 0);
	char text[256];
	u32 n, lines = 0;

	while (ReadFile(h, text, sizeof(text), &n, 0) && n)
		while (n)
			lines += text[--n] == '\n';
	CloseHandle(h);
	return lines;
}

/* Libraries come and go, or cannot come: nothing of them stays. */
static void loads(void)
{
	u32 before = 0, h;

	for (int i = 0; i < 100; i++) {
		if (i == 1)
			before = mappings();
		CHECK(!LoadLibraryA("pe_bad.dll") && GetLastError() == 127);
		CHECK(!LoadLibraryA("/proc/version") && GetLastError() == 193);
		CHECK(!LoadLibraryA("pe_program.exe") && GetLastError() == 193);
		h = LoadLibraryA("PE_Other");
		check_call(h && FreeLibrary(h), "loading and freeing");
	}
	CHECK(before > 5 && mappings() == before);
	CHECK(!FreeLibrary(h) && GetLastError() == 126);
}

static void msvcrt(void)
{
	char text[64];

	sprintf(text, "%5d|%-4s|%I64x|%I32u|%c%%", -42, "ab",
		0x123456789abcdefll, 7u, 'z');
	CHECK(!strcmp(text, "  -42|ab  |123456789abcdef|7|z%"));
	CHECK(!_stricmp("HeLLo", "hEllO") && _stricmp("a", "B") < 0);
}

int entry(void)
{
	read_files();
	memory_calls();
	heap();
	thread_calls();
	slots();
	process();
	loads();
	msvcrt();
	tell("wrong", wrong);
	ExitProcess(wrong ? 1 : 7);
	return 0;
}

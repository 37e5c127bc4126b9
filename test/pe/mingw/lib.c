/* SPDX-License-Identifier: MIT */
/* A library as students write them; lib.def says what it exports. */
#include <stdio.h>
#include <windows.h>

int number = 12;

static __thread int calls;

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved)
{
	static const char *const why[] = { "goodbye", "hello", "thread hello",
					   "thread goodbye" };

	(void)self;
	(void)reserved;
	printf("lib: %s\n", why[reason]);
	return TRUE;
}

int count(void)
{
	return ++calls;
}

int hidden(int n)
{
	return n * number;
}

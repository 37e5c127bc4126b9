/* SPDX-License-Identifier: MIT */
/* For PE programs of the tests, made by link.py; nothing but kernel32. */
#ifndef TEST_PE_H
#define TEST_PE_H

typedef unsigned int u32;

#define WINAPI		__attribute__((stdcall))
#define UNUSED		__attribute__((unused))
#define STR(x)		#x

/* A slot of the import address table: a pointer to call by. */
#define IMPORT(dll, result, name, args)	\
	extern result (WINAPI *name)args __asm__("imp." #dll "." #name)
#define IMPORT_ORDINAL(dll, n, result, name, args)	\
	extern result (WINAPI *name)args __asm__("imp." #dll "." #n)

IMPORT(kernel32, u32, GetStdHandle, (u32 which));
IMPORT(kernel32, int, WriteFile, (u32 h, const void *from, u32 n, u32 *done,
				  void *overlapped));
IMPORT(kernel32, void, ExitProcess, (u32 status));

enum { PROCESS_DETACH, PROCESS_ATTACH, THREAD_ATTACH, THREAD_DETACH };

UNUSED static void say(const char *text)
{
	u32 n = 0, done;

	while (text[n])
		n++;
	WriteFile(GetStdHandle((u32)-11), text, n, &done, 0);
}

UNUSED static void say_number(u32 value)
{
	char digits[12], *to = digits + 11;

	*to = '\0';
	do {
		*--to = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	say(to);
}

/* "who: what number\n" */
UNUSED static void tell(const char *what, u32 value)
{
	say(what);
	say(" ");
	say_number(value);
	say("\n");
}

/* This thread's copy of a module's TLS. */
UNUSED static void *own_copy(u32 number)
{
	char **copies;

	__asm__("movl %%fs:0x2c, %0" : "=r"(copies));
	return copies[number];
}

#endif

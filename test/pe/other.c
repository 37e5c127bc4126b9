/* SPDX-License-Identifier: MIT */
/* A library that others forward to, and without an entry point. */
#include "pe.h"

int WINAPI add(int a, int b);
int WINAPI sub(int a, int b);

int WINAPI add(int a, int b)
{
	return a + b;
}

int WINAPI sub(int a, int b)
{
	return a - b;
}

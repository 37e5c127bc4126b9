/* SPDX-License-Identifier: MIT */
/*
 * twice: call a function of another object twice, for
 * ./lectern show plt -- twice and ./lectern show birth user/more/twice.c.
 */
#include <stdio.h>

static const char first[] = "looked for, and found";
static int calls;

static void say(const char *what)
{
	calls++;
	puts(what);
}

int main(void)
{
	say(first);
	say("found at once");
	return calls - 2;
}

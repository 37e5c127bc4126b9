/* SPDX-License-Identifier: MIT */
/* A program that needs FUNCTION of LIBRARY, which cannot be had. */
#include "pe.h"

#define SLOT_NAME(library, function)	"imp." #library "." #function
#define SLOT(library, function)		SLOT_NAME(library, function)

extern int (WINAPI *needed)(void) __asm__(SLOT(LIBRARY, FUNCTION));

int entry(void);

int entry(void)
{
	say("it runs\n");
	return needed();
}

/* SPDX-License-Identifier: MIT */
/*
 * A program whose start code runs no constructors: neither DT_INIT, which this
 * is, nor those of the array.  It ends with what they did.  A register that
 * other start code sets is not counted on (--no-relax).
 */
#include <unistd.h>

void own_start(void);
void own_init(void);

static int done = 4;

void own_init(void)
{
	done |= 1;
}

__attribute__((constructor)) static void construct(void)
{
	done |= 2;
}

void own_start(void)
{
	_exit(done);
}

/* For who links it with start code that is not used. */
int main(void)
{
	return 99;
}

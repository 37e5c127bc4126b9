/* SPDX-License-Identifier: MIT */
/* The census of system calls as a file, in a kernel that takes one. */
#include "census.h"
#include <topics/proc/proc.h>
#include <lt/init.h>

static void census_register(void)
{
	if (census_taken())
		proc_register("lectern/census", census_show, NULL);
}
INIT(ready, census_register);

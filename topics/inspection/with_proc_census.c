/* SPDX-License-Identifier: MIT */
/* /proc/lectern/census, in a kernel whose command line asks for a census. */
#include "census.h"
#include <topics/proc/proc.h>
#include <lt/init.h>

static void census_register(void)
{
	if (census_taken())
		proc_register("lectern/census", census_show, NULL);
}
INIT(ready, census_register);

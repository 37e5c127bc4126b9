/* SPDX-License-Identifier: MIT */
/*
 * Versions of a symbol (row D17).  The library has answer@V1 and the default
 * answer@@V2; whoever was linked with an older one goes on with what it had.
 */
#include <dlfcn.h>
#include "../tap.h"

int answer(void), old_answer(void), ancient_answer(void), only_v1(void);

int main(void)
{
	check_eq(answer(), 2, "the default version");
	check_eq(old_answer(), 1, "linked when there was V1 only");
	check_eq(ancient_answer(), 1, "linked when there were no versions");
	check_eq(((int (*)(void))dlsym(RTLD_DEFAULT, "answer"))(), 2,
		 "asked for by name: the default");
	check_eq(((int (*)(void))dlvsym(RTLD_DEFAULT, "answer", "V1"))(), 1,
		 "or by name and version: the older one");
	check_eq(((int (*)(void))dlvsym(RTLD_DEFAULT, "answer", "V2"))(), 2,
		 "the newer one");
	check(!dlvsym(RTLD_DEFAULT, "answer", "V9"), "one that is missing");
	check(strstr(dlerror(), "undefined symbol: answer, version V9") != NULL,
	      "in glibc's words");
	check_eq(only_v1(), 11, "a symbol of the older version");
	return tap_done();
}

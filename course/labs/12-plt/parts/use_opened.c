/* SPDX-License-Identifier: MIT */
/* Lab 12: a library that is opened later, for its caller or for all. */
#include <dlfcn.h>
#include "part.h"

#define FILE	"/lab/libplt_few.so"

int main(void)
{
	void *handle;

	expect(!dlsym(RTLD_DEFAULT, "plt_here"), "a function was found in a "
	       "library that is not loaded");
	handle = dlopen(FILE, RTLD_LAZY);
	expect(handle != NULL, "a library could not be opened");
	expect(dlsym(handle, "plt_here") != NULL, "a function of an opened "
	       "library was not found");
	expect(!dlsym(RTLD_DEFAULT, "plt_here"), "a function was found in a "
	       "library that was opened for its caller alone");
	handle = dlopen(FILE, RTLD_LAZY | RTLD_GLOBAL);
	expect(handle != NULL, "a library could not be opened again");
	expect(dlsym(RTLD_DEFAULT, "plt_here") != NULL, "a function was not "
	       "found in a library that was opened for all");
	return 0;
}

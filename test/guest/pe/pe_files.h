/* SPDX-License-Identifier: MIT */
/* PE files beside this program, started by binfmt_misc. */
#ifndef TEST_PE_FILES_H
#define TEST_PE_FILES_H

#include <sys/mount.h>
#include "../tap.h"

#define LOADER	"/usr/lectern/bin/pe"

static char pe_folder[256];

/* Registers the loader under `name`.  => 0, or why it cannot be */
static const char *pe_register(const char *self, const char *name)
{
	char line[128];
	int fd, n;

	tap_find_self(self);
	snprintf(pe_folder, sizeof(pe_folder), "%.*s",
		 (int)(strrchr(tap_self, '/') - tap_self), tap_self);
	if (access(LOADER, X_OK))
		return "no loader";
	mkdir("misc", 0755);
	if (mount("none", "misc", "binfmt_misc", 0, NULL))
		return "no file system binfmt_misc";
	fd = open("misc/register", O_WRONLY);
	n = snprintf(line, sizeof(line), ":%s:M::MZ::" LOADER ":", name);
	if (write(fd, line, (size_t)n) != n)
		tap_bail("registering");
	close(fd);
	return NULL;
}

static void pe_unregister(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "misc/%s", name);
	fd = open(path, O_WRONLY);
	if (fd >= 0 && write(fd, "-1", 2) == 2)
		close(fd);
	umount2("misc", 0);
	rmdir("misc");
}

#endif

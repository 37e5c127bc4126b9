/* SPDX-License-Identifier: MIT */
/* Debian's bzip2 library on our C library: with_bz2 c|d FILE. */
#include "all.h"

void *BZ2_bzopen(const char *path, const char *mode);
int BZ2_bzwrite(void *f, const void *buf, int n);
int BZ2_bzread(void *f, void *buf, int n);
void BZ2_bzclose(void *f);
const char *BZ2_bzerror(void *f, int *err);

int main(int argc, char **argv)
{
	char buf[5000], *all;
	int n, err;
	size_t size;
	void *f;

	if (argc != 3)
		return 2;
	f = BZ2_bzopen(argv[2], *argv[1] == 'c' ? "w9" : "r");
	if (!f)
		fail("BZ2_bzopen");
	if (*argv[1] == 'c') {
		all = read_input(&size);
		if (BZ2_bzwrite(f, all, (int)size) != (int)size)
			fail("BZ2_bzwrite");
	} else {
		while ((n = BZ2_bzread(f, buf, sizeof(buf))) > 0)
			write_output(buf, (size_t)n);
		if (n < 0) {
			dprintf(2, "%s\n", BZ2_bzerror(f, &err));
			return 1;
		}
	}
	BZ2_bzclose(f);
	return 0;
}

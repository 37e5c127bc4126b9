/* SPDX-License-Identifier: MIT */
/*
 * Debian's sqlite on our C library: with_sqlite FILE runs the SQL of standard
 * input, and prints rows as the command sqlite3 does.
 */
#include "all.h"

int sqlite3_open(const char *path, void **db);
int sqlite3_exec(void *db, const char *sql, int (*row)(void *, int, char **,
						       char **),
		 void *arg, char **error);
int sqlite3_close(void *db);
const char *sqlite3_errmsg(void *db);

static int row(void *arg, int n, char **values, char **names)
{
	(void)arg;
	(void)names;
	for (int i = 0; i < n; i++)
		fprintf(stdout, "%s%s", i ? "|" : "", values[i] ?: "");
	fputs("\n", stdout);
	return 0;
}

int main(int argc, char **argv)
{
	size_t n;
	char *sql = read_input(&n);
	void *db;

	if (argc != 2)
		return 2;
	if (sqlite3_open(argv[1], &db) ||
	    sqlite3_exec(db, sql, row, NULL, NULL)) {
		dprintf(2, "%s\n", sqlite3_errmsg(db));
		return 1;
	}
	return sqlite3_close(db);
}

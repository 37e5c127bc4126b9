/* SPDX-License-Identifier: MIT */
/*
 * Two processes of one program share every page of its text (row B18), and none
 * with one of a copy of its file: the kernel tells by pagemap in which frames
 * they lie.
 */
#include "../../tap.h"
#include "texts.h"

#define MOST	256

struct text {
	unsigned long start, pages;
	uint64_t entry[MOST];
};

/* Of an entry of pagemap: the page is in memory, and its frame. */
#define PRESENT	(1ULL << 63)
#define FRAME	((1ULL << 55) - 1)

/* The first mapping of a process whose pages can be executed. */
static int find_text(pid_t pid, struct text *t)
{
	static char maps[8192];
	char *line, *save, *end;

	text_read(task_file(pid, "maps"), maps, sizeof(maps));
	for (line = strtok_r(maps, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		t->start = strtoul(line, &end, 16);
		t->pages = (strtoul(end + 1, &end, 16) - t->start) / PG;
		if (end[3] == 'x' && strchr(line, '/'))
			return t->pages > 0 && t->pages <= MOST;
	}
	return 0;
}

static int read_entries(pid_t pid, struct text *t)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY);
	n = pread(fd, t->entry, t->pages * 8, (off_t)(t->start / PG * 8));
	close(fd);
	return n == (ssize_t)(t->pages * 8);
}

/* Another process of this program, which has touched all of its text. */
static void touch_and_wait(void)
{
	struct text t;

	if (find_text(getpid(), &t))
		for (unsigned long i = 0; i < t.pages; i++)
			load_byte((char *)t.start + i * PG);
	printf("# ready\n");
	for (;;)
		pause();
}

static pid_t start_program(const char *file, int *out)
{
	char c, *argv[] = { (char *)file, (char *)"wait", NULL };
	int p[2];
	pid_t pid;

	if (pipe(p) || (pid = fork()) < 0)
		tap_bail("start");
	if (pid == 0) {
		dup2(p[1], 1);
		execve(file, argv, environ);
		_exit(9);
	}
	close(p[1]);
	while (read(p[0], &c, 1) == 1 && c != '\n')
		;
	*out = p[0];
	return pid;
}

/* shared: the pages that are to lie in one frame, all or none. */
static void compare_texts(const struct text *a, const struct text *b,
			  int shared)
{
	unsigned long there = 0, same = 0;

	for (unsigned long i = 0; i < a->pages; i++) {
		there += a->entry[i] & b->entry[i] & PRESENT ? 1 : 0;
		same += (a->entry[i] & FRAME) &&
			!((a->entry[i] ^ b->entry[i]) & FRAME);
	}
	check_eq(there, a->pages, "all pages of text are in memory in both");
	check_eq(same, shared ? a->pages : 0, "%s lies in one frame",
		 shared ? "each" : "none");
}

int main(int argc, char **argv)
{
	static const char copy[] = "/tmp/text_pages";
	static struct text text[3];
	const char *file[3] = { tap_self, tap_self, copy };
	pid_t pid[3];
	int out[3];

	tap_find_self(argv[0]);
	if (argc > 1)
		touch_and_wait();
	copy_self(copy, 0755);
	for (int i = 0; i < 3; i++) {
		pid[i] = start_program(file[i], &out[i]);
		if (!find_text(pid[i], &text[i]) ||
		    text[i].pages != text[0].pages ||
		    !read_entries(pid[i], &text[i]))
			tap_bail("maps and pagemap");
	}
	compare_texts(&text[0], &text[1], 1);
	compare_texts(&text[0], &text[2], 0);
	for (int i = 0; i < 3; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	unlink(copy);
	return tap_done();
}

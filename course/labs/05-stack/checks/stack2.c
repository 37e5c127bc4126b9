/* SPDX-License-Identifier: MIT */
/* Lab 5, what only the grader runs. */
#include "start.h"
#include <sys/stat.h>

static char *none[] = { NULL };

static void write_script(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	lab_must(fd, "open a script");
	lab_equal(write(fd, line, strlen(line)), strlen(line), "bytes written");
	close(fd);
	lab_must(chmod(path, 0755), "chmod");
}

/* A script's interpreter gets the script's name and the arguments. */
static void script(void)
{
	char *argv[] = { "name", "a", "b c", NULL }, *only[] = { "name", NULL };
	char *envp[] = { "E=1", "F=2", NULL };
	char *one[] = { CHILD, "/tmp/one", "a", "b c", NULL };
	char *two[] = { CHILD, "an argument", "/tmp/two", "a", "b c", NULL };
	char *three[] = { CHILD, "an argument", "/tmp/two", "x", "/tmp/three",
			  "a", "b c", NULL };
	char *bare[] = { CHILD, "an argument", "/tmp/two", NULL };

	write_script("/tmp/one", "#!" CHILD "\n");
	write_script("/tmp/two", "#! " CHILD " an argument\n");
	write_script("/tmp/three", "#!/tmp/two x\n");
	must_start("/tmp/one", argv, envp);
	must_have(one, envp);
	must_start("/tmp/two", argv, envp);
	must_have(two, envp);
	lab_check(report.sp % 16 == 0, "the stack pointer is %#lx", report.sp);
	must_start("/tmp/three", argv, envp);
	must_have(three, envp);
	lab_check(report.sp % 16 == 0, "the stack pointer is %#lx", report.sp);
	must_start("/tmp/two", only, envp);
	must_have(bare, envp);
	must_start("/tmp/two", none, none);
	must_have(bare, none);
	lab_equal(report.cmdline, 1, "/proc/self/cmdline of a script");
}

/* Return: the end of a page behind which there is nothing. */
static char *cliff(void)
{
	char *at = mmap(NULL, 3 * LAB_PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	lab_check(at != MAP_FAILED, "mmap failed: %s", strerror(errno));
	munmap(at + 2 * LAB_PAGE, LAB_PAGE);
	return at + 2 * LAB_PAGE;
}

/* Vectors and strings that end where the memory ends, or do not end. */
static void borders(void)
{
	char *end = cliff(), *far = cliff();
	char **argv = (char **)end - 4;

	memcpy(far - 5, "last", 5);
	argv[0] = "child";
	argv[1] = far - 5;
	argv[2] = "x";
	argv[3] = NULL;
	must_start(CHILD, argv, argv);
	must_have(argv, argv);
	for (unsigned i = 0; i < 40; i++)
		argv[-(int)i] = far - 5;
	must_start(CHILD, argv - 39, none);
	must_have(argv - 39, none);
	argv[3] = "no end";
	must_refuse(EFAULT, argv, none, "a vector that runs out of the memory");
	must_refuse(EFAULT, none, argv, "such an environment");
	argv[3] = NULL;
	far[-1] = 'x';
	must_refuse(EFAULT, argv, none, "a string that runs out of the memory");
	memset(far - 2 * LAB_PAGE, 'x', 2 * LAB_PAGE);
	argv[1] = far - 2 * LAB_PAGE;
	must_refuse(EFAULT, argv, none, "a string of 8 KiB that runs out of "
		    "the memory");
	argv[1] = (char *)16;
	must_refuse(EFAULT, argv, none, "a string at address 16");
	must_refuse(EFAULT, (char **)16, none, "a vector at address 16");
	munmap(end - 2 * LAB_PAGE, 2 * LAB_PAGE);
	munmap(far - 2 * LAB_PAGE, 2 * LAB_PAGE);
}

/* The kernel remembers where all this lies. */
static void files(void)
{
	char *argv[] = { "child", "to be", "shown", "", "here", NULL };
	char *envp[] = { "A=1", "BB=22", "CCC=333", NULL };

	must_start(CHILD, argv, envp);
	must_have(argv, envp);
	lab_equal(report.cmdline, 1, "/proc/self/cmdline agrees with argv");
	lab_equal(report.environ, 1, "/proc/self/environ agrees with envp");
	lab_equal(report.auxv, 1, "/proc/self/auxv agrees with the vector");
}

static const struct lab_case cases[] = {
	{ "script", script },
	{ "borders", borders },
	{ "files", files },
};

LAB_MAIN(cases)

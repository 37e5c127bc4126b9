/* SPDX-License-Identifier: MIT */
/*
 * init: the first process.  Prepares /proc, /tmp, /dev and the environment,
 * runs one command or an interactive shell, adopts and reaps orphans, and
 * switches the machine off when the command has ended (rows B16, C1).
 * The command comes from /etc/lectern/cmd, NUL-separated; its streams are
 * three virtio ports and its end is reported on a fourth, as the driver
 * expects.  Without that file a shell runs on the console.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define CMD_FILE	"/etc/lectern/cmd"
#define ENV_FILE	"/etc/lectern/env"
#define PATHS	"/usr/lectern/bin:/bin:/sbin:/usr/bin:/usr/sbin"
#define MAX_ARGS	4096
#define PORT_SLOTS	4
#define PORT_WAIT_MS	5000	/* for the host to announce its ports */

static int report_fd = -1;	/* [main] reports the result to the driver */
static pid_t live;		/* [main] shows the machine; 0: nobody does */

static void say(const char *what, const char *why)
{
	dprintf(STDERR_FILENO, "lectern: %s: %s\n", what, why);
}

__attribute__((noreturn)) static void end_machine(unsigned int how)
{
	sync();
	reboot(how);
	say("reboot", strerror(errno));
	for (;;)
		pause();
}

static void report(const char *kind, int value)
{
	if (report_fd >= 0)
		dprintf(report_fd, "%s %d\n", kind, value);
}

static void fail(const char *what)
{
	say(what, strerror(errno));
	end_machine(RB_POWER_OFF);
}

/*
 * Handle the signals that poweroff, halt and reboot send to process 1.  The
 * handler itself ends the machine, because a flag could be set just between
 * its check and a wait, and be missed.
 */
static void on_request(int sig)
{
	struct timespec grace = { 0, 200 * 1000000 };

	kill(-1, SIGTERM);
	nanosleep(&grace, NULL);
	kill(-1, SIGKILL);
	report("exit", 0);
	end_machine(sig == SIGTERM ? RB_AUTOBOOT :
		    sig == SIGUSR1 ? RB_HALT_SYSTEM : RB_POWER_OFF);
}

static void handle_requests(void)
{
	struct sigaction sa = {
		.sa_handler = on_request,
		.sa_mask = sigmask(SIGTERM) | sigmask(SIGUSR1) |
			   sigmask(SIGUSR2),
	};

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
}

static int present(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

/* True if the path is a mount point: its parent has another device number. */
static int mounted(const char *path)
{
	struct stat st, up;
	char parent[64];

	snprintf(parent, sizeof(parent), "%s/..", path);
	return stat(path, &st) == 0 && stat(parent, &up) == 0 &&
	       st.st_dev != up.st_dev;
}

static void mount_one(const char *type, const char *where, const char *data)
{
	if (mounted(where))
		return;
	mkdir(where, 0755);
	/* ENODEV: the kernel was built without it */
	if (mount(type, where, type, 0, data) && errno != EBUSY &&
	    errno != ENODEV)
		say(where, strerror(errno));
}

static void mount_all(void)
{
	if (!present("/dev/null"))
		mount_one("devtmpfs", "/dev", NULL);
	mount_one("proc", "/proc", NULL);
	mount_one("sysfs", "/sys", NULL);
	if (present("/sys/kernel/tracing"))
		mount_one("tracefs", "/sys/kernel/tracing", NULL);
	mount_one("devpts", "/dev/pts", "gid=5,mode=620,ptmxmode=666");
	mount_one("tmpfs", "/tmp", NULL);
	if (present("/sys/fs/cgroup"))
		mount_one("cgroup2", "/sys/fs/cgroup", NULL);
	chmod("/tmp", 01777);
	umask(022);
}

/* Return: the value of the word NAME=VALUE of line, or NULL.  name: "NAME=". */
static char *boot_word(char *line, const char *name)
{
	size_t n = strlen(name);
	char *save;

	for (char *w = strtok_r(line, " \n", &save); w;
	     w = strtok_r(NULL, " \n", &save))
		if (!strncmp(w, name, n))
			return w + n;
	return NULL;
}

/*
 * root=DEVICE: make that file system the root of all programs started from
 * here on.  The initial root, which has this program's file, stays mounted
 * underneath.
 */
static void enter_root(void)
{
	static const char *const moved[] = { "/dev", "/proc", "/sys" };
	char line[2048], path[32], *device;
	int fd = open("/proc/cmdline", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	if (fd >= 0)
		close(fd);
	line[n > 0 ? n : 0] = 0;
	device = boot_word(line, "root=");
	if (!device)
		return;
	mkdir("/.root", 0755);
	if (mount(device, "/.root", "ext2", 0, NULL) &&
	    ((errno != EACCES && errno != EROFS) ||
	     mount(device, "/.root", "ext2", MS_RDONLY, NULL)))
		fail(device);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "/.root%s", moved[i]);
		mkdir(path, 0755);
		if (mount(moved[i], path, NULL, MS_MOVE, NULL))
			say(path, strerror(errno));
	}
	if (chdir("/.root") || mount(".", "/", NULL, MS_MOVE, NULL) ||
	    chroot("."))
		fail("root");
}

/* Open the console on 0, 1, 2, in case the kernel has not done so. */
static void open_console(void)
{
	int fd;

	if (fcntl(STDERR_FILENO, F_GETFD) >= 0)
		return;
	fd = open("/dev/console", O_RDWR | O_NOCTTY);
	if (fd < 0)
		return;
	for (int i = 0; i <= STDERR_FILENO; i++)
		dup2(fd, i);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* Return: the whole file with a NUL added, or NULL; *size excludes the NUL. */
static char *slurp(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *buf = NULL;
	ssize_t n = -1;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0)
		buf = malloc((size_t)st.st_size + 1);
	if (buf)
		n = read_all(fd, buf, (size_t)st.st_size);
	close(fd);
	if (n < 0)
		return NULL;
	buf[n] = '\0';
	*size = (size_t)n;
	return buf;
}

static void set_environment(void)
{
	size_t size;
	char *text, *line, *save;

	setenv("PATH", PATHS, 1);
	setenv("HOME", present("/root") ? "/root" : "/", 0);
	setenv("TERM", "vt100", 0);
	setenv("USER", "root", 0);
	text = slurp(ENV_FILE, &size);
	if (!text)
		return;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (strchr(line, '='))
			putenv(line);
}

/* Return: a NULL-terminated argv, or NULL if there is no command. */
static char **read_command(void)
{
	static char *argv[MAX_ARGS + 1];
	size_t size, n = 0;
	char *text = slurp(CMD_FILE, &size);

	if (!text)
		return NULL;
	for (char *p = text; p < text + size; p += strlen(p) + 1) {
		if (n == MAX_ARGS) {
			errno = E2BIG;
			fail(CMD_FILE);
		}
		argv[n++] = p;
	}
	if (!n) {
		errno = ENODATA;
		fail(CMD_FILE);
	}
	return argv;
}

/*
 * Open a virtio port.  The ports' device has number 0 here, but on Linux the
 * number of its slot.
 * Return: -1: the host announces no such port.
 */
static int find_port(int port, int flags)
{
	struct timespec step = { 0, 10 * 1000000 };
	char path[32];
	int fd;

	for (int ms = 0; ms < PORT_WAIT_MS; ms += 10) {
		for (int slot = 0; slot < PORT_SLOTS; slot++) {
			snprintf(path, sizeof(path), "/dev/vport%dp%d", slot,
				 port);
			fd = open(path, flags | O_CLOEXEC | O_NOCTTY);
			if (fd >= 0)
				return fd;
		}
		nanosleep(&step, NULL);
	}
	return -1;
}

static int open_port(int port, int flags)
{
	int fd = find_port(port, flags);

	if (fd < 0)
		fail("the ports of the command");
	return fd;
}

/* Return: the loader that a dynamic program names, or NULL. */
static const char *loader_of(const char *program)
{
	static char text[4096];
	const Elf_Ehdr *head = (const Elf_Ehdr *)text;
	int fd = open(program, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	const Elf_Phdr *part;

	if (fd >= 0)
		close(fd);
	if (n < (ssize_t)sizeof(*head) || memcmp(text, "\177ELF", 4))
		return NULL;
	for (unsigned int i = 0; i < head->e_phnum; i++) {
		size_t at = (size_t)head->e_phoff + i * sizeof(*part);

		if (at % sizeof(long) || at + sizeof(*part) > (size_t)n)
			break;
		part = (const Elf_Phdr *)(text + at);
		if (part->p_type == PT_INTERP && part->p_offset < (size_t)n)
			return text + part->p_offset;
	}
	return NULL;
}

/* Report a failed exec; ENOENT may mean that the loader is missing. */
static void say_why(const char *program, int err)
{
	const char *loader = err == ENOENT ? loader_of(program) : NULL;
	char why[256];

	if (!loader || present(loader)) {
		say(program, strerror(err));
		return;
	}
	snprintf(why, sizeof(why), "its loader %s is missing; run --packages "
		 "libc6 brings Debian's", loader);
	say(program, why);
}

/* In the child: exec the command, or report why not.  Never returns. */
static void become(char **argv)
{
	int err;

	execvp(argv[0], argv);
	err = errno;
	say_why(argv[0], err);
	_exit(err == ENOENT ? 127 : 126);
}

static pid_t start_command(char **argv)
{
	int in = open_port(1, O_RDONLY);
	int out = open_port(2, O_WRONLY);
	int err = open_port(3, O_WRONLY);
	pid_t pid;

	report_fd = open_port(4, O_WRONLY);
	pid = fork();
	if (pid == 0) {
		setsid();
		dup2(in, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		become(argv);
	}
	close(in);
	close(out);
	close(err);
	return pid;
}

/*
 * Set the size of the terminal window, which a serial line does not know: the
 * driver passes it in the environment.  Remove it from there, because programs
 * prefer these variables to the terminal, even in a smaller window of tmux.
 */
static void set_size(int fd)
{
	const char *lines = getenv("LINES"), *columns = getenv("COLUMNS");
	struct winsize w = { 0 };

	if (lines && columns) {
		w.ws_row = (unsigned short)atoi(lines);
		w.ws_col = (unsigned short)atoi(columns);
		ioctl(fd, TIOCSWINSZ, &w);
	}
	unsetenv("LINES");
	unsetenv("COLUMNS");
}

/* Read a line "ROWS COLUMNS" from the host for each new size of the window. */
static void follow_size(void)
{
	int port = find_port(1, O_RDONLY);
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);
	struct winsize w = { 0 };
	char text[64], *line, *save, *end;
	ssize_t n;

	while (port >= 0 && (n = read(port, text, sizeof(text) - 1)) > 0) {
		text[n] = '\0';
		for (line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			w.ws_row = (unsigned short)strtoul(line, &end, 10);
			w.ws_col = (unsigned short)strtoul(end, NULL, 10);
			ioctl(fd, TIOCSWINSZ, &w);
		}
	}
	_exit(0);
}

/* Start follow_size(), if the host reports sizes (LECTERN_RESIZE). */
static void start_follower(void)
{
	if (!getenv("LECTERN_RESIZE"))
		return;
	unsetenv("LECTERN_RESIZE");
	if (fork() == 0) {
		/* only process 1 may end the machine */
		signal(SIGTERM, SIG_DFL);
		signal(SIGUSR1, SIG_DFL);
		signal(SIGUSR2, SIG_DFL);
		setsid();
		follow_size();
	}
}

/*
 * A recorded machine has no ports: the command writes to the console, where the
 * host separates its output from the log, and its standard input is empty.
 */
static int on_console(void)
{
	int yes = getenv("LECTERN_ON_CONSOLE") != NULL;

	unsetenv("LECTERN_ON_CONSOLE");
	return yes;
}

static pid_t start_on_console(char **argv)
{
	pid_t pid;
	int in;

	report_fd = open("/dev/console", O_WRONLY | O_CLOEXEC | O_NOCTTY);
	pid = fork();
	if (pid == 0) {
		setsid();
		in = open("/dev/null", O_RDONLY | O_CLOEXEC);
		dup2(in, STDIN_FILENO);
		become(argv);
	}
	return pid;
}

static void take_console(void)
{
	int fd;

	setsid();
	fd = open("/dev/console", O_RDWR);
	if (fd < 0)
		return;
	ioctl(fd, TIOCSCTTY, 0);
	set_size(fd);
	for (int i = 0; i <= STDERR_FILENO; i++)
		dup2(fd, i);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* Exec Debian's shell if there is one, else busybox, else lsh. */
static void become_shell(void)
{
	static char *const box[] = { "/bin/busybox", "/usr/bin/busybox" };

	execv("/bin/bash", (char *[]){ "-bash", NULL });
	execv("/bin/sh", (char *[]){ "-sh", NULL });
	for (int i = 0; i < 2; i++)
		execv(box[i], (char *[]){ box[i], "sh", NULL });
	execv("/usr/lectern/bin/lsh", (char *[]){ "lsh", NULL });
	say("no shell", "none of /bin/sh, busybox, /usr/lectern/bin/lsh runs");
	_exit(127);
}

static pid_t start_shell(void)
{
	pid_t pid;

	start_follower();
	pid = fork();
	if (pid == 0) {
		take_console();
		if (chdir(getenv("HOME")) < 0)
			chdir("/");
		become_shell();
	}
	return pid;
}

/*
 * Start the program that shows the machine live (docs/live.md), if the
 * environment names its port.  It closes its standard output when it has begun:
 * then the command may start, and nothing of it is missed.
 */
static void start_live(void)
{
	int ready[2];
	char c;

	if (!getenv("LECTERN_LIVE"))
		return;
	if (pipe(ready))
		fail("pipe");
	live = fork();
	if (live == 0) {
		setsid();
		dup2(ready[1], STDOUT_FILENO);
		close(ready[0]);
		close(ready[1]);
		become((char *[]){ "/usr/lectern/bin/live", NULL });
	}
	close(ready[1]);
	while (read(ready[0], &c, 1) > 0)
		;
	close(ready[0]);
	unsetenv("LECTERN_LIVE");
}

/*
 * Let it show the end of the command.  It ends by itself; a host that reads
 * slowly has ten seconds.
 */
static void end_live(void)
{
	struct timespec step = { 0, 10 * 1000000 };

	if (live <= 0 || kill(live, SIGTERM))
		return;
	for (int ms = 0; ms < 10000 && waitpid(live, NULL, WNOHANG) == 0;
	     ms += 10)
		nanosleep(&step, NULL);
}

/* Reap all orphans until `pid` ends.  Return: the status of `pid`. */
static int wait_for(pid_t pid)
{
	int status;
	pid_t got;

	do {
		got = waitpid(-1, &status, 0);
		if (got < 0 && errno != EINTR)
			fail("wait");
		if (got == live)
			live = 0;
	} while (got != pid);
	return status;
}

int main(void)
{
	char **argv;
	pid_t pid;
	int status;

	open_console();
	if (getpid() != 1) {
		say("init", "is started by the kernel, as process 1");
		return 1;
	}
	handle_requests();
	mount_all();
	set_environment();
	argv = read_command();
	enter_root();
	start_live();
	if (argv)
		pid = on_console() ? start_on_console(argv) :
				     start_command(argv);
	else
		pid = start_shell();
	if (pid < 0)
		fail("fork");
	status = wait_for(pid);
	end_live();
	if (WIFSIGNALED(status))
		report("signal", WTERMSIG(status));
	else
		report("exit", WEXITSTATUS(status));
	end_machine(RB_POWER_OFF);
}

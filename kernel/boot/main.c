/* SPDX-License-Identifier: MIT */
/*
 * Start-up.  kernel_main() runs on the boot stack with interrupts off and
 * initializes everything that tasks need.  Task 1 then does the steps that may
 * sleep: drivers, file systems, init.  The boot stack becomes the stack of the
 * idle task.
 */
#define LOG_PREFIX "boot"
#include <dev/chip/clock.h>
#include <dev/tty.h>
#include <fs/vfs.h>
#include <kernel/boot/cmdline.h>
#include <kernel/exec/exec.h>
#include <kernel/futex/futex.h>
#include <kernel/irq/irq.h>
#include <kernel/task/kthread.h>
#include <kernel/log/log.h>
#include <kernel/random.h>
#include <kernel/sched/tasks.h>
#include <kernel/smp/smp.h>
#include <kernel/syscall/table.h>
#include <kernel/task/task.h>
#include <lib/errtext.h>
#include <lt/arch.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <lt/log.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>
#include <uapi/fs.h>

#define VECTOR_MAX 32

static void banner(void)
{
	ktime_t now = arch_clock();

	log_notice("Lectern %s on %s, %u CPU%s, %lu MiB, %lu.%03lu s after "
		   "power-on", LT_VERSION, ARCH_MACHINE, nr_cpus,
		   nr_cpus == 1 ? "" : "s",
		   page_total() >> (20 - PAGE_SHIFT),
		   (unsigned long)(now / NSEC_PER_SEC),
		   (unsigned long)(now % NSEC_PER_SEC / 1000000));
	if (boot_info.cpu_count > nr_cpus)
		log_notice("%u more CPUs stay off",
			   boot_info.cpu_count - nr_cpus);
}

static void set_clock(void)
{
	u64 sec = clock_chip_seconds();
	s64 offset = (s64)(sec * NSEC_PER_SEC - arch_clock());

	if (sec)
		clock_set_offsets(offset, offset);
}

/* ---- task 1 -------------------------------------------------------------- */

/* Open descriptors 0, 1 and 2; without a console init starts with none. */
static void open_console(void)
{
	struct file *f;
	int err = file_open(AT_FDCWD, "/dev/console", O_RDWR, 0, &f);

	if (err) {
		log_warn("cannot open /dev/console: %s (error %d)",
			 error_text(err), -err);
		return;
	}
	for (int fd = 0; fd < 3; fd++) {
		file_get(f);
		fd_install(f, fd, false);
	}
	file_put(f);
}

/*
 * Load the program at path into task 1.
 * Return: 0: task 1 runs the program when it returns to user mode; -errno.
 */
static int try_init(const char *path)
{
	const char *argv[VECTOR_MAX] = { path };
	const char *envp[VECTOR_MAX] = { "HOME=/", "TERM=linux" };
	int err;

	cmdline_for_init(argv, VECTOR_MAX, envp, VECTOR_MAX);
	err = exec_kernel(path, argv, envp);
	if (err && err != -ENOENT)
		log_err("cannot execute %s: %s (error %d)", path,
			error_text(err), -err);
	return err;
}

/* Search for init in much the same places as Linux, Lectern's own first. */
static void start_init(void)
{
	static const char *const candidates[] = {
		"/usr/lectern/bin/init", "/sbin/init", "/bin/init", "/bin/sh",
	};
	const char *wanted = boot_option("init");

	if (wanted) {
		int err = try_init(wanted);

		if (err)
			boot_refuse("init=%s cannot be executed: %s", wanted,
				    error_text(err));
		return;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(candidates); i++)
		if (try_init(candidates[i]) == 0)
			return;
	boot_refuse("no init found; give one in the initial file system, "
		    "or its path by init=");
}

/*
 * Mount the disk named by root=, unless the initial file system has Lectern's
 * own init, which handles root= itself.
 */
static void find_root(void)
{
	const char *device = boot_option("root");
	const char *type = boot_option("rootfstype");
	struct path p;
	int err;

	if (!device)
		return;
	if (!path_lookup(AT_FDCWD, "/usr/lectern/bin/init", 0, &p)) {
		path_put(&p);
		return;
	}
	err = mount_root_disk(device, type ? type : "ext2",
			      boot_option("ro") ? MS_RDONLY : 0);
	if (err)
		boot_refuse("root=%s cannot be mounted: %s (error %d)",
			    device, error_text(err), -err);
}

/*
 * Start the worker threads, the drivers and the other CPUs, then the parts that
 * need all of them, such as /proc; execute init last.
 */
static void init_task(void *arg __unused)
{
	init_level(task);
	uart_start();
	init_level(device);
	cpus[0].irq_stack = kstack_alloc();
	if (!cpus[0].irq_stack)
		boot_refuse("no memory for an interrupt stack");
	smp_start();
	init_level(ready);
	banner();
	init_level(end);
	task_become_init();
	initramfs_unpack();
	find_root();
	open_console();
	start_init();
}

/* ---- the boot stack ------------------------------------------------------ */

/*
 * Initialize the log first, so that later steps can report errors, then memory,
 * the clocks and the tables of tasks, and create the first task last.
 */
void kernel_main(void)
{
	struct task *init;

	smp_init();
	sched_early();
	log_init();
	page_init();
	slab_init();
	init_level(memory);
	kmap_init();
	kstack_init();
	init_level(tables);
	timers_init();
	sched_init();
	signals_init();
	tasks_init();
	futex_init();
	random_init();
	arch_init();
	set_clock();
	vm_init();
	vfs_init();
	init = kthread_create_first(init_task, "init");
	if (!init)
		boot_refuse("no memory for the first task");
	kthreads_init();
	task_start(init);
	task_put(init);
	arch_irq_enable();
	sched_idle();
}

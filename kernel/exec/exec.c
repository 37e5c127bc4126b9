/* SPDX-License-Identifier: MIT */
/*
 * execve (rows A1, A9, D15): open the file, copy the arguments to a new address
 * space, and let the binary formats load the program there.  The caller's
 * program is given up last, when nothing can fail any more.
 */
#define LOG_PREFIX "exec"
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <kernel/cred/cred.h>
#include <kernel/events.h>
#include <kernel/exec/exec.h>
#include <kernel/exec/internal.h>
#include <kernel/ops/hooks.h>
#include <kernel/ops/tracer_ops.h>
#include <kernel/random.h>
#include <kernel/sched/sched.h>
#include <kernel/signal/signal.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lt/init.h>
#include <lt/table.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>

/* ---- randomness ---------------------------------------------------------- */

unsigned long exec_randomness = 2;

/*
 * Return a random number of whole pages, in bytes.  The result is 0 if
 * randomization is off, or if personality(2) has set ADDR_NO_RANDOMIZE, so that
 * a debugger finds the same addresses in each run.
 */
unsigned long exec_random(struct exec *e, unsigned bits)
{
	u32 v = e->random;

	if (!READ_ONCE(exec_randomness) ||
	    (current->personality & ADDR_NO_RANDOMIZE &&
	     !e->clears_personality))
		return 0;
	e->random >>= bits;
	return (unsigned long)(v & ((1u << bits) - 1)) << PAGE_SHIFT;
}

/* ---- the file ------------------------------------------------------------ */

/*
 * Read the bytes at e->offset by which each loader recognizes its format.  If
 * the file ends before EXEC_HEAD bytes, head_len is less.
 */
static int read_head(struct exec *e)
{
	e->head_len = file_read_at(e->file, e->head, EXEC_HEAD, e->offset);
	return e->head_len < 0 ? e->head_len : 0;
}

int exec_seek(struct exec *e, u64 offset)
{
	int err;

	e->offset = offset;
	err = read_head(e);
	return err ? err : EXEC_AGAIN;
}

/* Undo file_open_exec(), which denied writing to the file (ETXTBSY). */
static void exec_drop_file(struct exec *e)
{
	if (!e->file)
		return;
	file_allow_write(e->file);
	file_put(e->file);
}

/*
 * Replace e->file by the interpreter, dropping the old file only when the new
 * one is open.  The depth is bounded, because a script may name itself.
 * Return: EXEC_AGAIN: try all formats again; -errno.
 */
int exec_redirect(struct exec *e, const char *interp, struct file *file)
{
	char *name = NULL;
	int err = e->depth++ >= EXEC_DEPTH ? -ELOOP : 0;

	if (!err && !(name = kstrdup(interp)))
		err = -ENOMEM;
	if (!err && !file)
		err = file_open_exec(AT_FDCWD, name, LOOKUP_FOLLOW, &file);
	if (err) {
		kfree(name);
		if (file)
			file_put(file);
		return err;
	}
	kfree(e->interp_name);
	e->interp_name = name;
	exec_drop_file(e);
	e->file = file;
	return exec_seek(e, 0);
}

TABLE(exec_format);

/*
 * Check that a format which has not loaded the program has left nothing for the
 * next one to run with: no rights, and nothing mapped below the stack.
 */
static void exec_check_unloaded(const struct exec *e, int err)
{
	if (err == -ENOEXEC || err == EXEC_AGAIN)
		ASSERT(!e->cred && vm_find(e->space, 0) ==
		       vm_find(e->space, e->stack_top - 1));
}

/* Try the formats of extensions, after the built-in ones. */
static int exec_try_tables(struct exec *e)
{
	int err = -ENOEXEC;

	table_each(format, exec_format) {
		err = format->load(e);
		exec_check_unloaded(e, err);
		if (err != -ENOEXEC)
			break;
	}
	return err;
}

/* Try the formats on e->file until one recognizes it. */
static int exec_try_formats(struct exec *e)
{
	int err;

	do {
		err = hooks.exec_first ? hooks.exec_first(e) : -ENOEXEC;
		if (err == -ENOEXEC)
			err = elf_load(e);
		exec_check_unloaded(e, err);
		if (err == -ENOEXEC)
			err = script_load(e);
		if (err == -ENOEXEC)
			err = exec_try_tables(e);
	} while (err == EXEC_AGAIN);
	return err;
}

/* ---- the point of no return ---------------------------------------------- */

/*
 * Name t, for ps and /proc/PID/comm: as the last component of the path, or as
 * the file of e that runs, if only a descriptor was given.
 */
static void exec_set_comm(struct task *t, const struct exec *e)
{
	const struct file *f = container_of(t->space->exe, struct file, object);
	const char *slash = strrchr(e->filename, '/');
	const char *name = slash ? slash + 1 : e->filename;
	char own[TASK_COMM];

	if (e->by & EXEC_BY_FD) {
		br_read_lock(&dcache_lock);
		str_copy(own, f->path.dentry->name, sizeof(own));
		br_read_unlock(&dcache_lock);
		name = own;
	}
	task_set_comm(t, name, strlen(name));
}

/*
 * Give t the system calls of the program's format.
 * Context: [tree_lock].
 */
static void exec_set_calls(struct task *t, const struct exec *e)
{
	t->calls = e->calls;
	syscall_table_of(t, t->syscall_table == syscall_traced_table);
}

/*
 * Switch to the new space, and only then drop the old space, because this CPU
 * is running on it.
 */
static void replace_space(struct exec *e)
{
	struct task *t = current;
	struct vm_space *old = t->space;

	/* nobody may write to the program's file as long as the program runs */
	e->space->exe = &e->file->object;
	e->file = NULL;
	task_release_space(t);
	/* a reader of t->space takes its reference under tree_lock */
	spin_lock(&tree_lock);
	t->space = e->space;
	limits_to_space(t->process, t->space);	/* the limits may have
						   changed */
	spin_unlock(&tree_lock);
	e->space = NULL;
	vm_space_switch(t->space);
	if (old) {
		t->process->maxrss = max(t->process->maxrss, vm_hiwater(old));
		vm_space_put(old);
	}
}

/*
 * Give up the old program; nothing here can fail.
 * Context: the caller is the only thread of its process.
 */
static void exec_commit(struct exec *e)
{
	struct task *t = current;
	struct trapframe *tf = current_trapframe(t->kstack);

	exec_set_dumpable(e);
	replace_space(e);
	if (e->files)
		files_replace_current(e->files);
	e->files = NULL;
	signal_exec(e->sighand);
	e->sighand = NULL;
	exec_take_rights(e);
	exec_set_comm(t, e);
	spin_lock(&tree_lock);
	t->process->has_execed = true;
	t->process->execs++;
	if (unlikely(t->process->unborn)) {
		t->process->unborn = false;
		wake_up(&t->process->parent->wait_child);
	}
	t->exit_signal = SIGCHLD;
	exec_set_calls(t, e);
	spin_unlock(&tree_lock);
	t->flags &= ~(TF_FORKNOEXEC | TF_RSEQ);
	/*
	 * last, because a parent may learn of the exec by an end of file on a
	 * pipe
	 */
	files_close_on_exec();
	arch_exec_init(tf, e->entry, e->sp);
}

/* ---- putting it together ------------------------------------------------- */

/*
 * Free e, after a failure or a success.  exec_commit() has cleared the pointers
 * to all objects that it took over.
 */
static void exec_free(struct exec *e)
{
	stack_destroy(e);
	exec_drop_file(e);
	if (e->space)
		vm_space_put(e->space);
	if (e->sighand)
		sighand_put(e->sighand);
	if (e->cred)
		cred_put(e->cred);
	if (e->files)
		files_put(e->files);
	if (e->binary)
		file_put(e->binary);
	if (e->gains)
		exec_end_gain();
	kfree(e->interp_name);
	page_put(virt_page(e));
}

/*
 * Build the new program in e->space without touching the caller's address
 * space.
 * Return: 0 or -errno; the caller calls exec_free() in either case.
 */
static int exec_build(struct exec *e, const struct arg_source *argv,
		      const struct arg_source *envp)
{
	int err = read_head(e);

	if (err)
		return err;
	e->space = vm_space_create();
	if (!e->space)
		return -ENOMEM;
	if (current->space)
		e->space->no_huge = current->space->no_huge;
	e->clears_personality = exec_has_bits(e);
	err = stack_create(e);
	if (!err)
		err = stack_copy_args(e, argv, envp);
	return err ? err : exec_try_formats(e);
}

/*
 * Pass e->binary, if there is one, to the interpreter as a descriptor of table,
 * whose number is the value of AT_EXECFD.
 * Return: 0; -errno: table has not changed.
 */
static int exec_pass_binary(struct exec *e, struct files *table)
{
	int fd, err;

	if (!e->binary)
		return 0;
	fd = files_install(table, e->binary, 0, false);
	if (fd < 0)
		return fd;
	e->binary = NULL;
	err = stack_set_execfd(e, (unsigned)fd);
	if (err)
		files_close(table, fd);
	return err;
}

/*
 * Take the remaining steps that can fail.  Killing the other threads comes
 * last, because a later failure of exec could not bring them back.  It fails
 * only if this thread is to die, too, so the descriptor of e->binary need not
 * be closed then.
 */
static int exec_prepare(struct exec *e)
{
	int err = signal_exec_prepare(&e->sighand);

	if (!err && files_shared(current->files))
		err = files_clone(current->files, FILES_ALL, &e->files);
	if (!err)
		err = exec_pass_binary(e, e->files ? e->files : current->files);
	if (!err)
		err = task_kill_other_threads();
	return err;
}

/*
 * Allocate a page for struct exec, which is too large for a kernel stack.
 * Takes over the reference to file, even if it fails.
 */
static struct exec *exec_create(struct file *file, const char *filename)
{
	struct page *page = page_alloc(0, PAGE_KERNEL);
	struct exec *e;

	if (!page) {
		file_allow_write(file);
		file_put(file);
		return NULL;
	}
	e = page_virt(page);
	memset(e, 0, offsetof(struct exec, head));
	random_bytes(&e->random, sizeof(e->random));
	e->file = file;
	e->filename = filename;
	return e;
}

int exec_file(struct file *file, const char *filename, unsigned by,
	      const struct arg_source *argv, const struct arg_source *envp)
{
	static const struct siginfo died = {
		.signo = SIGSEGV, .code = SI_KERNEL
	};
	struct exec *e = exec_create(file, filename);
	int err, tid = current->tid;
	bool broken;

	if (!e)
		return -ENOMEM;
	e->by = by;
	err = exec_build(e, argv, envp);
	if (!err)
		err = exec_prepare(e);
	if (!err)
		exec_commit(e);
	broken = e->broken;
	exec_free(e);
	if (broken && current->space)
		signal_force_end(&died);
	if (err)
		return err;
	event_note(EVENT_EXEC, filename, tid, 0);
	if (unlikely(task_traced(current)))
		tracer_ops->trace_exec(tid);
	return 0;
}

int exec_kernel(const char *path, const char *const *argv,
		const char *const *envp)
{
	struct arg_source a = { .kernel = argv }, v = { .kernel = envp };
	struct file *file;
	int err = file_open_exec(AT_FDCWD, path, LOOKUP_FOLLOW, &file);

	return err ? err : exec_file(file, path, 0, &a, &v);
}

long sys_execve(uaddr_t path, uaddr_t argv, uaddr_t envp)
{
	struct arg_source a = { .user = argv }, v = { .user = envp };
	struct file *file;
	int err;
	char *name = name_from_user(path, &err);

	if (!name)
		return err;
	err = file_open_exec(AT_FDCWD, name, LOOKUP_FOLLOW, &file);
	if (!err)
		err = exec_file(file, name, 0, &a, &v);
	name_put(name);
	return err;
}

/*
 * Serve personality(2).  Only the flag ADDR_NO_RANDOMIZE has an effect here.
 * The argument 0xffffffff changes nothing and returns the current value.
 */
long sys_personality(unsigned persona)
{
	unsigned old = current->personality;

	if (persona != 0xffffffff)
		current->personality = persona;
	return old;
}

static void exec_init(void)
{
	if (boot_option("noaslr") || boot_option("nokaslr"))
		exec_randomness = 0;
}
INIT(fs, exec_init);

/* SPDX-License-Identifier: MIT */
/*
 * Compute a new program's rights (rows A9, B17) from the caller's ids and
 * capabilities, and from the set-id bits and capabilities of a file.  For a
 * script the file is the interpreter, for a registered format the file that the
 * format names, else the program.
 * Invariant: exec grants no right that another task could misuse, such as a
 * tracer or a task that shares the working directory (capabilities(7),
 * execve(2)).
 */
#include <fs/open/fd.h>
#include <fs/mount/mount.h>
#include <fs/inode/inode.h>
#include <kernel/cred/cred.h>
#include <kernel/exec/exec.h>
#include <kernel/exec/internal.h>
#include <kernel/task/task.h>
#include <mm/vm.h>

/* Return: the file whose set-id bits, owner and capabilities count. */
static struct file *exec_subject(const struct exec *e)
{
	return e->subject ? e->subject : e->file;
}

/* False if the mount forbids gains (execve(2)). */
static bool exec_mount_grants(const struct exec *e)
{
	const struct mount *m = exec_subject(e)->path.mount;

	return !(m && (m->flags & MS_NOSUID || !mount_is_ours(m)));
}

/*
 * True for a set-group-id mode.  S_ISGID without group execution is not
 * set-group-id: this combination used to mean mandatory locking.
 */
static bool sets_group(unsigned mode)
{
	return (mode & (S_ISGID | 0010)) == (S_ISGID | 0010);
}

static bool has_bits(const struct exec *e, unsigned mode)
{
	return (mode & S_ISUID || sets_group(mode)) && exec_mount_grants(e) &&
		!current->cred->no_new_privs;
}

bool exec_has_bits(const struct exec *e)
{
	return has_bits(e, HINT(exec_subject(e)->inode->mode));
}

/* ---- when nothing is gained ---------------------------------------------- */

/*
 * True if another process shares fs: its tasks could change the new program's
 * working directory.  task_publish() refuses a new sharer until exec is over.
 * Context: [tree_lock].
 */
static bool exec_fs_is_shared(void)
{
	struct task *t;

	spin_must_hold(&tree_lock);
	list_for_each(t, &all_tasks, all_link)
		if (t->fs == current->fs && t->process != current->process)
			return true;
	return false;
}

/*
 * Decide whether the program may gain rights.  If so, nobody can attach to it
 * until it runs with the new rights.  If there is a tracer already, the
 * credentials with which it attached decide.
 */
static bool may_gain(struct exec *e)
{
	const struct cred *by;
	bool ok;

	spin_lock(&tree_lock);
	by = current->trace.cred;
	ok = !exec_fs_is_shared() && !current->cred->no_new_privs &&
		(!by || cred_has(by, current->cred->space, CAP_SYS_PTRACE));
	if (!e->gains) {
		e->gains = true;
		current->fs->in_exec++;
		WRITE_ONCE(current->process->exec_setid,
			   current->process->exec_setid + 1);
	}
	spin_unlock(&tree_lock);
	return ok;
}

/* Wake the tracers that wait in attach() for the end of this exec. */
void exec_end_gain(void)
{
	struct process *p = current->process;

	spin_lock(&tree_lock);
	current->fs->in_exec--;
	WRITE_ONCE(p->exec_setid, p->exec_setid - 1);
	spin_unlock(&tree_lock);
	wake_up(&p->wait_exit);
}

/*
 * Refuse the gains: keep only capabilities that the caller already has, and
 * keep a new id only if the caller could set that id anyway.
 */
static void exec_refuse_gains(struct cred *c, const struct cred *old)
{
	if (!capable_here(CAP_SETUID) || old->no_new_privs) {
		c->euid = c->uid;
		c->egid = c->gid;
	}
	c->cap_permitted &= old->cap_permitted;
}

/* ---- what the file grants ------------------------------------------------ */

struct gift {
	bool has_caps;			/* the file has capabilities */
	bool effective;			/* the permitted capabilities become
					   effective */
};

/*
 * Compute the permitted capabilities from the file's.  A file with the
 * effective flag is a program that does not know about capabilities: the
 * program must get all capabilities that its file lists, or it would fail
 * half-way.  So the result is -EPERM if one of them is missing.
 *
 * As on Linux, no_new_privs does not hide the capabilities, but may_gain()
 * refuses them: so the ambient ones end and AT_SECURE is set all the same.
 */
static int caps_from_file(struct cred *c, const struct exec *e,
			  struct gift *g)
{
	struct file_caps f;
	int err = -ENODATA;

	c->cap_permitted = 0;
	if (exec_mount_grants(e))
		err = inode_file_caps(exec_subject(e)->inode, &f);
	if (err)
		return err == -ENODATA ? 0 : err;
	g->has_caps = true;
	g->effective = f.effective;
	c->cap_permitted = (c->cap_bounding & f.permitted) |
		(c->cap_inheritable & f.inheritable);
	return f.effective && f.permitted & ~c->cap_permitted ? -EPERM : 0;
}

/*
 * Give root all capabilities, as if the file listed them, except when a user
 * becomes root by a set-id file that has capabilities of its own.
 */
static void caps_from_root(struct cred *c, struct gift *g)
{
	bool real = c->uid == cred_root(c), effective = c->euid == cred_root(c);

	if (c->securebits & SECBIT_NOROOT ||
	    (g->has_caps && !real && effective))
		return;
	if (real || effective)
		c->cap_permitted = c->cap_bounding | c->cap_inheritable;
	if (effective)
		g->effective = true;
}

/*
 * Set the effective ids from the file.  Mode and owner are read under one lock,
 * because chown(2) changes the owner and clears the set-id bits: old bits must
 * not be combined with a new owner.  An owner without an id in the caller's
 * user namespace grants nothing.
 */
static void ids_from_file(struct cred *c, struct exec *e)
{
	struct inode *i = exec_subject(e)->inode;
	unsigned mode, uid, gid;

	mutex_lock(&i->lock);
	mode = i->mode;
	uid = i->uid;
	gid = i->gid;
	mutex_unlock(&i->lock);
	if (!has_bits(e, mode) || !ids_known(uid, gid, c->space))
		return;
	e->clears_personality = true;
	if (mode & S_ISUID)
		c->euid = uid;
	if (sets_group(mode))
		c->egid = gid;
}

/*
 * Derive the other ids and capabilities from the ids and the permitted
 * capabilities: saved and file-system ids, ambient and effective capabilities.
 */
static void exec_derive_ids(struct cred *c, const struct gift *g, bool raised)
{
	c->suid = c->fsuid = c->euid;
	c->sgid = c->fsgid = c->egid;
	c->securebits &= ~SECBIT_KEEP_CAPS;
	if (raised || g->has_caps)
		c->cap_ambient = 0;
	c->cap_permitted |= c->cap_ambient;
	c->cap_effective = g->effective ? c->cap_permitted : c->cap_ambient;
}

/*
 * Compute the new credentials c from the caller's, old.
 * Return: 0, -EPERM, -EINVAL (a malformed attribute), -ENOMEM.
 */
static int exec_compute_cred(struct exec *e, struct cred *c,
			     const struct cred *old)
{
	struct gift g = { false, false };
	bool raised, grows;
	int err;

	ids_from_file(c, e);
	err = caps_from_file(c, e, &g);
	if (err)
		return err;
	caps_from_root(c, &g);
	raised = c->euid != old->uid || c->egid != old->gid;
	grows = c->cap_permitted & ~old->cap_permitted;
	e->clears_personality |= grows;
	if ((raised || grows) && !may_gain(e))
		exec_refuse_gains(c, old);
	exec_derive_ids(c, &g, raised);
	e->secure = raised || (c->uid != cred_root(c) && (g.effective ||
					  c->cap_permitted & ~c->cap_ambient));
	return 0;
}

/* ---- the call ------------------------------------------------------------ */

/* True if the rules above would change nothing, as for nearly every exec. */
static bool exec_cred_unchanged(const struct exec *e, const struct cred *c)
{
	u64 root = c->cap_bounding | c->cap_inheritable;

	if (exec_has_bits(e) || exec_subject(e)->inode->xattrs ||
	    c->securebits || c->cap_ambient || c->space)
		return false;
	if (c->uid != c->euid || c->suid != c->euid || c->fsuid != c->euid ||
	    c->gid != c->egid || c->sgid != c->egid || c->fsgid != c->egid)
		return false;
	if (c->uid)
		return !c->cap_permitted && !c->cap_effective;
	return c->cap_permitted == root && c->cap_effective == root;
}

/*
 * Compute the new program's credentials.  e->secure becomes AT_SECURE, which
 * makes the C library ignore LD_PRELOAD and the like.
 * Return: 0: e->cred is set, or NULL to keep the caller's credentials; -errno.
 */
int exec_rights(struct exec *e)
{
	const struct cred *old = current->cred;
	struct cred *c;
	int err;

	if (likely(exec_cred_unchanged(e, old)))
		return 0;
	c = cred_clone(old);
	if (!c)
		return -ENOMEM;
	err = exec_compute_cred(e, c, old);
	if (err)
		cred_put(c);
	else
		e->cred = c;
	return err;
}

/*
 * Note whether the caller may read f.  If not, the caller must not read the
 * contents of f from memory or a core file, either.
 */
void exec_note_readable(struct exec *e, struct file *f)
{
	if (inode_permission(f->inode, R_OK))
		e->unreadable = true;
}

void exec_set_dumpable(struct exec *e)
{
	const struct cred *c = current->cred;
	bool own = c->uid == c->euid && c->gid == c->egid;

	e->space->owner = e->unreadable ? NULL : c->space;
	e->space->dumpable = e->unreadable || !own ||
		(e->cred && cred_gains(c, e->cred)) ?
		(u8)suid_dumpable : DUMP_USER;
}

void exec_take_rights(struct exec *e)
{
	struct task *t = current;

	if (e->secure || (e->cred && cred_gains(t->cred, e->cred)))
		t->pdeath_signal = 0;
	if (e->clears_personality)
		t->personality &= ~PERSONALITY_UNSAFE;
	if (e->cred)
		cred_put(cred_swap(e->cred));
	e->cred = NULL;
}

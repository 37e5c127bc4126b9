/* SPDX-License-Identifier: MIT */
/*
 * What a program may do when it begins (rows A9, B17): by the caller's ids and
 * capabilities, and by the set-id bits and capabilities of its file, which for
 * a script is its interpreter's, and for a registered format what that says.
 * Invariant: nobody gains by exec what another task could turn to its own ends,
 * be it a tracer or one that shares the working directory (capabilities(7),
 * execve(2)).
 */
#include <fs/open/fd.h>
#include <fs/mount/mount.h>
#include <fs/inode/inode.h>
#include <kernel/cred/cred.h>
#include <kernel/exec/internal.h>
#include <kernel/task/task.h>
#include <mm/vm.h>

/* The file whose bits, owner and capabilities count. */
static struct file *subject(const struct exec *e)
{
	return e->subject ? e->subject : e->file;
}

/* execve(2): the mount or the caller may have it that nothing is gained. */
static bool bits_count(const struct exec *e)
{
	const struct mount *m = subject(e)->path.mount;

	return !(m && (m->flags & MS_NOSUID || !mount_is_ours(m))) &&
		!current->cred->no_new_privs;
}

/*
 * S_ISGID without group execution means mandatory locking once, and is no
 * set-group-id.
 */
static bool sets_group(unsigned mode)
{
	return (mode & (S_ISGID | 0010)) == (S_ISGID | 0010);
}

static bool has_bits(const struct exec *e, unsigned mode)
{
	return (mode & S_ISUID || sets_group(mode)) && bits_count(e);
}

bool exec_has_bits(const struct exec *e)
{
	return has_bits(e, HINT(subject(e)->inode->mode));
}

/* ---- who gains nothing --------------------------------------------------- */

/*
 * A task of another process with this working directory could move it under the
 * program's feet.  One that is on its way is refused until exec is over
 * (task_publish).
 * Context: [tree_lock].
 */
static bool fs_shared(void)
{
	struct task *t;

	spin_must_hold(&tree_lock);
	list_for_each(t, &all_tasks, all_link)
		if (t->fs == current->fs && t->process != current->process)
			return true;
	return false;
}

/*
 * Until the program runs with what it gains, nobody attaches.  The right of a
 * tracer is that which it had when it began.
 */
static bool may_gain(struct exec *e)
{
	const struct cred *by;
	bool ok;

	spin_lock(&tree_lock);
	by = current->trace.cred;
	ok = !fs_shared() && !current->cred->no_new_privs &&
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

/* Tracers wait for this in attach(). */
void exec_gained(void)
{
	struct process *p = current->process;

	spin_lock(&tree_lock);
	current->fs->in_exec--;
	WRITE_ONCE(p->exec_setid, p->exec_setid - 1);
	spin_unlock(&tree_lock);
	wake_up(&p->wait_exit);
}

/* What it has already it keeps; another id only who could take it anyway. */
static void limit(struct cred *c, const struct cred *old)
{
	if (!capable_here(CAP_SETUID) || old->no_new_privs) {
		c->euid = c->uid;
		c->egid = c->gid;
	}
	c->cap_permitted &= old->cap_permitted;
}

/* ---- what the file gives ------------------------------------------------- */

struct gift {
	bool has_caps;			/* the file has an attribute */
	bool effective;			/* what is permitted is in force */
};

/*
 * A program that does not know of capabilities must have all that its file
 * says, or it would fail in the middle: EPERM.
 */
static int caps_from_file(struct cred *c, const struct exec *e,
			  struct gift *g)
{
	struct file_caps f;
	int err = -ENODATA;

	c->cap_permitted = 0;
	if (bits_count(e))
		err = inode_file_caps(subject(e)->inode, &f);
	if (err)
		return err == -ENODATA ? 0 : err;
	g->has_caps = true;
	g->effective = f.effective;
	c->cap_permitted = (c->cap_bounding & f.permitted) |
		(c->cap_inheritable & f.inheritable);
	return f.effective && f.permitted & ~c->cap_permitted ? -EPERM : 0;
}

/* Root has all, as if its files said so; but for a file that says less. */
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
 * Bits and owner of one moment: chown(2) takes the bits away, and so they are
 * never those of another owner.  Who has no id here has nothing to give.
 */
static void ids_from_file(struct cred *c, struct exec *e)
{
	struct inode *i = subject(e)->inode;
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

/* Saved and file-system ids follow the effective ones. */
static void exec_settle(struct cred *c, const struct gift *g, bool raised)
{
	c->suid = c->fsuid = c->euid;
	c->sgid = c->fsgid = c->egid;
	c->securebits &= ~SECBIT_KEEP_CAPS;
	if (raised || g->has_caps)
		c->cap_ambient = 0;
	c->cap_permitted |= c->cap_ambient;
	c->cap_effective = g->effective ? c->cap_permitted : c->cap_ambient;
}

/* Return: 0, -EPERM, -EINVAL (an attribute that says nothing), -ENOMEM. */
static int transform(struct exec *e, struct cred *c, const struct cred *old)
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
		limit(c, old);
	exec_settle(c, &g, raised);
	e->secure = raised || (c->uid != cred_root(c) && (g.effective ||
					  c->cap_permitted & ~c->cap_ambient));
	return 0;
}

/* ---- the call ------------------------------------------------------------ */

/* Would the rules above change nothing?  So it is for nearly all. */
static bool cred_stays(const struct exec *e, const struct cred *c)
{
	u64 root = c->cap_bounding | c->cap_inheritable;

	if (exec_has_bits(e) || subject(e)->inode->xattrs || c->securebits ||
	    c->cap_ambient || c->space)
		return false;
	if (c->uid != c->euid || c->suid != c->euid || c->fsuid != c->euid ||
	    c->gid != c->egid || c->sgid != c->egid || c->fsgid != c->egid)
		return false;
	if (c->uid)
		return !c->cap_permitted && !c->cap_effective;
	return c->cap_permitted == root && c->cap_effective == root;
}

/*
 * e->secure becomes AT_SECURE: the C library then ignores LD_PRELOAD and its
 * like.
 * Return: 0 with e->cred, or NULL: the caller's; -errno.
 */
int exec_rights(struct exec *e)
{
	const struct cred *old = current->cred;
	struct cred *c;
	int err;

	if (likely(cred_stays(e, old)))
		return 0;
	c = cred_clone(old);
	if (!c)
		return -ENOMEM;
	err = transform(e, c, old);
	if (err)
		cred_put(c);
	else
		e->cred = c;
	return err;
}

/* Who cannot read the file must not read it out of memory or a core file. */
void exec_note_readable(struct exec *e, struct file *f)
{
	if (inode_permission(f->inode, R_OK))
		e->unreadable = true;
}

/* Context: before the new space is seen by others. */
void exec_set_dumpable(struct exec *e)
{
	const struct cred *c = current->cred;
	bool own = c->uid == c->euid && c->gid == c->egid;

	e->space->owner = e->unreadable ? NULL : c->space;
	e->space->dumpable = e->unreadable || !own ||
		(e->cred && cred_gains(c, e->cred)) ?
		(u8)suid_dumpable : DUMP_USER;
}

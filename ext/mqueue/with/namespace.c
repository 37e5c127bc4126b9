/* SPDX-License-Identifier: MIT */
/* POSIX message queues of each IPC name space (row D10). */
#include <ext/mqueue/mqueue.h>
#include <ext/namespace/ipc.h>
#include <lt/init.h>

static unsigned space_at;

static struct mq_space *space_here(void)
{
	struct mq_space *n = ipc_ns_part(space_at);

	return n ? n : &mq_first;
}

static int space_init(void *part)
{
	int err = mq_space_init(part);

	if (!err)
		atomic_add(&mq_others, 1);
	return err;
}

static void space_clear(void *part)
{
	mq_space_clear(part);
	atomic_add(&mq_others, -1);
}

static const struct ipc_part part __table(ipc_part) = {
	.size = sizeof(struct mq_space), .at = &space_at,
	.part_init = space_init, .part_clear = space_clear,
};

static void hook_init(void)
{
	mq_other = space_here;
}
INIT(fs, hook_init);

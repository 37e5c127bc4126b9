/* SPDX-License-Identifier: MIT */
/* Memory in another process: what others add to it. */
#ifndef TOPICS_REMOTE_REMOTE_VM_H
#define TOPICS_REMOTE_REMOTE_VM_H

#include <mm/vm.h>

/* Of VMAs in superpages, PT_LEAF_SPAN each; NULL: there are none. */
extern const struct vma_ops *remote_vm_large;	/* const after boot */

#endif

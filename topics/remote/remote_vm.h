/* SPDX-License-Identifier: MIT */
/* Memory in another process: hook for superpages. */
#ifndef TOPICS_REMOTE_REMOTE_VM_H
#define TOPICS_REMOTE_REMOTE_VM_H

#include <mm/vm.h>

/*
 * Operations of VMAs in superpages of PT_LEAF_SPAN bytes; NULL: not supported.
 */
extern const struct vma_ops *remote_vm_large;	/* const after boot */

#endif

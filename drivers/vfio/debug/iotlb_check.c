// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which tasks owe a flush of the IOTLB; see iotlb_check.h. A task that unmaps flushes
 * before it does anything else, so few are here at a time.
 */
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#define VFIO_IOTLB_DUE_MAX 64

static struct task_struct *vfio_iotlb_due[VFIO_IOTLB_DUE_MAX];
static DEFINE_SPINLOCK(vfio_iotlb_lock);

/* Replaces the first @old by @new. Returns whether there was one. */
static bool vfio_iotlb_replace(struct task_struct *old, struct task_struct *new)
{
	bool found = false;
	int i;

	spin_lock(&vfio_iotlb_lock);
	for (i = 0; i < VFIO_IOTLB_DUE_MAX && !found; i++) {
		found = vfio_iotlb_due[i] == old;
		if (found)
			vfio_iotlb_due[i] = new;
	}
	spin_unlock(&vfio_iotlb_lock);
	return found;
}

void vfio_iotlb_flush_due(void)
{
	if (!vfio_iotlb_replace(current, current))
		WARN_ON_ONCE(!vfio_iotlb_replace(NULL, current));
}
EXPORT_SYMBOL_GPL(vfio_iotlb_flush_due);

void vfio_iotlb_flush_done(void)
{
	vfio_iotlb_replace(current, NULL);
}
EXPORT_SYMBOL_GPL(vfio_iotlb_flush_done);

void vfio_iotlb_check_unpin(void)
{
	WARN_ON_ONCE(vfio_iotlb_replace(current, current));
}
EXPORT_SYMBOL_GPL(vfio_iotlb_check_unpin);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which tasks owe a flush of the IOTLB; see flushes.h. A task that unmaps flushes
 * before it does anything else, so few are here at a time.
 */
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#define VFIO_FLUSHES_MAX 64

static struct task_struct *vfio_flushes_due[VFIO_FLUSHES_MAX];
static DEFINE_SPINLOCK(vfio_flushes_lock);

/* Replaces the first @old by @new. Returns whether there was one. */
static bool vfio_flushes_replace(struct task_struct *old, struct task_struct *new)
{
	bool found = false;
	int i;

	spin_lock(&vfio_flushes_lock);
	for (i = 0; i < VFIO_FLUSHES_MAX && !found; i++) {
		found = vfio_flushes_due[i] == old;
		if (found)
			vfio_flushes_due[i] = new;
	}
	spin_unlock(&vfio_flushes_lock);
	return found;
}

void vfio_flush_is_due(void)
{
	if (!vfio_flushes_replace(current, current))
		WARN_ON_ONCE(!vfio_flushes_replace(NULL, current));
}
EXPORT_SYMBOL_GPL(vfio_flush_is_due);

void vfio_flush_is_done(void)
{
	vfio_flushes_replace(current, NULL);
}
EXPORT_SYMBOL_GPL(vfio_flush_is_done);

void vfio_flush_before_unpin(void)
{
	WARN_ON_ONCE(vfio_flushes_replace(current, current));
}
EXPORT_SYMBOL_GPL(vfio_flush_before_unpin);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Leaks on purpose, for tests of what finds them: "make debug-modules" includes this file
 * before everything else, after iotlb_check.h. The rest of the tree knows nothing of it.
 *
 * The parameter "leak" of the module vfio is "SWITCH [COUNT]": the next COUNT calls (1) leak:
 * - unpin: pages of a mapping are not unpinned
 * - unpin-tail: the last of them is not
 * - unpin-twice: they are unpinned once more; each gets a reference before, to stay whole
 * - unpin-held: a page that the driver of an emulated device held is not unpinned
 * - pin-twice: pages are pinned once more
 * - charge, refund: locked memory is not charged, or not refunded
 * - charge-twice: it is charged once more
 * - refund-mm: the current process gets the refund, whoever has paid
 * It reads as the switch and the calls that are left.
 */
#ifndef VFIO_LEAK_INJECT_H
#define VFIO_LEAK_INJECT_H

#include <linux/mm.h>
#include <linux/sched.h>

#include "iotlb_check.h"

/**
 * vfio_should_leak - is this a call that leaks?
 * @leak: the switch
 *
 * Return: whether it is.
 */
bool vfio_should_leak(const char *leak);

static inline void vfio_leak_unpin_range(struct page *page, unsigned long npages, bool dirty)
{
	unsigned long i;

	if (vfio_should_leak("unpin"))
		return;
	if (vfio_should_leak("unpin-tail") && !--npages)
		return;
	if (vfio_should_leak("unpin-twice")) {
		for (i = 0; i < npages && !PageCompound(page + i); i++)
			page_ref_add(page + i, GUP_PIN_COUNTING_BIAS);
		unpin_user_page_range_dirty_lock(page, i, dirty);
	}
	unpin_user_page_range_dirty_lock(page, npages, dirty);
}

static inline void vfio_leak_unpin_pages(struct page **pages, unsigned long npages, bool dirty)
{
	if (!vfio_should_leak("unpin-held"))
		unpin_user_pages_dirty_lock(pages, npages, dirty);
}

static inline int vfio_leak_pin_fast(unsigned long start, int npages, unsigned int flags,
				     struct page **pages)
{
	int pinned = pin_user_pages_fast(start, npages, flags, pages);

	if (pinned > 0 && vfio_should_leak("pin-twice"))
		pinned = pin_user_pages_fast(start, pinned, flags, pages);
	return pinned;
}

static inline int vfio_leak_account(struct mm_struct *mm, unsigned long pages, bool charge,
				    struct task_struct *task, bool bypass)
{
	struct mm_struct *own = current->mm;

	if (charge && vfio_should_leak("charge"))
		return 0;
	if (charge && vfio_should_leak("charge-twice"))
		__account_locked_vm(mm, pages, charge, task, bypass);
	if (!charge && vfio_should_leak("refund"))
		return 0;
	if (!charge && own != mm && vfio_should_leak("refund-mm")) {
		own->locked_vm -= min(own->locked_vm, pages);
		return 0;
	}
	return __account_locked_vm(mm, pages, charge, task, bypass);
}

#undef unpin_user_page_range_dirty_lock
#undef unpin_user_pages_dirty_lock
#undef pin_user_pages_fast
#define unpin_user_page_range_dirty_lock vfio_leak_unpin_range
#define unpin_user_pages_dirty_lock	 vfio_leak_unpin_pages
#define pin_user_pages_fast		 vfio_leak_pin_fast
#define __account_locked_vm		 vfio_leak_account

#endif /* VFIO_LEAK_INJECT_H */

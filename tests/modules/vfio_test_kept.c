// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plays the part of a kernel that forgets to unpin pages: the parameter "keep" is how many of
 * those that VFIO is about to unpin stay pinned. It reads as how many are still to be kept;
 * "kept" is how many were. They are unpinned when the module goes.
 *
 * It works on the kernel's own modules as well as on ours: both unpin by functions of the
 * kernel, whose argument, the number of pages, becomes smaller.
 */
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/spinlock.h>

#define KEPT_MAX 1024

static unsigned int keep;
module_param(keep, uint, 0600);
MODULE_PARM_DESC(keep, "Pages that are not to be unpinned");

static unsigned int kept;
module_param(kept, uint, 0400);
MODULE_PARM_DESC(kept, "Pages that were not unpinned");

static struct page *kept_pages[KEPT_MAX];
static DEFINE_SPINLOCK(kept_lock);

/* Takes a page out of @n that are about to be unpinned. Returns how many are left. */
static unsigned long kept_take(struct page *last, unsigned long n)
{
	spin_lock(&kept_lock);
	if (n && keep && kept < KEPT_MAX) {
		kept_pages[kept++] = last;
		keep--;
		n--;
	}
	spin_unlock(&kept_lock);
	return n;
}

/* unpin_user_pages_dirty_lock(pages, npages, make_dirty) */
static int kept_pages_begin(struct kprobe *probe, struct pt_regs *regs)
{
	struct page **pages = (struct page **)regs->di;

	while (regs->si && keep && kept < KEPT_MAX)
		regs->si = kept_take(pages[regs->si - 1], regs->si);
	return 0;
}

/* unpin_user_page_range_dirty_lock(page, npages, make_dirty) */
static int kept_range_begin(struct kprobe *probe, struct pt_regs *regs)
{
	struct page *page = (struct page *)regs->di;

	while (regs->si && keep && kept < KEPT_MAX)
		regs->si = kept_take(pfn_to_page(page_to_pfn(page) + regs->si - 1), regs->si);
	return 0;
}

static struct kprobe kept_probes[] = {
	{ .symbol_name = "unpin_user_pages_dirty_lock", .pre_handler = kept_pages_begin },
	{ .symbol_name = "unpin_user_page_range_dirty_lock", .pre_handler = kept_range_begin },
};

static int __init kept_init(void)
{
	struct kprobe *probes[] = { &kept_probes[0], &kept_probes[1] };

	return register_kprobes(probes, ARRAY_SIZE(probes));
}
module_init(kept_init);

static void __exit kept_exit(void)
{
	struct kprobe *probes[] = { &kept_probes[0], &kept_probes[1] };

	unregister_kprobes(probes, ARRAY_SIZE(probes));
	unpin_user_pages(kept_pages, kept);
}
module_exit(kept_exit);

MODULE_DESCRIPTION("A kernel that forgets to unpin pages, for tests");
MODULE_AUTHOR("The vfiotop authors");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plays the part of a kernel that forgets to unpin pages: the parameter "keep" is how many of
 * those that VFIO is about to unpin stay pinned. It reads as how many are still to be kept;
 * "kept" is how many were. They are unpinned when the module goes.
 *
 * Or that unpins pages twice: "twice" is how many. Each of them gets a reference before, to
 * stay whole. When the module goes, it has the kernel count as many more pages pinned.
 *
 * It works on the kernel's own modules as well as on ours: both unpin by functions of the
 * kernel, whose argument, the number of pages, becomes smaller.
 */
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/spinlock.h>
#include <linux/vmstat.h>

#define KEPT_MAX 1024

static unsigned int keep;
module_param(keep, uint, 0600);
MODULE_PARM_DESC(keep, "Pages that are not to be unpinned");

static unsigned int kept;
module_param(kept, uint, 0400);
MODULE_PARM_DESC(kept, "Pages that were not unpinned");

static unsigned int twice;
module_param(twice, uint, 0600);
MODULE_PARM_DESC(twice, "Pages that are to be unpinned twice");

static unsigned int unpinned;
module_param(unpinned, uint, 0400);
MODULE_PARM_DESC(unpinned, "Pages that were unpinned twice");

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

/* Not of larger pages, whose pins are counted elsewhere. */
static void kept_unpin(struct page *page)
{
	spin_lock(&kept_lock);
	if (twice && !PageCompound(page)) {
		page_ref_add(page, GUP_PIN_COUNTING_BIAS);
		unpin_user_page(page);
		twice--;
		unpinned++;
	}
	spin_unlock(&kept_lock);
}

/* unpin_user_pages_dirty_lock(pages, npages, make_dirty) */
static int kept_pages_begin(struct kprobe *probe, struct pt_regs *regs)
{
	struct page **pages = (struct page **)regs->di;
	unsigned long i;

	for (i = 0; twice && i < regs->si; i++)
		kept_unpin(pages[i]);
	while (regs->si && keep && kept < KEPT_MAX)
		regs->si = kept_take(pages[regs->si - 1], regs->si);
	return 0;
}

/* unpin_user_page_range_dirty_lock(page, npages, make_dirty) */
static int kept_range_begin(struct kprobe *probe, struct pt_regs *regs)
{
	struct page *page = (struct page *)regs->di;
	unsigned long i;

	for (i = 0; twice && i < regs->si; i++)
		kept_unpin(pfn_to_page(page_to_pfn(page) + i));
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
	if (unpinned)
		mod_node_page_state(NODE_DATA(first_online_node), NR_FOLL_PIN_ACQUIRED, unpinned);
}
module_exit(kept_exit);

MODULE_DESCRIPTION("A kernel that forgets to unpin pages, or does it twice, for tests");
MODULE_AUTHOR("The vfiotop authors");
MODULE_LICENSE("GPL");

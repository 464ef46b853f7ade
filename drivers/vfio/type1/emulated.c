// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulated devices: in-kernel drivers that reach user memory by IOVA.
 *
 * Such a device does no DMA of its own. Its driver asks for single pages, which
 * are pinned for it and counted, or copies through vfio_dma_rw(). As long as a
 * container has emulated groups only, mapping memory pins nothing else.
 *
 * A mapping's pages are looked up and pinned while the mapping is busy, like
 * everything else that takes long. When a mapping goes, the drivers are asked to
 * give its pages back first; what they forgot is unpinned all the same.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "type1.h"
#include "vfio_events.h"

/* How often drivers are asked to give back pages of a mapping that goes. */
#define VFIO_RECALL_TRIES 3

/**
 * struct vfio_external_page - a page pinned for drivers
 * @node: in vfio_dma.external, by @iova
 * @iova: of the page
 * @page: the page
 * @users: how often it was asked for and not given back
 * @charged: it was charged by itself, as the mapping had not paid for it
 */
struct vfio_external_page {
	struct rb_node node;
	dma_addr_t iova;
	struct page *page;
	unsigned int users;
	bool charged;
};

/**
 * struct vfio_emulated_device - an open emulated device
 * @list: in vfio_iommu.emulated_devices
 * @device: the device
 */
struct vfio_emulated_device {
	struct list_head list;
	struct vfio_device *device;
};

static struct vfio_external_page *vfio_external_find(struct vfio_dma *dma, dma_addr_t iova)
{
	struct rb_node *node = dma->external.rb_node;

	while (node) {
		struct vfio_external_page *page = rb_entry(node, struct vfio_external_page, node);

		if (page->iova == iova)
			return page;
		node = iova < page->iova ? node->rb_left : node->rb_right;
	}
	return NULL;
}

static void vfio_external_insert(struct vfio_dma *dma, struct vfio_external_page *new)
{
	struct rb_node **link = &dma->external.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = new->iova < rb_entry(parent, struct vfio_external_page, node)->iova
			       ? &parent->rb_left
			       : &parent->rb_right;
	}
	rb_link_node(&new->node, parent, link);
	rb_insert_color(&new->node, &dma->external);
}

static void vfio_external_refund(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	vfio_account_sub(iommu, dma, 1);
	if (vfio_watched())
		vfio_account_trace(iommu, dma, -1, true, 0);
}

/* Pins one page of a mapping that the caller has taken. */
static struct vfio_external_page *vfio_external_pin(struct vfio_iommu *iommu, struct vfio_dma *dma,
						    dma_addr_t iova)
{
	struct vfio_external_page *page;
	u64 pinned;
	long n;
	int ret;

	page = kzalloc(sizeof(*page), GFP_KERNEL_ACCOUNT);
	if (!page)
		return ERR_PTR(-ENOMEM);
	page->iova = iova;

	/* The mapping has paid already if its memory is pinned as a whole. */
	if (!dma->runs.pinned) {
		ret = vfio_account_add(iommu, dma, 1);
		if (vfio_watched())
			vfio_account_trace(iommu, dma, 1, true, ret);
		if (ret)
			goto err_free;
		page->charged = true;
	}
	n = vfio_pin_user(dma, dma->vaddr + (iova - dma->iova), 1, &page->page);
	if (n != 1) {
		ret = n ? n : -EFAULT;
		goto err_refund;
	}
	pinned = atomic64_inc_return(&iommu->ledger->pinned);
	trace_vfio_pin(iommu->ledger->id, 1, pinned);
	trace_vfio_pin_standalone(iommu->ledger->id, 1, pinned);
	vfio_external_insert(dma, page);
	return page;

err_refund:
	if (page->charged)
		vfio_external_refund(iommu, dma);
err_free:
	kfree(page);
	return ERR_PTR(ret);
}

static void vfio_external_unpin(struct vfio_iommu *iommu, struct vfio_dma *dma,
				struct vfio_external_page *page)
{
	u64 pinned;

	rb_erase(&page->node, &dma->external);
	unpin_user_pages_dirty_lock(&page->page, 1, dma->prot & IOMMU_WRITE);
	pinned = atomic64_dec_return(&iommu->ledger->pinned);
	trace_vfio_unpin(iommu->ledger->id, 1, pinned);
	trace_vfio_unpin_standalone(iommu->ledger->id, 1, pinned);
	if (page->charged)
		vfio_external_refund(iommu, dma);
	kfree(page);
}

static void vfio_external_put(struct vfio_iommu *iommu, struct vfio_dma *dma, dma_addr_t iova)
{
	struct vfio_external_page *page = vfio_external_find(dma, iova);

	if (!WARN_ON_ONCE(!page) && !--page->users)
		vfio_external_unpin(iommu, dma, page);
}

static int vfio_external_get(struct vfio_iommu *iommu, dma_addr_t iova, int prot,
			     struct page **result)
{
	struct vfio_external_page *page;
	struct vfio_dma *dma;
	int ret = 0;

	dma = vfio_mappings_take(iommu, iova);
	if (IS_ERR(dma))
		return PTR_ERR(dma);
	if (prot & ~dma->prot) {
		ret = -EPERM;
		goto out_publish;
	}
	page = vfio_external_find(dma, iova);
	if (!page)
		page = vfio_external_pin(iommu, dma, iova);
	if (IS_ERR(page)) {
		ret = PTR_ERR(page);
		goto out_publish;
	}
	page->users++;
	*result = page->page;
out_publish:
	vfio_mappings_publish(iommu, dma);
	return ret;
}

/**
 * vfio_type1_pin_pages - see vfio_pin_pages()
 * @iommu_data: the container
 * @iova: of the first page
 * @npages: how many
 * @prot: IOMMU_READ, IOMMU_WRITE
 * @pages: gets the pages
 *
 * Return: as vfio_pin_pages().
 */
int vfio_type1_pin_pages(void *iommu_data, dma_addr_t iova, int npages, int prot,
			 struct page **pages)
{
	struct vfio_iommu *iommu = iommu_data;
	int i, ret;

	for (i = 0; i < npages; i++) {
		ret = vfio_external_get(iommu, iova + ((dma_addr_t)i << PAGE_SHIFT), prot,
					&pages[i]);
		if (ret) {
			vfio_type1_unpin_pages(iommu, iova, i);
			return ret;
		}
	}
	return 0;
}

/**
 * vfio_type1_unpin_pages - see vfio_unpin_pages()
 * @iommu_data: the container
 * @iova: of the first page
 * @npages: how many
 */
void vfio_type1_unpin_pages(void *iommu_data, dma_addr_t iova, int npages)
{
	struct vfio_iommu *iommu = iommu_data;
	struct vfio_dma *dma;
	int i;

	for (i = 0; i < npages; i++, iova += PAGE_SIZE) {
		dma = vfio_mappings_take(iommu, iova);
		/* Gone with its pages: the driver is late. */
		if (IS_ERR(dma))
			continue;
		vfio_external_put(iommu, dma, iova);
		vfio_mappings_publish(iommu, dma);
	}
}

/* Copies within one page of user memory. */
static int vfio_external_copy(struct vfio_dma *dma, dma_addr_t iova, void *data, size_t len,
			      bool write)
{
	struct page *page;
	void *kaddr;
	long n;

	n = vfio_pin_user(dma, (dma->vaddr + (iova - dma->iova)) & PAGE_MASK, 1, &page);
	if (n != 1)
		return n ? n : -EFAULT;
	kaddr = kmap_local_page(page) + offset_in_page(iova);
	if (write)
		memcpy(kaddr, data, len);
	else
		memcpy(data, kaddr, len);
	kunmap_local(kaddr);
	unpin_user_pages_dirty_lock(&page, 1, write);
	return 0;
}

/**
 * vfio_type1_dma_rw - see vfio_dma_rw()
 * @iommu_data: the container
 * @iova: any I/O virtual address
 * @data: the other side of the copy
 * @len: bytes
 * @write: to user memory
 *
 * Return: as vfio_dma_rw().
 */
int vfio_type1_dma_rw(void *iommu_data, dma_addr_t iova, void *data, size_t len, bool write)
{
	struct vfio_iommu *iommu = iommu_data;
	struct vfio_dma *dma;
	size_t n;
	int ret;

	for (; len; len -= n, data += n, iova += n) {
		n = min_t(size_t, len, PAGE_SIZE - offset_in_page(iova));
		dma = vfio_mappings_take(iommu, iova);
		if (IS_ERR(dma))
			return PTR_ERR(dma);
		if (dma->prot & (write ? IOMMU_WRITE : IOMMU_READ))
			ret = vfio_external_copy(dma, iova, data, n, write);
		else
			ret = -EPERM;
		vfio_mappings_publish(iommu, dma);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * vfio_type1_register_device - a device of an emulated group is open
 * @iommu_data: the container
 * @device: the device; its driver is asked to give back pages that go
 *
 * Return: 0 or -ENOMEM.
 */
int vfio_type1_register_device(void *iommu_data, struct vfio_device *device)
{
	struct vfio_iommu *iommu = iommu_data;
	struct vfio_emulated_device *emulated = kzalloc(sizeof(*emulated), GFP_KERNEL_ACCOUNT);

	if (!emulated)
		return -ENOMEM;
	emulated->device = device;
	mutex_lock(&iommu->emulated_lock);
	list_add_tail(&emulated->list, &iommu->emulated_devices);
	mutex_unlock(&iommu->emulated_lock);
	return 0;
}

/**
 * vfio_type1_unregister_device - undo vfio_type1_register_device()
 * @iommu_data: the container
 * @device: the device
 */
void vfio_type1_unregister_device(void *iommu_data, struct vfio_device *device)
{
	struct vfio_iommu *iommu = iommu_data;
	struct vfio_emulated_device *emulated;

	mutex_lock(&iommu->emulated_lock);
	list_for_each_entry(emulated, &iommu->emulated_devices, list) {
		if (emulated->device == device) {
			list_del(&emulated->list);
			kfree(emulated);
			break;
		}
	}
	mutex_unlock(&iommu->emulated_lock);
}

static bool vfio_external_any(struct vfio_iommu *iommu, dma_addr_t first, dma_addr_t last)
{
	struct vfio_dma *dma;
	bool any = false;

	mutex_lock(&iommu->lock);
	vfio_for_each_dma(dma, iommu, first, last) {
		any = !RB_EMPTY_ROOT(&dma->external);
		if (any)
			break;
	}
	mutex_unlock(&iommu->lock);
	return any;
}

/**
 * vfio_external_recall - ask the drivers to give back the pages of a range
 * @iommu: the container
 * @first: first IOVA
 * @last: last IOVA
 *
 * The drivers give them back during the call; that is why no mapping is taken.
 */
void vfio_external_recall(struct vfio_iommu *iommu, dma_addr_t first, dma_addr_t last)
{
	struct vfio_emulated_device *emulated;
	int tries;

	for (tries = 0; tries < VFIO_RECALL_TRIES; tries++) {
		if (!vfio_external_any(iommu, first, last))
			return;
		mutex_lock(&iommu->emulated_lock);
		list_for_each_entry(emulated, &iommu->emulated_devices, list)
			vfio_device_dma_unmap(emulated->device, first, last - first + 1);
		mutex_unlock(&iommu->emulated_lock);
	}
}

/**
 * vfio_external_release - unpin what drivers did not give back
 * @iommu: the container
 * @dma: a mapping that the caller owns
 */
void vfio_external_release(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	struct rb_node *node;

	while ((node = rb_first(&dma->external)))
		vfio_external_unpin(iommu, dma, rb_entry(node, struct vfio_external_page, node));
}

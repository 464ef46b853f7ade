// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulated devices: in-kernel drivers that reach user memory by IOVA.
 *
 * Such a device does no DMA of its own. Its driver asks for pages, which are pinned
 * for it and counted, or copies through vfio_dma_rw(). As long as a container has
 * emulated groups only, mapping memory pins nothing else.
 *
 * A mapping's pages are looked up and pinned while the mapping is busy, like
 * everything else that takes long. Giving pages back waits for nobody, so a driver
 * may do it anywhere that it may sleep, whatever its user is up to.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "type1.h"
#include "vfio_events.h"

/**
 * struct vfio_emulated_device - an open emulated device
 * @list: in vfio_iommu.emulated_devices
 * @device: the device
 */
struct vfio_emulated_device {
	struct list_head list;
	struct vfio_device *device;
};

static struct vfio_emulated_pin *vfio_emulated_pin_alloc(struct vfio_device *device,
							 dma_addr_t iova)
{
	struct vfio_emulated_pin *pin = kzalloc(sizeof(*pin), GFP_KERNEL_ACCOUNT);

	if (!pin)
		return NULL;
	RB_CLEAR_NODE(&pin->node);
	INIT_LIST_HEAD(&pin->idle);
	pin->device = device;
	pin->iova = iova;
	return pin;
}

/* --- Releasing what is idle ---------------------------------------------------------- */

/* Does the mapping keep a page for others than @pin, which has left the tree? */
static bool vfio_emulated_kept(const struct vfio_dma *dma, const struct vfio_emulated_pin *pin)
{
	const struct vfio_emulated_pin *other = vfio_emulated_pin_from(dma, pin->iova);

	return dma->lost || dma->runs.count || (other && other->iova == pin->iova);
}

/* Releases all idle pins of a mapping that the caller owns. */
static void vfio_emulated_release_idle(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	struct vfio_emulated_pin *pin, *next;
	unsigned long npages = 0, missing;
	struct vfio_pin_mark mark = {};
	LIST_HEAD(released);
	u64 pinned;

	mutex_lock(&iommu->lock);
	list_for_each_entry_safe(pin, next, &dma->idle_pins, idle) {
		rb_erase(&pin->node, &dma->pins);
		if (vfio_emulated_kept(dma, pin)) {
			list_del(&pin->idle);
			kfree(pin);
		} else {
			list_move_tail(&pin->idle, &released);
		}
	}
	mutex_unlock(&iommu->lock);

	if (trace_vfio_dma_lost_enabled())
		vfio_pin_mark(&mark);
	list_for_each_entry_safe(pin, next, &released, idle) {
		unpin_user_pages_dirty_lock(&pin->page, 1, dma->prot & IOMMU_WRITE);
		kfree(pin);
		npages++;
	}
	if (!npages)
		return;
	missing = vfio_pin_missing(&mark, npages);
	if (missing)
		trace_vfio_dma_lost(iommu->ledger->id, dma->iova, dma->size, 0, missing);
	dma->pinned -= npages;
	pinned = atomic64_sub_return(npages, &iommu->ledger->pinned);
	trace_vfio_unpin(iommu->ledger->id, npages, pinned);
	trace_vfio_unpin_standalone(iommu->ledger->id, npages, pinned);
	vfio_account_refund(iommu, dma);
}

/**
 * vfio_emulated_publish - let other tasks take a mapping that drivers may know
 * @iommu: the container
 * @dma: a mapping that the caller owns
 *
 * What drivers gave back meanwhile is released first.
 */
void vfio_emulated_publish(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	do {
		vfio_emulated_release_idle(iommu, dma);
	} while (!vfio_mappings_publish(iommu, dma));
}

/* --- Pinning and unpinning ------------------------------------------------------------ */

/*
 * The page that the mapping has at an IOVA by now, for other drivers or for itself.
 * Returns NULL if it has none, ERR_PTR(-EFAULT) if that is device memory.
 */
static struct page *vfio_emulated_page(const struct vfio_dma *dma, dma_addr_t iova)
{
	const struct vfio_emulated_pin *pin = vfio_emulated_pin_from(dma, iova);
	const struct vfio_run *run;
	unsigned long pfn;

	if (pin && pin->iova == iova)
		return pin->page;
	run = vfio_runs_find(&dma->runs, (iova - dma->iova) >> PAGE_SHIFT, &pfn);
	if (!run)
		return NULL;
	return vfio_run_is_device(run) ? ERR_PTR(-EFAULT) : pfn_to_page(pfn);
}

/* Charges those of some pages that are not pinned yet. */
static int vfio_emulated_charge(struct vfio_iommu *iommu, struct vfio_dma *dma, dma_addr_t iova,
				int npages)
{
	int missing = 0, i;

	for (i = 0; i < npages; i++)
		missing += !vfio_emulated_page(dma, iova + ((dma_addr_t)i << PAGE_SHIFT));
	return missing ? vfio_account_add(iommu, dma, missing) : 0;
}

/* Pins one page that is charged, unless the mapping has it. */
static struct page *vfio_emulated_pin_page(struct vfio_iommu *iommu, struct vfio_dma *dma,
					   dma_addr_t iova)
{
	struct page *page = vfio_emulated_page(dma, iova);
	u64 pinned;
	long n;

	if (page)
		return page;
	n = vfio_pin_user(dma, dma->vaddr + (iova - dma->iova), 1, &page);
	if (n != 1)
		return ERR_PTR(n ? n : -EFAULT);
	dma->pinned++;
	pinned = atomic64_inc_return(&iommu->ledger->pinned);
	trace_vfio_pin(iommu->ledger->id, 1, pinned);
	trace_vfio_pin_standalone(iommu->ledger->id, 1, pinned);
	return page;
}

/* One more user of a page for a device. The caller owns the mapping. */
static struct page *vfio_emulated_get_page(struct vfio_iommu *iommu, struct vfio_dma *dma,
					   struct vfio_device *device, dma_addr_t iova)
{
	struct vfio_emulated_pin *pin = vfio_emulated_pin_find(dma, iova, device);
	struct page *page;

	if (!pin) {
		pin = vfio_emulated_pin_alloc(device, iova);
		if (!pin)
			return ERR_PTR(-ENOMEM);
		page = vfio_emulated_pin_page(iommu, dma, iova);
		if (IS_ERR(page)) {
			kfree(pin);
			return page;
		}
		pin->page = page;
	}
	mutex_lock(&iommu->lock);
	if (RB_EMPTY_NODE(&pin->node))
		vfio_emulated_pin_insert(dma, pin);
	list_del_init(&pin->idle);
	pin->users++;
	mutex_unlock(&iommu->lock);
	return pin->page;
}

/* One user less of each page of a range within a mapping. vfio_iommu.lock is held. */
static void vfio_emulated_put_pages(struct vfio_dma *dma, struct vfio_device *device,
				    dma_addr_t iova, unsigned long npages)
{
	struct vfio_emulated_pin *pin;

	for (; npages; npages--, iova += PAGE_SIZE) {
		pin = vfio_emulated_pin_find(dma, iova, device);
		/* A driver that has nothing there is late: its device was closed. */
		if (pin && pin->users && !--pin->users)
			vfio_emulated_pin_idle(dma, pin);
	}
}

/*
 * Takes a mapping to release its idle pins, if it has any and nobody has it busy: who
 * has it will do so. vfio_iommu.lock is held.
 */
static bool vfio_emulated_take_idle(struct vfio_dma *dma)
{
	if (dma->busy || list_empty(&dma->idle_pins))
		return false;
	dma->busy = true;
	return true;
}

/* Pins what lies in one mapping; returns how many pages that is, or a negative errno. */
static int vfio_emulated_get(struct vfio_iommu *iommu, struct vfio_device *device, dma_addr_t iova,
			     int npages, int prot, struct page **pages)
{
	struct vfio_dma *dma = vfio_mappings_take(iommu, iova, VFIO_TAKE_TO_PIN);
	int i, ret;

	if (IS_ERR(dma))
		return PTR_ERR(dma);
	npages = min_t(u64, npages, ((vfio_dma_last(dma) - iova) >> PAGE_SHIFT) + 1);
	ret = prot & ~dma->prot ? -EPERM : vfio_emulated_charge(iommu, dma, iova, npages);
	for (i = 0; !ret && i < npages; i++) {
		pages[i] = vfio_emulated_get_page(iommu, dma, device,
						  iova + ((dma_addr_t)i << PAGE_SHIFT));
		if (IS_ERR(pages[i])) {
			ret = PTR_ERR(pages[i]);
			mutex_lock(&iommu->lock);
			vfio_emulated_put_pages(dma, device, iova, i);
			mutex_unlock(&iommu->lock);
			vfio_account_refund(iommu, dma);
		}
	}
	vfio_emulated_publish(iommu, dma);
	return ret ? ret : npages;
}

/**
 * vfio_type1_pin_pages - see vfio_pin_pages()
 * @iommu_data: the container
 * @device: the device that will hold the pages
 * @iova: of the first page
 * @npages: how many
 * @prot: IOMMU_READ, IOMMU_WRITE
 * @pages: gets the pages
 *
 * Return: as vfio_pin_pages().
 */
int vfio_type1_pin_pages(void *iommu_data, struct vfio_device *device, dma_addr_t iova, int npages,
			 int prot, struct page **pages)
{
	struct vfio_iommu *iommu = iommu_data;
	int done, n;

	for (done = 0; done < npages; done += n) {
		n = vfio_emulated_get(iommu, device, iova + ((dma_addr_t)done << PAGE_SHIFT),
				      npages - done, prot, pages + done);
		if (n < 0) {
			vfio_type1_unpin_pages(iommu, device, iova, done);
			return n;
		}
	}
	return 0;
}

/**
 * vfio_type1_unpin_pages - see vfio_unpin_pages()
 * @iommu_data: the container
 * @device: the device that holds the pages
 * @iova: of the first page
 * @npages: how many
 */
void vfio_type1_unpin_pages(void *iommu_data, struct vfio_device *device, dma_addr_t iova,
			    int npages)
{
	struct vfio_iommu *iommu = iommu_data;
	struct vfio_dma *dma;
	int n;

	for (; npages > 0; npages -= n, iova += (dma_addr_t)n << PAGE_SHIFT) {
		bool taken = false;

		n = 1;
		mutex_lock(&iommu->lock);
		dma = vfio_mappings_first(iommu, iova, iova);
		if (dma) {
			n = min_t(u64, npages, ((vfio_dma_last(dma) - iova) >> PAGE_SHIFT) + 1);
			vfio_emulated_put_pages(dma, device, iova, n);
			taken = vfio_emulated_take_idle(dma);
		}
		mutex_unlock(&iommu->lock);
		if (taken)
			vfio_emulated_publish(iommu, dma);
	}
}

/* Copies within one page of user memory. */
static int vfio_emulated_copy(struct vfio_dma *dma, dma_addr_t iova, void *data, size_t len,
			      bool write)
{
	struct page *page = vfio_emulated_page(dma, iova & PAGE_MASK), *own = NULL;
	void *kaddr;
	long n;

	if (IS_ERR(page))
		return PTR_ERR(page);
	if (!page) {
		/* Not charged: nobody can make this pin last. */
		n = vfio_pin_user(dma, (dma->vaddr + (iova - dma->iova)) & PAGE_MASK, 1, &own);
		if (n != 1)
			return n ? n : -EFAULT;
		page = own;
	}
	kaddr = kmap_local_page(page) + offset_in_page(iova);
	if (write)
		memcpy(kaddr, data, len);
	else
		memcpy(data, kaddr, len);
	kunmap_local(kaddr);
	if (own)
		unpin_user_pages_dirty_lock(&own, 1, write);
	else if (write)
		set_page_dirty_lock(page);
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
		dma = vfio_mappings_take(iommu, iova, VFIO_TAKE_TO_COPY);
		if (IS_ERR(dma))
			return PTR_ERR(dma);
		if (dma->prot & (write ? IOMMU_WRITE : IOMMU_READ))
			ret = vfio_emulated_copy(dma, iova, data, n, write);
		else
			ret = -EPERM;
		vfio_emulated_publish(iommu, dma);
		if (ret)
			return ret;
	}
	return 0;
}

/* --- Devices, and what they are asked to give back -------------------------------------- */

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

/* All that a device holds of a mapping, or all that any does, becomes idle. */
static void vfio_emulated_forget(struct vfio_dma *dma, const struct vfio_device *device)
{
	struct rb_node *node;

	for (node = rb_first(&dma->pins); node; node = rb_next(node)) {
		struct vfio_emulated_pin *pin = rb_entry(node, struct vfio_emulated_pin, node);

		if ((!device || pin->device == device) && pin->users)
			vfio_emulated_pin_idle(dma, pin);
	}
}

/* A closed device cannot give back any more what its driver forgot. */
static void vfio_emulated_forget_all(struct vfio_iommu *iommu, const struct vfio_device *device)
{
	dma_addr_t iova = 0, last;
	struct vfio_dma *dma;
	bool taken;

	do {
		mutex_lock(&iommu->lock);
		dma = vfio_mappings_first(iommu, iova, VFIO_IOVA_MAX);
		if (!dma) {
			mutex_unlock(&iommu->lock);
			return;
		}
		last = vfio_dma_last(dma);
		vfio_emulated_forget(dma, device);
		taken = vfio_emulated_take_idle(dma);
		mutex_unlock(&iommu->lock);
		if (taken)
			vfio_emulated_publish(iommu, dma);
		cond_resched();
		iova = last + 1;
	} while (last != VFIO_IOVA_MAX);
}

/**
 * vfio_type1_unregister_device - undo vfio_type1_register_device()
 * @iommu_data: the container
 * @device: the device; what its driver holds still is released
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
	vfio_emulated_forget_all(iommu, device);
}

static bool vfio_emulated_holds(struct vfio_iommu *iommu, const struct vfio_dma *dma)
{
	bool holds;

	mutex_lock(&iommu->lock);
	holds = !RB_EMPTY_ROOT(&dma->pins);
	mutex_unlock(&iommu->lock);
	return holds;
}

/**
 * vfio_emulated_recall - ask the drivers to give back pages of mappings
 * @iommu: the container
 * @dmas: struct vfio_dma, by their list; they are marked as going
 *
 * A driver may give them back during the call or later, from any thread.
 */
void vfio_emulated_recall(struct vfio_iommu *iommu, struct list_head *dmas)
{
	struct vfio_emulated_device *emulated;
	struct vfio_dma *dma;

	mutex_lock(&iommu->emulated_lock);
	list_for_each_entry(dma, dmas, list) {
		if (!vfio_emulated_holds(iommu, dma))
			continue;
		list_for_each_entry(emulated, &iommu->emulated_devices, list)
			vfio_device_dma_unmap(emulated->device, dma->iova, dma->size);
	}
	mutex_unlock(&iommu->emulated_lock);
}

/**
 * vfio_emulated_release - release all pages that drivers hold of a mapping
 * @iommu: the container; it has no open emulated device
 * @dma: the mapping
 */
void vfio_emulated_release(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	vfio_mappings_own(iommu, dma);
	mutex_lock(&iommu->lock);
	vfio_emulated_forget(dma, NULL);
	mutex_unlock(&iommu->lock);
	vfio_emulated_publish(iommu, dma);
}

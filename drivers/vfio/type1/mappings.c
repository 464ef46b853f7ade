// SPDX-License-Identifier: GPL-2.0-only
/*
 * The red-black tree of a container's mappings, ordered by IOVA.
 *
 * - Mappings never overlap: a range is taken before anything else is done for it.
 * - A mapping enters the tree busy and leaves it busy. Only the task that marked it
 *   may change or remove it; readers under the lock see its addresses and no more.
 * - Nobody waits with the lock held, nor while holding a mapping: mappings are
 *   marked all at once or not at all, so no two tasks wait for each other.
 */
#include <linux/rbtree.h>
#include <linux/sched/signal.h>

#include "type1.h"

static struct vfio_dma *to_dma(struct rb_node *node)
{
	return rb_entry_safe(node, struct vfio_dma, node);
}

/**
 * vfio_mappings_first - the lowest mapping that touches a range
 * @iommu: the container; its lock is held
 * @first: first IOVA of the range
 * @last: last IOVA of the range
 *
 * Return: the mapping, NULL if there is none.
 */
struct vfio_dma *vfio_mappings_first(struct vfio_iommu *iommu, dma_addr_t first, dma_addr_t last)
{
	struct rb_node *node = iommu->mappings.rb_node;
	struct vfio_dma *found = NULL;

	while (node) {
		struct vfio_dma *dma = to_dma(node);

		if (vfio_dma_last(dma) < first) {
			node = node->rb_right;
		} else {
			if (dma->iova <= last)
				found = dma;
			node = node->rb_left;
		}
	}
	return found;
}

/**
 * vfio_mappings_next - the next mapping of a range
 * @dma: a mapping; the container's lock is held
 * @last: last IOVA of the range
 *
 * Return: the mapping behind @dma if it begins at or before @last, else NULL.
 */
struct vfio_dma *vfio_mappings_next(struct vfio_dma *dma, dma_addr_t last)
{
	struct vfio_dma *next = to_dma(rb_next(&dma->node));

	return next && next->iova <= last ? next : NULL;
}

static void vfio_mappings_insert(struct vfio_iommu *iommu, struct vfio_dma *new)
{
	struct rb_node **link = &iommu->mappings.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = new->iova < to_dma(parent)->iova ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&new->node, parent, link);
	rb_insert_color(&new->node, &iommu->mappings);
}

/**
 * vfio_mappings_reserve - take the IOVA range of a new mapping
 * @iommu: the container
 * @dma: the new mapping; busy until vfio_mappings_publish()
 * @trace: gets the stage, and what is in the way
 *
 * Return: 0, -EEXIST if another mapping is in the way, or -ENOSPC past the
 * limit.
 */
int vfio_mappings_reserve(struct vfio_iommu *iommu, struct vfio_dma *dma,
			  struct vfio_map_trace *trace)
{
	struct vfio_dma *other;
	int ret = 0;

	dma->busy = true;
	mutex_lock(&iommu->lock);
	other = vfio_mappings_first(iommu, dma->iova, vfio_dma_last(dma));
	if (other) {
		trace->stage = VFIO_STAGE_OVERLAP;
		trace->conflict_iova = other->iova;
		trace->conflict_size = other->size;
		ret = -EEXIST;
	} else if (!iommu->available) {
		trace->stage = VFIO_STAGE_LIMIT;
		ret = -ENOSPC;
	} else {
		iommu->available--;
		vfio_mappings_insert(iommu, dma);
		atomic64_inc(&iommu->ledger->mappings);
	}
	mutex_unlock(&iommu->lock);
	return ret;
}

static int vfio_mappings_attempt(struct vfio_iommu *iommu, vfio_claim_fn attempt, void *data)
{
	int ret;

	mutex_lock(&iommu->lock);
	ret = attempt(iommu, data);
	mutex_unlock(&iommu->lock);
	return ret;
}

/* Attempts again whenever a mapping became idle, until it succeeds or @timeout is over. */
static int vfio_mappings_wait(struct vfio_iommu *iommu, vfio_claim_fn attempt, void *data,
			      unsigned int state, long timeout)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int ret;

	add_wait_queue(&iommu->idle, &wait);
	while ((ret = vfio_mappings_attempt(iommu, attempt, data)) == -EBUSY && timeout) {
		if (state == TASK_KILLABLE && fatal_signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		timeout = wait_woken(&wait, state, timeout);
	}
	remove_wait_queue(&iommu->idle, &wait);
	return ret;
}

/**
 * vfio_mappings_claim - mark mappings busy, once other tasks have finished with them
 * @iommu: the container
 * @attempt: called with the lock held; -EBUSY if it found a busy mapping and has
 *	changed nothing, and then it is called again whenever one became idle
 * @data: for @attempt
 * @timeout: jiffies to wait at most
 *
 * Return: what @attempt did, -EBUSY after @timeout, or -EINTR when killed while waiting.
 */
int vfio_mappings_claim(struct vfio_iommu *iommu, vfio_claim_fn attempt, void *data, long timeout)
{
	int ret = vfio_mappings_attempt(iommu, attempt, data);

	if (ret == -EBUSY)
		ret = vfio_mappings_wait(iommu, attempt, data, TASK_KILLABLE, timeout);
	return ret;
}

/**
 * vfio_mappings_claim_always - the same for whoever must not fail, killed or not
 * @iommu: the container; no mapping is held by a task that waits for its user
 * @attempt: as in vfio_mappings_claim(); has no error but -EBUSY
 * @data: for @attempt
 */
void vfio_mappings_claim_always(struct vfio_iommu *iommu, vfio_claim_fn attempt, void *data)
{
	vfio_mappings_wait(iommu, attempt, data, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
}

struct vfio_claim_one {
	dma_addr_t iova;
	enum vfio_take purpose;
	struct vfio_dma *dma;
};

static int vfio_claim_one(struct vfio_iommu *iommu, void *data)
{
	struct vfio_claim_one *one = data;

	one->dma = vfio_mappings_first(iommu, one->iova, one->iova);
	if (!one->dma)
		return -EINVAL;
	/* Not to be waited for: what it waits for itself may be the caller. */
	if (one->dma->going && one->purpose == VFIO_TAKE_TO_PIN)
		return -EINVAL;
	if (one->dma->busy)
		return -EBUSY;
	one->dma->busy = true;
	return 0;
}

/**
 * vfio_mappings_take - have a mapping for oneself for a while
 * @iommu: the container
 * @iova: any IOVA in it
 * @purpose: what for
 *
 * Waits for other tasks to finish with it.
 *
 * Return: the mapping, to be given back by vfio_emulated_publish(); ERR_PTR(-EINVAL) if
 * nothing is mapped there, or is about to be unmapped, or ERR_PTR(-EINTR) when killed.
 */
struct vfio_dma *vfio_mappings_take(struct vfio_iommu *iommu, dma_addr_t iova,
				    enum vfio_take purpose)
{
	struct vfio_claim_one one = { .iova = iova, .purpose = purpose };
	int ret = vfio_mappings_claim(iommu, vfio_claim_one, &one, MAX_SCHEDULE_TIMEOUT);

	return ret ? ERR_PTR(ret) : one.dma;
}

static int vfio_claim_this(struct vfio_iommu *iommu, void *data)
{
	struct vfio_dma *dma = data;

	if (dma->busy)
		return -EBUSY;
	dma->busy = true;
	return 0;
}

/**
 * vfio_mappings_own - have a mapping for oneself for a while, killed or not
 * @iommu: the container; no ioctl runs, so only drivers can have it
 * @dma: the mapping, to be given back by vfio_emulated_publish()
 */
void vfio_mappings_own(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	vfio_mappings_claim_always(iommu, vfio_claim_this, dma);
}

/**
 * vfio_mappings_publish - let other tasks take a mapping
 * @iommu: the container
 * @dma: a mapping that the caller owns; it is complete
 *
 * Return: false if it has idle pins, which the caller, still its owner, releases first.
 */
bool vfio_mappings_publish(struct vfio_iommu *iommu, struct vfio_dma *dma)
{
	bool ready;

	mutex_lock(&iommu->lock);
	ready = list_empty(&dma->idle_pins);
	if (ready) {
		dma->busy = false;
		dma->requested = false;
	}
	mutex_unlock(&iommu->lock);
	if (ready)
		wake_up_all(&iommu->idle);
	return ready;
}

/**
 * vfio_mappings_keep - mappings that were about to go stay
 * @iommu: the container
 * @kept: struct vfio_dma, by their list; they are marked as going
 */
void vfio_mappings_keep(struct vfio_iommu *iommu, struct list_head *kept)
{
	struct vfio_dma *dma;

	mutex_lock(&iommu->lock);
	list_for_each_entry(dma, kept, list)
		dma->going = false;
	mutex_unlock(&iommu->lock);
	INIT_LIST_HEAD(kept);
	wake_up_all(&iommu->idle);
}

/**
 * vfio_mappings_remove - free the IOVA ranges of mappings that are gone
 * @iommu: the container
 * @removed: struct vfio_dma, by their list; the caller owns them
 */
void vfio_mappings_remove(struct vfio_iommu *iommu, struct list_head *removed)
{
	struct vfio_dma *dma;

	mutex_lock(&iommu->lock);
	list_for_each_entry(dma, removed, list) {
		rb_erase(&dma->node, &iommu->mappings);
		iommu->available++;
		atomic64_dec(&iommu->ledger->mappings);
	}
	mutex_unlock(&iommu->lock);
	wake_up_all(&iommu->idle);
}

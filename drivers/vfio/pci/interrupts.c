// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts: from the device to the user's eventfds.
 *
 * Invariants:
 * - At most one of INTx, MSI and MSI-X is enabled, and changing over means to disable
 *   first. All set-up happens under irq_lock.
 * - A request that is refused for its data, such as a bad eventfd, changes nothing:
 *   all eventfds are looked up before the first is used.
 * - An eventfd is put only when no handler can see it any more: after free_irq() or
 *   synchronize_irq(), or after it was replaced under intx.lock. Before that, KVM has
 *   let go of its vector.
 * - Vectors are set up, and torn down, with the device's memory decoding on and BARs
 *   closed to the user: the PCI core writes MSI-X tables.
 * - INTx is let through only while a handler is registered and nobody masks it; but the
 *   PCI core turns it on when MSI is disabled, and it stays on until we turn it off a
 *   moment later. Since it is level triggered, signalling it masks it until the user
 *   unmasks.
 */
#include <linux/eventfd.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/msi.h>
#include <linux/slab.h>

#include "../compat.h"
#include "pci.h"

/* Does a request switch an index off? Only what is on can be. */
static bool vfio_pci_irqs_off(const struct vfio_irq_set *set)
{
	return !set->count && set->flags == (VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER);
}

/* --- INTx ---------------------------------------------------------------------- */

static bool nointxmask;
module_param(nointxmask, bool, 0644);
MODULE_PARM_DESC(nointxmask,
		 "Mask INTx at the interrupt controller, of each device opened from now on");

/*
 * Their INTx can be disabled, yet their status never says that they raised it. So it can
 * be told apart from no other interrupt of its line, and users are better served by MSI-X.
 */
static const struct pci_device_id vfio_pci_no_intx_status[] = {
	{ PCI_VDEVICE(INTEL, 0x1563) }, /* X550 */
	{ PCI_VDEVICE(INTEL, 0x1572) }, /* X710, XL710, XXV710, X722 */
	{ PCI_VDEVICE(INTEL, 0x1574) }, { PCI_VDEVICE(INTEL, 0x1580) },
	{ PCI_VDEVICE(INTEL, 0x1581) }, { PCI_VDEVICE(INTEL, 0x1583) },
	{ PCI_VDEVICE(INTEL, 0x1584) }, { PCI_VDEVICE(INTEL, 0x1585) },
	{ PCI_VDEVICE(INTEL, 0x1586) }, { PCI_VDEVICE(INTEL, 0x1587) },
	{ PCI_VDEVICE(INTEL, 0x1588) }, { PCI_VDEVICE(INTEL, 0x1589) },
	{ PCI_VDEVICE(INTEL, 0x158a) }, { PCI_VDEVICE(INTEL, 0x158b) },
	{ PCI_VDEVICE(INTEL, 0x37d0) }, { PCI_VDEVICE(INTEL, 0x37d1) },
	{ PCI_VDEVICE(INTEL, 0x37d2) }, {}
};

/* Bring the line in accord with what we know; intx.lock is held. */
static void vfio_pci_intx_update(struct vfio_pci_device *vdev)
{
	struct vfio_pci_intx *intx = &vdev->intx;
	bool on = intx->enabled && !intx->masked && !intx->gated && !intx->frozen;

	if (on == intx->line_on)
		return;
	if (!on) {
		if (intx->own_line)
			disable_irq_nosync(vdev->pdev->irq);
		else
			pci_intx(vdev->pdev, 0);
		intx->line_on = false;
	} else if (intx->own_line) {
		intx->line_on = true;
		pci_intx(vdev->pdev, 1);
		enable_irq(vdev->pdev->irq);
	} else if (pci_check_and_unmask_intx(vdev->pdev)) {
		intx->line_on = true;
	} else {
		/* The device waits already, and its line stayed off: this is the interrupt. */
		intx->masked = true;
		compat_eventfd_signal(intx->trigger);
	}
}

static irqreturn_t vfio_pci_intx_handler(int irq, void *data)
{
	struct vfio_pci_device *vdev = data;
	struct vfio_pci_intx *intx = &vdev->intx;
	irqreturn_t ret = IRQ_NONE;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	if (intx->line_on && (intx->own_line || pci_check_and_mask_intx(vdev->pdev))) {
		if (intx->own_line)
			disable_irq_nosync(irq);
		intx->line_on = false;
		intx->masked = true;
		compat_eventfd_signal(intx->trigger);
		ret = IRQ_HANDLED;
	}
	spin_unlock_irqrestore(&intx->lock, flags);
	return ret;
}

static void vfio_pci_intx_set_masked(struct vfio_pci_device *vdev, bool masked)
{
	unsigned long flags;

	spin_lock_irqsave(&vdev->intx.lock, flags);
	vdev->intx.masked = masked;
	vfio_pci_intx_update(vdev);
	spin_unlock_irqrestore(&vdev->intx.lock, flags);
}

/**
 * vfio_pci_intx_gate() - the user wrote INTX_DISABLE in the command register
 * @vdev: the device
 * @gated: the bit
 */
void vfio_pci_intx_gate(struct vfio_pci_device *vdev, bool gated)
{
	unsigned long flags;

	spin_lock_irqsave(&vdev->intx.lock, flags);
	vdev->intx.gated = gated;
	vfio_pci_intx_update(vdev);
	spin_unlock_irqrestore(&vdev->intx.lock, flags);
}

/**
 * vfio_pci_intx_freeze() - hold INTx back while the device is quiesced
 * @vdev: the device
 * @frozen: begin or end
 */
void vfio_pci_intx_freeze(struct vfio_pci_device *vdev, bool frozen)
{
	unsigned long flags;

	spin_lock_irqsave(&vdev->intx.lock, flags);
	vdev->intx.frozen = frozen;
	vfio_pci_intx_update(vdev);
	spin_unlock_irqrestore(&vdev->intx.lock, flags);
}

/**
 * vfio_pci_intx_off() - keep a device quiet that has no handler
 * @vdev: the device
 *
 * Also one whose INTx we cannot mask while it is in use: it may well obey.
 */
void vfio_pci_intx_off(struct vfio_pci_device *vdev)
{
	unsigned long flags;

	spin_lock_irqsave(&vdev->intx.lock, flags);
	pci_intx(vdev->pdev, 0);
	spin_unlock_irqrestore(&vdev->intx.lock, flags);
}

static int vfio_pci_intx_enable(struct vfio_pci_device *vdev, struct eventfd_ctx *trigger)
{
	struct vfio_pci_intx *intx = &vdev->intx;
	struct pci_dev *pdev = vdev->pdev;
	int ret;

	intx->name = kasprintf(GFP_KERNEL_ACCOUNT, "vfio-intx(%s)", pci_name(pdev));
	if (!intx->name)
		return -ENOMEM;
	intx->trigger = trigger;
	intx->masked = false;
	ret = request_irq(pdev->irq, vfio_pci_intx_handler,
			  intx->own_line ? IRQF_NO_AUTOEN : IRQF_SHARED, intx->name, vdev);
	if (ret) {
		kfree(intx->name);
		intx->trigger = NULL;
		return ret;
	}
	vdev->irq_index = VFIO_PCI_INTX_IRQ_INDEX;

	spin_lock_irq(&intx->lock);
	intx->enabled = true;
	vfio_pci_intx_update(vdev);
	spin_unlock_irq(&intx->lock);
	return 0;
}

static void vfio_pci_intx_disable(struct vfio_pci_device *vdev)
{
	struct vfio_pci_intx *intx = &vdev->intx;

	vfio_pci_unlisten(intx->unmasker);
	intx->unmasker = NULL;

	spin_lock_irq(&intx->lock);
	intx->enabled = false;
	vfio_pci_intx_update(vdev);
	pci_intx(vdev->pdev, 0);
	spin_unlock_irq(&intx->lock);

	free_irq(vdev->pdev->irq, vdev);
	eventfd_ctx_put(intx->trigger);
	intx->trigger = NULL;
	kfree(intx->name);
	vdev->irq_index = VFIO_PCI_IRQ_NONE;
}

static int vfio_pci_intx_set_trigger(struct vfio_pci_device *vdev, int fd)
{
	bool enabled = vdev->irq_index == VFIO_PCI_INTX_IRQ_INDEX;
	struct eventfd_ctx *trigger;
	int ret;

	if (!enabled && vdev->irq_index != VFIO_PCI_IRQ_NONE)
		return -EINVAL;
	if (fd < 0) {
		if (enabled)
			vfio_pci_intx_disable(vdev);
		return 0;
	}
	trigger = eventfd_ctx_fdget(fd);
	if (IS_ERR(trigger))
		return PTR_ERR(trigger);
	if (enabled) {
		spin_lock_irq(&vdev->intx.lock);
		swap(vdev->intx.trigger, trigger);
		spin_unlock_irq(&vdev->intx.lock);
		eventfd_ctx_put(trigger);
		return 0;
	}
	ret = vfio_pci_intx_enable(vdev, trigger);
	if (ret)
		eventfd_ctx_put(trigger);
	return ret;
}

static void vfio_pci_intx_unmask_by_eventfd(void *data)
{
	vfio_pci_intx_set_masked(data, false);
}

static int vfio_pci_intx_set_unmasker(struct vfio_pci_device *vdev, int fd)
{
	struct vfio_pci_listener *unmasker = NULL;

	if (fd >= 0) {
		if (vdev->intx.unmasker)
			return -EBUSY;
		unmasker = vfio_pci_listen(fd, vfio_pci_intx_unmask_by_eventfd, vdev);
		if (IS_ERR(unmasker))
			return PTR_ERR(unmasker);
	}
	vfio_pci_unlisten(vdev->intx.unmasker);
	vdev->intx.unmasker = unmasker;
	return 0;
}

static int vfio_pci_intx_set(struct vfio_pci_device *vdev, const struct vfio_irq_set *set,
			     const void *data)
{
	bool enabled = vdev->irq_index == VFIO_PCI_INTX_IRQ_INDEX;
	const s32 *fd = set->flags & VFIO_IRQ_SET_DATA_EVENTFD ? data : NULL;

	if (enabled && vfio_pci_irqs_off(set))
		return vfio_pci_intx_set_trigger(vdev, -1);
	if (!set->count)
		return -EINVAL;
	if (set->flags & VFIO_IRQ_SET_ACTION_TRIGGER && fd)
		return vfio_pci_intx_set_trigger(vdev, *fd);

	/* The rest is about an interrupt that works. */
	if (!enabled)
		return -EINVAL;
	if (set->flags & VFIO_IRQ_SET_ACTION_MASK && fd)
		return -ENOTTY;
	if (fd)
		return vfio_pci_intx_set_unmasker(vdev, *fd);
	if (set->flags & VFIO_IRQ_SET_DATA_BOOL && !*(const u8 *)data)
		return 0;
	if (set->flags & VFIO_IRQ_SET_ACTION_TRIGGER)
		compat_eventfd_signal(vdev->intx.trigger);
	else
		vfio_pci_intx_set_masked(vdev, set->flags & VFIO_IRQ_SET_ACTION_MASK);
	return 0;
}

/* --- MSI and MSI-X --------------------------------------------------------------- */

static irqreturn_t vfio_pci_vector_handler(int irq, void *data)
{
	struct vfio_pci_vector *vector = data;
	struct eventfd_ctx *trigger = READ_ONCE(vector->trigger);

	if (trigger)
		compat_eventfd_signal(trigger);
	return IRQ_HANDLED;
}

/* The device's memory for the PCI core alone, unless it is in low power or lost. */
static void vfio_pci_vectors_begin(struct vfio_pci_device *vdev)
{
	down_write(&vdev->memory_lock);
	if (vfio_pci_active(vdev))
		vfio_pci_decode_on(vdev);
}

static void vfio_pci_vectors_end(struct vfio_pci_device *vdev)
{
	if (vfio_pci_active(vdev))
		vfio_pci_command_apply(vdev);
	up_write(&vdev->memory_lock);
}

/*
 * Let KVM deliver vectors without us where it listens to the same eventfds. What fails,
 * because another vector has the eventfd too, costs only speed.
 */
static void vfio_pci_vectors_offer(struct vfio_pci_device *vdev)
{
	unsigned int i;

	for (i = 0; i < vdev->vector_count; i++) {
		struct vfio_pci_vector *vector = &vdev->vectors[i];

		if (!vector->trigger || vector->offered)
			continue;
		vector->offered = !compat_irq_bypass_register_producer(
			&vector->producer, vector->trigger, pci_irq_vector(vdev->pdev, i));
	}
}

static void vfio_pci_vector_withdraw(struct vfio_pci_vector *vector)
{
	if (vector->offered)
		irq_bypass_unregister_producer(&vector->producer);
	vector->offered = false;
}

/* Change the eventfd of a vector that has a handler; no interrupt is missed. */
static void vfio_pci_vector_swap(struct vfio_pci_device *vdev, unsigned int i,
				 struct eventfd_ctx *trigger)
{
	struct eventfd_ctx *old;

	vfio_pci_vector_withdraw(&vdev->vectors[i]);
	old = xchg(&vdev->vectors[i].trigger, trigger);
	synchronize_irq(pci_irq_vector(vdev->pdev, i));
	if (old)
		eventfd_ctx_put(old);
}

/* The vector is no longer handled. Between begin and end. */
static void vfio_pci_vector_free(struct vfio_pci_device *vdev, unsigned int i)
{
	struct vfio_pci_vector *vector = &vdev->vectors[i];

	if (!vector->name)
		return;
	vfio_pci_vector_withdraw(vector);
	free_irq(pci_irq_vector(vdev->pdev, i), vector);
	if (vector->trigger)
		eventfd_ctx_put(vector->trigger);
	kfree(vector->name);
	*vector = (struct vfio_pci_vector){};
}

/*
 * Nobody listens to the vector any more. MSI-X masks it, and its pending bit tells the
 * user what was missed. An MSI device need not be able to mask, and would send its
 * message to nowhere, so there the handler stays. Between begin and end.
 */
static void vfio_pci_vector_clear(struct vfio_pci_device *vdev, unsigned int i)
{
	if (vdev->irq_index == VFIO_PCI_MSIX_IRQ_INDEX)
		vfio_pci_vector_free(vdev, i);
	else if (vdev->vectors[i].name)
		vfio_pci_vector_swap(vdev, i, NULL);
}

/* Give a vector an eventfd, and take the reference. Between begin and end. */
static int vfio_pci_vector_set(struct vfio_pci_device *vdev, unsigned int i,
			       struct eventfd_ctx *trigger)
{
	bool msix = vdev->irq_index == VFIO_PCI_MSIX_IRQ_INDEX;
	struct vfio_pci_vector *vector = &vdev->vectors[i];
	int irq = pci_irq_vector(vdev->pdev, i);
	struct msi_msg msg;
	int ret;

	if (irq < 0)
		irq = compat_msix_add(vdev->pdev, i);
	if (irq < 0)
		return irq;

	if (vector->name) {
		vfio_pci_vector_swap(vdev, i, trigger);
		return 0;
	}

	vector->name = kasprintf(GFP_KERNEL_ACCOUNT, "vfio-msi%s[%u](%s)", msix ? "x" : "", i,
				 pci_name(vdev->pdev));
	if (!vector->name)
		return -ENOMEM;
	/* The user can have made the device forget its table. */
	if (msix) {
		get_cached_msi_msg(irq, &msg);
		pci_write_msi_msg(irq, &msg);
	}
	vector->trigger = trigger;
	ret = request_irq(irq, vfio_pci_vector_handler, 0, vector->name, vector);
	if (ret) {
		kfree(vector->name);
		*vector = (struct vfio_pci_vector){};
	}
	return ret;
}

/*
 * Between begin and end. Return: 0, or how many vectors there are when @count are not.
 * Where more can be added later there is room for all.
 */
static int vfio_pci_vectors_enable(struct vfio_pci_device *vdev, unsigned int index,
				   unsigned int count)
{
	bool msix = index == VFIO_PCI_MSIX_IRQ_INDEX;
	unsigned int room = vdev->msix_grows && msix ? vdev->irq_counts[index] : count;
	int ret;

	vdev->vectors = kcalloc(room, sizeof(*vdev->vectors), GFP_KERNEL_ACCOUNT);
	if (!vdev->vectors)
		return -ENOMEM;
	ret = pci_alloc_irq_vectors(vdev->pdev, 1, count, msix ? PCI_IRQ_MSIX : PCI_IRQ_MSI);
	if (ret == count) {
		vdev->vector_count = room;
		vdev->irq_index = index;
		return 0;
	}
	if (ret > 0)
		pci_free_irq_vectors(vdev->pdev);
	vfio_pci_intx_off(vdev);
	kfree(vdev->vectors);
	vdev->vectors = NULL;
	return ret;
}

/* Between begin and end. */
static void vfio_pci_vectors_disable(struct vfio_pci_device *vdev)
{
	unsigned int i;

	for (i = 0; i < vdev->vector_count; i++)
		vfio_pci_vector_free(vdev, i);
	pci_free_irq_vectors(vdev->pdev);
	/* That enabled INTx, which has no handler. */
	vfio_pci_intx_off(vdev);
	kfree(vdev->vectors);
	vdev->vectors = NULL;
	vdev->vector_count = 0;
	vdev->irq_index = VFIO_PCI_IRQ_NONE;
}

static void vfio_pci_put_triggers(struct eventfd_ctx **triggers, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (triggers[i])
			eventfd_ctx_put(triggers[i]);
	kfree(triggers);
}

/* Look up eventfds; a negative number stands for none. */
static struct eventfd_ctx **vfio_pci_get_triggers(const s32 *fds, unsigned int count)
{
	struct eventfd_ctx **triggers;
	unsigned int i;

	triggers = kcalloc(count, sizeof(*triggers), GFP_KERNEL_ACCOUNT);
	if (!triggers)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < count; i++) {
		struct eventfd_ctx *trigger;

		if (fds[i] < 0)
			continue;
		trigger = eventfd_ctx_fdget(fds[i]);
		if (IS_ERR(trigger)) {
			vfio_pci_put_triggers(triggers, i);
			return ERR_CAST(trigger);
		}
		triggers[i] = trigger;
	}
	return triggers;
}

/*
 * Set a range of vectors. When the kernel refuses one of them (-ENOMEM and the like),
 * this range has no eventfds afterwards; if it was the first, the index is disabled.
 */
static int vfio_pci_vectors_set(struct vfio_pci_device *vdev, const struct vfio_irq_set *set,
				const s32 *fds)
{
	bool fresh = vdev->irq_index == VFIO_PCI_IRQ_NONE;
	struct eventfd_ctx **triggers;
	unsigned int i;
	int ret = 0;

	if (!fresh && set->start + set->count > vdev->vector_count)
		return -EINVAL;
	triggers = vfio_pci_get_triggers(fds, set->count);
	if (IS_ERR(triggers))
		return PTR_ERR(triggers);

	vfio_pci_vectors_begin(vdev);
	if (!vfio_pci_active(vdev))
		ret = -EIO;
	else if (fresh)
		ret = vfio_pci_vectors_enable(vdev, set->index, set->start + set->count);
	if (ret)
		goto out;

	for (i = 0; i < set->count; i++) {
		if (triggers[i]) {
			ret = vfio_pci_vector_set(vdev, set->start + i, triggers[i]);
			if (ret)
				break;
			triggers[i] = NULL;
		} else {
			vfio_pci_vector_clear(vdev, set->start + i);
		}
	}
	if (ret && fresh)
		vfio_pci_vectors_disable(vdev);
	for (i = 0; ret && !fresh && i < set->count; i++)
		vfio_pci_vector_clear(vdev, set->start + i);
	vfio_pci_vectors_offer(vdev);
out:
	vfio_pci_vectors_end(vdev);
	vfio_pci_put_triggers(triggers, set->count);
	return ret;
}

static int vfio_pci_msi_set(struct vfio_pci_device *vdev, const struct vfio_irq_set *set,
			    const void *data)
{
	const u8 *chosen = set->flags & VFIO_IRQ_SET_DATA_BOOL ? data : NULL;
	unsigned int i;

	if (!(set->flags & VFIO_IRQ_SET_ACTION_TRIGGER))
		return -ENOTTY;
	if (vdev->irq_index == set->index && vfio_pci_irqs_off(set)) {
		vfio_pci_vectors_begin(vdev);
		vfio_pci_vectors_disable(vdev);
		vfio_pci_vectors_end(vdev);
		return 0;
	}
	if (set->flags & VFIO_IRQ_SET_DATA_EVENTFD) {
		if (vdev->irq_index != set->index && vdev->irq_index != VFIO_PCI_IRQ_NONE)
			return -EINVAL;
		return vfio_pci_vectors_set(vdev, set, data);
	}

	if (vdev->irq_index != set->index || set->start + set->count > vdev->vector_count)
		return -EINVAL;
	for (i = 0; i < set->count; i++) {
		struct eventfd_ctx *trigger = vdev->vectors[set->start + i].trigger;

		if (trigger && (!chosen || chosen[i]))
			compat_eventfd_signal(trigger);
	}
	return 0;
}

/* --- Errors of the device, requests of the kernel ---------------------------------- */

static int vfio_pci_notice_set(struct eventfd_ctx **slot, const struct vfio_irq_set *set,
			       const void *data)
{
	struct eventfd_ctx *trigger = NULL;
	int fd = -1;

	if (!(set->flags & VFIO_IRQ_SET_ACTION_TRIGGER))
		return -ENOTTY;
	if (set->flags & VFIO_IRQ_SET_DATA_NONE && !*slot)
		return -EINVAL;
	if (!vfio_pci_irqs_off(set)) {
		if (!set->count)
			return -EINVAL;
		if (!(set->flags & VFIO_IRQ_SET_DATA_EVENTFD)) {
			if (*slot && (set->flags & VFIO_IRQ_SET_DATA_NONE || *(const u8 *)data))
				compat_eventfd_signal(*slot);
			return 0;
		}
		fd = *(const s32 *)data;
		if (fd < -1)
			return -EINVAL;
	}

	if (fd >= 0) {
		trigger = eventfd_ctx_fdget(fd);
		if (IS_ERR(trigger))
			return PTR_ERR(trigger);
	}
	if (*slot)
		eventfd_ctx_put(*slot);
	*slot = trigger;
	return 0;
}

/**
 * vfio_pci_request() - ask the user to let go of the device
 * @vdev: the device
 * @count: how often that was done already
 */
void vfio_pci_request(struct vfio_pci_device *vdev, unsigned int count)
{
	mutex_lock(&vdev->irq_lock);
	if (vdev->req_trigger)
		compat_eventfd_signal(vdev->req_trigger);
	else if (!count)
		pci_notice(vdev->pdev, "waiting for the user to let go of the device\n");
	mutex_unlock(&vdev->irq_lock);
}

/**
 * vfio_pci_report_error() - tell the user that the device reported an error
 * @vdev: the device
 */
void vfio_pci_report_error(struct vfio_pci_device *vdev)
{
	mutex_lock(&vdev->irq_lock);
	if (vdev->err_trigger)
		compat_eventfd_signal(vdev->err_trigger);
	mutex_unlock(&vdev->irq_lock);
}

/* --- All together ------------------------------------------------------------------ */

/**
 * vfio_pci_irqs_init() - learn what interrupts a device has
 * @vdev: the device, being opened and enabled
 */
void vfio_pci_irqs_init(struct vfio_pci_device *vdev)
{
	struct pci_dev *pdev = vdev->pdev;
	unsigned int *counts = vdev->irq_counts;
	bool mask_line = READ_ONCE(nointxmask);

	/* Not pci_dev.pin, which a bus found by device tree leaves at 0. */
	pci_read_config_byte(pdev, PCI_INTERRUPT_PIN, &vdev->intx.pin);
	counts[VFIO_PCI_INTX_IRQ_INDEX] =
		vdev->intx.pin && pdev->irq && pdev->irq != IRQ_NOTCONNECTED &&
		(mask_line || !pci_match_id(vfio_pci_no_intx_status, pdev));
	counts[VFIO_PCI_MSI_IRQ_INDEX] = max(pci_msi_vec_count(pdev), 0);
	counts[VFIO_PCI_MSIX_IRQ_INDEX] = max(pci_msix_vec_count(pdev), 0);
	counts[VFIO_PCI_ERR_IRQ_INDEX] = pci_is_pcie(pdev);
	counts[VFIO_PCI_REQ_IRQ_INDEX] = 1;
	vdev->msix_grows = compat_msix_can_add(pdev);

	vdev->intx.own_line = mask_line || !pci_intx_mask_supported(pdev);
	vdev->intx.gated = false;
	vdev->intx.frozen = false;
	vfio_pci_intx_off(vdev);
}

/**
 * vfio_pci_set_irqs() - VFIO_DEVICE_SET_IRQS
 * @vdev: the device
 * @set: a request of which form and range were checked
 * @data: its data, of the right length
 *
 * Return: 0; the number of vectors that could be had, when that is fewer than were
 * asked for; or -ENOTTY for an action that this interrupt does not have, and for none or
 * several, -EINVAL when it must be, or must not be, enabled for that, -ERANGE for no
 * vector at all, -EBUSY for a second eventfd that unmasks, -EBADF for a bad eventfd,
 * -EIO when the device is in low power or lost, and what the kernel says.
 */
int vfio_pci_set_irqs(struct vfio_pci_device *vdev, const struct vfio_irq_set *set,
		      const void *data)
{
	int ret = -EINVAL;

	if (hweight32(set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) != 1)
		return -ENOTTY;
	mutex_lock(&vdev->irq_lock);
	switch (set->index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		ret = vfio_pci_intx_set(vdev, set, data);
		break;
	case VFIO_PCI_MSI_IRQ_INDEX:
	case VFIO_PCI_MSIX_IRQ_INDEX:
		ret = vfio_pci_msi_set(vdev, set, data);
		break;
	case VFIO_PCI_ERR_IRQ_INDEX:
		ret = vfio_pci_notice_set(&vdev->err_trigger, set, data);
		break;
	case VFIO_PCI_REQ_IRQ_INDEX:
		ret = vfio_pci_notice_set(&vdev->req_trigger, set, data);
		break;
	}
	mutex_unlock(&vdev->irq_lock);
	return ret;
}

/**
 * vfio_pci_irqs_release() - disable all interrupts and let go of all eventfds
 * @vdev: the device
 */
void vfio_pci_irqs_release(struct vfio_pci_device *vdev)
{
	const struct vfio_irq_set off = {
		.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
	};
	struct vfio_irq_set set = off;

	for (set.index = 0; set.index < VFIO_PCI_NUM_IRQS; set.index++)
		vfio_pci_set_irqs(vdev, &set, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What drivers of emulated devices hold of a mapping: a tree by IOVA and device.
 *
 * An IOVA has one page as long as anybody holds it: what several drivers pin, or a
 * driver and the mapping's own runs, is the same page, pinned and charged once.
 *
 * Pins come and go only while the mapping is busy and under vfio_iommu.lock, so
 * either is enough to look at them. A driver that gives a page back only says so:
 * the pin is idle then, until whoever has the mapping busy releases it.
 */
#include <linux/rbtree.h>

#include "type1.h"

static struct vfio_emulated_pin *to_pin(struct rb_node *node)
{
	return rb_entry(node, struct vfio_emulated_pin, node);
}

/* Does a pin come before an IOVA and device? Any two have an order. */
static bool vfio_emulated_pin_before(const struct vfio_emulated_pin *pin, dma_addr_t iova,
				     const struct vfio_device *device)
{
	return pin->iova != iova ? pin->iova < iova : pin->device < device;
}

/* The lowest pin that does not come before an IOVA and device. */
static struct vfio_emulated_pin *vfio_emulated_pin_lookup(const struct vfio_dma *dma,
							  dma_addr_t iova,
							  const struct vfio_device *device)
{
	struct rb_node *node = dma->pins.rb_node;
	struct vfio_emulated_pin *found = NULL;

	while (node) {
		struct vfio_emulated_pin *pin = to_pin(node);

		if (vfio_emulated_pin_before(pin, iova, device)) {
			node = node->rb_right;
		} else {
			found = pin;
			node = node->rb_left;
		}
	}
	return found;
}

/**
 * vfio_emulated_pin_find - what a device holds at an IOVA
 * @dma: the mapping
 * @iova: of a page
 * @device: the device
 *
 * Return: its pin, maybe an idle one, or NULL.
 */
struct vfio_emulated_pin *vfio_emulated_pin_find(const struct vfio_dma *dma, dma_addr_t iova,
						 const struct vfio_device *device)
{
	struct vfio_emulated_pin *pin = vfio_emulated_pin_lookup(dma, iova, device);

	return pin && pin->iova == iova && pin->device == device ? pin : NULL;
}

/**
 * vfio_emulated_pin_from - the next page that any device holds
 * @dma: the mapping
 * @iova: where to look
 *
 * Return: a pin at @iova or the next IOVA above, or NULL.
 */
struct vfio_emulated_pin *vfio_emulated_pin_from(const struct vfio_dma *dma, dma_addr_t iova)
{
	return vfio_emulated_pin_lookup(dma, iova, NULL);
}

/**
 * vfio_emulated_pin_insert - a device holds one more page
 * @dma: the mapping, busy; vfio_iommu.lock is held
 * @new: the pin
 */
void vfio_emulated_pin_insert(struct vfio_dma *dma, struct vfio_emulated_pin *new)
{
	struct rb_node **link = &dma->pins.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = vfio_emulated_pin_before(to_pin(parent), new->iova, new->device)
			       ? &parent->rb_right
			       : &parent->rb_left;
	}
	rb_link_node(&new->node, parent, link);
	rb_insert_color(&new->node, &dma->pins);
}

/**
 * vfio_emulated_pin_idle - a device does not hold a page any more
 * @dma: the mapping; vfio_iommu.lock is held
 * @pin: the pin
 */
void vfio_emulated_pin_idle(struct vfio_dma *dma, struct vfio_emulated_pin *pin)
{
	pin->users = 0;
	list_add_tail(&pin->idle, &dma->idle_pins);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eventfds that the user, or KVM, signals and the driver acts on.
 *
 * Invariants:
 * - A listener holds the eventfd's context, in which the wait queue is. So closing the
 *   fd needs no attention; the listener ends with vfio_pci_unlisten() alone.
 * - The call runs in process context, in a work item. Signals that come while one is
 *   queued are the same event.
 * - ioeventfds are kept under irq_lock. Their writes take only memory_lock.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/list.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "pci.h"

/* Each costs kernel memory and a wake-up, so a user has no need for more. */
#define VFIO_PCI_IOEVENTFDS_MAX 1024

/**
 * struct vfio_pci_listener - acts when an eventfd is signalled
 * @ctx: the eventfd
 * @wait: our entry in its wait queue
 * @poll: how to get there
 * @work: makes the call
 * @call: what to do
 * @data: passed to @call
 */
struct vfio_pci_listener {
	struct eventfd_ctx *ctx;
	wait_queue_entry_t wait;
	poll_table poll;
	struct work_struct work;
	void (*call)(void *data);
	void *data;
};

static void vfio_pci_listener_work(struct work_struct *work)
{
	struct vfio_pci_listener *listener = container_of(work, struct vfio_pci_listener, work);

	listener->call(listener->data);
}

/* Under the lock of the eventfd's wait queue: consume the signal, or it would fill up. */
static int vfio_pci_listener_wake(wait_queue_entry_t *wait, unsigned int mode, int flags, void *key)
{
	struct vfio_pci_listener *listener = container_of(wait, struct vfio_pci_listener, wait);
	u64 count;

	if (key_to_poll(key) & EPOLLIN) {
		eventfd_ctx_do_read(listener->ctx, &count);
		queue_work(system_highpri_wq, &listener->work);
	}
	return 0;
}

static void vfio_pci_listener_queue(struct file *file, wait_queue_head_t *head, poll_table *poll)
{
	struct vfio_pci_listener *listener = container_of(poll, struct vfio_pci_listener, poll);

	add_wait_queue(head, &listener->wait);
}

/**
 * vfio_pci_listen() - make a call whenever an eventfd is signalled
 * @fd: the eventfd; a signal that waits in it already counts
 * @call: made in process context
 * @data: passed to @call
 *
 * Return: the listener, or ERR_PTR: -EBADF, -EINVAL when @fd is no eventfd, -ENOMEM.
 */
struct vfio_pci_listener *vfio_pci_listen(int fd, void (*call)(void *data), void *data)
{
	struct vfio_pci_listener *listener;
	struct eventfd_ctx *ctx;
	struct file *file;

	file = eventfd_fget(fd);
	if (IS_ERR(file))
		return ERR_CAST(file);
	listener = kzalloc(sizeof(*listener), GFP_KERNEL_ACCOUNT);
	ctx = listener ? eventfd_ctx_fileget(file) : ERR_PTR(-ENOMEM);
	if (IS_ERR(ctx)) {
		kfree(listener);
		fput(file);
		return ERR_CAST(ctx);
	}
	listener->ctx = ctx;
	listener->call = call;
	listener->data = data;
	INIT_WORK(&listener->work, vfio_pci_listener_work);
	init_waitqueue_func_entry(&listener->wait, vfio_pci_listener_wake);
	init_poll_funcptr(&listener->poll, vfio_pci_listener_queue);

	if (vfs_poll(file, &listener->poll) & EPOLLIN)
		queue_work(system_highpri_wq, &listener->work);
	fput(file);
	return listener;
}

/**
 * vfio_pci_unlisten() - end a listener
 * @listener: the listener, or NULL
 *
 * Its call does not run afterwards.
 */
void vfio_pci_unlisten(struct vfio_pci_listener *listener)
{
	u64 count;

	if (!listener)
		return;
	eventfd_ctx_remove_wait_queue(listener->ctx, &listener->wait, &count);
	cancel_work_sync(&listener->work);
	eventfd_ctx_put(listener->ctx);
	kfree(listener);
}

/* --- ioeventfd: an eventfd that writes to a BAR -------------------------------------- */

/**
 * struct vfio_pci_ioevent - one such eventfd
 * @next: in vfio_pci_device.ioevents
 * @listener: waits for it
 * @vdev: the device
 * @index: which BAR
 * @width: bytes
 * @pos: where in the BAR
 * @data: what is written
 */
struct vfio_pci_ioevent {
	struct list_head next;
	struct vfio_pci_listener *listener;
	struct vfio_pci_device *vdev;
	unsigned int index;
	unsigned int width;
	u64 pos;
	u64 data;
};

static void vfio_pci_ioevent_write(void *data)
{
	struct vfio_pci_ioevent *event = data;

	/* A BAR that is switched off loses the write, as it would on the bus. */
	if (vfio_pci_begin_access(event->vdev))
		return;
	vfio_pci_bar_write(event->vdev, event->index, event->pos, event->width, event->data);
	vfio_pci_end_access(event->vdev);
}

static void vfio_pci_ioevent_remove(struct vfio_pci_ioevent *event)
{
	vfio_pci_unlisten(event->listener);
	list_del(&event->next);
	event->vdev->ioevent_count--;
	kfree(event);
}

/* The ABI leaves the MSI-X table out. */
static bool vfio_pci_in_msix_table(struct vfio_pci_device *vdev, unsigned int index, u64 pos)
{
	u32 count = vdev->irq_counts[VFIO_PCI_MSIX_IRQ_INDEX];
	u32 table;

	if (!count)
		return false;
	pci_read_config_dword(vdev->pdev, vdev->pdev->msix_cap + PCI_MSIX_TABLE, &table);
	if ((table & PCI_MSIX_TABLE_BIR) != index)
		return false;
	table &= PCI_MSIX_TABLE_OFFSET;
	return pos >= table && pos - table < count * PCI_MSIX_ENTRY_SIZE;
}

static struct vfio_pci_ioevent *vfio_pci_ioevent_find(struct vfio_pci_device *vdev,
						      const struct vfio_pci_ioevent *key)
{
	struct vfio_pci_ioevent *event;

	list_for_each_entry(event, &vdev->ioevents, next)
		if (event->index == key->index && event->pos == key->pos &&
		    event->width == key->width && event->data == key->data)
			return event;
	return NULL;
}

static int vfio_pci_ioevent_add(struct vfio_pci_device *vdev, const struct vfio_pci_ioevent *key,
				int fd)
{
	struct vfio_pci_ioevent *event;
	int ret;

	if (vdev->ioevent_count == VFIO_PCI_IOEVENTFDS_MAX)
		return -ENOSPC;
	event = kmemdup(key, sizeof(*key), GFP_KERNEL_ACCOUNT);
	if (!event)
		return -ENOMEM;
	event->listener = vfio_pci_listen(fd, vfio_pci_ioevent_write, event);
	if (IS_ERR(event->listener)) {
		ret = PTR_ERR(event->listener);
		kfree(event);
		return ret;
	}
	list_add(&event->next, &vdev->ioevents);
	vdev->ioevent_count++;
	return 0;
}

/**
 * vfio_pci_ioeventfd() - VFIO_DEVICE_IOEVENTFD
 * @vdev: the device
 * @io: the request; exactly one width is set
 *
 * Return: 0, -EINVAL when that is no aligned place in a BAR, -EEXIST and -ENODEV when
 * the write is there already or is not there, -ENOSPC after %VFIO_PCI_IOEVENTFDS_MAX of
 * them, and what vfio_pci_listen() returns.
 */
long vfio_pci_ioeventfd(struct vfio_pci_device *vdev, const struct vfio_device_ioeventfd *io)
{
	struct vfio_pci_ioevent *event, key = {
		.vdev = vdev,
		.pos = VFIO_PCI_OFFSET(io->offset),
		.width = io->flags, /* the flags are the widths */
		.data = io->data,
	};
	u64 index = VFIO_PCI_INDEX(io->offset);
	const struct vfio_pci_bar *bar;
	long ret = 0;

	BUILD_BUG_ON(VFIO_DEVICE_IOEVENTFD_8 != 1 || VFIO_DEVICE_IOEVENTFD_64 != 8);
	if (index >= PCI_STD_NUM_BARS)
		return -EINVAL;
	bar = &vdev->bars[index];
	if (key.pos >= bar->size || key.width > bar->size - key.pos || key.pos % key.width ||
	    (key.width == 8 && (bar->ports || !IS_ENABLED(CONFIG_64BIT))) ||
	    vfio_pci_in_msix_table(vdev, index, key.pos))
		return -EINVAL;
	key.index = index;

	mutex_lock(&vdev->irq_lock);
	event = vfio_pci_ioevent_find(vdev, &key);
	if (io->fd >= 0)
		ret = event ? -EEXIST : vfio_pci_ioevent_add(vdev, &key, io->fd);
	else if (event)
		vfio_pci_ioevent_remove(event);
	else
		ret = -ENODEV;
	mutex_unlock(&vdev->irq_lock);
	return ret;
}

/**
 * vfio_pci_ioeventfds_release() - remove all ioeventfds
 * @vdev: the device
 */
void vfio_pci_ioeventfds_release(struct vfio_pci_device *vdev)
{
	struct vfio_pci_ioevent *event, *next;

	mutex_lock(&vdev->irq_lock);
	list_for_each_entry_safe(event, next, &vdev->ioevents, next)
		vfio_pci_ioevent_remove(event);
	mutex_unlock(&vdev->irq_lock);
}

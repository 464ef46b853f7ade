/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the VFIO core: containers, groups and devices.
 *
 * Lock order: vfio_group.lock, vfio_container.lock, vfio_device.dma_unmap_lock,
 * vfio_core_lock. The last is only ever held for a look-up or a change of a list.
 */
#ifndef VFIO_CORE_H
#define VFIO_CORE_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>

#include "vfio.h"

struct vfio_iommu_driver;

/**
 * struct vfio_container - an address space for DMA, one per open of /dev/vfio/vfio
 * @kref: held by the container fd and by every attached group
 * @lock: held for reading by every ioctl, for writing by whatever changes
 *	@groups or @driver; so no ioctl sees a backend that goes away
 * @groups: attached groups
 * @driver: the backend that the user chose, or NULL
 * @iommu_data: the backend's own data
 * @ledger: what the container holds
 */
struct vfio_container {
	struct kref kref;
	struct rw_semaphore lock;
	struct list_head groups;
	struct vfio_iommu_driver *driver;
	void *iommu_data;
	struct vfio_ledger ledger;
};

/**
 * struct vfio_group - the VFIO side of an IOMMU group
 * @kref: held by each registered device, by the open group fd and by each
 *	external user
 * @iommu_group: the kernel's group, with a reference
 * @emulated: its devices do no DMA of their own, and it has no IOMMU
 * @minor: minor number of its node /dev/vfio/N, which goes with the last device
 * @id: number of the IOMMU group
 * @next: in vfio_groups, under vfio_core_lock
 * @devices: registered devices, under vfio_core_lock
 * @lock: protects everything below
 * @opened: the group fd is open
 * @opener_pid: who opened it, for the next one who is refused
 * @container: the container that the group is in, or NULL
 * @container_next: in vfio_container.groups, under vfio_container.lock too
 * @container_users: open devices and external users; while there are any the
 *	group stays in its container
 */
struct vfio_group {
	struct kref kref;
	struct iommu_group *iommu_group;
	bool emulated;
	int minor;
	int id;
	struct list_head next;
	struct list_head devices;
	struct mutex lock;
	bool opened;
	pid_t opener_pid;
	struct vfio_container *container;
	struct list_head container_next;
	unsigned int container_users;
};

/**
 * struct vfio_device - a device that a bus driver offers
 * @dev: the device
 * @ops: its bus driver
 * @device_data: the bus driver's own data
 * @group: its group, with a reference
 * @next: in vfio_group.devices, under vfio_core_lock
 * @refs: one of the registration and one of every user. The last drops under
 *	vfio_core_lock, so that a look-up never finds a device without one
 * @removing: the bus driver wants the device back; under vfio_core_lock
 * @gone: completed when @refs has dropped to 0
 * @open_count: device fds, under vfio_group.lock
 * @dma_unmap_lock: held while the driver's dma_unmap runs; protects @open
 * @open: the driver's open has returned and its close has not been called
 */
struct vfio_device {
	struct device *dev;
	const struct vfio_device_ops *ops;
	void *device_data;
	struct vfio_group *group;
	struct list_head next;
	refcount_t refs;
	bool removing;
	struct completion gone;
	unsigned int open_count;
	struct mutex dma_unmap_lock;
	bool open;
};

/* group_node.c */
int vfio_group_nodes_init(const struct file_operations *fops);
void vfio_group_nodes_exit(void);
int vfio_group_node_add(struct vfio_group *group);
void vfio_group_node_remove(struct vfio_group *group);
struct vfio_group *vfio_group_node_find(unsigned int minor);

/* container.c */
extern const struct file_operations vfio_container_fops;
struct vfio_container *vfio_container_from_file(struct file *file);
void vfio_container_put(struct vfio_container *container);
int vfio_container_attach_group(struct vfio_container *container, struct vfio_group *group);
void vfio_container_detach_group(struct vfio_group *group);
bool vfio_container_has_iommu(struct vfio_container *container);
const struct vfio_iommu_driver_ops *vfio_container_backend(struct vfio_container *container,
							   void **iommu_data);
int vfio_container_register_device(struct vfio_device *device);
void vfio_container_unregister_device(struct vfio_device *device);
long vfio_container_check_extension(struct vfio_container *container, unsigned long arg);

/* group.c */
extern struct mutex vfio_core_lock;
struct vfio_group *vfio_group_find_or_create(struct iommu_group *iommu_group, bool emulated);
struct vfio_device *vfio_group_find_device(struct device *dev);
void vfio_group_retire(struct vfio_group *group);
void vfio_group_device_removed(struct vfio_group *group);
struct vfio_group *vfio_group_get_from_minor(unsigned int minor);
bool vfio_group_has_devices(struct vfio_group *group);
bool vfio_group_viable(struct vfio_group *group);
void vfio_group_detach_unused(struct vfio_group *group);
void vfio_group_put(struct vfio_group *group);
int vfio_group_container_get(struct vfio_group *group);
void vfio_group_container_put(struct vfio_group *group);

/* device.c */
int vfio_device_add(struct device *dev, struct iommu_group *iommu_group, bool emulated,
		    const struct vfio_device_ops *ops, void *device_data);
int vfio_device_open_fd(struct vfio_group *group, const char *name);

/* group_file.c */
extern const struct file_operations vfio_group_fops;
struct vfio_group *vfio_group_from_file(struct file *file);

#endif /* VFIO_CORE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In-kernel interface of the VFIO core.
 *
 * Three kinds of module meet here: bus drivers, which register devices; IOMMU
 * backends, which map memory for a container; and external users such as KVM,
 * which hold on to a group that a process has opened.
 */
#ifndef VFIO_H
#define VFIO_H

#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/types.h>
#include <uapi/linux/vfio.h>

struct device;
struct file;
struct kvm;
struct vfio_device;
struct vm_area_struct;

/**
 * struct vfio_device_ops - what a bus driver does for the user of a device
 * @name: name of the bus driver
 * @owner: its module; held while a device is open
 * @open: first use of the device; the device is quiet and reset afterwards
 * @close: last use ended; no DMA and no interrupt may come afterwards
 * @read: read from a region; returns bytes or a negative errno
 * @write: write to a region; returns bytes or a negative errno
 * @ioctl: every ioctl of the device fd
 * @mmap: map a region into the user's address space
 * @request: the kernel wants the device back; ask the user. Called again and
 *	again, with the number of earlier calls, until the user releases it; also
 *	while nobody has it open
 * @dma_unmap: of an emulated device: user memory of this range, one mapping, is about
 *	to be unmapped; give back its pages with vfio_unpin_pages(). Whoever unmaps waits
 *	until all have been given back, and calls this again meanwhile. Never called
 *	before @open has returned or once @close is called
 * @match: 1 when the device goes by this name, 0 when it does not, negative
 *	errno when the name is malformed. Without it the device's name decides
 *
 * Every call gets the pointer that was given to vfio_add_group_dev(). @open and
 * @close come in pairs and never run at the same time for one device.
 */
struct vfio_device_ops {
	const char *name;
	struct module *owner;
	int (*open)(void *device_data);
	void (*close)(void *device_data);
	ssize_t (*read)(void *device_data, char __user *buf, size_t count, loff_t *ppos);
	ssize_t (*write)(void *device_data, const char __user *buf, size_t count, loff_t *ppos);
	long (*ioctl)(void *device_data, unsigned int cmd, unsigned long arg);
	int (*mmap)(void *device_data, struct vm_area_struct *vma);
	void (*request)(void *device_data, unsigned int count);
	void (*dma_unmap)(void *device_data, dma_addr_t iova, size_t size);
	int (*match)(void *device_data, const char *name);
};

/**
 * vfio_add_group_dev - offer a device to user space
 * @dev: the device; its driver must have set driver_managed_dma
 * @ops: what the bus driver does; must outlive the device
 * @device_data: passed to every call of @ops
 *
 * The group's node /dev/vfio/N appears with its first device.
 *
 * Return: 0, -EINVAL without an IOMMU group or if the IOMMU cannot keep DMA coherent
 * with the CPUs' caches, -EBUSY if @dev is registered already, or -ENOMEM.
 */
int vfio_add_group_dev(struct device *dev, const struct vfio_device_ops *ops, void *device_data);

/**
 * vfio_add_emulated_dev - offer a device that does no DMA of its own
 * @dev: the device; it has no IOMMU group and gets one of its own
 * @ops: what the bus driver does; must outlive the device
 * @device_data: passed to every call of @ops
 *
 * Its driver reaches user memory by vfio_pin_pages() and vfio_dma_rw(). To be
 * undone by vfio_del_group_dev().
 *
 * Return: as vfio_add_group_dev().
 */
int vfio_add_emulated_dev(struct device *dev, const struct vfio_device_ops *ops, void *device_data);

/**
 * vfio_del_group_dev - take a device back
 * @dev: the device
 *
 * Blocks until the user releases it; the user is asked through the driver's request.
 *
 * Return: the device_data, or NULL if @dev was not registered.
 */
void *vfio_del_group_dev(struct device *dev);

/**
 * vfio_device_get_from_dev - find the VFIO device of a struct device
 * @dev: the device
 *
 * Return: the device with a reference, to be given back by vfio_device_put(); or NULL.
 */
struct vfio_device *vfio_device_get_from_dev(struct device *dev);

/**
 * vfio_device_put - give back a reference
 * @device: the device
 */
void vfio_device_put(struct vfio_device *device);

/**
 * vfio_device_data - what the bus driver calls its own
 * @device: the device
 *
 * Return: the device_data given to vfio_add_group_dev().
 */
void *vfio_device_data(struct vfio_device *device);

/**
 * vfio_pin_pages - pin user pages for an emulated device
 * @device: the device, open; between its open and close calls
 * @iova: I/O virtual address of the first page, page-aligned
 * @npages: how many, at most VFIO_PIN_PAGES_MAX
 * @prot: IOMMU_READ, IOMMU_WRITE; the mapping must allow it
 * @pages: gets the pages
 *
 * Each page must be given back by vfio_unpin_pages(), as often as it was asked for, when
 * the device's dma_unmap or close is called. Pages are charged to the process that has
 * mapped them, by its limit, whatever thread calls.
 *
 * Return: 0; or, with none pinned, -EINVAL if not all is mapped or some is about to be
 * unmapped, -EPERM, -ENOMEM past the locked-memory limit, -EFAULT, or -ENOTTY if the
 * backend cannot.
 */
int vfio_pin_pages(struct vfio_device *device, dma_addr_t iova, int npages, int prot,
		   struct page **pages);
#define VFIO_PIN_PAGES_MAX 512

/**
 * vfio_unpin_pages - give back pages of vfio_pin_pages()
 * @device: the device
 * @iova: I/O virtual address of the first page
 * @npages: how many
 *
 * Waits for no other task that has to do with the pages. Pages that the device does not
 * hold are passed over.
 */
void vfio_unpin_pages(struct vfio_device *device, dma_addr_t iova, int npages);

/**
 * vfio_dma_rw - copy from or to user memory by IOVA
 * @device: the device, open
 * @iova: any I/O virtual address
 * @data: the other side of the copy
 * @len: bytes
 * @write: to user memory
 *
 * Return: 0, or an error as of vfio_pin_pages(); then part may have been copied.
 */
int vfio_dma_rw(struct vfio_device *device, dma_addr_t iova, void *data, size_t len, bool write);

/**
 * vfio_device_dma_unmap - call the device's dma_unmap, if it has one
 * @device: an emulated device that is registered with the calling backend
 * @iova: first I/O virtual address of the range
 * @size: of the range in bytes
 *
 * Does nothing while the driver opens or closes the device. So a backend that needs
 * pages back which such a driver holds calls again.
 */
void vfio_device_dma_unmap(struct vfio_device *device, dma_addr_t iova, size_t size);

/**
 * struct vfio_ledger - what a container holds right now
 * @id: container number; never repeats while the module is loaded
 * @pinned: 4 KiB pages pinned and not yet unpinned
 * @mappings: mappings that exist
 * @charged: 4 KiB pages charged to somebody's locked memory, not yet refunded
 *
 * It belongs to the container and outlives the backend, so that what a backend
 * forgot is visible when the container goes.
 */
struct vfio_ledger {
	u64 id;
	atomic64_t pinned;
	atomic64_t mappings;
	atomic64_t charged;
};

/**
 * struct vfio_iommu_driver_ops - an IOMMU backend
 * @name: e.g. "vfio-iommu-type1"
 * @owner: the module
 * @open: a container chose this backend with SET_IOMMU; @arg is an extension that
 *	the backend has. Returns the backend's data, ERR_PTR(-EINVAL) when @arg is no
 *	type of container, or another ERR_PTR
 * @release: undo @open; unmaps and unpins all that is left
 * @ioctl: an ioctl of the container fd. @iommu_data is NULL for
 *	VFIO_CHECK_EXTENSION before a backend was chosen
 * @attach_group: let a group's DMA go through this container's mappings; an
 *	@emulated group has none
 * @detach_group: undo @attach_group
 * @register_device: a device of an emulated group is open
 * @unregister_device: undo @register_device; the driver's close has returned, and what
 *	it has pinned and not unpinned is unpinned now
 * @pin_pages: see vfio_pin_pages()
 * @unpin_pages: see vfio_unpin_pages()
 * @dma_rw: see vfio_dma_rw()
 *
 * @ioctl calls of a container may run at the same time as each other, never at
 * the same time as @open, @release, @attach_group or @detach_group, which are
 * serialised by the core. The calls for emulated devices, which are optional, come
 * at any time between @open and @release.
 */
struct vfio_iommu_driver_ops {
	const char *name;
	struct module *owner;
	void *(*open)(unsigned long arg, struct vfio_ledger *ledger);
	void (*release)(void *iommu_data);
	long (*ioctl)(void *iommu_data, unsigned int cmd, unsigned long arg);
	int (*attach_group)(void *iommu_data, struct iommu_group *group, bool emulated);
	void (*detach_group)(void *iommu_data, struct iommu_group *group, bool emulated);
	int (*register_device)(void *iommu_data, struct vfio_device *device);
	void (*unregister_device)(void *iommu_data, struct vfio_device *device);
	int (*pin_pages)(void *iommu_data, struct vfio_device *device, dma_addr_t iova, int npages,
			 int prot, struct page **pages);
	void (*unpin_pages)(void *iommu_data, struct vfio_device *device, dma_addr_t iova,
			    int npages);
	int (*dma_rw)(void *iommu_data, dma_addr_t iova, void *data, size_t len, bool write);
};

/* Alias of every backend's module, by which a container that needs a backend loads it. */
#define VFIO_IOMMU_DRIVER_ALIAS "vfio-iommu-driver"

/**
 * vfio_register_iommu_driver - make a backend available
 * @ops: the backend; must outlive the registration
 *
 * Return: 0, -EINVAL if it is registered already, or -ENOMEM.
 */
int vfio_register_iommu_driver(const struct vfio_iommu_driver_ops *ops);

/**
 * vfio_unregister_iommu_driver - take a backend back
 * @ops: the backend; no container uses it any more
 */
void vfio_unregister_iommu_driver(const struct vfio_iommu_driver_ops *ops);

/**
 * vfio_group_get_external_user - hold a group, its container and their IOMMU
 * @file: an open group fd
 *
 * Until it is put the container and its mappings stay, whatever the user closes.
 *
 * Return: the group, to be given back by vfio_group_put_external_user(), or
 * ERR_PTR(-EINVAL) when @file is no group fd or the group has no IOMMU set.
 */
struct vfio_group *vfio_group_get_external_user(struct file *file);

/**
 * vfio_group_put_external_user - undo vfio_group_get_external_user()
 * @group: the group
 */
void vfio_group_put_external_user(struct vfio_group *group);

/**
 * vfio_external_user_iommu_id - which IOMMU group is it?
 * @group: a held group
 *
 * Return: number of the IOMMU group.
 */
int vfio_external_user_iommu_id(struct vfio_group *group);

/**
 * vfio_file_has_device - is this an open group fd whose group has the device?
 * @file: any open file
 * @dev: the device
 *
 * Used to check that a user owns everything that a bus reset would hit.
 *
 * Return: whether it is.
 */
bool vfio_file_has_device(struct file *file, struct device *dev);

/* What KVM's VFIO device looks up by name; see external.c. */
bool vfio_file_is_group(struct file *file);
bool vfio_file_is_valid(struct file *file);
bool vfio_file_enforced_coherent(struct file *file);
void vfio_file_set_kvm(struct file *file, struct kvm *kvm);
struct iommu_group *vfio_file_iommu_group(struct file *file);

#endif /* VFIO_H */

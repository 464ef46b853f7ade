// SPDX-License-Identifier: GPL-2.0-only
/*
 * Containers and the IOMMU backends that serve them.
 *
 * A container starts empty. It gets a group, then a backend, and only then
 * understands the ioctls of that backend. When its last group leaves, the
 * backend goes with it, so what an unprivileged holder of the fd can reach is
 * what the groups in it allow, never more.
 */
#include <linux/fs.h>
#include <linux/kmod.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "core.h"
#include "limit.h"
#include "request.h"
#include "vfio_events.h"

/**
 * struct vfio_iommu_driver - a registered backend
 * @ops: what it does
 * @next: in vfio_iommu_drivers
 */
struct vfio_iommu_driver {
	const struct vfio_iommu_driver_ops *ops;
	struct list_head next;
};

static LIST_HEAD(vfio_iommu_drivers);
static DEFINE_MUTEX(vfio_iommu_drivers_lock);
static atomic64_t vfio_last_container_id = ATOMIC64_INIT(0);

int vfio_register_iommu_driver(const struct vfio_iommu_driver_ops *ops)
{
	struct vfio_iommu_driver *driver, *other;

	driver = kzalloc(sizeof(*driver), GFP_KERNEL);
	if (!driver)
		return -ENOMEM;
	driver->ops = ops;

	mutex_lock(&vfio_iommu_drivers_lock);
	list_for_each_entry(other, &vfio_iommu_drivers, next) {
		if (other->ops == ops) {
			mutex_unlock(&vfio_iommu_drivers_lock);
			kfree(driver);
			return -EINVAL;
		}
	}
	list_add_tail(&driver->next, &vfio_iommu_drivers);
	mutex_unlock(&vfio_iommu_drivers_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(vfio_register_iommu_driver);

void vfio_unregister_iommu_driver(const struct vfio_iommu_driver_ops *ops)
{
	struct vfio_iommu_driver *driver;

	mutex_lock(&vfio_iommu_drivers_lock);
	list_for_each_entry(driver, &vfio_iommu_drivers, next) {
		if (driver->ops == ops) {
			list_del(&driver->next);
			kfree(driver);
			break;
		}
	}
	mutex_unlock(&vfio_iommu_drivers_lock);
}
EXPORT_SYMBOL_GPL(vfio_unregister_iommu_driver);

/*
 * A backend that is installed may not be loaded. Anybody may ask a container what it
 * can do, so nothing that the user says goes into the request.
 */
static void vfio_iommu_drivers_load(void)
{
	bool none;

	mutex_lock(&vfio_iommu_drivers_lock);
	none = list_empty(&vfio_iommu_drivers);
	mutex_unlock(&vfio_iommu_drivers_lock);
	if (none)
		request_module(VFIO_IOMMU_DRIVER_ALIAS);
}

static void vfio_container_free(struct kref *kref)
{
	struct vfio_container *container = container_of(kref, struct vfio_container, kref);
	struct vfio_ledger *ledger = &container->ledger;

	trace_vfio_container_release(
		ledger->id, task_tgid_nr(current), atomic64_read(&ledger->pinned),
		atomic64_read(&ledger->mappings), atomic64_read(&ledger->charged));
	kfree(container);
}

/**
 * vfio_container_put - give back a reference
 * @container: the container
 */
void vfio_container_put(struct vfio_container *container)
{
	kref_put(&container->kref, vfio_container_free);
}

/**
 * vfio_container_from_file - the container behind an open file
 * @file: any open file
 *
 * Return: the container, which stays as long as the file; NULL if it is no container fd.
 */
struct vfio_container *vfio_container_from_file(struct file *file)
{
	return file->f_op == &vfio_container_fops ? file->private_data : NULL;
}

/* Ends the backend; the groups have left it. */
static void vfio_container_drop_driver(struct vfio_container *container)
{
	container->driver->ops->release(container->iommu_data);
	module_put(container->driver->ops->owner);
	container->driver = NULL;
	container->iommu_data = NULL;
}

/* An emulated group has no DMA that a host driver could do. */
static int vfio_container_claim(struct vfio_group *group)
{
	return group->emulated ? 0 : iommu_group_claim_dma_owner(group->iommu_group, group);
}

static void vfio_container_unclaim(struct vfio_group *group)
{
	if (!group->emulated)
		iommu_group_release_dma_owner(group->iommu_group);
}

/* The container's lock is held for writing. */
static int vfio_container_add_group(struct vfio_container *container, struct vfio_group *group)
{
	struct vfio_iommu_driver *driver = container->driver;
	int ret;

	ret = vfio_container_claim(group);
	if (ret)
		return ret;
	if (driver) {
		ret = driver->ops->attach_group(container->iommu_data, group->iommu_group,
						group->emulated);
		if (ret)
			goto err_unclaim;
	}
	kref_get(&container->kref);
	group->container = container;
	list_add_tail(&group->container_next, &container->groups);
	return 0;

err_unclaim:
	vfio_container_unclaim(group);
	return ret;
}

/**
 * vfio_container_attach_group - let a group join a container
 * @container: the container
 * @group: the group; its lock is held and it is in no container
 *
 * Claims the group's DMA first, which fails with -EPERM while a host driver
 * could do DMA in it: that is what makes a group viable.
 *
 * Return: 0, -EPERM, -EINTR when killed while it waits for a request, or why the
 * backend refuses the group.
 */
int vfio_container_attach_group(struct vfio_container *container, struct vfio_group *group)
{
	int ret;

	lockdep_assert_held(&group->lock);
	ret = down_write_killable(&container->lock);
	if (!ret) {
		ret = vfio_container_add_group(container, group);
		up_write(&container->lock);
	}
	trace_vfio_group_attach(group->id, container->ledger.id, ret);
	return ret;
}

/**
 * vfio_container_detach_group - take a group out of its container
 * @group: the group; its lock is held and nobody uses the container through it
 */
void vfio_container_detach_group(struct vfio_group *group)
{
	struct vfio_container *container = group->container;

	lockdep_assert_held(&group->lock);
	down_write(&container->lock);
	if (container->driver)
		container->driver->ops->detach_group(container->iommu_data, group->iommu_group,
						     group->emulated);
	list_del(&group->container_next);
	group->container = NULL;
	vfio_container_unclaim(group);
	if (container->driver && list_empty(&container->groups))
		vfio_container_drop_driver(container);
	up_write(&container->lock);

	trace_vfio_group_detach(group->id, container->ledger.id, 0);
	vfio_container_put(container);
}

/**
 * vfio_container_has_iommu - has a backend been chosen?
 * @container: the container
 *
 * Return: whether one has; it may change unless the container is in use.
 */
bool vfio_container_has_iommu(struct vfio_container *container)
{
	bool has;

	down_read(&container->lock);
	has = container->driver;
	up_read(&container->lock);
	return has;
}

/**
 * vfio_container_backend - the backend of a container that is in use
 * @container: the container; an open device or an external user keeps its backend
 * @iommu_data: gets the backend's data
 *
 * Return: what the backend does.
 */
const struct vfio_iommu_driver_ops *vfio_container_backend(struct vfio_container *container,
							   void **iommu_data)
{
	*iommu_data = container->iommu_data;
	return container->driver->ops;
}

/**
 * vfio_container_register_device - a device is about to be opened
 * @device: the device, in a container that is in use
 *
 * The backend will tell an emulated device's driver of unmaps.
 *
 * Return: 0 or a negative errno.
 */
int vfio_container_register_device(struct vfio_device *device)
{
	const struct vfio_iommu_driver_ops *ops;
	void *iommu_data;

	if (!device->group->emulated)
		return 0;
	ops = vfio_container_backend(device->group->container, &iommu_data);
	return ops->register_device ? ops->register_device(iommu_data, device) : 0;
}

/**
 * vfio_container_unregister_device - undo vfio_container_register_device()
 * @device: the device
 */
void vfio_container_unregister_device(struct vfio_device *device)
{
	const struct vfio_iommu_driver_ops *ops;
	void *iommu_data;

	if (!device->group->emulated)
		return;
	ops = vfio_container_backend(device->group->container, &iommu_data);
	if (ops->unregister_device)
		ops->unregister_device(iommu_data, device);
}

/* With a backend chosen it answers alone; before that, the best of all answers. */
static long vfio_container_extension(struct vfio_container *container, unsigned long arg)
{
	struct vfio_iommu_driver *driver = container->driver;
	long ret = 0;

	if (driver)
		return driver->ops->ioctl(container->iommu_data, VFIO_CHECK_EXTENSION, arg);

	mutex_lock(&vfio_iommu_drivers_lock);
	list_for_each_entry(driver, &vfio_iommu_drivers, next) {
		ret = driver->ops->ioctl(NULL, VFIO_CHECK_EXTENSION, arg);
		if (ret > 0)
			break;
	}
	mutex_unlock(&vfio_iommu_drivers_lock);
	return ret;
}

/**
 * vfio_container_check_extension - VFIO_CHECK_EXTENSION
 * @container: the container
 * @arg: number of the extension
 *
 * Return: more than 0 if the container has it, 0 if not, or a negative errno.
 */
long vfio_container_check_extension(struct vfio_container *container, unsigned long arg)
{
	long ret;

	down_read(&container->lock);
	ret = vfio_container_extension(container, arg);
	up_read(&container->lock);
	return ret;
}

/* Opens one backend for a container and moves its groups there. */
static int vfio_container_try_driver(struct vfio_container *container,
				     struct vfio_iommu_driver *driver, unsigned long type)
{
	struct vfio_group *group;
	void *data;
	int ret;

	data = driver->ops->open(type, &container->ledger);
	if (IS_ERR(data))
		return PTR_ERR(data);

	list_for_each_entry(group, &container->groups, container_next) {
		ret = driver->ops->attach_group(data, group->iommu_group, group->emulated);
		if (ret)
			goto err_detach;
	}
	container->driver = driver;
	container->iommu_data = data;
	return 0;

err_detach:
	list_for_each_entry_continue_reverse(group, &container->groups, container_next)
		driver->ops->detach_group(data, group->iommu_group, group->emulated);
	driver->ops->release(data);
	return ret;
}

static long vfio_container_set_iommu(struct vfio_container *container, unsigned long type)
{
	struct vfio_iommu_driver *driver;
	const char *backend = "";
	long ret;

	ret = down_write_killable(&container->lock);
	if (ret)
		return ret;
	if (list_empty(&container->groups) || container->driver) {
		ret = -EINVAL;
		goto out_unlock;
	}

	ret = -ENODEV;
	mutex_lock(&vfio_iommu_drivers_lock);
	list_for_each_entry(driver, &vfio_iommu_drivers, next) {
		if (driver->ops->ioctl(NULL, VFIO_CHECK_EXTENSION, type) <= 0)
			continue;
		if (!try_module_get(driver->ops->owner))
			continue;
		backend = driver->ops->name;
		ret = vfio_container_try_driver(container, driver, type);
		if (!ret)
			break;
		module_put(driver->ops->owner);
	}
	mutex_unlock(&vfio_iommu_drivers_lock);

out_unlock:
	trace_vfio_iommu_set(container->ledger.id, type, backend, ret);
	up_write(&container->lock);
	return ret;
}

/* Without a backend a map or unmap fails, and is told of like any other that fails. */
static noinline void vfio_container_trace_map(struct vfio_container *container,
					      const void __user *arg, int ret)
{
	const size_t minsz = offsetofend(struct vfio_iommu_type1_dma_map, size);
	struct vfio_dma_map_record record = {
		.container = container->ledger.id,
		.locked = READ_ONCE(current->mm->locked_vm),
		.locked_limit = vfio_limit_pages(rlimit(RLIMIT_MEMLOCK)),
		.pid = task_tgid_nr(current),
		.stage = VFIO_STAGE_BACKEND,
		.ret = ret,
	};
	struct vfio_iommu_type1_dma_map map;

	if (vfio_copy_request(&map, arg, minsz))
		return;
	record.iova = map.iova;
	record.size = map.size;
	record.vaddr = map.vaddr;
	record.prot = map.flags;
	trace_vfio_dma_map_begin(record.container, map.iova, map.size, map.flags, record.pid);
	trace_vfio_dma_map(&record);
}

static noinline void vfio_container_trace_unmap(struct vfio_container *container,
						const void __user *arg, int ret)
{
	const size_t minsz = offsetofend(struct vfio_iommu_type1_dma_unmap, size);
	struct vfio_dma_unmap_record record = {
		.container = container->ledger.id,
		.pid = task_tgid_nr(current),
		.ret = ret,
		.no_backend = 1,
	};
	struct vfio_iommu_type1_dma_unmap unmap;

	if (vfio_copy_request(&unmap, arg, minsz))
		return;
	record.iova = unmap.iova;
	record.size = unmap.size;
	if (unmap.flags & VFIO_DMA_UNMAP_FLAG_ALL)
		record.cause = VFIO_CAUSE_ALL;
	trace_vfio_dma_unmap_begin(record.container, unmap.iova, unmap.size, record.cause,
				   record.pid);
	trace_vfio_dma_unmap(&record);
}

static long vfio_container_backend_ioctl(struct vfio_container *container, unsigned int cmd,
					 unsigned long arg)
{
	long ret = -EINVAL;

	down_read(&container->lock);
	if (container->driver)
		ret = container->driver->ops->ioctl(container->iommu_data, cmd, arg);
	else if (vfio_watched() && cmd == VFIO_IOMMU_MAP_DMA)
		vfio_container_trace_map(container, (void __user *)arg, ret);
	else if (vfio_watched() && cmd == VFIO_IOMMU_UNMAP_DMA)
		vfio_container_trace_unmap(container, (void __user *)arg, ret);
	up_read(&container->lock);
	return ret;
}

static long vfio_container_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vfio_container *container = file->private_data;

	switch (cmd) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		vfio_iommu_drivers_load();
		return vfio_container_check_extension(container, arg);
	case VFIO_SET_IOMMU:
		vfio_iommu_drivers_load();
		return vfio_container_set_iommu(container, arg);
	default:
		return vfio_container_backend_ioctl(container, cmd, arg);
	}
}

static int vfio_container_open(struct inode *inode, struct file *file)
{
	struct vfio_container *container = kzalloc(sizeof(*container), GFP_KERNEL_ACCOUNT);

	if (!container)
		return -ENOMEM;
	kref_init(&container->kref);
	init_rwsem(&container->lock);
	INIT_LIST_HEAD(&container->groups);
	container->ledger.id = atomic64_inc_return(&vfio_last_container_id);
	file->private_data = container;
	trace_vfio_container_open(container->ledger.id, task_tgid_nr(current));
	return 0;
}

static int vfio_container_release(struct inode *inode, struct file *file)
{
	vfio_container_put(file->private_data);
	return 0;
}

const struct file_operations vfio_container_fops = {
	.owner = THIS_MODULE,
	.open = vfio_container_open,
	.release = vfio_container_release,
	.unlocked_ioctl = vfio_container_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

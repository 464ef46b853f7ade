// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command register, power states and resets: whatever takes the device away from
 * under its BARs, and gives it back.
 *
 * Invariants:
 * - Whoever resets a function, be it the user, another user's bus reset, sysfs or
 *   error recovery, does it through the PCI core, which calls reset_prepare() before
 *   and reset_done() after. Between them memory_lock is held for writing.
 * - The command register is changed under intx.lock, since the interrupt handler
 *   changes INTX_DISABLE in it.
 * - While the device is held still (reset, change of power state, set-up of vectors),
 *   decoding is on in the hardware, so that the PCI core can save and restore MSI-X
 *   tables. No user profits: the pages are gone and the lock is held.
 */
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "pci.h"

#define COMMAND_DECODE (PCI_COMMAND_IO | PCI_COMMAND_MEMORY)

/** vfio_pci_save - remember the device's PCI state, in place of what was remembered */
int vfio_pci_save(struct vfio_pci_device *vdev)
{
	struct pci_saved_state *saved;
	int ret = pci_save_state(vdev->pdev);

	if (ret)
		return ret;
	saved = pci_store_saved_state(vdev->pdev);
	if (!saved)
		return -ENOMEM;
	kfree(vdev->saved);
	vdev->saved = saved;
	return 0;
}

/** vfio_pci_restore - give the device the PCI state that was remembered */
void vfio_pci_restore(struct vfio_pci_device *vdev)
{
	pci_set_power_state(vdev->pdev, PCI_D0);
	pci_load_saved_state(vdev->pdev, vdev->saved);
	pci_restore_state(vdev->pdev);
}

static void command_write(struct vfio_pci_device *vdev, u16 decode, bool master)
{
	struct pci_dev *pdev = vdev->pdev;
	unsigned long flags;
	u16 old, new;

	spin_lock_irqsave(&vdev->intx.lock, flags);
	pci_read_config_word(pdev, PCI_COMMAND, &old);
	new = (old & ~COMMAND_DECODE) | decode;
	if (new != old)
		pci_write_config_word(pdev, PCI_COMMAND, new);
	if (master)
		pci_set_master(pdev);
	else
		pci_clear_master(pdev);
	spin_unlock_irqrestore(&vdev->intx.lock, flags);
}

/** vfio_pci_command_apply - give the device what the user asked for; memory_lock held */
void vfio_pci_command_apply(struct vfio_pci_device *vdev)
{
	command_write(vdev, vdev->command & COMMAND_DECODE, vdev->command & PCI_COMMAND_MASTER);
}

/** vfio_pci_decode_on - reach the device for a moment; memory_lock held for writing */
void vfio_pci_decode_on(struct vfio_pci_device *vdev)
{
	command_write(vdev, COMMAND_DECODE, vdev->command & PCI_COMMAND_MASTER);
}

/**
 * vfio_pci_set_command - the user wrote the command register
 * @vdev: the device
 * @command: I/O, memory and bus master bits
 */
void vfio_pci_set_command(struct vfio_pci_device *vdev, u16 command)
{
	down_write(&vdev->memory_lock);
	if (vdev->command & ~command & PCI_COMMAND_MEMORY)
		vfio_pci_zap(vdev);
	vdev->command = command;
	if (!vdev->lost)
		vfio_pci_command_apply(vdev);
	up_write(&vdev->memory_lock);
}

static void hold_still(struct vfio_pci_device *vdev)
{
	vfio_pci_zap(vdev);
	vfio_pci_intx_freeze(vdev, true);
	vfio_pci_decode_on(vdev);
}

static void let_go(struct vfio_pci_device *vdev)
{
	vfio_pci_command_apply(vdev);
	vfio_pci_intx_freeze(vdev, false);
}

static void fall_asleep(struct vfio_pci_device *vdev, pci_power_t state)
{
	hold_still(vdev);
	pci_save_state(vdev->pdev);
	vfio_pci_command_apply(vdev);
	vdev->asleep = true;
	if (pci_set_power_state(vdev->pdev, state) || vdev->pdev->current_state == PCI_D0) {
		vdev->asleep = false;
		let_go(vdev);
	}
}

/* A device may have lost everything in its sleep. */
static void awaken(struct vfio_pci_device *vdev)
{
	if (pci_set_power_state(vdev->pdev, PCI_D0))
		return;
	pci_restore_state(vdev->pdev);
	vdev->asleep = false;
	let_go(vdev);
}

/**
 * vfio_pci_set_power - the user asked for a power state
 * @vdev: the device
 * @state: D0 to D3hot; what the device does not support changes nothing
 *
 * From one sleep into another the way leads through D0.
 */
void vfio_pci_set_power(struct vfio_pci_device *vdev, pci_power_t state)
{
	down_write(&vdev->memory_lock);
	if (vdev->lost)
		goto out;
	if (vdev->asleep && (state == PCI_D0 || state != vdev->pdev->current_state))
		awaken(vdev);
	if (!vdev->asleep && state != PCI_D0)
		fall_asleep(vdev, state);
out:
	up_write(&vdev->memory_lock);
}

/*
 * Around every reset of this function. memory_lock changes hands with the caller:
 * taken here, released in reset_done(), by the same thread. The function may be
 * idle when the reset is that of its bus.
 */
static void vfio_pci_reset_prepare(struct pci_dev *pdev)
{
	struct vfio_pci_device *vdev = pci_get_drvdata(pdev);

	pm_runtime_get_sync(&pdev->dev);
	down_write(&vdev->memory_lock);
	if (!vdev->open || vdev->lost)
		return;
	if (vdev->asleep)
		awaken(vdev);
	hold_still(vdev);
}

static void vfio_pci_reset_done(struct pci_dev *pdev)
{
	struct vfio_pci_device *vdev = pci_get_drvdata(pdev);

	/* What the PCI core has saved of a lost device, and restored, is worth nothing. */
	if (vdev->lost)
		vfio_pci_restore(vdev);
	else if (vdev->open)
		let_go(vdev);
	up_write(&vdev->memory_lock);
	pm_runtime_put(&pdev->dev);
}

/* --- Error recovery ------------------------------------------------------------- */

/*
 * The user hears of every uncorrectable error. Of one that cuts the device off the
 * user sees a device that does not answer, until it has been reset and set up again.
 */
static pci_ers_result_t vfio_pci_error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	struct vfio_pci_device *vdev = pci_get_drvdata(pdev);

	if (state != pci_channel_io_normal) {
		down_write(&vdev->memory_lock);
		vdev->lost = true;
		vfio_pci_zap(vdev);
		vfio_pci_intx_freeze(vdev, true);
		up_write(&vdev->memory_lock);
	}
	vfio_pci_report_error(vdev);

	switch (state) {
	case pci_channel_io_normal:
		return PCI_ERS_RESULT_CAN_RECOVER;
	case pci_channel_io_frozen:
		return PCI_ERS_RESULT_NEED_RESET;
	default:
		return PCI_ERS_RESULT_DISCONNECT;
	}
}

/* The device was reset, by nobody who asked us first: it knows nothing any more. */
static pci_ers_result_t vfio_pci_slot_reset(struct pci_dev *pdev)
{
	struct vfio_pci_device *vdev = pci_get_drvdata(pdev);
	bool present;

	pm_runtime_get_sync(&pdev->dev);
	down_write(&vdev->memory_lock);
	vdev->lost = true;
	vfio_pci_zap(vdev);
	vfio_pci_intx_freeze(vdev, true);
	present = pci_device_is_present(pdev);
	if (present) {
		vfio_pci_restore(vdev);
		vdev->asleep = false;
	}
	up_write(&vdev->memory_lock);
	pm_runtime_put(&pdev->dev);
	return present ? PCI_ERS_RESULT_RECOVERED : PCI_ERS_RESULT_DISCONNECT;
}

static void vfio_pci_error_resume(struct pci_dev *pdev)
{
	struct vfio_pci_device *vdev = pci_get_drvdata(pdev);

	down_write(&vdev->memory_lock);
	if (vdev->lost) {
		vdev->lost = false;
		if (vdev->open)
			let_go(vdev);
	}
	up_write(&vdev->memory_lock);
}

const struct pci_error_handlers vfio_pci_error_handlers = {
	.error_detected = vfio_pci_error_detected,
	.slot_reset = vfio_pci_slot_reset,
	.resume = vfio_pci_error_resume,
	.reset_prepare = vfio_pci_reset_prepare,
	.reset_done = vfio_pci_reset_done,
};

/* --- Hot reset: the whole slot or bus ------------------------------------------ */

/**
 * struct affected - devices that a hot reset of one device hits
 * @slot: only this slot, or NULL
 * @visit: called for each, or NULL; a negative errno ends the walk
 * @count: devices so far
 * @max: room in @devices
 * @devices: what the user is told
 * @files: group fds that prove ownership
 * @file_count: how many there are
 * @held: references to the devices, so that none changes its driver meanwhile
 * @held_count: how many there are
 * @ret: what @visit returned last
 */
struct affected {
	struct pci_slot *slot;
	int (*visit)(struct pci_dev *pdev, struct affected *all);
	unsigned int count;
	unsigned int max;
	struct vfio_pci_dependent_device *devices;
	struct file **files;
	unsigned int file_count;
	struct vfio_device **held;
	unsigned int held_count;
	int ret;
};

static int affected_visit(struct pci_dev *pdev, void *data)
{
	struct affected *all = data;
	struct pci_dev *top = pdev;

	/* A slot's devices are on this bus, their subordinates below it. */
	while (all->slot && top->bus != all->slot->bus && top->bus->self)
		top = top->bus->self;
	if (all->slot && top->slot != all->slot)
		return 0;
	all->ret = all->visit ? all->visit(pdev, all) : 0;
	all->count++;
	return all->ret;
}

/* Visit all that a hot reset of this device would reset, or return -ENODEV. */
static int affected_walk(struct pci_dev *pdev, struct affected *all)
{
	if (!pci_probe_reset_slot(pdev->slot))
		all->slot = pdev->slot;
	else if (pci_probe_reset_bus(pdev->bus))
		return -ENODEV;
	all->count = 0;
	all->ret = 0;
	pci_walk_bus(pdev->bus, affected_visit, all);
	return all->ret;
}

static int affected_describe(struct pci_dev *pdev, struct affected *all)
{
	struct iommu_group *group;

	if (all->count >= all->max)
		return 0;
	group = iommu_group_get(&pdev->dev);
	if (!group)
		return -EPERM;
	all->devices[all->count] = (struct vfio_pci_dependent_device){
		.group_id = iommu_group_id(group),
		.segment = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.devfn = pdev->devfn,
	};
	iommu_group_put(group);
	return 0;
}

/* Only a device that is bound to us; and it stays so until the reference is put. */
static int affected_take(struct pci_dev *pdev, struct affected *all)
{
	struct vfio_device *device;

	/* One that was plugged in since they were counted. */
	if (all->held_count == all->max)
		return -EAGAIN;
	device = vfio_device_get_from_dev(&pdev->dev);
	if (!device)
		return -EBUSY;
	all->held[all->held_count++] = device;
	return vfio_pci_is_ours(pdev) ? 0 : -EBUSY;
}

static int affected_check(struct pci_dev *pdev, struct affected *all)
{
	unsigned int i;
	int ret;

	/* A port is not bound to us, and is none of what the user could own. */
	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return 0;
	ret = affected_take(pdev, all);
	if (ret)
		return ret;
	for (i = 0; i < all->file_count; i++)
		if (vfio_file_has_device(all->files[i], &pdev->dev))
			return 0;
	return -EPERM;
}

/**
 * vfio_pci_hot_reset_info - VFIO_DEVICE_GET_PCI_HOT_RESET_INFO
 * @vdev: the device
 * @arg: user's struct vfio_pci_hot_reset_info
 *
 * Returns 0, -ENOSPC when the user's array is too short (the count says how long it
 * must be), -ENODEV when neither slot nor bus can be reset, -EPERM when a device is
 * in no IOMMU group, -EINVAL, -EFAULT, -ENOMEM.
 */
long vfio_pci_hot_reset_info(struct vfio_pci_device *vdev, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_pci_hot_reset_info, count);
	struct affected all = { .visit = affected_describe };
	struct vfio_pci_hot_reset_info info;
	long ret;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;

	/* A segment's bus has 256 functions at most, and few have buses below them. */
	all.max = min_t(size_t, (info.argsz - minsz) / sizeof(*all.devices), SZ_64K);
	all.devices = kvcalloc(all.max, sizeof(*all.devices), GFP_KERNEL_ACCOUNT);
	if (!all.devices)
		return -ENOMEM;

	ret = affected_walk(vdev->pdev, &all);
	if (ret)
		goto out;
	if (all.count > all.max)
		ret = -ENOSPC;
	info.flags = 0;
	info.count = all.count;
	if (copy_to_user(arg, &info, minsz) ||
	    (!ret && copy_to_user(arg + minsz, all.devices, all.count * sizeof(*all.devices))))
		ret = -EFAULT;
out:
	kvfree(all.devices);
	return ret;
}

/* Visit all devices, with room for a reference to each; to be undone, also on failure. */
static int affected_hold(struct vfio_pci_device *vdev, struct affected *all)
{
	struct affected count = {};
	int ret = affected_walk(vdev->pdev, &count);

	if (ret)
		return ret;
	all->max = count.count;
	all->held = kvcalloc(all->max, sizeof(*all->held), GFP_KERNEL_ACCOUNT);
	return all->held ? affected_walk(vdev->pdev, all) : -ENOMEM;
}

static void affected_release(struct affected *all)
{
	while (all->held_count)
		vfio_device_put(all->held[--all->held_count]);
	kvfree(all->held);
}

/**
 * vfio_pci_hot_reset - VFIO_DEVICE_PCI_HOT_RESET
 * @vdev: the device
 * @arg: user's struct vfio_pci_hot_reset
 *
 * The group fds must cover every device that is reset. Returns 0, -EPERM when a
 * device is not covered, -EBUSY when it is not bound to this driver, -EAGAIN when
 * one is locked, -ENODEV when neither slot nor bus can be reset, -EINVAL for a
 * malformed request or what is no group, -EBADF, -EFAULT, -ENOMEM, and what the
 * PCI core says: -ENOTTY when the link did not come up again.
 */
long vfio_pci_hot_reset(struct vfio_pci_device *vdev, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_pci_hot_reset, count);
	struct affected all = { .visit = affected_check };
	struct vfio_pci_hot_reset reset;
	s32 *fds;
	long ret;

	if (copy_from_user(&reset, arg, minsz))
		return -EFAULT;
	if (reset.argsz < minsz || reset.flags || !reset.count || reset.count > SZ_4K)
		return -EINVAL;
	if ((reset.argsz - minsz) / sizeof(*fds) < reset.count)
		return -EINVAL;

	fds = memdup_user(arg + minsz, reset.count * sizeof(*fds));
	if (IS_ERR(fds))
		return PTR_ERR(fds);
	ret = -ENOMEM;
	all.files = kcalloc(reset.count, sizeof(*all.files), GFP_KERNEL_ACCOUNT);
	if (!all.files)
		goto free_fds;

	while (all.file_count < reset.count) {
		struct file *file = fget(fds[all.file_count]);

		ret = -EBADF;
		if (!file)
			goto put_files;
		all.files[all.file_count++] = file;
		ret = -EINVAL;
		if (!vfio_file_is_group(file))
			goto put_files;
	}
	ret = affected_hold(vdev, &all);
	if (!ret)
		ret = pci_reset_bus(vdev->pdev);
	affected_release(&all);
put_files:
	while (all.file_count)
		fput(all.files[--all.file_count]);
	kfree(all.files);
free_fds:
	kfree(fds);
	return ret;
}

/* --- Close ------------------------------------------------------------------------ */

static int affected_check_idle(struct pci_dev *pdev, struct affected *all)
{
	struct vfio_pci_device *vdev;
	int ret = affected_take(pdev, all);

	if (ret)
		return ret;
	vdev = vfio_device_data(all->held[all->held_count - 1]);
	return vdev->open ? -EBUSY : 0;
}

/* Reset slot or bus if nobody makes use of any device there. */
static void bus_reset_idle(struct vfio_pci_device *vdev)
{
	struct affected all = { .visit = affected_check_idle };

	mutex_lock(&vfio_pci_open_lock);
	if (!affected_hold(vdev, &all) && pci_reset_bus(vdev->pdev))
		pci_info_ratelimited(vdev->pdev, "reset of its bus failed\n");
	affected_release(&all);
	mutex_unlock(&vfio_pci_open_lock);
}

/**
 * vfio_pci_reset_at_close - bring the device back to where it was when we got it
 * @vdev: the device; interrupts are off and it is no longer open
 *
 * What cannot be reset alone is reset with its bus, by the last one there to close.
 *
 * The device lock is needed. While remove() waits for our user it holds that lock
 * for us; anybody else who has it gives it back soon.
 */
void vfio_pci_reset_at_close(struct vfio_pci_device *vdev)
{
	struct pci_dev *pdev = vdev->pdev;
	bool locked;

	if (!vdev->resettable)
		bus_reset_idle(vdev);
	while (!(locked = pci_dev_trylock(pdev)) && !READ_ONCE(vdev->removing))
		msleep(10);
	if (!locked)
		pci_cfg_access_lock(pdev);

	if (vdev->resettable)
		__pci_reset_function_locked(pdev);
	vfio_pci_restore(vdev);

	if (locked)
		pci_dev_unlock(pdev);
	else
		pci_cfg_access_unlock(pdev);
}

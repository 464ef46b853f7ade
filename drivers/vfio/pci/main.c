// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-pci: gives PCI functions to user space.
 *
 * Invariants:
 * - The device is touched on behalf of a user only between open and close; close
 *   leaves it quiet and in the state that open found, for whichever driver is next.
 * - The device is in runtime use from open to close, unless its user allows otherwise.
 *   When it is not, the PCI core puts it in D3hot, saves its state before and restores
 *   it afterwards.
 * - What a user sends is checked here for its form (sizes, flags, ranges); the other
 *   files are given what is well-formed, and judge whether it makes sense.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../compat.h"
#include "../request.h"
#include "pci.h"

/* Numbers are hexadecimal, as lspci -n prints them. */
static char *ids;
module_param(ids, charp, 0);
MODULE_PARM_DESC(ids,
		 "Devices to take: vendor:device[:subvendor[:subdevice[:class[:class_mask]]]],...");

static bool disable_idle_d3;
module_param(disable_idle_d3, bool, 0444);
MODULE_PARM_DESC(disable_idle_d3, "Keep devices in full power while nobody has them open");

static bool disable_denylist;
module_param(disable_denylist, bool, 0444);
MODULE_PARM_DESC(disable_denylist, "Take devices on the deny list too, which users can exploit");

/*
 * The deny list: with these a user can attack the host by known faults of the hardware,
 * whatever the IOMMU does.
 */
static const struct pci_device_id vfio_pci_denylist[] = {
	{ PCI_VDEVICE(INTEL, 0x0435) }, /* QAT DH895xCC, and its virtual functions */
	{ PCI_VDEVICE(INTEL, 0x0443) },
	{ PCI_VDEVICE(INTEL, 0x19e2) }, /* QAT C3xxx */
	{ PCI_VDEVICE(INTEL, 0x19e3) },
	{ PCI_VDEVICE(INTEL, 0x37c8) }, /* QAT C62x */
	{ PCI_VDEVICE(INTEL, 0x37c9) },
	{ PCI_VDEVICE(INTEL, 0x0b25) }, /* DSA of Sapphire Rapids */
	{ PCI_VDEVICE(INTEL, 0x0cfe) }, /* IAA of Sapphire Rapids */
	{},
};

/* --- Open and close ------------------------------------------------------------ */

static void vfio_pci_set_open(struct vfio_pci_device *vdev, bool open)
{
	down_write(&vdev->memory_lock);
	vdev->open = open;
	up_write(&vdev->memory_lock);
}

/* Nobody may have brought it back from an error. Dead devices are not handed out. */
static int vfio_pci_revive(struct vfio_pci_device *vdev)
{
	bool present;

	down_write(&vdev->memory_lock);
	if (vdev->lost)
		vfio_pci_restore(vdev);
	present = pci_device_is_present(vdev->pdev);
	vdev->lost = !present;
	vdev->low_power = false;
	up_write(&vdev->memory_lock);
	return present ? 0 : -EIO;
}

static int vfio_pci_open(void *data)
{
	struct vfio_pci_device *vdev = data;
	struct pci_dev *pdev = vdev->pdev;
	int ret;

	ret = vfio_pci_begin_use(vdev);
	if (ret)
		return ret;
	ret = pm_runtime_resume_and_get(&pdev->dev);
	if (ret)
		goto err_end_use;
	ret = vfio_pci_revive(vdev);
	if (ret)
		goto err_idle;
	pci_clear_master(pdev);
	ret = pci_enable_device(pdev);
	if (ret)
		goto err_idle;

	/* Nothing of an earlier user or driver is left. Someone else may hold the device. */
	ret = vfio_pci_reset_at_open(vdev);
	if (ret)
		goto err_disable;

	vfio_pci_irqs_init(vdev);
	ret = vfio_pci_save(vdev);
	if (ret)
		goto err_disable;
	pci_read_config_word(pdev, PCI_COMMAND, &vdev->command);
	vdev->command &= PCI_COMMAND_IO | PCI_COMMAND_MEMORY;
	if (pdev->no_command_memory)
		vdev->command |= PCI_COMMAND_MEMORY;

	vfio_pci_bars_claim(vdev);
	vfio_pci_vga_claim(vdev);
	ret = vfio_pci_config_init(vdev);
	if (ret)
		goto err_release;
	vfio_pci_set_open(vdev, true);
	return 0;

err_release:
	vfio_pci_vga_release(vdev);
	vfio_pci_bars_release(vdev);
err_disable:
	pci_disable_device(pdev);
err_idle:
	pm_runtime_put(&pdev->dev);
err_end_use:
	vfio_pci_end_use(vdev);
	return ret;
}

static void vfio_pci_close(void *data)
{
	struct vfio_pci_device *vdev = data;

	vfio_pci_stay_awake(vdev);
	vfio_pci_set_power(vdev, PCI_D0);
	vfio_pci_set_command(vdev, vdev->command & ~PCI_COMMAND_MASTER);
	vfio_pci_ioeventfds_release(vdev);
	vfio_pci_irqs_release(vdev);
	vfio_pci_set_open(vdev, false);
	vfio_pci_reset_at_close(vdev);
	vfio_pci_config_free(vdev);
	vfio_pci_vga_release(vdev);
	vfio_pci_bars_release(vdev);
	pci_disable_device(vdev->pdev);
	vfio_pci_end_use(vdev);
	pm_runtime_put(&vdev->pdev->dev);
}

/* --- Regions ------------------------------------------------------------------- */

static ssize_t vfio_pci_rw(struct vfio_pci_device *vdev, char __user *buf, size_t count,
			   loff_t *ppos, bool write)
{
	u64 index = VFIO_PCI_INDEX(*ppos);
	u64 pos = VFIO_PCI_OFFSET(*ppos);
	ssize_t ret;

	if (!count)
		return 0;
	ret = vfio_pci_begin_access(vdev);
	if (ret)
		return ret;
	switch (index) {
	case VFIO_PCI_BAR0_REGION_INDEX ... VFIO_PCI_BAR5_REGION_INDEX:
		ret = vfio_pci_bar_rw(vdev, index, buf, count, pos, write);
		break;
	case VFIO_PCI_ROM_REGION_INDEX:
		ret = write ? -EINVAL : vfio_pci_rom_read(vdev, buf, count, pos);
		break;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		ret = vfio_pci_config_rw(vdev, buf, count, pos, write);
		break;
	case VFIO_PCI_VGA_REGION_INDEX:
		ret = vfio_pci_vga_rw(vdev, buf, count, pos, write);
		break;
	default:
		ret = -EINVAL;
	}
	vfio_pci_end_access(vdev);
	if (ret > 0)
		*ppos += ret;
	return ret;
}

static ssize_t vfio_pci_read(void *data, char __user *buf, size_t count, loff_t *ppos)
{
	return vfio_pci_rw(data, buf, count, ppos, false);
}

static ssize_t vfio_pci_write(void *data, const char __user *buf, size_t count, loff_t *ppos)
{
	return vfio_pci_rw(data, (char __user *)buf, count, ppos, true);
}

static int vfio_pci_mmap(void *data, struct vm_area_struct *vma)
{
	return vfio_pci_bar_mmap(data, vma);
}

/* Does the MSI-X table lie in this BAR? */
static bool vfio_pci_bar_has_msix(struct pci_dev *pdev, unsigned int index)
{
	u32 table;

	if (!pdev->msix_cap)
		return false;
	pci_read_config_dword(pdev, pdev->msix_cap + PCI_MSIX_TABLE, &table);
	return (table & PCI_MSIX_TABLE_BIR) == index;
}

/* --- ioctls -------------------------------------------------------------------- */

static long vfio_pci_get_info(struct vfio_pci_device *vdev, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_device_info, num_irqs);
	struct {
		struct vfio_device_info info;
		struct vfio_device_info_cap_pci_atomic_comp atomics;
	} out = {};
	struct vfio_device_info *info = &out.info;
	size_t len;
	int ret;

	ret = vfio_copy_request(info, arg, minsz);
	if (ret)
		return ret;

	len = min_t(size_t, info->argsz, sizeof(*info));
	info->flags = VFIO_DEVICE_FLAGS_PCI | (vdev->resettable ? VFIO_DEVICE_FLAGS_RESET : 0);
	info->num_regions = VFIO_PCI_NUM_REGIONS;
	info->num_irqs = VFIO_PCI_NUM_IRQS;
	out.atomics.header.id = VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP;
	out.atomics.header.version = 1;
	out.atomics.flags = vfio_pci_atomic_completion(vdev->pdev);
	if (out.atomics.flags) {
		info->flags |= VFIO_DEVICE_FLAGS_CAPS;
		if (info->argsz >= sizeof(out)) {
			info->cap_offset = offsetof(typeof(out), atomics);
			len = sizeof(out);
		}
		info->argsz = max_t(u32, info->argsz, sizeof(out));
	}
	return copy_to_user(arg, &out, len) ? -EFAULT : 0;
}

/*
 * A BAR with an MSI-X table is mapped like any other. That gives nothing away: what
 * a device may signal is decided by interrupt remapping, since it could send the
 * same by DMA.
 */
static long vfio_pci_get_region_info(struct vfio_pci_device *vdev, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_region_info, offset);
	struct {
		struct vfio_region_info info;
		struct vfio_info_cap_header msix;
	} out = {};
	struct vfio_region_info *info = &out.info;
	const struct vfio_pci_bar *bar;
	size_t len = minsz;
	int ret;

	ret = vfio_copy_request(info, arg, minsz);
	if (ret)
		return ret;

	info->flags = 0;
	info->size = 0;
	info->offset = VFIO_PCI_REGION(info->index);
	switch (info->index) {
	case VFIO_PCI_BAR0_REGION_INDEX ... VFIO_PCI_BAR5_REGION_INDEX:
		bar = &vdev->bars[info->index];
		info->size = bar->size;
		if (!bar->size)
			break;
		info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
		if (!bar->mappable)
			break;
		info->flags |= VFIO_REGION_INFO_FLAG_MMAP;
		if (!vfio_pci_bar_has_msix(vdev->pdev, info->index))
			break;
		info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
		info->cap_offset = 0;
		if (info->argsz >= sizeof(out)) {
			info->cap_offset = offsetof(typeof(out), msix);
			out.msix.id = VFIO_REGION_INFO_CAP_MSIX_MAPPABLE;
			out.msix.version = 1;
			len = sizeof(out);
		}
		info->argsz = max_t(u32, info->argsz, sizeof(out));
		break;
	case VFIO_PCI_ROM_REGION_INDEX:
		info->size = vfio_pci_rom_size(vdev);
		if (info->size)
			info->flags = VFIO_REGION_INFO_FLAG_READ;
		break;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		info->size = vdev->pdev->cfg_size;
		info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
		break;
	case VFIO_PCI_VGA_REGION_INDEX:
		info->size = vfio_pci_vga_size(vdev);
		if (!info->size)
			return -EINVAL;
		info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
		break;
	default:
		return -EINVAL;
	}
	return copy_to_user(arg, &out, len) ? -EFAULT : 0;
}

static long vfio_pci_get_irq_info(struct vfio_pci_device *vdev, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_irq_info, count);
	struct vfio_irq_info info;
	int ret;

	ret = vfio_copy_request(&info, arg, minsz);
	if (ret)
		return ret;
	if (info.index >= VFIO_PCI_NUM_IRQS)
		return -EINVAL;
	if (info.index == VFIO_PCI_ERR_IRQ_INDEX && !pci_is_pcie(vdev->pdev))
		return -EINVAL;

	info.count = vdev->irq_counts[info.index];
	info.flags = VFIO_IRQ_INFO_EVENTFD;
	if (info.index == VFIO_PCI_INTX_IRQ_INDEX)
		info.flags |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
	else if (info.index != VFIO_PCI_MSIX_IRQ_INDEX || !vdev->msix_grows)
		info.flags |= VFIO_IRQ_INFO_NORESIZE;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

/*
 * Check a request's form, fetch its data. Exactly one type of data, and a range that
 * begins and ends where interrupts are, though it may be empty.
 */
static long vfio_pci_ioctl_set_irqs(struct vfio_pci_device *vdev, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_irq_set, count);
	struct vfio_irq_set set;
	unsigned int type, max;
	size_t size = 0;
	void *data = NULL;
	int ret;

	if (copy_from_user(&set, arg, minsz))
		return -EFAULT;
	type = set.flags & VFIO_IRQ_SET_DATA_TYPE_MASK;
	if (set.argsz < minsz || set.index >= VFIO_PCI_NUM_IRQS || hweight32(type) != 1 ||
	    set.flags & ~(VFIO_IRQ_SET_DATA_TYPE_MASK | VFIO_IRQ_SET_ACTION_TYPE_MASK))
		return -EINVAL;

	max = vdev->irq_counts[set.index];
	if (set.start >= max || set.count > max - set.start)
		return -EINVAL;

	if (type == VFIO_IRQ_SET_DATA_BOOL)
		size = set.count * sizeof(u8);
	else if (type == VFIO_IRQ_SET_DATA_EVENTFD)
		size = set.count * sizeof(s32);
	if (set.argsz - minsz < size)
		return -EINVAL;
	if (size) {
		data = memdup_user(arg + minsz, size);
		if (IS_ERR(data))
			return PTR_ERR(data);
	}
	ret = vfio_pci_set_irqs(vdev, &set, data);
	kfree(data);
	return ret;
}

static long vfio_pci_ioctl_ioeventfd(struct vfio_pci_device *vdev, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_device_ioeventfd, fd);
	struct vfio_device_ioeventfd io;
	int ret;

	ret = vfio_copy_request(&io, arg, minsz);
	if (ret)
		return ret;
	if (io.flags & ~VFIO_DEVICE_IOEVENTFD_SIZE_MASK || hweight32(io.flags) != 1 || io.fd < -1)
		return -EINVAL;
	return vfio_pci_ioeventfd(vdev, &io);
}

static long vfio_pci_do_ioctl(struct vfio_pci_device *vdev, unsigned int cmd, void __user *uarg)
{
	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return vfio_pci_get_info(vdev, uarg);
	case VFIO_DEVICE_GET_REGION_INFO:
		return vfio_pci_get_region_info(vdev, uarg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return vfio_pci_get_irq_info(vdev, uarg);
	case VFIO_DEVICE_SET_IRQS:
		return vfio_pci_ioctl_set_irqs(vdev, uarg);
	case VFIO_DEVICE_RESET:
		return vfio_pci_reset_function(vdev);
	case VFIO_DEVICE_GET_PCI_HOT_RESET_INFO:
		return vfio_pci_hot_reset_info(vdev, uarg);
	case VFIO_DEVICE_PCI_HOT_RESET:
		return vfio_pci_hot_reset(vdev, uarg);
	case VFIO_DEVICE_IOEVENTFD:
		return vfio_pci_ioctl_ioeventfd(vdev, uarg);
	case VFIO_DEVICE_FEATURE:
		return vfio_pci_feature(vdev, uarg);
	default:
		return -ENOTTY;
	}
}

static long vfio_pci_ioctl(void *data, unsigned int cmd, unsigned long arg)
{
	struct vfio_pci_device *vdev = data;
	long ret = vfio_pci_begin_access(vdev);

	if (ret)
		return ret;
	ret = vfio_pci_do_ioctl(vdev, cmd, (void __user *)arg);
	vfio_pci_end_access(vdev);
	return ret;
}

static void vfio_pci_ask_back(void *data, unsigned int count)
{
	vfio_pci_request(data, count);
}

/* Options may follow the address; there is none that a device here has. */
static int vfio_pci_match(void *data, const char *name)
{
	struct vfio_pci_device *vdev = data;
	const char *address = pci_name(vdev->pdev);
	size_t len = strlen(address);

	if (strncmp(name, address, len) || (name[len] && name[len] != ' '))
		return 0;
	return *skip_spaces(name + len) ? -EINVAL : 1;
}

static const struct vfio_device_ops vfio_pci_ops = {
	.owner = THIS_MODULE,
	.name = "vfio-pci",
	.match = vfio_pci_match,
	.open = vfio_pci_open,
	.close = vfio_pci_close,
	.read = vfio_pci_read,
	.write = vfio_pci_write,
	.ioctl = vfio_pci_ioctl,
	.mmap = vfio_pci_mmap,
	.request = vfio_pci_ask_back,
};

/* --- Driver -------------------------------------------------------------------- */

static void vfio_pci_free(struct vfio_pci_device *vdev)
{
	lockdep_unregister_key(&vdev->memory_lock_class);
	kfree(vdev);
}

static int vfio_pci_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct vfio_pci_device *vdev;
	int ret;

	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return -EINVAL;
	if (pci_match_id(vfio_pci_denylist, pdev)) {
		pci_warn(pdev, "on the deny list, so %s\n",
			 disable_denylist ? "its user can attack the host" : "not taken");
		if (!disable_denylist)
			return -EINVAL;
	}
	/* Others may have its virtual functions, and it could take them away. */
	if (pci_num_vf(pdev))
		return -EBUSY;
	ret = vfio_pci_bars_evict(pdev);
	if (ret)
		return ret;

	vdev = kzalloc(sizeof(*vdev), GFP_KERNEL);
	if (!vdev)
		return -ENOMEM;
	vdev->pdev = pdev;
	vdev->irq_index = VFIO_PCI_IRQ_NONE;
	init_rwsem(&vdev->memory_lock);
	lockdep_register_key(&vdev->memory_lock_class);
	lockdep_set_class(&vdev->memory_lock, &vdev->memory_lock_class);
	mutex_init(&vdev->config_lock);
	mutex_init(&vdev->irq_lock);
	spin_lock_init(&vdev->intx.lock);
	INIT_LIST_HEAD(&vdev->ioevents);

	vdev->inode = vfio_pci_bars_alloc_inode();
	if (IS_ERR(vdev->inode)) {
		ret = PTR_ERR(vdev->inode);
		goto err_free;
	}
	ret = vfio_pci_save(vdev);
	if (ret)
		goto err_put_inode;
	pci_set_drvdata(pdev, vdev);
	ret = vfio_add_group_dev(&pdev->dev, &vfio_pci_ops, vdev);
	if (ret)
		goto err_free_saved;

	vfio_pci_vga_init(vdev);
	/* Gives up the use that the PCI core made of it for probe(). */
	pm_runtime_allow(&pdev->dev);
	if (!disable_idle_d3)
		pm_runtime_put(&pdev->dev);
	return 0;

err_free_saved:
	pci_set_drvdata(pdev, NULL);
	kfree(vdev->saved);
err_put_inode:
	iput(vdev->inode);
err_free:
	vfio_pci_free(vdev);
	return ret;
}

static void vfio_pci_remove(struct pci_dev *pdev)
{
	struct vfio_pci_device *vdev = pci_get_drvdata(pdev);

	WRITE_ONCE(vdev->removing, true);
	vfio_del_group_dev(&pdev->dev);
	vfio_pci_vga_exit(vdev);
	pm_runtime_forbid(&pdev->dev);
	if (!disable_idle_d3)
		pm_runtime_get_noresume(&pdev->dev);
	pci_set_drvdata(pdev, NULL);
	iput(vdev->inode);
	kfree(vdev->saved);
	vfio_pci_free(vdev);
}

static const struct pci_device_id vfio_pci_table[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(PCI_ANY_ID, PCI_ANY_ID) }, {}
};
MODULE_DEVICE_TABLE(pci, vfio_pci_table);

static struct pci_driver vfio_pci_driver = {
	.name = "vfio-pci",
	.id_table = vfio_pci_table,
	.probe = vfio_pci_probe,
	.remove = vfio_pci_remove,
	.err_handler = &vfio_pci_error_handlers,
	.driver_managed_dma = true,
	.driver.pm = pm_ptr(&vfio_pci_pm_ops),
};

/* Devices named on the command line; one that is malformed does not stop the rest. */
static void __init vfio_pci_add_ids(void)
{
	char *rest = ids, *id;

	while ((id = strsep(&rest, ","))) {
		unsigned int vendor, device, subvendor = PCI_ANY_ID, subdevice = PCI_ANY_ID;
		unsigned int class = 0, mask = 0;

		if (!*id)
			continue;
		if (sscanf(id, "%x:%x:%x:%x:%x:%x", &vendor, &device, &subvendor, &subdevice,
			   &class, &mask) < 2)
			pr_warn("vfio-pci: '%s' is not vendor:device\n", id);
		else if (pci_add_dynid(&vfio_pci_driver, vendor, device, subvendor, subdevice,
				       class, mask, 0))
			pr_warn("vfio-pci: '%s' could not be added\n", id);
	}
}

static int __init vfio_pci_init(void)
{
	int ret = vfio_pci_bars_module_init();

	if (ret)
		return ret;
	ret = pci_register_driver(&vfio_pci_driver);
	if (ret) {
		vfio_pci_bars_module_exit();
		return ret;
	}
	vfio_pci_add_ids();
	return 0;
}
module_init(vfio_pci_init);

static void __exit vfio_pci_exit(void)
{
	pci_unregister_driver(&vfio_pci_driver);
	vfio_pci_bars_module_exit();
}
module_exit(vfio_pci_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(VFIO_VERSION);
MODULE_DESCRIPTION("VFIO bus driver for PCI: functions in the hands of user space");

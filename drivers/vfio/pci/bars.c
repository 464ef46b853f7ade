// SPDX-License-Identifier: GPL-2.0-only
/*
 * BARs and the expansion ROM: read, write and mmap.
 *
 * Invariants:
 * - No access reaches a BAR whose decoding is off, whose device is in low power or is
 *   being reset. Reads and writes check it under memory_lock; a page is mapped
 *   only by a fault, which checks it under the same lock; and whoever turns
 *   decoding off takes the lock for writing and removes all mapped pages.
 * - Every mapping of a device's BARs is a mapping of one inode, at the offset it
 *   has in the device fd. So one call finds them all, in any process.
 * - A mapping keeps the device open: its file holds a reference to the device fd.
 */
#include <linux/aperture.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../compat.h"
#include "pci.h"

#define VFIO_PCI_FS_MAGIC 0x76666470 /* "vfdp" */

/* A fault maps what else it finds in the same aligned window of this size. */
#define VFIO_PCI_FAULT_WINDOW SZ_2M

/* The longest piece that one read of the ROM copies at once. */
#define VFIO_PCI_ROM_CHUNK SZ_4K

/* So many bytes of a request are done in any case, whatever signal is pending. */
#define VFIO_PCI_IO_UNCUT SZ_4K

static struct vfsmount *vfio_pci_mnt;

static int vfio_pci_init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, VFIO_PCI_FS_MAGIC) ? 0 : -ENOMEM;
}

/* No owner: our own mount would hold the module for ever. Its files do hold it. */
static struct file_system_type vfio_pci_fs = {
	.name = "vfio-pci",
	.init_fs_context = vfio_pci_init_fs_context,
	.kill_sb = kill_anon_super,
};

/**
 * vfio_pci_bars_module_init() - make the file system of BAR mappings
 *
 * Return: 0 or a negative errno.
 */
int vfio_pci_bars_module_init(void)
{
	vfio_pci_mnt = kern_mount(&vfio_pci_fs);
	return PTR_ERR_OR_ZERO(vfio_pci_mnt);
}

/**
 * vfio_pci_bars_module_exit() - undo vfio_pci_bars_module_init()
 */
void vfio_pci_bars_module_exit(void)
{
	kern_unmount(vfio_pci_mnt);
}

/**
 * vfio_pci_bars_alloc_inode() - the inode that all BAR mappings of a device hang on
 *
 * Return: the inode, to be given back by iput(), or ERR_PTR(-ENOMEM).
 */
struct inode *vfio_pci_bars_alloc_inode(void)
{
	return alloc_anon_inode(vfio_pci_mnt->mnt_sb);
}

/**
 * vfio_pci_bars_evict() - take the BARs of a display from a framebuffer of the boot
 * @pdev: the device, which is being bound
 *
 * vesafb, efifb and their like hold on to what the firmware has set up.
 *
 * Return: 0 or a negative errno.
 */
int vfio_pci_bars_evict(struct pci_dev *pdev)
{
	if (pdev->class >> 16 != PCI_BASE_CLASS_DISPLAY &&
	    pdev->class >> 8 != PCI_CLASS_NOT_DEFINED_VGA)
		return 0;
	return aperture_remove_conflicting_pci_devices(pdev, "vfio-pci");
}

/**
 * vfio_pci_bars_claim() - take possession of the BARs
 * @vdev: the device, being opened
 *
 * A BAR that somebody else holds has size 0 for this user; the rest of the device is
 * still of use.
 */
void vfio_pci_bars_claim(struct vfio_pci_device *vdev)
{
	struct pci_dev *pdev = vdev->pdev;
	int i;

	vdev->rom_seen = false;
	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		const struct resource *res = &pdev->resource[i];
		struct vfio_pci_bar *bar = &vdev->bars[i];

		*bar = (struct vfio_pci_bar){};
		if (!res->start || !(res->flags & (IORESOURCE_IO | IORESOURCE_MEM)) ||
		    res->flags & IORESOURCE_UNSET)
			continue;
		if (pci_request_region(pdev, i, "vfio-pci")) {
			pci_info(pdev, "BAR %d is in use by another driver\n", i);
			continue;
		}
		bar->size = resource_size(res);
		bar->ports = res->flags & IORESOURCE_IO;
		bar->mappable = !bar->ports && PAGE_ALIGNED(res->start) && PAGE_ALIGNED(bar->size);
	}
}

/**
 * vfio_pci_bars_release() - undo vfio_pci_bars_claim()
 * @vdev: the device
 */
void vfio_pci_bars_release(struct vfio_pci_device *vdev)
{
	int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		struct vfio_pci_bar *bar = &vdev->bars[i];

		if (bar->io)
			pci_iounmap(vdev->pdev, bar->io);
		if (bar->size)
			pci_release_region(vdev->pdev, i);
		*bar = (struct vfio_pci_bar){};
	}
}

/* Map a BAR for read and write, unless that is done. Called without memory_lock. */
static int vfio_pci_bar_iomap(struct vfio_pci_device *vdev, unsigned int index)
{
	struct vfio_pci_bar *bar = &vdev->bars[index];
	int ret = 0;

	/* Whoever sees the mapping sees it whole: pairs with the release below. */
	if (smp_load_acquire(&bar->io))
		return 0;

	down_write(&vdev->memory_lock);
	if (!bar->io) {
		void __iomem *io = pci_iomap(vdev->pdev, index, 0);

		if (io)
			smp_store_release(&bar->io, io); /* pairs with the acquire above */
		else
			ret = -ENOMEM;
	}
	up_write(&vdev->memory_lock);
	return ret;
}

/**
 * vfio_pci_io() - one access to device memory or ports that are mapped
 * @io: where
 * @width: 1, 2, 4 or, for memory of a 64-bit host, 8 bytes
 * @val: what is written, or gets what was read
 * @write: the direction
 */
void vfio_pci_io(void __iomem *io, unsigned int width, u64 *val, bool write)
{
	switch (width) {
	case 1:
		if (write)
			iowrite8(*val, io);
		else
			*val = ioread8(io);
		break;
	case 2:
		if (write)
			iowrite16(*val, io);
		else
			*val = ioread16(io);
		break;
	case 4:
		if (write)
			iowrite32(*val, io);
		else
			*val = ioread32(io);
		break;
#ifdef CONFIG_64BIT
	case 8:
		if (write)
			writeq(*val, io);
		else
			*val = readq(io);
		break;
#endif
	}
}

/* The widest access that is aligned and not longer than what is left. */
static unsigned int vfio_pci_io_width(const struct vfio_pci_bar *bar, u64 pos, size_t left)
{
	unsigned int width = IS_ENABLED(CONFIG_64BIT) && !bar->ports ? 8 : 4;

	while (width > left || pos & (width - 1))
		width /= 2;
	return width;
}

/* One access to a mapped BAR; -EIO when the BAR does not answer. */
static int vfio_pci_bar_access(struct vfio_pci_device *vdev, struct vfio_pci_bar *bar, u64 pos,
			       unsigned int width, u64 *val, bool write)
{
	int ret = -EIO;

	down_read(&vdev->memory_lock);
	if (vfio_pci_decodes(vdev, bar->ports)) {
		vfio_pci_io(bar->io + pos, width, val, write);
		ret = 0;
	}
	up_read(&vdev->memory_lock);
	return ret;
}

/**
 * vfio_pci_io_rw() - read or write a range of memory or ports
 * @vdev: the device
 * @bar: the range, mapped
 * @access: makes one access, or returns a negative errno
 * @buf: user's buffer; values are little endian, as on the bus
 * @count: bytes
 * @pos: where in the range, before its end
 * @write: the direction
 *
 * Each access is as wide as alignment and length allow, up to 8 bytes. A signal cuts only
 * long requests.
 *
 * Return: bytes done: less than @count at the end of the range; else what @access said, or
 * -EFAULT.
 */
ssize_t vfio_pci_io_rw(struct vfio_pci_device *vdev, struct vfio_pci_bar *bar,
		       vfio_pci_access_t access, char __user *buf, size_t count, u64 pos,
		       bool write)
{
	size_t done = 0;
	int ret;

	count = min_t(u64, count, bar->size - pos);
	while (done < count) {
		unsigned int width = vfio_pci_io_width(bar, pos + done, count - done);
		__le64 raw = 0;
		u64 val = 0;

		if (write) {
			if (copy_from_user(&raw, buf + done, width))
				return done ?: -EFAULT;
			val = le64_to_cpu(raw);
		}
		ret = access(vdev, bar, pos + done, width, &val, write);
		if (ret)
			return done ?: ret;
		if (!write) {
			raw = cpu_to_le64(val);
			if (copy_to_user(buf + done, &raw, width))
				return done ?: -EFAULT;
		}
		done += width;
		if (done >= VFIO_PCI_IO_UNCUT && signal_pending(current))
			break;
		cond_resched();
	}
	return done;
}

/**
 * vfio_pci_bar_rw() - read or write a BAR
 * @vdev: the device
 * @index: the BAR
 * @buf: user's buffer
 * @count: bytes
 * @pos: where in the BAR
 * @write: the direction
 *
 * Return: bytes done: less than @count at the end of the BAR; else -EIO when
 * decoding is off, -EINVAL past the end, -EFAULT, -ENOMEM.
 */
ssize_t vfio_pci_bar_rw(struct vfio_pci_device *vdev, unsigned int index, char __user *buf,
			size_t count, u64 pos, bool write)
{
	struct vfio_pci_bar *bar = &vdev->bars[index];
	int ret;

	if (pos >= bar->size)
		return -EINVAL;
	ret = vfio_pci_bar_iomap(vdev, index);
	if (ret)
		return ret;
	return vfio_pci_io_rw(vdev, bar, vfio_pci_bar_access, buf, count, pos, write);
}

/**
 * vfio_pci_bar_write() - one write to a BAR
 * @vdev: the device
 * @index: the BAR
 * @pos: where in the BAR, aligned to @width, which lies within the BAR
 * @width: bytes
 * @val: the value
 *
 * Return: 0, -EIO when decoding is off, -ENOMEM.
 */
int vfio_pci_bar_write(struct vfio_pci_device *vdev, unsigned int index, u64 pos,
		       unsigned int width, u64 val)
{
	int ret = vfio_pci_bar_iomap(vdev, index);

	return ret ?: vfio_pci_bar_access(vdev, &vdev->bars[index], pos, width, &val, true);
}

/**
 * vfio_pci_rom_size() - size of the ROM region
 * @vdev: the device
 *
 * Return: bytes, 0 without a ROM.
 */
u64 vfio_pci_rom_size(const struct vfio_pci_device *vdev)
{
	if (vdev->pdev->resource[PCI_ROM_RESOURCE].flags & IORESOURCE_UNSET)
		return 0;
	return pci_resource_len(vdev->pdev, PCI_ROM_RESOURCE);
}

/*
 * How much of the ROM is images. Asked once per user, since the PCI core reports what it
 * dislikes about a ROM in the kernel's log each time. memory_lock is held for writing.
 */
static size_t vfio_pci_rom_images(struct vfio_pci_device *vdev)
{
	void __iomem *rom;
	size_t size;

	if (!vdev->rom_seen) {
		rom = pci_map_rom(vdev->pdev, &size);
		if (rom)
			pci_unmap_rom(vdev->pdev, rom);
		vdev->rom_images = rom ? size : 0;
		vdev->rom_seen = true;
	}
	return vdev->rom_images;
}

/*
 * Copy from the ROM. A device may share one decoder between ROM and BARs, so reads and
 * writes of BARs wait while the ROM is on. Pages that are mapped stay: who uses them at
 * that time may see the ROM there, of his own device.
 */
static int vfio_pci_rom_copy(struct vfio_pci_device *vdev, void *to, size_t len, u64 pos)
{
	struct pci_dev *pdev = vdev->pdev;
	void __iomem *rom;
	size_t size;

	down_write(&vdev->memory_lock);
	if (!vfio_pci_decodes(vdev, false)) {
		up_write(&vdev->memory_lock);
		return -EIO;
	}
	/* Whatever the images do not fill reads as an empty ROM does. */
	memset(to, 0xff, len);
	size = vfio_pci_rom_images(vdev);
	if (pos < size && !pci_enable_rom(pdev)) {
		rom = ioremap(pci_resource_start(pdev, PCI_ROM_RESOURCE), size);
		if (rom) {
			memcpy_fromio(to, rom + pos, min_t(u64, len, size - pos));
			iounmap(rom);
		}
		pci_disable_rom(pdev);
	}
	up_write(&vdev->memory_lock);
	return 0;
}

/**
 * vfio_pci_rom_read() - read the ROM
 * @vdev: the device
 * @buf: user's buffer
 * @count: bytes
 * @pos: where in the ROM
 *
 * Return: as vfio_pci_bar_rw().
 */
ssize_t vfio_pci_rom_read(struct vfio_pci_device *vdev, char __user *buf, size_t count, u64 pos)
{
	u64 size = vfio_pci_rom_size(vdev);
	size_t done = 0;
	void *chunk;
	int ret = 0;

	if (pos >= size)
		return -EINVAL;
	count = min_t(u64, count, size - pos);

	chunk = kmalloc(VFIO_PCI_ROM_CHUNK, GFP_KERNEL);
	if (!chunk)
		return -ENOMEM;
	while (done < count) {
		size_t len = min_t(size_t, count - done, VFIO_PCI_ROM_CHUNK);

		ret = vfio_pci_rom_copy(vdev, chunk, len, pos + done);
		if (!ret && copy_to_user(buf + done, chunk, len))
			ret = -EFAULT;
		if (ret)
			break;
		done += len;
		/* Not before: to have read nothing would mean that the ROM ends here. */
		if (signal_pending(current))
			break;
	}
	kfree(chunk);
	return done ?: ret;
}

/**
 * vfio_pci_zap() - remove all mapped pages of the BARs
 * @vdev: the device
 *
 * Called with memory_lock held for writing.
 */
void vfio_pci_zap(struct vfio_pci_device *vdev)
{
	unmap_mapping_range(vdev->inode->i_mapping, 0, 0, true);
}

/* The page frame at the start of a mapping. */
static unsigned long vfio_pci_first_pfn(const struct vm_area_struct *vma)
{
	struct vfio_pci_device *vdev = vma->vm_private_data;
	unsigned int index = vma->vm_pgoff >> (VFIO_PCI_OFFSET_SHIFT - PAGE_SHIFT);
	unsigned long offset = VFIO_PCI_OFFSET((u64)vma->vm_pgoff << PAGE_SHIFT) >> PAGE_SHIFT;

	return (pci_resource_start(vdev->pdev, index) >> PAGE_SHIFT) + offset;
}

static vm_fault_t vfio_pci_mmap_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct vfio_pci_device *vdev = vma->vm_private_data;
	unsigned long first = vfio_pci_first_pfn(vma);
	unsigned long addr, start, end;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	start = max(ALIGN_DOWN(vmf->address, VFIO_PCI_FAULT_WINDOW), vma->vm_start);
	end = vma->vm_end;
	if (end - start > VFIO_PCI_FAULT_WINDOW)
		end = ALIGN_DOWN(vmf->address, VFIO_PCI_FAULT_WINDOW) + VFIO_PCI_FAULT_WINDOW;

	down_read(&vdev->memory_lock);
	if (!vfio_pci_decodes(vdev, false) || vdev->may_suspend)
		goto out;
	addr = vmf->address & PAGE_MASK;
	ret = vmf_insert_pfn(vma, addr, first + ((addr - vma->vm_start) >> PAGE_SHIFT));
	if (ret != VM_FAULT_NOPAGE)
		goto out;
	/* The neighbours are a favour: one that fails faults by itself. */
	for (addr = start; addr < end; addr += PAGE_SIZE) {
		unsigned long pfn = first + ((addr - vma->vm_start) >> PAGE_SHIFT);

		if (vmf_insert_pfn(vma, addr, pfn) != VM_FAULT_NOPAGE)
			break;
	}
out:
	up_read(&vdev->memory_lock);
	return ret;
}

#ifdef COMPAT_HUGE_PFNMAP
/* A large page, when it lies in the mapping and is aligned in the BAR too. */
static vm_fault_t vfio_pci_mmap_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct vm_area_struct *vma = vmf->vma;
	struct vfio_pci_device *vdev = vma->vm_private_data;
	unsigned long addr = ALIGN_DOWN(vmf->address, PAGE_SIZE << order);
	unsigned long pfn = vfio_pci_first_pfn(vma) + ((addr - vma->vm_start) >> PAGE_SHIFT);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	if (addr < vma->vm_start || vma->vm_end - addr < PAGE_SIZE << order ||
	    !IS_ALIGNED(pfn, 1UL << order))
		return VM_FAULT_FALLBACK;
	down_read(&vdev->memory_lock);
	if (vfio_pci_decodes(vdev, false) && !vdev->may_suspend)
		ret = compat_insert_huge_pfn(vmf, order, pfn);
	up_read(&vdev->memory_lock);
	return ret;
}
#endif

/* Without may_split(): a mapping splits anywhere, and what was a large page faults again. */
static const struct vm_operations_struct vfio_pci_mmap_ops = {
	.fault = vfio_pci_mmap_fault,
#ifdef COMPAT_HUGE_PFNMAP
	.huge_fault = vfio_pci_mmap_huge_fault,
#endif
};

static int vfio_pci_mmap_release(struct inode *inode, struct file *file)
{
	fput(file->private_data);
	return 0;
}

/* The file behind a mapping: on the device's inode, and holding the device fd. */
static const struct file_operations vfio_pci_mmap_fops = {
	.owner = THIS_MODULE,
	.release = vfio_pci_mmap_release,
};

static struct file *vfio_pci_mmap_file(struct vfio_pci_device *vdev, struct file *device)
{
	struct file *file;

	ihold(vdev->inode);
	__module_get(THIS_MODULE);
	file = alloc_file_pseudo(vdev->inode, vfio_pci_mnt, "[vfio-pci-bar]", O_RDWR,
				 &vfio_pci_mmap_fops);
	if (IS_ERR(file)) {
		module_put(THIS_MODULE);
		iput(vdev->inode);
		return file;
	}
	file->private_data = get_file(device);
	return file;
}

/**
 * vfio_pci_bar_mmap() - map a BAR into the user's address space
 * @vdev: the device
 * @vma: the new mapping, of the device fd
 *
 * Pages come by faults.
 *
 * Return: 0, -EINVAL when the range is not one to be
 * mapped, -ENOMEM.
 */
int vfio_pci_bar_mmap(struct vfio_pci_device *vdev, struct vm_area_struct *vma)
{
	u64 index = vma->vm_pgoff >> (VFIO_PCI_OFFSET_SHIFT - PAGE_SHIFT);
	u64 pos = VFIO_PCI_OFFSET((u64)vma->vm_pgoff << PAGE_SHIFT);
	u64 len = vma->vm_end - vma->vm_start;
	const struct vfio_pci_bar *bar;
	struct file *file;

	if (index >= PCI_STD_NUM_BARS || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	bar = &vdev->bars[index];
	if (!bar->mappable || pos >= bar->size || len > bar->size - pos)
		return -EINVAL;

	file = vfio_pci_mmap_file(vdev, vma->vm_file);
	if (IS_ERR(file))
		return PTR_ERR(file);
	vma_set_file(vma, file);
	fput(file); /* the mapping has its own reference */

	vma->vm_private_data = vdev;
	vma->vm_ops = &vfio_pci_mmap_ops;
	/* A device knows nothing of the key that memory is encrypted with. */
	vma->vm_page_prot = pgprot_decrypted(pgprot_noncached(vma->vm_page_prot));
	compat_vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	return 0;
}

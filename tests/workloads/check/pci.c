// SPDX-License-Identifier: GPL-2.0-only
/* Row P1: information about a device, and its BARs by read, write and mmap. */

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "edu.h"

#define EDU_VENDOR_DEVICE 0x11e81234U
#define NVME_BAR_SIZE_MIN SZ_4K
#define NVME_CAP	  0

static struct vfio_region_info region(int device, uint32_t index)
{
	struct vfio_region_info info;
	int ret = vu_region_info(device, index, &info);

	returns(ret, 0, "P1: GET_REGION_INFO of region %u", index);
	return info;
}

static void device_info(int device)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	returns(vu_ioctl(device, VFIO_DEVICE_GET_INFO, &info), 0, "P1: GET_INFO");
	ok(info.flags & VFIO_DEVICE_FLAGS_PCI, "P1: it is a PCI device");
	ok(info.num_regions >= VFIO_PCI_NUM_REGIONS, "P1: it has all regions of PCI");
	is(info.num_irqs, VFIO_PCI_NUM_IRQS, "P1: it has all interrupt kinds of PCI");
	memset(&info, 0, sizeof(info));
	info.argsz = 8;
	returns(vu_ioctl(device, VFIO_DEVICE_GET_INFO, &info), -EINVAL,
		"P1: GET_INFO with a short argsz is refused");
	returns(vu_ioctl(device, VFIO_DEVICE_GET_INFO, NULL), -EFAULT,
		"P1: GET_INFO to nowhere is refused");
}

static void region_info(int device)
{
	const uint32_t all = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE |
			     VFIO_REGION_INFO_FLAG_MMAP;
	struct vfio_region_info info = region(device, VFIO_PCI_BAR0_REGION_INDEX);
	uint32_t i;

	is(info.size, EDU_BAR_SIZE, "P1: the size of BAR 0");
	is(info.flags & all, all, "P1: BAR 0 can be read, written and mapped");
	for (i = VFIO_PCI_BAR1_REGION_INDEX; i <= VFIO_PCI_ROM_REGION_INDEX; i++) {
		info = region(device, i);
		is(info.size, 0, "P1: region %u is not there", i);
	}
	info = region(device, VFIO_PCI_CONFIG_REGION_INDEX);
	ok(info.size == PCI_CFG_SPACE_SIZE || info.size == PCI_CFG_SPACE_EXP_SIZE,
	   "P1: the size of config space");
	is(info.flags & all, VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE,
	   "P1: config space can be read and written");

	returns(vu_region_info(device, VFIO_PCI_VGA_REGION_INDEX, &info), -EINVAL,
		"P1: a device that is no VGA has no VGA region");
	returns(vu_region_info(device, 1000, &info), -EINVAL, "P1: there is no region 1000");
	returns(vu_region_info(device, UINT32_MAX, &info), -EINVAL, "P1: nor a last one");
	info.index = 0;
	info.argsz = 8;
	returns(vu_ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info), -EINVAL,
		"P1: GET_REGION_INFO with a short argsz is refused");
}

static void irq_info(int device)
{
	static const struct {
		uint32_t index;
		const char *name;
		uint32_t count;
	} kinds[] = {
		{ VFIO_PCI_INTX_IRQ_INDEX, "INTx", 1 },
		{ VFIO_PCI_MSI_IRQ_INDEX, "MSI", 1 },
		{ VFIO_PCI_MSIX_IRQ_INDEX, "MSI-X", 0 },
	};
	struct vfio_irq_info info;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		info = (struct vfio_irq_info){ .argsz = sizeof(info), .index = kinds[i].index };
		returns(vu_ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info), 0,
			"P1: GET_IRQ_INFO of %s", kinds[i].name);
		is(info.count, kinds[i].count, "P1: the number of its interrupts");
		ok(info.flags & VFIO_IRQ_INFO_EVENTFD, "P1: they go by eventfd");
	}
	info = (struct vfio_irq_info){ .argsz = sizeof(info), .index = 1000 };
	returns(vu_ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info), -EINVAL,
		"P1: there is no interrupt kind 1000");
	info = (struct vfio_irq_info){ .argsz = 8 };
	returns(vu_ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info), -EINVAL,
		"P1: GET_IRQ_INFO with a short argsz is refused");
}

static int64_t result(ssize_t n)
{
	return n < 0 ? -errno : n;
}

static void registers(int device)
{
	struct vfio_region_info bar = region(device, VFIO_PCI_BAR0_REGION_INDEX);
	struct vfio_region_info none = region(device, VFIO_PCI_BAR1_REGION_INDEX);
	struct vfio_region_info config = region(device, VFIO_PCI_CONFIG_REGION_INDEX);
	void *nowhere = mmap(NULL, SZ_4K, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile uint32_t *regs;
	uint32_t value;
	void *addr;

	is(result(pread(device, &value, 4, config.offset)), 4, "P1: read config space");
	is(value, EDU_VENDOR_DEVICE, "P1: vendor and device");
	returns(vu_pci_command(device, PCI_COMMAND_MEMORY, 0), 0, "P1: turn on the BAR");

	is(result(pread(device, &value, 4, bar.offset + EDU_ID)), 4, "P1: read BAR 0");
	is(value, EDU_ID_VALUE, "P1: the identification of edu");
	value = 0x12345678;
	is(result(pwrite(device, &value, 4, bar.offset + EDU_LIVENESS)), 4, "P1: write BAR 0");
	is(result(pread(device, &value, 4, bar.offset + EDU_LIVENESS)), 4, "P1: read it back");
	is(value, ~0x12345678U, "P1: edu has inverted it");

	regs = mmap(NULL, EDU_BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, device, bar.offset);
	if (ok(regs != MAP_FAILED, "P1: map BAR 0")) {
		is(regs[EDU_ID / 4], EDU_ID_VALUE, "P1: the identification of edu");
		regs[EDU_LIVENESS / 4] = 0xcafef00d;
		is(regs[EDU_LIVENESS / 4], ~0xcafef00dU, "P1: edu inverts what is written");
		is(result(pread(device, &value, 4, bar.offset + EDU_LIVENESS)), 4, "P1: read it");
		is(value, ~0xcafef00dU, "P1: read() sees the same");
		munmap((void *)regs, EDU_BAR_SIZE);
	}
	regs = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, device, bar.offset);
	if (ok(regs != MAP_FAILED, "P1: map a page of BAR 0 for reading")) {
		is(regs[EDU_ID / 4], EDU_ID_VALUE, "P1: the identification of edu");
		munmap((void *)regs, SZ_4K);
	}

	addr = mmap(NULL, EDU_BAR_SIZE + SZ_4K, PROT_READ, MAP_SHARED, device, bar.offset);
	is(addr == MAP_FAILED ? -errno : 0, -EINVAL, "P1: a map beyond BAR 0 is refused");
	addr = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, device, bar.offset + EDU_BAR_SIZE);
	is(addr == MAP_FAILED ? -errno : 0, -EINVAL, "P1: a map behind BAR 0 is refused");
	addr = mmap(NULL, SZ_4K, PROT_READ, MAP_PRIVATE, device, bar.offset);
	is(addr == MAP_FAILED ? -errno : 0, -EINVAL, "P1: a private map of BAR 0 is refused");
	addr = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, device, none.offset);
	is(addr == MAP_FAILED ? -errno : 0, -EINVAL, "P1: a map of no BAR is refused");
	addr = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, device, config.offset);
	is(addr == MAP_FAILED ? -errno : 0, -EINVAL, "P1: a map of config space is refused");

	is(result(pread(device, &value, 4, bar.offset + EDU_BAR_SIZE)), -EINVAL,
	   "P1: a read behind BAR 0 is refused");
	is(result(pread(device, &value, 4, none.offset)), -EINVAL,
	   "P1: a read of no BAR is refused");
	is(result(pread(device, nowhere, 4, bar.offset)), -EFAULT,
	   "P1: a read to nowhere is refused");
	is(result(pwrite(device, nowhere, 4, bar.offset + EDU_LIVENESS)), -EFAULT,
	   "P1: a write from nowhere is refused");
	is(result(pread(device, &value, 4, (off_t)1000 << 40)), -EINVAL,
	   "P1: a read of region 1000 is refused");

	returns(vu_pci_command(device, 0, PCI_COMMAND_MEMORY), 0, "P5: turn off the BAR");
	is(result(pread(device, &value, 4, bar.offset)), -EIO,
	   "P5: a read of a BAR that is off fails and does not reach the device");
	returns(vu_pci_command(device, PCI_COMMAND_MEMORY, 0), 0, "P5: turn it on again");
	is(result(pread(device, &value, 4, bar.offset + EDU_ID)), 4, "P5: it can be read again");
	is(value, EDU_ID_VALUE, "P5: the identification of edu");
}

void check_pci(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);

	device_info(u.device);
	region_info(u.device);
	irq_info(u.device);
	registers(u.device);
	vu_close(&u);
}

/* An nvme device answers accesses of any size, unlike edu. */
void check_bar_sizes(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vfio_region_info bar = region(u.device, VFIO_PCI_BAR0_REGION_INDEX);
	unsigned char want[8], got[16];
	volatile uint64_t *regs;
	unsigned int size, offset;
	uint64_t capabilities;

	ok(bar.size >= NVME_BAR_SIZE_MIN, "P1: BAR 0 of nvme");
	returns(vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0), 0, "P1: turn on the BAR");
	need(bar.flags & VFIO_REGION_INFO_FLAG_MMAP, "P1: BAR 0 can be mapped");
	regs = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, u.device, bar.offset);
	need(regs != MAP_FAILED, "P1: map BAR 0");
	capabilities = regs[NVME_CAP / 8];
	munmap((void *)regs, SZ_4K);
	memcpy(want, &capabilities, sizeof(want));
	ok(capabilities && capabilities != UINT64_MAX, "P1: the capabilities of nvme");

	for (size = 1; size <= 8; size++) {
		for (offset = 0; offset + size <= 8; offset++) {
			memset(got, 0xaa, sizeof(got));
			if (pread(u.device, got, size, bar.offset + NVME_CAP + offset) != size ||
			    memcmp(got, want + offset, size) || got[size] != 0xaa)
				break;
		}
		ok(offset + size > 8, "P1: reads of %u bytes at every offset", size);
	}
	is(result(pread(u.device, got, 16, bar.offset)), 16, "P1: a read of 16 bytes");
	ok(!memcmp(got, want, 8), "P1: begins with the same capabilities");
	vu_close(&u);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Row P1: the VGA region, of a VGA device whose BAR 0 is its memory. */

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

#define REGION_SIZE 0xc0000
#define MEMORY	    0xa0000
#define FRAME_SIZE  (16 * SZ_1M)
#define MISC	    0x3c2
#define SEQUENCER   0x3c4
#define GRAPHICS    0x3ce

static int64_t result(ssize_t n)
{
	return n < 0 ? -errno : n;
}

/* An index port and the data port behind it. */
static void set(int fd, uint64_t vga, unsigned int port, uint8_t index, uint8_t value)
{
	const uint8_t both[] = { index, value };

	is(pwrite(fd, both, 2, vga + port), 2, "P1: write register %u of port 0x%x", index, port);
}

static uint8_t get(int fd, uint64_t vga, unsigned int port, uint8_t index)
{
	uint8_t value = 0;

	need(pwrite(fd, &index, 1, vga + port) == 1 && pread(fd, &value, 1, vga + port + 1) == 1,
	     "P1: read register %u of port 0x%x", index, port);
	return value;
}

void check_vga(const struct check_args *args)
{
	static const char text[] = "sixteen letters.";
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vfio_region_info info, frame;
	uint8_t misc = 0x03; /* memory and color ports on */
	uint64_t vga;
	char got[16];
	void *addr;

	returns(vu_region_info(u.device, VFIO_PCI_VGA_REGION_INDEX, &info), 0,
		"P1: a VGA device has a VGA region");
	is(info.size, REGION_SIZE, "P1: up to the end of the legacy memory");
	is(info.flags, VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE,
	   "P1: to be read and written");
	need(!vu_region_info(u.device, VFIO_PCI_BAR0_REGION_INDEX, &frame), "P1: BAR 0");
	vga = info.offset;

	need(!vu_pci_command(u.device, 0, PCI_COMMAND_IO | PCI_COMMAND_MEMORY), "P5: turn all off");
	is(result(pread(u.device, got, 1, vga + MEMORY)), -EIO, "P5: memory that is off");
	is(result(pread(u.device, got, 1, vga + MISC)), -EIO, "P5: ports that are off");
	need(!vu_pci_command(u.device, PCI_COMMAND_IO, 0), "P5: turn the ports on");
	is(result(pread(u.device, got, 1, vga + MEMORY)), -EIO, "P5: memory is still off");
	is(result(pwrite(u.device, &misc, 1, vga + MISC)), 1, "P1: write a port");
	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0), "P5: turn memory on");

	set(u.device, vga, SEQUENCER, 2, 0x0f); /* all planes */
	set(u.device, vga, SEQUENCER, 4, 0x0e); /* one after the other */
	set(u.device, vga, GRAPHICS, 5, 0x40);
	set(u.device, vga, GRAPHICS, 6, 0x05); /* 64 KiB at 0xa0000 */
	is(get(u.device, vga, SEQUENCER, 4), 0x0e, "P1: a register keeps its value");

	is(pwrite(u.device, text, 16, vga + MEMORY), 16, "P1: write the memory");
	is(pread(u.device, got, 16, vga + MEMORY), 16, "P1: read the memory");
	ok(!memcmp(got, text, 16), "P1: it is what was written");
	is(pread(u.device, got, 16, frame.offset), 16, "P1: read BAR 0");
	ok(!memcmp(got, text, 16), "P1: it is the same memory");

	is(result(pread(u.device, got, 1, vga)), -EINVAL, "P1: there is nothing at its start");
	is(result(pread(u.device, got, 1, vga + MEMORY - 1)), -EINVAL, "P1: nor before memory");
	is(result(pread(u.device, got, 1, vga + 0x3bc)), -EINVAL, "P1: nor between the ports");
	is(result(pread(u.device, got, 1, vga + 0x3e0)), -EINVAL, "P1: nor behind them");
	is(result(pread(u.device, got, 1, vga + REGION_SIZE)), -EINVAL, "P1: nor behind the end");
	is(result(pread(u.device, got, 4, vga + 0x3ba)), 2, "P1: a read ends with its range");
	is(result(pread(u.device, got, 4, vga + REGION_SIZE - 1)), 1, "P1: or with the region");
	addr = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, u.device, vga + MEMORY);
	is(addr == MAP_FAILED ? -errno : 0, -EINVAL, "P1: the region cannot be mapped");
	vu_close(&u);
}

void check_framebuffer(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vfio_region_info info;
	volatile uint32_t *frame;

	returns(vu_region_info(u.device, VFIO_PCI_BAR0_REGION_INDEX, &info), 0, "P1: BAR 0");
	is(info.size, FRAME_SIZE, "P1: it has its size");
	ok(info.flags & VFIO_REGION_INFO_FLAG_MMAP, "P1: it can be mapped");
	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0), "P5: turn it on");
	frame = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, u.device, info.offset);
	need(frame != MAP_FAILED, "P1: mmap");
	frame[0] = 0x12345678;
	frame[FRAME_SIZE / 4 - 1] = 0x9abcdef0;
	is(frame[0], 0x12345678, "P1: its first word is memory");
	is(frame[FRAME_SIZE / 4 - 1], 0x9abcdef0, "P1: and so is its last");
	munmap((void *)frame, info.size);
	vu_close(&u);
}

/* The same with the module parameter disable_vga. */
void check_no_vga(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vfio_region_info info;
	uint8_t value;

	returns(vu_region_info(u.device, VFIO_PCI_VGA_REGION_INDEX, &info), -EINVAL,
		"P1: no VGA region");
	need(!vu_region_info(u.device, VFIO_PCI_BAR0_REGION_INDEX, &info), "P1: BAR 0");
	need(!vu_pci_command(u.device, PCI_COMMAND_IO | PCI_COMMAND_MEMORY, 0), "P5: turn all on");
	is(result(pread(u.device, &value, 1, info.offset)), 1, "P1: the BARs work");
	is(result(pread(u.device, &value, 1, ((uint64_t)VFIO_PCI_VGA_REGION_INDEX << 40) + MEMORY)),
	   -EINVAL, "P1: the legacy memory does not");
	vu_close(&u);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows P1, P3 and P4: devices that are not as the standard has them, which the module
 * vfio_test_device makes of devices that are.
 */

#include <errno.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "edu.h"
#include "pci_user.h"

#define BAR0 VFIO_PCI_BAR0_REGION_INDEX
#define INTX VFIO_PCI_INTX_IRQ_INDEX
#define MSI  VFIO_PCI_MSI_IRQ_INDEX

#define ROUNDS 20

static uint32_t intx_count(int device)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = INTX };

	need(!vu_ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info), "P3: interrupt info");
	return info.count;
}

/* Has the device itself INTx disabled? */
static bool intx_is_off(const char *address)
{
	uint8_t config[PCI_STD_HEADER_SIZEOF];

	need(pci_host_config(address, config, sizeof(config)) == sizeof(config), "host's view");
	return config[PCI_COMMAND + 1] & (PCI_COMMAND_INTX_DISABLE >> 8);
}

/* A device whose status never says that it raised INTx. */
void check_intx_hidden(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	int32_t event = event_new();

	is(intx_count(u.device), 0, "P3: a device whose INTx status lies has no INTx");
	is(pci_config_get(u.device, PCI_INTERRUPT_PIN, 1), 0, "P3: nor a pin for it");
	returns(pci_set_triggers(u.device, INTX, 0, 1, &event), -EINVAL,
		"P3: and none can be set up");
	ok(intx_is_off(args->device), "P3: the device's INTx is off");
	vu_pci_command(u.device, 0, PCI_COMMAND_INTX_DISABLE);
	ok(intx_is_off(args->device), "P3: and the user cannot turn it on");
	returns(pci_set_triggers(u.device, MSI, 0, 1, &event), 0, "P3: it has MSI");
	returns(pci_irqs_off(u.device, MSI), 0, "P3: MSI off");
	ok(intx_is_off(args->device), "P3: which does not turn INTx on");
	vu_close(&u);
	close(event);
}

/* A device that cannot mask INTx, an edu; the second one shares its line. */
void check_intx_line(const struct check_args *args)
{
	struct check_args second = { .group = args->group2, .device = args->device2 };
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vu other = need_open(&second, VFIO_TYPE1v2_IOMMU);
	int32_t event = event_new(), other_event = event_new();
	int round, exact = 0;
	struct edu edu;

	need(!edu_open(&edu, u.device), "P1: BAR 0 of edu");
	is(intx_count(u.device), 1, "P3: a device that cannot mask INTx has it");
	ok(intx_is_off(args->device), "P3: it is off while there is no handler");

	returns(pci_set_triggers(u.device, INTX, 0, 1, &event), 0, "P3: INTx by eventfd");
	ok(!intx_is_off(args->device), "P3: it is on");
	edu_raise(&edu, 1);
	is(event_wait(event), 1, "P3: edu raises INTx, and the eventfd is signalled");
	for (round = 0; round < ROUNDS; round++) {
		pci_set_irqs(u.device, INTX, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK, 0,
			     1, NULL);
		exact += event_wait(event) == 1;
	}
	is(exact, ROUNDS, "P3: each unmask of a raised line gives one signal");
	edu_acknowledge(&edu, 1);

	returns(pci_set_triggers(other.device, INTX, 0, 1, &other_event), -EBUSY,
		"P3: its line cannot be shared");
	returns(pci_irqs_off(u.device, INTX), 0, "P3: INTx off");
	ok(intx_is_off(args->device), "P3: it is off without a handler");
	returns(pci_set_triggers(other.device, INTX, 0, 1, &other_event), 0,
		"P3: the line is free for the other device");
	returns(pci_set_triggers(u.device, INTX, 0, 1, &event), -EBUSY, "P3: which keeps it");
	edu_raise(&edu, 1);
	ok(intx_is_off(args->device), "P3: what raises INTx without a handler has it off");
	edu_acknowledge(&edu, 1);
	returns(pci_set_triggers(u.device, MSI, 0, 1, &event), 0, "P3: MSI by eventfd");
	returns(pci_irqs_off(u.device, MSI), 0, "P3: MSI off");
	ok(intx_is_off(args->device), "P3: does not turn INTx on");
	edu_close(&edu);
	vu_close(&other);
	vu_close(&u);
	close(event);
	close(other_event);
}

/* A device whose memory decoding has no switch, as that of virtual functions; an edu. */
void check_always_decodes(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	volatile uint32_t *page;
	struct vfio_region_info bar;

	need(!vu_region_info(u.device, BAR0, &bar), "P1: region info");
	page = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, u.device, bar.offset);
	need(page != MAP_FAILED, "P1: map BAR 0");
	is(page[EDU_ID / 4], EDU_ID_VALUE, "P1: the BAR answers");
	returns(vu_pci_command(u.device, 0, PCI_COMMAND_MEMORY), 0,
		"P1: the user turns memory decoding off, which only seems to be possible");
	is(pci_config_get(u.device, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY, 0,
	   "P2: as he reads it, it is off");
	is(pci_get(u.device, BAR0, EDU_ID, 4), EDU_ID_VALUE, "P1: the BAR answers all the same");
	is(page[EDU_ID / 4], EDU_ID_VALUE, "P1: also where it is mapped");
	munmap((void *)page, SZ_4K);
	vu_close(&u);
}

/* A ROM without a signature. */
void check_rom_invalid(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vfio_region_info rom;
	int64_t done = 0;
	uint64_t i, other = 0;
	uint8_t *image;
	int round;

	need(!vu_region_info(u.device, VFIO_PCI_ROM_REGION_INDEX, &rom) && rom.size, "P1: a ROM");
	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0), "P1: turn on memory decoding");
	image = malloc(rom.size);
	need(image, "memory");
	for (round = 0; round < 4; round++)
		done += pci_read(u.device, VFIO_PCI_ROM_REGION_INDEX, 0, image, rom.size);
	is(done, 4 * rom.size, "P1: a ROM without images can be read");
	for (i = 0; i < rom.size; i++)
		other += image[i] != 0xff;
	is(other, 0, "P1: and reads as an empty one");
	free(image);
	vu_close(&u);
}

/* The device does not answer any more; it is an NVMe, and stays away. */
void check_gone(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	unsigned int express = pci_find_cap(u.device, PCI_CAP_ID_EXP);
	char command[256];

	need(express, "P2: PCI Express");
	snprintf(command, sizeof(command), "insmod %s/vfio_test_device.ko address=%s gone=1",
		 getenv("VFIOTOP_BUILT"), args->device);
	need(!system(command), "%s", command);

	returns(vu_ioctl(u.device, VFIO_DEVICE_RESET, NULL), -EIO,
		"P4: the reset of a device that is gone is refused");
	pci_config_set(u.device, express + PCI_EXP_DEVCTL, 2, PCI_EXP_DEVCTL_BCR_FLR);
	ok(true, "P4: so is that through its config space");
	vu_close(&u);
	ok(vu_open(&u, args->group, args->device, VFIO_TYPE1v2_IOMMU) < 0,
	   "P4: a device that is gone does not open");
}

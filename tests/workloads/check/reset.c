// SPDX-License-Identifier: GPL-2.0-only
/* Row P4: a function reset, by ioctl and between users, resets the device and no more. */

#include <errno.h>
#include <linux/pci_regs.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "pci_user.h"

#define BAR0 VFIO_PCI_BAR0_REGION_INDEX

#define NVME_ID	  0x00101b36U
#define E1000E_ID 0x10d38086U

/* A value that reset does not leave there. */
#define MARK 0x00460000U

/**
 * struct scratch - a register of BAR 0 that keeps what is written until reset
 * @id: of the device
 * @reg: offset
 * @fixed: offset of another register, the same always
 */
struct scratch {
	uint32_t id;
	uint32_t reg;
	uint32_t fixed;
};

static const struct scratch scratches[] = {
	/* The controller's configuration, its capabilities. */
	{ NVME_ID, 0x14, 0x00 },
	/* The first receive address, the status. */
	{ E1000E_ID, 0x5400, 0x08 },
};

static const struct scratch *need_scratch(int device)
{
	uint32_t id = pci_config_get(device, PCI_VENDOR_ID, 4);
	size_t i;

	for (i = 0; i < sizeof(scratches) / sizeof(scratches[0]); i++)
		if (scratches[i].id == id)
			return &scratches[i];
	need(false, "P4: a device with a register that is known");
	return NULL;
}

static void memory_on(int device)
{
	need(!vu_pci_command(device, PCI_COMMAND_MEMORY, 0), "P1: turn on the BAR");
}

static int reset(int device)
{
	return vu_ioctl(device, VFIO_DEVICE_RESET, NULL);
}

/* Does what a driver does, and dies without undoing any of it. */
static int make_a_mess(const void *arg)
{
	const struct check_args *args = arg;
	int32_t event = event_new();
	uint32_t command;
	struct vu u;

	if (vu_open(&u, args->group, args->device, VFIO_TYPE1v2_IOMMU) ||
	    vu_pci_command(u.device, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0) ||
	    pci_set(u.device, BAR0, need_scratch(u.device)->reg, 4, MARK) ||
	    pci_set_triggers(u.device, VFIO_PCI_MSIX_IRQ_INDEX, 0, 1, &event))
		return 1;
	command = pci_config_get(u.device, PCI_COMMAND, 2);
	pci_config_set(u.device, PCI_COMMAND, 2, command | PCI_COMMAND_INTX_DISABLE);
	raise(SIGKILL);
	return 2;
}

static void by_ioctl(const struct check_args *args, struct vu *u, const struct scratch *s,
		     uint32_t pristine)
{
	uint8_t host[PCI_CFG_SPACE_SIZE], before[PCI_CFG_SPACE_EXP_SIZE];
	uint8_t after[PCI_CFG_SPACE_EXP_SIZE];
	struct vfio_region_info bar, config;
	volatile uint32_t *memory;
	int32_t event = event_new();
	uint32_t fixed;
	unsigned int msix;
	int round, right = 0;

	need(!vu_region_info(u->device, BAR0, &bar), "P1: region info");
	need(!vu_region_info(u->device, VFIO_PCI_CONFIG_REGION_INDEX, &config), "P1: region info");
	memory = mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, u->device, bar.offset);
	need(memory != MAP_FAILED, "P1: map BAR 0");
	fixed = memory[s->fixed / 4];
	returns(pci_set_triggers(u->device, VFIO_PCI_MSIX_IRQ_INDEX, 0, 1, &event), 0, "P3: MSI-X");
	pci_read(u->device, VFIO_PCI_CONFIG_REGION_INDEX, 0, before, config.size);

	returns(pci_set(u->device, BAR0, s->reg, 4, MARK), 0, "P4: write a register");
	is(pci_get(u->device, BAR0, s->reg, 4), MARK, "P4: it keeps it");
	returns(reset(u->device), 0, "P4: reset by ioctl");
	is(pci_get(u->device, BAR0, s->reg, 4), pristine, "P4: resets the register");
	is(memory[s->fixed / 4], fixed, "P4: the BAR works through its old mapping");
	pci_read(u->device, VFIO_PCI_CONFIG_REGION_INDEX, 0, after, config.size);
	ok(!memcmp(before, after, config.size), "P4: config space is what it was");
	msix = pci_find_cap(u->device, PCI_CAP_ID_MSIX);
	need(pci_host_config(args->device, host, sizeof(host)) == sizeof(host), "P2: host's view");
	ok(host[msix + PCI_MSIX_FLAGS + 1] & (PCI_MSIX_FLAGS_ENABLE >> 8), "P4: MSI-X is on still");

	for (round = 0; round < 10; round++) {
		pci_set(u->device, BAR0, s->reg, 4, MARK + (round << 20));
		right += !reset(u->device) && pci_get(u->device, BAR0, s->reg, 4) == pristine &&
			 memory[s->fixed / 4] == fixed;
	}
	is(right, 10, "P4: ten more resets");

	vu_pci_command(u->device, 0, PCI_COMMAND_MEMORY);
	returns(reset(u->device), 0, "P4: reset with memory decoding off");
	ok(pci_read(u->device, BAR0, s->fixed, &fixed, 4) < 0, "P4: does not turn it on");
	memory_on(u->device);
	is(pci_get(u->device, BAR0, s->reg, 4), pristine, "P4: the user does");
	munmap((void *)memory, SZ_4K);
	close(event);
}

static void asleep(struct vu *u, const struct scratch *s, uint32_t pristine)
{
	unsigned int control = pci_find_cap(u->device, PCI_CAP_ID_PM);
	uint32_t value;

	need(control, "P2: power management");
	control += PCI_PM_CTRL;
	returns(pci_config_set(u->device, control, 2, 3), 0, "P4: the user chooses D3hot");
	returns(pci_read(u->device, BAR0, s->fixed, &value, 4), -EIO, "P4: the BAR is off");
	returns(reset(u->device), 0, "P4: reset of a device that sleeps");
	if (stock_modules()) {
		skip("the stock driver leaves it asleep", "P4: wakes it up");
		pci_config_set(u->device, control, 2, 0);
	} else {
		is(pci_config_get(u->device, control, 2) & PCI_PM_CTRL_STATE_MASK, 0,
		   "P4: wakes it up");
	}
	is(pci_get(u->device, BAR0, s->reg, 4), pristine, "P4: its BAR works");
}

void check_reset(const struct check_args *args)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	const struct scratch *s = need_scratch(u.device);
	uint32_t pristine;

	need(!vu_ioctl(u.device, VFIO_DEVICE_GET_INFO, &info), "P1: GET_INFO");
	ok(info.flags & VFIO_DEVICE_FLAGS_RESET, "P4: the device says that it can be reset");
	memory_on(u.device);
	pristine = pci_get(u.device, BAR0, s->reg, 4);
	ok(pristine != MARK, "P4: the register is as after a reset when the device is opened");
	by_ioctl(args, &u, s, pristine);
	asleep(&u, s, pristine);
	returns(pci_set(u.device, BAR0, s->reg, 4, MARK), 0, "P4: write a register and close");
	vu_close(&u);

	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	memory_on(u.device);
	is(pci_get(u.device, BAR0, s->reg, 4), pristine, "P4: the next user does not see it");
	vu_close(&u);
	is(status_of(spawn(make_a_mess, args)), 128 + SIGKILL, "P4: a user is killed in its work");
	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	is(pci_config_get(u.device, PCI_COMMAND, 2) &
		   (PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE),
	   0, "P4: the next one finds bus mastering off");
	memory_on(u.device);
	is(pci_get(u.device, BAR0, s->reg, 4), pristine, "P4: and the register as after a reset");
	vu_close(&u);
}

/* Leaves the device to its next driver in the middle of its work. */
void check_mess(const struct check_args *args)
{
	is(status_of(spawn(make_a_mess, args)), 128 + SIGKILL, "P4: a user is killed in its work");
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Row P4: errors that a device reports. QEMU makes its virtio device report them when
 * its monitor, which is behind $MONITOR, is told to.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "pci_user.h"

/* Registers of a virtio device's common configuration, at the start of its BAR 4. */
#define QUEUES 0x12
#define STATUS 0x14 /* 0 after a reset */

#define NON_FATAL "0x4000" /* completion timeout */
#define FATAL	  "0x10"   /* data link protocol */

#define TIMEOUT_MS 120000

static void inject(const char *error)
{
	const char *path = getenv("MONITOR");
	int fd = path ? open(path, O_WRONLY | O_CLOEXEC) : -1;

	need(fd >= 0 && dprintf(fd, "pcie_aer_inject_error aer %s\n", error) > 0,
	     "write to QEMU's monitor");
	close(fd);
}

/* How often the eventfd was signalled, once it was. */
static int64_t signals(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	uint64_t count;

	if (poll(&poller, 1, TIMEOUT_MS) != 1 || read(fd, &count, sizeof(count)) != sizeof(count))
		return -1;
	return count;
}

/* A register, once the device answers; -errno if it never does. */
static int64_t answer(int device, uint64_t pos)
{
	uint16_t value;
	int tries;

	for (tries = 0; tries < TIMEOUT_MS; tries++) {
		if (pread(device, &value, sizeof(value), pos) == sizeof(value))
			return value;
		if (errno != EIO)
			break;
		usleep(1000);
	}
	return -errno;
}

static uint16_t command_of(int device)
{
	struct vfio_region_info config;
	uint16_t command = 0;

	need(!vu_region_info(device, VFIO_PCI_CONFIG_REGION_INDEX, &config) &&
		     pread(device, &command, 2, config.offset + PCI_COMMAND) == 2,
	     "P1: read config space");
	return command;
}

void check_aer(const struct check_args *args)
{
	const uint16_t wanted = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	int errors = eventfd(0, EFD_CLOEXEC), vector = eventfd(0, EFD_CLOEXEC);
	const uint8_t acknowledge = 1;
	volatile uint16_t *regs;
	struct vfio_region_info bar;

	need(!vu_region_info(u.device, VFIO_PCI_BAR4_REGION_INDEX, &bar) &&
		     !vu_pci_command(u.device, wanted, 0),
	     "P1: BAR 4");
	regs = mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, u.device, bar.offset);
	need(regs != MAP_FAILED, "P1: map BAR 4");
	is(regs[QUEUES / 2], 1, "P1: the device has one queue");
	returns(pci_set_triggers(u.device, VFIO_PCI_MSIX_IRQ_INDEX, 0, 1, &vector), 0,
		"P3: set up MSI-X");
	returns(pci_set_triggers(u.device, VFIO_PCI_ERR_IRQ_INDEX, 0, 1, &errors), 0,
		"P3: an eventfd for errors of the device");
	need(pwrite(u.device, &acknowledge, 1, bar.offset + STATUS) == 1, "P1: write BAR 4");

	inject(NON_FATAL);
	is(signals(errors), 1, "P4: a non-fatal error signals it");
	is(answer(u.device, bar.offset + STATUS), acknowledge, "P4: and resets nothing");

	inject(FATAL);
	is(signals(errors), 1, "P4: a fatal error signals it");
	is(answer(u.device, bar.offset + STATUS), 0, "P4: after which the device is reset");
	is(answer(u.device, bar.offset + QUEUES), 1, "P4: and works, its BARs where they were");
	is(regs[QUEUES / 2], 1, "P4: also through the old mapping");
	is(command_of(u.device) & wanted, wanted, "P4: its command register is the user's");
	returns(pci_set_triggers(u.device, VFIO_PCI_MSIX_IRQ_INDEX, 0, 1, &vector), 0,
		"P3: so is MSI-X");

	munmap((void *)regs, SZ_4K);
	vu_close(&u);
	close(errors);
	close(vector);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Row P4: power states, of a device that is idle and by the user's will. */

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

#define D0    0
#define D3HOT 3

/* Is a sysfs attribute of the device what it should be? */
static bool attribute_is(const struct check_args *args, const char *attribute, const char *want)
{
	char path[128], value[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", args->device, attribute);
	f = fopen(path, "re");
	need(f, "open %s", path);
	if (!fgets(value, sizeof(value), f))
		value[0] = 0;
	fclose(f);
	value[strcspn(value, "\n")] = 0;
	if (strcmp(value, want))
		note("%s is %s", attribute, value);
	return !strcmp(value, want);
}

static uint32_t config_get(int device, uint64_t pos, size_t width)
{
	uint32_t value = 0;

	need(pread(device, &value, width, pos) == (ssize_t)width, "P2: read config space");
	return value;
}

static unsigned int find_capability(int device, uint64_t config, uint8_t id)
{
	unsigned int pos = config_get(device, config + PCI_CAPABILITY_LIST, 1);

	while (pos && config_get(device, config + pos, 1) != id)
		pos = config_get(device, config + pos + PCI_CAP_LIST_NEXT, 1);
	return pos;
}

void check_power(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vfio_region_info bar, config;
	volatile uint32_t *regs;
	unsigned int control;
	uint32_t value, status;
	uint16_t state;

	ok(attribute_is(args, "power/runtime_status", "active"), "P4: an open device is in use");
	ok(attribute_is(args, "power_state", "D0"), "P4: and in full power");

	need(!vu_region_info(u.device, VFIO_PCI_BAR0_REGION_INDEX, &bar) &&
		     !vu_region_info(u.device, VFIO_PCI_CONFIG_REGION_INDEX, &config) &&
		     !vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0),
	     "P1: BAR 0");
	control = find_capability(u.device, config.offset, PCI_CAP_ID_PM);
	need(control, "P2: find the power management capability");
	control += PCI_PM_CTRL;
	regs = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, u.device, bar.offset);
	need(regs != MAP_FAILED, "P1: map BAR 0");
	status = regs[2];

	state = D3HOT;
	is(pwrite(u.device, &state, 2, config.offset + control), 2, "P4: the user chooses D3hot");
	is(config_get(u.device, config.offset + control, 2) & PCI_PM_CTRL_STATE_MASK, D3HOT,
	   "P4: and sees it");
	ok(attribute_is(args, "power_state", "D3hot"), "P4: so does the kernel");
	is(pread(u.device, &value, 4, bar.offset) < 0 ? -errno : 0, -EIO,
	   "P4: a BAR of a device that sleeps does not answer");
	state = D0;
	is(pwrite(u.device, &state, 2, config.offset + control), 2, "P4: the user chooses D0");
	is(config_get(u.device, config.offset + control, 2) & PCI_PM_CTRL_STATE_MASK, D0,
	   "P4: and sees it");
	ok(attribute_is(args, "power_state", "D0"), "P4: so does the kernel");
	is(regs[2], status, "P4: the BAR works again through its old mapping");

	state = D3HOT;
	is(pwrite(u.device, &state, 2, config.offset + control), 2, "P4: D3hot at close");
	munmap((void *)regs, SZ_4K);
	vu_close(&u);
	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	ok(attribute_is(args, "power_state", "D0"), "P4: is D0 for the next user");
	vu_close(&u);
}

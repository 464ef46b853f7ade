// SPDX-License-Identifier: GPL-2.0-only
/* Row P4: power states, of a device that is idle and by the user's will. */

#include <errno.h>
#include <linux/pci_regs.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "pci_user.h"

#define D0    0
#define D3HOT 3

/* A sysfs attribute of the device. */
static void attribute_get(const struct check_args *args, const char *attribute, char value[32])
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", args->device, attribute);
	f = fopen(path, "re");
	need(f, "open %s", path);
	if (!fgets(value, 32, f))
		value[0] = 0;
	fclose(f);
	value[strcspn(value, "\n")] = 0;
}

/* Is it what it should be? */
static bool attribute_is(const struct check_args *args, const char *attribute, const char *want)
{
	char value[32];

	attribute_get(args, attribute, value);
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

/* --- Low power while the device is open ------------------------------------------- */

#define STATUS_REG 2

/* Bounds a test that fails. */
#define PATIENCE_MS 20000

#define ENTRY  VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY
#define WAKEUP VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP
#define EXIT   VFIO_DEVICE_FEATURE_LOW_POWER_EXIT
#define SET    VFIO_DEVICE_FEATURE_SET
#define GET    VFIO_DEVICE_FEATURE_GET
#define PROBE  VFIO_DEVICE_FEATURE_PROBE

static int feature(int device, uint32_t flags)
{
	struct vfio_device_feature feature = { .argsz = sizeof(feature), .flags = flags };

	return vu_ioctl(device, VFIO_DEVICE_FEATURE, &feature);
}

static int enter_with_wakeup(int device, int32_t fd, uint32_t argsz)
{
	struct {
		struct vfio_device_feature head;
		struct vfio_device_low_power_entry_with_wakeup entry;
	} request = {
		.head = { .argsz = argsz, .flags = WAKEUP | SET },
		.entry = { .wakeup_eventfd = fd },
	};

	return vu_ioctl(device, VFIO_DEVICE_FEATURE, &request);
}

#define ENTER_SIZE                            \
	(sizeof(struct vfio_device_feature) + \
	 sizeof(struct vfio_device_low_power_entry_with_wakeup))

/* The device is suspended some time after it may be. */
static bool gets_suspended(const struct check_args *args)
{
	char value[32];
	int left;

	for (left = PATIENCE_MS / 10; left; left--) {
		attribute_get(args, "power/runtime_status", value);
		if (!strcmp(value, "suspended"))
			return attribute_is(args, "power_state", "D3hot");
		usleep(10000);
	}
	return attribute_is(args, "power/runtime_status", "suspended");
}

static int touch(const void *arg)
{
	return ((const volatile uint32_t *)arg)[STATUS_REG] == 0xffffffff;
}

/* How a child ends that reads a mapped register. */
static int touched(volatile uint32_t *regs)
{
	return status_of(spawn(touch, (const void *)regs));
}

static uint32_t bar_get(int device, const struct vfio_region_info *bar)
{
	uint32_t value = 0;

	need(pread(device, &value, 4, bar->offset + 4 * STATUS_REG) == 4, "P1: read a register");
	return value;
}

static void refused(int device, int32_t event)
{
	returns(feature(device, ENTRY | PROBE | SET), 0, "P4: there is low power entry");
	returns(feature(device, WAKEUP | PROBE | SET), 0, "P4: with wake-up, too");
	returns(feature(device, EXIT | PROBE | SET), 0, "P4: and exit");
	returns(feature(device, ENTRY | PROBE), 0, "P4: probed without a method");
	returns(feature(device, ENTRY | PROBE | GET), -EINVAL, "P4: none of them can be read");
	returns(feature(device, ENTRY | GET), -EINVAL, "P4: really");
	ok(feature(device, ENTRY | GET | SET) < 0, "P4: two methods are refused");
	returns(enter_with_wakeup(device, event, ENTER_SIZE - 1), -EINVAL,
		"P4: wake-up without room for its eventfd is refused");
	ok(enter_with_wakeup(device, -1, ENTER_SIZE) < 0, "P4: so is no eventfd");
	ok(enter_with_wakeup(device, 1000, ENTER_SIZE) < 0, "P4: and a bad one");
}

void check_low_power(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	int32_t event = event_new(), vector = event_new();
	struct vfio_region_info bar;
	volatile uint32_t *regs;
	uint8_t host[PCI_CFG_SPACE_SIZE];
	unsigned int msix;
	uint32_t status;

	need(!vu_region_info(u.device, VFIO_PCI_BAR0_REGION_INDEX, &bar) &&
		     !vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0),
	     "P1: BAR 0");
	need(!pci_set_triggers(u.device, VFIO_PCI_MSIX_IRQ_INDEX, 0, 1, &vector), "P3: MSI-X");
	regs = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, u.device, bar.offset);
	need(regs != MAP_FAILED, "P1: map BAR 0");
	status = regs[STATUS_REG];
	refused(u.device, event);
	is(touched(regs), 0, "P4: after all that was refused a mapped register can be read");

	returns(feature(u.device, ENTRY | SET), 0, "P4: the user allows low power");
	returns(feature(u.device, ENTRY | SET), -EINVAL, "P4: but once at a time");
	ok(gets_suspended(args), "P4: the device is suspended while it is open");
	is(touched(regs), 128 + SIGBUS, "P4: its mapped registers are not there");
	ok(gets_suspended(args), "P4: and it is not woken by that");
	is(bar_get(u.device, &bar), status, "P4: a read wakes it");
	ok(gets_suspended(args), "P4: for as long as it takes");
	need(pci_host_config(args->device, host, sizeof(host)) > 0, "P2: the host's view");
	ok(gets_suspended(args), "P4: so does the host");
	returns(feature(u.device, EXIT | SET), 0, "P4: the user ends it");
	ok(attribute_is(args, "power/runtime_status", "active"), "P4: the device is in use");
	is(touched(regs), 0, "P4: its mapped registers are there");
	is(regs[STATUS_REG], status, "P4: and right");
	msix = pci_find_cap(u.device, PCI_CAP_ID_MSIX);
	need(pci_host_config(args->device, host, sizeof(host)) == sizeof(host), "host's view");
	ok(host[msix + PCI_MSIX_FLAGS + 1] & (PCI_MSIX_FLAGS_ENABLE >> 8), "P4: MSI-X is on still");
	returns(feature(u.device, EXIT | SET), 0, "P4: to end it twice does no harm");

	returns(enter_with_wakeup(u.device, event, ENTER_SIZE), 0, "P4: low power with wake-up");
	ok(gets_suspended(args), "P4: the device is suspended");
	is(event_count(event), 0, "P4: nothing is signalled");
	is(bar_get(u.device, &bar), status, "P4: a read wakes it");
	is(event_wait(event), 1, "P4: that is signalled");
	ok(attribute_is(args, "power/runtime_status", "active"), "P4: it stays in use");
	is(touched(regs), 0, "P4: its mapped registers are there");
	returns(feature(u.device, EXIT | SET), 0, "P4: the user need not end it");
	returns(enter_with_wakeup(u.device, event, ENTER_SIZE), 0, "P4: low power with wake-up");
	ok(gets_suspended(args), "P4: the device is suspended");
	returns(feature(u.device, EXIT | SET), 0, "P4: the user ends it");
	is(event_count(event), 1, "P4: which is signalled as well");

	returns(pci_config_set(u.device, pci_find_cap(u.device, PCI_CAP_ID_PM) + PCI_PM_CTRL, 2,
			       D3HOT),
		0, "P4: the user chooses D3hot");
	returns(feature(u.device, ENTRY | SET), 0, "P4: and then low power");
	ok(gets_suspended(args), "P4: the device is suspended");
	is(bar_get(u.device, &bar), status, "P4: it comes back in D0");
	ok(gets_suspended(args), "P4: the device is suspended");
	munmap((void *)regs, SZ_4K);
	vu_close(&u);

	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0), "P1: BAR 0");
	is(bar_get(u.device, &bar), status, "P4: a device that was closed in low power works");
	ok(attribute_is(args, "power/runtime_status", "active"), "P4: and is in use");
	vu_close(&u);
	close(event);
	close(vector);
}

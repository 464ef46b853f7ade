// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's devices; see model_device.h. Written from the ABI, not from the modules. */

#include "model_device.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "model_emulated.h"
#include "vfio_user.h"

#define NO_IRQS (-1)

bool model_device_is_edu(const struct model_machine *machine, uint64_t group)
{
	static const uint8_t edu[] = { 0x34, 0x12, 0xe8, 0x11 };

	return !memcmp(machine->config[group], edu, sizeof(edu));
}

void model_device_open(struct model_device *device, const struct model_machine *machine,
		       uint64_t group)
{
	*device = (struct model_device){
		.memory = machine->config[group][PCI_COMMAND] & PCI_COMMAND_MEMORY,
		.ports = machine->config[group][PCI_COMMAND] & PCI_COMMAND_IO,
		.irqs = NO_IRQS,
	};
}

/* --- What a device tells ------------------------------------------------------------ */

static int64_t device_info(const struct model *m, int group, uint32_t argsz, struct answer *answer)
{
	const struct vfio_device_info *info = &m->machine->device[group];

	if (argsz < offsetof(struct vfio_device_info, cap_offset))
		return -EINVAL;
	answer_word(answer, info->flags);
	answer_word(answer, info->num_regions);
	answer_word(answer, info->num_irqs);
	return 0;
}

static int64_t region_info(const struct model *m, int group, uint32_t index, uint32_t argsz,
			   struct answer *answer)
{
	const struct vfio_region_info *info;

	if (argsz < sizeof(*info) || index >= m->machine->device[group].num_regions)
		return -EINVAL;
	info = &m->machine->regions[group][index];
	if (!info->argsz)
		return -EINVAL;
	answer_word(answer, info->flags);
	answer_word(answer, info->size);
	answer_word(answer, info->offset);
	return 0;
}

static int64_t irq_info(const struct model *m, int group, uint32_t index, uint32_t argsz,
			struct answer *answer)
{
	const struct vfio_irq_info *info;

	if (argsz < sizeof(*info) || index >= m->machine->device[group].num_irqs)
		return -EINVAL;
	info = &m->machine->irqs[group][index];
	if (!info->argsz)
		return -EINVAL;
	answer_word(answer, info->flags);
	answer_word(answer, info->count);
	return 0;
}

/* --- Regions ------------------------------------------------------------------------- */

/* A region that has bytes, or NULL. */
static const struct vfio_region_info *region_of(const struct model *m, int group, uint64_t index)
{
	const struct vfio_region_info *info;

	if (index >= m->machine->device[group].num_regions)
		return NULL;
	info = &m->machine->regions[group][index];
	return info->argsz && info->size ? info : NULL;
}

/* What a write of configuration space changes of what can be told. */
static void config_written(struct model *m, int group, const uint64_t *arg)
{
	uint64_t at = PCI_COMMAND - arg[REGION_OFFSET], value;
	struct model_device *device = &m->groups[group].device;

	if (arg[REGION_OFFSET] + arg[REGION_SIZE] > PCI_STD_HEADER_SIZEOF &&
	    !model_device_is_edu(m->machine, group))
		device->vague = true;
	if (at >= arg[REGION_SIZE])
		return;
	value = at < sizeof(value) ? arg[REGION_VALUE] >> at * 8 : 0;
	device->memory = value & PCI_COMMAND_MEMORY;
	device->ports = value & PCI_COMMAND_IO;
}

static int64_t config_access(struct model *m, int group, const struct call *call, uint64_t all,
			     struct answer *answer)
{
	uint64_t offset = call->arg[REGION_OFFSET], size = call->arg[REGION_SIZE], value = 0;

	if (offset > all || size > all - offset)
		return -EFAULT;
	if (call->kind == CALL_REGION_WRITE) {
		config_written(m, group, call->arg);
	} else if (offset + size <= PCI_COMMAND) {
		/* Only the identity of a device never changes. */
		memcpy(&value, m->machine->config[group] + offset, size);
		answer_word(answer, value);
	}
	return (int64_t)size;
}

/* Does the device answer at a region? */
static bool decodes(const struct model *m, int group, uint32_t region)
{
	const uint8_t *bars = m->machine->config[group] + PCI_BASE_ADDRESS_0;
	const struct model_device *device = &m->groups[group].device;

	if (region < VFIO_PCI_ROM_REGION_INDEX && bars[region * 4] & PCI_BASE_ADDRESS_SPACE_IO)
		return device->ports;
	return device->memory;
}

static int64_t region_access(struct model *m, int group, const struct call *call,
			     struct answer *answer)
{
	uint64_t offset = call->arg[REGION_OFFSET], size = call->arg[REGION_SIZE];
	const struct vfio_region_info *region = region_of(m, group, call->arg[REGION_INDEX]);

	if (!region) {
		/* Of a ROM that is a copy in memory: docs/abi.md. */
		if (m->machine->stock && call->arg[REGION_INDEX] == VFIO_PCI_ROM_REGION_INDEX)
			answer->or_else = -ENOMEM;
		return -EINVAL;
	}
	if (region->index == VFIO_PCI_CONFIG_REGION_INDEX)
		return config_access(m, group, call, region->size, answer);
	if (region->index == VFIO_PCI_VGA_REGION_INDEX) {
		/* It has holes, which the suites of vfio-pci know. */
		answer->anything = true;
		return 0;
	}
	if (offset >= region->size)
		return -EINVAL;
	if (call->kind == CALL_REGION_WRITE && !(region->flags & VFIO_REGION_INFO_FLAG_WRITE))
		return -EINVAL;
	if (!decodes(m, group, region->index)) {
		/* Stock asks the ports, and what is in front of a table or a ROM: docs/abi.md. */
		answer->anything = m->machine->stock && region->index;
		return -EIO;
	}
	if (m->groups[group].device.vague)
		answer->or_else = -EIO;
	return (int64_t)(size < region->size - offset ? size : region->size - offset);
}

bool model_device_answers(const struct model_device *device)
{
	return device->memory && !device->low_power;
}

/* mmap(), and whether the mapping can be read. */
static int64_t region_map(const struct model *m, int group, const uint64_t *arg,
			  struct answer *answer)
{
	const struct model_device *device = &m->groups[group].device;
	uint64_t offset = arg[REGION_OFFSET], size = arg[REGION_SIZE];
	const struct vfio_region_info *region = region_of(m, group, arg[REGION_INDEX]);

	if (!size || !region || !(region->flags & VFIO_REGION_INFO_FLAG_MMAP))
		return -EINVAL;
	size = (size + SZ_4K - 1) & -SZ_4K;
	if (offset > region->size || size > region->size - offset)
		return -EINVAL;
	answer->anything = device->vague;
	answer_word(answer, model_device_answers(device) ? 0 : (uint64_t)-EFAULT);
	return 0;
}

/* --- Interrupts ---------------------------------------------------------------------- */

#define ACTION_MASK    VFIO_IRQ_SET_ACTION_MASK
#define ACTION_UNMASK  VFIO_IRQ_SET_ACTION_UNMASK
#define ACTION_TRIGGER VFIO_IRQ_SET_ACTION_TRIGGER
#define DATA_NONE      VFIO_IRQ_SET_DATA_NONE
#define DATA_EVENTFD   VFIO_IRQ_SET_DATA_EVENTFD

/* The eventfds of a request are all there, and its bytes are not 0. */
static int64_t set_intx(struct model_device *device, uint32_t flags, uint32_t count, bool off)
{
	bool enabled = device->irqs == VFIO_PCI_INTX_IRQ_INDEX;

	if (enabled && off) {
		device->irqs = NO_IRQS;
		device->unmasker = false;
		return 0;
	}
	if (!count)
		return -EINVAL;
	if (flags == (ACTION_TRIGGER | DATA_EVENTFD)) {
		if (!enabled && device->irqs != NO_IRQS)
			return -EINVAL;
		device->irqs = VFIO_PCI_INTX_IRQ_INDEX;
		return 0;
	}
	if (!enabled)
		return -EINVAL;
	if (flags == (ACTION_MASK | DATA_EVENTFD))
		return -ENOTTY;
	if (flags == (ACTION_UNMASK | DATA_EVENTFD)) {
		if (device->unmasker)
			return -EBUSY;
		device->unmasker = true;
	}
	return 0;
}

/* MSI, or MSI-X. */
static int64_t set_msi(struct model_device *device, const struct vfio_irq_info *info,
		       uint32_t flags, uint64_t end, bool off)
{
	bool enabled = device->irqs == (int)info->index;

	if (!(flags & ACTION_TRIGGER))
		return -ENOTTY;
	if (enabled && off) {
		device->irqs = NO_IRQS;
		return 0;
	}
	if (!enabled && (device->irqs != NO_IRQS || !(flags & DATA_EVENTFD)))
		return -EINVAL;
	if (enabled)
		return end > device->vectors ? -EINVAL : 0;
	if (!end)
		return -ERANGE;
	device->irqs = (int)info->index;
	device->vectors = info->flags & VFIO_IRQ_INFO_NORESIZE ? end : info->count;
	return 0;
}

/* An eventfd that tells of something else than an interrupt. */
static int64_t set_notice(bool *notice, uint32_t flags, uint32_t count, bool off)
{
	if (!(flags & ACTION_TRIGGER))
		return -ENOTTY;
	if (flags & DATA_NONE && !*notice)
		return -EINVAL;
	if (!off && !count)
		return -EINVAL;
	if (off)
		*notice = false;
	else if (flags & DATA_EVENTFD)
		*notice = true;
	return 0;
}

static int64_t set_irqs(struct model *m, int group, const uint64_t *arg, struct answer *answer)
{
	uint32_t flags = arg[IRQS_FLAGS], argsz = arg[IRQS_ARGSZ], count = arg[IRQS_COUNT];
	uint32_t data = flags & VFIO_IRQ_SET_DATA_TYPE_MASK, start = arg[IRQS_START];
	uint32_t action = flags & VFIO_IRQ_SET_ACTION_TYPE_MASK;
	struct model_device *device = &m->groups[group].device;
	uint64_t width = data == DATA_NONE ? 0 : data == DATA_EVENTFD ? 4 : 1;
	bool off = flags == (DATA_NONE | ACTION_TRIGGER) && !count;
	const struct vfio_irq_info *info;

	if (argsz < sizeof(struct vfio_irq_set) || arg[IRQS_INDEX] >= VFIO_PCI_NUM_IRQS ||
	    __builtin_popcount(data) != 1 || flags != (data | action))
		return -EINVAL;
	info = &m->machine->irqs[group][arg[IRQS_INDEX]];
	if (start >= info->count || count > info->count - start)
		return -EINVAL;
	if (argsz - sizeof(struct vfio_irq_set) < count * width)
		return -EINVAL;
	if (__builtin_popcount(action) != 1)
		return -ENOTTY;
	answer->anything = device->vague;
	switch (arg[IRQS_INDEX]) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		return set_intx(device, flags, count, off);
	case VFIO_PCI_MSI_IRQ_INDEX:
	case VFIO_PCI_MSIX_IRQ_INDEX:
		return set_msi(device, info, flags, (uint64_t)start + count, off);
	case VFIO_PCI_ERR_IRQ_INDEX:
		return set_notice(&device->error, flags, count, off);
	default:
		return set_notice(&device->request, flags, count, off);
	}
}

/* --- Reset, low power, ioeventfds ------------------------------------------------------ */

static int64_t reset(const struct model *m, int group, struct answer *answer)
{
	answer->anything = m->groups[group].device.vague;
	return m->machine->device[group].flags & VFIO_DEVICE_FLAGS_RESET ? 0 : -EINVAL;
}

/* The devices are on the root bus, of which there is no reset. */
static int64_t hot_reset(const struct model *m, uint32_t flags, uint32_t count, uint32_t argsz,
			 struct answer *answer)
{
	if (argsz < sizeof(struct vfio_pci_hot_reset) || flags)
		return -EINVAL;
	if (count)
		return -ENODEV;
	/* Of 6.1; docs/abi.md. */
	answer->or_else = m->machine->stock ? -ENODEV : 0;
	return -EINVAL;
}

/* Can a request be one for a feature? */
static bool feature_formed(uint32_t flags, uint32_t argsz)
{
	const uint32_t get = VFIO_DEVICE_FEATURE_GET, set = VFIO_DEVICE_FEATURE_SET;
	const uint32_t probe = VFIO_DEVICE_FEATURE_PROBE, mask = VFIO_DEVICE_FEATURE_MASK;

	if (argsz < sizeof(struct vfio_device_feature) || flags & ~(mask | get | set | probe))
		return false;
	return flags & probe || !(flags & get) || !(flags & set);
}

static int64_t feature(struct model_device *device, uint32_t flags)
{
	uint32_t number = flags & VFIO_DEVICE_FEATURE_MASK;

	if (number < VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY ||
	    number > VFIO_DEVICE_FEATURE_LOW_POWER_EXIT)
		return -ENOTTY;
	if (flags & VFIO_DEVICE_FEATURE_GET)
		return -EINVAL;
	if (flags & VFIO_DEVICE_FEATURE_PROBE)
		return 0;
	if (!(flags & VFIO_DEVICE_FEATURE_SET))
		return -EINVAL;
	switch (number) {
	case VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY:
		if (device->low_power)
			return -EINVAL;
		device->low_power = true;
		return 0;
	case VFIO_DEVICE_FEATURE_LOW_POWER_EXIT:
		device->low_power = false;
		return 0;
	default:
		/* The grammar gives it no eventfd: when it ends low power is not told. */
		return -EINVAL;
	}
}

static int64_t ioeventfd(struct model *m, int group, const uint64_t *arg, struct answer *answer)
{
	const struct vfio_region_info *region = region_of(m, group, arg[IOEVENTFD_REGION]);
	struct model_device *device = &m->groups[group].device;
	struct model_ioeventfd new = { arg[IOEVENTFD_OFFSET], arg[IOEVENTFD_FLAGS],
				       arg[IOEVENTFD_VALUE] };
	size_t i;

	if (new.width & ~VFIO_DEVICE_IOEVENTFD_SIZE_MASK || __builtin_popcount(new.width) != 1)
		return -EINVAL;
	if (!region || region->index > VFIO_PCI_BAR5_REGION_INDEX || new.offset % new.width)
		return -EINVAL;
	if (new.offset > region->size || new.width > region->size - new.offset)
		return -EINVAL;
	if (region->index != VFIO_PCI_BAR0_REGION_INDEX) {
		/* It may be of ports, or have the table of MSI-X. */
		answer->anything = true;
		return 0;
	}
	for (i = 0; i < device->count; i++)
		if (device->ioeventfds[i].offset == new.offset &&
		    device->ioeventfds[i].width == new.width &&
		    device->ioeventfds[i].value == new.value)
			break;
	if (!arg[IOEVENTFD_REMOVE]) {
		if (i < device->count)
			return -EEXIST;
		device->ioeventfds[device->count++] = new;
		return 0;
	}
	if (i == device->count)
		return -ENODEV;
	device->ioeventfds[i] = device->ioeventfds[--device->count];
	return 0;
}

/* --------------------------------------------------------------------------------------- */

int64_t model_device_call(struct model *m, const struct call *call, struct answer *answer)
{
	int group = m->devices[call->arg[0]];
	const uint64_t *arg = call->arg;

	/* mmap() looks at the offset before the file. */
	if (call->kind == CALL_REGION_MAP && arg[REGION_OFFSET] % SZ_4K)
		return -EINVAL;
	if (group < 0)
		return -EBADF;
	if (call->kind == CALL_FEATURE && !feature_formed(arg[FEATURE_FLAGS], arg[FEATURE_ARGSZ]))
		return -EINVAL;
	if (m->machine->emulated[group])
		return model_emulated_call(m, group, call);
	switch (call->kind) {
	case CALL_DEVICE_INFO:
		return device_info(m, group, arg[1], answer);
	case CALL_REGION_INFO:
		return region_info(m, group, arg[1], arg[2], answer);
	case CALL_REGION_READ:
	case CALL_REGION_WRITE:
		return region_access(m, group, call, answer);
	case CALL_REGION_MAP:
		return region_map(m, group, arg, answer);
	case CALL_IRQ_INFO:
		return irq_info(m, group, arg[1], arg[2], answer);
	case CALL_SET_IRQS:
		return set_irqs(m, group, arg, answer);
	case CALL_RESET:
		return reset(m, group, answer);
	case CALL_HOT_RESET_INFO:
		return (uint32_t)arg[1] < sizeof(struct vfio_pci_hot_reset_info) ? -EINVAL
										 : -ENODEV;
	case CALL_HOT_RESET:
		return hot_reset(m, arg[RESET_FLAGS], arg[RESET_COUNT], arg[RESET_ARGSZ], answer);
	case CALL_FEATURE:
		return feature(&m->groups[group].device, arg[FEATURE_FLAGS]);
	case CALL_IOEVENTFD:
		return ioeventfd(m, group, arg, answer);
	default:
		return -ENOTTY;
	}
}

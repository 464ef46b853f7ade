// SPDX-License-Identifier: GPL-2.0-only
/* Calls of the kernel that are about a device; see kernel_device.h. */

#include "kernel_device.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../modules/vfio_test_emulated.h"
#include "vfio_user.h"

/* Interrupts come to the first one; nobody signals the second; a file takes what is read. */
static int interrupts, never, sink;

int kernel_device_set_up(void)
{
	interrupts = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	never = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sink = memfd_create("sink", MFD_CLOEXEC);
	return interrupts < 0 || never < 0 || sink < 0 ? -errno : 0;
}

static int64_t device_info(int device, uint32_t argsz, struct answer *answer)
{
	struct vfio_device_info info = { .argsz = argsz };
	int ret = vu_ioctl(device, VFIO_DEVICE_GET_INFO, &info);

	if (!ret) {
		answer_word(answer, info.flags);
		answer_word(answer, info.num_regions);
		answer_word(answer, info.num_irqs);
	}
	return ret;
}

static int64_t region_info(int device, uint32_t index, uint32_t argsz, struct answer *answer)
{
	struct vfio_region_info info = { .argsz = argsz, .index = index };
	int ret = vu_ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info);

	if (!ret) {
		answer_word(answer, info.flags);
		answer_word(answer, info.size);
		answer_word(answer, info.offset);
	}
	return ret;
}

static int64_t irq_info(int device, uint32_t index, uint32_t argsz, struct answer *answer)
{
	struct vfio_irq_info info = { .argsz = argsz, .index = index };
	int ret = vu_ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info);

	if (!ret) {
		answer_word(answer, info.flags);
		answer_word(answer, info.count);
	}
	return ret;
}

/* The kernel's own and ours have regions at the same offsets. */
static off_t region_at(uint64_t index, uint64_t offset)
{
	return (off_t)((index << 40) + offset);
}

/* Longest access. */
#define ACCESS_BYTES 64

static int64_t region_access(int device, const struct call *call, struct answer *answer)
{
	const uint64_t *arg = call->arg;
	uint64_t words[ACCESS_BYTES / 8] = { 0 }, size = arg[REGION_SIZE];
	off_t at = region_at(arg[REGION_INDEX], arg[REGION_OFFSET]);
	int64_t ret;

	size = size < sizeof(words) ? size : sizeof(words);
	if (call->kind == CALL_REGION_WRITE) {
		words[0] = arg[REGION_VALUE];
		ret = pwrite(device, words, size, at);
	} else {
		ret = pread(device, words, size, at);
	}
	if (ret < 0)
		return -errno;
	if (call->kind == CALL_REGION_READ && arg[REGION_INDEX] == VFIO_PCI_CONFIG_REGION_INDEX &&
	    arg[REGION_OFFSET] + size <= 4)
		answer_word(answer, words[0]);
	return ret;
}

/* Maps a region, has the kernel read from it, which says so if it can't, and unmaps it. */
static int64_t region_map(int device, const uint64_t *arg, struct answer *answer)
{
	void *at = mmap(NULL, arg[REGION_SIZE], PROT_READ | PROT_WRITE, MAP_SHARED, device,
			region_at(arg[REGION_INDEX], arg[REGION_OFFSET]));

	if (at == MAP_FAILED)
		return -errno;
	answer_word(answer, pwrite(sink, at, 4, 0) < 0 ? (uint64_t)-errno : 0);
	return munmap(at, arg[REGION_SIZE]) ? -errno : 0;
}

/* Each interrupt of a request gets the same eventfd, or a byte of its number. */
static int64_t set_irqs(int device, const uint64_t *arg)
{
	union {
		struct vfio_irq_set set;
		int32_t words[1024];
	} request;
	size_t i;

	for (i = 0; i < sizeof(request.words) / sizeof(request.words[0]); i++)
		request.words[i] = interrupts;
	request.set.argsz = arg[IRQS_ARGSZ];
	request.set.flags = arg[IRQS_FLAGS];
	request.set.index = arg[IRQS_INDEX];
	request.set.start = arg[IRQS_START];
	request.set.count = arg[IRQS_COUNT];
	return vu_ioctl(device, VFIO_DEVICE_SET_IRQS, &request);
}

static int64_t hot_reset_info(int device, uint32_t argsz)
{
	union {
		struct vfio_pci_hot_reset_info info;
		char bytes[4096];
	} request = { .info = { .argsz = argsz } };

	return vu_ioctl(device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &request);
}

static int64_t hot_reset(int device, const uint64_t *arg)
{
	union {
		struct vfio_pci_hot_reset reset;
		int32_t words[16];
	} request;

	memset(&request, -1, sizeof(request));
	request.reset.argsz = arg[RESET_ARGSZ];
	request.reset.flags = arg[RESET_FLAGS];
	request.reset.count = arg[RESET_COUNT];
	return vu_ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, &request);
}

static int64_t feature(int device, uint32_t flags, uint32_t argsz)
{
	union {
		struct vfio_device_feature feature;
		char bytes[4096];
	} request = { .feature = { .argsz = argsz, .flags = flags } };

	return vu_ioctl(device, VFIO_DEVICE_FEATURE, &request);
}

static int64_t ioeventfd(int device, const uint64_t *arg)
{
	struct vfio_device_ioeventfd request = {
		.argsz = sizeof(request),
		.flags = arg[IOEVENTFD_FLAGS],
		.offset = (uint64_t)region_at(arg[IOEVENTFD_REGION], arg[IOEVENTFD_OFFSET]),
		.data = arg[IOEVENTFD_VALUE],
		.fd = arg[IOEVENTFD_REMOVE] ? -1 : never,
	};

	return vu_ioctl(device, VFIO_DEVICE_IOEVENTFD, &request);
}

/* What the test module's device is asked. */
static int64_t emulated(int device, const struct call *call)
{
	static char data[SZ_64K];
	struct vfio_test_range range = {
		.iova = call->arg[PIN_IOVA],
		.size = call->arg[PIN_SIZE],
		.data = (uintptr_t)data,
		.prot = call->arg[PIN_PROT],
	};

	switch (call->kind) {
	case CALL_PIN:
		return vu_ioctl(device, VFIO_TEST_PIN, &range);
	case CALL_UNPIN:
		return vu_ioctl(device, VFIO_TEST_UNPIN, &range);
	default:
		return vu_ioctl(device, range.prot & 2 ? VFIO_TEST_WRITE : VFIO_TEST_READ, &range);
	}
}

int64_t kernel_device_call(int device, const struct call *call, struct answer *answer)
{
	const uint64_t *arg = call->arg;

	switch (call->kind) {
	case CALL_DEVICE_INFO:
		return device_info(device, arg[1], answer);
	case CALL_REGION_INFO:
		return region_info(device, arg[1], arg[2], answer);
	case CALL_REGION_READ:
	case CALL_REGION_WRITE:
		return region_access(device, call, answer);
	case CALL_REGION_MAP:
		return region_map(device, arg, answer);
	case CALL_IRQ_INFO:
		return irq_info(device, arg[1], arg[2], answer);
	case CALL_SET_IRQS:
		return set_irqs(device, arg);
	case CALL_RESET:
		return vu_ioctl(device, VFIO_DEVICE_RESET, NULL);
	case CALL_HOT_RESET_INFO:
		return hot_reset_info(device, arg[1]);
	case CALL_HOT_RESET:
		return hot_reset(device, arg);
	case CALL_FEATURE:
		return feature(device, arg[FEATURE_FLAGS], arg[FEATURE_ARGSZ]);
	case CALL_IOEVENTFD:
		return ioeventfd(device, arg);
	default:
		return emulated(device, call);
	}
}

int kernel_device_learn(int device, struct model_machine *machine, int group)
{
	struct vfio_device_info *info = &machine->device[group];
	uint32_t i;
	int ret;

	*info = (struct vfio_device_info){ .argsz = sizeof(*info) };
	ret = vu_ioctl(device, VFIO_DEVICE_GET_INFO, info);
	machine->emulated[group] = ret == -ENOTTY;
	if (ret)
		return machine->emulated[group] ? 0 : ret;
	for (i = 0; i < info->num_regions && i < MODEL_REGIONS; i++)
		if (vu_region_info(device, i, &machine->regions[group][i]))
			machine->regions[group][i].argsz = 0;
	for (i = 0; i < info->num_irqs && i < MODEL_REGIONS; i++) {
		machine->irqs[group][i] =
			(struct vfio_irq_info){ .argsz = sizeof(machine->irqs[0][0]), .index = i };
		if (vu_ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &machine->irqs[group][i]))
			machine->irqs[group][i].argsz = 0;
	}
	return pread(device, machine->config[group], sizeof(machine->config[group]),
		     region_at(VFIO_PCI_CONFIG_REGION_INDEX, 0)) == sizeof(machine->config[group])
		       ? 0
		       : -EIO;
}

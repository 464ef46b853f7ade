// SPDX-License-Identifier: GPL-2.0-only
/* Calls of the kernel; see kernel.h. */

#include "kernel.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arena.h"
#include "kernel_device.h"
#include "vfio_user.h"
#include "vm.h"

/* Slots are atomic: one thread may use a file while another one closes it. */
static int64_t put_fd(int *slot, int fd)
{
	int old;

	if (fd < 0)
		return fd;
	old = __atomic_exchange_n(slot, fd, __ATOMIC_RELAXED);
	if (old >= 0)
		close(old);
	return 0;
}

static int64_t close_fd(int *slot)
{
	int fd = __atomic_exchange_n(slot, -1, __ATOMIC_RELAXED);

	return fd < 0 ? -EBADF : close(fd) ? -errno : 0;
}

static int fd_of(const int *slot)
{
	return __atomic_load_n(slot, __ATOMIC_RELAXED);
}

static int64_t group_status(int group, uint32_t argsz, struct answer *answer)
{
	struct vfio_group_status status = { .argsz = argsz };
	int ret = vu_ioctl(group, VFIO_GROUP_GET_STATUS, &status);

	if (!ret)
		answer_word(answer, status.flags);
	return ret;
}

#define INFO_BYTES 4096

/* @argsz is what the kernel is told; there is always room for more. */
static int64_t iommu_info(int container, uint32_t argsz, struct answer *answer)
{
	const struct vfio_iommu_type1_info_cap_iova_range *ranges;
	const struct vfio_iommu_type1_info_dma_avail *avail;
	struct vfio_iommu_type1_info *info = calloc(1, INFO_BYTES);
	uint32_t i;
	int ret;

	if (!info)
		return -ENOMEM;
	info->argsz = argsz;
	ret = vu_ioctl(container, VFIO_IOMMU_GET_INFO, info);
	if (ret)
		goto out;
	answer_word(answer, info->argsz);
	answer_word(answer, info->flags);
	answer_word(answer, info->iova_pgsizes);
	if (argsz < info->argsz)
		goto out;
	info->argsz = INFO_BYTES;
	avail = vu_iommu_cap(info, VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL);
	ranges = vu_iommu_cap(info, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE);
	answer_word(answer, avail ? avail->avail : UINT64_MAX);
	for (i = 0; ranges && i < ranges->nr_iovas && i < MODEL_RANGES; i++) {
		answer_word(answer, ranges->iova_ranges[i].start);
		answer_word(answer, ranges->iova_ranges[i].end);
	}
out:
	free(info);
	return ret;
}

static int64_t map(int container, const uint64_t *arg)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = arg[MAP_ARGSZ],
		.flags = arg[MAP_FLAGS],
		.vaddr = arg[MAP_VADDR],
		.iova = arg[MAP_IOVA],
		.size = arg[MAP_SIZE],
	};

	return vu_ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
}

/* A bitmap behind which there is nothing, so that no answer goes elsewhere. */
static __u64 *bitmap;

static int bitmap_set_up(void)
{
	char *pages =
		mmap(NULL, 2 * SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || mprotect(pages + SZ_4K, SZ_4K, PROT_NONE))
		return -errno;
	bitmap = (__u64 *)(pages + SZ_4K) - BITMAP_WORDS;
	return 0;
}

static void bitmap_clear(void)
{
	memset(bitmap, 0xaa, BITMAP_WORDS * sizeof(*bitmap));
}

static void bitmap_get(struct answer *answer)
{
	memcpy(answer->bitmap, bitmap, sizeof(answer->bitmap));
	answer->has_bitmap = true;
}

static int64_t unmap(int container, const uint64_t *arg, struct answer *answer)
{
	struct {
		struct vfio_iommu_type1_dma_unmap head;
		struct vfio_bitmap bitmap;
	} request = {
		.head = { .argsz = arg[UNMAP_ARGSZ],
			  .flags = arg[UNMAP_FLAGS],
			  .iova = arg[UNMAP_IOVA],
			  .size = arg[UNMAP_SIZE] },
		.bitmap = { .pgsize = SZ_4K, .size = arg[UNMAP_BYTES], .data = bitmap },
	};
	int ret;

	bitmap_clear();
	ret = vu_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &request);
	bitmap_get(answer);
	answer->has_bitmap = arg[UNMAP_FLAGS] & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP;
	/* What failed has not touched the request. */
	if (!ret || request.head.size != arg[UNMAP_SIZE])
		answer_word(answer, request.head.size);
	return ret;
}

static int64_t dirty(int container, uint32_t flags, uint32_t argsz)
{
	struct vfio_iommu_type1_dirty_bitmap request = { .argsz = argsz, .flags = flags };

	return vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &request);
}

static int64_t dirty_get(int container, const uint64_t *arg, struct answer *answer)
{
	struct {
		struct vfio_iommu_type1_dirty_bitmap head;
		struct vfio_iommu_type1_dirty_bitmap_get get;
	} request = {
		.head = { .argsz = arg[GET_ARGSZ],
			  .flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP },
		.get = { .iova = arg[GET_IOVA],
			 .size = arg[GET_SIZE],
			 .bitmap = { .pgsize = arg[GET_PAGE],
				     .size = arg[GET_BYTES],
				     .data = bitmap } },
	};
	int ret;

	bitmap_clear();
	ret = vu_ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &request);
	bitmap_get(answer);
	return ret;
}

/* Sets what a process may lock, and whether it has the right to lock more. */
static int64_t limit(uint64_t pages, bool lifted)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct rlimit memlock = { pages * SZ_4K, RLIM_INFINITY };
	struct __user_cap_data_struct data[2];

	if (setrlimit(RLIMIT_MEMLOCK, &memlock) || syscall(SYS_capget, &header, data))
		return -errno;
	if (lifted)
		data[0].effective |= 1U << CAP_IPC_LOCK;
	else
		data[0].effective &= ~(1U << CAP_IPC_LOCK);
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

/* What can't be mapped leaves there what is. */
static int64_t bar_map(int device)
{
	void *trial = mmap(NULL, ARENA_BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, device, 0);
	const void *at;

	if (trial == MAP_FAILED)
		return -errno;
	munmap(trial, ARENA_BAR_SIZE);
	at = mmap((void *)ARENA_BAR, ARENA_BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		  device, 0);
	return at == MAP_FAILED ? -errno : 0;
}

static int64_t bar_unmap(void)
{
	return munmap((void *)ARENA_BAR, ARENA_BAR_SIZE) ? -errno : 0;
}

/* Its VFIO device keeps a virtual machine. */
static int64_t vm_of(struct kernel *k, uint64_t slot)
{
	struct vm vm;
	int ret = vm_open(&vm);

	if (ret)
		return ret;
	close(vm.fd);
	return put_fd(&k->vms[slot], vm.vfio);
}

static int64_t any_call(struct kernel *k, const struct call *call, struct answer *answer)
{
	const uint64_t *arg = call->arg;
	int container = fd_of(&k->containers[arg[0] % CONTAINERS]);
	int group = fd_of(&k->groups[arg[0] % GROUPS]);
	int device = fd_of(&k->devices[arg[0] % DEVICES]);
	struct vm vm = { .vfio = fd_of(&k->vms[arg[0] % VMS]) };

	switch (call->kind) {
	case CALL_CONTAINER_OPEN:
		return put_fd(&k->containers[arg[0]], vu_container_open());
	case CALL_CONTAINER_CLOSE:
		return close_fd(&k->containers[arg[0]]);
	case CALL_GROUP_OPEN:
		return put_fd(&k->groups[arg[0]], vu_group_open(k->group_names[arg[0]]));
	case CALL_GROUP_CLOSE:
		return close_fd(&k->groups[arg[0]]);
	case CALL_DEVICE_OPEN:
		return put_fd(&k->devices[arg[0]],
			      vu_device_open(fd_of(&k->groups[arg[1]]), k->device_names[arg[2]]));
	case CALL_DEVICE_CLOSE:
		return close_fd(&k->devices[arg[0]]);
	case CALL_SET_CONTAINER:
		return vu_set_container(group, fd_of(&k->containers[arg[1]]));
	case CALL_UNSET_CONTAINER:
		return vu_unset_container(group);
	case CALL_GROUP_STATUS:
		return group_status(group, arg[1], answer);
	case CALL_SET_IOMMU:
		return vu_ioctl(container, VFIO_SET_IOMMU, (void *)arg[1]);
	case CALL_API_VERSION:
		return vu_ioctl(container, VFIO_GET_API_VERSION, NULL);
	case CALL_EXTENSION:
		return vu_ioctl(container, VFIO_CHECK_EXTENSION, (void *)arg[1]);
	case CALL_IOMMU_INFO:
		return iommu_info(container, arg[1], answer);
	case CALL_MAP:
		return map(container, arg);
	case CALL_UNMAP:
		return unmap(container, arg, answer);
	case CALL_DIRTY:
		return dirty(container, arg[1], arg[2]);
	case CALL_DIRTY_GET:
		return dirty_get(container, arg, answer);
	case CALL_BAR_MAP:
		return bar_map(device);
	case CALL_BAR_UNMAP:
		return bar_unmap();
	case CALL_DEVICE_INFO ... CALL_COPY:
		return kernel_device_call(device, call, answer);
	case CALL_VM_OPEN:
		return vm_of(k, arg[0]);
	case CALL_VM_CLOSE:
		return close_fd(&k->vms[arg[0]]);
	case CALL_VM_ADD:
		return vm_add_group(&vm, fd_of(&k->groups[arg[1]]));
	case CALL_VM_DEL:
		return vm_del_group(&vm, fd_of(&k->groups[arg[1]]));
	default:
		return limit(arg[LIMIT_PAGES], arg[LIMIT_LIFTED]);
	}
}

void kernel_call(struct kernel *k, const struct call *call, struct answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->ret = any_call(k, call, answer);
}

void kernel_reset(struct kernel *k)
{
	int i;

	bar_unmap();
	for (i = 0; i < VMS; i++)
		close_fd(&k->vms[i]);
	for (i = 0; i < DEVICES; i++)
		close_fd(&k->devices[i]);
	for (i = 0; i < GROUPS; i++)
		close_fd(&k->groups[i]);
	for (i = 0; i < CONTAINERS; i++)
		close_fd(&k->containers[i]);
	limit(0, true);
}

/* --- What is the same for all sequences --------------------------------------------- */

static int learn_container(int container, struct model_machine *machine)
{
	const struct vfio_iommu_type1_info_cap_iova_range *ranges;
	struct vfio_iommu_type1_info *info = vu_iommu_info(container);

	if (!info)
		return -errno;
	machine->info_size = info->argsz;
	machine->pgsizes = info->iova_pgsizes;
	machine->mappings_max = (uint64_t)vu_mappings_left(container);
	machine->coherent = vu_ioctl(container, VFIO_CHECK_EXTENSION, (void *)VFIO_DMA_CC_IOMMU);
	ranges = vu_iommu_cap(info, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE);
	if (ranges && ranges->nr_iovas <= MODEL_RANGES) {
		machine->ranges_count = ranges->nr_iovas;
		memcpy(machine->ranges, ranges->iova_ranges,
		       ranges->nr_iovas * sizeof(ranges->iova_ranges[0]));
	}
	free(info);
	return machine->ranges_count ? 0 : -EINVAL;
}

int kernel_learn(struct kernel *k, struct model_machine *machine)
{
	struct vu u;
	int i, ret = bitmap_set_up() ?: kernel_device_set_up();
	struct vm vm;

	for (i = 0; i < GROUPS && !ret; i++) {
		ret = vu_open(&u, k->group_names[i], k->device_names[i], VFIO_TYPE1v2_IOMMU);
		if (ret)
			return ret;
		ret = learn_container(u.container, machine)
			      ?: kernel_device_learn(u.device, machine, i);
		vu_close(&u);
	}
	machine->vm_error = vm_open(&vm);
	if (!machine->vm_error)
		vm_close(&vm);
	return ret;
}

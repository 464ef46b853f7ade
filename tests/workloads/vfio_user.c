// SPDX-License-Identifier: GPL-2.0-only
/* The user's side of VFIO; see vfio_user.h. */

#include "vfio_user.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

const char *const vu_kind_names[VU_KINDS] = {
	[VU_4K] = "4k",
	[VU_THP] = "thp",
	[VU_HUGETLB] = "hugetlb",
};

enum vu_kind vu_kind_of(const char *name)
{
	enum vu_kind kind;

	for (kind = 0; kind < VU_KINDS; kind++)
		if (!strcmp(name, vu_kind_names[kind]))
			break;
	return kind;
}

int vu_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

static int open_rw(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int vu_container_open(void)
{
	return open_rw("/dev/vfio/vfio");
}

int vu_group_open(const char *group)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/vfio/%s", group);
	return open_rw(path);
}

int vu_device_open(int group, const char *device)
{
	return vu_ioctl(group, VFIO_GROUP_GET_DEVICE_FD, (void *)device);
}

int vu_set_container(int group, int container)
{
	return vu_ioctl(group, VFIO_GROUP_SET_CONTAINER, &container);
}

int vu_unset_container(int group)
{
	return vu_ioctl(group, VFIO_GROUP_UNSET_CONTAINER, NULL);
}

int vu_set_iommu(int container, int iommu_type)
{
	return vu_ioctl(container, VFIO_SET_IOMMU, (void *)(long)iommu_type);
}

int vu_open(struct vu *u, const char *group, const char *device, int iommu_type)
{
	int ret;

	*u = VU_CLOSED;
	ret = u->container = vu_container_open();
	if (ret < 0)
		goto err;
	ret = u->group = vu_group_open(group);
	if (ret < 0)
		goto err;
	ret = vu_set_container(u->group, u->container);
	if (ret < 0)
		goto err;
	ret = vu_set_iommu(u->container, iommu_type);
	if (ret < 0)
		goto err;
	if (device) {
		ret = u->device = vu_device_open(u->group, device);
		if (ret < 0)
			goto err;
	}
	return 0;

err:
	vu_close(u);
	return ret;
}

void vu_close(struct vu *u)
{
	if (u->device >= 0)
		close(u->device);
	if (u->group >= 0)
		close(u->group);
	if (u->container >= 0)
		close(u->container);
	*u = VU_CLOSED;
}

int vu_send_fds(int socket, const int *fds, size_t n)
{
	char byte = 0, control[CMSG_SPACE(VU_FDS * sizeof(int))] = { 0 };
	size_t size = n * sizeof(int);
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_SPACE(size),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	if (n > VU_FDS)
		return -E2BIG;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), fds, size);
	return sendmsg(socket, &message, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

int vu_receive_fd(int socket)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(socket, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		return -EIO;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

int vu_map(int container, const void *vaddr, uint64_t iova, uint64_t size, uint32_t flags)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = flags,
		.vaddr = (uintptr_t)vaddr,
		.iova = iova,
		.size = size,
	};

	return vu_ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
}

static int64_t unmap(int container, uint64_t iova, uint64_t size, uint32_t flags)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.flags = flags,
		.iova = iova,
		.size = size,
	};
	int ret = vu_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);

	return ret < 0 ? ret : (int64_t)unmap.size;
}

int64_t vu_unmap(int container, uint64_t iova, uint64_t size)
{
	return unmap(container, iova, size, 0);
}

int64_t vu_unmap_all(int container)
{
	return unmap(container, 0, 0, VFIO_DMA_UNMAP_FLAG_ALL);
}

struct vfio_iommu_type1_info *vu_iommu_info(int container)
{
	struct vfio_iommu_type1_info *info, head = { .argsz = sizeof(head) };

	if (ioctl(container, VFIO_IOMMU_GET_INFO, &head))
		return NULL;
	info = calloc(1, head.argsz);
	if (!info)
		return NULL;
	info->argsz = head.argsz;
	if (ioctl(container, VFIO_IOMMU_GET_INFO, info)) {
		free(info);
		return NULL;
	}
	return info;
}

const void *vu_iommu_cap(const struct vfio_iommu_type1_info *info, unsigned int id)
{
	const struct vfio_info_cap_header *cap;
	uint32_t offset;

	if (!(info->flags & VFIO_IOMMU_INFO_CAPS))
		return NULL;
	for (offset = info->cap_offset; offset; offset = cap->next) {
		if (offset + sizeof(*cap) > info->argsz)
			return NULL;
		cap = (const void *)((const char *)info + offset);
		if (cap->id == id)
			return cap;
	}
	return NULL;
}

int64_t vu_mappings_left(int container)
{
	const struct vfio_iommu_type1_info_dma_avail *avail;
	struct vfio_iommu_type1_info *info = vu_iommu_info(container);
	int64_t left;

	if (!info)
		return -errno;
	avail = vu_iommu_cap(info, VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL);
	left = avail ? (int64_t)avail->avail : -ENOENT;
	free(info);
	return left;
}

uint64_t vu_aperture_end(int container)
{
	const struct vfio_iommu_type1_info_cap_iova_range *ranges;
	struct vfio_iommu_type1_info *info = vu_iommu_info(container);
	uint64_t end = 0;

	if (!info)
		return 0;
	ranges = vu_iommu_cap(info, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE);
	if (ranges && ranges->nr_iovas)
		end = ranges->iova_ranges[ranges->nr_iovas - 1].end;
	free(info);
	return end;
}

int vu_region_info(int device, uint32_t index, struct vfio_region_info *info)
{
	*info = (struct vfio_region_info){ .argsz = sizeof(*info), .index = index };
	return vu_ioctl(device, VFIO_DEVICE_GET_REGION_INFO, info);
}

int vu_pci_command(int device, uint16_t set, uint16_t clear)
{
	struct vfio_region_info config;
	uint16_t command;
	int ret;

	ret = vu_region_info(device, VFIO_PCI_CONFIG_REGION_INDEX, &config);
	if (ret)
		return ret;
	if (pread(device, &command, 2, config.offset + PCI_COMMAND) != 2)
		return -EIO;
	command = (command | set) & ~clear;
	if (pwrite(device, &command, 2, config.offset + PCI_COMMAND) != 2)
		return -EIO;
	return 0;
}

/* mmap() aligned to 2 MiB whatever the kind, so that only the kind differs. */
static void *mmap_aligned(size_t size)
{
	char *wide, *addr;

	wide = mmap(NULL, size + SZ_2M, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (wide == MAP_FAILED)
		return NULL;
	addr = (char *)(((uintptr_t)wide + SZ_2M - 1) & ~(SZ_2M - 1));
	if (addr != wide)
		munmap(wide, addr - wide);
	munmap(addr + size, wide + SZ_2M - addr);
	return addr;
}

/*
 * The kernel tends to hand out pages in ascending order, and enough neighbours
 * make a superpage: touch pages far apart, so that 4K memory stays 4K memory.
 */
static void touch_scattered(char *addr, size_t size)
{
	const size_t stride = 61 * SZ_4K;
	size_t first, offset;

	for (first = 0; first < stride; first += SZ_4K)
		for (offset = first; offset < size; offset += stride)
			addr[offset] = 1;
}

static void touch(char *addr, size_t size, size_t step)
{
	size_t offset;

	for (offset = 0; offset < size; offset += step)
		addr[offset] = 1;
}

void *vu_alloc_hugetlb(size_t size, size_t page_size)
{
	int shift = __builtin_ctzl(page_size);
	void *addr;

	addr = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (shift << MAP_HUGE_SHIFT), -1, 0);
	if (addr == MAP_FAILED)
		return NULL;
	touch(addr, size, page_size);
	return addr;
}

void *vu_alloc(enum vu_kind kind, size_t size)
{
	void *addr;

	switch (kind) {
	case VU_4K:
		addr = mmap_aligned(size);
		if (!addr)
			return NULL;
		if (madvise(addr, size, MADV_NOHUGEPAGE))
			goto err;
		touch_scattered(addr, size);
		return addr;
	case VU_THP:
		addr = mmap_aligned(size);
		if (!addr)
			return NULL;
		if (madvise(addr, size, MADV_HUGEPAGE))
			goto err;
		touch(addr, size, SZ_4K);
		return addr;
	case VU_HUGETLB:
		return vu_alloc_hugetlb(size, SZ_2M);
	default:
		errno = EINVAL;
		return NULL;
	}

err:
	vu_free(addr, size);
	return NULL;
}

void vu_free(void *addr, size_t size)
{
	int saved = errno;

	munmap(addr, size);
	errno = saved;
}

void vu_time_limit(unsigned int seconds)
{
	struct utsname name;
	bool slow = !uname(&name) &&
		    (strstr(name.release, "-debug") || strstr(name.release, "-kcsan"));

	alarm(slow ? 10 * seconds : seconds);
}

/* The number behind @key in a file of lines "key number". */
static long number_in(const char *path, const char *key)
{
	size_t length = strlen(key);
	long number = -ENOENT;
	char line[256];
	FILE *f;

	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, key, length)) {
			number = strtol(line + length, NULL, 10);
			break;
		}
	}
	fclose(f);
	return number;
}

long vu_pinned_pages(void)
{
	long acquired, released;
	int fd;

	/* The counters are per CPU: this folds them. */
	fd = open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, "1", 1) != 1) {
		close(fd);
		return -EIO;
	}
	close(fd);
	acquired = number_in("/proc/vmstat", "nr_foll_pin_acquired ");
	released = number_in("/proc/vmstat", "nr_foll_pin_released ");
	if (acquired < 0 || released < 0)
		return -ENOENT;
	return acquired - released;
}

long vu_locked_kib(void)
{
	return number_in("/proc/self/status", "VmLck:");
}

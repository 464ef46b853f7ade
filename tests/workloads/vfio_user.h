/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The user's side of VFIO, for the workloads and the checks.
 *
 * Every function returns 0, or what it says, or a negative errno. None prints
 * and none exits, so that a test may expect a failure.
 */
#ifndef VFIO_USER_H
#define VFIO_USER_H

#include <linux/vfio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SZ_4K  0x1000UL
#define SZ_64K 0x10000UL
#define SZ_1M  0x100000UL
#define SZ_2M  0x200000UL
#define SZ_1G  0x40000000UL

#define VU_RW (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

enum vu_kind {
	VU_4K,
	VU_THP,
	VU_HUGETLB,
	VU_KINDS,
};

extern const char *const vu_kind_names[VU_KINDS];

/* The kind of this name, or VU_KINDS. */
enum vu_kind vu_kind_of(const char *name);

/* ioctl() that returns -errno. */
int vu_ioctl(int fd, unsigned long request, void *arg);

/**
 * struct vu - what a process needs to let a device do DMA
 * @container: fd, or -1
 * @group: fd, or -1
 * @device: fd, or -1
 */
struct vu {
	int container;
	int group;
	int device;
};

#define VU_CLOSED ((struct vu){ -1, -1, -1 })

/* Opens all three; without @device only container and group. On failure nothing is open. */
int vu_open(struct vu *u, const char *group, const char *device, int iommu_type);
void vu_close(struct vu *u);

#define VU_FDS 3 /* that a message can have */

/* Sends @n fds in one message. A peer that has gone is an error, not a signal. */
int vu_send_fds(int socket, const int *fds, size_t n);
/* Waits for a message with an fd, and returns that. */
int vu_receive_fd(int socket);

/* These return an fd. */
int vu_container_open(void);
int vu_group_open(const char *group);
int vu_device_open(int group, const char *device);

int vu_set_container(int group, int container);
int vu_unset_container(int group);
int vu_set_iommu(int container, int iommu_type);

int vu_map(int container, const void *vaddr, uint64_t iova, uint64_t size, uint32_t flags);
/* These return the number of bytes that the kernel says it unmapped. */
int64_t vu_unmap(int container, uint64_t iova, uint64_t size);
int64_t vu_unmap_all(int container);

/* The whole answer of VFIO_IOMMU_GET_INFO, to be freed; NULL with errno set. */
struct vfio_iommu_type1_info *vu_iommu_info(int container);
/* A capability of it, or NULL. */
const void *vu_iommu_cap(const struct vfio_iommu_type1_info *info, unsigned int id);
/* Mappings that the container may still make, or a negative errno. */
int64_t vu_mappings_left(int container);
/* The last address that the IOMMU translates, or 0. */
uint64_t vu_aperture_end(int container);

int vu_region_info(int device, uint32_t index, struct vfio_region_info *info);
/* Sets and clears bits of a PCI device's command register. */
int vu_pci_command(int device, uint16_t set, uint16_t clear);

/* Memory of a kind, each page of it touched; NULL with errno set. */
void *vu_alloc(enum vu_kind kind, size_t size);
/* The same of hugetlb memory in pages of this size. */
void *vu_alloc_hugetlb(size_t size, size_t page_size);
void vu_free(void *addr, size_t size);

/*
 * Ends a process that takes longer than so many seconds, and so hangs. On a kernel that checks itself
 * it has ten times as many.
 */
void vu_time_limit(unsigned int seconds);

/* Pages that the kernel has pinned for anyone (root only), or a negative errno. */
long vu_pinned_pages(void);
/* This process's VmLck in KiB, or a negative errno. */
long vu_locked_kib(void);

#endif /* VFIO_USER_H */

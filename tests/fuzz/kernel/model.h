/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oracle: what is open, attached and mapped, and so which answer to a call is right and
 * how many pages are pinned and charged after it. What depends on the machine, such as
 * which addresses are reserved, it learns once.
 */
#ifndef MODEL_H
#define MODEL_H

#include <linux/vfio.h>

#include "calls.h"

/* Containers that are alive at once: one may be closed while its groups are in it. */
#define MODEL_CONTAINERS (CONTAINERS + GROUPS)
#define MODEL_MAPPINGS	 64
#define MODEL_RANGES	 16
#define MODEL_REGIONS	 16
#define MODEL_IOEVENTFDS 64
/* VFIO_TEST_RANGES of the test module. */
#define MODEL_PINS	 8

/**
 * struct model_machine - what is the same for all sequences
 * @stock: the kernel's own modules answer, with the differences that docs/abi.md lists
 * @pgsizes: page sizes of the IOMMU
 * @ranges: IOVAs that may be mapped, in ascending order
 * @ranges_count: of @ranges
 * @mappings_max: dma_entry_limit
 * @info_size: bytes of an answer to VFIO_IOMMU_GET_INFO
 * @coherent: VFIO_DMA_CC_IOMMU of a container with a backend
 * @emulated: the group is of the test module's device, and the rest about devices is not known
 * @device: of each group
 * @regions: of each group's device; those behind num_regions are not there
 * @irqs: its interrupts; those behind num_irqs are not there
 * @config: the first bytes of its configuration space
 * @vm_error: why there are no virtual machines, a negative errno, or 0
 */
struct model_machine {
	bool stock;
	uint64_t pgsizes;
	struct vfio_iova_range ranges[MODEL_RANGES];
	size_t ranges_count;
	uint64_t mappings_max;
	uint32_t info_size;
	bool coherent;
	bool emulated[GROUPS];
	struct vfio_device_info device[GROUPS];
	struct vfio_region_info regions[GROUPS][MODEL_REGIONS];
	struct vfio_irq_info irqs[GROUPS][MODEL_REGIONS];
	uint8_t config[GROUPS][64];
	int vm_error;
};

/**
 * struct model_mapping - a range of IOVAs
 * @iova: first one
 * @size: bytes
 * @vaddr: of the memory that is there
 * @prot: whether devices may read, VFIO_DMA_MAP_FLAG_READ, and write
 * @lifted: no limit counted when it was made
 * @bar: it is a device's memory, of which nothing is pinned or charged
 */
struct model_mapping {
	uint64_t iova;
	uint64_t size;
	uint64_t vaddr;
	uint32_t prot;
	bool lifted;
	bool bar;
};

/**
 * struct model_container - a container
 * @opened: its file is
 * @backend: VFIO_SET_IOMMU has chosen one
 * @v2: a VFIO_TYPE1v2_IOMMU
 * @tracking: of dirty pages is on
 * @groups: how many are in it
 * @domains: how many of these are not emulated: without any, nothing is pinned by a map
 * @mappings: in ascending order
 * @count: of @mappings
 */
struct model_container {
	bool opened;
	bool backend;
	bool v2;
	bool tracking;
	int groups;
	int domains;
	struct model_mapping mappings[MODEL_MAPPINGS];
	size_t count;
};

/**
 * struct model_ioeventfd - a write that an eventfd makes
 * @offset: where in the first BAR
 * @width: bytes
 * @value: what is written
 */
struct model_ioeventfd {
	uint64_t offset;
	uint32_t width;
	uint64_t value;
};

/**
 * struct model_pin - what an emulated device has pinned
 * @iova: of the first page
 * @pages: how many
 */
struct model_pin {
	uint64_t iova;
	uint64_t pages;
};

/**
 * struct model_device - a device that is open
 * @memory: it answers at its BARs
 * @ports: it answers at those that are I/O ports
 * @vague: its capabilities were written, and so it may be in a low power state, or not
 * @low_power: its user allows that it is suspended
 * @irqs: the index that is enabled, INTx, MSI or MSI-X, or -1
 * @vectors: of MSI or MSI-X
 * @unmasker: an eventfd unmasks INTx
 * @error: an eventfd tells of errors
 * @request: an eventfd tells that the device is wanted back
 * @ioeventfds: all of them
 * @count: of @ioeventfds
 * @pins: of an emulated device; without pages: a free place
 */
struct model_device {
	bool memory;
	bool ports;
	bool vague;
	bool low_power;
	int irqs;
	uint64_t vectors;
	bool unmasker;
	bool error;
	bool request;
	struct model_ioeventfd ioeventfds[MODEL_IOEVENTFDS];
	size_t count;
	struct model_pin pins[MODEL_PINS];
};

/**
 * struct model_group - a group
 * @opened: its file is
 * @vms: how many virtual machines keep its file open
 * @devices: open files of its device, of which a mapping of its BAR keeps one
 * @device: its device, if @devices
 * @container: the number of the one that it is in, or -1
 */
struct model_group {
	bool opened;
	int vms;
	int devices;
	struct model_device device;
	int container;
};

/**
 * struct model_vm - a virtual machine
 * @opened: it is there
 * @groups: which groups it was given
 */
struct model_vm {
	bool opened;
	bool groups[GROUPS];
};

/**
 * struct model - what a sequence has made so far
 * @machine: see there
 * @containers: all that are alive
 * @slots: the number of the container in a slot, or -1
 * @groups: by slot
 * @devices: the group of the device in a slot, or -1
 * @bar: the group of the device whose BAR is mapped, or -1
 * @vms: by slot
 * @limit: pages that may be locked
 * @lifted: no limit counts
 */
struct model {
	const struct model_machine *machine;
	struct model_container containers[MODEL_CONTAINERS];
	int slots[CONTAINERS];
	struct model_group groups[GROUPS];
	int devices[DEVICES];
	int bar;
	struct model_vm vms[VMS];
	uint64_t limit;
	bool lifted;
};

void model_reset(struct model *m, const struct model_machine *machine);

/* Makes a call; returns the answer that is right. */
void model_call(struct model *m, const struct call *call, struct answer *answer);

/* Pages that are pinned, each as often as it is mapped; as many are charged. */
uint64_t model_pages(const struct model *m);

/* Does anything keep the group from being opened? */
bool model_group_busy(const struct model_group *group);

/* The container in a slot, or NULL. */
struct model_container *model_container(struct model *m, uint64_t slot);

#endif /* MODEL_H */

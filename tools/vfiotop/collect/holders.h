/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has what open now. A file descriptor can be passed on, and its opener can die.
 */
#ifndef VFIOTOP_HOLDERS_H
#define VFIOTOP_HOLDERS_H

#include "snapshot.h"

/**
 * enum holders_order - what open files are looked up by
 * @HOLDERS_BY_CONTAINER: the container that they belong to
 * @HOLDERS_BY_GROUP: the group, for files of groups and containers
 * @HOLDERS_BY_DEVICE: the device, for files of devices
 * @HOLDERS_BY_CONTEXT: the context of iommufd, for files of such and of devices bound to it
 */
enum holders_order {
	HOLDERS_BY_CONTAINER,
	HOLDERS_BY_GROUP,
	HOLDERS_BY_DEVICE,
	HOLDERS_BY_CONTEXT,
};

#define HOLDERS_ORDERS 4

/**
 * struct holders_index - open files in one order
 * @at: n of them
 * @n: how many
 */
struct holders_index {
	const struct vt_holder **at;
	size_t n;
};

/**
 * struct holders - the open VFIO files
 * @by: each file of each process, by enum holders_order
 * @known: whether they are known
 * @ns: when they began to be looked for, CLOCK_MONOTONIC
 */
struct holders {
	struct holders_index by[HOLDERS_ORDERS];
	bool known;
	uint64_t ns;
};

/**
 * holders_sort - prepare open files to be looked up
 * @holders: gets them, to be freed by holders_free()
 * @all: one for each file of each process, the files of a process together; must stay
 * @n: how many
 *
 * Return: false when out of memory.
 */
bool holders_sort(struct holders *holders, const struct vt_holder *all, size_t n);

/**
 * holders_free - free the orders of open files, and know none then
 * @holders: from holders_sort(), or zeroed
 */
void holders_free(struct holders *holders);

/**
 * holders_of_container - enter the processes that hold a container
 * @holders: the open files
 * @container: gets its holders, and one of them as owner when it has none
 *
 * Whoever has one of its groups or devices open holds a container, too. An IOAS is held by
 * whoever has its context, or a device bound to that. Its holders are unknown if it was opened
 * after the open files had been looked for.
 */
void holders_of_container(const struct holders *holders, struct container_snapshot *container);

/**
 * holders_return_to_opener - make who opened a container its owner, as the last caller is dead
 * @holders: the open files
 * @container: the container; its owner stays the same if the opener is known to have passed it on
 * @opener: who opened it, alive
 */
void holders_return_to_opener(const struct holders *holders, struct container_snapshot *container,
			      const struct process *opener);

/**
 * holders_of_group - correct the process that has a group open
 * @holders: the open files
 * @group: its process stays the same if that has the group open, or if the group was opened
 *	   after the open files had been looked for
 */
void holders_of_group(const struct holders *holders, struct group_snapshot *group);

/**
 * holders_of_device - correct the process that has a device open
 * @holders: the open files
 * @device: its process stays the same if that has the device open, or if the device was opened
 *	    after the open files had been looked for
 */
void holders_of_device(const struct holders *holders, struct device_snapshot *device);

#endif /* VFIOTOP_HOLDERS_H */

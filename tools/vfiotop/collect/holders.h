/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has what open now. A file descriptor can be passed on, and its opener can die.
 */
#ifndef VFIOTOP_HOLDERS_H
#define VFIOTOP_HOLDERS_H

#include "snapshot.h"

/**
 * struct holders - the open VFIO files
 * @all: one for each file of each process
 * @n: how many
 * @known: whether they are known
 */
struct holders {
	const struct vt_holder *all;
	size_t n;
	bool known;
};

/**
 * holders_of_container - enter the processes that hold a container
 * @holders: the open files
 * @container: gets its holders, and one of them as owner when it has none
 *
 * Whoever has one of its groups or devices open holds a container, too.
 */
void holders_of_container(const struct holders *holders, struct container_snapshot *container);

/**
 * holders_of_group - correct the process that has a group open
 * @holders: the open files
 * @group: its process stays the same if that has the group open
 */
void holders_of_group(const struct holders *holders, struct group_snapshot *group);

/**
 * holders_of_device - correct the process that has a device open
 * @holders: the open files
 * @device: its process stays the same if that has the device open
 */
void holders_of_device(const struct holders *holders, struct device_snapshot *device);

#endif /* VFIOTOP_HOLDERS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who holds what now. A file descriptor can be passed on, and its opener can die.
 */
#ifndef VFIOTOP_HOLDERS_H
#define VFIOTOP_HOLDERS_H

#include "snapshot.h"

/**
 * struct holders - the open files of VFIO
 * @all: one for each file of each process
 * @n: how many
 * @known: they are known
 */
struct holders {
	const struct vt_holder *all;
	size_t n;
	bool known;
};

/**
 * holders_of_container - enter the processes that have files of a container
 * @holders: the open files
 * @container: its owner is looked up afterwards, and is a holder when nobody else is known
 *
 * Files of its groups and devices hold a container, too.
 */
void holders_of_container(const struct holders *holders, struct container_snapshot *container);

/**
 * holders_of_group - correct the process that has a group open
 * @holders: the open files
 * @group: its process stays where it is one that has the group's file
 */
void holders_of_group(const struct holders *holders, struct group_snapshot *group);

/**
 * holders_of_device - correct the process that has a device open
 * @holders: the open files
 * @device: its process stays where it is one that has the device's file
 */
void holders_of_device(const struct holders *holders, struct device_snapshot *device);

#endif /* VFIOTOP_HOLDERS_H */

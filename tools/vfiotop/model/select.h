/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rows of a report are shown: those that meet what was asked for, themselves or through
 * the container that they belong to.
 */
#ifndef VFIOTOP_SELECT_H
#define VFIOTOP_SELECT_H

#include "selection.h"
#include "snapshot.h"
#include "view.h"

/**
 * struct selected_container - what a container meets
 * @id: its number
 * @met: bits, one for each thing that may be asked for
 */
struct selected_container {
	uint64_t id;
	unsigned int met;
};

/**
 * struct select - what is asked for, and what of a snapshot meets it
 * @only: what is asked for
 * @asked: the same in bits
 * @snapshot: that snapshot
 * @containers: room for those of the snapshot; in order of the number
 * @n_containers: how many
 * @device: the device that is asked for, NULL when the snapshot has none
 * @group: likewise the group
 */
struct select {
	struct selection only;
	unsigned int asked;
	const struct snapshot *snapshot;
	struct selected_container *containers;
	size_t n_containers;
	const struct device_snapshot *device;
	const struct group_snapshot *group;
};

/**
 * select_ask - say what is asked for
 * @select: is filled in
 * @only: NULL for all
 */
void select_ask(struct select *select, const struct selection *only);

/**
 * select_text - the same in words
 * @select: from select_ask()
 * @text: is filled in, and empty when all is shown
 * @size: its bytes
 */
void select_text(const struct select *select, char *text, size_t size);

/**
 * select_from - look at a snapshot
 * @select: from select_ask(), with room for its containers
 * @snapshot: from which rows are to be selected
 */
void select_from(struct select *select, const struct snapshot *snapshot);

/**
 * select_container - whether a container is shown
 * @select: from select_from()
 * @container: of its snapshot
 *
 * Return: whether it is.
 */
bool select_container(const struct select *select, const struct container_snapshot *container);

/**
 * select_in_flight - whether an operation in flight is shown
 * @select: from select_from()
 * @operation: of its snapshot
 *
 * Return: whether it is.
 */
bool select_in_flight(const struct select *select, const struct vt_in_flight *operation);

/**
 * select_group - whether a group is shown
 * @select: from select_from()
 * @group: of its snapshot
 *
 * Return: whether it is.
 */
bool select_group(const struct select *select, const struct group_snapshot *group);

/**
 * select_device - whether a device is shown
 * @select: from select_from()
 * @device: of its snapshot
 *
 * Return: whether it is.
 */
bool select_device(const struct select *select, const struct device_snapshot *device);

/**
 * select_process - whether a process is shown
 * @select: from select_from()
 * @process: of its snapshot
 *
 * Return: whether it is.
 */
bool select_process(const struct select *select, const struct process_snapshot *process);

/**
 * select_failure - whether a failure is shown
 * @select: from select_from()
 * @failure: of its snapshot
 *
 * Return: whether it is.
 */
bool select_failure(const struct select *select, const struct vt_failure *failure);

#endif /* VFIOTOP_SELECT_H */

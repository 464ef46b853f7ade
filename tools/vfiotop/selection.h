/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What reports are to be about, as the command line says.
 */
#ifndef VFIOTOP_SELECTION_H
#define VFIOTOP_SELECTION_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct selection - what is shown: what meets all of these
 * @pid: this process, 0 for any
 * @by_group: only this group
 * @group: its number
 * @container: this container, 0 for any
 * @device: this device; a PCI address may lack its domain; NULL for any
 * @cgroup: this cgroup and those below it; NULL for any
 */
struct selection {
	uint32_t pid;
	bool by_group;
	uint32_t group;
	uint64_t container;
	const char *device;
	const char *cgroup;
};

#endif /* VFIOTOP_SELECTION_H */

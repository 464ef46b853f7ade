/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a watch holds of the kernel: file descriptors of the maps that BPF programs fill, and
 * of the programs and their links, which stay attached as long as these are open. Whoever
 * has them can read without privileges what the programs count.
 */
#ifndef VFIOTOP_HANDLES_H
#define VFIOTOP_HANDLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "descriptors.h"

struct bpf_object_skeleton;

/**
 * enum handle - what there is one of
 * @HANDLE_CONTAINERS: map
 * @HANDLE_CONTAINERS_USED: map: how many containers have a slot
 * @HANDLE_IN_FLIGHT: map
 * @HANDLE_GROUPS: map
 * @HANDLE_DEVICES: map
 * @HANDLE_FAILURES: ring buffer
 * @HANDLE_TRACED: ring buffer
 * @HANDLE_PROCESSES: map of the source iommu
 * @HANDLE_VARIABLES: map of the programs' own variables
 * @HANDLE_CENSUS: iterator
 * @HANDLE_CENSUS_VARIABLES: map of its variables
 * @HANDLE_CENSUS_IOMMUFD: iterator for contexts of iommufd
 * @HANDLE_CENSUS_IOMMUFD_VARIABLES: map of its variables
 * @HANDLE_IOMMUFD_VARIABLES: map of the variables of iommufd's programs, beside others
 * @HANDLE_HOST_PINS: iterator
 * @HANDLE_KINDS: how many there are
 */
enum handle {
	HANDLE_CONTAINERS,
	HANDLE_CONTAINERS_USED,
	HANDLE_IN_FLIGHT,
	HANDLE_GROUPS,
	HANDLE_DEVICES,
	HANDLE_FAILURES,
	HANDLE_TRACED,
	HANDLE_PROCESSES,
	HANDLE_VARIABLES,
	HANDLE_CENSUS,
	HANDLE_CENSUS_VARIABLES,
	HANDLE_CENSUS_IOMMUFD,
	HANDLE_CENSUS_IOMMUFD_VARIABLES,
	HANDLE_IOMMUFD_VARIABLES,
	HANDLE_HOST_PINS,
	HANDLE_KINDS,
};

/* More programs, or links, no source has. */
#define HANDLES_PROGRAMS 80

_Static_assert(HANDLE_KINDS + 2 * HANDLES_PROGRAMS <= DESCRIPTORS_MAX, "they are sent at once");

/**
 * struct handles - file descriptors, all of them close-on-exec
 * @fd: by enum handle; -1 where there is none
 * @programs: n_programs of these
 * @n_programs: how many
 * @links: n_links of these, those of the programs in that order; -1 when it is detached
 * @n_links: how many
 */
struct handles {
	int fd[HANDLE_KINDS];
	int programs[HANDLES_PROGRAMS];
	uint32_t n_programs;
	int links[HANDLES_PROGRAMS];
	uint32_t n_links;
};

/**
 * handles_none - there are none
 *
 * Return: that.
 */
struct handles handles_none(void);

/**
 * handles_of - those of programs that are attached
 * @skeleton: theirs; the file descriptors remain its own
 *
 * Return: the handles.
 */
struct handles handles_of(const struct bpf_object_skeleton *skeleton);

/**
 * handles_add - those of more programs, and their links
 * @handles: gets them
 * @skeleton: theirs, attached; the file descriptors remain its own
 */
void handles_add(struct handles *handles, const struct bpf_object_skeleton *skeleton);

/**
 * handles_close - close all
 * @handles: there are none afterwards
 */
void handles_close(struct handles *handles);

/**
 * handles_detach - have a program run no more
 * @handles: what is attached
 * @program: its name
 */
void handles_detach(struct handles *handles, const char *program);

/**
 * struct program_counts - what the kernel counts of programs
 * @missed: events that it did not hand to a program
 * @runs: runs, and
 * @ns: their time; both only while kernel.bpf_stats_enabled is set
 */
struct program_counts {
	uint64_t missed;
	uint64_t runs;
	uint64_t ns;
};

/**
 * handles_counts - add up what the kernel counts of the programs
 * @handles: of a watch
 *
 * Return: the sums.
 */
struct program_counts handles_counts(const struct handles *handles);

/**
 * struct array - an array of the kernel's, mapped
 * @slots: NULL when there is none
 * @n: how many slots
 * @bytes: of all
 */
struct array {
	void *slots;
	size_t n;
	size_t bytes;
};

/**
 * array_map - have an array of the kernel's in memory
 * @fd: of a map that allows it
 *
 * Return: the array; none after a failure, with errno.
 */
struct array array_map(int fd);

/**
 * array_unmap - undo array_map()
 * @array: is none afterwards
 */
void array_unmap(struct array *array);

/**
 * map_slots - how many entries a map has room for
 * @fd: the map
 *
 * Return: 0 after a failure, with errno.
 */
size_t map_slots(int fd);

#endif /* VFIOTOP_HANDLES_H */

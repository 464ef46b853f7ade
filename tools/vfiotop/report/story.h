/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happened while a recording was made, added up over time.
 */
#ifndef VFIOTOP_STORY_H
#define VFIOTOP_STORY_H

#include "render/iova_map.h"
#include "view.h"

#define STORY_BINS	20 /* parts of the time */
#define STORY_LATENCIES 13 /* classes, each four times the one before */
#define STORY_SIZES	10
#define STORY_LATENCY_0 1000ULL /* ns: the first class is below */
#define STORY_SIZE_0	8192ULL /* bytes: likewise */

/**
 * struct story_bin - a part of the time
 * @reports: how many reports are in it
 * @latencies: maps that ended in it, by latency
 * @sizes: the same by size, or by the mean size in their container and interval
 * @in_flight: the longest that a map in flight had taken so far, in ns; 0 without one
 * @pinned: bytes pinned in the end
 * @pinned_known: that is known
 * @failures: requests refused in it
 */
struct story_bin {
	uint64_t reports;
	uint64_t latencies[STORY_LATENCIES];
	uint64_t sizes[STORY_SIZES];
	uint64_t in_flight;
	uint64_t pinned;
	bool pinned_known;
	uint64_t failures;
};

/**
 * struct story_container - a container as it was last seen
 * @view: its figures; texts only, no pointers are valid
 * @ranges: where its mappings lay when there were most bytes of them, and what was reserved
 * @n_ranges: how many
 * @ranges_bytes: how many bytes were mapped
 */
struct story_container {
	struct container_view view;
	struct range_view ranges[IOVA_PARTS];
	size_t n_ranges;
	uint64_t ranges_bytes;
};

struct story_last;

/**
 * struct story - all of it
 * @start_ns: time of the first report, CLOCK_MONOTONIC
 * @end_ns: time of the last one
 * @realtime_ns: time of the first one since 1970
 * @reports: how many there are
 * @knowledge: enum knowledge of the last one
 * @source: its source
 * @hugepages_disabled: whether vfio_iommu_type1 had disable_hugepages set
 * @mean_sizes: sizes of maps are means, as an older recording has no others
 * @bins: the time in STORY_BINS equal parts
 * @containers: n_containers of them, by number
 * @n_containers: how many
 * @failures: n_failures of them, oldest first
 * @n_failures: how many
 * @failures_dropped: refused requests that are not among these
 * @leaks: n_leaks of them, each as it was last seen
 * @n_leaks: how many
 * @lost: what could not be recorded
 * @last: what was counted until the last report
 * @n_last: how many containers
 */
struct story {
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t realtime_ns;
	uint64_t reports;
	unsigned int knowledge;
	char source[16];
	struct figure hugepages_disabled;
	bool mean_sizes;
	struct story_bin bins[STORY_BINS];
	struct story_container *containers;
	size_t n_containers;
	struct failure_view *failures;
	size_t n_failures;
	uint64_t failures_dropped;
	struct leak_view *leaks;
	size_t n_leaks;
	uint64_t lost;
	struct story_last *last;
	size_t n_last;
};

/**
 * story_add - one more report
 * @story: its start_ns and end_ns are those of all reports, the rest was zero in the beginning
 * @view: the report
 *
 * Return: false when out of memory.
 */
bool story_add(struct story *story, const struct view *view);

/**
 * story_free - free all
 * @story: is empty afterwards
 */
void story_free(struct story *story);

/**
 * story_latency - the bound of a class of latencies
 * @class: which
 *
 * Return: ns; maps of this class took less, and no less than the bound of the class before.
 */
uint64_t story_latency(size_t class);

/**
 * story_size - the bound of a class of sizes
 * @class: which
 *
 * Return: bytes, likewise.
 */
uint64_t story_size(size_t class);

#endif /* VFIOTOP_STORY_H */

// SPDX-License-Identifier: GPL-2.0-only
#include "layout.h"

#include <stdio.h>
#include <string.h>

/* ROW is the structure of the table at hand; a field is called as its member. */
#define FIELD(_name, member, _kind, _secret, _needs)                                               \
	{                                                                                          \
		.name = _name, .kind = _kind, .secret = _secret, .needs = _needs,                  \
		.offset = offsetof(ROW, member), .size = sizeof(((ROW *)NULL)->member), .count = 1 \
	}
#define NUMBER(member)		FIELD(#member, member, LAYOUT_UNSIGNED, SECRET_NONE, 0)
#define NUMBER_IF(need, member) FIELD(#member, member, LAYOUT_UNSIGNED, SECRET_NONE, need)
#define SIGNED(member)		FIELD(#member, member, LAYOUT_SIGNED, SECRET_NONE, 0)
#define SIGNED_IF(need, member) FIELD(#member, member, LAYOUT_SIGNED, SECRET_NONE, need)
#define TEXT(member)		FIELD(#member, member, LAYOUT_TEXT, SECRET_NONE, 0)
#define NAME(secret, member)	FIELD(#member, member, LAYOUT_TEXT, secret, 0)
#define PRIVATE(member)		FIELD(#member, member, LAYOUT_PRIVATE, SECRET_NONE, 0)
#define NUMBERS(need, member)                                                              \
	{                                                                                  \
		.name = #member, .kind = LAYOUT_UNSIGNED, .needs = need,                   \
		.offset = offsetof(ROW, member), .size = sizeof(((ROW *)NULL)->member[0]), \
		.count = sizeof(((ROW *)NULL)->member) / sizeof(((ROW *)NULL)->member[0])  \
	}
#define LATER_NUMBERS(member)                                                              \
	{                                                                                  \
		.name = #member, .kind = LAYOUT_UNSIGNED, .later = true,                   \
		.offset = offsetof(ROW, member), .size = sizeof(((ROW *)NULL)->member[0]), \
		.count = sizeof(((ROW *)NULL)->member) / sizeof(((ROW *)NULL)->member[0])  \
	}
#define LATER_FIELD(member, _kind, _secret, _needs)                                                \
	{                                                                                          \
		.name = #member, .kind = _kind, .secret = _secret, .needs = _needs, .later = true, \
		.offset = offsetof(ROW, member), .size = sizeof(((ROW *)NULL)->member), .count = 1 \
	}
#define LATER(member)		   LATER_FIELD(member, LAYOUT_UNSIGNED, SECRET_NONE, 0)
#define LATER_TEXT(member)	   LATER_FIELD(member, LAYOUT_TEXT, SECRET_NONE, 0)
#define LATER_SIGNED(member)	   LATER_FIELD(member, LAYOUT_SIGNED, SECRET_NONE, 0)
#define LATER_NAME(secret, member) LATER_FIELD(member, LAYOUT_TEXT, secret, 0)
#define LATER_IF(need, member)	   LATER_FIELD(member, LAYOUT_UNSIGNED, SECRET_NONE, need)
#define LOST(_name, kind)	   FIELD("lost." _name, lost[kind], LAYOUT_UNSIGNED, SECRET_NONE, 0)

#define PROCESS(member)                                                                      \
	NUMBER(member.known), NUMBER(member.alive), LATER(member.zombie), LATER(member.rss), \
		NAME(SECRET_PROCESS, member.comm)
#define REQUESTS(member)                                                                         \
	NUMBER(member.count), NUMBER(member.errors), NUMBER(member.bytes), NUMBER(member.asked), \
		NUMBER(member.pages), NUMBER(member.ns_sum), NUMBER(member.ns_max),              \
		NUMBERS(KNOWS_REQUESTS, member.buckets), LATER_NUMBERS(member.sizes)
#define ACTIONS(need, member)                                                   \
	NUMBER_IF(need, member.count), NUMBER_IF(need, member.errors),          \
		NUMBER_IF(need, member.ns_sum), NUMBER_IF(need, member.ns_max), \
		NUMBER_IF(need, member.ns_last)
#define FAILURE(member)                                                                          \
	NUMBER(member.time_ns), NUMBER(member.container), NUMBER(member.iova),                   \
		NUMBER(member.size), NUMBER(member.conflict_iova), NUMBER(member.conflict_size), \
		NUMBER(member.mappings), NUMBER(member.mappings_limit), NUMBER(member.locked),   \
		NUMBER(member.locked_limit), NUMBER(member.operation), NUMBER(member.stage),     \
		SIGNED(member.ret), NUMBER(member.pid), NUMBER(member.group),                    \
		NUMBER(member.holder_pid), NAME(SECRET_PROCESS, member.comm),                    \
		NAME(SECRET_SUBJECT, member.name)

/* A failure is a row of its own, too. */
struct failure_row {
	struct vt_failure failure;
};

#define ROW struct layout_head
static const struct layout_field head_fields[] = {
	NUMBER(time_ns),
	NUMBER(realtime_ns),
	NUMBER(start_ns),
	NUMBER(missed_programs),
	NUMBER(unseen),
	LOST("containers", VT_LOST_CONTAINER),
	LOST("in_flight", VT_LOST_IN_FLIGHT),
	LOST("groups", VT_LOST_GROUP),
	LOST("devices", VT_LOST_DEVICE),
	LOST("failures", VT_LOST_FAILURE),
	LOST("starts", VT_LOST_START),
	LOST("reads", VT_LOST_READ),
	PRIVATE(lost[VT_LOST_TRACED]),
	NUMBER(tick),
	NUMBER(census),
	LATER(runs_over),
	LATER(iommufd_loaded),
	LATER(iommufd),
	LATER_TEXT(no_iommufd),
	LATER(hugepages_known),
	LATER(hugepages_disabled),
	LATER(page_bytes),
	LATER(superpage_bytes),
	NUMBER(unseen_known),
	LATER(host.known),
	LATER(host.settled),
	LATER_SIGNED(host.pinned),
	LATER_SIGNED(host.acquired),
	LATER(host.kept),
	LATER(host.pinner_pid),
	LATER(host.pinner_bytes),
	LATER_NAME(SECRET_PROCESS, host.pinner_comm),
	LATER(watch.known),
	LATER(watch.program_runs),
	LATER(watch.program_ns),
	LATER(watch.containers),
	LATER(watch.groups),
	LATER(watch.groups_max),
	LATER(watch.devices),
	LATER(watch.devices_max),
	LATER(watch.in_flight),
	LATER(watch.in_flight_max),
	LATER(watch.attach_known),
	LATER(watch.attach_failures),
	TEXT(missing),
	TEXT(source),
	TEXT(attach),
	TEXT(knowledge),
};

#undef ROW
#define ROW struct container_snapshot
static const struct layout_field container_fields[] = {
	PRIVATE(stats.key),
	NUMBER(stats.id),
	NUMBER(stats.first_ns),
	NUMBER(stats.opened_ns),
	NUMBER(stats.released_ns),
	SIGNED_IF(KNOWS_PINS, stats.pinned),
	SIGNED_IF(KNOWS_PINS, stats.pinned_peak),
	SIGNED_IF(KNOWS_MAPPINGS, stats.mappings),
	NUMBER(stats.pins_standalone),
	NUMBER_IF(KNOWS_PINS, stats.total_pinned),
	NUMBER_IF(KNOWS_MAPPINGS, stats.total_mappings),
	NUMBER_IF(KNOWS_LIMIT, stats.mappings_limit),
	NUMBER_IF(KNOWS_RUNS, stats.runs),
	NUMBERS(KNOWS_RUNS, stats.leaf_bytes),
	LATER(stats.pgsizes),
	LATER(stats.congruent),
	LATER(stats.incongruent),
	LATER(stats.bar_bytes),
	LATER(stats.other_bytes),
	PRIVATE(stats.ranges_seq),
	PRIVATE(stats.oldest_seq),
	LATER(stats.oldest_lost),
	LATER(stats.oldest_more),
	LATER_NUMBERS(stats.oldest_iova),
	LATER_NUMBERS(stats.oldest_size),
	LATER_NUMBERS(stats.oldest_ns),
	LATER_NUMBERS(stats.oldest_tid),
	NUMBER_IF(KNOWS_RANGES, stats.ranges_lost),
	NUMBERS(KNOWS_RANGES, stats.range_iova),
	NUMBERS(KNOWS_RANGES, stats.range_size),
	NUMBERS(KNOWS_RANGES, stats.range_leaves),
	NUMBER_IF(KNOWS_PHASES, stats.pin_ns),
	NUMBER_IF(KNOWS_PHASES, stats.iommu_ns),
	NUMBER_IF(KNOWS_PHASES, stats.account_ns),
	SIGNED_IF(KNOWS_CHARGES, stats.charged),
	NUMBER_IF(KNOWS_CHARGES, stats.charge_errors),
	NUMBER_IF(KNOWS_CHARGES, stats.locked),
	NUMBER_IF(KNOWS_CHARGES, stats.locked_limit),
	LATER(stats.unpinned_short),
	NUMBER_IF(KNOWS_UNPINS, stats.unpinned_over),
	LATER(stats.kept_mappings),
	LATER(stats.kept_iova),
	LATER(stats.kept_size),
	LATER(stats.kept_pages),
	LATER(stats.excess_pages),
	LATER(stats.excess_mappings),
	LATER(stats.excess_iova),
	LATER(stats.excess_size),
	LATER(stats.doubtful_pages),
	LATER(stats.doubtful_mappings),
	LATER(stats.doubtful_iova),
	LATER(stats.doubtful_size),
	LATER_SIGNED(stats.drift),
	LATER(stats.drift_iova),
	LATER(stats.drift_size),
	LATER(stats.drift_pid),
	PRIVATE(stats.pad),
	NUMBER(stats.unmap_differs),
	NUMBER_IF(KNOWS_TEARDOWNS, stats.teardowns),
	NUMBER_IF(KNOWS_TEARDOWNS, stats.teardown_mappings),
	NUMBER_IF(KNOWS_TEARDOWN_BYTES, stats.teardown_bytes),
	NUMBER_IF(KNOWS_UNPINS, stats.teardown_pages),
	NUMBER_IF(KNOWS_TEARDOWNS, stats.teardown_ns),
	NUMBER_IF(KNOWS_UNPINS, stats.left_pinned),
	NUMBER_IF(KNOWS_UNPINS, stats.left_mappings),
	SIGNED_IF(KNOWS_UNPINS, stats.left_charged),
	NUMBER_IF(KNOWS_MEMBERS, stats.census_mappings),
	NUMBER_IF(KNOWS_MEMBERS, stats.census_bytes),
	SIGNED_IF(KNOWS_MEMBERS, stats.census_pinned),
	PRIVATE(stats.backend_key),
	NUMBER(stats.opener_pid),
	NUMBER(stats.caller_pid),
	NUMBER(stats.locked_pid),
	NUMBER(stats.census_pid),
	NUMBER_IF(KNOWS_CHARGES, stats.ipc_lock),
	NUMBER(stats.iommu_type),
	NUMBER(stats.flags),
	LATER(stats.ioas),
	LATER(stats.context),
	LATER(stats.locked_by),
	PRIVATE(stats.context_key),
	NAME(SECRET_PROCESS, stats.opener_comm),
	NAME(SECRET_PROCESS, stats.caller_comm),
	TEXT(stats.backend),
	FAILURE(stats.first_failure),
	REQUESTS(stats.map),
	REQUESTS(stats.unmap),
	LATER_IF(KNOWS_DIRTY_LOG, stats.dirty_log.starts),
	LATER_IF(KNOWS_DIRTY_LOG, stats.dirty_log.stops),
	LATER_IF(KNOWS_DIRTY_LOG, stats.dirty_log.bitmaps),
	LATER_IF(KNOWS_DIRTY_LOG, stats.dirty_log.errors),
	LATER_IF(KNOWS_DIRTY_LOG, stats.dirty_log.range_bytes),
	LATER_IF(KNOWS_DIRTY_LOG, stats.dirty_log.bitmap_bytes),
	LATER_IF(KNOWS_DIRTY_LOG, stats.dirty_log.ns_sum),
	LATER_IF(KNOWS_DIRTY_LOG, stats.dirty_log.ns_max),
	LATER_IF(KNOWS_DIRTY_LOG, stats.dirty_log.ns_last),
	PROCESS(owner),
	NUMBER(owner_pid),
	NAME(SECRET_CGROUP, cgroup),
	LATER(numa.known),
	LATER(numa.hugetlb_known),
	LATER(numa.nodes),
	LATER_NUMBERS(numa.memory),
	LATER_NUMBERS(numa.hugetlb),
	NUMBER(holders_known),
	LATER(holders_ns),
	NUMBER(holders),
	NUMBER(holder_pid),
	NAME(SECRET_PROCESS, holder_comm),
};

#undef ROW
#define ROW struct vt_in_flight
static const struct layout_field in_flight_fields[] = {
	NUMBER(start_ns),
	NUMBER(container),
	NUMBER(iova),
	NUMBER(size),
	NUMBER_IF(KNOWS_PROGRESS, pages),
	PRIVATE(unpinned),
	PRIVATE(key),
	PRIVATE(removed),
	PRIVATE(done),
	PRIVATE(refunded),
	PRIVATE(last_iova),
	PRIVATE(last_size),
	PRIVATE(last_pages),
	PRIVATE(last_mark),
	PRIVATE(dma),
	PRIVATE(source),
	PRIVATE(refused),
	PRIVATE(made),
	PRIVATE(step_ns),
	PRIVATE(pin_ns),
	PRIVATE(iommu_ns),
	NUMBER(tid),
	NUMBER(pid),
	NUMBER(operation),
	PRIVATE(holder),
	PRIVATE(slot),
	PRIVATE(container_slot),
	PRIVATE(check_ns),
};

#undef ROW
#define ROW struct group_snapshot
static const struct layout_field group_fields[] = {
	NUMBER(id),
	NUMBER(stats.container),
	NUMBER(stats.opened_ns),
	NUMBER_IF(KNOWS_GROUP_OPENS, stats.opens),
	NUMBER_IF(KNOWS_GROUP_OPENS, stats.open_errors),
	NUMBER(stats.pid),
	NUMBER(stats.state),
	NAME(SECRET_PROCESS, stats.comm),
	PROCESS(owner),
	LATER(reserved.known),
	LATER_NUMBERS(reserved.first),
	LATER_NUMBERS(reserved.last),
	LATER_NUMBERS(reserved.kind),
};

#undef ROW
#define ROW struct device_snapshot
static const struct layout_field device_fields[] = {
	NAME(SECRET_DEVICE, key.name),
	NUMBER(stats.container),
	NUMBER(stats.opened_ns),
	NUMBER(stats.group),
	NUMBER(stats.pid),
	NUMBER(stats.state),
	PRIVATE(stats.pad),
	NAME(SECRET_PROCESS, stats.comm),
	ACTIONS(KNOWS_DEVICE_OPENS, stats.open),
	ACTIONS(KNOWS_DEVICE_CLOSES, stats.close),
	ACTIONS(KNOWS_RESETS, stats.reset),
	PROCESS(owner),
	NUMBER(pci.known),
	NUMBER(pci.vendor),
	NUMBER(pci.device),
	TEXT(pci.name),
	TEXT(pci.driver),
	LATER_TEXT(pci.cdev),
};

#undef ROW
#define ROW struct process_snapshot
static const struct layout_field process_fields[] = {
	NUMBER(pid),
	PROCESS(process),
	NAME(SECRET_CGROUP, cgroup),
	NUMBER(containers),
	NUMBER(groups),
	NUMBER(devices),
	LATER(iommufd_known),
	LATER(iommufds),
	LATER(cdevs),
	LATER(pinned),
	NUMBER(locks_known),
	NUMBER(locked),
	NUMBER(locked_limit),
	NUMBER(ipc_lock),
	NUMBER_IF(KNOWS_IOMMU, iommu.since_ns),
	NUMBER_IF(KNOWS_IOMMU, iommu.maps),
	NUMBER_IF(KNOWS_IOMMU, iommu.map_bytes),
	NUMBER_IF(KNOWS_IOMMU, iommu.unmaps),
	NUMBER_IF(KNOWS_IOMMU, iommu.unmap_bytes),
};

#undef ROW
#define ROW struct failure_row
static const struct layout_field failure_fields[] = {
	FAILURE(failure),
};

#define TABLE(_name, _fields, structure)                                                          \
	{                                                                                         \
		.name = _name, .fields = _fields,                                                 \
		.n_fields = sizeof(_fields) / sizeof((_fields)[0]), .row_size = sizeof(structure) \
	}
#define ROWS(member, _fields, structure)                                                           \
	{                                                                                          \
		.name = #member, .fields = _fields,                                                \
		.n_fields = sizeof(_fields) / sizeof((_fields)[0]), .row_size = sizeof(structure), \
		.rows = offsetof(struct snapshot, member),                                         \
		.n_rows = offsetof(struct snapshot, n_##member)                                    \
	}

const struct layout_table layout_tables[LAYOUT_TABLES] = {
	[LAYOUT_HEAD] = TABLE("head", head_fields, struct layout_head),
	ROWS(containers, container_fields, struct container_snapshot),
	ROWS(in_flight, in_flight_fields, struct vt_in_flight),
	ROWS(groups, group_fields, struct group_snapshot),
	ROWS(devices, device_fields, struct device_snapshot),
	ROWS(processes, process_fields, struct process_snapshot),
	ROWS(failures, failure_fields, struct failure_row),
};

/* --- What a source knows ---------------------------------------------------------------- */

static const struct {
	unsigned int bit;
	const char *word;
} words_of[] = {
	{ KNOWS_CONTAINERS, "containers" },
	{ KNOWS_REQUESTS, "requests" },
	{ KNOWS_MAPPINGS, "mappings" },
	{ KNOWS_LIMIT, "limit" },
	{ KNOWS_PINS, "pins" },
	{ KNOWS_RUNS, "runs" },
	{ KNOWS_PHASES, "phases" },
	{ KNOWS_PROGRESS, "progress" },
	{ KNOWS_UNPINS, "unpins" },
	{ KNOWS_CHARGES, "charges" },
	{ KNOWS_TEARDOWNS, "teardowns" },
	{ KNOWS_TEARDOWN_BYTES, "teardown_bytes" },
	{ KNOWS_OPENERS, "openers" },
	{ KNOWS_MEMBERS, "members" },
	{ KNOWS_GROUP_OPENS, "group_opens" },
	{ KNOWS_GROUP_CLOSES, "group_closes" },
	{ KNOWS_DEVICE_OPENS, "device_opens" },
	{ KNOWS_DEVICE_CLOSES, "device_closes" },
	{ KNOWS_RESETS, "resets" },
	{ KNOWS_RANGES, "ranges" },
	{ KNOWS_PROCESSES, "processes" },
	{ KNOWS_IOMMU, "iommu" },
	{ KNOWS_DIRTY_LOG, "dirty_log" },
};

#define WORDS (sizeof(words_of) / sizeof(words_of[0]))

void layout_words(unsigned int knowledge, char words[LAYOUT_KNOWLEDGE_SIZE])
{
	size_t used = 0;

	words[0] = '\0';
	for (size_t i = 0; i < WORDS; i++)
		if (knowledge & words_of[i].bit)
			used += (size_t)snprintf(words + used, LAYOUT_KNOWLEDGE_SIZE - used, "%s%s",
						 used ? " " : "", words_of[i].word);
}

unsigned int layout_knowledge(const char *words)
{
	unsigned int knowledge = 0;

	while (*words) {
		size_t length = strcspn(words, " ");

		for (size_t i = 0; i < WORDS; i++)
			if (strlen(words_of[i].word) == length &&
			    !memcmp(words, words_of[i].word, length))
				knowledge |= words_of[i].bit;
		words += length;
		words += strspn(words, " ");
	}
	return knowledge;
}

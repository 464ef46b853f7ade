// SPDX-License-Identifier: GPL-2.0-only
#include "fields.h"

#include <inttypes.h>
#include <string.h>

/* A field of @scope that is @member of struct @view. */
#define FIELD(_scope, view, _name, _title, _unit, _width, _needs, member, _text)                 \
	{                                                                                        \
		.scope = _scope, .name = _name, .title = _title, .unit = _unit, .width = _width, \
		.needs = _needs, .offset = offsetof(struct view, member), .text = _text          \
	}
#define REPORT(name, title, unit, width, needs, member, text) \
	FIELD(SCOPE_REPORT, view, name, title, unit, width, needs, member, text)
#define REPORT_OBJECT(_name, _of, member, _text)                                      \
	{                                                                             \
		.scope = SCOPE_REPORT, .name = _name, .unit = UNIT_OBJECT, .of = _of, \
		.offset = offsetof(struct view, member), .text = _text                \
	}
#define REPORT_ROWS(_name, _of, _needs, member, _text)                              \
	{                                                                           \
		.scope = SCOPE_REPORT, .name = _name, .unit = UNIT_ROWS, .of = _of, \
		.needs = _needs, .offset = offsetof(struct view, member),           \
		.count = offsetof(struct view, n_##member), .text = _text           \
	}
#define LOST(name, member, text) \
	FIELD(SCOPE_LOST, lost_view, name, NULL, UNIT_COUNT, 0, 0, member, text)
#define TOTAL(name, unit, needs, member, text) \
	FIELD(SCOPE_TOTALS, totals_view, name, NULL, unit, 0, needs, member, text)
#define HOST(name, unit, needs, member, text) \
	FIELD(SCOPE_HOST, host_view, name, NULL, unit, 0, needs, member, text)
#define WATCH(name, unit, member, text) \
	FIELD(SCOPE_WATCH, watch_view, name, NULL, unit, 0, 0, member, text)
#define CONTAINER(name, title, unit, width, needs, member, text) \
	FIELD(SCOPE_CONTAINER, container_view, name, title, unit, width, needs, member, text)
#define CONTAINER_ARRAY(_name, _unit, _needs, member, _text)                             \
	{                                                                                \
		.scope = SCOPE_CONTAINER, .name = _name, .unit = _unit, .needs = _needs, \
		.offset = offsetof(struct container_view, member),                       \
		.count = offsetof(struct container_view, n_##member), .text = _text      \
	}
#define REQUESTS(prefix, titles, member, what)                                                    \
	CONTAINER(prefix ".count", NULL, UNIT_COUNT, 0, 0, member.count,                          \
		  what " that succeeded since the watch began"),                                  \
		CONTAINER(prefix ".errors", titles " ERR", UNIT_COUNT, 4, 0, member.errors,       \
			  what                                                                    \
			  " that failed since the watch began; not part of count, bytes or ns"),  \
		CONTAINER(prefix ".bytes", NULL, UNIT_BYTES, 0, 0, member.bytes,                  \
			  "bytes of these " what),                                                \
		CONTAINER(prefix ".mean_bytes", titles " SIZE", UNIT_BYTES, 10, 0,                \
			  member.mean_bytes, "bytes divided by count"),                           \
		CONTAINER(prefix ".per_second", titles "/s", UNIT_MILLI, 8, 0, member.per_second, \
			  what " per second since the last report"),                              \
		CONTAINER(prefix ".bytes_per_second", titles " RATE", UNIT_BYTE_RATE, 12, 0,      \
			  member.bytes_per_second,                                                \
			  "bytes of " what " per second since the last report"),                  \
		CONTAINER(prefix ".ns.p50", "p50", UNIT_NS, 8, 0, member.p50,                     \
			  "median latency of " what " since the watch began"),                    \
		CONTAINER(prefix ".ns.p90", "p90", UNIT_NS, 8, 0, member.p90,                     \
			  "90th percentile of the latency of " what),                             \
		CONTAINER(prefix ".ns.p99", "p99", UNIT_NS, 8, 0, member.p99,                     \
			  "99th percentile of the latency of " what),                             \
		CONTAINER(prefix ".ns.max", "max", UNIT_NS, 8, 0, member.max,                     \
			  "longest of these " what ", exact"),                                    \
		CONTAINER(prefix ".ns.sum", NULL, UNIT_NS, 0, 0, member.sum,                      \
			  "time spent in these " what)
#define LEAF(index, _name, _title, what)                                                           \
	{                                                                                          \
		.scope = SCOPE_CONTAINER, .name = _name, .title = _title, .unit = UNIT_BYTES,      \
		.width = 10, .needs = KNOWS_RUNS,                                                  \
		.offset = offsetof(struct container_view, leaf_bytes[index]), .sparse = !(_title), \
		.text = "bytes mapped with IOMMU leaves of " what " since the watch began"         \
	}
#define IN_FLIGHT(name, title, unit, width, needs, member, text) \
	FIELD(SCOPE_IN_FLIGHT, in_flight_view, name, title, unit, width, needs, member, text)
#define RANGE(name, unit, member, text) \
	FIELD(SCOPE_RANGE, range_view, name, NULL, unit, 0, 0, member, text)
#define GROUP(name, title, unit, width, needs, member, text) \
	FIELD(SCOPE_GROUP, group_view, name, title, unit, width, needs, member, text)
#define NODE(name, unit, member, text) \
	FIELD(SCOPE_NODE, node_view, name, NULL, unit, 0, 0, member, text)
#define SIZE(name, unit, member, text) \
	FIELD(SCOPE_SIZE, size_view, name, NULL, unit, 0, 0, member, text)
#define YOUNGER(_name, index, what)                                                             \
	FIELD(SCOPE_SIZE, size_view, "younger." _name ".least", NULL, UNIT_COUNT, 0,            \
	      KNOWS_MAPPINGS, younger[index].least, "thereof younger than " what ", at least"), \
		FIELD(SCOPE_SIZE, size_view, "younger." _name ".most", NULL, UNIT_COUNT, 0,     \
		      KNOWS_MAPPINGS, younger[index].most,                                      \
		      "thereof younger than " what ", at most")
#define RESERVED(name, unit, member, text) \
	FIELD(SCOPE_RESERVED, reserved_view, name, NULL, unit, 0, 0, member, text)
#define DEVICE(name, title, unit, width, needs, member, text) \
	FIELD(SCOPE_DEVICE, device_view, name, title, unit, width, needs, member, text)
#define ACTIONS(prefix, titles, needs, member, what)                          \
	DEVICE(prefix ".ns.last", titles, UNIT_NS, 8, needs, member.last,     \
	       "latency of the last of these " what),                         \
		DEVICE(prefix ".ns.max", NULL, UNIT_NS, 0, needs, member.max, \
		       "longest of these " what),                             \
		DEVICE(prefix ".ns.sum", NULL, UNIT_NS, 0, needs, member.sum, \
		       "time spent in these " what)
#define PROCESS(name, title, unit, width, needs, member, text) \
	FIELD(SCOPE_PROCESS, process_view, name, title, unit, width, needs, member, text)
#define LEAK(name, title, unit, width, needs, member, text) \
	FIELD(SCOPE_LEAK, leak_view, name, title, unit, width, needs, member, text)
#define MADE(name, unit, needs, member, text) \
	FIELD(SCOPE_MADE, made_view, name, NULL, unit, 0, needs, member, text)
#define ALERT(name, title, unit, width, member, text) \
	FIELD(SCOPE_ALERT, alert_view, name, title, unit, width, 0, member, text)
#define FAILURE(name, title, unit, width, member, text) \
	FIELD(SCOPE_FAILURE, failure_view, name, title, unit, width, 0, member, text)
#define TRACED(name, title, unit, width, member, text) \
	FIELD(SCOPE_TRACED, traced_view, name, title, unit, width, 0, member, text)

static const struct field fields[] = {
	REPORT("time_ns", NULL, UNIT_TIME, 0, 0, time_ns,
	       "time of the report, CLOCK_MONOTONIC; so are all times but realtime_ns"),
	REPORT("realtime_ns", NULL, UNIT_TIME, 0, 0, realtime_ns,
	       "time of the report since 1970, CLOCK_REALTIME"),
	REPORT("interval_ns", NULL, UNIT_NS, 0, 0, interval_ns,
	       "time since the report before, or since the watch began"),
	REPORT("watched_ns", NULL, UNIT_NS, 0, 0, watched_ns, "time since the watch began"),
	REPORT("waiting_for", NULL, UNIT_TEXT, 0, 0, waiting_for,
	       "what of VFIO is not loaded, so that nothing can be watched"),
	REPORT("only", NULL, UNIT_TEXT, 0, 0, only,
	       "what rows are about, if not about all: of totals and lost nothing is left out"),
	REPORT("source", NULL, UNIT_TEXT, 0, 0, source,
	       "where the figures come from: tracepoints, stock, iommufd, kprobes, iommu or proc"),
	REPORT("attach", NULL, UNIT_TEXT, 0, 0, attach,
	       "how the programs are attached: tp_btf, raw_tp, fentry or kprobe"),
	REPORT("census", NULL, UNIT_FLAG, 0, 0, census,
	       "whether what was open when the watch began was looked for"),
	REPORT("runs_over_budget", NULL, UNIT_FLAG, 0, KNOWS_RUNS, runs_over,
	       "whether runs and leaf sizes are no longer counted, as that became too costly"),
	REPORT("iommufd", NULL, UNIT_FLAG, 0, 0, iommufd,
	       "whether iommufd is watched; null where there is none"),
	REPORT("no_iommufd", NULL, UNIT_TEXT, 0, 0, no_iommufd,
	       "why iommufd is there and not watched"),
	REPORT("disable_hugepages", NULL, UNIT_FLAG, 0, 0, hugepages_disabled,
	       "whether the module vfio_iommu_type1 has disable_hugepages set"),
	REPORT("page_bytes", NULL, UNIT_BYTES, 0, 0, page, "size of a page"),
	REPORT("superpage_bytes", NULL, UNIT_BYTES, 0, 0, superpage,
	       "size of a huge page as memory usually has them"),
	REPORT("unseen", NULL, UNIT_COUNT, 0, 0, unseen,
	       "processes whose open files could not be examined, where processes are listed"),
	REPORT_OBJECT("lost", SCOPE_LOST, lost, "what could not be recorded"),
	REPORT_OBJECT("totals", SCOPE_TOTALS, totals, "all containers together"),
	REPORT_OBJECT("host", SCOPE_HOST, host, "pinned memory of the host, whoever pinned it"),
	REPORT_OBJECT("watch", SCOPE_WATCH, watch, "what the watch itself takes"),
	REPORT_ROWS("containers", SCOPE_CONTAINER, KNOWS_CONTAINERS, containers,
		    "address spaces: VFIO containers, and IOASes of iommufd"),
	REPORT_ROWS("groups", SCOPE_GROUP, 0, groups, "IOMMU groups"),
	REPORT_ROWS("devices", SCOPE_DEVICE, 0, devices, "devices"),
	REPORT_ROWS("processes", SCOPE_PROCESS, KNOWS_PROCESSES, processes,
		    "processes that have open VFIO files"),
	REPORT_ROWS("leaks", SCOPE_LEAK, KNOWS_CONTAINERS, leaks, "leaks"),
	REPORT("suppressed_leaks", NULL, UNIT_COUNT, 0, KNOWS_CONTAINERS, suppressed,
	       "how many more leaks there are, which --suppressions names"),
	REPORT_ROWS("alerts", SCOPE_ALERT, 0, alerts, "what needs attention, the gravest first"),
	REPORT_ROWS("failures", SCOPE_FAILURE, KNOWS_REQUESTS, new_failures,
		    "requests refused since the report before, the last 128"),
	REPORT("failures_dropped", NULL, UNIT_COUNT, 0, KNOWS_REQUESTS, failures_dropped,
	       "how many more were refused"),

	LOST("containers", containers, "events of containers beyond --max-containers"),
	LOST("in_flight", in_flight,
	     "operations not shown in flight, as another thread had the same slot"),
	LOST("groups", groups, "events of groups beyond 4096"),
	LOST("devices", devices, "events of devices beyond 4096"),
	LOST("failures", failures, "failures that came faster than they were read"),
	LOST("starts", starts,
	     "requests without a latency, as they were running when the watch began"),
	LOST("reads", reads, "events whose record could not be read"),
	LOST("census", census,
	     "open containers whose pins and mappings from before the watch are not known"),
	LOST("missed", missed, "events that the kernel did not hand to a program"),

	TOTAL("containers", UNIT_COUNT, KNOWS_CONTAINERS, containers, "containers seen"),
	TOTAL("map.count", UNIT_COUNT, KNOWS_REQUESTS, map_count, "maps that succeeded"),
	TOTAL("map.errors", UNIT_COUNT, KNOWS_REQUESTS, map_errors, "maps that failed"),
	TOTAL("map.bytes", UNIT_BYTES, KNOWS_REQUESTS, map_bytes, "bytes mapped"),
	TOTAL("unmap.count", UNIT_COUNT, KNOWS_REQUESTS, unmap_count, "unmaps that succeeded"),
	TOTAL("unmap.errors", UNIT_COUNT, KNOWS_REQUESTS, unmap_errors, "unmaps that failed"),
	TOTAL("unmap.bytes", UNIT_BYTES, KNOWS_REQUESTS, unmap_bytes, "bytes unmapped by request"),
	TOTAL("teardown.bytes", UNIT_BYTES, KNOWS_TEARDOWN_BYTES, teardown_bytes,
	      "bytes unmapped by teardowns"),
	TOTAL("pinned_bytes", UNIT_BYTES, KNOWS_PINS, pinned, "bytes pinned now"),

	HOST("pinned_bytes", UNIT_BYTES, 0, pinned, "bytes pinned now, by the kernel's own count"),
	HOST("vfio_bytes", UNIT_BYTES, KNOWS_PINS, vfio, "thereof by address spaces"),
	HOST("kept_bytes", UNIT_BYTES, KNOWS_PINS, kept,
	     "thereof left behind by mappings that were removed: kernel leaks"),
	HOST("other_bytes", UNIT_BYTES, KNOWS_PINS, others,
	     "the rest: not VFIO, but io_uring, RDMA and the like"),
	HOST("pinner_pid", UNIT_NUMBER, 0, pinner_pid,
	     "the process with most in its VmPin, when there is a rest"),
	HOST("pinner_comm", UNIT_TEXT, 0, pinner_comm, "name of that process"),
	HOST("pinner_bytes", UNIT_BYTES, 0, pinner_bytes, "its VmPin"),

	WATCH("attach_failures", UNIT_COUNT, attach_failures,
	      "better sources that could not be attached, see --info"),
	WATCH("program_runs", UNIT_COUNT, program_runs,
	      "runs of the BPF programs; counted while kernel.bpf_stats_enabled is 1"),
	WATCH("program_ns", UNIT_NS, program_ns, "time that these runs took"),
	WATCH("containers", UNIT_COUNT, containers,
	      "containers in the table that programs fill, see --max-containers"),
	WATCH("groups", UNIT_COUNT, groups, "groups in their table"),
	WATCH("groups_max", UNIT_COUNT, groups_max, "the size of that table"),
	WATCH("devices", UNIT_COUNT, devices, "devices in their table"),
	WATCH("devices_max", UNIT_COUNT, devices_max, "the size of that table"),
	WATCH("in_flight", UNIT_COUNT, in_flight, "operations in flight in their table"),
	WATCH("in_flight_max", UNIT_COUNT, in_flight_max, "the size of that table"),

	CONTAINER("id", "CONTAINER", UNIT_NUMBER, 9, 0, id,
		  "number of the VFIO container, never used again while the module is loaded"),
	CONTAINER("api", NULL, UNIT_TEXT, 0, 0, api, "vfio for a container, iommufd for an IOAS"),
	CONTAINER("iommufd", NULL, UNIT_NUMBER, 0, 0, context,
		  "number of the iommufd context, an open /dev/iommu"),
	CONTAINER("ioas", NULL, UNIT_NUMBER, 0, 0, ioas, "ID of the IOAS in that context"),
	CONTAINER("pid", "PID", UNIT_NUMBER, 7, 0, pid,
		  "process that mapped or unmapped last, else the one that opened the container"),
	CONTAINER("comm", "COMMAND", UNIT_TEXT, 15, 0, comm, "name of that process"),
	CONTAINER("owner_alive", NULL, UNIT_FLAG, 0, 0, owner_alive, "whether that process exists"),
	CONTAINER("rss_bytes", "RSS", UNIT_BYTES, 9, 0, rss,
		  "memory of that process that is present, without hugetlb pages"),
	CONTAINER("opener_pid", NULL, UNIT_NUMBER, 0, KNOWS_OPENERS, opener_pid,
		  "process that opened the container"),
	CONTAINER("opener_comm", NULL, UNIT_TEXT, 0, KNOWS_OPENERS, opener_comm,
		  "name of that process when it did"),
	CONTAINER("opened_ns", NULL, UNIT_TIME, 0, KNOWS_OPENERS, opened_ns, "when it was opened"),
	CONTAINER("before_watch", NULL, UNIT_FLAG, 0, 0, before_watch,
		  "whether it was open when the watch began"),
	CONTAINER("census.mappings", NULL, UNIT_COUNT, 0, KNOWS_MEMBERS, census_mappings,
		  "mappings that it had when the watch began"),
	CONTAINER("census.bytes", NULL, UNIT_BYTES, 0, KNOWS_MEMBERS, census_bytes, "their size"),
	CONTAINER("census.pinned_bytes", NULL, UNIT_BYTES, 0, KNOWS_MEMBERS, census_pinned,
		  "bytes that they had pinned"),
	CONTAINER("holders", NULL, UNIT_COUNT, 0, KNOWS_MEMBERS, holders,
		  "processes that have the container, or its groups and devices, open"),
	CONTAINER("holder_pid", NULL, UNIT_NUMBER, 0, KNOWS_MEMBERS, holder_pid,
		  "one of these processes, pid if it is among them"),
	CONTAINER("holder_comm", NULL, UNIT_TEXT, 0, KNOWS_MEMBERS, holder_comm,
		  "name of that process"),
	CONTAINER("cgroup", NULL, UNIT_TEXT, 0, 0, cgroup, "path of the cgroup of pid"),
	CONTAINER("unit", NULL, UNIT_TEXT, 0, 0, names.unit, "systemd service or scope of pid"),
	CONTAINER("domain", NULL, UNIT_TEXT, 0, 0, names.domain, "libvirt domain of pid"),
	CONTAINER("pod", NULL, UNIT_TEXT, 0, 0, names.pod, "UID of the Kubernetes pod of pid"),
	CONTAINER("released_ns", NULL, UNIT_TIME, 0, 0, released_ns, "when it was released"),
	CONTAINER("backend", "BACKEND", UNIT_TEXT, 16, 0, backend, "IOMMU backend"),
	CONTAINER_ARRAY("groups", UNIT_NUMBERS, KNOWS_MEMBERS, groups, "groups attached now"),
	CONTAINER_ARRAY("devices", UNIT_TEXTS, KNOWS_DEVICE_CLOSES, devices, "devices open now"),
	CONTAINER("alert", "ALERT", UNIT_TEXT, 13, 0, alert,
		  "kind of its gravest alert, null when there is none"),
	CONTAINER("mapped_bytes", "MAPPED", UNIT_BYTES, 10, KNOWS_TEARDOWN_BYTES, mapped,
		  "bytes mapped now"),
	CONTAINER("mapping_bytes", "EACH", UNIT_BYTES, 10, KNOWS_TEARDOWN_BYTES, mapping_bytes,
		  "mapped_bytes divided by mappings"),
	CONTAINER("mappings", "MAPPINGS", UNIT_COUNT, 8, KNOWS_MAPPINGS, mappings, "mappings now"),
	CONTAINER("oldest.iova", NULL, UNIT_ADDRESS, 0, KNOWS_MAPPINGS, oldest_iova,
		  "start of its oldest mapping"),
	CONTAINER("oldest.size_bytes", NULL, UNIT_BYTES, 0, KNOWS_MAPPINGS, oldest_size,
		  "its size"),
	CONTAINER("oldest.ns", NULL, UNIT_TIME, 0, KNOWS_MAPPINGS, oldest_ns, "when it was made"),
	CONTAINER("oldest.tid", NULL, UNIT_NUMBER, 0, KNOWS_MAPPINGS, oldest_tid,
		  "by which thread"),
	CONTAINER("mappings_limit", "LIMIT", UNIT_COUNT, 6, KNOWS_LIMIT, mappings_limit,
		  "how many mappings it may have"),
	CONTAINER("pinned_bytes", "PINNED", UNIT_BYTES, 10, KNOWS_PINS, pinned,
		  "bytes of user memory pinned by its mappings now"),
	CONTAINER("pinned_peak_bytes", "PEAK", UNIT_BYTES, 10, KNOWS_PINS, pinned_peak,
		  "the most that pinned_bytes was during the watch"),
	CONTAINER("ledger.pinned_bytes", NULL, UNIT_BYTES, 0, KNOWS_PINS, maps_pinned,
		  "bytes that maps have pinned since the watch began"),
	CONTAINER("ledger.unpinned_bytes", NULL, UNIT_BYTES, 0, KNOWS_PINS, unpinned,
		  "bytes that were unpinned since then"),
	CONTAINER("runs", NULL, UNIT_COUNT, 0, KNOWS_RUNS, runs,
		  "physically contiguous runs mapped since the watch began"),
	CONTAINER("mean_run_bytes", "MEAN RUN", UNIT_BYTES, 10, KNOWS_RUNS, mean_run,
		  "map.bytes divided by runs"),
	CONTAINER("incongruent_bytes", NULL, UNIT_BYTES, 0, KNOWS_RANGES, incongruent,
		  "bytes of maps of superpage_bytes and more at an IOVA and a user address that "
		  "differ modulo that, so that no superpage fits"),
	CONTAINER(
		"superpage_percent", "SUPERPAGES", UNIT_PERCENT, 10, KNOWS_RUNS, superpages,
		"percent of the bytes of leaf_bytes that are in leaves of superpage_bytes and more"),
	CONTAINER("superpage_hint", NULL, UNIT_TEXT, 0, KNOWS_RUNS, superpage_hint,
		  "why superpage_percent is low, as far as it is known"),
	LEAF(0, "leaf_bytes.4096", "4K", "4 KiB"),
	LEAF(1, "leaf_bytes.8192", NULL, "8 KiB"),
	LEAF(2, "leaf_bytes.16384", NULL, "16 KiB"),
	LEAF(3, "leaf_bytes.32768", NULL, "32 KiB"),
	LEAF(4, "leaf_bytes.65536", NULL, "64 KiB"),
	LEAF(5, "leaf_bytes.131072", NULL, "128 KiB"),
	LEAF(6, "leaf_bytes.262144", NULL, "256 KiB"),
	LEAF(7, "leaf_bytes.524288", NULL, "512 KiB"),
	LEAF(8, "leaf_bytes.1048576", NULL, "1 MiB"),
	LEAF(9, "leaf_bytes.2097152", "2M", "2 MiB"),
	LEAF(10, "leaf_bytes.4194304", NULL, "4 MiB"),
	LEAF(11, "leaf_bytes.8388608", NULL, "8 MiB"),
	LEAF(12, "leaf_bytes.16777216", NULL, "16 MiB"),
	LEAF(13, "leaf_bytes.33554432", NULL, "32 MiB"),
	LEAF(14, "leaf_bytes.67108864", NULL, "64 MiB"),
	LEAF(15, "leaf_bytes.134217728", NULL, "128 MiB"),
	LEAF(16, "leaf_bytes.268435456", NULL, "256 MiB"),
	LEAF(17, "leaf_bytes.536870912", NULL, "512 MiB"),
	LEAF(18, "leaf_bytes.1073741824", "1G", "1 GiB and more"),
	REQUESTS("map", "MAP", map, "maps"),
	CONTAINER("map.phase_ns.pin", "PIN", UNIT_NS, 8, KNOWS_PHASES, pin_ns,
		  "time of these maps spent finding and pinning pages"),
	CONTAINER("map.phase_ns.iommu", "IOMMU", UNIT_NS, 8, KNOWS_PHASES, iommu_ns,
		  "time of these maps spent in the IOMMU driver"),
	CONTAINER("map.phase_ns.account", "ACCOUNT", UNIT_NS, 8, KNOWS_PHASES, account_ns,
		  "time of these maps spent charging locked memory"),
	REQUESTS("unmap", "UNMAP", unmap, "unmaps"),
	CONTAINER("unmap.differs", NULL, UNIT_COUNT, 0, 0, unmap_differs,
		  "successful unmaps of more or fewer bytes than requested"),
	CONTAINER("dirty_log.starts", NULL, UNIT_COUNT, 0, KNOWS_DIRTY_LOG, dirty_log.starts,
		  "requests that began to track dirty pages"),
	CONTAINER("dirty_log.stops", NULL, UNIT_COUNT, 0, KNOWS_DIRTY_LOG, dirty_log.stops,
		  "requests that ended it"),
	CONTAINER("dirty_log.bitmaps", "BITMAPS", UNIT_COUNT, 7, KNOWS_DIRTY_LOG, dirty_log.bitmaps,
		  "bitmaps of dirty pages that were got"),
	CONTAINER("dirty_log.errors", "DIRTY ERR", UNIT_COUNT, 9, KNOWS_DIRTY_LOG, dirty_log.errors,
		  "dirty-log requests that failed; in no other figure"),
	CONTAINER("dirty_log.range_bytes", NULL, UNIT_BYTES, 0, KNOWS_DIRTY_LOG, dirty_log.range,
		  "bytes of the ranges that these bitmaps are of"),
	CONTAINER("dirty_log.bitmap_bytes", NULL, UNIT_BYTES, 0, KNOWS_DIRTY_LOG, dirty_log.bytes,
		  "bytes of the bitmaps"),
	CONTAINER("dirty_log.ns.last", "BITMAP", UNIT_NS, 8, KNOWS_DIRTY_LOG, dirty_log.last,
		  "how long it took to get the last bitmap"),
	CONTAINER("dirty_log.ns.max", "BITMAP MAX", UNIT_NS, 10, KNOWS_DIRTY_LOG, dirty_log.max,
		  "longest of these requests"),
	CONTAINER("dirty_log.ns.sum", NULL, UNIT_NS, 0, KNOWS_DIRTY_LOG, dirty_log.sum,
		  "time spent getting bitmaps"),
	CONTAINER("backing.ram_bytes", NULL, UNIT_BYTES, 0, KNOWS_REQUESTS, ram_bytes,
		  "of map.bytes, in maps of ordinary memory"),
	CONTAINER("backing.bar_bytes", "BAR", UNIT_BYTES, 9, KNOWS_REQUESTS, bar_bytes,
		  "of map.bytes, in maps of device memory such as a BAR"),
	CONTAINER("backing.other_bytes", NULL, UNIT_BYTES, 0, KNOWS_REQUESTS, other_bytes,
		  "of map.bytes, in maps of both, or not pinned yet"),
	CONTAINER("teardown.count", NULL, UNIT_COUNT, 0, KNOWS_TEARDOWNS, teardowns,
		  "removals of all remaining mappings, when the last group detaches or at release"),
	CONTAINER("teardown.mappings", NULL, UNIT_COUNT, 0, KNOWS_TEARDOWNS, teardown_mappings,
		  "mappings removed by teardowns"),
	CONTAINER("teardown.bytes", NULL, UNIT_BYTES, 0, KNOWS_TEARDOWN_BYTES, teardown_bytes,
		  "bytes unmapped by teardowns"),
	CONTAINER("teardown.pinned_bytes", NULL, UNIT_BYTES, 0, KNOWS_UNPINS, teardown_pinned,
		  "bytes unpinned by teardowns"),
	CONTAINER("teardown.ns", NULL, UNIT_NS, 0, KNOWS_TEARDOWNS, teardown_ns,
		  "time spent in teardowns"),
	CONTAINER("left_pinned_bytes", NULL, UNIT_BYTES, 0, KNOWS_UNPINS, left_pinned,
		  "bytes still pinned after the release; more than 0 is a leak"),
	CONTAINER("charged_bytes", NULL, UNIT_BYTES, 0, KNOWS_CHARGES, charged,
		  "bytes charged to locked memory for this container now"),
	CONTAINER("locked_by", NULL, UNIT_TEXT, 0, KNOWS_CHARGES, locked_by,
		  "who is charged: mm, the process; user, with all processes; none"),
	CONTAINER("locked_bytes", "LOCKED", UNIT_BYTES, 10, KNOWS_CHARGES, locked,
		  "locked memory of the paying process after the last charge or refund"),
	CONTAINER("locked_limit_bytes", NULL, UNIT_BYTES, 0, KNOWS_CHARGES, locked_limit,
		  "RLIMIT_MEMLOCK of that process; null also when it is unlimited"),
	CONTAINER("locked_unlimited", NULL, UNIT_FLAG, 0, KNOWS_CHARGES, locked_unlimited,
		  "whether CAP_IPC_LOCK or an unlimited RLIMIT_MEMLOCK lifts the limit"),

	{ .scope = SCOPE_CONTAINER,
	  .name = "in_flight",
	  .unit = UNIT_ROWS,
	  .of = SCOPE_IN_FLIGHT,
	  .offset = offsetof(struct container_view, in_flight),
	  .count = offsetof(struct container_view, n_in_flight),
	  .text = "operations in flight" },
	{ .scope = SCOPE_CONTAINER,
	  .name = "ranges",
	  .unit = UNIT_ROWS,
	  .needs = KNOWS_RANGES,
	  .of = SCOPE_RANGE,
	  .offset = offsetof(struct container_view, ranges),
	  .count = offsetof(struct container_view, n_ranges),
	  .text = "where mappings of superpage_bytes and more lie that were made during the watch; "
		  "neighbours are one range" },
	{ .scope = SCOPE_CONTAINER,
	  .name = "numa",
	  .unit = UNIT_ROWS,
	  .of = SCOPE_NODE,
	  .offset = offsetof(struct container_view, numa),
	  .count = offsetof(struct container_view, n_numa),
	  .text = "on which NUMA nodes the memory of the cgroup of that process is" },
	{ .scope = SCOPE_CONTAINER,
	  .name = "map_sizes",
	  .unit = UNIT_ROWS,
	  .needs = KNOWS_REQUESTS,
	  .of = SCOPE_SIZE,
	  .offset = offsetof(struct container_view, map_sizes),
	  .count = offsetof(struct container_view, n_map_sizes),
	  .text = "maps by size, the smallest first" },
	{ .scope = SCOPE_CONTAINER,
	  .name = "first_failure",
	  .unit = UNIT_ROW,
	  .of = SCOPE_FAILURE,
	  .offset = offsetof(struct container_view, first_failure),
	  .text = "the first map or unmap that failed" },

	IN_FLIGHT("operation", "RUNNING", UNIT_TEXT, 9, 0, operation, "map, unmap or teardown"),
	IN_FLIGHT("container", "CONTAINER", UNIT_NUMBER, 9, 0, container,
		  "number of the container"),
	IN_FLIGHT("pid", "PID", UNIT_NUMBER, 7, 0, pid, "process"),
	IN_FLIGHT("tid", "TID", UNIT_NUMBER, 7, 0, tid, "thread"),
	IN_FLIGHT("iova", "IOVA", UNIT_ADDRESS, 18, 0, iova, "start of the range"),
	IN_FLIGHT("size_bytes", "SIZE", UNIT_BYTES, 10, 0, size, "bytes requested"),
	IN_FLIGHT("done_bytes", "DONE", UNIT_BYTES, 10, KNOWS_PROGRESS, done,
		  "bytes pinned so far, for a map"),
	IN_FLIGHT("elapsed_ns", "ELAPSED", UNIT_NS, 9, 0, elapsed, "time since it began"),

	RANGE("iova", UNIT_ADDRESS, iova, "start of the range"),
	RANGE("size_bytes", UNIT_BYTES, size, "its size"),
	RANGE("leaves", UNIT_TEXT, leaves,
	      "size of the IOMMU leaves of its mappings: that of a page, which stands for less "
	      "than superpage_bytes, such as 4K; the smallest there is, such as 2M or 1G; or "
	      "mixed"),

	NODE("node", UNIT_NUMBER, node, "number of the NUMA node"),
	NODE("memory_bytes", UNIT_BYTES, memory, "anonymous and shared memory on it"),
	NODE("hugetlb_bytes", UNIT_BYTES, hugetlb, "hugetlb pages on it"),

	SIZE("from_bytes", UNIT_BYTES, from,
	     "the least size of these maps, a power of two; of 8 TiB and more there is one"),
	SIZE("maps", UNIT_COUNT, maps, "how many there were since the watch began"),
	SIZE("recent_maps", UNIT_COUNT, recent, "thereof since the report before"),
	FIELD(SCOPE_SIZE, size_view, "mappings", NULL, UNIT_COUNT, 0, KNOWS_MAPPINGS, mappings,
	      "mappings of that size now"),
	YOUNGER("1s", 0, "a second"),
	YOUNGER("10s", 1, "10 seconds"),
	YOUNGER("1min", 2, "a minute"),
	YOUNGER("10min", 3, "10 minutes"),
	YOUNGER("1h", 4, "an hour"),

	GROUP("id", "GROUP", UNIT_NUMBER, 9, 0, id, "number of the IOMMU group, as in /dev/vfio/N"),
	GROUP("pid", "PID", UNIT_NUMBER, 7, 0, pid, "process that has the group open"),
	GROUP("comm", "COMMAND", UNIT_TEXT, 15, 0, comm, "name of that process"),
	GROUP("owner_alive", NULL, UNIT_FLAG, 0, 0, owner_alive, "whether that process exists"),
	GROUP("container", "CONTAINER", UNIT_NUMBER, 9, KNOWS_MEMBERS, container,
	      "container that the group is attached to"),
	GROUP("opened_ns", NULL, UNIT_TIME, 0, KNOWS_GROUP_OPENS, opened_ns, "when it was opened"),
	GROUP("opens", "OPENS", UNIT_COUNT, 6, KNOWS_GROUP_OPENS, opens,
	      "successful opens since the watch began"),
	GROUP("open_errors", "REFUSED", UNIT_COUNT, 7, KNOWS_GROUP_OPENS, open_errors,
	      "failed opens since the watch began"),
	{ .scope = SCOPE_GROUP,
	  .name = "reserved",
	  .unit = UNIT_ROWS,
	  .of = SCOPE_RESERVED,
	  .offset = offsetof(struct group_view, reserved),
	  .count = offsetof(struct group_view, n_reserved),
	  .text = "IOVAs of its devices that cannot be mapped" },

	RESERVED("iova", UNIT_ADDRESS, iova, "start of the region"),
	RESERVED("size_bytes", UNIT_BYTES, size, "its size"),
	RESERVED("kind", UNIT_TEXT, kind,
		 "why: direct, direct-relaxable, msi, reserved or other, as the kernel says"),

	DEVICE("address", "DEVICE", UNIT_TEXT, 12, 0, address,
	       "PCI address, or name of a device that is not PCI"),
	DEVICE("state", "STATE", UNIT_TEXT, 6, KNOWS_DEVICE_CLOSES, state, "open or closed"),
	DEVICE("group", "GROUP", UNIT_NUMBER, 5, 0, group, "number of its group"),
	DEVICE("container", NULL, UNIT_NUMBER, 0, KNOWS_MEMBERS, container,
	       "container that it is in, or was in when it was closed"),
	DEVICE("pid", "PID", UNIT_NUMBER, 7, KNOWS_DEVICE_OPENS, pid,
	       "process that opened it last"),
	DEVICE("comm", "COMMAND", UNIT_TEXT, 15, KNOWS_DEVICE_OPENS, comm, "name of that process"),
	DEVICE("owner_alive", NULL, UNIT_FLAG, 0, KNOWS_DEVICE_OPENS, owner_alive,
	       "whether that process exists"),
	DEVICE("vendor_id", NULL, UNIT_PCI_ID, 0, 0, vendor_id, "PCI vendor ID"),
	DEVICE("device_id", NULL, UNIT_PCI_ID, 0, 0, device_id, "PCI device ID"),
	DEVICE("pci_name", NULL, UNIT_TEXT, 0, 0, pci_name,
	       "name of vendor and device in the database of PCI IDs"),
	DEVICE("driver", "DRIVER", UNIT_TEXT, 8, 0, driver, "driver that is bound to it now"),
	DEVICE("cdev", NULL, UNIT_TEXT, 0, 0, cdev, "name of its node in /dev/vfio/devices"),
	DEVICE("opened_ns", NULL, UNIT_TIME, 0, KNOWS_DEVICE_OPENS, opened_ns,
	       "when it was opened last"),
	DEVICE("opens", NULL, UNIT_COUNT, 0, KNOWS_DEVICE_OPENS, open.count,
	       "successful opens since the watch began"),
	DEVICE("open_errors", NULL, UNIT_COUNT, 0, KNOWS_DEVICE_OPENS, open.errors,
	       "failed opens since the watch began"),
	ACTIONS("open", "OPEN", KNOWS_DEVICE_OPENS, open,
		"opens, the first one's function reset included"),
	DEVICE("closes", NULL, UNIT_COUNT, 0, KNOWS_DEVICE_CLOSES, close.count,
	       "file descriptors closed since the watch began"),
	ACTIONS("close", "CLOSE", KNOWS_DEVICE_CLOSES, close,
		"closes, the last one's function reset included"),
	DEVICE("resets", "RESETS", UNIT_COUNT, 6, KNOWS_RESETS, reset.count,
	       "resets that the user asked for, of function or bus"),
	DEVICE("reset_errors", NULL, UNIT_COUNT, 0, KNOWS_RESETS, reset.errors,
	       "such resets that failed"),
	ACTIONS("reset", "RESET", KNOWS_RESETS, reset, "resets"),

	PROCESS("pid", "PID", UNIT_NUMBER, 9, 0, pid, "process that has open VFIO files"),
	PROCESS("comm", "COMMAND", UNIT_TEXT, 15, 0, comm, "its name"),
	PROCESS("cgroup", NULL, UNIT_TEXT, 0, 0, cgroup, "path of its cgroup"),
	PROCESS("unit", NULL, UNIT_TEXT, 0, 0, names.unit, "its systemd service or scope"),
	PROCESS("domain", NULL, UNIT_TEXT, 0, 0, names.domain, "its libvirt domain"),
	PROCESS("pod", NULL, UNIT_TEXT, 0, 0, names.pod, "UID of its Kubernetes pod"),
	PROCESS("containers", "CONTAINERS", UNIT_COUNT, 10, 0, containers,
		"how often it has /dev/vfio/vfio open"),
	PROCESS("api", "API", UNIT_TEXT, 16, 0, api,
		"by its open files: vfio for containers, iommufd, or vfio and iommufd"),
	PROCESS("iommufds", NULL, UNIT_COUNT, 0, 0, iommufds, "how often it has /dev/iommu open"),
	PROCESS("groups", "GROUPS", UNIT_COUNT, 6, 0, groups, "groups that it has open"),
	PROCESS("devices", "DEVICES", UNIT_COUNT, 7, 0, devices, "devices that it has open"),
	PROCESS("locked_bytes", "LOCKED", UNIT_BYTES, 10, 0, locked, "its locked memory"),
	PROCESS("pinned_bytes", "PINNED", UNIT_BYTES, 10, 0, pinned,
		"pinned in its memory for iommufd and others, such as RDMA: VmPin"),
	PROCESS("locked_limit_bytes", "LOCK LIMIT", UNIT_BYTES, 10, 0, locked_limit,
		"its RLIMIT_MEMLOCK; null also when it is unlimited"),
	PROCESS("locked_unlimited", NULL, UNIT_FLAG, 0, 0, locked_unlimited,
		"whether CAP_IPC_LOCK or an unlimited RLIMIT_MEMLOCK lifts the limit"),
	PROCESS("iommu.since_ns", NULL, UNIT_TIME, 0, KNOWS_IOMMU, since_ns,
		"since when its IOMMU calls are counted"),
	PROCESS("iommu.map.count", "IOMMU MAPS", UNIT_COUNT, 10, KNOWS_IOMMU, iommu_maps,
		"calls that mapped"),
	PROCESS("iommu.map.bytes", "MAPPED", UNIT_BYTES, 10, KNOWS_IOMMU, iommu_map_bytes,
		"bytes that they mapped"),
	PROCESS("iommu.unmap.count", "UNMAPS", UNIT_COUNT, 10, KNOWS_IOMMU, iommu_unmaps,
		"calls that unmapped"),
	PROCESS("iommu.unmap.bytes", "UNMAPPED", UNIT_BYTES, 10, KNOWS_IOMMU, iommu_unmap_bytes,
		"bytes that they unmapped"),

	LEAK("kind", "LEAK", UNIT_TEXT, 16, 0, name,
	     "kernel-leak, growth, orphan, accounting-drift or over-unpin"),
	LEAK("container", "CONTAINER", UNIT_NUMBER, 9, 0, container, "number of the container"),
	LEAK("api", NULL, UNIT_TEXT, 0, 0, api, "vfio for a container, iommufd for an IOAS"),
	LEAK("ioas", NULL, UNIT_NUMBER, 0, 0, ioas, "ID of the IOAS in its context"),
	LEAK("pid", "PID", UNIT_NUMBER, 7, 0, pid, "its owner"),
	LEAK("comm", "COMMAND", UNIT_TEXT, 15, 0, comm, "name of its owner"),
	LEAK("owner", "OWNER", UNIT_TEXT, 6, 0, owner, "alive, dead or zombie"),
	LEAK("holder_pid", NULL, UNIT_NUMBER, 0, KNOWS_MEMBERS, holder_pid,
	     "a process that has the container, or its groups and devices, open"),
	LEAK("holder_comm", NULL, UNIT_TEXT, 0, KNOWS_MEMBERS, holder_comm, "name of that process"),
	{ .scope = SCOPE_LEAK,
	  .name = "groups",
	  .unit = UNIT_NUMBERS,
	  .needs = KNOWS_MEMBERS,
	  .offset = offsetof(struct leak_view, groups),
	  .count = offsetof(struct leak_view, n_groups),
	  .text = "groups of the container, the last ones when it is gone" },
	{ .scope = SCOPE_LEAK,
	  .name = "devices",
	  .unit = UNIT_TEXTS,
	  .needs = KNOWS_DEVICE_CLOSES,
	  .offset = offsetof(struct leak_view, devices),
	  .count = offsetof(struct leak_view, n_devices),
	  .text = "devices of the container that are open, or else the last ones" },
	{ .scope = SCOPE_LEAK,
	  .name = "stack",
	  .unit = UNIT_TEXTS,
	  .offset = offsetof(struct leak_view, stack),
	  .count = offsetof(struct leak_view, n_stack),
	  .text = "functions that made the mapping at iova, else most mappings, the innermost "
		  "first; with vfiotop leaks --stacks" },
	LEAK("bytes", "BYTES", UNIT_BYTES, 10, KNOWS_PINS, bytes, "how much"),
	LEAK("iova", NULL, UNIT_ADDRESS, 0, 0, iova,
	     "start of the mapping that a kernel-leak, over-unpin or accounting-drift is about"),
	LEAK("size_bytes", NULL, UNIT_BYTES, 0, 0, size, "its size"),
	{ .scope = SCOPE_LEAK,
	  .name = "ranges",
	  .unit = UNIT_ROWS,
	  .needs = KNOWS_RANGES,
	  .of = SCOPE_RANGE,
	  .offset = offsetof(struct leak_view, ranges),
	  .count = offsetof(struct leak_view, n_ranges),
	  .text = "where mappings of 2 MiB and more of the container lie, as there" },
	{ .scope = SCOPE_LEAK,
	  .name = "made",
	  .unit = UNIT_ROWS,
	  .needs = KNOWS_MAPPINGS,
	  .of = SCOPE_MADE,
	  .offset = offsetof(struct leak_view, made),
	  .count = offsetof(struct leak_view, n_made),
	  .text = "oldest mappings of the container that were made during the watch; with "
		  "vfiotop leaks --stacks" },
	LEAK("oldest.iova", NULL, UNIT_ADDRESS, 0, KNOWS_MAPPINGS, oldest_iova,
	     "start of the oldest mapping of the container"),
	LEAK("oldest.size_bytes", NULL, UNIT_BYTES, 0, KNOWS_MAPPINGS, oldest_size, "its size"),
	LEAK("oldest.ns", NULL, UNIT_TIME, 0, KNOWS_MAPPINGS, oldest_ns, "when it was made"),
	LEAK("oldest.tid", NULL, UNIT_NUMBER, 0, KNOWS_MAPPINGS, oldest_tid, "by which thread"),
	LEAK("pinned_bytes", NULL, UNIT_BYTES, 0, KNOWS_PINS, pinned,
	     "bytes that the container has pinned"),
	LEAK("mappings", NULL, UNIT_COUNT, 0, KNOWS_MAPPINGS, mappings,
	     "mappings of the container"),
	LEAK("opened_ns", NULL, UNIT_TIME, 0, KNOWS_OPENERS, opened_ns,
	     "when the container was opened"),
	LEAK("before_watch", NULL, UNIT_FLAG, 0, 0, before_watch,
	     "whether that was before the watch"),
	LEAK("since_ns", "AGE", UNIT_TIME, 8, 0, since_ns, "when it was noticed"),
	LEAK("bytes_per_minute", "PER MINUTE", UNIT_BYTES, 10, KNOWS_PINS, slope,
	     "growth: bytes pinned per minute"),
	LEAK("mappings_per_hour", NULL, UNIT_COUNT, 0, KNOWS_MAPPINGS, mappings_slope,
	     "growth: mappings per hour"),
	LEAK("confidence_percent", "SURE", UNIT_PERCENT, 5, 0, confidence,
	     "growth: how sure that is"),
	LEAK("suspected", NULL, UNIT_FLAG, 0, 0, suspected,
	     "growth: whether it may be a start-up or the tooth of a saw"),
	LEAK("text", "WHAT", UNIT_TEXT, 20, 0, text, "why it is believed to be a leak"),
	LEAK("next", NULL, UNIT_TEXT, 0, 0, next, "what to look at next"),

	MADE("iova", UNIT_ADDRESS, 0, iova, "start of the mapping"),
	MADE("size_bytes", UNIT_BYTES, 0, size, "its size"),
	MADE("pinned_bytes", UNIT_BYTES, KNOWS_PINS, pinned, "what its map has pinned"),
	MADE("charged_bytes", UNIT_BYTES, KNOWS_CHARGES, charged, "what was charged for it"),
	MADE("ns", UNIT_TIME, 0, made_ns, "when it was made"),
	MADE("pid", UNIT_NUMBER, 0, pid, "process that made it"),
	MADE("tid", UNIT_NUMBER, 0, tid, "thread that made it"),
	{ .scope = SCOPE_MADE,
	  .name = "stack",
	  .unit = UNIT_TEXTS,
	  .offset = offsetof(struct made_view, stack),
	  .count = offsetof(struct made_view, n_stack),
	  .text = "functions that made it, the innermost first" },

	ALERT("severity", "SEVERITY", UNIT_TEXT, 8, severity_name, "critical, warning or notice"),
	ALERT("kind", "ALERT", UNIT_TEXT, 13, name,
	      "unmap-differs, leak, orphan, slow-map, superpages, memlock, mappings, hot-path, "
	      "refused, lost or source"),
	ALERT("container", "CONTAINER", UNIT_NUMBER, 9, container, "number of the container"),
	ALERT("pid", "PID", UNIT_NUMBER, 7, pid, "process that it is about"),
	ALERT("comm", "COMMAND", UNIT_TEXT, 15, comm, "name of that process"),
	ALERT("since_ns", "AGE", UNIT_TIME, 8, since_ns, "when it was noticed"),
	ALERT("text", "WHAT", UNIT_TEXT, 20, text, "the same in words"),

	FAILURE("time_ns", "AGE", UNIT_TIME, 8, time_ns, "when it was refused"),
	FAILURE("operation", "REQUEST", UNIT_TEXT, 12, operation,
		"map, unmap, group-open, attach, detach, set-iommu, device-open, device-reset or "
		"bus-reset"),
	FAILURE("ret", "ERROR", UNIT_ERROR, 11, error, "negative errno"),
	FAILURE("pid", "PID", UNIT_NUMBER, 7, pid, "process that asked"),
	FAILURE("comm", "COMMAND", UNIT_TEXT, 15, comm, "name of that process"),
	FAILURE("container", "CONTAINER", UNIT_NUMBER, 9, container, "number of the container"),
	FAILURE("group", "GROUP", UNIT_NUMBER, 5, group, "number of the group"),
	FAILURE("name", NULL, UNIT_TEXT, 0, name, "device or backend"),
	FAILURE("holder_pid", NULL, UNIT_NUMBER, 0, holder_pid,
		"process that has the group open, when an open is refused for that"),
	FAILURE("stage", NULL, UNIT_TEXT, 0, stage, "step at which a map failed"),
	FAILURE("iova", "IOVA", UNIT_ADDRESS, 18, iova, "start of the range of a map or unmap"),
	FAILURE("size_bytes", "SIZE", UNIT_BYTES, 8, size, "its size"),
	FAILURE("conflict_iova", NULL, UNIT_ADDRESS, 0, conflict_iova,
		"start of what was in the way"),
	FAILURE("conflict_size_bytes", NULL, UNIT_BYTES, 0, conflict_size, "its size"),
	FAILURE("locked_bytes", NULL, UNIT_BYTES, 0, locked,
		"locked memory of the process when its limit forbade a map"),
	FAILURE("locked_limit_bytes", NULL, UNIT_BYTES, 0, locked_limit, "that limit"),
	FAILURE("cause", "CAUSE", UNIT_TEXT, 20, cause, "why it was refused, in words"),
	FAILURE("text", NULL, UNIT_TEXT, 0, text, "the same in words, with the cause"),

	TRACED("time_ns", NULL, UNIT_TIME, 0, time_ns, "when it ended, CLOCK_MONOTONIC"),
	TRACED("realtime_ns", NULL, UNIT_TIME, 0, realtime_ns, "when it ended, CLOCK_REALTIME"),
	TRACED("pid", "PID", UNIT_NUMBER, 7, pid, "process"),
	TRACED("tid", NULL, UNIT_NUMBER, 0, tid, "thread"),
	TRACED("comm", "COMMAND", UNIT_TEXT, 15, comm, "name of the thread"),
	TRACED("container", "VCTR", UNIT_NUMBER, 5, container,
	       "container, or IOAS of iommufd, by the number that reports give it"),
	TRACED("api", NULL, UNIT_TEXT, 0, api, "vfio or iommufd"),
	TRACED("operation", "OP", UNIT_TEXT, 8, operation, "map, unmap or teardown"),
	TRACED("iova", "IOVA", UNIT_ADDRESS, 14, iova, "start of the range"),
	TRACED("size_bytes", "SIZE", UNIT_BYTES, 8, size, "bytes asked for"),
	TRACED("done_bytes", NULL, UNIT_BYTES, 0, done, "bytes mapped or unmapped"),
	TRACED("pinned_bytes", "PINNED", UNIT_BYTES, 8, pinned,
	       "bytes that a map pinned, or that an unmap or teardown unpinned"),
	TRACED("backing", NULL, UNIT_TEXT, 0, backing, "what a map mapped: ram, bar, or both"),
	TRACED("ns.total", "TOTAL", UNIT_NS, 8, total, "how long it took"),
	TRACED("ns.pin", "PIN", UNIT_NS, 8, pin, "of a map: time spent pinning"),
	TRACED("ns.iommu", "IOMMU", UNIT_NS, 8, iommu, "of a map: time spent in the IOMMU driver"),
	TRACED("ns.other", "OTHER", UNIT_NS, 8, other, "of a map: the rest"),
	TRACED("ret", "RESULT", UNIT_ERROR, 6, error, "0, or the errno, negative"),
	TRACED("stage", NULL, UNIT_TEXT, 0, stage, "step at which a map failed"),
	{
		.scope = SCOPE_TRACED,
		.name = "stack",
		.unit = UNIT_TEXTS,
		.offset = offsetof(struct traced_view, stack),
		.count = offsetof(struct traced_view, n_stack),
		.text = "functions that called it, the innermost first, with --stacks",
	},
};

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

/*
 * What fields of a scope are called in --list-fields, and what comes before their names
 * where they are listed without.
 */
static const struct {
	const char *name;
	const char *prefix;
	size_t size;
} scopes[SCOPES] = {
	[SCOPE_REPORT] = { "report", "", sizeof(struct view) },
	[SCOPE_LOST] = { "lost", "lost.", sizeof(struct lost_view) },
	[SCOPE_TOTALS] = { "totals", "totals.", sizeof(struct totals_view) },
	[SCOPE_HOST] = { "host", "host.", sizeof(struct host_view) },
	[SCOPE_WATCH] = { "watch", "watch.", sizeof(struct watch_view) },
	[SCOPE_CONTAINER] = { "containers[]", "", sizeof(struct container_view) },
	[SCOPE_IN_FLIGHT] = { "in_flight[]", "in_flight.", sizeof(struct in_flight_view) },
	[SCOPE_RANGE] = { "ranges[]", "ranges.", sizeof(struct range_view) },
	[SCOPE_SIZE] = { "map_sizes[]", "map_sizes.", sizeof(struct size_view) },
	[SCOPE_NODE] = { "numa[]", "numa.", sizeof(struct node_view) },
	[SCOPE_GROUP] = { "groups[]", "groups.", sizeof(struct group_view) },
	[SCOPE_RESERVED] = { "reserved[]", "reserved.", sizeof(struct reserved_view) },
	[SCOPE_DEVICE] = { "devices[]", "devices.", sizeof(struct device_view) },
	[SCOPE_PROCESS] = { "processes[]", "processes.", sizeof(struct process_view) },
	[SCOPE_LEAK] = { "leaks[]", "leaks.", sizeof(struct leak_view) },
	[SCOPE_MADE] = { "made[]", "made.", sizeof(struct made_view) },
	[SCOPE_ALERT] = { "alerts[]", "alerts.", sizeof(struct alert_view) },
	[SCOPE_FAILURE] = { "failures[]", "failures.", sizeof(struct failure_view) },
	[SCOPE_TRACED] = { "traced[]", "traced.", sizeof(struct traced_view) },
};

static const char *const unit_names[] = {
	[UNIT_COUNT] = "count",
	[UNIT_BYTES] = "bytes",
	[UNIT_NS] = "ns",
	[UNIT_TIME] = "time in ns",
	[UNIT_MILLI] = "per second",
	[UNIT_BYTE_RATE] = "bytes per second",
	[UNIT_PERCENT] = "percent",
	[UNIT_NUMBER] = "number",
	[UNIT_ADDRESS] = "address",
	[UNIT_PCI_ID] = "PCI ID",
	[UNIT_ERROR] = "errno",
	[UNIT_FLAG] = "true or false",
	[UNIT_TEXT] = "text",
	[UNIT_NUMBERS] = "array of numbers",
	[UNIT_TEXTS] = "array of texts",
	[UNIT_OBJECT] = "object",
	[UNIT_ROW] = "object",
	[UNIT_ROWS] = "array of objects",
};

/* --- The table ----------------------------------------------------------------------- */

const struct field *fields_next(enum field_scope scope, const struct field *previous)
{
	const struct field *f = previous ? previous + 1 : fields;

	for (; f < fields + N_FIELDS; f++)
		if (f->scope == scope)
			return f;
	return NULL;
}

const struct field *fields_find(enum field_scope scope, const char *name)
{
	const struct field *f = NULL;

	while ((f = fields_next(scope, f)))
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

const char *fields_prefix(enum field_scope scope)
{
	return scopes[scope].prefix;
}

const struct field *fields_named(const char *name)
{
	for (int scope = 0; scope < SCOPES; scope++) {
		size_t length = strlen(scopes[scope].prefix);
		const struct field *field = NULL;

		if (!strncmp(name, scopes[scope].prefix, length))
			field = fields_find((enum field_scope)scope, name + length);
		if (field && field->unit <= UNIT_TEXTS)
			return field;
	}
	return NULL;
}

bool field_in_json(const struct field *field)
{
	return field->unit != UNIT_MILLI && field->unit != UNIT_BYTE_RATE;
}

void fields_list(FILE *out)
{
	for (const struct field *f = fields; f < fields + N_FIELDS; f++)
		fprintf(out, "%-13s %-22s %-17s %s%s\n", scopes[f->scope].name, f->name,
			unit_names[f->unit], f->text, field_in_json(f) ? "" : " (not in JSON)");
}

/* --- Values -------------------------------------------------------------------------- */

struct figure field_figure(const struct field *field, const void *row)
{
	return *(const struct figure *)((const char *)row + field->offset);
}

const char *field_text(const struct field *field, const void *row)
{
	const char *text = (const char *)row + field->offset;

	return *text ? text : NULL;
}

struct field_rows field_rows(const struct field *field, const void *row)
{
	const char *member = (const char *)row + field->offset;
	struct field_rows rows = { .n = 1 };

	switch (field->unit) {
	case UNIT_OBJECT:
		rows.first = member;
		return rows;
	case UNIT_NUMBERS:
		rows.size = sizeof(uint32_t);
		break;
	case UNIT_TEXTS:
		rows.size = sizeof(const char *);
		break;
	default:
		rows.size = scopes[field->of].size;
		break;
	}
	rows.first = *(const void *const *)member;
	if (field->unit != UNIT_ROW)
		rows.n = *(const size_t *)((const char *)row + field->count);
	return rows;
}

void word_figure(enum field_unit unit, struct figure figure, char *word)
{
	if (!figure.known) {
		snprintf(word, WORD_SIZE, "-");
		return;
	}
	switch (unit) {
	case UNIT_BYTES:
		word_bytes(figure.value, word);
		break;
	case UNIT_BYTE_RATE:
		word_bytes(figure.value, word);
		strncat(word, "/s", WORD_SIZE - strlen(word) - 1);
		break;
	case UNIT_NS:
		word_ns(figure.value, word);
		break;
	case UNIT_MILLI:
		snprintf(word, WORD_SIZE, "%.*f", figure.value < 99950 ? 1 : 0,
			 (double)figure.value / 1000);
		break;
	case UNIT_PERCENT:
		snprintf(word, WORD_SIZE, "%" PRIu64 " %%", figure.value);
		break;
	case UNIT_ADDRESS:
		snprintf(word, WORD_SIZE, "0x%" PRIx64, figure.value);
		break;
	case UNIT_PCI_ID:
		snprintf(word, WORD_SIZE, "0x%04" PRIx64, figure.value);
		break;
	case UNIT_ERROR:
		word_error(-(int)figure.value, word);
		break;
	case UNIT_FLAG:
		snprintf(word, WORD_SIZE, "%s", figure.value ? "yes" : "no");
		break;
	default:
		snprintf(word, WORD_SIZE, "%" PRIu64, figure.value);
		break;
	}
}

/* --- What a source cannot tell ------------------------------------------------------- */

static bool is_known(const struct field *field, unsigned int knowledge)
{
	return !field->needs || knowledge & field->needs;
}

static void forget(const struct field *field, char *row)
{
	switch (field->unit) {
	case UNIT_TEXT:
		row[field->offset] = '\0';
		break;
	case UNIT_NUMBERS:
	case UNIT_TEXTS:
	case UNIT_ROWS:
		*(size_t *)(row + field->count) = 0;
		*(const void **)(row + field->offset) = NULL;
		break;
	case UNIT_ROW:
		*(const void **)(row + field->offset) = NULL;
		break;
	case UNIT_OBJECT:
		break;
	default:
		((struct figure *)(row + field->offset))->known = false;
		break;
	}
}

static void forget_scope(enum field_scope scope, void *row, unsigned int knowledge)
{
	const struct field *f = NULL;

	while ((f = fields_next(scope, f))) {
		struct field_rows rows = { 0 };

		if (!is_known(f, knowledge))
			forget(f, row);
		else if (f->unit >= UNIT_OBJECT)
			rows = field_rows(f, row);
		for (size_t i = 0; rows.first && i < rows.n; i++)
			forget_scope(f->of, (char *)rows.first + i * rows.size, knowledge);
	}
}

void fields_forget(struct view *view)
{
	forget_scope(SCOPE_REPORT, view, view->knowledge);
}

/* Where a source knows of no rows at all, their fields need not be named. */
static bool has_rows(enum field_scope scope, unsigned int knowledge)
{
	for (const struct field *f = fields; f < fields + N_FIELDS; f++)
		if (f->unit >= UNIT_OBJECT && f->of == scope)
			return is_known(f, knowledge) && has_rows(f->scope, knowledge);
	return true;
}

/* Whether all fields of an object, which comes first in their names, need the same. */
static bool is_alike(const struct field *field, size_t length)
{
	const struct field *f = NULL;

	while ((f = fields_next(field->scope, f)))
		if (!strncmp(f->name, field->name, length) && f->needs != field->needs)
			return false;
	return true;
}

/* The part of a field's name that names the largest object whose fields all need the same. */
static size_t object_length(const struct field *field)
{
	const char *dot = field->name;

	while ((dot = strchr(dot, '.'))) {
		size_t length = (size_t)(++dot - field->name);

		if (is_alike(field, length))
			return length;
	}
	return strlen(field->name);
}

static bool is_first(const struct field *field, size_t length)
{
	const struct field *f = fields_next(field->scope, NULL);

	while (strncmp(f->name, field->name, length))
		f = fields_next(field->scope, f);
	return f == field;
}

size_t fields_unknown(unsigned int knowledge, size_t previous, char name[FIELD_NAME_SIZE])
{
	for (size_t i = previous; i < N_FIELDS; i++) {
		const struct field *f = &fields[i];
		size_t length = object_length(f);

		/* Processes take the place of what a container knows of its members. */
		if (is_known(f, knowledge) || f->of == SCOPE_PROCESS || !field_in_json(f) ||
		    !has_rows(f->scope, knowledge) || !is_first(f, length))
			continue;
		if (f->name[length - 1] == '.')
			length--;
		snprintf(name, FIELD_NAME_SIZE, "%s%.*s", scopes[f->scope].prefix, (int)length,
			 f->name);
		return i + 1;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "fields.h"

#include <string.h>

#define REPORT(name, title, unit, width, member, text)                                      \
	{                                                                                   \
		SCOPE_REPORT, name, title, unit, width, offsetof(struct view, member), text \
	}
#define LOST(name, member, text)                                                           \
	{                                                                                  \
		SCOPE_LOST, name, NULL, UNIT_COUNT, 0, offsetof(struct view, member), text \
	}
#define TOTAL(name, unit, member, text)                                                       \
	{                                                                                     \
		SCOPE_TOTALS, name, NULL, unit, 0, offsetof(struct totals_view, member), text \
	}
#define CONTAINER(name, title, unit, width, member, text)             \
	{                                                             \
		SCOPE_CONTAINER, name, title, unit, width,            \
			offsetof(struct container_view, member), text \
	}
#define REQUESTS(prefix, titles, member, what)                                                   \
	CONTAINER(prefix ".count", NULL, UNIT_COUNT, 0, member.count,                            \
		  what " that succeeded since the watch began"),                                 \
		CONTAINER(prefix ".errors", titles " ERR", UNIT_COUNT, 4, member.errors,         \
			  what                                                                   \
			  " that failed since the watch began; not part of count, bytes or ns"), \
		CONTAINER(prefix ".bytes", NULL, UNIT_BYTES, 0, member.bytes,                    \
			  "bytes of these " what),                                               \
		CONTAINER(prefix ".per_second", titles "/s", UNIT_MILLI, 8, member.per_second,   \
			  what " per second since the last report"),                             \
		CONTAINER(prefix ".bytes_per_second", titles " RATE", UNIT_BYTE_RATE, 12,        \
			  member.bytes_per_second,                                               \
			  "bytes of " what " per second since the last report"),                 \
		CONTAINER(prefix ".ns.p50", "p50", UNIT_NS, 8, member.p50,                       \
			  "median latency of " what " since the watch began"),                   \
		CONTAINER(prefix ".ns.p90", "p90", UNIT_NS, 8, member.p90,                       \
			  "90th percentile of the latency of " what),                            \
		CONTAINER(prefix ".ns.p99", "p99", UNIT_NS, 8, member.p99,                       \
			  "99th percentile of the latency of " what),                            \
		CONTAINER(prefix ".ns.max", "max", UNIT_NS, 8, member.max,                       \
			  "longest of these " what ", exact"),                                   \
		CONTAINER(prefix ".ns.sum", NULL, UNIT_NS, 0, member.sum,                        \
			  "time spent in these " what)
#define LEAF(index, name, title, what)                            \
	CONTAINER(name, title, UNIT_BYTES, 10, leaf_bytes[index], \
		  "bytes mapped with IOMMU leaves of " what " since the watch began")
#define FLIGHT(name, title, unit, width, member, text)                                           \
	{                                                                                        \
		SCOPE_IN_FLIGHT, name, title, unit, width, offsetof(struct flight_view, member), \
			text                                                                     \
	}
#define GROUP(name, title, unit, width, member, text)                                            \
	{                                                                                        \
		SCOPE_GROUP, name, title, unit, width, offsetof(struct group_view, member), text \
	}
#define DEVICE(name, title, unit, width, member, text)                                             \
	{                                                                                          \
		SCOPE_DEVICE, name, title, unit, width, offsetof(struct device_view, member), text \
	}
#define ACTIONS(prefix, titles, member, what)                                                     \
	DEVICE(prefix ".ns.last", titles, UNIT_NS, 8, member.last,                                \
	       "latency of the last of these " what),                                             \
		DEVICE(prefix ".ns.max", NULL, UNIT_NS, 0, member.max, "longest of these " what), \
		DEVICE(prefix ".ns.sum", NULL, UNIT_NS, 0, member.sum,                            \
		       "time spent in these " what)
#define LEAK(name, title, unit, width, member, text)                                           \
	{                                                                                      \
		SCOPE_LEAK, name, title, unit, width, offsetof(struct leak_view, member), text \
	}

#define PROCESS(name, title, unit, width, member, text)                                         \
	{                                                                                       \
		SCOPE_PROCESS, name, title, unit, width, offsetof(struct process_view, member), \
			text                                                                    \
	}

static const struct field fields[] = {
	REPORT("time_ns", NULL, UNIT_TIME, 0, time_ns,
	       "time of the report, CLOCK_MONOTONIC; so are all times but realtime_ns"),
	REPORT("realtime_ns", NULL, UNIT_TIME, 0, realtime_ns,
	       "time of the report since 1970, CLOCK_REALTIME"),
	REPORT("interval_ns", NULL, UNIT_NS, 0, interval_ns,
	       "time since the report before, or since the watch began"),
	REPORT("watched_ns", NULL, UNIT_NS, 0, watched_ns, "time since the watch began"),
	REPORT("waiting_for", NULL, UNIT_TEXT, 0, waiting_for,
	       "what of VFIO is not loaded, when nothing can be watched therefore"),
	REPORT("source", NULL, UNIT_TEXT, 0, source,
	       "where the figures come from: tracepoints, stock, kprobes, iommu or proc"),
	REPORT("attach", NULL, UNIT_TEXT, 0, attach,
	       "how the programs are attached: tp_btf, raw_tp, fentry or kprobe"),
	REPORT("existing", NULL, UNIT_FLAG, 0, existing,
	       "whether what was there before the watch was looked for"),
	REPORT("unseen", NULL, UNIT_COUNT, 0, unseen,
	       "processes whose files could not be looked at, where processes are listed"),

	LOST("containers", lost[VT_LOST_CONTAINER], "events of containers beyond --max-containers"),
	LOST("in_flight", lost[VT_LOST_FLIGHT],
	     "operations not shown in flight, as another thread had the same slot"),
	LOST("groups", lost[VT_LOST_GROUP], "events of groups that the table had no room for"),
	LOST("devices", lost[VT_LOST_DEVICE], "events of devices that the table had no room for"),
	LOST("failures", lost[VT_LOST_FAILURE], "failures that came faster than they were read"),
	LOST("starts", lost[VT_LOST_START],
	     "requests without a latency, as they were running when the watch began"),
	LOST("reads", lost[VT_LOST_READ], "events whose record could not be read"),
	LOST("walks", walks,
	     "open containers whose pins and mappings from before the watch are not known"),
	LOST("missed", missed, "events that the kernel did not hand to a program"),

	TOTAL("containers", UNIT_COUNT, containers, "containers seen"),
	TOTAL("map.count", UNIT_COUNT, map_count, "maps that succeeded"),
	TOTAL("map.errors", UNIT_COUNT, map_errors, "maps that failed"),
	TOTAL("map.bytes", UNIT_BYTES, map_bytes, "bytes mapped"),
	TOTAL("unmap.count", UNIT_COUNT, unmap_count, "unmaps that succeeded"),
	TOTAL("unmap.errors", UNIT_COUNT, unmap_errors, "unmaps that failed"),
	TOTAL("unmap.bytes", UNIT_BYTES, unmap_bytes, "bytes unmapped by request"),
	TOTAL("teardown.bytes", UNIT_BYTES, teardown_bytes, "bytes unmapped by teardowns"),
	TOTAL("pinned_bytes", UNIT_BYTES, pinned, "bytes pinned now"),

	CONTAINER("id", "CONTAINER", UNIT_NUMBER, 9, id,
		  "number of the VFIO container, never used again while the module is loaded"),
	CONTAINER("pid", "PID", UNIT_NUMBER, 7, pid,
		  "process that mapped or unmapped last, else the one that opened the container"),
	CONTAINER("comm", "COMMAND", UNIT_TEXT, 15, comm, "name of that process"),
	CONTAINER("owner_alive", NULL, UNIT_FLAG, 0, owner_alive, "whether that process exists"),
	CONTAINER("opener_pid", NULL, UNIT_NUMBER, 0, opener_pid,
		  "process that opened the container"),
	CONTAINER("opener_comm", NULL, UNIT_TEXT, 0, opener_comm,
		  "name of that process when it did"),
	CONTAINER("opened_ns", NULL, UNIT_TIME, 0, opened_ns, "when it was opened"),
	CONTAINER("before_watch", NULL, UNIT_FLAG, 0, before_watch,
		  "whether it was open when the watch began"),
	CONTAINER("before.mappings", NULL, UNIT_COUNT, 0, before_mappings,
		  "mappings that it had when the watch began"),
	CONTAINER("before.bytes", NULL, UNIT_BYTES, 0, before_bytes, "their size"),
	CONTAINER("before.pinned_bytes", NULL, UNIT_BYTES, 0, before_pinned,
		  "bytes that they had pinned"),
	CONTAINER("holders", NULL, UNIT_COUNT, 0, holders,
		  "processes that have a file of the container, or of its groups and devices"),
	CONTAINER("holder_pid", NULL, UNIT_NUMBER, 0, holder_pid,
		  "one of these processes, pid if it is among them"),
	CONTAINER("holder_comm", NULL, UNIT_TEXT, 0, holder_comm, "name of that process"),
	CONTAINER("cgroup", NULL, UNIT_TEXT, 0, cgroup, "path of the cgroup of pid"),
	CONTAINER("unit", NULL, UNIT_TEXT, 0, names.unit, "systemd service or scope of pid"),
	CONTAINER("domain", NULL, UNIT_TEXT, 0, names.domain, "libvirt domain of pid"),
	CONTAINER("pod", NULL, UNIT_TEXT, 0, names.pod, "UID of the Kubernetes pod of pid"),
	CONTAINER("released_ns", NULL, UNIT_TIME, 0, released_ns, "when it was released"),
	CONTAINER("backend", "BACKEND", UNIT_TEXT, 16, backend, "IOMMU backend"),
	CONTAINER("mappings", "MAPPINGS", UNIT_COUNT, 8, mappings, "mappings now"),
	CONTAINER("mappings_limit", "LIMIT", UNIT_COUNT, 6, mappings_limit,
		  "the most mappings it may have"),
	CONTAINER("pinned_bytes", "PINNED", UNIT_BYTES, 10, pinned,
		  "bytes of user memory pinned by its mappings now"),
	CONTAINER("pinned_peak_bytes", "PEAK", UNIT_BYTES, 10, pinned_peak,
		  "the most that pinned_bytes was during the watch"),
	CONTAINER("runs", NULL, UNIT_COUNT, 0, runs,
		  "physically contiguous runs mapped since the watch began"),
	CONTAINER("mean_run_bytes", "MEAN RUN", UNIT_BYTES, 10, mean_run,
		  "map.bytes divided by runs"),
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
	CONTAINER("map.phase_ns.pin", "PIN", UNIT_NS, 8, pin_ns,
		  "time of these maps spent finding and pinning pages"),
	CONTAINER("map.phase_ns.iommu", "IOMMU", UNIT_NS, 8, iommu_ns,
		  "time of these maps spent in the IOMMU driver"),
	CONTAINER("map.phase_ns.account", "ACCOUNT", UNIT_NS, 8, account_ns,
		  "time of these maps spent charging locked memory"),
	REQUESTS("unmap", "UNMAP", unmap, "unmaps"),
	CONTAINER("unmap.differs", NULL, UNIT_COUNT, 0, unmap_differs,
		  "unmaps that succeeded with another number of bytes than asked for"),
	CONTAINER("teardown.count", NULL, UNIT_COUNT, 0, teardowns,
		  "teardowns of all mappings left, when the last group detaches or at release"),
	CONTAINER("teardown.mappings", NULL, UNIT_COUNT, 0, teardown_mappings,
		  "mappings removed by teardowns"),
	CONTAINER("teardown.bytes", NULL, UNIT_BYTES, 0, teardown_bytes,
		  "bytes unmapped by teardowns"),
	CONTAINER("teardown.ns", NULL, UNIT_NS, 0, teardown_ns, "time spent in teardowns"),
	CONTAINER("left_pinned_bytes", NULL, UNIT_BYTES, 0, left_pinned,
		  "bytes still pinned after the release; more than 0 is a leak"),
	CONTAINER("charged_bytes", NULL, UNIT_BYTES, 0, charged,
		  "bytes charged to locked memory for this container now"),
	CONTAINER("locked_bytes", "LOCKED", UNIT_BYTES, 10, locked,
		  "locked memory of the paying process after the last charge or refund"),
	CONTAINER("locked_limit_bytes", NULL, UNIT_BYTES, 0, locked_limit,
		  "RLIMIT_MEMLOCK of that process; null also when it is unlimited"),
	CONTAINER("locked_unlimited", NULL, UNIT_FLAG, 0, locked_unlimited,
		  "whether CAP_IPC_LOCK or an unlimited RLIMIT_MEMLOCK lifts the limit"),

	FLIGHT("operation", "RUNNING", UNIT_TEXT, 9, operation, "map, unmap or teardown"),
	FLIGHT("container", "CONTAINER", UNIT_NUMBER, 9, container, "number of the container"),
	FLIGHT("pid", "PID", UNIT_NUMBER, 7, pid, "process"),
	FLIGHT("tid", "TID", UNIT_NUMBER, 7, tid, "thread"),
	FLIGHT("iova", "IOVA", UNIT_ADDRESS, 18, iova, "start of the range"),
	FLIGHT("size_bytes", "SIZE", UNIT_BYTES, 10, size, "bytes asked for"),
	FLIGHT("done_bytes", "DONE", UNIT_BYTES, 10, done, "bytes pinned so far, for a map"),
	FLIGHT("elapsed_ns", "ELAPSED", UNIT_NS, 9, elapsed, "time since it began"),

	GROUP("id", "GROUP", UNIT_NUMBER, 9, id, "number of the IOMMU group, as in /dev/vfio/N"),
	GROUP("pid", "PID", UNIT_NUMBER, 7, pid, "process that has the group open"),
	GROUP("comm", "COMMAND", UNIT_TEXT, 15, comm, "name of that process"),
	GROUP("owner_alive", NULL, UNIT_FLAG, 0, owner_alive, "whether that process exists"),
	GROUP("container", "CONTAINER", UNIT_NUMBER, 9, container,
	      "container that the group is attached to"),
	GROUP("opened_ns", NULL, UNIT_TIME, 0, opened_ns, "when it was opened"),
	GROUP("opens", "OPENS", UNIT_COUNT, 6, opens, "successful opens since the watch began"),
	GROUP("open_errors", "REFUSED", UNIT_COUNT, 7, open_errors,
	      "failed opens since the watch began"),

	DEVICE("address", "DEVICE", UNIT_TEXT, 12, address,
	       "PCI address, or name of a device that is not PCI"),
	DEVICE("state", "STATE", UNIT_TEXT, 6, state, "open or closed"),
	DEVICE("group", "GROUP", UNIT_NUMBER, 5, group, "number of its group"),
	DEVICE("container", NULL, UNIT_NUMBER, 0, container,
	       "container that it is in, or was in when it was closed"),
	DEVICE("pid", "PID", UNIT_NUMBER, 7, pid, "process that opened it last"),
	DEVICE("comm", "COMMAND", UNIT_TEXT, 15, comm, "name of that process"),
	DEVICE("owner_alive", NULL, UNIT_FLAG, 0, owner_alive, "whether that process exists"),
	DEVICE("vendor_id", NULL, UNIT_PCI_ID, 0, vendor_id, "PCI vendor ID"),
	DEVICE("device_id", NULL, UNIT_PCI_ID, 0, device_id, "PCI device ID"),
	DEVICE("pci_name", NULL, UNIT_TEXT, 0, pci_name,
	       "what the database of PCI IDs calls vendor and device"),
	DEVICE("driver", "DRIVER", UNIT_TEXT, 8, driver, "driver that is bound to it now"),
	DEVICE("opened_ns", NULL, UNIT_TIME, 0, opened_ns, "when it was opened last"),
	DEVICE("opens", NULL, UNIT_COUNT, 0, open.count, "successful opens since the watch began"),
	DEVICE("open_errors", NULL, UNIT_COUNT, 0, open.errors,
	       "failed opens since the watch began"),
	ACTIONS("open", "OPEN", open, "opens, the first one's function reset included"),
	DEVICE("closes", NULL, UNIT_COUNT, 0, close.count,
	       "file descriptors closed since the watch began"),
	ACTIONS("close", "CLOSE", close, "closes, the last one's function reset included"),
	DEVICE("resets", "RESETS", UNIT_COUNT, 6, reset.count,
	       "resets that the user asked for, of function or bus"),
	DEVICE("reset_errors", NULL, UNIT_COUNT, 0, reset.errors, "such resets that failed"),
	ACTIONS("reset", "RESET", reset, "resets"),

	PROCESS("pid", "PID", UNIT_NUMBER, 9, pid, "process that has files of VFIO"),
	PROCESS("comm", "COMMAND", UNIT_TEXT, 15, comm, "its name"),
	PROCESS("cgroup", NULL, UNIT_TEXT, 0, cgroup, "path of its cgroup"),
	PROCESS("unit", NULL, UNIT_TEXT, 0, names.unit, "its systemd service or scope"),
	PROCESS("domain", NULL, UNIT_TEXT, 0, names.domain, "its libvirt domain"),
	PROCESS("pod", NULL, UNIT_TEXT, 0, names.pod, "UID of its Kubernetes pod"),
	PROCESS("containers", "CONTAINERS", UNIT_COUNT, 10, containers,
		"its files of /dev/vfio/vfio"),
	PROCESS("groups", "GROUPS", UNIT_COUNT, 6, groups, "its files of groups"),
	PROCESS("devices", "DEVICES", UNIT_COUNT, 7, devices, "its files of devices"),
	PROCESS("locked_bytes", "LOCKED", UNIT_BYTES, 10, locked, "its locked memory"),
	PROCESS("locked_limit_bytes", "LOCK LIMIT", UNIT_BYTES, 10, locked_limit,
		"its RLIMIT_MEMLOCK; null also when it is unlimited"),
	PROCESS("locked_unlimited", NULL, UNIT_FLAG, 0, locked_unlimited,
		"whether CAP_IPC_LOCK or an unlimited RLIMIT_MEMLOCK lifts the limit"),
	PROCESS("iommu.since_ns", NULL, UNIT_TIME, 0, since_ns,
		"since when what is mapped in IOMMUs on its behalf is counted"),
	PROCESS("iommu.map.count", "IOMMU MAPS", UNIT_COUNT, 10, iommu_maps, "calls that mapped"),
	PROCESS("iommu.map.bytes", "MAPPED", UNIT_BYTES, 10, iommu_map_bytes,
		"bytes that they mapped"),
	PROCESS("iommu.unmap.count", "UNMAPS", UNIT_COUNT, 10, iommu_unmaps, "calls that unmapped"),
	PROCESS("iommu.unmap.bytes", "UNMAPPED", UNIT_BYTES, 10, iommu_unmap_bytes,
		"bytes that they unmapped"),

	LEAK("kind", NULL, UNIT_TEXT, 0, name,
	     "kernel-leak, growth, orphan, accounting-drift or over-unpin"),
	LEAK("container", NULL, UNIT_NUMBER, 0, container, "number of the container"),
	LEAK("pid", NULL, UNIT_NUMBER, 0, pid, "its owner"),
	LEAK("comm", NULL, UNIT_TEXT, 0, comm, "name of its owner"),
	LEAK("bytes", NULL, UNIT_BYTES, 0, bytes, "how much"),
	LEAK("since_ns", NULL, UNIT_TIME, 0, since_ns, "when it was noticed"),
	LEAK("text", NULL, UNIT_TEXT, 0, text, "the same in words"),
};

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

/*
 * What a source has to know for a field, where not every source does. A name that ends
 * in a dot is that of an object with such fields; arrays have no field of their own.
 */
static const struct {
	enum field_scope scope;
	const char *name;
	unsigned int knowledge;
} needs[] = {
	{ SCOPE_REPORT, "containers", KNOWS_CONTAINERS },
	{ SCOPE_REPORT, "leaks", KNOWS_CONTAINERS },
	{ SCOPE_REPORT, "failures", KNOWS_REQUESTS },
	{ SCOPE_TOTALS, "containers", KNOWS_CONTAINERS },
	{ SCOPE_TOTALS, "map.", KNOWS_REQUESTS },
	{ SCOPE_TOTALS, "unmap.", KNOWS_REQUESTS },
	{ SCOPE_TOTALS, "teardown.", KNOWS_TEARDOWN_BYTES },
	{ SCOPE_TOTALS, "pinned_bytes", KNOWS_PINS },
	{ SCOPE_CONTAINER, "opener_pid", KNOWS_OPENERS },
	{ SCOPE_CONTAINER, "opener_comm", KNOWS_OPENERS },
	{ SCOPE_CONTAINER, "opened_ns", KNOWS_OPENERS },
	{ SCOPE_CONTAINER, "holders", KNOWS_MEMBERS },
	{ SCOPE_CONTAINER, "holder_pid", KNOWS_MEMBERS },
	{ SCOPE_CONTAINER, "holder_comm", KNOWS_MEMBERS },
	{ SCOPE_CONTAINER, "before.", KNOWS_MEMBERS },
	{ SCOPE_CONTAINER, "groups", KNOWS_MEMBERS },
	{ SCOPE_CONTAINER, "devices", KNOWS_DEVICE_CLOSES },
	{ SCOPE_CONTAINER, "mappings", KNOWS_MAPPINGS },
	{ SCOPE_CONTAINER, "mappings_limit", KNOWS_LIMIT },
	{ SCOPE_CONTAINER, "pinned_bytes", KNOWS_PINS },
	{ SCOPE_CONTAINER, "pinned_peak_bytes", KNOWS_PINS },
	{ SCOPE_CONTAINER, "charged_bytes", KNOWS_CHARGES },
	{ SCOPE_CONTAINER, "locked_bytes", KNOWS_CHARGES },
	{ SCOPE_CONTAINER, "locked_limit_bytes", KNOWS_CHARGES },
	{ SCOPE_CONTAINER, "locked_unlimited", KNOWS_CHARGES },
	{ SCOPE_CONTAINER, "runs", KNOWS_RUNS },
	{ SCOPE_CONTAINER, "mean_run_bytes", KNOWS_RUNS },
	{ SCOPE_CONTAINER, "leaf_bytes.", KNOWS_RUNS },
	{ SCOPE_CONTAINER, "map.phase_ns.", KNOWS_PHASES },
	{ SCOPE_CONTAINER, "teardown.count", KNOWS_TEARDOWNS },
	{ SCOPE_CONTAINER, "teardown.mappings", KNOWS_TEARDOWNS },
	{ SCOPE_CONTAINER, "teardown.ns", KNOWS_TEARDOWNS },
	{ SCOPE_CONTAINER, "teardown.bytes", KNOWS_TEARDOWN_BYTES },
	{ SCOPE_CONTAINER, "left_pinned_bytes", KNOWS_UNPINS },
	{ SCOPE_IN_FLIGHT, "done_bytes", KNOWS_PROGRESS },
	{ SCOPE_GROUP, "container", KNOWS_MEMBERS },
	{ SCOPE_GROUP, "opened_ns", KNOWS_GROUP_OPENS },
	{ SCOPE_GROUP, "opens", KNOWS_GROUP_OPENS },
	{ SCOPE_GROUP, "open_errors", KNOWS_GROUP_OPENS },
	{ SCOPE_DEVICE, "container", KNOWS_MEMBERS },
	{ SCOPE_DEVICE, "state", KNOWS_DEVICE_CLOSES },
	{ SCOPE_DEVICE, "pid", KNOWS_DEVICE_OPENS },
	{ SCOPE_DEVICE, "comm", KNOWS_DEVICE_OPENS },
	{ SCOPE_DEVICE, "owner_alive", KNOWS_DEVICE_OPENS },
	{ SCOPE_DEVICE, "opened_ns", KNOWS_DEVICE_OPENS },
	{ SCOPE_DEVICE, "opens", KNOWS_DEVICE_OPENS },
	{ SCOPE_DEVICE, "open_errors", KNOWS_DEVICE_OPENS },
	{ SCOPE_DEVICE, "open.", KNOWS_DEVICE_OPENS },
	{ SCOPE_DEVICE, "closes", KNOWS_DEVICE_CLOSES },
	{ SCOPE_DEVICE, "close.", KNOWS_DEVICE_CLOSES },
	{ SCOPE_DEVICE, "resets", KNOWS_RESETS },
	{ SCOPE_DEVICE, "reset_errors", KNOWS_RESETS },
	{ SCOPE_DEVICE, "reset.", KNOWS_RESETS },
	{ SCOPE_PROCESS, "iommu.", KNOWS_IOMMU },
	{ SCOPE_LEAK, "bytes", KNOWS_PINS },
};

#define N_NEEDS (sizeof(needs) / sizeof(needs[0]))

static const char *const scope_names[SCOPES] = {
	[SCOPE_REPORT] = "report",	   [SCOPE_LOST] = "lost",
	[SCOPE_TOTALS] = "totals",	   [SCOPE_CONTAINER] = "containers[]",
	[SCOPE_IN_FLIGHT] = "in_flight[]", [SCOPE_GROUP] = "groups[]",
	[SCOPE_DEVICE] = "devices[]",	   [SCOPE_PROCESS] = "processes[]",
	[SCOPE_LEAK] = "leaks[]",
};

static const char *const unit_names[] = {
	[UNIT_COUNT] = "count",
	[UNIT_BYTES] = "bytes",
	[UNIT_NS] = "ns",
	[UNIT_TIME] = "time in ns",
	[UNIT_MILLI] = "per second",
	[UNIT_BYTE_RATE] = "bytes per second",
	[UNIT_NUMBER] = "number",
	[UNIT_ADDRESS] = "address",
	[UNIT_PCI_ID] = "PCI ID",
	[UNIT_FLAG] = "true or false",
	[UNIT_TEXT] = "text",
};

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

struct figure field_figure(const struct field *field, const void *row)
{
	return *(const struct figure *)((const char *)row + field->offset);
}

const char *field_text(const struct field *field, const void *row)
{
	const char *text = (const char *)row + field->offset;

	return *text ? text : NULL;
}

bool field_in_json(const struct field *field)
{
	return field->unit != UNIT_MILLI && field->unit != UNIT_BYTE_RATE;
}

/* The rows of a scope in a report. */
static char *rows_of(struct view *view, enum field_scope scope, size_t *n, size_t *size)
{
	switch (scope) {
	case SCOPE_TOTALS:
		*n = 1;
		*size = sizeof(view->totals);
		return (char *)&view->totals;
	case SCOPE_CONTAINER:
		*n = view->n_containers;
		*size = sizeof(*view->containers);
		return (char *)view->containers;
	case SCOPE_IN_FLIGHT:
		*n = view->n_flights;
		*size = sizeof(*view->flights);
		return (char *)view->flights;
	case SCOPE_GROUP:
		*n = view->n_groups;
		*size = sizeof(*view->groups);
		return (char *)view->groups;
	case SCOPE_DEVICE:
		*n = view->n_devices;
		*size = sizeof(*view->devices);
		return (char *)view->devices;
	case SCOPE_PROCESS:
		*n = view->n_processes;
		*size = sizeof(*view->processes);
		return (char *)view->processes;
	case SCOPE_LEAK:
		*n = view->n_leaks;
		*size = sizeof(*view->leaks);
		return (char *)view->leaks;
	default:
		*n = 1;
		*size = sizeof(*view);
		return (char *)view;
	}
}

static void forget(struct view *view, const struct field *f)
{
	size_t n, size;
	char *row = rows_of(view, f->scope, &n, &size);

	for (; n--; row += size) {
		if (f->unit == UNIT_TEXT)
			row[f->offset] = '\0';
		else
			((struct figure *)(row + f->offset))->known = false;
	}
}

/* Whether @name is that of the field, or of an object that the field is in. */
static bool is_named(const struct field *f, const char *name)
{
	size_t length = strlen(name);

	return !strcmp(f->name, name) ||
	       (name[length - 1] == '.' && !strncmp(f->name, name, length));
}

void fields_forget(struct view *view)
{
	for (size_t i = 0; i < N_NEEDS; i++) {
		const struct field *f = NULL;

		if (view->knowledge & needs[i].knowledge)
			continue;
		while ((f = fields_next(needs[i].scope, f)))
			if (is_named(f, needs[i].name))
				forget(view, f);
	}
}

/* Where a source knows of no rows at all, their fields go without saying. */
static bool has_rows(enum field_scope scope, unsigned int knowledge)
{
	switch (scope) {
	case SCOPE_CONTAINER:
	case SCOPE_IN_FLIGHT:
	case SCOPE_LEAK:
		return knowledge & KNOWS_CONTAINERS;
	case SCOPE_PROCESS:
		return knowledge & KNOWS_PROCESSES;
	default:
		return true;
	}
}

size_t fields_unknown(unsigned int knowledge, size_t previous, char name[FIELD_NAME_SIZE])
{
	static const char *const prefixes[SCOPES] = {
		[SCOPE_TOTALS] = "totals.", [SCOPE_IN_FLIGHT] = "in_flight.",
		[SCOPE_GROUP] = "groups.",  [SCOPE_DEVICE] = "devices.",
		[SCOPE_LEAK] = "leaks.",    [SCOPE_PROCESS] = "processes.",
	};

	for (size_t i = previous; i < N_NEEDS; i++) {
		const char *prefix = prefixes[needs[i].scope];

		if (knowledge & needs[i].knowledge || !has_rows(needs[i].scope, knowledge))
			continue;
		snprintf(name, FIELD_NAME_SIZE, "%s%s", prefix ? prefix : "", needs[i].name);
		if (name[strlen(name) - 1] == '.')
			name[strlen(name) - 1] = '\0';
		return i + 1;
	}
	return 0;
}

void fields_list(FILE *out)
{
	for (const struct field *f = fields; f < fields + N_FIELDS; f++)
		fprintf(out, "%-13s %-22s %-17s %s%s\n", scope_names[f->scope], f->name,
			unit_names[f->unit], f->text, field_in_json(f) ? "" : " (not in JSON)");
}

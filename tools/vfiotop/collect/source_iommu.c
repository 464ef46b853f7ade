// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source iommu: the kernel's own IOMMU tracepoints, counted per process; the processes
 * are those that /proc shows with open VFIO files.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "iommu.skel.h"
#include "proc.h"
#include "source.h"

#define IOMMUS "/sys/kernel/iommu_groups"

static enum exit_code open_iommu(struct source *source, const struct collect_options *options)
{
	struct iommu_bpf *skel;

	(void)options;
	if (access(IOMMUS, F_OK)) {
		complain("cannot watch IOMMUs: this kernel has no IOMMU tracepoints; use "
			 "--source=proc");
		return EXIT_NO_EVENTS;
	}
	skel = iommu_bpf__open_opts(programs_options());
	if (!skel)
		return programs_refused("open the BPF programs", -errno);
	strcpy(source->method, "raw_tp");
	source->knowledge = KNOWS_PROCESSES | KNOWS_IOMMU;
	source->programs = (struct programs){ PROGRAMS(skel) };
	return EXIT_DONE;
}

/* A process that has ended leaves no counts to another one with its number. */
static void forget_calls(int fd, const struct scan *scan)
{
	uint32_t pid, gone = 0, *previous = NULL;

	while (!bpf_map_get_next_key(fd, previous, &pid)) {
		size_t i = 0;

		if (gone)
			bpf_map_delete_elem(fd, &gone);
		while (i < scan->rows.n_processes && scan->rows.processes[i].pid != pid)
			i++;
		gone = i < scan->rows.n_processes ? 0 : pid;
		previous = &pid;
	}
	if (gone)
		bpf_map_delete_elem(fd, &gone);
}

static void say_uncounted(int error)
{
	static bool said;

	if (!said)
		complain("cannot count what some processes map in IOMMUs: %s; for these it is "
			 "unknown",
			 strerror(error));
	said = true;
}

/* Finds the processes that have open VFIO files, and starts to count those that are new. */
static void look_at_processes(struct source *source)
{
	int fd = source->handles.fd[HANDLE_PROCESSES];
	struct vt_iommu_calls calls = { .since_ns = clock_ns(CLOCK_MONOTONIC) };
	struct scan *scan = &source->scan;

	scan_look(scan, SCAN_STEP_NS);
	if (!proc_usable())
		return;
	forget_calls(fd, scan);
	for (size_t i = 0; i < scan->rows.n_processes; i++) {
		struct process_snapshot *p = &scan->rows.processes[i];

		if (bpf_map_update_elem(fd, &p->pid, &calls, BPF_NOEXIST) && errno != EEXIST)
			say_uncounted(errno);
		if (bpf_map_lookup_elem(fd, &p->pid, &p->iommu))
			memset(&p->iommu, 0, sizeof(p->iommu));
	}
}

static enum exit_code attach_iommu(struct source *source, const struct collect_options *options)
{
	enum exit_code code = programs_load(&source->programs);

	(void)options;
	if (code == EXIT_DONE)
		code = programs_attach(&source->programs);
	if (code == EXIT_DONE)
		source->handles = handles_of(source->programs.skeleton);
	return code;
}

static enum exit_code start_iommu(struct source *source)
{
	look_at_processes(source);
	return EXIT_DONE;
}

static bool read_iommu(struct source *source, const struct lookup *lookup,
		       struct snapshot *snapshot)
{
	look_at_processes(source);
	snapshot_time(snapshot);
	scan_read(&source->scan, lookup->processes, lookup->names, snapshot);
	snapshot->missed_programs = handles_counts(&source->handles).missed;
	return !source->scan.rows.failed;
}

const struct source_type source_iommu = {
	.choice = SOURCE_IOMMU,
	.feature = "iommu",
	.needs_bpf = true,
	.open = open_iommu,
	.attach = attach_iommu,
	.start = start_iommu,
	.read = read_iommu,
};

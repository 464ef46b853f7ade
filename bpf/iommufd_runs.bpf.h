/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physically contiguous runs that iommufd gives to the IOMMU, and the leaves that map them, on
 * request. It does that batch by batch, each of some hundred runs, so that one program counts
 * those of a batch.
 */
#ifndef VFIOTOP_IOMMUFD_RUNS_BPF_H
#define VFIOTOP_IOMMUFD_RUNS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "containers.bpf.h"
#include "iommufd_kernel.bpf.h"
#include "leaves.bpf.h"
#include "requests.bpf.h"
#include "tables.bpf.h"
#include "vfiotop.h"

/*
 * struct filled - what a map has put into the IOMMU
 * @domain: where; what it puts into others is the same
 * @bytes: how much
 * @runs: in how many runs
 * @leaves: by which leaves
 *
 * Its slot belongs to the thread as long as the slot of the same index among the operations in
 * flight does.
 */
struct filled {
	__u64 domain;
	__u64 bytes;
	__u64 runs;
	struct leaves leaves;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct filled);
} filled SEC(".maps");

static __always_inline struct filled *filled_by(const struct vt_in_flight *f)
{
	__u32 index = f->slot;

	return bpf_map_lookup_elem(&filled, &index);
}

static __always_inline void filled_begins(const struct vt_in_flight *f)
{
	struct filled *w = filled_by(f);

	if (w)
		w->domain = 0;
}

/* A batch whose runs are being counted. */
struct batch {
	struct filled *filled;
	__u64 pfns;
	__u64 npfns;
	__u64 iova;
	__u64 left;
};

static long batch_step(__u32 index, void *data)
{
	struct batch *batch = data;
	__u64 pfn = 0, size;
	__u32 n = 0;

	if (bpf_probe_read_kernel(&pfn, sizeof(pfn), (void *)(batch->pfns + index * sizeof(pfn))) ||
	    bpf_probe_read_kernel(&n, sizeof(n), (void *)(batch->npfns + index * sizeof(n))))
		return 1;
	size = (__u64)n << page_shift;
	if (size > batch->left)
		size = batch->left;
	leaves_add(&batch->filled->leaves, batch->iova, pfn << page_shift, size);
	batch->filled->runs++;
	batch->filled->bytes += size;
	batch->iova += size;
	batch->left -= size;
	return 0;
}

static __always_inline void batch_filled(const struct vt_in_flight *f, const struct pfn_batch *runs,
					 const struct iommu_domain *domain,
					 const struct iopt_area *area, __u64 first_page)
{
	struct filled *w = filled_by(f);
	struct batch batch = { .filled = w };

	if (!w || f->operation != VT_OP_MAP)
		return;
	if (!w->domain) {
		w->domain = (__u64)domain;
		w->bytes = 0;
		w->runs = 0;
		w->leaves.mask = 0;
		w->leaves.pgsizes = BPF_CORE_READ(domain, pgsize_bitmap);
	}
	if (w->domain != (__u64)domain)
		return;
	batch.pfns = (__u64)BPF_CORE_READ(runs, pfns);
	batch.npfns = (__u64)BPF_CORE_READ(runs, npfns);
	batch.iova = BPF_CORE_READ(area, node.start) +
		     ((first_page - BPF_CORE_READ(area, pages_node.start)) << page_shift);
	batch.left = BPF_CORE_READ(area, node.last) - batch.iova + 1;
	bpf_loop(BPF_CORE_READ(runs, end), batch_step, &batch, 0);
}

/* A map of @size bytes was made: all of it is in the IOMMU, or it is not known how it will be. */
static __noinline int on_map_filled(struct vt_container *c, struct vt_in_flight *f, __u64 size)
{
	struct filled *w = f ? filled_by(f) : NULL;

	if (!c)
		return 0;
	if (!w || !w->domain || w->bytes != size) {
		container_flag(c, VT_CONTAINER_RUNS_MISSED);
		return 0;
	}
	vt_store(c->pgsizes, w->leaves.pgsizes);
	on_map_runs(c, w->runs, w->leaves.mask, w->leaves.bytes);
	return 0;
}

#endif /* VFIOTOP_IOMMUFD_RUNS_BPF_H */

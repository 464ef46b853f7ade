/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why stock modules refused a range: their own lists of mappings and of ranges that can be
 * mapped tell. They are read after a failure only, and nothing is locked: what is not found
 * remains unknown.
 */
#ifndef VFIOTOP_STOCK_CAUSES_BPF_H
#define VFIOTOP_STOCK_CAUSES_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "kernel.bpf.h"
#include "tables.bpf.h"
#include "vfiotop.h"

#define CAUSE_DEPTH  64 /* more than any red-black tree has */
#define CAUSE_RANGES 32

/*
 * struct refusal - a map that failed
 * @record: what is known of it
 * @lowest: start of the first range that can be mapped
 * @next: where the next one may begin
 * @ranges: how many were seen
 */
struct refusal {
	struct vfio_dma_map_record record;
	__u64 lowest;
	__u64 next;
	__u64 ranges;
};

/*
 * Of this CPU: the program cannot run a second time meanwhile. It is too large for the stack,
 * and what is in a map does not multiply the states that the verifier looks at.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct refusal);
} refusals SEC(".maps");

static __always_inline struct refusal *refusal_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&refusals, &zero);
}

static __always_inline struct refusal *refusal_new(void)
{
	struct refusal *refusal = refusal_get();

	if (refusal)
		__builtin_memset(refusal, 0, sizeof(*refusal));
	return refusal;
}

/* One step down the tree: gives the next node, 0 at its end. */
__noinline __u64 overlap_step(__u64 at)
{
	struct rb_node *node = (void *)at;
	struct vfio_dma *dma = (void *)node - bpf_core_field_offset(struct vfio_dma, node);
	struct refusal *refusal = refusal_get();
	__u64 iova = BPF_CORE_READ(dma, iova);
	__u64 size = BPF_CORE_READ(dma, size);
	struct vfio_dma_map_record *r;

	if (!refusal)
		return 0;
	r = &refusal->record;
	if (r->iova + r->size - 1 < iova)
		return (__u64)BPF_CORE_READ(node, rb_left);
	if (iova + size - 1 < r->iova)
		return (__u64)BPF_CORE_READ(node, rb_right);
	r->conflict_iova = iova;
	r->conflict_size = size;
	return 0;
}

__noinline __u64 overlap_steps(__u64 node)
{
	int i;

#pragma unroll
	for (i = 0; i < LOOP_PART; i++)
		if (node)
			node = overlap_step(node);
	return node;
}

/* The mapping in the way of a map that failed with EEXIST. */
static __always_inline void overlap_find(struct vfio_iommu *iommu)
{
	__u64 node = (__u64)BPF_CORE_READ(iommu, dma_list.rb_node);
	int i;

#pragma unroll
	for (i = 0; i < CAUSE_DEPTH; i += LOOP_PART)
		if (node)
			node = overlap_steps(node);
}

/* One range that can be mapped. What is between two of them is reserved. */
static __always_inline void range_visit(struct refusal *refusal, __u64 start, __u64 end)
{
	struct vfio_dma_map_record *r = &refusal->record;
	__u64 last = r->iova + r->size - 1;

	if (!refusal->ranges++) {
		refusal->lowest = start;
	} else if (!r->conflict_size && r->iova < start && last >= refusal->next) {
		r->conflict_iova = refusal->next;
		r->conflict_size = start - refusal->next;
	}
	refusal->next = end + 1;
}

/* Visits a range. Gives the next one. */
__noinline __u64 range_step(__u64 node)
{
	struct vfio_iova *range = (void *)node - bpf_core_field_offset(struct vfio_iova, list);
	struct refusal *refusal = refusal_get();

	if (refusal)
		range_visit(refusal, BPF_CORE_READ(range, start), BPF_CORE_READ(range, end));
	return (__u64)BPF_CORE_READ(range, list.next);
}

__noinline __u64 range_steps(__u64 node, __u64 head)
{
	int i;

#pragma unroll
	for (i = 0; i < LOOP_PART; i++)
		if (node && node != head)
			node = range_step(node);
	return node;
}

/* Whether a range that failed with EINVAL is outside of what can be mapped, and by what. */
static __always_inline void range_check(struct refusal *refusal, struct vfio_iommu *iommu)
{
	__u64 head = (__u64)iommu + bpf_core_field_offset(struct vfio_iommu, iova_list);
	__u64 node = (__u64)BPF_CORE_READ(iommu, iova_list.next);
	struct vfio_dma_map_record *r = &refusal->record;
	int i;

#pragma unroll
	for (i = 0; i < CAUSE_RANGES; i += LOOP_PART)
		node = range_steps(node, head);
	if (node != head || !refusal->ranges) {
		r->conflict_size = 0;
	} else if (r->iova < refusal->lowest || r->iova + r->size - 1 > refusal->next - 1) {
		r->stage = VFIO_STAGE_APERTURE;
		r->conflict_iova = refusal->lowest;
		r->conflict_size = refusal->next - refusal->lowest;
	} else if (r->conflict_size) {
		r->stage = VFIO_STAGE_RESERVED;
	}
}

/* Completes the record, in which the stage is known as far as the errno tells. */
static __always_inline void cause_find(struct refusal *refusal, struct vfio_iommu *iommu)
{
	struct vfio_dma_map_record *r = &refusal->record;

	if (r->stage == VFIO_STAGE_OVERLAP)
		overlap_find(iommu);
	else if (r->stage == VT_STAGE_UNKNOWN && r->ret == -EINVAL &&
		 bpf_core_field_exists(((struct vfio_iommu *)0)->iova_list))
		range_check(refusal, iommu);
}

#endif /* VFIOTOP_STOCK_CAUSES_BPF_H */

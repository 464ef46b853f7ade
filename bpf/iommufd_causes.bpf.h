/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why iommufd refused a range: its own trees of mappings and reserved regions tell. They are
 * read after a failure only, and nothing is locked: what is not found remains unknown.
 */
#ifndef VFIOTOP_IOMMUFD_CAUSES_BPF_H
#define VFIOTOP_IOMMUFD_CAUSES_BPF_H

#include <linux/bpf.h>
#include <asm-generic/errno.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "iommufd_kernel.bpf.h"
#include "tables.bpf.h"
#include "vfiotop.h"

#define CAUSE_DEPTH 64 /* more than any red-black tree has */

static __always_inline const struct interval_tree_node *interval_of(const struct rb_node *node)
{
	return (void *)node - bpf_core_field_offset(struct interval_tree_node, rb);
}

/* The first interval below @root that overlaps a range, 0 when there is none. */
__noinline __u64 interval_find(__u64 root, __u64 start, __u64 last)
{
	const struct rb_node *node = (void *)root;
	int depth;

	for (depth = 0; depth < CAUSE_DEPTH && node; depth++) {
		const struct rb_node *left = BPF_CORE_READ(node, rb_left);

		if (left && BPF_CORE_READ(interval_of(left), __subtree_last) >= start) {
			node = left;
			continue;
		}
		if (BPF_CORE_READ(interval_of(node), start) > last)
			return 0;
		if (BPF_CORE_READ(interval_of(node), last) >= start)
			return (__u64)interval_of(node);
		node = BPF_CORE_READ(node, rb_right);
	}
	return 0;
}

#define FIND_INTERVAL(iopt, tree, r)                                         \
	((const struct interval_tree_node *)interval_find(                   \
		(__u64)BPF_CORE_READ(iopt, tree.rb_root.rb_node), (r)->iova, \
		(r)->iova + (r)->size - 1))

static __always_inline void conflict_is(struct vfio_dma_map_record *r, __u64 start, __u64 last)
{
	r->conflict_iova = start;
	r->conflict_size = last - start + 1;
}

/* What cannot be translated is reserved up to the last address. */
static __always_inline void refused_range(struct vfio_dma_map_record *r,
					  const struct io_pagetable *iopt)
{
	const struct interval_tree_node *reserved;

	if (!r->size || (r->iova | r->size) & (BPF_CORE_READ(iopt, iova_alignment) - 1)) {
		r->stage = VFIO_STAGE_ALIGNMENT;
		return;
	}
	reserved = FIND_INTERVAL(iopt, reserved_itree, r);
	if (!reserved)
		return;
	if (BPF_CORE_READ(reserved, last) == ~0UL) {
		r->stage = VFIO_STAGE_APERTURE;
		conflict_is(r, 0, BPF_CORE_READ(reserved, start) - 1);
	} else {
		r->stage = VFIO_STAGE_RESERVED;
		conflict_is(r, BPF_CORE_READ(reserved, start), BPF_CORE_READ(reserved, last));
	}
}

/* The step at which a map of an IOAS failed, and what was in its way. */
static __always_inline void cause_find(struct vfio_dma_map_record *r,
				       const struct io_pagetable *iopt)
{
	const struct interval_tree_node *area;

	switch (r->ret) {
	case -EFAULT:
		r->stage = VFIO_STAGE_PIN;
		break;
	case -EOVERFLOW:
		r->stage = VFIO_STAGE_OVERFLOW;
		break;
	case -EEXIST:
		r->stage = VFIO_STAGE_OVERLAP;
		area = FIND_INTERVAL(iopt, area_itree, r);
		if (area)
			conflict_is(r, BPF_CORE_READ(area, start), BPF_CORE_READ(area, last));
		break;
	case -EINVAL:
		refused_range(r, iopt);
		break;
	}
}

/*
 * The kernel says -EFAULT also when it has mapped and cannot write its answer. While a mapping is
 * made, it has no pages.
 */
static __always_inline bool is_mapped(const struct vfio_dma_map_record *r,
				      const struct io_pagetable *iopt)
{
	const struct interval_tree_node *node = FIND_INTERVAL(iopt, area_itree, r);
	const struct iopt_area *area = (void *)node - bpf_core_field_offset(struct iopt_area, node);

	return node && BPF_CORE_READ(node, start) == r->iova && BPF_CORE_READ(area, pages);
}

#endif /* VFIOTOP_IOMMUFD_CAUSES_BPF_H */

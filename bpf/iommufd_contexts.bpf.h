/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contexts of iommufd, and their numbers.
 */
#ifndef VFIOTOP_IOMMUFD_CONTEXTS_BPF_H
#define VFIOTOP_IOMMUFD_CONTEXTS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct context {
	__u64 walked; /* by which census */
	__u32 number;
	__u32 pad;
};

/* By their address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct context);
} contexts SEC(".maps");

/*
 * struct iommufd_state - what all programs of iommufd share
 * @last_context: number of the last context
 * @any_shared: there are pages in several mappings, or that were not refunded, which few hosts have
 */
struct iommufd_state {
	__u32 last_context;
	__u32 any_shared;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct iommufd_state);
} iommufd_states SEC(".maps");

static __always_inline struct iommufd_state *iommufd_state(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&iommufd_states, &zero);
}

static __always_inline struct context *context_get(__u64 address)
{
	struct context *context = bpf_map_lookup_elem(&contexts, &address);
	struct iommufd_state *state = iommufd_state();
	struct context fresh = {};

	if (context || !state || !address)
		return context;
	fresh.number = __sync_fetch_and_add(&state->last_context, 1) + 1;
	bpf_map_update_elem(&contexts, &address, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&contexts, &address);
}

static __always_inline __u32 context_number(__u64 address)
{
	struct context *context = context_get(address);

	return context ? context->number : 0;
}

#endif /* VFIOTOP_IOMMUFD_CONTEXTS_BPF_H */

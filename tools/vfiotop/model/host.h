/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's count of pinned pages against all ledgers: what is not VFIO's.
 */
#ifndef VFIOTOP_HOST_H
#define VFIOTOP_HOST_H

#include "snapshot.h"
#include "view.h"

/**
 * host_update - compare
 * @snapshot: the present state
 * @confirmed: bytes that mappings did not give back, as earlier comparisons have shown
 * @view: gets its host; its totals are complete
 */
void host_update(const struct snapshot *snapshot, uint64_t confirmed, struct view *view);

/**
 * host_balance - bytes that the host has pinned and no address space explains
 * @s: the snapshot
 * @confirmed: bytes that mappings did not give back, as earlier comparisons have shown
 * @balance: gets them; negative when more was unpinned than pinned
 *
 * Return: whether that is known.
 */
bool host_balance(const struct snapshot *s, uint64_t confirmed, int64_t *balance);

#endif /* VFIOTOP_HOST_H */

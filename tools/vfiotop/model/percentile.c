// SPDX-License-Identifier: GPL-2.0-only
#include "percentile.h"

#include "figure.h"

struct figure percentile(const struct vt_requests *q, unsigned int percent)
{
	uint64_t samples = 0, below = 0, rank;

	for (uint32_t i = 0; i < VT_HIST_BUCKETS; i++)
		samples += q->buckets[i];
	if (!samples)
		return (struct figure){ 0 };
	rank = samples / 100 * percent + (samples % 100 * percent + 100 - 1) / 100;
	if (rank >= samples)
		return known(q->ns_max);
	for (uint32_t i = 0; i < VT_HIST_BUCKETS; i++) {
		uint64_t here = q->buckets[i];

		if (below + here >= rank) {
			uint64_t low = vt_hist_low(i), high = vt_hist_high(i);
			double share, value;

			if (high > q->ns_max)
				high = q->ns_max;
			if (high < low)
				return known(q->ns_max);
			share = ((double)(rank - below) - 0.5) / (double)here;
			value = (double)low + (double)(high - low + 1) * share;
			return known(value < (double)high ? (uint64_t)value : high);
		}
		below += here;
	}
	return (struct figure){ 0 };
}

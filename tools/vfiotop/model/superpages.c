// SPDX-License-Identifier: GPL-2.0-only
#include "superpages.h"

#include <stdio.h>

#include "figure.h"
#include "words.h"

#define MIB	1048576ULL
#define LEAF_2M 9
#define LOW	50 /* percent */

static uint64_t sum_leaves(const struct container_view *v, size_t first)
{
	uint64_t sum = 0;

	for (size_t i = first; i < VIEW_LEAF_SIZES; i++)
		sum += v->leaf_bytes[i].value;
	return sum;
}

bool superpages_wasted(const struct container_view *v)
{
	uint64_t all = sum_leaves(v, 0), margins = v->runs.value * 4 * MIB;

	return v->superpages.known && v->runs.known && all > margins &&
	       sum_leaves(v, LEAF_2M) < (all - margins) / 2;
}

static const char *why_wasted(const struct container_view *v)
{
	if (!v->incongruent.known)
		return "IOVA and address differ modulo 2 MiB, or the module or the IOMMU has no "
		       "superpages";
	return v->incongruent.value ? "IOVA and address differ modulo 2 MiB"
				    : "the module or the IOMMU has no superpages";
}

void view_superpages(struct container_view *v)
{
	uint64_t all = sum_leaves(v, 0);
	char run[WORD_SIZE];

	v->superpages = known_if(all, all ? sum_leaves(v, LEAF_2M) * 100 / all : 0);
	if (!v->superpages.known || v->superpages.value >= LOW || !v->mean_run.known)
		return;
	word_bytes(v->mean_run.value, run);
	if (v->mean_run.value < 2 * MIB)
		snprintf(v->superpage_hint, sizeof(v->superpage_hint),
			 "memory lies in runs of %s on average, too short for a superpage", run);
	else if (superpages_wasted(v))
		snprintf(v->superpage_hint, sizeof(v->superpage_hint),
			 "runs of %s on average would do: %s", run, why_wasted(v));
}

// SPDX-License-Identifier: GPL-2.0-only
#include "superpages.h"

#include <stdio.h>

#include "figure.h"
#include "words.h"

#define MIB 1048576ULL
#define LOW 50 /* percent */

bool superpages_wasted(const struct container_view *v)
{
	uint64_t all = view_leaf_bytes(v, 0, VIEW_LEAF_SIZES), margins = v->runs.value * 4 * MIB;

	return v->superpages.known && v->runs.known && all > margins &&
	       view_leaf_bytes(v, VIEW_LEAF_2M, VIEW_LEAF_SIZES) < (all - margins) / 2;
}

/* Proven for more than half of the memory, however it lies. */
static bool is_incongruent(const struct container_view *v)
{
	return v->incongruent.known &&
	       v->incongruent.value > view_leaf_bytes(v, 0, VIEW_LEAF_SIZES) / 2;
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
	uint64_t all = view_leaf_bytes(v, 0, VIEW_LEAF_SIZES);
	char run[WORD_SIZE];

	v->superpages = known_if(
		all, all ? view_leaf_bytes(v, VIEW_LEAF_2M, VIEW_LEAF_SIZES) * 100 / all : 0);
	if (!v->superpages.known || v->superpages.value >= LOW || !v->mean_run.known)
		return;
	word_bytes(v->mean_run.value, run);
	if (v->mean_run.value < 2 * MIB)
		snprintf(v->superpage_hint, sizeof(v->superpage_hint),
			 "memory lies in runs of %s on average, too short for a superpage", run);
	else if (superpages_wasted(v) || is_incongruent(v))
		snprintf(v->superpage_hint, sizeof(v->superpage_hint),
			 "runs of %s on average would do: %s", run, why_wasted(v));
}

// SPDX-License-Identifier: GPL-2.0-only
#include "superpages.h"

#include <stdio.h>

#include "figure.h"
#include "words.h"

#define LOW 50 /* percent */

bool superpages_wasted(const struct container_view *v)
{
	uint64_t all = view_leaf_bytes(v, 0, VIEW_LEAF_SIZES);
	uint64_t margins = v->runs.value * 2 * v->sizes.superpage;

	return !v->lacks_superpages && v->superpages.known && v->runs.known && all > margins &&
	       view_superpage_bytes(v) < (all - margins) / 2;
}

/* Proven for more than half of the memory, however it lies. */
static bool is_incongruent(const struct container_view *v)
{
	return v->incongruent.known &&
	       v->incongruent.value > view_leaf_bytes(v, 0, VIEW_LEAF_SIZES) / 2;
}

/* Runs of @run on average would do, and what the reason is. */
static void say_why_wasted(struct container_view *v, const char *run)
{
	char size[WORD_SIZE];

	word_bytes(v->sizes.superpage, size);
	if (v->incongruent.known && !v->incongruent.value)
		snprintf(v->superpage_hint, sizeof(v->superpage_hint),
			 "runs of %s on average would do: the module or the IOMMU has no "
			 "superpages",
			 run);
	else
		snprintf(v->superpage_hint, sizeof(v->superpage_hint),
			 "runs of %s on average would do: IOVA and address differ modulo %s%s", run,
			 size,
			 v->incongruent.known ? ""
					      : ", or the module or the IOMMU has no superpages");
}

void view_superpages(struct container_view *v)
{
	uint64_t all = view_leaf_bytes(v, 0, VIEW_LEAF_SIZES);
	char run[WORD_SIZE];

	v->superpages = known_if(all, all ? view_superpage_bytes(v) * 100 / all : 0);
	if (!v->superpages.known || v->superpages.value >= LOW || !v->mean_run.known)
		return;
	word_bytes(v->mean_run.value, run);
	if (v->lacks_superpages)
		snprintf(v->superpage_hint, sizeof(v->superpage_hint),
			 "the IOMMU has no superpages");
	else if (v->mean_run.value < v->sizes.superpage)
		snprintf(v->superpage_hint, sizeof(v->superpage_hint),
			 "memory lies in runs of %s on average, too short for a superpage", run);
	else if (superpages_wasted(v) || is_incongruent(v))
		say_why_wasted(v, run);
}

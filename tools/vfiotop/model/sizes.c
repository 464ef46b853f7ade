// SPDX-License-Identifier: GPL-2.0-only
#include "sizes.h"

#include "figure.h"

size_t sizes_count(const struct vt_container *c)
{
	size_t n = 0;

	for (size_t i = 0; i < VT_SIZE_CLASSES; i++)
		n += c->map.sizes[i] != 0;
	return n;
}

/* Of those that were there before the watch no size is known. */
static bool are_counted(const struct vt_container *c, size_t i)
{
	return c->flags & VT_CONTAINER_OPEN_SEEN && !(c->flags & VT_CONTAINER_SIZES_LOST) &&
	       c->map.sizes[i] >= c->unmap.sizes[i];
}

static struct figure mappings_of(const struct container_view *v, const struct vt_container *c,
				 size_t i)
{
	if (!v->mappings.known || !v->mappings.value)
		return v->mappings;
	return known_if(are_counted(c, i), c->map.sizes[i] - c->unmap.sizes[i]);
}

void view_sizes(struct container_view *v, const struct vt_container *c,
		const struct vt_container *last, struct ages ages[VT_SIZE_CLASSES], uint64_t now_ns,
		struct size_view *sizes)
{
	/* An older recording has none. */
	if (c->map.count && !sizes_count(c))
		return;
	v->map_sizes = sizes;
	for (size_t i = 0; i < VT_SIZE_CLASSES; i++) {
		uint64_t maps = c->map.sizes[i], before = last->map.sizes[i];
		struct size_view *size = &sizes[v->n_map_sizes];

		if (!maps)
			continue;
		size->from = known(1ULL << (VT_SIZE_SHIFT_MIN + i));
		size->maps = known(maps);
		size->recent = known_if(maps >= before, maps - before);
		size->mappings = mappings_of(v, c, i);
		if (are_counted(c, i)) {
			ages_note(&ages[i], c->opened_ns, now_ns, maps, c->unmap.sizes[i]);
			ages_view(&ages[i], now_ns, size->younger);
		}
		v->n_map_sizes++;
	}
}

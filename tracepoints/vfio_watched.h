/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is any event of the path of a map or unmap enabled?
 *
 * Such a request has a dozen places with something to tell. Each asks this one
 * question, which costs a no-op while nobody watches, and goes on out of line.
 */
#ifndef VFIO_WATCHED_H
#define VFIO_WATCHED_H

#include <linux/jump_label.h>

DECLARE_STATIC_KEY_FALSE(vfio_watched_key);

/* Called when one of the events is enabled, and disabled. */
int vfio_watch_begin(void);
void vfio_watch_end(void);

static inline bool vfio_watched(void)
{
#ifdef NOTRACE
	return false;
#else
	return static_branch_unlikely(&vfio_watched_key);
#endif
}

#endif /* VFIO_WATCHED_H */

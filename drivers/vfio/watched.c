// SPDX-License-Identifier: GPL-2.0-only
/* Counts who watches the path of a map or unmap; see vfio_watched.h. */
#include <linux/export.h>

#include "vfio_watched.h"

DEFINE_STATIC_KEY_FALSE(vfio_watched_key);
EXPORT_SYMBOL_GPL(vfio_watched_key);

int vfio_watch_begin(void)
{
	static_branch_inc(&vfio_watched_key);
	return 0;
}

void vfio_watch_end(void)
{
	static_branch_dec(&vfio_watched_key);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Defines the events of the system vfio for all modules, and the key that says
 * whether any event of a map or unmap is enabled; see vfio_watched.h.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/module.h>

#define CREATE_TRACE_POINTS
#include "vfio_events.h"
#include "vfio_watched.h"

EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_map_begin);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_map);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_unmap_begin);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_unmap);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_long_begin);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_progress);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_revoke);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_lost);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dma_excess);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_dirty_log);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_pin);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_unpin);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_account);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_pin_standalone);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_unpin_standalone);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_account_standalone);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_account_drift);

DEFINE_STATIC_KEY_FALSE(vfio_watched_key);
EXPORT_SYMBOL_GPL(vfio_watched_key);

/**
 * vfio_watch_begin - an event of the path of a map or unmap is enabled
 *
 * Return: 0.
 */
int vfio_watch_begin(void)
{
	static_branch_inc(&vfio_watched_key);
	return 0;
}

/** vfio_watch_end - such an event is disabled */
void vfio_watch_end(void)
{
	static_branch_dec(&vfio_watched_key);
}

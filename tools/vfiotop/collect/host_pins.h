/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's own count of pinned pages, of all users of pins: what /proc/vmstat would tell,
 * exact at any moment.
 */
#ifndef VFIOTOP_HOST_PINS_H
#define VFIOTOP_HOST_PINS_H

#include <stdbool.h>

#include "source.h"

struct bpf_map;
struct bpf_object;

/**
 * host_pins_nodes - how many nodes the host can have
 *
 * Return: at least 1.
 */
unsigned int host_pins_nodes(void);

/**
 * host_pins_prepare - make room for every CPU
 * @counters: the map, not loaded
 */
void host_pins_prepare(struct bpf_map *counters);

/**
 * host_pins_choose - choose what to load
 * @obj: the programs, opened
 * @possible: the kernel has what they need
 */
void host_pins_choose(struct bpf_object *obj, bool possible);

/**
 * host_pins_attach - find the counters, and have them read
 * @source: gets the handle; without it, the count is unknown
 * @obj: the programs, loaded
 */
void host_pins_attach(struct source *source, const struct bpf_object *obj);

/**
 * host_pins_read - the count now
 * @iterator: the handle, or -1
 * @pins: gets it
 *
 * Return: whether it is known.
 */
bool host_pins_read(int iterator, struct vt_host_pins *pins);

#endif /* VFIOTOP_HOST_PINS_H */

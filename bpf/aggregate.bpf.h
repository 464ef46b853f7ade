/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The aggregator. A front end (one .bpf.c file) finds out what happened and
 * calls the on_*() functions of these headers; nothing else writes the maps.
 */
#ifndef VFIOTOP_AGGREGATE_BPF_H
#define VFIOTOP_AGGREGATE_BPF_H

#include "containers.bpf.h"
#include "devices.bpf.h"
#include "flights.bpf.h"
#include "groups.bpf.h"
#include "requests.bpf.h"

#endif /* VFIOTOP_AGGREGATE_BPF_H */

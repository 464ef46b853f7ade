/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Latencies from a histogram.
 */
#ifndef VFIOTOP_PERCENTILE_H
#define VFIOTOP_PERCENTILE_H

#include "snapshot.h"
#include "view.h"

/**
 * percentile - estimate a latency from a histogram
 * @requests: the histogram and the exact maximum
 * @percent: 1 to 99
 *
 * The sample of rank ceil(percent / 100 * samples) lies in a known bucket. The
 * samples of a bucket are taken to be spread evenly over it, each in the middle
 * of its share; the last sample of all is the maximum, which is exact.
 *
 * Return: unknown without a sample.
 */
struct figure percentile(const struct vt_requests *requests, unsigned int percent);

#endif /* VFIOTOP_PERCENTILE_H */

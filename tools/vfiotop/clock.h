/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time in nanoseconds.
 */
#ifndef VFIOTOP_CLOCK_H
#define VFIOTOP_CLOCK_H

#include <stdint.h>
#include <time.h>

/**
 * clock_ns - the time now
 * @clock: CLOCK_MONOTONIC or CLOCK_REALTIME
 *
 * Return: nanoseconds.
 */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

#endif /* VFIOTOP_CLOCK_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a request takes. A brief one is timed in cycles of the CPU where these tell the time:
 * reading the clock takes ten times as long, and there are many brief ones.
 */
#ifndef VFIO_TYPE1_STOPWATCH_H
#define VFIO_TYPE1_STOPWATCH_H

#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/timex.h>

/**
 * struct vfio_stopwatch - when a request began; all 0 when nobody was watching then
 * @ns: by CLOCK_MONOTONIC; 0 if it is timed in cycles
 * @cycles: likewise of the CPU; 0 if it is not timed in these
 */
struct vfio_stopwatch {
	u64 ns;
	u64 cycles;
};

#ifdef CONFIG_X86

/* All CPUs count the same cycles at the same rate, as far as the kernel knows, and it knows the rate. */
static inline bool vfio_cycles_tell_time(void)
{
	return !check_tsc_unstable();
}

/* More than days of cycles are no cycles of a brief request: its CPU has begun anew. */
static inline u64 vfio_cycles_to_ns(u64 cycles)
{
	return cycles >> 48 ? 0 : mul_u64_u64_div_u64(cycles, NSEC_PER_MSEC, tsc_khz);
}

#else

static inline bool vfio_cycles_tell_time(void)
{
	return false;
}

static inline u64 vfio_cycles_to_ns(u64 cycles)
{
	return 0;
}

#endif /* CONFIG_X86 */

/**
 * vfio_stopwatch_start - a request begins
 * @watch: gets the time
 * @brief: whether it is brief
 */
static inline void vfio_stopwatch_start(struct vfio_stopwatch *watch, bool brief)
{
	watch->cycles = brief && vfio_cycles_tell_time() ? get_cycles() : 0;
	watch->ns = watch->cycles ? 0 : ktime_get_ns();
}

/**
 * vfio_stopwatch_read - how long a request has taken
 * @watch: when it began
 * @cycles: of now; of no meaning if it is not timed in these
 *
 * Return: nanoseconds; 0 if that is not known.
 */
static inline u64 vfio_stopwatch_read(const struct vfio_stopwatch *watch, u64 cycles)
{
	if (watch->cycles)
		return vfio_cycles_to_ns(cycles - watch->cycles);
	return watch->ns ? ktime_get_ns() - watch->ns : 0;
}

#endif /* VFIO_TYPE1_STOPWATCH_H */

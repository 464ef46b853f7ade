/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log-linear histogram: which bucket a value falls into, and which values a
 * bucket holds. The same code is compiled for the kernel side, which counts,
 * and for the user side, which reads.
 *
 * Values below 8 have a bucket each. Above, every power of two is split into
 * 8 buckets of equal width, so a bucket is never wider than 1/8 of its lowest
 * value. Values of 2^42 and above (73 minutes in nanoseconds) share the last.
 *
 * Sizes, which are mostly powers of two, have classes, one for each of these.
 */
#ifndef VFIOTOP_HISTOGRAM_H
#define VFIOTOP_HISTOGRAM_H

#include <linux/types.h>

#define VT_HIST_SUB_BITS 3
#define VT_HIST_SUB	 (1 << VT_HIST_SUB_BITS)
#define VT_HIST_MAX_BITS 42
#define VT_HIST_BUCKETS	 ((VT_HIST_MAX_BITS - VT_HIST_SUB_BITS + 1) * VT_HIST_SUB)

/**
 * vt_log2 - position of the highest bit set
 * @value: any; of 0 the answer is 0, too
 *
 * By halves: the BPF instruction set cannot count leading zeros. The empty statements keep
 * the branches, which cost less than the selections that a compiler makes of them.
 *
 * Return: 0 to 63.
 */
static inline __u32 vt_log2(__u64 value)
{
	__u32 bits = 0;

#define VT_HALVE(shift)                                \
	do {                                           \
		if (value >> (shift)) {                \
			value >>= (shift);             \
			bits += (shift);               \
			asm volatile("" : "+r"(bits)); \
		}                                      \
	} while (0)
	/* Few values are large. */
	if (value >> 16) {
		VT_HALVE(32);
		VT_HALVE(16);
	}
	VT_HALVE(8);
	VT_HALVE(4);
	VT_HALVE(2);
#undef VT_HALVE
	return bits + (__u32)(value >> 1);
}

#define VT_SIZE_SHIFT_MIN 12
#define VT_SIZE_CLASSES	  32

/**
 * vt_size_class - the class of a size
 * @bytes: any
 *
 * The first class is of all below 8 KiB, the last of all from 8 TiB.
 *
 * Return: 0 to VT_SIZE_CLASSES - 1.
 */
static inline __u32 vt_size_class(__u64 bytes)
{
	__u32 class = vt_log2(bytes >> VT_SIZE_SHIFT_MIN);

	return class < VT_SIZE_CLASSES ? class : VT_SIZE_CLASSES - 1;
}

/* Of values from 2^8 to 2^16, by their upper byte: how far they are shifted. */
static const __u8 vt_hist_exponents[] = {
#define VT_2(value)  (value), (value)
#define VT_4(value)  VT_2(value), VT_2(value)
#define VT_8(value)  VT_4(value), VT_4(value)
#define VT_16(value) VT_8(value), VT_8(value)
#define VT_32(value) VT_16(value), VT_16(value)
#define VT_64(value) VT_32(value), VT_32(value)
	0, 5, VT_2(6), VT_4(7), VT_8(8), VT_16(9), VT_32(10), VT_64(11), VT_64(12), VT_64(12),
#undef VT_2
#undef VT_4
#undef VT_8
#undef VT_16
#undef VT_32
#undef VT_64
};

/**
 * vt_hist_is_usual - whether vt_hist_usual() knows the bucket of a value
 * @value: any
 *
 * Return: whether it is what most requests take, in nanoseconds.
 */
static inline _Bool vt_hist_is_usual(__u64 value)
{
	return value - 0x100 < 0xff00;
}

/**
 * vt_hist_usual - the bucket of such a value
 * @value: one for which vt_hist_is_usual() is true
 *
 * The empty statement keeps the bound of the index, for the verifier.
 *
 * Return: 0 to VT_HIST_BUCKETS - 1.
 */
static inline __u32 vt_hist_usual(__u64 value)
{
	__u32 exponent;

	asm volatile("" : "+r"(value));
	exponent = vt_hist_exponents[value >> 8 & 0xff];
	return (exponent << VT_HIST_SUB_BITS) + (__u32)(value >> exponent);
}

/**
 * vt_hist_index - the bucket of a value
 * @value: any
 *
 * Return: 0 to VT_HIST_BUCKETS - 1.
 */
static inline __u32 vt_hist_index(__u64 value)
{
	__u32 exponent;

	if (vt_hist_is_usual(value))
		return vt_hist_usual(value);
	if (value < VT_HIST_SUB)
		return (__u32)value;
	if (value >> VT_HIST_MAX_BITS)
		return VT_HIST_BUCKETS - 1;
	exponent = vt_log2(value) - VT_HIST_SUB_BITS;
	return (exponent << VT_HIST_SUB_BITS) + (__u32)(value >> exponent);
}

/**
 * vt_hist_low - the smallest value of a bucket
 * @index: below VT_HIST_BUCKETS
 *
 * Return: the value.
 */
static inline __u64 vt_hist_low(__u32 index)
{
	__u32 exponent = index >> VT_HIST_SUB_BITS;

	if (exponent <= 1)
		return index;
	return (__u64)(VT_HIST_SUB + index % VT_HIST_SUB) << (exponent - 1);
}

/**
 * vt_hist_high - the largest value of a bucket
 * @index: below VT_HIST_BUCKETS
 *
 * The last bucket also holds everything above.
 *
 * Return: the value.
 */
static inline __u64 vt_hist_high(__u32 index)
{
	if (index >= VT_HIST_BUCKETS - 1)
		return ~0ULL;
	return vt_hist_low(index + 1) - 1;
}

#endif /* VFIOTOP_HISTOGRAM_H */

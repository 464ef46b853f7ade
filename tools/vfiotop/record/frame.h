/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What recordings are made of. A file is FRAME_MAGIC and then frames: a header of FRAME_HEADER
 * bytes and a body, each followed by its checksum. Numbers in a header are little-endian, those
 * in a body have seven bits a byte, the lowest first, and one more bit says that more follow.
 */
#ifndef VFIOTOP_FRAME_H
#define VFIOTOP_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_MAGIC    "vfiotop recording 1\n"
#define FRAME_HEADER   5 /* kind, and four bytes of the body's length */
#define FRAME_CHECKSUM 4
#define FRAME_MAX      (16 << 20) /* bytes of a body */

/**
 * enum frame_kind - what a body holds; a reader skips kinds that it does not know
 * @FRAME_ABOUT: one line about the recorder
 * @FRAME_SCHEMA: the names of all fields; comes before the first snapshot
 * @FRAME_SNAPSHOT: what differs from the snapshot before
 * @FRAME_END: nothing: the recording is complete
 */
enum frame_kind {
	FRAME_ABOUT = 'A',
	FRAME_SCHEMA = 'F',
	FRAME_SNAPSHOT = 'S',
	FRAME_END = 'E',
};

/**
 * frame_checksum - the CRC-32 of Ethernet and gzip
 * @bytes: what to sum up
 * @n: how many
 *
 * Return: the sum.
 */
static inline uint32_t frame_checksum(const unsigned char *bytes, size_t n)
{
	uint32_t sum = ~0U;

	for (size_t i = 0; i < n; i++) {
		sum ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
	}
	return ~sum;
}

/**
 * frame_fold - a signed difference as a number that is small when the difference is
 * @difference: modulo 2^64
 *
 * Return: the number.
 */
static inline uint64_t frame_fold(uint64_t difference)
{
	return difference >> 63 ? ~(difference << 1) : difference << 1;
}

/**
 * frame_unfold - the inverse of frame_fold()
 * @number: from there
 *
 * Return: the difference.
 */
static inline uint64_t frame_unfold(uint64_t number)
{
	return number & 1 ? ~(number >> 1) : number >> 1;
}

#endif /* VFIOTOP_FRAME_H */

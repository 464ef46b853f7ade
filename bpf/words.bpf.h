/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of kernel memory at an address that has no type. Since Linux 6.2 a program may load
 * them as those of a typed structure: some ten instructions, where a helper takes a hundred.
 */
#ifndef VFIOTOP_WORDS_BPF_H
#define VFIOTOP_WORDS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "kernel.bpf.h"
#include "vfiotop.h"

/*
 * The kernel's number of struct rlimit, whose first field is a word; 0 where the kernel has no
 * bpf_rdonly_cast(). Set before loading.
 */
const volatile __u32 word_type = 0;

/* vfiotop makes a call of bpf_rdonly_cast() of it: to find that, the library reads all types. */
static struct rlimit *(*const word_at)(const void *address, __u32 type) = (void *)VT_CALL_CAST;

/* Out of the way of what is done where there is the other one. */
static __noinline __attribute__((unused)) __u64 word_probe(__u64 address)
{
	__u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), (const void *)address);
	return word;
}

/* The word at @address, 0 where there is no memory. Only where @word_type is not 0. */
static __always_inline __u64 word_cast(__u64 address)
{
	return word_at((const void *)address, VT_CAST_TYPE)->rlim_cur;
}

/* The same anywhere. */
static __always_inline __u64 word_read(__u64 address)
{
	return word_type ? word_cast(address) : word_probe(address);
}

/* Half of it: that at the lower address, or the other one. */
static __always_inline __u32 word_half(__u64 word, bool other)
{
	return other == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) ? word : word >> 32;
}

/* The byte at @address, of the word that it is in. */
static __always_inline __u8 word_byte(__u64 word, __u64 address)
{
	__u64 index = address % sizeof(word);

	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		index = sizeof(word) - 1 - index;
	return word >> (index * 8);
}

#endif /* VFIOTOP_WORDS_BPF_H */

// SPDX-License-Identifier: GPL-2.0-only
/* Row T1: an IOMMU of few address bits, as users meet it. */

#include <errno.h>

#include "check.h"

#define BITS 39
#define SIZE SZ_64K

void check_aperture(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	void *memory = need_memory(VU_4K, SIZE);
	struct ledger before = ledger_now();
	const uint64_t end = 1UL << BITS;

	is(vu_aperture_end(u.container), end - 1, "T8: the IOVA ranges end at %d bits", BITS);
	returns(vu_map(u.container, memory, end - SIZE, SIZE, VU_RW), 0,
		"T1: the last IOVAs of %d bits can be mapped", BITS);
	is(vu_unmap(u.container, end - SIZE, SIZE), SIZE, "T1: and unmapped");
	returns(vu_map(u.container, memory, end, SIZE, VU_RW), -EINVAL,
		"T1: a map past %d bits fails with -EINVAL", BITS);
	returns(vu_map(u.container, memory, end - SZ_4K, SIZE, VU_RW), -EINVAL,
		"T1: so does one that ends there");
	returns(vu_map(u.container, memory, 1UL << 47, SIZE, VU_RW), -EINVAL,
		"T1: so does one at the IOVA of a usual process address");
	ledger_same(&before, "T5: and nothing stays");
	vu_close(&u);
	vu_free(memory, SIZE);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Row T6: locked memory and its limit, as an unprivileged user who was handed a group. */

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"

#define IOVA	  SZ_1M
#define KIB	  1024L
#define LIMIT_KIB 256
#define HALF	  (LIMIT_KIB * KIB / 2)

/* What the child saw; the parent makes the tests of it. */
struct story {
	const struct check_args *args;
	bool privileged;
	int became;
	int opened;
	int first;
	long locked_first;
	int past;
	long locked_past;
	int holed;
	long locked_holed;
	int rest;
	long locked_rest;
	int one_more;
	int64_t unmapped;
	long locked_end;
};

static int live(const void *arg)
{
	struct story *s = *(struct story *const *)arg;
	const struct rlimit limit = { LIMIT_KIB * KIB, LIMIT_KIB * KIB };
	char *memory = vu_alloc(VU_4K, 4 * HALF);
	struct vu u;

	if (!memory || munmap(memory + 3 * HALF - SZ_4K, SZ_4K) ||
	    setrlimit(RLIMIT_MEMLOCK, &limit))
		return 1;
	s->became = s->privileged ? 0 : become_nobody();
	s->opened = vu_open(&u, s->args->group, s->args->device, VFIO_TYPE1v2_IOMMU);
	if (s->opened)
		return 0;
	s->first = vu_map(u.container, memory, IOVA, HALF, VU_RW);
	s->locked_first = vu_locked_kib();
	s->past = vu_map(u.container, memory, IOVA + HALF, HALF + SZ_4K, VU_RW);
	s->locked_past = vu_locked_kib();
	s->holed = vu_map(u.container, memory + 2 * HALF, IOVA + HALF, HALF, VU_RW);
	s->locked_holed = vu_locked_kib();
	s->rest = vu_map(u.container, memory, IOVA + HALF, HALF, VU_RW);
	s->locked_rest = vu_locked_kib();
	s->one_more = vu_map(u.container, memory, 0, SZ_4K, VU_RW);
	s->unmapped = vu_unmap_all(u.container);
	s->locked_end = vu_locked_kib();
	vu_close(&u);
	return 0;
}

static void unprivileged(struct story *s)
{
	is(status_of(spawn(live, &s)), 0, "T6: a child without privilege");
	returns(s->became, 0, "T6: gives up its privileges");
	returns(s->opened, 0, "T6: opens a group and a device that were handed to it");
	returns(s->first, 0, "T6: maps half of RLIMIT_MEMLOCK");
	is(s->locked_first, LIMIT_KIB / 2, "T6: VmLck says half of RLIMIT_MEMLOCK");
	returns(s->past, -ENOMEM, "T6: a map past RLIMIT_MEMLOCK fails with -ENOMEM");
	is(s->locked_past, LIMIT_KIB / 2, "T6: and VmLck is as before");
	returns(s->holed, -EFAULT, "T5: a map that fails for another reason");
	is(s->locked_holed, LIMIT_KIB / 2, "T5: leaves no charge");
	returns(s->rest, 0, "T6: a map up to RLIMIT_MEMLOCK exactly");
	is(s->locked_rest, LIMIT_KIB, "T6: VmLck says all of RLIMIT_MEMLOCK");
	returns(s->one_more, -ENOMEM, "T6: one page more fails with -ENOMEM");
	is(s->unmapped, 2 * HALF, "T6: unmap all");
	is(s->locked_end, 0, "T6: VmLck is 0 again");
}

void check_locked(const struct check_args *args)
{
	struct ledger before = ledger_now();
	struct story *s;
	char path[64];

	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need(s != MAP_FAILED, "mmap");
	snprintf(path, sizeof(path), "/dev/vfio/%s", args->group);

	*s = (struct story){ .args = args };
	need(!chown(path, NOBODY, NOBODY), "hand the group to nobody");
	unprivileged(s);
	need(!chown(path, 0, 0), "take the group back");
	ledger_same(&before, "T6: nothing stays pinned");

	*s = (struct story){ .args = args, .privileged = true };
	is(status_of(spawn(live, &s)), 0, "T6: a child with CAP_IPC_LOCK");
	returns(s->opened, 0, "T6: opens a group and a device");
	returns(s->past, 0, "T6: maps more than RLIMIT_MEMLOCK");
	is(s->locked_past, LIMIT_KIB + 4, "T6: and it is charged all the same");
	is(s->locked_end, 0, "T6: until it is unmapped");
	ledger_same(&before, "T6: nothing stays pinned");
	munmap(s, sizeof(*s));
}

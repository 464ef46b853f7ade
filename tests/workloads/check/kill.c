// SPDX-License-Identifier: GPL-2.0-only
/* Row T5: whatever an owner was doing when it was killed, nothing of it stays pinned. */

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "trace.h"

#define IOVA	    (256 * SZ_1M)
#define SIZE	    (8 * SZ_1M)
#define BIG	    (512 * SZ_1M)
#define LOOP_ROUNDS 10
#define BIG_TRIES   5
#define HUGE_SIZE   (64 * SZ_1M)
#define HUGE_TRIES  20

struct victim {
	const struct check_args *args;
	/* Shared with the parent. */
	atomic_int *progress;
};

static int map_and_stay(const void *arg)
{
	const struct victim *v = arg;
	enum vu_kind kind;
	void *memory;
	struct vu u;

	if (vu_open(&u, v->args->group, v->args->device, VFIO_TYPE1v2_IOMMU))
		return 1;
	for (kind = 0; kind < VU_KINDS; kind++) {
		memory = vu_alloc(kind, SIZE);
		if (!memory || vu_map(u.container, memory, IOVA + kind * SIZE, SIZE, VU_RW))
			return 2;
	}
	*v->progress = 1;
	for (;;)
		pause();
}

static int map_in_a_loop(const void *arg)
{
	const struct victim *v = arg;
	void *memory = vu_alloc(VU_4K, SIZE);
	struct vu u;

	if (!memory || vu_open(&u, v->args->group, v->args->device, VFIO_TYPE1v2_IOMMU))
		return 1;
	for (;;) {
		if (vu_map(u.container, memory, IOVA, SIZE, VU_RW) ||
		    vu_unmap(u.container, IOVA, SIZE) != (int64_t)SIZE)
			return 2;
		++*v->progress;
	}
}

/* Memory that nobody touched: the kernel is busy with it for long. */
static int map_much(const void *arg)
{
	const struct victim *v = arg;
	struct vu u;
	void *memory;

	memory = mmap(NULL, BIG, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED || madvise(memory, BIG, MADV_NOHUGEPAGE) ||
	    vu_open(&u, v->args->group, v->args->device, VFIO_TYPE1v2_IOMMU))
		return 1;
	*v->progress = 1;
	vu_map(u.container, memory, IOVA, BIG, VU_RW);
	*v->progress = 2;
	for (;;)
		pause();
}

/* True when the child has come so far; false if it died or never does. */
static bool progress_reaches(const struct victim *v, pid_t child, int value)
{
	int tries;

	for (tries = 0; tries < 6000; tries++) {
		if (*v->progress >= value)
			return true;
		if (kill(child, 0))
			return false;
		usleep(5000);
	}
	return false;
}

static void killed_idle(const struct victim *v)
{
	struct ledger before = ledger_now();
	pid_t child;

	*v->progress = 0;
	child = spawn(map_and_stay, v);
	ok(progress_reaches(v, child, 1), "T5: a child maps memory of each kind");
	is(vu_pinned_pages() - before.pinned, VU_KINDS * SIZE / SZ_4K, "T5: it is pinned");
	kill(child, SIGKILL);
	is(status_of(child), 128 + SIGKILL, "T5: the child is killed");
	ok(pinned_becomes(before.pinned), "T5: SIGKILL of a mapping process leaves no pin");
}

static void killed_busy(const struct victim *v)
{
	struct ledger before = ledger_now();
	int round, good = 0, clean = 0;
	pid_t child;

	for (round = 0; round < LOOP_ROUNDS; round++) {
		*v->progress = 0;
		child = spawn(map_in_a_loop, v);
		good += progress_reaches(v, child, 1 + round % 3);
		/* Another moment of the loop each time. */
		usleep(round * 317);
		kill(child, SIGKILL);
		good += status_of(child) == 128 + SIGKILL;
		clean += pinned_becomes(before.pinned);
	}
	is(good, 2 * LOOP_ROUNDS, "T5: %d children map and unmap until killed", LOOP_ROUNDS);
	is(clean, LOOP_ROUNDS, "T5: none of them leaves a pin");
}

static void killed_in_map(const struct victim *v)
{
	struct ledger before = ledger_now();
	int try, inside = 0, clean = 0;
	pid_t child;

	for (try = 1; try <= BIG_TRIES && !inside; try++) {
		*v->progress = 0;
		child = spawn(map_much, v);
		need(progress_reaches(v, child, 1), "T5: a child makes a big map");
		while (*v->progress == 1 && vu_pinned_pages() <= before.pinned)
			;
		kill(child, SIGKILL);
		need(status_of(child) == 128 + SIGKILL, "T5: a child is killed in a big map");
		inside = *v->progress == 1;
		clean += pinned_becomes(before.pinned);
	}
	is(clean, try - 1, "T5: SIGKILL in the middle of a big map leaves no pin");
	if (inside)
		ok(inside, "T5: the child was indeed in the middle of it");
	else
		skip("the map was too quick", "T5: the child was indeed in the middle of it");
}

void check_kill(const struct check_args *args)
{
	struct victim v = { .args = args };
	struct vu u;

	v.progress = mmap(NULL, sizeof(*v.progress), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need(v.progress != MAP_FAILED, "mmap");
	killed_idle(&v);
	killed_busy(&v);
	killed_in_map(&v);
	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	ok(true, "C5: group and device are free after all their owners were killed");
	vu_close(&u);
}

static int map_huge(const void *arg)
{
	const struct victim *v = arg;
	void *memory = vu_alloc(VU_HUGETLB, HUGE_SIZE);
	struct vu u;

	if (!memory || vu_open(&u, v->args->group, v->args->device, VFIO_TYPE1v2_IOMMU))
		return 1;
	*v->progress = 1;
	vu_map(u.container, memory, IOVA, HUGE_SIZE, VU_RW);
	*v->progress = 2;
	for (;;)
		pause();
}

/* Pages that went to the IOMMU one by one before the child was killed. */
static size_t pieces_before_kill(const struct victim *v, const struct ledger *before)
{
	size_t i, n = 0;
	struct trace trace;
	pid_t child;

	trace_begin("iommu/map", NULL);
	*v->progress = 0;
	child = spawn(map_huge, v);
	need(progress_reaches(v, child, 1), "T5: a child makes a map");
	/* The memory is pinned first. */
	while (*v->progress == 1 && vu_pinned_pages() - before->pinned < (long)(HUGE_SIZE / SZ_4K))
		;
	kill(child, SIGKILL);
	need(status_of(child) == 128 + SIGKILL, "T5: a child is killed in its map");
	trace = trace_end();
	for (i = trace_next_iova(&trace, 0, "map", IOVA, HUGE_SIZE); i != TRACE_NONE;
	     i = trace_next_iova(&trace, i + 1, "map", IOVA, HUGE_SIZE))
		n++;
	trace_free(&trace);
	return n;
}

/* Hugepages are mapped by 4 KiB: whoever is killed does not go on to the end of one. */
void check_kill_pieces(const struct check_args *args)
{
	struct victim v = { .args = args };
	struct ledger before;
	size_t pieces = 0;
	int try;

	v.progress = mmap(NULL, sizeof(*v.progress), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need(v.progress != MAP_FAILED, "mmap");
	before = ledger_now();
	for (try = 0; try < HUGE_TRIES && !(pieces % (SZ_2M / SZ_4K)); try++)
		pieces = pieces_before_kill(&v, &before);
	ok(pieces % (SZ_2M / SZ_4K), "T5: a map of hugepages by 4 KiB ends when it is killed");
	note("%zu pages, try %d", pieces, try);
	ok(pinned_becomes(before.pinned), "T5: and leaves no pin");
}

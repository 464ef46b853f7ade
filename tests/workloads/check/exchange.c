// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows C8, T5, T7, T9: a hostile user whose memory is exchanged under every request:
 * memory, a BAR of another device, and nothing, while that device stops decoding, and
 * while a group joins that often cannot.
 */

#include <errno.h>
#include <linux/pci_regs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "edu.h"

#define SEED	 20261126U
#define ROUNDS	 400
#define MAPS	 8
#define PAGES	 64
#define IOVA	 (64 * SZ_1M)
/* Beyond the aperture of every IOMMU. */
#define FAR_IOVA (1ULL << 60)

/**
 * struct exchange - threads against each other in one container
 * @container: of a group without an IOMMU, which others join
 * @late: the group that joins
 * @owner: the device whose BAR it is
 * @bar_offset: of the BAR in the fd of @owner
 * @memory: PAGES pages of anything
 * @over: the threads are to end
 * @seed: of the next thread
 * @strange: results that nobody may get
 * @strange_ret: one of them
 * @mapped: maps that succeeded
 * @refused: maps that failed as the memory was not there
 * @joined: joins that succeeded
 * @kept_out: joins that failed
 */
struct exchange {
	int container;
	int late;
	struct vu owner;
	uint64_t bar_offset;
	char *memory;
	atomic_bool over;
	atomic_uint seed;
	atomic_int strange;
	atomic_int strange_ret;
	atomic_int mapped;
	atomic_int refused;
	atomic_int joined;
	atomic_int kept_out;
};

static uint64_t random_number(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint64_t random_start(struct exchange *x)
{
	return SEED + 7919UL * ++x->seed;
}

static void result(struct exchange *x, int64_t ret)
{
	switch (ret) {
	case -EINVAL:
	case -EFAULT:
	case -EEXIST:
		return;
	default:
		if (ret >= 0)
			return;
		x->strange++;
		x->strange_ret = (int)ret;
	}
}

/* Maps any part of the memory, and unmaps it at times. */
static void map_round(struct exchange *x, uint64_t *random)
{
	uint64_t first = random_number(random) % PAGES;
	uint64_t count = 1 + random_number(random) % (PAGES - first);
	int ret = vu_map(x->container, x->memory + first * SZ_4K, IOVA + first * SZ_4K,
			 count * SZ_4K, 1 + random_number(random) % 3);

	x->mapped += !ret;
	x->refused += ret == -EFAULT;
	result(x, ret);
	if (random_number(random) % 2)
		result(x, vu_unmap(x->container, IOVA, PAGES * SZ_4K));
}

static void *map_thread(void *arg)
{
	struct exchange *x = arg;
	uint64_t random = random_start(x);

	while (!x->over)
		map_round(x, &random);
	return NULL;
}

/* Puts anything else in the place of some pages. */
static void *exchange_thread(void *arg)
{
	struct exchange *x = arg;
	uint64_t random = random_start(x);

	while (!x->over) {
		uint64_t first = random_number(&random) % PAGES;
		uint64_t count = 1 + random_number(&random) % (PAGES - first) % 16;
		char *where = x->memory + first * SZ_4K;
		void *there = where;

		switch (random_number(&random) % 6) {
		case 0:
			there = mmap(where, count * SZ_4K, PROT_NONE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
			break;
		case 1:
			madvise(where, count * SZ_4K, MADV_DONTNEED);
			break;
		case 2:
			mprotect(where, count * SZ_4K, PROT_READ);
			break;
		case 3:
			there = mmap(where, count * SZ_4K, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_FIXED, x->owner.device,
				     x->bar_offset + first * SZ_4K);
			break;
		default:
			there = mmap(where, count * SZ_4K, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		}
		if (there != where) {
			x->strange++;
			x->strange_ret = -errno;
		}
	}
	return NULL;
}

static void *decode_thread(void *arg)
{
	struct exchange *x = arg;

	while (!x->over) {
		result(x, vu_pci_command(x->owner.device, 0, PCI_COMMAND_MEMORY));
		result(x, vu_pci_command(x->owner.device, PCI_COMMAND_MEMORY, 0));
	}
	return NULL;
}

/* The group joins and leaves; every other time a mapping is there that it cannot have. */
static void join_rounds(struct exchange *x, const char *memory)
{
	uint64_t random = random_start(x);
	int i, n, ret;

	for (i = 0; i < ROUNDS || (i < 100 * ROUNDS && (!x->joined || !x->mapped || !x->refused));
	     i++) {
		if (i % 2)
			result(x, vu_map(x->container, memory, FAR_IOVA, SZ_4K, VU_RW));
		ret = vu_set_container(x->late, x->container);
		x->joined += !ret;
		x->kept_out += ret < 0;
		result(x, ret);
		if (!ret) {
			/* Only now memory is pinned. */
			for (n = 0; n < MAPS; n++)
				map_round(x, &random);
			result(x, vu_unset_container(x->late));
		}
		if (i % 2)
			result(x, vu_unmap(x->container, FAR_IOVA, SZ_4K));
	}
}

/* The first group is one of an emulated device, the second joins, the third has the BAR. */
void check_exchange(const struct check_args *args)
{
	static void *(*const runs[])(void *) = { map_thread, map_thread, exchange_thread,
						 decode_thread };
	const struct check_args owner = { .group = args->group3, .device = args->device3 };
	struct ledger before = ledger_now();
	struct vfio_region_info info;
	struct exchange x = { 0 };
	pthread_t threads[sizeof(runs) / sizeof(runs[0])];
	char *other = need_memory(VU_4K, SZ_4K);
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	size_t i;

	x.container = u.container;
	x.late = vu_group_open(args->group2);
	need(x.late >= 0, "C5: second group opens");
	x.owner = need_open(&owner, VFIO_TYPE1v2_IOMMU);
	need(!vu_region_info(x.owner.device, VFIO_PCI_BAR0_REGION_INDEX, &info) &&
		     info.size >= PAGES * SZ_4K,
	     "P1: BAR 0");
	x.bar_offset = info.offset;
	x.memory = mmap(NULL, PAGES * SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	need(x.memory != MAP_FAILED, "mmap");
	note("seed %u", SEED);

	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		need(!pthread_create(&threads[i], NULL, runs[i], &x), "thread");
	join_rounds(&x, other);
	x.over = true;
	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		pthread_join(threads[i], NULL);

	is(x.strange, 0, "C8: memory exchanged under requests: none but usual errors");
	if (x.strange)
		note("the last of the others was %d", x.strange_ret);
	ok(x.mapped && x.refused, "C8: maps succeeded at times, and failed at times");
	ok(x.joined && x.kept_out, "C8: and so did joining");
	note("%d mapped, %d refused, %d joined, %d kept out", x.mapped, x.refused, x.joined,
	     x.kept_out);
	close(x.late);
	vu_close(&u);
	vu_close(&x.owner);
	munmap(x.memory, PAGES * SZ_4K);
	vu_free(other, SZ_4K);
	ledger_same(&before, "C8: nothing stays");
}

// SPDX-License-Identifier: GPL-2.0-only
/* Rows T1 and C6: a device reads and writes memory through mappings of each kind. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "edu.h"

#define IOVA   (16 * SZ_1M)
#define SIZE   (4 * SZ_1M)
#define LENGTH 2048

static void fill(char *buf, unsigned int seed)
{
	int i;

	srandom(seed);
	for (i = 0; i < LENGTH; i++)
		buf[i] = (char)random();
}

/* Memory at one offset to the device, and back to another offset. */
static bool copies(struct edu *edu, char *memory, uint64_t from, uint64_t to)
{
	char want[LENGTH];

	fill(want, from + 1);
	memcpy(memory + from, want, LENGTH);
	memset(memory + to, 0, LENGTH);
	if (edu_dma(edu, IOVA + from, 0, LENGTH, true)) {
		note("edu did not read memory");
		return false;
	}
	/* The second copy is the device's, not what memory has by now. */
	memset(memory + from, 0xff, LENGTH);
	if (edu_dma(edu, IOVA + to, 0, LENGTH, false)) {
		note("edu did not write memory");
		return false;
	}
	return !memcmp(memory + to, want, LENGTH);
}

static void through(const struct vu *u, struct edu *edu, enum vu_kind kind)
{
	const char *name = vu_kind_names[kind];
	char *memory = need_memory(kind, SIZE);

	returns(vu_map(u->container, memory, IOVA, SIZE, VU_RW), 0, "T1: map %s memory", name);
	ok(copies(edu, memory, 0, SZ_4K),
	   "T1: a device copies between the first pages of %s memory", name);
	ok(copies(edu, memory, SZ_4K * 7 - LENGTH / 2, SZ_4K * 9 - LENGTH / 2),
	   "T1: a device copies across pages of %s memory", name);
	ok(copies(edu, memory, SZ_2M - LENGTH / 2, SIZE - LENGTH),
	   "T1: a device copies across 2 MiB to the end of %s memory", name);
	ok(copies(edu, memory, SZ_2M + SZ_64K, SZ_64K * 5 + 64),
	   "T1: a device copies within %s memory", name);
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T1: unmap %s memory", name);
	vu_free(memory, SIZE);

	/* The same IOVAs show other memory at once: nothing of the old is cached. */
	memory = need_memory(VU_4K, SIZE);
	returns(vu_map(u->container, memory, IOVA, SIZE, VU_RW), 0,
		"T1: map 4k memory where %s memory was", name);
	ok(copies(edu, memory, 0, SZ_4K), "T1: a device uses the new memory");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T1: unmap it");
	vu_free(memory, SIZE);
}

static void second_device(const struct check_args *args, const struct vu *u)
{
	struct edu edu;
	int group, device;
	char *memory;

	if (!args->group2) {
		skip("needs a second device", "T7: a late group uses the mappings");
		return;
	}
	memory = need_memory(VU_THP, SIZE);
	group = vu_group_open(args->group2);
	need(group >= 0, "C5: second group opens");
	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "T1: map");
	returns(vu_set_container(group, u->container), 0, "T7: a group joins late");
	device = vu_device_open(group, args->device2);
	need(device >= 0 && !edu_open(&edu, device), "C7: GET_DEVICE_FD of the second device");
	ok(copies(&edu, memory, 0, SZ_2M + SZ_4K), "T7: its device uses the earlier mapping");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T1: unmap");
	returns(vu_map(u->container, memory + SZ_2M, IOVA, SZ_2M, VU_RW), 0,
		"C6: a mapping made with two groups");
	ok(copies(&edu, memory + SZ_2M, SZ_4K, SZ_64K), "C6: the second device uses it too");
	edu_close(&edu);
	close(device);
	is(vu_unmap(u->container, IOVA, SZ_2M), SZ_2M, "T1: unmap");
	returns(vu_unset_container(group), 0, "C6: the second group leaves");
	close(group);
	vu_free(memory, SIZE);
}

void check_dma(const struct check_args *args)
{
	struct ledger before = ledger_now();
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	enum vu_kind kind;
	struct edu edu;

	need(!edu_open(&edu, u.device), "P1: BAR 0 of edu");
	for (kind = 0; kind < VU_KINDS; kind++)
		through(&u, &edu, kind);
	second_device(args, &u);
	edu_close(&edu);
	vu_close(&u);
	ledger_same(&before, "T1: nothing stays pinned");
}

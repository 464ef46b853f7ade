// SPDX-License-Identifier: GPL-2.0-only
/* Row T1: DMA that no mapping allows does not arrive. The IOMMU reports it as faults. */

#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "edu.h"

#define IOVA   (16 * SZ_1M)
#define OTHER  (32 * SZ_1M)
#define SIZE   SZ_2M
#define LENGTH 1024
#define OLD    ((char)0x5a)
#define NEW    ((char)0xc3)

static bool all(const char *memory, char value)
{
	size_t i;

	for (i = 0; i < LENGTH; i++)
		if (memory[i] != value)
			return false;
	return true;
}

/* Leaves NEW in the device's buffer, by way of memory of its own. */
static void load_new(const struct vu *u, struct edu *edu)
{
	char *source = need_memory(VU_4K, SZ_4K);

	memset(source, NEW, LENGTH);
	need(!vu_map(u->container, source, OTHER, SZ_4K, VFIO_DMA_MAP_FLAG_READ), "map");
	need(!edu_dma(edu, OTHER, 0, LENGTH, true), "edu reads");
	need(vu_unmap(u->container, OTHER, SZ_4K) == SZ_4K, "unmap");
	vu_free(source, SZ_4K);
}

static void after_unmap(const struct vu *u, struct edu *edu, enum vu_kind kind)
{
	const char *name = vu_kind_names[kind];
	char *memory = need_memory(kind, SIZE);

	load_new(u, edu);
	memset(memory, OLD, SIZE);
	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "map");
	edu_dma(edu, IOVA + SZ_4K, 0, LENGTH, false);
	ok(all(memory + SZ_4K, NEW), "T1: a device writes %s memory while it is mapped", name);
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T1: unmap %s memory", name);

	memset(memory, OLD, SIZE);
	edu_dma(edu, IOVA + SZ_4K, 0, LENGTH, false);
	ok(all(memory + SZ_4K, OLD), "T1: after the unmap its write does not arrive in %s memory",
	   name);
	vu_free(memory, SIZE);
}

static void read_only(const struct vu *u, struct edu *edu)
{
	char *memory = need_memory(VU_4K, SIZE), *copy = need_memory(VU_4K, SZ_4K);

	load_new(u, edu);
	memset(memory, OLD, SIZE);
	need(!vu_map(u->container, memory, IOVA, SIZE, VFIO_DMA_MAP_FLAG_READ), "map");
	need(!vu_map(u->container, copy, OTHER, SZ_4K, VU_RW), "map");
	edu_dma(edu, IOVA, 0, LENGTH, false);
	ok(all(memory, OLD), "T1: a device's write does not arrive through a mapping to read");
	edu_dma(edu, IOVA, 0, LENGTH, true);
	edu_dma(edu, OTHER, 0, LENGTH, false);
	ok(all(copy, OLD), "T1: but it reads there");
	is(vu_unmap_all(u->container), SIZE + SZ_4K, "T1: unmap");
	vu_free(copy, SZ_4K);
	vu_free(memory, SIZE);
}

void check_denied(const struct check_args *args)
{
	struct ledger before = ledger_now();
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	enum vu_kind kind;
	struct edu edu;

	need(!edu_open(&edu, u.device), "P1: BAR 0 of edu");
	for (kind = 0; kind < VU_KINDS; kind++)
		after_unmap(&u, &edu, kind);
	read_only(&u, &edu);
	edu_close(&edu);
	vu_close(&u);
	ledger_same(&before, "T1: nothing stays pinned");
}

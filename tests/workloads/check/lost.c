// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows T3, T5: an IOMMU that does not unmap what it should. The memory stays pinned, for a
 * device may still reach it, and an event tells. Needs modules with fault injection.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "trace.h"

#define KNOB	   "/sys/module/vfio/parameters/fault_inject"
/* What was lost at an IOVA stays there: each test has its own. */
#define IOVA_UNMAP (16 * SZ_1M)
#define IOVA_MAP   (32 * SZ_1M)
#define IOVA_BAR   (64 * SZ_1M)

static void inject(const char *faults)
{
	int fd = open(KNOB, O_WRONLY | O_CLOEXEC);

	need(fd >= 0 && dprintf(fd, "%s", faults) > 0, "write " KNOB);
	close(fd);
}

/* The events of a loss: @pages at @iova, of which nothing is unpinned. */
static void is_lost(const char *what, uint64_t iova, uint64_t pages)
{
	struct trace t = trace_end();
	size_t lost = trace_next(&t, 0, "vfio_dma_lost", NULL);

	if (ok(lost != TRACE_NONE && trace_count(&t, "vfio_dma_lost", NULL) == 1,
	       "T5: one event tells of the loss after %s", what)) {
		is(trace_field(&t.events[lost], "iova", 0), iova, "T5: its IOVA");
		is(trace_field(&t.events[lost], "pages", 0), pages, "T5: its pages");
		ok(trace_field(&t.events[lost], "kept", 0), "T5: and that the IOMMU kept some");
	}
	is(trace_count(&t, "vfio_unpin", NULL), 0, "T5: nothing was unpinned after %s", what);
	trace_free(&t);
}

static void short_unmap(struct vu *u)
{
	char *memory = need_memory(VU_4K, SZ_64K);
	struct ledger pinned;

	need(!vu_map(u->container, memory, IOVA_UNMAP, SZ_64K, VU_RW), "T1: map");
	pinned = ledger_now();
	trace_begin("vfio/vfio_dma_lost", "vfio/vfio_unpin", NULL);
	inject("1 iommu_unmap_fast");
	is(vu_unmap(u->container, IOVA_UNMAP, SZ_64K), 0,
	   "T3: unmap says that nothing was unmapped if the IOMMU kept it");
	inject("0");
	is_lost("a short unmap", IOVA_UNMAP, SZ_64K / SZ_4K);
	ledger_same(&pinned, "T5: its memory stays pinned, and locked");
	munmap(memory, SZ_64K);
}

/* Several batches of runs, and the second fails: what the first one did must be undone. */
static void failed_map(struct vu *u)
{
	char *memory = need_memory(VU_4K, 2 * SZ_2M);
	struct ledger before = ledger_now();

	trace_begin("vfio/vfio_dma_lost", "vfio/vfio_unpin", NULL);
	inject("2 iommu_map_sg,1 iommu_unmap_fast");
	returns(vu_map(u->container, memory, IOVA_MAP, 2 * SZ_2M, VU_RW), -ENOMEM,
		"T5: a map fails half-way");
	inject("0");
	is_lost("a failed map that cannot be undone", IOVA_MAP, 2 * SZ_2M / SZ_4K);
	is(ledger_now().pinned - before.pinned, 2 * SZ_2M / SZ_4K, "T5: its memory stays pinned");
	munmap(memory, 2 * SZ_2M);
}

/* Device memory cannot be held back: the loss is told, no more. */
static void short_revocation(struct vu *u, const struct check_args *args)
{
	const struct check_args second = { .group = args->group2, .device = args->device2 };
	struct vu owner = need_open(&second, VFIO_TYPE1v2_IOMMU);
	struct vfio_region_info info;
	struct trace t;
	size_t revoke;
	void *bar;

	need(!vu_region_info(owner.device, VFIO_PCI_BAR0_REGION_INDEX, &info) &&
		     !vu_pci_command(owner.device, PCI_COMMAND_MEMORY, 0),
	     "P1: BAR 0");
	bar = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, owner.device, info.offset);
	need(bar != MAP_FAILED, "P5: mmap of BAR 0");
	need(!vu_map(u->container, bar, IOVA_BAR, info.size, VU_RW), "T9: map a BAR");
	trace_begin("vfio/vfio_dma_revoke", NULL);
	inject("1 iommu_unmap_fast");
	munmap(bar, info.size);
	inject("0");
	t = trace_end();
	revoke = trace_next(&t, 0, "vfio_dma_revoke", NULL);
	if (ok(revoke != TRACE_NONE, "T9: an event tells of a revocation"))
		is(trace_field(&t.events[revoke], "kept", 0), info.size,
		   "T9: and that the IOMMU kept the BAR");
	trace_free(&t);
	vu_close(&owner);
}

void check_lost(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);

	short_unmap(&u);
	failed_map(&u);
	short_revocation(&u, args);
	vu_close(&u);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Who pays for locked memory, and how much is allowed. */

#include <errno.h>
#include <grp.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi.h"

#define IOVA   SZ_1M
#define IOVA2  (2 * SZ_1M)
#define LIMIT  SZ_64K
#define NOBODY 65534

static struct vu u;
static char *memory, *huge;

static void limit_memory(uint64_t bytes)
{
	struct rlimit limit = { bytes, bytes };

	need(!setrlimit(RLIMIT_MEMLOCK, &limit), "setrlimit");
}

static void become_nobody(void)
{
	need(!setgroups(0, NULL) && !setgid(NOBODY) && !setuid(NOBODY), "setuid");
}

/* The ledger of the whole system is root's: VmLck is asked alone. */
static void answer_locked(int ret, const char *name)
{
	detail("locked=%ldK", vu_locked_kib());
	answer(ret, "%s", name);
}

static void map_once(const char *name, void *addr, uint64_t size)
{
	int ret = vu_map(u.container, addr, IOVA, size, VU_RW);
	char undone[64];

	snprintf(undone, sizeof(undone), "%s-undone", name);
	answer_locked(ret, name);
	if (!ret)
		answer_locked(vu_unmap(u.container, IOVA, size), undone);
}

static void unprivileged(void *bar)
{
	map_once("page", memory, SZ_4K);
	map_once("limit", memory, LIMIT);
	map_once("over-limit", memory, LIMIT + SZ_4K);
	map_once("twice-limit", memory, 2 * LIMIT);
	map_once("huge", huge, SZ_2M);
	map_once("bar", bar, SZ_64K);
	map_once("bar-over-limit", bar, SZ_1M);
	answer_locked(vu_map(u.container, memory, IOVA, LIMIT / 2, VU_RW), "half");
	answer_locked(vu_map(u.container, memory, IOVA2, LIMIT / 2, VU_RW), "same-half-again");
	answer_locked(vu_map(u.container, memory, 2 * IOVA2, SZ_4K, VU_RW), "page-too-many");
	answer_locked(vu_map(u.container, bar, 2 * IOVA2, SZ_64K, VU_RW), "bar-when-full");
	answer_locked(vu_unmap(u.container, IOVA, LIMIT / 2), "unmap-half");
	answer_locked(vu_map(u.container, memory, IOVA, LIMIT / 2, VU_RW), "half-again");
	answer_locked(vu_unmap_all(u.container), "unmap-all");
	answer_locked(mlock(memory, LIMIT / 2) ? -errno : 0, "mlock");
	map_once("half-beside-mlock", memory, LIMIT / 2);
	map_once("limit-beside-mlock", memory, LIMIT);
	answer_locked(munlock(memory, LIMIT / 2) ? -errno : 0, "munlock");
}

static void nobody(void *bar)
{
	section("account/nobody");
	limit_memory(LIMIT);
	become_nobody();
	unprivileged(bar);
}

static void nobody_without(void *bar)
{
	section("account/limit-0");
	limit_memory(0);
	become_nobody();
	map_once("page", memory, SZ_4K);
	map_once("bar", bar, SZ_64K);
}

static void nobody_unlimited(void *bar)
{
	section("account/unlimited");
	limit_memory(RLIM_INFINITY);
	become_nobody();
	map_once("huge", huge, SZ_2M);
	map_once("bar", bar, SZ_64K);
}

static void root(void *bar)
{
	section("account/root");
	limit_memory(LIMIT);
	map_once("over-limit", memory, 2 * LIMIT);
	map_once("huge", huge, SZ_2M);
	map_once("bar", bar, SZ_64K);
}

/* Charges of one process, undone by another. */
static void child_unmaps(void *name)
{
	char line[64];

	snprintf(line, sizeof(line), "%s-unmaps", (char *)name);
	answer_locked(vu_unmap(u.container, IOVA, LIMIT), line);
	snprintf(line, sizeof(line), "%s-maps", (char *)name);
	answer_locked(vu_map(u.container, memory, IOVA2, LIMIT, VU_RW), line);
}

static void child_maps_and_waits(int in, int out)
{
	char c = 0;

	answer_locked(vu_map(u.container, memory, IOVA, LIMIT, VU_RW), "child-maps-and-waits");
	need(write(out, &c, 1) == 1 && read(in, &c, 1) == 1, "pipe");
	answer_locked(0, "child-after-unmap-by-parent");
	exit(0);
}

static void processes(void)
{
	int to_child[2], to_parent[2];
	pid_t child;
	char c;

	section("account/processes");
	watch_ledger();
	answer_locked(vu_map(u.container, memory, IOVA, LIMIT, VU_RW), "parent-maps");
	in_child(child_unmaps, "child");
	answer_locked(0, "parent-after-child");
	answer_locked(vu_unmap(u.container, IOVA2, LIMIT), "parent-unmaps");

	need(!pipe(to_child) && !pipe(to_parent), "pipes");
	child = fork();
	need(child >= 0, "fork");
	if (!child) {
		watch_ledger();
		child_maps_and_waits(to_child[0], to_parent[1]);
	}
	need(read(to_parent[0], &c, 1) == 1, "pipe");
	answer_locked(vu_unmap(u.container, IOVA, LIMIT), "parent-unmaps-for-child");
	/* Its answer must not see the pins of the next. */
	need(write(to_child[1], &c, 1) == 1 && waitpid(child, NULL, 0) == child, "child");
	in_child(child_unmaps, "second-child");
	answer_locked(vu_unmap_all(u.container), "unmap-all");
}

static void exec(void *unused)
{
	char fd[16];
	int copy = dup(u.container);

	(void)unused;
	section("account/exec");
	watch_ledger();
	answer_locked(vu_map(u.container, memory, IOVA, LIMIT, VU_RW), "map");
	snprintf(fd, sizeof(fd), "%d", copy);
	execl("/proc/self/exe", "vfio-abi", "after-exec", fd, NULL);
	need(false, "exec");
}

void abi_after_exec(int container)
{
	memory = vu_alloc(VU_4K, LIMIT);
	u.container = container;
	section("account/exec");
	watch_ledger();
	answer_locked(0, "after-exec");
	answer_locked(vu_unmap(container, IOVA, LIMIT), "unmap-after-exec");
	answer_locked(vu_map(container, memory, IOVA, LIMIT, VU_RW), "map-after-exec");
	answer_locked(vu_unmap(container, IOVA, LIMIT), "unmap-again");
}

void abi_account(const struct abi_args *args)
{
	struct vfio_region_info info;
	void *bar;

	u = need_open(&args->edu, VFIO_TYPE1v2_IOMMU);
	memory = vu_alloc(VU_4K, 4 * LIMIT);
	huge = vu_alloc(VU_HUGETLB, SZ_2M);
	need(memory && huge, "memory");
	need(!vu_region_info(u.device, VFIO_PCI_BAR0_REGION_INDEX, &info) &&
		     !vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0),
	     "a BAR");
	bar = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, u.device, info.offset);
	need(bar != MAP_FAILED, "mmap of a BAR");
	in_child(nobody, bar);
	in_child(nobody_without, bar);
	in_child(nobody_unlimited, bar);
	in_child(root, bar);
	processes();
	in_child(exec, NULL);
	vu_close(&u);
	answer(0, "closed");
}

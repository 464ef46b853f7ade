// SPDX-License-Identifier: GPL-2.0-only
/* Rows S1 to S3: the SPAPR TCE backend. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "edu.h"

#define TCE    SZ_4K
#define LENGTH 1024
#define OLD    ((char)0x5a)
#define NEW    ((char)0xc3)

static uint64_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* Pages that hold so many bytes. */
static int64_t pages_of(uint64_t size)
{
	return (size + page_size() - 1) / page_size();
}

static char *memory_of(uint64_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(memory != MAP_FAILED, "%llu bytes of memory", (unsigned long long)size);
	memset(memory, OLD, size);
	return memory;
}

static int info_of(int container, struct vfio_iommu_spapr_tce_info *info)
{
	*info = (struct vfio_iommu_spapr_tce_info){ .argsz = sizeof(*info) };
	return vu_ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, info);
}

static int enable(int container)
{
	return vu_ioctl(container, VFIO_IOMMU_ENABLE, NULL);
}

static int disable(int container)
{
	return vu_ioctl(container, VFIO_IOMMU_DISABLE, NULL);
}

static int map_raw(int container, const void *vaddr, uint64_t iova, uint64_t size, uint32_t flags,
		   uint32_t argsz)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = argsz,
		.flags = flags,
		.vaddr = (uintptr_t)vaddr,
		.iova = iova,
		.size = size,
	};

	return vu_ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
}

static int unmap_raw(int container, uint64_t iova, uint64_t size, uint32_t flags, uint32_t argsz)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = argsz,
		.flags = flags,
		.iova = iova,
		.size = size,
	};

	return vu_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

static int unmap(int container, uint64_t iova, uint64_t size)
{
	return unmap_raw(container, iova, size, 0, sizeof(struct vfio_iommu_type1_dma_unmap));
}

/* Container and group. A device takes seconds to open and close on powernv. */
static struct vu need_container(const struct check_args *args)
{
	const struct check_args no_device = { .group = args->group };

	return need_open(&no_device, VFIO_SPAPR_TCE_IOMMU);
}

/* An enabled container and where its window begins. */
static struct vu need_window(const struct check_args *args, uint64_t *start, uint64_t *size)
{
	struct vu u = need_container(args);
	struct vfio_iommu_spapr_tce_info info;

	need(!info_of(u.container, &info), "GET_INFO");
	need(!enable(u.container), "ENABLE");
	*start = info.dma32_window_start;
	*size = info.dma32_window_size;
	return u;
}

static void before_a_group(void)
{
	int container = vu_container_open();
	char *memory = memory_of(page_size());

	need(container >= 0, "a container");
	is(vu_ioctl(container, VFIO_CHECK_EXTENSION, (void *)VFIO_SPAPR_TCE_IOMMU), 1,
	   "S1: CHECK_EXTENSION knows SPAPR TCE");
	is(vu_ioctl(container, VFIO_CHECK_EXTENSION, (void *)VFIO_TYPE1_IOMMU), 0,
	   "S1: and no type 1");
	returns(vu_set_iommu(container, VFIO_SPAPR_TCE_IOMMU), -EINVAL,
		"S1: SET_IOMMU needs a group");
	returns(enable(container), -EINVAL, "S2: ENABLE needs a backend");
	returns(vu_map(container, memory, 0, TCE, VU_RW), -EINVAL, "S3: a map needs a backend");
	munmap(memory, page_size());
	close(container);
}

static void information(int container)
{
	struct vfio_iommu_spapr_tce_info info;

	returns(info_of(container, &info), 0, "S1: GET_INFO");
	ok(info.dma32_window_size >= 16 * SZ_1M, "S1: tells a window");
	note("window 0x%x of 0x%x bytes", info.dma32_window_start, info.dma32_window_size);
	is(info.flags, 0, "S1: without flags");
	info.argsz = offsetof(struct vfio_iommu_spapr_tce_info, dma32_window_size);
	returns(vu_ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), -EINVAL,
		"S1: GET_INFO of a short structure");
	returns(vu_ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, NULL), -EFAULT,
		"S1: GET_INFO of a bad address");
}

static void states(const struct check_args *args)
{
	struct vu u = need_container(args);
	char *memory = memory_of(page_size());
	struct vfio_iommu_spapr_tce_info info;
	long kib;

	information(u.container);
	need(!info_of(u.container, &info), "GET_INFO");
	kib = info.dma32_window_size / 1024;

	returns(vu_map(u.container, memory, info.dma32_window_start, TCE, VU_RW), -EPERM,
		"S2: a map before ENABLE");
	returns(unmap(u.container, info.dma32_window_start, TCE), -EPERM,
		"S2: an unmap before ENABLE");
	returns(disable(u.container), 0, "S2: DISABLE of what is not enabled");
	is(vu_locked_kib(), 0, "S2: nothing is charged before ENABLE");
	returns(enable(u.container), 0, "S2: ENABLE");
	is(vu_locked_kib(), kib, "S2: charges the whole window");
	returns(enable(u.container), -EBUSY, "S2: a second ENABLE");
	is(vu_locked_kib(), kib, "S2: charges nothing");
	returns(vu_map(u.container, memory, info.dma32_window_start, TCE, VU_RW), 0,
		"S2: a map after ENABLE");
	is(vu_locked_kib(), kib, "S2: is charged already");
	returns(disable(u.container), 0, "S2: DISABLE");
	is(vu_locked_kib(), 0, "S2: returns the charge");
	is(vu_pinned_pages(), 0, "S2: and leaves nothing pinned without one");
	returns(vu_map(u.container, memory, info.dma32_window_start, TCE, VU_RW), -EPERM,
		"S2: a map after DISABLE");
	returns(enable(u.container), 0, "S2: ENABLE again");
	is(vu_locked_kib(), kib, "S2: charges again");

	returns(vu_unset_container(u.group), 0, "S3: the group leaves");
	is(vu_locked_kib(), 0, "S2: and its charge is returned");
	vu_close(&u);
	munmap(memory, page_size());
}

static int other_process(const void *arg)
{
	const struct vu *u = arg;
	struct vfio_iommu_spapr_tce_info info;
	char *memory = memory_of(page_size());

	if (info_of(u->container, &info))
		return 1;
	if (vu_map(u->container, memory, info.dma32_window_start, TCE, VU_RW) != -EPERM)
		return 2;
	if (unmap(u->container, info.dma32_window_start, TCE) != -EPERM)
		return 3;
	if (enable(u->container) != -EPERM)
		return 4;
	return disable(u->container) == -EPERM ? 0 : 5;
}

static int limited(const void *arg)
{
	const struct rlimit limit = { 64 * 1024, 64 * 1024 };
	const struct vu *u = arg;

	if (setrlimit(RLIMIT_MEMLOCK, &limit) || become_nobody())
		return 1;
	return enable(u->container) == -ENOMEM && vu_locked_kib() == 0 ? 0 : 2;
}

static void who_pays(const struct check_args *args)
{
	uint64_t start, size;
	struct vu u = need_window(args, &start, &size);

	is(status_of(spawn(other_process, &u)), 0,
	   "S2: only the process that enabled the window uses it");
	is(vu_locked_kib(), size / 1024, "S2: and its charge stays");
	returns(disable(u.container), 0, "S2: DISABLE");
	is(status_of(spawn(limited, &u)), 0, "S2: ENABLE past the locked-memory limit is -ENOMEM");
	vu_close(&u);
	is(vu_locked_kib(), 0, "S2: nothing stays charged");
}

static void bad_requests(int c, uint64_t start, uint64_t size)
{
	const uint32_t argsz = sizeof(struct vfio_iommu_type1_dma_map);
	const uint32_t unmap_argsz = sizeof(struct vfio_iommu_type1_dma_unmap);
	void *top = (void *)(UINTPTR_MAX - SZ_4K + 1);
	char *memory = memory_of(page_size());
	struct ledger before = ledger_now();
	uint64_t end = start + size;

	returns(map_raw(c, memory, start, TCE, VU_RW, argsz - 1), -EINVAL,
		"S3: map of a short structure");
	returns(map_raw(c, memory, start, TCE, 0, argsz), -EINVAL, "S3: map without a direction");
	returns(map_raw(c, memory, start, TCE, 8, argsz), -EINVAL, "S3: map with unknown flags");
	returns(vu_map(c, memory + 1, start, TCE, VU_RW), -EINVAL, "S3: map of an odd address");
	returns(vu_map(c, memory, start + 1, TCE, VU_RW), -EINVAL, "S3: map of an odd IOVA");
	returns(vu_map(c, memory, start, TCE + 1, VU_RW), -EINVAL, "S3: map of an odd size");
	returns(vu_map(c, memory, start, 0, VU_RW), 0, "S3: map of nothing");
	returns(vu_map(c, memory, end, TCE, VU_RW), -ENXIO, "S3: map past the window");
	if (start)
		returns(vu_map(c, memory, start - TCE, TCE, VU_RW), -ENXIO,
			"S3: map before the window");
	returns(vu_map(c, memory, end - TCE, 2 * TCE, VU_RW), -ENXIO,
		"S3: map across the end of the window");
	returns(vu_map(c, memory, -TCE, TCE, VU_RW), -ENXIO, "S3: map of the last IOVA");
	returns(vu_map(c, memory, -TCE, 2 * TCE, VU_RW), -ENXIO, "S3: map that wraps around");
	returns(vu_map(c, memory, start, -TCE, VU_RW), -ENXIO, "S3: map of far too much");
	returns(vu_map(c, NULL, start, TCE, VU_RW), -EFAULT, "S3: map of address 0");
	returns(vu_map(c, top, start, TCE, VU_RW), -EFAULT, "S3: map of the last address");
	returns(vu_map(c, top, start, 2 * TCE, VU_RW), -EFAULT,
		"S3: map of addresses that wrap around");
	returns(unmap_raw(c, start, TCE, 0, unmap_argsz - 1), -EINVAL,
		"S3: unmap of a short structure");
	returns(unmap_raw(c, start, TCE, 1, unmap_argsz), -EINVAL, "S3: unmap with flags");
	returns(unmap(c, start + 1, TCE), -EINVAL, "S3: unmap of an odd IOVA");
	returns(unmap(c, start, TCE + 1), -EINVAL, "S3: unmap of an odd size");
	returns(unmap(c, end, TCE), -ENXIO, "S3: unmap past the window");
	returns(unmap(c, end - TCE, 2 * TCE), -ENXIO, "S3: unmap across the end of the window");
	returns(unmap(c, start, TCE), 0, "S3: unmap of what is not mapped");
	returns(vu_ioctl(c, VFIO_IOMMU_DIRTY_PAGES, memory), -ENOTTY, "S3: an unknown request");
	ledger_same(&before, "S3: none of these leaves a pin or a charge");
	munmap(memory, page_size());
}

static void replace(int c, uint64_t start)
{
	uint64_t size = 8 * page_size();
	char *memory = memory_of(2 * size);
	long before = vu_pinned_pages();

	returns(vu_map(c, memory, start, size, VU_RW), 0, "S3: map");
	is(vu_pinned_pages() - before, pages_of(size), "S3: pins each page once");
	returns(vu_map(c, memory, start, size, VU_RW), 0, "S3: map of the same again");
	is(vu_pinned_pages() - before, pages_of(size), "S3: pins nothing more");
	returns(vu_map(c, memory + size, start, size / 2, VU_RW), 0, "S3: map replaces the half");
	is(vu_pinned_pages() - before, pages_of(size), "S3: and unpins what was there");
	returns(vu_map(c, memory, start + 2 * size, size, VU_RW), 0, "S3: memory mapped twice");
	is(vu_pinned_pages() - before, pages_of(size) + pages_of(size / 2),
	   "S3: is pinned once, whatever the number of entries");

	need(!munmap(memory + size + size / 2, size / 2), "munmap");
	returns(vu_map(c, memory + size, start, size, VU_RW), -EFAULT,
		"S3: a map that meets a hole");
	is(vu_pinned_pages() - before, pages_of(size) + pages_of(size / 2), "S3: changes nothing");

	returns(unmap(c, start, size), 0, "S3: unmap");
	is(vu_pinned_pages() - before, pages_of(size), "S3: unpins what has no entry any more");
	returns(unmap(c, start, 4 * size), 0, "S3: unmap of a range that is mapped in part");
	is(vu_pinned_pages() - before, 0, "S3: unpins the rest");
	returns(unmap(c, start, 4 * size), 0, "S3: unmap again");
	munmap(memory, 2 * size);
}

static bool all(const char *memory, char value)
{
	size_t i;

	for (i = 0; i < LENGTH; i++)
		if (memory[i] != value)
			return false;
	return true;
}

/* A device copies memory to its buffer and back, each through an entry of its own. */
static void data(int c, struct edu *edu, uint64_t start)
{
	uint64_t from = start + 16 * page_size(), to = start + 32 * page_size();
	char *source = memory_of(page_size()), *target = memory_of(page_size());

	memset(source, NEW, LENGTH);
	need(!vu_map(c, source, from, page_size(), VFIO_DMA_MAP_FLAG_READ), "map");
	need(!vu_map(c, target, to, page_size(), VU_RW), "map");
	returns(edu_dma(edu, from, 0, LENGTH, true), 0, "S3: a device reads memory");
	returns(edu_dma(edu, to, 0, LENGTH, false), 0, "S3: a device writes memory");
	ok(all(target, NEW), "S3: what it read is what it wrote");

	/* The last 4 KiB of a page, which has several entries where pages are larger. */
	memset(target, OLD, page_size());
	edu_dma(edu, to + page_size() - LENGTH, 0, LENGTH, false);
	ok(all(target + page_size() - LENGTH, NEW), "S3: to the end of the page");

	memset(source, OLD, page_size());
	edu_dma(edu, from, 0, LENGTH, false);
	ok(all(source, OLD), "S3: a write through an entry to read does not arrive");

	memset(target, OLD, page_size());
	need(!unmap(c, to, page_size()), "unmap");
	edu_dma(edu, to, 0, LENGTH, false);
	ok(all(target, OLD), "S3: a write after the unmap does not arrive");
	need(!unmap(c, from, page_size()), "unmap");
	munmap(source, page_size());
	munmap(target, page_size());
}

/* One entry for each page: more memory is pinned than the window has bytes for. */
static void one_entry_a_page(int c, uint64_t start, uint64_t window)
{
	uint64_t count = window / TCE, i;
	long before = vu_pinned_pages();
	char *memory;

	if (page_size() == TCE) {
		skip("pages are as small as entries",
		     "S2: a page beyond the window's bytes is charged");
		return;
	}
	/* Twice as much as the window has bytes for. */
	count = 2 * window / page_size();
	memory = memory_of(count * page_size());
	for (i = 0; i < count; i++)
		if (vu_map(c, memory + i * page_size(), start + i * TCE, TCE, VU_RW))
			break;
	is(i, count, "S2: an entry for each of more pages than the window has bytes for");
	is(vu_pinned_pages() - before, count, "S2: pins them");
	is(vu_locked_kib(), count * page_size() / 1024, "S2: and charges them");
	need(!unmap(c, start, count * TCE), "unmap");
	is(vu_pinned_pages() - before, 0, "S2: unmap unpins them");
	is(vu_locked_kib(), window / 1024, "S2: down to the window's charge");
	munmap(memory, count * page_size());
}

struct killed {
	const struct check_args *args;
	int ready;
};

static int map_in_a_loop(const void *arg)
{
	const struct killed *k = arg;
	uint64_t start, size, bytes = 256 * page_size();
	struct vu u = need_window(k->args, &start, &size);
	char *memory = memory_of(bytes);

	for (;;) {
		if (vu_map(u.container, memory, start, bytes, VU_RW))
			return 1;
		if (write(k->ready, "", 1) != 1)
			return 2;
		if (unmap(u.container, start, bytes / 2))
			return 3;
	}
}

static void killed(const struct check_args *args)
{
	long before = vu_pinned_pages();
	struct killed k = { .args = args };
	int fds[2], round;
	pid_t child;
	char byte;

	need(!pipe(fds), "pipe");
	k.ready = fds[1];
	for (round = 0; round < 8; round++) {
		child = spawn(map_in_a_loop, &k);
		need(read(fds[0], &byte, 1) == 1, "the child maps");
		usleep(round * 531);
		kill(child, SIGKILL);
		is(status_of(child), 128 + SIGKILL, "S3: a process is killed while it maps");
		ok(pinned_becomes(before), "S3: and leaves no pin");
		close(fds[0]);
		close(fds[1]);
		need(!pipe(fds), "pipe");
		k.ready = fds[1];
	}
	close(fds[0]);
	close(fds[1]);
}

/* An external user in the kernel, such as KVM, finds the window by the group's number. */
static void external_user(const struct check_args *args)
{
	int external = open("/dev/vfio-test-external", O_RDWR | O_CLOEXEC);
	struct vfio_iommu_spapr_tce_info info;
	struct vu u = need_container(args);
	char command[32], line[32] = "";
	long before = vu_pinned_pages();
	char *memory = memory_of(page_size());

	need(external >= 0, "vfio_test_external");
	need(!enable(u.container) && !info_of(u.container, &info), "ENABLE");
	need(!vu_map(u.container, memory, info.dma32_window_start, TCE, VU_RW), "map");
	snprintf(command, sizeof(command), "get %d", u.group);
	is(write(external, command, strlen(command)), strlen(command),
	   "C13: an external user holds the group");
	ok(pread(external, line, sizeof(line) - 1, 0) > 0, "C13: and learns its number");
	is(atoi(line), atoi(args->group), "C13: which is the IOMMU group's");
	returns(vu_unset_container(u.group), -EBUSY, "C13: the group cannot leave");
	vu_close(&u);
	is(vu_pinned_pages() - before, 1, "C13: window and mapping stay when all is closed");
	is(write(external, "put", 3), 3, "C13: the external user lets go");
	ok(pinned_becomes(before), "C13: and all is released");
	is(vu_locked_kib(), 0, "C13: the charge, too");
	close(external);
	munmap(memory, page_size());
}

static void second_group(const struct check_args *args)
{
	uint64_t start, size;
	struct vu u = need_window(args, &start, &size);
	int group = vu_group_open(args->group2);

	need(group >= 0, "a second group");
	returns(vu_set_container(group, u.container), -EBUSY, "S1: a container has one group");
	close(group);
	vu_close(&u);
}

void check_spapr(const struct check_args *args)
{
	struct ledger before = ledger_now();
	uint64_t start, size;
	struct edu edu;
	struct vu u;

	before_a_group();
	states(args);
	who_pays(args);
	u = need_window(args, &start, &size);
	bad_requests(u.container, start, size);
	replace(u.container, start);
	u.device = vu_device_open(u.group, args->device);
	need(u.device >= 0 && !edu_open(&edu, u.device), "P1: BAR 0 of edu");
	data(u.container, &edu, start);
	returns(vu_map(u.container, (void *)edu.regs, start, page_size(), VU_RW), -EFAULT,
		"S3: map of a BAR");
	close(u.device);
	u.device = -1;
	returns(vu_unset_container(u.group), -EBUSY, "C6: the group stays while its BAR is mapped");
	edu_close(&edu);
	vu_close(&u);
	ledger_same(&before, "S3: all is released");

	u = need_window(args, &start, &size);
	one_entry_a_page(u.container, start, size);
	vu_close(&u);
	if (args->group2)
		second_group(args);
	else
		skip("needs a second device", "S1: a container has one group");
	external_user(args);
	killed(args);
	ledger_same(&before, "S3: nothing stays pinned or charged");
}

/*
 * A container whose figures are known, for who watches: three maps, one of them replaced
 * by a fourth, one that fails, and one unmap. Stays until its standard input ends.
 */
void check_spapr_held(const struct check_args *args)
{
	uint64_t start, window, size = 16 * page_size();
	struct vu u = need_window(args, &start, &window);
	char *memory = memory_of(4 * size), byte;

	returns(vu_map(u.container, memory, start, size, VU_RW), 0, "S3: map");
	returns(vu_map(u.container, memory + size, start + size, size, VU_RW), 0, "S3: map");
	returns(vu_map(u.container, memory + 2 * size, start + 2 * size, size, VU_RW), 0,
		"S3: map");
	returns(vu_map(u.container, memory + 3 * size, start, size, VU_RW), 0,
		"S3: map replaces one");
	returns(vu_map(u.container, memory, start + window, TCE, VU_RW), -ENXIO, "S3: map fails");
	returns(unmap(u.container, start + size, size), 0, "S3: unmap");
	note("held");
	need(!read(STDIN_FILENO, &byte, 1), "the end of the standard input");
	vu_close(&u);
	munmap(memory, 4 * size);
}

// SPDX-License-Identifier: GPL-2.0-only
/* MAP_DMA and GET_INFO of the type1 backend. */

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi.h"

#define IOVA  SZ_1M
#define SIZE  SZ_64K
#define ARGSZ sizeof(struct vfio_iommu_type1_dma_map)
#define WORDS 48

/* Where interrupts go on x86. */
#define MSI_FIRST 0xfee00000UL
#define MSI_END	  0xfef00000UL

static void info_sizes(int container)
{
	struct vfio_iommu_type1_info *full = vu_iommu_info(container);
	uint32_t buffer[WORDS];
	size_t size;
	int ret;

	need(full && full->argsz < sizeof(buffer), "VFIO_IOMMU_GET_INFO");
	for (size = 0; size <= full->argsz + 2; size++) {
		if (size > 32 && size + 2 < full->argsz)
			continue;
		memset(buffer, 0xcc, sizeof(buffer));
		buffer[0] = size;
		ret = vu_ioctl(container, VFIO_IOMMU_GET_INFO, buffer);
		detail_words(buffer, size < full->argsz ? 32 : full->argsz + 8);
		answer(ret, "info-%zu", size);
	}
	memset(buffer, 0xcc, sizeof(buffer));
	buffer[0] = 0xffffffff;
	ret = vu_ioctl(container, VFIO_IOMMU_GET_INFO, buffer);
	detail_words(buffer, full->argsz + 8);
	answer(ret, "info-max");
	answer(vu_ioctl(container, VFIO_IOMMU_GET_INFO, NULL), "info-null");
	free(full);
}

/* A request; what it made is undone. */
static void request(int container, const struct vfio_iommu_type1_dma_map *map, const char *name)
{
	struct vfio_iommu_type1_dma_map copy = *map;
	int ret = vu_ioctl(container, VFIO_IOMMU_MAP_DMA, &copy);

	if (memcmp(&copy, map, sizeof(copy)))
		detail("changed");
	if (!ret)
		detail("left=%ld", (long)vu_mappings_left(container));
	answer(ret, "%s", name);
	if (!ret)
		answer(vu_unmap_all(container), "%s-undone", name);
}

static void sizes_and_flags(int container, void *memory)
{
	struct vfio_iommu_type1_dma_map map = {
		.vaddr = (uintptr_t)memory, .iova = IOVA, .size = SIZE, .flags = VU_RW
	};
	static const uint32_t sizes[] = { 0, 1, 4, 8, 31, 32, 33, 40, 4096, 0xffffffff };
	char name[32];
	uint32_t bit;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		map.argsz = sizes[i];
		snprintf(name, sizeof(name), "argsz-%u", sizes[i]);
		request(container, &map, name);
	}
	map.argsz = ARGSZ;
	for (bit = 0; bit < 8; bit++) {
		map.flags = bit;
		snprintf(name, sizeof(name), "flags-0x%x", map.flags);
		request(container, &map, name);
	}
	for (bit = 3; bit < 32; bit++) {
		map.flags = VU_RW | 1U << bit;
		gather(vu_ioctl(container, VFIO_IOMMU_MAP_DMA, &map));
	}
	answer_gathered("flags-above");
	answer(vu_ioctl(container, VFIO_IOMMU_MAP_DMA, NULL), "null");
}

static void numbers(int container, void *memory, uint64_t end)
{
	const uint64_t vaddr = (uintptr_t)memory;
	const struct {
		const char *name;
		uint64_t vaddr, iova, size;
	} cases[] = {
		{ "good", vaddr, IOVA, SIZE },
		{ "iova-0", vaddr, 0, SIZE },
		{ "size-0", vaddr, IOVA, 0 },
		{ "size-1", vaddr, IOVA, 1 },
		{ "size-4095", vaddr, IOVA, SZ_4K - 1 },
		{ "size-4097", vaddr, IOVA, SZ_4K + 1 },
		{ "size-one-page", vaddr, IOVA, SZ_4K },
		{ "iova-unaligned", vaddr, IOVA + 1, SZ_4K },
		{ "iova-512", vaddr, IOVA + 512, SZ_4K },
		{ "vaddr-unaligned", vaddr + 1, IOVA, SZ_4K },
		{ "vaddr-and-iova-unaligned", vaddr + 512, IOVA + 512, SZ_4K },
		{ "all-unaligned", vaddr + 512, IOVA + 512, 512 },
		{ "all-zero", 0, 0, 0 },
		{ "vaddr-0", 0, IOVA, SIZE },
		{ "vaddr-kernel", 0xffff888000000000, IOVA, SIZE },
		{ "vaddr-noncanonical", 1UL << 62, IOVA, SIZE },
		{ "vaddr-top", -SZ_4K, IOVA, SZ_4K },
		{ "vaddr-wraps", -SZ_4K, IOVA, 2 * SZ_4K },
		{ "vaddr-last-of-user", 0x7ffffffff000, IOVA, SZ_4K },
		{ "iova-top", vaddr, -SZ_4K, SZ_4K },
		{ "iova-wraps", vaddr, -SZ_4K, 2 * SZ_4K },
		{ "iova-wraps-to-0", vaddr, -SIZE, SIZE },
		{ "size-huge", vaddr, IOVA, 1UL << 40 },
		{ "size-63", vaddr, IOVA, 1UL << 63 },
		{ "size-max", vaddr, IOVA, -SZ_4K },
		{ "size-wraps-vaddr", vaddr, 0, -SZ_4K },
		{ "end-of-iova", vaddr, end + 1 - SIZE, SIZE },
		{ "over-end-of-iova", vaddr, end + 1 - SIZE / 2, SIZE },
		{ "beyond-end-of-iova", vaddr, end + 1, SIZE },
		{ "far-beyond-end", vaddr, (end + 1) << 4, SIZE },
		{ "before-msi", vaddr, MSI_FIRST - SIZE, SIZE },
		{ "into-msi", vaddr, MSI_FIRST - SZ_4K, SIZE },
		{ "msi", vaddr, MSI_FIRST, SIZE },
		{ "out-of-msi", vaddr, MSI_END - SZ_4K, SIZE },
		{ "after-msi", vaddr, MSI_END, SIZE },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vfio_iommu_type1_dma_map map = {
			.argsz = ARGSZ,
			.flags = VU_RW,
			.vaddr = cases[i].vaddr,
			.iova = cases[i].iova,
			.size = cases[i].size,
		};

		request(container, &map, cases[i].name);
	}
}

static void overlaps(int container, char *memory)
{
	const struct {
		const char *name;
		uint64_t iova, size;
		char *vaddr;
	} cases[] = {
		{ "same", IOVA, SIZE, memory },
		{ "same-other-memory", IOVA, SIZE, memory + SIZE },
		{ "first-page", IOVA, SZ_4K, memory },
		{ "last-page", IOVA + SIZE - SZ_4K, SZ_4K, memory },
		{ "inside", IOVA + SZ_4K, SZ_4K, memory },
		{ "around", IOVA - SZ_4K, SIZE + 2 * SZ_4K, memory },
		{ "into", IOVA - SZ_4K, 2 * SZ_4K, memory },
		{ "out", IOVA + SIZE - SZ_4K, 2 * SZ_4K, memory },
		{ "before", IOVA - SZ_4K, SZ_4K, memory },
		{ "after", IOVA + SIZE, SIZE, memory + SIZE },
		{ "bad-vaddr", IOVA, SIZE, NULL },
		{ "elsewhere-same-memory", 8 * IOVA, SIZE, memory },
	};
	size_t i;

	answer(vu_map(container, memory, IOVA, SIZE, VU_RW), "overlap-base");
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		answer(vu_map(container, cases[i].vaddr, cases[i].iova, cases[i].size, VU_RW),
		       "overlap-%s", cases[i].name);
	detail("left=%ld", (long)vu_mappings_left(container));
	answer(vu_unmap_all(container), "overlap-undone");
}

static void memory_of(int container, const char *name, void *addr, uint64_t size)
{
	static const uint32_t flags[] = { VFIO_DMA_MAP_FLAG_READ, VFIO_DMA_MAP_FLAG_WRITE, VU_RW };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		int ret = vu_map(container, addr, IOVA, size, flags[i]);

		answer(ret, "memory-%s-0x%x", name, flags[i]);
		if (!ret)
			answer(vu_unmap_all(container), "memory-%s-0x%x-undone", name, flags[i]);
	}
}

static void fresh_memory(int container, const char *name, int prot, int flags, int fd, bool write)
{
	char *addr = mmap(NULL, SIZE, prot, flags, fd, 0);

	need(addr != MAP_FAILED, name);
	if (write)
		memset(addr, 1, SIZE);
	memory_of(container, name, addr, SIZE);
	munmap(addr, SIZE);
}

static int temporary_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	need(fd >= 0 && !ftruncate(fd, SZ_1M), path);
	unlink(path);
	return fd;
}

static void every_memory(int container)
{
	int rw = PROT_READ | PROT_WRITE, private = MAP_PRIVATE | MAP_ANONYMOUS;
	int memfd = memfd_create("abi", 0), tmpfs = temporary_file("/dev/shm/vfio-abi");
	int file = temporary_file("/var/tmp/vfio-abi"), self = open("/proc/self/exe", O_RDONLY);
	int zero = open("/dev/zero", O_RDWR), read_only_tmpfs;
	char *addr;

	need(!ftruncate(memfd, SZ_1M), "memfd");
	fresh_memory(container, "anonymous", rw, private, -1, true);
	fresh_memory(container, "untouched", rw, private, -1, false);
	fresh_memory(container, "read-only-untouched", PROT_READ, private, -1, false);
	fresh_memory(container, "write-only", PROT_WRITE, private, -1, false);
	fresh_memory(container, "none", PROT_NONE, private, -1, false);
	fresh_memory(container, "noreserve", rw, private | MAP_NORESERVE, -1, false);
	fresh_memory(container, "locked", rw, private | MAP_LOCKED, -1, true);
	fresh_memory(container, "shared", rw, MAP_SHARED | MAP_ANONYMOUS, -1, true);
	fresh_memory(container, "memfd", rw, MAP_SHARED, memfd, true);
	fresh_memory(container, "memfd-private", rw, MAP_PRIVATE, memfd, false);
	fresh_memory(container, "memfd-read-only", PROT_READ, MAP_SHARED, memfd, false);
	fresh_memory(container, "tmpfs", rw, MAP_SHARED, tmpfs, true);
	fresh_memory(container, "file", rw, MAP_SHARED, file, true);
	fresh_memory(container, "file-untouched", rw, MAP_SHARED, file, false);
	fresh_memory(container, "file-private", rw, MAP_PRIVATE, file, false);
	fresh_memory(container, "file-read-only", PROT_READ, MAP_SHARED, file, false);
	fresh_memory(container, "program", PROT_READ | PROT_EXEC, MAP_PRIVATE, self, false);
	fresh_memory(container, "program-writable", rw, MAP_PRIVATE, self, false);
	fresh_memory(container, "dev-zero", rw, MAP_SHARED, zero, false);
	read_only_tmpfs = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);
	need(!ftruncate(read_only_tmpfs, SZ_4K), "tmpfs");
	fresh_memory(container, "beyond-end-of-file", rw, MAP_SHARED, read_only_tmpfs, false);
	memory_of(container, "vdso", (void *)getauxval(AT_SYSINFO_EHDR), SZ_4K);
	addr = vu_alloc(VU_THP, SZ_2M);
	need(addr, "huge pages");
	memory_of(container, "thp", addr, SZ_2M);
	memory_of(container, "thp-half", addr + SZ_1M, SZ_1M);
	vu_free(addr, SZ_2M);
	addr = vu_alloc(VU_HUGETLB, SZ_2M);
	need(addr, "hugetlb");
	memory_of(container, "hugetlb", addr, SZ_2M);
	memory_of(container, "hugetlb-page", addr + SZ_64K, SZ_4K);
	vu_free(addr, SZ_2M);
	addr = vu_alloc(VU_4K, SIZE);
	need(!munmap(addr + SIZE / 2, SZ_4K), "munmap");
	memory_of(container, "hole", addr, SIZE);
	memory_of(container, "up-to-hole", addr, SIZE / 2);
	memory_of(container, "after-hole", addr + SIZE / 2 + SZ_4K, SIZE / 2 - SZ_4K);
	need(!mprotect(addr + SZ_4K, SZ_4K, PROT_READ), "mprotect");
	memory_of(container, "partly-read-only", addr, SIZE / 2);
	vu_free(addr, SIZE);
	close(read_only_tmpfs);
	close(zero);
	close(self);
	close(file);
	close(tmpfs);
	close(memfd);
}

/* Serves page faults of memory that has no page. */
static void *serve(void *arg)
{
	int fd = *(int *)arg;
	struct uffd_msg message;

	while (read(fd, &message, sizeof(message)) == sizeof(message)) {
		struct uffdio_zeropage zero = {
			.range = { .start = message.arg.pagefault.address & -SZ_4K, .len = SZ_4K },
		};

		ioctl(fd, UFFDIO_ZEROPAGE, &zero);
	}
	return NULL;
}

/* Memory that another thread of the process brings page by page. */
static void userfaultfd(int container)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC), ret;
	pthread_t server;
	char *addr;

	need(fd >= 0 && !ioctl(fd, UFFDIO_API, &api), "userfaultfd");
	addr = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(addr != MAP_FAILED, "mmap");
	range.range.start = (uintptr_t)addr;
	range.range.len = SIZE;
	need(!ioctl(fd, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
	need(!pthread_create(&server, NULL, serve, &fd), "thread");
	ret = vu_map(container, addr, IOVA, SIZE, VU_RW);
	answer(ret, "userfaultfd");
	if (!ret)
		answer(vu_unmap_all(container), "userfaultfd-undone");
	pthread_cancel(server);
	pthread_join(server, NULL);
	close(fd);
	munmap(addr, SIZE);
}

static void gone_memory(int container)
{
	char *addr = vu_alloc(VU_4K, SIZE);

	answer(vu_map(container, addr, IOVA, SIZE, VU_RW), "gone-map");
	vu_free(addr, SIZE);
	answer(0, "gone-freed");
	answer(vu_unmap(container, IOVA, SIZE), "gone-unmap");
}

static void bars(const struct vu *u)
{
	struct vfio_region_info bar;
	char *addr;
	int rw = PROT_READ | PROT_WRITE;

	need(!vu_region_info(u->device, VFIO_PCI_BAR0_REGION_INDEX, &bar), "region info");
	addr = mmap(NULL, bar.size, rw, MAP_SHARED, u->device, bar.offset);
	need(addr != MAP_FAILED, "mmap of a BAR");
	need(!vu_pci_command(u->device, 0, PCI_COMMAND_MEMORY), "command");
	memory_of(u->container, "bar-disabled", addr, bar.size);
	need(!vu_pci_command(u->device, PCI_COMMAND_MEMORY, 0), "command");
	memory_of(u->container, "bar", addr, bar.size);
	memory_of(u->container, "bar-part", addr + SZ_4K, SZ_64K);
	answer(vu_map(u->container, addr, IOVA, SZ_64K, VU_RW), "bar-kept");
	need(!vu_pci_command(u->device, 0, PCI_COMMAND_MEMORY), "command");
	answer(vu_unmap(u->container, IOVA, SZ_64K), "bar-unmap-disabled");
	need(!vu_pci_command(u->device, PCI_COMMAND_MEMORY, 0), "command");
	answer(vu_map(u->container, addr, IOVA, SZ_64K, VU_RW), "bar-kept-again");
	munmap(addr, bar.size);
	answer(vu_unmap(u->container, IOVA, SZ_64K), "bar-unmap-gone");
	addr = mmap(NULL, bar.size, PROT_READ, MAP_SHARED, u->device, bar.offset);
	need(addr != MAP_FAILED, "mmap of a BAR");
	memory_of(u->container, "bar-read-only", addr, SZ_64K);
	munmap(addr, bar.size);

	/* Memory and BAR side by side. */
	addr = mmap(NULL, 2 * SIZE, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(addr != MAP_FAILED && mmap(addr + SIZE, SIZE, rw, MAP_SHARED | MAP_FIXED, u->device,
					bar.offset) != MAP_FAILED,
	     "memory and a BAR");
	memory_of(u->container, "memory-then-bar", addr, 2 * SIZE);
	munmap(addr, 2 * SIZE);
	addr = mmap(NULL, 2 * SIZE, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(addr != MAP_FAILED && mmap(addr, SIZE, rw, MAP_SHARED | MAP_FIXED, u->device,
					bar.offset) != MAP_FAILED,
	     "a BAR and memory");
	memory_of(u->container, "bar-then-memory", addr, 2 * SIZE);
	munmap(addr, 2 * SIZE);
}

static void requests(const struct abi_device *device, int type, const char *name)
{
	struct vu u = need_open(device, type);
	char *memory = vu_alloc(VU_4K, 2 * SIZE);
	uint64_t end = vu_aperture_end(u.container);

	need(memory && end, "memory and the end of IOVA");
	section("map/%s", name);
	info_sizes(u.container);
	watch_ledger();
	sizes_and_flags(u.container, memory);
	numbers(u.container, memory, end);
	overlaps(u.container, memory);
	gone_memory(u.container);
	if (type == VFIO_TYPE1v2_IOMMU) {
		every_memory(u.container);
		userfaultfd(u.container);
		bars(&u);
	}
	vu_close(&u);
	vu_free(memory, 2 * SIZE);
	answer(0, "closed");
}

void abi_map(const struct abi_args *args)
{
	requests(&args->edu, VFIO_TYPE1_IOMMU, "v1");
	requests(&args->edu, VFIO_TYPE1v2_IOMMU, "v2");
}

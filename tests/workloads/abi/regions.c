// SPDX-License-Identifier: GPL-2.0-only
/* Regions of a device by read, write and mmap. */

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi.h"

static int64_t with_errno(int64_t ret)
{
	return ret < 0 ? -errno : ret;
}

/* Reads of every width, and what was read written back. */
static void access_at(int device, uint64_t offset, const char *name)
{
	static const unsigned int widths[] = { 1, 2, 3, 4, 5, 7, 8, 16 };
	char buffer[16], what[8];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(widths); i++) {
		memset(buffer, 0, sizeof(buffer));
		snprintf(what, sizeof(what), "r%u", widths[i]);
		detail_result(what, with_errno(pread(device, buffer, widths[i], offset)));
		snprintf(what, sizeof(what), "w%u", widths[i]);
		detail_result(what, with_errno(pwrite(device, buffer, widths[i], offset)));
	}
	detail_result("nowhere", with_errno(pread(device, (void *)SZ_4K, 4, offset)));
	answer(with_errno(pread(device, buffer, 0, offset)), "%s", name);
}

static void accesses(int device, uint32_t index)
{
	struct vfio_region_info info;
	char name[64];
	uint64_t places[10];
	size_t i, count = 0;

	if (vu_region_info(device, index, &info))
		info = (struct vfio_region_info){ .offset = (uint64_t)index << 40 };
	places[count++] = 0;
	places[count++] = 1;
	places[count++] = 2;
	if (info.size) {
		places[count++] = info.size - 1;
		places[count++] = info.size - 2;
		places[count++] = info.size - 4;
		places[count++] = info.size - 8;
		places[count++] = info.size;
		places[count++] = info.size + 4;
	}
	places[count++] = 1UL << 32;
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "region-%u-at-0x%lx", index, places[i]);
		access_at(device, info.offset + places[i], name);
	}
}

/* A byte that faults is -EFAULT for a pipe. */
static int probe(const char *addr)
{
	int fds[2], ret;

	need(!pipe(fds), "pipe");
	ret = write(fds[1], addr, 1) < 0 ? -errno : 0;
	close(fds[0]);
	close(fds[1]);
	return ret;
}

static void try_mmap(int device, const char *name, uint64_t offset, uint64_t size, int prot,
		     int flags)
{
	char *addr = mmap(NULL, size, prot, flags, device, offset);
	int ret = addr == MAP_FAILED ? -errno : 0;

	if (!ret && prot & PROT_READ) {
		detail_result("first", probe(addr));
		detail_result("last", probe(addr + size - 1));
	}
	answer(ret, "%s", name);
	if (!ret)
		munmap(addr, size);
}

static void mmaps(int device, uint32_t index)
{
	struct vfio_region_info info;
	int rw = PROT_READ | PROT_WRITE;
	char name[64];

	if (vu_region_info(device, index, &info))
		info = (struct vfio_region_info){ .offset = (uint64_t)index << 40 };
#define TRY(text, offset_, size_, prot, flags)                                       \
	do {                                                                         \
		snprintf(name, sizeof(name), "mmap-%u-%s", index, text);             \
		try_mmap(device, name, info.offset + (offset_), size_, prot, flags); \
	} while (0)
	TRY("page", 0, SZ_4K, rw, MAP_SHARED);
	TRY("read-only", 0, SZ_4K, PROT_READ, MAP_SHARED);
	TRY("write-only", 0, SZ_4K, PROT_WRITE, MAP_SHARED);
	TRY("executable", 0, SZ_4K, PROT_READ | PROT_EXEC, MAP_SHARED);
	TRY("none", 0, SZ_4K, PROT_NONE, MAP_SHARED);
	TRY("private", 0, SZ_4K, rw, MAP_PRIVATE);
	TRY("byte", 0, 1, rw, MAP_SHARED);
	if (info.size) {
		TRY("all", 0, info.size, rw, MAP_SHARED);
		TRY("last", info.size & -SZ_4K ? (info.size - 1) & -SZ_4K : 0, SZ_4K, rw,
		    MAP_SHARED);
		TRY("too-large", 0, info.size + SZ_4K, rw, MAP_SHARED);
		TRY("over-end", info.size & -SZ_4K ? (info.size - 1) & -SZ_4K : 0, 2 * SZ_4K, rw,
		    MAP_SHARED);
		TRY("beyond", (info.size + SZ_4K - 1) & -SZ_4K, SZ_4K, rw, MAP_SHARED);
	}
	TRY("second", SZ_4K, SZ_4K, rw, MAP_SHARED);
	TRY("far", 1UL << 39, SZ_4K, rw, MAP_SHARED);
#undef TRY
}

static void requests(const struct abi_device *device, const char *name)
{
	struct vu u = need_open(device, VFIO_TYPE1v2_IOMMU);
	uint32_t index;

	section("regions/%s-disabled", name);
	need(!vu_pci_command(u.device, 0, PCI_COMMAND_MEMORY | PCI_COMMAND_IO), "command");
	for (index = 0; index < VFIO_PCI_NUM_REGIONS + 2; index++) {
		accesses(u.device, index);
		mmaps(u.device, index);
	}
	section("regions/%s", name);
	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY | PCI_COMMAND_IO, 0), "command");
	for (index = 0; index < VFIO_PCI_NUM_REGIONS + 2; index++) {
		accesses(u.device, index);
		mmaps(u.device, index);
	}
	access_at(u.device, 1UL << 62, "offset-62");
	access_at(u.device, -1UL, "offset-max");
	file_calls(u.device);
	vu_close(&u);
}

void abi_regions(const struct abi_args *args)
{
	requests(&args->edu, "edu");
	requests(&args->nic, "nic");
}

// SPDX-License-Identifier: GPL-2.0-only
/* Row T11: pages that an emulated device pins, and memory that it copies, by IOVA. */

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../modules/vfio_test_emulated.h"
#include "check.h"

#define IOVA (16 * SZ_1M)
#define SIZE SZ_64K

#define READ  1
#define WRITE 2

static int reach(int device, unsigned long request, uint64_t iova, uint64_t size, void *data,
		 uint32_t prot)
{
	struct vfio_test_range range = {
		.iova = iova,
		.size = size,
		.data = (uintptr_t)data,
		.prot = prot,
	};

	return vu_ioctl(device, request, &range);
}

static int pin(int device, uint64_t iova, uint64_t size, uint32_t prot)
{
	return reach(device, VFIO_TEST_PIN, iova, size, NULL, prot);
}

static long pinned_since(const struct ledger *before)
{
	return vu_pinned_pages() - before->pinned;
}

static void pins(const struct vu *u)
{
	char *memory = need_memory(VU_4K, SIZE);
	struct ledger before = ledger_now();

	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "map");
	ledger_same(&before, "T11: a map for emulated devices alone pins and charges nothing");

	returns(pin(u->device, IOVA, 2 * SZ_4K, READ | WRITE), 0, "T11: the driver pins two pages");
	is(pinned_since(&before), 2, "T11: two pages are pinned");
	is(vu_locked_kib() - before.locked, 8, "T11: two pages are charged");
	returns(pin(u->device, IOVA, SZ_4K, READ), 0, "T11: one of them is pinned again");
	is(pinned_since(&before), 2, "T11: that pins nothing more");
	is(reach(u->device, VFIO_TEST_UNPIN, IOVA, SIZE, NULL, 0), 2,
	   "T11: the driver gives both back");
	ledger_same(&before, "T11: pages given back are unpinned and refunded");

	returns(pin(u->device, IOVA + SIZE - SZ_4K, 2 * SZ_4K, READ), -EINVAL,
		"T11: a range that leaves the mapping cannot be pinned");
	ledger_same(&before, "T11: and leaves no pin of its first page");
	returns(pin(u->device, 2 * IOVA, SZ_4K, READ), -EINVAL,
		"T11: what is not mapped cannot be pinned");
	returns(pin(u->device, IOVA + 1, SZ_4K, READ), -EINVAL,
		"T11: a misaligned address cannot be pinned");
	returns(pin(u->device, IOVA, 0, READ), -EINVAL, "T11: no pages cannot be pinned");
	returns(pin(u->device, IOVA, SZ_4K, 0), -EINVAL, "T11: no permission is refused");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: the mapping is unmapped");
	vu_free(memory, SIZE);
}

static void recall(struct vu *u, const struct check_args *args)
{
	char *memory = need_memory(VU_4K, SIZE);
	struct ledger before = ledger_now();
	int recalls = ioctl(u->device, VFIO_TEST_RECALLS);

	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "map");
	need(!pin(u->device, IOVA + SZ_4K, 3 * SZ_4K, WRITE), "pin");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: unmap of memory that a driver holds");
	is(ioctl(u->device, VFIO_TEST_RECALLS) - recalls, 1,
	   "T11: the driver is asked for it once");
	ledger_same(&before, "T11: it has given it back");

	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "map");
	need(!pin(u->device, IOVA, 4 * SZ_4K, READ), "pin");
	need(!ioctl(u->device, VFIO_TEST_FORGET, 1), "forget");
	close(u->device);
	ledger_same(&before, "T11: what a driver forgets is released when its device is closed");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: unmap of memory that a driver forgot");
	ledger_same(&before, "T11: nothing stays");
	u->device = vu_device_open(u->group, args->device);
	need(u->device >= 0, "the device opens again");
	vu_free(memory, SIZE);
}

static void copies(const struct vu *u)
{
	char *memory = need_memory(VU_4K, SIZE);
	struct ledger before = ledger_now();
	static char data[3 * SZ_4K], back[sizeof(data)];
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i * 31 + (i >> 8);
	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "map");
	returns(reach(u->device, VFIO_TEST_WRITE, IOVA + 100, sizeof(data), data, 0), 0,
		"T11: the driver writes across page boundaries");
	ok(!memcmp(memory + 100, data, sizeof(data)), "T11: the user finds what it wrote");
	returns(reach(u->device, VFIO_TEST_READ, IOVA + 100, sizeof(back), back, 0), 0,
		"T11: the driver reads");
	ok(!memcmp(back, data, sizeof(data)), "T11: it reads what is there");
	returns(reach(u->device, VFIO_TEST_READ, IOVA + SIZE - 8, 16, back, 0), -EINVAL,
		"T11: reading past the mapping fails");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: unmap");

	need(!vu_map(u->container, memory, IOVA, SIZE, VFIO_DMA_MAP_FLAG_READ), "map to read");
	memset(back, 0, sizeof(back));
	returns(reach(u->device, VFIO_TEST_WRITE, IOVA + 100, 8, back, 0), -EPERM,
		"T11: writing through a mapping to read fails");
	returns(pin(u->device, IOVA, SZ_4K, WRITE), -EPERM, "T11: so does pinning to write");
	ok(!memcmp(memory + 100, data, 8), "T11: and nothing is written");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: unmap");
	ledger_same(&before, "T11: copies leave no pin");
	vu_free(memory, SIZE);
}

/* A group with an IOMMU joins a container that had only the emulated one, and leaves. */
static void mixed(const struct vu *u, const struct check_args *args)
{
	char *memory = need_memory(VU_4K, SIZE);
	struct ledger before = ledger_now();
	int group;

	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "map");
	need(!pin(u->device, IOVA, SZ_4K, READ), "pin");
	group = vu_group_open(args->group2);
	need(group >= 0, "open of group %s", args->group2);
	returns(vu_set_container(group, u->container), 0,
		"T11: a group with an IOMMU joins emulated ones");
	is(pinned_since(&before), SIZE / SZ_4K,
	   "T7: what was mapped before is pinned now, once for both devices");
	returns(vu_unset_container(group), 0, "T11: it leaves again");
	is(pinned_since(&before), 1, "T11: only the driver's page stays pinned");
	returns(pin(u->device, IOVA + SZ_4K, SZ_4K, READ), 0, "T11: the mapping is still there");
	close(group);
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: unmap");
	ledger_same(&before, "T11: nothing is left");
	vu_free(memory, SIZE);
}

/* The user goes without a word, and the driver forgets as well. */
static int forgetful(const void *arg)
{
	const struct check_args *args = arg;
	void *memory = vu_alloc(VU_4K, SIZE);
	struct vu u;

	if (!memory || vu_open(&u, args->group, args->device, VFIO_TYPE1v2_IOMMU))
		return 1;
	if (vu_map(u.container, memory, IOVA, SIZE, VU_RW) || pin(u.device, IOVA, SIZE, READ))
		return 2;
	return ioctl(u.device, VFIO_TEST_FORGET, 1) ? 3 : 0;
}

void check_emulated(const struct check_args *args)
{
	struct ledger before = ledger_now();
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);

	pins(&u);
	recall(&u, args);
	copies(&u);
	mixed(&u, args);
	vu_close(&u);
	ledger_same(&before, "T11: closing leaves nothing pinned");

	is(status_of(spawn(forgetful, args)), 0,
	   "T11: a user ends, and the driver forgets its pages");
	ok(pinned_becomes(before.pinned), "T11: they are unpinned with the container");
}

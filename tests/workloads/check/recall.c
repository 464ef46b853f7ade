// SPDX-License-Identifier: GPL-2.0-only
/* Row T11: whatever is unmapped, drivers of emulated devices give its pages back first. */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "doorstop.h"
#include "request.h"
#include "strict.h"

#define IOVA  (16 * SZ_1M)
#define SIZE  SZ_64K
#define STEP  (4 * SZ_1M)
#define PAGES (SIZE / SZ_4K)
/* The last mapping that there can be. */
#define TOP   (-SIZE)

struct unmap {
	int container;
	uint64_t iova;
	uint64_t size;
};

static int64_t run_unmap(void *arg)
{
	const struct unmap *unmap = arg;

	return vu_unmap(unmap->container, unmap->iova, unmap->size);
}

static long pinned_since(const struct ledger *before)
{
	return vu_pinned_pages() - before->pinned;
}

static void no_violations(int device, const char *what)
{
	struct vfio_test_strict_stats stats = strict_stats(device);

	is(stats.bad_ranges, 0, "T11: %s: every recall names a range", what);
	is(stats.not_recalled, 0, "T11: %s: every page that went was recalled", what);
	is(stats.released, 0, "T11: %s: no page was unpinned while the driver had it", what);
	is(stats.held, 0, "T11: %s: the driver has given all of them back", what);
}

static void need_map(const struct vu *u, char *memory, uint64_t iova)
{
	need(!vu_map(u->container, memory, iova, SIZE, VU_RW), "map");
}

/* All mappings at once: each is recalled, and nothing beside. */
static void all(const struct vu *u, char *memory, bool top)
{
	const uint64_t iovas[] = { IOVA, IOVA + STEP, top ? TOP : IOVA + 2 * STEP };
	uint64_t recalls = strict_stats(u->device).recalls;
	struct ledger before = ledger_now();
	int i;

	for (i = 0; i < 3; i++) {
		need_map(u, memory, iovas[i]);
		need(!strict_pin(u->device, iovas[i], SZ_4K), "pin");
		need(!strict_pin(u->device, iovas[i] + SIZE - SZ_4K, SZ_4K), "pin");
	}
	is(vu_unmap_all(u->container), 3 * SIZE, "T11: all is unmapped that drivers hold pages of");
	for (i = 0; i < 3; i++)
		strict_gone(u->device, iovas[i], SIZE);
	is(strict_stats(u->device).recalls - recalls, 3, "T11: each mapping was recalled once");
	is(strict_stats(u->device).size, SIZE, "T11: the last recall names the size of a mapping");
	no_violations(u->device, "unmap of all");
	ledger_same(&before, "T11: unmap of all: nothing stays");
}

/* A driver that gives back at the fourth time only. */
static void reluctant(const struct vu *u, char *memory)
{
	uint64_t recalls = strict_stats(u->device).recalls;
	struct ledger before = ledger_now();

	need_map(u, memory, IOVA);
	need(!strict_pin(u->device, IOVA, 4 * SZ_4K), "pin");
	strict_keep(u->device, 5);
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: unmap of pages that a driver keeps");
	strict_gone(u->device, IOVA, SIZE);
	is(strict_stats(u->device).recalls - recalls, 6,
	   "T11: the driver is asked as often as it takes");
	no_violations(u->device, "a reluctant driver");
	ledger_same(&before, "T11: a reluctant driver: nothing stays");
}

/* A driver that gives back when it is told to, long after the recall. */
static void late(const struct vu *u, char *memory)
{
	struct unmap unmap = { u->container, IOVA, SIZE };
	uint64_t recalls = strict_stats(u->device).recalls, given = strict_stats(u->device).late;
	struct ledger before = ledger_now();
	struct request request;

	need_map(u, memory, IOVA);
	need_map(u, memory, IOVA + STEP);
	need(!strict_pin(u->device, IOVA, 4 * SZ_4K), "pin");
	strict_keep(u->device, -1);
	request_start(&request, run_unmap, &unmap);
	strict_wait(u->device, recalls + 1);

	returns(strict_pin(u->device, IOVA + 8 * SZ_4K, SZ_4K), -EINVAL,
		"T11: a page that is about to go cannot be pinned");
	returns(vu_map(u->container, memory, IOVA, SIZE, VU_RW), -EEXIST,
		"T11: its IOVAs are taken still");
	returns(strict_pin(u->device, IOVA + STEP, SZ_4K), 0, "T11: another mapping can be pinned");
	is(strict_unpin(u->device, IOVA + STEP, SZ_4K), 1, "T11: and given back");
	is(vu_unmap(u->container, IOVA + STEP, SIZE), SIZE, "T11: and unmapped");
	is(strict_unpin(u->device, IOVA, 4 * SZ_4K), 4,
	   "T11: the driver gives its pages back late");
	is(request_end(&request), SIZE, "T11: then the unmap ends");
	is(strict_stats(u->device).late - given, 4, "T11: all four were given back after a recall");
	strict_keep(u->device, 0);
	no_violations(u->device, "a late driver");
	ledger_same(&before, "T11: a late driver: nothing stays");
}

static int child_unmap(const void *arg)
{
	const struct vu *u = arg;

	return vu_unmap(u->container, IOVA, SIZE) != SIZE;
}

/* Who waits for a driver can be killed, and then nothing has happened. */
static void killed(const struct vu *u, char *memory)
{
	uint64_t recalls = strict_stats(u->device).recalls;
	struct ledger before = ledger_now();
	pid_t child;

	need_map(u, memory, IOVA);
	need(!strict_pin(u->device, IOVA, 4 * SZ_4K), "pin");
	strict_keep(u->device, -1);
	child = spawn(child_unmap, u);
	strict_wait(u->device, recalls + 1);
	kill(child, SIGKILL);
	is(status_of(child), 128 + SIGKILL, "T11: who unmaps is killed while a driver has pages");
	returns(strict_pin(u->device, IOVA + 8 * SZ_4K, SZ_4K), 0,
		"T11: the mapping is there still");
	is(strict_stats(u->device).held, 5, "T11: and so are the driver's pages");
	strict_keep(u->device, 0);
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: it can be unmapped");
	strict_gone(u->device, IOVA, SIZE);
	no_violations(u->device, "an unmap that was killed");
	ledger_same(&before, "T11: an unmap that was killed: nothing stays");
}

/* Of two drivers one never gives back: its close does. */
static void closed(const struct vu *u, char *memory)
{
	struct unmap unmap = { u->container, IOVA, SIZE };
	struct ledger before = ledger_now();
	struct strict_second second = strict_second(u->container);
	struct request request;

	need_map(u, memory, IOVA);
	need(!strict_pin(u->device, IOVA, 2 * SZ_4K), "pin");
	need(!strict_pin(second.device, IOVA, 3 * SZ_4K), "pin");
	is(pinned_since(&before) >= 3, true, "T11: two drivers hold pages of a mapping");
	need(!ioctl(second.device, VFIO_TEST_STRICT_FORGET), "forget");
	strict_keep(second.device, -1);
	request_start(&request, run_unmap, &unmap);
	strict_wait(second.device, 2);
	is(strict_stats(second.device).released, 0, "T11: its pages are not taken from it");
	close(second.device);
	is(request_end(&request), SIZE, "T11: when its device is closed the unmap ends");
	strict_gone(u->device, IOVA, SIZE);
	no_violations(u->device, "the other driver");
	close(second.group);
	ledger_same(&before, "T11: a driver that forgets: nothing stays");
}

/* A device that is closed takes its own pages only. */
static void shared(const struct vu *u, char *memory)
{
	struct ledger before = ledger_now(), mapped;
	struct strict_second second = strict_second(u->container);

	need_map(u, memory, IOVA);
	mapped = ledger_now();
	need(!strict_pin(u->device, IOVA, SZ_4K), "pin");
	mapped = ledger_now();
	need(!strict_pin(second.device, IOVA, SZ_4K), "pin");
	ledger_same(&mapped, "T11: a page that two drivers pin is pinned and charged once");
	need(!ioctl(second.device, VFIO_TEST_STRICT_FORGET), "forget");
	close(second.device);
	ledger_same(&mapped, "T11: it stays with one when the other device is closed");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: unmap");
	no_violations(u->device, "a page of two drivers");
	close(second.group);
	ledger_same(&before, "T11: a page of two drivers: nothing stays");
}

struct pin {
	int device;
	uint64_t iova;
};

static int64_t run_pin(void *arg)
{
	const struct pin *pin = arg;

	return strict_pin(pin->device, pin->iova, SZ_4K);
}

static int child_unpins(const void *arg)
{
	const int *device = arg;

	return strict_unpin_last(*device, IOVA, SZ_4K) != 1;
}

/* A driver's thread that is killed gives back all the same, whoever is in its way. */
static void unpins_when_killed(const struct vu *u)
{
	char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct strict_second second = strict_second(u->container);
	struct pin pin = { u->device, IOVA + SZ_4K };
	struct ledger before = ledger_now();
	struct request request;
	struct doorstop stop;
	pid_t child;
	int tries;

	need(memory != MAP_FAILED, "memory");
	memory[0] = 1;
	stop = doorstop_place(memory + SZ_4K, SZ_4K);
	need_map(u, memory, IOVA);
	need(!strict_pin(second.device, IOVA, SZ_4K), "pin");
	child = spawn(child_unpins, &second.device);
	for (tries = 0; tries < 2000 && !strict_stats(second.device).waiting; tries++)
		usleep(10000);
	request_start(&request, run_pin, &pin);
	need(doorstop_wait(&stop, &request.over), "T11: a pin waits for its page");
	kill(child, SIGKILL);
	is(status_of(child), 128 + SIGKILL,
	   "T11: a driver's thread is killed while another pins in the same mapping");
	doorstop_release(&stop);
	returns(request_end(&request), 0, "T11: the other has pinned");
	is(strict_stats(second.device).held, 0, "T11: the killed one has given its page back");
	is(pinned_since(&before), 1, "T11: and it is not pinned any more");
	is(vu_locked_kib() - before.locked, 4, "T11: nor charged");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: unmap");
	close(second.device);
	close(second.group);
	no_violations(u->device, "a killed thread");
	ledger_same(&before, "T11: a killed thread: nothing stays");
	munmap(memory, SIZE);
	doorstop_close(&stop);
}

/* A version 1 user names a part, and all of the mapping goes. */
static void whole(const struct check_args *args, char *memory)
{
	struct ledger before = ledger_now();
	struct vu u = need_open(args, VFIO_TYPE1_IOMMU);

	need_map(&u, memory, IOVA);
	need(!strict_pin(u.device, IOVA, SZ_4K), "pin");
	need(!strict_pin(u.device, IOVA + SIZE - SZ_4K, SZ_4K), "pin");
	is(vu_unmap(u.container, IOVA, SZ_4K), SIZE, "T11: v1: unmap of the first page takes all");
	strict_gone(u.device, IOVA, SIZE);
	is(strict_stats(u.device).iova, IOVA, "T11: v1: a recall begins where the mapping does");
	is(strict_stats(u.device).size, SIZE, "T11: v1: and has its size");
	no_violations(u.device, "v1");

	need_map(&u, memory, IOVA);
	need(!strict_pin(u.device, IOVA + SIZE - SZ_4K, SZ_4K), "pin");
	is(vu_unmap(u.container, IOVA + SZ_4K, SIZE), 0, "T11: v1: unmap of a tail takes nothing");
	is(strict_stats(u.device).held, 1, "T11: v1: nor does it recall anything");
	is(vu_unmap(u.container, IOVA - SIZE, SIZE + SZ_4K), SIZE,
	   "T11: v1: unmap across its beginning takes all");
	strict_gone(u.device, IOVA, SIZE);
	no_violations(u.device, "v1 across its beginning");
	vu_close(&u);
	ledger_same(&before, "T11: v1: nothing stays");
}

static void each(const struct vu *u, char *memory, bool top)
{
	all(u, memory, top);
	reluctant(u, memory);
	late(u, memory);
	killed(u, memory);
	closed(u, memory);
	shared(u, memory);
}

void check_recall(const struct check_args *args)
{
	char *memory = need_memory(VU_4K, SIZE);
	struct ledger before = ledger_now();
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	int group;

	note("emulated devices alone");
	each(&u, memory, true);
	unpins_when_killed(&u);
	note("with a group that has an IOMMU");
	group = vu_group_open(args->group2);
	need(group >= 0 && !vu_set_container(group, u.container), "group %s", args->group2);
	each(&u, memory, false);
	close(group);
	vu_close(&u);
	whole(args, memory);
	ledger_same(&before, "T11: nothing is left");
	vu_free(memory, SIZE);
}

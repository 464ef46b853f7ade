// SPDX-License-Identifier: GPL-2.0-only
/*
 * Row T6: what is pinned is charged, once, at each moment: when memory is exchanged under
 * a request, and in whatever order groups with and without an IOMMU come and go.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "edu.h"
#include "request.h"
#include "strict.h"

#define IOVA  (16 * SZ_1M)
#define SIZE  SZ_64K
#define PAGES (SIZE / SZ_4K)
#define HELD  (4 * SZ_4K)
#define KIB   1024L

/* A limit that no request about a BAR's worth of memory may pass. */
#define LIMIT	 SZ_64K
#define BAR_SIZE EDU_BAR_SIZE

static long pinned_since(const struct ledger *before)
{
	return vu_pinned_pages() - before->pinned;
}

static long charged_since(const struct ledger *before)
{
	return (vu_locked_kib() - before->locked) * KIB / (long)SZ_4K;
}

/* One test: as many pages are pinned, and charged. */
static void holds(const struct ledger *before, long pages, const char *when)
{
	long pinned = pinned_since(before), charged = charged_since(before);

	ok(pinned == pages && charged == pages, "T6: %ld pages are pinned and charged %s", pages,
	   when);
	if (pinned != pages || charged != pages)
		note("%ld are pinned, %ld are charged", pinned, charged);
}

/* What lifts RLIMIT_MEMLOCK, off and on again. */
static void set_ipc_lock(bool on)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	need(!syscall(SYS_capget, &header, data), "capget");
	if (on)
		data[0].effective |= 1U << CAP_IPC_LOCK;
	else
		data[0].effective &= ~(1U << CAP_IPC_LOCK);
	need(!syscall(SYS_capset, &header, data), "capset");
}

static void set_limit(rlim_t bytes)
{
	const struct rlimit limit = { bytes, RLIM_INFINITY };

	need(!setrlimit(RLIMIT_MEMLOCK, &limit), "setrlimit");
}

static int join(const struct check_args *args, int container)
{
	int group = vu_group_open(args->group2);

	need(group >= 0, "open of group %s", args->group2);
	need(!vu_set_container(group, container), "group %s joins", args->group2);
	return group;
}

static char *fresh_memory(void *where, size_t size, char value)
{
	char *memory = mmap(where, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | (where ? MAP_FIXED : 0), -1, 0);
	size_t i;

	need(memory != MAP_FAILED, "mmap");
	need(!madvise(memory, size, MADV_NOHUGEPAGE), "madvise");
	for (i = 0; i < size; i += SZ_4K)
		memory[i] = value;
	return memory;
}

/* --- Groups with and without an IOMMU, in any order ------------------------------------------ */

/* J: a group with an IOMMU joins, L: leaves. P: the driver pins, U: unpins. */
static const char *const orders[] = { "JPLU", "JPUL", "JLPU", "PJLU", "PJUL", "PUJL", "PJLJUL" };

static void order(const struct check_args *args, const struct vu *u, const char *steps,
		  bool kthread)
{
	char *memory = fresh_memory(NULL, SIZE, 'a'), when[64];
	struct ledger before = ledger_now();
	bool joined = false, held = false;
	const char *step;
	int group = -1;

	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "map");
	for (step = steps; *step; step++) {
		switch (*step) {
		case 'J':
			group = join(args, u->container);
			joined = true;
			break;
		case 'L':
			close(group);
			joined = false;
			break;
		case 'P':
			need(!(kthread ? strict_pin_kthread : strict_pin)(u->device, IOVA + SZ_4K,
									  HELD),
			     "pin");
			held = true;
			break;
		default:
			need(strict_unpin(u->device, IOVA + SZ_4K, HELD) == HELD / SZ_4K, "unpin");
			held = false;
		}
		snprintf(when, sizeof(when), "after %.*s%s", (int)(step - steps + 1), steps,
			 kthread ? " (a kernel thread pins)" : "");
		holds(&before, joined ? PAGES : held ? HELD / SZ_4K : 0, when);
	}
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: unmap");
	ledger_same(&before, "T6: %s: nothing stays", steps);
	munmap(memory, SIZE);
}

static int pin_as_child(const void *arg)
{
	const struct vu *u = arg;

	set_ipc_lock(true);
	set_limit(RLIM_INFINITY);
	return -strict_pin(u->device, IOVA + HELD, SZ_4K);
}

/* Whoever pins: the limit and the capability are those of who has mapped. */
static void limits(const struct vu *u)
{
	char *memory = fresh_memory(NULL, SIZE, 'a');
	struct ledger before = ledger_now();

	set_limit(HELD + before.locked * KIB);
	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "map");
	returns(strict_pin_kthread(u->device, IOVA, HELD), 0,
		"T6: a kernel thread pins up to the limit of who has mapped");
	returns(strict_pin_kthread(u->device, IOVA + HELD, SZ_4K), -ENOMEM,
		"T6: and not a page more");
	is(status_of(spawn(pin_as_child, u)), ENOMEM,
	   "T6: nor does a process that has no limit itself");
	returns(strict_pin_kthread(u->device, IOVA, HELD), 0, "T6: what is pinned is free");
	holds(&before, HELD / SZ_4K, "at the limit");
	need(strict_unpin(u->device, IOVA, HELD) == HELD / SZ_4K, "unpin");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: unmap");

	set_ipc_lock(true);
	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "map");
	set_ipc_lock(false);
	set_limit(0);
	returns(strict_pin(u->device, IOVA, HELD), 0,
		"T6: CAP_IPC_LOCK counts when it was there at the map");
	holds(&before, HELD / SZ_4K, "above the limit");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: unmap");
	ledger_same(&before, "T6: limits: nothing stays");
	munmap(memory, SIZE);
}

/* --- Memory that is exchanged -------------------------------------------------------------- */

static char dma_read(struct edu *edu, uint64_t iova, char *bounce, uint64_t bounce_iova)
{
	*bounce = 0;
	need(!edu_dma(edu, iova, 0, 1, true), "T1: edu reads");
	need(!edu_dma(edu, bounce_iova, 0, 1, false), "T1: edu writes");
	return *bounce;
}

/* Other memory at the same user address: the mapping keeps what it has. */
static void exchanged(const struct check_args *args, const struct vu *u)
{
	char *memory = fresh_memory(NULL, SIZE, 'a'), *bounce = fresh_memory(NULL, SZ_4K, 0);
	struct ledger before = ledger_now();
	struct strict_second second = strict_second(u->container);
	int group, device;
	struct edu edu;

	need(!vu_map(u->container, memory, IOVA, SIZE, VU_RW), "map");
	need(!strict_pin(u->device, IOVA, HELD), "pin");
	fresh_memory(memory, SIZE, 'b');
	need(!strict_pin(second.device, IOVA, SZ_4K), "pin");
	is(strict_read(second.device, IOVA), 'a', "T11: two drivers share a page of the mapping");
	holds(&before, HELD / SZ_4K, "after memory was exchanged that a driver holds");
	group = join(args, u->container);
	holds(&before, PAGES, "when an IOMMU joins after that");

	device = vu_device_open(group, args->device2);
	need(device >= 0 && !edu_open(&edu, device), "the device");
	need(!vu_map(u->container, bounce, IOVA + SIZE, SZ_4K, VU_RW), "map");
	is(dma_read(&edu, IOVA, bounce, IOVA + SIZE), 'a', "T11: a device shares that page, too");
	is(dma_read(&edu, IOVA + HELD, bounce, IOVA + SIZE), 'b', "T11: and has the new ones");
	edu_close(&edu);
	need(vu_unmap(u->container, IOVA + SIZE, SZ_4K) == SZ_4K, "unmap");

	fresh_memory(memory, SIZE, 'c');
	need(!strict_pin(u->device, IOVA + HELD, HELD), "pin");
	is(strict_read(u->device, IOVA + HELD), 'b', "T11: a driver gets the device's pages");
	holds(&before, PAGES, "when a driver pins after memory was exchanged");
	close(device);
	close(group);
	holds(&before, 2 * HELD / SZ_4K, "when the IOMMU leaves");
	close(second.device);
	holds(&before, 2 * HELD / SZ_4K, "when one of two drivers is closed");
	is(vu_unmap(u->container, IOVA, SIZE), SIZE, "T11: unmap");
	ledger_same(&before, "T6: exchanged memory: nothing stays");
	close(second.group);
	munmap(memory, SIZE);
	munmap(bounce, SZ_4K);
}

/* Of many scattered pages drivers get the right ones, however many precede them. */
static void scattered(const struct check_args *args, const struct vu *u)
{
	static const int pages[] = { 0, 1, 2, 253, 254, 255, 256, 257, 400, 509, 510, 511 };
	char *memory = need_memory(VU_4K, SZ_2M);
	const int count = sizeof(pages) / sizeof(pages[0]);
	struct ledger before = ledger_now();
	int i, right = 0, group = join(args, u->container);

	for (i = 0; i < (int)(SZ_2M / SZ_4K); i++)
		memory[i * SZ_4K] = (char)(i % 127);
	need(!vu_map(u->container, memory, IOVA, SZ_2M, VU_RW), "map");
	for (i = 0; i < count; i++) {
		need(!strict_pin(u->device, IOVA + pages[i] * SZ_4K, SZ_4K), "pin");
		right += strict_read(u->device, IOVA + pages[i] * SZ_4K) == pages[i] % 127;
	}
	is(right, count, "T11: a driver gets the right pages of many");
	holds(&before, SZ_2M / SZ_4K, "of many that a driver shares");
	close(group);
	holds(&before, count, "when only the driver's are left of many");
	need(join(args, u->container) == group, "the group joins again");
	holds(&before, SZ_2M / SZ_4K, "when the others are back");
	close(group);
	is(vu_unmap(u->container, IOVA, SZ_2M), SZ_2M, "T11: unmap");
	ledger_same(&before, "T6: many pages: nothing stays");
	vu_free(memory, SZ_2M);
}

/* --- Memory that is exchanged while it is pinned --------------------------------------------- */

/**
 * struct exchange - a request about a page that waits, a middle part, and one more such page
 * @container: fd
 * @group: that joins @container, or -1 for a map
 * @memory: of both pages and what is between them
 * @doorstop: userfaultfd of both pages
 */
struct exchange {
	int container;
	int group;
	char *memory;
	int doorstop;
};

#define EXCHANGE_SIZE (BAR_SIZE + 2 * SZ_4K)

static int64_t run_exchange(void *arg)
{
	const struct exchange *x = arg;

	if (x->group >= 0)
		return vu_set_container(x->group, x->container);
	return vu_map(x->container, x->memory, IOVA, EXCHANGE_SIZE, VU_RW);
}

static int withhold(char *first, char *last)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register ranges[] = {
		{ { (uintptr_t)first, SZ_4K }, UFFDIO_REGISTER_MODE_MISSING, 0 },
		{ { (uintptr_t)last, SZ_4K }, UFFDIO_REGISTER_MODE_MISSING, 0 },
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	need(fd >= 0 && !ioctl(fd, UFFDIO_API, &api), "userfaultfd");
	need(!ioctl(fd, UFFDIO_REGISTER, &ranges[0]) && !ioctl(fd, UFFDIO_REGISTER, &ranges[1]),
	     "userfaultfd of two pages");
	return fd;
}

/* Does the request wait for the page? False if it has ended. */
static bool waits_for(const struct exchange *x, const struct request *request, const char *page)
{
	struct pollfd fault = { x->doorstop, POLLIN, 0 };
	struct uffd_msg message;

	for (;;) {
		if (poll(&fault, 1, 20) == 1 &&
		    read(x->doorstop, &message, sizeof(message)) == sizeof(message) &&
		    message.event == UFFD_EVENT_PAGEFAULT &&
		    (message.arg.pagefault.address & ~(SZ_4K - 1)) == (uintptr_t)page)
			return true;
		if (request->over)
			return false;
	}
}

static void give(const struct exchange *x, char *page)
{
	static const char zeros[SZ_4K] __attribute__((aligned(SZ_4K)));
	struct uffdio_copy copy = { (uintptr_t)page, (uintptr_t)zeros, SZ_4K, 0, 0 };

	need(!ioctl(x->doorstop, UFFDIO_COPY, &copy), "UFFDIO_COPY");
}

/* A BAR, through sysfs, at an address. */
static char *bar_at(const struct check_args *args, char *where)
{
	char path[128], *bar;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource0", args->device2);
	fd = open(path, O_RDWR | O_CLOEXEC);
	need(fd >= 0, "open %s", path);
	bar = mmap(where, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | (where ? MAP_FIXED : 0),
		   fd, 0);
	need(bar != MAP_FAILED, "mmap %s", path);
	close(fd);
	return bar;
}

static void exchange(const struct check_args *args, struct exchange *x, bool from_bar, int want,
		     const char *what)
{
	struct ledger before = ledger_now();
	struct request request;
	long pinned, charged;
	char *middle, *last;

	x->memory = mmap(NULL, EXCHANGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	need(x->memory != MAP_FAILED && !madvise(x->memory, EXCHANGE_SIZE, MADV_NOHUGEPAGE),
	     "mmap");
	middle = x->memory + SZ_4K;
	last = middle + BAR_SIZE;
	if (from_bar)
		bar_at(args, middle);
	x->doorstop = withhold(x->memory, last);
	if (x->group >= 0)
		need(!vu_map(x->container, x->memory, IOVA, EXCHANGE_SIZE, VU_RW), "map");
	request_start(&request, run_exchange, x);
	need(waits_for(x, &request, x->memory), "T6: %s waits for its first page", what);
	if (from_bar)
		fresh_memory(middle, BAR_SIZE, 'b');
	else
		bar_at(args, middle);
	give(x, x->memory);
	if (waits_for(x, &request, last))
		note("it waits for its last page");
	pinned = pinned_since(&before);
	charged = charged_since(&before);
	ok(pinned <= charged, "T6: %s: memory is exchanged, and no page is pinned without a charge",
	   what);
	note("%ld pages are pinned, %ld are charged", pinned, charged);
	if (!request.over)
		give(x, last);
	returns(request_end(&request), want, "T6: %s: its end", what);
	is(pinned_since(&before), charged_since(&before),
	   "T6: %s: as much is charged as is pinned in the end", what);
	vu_unmap_all(x->container);
	ledger_same(&before, "T6: %s: nothing stays", what);
	close(x->doorstop);
	munmap(x->memory, EXCHANGE_SIZE);
}

/* Before 6.4 pinning holds the mmap lock while it waits: nothing is exchanged meanwhile. */
static bool can_exchange(void)
{
	int fd = open("/proc/sys/kernel/osrelease", O_RDONLY | O_CLOEXEC), major = 0, minor = 0;
	char text[64] = "";

	need(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 &&
		     sscanf(text, "%d.%d", &major, &minor) == 2,
	     "the kernel's release");
	close(fd);
	return major > 6 || (major == 6 && minor >= 4);
}

static void exchanged_meanwhile(const struct check_args *args, const struct vu *u)
{
	struct exchange x = { .container = vu_container_open(), .group = -1 };
	int group = vu_group_open(args->group2);

	need(group >= 0 && x.container >= 0, "group %s", args->group2);
	need(!vu_set_container(group, x.container) &&
		     !vu_set_iommu(x.container, VFIO_TYPE1v2_IOMMU),
	     "container");
	exchange(args, &x, true, -ENOMEM, "a map of a BAR that becomes memory");
	set_ipc_lock(true);
	exchange(args, &x, true, 0, "the same with CAP_IPC_LOCK");
	exchange(args, &x, false, 0, "a map of memory that becomes a BAR");
	set_ipc_lock(false);
	close(group);
	close(x.container);

	x.container = u->container;
	x.group = vu_group_open(args->group2);
	need(x.group >= 0, "group %s", args->group2);
	exchange(args, &x, true, -ENOMEM, "a late IOMMU and a BAR that becomes memory");
	close(x.group);
}

void check_charge(const struct check_args *args)
{
	struct ledger before = ledger_now();
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	size_t i;

	set_ipc_lock(false);
	for (i = 0; i < 2 * sizeof(orders) / sizeof(orders[0]); i++) {
		/* Just enough if nothing is charged twice. */
		set_limit(SIZE + before.locked * KIB);
		order(args, &u, orders[i / 2], i % 2);
	}
	limits(&u);
	set_limit(SIZE + SZ_4K + before.locked * KIB);
	exchanged(args, &u);
	set_limit(LIMIT + before.locked * KIB);
	if (can_exchange())
		exchanged_meanwhile(args, &u);
	else
		skip("pinning holds the mmap lock", "T6: memory is exchanged under a request");
	set_ipc_lock(true);
	scattered(args, &u);
	vu_close(&u);
	ledger_same(&before, "T6: nothing is left");
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every call of the kernel that an operation makes fails once, and each time nothing
 * may be left. Needs modules that let tests do that; see drivers/vfio/debug/fault_inject.h.
 * Or every allocation does, of the modules and on their behalf: needs a kernel with
 * fail-nth, whose allocations elsewhere do not fail; see suites/alloc_fails.sh.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../modules/vfio_test_emulated.h"
#include "check.h"
#include "pci_user.h"

#define KNOB	  "/sys/module/vfio/parameters/fault_inject"
#define FAIL_NTH  "/proc/self/fail-nth"
#define IOVA	  (16 * SZ_1M)
#define BAR_IOVA  (64 * SZ_1M)
#define SMALL	  SZ_64K
#define LARGE	  (2 * SZ_2M)
#define CALLS_MAX 1000

/**
 * struct scene - what an operation works on
 * @args: the devices
 * @u: the first one's container, group and device; VU_CLOSED where @run opens them
 * @memory: to be mapped
 * @size: of it
 * @group: of the second device, or -1
 * @event: an eventfd, or -1
 */
struct scene {
	const struct check_args *args;
	struct vu u;
	void *memory;
	size_t size;
	int group;
	int event;
};

/**
 * struct operation - something that may fail, and how to undo it
 * @name: for the tests
 * @run: returns 0 or more, or a negative errno
 * @undo: after a @run that succeeded
 * @before: failures armed besides, or NULL
 * @overcome: it succeeds whichever allocation fails, as there is another way
 */
struct operation {
	const char *name;
	int (*run)(struct scene *s);
	void (*undo)(struct scene *s);
	const char *before;
	bool overcome;
};

/* FAIL_NTH where allocations fail, or -1. */
static int fail_nth = -1;

static void arm(const struct operation *op, int count)
{
	int fd;

	if (fail_nth >= 0) {
		need(dprintf(fail_nth, "%d", count) > 0, "write " FAIL_NTH);
		return;
	}
	fd = open(KNOB, O_WRONLY | O_CLOEXEC);
	need(fd >= 0, "open " KNOB);
	need(dprintf(fd, "%d%s%s", count, op->before ? "," : "", op->before ?: "") > 0,
	     "write " KNOB);
	close(fd);
}

/* Calls that were left to the failure; @failed gets the function that failed. */
static int disarm(char failed[static 64])
{
	char line[256] = "";
	int fd, left = -1;

	if (fail_nth >= 0) {
		strcpy(failed, "an allocation");
		need(pread(fail_nth, line, sizeof(line) - 1, 0) > 0 &&
			     sscanf(line, "%d", &left) == 1 && write(fail_nth, "0", 1) == 1,
		     "read and write " FAIL_NTH);
		return left;
	}
	fd = open(KNOB, O_RDWR | O_CLOEXEC);
	need(fd >= 0, "open " KNOB);
	need(read(fd, line, sizeof(line) - 1) > 0 && sscanf(line, "%d %63s", &left, failed) == 2,
	     "read " KNOB);
	need(write(fd, "0", 1) == 1, "write " KNOB);
	close(fd);
	return left;
}

static void every_call_fails(const struct operation *op, struct scene *s)
{
	struct ledger before = ledger_now(), after;
	int count, ret, left, refused = 0;
	char failed[64];

	for (count = 1; count < CALLS_MAX; count++) {
		arm(op, count);
		ret = op->run(s);
		left = disarm(failed);
		if (left)
			break;
		/* Some failures are overcome, some are of use to nobody. */
		if (ret < 0)
			refused++;
		else
			op->undo(s);
		ledger_same(&before, "T5: %s leaves nothing when %s fails (call %d, result %d)",
			    op->name, failed, count, ret);
	}
	ok(op->overcome ? !refused : refused,
	   "T5: %s is %s when something in it fails (%d of %d times)", op->name,
	   op->overcome ? "not refused" : "refused", refused, count - 1);
	ok(left && ret >= 0, "T5: %s succeeds when nothing fails", op->name);
	if (ret >= 0)
		op->undo(s);
	ledger_same(&before, "T5: %s can be undone", op->name);
	after = ledger_now();
	note("%s: %d injections, %d refused; left over: %ld pages pinned, %ld KiB locked", op->name,
	     count - 1, refused, after.pinned - before.pinned, after.locked - before.locked);
}

static int map(struct scene *s)
{
	return vu_map(s->u.container, s->memory, IOVA, s->size, VU_RW);
}

static void unmap(struct scene *s)
{
	is(vu_unmap(s->u.container, IOVA, s->size), s->size, "T1: what was mapped is unmapped");
}

static int open_all(struct scene *s)
{
	return vu_open(&s->u, s->args->group, s->args->device, VFIO_TYPE1v2_IOMMU);
}

static void close_all(struct scene *s)
{
	vu_close(&s->u);
}

static int join(struct scene *s)
{
	return vu_set_container(s->group, s->u.container);
}

static void leave(struct scene *s)
{
	returns(vu_unset_container(s->group), 0, "C6: the second group leaves");
}

static int set_msi(struct scene *s)
{
	int event = event_new(), ret;

	need(event >= 0, "eventfd");
	ret = pci_set_triggers(s->u.device, VFIO_PCI_MSI_IRQ_INDEX, 0, 1, &event);
	close(event);
	return ret;
}

static void clear_msi(struct scene *s)
{
	returns(pci_irqs_off(s->u.device, VFIO_PCI_MSI_IRQ_INDEX), 0, "P3: MSI is turned off");
}

static int set_intx(struct scene *s)
{
	return pci_set_triggers(s->u.device, VFIO_PCI_INTX_IRQ_INDEX, 0, 1, &s->event);
}

static void clear_intx(struct scene *s)
{
	returns(pci_irqs_off(s->u.device, VFIO_PCI_INTX_IRQ_INDEX), 0, "P3: INTx is turned off");
}

static int set_unmasker(struct scene *s)
{
	return pci_set_irqs(s->u.device, VFIO_PCI_INTX_IRQ_INDEX,
			    VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_UNMASK, 0, 1,
			    &s->event);
}

static void clear_unmasker(struct scene *s)
{
	int32_t none = -1;

	returns(pci_set_irqs(s->u.device, VFIO_PCI_INTX_IRQ_INDEX,
			     VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_UNMASK, 0, 1, &none),
		0, "P3: the eventfd that unmasks INTx is forgotten");
}

static void nothing(struct scene *s)
{
	(void)s;
}

static int get_info(struct scene *s)
{
	struct vfio_iommu_type1_info *info = vu_iommu_info(s->u.container);
	int ret = info ? 0 : -errno;

	free(info);
	return ret;
}

static int track(struct scene *s, uint32_t flags)
{
	struct vfio_iommu_type1_dirty_bitmap dirty = { .argsz = sizeof(dirty), .flags = flags };

	return vu_ioctl(s->u.container, VFIO_IOMMU_DIRTY_PAGES, &dirty);
}

static int get_bitmap(struct scene *s)
{
	__u64 bits = 0;
	struct {
		struct vfio_iommu_type1_dirty_bitmap head;
		struct vfio_iommu_type1_dirty_bitmap_get get;
	} r = {
		.head = { .argsz = sizeof(r), .flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP },
		.get = { .iova = IOVA,
			 .size = SMALL,
			 .bitmap = { .pgsize = SZ_4K, .size = sizeof(bits), .data = &bits } },
	};

	return vu_ioctl(s->u.container, VFIO_IOMMU_DIRTY_PAGES, &r);
}

static int unmap_with_bitmap(struct scene *s)
{
	__u64 bits = 0;
	struct {
		struct vfio_iommu_type1_dma_unmap head;
		struct vfio_bitmap bitmap;
	} r = {
		.head = { .argsz = sizeof(r),
			  .flags = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP,
			  .iova = IOVA,
			  .size = SMALL },
		.bitmap = { .pgsize = SZ_4K, .size = sizeof(bits), .data = &bits },
	};

	return vu_ioctl(s->u.container, VFIO_IOMMU_UNMAP_DMA, &r);
}

static void map_again(struct scene *s)
{
	need(!map(s), "map");
}

static int listen_for_write(struct scene *s)
{
	struct vfio_device_ioeventfd io = { .argsz = sizeof(io),
					    .flags = VFIO_DEVICE_IOEVENTFD_32,
					    .data = 1 };
	struct vfio_region_info info;

	need(!vu_region_info(s->u.device, VFIO_PCI_BAR0_REGION_INDEX, &info), "P1: region info");
	io.offset = info.offset;
	io.fd = s->event;
	return vu_ioctl(s->u.device, VFIO_DEVICE_IOEVENTFD, &io);
}

static void stop_listening(struct scene *s)
{
	int event = s->event;

	s->event = -1;
	returns(listen_for_write(s), 0, "P6: the write is forgotten");
	s->event = event;
}

static int set_request_event(struct scene *s)
{
	return pci_set_triggers(s->u.device, VFIO_PCI_REQ_IRQ_INDEX, 0, 1, &s->event);
}

static void clear_request_event(struct scene *s)
{
	returns(pci_irqs_off(s->u.device, VFIO_PCI_REQ_IRQ_INDEX), 0,
		"P3: the eventfd of requests is forgotten");
}

static int pin(struct scene *s)
{
	struct vfio_test_range range = { .iova = IOVA, .size = 4 * SZ_4K, .prot = 3 };

	return vu_ioctl(s->u.device, VFIO_TEST_PIN, &range);
}

static void unpin(struct scene *s)
{
	struct vfio_test_range range = { .iova = IOVA, .size = 4 * SZ_4K };

	is(vu_ioctl(s->u.device, VFIO_TEST_UNPIN, &range), 1, "T11: what was pinned is given back");
}

static void maps(struct scene *s)
{
	enum vu_kind kind;
	char name[64];
	const struct operation op = { name, map, unmap, .before = NULL };

	for (kind = 0; kind < VU_KINDS; kind++) {
		snprintf(name, sizeof(name), "a map of %s memory", vu_kind_names[kind]);
		s->size = kind == VU_4K ? SMALL : LARGE;
		s->memory = need_memory(kind, s->size);
		every_call_fails(&op, s);
		vu_free(s->memory, s->size);
	}
}

/* The memory is a BAR of the second device. */
static void map_bar(struct scene *s)
{
	const struct check_args second = { .group = s->args->group2, .device = s->args->device2 };
	const struct operation op = { "a map of a BAR", map, unmap, .before = NULL };
	struct vu u = need_open(&second, VFIO_TYPE1v2_IOMMU);
	struct vfio_region_info info;

	need(!vu_region_info(u.device, VFIO_PCI_BAR0_REGION_INDEX, &info), "P1: region info");
	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0), "P1: command register");
	s->size = info.size;
	s->memory =
		mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, u.device, info.offset);
	need(s->memory != MAP_FAILED, "P1: mmap of BAR 0");
	every_call_fails(&op, s);
	munmap(s->memory, s->size);
	vu_close(&u);
}

/* The IOMMU refuses to let the groups share a domain: mappings are replayed. */
static void replay(struct scene *s)
{
	const struct operation op = { "a late group with a domain of its own", join, leave,
				      .before = "1 iommu_attach_group" };
	char *memory = need_memory(VU_4K, SMALL), *huge = need_memory(VU_THP, LARGE);
	struct ledger before;

	need(!vu_map(s->u.container, memory, IOVA, SMALL, VU_RW), "map");
	need(!vu_map(s->u.container, huge, 2 * IOVA, LARGE, VU_RW), "map");
	s->group = vu_group_open(s->args->group2);
	need(s->group >= 0, "the second group opens");
	before = ledger_now();
	every_call_fails(&op, s);
	ledger_same(&before, "T7: the mappings are what they were");
	is(vu_unmap_all(s->u.container), SMALL + LARGE, "T7: and are all still there");
	close(s->group);
	vu_free(memory, SMALL);
	vu_free(huge, LARGE);
}

/* The group shares the domain of the first one. */
static void late(struct scene *s)
{
	const struct operation op = { "a late group", join, leave, .before = NULL };

	s->group = vu_group_open(s->args->group2);
	need(s->group >= 0, "the second group opens");
	every_call_fails(&op, s);
	close(s->group);
}

static void interrupts(const struct check_args *args)
{
	const struct operation msi = { "turning MSI on", set_msi, clear_msi, .before = NULL };
	const struct operation intx = { "turning INTx on", set_intx, clear_intx, .before = NULL };
	const struct operation unmasker = { "an eventfd that unmasks INTx", set_unmasker,
					    clear_unmasker, .before = NULL };
	struct scene s = { .args = args,
			   .u = need_open(args, VFIO_TYPE1v2_IOMMU),
			   .event = event_new() };

	need(s.event >= 0, "eventfd");
	every_call_fails(&msi, &s);
	every_call_fails(&intx, &s);
	need(!set_intx(&s), "INTx");
	every_call_fails(&unmasker, &s);
	vu_close(&s.u);
	close(s.event);
}

void check_fault_inject(const struct check_args *args)
{
	const struct operation open = { "opening container, group and device", open_all, close_all,
					.before = NULL };
	struct scene s = { .args = args, .u = VU_CLOSED, .group = -1 };

	every_call_fails(&open, &s);
	s.u = need_open(args, VFIO_TYPE1v2_IOMMU);
	maps(&s);
	map_bar(&s);
	if (fail_nth < 0)
		replay(&s);
	else
		late(&s);
	vu_close(&s.u);
	if (fail_nth < 0)
		interrupts(args);
}

/* The first device is one that the test module emulates. */
void check_emulated_fault_inject(const struct check_args *args)
{
	const struct operation open = { "opening an emulated device", open_all, close_all,
					.before = NULL };
	const struct operation pins = { "pinning for an emulated device", pin, unpin,
					.before = NULL };
	const struct operation late = { "a first group with an IOMMU", join, leave,
					.before = NULL };
	struct scene s = { .args = args, .u = VU_CLOSED, .size = SMALL };

	every_call_fails(&open, &s);
	s.memory = need_memory(VU_4K, SMALL);
	s.u = need_open(args, VFIO_TYPE1v2_IOMMU);
	need(!map(&s), "map");
	every_call_fails(&pins, &s);
	s.group = vu_group_open(args->group2);
	need(s.group >= 0, "the second group opens");
	every_call_fails(&late, &s);
	close(s.group);
	vu_close(&s.u);
	vu_free(s.memory, SMALL);
}

static void allocations_fail(void)
{
	fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	need(fail_nth >= 0, "open " FAIL_NTH);
}

/* Requests in which nothing but allocations fails. */
static void requests(const struct check_args *args)
{
	static const struct operation operations[] = {
		{ "VFIO_IOMMU_GET_INFO", get_info, nothing, NULL, .overcome = true },
		{ "a bitmap of dirty pages", get_bitmap, nothing, .before = NULL },
		{ "an unmap with its bitmap", unmap_with_bitmap, map_again, .before = NULL },
		{ "an ioeventfd", listen_for_write, stop_listening, .before = NULL },
		{ "an eventfd of requests", set_request_event, clear_request_event,
		  .before = NULL },
	};
	struct scene s = { .args = args,
			   .u = need_open(args, VFIO_TYPE1v2_IOMMU),
			   .memory = need_memory(VU_4K, SMALL),
			   .size = SMALL,
			   .group = -1,
			   .event = event_new() };
	size_t i;

	need(s.event >= 0, "eventfd");
	need(!map(&s) && !track(&s, VFIO_IOMMU_DIRTY_PAGES_FLAG_START), "map and track");
	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		every_call_fails(&operations[i], &s);
	vu_close(&s.u);
	close(s.event);
	vu_free(s.memory, SMALL);
}

void check_alloc_fails(const struct check_args *args)
{
	allocations_fail();
	check_fault_inject(args);
	requests(args);
}

static int write_driver(const char *file, const char *device)
{
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/vfio-pci/%s", file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = write(fd, device, strlen(device)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static int bind(struct scene *s)
{
	return write_driver("bind", s->args->device);
}

static void unbind(struct scene *s)
{
	returns(write_driver("unbind", s->args->device), 0, "C9: the device is unbound");
}

static int read_rom(struct scene *s)
{
	char letters[64];

	return (int)pci_read(s->u.device, VFIO_PCI_ROM_REGION_INDEX, 0, letters, sizeof(letters));
}

static int reset_bus(struct scene *s)
{
	struct {
		struct vfio_pci_hot_reset head;
		int32_t group;
	} request = { .head = { .argsz = sizeof(request), .count = 1 }, .group = s->u.group };

	return vu_ioctl(s->u.device, VFIO_DEVICE_PCI_HOT_RESET, &request);
}

/* The first device is alone on its bus, the second one has a ROM. */
void check_pci_alloc_fails(const struct check_args *args)
{
	const struct check_args second = { .group = args->group2, .device = args->device2 };
	const struct operation binding = { "binding a device", bind, unbind, .before = NULL };
	const struct operation reset = { "a reset of a bus", reset_bus, nothing, .before = NULL };
	const struct operation rom = { "reading a ROM", read_rom, nothing, .before = NULL };
	struct scene s = { .args = args };

	allocations_fail();
	unbind(&s);
	every_call_fails(&binding, &s);
	need(!bind(&s), "bind");
	s.u = need_open(args, VFIO_TYPE1v2_IOMMU);
	every_call_fails(&reset, &s);
	vu_close(&s.u);
	s.u = need_open(&second, VFIO_TYPE1v2_IOMMU);
	need(!vu_pci_command(s.u.device, PCI_COMMAND_MEMORY, 0), "P1: command register");
	every_call_fails(&rom, &s);
	vu_close(&s.u);
}

void check_irq_alloc_fails(const struct check_args *args)
{
	allocations_fail();
	interrupts(args);
}

void check_emulated_alloc_fails(const struct check_args *args)
{
	allocations_fail();
	check_emulated_fault_inject(args);
}

/* Added regions of 64 KiB, every 128 KiB from here on; as many as the suite has asked for. */
#define HOLES	   1000
#define HOLES_IOVA (1UL << 32)
#define HOLE_STEP  (2 * SZ_64K)

/* An IOMMU that has many holes: the user is told of each of them. */
void check_many_ranges(const struct check_args *args)
{
	const struct vfio_iommu_type1_info_cap_iova_range *cap;
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	void *memory = need_memory(VU_4K, SZ_64K);
	struct vfio_iommu_type1_info *info;
	uint32_t i, right;

	info = vu_iommu_info(u.container);
	ok(info, "T8: information about an IOMMU with %d reserved regions", HOLES);
	need(info, "VFIO_IOMMU_GET_INFO");
	cap = vu_iommu_cap(info, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE);
	need(cap, "ranges of IOVAs");
	ok(cap->nr_iovas > HOLES, "T8: there are more ranges than regions");
	note("%u ranges, %u bytes", cap->nr_iovas, info->argsz);
	for (i = 0, right = 0; i < cap->nr_iovas; i++)
		right += cap->iova_ranges[i].start >= HOLES_IOVA &&
			 (cap->iova_ranges[i].start - SZ_64K) % HOLE_STEP == 0;
	is(right, HOLES, "T8: a range begins behind each of them");
	ok(vu_iommu_cap(info, VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL) &&
		   vu_iommu_cap(info, VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION),
	   "T8: the other capabilities follow");
	returns(vu_map(u.container, memory, HOLES_IOVA + (HOLES - 1) * HOLE_STEP, SZ_4K, VU_RW),
		-EINVAL, "T8: the last region cannot be mapped");
	returns(vu_map(u.container, memory, HOLES_IOVA + (HOLES - 1) * HOLE_STEP - SZ_64K, SZ_64K,
		       VU_RW),
		0, "T8: what is before it can");
	free(info);
	vu_free(memory, SZ_64K);
	vu_close(&u);
}

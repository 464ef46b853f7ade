// SPDX-License-Identifier: GPL-2.0-only
/* SET_IRQS: every kind of data and action on every index, with interrupts off and on. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "abi.h"

#define EVENTS 8

#define NONE	 VFIO_IRQ_SET_DATA_NONE
#define BOOL	 VFIO_IRQ_SET_DATA_BOOL
#define EVENTFD	 VFIO_IRQ_SET_DATA_EVENTFD
#define MASK	 VFIO_IRQ_SET_ACTION_MASK
#define UNMASK	 VFIO_IRQ_SET_ACTION_UNMASK
#define TRIGGER	 VFIO_IRQ_SET_ACTION_TRIGGER
#define ARGS_MAX 256

static const char *const index_names[] = { "intx", "msi", "msix", "err", "req", "none" };

/**
 * struct range - of the interrupts of an index
 * @start: the first one
 * @count: how many
 * @name: both in words
 */
struct range {
	uint32_t start, count;
	const char *name;
};

static int events[EVENTS];

static int request(int device, uint32_t argsz, uint32_t flags, uint32_t index, uint32_t start,
		   uint32_t count, const void *data, size_t size)
{
	static char buffer[sizeof(struct vfio_irq_set) + ARGS_MAX];
	struct vfio_irq_set *set = (void *)buffer;

	memset(buffer, 0, sizeof(buffer));
	set->argsz = argsz;
	set->flags = flags;
	set->index = index;
	set->start = start;
	set->count = count;
	if (size)
		memcpy(set->data, data, size);
	return vu_ioctl(device, VFIO_DEVICE_SET_IRQS, set);
}

#define HEAD sizeof(struct vfio_irq_set)

/* With data as large as flags and count want. */
static int fitting(int device, uint32_t flags, uint32_t index, uint32_t start, uint32_t count)
{
	static const char ones[ARGS_MAX] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	const void *data = flags & EVENTFD ? (const void *)events : ones;
	size_t size = 0;

	if (flags & BOOL)
		size = count;
	if (flags & EVENTFD)
		size = count * sizeof(int32_t);
	if (size > sizeof(events))
		size = sizeof(events);
	return request(device, HEAD + size, flags, index, start, count, data, size);
}

static int off(int device, uint32_t index)
{
	return fitting(device, NONE | TRIGGER, index, 0, 0);
}

/* Clears what is unread of all events, and says which had something. */
static void detail_events(void)
{
	uint64_t count, said = 0;
	int i;

	for (i = 0; i < EVENTS; i++)
		if (read(events[i], &count, sizeof(count)) == sizeof(count))
			said |= 1U << i;
	if (said)
		detail("events=%lx", said);
}

/* Before each request the interrupts of @index are off, or @on of them have an event. */
static void prepare(int device, uint32_t index, uint32_t on)
{
	off(device, index);
	if (on)
		need(!fitting(device, EVENTFD | TRIGGER, index, 0, on), "interrupts on");
}

static uint32_t count_of(int device, uint32_t index)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = index };

	return vu_ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info) ? 0 : info.count;
}

/* Every combination of data and action, each with all ranges. */
static void combinations(int device, uint32_t index, uint32_t on)
{
	static const uint32_t data[] = { 0, NONE, BOOL, EVENTFD, NONE | EVENTFD, BOOL | EVENTFD };
	static const uint32_t actions[] = {
		0, MASK, UNMASK, TRIGGER, MASK | TRIGGER, MASK | UNMASK
	};
	const uint32_t max = count_of(device, index);
	const struct range ranges[] = {
		{ 0, 0, "0+0" },      { 0, 1, "0+1" },		{ 1, 0, "1+0" },
		{ 1, 1, "1+1" },      { 0, 2, "0+2" },		{ max, 1, "max+1" },
		{ max, 0, "max+0" },  { 0, max + 1, "0+more" }, { 0, -1U, "0+huge" },
		{ -1U, 1, "huge+1" },
	};
	size_t d, a, r;

	for (d = 0; d < ARRAY_SIZE(data); d++) {
		for (a = 0; a < ARRAY_SIZE(actions); a++) {
			for (r = 0; r < ARRAY_SIZE(ranges); r++) {
				prepare(device, index, on);
				detail_result(ranges[r].name,
					      fitting(device, data[d] | actions[a], index,
						      ranges[r].start, ranges[r].count));
				detail_events();
			}
			off(device, index);
			answer(0, "%s-data-%u-action-%u", index_names[index], data[d],
			       actions[a] >> 3);
		}
	}
}

/* The same where there is no interrupt: all are alike. */
static void no_combinations(int device, uint32_t index)
{
	uint32_t flags, count;

	for (flags = 0; flags < 64; flags++)
		for (count = 0; count < 3; count++)
			gather(fitting(device, flags, index, 0, count));
	answer_gathered("%s-combinations", index_names[index]);
}

static void sizes(int device, uint32_t index)
{
	static const uint32_t argsz[] = { 0, 4, 19, 20, 21, 23, 24, 25, 28, 64, 0xffffffff };
	static const uint32_t data[] = { NONE, BOOL, EVENTFD };
	size_t i, d;
	uint32_t bit;

	for (d = 0; d < ARRAY_SIZE(data); d++) {
		for (i = 0; i < ARRAY_SIZE(argsz); i++) {
			prepare(device, index, 0);
			detail_result("off", request(device, argsz[i], data[d] | TRIGGER, index, 0,
						     0, events, 4));
			prepare(device, index, 0);
			answer(request(device, argsz[i], data[d] | TRIGGER, index, 0, 1, events, 4),
			       "%s-data-%u-argsz-%u", index_names[index], data[d], argsz[i]);
		}
	}
	for (bit = 6; bit < 32; bit++) {
		prepare(device, index, 0);
		gather(fitting(device, EVENTFD | TRIGGER | 1U << bit, index, 0, 1));
	}
	answer_gathered("%s-flags-above", index_names[index]);
	off(device, index);
}

static void fds(int device, uint32_t index)
{
	const struct {
		const char *name;
		int fd;
	} cases[] = {
		{ "minus-1", -1 }, { "minus-2", -2 },	 { "closed", 9999 },
		{ "null", 0 },	   { "device", device }, { "good", events[0] },
	};
	static const uint32_t actions[] = { MASK, UNMASK, TRIGGER };
	size_t i, a;

	for (a = 0; a < ARRAY_SIZE(actions); a++) {
		for (i = 0; i < ARRAY_SIZE(cases); i++) {
			prepare(device, index, 0);
			detail_result("on-off", request(device, HEAD + 4, EVENTFD | actions[a],
							index, 0, 1, &cases[i].fd, 4));
			prepare(device, index, 1);
			answer(request(device, HEAD + 4, EVENTFD | actions[a], index, 0, 1,
				       &cases[i].fd, 4),
			       "%s-action-%u-fd-%s", index_names[index], actions[a] >> 3,
			       cases[i].name);
		}
	}
	off(device, index);
}

/* Steps that depend on what was before. */
static void sequences(int device, uint32_t index)
{
	const char *name = index_names[index];
	int pair[2] = { events[0], events[1] }, gap[2] = { -1, events[1] };
	int bad[2] = { events[0], 9999 }, same[2] = { events[0], events[0] };
	uint8_t bools[2] = { 0, 1 };

	off(device, index);
	answer(off(device, index), "%s-off-when-off", name);
	answer(fitting(device, EVENTFD | TRIGGER, index, 0, 1), "%s-one", name);
	answer(fitting(device, NONE | TRIGGER, index, 0, 1), "%s-loopback", name);
	detail_events();
	answer(fitting(device, NONE | MASK, index, 0, 1), "%s-mask", name);
	answer(fitting(device, NONE | MASK, index, 0, 1), "%s-mask-twice", name);
	answer(fitting(device, NONE | TRIGGER, index, 0, 1), "%s-loopback-masked", name);
	detail_events();
	answer(fitting(device, NONE | UNMASK, index, 0, 1), "%s-unmask", name);
	answer(fitting(device, NONE | UNMASK, index, 0, 1), "%s-unmask-twice", name);
	answer(request(device, HEAD + 1, BOOL | MASK, index, 0, 1, bools, 1), "%s-mask-false",
	       name);
	answer(request(device, HEAD + 1, BOOL | TRIGGER, index, 0, 1, bools, 1), "%s-trigger-false",
	       name);
	detail_events();
	answer(request(device, HEAD + 1, BOOL | TRIGGER, index, 0, 1, bools + 1, 1),
	       "%s-trigger-true", name);
	detail_events();
	answer(fitting(device, EVENTFD | UNMASK, index, 0, 1), "%s-unmask-event", name);
	answer(fitting(device, EVENTFD | UNMASK, index, 0, 1), "%s-unmask-event-twice", name);
	answer(fitting(device, EVENTFD | MASK, index, 0, 1), "%s-mask-event", name);
	answer(fitting(device, EVENTFD | TRIGGER, index, 0, 1), "%s-one-again", name);
	answer(request(device, HEAD + 8, EVENTFD | TRIGGER, index, 0, 2, pair, 8), "%s-grow", name);
	answer(fitting(device, NONE | TRIGGER, index, 0, 2), "%s-loopback-two", name);
	detail_events();
	answer(request(device, HEAD + 8, EVENTFD | TRIGGER, index, 0, 2, gap, 8), "%s-gap", name);
	answer(fitting(device, NONE | TRIGGER, index, 0, 2), "%s-loopback-gap", name);
	detail_events();
	answer(request(device, HEAD + 4, EVENTFD | TRIGGER, index, 1, 1, pair, 4), "%s-second",
	       name);
	answer(request(device, HEAD + 4, EVENTFD | TRIGGER, index, 3, 1, pair, 4), "%s-fourth",
	       name);
	answer(fitting(device, NONE | TRIGGER, index, 0, 4), "%s-loopback-four", name);
	detail_events();
	answer(off(device, index), "%s-off", name);
	answer(fitting(device, NONE | TRIGGER, index, 0, 1), "%s-loopback-off", name);
	answer(request(device, HEAD + 8, EVENTFD | TRIGGER, index, 0, 2, bad, 8), "%s-second-bad",
	       name);
	answer(fitting(device, NONE | TRIGGER, index, 0, 1), "%s-loopback-second-bad", name);
	detail_events();
	off(device, index);
	answer(request(device, HEAD + 8, EVENTFD | TRIGGER, index, 0, 2, same, 8), "%s-same-twice",
	       name);
	answer(fitting(device, NONE | TRIGGER, index, 0, 2), "%s-loopback-same", name);
	detail_events();
	off(device, index);
	answer(request(device, HEAD + 8, EVENTFD | TRIGGER, index, 0, 2, gap, 8), "%s-gap-first",
	       name);
	off(device, index);
	answer(request(device, HEAD + 4, EVENTFD | TRIGGER, index, 0, 1, gap, 4), "%s-none-first",
	       name);
	answer(fitting(device, NONE | TRIGGER, index, 0, 1), "%s-loopback-none", name);
	answer(off(device, index), "%s-off-none", name);
	answer(request(device, HEAD + 4, EVENTFD | TRIGGER, index, 1, 1, pair, 4), "%s-start-at-1",
	       name);
	answer(off(device, index), "%s-off-at-end", name);
	detail_events();
}

/* One kind of interrupt while another is on. */
static void others(int device)
{
	uint32_t on, index;

	for (on = 0; on <= VFIO_PCI_REQ_IRQ_INDEX; on++) {
		if (!count_of(device, on))
			continue;
		for (index = 0; index <= VFIO_PCI_REQ_IRQ_INDEX; index++) {
			prepare(device, on, 1);
			detail_result("off", off(device, index));
			prepare(device, on, 1);
			detail_result("mask", fitting(device, NONE | MASK, index, 0, 1));
			detail_result("loopback", fitting(device, NONE | TRIGGER, index, 0, 1));
			detail_result("event", fitting(device, EVENTFD | TRIGGER, index, 0, 1));
			off(device, index);
			answer(off(device, on), "%s-while-%s", index_names[index], index_names[on]);
		}
	}
	detail_events();
}

static void requests(const struct abi_device *device, const char *name)
{
	struct vu u = need_open(device, VFIO_TYPE1v2_IOMMU);
	uint32_t index;

	for (index = 0; index < VFIO_PCI_NUM_IRQS; index++) {
		section("interrupts/%s-off", name);
		sizes(u.device, index);
		if (!count_of(u.device, index)) {
			no_combinations(u.device, index);
			continue;
		}
		combinations(u.device, index, 0);
		fds(u.device, index);
		section("interrupts/%s-sequence", name);
		sequences(u.device, index);
		section("interrupts/%s-one", name);
		combinations(u.device, index, 1);
		if (count_of(u.device, index) > 1) {
			section("interrupts/%s-two", name);
			combinations(u.device, index, 2);
		}
	}
	section("interrupts/%s-bad-index", name);
	for (index = VFIO_PCI_NUM_IRQS; index < 8; index++) {
		answer(request(u.device, HEAD, NONE | TRIGGER, index, 0, 0, NULL, 0), "%u", index);
		answer(request(u.device, HEAD + 4, EVENTFD | TRIGGER, index, 0, 1, events, 4),
		       "%u-event", index);
	}
	answer(request(u.device, HEAD, NONE | TRIGGER, -1U, 0, 0, NULL, 0), "max");
	answer(vu_ioctl(u.device, VFIO_DEVICE_SET_IRQS, NULL), "null");
	section("interrupts/%s-others", name);
	others(u.device);
	vu_close(&u);
}

void abi_interrupts(const struct abi_args *args)
{
	int i;

	for (i = 0; i < EVENTS; i++)
		events[i] = need_fd(eventfd(0, EFD_NONBLOCK), "eventfd");
	requests(&args->edu, "edu");
	requests(&args->nic, "nic");
}

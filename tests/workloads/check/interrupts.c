// SPDX-License-Identifier: GPL-2.0-only
/*
 * Row P3: interrupts of devices, counted.
 *
 * That an interrupt does not come is told without waiting for it: the next one that
 * has to come finds a count of 1.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "edu.h"
#include "pci_user.h"

#define INTX  VFIO_PCI_INTX_IRQ_INDEX
#define MSI   VFIO_PCI_MSI_IRQ_INDEX
#define MSIX  VFIO_PCI_MSIX_IRQ_INDEX
#define ERROR VFIO_PCI_ERR_IRQ_INDEX
#define REQ   VFIO_PCI_REQ_IRQ_INDEX

#define NONE	VFIO_IRQ_SET_DATA_NONE
#define BOOL	VFIO_IRQ_SET_DATA_BOOL
#define EVENTFD VFIO_IRQ_SET_DATA_EVENTFD
#define MASK	VFIO_IRQ_SET_ACTION_MASK
#define UNMASK	VFIO_IRQ_SET_ACTION_UNMASK
#define TRIGGER VFIO_IRQ_SET_ACTION_TRIGGER

#define ROUNDS 20

static int need_event(void)
{
	int fd = event_new();

	need(fd >= 0, "eventfd");
	return fd;
}

static struct vfio_irq_info irq_info(int device, uint32_t index)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = index };

	if (vu_ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info))
		info.count = 0;
	return info;
}

/* Names in a folder; 0 when it is not there. */
static int entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int n = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* Lines of /proc/interrupts that have the text in them. */
static int interrupt_lines(const char *text)
{
	FILE *f = fopen("/proc/interrupts", "re");
	char line[512];
	int n = 0;

	need(f, "open /proc/interrupts");
	while (fgets(line, sizeof(line), f))
		n += !!strstr(line, text);
	fclose(f);
	return n;
}

/* Handlers of the device's interrupts, which the kernel names after it. */
static int irq_handlers(const char *address)
{
	char text[64];

	snprintf(text, sizeof(text), "(%s)", address);
	return interrupt_lines(text);
}

static int mask(int device)
{
	return pci_set_irqs(device, INTX, NONE | MASK, 0, 1, NULL);
}

static int unmask(int device)
{
	return pci_set_irqs(device, INTX, NONE | UNMASK, 0, 1, NULL);
}

/* --- INTx, of edu ---------------------------------------------------------------- */

static void intx_masking(struct edu *edu, int event)
{
	int device = edu->device, round, exact = 0;
	uint8_t no = 0, yes = 1;

	edu_raise(edu, 1);
	is(event_wait(event), 1, "P3: edu raises INTx, and the eventfd is signalled");
	is(edu_raised(edu), 1, "P3: edu says that it did");
	for (round = 0; round < ROUNDS; round++) {
		unmask(device);
		exact += event_wait(event) == 1;
	}
	is(exact, ROUNDS, "P3: INTx masks itself: each unmask of a raised line gives one signal");
	edu_acknowledge(edu, 1);
	returns(unmask(device), 0, "P3: unmask a line that was acknowledged");

	returns(mask(device), 0, "P3: mask INTx");
	edu_raise(edu, 1);
	returns(unmask(device), 0, "P3: unmask it");
	is(event_wait(event), 1, "P3: what was raised behind the mask comes then");
	edu_acknowledge(edu, 1);
	returns(pci_set_irqs(device, INTX, BOOL | UNMASK, 0, 1, &no), 0,
		"P3: unmask with a zero does nothing");
	edu_raise(edu, 1);
	returns(pci_set_irqs(device, INTX, BOOL | UNMASK, 0, 1, &yes), 0, "P3: unmask with a one");
	is(event_wait(event), 1, "P3: lets the interrupt through");
	edu_acknowledge(edu, 1);
	unmask(device);
	returns(pci_set_irqs(device, INTX, BOOL | MASK, 0, 1, &no), 0,
		"P3: mask with a zero does nothing");
	edu_raise(edu, 1);
	is(event_wait(event), 1, "P3: and the interrupt comes");
	edu_acknowledge(edu, 1);
	unmask(device);
}

static void loopback(int device, uint32_t index, int event, const char *what)
{
	uint8_t no = 0, yes = 1;

	returns(pci_loopback(device, index, 0, 1), 0, "P3: trigger %s by ioctl", what);
	is(event_count(event), 1, "P3: signals the eventfd");
	returns(pci_set_irqs(device, index, BOOL | TRIGGER, 0, 1, &no), 0,
		"P3: trigger with a zero");
	is(event_count(event), 0, "P3: does not");
	returns(pci_set_irqs(device, index, BOOL | TRIGGER, 0, 1, &yes), 0,
		"P3: trigger with a one");
	is(event_count(event), 1, "P3: does");
}

static void intx_resample(struct edu *edu, int event)
{
	int device = edu->device, resample = need_event(), round, exact = 0;
	int32_t fd = resample, none = -1;
	const uint64_t one = 1;

	returns(pci_set_irqs(device, INTX, EVENTFD | UNMASK, 0, 1, &fd), 0,
		"P3: an eventfd that unmasks INTx");
	edu_raise(edu, 2);
	is(event_wait(event), 1, "P3: edu raises INTx");
	for (round = 0; round < ROUNDS; round++)
		if (write(resample, &one, sizeof(one)) == sizeof(one))
			exact += event_wait(event) == 1;
	is(exact, ROUNDS, "P3: each signal of it gives one more while the line is raised");
	exact = 0;
	for (round = 0; round < ROUNDS; round++) {
		edu_acknowledge(edu, 2);
		if (write(resample, &one, sizeof(one)) != sizeof(one))
			break;
		edu_raise(edu, 2);
		exact += event_wait(event) == 1;
	}
	is(exact, ROUNDS, "P3: acknowledged, resampled, raised: one signal each time");
	returns(pci_set_irqs(device, INTX, EVENTFD | UNMASK, 0, 1, &none), 0, "P3: take it away");
	need(write(resample, &one, sizeof(one)) == sizeof(one), "write to an eventfd");
	edu_acknowledge(edu, 2);
	edu_raise(edu, 2);
	unmask(device);
	is(event_wait(event), 1, "P3: it no longer unmasks");
	edu_acknowledge(edu, 2);
	unmask(device);
	close(resample);
}

static void intx_disable_bit(struct edu *edu, int event)
{
	int device = edu->device;

	returns(vu_pci_command(device, PCI_COMMAND_INTX_DISABLE, 0), 0,
		"P3: INTx off in the command register");
	edu_raise(edu, 4);
	is(event_count(event), 0, "P3: a raised line does not get through");
	returns(vu_pci_command(device, 0, PCI_COMMAND_INTX_DISABLE), 0, "P3: and on");
	is(event_wait(event), 1, "P3: then it does");
	edu_acknowledge(edu, 4);
	unmask(device);
}

static void intx_swap(struct edu *edu, int event)
{
	int other = need_event();

	returns(pci_set_triggers(edu->device, INTX, 0, 1, &other), 0,
		"P3: another eventfd takes over");
	edu_raise(edu, 1);
	is(event_wait(other), 1, "P3: it is signalled");
	is(event_count(event), 0, "P3: the first one is not");
	edu_acknowledge(edu, 1);
	unmask(edu->device);
	returns(pci_set_triggers(edu->device, INTX, 0, 1, &event), 0, "P3: the first one again");
	edu_raise(edu, 1);
	is(event_wait(event), 1, "P3: is signalled");
	is(event_count(other), 0, "P3: and the other is not");
	edu_acknowledge(edu, 1);
	unmask(edu->device);
	close(other);
}

static void refused(int device, int event)
{
	int32_t fds[2] = { event, event }, wrong = 1000;
	struct vfio_irq_set brief = { .argsz = 8 };
	int plain = open("/dev/null", O_RDWR | O_CLOEXEC);
	const struct {
		int ret;
		const char *what;
	} cases[] = {
		{ pci_set_triggers(device, INTX, 0, 2, fds), "two INTx" },
		{ pci_set_triggers(device, INTX, 1, 1, fds), "a second INTx" },
		{ pci_set_triggers(device, INTX, UINT32_MAX, 1, fds), "a last INTx" },
		{ pci_set_triggers(device, INTX, UINT32_MAX, 2, fds), "a range that wraps" },
		{ pci_set_triggers(device, MSI, 0, 1, fds), "MSI while INTx is on" },
		{ pci_set_triggers(device, MSIX, 0, 1, fds), "MSI-X of a device without" },
		{ pci_set_triggers(device, ERROR, 0, 1, fds), "errors of a device without" },
		{ pci_set_triggers(device, 1000, 0, 1, fds), "interrupts of kind 1000" },
		{ pci_set_triggers(device, INTX, 0, 1, NULL), "data that is too short" },
		{ pci_set_triggers(device, INTX, 0, 1, &plain), "a file that is no eventfd" },
		{ pci_set_irqs(device, INTX, TRIGGER, 0, 1, NULL), "no type of data" },
		{ pci_set_irqs(device, INTX, NONE | EVENTFD | TRIGGER, 0, 1, fds), "two types" },
		{ pci_set_irqs(device, INTX, NONE | TRIGGER | 1U << 20, 0, 1, NULL),
		  "a flag that nobody knows" },
		{ vu_ioctl(device, VFIO_DEVICE_SET_IRQS, &brief), "a short argsz" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		returns(cases[i].ret, -EINVAL, "P3: %s: refused", cases[i].what);
	ok(pci_set_irqs(device, INTX, NONE, 0, 1, NULL) < 0, "P3: no action: refused");
	ok(pci_set_irqs(device, INTX, NONE | MASK | UNMASK, 0, 1, NULL) < 0,
	   "P3: two actions: refused");
	returns(pci_set_triggers(device, INTX, 0, 1, &wrong), -EBADF,
		"P3: a file that is not open: refused");
	returns(pci_set_irqs(device, INTX, EVENTFD | MASK, 0, 1, fds), -ENOTTY,
		"P3: an eventfd that masks: refused");
	close(plain);
}

void check_intx(const struct check_args *args)
{
	struct vu u = need_open(args, CHECK_IOMMU);
	int event = need_event();
	struct edu edu;

	need(!edu_open(&edu, u.device), "P1: BAR 0 of edu");
	returns(pci_loopback(u.device, INTX, 0, 1), -EINVAL,
		"P3: no trigger of what is not set up");
	returns(pci_set_triggers(u.device, INTX, 0, 1, &event), 0, "P3: INTx by eventfd");
	is(irq_handlers(args->device), 1, "P3: the kernel has a handler for it");
	intx_masking(&edu, event);
	loopback(u.device, INTX, event, "INTx");
	intx_resample(&edu, event);
	intx_disable_bit(&edu, event);
	intx_swap(&edu, event);
	refused(u.device, event);
	edu_raise(&edu, 1);
	is(event_wait(event), 1, "P3: after all that was refused INTx still works");
	edu_acknowledge(&edu, 1);
	returns(pci_irqs_off(u.device, INTX), 0, "P3: INTx off");
	is(irq_handlers(args->device), 0, "P3: the handler is gone");
	edu_raise(&edu, 1);
	edu_acknowledge(&edu, 1);
	returns(pci_set_triggers(u.device, INTX, 0, 1, &event), 0, "P3: INTx on again");
	edu_raise(&edu, 1);
	is(event_wait(event), 1, "P3: counts only what came since");
	edu_acknowledge(&edu, 1);
	edu_close(&edu);
	vu_close(&u);
	is(irq_handlers(args->device), 0, "P3: the handler goes with the user");
	close(event);
}

/* --- MSI, of edu ------------------------------------------------------------------- */

void check_msi(const struct check_args *args)
{
	struct vu u = need_open(args, CHECK_IOMMU);
	int event = need_event(), other = need_event(), round, exact = 0;
	int32_t none = -1;
	struct edu edu;

	need(!edu_open(&edu, u.device), "P1: BAR 0 of edu");
	returns(pci_set_triggers(u.device, MSI, 0, 1, &event), 0, "P3: MSI by eventfd");
	is(irq_handlers(args->device), 1, "P3: the kernel has a handler for it");
	for (round = 0; round < 5 * ROUNDS; round++) {
		edu_raise(&edu, 1);
		exact += event_wait(event) == 1;
	}
	is(exact, 5 * ROUNDS, "P3: each MSI of edu is one signal, without any unmasking");
	returns(pci_loopback(u.device, MSI, 0, 1), 0, "P3: trigger MSI by ioctl");
	is(event_count(event), 1, "P3: signals the eventfd");
	returns(pci_set_irqs(u.device, MSI, NONE | MASK, 0, 1, NULL), -ENOTTY,
		"P3: MSI cannot be masked by ioctl");
	returns(pci_set_triggers(u.device, INTX, 0, 1, &other), -EINVAL,
		"P3: no INTx while MSI is on");
	returns(pci_set_triggers(u.device, MSI, 0, 1, &other), 0, "P3: another eventfd takes over");
	edu_raise(&edu, 1);
	is(event_wait(other), 1, "P3: it is signalled");
	is(event_count(event), 0, "P3: the first one is not");
	returns(pci_set_triggers(u.device, MSI, 0, 1, &none), 0, "P3: no eventfd");
	edu_raise(&edu, 1);
	returns(pci_set_triggers(u.device, MSI, 0, 1, &event), 0, "P3: an eventfd again");
	event_count(event);
	edu_raise(&edu, 1);
	is(event_wait(event), 1, "P3: is signalled");
	is(event_count(other), 0, "P3: and no other");
	returns(pci_irqs_off(u.device, MSI), 0, "P3: MSI off");
	is(irq_handlers(args->device), 0, "P3: the handler is gone");
	returns(pci_set_triggers(u.device, INTX, 0, 1, &event), 0, "P3: INTx instead");
	edu_acknowledge(&edu, ~0);
	unmask(u.device);
	event_count(event);
	edu_raise(&edu, 1);
	is(event_wait(event), 1, "P3: works");
	edu_close(&edu);
	vu_close(&u);
	close(event);
	close(other);
}

/* --- MSI-X, of a rocker ------------------------------------------------------------- */

/* Sends the interrupt of the vector that is written. */
#define ROCKER_TEST_IRQ 0x20
#define ROCKER_VECTORS	4

static void rocker_raise(int device, int vector)
{
	pci_set(device, VFIO_PCI_BAR0_REGION_INDEX, ROCKER_TEST_IRQ, 4, vector);
}

static bool only_signalled(const int32_t *events, unsigned int bits)
{
	bool same = true;
	int i;

	for (i = 0; i < ROCKER_VECTORS; i++)
		same &= event_count(events[i]) == (bits >> i & 1);
	return same;
}

static void msix_ranges(int device, int32_t *events)
{
	static const uint8_t chosen[ROCKER_VECTORS] = { 1, 0, 1, 0 };
	int32_t bad[2] = { events[0], 1000 };

	returns(pci_set_irqs(device, MSIX, BOOL | TRIGGER, 0, ROCKER_VECTORS, chosen), 0,
		"P3: trigger some vectors by ioctl");
	ok(only_signalled(events, 0x5), "P3: signals those and no other");
	returns(pci_loopback(device, MSIX, 1, 2), 0, "P3: trigger a range of vectors");
	ok(only_signalled(events, 0x6), "P3: signals the range and no other");
	returns(pci_set_triggers(device, MSIX, 3, 2, events), -EINVAL,
		"P3: a range beyond the last vector is refused");
	returns(pci_set_triggers(device, MSIX, 4, 1, events), -EINVAL,
		"P3: a vector behind the last one is refused");
	returns(pci_set_triggers(device, MSIX, UINT32_MAX, 2, events), -EINVAL,
		"P3: a range that wraps is refused");
	returns(pci_loopback(device, MSIX, 3, UINT32_MAX - 1), -EINVAL,
		"P3: a trigger of a range that wraps is refused");
	returns(pci_set_triggers(device, MSIX, 0, 2, bad), -EBADF,
		"P3: a range with a bad eventfd is refused");
	pci_loopback(device, MSIX, 0, 1);
	if (stock_modules())
		skip("the stock driver drops the range", "P3: and changes nothing");
	else
		is(event_count(events[0]), 1, "P3: and changes nothing");
	returns(pci_set_triggers(device, MSIX, 0, 2, events), 0, "P3: the right range again");
	returns(pci_set_triggers(device, MSI, 0, 1, events), -EINVAL,
		"P3: MSI while MSI-X is on is refused");
	returns(pci_set_triggers(device, INTX, 0, 1, events), -EINVAL,
		"P3: INTx while MSI-X is on is refused");
}

void check_msix(const struct check_args *args)
{
	struct vu u = need_open(args, CHECK_IOMMU);
	int32_t events[ROCKER_VECTORS], none = -1;
	int i, round, exact = 0;

	for (i = 0; i < ROCKER_VECTORS; i++)
		events[i] = need_event();
	is(irq_info(u.device, MSIX).count, ROCKER_VECTORS, "P3: a rocker has 4 vectors");
	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0), "P1: BAR 0");
	returns(pci_set_triggers(u.device, MSIX, 0, ROCKER_VECTORS, events), 0,
		"P3: MSI-X by eventfds");
	is(irq_handlers(args->device), ROCKER_VECTORS, "P3: the kernel has a handler for each");
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < ROCKER_VECTORS; i++) {
			rocker_raise(u.device, i);
			exact += event_wait(events[i]) == 1;
		}
	}
	is(exact, ROUNDS * ROCKER_VECTORS, "P3: each vector's interrupt signals its eventfd, once");
	ok(only_signalled(events, 0), "P3: and no other");
	msix_ranges(u.device, events);

	returns(pci_set_triggers(u.device, MSIX, 2, 1, &none), 0, "P3: one vector without eventfd");
	rocker_raise(u.device, 2);
	for (i = 0, exact = 0; i < ROCKER_VECTORS; i++) {
		if (i == 2)
			continue;
		rocker_raise(u.device, i);
		exact += event_wait(events[i]) == 1;
	}
	is(exact, ROCKER_VECTORS - 1, "P3: the others go on");
	is(event_count(events[2]), 0, "P3: nothing comes through the one");
	returns(pci_set_triggers(u.device, MSIX, 2, 1, &events[2]), 0, "P3: its eventfd again");
	is(event_wait(events[2]), 1, "P3: what was pending comes");

	returns(pci_irqs_off(u.device, MSIX), 0, "P3: MSI-X off");
	is(irq_handlers(args->device), 0, "P3: all handlers are gone");
	returns(pci_set_triggers(u.device, MSIX, 1, 2, events), 0,
		"P3: a range that does not begin at 0");
	is(irq_handlers(args->device), 2, "P3: the kernel has a handler for each of its vectors");
	for (i = 0; i < ROCKER_VECTORS; i++)
		event_count(events[i]);
	rocker_raise(u.device, 1);
	is(event_wait(events[0]), 1, "P3: its first vector");
	rocker_raise(u.device, 2);
	is(event_wait(events[1]), 1, "P3: its second vector");

	vu_close(&u);
	is(irq_handlers(args->device), 0, "P3: the handlers go with the user");
	for (i = 0; i < ROCKER_VECTORS; i++)
		close(events[i]);
}

/* --- Errors and requests ------------------------------------------------------------ */

static void notice(int device, uint32_t index, const char *what)
{
	int event = need_event(), other = need_event();
	int32_t none = -1, wrong = 1000;

	is(irq_info(device, index).count, 1, "P3: there is one %s interrupt", what);
	returns(pci_loopback(device, index, 0, 1), -EINVAL, "P3: it is not set up");
	returns(pci_set_triggers(device, index, 0, 1, &event), 0, "P3: it goes by eventfd");
	loopback(device, index, event, "it");
	returns(pci_set_triggers(device, index, 0, 1, &wrong), -EBADF,
		"P3: a file that is not open is refused");
	returns(pci_set_triggers(device, index, 1, 1, &event), -EINVAL, "P3: so is a second one");
	returns(pci_set_irqs(device, index, NONE | MASK, 0, 1, NULL), -ENOTTY,
		"P3: it cannot be masked");
	returns(pci_set_triggers(device, index, 0, 1, &other), 0, "P3: another eventfd takes over");
	pci_loopback(device, index, 0, 1);
	is(event_count(other), 1, "P3: it is signalled");
	is(event_count(event), 0, "P3: and not the first one");
	returns(pci_set_triggers(device, index, 0, 1, &none), 0, "P3: no eventfd");
	returns(pci_loopback(device, index, 0, 1), -EINVAL, "P3: it is no longer set up");
	returns(pci_set_triggers(device, index, 0, 1, &event), 0, "P3: set up again");
	returns(pci_irqs_off(device, index), 0, "P3: it can be switched off");
	returns(pci_loopback(device, index, 0, 1), -EINVAL, "P3: and is off");
	returns(pci_set_triggers(device, index, 0, 1, &event), 0, "P3: set up until close");
	close(event);
	close(other);
}

void check_notices(const struct check_args *args)
{
	struct vu u = need_open(args, CHECK_IOMMU);

	notice(u.device, ERROR, "error");
	notice(u.device, REQ, "request");
	vu_close(&u);
}

/* --- Any order ---------------------------------------------------------------------- */

#define RECONFIGURATIONS 300
#define EVENTS_MAX	 80

/**
 * struct system_irqs - what must be the same before and after
 * @numbers: interrupt numbers that the kernel has handed out
 * @lines: in /proc/interrupts
 * @vectors: MSI and MSI-X vectors of the device
 */
struct system_irqs {
	int numbers;
	int lines;
	int vectors;
};

static struct system_irqs system_irqs(const char *address)
{
	struct system_irqs now;
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/msi_irqs", address);
	now.numbers = entries("/sys/kernel/irq");
	now.lines = interrupt_lines(":");
	now.vectors = entries(path);
	return now;
}

static void system_irqs_same(const char *address, const struct system_irqs *before,
			     const char *when)
{
	struct system_irqs now = system_irqs(address);

	is(now.numbers, before->numbers, "P3: interrupt numbers are as before %s", when);
	is(now.lines, before->lines, "P3: /proc/interrupts is as long as before %s", when);
	is(now.vectors, before->vectors, "P3: the device's vectors are as before %s", when);
}

/**
 * struct model - what a device's interrupts must be like
 * @args: the device
 * @device: its fd
 * @events: as many eventfds as it may need
 * @index: what is on, or -1
 * @count: vectors of it
 */
struct model {
	const struct check_args *args;
	int device;
	int32_t events[EVENTS_MAX];
	int index;
	unsigned int count;
};

static unsigned int below(unsigned int limit)
{
	return random() % limit;
}

/* Requests that must fail, whatever is on, and change nothing. */
static bool wrong_request(struct model *m)
{
	uint32_t index = below(REQ + 2), count = irq_info(m->device, index).count;
	int32_t closed = 1000;

	/* The stock driver drops the eventfd that was there before it finds a bad one. */
	switch (below(stock_modules() ? 3 : 4)) {
	case 0:
		return pci_set_triggers(m->device, index, count, 1, m->events) == -EINVAL;
	case 1:
		return pci_set_triggers(m->device, index, UINT32_MAX - below(2), 2, m->events) ==
		       -EINVAL;
	case 2:
		return pci_set_triggers(m->device, index, 0, count + 1 + below(1000), NULL) < 0;
	default:
		return pci_set_triggers(m->device, index, 0, 1, &closed) < 0;
	}
}

static bool reconfigure(struct model *m)
{
	int index = below(MSIX + 1);
	unsigned int max = irq_info(m->device, index).count, count;

	switch (below(6)) {
	case 0:
		return wrong_request(m);
	case 1:
		if (m->index >= 0 && pci_irqs_off(m->device, m->index))
			return false;
		m->index = -1;
		return true;
	}
	if (!max)
		return true;
	count = 1 + below(max);
	if (m->index >= 0 && m->index != index) {
		if (pci_set_triggers(m->device, index, 0, count, m->events) != -EINVAL)
			return false;
		if (pci_irqs_off(m->device, m->index))
			return false;
		m->index = -1;
	}
	/* On already: one of the vectors again. */
	if (m->index >= 0)
		return !pci_set_triggers(m->device, index, below(m->count), 1, m->events);
	if (pci_set_triggers(m->device, index, 0, count, m->events))
		return false;
	m->index = index;
	m->count = count;
	return true;
}

static bool as_expected(struct model *m)
{
	unsigned int want = m->index < 0 ? 0 : m->count, got = irq_handlers(m->args->device);

	if (got != want)
		note("%u handlers, expected %u", got, want);
	return got == want;
}

void check_reconfigure(const struct check_args *args)
{
	struct system_irqs before = system_irqs(args->device);
	struct vu u = need_open(args, CHECK_IOMMU);
	struct model m = { .args = args, .device = u.device, .index = -1 };
	struct system_irqs opened = system_irqs(args->device);
	int i, good = 0, right = 0;

	for (i = 0; i < EVENTS_MAX; i++)
		m.events[i] = need_event();
	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0), "P1: BARs");
	srandom(1);
	for (i = 0; i < RECONFIGURATIONS; i++) {
		good += reconfigure(&m);
		right += as_expected(&m);
	}
	is(good, RECONFIGURATIONS, "P3: %d requests, right and wrong ones: the right ones do",
	   RECONFIGURATIONS);
	is(right, RECONFIGURATIONS, "P3: there are as many handlers as vectors after each");
	if (m.index >= 0)
		returns(pci_irqs_off(u.device, m.index), 0, "P3: off");
	system_irqs_same(args->device, &opened, "all of them");

	returns(pci_set_triggers(u.device, MSIX, 0, 1, m.events), 0, "P3: on once more");
	vu_close(&u);
	system_irqs_same(args->device, &before, "the user came");
	for (i = 0; i < EVENTS_MAX; i++)
		close(m.events[i]);
}

/* --- What is answered when there is nothing to do, of any device ---------------------- */

void check_irq_answers(const struct check_args *args)
{
	static const char *const names[] = { "INTx", "MSI", "MSI-X", "errors", "requests" };
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	int32_t event = need_event(), none = -1, wrong = -2;
	uint32_t index, vectors = 0;
	uint8_t yes = 1;

	for (index = INTX; index <= REQ; index++) {
		const char *name = names[index];

		if (!irq_info(u.device, index).count)
			continue;
		returns(pci_irqs_off(u.device, index), -EINVAL, "P3: %s off that are not on", name);
		returns(pci_loopback(u.device, index, 0, 1), -EINVAL,
			"P3: a trigger of %s that are not on", name);
		returns(pci_set_triggers(u.device, index, 0, 1, &event), 0, "P3: %s on", name);
		returns(pci_irqs_off(u.device, index), 0, "P3: %s off", name);
		returns(pci_irqs_off(u.device, index), -EINVAL, "P3: %s off again", name);
		if (index == MSI || index == MSIX)
			vectors = index;
		if (index != ERROR && index != REQ)
			continue;
		returns(pci_set_irqs(u.device, index, BOOL | TRIGGER, 0, 1, &yes), 0,
			"P3: a trigger of %s by a one, while they are off, does nothing", name);
		returns(pci_set_triggers(u.device, index, 0, 1, &none), 0, "P3: no eventfd for %s",
			name);
		if (stock_modules())
			skip("to the driver of Linux 6.1 it is none, too",
			     "P3: a negative eventfd for %s that is not -1", name);
		else
			returns(pci_set_triggers(u.device, index, 0, 1, &wrong), -EINVAL,
				"P3: a negative eventfd for %s that is not -1", name);
	}
	returns(pci_set_irqs(u.device, INTX, EVENTFD | MASK, 0, 1, &event), -EINVAL,
		"P3: an eventfd that masks INTx that is not on");
	need(!pci_set_triggers(u.device, vectors, 0, 1, &event), "P3: %s", names[vectors]);
	returns(pci_irqs_off(u.device, INTX), -EINVAL, "P3: INTx off while vectors are on");
	returns(pci_set_triggers(u.device, INTX, 0, 1, &none), -EINVAL,
		"P3: no eventfd for INTx meanwhile");
	vu_close(&u);
	close(event);
}

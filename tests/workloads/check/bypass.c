// SPDX-License-Identifier: GPL-2.0-only
/*
 * Row P3: the kernel finds the interrupt behind an eventfd; KVM is played by
 * tests/modules/vfio_test_bypass.c.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "check.h"
#include "pci_user.h"

#define VECTORS 2

static int listen_to(int eventfd)
{
	int fd = open("/dev/vfio-test-bypass", O_RDWR | O_CLOEXEC);

	need(fd >= 0 && dprintf(fd, "%d", eventfd) > 0, "listen to an eventfd");
	return fd;
}

/* The interrupt behind a listener's eventfd, or 0. */
static int irq_of(int listener)
{
	char line[16] = "";

	need(pread(listener, line, sizeof(line) - 1, 0) > 0, "ask the listener");
	return atoi(line);
}

/* Vectors may be added to those in use where the kernel says so. */
static void grown(int device, int32_t a, int32_t b, int on_a, int on_b)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = VFIO_PCI_MSIX_IRQ_INDEX };
	int first;

	returns(vu_ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info), 0, "P3: GET_IRQ_INFO");
	returns(pci_set_triggers(device, VFIO_PCI_MSIX_IRQ_INDEX, 0, 1, &a), 0,
		"P3: one vector is enabled");
	first = irq_of(on_a);
	if (info.flags & VFIO_IRQ_INFO_NORESIZE) {
		returns(pci_set_triggers(device, VFIO_PCI_MSIX_IRQ_INDEX, info.count - 1, 1, &b),
			-EINVAL, "P3: another one cannot be added here");
		is(irq_of(on_b), 0, "P3: and is not there");
	} else {
		returns(pci_set_triggers(device, VFIO_PCI_MSIX_IRQ_INDEX, info.count - 1, 1, &b), 0,
			"P3: the last is added");
		ok(irq_of(on_b), "P3: and is there");
	}
	returns(pci_set_triggers(device, VFIO_PCI_MSIX_IRQ_INDEX, info.count, 1, &b), -EINVAL,
		"P3: there is none behind it");
	is(irq_of(on_a), first, "P3: the first one is what it was");
	returns(pci_irqs_off(device, VFIO_PCI_MSIX_IRQ_INDEX), 0, "P3: all are disabled");
	ok(!irq_of(on_a) && !irq_of(on_b), "P3: and none is left");
}

void check_bypass(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	const int32_t a = eventfd(0, EFD_CLOEXEC), b = eventfd(0, EFD_CLOEXEC);
	const int32_t both[] = { a, b }, swapped[] = { b, a }, one[] = { -1, b }, same[] = { a, a };
	int on_a = listen_to(a), on_b = listen_to(b), first, second;

	is(irq_of(on_a), 0, "P3: no interrupt is behind an eventfd at first");
	returns(pci_set_triggers(u.device, VFIO_PCI_MSIX_IRQ_INDEX, 0, VECTORS, both), 0,
		"P3: two vectors get eventfds");
	first = irq_of(on_a);
	second = irq_of(on_b);
	ok(first && second && first != second, "P3: then their interrupts are behind them");
	returns(pci_set_triggers(u.device, VFIO_PCI_MSIX_IRQ_INDEX, 0, VECTORS, swapped), 0,
		"P3: the eventfds are swapped");
	is(irq_of(on_a), second, "P3: the interrupts are, too");
	is(irq_of(on_b), first, "P3: both");
	returns(pci_set_triggers(u.device, VFIO_PCI_MSIX_IRQ_INDEX, 0, VECTORS, one), 0,
		"P3: a vector loses its eventfd");
	is(irq_of(on_a), 0, "P3: no interrupt is behind it");
	is(irq_of(on_b), second, "P3: but one is behind that of the other vector");
	returns(pci_set_triggers(u.device, VFIO_PCI_MSIX_IRQ_INDEX, 0, VECTORS, same), 0,
		"P3: two vectors may have the same eventfd");
	ok(irq_of(on_a), "P3: one of them is behind it");
	is(irq_of(on_b), 0, "P3: and none behind the one that neither has");
	returns(pci_irqs_off(u.device, VFIO_PCI_MSIX_IRQ_INDEX), 0, "P3: the vectors are disabled");
	is(irq_of(on_a), 0, "P3: then no interrupt is behind the eventfd");
	grown(u.device, a, b, on_a, on_b);
	returns(pci_set_triggers(u.device, VFIO_PCI_MSIX_IRQ_INDEX, 0, VECTORS, both), 0,
		"P3: they are enabled");
	ok(irq_of(on_a) && irq_of(on_b), "P3: and behind their eventfds again");
	close(u.device);
	u.device = -1;
	is(irq_of(on_a), 0, "P3: a close of the device leaves nothing behind");
	vu_close(&u);
	close(on_a);
	close(on_b);
	close(a);
	close(b);
}

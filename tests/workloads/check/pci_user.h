/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The user's side of vfio-pci, for the tests: regions, config space, interrupts.
 *
 * As in vfio_user.h: results, or a negative errno.
 */
#ifndef PCI_USER_H
#define PCI_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* read() and write() of a region: bytes done. */
int64_t pci_read(int device, uint32_t region, uint64_t pos, void *buf, size_t size);
int64_t pci_write(int device, uint32_t region, uint64_t pos, const void *buf, size_t size);

/* A register of 1 to 8 bytes; all ones when it cannot be read. */
uint64_t pci_get(int device, uint32_t region, uint64_t pos, size_t size);
int pci_set(int device, uint32_t region, uint64_t pos, size_t size, uint64_t value);

uint64_t pci_config_get(int device, uint64_t pos, size_t size);
int pci_config_set(int device, uint64_t pos, size_t size, uint64_t value);

/* Where a capability of this number is in config space as the user sees it, or 0. */
unsigned int pci_find_cap(int device, uint8_t id);
unsigned int pci_find_extended_cap(int device, uint16_t id);

/* Config space as the host sees it, by sysfs: bytes read. */
int64_t pci_host_config(const char *address, void *buf, size_t size);

/* VFIO_DEVICE_SET_IRQS; the size of @data follows from @flags and @count. */
int pci_set_irqs(int device, uint32_t index, uint32_t flags, uint32_t start, uint32_t count,
		 const void *data);
/* A range of eventfds to be signalled by interrupts; -1 for none. */
int pci_set_triggers(int device, uint32_t index, uint32_t start, uint32_t count,
		     const int32_t *fds);
/* Signal the eventfds of a range as if there had been interrupts. */
int pci_loopback(int device, uint32_t index, uint32_t start, uint32_t count);
int pci_irqs_off(int device, uint32_t index);

/* An eventfd that does not block. */
int event_new(void);
/* How often it was signalled since it was asked last. */
uint64_t event_count(int fd);
/* The same after it has been signalled: 0 when that never happens. */
uint64_t event_wait(int fd);

#endif /* PCI_USER_H */

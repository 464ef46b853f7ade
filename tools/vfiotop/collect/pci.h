/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI devices: identity and driver from sysfs, names from the database pci.ids.
 */
#ifndef VFIOTOP_PCI_H
#define VFIOTOP_PCI_H

#include "snapshot.h"

struct pci_names;

/**
 * pci_names_open - read a database of names
 * @path: a file in the format of pci.ids
 *
 * Return: NULL when it cannot be read.
 */
struct pci_names *pci_names_open(const char *path);

/**
 * pci_names_new - read this system's database of names
 *
 * Return: NULL when there is none; then no name is known.
 */
struct pci_names *pci_names_new(void);

/**
 * pci_names_free - forget all names
 * @names: from pci_names_new(), or NULL
 */
void pci_names_free(struct pci_names *names);

/**
 * pci_name - name of a kind of device, e.g. "Intel Corporation 82574L Gigabit Network Connection"
 * @names: from pci_names_new(), or NULL
 * @vendor: vendor ID
 * @device: device ID
 * @name: the name, cut with "..." when too long, empty when not both are known
 * @size: its room
 */
void pci_name(struct pci_names *names, uint16_t vendor, uint16_t device, char *name, size_t size);

/**
 * pci_read - look a device up now
 * @names: from pci_names_new(), or NULL
 * @address: its PCI address; anything else is no PCI device
 * @identity: the answer
 */
void pci_read(struct pci_names *names, const char *address, struct pci_identity *identity);

#endif /* VFIOTOP_PCI_H */

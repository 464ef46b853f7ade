// SPDX-License-Identifier: GPL-2.0-only
#include "pci.h"

#include <inttypes.h>
#include <limits.h>
#include <pci/pci.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices"

/* libpci exits when something fails; here it only loses the names. */
static jmp_buf given_up;

static void __attribute__((noreturn)) give_up(char *format, ...)
{
	(void)format;
	longjmp(given_up, 1);
}

static void ignore(char *format, ...)
{
	(void)format;
}

static bool init(struct pci_access *names)
{
	if (setjmp(given_up))
		return false;
	pci_init(names);
	return true;
}

struct pci_access *pci_names_new(void)
{
	struct pci_access *names = pci_alloc();

	names->error = give_up;
	names->warning = ignore;
	return init(names) ? names : NULL;
}

void pci_names_free(struct pci_access *names)
{
	if (names && !setjmp(given_up))
		pci_cleanup(names);
}

static const char *look_up(struct pci_access *names, uint16_t vendor, uint16_t device, char *name,
			   size_t size)
{
	const int flags = PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS;

	if (!names || setjmp(given_up))
		return NULL;
	return pci_lookup_name(names, name, (int)size, flags, vendor, device);
}

void pci_name(struct pci_access *names, uint16_t vendor, uint16_t device, char *name, size_t size)
{
	/* libpci returns a message of its own when it knows no name. */
	if (look_up(names, vendor, device, name, size) != name)
		name[0] = '\0';
}

static bool read_id(const char *folder, const char *file, uint16_t *id)
{
	char path[128];
	bool found;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	f = fopen(path, "re");
	if (!f)
		return false;
	found = fscanf(f, "%" SCNx16, id) == 1;
	fclose(f);
	return found;
}

static void read_driver(const char *folder, char *driver, size_t size)
{
	char path[128], target[PATH_MAX], *name;
	ssize_t length;

	snprintf(path, sizeof(path), "%s/driver", folder);
	length = readlink(path, target, sizeof(target) - 1);
	if (length <= 0)
		return;
	target[length] = '\0';
	name = strrchr(target, '/');
	snprintf(driver, size, "%.*s", (int)size - 1, name ? name + 1 : target);
}

void pci_read(struct pci_access *names, const char *address, struct pci_identity *identity)
{
	unsigned int domain, bus, slot, function;
	char folder[64];
	int end = 0;

	memset(identity, 0, sizeof(*identity));
	sscanf(address, "%x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &end);
	if (!end || address[end])
		return;
	snprintf(folder, sizeof(folder), DEVICES "/%04x:%02x:%02x.%x", domain, bus, slot, function);
	if (!read_id(folder, "vendor", &identity->vendor) ||
	    !read_id(folder, "device", &identity->device))
		return;
	identity->known = true;
	read_driver(folder, identity->driver, sizeof(identity->driver));
	pci_name(names, identity->vendor, identity->device, identity->name, sizeof(identity->name));
}

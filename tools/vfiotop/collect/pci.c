// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "pci.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices"

/* Where distributions have it. */
static const char *const databases[] = { "/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids" };

struct vendor {
	uint16_t id;
	const char *name; /* up to the end of the line; the lines of its devices follow */
};

struct pci_names {
	char *text;
	struct vendor *vendors;
	size_t n_vendors;
};

static const char *next_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : text + strlen(text);
}

/* "8086  Intel Corporation"; anything else at the start of a line is no vendor or device. */
static const char *name_after_id(const char *line, uint16_t *id)
{
	unsigned long number;
	char *end;

	if (strspn(line, "0123456789abcdefABCDEF") != 4)
		return NULL;
	number = strtoul(line, &end, 16);
	if (end[0] != ' ' || end[1] != ' ')
		return NULL;
	*id = (uint16_t)number;
	return end + 2;
}

static int length_of(const char *name)
{
	return (int)strcspn(name, "\r\n");
}

static bool find_vendors(struct pci_names *names)
{
	struct vendor *more;
	const char *name;
	size_t room = 0;
	uint16_t id;

	for (const char *line = names->text; *line; line = next_line(line)) {
		/* Most are about devices. */
		name = *line == '\t' ? NULL : name_after_id(line, &id);
		if (!name)
			continue;
		if (names->n_vendors == room) {
			room = room ? 2 * room : 1024;
			more = realloc(names->vendors, room * sizeof(*more));
			if (!more)
				return false;
			names->vendors = more;
		}
		names->vendors[names->n_vendors++] = (struct vendor){ id, name };
	}
	return true;
}

struct pci_names *pci_names_open(const char *path)
{
	struct pci_names *names = calloc(1, sizeof(*names));
	FILE *file = fopen(path, "re");
	size_t room = 0;
	bool found;

	/* No byte of the text is zero. */
	found = names && file && getdelim(&names->text, &room, '\0', file) > 0 &&
		find_vendors(names);
	if (file)
		fclose(file);
	if (found)
		return names;
	pci_names_free(names);
	return NULL;
}

struct pci_names *pci_names_new(void)
{
	struct pci_names *names = NULL;

	for (size_t i = 0; !names && i < sizeof(databases) / sizeof(databases[0]); i++)
		names = pci_names_open(databases[i]);
	return names;
}

void pci_names_free(struct pci_names *names)
{
	if (!names)
		return;
	free(names->vendors);
	free(names->text);
	free(names);
}

static const char *find_device(const struct vendor *vendor, uint16_t device)
{
	const char *name;
	uint16_t id;

	for (const char *line = next_line(vendor->name); *line == '\t' || *line == '#';
	     line = next_line(line)) {
		name = *line == '\t' ? name_after_id(line + 1, &id) : NULL;
		if (name && id == device)
			return name;
	}
	return NULL;
}

void pci_name(struct pci_names *names, uint16_t vendor, uint16_t device, char *name, size_t size)
{
	const struct vendor *v = names ? names->vendors : NULL;
	const struct vendor *end = names ? v + names->n_vendors : NULL;
	const char *found;

	name[0] = '\0';
	while (v != end && v->id != vendor)
		v++;
	found = v == end ? NULL : find_device(v, device);
	if (found && snprintf(name, size, "%.*s %.*s", length_of(v->name), v->name,
			      length_of(found), found) >= (int)size)
		strcpy(name + size - 4, "...");
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

/* Its node, where VFIO has nodes of devices. */
static void read_cdev(const char *folder, char *cdev, size_t size)
{
	struct dirent *entry;
	char path[128];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/vfio-dev", folder);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			snprintf(cdev, size, "%.*s", (int)size - 1, entry->d_name);
	closedir(dir);
}

void pci_read(struct pci_names *names, const char *address, struct pci_identity *identity)
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
	read_cdev(folder, identity->cdev, sizeof(identity->cdev));
	pci_name(names, identity->vendor, identity->device, identity->name, sizeof(identity->name));
}

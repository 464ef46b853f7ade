// SPDX-License-Identifier: GPL-2.0-only
#include "pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define FOLDER "/sys/kernel/mm/transparent_hugepage"

struct page_sizes pages_read(uint64_t page, const char *folder)
{
	struct page_sizes sizes = { page, page * (page / 8) };
	char path[256];
	uint64_t huge;
	FILE *file;

	snprintf(path, sizeof(path), "%s/hpage_pmd_size", folder);
	file = fopen(path, "re");
	if (!file)
		return sizes;
	if (fscanf(file, "%" SCNu64, &huge) == 1 && huge > page && !(huge & (huge - 1)))
		sizes.superpage = huge;
	fclose(file);
	return sizes;
}

const struct page_sizes *pages_sizes(void)
{
	static struct page_sizes sizes;

	if (!sizes.page)
		sizes = pages_read((uint64_t)sysconf(_SC_PAGESIZE), FOLDER);
	return &sizes;
}

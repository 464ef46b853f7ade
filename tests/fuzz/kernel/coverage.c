// SPDX-License-Identifier: GPL-2.0-only
/* Places that calls reach; see coverage.h. */

#include "coverage.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/kcov.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Words that the kernel writes, at most; of them the first one is how many. */
#define TRACE_WORDS (256UL << 10)
/* Places of all modules together are fewer by far. */
#define PLACES	    (64UL << 10)
/* A section of a module is smaller. */
#define SECTION_MAX (1UL << 20)

static uint64_t *trace;
static uint64_t places[PLACES];
static size_t places_count;

bool coverage_start(void)
{
	int fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	void *addr;

	if (fd < 0)
		return false;
	if (ioctl(fd, KCOV_INIT_TRACE, TRACE_WORDS)) {
		close(fd);
		return false;
	}
	addr = mmap(NULL, TRACE_WORDS * sizeof(*trace), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (addr == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC)) {
		close(fd);
		return false;
	}
	/* The file stays open: it is what follows this thread. */
	trace = addr;
	return true;
}

void coverage_before(void)
{
	if (trace)
		__atomic_store_n(&trace[0], 0, __ATOMIC_RELAXED);
}

static bool add(uint64_t place)
{
	size_t slot;

	for (slot = (place * 0x9e3779b97f4a7c15) >> 48; places[slot]; slot = (slot + 1) % PLACES)
		if (places[slot] == place)
			return false;
	if (places_count == PLACES / 2)
		return false;
	places[slot] = place;
	places_count++;
	return true;
}

bool coverage_after(void)
{
	uint64_t count, i;
	bool new = false;

	if (!trace)
		return false;
	count = __atomic_load_n(&trace[0], __ATOMIC_RELAXED);
	for (i = 1; i <= count && i < TRACE_WORDS; i++)
		new |= add(trace[i]);
	return new;
}

/* Where a section of a module is, or 0. */
static uint64_t base_of(const char *module, const char *section)
{
	char path[128], text[32] = "";
	uint64_t base = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%s/sections/%s", module, section);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fgets(text, sizeof(text), f))
		base = strtoull(text, NULL, 16);
	fclose(f);
	return base;
}

/* Those behind its end are of other modules; the reader knows where it ends. */
static void print_section(const char *module, const char *section)
{
	uint64_t base = base_of(module, section);
	size_t i;

	for (i = 0; base && i < PLACES; i++)
		if (places[i] >= base && places[i] - base < SECTION_MAX)
			printf("place %s %s 0x%" PRIx64 "\n", module, section, places[i] - base);
}

void coverage_print(void)
{
	static const char *const modules[] = { "vfio", "vfio_iommu_type1", "vfio_pci" };
	size_t i;

	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		print_section(modules[i], ".text");
		print_section(modules[i], ".text.unlikely");
	}
}

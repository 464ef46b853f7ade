// SPDX-License-Identifier: GPL-2.0-only
#include "reserved.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

/* They change rarely, and there may be a thousand groups. */
#define FRESH_NS 60000000000ULL

struct read_once {
	uint32_t group;
	uint64_t container;
	uint64_t read_ns; /* 0: never */
	struct reserved_regions regions;
};

struct reserved_cache {
	size_t n;
	struct read_once slots[];
};

struct reserved_cache *reserved_cache_new(size_t slots)
{
	struct reserved_cache *cache = calloc(1, sizeof(*cache) + slots * sizeof(cache->slots[0]));

	if (cache)
		cache->n = slots;
	return cache;
}

void reserved_cache_free(struct reserved_cache *cache)
{
	free(cache);
}

static enum reserved_kind kind_of(const char *word)
{
	static const char *const words[RESERVED_KINDS] = {
		[RESERVED_DIRECT] = "direct",
		[RESERVED_RELAXABLE] = "direct-relaxable",
		[RESERVED_MSI] = "msi",
		[RESERVED_PLAIN] = "reserved",
	};

	for (size_t i = 0; i < RESERVED_KINDS; i++)
		if (words[i] && !strcmp(word, words[i]))
			return (enum reserved_kind)i;
	return RESERVED_OTHER;
}

/* "0x00000000fee00000 0x00000000feefffff msi", a line each */
static void parse(char *text, struct reserved_regions *r)
{
	char *rest = NULL, *line, word[32];
	uint64_t first, last;
	size_t n = 0;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (n == RESERVED_MAX ||
		    sscanf(line, "%" SCNx64 " %" SCNx64 " %31s", &first, &last, word) != 3 ||
		    last < first)
			return;
		r->first[n] = first;
		r->last[n] = last;
		r->kind[n++] = kind_of(word);
	}
	r->known = true;
}

static void read_regions(uint32_t group, struct reserved_regions *regions)
{
	char text[RESERVED_MAX * 64];
	ssize_t size = file_read(text, sizeof(text),
				 "/sys/kernel/iommu_groups/%" PRIu32 "/reserved_regions", group);

	*regions = (struct reserved_regions){ 0 };
	/* It may have been cut. */
	if (size >= 0 && (size_t)size < sizeof(text) - 1)
		parse(text, regions);
	if (!regions->known)
		*regions = (struct reserved_regions){ 0 };
}

void reserved_find(struct reserved_cache *cache, uint32_t group, uint64_t container,
		   uint64_t now_ns, struct reserved_regions *regions)
{
	struct read_once *slot = &cache->slots[group % cache->n];

	if (!slot->read_ns || slot->group != group || slot->container != container ||
	    now_ns - slot->read_ns >= FRESH_NS) {
		slot->group = group;
		slot->container = container;
		slot->read_ns = now_ns;
		read_regions(group, &slot->regions);
	}
	*regions = slot->regions;
}

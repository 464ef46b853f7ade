// SPDX-License-Identifier: GPL-2.0-only
#include "numa.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "hash.h"

#define SLOTS 1024

/* To ask has the kernel add up what its CPUs have counted. */
#define FRESH_NS 30000000000ULL

struct read_once {
	uint64_t read_ns; /* 0: never */
	char cgroup[CGROUP_PATH_SIZE];
	struct numa_snapshot numa;
};

struct numa_cache {
	struct read_once slots[SLOTS];
};

struct numa_cache *numa_cache_new(void)
{
	return calloc(1, sizeof(struct numa_cache));
}

void numa_cache_free(struct numa_cache *cache)
{
	free(cache);
}

/* Adds " N0=123 N1=456" up, to the end of the line. Returns false when it is something else. */
static bool add_nodes(const char *text, uint64_t bytes[NUMA_NODES], uint64_t *nodes)
{
	uint64_t value;
	unsigned int node;
	int length;

	while (sscanf(text, " N%u=%" SCNu64 "%n", &node, &value, &length) == 2) {
		if (node >= NUMA_NODES)
			return false;
		bytes[node] += value;
		*nodes |= 1ULL << node;
		text += length;
		if (*text == '\n' || !*text)
			return true;
	}
	return false;
}

/* The line of this name, behind it; NULL when there is none. */
static const char *find_line(const char *text, const char *name)
{
	size_t length = strlen(name);

	while (strncmp(text, name, length)) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return text + length;
}

/* What guests and buffers are made of; not what is cached of files. */
static bool read_memory(const char *cgroup, struct numa_snapshot *numa)
{
	static const char *const names[] = { "anon", "shmem" };
	char text[16384];
	ssize_t size = file_read(text, sizeof(text), "/sys/fs/cgroup%s/memory.numa_stat", cgroup);

	/* It may have been cut. */
	if (size <= 0 || (size_t)size >= sizeof(text) - 1)
		return false;
	for (size_t i = 0; i < 2; i++) {
		char name[8];
		const char *line;

		snprintf(name, sizeof(name), "%s ", names[i]);
		line = find_line(text, name);
		if (!line || !add_nodes(line - 1, numa->memory, &numa->nodes))
			return false;
	}
	return true;
}

/* Returns false where nobody counts them. */
static bool read_hugetlb(const char *cgroup, struct numa_snapshot *numa)
{
	static const char *const sizes[] = { "64KB", "1MB",   "2MB", "16MB",
					     "32MB", "512MB", "1GB", "16GB" };
	bool known = false;
	char text[1024];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const char *nodes;

		if (file_read(text, sizeof(text), "/sys/fs/cgroup%s/hugetlb.%s.numa_stat", cgroup,
			      sizes[i]) <= 0)
			continue;
		nodes = strchr(text, ' ');
		if (!nodes || !add_nodes(nodes, numa->hugetlb, &numa->nodes))
			return false;
		known = true;
	}
	return known;
}

static void read_cgroup(const char *cgroup, struct numa_snapshot *numa)
{
	*numa = (struct numa_snapshot){ 0 };
	numa->known = read_memory(cgroup, numa);
	if (!numa->known) {
		*numa = (struct numa_snapshot){ 0 };
		return;
	}
	numa->hugetlb_known = read_hugetlb(cgroup, numa);
	if (!numa->hugetlb_known)
		memset(numa->hugetlb, 0, sizeof(numa->hugetlb));
}

void numa_find(struct numa_cache *cache, const char *cgroup, uint64_t now_ns,
	       struct numa_snapshot *numa)
{
	struct read_once *slot = &cache->slots[hash_text(cgroup, strlen(cgroup)) % SLOTS];

	if (cgroup[0] != '/' || !cgroup[1] || strstr(cgroup, "/..")) {
		*numa = (struct numa_snapshot){ 0 };
		return;
	}
	if (!slot->read_ns || strcmp(slot->cgroup, cgroup) || now_ns - slot->read_ns >= FRESH_NS) {
		snprintf(slot->cgroup, sizeof(slot->cgroup), "%s", cgroup);
		slot->read_ns = now_ns;
		read_cgroup(cgroup, &slot->numa);
	}
	*numa = slot->numa;
}

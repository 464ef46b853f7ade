// SPDX-License-Identifier: GPL-2.0-only
#include "pinners.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "files.h"

#define INTERVAL_NS 5000000000ULL

static void look_at(struct pinners *found, uint32_t pid)
{
	const char *pinned, *comm;
	char status[4096];
	uint64_t bytes;

	if (file_read(status, sizeof(status), "/proc/%" PRIu32 "/status", pid) <= 0)
		return;
	comm = file_value(status, "Name:\t");
	pinned = file_value(status, "\nVmPin:");
	bytes = pinned ? strtoull(pinned, NULL, 10) * 1024 : 0;
	if (!comm || bytes <= found->bytes)
		return;
	found->pid = pid;
	found->bytes = bytes;
	memset(found->comm, 0, sizeof(found->comm));
	memcpy(found->comm, comm,
	       strcspn(comm, "\n") < VT_COMM_LEN ? strcspn(comm, "\n") : VT_COMM_LEN - 1);
}

void pinners_hurry(struct pinners *pinners)
{
	pace_hurry(&pinners->pace);
}

void pinners_look(struct pinners *pinners)
{
	uint64_t start = clock_ns(CLOCK_MONOTONIC);
	struct pinners found = { .pace = pinners->pace };
	const struct dirent *entry;
	DIR *dir;

	if (!pace_allows(&pinners->pace, start) ||
	    (pinners->pace.ended_ns && start - pinners->pace.ended_ns < INTERVAL_NS))
		return;
	dir = folder_open("/proc");
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		unsigned long pid = strtoul(entry->d_name, NULL, 10);

		if (pid)
			look_at(&found, (uint32_t)pid);
	}
	closedir(dir);
	pace_note(&found.pace, start);
	*pinners = found;
}

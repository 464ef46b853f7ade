// SPDX-License-Identifier: GPL-2.0-only
/*
 * What reading a large host costs: read REPORTS reads so many times 1,000 containers with a
 * group and a device each, whose owners are 1,000 processes of its own; of the kernel only the
 * tables are made up here, /proc and /sys are real. See tests/bench/report.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/census.h"
#include "collect/iommufd.h"
#include "collect/source.h"
#include "collect/tables.h"

#define CONTAINERS 1000
#define SLOTS	   8192
#define ROWS_MAX   4096

static struct vt_container slots[SLOTS];
static struct vt_in_flight in_flight[TABLES_IN_FLIGHT];
static uint64_t used = CONTAINERS, variables[64];
static pid_t owners[CONTAINERS];

/* --- The kernel's part ----------------------------------------------------------------------- */

struct array array_map(int fd)
{
	switch (fd) {
	case HANDLE_CONTAINERS:
		return (struct array){ .slots = slots, .n = SLOTS };
	case HANDLE_IN_FLIGHT:
		return (struct array){ .slots = in_flight, .n = TABLES_IN_FLIGHT };
	case HANDLE_CONTAINERS_USED:
		return (struct array){ .slots = &used, .n = 1 };
	default:
		return (struct array){ .slots = variables, .n = 1 };
	}
}

size_t map_slots(int fd)
{
	(void)fd;
	return ROWS_MAX;
}

int bpf_map_lookup_batch(int fd, void *in, void *out, void *keys, void *values, uint32_t *n,
			 const struct bpf_map_batch_opts *options)
{
	uint32_t i;

	(void)in;
	(void)out;
	(void)options;
	for (i = 0; i < CONTAINERS && i < *n; i++) {
		struct vt_device_key *key = &((struct vt_device_key *)keys)[i];

		/* Keys of one table are larger than those of the other. */
		if (fd == HANDLE_GROUPS) {
			((uint32_t *)keys)[i] = i;
			((struct vt_group *)values)[i] = (struct vt_group){
				.container = i + 1,
				.state = VT_STATE_OPEN,
				.pid = (uint32_t)owners[i],
			};
			continue;
		}
		snprintf(key->name, sizeof(key->name), "%04x:%02x:00.0", i >> 8, i & 0xff);
		((struct vt_device *)values)[i] = (struct vt_device){
			.container = i + 1,
			.state = VT_STATE_OPEN,
			.group = i,
			.pid = (uint32_t)owners[i],
		};
	}
	*n = i;
	errno = ENOENT;
	return -ENOENT;
}

int bpf_map_delete_elem(int fd, const void *key)
{
	(void)fd;
	(void)key;
	return -ENOENT;
}

/* Files that are open are another step: see report.c. */
void census_make_rows(struct census *census)
{
	(void)census;
}

/* --- The host ----------------------------------------------------------------------------- */

static bool start_owners(void)
{
	char *command[] = { "sleep", "infinity", NULL }, *nothing[] = { NULL };

	for (unsigned int i = 0; i < CONTAINERS; i++)
		if (posix_spawn(&owners[i], "/bin/sleep", NULL, NULL, command, nothing))
			return false;
	return true;
}

static void end_owners(void)
{
	for (unsigned int i = 0; i < CONTAINERS && owners[i] > 0; i++)
		kill(owners[i], SIGKILL);
}

static bool read_all(unsigned int reports)
{
	const struct source_type type = { .choice = SOURCE_TRACEPOINTS };
	struct source source = { .type = &type, .knowledge = KNOWS_ALL };
	struct lookup lookup = { processes_new(true), pci_names_new() };
	bool complete;

	for (int i = 0; i < HANDLE_KINDS; i++)
		source.handles.fd[i] = i;
	complete = lookup.processes && tables_start(&source) == EXIT_DONE;
	for (unsigned int i = 0; complete && i < reports; i++) {
		struct snapshot s = { 0 };

		complete = tables_read(&source, &lookup, &s) && processes_next(lookup.processes) &&
			   s.n_containers == CONTAINERS && s.n_groups == CONTAINERS &&
			   s.n_devices == CONTAINERS;
	}
	return complete;
}

int main(int argc, char **argv)
{
	bool complete = start_owners();

	for (unsigned int i = 0; i < CONTAINERS; i++) {
		slots[i].key = slots[i].id = i + 1;
		slots[i].caller_pid = (uint32_t)owners[i];
	}
	complete = complete && read_all(argc > 1 ? (unsigned int)atoi(argv[1]) : 0);
	end_owners();
	return complete ? 0 : 1;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "host_pins.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"

#define NODES "/sys/devices/system/node/possible"

/* As "0" or "0-3" says it. A kernel that knows no nodes has one. */
unsigned int host_pins_nodes(void)
{
	char line[64];
	const char *last;

	if (file_read(line, sizeof(line), NODES) <= 0)
		return 1;
	last = strrchr(line, '-');
	return (unsigned int)strtoul(last ? last + 1 : line, NULL, 10) + 1;
}

void host_pins_prepare(struct bpf_map *counters)
{
	int cpus = libbpf_num_possible_cpus();

	bpf_map__set_max_entries(counters, cpus > 0 ? (uint32_t)cpus : 1);
}

void host_pins_choose(struct bpf_object *obj, bool possible)
{
	struct bpf_program *find = bpf_object__find_program_by_name(obj, "host_find");
	struct bpf_program *read = bpf_object__find_program_by_name(obj, "host_pins");

	host_pins_prepare(bpf_object__find_map_by_name(obj, "pin_counters"));
	bpf_program__set_autoload(find, possible);
	bpf_program__set_autoload(read, possible);
	/* It needs to be told which map. */
	bpf_program__set_autoattach(read, false);
}

static int find_counters(const struct bpf_object *obj)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	const struct bpf_program *find = bpf_object__find_program_by_name(obj, "host_find");

	if (bpf_program__fd(find) < 0 || bpf_prog_test_run_opts(bpf_program__fd(find), &opts))
		return 0;
	return (int)opts.retval;
}

void host_pins_attach(struct source *source, const struct bpf_object *obj)
{
	union bpf_iter_link_info info = {
		.map.map_fd = (uint32_t)bpf_object__find_map_fd_by_name(obj, "pin_counters"),
	};
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));

	if (find_counters(obj) <= 0)
		return;
	source->host_pins =
		bpf_program__attach_iter(bpf_object__find_program_by_name(obj, "host_pins"), &opts);
	if (source->host_pins)
		source->handles.fd[HANDLE_HOST_PINS] = bpf_link__fd(source->host_pins);
}

bool host_pins_read(int iterator, struct vt_host_pins *pins)
{
	int walk = iterator < 0 ? -1 : bpf_iter_create(iterator);
	bool complete;

	if (walk < 0)
		return false;
	complete = read(walk, pins, sizeof(*pins)) == (ssize_t)sizeof(*pins);
	close(walk);
	return complete;
}

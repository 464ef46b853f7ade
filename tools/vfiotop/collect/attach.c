// SPDX-License-Identifier: GPL-2.0-only
#include "attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privileges.h"

static bool debugging;

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return debugging ? vfprintf(stderr, format, args) : 0;
}

void programs_debug(bool debug)
{
	debugging = debug;
	libbpf_set_print(print_libbpf);
}

enum exit_code programs_load(struct programs *p)
{
	int error = bpf_object__load_skeleton(p->skeleton);

	return error ? programs_refused("load the BPF programs", error) : EXIT_DONE;
}

enum exit_code programs_attach(struct programs *p)
{
	int error = bpf_object__attach_skeleton(p->skeleton);

	/* Where perf events need another privilege than BPF, they are refused so. */
	if (error)
		return programs_refused("attach to VFIO", error == -EACCES ? -EPERM : error);
	return EXIT_DONE;
}

void programs_close(struct programs *p)
{
	bpf_object__destroy_skeleton(p->skeleton);
	free(p->memory);
	*p = (struct programs){ 0 };
}

enum exit_code programs_refused(const char *what, int error)
{
	if (error == -EPERM) {
		complain("cannot %s: not permitted; run it as root, and check kernel lockdown and "
			 "container limits",
			 what);
		return EXIT_NO_PRIVILEGE;
	}
	complain("cannot %s: %s; --debug shows what the kernel said%s", what, strerror(-error),
		 privileges_lockdown() == LOCKDOWN_UNKNOWN
			 ? ", and a mounted securityfs shows whether the kernel is locked down"
			 : "");
	return EXIT_REFUSED;
}

int programs_share(const struct bpf_object *tables, struct bpf_object *obj)
{
	struct bpf_map *map;
	int error = 0;

	bpf_object__for_each_map(map, obj)
	{
		int fd = bpf_object__find_map_fd_by_name(tables, bpf_map__name(map));

		if (!bpf_map__is_internal(map) && fd >= 0 && !error)
			error = bpf_map__reuse_fd(map, fd);
	}
	return error;
}

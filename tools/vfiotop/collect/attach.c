// SPDX-License-Identifier: GPL-2.0-only
#include "attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

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

void programs_detach(struct programs *p)
{
	if (p->skeleton)
		bpf_object__detach_skeleton(p->skeleton);
}

void programs_close(struct programs *p)
{
	bpf_object__destroy_skeleton(p->skeleton);
	free(p->memory);
	*p = (struct programs){ 0 };
}

uint64_t programs_missed(const struct programs *p)
{
	uint64_t missed = p->missed ? __atomic_load_n(p->missed, __ATOMIC_RELAXED) : 0;
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, p->obj)
	{
		struct bpf_prog_info info = { 0 };
		uint32_t size = sizeof(info);

		if (bpf_program__autoload(prog) &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &size))
			missed += info.recursion_misses;
	}
	return missed;
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

static size_t array_size(const struct bpf_map *map)
{
	return (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
}

void *map_array(const struct bpf_map *map)
{
	void *p = mmap(NULL, array_size(map), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map),
		       0);

	return p == MAP_FAILED ? NULL : p;
}

void unmap_array(void *array, const struct bpf_map *map)
{
	if (array)
		munmap(array, array_size(map));
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

// SPDX-License-Identifier: GPL-2.0-only
#include "iommufd.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "iommufd.skel.h"
#include "source.h"

#define NODE	  "/sys/class/misc/iommu"
#define TYPES	  "/sys/kernel/btf/iommufd"
#define FUNCTIONS 2048

struct names {
	size_t n;
	char all[FUNCTIONS][64];
};

bool iommufd_loaded(void)
{
	return access(NODE, F_OK) == 0;
}

/* Functions of iommufd and vfio; those that the compiler split have other names. */
static bool read_names(struct names *names)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512], type;

	names->n = 0;
	if (!file)
		return false;
	while (names->n < FUNCTIONS && fgets(line, sizeof(line), file))
		if ((strstr(line, "[iommufd]") || strstr(line, "[vfio]")) &&
		    sscanf(line, "%*s %c %63s", &type, names->all[names->n]) == 2 &&
		    (type == 't' || type == 'T'))
			names->n++;
	fclose(file);
	return true;
}

static bool exists(const struct names *names, const char *function)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->all[i], function))
			return true;
	return false;
}

/* The others are needed: without one, pins or mappings would not add up. */
static bool is_optional(const char *function)
{
	return !strcmp(function, "iommufd_vfio_ioctl") ||
	       !strcmp(function, "iommufd_ioas_map_file") ||
	       !strncmp(function, "iommufd_access_", strlen("iommufd_access_")) ||
	       !strncmp(function, "vfio_", strlen("vfio_"));
}

const char *iommufd_choose(struct bpf_object *obj, bool alone,
			   const struct collect_options *options)
{
	const char *missing = NULL;
	struct bpf_program *prog;
	struct names *names;

	names = access(TYPES, R_OK) ? NULL : malloc(sizeof(*names));
	if (!names || !read_names(names)) {
		free(names);
		return "with type information";
	}
	bpf_object__for_each_program(prog, obj)
	{
		const char *function = strchr(bpf_program__section_name(prog), '/') + 1;
		bool has = exists(names, function) && !collect_disabled(options, function);

		if (!alone && !strcmp(function, "vfio_df_unbind_iommufd"))
			has = false;

		bpf_program__set_autoload(prog, has);
		if (!has && !is_optional(function))
			missing = function;
	}
	free(names);
	return missing;
}

static bool load(struct iommufd_bpf *skel, const struct source *source)
{
	return !programs_share(source->programs.obj, skel->obj) && !programs_prepare(skel->obj) &&
	       !iommufd_bpf__load(skel) && !iommufd_bpf__attach(skel);
}

void iommufd_attach(struct source *source, uint32_t container_bits, uint32_t in_flight_slots,
		    const struct collect_options *options)
{
	struct iommufd_bpf *skel = iommufd_loaded() ? iommufd_bpf__open_opts(programs_options())
						    : NULL;

	if (!skel)
		return;
	skel->rodata->page_shift = (uint32_t)__builtin_ctzl((unsigned long)sysconf(_SC_PAGESIZE));
	skel->rodata->container_bits = container_bits;
	skel->rodata->containers_max = options->max_containers;
	skel->rodata->in_flight_mask = in_flight_slots - 1;
	skel->rodata->traced_ns = options->trace ? options->trace_ns : VT_UNKNOWN;
	skel->rodata->traced_pid = options->trace_pid;
	if (iommufd_choose(skel->obj, false, options) || !load(skel, source)) {
		iommufd_bpf__destroy(skel);
		return;
	}
	__atomic_store_n(&skel->bss->watching, 1, __ATOMIC_SEQ_CST);
	source->iommufd = (struct programs){ PROGRAMS(skel) };
	handles_add(&source->handles, skel->skeleton);
	source->handles.fd[HANDLE_IOMMUFD_VARIABLES] = bpf_map__fd(skel->maps.bss);
}

uint64_t iommufd_lost(const struct array *array, enum vt_lost kind)
{
	const typeof(*((struct iommufd_bpf *)0)->bss) *variables = array->slots;

	return variables ? __atomic_load_n(&variables->lost[kind], __ATOMIC_RELAXED) : 0;
}

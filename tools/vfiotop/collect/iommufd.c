// SPDX-License-Identifier: GPL-2.0-only
#include "iommufd.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "functions.h"
#include "hooks.h"
#include "iommufd.skel.h"
#include "pages.h"
#include "source.h"
#include "symbols.h"
#include "types.h"

#define NODE   "/sys/class/misc/iommu"
#define MODULE "/sys/module/iommufd/initstate"
#define TYPES  "/sys/kernel/btf/iommufd"

#define INSTEAD "--source=proc shows which processes use it"

bool iommufd_loaded(void)
{
	return access(NODE, F_OK) == 0;
}

/* Without one of them there are no phases. */
static const char *const phases[] = { "iommufd_pin_step", "iommufd_pin_step_end",
				      "iommufd_iommu_step", "iommufd_iommu_step_end" };

#define PHASES (sizeof(phases) / sizeof(phases[0]))

static bool has_phases(const struct bpf_object *obj)
{
	for (size_t i = 0; i < PHASES; i++)
		if (!bpf_program__autoload(bpf_object__find_program_by_name(obj, phases[i])))
			return false;
	return true;
}

static void leave_out_phases(const struct bpf_object *obj)
{
	for (size_t i = 0; i < PHASES; i++)
		bpf_program__set_autoload(bpf_object__find_program_by_name(obj, phases[i]), false);
}

/* Its module has them, or the kernel that it is built into. */
static bool is_typed(const struct collect_options *options)
{
	return types_running() && !collect_disabled(options, "types") &&
	       (access(MODULE, F_OK) || !access(TYPES, F_OK));
}

enum exit_code iommufd_choose(struct iommufd_bpf *skel, uint32_t in_flight_slots, bool alone,
			      const struct collect_options *options)
{
	struct functions *functions;
	const char *missing = NULL;
	struct bpf_program *prog;

	if (!is_typed(options)) {
		complain("cannot watch iommufd: it has no type information "
			 "(CONFIG_DEBUG_INFO_BTF_MODULES); " INSTEAD);
		return EXIT_NO_BTF;
	}
	functions = functions_of_iommufd(options, types_running(), SYMBOLS_FILE, true);
	if (!functions) {
		complain("cannot watch iommufd: its functions cannot be listed; " INSTEAD);
		return EXIT_NO_EVENTS;
	}
	bpf_object__for_each_program(prog, skel->obj)
	{
		const char *function = strchr(bpf_program__section_name(prog), '/') + 1;
		const struct hook *hook = hooks_find(&hooks_iommufd, function);
		const char *name = hook_name(hook, functions);
		bool has = name && !strcmp(name, function);

		bpf_program__set_autoload(prog, has && (alone || !hook->alone));
		if (!name && hook->needed)
			missing = hook->function;
	}
	functions_free(functions);
	skel->rodata->word_type = types_word(types_running()).type;
	skel->rodata->has_phases = options->runs && has_phases(skel->obj);
	if (skel->rodata->has_phases)
		bpf_map__set_max_entries(skel->maps.filled, in_flight_slots);
	else
		leave_out_phases(skel->obj);
	if (!missing)
		return EXIT_DONE;
	complain("cannot watch iommufd: this kernel's has no function %s that could be attached "
		 "to; " INSTEAD,
		 missing);
	return EXIT_NO_EVENTS;
}

static enum exit_code load(struct iommufd_bpf *skel, const struct source *source)
{
	int error = programs_share(source->programs.obj, skel->obj);

	if (!error)
		error = programs_prepare(skel->obj);
	if (!error)
		error = iommufd_bpf__load(skel);
	if (!error)
		error = iommufd_bpf__attach(skel);
	return error ? programs_refused("watch iommufd", error) : EXIT_DONE;
}

static enum exit_code attach(struct source *source, uint32_t container_bits,
			     uint32_t in_flight_slots, const struct collect_options *options)
{
	struct iommufd_bpf *skel = iommufd_bpf__open_opts(programs_options());
	enum exit_code code;

	if (!skel)
		return programs_refused("watch iommufd", -errno);
	skel->rodata->page_shift = (uint32_t)__builtin_ctzll(pages_sizes()->page);
	skel->rodata->superpage = pages_sizes()->superpage;
	skel->rodata->container_shift = 64 - container_bits;
	skel->rodata->containers_max = options->max_containers;
	skel->rodata->in_flight_mask = in_flight_slots - 1;
	skel->rodata->traced_ns = options->trace ? options->trace_ns : VT_UNKNOWN;
	skel->rodata->traced_pid = options->trace_pid;
	skel->rodata->traced_stacks = options->trace_stacks;
	code = iommufd_choose(skel, in_flight_slots, false, options);
	if (code == EXIT_DONE)
		code = load(skel, source);
	if (code != EXIT_DONE) {
		iommufd_bpf__destroy(skel);
		return code;
	}
	if (skel->rodata->has_phases)
		source->knowledge |= KNOWS_PHASES;
	__atomic_store_n(&skel->bss->watching, 1, __ATOMIC_SEQ_CST);
	source->iommufd = (struct programs){ PROGRAMS(skel) };
	handles_add(&source->handles, skel->skeleton);
	source->handles.fd[HANDLE_IOMMUFD_VARIABLES] = bpf_map__fd(skel->maps.bss);
	return EXIT_DONE;
}

void iommufd_attach(struct source *source, uint32_t container_bits, uint32_t in_flight_slots,
		    const struct collect_options *options)
{
	if (!iommufd_loaded())
		return;
	complaint_hold();
	attach(source, container_bits, in_flight_slots, options);
	complaint_release(source->no_iommufd);
}

uint64_t iommufd_lost(const struct array *array, enum vt_lost kind)
{
	const typeof(*((struct iommufd_bpf *)0)->bss) *variables = array->slots;

	return variables ? __atomic_load_n(&variables->lost[kind], __ATOMIC_RELAXED) : 0;
}

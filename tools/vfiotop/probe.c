// SPDX-License-Identifier: GPL-2.0-only
#include "probe.h"

#include <bpf/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <unistd.h>

#define MODULE	   "/sys/module/vfio"
#define MODULE_BTF "/sys/kernel/btf/vfio"
#define KERNEL_BTF "/sys/kernel/btf/vmlinux"
#define EVENT	   "vfio_dma_map"

static bool have_capability(cap_t caps, cap_value_t value)
{
	cap_flag_value_t set = CAP_CLEAR;

	return cap_get_flag(caps, value, CAP_EFFECTIVE, &set) == 0 && set == CAP_SET;
}

static bool privileged(void)
{
	cap_t caps = cap_get_proc();
	bool enough;

	if (!caps)
		return false;
	enough = have_capability(caps, CAP_SYS_ADMIN) ||
		 (have_capability(caps, CAP_BPF) && have_capability(caps, CAP_PERFMON));
	cap_free(caps);
	return enough;
}

/* Looking into the type information of modules needs more than BPF itself does. */
static bool may_read_module_btf(void)
{
	cap_t caps = cap_get_proc();
	bool may;

	if (!caps)
		return false;
	may = have_capability(caps, CAP_SYS_ADMIN);
	cap_free(caps);
	return may;
}

static bool module_btf_has_event(void)
{
	struct btf *base, *module = NULL;
	bool found = false;

	base = btf__load_vmlinux_btf();
	if (!base)
		return false;
	module = btf__parse_split(MODULE_BTF, base);
	if (module)
		found = btf__find_by_name_kind(module, "btf_trace_" EVENT, BTF_KIND_TYPEDEF) > 0;
	btf__free(module);
	btf__free(base);
	return found;
}

static bool tracefs_has_event(void)
{
	return access("/sys/kernel/tracing/events/vfio/" EVENT, F_OK) == 0 ||
	       access("/sys/kernel/debug/tracing/events/vfio/" EVENT, F_OK) == 0;
}

static enum exit_code check_loaded(void)
{
	if (!privileged()) {
		complain("cannot trace the kernel: not permitted; run it as root, or with CAP_BPF "
			 "and CAP_PERFMON");
		return EXIT_NO_PRIVILEGE;
	}
	if (access(MODULE, F_OK)) {
		complain("nothing to watch: VFIO is not loaded; load the modules vfio, "
			 "vfio_iommu_type1 and vfio-pci first");
		return EXIT_NO_VFIO;
	}
	return EXIT_DONE;
}

bool probe_has_events(void)
{
	return tracefs_has_event() || module_btf_has_event();
}

enum exit_code probe_method(enum attach_method *method)
{
	enum exit_code code = check_loaded();
	bool typed;

	if (code != EXIT_DONE)
		return code;
	typed = module_btf_has_event();
	if (!typed && !tracefs_has_event()) {
		complain("nothing to watch: the vfio module that is loaded has no tracepoints; "
			 "use --source=stock");
		return EXIT_NO_EVENTS;
	}
	if (*method == ATTACH_TP_BTF && !typed) {
		complain("cannot attach with tp_btf: %s has no type information; use "
			 "--attach=raw_tp",
			 access(KERNEL_BTF, R_OK) ? "the kernel" : "the vfio module");
		return EXIT_NO_BTF;
	}
	if (*method == ATTACH_AUTO)
		*method = typed && may_read_module_btf() ? ATTACH_TP_BTF : ATTACH_RAW_TP;
	return EXIT_DONE;
}

/* --- Functions of stock modules -------------------------------------------------- */

static const char *const stock_modules[] = { "vfio", "vfio_iommu_type1" };

#define STOCK_MODULES (sizeof(stock_modules) / sizeof(stock_modules[0]))

struct probe_functions {
	struct btf *kernel;
	struct btf *modules[STOCK_MODULES];
};

enum exit_code probe_stock(struct probe_functions **functions)
{
	enum exit_code code = check_loaded();
	struct probe_functions *f;

	if (code != EXIT_DONE)
		return code;
	if (!may_read_module_btf()) {
		complain("cannot attach to stock modules: not permitted; run it as root, or with "
			 "CAP_SYS_ADMIN");
		return EXIT_NO_PRIVILEGE;
	}
	f = calloc(1, sizeof(*f));
	if (!f) {
		complain("cannot start: out of memory; stop something else");
		return EXIT_FAILED;
	}
	*functions = f;
	f->kernel = btf__load_vmlinux_btf();
	for (size_t i = 0; f->kernel && i < STOCK_MODULES; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/sys/kernel/btf/%s", stock_modules[i]);
		f->modules[i] = btf__parse_split(path, f->kernel);
	}
	for (size_t i = 0; i < STOCK_MODULES; i++) {
		if (f->modules[i])
			continue;
		complain("cannot attach to stock modules: %s has no type information; use a kernel "
			 "with CONFIG_DEBUG_INFO_BTF_MODULES",
			 f->kernel ? stock_modules[i] : "the kernel");
		probe_functions_free(f);
		return EXIT_NO_BTF;
	}
	return EXIT_DONE;
}

bool probe_has_function(const struct probe_functions *functions, const char *name)
{
	/* A module's table ends with its own types: those below are the kernel's. */
	for (size_t i = 0; i < STOCK_MODULES; i++) {
		int id = btf__find_by_name_kind(functions->modules[i], name, BTF_KIND_FUNC);

		if (id >= (int)btf__type_cnt(functions->kernel))
			return true;
	}
	return false;
}

void probe_functions_free(struct probe_functions *functions)
{
	for (size_t i = 0; i < STOCK_MODULES; i++)
		btf__free(functions->modules[i]);
	btf__free(functions->kernel);
	free(functions);
}

void probe_drop_capabilities(void)
{
	static const cap_value_t kept[] = { CAP_SYS_PTRACE };
	cap_t before = cap_get_proc();
	cap_t after = cap_init();
	cap_flag_value_t has = CAP_CLEAR;

	if (before && after) {
		cap_get_flag(before, kept[0], CAP_PERMITTED, &has);
		if (has == CAP_SET) {
			cap_set_flag(after, CAP_PERMITTED, 1, kept, CAP_SET);
			cap_set_flag(after, CAP_EFFECTIVE, 1, kept, CAP_SET);
		}
		cap_set_proc(after);
	}
	cap_free(before);
	cap_free(after);
}

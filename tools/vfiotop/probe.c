// SPDX-License-Identifier: GPL-2.0-only
#include "probe.h"

#include <bpf/btf.h>
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

enum exit_code probe_method(enum attach_method *method)
{
	bool typed;

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
	typed = module_btf_has_event();
	if (!typed && !tracefs_has_event()) {
		complain("nothing to watch: the vfio module that is loaded has no tracepoints; "
			 "load this project's modules instead");
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

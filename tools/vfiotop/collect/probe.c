// SPDX-License-Identifier: GPL-2.0-only
#include "probe.h"

#include <bpf/btf.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULE	   "/sys/module/vfio"
#define MODULE_BTF "/sys/kernel/btf/vfio"
#define KERNEL_BTF "/sys/kernel/btf/vmlinux"
#define EVENT	   "vfio_dma_map"
#define KPROBES	   "/sys/bus/event_source/devices/kprobe"
#define IOMMUS	   "/sys/kernel/iommu_groups"
#define LOCKDOWN   "/sys/kernel/security/lockdown"

/* --- What the caller may do --------------------------------------------------------- */

/* Permitted is enough: probe_raise_capabilities() makes it effective. */
static bool have_capability(cap_t caps, cap_value_t value)
{
	cap_flag_value_t set = CAP_CLEAR;

	return cap_get_flag(caps, value, CAP_PERMITTED, &set) == 0 && set == CAP_SET;
}

enum lockdown probe_lockdown(void)
{
	FILE *file = fopen(LOCKDOWN, "re");
	char line[64] = "";

	if (!file)
		return LOCKDOWN_UNKNOWN;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	if (strstr(line, "[confidentiality]"))
		return LOCKDOWN_CONFIDENTIALITY;
	return line[0] ? LOCKDOWN_LESS : LOCKDOWN_UNKNOWN;
}

static bool may_trace(void)
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

bool probe_permitted(void)
{
	return may_trace() && probe_lockdown() != LOCKDOWN_CONFIDENTIALITY;
}

enum exit_code probe_check_permitted(void)
{
	if (!may_trace()) {
		complain("cannot trace the kernel: not permitted; run it as root, or with CAP_BPF "
			 "and CAP_PERFMON");
		return EXIT_NO_PRIVILEGE;
	}
	if (!probe_permitted()) {
		complain(
			"cannot trace the kernel: it is locked down (confidentiality), and refuses "
			"BPF programs that read its memory; boot it with lockdown=integrity");
		return EXIT_NO_PRIVILEGE;
	}
	return EXIT_DONE;
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

/* --- What is loaded ------------------------------------------------------------------- */

static const char *const backends[] = { "vfio_iommu_type1", "vfio_iommu_spapr_tce" };

#define BACKENDS (sizeof(backends) / sizeof(backends[0]))

/* Not one that is on its way in or out; what is built in has no such state. */
static bool is_live(const char *module)
{
	char path[64], state[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", module);
	file = fopen(path, "re");
	if (!file) {
		*strrchr(path, '/') = '\0';
		return access(path, F_OK) == 0;
	}
	if (!fgets(state, sizeof(state), file))
		state[0] = '\0';
	fclose(file);
	return strcmp(state, "live\n") == 0;
}

static bool is_backend(const char *module)
{
	for (size_t i = 0; i < BACKENDS; i++)
		if (!strcmp(module, backends[i]))
			return true;
	return false;
}

/* Those of devices use vfio as the backends do; nothing is known when it is built in. */
static bool has_driver(void)
{
	DIR *dir = opendir(MODULE "/holders");
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return true;
	while (!found && (entry = readdir(dir)))
		found = entry->d_name[0] != '.' && !is_backend(entry->d_name);
	closedir(dir);
	return found;
}

const char *probe_missing(void)
{
	bool backend = false;

	if (!is_live("vfio"))
		return "the module vfio";
	for (size_t i = 0; i < BACKENDS; i++)
		backend = backend || is_live(backends[i]);
	if (!backend)
		return "a backend such as vfio_iommu_type1";
	return has_driver() ? NULL : "a driver such as vfio-pci";
}

/* Directories of sysfs have numbers that do not come again soon. */
uint64_t probe_module_loading(const char *module)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	return stat(path, &st) ? 0 : st.st_ino;
}

uint64_t probe_loading(void)
{
	uint64_t sum = probe_module_loading("vfio");

	for (size_t i = 0; i < BACKENDS; i++)
		sum += probe_module_loading(backends[i]);
	return sum;
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

bool probe_loaded(void)
{
	return access(MODULE, F_OK) == 0;
}

enum exit_code probe_check_loaded(void)
{
	const char *missing = probe_missing();

	if (!missing)
		return EXIT_DONE;
	complain("nothing to watch: VFIO is not loaded, %s is missing; load the modules vfio, "
		 "vfio_iommu_type1 and vfio-pci first",
		 missing);
	return EXIT_NO_VFIO;
}

static enum exit_code check_loaded(void)
{
	enum exit_code code = probe_check_permitted();

	return code == EXIT_DONE ? probe_check_loaded() : code;
}

bool probe_has_events(const struct collect_options *options)
{
	return !collect_without(options, "tracepoints") &&
	       (tracefs_has_event() ||
		(!collect_without(options, "types") && module_btf_has_event()));
}

enum exit_code probe_method(const struct collect_options *options, enum attach_method *method)
{
	enum exit_code code = check_loaded();
	bool typed;

	if (code != EXIT_DONE)
		return code;
	if (!probe_has_events(options)) {
		complain("nothing to watch: the vfio module that is loaded has no tracepoints; "
			 "use --source=stock");
		return EXIT_NO_EVENTS;
	}
	typed = !collect_without(options, "types") && module_btf_has_event();
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
	const struct collect_options *options;
	struct btf *kernel;
	struct btf *modules[STOCK_MODULES];
};

static bool read_types(struct probe_functions *f)
{
	char path[64];

	f->kernel = btf__load_vmlinux_btf();
	if (!f->kernel)
		return false;
	for (size_t i = 0; i < STOCK_MODULES; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/btf/%s", stock_modules[i]);
		f->modules[i] = btf__parse_split(path, f->kernel);
		if (!f->modules[i])
			return false;
	}
	return true;
}

struct probe_functions *probe_functions_new(const struct collect_options *options)
{
	struct probe_functions *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->options = options;
	if (!collect_without(options, "types") && read_types(f))
		return f;
	probe_functions_free(f);
	return NULL;
}

void probe_functions_free(struct probe_functions *functions)
{
	if (!functions)
		return;
	for (size_t i = 0; i < STOCK_MODULES; i++)
		btf__free(functions->modules[i]);
	btf__free(functions->kernel);
	free(functions);
}

bool probe_has_function(const void *functions, const char *name)
{
	const struct probe_functions *f = functions;

	if (collect_without(f->options, name))
		return false;
	/* A module's table ends with its own types: those below are the kernel's. */
	for (size_t i = 0; i < STOCK_MODULES; i++) {
		int id = btf__find_by_name_kind(f->modules[i], name, BTF_KIND_FUNC);

		if (id >= (int)btf__type_cnt(f->kernel))
			return true;
	}
	return false;
}

enum exit_code probe_stock(const struct collect_options *options,
			   struct probe_functions **functions)
{
	enum exit_code code = check_loaded();

	if (code != EXIT_DONE)
		return code;
	if (!may_read_module_btf()) {
		complain("cannot attach to stock modules: not permitted; run it as root, or with "
			 "CAP_SYS_ADMIN");
		return EXIT_NO_PRIVILEGE;
	}
	*functions = probe_functions_new(options);
	if (*functions)
		return EXIT_DONE;
	complain("cannot attach to stock modules: the kernel, vfio or vfio_iommu_type1 has no type "
		 "information, or is not loaded; load this project's modules");
	return EXIT_NO_BTF;
}

/* --- What needs no type information ----------------------------------------------- */

#define SYMBOLS 256

struct probe_symbols {
	const struct collect_options *options;
	size_t n;
	char names[SYMBOLS][64];
};

/* Functions of the backend; their addresses do not matter, and may be hidden. */
static void read_symbols(struct probe_symbols *s, FILE *file)
{
	char line[512], type;

	while (s->n < SYMBOLS && fgets(line, sizeof(line), file)) {
		if (!strstr(line, "[vfio_iommu_type1]"))
			continue;
		if (sscanf(line, "%*s %c %63s", &type, s->names[s->n]) == 2 &&
		    (type == 't' || type == 'T') && strncmp(s->names[s->n], "__pfx_", 6) != 0)
			s->n++;
	}
}

struct probe_symbols *probe_symbols_new(const struct collect_options *options)
{
	struct probe_symbols *s;
	FILE *file;

	if (access(KPROBES, F_OK))
		return NULL;
	file = fopen("/proc/kallsyms", "re");
	if (!file)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s) {
		s->options = options;
		read_symbols(s, file);
	}
	fclose(file);
	return s;
}

bool probe_has_symbol(const void *symbols, const char *name)
{
	const struct probe_symbols *s = symbols;

	if (collect_without(s->options, name))
		return false;
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->names[i], name))
			return true;
	return false;
}

void probe_symbols_free(struct probe_symbols *symbols)
{
	free(symbols);
}

enum exit_code probe_kprobes(const struct collect_options *options, struct probe_symbols **symbols)
{
	enum exit_code code = check_loaded();

	if (code != EXIT_DONE)
		return code;
	*symbols = probe_symbols_new(options);
	if (*symbols)
		return EXIT_DONE;
	complain("cannot set kprobes: this kernel has none; use --source=iommu or --source=proc");
	return EXIT_NO_EVENTS;
}

enum exit_code probe_iommu(void)
{
	enum exit_code code = check_loaded();

	if (code != EXIT_DONE)
		return code;
	if (access(IOMMUS, F_OK) == 0)
		return EXIT_DONE;
	complain("cannot watch IOMMUs: this kernel has no tracepoints of them; use --source=proc");
	return EXIT_NO_EVENTS;
}

/* --- Capabilities --------------------------------------------------------------------- */

/* To attach, and to see the addresses that programs are loaded with. */
static const cap_value_t to_attach[] = { CAP_SYS_ADMIN, CAP_BPF, CAP_PERFMON, CAP_SYSLOG };
/* To look into /proc where it hides the processes of others, and at their files. */
static const cap_value_t to_watch[] = { CAP_SYS_PTRACE };
static const cap_value_t to_scan[] = { CAP_DAC_READ_SEARCH };

static void keep(cap_t after, cap_t before, const cap_value_t *values, size_t n, bool effective)
{
	for (size_t i = 0; i < n; i++) {
		if (!have_capability(before, values[i]))
			continue;
		cap_set_flag(after, CAP_PERMITTED, 1, &values[i], CAP_SET);
		if (effective)
			cap_set_flag(after, CAP_EFFECTIVE, 1, &values[i], CAP_SET);
	}
}

static void set_capabilities(bool attaching, bool scanning)
{
	cap_t before = cap_get_proc();
	cap_t after = cap_init();

	if (before && after) {
		keep(after, before, to_attach, sizeof(to_attach) / sizeof(to_attach[0]), attaching);
		keep(after, before, to_scan, sizeof(to_scan) / sizeof(to_scan[0]), scanning);
		keep(after, before, to_watch, sizeof(to_watch) / sizeof(to_watch[0]), true);
		cap_set_proc(after);
	}
	cap_free(before);
	cap_free(after);
}

void probe_raise_capabilities(void)
{
	set_capabilities(true, false);
}

void probe_drop_capabilities(bool scanning)
{
	set_capabilities(false, scanning);
}

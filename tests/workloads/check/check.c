// SPDX-License-Identifier: GPL-2.0-only
/* vfio-check: tests of the VFIO ABI from user space, as TAP; see check.h. */

#include "check.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned int tests;
static unsigned int failures;

static void vresult(bool passed, const char *directive, const char *format, va_list args)
{
	printf("%sok %u - ", passed ? "" : "not ", ++tests);
	vprintf(format, args);
	printf("%s\n", directive);
	fflush(stdout);
	if (!passed)
		failures++;
}

#define RESULT(passed, directive, format)               \
	do {                                            \
		va_list va;                             \
                                                        \
		va_start(va, format);                   \
		vresult(passed, directive, format, va); \
		va_end(va);                             \
	} while (0)

bool ok(bool passed, const char *format, ...)
{
	RESULT(passed, "", format);
	return passed;
}

bool is(int64_t got, int64_t want, const char *format, ...)
{
	RESULT(got == want, "", format);
	if (got != want)
		note("got %" PRId64 " (0x%" PRIx64 "), expected %" PRId64 " (0x%" PRIx64 ")", got,
		     got, want, want);
	return got == want;
}

static const char *errno_name(int64_t ret)
{
	const char *name = ret < 0 ? strerrorname_np(-ret) : NULL;

	return name ? name : "";
}

bool returns(int64_t got, int64_t want, const char *format, ...)
{
	RESULT(got == want, "", format);
	if (got != want)
		note("returned %" PRId64 " %s, expected %" PRId64 " %s", got, errno_name(got), want,
		     errno_name(want));
	return got == want;
}

void skip(const char *reason, const char *format, ...)
{
	char directive[128];

	snprintf(directive, sizeof(directive), " # SKIP %s", reason);
	RESULT(true, directive, format);
}

void note(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

void need(bool works, const char *format, ...)
{
	if (works)
		return;
	RESULT(false, "", format);
	note("cannot go on: %s", strerror(errno));
	exit(1);
}

struct vu need_open(const struct check_args *args, int iommu_type)
{
	struct vu u;
	int ret = vu_open(&u, args->group, args->device, iommu_type);

	errno = -ret;
	need(!ret, "open group %s with device %s", args->group, args->device);
	return u;
}

struct vm need_vm(void)
{
	struct vm vm;
	int ret = vm_open(&vm);

	errno = -ret;
	need(!ret, "KVM_CREATE_VM and KVM_CREATE_DEVICE of a VFIO device");
	return vm;
}

void *need_memory(enum vu_kind kind, size_t size)
{
	void *addr = vu_alloc(kind, size);

	need(addr, "%zu bytes of %s memory", size, vu_kind_names[kind]);
	return addr;
}

int reopened(const char *group)
{
	int fd = vu_group_open(group);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

struct ledger ledger_now(void)
{
	struct ledger now = { vu_pinned_pages(), vu_locked_kib() };

	need(now.pinned >= 0, "read the kernel's count of pinned pages");
	need(now.locked >= 0, "read VmLck");
	return now;
}

bool ledger_same(const struct ledger *before, const char *format, ...)
{
	struct ledger now = ledger_now();
	bool same = now.pinned == before->pinned && now.locked == before->locked;

	RESULT(same, "", format);
	if (!same)
		note("%ld pages more pinned, %ld KiB more locked", now.pinned - before->pinned,
		     now.locked - before->locked);
	return same;
}

bool pinned_becomes(long pages)
{
	int tries;

	for (tries = 0; tries < 2000; tries++) {
		if (vu_pinned_pages() == pages)
			return true;
		usleep(10000);
	}
	note("%ld pages pinned, expected %ld", vu_pinned_pages(), pages);
	return false;
}

pid_t spawn(int (*run)(const void *arg), const void *arg)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	need(child >= 0, "fork");
	if (!child)
		_exit(run(arg));
	return child;
}

int status_of(pid_t child)
{
	int status;

	need(waitpid(child, &status, 0) == child, "waitpid");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int become_nobody(void)
{
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		return -errno;
	return 0;
}

bool stock_modules(void)
{
	const char *modules = getenv("VFIOTOP_MODULES");

	return modules && !strcmp(modules, "stock");
}

static const struct {
	const char *name;
	void (*run)(const struct check_args *args);
	const char *what;
} areas[] = {
	{ "core", check_core, "containers, groups and device fds" },
	{ "viable", check_viable, "a group without host drivers in it" },
	{ "not-viable", check_not_viable, "a group with a host driver in it" },
	{ "drivers", check_drivers, "a host driver that comes and goes in the group" },
	{ "unbind", check_unbind, "taking a device back from its user" },
	{ "race", check_race, "ioctls against attach, detach and close from many threads" },
	{ "external", check_external, "a group held by another kernel module" },
	{ "kvm", check_kvm, "a group held by KVM" },
	{ "args", check_args, "arguments of map" },
	{ "limit", check_limit, "the last of a small number of mappings" },
	{ "unmap", check_unmap, "ranges and arguments of unmap" },
	{ "map", check_map, "mappings of each kind of memory" },
	{ "errors", check_errors, "maps that fail half-way" },
	{ "locked", check_locked, "locked memory of an unprivileged user" },
	{ "payer", check_payer, "who is refunded, after exec, fork and passing fds" },
	{ "after-exec", check_after_exec, "what payer runs after exec" },
	{ "kill", check_kill, "owners that are killed" },
	{ "kill-pieces", check_kill_pieces, "an owner that is killed with disable_hugepages" },
	{ "dma", check_dma, "DMA of an edu device" },
	{ "denied", check_denied, "DMA that no mapping allows" },
	{ "dirty", check_dirty, "information about the backend, and dirty pages" },
	{ "emulated", check_emulated, "pages that an emulated device pins" },
	{ "gate", check_gate, "what an emulated device is told while it opens and closes" },
	{ "recall", check_recall, "pages that emulated devices keep while they are unmapped" },
	{ "charge", check_charge, "locked memory of what is pinned at each moment" },
	{ "p2p", check_p2p, "the BAR of one edu device as DMA target of another" },
	{ "late-revoked", check_late_revoked, "a group that joins after a BAR is gone" },
	{ "windows", check_windows,
	  "the middle of requests: revocation of a BAR, exchange of memory" },
	{ "lost-bar", check_lost_bar, "a BAR that is revoked, of a device that sleeps and resets" },
	{ "exchange", check_exchange, "memory exchanged under requests; three devices" },
	{ "lost", check_lost, "an IOMMU that fails to unmap" },
	{ "payer-dies", check_payer_dies,
	  "a process that dies while a group joins; three devices" },
	{ "late-windows", check_late_windows, "the same while a group joins; three devices" },
	{ "aperture", check_aperture, "an IOMMU of 39 address bits" },
	{ "unsafe", check_unsafe, "a machine without interrupt remapping" },
	{ "hostile", check_hostile, "wrong arguments and wrong fds, and everything at once" },
	{ "hostile-groups", check_hostile_groups,
	  "groups given to KVM, attached late, closed meanwhile" },
	{ "hostile-emulated", check_hostile_emulated, "the same for emulated devices" },
	{ "fault-inject", check_fault_inject, "every call of the kernel fails once" },
	{ "emulated-fault-inject", check_emulated_fault_inject, "the same for an emulated device" },
	{ "alloc-fails", check_alloc_fails, "every allocation of the modules fails once" },
	{ "irq-alloc-fails", check_irq_alloc_fails, "the same for interrupts" },
	{ "pci-alloc-fails", check_pci_alloc_fails, "the same for what other devices have" },
	{ "emulated-alloc-fails", check_emulated_alloc_fails, "the same for an emulated device" },
	{ "many-ranges", check_many_ranges, "an IOMMU with 1000 reserved regions" },
	{ "pci", check_pci, "information and registers of an edu device" },
	{ "hot-reset", check_hot_reset, "the reset of a bus with several functions" },
	{ "hot-reset-denied", check_hot_reset_denied, "the same where one is not bound" },
	{ "aer", check_aer, "errors that a virtio device reports" },
	{ "power", check_power, "power states of an e1000e" },
	{ "atomics", check_atomics, "AtomicOps of a device behind a port that completes them" },
	{ "no-atomics", check_no_atomics, "the same where none completes them" },
	{ "framebuffer", check_framebuffer, "the memory of a VGA device" },
	{ "low-power", check_low_power, "low power while a device is open" },
	{ "vga", check_vga, "the legacy ranges of a VGA device" },
	{ "no-vga", check_no_vga, "a VGA device without the legacy ranges" },
	{ "large-bar", check_large_bar, "a BAR of 64 MiB, and DMA of edu to it" },
	{ "bypass", check_bypass, "interrupts that KVM would deliver" },
	{ "close-reset", check_close_reset, "a function that cannot be reset alone" },
	{ "close-orders", check_close_orders, "the same, whoever of its bus is closed last" },
	{ "mark", check_mark, "something is written to that function" },
	{ "unmarked", check_unmarked, "the next user does not find it" },
	{ "reset-fails", check_reset_fails, "a function that loses its reset while it is open" },
	{ "reset-stalled", check_reset_stalled, "devices opened while a bus is being reset" },
	{ "close-locked", check_close_locked, "a function that is locked while it is closed" },
	{ "intx-hidden", check_intx_hidden, "a device whose INTx status lies" },
	{ "intx-line", check_intx_line, "a device that cannot mask INTx" },
	{ "always-decodes", check_always_decodes, "memory decoding without a switch" },
	{ "rom-invalid", check_rom_invalid, "a ROM without a signature" },
	{ "gone", check_gone, "a device that does not answer any more" },
	{ "bar-sizes", check_bar_sizes, "accesses of every size to an nvme device" },
	{ "irq-answers", check_irq_answers, "interrupts turned on and off that are not" },
	{ "intx", check_intx, "INTx of an edu device" },
	{ "msi", check_msi, "MSI of an edu device" },
	{ "msix", check_msix, "MSI-X of a rocker" },
	{ "notices", check_notices, "error and request interrupts of an nvme device" },
	{ "reconfigure", check_reconfigure, "interrupts set up in any order" },
	{ "config", check_config, "config space: capabilities, and the size of BARs" },
	{ "config-attack", check_config_attack, "writes everywhere in config space" },
	{ "bars", check_bars, "a BAR of memory (ivshmem) by read, write and mmap, on and off" },
	{ "ports", check_ports, "I/O ports of an e1000e" },
	{ "rom", check_rom, "the ROM of an e1000e" },
	{ "ioeventfd", check_ioeventfd, "eventfds that write to an ivshmem device" },
	{ "features", check_features, "feature probing" },
	{ "reset", check_reset, "function reset, by ioctl and between users" },
	{ "mess", check_mess, "a user that is killed in its work" },
	{ "spapr", check_spapr, "the SPAPR TCE backend" },
	{ "spapr-held", check_spapr_held, "a container with a SPAPR TCE backend, to be watched" },
	{ "config-dump", check_config_dump, "no tests: config space, for lspci -F" },
	{ "config-table", check_config_table,
	  "no tests: values in config space, and what is writable" },
};

#define AREAS (sizeof(areas) / sizeof(areas[0]))

static _Noreturn void usage(FILE *out, int status)
{
	size_t i;

	fprintf(out, "usage: vfio-check AREA --group N --device ADDRESS"
		     " [--group2 N --device2 ADDRESS]"
		     " [--group3 N --device3 ADDRESS]\n\nAreas:\n");
	for (i = 0; i < AREAS; i++)
		fprintf(out, "  %-22s %s\n", areas[i].name, areas[i].what);
	exit(status);
}

int main(int argc, char **argv)
{
	enum {
		GROUP,
		DEVICE,
		GROUP2,
		DEVICE2,
		GROUP3,
		DEVICE3,
		HELP
	};
	static const struct option options[] = {
		{ "group", required_argument, NULL, GROUP },
		{ "device", required_argument, NULL, DEVICE },
		{ "group2", required_argument, NULL, GROUP2 },
		{ "device2", required_argument, NULL, DEVICE2 },
		{ "group3", required_argument, NULL, GROUP3 },
		{ "device3", required_argument, NULL, DEVICE3 },
		{ "help", no_argument, NULL, HELP },
		{ 0 },
	};
	struct check_args args = { 0 };
	size_t i;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case GROUP:
			args.group = optarg;
			break;
		case DEVICE:
			args.device = optarg;
			break;
		case GROUP2:
			args.group2 = optarg;
			break;
		case DEVICE2:
			args.device2 = optarg;
			break;
		case GROUP3:
			args.group3 = optarg;
			break;
		case DEVICE3:
			args.device3 = optarg;
			break;
		case HELP:
			usage(stdout, 0);
		default:
			usage(stderr, 2);
		}
	}
	if (optind != argc - 1 || !args.group || !args.device || !args.group2 != !args.device2 ||
	    !args.group3 != !args.device3)
		usage(stderr, 2);
	for (i = 0; i < AREAS && strcmp(argv[optind], areas[i].name); i++)
		;
	if (i == AREAS)
		usage(stderr, 2);

	areas[i].run(&args);
	printf("1..%u\n", tests);
	return failures > 0;
}

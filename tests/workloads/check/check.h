/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame of vfio-check: TAP, and what must be the same before and after. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vfio_user.h"
#include "vm.h"

/**
 * struct check_args - the devices to play with, each alone in its group
 * @group: number of the first one's group
 * @device: its PCI address
 * @group2: of a second one, or NULL
 * @device2: its PCI address, or NULL
 * @group3: of a third one, or NULL
 * @device3: its PCI address, or NULL
 */
struct check_args {
	const char *group;
	const char *device;
	const char *group2;
	const char *device2;
	const char *group3;
	const char *device3;
};

void check_core(const struct check_args *args);
void check_viable(const struct check_args *args);
void check_not_viable(const struct check_args *args);
void check_drivers(const struct check_args *args);
void check_unbind(const struct check_args *args);
void check_race(const struct check_args *args);
void check_external(const struct check_args *args);
void check_kvm(const struct check_args *args);
void check_args(const struct check_args *args);
void check_limit(const struct check_args *args);
void check_unmap(const struct check_args *args);
void check_map(const struct check_args *args);
void check_errors(const struct check_args *args);
void check_locked(const struct check_args *args);
void check_payer(const struct check_args *args);
void check_after_exec(const struct check_args *args);
void check_kill(const struct check_args *args);
void check_kill_pieces(const struct check_args *args);
void check_dma(const struct check_args *args);
void check_denied(const struct check_args *args);
void check_dirty(const struct check_args *args);
void check_emulated(const struct check_args *args);
void check_gate(const struct check_args *args);
void check_recall(const struct check_args *args);
void check_charge(const struct check_args *args);
void check_p2p(const struct check_args *args);
void check_late_revoked(const struct check_args *args);
void check_windows(const struct check_args *args);
void check_lost_bar(const struct check_args *args);
void check_exchange(const struct check_args *args);
void check_lost(const struct check_args *args);
void check_payer_dies(const struct check_args *args);
void check_late_windows(const struct check_args *args);
void check_aperture(const struct check_args *args);
void check_hostile(const struct check_args *args);
void check_hostile_groups(const struct check_args *args);
void check_hostile_emulated(const struct check_args *args);
void check_unsafe(const struct check_args *args);
void check_fault_inject(const struct check_args *args);
void check_emulated_fault_inject(const struct check_args *args);
void check_alloc_fails(const struct check_args *args);
void check_irq_alloc_fails(const struct check_args *args);
void check_pci_alloc_fails(const struct check_args *args);
void check_emulated_alloc_fails(const struct check_args *args);
void check_many_ranges(const struct check_args *args);
void check_pci(const struct check_args *args);
void check_hot_reset(const struct check_args *args);
void check_hot_reset_denied(const struct check_args *args);
void check_aer(const struct check_args *args);
void check_power(const struct check_args *args);
void check_low_power(const struct check_args *args);
void check_atomics(const struct check_args *args);
void check_no_atomics(const struct check_args *args);
void check_vga(const struct check_args *args);
void check_framebuffer(const struct check_args *args);
void check_no_vga(const struct check_args *args);
void check_large_bar(const struct check_args *args);
void check_bypass(const struct check_args *args);
void check_close_reset(const struct check_args *args);
void check_close_orders(const struct check_args *args);
void check_mark(const struct check_args *args);
void check_unmarked(const struct check_args *args);
void check_reset_fails(const struct check_args *args);
void check_reset_stalled(const struct check_args *args);
void check_close_locked(const struct check_args *args);
void check_intx_hidden(const struct check_args *args);
void check_intx_line(const struct check_args *args);
void check_always_decodes(const struct check_args *args);
void check_rom_invalid(const struct check_args *args);
void check_gone(const struct check_args *args);
void check_bar_sizes(const struct check_args *args);
void check_intx(const struct check_args *args);
void check_irq_answers(const struct check_args *args);
void check_msi(const struct check_args *args);
void check_msix(const struct check_args *args);
void check_notices(const struct check_args *args);
void check_reconfigure(const struct check_args *args);
void check_config(const struct check_args *args);
void check_config_attack(const struct check_args *args);
void check_config_dump(const struct check_args *args);
void check_config_table(const struct check_args *args);
void check_bars(const struct check_args *args);
void check_ports(const struct check_args *args);
void check_rom(const struct check_args *args);
void check_ioeventfd(const struct check_args *args);
void check_features(const struct check_args *args);
void check_reset(const struct check_args *args);
void check_mess(const struct check_args *args);
void check_spapr(const struct check_args *args);
void check_spapr_held(const struct check_args *args);

#define PRINTF(n) __attribute__((format(printf, n, (n) + 1)))

/* One test each. All return whether it passed. */
bool ok(bool passed, const char *format, ...) PRINTF(2);
bool is(int64_t got, int64_t want, const char *format, ...) PRINTF(3);
/* The same for results that are 0 or a negative errno. */
bool returns(int64_t got, int64_t want, const char *format, ...) PRINTF(3);
void skip(const char *reason, const char *format, ...) PRINTF(2);
void note(const char *format, ...) PRINTF(1);

/* Something outside of what is tested must work: ends the program if not. */
void need(bool works, const char *format, ...) PRINTF(2);

/* For what does not depend on the backend: the one that the machine has. */
#ifdef __powerpc64__
#define CHECK_IOMMU VFIO_SPAPR_TCE_IOMMU
#else
#define CHECK_IOMMU VFIO_TYPE1v2_IOMMU
#endif

/* A container with @args' group and device, or the end of the program. */
struct vu need_open(const struct check_args *args, int iommu_type);
/* A virtual machine, or the end. */
struct vm need_vm(void);
void *need_memory(enum vu_kind kind, size_t size);
/* 0 if the group can be opened, which this closes again, or a negative errno. */
int reopened(const char *group);

/**
 * struct ledger - what a failed or undone request must leave as it was
 * @pinned: pages pinned in the whole system
 * @locked: this process's VmLck in KiB
 */
struct ledger {
	long pinned;
	long locked;
};

struct ledger ledger_now(void);
/* One test: the ledger is what it was. */
bool ledger_same(const struct ledger *before, const char *format, ...) PRINTF(2);
/* Waits until as many pages are pinned in the system; false if that never comes. */
bool pinned_becomes(long pages);

/*
 * Runs @run in a child and returns its process id. The child ends with the
 * status that @run returns; its tests are not counted, so it makes none.
 */
pid_t spawn(int (*run)(const void *arg), const void *arg);
/* The exit status of a child, or 128 + the signal that ended it. */
int status_of(pid_t child);

/* The run is about the distribution's modules, whose known faults are not ours. */
bool stock_modules(void);

/* A user without any privilege. */
#define NOBODY 65534
int become_nobody(void);

#endif /* CHECK_H */

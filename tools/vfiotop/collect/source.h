/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sources: each is a table of functions that the collector calls without asking which
 * source it is. All but one have BPF programs of their own.
 */
#ifndef VFIOTOP_SOURCE_H
#define VFIOTOP_SOURCE_H

#include "attach.h"
#include "exit.h"
#include "handles.h"
#include "options.h"
#include "pci.h"
#include "processes.h"
#include "scan.h"
#include "snapshot.h"

struct bpf_link;
struct source;
struct tables;

/**
 * struct lookup - what completes the rows of a snapshot
 * @processes: processes by number
 * @names: names of PCI devices, or NULL
 */
struct lookup {
	struct processes *processes;
	struct pci_names *names;
};

/**
 * struct table_settings - variables of programs that fill tables
 * @page_shift: set before loading: bytes of a page, as a power of two
 * @superpage: set before loading: bytes of a superpage
 * @container_shift: set before loading: by how much an index of a container is shorter than 64 bits
 * @containers_max: set before loading: the most containers at once
 * @in_flight_mask: set before loading: slots of operations in flight, less one
 * @traced_ns: set before loading: the least time of a request that is told
 * @traced_pid: set before loading: the process whose requests are told, 0 for all
 * @traced_stacks: set before loading: tell them with their stacks
 * @watching: set once all is attached
 */
struct table_settings {
	volatile uint32_t *page_shift;
	volatile uint64_t *superpage;
	volatile uint32_t *container_shift;
	volatile uint64_t *containers_max;
	volatile uint32_t *in_flight_mask;
	volatile uint64_t *traced_ns;
	volatile uint32_t *traced_pid;
	volatile uint32_t *traced_stacks;
	volatile uint32_t *watching;
};

/* Those of a skeleton. */
#define TABLE_SETTINGS(skel)                                                              \
	{                                                                                 \
		.page_shift = (volatile uint32_t *)&(skel)->rodata->page_shift,           \
		.superpage = (volatile uint64_t *)&(skel)->rodata->superpage,             \
		.container_shift = (volatile uint32_t *)&(skel)->rodata->container_shift, \
		.containers_max = (volatile uint64_t *)&(skel)->rodata->containers_max,   \
		.in_flight_mask = (volatile uint32_t *)&(skel)->rodata->in_flight_mask,   \
		.traced_ns = (volatile uint64_t *)&(skel)->rodata->traced_ns,             \
		.traced_pid = (volatile uint32_t *)&(skel)->rodata->traced_pid,           \
		.traced_stacks = (volatile uint32_t *)&(skel)->rodata->traced_stacks,     \
		.watching = (volatile uint32_t *)&(skel)->bss->watching,                  \
	}

/**
 * struct source_type - one source
 * @choice: its name is in source_names
 * @feature: feature without which it cannot work, beside "bpf"; NULL when there is none
 * @needs_bpf: it has BPF programs, and the privilege to load them is needed
 * @lost: where in the programs' variables totals by enum vt_lost are
 * @kept: likewise pages that mappings did not give back; 0 if not counted
 * @missed: likewise calls whose begin or end the programs have not seen; 0 if not counted
 * @runs_program: the program that counts runs within a budget, NULL when there is none
 * @runs_over: likewise not 0 once that is used up
 * @open: see whether it is possible here; sets method, knowledge and the like
 * @attach: have the programs count; NULL when there are none
 * @start: begin to read what they count, without privileges to attach
 * @read: fill a snapshot in; false when out of memory
 * @close: undo @start, also where it failed; NULL if there is nothing to do
 */
struct source_type {
	enum source_choice choice;
	const char *feature;
	bool needs_bpf;
	size_t lost;
	size_t kept;
	size_t missed;
	const char *runs_program;
	size_t runs_over;
	enum exit_code (*open)(struct source *source, const struct collect_options *options);
	enum exit_code (*attach)(struct source *source, const struct collect_options *options);
	enum exit_code (*start)(struct source *source);
	bool (*read)(struct source *source, const struct lookup *lookup, struct snapshot *snapshot);
	void (*close)(struct source *source);
};

#define SOURCE_METHOD_SIZE  16
#define SOURCE_FOLLOWS_SIZE 32

/**
 * struct source - a source that is open
 *
 * It is opened and attached in one process, and started and read in another one.
 *
 * @type: which
 * @method: how its programs are attached, empty when there are none
 * @follows: module that the programs are in and do not keep loaded, or empty
 * @knowledge: enum knowledge
 * @refused: better ones that the kernel did not let attach
 * @programs: its programs, where it was opened
 * @settings: their variables, of a source that knows containers
 * @census: the programs that look for what is open already, where there are some
 * @census_iommufd: likewise those that look for contexts of iommufd
 * @iommufd: the programs of iommufd, beside others, where there are some
 * @with_iommufd: its own programs watch it
 * @no_iommufd: why it is not watched beside others, empty when it is or is not there
 * @host_pins: reads the host's count of pins, NULL where it is not known
 * @handles: what was attached
 * @variables: of the programs, where it was started
 * @tables: tables that the programs fill, of a source that knows containers
 * @runs_over: runs are no longer counted, as that became too costly
 * @scan: what was found in /proc, of a source that knows processes
 */
struct source {
	const struct source_type *type;
	char method[SOURCE_METHOD_SIZE];
	char follows[SOURCE_FOLLOWS_SIZE];
	unsigned int knowledge;
	unsigned int refused;
	struct programs programs;
	struct table_settings settings;
	struct programs census;
	struct programs census_iommufd;
	struct programs iommufd;
	bool with_iommufd;
	char no_iommufd[COMPLAINT_SIZE];
	struct bpf_link *host_pins;
	struct handles handles;
	struct array variables;
	struct tables *tables;
	bool runs_over;
	struct scan scan;
};

extern const struct source_type source_tracepoints;
extern const struct source_type source_stock;
extern const struct source_type source_iommufd;
extern const struct source_type source_kprobes;
extern const struct source_type source_iommu;
extern const struct source_type source_proc;

#endif /* VFIOTOP_SOURCE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sources: each is a table of functions that the collector calls without asking which
 * source it is. All but one have BPF programs of their own.
 */
#ifndef VFIOTOP_SOURCE_H
#define VFIOTOP_SOURCE_H

#include "attach.h"
#include "options.h"
#include "pci.h"
#include "processes.h"
#include "scan.h"
#include "snapshot.h"

struct source;
struct tables;

/**
 * struct lookup - what completes the rows of a snapshot
 * @processes: processes by number
 * @names: names of PCI devices, or NULL
 */
struct lookup {
	struct processes *processes;
	struct pci_access *names;
};

/**
 * struct source_type - one source
 * @choice: its name is in source_names
 * @feature: feature without which it cannot work, beside "bpf"; NULL when there is none
 * @needs_bpf: it has BPF programs, and the privilege to load them is needed
 * @open: see whether it is possible here; sets method, knowledge and the like
 * @attach: begin to count
 * @read: fill a snapshot in; false when out of memory
 * @close: undo @attach and @open, also where one of them failed; NULL if there is nothing to do
 */
struct source_type {
	enum source_choice choice;
	const char *feature;
	bool needs_bpf;
	enum exit_code (*open)(struct source *source, const struct collect_options *options);
	enum exit_code (*attach)(struct source *source, const struct collect_options *options);
	bool (*read)(struct source *source, const struct lookup *lookup, struct snapshot *snapshot);
	void (*close)(struct source *source);
};

/**
 * struct source - a source that is open
 * @type: which
 * @method: how its programs are attached, NULL when there are none
 * @follows: module that the programs are in and do not keep loaded, or NULL
 * @knowledge: enum knowledge
 * @programs: its programs
 * @tables: tables that the programs fill, of a source that knows containers
 * @scan: what was found in /proc, of a source that knows processes
 */
struct source {
	const struct source_type *type;
	const char *method;
	const char *follows;
	unsigned int knowledge;
	struct programs programs;
	struct tables *tables;
	struct scan scan;
};

extern const struct source_type source_tracepoints;
extern const struct source_type source_stock;
extern const struct source_type source_iommufd;
extern const struct source_type source_kprobes;
extern const struct source_type source_iommu;
extern const struct source_type source_proc;

#endif /* VFIOTOP_SOURCE_H */

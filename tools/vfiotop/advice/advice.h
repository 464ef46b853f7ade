/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What to change so that an address space works better, and the figures that say so.
 */
#ifndef VFIOTOP_ADVICE_H
#define VFIOTOP_ADVICE_H

#include "view.h"

#define ADVICE_MOST	12 /* pieces of advice on one container */
#define ADVICE_FIGURES	6
#define ADVICE_UNKNOWNS 8
#define ADVICE_TEXT	384

/**
 * struct advice - one piece of advice
 * @kind: e.g. "memlock"
 * @change: what to change
 * @reason: why, with the figures that it rests on
 * @gain: what it would bring
 * @figures: names of fields of the container that it rests on, NULL after the last
 */
struct advice {
	const char *kind;
	char change[ADVICE_TEXT];
	char reason[ADVICE_TEXT];
	char gain[ADVICE_TEXT];
	const char *figures[ADVICE_FIGURES];
};

/**
 * struct advice_unknown - something that advice could rest on, but that is not known
 * @what: what is unknown
 * @how: how it would become known
 */
struct advice_unknown {
	const char *what;
	const char *how;
};

/**
 * struct advice_list - all advice on one container
 * @advice: n of them, the most urgent first
 * @n: how many
 * @unknown: n_unknown of them
 * @n_unknown: how many
 */
struct advice_list {
	struct advice advice[ADVICE_MOST];
	size_t n;
	struct advice_unknown unknown[ADVICE_UNKNOWNS];
	size_t n_unknown;
};

/**
 * struct advice_basis - what advice on a container rests on
 * @container: its figures; pointers in it are not used
 * @failures: requests that were refused, also those of other containers
 * @n_failures: how many
 * @knowledge: enum knowledge of the source
 * @source: name of the source
 * @hugepages_disabled: whether vfio_iommu_type1 has disable_hugepages set
 */
struct advice_basis {
	const struct container_view *container;
	const struct failure_view *failures;
	size_t n_failures;
	unsigned int knowledge;
	const char *source;
	struct figure hugepages_disabled;
};

/**
 * advise - find all advice on a container
 * @basis: what it rests on
 * @list: is filled in
 */
void advise(const struct advice_basis *basis, struct advice_list *list);

#endif /* VFIOTOP_ADVICE_H */

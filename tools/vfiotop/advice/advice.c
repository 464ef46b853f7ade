// SPDX-License-Identifier: GPL-2.0-only
#include "advice.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

#define LOW_PERCENT   50	   /* less in superpages is little */
#define MANY_MAPS     64	   /* so many small ones are many */
#define LONG_NS	      100000000ULL /* a map that takes longer delays a start */
#define HOT_MILLI     1000000ULL   /* maps per second, times 1000 */
#define NEAR_LOCKED   90	   /* percent of a limit */
#define NEAR_MAPPINGS 80

/* --- Words --------------------------------------------------------------------------- */

static struct advice *add(struct advice_list *list, const char *kind, const char *const *figures)
{
	struct advice *a = &list->advice[list->n++];

	a->kind = kind;
	for (size_t i = 0; i + 1 < ADVICE_FIGURES && figures[i]; i++)
		a->figures[i] = figures[i];
	return a;
}

#define ADD(list, kind, ...) add(list, kind, (const char *const[]){ __VA_ARGS__, NULL })

static void say(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(char *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(text, ADVICE_TEXT, format, args);
	va_end(args);
}

static void unknown(struct advice_list *list, const char *what, const char *how)
{
	list->unknown[list->n_unknown++] = (struct advice_unknown){ what, how };
}

struct word {
	char text[WORD_SIZE];
};

static struct word bytes(uint64_t value)
{
	struct word word;

	word_bytes(value, word.text);
	return word;
}

static struct word time_of(uint64_t ns)
{
	struct word word;

	word_ns(ns, word.text);
	return word;
}

/* --- Figures ------------------------------------------------------------------------- */

static bool knows(const struct advice_basis *b, unsigned int knowledge)
{
	return (b->knowledge & knowledge) == knowledge;
}

static bool is_near(struct figure part, struct figure whole, uint64_t percent)
{
	return part.known && whole.known && whole.value &&
	       (double)part.value >= (double)whole.value * (double)percent / 100;
}

/* The first failed map of this container at that step, NULL when there was none. */
static const struct failure_view *failed_at(const struct advice_basis *b, const char *stage)
{
	for (size_t i = 0; i < b->n_failures; i++) {
		const struct failure_view *f = &b->failures[i];

		if (!strcmp(f->operation, "map") && !strcmp(f->stage, stage) &&
		    f->container.known && f->container.value == b->container->id.value)
			return f;
	}
	return NULL;
}

/* Of maps at that step; the largest that would have been needed. */
static uint64_t locked_needed(const struct advice_basis *b)
{
	uint64_t most = 0;

	for (size_t i = 0; i < b->n_failures; i++) {
		const struct failure_view *f = &b->failures[i];

		if (f->container.value == b->container->id.value && f->locked.known &&
		    f->locked.value + f->size.value > most)
			most = f->locked.value + f->size.value;
	}
	return most;
}

/* As many as @size fills, the last one perhaps not wholly. */
static uint64_t superpages(const struct container_view *c, uint64_t size)
{
	return (size + c->sizes.superpage - 1) / c->sizes.superpage;
}

static bool are_small(const struct container_view *c)
{
	return c->map.mean_bytes.known && c->map.mean_bytes.value < c->sizes.superpage;
}

/* --- Limits -------------------------------------------------------------------------- */

static void on_short_unmaps(const struct advice_basis *b, struct advice_list *list)
{
	const struct container_view *c = b->container;
	struct advice *a;

	if (!c->unmap_differs.known || !c->unmap_differs.value)
		return;
	a = ADD(list, "unmap", "unmap.differs");
	say(a->change, "Unmap whole mappings, exactly as they were mapped; or choose "
		       "VFIO_TYPE1v2_IOMMU, which refuses any other unmap.");
	say(a->reason,
	    "%" PRIu64 " unmaps succeeded, but unmapped another number of bytes than "
	    "they asked for.",
	    c->unmap_differs.value);
	say(a->gain, "Devices no longer reach memory that the program takes for unmapped and "
		     "uses again.");
}

static void on_memlock(const struct advice_basis *b, struct advice_list *list)
{
	const struct container_view *c = b->container;
	const struct failure_view *f = failed_at(b, "account");
	bool near = is_near(c->locked, c->locked_limit, NEAR_LOCKED) &&
		    !(c->locked_unlimited.known && c->locked_unlimited.value);
	uint64_t needed = locked_needed(b);
	struct advice *a;

	if (!f && !near)
		return;
	a = ADD(list, "memlock", "locked_bytes", "locked_limit_bytes", "map.errors");
	if (needed)
		say(a->change,
		    "Raise RLIMIT_MEMLOCK to at least %" PRIu64 " KiB (%s): ulimit -l, "
		    "LimitMEMLOCK= of a unit, <hard_limit> of a libvirt domain; or give "
		    "the program CAP_IPC_LOCK.",
		    (needed + 1023) / 1024, bytes(needed).text);
	else
		say(a->change, "Raise RLIMIT_MEMLOCK: ulimit -l, LimitMEMLOCK= of a unit, "
			       "<hard_limit> of a libvirt domain; or give the program "
			       "CAP_IPC_LOCK.");
	if (f && f->locked.known)
		say(a->reason,
		    "A map of %s was refused with -12 ENOMEM, as %s were locked of a "
		    "limit of %s.",
		    bytes(f->size.value).text, bytes(f->locked.value).text,
		    bytes(f->locked_limit.value).text);
	else if (f)
		say(a->reason,
		    "A map of %s was refused with -12 ENOMEM by the limit of locked "
		    "memory.",
		    bytes(f->size.value).text);
	else
		say(a->reason, "%s are locked of a limit of %s.", bytes(c->locked.value).text,
		    bytes(c->locked_limit.value).text);
	say(a->gain, f ? "The maps that were refused succeed."
		       : "The next large map is not refused with -12 ENOMEM.");
}

static void on_entry_limit(const struct advice_basis *b, struct advice_list *list)
{
	const struct container_view *c = b->container;
	const struct failure_view *f = failed_at(b, "limit");
	struct advice *a;

	if (!f && !is_near(c->mappings, c->mappings_limit, NEAR_MAPPINGS))
		return;
	a = ADD(list, "entry-limit", "mappings", "mappings_limit", "mapping_bytes",
		"map.mean_bytes");
	say(a->change,
	    "%s raise the parameter dma_entry_limit of the module vfio_iommu_type1 "
	    "before the container is opened.",
	    are_small(c) ? "Join neighbouring mappings into fewer, larger ones; or"
			 : "Map fewer, larger ranges; or");
	if (f && c->mappings_limit.known)
		say(a->reason,
		    "A map was refused with -28 ENOSPC, as all of the %" PRIu64
		    " mappings that a container may have were in use.",
		    c->mappings_limit.value);
	else if (f)
		say(a->reason, "A map was refused with -28 ENOSPC, as all mappings that a "
			       "container may have were in use.");
	else
		say(a->reason, "%" PRIu64 " of %" PRIu64 " mappings are in use%s%s.",
		    c->mappings.value, c->mappings_limit.value,
		    c->mapping_bytes.known ? ", each of " : "",
		    c->mapping_bytes.known ? bytes(c->mapping_bytes.value).text : "");
	say(a->gain,
	    f ? "The maps that were refused succeed." : "Maps are not refused with -28 ENOSPC.");
}

static void on_aperture(const struct advice_basis *b, struct advice_list *list)
{
	const struct failure_view *f = failed_at(b, "aperture");
	uint64_t last;
	unsigned int bits = 0;
	struct advice *a;

	if (!f)
		return;
	a = ADD(list, "aperture", "map.errors");
	last = f->conflict_iova.value + f->conflict_size.value - 1;
	if (!f->conflict_size.known) {
		say(a->change, "Map at lower I/O virtual addresses: those that "
			       "VFIO_IOMMU_GET_INFO lists.");
		say(a->reason,
		    "A map of %s at 0x%" PRIx64 " was refused with -22 EINVAL: the "
		    "IOMMU does not reach that far.",
		    bytes(f->size.value).text, f->iova.value);
	} else {
		for (; bits < 64 && last >> bits; bits++)
			;
		say(a->change,
		    "Map below 0x%" PRIx64 ": give a guest no more than %u bits of "
		    "physical address (host-phys-bits-limit=%u of QEMU's -cpu), a DPDK "
		    "program a --base-virtaddr below it.",
		    last, bits, bits);
		say(a->reason,
		    "A map of %s at 0x%" PRIx64 " was refused with -22 EINVAL: the "
		    "IOMMU translates 0x%" PRIx64 " to 0x%" PRIx64 ", %u bits.",
		    bytes(f->size.value).text, f->iova.value, f->conflict_iova.value, last, bits);
	}
	say(a->gain, "The maps that were refused succeed.");
}

static void on_reserved(const struct advice_basis *b, struct advice_list *list)
{
	const struct failure_view *f = failed_at(b, "reserved");
	struct advice *a;

	if (!f)
		return;
	a = ADD(list, "reserved", "map.errors");
	say(a->change, "Leave out reserved regions: map only in the ranges that "
		       "VFIO_IOMMU_GET_INFO lists.");
	if (f->conflict_size.known)
		say(a->reason,
		    "A map of %s at 0x%" PRIx64 " was refused with -22 EINVAL: 0x%" PRIx64
		    " to 0x%" PRIx64 " is reserved.",
		    bytes(f->size.value).text, f->iova.value, f->conflict_iova.value,
		    f->conflict_iova.value + f->conflict_size.value - 1);
	else
		say(a->reason,
		    "A map of %s at 0x%" PRIx64 " was refused with -22 EINVAL: it touches "
		    "a reserved region.",
		    bytes(f->size.value).text, f->iova.value);
	say(a->gain, "The maps that were refused succeed.");
}

/* --- Page sizes ---------------------------------------------------------------------- */

/* No change helps where the IOMMU has no superpages. */
static bool is_low(const struct container_view *c)
{
	return !c->lacks_superpages && c->superpages.known && c->superpages.value < LOW_PERCENT;
}

/* Runs are long enough, but superpages are missing. */
static bool is_wasted(const struct container_view *c)
{
	return is_low(c) && c->mean_run.known && c->mean_run.value >= 2 * c->sizes.superpage;
}

static void say_leaves(char *gain, const struct container_view *c)
{
	const struct page_sizes *sizes = &c->sizes;
	uint64_t small = view_leaf_bytes(c, 0, page_sizes_leaf(sizes->superpage));

	say(gain,
	    "%s in entries of the IOMMU below %s would need up to %" PRIu64
	    " entries of %s, where there are up to %" PRIu64
	    " of %s: fewer misses in the IOTLB, faster maps and unmaps.",
	    bytes(small).text, bytes(sizes->superpage).text, superpages(c, small),
	    bytes(sizes->superpage).text, small / sizes->page, bytes(sizes->page).text);
}

static bool on_disabled_hugepages(const struct advice_basis *b, struct advice_list *list)
{
	const struct container_view *c = b->container;
	struct advice *a;

	if (!b->hugepages_disabled.known || !b->hugepages_disabled.value ||
	    strcmp(c->api, "vfio") || (c->superpages.known && !is_low(c)))
		return false;
	a = ADD(list, "disable-hugepages", "superpage_percent", "mean_run_bytes");
	say(a->change, "Set the parameter disable_hugepages of the module vfio_iommu_type1 to N, "
		       "and start the program again.");
	if (c->superpages.known)
		say(a->reason,
		    "disable_hugepages is Y; %" PRIu64 " %% of what was mapped is in "
		    "superpages.",
		    c->superpages.value);
	else
		say(a->reason, "disable_hugepages is Y: no mapping gets superpages.");
	if (c->superpages.known)
		say_leaves(a->gain, c);
	else
		say(a->gain, "Contiguous memory is mapped in entries of %s and more.",
		    bytes(c->sizes.superpage).text);
	return true;
}

static bool on_alignment(const struct advice_basis *b, struct advice_list *list)
{
	const struct container_view *c = b->container;
	bool apart = c->incongruent.known && c->incongruent.value && !c->lacks_superpages;
	struct advice *a;

	/* Where alignment is not known, it is one of the possible causes. */
	if (!(apart && c->incongruent.value >= c->map.bytes.value / 2) &&
	    !(is_wasted(c) && !c->incongruent.known))
		return false;
	a = ADD(list, "alignment", "incongruent_bytes", "map.bytes", "superpage_percent",
		"mean_run_bytes");
	say(a->change,
	    "Choose each IOVA so that it is equal to the user address modulo %s "
	    "(better, modulo %s): allocate guest memory aligned to %s, place it at "
	    "an aligned guest address.",
	    bytes(c->sizes.superpage).text, bytes(page_sizes_giant(&c->sizes)).text,
	    bytes(c->sizes.superpage).text);
	if (apart)
		say(a->reason,
		    "Of %s mapped, %s were at an IOVA and a user address that differ "
		    "modulo %s: there no superpage fits, whatever the memory.",
		    bytes(c->map.bytes.value).text, bytes(c->incongruent.value).text,
		    bytes(c->sizes.superpage).text);
	else
		say(a->reason,
		    "Memory lies in runs of %s on average, yet only %" PRIu64
		    " %% is in superpages: addresses that differ modulo %s are the "
		    "likeliest cause.",
		    bytes(c->mean_run.value).text, c->superpages.value,
		    bytes(c->sizes.superpage).text);
	if (c->superpages.known)
		say_leaves(a->gain, c);
	else
		say(a->gain, "Contiguous memory can be mapped in entries of %s and more.",
		    bytes(c->sizes.superpage).text);
	return true;
}

/* Small mappings cannot have large pages, whatever backs them. */
static void on_backing(const struct advice_basis *b, struct advice_list *list)
{
	const struct container_view *c = b->container;
	struct advice *a;

	if (!is_low(c) || !c->mean_run.known || c->mean_run.value >= c->sizes.superpage ||
	    are_small(c))
		return;
	a = ADD(list, "backing", "superpage_percent", "mean_run_bytes", "map.bytes", "runs");
	say(a->change, "Back the memory with huge pages: hugetlb (QEMU's memory-backend-file on "
		       "/dev/hugepages, DPDK without --no-huge), or transparent ones "
		       "(/sys/kernel/mm/transparent_hugepage/enabled, MADV_HUGEPAGE before the "
		       "memory is touched).");
	say(a->reason,
	    "Memory lies in runs of %s on average, too short for superpages: %" PRIu64
	    " %% of %s is in them.",
	    bytes(c->mean_run.value).text, c->superpages.value, bytes(c->map.bytes.value).text);
	say_leaves(a->gain, c);
}

/* --- Time ---------------------------------------------------------------------------- */

static void on_many_maps(const struct advice_basis *b, struct advice_list *list)
{
	const struct container_view *c = b->container;
	uint64_t count = c->map.count.value, fewer;
	struct advice *a;

	if (!c->map.count.known || count < MANY_MAPS || !are_small(c))
		return;
	fewer = superpages(c, c->map.bytes.value);
	a = ADD(list, "larger-maps", "map.count", "map.mean_bytes", "map.ns.sum", "map.ns.p50",
		"unmap.count");
	if (c->unmap.count.known && c->unmap.count.value >= count / 2)
		say(a->change, "Map buffers once, in large ranges, and use them again, instead of "
			       "mapping and unmapping each.");
	else
		say(a->change, "Map fewer, larger ranges: join buffers that are neighbours in the "
			       "address space.");
	say(a->reason, "%" PRIu64 " maps of %s on average%s%s%s.", count,
	    bytes(c->map.mean_bytes.value).text, c->map.sum.known ? " took " : "",
	    c->map.sum.known ? time_of(c->map.sum.value).text : "",
	    c->map.per_second.known && c->map.per_second.value > HOT_MILLI
		    ? ", more than 1000 a second"
		    : "");
	say(a->gain,
	    "The same bytes in ranges of %s are %" PRIu64
	    " maps: calls, locks and records for %" PRIu64 " maps less, and superpages "
	    "become possible.",
	    bytes(c->sizes.superpage).text, fewer, count > fewer ? count - fewer : 0);
}

static void on_pinning(const struct advice_basis *b, struct advice_list *list)
{
	const struct container_view *c = b->container;
	struct advice *a;

	if (!knows(b, KNOWS_PHASES) || !c->pin_ns.known || !c->map.sum.known || !c->map.max.known ||
	    c->map.max.value < LONG_NS || c->pin_ns.value < c->map.sum.value / 2)
		return;
	a = ADD(list, "prefault", "map.phase_ns.pin", "map.ns.sum", "map.ns.max", "map.bytes");
	say(a->change, "Touch the memory before it is mapped, with several threads: QEMU's "
		       "prealloc=on,prealloc-threads=N of a memory backend, DPDK's default; or map "
		       "parts of it in parallel.");
	say(a->reason,
	    "Pinning took %s of the %s that maps took; the longest took %s. Memory "
	    "that was never touched is allocated and cleared while it is pinned, by one "
	    "thread.",
	    time_of(c->pin_ns.value).text, time_of(c->map.sum.value).text,
	    time_of(c->map.max.value).text);
	say(a->gain,
	    "Of these %s the part that allocates and clears moves out of the maps, and N "
	    "threads do it up to N times faster.",
	    time_of(c->pin_ns.value).text);
}

/* --- What is not known --------------------------------------------------------------- */

static void find_unknown(const struct advice_basis *b, struct advice_list *list)
{
	const struct container_view *c = b->container;
	bool stock = !strcmp(b->source, "stock"), low;

	if (!knows(b, KNOWS_REQUESTS)) {
		unknown(list, "maps, their sizes, times and failures",
			"--source=tracepoints or --source=stock; vfiotop --info says why they were "
			"not used");
		return;
	}
	if (!c->map.count.value)
		unknown(list, "maps from before this watch",
			"vfiotop record -o FILE before the program starts, then --replay FILE");
	if (!knows(b, KNOWS_RUNS))
		unknown(list, "how memory lies, and page sizes in the IOMMU",
			stock ? "--runs" : "--source=tracepoints, or --source=stock with --runs");
	else if (c->map.count.value && !c->superpages.known)
		unknown(list, "page sizes in the IOMMU", stock ? "--runs" : "--source=tracepoints");
	low = !c->superpages.known || is_low(c);
	if (low && c->map.count.value && !c->incongruent.known &&
	    c->map.mean_bytes.value >= c->sizes.superpage)
		unknown(list, "whether IOVA and user address are equal modulo a superpage",
			"--source=tracepoints, with the modules of this project, not an older recording");
	if (!strcmp(c->api, "iommufd") ? !c->pin_ns.known : !knows(b, KNOWS_PHASES))
		unknown(list, "where maps spend their time",
			!strcmp(c->api, "iommufd") ? "--runs"
						   : "--source=tracepoints, with the modules "
						     "of this project");
	if (!knows(b, KNOWS_CHARGES))
		unknown(list, "locked memory and its limit",
			"--source=tracepoints or --source=stock");
	if (!knows(b, KNOWS_LIMIT))
		unknown(list, "how many mappings there may be",
			"--source=tracepoints or --source=stock");
	if (low && !b->hugepages_disabled.known && !strcmp(c->api, "vfio"))
		unknown(list, "whether disable_hugepages is set",
			"cat /sys/module/vfio_iommu_type1/parameters/disable_hugepages");
}

void advise(const struct advice_basis *b, struct advice_list *list)
{
	memset(list, 0, sizeof(*list));
	on_short_unmaps(b, list);
	on_memlock(b, list);
	on_entry_limit(b, list);
	on_aperture(b, list);
	on_reserved(b, list);
	/* One cause of missing superpages after the other: each hides the next. */
	if (!on_disabled_hugepages(b, list) && !on_alignment(b, list))
		on_backing(b, list);
	on_many_maps(b, list);
	on_pinning(b, list);
	find_unknown(b, list);
}

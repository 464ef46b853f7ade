// SPDX-License-Identifier: GPL-2.0-only
#include "leaks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "words.h"

static const char *const names[LEAK_KINDS] = {
	[LEAK_KERNEL] = "kernel-leak",	  [LEAK_GROWTH] = "growth",
	[LEAK_ORPHAN] = "orphan",	  [LEAK_ACCOUNTING] = "accounting-drift",
	[LEAK_OVER_UNPIN] = "over-unpin",
};

/* As bytes of a leak. */
#define UNKNOWN (-1)

static uint64_t requests_of(const struct vt_container *c)
{
	return c->map.count + c->map.errors + c->unmap.count + c->unmap.errors + c->teardowns +
	       c->pins_standalone;
}

/*
 * An emulated device may pin a page again that its mapping has pinned and paid
 * for; so with such pins less may be charged than is pinned, but never more.
 */
static int64_t drift_of(const struct vt_container *c)
{
	int64_t drift;

	/* No real figures differ so much. */
	if (__builtin_sub_overflow(c->charged, c->pinned, &drift) || drift == INT64_MIN)
		return 0;
	return c->pins_standalone && drift < 0 ? 0 : drift;
}

/*
 * Charges are comparable with pins when both were watched from the start. A
 * container that was never charged has a backend or an owner that need not be.
 */
static bool drift_is_known(const struct vt_container *c, unsigned int knowledge)
{
	return (knowledge & KNOWS_PINS) && (knowledge & KNOWS_CHARGES) &&
	       (c->flags & VT_CONTAINER_OPEN_SEEN) && (c->flags & VT_CONTAINER_ACCOUNTED) &&
	       !c->released_ns;
}

static bool owner_is_dead(const struct container_snapshot *container)
{
	return container->owner_pid && container->owner.known && !container->owner.alive;
}

bool leaks_orphan(const struct leak_history *h)
{
	return h->orphan_ticks >= LEAK_ORPHAN_TICKS;
}

/* What comes before the end of the start-up does not count. */
static bool is_starting(const struct growth_limits *limits, const struct vt_container *c,
			uint64_t now_ns)
{
	return c->opened_ns && now_ns - c->opened_ns < limits->start_up_ns;
}

static void growth_tick(struct leak_history *h, const struct growth_limits *limits,
			const struct container_snapshot *container, uint64_t now_ns,
			unsigned int knowledge)
{
	const struct vt_container *c = &container->stats;

	if (c->released_ns || owner_is_dead(container) || !stats_know_pins(c)) {
		growth_forget(&h->pinned);
		growth_forget(&h->mappings);
		return;
	}
	if (is_starting(limits, c, now_ns)) {
		growth_start(&h->pinned, now_ns, stats_pinned(c));
		growth_start(&h->mappings, now_ns, stats_mappings(c));
		return;
	}
	if (knowledge & KNOWS_PINS)
		growth_add(&h->pinned, limits, now_ns, stats_pinned(c));
	/* With a least slope in bytes, mappings of little memory are no matter. */
	if (knowledge & KNOWS_MAPPINGS && !(c->flags & VT_CONTAINER_CUT) && !limits->per_minute)
		growth_add(&h->mappings, limits, now_ns, stats_mappings(c));
}

void leaks_tick(struct leak_history *h, const struct growth_limits *limits,
		const struct container_snapshot *container, uint64_t now_ns, bool in_flight,
		unsigned int knowledge)
{
	const struct vt_container *c = &container->stats;
	bool quiet = !in_flight && h->ticked && requests_of(c) == h->requests;

	growth_tick(h, limits, container, now_ns, knowledge);
	if (!owner_is_dead(container))
		h->alive_ns = now_ns;
	if (c->released_ns || in_flight || !owner_is_dead(container))
		h->orphan_ticks = 0;
	else
		h->orphan_ticks++;
	if (quiet && drift_is_known(c, knowledge) && !owner_is_dead(container) && drift_of(c))
		h->drift_ticks++;
	else
		h->drift_ticks = 0;
	h->requests = requests_of(c);
	h->ticked = true;
}

/* --- Words ------------------------------------------------------------------------------- */

static void owner_text(const struct container_snapshot *container, char *text, size_t size)
{
	const struct process *owner = &container->owner;

	if (!container->owner_pid || !owner->known)
		snprintf(text, size, "%s", "");
	else
		snprintf(text, size, "%s",
			 owner->alive	 ? "alive"
			 : owner->zombie ? "zombie"
					 : "dead");
}

static struct leak_view *add(struct leak_view *leak, enum leak_kind kind,
			     const struct container_snapshot *container,
			     const struct container_view *c, int64_t bytes)
{
	memset(leak, 0, sizeof(*leak));
	leak->kind = kind;
	leak->container = c->id;
	leak->ioas = c->ioas;
	leak->pid = c->pid;
	leak->bytes = bytes_if(true, bytes);
	leak->pinned = c->pinned;
	leak->mappings = c->mappings;
	leak->opened_ns = c->opened_ns;
	leak->before_watch = c->before_watch;
	leak->holder_pid = c->holder_pid;
	leak->oldest_iova = c->oldest_iova;
	leak->oldest_size = c->oldest_size;
	leak->oldest_ns = c->oldest_ns;
	leak->oldest_tid = c->oldest_tid;
	leak->ranges = c->ranges;
	leak->n_ranges = c->n_ranges;
	leak->groups = c->groups;
	leak->n_groups = c->n_groups;
	leak->devices = c->devices;
	leak->n_devices = c->n_devices;
	memcpy(leak->comm, c->comm, sizeof(leak->comm));
	memcpy(leak->holder_comm, c->holder_comm, sizeof(leak->holder_comm));
	memcpy(leak->api, c->api, sizeof(leak->api));
	owner_text(container, leak->owner, sizeof(leak->owner));
	snprintf(leak->name, sizeof(leak->name), "%s", names[kind]);
	return leak;
}

/* The first mapping is named, the others are counted. */
static void kept_text(const struct vt_container *c, const struct doubt *doubt,
		      struct leak_view *leak)
{
	uint64_t iova = c->kept_mappings ? c->kept_iova : doubt->kept_iova;
	uint64_t bytes = c->kept_mappings ? c->kept_size : doubt->kept_size;
	uint64_t mappings = c->kept_mappings + doubt->kept_mappings;
	char size[WORD_SIZE], kept[WORD_SIZE], others[48] = "";

	word_bytes(c->kept_mappings ? c->kept_pages : doubt->kept_bytes, kept);
	if (!bytes) {
		snprintf(leak->text, sizeof(leak->text),
			 "mappings were removed and %s of them stayed pinned", kept);
		return;
	}
	leak->iova = known(iova);
	leak->size = known(bytes);
	word_bytes(bytes, size);
	if (mappings > 1)
		snprintf(others, sizeof(others), "; so did pages of %" PRIu64 " more",
			 mappings - 1);
	snprintf(leak->text, sizeof(leak->text),
		 "the mapping of %s at 0x%" PRIx64 " was removed and %s of it stayed pinned%s",
		 size, iova, kept, others);
}

/* A revocation takes device memory out of the IOMMU; nothing of it is pinned. */
static void device_kept_text(const struct vt_container *c, struct leak_view *leak)
{
	char size[WORD_SIZE], kept[WORD_SIZE];

	leak->iova = known(c->kept_iova);
	leak->size = known(c->kept_size);
	word_bytes(c->kept_size, size);
	word_bytes(c->kept_pages, kept);
	snprintf(leak->text, sizeof(leak->text),
		 "the device memory of %s at 0x%llx was revoked and the IOMMU kept %s of it", size,
		 c->kept_iova, kept);
}

static void kernel_text(const struct vt_container *c, const struct doubt *doubt,
			struct leak_view *leak, bool released)
{
	if (c->flags & VT_CONTAINER_DEVICE_KEPT)
		device_kept_text(c, leak);
	else if (c->kept_mappings || doubt->kept_mappings)
		kept_text(c, doubt, leak);
	else
		snprintf(leak->text, sizeof(leak->text), "%s",
			 released ? "the container was released and pages stayed pinned"
				  : "an unmap released fewer pages than its mappings had pinned");
	snprintf(leak->next, sizeof(leak->next),
		 "no process can give these pages back, only a reboot: report it, with a "
		 "recording and the versions of kernel and modules");
}

static void over_unpin_text(const struct over_unpin *o, struct leak_view *leak)
{
	char size[WORD_SIZE];

	leak->iova = known_if(o->size, o->iova);
	leak->size = known_if(o->size, o->size);
	word_bytes(o->size, size);
	if (!o->bytes)
		snprintf(leak->text, sizeof(leak->text),
			 "an unmap released more pages than its mappings had pinned");
	else if (!o->size)
		snprintf(leak->text, sizeof(leak->text),
			 "mappings were removed, and since then the host has fewer pages pinned "
			 "than there should be");
	else
		snprintf(leak->text, sizeof(leak->text),
			 "the mapping of %s at 0x%" PRIx64 " was removed, and since then the host "
			 "has fewer pages pinned than there should be",
			 size, o->iova);
	snprintf(leak->next, sizeof(leak->next),
		 "a device may reach memory that is somebody else's by now: stop the process, "
		 "reboot, and report it with a recording");
}

static void drift_text(const struct vt_container *c, struct leak_view *leak, bool less)
{
	if (c->drift) {
		leak->pid = known_if(c->drift_pid, c->drift_pid);
		leak->iova = known(c->drift_iova);
		leak->size = known(c->drift_size);
		snprintf(leak->text, sizeof(leak->text),
			 "the payer was charged too %s for the mapping at 0x%llx",
			 less ? "little" : "much", c->drift_iova);
	} else {
		snprintf(leak->text, sizeof(leak->text), "%s memory is charged than is pinned",
			 less ? "less" : "more");
	}
	snprintf(leak->next, sizeof(leak->next), "%s",
		 less ? "the limit of locked memory does not hold: report it with a recording"
		      : "the limit of locked memory is reached too early: restart the process, "
			"and report it with a recording");
}

/* The slopes that are there, and how sure they are. */
static void growth_text(const struct leak_history *h, struct leak_view *leak)
{
	const struct growth *p = &h->pinned, *m = &h->mappings;
	char bytes[WORD_SIZE];
	int used;

	leak->slope = known_if(p->rises, (uint64_t)p->per_minute);
	leak->mappings_slope = known_if(m->rises, (uint64_t)(m->per_minute * 60));
	leak->confidence = known(p->confidence > m->confidence ? p->confidence : m->confidence);
	leak->suspected = known(!p->certain && !m->certain);
	word_bytes(leak->slope.value, bytes);
	used = snprintf(leak->text, sizeof(leak->text), "%s %s",
			p->rises && m->rises ? "pins and mappings have"
			: p->rises	     ? "pins have"
					     : "mappings have",
			"risen for minutes and not been given back: ");
	if (p->rises)
		used += snprintf(leak->text + used, sizeof(leak->text) - (size_t)used,
				 "%s a minute", bytes);
	if (m->rises)
		snprintf(leak->text + used, sizeof(leak->text) - (size_t)used,
			 "%s%.1f mappings a minute", p->rises ? ", " : "", m->per_minute);
	snprintf(leak->next, sizeof(leak->next),
		 "find where process %" PRIu64
		 " maps and does not unmap: strace -k -e trace=ioctl -p %" PRIu64
		 " shows each call with its stack",
		 leak->pid.value, leak->pid.value);
}

/*
 * The holders have been looked for while the container was without its owner: not only before
 * it was opened, nor while the owner still was among them.
 */
static bool holders_are_known(const struct leak_history *h, const struct container_snapshot *cs)
{
	uint64_t ns = cs->holders_ns;

	return cs->holders_known && cs->holder_pid != cs->owner_pid &&
	       (!ns || (ns >= h->alive_ns && ns >= cs->stats.opened_ns));
}

static void orphan_text(const struct leak_history *h, const struct container_snapshot *container,
			struct leak_view *leak)
{
	if (!holders_are_known(h, container)) {
		leak->holder_pid = (struct figure){ 0 };
		leak->holder_comm[0] = '\0';
		leak->unfinished = container->holders_known || container->holders_ns;
		snprintf(leak->text, sizeof(leak->text),
			 "the owner is dead and something still holds the container");
		snprintf(leak->next, sizeof(leak->next),
			 "look for a process that has it open: ls -l /proc/[1-9]*/fd | grep vfio");
	} else if (!container->holder_pid) {
		snprintf(leak->text, sizeof(leak->text),
			 "the owner is dead and no process was found that holds the container");
		snprintf(leak->next, sizeof(leak->next),
			 "the kernel holds it: a file on its way through a Unix socket (ss -xp "
			 "shows what was not received), one that io_uring has registered "
			 "(/proc/PID/fdinfo of anon_inode:[io_uring]), or a device of KVM");
	} else {
		snprintf(leak->text, sizeof(leak->text),
			 "the owner is dead and %" PRIu32 " (%.*s) holds the container",
			 container->holder_pid, VT_COMM_LEN, container->holder_comm);
		snprintf(leak->next, sizeof(leak->next),
			 "stop process %" PRIu32 ", or make it close the file: ls -l /proc/%" PRIu32
			 "/fd | grep vfio",
			 container->holder_pid, container->holder_pid);
	}
}

/* --- The leaks ----------------------------------------------------------------------------- */

static void take_note(struct leak_history *h, struct leak_view *leaks, size_t n, uint64_t now_ns)
{
	bool found[LEAK_KINDS] = { 0 };

	for (size_t i = 0; i < n; i++) {
		uint64_t *since = &h->since_ns[leaks[i].kind];

		if (!*since)
			*since = now_ns;
		leaks[i].since_ns = known(*since);
		found[leaks[i].kind] = true;
	}
	for (size_t kind = 0; kind < LEAK_KINDS; kind++)
		if (!found[kind])
			h->since_ns[kind] = 0;
}

size_t leaks_find(struct leak_history *h, const struct container_snapshot *container,
		  const struct container_view *view, uint64_t now_ns, unsigned int knowledge,
		  struct leak_view *leaks)
{
	const struct vt_container *c = &container->stats;
	uint64_t left = c->released_ns && knowledge & KNOWS_UNPINS ? c->left_pinned : 0;
	uint64_t lost = (left > c->unpinned_short ? left : c->unpinned_short) + h->doubt.bytes;
	uint64_t over = h->over_unpin.bytes > c->unpinned_over ? h->over_unpin.bytes
							       : c->unpinned_over;
	size_t n = 0;

	if (lost)
		kernel_text(c, &h->doubt,
			    add(&leaks[n++], LEAK_KERNEL, container, view, (int64_t)lost), left);
	if (over)
		over_unpin_text(&h->over_unpin,
				add(&leaks[n++], LEAK_OVER_UNPIN, container, view, (int64_t)over));
	/* These are of the living and of what is open, also between intervals. */
	if (!c->released_ns && !owner_is_dead(container) && (h->pinned.rises || h->mappings.rises))
		growth_text(h, add(&leaks[n++], LEAK_GROWTH, container, view,
				   h->pinned.rises ? h->pinned.rise : UNKNOWN));
	if (!c->released_ns && leaks_orphan(h))
		orphan_text(h, container,
			    add(&leaks[n++], LEAK_ORPHAN, container, view, stats_pinned(c)));
	if (c->drift || (!c->released_ns && h->drift_ticks >= LEAK_DRIFT_TICKS)) {
		int64_t drift = c->drift ? c->drift : drift_of(c);
		int64_t pages = drift < -INT64_MAX ? INT64_MAX : llabs(drift);

		drift_text(c, add(&leaks[n++], LEAK_ACCOUNTING, container, view, pages), drift < 0);
	}
	take_note(h, leaks, n, now_ns);
	return n;
}

int leaks_compare(const void *a, const void *b)
{
	/* Memory that may be corrupted, that is lost, that is held for nobody, and the rest. */
	static const int order[LEAK_KINDS] = {
		[LEAK_OVER_UNPIN] = 0, [LEAK_KERNEL] = 1,     [LEAK_ORPHAN] = 2,
		[LEAK_GROWTH] = 3,     [LEAK_ACCOUNTING] = 4,
	};
	const struct leak_view *x = a, *y = b;

	if (x->kind != y->kind)
		return order[x->kind] - order[y->kind];
	if (x->bytes.value != y->bytes.value)
		return x->bytes.value < y->bytes.value ? 1 : -1;
	return (x->container.value > y->container.value) -
	       (x->container.value < y->container.value);
}

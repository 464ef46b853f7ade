// SPDX-License-Identifier: GPL-2.0-only
/*
 * The leak ledger: each kind is found, and nothing else is.
 */
#include "fixture.h"

#include "render/render.h"

#include <string.h>

static void nothing_leaks_at_rest(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	c->pinned = 100 * PAGE;
	c->charged = 100 * PAGE;
	c->mappings = 1;
	c->flags |= VT_CONTAINER_ACCOUNTED;
	for (int i = 0; i < 20; i++)
		assert_int_equal(fixture_tick(f)->n_leaks, 0);
}

static void pins_left_at_release(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct leak_view *leak;

	fixture_tick(f);
	c->released_ns = f->snapshot.time_ns;
	c->left_pinned = 3 * PAGE;
	leak = fixture_leak(fixture_tick(f), LEAK_KERNEL);
	assert_non_null(leak);
	assert_string_equal(leak->name, "kernel-leak");
	assert_known(leak->container, 1);
	assert_known(leak->bytes, 3 * 4096);
	assert_known(leak->pid, 100);

	/* Said once as long as the container is shown, and kept when it is not. */
	assert_int_equal(fixture_tick(f)->n_leaks, 1);
	f->snapshot.n_containers = 0;
	assert_int_equal(fixture_tick(f)->n_leaks, 1);
}

static void clean_release(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	f->containers[0].owner.alive = false;
	c->charged = 5 * PAGE;
	c->flags |= VT_CONTAINER_ACCOUNTED;
	c->released_ns = f->snapshot.time_ns;
	for (int i = 0; i < 10; i++)
		assert_int_equal(fixture_tick(f)->n_leaks, 0);
}

static void unmap_that_kept_pages(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct leak_view *leak;
	uint64_t since;

	c->unpinned_short = 7 * PAGE;
	leak = fixture_leak(fixture_tick(f), LEAK_KERNEL);
	assert_non_null(leak);
	assert_known(leak->bytes, 7 * 4096);
	since = leak->since_ns.value;
	leak = fixture_leak(fixture_tick(f), LEAK_KERNEL);
	assert_known(leak->since_ns, since);
}

/* The first mapping is named, the others are counted. */
static void mappings_that_kept_pages(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct leak_view *leak;

	c->unpinned_short = 3 * PAGE;
	c->kept_mappings = 1;
	c->kept_iova = 0x40000;
	c->kept_size = 16 * PAGE;
	c->kept_pages = 3 * PAGE;
	leak = fixture_leak(fixture_tick(f), LEAK_KERNEL);
	assert_non_null(leak);
	assert_known(leak->iova, 0x40000);
	assert_known(leak->size, 16 * PAGE);
	assert_known(leak->bytes, 3 * PAGE);
	assert_string_equal(leak->text,
			    "the mapping of 64 KiB at 0x40000 was removed and 12 KiB of "
			    "it stayed pinned");
	c->unpinned_short = 5 * PAGE;
	c->kept_mappings = 3;
	leak = fixture_leak(fixture_tick(f), LEAK_KERNEL);
	assert_known(leak->iova, 0x40000);
	assert_known(leak->bytes, 5 * PAGE);
	assert_non_null(strstr(leak->text, "12 KiB of it stayed pinned; so did pages of 2 more"));
}

static void where_its_mappings_lie(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct leak_view *leak;
	struct leak_view made;
	struct text text = { 0 };

	c->unpinned_short = PAGE;
	c->mappings = 2;
	for (size_t i = 0; i < 6; i++) {
		c->range_iova[i] = (i + 1) << 30;
		c->range_size[i] = (i + 1) << 21;
	}
	c->oldest_iova[1] = 0x10000;
	c->oldest_size[1] = PAGE;
	c->oldest_ns[1] = f->snapshot.time_ns - 500000000;
	c->oldest_tid[1] = 101;
	c->oldest_iova[2] = 0x20000;
	c->oldest_size[2] = PAGE;
	c->oldest_ns[2] = f->snapshot.time_ns - 3000000000;
	c->oldest_tid[2] = 102;
	leak = fixture_leak(fixture_tick(f), LEAK_KERNEL);
	assert_known(leak->oldest_iova, 0x20000);
	assert_known(leak->oldest_tid, 102);
	render_leak(leak, f->snapshot.time_ns, &text);
	assert_non_null(strstr(text.lines[3].text, "maps: the oldest, 4 KiB at 0x20000, made "));
	assert_non_null(strstr(text.lines[3].text, " s ago by thread 102"));
	assert_non_null(strstr(text.lines[4].text, "maps: 2 MiB at 0x40000000, 4 MiB at "
						   "0x80000000, 6 MiB at 0xc0000000, 8 MiB at "
						   "0x100000000, and 2 more"));
	text_free(&text);

	made = *leak;
	made.stack = (const char *[]){ "ioctl+0x1f (libc)", "main+0x2 (user)" };
	made.n_stack = 2;
	render_leak(&made, f->snapshot.time_ns, &text);
	assert_string_equal(text.lines[5].text, "  made: ioctl+0x1f (libc)");
	assert_string_equal(text.lines[6].text, "        main+0x2 (user)");
	text_free(&text);

	/* What was the last is none once it is gone. */
	c->mappings = 0;
	assert_unknown(fixture_leak(fixture_tick(f), LEAK_KERNEL)->oldest_iova);
	c->mappings = 2;
	assert_known(fixture_leak(fixture_tick(f), LEAK_KERNEL)->oldest_iova, 0x20000);
	c->oldest_lost = 1;
	assert_unknown(fixture_leak(fixture_tick(f), LEAK_KERNEL)->oldest_iova);
}

/* The modules say so themselves: at once, and of the process that pays. */
static void charged_otherwise(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct leak_view *leak;

	c->drift = -4 * PAGE;
	c->drift_iova = 0x40000;
	c->drift_size = 16 * PAGE;
	c->drift_pid = 99;
	leak = fixture_leak(fixture_tick(f), LEAK_ACCOUNTING);
	assert_non_null(leak);
	assert_known(leak->pid, 99);
	assert_known(leak->bytes, 4 * PAGE);
	assert_known(leak->iova, 0x40000);
	assert_known(leak->size, 16 * PAGE);
	assert_non_null(strstr(leak->text, "too little"));
}

static void more_unpinned_than_pinned(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct view *view;

	c->unpinned_over = 2 * PAGE;
	view = fixture_tick(f);
	assert_int_equal(view->n_leaks, 1);
	assert_non_null(fixture_leak(view, LEAK_OVER_UNPIN));
	assert_known(view->leaks[0].bytes, 2 * 4096);
}

/* The host has fewer pages than the ledger, since a mapping's pages went twice. */
static void unpinned_twice(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100), *d = fixture_container(f, 2, 101);
	const struct leak_view *leak;

	f->snapshot.census = f->snapshot.host.known = f->snapshot.host.settled = true;
	c->pinned = 80 * PAGE;
	/* One page is somebody else's. */
	f->snapshot.host.pinned = 81 * PAGE;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);

	/* Others may have unpinned what is too much. */
	c->pinned = 64 * PAGE;
	c->excess_pages = PAGE;
	c->excess_mappings = 1;
	f->snapshot.host.pinned = 64 * PAGE;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);

	/* A page may have been pinned that the host does not count. */
	c->excess_pages += PAGE;
	c->map.pages += PAGE;
	f->snapshot.host.pinned -= PAGE;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);
	f->snapshot.host.pinned += PAGE;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);

	/* What the host has while there are pins and unpins says nothing. */
	c->pinned = 48 * PAGE;
	c->excess_pages += 16 * PAGE;
	c->excess_mappings++;
	c->excess_iova = 0x40000;
	c->excess_size = 16 * PAGE;
	f->snapshot.host.settled = false;
	f->snapshot.host.pinned = 32 * PAGE;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);
	f->snapshot.host.settled = true;
	leak = fixture_leak(fixture_tick(f), LEAK_OVER_UNPIN);
	assert_non_null(leak);
	assert_known(leak->container, 1);
	assert_known(leak->bytes, 16 * PAGE);
	assert_known(leak->iova, 0x40000);
	assert_known(leak->size, 16 * PAGE);
	assert_non_null(strstr(leak->text, "the mapping of 64 KiB at 0x40000 was removed, and"));

	/* It stays what it is, whatever others unpin meanwhile. */
	c->excess_pages += PAGE;
	c->excess_mappings++;
	c->excess_iova = 0x80000;
	leak = fixture_leak(fixture_tick(f), LEAK_OVER_UNPIN);
	assert_known(leak->bytes, 16 * PAGE);
	assert_known(leak->iova, 0x40000);

	/* A ledger that counts what the host does not: nothing went. */
	d->pinned = 4 * PAGE;
	assert_int_equal(fixture_tick(f)->n_leaks, 1);
	/* With two that may have done it, nobody has. */
	c->excess_pages += PAGE;
	d->excess_pages += PAGE;
	f->snapshot.host.pinned -= PAGE;
	assert_int_equal(fixture_tick(f)->n_leaks, 1);
}

/* Where nothing is pinned any more, it does not matter what was meanwhile. */
static void unpinned_twice_between_reports(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct leak_view *leak;

	f->snapshot.census = f->snapshot.host.known = f->snapshot.host.settled = true;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);
	c->map.pages = 100 * PAGE;
	c->excess_pages = 5 * PAGE;
	c->excess_mappings = 3;
	c->excess_size = PAGE;
	c->pinned = 4 * PAGE;
	/* Four pages are there that the host may not count, or went twice. */
	f->snapshot.host.pinned = 0;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);

	c->map.pages = 200 * PAGE;
	c->excess_pages = 10 * PAGE;
	c->excess_mappings = 6;
	c->pinned = 0;
	f->snapshot.host.pinned = -5 * PAGE;
	leak = fixture_leak(fixture_tick(f), LEAK_OVER_UNPIN);
	assert_non_null(leak);
	assert_known(leak->bytes, PAGE);
	assert_unknown(leak->iova);
	assert_unknown(leak->size);
}

static void removed_in_doubt(struct vt_container *c, uint64_t pages)
{
	c->doubtful_pages += pages * PAGE;
	c->doubtful_mappings++;
	c->doubtful_iova += 0x10000;
	c->doubtful_size = 16 * PAGE;
}

/* A removal was interrupted: what it left behind shows in the host's count, or did not stay. */
static void pages_in_doubt(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100), *d = fixture_container(f, 2, 101);
	struct host_snapshot *host = &f->snapshot.host;
	const struct leak_view *leak;
	const struct view *view;

	f->snapshot.census = host->known = host->settled = true;
	host->pinned = host->acquired = c->pinned = c->map.pages = 64 * PAGE;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);

	/* The count was only out of sight. */
	c->pinned = host->pinned = 48 * PAGE;
	removed_in_doubt(c, 3);
	assert_int_equal(fixture_tick(f)->n_leaks, 0);

	/* As many pages are somebody else's. */
	c->pinned = 32 * PAGE;
	host->pinned = 35 * PAGE;
	host->acquired += 3 * PAGE;
	removed_in_doubt(c, 3);
	view = fixture_tick(f);
	assert_int_equal(view->n_leaks, 0);
	assert_known(view->host.others, 3 * PAGE);
	assert_known(view->host.kept, 0);

	/* More are pinned than seem to be missing. */
	host->pinned += 2 * PAGE;
	removed_in_doubt(c, 1);
	assert_int_equal(fixture_tick(f)->n_leaks, 0);

	/* Two address spaces may have left them. */
	host->pinned += 2 * PAGE;
	removed_in_doubt(c, 2);
	removed_in_doubt(d, 1);
	assert_int_equal(fixture_tick(f)->n_leaks, 0);

	/* Nothing is judged while there are pins and unpins. */
	c->map.pages += 16 * PAGE;
	host->acquired += 16 * PAGE;
	host->pinned += 3 * PAGE;
	c->doubtful_iova = 0;
	removed_in_doubt(c, 3);
	host->settled = false;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);
	host->settled = true;
	view = fixture_tick(f);
	leak = fixture_leak(view, LEAK_KERNEL);
	assert_non_null(leak);
	assert_known(leak->container, 1);
	assert_known(leak->bytes, 3 * PAGE);
	assert_known(leak->iova, 0x10000);
	assert_known(leak->size, 16 * PAGE);
	assert_non_null(strstr(leak->text, "of 64 KiB at 0x10000 was removed and 12 KiB of it"));
	assert_known(view->host.others, 7 * PAGE);
	assert_known(view->host.kept, 3 * PAGE);

	/* Another one, and what is certain, add up. */
	host->pinned += PAGE;
	removed_in_doubt(c, 1);
	leak = fixture_leak(fixture_tick(f), LEAK_KERNEL);
	assert_known(leak->bytes, 4 * PAGE);
	assert_non_null(strstr(leak->text, "of it stayed pinned; so did pages of 1 more"));
	c->unpinned_short = c->kept_pages = host->kept = 2 * PAGE;
	c->kept_mappings = 1;
	c->kept_iova = 0x80000;
	c->kept_size = 2 * PAGE;
	host->pinned += 2 * PAGE;
	view = fixture_tick(f);
	leak = fixture_leak(view, LEAK_KERNEL);
	assert_known(leak->bytes, 6 * PAGE);
	assert_known(leak->iova, 0x80000);
	assert_non_null(
		strstr(leak->text, "and 8 KiB of it stayed pinned; so did pages of 2 more"));
	assert_known(view->host.others, 7 * PAGE);

	/* Others have gone, and pages of another one were unpinned twice. */
	host->pinned -= 7 * PAGE;
	assert_int_equal(fixture_tick(f)->n_leaks, 1);
	host->pinned -= 2 * PAGE;
	d->excess_pages = 2 * PAGE;
	leak = fixture_leak(fixture_tick(f), LEAK_OVER_UNPIN);
	assert_non_null(leak);
	assert_known(leak->container, 2);
	assert_known(leak->bytes, 2 * PAGE);
}

/* A removal that was interrupted may have unpinned pages twice: unless others may have, it has. */
static void unpinned_twice_in_doubt(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	struct host_snapshot *host = &f->snapshot.host;
	const struct leak_view *leak;

	f->snapshot.census = host->known = host->settled = true;
	c->pinned = 64 * PAGE;
	host->pinned = 65 * PAGE;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);
	c->pinned = 48 * PAGE;
	host->pinned = 47 * PAGE;
	removed_in_doubt(c, 3);
	assert_int_equal(fixture_tick(f)->n_leaks, 0);

	host->pinned = 48 * PAGE;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);
	c->pinned = 32 * PAGE;
	host->pinned = 30 * PAGE;
	c->doubtful_iova = 0;
	removed_in_doubt(c, 3);
	leak = fixture_leak(fixture_tick(f), LEAK_OVER_UNPIN);
	assert_non_null(leak);
	assert_known(leak->bytes, 2 * PAGE);
	assert_known(leak->iova, 0x10000);
	assert_known(leak->size, 16 * PAGE);
}

/* Of several mappings, any may have left the pages. */
static void pages_of_several_in_doubt(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct leak_view *leak;

	f->snapshot.census = f->snapshot.host.known = f->snapshot.host.settled = true;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);
	removed_in_doubt(c, 1);
	removed_in_doubt(c, 2);
	f->snapshot.host.pinned = 3 * PAGE;
	leak = fixture_leak(fixture_tick(f), LEAK_KERNEL);
	assert_non_null(leak);
	assert_known(leak->bytes, 3 * PAGE);
	assert_unknown(leak->iova);
	assert_unknown(leak->size);
	assert_non_null(strstr(leak->text, "mappings were removed and 12 KiB of them stayed"));
}

static void device_memory_is_kept(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct leak_view *leak;

	c->flags |= VT_CONTAINER_DEVICE_KEPT;
	c->unpinned_short = c->kept_pages = 4 * PAGE;
	c->kept_mappings = 1;
	c->kept_iova = 0x40000;
	c->kept_size = 4 * PAGE;
	leak = fixture_leak(fixture_tick(f), LEAK_KERNEL);
	assert_known(leak->iova, 0x40000);
	assert_known(leak->bytes, 4 * PAGE);
	assert_string_equal(leak->text, "the device memory of 16 KiB at 0x40000 was revoked and "
					"the IOMMU kept 16 KiB of it");
}

/* What the growth of @c is after so many seconds, with what it pinned and mapped in each. */
static const struct leak_view *grow(struct fixture *f, struct vt_container *c, unsigned int seconds,
				    int64_t pinned, int64_t mappings)
{
	const struct view *view = NULL;

	for (unsigned int i = 0; i < seconds; i++) {
		c->pinned += pinned;
		c->mappings += mappings;
		view = fixture_tick(f);
	}
	return fixture_leak(view, LEAK_GROWTH);
}

static void growth(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct leak_view *leak;

	c->pinned = 1000 * PAGE;
	assert_null(grow(f, c, 220, PAGE, 0));
	leak = grow(f, c, 20, PAGE, 0);
	assert_non_null(leak);
	assert_known(leak->slope, 60 * PAGE);
	assert_known(leak->confidence, 100);
	assert_known(leak->suspected, 1);
	assert_unknown(leak->mappings_slope);
	assert_string_equal(leak->owner, "alive");
	assert_string_equal(leak->text, "pins have risen for minutes and not been given back: "
					"240 KiB a minute");

	/* A pause is no end, a longer one is. */
	assert_non_null(grow(f, c, 30, 0, 0));
	assert_null(grow(f, c, 120, 0, 0));
}

/* No start-up is believed to take two windows. */
static void long_growth(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct leak_view *leak;

	c->pinned = 1000 * PAGE;
	leak = grow(f, c, 600, PAGE, 0);
	assert_known(leak->suspected, 1);
	leak = grow(f, c, 70, PAGE, 0);
	assert_known(leak->suspected, 0);
	assert_null(grow(f, c, 150, 0, 0));
	leak = grow(f, c, 240, PAGE, 0);
	assert_known(leak->suspected, 1);
}

/* A tick without growth does not hide it. */
static void growth_with_quiet_ticks(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct view *view = NULL;

	for (int i = 0; i < 250; i++) {
		c->pinned += (i % 17 == 0) * PAGE;
		view = fixture_tick(f);
	}
	assert_non_null(fixture_leak(view, LEAK_GROWTH));
}

/* What it did while it lived is no leak of a container that is gone, also between two ticks. */
static void release_ends_growth(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct view *view;

	assert_non_null(grow(f, c, 240, PAGE, 1));
	c->pinned = 0;
	c->mappings = 0;
	c->released_ns = f->snapshot.time_ns;
	view = model_update(f->model, &f->snapshot, false);
	assert_int_equal(view->n_leaks, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fixture_tick(f)->n_leaks, 0);
}

/* Neither is the orphan that its last user closed, nor a drift. */
static void release_ends_orphan(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct view *view = NULL;

	f->containers[0].owner.alive = false;
	for (int i = 0; i <= LEAK_ORPHAN_TICKS; i++)
		view = fixture_tick(f);
	assert_non_null(fixture_leak(view, LEAK_ORPHAN));
	c->released_ns = f->snapshot.time_ns;
	view = model_update(f->model, &f->snapshot, false);
	assert_int_equal(view->n_leaks, 0);
	assert_known(view->containers[0].orphan, 0);
}

static void mappings_that_only_rise(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	struct growth_limits limits = growth_limits_default();
	const struct leak_view *leak = grow(f, c, 240, 0, 1);

	assert_non_null(leak);
	assert_unknown(leak->bytes);
	assert_known(leak->mappings_slope, 3600);
	assert_unknown(leak->slope);

	/* Unless only memory is of interest. */
	assert_null(growth_limits_set(&limits, "slope", "4096"));
	model_limits(f->model, &limits);
	c = fixture_container(f, 2, 100);
	c->opened_ns = f->snapshot.time_ns;
	for (int i = 0; i < 300; i++) {
		c->mappings++;
		for (size_t j = 0; j < fixture_tick(f)->n_leaks; j++)
			assert_int_not_equal(c->id, 1);
	}
}

static void start_up_is_no_growth(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	assert_null(grow(f, c, 30, 1000 * PAGE, 10));
	assert_null(grow(f, c, 60, 1000 * PAGE, 10));
	for (int i = 0; i < 12; i++)
		assert_null(grow(f, c, 30, 0, 0));
}

static void up_and_down_is_no_growth(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	for (int i = 0; i < 600; i++) {
		c->pinned += (i % 3 ? 100 : -200) * PAGE;
		assert_int_equal(fixture_tick(f)->n_leaks, 0);
	}
}

static void reports_in_between_do_not_count(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	for (int i = 0; i < 300; i++) {
		c->pinned += 10 * PAGE;
		f->snapshot.time_ns += FIXTURE_SECOND_NS;
		assert_int_equal(model_update(f->model, &f->snapshot, false)->n_leaks, 0);
	}
}

static void the_worst_comes_first(void **state)
{
	struct fixture *f = *state;
	const struct view *view;

	fixture_container(f, 1, 100)->unpinned_short = PAGE;
	fixture_container(f, 2, 101)->unpinned_short = 2 * PAGE;
	fixture_container(f, 3, 102)->unpinned_over = PAGE;
	view = fixture_tick(f);
	assert_int_equal(view->n_leaks, 3);
	assert_known(view->leaks[0].container, 3);
	assert_known(view->leaks[1].container, 2);
	assert_known(view->leaks[2].container, 1);
}

/* Groups and devices leave a container before it is released. */
static void members_outlive_their_container(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct leak_view *leak;

	f->snapshot.n_groups = f->snapshot.n_devices = 1;
	f->groups[0] = (struct group_snapshot){ .id = 7, .stats = { .container = 1 } };
	f->devices[0] = (struct device_snapshot){
		.key = { "0000:01:00.0" },
		.stats = { .container = 1, .state = VT_STATE_OPEN },
	};
	fixture_tick(f);
	f->snapshot.n_groups = f->snapshot.n_devices = 0;
	c->released_ns = f->snapshot.time_ns;
	c->left_pinned = PAGE;
	fixture_tick(f);
	f->snapshot.n_containers = 0;
	for (int i = 0; i < 2; i++) {
		leak = fixture_leak(fixture_tick(f), LEAK_KERNEL);
		assert_non_null(leak);
		assert_int_equal(leak->n_groups, 1);
		assert_int_equal(leak->groups[0], 7);
		assert_int_equal(leak->n_devices, 1);
		assert_string_equal(leak->devices[0], "0000:01:00.0");
	}
}

/* Opened and closed between two reports. */
static void device_that_was_closed(void **state)
{
	struct fixture *f = *state;
	const struct leak_view *leak;
	const struct view *view;

	fixture_container(f, 1, 100)->pinned = PAGE;
	f->snapshot.n_devices = 2;
	f->devices[0] = (struct device_snapshot){
		.key = { "0000:01:00.0" },
		.stats = { .container = 1, .state = VT_STATE_CLOSED },
	};
	f->devices[1] = (struct device_snapshot){ .key = { "0000:02:00.0" } };
	f->containers[0].owner.alive = false;
	fixture_tick(f);
	view = fixture_tick(f);
	assert_int_equal(view->containers[0].n_devices, 0);
	leak = fixture_leak(view, LEAK_ORPHAN);
	assert_non_null(leak);
	assert_int_equal(leak->n_devices, 1);
	assert_string_equal(leak->devices[0], "0000:01:00.0");

	/* The one that is open says more. */
	f->devices[1].stats = (struct vt_device){ .container = 1, .state = VT_STATE_OPEN };
	leak = fixture_leak(fixture_tick(f), LEAK_ORPHAN);
	assert_int_equal(leak->n_devices, 1);
	assert_string_equal(leak->devices[0], "0000:02:00.0");
}

static void orphan(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct leak_view *leak;

	c->pinned = 4 * PAGE;
	fixture_tick(f);
	f->containers[0].owner.alive = false;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);
	leak = fixture_leak(fixture_tick(f), LEAK_ORPHAN);
	assert_non_null(leak);
	assert_known(leak->bytes, 4 * 4096);
	assert_string_equal(leak->owner, "dead");
	assert_string_equal(leak->text,
			    "the owner is dead and something still holds the container");

	f->containers[0].holders_known = true;
	leak = fixture_leak(fixture_tick(f), LEAK_ORPHAN);
	assert_string_equal(leak->text,
			    "the owner is dead and no process was found that holds the container");
	f->containers[0].holder_pid = 4194304;
	memcpy(f->containers[0].holder_comm, "a-longer-name-x", VT_COMM_LEN);
	leak = fixture_leak(fixture_tick(f), LEAK_ORPHAN);
	assert_string_equal(leak->text,
			    "the owner is dead and 4194304 (a-longer-name-x) holds the container");

	/* Holders from the time before the owner's death say nothing. */
	f->containers[0].holders_ns = FIXTURE_START_NS + FIXTURE_SECOND_NS / 2;
	leak = fixture_leak(fixture_tick(f), LEAK_ORPHAN);
	assert_string_equal(leak->text,
			    "the owner is dead and something still holds the container");
	assert_unknown(leak->holder_pid);
	assert_true(leak->unfinished);
	f->containers[0].holders_known = false;
	assert_true(fixture_leak(fixture_tick(f), LEAK_ORPHAN)->unfinished);
	f->containers[0].holders_known = true;
	f->containers[0].holders_ns = f->snapshot.time_ns;
	assert_false(fixture_leak(fixture_tick(f), LEAK_ORPHAN)->unfinished);

	f->containers[0].owner.zombie = true;
	leak = fixture_leak(fixture_tick(f), LEAK_ORPHAN);
	assert_string_equal(leak->owner, "zombie");

	/* Another process took over. */
	f->containers[0].owner.alive = true;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);
}

static void teardown_of_the_dead_is_no_orphan(void **state)
{
	struct fixture *f = *state;

	fixture_container(f, 1, 100);
	f->containers[0].owner.alive = false;
	f->snapshot.n_in_flight = 1;
	f->in_flight[0] = (struct vt_in_flight){
		.start_ns = 1,
		.container = 1,
		.operation = VT_OP_TEARDOWN,
	};
	for (int i = 0; i < 5; i++)
		assert_int_equal(fixture_tick(f)->n_leaks, 0);
}

static void unknown_owner_is_no_orphan(void **state)
{
	struct fixture *f = *state;

	fixture_container(f, 1, 0);
	fixture_container(f, 2, 100);
	f->containers[0].owner.alive = false;
	f->containers[1].owner.alive = false;
	f->containers[1].owner.known = false;
	for (int i = 0; i < 5; i++)
		assert_int_equal(fixture_tick(f)->n_leaks, 0);
}

static void accounting_drift(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct leak_view *leak;

	c->pinned = 10 * PAGE;
	c->charged = 12 * PAGE;
	c->flags |= VT_CONTAINER_ACCOUNTED;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);
	assert_int_equal(fixture_tick(f)->n_leaks, 0);
	leak = fixture_leak(fixture_tick(f), LEAK_ACCOUNTING);
	assert_non_null(leak);
	assert_known(leak->bytes, 2 * 4096);

	/* While requests run, charges and pins may differ. */
	fixture_request(&c->map, 4096, 1000);
	assert_int_equal(fixture_tick(f)->n_leaks, 0);
}

/* Pages that an emulated device pins once more are paid for with their mapping. */
static void emulated_pins_are_no_drift(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct view *view = NULL;

	c->pinned = 12 * PAGE;
	c->charged = 10 * PAGE;
	c->pins_standalone = 2;
	c->flags |= VT_CONTAINER_ACCOUNTED;
	for (int i = 0; i < 5; i++)
		assert_int_equal(fixture_tick(f)->n_leaks, 0);

	/* But more than was pinned cannot be charged. */
	c->charged = 13 * PAGE;
	for (int i = 0; i < LEAK_DRIFT_TICKS; i++)
		view = fixture_tick(f);
	assert_non_null(fixture_leak(view, LEAK_ACCOUNTING));

	/* While such a device is busy, nothing is said. */
	c->pins_standalone++;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);
}

static void drift_needs_the_whole_history(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	c->pinned = 10 * PAGE;
	c->flags = VT_CONTAINER_TOTALS | VT_CONTAINER_ACCOUNTED;
	for (int i = 0; i < 5; i++)
		assert_int_equal(fixture_tick(f)->n_leaks, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(device_memory_is_kept),
		TEST(nothing_leaks_at_rest),
		TEST(pins_left_at_release),
		TEST(clean_release),
		TEST(unmap_that_kept_pages),
		TEST(mappings_that_kept_pages),
		TEST(where_its_mappings_lie),
		TEST(charged_otherwise),
		TEST(more_unpinned_than_pinned),
		TEST(unpinned_twice),
		TEST(unpinned_twice_between_reports),
		TEST(pages_in_doubt),
		TEST(unpinned_twice_in_doubt),
		TEST(pages_of_several_in_doubt),
		TEST(growth),
		TEST(long_growth),
		TEST(growth_with_quiet_ticks),
		TEST(release_ends_growth),
		TEST(release_ends_orphan),
		TEST(mappings_that_only_rise),
		TEST(start_up_is_no_growth),
		TEST(up_and_down_is_no_growth),
		TEST(reports_in_between_do_not_count),
		TEST(the_worst_comes_first),
		TEST(members_outlive_their_container),
		TEST(device_that_was_closed),
		TEST(orphan),
		TEST(teardown_of_the_dead_is_no_orphan),
		TEST(unknown_owner_is_no_orphan),
		TEST(accounting_drift),
		TEST(emulated_pins_are_no_drift),
		TEST(drift_needs_the_whole_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

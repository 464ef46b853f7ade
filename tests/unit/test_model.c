// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshots in, view out.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define MIB (1ULL << 20)

static void totals_and_rates(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct view *view;

	for (int i = 0; i < 3; i++)
		fixture_request(&c->map, 2 * MIB, 5000);
	view = fixture_tick(f);
	assert_int_equal(view->n_containers, 1);
	assert_known(view->containers[0].map.count, 3);
	assert_known(view->containers[0].map.bytes, 6 * MIB);
	assert_known(view->containers[0].map.per_second, 3000);
	assert_known(view->containers[0].map.bytes_per_second, 6 * MIB);
	assert_known(view->containers[0].map.sum, 15000);

	fixture_request(&c->map, 4096, 5000);
	view = fixture_tick(f);
	assert_known(view->containers[0].map.count, 4);
	assert_known(view->containers[0].map.per_second, 1000);
	assert_known(view->interval_ns, FIXTURE_SECOND_NS);
	assert_known(view->watched_ns, 2 * FIXTURE_SECOND_NS);
}

static void sizes_of_maps(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct container_view *v;

	/* An older recording: maps, and no sizes. */
	c->map.count = 8;
	c->mappings = 8;
	assert_null(fixture_tick(f)->containers->map_sizes);

	c->map.sizes[0] = 5;
	c->map.sizes[9] = 3;
	v = fixture_tick(f)->containers;
	assert_int_equal(v->n_map_sizes, 2);
	assert_known(v->map_sizes[0].from, 4096);
	assert_known(v->map_sizes[0].maps, 5);
	assert_known(v->map_sizes[1].from, 2 * MIB);
	assert_known(v->map_sizes[1].maps, 3);
	assert_known(v->map_sizes[1].mappings, 3);

	/* What came since, and what went. */
	c->map.count = 10;
	c->map.sizes[9] += 2;
	c->unmap.sizes[0] = 4;
	c->mappings = 6;
	v = fixture_tick(f)->containers;
	assert_known(v->map_sizes[0].recent, 0);
	assert_known(v->map_sizes[0].mappings, 1);
	assert_known(v->map_sizes[1].recent, 2);
	assert_known(v->map_sizes[1].mappings, 5);

	/* Two were removed by one request. */
	c->flags |= VT_CONTAINER_SIZES_LOST;
	c->mappings = 4;
	v = fixture_tick(f)->containers;
	assert_known(v->map_sizes[1].maps, 5);
	assert_unknown(v->map_sizes[0].mappings);
	assert_unknown(v->map_sizes[1].mappings);
	/* That is all of them. */
	c->mappings = 0;
	assert_known(fixture_tick(f)->containers->map_sizes[1].mappings, 0);

	/* Of those from before the watch nobody has seen the size. */
	c->flags = VT_CONTAINER_CENSUS;
	c->census_mappings = 1;
	c->mappings = 4;
	assert_unknown(fixture_tick(f)->containers->map_sizes[1].mappings);
}

static void what_is_not_known_is_unknown(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 7, 100);
	const struct container_view *v;

	c->flags = 0;
	c->opened_ns = 0;
	c->opener_pid = 0;
	c->mappings_limit = 0;
	c->backend[0] = '\0';
	f->containers[0].owner.known = false;
	v = fixture_tick(f)->containers;
	assert_unknown(v->pinned);
	assert_unknown(v->pinned_peak);
	assert_unknown(v->mappings);
	assert_unknown(v->mappings_limit);
	assert_unknown(v->opened_ns);
	assert_unknown(v->released_ns);
	assert_unknown(v->opener_pid);
	assert_unknown(v->owner_alive);
	assert_unknown(v->map.p50);
	assert_unknown(v->map.max);
	assert_unknown(v->mean_run);
	assert_unknown(v->charged);
	assert_unknown(v->locked_limit);
	assert_unknown(v->left_pinned);
	assert_known(v->map.count, 0);
	assert_known(v->map.sum, 0);
	assert_string_equal(v->backend, "");
}

static void what_the_source_cannot_tell_is_unknown(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct container_view *v;

	f->snapshot.knowledge = KNOWS_CONTAINERS;
	fixture_request(&c->map, MIB, 5000);
	c->released_ns = FIXTURE_START_NS;
	v = fixture_tick(f)->containers;
	assert_unknown(v->pinned);
	assert_unknown(v->left_pinned);
	assert_unknown(v->runs);
	assert_unknown(v->leaf_bytes[0]);
	assert_unknown(v->pin_ns);
	assert_known(v->map.count, 1);
}

static void a_source_without_containers(void **state)
{
	struct fixture *f = *state;
	struct process_snapshot p = {
		.pid = 100,
		.containers = 1,
		.groups = 2,
		.devices = 3,
		.locks_known = true,
		.locked = MIB,
		.locked_limit = ~0ULL,
		.iommu = { .since_ns = FIXTURE_START_NS, .maps = 4, .map_bytes = MIB },
	};
	const struct process_view *v;
	const struct view *view;

	f->snapshot.knowledge = KNOWS_PROCESSES | KNOWS_IOMMU;
	f->snapshot.processes = &p;
	f->snapshot.n_processes = 1;
	view = fixture_tick(f);
	assert_unknown(view->totals.containers);
	assert_unknown(view->totals.map_count);
	assert_unknown(view->totals.pinned);
	v = view->processes;
	assert_known(v->containers, 1);
	assert_known(v->groups, 2);
	assert_known(v->devices, 3);
	assert_known(v->locked, MIB);
	assert_known(v->locked_unlimited, 1);
	assert_unknown(v->locked_limit);
	assert_known(v->iommu_maps, 4);
	assert_known(v->iommu_map_bytes, MIB);

	f->snapshot.knowledge = KNOWS_PROCESSES;
	v = fixture_tick(f)->processes;
	assert_known(v->locked, MIB);
	assert_unknown(v->iommu_maps);
	assert_unknown(v->since_ns);
}

/* A mapping whose end is not seen is no leak. */
static void no_leak_of_what_is_unknown(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	f->snapshot.knowledge = KNOWS_ALL & ~(KNOWS_PINS | KNOWS_MAPPINGS | KNOWS_UNPINS);
	for (int i = 0; i < 300; i++) {
		c->pinned++;
		c->mappings++;
		assert_int_equal(fixture_tick(f)->n_leaks, 0);
	}
	c->left_pinned = c->pinned;
	c->released_ns = f->snapshot.time_ns;
	assert_int_equal(fixture_tick(f)->n_leaks, 0);
}

static void requests_without_latency(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct container_view *v;

	c->map.count = 1;
	c->map.bytes = 4096;
	v = fixture_tick(f)->containers;
	assert_known(v->map.count, 1);
	assert_unknown(v->map.p50);
	assert_unknown(v->map.max);
	assert_unknown(v->map.sum);
}

/* The source that is watched in addition has no phases. */
static void phases_of_iommufd(void **state)
{
	struct fixture *f = *state;
	struct vt_container *vfio = fixture_container(f, 1, 100);
	struct vt_container *ioas = fixture_container(f, 2, 100);
	struct vt_container *fresh = fixture_container(f, 3, 100);
	const struct container_view *v;

	vfio->pin_ns = 5;
	ioas->pin_ns = 3;
	ioas->iommu_ns = 2;
	ioas->flags |= VT_CONTAINER_IOAS | VT_CONTAINER_PHASES;
	fresh->flags |= VT_CONTAINER_IOAS;
	f->snapshot.iommufd = true;
	v = fixture_tick(f)->containers;
	assert_unknown(v[0].pin_ns);
	assert_unknown(v[0].iommu_ns);
	assert_known(v[1].pin_ns, 3);
	assert_known(v[1].iommu_ns, 2);
	assert_unknown(v[1].account_ns);
	assert_unknown(v[2].pin_ns);
	f->snapshot.iommufd = false;
	assert_known(fixture_tick(f)->containers[0].pin_ns, 5);
}

static void runs_of_iommufd(void **state)
{
	struct fixture *f = *state;
	struct vt_container *ioas = fixture_container(f, 1, 100);
	const struct container_view *v;

	ioas->runs = 2;
	ioas->map.bytes = 2 * MIB;
	ioas->leaf_bytes[0] = 2 * MIB;
	ioas->flags |= VT_CONTAINER_IOAS;
	v = fixture_tick(f)->containers;
	assert_unknown(v->runs);
	assert_unknown(v->leaf_bytes[0]);
	assert_non_null(strstr(v->superpage_hint, "--runs"));

	ioas->flags |= VT_CONTAINER_PHASES;
	v = fixture_tick(f)->containers;
	assert_known(v->runs, 2);
	assert_known(v->mean_run, MIB);
	assert_known(v->leaf_bytes[0], 2 * MIB);

	ioas->flags |= VT_CONTAINER_RUNS_MISSED;
	v = fixture_tick(f)->containers;
	assert_unknown(v->runs);
	assert_unknown(v->mean_run);
	assert_unknown(v->leaf_bytes[0]);
	assert_non_null(strstr(v->superpage_hint, "before a device"));
}

static void pages_are_bytes(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct container_view *v;

	c->pinned = 512 * PAGE;
	c->pinned_peak = 1024 * PAGE;
	c->runs = 2;
	c->map.bytes = 6 * MIB;
	c->charged = 512 * PAGE;
	c->locked = 600 * PAGE;
	c->locked_limit = 2048 * PAGE;
	c->flags |= VT_CONTAINER_ACCOUNTED;
	v = fixture_tick(f)->containers;
	assert_known(v->pinned, 2 * MIB);
	assert_known(v->pinned_peak, 4 * MIB);
	assert_known(v->mean_run, 3 * MIB);
	assert_known(v->charged, 2 * MIB);
	assert_known(v->locked, 600 * 4096);
	assert_known(v->locked_limit, 8 * MIB);
	assert_known(v->locked_unlimited, 0);

	c->locked_limit = ~0ULL;
	v = fixture_tick(f)->containers;
	assert_unknown(v->locked_limit);
	assert_known(v->locked_unlimited, 1);
}

/* What was pinned and what was unpinned, as far as that is known. */
static void both_sides_of_the_ledger(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct container_view *v;

	fixture_request(&c->map, 8 * MIB, 1000);
	c->pinned = 2 * MIB;
	v = fixture_tick(f)->containers;
	assert_known(v->maps_pinned, 8 * MIB);
	assert_known(v->unpinned, 6 * MIB);

	/* What it had before the watch counts on one side only. */
	c->flags = VT_CONTAINER_CENSUS;
	c->census_pinned = 4 * MIB;
	c->pinned = -MIB;
	v = fixture_tick(f)->containers;
	assert_known(v->maps_pinned, 8 * MIB);
	assert_known(v->unpinned, 9 * MIB);

	/* More is pinned than maps have pinned: a failed one may have left some. */
	c->pinned = 9 * MIB;
	v = fixture_tick(f)->containers;
	assert_unknown(v->maps_pinned);
	assert_unknown(v->unpinned);

	c->pinned = 2 * MIB;
	c->pins_standalone = 1;
	v = fixture_tick(f)->containers;
	assert_unknown(v->maps_pinned);
	assert_unknown(v->unpinned);
}

static void from_before_the_watch(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct view *view;

	c->flags = VT_CONTAINER_TOTALS;
	c->pinned = -3 * PAGE;
	c->mappings = -1;
	c->total_pinned = 7 * PAGE;
	c->total_mappings = 2;
	view = fixture_tick(f);
	assert_known(view->containers[0].pinned, 7 * 4096);
	assert_known(view->containers[0].mappings, 2);
	assert_known(view->totals.pinned, 7 * 4096);
}

static void what_was_there_before(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct view *view;

	/* What was open before has not been looked for, or not yet. */
	f->snapshot.census = false;
	view = fixture_tick(f);
	assert_known(view->census, 0);
	assert_unknown(view->totals.pinned);
	assert_known(view->containers->before_watch, 0);
	assert_known(view->containers->census_mappings, 0);
	assert_known(view->containers->census_pinned, 0);
	assert_known(view->lost.census, 0);

	/* It was seen, and neither the kernel nor a walk has told more. */
	f->snapshot.census = true;
	c->flags = 0;
	c->pinned = -3 * PAGE;
	view = fixture_tick(f);
	assert_known(view->census, 1);
	assert_known(view->containers->before_watch, 1);
	assert_unknown(view->containers->census_mappings);
	assert_unknown(view->containers->pinned);
	assert_unknown(view->totals.pinned);
	assert_known(view->lost.census, 1);
	assert_int_equal(view->lost_sum, 1);

	/* A walk where the kernel has no total: what was there, and what came and went. */
	c->flags = VT_CONTAINER_CENSUS;
	c->census_mappings = 5;
	c->census_bytes = 5 * 4096;
	c->census_pinned = 5 * PAGE;
	c->mappings = -3;
	view = fixture_tick(f);
	assert_known(view->containers->census_mappings, 5);
	assert_known(view->containers->census_bytes, 5 * 4096);
	assert_known(view->containers->census_pinned, 5 * 4096);
	assert_known(view->containers->mappings, 2);
	assert_known(view->containers->pinned, 2 * 4096);
	assert_known(view->totals.pinned, 2 * 4096);
	assert_known(view->lost.census, 0);

	/* The kernel's own total is worth more. */
	c->flags |= VT_CONTAINER_TOTALS;
	c->total_pinned = 7 * PAGE;
	c->total_mappings = 6;
	view = fixture_tick(f);
	assert_known(view->containers->pinned, 7 * 4096);
	assert_known(view->containers->mappings, 6);

	c->flags = 0;
	c->released_ns = FIXTURE_START_NS;
	assert_known(fixture_tick(f)->lost.census, 0);
}

static void holders_and_names(void **state)
{
	struct fixture *f = *state;
	struct container_snapshot *cs = f->containers;
	const struct container_view *v;

	fixture_container(f, 1, 100);
	v = fixture_tick(f)->containers;
	assert_unknown(v->holders);
	assert_unknown(v->holder_pid);
	assert_string_equal(v->cgroup, "");
	assert_string_equal(v->names.unit, "");

	cs->holders_known = true;
	cs->holders = 2;
	cs->holder_pid = 200;
	snprintf(cs->holder_comm, sizeof(cs->holder_comm), "heir");
	snprintf(cs->cgroup, sizeof(cs->cgroup), "/system.slice/a.service");
	v = fixture_tick(f)->containers;
	assert_known(v->holders, 2);
	assert_known(v->holder_pid, 200);
	assert_string_equal(v->holder_comm, "heir");
	assert_string_equal(v->cgroup, "/system.slice/a.service");
	assert_string_equal(v->names.unit, "a.service");
}

static void never_below_zero(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct container_view *v;

	c->pinned = -1 * PAGE;
	c->mappings = -1;
	v = fixture_tick(f)->containers;
	assert_unknown(v->pinned);
	assert_unknown(v->mappings);
}

static void groups_and_devices_of_a_container(void **state)
{
	struct fixture *f = *state;
	const struct view *view;

	fixture_container(f, 2, 100);
	fixture_container(f, 1, 101);
	f->snapshot.n_groups = 3;
	f->groups[0].id = 12;
	f->groups[0].stats = (struct vt_group){ .container = 1, .state = VT_STATE_OPEN };
	f->groups[1].id = 3;
	f->groups[1].stats =
		(struct vt_group){ .container = 1, .state = VT_STATE_OPEN, .pid = 101 };
	f->groups[2].id = 5;
	f->groups[2].stats = (struct vt_group){ .state = VT_STATE_CLOSED };
	f->snapshot.n_devices = 2;
	f->devices[0].stats =
		(struct vt_device){ .container = 1, .state = VT_STATE_OPEN, .group = 12 };
	snprintf(f->devices[0].key.name, sizeof(f->devices[0].key.name), "0000:00:10.0");
	f->devices[1].stats =
		(struct vt_device){ .container = 1, .state = VT_STATE_CLOSED, .group = 3 };
	snprintf(f->devices[1].key.name, sizeof(f->devices[1].key.name), "0000:00:11.0");

	view = fixture_tick(f);
	assert_int_equal(view->n_containers, 2);
	assert_known(view->containers[0].id, 1);
	assert_int_equal(view->containers[0].n_groups, 2);
	assert_int_equal(view->containers[0].groups[0], 3);
	assert_int_equal(view->containers[0].groups[1], 12);
	assert_int_equal(view->containers[0].n_devices, 1);
	assert_string_equal(view->containers[0].devices[0], "0000:00:10.0");
	assert_int_equal(view->containers[1].n_groups, 0);
	assert_int_equal(view->n_groups, 2);
	assert_known(view->groups[0].id, 3);
	assert_known(view->groups[0].pid, 101);
	assert_unknown(view->groups[1].pid);
	assert_unknown(view->groups[1].opened_ns);
}

static void a_device(void **state)
{
	struct fixture *f = *state;
	const struct device_view *v;

	f->snapshot.n_devices = 1;
	f->devices[0] = (struct device_snapshot){
		.key = { "0000:00:10.0" },
		.stats = { .container = 1,
			   .opened_ns = FIXTURE_START_NS,
			   .group = 12,
			   .pid = 100,
			   .state = VT_STATE_OPEN,
			   .open = { .count = 2,
				     .errors = 3,
				     .ns_sum = 50,
				     .ns_max = 40,
				     .ns_last = 10 },
			   .close = { .count = 1, .ns_sum = 7, .ns_max = 7, .ns_last = 7 } },
		.owner = { .known = true, .alive = true, .comm = "user" },
		.pci = { .known = true, .vendor = 0x8086, .device = 0x10d3, .driver = "vfio-pci" },
	};
	v = fixture_tick(f)->devices;
	assert_string_equal(v->address, "0000:00:10.0");
	assert_string_equal(v->state, "open");
	assert_known(v->group, 12);
	assert_known(v->container, 1);
	assert_known(v->pid, 100);
	assert_known(v->owner_alive, 1);
	assert_string_equal(v->comm, "user");
	assert_known(v->vendor_id, 0x8086);
	assert_known(v->device_id, 0x10d3);
	assert_string_equal(v->pci_name, "");
	assert_string_equal(v->driver, "vfio-pci");
	assert_known(v->opened_ns, FIXTURE_START_NS);
	assert_known(v->open.count, 2);
	assert_known(v->open.errors, 3);
	assert_known(v->open.last, 10);
	assert_known(v->open.max, 40);
	assert_known(v->open.sum, 50);
	assert_known(v->close.count, 1);
	assert_known(v->close.last, 7);
	assert_known(v->reset.count, 0);
	assert_known(v->reset.errors, 0);
	assert_unknown(v->reset.last);
	assert_unknown(v->reset.max);
	assert_known(v->reset.sum, 0);

	f->devices[0].stats.state = VT_STATE_CLOSED;
	f->devices[0].owner.alive = false;
	v = fixture_tick(f)->devices;
	assert_string_equal(v->state, "closed");
	assert_known(v->owner_alive, 0);

	/* VFIO may be built without groups. */
	f->devices[0].stats.group = VT_NO_GROUP;
	v = fixture_tick(f)->devices;
	assert_unknown(v->group);
}

static void devices_from_before_the_watch(void **state)
{
	struct fixture *f = *state;
	const struct view *view;

	f->snapshot.n_devices = 2;
	f->devices[0] = (struct device_snapshot){
		.key = { "vfio-test-emulated" },
		.stats = { .open = { .errors = 1 } },
	};
	f->devices[1] = (struct device_snapshot){
		.key = { "0000:00:10.0" },
		.stats = { .container = 1,
			   .group = 12,
			   .state = VT_STATE_CLOSED,
			   .close = { .count = 1 } },
	};
	view = fixture_tick(f);
	assert_int_equal(view->n_devices, 2);
	/* By address; this one was closed when the watch began. */
	assert_string_equal(view->devices[0].address, "0000:00:10.0");
	assert_known(view->devices[0].group, 12);
	assert_unknown(view->devices[0].pid);
	assert_unknown(view->devices[0].owner_alive);
	assert_unknown(view->devices[0].opened_ns);
	assert_unknown(view->devices[0].vendor_id);
	assert_known(view->devices[0].close.count, 1);
	assert_unknown(view->devices[0].close.last);
	assert_unknown(view->devices[0].close.sum);
	assert_string_equal(view->devices[0].driver, "");
	/* Of this one only a refused open was seen. */
	assert_string_equal(view->devices[1].state, "");
	assert_unknown(view->devices[1].group);
	assert_unknown(view->devices[1].container);
	assert_known(view->devices[1].open.errors, 1);
}

static void devices_of_one_process(void **state)
{
	struct fixture *f = *state;
	const struct view *view;

	model_free(f->model);
	f->model = model_new(FIXTURE_START_NS, &(struct selection){ .pid = 101 });
	fixture_container(f, 1, 101);
	f->snapshot.n_devices = 3;
	f->devices[0] = (struct device_snapshot){ .key = { "a" }, .stats = { .pid = 100 } };
	f->devices[1] = (struct device_snapshot){ .key = { "b" }, .stats = { .pid = 101 } };
	f->devices[2] =
		(struct device_snapshot){ .key = { "c" }, .stats = { .pid = 100, .container = 1 } };
	view = fixture_tick(f);
	assert_int_equal(view->n_devices, 2);
	assert_string_equal(view->devices[0].address, "b");
	assert_string_equal(view->devices[1].address, "c");
}

static void totals_outlive_containers(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct view *view;

	fixture_request(&c->map, MIB, 1000);
	c->map.errors = 2;
	fixture_tick(f);
	memset(f->containers, 0, sizeof(f->containers));
	f->snapshot.n_containers = 0;
	c = fixture_container(f, 2, 100);
	fixture_request(&c->map, MIB, 1000);
	view = fixture_tick(f);
	assert_known(view->totals.containers, 2);
	assert_known(view->totals.map_count, 2);
	assert_known(view->totals.map_errors, 2);
	assert_known(view->totals.map_bytes, 2 * MIB);
	assert_known(view->totals.pinned, 0);
}

static void operations_in_flight(void **state)
{
	struct fixture *f = *state;
	const struct view *view;

	fixture_container(f, 1, 100);
	f->snapshot.n_in_flight = 2;
	f->in_flight[0] = (struct vt_in_flight){
		.start_ns = FIXTURE_START_NS + FIXTURE_SECOND_NS / 2,
		.container = 1,
		.iova = 0x1000,
		.size = MIB,
		.pages = 10 * PAGE,
		.pid = 100,
		.tid = 101,
		.operation = VT_OP_MAP,
	};
	f->in_flight[1] = (struct vt_in_flight){
		.start_ns = FIXTURE_START_NS,
		.container = 1,
		.pid = 100,
		.tid = 102,
		.operation = VT_OP_UNMAP,
	};
	view = fixture_tick(f);
	assert_int_equal(view->n_in_flight, 2);
	assert_string_equal(view->in_flight[0].operation, "unmap");
	assert_known(view->in_flight[0].elapsed, FIXTURE_SECOND_NS);
	assert_unknown(view->in_flight[0].done);
	assert_unknown(view->in_flight[0].size);
	assert_known(view->in_flight[1].size, MIB);
	assert_known(view->in_flight[1].done, 40960);
	assert_known(view->in_flight[1].elapsed, FIXTURE_SECOND_NS / 2);
}

static void failures_are_fresh_once(void **state)
{
	struct fixture *f = *state;
	const struct view *view;

	f->failures[0] = (struct vt_failure){ .operation = VT_OP_MAP, .ret = -17, .iova = 1 };
	f->snapshot.n_failures = 1;
	view = fixture_tick(f);
	assert_int_equal(view->n_failures, 1);
	assert_int_equal(view->n_new_failures, 1);
	view = fixture_tick(f);
	assert_int_equal(view->n_failures, 1);
	assert_int_equal(view->n_new_failures, 0);

	/* More than the model keeps, in several reports: the oldest go first. */
	for (int i = 0; i < MODEL_FAILURES / FIXTURE_ROWS + 1; i++) {
		for (size_t j = 0; j < FIXTURE_ROWS; j++)
			f->failures[j] = (struct vt_failure){
				.operation = VT_OP_MAP,
				.iova = 100 + (uint64_t)i * FIXTURE_ROWS + j,
			};
		f->snapshot.n_failures = FIXTURE_ROWS;
		view = fixture_tick(f);
	}
	assert_int_equal(view->n_failures, MODEL_FAILURES);
	assert_int_equal(view->n_new_failures, FIXTURE_ROWS);
	assert_known(view->failures[MODEL_FAILURES - 1].iova,
		     100 + MODEL_FAILURES + FIXTURE_ROWS - 1);
	assert_known(view->failures[0].iova, 108);
	assert_known(view->failures_dropped, 0);
}

static void only_one_process(void **state)
{
	struct fixture *f = *state;
	const struct view *view;

	model_free(f->model);
	f->model = model_new(FIXTURE_START_NS, &(struct selection){ .pid = 101 });
	fixture_container(f, 1, 100);
	fixture_container(f, 2, 101);
	view = fixture_tick(f);
	assert_int_equal(view->n_containers, 1);
	assert_known(view->containers[0].id, 2);
	assert_known(view->totals.containers, 2);
}

static void what_was_lost_is_summed(void **state)
{
	struct fixture *f = *state;
	const struct view *view;

	f->snapshot.lost[VT_LOST_READ] = 2;
	f->snapshot.missed_programs = 3;
	view = fixture_tick(f);
	assert_known(view->lost.reads, 2);
	assert_known(view->lost.missed, 3);
	assert_int_equal(view->lost_sum, 5);
}

/* Slots of containers, groups and devices are used in any order, and again. */
static void slots_in_no_order(void **state)
{
	static const char *const names[] = { "0000:00:09.0", "0000:00:05.0", "0000:00:01.0" };
	static const uint64_t members_of[] = { 5, 2, 5 };
	struct fixture *f = *state;
	const struct view *view;

	fixture_container(f, 5, 100);
	fixture_container(f, 2, 200);
	fixture_container(f, 9, 300);
	f->snapshot.n_groups = f->snapshot.n_devices = 3;
	for (uint32_t i = 0; i < 3; i++) {
		f->groups[i].id = 30 - i;
		f->groups[i].stats =
			(struct vt_group){ .container = members_of[i], .state = VT_STATE_OPEN };
		strcpy(f->devices[i].key.name, names[i]);
		f->devices[i].stats =
			(struct vt_device){ .container = members_of[i], .state = VT_STATE_OPEN };
	}
	fixture_tick(f);
	/* The first takes the slot of the second, which is gone. */
	f->containers[1].stats.id = 1;
	f->containers[0].stats.map.count = 7;
	f->containers[2].stats.map.count = 3;
	view = fixture_tick(f);
	assert_int_equal(view->n_containers, 3);
	assert_known(view->containers[0].id, 1);
	assert_int_equal(view->containers[0].n_groups, 0);
	assert_int_equal(view->containers[0].n_devices, 0);
	assert_known(view->containers[1].id, 5);
	assert_known(view->containers[1].map.per_second, 7000);
	assert_int_equal(view->containers[1].n_groups, 2);
	assert_int_equal(view->containers[1].groups[0], 28);
	assert_int_equal(view->containers[1].groups[1], 30);
	assert_int_equal(view->containers[1].n_devices, 2);
	assert_string_equal(view->containers[1].devices[0], names[2]);
	assert_string_equal(view->containers[1].devices[1], names[0]);
	assert_known(view->containers[2].id, 9);
	assert_known(view->containers[2].map.per_second, 3000);
	assert_int_equal(view->containers[2].n_groups, 0);
	assert_known(view->totals.containers, 4);
}

/* Of a backend of others, and of what was pinned unseen, what it has is unknown, not 0. */
static void unseen_pins(void **state)
{
	static const uint32_t reasons[] = { VT_CONTAINER_OPAQUE, VT_CONTAINER_PINS_UNSEEN };
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct container_view *v;
	const struct view *view;

	fixture_request(&c->map, 1 << 20, 1000);
	c->flags |= VT_CONTAINER_ACCOUNTED | VT_CONTAINER_UNPINNED;
	v = fixture_tick(f)->containers;
	assert_known(v->pinned, 0);
	assert_known(v->runs, 0);
	for (size_t i = 0; i < 2; i++) {
		c->flags = VT_CONTAINER_OPEN_SEEN | reasons[i];
		/* An unmap took what no map had brought. */
		c->pinned = -1024 * PAGE;
		view = fixture_tick(f);
		v = view->containers;
		assert_unknown(v->pinned);
		assert_unknown(v->pinned_peak);
		assert_unknown(v->charged);
		assert_unknown(view->totals.pinned);
		assert_int_equal(view->n_leaks, 0);
		assert_known(v->map.count, 1);
		c->released_ns = f->snapshot.time_ns;
		v = fixture_tick(f)->containers;
		assert_unknown(v->left_pinned);
		c->released_ns = 0;
	}
	c->flags = VT_CONTAINER_OPEN_SEEN | VT_CONTAINER_OPAQUE;
	v = fixture_tick(f)->containers;
	assert_unknown(v->runs);
	assert_unknown(v->leaf_bytes[0]);
	assert_unknown(v->pin_ns);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* Of a process that is gone nothing is present, and of one that nobody sees nothing is known. */
static void rss(void **state)
{
	struct fixture *f = *state;

	fixture_container(f, 1, 100);
	f->snapshot.containers->owner.rss = 3 << 20;
	assert_known(fixture_tick(f)->containers->rss, 3 << 20);
	f->snapshot.containers->owner.alive = false;
	assert_unknown(fixture_tick(f)->containers->rss);
	f->snapshot.containers->owner.alive = true;
	f->snapshot.containers->owner.known = false;
	assert_unknown(fixture_tick(f)->containers->rss);
}

/* Known where each map tells: the rest is memory. */
static void backing(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);

	fixture_request(&c->map, 8 * MIB, 5000);
	c->bar_bytes = 2 * MIB;
	assert_unknown(fixture_tick(f)->containers->ram_bytes);
	assert_unknown(fixture_tick(f)->containers->bar_bytes);
	c->flags |= VT_CONTAINER_BACKING;
	c->other_bytes = MIB;
	assert_known(fixture_tick(f)->containers->ram_bytes, 5 * MIB);
	assert_known(fixture_tick(f)->containers->bar_bytes, 2 * MIB);
	assert_known(fixture_tick(f)->containers->other_bytes, MIB);
}

/* What no source has told is unknown: not 0. */
static void dirty_log(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	const struct view *view;

	c->dirty_log = (struct vt_dirty_log){
		.starts = 1,
		.bitmaps = 2,
		.range_bytes = 1 << 20,
		.bitmap_bytes = 32,
		.ns_sum = 300,
		.ns_max = 200,
		.ns_last = 100,
	};
	view = fixture_tick(f);
	assert_known(view->containers->dirty_log.starts, 1);
	assert_known(view->containers->dirty_log.stops, 0);
	assert_known(view->containers->dirty_log.bytes, 32);
	assert_known(view->containers->dirty_log.last, 100);
	assert_known(view->containers->dirty_log.sum, 300);

	/* Bitmaps without a latency. */
	c->dirty_log.ns_sum = 0;
	c->dirty_log.ns_max = 0;
	c->dirty_log.ns_last = 0;
	view = fixture_tick(f);
	assert_known(view->containers->dirty_log.bitmaps, 2);
	assert_unknown(view->containers->dirty_log.max);
	assert_unknown(view->containers->dirty_log.sum);

	c->flags |= VT_CONTAINER_IOAS;
	assert_unknown(fixture_tick(f)->containers->dirty_log.starts);
	c->flags = 0;
	f->snapshot.knowledge = KNOWS_ALL & ~KNOWS_DIRTY_LOG;
	assert_unknown(fixture_tick(f)->containers->dirty_log.starts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unseen_pins),
		TEST(totals_and_rates),
		TEST(sizes_of_maps),
		TEST(what_is_not_known_is_unknown),
		TEST(what_the_source_cannot_tell_is_unknown),
		TEST(a_source_without_containers),
		TEST(no_leak_of_what_is_unknown),
		TEST(requests_without_latency),
		TEST(phases_of_iommufd),
		TEST(runs_of_iommufd),
		TEST(pages_are_bytes),
		TEST(both_sides_of_the_ledger),
		TEST(rss),
		TEST(backing),
		TEST(dirty_log),
		TEST(from_before_the_watch),
		TEST(what_was_there_before),
		TEST(holders_and_names),
		TEST(never_below_zero),
		TEST(groups_and_devices_of_a_container),
		TEST(a_device),
		TEST(devices_from_before_the_watch),
		TEST(devices_of_one_process),
		TEST(totals_outlive_containers),
		TEST(operations_in_flight),
		TEST(failures_are_fresh_once),
		TEST(only_one_process),
		TEST(what_was_lost_is_summed),
		TEST(slots_in_no_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

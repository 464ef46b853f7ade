// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a report of a large host costs without the kernel's part: report STEP REPORTS makes so
 * many reports of 1,000 containers of 64 mappings with a group and a device each, and 10,000
 * processes that have files of them open. See tests/bench/report.
 *
 * report record FILE CONTAINERS REPORTS: a recording of so many of them, in which memory is
 * mapped all the time, a second apart. See tests/bench/fleet.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/holders.h"
#include "histogram.h"
#include "model/model.h"
#include "record/record.h"
#include "render/metrics.h"
#include "render/page.h"
#include "render/render.h"

#define CONTAINERS 1000
#define PROCESSES  10000
#define MAPPINGS   64
#define SECOND	   1000000000ULL

static struct container_snapshot containers[CONTAINERS];
static struct group_snapshot groups[CONTAINERS];
static struct device_snapshot devices[CONTAINERS];
static struct vt_holder files[PROCESSES];
static struct snapshot snapshot = {
	.time_ns = SECOND,
	.source = "tracepoints",
	.attach = "tp_btf",
	.knowledge = KNOWS_ALL,
	.census = true,
	.sizes = { 4096, 2 << 20 },
	.containers = containers,
	.n_containers = CONTAINERS,
	.groups = groups,
	.n_groups = CONTAINERS,
	.devices = devices,
	.n_devices = CONTAINERS,
};

/* --- The host ----------------------------------------------------------------------------- */

static void fill_container(unsigned int i)
{
	struct container_snapshot *cs = &containers[i];
	struct vt_container *c = &cs->stats;

	c->id = c->key = i + 1;
	c->first_ns = c->opened_ns = SECOND;
	c->opener_pid = c->caller_pid = cs->owner_pid = 1000 + i;
	c->mappings = MAPPINGS;
	c->mappings_limit = 65535;
	c->pinned = c->pinned_peak = MAPPINGS << 21;
	c->runs = MAPPINGS;
	c->leaf_bytes[9] = MAPPINGS << 21;
	c->flags = VT_CONTAINER_OPEN_SEEN;
	c->map.count = MAPPINGS;
	c->map.bytes = MAPPINGS << 21;
	c->map.ns_max = 1000 * MAPPINGS;
	for (uint64_t ns = 1000; ns <= c->map.ns_max; ns += 1000) {
		c->map.ns_sum += ns;
		c->map.buckets[vt_hist_index(ns)]++;
	}
	strcpy(c->backend, "type1");
	strcpy(cs->owner.comm, "qemu-kvm");
	cs->owner.known = cs->owner.alive = true;
	snprintf(cs->cgroup, sizeof(cs->cgroup),
		 "/machine.slice/machine-qemu\\x2d%u\\x2dguest%u.scope", i, i);
}

static void fill_members(unsigned int i)
{
	groups[i].id = i;
	groups[i].stats = (struct vt_group){
		.container = i + 1, .state = VT_STATE_OPEN, .pid = 1000 + i, .opens = 1
	};
	snprintf(devices[i].key.name, sizeof(devices[i].key.name), "%04x:%02x:00.0", i >> 8,
		 i & 0xff);
	devices[i].stats = (struct vt_device){
		.container = i + 1, .state = VT_STATE_OPEN, .group = i, .pid = 1000 + i
	};
}

static void fill(void)
{
	for (unsigned int i = 0; i < CONTAINERS; i++) {
		fill_container(i);
		fill_members(i);
	}
	/* The files of a process follow each other; of ten, one has a device open. */
	for (unsigned int i = 0; i < PROCESSES; i++) {
		files[i].pid = 1000 + i;
		files[i].container = i % CONTAINERS + 1;
		files[i].group = i % CONTAINERS;
		if (i < CONTAINERS)
			memcpy(files[i].device, devices[i].key.name, sizeof(files[i].device));
	}
}

/* --- The steps ---------------------------------------------------------------------------- */

static bool find_holders(void)
{
	struct holders holders;

	if (!holders_sort(&holders, files, PROCESSES))
		return false;
	for (size_t i = 0; i < CONTAINERS; i++) {
		holders_of_container(&holders, &containers[i]);
		holders_of_group(&holders, &groups[i]);
		holders_of_device(&holders, &devices[i]);
	}
	holders_free(&holders);
	return true;
}

static void render(const char *step, const struct view *view, struct metrics *metrics)
{
	struct text text = { 0 };

	if (!strcmp(step, "text"))
		render_text(view, &text);
	text_free(&text);
	if (!strcmp(step, "json"))
		free(render_json(view));
	if (!strcmp(step, "metrics"))
		free(metrics_render(metrics, view, METRICS_TEXT));
	if (!strcmp(step, "page"))
		free(page_render(view));
}

static int make_recording(const char *path, unsigned int n, unsigned int reports)
{
	struct recorder *recorder = recorder_open(path, false, "vfiotop, a host that was made up");
	struct moment moment = { .snapshot = &snapshot, .start_ns = SECOND, .tick = true };
	bool written = recorder && n <= CONTAINERS;

	snapshot.n_containers = snapshot.n_groups = snapshot.n_devices = n;
	for (unsigned int i = 0; written && i < reports; i++) {
		snapshot.time_ns += SECOND;
		snapshot.realtime_ns += SECOND;
		for (unsigned int k = 0; k < n; k++) {
			containers[k].stats.map.count++;
			containers[k].stats.map.bytes += 1 << 21;
			containers[k].stats.map.ns_sum += 1000;
			containers[k].stats.map.buckets[vt_hist_index(1000)]++;
		}
		written = recorder_add(recorder, &moment);
	}
	return recorder_close(recorder) && written ? 0 : 1;
}

int main(int argc, char **argv)
{
	const char *step = argc > 1 ? argv[1] : "";
	int reports = argc > 2 ? atoi(argv[2]) : 0;
	struct model *model = model_new(SECOND, NULL);
	struct metrics *metrics = metrics_new();

	fill();
	if (argc == 5 && !strcmp(step, "record"))
		return make_recording(argv[2], (unsigned int)atoi(argv[3]),
				      (unsigned int)atoi(argv[4]));
	for (int i = 0; model && metrics && i < reports; i++) {
		const struct view *view;

		if (!strcmp(step, "holders")) {
			if (!find_holders())
				return 1;
			continue;
		}
		snapshot.time_ns += SECOND;
		view = model_update(model, &snapshot, true);
		if (!view || view->n_containers != CONTAINERS)
			return 1;
		render(step, view, metrics);
	}
	metrics_free(metrics);
	model_free(model);
	return 0;
}
